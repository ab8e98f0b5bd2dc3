/* Gathering: events are appended as they come and dealt out to their cases at
 * the end (cases_finish.c). A case keeps the columns of its first event, over
 * which its sentence is rendered. */
#include "core/audit/cases_inside.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"
#include "core/policy/expr.h"

int keep_cases_no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory while grouping cases");
}

/* What a rule neither asks for nor tells does not part its cases: one about logins makes a case a user, however many charts they opened. */
static bool looks_at_patient(const struct keep_access *a)
{
    static const char patient[] = "patient.";
    uint32_t grains = (a->when ? a->when->grains : 0) | (a->unless ? a->unless->grains : 0);
    return grains >> KEEP_GRAIN_patient & 1 || (a->explain.n && memmem(a->explain.p, a->explain.n, patient, sizeof patient - 1));
}

int keep_cases_new(struct keep_cases **out, const struct keep_policy *p, const struct keep_world *w, struct keep_judge *judge, struct keep_err *err)
{
    struct keep_cases *c = calloc(1, sizeof *c);
    if (c) {
        c->of_pair = calloc(p->accesses + 1, sizeof *c->of_pair);
        c->of_user = calloc(p->accesses + 1, sizeof *c->of_user);
    }
    if (!c || !c->of_pair || !c->of_user) {
        if (c) {
            free(c->of_pair);
            free(c->of_user);
        }
        free(c);
        return keep_cases_no_memory(err);
    }
    for (size_t i = 0; i < p->accesses; i++)
        c->of_user[i] = !looks_at_patient(&p->access[i]);
    c->p = p;
    c->w = w;
    c->judge = judge;
    *out = c;
    return 0;
}

void keep_cases_free(struct keep_cases *c)
{
    if (!c)
        return;
    for (size_t i = 0; i <= c->p->accesses; i++)
        keep_u64map_free(&c->of_pair[i]);
    free(c->of_pair);
    free(c->of_user);
    keep_u64map_free(&c->of_run);
    free(c->made);
    free(c->hit);
    free(c);
}

static bool earlier(const struct keep_bind_event *a, const struct keep_bind_event *b)
{
    if (a->time != b->time)
        return a->time < b->time;
    if (a->source != b->source)
        return a->source < b->source;
    return a->ordinal < b->ordinal;
}

/* Does the rule count per one of the two? A run's case names the user, or the patient, only when it is one by the rule. */
static bool is_per(const struct keep_cases *c, uint32_t rule, enum keep_field f, enum keep_field g)
{
    const struct keep_access *a = &c->p->access[rule];
    for (uint32_t k = 0; k < a->pers; k++)
        if (a->per[k] == f || a->per[k] == g)
            return true;
    return false;
}

/* What a case begins as. */
static struct keep_cases_made begin(const struct keep_cases *c, const struct keep_cases_hit *hit, uint32_t subject, uint32_t patient)
{
    struct keep_cases_made b = {.rule = hit->rule, .subject = subject, .patient = patient, .expected = -1, .all_expected = true};
    if (!hit->run) {
        if (hit->rule != KEEP_CASES_NO_RULE && c->of_user[hit->rule])
            b.patient = KEEP_ID_NONE;
        return b;
    }
    b.is_run = true;
    b.run = hit->run->run;
    b.count = hit->run->count;
    if (!is_per(c, hit->rule, KEEP_FIELD_user_id, KEEP_FIELD_user_login))
        b.subject = KEEP_ID_NONE;
    if (!is_per(c, hit->rule, KEEP_FIELD_event_patient_id, KEEP_FIELD_event_patient_id))
        b.patient = KEEP_ID_NONE;
    return b;
}

