/* Built in an order that lets each later step look at the earlier: patients with
 * their households, then staff, of whom the first few take over a patient's
 * person or address, then the ways of being employed, then who is confidential,
 * dead, of a sensitive subject, well known, a duplicate or no human at all.
 *
 * Shares (per thousand) are chosen so that a small hospital still has every kind
 * of person; what the planted violations need is set aside before chance. */
#include "core/demo/cast.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/demo/chance.h"
#include "core/demo/plant.h"

enum {
    KINDS = KEEP_PLANT_KIND_COUNT, /* of violations */
    PATIENTS_MIN = 50, STAFF_MIN = 20,
    NOW_PER_MILLE = 470, LATELY_PER_MILLE = 180,
    LONG_AGO_DAYS = 3720,     /* ten years and some: due under a ten-year law */
    QUIET_DAYS = 60,          /* nobody of the quiet was seen so shortly before the log begins */
    ADULT_DAYS = 9000, OLDEST_WORKER_DAYS = 24000,
    NPI_SPACE = 100000,
};

enum { STREAM_PATIENTS = 1, STREAM_STAFF = 2, STREAM_MARKS = 3 }; /* of chance */

/* --- sizes ------------------------------------------------------------------- */

static uint32_t per_kind(const struct keep_hospital_params *p)
{
    return (p->planted + KINDS - 1) / KINDS;
}

static int check(const struct keep_hospital_params *p, struct keep_err *err)
{
    if (p->patients < PATIENTS_MIN || p->staff < STAFF_MIN)
        return keep_err_set(err, KEEP_E_USAGE, "a hospital has at least %d patients and %d staff", PATIENTS_MIN, STAFF_MIN);
    if (p->patients > UINT32_MAX / 16 || p->staff >= NPI_SPACE * 9 / 10)
        return keep_err_set(err, KEEP_E_LIMIT, "a hospital has at most %u patients and %d staff", UINT32_MAX / 16, NPI_SPACE * 9 / 10);
    if (p->days < KEEP_HOSPITAL_DAYS_MIN || p->days > KEEP_HOSPITAL_DAYS_MAX)
        return keep_err_set(err, KEEP_E_USAGE, "a log of %d to %d days", KEEP_HOSPITAL_DAYS_MIN, KEEP_HOSPITAL_DAYS_MAX);
    if (keep_civil_to_ymd(p->today).y < KEEP_CAST_FIRST_YEAR + 16 || keep_civil_to_ymd(p->today).y > 2100)
        return keep_err_set(err, KEEP_E_USAGE, "a log that ends before %d or after 2100", KEEP_CAST_FIRST_YEAR + 16);
    if (per_kind(p) > p->staff / 20 || per_kind(p) > p->patients / 20) {
        keep_err_set(err, KEEP_E_USAGE, "%u planted violations need more than %u staff and %u patients", p->planted, p->staff, p->patients);
        keep_err_hint(err, "every violation of a kind needs twenty staff and twenty patients");
        return KEEP_E_USAGE;
    }
    return 0;
}

/* --- patients ------------------------------------------------------------------ */

static uint16_t a_family(struct keep_chance *c)
{
    return (uint16_t)keep_chance_below(c, keep_lore_families);
}

static uint16_t a_given(struct keep_chance *c, bool woman)
{
    return (uint16_t)keep_chance_below(c, woman ? keep_lore_women : keep_lore_men);
}

static keep_date later(keep_date a, keep_date b)
{
    return a > b ? a : b;
}

