/* The tables of both databases.
 *
 * records.db is append-only: a change is a new row with a higher id or version.
 * Two exceptions: an erased record's or patient's rows go in the transaction
 * that erases, and small log segments leave when a larger one that holds their
 * events is written. Every row that matters has its leaf in the ledger; the
 * column "leaf" points to it and is never itself part of the leaf.
 *
 *   term         dictionary of words that identify nobody: departments, units, workstations, record kinds, code systems
 *   source       where facts come from; declaration: each version of what its steward states of it
 *   file         an input file by name; taken: sizes and digests of files that were taken in whole
 *   entity       an id for each patient, worker, …, record; it stays when what it named is erased. key: the first half of the hash of the identifier that it
 *                was made for, 0 when that is erased
 *   entity_key   keyed hash of an identifier -> entity; entity_more: the others of an entity's identifiers; both many to a row (core/store/sorted.h)
 *   entity_bare  64-bit keyed hash of a worker's identifier without its system
 *   link         two entities that turned out to be one
 *   unlink       a link that people found wrong: it ties nothing from then on, and no repetition of what made it brings it back
 *   moved        a record or a visit that stood in the wrong chart: "was" is whose its rows say it is, and the move holds while they say so
 *   alike        two patients that a source says may be one: for people to decide, merged by nothing here
 *   detail       versions of people, accounts, facilities, locations as one source tells them; a patient's body is sealed under the patient's key,
 *                and so are a patient's contacts, rows of that patient's
 *   encounter, relation   dated facts in columns. Relations are the most of all rows, so theirs have no hashes: source, kind, patient, worker, department,
 *                encounter and start are a relation's slot, the rest is what it says; prior: the row of the same slot that one supersedes
 *   relation_visit, version_visit   which relations and records tell of a visit, or of another entity that a record is itself the record of: asked when
 *                visits are erased or moved, so many to a row (core/store/sorted.h)
 *   fact         what was planned for a worker, what a worker was trained in, whose an address is
 *   version      versions of records: what statements look for in columns, what else rules read in "stated" (core/store/stated.h); names and places under the
 *                record's key, in "sealed", or with the payload when that is one chunk and no custodian or locator is among them: then "sealed" is empty
 *   payload      sealed chunks of a version's bytes, ids running from version.payload (core/store/payload.h)
 *   segment      the access log: columns, duplicate hashes, and what the log said beyond columns, sealed under the period's key
 *   run          the events of one import batch in one period: what a leaf of the log covers
 *   packed       a cache: relations and encounters in columns (packed.h)
 *   carried      what an audit left for the next: a cache too (carried.h)
 *   case_file, case_find, case_step, case_text   cases of the audit (casebook.c)
 *   gone         leaves whose rows were erased, and with whose key: what `check` asks the table "erased" for
 *
 * Ids 0 in a reference column mean "none"; an absent date or time is the
 * number of KEEP_DATE_NONE or KEEP_TIME_NONE, so that a row's canonical form
 * has no third case. */
#include "core/store/inside.h"
#include "core/store/schema_base.h"

