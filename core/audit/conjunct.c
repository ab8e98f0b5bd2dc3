/* What a conjunct depends on is observed while it runs (bind.c), not guessed: a
 * result that read nothing of the event holds for the pair; one that read only
 * the user holds for the account; one that found no relation between user and
 * patient holds for every two strangers. */
#include "core/audit/conjunct.h"

#include <stdlib.h>
#include <string.h>

int keep_conjunct_init(struct keep_conjunct *c, const struct keep_policy *p, const struct keep_world *w, const struct keep_zone *zone,
                       struct keep_relate *relate, struct keep_err *err)
{
    *c = (struct keep_conjunct){.p = p, .relate = relate};
    c->missing[c->missings++] = KEEP_STR("something else");
    int rc = keep_terms_new(&c->terms, p, err);
    if (!rc)
        rc = keep_bind_init(&c->bind, p, w, zone, relate, err);
    if (rc)
        return rc;
    c->always = calloc(c->terms.n + 1, sizeof *c->always);
    c->by_account = calloc((w->accounts + 1) * c->terms.n + 1, sizeof *c->by_account);
    c->by_patient = calloc(c->terms.n + 1, sizeof *c->by_patient);
    c->lives = calloc(c->terms.units + 1, sizeof *c->lives);
    c->words = c->terms.rules / 64 + 1;
    c->dead_always = calloc(KEEP_CONJUNCT_CASES * c->words, sizeof *c->dead_always);
    c->dead_account = calloc((w->accounts + 1) * KEEP_CONJUNCT_CASES * c->words, sizeof *c->dead_account);
    c->dead_patient = calloc(c->words, sizeof *c->dead_patient);
    c->alive = calloc(KEEP_TERMS_CLASSES, sizeof *c->alive);
    c->patient = KEEP_ID_NONE;
    if (!c->always || !c->by_account || !c->by_patient || !c->lives || !c->dead_always || !c->dead_account || !c->dead_patient || !c->alive)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < c->terms.units; i++) {
        const struct keep_term_rule *r = &c->terms.access[i];
        if ((r->by_event || !r->opened_only) && !(c->lives[i] = calloc(KEEP_TERMS_CLASSES, 1)))
            return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    return 0;
}

void keep_conjunct_done(struct keep_conjunct *c)
{
    for (size_t i = 0; c->lives && i < c->terms.units; i++)
        free(c->lives[i]);
    for (size_t i = 1; i < c->missings; i++)
        free((char *)(uintptr_t)c->missing[i].p);
    keep_terms_free(&c->terms);
    keep_bind_done(&c->bind);
    for (size_t i = 0; c->alive && i < KEEP_TERMS_CLASSES; i++)
        free(c->alive[i]);
    free(c->lives);
    free(c->always);
    free(c->by_account);
    free(c->by_patient);
    free(c->dead_always);
    free(c->dead_account);
    free(c->dead_patient);
    free(c->alive);
}

/* The code of an unknown that lacked s. */
static uint8_t missing_code(struct keep_conjunct *c, struct keep_str s)
{
    for (size_t i = 0; i < c->missings; i++)
        if (keep_str_eq(c->missing[i], s))
            return (uint8_t)(KEEP_CODE_UNKNOWN + i);
    char *copy = c->missings < KEEP_CONJUNCT_MISSING && s.n ? malloc(s.n) : NULL;
    if (!copy)
        return KEEP_CODE_UNKNOWN;
    memcpy(copy, s.p, s.n);
    c->missing[c->missings] = (struct keep_str){copy, s.n};
    return (uint8_t)(KEEP_CODE_UNKNOWN + c->missings++);
}

static void bind_event(struct keep_conjunct *c)
{
    struct keep_bind_event e;
    if (c->bound)
        return;
    keep_bind_row(&e, c->batch, c->i);
    keep_conjunct_user(c, e.account, e.time); /* a change of who is behind the account must not pass unseen */
    keep_bind_set(&c->bind, &e);
    c->bound = true;
}

