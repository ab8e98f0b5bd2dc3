/* JSON (RFC 8259) read into an arena, strictly: UTF-8 checked, nesting and size
 * limited, every error with its position. RFC 8259 leaves open what names that
 * stand twice in an object, and halves of surrogate pairs, mean: they are refused,
 * as I-JSON asks (RFC 7493, 2.1 and 2.3). Numbers of any length and exponent are
 * taken and keep their source text; who needs a value converts it. The original
 * bytes of any value can be had back (span), since records keep the resource's
 * own bytes. */
#ifndef CORE_TEXT_JSON_H
#define CORE_TEXT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/str.h"

#define KEEP_JSON_DEPTH 128 /* deeper than any FHIR resource in use; a guard for the stack */

enum keep_json_type { KEEP_JSON_NULL, KEEP_JSON_FALSE, KEEP_JSON_TRUE, KEEP_JSON_NUMBER, KEEP_JSON_STRING, KEEP_JSON_ARRAY, KEEP_JSON_OBJECT };

struct keep_json {
    enum keep_json_type type;
    uint32_t names;       /* OBJECT: bits of its members' names; one whose bit is not there is no member */
    struct keep_str span; /* the value's own bytes in the input */
    union {               /* by type; nothing for the others */
        struct keep_str text; /* STRING: decoded; NUMBER: its source text */
        struct {
            const struct keep_json *item; /* ARRAY and OBJECT: n children, contiguous */
            const struct keep_str *name;  /* OBJECT: n member names, decoded */
        };
    };
    size_t n;
};

/* Parses exactly one value with optional white space around it. Strings without escapes point into in, which must outlive the tree.
 * A byte order mark in front is passed over; \u0000 is a character like any other, so text may hold a NUL.
 * Errors: KEEP_E_INPUT at line:col of where (may be NULL; col in code points), KEEP_E_LIMIT (depth, or the arena's ceiling), KEEP_E_NOMEM. */
int keep_json_parse(const struct keep_json **out, struct keep_str in, const char *where, struct keep_arena *a, struct keep_err *err);

/* One bit of 32 for a name, by its length and both ends. */
static inline uint32_t keep_json_bit(const char *name, size_t n)
{
    return UINT32_C(1) << ((n ? n * 5 + (unsigned char)name[0] * 7 + (unsigned char)name[n - 1] * 11 : 0) & 31);
}

/* NULL when v is NULL, not an object, or has no such member. Nests: keep_json_get(keep_json_get(v,"a"),"b"). */
const struct keep_json *keep_json_member(const struct keep_json *v, const char *name, size_t n);
static inline const struct keep_json *keep_json_get(const struct keep_json *v, const char *name)
{
    size_t n = strlen(name); /* a literal's length and bit are constants here */
    return v && v->names & keep_json_bit(name, n) ? keep_json_member(v, name, n) : NULL;
}
const struct keep_json *keep_json_at(const struct keep_json *v, size_t i); /* child i of an array, NULL otherwise */
size_t keep_json_len(const struct keep_json *v); /* children of an array; 0 otherwise */
struct keep_str keep_json_str(const struct keep_json *v); /* text of a STRING, else {NULL,0} */
bool keep_json_true(const struct keep_json *v);
bool keep_json_i64(const struct keep_json *v, int64_t *out); /* integral NUMBER only */

#endif
