#!/bin/sh
# Goal: a Bundle of any type, its entries in any order, its references in any form, on one line or on many,
# brings the same facts: one patient each, whose are the visit and the result that its Bundle has.
. "$(dirname "$0")/lib.sh"

new_keep
mkdir bundles
n=0
for type in collection document message transaction batch searchset history; do
    for form in relative absolute urn conditional logical bare; do
        for layout in line lines; do
            n=$((n + 1)) base=https://ehr.example/fhir
            id=$(printf '%08x-1111-4222-8333-444444444444' $n)
            patient="\"fullUrl\":\"$base/Patient/p$n\"" self="\"id\":\"p$n\","
            case $form in
            relative) subject="{\"reference\":\"Patient/p$n\"}" ;;
            absolute) subject="{\"reference\":\"$base/Patient/p$n\"}" ;;
            urn) subject="{\"reference\":\"urn:uuid:$id\"}" patient="\"fullUrl\":\"urn:uuid:$id\"" self="" ;;
            conditional) subject="{\"reference\":\"Patient?identifier=urn:test:mrn|M$n\"}" ;;
            bare) subject="{\"identifier\":{\"system\":\"urn:test:mrn\",\"value\":\"M$n\"}}" patient="\"link\":[]" self="" ;;
            logical) subject="{\"type\":\"Patient\",\"identifier\":{\"system\":\"urn:test:mrn\",\"value\":\"M$n\"}}" ;;
            esac
            case $type in
            document) first="{\"fullUrl\":\"$base/Composition/c$n\",\"resource\":{\"resourceType\":\"Composition\",\"id\":\"c$n\",\"status\":\"final\",\"type\":{\"text\":\"summary\"},\"subject\":$subject,\"date\":\"2020-01-01\",\"title\":\"t\"}}," ;;
            message) first="{\"fullUrl\":\"$base/MessageHeader/m$n\",\"resource\":{\"resourceType\":\"MessageHeader\",\"id\":\"m$n\",\"eventCoding\":{\"code\":\"e\"},\"source\":{\"endpoint\":\"urn:test:here\"}}}," ;;
            *) first="" ;;
            esac
            case $type in
            transaction | batch | history) more=",\"request\":{\"method\":\"PUT\",\"url\":\"X/$n\"}" ;;
            searchset) more=",\"search\":{\"mode\":\"match\"}" ;;
            *) more="" ;;
            esac
            # born in 1900 + n, seen fifty years later
            born="{$patient,\"resource\":{\"resourceType\":\"Patient\",$self\"identifier\":[{\"type\":{\"coding\":[{\"code\":\"MR\"}]},\"system\":\"urn:test:mrn\",\"value\":\"M$n\"}],\"birthDate\":\"$((1900 + n))-05-05\"}$more}"
            seen="{\"fullUrl\":\"$base/Encounter/e$n\",\"resource\":{\"resourceType\":\"Encounter\",\"id\":\"e$n\",\"status\":\"finished\",\"class\":{\"code\":\"AMB\"},\"subject\":$subject,\"period\":{\"start\":\"$((1950 + n))-06-06T12:00:00Z\",\"end\":\"$((1950 + n))-06-06T13:00:00Z\"}}$more}"
            found="{\"fullUrl\":\"$base/Observation/o$n\",\"resource\":{\"resourceType\":\"Observation\",\"id\":\"o$n\",\"status\":\"final\",\"code\":{\"text\":\"t\"},\"subject\":$subject,\"encounter\":{\"reference\":\"Encounter/e$n\"},\"effectiveDateTime\":\"$((1950 + n))-06-06\"}$more}"
            case $layout in
            line) printf '{"resourceType":"Bundle","type":"%s","entry":[%s%s,%s,%s]}' $type "$first" "$born" "$seen" "$found" ;;
            lines) printf '{"entry":[\n%s\n%s,\n%s,\n%s\n],"type":"%s",\n"resourceType":"Bundle"}\n' "$first" "$found" "$seen" "$born" $type | sed 's/,"/,\n  "/g' ;;
            esac >"bundles/$type-$form-$layout.json"
        done
    done
done
sql() { "$CK" sql k "$1" --format csv | tail -n +2 | tr -d '\r' | cut -d, -f2-; }
for t in 1 2; do
    rm -rf k kf && "$CK" init k >/dev/null 2>&1
    expect "all are read, $t at work" 0 "$CK" import k --source ehr --threads $t bundles/*.json
    same "as many patients, $t" $n "$(sql 'SELECT count(*) FROM patients')"
    same "as many visits, $t" $n "$(sql 'SELECT count(*) FROM encounters')"
    same "each visit of its patient, $t" $n "$(sql 'SELECT count(*) FROM encounters e JOIN patients p USING(patient) WHERE substr(e.start_date, 1, 4) - p.birth_year = 50')"
    same "each result of its patient, $t" $n "$(sql "SELECT count(*) FROM records r JOIN patients p USING(patient) WHERE r.kind = 'Observation' AND substr(r.first_service, 1, 4) - p.birth_year = 50")"
done
expect "check" 0 "$CK" check k
