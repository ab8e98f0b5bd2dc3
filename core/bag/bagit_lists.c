/* The tag files of a bag. RFC 8493 says what they must be since version 1.0; the
 * drafts before it let more pass, and their readers even more. What version 1.0
 * forbids and a draft did not, is a warning in a bag of that draft.
 *
 *   bagit.txt     two lines, UTF-8, no byte order mark           section 2.1.1
 *   manifest      digest, blanks or tabs, path                   section 2.1.3
 *   fetch.txt     url, length or "-", path                       section 2.2.3
 *   bag-info.txt  label ":" value, continued on indented lines   section 2.2.2
 *
 * A path in a manifest or fetch.txt has LF, CR and % as %0A, %0D and %25, and nothing
 * else encoded. Almost nobody writes %25, so where the decoded name is not there and
 * the one as it stands is, that one is taken, with a warning. */
#include "core/bag/bagit_inside.h"

#include <stdio.h>
#include <strings.h>

#include "core/base/codec.h"
#include "core/base/grow.h"
#include "core/base/num.h"
#include "core/text/fold.h"

/* ---- lines ---- */

struct lines {
    struct keep_str rest;
    unsigned long at; /* from 1 */
};

/* Ended by LF, CR or both; the last need not be. */
static bool next_line(struct lines *l, struct keep_str *out)
{
    size_t n = 0;
    if (l->rest.n == 0)
        return false;
    while (n < l->rest.n && l->rest.p[n] != '\n' && l->rest.p[n] != '\r')
        n++;
    *out = (struct keep_str){l->rest.p, n};
    if (n < l->rest.n)
        n += n + 1 < l->rest.n && l->rest.p[n] == '\r' && l->rest.p[n + 1] == '\n' ? 2 : 1;
    l->rest = (struct keep_str){l->rest.p + n, l->rest.n - n};
    l->at++;
    return true;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct keep_str skip_blanks(struct keep_str s)
{
    while (s.n > 0 && blank(s.p[0]))
        s = (struct keep_str){s.p + 1, s.n - 1};
    return s;
}

/* What stands before the next blank, taken off s. */
static struct keep_str word(struct keep_str *s)
{
    size_t n = 0;
    while (n < s->n && !blank(s->p[n]))
        n++;
    struct keep_str w = {s->p, n};
    *s = (struct keep_str){s->p + n, s->n - n};
    return w;
}

static const char *name_of(const struct keep_bagit *b, const struct keep_bagit_text *t)
{
    return keep_members_at(b->files, b->item[t->item].file)->name;
}

/* A tag file's text in UTF-8, in out. False when it is not in the bag's encoding, which is told. */
static bool decode(struct keep_bagit *b, const struct keep_bagit_text *t, struct keep_buf *out)
{
    bool marked = false;
    if (!keep_charset_utf8(out, b->charset, keep_buf_view(&t->bytes), &marked) || out->failed) {
        keep_examine_fail(b->x, KEEP_CHECK_BAG, "%s is not in the encoding that bagit.txt names", name_of(b, t));
        return false;
    }
    if (marked && b->charset == KEEP_CHARSET_UTF8)
        keep_bagit_warn(b, "%s begins with a byte order mark", name_of(b, t));
    return true;
}

/* Wrong since 1.0, allowed or left open before. */
#define SINCE_1_0(b, check, ...) ((b)->version >= KEEP_BAGIT_1_0 ? keep_examine_fail((b)->x, check, __VA_ARGS__) : keep_bagit_warn(b, __VA_ARGS__))

/* ---- bagit.txt ---- */

static bool declared(struct keep_str line, const char *label, struct keep_str *out)
{
    size_t n = strlen(label);
    if (line.n <= n || memcmp(line.p, label, n) != 0)
        return false;
    *out = (struct keep_str){line.p + n, line.n - n};
    return !blank(out->p[0]) && !blank(out->p[out->n - 1]);
}

static void declaration(struct keep_bagit *b, const struct keep_bagit_text *t)
{
    static const struct {
        const char *name;
        int version;
    } known[] = {{"0.93", 93}, {"0.94", 94}, {"0.95", 95}, {"0.96", 96}, {"0.97", 97}, {"1.0", KEEP_BAGIT_1_0}};
    struct lines l = {keep_buf_view(&t->bytes), 0};
    struct keep_str line, version, encoding;
    size_t i = 0;
    if (!next_line(&l, &line) || !declared(line, "BagIt-Version: ", &version) || !next_line(&l, &line) || !declared(line, "Tag-File-Character-Encoding: ", &encoding) || next_line(&l, &line)) {
        keep_examine_fail(b->x, KEEP_CHECK_BAG, "bagit.txt is not the two lines BagIt-Version and Tag-File-Character-Encoding");
        return;
    }
    while (i < sizeof known / sizeof *known && !keep_str_is(version, known[i].name))
        i++;
    if (i == sizeof known / sizeof *known)
        keep_examine_fail(b->x, KEEP_CHECK_BAG, "BagIt version %.*s is none of 0.93 to 0.97 and 1.0", (int)(version.n < 20 ? version.n : 20), version.p);
    else
        b->version = known[i].version;
    b->charset = keep_charset_named(encoding);
    if (b->charset == KEEP_CHARSETS) {
        keep_examine_fail(b->x, KEEP_CHECK_BAG, "tag files in %.*s cannot be read here", (int)(encoding.n < 40 ? encoding.n : 40), encoding.p);
        b->charset = KEEP_CHARSET_UTF8;
    }
    keep_examine_note(b->x, KEEP_CHECK_BAG, "BagIt %.*s, %.*s", (int)version.n, version.p, (int)encoding.n, encoding.p);
}

/* ---- paths ---- */

bool keep_bagit_lists_inside(struct keep_str s)
{
    const char *variable = s.n > 1 && s.p[0] == '%' ? memchr(s.p + 1, '%', s.n - 1) : NULL; /* %HomeDrive%\… */
    if (s.n == 0 || s.p[0] == '/' || s.p[0] == '\\' || s.p[0] == '~' || memchr(s.p, '\0', s.n) || (variable && variable + 1 < s.p + s.n && variable[1] == '\\') ||
        (s.n > 1 && s.p[1] == ':' && (s.p[0] | 32) >= 'a' && (s.p[0] | 32) <= 'z'))
        return false;
    for (size_t at = 0; at <= s.n;) {
        const char *slash = at < s.n ? memchr(s.p + at, '/', s.n - at) : NULL;
        size_t end = slash ? (size_t)(slash - s.p) : s.n;
        if (end - at == 2 && memcmp(s.p + at, "..", 2) == 0)
            return false;
        at = end + 1;
    }
    return true;
}

/* LF, CR and % decoded. *other: it differs from the path as it stands; *bare: a % that encodes none of these. */
static struct keep_str percent(struct keep_bagit *b, struct keep_str s, bool *other, bool *bare)
{
    *other = *bare = false;
    char *to = memchr(s.p, '%', s.n) ? keep_arena_alloc(b->arena, s.n) : NULL;
    size_t n = 0;
    if (!to)
        return s;
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c;
        if (s.p[i] == '%' && i + 2 < s.n && keep_codec_unhex((struct keep_str){s.p + i + 1, 2}, &c, 1) && (c == '\n' || c == '\r' || c == '%')) {
            to[n++] = (char)c;
            i += 2;
            *other = true;
        } else {
            *bare = *bare || s.p[i] == '%';
            to[n++] = s.p[i];
        }
    }
    return (struct keep_str){to, n};
}

