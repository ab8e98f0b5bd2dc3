/* What stands open in a package: the plan, who approved it, the packs and their
 * adoption, the officers' public keys, and the counts. Nothing that identifies. */
#include <stdio.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/store/load.h"
#include "core/store/txn.h"
#include "core/text/jsonw.h"
#include "core/work/sealrun_inside.h"

static int add_text(struct keep_sealing *se, const char *name, struct keep_str text, struct keep_err *err)
{
    bool ok = true;
    if (se->texts == KEEP_SEALING_TEXTS)
        return keep_err_set(err, KEEP_E_LIMIT, "more policy packs than a package takes");
    struct keep_seal_text *t = &se->text[se->texts++];
    t->name = keep_arena_copy(se->a, name, strlen(name));
    t->text = keep_arena_str(se->a, text, &ok);
    return t->name && ok ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static int each_adoption(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct keep_jsonw *w = ctx;
    (void)err;
    keep_jsonw_object(w);
    keep_jsonw_key(w, "role");
    keep_jsonw_str(w, act->role);
    keep_jsonw_key(w, "at");
    keep_jsonw_time(w, act->at);
    keep_jsonw_key(w, "statement");
    keep_jsonw_str(w, act->body);
    keep_jsonw_key(w, "signature");
    keep_jsonw_str(w, act->signature);
    keep_jsonw_end_object(w);
    return 0;
}

static void officer_keys(struct keep_jsonw *w, const struct keep_officer *o, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct keep_buf pub = KEEP_BUF_INIT;
        keep_sign_public_write(&pub, &o[i].key, "chartkeep officer");
        keep_jsonw_object(w);
        keep_jsonw_key(w, "role");
        keep_jsonw_str(w, o[i].role);
        keep_jsonw_key(w, "public_key");
        keep_jsonw_str(w, keep_buf_view(&pub));
        keep_jsonw_end_object(w);
        keep_buf_free(&pub);
    }
}

/* Who the officers are, and who were: an auditor needs their public keys to check approvals and adoption, and what one signed holds after he left. */
static void officers_json(struct keep_store *s, struct keep_buf *b)
{
    struct keep_jsonw w;
    size_t n;
    keep_jsonw_init(&w, b);
    keep_jsonw_array(&w);
    const struct keep_officer *present = keep_store_officers(s, &n);
    officer_keys(&w, present, n);
    const struct keep_officer *former = keep_store_former(s, &n);
    officer_keys(&w, former, n);
    keep_jsonw_end_array(&w);
}

/* The plan without its annex: the part its digest covers, and nothing that identifies. */
int keep_sealpapers_texts(struct keep_sealing *se, struct keep_err *err)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_jsonw w;
    struct keep_plan open = *se->p->plan;
    open.annex = (struct keep_str){NULL, 0};
    keep_plan_write(&open, &b);
    int rc = add_text(se, "decision/plan.json", keep_buf_view(&b), err);
    keep_buf_clear(&b);
    if (rc == 0)
        rc = keep_planrun_approved(se->s, se->p->plan, &b, err);
    if (rc == 0)
        rc = add_text(se, "decision/approvals.json", keep_buf_view(&b), err);
    keep_buf_clear(&b);
    keep_jsonw_init(&w, &b);
    keep_jsonw_array(&w);
    if (rc == 0)
        rc = keep_txn_acts(se->s, "adopt", NULL, each_adoption, &w, err);
    keep_jsonw_end_array(&w);
    if (rc == 0)
        rc = add_text(se, "decision/adoption.json", keep_buf_view(&b), err);
    keep_buf_clear(&b);
    officers_json(se->s, &b);
    if (rc == 0)
        rc = add_text(se, "decision/officers.json", keep_buf_view(&b), err);
    for (size_t i = 0; rc == 0 && i < se->p->adopted->texts; i++) {
        char name[300];
        struct keep_str pack = se->p->adopted->policy->pack[i].name;
        snprintf(name, sizeof name, "policy/%.*s.policy", (int)(pack.n < 200 ? pack.n : 200), pack.p);
        rc = add_text(se, name, se->p->adopted->text[i].text, err);
    }
    if (rc == 0 && b.failed)
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    keep_buf_free(&b);
    return rc;
}

/* ---- counts ---- */

struct quarantined {
    const struct keep_world *w;
    uint64_t *n; /* by source */
};

static int count_quarantined(void *ctx, const struct keep_quarantined *q, struct keep_err *err)
{
    struct quarantined *c = ctx;
    (void)err;
    for (size_t i = 0; i < c->w->sources; i++)
        if (keep_str_eq(c->w->source[i].name, q->source))
            c->n[i]++;
    return 0;
}

static void pair(struct keep_jsonw *w, const char *name, uint64_t n)
{
    keep_jsonw_key(w, name);
    keep_jsonw_u64(w, n);
}

/* Each source that records of this package came from. */
static int sources(const struct keep_sealing *se, struct keep_jsonw *w, struct keep_err *err)
{
    const struct keep_world *world = &se->d.world;
    uint64_t *here = keep_arena_array(se->a, world->sources + 1, sizeof *here);
    struct quarantined q = {world, keep_arena_array(se->a, world->sources + 1, sizeof *q.n)};
    if (!here || !q.n)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    int rc = keep_load_quarantine(se->s, count_quarantined, &q, err);
    for (size_t i = 0; i < se->now->places; i++)
        if (se->now->place[i].source < world->sources)
            here[se->now->place[i].source]++;
    keep_jsonw_key(w, "sources");
    keep_jsonw_array(w);
    for (size_t i = 0; i < world->sources; i++) {
        if (here[i] == 0)
            continue;
        keep_jsonw_object(w);
        keep_jsonw_key(w, "source");
        keep_jsonw_str(w, world->source[i].name);
        pair(w, "lines_in_quarantine", q.n[i]);
        pair(w, "records_in_keep", se->in_keep[i]);
        pair(w, "records_in_package", here[i]);
        keep_jsonw_end_object(w);
    }
    keep_jsonw_end_array(w);
    return rc;
}

/* A set that is larger than a package: which part of it this is. */
static void parts(const struct keep_sealing *se, struct keep_jsonw *w)
{
    const struct keep_sealpart *part = se->now;
    keep_jsonw_key(w, "sets_in_part");
    keep_jsonw_array(w);
    if (part->split && part->places > 0) {
        const struct keep_set *set = se->set[part->place[0].set];
        char hex[33];
        keep_codec_hex(set->id, 16, hex);
        keep_jsonw_object(w);
        keep_jsonw_key(w, "set");
        keep_jsonw_z(w, hex);
        pair(w, "records", part->places);
        pair(w, "records_of_set", set->records);
        keep_jsonw_end_object(w);
    }
    keep_jsonw_end_array(w);
}

int keep_sealpapers_counts(const struct keep_sealing *se, struct keep_buf *out, struct keep_err *err)
{
    struct keep_jsonw w;
    keep_jsonw_init(&w, out);
    keep_jsonw_object(&w);
    pair(&w, "sets", se->now->sets);
    pair(&w, "records_in_keep", se->now->places);
    pair(&w, "records_in_package", keep_seal_records(se->seal));
    pair(&w, "index_entries_without_payload", se->index_only);
    parts(se, &w);
    int rc = sources(se, &w, err);
    keep_jsonw_end_object(&w);
    return rc == 0 && out->failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : rc;
}
