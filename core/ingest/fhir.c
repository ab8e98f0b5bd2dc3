/* FHIR JSON: NDJSON line by line in constant memory, or documents (a resource
 * or a Bundle, written over many lines) read whole. Which of them a file is,
 * its first line tells: NDJSON has a whole value in it, or one so damaged that
 * no document could begin with it.
 *
 * Nothing is dropped. A line that is no JSON, no resource, or a resource that
 * cannot be told from others goes to quarantine with its bytes; the log lines
 * of a bulk export (they carry exportId and eventId) and outcomes without an id
 * are provenance; everything else becomes rows and one record. */
#include "core/ingest/fhir.h"

#include <stdio.h>

#include "core/ingest/ahead.h"
#include "core/ingest/skim.h"

#define DOCUMENT_LIMIT ((size_t)1 << 30) /* bytes of one document, since it is held whole; larger exports come as NDJSON */
#define TREE_LIMIT ((size_t)1 << 30)     /* bytes of one resource's tree: sixteen times a line of the longest kind */

enum { REASON_SIZE = 640 };

int keep_fhir_refuse(struct keep_fhir *f, struct keep_origin at, struct keep_str bytes, const char *reason, struct keep_err *err)
{
    struct keep_row_quarantine row = {.at = at, .bytes = bytes, .reason = reason};
    int rc = f->sink->quarantine(f->sink->ctx, &row, err);
    f->counts.quarantined++;
    return rc < 0 ? rc : 0;
}

int keep_fhir_note(struct keep_fhir *f, struct keep_origin at, const char *kind, struct keep_str bytes, struct keep_err *err)
{
    struct keep_row_note row = {.at = at, .kind = keep_str_of(kind), .bytes = bytes};
    int rc = f->sink->note(f->sink->ctx, &row, err);
    return rc < 0 ? rc : 0;
}

/* What a resource type is besides a record. */
static const struct kind {
    const char *type;
    int (*emit)(struct keep_fhir_resource *r, struct keep_err *err);
    bool about_no_patient;
} kinds[] = {
    {"Patient", keep_fhir_people_patient, false},
    {"Practitioner", keep_fhir_people_practitioner, true},
    {"PractitionerRole", keep_fhir_people_role, true},
    {"Organization", keep_fhir_place_organization, true},
    {"Location", keep_fhir_place_location, true},
    {"Encounter", keep_fhir_care_encounter, false},
    {"Condition", keep_fhir_care_condition, false},
    {"Procedure", keep_fhir_care_procedure, false},
    {"MedicationRequest", keep_fhir_care_request, false},
    {"Immunization", keep_fhir_care_immunization, false},
    {"DocumentReference", keep_fhir_care_document, false},
    {"Person", keep_fhir_people_person, false},
    {"RelatedPerson", keep_fhir_contact_related, false},
    {"Appointment", keep_fhir_part_appointment, false},
    {"CareTeam", keep_fhir_part_team, false},
    {"Task", keep_fhir_part_task, false},
    {"CapabilityStatement", NULL, true},
    {"CodeSystem", NULL, true},
    {"Endpoint", NULL, true},
    {"HealthcareService", NULL, true},
    {"InsurancePlan", NULL, true},
    {"Library", NULL, true},
    {"Medication", NULL, true},
    {"OrganizationAffiliation", NULL, true},
    {"Questionnaire", NULL, true},
    {"SearchParameter", NULL, true},
    {"StructureDefinition", NULL, true},
    {"Substance", NULL, true},
    {"ValueSet", NULL, true},
};

static const struct kind *kind_of(struct keep_str type)
{
    static const struct kind other = {NULL, keep_fhir_part_any, false};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (keep_str_is(type, kinds[i].type))
            return &kinds[i];
    return &other;
}

static bool type_name(struct keep_str s)
{
    enum { LONGEST = 64 }; /* the longest of R5 has 35 */
    if (s.n == 0 || s.n > LONGEST || s.p[0] < 'A' || s.p[0] > 'Z')
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= 'a' && s.p[i] <= 'z')))
            return false;
    return true;
}

