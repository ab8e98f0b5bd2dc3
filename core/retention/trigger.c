/* Triggers. An aggregate such as "last discharge" is a claim that there was no
 * later one, so it rests on what sources vouch for: each source that speaks for
 * the class and facility, and each that gave records to the set, must be complete
 * through the as-of day. One that is not could hold the discharge that restarts
 * the clock. A day after the as-of day, or care after a recorded death, is used
 * (the later day) and said. */
#include "core/retention/trigger.h"

#include <stdio.h>
#include <string.h>

#include "core/model/disclosure.h"

const char *keep_trigger_text(int what)
{
    static const char *const words[KEEP_TRIGGER_OTHER] = {"service_date", "created_date", "discharge_date"};
    return what < KEEP_TRIGGER_OTHER ? words[what] : keep_vocab_record_day_word(what - KEEP_TRIGGER_OTHER);
}

int keep_trigger_word(struct keep_str word)
{
    for (int i = 0; i < KEEP_TRIGGER_COUNT; i++)
        if (keep_str_is(word, keep_trigger_text(i)))
            return i;
    return -1;
}

/* What the encounters of the set's patient at its facility say, and those that may be: where nobody recorded the facility, or the patient, or that only a record
 * of the set names, or of another of the patient's sets there. What may be can only make the last day later, or unknown. */
struct stays {
    size_t n, open, turned;  /* turned: they end before they begin */
    bool any;                /* or may be */
    keep_date first_start, first_end, last_end, last_day;
    keep_date maybe_first, maybe_last;
    bool maybe_open, missing, stray;
    keep_date care;          /* the last in the set, in the chart there, or of what has no place */
};

static void later(keep_date *d, keep_date v)
{
    if (v != KEEP_DATE_NONE && (*d == KEEP_DATE_NONE || v > *d))
        *d = v;
}

static void earlier(keep_date *d, keep_date v)
{
    if (v != KEEP_DATE_NONE && (*d == KEEP_DATE_NONE || v < *d))
        *d = v;
}

/* Of the patient's other sets there, and of what has no place: it may have been there. */
static void look_at_mates(const struct keep_tally_index *x, const struct keep_tally *t, struct stays *s)
{
    for (size_t i = 0; i < x->mates; i++) {
        const struct keep_tally *u = x->mate[i];
        if (u->series == KEEP_SERIES_PATIENT_IDENTITY)
            u = keep_tally_doubtful(u);
        else if (u->facility != t->facility)
            u = NULL;
        if (!u || u->patient != t->patient)
            continue;
        later(&s->maybe_last, u->stay_last);
        s->maybe_open |= u->stay_open;
        s->missing |= u->stay_missing;
        if (u->series <= KEEP_SERIES_PATIENT_IDENTITY)
            later(&s->care, u->service_last);
    }
}

static struct stays look_at_stays(const struct keep_tally_index *x, const struct keep_tally *t)
{
    struct stays s = {.first_start = KEEP_DATE_NONE, .first_end = KEEP_DATE_NONE, .last_end = KEEP_DATE_NONE, .last_day = KEEP_DATE_NONE, .maybe_first = KEEP_DATE_NONE,
                      .maybe_last = t->stay_last, .maybe_open = t->stay_open, .missing = t->stay_missing, .care = t->service_last};
    if (t->patient >= x->world->patients)
        return s;
    look_at_mates(x, t, &s);
    for (size_t i = x->encounter[t->patient]; i < x->encounter[t->patient + 1]; i++) {
        const struct keep_encounter *e = &x->world->encounter[i];
        if (t->facility != KEEP_ID_NONE && e->facility != KEEP_ID_NONE && e->facility != t->facility)
            continue;
        if (!keep_tally_took_place(e))
            continue;
        s.any = true;
        bool there = t->facility == KEEP_ID_NONE || e->facility == t->facility;
        keep_date end = keep_tally_discharge(e);
        later(&s.last_day, e->start_date);
        later(&s.last_day, e->end_date);
        earlier(&s.first_start, e->start_date != KEEP_DATE_NONE ? e->start_date : e->end_date);
        if (!there) {
            s.maybe_open |= end == KEEP_DATE_NONE;
            earlier(&s.maybe_first, end);
            later(&s.maybe_last, end);
            continue;
        }
        s.n++;
        s.turned += end == KEEP_DATE_NONE && e->end_date != KEEP_DATE_NONE;
        s.open += end == KEEP_DATE_NONE;
        earlier(&s.first_end, end);
        later(&s.last_end, end);
    }
    s.stray = keep_tally_stray(x, t->facility) > s.last_end; /* it may be this patient's */
    later(&s.last_day, s.maybe_last);
    return s;
}

