/* A pair's state says, for one (account, patient) over one stretch of time, which
 * explanation holds, which rules fire for certain, and which still depend on the
 * event. States are few and shared: a pair's cell is 32 bytes with the number of
 * its state, so the inner loop is one probe, two comparisons and a count. Cells
 * are a cache: what fell out of it is found again. */
#include "core/audit/judge.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit/conjunct.h"
#include "core/audit/states.h"

struct cell {
    uint64_t key;            /* account, patient */
    keep_time lo, hi;        /* lo = hi: empty */
    uint32_t state, pad;
};

struct keep_judge {
    struct keep_conjunct c;
    struct cell *cell;                /* CELLS of them, each for the latest pair that fell on it */
    struct keep_states states;
    uint64_t one;                     /* what an event counts: 0 of one that was counted before */
    bool looks_beyond;                /* some rule looks at events that opened nothing */
    uint64_t (*unable)[KEEP_CONJUNCT_MISSING]; /* [access + explanation] */
    uint64_t *fired;                  /* [access + explanation] */
    uint64_t *excepted;               /* [access] */
    uint32_t *hit;                    /* rules that fired for the event being judged */
    struct keep_conjunct_left *open, *maybe; /* room for a state being made */
    uint32_t *fire, *no, *dunno;
};

enum { CELLS = 4096 }; /* events come patient by patient, and few charts are opened by more: 128 KiB */

/* ---- life ---- */

static int make_room(struct keep_judge *j)
{
    size_t a = j->c.p->accesses, e = j->c.p->explanations;
    j->cell = calloc(CELLS, sizeof *j->cell);
    j->unable = calloc(a + e + 1, sizeof *j->unable);
    j->fired = calloc(a + e + 1, sizeof *j->fired);
    j->excepted = calloc(a + 1, sizeof *j->excepted);
    j->hit = calloc(a + 1, sizeof *j->hit);
    j->open = calloc(e + 1, sizeof *j->open);
    j->maybe = calloc(a + 1, sizeof *j->maybe);
    j->fire = calloc(a + 1, sizeof *j->fire);
    j->no = calloc(a + 1, sizeof *j->no);
    j->dunno = calloc(e + 1, sizeof *j->dunno);
    if (keep_states_init(&j->states, j->c.terms.rules) || !j->cell || !j->unable || !j->fired || !j->excepted || !j->hit || !j->open || !j->maybe || !j->fire || !j->no || !j->dunno)
        return -1;
    for (size_t i = 0; i < a; i++) {
        const struct keep_term_rule *r = &j->c.terms.access[i];
        j->looks_beyond |= !r->opened_only && !r->evidence && r->single;
    }
    return 0;
}

int keep_judge_new(struct keep_judge **out, const struct keep_policy *p, const struct keep_world *w, const struct keep_zone *zone,
                   struct keep_relate *relate, struct keep_err *err)
{
    size_t evidence = 0;
    for (size_t i = 0; i < p->accesses; i++)
        evidence += p->access[i].evidence;
    if (evidence > KEEP_JUDGE_EVIDENCE)
        return keep_err_set(err, KEEP_E_LIMIT, "more than %d evidence rules", KEEP_JUDGE_EVIDENCE);
    struct keep_judge *j = calloc(1, sizeof *j);
    if (!j)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    j->one = 1;
    int rc = keep_conjunct_init(&j->c, p, w, zone, relate, err);
    if (!rc && make_room(j))
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc)
        keep_judge_free(j);
    else
        *out = j;
    return rc;
}

void keep_judge_free(struct keep_judge *j)
{
    if (!j)
        return;
    keep_states_done(&j->states);
    keep_conjunct_done(&j->c);
    void *room[] = {j->cell, j->unable, j->fired, j->excepted, j->hit, j->open, j->maybe, j->fire, j->no, j->dunno};
    for (size_t i = 0; i < sizeof room / sizeof *room; i++)
        free(room[i]);
    free(j);
}

/* ---- states ---- */