static int emit(struct keep_fhir_resource *r, const struct kind *kind, struct keep_err *err)
{
    int rc = 0;
    if (kind->emit)
        rc = kind->emit(r, err);
    return rc < 0 ? rc : keep_fhir_record_emit(r, kind->about_no_patient, err);
}

/* A resource was emitted, or why not all of it. What the keep cannot take goes to quarantine. */
static int emitted(struct keep_fhir *f, int rc, const struct keep_err *own, struct keep_str bytes, struct keep_origin at, struct keep_err *err)
{
    if (!f->over && (rc == KEEP_E_INPUT || rc == KEEP_E_LIMIT)) /* its neighbours go on */
        return keep_fhir_refuse(f, at, bytes, own->text, err);
    if (f->over && (rc == 0 || rc == KEEP_E_LIMIT))
        return keep_fhir_refuse(f, at, bytes, "the resource needs more memory than is allowed for one", err);
    if (rc < 0 && err)
        *err = *own;
    return rc;
}

int keep_fhir_emit(struct keep_fhir *f, const struct keep_json *json, struct keep_str full_url, struct keep_origin at, struct keep_err *err)
{
    struct keep_fhir_resource r = {.f = f, .json = json, .full_url = full_url, .at = at};
    struct keep_err own = {0};
    int rc;
    r.type = keep_fhir_value_str(json, "resourceType");
    if (json->type == KEEP_JSON_OBJECT && !r.type.p && keep_json_get(json, "exportId") && keep_json_get(json, "eventId"))
        return keep_fhir_note(f, at, "bulk export log", json->span, err);
    if (!r.type.p)
        return keep_fhir_refuse(f, at, json->span, "JSON without a resourceType", err);
    if (!type_name(r.type))
        return keep_fhir_refuse(f, at, json->span, "resourceType is not the name of a resource type", err);
    if (keep_str_is(r.type, "AuditEvent")) {
        struct keep_fhir_audit a;
        rc = keep_fhir_audit_read(&r, &a, &own);
        if (rc == 0)
            rc = keep_fhir_audit_emit(f, &a, at, &own);
    } else {
        const struct kind *kind = kind_of(r.type);
        rc = keep_fhir_key_all(&r, keep_fhir_key_kind(r.type), &own);
        if (rc == 0 && r.keys == 0 && keep_str_is(r.type, "OperationOutcome"))
            return keep_fhir_note(f, at, "operation outcome", json->span, err);
        if (rc == 0 && r.keys == 0)
            return keep_fhir_refuse(f, at, json->span, "a resource without id, fullUrl or identifier", err);
        if (rc == 0)
            rc = emit(&r, kind, &own);
    }
    return emitted(f, rc, &own, json->span, at, err);
}

static int not_json(struct keep_fhir *f, struct keep_str text, const struct keep_err *why, struct keep_origin at, struct keep_err *err)
{
    char reason[REASON_SIZE];
    snprintf(reason, sizeof reason, "not JSON: line %llu, column %llu of it: %s", (unsigned long long)why->line, (unsigned long long)why->col, why->text);
    return keep_fhir_refuse(f, at, text, reason, err);
}

/* A text that was parsed: a resource is emitted, a Bundle read, what is neither quarantined. */
static int take_tree(struct keep_fhir *f, struct keep_str text, const struct keep_fhir_parsed *parsed, struct keep_origin at, unsigned depth, struct keep_err *err)
{
    f->over = false;
    f->counts.items++;
    if (parsed->rc == KEEP_E_INPUT || parsed->rc == KEEP_E_LIMIT)
        return not_json(f, text, parsed->why, at, err);
    if (parsed->rc < 0) {
        if (err)
            *err = *parsed->why;
        return parsed->rc;
    }
    if (parsed->audit) {
        struct keep_err own = {0};
        int rc = keep_fhir_audit_emit(f, parsed->audit, at, &own);
        return emitted(f, rc, &own, parsed->audit->bytes, at, err);
    }
    if (keep_str_is(keep_fhir_value_str(parsed->json, "resourceType"), "Bundle")) {
        f->counts.items--; /* its entries are the items */
        return keep_fhir_bundle_read(f, parsed->json->span, at, depth, err);
    }
    return keep_fhir_emit(f, parsed->json, (struct keep_str){NULL, 0}, at, err);
}

