// node duck.mjs FOLDER: loads FOLDER/*.csv into native tables of a DuckDB of its own with two threads, runs duck.sql, and prints "time SECONDS CPU_SECONDS" of what
// stands before its line "-- stop", "load SECONDS" and "rule NAME COUNT DIGEST" of its last statement. The package is looked for from the folder this is run in.
// DUCK_STEPS=1 tells the time of each statement.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const { DuckDBInstance } = createRequire(join(process.cwd(), 'here.js'))('@duckdb/node-api');
const dir = process.argv[2];
const tables = {
    event: 'id BIGINT, time BIGINT, account INTEGER, patient INTEGER, place INTEGER, action TINYINT, exposure TINYINT, outcome TINYINT, break_glass TINYINT, reason SMALLINT',
    account: 'id INTEGER, worker INTEGER, kind TINYINT',
    worker: 'id INTEGER, department INTEGER, role VARCHAR, patient INTEGER',
    employed: 'worker INTEGER, since BIGINT, until BIGINT',
    worker_key: 'worker INTEGER, kind VARCHAR, key UBIGINT',
    duty: 'worker INTEGER, unit INTEGER, kind TINYINT, since BIGINT, until BIGINT',
    patient: 'id INTEGER, worker INTEGER, birth INTEGER, death INTEGER, test TINYINT',
    patient_key: 'patient INTEGER, kind VARCHAR, key UBIGINT',
    patient_label: 'patient INTEGER, label VARCHAR',
    contact: 'id INTEGER, patient INTEGER, worker INTEGER, self INTEGER, code VARCHAR, words VARCHAR, since BIGINT, until BIGINT',
    contact_key: 'contact INTEGER, kind VARCHAR, key UBIGINT',
    relation: 'patient INTEGER, worker INTEGER, department INTEGER, author INTEGER, kind TINYINT, since BIGINT, until BIGINT, recorded BIGINT',
    encounter: 'patient INTEGER, since BIGINT, until BIGINT, was BOOLEAN',
    keep: 'zone VARCHAR',
    term: 'id INTEGER, text VARCHAR',
};
const db = await DuckDBInstance.create(join(dir, 'duck.db'), { threads: '2', preserve_insertion_order: 'false' });
const c = await db.connect();
let t = performance.now();
for (const [name, columns] of Object.entries(tables)) {
    await c.run(`CREATE TABLE ${name}(${columns})`);
    await c.run(`COPY ${name} FROM '${join(dir, name + '.csv')}' (FORMAT csv, HEADER false, NULLSTR '', QUOTE '"', ESCAPE '"', AUTO_DETECT false)`);
}
await c.run('CHECKPOINT');
console.log(`load ${(performance.now() - t) / 1000}`);

const statements = (sql) => sql.replace(/^--.*$/gm, '').split(';').map((s) => s.trim()).filter((s) => s);
const [timed, behind] = readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'duck.sql'), 'utf8').split(/^-- stop$/m).map(statements);
const cpu = process.cpuUsage();
t = performance.now();
for (const s of timed) {
    const from = performance.now(), before = process.cpuUsage();
    await c.run(s);
    const step = process.cpuUsage(before);
    if (process.env.DUCK_STEPS) console.error(`${((performance.now() - from) / 1000).toFixed(2)} s ${((step.user + step.system) / 1e6).toFixed(2)} cpu  ${s.slice(0, 50).replace(/\n/g, ' ')}`);
}
const used = process.cpuUsage(cpu);
console.log(`time ${(performance.now() - t) / 1000} ${(used.user + used.system) / 1e6}`);
for (const s of behind.slice(0, -1)) await c.run(s);
const rows = await (await c.runAndReadAll(behind.at(-1))).getRows();
for (const [rule, n, digest] of rows) console.log(`rule ${rule} ${n} ${digest}`);
