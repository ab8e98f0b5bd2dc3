/* Which departments share patients: for two departments, how many workers of the
 * one have a tie of their own to a patient whom the other sees. Departments'
 * relations are stable where people's are not, which is why they are counted by
 * department. */
#ifndef CORE_AUDIT_EDGES_H
#define CORE_AUDIT_EDGES_H

#include "core/audit/posts.h"
#include "core/base/err.h"

struct keep_edges;

#define KEEP_EDGES_MOST 65535 /* a count stays there */

/* The world and the posts must outlive it. */
int keep_edges_new(struct keep_edges **out, const struct keep_world *w, const struct keep_posts *posts, struct keep_err *err);
void keep_edges_free(struct keep_edges *e);

/* How many workers of the one share patients with the other, by numbers of the posts. -1: no worker is ever in the one; 0 also where none is in the other. */
int keep_edges_count(const struct keep_edges *e, uint32_t department, uint32_t other);
/* The most workers of `department` (a number of the posts) that share patients with a department which sees this patient. -1: no department is known to see
 * the patient in which any worker is on file. */
int keep_edges_ties(const struct keep_edges *e, uint32_t department, uint32_t patient);

#endif
