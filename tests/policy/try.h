/* Compiles and runs one expression in an environment of a few fixed facts. */
#ifndef TESTS_POLICY_TRY_H
#define TESTS_POLICY_TRY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/policy/compile.h"

#define TRY_ALL ((1u << (KEEP_GRAIN_COUNT + 3)) - 1) /* every grain, what a counting rule's text can name, and what is asked without an access */

static const uint64_t try_elm[] = {11, 12, 0, 0}, try_oak[] = {12, 0, 0, 0}, try_far[] = {99, 0, 0, 0};

/* user: u1, "Alvarez, Rosa", department Billing, address elm; patient: address oak (shares one key with elm), born 2015-06-30,
 * birth date known, death date not recorded; event: 2026-03-02T09:15:00Z, view. Everything else is not recorded. */
static inline int try_field(void *ctx, enum keep_field f, struct keep_value *out)
{
    (void)ctx;
    *out = (struct keep_value){.type = KEEP_V_UNKNOWN, .s = KEEP_STR("something")};
    switch (f) {
    case KEEP_FIELD_user_id: *out = (struct keep_value){.type = KEEP_V_STRING, .s = KEEP_STR("u1")}; break;
    case KEEP_FIELD_user_name: *out = (struct keep_value){.type = KEEP_V_STRING, .s = KEEP_STR("Alvarez, Rosa")}; break;
    case KEEP_FIELD_user_department: *out = (struct keep_value){.type = KEEP_V_STRING, .s = KEEP_STR("Billing")}; break;
    case KEEP_FIELD_user_address_key: *out = (struct keep_value){.type = KEEP_V_KEY, .key = try_elm}; break;
    case KEEP_FIELD_user_surname_key: *out = (struct keep_value){.type = KEEP_V_KEY, .key = try_far}; break;
    case KEEP_FIELD_patient_address_key:
    case KEEP_FIELD_patient_surname_key: *out = (struct keep_value){.type = KEEP_V_KEY, .key = try_oak}; break;
    case KEEP_FIELD_patient_birth_date: *out = (struct keep_value){.type = KEEP_V_DATE, .date = keep_civil_from_ymd(2015, 6, 30)}; break;
    case KEEP_FIELD_event_action: *out = (struct keep_value){.type = KEEP_V_STRING, .s = KEEP_STR("view")}; break;
    case KEEP_FIELD_event_time: *out = (struct keep_value){.type = KEEP_V_TIMESTAMP, .t = INT64_C(1772442900) * KEEP_USEC}; break;
    case KEEP_FIELD_finding_count: *out = (struct keep_value){.type = KEEP_V_INT, .i = 50}; break;
    case KEEP_FIELD_patient_death_date: out->s = KEEP_STR("patient.death_date"); break;
    case KEEP_FIELD_event_unit: return KEEP_E_IO; /* an environment that cannot go on */
    default: break;
    }
    return 0;
}

/* majority is 18 everywhere; set.last answers 2020-01-31; the rest is unknown. */
static inline int try_call(void *ctx, enum keep_call k, const struct keep_value *arg, size_t n, struct keep_value *out)
{
    (void)ctx;
    (void)arg;
    (void)n;
    *out = (struct keep_value){.type = KEEP_V_UNKNOWN, .s = KEEP_STR("a call")};
    if (k == KEEP_CALL_majority)
        *out = (struct keep_value){.type = KEEP_V_INT, .i = 18};
    if (k == KEEP_CALL_set_last)
        *out = (struct keep_value){.type = KEEP_V_DATE, .date = keep_civil_from_ymd(2020, 1, 31)};
    return 0;
}

static inline void try_put(const struct keep_value *v, struct keep_buf *b)
{
    if (v->type == KEEP_V_UNKNOWN) {
        keep_buf_printf(b, "unknown %.*s", (int)v->s.n, v->s.p);
    } else if (v->type == KEEP_V_ERROR) {
        keep_buf_printf(b, "error %.*s", (int)v->s.n, v->s.p);
    } else if (v->type == KEEP_V_LIST || v->type == KEEP_V_MAP) {
        size_t per = v->type == KEEP_V_MAP ? 2 : 1;
        keep_buf_char(b, v->type == KEEP_V_MAP ? '{' : '[');
        for (size_t i = 0; i < v->list.n * per; i++) {
            if (i)
                keep_buf_str(b, per == 2 && (i & 1) ? ":" : " ");
            try_put(&v->list.item[i], b);
        }
        keep_buf_char(b, v->type == KEEP_V_MAP ? '}' : ']');
    } else {
        keep_valueop_print(v, b);
        keep_buf_str(b, v->type == KEEP_V_UINT ? "u" : v->type == KEEP_V_DOUBLE ? "d" : v->type == KEEP_V_STRING ? "s" : v->type == KEEP_V_BYTES ? "y" : "");
    }
}

