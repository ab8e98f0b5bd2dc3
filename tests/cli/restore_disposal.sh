#!/bin/sh
# Goal: what was destroyed behind a backup is destroyed in the keep that is put back from it,
# under the plan and the certificate of then; without a recovery recipient it stays read only.
. "$(dirname "$0")/lib.sh"

"$CK" officer new him --no-passphrase >/dev/null && "$CK" officer new legal --no-passphrase >/dev/null
age-keygen -o rid 2>/dev/null && chmod 400 rid
expect "a keep without a recovery recipient is told so" 0 "$CK" init bare --key-file bk --officer him:him.pub
same "by init" 1 "$(grep -c recovery last.err)"
expect "and again" 0 "$CK" status bare --key-file bk
same "by status" 1 "$(grep -c recovery last.err)"
"$CK" init k --officer him:him.pub --officer legal:legal.pub --quorum 2 --recovery "$(age-keygen -y rid)" >/dev/null 2>init.err
same "a keep with one is not" 0 "$(grep -c recovery init.err)"
small_export
mkdir w
CHARTKEEP_WITNESS=$WORK/w
export CHARTKEEP_WITNESS
import_export 2>/dev/null
adopt
day=$(date -d '+90 days' +%F)
"$CK" backup k b --backup-key-out bkey --destroy-by "$day" >/dev/null 2>&1
count() { "$CK" status "$1" --format json 2>/dev/null | sed "s/.*\"$2\":\([0-9]*\).*/\1/"; }
before=$(count k records)
"$CK" plan k --output p >/dev/null
"$CK" approve k p --officer-key him.key >/dev/null
"$CK" approve k p --officer-key legal.key >/dev/null
"$CK" archive k p --output out >/dev/null
# an officer leaves and another comes
"$CK" officer new legal2 --no-passphrase >/dev/null
"$CK" officer add k privacy:legal2.pub --officer-key him.key --officer-key legal.key >/dev/null
expect "dispose" 0 "$CK" dispose k p --officer-key him.key
gone=$(count k records_destroyed)
cp p.certificate.json certificate
same "records are gone in the keep" 1 "$([ "$gone" -gt 0 ] && echo 1)"
same "and are there in the backup" "$before" "$(CHARTKEEP_KEY_FILE=bkey count b records)"

expect "restore" 0 "$CK" backup restore b n --backup-key bkey --recovery-identity rid --officer-key him.key --officer-key legal.key
same "destroys as many again" 1 "$(grep -c "records destroyed $gone," last.out)"
expect "it is clean" 0 "$CK" check n
same "the records are gone" $((before - gone)) "$(count n records)"
same "and counted as destroyed" "$gone" "$(count n records_destroyed)"
same "the set is destroyed" "$("$CK" sql k 'SELECT count(*) FROM records' --format csv)" "$("$CK" sql n 'SELECT count(*) FROM records' --format csv)"
rm -f p.certificate.json p.certificate.json.minisig
expect "the plan's approvals are not carried over" 6 "$CK" dispose n p --officer-key him.key
"$CK" approve n p --officer-key him.key >/dev/null
"$CK" approve n p --officer-key legal.key >/dev/null
expect "approved again it finds nothing left to do" 1 "$CK" dispose n p --officer-key him.key
holds "the certificate of then is handed out by the restored keep" cmp certificate p.certificate.json
same "an officer who came since is one" 1 "$("$CK" officer list n --format ndjson 2>/dev/null | grep -c privacy)"
expect "a plan made now names nothing destroyed" 0 "$CK" retention n --format ndjson
same "the keyring was written anew" 1 "$("$CK" ledger list n | grep -c '"kind":"rewrite".*' | sed 's/^[1-9][0-9]*$/1/')"

# in place, later
CHARTKEEP_WITNESS=
"$CK" backup restore b r --backup-key bkey --officer-key him.key --officer-key legal.key >/dev/null 2>&1
expect "nothing is disposed while it is read only" 6 "$CK" dispose r p --officer-key him.key
expect "replay" 0 "$CK" backup restore --replay r --witness w --recovery-identity rid --officer-key him.key --officer-key legal.key
same "destroys as many" "$gone" "$(count r records_destroyed)"
expect "and is clean" 0 "$CK" check r
holds "no file of it has two keys left" sh -c '! ls r | grep -q new'

# a keep that nobody can read the annex of
mkdir wb
"$CK" backup bare bb --backup-key-out bbkey --destroy-by "$day" --key-file bk --witness wb >/dev/null 2>&1
cp -r wb wb.then
"$CK" hold place bare M-1 --all --key-file bk --witness wb >/dev/null 2>&1
expect "without a recovery recipient" 0 "$CK" backup restore bb rb --backup-key bbkey --key-file bk --witness wb --officer-key him.key
expect "it stays read only" 6 "$CK" hold place rb M-1 --all --key-file bk
rm -rf rb
expect "unless nothing was decided" 0 "$CK" backup restore bb rb --backup-key bbkey --key-file bk --witness wb.then --officer-key him.key
expect "then it is in use" 0 "$CK" hold place rb M-1 --all --key-file bk
