/* Any BagIt bag, version 0.93 to 1.0 (RFC 8493 and the drafts before it), as a
 * folder or a tar: whether it is complete and valid, and what is to be warned of. */
#ifndef CORE_BAG_BAGIT_H
#define CORE_BAG_BAGIT_H

#include "core/bag/inspect.h"

/* As keep_inspect_package, for what is no sealed package. Nothing is fetched: what fetch.txt promises is missing. found is told, in the table's order, container, bag, complete,
 * payload, tags and oxum (where there are such), signer (with a pinned key), valid; then each warning, as a check "warning" with the result
 * KEEP_INSPECT_WARNING. A sealed package that was unpacked or compressed is judged as a bag too; comment, ledger, register and decisions are then not possible.
 * 2: this is a sealed package in its own tar, and nothing was reported: it is for keep_inspect_package.
 * KEEP_E_INPUT: neither a folder nor a tar. */
int keep_bagit_check(const struct keep_inspect_params *p, struct keep_err *err);

/* Either of the two, by what is there. With a key, identities or heads a plain tar is always taken for a sealed package: nothing in it can talk a
 * verifier into less. */
int keep_bagit_any(const struct keep_inspect_params *p, struct keep_err *err);

/* What a valid bag does not prove, one statement a line. */
extern const char keep_bagit_unproven[];

#endif
