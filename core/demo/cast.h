/* The people of the synthetic hospital: patients in households, staff with the
 * dates of their affiliation, some of them patients too, and practitioners who
 * retired long ago. */
#ifndef CORE_DEMO_CAST_H
#define CORE_DEMO_CAST_H

#include "core/base/arena.h"
#include "core/base/civil.h"
#include "core/base/err.h"
#include "core/demo/hospital.h"
#include "core/demo/lore.h"

#define KEEP_CAST_NOBODY UINT32_MAX
#define KEEP_CAST_FIRST_YEAR 1995 /* nothing older was taken over from paper */

/* When the patient was last seen: in the year of the log; before it, yet less than ten years ago; longer ago. */
enum keep_cast_seen { KEEP_CAST_SEEN_NOW, KEEP_CAST_SEEN_LATELY, KEEP_CAST_SEEN_LONG_AGO };

struct keep_cast_patient {
    uint16_t given, family;
    bool woman, confidential;
    bool vip, test, no_birth;  /* known to many; no human at all; nobody wrote the birth date down */
    bool planted;              /* an access of the answer key is to this chart */
    uint8_t subject;           /* enum keep_lore_subject */
    uint8_t seen;              /* enum keep_cast_seen */
    uint32_t household, worker; /* worker: the same human in staff, or NOBODY */
    uint32_t merged, primary;  /* the record that replaced this one; primary care provider; NOBODY: none */
    uint32_t departments;      /* bit d: department d has or may have a reason on file in the year of the log */
    keep_date birth, death;    /* death NONE: alive */
    keep_date first, last;     /* first and last day of care; of those seen now, some day in the year of the log */
};

/* Per diem: on the books, at work on no day of the log. Student, resident, vendor: `hired` to `ended` is the rotation or the contract. */
enum keep_cast_kind { KEEP_CAST_EMPLOYEE, KEEP_CAST_STUDENT, KEEP_CAST_RESIDENT, KEEP_CAST_PER_DIEM, KEEP_CAST_VENDOR };

struct keep_cast_staff {
    uint16_t given, family, former; /* former: family name before, UINT16_MAX none */
    bool woman, planted;
    uint8_t department;
    uint8_t rank;              /* 0 lead, 1 role, 2 second */
    uint8_t shift;             /* 0 day, 1 evening, 2 night */
    uint8_t kind;              /* enum keep_cast_kind */
    bool rehired;              /* away between two employments; else on leave */
    uint32_t household, patient, manager;
    keep_date birth, hired, ended; /* ended: last day, NONE still here */
    keep_date away, back;      /* away from `away` until the day before `back`; both NONE: never */
};

struct keep_cast {
    const struct keep_hospital_params *p;
    keep_date begin;           /* first day of the log, which has p->days */
    uint32_t departments;      /* as many of the table as this hospital is large enough for */
    struct keep_cast_patient *patient; uint32_t patients;
    struct keep_cast_staff *staff;     uint32_t staffs, employees; /* employees first, then the retired */
    uint32_t of_department[KEEP_LORE_DEPARTMENTS_MAX + 1]; /* where each department's people begin in list */
    uint32_t *list;
    uint32_t households, homes; /* homes: of patients, numbered first */
    uint8_t *institution;      /* of each household: 0 a home of its own, else one of keep_lore_institution, 1 the first */
};

/* Logins that are nobody's own, in place of a number of the staff. */
#define KEEP_CAST_GHOST 0xE0000000u    /* and a number: a login that no roster names */
#define KEEP_CAST_PREFETCH 0xF0000000u /* service account: fetches the charts of the day */
#define KEEP_CAST_EXCHANGE 0xF0000001u /* service account: sends records to other houses */
#define KEEP_CAST_ADMIN 0xF0000002u    /* the IT manager's second account, with privileges */

/* Memory is the arena's. KEEP_E_USAGE when the numbers make no hospital (see hospital.h). */
int keep_cast_make(struct keep_cast *out, const struct keep_hospital_params *p, struct keep_arena *a, struct keep_err *err);

/* Is this one at work on that day? */
bool keep_cast_here(const struct keep_cast_staff *s, keep_date on);
/* Three days on which the log was not written: its source was down. */
bool keep_cast_gap(const struct keep_cast *c, keep_date on);
/* Rostered on that day: offices on weekdays, the house on five days of seven; nobody while away, per diem or a vendor. */
bool keep_cast_on_shift(const struct keep_cast *c, uint32_t staff, keep_date on);
/* At work then, and neither the patient nor of the patient's household. */
bool keep_cast_may_treat(const struct keep_cast *c, uint32_t staff, uint32_t patient, keep_date on);
/* Employed, and with nothing on file that could be a reason to open this chart in the year of the log. */
bool keep_cast_stranger(const struct keep_cast *c, uint32_t staff, uint32_t patient);
/* Alive, not of the staff, not confidential, of no sensitive subject, a human with a record that stands. */
bool keep_cast_plain(const struct keep_cast_patient *p);

/* Texts. Sizes hold any value. */
#define KEEP_CAST_TEXT 32
const char *keep_cast_given(bool woman, uint16_t given);
const char *keep_cast_family(const struct keep_cast_patient *p);
void keep_cast_id(const struct keep_cast *c, char kind, uint32_t i, char out[KEEP_CAST_TEXT]);  /* FHIR id: kind and eight hex digits */
void keep_cast_mrn(const struct keep_cast *c, uint32_t patient, char out[KEEP_CAST_TEXT]);
void keep_cast_number(uint32_t staff, char out[KEEP_CAST_TEXT]);                                /* employee number, also the FHIR Practitioner's id */
void keep_cast_login(const struct keep_cast *c, uint32_t staff, char out[KEEP_CAST_TEXT]); /* staff: also one of the logins above */
bool keep_cast_npi(const struct keep_cast *c, uint32_t staff, char out[KEEP_CAST_TEXT]);        /* false, "": has none */
const char *keep_cast_role(const struct keep_cast_staff *s);
struct keep_cast_address {
    char line[64];
    const struct keep_lore_town *town;
};
void keep_cast_address(const struct keep_cast *c, uint32_t household, struct keep_cast_address *out);

#endif