/* The number of the next rule at or behind r, below end, that is not known not to hold; end: none. */
static uint32_t next_rule(const struct keep_judge *j, size_t account, uint32_t r, uint32_t end)
{
    while (r < end) {
        uint64_t left = ~keep_conjunct_dead(&j->c, account, r / 64) >> r % 64;
        if (left)
            return r + (uint32_t)__builtin_ctzll(left) < end ? r + (uint32_t)__builtin_ctzll(left) : end;
        r = (r / 64 + 1) * 64;
    }
    return end;
}

static int explain(struct keep_judge *j, struct keep_state *s, size_t account, struct keep_err *err)
{
    uint32_t from = (uint32_t)j->c.terms.units, end = j->c.terms.rules;
    s->expected = -1;
    for (uint32_t r = next_rule(j, account, from, end); r < end; r = next_rule(j, account, r + 1, end)) {
        struct keep_conjunct_left *o = &j->open[s->opens];
        uint32_t e = r - from;
        uint8_t code;
        int rc = keep_conjunct_by_pair(&j->c, &j->c.terms.explanation[e], o, &code, err);
        if (rc)
            return rc;
        if (code == KEEP_CODE_YES) {
            s->expected = (int32_t)e;
            break;
        }
        if (code == KEEP_CODE_DEPENDS && !o->missing) {
            o->rule = e;
            s->opens++;
        } else if (code != KEEP_CODE_NO) {
            j->dunno[s->unknowns++] = e << 8 | (code == KEEP_CODE_DEPENDS ? o->missing : code);
        }
    }
    s->own_late = s->expected < 0 && j->c.own_late;
    return 0;
}

static int apply(struct keep_judge *j, struct keep_state *s, size_t account, struct keep_err *err)
{
    bool patient = j->c.batch->patient[j->c.i] < j->c.bind.world->patients;
    uint32_t end = (uint32_t)j->c.p->accesses;
    for (uint32_t r = next_rule(j, account, 0, end); r < end; r = next_rule(j, account, r + 1, end)) {
        const struct keep_term_rule *t = &j->c.terms.access[r];
        struct keep_conjunct_left *o = &j->maybe[s->maybes];
        uint8_t code;
        if (t->evidence || !t->single || (t->needs_patient && !patient) || (t->unless_expected && s->expected >= 0))
            continue;
        int rc = keep_conjunct_by_pair(&j->c, t, o, &code, err);
        if (rc)
            return rc;
        if (code == KEEP_CODE_NO)
            continue;
        if (code == KEEP_CODE_DEPENDS || !t->opened_only || (t->unless_expected && s->opens)) {
            o->rule = r;
            s->maybes++;
        } else if (code == KEEP_CODE_YES) {
            j->fire[s->fires++] = r;
        } else {
            j->no[s->unables++] = r << 8 | code;
        }
    }
    return 0;
}

/* Makes the state of the event's pair around the event's time. */
static int make_state(struct keep_judge *j, struct cell *c, const struct keep_bind_user *u, struct keep_err *err)
{
    struct keep_state s = {.open = j->open, .maybe = j->maybe, .fire = j->fire, .unable = j->no, .unknown = j->dunno};
    bool about = j->c.batch->patient[j->c.i] < j->c.bind.world->patients;
    size_t account = (size_t)(u - j->c.bind.users);
    keep_conjunct_meet(&j->c, u);
    s.expected = -1;
    int rc = about ? explain(j, &s, account, err) : 0;
    if (!rc)
        rc = apply(j, &s, account, err);
    if (rc)
        return rc;
    if (keep_states_intern(&j->states, &s, &c->state))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory while judging accesses");
    c->lo = j->c.lo;
    c->hi = j->c.hi;
    return 0;
}

/* ---- pairs ---- */

static uint64_t key_of(const struct keep_events *b, uint32_t i)
{
    return keep_u64map_pair(b->account[i], b->patient[i]);
}

