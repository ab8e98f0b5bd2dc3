/* A Bundle of FHIR R4, of any type. Its outline is walked first: the wrapper
 * without entries becomes a note, and the urn: fullUrls a sorted table, so that
 * a reference to an entry of unknown type is understood. Then each entry is
 * parsed alone, which bounds memory by the largest entry and lets the whole
 * entries of a cut or damaged Bundle be kept; the rest of it is quarantined. */
#include "core/ingest/fhir.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/grow.h"
#include "core/ingest/skim.h"

enum { REASON_SIZE = 640, FIRST_LINKS = 64 };

struct keep_fhir_links {
    const struct keep_fhir_links *outer; /* of the Bundle that this one stands in */
    struct keep_fhir_link *link;         /* sorted by urn, then entry */
    size_t n, cap;
};

struct outline {
    struct keep_str text;
    struct keep_origin at;
    struct keep_str entries; /* the array, as far as the text goes; p NULL: none */
    struct keep_buf wrapper; /* the object without it */
    bool cut, told;          /* the text ends before the Bundle does; some of it was quarantined for that */
};

static struct keep_str unquoted(struct keep_str value)
{
    if (value.n < 2 || value.p[0] != '"' || memchr(value.p, '\\', value.n))
        return (struct keep_str){NULL, 0};
    return (struct keep_str){value.p + 1, value.n - 2};
}

/* The string member `name` of an object's outline, {NULL,0} when it is not there. */
static struct keep_str outline_string(struct keep_str object, const char *want)
{
    struct keep_skim k;
    struct keep_str name, value;
    if (!keep_skim_enter(&k, object, '{'))
        return (struct keep_str){NULL, 0};
    while (keep_skim_member(&k, &name, &value) == KEEP_SKIM_CHILD)
        if (keep_str_is(name, want))
            return unquoted(value);
    return (struct keep_str){NULL, 0};
}

bool keep_fhir_bundle_is(struct keep_str text)
{
    return keep_str_is(outline_string(text, "resourceType"), "Bundle");
}

/* --- links --- */

static int by_urn(const void *x, const void *y)
{
    const struct keep_fhir_link *a = x, *b = y;
    int rc = keep_str_order(a->urn, b->urn);
    return rc ? rc : (a->entry > b->entry) - (a->entry < b->entry);
}

const struct keep_fhir_link *keep_fhir_bundle_link(const struct keep_fhir_links *links, struct keep_str urn)
{
    for (; links; links = links->outer) {
        size_t low = 0, high = links->n;
        while (low < high) {
            size_t mid = low + (high - low) / 2;
            if (keep_str_order(links->link[mid].urn, urn) < 0)
                low = mid + 1;
            else
                high = mid;
        }
        if (low < links->n && keep_str_eq(links->link[low].urn, urn))
            return &links->link[low];
    }
    return NULL;
}

static int add_link(struct keep_fhir_links *links, struct keep_fhir_link link, struct keep_err *err)
{
    if (!keep_grow(&links->link, &links->cap, links->n + 1, sizeof *links->link, FIRST_LINKS))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for the references of a Bundle");
    links->link[links->n++] = link;
    return 0;
}

static int find_links(struct keep_fhir_links *links, struct keep_str entries, struct keep_err *err)
{
    struct keep_skim k, in;
    struct keep_str entry, name, value;
    if (!keep_skim_enter(&k, entries, '['))
        return 0;
    for (size_t i = 0; keep_skim_element(&k, &entry) == KEEP_SKIM_CHILD; i++) {
        struct keep_fhir_link link = {.entry = i};
        if (!keep_skim_enter(&in, entry, '{'))
            continue;
        while (keep_skim_member(&in, &name, &value) == KEEP_SKIM_CHILD) {
            if (keep_str_is(name, "fullUrl"))
                link.urn = unquoted(value);
            if (keep_str_is(name, "resource")) {
                link.type = outline_string(value, "resourceType");
                link.id = outline_string(value, "id");
            }
        }
        if (link.urn.n > 4 && memcmp(link.urn.p, "urn:", 4) == 0 && link.type.n) {
            int rc = add_link(links, link, err);
            if (rc < 0)
                return rc;
        }
    }
    if (links->n)
        qsort(links->link, links->n, sizeof *links->link, by_urn);
    return 0;
}

/* --- the wrapper --- */

static struct keep_origin behind(const struct outline *o, const char *p)
{
    struct keep_origin at = o->at;
    at.offset += (uint64_t)(p - o->text.p);
    return at;
}

static void add_member(struct outline *o, struct keep_str name, struct keep_str value)
{
    if (o->wrapper.n > 1)
        keep_buf_char(&o->wrapper, ',');
    keep_buf_char(&o->wrapper, '"');
    keep_buf_add(&o->wrapper, name.p, name.n);
    keep_buf_str(&o->wrapper, "\":");
    keep_buf_add(&o->wrapper, value.p, value.n);
}

