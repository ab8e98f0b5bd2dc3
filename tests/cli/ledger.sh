#!/bin/sh
# Goal: the ledger is listed in every format, computed again against its own head
# and one kept elsewhere, and proven to whoever has the keep's public key.
. "$(dirname "$0")/lib.sh"

new_keep
small_export
import_export
"$CK" ledger head k >head1
n1=$("$CK" ledger list k | wc -l)
"$CK" hold place k M-1 --all >/dev/null
"$CK" hold place k M-2 --all >/dev/null
n2=$("$CK" ledger list k | wc -l)
same "two holds are two entries" $((n1 + 2)) "$n2"

same "json counts them" "$n2" "$("$CK" ledger list k --format json | tr , '\n' | grep -c '"root"')"
same "ndjson too" "$n2" "$("$CK" ledger list k --format ndjson | wc -l)"
same "csv has a header more" $((n2 + 1)) "$("$CK" ledger list k --format csv | tr -d '\r' | grep -c .)"
expect "as a table" 0 "$CK" ledger list k --format table
expect "to a file" 0 "$CK" ledger list k --format ndjson --output rows
same "which is whole" "$n2" "$(wc -l <rows)"
expect "bytes have no --output" 2 "$CK" ledger list k --output rows2

expect "verify" 0 "$CK" ledger verify k
expect "verify against an earlier head" 0 "$CK" ledger verify k --head head1
same "which it names" 1 "$("$CK" ledger verify k --head head1 --format ndjson | grep -c 'earlier head.*passed')"
sed 's/^[0-9][0-9]*$/1/' head1 >head_bad
expect "a head that was changed" 4 "$CK" ledger verify k --head head_bad
cp -r k older
"$CK" hold place k M-3 --all >/dev/null
"$CK" ledger head k >head2
expect "a keep put back old, against the newer head" 4 "$CK" ledger verify older --head head2
same "says that it is older" 1 "$("$CK" ledger verify older --head head2 --format ndjson 2>/dev/null | grep -c 'older than its own history')"
"$CK" hold place older M-4 --all >/dev/null
expect "a history that went another way" 4 "$CK" ledger verify older --head head2
same "says that it was rewritten" 1 "$("$CK" ledger verify older --head head2 --format ndjson 2>/dev/null | grep -c 'was rewritten')"

expect "prove an entry" 0 "$CK" ledger prove k 2
same "as a tlog-proof" "c2sp.org/tlog-proof@v1" "$("$CK" ledger prove k 2 | head -1)"
same "of at most 2 KiB" 1 "$([ "$("$CK" ledger prove k 2 | wc -c)" -le 2048 ] && echo 1)"
"$CK" ledger prove k 2 | sed -n 's/^extra //p' | base64 -d >entry
same "with the entry's own bytes" "$("$CK" ledger list k | sed -n 3p)" "$(cat entry)"
expect "prove growth" 0 "$CK" ledger prove k --from "$n1"
same "from there" "old $n1" "$("$CK" ledger prove k --from "$n1" | head -1)"
"$CK" ledger prove k --from "$n1" | sed '1,/^$/d' >signed
holds "to the signed head" cmp signed head2
expect "no such entry" 3 "$CK" ledger prove k 9999
expect "no such beginning" 3 "$CK" ledger prove k --from 9999
expect "neither" 2 "$CK" ledger prove k
expect "both" 2 "$CK" ledger prove k 1 --from 1
expect "not a number" 2 "$CK" ledger prove k one

# The consistency proof checked by another program: RFC 9162 section 2.1.4.2 in python, when there is one.
if command -v python3 >/dev/null; then
    "$CK" ledger prove k --from "$n1" >growth
    python3 - head1 growth <<'X'
import sys, hashlib, base64
node = lambda l, r: hashlib.sha256(b"\1" + l + r).digest()
old = open(sys.argv[1]).read().split("\n")
text = open(sys.argv[2]).read()
body, head = text.split("\n\n", 1)
lines, head = body.split("\n"), head.split("\n")
proof = [base64.b64decode(x) for x in lines[1:]]
m, n = int(lines[0].split()[1]), int(head[1])
assert int(old[1]) == m
rm, rn = base64.b64decode(old[2]), base64.b64decode(head[2])
path = ([rm] if m & (m - 1) == 0 else []) + proof
fn, sn = m - 1, n - 1
while fn & 1: fn >>= 1; sn >>= 1
fr = sr = path[0]
for c in path[1:]:
    assert sn
    if fn & 1 or fn == sn:
        fr, sr = node(c, fr), node(c, sr)
        while fn and not fn & 1: fn >>= 1; sn >>= 1
    else: sr = node(sr, c)
    fn >>= 1; sn >>= 1
assert (fr, sr, sn) == (rm, rn, 0)
X
    same "which python agrees to" 0 $?
else
    echo "ok which python agrees to (no python here: C checks it in store/test_ledger)"
fi
