#!/bin/sh
# Goal: whatever comes between plan and dispose, alone, two at a time, or from a second process while dispose runs, no set that is held,
# drifted or no longer released by adopted law is destroyed; with nothing between, it is.
. "$(dirname "$0")/lib.sh"

new_keep
small_export
cat >more.ndjson <<'X'
{"resourceType":"Condition","id":"c8","subject":{"reference":"Patient/old"},"encounter":{"reference":"Encounter/e1"},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-9-cm","code":"487"}]},"recordedDate":"2001-03-05"}
X
cat >visit.ndjson <<'X'
{"resourceType":"Encounter","id":"e8","status":"finished","class":{"code":"IMP"},"subject":{"reference":"Patient/old"},"period":{"start":"2020-03-04T10:00:00-06:00","end":"2020-03-09T11:00:00-06:00"},"serviceProvider":{"reference":"Organization/o1"}}
X
printf '{"resourceType":"Patient","id":"old","identifier":[{"type":{"coding":[{"code":"MR"}]},"system":"urn:test:mrn","value":"MRNQ77001"}],"name":[{"family":"Zyxwvutton","given":["Abigail"]}],"birthDate":"2015-02-03"}\n' >birth.ndjson
sed 's/"custody":"official"/"custody":"copy"/' ehr.json >copy.json
sed 's/"complete":true/"complete":false/' ehr.json >partial.json
printf 'MRNQ77001\n' >her
printf 'MRNQ77001\nMRNQ77002\n' >both
import_export
adopt
"$CK" plan k --output p >/dev/null
"$CK" approve k p --officer-key him.key >/dev/null
"$CK" approve k p --officer-key legal.key >/dev/null
"$CK" archive k p --output out >/dev/null 2>&1
whole=$(count k records)
dispose() { "$CK" dispose t p --officer-key him.key; }
fresh() { rm -rf t && cp -r k t; }

# one thing that may come between; all but the last two bear on the set
comes() {
    case $1 in
    hold) "$CK" hold place t M-1 --patient-file her ;;
    hold-all) "$CK" hold place t M-2 --all ;;
    hold-where) "$CK" hold place t M-3 --where 'set.series == "medical record"' ;;
    record) "$CK" import t --source ehr more.ndjson ;;
    visit) "$CK" import t --source ehr visit.ndjson ;;
    birth) "$CK" import t --source ehr birth.ndjson ;;
    merge) "$CK" patient merge t --patient-file both --confirm ;;
    custody) "$CK" source declare t ehr --file copy.json --officer-key him.key ;;
    completeness) "$CK" source declare t ehr --file partial.json --officer-key him.key ;;
    packs) "$CK" policy adopt t two.policy --review-by "$(date -d '+300 days' +%F)" --officer-key him.key --officer-key legal.key ;;
    officer) "$CK" officer renew t legal:legal2.pub --officer-key him.key --officer-key legal.key ;;
    other-hold) "$CK" hold place t M-4 --patient-file him ;;
    archive) "$CK" archive t p --output out2 ;;
    esac
}
rm -rf scratch && mkdir scratch && (cd scratch && "$CK" officer new legal --no-passphrase >/dev/null) && mv scratch/legal.pub legal2.pub
printf 'MRNQ77002\n' >him
cat >two.policy <<'X'
pack "two" { version "1" language 1 }
retention "us.a" { title "A" jurisdiction US status law checked date("2026-01-01") source "made up" cite "none" when set.series == "medical record" keep 5 years after set.last("discharge_date") explain "Five." }
retention "us-ks.a" { title "K" jurisdiction US-KS status law checked date("2026-01-01") source "made up" cite "none" when set.series == "medical record" keep 10 years after set.last("discharge_date") explain "Ten." }
X
# stays WHAT…: after all of them nothing is destroyed, and dispose says so
stays() {
    fresh
    for what; do comes "$what" >came.txt 2>&1 || { cp came.txt said.txt && return 1; }; done
    was=$(count t records)
    dispose >said.txt 2>&1
    case $? in 1 | 6) ;; *) echo "# exit: $(cat said.txt)" && return 1 ;; esac
    [ "$(count t records_destroyed)" = 0 ] && [ "$(count t records)" = "$was" ] && "$CK" check t >check.txt 2>&1
}
bearing="hold hold-all hold-where record visit birth merge custody packs officer"
for what in $bearing; do
    if stays "$what"; then echo "ok nothing is destroyed behind: $what"; else echo "not ok nothing is destroyed behind: $what: $(cat said.txt)"; fi
done
for pair in "merge hold" "record hold-where" "packs hold" "custody visit" "birth merge" "hold completeness" "archive hold" "other-hold record"; do
    # shellcheck disable=SC2086
    if stays $pair; then echo "ok nor behind: $pair"; else echo "not ok nor behind: $pair: $(cat said.txt)"; fi
done
for what in "" other-hold archive; do
    fresh
    [ -z "$what" ] || comes "$what" >came.txt 2>&1
    expect "what does not bear on it leaves it due: ${what:-nothing}" 0 dispose
    same "it is destroyed" $((whole - 3)) "$(count t records)"
    once=$("$CK" ledger list t --format ndjson | grep -c '"kind":"erased"')
done

# a second process, a hair earlier or later each time: what was held before it was destroyed is not destroyed
index_of() { "$CK" ledger list t --format ndjson 2>/dev/null | grep "\"$1\"" | head -1 | sed 's/.*"index":\([0-9]*\).*/\1/'; }
wrongs=0 before=0 behind=0 shut=0
for after in 0 0.02 0.05 0.08 0.11 0.14 0.17 0.2 0.25 0.3 0.4 0.6; do
    fresh
    dispose >said.txt 2>&1 &
    sleep $after
    "$CK" hold place t M-9 --patient-file her >came.txt 2>&1
    held=$?
    wait
    gone=$(count t records_destroyed)
    case $held in
    0)
        if [ "$gone" = 0 ]; then before=$((before + 1)); else
            behind=$((behind + 1))
            [ "$(index_of erased)" -lt "$(index_of hold)" ] || wrongs=$((wrongs + 1))
        fi
        ;;
    11) shut=$((shut + 1)) ;; # the keep was being written: the hold says that it was not placed
    *) wrongs=$((wrongs + 1)) && echo "# hold: $held $(cat came.txt)" ;;
    esac
    "$CK" check t >check.txt 2>&1 || wrongs=$((wrongs + 1))
done
echo "# a hold from a second process: $before before, $behind behind, $shut refused while dispose wrote"
same "no hold is passed over by a disposal that runs beside it" 0 $wrongs
fresh
dispose >one.txt 2>&1 &
dispose >two.txt 2>&1
wait
same "two disposals at once destroy it once" $((whole - 3)) "$(count t records)"
same "and record it once" "$once" "$("$CK" ledger list t --format ndjson | grep -c '"kind":"erased"')"
expect "and the keep is whole" 0 "$CK" check t