static int say(struct keep_str *out, struct keep_arena *a, struct keep_err *err, const char *text)
{
    bool ok = true;
    *out = keep_arena_str(a, keep_str_of(text), &ok);
    return ok ? 0 : keep_tally_full(a, err);
}

static bool listed(const struct keep_str *list, size_t n, struct keep_str what)
{
    for (size_t i = 0; i < n; i++)
        if (keep_str_eq(list[i], what))
            return true;
    return false;
}

/* Does its declaration claim to hold this class there, completely or not? */
static bool speaks(const struct keep_source *s, struct keep_str klass, struct keep_str place)
{
    return s->declared && (s->all_classes || listed(s->klass, s->classes, klass)) && (s->all_facilities || (place.n && listed(s->facility, s->facilities, place)));
}

struct span {
    keep_date first, last;
    struct keep_str place;
};

/* Fills gap (empty: none) with why the class is not known to be complete over the span. */
static void check_class(const struct keep_tally_index *x, const struct keep_tally *t, struct keep_str klass, const struct span *over, char gap[256])
{
    const struct keep_world *w = x->world;
    char through[KEEP_CIVIL_DATE_SIZE];
    size_t vouching = 0;
    gap[0] = '\0';
    for (size_t i = 0; i < t->froms; i++) {
        const struct keep_source *s = &w->source[t->from[i]];
        if (!s->declared) {
            snprintf(gap, 256, "source %.*s is not declared", (int)s->name.n, s->name.p);
            return;
        }
    }
    for (size_t i = 0; i < w->sources; i++) {
        const struct keep_source *s = &w->source[i];
        if (!speaks(s, klass, over->place))
            continue;
        if (keep_source_covers(s, klass, over->place, over->first, over->last)) {
            vouching++;
            continue;
        }
        if (s->unread)
            snprintf(gap, 256, "%llu item%s of source %.*s %s in quarantine", (unsigned long long)s->unread, keep_str_s(s->unread), (int)s->name.n, s->name.p, s->unread == 1 ? "lies" : "lie");
        else
            snprintf(gap, 256, "source %.*s is not declared complete for %.*s from the first record there through %s", (int)s->name.n, s->name.p, (int)klass.n, klass.p,
                 keep_civil_format_date(over->last, through));
        return;
    }
    if (!vouching)
        snprintf(gap, 256, "no source declares %.*s complete there", (int)klass.n, klass.p);
}

/* disclosures: only of these kinds could there be another one that bears the day. */
static void check_kinds(const struct keep_tally_index *x, const struct keep_tally *t, bool disclosures, const struct span *over, char gap[256])
{
    gap[0] = '\0';
    for (size_t i = 0; i < t->kinds && !gap[0]; i++) {
        struct keep_str kind = t->kind[i] < x->world->terms ? x->world->term[t->kind[i]] : (struct keep_str){NULL, 0};
        if (!disclosures || keep_disclosure_kind(kind))
            check_class(x, t, kind, over, gap);
    }
}

static int note_on(struct keep_trigger *out, const struct keep_world *w, const struct keep_tally *t, keep_date as_of, struct keep_arena *a, struct keep_err *err)
{
    char text[96], day[KEEP_CIVIL_DATE_SIZE];
    if (out->date > as_of)
        return say(&out->note, a, err, "a day after the as-of day, used as it stands");
    if (t->patient < w->patients && w->patient[t->patient].death != KEEP_DATE_NONE && w->patient[t->patient].death < out->date) {
        snprintf(text, sizeof text, "the death on record, %s, is earlier; the later day is used", keep_civil_format_date(w->patient[t->patient].death, day));
        return say(&out->note, a, err, text);
    }
    return 0;
}

/* Why the last day may be later than any that is known; NULL: it cannot. */
static const char *maybe_later(const struct stays *s)
{
    if (s->missing)
        return "a record names an encounter that is not on file";
    if (s->maybe_open)
        return "an encounter that may be the patient's there has no discharge date: open, or not recorded";
    return s->stray ? "a later encounter there says no patient: it may be this one's" : NULL;
}

static void find_discharge(struct keep_trigger *out, const struct stays *s, bool last, char gap[256])
{
    const char *why = NULL;
    if (!s->n)
        why = "no encounter of the patient there is on file";
    else if (s->turned)
        why = "an encounter there ends before it begins";
    else if (last && s->open)
        why = "an encounter there has no discharge date: open, or not recorded";
    else if (last)
        why = maybe_later(s);
    else if (s->maybe_first != KEEP_DATE_NONE && s->maybe_first < s->first_end)
        why = "an earlier encounter of the patient says no facility: it may have been there";
    if (why)
        snprintf(gap, 256, "%s", why);
    else if (last)
        out->date = s->last_end > s->maybe_last ? s->last_end : s->maybe_last;
    else
        out->date = s->first_end;
}

