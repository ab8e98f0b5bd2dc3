/* From the acts of sealing: their bodies are this program's own (sealacts.c). */
#include "core/work/setpacks.h"

#include <string.h>

#include "core/store/sets.h"
#include "core/store/txn.h"
#include "core/text/json.h"

struct loading {
    struct keep_setpacks *out;
    struct keep_arena *a;
    size_t room;
};

static void text_of(const struct keep_json *body, const char *name, char *out, size_t size)
{
    struct keep_str s = keep_json_str(keep_json_get(body, name));
    if (s.n && s.n < size)
        memcpy(out, s.p, s.n);
}

static int each_archived(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct loading *l = ctx;
    const struct keep_json *body = NULL;
    int64_t records = 0;
    int rc = keep_json_parse(&body, act->body, NULL, l->a, err);
    if (rc < 0)
        return rc;
    if (!keep_arena_grow(l->a, &l->out->pack, &l->room, l->out->n + 1, sizeof *l->out->pack, 16))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    struct keep_setpack *p = &l->out->pack[l->out->n++];
    *p = (struct keep_setpack){.named = false};
    if (act->subject.n <= KEEP_SETPACKS_ID)
        memcpy(p->id, act->subject.p, act->subject.n);
    text_of(body, "plan", p->plan, sizeof p->plan);
    text_of(body, "part", p->part, sizeof p->part);
    if (keep_json_i64(keep_json_get(body, "records"), &records))
        p->records = (uint64_t)records;
    for (size_t i = 0; i + 1 < l->out->n; i++)
        l->out->pack[i].replaced |= strcmp(l->out->pack[i].part, p->part) == 0;
    return 0;
}

static struct keep_setpack *named(const struct keep_setpacks *p, struct keep_str id)
{
    for (size_t i = 0; i < p->n; i++)
        if (keep_str_is(id, p->pack[i].id))
            return &p->pack[i];
    return NULL;
}

int keep_setpacks_load(struct keep_setpacks *out, struct keep_store *s, const struct keep_plan *plan, struct keep_arena *a, struct keep_err *err)
{
    *out = (struct keep_setpacks){NULL, 0};
    struct loading l = {.out = out, .a = a};
    int rc = keep_txn_acts(s, "archived", NULL, each_archived, &l, err);
    for (size_t i = 0; rc == 0 && i < plan->sets; i++) {
        struct keep_set_state st;
        int found = keep_sets_get(s, plan->set[i].set, a, &st, err);
        struct keep_setpack *p = found == 0 && st.package.n ? named(out, st.package) : NULL;
        if (p)
            p->named = true;
        rc = found < 0 ? found : 0;
    }
    return rc;
}

int keep_setpacks_of(const struct keep_setpacks *p, struct keep_str package, uint64_t records, int (*each)(void *ctx, size_t pack, struct keep_err *err), void *ctx, struct keep_err *err)
{
    const struct keep_setpack *last = named(p, package);
    if (!last)
        return keep_err_set(err, KEEP_E_INTEGRITY, "a record set names a package that was never archived");
    int rc = each(ctx, (size_t)(last - p->pack), err);
    for (size_t i = 0; rc == 0 && i < p->n && last->records < records; i++)
        if (!p->pack[i].named && !p->pack[i].replaced && strcmp(p->pack[i].plan, last->plan) == 0)
            rc = each(ctx, i, err);
    return rc;
}
