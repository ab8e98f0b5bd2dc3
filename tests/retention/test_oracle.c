/* Goal: every day from 1900 to 2110 comes out as a calendar says that is walked day by day, and knows no arithmetic. */
#include "tests/retention/bed.h"

#include "core/retention/period.h"

enum { FIRST = 1890, LAST = 2330, DAYS = (LAST - FIRST + 1) * 366 };
struct walked {
    short y;
    signed char m, d;
};
static struct walked calendar[DAYS];
static int days, ends[16][DAYS]; /* where month, quarter, year and the fiscal years end that each day is in */
static int anniversary[LAST - FIRST + 1][13][32];

static int length(int y, int m)
{
    static const int n[] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return n[m] + (m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0));
}

static void walk_calendar(void)
{
    for (int y = FIRST; y <= LAST; y++)
        for (int m = 1; m <= 12; m++)
            for (int d = 1; d <= length(y, m); d++) {
                anniversary[y - FIRST][m][d] = days;
                calendar[days++] = (struct walked){(short)y, (signed char)m, (signed char)d};
            }
}

/* Backwards: a day ends its period when the next begins another. kind 0 month, 1 quarter, 2 year, 2 + f fiscal year from month f. */
static void walk_ends(int kind)
{
    int end = days - 1;
    for (int i = days - 1; i >= 0; i--) {
        const struct walked *next = i + 1 < days ? &calendar[i + 1] : NULL;
        bool first = next && next->d == 1 && (kind == 0 || (kind == 1 && (next->m - 1) % 3 == 0) || (kind == 2 && next->m == 1) || (kind > 2 && next->m == kind - 2));
        if (first)
            end = i;
        ends[kind][i] = end;
    }
}

static int end_of(enum keep_round r, int month, int at)
{
    return r == KEEP_ROUND_NONE ? at : ends[r == KEEP_ROUND_MONTH ? 0 : r == KEEP_ROUND_QUARTER ? 1 : r == KEEP_ROUND_YEAR ? 2 : 2 + month][at];
}

/* The same day of that month; one that the month has not is the day after its last. */
static int same_day(int y, int m, int d)
{
    y += (m - 1) / 12;
    m = (m - 1) % 12 + 1;
    return d <= length(y, m) ? anniversary[y - FIRST][m][d] : anniversary[y - FIRST][m][length(y, m)] + 1;
}

static int expected(const struct keep_keep *k, int at)
{
    at = end_of(k->cut, k->cut_month, at);
    if (k->unit == KEEP_UNIT_DAYS) {
        at += k->n;
    } else {
        int years = k->unit == KEEP_UNIT_YEARS ? k->n : k->n / 12, months = k->unit == KEEP_UNIT_YEARS ? 0 : k->n % 12;
        at = same_day(calendar[at].y + years, calendar[at].m, calendar[at].d); /* whole years first */
        if (months)
            at = same_day(calendar[at].y, calendar[at].m + months, calendar[at].d);
    }
    return end_of(k->round, k->round_month, at);
}

static void test_oracle_of_every_day(void **state)
{
    static const struct { enum keep_unit unit; int n; } period[] = {{KEEP_UNIT_DAYS, 0}, {KEEP_UNIT_DAYS, 90}, {KEEP_UNIT_DAYS, 7305}, {KEEP_UNIT_MONTHS, 1}, {KEEP_UNIT_MONTHS, 6}, {KEEP_UNIT_MONTHS, 18},
                                                                    {KEEP_UNIT_MONTHS, 23}, {KEEP_UNIT_YEARS, 1}, {KEEP_UNIT_YEARS, 4}, {KEEP_UNIT_YEARS, 7}, {KEEP_UNIT_YEARS, 10}, {KEEP_UNIT_YEARS, 30}, {KEEP_UNIT_YEARS, 100}};
    static const struct { enum keep_round cut; int cut_month; enum keep_round round; int round_month; } form[] = {
        {KEEP_ROUND_NONE, 0, KEEP_ROUND_NONE, 0}, {KEEP_ROUND_NONE, 0, KEEP_ROUND_MONTH, 0}, {KEEP_ROUND_NONE, 0, KEEP_ROUND_QUARTER, 0}, {KEEP_ROUND_NONE, 0, KEEP_ROUND_YEAR, 0},
        {KEEP_ROUND_NONE, 0, KEEP_ROUND_FISCAL, 7}, {KEEP_ROUND_FISCAL, 10, KEEP_ROUND_NONE, 0}, {KEEP_ROUND_YEAR, 0, KEEP_ROUND_FISCAL, 1}, {KEEP_ROUND_MONTH, 0, KEEP_ROUND_QUARTER, 0},
        {KEEP_ROUND_FISCAL, 12, KEEP_ROUND_FISCAL, 4}};
    keep_date zero = keep_civil_from_ymd(FIRST, 1, 1);
    (void)state;
    walk_calendar();
    for (int kind = 0; kind <= 14; kind++)
        walk_ends(kind);
    for (int at = anniversary[1900 - FIRST][1][1]; at <= anniversary[2110 - FIRST][12][31]; at++)
        for (size_t p = 0; p < sizeof period / sizeof *period; p++)
            for (size_t f = 0; f < sizeof form / sizeof *form; f++) {
                struct keep_keep k = {.n = period[p].n, .unit = period[p].unit, .cut = form[f].cut, .cut_month = (uint8_t)form[f].cut_month, .round = form[f].round, .round_month = (uint8_t)form[f].round_month};
                int want = expected(&k, at);
                keep_date have = keep_period_until(&k, zero + at);
                if (have != zero + want)
                    fail_msg("%d-%d-%d, %d of unit %d, cut %d, round %d: %d days off", calendar[at].y, calendar[at].m, calendar[at].d, k.n, k.unit, k.cut, k.round, have - (zero + want));
                if (have < zero + at)
                    fail_msg("it ends before it begins");
            }
}

/* Completed years on every day of a life, and the day that each is attained. */
static void test_oracle_of_ages(void **state)
{
    static const int born[][3] = {{1904, 2, 29}, {1900, 2, 28}, {1999, 12, 31}, {2000, 2, 29}, {2008, 2, 29}, {2010, 1, 1}};
    keep_date zero = keep_civil_from_ymd(FIRST, 1, 1);
    (void)state;
    for (size_t i = 0; i < sizeof born / sizeof *born; i++) {
        int at = anniversary[born[i][0] - FIRST][born[i][1]][born[i][2]], age = 0;
        keep_date birth = zero + at;
        for (int day = at; calendar[day].y < born[i][0] + 100; day++) {
            if (day == same_day(born[i][0] + age + 1, born[i][1], born[i][2]))
                age++;
            assert_int_equal(keep_civil_age(birth, zero + day), age);
            if (age)
                assert_true(keep_civil_add_years(birth, age) <= zero + day);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_oracle_of_every_day), cmocka_unit_test(test_oracle_of_ages)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
