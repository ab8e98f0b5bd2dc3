# Mistakes of a pack as rows for an editor: the same places as in words, the same status, also where the mistake stands inside a text.
. "$(dirname "$0")/lib.sh"

cat >bad.policy <<'X'
pack "p" { version "1" language 1 }
access "a" {
  title "T" severity high weight 10 when user.nmae == "x"
  authority "A" threshold "t" state in_force checked date("2026-01-02") source "s"
  explain "{user.name} and {patient.nmae} – {event.tiem}"
}
X
expect "errors end with 2" 2 "$CK" policy check bad.policy
same "each at its place" "bad.policy:3:47 bad.policy:5:37 bad.policy:5:52" "$(sed -n 's/^\(bad.policy:[0-9]*:[0-9]*\): error.*/\1/p' last.err | paste -sd' ')"
expect "as lines too" 2 "$CK" policy check bad.policy --format ndjson
same "with the same places" "3:47 5:37 5:52" "$(jq -r 'select(.severity == "error") | "\(.line):\(.column)"' last.out | paste -sd' ')"
same "and suggestions" 'did you mean `name`?' "$(jq -r 'select(.line == 3) | .help' last.out)"
same "the source line is there" '  title "T" severity high weight 10 when user.nmae == "x"' "$(jq -r 'select(.line == 3) | .source' last.out)"
same "nothing but the count beside them" "chartkeep: the policy has 3 errors" "$(cat last.err)"
expect "json is one document" 2 "$CK" policy check bad.policy --format json --output out.json
same "with a schema version" "1 4" "$(jq -r '"\(.schema_version) \(.diagnostics | length)"' out.json)"
expect "a sound folder" 0 "$CK" policy check "$TOP/policies" --format json
same "has no errors" 0 "$(jq '[.diagnostics[] | select(.severity == "error")] | length' last.out)"
expect "in words" 0 "$CK" policy check "$TOP/policies"
same "a warning of many places is explained three times" 3 "$(grep -c '^  hint: read the text and write checked' last.err)"
holds "and told at each" test "$(grep -c '^.*policy:[0-9]*:[0-9]*: warning: nobody has checked this against its source$' last.err)" -gt 100
expect "no such file is another error" 3 "$CK" policy check nowhere.policy --format json
same "and no rows" "" "$(cat last.out)"

# Warnings leave room for errors; what is not shown is counted.
{ echo 'pack "p" { version "1" language 1 }'; seq 1200 | sed 's/.*/label "l&" { title "t" authority "a" checked "unverified" when set.records > 0 }/'; } >slips.policy
expect "slips and warnings without number" 2 "$CK" policy check slips.policy
same "a thousand errors are shown" 1000 "$(grep -c "slips.policy:[0-9]*:[0-9]*: error:" last.err)"
same "and the others counted" 1 "$(grep -c "^[0-9]* more are not shown" last.err)"
{ seq 1200 | sed 's/.*/label "l&" { title "t" authority "a" checked "unverified" when record.kind == "x" }/'; echo 'label "m" { title "t" authority "a" checked "unverified" when record.kid == "x" }'; } >>warned.policy
sed -i '1i pack "p" { version "1" language 1 }' warned.policy
expect "an error behind a thousand warnings" 2 "$CK" policy check warned.policy
same "is shown" 1 "$(grep -c "warned.policy:1202:[0-9]*: error:" last.err)"

# What would nest or grow without end stops at a limit, with its place, whatever it is made of.
limit() { # NAME PLACE TEXT
    { printf 'pack "p" { version "1" language 1 }\nlabel "l" { title "t" authority "a" checked date("2026-01-02") source "s"\nwhen '; cat; printf '\n}\n'; } >big.policy
    expect "$1" 2 "$CK" policy check big.policy
    if grep -q "^big.policy:$2: error: .*$3" last.err; then echo "ok $1, at its place"; else echo "not ok $1, at its place: $(grep -m1 error last.err | cut -c1-200)"; fi
}
many() { head -c "$2" /dev/zero | sed "s/\x00/$1/g"; }
many '(' 1000000 | limit "a million parentheses" 3:126 "nested too deeply"
many '[' 1000000 | limit "a million brackets" 3:126 "nested too deeply"
many '!' 1000000 | limit "a million times not" 3:125 "nested too deeply"
many '{1:' 300000 | limit "deep maps" '3:[0-9]*' "nested too deeply"
many 'true?true:' 100000 | limit "deep conditions" '3:[0-9]*' "nested too deeply"
many 'size(' 200000 | limit "deep calls" '3:[0-9]*' "nested too deeply"
{ printf x; many '.x' 400000; } | limit "a long path" '3:[0-9]*' "nested too deeply"
{ printf 1; many '+1' 400000; } | limit "a long sum" '3:[0-9]*' "nested too deeply"
{ printf '1 in [1'; many ',1' 100000; printf ']'; } | limit "a long list" '3:[0-9]*' "at most 65536"
many ', ' 1100000 | limit "a million commas" '3:[0-9]*' "at most 1048576"
head -c 5000000 /dev/zero | tr '\0' ' ' | limit "too many bytes" 1:1 "at most 4 MiB"
{ echo 'pack "p" { version "1" language 1 }'; seq 20000 | sed 's/.*/map "m&" { into events column time from "t" column account from "a" column patient_id from "p" column action from "c" }/'; } >big.policy
expect "too many blocks" 2 "$CK" policy check big.policy
same "are told once, at the first that is one too many" "big.policy:16382:5" "$(sed -n 's/^\(big.policy:[0-9]*:[0-9]*\): error: all packs together.*/\1/p' last.err)"

# a folder's packs are files; an operand may be a pipe
mkdir odd && cp "$TOP/policies/explanations.policy" odd/ && mkfifo odd/pipe.policy
expect "a pipe among a folder's packs" 3 timeout 10 "$CK" policy check odd
holds "is named" grep -q 'odd/pipe.policy: not a regular file' last.err
rm odd/pipe.policy && ln -s /dev/zero odd/device.policy
expect "a device likewise" 3 timeout 10 "$CK" policy check odd
rm odd/device.policy && mkdir odd/folder.policy
expect "a folder likewise" 3 timeout 10 "$CK" policy check odd
rmdir odd/folder.policy && ln -s "$TOP/policies/maps.policy" odd/link.policy
expect "a link to a file is one" 0 timeout 10 "$CK" policy check odd
mkfifo pipe && { cat odd/explanations.policy >pipe & } && expect "a pipe that is named is read" 0 timeout 10 "$CK" policy check pipe "$TOP/policies/maps.policy"

# the day on which a text was read
cat >read.policy <<'X'
pack "p" { version "1" language 1 }
explanation "old" { title "t" when event.searched missing "m" authority "a" checked date("1999-12-31") source "s" }
explanation "ahead" { title "t" when event.searched missing "m" authority "a" checked date("2999-12-31") source "s" }
X
expect "read long ago, or in days to come" 0 "$CK" policy check read.policy
same "is warned of at its place" 'read.policy:2:85: warning: this was read more than 3 years ago
read.policy:3:87: warning: this day lies ahead: nobody has read anything then' "$(grep -E 'read (more|anything)' last.err)"
expect "by another day" 0 "$CK" policy check read.policy --as-of 2000-01-01
same "the one is fresh" 0 "$(grep -c 'read more' last.err)"
