/* Each package is read once, whole, by the verifier that auditors use. A set that
 * is larger than a package stands in several; its state names the last, and the
 * others are those of its plan that no set's state names. Of those made twice, for
 * the first was lost, the newer counts. */
#include "core/work/erasepacks.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/bag/inspect.h"
#include "core/base/codec.h"
#include "core/store/sets.h"

enum { ID = 64, PART = 64 /* hex digits of a part's digest */ };

struct package {
    char id[ID + 1], part[PART + 1];
    uint64_t records, wanted; /* in it; of the sets whose states name it */
    bool named;               /* by some set's state */
    bool looked;
    uint8_t plan[32];
    const char *fault;        /* NULL: whole */
};

struct weighing {
    struct keep_erasing *e;
    struct package *pack;
    size_t n, room;
    char found[256]; /* the first check that failed */
};

static struct package *package_of(struct weighing *w, struct keep_str id)
{
    for (size_t i = 0; i < w->n; i++)
        if (keep_str_is(id, w->pack[i].id))
            return &w->pack[i];
    if (id.n > ID)
        return NULL;
    if (w->n == w->room) {
        struct package *more = keep_arena_array(w->e->a, 2 * w->room + 8, sizeof *more);
        if (!more)
            return NULL;
        if (w->n)
            memcpy(more, w->pack, w->n * sizeof *more);
        w->pack = more;
        w->room = 2 * w->room + 8;
    }
    struct package *p = &w->pack[w->n++];
    *p = (struct package){.fault = NULL};
    memcpy(p->id, id.p, id.n);
    return p;
}

static int on_check(void *ctx, const char *check, enum keep_inspect_result r, const char *detail)
{
    struct weighing *w = ctx;
    if (r == KEEP_INSPECT_FAILED && !w->found[0])
        snprintf(w->found, sizeof w->found, "%s: %s", check, detail);
    return 0;
}

static const char *told(struct weighing *w, const struct package *p, const char *what, const char *detail)
{
    const size_t room = 1024;
    char *text = keep_arena_alloc(w->e->a, room);
    if (text)
        snprintf(text, room, "its package %s.tar %s%s", p->id, what, detail);
    return text ? text : "its package could not be looked at";
}

/* Reads a package, unless that was done. <0: not because of the package. */
static int look(struct weighing *w, struct package *p, struct keep_err *err)
{
    char path[4096];
    struct keep_sign_public pub;
    struct keep_inspect_about about = {.records = 0};
    struct keep_err why = {0};
    if (p->looked)
        return 0;
    p->looked = true;
    w->found[0] = 0;
    if ((size_t)snprintf(path, sizeof path, "%s/%s.tar", w->e->p->packages, p->id) >= sizeof path)
        return keep_err_set(err, KEEP_E_LIMIT, "the packages folder's name is too long");
    if (access(path, F_OK) != 0) {
        p->fault = told(w, p, "is not in the packages folder", "");
        return 0;
    }
    keep_sign_public_of(keep_store_signer(w->e->s), &pub);
    struct keep_inspect_params in = {.path = path, .pubkey = &pub, .found = on_check, .ctx = w, .about = &about, .progress = w->e->p->progress, .progress_ctx = w->e->p->packages_ctx};
    int rc = keep_inspect_package(&in, &why);
    if (rc == KEEP_E_NOMEM || rc == KEEP_E_INTERRUPTED)
        return keep_err_set(err, rc, "%s", why.text);
    if (rc < 0)
        p->fault = told(w, p, "does not verify: ", w->found[0] ? w->found : why.text);
    else if (strcmp(about.id, p->id) != 0)
        p->fault = told(w, p, "is another package", "");
    p->records = about.records;
    memcpy(p->plan, about.plan, sizeof p->plan);
    return 0;
}

/* Packages that some set's state names, and how many records of such sets each stands for. */
static int named(struct weighing *w, struct keep_err *err)
{
    const struct keep_plan *plan = w->e->p->plan;
    for (size_t i = 0; i < plan->sets; i++) {
        struct keep_set_state st;
        int found = keep_sets_get(w->e->s, plan->set[i].set, w->e->a, &st, err);
        if (found < 0)
            return found;
        if (found != 0 || st.package.n == 0)
            continue;
        struct package *p = package_of(w, st.package);
        if (!p)
            return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
        p->named = true;
        if (w->e->set[i])
            p->wanted += w->e->set[i]->records;
    }
    return 0;
}

struct gathering {
    struct weighing *w;
    char plan[80];
};

/* One that no set names is a piece of a set that is larger than a package. */
static int each_archived(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    static const char word[] = "\"part\":\"";
    struct gathering *g = ctx;
    const char *at = memmem(act->body.p, act->body.n, word, sizeof word - 1), *part = at ? at + sizeof word - 1 : NULL;
    if (!part || part + PART > act->body.p + act->body.n || !memmem(act->body.p, act->body.n, g->plan, strlen(g->plan)))
        return 0;
    for (size_t i = 0; i < g->w->n; i++)
        if (!g->w->pack[i].named && memcmp(g->w->pack[i].part, part, PART) == 0) { /* made again */
            if (act->subject.n > ID)
                return 0;
            g->w->pack[i] = (struct package){.fault = NULL};
            memcpy(g->w->pack[i].id, act->subject.p, act->subject.n);
            memcpy(g->w->pack[i].part, part, PART);
            return 0;
        }
    struct package *p = package_of(g->w, act->subject);
    if (!p)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    memcpy(p->part, part, PART);
    return 0;
}

/* The other packages of a set whose last one holds less than all of it: whole, or why not. */
static int pieces(struct weighing *w, const uint8_t plan[32], const char **fault, struct keep_err *err)
{
    struct gathering g = {.w = w};
    char hex[65];
    keep_codec_hex(plan, 32, hex);
    snprintf(g.plan, sizeof g.plan, "\"plan\":\"%s\"", hex);
    int rc = keep_txn_acts(w->e->s, "archived", NULL, each_archived, &g, err);
    for (size_t i = 0; rc == 0 && i < w->n && !*fault; i++)
        if (!w->pack[i].named) {
            rc = look(w, &w->pack[i], err);
            *fault = w->pack[i].fault;
        }
    return rc;
}

static int weigh(struct weighing *w, size_t i, const char **fault, struct keep_err *err)
{
    struct keep_set_state st;
    int rc = keep_sets_get(w->e->s, w->e->p->plan->set[i].set, w->e->a, &st, err);
    struct package *p = rc == 0 ? package_of(w, st.package) : NULL;
    if (rc == 0)
        rc = p ? look(w, p, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc < 0)
        return rc;
    *fault = p->fault;
    if (*fault || p->records >= p->wanted)
        return 0;
    uint8_t plan[32];
    memcpy(plan, p->plan, sizeof plan);
    return pieces(w, plan, fault, err);
}

int keep_erasepacks_weigh(struct keep_erasing *e, struct keep_err *err)
{
    struct weighing w = {.e = e};
    int rc = named(&w, err);
    for (size_t i = 0; rc == 0 && i < e->p->plan->sets; i++) {
        const char *fault = NULL;
        if (!e->set[i] || e->p->plan->set[i].action != KEEP_ACT_ARCHIVE)
            continue;
        rc = weigh(&w, i, &fault, err);
        if (fault)
            e->set[i] = NULL, e->order[i] = NULL, e->reason[i] = fault;
    }
    return rc;
}
