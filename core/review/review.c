/* Each thing is looked at once, with all the rules that are about its kind:
 * patients and encounters from memory, records and claims as they pass by. */
#include "core/review/review.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/grow.h"
#include "core/crypto/hash.h"
#include "core/review/subject.h"

enum {
    STEP = 4096,          /* subjects between two looks at the progress */
    FINDINGS = 5000000,   /* more would be no list for people: the rule is wrong, or the source is */
};

struct run {
    const struct keep_review_input *in;
    struct keep_arena *a;
    struct keep_subject at;
    struct keep_review_finding *finding;
    size_t n, cap;
    struct keep_review_count *count;
    uint64_t done;
    struct keep_buf text;
    uint8_t id[16]; /* of the finding being put into words */
};

/* What it is about, as bytes that are the same in every run. */
static void identify(struct run *r, uint32_t rule)
{
    const struct keep_world *w = r->in->world;
    const struct keep_str id = r->in->policy->review[rule].id;
    uint64_t about[3] = {0, 0, 0};
    uint8_t all[32];
    struct keep_buf b = KEEP_BUF_INIT;
    if (r->at.patient < w->patients)
        about[0] = w->patient[r->at.patient].entity;
    if (r->in->policy->review[rule].over == KEEP_REVIEW_ENCOUNTER)
        about[1] = w->encounter[r->at.encounter].entity;
    if (r->at.record)
        about[2] = r->at.record->id;
    keep_buf_add(&b, id.p, id.n);
    keep_buf_add(&b, about, sizeof about);
    keep_hash_blake2b(all, b.p, b.n);
    memcpy(r->id, all, sizeof r->id);
    keep_buf_free(&b);
}

static struct keep_str masked(void *ctx, enum keep_field f, struct keep_str clear)
{
    struct run *r = ctx;
    const struct keep_world *w = r->in->world;
    return r->at.patient < w->patients ? r->in->mask(r->in->mask_ctx, r->id, f, w->patient[r->at.patient].entity, clear) : clear;
}

static keep_date day_of(const struct run *r, enum keep_review_over over)
{
    const struct keep_world *w = r->in->world;
    if (r->at.record)
        return r->at.record->service_last != KEEP_DATE_NONE ? r->at.record->service_last : r->at.record->created;
    if (over == KEEP_REVIEW_ENCOUNTER)
        return w->encounter[r->at.encounter].end_date != KEEP_DATE_NONE ? w->encounter[r->at.encounter].end_date : w->encounter[r->at.encounter].start_date;
    return KEEP_DATE_NONE;
}

static int found(struct run *r, uint32_t rule, struct keep_err *err)
{
    const struct keep_review *x = &r->in->policy->review[rule];
    bool ok = true;
    if (r->n == FINDINGS)
        return keep_err_set(err, KEEP_E_LIMIT, "more than %d findings; review \"%.*s\" is the latest that found something", FINDINGS, (int)x->id.n, x->id.p);
    if (!keep_grow(&r->finding, &r->cap, r->n + 1, sizeof *r->finding, 256))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for findings");
    identify(r, rule);
    keep_buf_clear(&r->text);
    int rc = keep_policy_explain(r->in->policy, x->explain, &r->at.env, r->in->mask ? masked : NULL, r, &r->text);
    if (rc < 0)
        return keep_err_set(err, rc, "the text of review \"%.*s\" cannot be made", (int)x->id.n, x->id.p);
    struct keep_review_finding *f = &r->finding[r->n];
    *f = (struct keep_review_finding){.rule = rule, .patient = r->at.patient, .encounter = r->at.encounter, .record = r->at.record ? r->at.record->id : 0,
                                      .day = day_of(r, x->over), .sentence = keep_arena_str(r->a, keep_buf_view(&r->text), &ok)};
    memcpy(f->id, r->id, sizeof f->id);
    if (!ok || r->text.failed)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for findings");
    r->n++;
    return 0;
}

/* All rules about a kind, on the subject turned to. */
static int look(struct run *r, enum keep_review_over over, struct keep_err *err)
{
    const struct keep_policy *p = r->in->policy;
    struct keep_value v;
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < p->reviews; i++) {
        struct keep_review_count *c = &r->count[i];
        if (p->review[i].over != over)
            continue;
        c->looked++;
        rc = keep_expr_run(p->review[i].when, &r->at.env, &v);
        if (rc < 0)
            return err && err->code ? rc : keep_err_set(err, rc, "review \"%.*s\" could not be evaluated", (int)p->review[i].id.n, p->review[i].id.p);
        if (v.type != KEEP_V_BOOL) {
            bool ok = true;
            c->unable++;
            if (!c->missing.n && (v.type == KEEP_V_UNKNOWN || v.type == KEEP_V_ERROR))
                c->missing = keep_arena_str(r->a, v.s, &ok);
        } else if (v.b) {
            c->found++;
            rc = found(r, i, err);
        }
    }
    if (rc == 0 && ++r->done % STEP == 0 && r->in->progress)
        rc = r->in->progress(r->in->progress_ctx, r->done, 0) ? keep_err_set(err, KEEP_E_INTERRUPTED, "interrupted") : 0;
    return rc;
}

