/* A pair's state says, for one (account, patient) over one stretch of time, which
 * explanation holds, which rules fire for certain, and which still depend on the
 * event. States are few and shared: a pair's cell is 32 bytes with the number of
 * its state, so the inner loop is one probe, two comparisons and a count. */
#include "core/audit/judge.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit/conjunct.h"
#include "core/audit/u64map.h"

/* One list after the other in one block of words, so that states compare by memcmp. */
struct state {
    int32_t expected;        /* explanation that holds for every event, -1 */
    uint32_t own_late;
    uint32_t opens, maybes, fires, unables, unknowns;
    const struct keep_conjunct_left *open;   /* explanations before `expected` that depend on the event */
    const struct keep_conjunct_left *maybe;  /* access rules that do */
    const uint32_t *fire;           /* access rules that fire for every opened event */
    const uint32_t *unable;         /* rule << 8 | code: kept from firing by an unknown */
    const uint32_t *unknown;        /* explanation << 8 | code */
    uint64_t events;                /* opened events seen in it */
    size_t size;
    unsigned char *bytes;
};

struct cell {
    uint64_t key;            /* account, patient */
    keep_time lo, hi;        /* lo = hi: free */
    uint32_t state, pad;
};

struct keep_judge {
    struct keep_conjunct c;
    struct cell *cell;
    size_t cells, cell_cap;
    struct state *state;
    size_t states, state_cap;
    struct keep_u64map state_of;
    bool looks_beyond;                /* some rule looks at events that opened nothing */
    uint64_t (*unable)[KEEP_CONJUNCT_MISSING]; /* [access + explanation] */
    uint64_t *fired;                  /* [access + explanation] */
    uint32_t *hit;                    /* rules that fired for the event being judged */
    struct keep_conjunct_left *open, *maybe; /* room for a state being made */
    uint32_t *fire, *no, *dunno;
};

enum { FIRST_CELLS = 4096 };

/* ---- life ---- */

static int make_room(struct keep_judge *j)
{
    size_t a = j->c.p->accesses, e = j->c.p->explanations;
    j->cell_cap = FIRST_CELLS;
    j->cell = calloc(j->cell_cap, sizeof *j->cell);
    j->unable = calloc(a + e + 1, sizeof *j->unable);
    j->fired = calloc(a + e + 1, sizeof *j->fired);
    j->hit = calloc(a + 1, sizeof *j->hit);
    j->open = calloc(e + 1, sizeof *j->open);
    j->maybe = calloc(a + 1, sizeof *j->maybe);
    j->fire = calloc(a + 1, sizeof *j->fire);
    j->no = calloc(a + 1, sizeof *j->no);
    j->dunno = calloc(e + 1, sizeof *j->dunno);
    if (!j->cell || !j->unable || !j->fired || !j->hit || !j->open || !j->maybe || !j->fire || !j->no || !j->dunno)
        return -1;
    for (size_t i = 0; i < a; i++) {
        const struct keep_term_rule *r = &j->c.terms.access[i];
        j->looks_beyond |= !r->opened_only && !r->evidence && r->single;
    }
    return 0;
}

int keep_judge_new(struct keep_judge **out, const struct keep_policy *p, const struct keep_world *w, const struct keep_zone *zone,
                   const struct keep_relate *relate, struct keep_err *err)
{
    size_t evidence = 0;
    for (size_t i = 0; i < p->accesses; i++)
        evidence += p->access[i].evidence;
    if (evidence > KEEP_JUDGE_EVIDENCE)
        return keep_err_set(err, KEEP_E_LIMIT, "more than %d evidence rules", KEEP_JUDGE_EVIDENCE);
    struct keep_judge *j = calloc(1, sizeof *j);
    if (!j)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
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
    for (size_t i = 0; i < j->states; i++)
        free(j->state[i].bytes);
    keep_conjunct_done(&j->c);
    keep_u64map_free(&j->state_of);
    void *room[] = {j->cell, j->state, j->unable, j->fired, j->hit, j->open, j->maybe, j->fire, j->no, j->dunno};
    for (size_t i = 0; i < sizeof room / sizeof *room; i++)
        free(room[i]);
    free(j);
}

/* ---- states ---- */

