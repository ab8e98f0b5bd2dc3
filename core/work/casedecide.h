/* Deciding a case: an officer signs its status and the worksheet it rests on. */
#ifndef CORE_WORK_CASEDECIDE_H
#define CORE_WORK_CASEDECIDE_H

#include "core/text/json.h"
#include "core/work/casework.h"
#include "core/work/packs.h"

/* The worksheet, a JSON object. "rationale" (text) is always needed. For a substantiated case also, of 45 CFR 164.402: "discovered" (a day), "individuals" (a number,
 * 1 when absent), "residents" (the most in one State), "breach" (true unless shown otherwise) and the four factors of (2): "nature_and_extent", "unauthorized_person",
 * "acquired_or_viewed", "mitigation"; with "breach": false also "not_a_breach_because". Any other member is refused: a word misspelt must not be lost. */
#define KEEP_CASEDECIDE_WORKSHEET ((size_t)256 << 10) /* bytes of one */

/* Reads one and refuses what is not whole: KEEP_E_USAGE, or what keep_json_parse says. *out lives in a. */
int keep_casedecide_read(const struct keep_json **out, struct keep_str worksheet, bool substantiated, struct keep_arena *a, struct keep_err *err);
/* Closes it. status: one of the three that decide. clocks: appends a line for each statutory date. KEEP_E_REFUSED: the key is of no officer; KEEP_E_USAGE: the worksheet. */
int keep_casedecide_close(struct keep_casework *w, const struct keep_casebook_case *c, enum keep_case_status status, struct keep_str worksheet,
                          const struct keep_sign_secret *officer, struct keep_buf *clocks, struct keep_err *err);

/* A decision in a case's history: is it signed by an officer of this keep, over this status and, when it could be opened, this text? KEEP_E_INTEGRITY when not. role: takes whose
 * key it was, in a. */
int keep_casedecide_verify(struct keep_casework *w, const struct keep_casebook_case *c, const struct keep_casebook_entry *e, struct keep_str *role, struct keep_err *err);

#endif
