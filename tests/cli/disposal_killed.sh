#!/bin/sh
# Goal: killed at any writing call of archive and dispose, no record is lost that is not
# sealed or approved for destruction and recorded; run again, both come to their end.
. "$(dirname "$0")/lib.sh"

new_keep
small_export
import_export
adopt
"$CK" plan k --output p >/dev/null
"$CK" approve k p --officer-key him.key >/dev/null
"$CK" approve k p --officer-key legal.key >/dev/null
"$CK" key show k >keep.pub
cp -r k before
count() { "$CK" status "$1" --format json 2>/dev/null | sed "s/.*\"$2\":\([0-9]*\).*/\1/"; }
whole=$(count k records)

strace -f -o trace.log -e trace=pwrite64,write,fsync,fdatasync,rename,ftruncate,unlink "$CK" archive k p --output out >/dev/null 2>&1
same "archive holds" 1 "$(ls out/*.tar | wc -l)"
cp -r k archived
broken=0 tried=0
for what in signal=KILL error=EIO; do
    for call in pwrite64 write fsync fdatasync rename ftruncate unlink; do
        most=$(grep -cE "^[0-9]+ +$call\(" trace.log)
        step=$((most / 6 + 1)) n=1
        while [ $n -le "$most" ]; do
            rm -rf t o2 && cp -r before t
            strace -f -o /dev/null -e trace=$call -e inject=$call:$what:when=$n "$CK" archive t p --output o2 >/dev/null 2>&1
            status=$?
            "$CK" check t >check.txt 2>&1 || { broken=$((broken + 1)); echo "# archive $what $call $n: does not check"; sed 's/^/# /' check.txt; }
            [ "$(count t records)" = "$whole" ] || { broken=$((broken + 1)); echo "# archive $what $call $n: lost records"; }
            "$CK" archive t p --output o2 >again.txt 2>&1 || { broken=$((broken + 1)); echo "# archive $what $call $n: run again: $(cat again.txt)"; }
            for f in o2/*.tar; do
                "$CK" verify "$f" --pubkey keep.pub >v.txt 2>&1 || { broken=$((broken + 1)); echo "# archive $what $call $n: $f does not verify"; }
            done
            tried=$((tried + 1)) n=$((n + step))
        done
    done
done
same "archive survives death and EIO at $tried places" 0 $broken

strace -f -o trace.log -e trace=pwrite64,write,fsync,fdatasync,rename,ftruncate,unlink "$CK" dispose k p --officer-key him.key >/dev/null 2>&1
gone=$(count k records_destroyed)
same "dispose holds" 3 "$gone"
broken=0 tried=0
for what in signal=KILL error=EIO error=ENOSPC; do
    for call in pwrite64 write fsync fdatasync rename ftruncate unlink; do
        most=$(grep -cE "^[0-9]+ +$call\(" trace.log)
        step=$((most / 12 + 1)) n=1
        while [ $n -le "$most" ]; do
            rm -rf t && cp -r archived t
            strace -f -o /dev/null -e trace=$call -e inject=$call:$what:when=$n "$CK" dispose t p --officer-key him.key >/dev/null 2>&1
            status=$?
            "$CK" check t >check.txt 2>&1 || { broken=$((broken + 1)); echo "# dispose $what $call $n: does not check"; grep -v passed check.txt | sed 's/^/# /'; }
            if [ $status = 0 ] && [ "$(count t records_destroyed)" != "$gone" ]; then broken=$((broken + 1)); echo "# dispose $what $call $n: said done"; fi
            "$CK" dispose t p --officer-key him.key >again.txt 2>&1
            [ "$(count t records)" = $((whole - gone)) ] || { broken=$((broken + 1)); echo "# dispose $what $call $n: run again: $(cat again.txt)"; }
            "$CK" check t >check.txt 2>&1 || { broken=$((broken + 1)); echo "# dispose $what $call $n: does not check after running again"; grep -v passed check.txt | sed 's/^/# /'; }
            tried=$((tried + 1)) n=$((n + step))
        done
    done
done
same "dispose survives death, EIO and ENOSPC at $tried places" 0 $broken

# an older copy of one file cannot bring the records back
for f in records.db keyring.db keep.json head; do
    rm -rf t && cp -r k t && cp archived/$f t/$f
    if [ $f = head ]; then expect "an older head alone is overtaken, not believed" 0 "$CK" status t; else
        expect "the $f of before the disposal alone" 4 "$CK" status t
    fi
done
