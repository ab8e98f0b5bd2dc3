/* Records and record sets as the retention engine reads them. */
#ifndef CORE_MODEL_RECORDS_H
#define CORE_MODEL_RECORDS_H

#include "core/model/rows.h"
#include "core/model/world.h"

struct keep_code_ref {
    uint32_t system; /* term id of the system's short name */
    struct keep_str code;
};

struct keep_record {
    uint64_t id;                 /* record id in the keep */
    uint32_t version;            /* latest version, from 1 */
    uint32_t kind;               /* term id: resource type or record class */
    uint32_t source;             /* source id */
    uint32_t patient;            /* world index; KEEP_ID_NONE about no patient */
    uint32_t facility;           /* its own, its encounter's, or its source's; KEEP_ID_NONE */
    uint32_t encounter;          /* world index; KEEP_ID_NONE */
    bool encounter_missing;      /* it names one that is not on file */
    keep_date service_first, service_last, created;
    const struct keep_dated *day; /* the other days on file, each kind once */
    size_t days;
    uint32_t signer;             /* world index of the worker; KEEP_ID_NONE: not recorded */
    size_t amendments;           /* earlier records that it replaces or adds to */
    size_t amends_unknown;       /* of these, those that the keep has no version of */
    const struct keep_code_ref *code;
    size_t codes;
    struct keep_str status;
    enum keep_custody custody;   /* own, else its source's */
    struct keep_str custodian, locator;
    struct keep_str media_type;  /* of the payload */
    uint64_t size;               /* payload bytes; 0 for an index entry */
    uint8_t digest[32];          /* BLAKE2b-256 of the payload */
    uint8_t leaf[32];            /* leaf of the latest version in the ledger */
    bool destroyed;
};

/* A pass over the latest versions of all records, in (patient, id) order, those about no patient last; by id alone where a source says so. */
struct keep_record_scan {
    void *ctx;
    int (*next)(void *ctx, struct keep_record *out, struct keep_err *err); /* 1, 0, <0; strings live until the next call */
};

struct keep_expr; /* core/policy: a compiled condition */

/* A hold: stops disposal, not the clock. */
struct keep_hold {
    uint64_t id;
    struct keep_str matter;
    uint32_t patient;      /* KEEP_ID_NONE: all */
    struct keep_str series; /* empty: all */
    struct keep_str where;  /* a condition on what it covers; empty: none. What it cannot be told of is covered. */
    const struct keep_expr *when; /* it compiled; NULL of a condition: it no longer can be, so that nothing is left out */
    bool of_record;         /* asked of each record; else of the set */
    keep_time placed, effective_from, released; /* released NONE: in force */
    uint64_t carries;      /* the hold that it carries on for part of its patient, and with which it ends; 0 none */
};

/* Which packs this hospital applies. */
struct keep_adoption {
    uint64_t id;
    struct keep_str pack, version;
    uint8_t digest[32];    /* BLAKE2b-256 of the pack's bytes */
    struct keep_str text;  /* the pack's bytes */
    keep_date adopted, review_by;
    struct keep_str signers; /* "him, legal" */
    const struct keep_str *confirmed; /* ids of unverified rules that the hospital confirmed, naming the text it read */
    size_t confirmations;
};

/* One record set's stored state, keyed by its identity digest. */
struct keep_set_state {
    uint8_t set[16];
    keep_date keep_until;
    enum keep_until_kind kind;
    enum keep_set_status status; /* ARCHIVED, DESTROYED, or KEPT; ORDERED is told by the orders on file and never stored */
    struct keep_str rule;
    struct keep_str package;     /* when archived */
    keep_time at;                /* when this was stored; ignored when it is put */
};

#endif
