#!/bin/sh
# Goal: contacts of patients come from FHIR and tables into a masked view and to rules; a surname alone makes nobody one;
# their names stand in clear nowhere, and they go with the patient.
. "$(dirname "$0")/lib.sh"

new_keep
cat >hr.csv <<'C'
employee_id,user_id,account_kind,family_name,given_name,department,employed_from,employed_to,address,city,state,postal_code,phone
w1,quill,person,Quillfeather,Ada,ICU,2019-01-01,2024-01-31,1 Bandersnatch Rd,Emporia,KS,66801,
w1,quill,person,Quillfeather,Ada,Billing,2024-02-01,,1 Bandersnatch Rd,Emporia,KS,66801,
w2,toves,person,Quillfeather,Bo,ED,2018-01-01,,2 Gyre St,Emporia,KS,66801,620 555 0101
w3,raths,person,Rathsome,Cy,ED,2018-01-01,,3 Wabe St,Emporia,KS,66801,
C
cat >adt.ndjson <<'C'
{"resourceType":"Patient","id":"p1","name":[{"family":"Mimsyborough"}],"contact":[{"relationship":[{"coding":[{"code":"MTH"}],"text":"Ada the mother"}],"name":{"family":"Quillfeather"},"address":{"line":["1 Bandersnatch Road"],"city":"Emporia","state":"KS","postalCode":"66801"}}]}
{"resourceType":"Patient","id":"p2","name":[{"family":"Borogove"}]}
{"resourceType":"Patient","id":"p3","name":[{"family":"Jabberly"}]}
{"resourceType":"RelatedPerson","id":"r1","patient":{"reference":"Patient/p2"},"relationship":[{"coding":[{"code":"SIB"}]}],"name":[{"family":"Quillfeather"}],"telecom":[{"system":"phone","use":"mobile","value":"+1 (620) 555-0101"}]}
C
cat >kin.csv <<'C'
contact_id,patient_id,relationship,family_name,employee_id
c1,p3,spouse,Rathsome,w3
C
cat >stays.csv <<'C'
patient_id,encounter_id,unit,arrived,left
p3,e3,ICU,2024-01-10T00:00:00Z,2024-02-20T00:00:00Z
C
cat >log.csv <<'C'
when,who,whom,what
2024-01-15T10:00:00Z,quill,p1,view
2024-01-15T10:01:00Z,toves,p1,view
2024-01-15T10:02:00Z,toves,p2,view
2024-01-15T10:03:00Z,raths,p3,view
2024-01-15T10:04:00Z,quill,p3,view
2024-02-15T10:04:00Z,quill,p3,view
C
cat >maps.policy <<'P'
pack "m" { version "1" language 1 }
map "log" { into events column time from "when" column account from "who" column patient_id from "whom" column action from "what" }
map "stays" { into stays column patient_id from "patient_id" column encounter_id from "encounter_id" column unit from "unit" column start from "arrived" column end from "left" }
P
im() { src=$1 map=$2 file=$3 policy=${4:-$TOP/policies/maps.policy}; "$CK" import k --source "$src" --policy "$policy" --map "$map" "$file"; }
expect "workforce" 0 im hr workforce hr.csv
expect "patients and a related person" 0 "$CK" import k --source adt adt.ndjson
same "are counted" 2 "$(awk '/contacts of patients/ {print $1}' last.out)"
expect "contacts from a table" 0 im adt contacts kin.csv
expect "again is nothing new" 0 im adt contacts kin.csv
expect "stays" 0 im adt stays stays.csv maps.policy
expect "the log" 0 im adt log log.csv maps.policy
q() { "$CK" sql k "$1" --format csv | tail -n +2 | tr -d '\r'; }
same "the view" "MTH|yes|no|none SIB|no|yes|none spouse|no|no|some " \
    "$(q "SELECT relationship || '|' || address || '|' || phone || '|' || CASE WHEN worker IS NULL THEN 'none' ELSE 'some' END FROM contacts ORDER BY relationship" | cut -d, -f2 | tr '\n' ' ')"
same "contacts are counted by source" 1 "$("$CK" coverage k --format ndjson | grep -c 'contact person')"

cat >kin.policy <<'P'
pack "kin" { version "1" language 1 }
access "kin" { title "T" severity high weight 50 state house_policy when user.is_contact authority "a" checked date("2026-11-21") source "s" threshold "t" explain "E." }
access "icu" { title "T" severity high weight 50 state house_policy when user.department == "ICU" || user.department == "Billing" unless department_related(["encounter"], duration("24h"), duration("24h")) authority "a" checked date("2026-11-21") source "s" threshold "t" explain "E." }
test "somebody else is the contact" for "kin" { given user { id: "u", is_contact: false } given patient { id: "p" } given event { time: timestamp("2026-03-10T09:00:00Z") } expect 0 findings by "kin" }
test "the contact" for "kin" { given user { id: "u", is_contact: true } given patient { id: "p" } given event { time: timestamp("2026-03-10T09:00:00Z") } expect 1 finding by "kin" }
P
expect "the field in policy tests" 0 "$CK" policy test kin.policy
"$CK" audit k --policy kin.policy --events --format ndjson >audit.txt 2>audit.err
verdict() { grep "\"event\":\"adt:$1\"" audit.txt | sed 's/.*"verdict":"\([a-z]*\)","rule_or_reason":"*\([a-z]*\).*/\1 \2/'; }
same "who shares surname and address with a contact is flagged" "flagged kin" "$(verdict 1)"
same "who shares the surname alone is not" "unexplained null" "$(verdict 2)"
same "who shares surname and phone is" "flagged kin" "$(verdict 3)"
same "and whom the source names" "flagged kin" "$(verdict 4)"
same "her stay in the ICU explains it while she works there" "unexplained null" "$(verdict 5)"
same "and no longer when she has moved to billing" "flagged icu" "$(verdict 6)"
grep -lraE 'Quillfeather|Rathsome|Bandersnatch|555-?0101|Ada the mother|Mimsyborough' k >clear.txt
same "no contact's name, street or phone in clear" "" "$(cat clear.txt)"
expect "the keep is whole" 0 "$CK" check k
