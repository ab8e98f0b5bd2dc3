#!/bin/sh
# Goal: what is a copy here, or only in the index, is ordered of whoever holds it: signed, with locators
# and no name; what is indexed stays until the custodian's certificate is in, and ours speaks for no other copy.
. "$(dirname "$0")/lib.sh"

new_keep
small_export
sed -i 's/"custody":"official"/"custody":"index only","custodian":"Iron Box Records","locator":"pallet 7, box 12"/' ehr.json
import_export
adopt
"$CK" key show k >keep.pub
whole=$(count k records)
ordered() { "$CK" retention k --format ndjson 2>/dev/null | grep -c '"status":"ordered"'; }
set_status() { "$CK" retention k --format ndjson 2>/dev/null | grep -c "\"status\":\"$1\""; }

"$CK" plan k --output p >/dev/null
same "it is to be ordered" 1 "$(grep -c '"action":"order"' p)"
"$CK" approve k p --officer-key him.key >/dev/null
expect "nothing is ordered before the quorum" 6 "$CK" dispose k p --officer-key him.key
"$CK" approve k p --officer-key legal.key >/dev/null
expect "dispose orders it" 0 "$CK" dispose k p --officer-key him.key
same "of one custodian" 1 "$(ls p.order-*.txt | wc -l)"
order=$(ls p.order-*.txt)
id=${order#p.order-} id=${id%.txt}
same "only its owner can read it" 600 "$(stat -c %a "$order")"
same "it is addressed" 1 "$(grep -c '^to  *Iron Box Records$' "$order")"
same "and says where" 1 "$(grep -c "pallet 7, box 12.3$" "$order")"
same "and what must outlive it" 1 "$(grep -c 'keep: .*, 25 years more (' "$order")"
holds "an officer signed it" minisign -Vqm "$order" -p him.pub
same "it names nobody" 0 "$(grep -cE 'Zyxwvutton|MRNQ7700|Slithypneumonia|1930' "$order")"
same "no certificate of ours" 0 "$(ls p.certificate.json 2>/dev/null | wc -l)"
same "nothing is destroyed" "$whole" "$(count k records)"
same "the set is ordered" 1 "$(set_status ordered)"
leaks=$(grep -lraE 'pallet 7' k 2>/dev/null)
same "the keep tells no locator in clear" "" "$leaks"
cp "$order" then
rm "$order"
expect "dispose again waits" 1 "$CK" dispose k p --officer-key him.key
same "and says for what" 1 "$(grep -c 'certificate of its custodian' last.err)"
holds "and writes the order again" cmp then "$order"
"$CK" plan k --output p2 >last.out 2>last.err
same "a new plan does not name it" 0 "$([ -e p2 ] && grep -c '"action":"order"' p2 || echo 0)"
"$CK" hold place k M-7 --all >/dev/null
same "a hold that came later says: recall" 1 "$("$CK" retention k --format ndjson 2>/dev/null | grep -c 'on hold: M-7; its custodian was ordered to destroy it, recall')"

# without the hold
rm -rf k2 && cp -r k k2
"$CK" dispose orders k --format ndjson >orders.ndjson
same "the list has it open" 1 "$(grep -c '"status":"open"' orders.ndjson)"
printf 'destroyed by shredding: Zyxwvutton\n\000\377' >answer.txt
: >nothing
today=$(date +%F)
expect "an empty certificate" 3 "$CK" dispose certify k "$id" --certificate nothing --destroyed-on "$today" --officer-key him.key
truncate -s 16777217 large
expect "one that is too large" 3 "$CK" dispose certify k "$id" --certificate large --destroyed-on "$today" --officer-key him.key
expect "none is in yet" 6 "$CK" dispose order k "$id" --certificate --output back
expect "a certificate for an order that is none" 2 "$CK" dispose certify k 00000000000000ff --certificate answer.txt --destroyed-on "$today" --officer-key him.key
expect "a certificate of a day to come" 2 "$CK" dispose certify k "$id" --certificate answer.txt --destroyed-on "$(date -d '+3 days' +%F)" --officer-key him.key
expect "a certificate older than the order" 2 "$CK" dispose certify k "$id" --certificate answer.txt --destroyed-on 2020-01-01 --officer-key him.key
"$CK" officer new stranger --no-passphrase >/dev/null
expect "taken in by a stranger" 6 "$CK" dispose certify k "$id" --certificate answer.txt --destroyed-on "$today" --officer-key stranger.key
expect "taken in" 0 "$CK" dispose certify k "$id" --certificate answer.txt --destroyed-on "$today" --officer-key legal.key
expect "once" 2 "$CK" dispose certify k "$id" --certificate answer.txt --destroyed-on "$today" --officer-key legal.key
same "the list has it certified" 1 "$("$CK" dispose orders k --format ndjson | grep '"status":"certified"' | grep -c '"signed_by":"legal"')"
expect "the certificate can be had again" 0 "$CK" dispose order k "$id" --certificate --output back
holds "byte for byte" cmp answer.txt back
same "for its owner alone" 600 "$(stat -c %a back)"
same "and nothing of it lies in clear" "" "$(grep -lraE 'Zyxwvutton|by shredding' k)"
expect "what is held stays even so" 1 "$CK" dispose k p --officer-key him.key
same "all of it" "$whole" "$(count k records)"
"$CK" ledger list k >ledger.txt
same "orders and answers are in the ledger" 2 "$(grep -c '"kind":"order"' ledger.txt)"
expect "check" 0 "$CK" check k

# the same without the hold: the index entries go, the certificate says who certified what
rm -rf k && new_keep_again() { rm -f him.* legal.* && new_keep; } && new_keep_again
import_export && adopt
"$CK" key show k >keep.pub
"$CK" plan k --output q >/dev/null
"$CK" approve k q --officer-key him.key >/dev/null
"$CK" approve k q --officer-key legal.key >/dev/null
"$CK" dispose k q --officer-key him.key >/dev/null
id=$(ls q.order-*.txt) id=${id#q.order-} id=${id%.txt}
"$CK" dispose certify k "$id" --certificate answer.txt --destroyed-on "$today" --officer-key legal.key >/dev/null
expect "with the certificate in, the index goes" 0 "$CK" dispose k q --officer-key him.key
same "three entries" $((whole - 3)) "$(count k records)"
same "our certificate names the order" 1 "$(grep -c "\"official_copy\":\[{\"custodian\":\"Iron Box Records\",\"order\":\"$id\",\"standing\":\"certified by its custodian\",\"destroyed_on\":\"$today\"}\]" q.certificate.json)"
same "and speaks for no other copy" 1 "$(grep -c 'for no copy that somebody else holds' q.certificate.json)"
expect "the order's text is gone with the rewrite" 6 "$CK" dispose order k "$id" --output o.txt
expect "what answered it stays" 0 "$CK" dispose order k "$id" --certificate --output back
holds "as it came" cmp answer.txt back
expect "check" 0 "$CK" check k

# a copy: ours is destroyed at once, the order is out
rm -rf k && new_keep_again
sed -i 's/"custody":"index only"/"custody":"copy"/' ehr.json
import_export && adopt
"$CK" plan k --output r >/dev/null
"$CK" approve k r --officer-key him.key >/dev/null
"$CK" approve k r --officer-key legal.key >/dev/null
expect "a copy is destroyed" 0 "$CK" dispose k r --officer-key him.key
same "at once" $((whole - 3)) "$(count k records)"
same "and its custodian ordered" 1 "$(ls r.order-*.txt | wc -l)"
same "the certificate leaves the rest open" 1 "$(grep -c '"standing":"ordered, not certified yet"' r.certificate.json)"
id=$(ls r.order-*.txt) id=${id#r.order-} id=${id%.txt}
rm r.order-*
expect "its text can be had while it is open" 0 "$CK" dispose order k "$id" --output o.txt
same "with the place" 1 "$(grep -c 'pallet 7' o.txt)"
expect "check" 0 "$CK" check k

# a fire after the certificate came in: the backup is of before, a witness carries it past
rm -rf k him.* legal.* w && "$CK" officer new him --no-passphrase >/dev/null && "$CK" officer new legal --no-passphrase >/dev/null && mkdir w
age-keygen -o rid 2>/dev/null && chmod 400 rid
"$CK" init k --officer him:him.pub --officer legal:legal.pub --quorum 2 --recovery "$(age-keygen -y rid)" >/dev/null
CHARTKEEP_WITNESS=$WORK/w && export CHARTKEEP_WITNESS
import_export && adopt
"$CK" backup k b --backup-key-out bk --destroy-by "$(date -d '+90 days' +%F)" >/dev/null 2>&1
"$CK" plan k --output f >/dev/null
"$CK" approve k f --officer-key him.key >/dev/null
"$CK" approve k f --officer-key legal.key >/dev/null
"$CK" dispose k f --officer-key him.key >/dev/null 2>&1
id=$(ls f.order-*.txt) id=${id#f.order-} id=${id%.txt}
"$CK" dispose certify k "$id" --certificate answer.txt --destroyed-on "$today" --officer-key legal.key >/dev/null
same "nothing of it lies open at the witness" "" "$(grep -lraE 'Zyxwvutton|by shredding' w)"
rm -rf k
expect "the backup is put back" 0 "$CK" backup restore b n --backup-key bk --recovery-identity rid --witness w --officer-key him.key --officer-key legal.key
expect "the custodian's certificate is there" 0 "$CK" dispose order n "$id" --certificate --output back
holds "as it came" cmp answer.txt back
