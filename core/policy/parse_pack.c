/*   pack = 'pack' STRING '{' 'version' STRING 'language' 1 ['title' STRING] '}'
 *
 * The first block of a file and the only one of its kind there: what the file is
 * called, which state of it this is, and which language the rest is in. */
#include "core/policy/compile.h"

KEEP_STRING_CLAUSE(pack, version, "a version in quotes")
KEEP_STRING_CLAUSE(pack, title, "a title in quotes")

static void pack_language(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    const struct keep_token *t = keep_compile_peek(c, 0);
    int64_t n = 0;
    (void)word;
    if (!keep_parse_number(c, 0, INT32_MAX, &n, "a language version"))
        return;
    ((struct keep_pack *)block)->language = (int)n;
    if (n != 1)
        keep_compile_error(c, t->at, NULL, "this program reads language 1, not %lld", (long long)n);
}

static const struct keep_clause clauses[] = {
    {"version", pack_version, true, false}, {"language", pack_language, true, false}, {"title", pack_title, false, false}, {NULL, NULL, false, false}};

void keep_parse_pack_block(struct keep_compiler *c)
{
    struct keep_pack p = {.file = c->file->file, .text = c->file->text};
    const struct keep_token *id = keep_parse_declare(c, KEEP_NAME_PACK, &p.name);
    if (!id)
        return;
    keep_parse_clauses(c, "a pack", clauses, &p, id->at);
    struct keep_pack *to = keep_compile_push(c, &c->packs, sizeof *to);
    if (to)
        *to = p;
}
