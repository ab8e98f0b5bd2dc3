/* A clinic with staff, visits and an access log, for the tests of audits: a doctor
 * (login drada) sees "new" on 2024-02-01 and opens the charts of "new", with that
 * reason, and of "old", with none; an account "ghost" that is nobody's opens "new";
 * and the doctor lists patients, about nobody. */
#ifndef TESTS_WORK_WARD_H
#define TESTS_WORK_WARD_H

#include "core/work/auditrun.h"
#include "core/work/casework.h"
#include "tests/aid/clinic.h"

#define WARD_HOUSE "authority \"A\" threshold \"own\" state house_policy checked date(\"2026-01-01\") source \"made up\" "
#define WARD_RULES                                                                                                                                                                    \
    CLINIC_PACK("1")                                                                                                                                                                  \
    "map \"log\" { into events column event_id from \"id\" column time from \"time\" column account from \"user\" column patient_id from \"patient\" "                               \
    "column action from \"action\" values { \"View\": \"view\", \"List\": \"list\" } }\n"                                                                                           \
    "map \"staff\" { into workforce column worker_id from \"number\" column login from \"login\" column npi from \"npi\" system \"http://hl7.org/fhir/sid/us-npi\" "                 \
    "column family from \"family\" column given from \"given\" column department from \"department\" column from from \"from\" column to from \"to\" }\n"                            \
    "explanation \"visit\" { title \"Visit\" when related([\"encounter\"], duration(\"24h\"), duration(\"24h\")) missing \"a visit\" authority \"A\" checked \"unverified\" }\n"     \
    "access \"unmapped\" { title \"Nobody's account\" severity high weight 100 when !user.mapped " WARD_HOUSE "explain \"{user.login} opened {patient.name}\" }\n"
#define WARD_STAFF "number,login,npi,family,given,department,from,to\r\nE1,drada,9990000011,Jubjub,Carol,Medicine,2000-01-01,\r\nE2,drbea,9990000012,Snark,Bea,Surgery,2000-01-01,2024-02-15\r\n"
#define WARD_LOG                                                                                                                                         \
    "id,time,user,patient,action\r\n1,2024-02-01 10:30:00,drada,new,View\r\n2,2024-03-01 12:00:00,drada,old,View\r\n3,2024-02-02 12:00:00,ghost,new,View\r\n" \
    "4,2024-03-01 13:00:00,drada,,List\r\n"
#define WARD_VISIT                                                                                                                                                                    \
    "{\"resourceType\":\"Practitioner\",\"id\":\"d1\",\"identifier\":[{\"system\":\"http://hl7.org/fhir/sid/us-npi\",\"value\":\"9990000011\"}],\"name\":[{\"family\":\"Jubjub\"}]}\n" \
    "{\"resourceType\":\"Encounter\",\"id\":\"e-new\",\"status\":\"finished\",\"class\":{\"code\":\"IMP\"},\"subject\":{\"reference\":\"Patient/new\"},\"participant\":[{\"individual\":"  \
    "{\"reference\":\"Practitioner/d1\"}}],\"period\":{\"start\":\"2024-02-01T10:00:00-06:00\",\"end\":\"2024-02-01T12:00:00-06:00\"},\"serviceProvider\":{\"reference\":\"Organization/o1\"}}\n"

__attribute__((unused)) static void ward_table(struct clinic *c, const char *source, const char *name, const char *text)
{
    const char *path = clinic_file(c, name, text);
    struct keep_import_params p = {.source = source, .path = &path, .paths = 1, .packs = &c->adopted};
    struct keep_import_result r;
    clinic_must(c, keep_import_run(c->s, &p, &r, &c->err));
    if (r.counts.quarantined)
        abort();
}

__attribute__((unused)) static int ward_setup(void **state)
{
    struct clinic *c = clinic_new();
    clinic_fill(c, "official");
    clinic_import(c, "ehr", "visit.ndjson", WARD_VISIT);
    clinic_adopt(c, WARD_RULES);
    ward_table(c, "hr", "staff.csv", WARD_STAFF);
    ward_table(c, "log", "log.csv", WARD_LOG);
    *state = c;
    return 0;
}

/* An audit of what is adopted, stored; as_of KEEP_TIME_NONE: now. */
__attribute__((unused)) static struct keep_caserun_counts ward_audit(struct clinic *c, keep_time as_of)
{
    struct keep_caserun_counts n;
    struct keep_auditrun *r = calloc(1, sizeof *r);
    clinic_must(c, keep_auditrun_open(r, c->s, &c->adopted, as_of, (struct keep_str){NULL, 0}, &c->err));
    clinic_must(c, keep_auditrun_run(r, &c->err));
    clinic_must(c, keep_auditrun_record(r, &c->adopted, &n, &c->err));
    keep_auditrun_free(r);
    free(r);
    return n;
}

/* The cases on file, masked; free with ward_done. */
__attribute__((unused)) static struct keep_casework *ward_look(struct clinic *c)
{
    struct keep_casework *w = calloc(1, sizeof *w);
    clinic_must(c, keep_casework_open(w, c->s, (struct keep_str){NULL, 0}, true, &c->err));
    return w;
}

/* The same, after an audit. */
__attribute__((unused)) static struct keep_casework *ward_cases(struct clinic *c)
{
    ward_audit(c, KEEP_TIME_NONE);
    return ward_look(c);
}

__attribute__((unused)) static void ward_done(struct keep_casework *w)
{
    keep_casework_close(w);
    free(w);
}

__attribute__((unused)) static const struct keep_casebook_case *ward_case(const struct keep_casework *w, const char *rule)
{
    for (size_t i = 0; i < w->n; i++)
        if (keep_str_is(w->list[i].rule, rule))
            return &w->list[i];
    fail_msg("no case of %s", rule);
    return NULL;
}

__attribute__((unused)) static uint32_t ward_patient(const struct keep_world *w, const char *mrn)
{
    uint32_t i = 0;
    while (i < w->patients && !keep_str_is(w->patient[i].mrn, mrn))
        i++;
    return i < w->patients ? i : KEEP_ID_NONE;
}

#endif
