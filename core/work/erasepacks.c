/* Each package is read once, whole, by the verifier that auditors use. */
#include "core/work/erasepacks.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/bag/inspect.h"
#include "core/store/sets.h"
#include "core/work/setpacks.h"

struct weighing {
    struct keep_erasing *e;
    struct keep_setpacks packs;
    bool *looked;       /* of each package */
    const char **fault; /* NULL: whole, once looked at */
    char found[256];    /* the first check that failed */
};

static int on_check(void *ctx, const char *check, enum keep_inspect_result r, const char *detail)
{
    struct weighing *w = ctx;
    if (r == KEEP_INSPECT_FAILED && !w->found[0])
        snprintf(w->found, sizeof w->found, "%s: %s", check, detail);
    return 0;
}

static const char *told(struct weighing *w, const char *id, const char *what, const char *detail)
{
    const size_t room = 1024;
    char *text = keep_arena_alloc(w->e->a, room);
    if (text)
        snprintf(text, room, "its package %s.tar %s%s", id, what, detail);
    return text ? text : "its package could not be looked at";
}

/* <0: not because of the package. */
static int look(struct weighing *w, const char *id, const char **fault, struct keep_err *err)
{
    char path[4096];
    struct keep_sign_public pub;
    struct keep_inspect_about about = {.records = 0};
    struct keep_err why = {0};
    w->found[0] = 0;
    if ((size_t)snprintf(path, sizeof path, "%s/%s.tar", w->e->p->packages, id) >= sizeof path)
        return keep_err_set(err, KEEP_E_LIMIT, "the packages folder's name is too long");
    if (access(path, F_OK) != 0) {
        *fault = told(w, id, "is not in the packages folder", "");
        return 0;
    }
    keep_sign_public_of(keep_store_signer(w->e->s), &pub);
    struct keep_inspect_params in = {.path = path, .pubkey = &pub, .found = on_check, .ctx = w, .about = &about, .progress = w->e->p->progress, .progress_ctx = w->e->p->packages_ctx};
    int rc = keep_inspect_package(&in, &why);
    if (rc == KEEP_E_NOMEM || rc == KEEP_E_INTERRUPTED)
        return keep_err_set(err, rc, "%s", why.text);
    if (rc < 0)
        *fault = told(w, id, "does not verify: ", w->found[0] ? w->found : why.text);
    else if (strcmp(about.id, id) != 0)
        *fault = told(w, id, "is another package", "");
    return 0;
}

/* 1: a package of the set is not whole. */
static int each_package(void *ctx, size_t pack, struct keep_err *err)
{
    struct weighing *w = ctx;
    int rc = w->looked[pack] ? 0 : look(w, w->packs.pack[pack].id, &w->fault[pack], err);
    w->looked[pack] = true;
    if (rc == 0 && w->fault[pack])
        w->fault[w->packs.n] = w->fault[pack];
    return rc < 0 ? rc : w->fault[pack] != NULL;
}

int keep_erasepacks_weigh(struct keep_erasing *e, struct keep_err *err)
{
    struct weighing w = {.e = e};
    int rc = keep_setpacks_load(&w.packs, e->s, e->p->plan, e->a, err);
    w.looked = keep_arena_array(e->a, w.packs.n + 1, sizeof *w.looked);
    w.fault = keep_arena_array(e->a, w.packs.n + 1, sizeof *w.fault); /* the last: of the set at hand */
    if (rc == 0 && !(w.looked && w.fault))
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; rc == 0 && i < e->p->plan->sets; i++) {
        struct keep_set_state st;
        if (!e->set[i] || e->p->plan->set[i].action != KEEP_ACT_ARCHIVE)
            continue;
        rc = keep_sets_get(e->s, e->p->plan->set[i].set, e->a, &st, err);
        if (rc == 0)
            rc = keep_setpacks_of(&w.packs, st.package, e->set[i]->records, each_package, &w, err);
        if (rc > 0) {
            e->set[i] = NULL, e->order[i] = NULL, e->reason[i] = w.fault[w.packs.n];
            rc = 0;
        }
    }
    return rc;
}
