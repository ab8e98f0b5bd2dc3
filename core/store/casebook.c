/* Writing cases: rows that are never changed, each a leaf of the ledger.
 *
 *   case_file  a case: its name, rule, whom and whose it is about
 *   case_find  what an audit found of it, with the accesses; the newest counts
 *   case_step  what was done about it; the newest says its status
 *   case_text  what a finding or step says beyond columns, sealed (text of the row that owns it)
 *
 * Accesses are packed (casepack.h), in order of time. A text is bound to its
 * number and its case, so none can be shown as another's. */
#include "core/store/casebook.h"

#include <stdlib.h>

#include "core/crypto/hash.h"
#include "core/store/casepack.h"
#include "core/store/person.h"
#include "core/store/seal.h"

struct keep_casebook {
    struct keep_store *s;
    struct keep_seal_keys *keys;
    struct keep_rowio row;
    struct keep_buf form, sealed;
    int64_t last[4]; /* the greatest number of each table, 0: not asked yet; nobody else writes while the transaction is open */
};

enum table { FILES, FINDS, STEPS, TEXTS };
static const struct {
    const char *name, *last, *insert;
} tables[] = {
    {"case_file", "SELECT max(coalesce((SELECT max(id) FROM case_file), 0), coalesce((SELECT max(owner) FROM erased WHERE kind = 7), 0))", /* a number of one that was destroyed is not given again */
     "INSERT INTO case_file(id, name, rule, kind, user, patient, at, leaf) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"},
    {"case_find", "SELECT max(id) FROM case_find",
     "INSERT INTO case_find(id, file, at, as_of, severity, score, weight, account, first, last, events, title, authority, evidence, reason, missing, digest, text, leaf)"
     " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)"},
    {"case_step", "SELECT max(id) FROM case_step",
     "INSERT INTO case_step(id, file, at, kind, status, who, about, act, text, leaf) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"},
    {"case_text", "SELECT max(id) FROM case_text", "INSERT INTO case_text(id, file, kind, owner, sealed, leaf) VALUES(?1, ?2, ?3, ?4, ?5, ?6)"},
};

const char *keep_casebook_step_word(int kind)
{
    static const char *const word[] = {
#define X(name, text) text,
        KEEP_CASEBOOK_STEPS(X)
#undef X
    };
    return kind >= 0 && kind < KEEP_CASEBOOK_STEP_COUNT ? word[kind] : "?";
}

int keep_casebook_new(struct keep_casebook **out, struct keep_store *s, struct keep_err *err)
{
    struct keep_casebook *b = calloc(1, sizeof *b);
    int rc;

    if (!b)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if ((rc = keep_seal_keys_new(&b->keys, s, err)) < 0) {
        free(b);
        return rc;
    }
    b->s = s;
    *out = b;
    return 0;
}

void keep_casebook_free(struct keep_casebook *b)
{
    if (!b)
        return;
    keep_seal_keys_free(b->keys);
    keep_buf_free(&b->row.canon);
    keep_buf_free(&b->form);
    keep_buf_free(&b->sealed);
    free(b);
}

/* Starts a row of a table under the number that follows its greatest. */
static int start(struct keep_casebook *b, enum table t, int64_t *id, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = b->last[t] ? 0 : keep_rowio_number(b->s, tables[t].last, 0, &b->last[t], err);

    if (rc == 0)
        rc = keep_store_prepare(b->s, keep_store_db(b->s), tables[t].insert, &st, err);
    if (rc < 0)
        return rc;
    *id = ++b->last[t];
    keep_rowio_start(&b->row, b->s, st, tables[t].name);
    keep_rowio_int(&b->row, *id);
    return 0;
}

int keep_casebook_add(struct keep_casebook *b, const struct keep_casebook_subject *c, uint64_t *id, struct keep_err *err)
{
    int64_t n;
    int rc = start(b, FILES, &n, err);

    if (rc < 0)
        return rc;
    keep_rowio_blob(&b->row, c->name, sizeof c->name);
    keep_rowio_text(&b->row, c->rule);
    keep_rowio_int(&b->row, c->kind);
    keep_rowio_int(&b->row, (int64_t)c->user);
    keep_rowio_int(&b->row, (int64_t)c->patient);
    keep_rowio_int(&b->row, keep_store_now(b->s));
    if ((rc = keep_rowio_insert(&b->row, b->keys->leaf, err)) == 0)
        *id = (uint64_t)n;
    return rc;
}

/* --- texts --- */

/* The key of a patient, or of an identity that is this patient, into keys->owner. As keep_ring_get. */
static int patient_key(struct keep_casebook *b, uint64_t *patient, struct keep_err *err)
{
    uint64_t *same = NULL;
    size_t n = 0;
    int rc = *patient ? keep_ring_get(b->s, KEEP_RING_PATIENT, *patient, b->keys->owner, err) : 2;

    if (rc != 2 || *patient == 0)
        return rc;
    if ((rc = keep_person_same(b->s, *patient, &same, &n, err)) == 0)
        rc = 2;
    for (size_t i = 0; rc == 2 && i < n; i++)
        if (same[i] != *patient && (rc = keep_ring_get(b->s, KEEP_RING_PATIENT, same[i], b->keys->owner, err)) == 0)
            *patient = same[i];
    free(same);
    return rc;
}

