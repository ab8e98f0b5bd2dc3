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
merge() { "$CK" patient merge t --patient-file pair --confirm; }
unmerge() { "$CK" patient unmerge t --patient-file leaver --confirm --officer-key him.key --officer-key legal.key; }

reset() { rm -rf t && cp -r from t; }
look() { # old and new: the states before and after; again: the command once more
    after=$(state t)
    [ "$after" = "$old" ] || [ "$after" = "$new" ] || wrong "neither old nor new"
    [ $status != 0 ] || [ "$after" = "$new" ] || wrong "said done"
    checks t after
    [ "$after" = "$new" ] || $again >again.txt 2>&1 || wrong "run again: $(cat again.txt)"
    [ "$(state t)" = "$new" ] || wrong "run again gives something else"
}

cp -r k from
reset && merge >/dev/null 2>&1
old=$(state from) new=$(state t) again=merge
same "a merge changes the state" 1 "$([ "$old" != "$new" ] && echo 1)"
cp -r t merged
torment merge 5 reset look "$CK" patient merge t --patient-file pair --confirm
rm -rf from && mv merged from
reset && unmerge >/dev/null 2>&1
old=$(state from) new=$(state t) again=unmerge
torment unmerge 5 reset look "$CK" patient unmerge t --patient-file leaver --confirm --officer-key him.key --officer-key legal.key
