/* The answer key, as files (see hospital.h). */
#ifndef CORE_DEMO_ANSWERKEY_H
#define CORE_DEMO_ANSWERKEY_H

#include "core/demo/plant.h"

/* answer-key.ndjson and answer-summary.json; call when the log has told each deed its row. */
int keep_answerkey_write(const struct keep_plants *p, struct keep_err *err);

#endif