/* First and last day of care. */
static void span_of_care(const struct keep_cast *c, struct keep_cast_patient *p, struct keep_chance *r)
{
    keep_date oldest = later(p->birth, keep_civil_from_ymd(KEEP_CAST_FIRST_YEAR, 1, 9)), today = c->p->today, from = oldest, to;
    uint32_t share = keep_chance_below(r, 1000);
    p->seen = share < NOW_PER_MILLE ? KEEP_CAST_SEEN_NOW : share < NOW_PER_MILLE + LATELY_PER_MILLE ? KEEP_CAST_SEEN_LATELY : KEEP_CAST_SEEN_LONG_AGO;
    if (p->seen == KEEP_CAST_SEEN_LONG_AGO && oldest > today - LONG_AGO_DAYS - 400)
        p->seen = KEEP_CAST_SEEN_LATELY;
    if (p->seen == KEEP_CAST_SEEN_LATELY && oldest > c->begin - QUIET_DAYS - 400)
        p->seen = KEEP_CAST_SEEN_NOW;
    if (p->seen == KEEP_CAST_SEEN_LONG_AGO)
        to = today - LONG_AGO_DAYS;
    else if (p->seen == KEEP_CAST_SEEN_LATELY) {
        from = later(oldest, today - LONG_AGO_DAYS + 200);
        to = c->begin - QUIET_DAYS;
    } else {
        from = later(oldest, c->begin + 30);
        to = today - 2;
    }
    p->last = keep_chance_range(r, from, to);
    p->first = later(oldest, p->last - keep_chance_range(r, 0, 4500));
}

/* Households of one to five who mostly share a family name; children live with an adult. */
static void make_patients(struct keep_cast *c)
{
    struct keep_chance r;
    uint32_t left = 0;
    uint16_t family = 0;
    keep_date eldest = 0, youngest_birth = c->p->today - 20, oldest_birth = keep_civil_from_ymd(1925, 1, 1);
    keep_chance_init(&r, c->p->seed, STREAM_PATIENTS);
    for (uint32_t i = 0; i < c->patients; i++) {
        struct keep_cast_patient *p = &c->patient[i];
        bool head = left == 0;
        if (head) {
            static const uint8_t sizes[] = {34, 33, 14, 12, 7};
            left = keep_chance_weighted(&r, sizes, 5) + 1;
            family = a_family(&r);
            c->households++;
        }
        left--;
        *p = (struct keep_cast_patient){.household = c->households - 1, .worker = KEEP_CAST_NOBODY, .merged = KEEP_CAST_NOBODY, .primary = KEEP_CAST_NOBODY,
                                        .death = KEEP_DATE_NONE, .family = family};
        p->woman = keep_chance_per_mille(&r, 520);
        p->given = a_given(&r, p->woman);
        if (!head && keep_chance_per_mille(&r, 120))
            p->family = a_family(&r);
        if (head || keep_chance_per_mille(&r, 450))
            p->birth = keep_chance_range(&r, head ? oldest_birth : eldest - 3000, head ? c->p->today - ADULT_DAYS : eldest + 3000);
        else
            p->birth = keep_chance_range(&r, eldest + 7300, eldest + 13000);
        p->birth = p->birth > youngest_birth ? youngest_birth - (keep_date)keep_chance_below(&r, 2000) : later(p->birth, oldest_birth);
        if (head)
            eldest = p->birth;
        span_of_care(c, p, &r);
    }
}

/* --- staff ------------------------------------------------------------------------ */

static uint8_t shift_of(struct keep_chance *r, const struct keep_lore_department *d)
{
    static const uint8_t weights[] = {70, 20, 10};
    return d->site == KEEP_LORE_CLINIC || d->work == KEEP_LORE_DESK ? 0 : (uint8_t)keep_chance_weighted(r, weights, 3);
}

