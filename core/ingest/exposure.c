/* Exposure by action. Running something on a patient counts as opening the
 * chart, so that it is looked at; running something on nobody is the system. After
 * a minor failure something was shown all the same. */
#include "core/ingest/exposure.h"

enum keep_exposure keep_exposure_told(enum keep_action action, bool about_patient)
{
    switch (action) {
    case KEEP_ACTION_VIEW:
    case KEEP_ACTION_CREATE:
    case KEEP_ACTION_UPDATE:
    case KEEP_ACTION_DELETE:
    case KEEP_ACTION_PRINT:
    case KEEP_ACTION_EXPORT:
        return KEEP_EXPOSURE_OPENED;
    case KEEP_ACTION_SEARCH:
        return KEEP_EXPOSURE_SEARCHED;
    case KEEP_ACTION_LIST:
        return KEEP_EXPOSURE_LISTED;
    case KEEP_ACTION_LOGIN:
    case KEEP_ACTION_LOGOUT:
        return KEEP_EXPOSURE_SYSTEM;
    case KEEP_ACTION_EXECUTE:
        return about_patient ? KEEP_EXPOSURE_OPENED : KEEP_EXPOSURE_SYSTEM;
    case KEEP_ACTION_UNKNOWN:
    case KEEP_ACTION_COUNT:
        break;
    }
    return KEEP_EXPOSURE_UNKNOWN;
}

enum keep_exposure keep_exposure_had(enum keep_exposure exposure, enum keep_outcome outcome)
{
    return outcome == KEEP_OUTCOME_SERIOUS || outcome == KEEP_OUTCOME_MAJOR ? KEEP_EXPOSURE_SYSTEM : exposure;
}
