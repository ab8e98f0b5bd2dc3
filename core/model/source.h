/* A source as its steward declares it: what it holds, and how completely.
 * Nothing declared = nothing complete, custody undetermined. */
#ifndef CORE_MODEL_SOURCE_H
#define CORE_MODEL_SOURCE_H

#include "core/base/arena.h"
#include "core/base/civil.h"
#include "core/base/err.h"
#include "core/base/str.h"
#include "core/model/vocab.h"

enum { KEEP_SOURCE_BITS = 16 }; /* of the number of a source: a keep has tens of them */

/* The declaration file is one JSON object:
 *   "title"           text
 *   "classes"         what it holds: list of resource types / record classes, or "all"
 *   "facilities"      "all", or a list of facility names or identifiers it speaks for
 *   "from"            first civil day it covers, or null = from the beginning
 *   "through"         last civil day it covers (a living source), or
 *   "closed_on"       the day after which nothing can be added (system retired, export final)
 *   "complete"        true: everything of those classes, facilities and days is in it
 *   "codes_complete"  true: no code means there is none
 *   "custody"         "official" | "copy" | "index only"
 *   "custodian", "locator"   who holds the official copy and where, unless it is official here
 *   "jurisdiction"    USPS state of facilities that carry no address
 *   "time_zone"       IANA zone of times without one
 *   "attested_by"     name and office of the steward
 * An unknown member is an error: a typing slip must not weaken a statement silently. */
struct keep_source {
    uint32_t id;
    struct keep_str name, title;
    const struct keep_str *klass;    /* n classes; all_classes when "all" */
    size_t classes;
    bool all_classes;
    const struct keep_str *facility;
    size_t facilities;
    bool all_facilities;
    keep_date from, through, closed_on; /* NONE when absent */
    bool complete, codes_complete;
    enum keep_custody custody;
    struct keep_str custodian, locator, jurisdiction, time_zone, attested_by;
    uint64_t unread; /* items of it in quarantine: what they say is not known */
    bool declared; /* false: rows came in under this name without a declaration */
    struct keep_str text;      /* the declaration's bytes */
    struct keep_str signature; /* minisign signature of the officer over text, empty if none */
    struct keep_str signer;    /* role of the officer */
};

/* Is the source complete for this class and facility over [first, last], both civil days included? Not while something of it lies in quarantine: that may be anything.
 * Yes only when a declaration says so in every part: the class is listed (or "all"); the facility's name is
 * listed as written (or "all"; an unknown, empty name needs "all"); first is not before "from" (an unknown
 * first needs no "from"); last is not after "through". A closed source is complete after its closing day too,
 * for what it alone held. Neither "through" nor "closed_on": it says nothing about when it ends, so no. */
bool keep_source_covers(const struct keep_source *s, struct keep_str klass, struct keep_str facility_name, keep_date first, keep_date last);
/* What of that is about days: does the declaration reach over these? */
bool keep_source_reaches(const struct keep_source *s, keep_date first, keep_date last);

#endif
