/* A tiny keep with real officers, rules and records, for the tests of core/work:
 * files are written, declared, imported, adopted and planned through the same
 * calls as a command makes. A step that must not fail dies with its message. */
#ifndef TESTS_AID_CLINIC_H
#define TESTS_AID_CLINIC_H

#include <stdarg.h>
#include <unistd.h>

#include "core/base/codec.h"
#include "core/crypto/age.h"
#include "core/crypto/secret.h"
#include "core/store/ledger.h"
#include "core/store/load.h"
#include "core/store/txn.h"
#include "core/work/importrun.h"
#include "core/work/planrun.h"
#include "tests/aid/tool.h"

#define CLINIC_DAY ((keep_time)86400 * KEEP_USEC)
#define CLINIC_NOW (1795270000 * KEEP_USEC) /* 2026-11-21 in Chicago */

/* Two rules over the medical record, one that nobody read, and a series with a gate. */
#define CLINIC_CHECKED "status law checked date(\"2026-01-01\") source \"made up\" cite \"none\" "
#define CLINIC_US "retention \"us.a\" { title \"A\" jurisdiction US " CLINIC_CHECKED "when set.series == \"medical record\" keep 5 years after set.last(\"discharge_date\") explain \"Five.\" }\n"
#define CLINIC_KS                                                                                                                                                       \
    "retention \"us-ks.a\" { title \"K\" jurisdiction US-KS " CLINIC_CHECKED "when set.series == \"medical record\" keep 10 years after set.last(\"discharge_date\")\n" \
    " keep 1 years after patient.birthday(majority(facility.state)) if patient.age_on(set.last(\"discharge_date\")) < majority(facility.state) explain \"Ten.\" }\n"
#define CLINIC_PACK(version) "pack \"rules\" { version \"" version "\" language 1 }\n"
#define CLINIC_RULES CLINIC_PACK("1") CLINIC_US CLINIC_KS

struct clinic {
    char base[64], keep[80];
    uint8_t key[32], identity[2][32]; /* of the officers' age keys */
    struct keep_sign_secret *him, *legal, *stranger;
    struct keep_store *s;
    struct keep_packs adopted;
    struct keep_plan plan;
    struct keep_arena *arena;
    struct keep_err err;
};

__attribute__((unused)) static int clinic_start(void **state)
{
    (void)state;
    return keep_secret_start(NULL);
}

static void clinic_must(struct clinic *c, int rc)
{
    char text[1200];
    if (rc >= 0)
        return;
    keep_err_format(&c->err, text, sizeof text);
    fprintf(stderr, "%s\n", text);
    abort();
}

/* A path in the clinic's folder; one of eight buffers in turn. */
static const char *clinic_path(const struct clinic *c, const char *name)
{
    static char ring[8][160];
    static unsigned at;
    char *p = ring[at++ % 8];
    snprintf(p, sizeof ring[0], "%s/%s", c->base, name);
    return p;
}

static const char *clinic_file(const struct clinic *c, const char *name, const char *text)
{
    const char *path = clinic_path(c, name);
    if (!tool_put(path, text, strlen(text)))
        abort();
    return path;
}

/* Closes and opens for writing at another time. */
__attribute__((unused)) static void clinic_open(struct clinic *c, keep_time now)
{
    struct keep_store_params p = {.path = c->keep, .key = c->key, .write = true, .now = now};
    keep_store_close(c->s);
    c->s = NULL;
    clinic_must(c, keep_store_open(&c->s, &p, NULL, &c->err));
}

__attribute__((unused)) static struct clinic *clinic_new(void)
{
    static const uint8_t seed[3][32] = {{11}, {12}, {13}}, id[3][8] = {{1}, {2}, {3}};
    struct clinic *c = calloc(1, sizeof *c);
    struct keep_officer officer[2] = {{.role = {"him", 3}}, {.role = {"legal", 5}}};
    if (!c)
        abort();
    /* in memory where that is possible: what is tested is order, not how long a disk takes to sync */
    snprintf(c->base, sizeof c->base, "%s/clinic-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(c->base) || keep_sign_from_seed(&c->him, seed[0], id[0], NULL) != 0 || keep_sign_from_seed(&c->legal, seed[1], id[1], NULL) != 0 ||
        keep_sign_from_seed(&c->stranger, seed[2], id[2], NULL) != 0 || !(c->arena = keep_arena_new(0)))
        abort();
    snprintf(c->keep, sizeof c->keep, "%s/k", c->base);
    memset(c->key, 0x42, sizeof c->key);
    keep_sign_public_of(c->him, &officer[0].key);
    keep_sign_public_of(c->legal, &officer[1].key);
    for (int i = 0; i < 2; i++) {
        keep_sign_derive(i ? c->legal : c->him, "test", c->identity[i]);
        keep_age_recipient(officer[i].recipient, c->identity[i]);
    }
    struct keep_store_init p = {.path = c->keep, .key = c->key, .time_zone = "America/Chicago", .officer = officer, .officers = 2, .quorum = 2, .now = CLINIC_NOW - CLINIC_DAY};
    clinic_must(c, keep_store_init(&p, &c->err));
    clinic_open(c, CLINIC_NOW);
    return c;
}