static int run(struct keep_conjunct *c, const struct keep_term *t, uint8_t *code, struct keep_err *err)
{
    enum keep_tristate v;
    struct keep_str why;
    bind_event(c);
    int rc = 0;
    if (t->asks)
        keep_relask_run(&c->bind, t->ask, t->asks, &v, &why);
    else
        rc = keep_bind_run(&c->bind, t->e, &v, &why, err);
    if (rc)
        return rc;
    c->by = c->bind.by ? c->bind.by : c->by;
    *code = v == KEEP_TRI_UNKNOWN ? missing_code(c, why) : (v == KEEP_TRI_YES) != t->negated ? KEEP_CODE_YES : KEEP_CODE_NO;
    return 0;
}

/* By the class of the event alone; KEEP_CODE_DEPENDS when it reads more of the event than its class. */
static int by_class(struct keep_conjunct *c, const struct keep_term *t, uint8_t *code, struct keep_err *err)
{
    uint8_t *known = &t->by_class[c->class];
    if (*known == KEEP_CODE_NONE || c->fresh) {
        int rc = run(c, t, code, err);
        if (rc)
            return rc;
        *known = c->bind.deps & KEEP_BIND_EVENT ? KEEP_CODE_DEPENDS : *code;
    }
    *code = *known;
    return 0;
}

/* The rule does not hold where `needs` holds. */
static void bury(uint64_t *dead, size_t words, uint32_t rule, uint8_t needs)
{
    for (uint32_t s = 0; s < KEEP_CONJUNCT_CASES; s++)
        if (!(needs & ~s))
            dead[s * words + rule / 64] |= UINT64_C(1) << rule % 64;
}

static void remember_chart(struct keep_conjunct_chart had[2], struct keep_conjunct_chart now)
{
    had[1] = had[0];
    had[0] = now;
}

static void remember(struct keep_conjunct *c, uint32_t rule, size_t at, uint8_t code)
{
    const struct keep_bind *b = &c->bind;
    bool ever = b->lo == KEEP_RELATE_EVER && b->hi == KEEP_RELATE_NEVER;
    struct keep_conjunct_memo m = {code, (uint8_t)((b->deps & KEEP_BIND_NO_WORKER ? KEEP_RELATE_NO_WORKER : 0) |
                                     (b->deps & KEEP_BIND_NO_DEPARTMENT ? KEEP_RELATE_NO_DEPARTMENT : 0) | (b->deps & KEEP_BIND_NOT_SELF ? KEEP_CONJUNCT_NOT_SELF : 0))};
    bool user = b->deps & KEEP_BIND_USER, patient = b->deps & KEEP_BIND_PATIENT, no = code == KEEP_CODE_NO && !c->fresh;
    size_t account = (size_t)(b->user - b->users);
    if (!user && patient && !m.needs)
        remember_chart(c->by_patient[at], (struct keep_conjunct_chart){b->lo, b->hi, b->e.patient, code});
    if (!ever)
        return;
    if (!user && !patient) {
        c->always[at] = m;
        if (no)
            bury(c->dead_always, c->words, rule, m.needs);
    } else if (!patient) {
        c->by_account[account * c->terms.n + at] = m;
        if (no)
            bury(c->dead_account + account * KEEP_CONJUNCT_CASES * c->words, c->words, rule, m.needs);
    } else if (!user && !m.needs && no && b->e.patient == c->patient && b->e.patient < b->world->patients) {
        c->dead_patient[rule / 64] |= UINT64_C(1) << rule % 64;
    }
}

static bool recall(struct keep_conjunct *c, size_t at, uint8_t *code)
{
    size_t account = c->batch->account[c->i];
    keep_time t = c->batch->time[c->i];
    if (account > c->bind.world->accounts)
        account = c->bind.world->accounts;
    const struct keep_conjunct_memo *m = &c->always[at], *u = &c->by_account[account * c->terms.n + at];
    const struct keep_conjunct_chart *p = c->by_patient[at];
    p += t < p->lo || t >= p->hi;
    if (c->fresh)
        return false;
    if (m->code && !(m->needs & ~c->strangers)) {
        *code = m->code;
    } else if (u->code && !(u->needs & ~c->strangers)) {
        *code = u->code;
    } else if (p->code && p->patient == c->batch->patient[c->i] && t >= p->lo && t < p->hi) {
        *code = p->code;
        c->lo = p->lo > c->lo ? p->lo : c->lo;
        c->hi = p->hi < c->hi ? p->hi : c->hi;
    } else {
        return false;
    }
    return true;
}

