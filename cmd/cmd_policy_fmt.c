/* policy fmt: packs written the one way. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/verbs.h"
#include "core/base/file.h"
#include "core/policy/format.h"

/* The file keeps its permissions: others may have to read it. Behind a link it is the one that the link leads to. */
static int rewrite(struct cmd *c, const char *path, const struct keep_buf *b)
{
    struct stat st;
    mode_t mode = stat(path, &st) == 0 ? st.st_mode & 0777 : 0644;
    char *real = realpath(path, NULL);
    int rc = keep_file_replace(AT_FDCWD, real ? real : path, b->p, b->n, mode, &c->err);
    free(real);
    return rc;
}

/* One file: *changed when it is not as it would be written. */
static int one(struct cmd *c, struct keep_packs *p, size_t i, bool check, bool *changed)
{
    struct keep_outline o;
    struct keep_buf b = KEEP_BUF_INIT;
    int rc = keep_outline_read(&o, p->text[i].file, p->text[i].text, p->arena, &p->diags, &c->err);
    if (rc == 0 && keep_format_file(&o, &b) < 0)
        rc = keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    *changed = rc == 0 && !keep_str_eq(keep_buf_view(&b), p->text[i].text);
    if (*changed && !check)
        rc = rewrite(c, p->text[i].file, &b);
    if (rc == 0 && *changed)
        cmd_out("%s\n", p->text[i].file);
    keep_buf_free(&b);
    return rc;
}

/* Every file is looked at, also behind one that cannot be read; nothing of that one is written. */
static int fmt(struct cmd *c)
{
    struct keep_packs p = {0};
    struct keep_err first = {0};
    bool check = cmd_given(c, "check"), changed, any = false;
    int rc = keep_packs_load(&p, c->operand, (size_t)c->operands, &c->err), bad = 0;
    for (size_t i = 0; rc == 0 && i < p.texts; i++) {
        int own = one(c, &p, i, check, &changed);
        any |= changed;
        if (own == KEEP_E_USAGE && bad == 0) {
            bad = own;
            first = c->err;
        } else if (own != KEEP_E_USAGE) {
            rc = own;
        }
    }
    cmd_print_diags(&p.diags, false);
    keep_packs_free(&p);
    if (rc == 0 && bad) {
        c->err = first;
        rc = bad;
    }
    return rc == 0 && check && any ? 1 : rc;
}

const struct cmd_verb cmd_policy_fmt = {
    .name = "policy", .action = "fmt", .operands = "PACK…", .min = 1, .max = -1, .part = CMD_PART_POLICY, .uses = 0,
    .summary = "write packs the one way, in place, and print the names of those that changed",
    .about = "A clause a line, blanks and line breaks by rule, comments where they stand. Nothing but blanks and line ends changes. A file whose syntax is broken is left alone.\n",
    .option = CMD_OPTIONS(CMD_SWITCH("check", "write nothing; status 1 when a file would change")),
    .exits = CMD_EXITS({1, "with --check: a file would change"}),
    .example = CMD_EXAMPLES({"chartkeep policy fmt mine.policy", "before it is signed"},
                            {"chartkeep policy fmt --check policies", "in a build"}),
    .run = fmt};