/* A path of a list as a name. */
struct path {
    struct keep_str name, other; /* what it means, what it may mean as well (n 0: nothing) */
    uint32_t file;               /* NONE: not there */
    bool exact;                  /* by its very bytes */
};

static uint32_t find(const struct keep_bagit *b, struct keep_str name)
{
    const struct keep_member *m = keep_members_find(b->files, name);
    return m ? (uint32_t)(m - keep_members_at(b->files, 0)) : KEEP_BAGIT_NONE;
}

/* The name with case, but composed: NFC and NFD of one are one to a reader. */
static uint32_t find_composed(const struct keep_bagit *b, struct keep_str name)
{
    struct keep_str key = keep_fold_file(name, true, b->arena);
    const struct keep_member *m = key.p ? keep_members_find(b->composed, key) : NULL;
    return m ? (uint32_t)m->size : KEEP_BAGIT_NONE;
}

/* False when it leads out of the bag, which is told. of: the list; shown in what is told, too. */
static bool resolve(struct keep_bagit *b, struct keep_str raw, const char *of, struct path *out)
{
    bool other, bare;
    *out = (struct path){.name = raw, .file = KEEP_BAGIT_NONE, .exact = true};
    if (raw.n > 2 && memcmp(raw.p, "./", 2) == 0) {
        keep_bagit_warn(b, "%s: %.*s begins with \"./\"", of, (int)(raw.n < 150 ? raw.n : 150), raw.p);
        while (raw.n > 2 && memcmp(raw.p, "./", 2) == 0)
            raw = (struct keep_str){raw.p + 2, raw.n - 2};
    }
    struct keep_str decoded = percent(b, raw, &other, &bare);
    bool decodes = b->version >= 97; /* the drafts before said nothing of it */
    if (!keep_bagit_lists_inside(raw) || !keep_bagit_lists_inside(decoded)) {
        keep_examine_fail(b->x, KEEP_CHECK_CONTAINER, "%s names %.*s, which leads out of the bag", of, (int)(raw.n < 150 ? raw.n : 150), raw.p);
        return false;
    }
    out->name = decodes ? decoded : raw;
    out->other = !other ? (struct keep_str){NULL, 0} : decodes ? raw : decoded;
    if (bare && b->version >= KEEP_BAGIT_1_0)
        keep_bagit_warn(b, "%s: the %% in %.*s is not encoded as %%25", of, (int)(raw.n < 150 ? raw.n : 150), raw.p);
    out->file = find(b, out->name);
    if (out->file == KEEP_BAGIT_NONE && out->other.n && (out->file = find(b, out->other)) != KEEP_BAGIT_NONE) {
        keep_bagit_warn(b, "%s: %.*s is there %s", of, (int)(raw.n < 150 ? raw.n : 150), raw.p, decodes ? "as it stands, not as what its encoding means" : "as what its encoding means, not as it stands");
        out->name = out->other;
    }
    if (out->file == KEEP_BAGIT_NONE && (out->file = find_composed(b, out->name)) != KEEP_BAGIT_NONE) {
        keep_bagit_warn(b, "%s: %.*s is there in another Unicode normalization", of, (int)(raw.n < 150 ? raw.n : 150), raw.p);
        out->exact = false;
    }
    return true;
}

