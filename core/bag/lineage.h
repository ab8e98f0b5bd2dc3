/* One history or two: the ledger's head in a package beside those that the
 * auditor kept. Inside core/bag only. */
#ifndef CORE_BAG_LINEAGE_H
#define CORE_BAG_LINEAGE_H

#include "core/bag/examine.h"
#include "core/crypto/note.h"

/* Fills the check "head" from x->p->head; package: the head of the package's proof, whose signature holds. */
void keep_lineage_check(struct keep_examine *x, const struct keep_note_head *package);

#endif
