/* States of the United States, the district and the possessions. */
#ifndef CORE_MODEL_STATE_H
#define CORE_MODEL_STATE_H

#include <stdbool.h>

#include "core/base/str.h"

/* The USPS code of a state that is written as its code or its name, in any case; empty: none of them. Static memory. */
struct keep_str keep_state_code(struct keep_str s);
bool keep_state_is_code(struct keep_str s); /* as it stands */
/* Of jurisdictions: is it US, or one of its states as in US-KS, as it stands? */
bool keep_state_is_place(struct keep_str place);
/* The state that is meant by US-KS, KS or Kansas, in any case; empty: none. */
struct keep_str keep_state_of_place(struct keep_str place);

#endif