static uint64_t digest(const unsigned char *p, size_t n)
{
    uint64_t h = UINT64_C(0xCBF29CE484222325); /* FNV-1a, 64 bit */
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * UINT64_C(0x100000001B3);
    return h;
}

static size_t put(unsigned char *to, size_t at, const void *p, size_t n)
{
    if (n)
        memcpy(to + at, p, n);
    return at + (n + 7) / 8 * 8;
}

/* The state's lists, moved into one zeroed block behind a copy of its numbers. */
static int pack(struct state *s)
{
    const uint32_t head[8] = {(uint32_t)s->expected, s->own_late, s->opens, s->maybes, s->fires, s->unables, s->unknowns, 0};
    s->size = sizeof head + (s->opens + s->maybes) * sizeof(struct keep_conjunct_left) + ((size_t)s->fires + s->unables + s->unknowns) * 4 + 3 * 8;
    unsigned char *b = calloc(1, s->size);
    if (!b)
        return -1;
    size_t at = put(b, 0, head, sizeof head), next = put(b, at, s->open, s->opens * sizeof *s->open);
    s->open = (const struct keep_conjunct_left *)(const void *)(b + at);
    at = put(b, next, s->maybe, s->maybes * sizeof *s->maybe);
    s->maybe = (const struct keep_conjunct_left *)(const void *)(b + next);
    next = put(b, at, s->fire, s->fires * 4u);
    s->fire = (const uint32_t *)(const void *)(b + at);
    at = put(b, next, s->unable, s->unables * 4u);
    s->unable = (const uint32_t *)(const void *)(b + next);
    put(b, at, s->unknown, s->unknowns * 4u);
    s->unknown = (const uint32_t *)(const void *)(b + at);
    s->bytes = b;
    return 0;
}

/* The number of an equal state, made when new. */
static int intern(struct keep_judge *j, struct state *s, uint32_t *out)
{
    if (pack(s))
        return -1;
    for (uint64_t h = digest(s->bytes, s->size);; h++) {
        uint32_t *at = keep_u64map_put(&j->state_of, h);
        if (!at)
            break;
        if (*at == KEEP_U64MAP_NONE) {
            if (j->states == j->state_cap) {
                size_t cap = j->state_cap ? j->state_cap * 2 : 64;
                struct state *more = realloc(j->state, cap * sizeof *more);
                if (!more)
                    break;
                j->state = more;
                j->state_cap = cap;
            }
            *at = (uint32_t)j->states;
            j->state[j->states++] = *s;
            *out = *at;
            return 0;
        }
        if (j->state[*at].size == s->size && !memcmp(j->state[*at].bytes, s->bytes, s->size)) {
            free(s->bytes);
            *out = *at;
            return 0;
        }
    }
    free(s->bytes);
    return -1;
}

