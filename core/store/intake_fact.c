/* Facts about workers and addresses: what was planned, what somebody was trained
 * in, whose an address is. Few columns are asked of them, so the row's own bytes
 * are its body; slot and digest as for every row. */
#include "core/store/intake_inside.h"

#define TRY(call)              \
    do {                       \
        if ((rc = (call)) < 0) \
            return rc;         \
    } while (0)

static void slot_start(struct keep_intake *in, const char *what, uint64_t entity)
{
    keep_buf_clear(&in->form);
    keep_buf_bytes(&in->form, what, strlen(what));
    keep_buf_u32(&in->form, in->source);
    keep_buf_u64(&in->form, entity);
}

/* A row of table fact from in->form (its slot) and in->body. 1: repeated. */
static int fact_write(struct keep_intake *in, enum keep_detail_fact kind, uint64_t entity, const struct keep_origin *at, struct keep_err *err)
{
    uint8_t slot[KEEP_ENTITY_HASH], digest[KEEP_ENTITY_HASH];
    sqlite3_stmt *st;
    int64_t file;
    int rc;

    TRY(keep_intake_inside_digest(in, slot, err));
    keep_buf_clear(&in->form);
    keep_buf_bytes(&in->form, in->body.p, in->body.n);
    TRY(keep_intake_inside_digest(in, digest, err));
    if ((rc = keep_intake_inside_same(in, "SELECT digest FROM fact WHERE slot=?1 ORDER BY id DESC LIMIT 1", slot, digest, err)) != 0)
        return rc;
    TRY(keep_intake_inside_file(in, &file, err));
    TRY(keep_store_prepare(in->s, keep_store_db(in->s), "INSERT INTO fact(kind, entity, source, slot, digest, body, file, line, leaf) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", &st, err));
    keep_rowio_start(&in->row, in->s, st, "fact");
    keep_rowio_int(&in->row, kind);
    keep_rowio_int(&in->row, (int64_t)entity);
    keep_rowio_int(&in->row, in->source);
    keep_rowio_blob(&in->row, slot, sizeof slot);
    keep_rowio_blob(&in->row, digest, sizeof digest);
    keep_rowio_blob(&in->row, in->body.p, in->body.n);
    keep_rowio_int(&in->row, file);
    keep_rowio_int(&in->row, (int64_t)at->line);
    return keep_rowio_insert(&in->row, in->keys->leaf, err);
}

static int worker_of(struct keep_intake *in, struct keep_key key, uint64_t *entity, struct keep_err *err)
{
    int rc;

    TRY(keep_intake_inside_begin(in, err));
    key.kind = KEEP_ENTITY_WORKER;
    TRY(keep_entity_of(in->map, &key, entity, err));
    return *entity ? 0 : keep_err_set(err, KEEP_E_INPUT, "a row without a worker");
}

/* The same duty with another end is a correction. */
static int duty_take(struct keep_intake *in, const struct keep_row_duty *r, struct keep_err *err)
{
    uint64_t worker;
    uint32_t unit;
    int rc;

    TRY(worker_of(in, r->worker, &worker, err));
    TRY(keep_entity_term(in->map, r->unit, &unit, err));
    keep_buf_clear(&in->body);
    keep_detail_put_duty(&in->body, r, unit);
    slot_start(in, "duty", worker);
    keep_buf_u8(&in->form, (uint8_t)r->kind);
    keep_buf_u32(&in->form, unit);
    keep_buf_u64(&in->form, (uint64_t)r->from);
    return fact_write(in, KEEP_DETAIL_DUTY, worker, &r->at, err);
}

static int on_duty(void *ctx, const struct keep_row_duty *r, struct keep_err *err)
{
    struct keep_intake *in = ctx;

    return keep_intake_inside_row(in, duty_take(in, r, err), "facts", &in->counts.duties, err);
}

/* A course taken again is another row; the same one valid for longer is a correction. */
static int training_take(struct keep_intake *in, const struct keep_row_training *r, struct keep_err *err)
{
    uint64_t worker;
    int rc;

    TRY(worker_of(in, r->worker, &worker, err));
    keep_buf_clear(&in->body);
    keep_detail_put_training(&in->body, r);
    slot_start(in, "training", worker);
    keep_buf_bytes(&in->form, r->course.p, r->course.n);
    keep_buf_u32(&in->form, (uint32_t)r->completed);
    return fact_write(in, KEEP_DETAIL_TRAINING, worker, &r->at, err);
}

static int on_training(void *ctx, const struct keep_row_training *r, struct keep_err *err)
{
    struct keep_intake *in = ctx;

    return keep_intake_inside_row(in, training_take(in, r, err), "facts", &in->counts.trainings, err);
}

static int institution_take(struct keep_intake *in, const struct keep_row_institution *r, struct keep_err *err)
{
    const struct keep_str part[4] = {r->address.line, r->address.city, r->address.state, r->address.postal};
    int rc;

    TRY(keep_intake_inside_begin(in, err));
    keep_buf_clear(&in->body);
    keep_detail_put_institution(&in->body, r);
    slot_start(in, "institution", 0);
    for (int i = 0; i < 4; i++)
        keep_buf_bytes(&in->form, part[i].p, part[i].n);
    return fact_write(in, KEEP_DETAIL_INSTITUTION, 0, &r->at, err);
}

static int on_institution(void *ctx, const struct keep_row_institution *r, struct keep_err *err)
{
    struct keep_intake *in = ctx;

    return keep_intake_inside_row(in, institution_take(in, r, err), "facts", &in->counts.institutions, err);
}

void keep_intake_fact_fill(struct keep_sink *sink)
{
    sink->duty = on_duty;
    sink->training = on_training;
    sink->institution = on_institution;
}