/* The first three of a department are its lead, a role, a second; the rest by chance. */
static void make_one(struct keep_cast *c, struct keep_chance *r, uint32_t i, const uint8_t *weights)
{
    static const uint8_t ranks[] = {25, 50, 25};
    struct keep_cast_staff *s = &c->staff[i];
    bool retired = i >= c->employees, early = i < c->departments * 3;
    keep_date today = c->p->today;
    *s = (struct keep_cast_staff){.former = UINT16_MAX, .patient = KEEP_CAST_NOBODY, .manager = KEEP_CAST_NOBODY, .ended = KEEP_DATE_NONE,
                                  .away = KEEP_DATE_NONE, .back = KEEP_DATE_NONE};
    s->department = (uint8_t)(retired ? (i - c->employees) % c->departments : early ? i % c->departments : keep_chance_weighted(r, weights, c->departments));
    s->rank = (uint8_t)(retired ? i / 2 % 2 : early ? i / c->departments : keep_chance_weighted(r, ranks, 3));
    s->shift = early && s->rank == 0 ? 0 : shift_of(r, &keep_lore_department[s->department]);
    s->woman = keep_chance_per_mille(r, 620);
    s->given = a_given(r, s->woman);
    s->family = a_family(r);
    s->household = c->households++;
    s->birth = today - keep_chance_range(r, ADULT_DAYS, OLDEST_WORKER_DAYS);
    if (s->woman && keep_chance_per_mille(r, 150))
        s->former = a_family(r);
    if (retired) {
        s->birth -= 9000;
        s->hired = keep_civil_from_ymd(1980, 1, 7);
        s->ended = c->begin - 200;
    } else {
        keep_date from = later(s->birth + 7700, keep_civil_from_ymd(1984, 6, 1));
        s->hired = early ? from : keep_chance_range(r, from, c->begin - 30);
    }
}

/* Some leave in the course of the year: not the first three of a department. */
static void make_leavers(struct keep_cast *c, struct keep_chance *r)
{
    uint32_t from = c->departments * 3, want = c->employees / 12, least = per_kind(c->p);
    want = want > least ? want : least;
    for (uint32_t i = 0; i < want && from < c->employees; i++) {
        uint32_t at = from + (uint32_t)((uint64_t)i * (c->employees - from) / want);
        c->staff[at].ended = keep_chance_range(r, c->begin + 20, c->p->today - 60);
        if (c->staff[at].hired > c->begin - 100)
            c->staff[at].hired = c->begin - 100 - (keep_date)keep_chance_below(r, 1500);
    }
}

/* An adult of working age who is nobody's double yet: a quiet one if possible. */
static uint32_t free_adult(const struct keep_cast *c, struct keep_chance *r)
{
    uint32_t second = KEEP_CAST_NOBODY;
    for (uint32_t tries = 0; tries < 400; tries++) {
        uint32_t i = keep_chance_below(r, c->patients);
        const struct keep_cast_patient *p = &c->patient[i];
        if (p->worker != KEEP_CAST_NOBODY || c->p->today - p->birth < ADULT_DAYS || c->p->today - p->birth > OLDEST_WORKER_DAYS)
            continue;
        if (p->seen != KEEP_CAST_SEEN_NOW)
            return i;
        second = i;
    }
    return second;
}

/* Some of the staff are patients here, some live with one. Leavers are left alone: their cases should be of one kind. */
static void make_ties(struct keep_cast *c, struct keep_chance *r)
{
    uint32_t want = per_kind(c->p) * 2 + 1, patients = c->employees / 12, done = 0;
    patients = patients > want ? patients : want;
    for (uint32_t i = 0; i < c->employees && done < patients * 2; i++) {
        struct keep_cast_staff *s = &c->staff[i];
        uint32_t who = s->ended == KEEP_DATE_NONE ? free_adult(c, r) : KEEP_CAST_NOBODY;
        if (who == KEEP_CAST_NOBODY)
            continue;
        struct keep_cast_patient *p = &c->patient[who];
        s->household = p->household;
        s->family = p->family;
        if (done++ % 2 == 0) { /* the same human */
            s->patient = who;
            p->worker = i;
            s->woman = p->woman;
            s->given = p->given;
            s->birth = p->birth;
            s->former = UINT16_MAX;
        }
        s->hired = later(s->hired, s->birth + 6600);
    }
}

/* Ways of being on the books that are not plain employment, dealt out in turn to those whom nothing else sets apart. */
enum way { PLAIN, STUDENT, RESIDENT, PER_DIEM, VENDOR, LEAVE, REHIRE, LATE_HIRE };

