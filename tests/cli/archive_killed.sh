# Goal: killed, or failed by the disk, at any writing call of an archive of several packages with threads, no set counts as archived that is not in packages
# that verify; run again it goes on, and ends with each record sealed once.
. "$(dirname "$0")/lib.sh"

before_archive

reset() { rm -rf t o && cp -r before t; }
look() {
    archived_whole o --max-records 1 --threads 2
    [ "$(ls o/*.tar | wc -l)" = 3 ] || wrong "packages: $(ls o)"
    [ -z "$(ls o | grep -v '\.tar$\|\.tsq$')" ] || wrong "left behind: $(ls o)"
    [ "$("$CK" retention t --all --format ndjson 2>/dev/null | grep -c '"status":"archived"')" = 1 ] || wrong "the set is not archived"
}
torment "archive in parts" 3 reset look "$CK" archive t p --output o --max-records 1 --threads 2
