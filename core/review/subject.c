/* What is told of one subject. What nobody recorded answers unknown with its name. */
#include "core/review/subject.h"

#include <stdlib.h>
#include <string.h>

#include "core/crypto/hash.h"
#include "core/policy/answer.h"
#include "core/text/fold.h"

/* Records that are notes: FHIR resources of free documentation, and the classes of index and manifest. */
static const char *const note_kinds[] = {"DocumentReference", "Composition", "ClinicalImpression", "note", "document", "progress note", "discharge summary", "operative report"};

static bool is_note(struct keep_str kind)
{
    for (size_t i = 0; i < sizeof note_kinds / sizeof *note_kinds; i++)
        if (keep_str_is(kind, note_kinds[i]))
            return true;
    return false;
}

bool keep_subject_bill(const struct keep_subject *s, const struct keep_record *r)
{
    struct keep_str kind = keep_answer_term(s->in->world, r->kind);
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

enum { FILED_LATE = 30 }; /* days after its end in which a note is still a visit's */

/* A note that names no visit that is on file: it is of those that its day falls into, and of all its patient's where it has none. */
static void note_of_day(struct keep_subject *s, uint32_t patient, keep_date day)
{
    const struct keep_world *w = s->in->world;
    for (size_t i = patient < w->patients ? keep_world_encounters(w, patient) : w->encounters; i < w->encounters && w->encounter[i].patient == patient; i++) {
        const struct keep_encounter *e = &w->encounter[i];
        if (day == KEEP_DATE_NONE || e->start_date == KEEP_DATE_NONE || (e->start_date <= day && (e->end_date == KEEP_DATE_NONE || day <= e->end_date + FILED_LATE)))
            s->noted[i] = 1;
    }
}

/* A note that came as a fact names patient and instant. */
static void note_fact(struct keep_subject *s, const struct keep_relation *r, size_t *at)
{
    const struct keep_world *w = s->in->world;
    while (*at < w->encounters && w->encounter[*at].patient < r->patient)
        ++*at;
    for (size_t i = *at; i < w->encounters && w->encounter[i].patient == r->patient; i++)
        if ((w->encounter[i].start == KEEP_TIME_NONE || w->encounter[i].start <= r->from) &&
            (w->encounter[i].end == KEEP_TIME_NONE || r->from <= w->encounter[i].end + (keep_time)FILED_LATE * 86400 * KEEP_USEC))
            s->noted[i] = 1;
}

/* A report documents a visit too, but a laboratory's reports do not make its system a source of notes. */
static void note_record(struct keep_subject *s, const struct keep_record *r)
{
    const struct keep_world *w = s->in->world;
    struct keep_str kind = keep_answer_term(w, r->kind);
    bool note = is_note(kind);
    if (r->destroyed || (!note && !keep_str_is(kind, "DiagnosticReport")))
        return;
    s->any_note |= note;
    if (r->encounter < w->encounters)
        s->noted[r->encounter] = 1;
    else
        note_of_day(s, r->patient, r->service_first != KEEP_DATE_NONE ? r->service_first : r->created);
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
        note_record(s, &r);
    return rc;
}

/* Does a source attest that its notes of that visit's days are all here? Else one that is not here may be there. */
static bool notes_attested(const struct keep_subject *s, const struct keep_encounter *e)
{
    const struct keep_world *w = s->in->world;
    struct keep_str facility = e->facility < w->facilities ? w->facility[e->facility].name : (struct keep_str){NULL, 0};
    keep_date last = e->end_date != KEEP_DATE_NONE && e->end_date + FILED_LATE < s->in->as_of ? e->end_date + FILED_LATE : s->in->as_of;
    for (size_t i = 0; i < w->sources; i++)
        for (size_t k = 0; k < sizeof note_kinds / sizeof *note_kinds; k++)
            if (keep_source_covers(&w->source[i], keep_str_of(note_kinds[k]), facility, e->start_date, last))
                return true;
    return false;
}

static struct keep_value has_note(const struct keep_subject *s)
{
    if (s->noted[s->encounter])
        return (struct keep_value){.type = KEEP_V_BOOL, .b = true};
    if (s->in->world->encounter[s->encounter].patient >= s->in->world->patients)
        return keep_answer_unknown("the patient"); /* whose notes cannot be looked for */
    return s->any_note && notes_attested(s, &s->in->world->encounter[s->encounter]) ? (struct keep_value){.type = KEEP_V_BOOL} : keep_answer_unknown("a source that attests its notes of those days");
}

/* --- fields --- */

static struct keep_value days_between(keep_date from, keep_date to, const char *what)
{
    return from == KEEP_DATE_NONE || to == KEEP_DATE_NONE ? keep_answer_unknown(what) : keep_answer_number((int64_t)to - from);
}

static const struct keep_patient *patient(const struct keep_subject *s)
{
    return s->patient < s->in->world->patients ? &s->in->world->patient[s->patient] : NULL;
}

static struct keep_value patient_field(const struct keep_subject *s, enum keep_field f)
{
    const struct keep_patient *p = patient(s);
    if (!p)
        return keep_answer_unknown("the patient");
    switch (f) {
    case KEEP_FIELD_patient_alike: return s->alike[s->patient] == UINT32_MAX ? keep_answer_unknown("patient.name and patient.birth_date") : keep_answer_number(s->alike[s->patient]);
    case KEEP_FIELD_patient_births: return keep_answer_number(p->births);
    case KEEP_FIELD_patient_sexes: return keep_answer_number(p->sexes);
    default: return keep_answer_patient(p, f, s->in->as_of);
    }
}

static struct keep_value encounter_field(const struct keep_subject *s, enum keep_field f)
{
    const struct keep_encounter *e = s->encounter < s->in->world->encounters ? &s->in->world->encounter[s->encounter] : NULL;
    if (!e)
        return keep_answer_unknown("the encounter");
    switch (f) {
    case KEEP_FIELD_encounter_class: return keep_answer_text(e->klass, "encounter.class");
    case KEEP_FIELD_encounter_status: return keep_answer_text(e->status, "encounter.status");
    case KEEP_FIELD_encounter_start_date: return keep_answer_day(e->start_date, "encounter.start_date");
    case KEEP_FIELD_encounter_end_date: return keep_answer_day(e->end_date, "encounter.end_date");
    case KEEP_FIELD_encounter_days_since_start: return days_between(e->start_date, s->in->as_of, "encounter.start_date");
    case KEEP_FIELD_encounter_days_since_end: return days_between(e->end_date, s->in->as_of, "encounter.end_date");
    case KEEP_FIELD_encounter_has_note: return has_note(s);
    default: return keep_answer_unknown("a field that a review cannot answer");
    }
}

static struct keep_value after_death(const struct keep_subject *s)
{
    const struct keep_world *w = s->in->world;
    const struct keep_record *r = s->record;
    keep_date death = s->patient < w->patients ? w->patient[s->patient].death : KEEP_DATE_NONE;
    return days_between(death, r->service_first, death == KEEP_DATE_NONE ? "patient.death_date" : "record.service_date");
}

/* What of the same source lies in quarantine may be what is missed: an amendment names its original by that source's numbers. */
static struct keep_value amends_unknown(const struct keep_subject *s)
{
    const struct keep_world *w = s->in->world;
    for (size_t i = 0; s->record->amends_unknown && i < w->sources; i++)
        if (w->source[i].id == s->record->source && w->source[i].unread)
            return keep_answer_unknown("what lies in quarantine");
    return keep_answer_number((int64_t)s->record->amends_unknown);
}

static int record_field(struct keep_subject *s, enum keep_field f, struct keep_value *out)
{
    const struct keep_record *r = s->record;
    const struct keep_encounter *e = s->encounter < s->in->world->encounters ? &s->in->world->encounter[s->encounter] : NULL;
    switch (f) {
    case KEEP_FIELD_record_codes: return keep_answer_codes(s->in->world, r, keep_answer_codes_complete(s->in->world, r), s->scratch, out);
    case KEEP_FIELD_record_days_since_created: *out = days_between(r->created, s->in->as_of, "record.created_date"); return 0;
    case KEEP_FIELD_record_days_since_discharge: *out = days_between(e ? e->end_date : KEEP_DATE_NONE, s->in->as_of, "encounter.end_date"); return 0;
    case KEEP_FIELD_record_days_after_death: *out = after_death(s); return 0;
    case KEEP_FIELD_record_names_visit: *out = (struct keep_value){.type = KEEP_V_BOOL, .b = r->encounter < s->in->world->encounters || r->encounter_missing}; return 0;
    case KEEP_FIELD_record_amends_unknown: *out = amends_unknown(s); return 0;
    default:
        if (!keep_answer_record(s->in->world, r, f, out))
            *out = keep_answer_unknown("a field that a review cannot answer");
        return 0;
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
        *out = keep_answer_text(s->claim.type, "claim.type");
        return 0;
    }
    if (f == KEEP_FIELD_claim_has_note) {
        *out = s->encounter >= s->in->world->encounters ? keep_answer_unknown("the claim's encounter") : encounter_field(s, KEEP_FIELD_encounter_has_note);
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
    *out = missing ? keep_answer_unknown(missing) : (struct keep_value){.type = KEEP_V_LIST, .list = {v, n}};
    return 0;
}

static int field(void *ctx, enum keep_field f, struct keep_value *out)
{
    struct keep_subject *s = ctx;
    switch (keep_field_grain(f)) {
    case KEEP_GRAIN_patient: *out = patient_field(s, f); return 0;
    case KEEP_GRAIN_encounter: *out = encounter_field(s, f); return 0;
    case KEEP_GRAIN_record: return record_field(s, f, out);
    case KEEP_GRAIN_claim: return claim_field(s, f, out);
    default: *out = keep_answer_unknown("a field that a review cannot answer"); return 0;
    }
}

static int call(void *ctx, enum keep_call c, const struct keep_value *arg, size_t n, struct keep_value *out)
{
    const struct keep_subject *s = ctx;
    if (n == 1 && (arg->type == KEEP_V_UNKNOWN || arg->type == KEEP_V_ERROR))
        *out = *arg;
    else if (n == 1 && c == KEEP_CALL_patient_age_on)
        *out = keep_answer_age_on(patient(s), arg->date);
    else if (n == 1 && c == KEEP_CALL_patient_birthday)
        *out = keep_answer_birthday(patient(s), arg->i);
    else
        *out = keep_answer_unknown("a call that a review cannot answer");
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
