/* A small made-up hospital, row by row, for the tests of taking in and reading back. */
#ifndef TESTS_STORE_HOSPITAL_H
#define TESTS_STORE_HOSPITAL_H

#include "core/store/intake.h"
#include "core/store/load.h"
#include "tests/store/keepdir.h"

#define S(z) ((struct keep_str){(z), sizeof(z) - 1})
#define NOTHING ((struct keep_str){NULL, 0})
#define DAY (86400 * KEEP_USEC)
#define T0 (1700000000 * KEEP_USEC) /* 2023-11-14T22:13:20Z */

static inline struct keep_str hospital_z(const char *z)
{
    return (struct keep_str){z, strlen(z)};
}

static inline struct keep_key hospital_key(enum keep_entity kind, const char *system, const char *value)
{
    return (struct keep_key){kind, hospital_z(system), hospital_z(value)};
}

struct hospital {
    struct keepdir *d;
    struct keep_store *s;
    struct keep_intake *in;
    struct keep_sink sink;
    struct keep_intake_counts counts;
    struct keep_err err;
    uint32_t source;
};

static inline void hospital_must(struct hospital *h, int rc)
{
    if (rc < 0) {
        keepdir_say(&h->err);
        abort();
    }
}

static inline void hospital_begin(struct hospital *h, const char *source)
{
    hospital_must(h, keep_intake_source(h->s, hospital_z(source), &h->source, &h->err));
    hospital_must(h, keep_intake_begin(&h->in, h->s, h->source, &h->err));
    keep_intake_sink(h->in, &h->sink);
    hospital_must(h, keep_intake_file(h->in, S("rows.csv"), &h->err));
}

static inline void hospital_finish(struct hospital *h)
{
    hospital_must(h, keep_intake_finish(h->in, &h->counts, &h->err));
    keep_intake_free(h->in);
    h->in = NULL;
}

static inline struct hospital *hospital_new(void)
{
    struct hospital *h = calloc(1, sizeof *h);

    h->d = keepdir_new(true);
    h->s = keepdir_open(h->d, true);
    return h;
}

static inline void hospital_free(struct hospital *h)
{
    keep_intake_free(h->in);
    keep_store_close(h->s);
    keepdir_free(h->d);
    free(h);
}

static inline int hospital_patient(struct hospital *h, const char *id, const char *mrn, const char *family, const char *line)
{
    struct keep_key key[2] = {hospital_key(KEEP_ENTITY_PATIENT, "", id), hospital_key(KEEP_ENTITY_PATIENT, "mrn", mrn)};
    struct keep_name name = {hospital_z(family), S("Ada"), S("official")};
    struct keep_address home = {hospital_z(line), S("Topeka"), S("KS"), S("66603"), S("home"), false};
    struct keep_row_patient r = {.at = {1, 0, 0}, .key = key, .keys = *mrn ? 2 : 1, .death_time = KEEP_TIME_NONE, .death = {KEEP_DATE_NONE, KEEP_PREC_NONE}};

    r.human = (struct keep_human){.name = &name, .names = 1, .address = &home, .addresses = *line ? 1 : 0, .mrn = hospital_z(mrn), .birth = {3650, KEEP_PREC_DAY}};
    int rc = h->sink.patient(h->sink.ctx, &r, &h->err);
    hospital_must(h, rc);
    return rc;
}

static inline int hospital_worker(struct hospital *h, const char *id, const char *npi, const char *family, const char *line)
{
    struct keep_key key[2] = {hospital_key(KEEP_ENTITY_WORKER, "", id), hospital_key(KEEP_ENTITY_WORKER, "npi", npi)};
    struct keep_name name = {hospital_z(family), S("Bo"), S("official")};
    struct keep_address home = {hospital_z(line), S("Topeka"), S("KS"), S("66603"), S("home"), false};
    struct keep_row_worker r = {.at = {1, 0, 0}, .key = *id ? key : key + 1, .keys = *id && *npi ? 2 : 1, .department = S("Cardiology"), .from = T0 - 900 * DAY, .to = KEEP_TIME_NONE,
                                .ended_known = KEEP_TRI_YES};

    r.human = (struct keep_human){.name = &name, .names = *family ? 1 : 0, .address = &home, .addresses = *line ? 1 : 0, .birth = {KEEP_DATE_NONE, KEEP_PREC_NONE}};
    int rc = h->sink.worker(h->sink.ctx, &r, &h->err);
    hospital_must(h, rc);
    return rc;
}

static inline int hospital_account(struct hospital *h, const char *login, const char *worker, enum keep_account_kind kind)
{
    struct keep_row_account r = {.at = {1, 0, 0}, .login = hospital_z(login), .kind = kind, .worker = hospital_key(KEEP_ENTITY_WORKER, "", worker), .from = KEEP_TIME_NONE, .to = KEEP_TIME_NONE};
    int rc = h->sink.account(h->sink.ctx, &r, &h->err);

    hospital_must(h, rc);
    return rc;
}

