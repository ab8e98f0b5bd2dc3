/* ledger head, ledger list: what happened in this keep, without identifiers. */
#include "cmd/verbs.h"
#include "core/store/ledger.h"

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

static int list(struct cmd *c)
{
    struct keep_buf b = KEEP_BUF_INIT;
    int rc = cmd_open(c, false);
    uint64_t n = rc == 0 ? keep_ledger_size(c->store) : 0;
    for (uint64_t i = 0; rc == 0 && i < n; i++) {
        keep_buf_clear(&b);
        rc = keep_ledger_entry(c->store, i, &b, &c->err);
        if (rc == 0) {
            cmd_out_bytes(b.p, b.n);
            cmd_out("\n");
        }
    }
    keep_buf_free(&b);
    return rc;
}

static const struct cmd_option options[] = {CMD_KEEP_OPTIONS, {NULL, NULL, NULL}};
const struct cmd_verb cmd_ledger_head = {"ledger", "head", "KEEP", 1, 1, "print the signed head (keep a copy elsewhere: it proves what was)", options, head, NULL};
const struct cmd_verb cmd_ledger_list = {"ledger", "list", "KEEP", 1, 1, "print all ledger entries, one JSON object a line", options, list, NULL};
