/* The policy language over any bytes: reading ends in a policy or in messages, and what compiled can be run,
 * explained and printed. The environment answers with a value derived from the field, every third unknown. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/policy/policy.h"

static const uint64_t keys[] = {1, 2, 0, 0};

static int field(void *ctx, enum keep_field f, struct keep_value *out)
{
    static const struct keep_value code[] = {{.type = KEEP_V_STRING, .s = {"system", 6}}, {.type = KEEP_V_STRING, .s = {"CPT", 3}},
                                             {.type = KEEP_V_STRING, .s = {"code", 4}}, {.type = KEEP_V_UNKNOWN, .s = {"code", 4}}};
    static const struct keep_value codes[] = {{.type = KEEP_V_MAP, .list = {code, 2}}};
    (void)ctx;
    *out = (struct keep_value){.type = KEEP_V_UNKNOWN, .s = {"field", 5}};
    if (f % 3 == 0)
        return 0;
    if (f == KEEP_FIELD_record_codes)
        *out = (struct keep_value){.type = KEEP_V_LIST, .list = {codes, 1}};
    else if (f == KEEP_FIELD_user_address_key || f == KEEP_FIELD_patient_address_key)
        *out = (struct keep_value){.type = KEEP_V_KEY, .key = keys};
    else if (f == KEEP_FIELD_event_time)
        *out = (struct keep_value){.type = KEEP_V_TIMESTAMP, .t = 1772442900 * KEEP_USEC};
    else
        *out = (struct keep_value){.type = KEEP_V_STRING, .s = {"view", 4}};
    return 0;
}

static int call(void *ctx, enum keep_call k, const struct keep_value *arg, size_t n, struct keep_value *out)
{
    (void)ctx;
    (void)arg;
    *out = k % 2 || n == 0 ? (struct keep_value){.type = KEEP_V_BOOL, .b = true} : (struct keep_value){.type = KEEP_V_DATE, .date = 18000};
    return 0;
}

static void run(const struct keep_expr *e, struct keep_arena *a)
{
    struct keep_env env = {.arena = a, .field = field, .call = call};
    struct keep_value v;
    const struct keep_expr *part[4];
    if (!e)
        return;
    if (keep_expr_run(e, &env, &v) < 0 || keep_expr_text(e).n == 0)
        abort();
    size_t n = keep_expr_conjuncts(e, part, 4);
    for (size_t i = 0; i < n && i < 4; i++)
        if (keep_expr_text(part[i]).n == 0)
            abort();
    keep_arena_reset(a);
}

static void explain(const struct keep_policy *p, struct keep_str text, struct keep_arena *a)
{
    struct keep_env env = {.arena = a, .field = field, .call = call};
    struct keep_buf b = KEEP_BUF_INIT;
    if (keep_policy_explain(p, text, &env, NULL, NULL, &b) < 0)
        abort();
    keep_buf_free(&b);
    keep_arena_reset(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keep_arena *a = keep_arena_new(64u << 20), *scratch = keep_arena_new(16u << 20);
    struct keep_diags ds = {.arena = a};
    struct keep_policy_text file = {"fuzz.policy", {(const char *)data, size}};
    const struct keep_policy *p = NULL;
    struct keep_buf b = KEEP_BUF_INIT;
    if (a && scratch && keep_policy_compile(&p, &file, 1, a, &ds, NULL) == 0) {
        for (size_t i = 0; i < p->labels; i++)
            run(p->label[i].when, scratch);
        for (size_t i = 0; i < p->series_n; i++)
            run(p->series[i].when, scratch);
        for (size_t i = 0; i < p->explanations; i++)
            run(p->explanation[i].when, scratch);
        for (size_t i = 0; i < p->retentions; i++) {
            run(p->retention[i].when, scratch);
            explain(p, p->retention[i].explain, scratch);
            for (size_t k = 0; k < p->retention[i].keeps; k++) {
                run(p->retention[i].keep[k].after, scratch);
                run(p->retention[i].keep[k].only_if, scratch);
            }
        }
        for (size_t i = 0; i < p->accesses; i++) {
            run(p->access[i].when, scratch);
            run(p->access[i].unless, scratch);
            explain(p, p->access[i].explain, scratch);
        }
    }
    for (size_t i = 0; i < ds.n; i++)
        keep_diag_format(&ds.list[i], &b);
    keep_buf_free(&b);
    keep_arena_free(scratch);
    keep_arena_free(a);
    return 0;
}
