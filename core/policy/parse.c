/* A file and what its blocks share. Grammar (STRING, NUMBER, EXPR as CEL has them;
 * clauses in any order, no separators; `keep` and tests' clauses may repeat):
 *
 *   file        = pack { define | series | label | retention | explanation | access | evidence | exception | review | map | test }
 *   checked     = 'checked' ('"unverified"' | DATE 'source' STRING ['by' STRING] ['digest' STRING])
 *   STATUS      = 'law' | 'recommendation' | 'contract' | 'house_policy'
 *   STATE       = 'in_force' | 'house_policy' | 'proposed' | 'vacated'
 *
 * Each kind of block stands in a file of its own, its grammar above it: parse_pack.c,
 * parse_define.c and so on; evidence is in parse_access.c. After a syntax error reading
 * goes on at the next word that starts a clause of this block, or nearly is one. */
#include <stdio.h>
#include <string.h>

#include "core/policy/typecheck.h"

enum {
    CLAUSES = 32,           /* of one kind of block */
    DECLARED_LIMIT = 16384, /* rules, labels and the like of all files; names are looked up among them */
};

/* --- pieces --- */

struct keep_place keep_parse_place(const struct keep_compiler *c, struct keep_span at)
{
    return (struct keep_place){c->file->file, at.line, at.col};
}

bool keep_parse_string(struct keep_compiler *c, struct keep_str *out, const char *what)
{
    const struct keep_token *t = keep_compile_peek(c, 0);
    if (t->kind != KEEP_T_STRING) {
        keep_compile_expected(c, what, NULL);
        return false;
    }
    keep_compile_next(c);
    if (t->s.n == 0)
        keep_compile_error(c, t->at, NULL, "%s is empty", what);
    *out = t->s;
    return true;
}

bool keep_parse_number(struct keep_compiler *c, int64_t min, int64_t max, int64_t *out, const char *what)
{
    const struct keep_token *t = keep_compile_peek(c, 0);
    if (t->kind != KEEP_T_INT) {
        keep_compile_expected(c, what, NULL);
        return false;
    }
    keep_compile_next(c);
    if (t->u > (uint64_t)max || (int64_t)t->u < min) {
        keep_compile_error(c, t->at, NULL, "%s is from %lld to %lld here", what, (long long)min, (long long)max);
        *out = min;
        return true;
    }
    *out = (int64_t)t->u;
    return true;
}

bool keep_parse_date(struct keep_compiler *c, keep_date *out)
{
    struct keep_value v;
    if (!keep_typecheck_constant(c, KEEP_V_DATE, "this day", &v))
        return false;
    *out = v.date;
    return true;
}

/* One of the words of a list ended by NULL; its number, -1 after a report. */
int keep_parse_choice(struct keep_compiler *c, const char *const *words, const char *what)
{
    const struct keep_token *t = keep_compile_peek(c, 0);
    struct keep_suggest s;
    for (int i = 0; words[i]; i++)
        if (keep_compile_is_word(t, words[i])) {
            keep_compile_next(c);
            return i;
        }
    keep_suggest_begin(&s, t->raw);
    for (int i = 0; words[i]; i++)
        keep_suggest_offer(&s, keep_str_of(words[i]));
    char all[512]; /* the longest vocabulary is that of map kinds */
    size_t at = 0;
    for (int i = 0; words[i] && at < sizeof all; i++)
        at += (size_t)snprintf(all + at, sizeof all - at, "%s%s", i ? ", " : "one of ", words[i]);
    keep_compile_expected(c, what, keep_suggest_end(&s, all));
    return -1;
}

int keep_parse_unit(struct keep_compiler *c, const char *const *singular)
{
    const struct keep_token *t = keep_compile_peek(c, 0);
    for (int i = 0; singular[i]; i++) {
        size_t n = strlen(singular[i]);
        if (t->kind == KEEP_T_IDENT && t->raw.n >= n && memcmp(t->raw.p, singular[i], n) == 0 && (t->raw.n == n || (t->raw.n == n + 1 && t->raw.p[n] == 's'))) {
            keep_compile_next(c);
            return i;
        }
    }
    return -1;
}