/* ---- manifests ---- */

struct reading {
    struct keep_bagit_text *t;
    const char *name; /* of the list */
    uint8_t list;
    bool tags;
};

static int add_claim(struct keep_bagit *b, const struct reading *r, const uint8_t *want, uint32_t file, struct keep_err *err)
{
    if (!keep_grow(&b->claim, &b->claim_cap, b->claims + 1, sizeof *b->claim, 256))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    struct keep_bagit_claim *c = &b->claim[b->claims];
    *c = (struct keep_bagit_claim){.next = b->file[file].claim, .digest = (uint8_t)r->t->digest, .list = r->list};
    memcpy(c->want, want, keep_digest_size(r->t->digest));
    b->file[file].claim = (uint32_t)b->claims++;
    return 0;
}

/* A name that is not there: to be fetched, or missing. Told once, whichever lists name it. */
static int missing(struct keep_bagit *b, const struct reading *r, struct keep_str name, struct keep_err *err)
{
    struct keep_member *m = NULL;
    char *z = keep_arena_copy(b->arena, name.p, name.n);
    if (!z)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    int rc = keep_members_add(b->wanted, z, 0, &m, err);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    if (keep_members_find(b->fetched, name))
        b->holes++;
    else
        keep_examine_fail(b->x, KEEP_CHECK_COMPLETE, "%.*s is in %s, but not in the bag", (int)(name.n < 200 ? name.n : 200), name.p, r->name);
    return 0;
}

static bool starts(struct keep_str s, const char *with)
{
    size_t n = strlen(with);
    return s.n >= n && memcmp(s.p, with, n) == 0;
}

/* Whether a list of this kind may name it; what is wrong is told. */
static bool fits(struct keep_bagit *b, const struct reading *r, struct keep_str name)
{
    bool data = starts(name, KEEP_LAYOUT_DATA);
    if (data == r->tags) {
        keep_examine_fail(b->x, KEEP_CHECK_COMPLETE, "%.*s has no place in %s", (int)(name.n < 200 ? name.n : 200), name.p, r->name);
        return false;
    }
    if (r->tags && starts(name, "tagmanifest-") && !memchr(name.p, '/', name.n))
        SINCE_1_0(b, KEEP_CHECK_COMPLETE, "%.*s has no place in %s", (int)name.n, name.p, r->name);
    return true;
}

