/* Puts records into sets.
 *
 * Labels are tried first, then the series in their order: the first whose `when`
 * is true takes the record. Of a patient's records only a separable series takes
 * any away from the medical record; who a patient is (Patient, RelatedPerson,
 * Person) and what has no facility goes to the patient identity; what is about
 * no patient is administrative, per source. Of care without a facility it is not
 * known which of the patient's sets lacks it: it could be any.
 *
 * Codes not recorded are no proof of absence: unless the record's source attests
 * that its codes are complete, the list of codes ends with an unknown one, so
 * that `exists` over it is true or unknown, never false. A condition over labels
 * is tried with the fewest and with the most labels that may hold; where the two
 * differ it is unknown.
 *
 * A hospital's records repeat a few thousand combinations of kind, status,
 * custody and codes. Results are remembered by exactly these; a policy that reads
 * anything else of a record (a date) is evaluated for each. */
#include "core/retention/assign.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/model/placeless.h"
#include "core/policy/answer.h"

#define CACHE_SLOTS 131072u         /* power of two; at most half of them are filled */
#define CACHE_BYTES ((size_t)64 << 20) /* then new combinations are evaluated each time */
#define SERIES_MAX 64

struct entry {
    const unsigned char *key;
    uint32_t n;
    uint64_t hash;
    struct keep_assigned value;
};

struct keep_assign {
    const struct keep_policy *policy;
    const struct keep_world *world;
    struct keep_arena *scratch, *kept;
    struct entry *slot;
    size_t filled;
    struct keep_buf key;
    const struct keep_expr *hold[KEEP_ASSIGN_HOLDS];
    size_t holds;
    uint8_t *nature;              /* of each kind */
    /* the record at hand */
    const struct keep_record *record;
    bool complete;                /* its source attests complete codes */
    struct keep_value codes;
    uint64_t labels;              /* what record.labels answers */
    bool looked;                  /* at something the cache does not know */
};

enum { CARE, PLACELESS, WHO }; /* given at a place; of none, if it names none; who the patient is */

static uint8_t nature_of(struct keep_str kind)
{
    bool who = keep_str_is(kind, "Patient") || keep_str_is(kind, "RelatedPerson") || keep_str_is(kind, "Person");
    return who ? WHO : keep_placeless_kind(kind) ? PLACELESS : CARE;
}

int keep_assign_new(struct keep_assign **out, const struct keep_policy *p, const struct keep_world *w, struct keep_err *err)
{
    struct keep_assign *a;
    if (p->series_n > SERIES_MAX || p->labels > KEEP_POLICY_LABELS)
        return keep_err_set(err, KEEP_E_LIMIT, "more than %d series or %d labels", SERIES_MAX, KEEP_POLICY_LABELS);
    a = calloc(1, sizeof *a);
    if (!a)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    a->policy = p;
    a->world = w;
    a->scratch = keep_arena_new(0);
    a->kept = keep_arena_new(CACHE_BYTES);
    a->slot = calloc(CACHE_SLOTS, sizeof *a->slot);
    a->nature = malloc(w->terms + 1);
    if (!a->scratch || !a->kept || !a->slot || !a->nature) {
        keep_assign_free(a);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < w->terms; i++)
        a->nature[i] = nature_of(w->term[i]);
    *out = a;
    return 0;
}

void keep_assign_free(struct keep_assign *a)
{
    if (!a)
        return;
    keep_arena_free(a->scratch);
    keep_arena_free(a->kept);
    free(a->slot);
    free(a->nature);
    keep_buf_free(&a->key);
    free(a);
}

/* Kind, status, custody and codes are what results are remembered by. */
static int field(void *ctx, enum keep_field f, struct keep_value *out)
{
    struct keep_assign *a = ctx;
    if (f == KEEP_FIELD_record_codes)
        *out = a->codes;
    else if (f == KEEP_FIELD_record_labels)
        return keep_answer_labels(a->policy, a->labels, a->scratch, out);
    else if (keep_answer_record(a->world, a->record, f, out))
        a->looked |= f != KEEP_FIELD_record_kind && f != KEEP_FIELD_record_status && f != KEEP_FIELD_record_custody;
    else
        *out = keep_answer_unknown("a field that is not the record's");
    return 0;
}

