/* Gathering: events are appended as they come, each once, however many cases it
 * is in, and dealt out to their cases at the end (cases_finish.c). A case keeps
 * the columns of its first event, over which its sentence is rendered. */
#include "core/audit/cases_inside.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/big.h"
#include "core/base/grow.h"
#include "core/policy/expr.h"

int keep_cases_no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory while grouping cases");
}

/* --- pieces --- */

/* Room for one more item, in pieces of `most`. NULL: out of memory. */
static void *one_more(struct keep_cases_pieces *v, size_t size, uint32_t most)
{
    struct keep_cases_piece *last = v->pieces ? &v->piece[v->pieces - 1] : NULL;
    if (!last || last->n == most) {
        if (v->pieces > UINT32_MAX / most || !keep_grow(&v->piece, &v->cap, v->pieces + 1, sizeof *v->piece, KEEP_CASES_FIRST))
            return NULL;
        last = &v->piece[v->pieces];
        /* The first is of small pages, touched as far as it is needed: most audits need no other. */
        *last = (struct keep_cases_piece){.at = v->pieces ? keep_big_alloc(size * most) : malloc(size * most), .big = v->pieces > 0};
        if (!last->at)
            return NULL;
        v->pieces++;
    }
    return (char *)last->at + size * last->n++;
}

static void pieces_free(struct keep_cases_pieces *v, size_t size, uint32_t most)
{
    for (size_t i = 0; i < v->pieces; i++)
        if (v->piece[i].big)
            keep_big_free(v->piece[i].at, size * most);
        else
            free(v->piece[i].at);
    free(v->piece);
}

/* After keep_grow of v->piece. */
static void pieces_join(struct keep_cases_pieces *v, struct keep_cases_pieces *from)
{
    for (size_t i = 0; i < from->pieces; i++)
        v->piece[v->pieces++] = from->piece[i];
    from->pieces = 0;
}

/* --- cases --- */

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
    free(c->of_run);
    free(c->made);
    pieces_free(&c->access, sizeof(struct keep_cases_access), KEEP_CASES_ACCESSES);
    pieces_free(&c->in, sizeof(struct keep_cases_in), KEEP_CASES_INS);
    free(c->dealt);
    free(c);
}

/* By what a case is known: its run, or who and whose. */
struct known_by {
    uint32_t rule, subject, patient, run;
    bool is_run;
};

/* What a case begins as. A run's names the user, or the patient, only when it is one by the rule. count: of its run. */
static struct keep_cases_made begin(const struct keep_cases *c, const struct known_by *k, uint64_t count)
{
    struct keep_cases_made b = {.rule = k->rule, .subject = k->subject, .patient = k->patient, .run = k->run, .is_run = k->is_run, .count = count, .expected = -1, .all_expected = true};
    if (k->is_run && !keep_window_is_per(&c->p->access[k->rule], KEEP_FIELD_user_id, KEEP_FIELD_user_login))
        b.subject = KEEP_ID_NONE;
    if (k->is_run && !keep_window_is_per(&c->p->access[k->rule], KEEP_FIELD_event_patient_id, KEEP_FIELD_event_patient_id))
        b.patient = KEEP_ID_NONE;
    return b;
}

/* Where the number of a run's case stands. NULL: out of memory. */
static uint32_t *place_of_run(struct keep_cases *c, uint32_t run)
{
    size_t had = c->runs;
    if (run >= had) {
        if (!keep_grow(&c->of_run, &c->runs, (size_t)run + 1, sizeof *c->of_run, KEEP_CASES_FIRST))
            return NULL;
        memset(c->of_run + had, 0xFF, (c->runs - had) * sizeof *c->of_run);
    }
    return &c->of_run[run];
}
_Static_assert(KEEP_U64MAP_NONE == UINT32_MAX, "none is all bits");

/* Where the number of the case known by these stands, with room for one more case. NULL likewise. */
static uint32_t *place_of(struct keep_cases *c, const struct known_by *k)
{
    if (!keep_grow(&c->made, &c->cap, c->n + 1, sizeof *c->made, KEEP_CASES_FIRST))
        return NULL;
    if (k->is_run)
        return place_of_run(c, k->run);
    return keep_u64map_put(&c->of_pair[k->rule == KEEP_CASES_NO_RULE ? c->p->accesses : k->rule], keep_u64map_pair(k->subject, k->patient));
}

/* The first access of a case, as it is compared. */
static struct keep_cases_access first_of(const struct keep_cases_made *b)
{
    return (struct keep_cases_access){.time = b->first.time, .id = {b->first.source, b->first.ordinal}};
}

/* An event of the case at that time: is it its last? */
static void ends_with(struct keep_cases_made *b, bool only, keep_time time, struct keep_cases_end end)
{
    const struct keep_cases_access it = {.time = time, .id = end.id}, have = {.time = b->last, .id = b->end.id};
    if (!only && keep_cases_earlier(&it, &have))
        return;
    b->last = time;
    b->end = end;
}