/* One JSON text that should be a resource. */
static int take_text(struct keep_fhir *f, struct keep_str text, struct keep_origin at, unsigned depth, struct keep_err *err)
{
    struct keep_err own = {0};
    struct keep_fhir_parsed parsed = {.why = &own};
    keep_arena_reset(f->arena);
    parsed.rc = keep_json_parse(&parsed.json, text, NULL, f->arena, &own);
    return take_tree(f, text, &parsed, at, depth, err);
}

/* --- lines --- */

static int read_line(struct keep_fhir *f, const struct keep_feed_line *line, struct keep_err *err)
{
    struct keep_str s = keep_skim_trim(line->bytes);
    struct keep_origin at = {.line = line->line, .offset = line->offset};
    if (s.n == 0)
        return 0;
    at.offset += (uint64_t)(s.p - line->bytes.p);
    return take_text(f, s, at, 0, err);
}

static int read_piece(struct keep_fhir *f, const struct keep_feed_line *line, struct keep_err *err)
{
    struct keep_origin at = {.line = line->line, .offset = line->offset};
    f->counts.items++;
    return keep_fhir_refuse(f, at, line->bytes, "a piece of a line of more than 64 MiB", err);
}

/* What was parsed ahead, in its order. */
static int take_ahead(struct keep_fhir *f, struct keep_ahead *ahead, size_t leave, struct keep_err *err)
{
    const struct keep_ahead_line *line;
    size_t n;
    int rc = 0;
    while (rc == 0 && keep_ahead_take(ahead, leave, &line, &n))
        for (size_t i = 0; rc == 0 && i < n; i++) {
            keep_arena_reset(f->arena);
            rc = take_tree(f, line[i].text, &line[i].parsed, line[i].at, 0, err);
        }
    return rc;
}

static int read_lines(struct keep_fhir *f, struct keep_feed *feed, struct keep_err *err)
{
    struct keep_ahead *ahead = NULL;
    struct keep_feed_line line;
    struct keep_err own = {0};
    int got = 0, rc = keep_crew_threads(f->p->crew) > 1 ? keep_ahead_new(&ahead, f->p, err) : 0;
    while (rc == 0 && (got = keep_feed_line(feed, &line, &own)) > 0) {
        if (got == 1 && ahead && keep_ahead_fits(&line)) {
            if (keep_ahead_add(ahead, &line))
                rc = take_ahead(f, ahead, KEEP_AHEAD_CHUNKS - 1, err);
            continue;
        }
        if (ahead)
            rc = take_ahead(f, ahead, 0, err);
        if (rc == 0)
            rc = got == 2 ? read_piece(f, &line, err) : read_line(f, &line, err);
    }
    if (rc == 0 && ahead) /* also what stands before an error of the input */
        rc = take_ahead(f, ahead, 0, err);
    keep_ahead_free(ahead);
    if (rc == 0 && got < 0 && err)
        *err = own;
    return rc < 0 ? rc : got < 0 ? got : 0;
}

/* --- documents --- */

/* The same over text in memory, for a document that turns out to be damaged NDJSON. */
static int read_text_lines(struct keep_fhir *f, struct keep_str s, size_t from, struct keep_err *err)
{
    uint64_t number = 1;
    for (size_t i = 0; i < from; i++)
        number += s.p[i] == '\n';
    while (from < s.n) {
        const char *nl = memchr(s.p + from, '\n', s.n - from);
        size_t to = nl ? (size_t)(nl - s.p) : s.n;
        struct keep_feed_line line = {.bytes = {s.p + from, to - from}, .line = number++, .offset = from};
        int rc = read_line(f, &line, err);
        if (rc < 0)
            return rc;
        from = to + 1;
    }
    return 0;
}

/* Does a line of s begin as only a resource on a line of its own does? */
static bool holds_lines(struct keep_str s)
{
    static const char begin[] = "\n{\"resourceType\"";
    return memmem(s.p, s.n, begin, sizeof begin - 1) != NULL;
}

