/* The outline: strings are stepped over, brackets are counted. Brackets of the
 * wrong kind are taken as they come, since the strict reader sees the piece next. */
#include "core/ingest/skim.h"

#include <string.h>

static bool blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static void blanks(struct keep_skim *k)
{
    while (k->p < k->end && blank(*k->p))
        k->p++;
}

struct keep_str keep_skim_trim(struct keep_str s)
{
    while (s.n && blank(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n && blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

/* p stands behind the opening quote; behind the closing one afterwards, NULL when there is none.
 * A quote behind an odd number of backslashes is part of the string. */
static const char *behind_string(const char *p, const char *end)
{
    const char *from = p;
    while (p < end && (p = memchr(p, '"', (size_t)(end - p)))) {
        const char *q = p;
        while (q > from && q[-1] == '\\')
            q--;
        if ((p++ - q) % 2 == 0)
            return p;
        from = p;
    }
    return NULL;
}

static const char *behind_container(const char *p, const char *end, bool *in_string)
{
    size_t depth = 0;
    while (p < end) {
        char c = *p++;
        if (c == '"') {
            p = behind_string(p, end);
            if (!p) {
                *in_string = true;
                return NULL;
            }
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return p;
        }
    }
    return NULL;
}

/* Behind the value at p, NULL when the text ends before it does. */
static const char *behind_value(const char *p, const char *end, bool *in_string)
{
    if (p == end)
        return NULL;
    if (*p == '{' || *p == '[')
        return behind_container(p, end, in_string);
    if (*p == '"') {
        p = behind_string(p + 1, end);
        *in_string = !p;
        return p;
    }
    const char *from = p;
    while (p < end && !blank(*p) && *p != ',' && *p != '}' && *p != ']' && *p != ':' && *p != '"')
        p++;
    return p > from ? p : NULL;
}

bool keep_skim_enter(struct keep_skim *k, struct keep_str s, char bracket)
{
    *k = (struct keep_skim){s.p, s.n ? s.p + s.n : s.p, true}; /* text that is not there has no end to point at */
    blanks(k);
    if (k->p == k->end || *k->p != bracket)
        return false;
    k->p++;
    return true;
}

/* The comma before a child, or the closing bracket. CHILD: one begins at p. */
static enum keep_skim_step before_child(struct keep_skim *k, char close)
{
    blanks(k);
    if (k->p == k->end)
        return KEEP_SKIM_BROKEN;
    if (*k->p == close) {
        k->p++;
        return KEEP_SKIM_END;
    }
    if (!k->first) {
        if (*k->p != ',')
            return KEEP_SKIM_BROKEN;
        k->p++;
        blanks(k);
    }
    k->first = false;
    return k->p == k->end ? KEEP_SKIM_BROKEN : KEEP_SKIM_CHILD;
}

enum keep_skim_step keep_skim_element(struct keep_skim *k, struct keep_str *value)
{
    bool in_string;
    enum keep_skim_step step = before_child(k, ']');
    if (step != KEEP_SKIM_CHILD)
        return step;
    const char *from = k->p, *to = behind_value(from, k->end, &in_string);
    if (!to)
        return KEEP_SKIM_BROKEN;
    *value = (struct keep_str){from, (size_t)(to - from)};
    k->p = to;
    return KEEP_SKIM_CHILD;
}

enum keep_skim_step keep_skim_member(struct keep_skim *k, struct keep_str *name, struct keep_str *value)
{
    bool in_string;
    enum keep_skim_step step = before_child(k, '}');
    if (step != KEEP_SKIM_CHILD)
        return step;
    const char *from = k->p;
    if (*from != '"')
        return KEEP_SKIM_BROKEN;
    const char *to = behind_string(from + 1, k->end);
    if (!to)
        return KEEP_SKIM_BROKEN;
    *name = (struct keep_str){from + 1, (size_t)(to - from) - 2};
    k->p = to;
    blanks(k);
    if (k->p == k->end || *k->p != ':')
        goto broken;
    k->p++;
    blanks(k);
    const char *value_from = k->p;
    to = behind_value(value_from, k->end, &in_string);
    *value = (struct keep_str){value_from, (size_t)((to ? to : k->end) - value_from)};
    if (!to)
        goto broken;
    k->p = to;
    return KEEP_SKIM_CHILD;
broken:
    k->p = from;
    return KEEP_SKIM_BROKEN;
}

enum keep_skim_whole keep_skim_value(struct keep_str s, size_t *n)
{
    struct keep_skim k = {s.p, s.p + s.n, true};
    bool in_string = false;
    blanks(&k);
    const char *to = behind_value(k.p, k.end, &in_string);
    if (!to)
        return in_string ? KEEP_SKIM_IN_STRING : KEEP_SKIM_CUT;
    *n = (size_t)(to - s.p);
    return KEEP_SKIM_WHOLE;
}
