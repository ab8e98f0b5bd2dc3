/* archive: an approved plan's sets into packages; archive timestamp: an authority's token for one. */
#include "cmd/cmd_archive.h"

#include <stdio.h>
#include <string.h>

#include "cmd/verbs.h"
#include "core/base/codec.h"
#include "core/base/crew.h"
#include "core/base/file.h"
#include "core/base/num.h"
#include "core/crypto/stamp.h"
#include "core/work/eraserun.h"
#include "core/work/sealrun.h"
#include "core/work/stamprun.h"

#define FEW 4 /* threads, unless more are asked for: the keep is read by one */

int cmd_archive_plan(struct cmd *c, bool write, struct keep_packs *packs, struct keep_plan *plan)
{
    int rc = cmd_open(c, write);
    if (rc == 0)
        rc = cmd_packs(c, packs);
    return rc == 0 ? keep_planrun_read(c->store, packs, c->operand[1], c->arena, plan, &c->err) : rc;
}

void cmd_archive_left(const struct keep_plan *plan, const char *const *reason)
{
    static const struct {
        const char *reason, *one, *many;
    } counted[] = {
        {KEEP_ERASERUN_BEFORE, "was destroyed before", "were destroyed before"},
        {KEEP_PLANRUN_GONE, "is not in this keep any more", "are not in this keep any more"},
        {KEEP_SEALRUN_BEFORE, "was archived before", "were archived before"},
        {KEEP_SEALRUN_UNPACKED, "is destroyed without a package, which dispose does or orders", "are destroyed without a package, which dispose does or orders"},
    };
    enum { KINDS = sizeof counted / sizeof *counted };
    size_t n[KINDS] = {0};
    for (size_t i = 0; reason && i < plan->sets; i++) {
        size_t k = 0;
        char hex[33];
        if (!reason[i] || !reason[i][0])
            continue;
        while (k < KINDS && strcmp(reason[i], counted[k].reason) != 0)
            k++;
        if (k < KINDS) {
            n[k]++;
        } else {
            keep_codec_hex(plan->set[i].set, 16, hex);
            cmd_note("left: set %s: %s\n", hex, reason[i]);
        }
    }
    for (size_t k = 0; k < KINDS; k++)
        if (n[k])
            cmd_note("%zu record set%s of this plan %s\n", n[k], keep_str_s(n[k]), n[k] == 1 ? counted[k].one : counted[k].many);
}

/* A number with K, M, G or T behind it, each 1024 times the one before. */
static int size_option(struct cmd *c, const char *name, uint64_t *out)
{
    static const char unit[] = "KMGT";
    const char *v = cmd_value(c, name), *at;
    uint64_t n;
    if (!v)
        return 0;
    size_t len = strlen(v);
    at = len > 1 ? strchr(unit, v[len - 1]) : NULL;
    unsigned shift = at ? 10 * (unsigned)(at - unit + 1) : 0;
    if (!keep_num_u64((struct keep_str){v, len - (at != NULL)}, &n) || n == 0 || n > UINT64_MAX >> (shift + 1))
        return keep_err_set(&c->err, KEEP_E_USAGE, "--%s takes a number of bytes, with K, M, G or T behind it", name);
    *out = n << shift;
    return 0;
}

static void told(const struct keep_sealrun_params *p, const struct keep_sealrun_result *res)
{
    if (!res->count) {
        cmd_out("nothing left to archive in this plan\n");
        return;
    }
    cmd_out("%llu record set%s, %llu record%s sealed and verified:\n", (unsigned long long)res->sets, keep_str_s(res->sets), (unsigned long long)res->records,
            keep_str_s(res->records));
    for (size_t i = 0; i < res->count; i++)
        cmd_out("%s/%s.tar\n", p->output, res->packages[i]);
}

static int archive(struct cmd *c)
{
    struct keep_packs packs = {0};
    struct keep_plan plan;
    struct keep_sealrun_result res = {0};
    struct keep_sealrun_params p = {.adopted = &packs, .plan = &plan, .output = cmd_value(c, "output"), .progress = cmd_progress, .progress_ctx = "records sealed"};
    long long most = 0;
    int rc = cmd_threads(c, FEW, KEEP_CREW_MAX, &p.threads);
    if (rc == 0)
        rc = size_option(c, "max-size", &p.max_octets);
    if (rc == 0 && (rc = cmd_number(c, "max-records", 1, 1000000000, &most)) > 0)
        rc = 0;
    p.max_records = (uint64_t)most;
    if (rc == 0)
        rc = cmd_archive_plan(c, true, &packs, &plan);
    if (rc == 0)
        rc = keep_sealrun_archive(c->store, &p, c->arena, &res, &c->err);
    if (rc >= 0) {
        cmd_archive_left(&plan, res.reason);
        told(&p, &res);
    }
    keep_packs_free(&packs);
    return rc;
}

