# An auditor is given the keys of some records and of no others: signed, in the ledger before they are written, sealed to the auditor or in a file that only
# its owner reads; stock age opens exactly those. What is held, unknown or not this keep's is refused, and nothing is recorded then.
. "$(dirname "$0")/lib.sh"

approved_plan
"$CK" archive k p --output out >/dev/null 2>&1
PKG=$(cd out && ls *.tar) && PKG=${PKG%.tar}
age-keygen -o auditor.key 2>/dev/null
to=$(age-keygen -y auditor.key)
entries() { "$CK" ledger list k --format ndjson | wc -l; }
release() { "$CK" release k "out/$PKG.tar" --purpose "CMS audit 2026-14" --officer-key him.key "$@"; }

before=$(entries)
"$CK" officer new stranger --no-passphrase >/dev/null
expect "no key but an officer's" 6 "$CK" release k "out/$PKG.tar" --record 1 --purpose x --output keys --officer-key stranger.key
expect "a record that is not in it" 6 release --record 4 --output keys
expect "numbers begin at one" 2 release --record 0 --output keys
expect "and are numbers" 2 release --record 1-x --output keys
expect "a recipient that is none" 3 release --record 1 --output keys --to age1xyz
cp "out/$PKG.tar" altered.tar && flip altered.tar 2000
expect "a package that was altered" 4 "$CK" release k altered.tar --record 1 --purpose x --output keys --officer-key him.key
mkdir taken
expect "a file that cannot be: its folder is not there" 3 release --record 1 --output nowhere/keys
expect "its name is a folder's" 3 release --record 1 --output taken
expect "the disk is full" 3 under_strace -o /dev/null -e trace=fallocate -e inject=fallocate:error=ENOSPC "$CK" release k "out/$PKG.tar" --purpose x --officer-key him.key --record 1 --output keys
same "nothing of that is in the ledger" "$before" "$(entries)"
holds "and no key was written" test ! -e keys

expect "one record, to the auditor" 0 release --record 2 --output keys.age --to "$to"
same "is one entry" $((before + 1)) "$(entries)"
holds "the keys are in no file in clear" test -z "$(grep -la AGE-SECRET-KEY-1 keys.age last.out)"
holds "the auditor opens them" age -d -i auditor.key -o keys.txt keys.age
same "one key" 1 "$(grep -c '^AGE-SECRET-KEY-1' keys.txt)"
tar -xf "out/$PKG.tar"
holds "it opens that record" age -d -i keys.txt -o r.zst "$PKG/data/records/000002.zst.age"
holds "which is whole" zstd -dqf r.zst -o r
expect "and no other one" 1 age -d -i keys.txt -o other "$PKG/data/records/000001.zst.age"
expect "nor the index" 1 age -d -i keys.txt -o other "$PKG/data/index.jsonl.zst.age"
"$CK" key show k >keep.pub
expect "verify takes the file as it is" 0 "$CK" verify "out/$PKG.tar" --pubkey keep.pub --identity keys.txt

expect "all of them, into a file" 0 release --record 2-3 --record 1 --record 3 --output keys
same "each once" 3 "$(grep -c '^AGE-SECRET-KEY-1' keys)"
same "that only its owner reads" 600 "$(stat -c %a keys)"
printf 'MRNQ77001\n' | "$CK" hold place k CASE-9 --patient-file - >hold.txt 2>&1 || cat hold.txt
before=$(entries)
expect "a record that is held" 6 release --record 1 --output more
holds "the matter is named" grep -q 'held: CASE-9' last.err
same "nothing is recorded" "$before" "$(entries)"
holds "nothing written" test ! -e more
expect "the keep checks" 0 "$CK" check k
