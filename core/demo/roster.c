/* Who is a patient and on the staff is told where HR knows it, in the workforce
 * table; the charts' export says nothing of it. */
#include "core/demo/roster.h"

#include <stdio.h>
#include <string.h>

#include "core/demo/chart.h"
#include "core/demo/sheet.h"

static const struct {
    const char *id, *name, *type, *line, *town, *postal;
} organizations[] = {
    {KEEP_CHART_ORGANIZATION, "Tallgrass Health System", "health system", "1 Tallgrass Plaza", "Salina", "67401"},
    {"org-hospital", "Tallgrass Memorial Hospital", "hospital", "1 Tallgrass Plaza", "Salina", "67401"},
    {"org-clinic", "Abilene Prairie Clinic", "clinic", "20 Drover Trl", "Abilene", "67410"},
};

/* --- members ------------------------------------------------------------------------ */

static void list(struct keep_sheet *s, const char *member)
{
    keep_jsonw_key(&s->json, member);
    keep_jsonw_array(&s->json);
}

static void address(struct keep_sheet *s, const char *use, const char *line, const char *town, const char *postal, bool several)
{
    struct keep_jsonw *w = &s->json;
    keep_jsonw_key(w, "address");
    if (several)
        keep_jsonw_array(w);
    keep_jsonw_object(w);
    keep_sheet_member(s, "use", use);
    keep_jsonw_key(w, "line");
    keep_jsonw_array(w);
    keep_jsonw_z(w, line);
    keep_jsonw_end_array(w);
    keep_sheet_member(s, "city", town);
    keep_sheet_member(s, "state", "KS");
    keep_sheet_member(s, "postalCode", postal);
    keep_sheet_member(s, "country", "US");
    keep_jsonw_end_object(w);
    if (several)
        keep_jsonw_end_array(w);
}

static void name(struct keep_sheet *s, const char *use, const char *family, const char *given)
{
    struct keep_jsonw *w = &s->json;
    keep_jsonw_object(w);
    keep_sheet_member(s, "use", use);
    keep_sheet_member(s, "family", family);
    keep_jsonw_key(w, "given");
    keep_jsonw_array(w);
    keep_jsonw_z(w, given);
    keep_jsonw_end_array(w);
    keep_jsonw_end_object(w);
}

/* type: of HL7 table 0203 */
static void identifier(struct keep_sheet *s, const char *type, const char *system, const char *value)
{
    keep_jsonw_object(&s->json);
    keep_sheet_concept(s, "type", "http://terminology.hl7.org/CodeSystem/v2-0203", type, NULL);
    keep_sheet_member(s, "system", system);
    keep_sheet_member(s, "value", value);
    keep_jsonw_end_object(&s->json);
}

static int finish(struct keep_sheet *s, struct keep_err *err)
{
    keep_jsonw_end_object(&s->json);
    return keep_sheet_row(s, err);
}

static void date(struct keep_sheet *s, const char *member, keep_date d)
{
    keep_jsonw_key(&s->json, member);
    keep_jsonw_date(&s->json, d);
}

/* --- one resource each ------------------------------------------------------------------ */

static int organization(struct keep_sheet *s, const struct keep_cast *c, uint32_t i, struct keep_err *err)
{
    (void)c;
    keep_sheet_resource(s, "Organization", organizations[i].id);
    keep_jsonw_key(&s->json, "active");
    keep_jsonw_bool(&s->json, true);
    list(s, "type");
    keep_jsonw_object(&s->json);
    keep_sheet_member(s, "text", organizations[i].type);
    keep_jsonw_end_object(&s->json);
    keep_jsonw_end_array(&s->json);
    keep_sheet_member(s, "name", organizations[i].name);
    address(s, "work", organizations[i].line, organizations[i].town, organizations[i].postal, true);
    if (i > 0)
        keep_sheet_reference(s, "partOf", "Organization", organizations[0].id);
    return finish(s, err);
}

static int location(struct keep_sheet *s, const struct keep_cast *c, uint32_t i, struct keep_err *err)
{
    const struct keep_lore_department *d = &keep_lore_department[i];
    char id[KEEP_CAST_TEXT];
    (void)c;
    keep_chart_location((uint8_t)i, id);
    keep_sheet_resource(s, "Location", id);
    keep_sheet_member(s, "status", "active");
    keep_sheet_member(s, "name", d->name);
    address(s, "work", organizations[1 + d->site].line, organizations[1 + d->site].town, organizations[1 + d->site].postal, false);
    keep_sheet_reference(s, "managingOrganization", "Organization", keep_chart_site[d->site]);
    return finish(s, err);
}

