/* A claim's checks. What a date has to be taken from differs by the kind of bill:
 * that of an inpatient stay is coded by the day of discharge, any other by the day
 * of each service. Where it cannot be told which of two days counts, what either of
 * them permits is not found. Every check is silent where a table, a day or a person's
 * sex or age is missing, for then nobody can tell; so it is where a modifier says
 * that somebody thought of it. */
#include "core/review/claim.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

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
    static const char *const words[] = {"cancelled", "canceled", "entered-in-error", "draft", "void", "voided", "replaced", "reversed"}; /* 837: frequency 8, and what frequency 7 replaced */
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (status.n == strlen(words[i]) && strncasecmp(status.p, words[i], status.n) == 0)
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
    if (keep_civil_parse_date(upto(&text, '|'), &l->day, &p) && p == KEEP_PREC_DAY)
        return;
    l->day = r->service_first != KEEP_DATE_NONE ? r->service_first : r->service_last;
    if (r->service_last != KEEP_DATE_NONE && r->service_last != l->day)
        l->day = KEEP_DATE_NONE;
}

/* A diagnosis that says why the patient came has no indicator: 837I, admitting diagnosis and patient's reason for visit. */
static void read_diagnosis(struct keep_claim_diagnosis *d, struct keep_str text)
{
    d->system = upto(&text, '|');
    d->code = upto(&text, '|');
    struct keep_str poa = upto(&text, '|');
    d->poa = poa.n ? poa.p[0] : 0;
    d->no_poa = keep_str_is(text, "admitting") || keep_str_is(text, "patientreasonforvisit");
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
            read_diagnosis(&diagnosis[out->diagnoses++], text);
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

/* Is it the bill of an inpatient stay? */
static enum keep_tristate inpatient(const struct keep_claim *c)
{
    static const char *const others[] = {"professional", "oral", "pharmacy", "vision"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (keep_str_is(c->type, others[i]))
            return KEEP_TRI_NO;
    if (!keep_str_is(c->type, "institutional") || !c->encounter || !c->encounter->klass.n)
        return KEEP_TRI_UNKNOWN;
    struct keep_str k = c->encounter->klass;
    return keep_str_is(k, "IMP") || keep_str_is(k, "ACUTE") || keep_str_is(k, "inpatient") ? KEEP_TRI_YES : KEEP_TRI_NO;
}

/* What kept that from being told. */
static const char *unsaid(const struct keep_claim *c)
{
    return keep_str_is(c->type, "institutional") ? "encounter.class" : "claim.type";
}

/* --- each code by itself --- */

struct coded {
    struct keep_str system, code;
    keep_date on, also; /* the day that counts, and another that may; NONE: there is none */
    keep_date begin;    /* of the care, for ages; NONE as above */
};

static keep_date either(keep_date a, keep_date b)
{
    return a != KEEP_DATE_NONE ? a : b;
}

/* The days of a code: of a service day (NONE: the claim's days), but of an inpatient bill the discharge. */
static void days_of(const struct keep_claim *c, keep_date day, bool by_discharge, struct coded *x)
{
    const struct keep_record *r = c->record;
    keep_date discharge = c->encounter ? either(c->encounter->end_date, r->service_last) : r->service_last;
    enum keep_tristate in = by_discharge ? inpatient(c) : KEEP_TRI_NO;
    x->on = either(day, either(r->service_first, r->service_last));
    x->also = day != KEEP_DATE_NONE ? KEEP_DATE_NONE : r->service_last;
    x->begin = KEEP_DATE_NONE;
    if (in == KEEP_TRI_YES) {
        x->begin = either(c->encounter->start_date, x->on);
        x->on = discharge;
        x->also = KEEP_DATE_NONE;
    } else if (in == KEEP_TRI_UNKNOWN && discharge != KEEP_DATE_NONE) {
        x->also = discharge;
    }
}

/* What a check of one code says of it; NULL: nothing. z: room for a text of its own. */
typedef const char *(*check_one)(struct making *m, const struct coded *x, const struct keep_codetable_code *row, char z[TEXT]);

/* CPT is the first level of HCPCS: exports name one for the other, and tables hold one or both. What a code is shows in its first letter. */
static bool hcpcs(struct keep_str system)
{
    return keep_str_is(system, "CPT") || keep_str_is(system, "HCPCS");
}

static bool covers(const struct making *m, struct keep_str system, struct keep_str code, keep_date on)
{
    static const char *const names[] = {"CPT", "HCPCS"};
    bool digit = isdigit((unsigned char)code.p[0]);
    if (!hcpcs(system))
        return keep_codebook_covers(m->book, system, on);
    for (size_t i = 0; i < 2; i++)
        if (keep_codebook_covers(m->book, keep_str_of(names[i]), on) && keep_codebook_tells(m->book, keep_str_of(names[i]), digit ? KEEP_CODETABLE_DIGIT : KEEP_CODETABLE_LETTER))
            return true;
    return false;
}

static const struct keep_codetable_code *find(const struct making *m, struct keep_str system, struct keep_str code, keep_date on)
{
    const struct keep_codetable_code *row = keep_codebook_find(m->book, system, code, on);
    return row || !hcpcs(system) ? row : keep_codebook_find(m->book, keep_str_is(system, "CPT") ? KEEP_STR("HCPCS") : KEEP_STR("CPT"), code, on);
}

static void look(struct making *m, const struct coded *x, check_one check)
{
    const keep_date day[] = {x->on, x->also};
    const struct keep_codetable_code *row = NULL;
    bool covered = m->book != NULL;
    char z[TEXT];
    if (x->code.n == 0)
        return;
    if (x->on == KEEP_DATE_NONE) {
        lacks(m, "the day of service or discharge of a claim");
        return;
    }
    for (size_t i = 0; m->book && !row && i < 2; i++)
        if (day[i] != KEEP_DATE_NONE && !covers(m, x->system, x->code, day[i]))
            covered = false;
        else if (day[i] != KEEP_DATE_NONE)
            row = find(m, x->system, x->code, day[i]);
    if (!row && !covered) {
        lacks(m, "a code table of its systems in force on that day");
        return;
    }
    const char *text = check(m, x, row, z);
    if (text)
        put(m, text);
}

/* A line's procedure of ICD belongs to the stay; CPT and HCPCS go by their own day. */
static void each_code(struct making *m, check_one check)
{
    const struct keep_claim *c = m->c;
    for (size_t i = 0; i < c->diagnoses + c->lines; i++) {
        const struct keep_claim_line *l = i < c->diagnoses ? NULL : &c->line[i - c->diagnoses];
        struct coded x = {l ? l->system : c->diagnosis[i].system, l ? l->code : c->diagnosis[i].code, KEEP_DATE_NONE, KEEP_DATE_NONE, KEEP_DATE_NONE};
        days_of(c, l ? l->day : KEEP_DATE_NONE, !l || (x.system.n >= 4 && memcmp(x.system.p, "ICD-", 4) == 0), &x);
        look(m, &x, check);
    }
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

/* Modifier KX says of a service for one sex that it was meant for this patient. */
static bool meant(const struct keep_claim *c)
{
    for (size_t i = 0; i < c->lines; i++) {
        struct keep_str list = c->line[i].modifiers, one;
        while ((one = upto(&list, ',')).n)
            if (keep_str_is(one, "KX"))
                return true;
    }
    return false;
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
    if (!sex || sex == row->sex || meant(m->c))
        return NULL;
    snprintf(z, TEXT, "%.*s %.*s is for %s patients", S(x->system), S(x->code), row->sex == 'F' ? "female" : "male");
    return z;
}

/* One before birth is another question. */
static bool of_age(const struct keep_codetable_code *row, int age)
{
    return age < 0 || ((row->age_from < 0 || age >= row->age_from) && (row->age_to < 0 || age <= row->age_to));
}

/* Edits ask for the age at admission, a stay's codes are those of its discharge: a birthday in between is no conflict. */
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
    const keep_date day[] = {x->on, x->also, x->begin};
    for (size_t i = 0; i < sizeof day / sizeof *day; i++)
        if (day[i] != KEEP_DATE_NONE && of_age(row, keep_civil_age(p->birth.date, day[i])))
            return NULL;
    if (row->age_to < 0)
        snprintf(z, TEXT, "%.*s %.*s is for ages from %d", S(x->system), S(x->code), row->age_from);
    else
        snprintf(z, TEXT, "%.*s %.*s is for ages %d to %d", S(x->system), S(x->code), row->age_from < 0 ? 0 : row->age_from, row->age_to);
    return z;
}

/* --- diagnoses of an inpatient stay --- */

/* Does the claim say anything about it? One whose source never does has none missing. */
static bool tells_poa(const struct keep_claim *c)
{
    for (size_t i = 0; i < c->diagnoses; i++)
        if (c->diagnosis[i].poa)
            return true;
    return c->diagnoses == 0;
}

static void poa_missing(struct making *m)
{
    const struct keep_claim *c = m->c;
    struct coded x = {.on = KEEP_DATE_NONE};
    char z[TEXT];
    enum keep_tristate in = inpatient(c);
    days_of(c, KEEP_DATE_NONE, true, &x);
    if (in == KEEP_TRI_UNKNOWN)
        lacks(m, unsaid(c));
    else if (in == KEEP_TRI_YES && !tells_poa(c))
        lacks(m, "present-on-admission indicators of a claim");
    for (size_t i = 0; in == KEEP_TRI_YES && tells_poa(c) && i < c->diagnoses; i++) {
        const struct keep_claim_diagnosis *d = &c->diagnosis[i];
        if ((d->poa && d->poa != '-') || d->no_poa)
            continue;
        if (x.on == KEEP_DATE_NONE || !m->book || !keep_codebook_covers(m->book, d->system, x.on) || !keep_codebook_tells(m->book, d->system, KEEP_CODETABLE_POA)) {
            lacks(m, "a code table that says which codes are exempt from POA");
            continue;
        }
        const struct keep_codetable_code *row = keep_codebook_find(m->book, d->system, d->code, x.on);
        if (row && row->poa_exempt == KEEP_TRI_UNKNOWN)
            lacks(m, "a code table that says which codes are exempt from POA");
        if (!row || row->poa_exempt != KEEP_TRI_NO) /* a code that is not valid is told elsewhere */
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
    if (!row || row->lifted || (row->modifier != KEEP_TRI_NO && (thought_of(m, first) || thought_of(m, second))))
        return;
    snprintf(z, TEXT, "%.*s beside %.*s on %s", S(second->code), S(first->code), keep_civil_format_date(first->day, day));
    put(m, z);
}

/* The edits of NCCI are for practitioners and for outpatient services of hospitals: what a stay's bill lists beside its DRG is not edited. */
static bool edited(struct making *m)
{
    enum keep_tristate in = inpatient(m->c);
    if (in == KEEP_TRI_UNKNOWN)
        lacks(m, unsaid(m->c));
    return in == KEEP_TRI_NO;
}

static void pairs(struct making *m)
{
    const struct keep_claim *c = m->c;
    if (!edited(m))
        return;
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
    if (!edited(m))
        return;
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

/* CPT's own modifiers are numbers and P1 to P6; the letters are HCPCS's. A table of one kind does not tell of the other. */
static bool modifiers_told(const struct making *m, struct keep_str one, keep_date on)
{
    bool digit = isdigit((unsigned char)one.p[0]) || (one.n == 2 && one.p[0] == 'P' && isdigit((unsigned char)one.p[1]));
    return m->book && on != KEEP_DATE_NONE && keep_codebook_covers(m->book, KEEP_STR("modifier"), on) &&
           keep_codebook_tells(m->book, KEEP_STR("modifier"), digit ? KEEP_CODETABLE_DIGIT : KEEP_CODETABLE_LETTER);
}

static void modifiers(struct making *m)
{
    const struct keep_claim *c = m->c;
    char z[TEXT];
    for (size_t i = 0; i < c->lines; i++) {
        struct keep_str list = c->line[i].modifiers, one;
        while ((one = upto(&list, ',')).n) {
            if (!modifiers_told(m, one, c->line[i].day)) {
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
            if (l->day == KEEP_DATE_NONE)
                lacks(m, "the day of service of a line");
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
