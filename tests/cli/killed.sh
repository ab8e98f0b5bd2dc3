#!/bin/sh
# Goal: killed at any system call that writes, a keep opens whole, and what was
# reported done is there; a failing write (EIO, ENOSPC) ends with status 3 and the same holds.
. "$(dirname "$0")/lib.sh"

new_keep
small_export
"$CK" source declare k ehr --file ehr.json --officer-key him.key >/dev/null
"$CK" import k --source ehr org.ndjson people.ndjson >/dev/null
records() { "$CK" status "$1" --format json 2>/dev/null | sed 's/.*"records":\([0-9]*\).*/\1/'; }
before=$(records k)
calls=pwrite64,write,fsync,fdatasync,rename,ftruncate,unlink,openat
strace -f -o trace.log -e trace="$calls" "$CK" import k --source x care.ndjson >/dev/null 2>&1
total=$(grep -cE '^[0-9]+ +(pwrite64|write|fsync|fdatasync|rename|ftruncate|unlink|openat)' trace.log)
rm -rf k && "$CK" init k --officer him:him.pub --officer legal:legal.pub --quorum 2 >/dev/null
"$CK" source declare k ehr --file ehr.json --officer-key him.key >/dev/null
"$CK" import k --source ehr org.ndjson people.ndjson >/dev/null

broken=0 tried=0
for what in signal=KILL error=EIO error=ENOSPC; do
    for call in pwrite64 write fsync fdatasync rename ftruncate unlink openat; do
        most=$(grep -cE "^[0-9]+ +$call\(" trace.log)
        step=$((most / 8 + 1)) n=1
        while [ $n -le "$most" ]; do
            rm -rf t && cp -r k t
            strace -f -o /dev/null -e trace="$call" -e inject="$call:$what:when=$n" "$CK" import t --source ehr care.ndjson >out.txt 2>err.txt
            status=$?
            after=$(records t)
            if [ $status = 0 ] && [ "$after" != $((before + 4)) ]; then broken=$((broken + 1)); echo "# $what $call $n: said done, have $after"; fi
            if ! "$CK" check t >check.txt 2>&1; then broken=$((broken + 1)); echo "# $what $call $n: does not check"; cat check.txt | sed 's/^/# /'; fi
            "$CK" import t --source ehr care.ndjson >/dev/null 2>&1
            again=$(records t)
            [ "$again" = $((before + 4)) ] || { broken=$((broken + 1)); echo "# $what $call $n: run again gives $again"; }
            tried=$((tried + 1)) n=$((n + step))
        done
    done
done
same "killed, EIO and ENOSPC during import at $tried of $((total * 3)) places" 0 $broken
