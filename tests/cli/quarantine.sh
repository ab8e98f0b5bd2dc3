# quarantine: what could not be read is listed, shown to an officer, and read again once it can be.
. "$(dirname "$0")/lib.sh"
new_keep || echo "not ok a keep"
cat >old.policy <<'X'
pack "maps" { version "1" language 1 }
map "log" { into events column event_id from "id" column time from "when" column account from "who" column patient_id from "whom" }
X
sed 's/from "when"/from "when" format "%m\/%d\/%Y %H:%M"/' old.policy >new.policy
cat >log.csv <<'X'
id,when,who,whom
1,2026-03-01T10:00:00Z,u1,Zyxwvutton
2,03/01/2026 11:00,u1,Zyxwvutton
3,nonsense,u1,Zyxwvutton
X
expect "an import with lines that nobody can read" 3 "$CK" import k --source access log.csv --policy old.policy
expect "they are listed" 0 "$CK" quarantine list k --format csv
same "with their lines" "3 4" "$(tail -n +2 last.out | cut -d, -f5 | tr -d '\r' | tr '\n' ' ' | sed 's/ $//')"
grep -q Zyxwvutton last.out && echo "not ok the list shows what is in them" || echo "ok the list shows nothing of what is in them"
expect "nobody sees one without a key" 6 "$CK" quarantine show k 2
expect "an officer does" 0 "$CK" quarantine show k 2 --officer-key him.key
holds "its bytes" grep -q '^3,nonsense,u1,Zyxwvutton' last.out
same "and that is in the ledger" 1 "$("$CK" ledger list k | grep -c '"kind":"reveal"')"
age-keygen -o lab.identity 2>/dev/null
lab=$(sed -n 's/^# public key: //p' lab.identity)
expect "nobody exports without a key" 6 "$CK" quarantine export k --to "$lab" --output lab.age
[ -e lab.age ] && echo "not ok a file is there" || echo "ok no file then"
n=$("$CK" ledger list k --format ndjson | wc -l)
expect "nor where there is no place" 3 "$CK" quarantine export k --to "$lab" --output nowhere/lab.age --officer-key him.key
same "and then nothing is recorded as shown" "$n" "$("$CK" ledger list k --format ndjson | wc -l)"
expect "an officer exports for one recipient" 0 "$CK" quarantine export k --to "$lab" --output lab.age --officer-key him.key
same "who opens it with stock age" "2 3,nonsense,u1,Zyxwvutton" "$(age -d -i lab.identity lab.age | wc -l) $(age -d -i lab.identity lab.age | sed -n 's/.*"bytes":"\([^"]*\)".*/\1/p' | tail -1 | base64 -d)"
same "that is recorded too" 2 "$("$CK" ledger list k | grep -c '"kind":"reveal"')"
expect "not for what is no recipient" 3 "$CK" quarantine export k --to nobody --output x.age --officer-key him.key
expect "a better map alone knows no header" 0 "$CK" quarantine retry k --policy new.policy
holds "so both stay" grep -q '^2 items read again: 0 taken in, 2 still' last.out
expect "with the header" 0 "$CK" quarantine retry k --policy new.policy --header log.csv
holds "one is taken in" grep -q '^2 items read again: 1 taken in, 1 still' last.out
same "it is in the log" '"events":2' "$("$CK" status k --format json | grep -o '"events":[0-9]*')"
same "and out of quarantine" '"quarantined":1' "$("$CK" status k --format json | grep -o '"quarantined":[0-9]*')"
same "by an entry of the ledger" 1 "$("$CK" ledger list k | grep -c '"kind":"quarantine"')"
expect "again there is nothing more" 0 "$CK" quarantine retry k --policy new.policy --header log.csv
same "nothing is written for that" 1 "$("$CK" ledger list k | grep -c '"kind":"quarantine"')"
same "the other one is listed still" 1 "$("$CK" quarantine list k --format ndjson | wc -l)"
expect "a header that is not there" 3 "$CK" quarantine retry k --header absent
expect "the keep is whole" 0 "$CK" check k
