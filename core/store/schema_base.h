/* The tables that the disk side of the store keeps for itself, as strings that
 * schema.c puts in front of its own. */
#ifndef CORE_STORE_SCHEMA_BASE_H
#define CORE_STORE_SCHEMA_BASE_H

#define KEEP_LEAF_RUN 124 /* so that a row fills one page and no more */
/* In a statement: the hash of the leaf of that number (an expression with no l of its own), of no bytes when there is none; and the number of the last leaf. */
#define KEEP_LEAF_HASH(number) "(SELECT substr(l.hashes, 32 * (" number " - l.id) + 1, 32) FROM leaf l WHERE l.id <= " number " ORDER BY l.id DESC LIMIT 1)"
#define KEEP_LEAF_LAST "(SELECT id + length(hashes) / 32 - 1 FROM leaf ORDER BY id DESC LIMIT 1)"

/* records.db
 * meta    name, value: "store" (16 bytes), "format"
 * ledger  one row an entry: its exact bytes and the right edge of the tree behind it (popcount(id + 1) hashes)
 * leaf    every leaf ever written, in order; never deleted. An entry's leaves are first .. first + n - 1. A row: id, the number of its first leaf, and up
 *         to KEEP_LEAF_RUN hashes of one entry, 32 bytes each
 * act     what people and the program decided
 * erased  owners whose key is gone and whose destruction is in the ledger; the indices by leaf tell what an entry covers (annex.h)
 * present a cache: who stands in a log segment, by kind (present.h) */
#define KEEP_SCHEMA_BASE                                                                                                            \
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;\n"                                                  \
    "CREATE TABLE ledger(id INTEGER PRIMARY KEY, entry BLOB NOT NULL, edge BLOB NOT NULL, first INTEGER NOT NULL, n INTEGER NOT NULL) STRICT;\n" \
    "CREATE TABLE leaf(id INTEGER PRIMARY KEY, hashes BLOB NOT NULL) STRICT;\n"                                                     \
    "CREATE TABLE act(id INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject BLOB NOT NULL, body BLOB NOT NULL, signature BLOB NOT NULL, " \
    "role BLOB NOT NULL, at INTEGER NOT NULL, leaf INTEGER NOT NULL) STRICT;\n"                                                     \
    "CREATE INDEX act_kind ON act(kind, id);\n"                                                                                     \
    "CREATE INDEX act_leaf ON act(leaf);\n"                                                                                         \
    "CREATE TABLE erased(kind INTEGER NOT NULL, owner INTEGER NOT NULL, intent INTEGER NOT NULL, at INTEGER NOT NULL, "             \
    "leaf INTEGER NOT NULL, PRIMARY KEY(kind, owner)) STRICT, WITHOUT ROWID;\n"                                                      \
    "CREATE INDEX erased_leaf ON erased(leaf);\n"                                                                                   \
    "CREATE TABLE present(kind INTEGER NOT NULL, segment INTEGER NOT NULL, ids BLOB NOT NULL, PRIMARY KEY(kind, segment)) STRICT, WITHOUT ROWID;\n"

/* keyring.db
 * meta  "store" (16 bytes), "generation" (counts commits that changed this file)
 * ring  the keys; generation: the one of the commit that made the key
 * fresh keys of records that imports made, many to a row (fresh.h), until one of them goes or the file is rewritten
 * tomb  what was destroyed: under which intent, when, on which plan (digest), and of which record set */
#define KEEP_SCHEMA_RING                                                                                                            \
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;\n"                                                  \
    "CREATE TABLE ring(kind INTEGER NOT NULL, owner INTEGER NOT NULL, key BLOB NOT NULL, generation INTEGER NOT NULL, "             \
    "PRIMARY KEY(kind, owner)) STRICT, WITHOUT ROWID;\n"                                                                            \
    "CREATE TABLE fresh(id INTEGER PRIMARY KEY, generation INTEGER NOT NULL, body BLOB NOT NULL) STRICT;\n"                         \
    "CREATE TABLE tomb(kind INTEGER NOT NULL, owner INTEGER NOT NULL, intent INTEGER NOT NULL, at INTEGER NOT NULL, "               \
    "plan BLOB NOT NULL, record_set BLOB NOT NULL, PRIMARY KEY(kind, owner)) STRICT, WITHOUT ROWID;\n"

#endif
