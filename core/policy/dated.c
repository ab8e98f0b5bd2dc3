/* What a pack says is sound or not by the day on which it is looked at: exceptions
 * run out, and law that was read long ago may be another by now. */
#include <stdio.h>

#include "core/policy/lex.h"
#include "core/policy/policy.h"

_Static_assert(KEEP_POLICY_STALE_YEARS == 3, "as the message says");

static void warn(const struct keep_policy *p, uint32_t pack, struct keep_place at, uint32_t end, struct keep_diags *diags, const char *text, const char *help)
{
    struct keep_lexed l = {.file = at.file, .text = pack < p->packs ? p->pack[pack].text : (struct keep_str){NULL, 0}};
    keep_lex_report(diags, &l, (struct keep_span){at.line, at.col, at.line, end}, KEEP_DIAG_WARNING, text, help);
}

static void check(const struct keep_policy *p, uint32_t pack, const struct keep_check *k, keep_date as_of, struct keep_diags *diags)
{
    if (!k->verified)
        return;
    if (k->on > as_of + 1) /* where the sun rises earlier it is tomorrow already */
        warn(p, pack, k->at, k->end, diags, "this day lies ahead: nobody has read anything then", "write the day on which it was read");
    else if (keep_civil_add_years(k->on, KEEP_POLICY_STALE_YEARS) < as_of)
        warn(p, pack, k->at, k->end, diags, "this was read more than 3 years ago", "read it again, and write the day on which you did");
}

#define CHECKS(list, n)                    \
    for (size_t i = 0; i < p->n; i++) \
        check(p, p->list[i].pack, &p->list[i].check, as_of, diags);

void keep_policy_dated(const struct keep_policy *p, keep_date as_of, struct keep_diags *diags)
{
    CHECKS(series, series_n)
    CHECKS(label, labels)
    CHECKS(retention, retentions)
    CHECKS(explanation, explanations)
    CHECKS(access, accesses)
    CHECKS(review, reviews)
    for (size_t i = 0; i < p->exceptions; i++) {
        const struct keep_exception *x = &p->exception[i];
        char text[160], day[KEEP_CIVIL_DATE_SIZE];
        if (x->until > as_of)
            continue;
        snprintf(text, sizeof text, "this exception ran out: nothing from %s on is excepted", keep_civil_format_date(x->until, day));
        warn(p, x->pack, x->until_at, x->until_end, diags, text, "take it out, or have its owner give a new end");
    }
}
