#!/bin/sh
# Goal: a certificate of destruction says what was done and what can still open it; the backup it
# names does open it until it is expired, and then a closing certificate says so.
. "$(dirname "$0")/lib.sh"

new_keep
small_export
import_export
adopt
"$CK" key show k >keep.pub
day=$(date -d '+90 days' +%F)
"$CK" backup k b1 --backup-key-out k1 --destroy-by "$day" >one.txt 2>/dev/null
"$CK" backup k b2 --backup-key-out k2 --destroy-by "$day" >two.txt 2>/dev/null
one=$(sed 's/backup \([0-9a-f]*\) .*/\1/' one.txt) two=$(sed 's/backup \([0-9a-f]*\) .*/\1/' two.txt)
"$CK" plan k --output p >/dev/null
"$CK" approve k p --officer-key him.key >/dev/null
"$CK" approve k p --officer-key legal.key >/dev/null
"$CK" archive k p --output out >/dev/null 2>&1
record=$("$CK" sql b1 'SELECT record FROM records WHERE kind = '"'Condition'" --format csv --key-file k1 2>/dev/null | tail -1 | cut -d, -f2 | tr -d '\r')
expect "dispose" 0 "$CK" dispose k p --officer-key him.key

c=p.certificate.json
says() { same "$1" 1 "$(grep -cF "$2" "$c")"; }
says "the facility" '"facility":"Prairie General Hospital"'
says "the years" '"from_year":2001,"to_year":2001'
says "the date" "\"date_of_destruction\":\"$(date +%F)\""
says "who did it" '"performed_by":"him"'
says "that nothing is left here" '"keys_searched_for":3,'
says "and how that was seen" '"result":"no destroyed key is left"'
says "the first backup" "\"backup\":\"$one\""
says "the second" "\"backup\":\"$two\""
says "that copies of the key are there" '{"condition":"all copies of the key are gone","state":"not met"'
says "that nobody knows of others" '"other_copies":{"state":"unknown'
says "so that erasure is not established" '"cryptographic_erase":"not established'
says "that it is open" '"standing":"open:'
same "no more than the law wants is promised" 0 "$(grep -ciE 'fips|safe harbor' "$c")"

expect "the keep has it no more" 0 "$CK" sql k "SELECT count(*) FROM records WHERE record = $record" --format csv
same "not one" 0 "$(tail -1 last.out | cut -d, -f2 | tr -d '\r')"
expect "the backup has" 0 "$CK" sql b1 "SELECT count(*) FROM records WHERE record = $record" --format csv --key-file k1
same "it" 1 "$(tail -1 last.out | cut -d, -f2 | tr -d '\r')"
expect "and opens every record that it holds" 0 "$CK" check b1 --key-file k1
expect "the keep's own key does not open the backup" 12 "$CK" check b1

expect "the first backup is expired" 0 "$CK" backup expire k "$one" --officer-key him.key
same "and closes nothing" 0 "$(ls | grep -c closing)"
same "for another is open" 1 "$(grep -c 'waits for other' last.err)"
expect "the last is expired" 0 "$CK" backup expire k "$two" --officer-key legal.key
holds "a closing certificate is there and signed by the keep" minisign -Vqm "$two.closing.json" -p keep.pub
same "it names the certificate" 1 "$(grep -c "$(sed 's/.*"number":"\(CD-[0-9]*\)".*/"number":"\1"/' $c)" "$two.closing.json")"
same "both backups" 2 "$(grep -oE "$one|$two" "$two.closing.json" | sort -u | wc -l)"
same "and whose word it is" 2 "$(grep -oE '"signed_by":"(him|legal)"' "$two.closing.json" | sort -u | wc -l)"
rm k1 k2 # as both officers stated
expect "nobody opens the backups any more" 12 "$CK" check b1
expect "neither of them" 12 "$CK" check b2
cp "$two.closing.json" then && rm "$two.closing.json"
expect "expired again it is written again" 0 "$CK" backup expire k "$two" --officer-key legal.key
holds "the same" cmp then "$two.closing.json"
expect "one that closed nothing is none" 2 "$CK" backup expire k "$one" --officer-key legal.key
expect "check" 0 "$CK" check k
