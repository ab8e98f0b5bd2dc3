#!/bin/sh
# Goal: no identifying string of an input reaches any file of the keep, any temporary
# folder, or any buffer handed to a writing system call.
. "$(dirname "$0")/lib.sh"

words='Zyxwvutton|Abigail|Vorpalhand|Benedict|Quibblesnark|Frumious|MRNQ7700|Slithypneumonia|brillig|VHdhcyBi|Jubjubson|1930-02-03'
new_keep
small_export
adopt
mkdir tmp
TMPDIR=$WORK/tmp SQLITE_TMPDIR=$WORK/tmp
export TMPDIR SQLITE_TMPDIR
traced() { # NAME COMMAND…
    name=$1
    shift
    strace -f -xx -s 1000000 -e trace=write,pwrite64,writev,pwritev,sendto,openat -o trace.log "$@" >out.txt 2>err.txt
    # what was written, decoded from \xNN
    sed -n 's/.*p\{0,1\}write[v64]*([0-9]*, "\(.*\)".*/\1/p' trace.log | sed 's/\\x//g' | tr -d '\n' | xxd -r -p >written.bin 2>/dev/null
    found=$(grep -aoE "$words" written.bin | sort -u | tr '\n' ' ')
    same "$name writes nothing that identifies" "" "$found"
    opened=$(grep -c '"/tmp/\|"/var/tmp/' trace.log)
    same "$name opens no temporary file" 0 "$opened"
}
"$CK" source declare k ehr --file ehr.json --officer-key him.key >/dev/null
traced import "$CK" import k --source ehr org.ndjson people.ndjson care.ndjson
traced retention "$CK" retention k --format ndjson
traced check "$CK" check k
printf 'event_time,user_id,patient_id,action\n2024-05-01T12:00:00Z,drjub,old,Printed\n' >log.csv
import_log "$TOP/policies"
traced audit "$CK" audit k --fail-on none
case=$("$CK" case list k --format ndjson 2>/dev/null | sed 's/.*"case":"\([0-9a-f]*\)".*/\1/' | head -1)
echo 'Mrs Zyxwvutton called about Jubjubson' >note.txt
echo '{"rationale":"Zyxwvutton knows Jubjubson"}' >sheet.json
traced "case note" "$CK" case note k "$case" --note note.txt
traced "case ask" "$CK" case ask k "$case" --to user --output asked
traced "case close" "$CK" case close k "$case" --status unsubstantiated --worksheet sheet.json --officer-key him.key
traced "case show" "$CK" case show k "$case"
traced attest "$CK" attest k --from 2024-01-01 --to 2024-12-31 --officer-key him.key
traced plan "$CK" plan k --output p
"$CK" approve k p --officer-key him.key >/dev/null
"$CK" approve k p --officer-key legal.key >/dev/null
traced archive "$CK" archive k p --output out
traced dispose "$CK" dispose k p --officer-key him.key
same "nothing was left in the temporary folder" "" "$(ls tmp)"
same "no file of the keep holds any" "" "$(grep -rlaE "$words" k)"
