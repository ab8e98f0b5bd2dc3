# review: unfinished charts and bills to read again, by the hospital's own code tables.
. "$(dirname "$0")/lib.sh"
new_keep && small_export || echo "not ok a keep"
cat >>care.ndjson <<'X'
{"resourceType":"DocumentReference","id":"n2","status":"current","docStatus":"preliminary","subject":{"reference":"Patient/new"},"date":"2024-02-01","context":{"encounter":[{"reference":"Encounter/e2"}]}}
{"resourceType":"Claim","id":"k1","status":"active","type":{"coding":[{"code":"professional"}]},"patient":{"reference":"Patient/new"},"created":"2024-02-03","diagnosis":[{"diagnosisCodeableConcept":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"E11.9"}]}},{"diagnosisCodeableConcept":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"X99.99"}]}}],"item":[{"productOrService":{"coding":[{"system":"http://www.ama-assn.org/go/cpt","code":"11042"}]},"quantity":{"value":1},"servicedDate":"2024-02-01"},{"productOrService":{"coding":[{"system":"http://www.ama-assn.org/go/cpt","code":"97597"}]},"quantity":{"value":1},"servicedDate":"2024-02-01"}],"billablePeriod":{"start":"2024-02-01","end":"2024-02-01"}}
X
import_export || echo "not ok an import"
printf 'code_system,code,valid_from,valid_to,billable\nICD-10-CM,E119,2023-10-01,,yes\nICD-10-CM,-1,2023-10-01,,\n' >codes.csv
printf 'column_1,column_2,effective_date,deletion_date,modifier_indicator\n11042,97597,2024-01-01,*,1\n' >pairs.csv
printf 'claim_id,patient_id,billed_from,claim_date,form,diagnosis_codes,procedure_codes,modifiers,units\n1,new,2024-02-01,2024-02-04,CMS-1500,E11.9,11042 97597,- 59,1 1\n' >claims.csv

expect "before any adoption" 6 "$CK" review k
expect "a trial without code tables" 0 "$CK" review k --policy "$TOP/policies" --format ndjson
holds "an unfinished note is found" grep -q '"rule":"delinquent-note"' last.out
same "no claim is looked up" 0 "$(grep -c '"queue":"for coding review"' last.out)"
holds "and it says why" grep -q 'no code table is in the keep' last.err
expect "code tables are taken in, a row that is none is kept apart" 3 "$CK" import k --source tables --policy "$TOP/policies" codes.csv pairs.csv
expect "a claim from a table" 0 "$CK" import k --source ehr --policy "$TOP/policies" claims.csv
adopt || echo "not ok adopt"
expect "under the adopted rules" 0 "$CK" review k --format ndjson
holds "a code that no table has" grep -q '"rule":"code-not-valid".*ICD-10-CM X99.99 on 2024-02-01' last.out
same "only that claim" 1 "$(grep -c '"rule":"code-not-valid"' last.out)"
holds "a pair without a modifier" grep -q '"rule":"pair-not-billed-together".*97597 beside 11042 on 2024-02-01' last.out
same "a modifier answers the other" 1 "$(grep -c '"rule":"pair-not-billed-together"' last.out)"
cat last.out last.err >everything
expect "one queue" 0 "$CK" review k --queue "delinquent charts" --format ndjson
same "has only its own" 0 "$(grep -c 'for coding review' last.out)"
expect "rules with what they lack" 0 "$CK" review k --rules --format ndjson
holds "units cannot be told" grep -q '"rule":"units-over".*"missing":"a table of units in force on that day"' last.out
expect "as a table" 0 "$CK" review k
cat last.out last.err >>everything
expect "on an earlier day nothing was late" 0 "$CK" review k --as-of 2024-02-05 --rule delinquent-note --format ndjson
same "then" 0 "$(grep -c '"finding"' last.out)"
expect "a gate" 1 "$CK" review k --fail-on medium
expect "a gate that holds" 0 "$CK" review k --fail-on critical
expect "a gate of no such name" 2 "$CK" review k --fail-on nothing
finding=$("$CK" review k --rule delinquent-note --format ndjson 2>/dev/null | sed -n '1s/.*"finding":"\([0-9a-f]*\)".*/\1/p')
expect "an officer sees who it is" 0 "$CK" review k --rule delinquent-note --show-phi "$finding" --officer-key him.key --format ndjson
same "in the column and in the sentence" 2 "$(grep -o Vorpalhand last.out | grep -c .)"
grep -qE 'Zyxwvutton|Vorpalhand|Jubjubson|MRNQ|Quibblesnark|1985-07-09' everything && echo "not ok a patient shows" || echo "ok nobody shows in it"
expect "the same tables again change nothing" 0 "$CK" import k --source tables --policy "$TOP/policies" pairs.csv
expect "it checks" 0 "$CK" check k

# what lies in quarantine may be the original that an amendment is about, or the note that a stay lacks
cat >amended.ndjson <<'X'
{"resourceType":"DocumentReference","id":"n7","status":"current","docStatus":"final","subject":{"reference":"Patient/new"},"date":"2024-02-03","relatesTo":[{"code":"replaces","target":{"reference":"DocumentReference/n6"}}],"context":{"encounter":[{"reference":"Encounter/e2"}]}}
{"resourceType":"Encounter","id":"e7","status":"finished","class":{"code":"IMP"},"subject":{"reference":"Patient/new"},"period":{"start":"2024-03-01T10:00:00-06:00","end":"2024-03-05T11:00:00-06:00"}}
X
found() { "$CK" review k --as-of 2024-06-01 --format ndjson 2>/dev/null | grep -cE '"rule":"(amendment-without-original|stay-without-note)"'; }
expect "an amendment and a stay" 0 "$CK" import k --source ehr amended.ndjson
same "both lack something" 2 "$(found)"
echo '{"resourceType":"DocumentReference","id":"n6"' >broken.ndjson
expect "something that cannot be read" 3 "$CK" import k --source ehr broken.ndjson
same "it may be that" 0 "$(found)"

# one human told by three sources: a year says nothing against a day, and does not take it away
told() { # SOURCE BIRTH SEX
    echo '{"resourceType":"Patient","id":"'"$1"'","identifier":[{"system":"urn:test:mrn","value":"T1"}],"name":[{"family":"Toves","given":["Mome"]}],"gender":"'"$3"'","birthDate":"'"$2"'"}' >"$1.ndjson"
    "$CK" import k --source "$1" "$1.ndjson" >/dev/null 2>&1
    "$CK" review k --queue "patient identity" --format ndjson 2>/dev/null | sed -n 's/.*"rule":"\([^"]*\)".*"sentence":"[^,]* was told \([^"]*\):.*/\1: \2/p; s/.*"rule":"\(birth-date-missing\)".*/\1/p'
}
same "a day" "" "$(told one 1980-02-03 female)"
same "and its year" "" "$(told two 1980 female)"
same "and the day again" "" "$(told three 1980-02-03 female)"
same "another day, another sex" "overlay: 2 date(s) of birth and 2 sex(es)" "$(told four 1980-02-04 male)"