/* For the pair, over a stretch that narrows c->lo, c->hi; KEEP_CODE_DEPENDS when the event matters. */
static int by_pair(struct keep_conjunct *c, uint32_t rule, size_t at, uint8_t *code, struct keep_err *err)
{
    const struct keep_term *t = &c->terms.term[at];
    const struct keep_bind *b = &c->bind;
    *code = KEEP_CODE_DEPENDS;
    if (t->event_only || recall(c, at, code))
        return 0;
    int rc = run(c, t, code, err);
    if (rc)
        return rc;
    if (b->deps & (KEEP_BIND_CLASS | KEEP_BIND_EVENT)) {
        *code = KEEP_CODE_DEPENDS;
        return 0;
    }
    remember(c, rule, at, *code);
    c->lo = b->lo > c->lo ? b->lo : c->lo;
    c->hi = b->hi < c->hi ? b->hi : c->hi;
    c->own_late |= b->own_late;
    return 0;
}

static int by_event(struct keep_conjunct *c, size_t at, uint8_t *code, struct keep_err *err)
{
    const struct keep_term *t = &c->terms.term[at];
    if (t->event_only) {
        int rc = by_class(c, t, code, err);
        if (rc || *code != KEEP_CODE_DEPENDS)
            return rc;
    }
    return run(c, t, code, err);
}

/* A rule `unless expected` accuses by the want of a reason, which nobody can have looked for who does not know whose account or whose chart it is: that is one unknown
 * more. */
static uint8_t nobody_looked(struct keep_conjunct *c, const struct keep_term_rule *r)
{
    if (!r->unless_expected)
        return 0;
    return c->unnamed ? missing_code(c, KEEP_STR("who is behind the account")) : c->patient >= c->bind.world->patients ? missing_code(c, KEEP_STR("whose chart it was")) : 0;
}

int keep_conjunct_by_pair(struct keep_conjunct *c, const struct keep_term_rule *r, struct keep_conjunct_left *o, uint8_t *code, struct keep_err *err)
{
    o->terms = 0;
    o->missing = nobody_looked(c, r);
    for (uint32_t k = 0; k < r->n; k++) {
        int rc = by_pair(c, r->number, r->begin + k, code, err);
        if (rc || *code == KEEP_CODE_NO)
            return rc;
        if (*code == KEEP_CODE_DEPENDS)
            o->terms |= UINT64_C(1) << k;
        else if (*code >= KEEP_CODE_UNKNOWN && !o->missing)
            o->missing = *code;
    }
    *code = o->terms ? KEEP_CODE_DEPENDS : o->missing ? o->missing : KEEP_CODE_YES;
    return 0;
}

int keep_conjunct_by_event(struct keep_conjunct *c, const struct keep_term_rule *r, const struct keep_conjunct_left *o, uint8_t *code, struct keep_err *err)
{
    uint8_t missing = o->missing;
    for (uint64_t left = o->terms; left; left &= left - 1) {
        int rc = by_event(c, r->begin + (uint32_t)__builtin_ctzll(left), code, err);
        if (rc || *code == KEEP_CODE_NO)
            return rc;
        if (*code >= KEEP_CODE_UNKNOWN && !missing)
            missing = *code;
    }
    *code = missing ? missing : KEEP_CODE_YES;
    return 0;
}

void keep_conjunct_meet(struct keep_conjunct *c, const struct keep_bind_user *u)
{
    uint32_t patient = c->batch->patient[c->i];
    bool both = patient < c->bind.world->patients && u->worker != KEEP_ID_NONE;
    c->strangers = both ? keep_relate_strangers(c->relate, u->worker, patient) | (keep_bind_self(&c->bind, u->worker, patient) == KEEP_TRI_NO ? KEEP_CONJUNCT_NOT_SELF : 0) : 0;
    if (patient != c->patient) {
        memset(c->dead_patient, 0, c->words * sizeof *c->dead_patient);
        c->patient = patient;
    }
    c->lo = u->lo;
    c->hi = u->hi;
    c->unnamed = keep_bind_unnamed(c->bind.world, u, c->batch->account[c->i]);
    c->own_late = false;
    c->by = NULL;
}

