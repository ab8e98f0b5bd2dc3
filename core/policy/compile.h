/* What the parsers and the checker share while a policy is compiled. Inside the folder only. */
#ifndef CORE_POLICY_COMPILE_H
#define CORE_POLICY_COMPILE_H

#include "core/policy/expr.h"
#include "core/policy/suggest.h"

/* A list that grows in the arena. */
struct keep_vec {
    void *p;
    size_t n, cap;
};

/* What may be named: entities as bits of enum keep_grain. */
#define KEEP_ON(grain) (1u << KEEP_GRAIN_##grain)
#define KEEP_ON_FINDING (1u << KEEP_GRAIN_COUNT) /* count, limit, first.time, last.time */
#define KEEP_ON_FILE (2u << KEEP_GRAIN_COUNT)    /* what is asked of people where no access is judged */
#define KEEP_ON_REVIEW (4u << KEEP_GRAIN_COUNT)  /* what only a review asks of a patient */

/* Names that must be declared somewhere among the files. */
enum keep_name_kind { KEEP_NAME_LABEL, KEEP_NAME_SERIES, KEEP_NAME_RULE, KEEP_NAME_EXPLANATION, KEEP_NAME_RETENTION, KEEP_NAME_ACCESS, KEEP_NAME_REVIEW, KEEP_NAME_FINDER, KEEP_NAME_ANY, KEEP_NAME_MAP, KEEP_NAME_PACK, KEEP_NAME_DEFINE, KEEP_NAME_EXCEPTION };
struct keep_ref {
    enum keep_name_kind kind;
    struct keep_str id;
    struct keep_span at;
    size_t file;
};
struct keep_decl {
    enum keep_name_kind kind; /* LABEL, SERIES, EXPLANATION, RETENTION, ACCESS (evidence too), REVIEW, MAP, PACK, DEFINE; FINDER, RULE and ANY are only asked for */
    struct keep_str id;
    struct keep_span at;
    size_t file;
    bool tested;
};

/* A named expression on its way from its block to the rules that use it. */
struct keep_definition {
    struct keep_str id, title;
    struct keep_expr *body;        /* checked, once `checked` */
    size_t file, from, to;         /* its tokens behind the word */
    struct keep_span at;           /* of its name */
    uint32_t names, slots, nodes;  /* entities that it names, as grains; variables of comprehensions; parts */
    bool reads_labels, bad, checked, used, waits, seen;
};

/* What the parser took for a block or a clause: its tokens. */
struct keep_mark {
    size_t from, to;
    bool clause;
};

/* A text with {placeholders}. */
struct keep_template_part {
    struct keep_str text;
    const struct keep_expr *expr; /* instead of text when not NULL */
};
struct keep_template {
    struct keep_str text;
    const struct keep_template_part *part;
    size_t parts;
};

struct keep_compiler {
    struct keep_arena *arena;
    struct keep_diags *diags;
    bool nomem;
    bool lenient; /* cel-spec's runtime rules: types are left to the evaluator, constants that fail are left alone */

    const struct keep_lexed *file; /* being read */
    size_t files;                  /* index of it */
    const struct keep_lexed *all;
    size_t at;                     /* its next token */
    bool panic;                    /* a syntax error was reported; nothing more until the next clause */
    uint32_t depth;
    int32_t braces;                /* { read minus } read: recovery knows how deep it stands */
    bool bare_keys;                /* inside the literal maps of a test */
    struct keep_expr bad;

    struct { struct keep_str name; uint8_t type, item; } local[KEEP_EXPR_LOCALS];
    uint32_t locals;
    uint32_t allowed;              /* grains that the expression being checked may name */
    const char *place;             /* "a label", for messages */
    bool full;                     /* more is declared than may be; was reported */
    bool in_label;                 /* the condition of a label: it cannot read labels */
    uint32_t defined;              /* parts that names stand for in the expression being checked */

    struct keep_vec packs, series, labels, retentions, explanations, accesses, exceptions, reviews, maps, tests, refs, decls, templates, definitions, defines, uses, marks;
    bool marking, broken;          /* are marks wanted; was the syntax wrong anywhere */
};

