/* Arrays sorted by (system, code, first day), looked up by bisection: the largest
 * tables in use have some two million pairs. */
#include "core/review/codebook.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"
#include "core/base/num.h"
#include "core/text/csv.h"

#define ROWS_LIMIT 16000000u /* of each kind: some editions of the largest tables */
enum {
    SYSTEMS = 64,
    FRESH = 1, /* year that rows speak for from their first day on: the code sets change at least every year, and where nothing began an edition is not here */
};
#define FOREVER INT32_MAX

struct code {
    struct keep_codetable_code row;
    uint64_t order; /* as it came */
};
struct pair {
    struct keep_codetable_pair row;
    uint64_t order;
};
struct limit {
    struct keep_codetable_limit row;
    uint64_t order;
};

struct keep_codebook {
    struct keep_arena *a;
    struct code *code;
    struct pair *pair;
    struct limit *limit;
    size_t codes, pairs, limits, code_cap, pair_cap, limit_cap;
    uint64_t rows;
    struct {
        struct keep_str name;
        bool tells[KEEP_CODETABLE_FACTS];
        struct span {
            struct edition {
                keep_date from;     /* a first day that rows have */
                keep_date to;       /* latest last day of these rows, after sealing of all up to these; FOREVER: some row is still valid */
            } *edition;             /* ascending; none: the table speaks for no day */
            size_t n, cap;
            keep_date undated;      /* latest last day of rows without a first; KEEP_DATE_NONE: there are none */
        } span;
    } system[SYSTEMS];
    size_t systems;
    struct span pair_span, limit_span;
    struct keep_str last[2]; /* strings shared by neighbouring rows */
};

int keep_codebook_new(struct keep_codebook **out, struct keep_err *err)
{
    struct keep_codebook *b = calloc(1, sizeof *b);
    if (!b || !(b->a = keep_arena_new(0))) {
        free(b);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for code tables");
    }
    b->pair_span.undated = b->limit_span.undated = KEEP_DATE_NONE;
    *out = b;
    return 0;
}

void keep_codebook_free(struct keep_codebook *b)
{
    if (!b)
        return;
    for (size_t i = 0; i < b->systems; i++)
        free(b->system[i].span.edition);
    free(b->pair_span.edition);
    free(b->limit_span.edition);
    free(b->code);
    free(b->pair);
    free(b->limit);
    keep_arena_free(b->a);
    free(b);
}

/* --- adding --- */

/* One more row of the n there are, in the array at the caller's pointer. */
static int room(void *array, size_t n, size_t *cap, size_t size, struct keep_err *err)
{
    if (n >= ROWS_LIMIT)
        return keep_err_set(err, KEEP_E_LIMIT, "more than %u rows of code tables", ROWS_LIMIT);
    return keep_grow(array, cap, n + 1, size, 1024) ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory for code tables");
}

/* A copy; of a run of equal ones, one. */
static struct keep_str own(struct keep_codebook *b, int which, struct keep_str s, bool *ok)
{
    if (!keep_str_eq(b->last[which], s) || !b->last[which].p)
        b->last[which] = keep_arena_str(b->a, s, ok);
    return b->last[which];
}

static bool icd(struct keep_str system)
{
    return system.n >= 4 && memcmp(system.p, "ICD-", 4) == 0;
}

/* Without dots, capital: sources write E11.9, E119 and e11.9. */
static struct keep_str plain(struct keep_str system, struct keep_str code, char z[32])
{
    size_t n = 0;
    if (!icd(system))
        return code;
    for (size_t i = 0; i < code.n && n < 32; i++)
        if (code.p[i] != '.')
            z[n++] = (char)toupper((unsigned char)code.p[i]);
    return (struct keep_str){z, n};
}

static size_t system_at(const struct keep_codebook *b, struct keep_str name)
{
    size_t i = 0;
    while (i < b->systems && !keep_str_eq(b->system[i].name, name))
        i++;
    return i;
}