static void set_way(struct keep_cast *c, struct keep_cast_staff *s, enum way way, struct keep_chance *r)
{
    int32_t days = (int32_t)c->p->days;
    switch (way) {
    case STUDENT:
    case RESIDENT:
        s->kind = way == STUDENT ? KEEP_CAST_STUDENT : KEEP_CAST_RESIDENT;
        s->rank = way == STUDENT ? 2 : 1;
        s->birth = c->p->today - keep_chance_range(r, 8000, 11000);
        s->hired = c->begin + keep_chance_range(r, 5, days / 5);
        s->ended = s->hired + keep_chance_range(r, 25, days / 4);
        break;
    case PER_DIEM: s->kind = KEEP_CAST_PER_DIEM; break;
    case VENDOR:
        s->kind = KEEP_CAST_VENDOR;
        s->hired = c->begin - keep_chance_range(r, 100, 800);
        s->ended = c->begin + keep_chance_range(r, 20, days / 3);
        break;
    case LEAVE:
    case REHIRE:
        s->rehired = way == REHIRE;
        s->away = c->begin + keep_chance_range(r, days / 5, days / 3);
        s->back = s->away + keep_chance_range(r, 20, days / 4);
        break;
    case LATE_HIRE: s->hired = c->begin + keep_chance_range(r, days / 4, days / 2); break;
    case PLAIN: break;
    }
}

static void make_ways(struct keep_cast *c, struct keep_chance *r)
{
    enum { EVERY = 3, ROUND = 27 };
    for (uint32_t i = c->departments * 3, n = 0; i < c->employees; i++) {
        struct keep_cast_staff *s = &c->staff[i];
        bool plain = s->ended == KEEP_DATE_NONE && s->patient == KEEP_CAST_NOBODY && s->household >= c->homes;
        if (plain && n++ % EVERY == 0 && n % ROUND / EVERY < LATE_HIRE)
            set_way(c, s, (enum way)(n % ROUND / EVERY + 1), r);
    }
}

static void make_managers(struct keep_cast *c)
{
    for (uint32_t i = c->departments; i < c->employees; i++)
        c->staff[i].manager = c->staff[i].department; /* the first of each department leads it */
}

/* People of a department in list[of_department[d] .. of_department[d+1]). */
static void index_departments(struct keep_cast *c)
{
    uint32_t n = 0;
    for (uint32_t d = 0; d < c->departments; d++) {
        c->of_department[d] = n;
        for (uint32_t i = 0; i < c->staffs; i++)
            if (c->staff[i].department == d)
                c->list[n++] = i;
    }
    c->of_department[c->departments] = n;
}

/* --- marks ----------------------------------------------------------------------------- */

enum mark { DEAD, CONFIDENTIAL, SENSITIVE, VIP, TEST, NO_BIRTH, MERGED, MARKS };

static bool grown(const struct keep_cast_patient *p)
{
    return p->last - p->birth > 20 * 366;
}

/* The next record that may stand for this one as well: the same human was registered twice. */
static void set_merged(struct keep_cast *c, uint32_t i)
{
    struct keep_cast_patient *p = &c->patient[i];
    for (uint32_t k = i + 1; k < c->patients; k++) {
        const struct keep_cast_patient *to = &c->patient[k];
        if (!keep_cast_plain(to) || to->no_birth || to->birth > p->first)
            continue;
        p->merged = k;
        p->woman = to->woman;
        p->given = to->given;
        p->family = to->family;
        p->birth = to->birth;
        p->household = to->household;
        return;
    }
}

static void set_mark(struct keep_cast *c, uint32_t i, enum mark m, struct keep_chance *r)
{
    struct keep_cast_patient *p = &c->patient[i];
    switch (m) {
    case DEAD: p->death = p->last + keep_chance_range(r, 0, 20); break;
    case CONFIDENTIAL: p->confidential = true; break;
    case SENSITIVE: p->subject = (uint8_t)(1 + keep_chance_below(r, KEEP_LORE_SUBJECTS - 1)); break;
    case VIP: p->vip = p->confidential = true; break;
    case TEST: p->test = true; break;
    case NO_BIRTH: p->no_birth = true; break;
    case MERGED: set_merged(c, i); break;
    case MARKS: break;
    }
}