static inline int hospital_facility(struct hospital *h, const char *id, const char *name)
{
    struct keep_key key = hospital_key(KEEP_ENTITY_FACILITY, "", id);
    struct keep_row_facility r = {.at = {1, 0, 0}, .key = &key, .keys = 1, .name = hospital_z(name), .type = S("prov")};
    int rc = h->sink.facility(h->sink.ctx, &r, &h->err);

    hospital_must(h, rc);
    return rc;
}

static inline int hospital_encounter(struct hospital *h, const char *id, const char *patient, const char *facility, keep_time start)
{
    struct keep_key key = hospital_key(KEEP_ENTITY_ENCOUNTER, "", id);
    struct keep_row_encounter r = {.at = {1, 0, 0}, .key = &key, .keys = 1, .patient = hospital_key(KEEP_ENTITY_PATIENT, "", patient),
                                   .facility = hospital_key(KEEP_ENTITY_FACILITY, "", facility), .klass = S("AMB"), .status = S("finished"), .start = start, .end = start + DAY / 24,
                                   .start_date = (keep_date)(start / DAY), .end_date = (keep_date)(start / DAY)};
    int rc = h->sink.encounter(h->sink.ctx, &r, &h->err);

    hospital_must(h, rc);
    return rc;
}

static inline int hospital_relation(struct hospital *h, const char *patient, const char *worker, keep_time from, bool open)
{
    struct keep_row_relation r = {.at = {1, 0, 0}, .kind = KEEP_RELATION_ENCOUNTER, .patient = hospital_key(KEEP_ENTITY_PATIENT, "", patient),
                                  .worker = hospital_key(KEEP_ENTITY_WORKER, "", worker), .from = from, .to = KEEP_TIME_NONE, .open = open, .recorded = KEEP_TIME_NONE};
    int rc = h->sink.relation(h->sink.ctx, &r, &h->err);

    hospital_must(h, rc);
    return rc;
}

static inline int hospital_record(struct hospital *h, const char *kind, const char *id, const char *patient, const char *encounter, const char *payload)
{
    struct keep_key key = hospital_key(KEEP_ENTITY_RECORD, kind, id);
    struct keep_code code = {S("SNOMED CT"), S("59621000")};
    struct keep_row_record r = {.at = {1, 0, 0}, .key = &key, .keys = 1, .kind = hospital_z(kind), .patient = hospital_key(KEEP_ENTITY_PATIENT, "", patient),
                                .encounter = hospital_key(KEEP_ENTITY_ENCOUNTER, "", encounter), .about_no_patient = *patient == 0, .code = &code, .codes = 1, .status = S("final"),
                                .media_type = S("application/fhir+json"), .title = S("A title"), .service_first = 19000, .service_last = 19001, .created = 19002,
                                .recorded = KEEP_TIME_NONE, .payload = hospital_z(payload)};
    int rc = h->sink.record(h->sink.ctx, &r, &h->err);

    hospital_must(h, rc);
    return rc;
}

static inline struct keep_row_event hospital_event_row(keep_time t, const char *account, const char *patient)
{
    return (struct keep_row_event){.at = {1, 0, 0}, .time = t, .account = hospital_z(account), .account_name = S("Nurse Bo"), .patient = hospital_key(KEEP_ENTITY_PATIENT, "", patient),
                                   .action = KEEP_ACTION_VIEW, .exposure = KEEP_EXPOSURE_OPENED, .outcome = KEEP_OUTCOME_SUCCESS, .purpose = KEEP_PURPOSE_TREAT, .place = S("WS-7"),
                                   .unit = S("ED"), .raw = S("a line of the log")};
}

static inline int hospital_event(struct hospital *h, keep_time t, const char *account, const char *patient)
{
    struct keep_row_event r = hospital_event_row(t, account, patient);
    int rc = h->sink.event(h->sink.ctx, &r, &h->err);

    hospital_must(h, rc);
    return rc;
}

static inline void hospital_found(void *ctx, const char *check, bool ok, const char *detail)
{
    (void)ctx;
    if (!ok)
        fprintf(stderr, "%s: %s\n", check, detail);
}

static inline int hospital_setup(void **state)
{
    *state = hospital_new();
    return 0;
}

static inline int hospital_teardown(void **state)
{
    hospital_free(*state);
    return 0;
}

/* n visits of 900 patients at two facilities, and a relation of each with the worker w1. */
static inline void hospital_visits(struct hospital *h, const char *source, int n, int shift)
{
    char e[20], p[20];

    hospital_begin(h, source);
    hospital_worker(h, "w1", "npi1", "Jones", "");
    for (int i = 0; i < n; i++) {
        snprintf(e, sizeof e, "e%d", i);
        snprintf(p, sizeof p, "p%d", i * 7 % 900);
        hospital_encounter(h, e, p, i % 3 ? "f1" : "f2", T0 + (keep_time)(i % 50 + shift) * DAY);
        hospital_relation(h, p, "w1", T0 + (keep_time)i * KEEP_USEC, i % 2);
    }
    hospital_finish(h);
}

#endif
