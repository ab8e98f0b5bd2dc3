/* The part of a record that is sealed under its own key: what it is called, where
 * the thing itself is, its identifiers, and of a disclosure what was told to whom.
 * The last stands at the end, and only where there is one. */
#include "core/store/detail.h"

static void put_str(struct keep_buf *b, struct keep_str s)
{
    keep_buf_bytes(b, s.p, s.n);
}

static void put_disclosure(struct keep_buf *b, const struct keep_disclosure *d)
{
    put_str(b, d->recipient);
    put_str(b, d->address);
    put_str(b, d->what);
    put_str(b, d->purpose);
    put_str(b, d->request);
    put_str(b, d->basis);
    put_str(b, d->agency);
    keep_buf_u32(b, (uint32_t)d->stated);
    keep_buf_u32(b, (uint32_t)d->until);
    keep_buf_u8(b, d->oral);
}

static void get_disclosure(struct keep_detail_reader *r, struct keep_disclosure *d)
{
    d->recipient = keep_detail_bytes(r);
    d->address = keep_detail_bytes(r);
    d->what = keep_detail_bytes(r);
    d->purpose = keep_detail_bytes(r);
    d->request = keep_detail_bytes(r);
    d->basis = keep_detail_bytes(r);
    d->agency = keep_detail_bytes(r);
    d->stated = (keep_date)keep_detail_u32(r);
    d->until = (keep_date)keep_detail_u32(r);
    uint8_t oral = keep_detail_u8(r);
    d->oral = oral;
    r->ok = r->ok && oral <= 1;
}

void keep_detail_put_record(struct keep_buf *b, const struct keep_row_record *r)
{
    put_str(b, r->title);
    put_str(b, r->custodian);
    put_str(b, r->locator);
    put_str(b, r->version);
    keep_buf_u32(b, (uint32_t)r->keys);
    for (size_t i = 0; i < r->keys; i++) {
        put_str(b, r->key[i].system);
        put_str(b, r->key[i].value);
    }
    if (r->disclosure)
        put_disclosure(b, r->disclosure);
}

int keep_detail_get_record(struct keep_detail_record *out, struct keep_str body, struct keep_err *err)
{
    struct keep_detail_reader r = {body, true};
    struct keep_detail_record d = {.disclosed = false};
    uint32_t n;

    d.title = keep_detail_bytes(&r);
    d.custodian = keep_detail_bytes(&r);
    d.locator = keep_detail_bytes(&r);
    d.version = keep_detail_bytes(&r);
    d.keys = r.left;
    n = keep_detail_u32(&r);
    for (uint32_t i = 0; r.ok && i < n; i++) {
        keep_detail_bytes(&r);
        keep_detail_bytes(&r);
    }
    d.disclosed = r.ok && r.left.n > 0;
    if (d.disclosed)
        get_disclosure(&r, &d.disclosure);
    if (!r.ok || r.left.n)
        return keep_err_set(err, KEEP_E_INTEGRITY, "a record's sealed part is malformed");
    *out = d;
    return 0;
}