/* Who may have the mark, has none yet, and is nobody of the staff. Only the quiet die: others are still cared for. */
static bool markable(const struct keep_cast_patient *p, enum mark m)
{
    return p->worker == KEEP_CAST_NOBODY && keep_cast_plain(p) && !p->no_birth && (m != DEAD || p->seen != KEEP_CAST_SEEN_NOW) && (m != SENSITIVE || grown(p)) &&
           (m < TEST || p->seen != KEEP_CAST_SEEN_NOW);
}

/* Confidential, sensitive and dead ones: so many of each that the planted cases find theirs, the quiet first; the others by chance. */
static void make_marks(struct keep_cast *c)
{
    static const uint32_t share[MARKS] = {50, 20, 25, 3, 2, 8, 4};
    struct keep_chance r;
    keep_chance_init(&r, c->p->seed, STREAM_MARKS);
    for (enum mark m = DEAD; m < MARKS; m++) {
        uint32_t left = per_kind(c->p) + 1;
        for (int pass = 0; pass < 2; pass++)
            for (uint32_t i = 0; i < c->patients && left; i++)
                if ((pass == 1 || c->patient[i].seen != KEEP_CAST_SEEN_NOW) && markable(&c->patient[i], m)) {
                    set_mark(c, i, m, &r);
                    left--;
                }
    }
    for (uint32_t i = 0; i < c->patients; i++)
        for (enum mark m = DEAD; m < MARKS; m++)
            if (keep_chance_per_mille(&r, share[m]) && markable(&c->patient[i], m))
                set_mark(c, i, m, &r);
}

/* Two in five have a family physician, who is none of theirs. */
static void make_primary_care(struct keep_cast *c, struct keep_chance *r)
{
    enum { FAMILY_MEDICINE = 1 };
    uint32_t from = c->of_department[FAMILY_MEDICINE], n = c->of_department[FAMILY_MEDICINE + 1] - from;
    for (uint32_t i = 0; i < c->patients; i++) {
        uint32_t who = c->list[from + keep_chance_below(r, n)];
        const struct keep_cast_staff *s = &c->staff[who];
        if (keep_chance_per_mille(r, 400) && who < c->employees && s->rank == 0 && s->kind == KEEP_CAST_EMPLOYEE && s->ended == KEEP_DATE_NONE && s->hired < c->begin &&
            s->household != c->patient[i].household && !c->patient[i].test)
            c->patient[i].primary = who;
    }
}

/* A home for the old, and a residence of students and residents in which a few patients live too. */
static void make_institutions(struct keep_cast *c, struct keep_chance *r)
{
    enum { MANOR = 1, RESIDENCE = 2, OLD = 80 * 366, YOUNG_FROM = 20 * 366, YOUNG_TO = 32 * 366, AT_LEAST = 4 };
    uint32_t residents = 0;
    for (uint32_t i = 1; i + 1 < c->patients; i++) {
        const struct keep_cast_patient *p = &c->patient[i];
        keep_date age = c->p->today - p->birth;
        bool alone = p->household != p[-1].household && p->household != p[1].household && p->worker == KEEP_CAST_NOBODY;
        if (alone && age > OLD && keep_chance_per_mille(r, 300))
            c->institution[p->household] = MANOR;
        else if (alone && age > YOUNG_FROM && age < YOUNG_TO && (residents < AT_LEAST || keep_chance_per_mille(r, 60))) {
            c->institution[p->household] = RESIDENCE;
            residents++;
        }
    }
    for (uint32_t i = 0; i < c->employees; i++)
        if (c->staff[i].kind == KEEP_CAST_STUDENT || c->staff[i].kind == KEEP_CAST_RESIDENT || (c->staff[i].household >= c->homes && i % 31 == 0))
            c->institution[c->staff[i].household] = RESIDENCE;
}