static int no_call(void *ctx, enum keep_call c, const struct keep_value *arg, size_t n, struct keep_value *out)
{
    (void)ctx;
    (void)c;
    (void)arg;
    (void)n;
    *out = keep_answer_unknown("a call that a record cannot answer");
    return 0;
}

static int ask(struct keep_assign *a, const struct keep_expr *e, enum keep_tristate *out)
{
    struct keep_env env = {.ctx = a, .arena = a->scratch, .field = field, .call = no_call};
    struct keep_value v;
    int rc = keep_expr_run(e, &env, &v);
    if (rc)
        return rc;
    *out = v.type != KEEP_V_BOOL ? KEEP_TRI_UNKNOWN : v.b ? KEEP_TRI_YES : KEEP_TRI_NO;
    return 0;
}

static int label_record(struct keep_assign *a, struct keep_assigned *out)
{
    a->labels = 0;
    for (size_t i = 0; i < a->policy->labels; i++) {
        enum keep_tristate t = KEEP_TRI_NO;
        int rc = a->policy->label[i].when ? ask(a, a->policy->label[i].when, &t) : 0;
        if (rc)
            return rc;
        if (t == KEEP_TRI_YES)
            out->labels |= UINT64_C(1) << i;
        else if (t == KEEP_TRI_UNKNOWN)
            out->labels_unknown |= UINT64_C(1) << i;
    }
    return 0;
}

/* A series' condition under the fewest labels that hold and under the most that may. */
static int ask_series(struct keep_assign *a, const struct keep_expr *when, const struct keep_assigned *so_far, enum keep_tristate *out)
{
    enum keep_tristate least, most;
    int rc;
    a->labels = so_far->labels;
    rc = ask(a, when, &least);
    if (rc)
        return rc;
    most = least;
    if (so_far->labels_unknown) {
        a->labels = so_far->labels | so_far->labels_unknown;
        rc = ask(a, when, &most);
        if (rc)
            return rc;
    }
    *out = least == most ? least : KEEP_TRI_UNKNOWN;
    return 0;
}

void keep_assign_holds(struct keep_assign *a, const struct keep_hold *hold, size_t n)
{
    a->holds = 0;
    for (size_t i = 0; i < n && a->holds < KEEP_ASSIGN_HOLDS; i++)
        if (hold[i].when && hold[i].of_record)
            a->hold[a->holds++] = hold[i].when;
}

/* What cannot be told is held. */
static int hold_record(struct keep_assign *a, struct keep_assigned *out)
{
    for (size_t i = 0; i < a->holds; i++) {
        enum keep_tristate t;
        int rc = ask_series(a, a->hold[i], out, &t);
        if (rc)
            return rc;
        if (t != KEEP_TRI_NO)
            out->held |= UINT64_C(1) << i;
    }
    return 0;
}

/* Where it would belong if its facility were recorded. */
static uint32_t rightly(const struct keep_assign *a)
{
    const struct keep_record *r = a->record;
    uint8_t nature = r->kind < a->world->terms ? a->nature[r->kind] : CARE;
    if (r->patient == KEEP_ID_NONE)
        return KEEP_SERIES_ADMINISTRATIVE;
    return nature == WHO || (nature == PLACELESS && r->facility == KEEP_ID_NONE) ? KEEP_SERIES_PATIENT_IDENTITY : KEEP_SERIES_MEDICAL_RECORD;
}

static uint32_t home(const struct keep_assign *a)
{
    uint32_t is = rightly(a);
    return is == KEEP_SERIES_MEDICAL_RECORD && a->record->facility == KEEP_ID_NONE ? KEEP_SERIES_PATIENT_IDENTITY : is;
}

static bool takes(const struct keep_series *s, uint32_t at_home)
{
    if (at_home == KEEP_SERIES_ADMINISTRATIVE)
        return s->per == KEEP_PER_SOURCE;
    return s->separable && s->per != KEEP_PER_SOURCE && at_home == KEEP_SERIES_MEDICAL_RECORD;
}

