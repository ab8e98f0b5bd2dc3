/* Numbers are short because most are: ids of entities, days since 1970, nothing.
 * What is read has been sealed with its page and stands in a leaf; a body that
 * does not keep to its form is damage. */
#include "core/store/stated.h"

#include "core/base/varint.h"

static void put_signed(struct keep_buf *b, int64_t v)
{
    keep_buf_varint(b, keep_varint_fold(v));
}

static void put_str(struct keep_buf *b, struct keep_str s)
{
    keep_buf_varint(b, s.n);
    keep_buf_add(b, s.p, s.n);
}

void keep_stated_put(struct keep_buf *b, const struct keep_stated *s)
{
    keep_buf_add(b, s->digest, KEEP_STATED_DIGEST);
    keep_buf_add(b, s->content, KEEP_STATED_CONTENT);
    keep_buf_u8(b, (uint8_t)s->custody);
    keep_buf_u8(b, s->located);
    put_str(b, s->tags);
    keep_buf_varint(b, s->facility);
    keep_buf_varint(b, s->author);
    keep_buf_varint(b, s->signer);
    keep_buf_varint(b, s->file);
    keep_buf_varint(b, s->line);
    put_signed(b, s->first);
    put_signed(b, s->last);
    put_signed(b, s->created);
    put_signed(b, s->recorded);
    put_str(b, s->status);
    put_str(b, s->media);
    put_str(b, s->codes);
    put_str(b, s->days);
    put_str(b, s->amends);
}

struct reader {
    const uint8_t *p, *end;
    bool ok;
};

static const uint8_t *take(struct reader *r, uint64_t n)
{
    const uint8_t *p = r->p;

    if (!r->ok || n > (uint64_t)(r->end - p)) {
        r->ok = false;
        return NULL;
    }
    r->p += n;
    return p;
}

static uint64_t number(struct reader *r)
{
    uint64_t v = 0;

    r->ok = r->ok && keep_varint_get(&r->p, r->end, &v);
    return v;
}

static int64_t signed_number(struct reader *r)
{
    return keep_varint_unfold(number(r));
}

static keep_date date(struct reader *r)
{
    int64_t v = signed_number(r);

    r->ok = r->ok && v >= INT32_MIN && v <= INT32_MAX;
    return r->ok ? (keep_date)v : KEEP_DATE_NONE;
}

static struct keep_str str(struct reader *r)
{
    uint64_t n = number(r);
    const uint8_t *p = take(r, n);

    return p ? (struct keep_str){(const char *)p, (size_t)n} : (struct keep_str){NULL, 0};
}

static uint8_t byte(struct reader *r)
{
    const uint8_t *p = take(r, 1);

    return p ? *p : 0;
}

bool keep_stated_located(struct keep_str body)
{
    size_t at = KEEP_STATED_DIGEST + KEEP_STATED_CONTENT + 1;

    return body.n > at && body.p[at] != 0;
}

int keep_stated_get(struct keep_stated *out, struct keep_str body, struct keep_err *err)
{
    struct reader r = {(const uint8_t *)body.p, (const uint8_t *)body.p + body.n, body.p != NULL};
    struct keep_stated s;

    s.digest = take(&r, KEEP_STATED_DIGEST);
    s.content = take(&r, KEEP_STATED_CONTENT);
    uint8_t custody = byte(&r), located = byte(&r);
    s.custody = (enum keep_custody)custody;
    s.located = located != 0;
    s.tags = str(&r);
    s.facility = number(&r);
    s.author = number(&r);
    s.signer = number(&r);
    s.file = number(&r);
    s.line = number(&r);
    s.first = date(&r);
    s.last = date(&r);
    s.created = date(&r);
    s.recorded = signed_number(&r);
    s.status = str(&r);
    s.media = str(&r);
    s.codes = str(&r);
    s.days = str(&r);
    s.amends = str(&r);
    if (!r.ok || r.p != r.end || custody >= KEEP_CUSTODY_COUNT || located > 1 || (s.tags.n != 0 && s.tags.n != 16 && s.tags.n != 32))
        return keep_err_set(err, KEEP_E_INTEGRITY, "a record's row is malformed");
    *out = s;
    return 0;
}
