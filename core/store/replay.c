/* Order: decisions first, with the officers they made, since releases are signed
 * by officers of then; then destructions, each under the intent that was just
 * entered; then the keyring anew, so that what is destroyed exists nowhere; last
 * who is one patient, since a destruction names each identity that it meant, and
 * a hold on one identity reaches the others by their merge.
 *
 * Decisions keep their numbers because signed words refer to them: a release names
 * the holds it ends. A number behind a restore therefore starts far above any that
 * can have been lost.
 *
 * What the backup never held cannot be destroyed in it, and its number may one day
 * be another's here: it is counted, not entered. A hold on such a patient holds
 * the whole keep: nothing may go that it could have meant. */
#include "core/store/replay.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/crypto/secret.h"
#include "core/store/person.h"
#include "core/store/sets.h"
#include "core/store/state.h"
#include "core/text/json.h"
#include "core/text/jsonw.h"

#define ACT_GAP 1000000 /* decisions that one lost history can hold; a hospital makes some thousand a year */
#define BATCH_SETS 64   /* as in a disposal */

struct replaying {
    struct keep_store *s;
    const struct keep_lost *lost;
    struct keep_replay *out;
    struct keep_arena *a;
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* A number from one row; absent: none. */
static int look_up(struct keep_store *s, const char *sql, int64_t key, int64_t absent, int64_t *out, struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = keep_store_prepare(s, s->db, sql, &st, err);

    if (rc != 0)
        return rc;
    if (sqlite3_bind_parameter_count(st) > 0)
        sqlite3_bind_int64(st, 1, key);
    rc = sqlite3_step(st);
    *out = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : absent;
    sqlite3_reset(st);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : keep_store_sql(s->db, rc, "reading what is there", err);
}

int keep_replay_next_act(struct keep_store *s, uint64_t *id, struct keep_err *err)
{
    int64_t restores = 0, max = 0;
    int rc = look_up(s, "SELECT count(*) FROM act WHERE kind = 'restore' AND id > (SELECT coalesce(max(id), 0) - 64 FROM act)", 0, 0, &restores, err);

    if (rc == 0)
        rc = look_up(s, "SELECT coalesce(max(id), 0) FROM act", 0, 0, &max, err);
    if (rc == 0)
        *id = (uint64_t)max + (restores > 0 ? 1 : ACT_GAP);
    return rc;
}

/* --- decisions --- */

/* A hold on somebody this keep does not know becomes one on all. *body is set when it is another. */
static int widen(struct replaying *r, const struct keep_act *act, struct keep_buf *body, struct keep_err *err)
{
    const struct keep_json *v = NULL;
    struct keep_jsonw w;
    int64_t patient = 0, known = 0;
    int rc = keep_json_parse(&v, act->body, "hold", r->a, err);

    if (rc != 0 || !keep_json_i64(keep_json_get(v, "patient"), &patient))
        return rc;
    rc = look_up(r->s, "SELECT 1 FROM entity WHERE id = ?1", patient, 0, &known, err);
    if (rc != 0 || known)
        return rc;
    keep_jsonw_init(&w, body);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "matter");
    keep_jsonw_str(&w, keep_json_str(keep_json_get(v, "matter")));
    keep_jsonw_key(&w, "patient");
    keep_jsonw_null(&w);
    keep_jsonw_key(&w, "series");
    keep_jsonw_str(&w, keep_json_str(keep_json_get(v, "series")));
    keep_jsonw_key(&w, "effective_from");
    keep_jsonw_str(&w, keep_json_str(keep_json_get(v, "effective_from")));
    keep_jsonw_key(&w, "instead_of");
    keep_jsonw_z(&w, "a patient who came after the backup");
    keep_jsonw_end_object(&w);
    r->out->widened++;
    return body->failed ? no_memory(err) : 0;
}

static int put_act(struct replaying *r, const struct keep_act *act, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT;
    struct keep_act a = *act;
    int64_t at = KEEP_TIME_NONE;
    bool hold = keep_str_is(act->kind, "hold");
    int rc = look_up(r->s, "SELECT at FROM act WHERE id = ?1", (int64_t)act->id, KEEP_TIME_NONE, &at, err);

    if (rc == 0 && at != KEEP_TIME_NONE) /* entered by a replay that was interrupted */
        return at == act->at ? 0 : keep_err_set(err, KEEP_E_INTEGRITY, "decision %llu is another one here", (unsigned long long)act->id);
    if (rc == 0 && hold)
        rc = widen(r, act, &body, err);
    if (rc == 0 && body.n > 0)
        a.body = keep_buf_view(&body);
    if (rc == 0)
        rc = keep_txn_act(r->s, &a, NULL, err);
    if (rc == 0) {
        r->out->acts++;
        r->out->holds += hold;
        r->out->releases += keep_str_is(act->kind, "release");
        keep_txn_count(r->s, hold ? "holds" : "decisions", 1);
    }
    keep_buf_free(&body);
    return rc;
}

