/* key show: the keep's public key, which auditors pin. */
#include "cmd/verbs.h"

static int key_show(struct cmd *c)
{
    struct keep_sign_public pub;
    struct keep_buf b = KEEP_BUF_INIT;
    int rc = cmd_open(c, false);
    if (rc < 0)
        return rc;
    keep_sign_public_of(keep_store_signer(c->store), &pub);
    keep_sign_public_write(&b, &pub, "chartkeep keep public key");
    cmd_out_bytes(b.p, b.n);
    keep_buf_free(&b);
    return 0;
}

static const struct cmd_option options[] = {CMD_KEEP_OPTIONS, {NULL, NULL, NULL}};
const struct cmd_verb cmd_key_show = {"key", "show", "KEEP", 1, 1, "print the keep's public key, for auditors (minisign format)", options, key_show, NULL};
