/* What is on file of a sample is its seed, its accesses and counts; of an answer,
 * how many were right and wrong, which they were, and who says so. A remark stays
 * in the reviewer's own table. Unanswered rows count as wrong in the bound, so
 * leaving the awkward ones out makes it worse, not better. */
#include "core/work/sampling.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit/bound.h"
#include "core/base/codec.h"
#include "core/crypto/hash.h"
#include "core/crypto/secret.h"
#include "core/store/txn.h"
#include "core/text/csv.h"
#include "core/text/json.h"
#include "core/text/jsonw.h"

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory while drawing a sample");
}

/* --- drawing --- */

/* A total order: two accesses with one hash are told apart by their ids. */
static bool before(const struct keep_sampling_pick *a, const struct keep_sampling_pick *b)
{
    if (a->rank != b->rank)
        return a->rank < b->rank;
    if (a->event.source != b->event.source)
        return a->event.source < b->event.source;
    return a->event.ordinal < b->event.ordinal;
}

static uint64_t rank_of(const struct keep_sampling *s, uint32_t source, uint64_t ordinal)
{
    uint8_t in[12], key[32] = {0}, h[8];
    uint64_t rank = 0;
    memcpy(key, s->seed, sizeof s->seed);
    for (int i = 0; i < 4; i++)
        in[i] = (uint8_t)(source >> (8 * i));
    for (int i = 0; i < 8; i++)
        in[4 + i] = (uint8_t)(ordinal >> (8 * i));
    keep_hash_keyed(h, sizeof h, in, sizeof in, key);
    for (int i = 0; i < 8; i++)
        rank = rank << 8 | h[i];
    return rank;
}

/* The heap's root is the pick that would go first. */
static void sift(struct keep_sampling_pick *p, size_t n, size_t i)
{
    for (;;) {
        size_t last = i, l = 2 * i + 1;
        for (size_t k = l; k < n && k <= l + 1; k++)
            if (before(&p[last], &p[k]))
                last = k;
        if (last == i)
            return;
        struct keep_sampling_pick x = p[i];
        p[i] = p[last];
        p[last] = x;
        i = last;
    }
}

static int on_verdict(void *ctx, const struct keep_events *b, uint32_t i, enum keep_verdict v, int rule, struct keep_err *err)
{
    struct keep_sampling *s = ctx;
    (void)err;
    if (v != KEEP_VERDICT_EXPECTED || rule < 0)
        return 0;
    s->population++;
    struct keep_sampling_pick p = {rank_of(s, b->source, b->ordinal[i]), {b->source, b->ordinal[i]}, b->time[i], b->account[i], b->patient[i], (uint32_t)rule};
    if (s->n < s->want) {
        s->pick[s->n++] = p;
        if (s->n == s->want)
            for (size_t k = s->n / 2; k-- > 0;)
                sift(s->pick, s->n, k);
    } else if (before(&p, &s->pick[0])) {
        s->pick[0] = p;
        sift(s->pick, s->n, 0);
    }
    return 0;
}

int keep_sampling_start(struct keep_sampling *s, struct keep_auditrun *r, size_t want, const uint8_t seed[8], struct keep_err *err)
{
    *s = (struct keep_sampling){.want = want, .pick = keep_arena_array(r->arena, want + 1, sizeof *s->pick)};
    if (!s->pick)
        return no_memory(err);
    if (seed)
        memcpy(s->seed, seed, sizeof s->seed);
    else
        keep_secret_random(s->seed, sizeof s->seed);
    r->in.verdict = on_verdict;
    r->in.verdict_ctx = s;
    return 0;
}

static int by_rank(const void *a, const void *b)
{
    return before(a, b) ? -1 : 1;
}

static void write_table(const struct keep_sampling *s, struct keep_auditrun *r, struct keep_buf *out)
{
    static const char scope[16] = "sample";
    const struct keep_world *w = &r->world;
    char when[KEEP_CIVIL_TIME_SIZE];
    keep_buf_str(out, "event,time,reason,account,patient,right,remark\r\n");
    for (size_t i = 0; i < s->n; i++) {
        const struct keep_sampling_pick *p = &s->pick[i];
        struct keep_str none = {NULL, 0};
        keep_csv_write_field(out, keep_auditrun_event_text(r, p->event), true);
        keep_csv_write_field(out, keep_str_of(keep_civil_format_time(p->time, when)), false);
        keep_csv_write_field(out, r->in.policy->explanation[p->explanation].id, false);
        keep_csv_write_field(out, p->account == KEEP_ID_NONE ? none : keep_mask_text(&r->mask, scope, sizeof scope, "account", w->account[p->account].entity, w->account[p->account].login), false);
        keep_csv_write_field(out, p->patient == KEEP_ID_NONE ? none : keep_mask_text(&r->mask, scope, sizeof scope, "patient", w->patient[p->patient].entity, w->patient[p->patient].mrn), false);
        keep_buf_str(out, ",,\r\n");
    }
}

