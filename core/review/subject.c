/* What is told of one subject. What nobody recorded answers unknown with its name. */
#include "core/review/subject.h"

#include <stdlib.h>
#include <string.h>

#include "core/crypto/hash.h"
#include "core/text/fold.h"

/* Records that are notes: FHIR resources of free documentation, and the classes of index and manifest. */
static bool is_note(struct keep_str kind)
{
    static const char *const kinds[] = {"DocumentReference", "Composition", "ClinicalImpression", "note", "document", "progress note", "discharge summary", "operative report"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (keep_str_is(kind, kinds[i]))
            return true;
    return false;
}

static struct keep_str kind_of(const struct keep_world *w, const struct keep_record *r)
{
    return r->kind < w->terms ? w->term[r->kind] : (struct keep_str){NULL, 0};
}

bool keep_subject_bill(const struct keep_subject *s, const struct keep_record *r)
{
    struct keep_str kind = kind_of(s->in->world, r);
    return keep_str_is(kind, "Claim") || keep_str_is(kind, "claim");
}

/* --- patients alike --- */

struct alike {
    uint8_t digest[16];
    uint32_t patient;
};

static int by_digest(const void *a, const void *b)
{
    return memcmp(((const struct alike *)a)->digest, ((const struct alike *)b)->digest, 16);
}

/* Folded names and the day of birth; false: not both are known. */
static bool alike_key(const struct keep_patient *p, struct keep_arena *a, uint8_t out[16])
{
    uint8_t all[32], text[600];
    struct keep_str name = keep_fold_name(p->name, a);
    if (!name.n || name.n > sizeof text - 4 || p->birth.precision < KEEP_PREC_DAY)
        return false;
    memcpy(text, name.p, name.n);
    memcpy(text + name.n, &p->birth.date, 4);
    keep_hash_blake2b(all, text, name.n + 4);
    memcpy(out, all, 16);
    return true;
}

static int find_alike(struct keep_subject *s, struct keep_err *err)
{
    const struct keep_world *w = s->in->world;
    struct alike *list = malloc((w->patients + 1) * sizeof *list);
    size_t n = 0;
    s->alike = calloc(w->patients + 1, sizeof *s->alike);
    if (!list || !s->alike) {
        free(list);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < w->patients; i++) {
        if (n % 1024 == 0)
            keep_arena_reset(s->scratch);
        s->alike[i] = UINT32_MAX;
        if (alike_key(&w->patient[i], s->scratch, list[n].digest))
            list[n++].patient = (uint32_t)i;
    }
    qsort(list, n, sizeof *list, by_digest);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && by_digest(&list[i], &list[end]) == 0;)
            end++;
        for (size_t k = i; k < end; k++)
            s->alike[list[k].patient] = (uint32_t)(end - i - 1);
    }
    free(list);
    return 0;
}

/* --- notes on file --- */

/* A note that came as a fact names patient and day: it is of the encounters that it falls into. */
static void note_fact(struct keep_subject *s, const struct keep_relation *r, size_t *at)
{
    const struct keep_world *w = s->in->world;
    while (*at < w->encounters && w->encounter[*at].patient < r->patient)
        ++*at;
    for (size_t i = *at; i < w->encounters && w->encounter[i].patient == r->patient; i++)
        if (w->encounter[i].start != KEEP_TIME_NONE && w->encounter[i].start <= r->from && (w->encounter[i].end == KEEP_TIME_NONE || r->from <= w->encounter[i].end + (keep_time)30 * 86400 * KEEP_USEC))
            s->noted[i] = 1;
}

static int find_notes(struct keep_subject *s, struct keep_err *err)
{
    const struct keep_world *w = s->in->world;
    struct keep_record r;
    size_t at = 0;
    int rc = 0;
    s->noted = calloc(w->encounters + 1, 1);
    if (!s->noted)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < w->relations; i++)
        if (w->relation[i].kind == KEEP_RELATION_NOTE) {
            s->any_note = true;
            note_fact(s, &w->relation[i], &at);
        }
    while (s->in->notes && (rc = s->in->notes->next(s->in->notes->ctx, &r, err)) > 0)
        if (!r.destroyed && is_note(kind_of(w, &r))) {
            s->any_note = true;
            if (r.encounter < w->encounters)
                s->noted[r.encounter] = 1;
        }
    return rc;
}

