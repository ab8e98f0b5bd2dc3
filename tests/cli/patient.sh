#!/bin/sh
# Goal: patients are merged, parted and disentangled only after their effect on dates was shown; no day
# moves earlier and no hold drops without those who may; each act is in the ledger and the keep stays whole.
. "$(dirname "$0")/lib.sh"

new_keep
small_export
# the same woman under another number, with a stay of her own; and a man of the same name and birthday
cat >more.ndjson <<'J'
{"resourceType":"Patient","id":"old2","identifier":[{"type":{"coding":[{"code":"MR"}]},"system":"urn:test:mrn","value":"MRNQ77009"}],"name":[{"family":"Zyxwvutton","given":["Abigail"]}],"birthDate":"1930-02-03","link":[{"type":"seealso","other":{"reference":"Patient/old"}}]}
{"resourceType":"Encounter","id":"e9","status":"finished","class":{"code":"IMP"},"subject":{"reference":"Patient/old2"},"period":{"start":"2019-03-04T10:00:00-06:00","end":"2019-03-09T11:00:00-06:00"},"serviceProvider":{"reference":"Organization/o1"}}
{"resourceType":"Condition","id":"c9","subject":{"reference":"Patient/old2"},"encounter":{"reference":"Encounter/e9"},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"J18.9"}]},"recordedDate":"2019-03-04"}
J
import_export
"$CK" import k --source ehr more.ndjson >/dev/null
p() { verb=$1; shift; "$CK" patient "$verb" k "$@"; }
rows() { "$CK" retention k --format ndjson 2>/dev/null | grep '"medical record"'; }
field() { sed "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/"; }
printf 'MRNQ77001\nMRNQ77009\n' >pair
printf 'MRNQ77009\n' >leaver
printf 'MRNQ77001\n' >first

expect "a merge is possible before any pack is adopted" 0 p merge --patient-file pair
same "and says so" 1 "$(grep -c 'no packs adopted' last.err)"
adopt
rows >rows.before
same "the old chart is due, the newer one is not" "due kept" "$(grep -v 2034 rows.before | sort -t'"' -k 1 | field status | sort | tr '\n' ' ' | sed 's/ $//')"

expect "what is alike is listed" 0 p alike --format ndjson
same "as proposed by the source, and as a finding" "same name and birth day,seealso," "$(field why <last.out | sort | tr '\n' ',')"
same "and nobody is named" 0 "$(grep -cE 'Zyxw|MRNQ|1930' last.out last.err | grep -cv ':0')"
expect "show" 0 p show --patient-file first --format ndjson
same "it has one identity, a proposal, two sets" "identity,seealso,set,set," "$(field what <last.out | sort | tr '\n' ',')"
same "show masks" 0 "$(grep -cE 'Zyxw|MRNQ|1930-02' last.out last.err | grep -cv ':0')"
expect "show with a signed request" 0 p show --patient-file first --format ndjson --show-phi R-1 --officer-key him.key
same "shows the name" 1 "$(grep -c 'Zyxwvutton, Abigail' last.out)"
expect "nobody of that name" 2 p show --patient-file "$WORK/ehr.json"
same "and the line is not repeated" 0 "$(grep -c export last.err)"
echo 'Zyxwvutton, Abigail' >name
expect "a name of two patients is refused" 2 p show --patient-file name
same "with the way out" 1 "$(grep -c 'hint: .*#NUMBER' last.err)"

# a plan made before the merge
"$CK" plan k --output plan >/dev/null
"$CK" approve k plan --officer-key him.key >/dev/null
"$CK" approve k plan --officer-key legal.key >/dev/null
entries() { "$CK" ledger list k --format ndjson | wc -l; }
n=$(entries)
expect "the effect of a merge is shown" 0 p merge --patient-file pair --format ndjson
same "the due set would be kept longer" 1 "$(grep '"was_status":"due"' last.out | grep '"medical record"' | grep -c '"change":"later"')"
same "nothing was written" "$n" "$(entries)"
"$CK" hold place k HOLD-1 --patient-file leaver >/dev/null
expect "merge" 0 p merge --patient-file pair --confirm --format ndjson
same "in one entry of the ledger" $((n + 2)) "$(entries)"
same "of its kind" 1 "$("$CK" ledger list k --format ndjson | tail -1 | grep -c '"patient"')"
expect "twice is an error" 2 p merge --patient-file pair --confirm
rows >rows.merged
same "one record set less" $(($(wc -l <rows.before) - 1)) "$(wc -l <rows.merged)"
same "the hold on one covers both" 1 "$(grep -c '"held"' rows.merged)"
expect "the keep is whole" 0 "$CK" check k
"$CK" archive k plan --output out >arch.txt 2>&1
expect "a plan made before has drifted" 1 "$CK" dispose k plan --officer-key him.key
same "nothing is destroyed" 0 "$("$CK" status k --format json | sed 's/.*"records_destroyed":\([0-9]*\).*/\1/')"
printf 'MRNQ77009\n' >former
expect "by the number it had before the merge the chart is investigated" 0 "$CK" investigate k --patient-file former
expect "show: two identities, a link, the proposal, two sets" 0 p show --patient-file leaver --format ndjson
same "that is" "identity,identity,link,seealso,set,set," "$(field what <last.out | sort | tr '\n' ',')"

