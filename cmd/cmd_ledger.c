/* ledger head, list, verify, prove: what happened in this keep, without
 * identifiers, and proofs of it that need no keep to be checked. */
#include <stdio.h>

#include "cmd/verbs.h"
#include "core/base/file.h"
#include "core/base/num.h"
#include "core/store/ledger.h"
#include "core/store/ledger_walk.h"
#include "core/text/json.h"

enum { HEADS = 32, HEAD_LIMIT = 64 << 10 }; /* a head is about 200 bytes; one with witnesses' signatures some thousands */

static int head(struct cmd *c)
{
    struct keep_buf b = KEEP_BUF_INIT;
    int rc = cmd_open(c, false);
    if (rc == 0)
        rc = keep_ledger_head(c->store, &b, &c->err);
    if (rc == 0)
        cmd_out_bytes(b.p, b.n);
    keep_buf_free(&b);
    return rc;
}

/* ---- list ---- */

static const struct keep_report_field entry_fields[] = {
    {"index", KEEP_REPORT_NUMBER, "index", 0}, {"time", KEEP_REPORT_TEXT, "time", 0},         {"kind", KEEP_REPORT_TEXT, "kind", 0},
    {"counts", KEEP_REPORT_TEXT, "counts", 60}, {"digests", KEEP_REPORT_TEXT, NULL, 0},       {"leaves", KEEP_REPORT_NUMBER, "leaves", 0},
    {"root", KEEP_REPORT_TEXT, NULL, 0},       {"keep_generation", KEEP_REPORT_NUMBER, NULL, 0}, {"keyring_generation", KEEP_REPORT_NUMBER, NULL, 0}};

/* {"records":3,"events":2} as "records 3, events 2". */
static struct keep_str members(const struct keep_json *v, struct keep_arena *a)
{
    struct keep_buf b = KEEP_BUF_INIT;
    for (size_t i = 0; v && v->type == KEEP_JSON_OBJECT && i < v->n; i++)
        keep_buf_printf(&b, "%s%.*s %.*s", i ? ", " : "", (int)v->name[i].n, v->name[i].p, (int)v->item[i].text.n, v->item[i].text.p);
    struct keep_str out = keep_arena_str(a, b.n ? keep_buf_view(&b) : (struct keep_str){"", 0}, NULL);
    keep_buf_free(&b);
    return out;
}

static int list_row(struct cmd *c, struct keep_report *r, const struct keep_buf *entry, struct keep_arena *a)
{
    const struct keep_json *v = NULL;
    int64_t index = 0, leaves = 0, keep = 0, ring = 0;
    int rc = keep_json_parse(&v, keep_buf_view(entry), "ledger", a, &c->err);
    if (rc < 0)
        return rc;
    keep_json_i64(keep_json_get(v, "index"), &index);
    keep_json_i64(keep_json_get(v, "leaves"), &leaves);
    keep_json_i64(keep_json_get(v, "keep"), &keep);
    keep_json_i64(keep_json_get(v, "keyring"), &ring);
    struct keep_report_cell cell[] = {KEEP_CELL_N(index), KEEP_CELL(keep_json_str(keep_json_get(v, "time"))), KEEP_CELL(keep_json_str(keep_json_get(v, "kind"))),
                                      KEEP_CELL(members(keep_json_get(v, "counts"), a)), KEEP_CELL(members(keep_json_get(v, "digests"), a)), KEEP_CELL_N(leaves),
                                      KEEP_CELL(keep_json_str(keep_json_get(v, "root"))), KEEP_CELL_N(keep), KEEP_CELL_N(ring)};
    return keep_report_row(r, cell, &c->err);
}

static int list(struct cmd *c)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_report *r = NULL;
    struct keep_arena *a = keep_arena_new(0);
    bool rows = cmd_given(c, "format");
    int rc = !a ? keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory") : !rows && cmd_given(c, "output") ? keep_err_set(&c->err, KEEP_E_USAGE, "--output needs --format") : 0;
    if (rc == 0)
        rc = cmd_open(c, false);
    uint64_t n = rc == 0 ? keep_ledger_size(c->store) : 0;
    if (rc == 0 && rows)
        rc = cmd_rows(c, "entries", entry_fields, sizeof entry_fields / sizeof *entry_fields, &r);
    for (uint64_t i = 0; rc == 0 && i < n; i++) {
        keep_buf_clear(&b);
        rc = keep_ledger_entry(c->store, i, &b, &c->err);
        if (rc == 0 && rows) {
            keep_arena_reset(a);
            rc = list_row(c, r, &b, a);
        } else if (rc == 0) {
            keep_buf_char(&b, '\n');
            cmd_out_bytes(b.p, b.n);
        }
        if (rc == 1)
            rc = keep_err_set(&c->err, KEEP_E_INTEGRITY, "ledger entry %llu is missing", (unsigned long long)i);
    }
    if (r)
        rc = cmd_rows_end(c, r, rc);
    keep_arena_free(a);
    keep_buf_free(&b);
    return rc;
}

