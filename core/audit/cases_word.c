/* Putting cases into words: titles, an id, and once it is certain which case it
 * is, evidence, what is missing, its sentence. Cases know nothing of each other, so
 * each thread has a share of them, and what it needs for it. */
#include "core/audit/cases_inside.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit/carry.h"
#include "core/audit/missing.h"
#include "core/base/grow.h"
#include "core/crypto/hash.h"

_Static_assert(KEEP_JUDGE_EVIDENCE + 3 <= 64, "a wording's key holds the evidence and three bits more");

static const char unexplained_title[] = "No reason on file";
static const char unexplained_sentence[] = "The chart was opened and no reason for it is on file.";
static const char unexplained_authority[] = "45 CFR 164.308(a)(1)(ii)(D)"; /* information system activity review */

struct keep_cases_words {
    const struct keep_cases *c;
    const struct keep_audit_input *in;
    struct keep_arena *a;
    struct keep_bind bind;
    struct keep_buf buf;
    struct keep_event_id *event; /* of all cases, as they are dealt out */
    struct keep_u64map wording; /* evidence bits -> index in text */
    struct keep_str *text;
    size_t texts, text_cap;
    struct keep_str missing;    /* where the explanations offer no one fact: all that they want */
    const struct keep_missing_offer *offer;
    size_t offers;
    const struct keep_cases_made *now; /* whose sentence is being rendered */
    const uint8_t *id;
    uint64_t user, patient;
};

int keep_cases_words_new(struct keep_cases_words **out, const struct keep_cases *c, const struct keep_audit_input *in, struct keep_relate *relate, struct keep_event_id *event,
                         struct keep_err *err)
{
    struct keep_cases_words *f = calloc(1, sizeof *f);
    if (!f)
        return keep_cases_no_memory(err);
    *f = (struct keep_cases_words){.c = c, .in = in, .a = keep_arena_new(0), .buf = KEEP_BUF_INIT, .event = event, .wording = KEEP_U64MAP_INIT};
    int rc = f->a ? keep_bind_init(&f->bind, c->p, c->w, in->zone, relate, err) : keep_cases_no_memory(err);
    if (!rc)
        rc = keep_missing_offers(c->p, f->a, &f->offer, &f->offers, err);
    if (rc)
        keep_cases_words_free(f, NULL);
    else
        *out = f;
    return rc;
}

void keep_cases_words_free(struct keep_cases_words *f, struct keep_arena *to)
{
    if (!f)
        return;
    if (to && f->a)
        keep_arena_adopt(to, f->a);
    else
        keep_arena_free(f->a);
    keep_bind_done(&f->bind);
    keep_buf_free(&f->buf);
    keep_u64map_free(&f->wording);
    free(f->text);
    free(f);
}

static struct keep_str take(struct keep_cases_words *f, bool *ok)
{
    struct keep_str s = keep_arena_str(f->a, keep_buf_view(&f->buf), ok);
    *ok &= !f->buf.failed;
    keep_buf_clear(&f->buf);
    return s;
}

static void part(struct keep_buf *b, struct keep_str title, int32_t weight)
{
    keep_buf_str(b, b->n ? "; " : "");
    keep_buf_add(b, title.p, title.n);
    keep_buf_printf(b, " (%+d)", weight);
}

static void word_evidence(struct keep_cases_words *f, const struct keep_cases_made *b)
{
    const struct keep_policy *p = f->c->p;
    uint64_t left = b->evidence;
    for (size_t r = 0; r < p->accesses; r++) {
        if (!p->access[r].evidence)
            continue;
        if (left & 1)
            part(&f->buf, p->access[r].title, p->access[r].weight);
        left >>= 1;
    }
    if (b->own_late)
        part(&f->buf, KEEP_STR("the only entry on file was written by the user after the first access"), KEEP_CASES_OWN_LATE);
    if (b->all_expected)
        part(&f->buf, KEEP_STR("a reason is on file"), -KEEP_CASES_REASON);
    if (b->shaded)
        part(&f->buf, KEEP_STR("all of it stands in cases above"), -KEEP_CASES_SHADED);
}

/* Few cases differ in their evidence: each wording stands in the arena once. */
static int evidence(struct keep_cases_words *f, const struct keep_cases_made *b, struct keep_str *out)
{
    bool ok = true;
    uint64_t key = b->evidence << 3 | (uint64_t)b->shaded << 2 | (uint64_t)b->own_late << 1 | b->all_expected;
    uint32_t *at = keep_u64map_put(&f->wording, key);
    if (!at || !keep_grow(&f->text, &f->text_cap, f->texts + 1, sizeof *f->text, KEEP_CASES_FIRST))
        return -1;
    if (*at == KEEP_U64MAP_NONE) {
        word_evidence(f, b);
        f->text[f->texts] = take(f, &ok);
        *at = (uint32_t)f->texts++;
    }
    *out = f->text[*at];
    return ok ? 0 : -1;
}

