/* Expressions inside the folder: one tree that the parser makes, the checker
 * resolves in place and folds, and the evaluator walks. */
#ifndef CORE_POLICY_EXPR_H
#define CORE_POLICY_EXPR_H

#include "core/policy/lex.h"
#include "core/policy/policy.h"

enum keep_op {
    KEEP_OP_BAD,    /* was reported; of any type */
    KEEP_OP_CONST,  /* value */
    KEEP_OP_IDENT,  /* name; gone after checking */
    KEEP_OP_CALL,   /* name, args, method: the receiver is arg[0]; gone after checking */
    KEEP_OP_SELECT, /* arg[0].name */
    KEEP_OP_HAS,    /* arg[0] is a SELECT or a FIELD */
    KEEP_OP_FIELD,  /* id: enum keep_field */
    KEEP_OP_LOCAL,  /* id: slot */
    KEEP_OP_ENGINE, /* id: enum keep_call */
    KEEP_OP_FUNC,   /* id: enum keep_func */
    KEEP_OP_INDEX, KEEP_OP_LIST, KEEP_OP_MAP,
    KEEP_OP_NOT, KEEP_OP_NEG, KEEP_OP_AND, KEEP_OP_OR, KEEP_OP_COND,
    KEEP_OP_EQ, KEEP_OP_NE, KEEP_OP_LT, KEEP_OP_LE, KEEP_OP_GT, KEEP_OP_GE, KEEP_OP_IN,
    KEEP_OP_IN_SET, /* arg[0] in a constant list of strings, as a hash table */
    KEEP_OP_ADD, KEEP_OP_SUB, KEEP_OP_MUL, KEEP_OP_DIV, KEEP_OP_MOD,
    /* arg[0] list or map, arg[1] over slot id; MAP: arg[2] the filter or NULL */
    KEEP_OP_ALL, KEEP_OP_EXISTS, KEEP_OP_ONE, KEEP_OP_FILTER, KEEP_OP_EACH,
};

enum {
    KEEP_EXPR_DEPTH = 120, /* nesting of a tree; cel-spec asks for 12 to 32 of each kind, and the evaluator's stack is measured by it */
    KEEP_EXPR_LOCALS = 8,  /* comprehensions inside one another */
    KEEP_EXPR_STEPS = 2000000, /* elements that one run may visit: a runaway comprehension ends as an error */
};

/* Static type: item says what a LIST holds. A code is a map with the two members system and code. */
#define KEEP_V_CODE ((uint8_t)(KEEP_V_DYN + 1))

struct keep_strset {
    size_t mask;
    const struct keep_str *slot; /* mask + 1, p NULL: empty */
};

struct keep_expr {
    uint8_t op, type, item;
    bool method, literal_keys; /* literal_keys: a map of a test, whose bare keys are strings */
    bool defined;              /* stands for a name: what is below it stands elsewhere in the files */
    uint16_t id, depth;
    uint32_t n, grains;
    struct keep_expr **arg;
    union {
        struct keep_value value;
        struct keep_strset set;
        struct keep_span name_at; /* IDENT, CALL, SELECT: where the name stands */
    };
    struct keep_str name;
    struct keep_span at;
    struct keep_str text; /* canonical; of roots and what their &&, || and ! are made of */
    uint8_t *seen;        /* KEEP_SEEN_*: what it came out as, where that is watched (tried.h); NULL elsewhere */
};

/* The language's own functions. enum, spelling, is a method, types of receiver and arguments, result.
 * Types: b bool, i int, u uint, d double, s string, y bytes, l list, m map, t timestamp, r duration, D date, * any. */
