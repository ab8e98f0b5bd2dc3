/* How else a code is written, for rules compare letter by letter: bills carry ICD
 * without its dot, and CPT or HCPCS with a modifier behind it (77067-26). */
#ifndef CORE_MODEL_CODEFORM_H
#define CORE_MODEL_CODEFORM_H

#include "core/base/str.h"

#define KEEP_CODEFORMS 2

struct keep_codeform {
    char text[KEEP_CODEFORMS][16];
};

/* The other forms of a code, none, one or two. Of a short number of ICD-9-CM without a dot nobody can tell whether it is a diagnosis or a procedure of volume 3:
 * both forms stand. */
size_t keep_codeform_others(struct keep_codeform *out, struct keep_str system, struct keep_str code);

#endif
