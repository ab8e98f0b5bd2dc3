/* JSON by recursive descent, one pass. Values stand on one scratch stack, each
 * behind the container it is in; when a container closes, its children are copied
 * to the arena in one piece, so that a finished tree is compact and its children
 * contiguous.
 * A string without escapes is a view into the input; plain ASCII in it goes by
 * sixteen bytes a step.
 *
 * Refused, since two programs could read it differently or it is an attack:
 * names that stand twice in one object, text that is not UTF-8, halves of
 * surrogate pairs, nesting beyond KEEP_JSON_DEPTH, anything behind the value. */
#include "core/text/json.h"

#include <stdlib.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "core/base/num.h"
#include "core/text/utf8.h"

enum {
    FIRST_STACK = 64,
    FEW_MEMBERS = 16, /* up to here each name is compared with each, beyond they are sorted */
};

/* The name of the child at the same place of the stack. */
struct label {
    struct keep_str name;
    const char *at; /* in the input, for the error */
};

struct parser {
    const char *p, *end, *begin, *where;
    struct keep_arena *arena;
    struct keep_err *err;
    struct keep_json *stack;
    struct label *label;
    size_t top, cap;
    int depth;
};

static int value(struct parser *j, size_t slot);

/* --- errors --- */

static int wrong_at(struct parser *j, int code, const char *at, const char *text)
{
    uint64_t line = 1, col = 1;
    for (const char *p = j->begin; p < at; p++) {
        if (*p == '\n') {
            line++;
            col = 1;
        } else if (((unsigned char)*p & 0xc0) != 0x80) {
            col++;
        }
    }
    return keep_err_at(j->err, code, j->where, line, col, "%s", text);
}

static int wrong(struct parser *j, const char *text)
{
    return wrong_at(j, KEEP_E_INPUT, j->p, j->p < j->end ? text : "the JSON ends too early");
}

/* Memory for the tree; 0 or what keeps it from being had. */
static int take(struct parser *j, size_t n, size_t size, void **out)
{
    size_t whole = 0;
    bool counts = keep_num_mul(n, size, &whole);
    *out = counts ? keep_arena_room(j->arena, whole) : NULL;
    if (*out)
        return 0;
    if (counts && whole <= keep_arena_left(j->arena) / 16 * 16) /* the arena counts in sixteens */
        return keep_err_set(j->err, KEEP_E_NOMEM, "no memory for JSON");
    return wrong_at(j, KEEP_E_LIMIT, j->p, "the JSON needs more memory than is allowed for it");
}

/* --- strings --- */

static void blanks(struct parser *j)
{
    while (j->p < j->end && (*j->p == ' ' || *j->p == '\n' || *j->p == '\r' || *j->p == '\t'))
        j->p++;
}

/* The first byte at or behind p that is not plain: a quote, a backslash, a control character or a byte above 7F. */
static const char *plain(const char *p, const char *end)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\'), blank = _mm_set1_epi8(' ');
    for (; end - p >= 16; p += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
        /* signed: bytes from 80 on are less than a blank too */
        __m128i odd = _mm_or_si128(_mm_cmplt_epi8(x, blank), _mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, slash)));
        int mask = _mm_movemask_epi8(odd);
        if (mask)
            return p + __builtin_ctz((unsigned)mask);
    }
#endif
    while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 && *p != '"' && *p != '\\')
        p++;
    return p;
}

static bool hex4(const char *p, const char *end, uint32_t *out)
{
    uint32_t v = 0;
    if (end - p < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (d < 0)
            return false;
        v = v << 4 | (uint32_t)d;
    }
    *out = v;
    return true;
}

/* The escape at p (a backslash) -> its character and its bytes, 0 when it is not one. */
static size_t escape(const char *p, const char *end, uint32_t *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    uint32_t low;
    if (end - p < 2)
        return 0;
    if (p[1] != 'u') {
        const char *hit = p[1] ? strchr(from, p[1]) : NULL;
        if (!hit)
            return 0;
        *out = (unsigned char)to[hit - from];
        return 2;
    }
    if (!hex4(p + 2, end, out) || (*out >= 0xdc00 && *out <= 0xdfff))
        return 0;
    if (*out < 0xd800 || *out > 0xdbff)
        return 6;
    if (end - p < 12 || p[6] != '\\' || p[7] != 'u' || !hex4(p + 8, end, &low) || low < 0xdc00 || low > 0xdfff)
        return 0;
    *out = 0x10000 + ((*out - 0xd800) << 10) + (low - 0xdc00);
    return 12;
}