/* --- fields --- */

static struct keep_value unknown(const char *what)
{
    return (struct keep_value){.type = KEEP_V_UNKNOWN, .s = keep_str_of(what)};
}

static struct keep_value text_or(struct keep_str s, const char *what)
{
    return s.n ? (struct keep_value){.type = KEEP_V_STRING, .s = s} : unknown(what);
}

static struct keep_value day_or(keep_date d, const char *what)
{
    return d == KEEP_DATE_NONE ? unknown(what) : (struct keep_value){.type = KEEP_V_DATE, .date = d};
}

static struct keep_value number(int64_t i)
{
    return (struct keep_value){.type = KEEP_V_INT, .i = i};
}

static struct keep_value days_between(keep_date from, keep_date to, const char *what)
{
    return from == KEEP_DATE_NONE || to == KEEP_DATE_NONE ? unknown(what) : number((int64_t)to - from);
}

static struct keep_value truth_or(enum keep_tristate t, const char *what)
{
    return t == KEEP_TRI_UNKNOWN ? unknown(what) : (struct keep_value){.type = KEEP_V_BOOL, .b = t == KEEP_TRI_YES};
}

static struct keep_value patient_field(const struct keep_subject *s, enum keep_field f)
{
    static const char *const sex[] = {"F", "M"};
    const struct keep_patient *p = s->patient < s->in->world->patients ? &s->in->world->patient[s->patient] : NULL;
    if (!p)
        return unknown("the patient");
    switch (f) {
    case KEEP_FIELD_patient_name: return text_or(p->name, "patient.name");
    case KEEP_FIELD_patient_mrn: return text_or(p->mrn, "patient.mrn");
    case KEEP_FIELD_patient_birth_date: return day_or(p->birth.precision >= KEEP_PREC_DAY ? p->birth.date : KEEP_DATE_NONE, "patient.birth_date");
    case KEEP_FIELD_patient_deceased: return truth_or(p->deceased, "patient.deceased");
    case KEEP_FIELD_patient_death_date: return day_or(p->death, "patient.death_date");
    case KEEP_FIELD_patient_confidential: return truth_or(p->confidential, "patient.confidential");
    case KEEP_FIELD_patient_sex: return text_or(p->sex ? keep_str_of(sex[p->sex == 'M']) : (struct keep_str){NULL, 0}, "patient.sex");
    case KEEP_FIELD_patient_alike: return s->alike[s->patient] == UINT32_MAX ? unknown("patient.name and patient.birth_date") : number(s->alike[s->patient]);
    case KEEP_FIELD_patient_births: return number(p->births);
    case KEEP_FIELD_patient_sexes: return number(p->sexes);
    default: return unknown("a field that a review cannot answer");
    }
}

static struct keep_value encounter_field(const struct keep_subject *s, enum keep_field f)
{
    const struct keep_encounter *e = s->encounter < s->in->world->encounters ? &s->in->world->encounter[s->encounter] : NULL;
    if (!e)
        return unknown("the encounter");
    switch (f) {
    case KEEP_FIELD_encounter_class: return text_or(e->klass, "encounter.class");
    case KEEP_FIELD_encounter_status: return text_or(e->status, "encounter.status");
    case KEEP_FIELD_encounter_start_date: return day_or(e->start_date, "encounter.start_date");
    case KEEP_FIELD_encounter_end_date: return day_or(e->end_date, "encounter.end_date");
    case KEEP_FIELD_encounter_days_since_start: return days_between(e->start_date, s->in->as_of, "encounter.start_date");
    case KEEP_FIELD_encounter_days_since_end: return days_between(e->end_date, s->in->as_of, "encounter.end_date");
    case KEEP_FIELD_encounter_has_note: return s->any_note ? (struct keep_value){.type = KEEP_V_BOOL, .b = s->noted[s->encounter]} : unknown("a source of notes");
    default: return unknown("a field that a review cannot answer");
    }
}

