#!/bin/sh
# Goal: a patient learns who opened the chart by role and reason, never what the hospital is looking into, nor whether
# it is; names are an officer's decision; the report is signed and in the ledger.
. "$(dirname "$0")/lib.sh"
new_keep
own_rules
small_export
import_export
cat >log.csv <<'X'
event_time,user_id,patient_id,action,exposure,outcome
2024-02-01T16:30:00Z,drjub,new,View,opened,success
2024-02-01T16:40:00Z,drjub,new,Printed,opened,minor failure
2024-02-02T16:30:00Z,drjub,new,Listed,listed,success
2024-02-02T16:31:00Z,drjub,new,View,opened,major failure
2024-02-02T16:32:00Z,ghost,new,View,opened,serious failure
2024-02-03T16:30:00Z,ghost,new,View,opened,success
2024-03-01T12:00:00Z,drjub,old,View,opened,
X
import_log rules
printf 'MRNQ77002\n' >who
ar() { "$CK" access-report k --patient-file who "$@"; }
field() { sed "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/" last.out; }

expect "without adopted rules nothing is told" 6 ar
adopt_own
before=$(count k ledger_entries)
expect "a report" 0 ar --format ndjson
same "what one person did on one day for one reason is a row" "1 2" "$(wc -l <last.out) $(field times)"
same "by department and role" "Medicine physician" "$(field department) $(field role)"
same "with what was done, where the hospital is" "10:30-10:40" "$(field at)"
same "and the care on file" "encounter 2024-02-01" "$(field relation)"
same "nobody is named" 0 "$(grep -cE "$NAMES" last.out last.err | grep -cv ':0')"
same "what a rule flags is withheld, and the officer told" 1 "$(grep -c '^1 withheld' last.err)"
same "it is in the ledger" $((before + 1)) "$(count k ledger_entries)"
expect "each access" 0 ar --format ndjson --each
same "in a row of its own" 2 "$(wc -l <last.out)"
same "of one and the same person" 1 "$(field person | sort -u | wc -l)"
expect "as a table" 0 ar
cp last.out with
same "it tells of glimpses and refusals" 1 "$(grep -c 'somebody was refused it, 3 times' last.out)"
same "it always says that some may be withheld" 1 "$(grep -c 'ask again later' last.out)"
same "never that some are" 0 "$(grep -ciE 'ghost|flag|investigat|nobody' last.out)"
printf 'MRNQ77001\n' >who
expect "another patient's" 0 ar
same "says the same, with nothing withheld" 0 "$(grep -c 'withheld' last.err)"
same "and an access without a reason as what it is" 1 "$(grep -c 'none on file' last.out)"
same "in the same words" "$(grep -A1 'looking into' with)" "$(grep -A1 'looking into' last.out)"

# a case that is found is not yet an investigation, one that is taken up is, one that is closed is told
"$CK" audit k --fail-on none >/dev/null 2>&1
expect "an unexplained access nobody has taken up" 0 ar --format ndjson
same "is told" 1 "$(wc -l <last.out)"
"$CK" case list k --format ndjson >cases 2>/dev/null
case=$(sed -n 's/.*"case":"\([0-9a-f]*\)","rule":"unexplained".*/\1/p' cases)
expect "somebody takes it up" 0 "$CK" case assign k "$case" --to kim
expect "another report" 0 ar --format ndjson
same "without it" 0 "$(wc -l <last.out)"
same "names the case to the officer" 1 "$(grep -c "by case $(echo "$case" | cut -c1-12)" last.err)"
printf '{"rationale":"nothing was wrong"}' >plain.json
expect "it is decided" 0 "$CK" case close k "$case" --status unsubstantiated --worksheet plain.json --officer-key him.key
expect "and a report" 0 ar --format ndjson
same "tells of it" 1 "$(wc -l <last.out)"

printf 'MRNQ77002\n' >who
expect "names need an officer" 6 ar --names P-7
expect "and a word" 2 ar --names '' --officer-key him.key
expect "names" 0 ar --names P-7 --officer-key him.key --format csv
same "are shown" 1 "$(grep -c 'Jubjubson' last.out)"
expect "the patient's name" 0 ar --show-phi AR-12 --officer-key him.key --format html --output r.html
same "stands in it, the physician's does not" "1 0" "$(grep -c 'Vorpalhand' r.html) $(grep -c Jubjubson r.html)"
holds "stock minisign checks the officer's signature" sh -c 'test ! -x "$(command -v minisign)" || minisign -Vm r.html -p him.pub'
expect "without an officer" 0 ar --output r.txt
"$CK" key show k >keep.pub
holds "the keep signs" sh -c 'test ! -x "$(command -v minisign)" || minisign -Vm r.txt -p keep.pub'
expect "a time before" 0 ar --through 2024-01-31 --format ndjson
same "without accesses" 0 "$(wc -l <last.out)"
expect "from after through" 2 ar --from 2024-02-02 --through 2024-02-01
expect "check" 0 "$CK" check k
