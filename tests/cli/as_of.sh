# --as-of DAY: through the end of that day where the keep is, not where UTC ends it; a time is taken as it stands.
. "$(dirname "$0")/lib.sh"
new_keep || echo "not ok a keep"
own_rules
printf 'event_id,event_time,user_id,patient_id,action\n1,2024-03-31T12:00:00,u1,p1,View\n2,2024-03-31T20:30:00,u1,p2,View\n3,2024-04-01T00:10:00,u1,p3,View\n' >log.csv
"$CK" import k --policy rules --source log log.csv >/dev/null 2>&1
adopt_own || echo "not ok adopt"
events() { "$CK" audit k --policy rules --events --fail-on none --format ndjson "$@" 2>/dev/null | grep -c .; }
same "an audit has the last evening of the day" 2 "$(events --as-of 2024-03-31)"
same "and of the day before nothing" 0 "$(events --as-of 2024-03-30)"
same "a time is that time" 1 "$(events --as-of 2024-03-31T23:59:59Z)"
figure() { "$CK" report k --figures --as-of "$1" --format ndjson 2>/dev/null | jq -r "select(.figure == \"$2\") | .value" | paste -sd' '; }
same "so do figures" 2 "$(figure 2024-03-31 accesses)"
same "the next day belongs to the next month" "2 1" "$(figure 2024-04-01 accesses)"
expect "cases are put on file" 0 "$CK" audit k --fail-on none
holds "today they are in the figures" test -n "$(figure "$(date +%F)" 'cases opened')"
same "of a day before they were there they are not" "" "$(figure 2024-04-01 'cases by status')$(figure 2024-04-01 'cases opened')"