static int manifest_line(struct keep_bagit *b, const struct reading *r, struct keep_str line, unsigned long at, struct keep_err *err)
{
    uint8_t want[KEEP_DIGEST_MOST];
    struct path p;
    struct keep_str rest = line, hex = word(&rest), path = skip_blanks(rest);
    if (line.n == 0)
        return 0;
    if (path.n == 0 || !keep_codec_unhex(hex, want, keep_digest_size(r->t->digest))) {
        keep_examine_fail(b->x, KEEP_CHECK_BAG, "%s:%lu: not a digest and a path", r->name, at);
        return 0;
    }
    if (path.n > 1 && path.p[0] == '*' && path.p == rest.p + 1) { /* md5sum -b */
        keep_bagit_warn(b, "%s:%lu: an asterisk before the path, as md5sum writes it", r->name, at);
        path = (struct keep_str){path.p + 1, path.n - 1};
    }
    if (!resolve(b, path, r->name, &p) || !fits(b, r, p.name))
        return 0;
    if (p.file == KEEP_BAGIT_NONE)
        return missing(b, r, p.name, err);
    if (b->file[p.file].lists & 1u << r->list) {
        if (p.exact)
            SINCE_1_0(b, KEEP_CHECK_COMPLETE, "%.*s stands twice in %s", (int)(p.name.n < 200 ? p.name.n : 200), p.name.p, r->name);
        else
            keep_bagit_warn(b, "%s names one file twice, in two normalizations", r->name);
    }
    b->file[p.file].lists |= 1u << r->list;
    return add_claim(b, r, want, p.file, err);
}

static int manifest(struct keep_bagit *b, struct keep_bagit_text *t, uint8_t list, struct keep_err *err)
{
    struct keep_buf text = KEEP_BUF_INIT;
    struct reading r = {.t = t, .name = name_of(b, t), .list = list, .tags = t->role == KEEP_BAGIT_TAGMANIFEST};
    struct keep_str line;
    int rc = 0;
    if (t->digest == KEEP_DIGESTS) {
        char why[200];
        snprintf(why, sizeof why, "%.100s: a digest that is not known here", r.name);
        keep_examine_impossible(b->x, r.tags ? KEEP_CHECK_TAGS : KEEP_CHECK_PAYLOAD, why);
        return 0;
    }
    if (r.tags)
        b->tag_lists = true;
    else
        b->payload_lists |= 1u << list;
    if (decode(b, t, &text)) {
        struct lines l = {keep_buf_view(&text), 0};
        while (rc == 0 && next_line(&l, &line))
            rc = manifest_line(b, &r, line, l.at, err);
    }
    keep_buf_free(&text);
    return rc;
}

/* ---- fetch.txt ---- */

static int fetch_line(struct keep_bagit *b, struct keep_str line, unsigned long at, struct keep_err *err)
{
    struct keep_str rest = line, url = word(&rest), length, name;
    struct keep_member *m = NULL;
    struct path p;
    uint64_t size = 0;
    if (line.n == 0)
        return 0;
    rest = skip_blanks(rest);
    length = word(&rest);
    name = skip_blanks(rest);
    if (url.n == 0 || name.n == 0 || !(keep_str_is(length, "-") || keep_num_u64(length, &size))) {
        keep_examine_fail(b->x, KEEP_CHECK_BAG, "fetch.txt:%lu: not a URL, a length and a path", at);
        return 0;
    }
    if (!resolve(b, name, "fetch.txt", &p))
        return 0;
    if (!starts(p.name, KEEP_LAYOUT_DATA))
        SINCE_1_0(b, KEEP_CHECK_COMPLETE, "fetch.txt:%lu: %.*s is no part of the payload", at, (int)(p.name.n < 200 ? p.name.n : 200), p.name.p);
    if (p.file != KEEP_BAGIT_NONE && !keep_str_is(length, "-") && keep_members_at(b->files, p.file)->size != size)
        keep_bagit_warn(b, "fetch.txt:%lu: %.*s has another size than it says", at, (int)(p.name.n < 200 ? p.name.n : 200), p.name.p);
    char *z = keep_arena_copy(b->arena, p.name.p, p.name.n);
    int rc = z ? keep_members_add(b->fetched, z, size, &m, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc > 0)
        keep_bagit_warn(b, "fetch.txt:%lu: %.*s stands in it twice", at, (int)(p.name.n < 200 ? p.name.n : 200), p.name.p);
    return rc < 0 ? rc : 0;
}

