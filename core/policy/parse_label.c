/*   label = 'label' STRING '{' 'title' STRING 'when' EXPR 'authority' STRING checked ['historic' ['none'] STRING] '}'
 *
 * A label says what a record is about, from its codes and words, for other rules to
 * build on; it rests on no other label. */
#include "core/policy/compile.h"

struct label_draft {
    struct keep_label label;
    bool historic;
    const struct keep_token *when;
};

static void label_title(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    (void)word;
    keep_parse_string(c, &((struct label_draft *)block)->label.title, "a title in quotes");
}

static void label_authority(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    (void)word;
    keep_parse_string(c, &((struct label_draft *)block)->label.authority, "an authority in quotes");
}

static void label_checked(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    keep_parse_checked(c, &((struct label_draft *)block)->label.check, word);
}

static void label_historic(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    struct keep_str why;
    (void)word;
    keep_compile_take_word(c, "none");
    ((struct label_draft *)block)->historic = keep_parse_string(c, &why, "what the historic codes are, or why there are none");
}

/* Code systems that replace their codes, or were replaced: a label that names one of the first and none of the last
 * is blind for the records that come due, which are old. */
static void current_only(struct keep_compiler *c, const struct keep_token *from, struct keep_span id)
{
    static const char *const living[] = {"ICD-10-CM", "ICD-10-PCS", "CPT", "HCPCS"};
    bool current = false, past = false;
    for (const struct keep_token *t = from; t < &c->file->token[c->at]; t++) {
        if (t->kind != KEEP_T_STRING)
            continue;
        for (size_t i = 0; i < sizeof living / sizeof *living; i++)
            current = current || keep_str_is(t->s, living[i]);
        past = past || keep_str_is(t->s, "ICD-9-CM");
    }
    if (current && !past)
        keep_compile_warn(c, id, "add the codes of ICD-9-CM and the retired ones, then `historic \"which they are\"`; or `historic none \"why\"`",
                          "this label knows only current codes");
}

static void label_when(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    struct label_draft *d = block;
    d->when = word;
    c->in_label = true;
    d->label.when = keep_typecheck_clause(c, KEEP_V_BOOL, KEEP_ON(record), "the condition of a label");
    c->in_label = false;
}

static const struct keep_clause clauses[] = {
    {"title", label_title, true, false}, {"when", label_when, true, false}, {"authority", label_authority, true, false}, {"checked", label_checked, true, false},
    {"historic", label_historic, false, false}, {NULL, NULL, false, false}};

void keep_parse_label_block(struct keep_compiler *c)
{
    struct label_draft d = {.label = {.pack = keep_parse_pack_index(c)}};
    const struct keep_token *id = keep_parse_declare(c, KEEP_NAME_LABEL, &d.label.id);
    if (!id)
        return;
    d.label.at = keep_parse_place(c, id->at);
    keep_parse_clauses(c, "a label", clauses, &d, id->at);
    if (d.when && !d.historic)
        current_only(c, d.when, id->at);
    if (c->labels.n == KEEP_POLICY_LABELS)
        keep_compile_error(c, id->at, NULL, "a policy has at most %d labels", KEEP_POLICY_LABELS);
    struct keep_label *to = keep_compile_push(c, &c->labels, sizeof *to);
    if (to)
        *to = d.label;
}
