/* Values: equality, order, arithmetic, text. All as cel-spec's langdef says
 * ("Equality", "Ordering", "Arithmetic"), with microseconds where CEL has
 * nanoseconds, and with one addition: what holds an unknown part may be neither
 * equal nor different. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/policy/expr.h"

#define TIMESTAMP_MIN (INT64_C(-62135596800) * KEEP_USEC)                       /* 0001-01-01T00:00:00Z */
#define TIMESTAMP_MAX (INT64_C(253402300799) * KEEP_USEC + (KEEP_USEC - 1))     /* 9999-12-31T23:59:59.999999Z */

struct keep_value keep_valueop_error(const char *text)
{
    return (struct keep_value){.type = KEEP_V_ERROR, .s = keep_str_of(text)};
}

const char *keep_valueop_type_name(uint8_t type)
{
    static const char *const name[] = {
        [KEEP_V_UNKNOWN] = "unknown", [KEEP_V_ERROR] = "error", [KEEP_V_NULL] = "null", [KEEP_V_BOOL] = "bool", [KEEP_V_INT] = "int",
        [KEEP_V_UINT] = "uint", [KEEP_V_DOUBLE] = "double", [KEEP_V_STRING] = "string", [KEEP_V_BYTES] = "bytes", [KEEP_V_LIST] = "list",
        [KEEP_V_MAP] = "map", [KEEP_V_TIMESTAMP] = "timestamp", [KEEP_V_DURATION] = "duration", [KEEP_V_DATE] = "date", [KEEP_V_KEY] = "key",
        [KEEP_V_DYN] = "value", [KEEP_V_CODE] = "code"};
    return type < sizeof name / sizeof *name ? name[type] : "value";
}

/* --- order --- */

static int sign(bool less, bool more) { return less ? -1 : more ? 1 : 0; }

/* A whole number and a double are compared as doubles, near 2^63 with the loss that cel-spec's cases ask for. */
static int order_doubles(double a, double b) { return sign(a < b, a > b); }

static bool is_number(const struct keep_value *v)
{
    return v->type == KEEP_V_INT || v->type == KEEP_V_UINT || v->type == KEEP_V_DOUBLE;
}

static int order_numbers(const struct keep_value *a, const struct keep_value *b)
{
    if (a->type == KEEP_V_DOUBLE && b->type == KEEP_V_DOUBLE)
        return order_doubles(a->d, b->d);
    if (b->type == KEEP_V_DOUBLE)
        return order_doubles(a->type == KEEP_V_INT ? (double)a->i : (double)a->u, b->d);
    if (a->type == KEEP_V_DOUBLE)
        return -order_numbers(b, a);
    if (a->type == b->type)
        return a->type == KEEP_V_INT ? sign(a->i < b->i, a->i > b->i) : sign(a->u < b->u, a->u > b->u);
    if (a->type == KEEP_V_INT)
        return a->i < 0 ? -1 : sign((uint64_t)a->i < b->u, (uint64_t)a->i > b->u);
    return -order_numbers(b, a);
}

bool keep_valueop_order(const struct keep_value *a, const struct keep_value *b, int *order, bool *nan)
{
    *nan = false;
    if (is_number(a) && is_number(b)) {
        *nan = (a->type == KEEP_V_DOUBLE && isnan(a->d)) || (b->type == KEEP_V_DOUBLE && isnan(b->d));
        *order = *nan ? 0 : order_numbers(a, b);
        return !*nan;
    }
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case KEEP_V_BOOL: *order = (int)a->b - (int)b->b; return true;
    case KEEP_V_STRING: /* UTF-8 sorts as its code points do */
    case KEEP_V_BYTES: *order = keep_str_order(a->s, b->s); return true;
    case KEEP_V_TIMESTAMP: *order = sign(a->t < b->t, a->t > b->t); return true;
    case KEEP_V_DURATION: *order = sign(a->i < b->i, a->i > b->i); return true;
    case KEEP_V_DATE: *order = sign(a->date < b->date, a->date > b->date); return true;
    default: return false;
    }
}

/* --- equality --- */

static bool share_key(const uint64_t *a, const uint64_t *b)
{
    for (size_t i = 0; i < 4 && a[i]; i++)
        for (size_t k = 0; k < 4 && b[k]; k++)
            if (a[i] == b[k])
                return true;
    return false;
}

const struct keep_value *keep_valueop_member(const struct keep_value *map, const struct keep_value *key)
{
    for (size_t i = 0; i < map->list.n; i++)
        if (keep_valueop_equal(&map->list.item[2 * i], key) == 1)
            return &map->list.item[2 * i + 1];
    return NULL;
}

static int equal_lists(const struct keep_value *a, const struct keep_value *b)
{
    if (a->list.n != b->list.n)
        return 0;
    int all = 1;
    for (size_t i = 0; i < a->list.n; i++) {
        int eq = keep_valueop_equal(&a->list.item[i], &b->list.item[i]);
        if (eq == 0)
            return 0;
        if (eq < 0)
            all = -1;
    }
    return all;
}

