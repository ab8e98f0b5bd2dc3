/* What would happen is found by doing it: the rows are written inside a
 * transaction, the retention engine runs over the keep as it then is, and
 * without a confirmation all of it is rolled back. So what is shown is what is
 * committed, not a second opinion.
 *
 * Before: each set's day as it stands, stored days included. After: what the
 * rules give for the records as they are then, whatever was stored. Where that is
 * earlier, or makes a set due, the quorum must sign; everywhere else the later
 * of the two is stored, so that a set never gets an earlier day from being
 * split off or taken in. A set that was archived and changes is kept again: its
 * package does not hold what it now is.
 *
 * A hold in force on a patient is in force on each part of that patient
 * afterwards, and on whom records of theirs went to: where it would not be, it is
 * carried on by a hold of its own, which ends when the first one does. */
#include "core/work/patientrun.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/retention/release.h"
#include "core/store/load.h"
#include "core/store/sets.h"
#include "core/text/jsonw.h"
#include "core/work/hold.h"

#define COMMENT "chartkeep patients" /* trusted comment: a signature made for another act never passes for this one */
#define MOST 1000                    /* identities of one act: a chart of more is no patient's */

static const char *const words[] = {
#define X(name, word) word,
    KEEP_PATIENTRUN_ACTS(X)
#undef X
};

struct run {
    struct keep_store *s;
    const struct keep_patientrun_params *p;
    struct keep_patientrun_result *out;
    struct keep_arena *a;
    uint64_t identity[MOST]; /* everybody concerned: all identities of the patients named */
    size_t identities;
    struct keep_dates before, rules, after; /* as it stands; what the rules give for the records before, and for those after */
    struct keep_err *err;
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* --- who is concerned ---- */

static int concern(struct run *r, uint64_t identity)
{
    uint64_t *one;
    size_t n;
    int rc = keep_person_same(r->s, identity, &one, &n, r->err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        bool there = false;
        for (size_t k = 0; k < r->identities && !there; k++)
            there = r->identity[k] == one[i];
        if (there)
            continue;
        if (r->identities == MOST)
            rc = keep_err_set(r->err, KEEP_E_LIMIT, "more than %d identities are concerned", MOST);
        else
            r->identity[r->identities++] = one[i];
    }
    free(one);
    return rc;
}

/* --- holds ---- */

static bool in_force(const struct keep_hold *h, keep_time now)
{
    return h->released == KEEP_TIME_NONE || h->released > now;
}

struct holds {
    struct keep_world before, after;
    struct keep_hold *was, *is;
    size_t wases, ises;
};

static bool covered(const struct run *r, const struct holds *h, const struct keep_hold *was, uint32_t patient)
{
    uint64_t origin = was->carries ? was->carries : was->id;
    for (size_t i = 0; i < h->ises; i++)
        if (h->is[i].patient == patient && (h->is[i].id == origin || h->is[i].carries == origin) && in_force(&h->is[i], keep_store_now(r->s)))
            return true;
    return false;
}

/* One hold of before over all who are concerned. */
static int hold_carry(struct run *r, struct holds *h, const struct keep_hold *was)
{
    bool overlaid = r->p->act == KEEP_PATIENTRUN_OVERLAY && keep_load_patient_index(&h->before, r->p->identity[0]) == was->patient;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < r->identities; i++) {
        uint32_t then = keep_load_patient_index(&h->before, r->identity[i]), now = keep_load_patient_index(&h->after, r->identity[i]);
        bool taker = overlaid && keep_load_patient_index(&h->after, r->p->identity[1]) == now;
        if ((then != was->patient && !taker) || now == KEEP_ID_NONE || covered(r, h, was, now))
            continue;
        rc = keep_hold_carry(r->s, was, r->identity[i], r->err);
        r->out->holds++;
        if (rc == 0)
            rc = keep_hold_load(r->s, &h->after, r->a, &h->is, &h->ises, r->err);
    }
    return rc;
}

static int holds_carry(struct run *r, struct holds *h)
{
    int rc = keep_load_world(r->s, r->a, &h->after, r->err);
    if (rc == 0)
        rc = keep_hold_load(r->s, &h->after, r->a, &h->is, &h->ises, r->err);
    for (size_t i = 0; rc == 0 && i < h->wases; i++)
        if (h->was[i].patient != KEEP_ID_NONE && in_force(&h->was[i], keep_store_now(r->s)))
            rc = hold_carry(r, h, &h->was[i]);
    return rc;
}

