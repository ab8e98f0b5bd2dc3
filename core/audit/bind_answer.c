/* The fields are answered by one switch over the table of core/policy/field.h.
 * What a source did not record is UNKNOWN with the field's name, never empty or
 * false; the comments say where "not recorded" begins. Fields of records, sets,
 * facilities and sources belong to retention and are unknown here. */
#include "core/audit/bind_inside.h"

#include <stdio.h>
#include <string.h>

#include "core/audit/circumstance.h"
#include "core/audit/kin.h"
#include "core/audit/posts.h"
#include "core/audit/relask.h"
#include "core/model/vocab.h"
#include "core/policy/answer.h"

static const char *const field_names[] = {
#define X(entity, field, type, text) #entity "." #field,
#define Y(entity, field, type, spelling, text) spelling,
    KEEP_POLICY_FIELDS(X) KEEP_POLICY_FINDING_FIELDS(Y)
#undef X
#undef Y
};

/* ---- values ---- */

static void unknown(struct keep_value *out, enum keep_field f)
{
    *out = keep_answer_unknown(field_names[f]);
}

static void text(struct keep_value *out, enum keep_field f, struct keep_str s)
{
    *out = keep_answer_text(s, field_names[f]);
}

static void word(struct keep_value *out, const char *z)
{
    *out = (struct keep_value){.type = KEEP_V_STRING, .s = keep_str_of(z)};
}

static void truth(struct keep_value *out, enum keep_field f, enum keep_tristate t)
{
    *out = keep_answer_truth(t, field_names[f]);
}

static void term(const struct keep_bind *b, struct keep_value *out, enum keep_field f, uint32_t id)
{
    text(out, f, keep_answer_term(b->world, id));
}

static void key(struct keep_value *out, enum keep_field f, const uint64_t k[4])
{
    if (k[0])
        *out = (struct keep_value){.type = KEEP_V_KEY, .key = k};
    else
        unknown(out, f);
}

/* An opaque id: "p17". */
static int opaque(struct keep_bind *b, struct keep_value *out, char kind, uint64_t entity)
{
    char s[24];
    int n = snprintf(s, sizeof s, "%c%llu", kind, (unsigned long long)entity);
    const char *p = keep_arena_copy(b->scratch, s, (size_t)n);
    if (!p)
        return KEEP_E_NOMEM;
    *out = (struct keep_value){.type = KEEP_V_STRING, .s = {p, (size_t)n}};
    return 0;
}

static int event_id(struct keep_bind *b, struct keep_value *out)
{
    const struct keep_world *w = b->world;
    struct keep_str name = {NULL, 0};
    char tail[24];
    for (size_t i = 0; i < w->sources; i++)
        if (w->source[i].id == b->e.source)
            name = w->source[i].name;
    int n = name.n ? snprintf(tail, sizeof tail, ":%llu", (unsigned long long)b->e.ordinal)
                   : snprintf(tail, sizeof tail, "%u:%llu", b->e.source, (unsigned long long)b->e.ordinal);
    char *p = keep_arena_alloc(b->scratch, name.n + (size_t)n + 1);
    if (!p)
        return KEEP_E_NOMEM;
    if (name.n)
        memcpy(p, name.p, name.n);
    memcpy(p + name.n, tail, (size_t)n);
    *out = (struct keep_value){.type = KEEP_V_STRING, .s = {p, name.n + (size_t)n}};
    return 0;
}