static void find_service(struct keep_trigger *out, const struct keep_tally *t, const struct stays *s, bool last, char gap[256])
{
    bool whole = t->series == KEEP_SERIES_MEDICAL_RECORD;
    out->date = last ? t->service_last : t->service_first;
    if (whole && last) {
        later(&out->date, s->last_day);
        later(&out->date, t->written_last);
    }
    if (whole && !last)
        earlier(&out->date, s->first_start);
    if (whole && (s->open || s->maybe_open) && last)
        snprintf(gap, 256, "an encounter there has no discharge date: open, or not recorded");
    else if (whole && s->n ? t->dateless : t->undated) /* of complete encounters, care is no later than they are or the record was written */
        snprintf(gap, 256, "a record has no service date%s", whole && s->n ? ", and no day of creation" : "");
    else if (out->date == KEEP_DATE_NONE)
        snprintf(gap, 256, "no service date is on file");
}

static void find_created(struct keep_trigger *out, const struct keep_tally *t, bool last, char gap[256])
{
    if (t->uncreated || t->created_last == KEEP_DATE_NONE)
        snprintf(gap, 256, "a record has no day of creation");
    else
        out->date = last ? t->created_last : t->created_first;
}

/* Each record must bear it; the day of a disclosure each disclosure, since in a patient's identity it stands beside what was never disclosed. */
static void find_other(struct keep_trigger *out, const struct keep_tally *t, enum keep_record_day day, bool last, char gap[256])
{
    const struct keep_tally_day *d = t->other ? &t->other[day] : NULL;
    size_t have = d ? d->have : 0, all = d && day == KEEP_DAY_DISCLOSED ? have + d->lacks : t->records;
    if (have < all || have == 0)
        snprintf(gap, 256, "%zu of %zu records do not say it", all - have, all);
    else
        out->date = last ? d->last : d->first;
}

/* What a day of the set rests on: the time from the first thing of it there on. */
static struct span span_of(const struct keep_tally_index *x, const struct keep_tally *t, const struct stays *s, keep_date as_of)
{
    struct span over = {s->first_start, as_of, {NULL, 0}};
    earlier(&over.first, t->service_first);
    earlier(&over.first, t->created_first);
    if (t->facility < x->world->facilities)
        over.place = x->world->facility[t->facility].name;
    return over;
}

void keep_trigger_complete(const struct keep_tally_index *x, const struct keep_tally *t, struct keep_str kind, keep_date as_of, char gap[256])
{
    struct stays s = look_at_stays(x, t);
    struct span over = span_of(x, t, &s, as_of);
    check_class(x, t, kind, &over, gap);
}

int keep_trigger_find(struct keep_trigger *out, const struct keep_tally_index *x, const struct keep_tally *t, enum keep_trigger_what what, bool last, keep_date as_of, struct keep_arena *a, struct keep_err *err)
{
    struct stays s = look_at_stays(x, t);
    struct span over = span_of(x, t, &s, as_of);
    char gap[256] = "", text[320];
    int rc;
    *out = (struct keep_trigger){.date = KEEP_DATE_NONE};
    if (what == KEEP_TRIGGER_DISCHARGE)
        find_discharge(out, &s, last, gap);
    else if (what == KEEP_TRIGGER_SERVICE)
        find_service(out, t, &s, last, gap);
    else if (what == KEEP_TRIGGER_CREATED)
        find_created(out, t, last, gap);
    else
        find_other(out, t, (enum keep_record_day)(what - KEEP_TRIGGER_OTHER), last, gap);
    if (!gap[0] && (what == KEEP_TRIGGER_DISCHARGE || (what == KEEP_TRIGGER_SERVICE && t->series == KEEP_SERIES_MEDICAL_RECORD && s.any)))
        check_class(x, t, KEEP_STR("Encounter"), &over, gap);
    if (!gap[0] && what != KEEP_TRIGGER_DISCHARGE)
        check_kinds(x, t, what == KEEP_TRIGGER_OTHER + KEEP_DAY_DISCLOSED, &over, gap);
    if (!gap[0] && what == KEEP_TRIGGER_DISCHARGE && last && s.care > out->date) { /* there was a later encounter, of which nothing is on file */
        out->date = s.care;
        return say(&out->note, a, err, "care on record is later than the last discharge; the later day is used");
    }
    if (!gap[0])
        return note_on(out, x->world, t, as_of, a, err);
    out->date = KEEP_DATE_NONE;
    snprintf(text, sizeof text, "set.%s(\"%s\"): %s", last ? "last" : "first", keep_trigger_text((int)what), gap);
    rc = say(&out->missing, a, err, text);
    return rc;
}
