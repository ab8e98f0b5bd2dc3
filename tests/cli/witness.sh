#!/bin/sh
# Goal: every witness gets head and entries of each commit and what it lacks of earlier ones; what
# it holds overrules the keep; what it lacks is told, or fatal with its own status when required.
. "$(dirname "$0")/lib.sh"

new_keep 2>/dev/null
small_export
mkdir a b c
hold() { "$CK" hold place k "$@" --all; }
CHARTKEEP_WITNESS=$WORK/a:$WORK/b
export CHARTKEEP_WITNESS
expect "two by the environment" 0 hold M-1
expect "and one more by an option" 0 hold M-2 --witness c
for w in a b c; do
    holds "$w has the head" cmp -s "$(echo $w/*.head)" k/head
    same "$w has every entry" "$("$CK" ledger list k | sha256sum)" "$(grep '^{' $w/*.log | sha256sum)"
    same "$w has the head over them" "$(base64 -w0 k/head)" "$(tail -1 $w/*.log | cut -d' ' -f2)"
done
CHARTKEEP_WITNESS=
expect "a commit that no witness sees" 0 hold M-3
expect "the next tells it all of it" 0 hold M-4 --witness a
same "without a gap" "$("$CK" ledger list k | sha256sum)" "$(grep '^{' a/*.log | sha256sum)"
size=$(stat -c %s a/*.log)
under_strace -o calls.log -e trace=ftruncate,write "$CK" hold place k M-4b --all --witness a >/dev/null 2>&1
same "a commit appends, it does not write the log anew" 1 "$(grep -c "ftruncate([0-9]*, $size)" calls.log)"

# a log that was cut, or is not there, is made whole; nothing behind its last head counts
printf 'annex QUFB' >>"$(echo a/*.log)"
expect "half a line" 0 hold M-5 --witness a
same "goes" "$("$CK" ledger list k | sha256sum)" "$(grep '^{' a/*.log | sha256sum)"
same "and the log ends with its head" 1 "$(tail -1 a/*.log | grep -c '^head ')"
rm a/*.log
expect "no log" 0 hold M-6 --witness a
same "is written from the first entry" "$("$CK" ledger list k | sha256sum)" "$(grep '^{' a/*.log | sha256sum)"
head -c 100 /dev/zero >"$(echo a/*.log)"
expect "something else" 0 hold M-7 --witness a
same "is replaced" "$("$CK" ledger list k | sha256sum)" "$(grep '^{' a/*.log | sha256sum)"
same "no annex without a recovery recipient" 0 "$(grep -c '^annex' a/*.log)"

# what it holds overrules the keep, each of its two files alone
cp -r k old
expect "more happens" 0 hold M-8 --witness a
expect "an older folder" 4 "$CK" status old --witness a
expect "among several" 4 "$CK" status old --witness c --witness a
mkdir d e && cp a/*.log d/ && cp a/*.head e/
expect "by the log alone" 4 "$CK" status old --witness d
expect "by the head alone" 4 "$CK" status old --witness e
"$CK" hold place old M-9 --all >/dev/null && "$CK" hold place old M-10 --all >/dev/null
expect "a history that went another way" 4 "$CK" status old --witness a
expect "is not continued" 4 "$CK" hold place old M-11 --all --witness a
expect "the right one is" 0 "$CK" status k --witness a --witness c

# what cannot vouch
expect "not reached: told" 0 "$CK" status k --witness nowhere
same "by name" 1 "$(grep -c nowhere last.err)"
expect "not reached: fatal when required" 3 "$CK" status k --witness nowhere --require-witness
expect "one of two not reached" 3 "$CK" status k --witness a --witness nowhere --require-witness
mkdir empty
expect "it has no head: told" 0 "$CK" status k --witness empty
expect "it has no head: fatal when required" 4 "$CK" status k --witness empty --require-witness
holds "a reader writes nothing there" test -z "$(ls empty)"
expect "required and there" 0 "$CK" hold place k M-12 --all --witness a --require-witness
expect "required and nothing named is no witness at all" 0 "$CK" status k --require-witness
CHARTKEEP_WITNESS=$WORK/a:$WORK/nowhere
expect "by the environment too" 3 "$CK" status k --require-witness
CHARTKEEP_WITNESS=

# a witness that fails while it is written: the commit stands and says so; the next brings it up
under_strace -o calls.log -e trace=renameat,rename "$CK" hold place k M-13 --all --witness a >/dev/null 2>&1
call=$(grep -oE 'rename(at)?\(' calls.log | tail -1 | tr -d '(')
last=$(grep -c "$call(" calls.log)
under_strace -o /dev/null -e trace="$call" -e inject="$call:error=EIO:when=$last" "$CK" hold place k M-14 --all --witness a >/dev/null 2>last.err
same "committed, the witness not written" 3 $?
same "it stands" 1 "$("$CK" hold list k --format ndjson | grep -c M-14)"
expect "and the next tells the witness" 0 "$CK" hold place k M-15 --all --witness a
holds "all of it" cmp -s "$(echo a/*.head)" k/head
expect "the keep holds" 0 "$CK" check k --witness a --require-witness
