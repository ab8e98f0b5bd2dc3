/* From a date to a standing.
 *
 * Destroyed is history. A hold stops everything else, not the clock. Then what
 * is not known (date, jurisdiction, custody), then the date itself: through
 * keep_until the set is kept. Past it, each jurisdiction that the set touches
 * must have a rule that certainly applies and may release it, under a pack that
 * this hospital has adopted and reviewed in time; else the set is not adopted,
 * with the date it would have.
 *
 * A stored date never moves earlier by itself: the later one stands, and the
 * difference is said. Who a patient is outlives the patient's other sets. */
#include "core/retention/release.h"

#include <stdlib.h>
#include <string.h>

#include "core/crypto/hash.h"
#include "core/policy/condition.h"
#include "core/retention/assign.h"

/* How a hold's condition is asked. */
struct scope {
    bool all;  /* it has none, or it cannot be told of anything: all that the rest of it says */
    int bit;   /* of a condition on records: which of a tally's `held`; -1: of the set */
};

struct keep_release {
    const struct keep_retention_input *in;
    struct keep_arena *results;
    bool *rule;          /* may release */
    bool *expired;       /* adopted, but past its review */
    bool *read;          /* its text was read, see text_was_read */
    struct keep_derive *derive;
    struct scope *scope; /* of each hold */
    struct keep_buf text;
};

static const struct keep_adoption *adoption_of(const struct keep_retention_input *in, const struct keep_pack *p)
{
    static const uint8_t zero[32];
    uint8_t digest[32];
    const struct keep_adoption *best = NULL;
    memcpy(digest, p->digest, sizeof digest);
    if (memcmp(digest, zero, sizeof digest) == 0)
        keep_hash_blake2b(digest, p->text.p, p->text.n);
    for (size_t i = 0; i < in->adoptions; i++) {
        const struct keep_adoption *a = &in->adoption[i];
        if (!keep_str_eq(a->pack, p->name) || !keep_str_eq(a->version, p->version) || memcmp(a->digest, digest, sizeof digest) != 0)
            continue;
        if (!best || a->review_by == KEEP_DATE_NONE || (best->review_by != KEEP_DATE_NONE && a->review_by > best->review_by))
            best = a;
    }
    return best;
}

/* Its text was read: by whoever wrote the pack, or by the hospital when it adopted it. */
static bool text_was_read(const struct keep_retention *rule, const struct keep_adoption *a)
{
    if (rule->check.verified)
        return true;
    for (size_t i = 0; a && i < a->confirmations; i++)
        if (keep_str_eq(a->confirmed[i], rule->id))
            return true;
    return false;
}

static void find_scopes(struct keep_release *r)
{
    int bits = 0;
    for (size_t i = 0; i < r->in->holds; i++) {
        const struct keep_hold *h = &r->in->hold[i];
        r->scope[i].bit = h->when && h->of_record ? bits++ : -1;
        r->scope[i].all = !h->when || r->scope[i].bit >= KEEP_ASSIGN_HOLDS || !keep_condition_known(h->when, r->in->policy);
    }
}