/* --- the act itself ---- */

static int act(struct run *r)
{
    const struct keep_patientrun_params *p = r->p;
    int rc = 0;
    if (p->act == KEEP_PATIENTRUN_OVERLAY)
        return keep_person_move(r->s, &p->part, p->identity[0], p->identity[1], &r->out->moved, r->err);
    if (p->act == KEEP_PATIENTRUN_UNMERGE) {
        rc = keep_person_part(r->s, p->identity, p->identities, r->err);
        r->out->linked = p->identities;
        return rc == 1 ? keep_err_set(r->err, KEEP_E_USAGE, "nothing is merged there: nobody would be left behind") : rc;
    }
    for (size_t i = 1; rc >= 0 && i < p->identities; i++) {
        uint64_t *one;
        size_t n;
        bool same = false;
        if ((rc = keep_person_same(r->s, p->identity[0], &one, &n, r->err)) < 0)
            return rc;
        for (size_t k = 0; k < n; k++)
            same |= one[k] == p->identity[i];
        free(one);
        if (!same && (rc = keep_person_join(r->s, p->identity[0], p->identity[i], r->err)) == 0)
            r->out->linked++;
    }
    return rc < 0 ? rc : r->out->linked ? 0 : keep_err_set(r->err, KEEP_E_USAGE, "they are one patient already");
}

/* --- the effect ---- */

struct place {
    uint64_t record;
    size_t set;
};

static int by_record(const void *pa, const void *pb)
{
    const struct place *a = pa, *b = pb;
    return a->record < b->record ? -1 : a->record > b->record;
}

static void fill(struct run *r, struct keep_patientrun_set *out, const struct keep_dates *d, const struct keep_set *s, bool *ok)
{
    memcpy(out->set, s->id, 16);
    out->patient = s->patient < d->world.patients ? d->world.patient[s->patient].entity : 0;
    out->kind = s->kind;
    out->keep_until = s->keep_until;
    out->status = s->status;
    out->holds = keep_arena_str(r->a, s->holds, ok);
}

static bool is_earlier(const struct keep_patientrun_set *before, const struct keep_patientrun_set *after)
{
    if (after->kind != KEEP_UNTIL_DATE)
        return false;
    return before->kind == KEEP_UNTIL_PERMANENT || (before->kind == KEEP_UNTIL_DATE && after->keep_until < before->keep_until);
}

/* Is it another set, or given another day? The same records can be: who a patient is may say when a rule's time begins. */
static bool touched(const struct run *r, const struct keep_set *before, const struct keep_set *after)
{
    const struct keep_retention_result *rules = &r->rules.result;
    if (memcmp(before->id, after->id, 16) != 0 || memcmp(before->digest, after->digest, 32) != 0 || !keep_str_eq(before->holds, after->holds))
        return true;
    for (size_t i = 0; i < rules->sets; i++)
        if (memcmp(rules->set[i].id, after->id, 16) == 0)
            return rules->set[i].kind != after->kind || rules->set[i].keep_until != after->keep_until || rules->set[i].status != after->status;
    return true;
}

/* Records of the set before that are in the set after. */
static int effect_add(struct run *r, const struct keep_set *before, const struct keep_set *after, uint64_t records, size_t *cap)
{
    const struct keep_policy *policy = r->p->adopted->policy;
    struct keep_patientrun_result *out = r->out;
    struct keep_patientrun_effect e = {.records = records};
    bool ok = true;
    if (!touched(r, before, after))
        return 0;
    fill(r, &e.before, &r->before, before, &ok);
    fill(r, &e.after, &r->after, after, &ok);
    e.series = keep_arena_str(r->a, policy->series[after->series].id, &ok);
    if (after->facility != KEEP_ID_NONE)
        e.facility = keep_arena_str(r->a, r->after.world.facility[after->facility].name, &ok);
    if (after->rule >= 0)
        e.rule = keep_arena_str(r->a, policy->retention[after->rule].id, &ok);
    if (!ok)
        return no_memory(r->err);
    e.earlier = is_earlier(&e.before, &e.after);
    e.due = after->status == KEEP_SET_DUE && before->status != KEEP_SET_DUE;
    out->quorum |= e.earlier || e.due;
    if (!keep_arena_grow(out->arena, &out->effect, cap, out->effects + 1, sizeof *out->effect, 32))
        return no_memory(r->err);
    out->effect[out->effects++] = e;
    return 0;
}

