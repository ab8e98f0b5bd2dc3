#!/bin/sh
# Goal: an import comes out the same with any number of threads: rows, order of
# quarantine, batches of the ledger, messages, also with --strict, a damaged
# archive and an interruption.
. "$(dirname "$0")/lib.sh"

new_keep
awk 'BEGIN {
    srand(7)
    for (i = 0; i < 9000; i++) {
        if (i % 97 == 13) print "{\"resourceType\":\"Patient\",\"id\":\"cut" i
        else if (i % 97 == 31) print "{\"resourceType\":\"Patient\",\"id\":\"a\",\"id\":\"b" i "\"}"
        else if (i % 97 == 50) print ""
        else if (i % 41 == 3) print "{\"resourceType\":\"Patient\",\"id\":\"p" i % 300 "\",\"birthDate\":\"19" 10 + i % 89 "-01-01\"}\r"
        else if (i % 41 == 5) print "{\"resourceType\":\"Condition\",\"id\":\"c" i "\",\"subject\":{\"reference\":\"Patient/p" i % 300 "\"},\"recordedDate\":\"2024-01-02\"}"
        else printf "{\"resourceType\":\"AuditEvent\",\"id\":\"%d\",\"action\":\"R\",\"recorded\":\"2026-%02d-%02dT03:04:%02dZ\",\"agent\":[{\"altId\":\"u%d\",\"requestor\":true,\"network\":{\"address\":\"ws%d\"}}],\"entity\":[{\"what\":{\"reference\":\"Patient/p%d\"}}],\"pad\":\"%0300d\"}\n", i % 8500, 1 + i % 3, 1 + i % 28, i % 60, i % 70, i % 9, i % 300, i
    }
}' >mixed.ndjson
facts() {
    "$CK" status "$1" --format json | sed 's/"[a-z_]*bytes":[0-9]*//g; s/"head":"[^"]*"//g' | tr ',' '\n' | grep -E 'patients|records|events|quarantined|accounts'
    "$CK" quarantine list "$1" --format ndjson | sed 's/"time":"[^"]*"//'
    "$CK" sql "$1" --format ndjson "SELECT * FROM access_log ORDER BY event"
    "$CK" sql "$1" --format ndjson "SELECT patient, known, birth_year FROM patients ORDER BY patient"
    "$CK" sql "$1" --format ndjson "SELECT record, patient, version, kind, created FROM records ORDER BY record, version"
    "$CK" sql "$1" --format ndjson "SELECT entry, kind, counts, leaves FROM ledger"
}
for n in 1 2 4; do
    cp -r k k$n
    expect "$n at work" 3 "$CK" import k$n --threads $n mixed.ndjson
    sed -n 's/^ *//p' last.out >counts.$n
    facts k$n >facts.$n 2>&1
    expect "$n: the keep checks" 0 "$CK" check k$n
    expect "$n: the same again adds nothing" 0 "$CK" import k$n --threads $n mixed.ndjson
    cat mixed.ndjson | "$CK" import k$n --threads $n - >last.out 2>&1
    same "$n: nor through a pipe" "" "$(grep -E 'new |access events|quarantined' last.out)"
done
holds "there are events and quarantined lines to compare" grep -q '"line":9000\|"line":8[0-9]*' facts.1
for n in 2 4; do
    holds "counts of 1 and $n" cmp counts.1 counts.$n
    holds "rows, order and ledger of 1 and $n" cmp facts.1 facts.$n
done

for n in 1 2 4; do
    cp -r k s$n
    expect "$n, strict" 3 "$CK" import s$n --threads $n --strict mixed.ndjson
    cp last.err strict.$n
    facts s$n >facts.$n 2>&1
done
holds "strict names its line" grep -q 'mixed.ndjson:14:' strict.1
for n in 2 4; do
    holds "strict: the message of 1 and $n" cmp strict.1 strict.$n
    holds "strict: what was kept of 1 and $n" cmp facts.1 facts.$n
done

gzip -c mixed.ndjson >whole.gz
head -c "$(($(wc -c <whole.gz) * 3 / 4))" whole.gz >cut.ndjson.gz
for n in 1 2; do
    cp -r k z$n
    expect "$n, a damaged archive" 3 "$CK" import z$n --threads $n cut.ndjson.gz
    cp last.err cut.$n
    facts z$n >facts.$n 2>&1
done
holds "damaged: the message" cmp cut.1 cut.2
holds "damaged: what was kept" cmp facts.1 facts.2

# interrupted while it reads: ends, keeps what was read, and goes on when run again
cp -r k i
mkfifo slow
{ cat mixed.ndjson; sleep 2; cat mixed.ndjson; } >slow 2>/dev/null &
feeder=$!
timeout --preserve-status -s INT 1 "$CK" import i --threads 2 - <slow >last.out 2>last.err
got=$?
kill $feeder 2>/dev/null
wait $feeder 2>/dev/null
same "interrupted" 130 "$got"
expect "interrupted: the keep checks" 0 "$CK" check i
"$CK" import i --threads 2 mixed.ndjson >/dev/null 2>&1
status=$?
holds "and goes on: 0, or 3 for bad lines it had not reached" test $status = 0 -o $status = 3
"$CK" sql i --format ndjson "SELECT count(*) AS n FROM access_log" >have
"$CK" sql k1 --format ndjson "SELECT count(*) AS n FROM access_log" >want
holds "to the same log as without" cmp want have

expect "no such number" 2 "$CK" import k --threads 0 mixed.ndjson
expect "nor such" 2 "$CK" import k --threads many mixed.ndjson
