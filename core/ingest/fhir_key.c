/* Keys from ids, identifiers and references (FHIR R4, References).
 *
 * An absolute URL and a relative one to the same Type/id give the same key,
 * since an export mixes both and a source stands for one server. An identifier
 * that two things may share is no key, since their facts would become one's: a
 * practice's tax number, an account number over several visits, a social
 * security number (registrations make placeholders up), a number whose system
 * nobody wrote. */
#include "core/ingest/fhir.h"

static const struct {
    const char *type;
    enum keep_entity kind;
} entities[] = {
    {"Patient", KEEP_ENTITY_PATIENT},     {"Practitioner", KEEP_ENTITY_WORKER}, {"PractitionerRole", KEEP_ENTITY_WORKER},
    {"Organization", KEEP_ENTITY_FACILITY}, {"Location", KEEP_ENTITY_LOCATION},   {"Encounter", KEEP_ENTITY_ENCOUNTER},
};

enum keep_entity keep_fhir_key_kind(struct keep_str type)
{
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
        if (keep_str_is(type, entities[i].type))
            return entities[i].kind;
    return KEEP_ENTITY_RECORD;
}

static struct keep_key no_key(void)
{
    return (struct keep_key){.kind = KEEP_ENTITY_NONE};
}

/* A role's id is not a practitioner's id, though both lead to a worker. */
static struct keep_str id_system(struct keep_str type)
{
    if (keep_str_is(type, "PractitionerRole"))
        return KEEP_STR("PractitionerRole");
    return keep_fhir_key_kind(type) == KEEP_ENTITY_RECORD ? type : KEEP_STR("");
}

static struct keep_str part(struct keep_str s, size_t from, size_t to)
{
    return to > from ? (struct keep_str){s.p + from, to - from} : (struct keep_str){NULL, 0};
}

static size_t find(struct keep_str s, char c)
{
    const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;
    return hit ? (size_t)(hit - s.p) : s.n;
}

static bool begins(struct keep_str s, const char *z)
{
    size_t n = strlen(z);
    return s.n >= n && memcmp(s.p, z, n) == 0;
}

static char *room(struct keep_fhir *f, size_t n)
{
    char *p = keep_arena_alloc(f->arena, n);
    f->over = f->over || !p;
    return p;
}

/* a followed by b, in the arena. */
static struct keep_str join(struct keep_fhir *f, struct keep_str a, struct keep_str b)
{
    char *p = room(f, a.n + b.n);
    if (!p)
        return (struct keep_str){NULL, 0};
    memcpy(p, a.p, a.n);
    memcpy(p + a.n, b.p, b.n);
    return (struct keep_str){p, a.n + b.n};
}

/* --- identifiers --- */

/* The n-th piece of s between separators; empty behind the last. */
static struct keep_str piece(struct keep_str s, char sep, size_t n)
{
    for (;; n--) {
        size_t to = find(s, sep);
        if (n == 0)
            return part(s, 0, to);
        if (to == s.n)
            return (struct keep_str){NULL, 0};
        s = part(s, to + 1, s.n);
    }
}

/* HL7 v2 data type CX: id^check^scheme^namespace&universal id&its type */
static bool take_cx(struct keep_fhir *f, struct keep_str s, struct keep_key *key)
{
    struct keep_str id = piece(s, '^', 0), authority = piece(s, '^', 3);
    struct keep_str name = piece(authority, '&', 0), universal = piece(authority, '&', 1);
    if (id.n == 0 || (name.n == 0 && universal.n == 0))
        return false;
    key->value = id;
    key->system = universal.n ? universal : name;
    if (universal.n && keep_str_is(piece(authority, '&', 2), "ISO"))
        key->system = join(f, KEEP_STR("urn:oid:"), universal);
    return true;
}

struct keep_key keep_fhir_key_identifier(struct keep_fhir *f, const struct keep_json *identifier, enum keep_entity kind)
{
    struct keep_key key = {.kind = kind, .system = keep_fhir_value_str(identifier, "system"), .value = keep_fhir_value_str(identifier, "value")};
    if (key.value.n == 0)
        return no_key();
    if (key.system.n == 0 && !take_cx(f, key.value, &key))
        key.system = KEEP_STR(KEEP_FHIR_NO_SYSTEM);
    return key;
}

