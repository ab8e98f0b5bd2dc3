/* What an action shows of a patient when the log does not say so itself. */
#ifndef CORE_INGEST_EXPOSURE_H
#define CORE_INGEST_EXPOSURE_H

#include <stdbool.h>

#include "core/model/vocab.h"

enum keep_exposure keep_exposure_told(enum keep_action action, bool about_patient);

#endif
