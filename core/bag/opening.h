/* Opening what is sealed, with keys that the auditor was given. Inside core/bag only. */
#ifndef CORE_BAG_OPENING_H
#define CORE_BAG_OPENING_H

#include "core/bag/examine.h"

/* Opens the index, if an identity does, and through it every record; else each record that an identity opens. Results go to the
 * checks; <0 only when it cannot go on. */
int keep_opening_check(struct keep_examine *x, struct keep_err *err);

/* Hands the records over, of a package that was found whole. x needs id and p alone. */
int keep_opening_take(struct keep_examine *x, const struct keep_inspect_taker *t, struct keep_err *err);

#endif
