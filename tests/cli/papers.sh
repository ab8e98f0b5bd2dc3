#!/bin/sh
# Goal: a month of the access log past its own date goes like any record set: planned, approved by the
# quorum, disposed of, certified; a hold on a patient whose chart was opened in it stops that.
. "$(dirname "$0")/lib.sh"

new_keep
small_export
import_export
printf 'event_time,user_id,patient_id,action\n2015-02-01T16:30:00Z,drjub,new,View\n2015-03-01T12:00:00Z,drjub,old,Printed\n2015-03-05T12:00:00Z,drjub,new,View\n2024-03-05T12:00:00Z,drjub,old,View\n' >log.csv
import_log "$TOP/policies"
months() { "$CK" retention k --series 'access log' --format ndjson 2>/dev/null; }
months_of() { months | grep -c "\"status\":\"$1\""; }
same "without adopted rules the log has no date" 0 "$("$CK" retention k --format ndjson 2>/dev/null | grep -c 'access log')"
adopt
"$CK" key show k >keep.pub
whole=$(count k records) events=$(count k events)
same "three months are there" 3 "$(months | grep -c .)"
same "two are due" 2 "$(months_of due)"
same "by law" 2 "$(months | grep -c '"rule":"us.hipaa.access-log".*"status":"due"')"
same "and say which" 1 "$(months | grep -c '"what":"log of log, 2015-03: 2 events"')"
same "they count no record" "$whole" "$("$CK" retention k --format ndjson 2>/dev/null | sed -n 's/.*"records":\([0-9]*\).*/\1/p' | awk '{n+=$1} END {print n}')"
echo MRNQ77001 >who
"$CK" hold place k M-9 --patient-file who >/dev/null 2>&1
same "a hold on a patient holds the months in which the chart was opened" 2 "$(months_of held)"
same "and no other" 1 "$(months_of due)"
"$CK" plan k --output p >/dev/null
same "the plan has that month" 1 "$(grep -c '"series":"access log"' p)"
"$CK" approve k p --officer-key him.key >/dev/null
expect "not without the quorum" 6 "$CK" dispose k p --officer-key him.key
"$CK" approve k p --officer-key legal.key >/dev/null
"$CK" sql k 'SELECT count(*) FROM access_log' --format csv >before.csv
expect "dispose" 0 "$CK" dispose k p --officer-key him.key
same "the certificate says which" 1 "$(grep -c '"what":"log of log, 2015-02: 1 events"' p.certificate.json)"
holds "and is signed" minisign -Vqm p.certificate.json -p keep.pub
"$CK" sql k 'SELECT count(*) FROM access_log' --format csv >after.csv
same "one event is gone" 1 "$(($(tail -1 before.csv | tr -d '\r' | cut -d, -f2) - $(tail -1 after.csv | tr -d '\r' | cut -d, -f2)))"
same "the months that stay are two" 2 "$(months | grep -c .)"
same "no record is gone" "$whole" "$(count k records)"
expect "check" 0 "$CK" check k
expect "dispose again has nothing to do" 1 "$CK" dispose k p --officer-key him.key
expect "the same log again is known" 0 "$CK" import k --policy "$TOP/policies" --source log log.csv
same "and brings nothing back" 2 "$(months | grep -c .)"
expect "check" 0 "$CK" check k

# a backup from before has it still; the keep that is put back from it destroys it again
age-keygen -o rid 2>/dev/null && chmod 400 rid
"$CK" init r --key-file rk --officer him:him.pub --officer legal:legal.pub --quorum 2 --recovery "$(age-keygen -y rid)" >/dev/null 2>&1
CHARTKEEP_KEY_FILE=$WORK/rk CHARTKEEP_WITNESS=$WORK/w
export CHARTKEEP_WITNESS
mkdir w
mv k k.then && mv r k
import_export 2>/dev/null
import_log "$TOP/policies" 2>/dev/null
adopt
"$CK" backup k b --backup-key-out bkey --destroy-by "$(date -d '+90 days' +%F)" >/dev/null 2>&1
"$CK" plan k --output q >/dev/null
same "two months" 2 "$(grep -o '"series":"access log"' q | wc -l)"
"$CK" approve k q --officer-key him.key >/dev/null
"$CK" approve k q --officer-key legal.key >/dev/null
"$CK" dispose k q --officer-key him.key >/dev/null 2>&1
expect "restore" 0 "$CK" backup restore b n --backup-key bkey --recovery-identity rid --officer-key him.key --officer-key legal.key
same "the months are gone there too" 1 "$("$CK" retention n --series 'access log' --format ndjson 2>/dev/null | grep -c .)"
expect "check" 0 "$CK" check n
