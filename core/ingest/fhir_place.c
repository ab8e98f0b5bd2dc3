/* Organization of FHIR R4 as facility, and Location. */
#include "core/ingest/fhir.h"
#include "core/model/state.h"

static struct keep_str state_of(const struct keep_json *json)
{
    const struct keep_json *list = keep_json_get(json, "address"), *one;
    for (size_t i = 0; (one = keep_fhir_value_each(list, i)); i++) {
        struct keep_str s = keep_state_code(keep_fhir_value_str(one, "state"));
        if (s.n)
            return s;
    }
    return (struct keep_str){NULL, 0};
}

int keep_fhir_place_organization(struct keep_fhir_resource *r, struct keep_err *err)
{
    const struct keep_sink *sink = r->f->sink;
    struct keep_row_facility row = {
        .at = r->at,
        .key = r->key,
        .keys = r->keys,
        .name = keep_fhir_value_str(r->json, "name"),
        .type = keep_fhir_code_text(keep_json_get(r->json, "type")),
        .state = state_of(r->json),
        .part_of = keep_fhir_key(r->f, keep_json_get(r->json, "partOf"), KEEP_ENTITY_FACILITY),
    };
    return sink->facility(sink->ctx, &row, err);
}

int keep_fhir_place_location(struct keep_fhir_resource *r, struct keep_err *err)
{
    const struct keep_sink *sink = r->f->sink;
    struct keep_row_location row = {
        .at = r->at,
        .key = r->key,
        .keys = r->keys,
        .name = keep_fhir_value_str(r->json, "name"),
        .type = keep_fhir_code_text(keep_json_get(r->json, "type")),
        .state = state_of(r->json),
        .facility = keep_fhir_key(r->f, keep_json_get(r->json, "managingOrganization"), KEEP_ENTITY_FACILITY),
    };
    return sink->location(sink->ctx, &row, err);
}
