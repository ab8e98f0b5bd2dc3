/* A manifest line is "HEX  PATH" as sha512sum writes it (RFC 8493 section 2.1.3,
 * narrowed: lower case, two blanks, no escapes, since the tar's names need none).
 * A list stands behind all that it lists, so a line is judged when it is read. */
#include "core/bag/listing.h"

#include <stdio.h>

#include "core/base/codec.h"
#include "core/crypto/hash.h"
#include "core/text/json.h"

#define ALWAYS_UNLISTED 3 /* files that no list may name */
static const char *const unlisted[ALWAYS_UNLISTED] = {KEEP_LAYOUT_TAGS, KEEP_LAYOUT_PROOF, KEEP_LAYOUT_SIGNATURE};
static const char *const required[] = {KEEP_LAYOUT_BAGIT, KEEP_LAYOUT_BAGINFO, KEEP_LAYOUT_VERIFY, KEEP_LAYOUT_SHA512, KEEP_LAYOUT_SHA256,
                                       KEEP_LAYOUT_TAGS, KEEP_LAYOUT_PROOF, KEEP_LAYOUT_SIGNATURE, KEEP_LAYOUT_REGISTER, KEEP_LAYOUT_INDEX};

static bool starts(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

static bool is_unlisted(const char *name)
{
    for (size_t i = 0; i < ALWAYS_UNLISTED; i++)
        if (strcmp(name, unlisted[i]) == 0)
            return true;
    return false;
}

static void manifest_line(struct keep_examine *x, enum keep_listing which, struct keep_str line)
{
    const char *of = which == KEEP_LISTING_SHA512 ? KEEP_LAYOUT_SHA512 : which == KEEP_LISTING_SHA256 ? KEEP_LAYOUT_SHA256 : KEEP_LAYOUT_TAGS;
    enum keep_examine_check digests = which == KEEP_LISTING_TAGS ? KEEP_CHECK_TAGS : KEEP_CHECK_PAYLOAD;
    size_t bytes = which == KEEP_LISTING_SHA256 ? 32 : 64;
    uint8_t want[64];
    uint32_t at = which == KEEP_LISTING_SHA256 ? 0 : ++x->lines[which == KEEP_LISTING_TAGS];
    if (line.n <= 2 * bytes + 2 || line.p[2 * bytes] != ' ' || line.p[2 * bytes + 1] != ' ' || !keep_codec_unhex((struct keep_str){line.p, 2 * bytes}, want, bytes)) {
        keep_examine_fail(x, KEEP_CHECK_BAG, "%s has a line that is not a digest, two blanks and a name", of);
        return;
    }
    struct keep_str name = {line.p + 2 * bytes + 2, line.n - 2 * bytes - 2};
    struct keep_member *m = keep_members_find(x->members, name);
    if (!m) {
        keep_examine_fail(x, KEEP_CHECK_COMPLETE, "%.*s is in %s, but not in the package", (int)(name.n < 200 ? name.n : 200), name.p, of);
        return;
    }
    bool *in = which == KEEP_LISTING_SHA512 ? &m->in_sha512 : which == KEEP_LISTING_SHA256 ? &m->in_sha256 : &m->in_tags;
    if (*in)
        keep_examine_fail(x, KEEP_CHECK_COMPLETE, "%s stands twice in %s", m->name, of);
    if (starts(m->name, KEEP_LAYOUT_DATA) == (which == KEEP_LISTING_TAGS) || is_unlisted(m->name))
        keep_examine_fail(x, KEEP_CHECK_COMPLETE, "%s has no place in %s", m->name, of);
    *in = true;
    if (m->line == 0)
        m->line = at;
    if (memcmp(want, bytes == 32 ? m->sha256 : m->sha512, bytes) != 0)
        keep_examine_fail(x, digests, "%s is not what %s says", m->name, of);
}

/* ---- the register ---- */

static void bad_line(struct keep_examine *x, const char *what)
{
    keep_examine_fail(x, KEEP_CHECK_REGISTER, "line %llu: %s", (unsigned long long)x->records, what);
}

static void register_member(struct keep_examine *x, const struct keep_json *v, const char *behind)
{
    char want[64];
    int64_t octets;
    uint8_t sha512[64];
    snprintf(want, sizeof want, KEEP_LAYOUT_RECORDS KEEP_LAYOUT_NUMBER "%s", (unsigned long long)x->records, behind);
    struct keep_member *m = keep_members_find(x->members, keep_str_of(want));
    if (!keep_str_is(keep_json_str(keep_json_get(v, "path")), want)) {
        bad_line(x, "a sealed member with another name than its record's");
    } else if (!m) {
        keep_examine_fail(x, KEEP_CHECK_REGISTER, "%s is in the register, but not in the package", want);
    } else {
        if (!keep_json_i64(keep_json_get(v, "octets"), &octets) || octets < 0 || (uint64_t)octets != m->size ||
            !keep_codec_unhex(keep_json_str(keep_json_get(v, "sha512")), sha512, sizeof sha512) || memcmp(sha512, m->sha512, sizeof sha512) != 0)
            keep_examine_fail(x, KEEP_CHECK_REGISTER, "%s is not the member that the register describes", want);
        m->in_register = true;
    }
}

/* Its sealed member, or the pieces of it, then perhaps its page. */
static void register_members(struct keep_examine *x, const struct keep_json *members, size_t count)
{
    char page[64], behind[32];
    snprintf(page, sizeof page, KEEP_LAYOUT_RECORDS KEEP_LAYOUT_NUMBER KEEP_LAYOUT_RENDITION, (unsigned long long)x->records);
    bool paged = count > 1 && keep_str_is(keep_json_str(keep_json_get(keep_json_at(members, count - 1), "path")), page);
    size_t sealed = count - paged;
    if (!members || members->type != KEEP_JSON_ARRAY || sealed > KEEP_LAYOUT_PIECES) {
        bad_line(x, "a record has its sealed member, whole or in pieces, and at most a rendition");
        return;
    }
    for (size_t i = 0; i < sealed; i++) {
        snprintf(behind, sizeof behind, sealed > 1 ? KEEP_LAYOUT_SEALED KEEP_LAYOUT_PIECE_NUMBER : KEEP_LAYOUT_SEALED, (unsigned)i);
        register_member(x, keep_json_at(members, i), behind);
    }
    if (paged)
        register_member(x, keep_json_at(members, sealed), KEEP_LAYOUT_RENDITION);
}

static int register_line(struct keep_examine *x, struct keep_str line, struct keep_err *err)
{
    const struct keep_json *v = NULL;
    int64_t n = 0;
    x->records++;
    keep_arena_reset(x->arena);
    int rc = keep_json_parse(&v, line, NULL, x->arena, NULL);
    if (rc == KEEP_E_NOMEM)
        return keep_err_set(err, rc, "out of memory");
    if (rc < 0 || !keep_json_i64(keep_json_get(v, "n"), &n) || n < 0 || (uint64_t)n != x->records) {
        bad_line(x, rc < 0 ? "malformed" : "records are not numbered one after another");
        return 0;
    }
    const struct keep_json *members = keep_json_get(v, "members");
    size_t count = keep_json_len(members);
    register_members(x, members, count);
    x->empty += count == 0;
    struct keep_decision_set *set = keep_decision_find(&x->decision, keep_json_str(keep_json_get(v, "set")));
    if (set && set->archive)
        set->seen++;
    else if (x->decision.read)
        bad_line(x, "its record set is not one that the plan archives");
    return 0;
}

/* The set that the counts say is only in part here, as a set larger than a package is; NULL: it is not said of this one. */
static const struct keep_json *part_of(const struct keep_json *counts, const struct keep_decision_set *set)
{
    const struct keep_json *parts = keep_json_get(counts, "sets_in_part");
    char hex[33];
    keep_codec_hex(set->id, 16, hex);
    for (size_t i = 0; i < keep_json_len(parts); i++)
        if (keep_str_is(keep_json_str(keep_json_get(keep_json_at(parts, i), "set")), hex))
            return keep_json_at(parts, i);
    return NULL;
}

static bool says(const struct keep_json *v, const char *name, uint64_t want)
{
    int64_t n = -1;
    return keep_json_i64(keep_json_get(v, name), &n) && n >= 0 && (uint64_t)n == want;
}

/* Every set of the plan that is here is here whole, or in the part that the counts name. *sets: how many. */
static void check_sets(struct keep_examine *x, const struct keep_json *counts, uint64_t *sets)
{
    for (size_t i = 0; i < x->decision.sets; i++) {
        const struct keep_decision_set *s = &x->decision.set[i];
        const struct keep_json *part = counts && s->seen > 0 && s->seen != s->records ? part_of(counts, s) : NULL;
        *sets += s->seen > 0;
        if (s->seen > 0 && s->seen != s->records && !(part && s->seen < s->records && says(part, "records", s->seen) && says(part, "records_of_set", s->records)))
            keep_examine_fail(x, KEEP_CHECK_REGISTER, "set %zu of the plan has %llu records, the register %llu", i + 1, (unsigned long long)s->records, (unsigned long long)s->seen);
    }
}

static void check_counts(struct keep_examine *x, const struct keep_json *v, uint64_t sets)
{
    static const char *const name[] = {"sets", "records_in_keep", "records_in_package", "index_entries_without_payload"};
    const uint64_t have[] = {sets, x->records, x->records, x->empty};
    if (!v) {
        keep_examine_fail(x, KEEP_CHECK_REGISTER, x->have[KEEP_TEXT_COUNTS] ? "%s is malformed" : "%s is missing", KEEP_LAYOUT_COUNTS);
        return;
    }
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        int64_t n = -1;
        if (!x->decision.read && i == 0)
            continue; /* without a plan nobody can tell how many sets these are; DECISIONS has failed */
        if (!keep_json_i64(keep_json_get(v, name[i]), &n) || n < 0 || (uint64_t)n != have[i])
            keep_examine_fail(x, KEEP_CHECK_REGISTER, "%s: %s is %lld, the register has %llu", KEEP_LAYOUT_COUNTS, name[i], (long long)n, (unsigned long long)have[i]);
    }
}