static int explain(struct keep_judge *j, struct state *s, struct keep_err *err)
{
    s->expected = -1;
    for (uint32_t e = 0; e < j->c.p->explanations; e++) {
        struct keep_conjunct_left *o = &j->open[s->opens];
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

static int apply(struct keep_judge *j, struct state *s, struct keep_err *err)
{
    bool patient = j->c.batch->patient[j->c.i] < j->c.bind.world->patients;
    for (uint32_t r = 0; r < j->c.p->accesses; r++) {
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
    struct state s = {.open = j->open, .maybe = j->maybe, .fire = j->fire, .unable = j->no, .unknown = j->dunno};
    bool about = j->c.batch->patient[j->c.i] < j->c.bind.world->patients;
    memset(j->open, 0, (j->c.p->explanations + 1) * sizeof *j->open); /* padding takes part in comparing */
    memset(j->maybe, 0, (j->c.p->accesses + 1) * sizeof *j->maybe);
    keep_conjunct_meet(&j->c, u);
    s.expected = -1;
    int rc = about ? explain(j, &s, err) : 0;
    if (!rc)
        rc = apply(j, &s, err);
    if (rc)
        return rc;
    if (intern(j, &s, &c->state))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory while judging accesses");
    c->lo = j->c.lo;
    c->hi = j->c.hi;
    return 0;
}

/* ---- pairs ---- */

static struct cell *find(struct cell *cell, size_t cap, uint64_t key)
{
    size_t i = (size_t)keep_u64map_mix(key) & (cap - 1);
    while (cell[i].lo != cell[i].hi && cell[i].key != key)
        i = (i + 1) & (cap - 1);
    return &cell[i];
}

static uint64_t key_of(const struct keep_events *b, uint32_t i)
{
    return keep_u64map_pair(b->account[i], b->patient[i]);
}

void keep_judge_prefetch(const struct keep_judge *j, const struct keep_events *batch, uint32_t i)
{
    __builtin_prefetch(&j->cell[(size_t)keep_u64map_mix(key_of(batch, i)) & (j->cell_cap - 1)]);
}

static int grow(struct keep_judge *j, struct keep_err *err)
{
    size_t cap = j->cell_cap * 2;
    struct cell *cell = calloc(cap, sizeof *cell);
    if (!cell)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory while judging accesses");
    for (size_t i = 0; i < j->cell_cap; i++)
        if (j->cell[i].lo != j->cell[i].hi)
            *find(cell, cap, j->cell[i].key) = j->cell[i];
    free(j->cell);
    j->cell = cell;
    j->cell_cap = cap;
    return 0;
}

static int state_of(struct keep_judge *j, struct state **out, struct keep_err *err)
{
    const struct keep_events *b = j->c.batch;
    keep_time t = b->time[j->c.i];
    const struct keep_bind_user *u = keep_conjunct_user(&j->c, b->account[j->c.i], t);
    struct cell *c = find(j->cell, j->cell_cap, key_of(b, j->c.i));
    if (t < c->lo || t >= c->hi || c->lo == c->hi) {
        if (c->lo == c->hi) {
            if (j->cells >= j->cell_cap / 2) {
                int rc = grow(j, err);
                if (rc)
                    return rc;
                c = find(j->cell, j->cell_cap, key_of(b, j->c.i));
            }
            c->key = key_of(b, j->c.i);
            j->cells++;
        }
        int rc = make_state(j, c, u, err);
        if (rc)
            return rc;
    }
    *out = &j->state[c->state];
    return 0;
}

/* ---- events ---- */

static void unable(struct keep_judge *j, size_t row, uint8_t code)
{
    j->unable[row][code - KEEP_CODE_UNKNOWN]++;
}

/* Explanations that depend on the event, each before the one that holds for the pair. */
static int explain_event(struct keep_judge *j, const struct state *s, int *expected, struct keep_err *err)
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
static int count_unknown(struct keep_judge *j, const struct state *s, struct keep_err *err)
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

static int fire(struct keep_judge *j, const struct state *s, int expected, uint32_t *n, struct keep_err *err)
{
    bool opened = j->c.batch->exposure[j->c.i] == KEEP_EXPOSURE_OPENED;
    uint32_t f = 0;
    *n = 0;
    for (uint32_t k = 0; k < s->maybes; k++) {
        const struct keep_conjunct_left *o = &s->maybe[k];
        const struct keep_term_rule *r = &j->c.terms.access[o->rule];
        bool lives;
        uint8_t code;
        int rc = keep_conjunct_alive(&j->c, o->rule, &lives, err);
        if (rc)
            return rc;
        if (!lives || (r->unless_expected && expected >= 0))
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
    for (uint32_t k = 0; k < *n; k++)
        j->fired[j->hit[k]]++;
    return 0;
}

int keep_judge_event(struct keep_judge *j, const struct keep_events *batch, uint32_t i, struct keep_judgement *out, struct keep_err *err)
{
    bool opened = batch->exposure[i] == KEEP_EXPOSURE_OPENED, about = batch->patient[i] < j->c.bind.world->patients;
    struct state *s;
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
        s->events++;
        if (about)
            out->verdict = out->explanation >= 0 ? KEEP_VERDICT_EXPECTED : KEEP_VERDICT_UNEXPLAINED;
        if (out->explanation >= 0)
            j->fired[j->c.p->accesses + (size_t)out->explanation]++;
    }
    if (out->explanation < 0 && about) {
        out->own_late = s->own_late;
        out->unknown = s->unknowns ? (uint32_t)(s - j->state) + 1 : 0;
        if (opened && (rc = count_unknown(j, s, err)))
            return rc;
    }
    if (out->fired_n)
        out->verdict = KEEP_VERDICT_FLAGGED;
    return 0;
}

uint32_t keep_judge_subject(struct keep_judge *j, const struct keep_events *batch, uint32_t i)
{
    return keep_bind_subject(keep_conjunct_user(&j->c, batch->account[i], batch->time[i]), batch->account[i]);
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
    if (code == KEEP_CODE_YES)
        *holds = KEEP_TRI_YES;
    if (code >= KEEP_CODE_UNKNOWN) {
        *holds = KEEP_TRI_UNKNOWN;
        unable(j, r->of, code);
    }
    return 0;
}

int keep_judge_evidence(struct keep_judge *j, const struct keep_events *batch, uint32_t i, uint64_t *have, struct keep_err *err)
{
    uint64_t bit = 1;
    keep_conjunct_point(&j->c, batch, i);
    keep_conjunct_meet(&j->c, keep_conjunct_user(&j->c, batch->account[i], batch->time[i]));
    for (uint32_t r = 0; r < j->c.p->accesses; r++) {
        const struct keep_term_rule *t = &j->c.terms.access[r];
        if (!t->evidence)
            continue;
        if (!(*have & bit)) {
            bool lives;
            uint8_t code = KEEP_CODE_NO;
            int rc = keep_conjunct_alive(&j->c, r, &lives, err);
            if (!rc && lives)
                rc = keep_conjunct_whole(&j->c, t, &code, err);
            if (rc)
                return rc;
            if (code == KEEP_CODE_YES) {
                *have |= bit;
                j->fired[r]++;
            } else if (code != KEEP_CODE_NO) {
                unable(j, r, code);
            }
        }
        bit <<= 1;
    }
    return 0;
}

/* ---- counts ---- */

struct keep_str keep_judge_unknown(const struct keep_judge *j, uint32_t unknown, struct keep_arena *a)
{
    struct keep_buf b = KEEP_BUF_INIT;
    const struct state *s = &j->state[unknown - 1];
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

void keep_judge_recount(struct keep_judge *j)
{
    for (size_t i = 0; i < j->states; i++)
        j->state[i].events = 0;
    for (size_t i = 0; i < j->c.p->accesses + j->c.p->explanations; i++) {
        if (i < j->c.p->accesses && !j->c.terms.access[i].single)
            continue;
        j->fired[i] = 0;
        memset(j->unable[i], 0, sizeof j->unable[i]);
    }
}

int keep_judge_counts(const struct keep_judge *j, struct keep_arena *a, struct keep_audit_rule_count *access, struct keep_audit_rule_count *explanation)
{
    size_t rules = j->c.p->accesses + j->c.p->explanations;
    uint64_t(*sum)[KEEP_CONJUNCT_MISSING] = calloc(rules + 1, sizeof *sum);
    bool ok = sum != NULL;
    for (size_t i = 0; ok && i < rules; i++)
        memcpy(sum[i], j->unable[i], sizeof sum[i]);
    for (size_t i = 0; ok && i < j->states; i++)
        for (uint32_t k = 0; k < j->state[i].unables; k++)
            sum[j->state[i].unable[k] >> 8][(j->state[i].unable[k] & 0xFF) - KEEP_CODE_UNKNOWN] += j->state[i].events;
    for (size_t i = 0; ok && i < rules; i++) {
        struct keep_audit_rule_count *c = i < j->c.p->accesses ? &access[i] : &explanation[i - j->c.p->accesses];
        size_t most = 0;
        c->fired += j->fired[i];
        for (size_t m = 0; m < j->c.missings; m++) {
            c->unable += sum[i][m];
            if (sum[i][m] > sum[i][most])
                most = m;
        }
        c->missing = c->unable ? keep_arena_str(a, j->c.missing[most], &ok) : (struct keep_str){NULL, 0};
    }
    free(sum);
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
    out->outcome = code == KEEP_CODE_YES ? KEEP_TRI_YES : code == KEEP_CODE_NO ? KEEP_TRI_NO : KEEP_TRI_UNKNOWN;
    if (code >= KEEP_CODE_UNKNOWN)
        out->missing = j->c.missing[code - KEEP_CODE_UNKNOWN];
    else if (code == KEEP_CODE_YES)
        out->relation = j->c.by;
    return 0;
}