/* The key that a text about a patient goes under, into keys->owner: the patient's, else the case's own, made when it has none yet. */
static int owner_of(struct keep_casebook *b, uint64_t id, uint64_t patient, enum keep_ring_kind *kind, uint64_t *owner, struct keep_err *err)
{
    int rc = patient_key(b, &patient, err);

    *kind = KEEP_RING_PATIENT;
    *owner = patient;
    if (rc == 2) { /* nobody, or one who was only ever mentioned */
        *kind = KEEP_RING_CASE;
        *owner = id;
        rc = keep_ring_get(b->s, KEEP_RING_CASE, id, b->keys->owner, err);
    }
    if (rc == 2)
        rc = keep_ring_new(b->s, KEEP_RING_CASE, id, b->keys->owner, err);
    return rc == 1 ? keep_err_set(err, KEEP_E_REFUSED, "the chart that this case is about has been destroyed: nothing more can be written about it") : rc;
}

/* *text: 0 when there is nothing to say. */
static int put_text(struct keep_casebook *b, uint64_t id, uint64_t patient, struct keep_str plain, int64_t *text, struct keep_err *err)
{
    enum keep_ring_kind kind;
    uint64_t owner;
    int64_t n;
    int rc;

    *text = 0;
    if (plain.n == 0)
        return 0;
    if (plain.n > KEEP_CASEBOOK_TEXT)
        return keep_err_set(err, KEEP_E_LIMIT, "a text of a case may have %zu bytes", KEEP_CASEBOOK_TEXT);
    if ((rc = owner_of(b, id, patient, &kind, &owner, err)) < 0 ||
        (rc = start(b, TEXTS, &n, err)) < 0)
        return rc;
    keep_buf_clear(&b->sealed);
    if ((rc = keep_seal_text(&b->sealed, plain, "case", (uint64_t)n, id, b->keys->owner, err)) < 0)
        return rc;
    keep_rowio_int(&b->row, (int64_t)id);
    keep_rowio_int(&b->row, kind);
    keep_rowio_int(&b->row, (int64_t)owner);
    keep_rowio_blob(&b->row, b->sealed.p, b->sealed.n);
    if ((rc = keep_rowio_insert(&b->row, b->keys->leaf, err)) == 0)
        *text = n;
    return rc;
}

/* --- findings --- */

static void form_str(struct keep_buf *out, struct keep_str s)
{
    keep_buf_bytes(out, s.p, s.n);
}

struct keep_str keep_casebook_digest(const struct keep_casebook *b, struct keep_buf *form, const struct keep_casebook_finding *f, uint8_t out[32])
{
    keep_buf_clear(form);
    keep_buf_str(form, "chartkeep finding 2");
    form_str(form, f->title);
    form_str(form, f->authority);
    form_str(form, f->evidence);
    form_str(form, f->reason);
    form_str(form, f->missing);
    form_str(form, f->sentence);
    keep_buf_u32(form, (uint32_t)f->severity);
    keep_buf_u32(form, (uint32_t)f->score);
    keep_buf_u32(form, (uint32_t)f->weight);
    keep_buf_u64(form, f->account);
    keep_buf_u64(form, (uint64_t)f->first);
    keep_buf_u64(form, (uint64_t)f->last);
    const size_t before = form->n;
    keep_casepack_put(form, f->event, f->events);
    if (form->failed)
        return (struct keep_str){NULL, 0};
    keep_hash_keyed(out, 32, form->p, form->n, b->keys->digest);
    return (struct keep_str){(const char *)form->p + before, form->n - before};
}

int keep_casebook_find(struct keep_casebook *b, uint64_t id, uint64_t patient, const struct keep_casebook_finding *f, struct keep_err *err)
{
    struct keep_str packed = f->packed;
    uint8_t digest[32];
    int64_t n, text;
    int rc;

    keep_buf_clear(&b->form);
    if (f->digest)
        memcpy(digest, f->digest, sizeof digest);
    else
        packed = keep_casebook_digest(b, &b->form, f, digest);
    if (b->form.failed)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if ((rc = put_text(b, id, patient, f->sentence, &text, err)) < 0 ||
        (rc = start(b, FINDS, &n, err)) < 0)
        return rc;
    keep_rowio_int(&b->row, (int64_t)id);
    keep_rowio_int(&b->row, keep_store_now(b->s));
    keep_rowio_int(&b->row, f->as_of);
    keep_rowio_int(&b->row, f->severity);
    keep_rowio_int(&b->row, f->score);
    keep_rowio_int(&b->row, f->weight);
    keep_rowio_int(&b->row, (int64_t)f->account);
    keep_rowio_int(&b->row, f->first);
    keep_rowio_int(&b->row, f->last);
    keep_rowio_blob(&b->row, packed.p, packed.n);
    keep_rowio_text(&b->row, f->title);
    keep_rowio_text(&b->row, f->authority);
    keep_rowio_text(&b->row, f->evidence);
    keep_rowio_text(&b->row, f->reason);
    keep_rowio_text(&b->row, f->missing);
    keep_rowio_blob(&b->row, digest, sizeof digest);
    keep_rowio_int(&b->row, text);
    return keep_rowio_insert(&b->row, b->keys->leaf, err);
}

/* --- steps --- */

int keep_casebook_step(struct keep_casebook *b, uint64_t id, uint64_t patient, const struct keep_casebook_step *what, uint64_t *step, struct keep_err *err)
{
    int64_t n, text;
    int rc;

    if ((rc = put_text(b, id, patient, what->text, &text, err)) < 0 ||
        (rc = start(b, STEPS, &n, err)) < 0)
        return rc;
    keep_rowio_int(&b->row, (int64_t)id);
    keep_rowio_int(&b->row, keep_store_now(b->s));
    keep_rowio_int(&b->row, what->kind);
    keep_rowio_int(&b->row, what->status);
    keep_rowio_text(&b->row, what->who);
    keep_rowio_text(&b->row, what->about);
    keep_rowio_int(&b->row, (int64_t)what->act);
    keep_rowio_int(&b->row, text);
    if ((rc = keep_rowio_insert(&b->row, b->keys->leaf, err)) == 0 && step)
        *step = (uint64_t)n;
    return rc;
}