int keep_release_new(struct keep_release **out, const struct keep_retention_input *in, struct keep_err *err)
{
    struct keep_release *r = calloc(1, sizeof *r);
    if (!r)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    r->in = in;
    r->rule = calloc(in->policy->retentions + 1, sizeof *r->rule);
    r->expired = calloc(in->policy->retentions + 1, sizeof *r->expired);
    r->read = calloc(in->policy->retentions + 1, sizeof *r->read);
    if (!r->rule || !r->expired || !r->read) {
        keep_release_free(r);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < in->policy->retentions; i++) {
        const struct keep_retention *rule = &in->policy->retention[i];
        const struct keep_adoption *a = adoption_of(in, &in->policy->pack[rule->pack]);
        bool binding = keep_str_is(rule->status, "law") || keep_str_is(rule->status, "contract");
        r->expired[i] = a && a->review_by != KEEP_DATE_NONE && in->as_of > a->review_by;
        r->read[i] = text_was_read(rule, a);
        r->rule[i] = a && !r->expired[i] && binding && r->read[i];
    }
    r->scope = calloc(in->holds + 1, sizeof *r->scope);
    if (!r->scope) {
        keep_release_free(r);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    find_scopes(r);
    *out = r;
    return 0;
}

void keep_release_free(struct keep_release *r)
{
    if (!r)
        return;
    free(r->rule);
    free(r->expired);
    free(r->read);
    free(r->scope);
    keep_buf_free(&r->text);
    free(r);
}

struct keep_derive_rules keep_release_rules(const struct keep_release *r)
{
    return (struct keep_derive_rules){.can_release = r->rule, .read = r->read};
}

void keep_release_ask(struct keep_release *r, struct keep_derive *d)
{
    r->derive = d;
}

void keep_release_into(struct keep_release *r, struct keep_arena *results)
{
    r->results = results;
}

static int finish_text(struct keep_release *r, struct keep_str *out, struct keep_err *err)
{
    bool ok = true;
    if (r->text.failed)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    *out = r->text.n ? keep_arena_str(r->results, keep_buf_view(&r->text), &ok) : (struct keep_str){NULL, 0};
    return ok ? 0 : keep_tally_full(r->results, err);
}

bool keep_release_in_force(const struct keep_hold *h, keep_date as_of)
{
    /* as_of is a day where the keep is: in the evening of America the same moment has tomorrow's date in UTC, and a hold placed now holds now */
    if (h->effective_from != KEEP_TIME_NONE && keep_civil_utc_date(h->effective_from) > as_of + 1 &&
        (h->placed == KEEP_TIME_NONE || h->effective_from / KEEP_USEC > h->placed / KEEP_USEC))
        return false; /* one that was to begin at once holds at once, wherever the clock stood that told when */
    return h->released == KEEP_TIME_NONE || keep_civil_utc_date(h->released) > as_of;
}

/* Is it of that series, has it records that match it without leaving, or such as may, for nobody recorded what would tell? A series that the packs no
 * longer declare may be any. */
static bool of_series(const struct keep_tally *t, const struct keep_policy *p, struct keep_str series)
{
    for (size_t i = 0; i < p->series_n; i++)
        if (keep_str_eq(series, p->series[i].id))
            return i == t->series || (t->also | t->maybe) >> i & 1;
    return true;
}

static bool hold_matches(const struct keep_hold *h, const struct keep_tally *t, const struct keep_policy *p, keep_date as_of)
{
    if (!keep_release_in_force(h, as_of))
        return false;
    if (h->patient != KEEP_ID_NONE && h->patient != t->patient)
        return false;
    return h->series.n == 0 || of_series(t, p, h->series);
}

/* Its condition: what is not certainly outside is covered. */
static int covers(struct keep_release *r, size_t hold, const struct keep_tally *t, bool *out, struct keep_err *err)
{
    const struct scope *c = &r->scope[hold];
    enum keep_tristate told = KEEP_TRI_UNKNOWN;
    int rc = 0;
    if (!c->all && c->bit >= 0)
        told = t->held >> c->bit & 1 ? KEEP_TRI_YES : KEEP_TRI_NO;
    else if (!c->all && r->derive)
        rc = keep_derive_ask(r->derive, r->in->hold[hold].when, &told, err);
    *out = told != KEEP_TRI_NO;
    return rc;
}

static int find_holds(struct keep_release *r, const struct keep_tally *t, struct keep_set *s, bool *held, struct keep_err *err)
{
    bool covered;
    int rc;
    *held = false;
    keep_buf_clear(&r->text);
    for (size_t i = 0; i < r->in->holds; i++) {
        if (!hold_matches(&r->in->hold[i], t, r->in->policy, r->in->as_of))
            continue;
        rc = covers(r, i, t, &covered, err);
        if (rc)
            return rc;
        if (!covered)
            continue;
        if (*held)
            keep_buf_str(&r->text, "; ");
        keep_buf_add(&r->text, r->in->hold[i].matter.p, r->in->hold[i].matter.n);
        *held = true;
    }
    return finish_text(r, &s->holds, err);
}

/* Weakest custody counts, but where anything official is here it is archived, not just destroyed. */
static enum keep_set_action action_for(const struct keep_tally *t)
{
    if (t->no_custody)
        return KEEP_ACT_NONE;
    return t->official ? KEEP_ACT_ARCHIVE : t->copy ? KEEP_ACT_DESTROY : t->index ? KEEP_ACT_ORDER : KEEP_ACT_NONE;
}

static int set_custody(struct keep_release *r, const struct keep_tally *t, struct keep_set *s, struct keep_err *err)
{
    int rc;
    s->custody = t->custody;
    s->action = action_for(t);
    keep_buf_clear(&r->text);
    for (size_t i = 0; i < t->custodians; i++) {
        if (i)
            keep_buf_str(&r->text, "; ");
        keep_buf_add(&r->text, t->custodian[i].name.p, t->custodian[i].name.n);
    }
    rc = finish_text(r, &s->custodian, err);
    if (rc)
        return rc;
    keep_buf_clear(&r->text);
    for (size_t i = 0; i < t->custodians; i++) {
        if (i)
            keep_buf_str(&r->text, "; ");
        keep_buf_add(&r->text, t->custodian[i].locator.p, t->custodian[i].locator.n);
    }
    return finish_text(r, &s->locator, err);
}

void keep_release_id(const struct keep_retention_input *in, const struct keep_tally *t, uint64_t patient, uint8_t id[16])
{
    const struct keep_world *w = in->world;
    struct keep_str series = in->policy->series[t->series].id;
    unsigned char m[256 + 3 * 8];
    size_t n = series.n < 256 ? series.n : 256;
    uint64_t part[3] = {patient, t->facility < w->facilities ? w->facility[t->facility].entity : UINT64_MAX, t->source < w->sources ? w->source[t->source].id : UINT64_MAX};
    for (int i = 0; i < 3; i++)
        for (int b = 0; b < 8; b++)
            m[i * 8 + b] = (unsigned char)(part[i] >> (8 * b));
    memcpy(m + 24, series.p, n);
    keep_hash_keyed(id, 16, m, n + 24, in->salt);
}

/* What is stored of the set; and where the patient has been merged, of the sets that its other identities had: their dates bind the one they went into. */
static int stored_of(struct keep_release *r, const struct keep_tally *t, const struct keep_set *s, struct keep_set_state *out, bool *has, struct keep_err *err)
{
    const struct keep_world *w = r->in->world;
    struct keep_set_state other;
    uint8_t id[16];
    int rc = r->in->state(r->in->state_ctx, s->id, out, err);
    *has = rc == 0;
    for (size_t i = 0; rc >= 0 && t->patient < w->patients && i < w->patient[t->patient].aliases; i++) {
        keep_release_id(r->in, t, w->patient[t->patient].alias[i], id);
        rc = r->in->state(r->in->state_ctx, id, &other, err);
        if (rc != 0 || other.kind == KEEP_UNTIL_UNKNOWN)
            continue;
        if (!*has)
            *out = (struct keep_set_state){.kind = KEEP_UNTIL_UNKNOWN, .keep_until = KEEP_DATE_NONE, .status = KEEP_SET_KEPT};
        *has = true;
        if (other.kind == KEEP_UNTIL_PERMANENT || (out->kind != KEEP_UNTIL_PERMANENT && (out->kind == KEEP_UNTIL_UNKNOWN || other.keep_until > out->keep_until))) {
            out->kind = other.kind;
            out->keep_until = other.keep_until;
        }
    }
    return rc < 0 ? rc : 0;
}

/* P7: the later of the stored date and the derived one, which the rule stored with it decides as long as it is in force. 1: the derived one would be
 * earlier, be it that what it stood on was destroyed with another set of the patient. */
static int keep_later(const struct keep_release *r, struct keep_set *s, const struct keep_set_state *stored)
{
    bool permanent = stored->kind == KEEP_UNTIL_PERMANENT && s->kind == KEEP_UNTIL_DATE;
    bool later = stored->kind == KEEP_UNTIL_DATE && s->kind == KEEP_UNTIL_DATE && stored->keep_until > s->keep_until;
    if (!permanent && !later)
        return 0;
    s->kind = stored->kind;
    s->keep_until = permanent ? KEEP_DATE_NONE : stored->keep_until;
    for (size_t i = 0; stored->rule.n && i < r->in->policy->retentions; i++)
        if (keep_str_eq(r->in->policy->retention[i].id, stored->rule))
            s->rule = (int32_t)i;
    return 1;
}

static void say_date(struct keep_buf *b, const char *before, keep_date d)
{
    char day[KEEP_CIVIL_DATE_SIZE];
    keep_buf_str(b, before);
    keep_buf_str(b, keep_civil_format_date(d, day));
}

/* May a rule of this jurisdiction release the set? Adds to the text why not. */
static bool released_by(struct keep_release *r, const struct keep_set *s, struct keep_str jurisdiction)
{
    const struct keep_retention *rule = r->in->policy->retention;
    bool any = false, certain = false, verified = false, expired = false;
    for (size_t i = 0; i < s->steps; i++) {
        const struct keep_retention_step *st = &s->step[i];
        if (st->replaced || !keep_str_eq(rule[st->rule].jurisdiction, jurisdiction))
            continue;
        if (st->can_release)
            return true;
        any = true;
        certain |= st->applies == KEEP_TRI_YES;
        verified |= st->applies == KEEP_TRI_YES && r->read[st->rule];
        expired |= st->applies == KEEP_TRI_YES && r->read[st->rule] && r->expired[st->rule];
    }
    if (r->text.n)
        keep_buf_str(&r->text, "; ");
    keep_buf_add(&r->text, jurisdiction.p, jurisdiction.n);
    keep_buf_str(&r->text, expired    ? ": the adoption of its rule is past its review"
                           : verified ? ": its rule is not adopted"
                           : certain  ? ": its rule is not verified"
                           : any      ? ": no rule of it certainly applies"
                                      : ": no rule of it covers this series");
    return false;
}

static bool seen_before(const struct keep_release *r, const struct keep_set *s, size_t at)
{
    const struct keep_retention *rule = r->in->policy->retention;
    for (size_t i = 0; i < at; i++)
        if (!s->step[i].replaced && keep_str_eq(rule[s->step[i].rule].jurisdiction, rule[s->step[at].rule].jurisdiction))
            return true;
    return false;
}

static bool has_rule(const struct keep_release *r, const struct keep_set *s, struct keep_str jurisdiction)
{
    for (size_t i = 0; i < s->steps; i++)
        if (!s->step[i].replaced && keep_str_eq(r->in->policy->retention[s->step[i].rule].jurisdiction, jurisdiction))
            return true;
    return false;
}

/* US, its states, and what else binds it by law or contract. */
static bool released(struct keep_release *r, const struct keep_derived *where, const struct keep_set *s)
{
    bool ok;
    keep_buf_clear(&r->text);
    ok = released_by(r, s, KEEP_STR("US"));
    for (size_t i = 0; i < where->states; i++) {
        char name[16] = "US-";
        size_t n = where->state[i].n < sizeof name - 3 ? where->state[i].n : sizeof name - 3;
        memcpy(name + 3, where->state[i].p, n);
        if (!r->in->own || has_rule(r, s, (struct keep_str){name, n + 3}))
            ok &= released_by(r, s, (struct keep_str){name, n + 3});
    }
    for (size_t i = 0; i < s->steps; i++) {
        const struct keep_retention *rule = &r->in->policy->retention[s->step[i].rule];
        if (s->step[i].replaced || keep_str_is(rule->jurisdiction, "US") || (rule->jurisdiction.n > 3 && memcmp(rule->jurisdiction.p, "US-", 3) == 0) || seen_before(r, s, i))
            continue;
        if (keep_str_is(rule->status, "law") || keep_str_is(rule->status, "contract"))
            ok &= released_by(r, s, rule->jurisdiction);
    }
    return ok;
}

/* To be destroyed before it may be: on its last day at the latest, but kept through that day or beyond. */
static bool in_conflict(const struct keep_set *s)
{
    return s->destroy_by != KEEP_DATE_NONE && (s->kind == KEEP_UNTIL_PERMANENT || (s->kind == KEEP_UNTIL_DATE && s->keep_until >= s->destroy_by));
}

static void say_conflict(struct keep_release *r, const struct keep_set *s)
{
    const struct keep_retention *rule = r->in->policy->retention;
    keep_buf_add(&r->text, rule[s->destroy_rule].id.p, rule[s->destroy_rule].id.n);
    say_date(&r->text, " has it destroyed by ", s->destroy_by);
    keep_buf_str(&r->text, ", ");
    if (s->rule >= 0)
        keep_buf_add(&r->text, rule[s->rule].id.p, rule[s->rule].id.n);
    else
        keep_buf_str(&r->text, "its date");
    if (s->kind == KEEP_UNTIL_PERMANENT)
        keep_buf_str(&r->text, " keeps it permanently");
    else
        say_date(&r->text, " keeps it through ", s->keep_until);
}

static int stand(struct keep_release *r, const struct keep_tally *t, const struct keep_derived *where, bool moved, keep_date derived, struct keep_set *s, struct keep_err *err)
{
    bool due = s->kind == KEEP_UNTIL_DATE && r->in->as_of > s->keep_until;
    keep_buf_clear(&r->text);
    if (s->kind == KEEP_UNTIL_UNKNOWN && s->steps == 0 && s->series == KEEP_SERIES_ADMINISTRATIVE) {
        s->status = KEEP_SET_KEPT;
        keep_buf_str(&r->text, "kept unless a rule names it");
    } else if (s->kind == KEEP_UNTIL_UNKNOWN && s->suspended) {
        s->status = KEEP_SET_KEPT;
        keep_buf_add(&r->text, s->reason.p, s->reason.n);
    } else if (s->kind == KEEP_UNTIL_UNKNOWN) {
        s->status = KEEP_SET_UNDETERMINED;
        keep_buf_add(&r->text, s->reason.p, s->reason.n);
        if (!r->text.n)
            keep_buf_str(&r->text, "no rule of any jurisdiction it touches covers this series");
    } else if (in_conflict(s)) {
        s->status = KEEP_SET_CONFLICT;
        say_conflict(r, s);
    } else if (t->no_custody) {
        s->status = KEEP_SET_UNDETERMINED;
        keep_buf_str(&r->text, "custody: no source says who holds the official copy");
    } else if (!due) {
        s->status = KEEP_SET_KEPT;
    } else if (released(r, where, s)) {
        s->status = KEEP_SET_DUE;
        s->reason = (struct keep_str){NULL, 0};
        return 0;
    } else {
        s->status = KEEP_SET_NOT_ADOPTED;
        if (!r->in->adoptions) {
            keep_buf_clear(&r->text);
            keep_buf_str(&r->text, "no pack is adopted");
        }
        say_date(&r->text, "; past its date by the rules shown, ", s->keep_until);
    }
    if (moved) {
        say_date(&r->text, r->text.n ? "; the rules now give an earlier day, " : "the rules now give an earlier day, ", derived);
        keep_buf_str(&r->text, "; the stored one stands");
    }
    return finish_text(r, &s->reason, err);
}

/* Was the set's disposal begun: packed, or, where only its index is here, ordered of its custodian? */
static bool begun(const struct keep_set *s, const struct keep_set_state *stored)
{
    return stored->status == KEEP_SET_ARCHIVED || (stored->status == KEEP_SET_ORDERED && s->action == KEEP_ACT_ORDER);
}

static int say_held(struct keep_release *r, bool ordered, struct keep_set *s, struct keep_err *err)
{
    s->status = KEEP_SET_HELD;
    keep_buf_clear(&r->text);
    keep_buf_str(&r->text, "on hold: ");
    keep_buf_add(&r->text, s->holds.p, s->holds.n);
    if (ordered)
        keep_buf_str(&r->text, "; its custodian was ordered to destroy it, recall the order");
    return finish_text(r, &s->reason, err);
}

/* What both kinds begin with. 1: the status is settled already. */
static int begin(struct keep_release *r, const struct keep_tally *t, struct keep_set *s, struct keep_set_state *stored, bool *has, struct keep_err *err)
{
    bool held;
    int rc = set_custody(r, t, s, err);
    if (!rc)
        rc = find_holds(r, t, s, &held, err);
    if (rc)
        return rc;
    *has = false;
    if (r->in->state) {
        rc = stored_of(r, t, s, stored, has, err);
        if (rc < 0)
            return rc;
    }
    if (t->records && t->destroyed == t->records) { /* what came after a destruction, by import or merge, is not destroyed */
        s->status = KEEP_SET_DESTROYED;
        s->reason = (struct keep_str){NULL, 0};
        return 1;
    }
    if (held) {
        if (*has)
            keep_later(r, s, stored);
        rc = say_held(r, *has && stored->status == KEEP_SET_ORDERED, s, err);
        return rc ? rc : 1;
    }
    return 0;
}

/* The package stands, or the custodian has the order; what may become of the set, the rules of today say. */
static int judge_begun(struct keep_release *r, enum keep_set_status begun, struct keep_set *s, struct keep_err *err)
{
    if (s->status == KEEP_SET_DUE) {
        s->status = begun;
        return 0;
    }
    keep_buf_clear(&r->text);
    keep_buf_str(&r->text, begun == KEEP_SET_ARCHIVED ? "archived, and not disposed of" : "its custodian was ordered to destroy it, recall the order");
    if (s->reason.n) {
        keep_buf_str(&r->text, ": ");
        keep_buf_add(&r->text, s->reason.p, s->reason.n);
    } else {
        keep_buf_str(&r->text, ": the rules keep it longer now");
    }
    return finish_text(r, &s->reason, err);
}

int keep_release_set(struct keep_release *r, const struct keep_tally *t, const struct keep_derived *where, struct keep_set *s, struct keep_err *err)
{
    struct keep_set_state stored = {0};
    keep_date derived = s->keep_until;
    bool has, moved = false;
    int rc = begin(r, t, s, &stored, &has, err);
    if (rc)
        return rc < 0 ? rc : 0;
    if (has)
        moved = keep_later(r, s, &stored);
    rc = stand(r, t, where, moved, derived, s, err);
    return rc || !has || !begun(s, &stored) ? rc : judge_begun(r, stored.status, s, err);
}

int keep_release_identity(struct keep_release *r, const struct keep_tally *t, const struct keep_derived *where, const struct keep_set *other, size_t n, struct keep_set *s, struct keep_err *err)
{
    struct keep_set_state stored = {0};
    keep_date derived;
    size_t left = 0;
    bool has, started, moved = false, own = s->steps != 0;
    int rc;
    for (size_t i = 0; i < n; i++) {
        const struct keep_set *o = &other[i];
        left += o->status != KEEP_SET_DESTROYED;
        if (own && s->kind == KEEP_UNTIL_UNKNOWN)
            continue; /* a rule of its own with a gap */
        if (o->kind == KEEP_UNTIL_PERMANENT || s->kind == KEEP_UNTIL_PERMANENT) {
            s->kind = KEEP_UNTIL_PERMANENT;
            s->keep_until = KEEP_DATE_NONE;
        } else if (o->kind == KEEP_UNTIL_UNKNOWN) {
            s->kind = KEEP_UNTIL_UNKNOWN;
            s->keep_until = KEEP_DATE_NONE;
            own = true;
        } else if (s->keep_until == KEEP_DATE_NONE || o->keep_until > s->keep_until) {
            s->kind = KEEP_UNTIL_DATE;
            s->keep_until = o->keep_until;
            s->rule = o->rule;
        }
    }
    derived = s->keep_until;
    rc = begin(r, t, s, &stored, &has, err);
    if (rc)
        return rc < 0 ? rc : 0;
    if (has && s->kind == KEEP_UNTIL_UNKNOWN && n == 0 && !own) {
        s->kind = stored.kind; /* its patient's other sets are gone; the date they gave it stands */
        s->keep_until = stored.keep_until;
    } else if (has) {
        moved = keep_later(r, s, &stored);
    }
    started = has && begun(s, &stored) && !left;
    if (left || s->kind == KEEP_UNTIL_UNKNOWN) {
        s->status = KEEP_SET_KEPT;
        keep_buf_clear(&r->text);
        if (left)
            keep_buf_printf(&r->text, "disposed last: %zu other record set%s of the patient %s not destroyed", left, keep_str_s(left), left == 1 ? "is" : "are");
        else
            keep_buf_str(&r->text, "disposed last: the patient has no other record set yet");
        if (s->reason.n) {
            keep_buf_str(&r->text, "; ");
            keep_buf_add(&r->text, s->reason.p, s->reason.n);
        }
        return finish_text(r, &s->reason, err);
    }
    if (t->no_custody || r->in->as_of <= s->keep_until || s->kind == KEEP_UNTIL_PERMANENT || r->in->adoptions == 0 || s->steps) {
        rc = stand(r, t, where, moved, derived, s, err);
    } else {
        s->status = KEEP_SET_DUE; /* each of the others was released under adopted law */
        s->reason = (struct keep_str){NULL, 0};
    }
    return rc < 0 || !started ? rc : judge_begun(r, stored.status, s, err);
}