/* Everything that the explanations want, in their own words. */
static bool all_missing(struct keep_cases_words *f)
{
    const struct keep_policy *p = f->c->p;
    bool ok = true;
    if (f->missing.p)
        return true;
    for (size_t i = 0; i < p->explanations; i++) {
        if (!p->explanation[i].missing.n)
            continue;
        keep_buf_str(&f->buf, f->buf.n ? "; " : "");
        keep_buf_add(&f->buf, p->explanation[i].missing.p, p->explanation[i].missing.n);
    }
    if (!f->buf.n)
        keep_buf_str(&f->buf, "any declared reason");
    f->missing = take(f, &ok);
    return ok;
}

/* What on file would have made it expected, and what was not recorded about these two. */
static int missing_fact(struct keep_cases_words *f, const struct keep_cases_made *b, struct keep_str *out)
{
    struct keep_missing m;
    bool ok = true;
    keep_bind_set(&f->bind, &b->first);
    const struct keep_post *post = &f->bind.user->post;
    bool one = keep_missing_find(f->offer, f->offers, b->first.time, b->last, post, &m);
    if (!one && !all_missing(f))
        return -1;
    if (!one && !b->unknown) {
        *out = f->missing;
        return 0;
    }
    if (one)
        keep_missing_write(&m, post, &f->buf);
    else
        keep_buf_add(&f->buf, f->missing.p, f->missing.n);
    if (b->unknown) {
        struct keep_str u = b->judge ? keep_judge_unknown(b->judge, b->unknown, f->a) : f->in->before->text[b->unknown - 1];
        keep_buf_str(&f->buf, "; not recorded: ");
        keep_buf_add(&f->buf, u.p, u.n);
        ok = u.p != NULL;
    }
    *out = take(f, &ok);
    return ok ? 0 : -1;
}

/* Would a reason on file have changed anything? */
static bool wants_reason(const struct keep_cases_words *f, const struct keep_cases_made *b)
{
    return b->rule == KEEP_CASES_NO_RULE || (b->patient < f->c->w->patients && f->c->p->access[b->rule].unless_expected);
}

static uint64_t entity_of_user(const struct keep_world *w, uint32_t subject, uint8_t *kind)
{
    *kind = subject & KEEP_BIND_BY_ACCOUNT ? 'a' : 'w';
    uint32_t i = subject & ~KEEP_BIND_BY_ACCOUNT;
    if (*kind == 'w')
        return i < w->workers ? w->worker[i].entity : 0;
    return i < w->accounts ? w->account[i].entity : 0;
}

/* BLAKE2b-128 of the rule, who, whose chart, and the first event. */
static int make_id(struct keep_cases_words *f, const struct keep_cases_made *b, struct keep_case *out)
{
    static const uint8_t purpose[32] = "chartkeep case id";
    const struct keep_world *w = f->c->w;
    uint8_t kind;
    uint64_t user = entity_of_user(w, b->subject, &kind);
    keep_buf_bytes(&f->buf, out->rule.p, out->rule.n);
    keep_buf_u8(&f->buf, kind);
    keep_buf_u64(&f->buf, user);
    keep_buf_u64(&f->buf, b->patient < w->patients ? w->patient[b->patient].entity : 0);
    keep_buf_u32(&f->buf, b->first.source);
    keep_buf_u64(&f->buf, b->first.ordinal);
    bool ok = !f->buf.failed;
    if (ok)
        keep_hash_keyed(out->id, sizeof out->id, f->buf.p, f->buf.n, purpose);
    keep_buf_clear(&f->buf);
    return ok ? 0 : -1;
}

static struct keep_str masked(void *ctx, enum keep_field field, struct keep_str clear)
{
    const struct keep_cases_words *f = ctx;
    const struct keep_world *w = f->c->w;
    if (!f->in->mask)
        return clear;
    uint64_t entity = f->user;
    if (field == KEEP_FIELD_patient_name || field == KEEP_FIELD_patient_mrn)
        entity = f->patient;
    else if (field == KEEP_FIELD_user_login)
        entity = f->bind.account < w->accounts ? w->account[f->bind.account].entity : 0;
    return f->in->mask(f->in->mask_ctx, f->id, field, entity, clear);
}

static void last_term(const struct keep_cases_words *f, uint32_t term, const char *name, struct keep_value *out)
{
    const struct keep_world *w = f->c->w;
    *out = term < w->terms ? (struct keep_value){.type = KEEP_V_STRING, .s = w->term[term]} : (struct keep_value){.type = KEEP_V_UNKNOWN, .s = keep_str_of(name)};
}

