/* Two signed heads of one ledger: the shorter must be the beginning of the longer.
 * Heads alone show that only where they cover the same number of entries; otherwise
 * a consistency proof (RFC 6962 section 2.1.2) must lead from one to the other, or from
 * both to a third. Where none does, nothing is wrong, but nothing is shown either.
 * Two heads of one size with other roots, or a proof that does not lead from the
 * package's head to the signed one it ends in, are a ledger told in two ways. */
#include "core/bag/lineage.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/bag/tlogproof.h"

static bool same(const struct keep_note_head *a, const struct keep_note_head *b)
{
    return a->size == b->size && memcmp(a->root, b->root, 32) == 0;
}

/* Whether the tree of h is the beginning of (or all of) the tree that g's checkpoint signs. */
static bool begins(const struct keep_note_head *h, const struct keep_tlogproof_growth *g)
{
    return same(h, &g->head) || (g->old == h->size && g->old > 0 && keep_merkle_extends(h->size, h->root, g->head.size, g->head.root, (const uint8_t (*)[32])g->hash, g->hashes) == 0);
}

/* Whether a and b are beginnings of one tree, by two of the files (or one). */
static bool joined(const struct keep_note_head *a, const struct keep_note_head *b, const struct keep_tlogproof_growth *g, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            if (same(&g[i].head, &g[k].head) && begins(a, &g[i]) && begins(b, &g[k]))
                return true;
    return false;
}

/* What a file by itself says against the package's head; NULL nothing. */
static const char *against(const struct keep_note_head *package, const struct keep_tlogproof_growth *g)
{
    if (!keep_str_eq(package->origin, g->head.origin))
        return "is of another ledger";
    if (g->head.size == package->size && !same(&g->head, package))
        return "signs as many entries as the package's head, but other ones: the ledger was told in two ways";
    if (g->old == package->size && !begins(package, g))
        return "does not lead from the package's head to the one it ends in: the ledger was rewritten";
    return NULL;
}

static void judge(struct keep_examine *x, const struct keep_note_head *package, const struct keep_tlogproof_growth *g)
{
    size_t n = x->p->heads, own = 0;
    for (size_t i = 0; i < n; i++) {
        const char *name = x->p->head[i].name, *bad = against(package, &g[i]);
        if (bad) {
            keep_examine_fail(x, KEEP_CHECK_HEAD, "%s %s", name, bad);
        } else if (g[i].old == 0) {
            own++;
            if (!joined(package, &g[i].head, g, n)) {
                char why[300];
                unsigned long long a = (unsigned long long)package->size, b = (unsigned long long)g[i].head.size;
                snprintf(why, sizeof why, "%.80s signs %llu entries, the package's head %llu: ask for ledger prove --from %llu%s, and give it as a further --head", name, b, a, a < b ? a : b,
                         a < b ? " (and, once the ledger has grown, --from that head)" : "");
                keep_examine_impossible(x, KEEP_CHECK_HEAD, why);
            }
            keep_examine_note(x, KEEP_CHECK_HEAD, "%s, of %llu entries, and the package's, of %llu, are of one history", name, (unsigned long long)g[i].head.size, (unsigned long long)package->size);
        }
    }
    if (own == 0)
        keep_examine_impossible(x, KEEP_CHECK_HEAD, "a proof of growth was given, but no head that the auditor kept");
}

void keep_lineage_check(struct keep_examine *x, const struct keep_note_head *package)
{
    struct keep_tlogproof_growth *g = calloc(x->p->heads, sizeof *g);
    bool read = g != NULL;
    if (!g)
        keep_examine_impossible(x, KEEP_CHECK_HEAD, "out of memory");
    for (size_t i = 0; g && i < x->p->heads; i++) {
        struct keep_err why = {0};
        if (keep_tlogproof_growth(&g[i], x->p->head[i].text, x->p->pubkey->key, &why) < 0) {
            keep_examine_fail(x, KEEP_CHECK_HEAD, "%s: %s", x->p->head[i].name, why.text);
            read = false;
        }
    }
    if (read)
        judge(x, package, g);
    free(g);
}