/* ---- verify ---- */

static const struct keep_report_field check_fields[] = {
    {"check", KEEP_REPORT_TEXT, "check", 0}, {"result", KEEP_REPORT_TEXT, "result", 0}, {"detail", KEEP_REPORT_TEXT, "detail", 70}};

static int check_row(struct cmd *c, struct keep_report *r, const char *check, bool ok, const char *detail)
{
    struct keep_report_cell cell[] = {KEEP_CELL_Z(check), KEEP_CELL_Z(ok ? "passed" : "failed"), KEEP_CELL_Z(detail)};
    return keep_report_row(r, cell, &c->err);
}

static int verify_progress(void *ctx, uint64_t done, uint64_t total)
{
    return cmd_progress(ctx, done, total);
}

/* The heads to look for: [0] the keep's own, then those of --head. */
static int read_heads(struct cmd *c, const char *path[], size_t paths, struct keep_ledger_mark *mark)
{
    struct keep_buf text = KEEP_BUF_INIT;
    int rc = keep_ledger_head(c->store, &text, &c->err);
    if (rc == 0)
        rc = keep_ledger_walk_head(c->store, keep_buf_view(&text), "head", &mark[0], &c->err);
    for (size_t i = 0; rc == 0 && i < paths; i++) {
        keep_buf_clear(&text);
        rc = keep_file_read_operand(path[i], HEAD_LIMIT, &text, &c->err);
        if (rc == 0)
            rc = keep_ledger_walk_head(c->store, keep_buf_view(&text), path[i], &mark[i + 1], &c->err);
    }
    keep_buf_free(&text);
    return rc;
}

static int verify_rows(struct cmd *c, struct keep_report *r, const struct keep_ledger_walk *w, const char *path[], int *failed)
{
    char detail[256];
    if (w->wrong)
        snprintf(detail, sizeof detail, "entry %llu: %s", (unsigned long long)w->wrong_at, w->wrong);
    else
        snprintf(detail, sizeof detail, "%llu entries and the %llu leaves they cover were computed again", (unsigned long long)w->entries, (unsigned long long)w->leaves);
    *failed = w->wrong != NULL;
    int rc = check_row(c, r, "entries", !w->wrong, detail);
    for (size_t i = 0; rc == 0 && i < w->marks; i++) {
        const struct keep_ledger_mark *m = &w->mark[i];
        unsigned long long size = (unsigned long long)m->size;
        if (m->met)
            snprintf(detail, sizeof detail, "%s%sthe first %llu entries are those that it signs", i ? path[i - 1] : "", i ? ": " : "", size);
        else if (m->size > w->entries)
            snprintf(detail, sizeof detail, "%s%sit signs %llu entries, the ledger has %llu: this keep is older than its own history", i ? path[i - 1] : "", i ? ": " : "", size,
                     (unsigned long long)w->entries);
        else
            snprintf(detail, sizeof detail, "%s%sthe first %llu entries are not those that it signs: the ledger was rewritten", i ? path[i - 1] : "", i ? ": " : "", size);
        *failed += !m->met;
        rc = check_row(c, r, i ? "earlier head" : "head", m->met, detail);
    }
    return rc;
}

static int verify(struct cmd *c)
{
    const char *path[HEADS];
    struct keep_ledger_mark mark[HEADS + 1];
    struct keep_report *r = NULL;
    int paths = cmd_values(c, "head", path, HEADS), failed = 0;
    struct keep_ledger_walk w = {.mark = mark, .marks = (size_t)paths + 1, .progress = verify_progress, .ctx = "ledger entries"};
    int rc = cmd_open(c, false);
    if (rc == 0)
        rc = read_heads(c, path, (size_t)paths, mark);
    if (rc == 0)
        rc = keep_ledger_walk(c->store, &w, &c->err);
    if (rc == 0)
        rc = cmd_rows(c, "checks", check_fields, 3, &r);
    if (rc == 0)
        rc = cmd_rows_end(c, r, verify_rows(c, r, &w, path, &failed));
    if (rc == 0 && failed)
        rc = keep_err_set(&c->err, KEEP_E_INTEGRITY, "the ledger does not hold");
    return rc;
}