static void write_act(const struct keep_sampling *s, struct keep_auditrun *r, struct keep_buf *out)
{
    struct keep_jsonw w;
    char hex[17];
    keep_jsonw_init(&w, out);
    keep_jsonw_object(&w);
    keep_codec_hex(s->seed, sizeof s->seed, hex);
    keep_jsonw_key(&w, "seed");
    keep_jsonw_z(&w, hex);
    keep_jsonw_key(&w, "as_of");
    keep_jsonw_time(&w, r->result.as_of);
    keep_jsonw_key(&w, "population");
    keep_jsonw_u64(&w, s->population);
    keep_jsonw_key(&w, "events");
    keep_jsonw_array(&w);
    for (size_t i = 0; i < s->n; i++)
        keep_jsonw_str(&w, keep_auditrun_event_text(r, s->pick[i].event));
    keep_jsonw_end_array(&w);
    keep_jsonw_end_object(&w);
}

static int put_act(struct keep_store *s, const char *kind, struct keep_str subject, const struct keep_buf *body, const char *count, uint64_t n, struct keep_err *err)
{
    uint64_t id;
    int rc = body->failed ? no_memory(err) : keep_txn_begin(s, KEEP_LEDGER_AUDIT, err);
    if (rc < 0)
        return rc;
    struct keep_act act = {.kind = keep_str_of(kind), .subject = subject, .body = keep_buf_view(body), .at = keep_store_now(s)};
    rc = keep_txn_act(s, &act, &id, err);
    keep_txn_count(s, count, n);
    return keep_txn_end(s, rc, err);
}

int keep_sampling_finish(struct keep_sampling *s, struct keep_auditrun *r, struct keep_buf *table, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT;
    qsort(s->pick, s->n, sizeof *s->pick, by_rank);
    write_table(s, r, table);
    write_act(s, r, &body);
    int rc = table->failed ? no_memory(err) : put_act(r->store, "sample", KEEP_STR("expected"), &body, "sampled", s->n, err);
    keep_buf_free(&body);
    return rc;
}

/* --- answers --- */

struct looking {
    struct keep_arena *a;
    struct keep_sampling_state *out;
    const struct keep_json *events;
    struct keep_str answered; /* the newest answers' body */
};

static int each_sample(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct looking *l = ctx;
    const struct keep_json *j;
    bool ok = true;
    int64_t population = 0;
    struct keep_str body = keep_arena_str(l->a, act->body, &ok);
    int rc = ok ? keep_json_parse(&j, body, "sample", l->a, err) : no_memory(err);
    if (rc < 0)
        return rc;
    keep_json_i64(keep_json_get(j, "population"), &population);
    l->events = keep_json_get(j, "events");
    *l->out = (struct keep_sampling_state){.id = act->id, .n = keep_json_len(l->events), .population = (uint64_t)population, .at = act->at, .seed = keep_json_str(keep_json_get(j, "seed"))};
    return 0;
}

static int each_answer(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct looking *l = ctx;
    const struct keep_json *j;
    bool ok = true;
    int64_t sample = 0, right = 0, wrong = 0;
    struct keep_str body = keep_arena_str(l->a, act->body, &ok);
    int rc = ok ? keep_json_parse(&j, body, "answers", l->a, err) : no_memory(err);
    if (rc < 0)
        return rc;
    keep_json_i64(keep_json_get(j, "sample"), &sample);
    keep_json_i64(keep_json_get(j, "right"), &right);
    keep_json_i64(keep_json_get(j, "wrong"), &wrong);
    if ((uint64_t)sample == l->out->id) { /* the newest counts */
        l->out->right = (uint64_t)right;
        l->out->wrong = (uint64_t)wrong;
        l->answered = body;
    }
    return 0;
}

static int look(struct keep_store *s, struct looking *l, struct keep_err *err)
{
    *l->out = (struct keep_sampling_state){.at = KEEP_TIME_NONE, .bound = 1};
    int rc = keep_txn_acts(s, "sample", NULL, each_sample, l, err);
    if (rc == 0)
        rc = keep_txn_acts(s, "sample answered", NULL, each_answer, l, err);
    if (rc == 0 && l->out->n)
        l->out->bound = keep_bound_upper(l->out->n, l->out->n - (l->out->right < l->out->n ? l->out->right : l->out->n));
    return rc;
}

