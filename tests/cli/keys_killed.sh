#!/bin/sh
# Goal: killed, or failed by a full or broken disk, at any system call that writes, each change of
# keys, slots and officers leaves a keep that opens and checks, and the same words finish it.
. "$(dirname "$0")/lib.sh"

new_keep 2>/dev/null
small_export
import_export
"$CK" officer new privacy --no-passphrase >/dev/null
"$CK" slot add k --new-key-file kf2 >/dev/null
calls="pwrite64 write fsync fdatasync rename renameat renameat2 ftruncate unlink unlinkat openat"
list=$(echo $calls | tr ' ' ,)
count() { "$CK" status "$1" --format json 2>/dev/null | sed "s/.*\"$2\":\([0-9]*\).*/\1/"; }
whole=$(count k records)

# killed NAME AGAIN VERB…: AGAIN is a status that the second run may also end with, since the first had done it.
killed() {
    what_is=$1 again=$2
    shift 2
    rm -rf t && cp -r k t
    strace -f -o trace.log -e trace="$list" "$CK" "$@" >/dev/null 2>&1
    broken=0 tried=0
    for what in signal=KILL error=EIO error=ENOSPC; do
        for call in $calls; do
            most=$(grep -cE "^[0-9]+ +$call\(" trace.log)
            step=$((most / 2 + 1)) n=1
            while [ $n -le "$most" ]; do
                at="$what_is $what $call $n"
                rm -rf t && cp -r k t
                strace -f -o /dev/null -e trace="$call" -e inject="$call:$what:when=$n" "$CK" "$@" >out.txt 2>&1
                "$CK" check t >check.txt 2>&1 || { broken=$((broken + 1)); echo "# $at: does not check"; grep -v passed check.txt | sed 's/^/# /'; }
                "$CK" "$@" >again.txt 2>&1
                got=$?
                [ $got = 0 ] || [ $got = "$again" ] || { broken=$((broken + 1)); echo "# $at: run again ends with $got: $(cat again.txt)"; }
                "$CK" check t >check.txt 2>&1 || { broken=$((broken + 1)); echo "# $at: does not check after running again"; grep -v passed check.txt | sed 's/^/# /'; }
                [ "$(count t records)" = "$whole" ] || { broken=$((broken + 1)); echo "# $at: lost records"; }
                [ -z "$(find t -name '*.new*' -o -name '*.tmp-*')" ] || { broken=$((broken + 1)); echo "# $at: left $(ls t)"; }
                tried=$((tried + 1)) n=$((n + step))
            done
        done
    done
    same "$what_is survives death, EIO and ENOSPC at $tried places" 0 $broken
}

killed "rotating records.db" 0 key rotate t --records
killed "rotating keyring.db" 0 key rotate t --keyring
killed "a new master key" 0 key rotate t --master
killed "a new slot" 2 slot add t --new-key-file kf3
killed "a slot less" 2 slot remove t 2
killed "an officer more" 2 officer add t privacy:privacy.pub --officer-key him.key --officer-key legal.key
killed "another quorum" 2 officer quorum t 1 --officer-key him.key --officer-key legal.key