const struct cmd_verb cmd_archive = {
    .name = "archive", .operands = "KEEP PLAN", .min = 2, .max = 2, .part = CMD_PART_RETENTION, .uses = CMD_OPENS | CMD_LONG,
    .summary = "seal an approved plan's record sets into packages",
    .about = "Each package is whole in itself: read back and verified before it has its name, with the plan, its approvals, the rules, a register and the counts. A record set stands in one package, but for one that is larger than a package. "
             "Interrupted, the same command goes on with the package it began; a set that drifted since the plan is left whole and named.\n"
             "\n"
             "PKG.tsq beside PKG.tar is the request for a timestamp (RFC 3161); archive timestamp takes the authority's answer in.\n",
    .option = CMD_OPTIONS(CMD_NEEDED("output", "DIR", "folder for the packages, made when absent"),
                          CMD_DEFAULT("max-size", "N[K|M|G|T]", "16G", "bytes of the records of one package, before they are packed"),
                          CMD_DEFAULT("max-records", "N", "100000", "records of one package"),
                          CMD_DEFAULT("threads", "N", "as many as there are processors, up to 4", "records packed and sealed side by side")),
    .exits = CMD_EXITS({1, "a set was left"}, {6, "the plan lacks approval, or rules or quorum changed"}),
    .example = CMD_EXAMPLES({"chartkeep archive hospital.keep plan-2026.json --output packages", "tars of up to 16 GiB of records, each verified before it counts"},
                            {"chartkeep archive hospital.keep plan-2026.json --output packages --max-size 4G --threads 2", "for smaller media"}),
    .run = archive};

static int timestamp(struct cmd *c)
{
    struct keep_buf token = KEEP_BUF_INIT, pem = KEEP_BUF_INIT;
    struct keep_stamprun_params p = {.package = c->operand[1]};
    char time[KEEP_CIVIL_TIME_SIZE], beside[4096];
    keep_time at;
    int rc = keep_file_read_operand(c->operand[2], KEEP_STAMP_MAX, &token, &c->err);
    if (rc == 0 && cmd_given(c, "tsa-ca"))
        rc = keep_file_read_operand(cmd_value(c, "tsa-ca"), KEEP_STAMP_AUTHORITY_MAX, &pem, &c->err);
    if (rc == 0)
        rc = cmd_open(c, true);
    p.token = keep_buf_view(&token);
    p.authority = keep_buf_view(&pem);
    p.beside = beside;
    p.room = sizeof beside;
    if (rc == 0)
        rc = keep_stamprun_take(c->store, &p, &at, &c->err);
    if (rc >= 0) {
        cmd_out("%s: existed at %s%s\n", beside, keep_civil_format_time(at, time), pem.n ? "" : ", says somebody whom nothing was checked of (--tsa-ca)");
        if (rc == 1)
            cmd_note("it was there already\n");
        rc = 0;
    }
    keep_buf_free(&token);
    keep_buf_free(&pem);
    return rc;
}

const struct cmd_verb cmd_archive_timestamp = {
    .name = "archive", .action = "timestamp", .operands = "KEEP PACKAGE TOKEN", .min = 3, .max = 3, .part = CMD_PART_RETENTION, .uses = CMD_OPENS,
    .summary = "take in an authority's timestamp token for a package",
    .about = "PACKAGE is the tar, under the name that archive gave it; TOKEN the authority's response (RFC 3161) to PKG.tsq. It must be about this package; with --tsa-ca it must be signed by that authority too. It is put beside the package as PKG.tsr, "
             "where verify finds it, and its digest and time are entered in the ledger. Another token is refused while one lies there: move it away to renew it, and keep both.\n",
    .option = CMD_OPTIONS(CMD_OPTION("tsa-ca", "F", "the authority's certificates (PEM)")),
    .exits = CMD_EXITS({4, "the token is about something else, or not signed by that authority"}, {6, "no package of this keep, or another token lies there"}),
    .example = CMD_EXAMPLES({"chartkeep archive timestamp hospital.keep packages/ck-20261121-0f3a52c81b7e.tar answer.tsr --tsa-ca tsa.pem", "after carrying the request to the authority"}),
    .run = timestamp};
