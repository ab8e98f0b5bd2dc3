#!/bin/sh
# Goal: killed, or failing with EIO or ENOSPC, at any system call that writes, a merge and its undoing leave the
# whole old or the whole new state, the keep checks, and run again they come to their end.
. "$(dirname "$0")/lib.sh"

new_keep
small_export
import_export
adopt
printf 'MRNQ77001\nMRNQ77002\n' >pair
printf 'MRNQ77002\n' >leaver
"$CK" hold place k HOLD-1 --patient-file leaver >/dev/null
# what both acts change: links, sets with their days, holds
state() { { "$CK" patient show "$1" --patient-file leaver --format csv && "$CK" retention "$1" --format csv && "$CK" hold list "$1" --format csv; } 2>/dev/null | sed 's/[0-9T:.-]*Z//g' | sha256sum; }
merge() { "$CK" patient merge "$1" --patient-file pair --confirm; }
unmerge() { "$CK" patient unmerge "$1" --patient-file leaver --confirm --officer-key him.key --officer-key legal.key; }

calls='pwrite64 write fsync fdatasync rename ftruncate unlink openat'
torment() { # COMMAND-LINE FUNCTION PLACES: on copies of keep `from`, whose new state is that of keep `to`
    old=$(state from) new=$(state to) broken=0 tried=0 total=0
    for call in $calls; do
        most=$(grep -cE "^[0-9]+ +$call\(" trace.log)
        total=$((total + most * 3))
        for what in signal=KILL error=EIO error=ENOSPC; do
            n=1
            while [ $n -le "$most" ]; do
                rm -rf t && cp -r from t
                # shellcheck disable=SC2086 # words of a command
                strace -f -o /dev/null -e trace="$call" -e inject="$call:$what:when=$n" "$CK" $1 >out.txt 2>err.txt
                status=$?
                after=$(state t)
                [ "$after" = "$old" ] || [ "$after" = "$new" ] || { broken=$((broken + 1)); echo "# $what $call $n: neither old nor new"; }
                if [ $status = 0 ] && [ "$after" != "$new" ]; then broken=$((broken + 1)); echo "# $what $call $n: said done"; fi
                "$CK" check t >check.txt 2>&1 || { broken=$((broken + 1)); echo "# $what $call $n: does not check"; grep -v passed check.txt | sed 's/^/# /'; }
                [ "$after" = "$new" ] || "$2" t >again.txt 2>&1 || { broken=$((broken + 1)); echo "# $what $call $n: run again: $(cat again.txt)"; }
                [ "$(state t)" = "$new" ] || { broken=$((broken + 1)); echo "# $what $call $n: run again gives something else"; }
                tried=$((tried + 1)) n=$((n + most / $3 + 1))
            done
        done
    done
    same "$2 killed, EIO and ENOSPC at $tried of $total places" 0 $broken
}

trace=$(echo "$calls" | tr ' ' ,)
cp -r k from && cp -r k to
strace -f -o trace.log -e trace="$trace" "$CK" patient merge to --patient-file pair --confirm >/dev/null 2>&1
same "a merge changes the state" 1 "$([ "$(state from)" != "$(state to)" ] && echo 1)"
torment "patient merge t --patient-file pair --confirm" merge 5
rm -rf from && mv to from && cp -r from to
strace -f -o trace.log -e trace="$trace" "$CK" patient unmerge to --patient-file leaver --confirm --officer-key him.key --officer-key legal.key >/dev/null 2>&1
torment "patient unmerge t --patient-file leaver --confirm --officer-key him.key --officer-key legal.key" unmerge 5
