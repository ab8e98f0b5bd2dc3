# Packs signed by an officer, checked here and by stock minisign; what was changed, swapped or signed for another purpose is found.
. "$(dirname "$0")/lib.sh"

new_keep
"$CK" officer new other --no-passphrase >/dev/null
mkdir p && cp "$TOP"/policies/*.policy p/
n=$(ls p/*.policy | wc -l)
expect "packs are signed" 0 "$CK" policy sign p --officer-key him.key
same "each has a signature beside it" "$n" "$(ls p/*.policy.minisig | wc -l)"
expect "they hold" 0 "$CK" policy verify p --pubkey him.pub
same "each of them" "$n" "$(grep -c ': signed$' last.out)"
expect "by any of the keys given" 0 "$CK" policy verify p --pubkey other.pub --pubkey him.pub
expect "not by another's key" 4 "$CK" policy verify p --pubkey other.pub
for f in p/*.policy; do minisign -Vqm "$f" -p him.pub || echo "$f"; done >bad
same "stock minisign holds them too" "" "$(cat bad)"
holds "and shows pack and version" sh -c 'minisign -Vm p/labels.policy -p him.pub | grep "Trusted comment: pack \"labels\" version"'
minisign -G -W -f -p m.pub -s m.key >/dev/null 2>&1
comment=$(sed -n 's/^trusted comment: //p' p/labels.policy.minisig)
minisign -Sm p/labels.policy -s m.key -W -t "$comment" >/dev/null 2>&1
expect "what stock minisign signs holds here" 0 "$CK" policy verify p/labels.policy --pubkey m.pub
minisign -Sm p/labels.policy -s m.key -W -t "something else" >/dev/null 2>&1
expect "not when it was made for something else" 4 "$CK" policy verify p/labels.policy --pubkey m.pub
"$CK" policy sign p --officer-key him.key >/dev/null

# adoption can ask for signatures
review=$(date -d '+300 days' +%F)
expect "packs of another key are not adopted" 4 "$CK" policy adopt k p --review-by "$review" --officer-key him.key --officer-key legal.key --pubkey other.pub
expect "signed ones are" 0 "$CK" policy adopt k p --review-by "$review" --officer-key him.key --officer-key legal.key --pubkey him.pub

printf '\n' >>p/labels.policy
expect "one byte more is found" 4 "$CK" policy verify p --pubkey him.pub
same "and named" "p/labels.policy: no key given made this signature over these bytes" "$(grep labels last.err)"
same "the others hold" "$((n - 1))" "$(grep -c ': signed$' last.out)"
cp "$TOP/policies/labels.policy" p/ && cp p/maps.policy.minisig p/labels.policy.minisig
expect "another pack's signature is none" 4 "$CK" policy verify p --pubkey him.pub
rm p/labels.policy.minisig
expect "nor is a missing one" 4 "$CK" policy verify p --pubkey him.pub
same "as is said" "p/labels.policy: it has no signature beside it" "$(grep labels last.err)"
echo 'label "x" {' >>p/labels.policy
expect "what does not compile is not signed" 2 "$CK" policy sign p --officer-key him.key
expect "nor anything without a key" 6 "$CK" policy sign "$TOP/policies"
expect "verifying needs a key" 2 "$CK" policy verify p
