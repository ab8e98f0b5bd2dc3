/* One part of packed columns (packed.h) as bytes. A part stands on its own: several
 * can be read at once. Inside core/store only. */
#ifndef CORE_STORE_PACKED_PART_H
#define CORE_STORE_PACKED_PART_H

#include "core/base/buf.h"
#include "core/store/packed.h"

/* Where its columns stand in the body, which must outlive it. */
struct keep_packed_part {
    uint32_t n; /* rows, 1..KEEP_PACKED_PART */
    struct keep_packed_frame {
        int64_t least;
        uint64_t next;
        unsigned width;
        const uint8_t *at;
    } column[KEEP_PACKED_COLUMNS];
};

/* KEEP_E_INTEGRITY: it is none. */
int keep_packed_part_open(struct keep_packed_part *out, struct keep_str body, struct keep_err *err);
/* Column c of n rows from one on. */
void keep_packed_part_read(const struct keep_packed_part *p, int c, uint32_t from, uint32_t n, int64_t *out);
/* Appends a part of n rows. data: memory for that. */
void keep_packed_part_put(struct keep_buf *body, struct keep_buf *data, uint32_t n, const int64_t *const column[KEEP_PACKED_COLUMNS]);

#endif
