/* What a Claim says beyond the codes that it names: the kind of bill, its lines
 * with modifiers, units and days, its diagnoses with their present-on-admission
 * indicator (FHIR R4, Claim.type, Claim.item, Claim.diagnosis.onAdmission). It goes
 * into the record's codes in the forms of core/model/codetable.h, so that a review
 * reads a claim without opening it. */
#include <stdio.h>

#include "core/ingest/fhir.h"
#include "core/model/codetable.h"

enum { TEXT = 200 }; /* of one line; what is longer is no code of any system */

static struct keep_str own(struct keep_fhir *f, const char *z, int n, struct keep_err *err)
{
    char *copy = n > 0 && n < TEXT ? keep_fhir_value_alloc(f, (size_t)n, 1, err) : NULL;
    if (copy)
        memcpy(copy, z, (size_t)n);
    return (struct keep_str){copy, copy ? (size_t)n : 0};
}

#define S(s) (int)((s).n < 60 ? (s).n : 60), (s).n ? (s).p : ""

/* The first coding of a concept that has a code, its system by our name. */
static struct keep_code coded(const struct keep_json *concept)
{
    const struct keep_json *one;
    struct keep_code c = {{NULL, 0}, {NULL, 0}};
    concept = keep_fhir_value_first(concept);
    for (size_t i = 0; !c.code.n && (one = keep_fhir_code_coding(concept, i)); i++)
        c = (struct keep_code){keep_fhir_code_system(keep_fhir_value_str(one, "system")), keep_fhir_value_str(one, "code")};
    return c;
}

/* "25,59" */
static void modifiers(const struct keep_json *line, char *z, size_t n)
{
    const struct keep_json *one, *list = keep_json_get(line, "modifier");
    size_t at = 0;
    z[0] = '\0';
    for (size_t i = 0; (one = keep_fhir_value_each(list, i)) && at < n; i++) {
        struct keep_str code = keep_fhir_code_first(one);
        if (code.n && code.n < 8)
            at += (size_t)snprintf(z + at, n - at, "%s%.*s", at ? "," : "", (int)code.n, code.p);
    }
}

/* A whole number of units; 0 when it says none, or parts of one. */
static unsigned long units(const struct keep_json *line)
{
    const struct keep_json *v = keep_json_get(keep_json_get(line, "quantity"), "value");
    unsigned long n = 0;
    struct keep_str s = v ? v->text : (struct keep_str){NULL, 0};
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '.') { /* 1.0 is one */
            for (size_t k = i + 1; k < s.n; k++)
                if (s.p[k] != '0')
                    return 0;
            return n;
        }
        if (s.p[i] < '0' || s.p[i] > '9' || n > 100000000)
            return 0;
        n = n * 10 + (unsigned long)(s.p[i] - '0');
    }
    return n;
}

static struct keep_str line_text(struct keep_fhir *f, const struct keep_json *line, struct keep_err *err)
{
    static const char *const days[] = {"servicedDate", "servicedPeriod", NULL};
    struct keep_code c = coded(keep_json_get(line, "productOrService"));
    struct keep_fhir_when when = keep_fhir_value_any(f, line, days);
    char z[TEXT], mods[48], day[KEEP_CIVIL_DATE_SIZE] = "", count[16] = "";
    unsigned long n = units(line);
    if (!c.code.n || memchr(c.code.p, '|', c.code.n) || (c.system.n && memchr(c.system.p, '|', c.system.n)))
        return (struct keep_str){NULL, 0};
    modifiers(line, mods, sizeof mods);
    if (when.first != KEEP_DATE_NONE && when.first == when.last) /* which of several days it was is not said */
        keep_civil_format_date(when.first, day);
    if (n)
        snprintf(count, sizeof count, "%lu", n);
    return own(f, z, snprintf(z, sizeof z, "%.*s|%.*s|%s|%s|%s", S(c.system), S(c.code), mods, count, day), err);
}

static struct keep_str diagnosis_text(struct keep_fhir *f, const struct keep_json *one, struct keep_err *err)
{
    struct keep_code c = coded(keep_json_get(one, "diagnosisCodeableConcept"));
    struct keep_str poa = keep_fhir_code_first(keep_json_get(one, "onAdmission")), type = keep_fhir_code_first(keep_fhir_value_first(keep_json_get(one, "type")));
    char z[TEXT];
    if (!c.code.n || memchr(c.code.p, '|', c.code.n) || (c.system.n && memchr(c.system.p, '|', c.system.n)))
        return (struct keep_str){NULL, 0};
    if (type.n && memchr(type.p, '|', type.n))
        type.n = 0;
    return own(f, z, snprintf(z, sizeof z, "%.*s|%.*s|%.*s%s%.*s", S(c.system), S(c.code), poa.n == 1 ? 1 : 0, poa.n ? poa.p : "", type.n ? "|" : "", S(type)), err);
}

int keep_fhir_claim_codes(struct keep_fhir_resource *r, const struct keep_code **code, size_t *n, struct keep_err *err)
{
    const struct keep_json *items = keep_json_get(r->json, "item"), *diagnoses = keep_json_get(r->json, "diagnosis"), *one;
    size_t room = *n + keep_json_len(items) + keep_json_len(diagnoses) + 1, at = *n;
    struct keep_err own_err = {0};
    struct keep_code *all = keep_fhir_value_alloc(r->f, room, sizeof *all, err);
    if (!all)
        return err->code;
    if (*n)
        memcpy(all, *code, *n * sizeof *all);
    struct keep_str type = keep_fhir_code_first(keep_json_get(r->json, "type"));
    if (type.n)
        all[at++] = (struct keep_code){KEEP_STR(KEEP_CODETABLE_TYPE), type};
    for (size_t i = 0; (one = keep_fhir_value_each(items, i)) && at < room; i++)
        if ((all[at].code = line_text(r->f, one, &own_err)).n)
            all[at++].system = KEEP_STR(KEEP_CODETABLE_LINE);
    for (size_t i = 0; (one = keep_fhir_value_each(diagnoses, i)) && at < room; i++)
        if ((all[at].code = diagnosis_text(r->f, one, &own_err)).n)
            all[at++].system = KEEP_STR(KEEP_CODETABLE_DIAGNOSIS);
    if (own_err.code) {
        *err = own_err;
        return err->code;
    }
    *code = all;
    *n = at;
    return 0;
}
