// node duck.mjs FOLDER: loads FOLDER/*.csv into native tables of a DuckDB of its own with two threads, runs duck.sql, and prints
// "time SECONDS CPU_SECONDS", "load SECONDS" and "rule NAME COUNT DIGEST". The package is looked for from the folder this is run in.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const { DuckDBInstance } = createRequire(join(process.cwd(), 'here.js'))('@duckdb/node-api');
const dir = process.argv[2];
const tables = {
    event: 'id BIGINT, time BIGINT, account INTEGER, patient INTEGER, exposure TINYINT, break_glass TINYINT, reason SMALLINT',
    account: 'id INTEGER, worker INTEGER',
    worker: 'id INTEGER, department INTEGER, hired BIGINT, gone BIGINT',
    patient: 'id INTEGER, worker INTEGER',
    worker_address: 'worker INTEGER, key UBIGINT',
    patient_address: 'patient INTEGER, key UBIGINT',
    relation: 'id INTEGER, patient INTEGER, worker INTEGER, department INTEGER, author INTEGER, kind TINYINT, since BIGINT, until BIGINT, recorded BIGINT',
    encounter: 'patient INTEGER, since BIGINT, until BIGINT',
};
const db = await DuckDBInstance.create(join(dir, 'duck.db'), { threads: '2' });
const c = await db.connect();
let t = performance.now();
for (const [name, columns] of Object.entries(tables)) {
    await c.run(`CREATE TABLE ${name}(${columns})`);
    await c.run(`COPY ${name} FROM '${join(dir, name + '.csv')}' (HEADER false, NULLSTR '')`);
}
await c.run('CHECKPOINT');
console.log(`load ${(performance.now() - t) / 1000}`);
const sql = readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'duck.sql'), 'utf8').replace(/^--.*$/gm, '');
const statements = sql.split(';').map((s) => s.trim()).filter((s) => s);
const cpu = process.cpuUsage();
t = performance.now();
for (const s of statements.slice(0, -1)) {
    const from = performance.now();
    await c.run(s);
    if (process.env.DUCK_STEPS) console.error(`${((performance.now() - from) / 1000).toFixed(2)} s  ${s.slice(0, 50).replace(/\n/g, ' ')}`);
}
const rows = await (await c.runAndReadAll(statements.at(-1))).getRows();
const used = process.cpuUsage(cpu);
console.log(`time ${(performance.now() - t) / 1000} ${(used.user + used.system) / 1e6}`);
for (const [rule, n, digest] of rows) console.log(`rule ${rule} ${n} ${digest}`);
