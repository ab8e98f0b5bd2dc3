/* manual write, manual examples, manual parse: what the build and its tests ask
 * of the tables. In no list of verbs. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/manual.h"
#include "cmd/verbs.h"
#include "core/policy/language.h"

static int write_pages(struct cmd *c)
{
    int pages = 0;
    if (mkdir(c->operand[0], 0755) < 0 && errno != EEXIST)
        return keep_err_set(&c->err, KEEP_E_IO, "%s: %s", c->operand[0], strerror(errno));
    int rc = cmd_manual_write(c, c->operand[0], &pages);
    if (rc == 0)
        cmd_out("%d pages in %s\n", pages, c->operand[0]);
    return rc;
}

/* One command line a line, as the pages show them; the pack of chartkeep-policy(5) with --pack. */
static int examples(struct cmd *c)
{
    if (cmd_given(c, "pack")) {
        cmd_out("%s", keep_language_example);
        return 0;
    }
    for (size_t i = 0; cmd_verbs[i]; i++)
        for (const struct cmd_example *e = cmd_verbs[i]->example; e && e->line && !(cmd_verbs[i]->uses & CMD_HIDDEN); e++)
            cmd_out("%s\n", e->line);
    return 0;
}

/* The words behind `--` as a call would have them, up to running it. */
static int parse(struct cmd *c)
{
    static struct cmd other;
    const char **words = keep_arena_array(c->arena, (size_t)c->operands + 1, sizeof *words);
    int used = 0;
    if (!words)
        return keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    words[0] = "chartkeep";
    memcpy(words + 1, c->operand, (size_t)c->operands * sizeof *words);
    other.arena = c->arena;
    char *const *argv = (char *const *)words;
    other.verb = cmd_find_verb(c->operands + 1, argv, &used);
    if (!other.verb)
        return keep_err_set(&c->err, KEEP_E_USAGE, "no such verb: %s", words[1]);
    int rc = cmd_parse(&other, c->operands + 1, argv, used);
    c->err = other.err;
    return rc < 0 ? rc : 0;
}

const struct cmd_verb cmd_manual_write_pages = {
    .name = "manual", .action = "write", .operands = "DIR", .min = 1, .max = 1, .part = CMD_PART_KEEP, .uses = CMD_HIDDEN,
    .summary = "write the manual's pages", .example = CMD_EXAMPLES({"chartkeep manual write build/man", "what make man does"}), .run = write_pages};
const struct cmd_verb cmd_manual_examples = {
    .name = "manual", .action = "examples", .operands = "", .min = 0, .max = 0, .part = CMD_PART_KEEP, .uses = CMD_HIDDEN,
    .summary = "print every example of the manual", .option = CMD_OPTIONS(CMD_SWITCH("pack", "the example of the language instead")),
    .example = CMD_EXAMPLES({"chartkeep manual examples", "one a line"}), .run = examples};
const struct cmd_verb cmd_manual_parse = {
    .name = "manual", .action = "parse", .operands = "WORD…", .min = 1, .max = -1, .part = CMD_PART_KEEP, .uses = CMD_HIDDEN,
    .summary = "parse a call without running it", .example = CMD_EXAMPLES({"chartkeep manual parse -- status hospital.keep", "status 2 when it is wrong"}), .run = parse};
