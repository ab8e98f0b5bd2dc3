# Packs written the one way: in place and with their permissions, once and for all, and meaning what they meant.
. "$(dirname "$0")/lib.sh"

expect "the shipped packs are written so" 0 "$CK" policy fmt --check "$TOP/policies"
mkdir p && cp "$TOP"/policies/*.policy p/
# as a hand might leave them: blanks gone wild, lines joined
for f in p/*.policy; do sed -i 's/^  /\t/; s/ && /   \&\& /g; s/  *$/  /; s/^}$/}\n\n\n/' "$f"; done
chmod 640 p/labels.policy
expect "what would change is told" 1 "$CK" policy fmt --check p
same "for every file" "$(ls p/*.policy)" "$(cat last.out)"
before=$(cat p/* | sha512sum)
same "and nothing is written" "$(cat p/* | sha512sum)" "$before"
"$CK" policy test p >tests.before
expect "they are written" 0 "$CK" policy fmt p
same "the permissions stay" 640 "$(stat -c %a p/labels.policy)"
expect "a second time nothing changes" 0 "$CK" policy fmt p
same "and nothing is named" "" "$(cat last.out)"
expect "nothing is left to change" 0 "$CK" policy fmt --check p
"$CK" policy test p >tests.after
same "the tests say what they said" "$(cat tests.before)" "$(cat tests.after)"
for f in p/*.policy; do
    a=$(tr -d ' \t\n' <"$TOP/policies/${f#p/}") b=$(tr -d ' \t\n' <"$f")
    [ "$a" = "$b" ] || echo "$f"
done >bad
same "nothing but blanks changed" "" "$(cat bad)"

printf 'pack "a" { version "1" language 1 }\nlabel "l" { whne true }\n' >p/broken.policy
printf 'pack   "z" {version "1" language 1}\n' >p/z.policy
expect "broken syntax is an error" 2 "$CK" policy fmt p
same "with its place" "p/broken.policy:2:13" "$(sed -n 's/^\(p[^ ]*\): error.*/\1/p' last.err | head -1)"
same "the file stays as it is" 'label "l" { whne true }' "$(tail -1 p/broken.policy)"
same "the others are written" 'pack "z" {' "$(head -1 p/z.policy)"
chmod 555 p
if [ "$(id -u)" != 0 ]; then
    printf 'pack   "y" {version "1" language 1}\n' >y.policy
    expect "a folder that cannot be written" 3 "$CK" policy fmt p/z.policy
fi
chmod 755 p

cat >x.policy <<'X'
pack "p" { version "1" language 1 }
// the privacy office asked
exception   "triage"  for "late"{ when user.unit=="ED"   until date( "2027-01-01" ) // a year
owner "o" reason "r" }
review "alike" {over   patient title "A" queue "HIM" when patient.alike>0 }
X
cat >want <<'X'
pack "p" {
  version "1"
  language 1
}
// the privacy office asked
exception "triage" for "late" {
  when user.unit == "ED"
  until date("2027-01-01")  // a year
  owner "o"
  reason "r"
}
review "alike" {
  over patient
  title "A"
  queue "HIM"
  when patient.alike > 0
}
X
ln -s x.policy link.policy
expect "behind a link" 0 "$CK" policy fmt link.policy
holds "the link stays" test -L link.policy
rm link.policy
expect "exceptions and reviews likewise" 0 "$CK" policy fmt x.policy
same "with their comments" "$(cat want)" "$(cat x.policy)"
expect "once" 0 "$CK" policy fmt --check x.policy