__attribute__((unused)) static void clinic_free(struct clinic *c)
{
    keep_packs_free(&c->adopted);
    keep_store_close(c->s);
    keep_sign_free(c->him);
    keep_sign_free(c->legal);
    keep_sign_free(c->stranger);
    keep_arena_free(c->arena);
    nftw(c->base, tool_unlink, 16, FTW_DEPTH | FTW_PHYS);
    free(c);
}

/* custody: as the declaration says it. officer NULL: unsigned. */
__attribute__((unused)) static void clinic_declare(struct clinic *c, const char *source, const char *custody, const struct keep_sign_secret *officer)
{
    char text[400];
    uint32_t id;
    snprintf(text, sizeof text, "{\"title\":\"t\",\"classes\":\"all\",\"facilities\":\"all\",\"from\":null,\"closed_on\":\"2024-08-06\",\"complete\":true,\"codes_complete\":true,%s%s%s"
             "\"jurisdiction\":\"KS\",\"attested_by\":\"somebody\"}", custody ? "\"custody\":\"" : "", custody ? custody : "", custody ? "\"," : "");
    clinic_must(c, keep_import_declare(c->s, source, clinic_file(c, "declaration.json", text), officer, &id, &c->err));
}

__attribute__((unused)) static struct keep_import_result clinic_import(struct clinic *c, const char *source, const char *name, const char *text)
{
    const char *path = clinic_file(c, name, text);
    struct keep_import_params p = {.source = source, .path = &path, .paths = 1};
    struct keep_import_result r;
    clinic_must(c, keep_import_run(c->s, &p, &r, &c->err));
    return r;
}

/* A patient with one stay in a hospital of Kansas. */
__attribute__((unused)) static void clinic_stay(struct keep_buf *b, const char *patient, const char *birth, const char *day)
{
    keep_buf_printf(b, "{\"resourceType\":\"Patient\",\"id\":\"%s\",\"identifier\":[{\"type\":{\"coding\":[{\"code\":\"MR\"}]},\"value\":\"M-%s\"}],"
                    "\"name\":[{\"family\":\"Family%s\",\"given\":[\"Given\"]}],\"birthDate\":\"%s\"}\n", patient, patient, patient, birth);
    keep_buf_printf(b, "{\"resourceType\":\"Encounter\",\"id\":\"e-%s\",\"status\":\"finished\",\"class\":{\"code\":\"IMP\"},\"subject\":{\"reference\":\"Patient/%s\"},"
                    "\"period\":{\"start\":\"%sT10:00:00-06:00\",\"end\":\"%sT12:00:00-06:00\"},\"serviceProvider\":{\"reference\":\"Organization/o1\"}}\n", patient, patient, day, day);
}

#define CLINIC_HOSPITAL "{\"resourceType\":\"Organization\",\"id\":\"o1\",\"name\":\"General\",\"address\":[{\"state\":\"KS\"}]}\n"

/* Patients "old" (born 1930, stay of 2001, due) and "new" (stay of 2024, kept), from the source "ehr", declared and signed. */
__attribute__((unused)) static void clinic_fill(struct clinic *c, const char *custody)
{
    struct keep_buf b = KEEP_BUF_INIT;
    clinic_declare(c, "ehr", custody, c->him);
    keep_buf_str(&b, CLINIC_HOSPITAL);
    clinic_stay(&b, "old", "1930-02-03", "2001-03-04");
    clinic_stay(&b, "new", "1985-07-09", "2024-02-01");
    keep_buf_char(&b, '\0');
    clinic_import(c, "ehr", "ehr.ndjson", (const char *)b.p);
    keep_buf_free(&b);
}

/* Packs of a text; the code, and *out for _free in every case. */
__attribute__((unused)) static int clinic_read(struct clinic *c, const char *text, struct keep_packs *out)
{
    const char *path = clinic_file(c, "rules.policy", text);
    return keep_packs_read(out, &path, 1, &c->err);
}

