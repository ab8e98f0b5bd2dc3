/* Classes as stewards write them in a declaration ("Condition", "access log",
 * "AuditEvent"), beside those that the program counts by: case does not matter,
 * and what is kept as facts or as the log may be named by the resource that brings it. */
#ifndef CORE_MODEL_CLASS_H
#define CORE_MODEL_CLASS_H

#include "core/model/source.h"

#define KEEP_CLASS_LOG "access log"
#define KEEP_CLASS_ROSTER "roster"
#define KEEP_CLASS_WORKER "worker"

/* Does `written` mean the class `name`? */
bool keep_class_same(struct keep_str name, struct keep_str written);
/* How the declaration writes the class; empty: it does not list it, though it may be of all. */
struct keep_str keep_class_written(const struct keep_source *s, struct keep_str name);
/* Does some source that names the class say that it has all of it over these days, for all facilities? "all" does not do: who declares a chart system says nothing of
 * what the personnel or the training office has. */
bool keep_class_vouched(const struct keep_source *source, size_t n, struct keep_str name, keep_date first, keep_date last);

#endif
