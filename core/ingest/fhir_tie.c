/* Relations: a worker tied to a patient by something the source dated. One
 * without any date gives none, since "at some time" would explain every access. */
#include "core/ingest/fhir.h"

bool keep_fhir_tie_void(const struct keep_fhir_resource *r)
{
    struct keep_str s = keep_fhir_value_str(r->json, "status");
    return keep_str_is(s, "entered-in-error") || keep_str_is(s, "not-done") || keep_str_is(s, "cancelled") ||
           keep_fhir_code_has(keep_json_get(r->json, "verificationStatus"), "entered-in-error");
}

struct keep_fhir_tie keep_fhir_tie_of(struct keep_fhir_resource *r, enum keep_relation_kind kind, const char *recorded, const char *author)
{
    struct keep_fhir *f = r->f;
    struct keep_fhir_tie t = {.r = r, .kind = kind, .recorded = KEEP_TIME_NONE};
    struct keep_fhir_when when = keep_fhir_value_when(f, recorded ? keep_json_get(r->json, recorded) : NULL);
    t.patient = keep_fhir_record_patient(r);
    t.encounter = keep_fhir_record_encounter(r);
    t.recorded = when.to == KEEP_TIME_NONE ? when.from : when.to; /* a mere day: not before it is over */
    if (author)
        t.author = keep_fhir_key(f, keep_fhir_value_first(keep_json_get(r->json, author)), KEEP_ENTITY_WORKER);
    return t;
}

int keep_fhir_tie_relate(struct keep_fhir_tie *t, const struct keep_json *reference, struct keep_fhir_when when, struct keep_err *err)
{
    const struct keep_sink *sink = t->r->f->sink;
    struct keep_row_relation row = {
        .at = t->r->at,
        .kind = t->kind,
        .patient = t->patient,
        .worker = keep_fhir_key(t->r->f, reference, KEEP_ENTITY_WORKER),
        .encounter = t->encounter,
        .from = when.from,
        .to = when.to,
        .open = when.open,
        .recorded = t->recorded,
        .author = t->author,
    };
    if (t->self_authored)
        row.author = row.worker;
    if (row.worker.kind == KEEP_ENTITY_NONE || row.patient.kind == KEEP_ENTITY_NONE || keep_fhir_tie_void(t->r))
        return 0;
    if (row.from == KEEP_TIME_NONE) /* a Period of which only the end is known */
        row.from = row.to;
    bool ever = row.kind == KEEP_RELATION_PRIMARY_CARE && row.open; /* registered with, nobody wrote since when */
    if ((row.from == KEEP_TIME_NONE && !ever) || keep_fhir_key_same(&row.worker, &t->last))
        return 0;
    t->last = row.worker;
    return sink->relation(sink->ctx, &row, err);
}

/* One relation for each element of a list; its member `who` is the reference, or the element itself. */
int keep_fhir_tie_each(struct keep_fhir_tie *t, const struct keep_json *list, const char *who, struct keep_fhir_when when, struct keep_err *err)
{
    const struct keep_json *one;
    int rc = 0;
    for (size_t i = 0; rc >= 0 && (one = keep_fhir_value_each(list, i)); i++)
        rc = keep_fhir_tie_relate(t, who ? keep_json_get(one, who) : one, when, err);
    return rc < 0 ? rc : 0;
}

bool keep_fhir_tie_over(const struct keep_json *json)
{
    static const char *const done[] = {"finished", "completed", "cancelled", "discontinued", "entered-in-error", "inactive", "revoked", "rejected", "failed", "fulfilled", "stopped"};
    for (size_t i = 0; i < sizeof done / sizeof *done; i++)
        if (keep_str_is(keep_fhir_value_str(json, "status"), done[i]))
            return true;
    return false;
}
