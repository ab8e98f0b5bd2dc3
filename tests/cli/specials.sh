#!/bin/sh
# Special plans from the command line: a court's order, a record filed with the wrong patient; what is refused, what is said,
# and that the rest of the chart stays.
. "$(dirname "$0")/lib.sh"
for role in him legal privacy; do "$CK" officer new $role --no-passphrase >/dev/null; done
"$CK" init k --officer him:him.pub --officer legal:legal.pub --officer privacy:privacy.pub --quorum 2 >/dev/null 2>&1
small_export
cat >>care.ndjson <<'X'
{"resourceType":"Condition","id":"slip","subject":{"reference":"Patient/new"},"encounter":{"reference":"Encounter/e2"},"code":{"text":"Slithypneumonia of somebody else"},"recordedDate":"2024-02-01"}
X
import_export
adopt_two
set_of() { "$CK" retention k --all --format ndjson 2>/dev/null | grep "\"status\":\"$1\"" | grep '"series":"medical record"' | sed 's/.*"set":"\([0-9a-f]*\)".*/\1/'; }
set_of kept >sets
echo "The court orders" >order
sp="$CK plan k --special"

expect "a kind of no such name" 2 $sp whim --sets-file sets --reason why --output p
expect "a reason without a kind" 2 "$CK" plan k --reason why --output p
expect "nothing named" 2 $sp misfiled --reason why --output p
expect "no reason" 2 $sp misfiled --sets-file sets --output p
expect "an expungement without its document" 2 $sp expunge --sets-file sets --reason why --authority court --output p
expect "no rule sets a day to destroy it by" 6 $sp destroy-by --sets-file sets --reason why --output p
echo 00112233445566778899aabbccddeeff >no-set
expect "a set that is not there" 2 $sp misfiled --sets-file no-set --reason why --output p
echo 4711 >no-record
expect "a record that is not there" 2 $sp misfiled --record-file no-record --reason why --output p
expect "no file was written" 1 test -e p

"$CK" sql k "SELECT max(record) AS record FROM records" --format ndjson 2>/dev/null | sed -n 's/.*"record":\([0-9]*\).*/\1/p' >slip
expect "one record" 0 $sp misfiled --record-file slip --reason "of another patient" --output p
holds "the plan says what and why" grep -q '"special":{"kind":"wrong-patient filing","reason":"of another patient"' p
same "and of whom nothing" 0 "$(grep -ciE 'Vorpalhand|MRNQ77002' p)"
"$CK" approve k p --officer-key him.key >/dev/null
"$CK" approve k p --officer-key privacy.key >/dev/null
expect "it goes" 0 "$CK" dispose k p --officer-key him.key
holds "the certificate says so" grep -q '"single_records":1' p.certificate.json
same "the chart stays" "$(cat sets)" "$(set_of kept)"

expect "the court's order" 0 $sp expunge --sets-file sets --reason why --authority "court 7" --order order --output q
"$CK" hold place k CASE-7 --all >/dev/null
expect "on hold not even by a court" 6 $sp expunge --sets-file sets --reason why --authority "court 7" --order order --output r
same "it says which" 1 "$(grep -c 'held: CASE-7' last.err)"
"$CK" approve k q --officer-key him.key >/dev/null
expect "two approve" 0 "$CK" approve k q --officer-key privacy.key
same "and are told what it is" 1 "$(grep -c 'special: court-ordered expungement; why; court 7' last.out)"
expect "without legal it is refused" 6 "$CK" dispose k q --officer-key him.key
"$CK" approve k q --officer-key legal.key >/dev/null
expect "with legal the hold still stops it" 1 "$CK" dispose k q --officer-key him.key
same "and is named" 1 "$(grep -c 'held: CASE-7' last.err)"
expect "the keep is whole" 0 "$CK" check k
