#!/bin/sh
# Goal: bad input never crashes, never costs a good neighbour, and is kept with
# bytes, position and reason.
. "$(dirname "$0")/lib.sh"

new_keep
{
    echo '{"resourceType":"Patient","id":"a","birthDate":"1980-01-01"}'
    echo '{"resourceType":"Patient","id":"b",'
    echo '{"resourceType":"Patient","id":"c","id":"d"}'
    printf '{"resourceType":"Patient","id":"e\377"}\n'
    echo 'not json at all'
    i=0; s=''; while [ $i -lt 300 ]; do s="[$s"; i=$((i + 1)); done; echo "{\"resourceType\":\"Patient\",\"id\":\"f\",\"x\":$s"
    echo '{"id":"no-type"}'
    echo '{"resourceType":"Observation","id":"g","subject":{"reference":"Patient/a"},"valueQuantity":{"value":1e999999999999}}'
    echo '{"resourceType":"Patient","id":"h"}'
    head -c 3000 /dev/zero | tr '\0' '\001'; echo
    printf '{"resourceType":"Patient","id":"last"}'
} >mixed.ndjson
expect "an import with bad lines ends with 3" 3 "$CK" import k mixed.ndjson
"$CK" status k --format json >status.json
same "good neighbours are all there" 4 "$(sed 's/.*"records":\([0-9]*\).*/\1/' status.json)"
same "bad lines are in quarantine" 7 "$(sed 's/.*"quarantined":\([0-9]*\).*/\1/' status.json)"
expect "quarantine list" 0 "$CK" quarantine list k --format ndjson
same "each with its line" "2 3 4 5 6 7 10 " "$(sed -n 's/.*"line":\([0-9]*\).*/\1/p' last.out | tr '\n' ' ')"
item=$(sed -n 's/.*"item":\([0-9]*\).*"line":5,.*/\1/p' last.out)
expect "bytes are shown only to an officer" 6 "$CK" quarantine show k "$item"
expect "and then exactly" 0 "$CK" quarantine show k "$item" --officer-key him.key
same "the bytes" "not json at all" "$(cat last.out)"
expect "the same again adds nothing" 0 "$CK" import k mixed.ndjson
expect "check" 0 "$CK" check k

printf '42\n{"resourceType":"Patient","id":"behind-a-number"}\n' >first.ndjson
expect "a bad first line" 3 "$CK" import k first.ndjson
same "does not cost the second" "1  new records" "$(grep 'new records' last.out | sed 's/^ *//')"
printf 'garbage\n{"resourceType":"Patient","id":"behind-garbage"}\n' | "$CK" import k - >last.out 2>/dev/null
same "nor through a pipe" "1  new records" "$(grep 'new records' last.out | sed 's/^ *//')"
expect "a file that is not there" 3 "$CK" import k nothing.ndjson
expect "a name that would act on the terminal" 3 "$CK" import k "$(printf 'nothing\033[2J\342\200\256.ndjson')"
same "is shown as what it is" 1 "$(grep -c 'nothing<U+001B>\[2J<U+202E>.ndjson' last.err)"
expect "a binary file" 3 "$CK" import k "$CK"
expect "the keep still checks" 0 "$CK" check k

# a changed resource is a new version, not a second record
echo '{"resourceType":"Patient","id":"a","birthDate":"1980-01-02"}' >changed.ndjson
expect "a changed resource" 0 "$CK" import k changed.ndjson
same "is a new version" 1 "$(grep -c 'new versions' last.out)"

# a Bundle with urn:uuid references
cat >bundle.json <<'X'
{"resourceType":"Bundle","type":"transaction","entry":[
 {"fullUrl":"urn:uuid:11111111-2222-3333-4444-555555555555","resource":{"resourceType":"Patient","name":[{"family":"Bundled"}],"birthDate":"1990-01-01"}},
 {"fullUrl":"urn:uuid:66666666-2222-3333-4444-555555555555","resource":{"resourceType":"Encounter","status":"finished","class":{"code":"AMB"},"subject":{"reference":"urn:uuid:11111111-2222-3333-4444-555555555555"},"period":{"start":"2020-01-01","end":"2020-01-02"}}}]}
X
expect "a Bundle" 0 "$CK" import k bundle.json
same "its patient and encounter" "1  patients 1  encounters" "$(grep -E 'patients|encounters' last.out | sed 's/^ *//' | tr '\n' ' ' | sed 's/ $//')"
gzip -k bundle.json && expect "the same, compressed" 0 "$CK" import k bundle.json.gz

# declarations
echo '{"complete":true,"clases":"all"}' >typo.json
expect "a slip in a declaration is an error" 3 "$CK" source declare k x --file typo.json
echo '{"complete":"yes"}' >type.json
expect "so is a wrong type" 3 "$CK" source declare k x --file type.json

# mapped CSV
printf 'event_time,user_id,patient_id,action\n2026-03-01T08:00:00Z,dr1,a,View\nyesterday,dr1,a,View\n2026-03-01T09:00:00Z,dr1,a,Printed\n2026-03-01T09:00:00Z,dr1\n' >log.csv
expect "CSV with two bad rows" 3 "$CK" import k --policy "$TOP/policies" --source log log.csv
same "two events" "2  access events" "$(grep 'access events' last.out | sed 's/^ *//')"
same "two in quarantine" "2  quarantined" "$(grep 'quarantined' last.out | sed 's/^ *//')"
printf 'a,b,c\n1,2,3\n' >strange.csv
expect "CSV that no map fits" 3 "$CK" import k --policy "$TOP/policies" --source log strange.csv
printf 'event_time,user_id,patient_id,action\r2024-03-01T08:00:00Z,dr1,a,View\r2024-03-01T09:00:00Z,dr1,a,View\r' >mac.csv
expect "lines that end with a carriage return alone" 3 "$CK" import k --policy "$TOP/policies" --source log mac.csv
holds "are not taken for a header, with the place" grep -q 'mac.csv:1: the header row is not CSV: a carriage return that no line feed follows' last.err
printf 'event_time,user_id,patient_id,action\n2024-03-01T08:00:00Z,dr1,a,View\r2024-03-01T09:00:00Z,dr1,a,View\n' >mixed.csv
expect "nor two of them for one access" 3 "$CK" import k --policy "$TOP/policies" --source log mixed.csv
same "but kept whole in quarantine" "1  quarantined" "$(grep 'quarantined' last.out | sed 's/^ *//')"
# words that nobody knows: taken in, and it is said that no rule looks at them
printf 'event_time,user_id,patient_id,action,outcome\n2024-03-02T08:00:00Z,dr1,a,Chart Review,Success\n2024-03-02T09:00:00Z,dr1,a,,Success\n2024-03-02T10:00:00Z,dr1,a,View,Denied\n' >words.csv
expect "a log with words that nobody knows" 0 "$CK" import k --policy "$TOP/policies" --source words words.csv
holds "is said to have accesses that are not judged" grep -q '^2 access events of which nobody can tell what was done' last.err
expect "what was denied" 0 "$CK" sql k "SELECT action, exposure, outcome FROM access_log WHERE time >= '2024-03-02' AND time < '2024-03-03' ORDER BY time" --format csv
same "showed nothing" "unknown,unknown,success unknown,unknown,success view,system,serious failure" "$(tr -d '\r' <last.out | sed -n 's/^1,//p' | tr '\n' ' ' | sed 's/ $//')"
expect "the same again" 0 "$CK" import k --policy "$TOP/policies" --source words words.csv
same "says nothing of them" 0 "$(grep -c 'nobody can tell' last.err)"
expect "check at the end" 0 "$CK" check k