static int codes(const struct keep_subject *s, struct keep_value *out)
{
    static const struct keep_str name[2] = {{"system", 6}, {"code", 4}};
    const struct keep_world *w = s->in->world;
    const struct keep_record *r = s->record;
    struct keep_value *item = keep_arena_array(s->scratch, r->codes + 1, sizeof *item);
    if (!item)
        return KEEP_E_NOMEM;
    for (size_t i = 0; i < r->codes; i++) {
        struct keep_value *pair = keep_arena_array(s->scratch, 4, sizeof *pair);
        if (!pair)
            return KEEP_E_NOMEM;
        for (int k = 0; k < 2; k++)
            pair[2 * k] = (struct keep_value){.type = KEEP_V_STRING, .s = name[k]};
        pair[1] = text_or(r->code[i].system < w->terms ? w->term[r->code[i].system] : (struct keep_str){NULL, 0}, "record.codes");
        pair[3] = text_or(r->code[i].code, "record.codes");
        item[i] = (struct keep_value){.type = KEEP_V_MAP, .list = {pair, 2}};
    }
    *out = (struct keep_value){.type = KEEP_V_LIST, .list = {item, r->codes}};
    return 0;
}

static keep_date other_day(const struct keep_record *r, enum keep_record_day day)
{
    for (size_t i = 0; i < r->days; i++)
        if (r->day[i].day == day)
            return r->day[i].date;
    return KEEP_DATE_NONE;
}

static struct keep_value after_death(const struct keep_subject *s)
{
    const struct keep_world *w = s->in->world;
    const struct keep_record *r = s->record;
    keep_date death = s->patient < w->patients ? w->patient[s->patient].death : KEEP_DATE_NONE, day = r->service_last != KEEP_DATE_NONE ? r->service_last : r->created;
    return days_between(death, day, death == KEEP_DATE_NONE ? "patient.death_date" : "record.service_date");
}

static int record_field(struct keep_subject *s, enum keep_field f, struct keep_value *out)
{
    const struct keep_record *r = s->record;
    const struct keep_encounter *e = s->encounter < s->in->world->encounters ? &s->in->world->encounter[s->encounter] : NULL;
    if (f >= KEEP_FIELD_record_signed_date && f <= KEEP_FIELD_record_employment_end_date) { /* in the order of KEEP_RECORD_DAYS */
        int which = (int)f - KEEP_FIELD_record_signed_date;
        *out = day_or(other_day(r, (enum keep_record_day)which), keep_vocab_record_day_word(which));
        return 0;
    }
    switch (f) {
    case KEEP_FIELD_record_kind: *out = text_or(kind_of(s->in->world, r), "record.kind"); return 0;
    case KEEP_FIELD_record_codes: return codes(s, out);
    case KEEP_FIELD_record_status: *out = text_or(r->status, "record.status"); return 0;
    case KEEP_FIELD_record_service_date: *out = day_or(r->service_last, "record.service_date"); return 0;
    case KEEP_FIELD_record_created_date: *out = day_or(r->created, "record.created_date"); return 0;
    case KEEP_FIELD_record_custody: *out = text_or(keep_str_of(keep_vocab_custody_word((int)r->custody)), "record.custody"); return 0;
    case KEEP_FIELD_record_days_since_created: *out = days_between(r->created, s->in->as_of, "record.created_date"); return 0;
    case KEEP_FIELD_record_days_since_discharge: *out = days_between(e ? e->end_date : KEEP_DATE_NONE, s->in->as_of, "encounter.end_date"); return 0;
    case KEEP_FIELD_record_days_after_death: *out = after_death(s); return 0;
    case KEEP_FIELD_record_amends_unknown: *out = number((int64_t)r->amends_unknown); return 0;
    default: *out = unknown("a field that a review cannot answer"); return 0;
    }
}