/* Restricted, very restricted when all the town knows the patient; a record of no human is tagged HTEST (v3-ActReason). */
static void confidentiality(struct keep_sheet *s, const struct keep_cast_patient *p)
{
    struct keep_jsonw *w = &s->json;
    keep_jsonw_key(w, "meta");
    keep_jsonw_object(w);
    list(s, "security");
    keep_jsonw_object(w);
    keep_sheet_member(s, "system", "http://terminology.hl7.org/CodeSystem/v3-Confidentiality");
    keep_sheet_member(s, "code", p->vip ? "V" : p->confidential ? "R" : "N");
    keep_jsonw_end_object(w);
    keep_jsonw_end_array(w);
    if (p->test) {
        list(s, "tag");
        keep_jsonw_object(w);
        keep_sheet_member(s, "system", "http://terminology.hl7.org/CodeSystem/v3-ActReason");
        keep_sheet_member(s, "code", "HTEST");
        keep_jsonw_end_object(w);
        keep_jsonw_end_array(w);
    }
    keep_jsonw_end_object(w);
}

/* Who was registered twice: this record no longer stands. */
static void replaced(struct keep_sheet *s, const struct keep_cast *c, uint32_t by)
{
    char id[KEEP_CAST_TEXT];
    keep_jsonw_key(&s->json, "active");
    keep_jsonw_bool(&s->json, by == KEEP_CAST_NOBODY);
    if (by == KEEP_CAST_NOBODY)
        return;
    keep_cast_id(c, 'p', by, id);
    list(s, "link");
    keep_jsonw_object(&s->json);
    keep_sheet_reference(s, "other", "Patient", id);
    keep_sheet_member(s, "type", "replaced-by");
    keep_jsonw_end_object(&s->json);
    keep_jsonw_end_array(&s->json);
}

static int patient(struct keep_sheet *s, const struct keep_cast *c, uint32_t i, struct keep_err *err)
{
    const struct keep_cast_patient *p = &c->patient[i];
    struct keep_jsonw *w = &s->json;
    struct keep_cast_address at;
    char text[KEEP_CAST_TEXT];
    keep_cast_id(c, 'p', i, text);
    keep_sheet_resource(s, "Patient", text);
    confidentiality(s, p);
    list(s, "identifier");
    keep_cast_mrn(c, i, text);
    identifier(s, "MR", KEEP_CHART_MRN_SYSTEM, text);
    keep_jsonw_end_array(w);
    list(s, "name");
    name(s, "official", keep_cast_family(p), keep_cast_given(p->woman, p->given));
    keep_jsonw_end_array(w);
    list(s, "telecom");
    keep_jsonw_object(w);
    keep_sheet_member(s, "system", "phone");
    snprintf(text, sizeof text, "785-555-%04u", 100 + p->household % 100); /* 555-0100 to 555-0199 are nobody's */
    keep_sheet_member(s, "value", text);
    keep_jsonw_end_object(w);
    keep_jsonw_end_array(w);
    keep_sheet_member(s, "gender", p->woman ? "female" : "male");
    if (!p->no_birth)
        date(s, "birthDate", p->birth);
    if (p->death == KEEP_DATE_NONE) {
        keep_jsonw_key(w, "deceasedBoolean");
        keep_jsonw_bool(w, false);
    } else {
        date(s, "deceasedDateTime", p->death);
    }
    keep_cast_address(c, p->household, &at);
    address(s, "home", at.line, at.town->name, at.town->postal, true);
    if (p->primary != KEEP_CAST_NOBODY) {
        keep_cast_number(p->primary, text);
        list(s, "generalPractitioner");
        keep_sheet_reference(s, NULL, "Practitioner", text);
        keep_jsonw_end_array(w);
    }
    replaced(s, c, p->merged);
    return finish(s, err);
}