int keep_parse_severity(struct keep_compiler *c)
{
#define X(name, text) text,
    static const char *const words[] = {KEEP_SEVERITIES(X) NULL};
#undef X
    return keep_parse_choice(c, words, "a severity");
}

void keep_parse_state(struct keep_compiler *c, struct keep_str *out)
{
    static const char *const words[] = {KEEP_POLICY_STATES(KEEP_POLICY_WORD) NULL};
    static const char *const meaning[] = {KEEP_POLICY_STATES(KEEP_POLICY_MEANING)};
    int k = keep_parse_choice(c, words, "a state");
    if (k >= 0)
        *out = keep_str_of(meaning[k]);
}

/* Of what was read: SHA-256 or SHA-512 in hex. */
static void parse_digest(struct keep_compiler *c, struct keep_str *out)
{
    const struct keep_token *t = keep_compile_peek(c, 0);
    if (!keep_parse_string(c, out, "a SHA-256 or SHA-512 in quotes"))
        return;
    bool hex = out->n == 64 || out->n == 128;
    for (size_t i = 0; hex && i < out->n; i++)
        hex = (out->p[i] >= '0' && out->p[i] <= '9') || (out->p[i] >= 'a' && out->p[i] <= 'f');
    if (!hex)
        keep_compile_error(c, t->at, "write what sha256sum prints", "this is no SHA-256 or SHA-512 in small hex digits");
}

/* checked "unverified" | checked DATE source STRING [by STRING] [digest STRING] */
void keep_parse_checked(struct keep_compiler *c, struct keep_check *k, const struct keep_token *word)
{
    const struct keep_token *t = keep_compile_peek(c, 0);
    if (t->kind == KEEP_T_STRING) {
        keep_compile_next(c);
        if (!keep_str_is(t->s, "unverified"))
            keep_compile_error(c, t->at, "write checked \"unverified\", or checked date(\"2026-03-02\") source \"what was read\"", "a check has a day and a source");
        else
            keep_compile_warn(c, (struct keep_span){word->at.line, word->at.col, t->at.end_line, t->at.end_col},
                              "read the text and write checked date(\"…\") source \"…\"", "nobody has checked this against its source");
        k->on = KEEP_DATE_NONE;
        return;
    }
    k->on = KEEP_DATE_NONE;
    k->at = keep_parse_place(c, t->at);
    keep_parse_date(c, &k->on);
    k->end = c->file->token[c->at - 1].at.end_col;
    if (c->panic)
        return;
    if (!keep_compile_take_word(c, "source")) {
        keep_compile_expected(c, "`source` and what was read", NULL);
        return;
    }
    k->verified = keep_parse_string(c, &k->source, "what was read") && k->on != KEEP_DATE_NONE;
    if (!c->panic && keep_compile_take_word(c, "by"))
        keep_parse_string(c, &k->by, "who read it, in quotes");
    if (!c->panic && keep_compile_take_word(c, "digest"))
        parse_digest(c, &k->digest);
}

/* --- blocks in general --- */

static bool is_block_word(const struct keep_token *t)
{
    static const char *const words[] = {"pack", "define", "series", "label", "retention", "explanation", "access", "evidence", "exception", "review", "map", "test", NULL};
    for (size_t i = 0; words[i]; i++)
        if (keep_compile_is_word(t, words[i]))
            return true;
    return false;
}

/* Inside a block the words alone do not tell: a test expects a label "x". */
static bool starts_block(const struct keep_compiler *c)
{
    const struct keep_token *name = keep_compile_peek(c, 1), *then = keep_compile_peek(c, 2);
    return is_block_word(keep_compile_peek(c, 0)) && name->kind == KEEP_T_STRING && (keep_compile_is_punct(then, '{') || keep_compile_is_word(then, "for"));
}

static int find_clause(const struct keep_clause *table, const struct keep_token *t)
{
    for (int i = 0; table[i].word; i++)
        if (keep_compile_is_word(t, table[i].word))
            return i;
    return -1;
}

