#!/bin/sh
# Goal: killed, or failed by a full or broken disk, at any system call that writes, each change of
# keys, slots and officers leaves a keep that opens, checks and takes a writer, and the same words finish it.
. "$(dirname "$0")/lib.sh"

new_keep 2>/dev/null
small_export
import_export
"$CK" officer new privacy --no-passphrase >/dev/null
"$CK" slot add k --new-key-file kf2 >/dev/null
whole=$(count k records)
reset() { rm -rf t && cp -r k t; }
look() {
    checks t after
    change >again.txt 2>&1
    got=$?
    # the first had done it already: what is there is refused
    [ $got = 0 ] || [ $got = "$again" ] || wrong "run again ends with $got: $(cat again.txt)"
    [ $status != 0 ] || [ "$again" = 0 ] || [ $got = "$again" ] || wrong "said done, was not"
    "$CK" hold place t M-1 --all >/dev/null 2>again.txt || wrong "no writer after: $(cat again.txt)"
    checks t "after running again"
    [ "$(count t records)" = "$whole" ] || wrong "lost records"
    [ -z "$(find t -name '*.new*' -o -name '*.tmp-*')" ] || wrong "left $(ls t)"
}
# killed NAME AGAIN VERB…: AGAIN is a status that the second run may also end with.
killed() {
    title=$1 again=$2
    shift 2
    words=$*
    torment "$title" 2 reset look "$CK" "$@"
}
change() { "$CK" $words; } # words of a command line without blanks in any

killed "rotating records.db" 0 key rotate t --records
killed "rotating keyring.db" 0 key rotate t --keyring
killed "a new master key" 0 key rotate t --master
killed "a new slot" 2 slot add t --new-key-file kf3
killed "a slot less" 2 slot remove t 2
killed "an officer more" 2 officer add t privacy:privacy.pub --officer-key him.key --officer-key legal.key
killed "another quorum" 2 officer quorum t 1 --officer-key him.key --officer-key legal.key