static int state_of(struct keep_judge *j, struct keep_state **out, struct keep_err *err)
{
    const struct keep_events *b = j->c.batch;
    keep_time t = b->time[j->c.i];
    uint64_t key = key_of(b, j->c.i);
    const struct keep_bind_user *u = keep_conjunct_user(&j->c, b->account[j->c.i], t);
    struct cell *c = &j->cell[keep_u64map_mix(key) % CELLS];
    if (c->key != key || t < c->lo || t >= c->hi) {
        int rc = make_state(j, c, u, err);
        if (rc)
            return rc;
        c->key = key;
    }
    *out = &j->states.state[c->state];
    return 0;
}

/* ---- events ---- */

static void unable(struct keep_judge *j, size_t row, uint8_t code)
{
    j->unable[row][code - KEEP_CODE_UNKNOWN] += j->one;
}

/* Explanations that depend on the event, each before the one that holds for the pair. */
static int explain_event(struct keep_judge *j, const struct keep_state *s, int *expected, struct keep_err *err)
{
    *expected = s->expected;
    for (uint32_t k = 0; k < s->opens; k++) {
        uint8_t code;
        int rc = keep_conjunct_by_event(&j->c, &j->c.terms.explanation[s->open[k].rule], &s->open[k], &code, err);
        if (rc)
            return rc;
        if (code == KEEP_CODE_YES) {
            *expected = (int)s->open[k].rule;
            return 0;
        }
    }
    return 0;
}

/* Nothing holds: what was not recorded is counted, whether it was missing for the pair or for this event. */
static int count_unknown(struct keep_judge *j, const struct keep_state *s, struct keep_err *err)
{
    size_t row = j->c.p->accesses;
    for (uint32_t k = 0; k < s->unknowns; k++)
        unable(j, row + (s->unknown[k] >> 8), (uint8_t)s->unknown[k]);
    for (uint32_t k = 0; k < s->opens; k++) {
        uint8_t code;
        int rc = keep_conjunct_by_event(&j->c, &j->c.terms.explanation[s->open[k].rule], &s->open[k], &code, err);
        if (rc)
            return rc;
        if (code >= KEEP_CODE_UNKNOWN)
            unable(j, row + s->open[k].rule, code);
    }
    return 0;
}

/* Of the rules that fired, those that no exception keeps from it. */
static int except(struct keep_judge *j, uint32_t *n, struct keep_err *err)
{
    uint32_t left = 0;
    for (uint32_t k = 0; k < *n; k++) {
        const struct keep_exception *x;
        int rc = keep_conjunct_excepted(&j->c, &j->c.p->access[j->hit[k]], &x, err);
        if (rc)
            return rc;
        if (x)
            j->excepted[j->hit[k]] += j->one;
        else
            j->fired[j->hit[left++] = j->hit[k]] += j->one;
    }
    *n = left;
    return 0;
}

static int fire(struct keep_judge *j, const struct keep_state *s, int expected, uint32_t *n, struct keep_err *err)
{
    bool opened = j->c.batch->exposure[j->c.i] == KEEP_EXPOSURE_OPENED, any = false;
    const uint64_t *living = NULL;
    uint32_t f = 0;
    int rc = s->maybes ? keep_conjunct_living(&j->c, &living, err) : 0;
    if (rc)
        return rc;
    for (size_t w = 0; s->maybes && w < j->c.words && !any; w++)
        any = (living[w] & s->maybes_set[w]) != 0;
    *n = 0;
    for (uint32_t k = 0; any && k < s->maybes; k++) {
        const struct keep_conjunct_left *o = &s->maybe[k];
        const struct keep_term_rule *r = &j->c.terms.access[o->rule];
        uint8_t code;
        if (!(living[o->rule / 64] >> o->rule % 64 & 1) || (r->unless_expected && expected >= 0))
            continue;
        rc = keep_conjunct_by_event(&j->c, r, o, &code, err);
        if (rc)
            return rc;
        for (; opened && f < s->fires && s->fire[f] < o->rule; f++)
            j->hit[(*n)++] = s->fire[f];
        if (code == KEEP_CODE_YES)
            j->hit[(*n)++] = o->rule;
        else if (code != KEEP_CODE_NO)
            unable(j, o->rule, code);
    }
    for (; opened && f < s->fires; f++)
        j->hit[(*n)++] = s->fire[f];
    return except(j, n, err);
}

