/* Each kind is one row of a table: how the accesses look, and how its people are
 * found. People are looked for from a place that chance gives, around the whole
 * list once, so that somebody is found whenever there is somebody; a chart is
 * planted on once, so that no two plants run together into one case. */
#include "core/demo/plant.h"

#include <stdio.h>
#include <string.h>

#include "core/demo/chance.h"
#include "core/demo/sheet.h"

enum {
    STREAM_PLANTS = 4,      /* of chance */
    MANY_CHARTS = 58,       /* the rule asks for 50 in an hour */
    MANY_SPARE = 40,        /* plain charts left over for the other kinds */
    DEAD_DAYS = 40,         /* the rule asks for more than 30 */
    HOUR = 3600,
};

static const char *const words[] = {
#define X(name, word) word,
    KEEP_PLANT_KINDS(X)
#undef X
};

static const struct look {
    uint32_t accesses, signs;
    const char *evidence;
} looks[] = {
    [KEEP_PLANT_SELF] = {3, KEEP_PLANT_SEARCHED | KEEP_PLANT_PRINTED, "own chart, found by name search, printed"},
    [KEEP_PLANT_HOUSEHOLD] = {4, KEEP_PLANT_SEARCHED, "same address and same family name, found by name search"},
    [KEEP_PLANT_COWORKER] = {3, KEEP_PLANT_SEARCHED | KEEP_PLANT_PRINTED, "works in the same department, found by name search, printed"},
    [KEEP_PLANT_ENDED] = {5, KEEP_PLANT_EXPORTED | KEEP_PLANT_NIGHT, "login used after the last day of employment, at night, exported"},
    [KEEP_PLANT_UNMAPPED] = {4, KEEP_PLANT_SEARCHED | KEEP_PLANT_EXPORTED, "login that no roster names, found by name search, exported"},
    [KEEP_PLANT_GLASS] = {2, 0, "emergency override without a reason on a confidential chart"},
    [KEEP_PLANT_DECEASED] = {3, KEEP_PLANT_SEARCHED | KEEP_PLANT_PRINTED, "dead for more than a month, found by name search, printed"},
    [KEEP_PLANT_SENSITIVE] = {3, KEEP_PLANT_SEARCHED | KEEP_PLANT_PRINTED, "sensitive subject, found by name search, printed"},
    [KEEP_PLANT_MANY] = {MANY_CHARTS, KEEP_PLANT_EXPORTED, "58 charts of strangers within an hour, some exported"},
    [KEEP_PLANT_UNEXPLAINED] = {3, KEEP_PLANT_SEARCHED | KEEP_PLANT_PRINTED, "no relation, same family name, found by name search, printed"},
};

struct search {
    struct keep_cast *c;
    struct keep_chance r;
    const struct keep_plant *p;
    bool again;             /* everybody of the staff has planted accesses already: one may have more */
};

/* --- looking around a list once ------------------------------------------------------ */

typedef bool (*fit)(const struct search *s, uint32_t i);

static uint32_t look_for(struct search *s, uint32_t n, fit wanted)
{
    uint32_t from = keep_chance_below(&s->r, n);
    for (uint32_t i = 0; i < n; i++)
        if (wanted(s, (from + i) % n))
            return (from + i) % n;
    return KEEP_CAST_NOBODY;
}

static bool fresh_patient(const struct search *s, uint32_t i)
{
    return !s->c->patient[i].planted;
}

/* Still here, all the year, and not yet planted if that can be had. */
static bool fresh_staff(const struct search *s, uint32_t i)
{
    const struct keep_cast_staff *x = &s->c->staff[i];
    return (!x->planted || s->again) && x->ended == KEEP_DATE_NONE && x->hired <= s->c->begin;
}

static bool is_patient_too(const struct search *s, uint32_t i)
{
    return fresh_staff(s, i) && s->c->staff[i].patient != KEEP_CAST_NOBODY && fresh_patient(s, s->c->staff[i].patient);
}

static bool stranger_here(const struct search *s, uint32_t i)
{
    return fresh_staff(s, i) && keep_cast_stranger(s->c, i, s->p->patient);
}