/* A slip in the word of a clause: not one of the short words that stand within clauses. */
static bool nearly_clause(const struct keep_clause *table, const struct keep_token *t)
{
    struct keep_suggest s;
    if (t->kind != KEEP_T_IDENT || t->raw.n < 4)
        return false;
    keep_suggest_begin(&s, t->raw);
    for (int i = 0; table[i].word; i++)
        keep_suggest_offer(&s, keep_str_of(table[i].word));
    return keep_suggest_end(&s, NULL) != NULL;
}

/* Goes to the next clause, the end of the block, or the next block. inside: c->braces in the block. */
static void recover(struct keep_compiler *c, const struct keep_clause *table, int32_t inside)
{
    for (;; keep_compile_next(c)) {
        const struct keep_token *t = keep_compile_peek(c, 0), *last = c->at ? &c->file->token[c->at - 1] : t;
        bool first = t->at.line > last->at.end_line, member = keep_compile_is_punct(last, '.') || keep_compile_is_punct(keep_compile_peek(c, 1), ':');
        if (t->kind == KEEP_T_END || starts_block(c))
            break;
        if ((c->braces <= inside || first) && find_clause(table, t) >= 0 && !member)
            break;
        if (first && c->braces <= inside && !member && nearly_clause(table, t))
            break;
        if (keep_compile_is_punct(t, '}') && c->braces <= inside)
            break;
    }
    c->braces = inside;
    c->panic = false;
    c->depth = 0;
}

static void unknown_clause(struct keep_compiler *c, const char *kind, const struct keep_clause *table)
{
    const struct keep_token *t = keep_compile_peek(c, 0);
    struct keep_suggest s;
    if (t->kind != KEEP_T_IDENT) {
        keep_compile_expected(c, "a clause or `}`", NULL);
        return;
    }
    keep_suggest_begin(&s, t->raw);
    for (int i = 0; table[i].word; i++)
        keep_suggest_offer(&s, keep_str_of(table[i].word));
    keep_compile_error(c, t->at, keep_suggest_end(&s, NULL), "`%.*s` starts no clause of %s", (int)(t->raw.n < 60 ? t->raw.n : 60), t->raw.p, kind);
    c->panic = true;
    keep_compile_next(c);
}

void keep_parse_clauses(struct keep_compiler *c, const char *kind, const struct keep_clause *table, void *block, struct keep_span id)
{
    bool seen[CLAUSES] = {false};
    if (!keep_compile_want_punct(c, '{', "`{`"))
        return;
    int32_t inside = c->braces;
    for (size_t from = c->at;; ) {
        if (c->panic) {
            c->broken = true;
            recover(c, table, inside);
            keep_fieldcheck_unread(c, from, c->at);
        }
        from = c->at;
        const struct keep_token *t = keep_compile_peek(c, 0);
        if (keep_compile_take_punct(c, '}'))
            break;
        if (t->kind == KEEP_T_END || starts_block(c)) {
            c->broken = true;
            keep_compile_error(c, t->kind == KEEP_T_END ? id : t->at, "add `}` before this", t->kind == KEEP_T_END ? "this block has no end" : "the block before has no end");
            break;
        }
        int k = find_clause(table, t);
        if (k < 0) {
            unknown_clause(c, kind, table);
            continue;
        }
        keep_compile_next(c);
        if (seen[k] && !table[k].repeats)
            keep_compile_error(c, t->at, NULL, "`%s` stands twice in this block", table[k].word);
        seen[k] = true;
        c->depth = 0;
        table[k].parse(c, block, t);
        if (inside == 1) /* not what stands in a clause's own braces */
            keep_compile_mark(c, from, true);
    }
    for (int i = 0; table[i].word; i++)
        if (table[i].required && !seen[i])
            keep_compile_error(c, id, NULL, "%s needs `%s`", kind, table[i].word);
}

