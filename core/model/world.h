/* People, accounts and relations of a keep in memory, as the audit and the
 * retention engine read them. Indices are dense, from 0; merged and placeholder
 * entities are already resolved to one. All memory belongs to one arena. */
#ifndef CORE_MODEL_WORLD_H
#define CORE_MODEL_WORLD_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/civil.h"
#include "core/model/events.h"
#include "core/model/rows.h"
#include "core/model/source.h"
#include "core/model/vocab.h"

enum { KEEP_RELATION_ROW_BITS = 40 };

struct keep_patient {
    uint64_t entity;            /* id in the keep */
    bool known;                 /* false: only mentioned by others, no resource of its own */
    struct keep_str name;       /* "Family, Given" */
    struct keep_str mrn;
    struct keep_partial_date birth;
    enum keep_tristate deceased;
    keep_date death;            /* NONE: not recorded */
    enum keep_tristate confidential;
    uint32_t worker;            /* the same human in the workforce, or KEEP_ID_NONE */
    const uint64_t *alias;      /* entities of the other identities that are this patient, ascending */
    size_t aliases;
    enum keep_tristate test;    /* of no human, made for trials */
    uint64_t street_key[4];     /* as address_key, of the streets */
    uint64_t surname_key[4];    /* digests of folded family names, current and prior; 0 ends */
    uint64_t address_key[4];    /* digests of folded current addresses; 0 ends; none = unknown */
    char sex;                   /* 'F', 'M'; 0: not recorded, or another */
    uint8_t births, sexes;      /* different dates of birth, and sexes, that its sources tell */
    uint64_t labels;            /* bit i: label i of the policy holds on file (set by the caller) */
    uint64_t labels_unknown;    /* bit i: could not be told */
};

struct keep_interval {
    keep_time from, to; /* [from, to); NONE = open on that side (from) / still running (to) */
    bool end_known;
};

/* Where a worker was during one of the intervals; empty: not recorded. */
struct keep_post {
    struct keep_str department, role, unit;
};

struct keep_worker {
    uint64_t entity;
    bool known;
    struct keep_str name, number;          /* employee number, NPI … for display */
    struct keep_str department, role, unit;
    const struct keep_interval *affiliation;
    size_t affiliations;                   /* 0: nothing recorded */
    const struct keep_post *post;          /* one for each of them, or NULL */
    uint32_t patient;                      /* the same human as a patient, or KEEP_ID_NONE */
    uint32_t manager;
    uint64_t surname_key[4], address_key[4], phone_key[4], street_key[4];
    struct keep_partial_date birth;
};

struct keep_account {
    uint64_t entity;
    struct keep_str login;
    enum keep_account_kind kind;
    const struct keep_account_span {
        uint32_t worker;    /* KEEP_ID_NONE: says only what kind it was then */
        keep_time from, to;
    } *span;
    size_t spans;
    const uint8_t *span_kind; /* one for each of them, or NULL; enum keep_account_kind, UNMAPPED: as the account's */
};

/* There are more of these than of anything else, so they are small. */
struct keep_relation {
    uint64_t row : KEEP_RELATION_ROW_BITS; /* relation id in the keep: the evidence */
    uint64_t source : KEEP_SOURCE_BITS;
    uint64_t kind : 7;          /* enum keep_relation_kind */
    uint64_t open : 1;          /* no end yet */
    uint32_t patient, worker;   /* worker KEEP_ID_NONE: by department */
    uint32_t department;        /* term id, KEEP_ID_NONE */
    uint32_t author;            /* worker index, KEEP_ID_NONE unknown */
    keep_time from, to, recorded;
};
_Static_assert(KEEP_RELATION_COUNT <= 1 << 7, "kinds of relations are 7 bits");

/* Somebody whom a source names as a patient's contact. */
struct keep_contact {
    uint32_t patient;
    uint32_t worker, self;      /* the same human in the workforce, as a patient, when the source says so; KEEP_ID_NONE */
    struct keep_str code;       /* of the relationship; no name */
    struct keep_str words;      /* for it, as the source has them */
    keep_time from, to;         /* [from, to); NONE: not recorded */
    uint64_t surname_key[4], address_key[4], phone_key[4];
    uint32_t source;
};