/* Those who code, bill and keep records have business with the dead; so have pathologists. */
static bool stranger_at_bedside(const struct search *s, uint32_t i)
{
    return stranger_here(s, i) && keep_lore_department[s->c->staff[i].department].work == KEEP_LORE_CARE;
}

static bool stranger_of_department(const struct search *s, uint32_t i)
{
    uint32_t worker = s->c->patient[s->p->patient].worker;
    return stranger_here(s, i) && i != worker && s->c->staff[i].department == s->c->staff[worker].department;
}

static bool stranger_of_name(const struct search *s, uint32_t i)
{
    return stranger_here(s, i) && s->c->staff[i].family == s->c->patient[s->p->patient].family;
}

static bool leaver(const struct search *s, uint32_t i)
{
    return (!s->c->staff[i].planted || s->again) && s->c->staff[i].ended != KEEP_DATE_NONE;
}

static bool worker_patient(const struct search *s, uint32_t i)
{
    return fresh_patient(s, i) && s->c->patient[i].worker != KEEP_CAST_NOBODY;
}

static bool plain_patient(const struct search *s, uint32_t i)
{
    return fresh_patient(s, i) && keep_cast_plain(&s->c->patient[i]);
}

static bool plain_stranger(const struct search *s, uint32_t i)
{
    return plain_patient(s, i) && keep_cast_stranger(s->c, s->p->staff, i);
}

static bool confidential_patient(const struct search *s, uint32_t i)
{
    const struct keep_cast_patient *p = &s->c->patient[i];
    return fresh_patient(s, i) && p->confidential && p->worker == KEEP_CAST_NOBODY && p->death == KEEP_DATE_NONE;
}

static bool dead_patient(const struct search *s, uint32_t i)
{
    const struct keep_cast_patient *p = &s->c->patient[i];
    return fresh_patient(s, i) && p->death != KEEP_DATE_NONE && p->death < s->c->begin - DEAD_DAYS && p->worker == KEEP_CAST_NOBODY && !p->confidential;
}

static bool sensitive_patient(const struct search *s, uint32_t i)
{
    const struct keep_cast_patient *p = &s->c->patient[i];
    return fresh_patient(s, i) && p->subject != KEEP_LORE_ORDINARY && p->death == KEEP_DATE_NONE && p->worker == KEEP_CAST_NOBODY;
}

/* Lives with this member of the staff, and is nobody of the staff. */
static bool housemate(const struct search *s, uint32_t i)
{
    const struct keep_cast_patient *p = &s->c->patient[i];
    const struct keep_cast_staff *x = &s->c->staff[s->p->staff];
    return fresh_patient(s, i) && p->household == x->household && p->worker == KEEP_CAST_NOBODY && p->family == x->family &&
           !(p->departments >> x->department & 1);
}

/* --- the kinds ---------------------------------------------------------------------------- */

/* Everybody who lives with a patient is tried in turn. */
static void find_household(struct search *s, struct keep_plant *p)
{
    uint32_t n = s->c->employees, from = keep_chance_below(&s->r, n);
    for (uint32_t i = 0; i < n && p->patient == KEEP_CAST_NOBODY; i++) {
        p->staff = (from + i) % n;
        if (fresh_staff(s, p->staff) && s->c->staff[p->staff].household < s->c->patient[s->c->patients - 1].household + 1)
            p->patient = look_for(s, s->c->patients, housemate);
    }
}

/* Every colleague's chart is tried in turn: in a small department nobody may be left to open it. */
static void find_coworker(struct search *s, struct keep_plant *p)
{
    uint32_t n = s->c->patients, from = keep_chance_below(&s->r, n);
    for (uint32_t i = 0; i < n && p->staff == KEEP_CAST_NOBODY; i++) {
        p->patient = (from + i) % n;
        if (worker_patient(s, p->patient))
            p->staff = look_for(s, s->c->employees, stranger_of_department);
    }
}

/* A chart that is wanted and a stranger to it: the first kind of stranger, after 25 charts in vain the second. */
static void find_with_patient(struct search *s, struct keep_plant *p, fit wanted, fit first, fit second)
{
    for (uint32_t tries = 0; tries < 50 && p->staff == KEEP_CAST_NOBODY; tries++) {
        p->patient = look_for(s, s->c->patients, wanted);
        if (p->patient == KEEP_CAST_NOBODY)
            return;
        p->staff = look_for(s, s->c->employees, tries < 25 ? first : second);
    }
}