static int event_field(struct keep_bind *b, enum keep_field f, struct keep_value *out)
{
    const struct keep_bind_event *e = &b->e;
    b->deps |= KEEP_BIND_EVENT;
    switch ((int)f) {
    case KEEP_FIELD_event_id: return event_id(b, out);
    case KEEP_FIELD_event_time: *out = (struct keep_value){.type = KEEP_V_TIMESTAMP, .t = e->time}; return 0;
    case KEEP_FIELD_event_day:
        *out = (struct keep_value){.type = KEEP_V_DATE, .date = b->zone ? keep_zone_date(b->zone, e->time) : keep_civil_utc_date(e->time)};
        return 0;
    case KEEP_FIELD_event_local_hour: {
        int64_t s = e->time / KEEP_USEC - (e->time % KEEP_USEC < 0) + (b->zone ? keep_zone_offset(b->zone, e->time) : 0);
        *out = keep_answer_number((s % 86400 + 86400) % 86400 / 3600);
        return 0;
    }
    case KEEP_FIELD_event_place: term(b, out, f, e->place); return 0;
    case KEEP_FIELD_event_unit: term(b, out, f, e->unit); return 0;
    case KEEP_FIELD_event_reason_length:
        if (e->reason < 0)
            unknown(out, f);
        else
            *out = keep_answer_number(e->reason);
        return 0;
    case KEEP_FIELD_event_patient_id:
        if (e->patient < b->world->patients)
            return opaque(b, out, 'p', b->world->patient[e->patient].entity);
        unknown(out, f);
        return 0;
    default: break;
    }
    b->deps = (b->deps & ~(uint32_t)KEEP_BIND_EVENT) | KEEP_BIND_CLASS;
    switch ((int)f) {
    case KEEP_FIELD_event_action: word(out, keep_vocab_action_word(e->action)); break;
    case KEEP_FIELD_event_exposure: word(out, keep_vocab_exposure_word(e->exposure)); break;
    case KEEP_FIELD_event_outcome: word(out, keep_vocab_outcome_word(e->outcome)); break;
    case KEEP_FIELD_event_purpose: word(out, keep_vocab_purpose_word(e->purpose)); break;
    case KEEP_FIELD_event_break_glass: truth(out, f, e->break_glass); break;
    case KEEP_FIELD_event_searched: *out = (struct keep_value){.type = KEEP_V_BOOL, .b = e->searched != 0}; break;
    default: unknown(out, f);
    }
    /* "unknown" is the vocabularies' own word for what nobody recorded */
    if (out->type == KEEP_V_STRING && f != KEEP_FIELD_event_exposure && keep_str_is(out->s, "unknown"))
        unknown(out, f);
    return 0;
}

/* Known from either side of a link. Where sources link workers to patients at all, a patient whom none links is no worker,
 * and so not the user either; where none does, nobody said who the user is as a patient. */
enum keep_tristate keep_bind_self(const struct keep_bind *b, uint32_t worker, uint32_t patient)
{
    if (patient >= b->world->patients)
        return KEEP_TRI_UNKNOWN;
    uint32_t me = worker != KEEP_ID_NONE ? b->chart[worker] : KEEP_ID_NONE;
    if (me != KEEP_ID_NONE)
        return me == patient ? KEEP_TRI_YES : KEEP_TRI_NO;
    uint32_t other = b->world->patient[patient].worker;
    if (other == KEEP_ID_NONE)
        return b->links_known ? KEEP_TRI_NO : KEEP_TRI_UNKNOWN;
    if (worker == KEEP_ID_NONE) /* somebody's account: it may be that worker's */
        return KEEP_TRI_UNKNOWN;
    return other == worker ? KEEP_TRI_YES : KEEP_TRI_NO;
}

static enum keep_tristate is_patient(struct keep_bind *b)
{
    enum keep_tristate self = keep_bind_self(b, b->user->worker, b->e.patient);
    b->deps |= self == KEEP_TRI_NO && b->user->worker != KEEP_ID_NONE ? KEEP_BIND_NOT_SELF : KEEP_BIND_USER | KEEP_BIND_PATIENT;
    return self;
}

static enum keep_tristate is_contact(struct keep_bind *b)
{
    b->deps |= KEEP_BIND_PATIENT;
    if (b->e.patient >= b->world->patients)
        return KEEP_TRI_UNKNOWN;
    size_t i = keep_world_contacts(b->world, b->e.patient);
    if (i == b->world->contacts || b->world->contact[i].patient != b->e.patient) /* of a patient without any nobody can tell, whoever asks */
        return KEEP_TRI_UNKNOWN;
    b->deps |= KEEP_BIND_USER;
    return keep_kin_contact(b->world, b->user->worker, b->e.patient, b->e.time, &b->lo, &b->hi);
}

