/* An act "quarantine dismissed": subject the item's number, body
 *
 *   {"item":N,"reason":TEXT,"source":NAME,"store":HEX16}
 *
 * signed by an officer. What does not verify counts for nothing, and one item
 * counts once, however often an act of it stands there. */
#include "core/work/unread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/base/grow.h"
#include "core/base/num.h"
#include "core/store/load.h"
#include "core/store/txn.h"
#include "core/text/json.h"
#include "core/text/jsonw.h"
#include "core/text/utf8.h"
#include "core/work/packs.h"
#include "core/work/signer.h"

#define DISMISSAL "chartkeep quarantine dismissed" /* trusted comment: a signature made for another act never passes for this one */

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* ---- what was dismissed, and what is unread ---- */

struct reading {
    struct keep_store *s;
    struct keep_arena *a; /* for one act */
    int (*each)(void *ctx, const struct keep_unread_dismissed *, struct keep_err *);
    void *ctx;
};

static int each_act(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct reading *r = ctx;
    const struct keep_json *j = NULL, *item;
    struct keep_unread_dismissed d = {.role = act->role, .at = act->at};
    char store[33];
    keep_arena_reset(r->a);
    if (keep_json_parse(&j, act->body, "a dismissal", r->a, err) < 0) /* then it is none of ours */
        keep_err_clear(err);
    item = keep_json_get(j, "item");
    keep_codec_hex(keep_store_id(r->s), 16, store);
    d.sound = keep_num_u64(act->subject, &d.item) && item && keep_str_eq(item->span, act->subject) && keep_str_is(keep_json_str(keep_json_get(j, "store")), store) &&
              keep_packs_signed(r->s, act->role, act->body, act->signature, DISMISSAL);
    d.source = keep_json_str(keep_json_get(j, "source"));
    d.reason = keep_json_str(keep_json_get(j, "reason"));
    return r->each(r->ctx, &d, err);
}

int keep_unread_list(struct keep_store *s, int (*each)(void *ctx, const struct keep_unread_dismissed *, struct keep_err *), void *ctx, struct keep_err *err)
{
    struct reading r = {s, keep_arena_new(1u << 20), each, ctx};
    int rc = r.a ? keep_txn_acts(s, KEEP_LOAD_DISMISSED, NULL, each_act, &r, err) : no_memory(err);
    keep_arena_free(r.a);
    return rc;
}

struct item {
    uint64_t id;
    uint32_t source; /* its place among the sources */
};

struct marking {
    struct keep_source *source;
    size_t n;
    struct item *item; /* that were dismissed */
    size_t items, room;
};

static int add_unread(void *ctx, uint32_t source, uint64_t items, struct keep_err *err)
{
    struct marking *m = ctx;
    (void)err;
    for (size_t i = 0; i < m->n; i++)
        if (m->source[i].id == source)
            m->source[i].unread = items;
    return 0;
}

static int note_dismissed(void *ctx, const struct keep_unread_dismissed *d, struct keep_err *err)
{
    struct marking *m = ctx;
    for (uint32_t i = 0; d->sound && i < m->n; i++) {
        if (!keep_str_eq(m->source[i].name, d->source))
            continue;
        if (!keep_grow(&m->item, &m->room, m->items + 1, sizeof *m->item, 64))
            return no_memory(err);
        m->item[m->items++] = (struct item){d->item, i};
        break;
    }
    return 0;
}