static int fetch(struct keep_bagit *b, const struct keep_bagit_text *t, struct keep_err *err)
{
    struct keep_buf text = KEEP_BUF_INIT;
    struct keep_str line;
    int rc = 0;
    if (decode(b, t, &text)) {
        struct lines l = {keep_buf_view(&text), 0};
        while (rc == 0 && next_line(&l, &line))
            rc = fetch_line(b, line, l.at, err);
    }
    keep_buf_free(&text);
    return rc;
}

/* What is promised must be listed: otherwise nobody could tell what was fetched. */
static void fetched_is_listed(struct keep_bagit *b)
{
    for (size_t i = 0; i < keep_members_count(b->fetched); i++) {
        struct keep_str name = keep_str_of(keep_members_at(b->fetched, i)->name);
        uint32_t file = find(b, name);
        if (!keep_members_find(b->wanted, name) && (file == KEEP_BAGIT_NONE || b->file[file].lists == 0))
            SINCE_1_0(b, KEEP_CHECK_COMPLETE, "%.*s is in fetch.txt, but in no manifest", (int)(name.n < 200 ? name.n : 200), name.p);
    }
}

/* ---- bag-info.txt ---- */

static void oxum(struct keep_bagit *b, struct keep_str value)
{
    const char *dot = value.n ? memchr(value.p, '.', value.n) : NULL;
    uint64_t octets, count;
    struct keep_str before = {value.p, dot ? (size_t)(dot - value.p) : 0}, behind = {dot ? dot + 1 : NULL, dot ? value.n - before.n - 1 : 0};
    if (!dot || !keep_num_u64(before, &octets) || !keep_num_u64(behind, &count))
        keep_examine_fail(b->x, KEEP_CHECK_OXUM, "Payload-Oxum %.*s is not octets and a count", (int)(value.n < 60 ? value.n : 60), value.p);
    else if (b->holes == 0 && (octets != b->x->octets || count != b->x->files))
        keep_examine_fail(b->x, KEEP_CHECK_OXUM, "Payload-Oxum is %.*s, the payload has %llu.%llu", (int)value.n, value.p, (unsigned long long)b->x->octets, (unsigned long long)b->x->files);
    keep_examine_note(b->x, KEEP_CHECK_OXUM, "%.*s", (int)(value.n < 60 ? value.n : 60), value.p);
}

/* "Label: value"; since 1.0 without blanks around the label and with one behind the colon. */
static void info_line(struct keep_bagit *b, const char *of, struct keep_str line, unsigned long at)
{
    const char *colon = line.n ? memchr(line.p, ':', line.n) : NULL;
    struct keep_str label = {line.p, colon ? (size_t)(colon - line.p) : 0}, value;
    if (label.n == 0) {
        keep_examine_fail(b->x, KEEP_CHECK_BAG, "%s:%lu: not a label and its value", of, at);
        return;
    }
    value = (struct keep_str){colon + 1, line.n - label.n - 1};
    if (blank(label.p[label.n - 1]) || (value.n > 0 && !blank(value.p[0])))
        SINCE_1_0(b, KEEP_CHECK_BAG, "%s:%lu: blanks other than one behind the colon", of, at);
    while (label.n > 0 && blank(label.p[label.n - 1]))
        label.n--;
    value = skip_blanks(value);
    b->sealed = b->sealed || keep_str_is(label, "Chartkeep-Profile");
    if (label.n != strlen("Payload-Oxum") || strncasecmp(label.p, "Payload-Oxum", label.n) != 0)
        return;
    if (!b->x->skip[KEEP_CHECK_OXUM])
        SINCE_1_0(b, KEEP_CHECK_OXUM, "%s:%lu: Payload-Oxum stands there twice", of, at);
    b->x->skip[KEEP_CHECK_OXUM] = false;
    oxum(b, value);
}

