/* What a hospital is made of, as tables of this project's own: names that are
 * common in the United States, invented streets in Kansas towns, departments
 * with their roles, and codes. */
#ifndef CORE_DEMO_LORE_H
#define CORE_DEMO_LORE_H

#include <stdbool.h>
#include <stdint.h>

extern const char *const keep_lore_family[];
extern const char *const keep_lore_woman[];
extern const char *const keep_lore_man[];
extern const char *const keep_lore_street[];
extern const uint32_t keep_lore_families, keep_lore_women, keep_lore_men, keep_lore_streets;

struct keep_lore_town {
    const char *name, *postal;
};
extern const struct keep_lore_town keep_lore_town[];
extern const uint32_t keep_lore_towns;

/* Houses in which many live who are no relations. */
struct keep_lore_institution {
    const char *line;
    uint8_t town;
    const char *kind, *name;
};
extern const struct keep_lore_institution keep_lore_institution[];
extern const uint32_t keep_lore_institutions;

enum keep_lore_site { KEEP_LORE_HOSPITAL, KEEP_LORE_CLINIC, KEEP_LORE_SITES };

/* Departments, in the order in which a small hospital gets them. Care: patients are seen there. Ancillary: it does
 * procedures for the others. Desk: it works on papers. Pool: it lends people to the wards. */
enum keep_lore_work { KEEP_LORE_CARE, KEEP_LORE_ANCILLARY, KEEP_LORE_DESK, KEEP_LORE_POOL };
struct keep_lore_department {
    const char *name, *code; /* code: of its workstations */
    enum keep_lore_work work;
    enum keep_lore_site site;
    const char *act;         /* v3-ActCode of its encounters */
    uint8_t staff, visits;   /* weights */
    uint8_t days;            /* longest stay, 0 = within a day */
    const char *lead, *role, *second; /* roles: who signs, who else there is */
    const char *taxonomy;    /* NUCC code of the lead's role */
};
extern const struct keep_lore_department keep_lore_department[];
extern const uint32_t keep_lore_departments;
#define KEEP_LORE_DEPARTMENTS_MAX 24

/* Kinds of sensitive subject, and which label of the packs they carry. */
enum keep_lore_subject { KEEP_LORE_ORDINARY, KEEP_LORE_SUBSTANCE, KEEP_LORE_HIV, KEEP_LORE_MENTAL, KEEP_LORE_REPRODUCTIVE, KEEP_LORE_SUBJECTS };
struct keep_lore_condition {
    enum keep_lore_subject subject;
    const char *icd10, *icd9, *text, *drg; /* drg: MS-DRG of a stay for it without complication; NULL: this hospital bills none */
};
extern const struct keep_lore_condition keep_lore_condition[];
extern const uint32_t keep_lore_conditions; /* the ordinary ones first */
extern const uint32_t keep_lore_ordinary;   /* how many of them */

/* A code and the years in which it was valid; through 0: still. */
struct keep_lore_span {
    const char *code;
    int from, through;
};
#define KEEP_LORE_SPANS 3
/* The one that was valid in that year; NULL: none is known. */
const char *keep_lore_code(const struct keep_lore_span span[KEEP_LORE_SPANS], int year);

/* Procedures of the ancillary departments and of the others. */
struct keep_lore_procedure {
    const char *department; /* NULL: any department of care */
    struct keep_lore_span cpt[KEEP_LORE_SPANS];
    const char *text;
    bool women;
    const char *loinc, *analyte, *unit; /* of its report; of one value of it; NULL: has none */
};
extern const struct keep_lore_procedure keep_lore_procedure[];
extern const uint32_t keep_lore_procedures;

struct keep_lore_coded {
    const char *code, *text;
    int from, through;      /* years in which it was given; 0: any */
};
extern const struct keep_lore_coded keep_lore_drug[], keep_lore_vaccine[]; /* RxNorm; CVX */
extern const uint32_t keep_lore_drugs, keep_lore_vaccines;

extern const char *const keep_lore_complaint[], *const keep_lore_plan[]; /* sentences of notes */
extern const uint32_t keep_lore_complaints, keep_lore_plans;

#endif
