#!/bin/sh
# Goal: an auditor with nothing but the package, the keep's public key and what he kept himself: his head of the ledger, a timestamp
# authority's certificate. What fits passes, what contradicts fails, what cannot be told is said to be impossible.
. "$(dirname "$0")/lib.sh"

new_keep 2>/dev/null
small_export
import_export
adopt
"$CK" ledger head k >early.head
"$CK" officer new him2 --no-passphrase >/dev/null 2>&1 # the adoption is signed by a key that its role does not have any more
expect "another key for an officer" 0 "$CK" officer renew k him:him2.pub --officer-key him.key --officer-key legal.key
cp him2.key him.key
"$CK" plan k --output p >/dev/null && "$CK" approve k p --officer-key him.key >/dev/null && "$CK" approve k p --officer-key legal.key >/dev/null
"$CK" archive k p --output out >/dev/null 2>&1
"$CK" key show k >keep.pub
"$CK" ledger head k >late.head
PKG=$(basename out/ck-*.tar .tar)
said() { # CHECK: its result in the last output
    sed -n "s/.*\"check\":\"$1\",\"result\":\"\([a-z ]*\)\".*/\1/p" last.out
}
verify() { "$CK" verify "out/$PKG.tar" --pubkey keep.pub --format ndjson "$@"; }

expect "a head that no proof joins is not possible" 5 verify --head early.head
same "and says so" "not possible" "$(said head)"
tar -xOf "out/$PKG.tar" "$PKG/package.tlog-proof" >proof
size=$(sed '1,/^$/d' proof | sed -n 2p)
"$CK" ledger prove k --from "$(sed -n 2p early.head)" --output early.grown
"$CK" ledger prove k --from "$size" --output package.grown
expect "an earlier head, joined by two proofs" 0 verify --head early.head --head early.grown --head package.grown
same "is of the same history" passed "$(said head)"
expect "the newest head, joined by one" 0 verify --head late.head --head package.grown
expect "a head without the key tells nothing" 5 "$CK" verify "out/$PKG.tar" --head late.head --format ndjson
same "which is said" "not possible" "$(said head)"
"$CK" backup k --output b --backup-key-out bk >/dev/null 2>&1
"$CK" ledger head k >after.head
expect "a later head without a proof" 5 verify --head after.head
sed 's/^[0-9]*$/99/' late.head >forged.head
expect "a forged head fails" 4 verify --head forged.head
same "as the check that it is" failed "$(said head)"
expect "a head that is not there" 3 verify --head none.head

authority
tar -xOf "out/$PKG.tar" "$PKG/tagmanifest-sha512.txt" >list
holds "an authority stamps the list" stamp list "out/$PKG.tsr"
expect "a token without the authority's certificate" 5 verify
same "is about the package, but nobody knows by whom" "not possible" "$(said timestamp)"
expect "a token with it" 0 verify --tsa-ca ca.pem
same "passes" passed "$(said timestamp)"
expect "a token of another authority" 4 verify --tsa-ca stranger.pem
same "fails" failed "$(said timestamp)"
expect "certificates that are none" 4 verify --tsa-ca keep.pub
holds "a stamp on something else" stamp proof "out/$PKG.tsr"
expect "is refused" 4 verify --tsa-ca ca.pem
expect "also without a certificate" 4 verify
same "by the check that it is" failed "$(said timestamp)"
head -c 100 /dev/urandom >"out/$PKG.tsr"
expect "bytes that are no token" 4 verify
rm "out/$PKG.tsr"
expect "without a token nothing is asked" 0 verify
same "and nothing said" "" "$(said timestamp)"

# Bags of others, made with stock tools.
mkdir -p bag/data/sub && echo alpha >bag/data/a.txt && echo beta >"bag/data/sub/b c.txt"
printf 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n' >bag/bagit.txt
printf 'Payload-Oxum: 11.2\nContact-Name: Somebody\n' >bag/bag-info.txt
(cd bag && find data -type f -exec sha256sum {} + >manifest-sha256.txt && sha512sum bagit.txt bag-info.txt manifest-sha256.txt >tagmanifest-sha512.txt)
tar -cf bag.tar bag && gzip -k bag.tar && zstd -qk bag.tar
expect "a bag as a folder" 0 "$CK" verify bag --format ndjson
same "is valid" passed "$(said valid)"
expect "as a tar, gzip and zstd" 0 "$CK" verify bag.tar bag.tar.gz bag.tar.zst --format ndjson
same "each of them" "passed passed passed" "$(said valid | tr '\n' ' ' | sed 's/ $//')"
expect "with a pinned key it is unsigned" 4 "$CK" verify bag --pubkey keep.pub --format ndjson
same "which is said" failed "$(said signer)"
echo gamma >bag/data/c.txt
expect "a file in no list" 4 "$CK" verify bag --format ndjson
same "is not complete" failed "$(said complete)"
rm bag/data/c.txt && echo alphb >bag/data/a.txt
expect "a changed file" 4 "$CK" verify bag --format ndjson
same "is not valid" failed "$(said payload)"
mv bag/data/a.txt bag/data/A.txt && cp bag/data/A.txt bag/data/a.txt && (cd bag && find data -type f -exec sha256sum {} + >manifest-sha256.txt && rm tagmanifest-sha512.txt bag-info.txt)
expect "names that differ in case alone" 0 "$CK" verify bag --format ndjson
same "are warned of" warning "$(said warning)"
tar -xf "out/$PKG.tar"
expect "an unpacked package is not all that its tar is" 5 "$CK" verify "$PKG" --pubkey keep.pub --format ndjson
same "but whole and signed" "passed passed" "$(said valid) $(said signer)"
same "its ledger is not looked at" "not possible" "$(said ledger)"
echo more >"$PKG/README.txt"
expect "a file laid into it" 4 "$CK" verify "$PKG" --pubkey keep.pub --format ndjson
same "is in no list" failed "$(said complete)"
rm "$PKG/README.txt"
expect "without a key neither is its signer" 5 "$CK" verify "$PKG"
expect "a package is taken for one by any name" 5 "$CK" verify "out/$PKG.tar" --format ndjson
same "and its register is checked" passed "$(said register)"
expect "what is not there" 3 "$CK" verify nothing.tar
