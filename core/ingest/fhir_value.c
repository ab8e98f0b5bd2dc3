/* Data types of FHIR R4: dates and Periods, names, addresses. Civil days
 * are those of the zone that the source declares (else the keep's), whatever
 * offset an export was written in: retention law counts days where the care was
 * given. Instants become UTC. A date that is less than
 * a day exact spans everything it can mean. */
#include "core/ingest/fhir.h"

#define DAY_USEC (86400 * KEEP_USEC)

/* --- children and memory --- */

const struct keep_json *keep_fhir_value_first(const struct keep_json *v)
{
    return keep_fhir_value_each(v, 0);
}

const struct keep_json *keep_fhir_value_each(const struct keep_json *v, size_t i)
{
    if (v && v->type == KEEP_JSON_ARRAY)
        return keep_json_at(v, i);
    return i == 0 ? v : NULL;
}

void *keep_fhir_value_alloc(struct keep_fhir *f, size_t n, size_t size, struct keep_err *err)
{
    void *p = keep_arena_array(f->arena, n ? n : 1, size);
    if (p)
        return p;
    f->over = keep_arena_left(f->arena) / size <= n;
    keep_err_set(err, f->over ? KEEP_E_LIMIT : KEEP_E_NOMEM, f->over ? "a resource went over its memory limit" : "out of memory for a resource");
    return NULL;
}

/* --- time --- */

static keep_time midnight(const struct keep_fhir *f, keep_date d)
{
    if (d == KEEP_DATE_NONE)
        return KEEP_TIME_NONE;
    return f->p->zone ? keep_zone_instant(f->p->zone, d, 0) : (keep_time)d * DAY_USEC;
}

static keep_date earliest(keep_date last, enum keep_precision precision)
{
    struct keep_ymd d = keep_civil_to_ymd(last);
    if (precision == KEEP_PREC_YEAR)
        return keep_civil_from_ymd(d.y, 1, 1);
    return precision == KEEP_PREC_MONTH ? keep_civil_from_ymd(d.y, d.m, 1) : last;
}

static struct keep_fhir_when when_text(const struct keep_fhir *f, struct keep_str s)
{
    struct keep_fhir_when w = KEEP_FHIR_NEVER;
    enum keep_precision precision;
    bool has_zone;
    struct keep_str day = {s.p, s.n > 10 && s.p[10] == 'T' ? 10 : s.n};
    if (!s.p || !keep_civil_parse_date(day, &w.last, &precision))
        return KEEP_FHIR_NEVER;
    w.first = earliest(w.last, precision);
    if (day.n < s.n && keep_civil_parse_time(s, &w.from, &has_zone)) {
        if (!has_zone && f->p->zone) {
            keep_time wall = w.from - (keep_time)w.last * DAY_USEC;
            w.from = keep_zone_instant(f->p->zone, w.last, (int32_t)(wall / KEEP_USEC)) + wall % KEEP_USEC;
        } else if (f->p->zone) {
            w.first = w.last = keep_zone_date(f->p->zone, w.from);
        }
        return w;
    }
    w.from = midnight(f, w.first);
    w.to = midnight(f, w.last + 1);
    return w;
}

struct keep_fhir_when keep_fhir_value_when(const struct keep_fhir *f, const struct keep_json *v)
{
    v = keep_fhir_value_first(v);
    if (!v || v->type != KEEP_JSON_OBJECT)
        return when_text(f, keep_json_str(v));
    struct keep_fhir_when start = when_text(f, keep_fhir_value_str(v, "start")), end = when_text(f, keep_fhir_value_str(v, "end"));
    if (start.first == KEEP_DATE_NONE && end.last == KEEP_DATE_NONE)
        return KEEP_FHIR_NEVER;
    return (struct keep_fhir_when){
        .from = start.from,
        .to = end.to != KEEP_TIME_NONE ? end.to : end.from,
        .first = start.first,
        .last = end.last,
        .open = end.last == KEEP_DATE_NONE,
    };
}

struct keep_fhir_when keep_fhir_value_any(const struct keep_fhir *f, const struct keep_json *object, const char *const *names)
{
    for (; *names; names++) {
        struct keep_fhir_when w = keep_fhir_value_when(f, keep_json_get(object, *names));
        if (w.first != KEEP_DATE_NONE || w.last != KEEP_DATE_NONE)
            return w;
    }
    return KEEP_FHIR_NEVER;
}

/* --- people --- */

/* The strings of an array (or the only one), with sep between them. */
static int joined(struct keep_fhir *f, const struct keep_json *list, const char *sep, struct keep_str *out, struct keep_err *err)
{
    const struct keep_json *one;
    size_t n = 0, size = 0;
    for (; (one = keep_fhir_value_each(list, n)); n++)
        size += keep_json_str(one).n + strlen(sep);
    *out = keep_json_str(keep_fhir_value_first(list));
    if (n < 2)
        return 0;
    char *p = keep_fhir_value_alloc(f, size, 1, err), *w = p;
    if (!p)
        return err->code;
    for (size_t i = 0; i < n; i++) {
        struct keep_str s = keep_json_str(keep_fhir_value_each(list, i));
        if (s.n == 0)
            continue;
        if (w > p) {
            memcpy(w, sep, strlen(sep));
            w += strlen(sep);
        }
        memcpy(w, s.p, s.n);
        w += s.n;
    }
    *out = (struct keep_str){p, (size_t)(w - p)};
    return 0;
}

