/* Findings, in order of their first access, each take the case on file that
 * casematch.h says. Only that hangs on the order, which depends on times and event
 * ids alone; what is before and behind it is done by all threads, a piece of the
 * findings each. */
#include "core/work/casename.h"

#include <stdlib.h>

#include "core/crypto/hash.h"
#include "core/work/casematch.h"

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory while sorting out cases");
}

static uint64_t name_key(const uint8_t name[16])
{
    uint64_t k = 0;
    for (int i = 0; i < 8; i++)
        k = k << 8 | name[i];
    return k;
}

int keep_casename_make(struct keep_casename *n, const struct keep_world *w, const struct keep_casebook_case *file, size_t files, struct keep_err *err)
{
    *n = (struct keep_casename){.world = w, .file = file, .files = files, .by_name = KEEP_U64MAP_INIT};
    if (files >= KEEP_U64MAP_NONE || keep_u64map_reserve(&n->by_name, files) || !(n->taken = calloc(files + 1, sizeof *n->taken)))
        return no_memory(err);
    for (size_t i = files; i-- > 0;) {
        uint32_t *at = keep_u64map_put(&n->by_name, name_key(file[i].name));
        if (!at)
            return no_memory(err);
        *at = (uint32_t)i;
    }
    return 0;
}

void keep_casename_done(struct keep_casename *n)
{
    keep_u64map_free(&n->by_name);
    free(n->taken);
    *n = (struct keep_casename){.by_name = KEEP_U64MAP_INIT};
}

const struct keep_casebook_case *keep_casename_of(const struct keep_casename *n, const uint8_t name[16])
{
    uint32_t i = keep_u64map_get(&n->by_name, name_key(name));
    return i != KEEP_U64MAP_NONE && memcmp(n->file[i].name, name, 16) == 0 ? &n->file[i] : NULL;
}

static bool is(const struct keep_event_id *a, const struct keep_event_id *b)
{
    return a->ordinal == b->ordinal && a->source == b->source;
}

bool keep_casename_grew(const struct keep_casebook_case *f, const struct keep_case *k)
{
    if (k->events > f->events)
        return true;
    for (size_t i = 0, at; i < k->events; i++) {
        if (is(&f->event[i], &k->event[i]))
            continue;
        for (at = 0; at < f->events && !is(&f->event[at], &k->event[i]); at++)
            ;
        if (at == f->events)
            return true;
    }
    return false;
}

/* --- giving names, a piece of them at a time --- */

enum { PIECE = 1024 }; /* findings: a millisecond's work */

static size_t pieces_of(size_t n)
{
    return (n + PIECE - 1) / PIECE;
}

static size_t piece_end(size_t piece, size_t n)
{
    return n - piece * PIECE < PIECE ? n : (piece + 1) * PIECE;
}

struct giving {
    struct keep_casename *n;
    const struct keep_casename_found *found;
    struct keep_casematch m;
    struct keep_casematch_chains *chains; /* of each, by the first access */
    uint32_t *file;                       /* likewise */
};

static void find_chains(void *ctx, size_t piece)
{
    struct giving *g = ctx;
    for (size_t i = piece * PIECE; i < piece_end(piece, g->found->n); i++)
        g->chains[i] = keep_casematch_chains(&g->m, &g->found->list[g->found->time[i]]);
}

/* Is a finding that no access was judged of on file as it is? What it says hangs on its accesses, its score and people of whom nothing changed. One that was
 * written as of a later time than that audit's is of another. */
static bool is_known(const struct giving *g, const struct keep_casebook_case *f, const struct keep_case *k)
{
    if (!k->kept || f->as_of > g->found->before || f->score != k->score || f->severity != k->severity || f->weight != k->weight || f->events != k->events || f->first != k->first ||
        f->last != k->last || f->account != keep_casematch_account(g->n->world, k))
        return false;
    for (size_t i = 0; i < k->events; i++)
        if (!is(&f->event[i], &k->event[i]))
            return false;
    return true;
}

/* A finding becomes a case on file, or one of its own. */
static void become(const struct giving *g, uint32_t file, struct keep_case *k)
{
    static const uint8_t purpose[32] = "chartkeep case id, once more";
    if (file != KEEP_CASEMATCH_NONE) {
        const struct keep_casebook_case *f = &g->n->file[file];
        memcpy(k->id, f->name, sizeof f->name);
        k->known = is_known(g, f, k);
        k->status = f->closed && !k->known && keep_casename_grew(f, k) ? KEEP_CASE_NEEDS_REVIEW : f->status;
        return;
    }
    while (keep_casename_of(g->n, k->id)) { /* that name is history: of a case that has been split */
        uint8_t was[16];
        memcpy(was, k->id, sizeof was);
        keep_hash_keyed(k->id, sizeof was, was, sizeof was, purpose);
    }
}

static void become_all(void *ctx, size_t piece)
{
    struct giving *g = ctx;
    for (size_t i = piece * PIECE; i < piece_end(piece, g->found->n); i++)
        become(g, g->file[i], &g->found->list[g->found->time[i]]);
}

static void give(struct giving *g, struct keep_crew *crew)
{
    const struct keep_casename_found *found = g->found;
    struct keep_casename *n = g->n;
    keep_crew_each(crew, pieces_of(found->n), find_chains, g);
    memset(n->taken, 0, n->files * sizeof *n->taken);
    for (size_t i = 0; i < found->n; i++) {
        g->file[i] = keep_casematch_take(&g->m, &found->list[found->time[i]], g->chains[i]);
        if (g->file[i] != KEEP_CASEMATCH_NONE)
            n->taken[g->file[i]] = true;
    }
    keep_crew_each(crew, pieces_of(found->n), become_all, g);
}

int keep_casename_give(struct keep_casename *n, const struct keep_casename_found *found, struct keep_crew *crew, struct keep_err *err)
{
    struct giving g = {.n = n, .found = found, .chains = malloc((found->n + 1) * sizeof *g.chains), .file = malloc((found->n + 1) * sizeof *g.file)};
    int rc = g.chains && g.file ? keep_casematch_make(&g.m, n->world, n->file, n->files, NULL, err) : no_memory(err);
    if (rc == 0)
        give(&g, crew);
    keep_casematch_done(&g.m);
    free(g.chains);
    free(g.file);
    return rc;
}
