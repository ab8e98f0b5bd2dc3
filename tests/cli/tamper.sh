#!/bin/sh
# Goal: what was changed, swapped, cut or put back old is seen, with its own exit
# status, and a witness sees what the folder alone cannot.
. "$(dirname "$0")/lib.sh"

new_keep
small_export
import_export
fresh() { rm -rf t && cp -r k t; }

bad=0 tried=0
for f in keep.json head records.db keyring.db; do
    size=$(stat -c %s k/$f)
    step=$((size / 40 + 1)) at=0
    while [ $at -lt "$size" ]; do
        fresh
        flip t/$f $at
        "$CK" check t >/dev/null 2>&1
        [ $? = 4 ] || { bad=$((bad + 1)); echo "# $f byte $at not seen"; }
        tried=$((tried + 1)) at=$((at + step))
    done
done
same "a flipped bit anywhere ends check with 4 ($tried places)" 0 $bad

for f in keep.json head records.db keyring.db; do
    fresh
    truncate -s -1 t/$f
    expect "$f cut by a byte" 4 "$CK" check t
    fresh
    echo x >>t/$f
    expect "$f with bytes behind its end" 4 "$CK" check t
    fresh
    rm t/$f
    expect "$f missing" 4 "$CK" status t
done
fresh
head -c 8192 t/records.db | tail -c 4096 >page2
dd if=t/records.db of=t/records.db bs=4096 skip=2 seek=1 count=1 conv=notrunc 2>/dev/null
dd if=page2 of=t/records.db bs=4096 seek=2 conv=notrunc 2>/dev/null
expect "two pages swapped" 4 "$CK" check t
fresh
sqlite3 plain.db "CREATE TABLE t(x); INSERT INTO t VALUES(1)"
cp plain.db t/records.db
expect "a plain database in place of the sealed one" 4 "$CK" status t

expect "no keep there" 10 "$CK" status nowhere
mv kf kf.right
CHARTKEEP_KEY_FILE=$WORK/kf2
"$CK" init k2 >/dev/null
cp kf2 kf
CHARTKEEP_KEY_FILE=$WORK/kf
expect "another keep's key" 12 "$CK" status k
rm -f kf && mv kf.right kf
chmod 0644 kf
expect "a key file others can read" 12 "$CK" status k
chmod 0400 kf

# rollback
mkdir w
expect "a witness is fed" 0 "$CK" hold place k M-1 --all --witness w
cp -r k older
expect "more happens" 0 "$CK" hold place k M-2 --all --witness w
for f in records.db keyring.db keep.json; do
    fresh
    cmp -s older/$f k/$f && continue
    cp older/$f t/$f
    expect "an older $f alone in a newer folder" 4 "$CK" status t
done
expect "a whole older folder passes without a witness" 0 "$CK" status older
expect "and is refused where a witness has a newer head" 4 "$CK" status older --witness w
expect "check says so too" 4 "$CK" check older --witness w
expect "a witness that cannot be reached is a warning" 0 "$CK" status k --witness nowhere
expect "and fatal when required" 3 "$CK" status k --witness nowhere --require-witness

# a journal that a killed import left: whole it is played back, altered it is refused before a page is written back
cp -r k base
printf '{"resourceType":"Patient","id":"new","birthDate":"1985-07-10"}\n' >later.ndjson
cp -r base probe
under_strace -o calls.log -e trace=pwrite64 "$CK" import probe --source ehr later.ndjson >/dev/null 2>&1
last=$(grep -c pwrite64 calls.log)
under_strace -o /dev/null -e trace=pwrite64 -e inject=pwrite64:signal=KILL:when=$((last - 2)) "$CK" import base --source ehr later.ndjson >/dev/null 2>&1
size=$(stat -c %s base/records.db-journal)
holds "a killed import left a journal" test "$size" -gt 4096
rm -rf t && cp -r base t
expect "whole, it is played back" 0 "$CK" check t
bad=0 tried=0 at=0
while [ $at -lt "$size" ]; do
    rm -rf t && cp -r base t
    flip t/records.db-journal $at
    "$CK" status t >/dev/null 2>&1
    [ $? = 4 ] || { bad=$((bad + 1)); echo "# journal byte $at not seen"; }
    tried=$((tried + 1)) at=$((at + size / 25 + 1))
done
rm -rf t && cp -r base t
flip t/records.db-journal $((size - 1))
"$CK" status t >/dev/null 2>&1
[ $? = 4 ] || bad=$((bad + 1))
same "a flipped bit in it is seen ($tried places)" 0 $bad
