/* A claim's checks. What a date has to be taken from differs by the kind of bill:
 * an institutional one is coded by the day of discharge, a professional one by the
 * day of each service. Every check is silent where a table, a day or a person's
 * sex or age is missing, for then nobody can tell; so it is where a modifier says
 * that somebody thought of it. */
#include "core/review/claim.h"

#include <stdio.h>
#include <string.h>

#include "core/base/num.h"

enum { TEXT = 160 }; /* of one item of a list: two codes, a day, a number */

/* --- reading --- */

/* What stands before the next mark, which is taken off s with it. */
static struct keep_str upto(struct keep_str *s, char mark)
{
    const char *at = s->n ? memchr(s->p, mark, s->n) : NULL;
    struct keep_str out = {s->p, at ? (size_t)(at - s->p) : s->n};
    s->p = at ? at + 1 : s->p + s->n;
    s->n = at ? s->n - out.n - 1 : 0;
    return out;
}

static bool cancelled(struct keep_str status)
{
    static const char *const words[] = {"cancelled", "canceled", "entered-in-error", "draft", "void"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (keep_str_is(status, words[i]))
            return true;
    return false;
}

static void read_line(struct keep_claim_line *l, struct keep_str text, const struct keep_record *r)
{
    uint64_t units = 0;
    enum keep_precision p;
    l->system = upto(&text, '|');
    l->code = upto(&text, '|');
    l->modifiers = upto(&text, '|');
    l->units = keep_num_u64(upto(&text, '|'), &units) && units <= UINT32_MAX ? (uint32_t)units : 0;
    if (!keep_civil_parse_date(upto(&text, '|'), &l->day, &p) || p != KEEP_PREC_DAY)
        l->day = r->service_first != KEEP_DATE_NONE ? r->service_first : r->service_last;
}

int keep_claim_read(struct keep_claim *out, const struct keep_world *w, const struct keep_record *r, struct keep_arena *a, struct keep_err *err)
{
    struct keep_claim_line *line = keep_arena_array(a, r->codes + 1, sizeof *line);
    struct keep_claim_diagnosis *diagnosis = keep_arena_array(a, r->codes + 1, sizeof *diagnosis);
    if (!line || !diagnosis)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for a claim");
    *out = (struct keep_claim){.line = line, .diagnosis = diagnosis, .record = r, .cancelled = cancelled(r->status),
                               .patient = r->patient < w->patients ? &w->patient[r->patient] : NULL,
                               .encounter = r->encounter < w->encounters ? &w->encounter[r->encounter] : NULL};
    for (size_t i = 0; i < r->codes; i++) {
        struct keep_str system = r->code[i].system < w->terms ? w->term[r->code[i].system] : (struct keep_str){NULL, 0}, text = r->code[i].code;
        if (keep_str_is(system, KEEP_CODETABLE_TYPE)) {
            out->type = text;
        } else if (keep_str_is(system, KEEP_CODETABLE_LINE)) {
            read_line(&line[out->lines++], text, r);
        } else if (keep_str_is(system, KEEP_CODETABLE_DIAGNOSIS)) {
            struct keep_claim_diagnosis *d = &diagnosis[out->diagnoses++];
            d->system = upto(&text, '|');
            d->code = upto(&text, '|');
            d->poa = text.n ? text.p[0] : 0;
        }
    }
    return 0;
}

/* --- a list being made --- */

struct making {
    const struct keep_claim *c;
    const struct keep_codebook *book;
    struct keep_arena *a;
    struct keep_str *item;
    size_t n, cap;
    const char *missing;
    bool failed;
};

static void put(struct making *m, const char *text)
{
    struct keep_str s = keep_str_of(text);
    bool ok = true;
    for (size_t i = 0; i < m->n; i++)
        if (keep_str_eq(m->item[i], s))
            return;
    if (!keep_arena_grow(m->a, &m->item, &m->cap, m->n + 1, sizeof *m->item, 8)) {
        m->failed = true;
        return;
    }
    m->item[m->n++] = keep_arena_str(m->a, s, &ok);
    m->failed |= !ok;
}

static void lacks(struct making *m, const char *what)
{
    if (!m->missing)
        m->missing = what;
}

#define S(s) (int)((s).n < 40 ? (s).n : 40), (s).n ? (s).p : ""

/* The day by which diagnoses and the procedures of an inpatient bill are coded. */
static keep_date coded_on(const struct keep_claim *c)
{
    if (!keep_str_is(c->type, "institutional"))
        return c->record->service_first != KEEP_DATE_NONE ? c->record->service_first : c->record->service_last;
    if (c->encounter && c->encounter->end_date != KEEP_DATE_NONE)
        return c->encounter->end_date;
    return c->record->service_last;
}

/* --- each code by itself --- */

struct coded {
    struct keep_str system, code;
    keep_date on;
};

/* What a check of one code says of it; NULL: nothing. z: room for a text of its own. */
typedef const char *(*check_one)(struct making *m, const struct coded *x, const struct keep_codetable_code *row, char z[TEXT]);

static void look(struct making *m, const struct coded *x, check_one check)
{
    char z[TEXT];
    if (x->code.n == 0)
        return;
    if (x->on == KEEP_DATE_NONE) {
        lacks(m, "the day of service or discharge of a claim");
        return;
    }
    if (!m->book || !keep_codebook_covers(m->book, x->system, x->on)) {
        lacks(m, "a code table of its systems in force on that day");
        return;
    }
    const char *text = check(m, x, keep_codebook_find(m->book, x->system, x->code, x->on), z);
    if (text)
        put(m, text);
}

static void each_code(struct making *m, check_one check)
{
    const struct keep_claim *c = m->c;
    for (size_t i = 0; i < c->diagnoses; i++)
        look(m, &(struct coded){c->diagnosis[i].system, c->diagnosis[i].code, coded_on(c)}, check);
    for (size_t i = 0; i < c->lines; i++)
        look(m, &(struct coded){c->line[i].system, c->line[i].code, c->line[i].day}, check);
}

static const char *not_valid(struct making *m, const struct coded *x, const struct keep_codetable_code *row, char z[TEXT])
{
    char day[KEEP_CIVIL_DATE_SIZE];
    (void)m;
    if (row)
        return NULL;
    snprintf(z, TEXT, "%.*s %.*s on %s", S(x->system), S(x->code), keep_civil_format_date(x->on, day));
    return z;
}

static const char *not_billable(struct making *m, const struct coded *x, const struct keep_codetable_code *row, char z[TEXT])
{
    if (!row)
        return NULL;
    if (row->billable == KEEP_TRI_UNKNOWN)
        lacks(m, "a code table that says which codes are complete");
    if (row->billable != KEEP_TRI_NO)
        return NULL;
    snprintf(z, TEXT, "%.*s %.*s", S(x->system), S(x->code));
    return z;
}

static const char *other_sex(struct making *m, const struct coded *x, const struct keep_codetable_code *row, char z[TEXT])
{
    char sex = m->c->patient ? m->c->patient->sex : 0;
    if (!row || !row->sex) {
        if (!keep_codebook_tells(m->book, x->system, KEEP_CODETABLE_SEX))
            lacks(m, "a code table that says for which sex a code is");
        return NULL;
    }
    if (!sex)
        lacks(m, "patient.sex");
    if (!sex || sex == row->sex)
        return NULL;
    snprintf(z, TEXT, "%.*s %.*s is for %s patients", S(x->system), S(x->code), row->sex == 'F' ? "female" : "male");
    return z;
}

static const char *other_age(struct making *m, const struct coded *x, const struct keep_codetable_code *row, char z[TEXT])
{
    const struct keep_patient *p = m->c->patient;
    if (!row || (row->age_from < 0 && row->age_to < 0)) {
        if (!keep_codebook_tells(m->book, x->system, KEEP_CODETABLE_AGE))
            lacks(m, "a code table that says for which ages a code is");
        return NULL;
    }
    if (!p || p->birth.precision < KEEP_PREC_DAY) {
        lacks(m, "patient.birth_date");
        return NULL;
    }
    int age = keep_civil_age(p->birth.date, x->on);
    if (age < 0 || ((row->age_from < 0 || age >= row->age_from) && (row->age_to < 0 || age <= row->age_to)))
        return NULL;
    if (row->age_to < 0)
        snprintf(z, TEXT, "%.*s %.*s is for ages from %d", S(x->system), S(x->code), row->age_from);
    else
        snprintf(z, TEXT, "%.*s %.*s is for ages %d to %d", S(x->system), S(x->code), row->age_from < 0 ? 0 : row->age_from, row->age_to);
    return z;
}

/* --- diagnoses of an inpatient stay --- */

static void poa_missing(struct making *m)
{
    const struct keep_claim *c = m->c;
    char z[TEXT];
    keep_date on = coded_on(c);
    if (!c->type.n)
        lacks(m, "claim.type");
    if (!keep_str_is(c->type, "institutional"))
        return;
    if (!c->encounter || !c->encounter->klass.n) {
        lacks(m, "encounter.class");
        return;
    }
    if (!keep_str_is(c->encounter->klass, "IMP") && !keep_str_is(c->encounter->klass, "ACUTE") && !keep_str_is(c->encounter->klass, "inpatient"))
        return;
    for (size_t i = 0; i < c->diagnoses; i++) {
        const struct keep_claim_diagnosis *d = &c->diagnosis[i];
        if (d->poa)
            continue;
        if (on == KEEP_DATE_NONE || !m->book || !keep_codebook_covers(m->book, d->system, on) || !keep_codebook_tells(m->book, d->system, KEEP_CODETABLE_POA)) {
            lacks(m, "a code table that says which codes are exempt from POA");
            continue;
        }
        const struct keep_codetable_code *row = keep_codebook_find(m->book, d->system, d->code, on);
        if (!row || row->poa_exempt == KEEP_TRI_YES) /* a code that is not valid is told elsewhere */
            continue;
        snprintf(z, TEXT, "%.*s %.*s", S(d->system), S(d->code));
        put(m, z);
    }
}

/* --- lines --- */

/* Does a modifier say that both were done on their own? Which ones do, a table of system "NCCI modifier" says; without it any modifier counts. */
static bool thought_of(const struct making *m, const struct keep_claim_line *l)
{
    struct keep_str list = l->modifiers, one;
    while ((one = upto(&list, ',')).n)
        if (!keep_codebook_covers(m->book, KEEP_STR("NCCI modifier"), l->day) || keep_codebook_find(m->book, KEEP_STR("NCCI modifier"), one, l->day))
            return true;
    return false;
}

static void pair(struct making *m, const struct keep_claim_line *first, const struct keep_claim_line *second)
{
    char z[TEXT], day[KEEP_CIVIL_DATE_SIZE];
    const struct keep_codetable_pair *row = keep_codebook_pair_of(m->book, first->code, second->code, first->day);
    if (!row || (row->modifier != KEEP_TRI_NO && (thought_of(m, first) || thought_of(m, second))))
        return;
    snprintf(z, TEXT, "%.*s beside %.*s on %s", S(second->code), S(first->code), keep_civil_format_date(first->day, day));
    put(m, z);
}

static void pairs(struct making *m)
{
    const struct keep_claim *c = m->c;
    for (size_t i = 0; i < c->lines; i++) {
        if (c->line[i].day == KEEP_DATE_NONE)
            lacks(m, "the day of service of a line");
        else if (!m->book || !keep_codebook_pairs_on(m->book, c->line[i].day))
            lacks(m, "a table of pairs in force on that day");
        else
            for (size_t k = 0; k < c->lines; k++)
                if (k != i && c->line[k].day == c->line[i].day)
                    pair(m, &c->line[i], &c->line[k]);
    }
}

static void units_over(struct making *m)
{
    const struct keep_claim *c = m->c;
    char z[TEXT], day[KEEP_CIVIL_DATE_SIZE];
    for (size_t i = 0; i < c->lines; i++) {
        const struct keep_claim_line *l = &c->line[i];
        if (l->day == KEEP_DATE_NONE || !m->book || !keep_codebook_limits_on(m->book, l->day)) {
            lacks(m, "a table of units in force on that day");
            continue;
        }
        const struct keep_codetable_limit *row = keep_codebook_limit_of(m->book, l->code, l->day);
        uint64_t units = l->units;
        if (!row)
            continue;
        if (!l->units) {
            lacks(m, "the units of a line");
            continue;
        }
        for (size_t k = 0; row->per_day && k < c->lines; k++)
            units += k != i && c->line[k].day == l->day && keep_str_eq(c->line[k].code, l->code) ? c->line[k].units : 0;
        if (units <= row->most)
            continue;
        snprintf(z, TEXT, "%llu of %.*s on %s, at most %u a %s", (unsigned long long)units, S(l->code), keep_civil_format_date(l->day, day), row->most, row->per_day ? "day" : "line");
        put(m, z);
    }
}

static void modifiers(struct making *m)
{
    const struct keep_claim *c = m->c;
    char z[TEXT];
    for (size_t i = 0; i < c->lines; i++) {
        struct keep_str list = c->line[i].modifiers, one;
        while ((one = upto(&list, ',')).n) {
            if (c->line[i].day == KEEP_DATE_NONE || !m->book || !keep_codebook_covers(m->book, KEEP_STR("modifier"), c->line[i].day)) {
                lacks(m, "a table of modifiers in force on that day");
                continue;
            }
            if (keep_codebook_find(m->book, KEEP_STR("modifier"), one, c->line[i].day))
                continue;
            snprintf(z, TEXT, "%.*s at %.*s", S(one), S(c->line[i].code));
            put(m, z);
        }
    }
}

/* The same code with the same modifiers on the same day, twice. */
static void repeated(struct making *m)
{
    const struct keep_claim *c = m->c;
    char z[TEXT], day[KEEP_CIVIL_DATE_SIZE];
    for (size_t i = 0; i < c->lines; i++)
        for (size_t k = 0; k < i; k++) {
            const struct keep_claim_line *l = &c->line[i], *o = &c->line[k];
            if (!l->code.n || l->day == KEEP_DATE_NONE || l->day != o->day || !keep_str_eq(l->code, o->code) || !keep_str_eq(l->modifiers, o->modifiers))
                continue;
            snprintf(z, TEXT, "%.*s on %s", S(l->code), keep_civil_format_date(l->day, day));
            put(m, z);
        }
}

int keep_claim_list(const struct keep_claim *c, const struct keep_codebook *book, enum keep_claim_list which, struct keep_arena *a, const struct keep_str **out, size_t *n,
                    const char **missing, struct keep_err *err)
{
    struct making m = {.c = c, .book = book, .a = a};
    if (!c->cancelled)
        switch (which) {
        case KEEP_CLAIM_NOT_VALID: each_code(&m, not_valid); break;
        case KEEP_CLAIM_NOT_BILLABLE: each_code(&m, not_billable); break;
        case KEEP_CLAIM_SEX: each_code(&m, other_sex); break;
        case KEEP_CLAIM_AGE: each_code(&m, other_age); break;
        case KEEP_CLAIM_POA_MISSING: poa_missing(&m); break;
        case KEEP_CLAIM_PAIRS: pairs(&m); break;
        case KEEP_CLAIM_UNITS_OVER: units_over(&m); break;
        case KEEP_CLAIM_MODIFIERS: modifiers(&m); break;
        case KEEP_CLAIM_REPEATED: repeated(&m); break;
        default: break;
        }
    if (m.failed)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for a claim");
    *out = m.item;
    *n = m.n;
    *missing = m.n ? NULL : m.missing; /* one thing found is enough to look, whatever else could not be told */
    return 0;
}