static int claim_field(struct keep_subject *s, enum keep_field f, struct keep_value *out)
{
    const struct keep_str *item;
    const char *missing;
    size_t n;
    int rc = s->claim_read ? 0 : keep_claim_read(&s->claim, s->in->world, s->record, s->scratch, s->err);
    if (rc)
        return rc;
    s->claim_read = true;
    if (f == KEEP_FIELD_claim_type) {
        *out = text_or(s->claim.type, "claim.type");
        return 0;
    }
    if (f == KEEP_FIELD_claim_has_note) {
        *out = s->encounter >= s->in->world->encounters ? unknown("the claim's encounter") : encounter_field(s, KEEP_FIELD_encounter_has_note);
        return 0;
    }
    if (f == KEEP_FIELD_claim_cancelled) {
        *out = (struct keep_value){.type = KEEP_V_BOOL, .b = s->claim.cancelled};
        return 0;
    }
    _Static_assert(KEEP_FIELD_claim_repeated - KEEP_FIELD_claim_not_valid == KEEP_CLAIM_REPEATED, "the fields stand in the order of KEEP_CLAIM_LISTS");
    rc = keep_claim_list(&s->claim, s->in->book, (enum keep_claim_list)((int)f - KEEP_FIELD_claim_not_valid), s->scratch, &item, &n, &missing, s->err);
    struct keep_value *v = rc ? NULL : keep_arena_array(s->scratch, n + 1, sizeof *v);
    if (!v)
        return rc ? rc : KEEP_E_NOMEM;
    for (size_t i = 0; i < n; i++)
        v[i] = (struct keep_value){.type = KEEP_V_STRING, .s = item[i]};
    *out = missing ? unknown(missing) : (struct keep_value){.type = KEEP_V_LIST, .list = {v, n}};
    return 0;
}

static int field(void *ctx, enum keep_field f, struct keep_value *out)
{
    static const uint8_t entity[] = {
#define X(name, f_, type, text_) KEEP_GRAIN_##name,
        KEEP_POLICY_FIELDS(X)
#undef X
    };
    struct keep_subject *s = ctx;
    switch ((size_t)f < sizeof entity ? entity[f] : KEEP_GRAIN_COUNT) {
    case KEEP_GRAIN_patient: *out = patient_field(s, f); return 0;
    case KEEP_GRAIN_encounter: *out = encounter_field(s, f); return 0;
    case KEEP_GRAIN_record: return record_field(s, f, out);
    case KEEP_GRAIN_claim: return claim_field(s, f, out);
    default: *out = unknown("a field that a review cannot answer"); return 0;
    }
}

static int call(void *ctx, enum keep_call c, const struct keep_value *arg, size_t n, struct keep_value *out)
{
    struct keep_subject *s = ctx;
    const struct keep_patient *p = s->patient < s->in->world->patients ? &s->in->world->patient[s->patient] : NULL;
    bool born = p && p->birth.precision >= KEEP_PREC_DAY;
    *out = unknown("patient.birth_date");
    if (n == 1 && (arg->type == KEEP_V_UNKNOWN || arg->type == KEEP_V_ERROR))
        *out = *arg;
    else if (c == KEEP_CALL_patient_age_on && n == 1 && born && keep_civil_age(p->birth.date, arg->date) >= 0)
        *out = number(keep_civil_age(p->birth.date, arg->date));
    else if (c == KEEP_CALL_patient_birthday && n == 1 && born && arg->i >= 0 && arg->i <= 9999)
        *out = day_or(keep_civil_add_years(p->birth.date, (int32_t)arg->i), "patient.birth_date");
    else if (c != KEEP_CALL_patient_age_on && c != KEEP_CALL_patient_birthday)
        *out = unknown("a call that a review cannot answer");
    return 0;
}

/* --- turning --- */

int keep_subject_init(struct keep_subject *s, const struct keep_review_input *in, struct keep_err *err)
{
    *s = (struct keep_subject){.in = in, .patient = KEEP_ID_NONE, .encounter = KEEP_ID_NONE, .scratch = keep_arena_new(0)};
    if (!s->scratch)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    s->env = (struct keep_env){.ctx = s, .arena = s->scratch, .field = field, .call = call};
    int rc = find_alike(s, err);
    return rc ? rc : find_notes(s, err);
}

void keep_subject_done(struct keep_subject *s)
{
    free(s->alike);
    free(s->noted);
    keep_arena_free(s->scratch);
    *s = (struct keep_subject){0};
}

void keep_subject_at(struct keep_subject *s, uint32_t patient, uint32_t encounter, const struct keep_record *record, struct keep_err *err)
{
    keep_arena_reset(s->scratch);
    s->patient = patient;
    s->encounter = encounter;
    s->record = record;
    s->claim_read = false;
    s->err = err;
}
