/* A ring of batches: the owner reads rows and keys into the newest, the crew works
 * on those between, the oldest is taken. What a batch's job reads and writes is the
 * batch's: bodies copied out of the pages, keys in secret memory, an arena. A batch
 * that fails ends with the row before; its error comes when those rows were taken,
 * so which error comes does not depend on who was faster. */
#include "core/store/load_detail.h"

#include <stdlib.h>

#include "core/base/grow.h"
#include "core/base/num.h"
#include "core/crypto/hash.h"
#include "core/crypto/secret.h"
#include "core/store/load_inside.h"
#include "core/store/ring.h"
#include "core/store/seal.h"
#include "core/text/fold.h"

enum {
    BATCHES = 8,        /* some milliseconds of work ahead of the owner */
    ROWS = 128,         /* of a batch: their keys fill a page of secret memory */
    BYTES = 128 * 1024, /* of a batch's bodies; one that is larger is alone in its batch */
};

struct batch {
    struct keep_crew_job job;
    size_t n;                    /* rows */
    int rc;                      /* why there are no more; <0 */
    struct keep_err err;
    struct keep_buf body, plain; /* as they are in the table, and opened: neither moves while there are rows */
    struct keep_arena *arena;
    uint8_t (*key)[KEEP_KEY_SIZE];
    struct row {
        struct keep_str body;
        uint64_t bound;          /* what a sealed one is bound to */
    } row[ROWS];
    struct keep_load_told told[ROWS];
};

struct keep_load_details {
    struct keep_store *s;
    struct keep_crew *crew;
    struct keep_ring_walk ring;  /* over patients' keys: their details mostly stand in the same order */
    uint64_t patient;            /* whose key is at hand, 0 none */
    int patient_key;             /* what keep_ring_get said of it */
    uint8_t *keys;               /* secret: that one, then those of the batches */
    int64_t *replaced;           /* ids of rows that a later one of their slot replaced, ascending */
    size_t replaced_n, replaced_cap, replaced_at;
    sqlite3_stmt *st;
    bool standing, ended;        /* st stands on a row that no batch has; there is nothing more to read */
    struct batch *batch[BATCHES];
    size_t ahead, oldest, given; /* ahead: batches at most that are given at once */
    bool taken;                  /* the oldest one's rows were handed out */
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* --- digests ------------------------------------------------------------------------ */

/* Of a folded string; 0 for none. They are compared within one world, and with those of the audit before. */
static uint64_t digest_of(struct keep_str folded)
{
    static const uint8_t key[32] = "what people are compared by";
    uint8_t h[KEEP_HASH_SHORT];
    uint64_t v;

    if (folded.n == 0)
        return 0;
    keep_hash_short(h, folded.p, folded.n, key);
    memcpy(&v, h, sizeof v);
    return v ? v : 1;
}

void keep_load_details_add(uint64_t key[4], uint64_t v)
{
    for (int i = 0; v && i < 4; i++) {
        if (key[i] == v)
            return;
        if (key[i] == 0) {
            key[i] = v;
            return;
        }
    }
}

static struct keep_str folded(const struct keep_address *d, struct keep_arena *a)
{
    return keep_fold_address(d->line, d->city, d->state, d->postal, a);
}

uint64_t keep_load_details_address(const struct keep_address *d, struct keep_arena *a)
{
    return digest_of(folded(d, a));
}

/* Is it where somebody lives now? */
static bool lives(const struct keep_address *d)
{
    return !keep_str_is(d->use, "old") && !keep_str_is(d->use, "work") && !keep_str_is(d->use, "billing") && !keep_str_is(d->use, "postal");
}

static void digests_make(struct keep_load_digests *to, const struct keep_human *h, bool streets, bool phones, struct keep_arena *a)
{
    for (size_t i = 0; i < h->names; i++)
        keep_load_details_add(to->surname, digest_of(keep_fold_name(h->name[i].family, a)));
    for (size_t i = 0; i < h->addresses; i++) {
        if (!lives(&h->address[i]) || h->address[i].confidential)
            continue;
        struct keep_str address = folded(&h->address[i], a);
        keep_load_details_add(to->address, digest_of(address));
        if (streets)
            keep_load_details_add(to->street, digest_of(keep_fold_street(address, a)));
    }
    for (size_t i = 0; phones && i < h->phones; i++)
        keep_load_details_add(to->phone, digest_of(keep_fold_phone(h->phone[i], a)));
}

static bool prior(struct keep_str use)
{
    return keep_str_is(use, "old") || keep_str_is(use, "maiden");
}

/* "Family, Given" of the official name, else of the first that is not a former one. */
static struct keep_str name_of(const struct keep_human *h, struct keep_arena *a, bool *ok)
{
    const struct keep_name *best = NULL;
    struct keep_buf z = KEEP_BUF_INIT;
    struct keep_str out;

