#!/bin/sh
# Words that a half-done piece leaves behind, and trailing blanks.
set -eu
cd "$(dirname "$0")/../.."
bad=0
if grep -rnIE '\<(TODO|FIXME|XXX)\>' core cmd policies Makefile README.md SECURITY.md; then bad=1; fi
if grep -rnIE ' +$' --include='*.[ch]' core cmd tests 2>/dev/null; then bad=1; fi
[ "$bad" = 0 ] && echo "words: ok"
exit "$bad"