static int user_field(struct keep_bind *b, enum keep_field f, struct keep_value *out)
{
    const struct keep_world *w = b->world;
    const struct keep_worker *k = b->user->worker != KEEP_ID_NONE ? &w->worker[b->user->worker] : NULL;
    const struct keep_account *a = b->account < w->accounts ? &w->account[b->account] : NULL;
    unknown(out, f);
    if (f == KEEP_FIELD_user_contact_words)
        return keep_circumstance_field(b, f, out);
    if (f == KEEP_FIELD_user_is_contact) {
        truth(out, f, is_contact(b));
        return 0;
    }
    if (f == KEEP_FIELD_user_is_patient) {
        truth(out, f, is_patient(b));
        return 0;
    }
    b->deps |= KEEP_BIND_USER;
    switch ((int)f) {
    case KEEP_FIELD_user_id:
        if (k)
            return opaque(b, out, 'w', k->entity);
        return a ? opaque(b, out, 'a', a->entity) : 0;
    case KEEP_FIELD_user_login:
        if (a)
            text(out, f, a->login);
        return 0;
    case KEEP_FIELD_user_kind:
        if (a)
            word(out, keep_vocab_account_kind_word(b->user->kind != KEEP_ACCOUNT_UNMAPPED ? b->user->kind : a->kind));
        return 0;
    case KEEP_FIELD_user_mapped: /* unknown only where no source maps any account */
        if (b->maps_known)
            truth(out, f, b->user->mapped ? KEEP_TRI_YES : KEEP_TRI_NO);
        return 0;
    case KEEP_FIELD_user_affiliated: truth(out, f, b->user->affiliated); return 0;
    case KEEP_FIELD_user_on_leave: truth(out, f, b->user->on_leave); return 0;
    case KEEP_FIELD_user_trained:
    case KEEP_FIELD_user_courses:
    case KEEP_FIELD_user_idle_days: return keep_circumstance_field(b, f, out);
    default: break;
    }
    if (!k)
        return 0;
    switch ((int)f) {
    case KEEP_FIELD_user_name: text(out, f, k->name); break;
    case KEEP_FIELD_user_department: text(out, f, b->user->post.department); break;
    case KEEP_FIELD_user_role: text(out, f, b->user->post.role); break;
    case KEEP_FIELD_user_unit: text(out, f, b->user->post.unit); break;
    case KEEP_FIELD_user_address_key: key(out, f, k->address_key); break;
    case KEEP_FIELD_user_surname_key: key(out, f, k->surname_key); break;
    case KEEP_FIELD_user_street_key: key(out, f, k->street_key); break;
    default: break;
    }
    return 0;
}

keep_date keep_bind_day(const struct keep_bind *b, keep_time t)
{
    return b->zone ? keep_zone_date(b->zone, t) : keep_civil_utc_date(t);
}

/* Dead by the time of the event. The day of death itself counts as alive: a death at noon is cared for all day. */
static enum keep_tristate deceased(struct keep_bind *b, const struct keep_patient *p)
{
    if (p->death == KEEP_DATE_NONE) /* dead since nobody knows when: it cannot be told whether before the event */
        return p->deceased == KEEP_TRI_NO ? KEEP_TRI_NO : KEEP_TRI_UNKNOWN;
    b->deps |= KEEP_BIND_EVENT;
    return keep_bind_day(b, b->e.time) > p->death ? KEEP_TRI_YES : KEEP_TRI_NO;
}

static int labels(struct keep_bind *b, const struct keep_patient *p, struct keep_value *out)
{
    size_t n = 0;
    struct keep_value *item = keep_arena_array(b->scratch, b->policy->labels + 1, sizeof *item);
    if (!item)
        return KEEP_E_NOMEM;
    for (size_t i = 0; i < b->policy->labels && i < KEEP_POLICY_LABELS; i++)
        if (p->labels >> i & 1)
            item[n++] = (struct keep_value){.type = KEEP_V_STRING, .s = b->policy->label[i].id};
    if (p->labels_unknown) /* one that cannot be told makes membership unknown unless another member answers it */
        unknown(&item[n++], KEEP_FIELD_patient_labels);
    *out = (struct keep_value){.type = KEEP_V_LIST, .list = {item, n}};
    return 0;
}