#define KEEP_POLICY_FUNCS(X) \
    X(SIZE, "size", 0, "s", 'i') X(SIZE, "size", 0, "y", 'i') X(SIZE, "size", 0, "l", 'i') X(SIZE, "size", 0, "m", 'i') \
    X(SIZE, "size", 1, "s", 'i') X(SIZE, "size", 1, "y", 'i') X(SIZE, "size", 1, "l", 'i') X(SIZE, "size", 1, "m", 'i') \
    X(STARTS_WITH, "startsWith", 1, "ss", 'b') X(ENDS_WITH, "endsWith", 1, "ss", 'b') X(CONTAINS, "contains", 1, "ss", 'b') \
    X(TO_INT, "int", 0, "i", 'i') X(TO_INT, "int", 0, "u", 'i') X(TO_INT, "int", 0, "d", 'i') X(TO_INT, "int", 0, "s", 'i') X(TO_INT, "int", 0, "t", 'i') \
    X(TO_UINT, "uint", 0, "u", 'u') X(TO_UINT, "uint", 0, "i", 'u') X(TO_UINT, "uint", 0, "d", 'u') X(TO_UINT, "uint", 0, "s", 'u') \
    X(TO_DOUBLE, "double", 0, "d", 'd') X(TO_DOUBLE, "double", 0, "i", 'd') X(TO_DOUBLE, "double", 0, "u", 'd') X(TO_DOUBLE, "double", 0, "s", 'd') \
    X(TO_BOOL, "bool", 0, "b", 'b') X(TO_BOOL, "bool", 0, "s", 'b') \
    X(TO_STRING, "string", 0, "s", 's') X(TO_STRING, "string", 0, "b", 's') X(TO_STRING, "string", 0, "i", 's') X(TO_STRING, "string", 0, "u", 's') \
    X(TO_STRING, "string", 0, "d", 's') X(TO_STRING, "string", 0, "y", 's') X(TO_STRING, "string", 0, "t", 's') X(TO_STRING, "string", 0, "r", 's') \
    X(TO_STRING, "string", 0, "D", 's') \
    X(TO_BYTES, "bytes", 0, "y", 'y') X(TO_BYTES, "bytes", 0, "s", 'y') X(TO_DYN, "dyn", 0, "*", '*') \
    X(TO_TIMESTAMP, "timestamp", 0, "t", 't') X(TO_TIMESTAMP, "timestamp", 0, "s", 't') X(TO_TIMESTAMP, "timestamp", 0, "i", 't') \
    X(TO_DURATION, "duration", 0, "r", 'r') X(TO_DURATION, "duration", 0, "s", 'r') \
    X(TO_DATE, "date", 0, "D", 'D') X(TO_DATE, "date", 0, "s", 'D') X(TO_DATE, "date", 0, "t", 'D') X(TO_DATE, "date", 0, "ts", 'D') \
    X(EARLIER, "earlier", 0, "DD", 'D') X(LATER, "later", 0, "DD", 'D') \
    X(FULL_YEAR, "getFullYear", 1, "t", 'i') X(FULL_YEAR, "getFullYear", 1, "ts", 'i') X(FULL_YEAR, "getFullYear", 1, "D", 'i') \
    X(MONTH, "getMonth", 1, "t", 'i') X(MONTH, "getMonth", 1, "ts", 'i') X(MONTH, "getMonth", 1, "D", 'i') \
    X(DATE, "getDate", 1, "t", 'i') X(DATE, "getDate", 1, "ts", 'i') X(DATE, "getDate", 1, "D", 'i') \
    X(DAY_OF_MONTH, "getDayOfMonth", 1, "t", 'i') X(DAY_OF_MONTH, "getDayOfMonth", 1, "ts", 'i') X(DAY_OF_MONTH, "getDayOfMonth", 1, "D", 'i') \
    X(DAY_OF_WEEK, "getDayOfWeek", 1, "t", 'i') X(DAY_OF_WEEK, "getDayOfWeek", 1, "ts", 'i') X(DAY_OF_WEEK, "getDayOfWeek", 1, "D", 'i') \
    X(DAY_OF_YEAR, "getDayOfYear", 1, "t", 'i') X(DAY_OF_YEAR, "getDayOfYear", 1, "ts", 'i') X(DAY_OF_YEAR, "getDayOfYear", 1, "D", 'i') \
    X(HOURS, "getHours", 1, "t", 'i') X(HOURS, "getHours", 1, "ts", 'i') X(HOURS, "getHours", 1, "r", 'i') \
    X(MINUTES, "getMinutes", 1, "t", 'i') X(MINUTES, "getMinutes", 1, "ts", 'i') X(MINUTES, "getMinutes", 1, "r", 'i') \
    X(SECONDS, "getSeconds", 1, "t", 'i') X(SECONDS, "getSeconds", 1, "ts", 'i') X(SECONDS, "getSeconds", 1, "r", 'i') \
    X(MILLISECONDS, "getMilliseconds", 1, "t", 'i') X(MILLISECONDS, "getMilliseconds", 1, "ts", 'i') X(MILLISECONDS, "getMilliseconds", 1, "r", 'i')

