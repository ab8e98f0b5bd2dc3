#!/bin/sh
# Goal: no identifying string of an input reaches any file of the keep, any temporary
# folder, any buffer handed to a writing system call, or a core dump.
. "$(dirname "$0")/lib.sh"

words='Zyxwvutton|Abigail|Vorpalhand|Benedict|Quibblesnark|Frumious|MRNQ7700|Slithypneumonia|brillig|VHdhcyBi|Jubjubson|1930-02-03'
new_keep
small_export
adopt
mkdir tmp
TMPDIR=$WORK/tmp SQLITE_TMPDIR=$WORK/tmp
export TMPDIR SQLITE_TMPDIR
written() { # COMMAND…: what it writes goes to written.bin, decoded from \xNN
    under_strace -xx -s 1000000 -e trace=write,pwrite64,writev,pwritev,pwritev2,sendto,sendmsg,openat -o trace.log "$@" >out.txt 2>err.txt
    grep -v 'openat(' trace.log | grep -o '"[^"]*"' | tr -d '\\x"\n' | xxd -r -p >written.bin 2>/dev/null
}
written sed -n 'w copy' people.ndjson
same "what is written is seen" 2 "$(grep -aoE 'Zyxwvutton|Vorpalhand' written.bin | sort -u | wc -l)"
traced() { # NAME COMMAND…
    name=$1
    shift
    written "$@"
    found=$(grep -aoE "$words" written.bin | sort -u | tr '\n' ' ')
    same "$name writes nothing that identifies" "" "$found"
    opened=$(grep -c '"/tmp/\|"/var/tmp/' trace.log)
    same "$name opens no temporary file" 0 "$opened"
}
"$CK" source declare k ehr --file ehr.json --officer-key him.key >/dev/null
traced import "$CK" import k --source ehr org.ndjson people.ndjson care.ndjson
tar -czf all.tgz people.ndjson care.ndjson
traced "import of an archive" "$CK" import k --source ehr --threads 2 all.tgz
head -c 300 people.ndjson >cut.ndjson
printf '{"resourceType":"Bundle","entry":[{"resource":%s},{"resource":{"resourceType":"Patient","name":"Zyxwvutton" "Abigail"}}]}' "$(head -1 people.ndjson)" >bundle.json
traced "import of what cannot be read" "$CK" import k --source other cut.ndjson bundle.json
same "which is in quarantine" 2 "$(count k quarantined)"
traced "quarantine list" "$CK" quarantine list k
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
printf 'MRNQ77001\nMRNQ77002\n' >pair
printf 'MRNQ77002\n' >leaver
traced merge "$CK" patient merge k --patient-file pair --confirm
traced unmerge "$CK" patient unmerge k --patient-file leaver --confirm --officer-key him.key --officer-key legal.key
traced "key rotate" "$CK" key rotate k --records --keyring
traced plan "$CK" plan k --output p
"$CK" approve k p --officer-key him.key >/dev/null
"$CK" approve k p --officer-key legal.key >/dev/null
traced archive "$CK" archive k p --output out
traced dispose "$CK" dispose k p --officer-key him.key
same "nothing was left in the temporary folder" "" "$(ls tmp)"
same "no file of the keep holds any" "" "$(grep -rlaE "$words" k)"
traced backup "$CK" backup k b --backup-key-out bk --destroy-by "$(date -d '+90 days' +%F)"
traced "backup restore" "$CK" backup restore b n --backup-key bk --officer-key him.key --officer-key legal.key
same "nor does a file of the copies" "" "$(grep -rlaE "$words" b n)"

# It dies where the system would keep its memory, a patient's name in it.
mkfifo feed
(
    ulimit -c unlimited
    exec "$CK" import k --source dying - <feed
) >/dev/null 2>&1 &
exec 9<>feed
cat people.ndjson >&9
for i in $(seq 100); do
    [ "$(readlink /proc/$!/exe)" != "$(readlink -f "$CK")" ] || break
    sleep 0.1
done
sleep 0.5
same "no room for a core dump" "0 0" "$(awk '/^Max core file size/ { print $5, $6 }' /proc/$!/limits)"
kill -ABRT $!
exec 9>&-
wait $! 2>/dev/null
same "and there is none" "" "$(find . -name 'core*' -type f)"