static enum keep_tristate is_worker(const struct keep_bind *b, const struct keep_patient *p)
{
    if (p->worker != KEEP_ID_NONE)
        return KEEP_TRI_YES;
    return b->links_known ? KEEP_TRI_NO : KEEP_TRI_UNKNOWN;
}

/* Where a patient who is of the workforce works at the time of the event. */
static struct keep_str department_of_patient(struct keep_bind *b, const struct keep_patient *p)
{
    const struct keep_worker *k = &b->world->worker[p->worker];
    for (size_t i = 0; k->post && i < k->affiliations; i++) {
        keep_relate_narrow(&b->lo, &b->hi, b->e.time, k->affiliation[i].from);
        keep_relate_narrow(&b->lo, &b->hi, b->e.time, k->affiliation[i].to);
    }
    return keep_posts_of(k, b->e.time).department;
}

static int patient_field(struct keep_bind *b, enum keep_field f, struct keep_value *out)
{
    b->deps |= KEEP_BIND_PATIENT;
    unknown(out, f);
    if (b->e.patient >= b->world->patients)
        return 0;
    const struct keep_patient *p = &b->world->patient[b->e.patient];
    switch ((int)f) {
    case KEEP_FIELD_patient_id: return opaque(b, out, 'p', p->entity);
    case KEEP_FIELD_patient_name: text(out, f, p->name); break;
    case KEEP_FIELD_patient_mrn: text(out, f, p->mrn); break;
    case KEEP_FIELD_patient_birth_date:
        if (p->birth.precision >= KEEP_PREC_DAY)
            *out = (struct keep_value){.type = KEEP_V_DATE, .date = p->birth.date};
        break;
    case KEEP_FIELD_patient_deceased: truth(out, f, deceased(b, p)); break;
    case KEEP_FIELD_patient_death_date:
        if (p->death != KEEP_DATE_NONE)
            *out = (struct keep_value){.type = KEEP_V_DATE, .date = p->death};
        break;
    case KEEP_FIELD_patient_days_since_death:
        if (p->death != KEEP_DATE_NONE) {
            b->deps |= KEEP_BIND_EVENT;
            *out = keep_answer_number((int64_t)keep_bind_day(b, b->e.time) - p->death);
        }
        break;
    case KEEP_FIELD_patient_confidential: truth(out, f, p->confidential); break;
    case KEEP_FIELD_patient_address_key: key(out, f, p->address_key); break;
    case KEEP_FIELD_patient_surname_key: key(out, f, p->surname_key); break;
    case KEEP_FIELD_patient_is_worker: truth(out, f, is_worker(b, p)); break;
    case KEEP_FIELD_patient_department:
        if (p->worker != KEEP_ID_NONE)
            text(out, f, department_of_patient(b, p));
        break;
    case KEEP_FIELD_patient_labels: return labels(b, p, out);
    case KEEP_FIELD_patient_street_key: key(out, f, p->street_key); break;
    case KEEP_FIELD_patient_test_record: truth(out, f, p->test); break;
    case KEEP_FIELD_patient_age:
    case KEEP_FIELD_patient_days_since_visit: return keep_circumstance_field(b, f, out);
    default: break;
    }
    return 0;
}

int keep_bind_field(void *ctx, enum keep_field f, struct keep_value *out)
{
    struct keep_bind *b = ctx;
    switch (keep_field_grain(f)) { /* those of a finding are answered by cases.c */
    case KEEP_GRAIN_event: return event_field(b, f, out);
    case KEEP_GRAIN_user: return user_field(b, f, out);
    case KEEP_GRAIN_patient: return patient_field(b, f, out);
    default: unknown(out, f); return 0;
    }
}

/* ---- calls ---- */