static int put_acts(struct replaying *r, struct keep_err *err)
{
    int rc = keep_txn_begin(r->s, KEEP_LEDGER_RESTORED, err);

    if (rc != 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < r->lost->annexes; i++)
        for (size_t k = 0; rc == 0 && k < r->lost->annex[i].items; k++)
            if (r->lost->annex[i].item[k].what == KEEP_ANNEX_ACT)
                rc = put_act(r, &r->lost->annex[i].item[k].act, err);
    return keep_txn_end(r->s, rc, err);
}

/* The officers that a decision of the quorum made. */
static int put_officers(struct replaying *r, const struct keep_act *act, struct keep_err *err)
{
    const struct keep_json *v = NULL, *list;
    struct keep_officer officer[KEEP_KEYJSON_OFFICERS];
    int64_t quorum = -1;
    size_t n;
    int rc = keep_json_parse(&v, act->body, "officers", r->a, err);
    bool same;

    if (rc != 0)
        return rc;
    list = keep_json_get(v, "officers");
    n = keep_json_len(list);
    if (!list || n > KEEP_KEYJSON_OFFICERS || !keep_json_i64(keep_json_get(v, "quorum"), &quorum) || quorum < 0 || quorum > KEEP_KEYJSON_OFFICERS)
        return keep_err_set(err, KEEP_E_INTEGRITY, "a change of officers is malformed");
    same = n == r->s->json.officers && (uint32_t)quorum == r->s->json.quorum;
    for (size_t i = 0; i < n; i++) {
        if (!keep_officer_read(keep_json_at(list, i), &officer[i]))
            return keep_err_set(err, KEEP_E_INTEGRITY, "a change of officers is malformed");
        same = same && keep_officer_same(&officer[i], &r->s->json.officer[i]);
    }
    return same ? 0 : keep_store_set_officers(r->s, officer, n, (uint32_t)quorum, err);
}

static int change_officers(struct replaying *r, struct keep_err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < r->lost->annexes; i++) {
        const struct keep_annex *x = &r->lost->annex[i]; /* of its acts, one a signer, the words are the same */
        if (x->items > 0 && x->item[0].what == KEEP_ANNEX_ACT && keep_str_is(x->item[0].act.kind, "officers"))
            rc = put_officers(r, &x->item[0].act, err);
    }
    return rc;
}

/* --- destructions --- */

/* 1 its key and rows are here, 0 not. */
static int is_live(struct keep_store *s, enum keep_ring_kind kind, uint64_t owner, struct keep_err *err)
{
    void *key = NULL;
    int rc = keep_secret_new(&key, 32, err);

    if (rc == 0)
        rc = keep_ring_get(s, kind, owner, key, err);
    keep_secret_free(key);
    return rc < 0 ? rc : rc > 0 ? 0 : keep_erase_live(s, kind, owner, err);
}

/* 1: destroyed here before. */
static int is_gone(struct keep_store *s, enum keep_ring_kind kind, uint64_t owner, struct keep_err *err)
{
    struct keep_ring_tombstone t;
    int rc = keep_ring_tombstone(s, kind, owner, &t, err);

    return rc < 0 ? rc : rc == 0;
}

static int plan_of(struct keep_store *s, uint64_t intent, uint8_t plan[32], struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = keep_store_prepare(s, s->db, "SELECT subject FROM act WHERE id = ?1 AND kind = 'intent'", &st, err);

    if (rc != 0)
        return rc;
    sqlite3_bind_int64(st, 1, (sqlite3_int64)intent);
    rc = sqlite3_step(st);
    struct keep_str hex = {rc == SQLITE_ROW ? sqlite3_column_blob(st, 0) : NULL, rc == SQLITE_ROW ? (size_t)sqlite3_column_bytes(st, 0) : 0};
    bool ok = keep_codec_unhex(hex, plan, 32);
    sqlite3_reset(st);
    return ok ? 0 : keep_err_set(err, KEEP_E_INTEGRITY, "a destruction names no intent that is known");
}

