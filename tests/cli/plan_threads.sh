#!/bin/sh
# Goal: dates and plans are the same with any number of threads; the records are more than are read at once, and half of them came twice.
. "$(dirname "$0")/lib.sh"

new_keep
small_export
import_export
awk 'BEGIN {
    for (n = 1; n <= 2; n++) for (i = 0; i < 3000; i += n)
        printf "{\"resourceType\":\"Condition\",\"id\":\"x%d\",\"subject\":{\"reference\":\"Patient/%s\"},\"encounter\":{\"reference\":\"Encounter/e%d\"},\"recordedDate\":\"%d-03-04\",\"note\":[{\"text\":\"%d\"}]}\n", i, i % 3 ? "old" : "new", i % 3 ? 1 : 2, 1995 + i % 6, n >("more" n ".ndjson")
}' </dev/null
expect "records" 0 "$CK" import k --source ehr more1.ndjson
expect "half of them anew" 0 "$CK" import k --source ehr more2.ndjson
adopt
sets() { sed 's/"annex":.*//' "$1"; } # who they are about is sealed anew each time
for n in 1 2 5; do
    expect "dates, $n at work" 0 "$CK" retention k --all --format ndjson --threads $n
    sort last.out >dates.$n
    expect "a plan, $n at work" 0 "$CK" plan k --output plan.$n --threads $n
    sets plan.$n >sets.$n
    holds "the same dates with $n" cmp dates.1 dates.$n
    holds "the same plan with $n" cmp sets.1 sets.$n
done
same "the chart and its conditions" 1 "$(grep -c '"records":200[0-9],' sets.1)"
expect "no threads" 2 "$CK" plan k --output plan.0 --threads 0
expect "too many threads" 2 "$CK" retention k --threads 1000
holds "the keep is whole" "$CK" check k
