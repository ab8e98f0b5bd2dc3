/* What a source calls the basis of a disclosure is its own word; only words and
 * provisions of the table are understood, and what is not understood is listed:
 * an accounting that leaves out too little harms nobody.
 *
 * A statement of an agency suspends through the day that it names; one made
 * orally no longer than 30 days, whatever it names. Without a day on file the
 * disclosure is held back: showing it cannot be undone. */
#include "core/model/disclosure.h"

#include <string.h>
#include <strings.h>

const struct keep_disclosure_basis_words keep_disclosure_bases[KEEP_DISCLOSURE_BASIS_COUNT] = {
#define X(name, word, cite, paragraph, series) {word, cite, paragraph, series},
    KEEP_DISCLOSURE_BASES(X)
#undef X
};

bool keep_disclosure_kind(struct keep_str kind)
{
#define X(word) || keep_str_is(kind, word)
    return false KEEP_DISCLOSURE_KINDS(X);
#undef X
}

enum keep_disclosure_basis keep_disclosure_basis_of(struct keep_str text)
{
    enum keep_disclosure_basis best = KEEP_DISCLOSURE_UNKNOWN;
    size_t narrowest = 0;

    for (int i = 1; text.n && i < KEEP_DISCLOSURE_BASIS_COUNT; i++) {
        const struct keep_disclosure_basis_words *b = &keep_disclosure_bases[i];
        size_t n = strlen(b->cite);
        if (text.n == strlen(b->word) && strncasecmp(text.p, b->word, text.n) == 0)
            return (enum keep_disclosure_basis)i;
        if (n > narrowest && memmem(text.p, text.n, b->cite, n)) {
            best = (enum keep_disclosure_basis)i;
            narrowest = n;
        }
    }
    return best;
}

keep_date keep_disclosure_first(void)
{
    return keep_civil_from_ymd(2003, 4, 14);
}

bool keep_disclosure_suspended(const struct keep_disclosure *d, keep_date day, keep_date *end)
{
    keep_date oral = d->oral && d->stated != KEEP_DATE_NONE ? d->stated + KEEP_DISCLOSURE_ORAL : KEEP_DATE_NONE;

    *end = d->until;
    if (d->agency.n == 0 && d->stated == KEEP_DATE_NONE && d->until == KEEP_DATE_NONE)
        return false;
    if (oral != KEEP_DATE_NONE && (d->until == KEEP_DATE_NONE || oral < d->until))
        *end = oral;
    return *end == KEEP_DATE_NONE || day <= *end;
}