static int equal_maps(const struct keep_value *a, const struct keep_value *b)
{
    if (a->list.n != b->list.n)
        return 0;
    int all = 1;
    for (size_t i = 0; i < a->list.n; i++) {
        const struct keep_value *other = keep_valueop_member(b, &a->list.item[2 * i]);
        int eq = other ? keep_valueop_equal(&a->list.item[2 * i + 1], other) : 0;
        if (eq == 0)
            return 0;
        if (eq < 0)
            all = -1;
    }
    return all;
}

int keep_valueop_equal(const struct keep_value *a, const struct keep_value *b)
{
    if (a->type == KEEP_V_STRING && b->type == KEEP_V_STRING) /* by far the most of a run */
        return keep_str_eq(a->s, b->s);
    if (a->type <= KEEP_V_ERROR || b->type <= KEEP_V_ERROR)
        return -1;
    int order;
    bool nan;
    if (keep_valueop_order(a, b, &order, &nan))
        return order == 0;
    if (a->type != b->type)
        return 0;
    switch (a->type) {
    case KEEP_V_NULL: return 1;
    case KEEP_V_LIST: return equal_lists(a, b);
    case KEEP_V_MAP: return equal_maps(a, b);
    case KEEP_V_KEY: return share_key(a->key, b->key);
    default: return 0; /* NaN */
    }
}

/* --- arithmetic --- */

static const char overflow[] = "the result does not fit", by_zero[] = "division by zero", no_overload[] = "no such operation on these types";

static bool int_arith(enum keep_op op, int64_t a, int64_t b, struct keep_value *out)
{
    bool bad = false;
    int64_t v = 0;
    if ((op == KEEP_OP_DIV || op == KEEP_OP_MOD) && b == 0) {
        *out = keep_valueop_error(by_zero);
        return false;
    }
    switch (op) {
    case KEEP_OP_ADD: bad = __builtin_add_overflow(a, b, &v); break;
    case KEEP_OP_SUB: bad = __builtin_sub_overflow(a, b, &v); break;
    case KEEP_OP_MUL: bad = __builtin_mul_overflow(a, b, &v); break;
    default:
        bad = a == INT64_MIN && b == -1;
        if (!bad)
            v = op == KEEP_OP_DIV ? a / b : a % b;
    }
    *out = bad ? keep_valueop_error(overflow) : (struct keep_value){.type = KEEP_V_INT, .i = v};
    return !bad;
}

static void uint_arith(enum keep_op op, uint64_t a, uint64_t b, struct keep_value *out)
{
    bool bad = false;
    uint64_t v = 0;
    if ((op == KEEP_OP_DIV || op == KEEP_OP_MOD) && b == 0) {
        *out = keep_valueop_error(by_zero);
        return;
    }
    switch (op) {
    case KEEP_OP_ADD: bad = __builtin_add_overflow(a, b, &v); break;
    case KEEP_OP_SUB: bad = __builtin_sub_overflow(a, b, &v); break;
    case KEEP_OP_MUL: bad = __builtin_mul_overflow(a, b, &v); break;
    default: v = op == KEEP_OP_DIV ? a / b : a % b;
    }
    *out = bad ? keep_valueop_error(overflow) : (struct keep_value){.type = KEEP_V_UINT, .u = v};
}

static void double_arith(enum keep_op op, double a, double b, struct keep_value *out)
{
    if (op == KEEP_OP_MOD) {
        *out = keep_valueop_error(no_overload);
        return;
    }
    double v = op == KEEP_OP_ADD ? a + b : op == KEEP_OP_SUB ? a - b : op == KEEP_OP_MUL ? a * b : a / b;
    *out = (struct keep_value){.type = KEEP_V_DOUBLE, .d = v};
}

/* An instant or a span as a result of + or -. */
static void time_result(enum keep_value_type type, enum keep_op op, int64_t a, int64_t b, struct keep_value *out)
{
    if (!int_arith(op, a, b, out))
        return;
    int64_t v = out->i;
    if (type == KEEP_V_DURATION && (v < -KEEP_DURATION_MAX || v > KEEP_DURATION_MAX)) {
        *out = keep_valueop_error("the duration is longer than 10000 years");
        return;
    }
    if (type == KEEP_V_TIMESTAMP && (v < TIMESTAMP_MIN || v > TIMESTAMP_MAX)) {
        *out = keep_valueop_error("the instant is outside of the years 1 to 9999");
        return;
    }
    *out = type == KEEP_V_TIMESTAMP ? (struct keep_value){.type = type, .t = v} : (struct keep_value){.type = type, .i = v};
}

