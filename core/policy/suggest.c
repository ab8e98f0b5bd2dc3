/* "Did you mean": the candidate at the smallest edit distance (insert, delete,
 * replace, swap of neighbours) if that is no more than a third of the word. */
#include <stdio.h>
#include <string.h>

#include "core/policy/suggest.h"

enum { WORD_LIMIT = 48 }; /* longer words are not worth guessing at */

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static size_t distance(struct keep_str a, struct keep_str b)
{
    size_t row[3][WORD_LIMIT + 1];
    if (a.n > WORD_LIMIT || b.n > WORD_LIMIT)
        return SIZE_MAX;
    for (size_t k = 0; k <= b.n; k++)
        row[0][k] = k;
    for (size_t i = 1; i <= a.n; i++) {
        size_t *now = row[i % 3], *last = row[(i + 2) % 3], *older = row[(i + 1) % 3];
        now[0] = i;
        for (size_t k = 1; k <= b.n; k++) {
            now[k] = least(least(now[k - 1], last[k]) + 1, last[k - 1] + (a.p[i - 1] != b.p[k - 1]));
            if (i > 1 && k > 1 && a.p[i - 1] == b.p[k - 2] && a.p[i - 2] == b.p[k - 1])
                now[k] = least(now[k], older[k - 2] + 1);
        }
    }
    return row[a.n % 3][b.n];
}

void keep_suggest_begin(struct keep_suggest *s, struct keep_str have)
{
    *s = (struct keep_suggest){.have = have, .distance = SIZE_MAX};
}

void keep_suggest_offer(struct keep_suggest *s, struct keep_str candidate)
{
    size_t limit = s->have.n / 3 ? s->have.n / 3 : 1, apart = s->have.n > candidate.n ? s->have.n - candidate.n : candidate.n - s->have.n;
    if (apart > limit || apart >= s->distance)
        return; /* no fewer insertions than that */
    size_t d = distance(s->have, candidate);
    if (d <= limit && d < s->distance) {
        s->distance = d;
        s->best = candidate;
    }
}

const char *keep_suggest_end(struct keep_suggest *s, const char *fallback)
{
    if (s->distance == SIZE_MAX)
        return fallback;
    snprintf(s->text, sizeof s->text, "did you mean `%.*s`?", (int)s->best.n, s->best.p);
    return s->text;
}
