#!/bin/sh
# Goal: killed at any writing call of a disposal that orders, destroys copies and months of the log, of
# taking a certificate in, and of expiring a backup, each comes to its end when it is run again: one order,
# one answer, one closing certificate.
. "$(dirname "$0")/lib.sh"

new_keep
small_export
sed -i 's/"custody":"official"/"custody":"copy","custodian":"Iron Box Records","locator":"box 12"/' ehr.json
import_export
printf 'event_time,user_id,patient_id,action\n2015-02-01T16:30:00Z,drjub,new,View\n2024-03-05T12:00:00Z,drjub,old,View\n' >log.csv
import_log "$TOP/policies"
adopt
"$CK" backup k b --backup-key-out bk --destroy-by "$(date -d '+90 days' +%F)" >b.txt 2>/dev/null
backup=$(sed 's/backup \([0-9a-f]*\) .*/\1/' b.txt)
"$CK" plan k --output p >/dev/null
same "a record set and a month" 2 "$(grep -o '"set":"' p | wc -l)"
"$CK" approve k p --officer-key him.key >/dev/null
"$CK" approve k p --officer-key legal.key >/dev/null
cp -r k before
whole=$(count k records)

reset_disposal() { rm -rf t p.* && cp -r before t; }
look_disposal() {
    checks t after
    "$CK" dispose t p --officer-key him.key >again.txt 2>&1
    [ "$(count t records)" = $((whole - 3)) ] || wrong "run again: $(cat again.txt)"
    [ "$("$CK" dispose orders t --format ndjson 2>/dev/null | grep -c .)" = 1 ] || wrong "not one order"
    [ "$(ls p.order-*.txt 2>/dev/null | wc -l)" = 1 ] || wrong "the order was not written"
    [ "$(grep -c '"sets_destroyed":2' p.certificate.json)" = 1 ] || wrong "no certificate of both"
    [ "$(grep -c '"result":"no destroyed key is left"' p.certificate.json)" = 1 ] || wrong "a key is left"
    checks t "after running again"
}
torment dispose 3 reset_disposal look_disposal "$CK" dispose t p --officer-key him.key

"$CK" dispose k p --officer-key him.key >/dev/null 2>&1
id=$("$CK" dispose orders k --format ndjson | sed 's/.*"order":"\([0-9a-f]*\)".*/\1/')
echo shredded >answer.txt
today=$(date +%F)
cp -r k disposed
reset_answer() { rm -rf t && cp -r disposed t; }
look_answer() {
    checks t after
    "$CK" dispose certify t "$id" --certificate answer.txt --destroyed-on "$today" --officer-key him.key >again.txt 2>&1
    [ "$("$CK" dispose orders t --format ndjson 2>/dev/null | grep -c '"status":"certified"')" = 1 ] || wrong "run again: $(cat again.txt)"
    "$CK" dispose order t "$id" --certificate --output back >again.txt 2>&1 && cmp -s answer.txt back || wrong "the certificate is not on file: $(cat again.txt)"
}
torment certify 2 reset_answer look_answer "$CK" dispose certify t "$id" --certificate answer.txt --destroyed-on "$today" --officer-key him.key

reset_expiry() { rm -rf t "$backup".* && cp -r disposed t; }
look_expiry() {
    checks t after
    "$CK" backup expire t "$backup" --officer-key him.key >again.txt 2>&1
    [ -s "$backup.closing.json" ] && [ -s "$backup.closing.json.minisig" ] || wrong "no closing certificate: $(cat again.txt)"
    [ "$("$CK" ledger list t | grep -c '"certificates_closed":1')" = 1 ] || wrong "not closed once"
}
torment expire 2 reset_expiry look_expiry "$CK" backup expire t "$backup" --officer-key him.key