/* Checked text from..to with escapes -> the arena. It only gets shorter. */
static int unescape(struct parser *j, const char *from, const char *to, struct keep_str *out)
{
    void *text;
    int rc = take(j, (size_t)(to - from), 1, &text);
    if (rc < 0)
        return rc;
    char *w = text;
    while (from < to) {
        const char *slash = memchr(from, '\\', (size_t)(to - from));
        size_t n = (size_t)((slash ? slash : to) - from);
        memcpy(w, from, n);
        w += n;
        from += n;
        if (slash) {
            uint32_t c = 0;
            from += escape(from, to, &c);
            w += keep_utf8_put(c, w);
        }
    }
    *out = (struct keep_str){text, (size_t)(w - (char *)text)};
    return 0;
}

/* string = quotation-mark *char quotation-mark; j->p stands at the first mark. */
static int string(struct parser *j, struct keep_str *out)
{
    const char *from = ++j->p;
    bool escaped = false;
    for (;;) {
        j->p = plain(j->p, j->end);
        if (j->p == j->end)
            return wrong(j, "");
        unsigned char c = (unsigned char)*j->p;
        uint32_t ignored;
        if (c == '"')
            break;
        if (c < 0x20)
            return wrong(j, "a control character in a string must be escaped");
        size_t n = c == '\\' ? escape(j->p, j->end, &ignored) : keep_utf8_sequence(j->p, (size_t)(j->end - j->p));
        if (n == 0)
            return wrong(j, c == '\\' ? "not an escape that JSON has, or half of a surrogate pair" : "not UTF-8");
        escaped = escaped || c == '\\';
        j->p += n;
    }
    const char *to = j->p++;
    if (escaped)
        return unescape(j, from, to, out);
    *out = (struct keep_str){from, (size_t)(to - from)};
    return 0;
}

/* --- numbers and words --- */

static bool digits(struct parser *j)
{
    const char *from = j->p;
    while (j->p < j->end && *j->p >= '0' && *j->p <= '9')
        j->p++;
    return j->p > from;
}

/* number = [ "-" ] ( "0" / digit1-9 *DIGIT ) [ "." 1*DIGIT ] [ ("e" / "E") [ "-" / "+" ] 1*DIGIT ] */
static int number(struct parser *j, struct keep_str *out)
{
    const char *from = j->p;
    if (*j->p == '-')
        j->p++;
    if (j->p < j->end && *j->p == '0') {
        j->p++;
        if (j->p < j->end && *j->p >= '0' && *j->p <= '9')
            return wrong(j, "a number must not begin with 0");
    } else if (!digits(j)) {
        return wrong(j, "a digit is missing");
    }
    if (j->p < j->end && *j->p == '.') {
        j->p++;
        if (!digits(j))
            return wrong(j, "a digit is missing");
    }
    if (j->p < j->end && (*j->p == 'e' || *j->p == 'E')) {
        j->p++;
        if (j->p < j->end && (*j->p == '+' || *j->p == '-'))
            j->p++;
        if (!digits(j))
            return wrong(j, "a digit is missing");
    }
    *out = (struct keep_str){from, (size_t)(j->p - from)};
    return 0;
}

static int word(struct parser *j, const char *z, size_t n)
{
    if ((size_t)(j->end - j->p) < n || memcmp(j->p, z, n) != 0)
        return wrong_at(j, KEEP_E_INPUT, j->p, "not a JSON value");
    j->p += n;
    return 0;
}

/* --- containers --- */

/* A place on the stack for one more child. */
static int push(struct parser *j, size_t *slot)
{
    if (j->top == j->cap) {
        size_t cap = j->cap ? j->cap * 2 : FIRST_STACK, whole;
        /* Half of the stack is full and will be copied: beyond the ceiling is certain beyond it. */
        if (!keep_num_mul(j->cap, sizeof(struct keep_json), &whole) || whole > keep_arena_left(j->arena))
            return wrong_at(j, KEEP_E_LIMIT, j->p, "the JSON needs more memory than is allowed for it");
        struct keep_json *stack = keep_num_mul(cap, sizeof *stack, &whole) ? realloc(j->stack, whole) : NULL;
        if (stack)
            j->stack = stack;
        struct label *label = stack ? realloc(j->label, cap * sizeof *label) : NULL; /* smaller than the stack: its product held */
        if (!label)
            return keep_err_set(j->err, KEEP_E_NOMEM, "no memory for JSON");
        j->label = label;
        j->cap = cap;
    }
    *slot = j->top++;
    return 0;
}

