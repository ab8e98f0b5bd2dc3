/* What the answer key knows: planted violations, one kind for each rule of the
 * catalogue of access rules that a log can show (A01 to A32), in loud, plain and
 * quiet shapes; and look-alikes that are innocent because their true reason is on
 * no file, or on file where a careless rule does not look. */
#ifndef CORE_DEMO_PLANT_H
#define CORE_DEMO_PLANT_H

#include "core/demo/cast.h"

/* Catalogue number, word, what was done. The word is the id of the rule in policies/ that is to find it; "unexplained" is the verdict, "neighbour" the evidence
 * that raises it. */
#define KEEP_PLANT_KINDS(X) \
    X(UNEXPLAINED, "A01", "unexplained", "no relation of any kind") \
    X(SELF, "A02", "self", "own chart") \
    X(CONTACT, "A03", "family-elsewhere", "same family name, the patient's contact person, another address") \
    X(HOUSEHOLD, "A04", "household", "same address and same family name") \
    X(COWORKER, "A05", "co-worker", "works in the same department") \
    X(NEIGHBOUR, "A06", "neighbour", "lives in the same street") \
    X(CROWD, "A07", "crowd", "six strangers open the chart of somebody well known within a day") \
    X(GLASS, "A08", "break-the-glass-without-reason", "emergency override on a confidential chart without a reason worth the name") \
    X(GLASS_OFTEN, "A09", "break-the-glass-often", "seven emergency overrides in a week with the same words") \
    X(ENDED, "A10", "ended-affiliation", "login used before the first day, on leave, or after the last day") \
    X(UNMAPPED, "A11", "unmapped-account", "login that no roster names") \
    X(DORMANT, "A11", "dormant-account", "login not used for three months before") \
    X(OFF_SHIFT, "A12", "off-shift", "off duty, at night, no relation") \
    X(MANY, "A13", "many-charts", "58 charts of strangers within an hour") \
    X(MANY_A_DAY, "A13", "many-charts-a-day", "130 charts of strangers within a day, never many in an hour") \
    X(DECEASED, "A14", "deceased", "dead for more than a month") \
    X(STALE, "A15", "stale-record", "not seen for more than half a year") \
    X(MINOR, "A16", "minor-without-custody", "a child whose contact says: parent without custody") \
    X(SENSITIVE, "A17", "sensitive-record", "sensitive subject") \
    X(TWO_PLACES, "A18", "two-places", "one login at two sites in the same minutes") \
    X(NETWORK, "A19", "foreign-network", "from an address outside of the house") \
    X(GUESSED, "A20", "guessed-password", "eight failed logins, one that worked, then a chart") \
    X(EXPORTS, "A21", "bulk-export", "60 charts exported on one day") \
    X(NUMBERS, "A22", "running-numbers", "18 record numbers in a row within minutes") \
    X(ROLE, "A23", "role-without-charts", "a security officer reads a chart") \
    X(DEPARTMENT, "A24", "department-mismatch", "a department that has no business with that one") \
    X(SERIAL, "A25", "serial", "one chart of a stranger a week, nine weeks") \
    X(WATCHED, "A26", "watched-patient", "two strangers, weeks apart, on the same chart") \
    X(NO_TRACE, "A27", "read-without-trace", "read on three days, nothing written") \
    X(COVERED, "A28", "covered", "one chart that is meant among four of the same family name") \
    X(TAMPER, "A29", "log-tampered", "rows missing from the log after a privileged login") \
    X(TEST, "A30", "test-record", "a test record opened outside of IT") \
    X(TERM, "A31", "ended-affiliation", "student, resident or vendor after the end of the term") \
    X(UNDISCLOSED, "A32", "undisclosed-export", "exported for an outside party, not in the accounting of disclosures")
#define KEEP_PLANT_INNOCENTS(X) \
    X(NO_FILE, "reason-on-no-file", "asked for help in the corridor; nobody wrote it down") \
    X(WRONG_ONE, "wrong-one-picked", "picked the wrong one of two of a name, closed at once") \
    X(SAME_HOUSE, "same-institution", "staff residence: same address, no relation; reason on no file") \
    X(NAMESAKE, "namesake", "same family name, no relation; reason on no file") \
    X(TRIAL, "work-on-test-record", "IT works with a test record") \
    X(LATE, "reason-recorded-late", "asked to consult; the request was written down some days later, by another") \
    X(PULL, "chart-pull", "58 charts within an hour for a review; each has its task on file")
#define X(name, rule, word, what) KEEP_PLANT_##name,
enum keep_plant_kind { KEEP_PLANT_KINDS(X) KEEP_PLANT_KIND_COUNT };
#undef X
#define X(name, word, what) KEEP_PLANT_INNOCENT_##name,
enum keep_plant_innocent { KEEP_PLANT_INNOCENTS(X) KEEP_PLANT_INNOCENT_COUNT };
#undef X

/* Loud: searched by name, then printed or exported. Plain: searched by name. Quiet: from the own workstation at working hours, nothing else. */
enum keep_plant_shape { KEEP_PLANT_LOUD, KEEP_PLANT_PLAIN, KEEP_PLANT_QUIET, KEEP_PLANT_SHAPES };

/* One access, as it will stand in the log. */
struct keep_deed {
    uint32_t plant, who, patient; /* who: staff or a login of cast.h; patient NOBODY: about none */
    keep_date day;
    int32_t second;
    uint8_t action, exposure, outcome, purpose;
    uint8_t skip;           /* numbers missing from the log after it */
    bool searched, glass;
    const char *place, *reason; /* place NULL: the own workstation */
    uint64_t row;           /* in the log, once written; from 1 */
};

struct keep_plant {
    uint8_t kind;           /* enum keep_plant_kind, or enum keep_plant_innocent */
    bool innocent;
    uint8_t shape;
    uint32_t staff, patient; /* NOBODY: several */
    uint32_t deed, deeds;
};

struct keep_plants {
    const struct keep_cast *cast;
    struct keep_plant *plant;
    uint32_t n, planted;    /* the violations come first */
    struct keep_deed *deed;
    uint32_t deeds;
    size_t cap;
    struct keep_deed_at {
        int64_t second;     /* of the days since 1970, for sorting */
        uint32_t deed;
    } *order;               /* deeds by time */
};

/* Chooses them; call when the cast knows who is whose stranger. Memory of `plant` is the arena's, the rest is freed by keep_plant_free.
 * KEEP_E_USAGE when there is nobody for any kind. */
int keep_plant_make(struct keep_plants *out, struct keep_cast *c, uint32_t innocents, struct keep_arena *a, struct keep_err *err);
void keep_plant_free(struct keep_plants *p); /* a zeroed one is allowed */

#endif