static void register_end(struct keep_examine *x)
{
    const struct keep_json *counts = NULL;
    uint64_t sets = 0;
    keep_arena_reset(x->arena);
    if (!x->have[KEEP_TEXT_COUNTS] || keep_json_parse(&counts, keep_buf_view(&x->text[KEEP_TEXT_COUNTS]), NULL, x->arena, NULL) < 0)
        counts = NULL;
    check_sets(x, counts, &sets);
    check_counts(x, counts, sets);
    keep_examine_note(x, KEEP_CHECK_REGISTER, "%llu records in %llu sets, %llu of them elsewhere", (unsigned long long)x->records, (unsigned long long)sets, (unsigned long long)x->empty);
}

/* ---- all lists ---- */

int keep_listing_line(struct keep_examine *x, enum keep_listing which, struct keep_str line, struct keep_err *err)
{
    if (which == KEEP_LISTING_REGISTER)
        return register_line(x, line, err);
    manifest_line(x, which, line);
    return 0;
}

/* The lists were written as the files went by, and the signature covers the lists: so it covers the order, too. Payload, tag files, then the three that
 * no list names. */
static void check_order(struct keep_examine *x)
{
    uint64_t last = 0;
    for (size_t i = 0; i < keep_members_count(x->members); i++) {
        const struct keep_member *m = keep_members_at(x->members, i);
        uint64_t place = starts(m->name, KEEP_LAYOUT_DATA) ? m->line : (1ull << 32) + m->line;
        for (uint64_t k = 0; k < ALWAYS_UNLISTED; k++)
            if (strcmp(m->name, unlisted[k]) == 0)
                place = (2ull << 32) + k;
        if (place < last)
            keep_examine_fail(x, KEEP_CHECK_CONTAINER, "%s stands in another place than the lists have it", m->name);
        last = place;
    }
}