static int enter(struct parser *j)
{
    if (++j->depth > KEEP_JSON_DEPTH)
        return wrong_at(j, KEEP_E_LIMIT, j->p, "nested too deeply");
    j->p++;
    blanks(j);
    return 0;
}

/* Moves the values behind slot to the arena: children of the value at slot. */
static int collect(struct parser *j, size_t slot)
{
    struct keep_json *out = &j->stack[slot];
    size_t n = j->top - slot - 1;
    void *p = NULL;
    j->depth--;
    j->top = slot + 1;
    if (n > 0) {
        int rc = take(j, n, sizeof(struct keep_json), &p);
        if (rc < 0)
            return rc;
        memcpy(p, out + 1, n * sizeof(struct keep_json));
    }
    out->item = p;
    out->n = n;
    return 0;
}

/* array = "[" [ value *( "," value ) ] "]" */
static int array(struct parser *j, size_t slot)
{
    int rc = enter(j);
    if (rc < 0)
        return rc;
    if (j->p < j->end && *j->p == ']') {
        j->p++;
        return collect(j, slot);
    }
    for (;;) {
        size_t child;
        if ((rc = push(j, &child)) < 0 || (rc = value(j, child)) < 0)
            return rc;
        blanks(j);
        if (j->p == j->end || (*j->p != ',' && *j->p != ']'))
            return wrong(j, "\",\" or \"]\" expected");
        if (*j->p++ == ']')
            return collect(j, slot);
        blanks(j);
    }
}

static int by_name(const void *x, const void *y)
{
    const struct label *a = *(const struct label *const *)x, *b = *(const struct label *const *)y;
    if (a->name.n != b->name.n)
        return a->name.n < b->name.n ? -1 : 1;
    int order = a->name.n ? memcmp(a->name.p, b->name.p, a->name.n) : 0;
    return order ? order : (a->at > b->at) - (a->at < b->at);
}

/* The first name in the input that stood before in its object, NULL when none did, in *at; all bits of names in *bits. */
static int repeated(const struct parser *j, size_t base, const char **at, uint32_t *bits)
{
    const struct label *label = j->label + base;
    size_t n = j->top - base;
    uint32_t seen = 0;
    *at = NULL;
    if (n <= FEW_MEMBERS) {
        for (size_t i = 0; i < n; i++) {
            uint32_t bit = keep_json_bit(label[i].name.p, label[i].name.n);
            for (size_t k = 0; (seen & bit) && k < i; k++) /* two names of different bits are different */
                if (keep_str_eq(label[i].name, label[k].name)) {
                    *at = label[i].at;
                    return 0;
                }
            seen |= bit;
        }
        *bits = seen;
        return 0;
    }
    *bits = UINT32_MAX;
    const struct label **order = calloc(n, sizeof *order);
    if (!order)
        return keep_err_set(j->err, KEEP_E_NOMEM, "no memory for JSON");
    for (size_t i = 0; i < n; i++)
        order[i] = label + i;
    qsort(order, n, sizeof *order, by_name);
    for (size_t i = 1; i < n; i++)
        if (keep_str_eq(order[i]->name, order[i - 1]->name) && (!*at || order[i]->at < *at))
            *at = order[i]->at;
    free(order);
    return 0;
}

static int close_object(struct parser *j, size_t slot)
{
    const char *again;
    size_t n = j->top - slot - 1;
    void *p = NULL;
    int rc = repeated(j, slot + 1, &again, &j->stack[slot].names);
    if (rc < 0)
        return rc;
    if (again)
        return wrong_at(j, KEEP_E_INPUT, again, "this name stands twice in one object");
    if (n > 0) {
        if ((rc = take(j, n, sizeof(struct keep_str), &p)) < 0)
            return rc;
        struct keep_str *name = p;
        for (size_t i = 0; i < n; i++)
            name[i] = j->label[slot + 1 + i].name;
    }
    j->stack[slot].name = p;
    return collect(j, slot);
}