static int effect_find(struct run *r)
{
    const struct keep_retention_result *b = &r->before.result, *a = &r->after.result;
    struct place *place = malloc((b->records + 1) * sizeof *place);
    uint64_t *count = calloc(b->sets + 1, sizeof *count);
    size_t n = 0, cap = 0;
    int rc = place && count ? 0 : no_memory(r->err);
    for (size_t i = 0; rc == 0 && i < b->sets; i++)
        for (size_t k = 0; k < b->set[i].records; k++)
            place[n++] = (struct place){b->set[i].record[k], i};
    if (rc == 0)
        qsort(place, n, sizeof *place, by_record);
    for (size_t i = 0; rc == 0 && i < a->sets; i++) {
        memset(count, 0, (b->sets + 1) * sizeof *count);
        for (size_t k = 0; k < a->set[i].records; k++) {
            struct place want = {a->set[i].record[k], 0};
            const struct place *found = bsearch(&want, place, n, sizeof want, by_record);
            if (found)
                count[found->set]++;
        }
        for (size_t k = 0; rc == 0 && k < b->sets; k++)
            if (count[k])
                rc = effect_add(r, &b->set[k], &a->set[i], count[k], &cap);
    }
    free(place);
    free(count);
    return rc;
}

/* --- what is stored ---- */

static void later(struct keep_set_state *st, const struct keep_patientrun_set *s)
{
    if (s->kind == KEEP_UNTIL_PERMANENT || (s->kind == KEEP_UNTIL_DATE && st->kind != KEEP_UNTIL_PERMANENT && (st->kind == KEEP_UNTIL_UNKNOWN || s->keep_until > st->keep_until))) {
        st->kind = s->kind;
        st->keep_until = s->kind == KEEP_UNTIL_DATE ? s->keep_until : KEEP_DATE_NONE;
    }
}

/* The sets that other identities of the patient once had bind no longer: the quorum has signed an earlier day. */
static int others_unbind(struct run *r, const struct keep_set *set)
{
    struct keep_tally t = {.series = set->series, .patient = set->patient, .facility = set->facility, .source = set->source};
    int rc = 0;
    for (size_t i = 0; rc >= 0 && set->patient < r->after.world.patients && i < r->after.world.patient[set->patient].aliases; i++) {
        struct keep_set_state st;
        uint8_t id[16];
        keep_release_id(&r->after.in, &t, r->after.world.patient[set->patient].alias[i], id);
        rc = keep_sets_get(r->s, id, r->a, &st, r->err);
        if (rc != 0 || st.kind == KEEP_UNTIL_UNKNOWN)
            continue;
        st.kind = KEEP_UNTIL_UNKNOWN;
        st.keep_until = KEEP_DATE_NONE;
        rc = keep_sets_put(r->s, &st, r->err);
    }
    return rc < 0 ? rc : 0;
}

/* One set after, with all effects on it: effects first..last. */
static int state_put(struct run *r, size_t first, size_t last)
{
    const struct keep_patientrun_effect *e = &r->out->effect[first];
    struct keep_set_state st = {.kind = KEEP_UNTIL_UNKNOWN, .keep_until = KEEP_DATE_NONE, .status = KEEP_SET_KEPT, .rule = e->rule}, old;
    const struct keep_set *set = NULL;
    bool earlier = false;
    memcpy(st.set, e->after.set, 16);
    for (size_t i = first; i <= last; i++)
        earlier |= r->out->effect[i].earlier;
    later(&st, &e->after);
    for (size_t i = first; !earlier && i <= last; i++)
        later(&st, &r->out->effect[i].before);
    int rc = keep_sets_get(r->s, st.set, r->a, &old, r->err);
    if (rc < 0)
        return rc;
    if (rc == 0 && !earlier)
        later(&st, &(struct keep_patientrun_set){.kind = old.kind, .keep_until = old.keep_until});
    if (rc == 1 && st.kind == KEEP_UNTIL_UNKNOWN)
        return 0;
    for (size_t i = 0; earlier && i < r->after.result.sets; i++)
        if (memcmp(r->after.result.set[i].id, st.set, 16) == 0)
            set = &r->after.result.set[i];
    if (set && (rc = others_unbind(r, set)) < 0)
        return rc;
    if (rc == 0 && old.kind == st.kind && old.keep_until == st.keep_until && old.status == st.status)
        return 0;
    return keep_sets_put(r->s, &st, r->err);
}

