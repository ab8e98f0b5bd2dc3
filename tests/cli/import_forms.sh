#!/bin/sh
# Goal: the same facts whatever the files come in: tar, compressed, standard
# input; and --strict stops at the first bad item without losing what was before.
. "$(dirname "$0")/lib.sh"

count() { sed -n "s/^ *\([0-9]*\)  $1\$/\1/p" last.out; }
new_keep
small_export
tar -cf all.tar org.ndjson people.ndjson care.ndjson
expect "a tar archive" 0 "$CK" import k --source ehr all.tar
same "each member is a file" "3 files read" "$(head -1 last.out)"
same "its records" 8 "$(count 'new records')"
gzip -k all.tar
expect "the same as tar.gz" 0 "$CK" import k --source ehr all.tar.gz
same "changes nothing" "" "$(count 'new records')"
zstd -q all.tar
"$CK" import k --source other - <all.tar.zst >last.out 2>&1
same "tar.zst by standard input" 8 "$(count 'new records')"
gzip -c people.ndjson | "$CK" import k --source third - >last.out 2>&1
same "gzip by standard input" 3 "$(count 'new records')"

mkdir d
printf 'read me\nplease' >d/README
cp care.ndjson d
tar -cPf odd.tar --transform 's,^d/,../../d/,' d/README d/care.ndjson
expect "an archive with a strange file" 3 "$CK" import k --source odd odd.tar
same "its good file is read" 4 "$(count 'new records')"
same "the strange one is in quarantine" 1 "$(count quarantined)"
"$CK" quarantine list k --format csv >last.out
same "under its name" 1 "$(grep -c 'odd.tar:../../d/README' last.out)"
head -c 3000 all.tar >cut.tar
expect "a cut archive" 3 "$CK" import k --source cut cut.tar
same "what came before the cut is kept" 4 "$(count 'new records' | head -1)"

{ sed -n 1p people.ndjson; echo '{"resourceType":"Patient","id":"b",'; sed -n 2p people.ndjson; } >bad.ndjson
expect "strict stops" 3 "$CK" import k --source strict --strict bad.ndjson
same "what was before is kept" 1 "$(count 'new records')"
same "nothing went into quarantine" "" "$(count quarantined)"
same "and says where" 1 "$(grep -c 'bad.ndjson:2' last.err)"
expect "without it, it goes on" 3 "$CK" import k --source strict bad.ndjson
same "with the rest" 1 "$(count 'new records')"
expect "strict over good files" 0 "$CK" import k --source fine --strict people.ndjson
expect "check" 0 "$CK" check k

# a name that nobody declared is taken in, and said
"$CK" init n --officer him:him.pub --quorum 1 >/dev/null 2>&1
expect "a source of no declaration" 0 "$CK" import n --source axcess people.ndjson
same "it is said to be new" 1 "$(grep -c '^source axcess is new to this keep, and not declared: what it brings is taken in, but it attests nothing' last.err)"
same "none is declared" 0 "$(grep -c '^declared are' last.err)"
for s in access ehr; do "$CK" source declare n $s --file ehr.json --officer-key him.key >/dev/null 2>&1; done
expect "again" 0 "$CK" import n --source axcess care.ndjson
same "it is known by now" 1 "$(grep -c '^source axcess is not declared: ' last.err)"
same "those that are declared are named" 1 "$(grep -c '^declared are: access, ehr$' last.err)"
same "and how to" 1 "$(grep -c '^hint: chartkeep source declare n axcess --file F' last.err)"
expect "a declared one" 0 "$CK" import n --source ehr org.ndjson
same "of which nothing is said" 0 "$(grep -c declared last.err)"
expect "none named" 0 "$CK" import n org.ndjson
same "nor of that" 0 "$(grep -c declared last.err)"
expect "status in a person's words" 0 "$CK" status n
same "packed, not columns" 1 "$(grep -c 'blocks of packed access events$' last.out)"
