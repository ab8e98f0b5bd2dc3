/* What one audit leaves for the next, so that the next need not judge the whole
 * log again: every access that a finding is made of, or could be made of with
 * others, as it was judged; the days on which accounts were used; and who wrote
 * in a chart only after opening it. With it an audit of (this, what came since)
 * finds what an audit of everything would.
 *
 * What came since is accesses with higher ordinals, and people of whom what is
 * on file has changed: all their accesses are judged anew. An access judged
 * before is looked at again beside new ones when a counting rule could count
 * both; rules that count what nothing explains need no second look, for all that
 * they count is kept here.
 *
 * Indices are the world's of the audit that goes on from it. */
#ifndef CORE_AUDIT_CARRY_H
#define CORE_AUDIT_CARRY_H

#include "core/audit/idle.h"
#include "core/audit/u64map.h"
#include "core/base/arena.h"
#include "core/model/findings.h"
#include "core/policy/policy.h"

struct keep_audit_rule_count;

/* What thousands of accesses have in common: how they were judged, without the runs that they may be in, and all else but when, who and where. */
struct keep_carry_kind {
    uint64_t evidence;      /* keep_judge_weigh */
    uint64_t taken;         /* steps of counting rules that collected them (window.h) */
    uint32_t source;
    uint32_t unknown;       /* number of a text; of the first is 1, 0: none */
    uint32_t fired;         /* where their rules begin in `word` */
    uint16_t fired_n, class;
    int16_t reason, explanation;
    uint8_t verdict, own_late;
};

struct keep_carry_hit {
    keep_time time;
    uint64_t ordinal;
    uint32_t account, patient, place, unit;
    uint32_t kind;          /* number of it */
    uint8_t state;          /* enum keep_carry_state */
};
enum keep_carry_state { KEEP_CARRY_STANDS, KEEP_CARRY_GONE, KEEP_CARRY_JUDGED /* anew, by this audit */ };

enum { KEEP_CARRY_CHANGED = 1, KEEP_CARRY_BELATED = 2 };

/* A worker who wrote of a patient only after opening the chart. */
struct keep_carry_late {
    uint32_t worker, patient;
    keep_time first;        /* access */
};

struct keep_carry_since {
    uint32_t source;
    uint64_t ordinal;       /* of the last access judged */
};

struct keep_carry {
    struct keep_carry_since *since;
    size_t sources, source_room;
    uint64_t events, opened;  /* accesses judged; those of them that opened somebody's chart */
    keep_time newest;         /* of them */
    uint64_t whole;           /* keep_window_whole */
    struct keep_audit_rule_count *access, *explanation; /* as many as in the policy. What kept rules from firing is told of each access as it was when it was first judged */
    bool judged_again;        /* some of them were since */
    struct keep_carry_kind *kind; /* each once */
    size_t kinds, kind_room;
    struct keep_u64map kind_of;   /* mark -> number; where two have one mark the second has the next */
    struct keep_carry_hit *hit;
    size_t hits, hit_room;
    size_t *part;             /* hits part[k] .. part[k + 1] - 1 are in order of (source, ordinal); parts + 1 */
    size_t parts;
    uint64_t *sieve;          /* bits, of which every hit sets one; NULL: there is none. Of its bits one less: */
    uint64_t sieve_last;
    uint32_t *word;           /* numbers of rules */
    size_t words, word_room;
    struct keep_str *text;    /* "user.department, event.unit"; each once: few differ */
    size_t texts, text_room;
    struct keep_carry_late *late; /* by patient */
    size_t lates, late_room;
    struct keep_idle idle;    /* accounts 0: nothing was asked of it */

    /* Of one that is gone on from: whose accesses are all judged again, one byte each: KEEP_CARRY_CHANGED what is on file about them changed, KEEP_CARRY_BELATED an access
     * came in that is older than others. */
    uint8_t *patient, *account;
    size_t patients, accounts; /* how many are set */
    uint64_t fresh;            /* accesses that no audit has judged (keep_carry_look) */
    keep_time again;           /* accesses from then on are judged again: a source vouches for other days now; NONE: of none */
    keep_time base;            /* the first time at which something is new, or judged again */
};

void keep_carry_done(struct keep_carry *c); /* a zeroed struct is allowed; strings are the arena's that made them */

/* The last access judged of a source, 0 none. */
uint64_t keep_carry_last(const struct keep_carry *c, uint32_t source);
/* Notes that accesses up to this one were judged. -1: out of memory. */
int keep_carry_reach(struct keep_carry *c, uint32_t source, uint64_t ordinal);
/* The hit of an access, dead ones left out; NULL none. */
struct keep_carry_hit *keep_carry_find(const struct keep_carry *c, uint32_t source, uint64_t ordinal);
/* For who asks that of many accesses, most of which are no hits; before hits are added. -1: out of memory. */
int keep_carry_sieve(struct keep_carry *c);
/* Room for one more at the end. NULL: out of memory. */
struct keep_carry_hit *keep_carry_add(struct keep_carry *c);
/* Room for n more: where the first goes; the caller adds to `hits`. Likewise. */
struct keep_carry_hit *keep_carry_room(struct keep_carry *c, size_t n);
/* The number of a kind, as hits name it. fired: its rules, as many as it says; where they stand is not read. -1 likewise. */
int keep_carry_kind(struct keep_carry *c, const struct keep_carry_kind *k, const uint32_t *fired, uint32_t *number);
int keep_carry_text(struct keep_carry *c, struct keep_str s, uint32_t *number); /* the number of a text, as kinds name it; likewise */
int keep_carry_add_late(struct keep_carry *c, const struct keep_carry_late *l); /* likewise */
/* Makes a part of the hits behind the last part, in order; sorted: they are known to stand so. -1 likewise. */
int keep_carry_part(struct keep_carry *c, bool sorted);
/* Do hits stand in order, and none twice? */
bool keep_carry_sorted(const struct keep_carry *c, const struct keep_carry_hit *hit, size_t n);
/* Puts late writers in order. -1 likewise. */
int keep_carry_order_late(struct keep_carry *c);
/* Where a patient's late writers begin. */
size_t keep_carry_lates(const struct keep_carry *c, uint32_t patient);

/* Looks at what is new in a pass over the log: sets base, and marks people whose earlier accesses a late one may change. base must hold how far what was
 * awaited then goes back (newest). 1, with *why: nothing can be gone on from. */
int keep_carry_look(struct keep_carry *c, const struct keep_world *w, struct keep_event_scan *scan, const char **why, struct keep_err *err);

/* Can the policy be gone on with at all, and with these people changed? NULL: yes; else why not. */
const char *keep_carry_refuses(const struct keep_policy *p, const struct keep_carry *c);
/* How far back the accesses lie at most that counting rules could count with new ones, in microseconds. */
int64_t keep_carry_back(const struct keep_policy *p, const struct keep_carry *c);

#endif
