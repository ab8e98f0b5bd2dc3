/* Missing data never shortens a date, and a set can lose more than its own data:
 * a mammogram whose codes are lost stays in the medical record, which then is
 * kept by the rules of mammograms too; but the mammograms beside it lose the
 * later day that it gave them, and it loses the later day that they gave it.
 *
 * Two sets are in doubt about each other when a record of one could belong to the
 * other, or records of both to a third. How many do is not known. A set is tried
 * without and with all of them, as labels are. Of a rule for minors, or one about
 * the first day, without may be the longer. */
#include "core/retention/doubt.h"

#define SAID "a record may belong to another set, and counts in both: "

int keep_doubt_take(struct keep_tally *t, const struct keep_tally_index *x, const struct keep_record *r, const struct keep_assigned *to, struct keep_arena *a, struct keep_err *err)
{
    bool doubtful = to->could != 0;
    int rc = 0;
    if (t->records == 0 || (!t->doubt && doubtful == (t->could != 0)))
        return 0; /* all that is there is alike */
    if (!t->doubt)
        rc = keep_tally_split(t, a, err);
    if (rc || !doubtful)
        return rc;
    rc = keep_tally_gather(t->doubt, x, r, a, err);
    keep_tally_note(t->doubt, to);
    return rc;
}

/* A set of several facilities may have it of each of them. */
static bool same_place(const struct keep_tally *a, const struct keep_tally *b)
{
    return a->source == b->source && (a->facility == b->facility || a->facility == KEEP_ID_NONE || b->facility == KEEP_ID_NONE);
}

/* What of another tally may stand in one set with records of t; NULL: nothing. */
static const struct keep_tally *beside(const struct keep_tally *t, const struct keep_tally *other)
{
    if (other == t || !same_place(t, other))
        return NULL;
    if (t->could >> other->series & 1 && other->destroyed < other->records)
        return other;
    if (!(other->could >> t->series & 1 || t->could & other->could))
        return NULL;
    return keep_tally_doubtful(other);
}

int keep_doubt_add(struct keep_tally **both, const struct keep_tally *t, const struct keep_tally *other, const struct keep_policy *p, struct keep_arena *a, struct keep_err *err)
{
    const struct keep_tally *more = beside(t, other);
    if (!more)
        return 0;
    if (!*both) {
        struct keep_tally *b = keep_arena_array(a, 1, sizeof *b);
        if (!b)
            return keep_tally_full(a, err);
        *b = keep_tally_empty(t->series, t->patient, t->facility, t->source);
        int rc = keep_tally_join(b, t, a, err);
        if (rc)
            return rc;
        b->custodian = t->custodian;
        b->custodians = t->custodians;
        *both = b;
    }
    struct keep_tally *b = *both;
    uint64_t labels = b->labels, also = b->also;
    int rc = keep_tally_join(b, more, a, err);
    b->unplaced += other->series == KEEP_SERIES_PATIENT_IDENTITY ? more->records : 0;
    b->labels_unknown |= b->labels; /* of these nothing is certain here */
    b->labels = labels;
    b->maybe |= b->also;
    b->also = also;
    if (p->series[other->series].when)
        b->maybe |= UINT64_C(1) << other->series;
    return rc;
}

static int longer(const struct keep_set *a, const struct keep_set *b)
{
    static const int rank[] = {[KEEP_UNTIL_DATE] = 0, [KEEP_UNTIL_UNKNOWN] = 1, [KEEP_UNTIL_PERMANENT] = 2};
    if (a->kind != b->kind)
        return rank[a->kind] > rank[b->kind];
    return a->kind == KEEP_UNTIL_DATE && a->keep_until > b->keep_until;
}

/* Nothing but an officer stands between it and its disposal. */
static bool released(const struct keep_set *s)
{
    return s->status == KEEP_SET_DUE || s->status == KEEP_SET_ARCHIVED || s->status == KEEP_SET_ORDERED;
}

static bool outweighs(const struct keep_set *a, const struct keep_set *b)
{
    return (a->status == KEEP_SET_HELD && b->status != KEEP_SET_HELD) || (!released(a) && released(b));
}

static bool asks_more(const struct keep_set *a, const struct keep_set *b)
{
    return a->residue_years > b->residue_years || !keep_str_eq(a->gates, b->gates);
}

static int say(struct keep_set *s, struct keep_arena *a, struct keep_err *err)
{
    struct keep_buf text = KEEP_BUF_INIT;
    bool ok = true;
    keep_buf_add(&text, s->reason.p, s->reason.n);
    keep_buf_str(&text, s->reason.n ? "; " SAID : SAID);
    keep_buf_str(&text, s->undecided ? "record.codes" : "record.facility");
    keep_buf_str(&text, s->undecided && s->unplaced ? ", record.facility" : "");
    ok = !text.failed;
    if (ok)
        s->reason = keep_arena_str(a, keep_buf_view(&text), &ok);
    keep_buf_free(&text);
    return ok ? 0 : keep_tally_full(a, err);
}

int keep_doubt_settle(struct keep_set *s, const struct keep_set *with, size_t undecided, size_t unplaced, struct keep_arena *a, struct keep_err *err)
{
    const struct keep_set own = *s;
    bool later = longer(with, &own), take = later || (!longer(&own, with) && (outweighs(with, &own) || asks_more(with, &own)));
    const struct keep_set *other = take ? &own : with;
    bool barred = outweighs(other, take ? with : &own);
    if (!take && !barred)
        return 0;
    *s = take ? *with : own;
    s->custody = own.custody; /* what it is made of stays what it is */
    s->action = own.action;
    s->undecided = undecided;
    s->unplaced = unplaced;
    if (barred) {
        s->status = other->status;
        s->reason = other->reason;
        s->holds = other->holds;
    }
    int rc = !released(s) && (later || outweighs(with, &own)) ? say(s, a, err) : 0;
    return rc ? rc : take;
}