__attribute__((unused)) static int clinic_try_adopt(struct clinic *c, const char *text, struct keep_packs_adopt *how, uint64_t *sets)
{
    struct keep_packs p;
    int rc = clinic_read(c, text, &p);
    if (how->review_by == 0)
        how->review_by = keep_civil_utc_date(CLINIC_NOW) + 300;
    if (rc == 0)
        rc = keep_packs_adopt(&p, c->s, how, sets, &c->err);
    keep_packs_free(&p);
    return rc;
}

/* Adopted by both officers, and read again as adopted. Returns how many sets' dates were written. */
__attribute__((unused)) static uint64_t clinic_adopt(struct clinic *c, const char *text)
{
    const struct keep_sign_secret *both[] = {c->him, c->legal};
    struct keep_packs_adopt how = {.officer = both, .officers = 2};
    uint64_t sets = 0;
    clinic_must(c, clinic_try_adopt(c, text, &how, &sets));
    keep_packs_free(&c->adopted);
    clinic_must(c, keep_packs_adopted(&c->adopted, c->s, &c->err));
    return sets;
}

/* A plan as of today, written to the file "p" and read into c->plan. Its sets; 0 when nothing is due. */
__attribute__((unused)) static size_t clinic_plan(struct clinic *c)
{
    struct keep_buf text = KEEP_BUF_INIT;
    keep_date today;
    size_t sets = 0;
    clinic_must(c, keep_dates_today(c->s, &today, &c->err));
    int rc = keep_planrun_make(c->s, &c->adopted, today, &text, &sets, &c->err);
    clinic_must(c, rc);
    if (rc == 0) {
        if (!tool_put(clinic_path(c, "p"), text.p, text.n))
            abort();
        clinic_must(c, keep_planrun_read(c->s, &c->adopted, clinic_path(c, "p"), c->arena, &c->plan, &c->err));
    }
    keep_buf_free(&text);
    return rc == 0 ? sets : 0;
}

/* Approved by both officers. */
__attribute__((unused)) static void clinic_approve(struct clinic *c)
{
    size_t n;
    clinic_must(c, keep_planrun_approve(c->s, &c->plan, c->him, &n, &c->err));
    clinic_must(c, keep_planrun_approve(c->s, &c->plan, c->legal, &n, &c->err));
}

/* Sets with that status today. */
__attribute__((unused)) static uint64_t clinic_standing(struct clinic *c, enum keep_set_status status)
{
    struct keep_dates d;
    keep_date today;
    clinic_must(c, keep_dates_today(c->s, &today, &c->err));
    clinic_must(c, keep_dates_run(&d, c->s, &c->adopted, today, NULL, NULL, &c->err));
    uint64_t n = d.result.by_status[status];
    keep_dates_free(&d);
    return n;
}

/* The code, and whether the text says so; the error is cleared for the next one. */
__attribute__((unused)) static bool clinic_said(struct clinic *c, int code, const char *text)
{
    bool ok = c->err.code == code && strstr(c->err.text, text);
    if (!ok)
        fprintf(stderr, "not \"%s\": %d %s\n", text, c->err.code, c->err.text);
    keep_err_clear(&c->err);
    return ok;
}

struct clinic_all { /* that check passes over the whole keep */
    unsigned failed;
};

static void clinic_found(void *ctx, const char *check, bool ok, const char *detail)
{
    if (!ok) {
        fprintf(stderr, "%s: %s\n", check, detail);
        ((struct clinic_all *)ctx)->failed++;
    }
}

/* Closes the keep, checks all of it, and opens it again at the time it had. */
__attribute__((unused)) static bool clinic_whole(struct clinic *c)
{
    struct clinic_all all = {0};
    keep_time now = keep_store_now(c->s);
    struct keep_store_params p = {.path = c->keep, .key = c->key, .now = now};
    struct keep_store_checker ck = {.ctx = &all, .found = clinic_found};
    keep_store_close(c->s);
    c->s = NULL;
    int rc = keep_store_check(&p, &ck, &c->err);
    keep_err_clear(&c->err);
    clinic_open(c, now);
    return rc == 0 && all.failed == 0;
}

/* For cmocka: a clinic with its export, under CLINIC_RULES. */
__attribute__((unused)) static int clinic_setup(void **state)
{
    struct clinic *c = clinic_new();
    clinic_fill(c, "official");
    clinic_adopt(c, CLINIC_RULES);
    *state = c;
    return 0;
}

__attribute__((unused)) static int clinic_teardown(void **state)
{
    clinic_free(*state);
    return 0;
}

#endif