const char keep_schema_records[] =
    KEEP_SCHEMA_BASE
    "CREATE TABLE term(id INTEGER PRIMARY KEY, text TEXT NOT NULL, leaf INTEGER NOT NULL) STRICT;"
    "CREATE TABLE source(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, leaf INTEGER NOT NULL) STRICT;"
    "CREATE TABLE declaration(id INTEGER PRIMARY KEY, source INTEGER NOT NULL, body BLOB NOT NULL, leaf INTEGER NOT NULL) STRICT;"
    "CREATE TABLE file(id INTEGER PRIMARY KEY, source INTEGER NOT NULL, name TEXT NOT NULL) STRICT;"
    "CREATE TABLE taken(source INTEGER NOT NULL, size INTEGER NOT NULL, digest BLOB NOT NULL, PRIMARY KEY(source, size, digest)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE entity(id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, key INTEGER NOT NULL) STRICT;"
    "CREATE TABLE entity_key(id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;"
    "CREATE TABLE entity_more(id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;"
    "CREATE TABLE entity_bare(entity INTEGER NOT NULL, bare INTEGER NOT NULL, PRIMARY KEY(entity, bare)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE link(id INTEGER PRIMARY KEY, a INTEGER NOT NULL, b INTEGER NOT NULL, leaf INTEGER NOT NULL) STRICT;"
    "CREATE INDEX link_a ON link(a, b);"
    "CREATE INDEX link_b ON link(b);"
    "CREATE TABLE unlink(id INTEGER PRIMARY KEY, link INTEGER NOT NULL UNIQUE, leaf INTEGER NOT NULL) STRICT;"
    "CREATE TABLE moved(id INTEGER PRIMARY KEY, entity INTEGER NOT NULL, was INTEGER NOT NULL, patient INTEGER NOT NULL, leaf INTEGER NOT NULL) STRICT;"
    "CREATE INDEX moved_entity ON moved(entity);"
    "CREATE INDEX moved_patient ON moved(patient);"
    "CREATE TABLE alike(id INTEGER PRIMARY KEY, a INTEGER NOT NULL, b INTEGER NOT NULL, kind INTEGER NOT NULL, source INTEGER NOT NULL,"
    " file INTEGER NOT NULL, line INTEGER NOT NULL, leaf INTEGER NOT NULL) STRICT;"
    "CREATE INDEX alike_a ON alike(a, b);"
    "CREATE TABLE detail(id INTEGER PRIMARY KEY, entity INTEGER NOT NULL, kind INTEGER NOT NULL, source INTEGER NOT NULL,"
    " slot BLOB NOT NULL, digest BLOB NOT NULL, body BLOB NOT NULL, file INTEGER NOT NULL, line INTEGER NOT NULL, leaf INTEGER NOT NULL) STRICT;"
    "CREATE INDEX detail_slot ON detail(slot);"
    "CREATE INDEX detail_entity ON detail(entity);"
    "CREATE TABLE encounter(id INTEGER PRIMARY KEY, entity INTEGER NOT NULL, source INTEGER NOT NULL, slot BLOB NOT NULL, digest BLOB NOT NULL,"
    " patient INTEGER NOT NULL, facility INTEGER NOT NULL, location INTEGER NOT NULL, class TEXT NOT NULL, status TEXT NOT NULL,"
    " start INTEGER NOT NULL, end INTEGER NOT NULL, start_date INTEGER NOT NULL, end_date INTEGER NOT NULL,"
    " file INTEGER NOT NULL, line INTEGER NOT NULL, leaf INTEGER NOT NULL) STRICT;"
    "CREATE INDEX encounter_slot ON encounter(slot);"
    "CREATE INDEX encounter_entity ON encounter(entity);"
    "CREATE INDEX encounter_patient ON encounter(patient);"
    "CREATE TABLE relation(id INTEGER PRIMARY KEY, source INTEGER NOT NULL, kind INTEGER NOT NULL,"
    " patient INTEGER NOT NULL, worker INTEGER NOT NULL, department INTEGER NOT NULL, encounter INTEGER NOT NULL,"
    " start INTEGER NOT NULL, end INTEGER NOT NULL, open INTEGER NOT NULL, recorded INTEGER NOT NULL, author INTEGER NOT NULL, prior INTEGER NOT NULL,"
    " file INTEGER NOT NULL, line INTEGER NOT NULL, leaf INTEGER NOT NULL) STRICT;"
    "CREATE INDEX relation_prior ON relation(prior) WHERE prior > 0;"
    "CREATE INDEX relation_patient ON relation(patient, start);"
    "CREATE TABLE fact(id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, entity INTEGER NOT NULL, source INTEGER NOT NULL,"
    " slot BLOB NOT NULL, digest BLOB NOT NULL, body BLOB NOT NULL, file INTEGER NOT NULL, line INTEGER NOT NULL, leaf INTEGER NOT NULL) STRICT;"
    "CREATE INDEX fact_slot ON fact(slot);"
    "CREATE TABLE version(record INTEGER NOT NULL, version INTEGER NOT NULL, source INTEGER NOT NULL, kind INTEGER NOT NULL,"
    " patient INTEGER NOT NULL, encounter INTEGER NOT NULL, self INTEGER NOT NULL, size INTEGER NOT NULL, payload INTEGER NOT NULL,"
    " stated BLOB NOT NULL, sealed BLOB NOT NULL, leaf INTEGER NOT NULL,"
    " PRIMARY KEY(record, version)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE relation_visit(id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;"
    "CREATE TABLE version_visit(id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;"
    "CREATE TABLE payload(id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;"
    "CREATE TABLE segment(id INTEGER PRIMARY KEY, source INTEGER NOT NULL, period INTEGER NOT NULL, n INTEGER NOT NULL,"
    " first INTEGER NOT NULL, last INTEGER NOT NULL, oldest INTEGER NOT NULL, newest INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL, columns BLOB NOT NULL, hashes BLOB NOT NULL, detail BLOB NOT NULL) STRICT;"
    "CREATE INDEX segment_period ON segment(source, period);"
    "CREATE TABLE run(id INTEGER PRIMARY KEY, source INTEGER NOT NULL, period INTEGER NOT NULL, n INTEGER NOT NULL,"
    " first INTEGER NOT NULL, last INTEGER NOT NULL, leaf INTEGER NOT NULL) STRICT;"
    "CREATE INDEX run_period ON run(source, period);"
    "CREATE TABLE quarantine(id INTEGER PRIMARY KEY, source INTEGER NOT NULL, file INTEGER NOT NULL, line INTEGER NOT NULL, at INTEGER NOT NULL,"
    " reason TEXT NOT NULL, size INTEGER NOT NULL, digest BLOB NOT NULL UNIQUE, sealed BLOB NOT NULL, leaf INTEGER NOT NULL) STRICT;"
    "CREATE TABLE note(id INTEGER PRIMARY KEY, source INTEGER NOT NULL, kind INTEGER NOT NULL, digest BLOB NOT NULL UNIQUE, body BLOB NOT NULL,"
    " file INTEGER NOT NULL, line INTEGER NOT NULL, leaf INTEGER NOT NULL) STRICT;"
    "CREATE TABLE set_state(id INTEGER PRIMARY KEY, set_id BLOB NOT NULL, keep_until INTEGER NOT NULL, kind INTEGER NOT NULL, status INTEGER NOT NULL,"
    " rule TEXT NOT NULL, package TEXT NOT NULL, at INTEGER NOT NULL, leaf INTEGER NOT NULL) STRICT;"
    "CREATE INDEX set_state_set ON set_state(set_id);"
    "CREATE TABLE case_file(id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE, rule TEXT NOT NULL, kind INTEGER NOT NULL, user INTEGER NOT NULL,"
    " patient INTEGER NOT NULL, at INTEGER NOT NULL, leaf INTEGER NOT NULL) STRICT;"
    "CREATE TABLE case_find(id INTEGER PRIMARY KEY, file INTEGER NOT NULL, at INTEGER NOT NULL, as_of INTEGER NOT NULL, severity INTEGER NOT NULL, score INTEGER NOT NULL, weight INTEGER NOT NULL,"
    " account INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, events BLOB NOT NULL, title TEXT NOT NULL, authority TEXT NOT NULL, evidence TEXT NOT NULL,"
    " reason TEXT NOT NULL, missing TEXT NOT NULL, digest BLOB NOT NULL, text INTEGER NOT NULL, leaf INTEGER NOT NULL) STRICT;"
    "CREATE INDEX case_find_file ON case_find(file, id);"
    "CREATE TABLE case_step(id INTEGER PRIMARY KEY, file INTEGER NOT NULL, at INTEGER NOT NULL, kind INTEGER NOT NULL, status INTEGER NOT NULL, who TEXT NOT NULL,"
    " about TEXT NOT NULL, act INTEGER NOT NULL, text INTEGER NOT NULL, leaf INTEGER NOT NULL) STRICT;"
    "CREATE INDEX case_step_file ON case_step(file);"
    "CREATE TABLE case_text(id INTEGER PRIMARY KEY, file INTEGER NOT NULL, kind INTEGER NOT NULL, owner INTEGER NOT NULL, sealed BLOB NOT NULL, leaf INTEGER NOT NULL) STRICT;"
    "CREATE INDEX case_text_owner ON case_text(kind, owner);"
    "CREATE TABLE gone(leaf INTEGER PRIMARY KEY, kind INTEGER NOT NULL, owner INTEGER NOT NULL) STRICT;"
    "CREATE TABLE packed(kind INTEGER NOT NULL, part INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY(kind, part)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE carried(id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;";

const char keep_schema_ring[] = KEEP_SCHEMA_RING;