static int find_many(struct search *s, struct keep_plant *p, struct keep_arena *a, struct keep_err *err)
{
    p->staff = look_for(s, s->c->employees, fresh_staff);
    p->chart = keep_arena_array(a, MANY_CHARTS, sizeof *p->chart);
    if (!p->chart)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    while (p->staff != KEEP_CAST_NOBODY && p->charts < MANY_CHARTS) {
        uint32_t i = look_for(s, s->c->patients, plain_stranger);
        if (i == KEEP_CAST_NOBODY)
            p->staff = i;
        else {
            s->c->patient[i].planted = true;
            p->chart[p->charts++] = i;
        }
    }
    for (uint32_t i = 0; i < p->charts; i++) /* others may still be planted on: a run of charts is a case of its own */
        s->c->patient[p->chart[i]].planted = false;
    return 0;
}

static int find(struct search *s, struct keep_plant *p, struct keep_arena *a, struct keep_err *err)
{
    switch (p->kind) {
    case KEEP_PLANT_SELF:
        p->staff = look_for(s, s->c->employees, is_patient_too);
        if (p->staff != KEEP_CAST_NOBODY)
            p->patient = s->c->staff[p->staff].patient;
        break;
    case KEEP_PLANT_HOUSEHOLD: find_household(s, p); break;
    case KEEP_PLANT_COWORKER: find_coworker(s, p); break;
    case KEEP_PLANT_ENDED:
        p->staff = look_for(s, s->c->employees, leaver);
        if (p->staff != KEEP_CAST_NOBODY)
            p->patient = look_for(s, s->c->patients, plain_stranger);
        break;
    case KEEP_PLANT_UNMAPPED: p->patient = look_for(s, s->c->patients, plain_patient); break;
    case KEEP_PLANT_GLASS: find_with_patient(s, p, confidential_patient, stranger_here, stranger_here); break;
    case KEEP_PLANT_DECEASED: find_with_patient(s, p, dead_patient, stranger_at_bedside, stranger_at_bedside); break;
    case KEEP_PLANT_SENSITIVE: find_with_patient(s, p, sensitive_patient, stranger_here, stranger_here); break;
    case KEEP_PLANT_MANY: return find_many(s, p, a, err);
    case KEEP_PLANT_UNEXPLAINED: find_with_patient(s, p, plain_patient, stranger_of_name, stranger_here); break;
    case KEEP_PLANT_KIND_COUNT: break;
    }
    return 0;
}

static void choose_time(struct search *s, struct keep_plant *p)
{
    const struct keep_cast *c = s->c;
    keep_date from = c->begin + 10, to = c->p->today - 1;
    if (p->kind == KEEP_PLANT_ENDED) {
        from = c->staff[p->staff].ended + 2;
        to = from + 50 < to ? from + 50 : to;
    }
    p->day = keep_chance_range(&s->r, from, to);
    p->second = p->signs & KEEP_PLANT_NIGHT ? keep_chance_range(&s->r, 22 * HOUR + 600, 23 * HOUR) : keep_chance_range(&s->r, 9 * HOUR, 19 * HOUR);
}

static bool found(const struct keep_plant *p)
{
    return (p->staff != KEEP_CAST_NOBODY || p->kind == KEEP_PLANT_UNMAPPED) && (p->patient != KEEP_CAST_NOBODY || p->kind == KEEP_PLANT_MANY);
}

