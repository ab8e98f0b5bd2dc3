#!/bin/sh
# Goal: killed, or failed by a full or broken disk, at any system call that writes, backup and
# restore leave the keep they read whole and no half folder that passes for a whole one;
# run again with the same words, they come to their end.
. "$(dirname "$0")/lib.sh"

"$CK" officer new him --no-passphrase >/dev/null && "$CK" officer new legal --no-passphrase >/dev/null
age-keygen -o rid 2>/dev/null && chmod 400 rid
"$CK" init k --officer him:him.pub --officer legal:legal.pub --quorum 2 --recovery "$(age-keygen -y rid)" >/dev/null
small_export
mkdir w
import_export
adopt
day=$(date -d '+90 days' +%F)
calls="pwrite64 write fsync fdatasync rename renameat renameat2 ftruncate unlink unlinkat mkdir openat"
list=$(echo $calls | tr ' ' ,)
count() { "$CK" status "$1" --format json 2>/dev/null | sed "s/.*\"$2\":\([0-9]*\).*/\1/"; }

# --- backup ---
cp -r k t
strace -f -o trace.log -e trace="$list" "$CK" backup t b --backup-key-out bk --destroy-by "$day" >/dev/null 2>&1
whole=$(count k records)
broken=0 tried=0
for what in signal=KILL error=EIO error=ENOSPC; do
    for call in $calls; do
        most=$(grep -cE "^[0-9]+ +$call\(" trace.log)
        step=$((most / 3 + 1)) n=1
        while [ $n -le "$most" ]; do
            at="$what $call $n"
            rm -rf t b b.part bk && cp -r k t
            strace -f -o /dev/null -e trace="$call" -e inject="$call:$what:when=$n" "$CK" backup t b --backup-key-out bk --destroy-by "$day" >/dev/null 2>&1
            status=$?
            "$CK" check t >check.txt 2>&1 || { broken=$((broken + 1)); echo "# backup $at: the keep does not check"; }
            if [ -e b ]; then
                "$CK" check b --key-file bk >check.txt 2>&1 || { broken=$((broken + 1)); echo "# backup $at: half a backup"; }
            elif [ $status = 0 ]; then
                broken=$((broken + 1)); echo "# backup $at: said done"
            fi
            if [ -e b.part ] && [ "$what" != signal=KILL ]; then case $call in unlink | unlinkat | openat) ;; *) broken=$((broken + 1)); echo "# backup $at: left a part" ;; esac; fi
            if [ ! -e b ]; then
                "$CK" backup t b --backup-key-out bk --destroy-by "$day" >again.txt 2>&1 ||
                    { broken=$((broken + 1)); echo "# backup $at: run again: $(cat again.txt)"; }
                "$CK" check b --key-file bk >check.txt 2>&1 || { broken=$((broken + 1)); echo "# backup $at: the second does not check"; }
                [ ! -e b.part ] || { broken=$((broken + 1)); echo "# backup $at: a part is left"; }
            fi
            tried=$((tried + 1)) n=$((n + step))
        done
    done
done
same "backup survives death, EIO and ENOSPC at $tried places" 0 $broken

