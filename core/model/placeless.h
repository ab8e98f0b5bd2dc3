/* Which records are of care that was given somewhere, and which are of a patient
 * wherever they are: what is known of them, planned, insured or agreed. The
 * latter name no encounter by their nature (most have no such element in FHIR
 * R4), so that none is missing. A word that is not known is taken for care. */
#ifndef CORE_MODEL_PLACELESS_H
#define CORE_MODEL_PLACELESS_H

#include <stdbool.h>

#include "core/base/str.h"

/* Is a record of this kind of no place, when it names none? */
bool keep_placeless_kind(struct keep_str kind);

#endif