/* Takes the Bundle apart; what cannot be walked is quarantined here. */
static int walk(struct keep_fhir *f, struct outline *o, struct keep_err *err)
{
    struct keep_skim k;
    struct keep_str name = {NULL, 0}, value = {NULL, 0};
    enum keep_skim_step step;
    int rc = 0;
    keep_buf_char(&o->wrapper, '{');
    keep_skim_enter(&k, o->text, '{');
    while (rc == 0 && (step = keep_skim_member(&k, &name, &value)) != KEEP_SKIM_END) {
        bool entries = keep_str_is(name, "entry") && value.n && value.p[0] == '[' && !o->entries.p;
        if (entries) {
            o->entries = value; /* when it is cut, the walk over the entries finds the end */
        } else if (step == KEEP_SKIM_CHILD && keep_str_is(name, "entry")) {
            rc = keep_fhir_refuse(f, behind(o, value.p), value, "a Bundle's entry that is no list, or a second one", err);
        } else if (step == KEEP_SKIM_CHILD) {
            add_member(o, name, value);
        } else {
            struct keep_str rest = {k.p, (size_t)(o->text.p + o->text.n - k.p)};
            o->told = rest.n > 0;
            if (o->told)
                rc = keep_fhir_refuse(f, behind(o, k.p), rest, "from here on the Bundle is damaged or cut off", err);
        }
        o->cut = step == KEEP_SKIM_BROKEN;
        if (o->cut)
            break;
        name = value = (struct keep_str){NULL, 0};
    }
    keep_buf_char(&o->wrapper, '}');
    if (rc == 0 && o->wrapper.failed)
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory for a Bundle's wrapper");
    return rc;
}

static int emit_wrapper(struct keep_fhir *f, const struct outline *o, struct keep_err *err)
{
    struct keep_str text = keep_buf_view(&o->wrapper);
    const struct keep_json *json;
    struct keep_err own = {0};
    keep_arena_reset(f->arena);
    int rc = keep_json_parse(&json, text, NULL, f->arena, &own);
    if (rc == KEEP_E_NOMEM)
        return keep_err_set(err, rc, "%s", own.text);
    if (rc < 0 || keep_json_get(json, "entry"))
        return keep_fhir_refuse(f, o->at, text, "the wrapper of a Bundle is not plain JSON", err);
    return keep_fhir_note(f, o->at, "bundle wrapper", text, err);
}

/* --- entries --- */

static int read_entry(struct keep_fhir *f, struct keep_str text, struct keep_origin at, unsigned depth, struct keep_err *err)
{
    const struct keep_json *entry, *resource;
    struct keep_err own = {0};
    char reason[REASON_SIZE];
    keep_arena_reset(f->arena);
    f->over = false;
    int rc = keep_json_parse(&entry, text, NULL, f->arena, &own);
    if (rc == KEEP_E_NOMEM)
        return keep_err_set(err, rc, "%s", own.text);
    if (rc < 0) {
        f->counts.items++;
        snprintf(reason, sizeof reason, "a Bundle's entry is not JSON: line %llu, column %llu of it: %s", (unsigned long long)own.line,
                 (unsigned long long)own.col, own.text);
        return keep_fhir_refuse(f, at, text, reason, err);
    }
    resource = keep_json_get(entry, "resource");
    if (entry->type == KEEP_JSON_OBJECT && !resource) /* a deletion, or the status of a request */
        return keep_fhir_note(f, at, "bundle entry", text, err);
    if (!resource || resource->type != KEEP_JSON_OBJECT) {
        f->counts.items++;
        return keep_fhir_refuse(f, at, text, "a Bundle's entry without a resource", err);
    }
    at.offset += (uint64_t)(resource->span.p - text.p);
    if (keep_str_is(keep_fhir_value_str(resource, "resourceType"), "Bundle"))
        return keep_fhir_bundle_read(f, resource->span, at, depth + 1, err);
    f->counts.items++;
    return keep_fhir_emit(f, resource, keep_fhir_value_str(entry, "fullUrl"), at, err);
}

static int read_entries(struct keep_fhir *f, struct outline *o, unsigned depth, struct keep_err *err)
{
    struct keep_skim k;
    struct keep_str text;
    enum keep_skim_step step;
    if (!keep_skim_enter(&k, o->entries, '['))
        return 0;
    for (uint64_t i = 0; (step = keep_skim_element(&k, &text)) == KEEP_SKIM_CHILD; i++) {
        struct keep_origin at = behind(o, text.p);
        at.entry = i;
        int rc = read_entry(f, text, at, depth, err);
        if (rc < 0)
            return rc;
    }
    struct keep_str rest = {k.p, (size_t)(o->entries.p + o->entries.n - k.p)};
    if (step == KEEP_SKIM_END || rest.n == 0)
        return 0;
    f->counts.items++;
    o->told = true;
    return keep_fhir_refuse(f, behind(o, k.p), rest, "from this entry on the Bundle is damaged or cut off", err);
}

int keep_fhir_bundle_read(struct keep_fhir *f, struct keep_str text, struct keep_origin at, unsigned depth, struct keep_err *err)
{
    struct outline o = {.text = text, .at = at, .wrapper = KEEP_BUF_INIT};
    struct keep_fhir_links links = {.outer = f->links};
    int rc;
    if (depth > KEEP_FHIR_NESTING)
        return keep_fhir_refuse(f, at, text, "Bundles nested too deeply", err);
    rc = walk(f, &o, err);
    if (rc == 0)
        rc = emit_wrapper(f, &o, err);
    if (rc == 0)
        rc = find_links(&links, o.entries, err);
    if (rc == 0) {
        f->links = &links;
        rc = read_entries(f, &o, depth, err);
        f->links = links.outer;
    }
    if (rc == 0 && o.cut && !o.told) /* cut between two pieces: nothing is lost, but somebody must look */
        rc = keep_fhir_refuse(f, at, keep_buf_view(&o.wrapper), "the Bundle is cut off", err);
    free(links.link);
    keep_buf_free(&o.wrapper);
    return rc;
}