int keep_cast_make(struct keep_cast *out, const struct keep_hospital_params *p, struct keep_arena *a, struct keep_err *err)
{
    struct keep_cast c = {.p = p, .patients = p->patients, .employees = p->staff};
    uint8_t weights[KEEP_LORE_DEPARTMENTS_MAX];
    struct keep_chance r;
    int rc = check(p, err);
    if (rc < 0)
        return rc;
    c.begin = p->today - (keep_date)p->days + 1;
    c.departments = p->staff / 4 < keep_lore_departments ? p->staff / 4 : keep_lore_departments;
    c.staffs = c.employees + c.departments * 2;
    c.patient = keep_arena_array(a, c.patients, sizeof *c.patient);
    c.staff = keep_arena_array(a, c.staffs, sizeof *c.staff);
    c.list = keep_arena_array(a, c.staffs, sizeof *c.list);
    if (!c.patient || !c.staff || !c.list)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (uint32_t d = 0; d < c.departments; d++)
        weights[d] = keep_lore_department[d].staff;
    make_patients(&c);
    c.homes = c.households;
    keep_chance_init(&r, p->seed, STREAM_STAFF);
    for (uint32_t i = 0; i < c.staffs; i++)
        make_one(&c, &r, i, weights);
    make_leavers(&c, &r);
    make_ties(&c, &r);
    make_ways(&c, &r);
    make_managers(&c);
    index_departments(&c);
    make_marks(&c);
    c.institution = keep_arena_array(a, c.households, sizeof *c.institution);
    if (!c.institution)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    memset(c.institution, 0, c.households);
    make_institutions(&c, &r);
    make_primary_care(&c, &r);
    *out = c;
    return 0;
}

/* --- questions ----------------------------------------------------------------------------- */

bool keep_cast_here(const struct keep_cast_staff *s, keep_date on)
{
    return on >= s->hired && (s->ended == KEEP_DATE_NONE || on <= s->ended) && (s->away == KEEP_DATE_NONE || on < s->away || on >= s->back);
}

bool keep_cast_gap(const struct keep_cast *c, keep_date on)
{
    keep_date from = c->begin + (keep_date)c->p->days * 2 / 5;
    return on >= from && on < from + 3;
}

bool keep_cast_on_shift(const struct keep_cast *c, uint32_t staff, keep_date on)
{
    const struct keep_cast_staff *s = &c->staff[staff];
    const struct keep_lore_department *d = &keep_lore_department[s->department];
    uint32_t day = (uint32_t)((on % 7 + 11) % 7); /* 0 Sunday; 1970-01-01 was a Thursday */
    if (!keep_cast_here(s, on) || s->kind == KEEP_CAST_PER_DIEM || s->kind == KEEP_CAST_VENDOR)
        return false;
    if (d->site == KEEP_LORE_CLINIC || d->work == KEEP_LORE_DESK)
        return day != 0 && day != 6;
    return (day + keep_chance_scramble(c->p->seed, staff)) % 7 < 5;
}

bool keep_cast_may_treat(const struct keep_cast *c, uint32_t staff, uint32_t patient, keep_date on)
{
    const struct keep_cast_staff *s = &c->staff[staff];
    return keep_cast_here(s, on) && s->patient != patient && s->household != c->patient[patient].household;
}

bool keep_cast_stranger(const struct keep_cast *c, uint32_t staff, uint32_t patient)
{
    const struct keep_cast_staff *s = &c->staff[staff];
    return staff < c->employees && s->patient != patient && s->household != c->patient[patient].household &&
           !(c->patient[patient].departments >> s->department & 1);
}

bool keep_cast_plain(const struct keep_cast_patient *p)
{
    return p->death == KEEP_DATE_NONE && p->worker == KEEP_CAST_NOBODY && !p->confidential && p->subject == KEEP_LORE_ORDINARY && !p->test &&
           p->merged == KEEP_CAST_NOBODY;
}

/* --- texts ------------------------------------------------------------------------------------ */

