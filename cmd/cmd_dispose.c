/* dispose: an approved plan carried out. */
#include <fcntl.h>
#include <stdio.h>

#include "cmd/cmd_archive.h"
#include "cmd/cmd_dispose.h"
#include "cmd/signed.h"
#include "cmd/verbs.h"
#include "core/base/codec.h"
#include "core/base/file.h"
#include "core/work/eraserun.h"

#define CERTIFICATE ".certificate.json" /* behind the plan's name */
#define CERTIFICATE_ROOM 65536u         /* bytes: a hundred record sets */

/* Told before anything is destroyed: a certificate that has nowhere to go. */
static int place_for_certificate(struct cmd *c)
{
    const char *name = cmd_signed_name(c, CERTIFICATE);
    int rc = name ? keep_file_place(AT_FDCWD, name, CERTIFICATE_ROOM, &c->err) : KEEP_E_NOMEM;
    if (rc < 0)
        keep_err_hint(&c->err, "the certificate has no place; nothing was destroyed");
    return rc;
}

/* Orders of this plan that no certificate answers, beside the plan: written again by every run, in case one died before they were. */
static int write_orders(struct cmd *c, const struct keep_plan *plan)
{
    struct keep_order *o = NULL;
    uint8_t digest[32];
    char hex[65], name[4096];
    size_t n = 0, written = 0;
    int rc = keep_orderbook_load(c->store, c->arena, &o, &n, &c->err);
    keep_plan_digest(plan, digest);
    keep_codec_hex(digest, 32, hex);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        if (o[i].certified != KEEP_TIME_NONE || !keep_str_is(o[i].plan, hex))
            continue;
        snprintf(name, sizeof name, "%s.order-%.*s.txt", c->operand[1], (int)o[i].id.n, o[i].id.p);
        rc = cmd_write_order(c, &o[i], name);
        written += rc == 0;
    }
    if (written)
        cmd_out("take each custodian's certificate in with `dispose certify`\n");
    return rc;
}

/* Is something destroyed that a package holds? */
static bool any_archived(const struct keep_plan *plan, const char *const *reason)
{
    for (size_t i = 0; i < plan->sets; i++)
        if (plan->set[i].action == KEEP_ACT_ARCHIVE && reason[i][0] == 0)
            return true;
    return false;
}

static int dispose(struct cmd *c)
{
    struct keep_packs packs = {0};
    struct keep_plan plan;
    struct keep_sign_secret *officer = NULL;
    struct keep_eraserun_result res = {0};
    int rc = place_for_certificate(c);
    if (rc == 0)
        rc = cmd_officer(c, &officer);
    if (rc == 0)
        rc = cmd_archive_plan(c, true, &packs, &plan);
    struct keep_eraserun_params p = {.adopted = &packs, .plan = &plan, .officer = officer, .packages = cmd_value(c, "packages"), .no_other_copies = cmd_given(c, "no-other-copies"), .clock_checked = cmd_given(c, "clock-checked"), .progress = cmd_progress, .progress_ctx = "sets destroyed", .packages_ctx = "bytes verified"};
    if (rc == 0)
        rc = keep_eraserun_dispose(c->store, &p, c->arena, &res, &c->err);
    if (rc >= 0) {
        cmd_archive_left(&plan, res.reason);
        if (rc == 2)
            cmd_out("nothing of this plan is left to be disposed of now\n");
        if (res.ordered)
            cmd_out("%llu record set%s ordered of their custodians\n", (unsigned long long)res.ordered, keep_str_s(res.ordered));
        if (res.sets && !p.packages && any_archived(&plan, res.reason))
            cmd_note("the packages were verified when they were sealed, and not looked at again: --packages DIR does that before anything is destroyed\n");
        if (res.sets || (rc != 2 && !res.ordered))
            cmd_out("%llu record set%s, %llu record%s destroyed\n", (unsigned long long)res.sets, keep_str_s(res.sets), (unsigned long long)res.records, keep_str_s(res.records));
    }
    if (rc >= 0 && res.certificate.n) {
        int w = cmd_signed_by_keep(c, "certificate of destruction", CERTIFICATE, &res.certificate, &res.signature);
        rc = w < 0 ? w : rc;
    }
    if (rc >= 0) {
        int w = write_orders(c, &plan);
        rc = w < 0 ? w : rc;
    }
    if (rc == 2)
        rc = 1;
    keep_buf_free(&res.certificate);
    keep_buf_free(&res.signature);
    keep_sign_free(officer);
    keep_packs_free(&packs);
    return rc;
}

const struct cmd_verb cmd_dispose = {
    .name = "dispose", .operands = "KEEP PLAN", .min = 2, .max = 2, .part = CMD_PART_RETENTION, .uses = CMD_OPENS | CMD_SIGNS | CMD_LONG,
    .summary = "destroy an approved plan's record sets and certify it",
    .about = "A set that drifted since the plan, is held, or is not archived yet is left whole and named; exit 1. Interrupted, what was destroyed is recorded and the same command goes on with the rest.\n"
             "\n"
             "For what is a copy here, or only in the index, each custodian whom a source names gets an order, PLAN.order-ID.txt (mode 0600: it holds locators), signed by the officer. A set that is only indexed here stays \"ordered\" until dispose certify has taken in the certificates for it; dispose, run again, then destroys its index entries.\n",
    .option = CMD_OPTIONS(CMD_DEFAULT("output", "F", "PLAN.certificate.json", "the certificate of destruction"),
                          CMD_OPTION("packages", "DIR", "the folder where the archived sets' packages lie: each is verified once more first, and a set of one that is not whole is left"),
                          CMD_SWITCH("no-other-copies", "the officer states that beside the registered backups no copy of the keep's keys exists; without it the certificate says that this is unknown"),
                          CMD_SWITCH("clock-checked", "the officer states that today's date is right although the ledger has a later one; without it nothing is destroyed then")),
    .exits = CMD_EXITS({1, "a set was left"}, {3, "reading or writing failed, or destroyed and not yet recorded"}),
    .example = CMD_EXAMPLES({"chartkeep dispose hospital.keep plan-2026.json --packages packages --officer-key him.key", "destroys keys; the certificate names each set"}),
    .run = dispose};