static int place(struct keep_assign *a, struct keep_assigned *out)
{
    const uint32_t base = rightly(a), at_home = home(a);
    int rc;
    out->series = base;
    for (size_t i = 0; i < a->policy->series_n; i++) {
        const struct keep_series *s = &a->policy->series[i];
        enum keep_tristate t;
        if (!s->when)
            continue;
        rc = ask_series(a, s->when, out, &t);
        if (rc)
            return rc;
        bool free_to_go = out->series == base && takes(s, base);
        if (t == KEEP_TRI_UNKNOWN) {
            out->maybe |= UINT64_C(1) << i;
            out->could |= (uint64_t)free_to_go << i;
        }
        if (t != KEEP_TRI_YES)
            continue;
        if (free_to_go)
            out->series = (uint32_t)i;
        else
            out->also |= UINT64_C(1) << i;
    }
    if (base != at_home) { /* with a facility it would be in that series' set */
        out->could |= UINT64_C(1) << out->series;
        out->also |= UINT64_C(1) << out->series | UINT64_C(1) << KEEP_SERIES_MEDICAL_RECORD; /* whose law binds it where it stays */
        out->series = at_home;
    }
    return 0;
}

static void make_key(struct keep_assign *a)
{
    const struct keep_record *r = a->record;
    keep_buf_clear(&a->key);
    keep_buf_u32(&a->key, r->kind);
    keep_buf_u8(&a->key, (uint8_t)(rightly(a) << 6 | home(a) << 4 | (uint32_t)r->custody << 1 | a->complete));
    keep_buf_bytes(&a->key, r->status.p, r->status.n);
    for (size_t i = 0; i < r->codes; i++) {
        keep_buf_u32(&a->key, r->code[i].system);
        keep_buf_bytes(&a->key, r->code[i].code.p, r->code[i].code.n);
    }
}

static uint64_t mix(const unsigned char *p, size_t n)
{
    uint64_t h = UINT64_C(0x9e3779b97f4a7c15) ^ n;
    for (; n >= sizeof h; p += sizeof h, n -= sizeof h) {
        uint64_t w;
        memcpy(&w, p, sizeof w);
        h = (h ^ w) * UINT64_C(0x9fb21c651e98df25);
        h ^= h >> 32;
    }
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * UINT64_C(0x100000001b3);
    h ^= h >> 29;
    return h * UINT64_C(0xbf58476d1ce4e5b9) | 1; /* never 0: 0 is an empty slot */
}

static struct entry *find(struct keep_assign *a, uint64_t h)
{
    for (size_t i = h & (CACHE_SLOTS - 1);; i = (i + 1) & (CACHE_SLOTS - 1)) {
        struct entry *e = &a->slot[i];
        if (e->hash == 0 || (e->hash == h && e->n == a->key.n && memcmp(e->key, a->key.p, e->n) == 0))
            return e;
    }
}

static void remember(struct keep_assign *a, struct entry *e, uint64_t h, const struct keep_assigned *v)
{
    char *key;
    if (a->filled >= CACHE_SLOTS / 2 || a->key.n > 65536)
        return;
    key = keep_arena_copy(a->kept, a->key.p, a->key.n);
    if (!key)
        return;
    *e = (struct entry){.key = (const unsigned char *)key, .n = (uint32_t)a->key.n, .hash = h, .value = *v};
    a->filled++;
}

int keep_assign_record(struct keep_assign *a, const struct keep_record *r, struct keep_assigned *out, struct keep_err *err)
{
    struct keep_assigned v = {0};
    struct entry *e;
    uint64_t h;
    int rc;
    a->record = r;
    a->complete = keep_answer_codes_complete(a->world, r);
    make_key(a);
    if (a->key.failed)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    h = mix(a->key.p, a->key.n);
    e = find(a, h);
    if (e->hash) {
        *out = e->value;
        return 0;
    }
    keep_arena_reset(a->scratch);
    a->looked = false;
    if (keep_answer_codes(a->world, r, a->complete, a->scratch, &a->codes))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    rc = label_record(a, &v);
    if (!rc)
        rc = hold_record(a, &v);
    if (!rc)
        rc = place(a, &v);
    if (rc)
        return keep_err_set(err, rc, "a label or series could not be evaluated");
    if (!a->looked)
        remember(a, e, h, &v);
    *out = v;
    return 0;
}
