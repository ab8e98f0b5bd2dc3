/* Bodies of table detail: what one source tells of a person, account, facility
 * or location, as bytes and back. Also the body of a source's declaration and
 * of a record's sealed part. Inside core/store only. */
#ifndef CORE_STORE_DETAIL_H
#define CORE_STORE_DETAIL_H

#include "core/base/arena.h"
#include "core/model/rows.h"
#include "core/model/source.h"
#include "core/store/entity.h"

/* A reader of the forms that keep_buf_* write. After a read past the end ok stays false and reads give zeros. */
struct keep_detail_reader {
    struct keep_str left;
    bool ok;
};
uint8_t keep_detail_u8(struct keep_detail_reader *r);
uint32_t keep_detail_u32(struct keep_detail_reader *r);
uint64_t keep_detail_u64(struct keep_detail_reader *r);
struct keep_str keep_detail_bytes(struct keep_detail_reader *r); /* points into the body */

/* One of whom a statement names, references as entities. */
struct keep_detail_contact {
    struct keep_str code, relationship;
    struct keep_human human;
    keep_time from, to;
    uint64_t worker, patient;
};

/* All of them decoded; which members hold depends on the kind. Strings point into the body. */
struct keep_detail {
    struct keep_str hashes; /* the entity's keys, KEEP_ENTITY_HASH bytes each */
    struct keep_human human;
    enum keep_tristate deceased, confidential, test, ended_known;
    keep_time death_time, from, to;
    struct keep_partial_date death;
    struct keep_str department, role, unit, login, name, type, state;
    enum keep_account_kind account_kind;
    uint64_t worker, patient, manager, owner; /* owner: a facility's parent, a location's facility */
    const struct keep_detail_contact *contact;
    size_t contacts;
};

/* What a body is sealed as under the key of its entity, which is a patient; NULL: it is not. */
static inline const char *keep_detail_sealed(enum keep_entity kind)
{
    return kind == KEEP_ENTITY_PATIENT ? "patient" : kind == KEEP_ENTITY_CONTACT ? "contact" : NULL;
}

/* Each appends a body; references are given as entities. */
void keep_detail_put_patient(struct keep_buf *b, const struct keep_row_patient *r, struct keep_str hashes, uint64_t worker);
void keep_detail_put_worker(struct keep_buf *b, const struct keep_row_worker *r, struct keep_str hashes, uint64_t manager, uint64_t patient);
void keep_detail_put_account(struct keep_buf *b, const struct keep_row_account *r, struct keep_str hashes, uint64_t worker);
void keep_detail_put_facility(struct keep_buf *b, const struct keep_row_facility *r, struct keep_str hashes, uint64_t part_of);
/* Whose contacts they are is in the body too: a statement that is moved to another patient says something else. */
void keep_detail_put_contacts(struct keep_buf *b, uint64_t patient, const struct keep_detail_contact *contact, size_t n);
void keep_detail_put_location(struct keep_buf *b, const struct keep_row_location *r, struct keep_str hashes, uint64_t facility);

/* kind: KEEP_ENTITY_PATIENT … KEEP_ENTITY_ACCOUNT, KEEP_ENTITY_CONTACT. Lists are put into the arena. KEEP_E_INTEGRITY, KEEP_E_NOMEM. */
int keep_detail_get(struct keep_detail *out, enum keep_entity kind, struct keep_str body, struct keep_arena *a, struct keep_err *err);

/* Bodies of table fact. unit: term id. */
enum keep_detail_fact { KEEP_DETAIL_DUTY = 1, KEEP_DETAIL_TRAINING, KEEP_DETAIL_INSTITUTION };
void keep_detail_put_duty(struct keep_buf *b, const struct keep_row_duty *r, uint32_t unit);
void keep_detail_put_training(struct keep_buf *b, const struct keep_row_training *r);
void keep_detail_put_institution(struct keep_buf *b, const struct keep_row_institution *r);
/* Strings point into the body; keys and places are not in it. KEEP_E_INTEGRITY. */
int keep_detail_get_duty(struct keep_row_duty *out, uint32_t *unit, struct keep_str body, struct keep_err *err);
int keep_detail_get_training(struct keep_row_training *out, struct keep_str body, struct keep_err *err);
int keep_detail_get_institution(struct keep_row_institution *out, struct keep_str body, struct keep_err *err);

void keep_detail_put_source(struct keep_buf *b, const struct keep_source *s);
/* All but id and name; strings are copied into the arena. */
int keep_detail_get_source(struct keep_source *out, struct keep_str body, struct keep_arena *a, struct keep_err *err);

/* The part of a record that is sealed under its key. */
struct keep_detail_record {
    struct keep_str title, custodian, locator, version;
    struct keep_str keys; /* count (u32), then system and value of each */
    bool disclosed;       /* it is a disclosure, told in: */
    struct keep_disclosure disclosure;
};
/* core/store/detail_record.c */
void keep_detail_put_record(struct keep_buf *b, const struct keep_row_record *r);
int keep_detail_get_record(struct keep_detail_record *out, struct keep_str body, struct keep_err *err);

#endif