/* The case of (rule, subject, patient), or of a run, made as `fresh` says when new. */
static struct keep_cases_made *case_of(struct keep_cases *c, const struct keep_cases_made *fresh, bool run)
{
    struct keep_u64map *m = run ? &c->of_run : &c->of_pair[fresh->rule == KEEP_CASES_NO_RULE ? c->p->accesses : fresh->rule];
    uint64_t key = run ? fresh->run : keep_u64map_pair(fresh->subject, fresh->patient);
    if (!keep_grow(&c->made, &c->cap, c->n + 1, sizeof *c->made, KEEP_CASES_FIRST))
        return NULL;
    uint32_t *at = keep_u64map_put(m, key);
    if (!at)
        return NULL;
    if (*at == KEEP_U64MAP_NONE) {
        *at = (uint32_t)c->n++;
        c->made[*at] = *fresh;
    }
    return &c->made[*at];
}

/* An event of the case at that time: is it its last? */
static void ends_with(struct keep_cases_made *b, bool only, keep_time time, struct keep_cases_end end)
{
    struct keep_bind_event have = {.time = b->last, .source = b->end.source, .ordinal = b->end.ordinal};
    if (!only && earlier(&(struct keep_bind_event){.time = time, .source = end.source, .ordinal = end.ordinal}, &have))
        return;
    b->last = time;
    b->end = end;
}

int keep_cases_add(struct keep_cases *c, struct keep_judge *j, const struct keep_cases_hit *hit, struct keep_err *err)
{
    const struct keep_judgement *v = hit->event->v;
    struct keep_bind_event e;
    keep_bind_row(&e, hit->event->batch, hit->event->i);
    uint32_t subject = keep_judge_who(j, e.account, e.time);
    const struct keep_cases_made fresh = begin(c, hit, subject, e.patient);
    struct keep_cases_made *b = case_of(c, &fresh, fresh.is_run);
    if (!b || !keep_grow(&c->hit, &c->hit_cap, c->hits + 1, sizeof *c->hit, KEEP_CASES_FIRST))
        return keep_cases_no_memory(err);
    if (!b->hits || earlier(&e, &b->first)) {
        b->first = e;
        b->expected = v->explanation;
        b->unknown = hit->event->kept ? hit->event->kept->unknown : v->unknown;
        b->judge = hit->event->kept ? NULL : c->judge;
    }
    ends_with(b, !b->hits++, e.time, (struct keep_cases_end){e.source, e.place, e.unit, e.ordinal});
    b->all_expected &= v->explanation >= 0;
    b->own_late |= v->own_late;
    b->evidence |= hit->evidence;
    c->hit[c->hits++] = (struct keep_cases_row){(uint32_t)(b - c->made), e.source, e.ordinal, e.time, subject, e.patient};
    return 0;
}

/* What two threads found of one case. */
static void merge(struct keep_cases_made *b, const struct keep_cases_made *x)
{
    if (earlier(&x->first, &b->first)) {
        b->first = x->first;
        b->expected = x->expected;
        b->unknown = x->unknown;
        b->judge = x->judge;
    }
    ends_with(b, false, x->last, x->end);
    b->all_expected &= x->all_expected;
    b->own_late |= x->own_late;
    b->evidence |= x->evidence;
    b->hits += x->hits;
}

int keep_cases_join(struct keep_cases *c, struct keep_cases *from, struct keep_err *err)
{
    uint32_t *moved = malloc((from->n + 1) * sizeof *moved);
    int rc = moved ? 0 : keep_cases_no_memory(err);
    for (size_t i = 0; i < from->n && !rc; i++) {
        size_t before = c->n;
        struct keep_cases_made *b = case_of(c, &from->made[i], from->made[i].is_run);
        if (!b)
            rc = keep_cases_no_memory(err);
        else if (c->n == before)
            merge(b, &from->made[i]);
        moved[i] = b ? (uint32_t)(b - c->made) : 0;
    }
    for (size_t i = 0; i < from->hits && !rc; i++) {
        if (!keep_grow(&c->hit, &c->hit_cap, c->hits + 1, sizeof *c->hit, KEEP_CASES_FIRST)) {
            rc = keep_cases_no_memory(err);
            break;
        }
        c->hit[c->hits] = from->hit[i];
        c->hit[c->hits++].in = moved[from->hit[i].in];
    }
    free(moved);
    return rc;
}