int keep_conjunct_whole(struct keep_conjunct *c, const struct keep_term_rule *r, uint8_t *code, struct keep_err *err)
{
    struct keep_conjunct_left o = {0};
    if (r->needs_patient && c->batch->patient[c->i] >= c->bind.world->patients) {
        *code = KEEP_CODE_NO;
        return 0;
    }
    int rc = keep_conjunct_by_pair(c, r, &o, code, err);
    return rc || *code != KEEP_CODE_DEPENDS ? rc : keep_conjunct_by_event(c, r, &o, code, err);
}

int keep_conjunct_excepted(struct keep_conjunct *c, const struct keep_access *a, const struct keep_exception **out, struct keep_err *err)
{
    keep_time t = c->batch->time[c->i];
    *out = NULL;
    for (size_t k = 0; k < a->exceptions && !*out; k++) {
        enum keep_tristate v;
        struct keep_str why;
        bind_event(c);
        if ((c->bind.zone ? keep_zone_date(c->bind.zone, t) : keep_civil_utc_date(t)) >= a->exception[k]->until)
            continue;
        int rc = keep_bind_run(&c->bind, a->exception[k]->when, &v, &why, err);
        if (rc)
            return rc;
        if (v == KEEP_TRI_YES)
            *out = a->exception[k];
    }
    return 0;
}

int keep_conjunct_alive(struct keep_conjunct *c, uint32_t rule, bool *out, struct keep_err *err)
{
    enum { DEAD = 1, ALIVE };
    const struct keep_term_rule *r = &c->terms.access[rule];
    bool opened = c->batch->exposure[c->i] == KEEP_EXPOSURE_OPENED;
    *out = opened || !r->opened_only;
    if (!c->lives[rule] || !*out)
        return 0;
    uint8_t *known = &c->lives[rule][c->class];
    if (!*known) {
        uint8_t state = ALIVE, code;
        for (uint32_t k = 0; k < r->n && state == ALIVE; k++) {
            const struct keep_term *t = &c->terms.term[r->begin + k];
            if (!t->event_only)
                continue;
            int rc = by_class(c, t, &code, err);
            if (rc)
                return rc;
            if (code == KEEP_CODE_NO)
                state = DEAD;
        }
        *known = state;
    }
    *out = *known == ALIVE;
    return 0;
}

int keep_conjunct_living(struct keep_conjunct *c, const uint64_t **out, struct keep_err *err)
{
    uint64_t *set = c->alive[c->class];
    if (!set) {
        if (!(set = calloc(c->words, sizeof *set)))
            return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
        c->alive[c->class] = set;
        for (uint32_t r = 0; r < c->p->accesses; r++) {
            bool lives;
            int rc = keep_conjunct_alive(c, r, &lives, err);
            if (rc)
                return rc;
            set[r / 64] |= (uint64_t)lives << r % 64;
        }
    }
    *out = set;
    return 0;
}

const struct keep_bind_user *keep_conjunct_user(struct keep_conjunct *c, uint32_t account, keep_time t)
{
    bool changed;
    const struct keep_bind_user *u = keep_bind_look(&c->bind, account, t, &changed);
    if (changed) {
        size_t at = (size_t)(u - c->bind.users);
        memset(&c->by_account[at * c->terms.n], 0, c->terms.n * sizeof *c->by_account);
        memset(&c->dead_account[at * KEEP_CONJUNCT_CASES * c->words], 0, KEEP_CONJUNCT_CASES * c->words * sizeof *c->dead_account);
    }
    return u;
}

void keep_conjunct_point(struct keep_conjunct *c, const struct keep_events *batch, uint32_t i)
{
    c->batch = batch;
    c->i = i;
    c->class = keep_terms_class(batch, i);
    c->bound = false;
}

enum { LINE = 64 }; /* bytes that come from memory at once */

static void fetch(const void *p, size_t n)
{
    for (size_t i = 0; i < n; i += LINE)
        __builtin_prefetch((const char *)p + i);
}

void keep_conjunct_fetch(const struct keep_conjunct *c, uint32_t account)
{
    size_t at = account < c->bind.world->accounts ? account : c->bind.world->accounts;
    fetch(&c->bind.users[at], sizeof *c->bind.users);
    fetch(&c->dead_account[at * KEEP_CONJUNCT_CASES * c->words], KEEP_CONJUNCT_CASES * c->words * sizeof *c->dead_account);
    fetch(&c->by_account[at * c->terms.n], c->terms.n * sizeof *c->by_account);
}
