#!/bin/sh
# Goal: killed, or failing with EIO or ENOSPC, at any system call that writes, an audit that puts cases on file and
# the closing of one leave the whole old or the whole new state, the keep checks, and run again they come to their end.
. "$(dirname "$0")/lib.sh"

new_keep
own_rules
small_export
import_export
printf 'event_time,user_id,patient_id,action\n2024-02-01T16:30:00Z,drjub,new,View\n2024-03-01T12:00:00Z,drjub,old,Printed\n2024-03-01T12:10:00Z,ghost,old,View\n' >log.csv
import_log rules
adopt_own
state() { "$CK" case list "$1" --format csv 2>/dev/null | sed 's/[0-9T:.-]*Z//g' | sha256sum; }
reset() { rm -rf t && cp -r from t; }
look() {
    after=$(state t)
    [ "$after" = "$old" ] || [ "$after" = "$new" ] || wrong "neither old nor new"
    [ $status != 0 ] || [ "$after" = "$new" ] || wrong "said done"
    checks t after
    [ "$after" = "$new" ] || $again >again.txt 2>&1 || wrong "run again: $(cat again.txt)"
    [ "$(state t)" = "$new" ] || wrong "run again gives something else"
}

cp -r k from
again="$CK audit t --fail-on none"
reset && $again >/dev/null 2>&1
old=$(state from) new=$(state t)
same "an audit changes what is on file" 1 "$([ "$old" != "$new" ] && echo 1)"
cp -r t audited
torment "an audit" 5 reset look "$CK" audit t --fail-on none
rm -rf from && mv audited from
case=$("$CK" case list from --rule unexplained --format ndjson 2>/dev/null | sed 's/.*"case":"\([0-9a-f]*\)".*/\1/' | head -1)
printf '{"rationale":"nothing was wrong"}' >plain.json
again="$CK case close t $case --status unsubstantiated --worksheet plain.json --officer-key him.key"
reset && $again >/dev/null 2>&1
old=$(state from) new=$(state t)
same "closing changes what is on file" 1 "$([ "$old" != "$new" ] && echo 1)"
torment "a closing" 5 reset look "$CK" case close t "$case" --status unsubstantiated --worksheet plain.json --officer-key him.key

# An answer: on file or not, and once however often it is tried.
"$CK" case ask from "$case" --to user --output ask >/dev/null 2>&1
printf 'question,answered_by,answered_on,reason,explanation\n%s,A,2026-11-20,other,x\n' "$(sed -n 2p ask/001.csv | cut -d, -f1)" >reply.csv
again="$CK case answer t --from reply.csv"
reset && $again >/dev/null 2>&1
old=$(state from) new=$(state t)
same "an answer changes what is on file" 1 "$([ "$old" != "$new" ] && echo 1)"
torment "an answer" 5 reset look "$CK" case answer t --from reply.csv

# A statement: in the ledger and on file, or neither.
statements() { "$CK" ledger list "$1" 2>/dev/null | grep -c '"kind":"attest"'; }
attested() {
    after=$(statements t)
    [ "$after" = 0 ] || [ "$after" = 1 ] || wrong "$after statements"
    [ $status != 0 ] || [ "$after" = 1 ] || wrong "said done"
    [ $status != 0 ] || minisign -Vqm a.json -x a.json.minisig -p him.pub || wrong "the signature does not hold"
    checks t after
    rm -f a.json a.json.minisig
}
torment "a statement" 3 reset attested "$CK" attest t --from 2024-01-01 --to 2024-12-31 --officer-key him.key --output a.json