/* How many of its editions begin not after a day. */
static size_t begun(const struct span *s, keep_date on)
{
    size_t lo = 0, hi = s->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (s->edition[mid].from <= on)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool widen(struct span *s, keep_date from, keep_date to)
{
    keep_date last = to == KEEP_DATE_NONE ? FOREVER : to;
    if (from == KEEP_DATE_NONE) {
        if (s->undated == KEEP_DATE_NONE || last > s->undated)
            s->undated = last;
        return true;
    }
    size_t at = begun(s, from);
    if (at && s->edition[at - 1].from == from) {
        if (last > s->edition[at - 1].to)
            s->edition[at - 1].to = last;
        return true;
    }
    if (!keep_grow(&s->edition, &s->cap, s->n + 1, sizeof *s->edition, 16))
        return false;
    memmove(s->edition + at + 1, s->edition + at, (s->n - at) * sizeof *s->edition);
    s->edition[at] = (struct edition){from, last};
    s->n++;
    return true;
}

/* From then on a last day is that of all rows up to there. */
static void reach(struct span *s)
{
    for (size_t i = 0; i < s->n; i++) {
        keep_date before = i ? s->edition[i - 1].to : s->undated;
        if (before != KEEP_DATE_NONE && before > s->edition[i].to)
            s->edition[i].to = before;
    }
}

/* Does a table with that span speak for a day? A stale one does not, nor one that lacks the editions of that time: what is not in it may be new. */
static bool speaks(const struct span *s, keep_date on)
{
    size_t at = begun(s, on);
    return at && on < keep_civil_add_years(s->edition[at - 1].from, FRESH) && on <= s->edition[at - 1].to;
}

int keep_codebook_code(struct keep_codebook *b, const struct keep_codetable_code *row, struct keep_err *err)
{
    char z[32];
    bool ok = true;
    int rc = room(&b->code, b->codes, &b->code_cap, sizeof *b->code, err);
    if (rc)
        return rc;
    size_t at = system_at(b, row->system);
    if (at == SYSTEMS)
        return keep_err_set(err, KEEP_E_LIMIT, "code tables of more than %d systems", SYSTEMS);
    if (at == b->systems) {
        b->system[at].name = keep_arena_str(b->a, row->system, &ok);
        b->system[at].span.undated = KEEP_DATE_NONE;
        b->systems++;
    }
    ok &= widen(&b->system[at].span, row->from, row->to);
    b->system[at].tells[KEEP_CODETABLE_SEX] |= row->sex != 0;
    b->system[at].tells[KEEP_CODETABLE_AGE] |= row->age_from >= 0 || row->age_to >= 0;
    b->system[at].tells[KEEP_CODETABLE_POA] |= row->poa_exempt != KEEP_TRI_UNKNOWN;
    b->system[at].tells[row->code.n && isdigit((unsigned char)row->code.p[0]) ? KEEP_CODETABLE_DIGIT : KEEP_CODETABLE_LETTER] = true;
    struct code *c = &b->code[b->codes];
    *c = (struct code){*row, b->rows++};
    c->row.system = b->system[at].name;
    c->row.code = keep_arena_str(b->a, plain(row->system, row->code, z), &ok);
    if (!ok)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for code tables");
    b->codes++;
    return 0;
}

int keep_codebook_pair(struct keep_codebook *b, const struct keep_codetable_pair *row, struct keep_err *err)
{
    bool ok = true;
    int rc = room(&b->pair, b->pairs, &b->pair_cap, sizeof *b->pair, err);
    if (rc)
        return rc;
    struct pair *p = &b->pair[b->pairs];
    *p = (struct pair){*row, b->rows++};
    p->row.first = own(b, 0, row->first, &ok);
    p->row.second = own(b, 1, row->second, &ok);
    if (!ok || !widen(&b->pair_span, row->from, row->to))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for code tables");
    b->pairs++;
    return 0;
}

int keep_codebook_limit(struct keep_codebook *b, const struct keep_codetable_limit *row, struct keep_err *err)
{
    bool ok = true;
    int rc = room(&b->limit, b->limits, &b->limit_cap, sizeof *b->limit, err);
    if (rc)
        return rc;
    struct limit *l = &b->limit[b->limits];
    *l = (struct limit){*row, b->rows++};
    l->row.code = keep_arena_str(b->a, row->code, &ok);
    if (!ok || !widen(&b->limit_span, row->from, row->to))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for code tables");
    b->limits++;
    return 0;
}

/* --- a stored table --- */

static bool day(struct keep_str s, keep_date *out)
{
    enum keep_precision p = KEEP_PREC_DAY;
    *out = KEEP_DATE_NONE;
    return s.n == 0 || (keep_civil_parse_date(s, out, &p) && p == KEEP_PREC_DAY);
}

static bool whole(struct keep_str s, int64_t none, int64_t most, int64_t *out)
{
    uint64_t v;
    *out = none;
    if (s.n == 0)
        return true;
    if (!keep_num_u64(s, &v) || v > (uint64_t)most)
        return false;
    *out = (int64_t)v;
    return true;
}

static bool yes_no(struct keep_str s, uint8_t *out)
{
    int v = s.n ? keep_vocab_tristate(s) : KEEP_TRI_UNKNOWN;
    *out = (uint8_t)v;
    return v >= 0;
}

static int read_code(struct keep_codebook *b, const struct keep_str *f, struct keep_err *err)
{
    struct keep_codetable_code c = {.system = f[0], .code = f[1], .sex = f[4].n ? f[4].p[0] : 0};
    int64_t from, to;
    if (!f[0].n || !f[1].n || !day(f[2], &c.from) || !day(f[3], &c.to) || (c.sex && c.sex != 'F' && c.sex != 'M') || !whole(f[5], -1, 999, &from) || !whole(f[6], -1, 999, &to) ||
        !yes_no(f[7], &c.billable) || !yes_no(f[8], &c.poa_exempt))
        return 1;
    c.age_from = (int16_t)from;
    c.age_to = (int16_t)to;
    return keep_codebook_code(b, &c, err);
}

static int read_pair(struct keep_codebook *b, const struct keep_str *f, struct keep_err *err)
{
    struct keep_codetable_pair p = {.first = f[0], .second = f[1], .lifted = keep_str_is(f[4], "9")};
    if (!f[0].n || !f[1].n || !day(f[2], &p.from) || !day(f[3], &p.to) || !yes_no(p.lifted ? (struct keep_str){NULL, 0} : f[4], &p.modifier))
        return 1;
    return keep_codebook_pair(b, &p, err);
}

static int read_limit(struct keep_codebook *b, const struct keep_str *f, struct keep_err *err)
{
    struct keep_codetable_limit l = {.code = f[0], .per_day = keep_str_is(f[4], "day")};
    int64_t most;
    if (!f[0].n || !day(f[1], &l.from) || !day(f[2], &l.to) || !f[3].n || !whole(f[3], 0, UINT32_MAX, &most) || (f[4].n && !l.per_day && !keep_str_is(f[4], "line")))
        return 1;
    l.most = (uint32_t)most;
    return keep_codebook_limit(b, &l, err);
}

static const struct kind {
    const char *header;
    size_t columns;
    int (*read)(struct keep_codebook *b, const struct keep_str *field, struct keep_err *err); /* 1: it is no such row */
} kinds[] = {{KEEP_CODETABLE_CODES, 9, read_code}, {KEEP_CODETABLE_PAIRS, 5, read_pair}, {KEEP_CODETABLE_LIMITS, 5, read_limit}};

static int read_rows(struct keep_codebook *b, struct keep_csv *c, struct keep_err *err)
{
    const struct kind *k = NULL;
    struct keep_csv_row row;
    const char *why;
    int rc;
    while ((rc = keep_csv_next(c, &row, &why, err)) > 0) {
        for (size_t i = 0; !k && i < sizeof kinds / sizeof *kinds; i++)
            if (keep_str_is(row.raw, kinds[i].header)) {
                k = &kinds[i];
                rc = 0;
            }
        if (rc == 0)
            continue;
        if (k && rc == 1 && row.n == k->columns)
            rc = k->read(b, row.field, err);
        if (rc < 0)
            return rc;
        if (rc > 0)
            return keep_err_set(err, KEEP_E_INPUT, "line %llu of a stored code table is no row of it", (unsigned long long)row.line);
    }
    return rc;
}

int keep_codebook_read(struct keep_codebook *b, struct keep_str text, struct keep_err *err)
{
    struct keep_csv *c = keep_csv_new(',');
    int rc = c ? keep_csv_feed(c, text.p, text.n, true, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory for code tables");
    if (rc == 0)
        rc = read_rows(b, c, err);
    keep_csv_free(c);
    return rc;
}

/* --- order and bisection --- */

static int64_t begin(keep_date from)
{
    return from == KEEP_DATE_NONE ? INT64_MIN : from;
}

static int rows_order(keep_date a, uint64_t a_order, keep_date b, uint64_t b_order)
{
    if (begin(a) != begin(b))
        return begin(a) < begin(b) ? -1 : 1;
    return (a_order > b_order) - (a_order < b_order);
}

static int code_order(const void *a, const void *b)
{
    const struct code *x = a, *y = b;
    int d = keep_str_order(x->row.system, y->row.system);
    d = d ? d : keep_str_order(x->row.code, y->row.code);
    return d ? d : rows_order(x->row.from, x->order, y->row.from, y->order);
}

static int pair_order(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    int d = keep_str_order(x->row.first, y->row.first);
    d = d ? d : keep_str_order(x->row.second, y->row.second);
    return d ? d : rows_order(x->row.from, x->order, y->row.from, y->order);
}

static int limit_order(const void *a, const void *b)
{
    const struct limit *x = a, *y = b;
    int d = keep_str_order(x->row.code, y->row.code);
    return d ? d : rows_order(x->row.from, x->order, y->row.from, y->order);
}

void keep_codebook_seal(struct keep_codebook *b)
{
    for (size_t i = 0; i < b->systems; i++)
        reach(&b->system[i].span);
    reach(&b->pair_span);
    reach(&b->limit_span);
    if (b->codes)
        qsort(b->code, b->codes, sizeof *b->code, code_order);
    if (b->pairs)
        qsort(b->pair, b->pairs, sizeof *b->pair, pair_order);
    if (b->limits)
        qsort(b->limit, b->limits, sizeof *b->limit, limit_order);
}

/* The last row not after `want` in an array, by its order; -1 none. */
static long last_not_after(const void *rows, size_t n, size_t size, const void *want, int (*order)(const void *, const void *))
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (order((const char *)rows + mid * size, want) <= 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return (long)lo - 1;
}

static bool within(keep_date from, keep_date to, keep_date on)
{
    return (from == KEEP_DATE_NONE || from <= on) && (to == KEEP_DATE_NONE || on <= to);
}

/* Of editions that overlap, the newest that holds that day: a table of one year hides nothing of one of all years. */
const struct keep_codetable_code *keep_codebook_find(const struct keep_codebook *b, struct keep_str system, struct keep_str code, keep_date on)
{
    char z[32];
    struct code want = {.row = {.system = system, .code = plain(system, code, z), .from = on}, .order = UINT64_MAX};
    for (long i = last_not_after(b->code, b->codes, sizeof *b->code, &want, code_order); i >= 0; i--) {
        const struct keep_codetable_code *row = &b->code[i].row;
        if (!keep_str_eq(row->system, system) || !keep_str_eq(row->code, want.row.code))
            return NULL;
        if (within(row->from, row->to, on))
            return row;
    }
    return NULL;
}

const struct keep_codetable_pair *keep_codebook_pair_of(const struct keep_codebook *b, struct keep_str first, struct keep_str second, keep_date on)
{
    struct pair want = {.row = {.first = first, .second = second, .from = on}, .order = UINT64_MAX};
    long i = last_not_after(b->pair, b->pairs, sizeof *b->pair, &want, pair_order);
    if (i < 0 || !keep_str_eq(b->pair[i].row.first, first) || !keep_str_eq(b->pair[i].row.second, second) || !within(b->pair[i].row.from, b->pair[i].row.to, on))
        return NULL;
    return &b->pair[i].row;
}

const struct keep_codetable_limit *keep_codebook_limit_of(const struct keep_codebook *b, struct keep_str code, keep_date on)
{
    struct limit want = {.row = {.code = code, .from = on}, .order = UINT64_MAX};
    long i = last_not_after(b->limit, b->limits, sizeof *b->limit, &want, limit_order);
    if (i < 0 || !keep_str_eq(b->limit[i].row.code, code) || !within(b->limit[i].row.from, b->limit[i].row.to, on))
        return NULL;
    return &b->limit[i].row;
}

bool keep_codebook_covers(const struct keep_codebook *b, struct keep_str system, keep_date on)
{
    size_t at = system_at(b, system);
    return at < b->systems && speaks(&b->system[at].span, on);
}

bool keep_codebook_tells(const struct keep_codebook *b, struct keep_str system, enum keep_codetable_fact fact)
{
    size_t at = system_at(b, system);
    return at < b->systems && b->system[at].tells[fact];
}

bool keep_codebook_pairs_on(const struct keep_codebook *b, keep_date on)
{
    return speaks(&b->pair_span, on);
}

bool keep_codebook_limits_on(const struct keep_codebook *b, keep_date on)
{
    return speaks(&b->limit_span, on);
}
