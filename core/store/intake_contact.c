/* Contacts of patients into table detail: a row for each statement, of the patient
 * whose contacts they are and sealed under that patient's key. The slot is the
 * statement's, whoever it names and whosever they are, so that what a source takes
 * back or moves to another patient is overruled. */
#include <stdlib.h>

#include "core/store/intake_inside.h"

#define TRY(call)              \
    do {                       \
        if ((rc = (call)) < 0) \
            return rc;         \
    } while (0)

static int entity_of(struct keep_intake *in, struct keep_key key, enum keep_entity kind, uint64_t *id, struct keep_err *err)
{
    key.kind = kind;
    return keep_entity_of(in->map, &key, id, err);
}

/* 1: there is a row of the slot in in->form, which stays. */
static int detail_there(struct keep_intake *in, struct keep_err *err)
{
    uint8_t slot[KEEP_ENTITY_HASH];
    sqlite3_stmt *st;
    int rc;

    TRY(keep_intake_inside_digest(in, slot, err));
    TRY(keep_store_prepare(in->s, keep_store_db(in->s), "SELECT 1 FROM detail WHERE slot=?1 LIMIT 1", &st, err));
    sqlite3_bind_blob(st, 1, slot, sizeof slot, SQLITE_STATIC);
    rc = keep_rowio_next(st, "looking for a row", err);
    sqlite3_reset(st);
    return rc;
}

/* A statement that names nobody is a row only where it named somebody before; *none: it is not. */
static int contacts_take(struct keep_intake *in, const struct keep_row_contacts *r, bool *none, struct keep_err *err)
{
    struct keep_detail_contact *list = NULL;
    uint64_t patient;
    int rc;

    TRY(keep_intake_inside_begin(in, err));
    TRY(entity_of(in, r->patient, KEEP_ENTITY_PATIENT, &patient, err));
    if (!patient || r->key.value.n == 0)
        return keep_err_set(err, KEEP_E_INPUT, "contacts of nobody");
    keep_buf_clear(&in->form);
    keep_buf_bytes(&in->form, "contacts", strlen("contacts"));
    keep_buf_u32(&in->form, in->source);
    keep_buf_bytes(&in->form, r->key.system.p, r->key.system.n);
    keep_buf_bytes(&in->form, r->key.value.p, r->key.value.n);
    if (r->persons == 0 && (rc = detail_there(in, err)) <= 0) {
        *none = rc == 0;
        return rc;
    }
    if (!(list = calloc(r->persons + 1, sizeof *list)))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    rc = 0;
    for (size_t i = 0; rc == 0 && i < r->persons; i++) {
        const struct keep_contact_person *p = &r->person[i];
        list[i] = (struct keep_detail_contact){.code = p->code, .relationship = p->relationship, .human = p->human, .from = p->from, .to = p->to};
        rc = entity_of(in, p->worker, KEEP_ENTITY_WORKER, &list[i].worker, err);
        rc = rc < 0 ? rc : entity_of(in, p->patient, KEEP_ENTITY_PATIENT, &list[i].patient, err);
        rc = rc < 0 ? rc : 0;
    }
    if (rc == 0) {
        keep_buf_clear(&in->body);
        keep_detail_put_contacts(&in->body, patient, list, r->persons);
        rc = keep_intake_rows_detail(in, KEEP_ENTITY_CONTACT, patient, &r->at, err);
    }
    free(list);
    return rc;
}

static int on_contacts(void *ctx, const struct keep_row_contacts *r, struct keep_err *err)
{
    struct keep_intake *in = ctx;
    bool none = false;
    int rc = contacts_take(in, r, &none, err);

    return none ? 0 : keep_intake_inside_row(in, rc, "contacts", &in->counts.contacts, err);
}

void keep_intake_contact_fill(struct keep_sink *sink)
{
    sink->contacts = on_contacts;
}