static void info(struct keep_bagit *b, const struct keep_bagit_text *t)
{
    struct keep_buf text = KEEP_BUF_INIT;
    struct keep_str line;
    if (decode(b, t, &text)) {
        struct lines l = {keep_buf_view(&text), 0};
        while (next_line(&l, &line))
            if (line.n > 0 && !(blank(line.p[0]) && l.at > 1)) /* an indented line goes on with the one before */
                info_line(b, name_of(b, t), line, l.at);
    }
    keep_buf_free(&text);
}

/* ---- all of them ---- */

/* What a sealed package has outside all lists, made over them. */
static bool over_lists(struct keep_str name)
{
    return keep_str_is(name, KEEP_LAYOUT_PROOF) || keep_str_is(name, KEEP_LAYOUT_SIGNATURE);
}

/* Tag manifests name every payload manifest, and should name every other tag file; those of a sealed package do. */
static void tags_are_listed(struct keep_bagit *b, uint32_t tag_lists)
{
    for (size_t i = 0; i < b->texts && tag_lists; i++)
        if (b->text[i].in_bag && b->text[i].role == KEEP_BAGIT_MANIFEST && (b->file[b->item[b->text[i].item].file].lists & tag_lists) != tag_lists)
            SINCE_1_0(b, KEEP_CHECK_COMPLETE, "%s is not in every tag manifest", name_of(b, &b->text[i]));
    for (size_t i = 0; i < keep_members_count(b->files) && tag_lists; i++) {
        struct keep_str name = keep_str_of(keep_members_at(b->files, i)->name);
        int n = (int)(name.n < 200 ? name.n : 200);
        if (starts(name, KEEP_LAYOUT_DATA) || b->file[i].lists != 0 || (b->sealed && (keep_str_is(name, KEEP_LAYOUT_TAGS) || over_lists(name))))
            continue;
        if (b->sealed)
            keep_examine_fail(b->x, KEEP_CHECK_COMPLETE, "%.*s is in no list: the package was sealed without it", n, name.p);
        else if (!starts(name, "tagmanifest-") && !starts(name, "manifest-"))
            keep_bagit_warn(b, "%.*s is in no tag manifest: nothing shows whether it was changed", n, name.p);
    }
}

static struct keep_bagit_text *of_role(struct keep_bagit *b, enum keep_bagit_role role)
{
    for (size_t i = 0; i < b->texts; i++)
        if (b->text[i].in_bag && b->text[i].role == role)
            return &b->text[i];
    return NULL;
}

int keep_bagit_lists_read(struct keep_bagit *b, struct keep_err *err)
{
    uint32_t tag_lists = 0;
    uint8_t lists = 0;
    bool strong = false;
    struct keep_bagit_text *t = of_role(b, KEEP_BAGIT_DECLARATION);
    int rc = 0;
    if (t)
        declaration(b, t);
    else
        keep_examine_fail(b->x, KEEP_CHECK_BAG, "bagit.txt is missing");
    if ((t = of_role(b, KEEP_BAGIT_FETCH)) != NULL)
        rc = fetch(b, t, err);
    for (size_t i = 0; rc == 0 && i < b->texts; i++) {
        t = &b->text[i];
        if (!t->in_bag || (t->role != KEEP_BAGIT_MANIFEST && t->role != KEEP_BAGIT_TAGMANIFEST))
            continue;
        if (lists == KEEP_BAGIT_LISTS)
            return keep_err_at(err, KEEP_E_LIMIT, b->x->p->path, 0, 0, "more than %d manifests", KEEP_BAGIT_LISTS);
        if (t->role == KEEP_BAGIT_TAGMANIFEST && t->digest != KEEP_DIGESTS)
            tag_lists |= 1u << lists;
        strong = strong || (t->role == KEEP_BAGIT_MANIFEST && t->digest != KEEP_DIGESTS && keep_digest_strong(t->digest));
        rc = manifest(b, t, lists++, err);
    }
    if (rc < 0)
        return rc;
    if (!of_role(b, KEEP_BAGIT_MANIFEST))
        keep_examine_fail(b->x, KEEP_CHECK_BAG, "there is no manifest");
    else if (b->payload_lists && !strong)
        keep_bagit_warn(b, "the payload has digests of MD5 or SHA-1 alone: they show damage, but hold off nobody");
    if ((t = of_role(b, KEEP_BAGIT_INFO)) != NULL)
        info(b, t);
    fetched_is_listed(b);
    tags_are_listed(b, tag_lists);
    return 0;
}
