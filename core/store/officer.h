/* One line of a keep's register of officers: role, person, key and the days it
 * is good for; as keep.json and the signed decisions of the quorum write it. */
#ifndef CORE_STORE_OFFICER_H
#define CORE_STORE_OFFICER_H

#include "core/store/store.h"
#include "core/text/json.h"
#include "core/text/jsonw.h"

#define KEEP_OFFICER_ROLE 32  /* bytes of a role: a word that fits a file name and a table */
#define KEEP_OFFICER_NAME 128 /* bytes of a name: twice the longest that a badge holds */

#define KEEP_OFFICER_NOTICE 60 /* days before its last one that a key is said to expire: a quorum that meets once a month meets twice */

/* Is it sound: role, name, days in order? KEEP_E_USAGE says what is not. */
int keep_officer_check(const struct keep_officer *o, struct keep_err *err);

/* Equal in all that the register holds. */
bool keep_officer_same(const struct keep_officer *a, const struct keep_officer *b);
/* One person: one name on both lines, however it is written; lines without a name are of different people. Out of memory counts as one. */
bool keep_officer_one_person(const struct keep_officer *a, const struct keep_officer *b);

enum keep_officer_standing { KEEP_OFFICER_VALID, KEEP_OFFICER_EARLY, KEEP_OFFICER_EXPIRED, KEEP_OFFICER_STANDINGS };
enum keep_officer_standing keep_officer_on(const struct keep_officer *o, keep_date day);
/* Is it good on that day, and for no more than KEEP_OFFICER_NOTICE days behind it? */
bool keep_officer_ends(const struct keep_officer *o, keep_date day);

/* {"role":R,"name":N,"from":DATE,"until":DATE,"id":HEX8,"key":HEX32,"recipient":HEX32}; name, from and until only where they are set. */
void keep_officer_write(struct keep_jsonw *w, const struct keep_officer *o);
/* Strings point into v's memory. False: malformed. */
bool keep_officer_read(const struct keep_json *v, struct keep_officer *out);

#endif
