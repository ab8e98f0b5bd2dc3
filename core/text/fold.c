/* Folding for comparison (Unicode NFKD and case folding by libutf8proc), then
 * capitals. Two names that fold alike are spelled alike for a reader of the Latin
 * alphabet; whether they are one person is for others to decide.
 *
 * A point and an apostrophe stand inside words ("J.R.", "O'Neill") and vanish; any
 * other sign parts words and becomes one blank. Addresses are written as USPS
 * Publication 28 has them, and the word in front of an apartment's number goes,
 * since half of all registrations leave it out. */
#include "core/text/fold.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "core/base/buf.h"
#include "core/text/utf8.h"

enum {
    PIECES = 32,     /* code points that one may become; U+FDFA, the longest, becomes 18 */
    ZIP_DIGITS = 5,
};

enum kind { GONE, BLANK, LETTER };

static enum kind kind_of(utf8proc_int32_t c)
{
    switch (c) {
    case '\'': case '.': case '`': case 0xb4: case 0x2018: case 0x2019: case 0x201b: case 0x2bb: case 0x2bc: case 0x2032:
        return GONE;
    default:
        break;
    }
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU: case UTF8PROC_CATEGORY_LL: case UTF8PROC_CATEGORY_LT: case UTF8PROC_CATEGORY_LM: case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND: case UTF8PROC_CATEGORY_NL: case UTF8PROC_CATEGORY_NO:
        return LETTER;
    case UTF8PROC_CATEGORY_MN: case UTF8PROC_CATEGORY_MC: case UTF8PROC_CATEGORY_ME: case UTF8PROC_CATEGORY_CF:
        return GONE;
    default:
        return BLANK;
    }
}

/* Letters that Unicode takes for letters of their own, as they are written where they cannot be typed. */
static const char *plain_letter(utf8proc_int32_t c)
{
    static const struct {
        utf8proc_int32_t c;
        const char *as;
    } table[] = {
        {0xe6, "AE"}, {0xf0, "D"}, {0xf8, "O"}, {0xfe, "TH"}, {0x111, "D"}, {0x127, "H"},
        {0x131, "I"}, {0x142, "L"}, {0x153, "OE"}, {0x167, "T"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].c == c)
            return table[i].as;
    return NULL;
}

/* Appends one code point folded; *gap = a blank is owed before the next letter. */
static void fold_one(struct keep_buf *out, size_t begin, uint32_t c, bool *gap)
{
    utf8proc_int32_t piece[PIECES];
    int bound = 0;
    enum kind kind = kind_of((utf8proc_int32_t)c);
    if (kind == GONE)
        return;
    if (kind == BLANK) {
        *gap = true;
        return;
    }
    utf8proc_ssize_t n = utf8proc_decompose_char((utf8proc_int32_t)c, piece, PIECES,
                                                 UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD, &bound);
    for (utf8proc_ssize_t i = 0; i < n && i < PIECES; i++) {
        char bytes[4];
        kind = kind_of(piece[i]);
        *gap = *gap || kind == BLANK;
        if (kind != LETTER)
            continue;
        if (*gap && out->n > begin)
            keep_buf_char(out, ' ');
        *gap = false;
        const char *as = plain_letter(piece[i]);
        if (as)
            keep_buf_str(out, as);
        else
            keep_buf_add(out, bytes, keep_utf8_put((uint32_t)utf8proc_toupper(piece[i]), bytes));
    }
}

static void fold_into(struct keep_buf *out, struct keep_str s)
{
    bool gap = false;
    size_t begin = out->n;
    for (size_t i = 0; i < s.n;) {
        char c = s.p[i];
        bool small = c >= 'a' && c <= 'z';
        if (small || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) { /* nearly all of it */
            if (out->cap - out->n < 2 && !keep_buf_reserve(out, s.n - i + 1))
                return;
            if (gap && out->n > begin)
                out->p[out->n++] = ' ';
            gap = false;
            out->p[out->n++] = (unsigned char)(small ? c - 'a' + 'A' : c);
            i++;
        } else if (c == ' ') {
            gap = true;
            i++;
        } else {
            fold_one(out, begin, keep_utf8_next(s, &i), &gap);
        }
    }
}

static struct keep_str settle(struct keep_buf *b, struct keep_arena *a)
{
    struct keep_str out = {NULL, 0};
    if (!b->failed && b->n > 0)
        out = keep_arena_str(a, keep_buf_view(b), NULL);
    keep_buf_free(b);
    return out;
}

struct keep_str keep_fold_name(struct keep_str s, struct keep_arena *a)
{
    struct keep_buf b = KEEP_BUF_INIT;
    fold_into(&b, s);
    return settle(&b, a);
}

