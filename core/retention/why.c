/* The derivation of a set, for people: what decided, every rule tried with its
 * arithmetic, what stands in the way. */
#include "core/retention/retention.h"

static void line(struct keep_buf *out, const char *name, struct keep_str text)
{
    if (!text.n)
        return;
    keep_buf_printf(out, "%-11s", name);
    keep_buf_add(out, text.p, text.n);
    keep_buf_char(out, '\n');
}

static void counted_in(struct keep_buf *out, const struct keep_set *s, size_t records, const char *why)
{
    if (records)
        keep_buf_printf(out, "%-11s%zu record%s of %s sets: %s\n", "counted in", records, keep_str_s(records), s->patient == KEEP_ID_NONE ? "other" : "the patient's other", why);
}

static void write_step(const struct keep_retention_step *st, const struct keep_retention *r, struct keep_buf *out)
{
    keep_buf_printf(out, "  %s %.*s (%.*s, %.*s)\n", st->decides ? "*" : "-", (int)r->id.n, r->id.p, (int)r->jurisdiction.n, r->jurisdiction.p, (int)r->status.n, r->status.p);
    keep_buf_printf(out, "      %.*s\n", (int)st->arithmetic.n, st->arithmetic.p);
    if (st->applies == KEEP_TRI_UNKNOWN)
        keep_buf_printf(out, "      counts as applying: %.*s is not known\n", (int)st->missing.n, st->missing.p);
    else if (st->missing.n && !st->gap)
        keep_buf_printf(out, "      a condition counts as met: %.*s is not known\n", (int)st->missing.n, st->missing.p);
    if (st->replaced)
        keep_buf_str(out, "      another rule of its jurisdiction stands instead of it\n");
    keep_buf_printf(out, "      %.*s; %s%.*s; %s\n", (int)r->cite.n, r->cite.p, r->check.verified ? "read: " : "unverified", (int)r->check.source.n, r->check.source.p,
                    st->can_release ? "adopted, can release" : "cannot release");
}

void keep_retention_why(const struct keep_set *s, const struct keep_retention_input *in, struct keep_buf *out)
{
    char day[KEEP_CIVIL_DATE_SIZE];
    const struct keep_policy *p = in->policy;
    const char *until = s->kind == KEEP_UNTIL_PERMANENT ? "permanently" : s->kind == KEEP_UNTIL_DATE ? keep_civil_format_date(s->keep_until, day) : "not determined";
    line(out, "series", p->series[s->series].title.n ? p->series[s->series].title : p->series[s->series].id);
    keep_buf_printf(out, "%-11s%zu\n", "records", s->records);
    line(out, "keep until", keep_str_of(until));
    if (s->destroy_by != KEEP_DATE_NONE) {
        line(out, "destroy by", keep_str_of(keep_civil_format_date(s->destroy_by, day)));
        line(out, "demanded by", p->retention[s->destroy_rule].id);
    }
    line(out, "status", keep_str_of(keep_vocab_set_status_word((int)s->status)));
    line(out, "reason", s->reason);
    counted_in(out, s, s->undecided, "record.codes is not recorded, so it is not known which of them belong together with its own");
    counted_in(out, s, s->unplaced, "record.facility is not recorded, so it is not known which of them are from there");
    if (s->rule >= 0) {
        line(out, "rule", p->retention[s->rule].title.n ? p->retention[s->rule].title : p->retention[s->rule].id);
        line(out, "authority", p->retention[s->rule].cite);
    }
    line(out, "because", s->explain);
    line(out, "custody", keep_str_of(keep_vocab_custody_word((int)s->custody)));
    line(out, "custodian", s->custodian);
    line(out, "locator", s->locator);
    line(out, "holds", s->holds);
    line(out, "gates", s->gates);
    if (s->residue_years == KEEP_RESIDUE_PERMANENT)
        line(out, "residue", KEEP_STR("a summary that is permanent"));
    else if (s->residue_years > 0)
        keep_buf_printf(out, "%-11sa summary for %d years after disposal\n", "residue", s->residue_years);
    keep_buf_printf(out, "%zu of %zu rules apply:\n", s->steps, p->retentions);
    for (size_t i = 0; i < s->steps; i++)
        write_step(&s->step[i], &p->retention[s->step[i].rule], out);
}
