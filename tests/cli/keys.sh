#!/bin/sh
# Goal: a keep opens with what its slots are for and with nothing else; slots, keys
# and officers change whole or not at all, wherever the program is killed or the disk fails.
. "$(dirname "$0")/lib.sh"

new_keep
small_export
import_export
without_key_file() { env -u CHARTKEEP_KEY_FILE "$@"; }
printf 'correct horse battery\n' >pass
printf 'correct horse batterz\n' >wrong
printf '\n' >empty
head -c 2000 /dev/zero | tr '\0' x >long

# slots
expect "a slot for a passphrase" 0 "$CK" slot add k --new-passphrase-fd 3 3<pass
cp k/keep.json keep.json.with
expect "opens with the passphrase" 0 without_key_file "$CK" status k --passphrase-fd 3 3<pass
expect "check does too" 0 without_key_file "$CK" check k --passphrase-fd 3 3<pass
expect "a wrong passphrase" 12 without_key_file "$CK" status k --passphrase-fd 3 3<wrong
expect "no passphrase" 12 without_key_file "$CK" status k --passphrase-fd 3 3<empty
expect "a passphrase too long to be read whole" 2 without_key_file "$CK" status k --passphrase-fd 3 3<long
expect "two ways at once" 2 "$CK" status k --key-file kf --passphrase-fd 3 3<pass
expect "neither key file nor terminal" 12 without_key_file setsid -w "$CK" status k
expect "a slot for a second key file" 0 "$CK" slot add k --new-key-file kf2
same "which is made for its owner alone" 400 "$(stat -c %a kf2)"
expect "the same again" 2 "$CK" slot add k --new-key-file kf2
expect "opens with it" 0 "$CK" status k --key-file kf2
expect "one that is not there does not" 3 "$CK" status k --key-file none
same "and the error says which file that is" 1 "$(grep -c '^hint: that is the key file' last.err)"
chmod 0440 kf2
expect "not when others can read it" 12 "$CK" status k --key-file kf2
chmod 0400 kf2
"$CK" officer new safe --no-passphrase >/dev/null
"$CK" officer identity safe.key >safe.identity
chmod 0400 safe.identity
expect "a recovery slot" 0 "$CK" slot add k --new-recovery "$(sed -n 3p safe.pub)"
expect "opens with its identity" 0 without_key_file "$CK" status k --recovery-identity safe.identity
chmod 0644 safe.identity
expect "not when others can read it" 12 without_key_file "$CK" status k --recovery-identity safe.identity
chmod 0400 safe.identity
expect "another identity" 12 without_key_file "$CK" status k --recovery-identity pass
same "four slots" 4 "$("$CK" slot list k --format ndjson | grep -c '"kind"')"
expect "take the passphrase away" 0 "$CK" slot remove k 2
expect "it opens no more" 12 without_key_file "$CK" status k --passphrase-fd 3 3<pass
cp k/keep.json keep.json.now
cp keep.json.with k/keep.json
expect "nor with the old keep.json put back" 4 without_key_file "$CK" status k --passphrase-fd 3 3<pass
cp keep.json.now k/keep.json
expect "no such slot" 2 "$CK" slot remove k 2
"$CK" slot remove k 3 >/dev/null
"$CK" slot remove k 4 >/dev/null
expect "the last slot stays" 6 "$CK" slot remove k 1
expect "check after all that" 0 "$CK" check k

# init by passphrase, with a recovery slot
expect "init with a passphrase" 0 without_key_file "$CK" init p --passphrase --passphrase-fd 3 --recovery "$(sed -n 3p safe.pub)" 3<pass
expect "and its recovery identity opens it" 0 without_key_file "$CK" status p --recovery-identity safe.identity
expect "an empty passphrase is none" 2 without_key_file "$CK" init p2 --passphrase --passphrase-fd 3 3<empty

# a flipped bit in any field of the slots
"$CK" slot add k --new-passphrase-fd 3 3<pass >/dev/null
bad=0 tried=0
start=$(grep -bo '"slots"' k/keep.json | cut -d: -f1) end=$(grep -bo '"purpose"' k/keep.json | cut -d: -f1)
at=$start
while [ "$at" -lt "$end" ]; do
    rm -rf t && cp -r k t
    flip t/keep.json "$at"
    "$CK" slot list t >/dev/null 2>&1
    [ $? = 4 ] || { bad=$((bad + 1)); echo "# byte $at of keep.json not seen"; }
    tried=$((tried + 1)) at=$((at + 13))
done
same "a flipped bit in the slots is damage, never a wrong key ($tried places)" 0 $bad

# new keys
cp k/records.db old.db
cp k/keep.json old.json
expect "new keys for both files" 0 "$CK" key rotate k
expect "a new master key" 0 "$CK" key rotate k --master
expect "every slot opens as before" 0 without_key_file "$CK" status k --passphrase-fd 3 3<pass
expect "check" 0 "$CK" check k
rm -rf t && cp -r k t
cp old.db t/records.db
expect "the old records.db under the old key" 4 "$CK" status t
cp old.json t/keep.json
expect "even with the old keep.json" 4 "$CK" status t
same "nothing is left beside" "" "$(ls k | grep -vxE 'head|keep.json|lock|(records|keyring).db(-journal)?')"

# officers
"$CK" officer new privacy --no-passphrase >/dev/null
expect "adopt" 0 adopt
expect "an officer by one of two" 6 "$CK" officer add k privacy:privacy.pub --officer-key him.key
expect "by one twice" 6 "$CK" officer add k privacy:privacy.pub --officer-key him.key --officer-key him.key
expect "by somebody else" 6 "$CK" officer add k privacy:privacy.pub --officer-key him.key --officer-key privacy.key
expect "by both" 0 "$CK" officer add k privacy:privacy.pub --officer-key him.key --officer-key legal.key
expect "again" 2 "$CK" officer add k privacy:privacy.pub --officer-key him.key --officer-key legal.key
expect "a quorum of all" 0 "$CK" officer quorum k 3 --officer-key privacy.key --officer-key legal.key
expect "now two are too few" 6 "$CK" officer quorum k 2 --officer-key privacy.key --officer-key legal.key
expect "a quorum that the rest cannot be" 2 "$CK" officer remove k him --officer-key him.key --officer-key privacy.key --officer-key legal.key
expect "leaves, and two sign" 0 "$CK" officer remove k him --quorum 2 --officer-key him.key --officer-key privacy.key --officer-key legal.key
expect "has no say any more" 6 "$CK" officer quorum k 1 --officer-key him.key --officer-key legal.key
expect "what was adopted then stands" 0 "$CK" retention k
same "two in office, one who was" "2 1" "$("$CK" officer list k --format ndjson | awk '/"standing":"in office"/ {a++} /"standing":"left"/ {b++} END {print a, b}')"
same "the decisions are in the ledger" 3 "$("$CK" ledger list k | grep -c '"kind":"officers"\|  officers  \| officers ')"
expect "check" 0 "$CK" check k
