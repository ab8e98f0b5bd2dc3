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
# --- backup ---
backup() { "$CK" backup t b --backup-key-out bk --destroy-by "$day"; }
reset_backup() { rm -rf t b b.part bk && cp -r k t; }
look_backup() {
    checks t after
    [ ! -e b ] || checks b "as a backup" bk
    [ -e b ] || [ $status != 0 ] || wrong "said done"
    if [ "$what" != signal=KILL ]; then case $call in unlink | unlinkat | openat) ;; *) [ ! -e b.part ] || wrong "left a part" ;; esac; fi
    [ ! -e b ] || return
    backup >again.txt 2>&1 || wrong "run again: $(cat again.txt)"
    checks b "the second time" bk
    [ ! -e b.part ] || wrong "a part is left"
}
torment backup 3 reset_backup look_backup "$CK" backup t b --backup-key-out bk --destroy-by "$day"

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
cp -r w w.before
cp -r b b.before
quorum="--officer-key him.key --officer-key legal.key"
restore() { "$CK" backup restore b n --backup-key bk --recovery-identity rid --witness w $quorum; }
reset_restore() { rm -rf n n.part w && cp -r w.before w; }
# Whatever took the name is whole: what was destroyed is, and what was held is.
look_restore() {
    [ -e n ] || [ $status != 0 ] || wrong "said done"
    [ -e n ] || restore >again.txt 2>&1 || wrong "run again: $(cat again.txt)"
    checks n after
    [ "$(count n records_destroyed)" = "$gone" ] || wrong "not all destroyed"
    "$CK" hold place n M-2 --all --witness w >again.txt 2>&1 || wrong "does not go on: $(cat again.txt)"
    [ ! -e n.part ] || wrong "a part is left"
}
torment restore 3 reset_restore look_restore "$CK" backup restore b n --backup-key bk --recovery-identity rid --witness w $quorum
holds "and never touches the backup" diff -r b b.before

# --- carried out later, in place ---
rm -rf r0 n w && cp -r w.before w
"$CK" backup restore b r0 --backup-key bk $quorum >/dev/null 2>&1
replay() { "$CK" backup restore --replay r --recovery-identity rid --witness w $quorum; }
reset_replay() { rm -rf r w && cp -r r0 r && cp -r w.before w; }
look_replay() {
    checks r after
    if ! "$CK" hold place r M-2 --all >again.txt 2>&1; then
        [ $status != 0 ] || wrong "said done"
        replay >again.txt 2>&1 || wrong "run again: $(cat again.txt)"
        checks r "after running again"
    fi
    [ "$(count r records_destroyed)" = "$gone" ] || wrong "in use and not all destroyed"
}
reset_replay && replay >/dev/null 2>&1
same "replay holds" "$gone" "$(count r records_destroyed)"
torment replay 3 reset_replay look_replay "$CK" backup restore --replay r --recovery-identity rid --witness w $quorum
