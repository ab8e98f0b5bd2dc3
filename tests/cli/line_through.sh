#!/bin/sh
# Goal: the whole line holds on a small export: import, dates, adoption, plan,
# approval, sealed package, verification by strangers, disposal.
. "$(dirname "$0")/lib.sh"

new_keep
small_export
expect "import of a small export" 0 import_export
"$CK" status k --format json >status.json
same "patients counted" 2 "$(sed 's/.*"patients":\([0-9]*\).*/\1/' status.json)"
same "records counted" 8 "$(sed 's/.*"records":\([0-9]*\).*/\1/' status.json)"
cp -r k k.before
expect "the same import again" 0 "$CK" import k --source ehr org.ndjson people.ndjson care.ndjson
holds "it changed nothing" cmp k/records.db k.before/records.db
expect "a trial finds nothing due" 0 "$CK" retention k --policy "$TOP/policies" --format ndjson
same "nothing due in a trial" 0 "$(grep -c '"status":"due"' last.out)"
expect "a plan before adoption is refused" 6 "$CK" plan k --output p
expect "adoption by one of two is refused" 6 "$CK" policy adopt k "$TOP/policies" --review-by "$(date -d '+300 days' +%F)" --officer-key him.key
expect "adoption by both" 0 adopt
expect "dates under adopted rules" 0 "$CK" retention k --format ndjson
same "the old set is due" 1 "$(grep -c '"status":"due"' last.out)"
same "sets add up to records" 8 "$(sed -n 's/.*"records":\([0-9]*\).*/\1/p' last.out | awk '{n+=$1} END {print n}')"
same "every set has a date or a reason" 0 "$(grep '"keep_until":null' last.out | grep -cE '"reason":(null|"")')"
expect "a plan as of a day to come is refused" 6 "$CK" plan k --as-of "$(date -d '+2 days' +%F)" --output p
expect "plan" 0 "$CK" plan k --output p
expect "archive before approval is refused" 6 "$CK" archive k p --output out
expect "dispose before approval is refused" 6 "$CK" dispose k p --officer-key him.key
expect "approve, first officer" 0 "$CK" approve k p --officer-key him.key
expect "the same officer twice is refused" 6 "$CK" approve k p --officer-key him.key
expect "archive with one approval is refused" 6 "$CK" archive k p --output out
"$CK" officer new stranger --no-passphrase >/dev/null
expect "a stranger's approval is refused" 6 "$CK" approve k p --officer-key stranger.key
expect "approve, second officer" 0 "$CK" approve k p --officer-key legal.key
expect "dispose before archiving leaves all" 1 "$CK" dispose k p --officer-key him.key
expect "archive" 0 "$CK" archive k p --output out
"$CK" key show k >keep.pub
PKG=$(cd out && ls *.tar)
expect "verify" 0 "$CK" verify "out/$PKG" --pubkey keep.pub
expect "verify without a key cannot know the signer" 5 "$CK" verify "out/$PKG"
"$CK" officer new other --no-passphrase >/dev/null
expect "verify with another key fails" 4 "$CK" verify "out/$PKG" --pubkey other.pub
same "and says of what failed no more than that" 0 "$(grep -c '^Not proven' last.err)"
expect "dispose" 0 "$CK" dispose k p --officer-key him.key
holds "the certificate verifies with minisign" minisign -Vqm p.certificate.json -p keep.pub
expect "dispose again has nothing to do" 1 "$CK" dispose k p --officer-key him.key
expect "no order to anybody" 0 "$CK" dispose orders k
same "is said" "nothing to list" "$(cat last.err last.out)"
expect "nor has archive" 1 "$CK" archive k p --output out
same "and says of all sets at once that they are gone" "0 1" "$(grep -c '^left:' last.err) $(grep -c 'record sets* of this plan .* not in this keep any more$' last.err)"
expect "why tells of a set that was destroyed" 0 "$CK" why k "$(grep -o '"set":"[0-9a-f]*"' p | head -1 | cut -d'"' -f4)"
holds "when, and where to read on" grep -q 'was destroyed at 20.*certificate of its plan' last.out
expect "check after disposal" 0 "$CK" check k
"$CK" status k --format json >status.json
same "the records are gone" 5 "$(sed 's/.*"records":\([0-9]*\).*/\1/' status.json)"
same "and counted as destroyed" 3 "$(sed 's/.*"records_destroyed":\([0-9]*\).*/\1/' status.json)"

leaks=$(grep -lraE 'Zyxwvutton|Vorpalhand|Quibblesnark|Frumious|MRNQ7700|Slithypneumonia|brillig|Jubjubson' k out p p.certificate.json 2>/dev/null)
same "no name, number, address or diagnosis in clear" "" "$leaks"