void keep_listing_end(struct keep_examine *x)
{
    size_t tags = 0;
    check_order(x);
    for (size_t i = 0; i < sizeof required / sizeof *required; i++)
        if (!keep_members_find(x->members, keep_str_of(required[i])))
            keep_examine_fail(x, KEEP_CHECK_BAG, "%s is missing", required[i]);
    for (size_t i = 0; i < keep_members_count(x->members); i++) {
        const struct keep_member *m = keep_members_at(x->members, i);
        bool data = starts(m->name, KEEP_LAYOUT_DATA);
        tags += m->in_tags;
        if (data && (!m->in_sha512 || !m->in_sha256))
            keep_examine_fail(x, KEEP_CHECK_COMPLETE, "%s is not in %s", m->name, m->in_sha512 ? KEEP_LAYOUT_SHA256 : KEEP_LAYOUT_SHA512);
        if (!data && !m->in_tags && !is_unlisted(m->name))
            keep_examine_fail(x, KEEP_CHECK_COMPLETE, "%s is not in %s", m->name, KEEP_LAYOUT_TAGS);
        if (starts(m->name, KEEP_LAYOUT_RECORDS) && !m->in_register)
            keep_examine_fail(x, KEEP_CHECK_REGISTER, "%s is not in the register", m->name);
        if (strcmp(m->name, "fetch.txt") == 0)
            keep_examine_fail(x, KEEP_CHECK_BAG, "a sealed package fetches nothing, yet there is a fetch.txt");
    }
    keep_examine_note(x, KEEP_CHECK_COMPLETE, "%zu files", keep_members_count(x->members));
    keep_examine_note(x, KEEP_CHECK_TAGS, "%zu files", tags);
    keep_examine_note(x, KEEP_CHECK_PAYLOAD, "%llu files, %llu octets", (unsigned long long)x->files, (unsigned long long)x->octets);
    register_end(x);
}

/* ---- bag-info ---- */

