#!/bin/sh
# Goal: questions in SQL are answered from the views in every format, people are masked,
# and nothing else of the keep, of SQLite or of the machine can be reached.
. "$(dirname "$0")/lib.sh"

new_keep
small_export
import_export
sql() { "$CK" sql k "$@"; }

same "patients are counted" '{"schema_version":1,"n":2}' "$(sql 'SELECT count(*) AS n FROM patients' --format ndjson)"
same "from standard input" '{"schema_version":1,"n":2}' "$(echo 'SELECT count(*) AS n FROM patients;' | sql --format ndjson)"
for v in patients workers accounts affiliations assignments duties trainings addresses facilities encounters relations records sets sources access_log ledger acts; do
    expect "view $v" 0 sql "SELECT * FROM $v"
    "$CK" sql --help | grep -q "^  $v(" || echo "not ok help names $v"
    have=$(sql "SELECT * FROM $v" --format csv | head -1 | tr -d '\r' | cut -d, -f2-)
    said=$("$CK" sql --help | tr '\n' ' ' | sed "s/.*  $v(\([^)]*\)).*/\1/" | tr -d ' ')
    same "help has the columns of $v" "$have" "$said"
done
expect "as json" 0 sql 'SELECT kind, count(*) FROM records GROUP BY 1 ORDER BY 2 DESC' --format json
expect "as a table in a file" 0 sql 'SELECT * FROM ledger' --output t
holds "which is there" test -s t
same "numbers are numbers, nothing is null" '{"schema_version":1,"a":1,"b":1.5,"c":null,"d":"x"}' "$(sql "SELECT 1 AS a, 1.5 AS b, NULL AS c, 'x' AS d" --format ndjson)"

p=$(sql "SELECT patient FROM patients WHERE birth_year = 1930" --format csv | tail -1 | tr -d '\r' | cut -d, -f2)
same "a mask looks like one" 1 "$(echo "$p" | grep -cE '^patient-[0-9a-z]{8}$')"
same "it finds its patient" 1 "$(sql "SELECT * FROM patients WHERE patient = '$p'" --format ndjson | wc -l)"
same "and joins" 1 "$(sql "SELECT e.encounter FROM patients p JOIN encounters e ON e.patient = p.patient WHERE p.patient = '$p'" --format ndjson | wc -l)"
same "stays the same" "$p" "$(sql "SELECT patient FROM patients WHERE birth_year = 1930" --format csv | tail -1 | tr -d '\r' | cut -d, -f2)"
words='Zyxwvutton|Abigail|Quibblesnark|MRNQ|Vorpalhand|Benedict|Frumious|Jubjubson|Slithypneumonia|brillig|1930-02|1985-07'
for v in patients workers accounts affiliations assignments duties trainings addresses facilities encounters relations records sets sources access_log ledger acts; do
    sql "SELECT * FROM $v" --format ndjson
done | grep -cE "$words" >named
same "no view names anybody" 0 "$(cat named)"

refused() { expect "refused: $1" 2 sql "$1"; }
refused "SELECT * FROM sqlite_master"
refused "SELECT * FROM sqlite_schema"
refused "SELECT * FROM version"
refused "SELECT * FROM main.detail"
refused "WITH patients AS (SELECT * FROM version) SELECT * FROM patients"
refused "WITH patients AS (SELECT * FROM sqlite_master) SELECT * FROM patients"
refused "SELECT typeof((SELECT body FROM detail))"
refused "SELECT * FROM pragma_database_list"
refused "SELECT * FROM pragma_table_info('patients')"
refused "SELECT * FROM json_each('[1]')"
refused "SELECT count(*) FROM sqlite_master"
refused "SELECT count(*) FROM pragma_table_list"
refused "SELECT count(*) FROM json_each('[1]')"
refused "SELECT count(*) FROM dbstat"
refused "SELECT count(*) FROM version"
refused "SELECT json('{}')"
refused "SELECT load_extension('x')"
refused "SELECT readfile('/etc/passwd')"
refused "SELECT randomblob(10)"
refused "SELECT zeroblob(1000000000)"
refused "SELECT printf('%.*c', 100000000, 'x')"
refused "SELECT sqlite_version()"
refused "PRAGMA database_list"
refused "ATTACH 'file:/etc/passwd?mode=ro' AS x"
refused "ATTACH ':memory:' AS x"
refused "VACUUM INTO 'copy'"
refused "CREATE TABLE x(y)"
refused "CREATE TEMP VIEW v AS SELECT 1"
refused "CREATE VIRTUAL TABLE x USING patients"
refused "INSERT INTO patients VALUES(1)"
refused "DELETE FROM acts"
refused "UPDATE ledger SET kind = 'x'"
refused "DROP TABLE patients"
refused "BEGIN"
refused "SAVEPOINT x"
refused "ANALYZE"
refused "REINDEX"
refused "SELECT 1; SELECT 2"
refused "SELECT 1; DROP TABLE x"
refused "SELECT ?1"
refused "SELECT * FROM access_log('x')"
refused ""
refused "-- nothing"
refused "SELECT"
holds "and no copy was made" test ! -e copy
expect "a runaway is stopped by its steps" 3 sql "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r" --steps 1000000
expect "or by time" 3 sql "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r" --timeout 1
expect "a value that grows is stopped by its size" 3 sql "WITH RECURSIVE r(s) AS (SELECT 'xxxxxxxx' UNION ALL SELECT s || s FROM r) SELECT max(length(s)) FROM r"
expect "the keep is whole afterwards" 0 "$CK" check k