static int make_one(struct search *s, struct keep_plant *p, struct keep_arena *a, struct keep_err *err)
{
    const struct look *look = &looks[p->kind];
    p->accesses = look->accesses;
    p->signs = look->signs;
    p->evidence = look->evidence;
    p->staff = KEEP_CAST_NOBODY;
    s->p = p;
    for (int pass = 0; pass < 2 && (pass == 0 || !found(p)); pass++) {
        s->again = pass == 1;
        p->staff = p->patient = KEEP_CAST_NOBODY;
        p->charts = 0;
        int rc = find(s, p, a, err);
        if (rc < 0)
            return rc;
    }
    if (!found(p)) {
        keep_err_set(err, KEEP_E_USAGE, "this hospital has nobody left for a planted violation of the kind \"%s\"", words[p->kind]);
        keep_err_hint(err, "plant fewer, or make the hospital larger");
        return KEEP_E_USAGE;
    }
    if (p->kind == KEEP_PLANT_UNEXPLAINED && s->c->staff[p->staff].family != s->c->patient[p->patient].family)
        p->evidence = "no relation, found by name search, printed";
    if (p->staff != KEEP_CAST_NOBODY)
        s->c->staff[p->staff].planted = true;
    if (p->patient != KEEP_CAST_NOBODY)
        s->c->patient[p->patient].planted = true;
    choose_time(s, p);
    p->row = keep_arena_array(a, p->accesses, sizeof *p->row);
    return p->row ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

int keep_plant_make(struct keep_plants *out, struct keep_cast *c, struct keep_arena *a, struct keep_err *err)
{
    struct search s = {.c = c};
    struct keep_plants made = {.cast = c, .n = c->p->planted};
    enum keep_plant_kind kind[KEEP_PLANT_KIND_COUNT];
    uint32_t kinds = 0, plain = 0;
    keep_chance_init(&s.r, c->p->seed, STREAM_PLANTS);
    for (uint32_t i = 0; i < c->patients; i++)
        plain += keep_cast_plain(&c->patient[i]) && c->patient[i].seen != KEEP_CAST_SEEN_NOW;
    for (int k = 0; k < KEEP_PLANT_KIND_COUNT; k++)
        if (k != KEEP_PLANT_MANY || plain >= MANY_CHARTS + MANY_SPARE)
            kind[kinds++] = (enum keep_plant_kind)k;
    made.plant = keep_arena_array(a, made.n + 1, sizeof *made.plant);
    if (!made.plant)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (uint32_t i = 0; i < made.n; i++) { /* kind by kind: those that few people fit come first */
        made.plant[i] = (struct keep_plant){.kind = kind[(uint64_t)i * kinds / made.n], .ghost = i};
        int rc = make_one(&s, &made.plant[i], a, err);
        if (rc < 0)
            return rc;
        made.accesses += made.plant[i].accesses;
    }
    *out = made;
    return 0;
}

void keep_plant_login(const struct keep_cast *c, const struct keep_plant *p, char out[KEEP_CAST_TEXT])
{
    if (p->staff == KEEP_CAST_NOBODY)
        snprintf(out, KEEP_CAST_TEXT, "temp%u", p->ghost + 1);
    else
        keep_cast_login(c, p->staff, out);
}

/* --- the key -------------------------------------------------------------------------------- */

int keep_plant_write_key(const struct keep_plants *p, struct keep_err *err)
{
    struct keep_sheet s = {0};
    struct keep_jsonw *w = &s.json;
    char text[KEEP_CAST_TEXT];
    int rc = keep_sheet_open(&s, p->cast->p->dirfd, "answer-key.ndjson", err);
    for (uint32_t i = 0; i < p->n && rc == 0; i++) {
        const struct keep_plant *x = &p->plant[i];
        bool one = x->patient != KEEP_CAST_NOBODY;
        keep_jsonw_object(w);
        keep_sheet_member(&s, "kind", words[x->kind]);
        keep_plant_login(p->cast, x, text);
        keep_sheet_member(&s, "account", text);
        if (one)
            keep_cast_id(p->cast, 'p', x->patient, text);
        keep_sheet_member(&s, "patient", one ? text : NULL);
        if (one)
            keep_cast_mrn(p->cast, x->patient, text);
        keep_sheet_member(&s, "mrn", one ? text : NULL);
        keep_jsonw_key(w, "events");
        keep_jsonw_array(w);
        for (uint32_t k = 0; k < x->rows; k++) {
            snprintf(text, sizeof text, "access:%llu", (unsigned long long)x->row[k]);
            keep_jsonw_z(w, text);
        }
        keep_jsonw_end_array(w);
        keep_sheet_member(&s, "evidence", x->evidence);
        keep_jsonw_end_object(w);
        rc = keep_sheet_row(&s, err);
    }
    if (rc == 0)
        rc = keep_sheet_commit(&s, err);
    keep_sheet_drop(&s);
    return rc;
}
