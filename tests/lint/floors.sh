#!/bin/sh
# A file includes only floors below its own, or its own folder; three libraries
# have one folder each that may include them; only cmd prints; basenames are unique.
set -eu
cd "$(dirname "$0")/../.."
bad=0
say() { echo "$1"; bad=1; }

floor() {
    case $1 in
    core/base) echo 0 ;;
    core/text|core/crypto|core/stream|core/model) echo 1 ;;
    core/store|core/ingest|core/policy|core/report) echo 2 ;;
    core/audit|core/retention|core/review|core/bag|core/demo) echo 3 ;;
    core/work) echo 4 ;;
    cmd) echo 5 ;;
    *) echo "" ;;
    esac
}

for f in $(find core cmd -name '*.[ch]'); do
    own=$(dirname "$f")
    n=$(floor "$own")
    [ -n "$n" ] || { say "$f: in no floor"; continue; }
    for i in $(sed -n 's/^#include "\([^"]*\)".*/\1/p' "$f"); do
        to=$(dirname "$i")
        [ "$to" = "$own" ] && continue
        m=$(floor "$to")
        [ -n "$m" ] || { say "$f: includes \"$i\": rooted includes of core/ or cmd/ only"; continue; }
        [ "$m" -lt "$n" ] || say "$f (floor $n) includes $i (floor $m)"
    done
    case $f in core/crypto/*) ;; *) grep -nE '#include <(sodium|openssl/)' "$f" /dev/null && say "$f: only core/crypto includes sodium and openssl" ;; esac
    case $f in core/stream/*) ;; *) grep -nE '#include <(archive|zstd)' "$f" /dev/null && say "$f: only core/stream includes archive and zstd" ;; esac
    case $f in core/store/*) ;; *) grep -nE '#include <sqlite3' "$f" /dev/null && say "$f: only core/store includes sqlite3" ;; esac
    case $f in core/*) grep -nE '(^|[^a-z_])(printf|puts|putchar|fputs|perror|exit|getenv|time|gettimeofday|clock_gettime) ?\(' "$f" /dev/null | grep -vE '^[^:]*:[0-9]+: *(\*|/\*|//)' && say "$f: only cmd prints, exits, reads the clock or the environment" ;; esac
done
dup=$(find core cmd -name '*.c' -exec basename {} \; | sort | uniq -d)
[ -z "$dup" ] || say "basenames that stand twice: $dup"
[ "$bad" = 0 ] && echo "floors: ok"
exit "$bad"