/* The vector's next element, zeroed; its pointer holds until the next push. NULL: out of memory (c->nomem is set). */
void *keep_compile_push(struct keep_compiler *c, struct keep_vec *v, size_t size);
void *keep_compile_alloc(struct keep_compiler *c, size_t n, size_t size);
void keep_compile_begin(struct keep_compiler *c, struct keep_arena *a, struct keep_diags *diags);
void keep_compile_mark(struct keep_compiler *c, size_t from, bool clause); /* to the next token */
void keep_compile_error(struct keep_compiler *c, struct keep_span at, const char *help, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void keep_compile_warn(struct keep_compiler *c, struct keep_span at, const char *help, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void keep_compile_refer(struct keep_compiler *c, enum keep_name_kind kind, struct keep_str id, struct keep_span at);

/* One expression by itself, for tests and tools; allowed: the grains it may name. text must outlive it. NULL: out of memory, or errors in diags. */
const struct keep_expr *keep_compile_expr(struct keep_str text, bool lenient, uint32_t allowed, struct keep_arena *a, struct keep_diags *diags);

/* --- tokens --- */
const struct keep_token *keep_compile_peek(const struct keep_compiler *c, size_t ahead);
const struct keep_token *keep_compile_next(struct keep_compiler *c);
bool keep_compile_is_punct(const struct keep_token *t, uint16_t punct);
bool keep_compile_is_word(const struct keep_token *t, const char *word);
bool keep_compile_take_punct(struct keep_compiler *c, uint16_t punct);
bool keep_compile_take_word(struct keep_compiler *c, const char *word);
/* Reports "expected WHAT, have …" at the next token, once until recovery. */
void keep_compile_expected(struct keep_compiler *c, const char *what, const char *help);
bool keep_compile_want_punct(struct keep_compiler *c, uint16_t punct, const char *what);

/* --- parsing expressions (parse_expr.c); never NULL, KEEP_OP_BAD after an error --- */
struct keep_expr *keep_parse_expr_one(struct keep_compiler *c);
bool keep_parse_expr_reserved(struct keep_str word); /* CEL's words, true, false and null among them */

/* --- checking (typecheck.c) --- */
/* Resolves, types and folds; want: a static type, or KEEP_V_DYN. allowed and place are set in c by the caller. */
void keep_typecheck_run(struct keep_compiler *c, struct keep_expr *e, uint8_t want);
/* Fills text of the root and of what its &&, || and ! are made of. Before checking. */
void keep_expr_write(struct keep_compiler *c, struct keep_expr *e);
/* Parses, writes and checks one expression. */
struct keep_expr *keep_typecheck_clause(struct keep_compiler *c, uint8_t want, uint32_t allowed, const char *place);
/* The same for an expression without names, evaluated. false: reported. */
bool keep_typecheck_constant(struct keep_compiler *c, uint8_t want, const char *place, struct keep_value *out);
/* Is the word one of the closed vocabulary of a field? A field without one: true. */
bool keep_typecheck_word(struct keep_compiler *c, enum keep_field f, struct keep_str word, struct keep_span at);
bool keep_typecheck_relation(struct keep_compiler *c, struct keep_str word, struct keep_span at);
bool keep_typecheck_state(struct keep_compiler *c, struct keep_str word, struct keep_span at);

/* --- texts (template.c) --- */
void keep_template_compile(struct keep_compiler *c, const struct keep_token *t, uint32_t allowed, const char *place);

void keep_template_sort(struct keep_template *t, size_t n);

/* What a compiled policy holds beside its public part. */
struct keep_policy_inside {
    struct keep_policy policy; /* first, so that the public pointer is this one's */
    const struct keep_template *template; /* sorted by text */
    size_t templates;
};

static inline const struct keep_policy_inside *keep_policy_inside(const struct keep_policy *p)
{
    return (const struct keep_policy_inside *)(const void *)p;
}

/* --- references, ids, tests, once all files are read (crossref.c) --- */
void keep_crossref_run(struct keep_compiler *c);

/* --- blocks --- */
struct keep_clause {
    const char *word;
    void (*parse)(struct keep_compiler *c, void *block, const struct keep_token *word);
    bool required, repeats;
};
/* '{' clauses '}'. id: the span that missing clauses are reported at. */
void keep_parse_clauses(struct keep_compiler *c, const char *kind, const struct keep_clause *table, void *block, struct keep_span id);
/* A string literal; false: reported. */
bool keep_parse_string(struct keep_compiler *c, struct keep_str *out, const char *what);
/* A whole number in [min, max]; false: reported. */
bool keep_parse_number(struct keep_compiler *c, int64_t min, int64_t max, int64_t *out, const char *what);
bool keep_parse_date(struct keep_compiler *c, keep_date *out);
struct keep_place keep_parse_place(const struct keep_compiler *c, struct keep_span at);
void keep_parse_file(struct keep_compiler *c);

/* One of the words of a list ended by NULL; its number, -1 after a report. */
int keep_parse_choice(struct keep_compiler *c, const char *const *words, const char *what);
/* The same for units, singular or plural, but silent. */
int keep_parse_unit(struct keep_compiler *c, const char *const *singular);
/* The words of severity and state; severity: its number, -1 after a report. */
int keep_parse_severity(struct keep_compiler *c);
void keep_parse_state(struct keep_compiler *c, struct keep_str *out);
/* What follows the word `checked`. */
void keep_parse_checked(struct keep_compiler *c, struct keep_check *k, const struct keep_token *word);
/* The id behind a block word, declared under its kind. NULL: reported. */
const struct keep_token *keep_parse_declare(struct keep_compiler *c, enum keep_name_kind kind, struct keep_str *id);
uint32_t keep_parse_pack_index(const struct keep_compiler *c);

/* Clauses that kinds share: they differ only in where the text goes. */

#define KEEP_STRING_CLAUSE(kind, field, what)                                                             \
    static void kind##_##field(struct keep_compiler *c, void *block, const struct keep_token *word) \
    {                                                                                                \
        (void)word;                                                                                  \
        keep_parse_string(c, &((struct keep_##kind *)block)->field, what);                           \
    }
#define KEEP_CHECKED_CLAUSE(kind)                                                                         \
    static void kind##_checked(struct keep_compiler *c, void *block, const struct keep_token *word) \
    {                                                                                                \
        keep_parse_checked(c, &((struct keep_##kind *)block)->check, word);                                     \
    }
#define KEEP_WHEN_CLAUSE(kind, allowed, place)                                                            \
    static void kind##_when(struct keep_compiler *c, void *block, const struct keep_token *word)    \
    {                                                                                                \
        (void)word;                                                                                  \
        ((struct keep_##kind *)block)->when = keep_typecheck_clause(c, KEEP_V_BOOL, allowed, place); \
    }

/* The blocks, behind their word. */
void keep_parse_pack_block(struct keep_compiler *c);        /* parse_pack.c */
void keep_parse_series_block(struct keep_compiler *c);      /* parse_series.c */
void keep_parse_label_block(struct keep_compiler *c);       /* parse_label.c */
void keep_parse_retention_block(struct keep_compiler *c);   /* parse_retention.c */
void keep_parse_explanation_block(struct keep_compiler *c); /* parse_explanation.c */
void keep_parse_access_block(struct keep_compiler *c);      /* parse_access.c */
void keep_parse_evidence_block(struct keep_compiler *c);
void keep_parse_review_block(struct keep_compiler *c);      /* parse_review.c */
void keep_parse_exception_block(struct keep_compiler *c);   /* parse_exception.c */
void keep_parse_exception_link(struct keep_compiler *c);    /* once all files are read: each rule gets its own */
void keep_parse_map_block(struct keep_compiler *c);         /* parse_map.c */

/* --- definitions (parse_define.c) --- */
/* Reads and checks the definitions of all files, before anything else is read. */
void keep_parse_define_scan(struct keep_compiler *c, size_t files);
void keep_parse_define_block(struct keep_compiler *c);
/* If e, a lone name, is a definition's: e becomes what it stands for, or BAD. */
bool keep_parse_define_use(struct keep_compiler *c, struct keep_expr *e);
bool keep_parse_define_known(const struct keep_compiler *c, struct keep_str name);
void keep_parse_define_offer(const struct keep_compiler *c, struct keep_suggest *s);
void keep_parse_define_unused(struct keep_compiler *c);
void keep_parse_test_block(struct keep_compiler *c); /* parse_test.c */

#endif
