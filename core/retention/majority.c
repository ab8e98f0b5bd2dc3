/* Ages of majority, as data: the state's USPS code, the age, and the statute that
 * sets it. They are from background knowledge of these statutes, not read for this
 * table, and so unverified; an officer who confirms a rule that calls majority()
 * confirms the age with it. A place that is not listed has no age here: what rests
 * on it is undetermined, for a guess of 18 would come early where it is 21. */
#include "core/retention/retention.h"

#define UNREAD "unverified"
static const struct keep_retention_age ages[] = {
#define AGE(state, years, cite) {state, years, cite, UNREAD}
    AGE("AL", 19, "Ala. Code 26-1-1"), AGE("NE", 19, "Neb. Rev. Stat. 43-2101"), AGE("MS", 21, "Miss. Code 1-3-27"),
#undef AGE
#define AGE(state) {state, 18, "18 by the general law of the state; statute not named here", UNREAD}
    AGE("AK"), AGE("AZ"), AGE("AR"), AGE("CA"), AGE("CO"), AGE("CT"), AGE("DE"), AGE("DC"), AGE("FL"), AGE("GA"), AGE("HI"), AGE("ID"), AGE("IL"), AGE("IN"), AGE("IA"),
    AGE("KS"), AGE("KY"), AGE("LA"), AGE("ME"), AGE("MD"), AGE("MA"), AGE("MI"), AGE("MN"), AGE("MO"), AGE("MT"), AGE("NV"), AGE("NH"), AGE("NJ"), AGE("NM"), AGE("NY"),
    AGE("NC"), AGE("ND"), AGE("OH"), AGE("OK"), AGE("OR"), AGE("PA"), AGE("RI"), AGE("SC"), AGE("SD"), AGE("TN"), AGE("TX"), AGE("UT"), AGE("VT"), AGE("VA"), AGE("WA"),
    AGE("WV"), AGE("WI"), AGE("WY"),
#undef AGE
};

const struct keep_retention_age *keep_retention_ages(size_t *n)
{
    *n = sizeof ages / sizeof *ages;
    return ages;
}

int keep_retention_majority(struct keep_str state)
{
    for (size_t i = 0; i < sizeof ages / sizeof *ages; i++)
        if (keep_str_is(state, ages[i].state))
            return ages[i].years;
    return -1;
}
