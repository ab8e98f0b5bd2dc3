# Two sets of packs beside each other, and what they would move in a keep: nothing is stored, nobody is named.
. "$(dirname "$0")/lib.sh"

pack() { # TITLE YEARS WEIGHT EXTRA
    cat <<X
pack "house" { version "$1" language 1 }
retention "r" { title "R" jurisdiction US status law checked date("2026-01-02") source "s" when set.series == "medical record"
  keep $2 years after set.last("service_date")
  cite "c" explain "{set.last(\"service_date\")}" }
access "print" { title "Printed" severity low weight $3 when event.action == "print"
  authority "house" threshold "t" state house_policy checked date("2026-01-02") source "s" explain "x" }
$4
X
}
pack 1 7 10 >a.policy
pack 2 10 20 'access "view" { title "Viewed" severity low weight 5 when event.action == "view" authority "house" threshold "t" state house_policy checked date("2026-01-02") source "s" explain "x" }' >b.policy
expect "a pack and itself" 0 "$CK" policy diff a.policy a.policy
expect "written otherwise it is the same" 0 sh -c "cp a.policy f.policy && '$CK' policy fmt f.policy >/dev/null && '$CK' policy diff a.policy f.policy"
expect "two packs" 1 "$CK" policy diff a.policy b.policy --format ndjson
same "by rule and clause" 'changed access print weight weight 10|weight 20
added access view  null|null
changed pack house version version "1"|version "2"
changed retention r keep keep 7 years after set.last("service_date")|keep 10 years after set.last("service_date")' \
    "$(jq -r '"\(.change) \(.kind) \(.id) \(.clause) \(if .before == "" then null else .before end)|\(if .after == "" then null else .after end)"' last.out)"
expect "the other way" 1 "$CK" policy diff b.policy a.policy --format ndjson
same "what was added is removed" removed "$(jq -r 'select(.id == "view") | .change' last.out)"
sed 's/keep 7 years/kepe 7 years/' a.policy >broken.policy
expect "a broken one" 2 "$CK" policy diff a.policy broken.policy

small_export
new_keep
import_export
printf 'event_time,user_id,patient_id,action\n2024-02-01T16:30:00Z,drjub,new,View\n2024-03-01T12:00:00Z,drjub,old,Printed\n' >log.csv
"$CK" import k --policy "$TOP/policies/maps.policy" --source log log.csv >/dev/null 2>&1
head=$("$CK" ledger head k)
expect "tried on a keep" 1 "$CK" policy diff a.policy b.policy --keep k --as-of 2026-11-21 --format ndjson
cp last.out moved
same "record sets move later" 'set later medical record 2008-03-09 by r 2011-03-09 by r
set later medical record 2031-02-01 by r 2034-02-01 by r
set later patient identity 2008-03-09 by r 2011-03-09 by r
set later patient identity 2031-02-01 by r 2034-02-01 by r' "$(jq -r 'select(.what == "set") | "\(.what) \(.change) \(.kind) \(.before) \(.after)"' moved | sort)"
same "a case weighs otherwise, one comes" 'case added view
case another score print' "$(jq -r 'select(.what == "case") | "\(.what) \(.change) \(.kind)"' moved | grep -v unexplained | sort)"
holds "with counts" grep -q 'record sets: .*; 4 later' last.err
holds "and verdicts" grep -q 'accesses: .*flagged 1 to 2' last.err
"$CK" retention k --policy b.policy --as-of 2026-11-21 --format ndjson >r.out 2>/dev/null
same "ids are those of retention" "" "$(jq -r 'select(.what == "set") | .id' moved | while read -r id; do grep -q "$(echo "$id" | cut -c1-12)" r.out || echo "$id"; done)"
expect "the other way they move earlier" 1 "$CK" policy diff b.policy a.policy --keep k --as-of 2026-11-21
holds "as is said" grep -q '; 4 earlier' last.err
same "nothing was stored" "$head" "$("$CK" ledger head k)"
same "nobody is named" "" "$(cat last.out last.err moved | grep -oE 'Zyxwvutton|Abigail|Vorpalhand|MRNQ7700|Jubjubson|drjub' | sort -u)"
expect "no keep there" 10 "$CK" policy diff a.policy b.policy --keep nowhere

# exceptions and reviews: what is excepted, from which rule, and until when
review='review "alike" { title "A" over patient queue "HIM" severity low when patient.alike > 0 authority "a" threshold "t" state house_policy checked date("2026-01-02") source "s" explain "e" }'
except() { # RULE DAY
    printf 'exception "ward" for "%s" { when event.action == "print" || event.action == "view" until date("%s") owner "o" reason "r" }\n' "$1" "$2"
}
{ cat b.policy; except print 2024-01-01; echo "$review"; } >c.policy
{ cat b.policy; except view 2026-06-30; echo "$review" | sed 's/alike > 0/alike > 1/'; } >d.policy
expect "an exception and a review come" 1 "$CK" policy diff b.policy c.policy --format ndjson
same "each as one row" 'added exception ward
added review alike' "$(jq -r '"\(.change) \(.kind) \(.id)"' last.out)"
expect "written otherwise they are the same" 0 sh -c "cp d.policy f.policy && '$CK' policy fmt f.policy >/dev/null && '$CK' policy diff d.policy f.policy"
expect "they change" 1 "$CK" policy diff c.policy d.policy --format ndjson
same "the rule it is for is told like a clause" 'changed exception ward for for "print"|for "view"
changed exception ward until until date("2024-01-01")|until date("2026-06-30")
changed review alike when when patient.alike > 0|when patient.alike > 1' "$(jq -r '"\(.change) \(.kind) \(.id) \(.clause) \(.before)|\(.after)"' last.out)"
expect "on a keep, where it has run out before" 1 "$CK" policy diff b.policy c.policy --keep k --as-of 2026-11-21 --format ndjson
same "it moves nothing" "" "$(jq -r 'select(.what == "case") | .change' last.out)"
expect "on a keep, where it is in force" 1 "$CK" policy diff b.policy d.policy --keep k --as-of 2026-11-21 --format ndjson
same "it takes a case away" "case removed view" "$(jq -r 'select(.what == "case" and .kind != "unexplained") | "\(.what) \(.change) \(.kind)"' last.out)"