/* object = "{" [ string ":" value *( "," string ":" value ) ] "}" */
static int object(struct parser *j, size_t slot)
{
    int rc = enter(j);
    if (rc < 0)
        return rc;
    if (j->p < j->end && *j->p == '}') {
        j->p++;
        return close_object(j, slot);
    }
    for (;;) {
        size_t child;
        const char *at = j->p;
        if (j->p == j->end || *j->p != '"')
            return wrong(j, "a member's name expected");
        if ((rc = push(j, &child)) < 0 || (rc = string(j, &j->label[child].name)) < 0)
            return rc;
        j->label[child].at = at;
        blanks(j);
        if (j->p == j->end || *j->p != ':')
            return wrong(j, "\":\" expected");
        j->p++;
        blanks(j);
        if ((rc = value(j, child)) < 0)
            return rc;
        blanks(j);
        if (j->p == j->end || (*j->p != ',' && *j->p != '}'))
            return wrong(j, "\",\" or \"}\" expected");
        if (*j->p++ == '}')
            return close_object(j, slot);
        blanks(j);
    }
}

/* A value without children. */
static int leaf(struct parser *j, struct keep_json *out)
{
    switch (*j->p) {
    case '"':
        out->type = KEEP_JSON_STRING;
        return string(j, &out->text);
    case 'n':
        out->type = KEEP_JSON_NULL;
        return word(j, "null", 4);
    case 't':
        out->type = KEEP_JSON_TRUE;
        return word(j, "true", 4);
    case 'f':
        out->type = KEEP_JSON_FALSE;
        return word(j, "false", 5);
    case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
        out->type = KEEP_JSON_NUMBER;
        return number(j, &out->text);
    default:
        return wrong(j, "not a JSON value");
    }
}

/* Reads the value at j->p into a place of the stack; it may move meanwhile. */
static int value(struct parser *j, size_t slot)
{
    const char *from = j->p;
    int rc;
    j->stack[slot] = (struct keep_json){0};
    if (j->p == j->end)
        return wrong(j, "");
    if (*from == '{') {
        j->stack[slot].type = KEEP_JSON_OBJECT;
        rc = object(j, slot);
    } else if (*from == '[') {
        j->stack[slot].type = KEEP_JSON_ARRAY;
        rc = array(j, slot);
    } else {
        rc = leaf(j, &j->stack[slot]);
    }
    j->stack[slot].span = (struct keep_str){from, (size_t)(j->p - from)};
    return rc;
}

int keep_json_parse(const struct keep_json **out, struct keep_str in, const char *where, struct keep_arena *a, struct keep_err *err)
{
    static const char mark[] = "\xef\xbb\xbf";
    if (in.n >= 3 && memcmp(in.p, mark, 3) == 0)
        in = (struct keep_str){in.p + 3, in.n - 3};
    if (!in.p)
        in.p = "";
    struct parser j = {.p = in.p, .end = in.p + in.n, .begin = in.p, .where = where, .arena = a, .err = err};
    void *root = NULL;
    size_t slot;
    blanks(&j);
    int rc = push(&j, &slot);
    if (rc == 0)
        rc = value(&j, slot);
    if (rc == 0) {
        blanks(&j);
        if (j.p < j.end)
            rc = wrong(&j, "something stands behind the JSON value");
    }
    if (rc == 0)
        rc = take(&j, 1, sizeof(struct keep_json), &root);
    if (rc == 0)
        *out = memcpy(root, &j.stack[slot], sizeof(struct keep_json));
    free(j.stack);
    free(j.label);
    return rc;
}

/* --- reading the tree --- */

const struct keep_json *keep_json_member(const struct keep_json *v, const char *name, size_t n)
{
    if (!v || v->type != KEEP_JSON_OBJECT)
        return NULL;
    for (size_t i = 0; i < v->n; i++)
        if (v->name[i].n == n && (n == 0 || (v->name[i].p[0] == name[0] && memcmp(v->name[i].p, name, n) == 0)))
            return &v->item[i];
    return NULL;
}

const struct keep_json *keep_json_at(const struct keep_json *v, size_t i)
{
    return v && v->type == KEEP_JSON_ARRAY && i < v->n ? &v->item[i] : NULL;
}

size_t keep_json_len(const struct keep_json *v)
{
    return v && v->type == KEEP_JSON_ARRAY ? v->n : 0;
}

struct keep_str keep_json_str(const struct keep_json *v)
{
    return v && v->type == KEEP_JSON_STRING ? v->text : (struct keep_str){NULL, 0};
}

bool keep_json_true(const struct keep_json *v)
{
    return v && v->type == KEEP_JSON_TRUE;
}

bool keep_json_i64(const struct keep_json *v, int64_t *out)
{
    return v && v->type == KEEP_JSON_NUMBER && keep_num_i64(v->text, out);
}