/* What only the text of a rule over several events can name; all else is the first event's. */
static int finding(void *ctx, enum keep_field field, struct keep_value *out)
{
    struct keep_cases_words *f = ctx;
    switch ((int)field) {
    case KEEP_FIELD_finding_count: *out = (struct keep_value){.type = KEEP_V_INT, .i = (int64_t)f->now->count}; return 0;
    case KEEP_FIELD_finding_limit: *out = (struct keep_value){.type = KEEP_V_INT, .i = f->c->p->access[f->now->rule].limit}; return 0;
    case KEEP_FIELD_finding_first_time: *out = (struct keep_value){.type = KEEP_V_TIMESTAMP, .t = f->now->first.time}; return 0;
    case KEEP_FIELD_finding_last_time: *out = (struct keep_value){.type = KEEP_V_TIMESTAMP, .t = f->now->last}; return 0;
    case KEEP_FIELD_finding_first_place: return f->bind.env.field(&f->bind, KEEP_FIELD_event_place, out);
    case KEEP_FIELD_finding_first_unit: return f->bind.env.field(&f->bind, KEEP_FIELD_event_unit, out);
    case KEEP_FIELD_finding_last_place: last_term(f, f->now->end.place, "last.place", out); return 0;
    case KEEP_FIELD_finding_last_unit: last_term(f, f->now->end.unit, "last.unit", out); return 0;
    default: return f->bind.env.field(&f->bind, field, out);
    }
}

static int finding_call(void *ctx, enum keep_call c, const struct keep_value *arg, size_t n, struct keep_value *out)
{
    struct keep_cases_words *f = ctx;
    return f->bind.env.call(&f->bind, c, arg, n, out);
}

static int sentence(struct keep_cases_words *f, const struct keep_cases_made *b, struct keep_case *out, struct keep_err *err)
{
    const struct keep_world *w = f->c->w;
    bool ok = true;
    uint8_t kind;
    if (b->rule == KEEP_CASES_NO_RULE) {
        out->sentence = keep_str_of(unexplained_sentence);
        return 0;
    }
    f->id = out->id;
    f->patient = b->first.patient < w->patients ? w->patient[b->first.patient].entity : 0;
    f->now = b;
    keep_bind_set(&f->bind, &b->first);
    f->user = entity_of_user(w, keep_bind_subject(f->bind.user, b->first.account), &kind);
    const struct keep_env env = {.ctx = f, .arena = f->bind.scratch, .field = finding, .call = finding_call};
    int rc = keep_policy_explain(f->c->p, f->c->p->access[b->rule].explain, &env, masked, f, &f->buf);
    keep_arena_reset(f->bind.scratch);
    if (rc < 0)
        return keep_err_set(err, rc, "the explain text of rule %.*s could not be rendered", (int)out->rule.n, out->rule.p);
    out->sentence = take(f, &ok);
    return ok ? 0 : keep_cases_no_memory(err);
}

int keep_cases_words_say(struct keep_cases_words *f, const struct keep_cases_made *b, struct keep_case *out, struct keep_err *err)
{
    if (evidence(f, b, &out->evidence) || (wants_reason(f, b) && missing_fact(f, b, &out->missing_fact)))
        return keep_cases_no_memory(err);
    return sentence(f, b, out, err);
}

static void events_of(const struct keep_cases_words *f, const struct keep_cases_made *b, struct keep_case *out)
{
    struct keep_event_id *id = f->event + b->begin;
    for (uint32_t i = 0; i < b->hits; i++) {
        const struct keep_cases_access *x = keep_cases_access(f->c, f->c->dealt[b->begin + i]);
        id[i] = x->id;
    }
    out->event = id;
    out->events = b->hits;
}

int keep_cases_words_case(struct keep_cases_words *f, const struct keep_cases_made *b, struct keep_case *out, struct keep_err *err)
{
    const struct keep_policy *p = f->c->p;
    const struct keep_access *a = b->rule == KEEP_CASES_NO_RULE ? NULL : &p->access[b->rule];
    *out = (struct keep_case){
        .rule = a ? a->id : KEEP_STR("unexplained"),
        .title = a ? a->title : keep_str_of(unexplained_title),
        .authority = a ? a->authority : keep_str_of(unexplained_authority),
        .severity = a ? a->severity : KEEP_SEVERITY_LOW,
        .score = keep_cases_score(b),
        .weight = a ? a->weight : KEEP_CASES_UNEXPLAINED,
        .status = KEEP_CASE_NEEDS_REVIEW,
        .account = b->subject != KEEP_ID_NONE && b->first.account < f->c->w->accounts ? b->first.account : KEEP_ID_NONE,
        .worker = b->subject & KEEP_BIND_BY_ACCOUNT ? KEEP_ID_NONE : b->subject,
        .patient = b->patient < f->c->w->patients ? b->patient : KEEP_ID_NONE,
        .first = b->first.time,
        .last = b->last,
        .kept = !b->judged && b->weight > 0,
    };
    if (b->all_expected)
        out->expected_reason = p->explanation[b->expected].id;
    events_of(f, b, out);
    return make_id(f, b, out) ? keep_cases_no_memory(err) : 0;
}
