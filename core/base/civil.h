/* Civil dates and instants (proleptic Gregorian calendar).
 *
 * A date is days since 1970-01-01, an instant is microseconds since
 * 1970-01-01T00:00:00Z without leap seconds. The rules of counting are those of
 * retention law: "N years after E" is retained *through* the anniversary; a
 * 29 February anniversary in a common year is 1 March (the later day); twelve
 * months are a year first, what is left clamps to the month's end and then
 * moves to the first of the next month when it clamped. Nothing ever rounds down. */
#ifndef CORE_BASE_CIVIL_H
#define CORE_BASE_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/str.h"

typedef int32_t keep_date;
typedef int64_t keep_time;

#define KEEP_DATE_NONE INT32_MIN /* nobody recorded it */
#define KEEP_TIME_NONE INT64_MIN
#define KEEP_USEC ((int64_t)1000000)

struct keep_ymd {
    int32_t y; /* 1..9999 */
    int m, d;  /* 1..12, 1..31 */
};

enum keep_precision { KEEP_PREC_NONE, KEEP_PREC_YEAR, KEEP_PREC_MONTH, KEEP_PREC_DAY, KEEP_PREC_SECOND, KEEP_PREC_MICRO };

bool keep_civil_valid(int32_t y, int m, int d);
keep_date keep_civil_from_ymd(int32_t y, int m, int d); /* KEEP_DATE_NONE when not a day of years 1..9999 */
struct keep_ymd keep_civil_to_ymd(keep_date d); /* {0,0,0} for KEEP_DATE_NONE and outside years 1..9999 */
int keep_civil_month_days(int32_t y, int m);

/* Whole years / months after; KEEP_DATE_NONE in gives KEEP_DATE_NONE out, as does a result outside years 1..9999. */
keep_date keep_civil_add_years(keep_date d, int32_t years);
keep_date keep_civil_add_months(keep_date d, int32_t months);
keep_date keep_civil_end_of_month(keep_date d);
keep_date keep_civil_end_of_quarter(keep_date d);
keep_date keep_civil_end_of_year(keep_date d);
keep_date keep_civil_end_of_fiscal_year(keep_date d, int first_month); /* fiscal year starting on the 1st of first_month */
int keep_civil_age(keep_date birth, keep_date on); /* completed years; a leapling's birthday is 1 March in common years; -1 when unknown or before birth */

/* "2013", "2013-02", "2013-02-28" -> the LAST day it can mean and the precision. false: not a date. Rejects anything behind it. */
bool keep_civil_parse_date(struct keep_str s, keep_date *out, enum keep_precision *prec);

/* RFC 3339 / FHIR dateTime with time: "2013-02-28T10:00:00[.f…](Z|±hh:mm)". *has_zone = false when the zone is missing (then *out is as if UTC).
 * Digits beyond microseconds are cut. Also accepts a leap second :60 (as :59). false: not an instant. */
bool keep_civil_parse_time(struct keep_str s, keep_time *out, bool *has_zone);

#define KEEP_CIVIL_DATE_SIZE 11
#define KEEP_CIVIL_TIME_SIZE 33
/* "2013-02-28"; "unknown" for KEEP_DATE_NONE and outside years 1..9999. Returns out. */
char *keep_civil_format_date(keep_date d, char out[KEEP_CIVIL_DATE_SIZE]);
/* RFC 3339 in UTC, "2013-02-28T10:00:00Z", fraction only when not zero; "unknown" for none. */
char *keep_civil_format_time(keep_time t, char out[KEEP_CIVIL_TIME_SIZE]);
keep_date keep_civil_utc_date(keep_time t);

#endif
