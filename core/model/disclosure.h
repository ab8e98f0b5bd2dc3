/* A disclosure of a patient's information to somebody outside, as 45 CFR 164.528
 * (accounting of disclosures) asks for it, and the bases on which one is made:
 * which of them an accounting leaves out, and by which paragraph. */
#ifndef CORE_MODEL_DISCLOSURE_H
#define CORE_MODEL_DISCLOSURE_H

#include <stdbool.h>

#include "core/base/civil.h"
#include "core/base/str.h"

#define KEEP_DISCLOSURE_YEARS 6  /* 164.528(a)(1): disclosures in the six years before the request */
#define KEEP_DISCLOSURE_ORAL 30  /* days: 164.528(a)(2)(ii)(C), an oral statement of an agency suspends no longer */
#define KEEP_DISCLOSURE_DAYS 60  /* days: 164.528(c)(1), an accounting is given within so many of its request */

/* The kinds of record that a disclosure is: by the map "disclosures", by a record index. */
#define KEEP_DISCLOSURE_KINDS(X) X("disclosure") X("disclosure record") X("accounting of disclosures")
bool keep_disclosure_kind(struct keep_str kind);

/* Empty members: not recorded. */
struct keep_disclosure {
    struct keep_str recipient, address; /* (b)(2)(ii) */
    struct keep_str what;               /* (b)(2)(iii) a brief description of what was disclosed */
    struct keep_str purpose;            /* (b)(2)(iv) a brief statement of the purpose */
    struct keep_str request;            /* in lieu of it: where the copy of the written request is */
    struct keep_str basis;              /* a word of the table below, or the provision as the source cites it */
    struct keep_str agency;             /* (a)(2): who stated that an accounting would impede its activities */
    keep_date stated, until;            /* the day of that statement, the day it names; KEEP_DATE_NONE */
    bool oral;                          /* it was made orally */
};

/* name, word, where it is permitted, the paragraph of 164.528(a)(1) that leaves it out (NULL: it is listed), may several be told as one by (b)(3) */
#define KEEP_DISCLOSURE_BASES(X) \
    X(UNKNOWN, "not recorded", "", NULL, 0) \
    X(TREATMENT, "treatment", "164.506", "(i)", 0) X(PAYMENT, "payment", "164.506", "(i)", 0) X(OPERATIONS, "operations", "164.506", "(i)", 0) \
    X(INDIVIDUAL, "to the individual", "164.502(a)(1)(i)", "(ii)", 0) X(INCIDENTAL, "incidental", "164.502(a)(1)(iii)", "(iii)", 0) \
    X(AUTHORIZATION, "authorization", "164.508", "(iv)", 0) X(DIRECTORY, "directory", "164.510(a)", "(v)", 0) X(INVOLVED, "involved in care", "164.510(b)", "(v)", 0) \
    X(SECURITY, "national security", "164.512(k)(2)", "(vi)", 0) X(CUSTODY, "custodial", "164.512(k)(5)", "(vii)", 0) X(LIMITED, "limited data set", "164.514(e)", "(viii)", 0) \
    X(SECRETARY, "to the Secretary", "164.502(a)(2)(ii)", NULL, 1) X(LAW, "required by law", "164.512(a)", NULL, 1) X(PUBLIC_HEALTH, "public health", "164.512(b)", NULL, 1) \
    X(ABUSE, "abuse or neglect", "164.512(c)", NULL, 1) X(OVERSIGHT, "health oversight", "164.512(d)", NULL, 1) X(COURT, "judicial", "164.512(e)", NULL, 1) \
    X(POLICE, "law enforcement", "164.512(f)", NULL, 1) X(DECEDENT, "decedents", "164.512(g)", NULL, 1) X(DONATION, "organ donation", "164.512(h)", NULL, 1) \
    X(RESEARCH, "research", "164.512(i)", NULL, 1) X(THREAT, "threat to safety", "164.512(j)", NULL, 1) X(GOVERNMENT, "government function", "164.512(k)", NULL, 1) \
    X(WORKERS, "workers' compensation", "164.512(l)", NULL, 1) X(WRONG, "not permitted", "", NULL, 0)
#define X(name, word, cite, paragraph, series) KEEP_DISCLOSURE_##name,
enum keep_disclosure_basis { KEEP_DISCLOSURE_BASES(X) KEEP_DISCLOSURE_BASIS_COUNT };
#undef X

struct keep_disclosure_basis_words {
    const char *word, *cite, *paragraph;
    bool series;
};
extern const struct keep_disclosure_basis_words keep_disclosure_bases[KEEP_DISCLOSURE_BASIS_COUNT];

/* By its word, in any case of letters, or by the narrowest provision of the table that the text cites; UNKNOWN for all else. */
enum keep_disclosure_basis keep_disclosure_basis_of(struct keep_str text);

/* (a)(1)(ix): the day before which nothing has to be accounted for (164.534: health care providers complied from 2003-04-14). */
keep_date keep_disclosure_first(void);

/* Is an accounting of it suspended on that day? *end: the last day that it is, KEEP_DATE_NONE when the statement names none that is on file: then it is. */
bool keep_disclosure_suspended(const struct keep_disclosure *d, keep_date day, keep_date *end);

#endif
