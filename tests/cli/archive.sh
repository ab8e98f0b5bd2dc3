# Packages by count and size, and an outside authority's timestamp: the request is openssl's own bytes, its answer is taken in once, and what is about
# something else is refused. The authority is openssl with a certificate made here.
. "$(dirname "$0")/lib.sh"

approved_plan
"$CK" key show k >keep.pub
cp -r k before

expect "a size that is none is a usage error" 2 "$CK" archive k p --output out --max-size 12X
expect "a package of no records is a usage error" 2 "$CK" archive k p --output out --max-records 0
expect "one record a package" 0 "$CK" archive k p --output out --max-records 1 --threads 2
same "a tar for each, since the set is larger than a package" 3 "$(ls out/*.tar | wc -l)"
same "each is named" 3 "$(grep -c '^out/ck-.*tar$' last.out)"
same "nothing else is left but requests" 6 "$(ls out | wc -l)"
for f in out/*.tar; do expect "it verifies" 0 "$CK" verify "$f" --pubkey keep.pub; done
same "the counts say which part it is" 3 "$(for f in out/*.tar; do tar -xOf "$f" --wildcards '*/data/decision/counts.json'; done | grep -o '"records":1,"records_of_set":3' | wc -l)"
same "and where its records came from" 3 "$(for f in out/*.tar; do tar -xOf "$f" --wildcards '*/data/decision/counts.json'; done | grep -o '"source":"ehr","lines_in_quarantine":0,"records_in_keep":[0-9]*,"records_in_package":1}' | wc -l)"
rm -rf t && cp -r k t
expect "where files may not grow it is an error" 3 sh -c 'ulimit -f 1; exec "$0" dispose t p --officer-key him.key' "$CK"
same "that destroys nothing" "$(count k records)" "$(count t records)"
same "and leaves nothing half" 0 "$(find . -name '*.tmp-*' | wc -l)"
for f in out/*.tar; do
    rm -rf t && cp -r k t && mv "$f" aside
    expect "one of its packages is lost" 1 "$CK" dispose t p --packages out --officer-key him.key
    same "it is named" 1 "$(grep -c "its package $(basename "$f") is not in the packages folder" last.err)"
    cp aside "$f" && flip "$f" 3000
    expect "or damaged" 1 "$CK" dispose t p --packages out --officer-key him.key
    same "what is wrong with it is said" 1 "$(grep -c "its package $(basename "$f") does not verify: " last.err)"
    same "and nothing is destroyed" "$(count k records)" "$(count t records)"
    mv aside "$f"
done
for f in out/*.tar; do # the last of them, which the set's state names, or another
    rm -rf t others && cp -r k t && cp -r out others && rm "others/$(basename "$f")"
    expect "the lost one is sealed again" 0 "$CK" archive t p --output others --max-records 1
    same "and no other" 3 "$(ls others/*.tar | wc -l)"
    expect "and then it goes" 0 "$CK" dispose t p --packages others --officer-key him.key
    same "three records" 3 "$(count t records_destroyed)"
done
expect "disposal takes the set" 0 "$CK" dispose k p --officer-key him.key
same "and says that nobody looked at the packages" 1 "$(grep -c 'not looked at again: --packages DIR' last.err)"

rm -rf t && cp -r before t
expect "a folder whose name would act on the terminal" 0 "$CK" archive t p --output "$(printf 'o\033[2J')"
same "is shown as what it is" 1 "$(grep -c '^o<U+001B>\[2J/ck-.*tar$' last.out)"
rm -rf k out && cp -r before k
expect "whole sets by size" 0 "$CK" archive k p --output out --max-size 4G
PKG=$(cd out && ls *.tar) && PKG=${PKG%.tar}
tar -xOf "out/$PKG.tar" "$PKG/tagmanifest-sha512.txt" >list
openssl ts -query -data list -sha512 -no_nonce -cert -out want.tsq 2>/dev/null
holds "the request is the one that openssl makes" cmp want.tsq "out/$PKG.tsq"

authority
holds "an authority answers" answer "out/$PKG.tsq" answer.tsr
holds "and of something else" stamp keep.pub other.tsr
take() { "$CK" archive timestamp k "out/$PKG.tar" "$@"; }
expect "a token about something else is refused" 4 take other.tsr
expect "one that another authority did not sign" 4 take answer.tsr --tsa-ca stranger.pem
expect "bytes that are no token" 4 take keep.pub
cp "out/$PKG.tar" out/ck-20010101-aaaaaaaaaaaa.tar
expect "a package that this keep did not seal" 6 "$CK" archive timestamp k out/ck-20010101-aaaaaaaaaaaa.tar answer.tsr
rm out/ck-20010101-aaaaaaaaaaaa.tar
holds "nothing of that was put beside the package" test ! -e "out/$PKG.tsr"
before=$("$CK" ledger list k --format ndjson | wc -l)
expect "the token is taken in" 0 take answer.tsr --tsa-ca ca.pem
same "in one entry" $((before + 1)) "$("$CK" ledger list k --format ndjson | wc -l)"
expect "again it is there already" 0 take answer.tsr --tsa-ca ca.pem
same "without another entry" $((before + 1)) "$("$CK" ledger list k --format ndjson | wc -l)"
holds "it lies beside the package as it came" cmp answer.tsr "out/$PKG.tsr"
answer "out/$PKG.tsq" second.tsr
expect "a second one does not replace it" 6 take second.tsr --tsa-ca ca.pem
expect "verify finds it" 0 "$CK" verify "out/$PKG.tar" --pubkey keep.pub --tsa-ca ca.pem
# as VERIFY.txt says it
mkdir v && cp "out/$PKG.tar" "out/$PKG.tsr" ca.pem v/ && cd v && tar -xf "$PKG.tar" && mv ca.pem tsa.pem
sed -n "/^8\. /,/^What this/p" "$PKG/VERIFY.txt" | sed -n 's/^    //p' >block
holds "VERIFY.txt has a block for it" test -s block
{ echo "PKG=$PKG"; cat block; } >run
same "which passes in sh" "8 ok" "$(sh run 2>err | tail -1)"
cp ../other.tsr "$PKG.tsr"
same "and fails for another token" "" "$(sh run 2>err | grep ok)"
cd ..
expect "the keep checks" 0 "$CK" check k