# --- restore, with a disposal to carry out again ---
rm -rf t b bk
"$CK" backup k b --backup-key-out bk --destroy-by "$day" --witness w >/dev/null 2>&1
"$CK" plan k --output p >/dev/null
"$CK" approve k p --officer-key him.key >/dev/null
"$CK" approve k p --officer-key legal.key >/dev/null
"$CK" archive k p --output out --witness w >/dev/null
"$CK" dispose k p --officer-key him.key --witness w >/dev/null 2>&1
"$CK" hold place k M-1 --all --witness w >/dev/null
gone=$(count k records_destroyed)
same "something is destroyed" 1 "$([ "$gone" -gt 0 ] && echo 1)"
restore() { "$CK" backup restore b n --backup-key bk --recovery-identity rid --witness w --officer-key him.key --officer-key legal.key; }
cp -r w w.before
strace -f -o trace.log -e trace="$list" "$CK" backup restore b n --backup-key bk --recovery-identity rid --witness w --officer-key him.key --officer-key legal.key >/dev/null 2>&1
same "restore holds" "$gone" "$(count n records_destroyed)"
cp -r b b.before
broken=0 tried=0
for what in signal=KILL error=EIO error=ENOSPC; do
    for call in $calls; do
        most=$(grep -cE "^[0-9]+ +$call\(" trace.log)
        step=$((most / 3 + 1)) n=1
        while [ $n -le "$most" ]; do
            at="$what $call $n"
            rm -rf n n.part w && cp -r w.before w
            strace -f -o /dev/null -e trace="$call" -e inject="$call:$what:when=$n" "$CK" backup restore b n --backup-key bk --recovery-identity rid --witness w --officer-key him.key --officer-key legal.key >out.txt 2>&1
            status=$?
            [ -e n ] || [ $status != 0 ] || { broken=$((broken + 1)); echo "# restore $at: said done"; }
            if [ ! -e n ]; then
                restore >again.txt 2>&1 || { broken=$((broken + 1)); echo "# restore $at: run again: $(cat again.txt)"; }
            fi
            # whatever took the name is whole: what was destroyed is, and what was held is
            "$CK" check n >check.txt 2>&1 || { broken=$((broken + 1)); echo "# restore $at: does not check"; grep -v passed check.txt | sed 's/^/# /'; }
            [ "$(count n records_destroyed)" = "$gone" ] || { broken=$((broken + 1)); echo "# restore $at: not all destroyed"; }
            "$CK" hold place n M-2 --all --witness w >again.txt 2>&1 || { broken=$((broken + 1)); echo "# restore $at: does not go on: $(cat again.txt)"; }
            [ ! -e n.part ] || { broken=$((broken + 1)); echo "# restore $at: a part is left"; }
            tried=$((tried + 1)) n=$((n + step))
        done
    done
done
same "restore survives death, EIO and ENOSPC at $tried places" 0 $broken
holds "and never touches the backup" diff -r b b.before

# --- carried out later, in place ---
rm -rf r0 n w && cp -r w.before w
"$CK" backup restore b r0 --backup-key bk --officer-key him.key --officer-key legal.key >/dev/null 2>&1
cp -r r0 r
strace -f -o trace.log -e trace="$list" "$CK" backup restore --replay r --recovery-identity rid --witness w --officer-key him.key --officer-key legal.key >/dev/null 2>&1
same "replay holds" "$gone" "$(count r records_destroyed)"
broken=0 tried=0
for what in signal=KILL error=EIO error=ENOSPC; do
    for call in $calls; do
        most=$(grep -cE "^[0-9]+ +$call\(" trace.log)
        step=$((most / 3 + 1)) n=1
        while [ $n -le "$most" ]; do
            at="$what $call $n"
            rm -rf r w && cp -r r0 r && cp -r w.before w
            strace -f -o /dev/null -e trace="$call" -e inject="$call:$what:when=$n" "$CK" backup restore --replay r --recovery-identity rid --witness w --officer-key him.key --officer-key legal.key >out.txt 2>&1
            status=$?
            "$CK" check r >check.txt 2>&1 || { broken=$((broken + 1)); echo "# replay $at: does not check"; grep -v passed check.txt | sed 's/^/# /'; }
            if "$CK" hold place r M-2 --all >again.txt 2>&1; then
                [ "$(count r records_destroyed)" = "$gone" ] || { broken=$((broken + 1)); echo "# replay $at: in use and not all destroyed"; }
            else
                [ $status != 0 ] || { broken=$((broken + 1)); echo "# replay $at: said done"; }
                "$CK" backup restore --replay r --recovery-identity rid --witness w --officer-key him.key --officer-key legal.key >again.txt 2>&1 ||
                    { broken=$((broken + 1)); echo "# replay $at: run again: $(cat again.txt)"; }
                [ "$(count r records_destroyed)" = "$gone" ] || { broken=$((broken + 1)); echo "# replay $at: not all destroyed"; }
                "$CK" check r >check.txt 2>&1 || { broken=$((broken + 1)); echo "# replay $at: does not check after running again"; grep -v passed check.txt | sed 's/^/# /'; }
            fi
            tried=$((tried + 1)) n=$((n + step))
        done
    done
done
same "replay survives death, EIO and ENOSPC at $tried places" 0 $broken
