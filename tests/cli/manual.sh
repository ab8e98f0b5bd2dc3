# The manual's pages, made from the tables that parse: a page a verb, every option on it, every example a call that would be taken.
. "$(dirname "$0")/lib.sh"

expect "the pages are written" 0 "$CK" manual write man
"$CK" --help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p' | sort -u >verbs
while read -r v; do
    [ -s "man/chartkeep-$v.1" ] || echo "no page of $v"
    # every option that --help shows is on it
    "$CK" --help | sed -n "s/^  $v\( [a-z][a-z-]*\)\{0,1\} .*/\1/p" | sort -u | while read -r action; do
        # shellcheck disable=SC2086
        { "$CK" $v $action --help 2>/dev/null || "$CK" $v --help; } | sed -n 's/^  --\([a-z][a-z-]*\).*/\1/p'
    done | sort -u | while read -r o; do
        grep -q "^\.It Fl -$o\b" "man/chartkeep-$v.1" || echo "--$o is not on the page of $v"
    done
    grep -q "^\.Xr chartkeep-$v 1" man/chartkeep.1 || echo "chartkeep(1) does not name $v"
done <verbs >bad
same "every verb has a page with all of its options" "" "$(cat bad)"
same "there are as many pages as verbs, and two more" "$(($(wc -l <verbs) + 2))" "$(ls man | wc -l)"
holds "the language has its page" grep -q '^\.Dt CHARTKEEP-POLICY 5' man/chartkeep-policy.5

# Each example as a shell would take it, with a program that parses and does not run.
bin=$WORK/bin
mkdir "$bin" && printf '#!/bin/sh\nexec "%s" manual parse -- "$@"\n' "$CK" >"$bin/chartkeep" && chmod +x "$bin/chartkeep"
"$CK" manual examples >examples
same "there are examples" yes "$([ "$(wc -l <examples)" -gt 40 ] && echo yes)"
mkdir run && : | gzip >run/log.csv.gz
while IFS= read -r line; do
    (cd run && PATH=$bin:$PATH sh -c "$line" >/dev/null 2>../why) || echo "$line: $(cat why)"
done <examples >bad
same "every example is a call that would be taken" "" "$(cat bad)"
expect "a wrong one is told" 2 "$CK" manual parse -- status k --fromat json
expect "so is no verb" 2 "$CK" manual parse -- nonsense
expect "many thousand files are a call like another" 0 "$CK" manual parse -- import k $(seq 30000)
"$CK" manual examples --pack >example.policy
expect "the pack of the manual holds" 0 "$CK" policy test example.policy
SOURCE_DATE_EPOCH=86400 "$CK" manual write a >/dev/null && SOURCE_DATE_EPOCH=86400 "$CK" manual write b >/dev/null
holds "the same pages from the same source" diff -r a b
holds "with the day they are told" grep -q '^\.Dd January 2, 1970' a/chartkeep.1
if command -v mandoc >/dev/null; then
    mandoc -Tlint -W warning man/* >lint 2>&1 || true
    same "mandoc finds nothing" "" "$(cat lint)"
fi
if command -v groff >/dev/null; then
    for f in man/*; do groff -mdoc -ww -Tutf8 -z "$f"; done >lint 2>&1 || true
    same "groff finds nothing" "" "$(cat lint)"
fi
