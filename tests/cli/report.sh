# report: figures with their formulas, and a page to print that fetches nothing.
. "$(dirname "$0")/lib.sh"
new_keep
small_export
import_export
printf 'event_time,user_id,patient_id,action\n2024-02-01T16:30:00Z,drjub,new,View\n2024-03-01T12:00:00Z,drjub,old,Printed\n2024-03-02T12:00:00Z,drjub,new,View\n' >log.csv
import_log "$TOP/policies"
expect "before any adoption" 6 "$CK" report k --figures
expect "a trial" 0 "$CK" report k --figures --policy "$TOP/policies" --format html
holds "says on the page that it is one" grep -q 'A trial' last.out
adopt
"$CK" audit k --fail-on none >/dev/null 2>&1
case=$("$CK" case list k --format ndjson 2>/dev/null | sed -n '1s/.*"case":"\([0-9a-f]*\)".*/\1/p')
"$CK" case assign k "$case" --to asmith --by privacy >/dev/null 2>&1
expect "under adopted rules" 0 "$CK" report k --figures --format ndjson
holds "accesses by month" grep -q '"figure":"accesses","period":"2024-03","key":null,"value":2,"unit":"accesses"' last.out
holds "the expected share with what it is made of" grep -q '"figure":"expected share","period":"2024-02","key":null,"value":1.0000,"unit":"share","numerator":1,"denominator":1' last.out
same "cases by rule and status add up to those on file" "$("$CK" case list k --format ndjson 2>/dev/null | grep -c .)" "$(sed -n 's/.*"figure":"cases by status".*"value":\([0-9]*\).*/\1/p' last.out | paste -sd+ | bc)"
same "days to a first review" 1 "$(grep -c '"figure":"days to review"' last.out)"
same "no decision yet" 0 "$(grep -c '"figure":"days to decision"' last.out)"
same "sets add up to those of retention" "$("$CK" retention k --format ndjson 2>/dev/null | grep -c .)" "$(sed -n 's/.*"figure":"record sets".*"value":\([0-9]*\).*/\1/p' last.out | paste -sd+ | bc)"
holds "each with its formula" grep -q '"figure":"accesses".*"formula":"rows of the access logs' last.out
cat last.out >everything
expect "only one month" 0 "$CK" report k --from 2024-03-01 --to 2024-03-31 --format ndjson
same "has only its accesses" 1 "$(grep -c '"figure":"accesses"' last.out)"
expect "as a page" 0 "$CK" report k --figures --format html --output page.html
same "no script and nothing fetched" "" "$(grep -oiE '<script|src=|href=|url\(|@import' page.html)"
holds "it forbids both" grep -q "default-src 'none'" page.html
holds "with a drawing" grep -q '<svg ' page.html
cat page.html >>everything
expect "a table for a spreadsheet" 0 "$CK" report k --format csv
cat last.out >>everything
grep -qE 'Zyxwvutton|Vorpalhand|Jubjubson|MRNQ|drjub' everything && echo "not ok somebody shows" || echo "ok nobody shows in it"
expect "listings are pages too" 0 "$CK" audit k --fail-on none --format html
holds "with a table" grep -q '<th scope="col">rule</th>' last.out
expect "from after to" 2 "$CK" report k --from 2024-04-01 --to 2024-03-01