static int read_documents(struct keep_fhir *f, struct keep_feed *feed, struct keep_err *err)
{
    struct keep_buf whole = KEEP_BUF_INIT;
    size_t done = 0, n = 0;
    int rc = keep_feed_rest(feed, &whole, DOCUMENT_LIMIT, err);
    struct keep_str text = keep_buf_view(&whole);
    if (rc == 0 && text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
        done = 3;
    while (rc == 0) {
        struct keep_str rest = {text.p + done, text.n - done}, s = keep_skim_trim(rest);
        struct keep_origin at = {.line = 1, .offset = done};
        if (s.n == 0)
            break;
        bool cut = keep_skim_value(s, &n) != KEEP_SKIM_WHOLE;
        if (cut)
            n = s.n;
        at.offset = (uint64_t)(s.p - text.p);
        if (keep_fhir_bundle_is(s))
            rc = keep_fhir_bundle_read(f, (struct keep_str){s.p, n}, at, 0, err);
        else if (cut && holds_lines(s))
            rc = read_text_lines(f, text, (size_t)at.offset, err);
        else
            rc = take_text(f, (struct keep_str){s.p, n}, at, 0, err);
        done = (size_t)at.offset + n;
    }
    keep_buf_free(&whole);
    return rc;
}

/* --- which of the two --- */

enum shape { LINES, DOCUMENTS, UNCLEAR };

static enum shape shape_of(struct keep_str s, bool ended)
{
    size_t n;
    if (s.n >= 3 && memcmp(s.p, "\xef\xbb\xbf", 3) == 0)
        s = (struct keep_str){s.p + 3, s.n - 3};
    while (s.n && (s.p[0] == '\n' || s.p[0] == '\r' || s.p[0] == ' ' || s.p[0] == '\t'))
        s = (struct keep_str){s.p + 1, s.n - 1};
    const char *nl = memchr(s.p, '\n', s.n);
    if (!nl && !ended)
        return s.n > KEEP_FEED_LINE ? DOCUMENTS : UNCLEAR;
    struct keep_str first = keep_skim_trim((struct keep_str){s.p, nl ? (size_t)(nl - s.p) : s.n});
    struct keep_str rest = nl ? (struct keep_str){nl, (size_t)(s.p + s.n - nl)} : (struct keep_str){NULL, 0};
    switch (keep_skim_value(first, &n)) {
    case KEEP_SKIM_WHOLE:
        return LINES;
    case KEEP_SKIM_IN_STRING: /* JSON strings do not go over lines */
        return nl ? LINES : DOCUMENTS;
    case KEEP_SKIM_CUT:
        break;
    }
    rest = keep_skim_trim(rest);
    if (rest.n == 0)
        return ended ? DOCUMENTS : s.n > KEEP_FEED_LINE ? DOCUMENTS : UNCLEAR;
    /* A brace at a line's begin, and nothing open before it that could hold an object. */
    char last = first.p[first.n - 1];
    return rest.p[0] == '{' && last != '[' && last != ',' && last != ':' ? LINES : DOCUMENTS;
}

int keep_fhir_read(const struct keep_ingest *p, struct keep_feed *feed, struct keep_ingest_counts *counts, struct keep_err *err)
{
    struct keep_fhir f = {.p = p, .sink = p->sink, .arena = keep_arena_new(TREE_LIMIT)};
    enum shape shape = UNCLEAR;
    int rc = f.arena ? 1 : keep_err_set(err, KEEP_E_NOMEM, "out of memory for a reader");
    if (rc < 0)
        return rc;
    for (size_t seen = 0; shape == UNCLEAR && rc >= 0;) {
        const struct keep_buf *head = &feed->head;
        bool more = rc == 1 && head->n <= KEEP_FEED_LINE && !memchr(head->p + seen, '\n', head->n - seen);
        seen = head->n;
        if (!more)
            shape = shape_of(keep_buf_view(head), rc == 0);
        if (shape == UNCLEAR)
            rc = keep_feed_ahead(feed, err);
    }
    if (rc >= 0)
        rc = shape == LINES ? read_lines(&f, feed, err) : read_documents(&f, feed, err);
    if (rc == 0)
        *counts = f.counts;
    keep_arena_free(f.arena);
    keep_buf_free(&f.scratch);
    return rc;
}