bool keep_bind_kinds(const struct keep_value *list, uint32_t *out)
{
    if (list->type != KEEP_V_LIST)
        return false;
    *out = 0;
    for (size_t i = 0; i < list->list.n; i++) {
        int k = list->list.item[i].type == KEEP_V_STRING ? keep_vocab_relation_kind(list->list.item[i].s) : -1;
        if (k < 0)
            return false;
        *out |= 1u << k;
    }
    return true;
}

static void spoilt(struct keep_value *out, const char *why)
{
    *out = (struct keep_value){.type = KEEP_V_ERROR, .s = keep_str_of(why)};
}

static void missing(struct keep_value *out, const char *what)
{
    *out = (struct keep_value){.type = KEEP_V_UNKNOWN, .s = keep_str_of(what)};
}

void keep_bind_answered(struct keep_bind *b, const struct keep_relate_answer *a, struct keep_value *out)
{
    if (a->lo > b->lo)
        b->lo = a->lo;
    if (a->hi < b->hi)
        b->hi = a->hi;
    b->own_late |= a->own_late;
    if (a->by)
        b->by = a->by;
    if (a->holds == KEEP_TRI_UNKNOWN)
        missing(out, "the date of a relation");
    else
        *out = (struct keep_value){.type = KEEP_V_BOOL, .b = a->holds == KEEP_TRI_YES};
}

static void relation_call(struct keep_bind *b, enum keep_call c, const struct keep_value *arg, size_t n, struct keep_value *out)
{
    struct keep_relask ask = {.call = (uint8_t)c};
    bool around = c == KEEP_CALL_encounter_at_unit;
    const struct keep_value *span = around ? arg : arg + 1;
    if (n != (around ? 2u : 3u) || span[0].type != KEEP_V_DURATION || span[1].type != KEEP_V_DURATION || (!around && !keep_bind_kinds(arg, &ask.kinds))) {
        spoilt(out, "wrong arguments, or no such kind of relation");
        return;
    }
    ask.before = span[0].i;
    ask.after = span[1].i;
    keep_relask_one(b, &ask, out);
    if (!around && out->type == KEEP_V_BOOL && !(keep_relate_kinds(b->relate) & ask.kinds)) /* an explanation that asks nothing else says no to both: it asks through relask alone */
        missing(out, KEEP_BIND_UNTOLD);
}

static void colleagues(struct keep_bind *b, struct keep_value *out)
{
    const struct keep_world *w = b->world;
    b->deps |= KEEP_BIND_PATIENT;
    unknown(out, KEEP_FIELD_patient_is_worker);
    if (b->e.patient >= w->patients)
        return;
    const struct keep_patient *p = &w->patient[b->e.patient];
    enum keep_tristate worker = is_worker(b, p);
    if (worker != KEEP_TRI_YES) {
        truth(out, KEEP_FIELD_patient_is_worker, worker);
        return;
    }
    b->deps |= KEEP_BIND_USER;
    struct keep_str theirs = department_of_patient(b, p), ours = b->user->post.department;
    if (!theirs.n || !ours.n)
        unknown(out, theirs.n ? KEEP_FIELD_user_department : KEEP_FIELD_patient_department);
    else
        *out = (struct keep_value){.type = KEEP_V_BOOL, .b = keep_str_eq(theirs, ours)};
}

int keep_bind_call(void *ctx, enum keep_call c, const struct keep_value *arg, size_t n, struct keep_value *out)
{
    struct keep_bind *b = ctx;
    switch (c) {
    case KEEP_CALL_related:
    case KEEP_CALL_department_related:
    case KEEP_CALL_encounter_at_unit: relation_call(b, c, arg, n, out); return 0;
    case KEEP_CALL_colleagues: colleagues(b, out); return 0;
    case KEEP_CALL_patient_related:
    case KEEP_CALL_behalf_related:
    case KEEP_CALL_on_shift:
    case KEEP_CALL_rostered_with_patient:
    case KEEP_CALL_department_ties:
    case KEEP_CALL_department_size:
    case KEEP_CALL_in_network: return keep_circumstance_call(b, c, arg, n, out);
    default: spoilt(out, "this function looks at record sets, not at accesses"); return 0;
    }
}
