/* A JSON writer into a buffer: commas and escapes are its job. The output is
 * canonical as written: no white space, members in call order, UTF-8 as is,
 * control characters escaped; bytes that are not UTF-8 become U+FFFD. */
#ifndef CORE_TEXT_JSONW_H
#define CORE_TEXT_JSONW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/civil.h"

struct keep_jsonw {
    struct keep_buf *out;
    bool comma; /* the next value needs one before it */
};

void keep_jsonw_init(struct keep_jsonw *w, struct keep_buf *out);
void keep_jsonw_object(struct keep_jsonw *w);
void keep_jsonw_end_object(struct keep_jsonw *w);
void keep_jsonw_array(struct keep_jsonw *w);
void keep_jsonw_end_array(struct keep_jsonw *w);
void keep_jsonw_key(struct keep_jsonw *w, const char *name);
void keep_jsonw_str(struct keep_jsonw *w, struct keep_str s); /* {NULL,0} writes null */
void keep_jsonw_z(struct keep_jsonw *w, const char *z);       /* NULL writes null */
void keep_jsonw_i64(struct keep_jsonw *w, int64_t v);
void keep_jsonw_u64(struct keep_jsonw *w, uint64_t v);
void keep_jsonw_bool(struct keep_jsonw *w, bool v);
void keep_jsonw_null(struct keep_jsonw *w);
void keep_jsonw_date(struct keep_jsonw *w, keep_date d); /* null for none */
void keep_jsonw_time(struct keep_jsonw *w, keep_time t);
void keep_jsonw_raw(struct keep_jsonw *w, struct keep_str json); /* a value already in JSON */
void keep_jsonw_newline(struct keep_jsonw *w); /* ends an NDJSON row */

#endif