static int by_id(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

int keep_unread_mark(struct keep_store *s, struct keep_source *source, size_t n, struct keep_err *err)
{
    struct marking m = {.source = source, .n = n};
    uint64_t all = 0;
    int rc = keep_load_unread(s, add_unread, &m, err);
    for (size_t i = 0; i < n; i++)
        all += source[i].unread;
    if (rc < 0 || all == 0)
        return rc;
    rc = keep_unread_list(s, note_dismissed, &m, err);
    if (rc == 0 && m.items)
        qsort(m.item, m.items, sizeof *m.item, by_id);
    for (size_t i = 0; rc == 0 && i < m.items; i++)
        if ((i == 0 || m.item[i].id != m.item[i - 1].id) && source[m.item[i].source].unread)
            source[m.item[i].source].unread--;
    free(m.item);
    return rc;
}

/* ---- an officer's word ---- */

struct dismissing {
    const struct keep_unread_dismissal *what;
    struct keep_arena *a;
    struct lying {
        uint64_t id;
        struct keep_str source;
    } *item; /* what lies there and is meant */
    size_t items, room;
};

static bool meant(const struct keep_unread_dismissal *w, const struct keep_quarantined *q)
{
    bool named = w->items == 0;
    for (size_t i = 0; !named && i < w->items; i++)
        named = w->item[i] == q->id;
    return named && (w->source.n == 0 || keep_str_eq(w->source, q->source));
}

static int note_item(void *ctx, const struct keep_quarantined *q, struct keep_err *err)
{
    struct dismissing *d = ctx;
    bool ok = true;
    if (!meant(d->what, q))
        return 0;
    if (!keep_arena_grow(d->a, &d->item, &d->room, d->items + 1, sizeof *d->item, 64))
        return no_memory(err);
    d->item[d->items++] = (struct lying){q->id, keep_arena_str(d->a, q->source, &ok)};
    return ok ? 0 : no_memory(err);
}

/* Each that is named must lie there. */
static int check(const struct dismissing *d, struct keep_err *err)
{
    const struct keep_unread_dismissal *w = d->what;
    for (size_t i = 0; i < w->items; i++) {
        bool there = false;
        for (size_t k = 0; !there && k < d->items; k++)
            there = d->item[k].id == w->item[i];
        if (!there)
            return keep_err_set(err, KEEP_E_USAGE, "no item %llu in quarantine%s%.*s", (unsigned long long)w->item[i], w->source.n ? " from source " : "", (int)w->source.n, w->source.p);
    }
    if (w->reason.n == 0 || w->reason.n > KEEP_UNREAD_REASON || !keep_utf8_valid(w->reason))
        return keep_err_set(err, KEEP_E_USAGE, "a reason is some text of at most %d bytes", KEEP_UNREAD_REASON);
    return 0;
}

static int write_act(struct keep_store *s, const struct keep_unread_dismissal *w, const struct lying *item, struct keep_str role, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    struct keep_jsonw j;
    char hex[33], number[24];
    snprintf(number, sizeof number, "%llu", (unsigned long long)item->id);
    keep_codec_hex(keep_store_id(s), 16, hex);
    keep_jsonw_init(&j, &body);
    keep_jsonw_object(&j);
    keep_jsonw_key(&j, "item");
    keep_jsonw_u64(&j, item->id);
    keep_jsonw_key(&j, "reason");
    keep_jsonw_str(&j, w->reason);
    keep_jsonw_key(&j, "source");
    keep_jsonw_str(&j, item->source);
    keep_jsonw_key(&j, "store");
    keep_jsonw_z(&j, hex);
    keep_jsonw_end_object(&j);
    int rc = body.failed ? no_memory(err) : keep_sign_message(&sig, w->officer, body.p, body.n, "dismissal of an item in quarantine", DISMISSAL, err);
    if (rc == 0) {
        struct keep_act act = {.kind = KEEP_STR(KEEP_LOAD_DISMISSED), .subject = keep_str_of(number), .body = keep_buf_view(&body), .signature = keep_buf_view(&sig), .role = role, .at = keep_store_now(s)};
        rc = keep_txn_act(s, &act, NULL, err);
    }
    keep_buf_free(&body);
    keep_buf_free(&sig);
    return rc;
}

int keep_unread_dismiss(struct keep_store *s, const struct keep_unread_dismissal *what, uint64_t *dismissed, struct keep_err *err)
{
    struct dismissing d = {.what = what, .a = keep_arena_new(0)};
    const struct keep_officer *o;
    *dismissed = 0;
    int rc = d.a ? keep_signer_of(s, what->officer, &o, err) : no_memory(err);
    if (rc == 0)
        rc = keep_load_quarantine(s, note_item, &d, err);
    if (rc == 0)
        rc = check(&d, err);
    if (rc == 0 && d.items)
        rc = keep_txn_begin(s, KEEP_LEDGER_QUARANTINE, err);
    if (rc == 0 && d.items) {
        for (size_t i = 0; rc == 0 && i < d.items; i++)
            rc = write_act(s, what, &d.item[i], o->role, err);
        keep_txn_count(s, "dismissed", d.items);
        rc = keep_txn_end(s, rc, err);
    }
    if (rc == 0)
        *dismissed = d.items;
    keep_arena_free(d.a);
    return rc;
}
