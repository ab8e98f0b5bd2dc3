#!/bin/sh
# Goal: patients merged behind a backup are one patient again in the keep that is put back, so that a
# hold on one of them, placed before or after, reaches all; who was parted again stays apart.
. "$(dirname "$0")/lib.sh"

"$CK" officer new him --no-passphrase >/dev/null && "$CK" officer new legal --no-passphrase >/dev/null
age-keygen -o rid 2>/dev/null && chmod 400 rid
"$CK" init k --officer him:him.pub --officer legal:legal.pub --quorum 2 --recovery "$(age-keygen -y rid)" >/dev/null
small_export
mkdir w
CHARTKEEP_WITNESS=$WORK/w
export CHARTKEEP_WITNESS
import_export
adopt
expect "backup" 0 "$CK" backup k b --backup-key-out bkey --destroy-by "$(date -d '+90 days' +%F)"
printf 'MRNQ77001\nMRNQ77002\n' >pair
echo MRNQ77002 >second
expect "merge" 0 "$CK" patient merge k --patient-file pair --confirm
"$CK" hold place k M-1 --patient-file second >/dev/null
restore() { rm -rf n && "$CK" backup restore b n --backup-key bkey --recovery-identity rid --officer-key him.key --officer-key legal.key "$@"; }
held() { "$CK" retention n --format ndjson 2>/dev/null | grep '"medical record"' | grep -c '"held"'; }
sets() { "$CK" retention n --format ndjson 2>/dev/null | grep -c '"medical record"'; }
expect "restore" 0 restore
expect "it holds" 0 "$CK" check n
same "one patient" "1 held" "$(sets) $([ "$(held)" -eq 1 ] && echo held)"

expect "parted" 0 "$CK" patient unmerge k --patient-file second --confirm --officer-key him.key --officer-key legal.key
expect "restore behind that" 0 restore
expect "it holds too" 0 "$CK" check n
same "two patients, both held" "2 2" "$(sets) $(held)"