/* ---- prove ---- */

static int prove(struct cmd *c)
{
    struct keep_buf b = KEEP_BUF_INIT;
    long long from = 0;
    uint64_t index = 0;
    int has_from = cmd_number(c, "from", 1, INT64_MAX, &from), rc;
    if (has_from < 0)
        return has_from;
    if ((has_from == 0) == (c->operands == 2))
        return keep_err_set(&c->err, KEEP_E_USAGE, "ledger prove: either an entry's INDEX or --from N");
    if (c->operands == 2 && !keep_num_u64(keep_str_of(c->operand[1]), &index))
        return keep_err_set(&c->err, KEEP_E_USAGE, "ledger prove: %s is no index: entries are numbered from 0", c->operand[1]);
    rc = cmd_open(c, false);
    if (rc == 0)
        rc = c->operands == 2 ? keep_ledger_proof(c->store, index, &b, &c->err) : keep_ledger_extension(c->store, (uint64_t)from, &b, &c->err);
    if (rc == 0)
        rc = cmd_put(c, &b);
    keep_buf_free(&b);
    return rc;
}

const struct cmd_verb cmd_ledger_head = {
    .name = "ledger", .action = "head", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_PROOF, .uses = CMD_OPENS,
    .summary = "print the signed head (keep a copy elsewhere: it proves what was)",
    .example = CMD_EXAMPLES({"chartkeep ledger head hospital.keep >head-2026-11.txt", "for the archive of another house"}),
    .run = head};
const struct cmd_verb cmd_ledger_list = {
    .name = "ledger", .action = "list", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_PROOF, .uses = CMD_OPENS,
    .summary = "print all ledger entries, one JSON object a line, or as rows with --format",
    .option = CMD_OPTIONS(CMD_DEFAULT("format", "table|json|ndjson|csv", "the entries' exact bytes, which the ledger's tree is made of", "the form of the rows"),
                          CMD_DEFAULT("output", "F", "standard output", "write to this file; needs --format")),
    .example = CMD_EXAMPLES({"chartkeep ledger list hospital.keep --format table", "what happened, without identifiers"}),
    .run = list};
const struct cmd_verb cmd_ledger_verify = {
    .name = "ledger", .action = "verify", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_PROOF, .uses = CMD_OPENS | CMD_PRINTS | CMD_LONG,
    .summary = "compute the whole ledger again and compare it with its head, and with earlier heads",
    .about = "Every entry's hash, every stored edge of the tree and the root of the leaves each entry covers are computed again. A head is a file that ledger head printed or a witness holds. One that signs other entries than the keep now has (exit 4) proves that history was rewritten or that the keep was put back old; only a head kept where the keep's holder cannot reach it can prove that.\n",
    .option = CMD_OPTIONS(CMD_LIST("head", "F", "an earlier head of this keep that was kept elsewhere")),
    .example = CMD_EXAMPLES({"chartkeep ledger verify hospital.keep --head head-2026-11.txt", "still the same history?"}),
    .run = verify};
const struct cmd_verb cmd_ledger_prove = {
    .name = "ledger", .action = "prove", .operands = "KEEP [INDEX]", .min = 1, .max = 2, .part = CMD_PART_PROOF, .uses = CMD_OPENS,
    .summary = "print a proof that an entry is in the ledger, or that the ledger only grew",
    .about = "INDEX: a C2SP tlog-proof (c2sp.org/tlog-proof@v1) with the entry in it and the signed head; checked with the keep's public key (key show) and nothing else. --from N: an RFC 6962 consistency proof from the tree of the first N entries to the signed head, in the form in which C2SP witnesses (tlog-witness, add-checkpoint) take it.\n",
    .option = CMD_OPTIONS(CMD_OPTION("from", "N", "prove that the ledger still begins with its first N entries"),
                          CMD_DEFAULT("output", "F", "standard output", "write to this file")),
    .example = CMD_EXAMPLES({"chartkeep ledger prove hospital.keep 12 --output entry-12.txt", "entry 12"},
                            {"chartkeep ledger prove hospital.keep --from 100", "from the first hundred entries"}),
    .run = prove};