#define KEEP_DURATION_MAX (INT64_C(315576000000) * KEEP_USEC) /* as google.protobuf.Duration */

enum { KEEP_SEEN_TRUE = 1, KEEP_SEEN_FALSE = 2, KEEP_SEEN_UNKNOWN = 4, KEEP_SEEN_VALUE = 8 };

enum keep_func {
    KEEP_FUNC_SIZE, KEEP_FUNC_STARTS_WITH, KEEP_FUNC_ENDS_WITH, KEEP_FUNC_CONTAINS, KEEP_FUNC_TO_INT, KEEP_FUNC_TO_UINT, KEEP_FUNC_TO_DOUBLE,
    KEEP_FUNC_TO_BOOL, KEEP_FUNC_TO_STRING, KEEP_FUNC_TO_BYTES, KEEP_FUNC_TO_DYN, KEEP_FUNC_TO_TIMESTAMP, KEEP_FUNC_TO_DURATION, KEEP_FUNC_TO_DATE, KEEP_FUNC_EARLIER, KEEP_FUNC_LATER,
    KEEP_FUNC_FULL_YEAR, KEEP_FUNC_MONTH, KEEP_FUNC_DATE, KEEP_FUNC_DAY_OF_MONTH, KEEP_FUNC_DAY_OF_WEEK, KEEP_FUNC_DAY_OF_YEAR,
    KEEP_FUNC_HOURS, KEEP_FUNC_MINUTES, KEEP_FUNC_SECONDS, KEEP_FUNC_MILLISECONDS
};

/* --- values (valueop.c): results are never fatal; an operation that went wrong gives a value of type ERROR --- */

struct keep_value keep_valueop_error(const char *text); /* text must outlive the value */
/* 1 equal, 0 not, -1 unknown because a part of either is. CEL's equality: numbers across types, else never across types. */
int keep_valueop_equal(const struct keep_value *a, const struct keep_value *b);
/* <0, 0, >0 in *order; false: not comparable (NaN included: *nan = true). */
bool keep_valueop_order(const struct keep_value *a, const struct keep_value *b, int *order, bool *nan);
void keep_valueop_arith(enum keep_op op, const struct keep_value *a, const struct keep_value *b, struct keep_arena *arena, struct keep_value *out);
void keep_valueop_negate(const struct keep_value *a, struct keep_value *out);
const char *keep_valueop_type_name(uint8_t type);
/* Text of a value as string() and explain texts give it; scalars only. false: none. */
bool keep_valueop_print(const struct keep_value *v, struct keep_buf *out);
/* The members of a map: NULL when there is no such key. *unknown: a key was unknown. */
const struct keep_value *keep_valueop_member(const struct keep_value *map, const struct keep_value *key);

/* --- functions (func.c) --- */

void keep_func_run(enum keep_func f, const struct keep_value *arg, size_t n, struct keep_arena *arena, struct keep_value *out);

/* --- running (eval.c) --- */

/* Runs with slot 0 already bound to *local when local is not NULL. */
extern const char keep_eval_exhausted[]; /* the text of the error value that a run out of steps ends as */
/* A hash table of a list's strings (all of its items are strings). false: out of memory. */
bool keep_eval_index(struct keep_arena *a, const struct keep_value *list, struct keep_strset *out);
int keep_eval_run(const struct keep_expr *e, const struct keep_env *env, const struct keep_value *local, uint32_t steps, struct keep_value *out);

#endif
