#!/bin/sh
# Goal: a package is checked without this program: VERIFY.txt, as it stands, pasted into dash, with stock tools. Without minisign its openssl block does
# the same; a timestamp of an outside authority is checked by openssl; an altered package fails in the block that looks there.
. "$(dirname "$0")/lib.sh"

new_keep 2>/dev/null
small_export
import_export
adopt
"$CK" plan k --output p >/dev/null && "$CK" approve k p --officer-key him.key >/dev/null && "$CK" approve k p --officer-key legal.key >/dev/null
"$CK" archive k p --output out >/dev/null 2>&1
PKG=$(basename out/ck-*.tar .tar)
tar -xOf "out/$PKG.tar" "$PKG/VERIFY.txt" >VERIFY.txt
# The command blocks, each in a file of its own: block.00, block.01, …
awk '/^    / { if (!in_block) { n++; in_block = 1 } printf "%s\n", $0 > sprintf("block.%02d", n - 1); next } { in_block = 0 }' VERIFY.txt
same "VERIFY.txt has its blocks" 15 "$(ls block.* | wc -l | tr -d ' ')"
fresh() { # FOLDER: the tar and the key alone, as VERIFY.txt asks for
    rm -rf "$1" && mkdir "$1" && cp "out/$PKG.tar" "$1/" && "$CK" key show k >"$1/keep.pub"
}
paste() { # FOLDER BLOCK…: pasted into one shell, each with its status looked at
    (
        cd "$1" || exit 3
        shift
        for n in "$@"; do cat "../block.$n"; done >pasted.sh
        PATH=$tools dash -e pasted.sh >said.txt 2>&1
    )
}
tools=$PATH
fresh auditor
expect "all but the keys' part, at once" 0 paste auditor 00 01 02 03 04 05 06 07 08 09
same "every block says ok" 9 "$(grep -c ' ok$' auditor/said.txt)"

# The keys' part: by an officer's identity, record after record; and by the key of one record that was released.
"$CK" officer identity him.key >auditor/index.key
expect "with a key: the index, a record, its digest" 0 paste auditor 00 10 11 12 13
same "each of them ok" "7 index ok,7 key ok,7 record ok,7 digest ok," "$(tr '\n' ',' <auditor/said.txt)"
"$CK" release k "out/$PKG.tar" --record 2 --purpose audit --output released --officer-key him.key >/dev/null 2>&1
fresh lent && cp released lent/record.key
expect "with the key of one record" 0 sh -c "cd lent && { cat ../block.00 ../block.01; echo N=000002; cat ../block.12; } >p.sh && dash -e p.sh"
expect "another record stays closed" 1 sh -c "cd lent && { cat ../block.00; echo N=000001; cat ../block.12; } >p.sh && dash -e p.sh"

# A machine with the tools that VERIFY.txt names, and no minisign.
mkdir few && for t in sh tar awk sed grep find cmp cut sort uniq wc tr cat head tail printf mktemp mv rm test expr sha512sum sha256sum b2sum base64 openssl; do
    at=$(command -v $t) && case $at in /*) ln -s "$at" few/$t ;; esac
done
ln -s "$(command -v dash)" few/dash
tools=$WORK/few
fresh poor
expect "without minisign" 0 paste poor 00 01 02 04 05 06 07 08 09
expect "whose block fails there" 127 paste poor 00 03
tools=$PATH

alter() { # NAME: the first member's name in the tar that holds NAME gets one byte changed at OFFSET of its content
    at=$(grep -abo "$PKG/$1" "altered/$PKG.tar" | head -1 | cut -d: -f1)
    printf "$3" | dd of="altered/$PKG.tar" bs=1 seek=$((at + 512 + $2)) conv=notrunc 2>/dev/null
}
fresh altered && alter data/register.jsonl 5 X
expect "a byte of the register: the digests" 1 paste altered 00 01 02 03 05
fresh altered && alter tagmanifest-sha512.txt 5 X
expect "a byte of the signed list: minisign" 1 paste altered 00 01 02 03
expect "and openssl" 1 sh -c "rm -rf 'altered/$PKG'; cd altered && cat ../block.00 ../block.01 ../block.04 >p.sh && dash -e p.sh"
fresh altered && alter package.tlog-proof 40 X
expect "a byte of the proof: the ledger" 1 paste altered 00 01 02 03 05 06 07 08 09
fresh altered && echo more >>"altered/$PKG.tar"
expect "bytes behind the end" 1 paste altered 00 01
fresh altered && "$CK" officer new other --no-passphrase >/dev/null 2>&1 && cp other.pub altered/keep.pub
expect "another key" 1 paste altered 00 01 02 03
fresh altered && tar -C altered -xf "out/$PKG.tar" && mkdir altered/x && mv "altered/$PKG" altered/x/ && tar -C altered/x --sort=name -cf "altered/$PKG.tar" "$PKG"
expect "packed again by somebody: not what was written" 1 paste altered 00 01

authority
stamp "auditor/$PKG/tagmanifest-sha512.txt" "auditor/$PKG.tsr" && cp ca.pem auditor/tsa.pem
expect "a timestamp" 0 paste auditor 00 14
echo "x" >>"auditor/$PKG/tagmanifest-sha512.txt"
expect "on something else" 1 paste auditor 00 14