static int names(struct keep_fhir *f, const struct keep_json *list, struct keep_human *out, struct keep_err *err)
{
    const struct keep_json *one;
    struct keep_name *name = keep_fhir_value_alloc(f, keep_json_len(list) + 1, sizeof *name, err);
    size_t n = 0;
    if (!name)
        return err->code;
    for (size_t i = 0; (one = keep_fhir_value_each(list, i)); i++) {
        struct keep_name v = {.family = keep_fhir_value_str(one, "family"), .use = keep_fhir_value_str(one, "use")};
        int rc = joined(f, keep_json_get(one, "given"), " ", &v.given, err);
        if (rc < 0)
            return rc;
        if (v.family.n == 0 && v.given.n == 0)
            v.family = keep_fhir_value_str(one, "text");
        if (v.family.n || v.given.n)
            name[n++] = v;
    }
    out->name = name;
    out->names = n;
    return 0;
}

/* http://hl7.org/fhir/StructureDefinition/iso21090-AD-use, code CONF of HL7 v3 PostalAddressUse. */
static bool address_confidential(const struct keep_json *address)
{
    const struct keep_json *list = keep_json_get(address, "extension"), *one;
    for (size_t i = 0; (one = keep_fhir_value_each(list, i)); i++)
        if (keep_str_is(keep_fhir_value_str(one, "url"), "http://hl7.org/fhir/StructureDefinition/iso21090-AD-use") && keep_str_is(keep_fhir_value_str(one, "valueCode"), "CONF"))
            return true;
    return false;
}

static int addresses(struct keep_fhir *f, const struct keep_json *list, struct keep_human *out, struct keep_err *err)
{
    const struct keep_json *one;
    struct keep_address *address = keep_fhir_value_alloc(f, keep_json_len(list) + 1, sizeof *address, err);
    size_t n = 0;
    if (!address)
        return err->code;
    for (size_t i = 0; (one = keep_fhir_value_each(list, i)); i++) {
        struct keep_address v = {
            .city = keep_fhir_value_str(one, "city"),
            .state = keep_fhir_value_str(one, "state"),
            .postal = keep_fhir_value_str(one, "postalCode"),
            .use = keep_fhir_value_str(one, "use"),
            .confidential = address_confidential(one),
        };
        if (keep_str_is(keep_fhir_value_str(one, "type"), "postal") && !keep_str_is(v.use, "old")) /* FHIR R4, Address.type: mail only */
            v.use = KEEP_STR("postal");
        int rc = joined(f, keep_json_get(one, "line"), ", ", &v.line, err);
        if (rc < 0)
            return rc;
        if (v.line.n == 0)
            v.line = keep_fhir_value_str(one, "text");
        if (v.line.n || v.city.n || v.postal.n || v.state.n)
            address[n++] = v;
    }
    out->address = address;
    out->addresses = n;
    return 0;
}

static int phones(struct keep_fhir *f, const struct keep_json *list, struct keep_human *out, struct keep_err *err)
{
    const struct keep_json *one;
    struct keep_str *phone = keep_fhir_value_alloc(f, keep_json_len(list) + 1, sizeof *phone, err);
    size_t n = 0;
    if (!phone)
        return err->code;
    for (size_t i = 0; (one = keep_fhir_value_each(list, i)); i++)
        if (keep_str_is(keep_fhir_value_str(one, "system"), "phone") && keep_fhir_value_str(one, "value").n && !keep_str_is(keep_fhir_value_str(one, "use"), "work") &&
            !keep_str_is(keep_fhir_value_str(one, "use"), "old"))
            phone[n++] = keep_fhir_value_str(one, "value");
    out->phone = phone;
    out->phones = n;
    return 0;
}

int keep_fhir_value_human(struct keep_fhir *f, const struct keep_json *json, struct keep_human *out, struct keep_err *err)
{
    int rc = names(f, keep_json_get(json, "name"), out, err);
    if (rc == 0)
        rc = addresses(f, keep_json_get(json, "address"), out, err);
    if (rc == 0)
        rc = phones(f, keep_json_get(json, "telecom"), out, err);
    out->gender = keep_fhir_value_str(json, "gender");
    out->birth.date = KEEP_DATE_NONE;
    struct keep_str birth = keep_fhir_value_str(json, "birthDate");
    if (birth.p && !keep_civil_parse_date(birth, &out->birth.date, &out->birth.precision))
        out->birth = (struct keep_partial_date){KEEP_DATE_NONE, KEEP_PREC_NONE};
    return rc;
}