static int states_put(struct run *r)
{
    int rc = 0;
    for (size_t i = 0, last; rc == 0 && i < r->out->effects; i = last + 1) {
        for (last = i; last + 1 < r->out->effects && memcmp(r->out->effect[last + 1].after.set, r->out->effect[i].after.set, 16) == 0;)
            last++;
        rc = state_put(r, i, last);
    }
    return rc;
}

/* --- its record in the ledger ---- */

static void say_set(struct keep_jsonw *w, const char *name, const struct keep_patientrun_set *s)
{
    char hex[33], day[KEEP_CIVIL_DATE_SIZE];
    keep_jsonw_key(w, name);
    keep_jsonw_object(w);
    keep_jsonw_key(w, "set");
    keep_codec_hex(s->set, 16, hex);
    keep_jsonw_z(w, hex);
    keep_jsonw_key(w, "kind");
    keep_jsonw_z(w, keep_vocab_until_kind_word(s->kind));
    keep_jsonw_key(w, "keep_until");
    if (s->kind == KEEP_UNTIL_DATE)
        keep_jsonw_z(w, keep_civil_format_date(s->keep_until, day));
    else
        keep_jsonw_null(w);
    keep_jsonw_key(w, "status");
    keep_jsonw_z(w, keep_vocab_set_status_word(s->status));
    keep_jsonw_end_object(w);
}

static void statement(const struct run *r, struct keep_buf *body)
{
    struct keep_jsonw w;
    char hex[33];
    keep_jsonw_init(&w, body);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "act");
    keep_jsonw_z(&w, words[r->p->act]);
    keep_jsonw_key(&w, "store");
    keep_codec_hex(keep_store_id(r->s), 16, hex);
    keep_jsonw_z(&w, hex);
    keep_jsonw_key(&w, "at");
    keep_jsonw_time(&w, keep_store_now(r->s));
    keep_jsonw_key(&w, "identities");
    keep_jsonw_array(&w);
    for (size_t i = 0; i < r->p->identities; i++)
        keep_jsonw_u64(&w, r->p->identity[i]);
    keep_jsonw_end_array(&w);
    keep_jsonw_key(&w, "moved");
    keep_jsonw_u64(&w, r->out->moved);
    keep_jsonw_key(&w, "holds");
    keep_jsonw_u64(&w, r->out->holds);
    keep_jsonw_key(&w, "sets");
    keep_jsonw_array(&w);
    for (size_t i = 0; i < r->out->effects; i++) {
        const struct keep_patientrun_effect *e = &r->out->effect[i];
        keep_jsonw_object(&w);
        say_set(&w, "before", &e->before);
        say_set(&w, "after", &e->after);
        keep_jsonw_key(&w, "records");
        keep_jsonw_u64(&w, e->records);
        keep_jsonw_end_object(&w);
    }
    keep_jsonw_end_array(&w);
    keep_jsonw_end_object(&w);
}

static int act_put(struct run *r, struct keep_str body, const struct keep_sign_secret *officer)
{
    struct keep_act a = {.kind = KEEP_STR("patient"), .subject = keep_str_of(words[r->p->act]), .body = body, .at = keep_store_now(r->s)};
    struct keep_buf sig = KEEP_BUF_INIT;
    struct keep_sign_public pub;
    int rc = 0;
    if (officer) {
        keep_sign_public_of(officer, &pub);
        a.role = keep_packs_officer(r->s, &pub)->role;
        rc = keep_sign_message(&sig, officer, body.p, body.n, "patients", COMMENT, r->err);
        a.signature = keep_buf_view(&sig);
    }
    if (rc == 0)
        rc = keep_txn_act(r->s, &a, NULL, r->err);
    keep_buf_free(&sig);
    return rc;
}

static int record(struct run *r)
{
    struct keep_buf body = KEEP_BUF_INIT;
    int rc;
    statement(r, &body);
    rc = body.failed ? no_memory(r->err) : 0;
    for (size_t i = 0; rc == 0 && i < r->p->officers; i++)
        rc = act_put(r, keep_buf_view(&body), r->p->officer[i]);
    if (rc == 0 && r->p->officers == 0)
        rc = act_put(r, keep_buf_view(&body), NULL);
    keep_txn_count(r->s, "identities", r->p->identities);
    keep_txn_count(r->s, "moved", r->out->moved); /* holds count themselves */
    keep_txn_count(r->s, "sets", r->out->effects);
    keep_buf_free(&body);
    return rc;
}

/* --- the whole ---- */