int keep_judge_event(struct keep_judge *j, const struct keep_events *batch, uint32_t i, struct keep_judgement *out, struct keep_err *err)
{
    bool opened = batch->exposure[i] == KEEP_EXPOSURE_OPENED, about = batch->patient[i] < j->c.bind.world->patients;
    struct keep_state *s;
    *out = (struct keep_judgement){.verdict = KEEP_VERDICT_NOT_ASSESSED, .explanation = -1, .fired = j->hit};
    keep_conjunct_point(&j->c, batch, i);
    if (!opened && !j->looks_beyond)
        return 0;
    int rc = state_of(j, &s, err);
    if (rc)
        return rc;
    out->explanation = s->expected;
    if (s->opens && (rc = explain_event(j, s, &out->explanation, err)))
        return rc;
    if ((s->maybes || s->fires) && (rc = fire(j, s, out->explanation, &out->fired_n, err)))
        return rc;
    if (opened) {
        s->events += j->one;
        if (about)
            out->verdict = out->explanation >= 0 ? KEEP_VERDICT_EXPECTED : KEEP_VERDICT_UNEXPLAINED;
        if (out->explanation >= 0)
            j->fired[j->c.p->accesses + (size_t)out->explanation] += j->one;
    }
    if (out->explanation < 0 && about) {
        out->own_late = s->own_late;
        out->unknown = s->unknowns ? (uint32_t)(s - j->states.state) + 1 : 0;
        if (opened && (rc = count_unknown(j, s, err)))
            return rc;
    }
    if (out->fired_n)
        out->verdict = KEEP_VERDICT_FLAGGED;
    return 0;
}

void keep_judge_mute(struct keep_judge *j, bool muted)
{
    j->one = muted ? 0 : 1;
}

uint32_t keep_judge_subject(struct keep_judge *j, const struct keep_events *batch, uint32_t i)
{
    return keep_judge_who(j, batch->account[i], batch->time[i]);
}

uint32_t keep_judge_who(struct keep_judge *j, uint32_t account, keep_time t)
{
    return keep_bind_subject(keep_conjunct_user(&j->c, account, t), account);
}

int keep_judge_alive(struct keep_judge *j, uint32_t rule, const struct keep_events *batch, uint32_t i, bool *out, struct keep_err *err)
{
    keep_conjunct_point(&j->c, batch, i);
    return keep_conjunct_alive(&j->c, rule, out, err);
}

uint32_t keep_judge_step(const struct keep_judge *j, uint32_t rule, uint32_t step)
{
    uint32_t at = (uint32_t)j->c.p->accesses;
    for (uint32_t i = 0; i < rule; i++)
        at += j->c.p->access[i].steps;
    return at + step;
}

int keep_judge_rule(struct keep_judge *j, uint32_t rule, const struct keep_judgement *v, enum keep_tristate *holds, struct keep_err *err)
{
    const struct keep_term_rule *r = &j->c.terms.access[rule];
    bool lives;
    uint8_t code;
    int rc = keep_conjunct_alive(&j->c, rule, &lives, err);
    *holds = KEEP_TRI_NO;
    if (rc || !lives || (r->unless_expected && v->explanation >= 0))
        return rc;
    keep_conjunct_meet(&j->c, keep_conjunct_user(&j->c, j->c.batch->account[j->c.i], j->c.batch->time[j->c.i]));
    rc = keep_conjunct_whole(&j->c, r, &code, err);
    if (rc)
        return rc;
    if (code == KEEP_CODE_YES) {
        const struct keep_exception *x = NULL;
        rc = r->excepted ? keep_conjunct_excepted(&j->c, &j->c.p->access[r->of], &x, err) : 0;
        if (rc)
            return rc;
        j->excepted[r->of] += x ? j->one : 0;
        *holds = x ? KEEP_TRI_NO : KEEP_TRI_YES;
    } else if (code >= KEEP_CODE_UNKNOWN) {
        *holds = KEEP_TRI_UNKNOWN;
        unable(j, r->of, code);
    }
    return 0;
}

