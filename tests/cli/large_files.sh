#!/bin/sh
# Goal: a film of 320 MiB goes in, is checked, archived and verified in less room than half of it, and comes out as it was;
# killed or failing in the middle of one, an import leaves nothing of it.
. "$(dirname "$0")/lib.sh"

MIB=320 ROOM=150 # of address space, in MiB; some twenty are the rules of all shipped packs
# The program inside that room; one made with sanitizers needs terabytes of addresses and runs as it is.
# One malloc arena: another reserves 64 MiB of addresses for each thread, used or not.
small() { (ulimit -v $((ROOM * 1024)) && export MALLOC_ARENA_MAX=1 && exec "$CK" "$@"); }
(ulimit -v $((ROOM * 1024)) && "$CK" --version) >/dev/null 2>&1 || small() { "$CK" "$@"; }
noise() { openssl enc -aes-128-ctr -nosalt -K "$1" -iv 00000000000000000000000000000000 </dev/zero 2>/dev/null | head -c "$2"; }
bytes() { stat -c %s "$1/records.db"; }

new_keep
small_export
import_export
adopt >/dev/null
{ head -c 128 /dev/zero && printf DICM && noise 000102030405060708090a0b0c0d0e0f $((MIB << 20)); } >film.dcm
cat >films.csv <<'X'
path,class,patient_id,encounter_id,first,last,title
film.dcm,film,old,e1,2001-03-05,2001-03-05,Chest
X
cp -r k empty
before=$(count k records)
expect "import of a large film" 0 small import k --source ehr --manifest films.csv
same "one record more" $((before + 1)) "$(count k records)"
holds "what is compressed already is not made larger" test "$(bytes k)" -lt $((MIB * 1024 * 1024 * 103 / 100))
size=$(bytes k)
expect "the same film again" 0 small import k --source ehr --manifest films.csv
same "is not stored twice" "$size" "$(bytes k)"
expect "check of it" 0 small check k
expect "plan" 0 "$CK" plan k --output p
expect "one officer" 0 "$CK" approve k p --officer-key him.key
expect "the other" 0 "$CK" approve k p --officer-key legal.key
expect "archive of it" 0 small archive k p --output out
"$CK" key show k >keep.pub
PKG=$(cd out && ls *.tar)
holds "it is in the package" test "$(stat -c %s "out/$PKG")" -gt $((MIB << 20))
"$CK" officer identity him.key >him.identity
expect "verify, opening it" 0 small verify "out/$PKG" --pubkey keep.pub --identity him.identity

# stock tools give it back as it was
DIR=${PKG%.tar}
tar -xf "out/$PKG" && rm "out/$PKG"
age -d -i him.identity "$DIR/data/index.jsonl.zst.age" | zstd -dcq | grep "\"octets\":$(stat -c %s film.dcm)," >line.json
sed 's/.*"identity":"\([^"]*\)".*/\1/' line.json >film.identity
N=$(printf %06d "$(sed 's/.*"n":\([0-9]*\).*/\1/' line.json)")
age -d -i film.identity "$DIR/data/records/$N.zst.age" | zstd -dcq | cmp - film.dcm 2>/dev/null
same "age and zstd give it back" 0 $?
holds "it is told by its first bytes" grep -q "\"n\":$(sed 's/.*"n":\([0-9]*\).*/\1/' line.json),.*\"media_type\":\"application/dicom\"" "$DIR/data/register.jsonl"
rm -rf "$DIR" film.dcm
expect "dispose" 0 small dispose k p --officer-key him.key
expect "check after disposal" 0 small check k

# in the middle of one
noise 00000000000000000000000000000000 $((12 << 20)) >film.dcm
rm -rf k && mv empty k
whole=$((before + 1))
reset() { rm -rf t && cp -r k t; }
look() {
    after=$(count t records)
    [ "$after" = "$before" ] || [ "$after" = $whole ] || wrong "$after records"
    [ $status != 0 ] || [ "$after" = $whole ] || wrong "said done"
    checks t after
    "$CK" import t --source ehr --manifest films.csv >/dev/null 2>&1
    [ "$(count t records)" = $whole ] || wrong "not there when run again"
}
torment "a film of 12 MiB" 2 reset look "$CK" import t --source ehr --manifest films.csv