struct keep_duty_span {
    uint32_t worker, unit;      /* unit: term id, KEEP_ID_NONE */
    uint8_t kind;               /* enum keep_duty */
    keep_time from, to;
    uint32_t source;
};

struct keep_training {
    uint32_t worker;
    struct keep_str course;
    keep_date completed, valid_until; /* NONE: not (yet), not recorded */
    uint32_t source;
};

/* An address that makes no household, with how many live there. Ordinary ones are not told. */
struct keep_dwelling {
    uint64_t key;               /* as address_key */
    uint32_t patients, workers;
    uint8_t institution;        /* enum keep_institution, KEEP_INSTITUTION_COUNT: not declared to be one */
    bool crowded;               /* so many share it that it looks like an institution's: a finding */
    bool confidential;          /* somebody's confidential address */
};

struct keep_facility {
    uint64_t entity;
    bool known;
    struct keep_str name, type, state; /* type, state empty = not recorded */
};

struct keep_encounter {
    uint64_t entity;
    uint32_t patient, facility;  /* KEEP_ID_NONE unknown */
    struct keep_str klass, status;
    keep_time start, end;
    keep_date start_date, end_date;
    uint32_t source;
};

/* An identity that is linked with a patient. */
struct keep_alias {
    uint64_t entity;
    uint32_t patient;
};

struct keep_world {
    struct keep_arena *arena;
    const struct keep_alias *alias; size_t aliases;      /* of all patients, ascending by entity */
    struct keep_patient *patient;   size_t patients;
    struct keep_worker *worker;     size_t workers;
    struct keep_account *account;   size_t accounts;
    struct keep_relation *relation; size_t relations;   /* sorted by (patient, from) */
    struct keep_facility *facility; size_t facilities;
    struct keep_encounter *encounter; size_t encounters; /* sorted by (patient, start) */
    struct keep_contact *contact;   size_t contacts;     /* sorted by patient */
    struct keep_duty_span *duty;    size_t duties;       /* sorted by (worker, from) */
    struct keep_training *training; size_t trainings;    /* sorted by (worker, course, completed) */
    struct keep_dwelling *dwelling; size_t dwellings;    /* sorted by key */
    struct keep_source *source;     size_t sources;
    const uint8_t *kind;            size_t entities;    /* of each entity of the keep when it was read: what it is, */
    const uint32_t *index;                              /* and its place in the array of its kind; NULL: not told */
    struct keep_str *term;          size_t terms;       /* dictionary: departments, units, places, record kinds, code systems */
    keep_time newest;               /* newest recorded time of any event, NONE when there is none */
};

/* surname_key, address_key and phone_key: first 8 bytes of a hash of the folded string, never 0. An address of use "work", "old", "billing" or "postal" is not where
 * somebody lives; one that is confidential, declared an institution's, or shared by more than ten people of the keep makes no household: no key. Nor is a
 * phone that more than ten share anybody's own, nor a contact's address where the patient lives confidentially. */

/* The one worker who holds the account (KEEP_ID_NONE: none is named) at an instant; KEEP_ID_NONE where nobody does, or more than one: who it was is then not known. A login outlives its mapping:
 * past the last one its only holder ever still stands behind it; before the first nobody does. held: does anybody hold it at that instant? May be NULL. */
uint32_t keep_world_holder(const struct keep_world *w, uint32_t account, keep_time at, bool *held);

/* Index of the first contact, encounter or relation of a patient, or duty or training of a worker; or where it would stand. */
size_t keep_world_contacts(const struct keep_world *w, uint32_t patient);
size_t keep_world_encounters(const struct keep_world *w, uint32_t patient);
size_t keep_world_relations(const struct keep_world *w, uint32_t patient);
size_t keep_world_duties(const struct keep_world *w, uint32_t worker);
size_t keep_world_trainings(const struct keep_world *w, uint32_t worker);

#endif