int keep_judge_evidence(struct keep_judge *j, const struct keep_events *batch, uint32_t i, uint8_t *code, struct keep_err *err)
{
    keep_conjunct_point(&j->c, batch, i);
    keep_conjunct_meet(&j->c, keep_conjunct_user(&j->c, batch->account[i], batch->time[i]));
    for (uint32_t r = 0; r < j->c.p->accesses; r++) {
        const struct keep_term_rule *t = &j->c.terms.access[r];
        bool lives;
        if (!t->evidence)
            continue;
        *code = KEEP_CODE_NO;
        int rc = keep_conjunct_alive(&j->c, r, &lives, err);
        if (!rc && lives)
            rc = keep_conjunct_whole(&j->c, t, code, err);
        if (rc)
            return rc;
        code++;
    }
    return 0;
}

uint32_t keep_judge_evidences(const struct keep_judge *j)
{
    uint32_t n = 0;
    for (size_t r = 0; r < j->c.p->accesses; r++)
        n += j->c.p->access[r].evidence;
    return n;
}

uint64_t keep_judge_weigh(struct keep_judge *j, const uint8_t *code)
{
    uint64_t have = 0;
    for (uint32_t r = 0, k = 0; r < j->c.p->accesses; r++) {
        if (!j->c.terms.access[r].evidence)
            continue;
        if (code[k] == KEEP_CODE_YES) {
            have |= UINT64_C(1) << k;
            j->fired[r] += j->one;
        } else if (code[k] != KEEP_CODE_NO) {
            unable(j, r, code[k]);
        }
        k++;
    }
    return have;
}

/* ---- counts ---- */

struct keep_str keep_judge_unknown(const struct keep_judge *j, uint32_t unknown, struct keep_arena *a)
{
    struct keep_buf b = KEEP_BUF_INIT;
    const struct keep_state *s = &j->states.state[unknown - 1];
    uint64_t said[KEEP_CONJUNCT_MISSING / 64 + 1] = {0};
    for (uint32_t k = 0; k < s->unknowns; k++) {
        uint32_t m = (s->unknown[k] & 0xFF) - KEEP_CODE_UNKNOWN;
        if (said[m / 64] >> m % 64 & 1)
            continue;
        said[m / 64] |= UINT64_C(1) << m % 64;
        keep_buf_str(&b, b.n ? ", " : "");
        keep_buf_add(&b, j->c.missing[m].p, j->c.missing[m].n);
    }
    bool ok = true;
    struct keep_str out = keep_arena_str(a, keep_buf_view(&b), &ok);
    if (!ok || b.failed)
        out = (struct keep_str){NULL, 0};
    keep_buf_free(&b);
    return out;
}

/* What was missing, by text: judges number the texts each as they met them. */
struct missed {
    struct keep_str text[KEEP_CONJUNCT_MISSING];
    size_t texts;
    uint64_t (*sum)[KEEP_CONJUNCT_MISSING]; /* [access + explanation] */
};

static size_t text_number(struct missed *m, struct keep_str s)
{
    size_t i = 0;
    while (i < m->texts && !keep_str_eq(m->text[i], s))
        i++;
    if (i == KEEP_CONJUNCT_MISSING)
        return 0;
    m->text[i] = s;
    m->texts += i == m->texts;
    return i;
}