static bool any_over(const struct keep_policy *p, enum keep_review_over over)
{
    for (size_t i = 0; i < p->reviews; i++)
        if (p->review[i].over == over)
            return true;
    return false;
}

static int patients(struct run *r, struct keep_err *err)
{
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < r->in->world->patients; i++) {
        if (!r->in->world->patient[i].known) /* only mentioned by others: there is no chart to mend */
            continue;
        keep_subject_at(&r->at, i, KEEP_ID_NONE, NULL, err);
        rc = look(r, KEEP_REVIEW_PATIENT, err);
    }
    return rc;
}

static int encounters(struct run *r, struct keep_err *err)
{
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < r->in->world->encounters; i++) {
        keep_subject_at(&r->at, r->in->world->encounter[i].patient, i, NULL, err);
        rc = look(r, KEEP_REVIEW_ENCOUNTER, err);
    }
    return rc;
}

static int records(struct run *r, struct keep_err *err)
{
    bool claims = any_over(r->in->policy, KEEP_REVIEW_CLAIM), plain = any_over(r->in->policy, KEEP_REVIEW_RECORD);
    struct keep_record row;
    int rc = 0;
    while ((claims || plain) && rc == 0 && (rc = r->in->records->next(r->in->records->ctx, &row, err)) > 0) {
        rc = 0;
        if (row.destroyed)
            continue;
        keep_subject_at(&r->at, row.patient, row.encounter, &row, err);
        if (plain)
            rc = look(r, KEEP_REVIEW_RECORD, err);
        if (rc == 0 && claims && keep_subject_bill(&r->at, &row))
            rc = look(r, KEEP_REVIEW_CLAIM, err);
    }
    return rc;
}

/* --- order --- */

struct ranked {
    struct keep_review_finding f;
    int severity;
};

static int by_rank(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->severity != y->severity)
        return x->severity > y->severity ? -1 : 1;
    if (x->f.rule != y->f.rule)
        return x->f.rule < y->f.rule ? -1 : 1;
    if (x->f.patient != y->f.patient)
        return x->f.patient < y->f.patient ? -1 : 1;
    if (x->f.day != y->f.day)
        return x->f.day < y->f.day ? -1 : 1;
    if (x->f.record != y->f.record)
        return x->f.record < y->f.record ? -1 : 1;
    return memcmp(x->f.id, y->f.id, sizeof x->f.id);
}

static int rank(struct run *r, struct keep_review_result *out, struct keep_err *err)
{
    struct ranked *list = malloc((r->n + 1) * sizeof *list);
    struct keep_review_finding *to = keep_arena_array(r->a, r->n + 1, sizeof *to);
    if (!list || !to) {
        free(list);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for findings");
    }
    for (size_t i = 0; i < r->n; i++)
        list[i] = (struct ranked){r->finding[i], (int)r->in->policy->review[r->finding[i].rule].severity};
    qsort(list, r->n, sizeof *list, by_rank);
    for (size_t i = 0; i < r->n; i++)
        to[i] = list[i].f;
    free(list);
    *out = (struct keep_review_result){.finding = to, .findings = r->n, .count = r->count};
    return 0;
}

int keep_review_run(const struct keep_review_input *in, struct keep_arena *a, struct keep_review_result *out, struct keep_err *err)
{
    struct run r = {.in = in, .a = a, .text = KEEP_BUF_INIT, .count = keep_arena_array(a, in->policy->reviews + 1, sizeof *r.count)};
    int rc = r.count ? keep_subject_init(&r.at, in, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (r.count)
        memset(r.count, 0, (in->policy->reviews + 1) * sizeof *r.count);
    if (rc == 0)
        rc = patients(&r, err);
    if (rc == 0)
        rc = encounters(&r, err);
    if (rc == 0 && in->records)
        rc = records(&r, err);
    if (rc == 0)
        rc = rank(&r, out, err);
    keep_subject_done(&r.at);
    keep_buf_free(&r.text);
    free(r.finding);
    return rc;
}
