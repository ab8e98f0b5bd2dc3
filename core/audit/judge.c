/* A pair's state says, for one (account, patient) over one stretch of time, which
 * explanation holds, which rules fire for certain, and which still depend on the
 * event. States are few and shared. Events come pair by pair, so that the state
 * made last mostly is the one asked for: an event that it explains costs two
 * comparisons and a count, and none of its columns but those it waits with. What
 * rules of several events and evidence say of the pair is held as long. */
#include "core/audit/judge.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit/judge_inside.h"

/* ---- life ---- */

static int make_room(struct keep_judge *j)
{
    size_t a = j->c.p->accesses, e = j->c.p->explanations;
    j->held = calloc(j->c.terms.units + 1, sizeof *j->held);
    j->rules = calloc(j->c.words, sizeof *j->rules);
    j->later_set = calloc(j->c.words, sizeof *j->later_set);
    j->unable = calloc(a + e + 1, sizeof *j->unable);
    j->fired = calloc(a + e + 1, sizeof *j->fired);
    j->excepted = calloc(a + 1, sizeof *j->excepted);
    j->hit = calloc(a + 1, sizeof *j->hit);
    j->open = calloc(e + 1, sizeof *j->open);
    j->maybe = calloc(a + 1, sizeof *j->maybe);
    j->fire = calloc(a + 1, sizeof *j->fire);
    j->no = calloc(a + 1, sizeof *j->no);
    j->dunno = calloc(e + 1, sizeof *j->dunno);
    j->later = calloc(e + 1, sizeof *j->later);
    if (keep_states_init(&j->states, j->c.terms.rules) || !j->held || !j->rules || !j->later_set || !j->unable || !j->fired || !j->excepted || !j->hit || !j->open || !j->maybe || !j->fire || !j->no || !j->dunno || !j->later)
        return -1;
    for (size_t i = 0; i < a; i++) {
        const struct keep_term_rule *r = &j->c.terms.access[i];
        struct keep_judge_rules *x = &j->rules[i / 64];
        uint64_t bit = UINT64_C(1) << i % 64;
        x->single |= !r->evidence && r->single ? bit : 0;
        x->needs_patient |= r->needs_patient ? bit : 0;
        x->unless_expected |= r->unless_expected ? bit : 0;
        x->by_event |= r->by_event ? bit : 0;
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
    void *room[] = {j->held, j->rules, j->later_set, j->unable, j->fired, j->excepted, j->hit, j->open, j->maybe, j->fire, j->no, j->dunno, j->later};
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

/* One rule of a state being made. */
static int apply_one(struct keep_judge *j, struct keep_state *s, uint32_t r, struct keep_err *err)
{
    const struct keep_term_rule *t = &j->c.terms.access[r];
    struct keep_conjunct_left *o = &j->maybe[s->maybes];
    uint8_t code;
    int rc = keep_conjunct_by_pair(&j->c, t, o, &code, err);
    if (rc || code == KEEP_CODE_NO)
        return rc;
    if (code == KEEP_CODE_DEPENDS || !t->opened_only || (t->unless_expected && s->opens)) {
        o->rule = r;
        s->maybes++;
    } else if (code == KEEP_CODE_YES) {
        j->fire[s->fires++] = r;
    } else {
        j->no[s->unables++] = r << 8 | code;
    }
    return 0;
}

/* Rules that the event's class keeps from firing are looked at when an event comes that does not: most pairs never see one. */
static int apply(struct keep_judge *j, struct keep_state *s, size_t account, struct keep_err *err)
{
    const uint64_t *living = j->c.alive[j->c.class];
    bool patient = j->c.batch->patient[j->c.i] < j->c.bind.world->patients;
    for (size_t w = 0; w < j->c.words; w++) {
        const struct keep_judge_rules *x = &j->rules[w];
        uint64_t left = x->single & ~keep_conjunct_dead(&j->c, account, w);
        left &= ~((patient ? 0 : x->needs_patient) | (s->expected >= 0 ? x->unless_expected : 0));
        j->later_set[w] = left & x->by_event & ~living[w];
        for (left &= ~j->later_set[w]; left; left &= left - 1) {
            int rc = apply_one(j, s, (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(left), err);
            if (rc)
                return rc;
        }
    }
    return 0;
}

/* The event's pair is the one at hand. */
static void turn(struct keep_judge *j)
{
    uint32_t account = j->c.batch->account[j->c.i], patient = j->c.batch->patient[j->c.i];
    if (j->now.pair && account == j->now.account && patient == j->now.patient)
        return;
    j->now = (struct keep_judge_now){account, patient, j->now.pair + 1, 0, 0, 0};
}

/* Makes the state of the event's pair around the event's time. */
static int make_state(struct keep_judge *j, const struct keep_bind_user *u, struct keep_err *err)
{
    struct keep_state s = {.open = j->open, .maybe = j->maybe, .fire = j->fire, .unable = j->no, .unknown = j->dunno, .later = j->later_set};
    bool about = j->c.batch->patient[j->c.i] < j->c.bind.world->patients;
    size_t account = (size_t)(u - j->c.bind.users);
    keep_conjunct_meet(&j->c, u);
    s.expected = -1;
    int rc = about ? explain(j, &s, account, err) : 0;
    if (!rc)
        rc = apply(j, &s, account, err);
    if (rc)
        return rc;
    if (keep_states_intern(&j->states, &s, &j->now.state))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory while judging accesses");
    j->now.lo = j->c.lo;
    j->now.hi = j->c.hi;
    return 0;
}

static int state_of(struct keep_judge *j, struct keep_state **out, struct keep_err *err)
{
    const struct keep_events *b = j->c.batch;
    keep_time t = b->time[j->c.i];
    turn(j);
    if (t < j->now.lo || t >= j->now.hi) {
        int rc = make_state(j, keep_conjunct_user(&j->c, b->account[j->c.i], t), err);
        if (rc)
            return rc;
    }
    *out = &j->states.state[j->now.state];
    return 0;
}

/* ---- events ---- */

/* A rule over the event pointed at, by what is held of its pair. */
static int whole(struct keep_judge *j, uint32_t rule, uint8_t *code, struct keep_err *err)
{
    const struct keep_term_rule *r = &j->c.terms.access[rule];
    struct keep_judge_held *h = &j->held[rule];
    keep_time t = j->c.batch->time[j->c.i];
    *code = KEEP_CODE_NO;
    if (r->needs_patient && j->c.batch->patient[j->c.i] >= j->c.bind.world->patients)
        return 0;
    turn(j);
    if (h->pair != j->now.pair || t < h->lo || t >= h->hi) {
        keep_conjunct_meet(&j->c, keep_conjunct_user(&j->c, j->now.account, t));
        int rc = keep_conjunct_by_pair(&j->c, r, &h->left, &h->code, err);
        if (rc)
            return rc;
        h->pair = j->now.pair;
        h->lo = j->c.lo;
        h->hi = j->c.hi;
    }
    *code = h->code;
    return *code == KEEP_CODE_DEPENDS ? keep_conjunct_by_event(&j->c, r, &h->left, code, err) : 0;
}

static void unable(struct keep_judge *j, size_t row, uint8_t code)
{
    j->unable[row][code - KEEP_CODE_UNKNOWN] += j->one;
}

/* Explanations that depend on the event, each before the one that holds for the pair; what kept them from holding stands in j->later. */
static int explain_event(struct keep_judge *j, const struct keep_state *s, int *expected, struct keep_err *err)
{
    *expected = s->expected;
    for (uint32_t k = 0; k < s->opens; k++) {
        int rc = keep_conjunct_by_event(&j->c, &j->c.terms.explanation[s->open[k].rule], &s->open[k], &j->later[k], err);
        if (rc)
            return rc;
        if (j->later[k] == KEEP_CODE_YES) {
            *expected = (int)s->open[k].rule;
            return 0;
        }
    }
    return 0;
}

/* Nothing holds: what was not recorded is counted, whether it was missing for the pair or for this event. */
static void count_unknown(struct keep_judge *j, const struct keep_state *s)
{
    size_t row = j->c.p->accesses;
    for (uint32_t k = 0; k < s->unknowns; k++)
        unable(j, row + (s->unknown[k] >> 8), (uint8_t)s->unknown[k]);
    for (uint32_t k = 0; k < s->opens; k++)
        if (j->later[k] >= KEEP_CODE_UNKNOWN)
            unable(j, row + s->open[k].rule, j->later[k]);
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

/* Does the class of an event let a rule live that one event decides? */
static bool lets_live(const struct keep_judge *j, const uint64_t *living)
{
    for (size_t w = 0; w < j->c.words; w++)
        if (living[w] & j->rules[w].single)
            return true;
    return false;
}

/* Does it let one live that still depends on the event? */
static bool may_fire(const struct keep_judge *j, const uint64_t *living, const struct keep_state *s)
{
    for (size_t w = 0; w < j->c.words; w++)
        if (living[w] & s->maybes_set[w])
            return true;
    return false;
}

/* A rule that depends on the event, or that nobody has looked at for the pair. */
static int fire_one(struct keep_judge *j, const struct keep_state *s, uint32_t rule, const struct keep_conjunct_left *left, uint8_t *code, struct keep_err *err)
{
    if (s->later[rule / 64] >> rule % 64 & 1)
        return whole(j, rule, code, err);
    return keep_conjunct_by_event(&j->c, &j->c.terms.access[rule], left, code, err);
}

/* living: rules that the event's class lets live. */
static int fire(struct keep_judge *j, const struct keep_state *s, const uint64_t *living, int expected, uint32_t *n, struct keep_err *err)
{
    bool opened = j->c.batch->exposure[j->c.i] == KEEP_EXPOSURE_OPENED;
    uint32_t f = 0, k = 0;
    *n = 0;
    for (size_t w = 0; w < j->c.words; w++)
        for (uint64_t set = s->maybes_set[w] & living[w] & ~(expected >= 0 ? j->rules[w].unless_expected : 0); set; set &= set - 1) {
            uint32_t rule = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(set);
            uint8_t code;
            while (k < s->maybes && s->maybe[k].rule < rule)
                k++;
            int rc = fire_one(j, s, rule, &s->maybe[k], &code, err);
            if (rc)
                return rc;
            for (; opened && f < s->fires && s->fire[f] < rule; f++)
                j->hit[(*n)++] = s->fire[f];
            if (code == KEEP_CODE_YES)
                j->hit[(*n)++] = rule;
            else if (code != KEEP_CODE_NO)
                unable(j, rule, code);
        }
    for (; opened && f < s->fires; f++)
        j->hit[(*n)++] = s->fire[f];
    return except(j, n, err);
}

int keep_judge_event(struct keep_judge *j, const struct keep_events *batch, uint32_t i, struct keep_judgement *out, struct keep_err *err)
{
    bool opened = batch->exposure[i] == KEEP_EXPOSURE_OPENED, about = batch->patient[i] < j->c.bind.world->patients;
    struct keep_state *s;
    const uint64_t *living;
    *out = (struct keep_judgement){.verdict = KEEP_VERDICT_NOT_ASSESSED, .explanation = -1, .fired = j->hit};
    keep_conjunct_point(&j->c, batch, i);
    int rc = keep_conjunct_living(&j->c, &living, err);
    if (rc || (!opened && !lets_live(j, living)) || (rc = state_of(j, &s, err)) != 0)
        return rc;
    out->explanation = s->expected;
    if (s->opens && (rc = explain_event(j, s, &out->explanation, err)))
        return rc;
    if ((s->fires || may_fire(j, living, s)) && (rc = fire(j, s, living, out->explanation, &out->fired_n, err)))
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
        if (opened)
            count_unknown(j, s);
    }
    if (out->fired_n)
        out->verdict = KEEP_VERDICT_FLAGGED;
    return 0;
}

bool keep_judge_quick(struct keep_judge *j, uint32_t class, uint32_t account, uint32_t patient, keep_time t, struct keep_judgement *out)
{
    const uint64_t *living = j->c.alive[class];
    if (!living)
        return false;
    if (keep_terms_class_exposure(class) != KEEP_EXPOSURE_OPENED) {
        *out = (struct keep_judgement){.verdict = KEEP_VERDICT_NOT_ASSESSED, .explanation = -1};
        return !lets_live(j, living);
    }
    struct keep_state *s = &j->states.state[j->now.state];
    if (account != j->now.account || patient != j->now.patient || t < j->now.lo || t >= j->now.hi || s->expected < 0 || s->opens || s->fires ||
        may_fire(j, living, s))
        return false;
    s->events += j->one;
    j->fired[j->c.p->accesses + (size_t)s->expected] += j->one;
    *out = (struct keep_judgement){.verdict = KEEP_VERDICT_EXPECTED, .explanation = s->expected};
    return true;
}

void keep_judge_fetch(const struct keep_judge *j, uint32_t account)
{
    keep_conjunct_fetch(&j->c, account);
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

const struct keep_bind_user *keep_judge_user(struct keep_judge *j, uint32_t account, keep_time t)
{
    return keep_conjunct_user(&j->c, account, t);
}

int keep_judge_alive(struct keep_judge *j, uint32_t rule, const struct keep_events *batch, uint32_t i, bool *out, struct keep_err *err)
{
    keep_conjunct_point(&j->c, batch, i);
    return keep_conjunct_alive(&j->c, rule, out, err);
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
    rc = whole(j, rule, &code, err);
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
    for (uint32_t r = 0; r < j->c.p->accesses; r++) {
        bool lives;
        if (!j->c.terms.access[r].evidence)
            continue;
        *code = KEEP_CODE_NO;
        int rc = keep_conjunct_alive(&j->c, r, &lives, err);
        if (!rc && lives)
            rc = whole(j, r, code, err);
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
