#!/bin/sh
# Goal: for whom somebody acted comes from an audit log of FHIR to the verdict: expected by the other's visit, and only at that very
# access; a mere second person in the event explains nothing.
. "$(dirname "$0")/lib.sh"

new_keep
small_export
expect "the export" 0 import_export
person='{"resourceType":"Practitioner","id":"a7","identifier":[{"system":"urn:oid:2.51.1.3","value":"7601000000001"}],"name":[{"family":"Gimblewabe"}]}'
echo "$person" >more.ndjson
expect "an assistant" 0 "$CK" import k --source ehr more.ndjson
event() { # ID, TIME, the assistant's other members
    printf '{"resourceType":"AuditEvent","id":"%s","type":{"code":"rest"},"subtype":[{"code":"read"}],"action":"R","recorded":"%s","agent":[{%s"who":{"reference":"Practitioner/a7"},"requestor":true}],"source":{"observer":{"display":"s"}},"entity":[{"what":{"reference":"Patient/new"}}]}\n' "$1" "$2" "$3"
}
other='"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/auditevent-OnBehalfOf","valueReference":{"reference":"Practitioner/d1"}}],'
{
    event x1 2024-02-03T10:00:00Z "$other"
    event x2 2024-02-03T11:00:00Z ''
    event x3 2024-06-03T10:00:00Z "$other"
} >audit.ndjson
expect "the log" 0 "$CK" import k --source ehr audit.ndjson
expect "the audit" 0 "$CK" audit k --policy "$TOP/policies/explanations.policy" --policy "$TOP/policies/labels.policy" --events --format csv --fail-on none
same "acted for the physician of a visit" "expected on-behalf" "$(awk -F, '$2 == "ehr:1" {print $3, $4}' last.out)"
same "an hour later nobody says so" unexplained "$(awk -F, '$2 == "ehr:2" {print $3}' last.out)"
same "four months after the visit" unexplained "$(awk -F, '$2 == "ehr:3" {print $3}' last.out)"
"$CK" why k --policy "$TOP/policies/explanations.policy" ehr:1 >why.out 2>&1
holds "why names the reason" grep -q on-behalf why.out
same "names nowhere in clear" 0 "$(cat why.out last.out | grep -cE "$NAMES|Gimblewabe")"
expect "the rule can run" 0 "$CK" coverage k --policy "$TOP/policies/explanations.policy" --format ndjson
same "its coverage" 0 "$(grep '"on-behalf"' last.out | grep -c 'says for whom')"
expect "the keep is whole" 0 "$CK" check k
