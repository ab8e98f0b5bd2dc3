/* A document and its signature are two files, so that minisign checks them as they
 * lie. One that came without the other is made good by the same command again. */
#include "cmd/signed.h"

#include <string.h>

static const char *joined(struct cmd *c, const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    char *out = keep_arena_alloc(c->arena, n + m + 1);
    if (!out) {
        keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
        return NULL;
    }
    memcpy(out, a, n);
    memcpy(out + n, b, m + 1);
    return out;
}

int cmd_signed_write(struct cmd *c, const char *path, const struct keep_buf *text, const struct keep_buf *signature)
{
    const char *beside = joined(c, path, ".minisig");
    int rc = beside ? cmd_write_file(c, path, text->p, text->n) : KEEP_E_NOMEM;
    return rc == 0 ? cmd_write_file(c, beside, signature->p, signature->n) : rc;
}

const char *cmd_signed_name(struct cmd *c, const char *suffix)
{
    const char *output = cmd_value(c, "output");
    return output ? output : joined(c, c->operand[1], suffix);
}

int cmd_signed_by_keep(struct cmd *c, const char *what, const char *suffix, const struct keep_buf *text, const struct keep_buf *signature)
{
    const char *name = cmd_signed_name(c, suffix);
    int rc = name ? cmd_signed_write(c, name, text, signature) : KEEP_E_NOMEM;
    if (rc == 0)
        cmd_out("%s: %s\n  check it: minisign -Vm %s -p keep.pub (chartkeep key show %s >keep.pub)\n", what, name, name, c->operand[0]);
    return rc;
}