# parting again: each part keeps the merged day and the hold unless the quorum says otherwise
expect "the effect of unmerge is shown" 0 p unmerge --patient-file leaver --format ndjson
same "a set would get an earlier day" 1 "$(grep '"medical record"' last.out | grep -c '"change":"earlier"')"
same "and holds are carried" 1 "$(grep -c '1 hold carried' last.err)"
expect "without the quorum it is refused" 6 p unmerge --patient-file leaver --confirm
same "naming a set" 1 "$(grep -cE 'set [0-9a-f]{32} would be kept for less long' last.err)"
expect "one of two officers is not the quorum" 6 p unmerge --patient-file leaver --confirm --officer-key him.key
rows >rows.same
holds "nothing changed" cmp rows.merged rows.same
expect "with the quorum it is done" 0 p unmerge --patient-file leaver --confirm --officer-key him.key --officer-key legal.key
rows >rows.parted
same "both are held" 2 "$(grep -c '"held"' rows.parted)"
same "with the days they had" "$(field keep_until <rows.before | sort | tr '\n' ' ')" "$(field keep_until <rows.parted | sort | tr '\n' ' ')"
expect "the keep is whole after it" 0 "$CK" check k
expect "an import does not bring the link back" 0 "$CK" import k --source ehr people.ndjson more.ndjson
same "they stay parted" 2 "$(rows | grep -c '"held"')"
expect "parting who is alone is refused" 2 p unmerge --patient-file leaver --confirm
"$CK" hold release k HOLD-1 --officer-key legal.key >rel.txt
same "a hold ends with what was carried on" "2 holds released" "$(cut -d';' -f1 rel.txt)"

# overlay: the records of the later stay belong to the other
n=$("$CK" sql k "SELECT encounter FROM encounters WHERE start_date = '2019-03-04'" --format ndjson | field encounter)
printf 'MRNQ77009\nMRNQ77001\n' >over
expect "an overlay needs to know what" 2 p overlay --patient-file over
expect "its effect is shown" 0 p overlay --patient-file over --encounter "$n" --format ndjson
same "a visit and its records" 1 "$(grep -c ' 3 records and visits' last.err)"
expect "overlay, with a key that it does not need" 0 p overlay --patient-file over --encounter "$n" --confirm --officer-key him.key
"$CK" sql k "SELECT count(*) AS n FROM records r JOIN patients p ON p.patient = r.patient WHERE r.kind = 'Condition' AND p.birth_year = 1930 GROUP BY r.patient" --format ndjson >moved.txt
same "both conditions are in one chart" 2 "$(field n <moved.txt)"
expect "not there any more" 2 p overlay --patient-file over --encounter "$n" --confirm
expect "the keep is whole after that" 0 "$CK" check k
expect "an import of the same does not move it back" 0 "$CK" import k --source ehr more.ndjson care.ndjson
same "still one chart" 2 "$("$CK" sql k "SELECT count(*) AS n FROM records WHERE kind = 'Condition' GROUP BY patient" --format ndjson | field n)"
"$CK" sql k "SELECT record FROM records WHERE kind = 'Condition'" --format ndjson | field record | head -1 >recs
expect "by list of records" 0 p overlay --patient-file "$WORK/pair" --record-file recs --format ndjson
expect "a record of another chart" 2 p overlay --patient-file over --record-file recs
expect "by source" 0 p overlay --patient-file pair --source ehr
"$CK" backup k copy --backup-key-out bk >/dev/null 2>&1
same "the acts carry no name" 0 "$("$CK" sql k 'SELECT * FROM acts' --format ndjson | grep -cE 'Zyxw|MRNQ')"