int keep_sampling_newest(struct keep_store *s, struct keep_arena *a, struct keep_sampling_state *out, struct keep_err *err)
{
    return look(s, &(struct looking){.a = a, .out = out}, err);
}

enum { EVENT, RIGHT, COLUMNS };

struct taking {
    const struct keep_json *events;
    uint8_t *said; /* of each: 0 nothing, 1 right, 2 wrong */
    const char *where;
    size_t column[COLUMNS];
};

static int take_row(void *ctx, const struct keep_csv_row *row, struct keep_err *err)
{
    struct taking *t = ctx;
    if (t->column[EVENT] >= row->n || t->column[RIGHT] >= row->n)
        return keep_err_at(err, KEEP_E_INPUT, t->where, row->line, 0, "a row with too few columns");
    struct keep_str event = keep_csv_cell(row, t->column[EVENT]), right = keep_csv_cell(row, t->column[RIGHT]);
    bool yes = keep_str_is(right, "yes"), no = keep_str_is(right, "no");
    if (right.n == 0)
        return 0; /* not answered */
    if (!yes && !no)
        return keep_err_at(err, KEEP_E_INPUT, t->where, row->line, 0, "right: yes or no");
    for (size_t i = 0; i < keep_json_len(t->events); i++) {
        if (!keep_str_eq(keep_json_str(keep_json_at(t->events, i)), event))
            continue;
        if (t->said[i])
            return keep_err_at(err, KEEP_E_INPUT, t->where, row->line, 0, "an access that was answered above");
        t->said[i] = yes ? 1 : 2;
        return 0;
    }
    return keep_err_at(err, KEEP_E_INPUT, t->where, row->line, 0, "no access of the newest sample");
}

static int take_rows(struct taking *t, struct keep_str csv, struct keep_err *err)
{
    static const char *const name[COLUMNS] = {"event", "right"};
    struct keep_csv_table table = {.name = name, .names = COLUMNS, .column = t->column, .where = t->where, .row = take_row, .ctx = t};
    return keep_csv_table(&table, csv, err);
}

static void write_answers(struct keep_buf *out, const struct taking *t, uint64_t sample, struct keep_str who, uint64_t *right, uint64_t *wrong)
{
    struct keep_jsonw w;
    keep_jsonw_init(&w, out);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "sample");
    keep_jsonw_u64(&w, sample);
    keep_jsonw_key(&w, "by");
    keep_jsonw_str(&w, who);
    keep_jsonw_key(&w, "wrong_events");
    keep_jsonw_array(&w);
    for (size_t i = 0; i < keep_json_len(t->events); i++) {
        *right += t->said[i] == 1;
        *wrong += t->said[i] == 2;
        if (t->said[i] == 2)
            keep_jsonw_str(&w, keep_json_str(keep_json_at(t->events, i)));
    }
    keep_jsonw_end_array(&w);
    keep_jsonw_key(&w, "right");
    keep_jsonw_u64(&w, *right);
    keep_jsonw_key(&w, "wrong");
    keep_jsonw_u64(&w, *wrong);
    keep_jsonw_end_object(&w);
}

int keep_sampling_answer(struct keep_store *s, struct keep_str csv, const char *where, struct keep_str who, struct keep_arena *a, struct keep_sampling_state *out, struct keep_err *err)
{
    struct keep_sampling_state st;
    struct looking l = {.a = a, .out = &st};
    struct taking t = {.where = where};
    struct keep_buf body = KEEP_BUF_INIT;
    uint64_t right = 0, wrong = 0;
    int rc = look(s, &l, err);
    if (rc == 0 && st.id == 0)
        rc = keep_err_set(err, KEEP_E_REFUSED, "no sample has been drawn: audit --sample N does");
    t.events = l.events;
    if (rc == 0 && !(t.said = keep_arena_array(a, st.n + 1, 1)))
        rc = no_memory(err);
    if (rc == 0)
        rc = take_rows(&t, csv, err);
    if (rc == 0) {
        write_answers(&body, &t, st.id, who, &right, &wrong);
        if (!keep_str_eq(l.answered, keep_buf_view(&body)))
            rc = put_act(s, "sample answered", st.seed, &body, "answered", right + wrong, err);
    }
    if (rc == 0)
        rc = look(s, &l, err);
    if (rc == 0)
        *out = st;
    keep_buf_free(&body);
    return rc;
}