static void add_missed(struct missed *m, const struct keep_judge *j)
{
    size_t number[KEEP_CONJUNCT_MISSING], rules = j->c.p->accesses + j->c.p->explanations;
    for (size_t i = 0; i < j->c.missings; i++)
        number[i] = text_number(m, j->c.missing[i]);
    for (size_t r = 0; r < rules; r++)
        for (size_t i = 0; i < j->c.missings; i++)
            m->sum[r][number[i]] += j->unable[r][i];
    for (size_t i = 0; i < j->states.n; i++)
        for (uint32_t k = 0; k < j->states.state[i].unables; k++)
            m->sum[j->states.state[i].unable[k] >> 8][number[(j->states.state[i].unable[k] & 0xFF) - KEEP_CODE_UNKNOWN]] += j->states.state[i].events;
}

/* Is a the text to name rather than b? The one met more often, of equals the first in the alphabet. */
static bool rather(const struct missed *m, const uint64_t *sum, size_t a, size_t b)
{
    if (sum[a] != sum[b])
        return sum[a] > sum[b];
    size_t n = m->text[a].n < m->text[b].n ? m->text[a].n : m->text[b].n;
    int c = memcmp(m->text[a].p, m->text[b].p, n);
    return c ? c < 0 : m->text[a].n < m->text[b].n;
}

int keep_judge_counts(struct keep_judge *const *judge, size_t n, struct keep_arena *a, struct keep_audit_rule_count *access,
                      struct keep_audit_rule_count *explanation)
{
    size_t accesses = judge[0]->c.p->accesses, rules = accesses + judge[0]->c.p->explanations;
    struct missed m = {.sum = calloc(rules + 1, sizeof *m.sum)};
    bool ok = m.sum != NULL;
    for (size_t k = 0; ok && k < n; k++)
        add_missed(&m, judge[k]);
    for (size_t i = 0; ok && i < rules; i++) {
        struct keep_audit_rule_count *c = i < accesses ? &access[i] : &explanation[i - accesses];
        size_t most = 0;
        for (size_t k = 0; k < n; k++) {
            c->fired += judge[k]->fired[i];
            c->excepted += i < accesses ? judge[k]->excepted[i] : 0;
        }
        for (size_t t = 0; t < m.texts; t++) {
            c->unable += m.sum[i][t];
            if (rather(&m, m.sum[i], t, most))
                most = t;
        }
        c->missing = c->unable ? keep_arena_str(a, m.text[most], &ok) : (struct keep_str){NULL, 0};
    }
    free(m.sum);
    return ok ? 0 : KEEP_E_NOMEM;
}

int keep_judge_prove(struct keep_judge *j, bool access, uint32_t index, const struct keep_judgement *v, struct keep_audit_proof *out, struct keep_err *err)
{
    const struct keep_term_rule *r = access ? &j->c.terms.access[index] : &j->c.terms.explanation[index];
    bool lives = true;
    uint8_t code = KEEP_CODE_NO;
    j->c.fresh = true;
    keep_conjunct_meet(&j->c, keep_conjunct_user(&j->c, j->c.batch->account[j->c.i], j->c.batch->time[j->c.i]));
    int rc = access ? keep_conjunct_alive(&j->c, index, &lives, err) : 0;
    if (!rc && lives)
        rc = keep_conjunct_whole(&j->c, r, &code, err);
    j->c.fresh = false;
    if (rc)
        return rc;
    *out = (struct keep_audit_proof){.access = access, .index = index, .own_late_fact = j->c.own_late};
    if (access && r->unless_expected && v->explanation >= 0)
        code = KEEP_CODE_NO;
    if (access && code == KEEP_CODE_YES && (rc = keep_conjunct_excepted(&j->c, &j->c.p->access[index], &out->exception, err)))
        return rc;
    if (out->exception)
        code = KEEP_CODE_NO;
    out->outcome = code == KEEP_CODE_YES ? KEEP_TRI_YES : code == KEEP_CODE_NO ? KEEP_TRI_NO : KEEP_TRI_UNKNOWN;
    if (code >= KEEP_CODE_UNKNOWN)
        out->missing = j->c.missing[code - KEEP_CODE_UNKNOWN];
    else if (code == KEEP_CODE_YES)
        out->relation = j->c.by;
    return 0;
}