/* The value of a label, which stands exactly once. */
static bool label(struct keep_str text, const char *name, struct keep_str *out)
{
    size_t n = strlen(name), found = 0;
    for (size_t at = 0; at < text.n;) {
        const char *nl = memchr(text.p + at, '\n', text.n - at);
        size_t end = nl ? (size_t)(nl - text.p) : text.n;
        if (end - at > n + 2 && memcmp(text.p + at, name, n) == 0 && memcmp(text.p + at + n, ": ", 2) == 0) {
            *out = (struct keep_str){text.p + at + n + 2, end - at - n - 2};
            found++;
        }
        at = end + 1;
    }
    return found == 1;
}

/* Every line "Label: value", ended by a line feed. */
static bool well_formed(struct keep_str text)
{
    size_t at = 0;
    while (at < text.n) {
        const char *nl = memchr(text.p + at, '\n', text.n - at);
        size_t n = nl ? (size_t)(nl - text.p) - at : 0, colon = 0;
        while (colon < n && text.p[at + colon] != ':')
            colon++;
        if (!nl || colon == 0 || colon + 2 >= n || text.p[at + colon + 1] != ' ' || text.p[at] == ' ' || text.p[at + colon - 1] == ' ')
            return false;
        at += n + 1;
    }
    return text.n > 0;
}

static void expect(struct keep_examine *x, struct keep_str info, const char *name, const char *want)
{
    struct keep_str had;
    if (!label(info, name, &had))
        keep_examine_fail(x, KEEP_CHECK_BAG, "%s: %s does not stand there exactly once", KEEP_LAYOUT_BAGINFO, name);
    else if (!keep_str_is(had, want))
        keep_examine_fail(x, KEEP_CHECK_BAG, "%s: %s is %.*s, not %s", KEEP_LAYOUT_BAGINFO, name, (int)(had.n < 80 ? had.n : 80), had.p, want);
}

/* RFC 8493 section 2.2.2: octets "." count. */
static void check_oxum(struct keep_examine *x, struct keep_str info)
{
    struct keep_str had = {NULL, 0};
    char want[48];
    snprintf(want, sizeof want, "%llu.%llu", (unsigned long long)x->octets, (unsigned long long)x->files);
    if (!label(info, "Payload-Oxum", &had) || !keep_str_is(had, want))
        keep_examine_fail(x, KEEP_CHECK_OXUM, "Payload-Oxum is %.*s, the payload has %s", (int)(had.n < 60 ? had.n : 60), had.n ? had.p : "", want);
    keep_examine_note(x, KEEP_CHECK_OXUM, "%s", want);
}

/* What bag-info calls the policy: a digest over the digests of the packs, in the plan's order. */
static void check_policy(struct keep_examine *x, struct keep_str info)
{
    uint8_t digest[32];
    char hex[65];
    if (!x->decision.read)
        return;
    keep_hash_blake2b(digest, x->decision.adopted, 32 * x->decision.packs);
    keep_codec_hex(digest, sizeof digest, hex);
    expect(x, info, "Chartkeep-Policy-Digest", hex);
}

void keep_listing_baginfo(struct keep_examine *x)
{
    struct keep_str info = keep_buf_view(&x->text[KEEP_TEXT_BAGINFO]), s;
    char time[KEEP_CIVIL_TIME_SIZE], number[24];
    if (x->have[KEEP_TEXT_BAGIT] && !keep_str_is(keep_buf_view(&x->text[KEEP_TEXT_BAGIT]), KEEP_LAYOUT_BAGIT_TEXT))
        keep_examine_fail(x, KEEP_CHECK_BAG, "%s does not say BagIt 1.0 in UTF-8", KEEP_LAYOUT_BAGIT);
    if (!well_formed(info))
        keep_examine_fail(x, KEEP_CHECK_BAG, "%s has a line that is not a label and its value", KEEP_LAYOUT_BAGINFO);
    keep_civil_format_time(x->mtime, time);
    expect(x, info, "External-Identifier", x->id);
    expect(x, info, "Chartkeep-Profile", KEEP_LAYOUT_PROFILE);
    expect(x, info, "Chartkeep-Sealed-At", time);
    snprintf(number, sizeof number, "%llu", (unsigned long long)x->records);
    expect(x, info, "Chartkeep-Records", number);
    if (label(info, "Chartkeep-Log-Origin", &s) && s.n < sizeof x->origin) {
        memcpy(x->origin, s.p, s.n);
        x->origin[s.n] = '\0';
    }
    check_policy(x, info);
    check_oxum(x, info);
    if (label(info, "Chartkeep-Retain-Through", &s))
        keep_examine_note(x, KEEP_CHECK_BAG, "BagIt 1.0, sealed %s, to be kept through %.*s", time, (int)(s.n < 40 ? s.n : 40), s.p);
}
