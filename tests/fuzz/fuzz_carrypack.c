/* What an earlier audit left, of any bytes: a head, or (first byte 'p') a part added to a head that is sound. What was read can be asked and written again. */
#include <stdlib.h>

#include "core/audit/carrypart.h"

#define RULE(id) "access \"" id "\" { title \"t\" severity low weight 5 when event.action == \"print\" authority \"a\" threshold \"h\" state house_policy checked \"unverified\" explain \"{user.name}\" }\n"
static const char rules[] = "pack \"x\" { version \"1\" language 1 }\n" RULE("one") RULE("two")
    "explanation \"visit\" { title \"v\" when related([\"encounter\"], duration(\"24h\"), duration(\"48h\")) missing \"a visit\" authority \"a\" checked \"unverified\" }\n";

static struct keep_account account[] = {{.entity = 21}, {.entity = 22}};
static struct keep_patient patient[] = {{.entity = 11}, {.entity = 12}, {.entity = 13}};
static struct keep_worker worker[] = {{.entity = 31}};
static const uint8_t kind[] = {[11] = KEEP_ENTITY_PATIENT, [12] = KEEP_ENTITY_PATIENT, [13] = KEEP_ENTITY_PATIENT, [21] = KEEP_ENTITY_ACCOUNT, [22] = KEEP_ENTITY_ACCOUNT, [31] = KEEP_ENTITY_WORKER};
static const uint32_t place[sizeof kind] = {[12] = 1, [13] = 2, [22] = 1};
static struct keep_world world = {.patient = patient, .patients = 3, .worker = worker, .workers = 1, .account = account, .accounts = 2, .kind = kind, .index = place, .entities = sizeof kind};
static uint64_t of_patient[] = {1, 2, 3}, of_account[] = {4, 5};
static const struct keep_prints prints = {.patient = of_patient, .account = of_account, .whole = 6};
static const uint8_t digest[KEEP_CARRYPACK_DIGEST];
static const struct keep_policy *policy;

static void compile(void)
{
    static struct keep_arena *a;
    const struct keep_policy_text text = {"x.policy", {rules, sizeof rules - 1}};
    struct keep_diags ds = {.arena = a = keep_arena_new(0)};
    if (!a || keep_policy_compile(&policy, &text, 1, a, &ds, NULL) != 0)
        abort();
}

/* Adds one part. */
static int add_part(struct keep_carry *c, const struct keep_carrypack_now *now, const struct keep_buf *part)
{
    struct keep_carrypart_reading *r = NULL;
    int rc = keep_carrypart_begin(&r, c, now, part, 1, NULL, NULL);
    return rc ? rc : keep_carrypart_end(r, NULL);
}

/* What stands can be found, and leaves as bytes that are read as the same. */
static void write_again(const struct keep_carry *c, struct keep_carrypack_now *now)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_carry back = {0};
    const char *why = NULL;
    uint32_t parts = 0;
    struct keep_carrypart_adding adding = {.after = c, .world = &world, .most = 16};
    if (keep_carrypack_head(c, policy, &world, &prints, digest, 1, &b, NULL) != 0 || keep_carrypack_open(&back, now, keep_buf_view(&b), &parts, &why, NULL) != 0 || parts != 1 || back.events != c->events)
        abort();
    for (int more; keep_buf_clear(&b), (more = keep_carrypart_next(&adding, &b, NULL)) != 0;)
        if (more < 0 || add_part(&back, now, &b) != 0)
            abort();
    if (back.hits != c->hits)
        abort();
    keep_carry_done(&back);
    keep_buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keep_arena *a = keep_arena_new(64u << 20);
    struct keep_carrypack_now now = {.world = &world, .prints = &prints, .digest = digest, .arena = a};
    struct keep_carry c = {0};
    struct keep_buf head = KEEP_BUF_INIT;
    const char *why = NULL;
    uint32_t parts = 0;
    if (!policy)
        compile();
    now.policy = policy;
    bool part = size > 0 && data[0] == 'p';
    struct keep_str in = {(const char *)data + (size > 0), size - (size > 0)};
    struct keep_audit_rule_count counts[2] = {{0}};
    struct keep_carry none = {.newest = KEEP_TIME_NONE, .base = KEEP_TIME_NONE, .access = counts, .explanation = counts};
    if (part && keep_carrypack_head(&none, policy, &world, &prints, digest, 1, &head, NULL) != 0)
        abort();
    int rc = a ? keep_carrypack_open(&c, &now, part ? keep_buf_view(&head) : in, &parts, &why, NULL) : KEEP_E_NOMEM;
    if (part && rc == 0)
        rc = add_part(&c, &now, &(struct keep_buf){(unsigned char *)(uintptr_t)in.p, in.n, in.n, false});
    else if (part)
        abort();
    if (rc == 1 && !why)
        abort();
    if (rc == 0)
        write_again(&c, &now);
    keep_carry_done(&c);
    keep_buf_free(&head);
    keep_arena_free(a);
    return 0;
}
