#!/bin/sh
# The register of officers from the command line: names, validity, renewal, keys of minisign's own, and that an
# expired or early key is refused by every verb that officers sign.
. "$(dirname "$0")/lib.sh"
new_keep
small_export
import_export
adopt_two
day() { date -d "$1" +%F; }
both="--officer-key him.key --officer-key legal.key"

# a key that stock minisign made (tests/crypto has the encrypted ones)
minisign -G -W -p theirs.pub -s theirs.key >/dev/null 2>&1
expect "a public file of minisign's names no recipient" 3 "$CK" officer add k privacy:theirs.pub $both
"$CK" officer export theirs.key >privacy.pub
same "the key is the one that minisign wrote" "$(sed -n 2p theirs.pub)" "$(sed -n 2p privacy.pub)"
expect "an officer with name and validity" 0 "$CK" officer add k privacy:privacy.pub --name "Ada Byron" --from "$(day -3days)" --until "$(day +30days)" $both
same "he hears of none who signs when none expires soon" 0 "$(grep -c 'is good until' last.err)"
holds "the register has both" sh -c '"$1" officer list k --format ndjson | grep "\"role\":\"privacy\",\"name\":\"Ada Byron\",\"from\":\"$2\",\"until\":\"$3\",\"standing\":\"expires soon\""' - "$CK" "$(day -3days)" "$(day +30days)"
expect "theirs signs here" 0 "$CK" officer renew k legal --name "Lee Gal" --officer-key him.key --officer-key theirs.key

same "who signs is told before a key expires" 1 "$(grep -c "key of officer privacy is good until $(day +30days) only: chartkeep officer renew" last.err)"
expect "two months ahead" 0 "$CK" officer renew k privacy --until "$(day +58days)" $both
same "it still expires soon" 1 "$("$CK" officer list k --format ndjson | grep -c '"standing":"expires soon"')"
expect "more" 0 "$CK" officer renew k privacy --until "$(day +62days)" $both
same "it does not" 0 "$("$CK" officer list k --format ndjson | grep -c '"standing":"expires soon"')"
expect "nor does who only reads" 0 "$CK" status k
same "of anything" 0 "$(grep -c 'is good until' last.err)"

# ours, encrypted; each use costs a second or two of scrypt
printf 'a pass phrase\n' | "$CK" officer new notary --officer-passphrase-fd 0 >/dev/null
same "the secret key says that it is encrypted" "untrusted comment: minisign encrypted secret key" "$(sed -n 1p notary.key)"
echo text >doc
holds "minisign signs with it" sh -c 'echo "a pass phrase" | minisign -S -s notary.key -m doc'
holds "and checks with our public key" minisign -V -p notary.pub -m doc
expect "a wrong passphrase" 12 sh -c 'echo no | "$1" officer quorum k 1 --officer-key notary.key --officer-passphrase-fd 0' - "$CK"
"$CK" officer new later --no-passphrase >/dev/null
expect "the first day lies ahead" 0 "$CK" officer add k later:later.pub --from "$(day +9days)" $both
early() { expect "not valid yet: $1" 6 "$CK" "$@" --officer-key later.key; }

"$CK" plan k --output p >/dev/null
"$CK" backup k b --backup-key-out bkey --destroy-by "$(day +40days)" >/dev/null 2>&1
id=$("$CK" backup list k --format ndjson 2>/dev/null | sed -n 's/.*"backup":"\([0-9a-f]*\)".*/\1/p')
set1=$("$CK" retention k --format ndjson 2>/dev/null | sed -n 's/.*"set":"\([0-9a-f]*\)".*/\1/p' | head -1)
early approve k p
grep -q "officer later is not valid before $(day +9days)" last.err && echo "ok it says from when" || echo "not ok it says from when"
early dispose k p
early hold release k M
early source declare k ehr2 --file ehr.json
early attest k --from 2024-01-01 --to 2024-02-01
early retention k --show-phi "$set1"
early backup expire k "${id:-00}"
early officer quorum k 1
early policy adopt k two.policy --review-by "$(day +99days)"

expect "expired from tomorrow on" 0 "$CK" officer renew k him --until "$(day today)" $both
expect "on its last day it signs" 0 "$CK" approve k p --officer-key him.key
expect "an officer's end cannot lie before the beginning" 2 "$CK" officer renew k him --from "$(day +9days)" $both
expect "nobody's role" 2 "$CK" officer renew k nobody --until "$(day +9days)" $both
expect "renewed with another key" 0 "$CK" officer renew k legal:legal.pub --until "$(day +99days)" $both
expect "help tells of it" 0 "$CK" officer renew --help
