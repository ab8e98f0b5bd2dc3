/* Gathers a set. The weakest custody counts as the set's (nothing is better kept
 * than its weakest part), an undated record is counted rather than guessed at,
 * and the digest is a chain, so that a record added, dropped, reordered or
 * changed gives another one. */
#include "core/retention/tally.h"

#include <stdlib.h>
#include <string.h>

#include "core/crypto/hash.h"
#include "core/model/disclosure.h"
#include "core/retention/assign.h"

enum { FIRST = 4 }; /* items a list begins with: most sets are small */

#define SOURCE_IDS_MAX 1000000u /* a keep has tens of sources; an id far beyond is damage */

int keep_tally_full(const struct keep_arena *a, struct keep_err *err)
{
    if (keep_arena_left(a) != SIZE_MAX)
        return keep_err_set(err, KEEP_E_LIMIT, "the retention run needs more memory than it was given");
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static uint32_t term_of(const struct keep_world *w, const char *word)
{
    for (size_t i = 0; i < w->terms; i++)
        if (keep_str_is(w->term[i], word))
            return (uint32_t)i;
    return KEEP_ID_NONE;
}

#define X(word) word,
static const char *const disclosure[] = {KEEP_DISCLOSURE_KINDS(X)};
#undef X
_Static_assert(sizeof disclosure / sizeof *disclosure == KEEP_TALLY_DISCLOSURES, "each kind of a disclosure");

bool keep_tally_took_place(const struct keep_encounter *e)
{
    return !keep_str_is(e->status, "cancelled") && !keep_str_is(e->status, "entered-in-error");
}

keep_date keep_tally_discharge(const struct keep_encounter *e)
{
    bool turned = e->start_date != KEEP_DATE_NONE && e->end_date != KEEP_DATE_NONE && e->end_date < e->start_date;
    return turned ? KEEP_DATE_NONE : e->end_date;
}

static void stray_add(struct keep_tally_index *x, const struct keep_encounter *e)
{
    size_t n = x->world->facilities, of[] = {e->facility < n ? e->facility : n, n + 1};
    keep_date end = keep_tally_discharge(e);
    end = end == KEEP_DATE_NONE ? KEEP_TALLY_OPEN : end;
    for (int i = 0; i < 2 && keep_tally_took_place(e); i++)
        if (end > x->stray[of[i]])
            x->stray[of[i]] = end;
}
_Static_assert(KEEP_DATE_NONE == INT32_MIN, "none is before every day");

keep_date keep_tally_stray(const struct keep_tally_index *x, uint32_t facility)
{
    size_t n = x->world->facilities;
    if (facility >= n)
        return x->stray[n + 1];
    return x->stray[facility] > x->stray[n] ? x->stray[facility] : x->stray[n];
}

int keep_tally_index_new(struct keep_tally_index **out, const struct keep_world *w, struct keep_err *err)
{
    struct keep_tally_index *x = calloc(1, sizeof *x);
    uint32_t top = 0;
    int rc = 0;
    if (!x)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    x->world = w;
    x->encounter_kind = term_of(w, "Encounter");
    for (size_t i = 0; i < KEEP_TALLY_DISCLOSURES; i++)
        x->disclosure_kind[i] = term_of(w, disclosure[i]);
    for (size_t i = 0; i < w->sources; i++)
        if (w->source[i].id > top)
            top = w->source[i].id;
    if (top > SOURCE_IDS_MAX) {
        rc = keep_err_set(err, KEEP_E_LIMIT, "source id %u is beyond %u", top, SOURCE_IDS_MAX);
        goto out;
    }
    x->sources_n = (size_t)top + 1;
    x->source = malloc(x->sources_n * sizeof *x->source);
    x->encounter = calloc(w->patients + 2, sizeof *x->encounter);
    x->stray = malloc((w->facilities + 2) * sizeof *x->stray);
    if (!x->source || !x->encounter || !x->stray) {
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
        goto out;
    }
    for (size_t i = 0; i < x->sources_n; i++)
        x->source[i] = KEEP_ID_NONE;
    for (size_t i = 0; i < w->sources; i++)
        x->source[w->source[i].id] = (uint32_t)i;
    for (size_t i = 0; i < w->facilities + 2; i++)
        x->stray[i] = KEEP_DATE_NONE;
    for (size_t i = 0; i < w->encounters; i++)
        if (w->encounter[i].patient < w->patients)
            x->encounter[w->encounter[i].patient + 1]++;
        else
            stray_add(x, &w->encounter[i]);
    for (size_t i = 0; i < w->patients; i++)
        x->encounter[i + 1] += x->encounter[i];
    *out = x;
    x = NULL;
out:
    keep_tally_index_free(x);
    return rc;
}

void keep_tally_index_free(struct keep_tally_index *x)
{
    if (!x)
        return;
    free(x->encounter);
    free(x->stray);
    free(x->source);
    free(x);
}

uint32_t keep_tally_source(const struct keep_tally_index *x, uint32_t id)
{
    return id < x->sources_n ? x->source[id] : KEEP_ID_NONE;
}

static bool add_distinct(uint32_t **list, size_t *n, size_t *cap, uint32_t v, struct keep_arena *a)
{
    for (size_t i = 0; i < *n; i++)
        if ((*list)[i] == v)
            return true;
    if (!keep_arena_grow(a, list, cap, *n + 1, sizeof **list, FIRST))
        return false;
    (*list)[(*n)++] = v;
    return true;
}

static void add_day(keep_date *first, keep_date *last, keep_date lo, keep_date hi)
{
    if (lo == KEEP_DATE_NONE)
        lo = hi;
    if (hi == KEEP_DATE_NONE)
        hi = lo;
    if (hi == KEEP_DATE_NONE)
        return;
    if (*first == KEEP_DATE_NONE || lo < *first)
        *first = lo;
    if (*last == KEEP_DATE_NONE || hi > *last)
        *last = hi;
}

/* A disclosure that does not say when it was: beside others that do, the last of them is not known. */
static bool lacks_its_day(const struct keep_tally_index *x, const struct keep_record *r)
{
    bool is = false;
    for (size_t i = 0; i < KEEP_TALLY_DISCLOSURES; i++)
        is |= r->kind == x->disclosure_kind[i] && r->kind != KEEP_ID_NONE;
    for (size_t i = 0; is && i < r->days; i++)
        is &= r->day[i].day != KEEP_DAY_DISCLOSED;
    return is;
}

static bool add_other_days(struct keep_tally *t, const struct keep_tally_index *x, const struct keep_record *r, struct keep_arena *a)
{
    bool lacks = lacks_its_day(x, r);
    if ((r->days || lacks) && !t->other && !(t->other = keep_arena_array(a, KEEP_DAY_COUNT, sizeof *t->other)))
        return false;
    for (size_t i = 0; i < r->days; i++) {
        struct keep_tally_day *d = &t->other[r->day[i].day];
        if (d->have++ == 0)
            d->first = d->last = KEEP_DATE_NONE;
        add_day(&d->first, &d->last, r->day[i].date, r->day[i].date);
    }
    if (lacks)
        t->other[KEEP_DAY_DISCLOSED].lacks++;
    return true;
}

static bool weaker(enum keep_custody a, enum keep_custody b)
{
    static const int strength[KEEP_CUSTODY_COUNT] = {[KEEP_CUSTODY_UNDETERMINED] = 0, [KEEP_CUSTODY_INDEX] = 1, [KEEP_CUSTODY_COPY] = 2, [KEEP_CUSTODY_OFFICIAL] = 3};
    return strength[a] < strength[b];
}

static void add_custody(struct keep_tally *t, const struct keep_record *r)
{
    enum keep_custody c = (unsigned)r->custody < KEEP_CUSTODY_COUNT ? r->custody : KEEP_CUSTODY_UNDETERMINED;
    if (t->records == 0 || weaker(c, t->custody))
        t->custody = c;
    t->official |= c == KEEP_CUSTODY_OFFICIAL;
    t->copy |= c == KEEP_CUSTODY_COPY;
    t->index |= c == KEEP_CUSTODY_INDEX;
    t->no_custody |= c == KEEP_CUSTODY_UNDETERMINED;
}

static bool add_custodian(struct keep_tally *t, const struct keep_record *r, struct keep_arena *a)
{
    bool ok = true;
    if (r->custodian.n == 0 && r->locator.n == 0)
        return true;
    for (size_t i = 0; i < t->custodians; i++)
        if (keep_str_eq(t->custodian[i].name, r->custodian) && keep_str_eq(t->custodian[i].locator, r->locator))
            return true;
    if (t->custodians == KEEP_TALLY_CUSTODIANS)
        return true;
    if (!t->custodian && !(t->custodian = keep_arena_array(a, KEEP_TALLY_CUSTODIANS, sizeof *t->custodian)))
        return false;
    t->custodian[t->custodians].name = keep_arena_str(a, r->custodian, &ok);
    t->custodian[t->custodians].locator = ok ? keep_arena_str(a, r->locator, &ok) : (struct keep_str){NULL, 0};
    t->custodians += ok;
    return ok;
}

static void chain(uint8_t digest[32], const struct keep_record *r)
{
    uint8_t m[32 + 8 + 4 + 32];
    memcpy(m, digest, 32);
    for (int i = 0; i < 8; i++)
        m[32 + i] = (uint8_t)(r->id >> (8 * i));
    for (int i = 0; i < 4; i++)
        m[40 + i] = (uint8_t)(r->version >> (8 * i));
    memcpy(m + 44, r->leaf, 32);
    keep_hash_blake2b(digest, m, sizeof m);
}

/* The encounter that a record names is the set's, whoever's and wherever it is said to have been. Those of its patient there are known without records. */
static void add_stay(struct keep_tally *t, const struct keep_world *w, const struct keep_record *r)
{
    const struct keep_encounter *e = r->encounter < w->encounters ? &w->encounter[r->encounter] : NULL;
    t->stay_missing |= r->encounter_missing;
    if (!e || !keep_tally_took_place(e) || (e->patient == t->patient && (t->facility == KEEP_ID_NONE || e->facility == t->facility)))
        return;
    keep_date end = keep_tally_discharge(e);
    t->stay_open |= end == KEEP_DATE_NONE;
    if (end > t->stay_last)
        t->stay_last = end;
}

/* What a record says but which one it is. */
static bool gather(struct keep_tally *t, const struct keep_tally_index *x, const struct keep_record *r, struct keep_arena *a)
{
    keep_date first = r->service_first, last = r->service_last;
    uint32_t source = keep_tally_source(x, r->source);
    const struct keep_encounter *stay = first == KEEP_DATE_NONE && last == KEEP_DATE_NONE && r->encounter < x->world->encounters ? &x->world->encounter[r->encounter] : NULL;
    if (stay && keep_tally_discharge(stay) != KEEP_DATE_NONE) { /* of one that nobody ended it may have been any day since */
        first = stay->start_date;
        last = stay->end_date;
    }
    if (!add_other_days(t, x, r, a) || !add_distinct(&t->kind, &t->kinds, &t->kind_cap, r->kind, a) || (source != KEEP_ID_NONE && !add_distinct(&t->from, &t->froms, &t->from_cap, source, a)))
        return false;
    add_custody(t, r);
    add_stay(t, x->world, r);
    t->records++;
    add_day(&t->service_first, &t->service_last, first, last);
    add_day(&t->created_first, &t->created_last, r->created, r->created);
    if (first == KEEP_DATE_NONE && last == KEEP_DATE_NONE) {
        t->undated++;
        t->dateless += r->created == KEEP_DATE_NONE;
        if (t->written_last == KEEP_DATE_NONE || r->created > t->written_last)
            t->written_last = r->created;
    }
    t->uncreated += r->created == KEEP_DATE_NONE;
    t->destroyed += r->destroyed;
    return true;
}

struct keep_tally keep_tally_empty(uint32_t series, uint32_t patient, uint32_t facility, uint32_t source)
{
    return (struct keep_tally){.series = series, .patient = patient, .facility = facility, .source = source, .service_first = KEEP_DATE_NONE, .service_last = KEEP_DATE_NONE,
                               .created_first = KEEP_DATE_NONE, .created_last = KEEP_DATE_NONE, .written_last = KEEP_DATE_NONE, .stay_last = KEEP_DATE_NONE};
}

int keep_tally_add(struct keep_tally *t, const struct keep_tally_index *x, const struct keep_record *r, struct keep_arena *a, struct keep_err *err)
{
    size_t at = t->records;
    if ((!x->brief && !keep_arena_grow(a, &t->record, &t->record_cap, at + 1, sizeof *t->record, FIRST)) || !add_custodian(t, r, a) || !gather(t, x, r, a))
        return keep_tally_full(a, err);
    if (!x->brief)
        t->record[at] = r->id;
    if (!x->brief || x->bound)
        chain(t->digest, r);
    return 0;
}

void keep_tally_note(struct keep_tally *t, const struct keep_assigned *to)
{
    t->labels |= to->labels;
    t->labels_unknown |= to->labels_unknown;
    t->held |= to->held;
    t->also |= to->also;
    t->maybe |= to->maybe;
    t->could |= to->could;
}

int keep_tally_gather(struct keep_tally *t, const struct keep_tally_index *x, const struct keep_record *r, struct keep_arena *a, struct keep_err *err)
{
    return gather(t, x, r, a) ? 0 : keep_tally_full(a, err);
}

int keep_tally_split(struct keep_tally *t, struct keep_arena *a, struct keep_err *err)
{
    t->doubt = keep_arena_array(a, 1, sizeof *t->doubt);
    if (!t->doubt)
        return keep_tally_full(a, err);
    *t->doubt = keep_tally_empty(t->series, t->patient, t->facility, t->source);
    return t->could ? keep_tally_join(t->doubt, t, a, err) : 0;
}

const struct keep_tally *keep_tally_doubtful(const struct keep_tally *t)
{
    return !t->could ? NULL : t->doubt ? t->doubt : t;
}

static bool join_other_days(struct keep_tally *t, const struct keep_tally *more, struct keep_arena *a)
{
    if (!more->other)
        return true;
    if (!t->other && !(t->other = keep_arena_array(a, KEEP_DAY_COUNT, sizeof *t->other)))
        return false;
    for (size_t i = 0; i < KEEP_DAY_COUNT; i++) {
        const struct keep_tally_day *from = &more->other[i];
        struct keep_tally_day *d = &t->other[i];
        if (d->have == 0)
            d->first = d->last = KEEP_DATE_NONE;
        if (from->have)
            add_day(&d->first, &d->last, from->first, from->last);
        d->have += from->have;
        d->lacks += from->lacks;
    }
    return true;
}

int keep_tally_join(struct keep_tally *t, const struct keep_tally *more, struct keep_arena *a, struct keep_err *err)
{
    bool ok = join_other_days(t, more, a);
    for (size_t i = 0; ok && i < more->kinds; i++)
        ok = add_distinct(&t->kind, &t->kinds, &t->kind_cap, more->kind[i], a);
    for (size_t i = 0; ok && i < more->froms; i++)
        ok = add_distinct(&t->from, &t->froms, &t->from_cap, more->from[i], a);
    if (!ok)
        return keep_tally_full(a, err);
    if (more->records && (t->records == 0 || weaker(more->custody, t->custody)))
        t->custody = more->custody;
    t->official |= more->official;
    t->copy |= more->copy;
    t->index |= more->index;
    t->no_custody |= more->no_custody;
    t->also |= more->also;
    t->maybe |= more->maybe;
    t->labels |= more->labels;
    t->labels_unknown |= more->labels_unknown;
    t->held |= more->held;
    add_day(&t->service_first, &t->service_last, more->service_first, more->service_last);
    add_day(&t->created_first, &t->created_last, more->created_first, more->created_last);
    if (more->written_last != KEEP_DATE_NONE && (t->written_last == KEEP_DATE_NONE || more->written_last > t->written_last))
        t->written_last = more->written_last;
    if (more->stay_last > t->stay_last)
        t->stay_last = more->stay_last;
    t->stay_open |= more->stay_open;
    t->stay_missing |= more->stay_missing;
    t->undated += more->undated;
    t->uncreated += more->uncreated;
    t->dateless += more->dateless;
    t->destroyed += more->destroyed;
    t->records += more->records;
    return 0;
}
