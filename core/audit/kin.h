/* Who of the workforce is a contact of a patient. Families share a surname with
 * half a town, so a surname alone says nothing: it takes a source's word, or an
 * address or a phone of both. */
#ifndef CORE_AUDIT_KIN_H
#define CORE_AUDIT_KIN_H

#include "core/model/world.h"

/* Is the worker (KEEP_ID_NONE: nobody knows who) one of the patient's contacts at t? Narrows [*lo, *hi) to where the answer stays the same.
 * UNKNOWN: no contact of the patient is on file, or one is that cannot be compared. */
enum keep_tristate keep_kin_contact(const struct keep_world *w, uint32_t worker, uint32_t patient, keep_time t, keep_time *lo, keep_time *hi);

/* The contact with this number is this worker. */
enum keep_tristate keep_kin_same(const struct keep_world *w, uint32_t worker, size_t contact);

#endif
