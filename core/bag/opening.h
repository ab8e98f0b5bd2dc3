/* Opening what is sealed, with keys that the auditor was given. Inside core/bag only. */
#ifndef CORE_BAG_OPENING_H
#define CORE_BAG_OPENING_H

#include "core/bag/examine.h"

/* Opens the index, if an identity does, and through it every record; else each record that an identity opens. Results go to the
 * checks; <0 only when it cannot go on. */
int keep_opening_check(struct keep_examine *x, struct keep_err *err);

#endif