/* The event among the accesses, where it is the last when it was added for another case. NULL: out of memory. */
static const struct keep_cases_access *access_of(struct keep_cases *c, const struct keep_passes_event *e)
{
    const struct keep_events *b = e->batch;
    uint32_t i = e->i;
    const struct keep_cases_piece *p = c->access.pieces ? &c->access.piece[c->access.pieces - 1] : NULL;
    const struct keep_cases_access *last = p ? (const struct keep_cases_access *)p->at + p->n - 1 : NULL;
    if (last && last->id.ordinal == b->ordinal[i] && last->id.source == b->source)
        return last;
    struct keep_cases_access *x = one_more(&c->access, sizeof *x, KEEP_CASES_ACCESSES);
    if (x)
        *x = (struct keep_cases_access){b->time[i], {b->source, b->ordinal[i]}, e->subject, b->patient[i]};
    return x;
}

int keep_cases_add(struct keep_cases *c, const struct keep_cases_hit *hit, struct keep_err *err)
{
    const struct keep_judgement *v = hit->event->v;
    const struct keep_events *batch = hit->event->batch;
    uint32_t i = hit->event->i;
    const struct keep_cases_access *x = access_of(c, hit->event);
    struct keep_cases_in *in = x ? one_more(&c->in, sizeof *in, KEEP_CASES_INS) : NULL;
    if (!in)
        return keep_cases_no_memory(err);
    const struct keep_window_hit *run = hit->run;
    bool nobodys = !run && hit->rule != KEEP_CASES_NO_RULE && c->of_user[hit->rule];
    const struct known_by k = {hit->rule, x->subject, nobodys ? KEEP_ID_NONE : x->patient, run ? run->run : 0, run != NULL};
    uint32_t *at = place_of(c, &k);
    if (!at)
        return keep_cases_no_memory(err);
    if (*at == KEEP_U64MAP_NONE) {
        *at = (uint32_t)c->n++;
        c->made[*at] = begin(c, &k, run ? run->count : 0);
    }
    struct keep_cases_made *b = &c->made[*at];
    const struct keep_cases_access first = first_of(b);
    if (!b->hits || keep_cases_earlier(x, &first)) {
        keep_bind_row(&b->first, batch, i);
        b->expected = v->explanation;
        b->unknown = hit->event->kept ? hit->event->kept->unknown : v->unknown;
        b->judge = hit->event->kept ? NULL : c->judge;
    }
    ends_with(b, !b->hits++, x->time, (struct keep_cases_end){x->id, batch->place[i], batch->unit[i]});
    b->all_expected &= v->explanation >= 0;
    b->own_late |= v->own_late;
    b->judged |= !hit->event->kept;
    b->evidence |= hit->evidence;
    *in = (struct keep_cases_in){(uint32_t)(b - c->made), (uint32_t)(((c->access.pieces - 1) << KEEP_CASES_ACCESS_BITS) + c->access.piece[c->access.pieces - 1].n - 1)};
    c->ins++;
    return 0;
}

/* What two threads found of one case. */
static void merge(struct keep_cases_made *b, const struct keep_cases_made *x)
{
    const struct keep_cases_access ours = first_of(b), theirs = first_of(x);
    if (keep_cases_earlier(&theirs, &ours)) {
        b->first = x->first;
        b->expected = x->expected;
        b->unknown = x->unknown;
        b->judge = x->judge;
    }
    ends_with(b, false, x->last, x->end);
    b->all_expected &= x->all_expected;
    b->own_late |= x->own_late;
    b->judged |= x->judged;
    b->evidence |= x->evidence;
    b->hits += x->hits;
}

int keep_cases_join(struct keep_cases *c, struct keep_cases *from, struct keep_err *err)
{
    uint32_t *moved = malloc((from->n + 1) * sizeof *moved), base = (uint32_t)keep_cases_numbers(c);
    bool ok = moved && keep_cases_numbers(c) + keep_cases_numbers(from) <= UINT32_MAX &&
              keep_grow(&c->access.piece, &c->access.cap, c->access.pieces + from->access.pieces, sizeof *c->access.piece, KEEP_CASES_FIRST) &&
              keep_grow(&c->in.piece, &c->in.cap, c->in.pieces + from->in.pieces, sizeof *c->in.piece, KEEP_CASES_FIRST);
    for (size_t i = 0; ok && i < from->n; i++) {
        const struct keep_cases_made *x = &from->made[i];
        uint32_t *at = place_of(c, &(struct known_by){x->rule, x->subject, x->patient, x->run, x->is_run});
        ok = at != NULL;
        if (ok && *at != KEEP_U64MAP_NONE)
            merge(&c->made[*at], x);
        else if (ok)
            c->made[*at = (uint32_t)c->n++] = *x;
        moved[i] = ok ? *at : 0;
    }
    for (size_t k = 0; ok && k < from->in.pieces; k++) {
        struct keep_cases_in *in = from->in.piece[k].at;
        for (uint32_t i = 0; i < from->in.piece[k].n; i++)
            in[i] = (struct keep_cases_in){moved[in[i].made], in[i].access + base};
    }
    if (ok) {
        c->ins += from->ins;
        pieces_join(&c->access, &from->access);
        pieces_join(&c->in, &from->in);
    }
    free(moved);
    return ok ? 0 : keep_cases_no_memory(err);
}