/* USPS Publication 28: suffixes of C1 and their usual spellings, directions of appendix B; units of C2 have nothing behind the bar. */
static const struct abbreviation {
    const char *word, *as;
} usps[] = {
    {"ALLEY", "ALY"}, {"APARTMENT", ""}, {"APT", ""}, {"AV", "AVE"}, {"AVENUE", "AVE"}, {"AVN", "AVE"}, {"BEND", "BND"},
    {"BLUFF", "BLF"}, {"BOUL", "BLVD"}, {"BOULEVARD", "BLVD"}, {"BRIDGE", "BRG"}, {"BROOK", "BRK"}, {"BYPASS", "BYP"},
    {"CENTER", "CTR"}, {"CENTRE", "CTR"}, {"CIRC", "CIR"}, {"CIRCLE", "CIR"}, {"CLIFF", "CLF"}, {"COMMON", "CMN"}, {"CORNER", "COR"},
    {"COURT", "CT"}, {"COVE", "CV"}, {"CREEK", "CRK"}, {"CRESCENT", "CRES"}, {"CROSSING", "XING"}, {"DRIVE", "DR"}, {"DRV", "DR"},
    {"EAST", "E"}, {"ESTATE", "EST"}, {"ESTATES", "ESTS"}, {"EXPRESSWAY", "EXPY"}, {"EXTENSION", "EXT"}, {"FIELD", "FLD"}, {"FLAT", "FLT"},
    {"FOREST", "FRST"}, {"FREEWAY", "FWY"}, {"GARDEN", "GDN"}, {"GARDENS", "GDNS"}, {"GATEWAY", "GTWY"}, {"GLEN", "GLN"}, {"GREEN", "GRN"},
    {"GROVE", "GRV"}, {"HARBOR", "HBR"}, {"HAVEN", "HVN"}, {"HEIGHTS", "HTS"}, {"HIGHWAY", "HWY"}, {"HILL", "HL"}, {"HILLS", "HLS"},
    {"HOLLOW", "HOLW"}, {"ISLAND", "IS"}, {"JUNCTION", "JCT"}, {"KNOLL", "KNL"}, {"LAKE", "LK"}, {"LANDING", "LNDG"}, {"LANE", "LN"},
    {"LODGE", "LDG"}, {"MANOR", "MNR"}, {"MEADOW", "MDW"}, {"MEADOWS", "MDWS"}, {"MILL", "ML"}, {"MOUNT", "MT"}, {"MOUNTAIN", "MTN"},
    {"NORTH", "N"}, {"NORTHEAST", "NE"}, {"NORTHWEST", "NW"}, {"ORCHARD", "ORCH"}, {"PARKWAY", "PKWY"}, {"PASSAGE", "PSGE"}, {"PLACE", "PL"},
    {"PLAIN", "PLN"}, {"PLAZA", "PLZ"}, {"POINT", "PT"}, {"RANCH", "RNCH"}, {"RIDGE", "RDG"}, {"RIVER", "RIV"}, {"ROAD", "RD"},
    {"ROUTE", "RTE"}, {"SHORE", "SHR"}, {"SOUTH", "S"}, {"SOUTHEAST", "SE"}, {"SOUTHWEST", "SW"}, {"SPRING", "SPG"}, {"SPRINGS", "SPGS"},
    {"SQUARE", "SQ"}, {"STATION", "STA"}, {"STE", ""}, {"STR", "ST"}, {"STREAM", "STRM"}, {"STREET", "ST"}, {"SUITE", ""}, {"SUMMIT", "SMT"},
    {"TERRACE", "TER"}, {"TRACE", "TRCE"}, {"TRAIL", "TRL"}, {"TUNNEL", "TUNL"}, {"TURNPIKE", "TPKE"}, {"UNIT", ""}, {"VALLEY", "VLY"},
    {"VIEW", "VW"}, {"VILLAGE", "VLG"}, {"VISTA", "VIS"}, {"WEST", "W"},
};

static int by_word(const void *key, const void *row)
{
    const struct keep_str *s = key;
    const char *word = ((const struct abbreviation *)row)->word;
    size_t n = strlen(word), least = s->n < n ? s->n : n;
    int order = memcmp(s->p, word, least);
    return order ? order : (s->n > n) - (s->n < n);
}

/* The folded line from begin on, word by word as USPS abbreviates it. The first word of a line is left alone: it is the number or a name. */
static void abbreviate(struct keep_buf *out, struct keep_str line)
{
    for (size_t i = 0; i < line.n;) {
        const char *blank = memchr(line.p + i, ' ', line.n - i);
        struct keep_str word = {line.p + i, blank ? (size_t)(blank - line.p) - i : line.n - i};
        const struct abbreviation *hit = i ? bsearch(&word, usps, sizeof usps / sizeof *usps, sizeof *usps, by_word) : NULL;
        struct keep_str as = hit ? keep_str_of(hit->as) : word;
        if (as.n > 0 && out->n > 0)
            keep_buf_char(out, ' ');
        keep_buf_add(out, as.p, as.n);
        i += word.n + (blank != NULL);
    }
}

