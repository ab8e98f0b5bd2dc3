# Days of what ties user and patient are those of the clocks where the keep is, wherever they stand: 20:00 on 29 February is 1 March in UTC.
. "$(dirname "$0")/lib.sh"
new_keep || echo "not ok a keep"
own_rules
sed -i 's/when !user.mapped/when event.action == "view"/' rules/own.policy
printf 'employee_id,user_id,family_name,given_name,department,role,employed_from,employed_to\nw1,u1,Alpha,Ann,ICU,nurse,2010-01-01,\n' >staff.csv
printf 'patient_id,mrn,family_name,given_name,birth_date\np1,M1,Gamma,Gus,1980-01-01\n' >people.csv
printf 'encounter_id,patient_id,admitted,discharged,class,attending_id\ne1,p1,2024-02-29T20:00:00,2024-02-29T21:00:00,outpatient,w1\n' >visits.csv
printf 'event_id,event_time,user_id,patient_id,action\n1,2024-02-29T20:30:00,u1,p1,Printed\n2,2024-02-29T20:40:00,u1,p1,View\n' >log.csv
for f in staff people visits log; do
    "$CK" import k --policy rules --source $f $f.csv >/dev/null 2>&1 || echo "not ok import $f"
done
adopt_own || echo "not ok adopt"
printf 'M1\n' >who
"$CK" access-report k --patient-file who --format ndjson >report 2>/dev/null
same "a letter to the patient" "2024-02-29 encounter 2024-02-29" "$(jq -r '"\(.date) \(.relation)"' report | sort -u)"
"$CK" access-report k --patient-file who >letter 2>/dev/null
holds "is made today" grep -q "made on $(date +%F)" letter
same "an answer to a complaint" "encounter 2024-02-29" "$("$CK" investigate k --patient-file who --format ndjson 2>/dev/null | jq -r .relation | sort -u)"
same "the reasons considered" 1 "$("$CK" why k log:1 2>/dev/null | grep -c 'encounter of 2024-02-29 (relation')"
"$CK" audit k --fail-on none --format ndjson >cases 2>/dev/null
same "a case" 1 "$("$CK" case show k "$(jq -r .case cases | head -1)" 2>/dev/null | grep -c 'encounter of 2024-02-29 (relation')"
