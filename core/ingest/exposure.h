/* What an action shows of a patient when the log does not say so itself, and that
 * one that was refused (outcome serious or major failure) shows nothing: it is the
 * system's, whatever the log says. */
#ifndef CORE_INGEST_EXPOSURE_H
#define CORE_INGEST_EXPOSURE_H

#include <stdbool.h>

#include "core/model/vocab.h"

enum keep_exposure keep_exposure_told(enum keep_action action, bool about_patient);
/* exposure: as the log says it, or as it was told of the action. */
enum keep_exposure keep_exposure_had(enum keep_exposure exposure, enum keep_outcome outcome);

#endif