/* Identifier types of HL7 table 0203, and systems, that several entities share. */
static bool shared(const struct keep_json *identifier, enum keep_entity kind)
{
    static const struct {
        enum keep_entity kind;
        const char *type, *system;
    } list[] = {
        {KEEP_ENTITY_PATIENT, "SS", "http://hl7.org/fhir/sid/us-ssn"},  {KEEP_ENTITY_PATIENT, "SS", "urn:oid:2.16.840.1.113883.4.1"},
        {KEEP_ENTITY_WORKER, "SS", "http://hl7.org/fhir/sid/us-ssn"},   {KEEP_ENTITY_WORKER, "SS", "urn:oid:2.16.840.1.113883.4.1"},
        {KEEP_ENTITY_WORKER, "TAX", "urn:oid:2.16.840.1.113883.4.4"},   {KEEP_ENTITY_WORKER, "EN", "urn:oid:2.16.840.1.113883.4.4"},
        {KEEP_ENTITY_FACILITY, "TAX", "urn:oid:2.16.840.1.113883.4.4"}, {KEEP_ENTITY_FACILITY, "EN", "urn:oid:2.16.840.1.113883.4.4"},
        {KEEP_ENTITY_ENCOUNTER, "AN", ""},
    };
    const struct keep_json *type = keep_json_get(identifier, "type");
    struct keep_str system = keep_fhir_value_str(identifier, "system");
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (list[i].kind == kind && (keep_fhir_code_has(type, list[i].type) || (system.n && keep_str_is(system, list[i].system))))
            return true;
    return false;
}

/* --- references --- */

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static struct keep_str percent_decoded(struct keep_fhir *f, struct keep_str s)
{
    size_t n = 0;
    char *to;
    if (find(s, '%') == s.n || !(to = room(f, s.n)))
        return s;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 && hex(s.p[i + 2]) >= 0) {
            to[n++] = (char)(hex(s.p[i + 1]) << 4 | hex(s.p[i + 2]));
            i += 2;
        } else {
            to[n++] = s.p[i];
        }
    }
    return (struct keep_str){to, n};
}

/* "identifier=system|value" or "_id=id" among the parameters of a conditional reference */
static struct keep_key conditional(struct keep_fhir *f, struct keep_str type, struct keep_str query, enum keep_entity kind)
{
    struct keep_key key = {.kind = kind};
    while (query.n) {
        size_t to = find(query, '&');
        struct keep_str one = part(query, 0, to);
        query = to < query.n ? part(query, to + 1, query.n) : (struct keep_str){NULL, 0};
        if (begins(one, "_id=")) {
            key.system = id_system(type);
            key.value = percent_decoded(f, part(one, 4, one.n));
        } else if (begins(one, "identifier=")) {
            struct keep_str token = percent_decoded(f, part(one, 11, one.n));
            size_t bar = find(token, '|');
            key.system = bar < token.n ? part(token, 0, bar) : (struct keep_str){NULL, 0};
            key.value = bar < token.n ? part(token, bar + 1, token.n) : token;
            if (key.system.n == 0)
                key.system = KEEP_STR(KEEP_FHIR_NO_SYSTEM);
        }
    }
    return key.value.n ? key : no_key();
}

static bool is_uuid(struct keep_str s)
{
    if (s.n != 36)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (i == 8 || i == 13 || i == 18 || i == 23 ? s.p[i] != '-' : hex(s.p[i]) < 0)
            return false;
    return true;
}

/* urn:uuid:X or urn:oid:X. A placeholder that is no UUID means something inside its Bundle only. */
static struct keep_key urn(struct keep_fhir *f, struct keep_str s, enum keep_entity want, struct keep_str stated)
{
    const struct keep_fhir_link *link = keep_fhir_bundle_link(f->links, s);
    struct keep_str type = link ? link->type : stated;
    if (type.n && keep_fhir_key_kind(type) != want)
        return no_key();
    if (begins(s, "urn:uuid:") && is_uuid(part(s, 9, s.n)))
        return (struct keep_key){want, KEEP_STR("urn:uuid"), part(s, 9, s.n)};
    if (begins(s, "urn:oid:") && s.n > 8)
        return (struct keep_key){want, KEEP_STR("urn:oid"), part(s, 8, s.n)};
    if (link && link->id.n)
        return (struct keep_key){want, id_system(type), link->id};
    return no_key();
}

/* The text behind the last slash, which is cut off with it. */
static struct keep_str last_segment(struct keep_str *s)
{
    size_t at = s->n;
    while (at > 0 && s->p[at - 1] != '/')
        at--;
    struct keep_str segment = part(*s, at, s->n);
    s->n = at ? at - 1 : 0;
    return segment;
}

static bool type_like(struct keep_str s)
{
    return s.n > 0 && s.p[0] >= 'A' && s.p[0] <= 'Z';
}