/* The records of one entry, set by set. */
static int erase_records(struct replaying *r, const struct keep_annex *x, struct keep_err *err)
{
    struct keep_erasure *e = keep_arena_array(r->a, BATCH_SETS, sizeof *e);
    uint64_t *record = keep_arena_array(r->a, x->items + 1, sizeof *record);
    size_t n = 0, taken = 0;
    int rc = e && record ? 0 : no_memory(err);

    for (size_t i = 0; rc == 0 && i <= x->items; i++) {
        const struct keep_annex_item *it = i < x->items ? &x->item[i] : NULL;
        if (it && (it->what != KEEP_ANNEX_ERASED || it->kind != KEEP_RING_RECORD))
            continue;
        int live = it ? is_live(r->s, it->kind, it->owner, err) : 1, gone = it && live == 0 ? is_gone(r->s, it->kind, it->owner, err) : 0;
        if (live < 0 || gone < 0)
            return live < 0 ? live : gone;
        if (it && !live) {
            r->out->absent += !gone;
            continue;
        }
        bool same = it && n > 0 && e[n - 1].intent == it->intent && memcmp(e[n - 1].set, it->set, 16) == 0;
        if (n > 0 && (!it || (!same && n == BATCH_SETS))) {
            rc = keep_sets_erase(r->s, e, n, NULL, NULL, err);
            n = 0;
        }
        if (!it || rc != 0)
            continue;
        if (!same) {
            e[n] = (struct keep_erasure){.intent = it->intent, .record = &record[taken]};
            memcpy(e[n].set, it->set, 16);
            rc = plan_of(r->s, it->intent, e[n++].plan, err);
        }
        record[taken++] = it->owner;
        e[n - 1].records++;
        r->out->records++;
    }
    return rc;
}

/* Was every identity that is one with this patient here destroyed then too? 1, 0. */
static int all_meant(struct replaying *r, uint64_t patient, struct keep_err *err)
{
    uint64_t *one = NULL;
    size_t n = 0;
    int rc = keep_person_same(r->s, patient, &one, &n, err), meant = 1;

    for (size_t i = 0; rc == 0 && meant == 1 && i < n; i++) {
        int live = one[i] == patient ? 0 : is_live(r->s, KEEP_RING_PATIENT, one[i], err);
        bool found = live <= 0;
        for (size_t k = 0; !found && k < r->lost->annexes; k++)
            for (size_t j = 0; !found && j < r->lost->annex[k].items; j++) {
                const struct keep_annex_item *it = &r->lost->annex[k].item[j];
                found = it->what == KEEP_ANNEX_ERASED && it->kind == KEEP_RING_PATIENT && it->owner == one[i];
            }
        meant = live < 0 ? live : found;
    }
    free(one);
    return rc < 0 ? rc : meant;
}

static int erase_patient(struct replaying *r, const struct keep_annex_item *it, struct keep_err *err)
{
    struct keep_erasure e = {.intent = it->intent, .patient = it->owner};
    int rc = is_live(r->s, it->kind, it->owner, err);

    if (rc == 0) {
        rc = is_gone(r->s, it->kind, it->owner, err);
        r->out->absent += rc == 0;
        return rc < 0 ? rc : 0;
    }
    if (rc == 1)
        rc = all_meant(r, it->owner, err);
    if (rc == 0)
        r->out->left++;
    if (rc != 1)
        return rc;
    memcpy(e.set, it->set, 16);
    rc = plan_of(r->s, it->intent, e.plan, err);
    if (rc == 0)
        rc = keep_sets_erase(r->s, &e, 1, NULL, NULL, err);
    r->out->patients += rc == 0;
    return rc;
}

/* A log period, a case, a package's identity. */
static int erase_other(struct replaying *r, const struct keep_annex_item *it, struct keep_err *err)
{
    struct keep_erasure_key key = {it->kind, it->owner};
    struct keep_erasure e = {.intent = it->intent, .key = &key, .keys = 1};
    int rc = is_live(r->s, it->kind, it->owner, err);

    if (rc != 1)
        return rc;
    memcpy(e.set, it->set, 16);
    rc = plan_of(r->s, it->intent, e.plan, err);
    return rc == 0 ? keep_sets_erase(r->s, &e, 1, NULL, NULL, err) : rc;
}