static int practitioner(struct keep_sheet *s, const struct keep_cast *c, uint32_t i, struct keep_err *err)
{
    const struct keep_cast_staff *x = &c->staff[i];
    struct keep_jsonw *w = &s->json;
    char text[KEEP_CAST_TEXT];
    keep_cast_number(i, text);
    keep_sheet_resource(s, "Practitioner", text);
    list(s, "identifier");
    identifier(s, "EI", KEEP_CHART_EMPLOYEE_SYSTEM, text);
    if (keep_cast_npi(c, i, text))
        identifier(s, "NPI", KEEP_CHART_NPI_SYSTEM, text);
    keep_jsonw_end_array(w);
    keep_jsonw_key(w, "active");
    keep_jsonw_bool(w, keep_cast_here(x, c->p->today));
    list(s, "name");
    name(s, "official", keep_lore_family[x->family], keep_cast_given(x->woman, x->given));
    keep_jsonw_end_array(w);
    keep_sheet_member(s, "gender", x->woman ? "female" : "male");
    return finish(s, err);
}

/* One time of employment, of an id of this kind. */
static int role_between(struct keep_sheet *s, const struct keep_cast *c, uint32_t i, char kind, keep_date from, keep_date to, struct keep_err *err)
{
    const struct keep_cast_staff *x = &c->staff[i];
    const struct keep_lore_department *d = &keep_lore_department[x->department];
    struct keep_jsonw *w = &s->json;
    char text[KEEP_CAST_TEXT];
    keep_cast_id(c, kind, i, text);
    keep_sheet_resource(s, "PractitionerRole", text);
    keep_jsonw_key(w, "period");
    keep_jsonw_object(w);
    date(s, "start", from);
    if (to != KEEP_DATE_NONE)
        date(s, "end", to);
    keep_jsonw_end_object(w);
    keep_cast_number(i, text);
    keep_sheet_reference(s, "practitioner", "Practitioner", text);
    keep_sheet_reference(s, "organization", "Organization", keep_chart_site[d->site]);
    list(s, "code");
    keep_jsonw_object(w);
    keep_sheet_member(s, "text", keep_cast_role(x));
    keep_jsonw_end_object(w);
    keep_jsonw_end_array(w);
    if (x->rank == 0) {
        list(s, "specialty");
        keep_jsonw_object(w);
        list(s, "coding");
        keep_jsonw_object(w);
        keep_sheet_member(s, "system", "http://nucc.org/provider-taxonomy");
        keep_sheet_member(s, "code", d->taxonomy);
        keep_jsonw_end_object(w);
        keep_jsonw_end_array(w);
        keep_jsonw_end_object(w);
        keep_jsonw_end_array(w);
    }
    return finish(s, err);
}

/* Of those who take part in visits. */
static int role(struct keep_sheet *s, const struct keep_cast *c, uint32_t i, struct keep_err *err)
{
    const struct keep_cast_staff *x = &c->staff[i];
    if (keep_lore_department[x->department].work == KEEP_LORE_DESK || x->kind == KEEP_CAST_VENDOR)
        return 0;
    int rc = role_between(s, c, i, 'o', x->hired, x->away == KEEP_DATE_NONE ? x->ended : x->away - 1, err);
    return rc < 0 || x->away == KEEP_DATE_NONE ? rc : role_between(s, c, i, 'q', x->back, x->ended, err);
}

/* --- the workforce table ------------------------------------------------------------------- */

static const char *job(const struct keep_cast_staff *x)
{
    return x->kind == KEEP_CAST_STUDENT ? "Student" : x->kind == KEEP_CAST_RESIDENT ? "Resident physician" : x->kind == KEEP_CAST_VENDOR ? "Vendor support engineer" : keep_cast_role(x);
}

/* One time of employment: who was away, on leave or between two of them, has two rows. */
static int employed_between(struct keep_sheet *s, const struct keep_cast *c, uint32_t i, keep_date from, keep_date to, struct keep_err *err)
{
    const struct keep_cast_staff *x = &c->staff[i];
    struct keep_cast_address at;
    char text[KEEP_CAST_TEXT];
    keep_cast_number(i, text);
    keep_sheet_cell(s, text);
    keep_cast_login(c, i, text);
    keep_sheet_cell(s, text);
    keep_sheet_cell(s, x->kind == KEEP_CAST_VENDOR ? "vendor" : "person");
    if (!keep_cast_npi(c, i, text) || x->kind == KEEP_CAST_VENDOR)
        text[0] = 0;
    keep_sheet_cell(s, text);
    keep_sheet_cell(s, keep_lore_family[x->family]);
    keep_sheet_cell(s, keep_cast_given(x->woman, x->given));
    keep_sheet_cell(s, x->former == UINT16_MAX ? "" : keep_lore_family[x->former]);
    keep_sheet_cell_date(s, x->birth);
    keep_sheet_cell(s, keep_lore_department[x->department].name);
    keep_sheet_cell(s, job(x));
    keep_sheet_cell(s, keep_lore_department[x->department].code);
    keep_cast_address(c, x->household, &at);
    keep_sheet_cell(s, at.line);
    keep_sheet_cell(s, at.town->name);
    keep_sheet_cell(s, "KS");
    keep_sheet_cell(s, at.town->postal);
    keep_sheet_cell_date(s, from);
    keep_sheet_cell_date(s, to);
    text[0] = 0;
    if (x->manager != KEEP_CAST_NOBODY)
        keep_cast_number(x->manager, text);
    keep_sheet_cell(s, text);
    text[0] = 0;
    if (x->patient != KEEP_CAST_NOBODY)
        keep_cast_id(c, 'p', x->patient, text);
    keep_sheet_cell(s, text);
    return keep_sheet_row(s, err);
}