/* The id behind a block word, declared under its kind. */
const struct keep_token *keep_parse_declare(struct keep_compiler *c, enum keep_name_kind kind, struct keep_str *id)
{
    const struct keep_token *t = keep_compile_peek(c, 0);
    if (!keep_parse_string(c, id, "a name in quotes"))
        return NULL;
    if (c->decls.n == DECLARED_LIMIT) {
        if (!c->full)
            keep_compile_error(c, t->at, "give fewer packs", "all packs together have at most %d rules, labels, maps and definitions", DECLARED_LIMIT);
        c->full = c->panic = true;
        return NULL;
    }
    struct keep_decl *d = keep_compile_push(c, &c->decls, sizeof *d);
    if (d)
        *d = (struct keep_decl){.kind = kind, .id = *id, .at = t->at, .file = c->files};
    return t;
}

uint32_t keep_parse_pack_index(const struct keep_compiler *c)
{
    return c->packs.n ? (uint32_t)(c->packs.n - 1) : 0;
}

/* --- a file --- */

static const struct { const char *word; void (*parse)(struct keep_compiler *c); } blocks[] = {
    {"define", keep_parse_define_block}, {"series", keep_parse_series_block}, {"label", keep_parse_label_block}, {"retention", keep_parse_retention_block},
    {"explanation", keep_parse_explanation_block}, {"access", keep_parse_access_block}, {"evidence", keep_parse_evidence_block}, {"exception", keep_parse_exception_block},
    {"review", keep_parse_review_block}, {"map", keep_parse_map_block}, {"test", keep_parse_test_block},
};

static void unknown_block(struct keep_compiler *c, const struct keep_token *t)
{
    struct keep_suggest s;
    if (t->kind != KEEP_T_IDENT) {
        keep_compile_expected(c, "a block", "a block starts with a word such as `retention` and a name in quotes");
    } else {
        keep_suggest_begin(&s, t->raw);
        for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
            keep_suggest_offer(&s, keep_str_of(blocks[i].word));
        keep_compile_error(c, t->at, keep_suggest_end(&s, "pack, define, series, label, retention, explanation, access, evidence, exception, review, map, test"), "`%.*s` starts no block", (int)(t->raw.n < 60 ? t->raw.n : 60), t->raw.p);
    }
    keep_compile_next(c);
    c->panic = true;
}

/* To the next block: the word of one before a name, or first on its line. */
static void next_block(struct keep_compiler *c)
{
    for (;; keep_compile_next(c)) {
        const struct keep_token *t = keep_compile_peek(c, 0);
        bool first = c->at > 0 && t->at.line > c->file->token[c->at - 1].at.end_line;
        if (t->kind == KEEP_T_END || starts_block(c) || (first && is_block_word(t)))
            return;
    }
}

void keep_parse_file(struct keep_compiler *c)
{
    size_t packs = c->packs.n;
    c->at = 0;
    c->panic = false;
    if (!keep_compile_is_word(keep_compile_peek(c, 0), "pack"))
        keep_compile_error(c, keep_compile_peek(c, 0)->at, "pack \"name\" { version \"1\" language 1 }", "a policy file starts with its pack");
    while (keep_compile_peek(c, 0)->kind != KEEP_T_END && !c->nomem) {
        const struct keep_token *t = keep_compile_peek(c, 0);
        size_t from = c->at, k = 0, kinds = sizeof blocks / sizeof *blocks;
        c->panic = false;
        c->depth = 0;
        c->braces = 0;
        while (k < kinds && !keep_compile_is_word(t, blocks[k].word))
            k++;
        if (keep_compile_is_word(t, "pack")) {
            if (c->packs.n > packs)
                keep_compile_error(c, t->at, "put it into a file of its own", "a file has one pack");
            keep_compile_next(c);
            keep_parse_pack_block(c);
        } else if (k < kinds) {
            keep_compile_next(c);
            blocks[k].parse(c);
        } else {
            unknown_block(c, t);
        }
        keep_compile_mark(c, from, false);
        if (c->panic) {
            c->broken = true;
            next_block(c);
        }
    }
}