/* [base/]Type/id[/_history/version][#fragment] */
static struct keep_key literal(struct keep_str s, enum keep_entity want)
{
    s.n = find(s, '#');
    const char *history = find(s, '_') < s.n ? memmem(s.p, s.n, "/_history/", 10) : NULL; /* most have no such letter */
    if (history)
        s.n = (size_t)(history - s.p);
    struct keep_str id = last_segment(&s), type = last_segment(&s);
    if (id.n == 0 || !type_like(type) || keep_fhir_key_kind(type) != want)
        return no_key();
    return (struct keep_key){want, id_system(type), id};
}

struct keep_key keep_fhir_key(struct keep_fhir *f, const struct keep_json *reference, enum keep_entity want)
{
    struct keep_str s = keep_fhir_value_str(reference, "reference"), stated = keep_fhir_value_str(reference, "type");
    stated = last_segment(&stated); /* a name, or its StructureDefinition's URL */
    if (s.n == 0) {
        const struct keep_json *identifier = keep_json_get(reference, "identifier");
        if (!identifier || (stated.n && keep_fhir_key_kind(stated) != want))
            return no_key();
        return keep_fhir_key_identifier(f, identifier, want);
    }
    if (s.p[0] == '#')
        return no_key();
    if (begins(s, "urn:"))
        return urn(f, s, want, stated);
    size_t mark = find(s, '?');
    if (mark == s.n)
        return literal(s, want);
    struct keep_str path = part(s, 0, mark), type = last_segment(&path);
    if (!type_like(type) || keep_fhir_key_kind(type) != want)
        return no_key();
    return conditional(f, type, part(s, mark + 1, s.n), want);
}

/* --- keys of a resource --- */

static struct keep_key full_url_key(struct keep_str s, enum keep_entity kind)
{
    if (begins(s, "urn:uuid:") && is_uuid(part(s, 9, s.n)))
        return (struct keep_key){kind, KEEP_STR("urn:uuid"), part(s, 9, s.n)};
    if (begins(s, "urn:oid:") && s.n > 8)
        return (struct keep_key){kind, KEEP_STR("urn:oid"), part(s, 8, s.n)};
    return no_key();
}

static void add_key(struct keep_key *key, size_t *n, struct keep_key one)
{
    enum { COMPARED = 64 }; /* a resource has a handful; beyond, a key may stand twice */
    for (size_t i = 0; i < *n && i < COMPARED; i++)
        if (keep_fhir_key_same(&key[i], &one))
            return;
    if (one.kind != KEEP_ENTITY_NONE)
        key[(*n)++] = one;
}

int keep_fhir_key_all(struct keep_fhir_resource *r, enum keep_entity kind, struct keep_err *err)
{
    const struct keep_json *identifiers = keep_json_get(r->json, "identifier"), *one;
    struct keep_str id = keep_fhir_value_str(r->json, "id");
    if (kind == KEEP_ENTITY_RECORD)
        return keep_fhir_key_record(r, &r->key, &r->keys, err);
    struct keep_key *key = keep_fhir_value_alloc(r->f, keep_json_len(identifiers) + 3, sizeof *key, err);
    if (!key)
        return err->code;
    r->key = key;
    if (id.n)
        add_key(key, &r->keys, (struct keep_key){kind, id_system(r->type), id});
    add_key(key, &r->keys, full_url_key(r->full_url, kind));
    for (size_t i = 0; (one = keep_fhir_value_each(identifiers, i)); i++) {
        struct keep_key k = keep_fhir_key_identifier(r->f, one, kind);
        if (!keep_str_is(k.system, KEEP_FHIR_NO_SYSTEM) && !shared(one, kind))
            add_key(key, &r->keys, k);
    }
    return 0;
}

/* A record is its id, else its first identifier: other identifiers of clinical resources (order
 * and accession numbers) stand on several of them. */
int keep_fhir_key_record(struct keep_fhir_resource *r, const struct keep_key **out, size_t *n, struct keep_err *err)
{
    struct keep_str id = keep_fhir_value_str(r->json, "id");
    struct keep_key *key = keep_fhir_value_alloc(r->f, 2, sizeof *key, err);
    size_t keys = 0;
    if (!key)
        return err->code;
    if (id.n)
        add_key(key, &keys, (struct keep_key){KEEP_ENTITY_RECORD, r->type, id});
    add_key(key, &keys, full_url_key(r->full_url, KEEP_ENTITY_RECORD));
    if (keys == 0) {
        const struct keep_json *first = keep_fhir_value_first(keep_json_get(r->json, "identifier"));
        struct keep_key one = keep_fhir_key_identifier(r->f, first, KEEP_ENTITY_RECORD);
        if (one.kind != KEEP_ENTITY_NONE) {
            one.system = join(r->f, join(r->f, r->type, KEEP_STR("|")), one.system);
            add_key(key, &keys, one);
        }
    }
    *out = key;
    *n = keys;
    return 0;
}
