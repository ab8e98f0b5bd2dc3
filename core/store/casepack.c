/* Ordinals of one source nearly always rise, since the accesses of a finding are in
 * order of time and a log is as well; where one falls, its difference is folded.
 * Differences wrap around, so that any two ordinals have one. */
#include "core/store/casepack.h"

#include "core/base/varint.h"

void keep_casepack_put(struct keep_buf *out, const struct keep_event_id *event, size_t n)
{
    uint64_t before = 0;
    size_t of;

    keep_buf_varint(out, n);
    for (size_t i = 0; i < n; i += of) {
        for (of = 1; i + of < n && event[i + of].source == event[i].source;)
            of++;
        if (!keep_buf_reserve(out, (2 + of) * KEEP_VARINT_MOST))
            return;
        unsigned char *p = keep_varint_put(keep_varint_put(out->p + out->n, event[i].source), of);
        for (size_t k = i; k < i + of; before = event[k++].ordinal)
            p = keep_varint_put(p, keep_varint_fold((int64_t)(event[k].ordinal - before)));
        out->n = (size_t)(p - out->p);
    }
}

static int malformed(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_INTEGRITY, "the accesses of a case are malformed");
}

int keep_casepack_count(struct keep_str packed, size_t *n, struct keep_err *err)
{
    const unsigned char *p = (const unsigned char *)packed.p;
    uint64_t count;

    if (!packed.n || !keep_varint_get(&p, p + packed.n, &count) || count >= packed.n)
        return malformed(err);
    *n = (size_t)count;
    return 0;
}

int keep_casepack_get(struct keep_str packed, struct keep_event_id *event, size_t n, struct keep_err *err)
{
    const unsigned char *p = (const unsigned char *)packed.p, *end = p + packed.n;
    uint64_t ordinal = 0, source, of, step;

    if (!packed.n || !keep_varint_get(&p, end, &of) || of != n)
        return malformed(err);
    for (size_t i = 0; i < n;) {
        if (!keep_varint_get(&p, end, &source) || source >> KEEP_SOURCE_BITS || !keep_varint_get(&p, end, &of) || of == 0 || of > n - i)
            return malformed(err);
        for (size_t to = i + (size_t)of; i < to; i++) {
            if (!keep_varint_get(&p, end, &step))
                return malformed(err);
            ordinal += (uint64_t)keep_varint_unfold(step);
            if (ordinal >> KEEP_ORDINAL_BITS)
                return malformed(err);
            event[i] = (struct keep_event_id){source, ordinal};
        }
    }
    return p == end ? 0 : malformed(err);
}
