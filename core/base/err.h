/* Errors: one table of codes, one fixed-size value that the caller owns.
 *
 * A function returns 0 when it is done, a negative code when it cannot go on,
 * and a positive number for an outcome that its header documents. A negative
 * code is forwarded unchanged, with the struct that says where and why.
 * The text never holds a secret nor anything about a patient. */
#ifndef CORE_BASE_ERR_H
#define CORE_BASE_ERR_H

#include <stdint.h>

/* name, process exit code, meaning (the manual prints this table) */
#define KEEP_ERRORS(X)                                                        \
    X(USAGE,       2,   "the command line or a policy is wrong")              \
    X(INPUT,       3,   "input could not be read as what it should be")       \
    X(IO,          3,   "reading or writing failed")                          \
    X(NOMEM,       3,   "out of memory")                                      \
    X(LIMIT,       3,   "a stated limit was exceeded")                        \
    X(UNRECORDED,  3,   "committed, but its record is not complete yet")      \
    X(INTEGRITY,   4,   "damaged, altered, or older than its own history")    \
    X(REFUSED,     6,   "refused: hold, gate, quorum, role or adoption")      \
    X(MISSING,     10,  "there is no keep there")                             \
    X(LOCKED,      11,  "in use by another process")                          \
    X(KEY,         12,  "the key does not open it")                           \
    X(INTERRUPTED, 130, "interrupted; run again to go on")

enum keep_err_index {
#define X(name, exit, text) KEEP_ERR_INDEX_##name,
    KEEP_ERRORS(X)
#undef X
    KEEP_ERR_COUNT
};

enum keep_err_code {
    KEEP_OK = 0,
#define X(name, exit, text) KEEP_E_##name = -1 - KEEP_ERR_INDEX_##name,
    KEEP_ERRORS(X)
#undef X
};

struct keep_err {
    int code;            /* KEEP_E_* or 0 */
    uint64_t line, col;  /* 1-based; 0 = no position */
    char where[256];     /* file or object, empty if none */
    char text[512];      /* what is wrong, lower case, no final stop */
    char hint[256];      /* what to do about it, empty if none */
};

/* Fills *e (NULL allowed) and returns code. Only the first error sticks:
 * a filled *e is left alone, so that the cause is what the user reads. */
int keep_err_set(struct keep_err *e, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with a position: WHERE:LINE:COL (line and col 1-based, 0 unknown). */
int keep_err_at(struct keep_err *e, int code, const char *where, uint64_t line,
                uint64_t col, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

/* Adds a hint to an error already set. */
void keep_err_hint(struct keep_err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

void keep_err_clear(struct keep_err *e);

/* Process exit code of a KEEP_E_* code (0 for 0). */
int keep_err_exit(int code);

/* "integrity", "refused", … : the table's name in lower case. */
const char *keep_err_name(int code);

/* Writes "FILE:LINE:COL: text" and, on a second line, "hint: …" into out. */
void keep_err_format(const struct keep_err *e, char *out, unsigned long size);

#endif