    for (size_t i = 0; i < h->names; i++)
        if (keep_str_is(h->name[i].use, "official") || (!best && !prior(h->name[i].use)))
            best = best && keep_str_is(best->use, "official") ? best : &h->name[i];
    if (!best && h->names)
        best = &h->name[0];
    if (!best)
        return (struct keep_str){NULL, 0};
    keep_buf_add(&z, best->family.p, best->family.n);
    if (best->family.n && best->given.n)
        keep_buf_add(&z, ", ", 2);
    keep_buf_add(&z, best->given.p, best->given.n);
    *ok = *ok && !z.failed;
    out = z.n ? keep_arena_str(a, keep_buf_view(&z), ok) : (struct keep_str){NULL, 0};
    keep_buf_free(&z);
    return out;
}

static int hidden_make(struct keep_load_told *t, struct keep_arena *a)
{
    const struct keep_human *h = &t->d.human;
    uint64_t *list = NULL;

    for (size_t i = 0; i < h->addresses; i++) {
        uint64_t v = lives(&h->address[i]) && h->address[i].confidential ? keep_load_details_address(&h->address[i], a) : 0;
        if (v && !list && !(list = keep_arena_array(a, h->addresses, sizeof *list)))
            return -1;
        if (v)
            list[t->hiddens++] = v;
    }
    t->hidden = list;
    return 0;
}

/* --- a job ------------------------------------------------------------------------------ */

static int row_work(struct batch *c, size_t i, struct keep_err *err)
{
    struct keep_load_told *t = &c->told[i];
    const char *sealed = keep_detail_sealed(t->kind);
    struct keep_str body = c->row[i].body;
    struct keep_load_digests *contact;
    bool ok = true;
    int rc;

    if (t->gone)
        return 0;
    if (sealed) {
        size_t at = c->plain.n;
        if ((rc = keep_seal_open_text(&c->plain, body, sealed, t->entity, c->row[i].bound, c->key[i], err)) < 0)
            return rc;
        body = (struct keep_str){(const char *)c->plain.p + at, c->plain.n - at};
    }
    if ((rc = keep_detail_get(&t->d, t->kind, body, c->arena, err)) < 0)
        return rc;
    if (t->kind == KEEP_ENTITY_PATIENT || t->kind == KEEP_ENTITY_WORKER) {
        digests_make(&t->of, &t->d.human, true, t->kind == KEEP_ENTITY_WORKER, c->arena);
        t->name = name_of(&t->d.human, c->arena, &ok);
        ok = ok && hidden_make(t, c->arena) == 0;
    }
    t->contact = contact = t->d.contacts ? keep_arena_array(c->arena, t->d.contacts, sizeof *contact) : NULL;
    for (size_t k = 0; contact && k < t->d.contacts; k++)
        digests_make(&contact[k], &t->d.contact[k].human, false, true, c->arena);
    return ok && (contact || !t->d.contacts) ? 0 : no_memory(err);
}

static void work(void *ctx)
{
    struct batch *c = ctx;
    size_t n = c->n;
    struct keep_err err = {0};
    int rc = 0;

    for (size_t i = 0; i < n && rc == 0; i++)
        if ((rc = row_work(c, i, &err)) < 0) { /* what reading failed at stood behind it */
            c->n = i;
            c->rc = rc;
            c->err = err;
        }
    keep_secret_wipe(c->key, n * sizeof *c->key);
}

/* --- reading ------------------------------------------------------------------------------ */

/* Mostly few, and found by one walk along an index. */
static int replaced_list(struct keep_load_details *l, struct keep_err *err)
{
    struct keep_buf slot = KEEP_BUF_INIT;
    int64_t before = 0;
    sqlite3_stmt *st;
    int rc = keep_load_prepare(l->s, "SELECT slot, id FROM detail ORDER BY slot, id", &st, err);

    while (rc >= 0 && (rc = keep_rowio_next(st, "reading people", err)) > 0) {
        struct keep_str s = keep_rowio_blob_at(st, 0);
        bool same = before && keep_str_eq(keep_buf_view(&slot), s);
        if (same && !keep_grow(&l->replaced, &l->replaced_cap, l->replaced_n + 1, sizeof *l->replaced, 64)) {
            rc = no_memory(err);
            break;
        }
        if (same)
            l->replaced[l->replaced_n++] = before;
        keep_buf_clear(&slot);
        keep_buf_add(&slot, s.p, s.n);
        before = sqlite3_column_int64(st, 1);
    }
    if (rc == 0 && slot.failed)
        rc = no_memory(err);
    sqlite3_finalize(st);
    keep_buf_free(&slot);
    if (rc == 0 && l->replaced_n)
        qsort(l->replaced, l->replaced_n, sizeof *l->replaced, keep_num_by_i64);
    return rc;
}

/* Puts st on the next row that counts: 1, 0 there is none, <0. */
static int row_find(struct keep_load_details *l, struct keep_err *err)
{
    int rc = 1;

    if (l->standing)
        return 1;
    while ((rc = keep_rowio_next(l->st, "reading people", err)) > 0 && l->replaced_at < l->replaced_n && sqlite3_column_int64(l->st, 4) == l->replaced[l->replaced_at])
        l->replaced_at++;
    l->standing = rc > 0;
    return rc;
}

/* The key of a row's patient, for row i of a batch. */
static int key_take(struct keep_load_details *l, struct batch *c, size_t i, struct keep_str digest)
{
    struct keep_load_told *t = &c->told[i];

    if (l->patient != t->entity) {
        if ((l->patient_key = keep_ring_walk_get(&l->ring, t->entity, l->keys, &c->err)) < 0)
            return l->patient_key;
        l->patient = t->entity;
    }
    t->gone = l->patient_key == 1;
    if (t->gone)
        return 0;
    if (l->patient_key == 2 || digest.n != KEEP_ENTITY_HASH)
        return keep_err_set(&c->err, KEEP_E_INTEGRITY, "a patient's key is missing without having been destroyed");
    memcpy(&c->row[i].bound, digest.p, sizeof c->row[i].bound);
    memcpy(c->key[i], l->keys, KEEP_KEY_SIZE);
    return 0;
}

/* Takes the row on which st stands: 1, 0 the batch has no room for it, <0. */
static int row_take(struct keep_load_details *l, struct batch *c)
{
    struct keep_str body = keep_rowio_blob_at(l->st, 3);
    size_t i = c->n, at = c->body.n;
    int rc = 0;

    if (i == ROWS || (i > 0 && at + body.n > BYTES))
        return 0;
    if (!keep_buf_reserve(&c->body, body.n + 1) || !keep_buf_reserve(&c->plain, body.n + 1))
        return no_memory(&c->err);
    keep_buf_add(&c->body, body.p, body.n);
    c->row[i].body = (struct keep_str){(const char *)c->body.p + at, body.n};
    c->told[i] = (struct keep_load_told){.entity = (uint64_t)sqlite3_column_int64(l->st, 0), .kind = (enum keep_entity)sqlite3_column_int64(l->st, 1),
                                         .source = (uint32_t)sqlite3_column_int64(l->st, 2)};
    if (keep_detail_sealed(c->told[i].kind) && (rc = key_take(l, c, i, keep_rowio_blob_at(l->st, 5))) < 0)
        return rc;
    c->n++;
    l->standing = false;
    return 1;
}

static void batch_fill(struct keep_load_details *l, struct batch *c)
{
    int rc;

    c->n = 0;
    c->rc = 0;
    keep_err_clear(&c->err);
    keep_buf_clear(&c->body);
    keep_buf_clear(&c->plain);
    keep_arena_reset(c->arena);
    while ((rc = row_find(l, &c->err)) > 0 && (rc = row_take(l, c)) > 0)
        continue;
    if (rc < 0)
        c->rc = rc;
    l->ended = rc < 0 || !l->standing;
}

static struct batch *at(struct keep_load_details *l, size_t i)
{
    return l->batch[(l->oldest + i) % l->ahead];
}

static int failed(const struct batch *c, struct keep_err *err)
{
    if (err)
        *err = c->err;
    return c->rc;
}

int keep_load_details_next(struct keep_load_details *l, const struct keep_load_told **row, size_t *n, struct keep_err *err)
{
    struct batch *c = at(l, 0);

    if (l->taken && c->rc < 0)
        return failed(c, err);
    if (l->taken) {
        l->oldest = (l->oldest + 1) % l->ahead;
        l->given--;
        l->taken = false;
    }
    for (; !l->ended && l->given < l->ahead; l->given++) {
        batch_fill(l, at(l, l->given));
        keep_crew_give(l->crew, &at(l, l->given)->job);
    }
    if (l->given == 0)
        return 0;
    c = at(l, 0);
    keep_crew_wait(l->crew, &c->job);
    l->taken = true;
    *row = c->told;
    *n = c->n;
    return c->n > 0 ? 1 : c->rc < 0 ? failed(c, err) : 0;
}

/* --- life ------------------------------------------------------------------------------------ */

static struct batch *batch_new(uint8_t *key)
{
    struct batch *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->job = (struct keep_crew_job){.run = work, .ctx = c};
    c->key = (uint8_t(*)[KEEP_KEY_SIZE])key;
    if ((c->arena = keep_arena_new(0)) && keep_buf_reserve(&c->body, BYTES + 1) && keep_buf_reserve(&c->plain, BYTES + 1))
        return c;
    keep_arena_free(c->arena);
    keep_buf_free(&c->body);
    keep_buf_free(&c->plain);
    free(c);
    return NULL;
}

int keep_load_details_open(struct keep_load_details **out, struct keep_store *s, struct keep_crew *crew, struct keep_err *err)
{
    struct keep_load_details *l = calloc(1, sizeof *l);
    int rc;

    if (!l)
        return no_memory(err);
    l->s = s;
    l->crew = crew;
    l->ahead = keep_crew_threads(crew) > 1 ? BATCHES : 1;
    if ((rc = keep_secret_new((void **)&l->keys, (1 + l->ahead * ROWS) * KEEP_KEY_SIZE, err)) < 0 || (rc = keep_ring_walk_open(&l->ring, s, KEEP_RING_PATIENT, err)) < 0 ||
        (rc = replaced_list(l, err)) < 0 || (rc = keep_load_prepare(s, "SELECT entity, kind, source, body, id, digest FROM detail ORDER BY id", &l->st, err)) < 0)
        goto out;
    for (size_t i = 0; i < l->ahead && rc == 0; i++)
        if (!(l->batch[i] = batch_new(l->keys + (1 + i * ROWS) * KEEP_KEY_SIZE)))
            rc = no_memory(err);
    if (rc == 0) {
        *out = l;
        return 0;
    }
out:
    keep_load_details_close(l);
    return rc;
}

void keep_load_details_close(struct keep_load_details *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < BATCHES && l->batch[i]; i++) {
        keep_crew_drop(l->crew, &l->batch[i]->job);
        keep_arena_free(l->batch[i]->arena);
        keep_buf_free(&l->batch[i]->body);
        keep_buf_free(&l->batch[i]->plain);
        free(l->batch[i]);
    }
    sqlite3_finalize(l->st);
    keep_ring_walk_close(&l->ring);
    keep_secret_free(l->keys);
    free(l->replaced);
    free(l);
}