/* The outcome as text: a value ("3", "2.5d", "ab" + "s", "[1 2]"), "unknown WHAT", "error TEXT", or the first message of the compiler.
 * Valid until the next call. */
static inline const char *try_run(const char *text, bool lenient)
{
    static char out[1024];
    struct keep_arena *a = keep_arena_new(8u << 20);
    struct keep_diags ds = {.arena = a};
    struct keep_env env = {.arena = a, .field = try_field, .call = try_call};
    struct keep_value v;
    struct keep_buf b = KEEP_BUF_INIT;
    const struct keep_expr *e = keep_compile_expr(keep_str_of(text), lenient, TRY_ALL, a, &ds);
    int rc = e ? keep_expr_run(e, &env, &v) : 0;
    if (!e)
        keep_buf_str(&b, ds.n ? ds.list[0].text : "nothing said");
    else if (rc < 0)
        keep_buf_str(&b, keep_err_name(rc));
    else
        try_put(&v, &b);
    snprintf(out, sizeof out, "%.*s", (int)b.n, (const char *)b.p);
    keep_buf_free(&b);
    keep_arena_free(a);
    return out;
}

struct try_case {
    const char *text, *want;
};

static inline void try_all(const struct try_case *c, size_t n, bool lenient)
{
    for (size_t i = 0; i < n; i++) {
        const char *have = try_run(c[i].text, lenient);
        if (strcmp(have, c[i].want) != 0)
            fail_msg("%s: have %s, want %s", c[i].text, have, c[i].want);
    }
}
#define TRY(cases) try_all(cases, sizeof(cases) / sizeof *(cases), false)

/* --- whole policies --- */

#define TRY_PACK "pack \"p\" { version \"1\" language 1 }\n"
#define TRY_REST " authority \"a\" checked date(\"2026-01-01\") source \"s\" }\n"

/* The messages of one level, "line:col text", one a line. */
static inline const char *try_policy(const char *text, enum keep_diag_level level)
{
    static char out[2048];
    struct keep_arena *a = keep_arena_new(0);
    struct keep_diags ds = {.arena = a};
    struct keep_policy_text file = {"f", keep_str_of(text)};
    const struct keep_policy *p = NULL;
    size_t at = 0;
    keep_policy_compile(&p, &file, 1, a, &ds, NULL);
    out[0] = '\0';
    for (size_t i = 0; i < ds.n; i++)
        if (ds.list[i].level == level && at < sizeof out)
            at += (size_t)snprintf(out + at, sizeof out - at, "%u:%u %s\n", ds.list[i].line, ds.list[i].col, ds.list[i].text);
    keep_arena_free(a);
    return out;
}

static inline void try_policies(const struct try_case *c, size_t n, enum keep_diag_level level)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(try_policy(c[i].text, level), c[i].want) != 0)
            fail_msg("%s\nhave\n%swant\n%s", c[i].text, try_policy(c[i].text, level), c[i].want);
}
#define TRY_POLICIES(cases) try_policies(cases, sizeof(cases) / sizeof *(cases), KEEP_DIAG_ERROR)
#define TRY_WARNINGS(cases) try_policies(cases, sizeof(cases) / sizeof *(cases), KEEP_DIAG_WARNING)

/* A policy that must compile, in a. */
static inline const struct keep_policy *try_compile(const char *text, struct keep_arena *a)
{
    struct keep_diags ds = {.arena = a};
    struct keep_policy_text file = {"f", keep_str_of(text)};
    const struct keep_policy *p = NULL;
    if (keep_policy_compile(&p, &file, 1, a, &ds, NULL) < 0)
        fail_msg("%u:%u %s", ds.list[0].line, ds.list[0].col, ds.list[0].text);
    return p;
}

#endif