static int erase_again(struct replaying *r, bool *any, struct keep_err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < r->lost->annexes; i++)
        rc = erase_records(r, &r->lost->annex[i], err);
    for (size_t i = 0; rc == 0 && i < r->lost->annexes; i++)
        for (size_t k = 0; rc == 0 && k < r->lost->annex[i].items; k++) {
            const struct keep_annex_item *it = &r->lost->annex[i].item[k];
            if (it->what != KEEP_ANNEX_ERASED)
                continue;
            *any = true;
            if (it->kind == KEEP_RING_PATIENT)
                rc = erase_patient(r, it, err);
            else if (it->kind != KEEP_RING_RECORD)
                rc = erase_other(r, it, err);
        }
    return rc;
}

/* --- patients --- */

/* Identities of a decision that are patients here. */
static int known_of(struct replaying *r, const struct keep_json *list, uint64_t **out, size_t *n, struct keep_err *err)
{
    uint64_t *who = keep_arena_array(r->a, keep_json_len(list) + 1, sizeof *who);
    int64_t id, kind = 0;
    int rc = who ? 0 : no_memory(err);

    *n = 0;
    for (size_t i = 0; rc == 0 && i < keep_json_len(list); i++) {
        if (!keep_json_i64(keep_json_at(list, i), &id))
            return keep_err_set(err, KEEP_E_INTEGRITY, "a decision about patients is malformed");
        rc = look_up(r->s, "SELECT kind FROM entity WHERE id = ?1", id, 0, &kind, err);
        if (rc == 0 && kind == KEEP_ENTITY_PATIENT)
            who[(*n)++] = (uint64_t)id;
    }
    *out = who;
    return rc;
}

/* Those who leave may be of one patient in this keep, or of several: what was never merged here needs no parting. */
static int part_again(struct replaying *r, const uint64_t *who, size_t n, struct keep_err *err)
{
    uint64_t *one = NULL;
    size_t same = 0, together = 0;
    int rc = keep_person_same(r->s, who[0], &one, &same, err);

    for (size_t i = 0; rc == 0 && i < n; i++)
        for (size_t k = 0; k < same; k++)
            together += one[k] == who[i];
    free(one);
    return rc == 0 && together == n ? keep_person_part(r->s, who, n, err) : rc;
}

static int join_one(struct replaying *r, const struct keep_act *act, struct keep_err *err)
{
    const struct keep_json *v = NULL;
    uint64_t *who = NULL;
    bool merge = keep_str_is(act->subject, "merge");
    size_t n = 0;
    int rc = keep_json_parse(&v, act->body, "patient", r->a, err);

    if (rc == 0)
        rc = known_of(r, keep_json_get(v, "identities"), &who, &n, err);
    if (rc != 0 || n < (merge ? 2u : 1u) || (!merge && !keep_str_is(act->subject, "unmerge")))
        return rc;
    for (size_t i = 1; merge && rc >= 0 && i < n; i++)
        rc = keep_person_join(r->s, who[0], who[i], err);
    if (!merge)
        rc = part_again(r, who, n, err);
    if (rc >= 0) {
        r->out->joined++;
        keep_txn_count(r->s, "joined", 1);
    }
    return rc < 0 ? rc : 0;
}

static int join_again(struct replaying *r, struct keep_err *err)
{
    int rc = keep_txn_begin(r->s, KEEP_LEDGER_RESTORED, err);

    if (rc != 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < r->lost->annexes; i++)
        for (size_t k = 0; rc == 0 && k < r->lost->annex[i].items; k++) {
            const struct keep_annex_item *it = &r->lost->annex[i].item[k];
            bool again = k > 0 && it[-1].what == KEEP_ANNEX_ACT && keep_str_eq(it[-1].act.body, it->act.body); /* of its acts, one a signer, the words are the same */
            if (it->what == KEEP_ANNEX_ACT && keep_str_is(it->act.kind, "patient") && !again)
                rc = join_one(r, &it->act, err);
        }
    return keep_txn_end(r->s, rc, err);
}

int keep_replay_run(struct keep_store *s, const struct keep_lost *lost, struct keep_replay *out, struct keep_err *err)
{
    struct replaying r = {.s = s, .lost = lost, .out = out, .a = keep_arena_new(0)};
    bool any = false;
    int rc = r.a ? keep_sets_alone(s, err) : no_memory(err);

    memset(out, 0, sizeof *out);
    if (rc == 0)
        rc = put_acts(&r, err);
    if (rc == 0)
        rc = change_officers(&r, err);
    if (rc == 0)
        rc = erase_again(&r, &any, err);
    if (rc == 0 && any)
        rc = keep_sets_rewrite_keyring(s, err);
    if (rc == 0)
        rc = join_again(&r, err);
    keep_arena_free(r.a);
    return rc;
}
