# Goal: killed, or failed by the disk, at any writing call of an archive of several packages with threads, no set counts as archived that is not in packages
# that verify; run again it goes on, and ends with each record sealed once.
. "$(dirname "$0")/lib.sh"

approved_plan
"$CK" key show k >keep.pub
cp -r k before
whole=$(count k records)

reset() { rm -rf t o && cp -r before t; }
look() {
    checks t after
    [ "$(count t records)" = "$whole" ] || wrong "lost records"
    "$CK" archive t p --output o --max-records 1 --threads 2 >again.txt 2>&1 || wrong "run again: $(cat again.txt)"
    [ "$(ls o/*.tar | wc -l)" = 3 ] || wrong "packages: $(ls o)"
    [ -z "$(ls o | grep -v '\.tar$\|\.tsq$')" ] || wrong "left behind: $(ls o)"
    for f in o/*.tar; do
        "$CK" verify "$f" --pubkey keep.pub >v.txt 2>&1 || wrong "$f does not verify"
    done
    [ "$("$CK" retention t --all --format ndjson 2>/dev/null | grep -c '"status":"archived"')" = 1 ] || wrong "the set is not archived"
}
torment "archive in parts" 3 reset look "$CK" archive t p --output o --max-records 1 --threads 2