/* The first five digits of a postal code, or 0 bytes when it does not begin with them. */
static struct keep_str zip(struct keep_str s)
{
    while (s.n > 0 && s.p[0] == ' ')
        s = (struct keep_str){s.p + 1, s.n - 1};
    for (size_t i = 0; i < ZIP_DIGITS; i++)
        if (s.n <= i || s.p[i] < '0' || s.p[i] > '9')
            return (struct keep_str){NULL, 0};
    return (struct keep_str){s.p, ZIP_DIGITS};
}

struct keep_str keep_fold_address(struct keep_str line, struct keep_str city, struct keep_str state, struct keep_str postal, struct keep_arena *a)
{
    struct keep_buf folded = KEEP_BUF_INIT, out = KEEP_BUF_INIT;
    struct keep_str five = zip(postal);
    fold_into(&folded, line);
    size_t n = folded.n;
    abbreviate(&out, keep_buf_view(&folded));
    if (five.n) {
        keep_buf_str(&out, "|");
        keep_buf_add(&out, five.p, five.n);
    } else {
        keep_buf_clear(&folded);
        fold_into(&folded, city);
        if (folded.n == 0)
            n = 0; /* a street alone is in a hundred towns */
        keep_buf_str(&out, "|");
        keep_buf_add(&out, folded.p, folded.n);
        keep_buf_str(&out, "|");
        fold_into(&out, state);
    }
    if (n == 0 || folded.failed)
        keep_buf_clear(&out);
    keep_buf_free(&folded);
    return settle(&out, a);
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "5TH" and the like is a street's name. */
static bool ordinal(const char *p, size_t n)
{
    static const char ends[][3] = {"ST", "ND", "RD", "TH"};
    for (size_t i = 0; n > 2 && i < sizeof ends / sizeof *ends; i++)
        if (memcmp(p + n - 2, ends[i], 2) == 0)
            return true;
    return false;
}

/* The folded address is "116 ELM ST 4B|67401": the first word is the house's number, and from the first number behind a word of letters on it is the unit's. */
struct keep_str keep_fold_street(struct keep_str s, struct keep_arena *a)
{
    const struct keep_str none = {NULL, 0};
    const char *blank = s.n ? memchr(s.p, ' ', s.n) : NULL, *bar = s.n ? memchr(s.p, '|', s.n) : NULL;
    if (!blank || !bar || blank > bar || !digit(s.p[0]))
        return none;
    const char *name = blank + 1, *end = name;
    bool letters = false;
    while (end < bar) {
        const char *next = memchr(end, ' ', (size_t)(bar - end));
        next = next ? next : bar;
        if (digit(*end) && letters && !ordinal(end, (size_t)(next - end)))
            break;
        letters = letters || memchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ", next[-1], 26);
        end = next < bar ? next + 1 : bar;
    }
    while (end > name && end[-1] == ' ')
        end--;
    if (!letters)
        return none;
    struct keep_buf out = KEEP_BUF_INIT;
    keep_buf_add(&out, name, (size_t)(end - name));
    keep_buf_add(&out, bar, s.n - (size_t)(bar - s.p));
    return settle(&out, a);
}

enum { PHONE_LEAST = 7, PHONE_MOST = 15, NORTH_AMERICA = 11 }; /* ITU-T E.164: at most fifteen; without an area code seven */

struct keep_str keep_fold_phone(struct keep_str s, struct keep_arena *a)
{
    char digit[PHONE_MOST + 1];
    size_t n = 0, from = s.n > 4 && memcmp(s.p, "tel:", 4) == 0 ? 4 : 0; /* RFC 3966 */
    for (size_t i = from; i < s.n && s.p[i] != ';'; i++) {
        if (s.p[i] >= '0' && s.p[i] <= '9') {
            if (n == sizeof digit)
                return (struct keep_str){NULL, 0};
            digit[n++] = s.p[i];
        } else if (!memchr("+-./() \t", s.p[i], 8)) {
            return (struct keep_str){NULL, 0};
        }
    }
    size_t skip = n == NORTH_AMERICA && digit[0] == '1';
    if (n < PHONE_LEAST || n > PHONE_MOST)
        return (struct keep_str){NULL, 0};
    return keep_arena_str(a, (struct keep_str){digit + skip, n - skip}, NULL);
}

struct keep_str keep_fold_file(struct keep_str s, bool with_case, struct keep_arena *a)
{
    utf8proc_uint8_t *out = NULL;
    utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE | (with_case ? 0 : UTF8PROC_CASEFOLD);
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &out, options);
    struct keep_str r = n < 0 ? s : (struct keep_str){(const char *)out, (size_t)n};
    char *copy = keep_arena_copy(a, r.p, r.n);
    free(out);
    return copy ? (struct keep_str){copy, r.n} : (struct keep_str){NULL, 0};
}
