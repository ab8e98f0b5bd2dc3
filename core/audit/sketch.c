/* Keys that share a cell are counted together, so a cell never holds less than
 * any of its keys; of a hash the lesser of its two cells is the better bound. A
 * full cell stays full. */
#include "core/audit/sketch.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/big.h"

enum { NEIGHBOURS = 16 }; /* stretches with cells of their own at least */
enum { LANES = 32 };      /* cells that are looked at at once, as compilers like it */
_Static_assert(NEIGHBOURS > 2 * KEEP_SKETCH_BESIDE, "one, those before it and those behind it");

int keep_sketch_init(struct keep_sketch *s, unsigned bits, uint32_t keys)
{
    *s = (struct keep_sketch){.cells = (size_t)1 << bits, .keys = keys, .stretches = 1};
    if (keys) {
        for (s->stretches = NEIGHBOURS; (size_t)s->stretches * 2 * keys <= s->cells; s->stretches *= 2)
            ;
        s->cells = (size_t)s->stretches * keys;
    }
    s->cell = keep_big_zeroed(s->cells);
    return s->cell ? 0 : -1;
}

void keep_sketch_done(struct keep_sketch *s)
{
    keep_big_free(s->cell, s->cells);
    s->cell = NULL;
}

uint32_t keep_sketch_most(const struct keep_sketch *s)
{
    uint8_t lane[LANES] = {0}, most = 0;
    size_t i = 0;
    for (; s->any && i + LANES <= s->cells; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            lane[k] = s->cell[i + k] > lane[k] ? s->cell[i + k] : lane[k];
    for (; s->any && i < s->cells; i++)
        most = s->cell[i] > most ? s->cell[i] : most;
    for (size_t k = 0; k < LANES; k++)
        most = lane[k] > most ? lane[k] : most;
    return most;
}

static bool nothing(const uint8_t *cell, size_t n)
{
    return cell[0] == 0 && memcmp(cell, cell + 1, n - 1) == 0;
}

void keep_sketch_merge(struct keep_sketch *into, const struct keep_sketch *from)
{
    enum { PAGE = 4096 };
    size_t n = from->any ? into->cells : 0;
    into->any |= from->any;
    for (size_t at = 0, piece; at < n; at += piece) {
        uint8_t *a = into->cell + at;
        const uint8_t *b = from->cell + at;
        piece = n - at < PAGE ? n - at : PAGE;
        if (nothing(b, piece)) /* a page that nobody wrote to stays so */
            continue;
        for (size_t i = 0; i < piece; i++) {
            unsigned sum = (unsigned)a[i] + b[i];
            a[i] = (uint8_t)(sum < KEEP_SKETCH_FULL ? sum : KEEP_SKETCH_FULL);
        }
    }
}

/* The same of n keys from `key` on, LANES at most, and one stretch. */
static inline void reach_from(const struct keep_sketch *s, uint32_t key, uint32_t n, uint32_t stretch, uint32_t beside, uint16_t need, uint8_t *flag)
{
    uint16_t sum[LANES] = {0};
    for (uint32_t i = 0; i <= beside; i++) {
        const uint8_t *cell = keep_sketch_cell(s, key, stretch + i);
        for (uint32_t k = 0; k < n; k++)
            sum[k] = (uint16_t)(sum[k] + cell[k]);
    }
    for (uint32_t k = 0; k < n; k++)
        flag[key + k] |= sum[k] >= need;
}

void keep_sketch_reach(const struct keep_sketch *s, uint32_t beside, uint32_t need, uint8_t *flag)
{
    const uint16_t most = need < UINT16_MAX ? (uint16_t)need : UINT16_MAX;
    for (uint32_t n = 0; s->any && n < s->stretches; n++) {
        uint32_t k = 0;
        if (nothing(keep_sketch_cell(s, 0, n), s->keys)) /* the next stretch has as much with those behind it */
            continue;
        for (; k + LANES <= s->keys; k += LANES)
            reach_from(s, k, LANES, n, beside, most, flag);
        reach_from(s, k, s->keys - k, n, beside, most, flag);
    }
}