static int employee(struct keep_sheet *s, const struct keep_cast *c, uint32_t i, struct keep_err *err)
{
    const struct keep_cast_staff *x = &c->staff[i];
    int rc = employed_between(s, c, i, x->hired, x->away == KEEP_DATE_NONE ? x->ended : x->away - 1, err);
    return rc < 0 || x->away == KEEP_DATE_NONE ? rc : employed_between(s, c, i, x->back, x->ended, err);
}

static int workforce(const struct keep_cast *c, struct keep_err *err)
{
    struct keep_sheet s = {0};
    int rc = keep_sheet_open(&s, c->p->dirfd, "workforce.csv", err);
    if (rc == 0) {
        keep_buf_str(&s.buf, "employee_id,user_id,account_kind,npi,family_name,given_name,former_family_name,birth_date,department,role,unit,address,city,state,"
                             "postal_code,employed_from,employed_to,manager_id,patient_id");
        rc = keep_sheet_row(&s, err);
    }
    for (uint32_t i = 0; i < c->employees && rc == 0; i++)
        rc = employee(&s, c, i, err);
    if (rc == 0) {
        keep_buf_str(&s.buf, "SVC01,svc-prefetch,service,,Chart prefetch service,,,,,,,,,,,2015-01-01,,,");
        rc = keep_sheet_row(&s, err);
    }
    return keep_sheet_end(&s, rc, err);
}

/* Logins beside those of the workforce table: of services, and a second one of the IT manager's. */
static int accounts(const struct keep_cast *c, struct keep_err *err)
{
    struct keep_sheet s = {0};
    char owner[KEEP_CAST_TEXT];
    uint32_t it = 0;
    int rc = keep_sheet_open(&s, c->p->dirfd, "accounts.csv", err);
    while (it < c->departments && strcmp(keep_lore_department[it].code, "IT") != 0)
        it++;
    keep_cast_number(it < c->departments ? it : 0, owner); /* the first of each department leads it */
    if (rc == 0) {
        keep_buf_str(&s.buf, "login,employee_id,account_kind,valid_from,valid_to\nsvc-exchange,,service,2015-01-01,\n");
        keep_buf_printf(&s.buf, "sysadmin,%s,person,2015-01-01,", owner);
        rc = keep_sheet_row(&s, err);
    }
    return keep_sheet_end(&s, rc, err);
}

/* --- all of them -------------------------------------------------------------------------------- */

static int ndjson(const struct keep_cast *c, const char *file, uint32_t n, int (*one)(struct keep_sheet *, const struct keep_cast *, uint32_t, struct keep_err *),
                  struct keep_err *err)
{
    struct keep_sheet s = {0};
    int rc = keep_sheet_open(&s, c->p->dirfd, file, err);
    for (uint32_t i = 0; i < n && rc == 0; i++)
        rc = one(&s, c, i, err);
    return keep_sheet_end(&s, rc, err);
}

int keep_roster_write(const struct keep_cast *c, struct keep_err *err)
{
    int rc = ndjson(c, "organizations.ndjson", sizeof organizations / sizeof *organizations, organization, err);
    if (rc == 0)
        rc = ndjson(c, "locations.ndjson", c->departments, location, err);
    if (rc == 0)
        rc = ndjson(c, "patients.ndjson", c->patients, patient, err);
    if (rc == 0)
        rc = ndjson(c, "practitioners.ndjson", c->staffs, practitioner, err);
    if (rc == 0)
        rc = ndjson(c, "practitionerroles.ndjson", c->staffs, role, err);
    if (rc == 0)
        rc = workforce(c, err);
    return rc == 0 ? accounts(c, err) : rc;
}
