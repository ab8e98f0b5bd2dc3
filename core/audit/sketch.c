/* Keys that share a cell are counted together, so a cell never holds less than
 * any of its keys; the lesser of a key's two cells is the better bound. A full
 * cell stays full. */
#include "core/audit/sketch.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/big.h"

int keep_sketch_init(struct keep_sketch *s, unsigned bits)
{
    s->bits = bits;
    s->cell = keep_big_zeroed((size_t)1 << bits);
    return s->cell ? 0 : -1;
}

void keep_sketch_done(struct keep_sketch *s)
{
    keep_big_free(s->cell, (size_t)1 << s->bits);
    s->cell = NULL;
}

void keep_sketch_add(struct keep_sketch *s, uint64_t hash, uint32_t more)
{
    uint32_t mask = (UINT32_C(1) << s->bits) - 1;
    uint8_t *a = &s->cell[((uint32_t)(hash >> 32) + more) & mask], *b = &s->cell[((uint32_t)hash + more) & mask];
    *a += *a < KEEP_SKETCH_FULL;
    if (b != a)
        *b += *b < KEEP_SKETCH_FULL;
}

uint32_t keep_sketch_most(const struct keep_sketch *s)
{
    uint8_t most = 0;
    for (size_t i = 0; i < (size_t)1 << s->bits; i++)
        most = s->cell[i] > most ? s->cell[i] : most;
    return most;
}

void keep_sketch_merge(struct keep_sketch *into, const struct keep_sketch *from)
{
    enum { PAGE = 4096 };
    size_t n = (size_t)1 << into->bits, piece = n < PAGE ? n : PAGE;
    for (size_t at = 0; at < n; at += piece) {
        uint8_t *a = into->cell + at;
        const uint8_t *b = from->cell + at;
        if (b[0] == 0 && memcmp(b, b + 1, piece - 1) == 0) /* a page that nobody wrote to stays so */
            continue;
        for (size_t i = 0; i < piece; i++) {
            unsigned sum = (unsigned)a[i] + b[i];
            a[i] = (uint8_t)(sum < KEEP_SKETCH_FULL ? sum : KEEP_SKETCH_FULL);
        }
    }
}