static void concat(const struct keep_value *a, const struct keep_value *b, struct keep_arena *arena, struct keep_value *out)
{
    bool list = a->type == KEEP_V_LIST;
    size_t na = list ? a->list.n : a->s.n, nb = list ? b->list.n : b->s.n, size = list ? sizeof(struct keep_value) : 1;
    char *p = na <= SIZE_MAX - nb ? keep_arena_array(arena, na + nb, size) : NULL;
    if (!p) {
        *out = keep_valueop_error("too large");
        return;
    }
    if (na)
        memcpy(p, list ? (const void *)a->list.item : a->s.p, na * size);
    if (nb)
        memcpy(p + na * size, list ? (const void *)b->list.item : b->s.p, nb * size);
    struct keep_value v = {.type = a->type};
    if (list) {
        v.list.item = (const struct keep_value *)(const void *)p;
        v.list.n = na + nb;
    } else {
        v.s = (struct keep_str){p, na + nb};
    }
    *out = v;
}

void keep_valueop_arith(enum keep_op op, const struct keep_value *a, const struct keep_value *b, struct keep_arena *arena, struct keep_value *out)
{
    enum keep_value_type x = a->type, y = b->type;
    bool sum = op == KEEP_OP_ADD, difference = op == KEEP_OP_SUB;
    if (x == KEEP_V_INT && y == KEEP_V_INT)
        int_arith(op, a->i, b->i, out);
    else if (x == KEEP_V_UINT && y == KEEP_V_UINT)
        uint_arith(op, a->u, b->u, out);
    else if (x == KEEP_V_DOUBLE && y == KEEP_V_DOUBLE)
        double_arith(op, a->d, b->d, out);
    else if (sum && x == y && (x == KEEP_V_STRING || x == KEEP_V_BYTES || x == KEEP_V_LIST))
        concat(a, b, arena, out);
    else if ((sum || difference) && x == KEEP_V_TIMESTAMP && y == KEEP_V_DURATION)
        time_result(KEEP_V_TIMESTAMP, op, a->t, b->i, out);
    else if (sum && x == KEEP_V_DURATION && y == KEEP_V_TIMESTAMP)
        time_result(KEEP_V_TIMESTAMP, op, a->i, b->t, out);
    else if (difference && x == KEEP_V_TIMESTAMP && y == KEEP_V_TIMESTAMP)
        time_result(KEEP_V_DURATION, op, a->t, b->t, out);
    else if ((sum || difference) && x == KEEP_V_DURATION && y == KEEP_V_DURATION)
        time_result(KEEP_V_DURATION, op, a->i, b->i, out);
    else
        *out = keep_valueop_error(no_overload);
}

void keep_valueop_negate(const struct keep_value *a, struct keep_value *out)
{
    if (a->type == KEEP_V_INT)
        int_arith(KEEP_OP_SUB, 0, a->i, out);
    else if (a->type == KEEP_V_DOUBLE)
        *out = (struct keep_value){.type = KEEP_V_DOUBLE, .d = -a->d};
    else
        *out = keep_valueop_error(no_overload);
}

/* --- text --- */

static void print_double(double d, struct keep_buf *out)
{
    char z[40];
    if (isnan(d) || isinf(d)) {
        keep_buf_str(out, isnan(d) ? "NaN" : d < 0 ? "-Infinity" : "+Infinity");
        return;
    }
    for (int digits = 1; digits <= 17; digits++) { /* the shortest that reads back as the same number */
        snprintf(z, sizeof z, "%.*g", digits, d);
        if (strtod(z, NULL) == d)
            break;
    }
    keep_buf_str(out, z);
}

static void print_duration(int64_t us, struct keep_buf *out)
{
    uint64_t u = us < 0 ? 0 - (uint64_t)us : (uint64_t)us;
    uint64_t fraction = u % (uint64_t)KEEP_USEC;
    keep_buf_printf(out, "%s%llu", us < 0 ? "-" : "", (unsigned long long)(u / (uint64_t)KEEP_USEC));
    if (fraction) {
        char z[8];
        int n = snprintf(z, sizeof z, ".%06u", (unsigned)fraction);
        while (n > 1 && z[n - 1] == '0')
            z[--n] = '\0';
        keep_buf_str(out, z);
    }
    keep_buf_char(out, 's');
}

bool keep_valueop_print(const struct keep_value *v, struct keep_buf *out)
{
    char day[KEEP_CIVIL_DATE_SIZE], instant[KEEP_CIVIL_TIME_SIZE];
    switch (v->type) {
    case KEEP_V_NULL: keep_buf_str(out, "null"); return true;
    case KEEP_V_BOOL: keep_buf_str(out, v->b ? "true" : "false"); return true;
    case KEEP_V_INT: keep_buf_printf(out, "%lld", (long long)v->i); return true;
    case KEEP_V_UINT: keep_buf_printf(out, "%llu", (unsigned long long)v->u); return true;
    case KEEP_V_DOUBLE: print_double(v->d, out); return true;
    case KEEP_V_STRING:
    case KEEP_V_BYTES: keep_buf_add(out, v->s.p, v->s.n); return true;
    case KEEP_V_TIMESTAMP: keep_buf_str(out, keep_civil_format_time(v->t, instant)); return true;
    case KEEP_V_DURATION: print_duration(v->i, out); return true;
    case KEEP_V_DATE: keep_buf_str(out, keep_civil_format_date(v->date, day)); return true;
    default: return false;
    }
}