const char *keep_cast_given(bool woman, uint16_t given)
{
    return woman ? keep_lore_woman[given] : keep_lore_man[given];
}

const char *keep_cast_family(const struct keep_cast_patient *p)
{
    return p->test ? "Zztest" : keep_lore_family[p->family];
}

void keep_cast_id(const struct keep_cast *c, char kind, uint32_t i, char out[KEEP_CAST_TEXT])
{
    snprintf(out, KEEP_CAST_TEXT, "%c%08x", kind, keep_chance_scramble(c->p->seed ^ (uint8_t)kind, i));
}

void keep_cast_mrn(const struct keep_cast *c, uint32_t patient, char out[KEEP_CAST_TEXT])
{
    snprintf(out, KEEP_CAST_TEXT, "%u", 40000000 + patient * 7 + (uint32_t)(c->p->seed % 7));
}

void keep_cast_number(uint32_t staff, char out[KEEP_CAST_TEXT])
{
    snprintf(out, KEEP_CAST_TEXT, "E%05u", 10000 + staff);
}

void keep_cast_login(const struct keep_cast *c, uint32_t staff, char out[KEEP_CAST_TEXT])
{
    static const char *const special[] = {"svc-prefetch", "svc-exchange", "sysadmin"};
    if (staff >= KEEP_CAST_GHOST) {
        if (staff >= KEEP_CAST_PREFETCH)
            snprintf(out, KEEP_CAST_TEXT, "%s", special[staff - KEEP_CAST_PREFETCH]);
        else
            snprintf(out, KEEP_CAST_TEXT, "temp%u", staff - KEEP_CAST_GHOST + 1);
        return;
    }
    const struct keep_cast_staff *s = &c->staff[staff];
    snprintf(out, KEEP_CAST_TEXT, "%c%.12s%u", keep_cast_given(s->woman, s->given)[0], keep_lore_family[s->family], staff + 1);
    for (char *z = out; *z; z++)
        *z = (char)tolower((unsigned char)*z);
}

/* Ten digits under 99999, where none is given out, with the check digit of 45 CFR 162.406 (Luhn over 80840 and nine digits, ISO/IEC 7812-1). */
bool keep_cast_npi(const struct keep_cast *c, uint32_t staff, char out[KEEP_CAST_TEXT])
{
    enum { PREFIX = 24 }; /* what 80840 adds to the sum */
    uint32_t sum = PREFIX;
    out[0] = 0;
    if (keep_lore_department[c->staff[staff].department].work == KEEP_LORE_DESK)
        return false;
    snprintf(out, KEEP_CAST_TEXT, "9999%05u", staff % NPI_SPACE);
    for (int i = 0; i < 9; i++) {
        uint32_t d = (uint32_t)(out[i] - '0') * (i % 2 == 0 ? 2 : 1);
        sum += d / 10 + d % 10;
    }
    out[9] = (char)('0' + (10 - sum % 10) % 10);
    out[10] = 0;
    return true;
}

const char *keep_cast_role(const struct keep_cast_staff *s)
{
    const struct keep_lore_department *d = &keep_lore_department[s->department];
    return s->rank == 0 ? d->lead : s->rank == 1 ? d->role : d->second;
}

/* No two homes have the same: streets and towns are dealt out in turn, the house number tells the rounds apart. */
void keep_cast_address(const struct keep_cast *c, uint32_t household, struct keep_cast_address *out)
{
    uint32_t places = keep_lore_streets * keep_lore_towns, place = household % places, round = household / places;
    if (c->institution[household]) {
        const struct keep_lore_institution *in = &keep_lore_institution[c->institution[household] - 1];
        snprintf(out->line, sizeof out->line, "%s", in->line);
        out->town = &keep_lore_town[in->town];
        return;
    }
    uint32_t jitter = keep_chance_scramble(c->p->seed, household) % 9;
    snprintf(out->line, sizeof out->line, "%u %s", 101 + round * 9 + jitter, keep_lore_street[place % keep_lore_streets]);
    out->town = &keep_lore_town[place / keep_lore_streets];
}