static int check(const struct keep_patientrun_params *p, struct keep_err *err)
{
    const struct keep_person_part *w = &p->part;
    size_t least = p->act == KEEP_PATIENTRUN_UNMERGE ? 1 : 2;
    if (p->identities < least || p->identities > MOST || (p->act == KEEP_PATIENTRUN_OVERLAY && p->identities != 2))
        return keep_err_set(err, KEEP_E_USAGE, "%s: %s", words[p->act],
                            p->act == KEEP_PATIENTRUN_MERGE ? "name at least two patients" : p->act == KEEP_PATIENTRUN_UNMERGE ? "name who leaves" : "name whose chart it is, and whose it should be");
    if (p->act == KEEP_PATIENTRUN_OVERLAY && (w->records > 0) + (w->encounter > 0) + (w->source > 0) != 1)
        return keep_err_set(err, KEEP_E_USAGE, "overlay: name the records, or one encounter, or one source");
    return 0;
}

/* Refused unless the quorum is there, naming the first set concerned. */
static int quorum(struct run *r)
{
    const struct keep_patientrun_effect *e = NULL;
    char hex[33];
    for (size_t i = 0; i < r->out->effects && !e; i++)
        if (r->out->effect[i].earlier || r->out->effect[i].due)
            e = &r->out->effect[i];
    if (!e) /* nobody needs to sign; who does must be an officer all the same */
        return keep_packs_signers(r->s, "an act on patients", r->p->officer, r->p->officers, r->err);
    if (r->p->officers >= keep_store_quorum(r->s))
        return keep_packs_quorum(r->s, "an earlier day", r->p->officer, r->p->officers, r->err);
    keep_codec_hex(e->after.set, 16, hex);
    keep_err_set(r->err, KEEP_E_REFUSED, "set %s would %s: that needs the keys of %u officers of distinct roles, have %zu", hex, e->earlier ? "be kept for less long" : "become due",
                 keep_store_quorum(r->s), r->p->officers);
    keep_err_hint(r->err, "--officer-key F, once for each officer");
    return KEEP_E_REFUSED;
}

static int look(struct run *r)
{
    struct holds h = {.was = NULL};
    struct keep_dates_some some = {.patient = r->identity};
    bool dated = r->p->adopted != NULL;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < r->p->identities; i++)
        rc = concern(r, r->p->identity[i]);
    some.patients = r->identities;
    if (rc == 0 && dated)
        rc = keep_dates_run_some(&r->before, r->s, r->p->adopted, r->p->today, &some, r->err);
    if (rc == 0)
        rc = keep_load_world(r->s, r->a, &h.before, r->err);
    if (rc == 0)
        rc = keep_hold_load(r->s, &h.before, r->a, &h.was, &h.wases, r->err);
    some.derived = true;
    if (rc == 0 && dated)
        rc = keep_dates_run_some(&r->rules, r->s, r->p->adopted, r->p->today, &some, r->err);
    if (rc == 0)
        rc = act(r);
    if (rc == 0)
        rc = holds_carry(r, &h);
    if (rc == 0 && dated)
        rc = keep_dates_run_some(&r->after, r->s, r->p->adopted, r->p->today, &some, r->err);
    return rc == 0 && dated ? effect_find(r) : rc;
}

static int finish(struct run *r)
{
    int rc = quorum(r);
    if (rc == 0)
        rc = states_put(r);
    if (rc == 0)
        rc = record(r);
    return rc;
}

int keep_patientrun(struct keep_store *s, const struct keep_patientrun_params *p, struct keep_patientrun_result *out, struct keep_err *err)
{
    struct run *r = calloc(1, sizeof *r);
    *out = (struct keep_patientrun_result){.arena = keep_arena_new(0)};
    int rc = r && out->arena ? check(p, err) : no_memory(err);
    if (rc == 0) {
        *r = (struct run){.s = s, .p = p, .out = out, .a = out->arena, .err = err};
        rc = keep_txn_begin(s, KEEP_LEDGER_PATIENT, err);
    }
    if (rc == 0) {
        rc = look(r);
        if (rc == 0 && p->confirm)
            rc = keep_txn_end(s, finish(r), err);
        else
            keep_txn_abort(s);
        out->done = rc == 0 && p->confirm;
    }
    if (r) {
        keep_dates_free(&r->before);
        keep_dates_free(&r->rules);
        keep_dates_free(&r->after);
    }
    free(r);
    return rc;
}

void keep_patientrun_free(struct keep_patientrun_result *r)
{
    keep_arena_free(r->arena);
    *r = (struct keep_patientrun_result){.arena = NULL};
}
