# coverage: what sources hold and attest, and which rules can run; nobody's name or number in it.
. "$(dirname "$0")/lib.sh"
new_keep && small_export && import_export || echo "not ok an export taken in"

expect "before any adoption" 0 "$CK" coverage k --format ndjson
cp last.out before
holds "it says that no rules are adopted" grep -q 'no policy is adopted' last.err
same "no rules then" 0 "$(grep -c '"part":"rule"' before)"
holds "the source is declared and its completeness signed" grep -q '"part":"source","source":"ehr".*"state":"declared".*"detail":"complete; codes complete; custody official; classes all.*signed by him' before
holds "records by class, with days" grep -q '"subject":"Encounter","kind":"rows","state":"attested","rows":2,"first":"2001-03-04","last":"2024-02-01"' before
holds "when the newest came in" grep -q '"part":"source".*"latest_import":"20' before
expect "a trial of rules" 0 "$CK" coverage k --policy "$TOP/policies" --format ndjson
holds "an access rule cannot run without a log" grep -q '"subject":"household","kind":"access","state":"cannot run".*"no access log"' last.out
holds "nor without whose accounts they are" grep -q '"subject":"household".*"no account map"' last.out
holds "a retention rule can" grep -q '"subject":"us-ks.hospital","kind":"retention","state":"can run"' last.out
adopt || echo "not ok adopt"
expect "under the adopted rules" 0 "$CK" coverage k --format json
for f in table csv ndjson json; do
    expect "as $f" 0 "$CK" coverage k --format $f
    cat last.out last.err >>everything
    cp last.out last.$f
done
grep -qE 'Zyxwvutton|Vorpalhand|Jubjubson|MRNQ|Quibblesnark|1930-02-03|1985-07-09' everything && echo "not ok a patient shows" || echo "ok nobody shows in it"
holds "every row of the ndjson is JSON, and what is not counted null" jq -es 'all(.part == "source" or .quarantined == null) and all(.part != "rule" or .rows == null) and any(.rows | type == "number")' last.ndjson
holds "so is the json" jq -e '.coverage | length > 0 and all(.part == "source" or .quarantined == null)' last.json
same "the csv has a header and as many fields in every row" 1 "$("$CK" coverage k --source ehr --format csv | sed 's/"[^"]*"//g' | awk -F, '{print NF}' | sort -u | wc -l)"
expect "only one source" 0 "$CK" coverage k --source ehr --format ndjson
same "has no rules" 0 "$(grep -c '"part":"rule"' last.out)"
expect "a source that is not there" 2 "$CK" coverage k --source nobody
expect "nothing to fail on" 0 "$CK" coverage k --fail-on gaps
expect "rules that cannot run" 1 "$CK" coverage k --fail-on rules
expect "neither gaps nor rules" 2 "$CK" coverage k --fail-on things

cat >lab.json <<'X'
{"title":"lab","classes":["Observation","Claim"],"facilities":"all","closed_on":"2024-08-06","complete":true,"codes_complete":true,"attested_by":"lab"}
X
day=0
: >lab.ndjson
for d in $(seq 1 20) 41 42; do
    date -d "2024-01-01 +$d days" "+{\"resourceType\":\"Observation\",\"id\":\"b$d\",\"status\":\"final\",\"subject\":{\"reference\":\"Patient/old\"},\"code\":{\"text\":\"x\"},\"effectiveDateTime\":\"%F\"}" >>lab.ndjson
done
printf 'not json\n' >>lab.ndjson
"$CK" source declare k lab --file lab.json --officer-key him.key >/dev/null 2>&1
"$CK" import k --source lab lab.ndjson >/dev/null 2>&1
expect "a gap and a missing class" 1 "$CK" coverage k --source lab --fail-on gaps --format ndjson
holds "its rows are JSON, gaps too" jq -es 'any(.part == "gap" and .quarantined == null)' last.out
holds "twenty days are named" grep -q '"part":"gap","source":"lab","subject":"Observation","kind":"days","state":"gap","rows":20,"first":"2024-01-22","last":"2024-02-10"' last.out
holds "so is what was attested and is not there" grep -q '"subject":"Claim","kind":"rows","state":"missing","rows":0' last.out
holds "and the line that could not be read" grep -q '"part":"source","source":"lab".*"quarantined":1' last.out
"$CK" source declare k lab --file lab.json >/dev/null 2>&1
"$CK" coverage k --source lab --format ndjson >unsigned
holds "unsigned, its completeness does not count" grep -q '"detail":"not complete; codes not complete' unsigned

# A patient of whom nobody has more than a number is judged like any other: what is known of that one lets a rule run.
printf 'employee_id,user_id,family_name,given_name,department,role,employed_from,employed_to,patient_id\nw1,u1,Alpha,Ann,ICU,nurse,2010-01-01,,only-named\nw2,u2,Beta,Bob,ER,nurse,2010-01-01,,\n' >staff.csv
printf 'event_id,event_time,user_id,patient_id,action\n1,2024-03-10T12:30:00Z,u2,only-named,View\n' >log.csv
"$CK" import k --policy "$TOP/policies" --source hr staff.csv >/dev/null 2>&1
"$CK" import k --policy "$TOP/policies" --source hr log.csv >/dev/null 2>&1
"$CK" audit k --fail-on none --format ndjson >cases 2>/dev/null
same "a rule fires about a patient who is only named" 1 "$(grep -c '"rule":"co-worker"' cases)"
"$CK" coverage k --format ndjson >rules 2>/dev/null
holds "coverage says that it can run" grep -q '"subject":"co-worker","kind":"access","state":"can run"' rules
