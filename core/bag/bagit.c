/* Two walks over a folder or a tar. The first takes the names and reads the tag
 * files, wherever in a tar they stand; the second reads every file that a manifest
 * names, with the digests that name it, and nothing else. Nothing is written, and no name
 * of somebody else's becomes a path here but below the folder that was given.
 *
 * In a tar the bag is one folder (RFC 8493 section 4). A tar of the bag's inside is
 * refused as that, and looked at all the same. */
#include "core/bag/bagit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/bag/bagit_inside.h"
#include "core/base/file.h"
#include "core/base/grow.h"
#include "core/text/fold.h"

enum { FIRST = 512 /* bytes that tell what a file is */ };

const char keep_bagit_unproven[] =
    "Not proven by a bag: who made it, and when. Its digests hold against chance alone: whoever can write to it can make all of them again (RFC 8493, security considerations).\n";

void keep_bagit_warn(struct keep_bagit *b, const char *fmt, ...)
{
    va_list ap;
    if (b->warnings++ >= KEEP_BAGIT_WARNINGS)
        return;
    va_start(ap, fmt);
    vsnprintf(b->warning[b->warnings - 1], sizeof *b->warning, fmt, ap);
    va_end(ap);
    keep_examine_clean(b->warning[b->warnings - 1]);
}

/* ---- the first walk ---- */

/* The file's role, by its name below the bag's folder. */
static enum keep_bagit_role role_of(const char *name, enum keep_digest *digest)
{
    static const struct {
        const char *name;
        enum keep_bagit_role role;
    } fixed[] = {{"bagit.txt", KEEP_BAGIT_DECLARATION}, {"bag-info.txt", KEEP_BAGIT_INFO}, {"package-info.txt", KEEP_BAGIT_INFO}, {"fetch.txt", KEEP_BAGIT_FETCH}, {KEEP_LAYOUT_SIGNATURE, KEEP_BAGIT_SIGNATURE}};
    size_t n = strlen(name);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (strcmp(name, fixed[i].name) == 0)
            return fixed[i].role;
    bool tags = strncmp(name, "tagmanifest-", 12) == 0;
    size_t stem = tags ? 12 : 9;
    if ((!tags && strncmp(name, "manifest-", 9) != 0) || n < stem + 5 || strcmp(name + n - 4, ".txt") != 0 || strchr(name, '/'))
        return KEEP_BAGIT_PLAIN;
    *digest = keep_digest_named((struct keep_str){name + stem, n - stem - 4});
    return tags ? KEEP_BAGIT_TAGMANIFEST : KEEP_BAGIT_MANIFEST;
}

/* A tag file's bytes are kept; which folder is the bag's is known only at the end, so that in a tar those of any first folder are. */
static int keep_text(struct keep_bagit *b, struct keep_shelf *s, enum keep_bagit_role role, enum keep_digest digest, struct keep_err *err)
{
    const void *p;
    size_t n;
    int rc;
    if (!keep_grow(&b->text, &b->text_cap, b->texts + 1, sizeof *b->text, 64))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    struct keep_bagit_text *t = &b->text[b->texts];
    *t = (struct keep_bagit_text){.role = role, .item = (uint32_t)b->items, .digest = digest, .bytes = KEEP_BUF_INIT};
    b->item[b->items].text = (uint32_t)b->texts++;
    while ((rc = keep_shelf_read(s, &p, &n, err)) == 1) {
        if ((b->text_bytes += n) > KEEP_BAGIT_TEXT)
            return keep_err_at(err, KEEP_E_LIMIT, b->x->p->path, 0, 0, "tag files of more than %d bytes", KEEP_BAGIT_TEXT);
        keep_buf_add(&t->bytes, p, n);
        if (t->bytes.failed)
            return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    return rc;
}

/* A name as it counts: "./" before and '/' behind say nothing. */
static struct keep_str plain(const char *name)
{
    while (name[0] == '.' && name[1] == '/')
        name += 2;
    size_t n = strlen(name);
    while (n > 0 && name[n - 1] == '/')
        n--;
    return (struct keep_str){name, n};
}

static int take(struct keep_bagit *b, struct keep_shelf *s, const struct keep_unpack_item *it, struct keep_err *err)
{
    enum keep_digest digest = KEEP_DIGESTS;
    int rc = 0;
    if (!keep_grow(&b->item, &b->item_cap, b->items + 1, sizeof *b->item, 64))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    struct keep_bagit_item *item = &b->item[b->items];
    struct keep_str name = plain(it->name);
    *item = (struct keep_bagit_item){keep_arena_copy(b->arena, name.p, name.n), it->kind, it->size, KEEP_BAGIT_NONE, KEEP_BAGIT_NONE};
    if (!item->name)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (b->items == KEEP_SHELF_MAX)
        return keep_err_at(err, KEEP_E_LIMIT, b->x->p->path, 0, 0, "more than %u files", KEEP_SHELF_MAX);
    const char *slash = b->folder ? NULL : strchr(item->name, '/');
    enum keep_bagit_role role = it->kind == KEEP_UNPACK_FILE ? role_of(slash ? slash + 1 : item->name, &digest) : KEEP_BAGIT_PLAIN;
    if (role != KEEP_BAGIT_PLAIN)
        rc = keep_text(b, s, role, digest, err);
    b->items++;
    return rc;
}

static int first_walk(struct keep_bagit *b, struct keep_err *err)
{
    struct keep_shelf *s = NULL;
    struct keep_unpack_item it;
    int rc = keep_shelf_open(&s, b->x->p->path, err);
    if (rc < 0)
        return rc;
    b->folder = keep_shelf_folder(s);
    while ((rc = keep_shelf_next(s, &it, err)) == 1)
        if ((rc = take(b, s, &it, err)) < 0)
            break;
    keep_shelf_close(s);
    return rc;
}

/* ---- names ---- */

/* Bytes of the tar's own folder with its slash: the one that holds bagit.txt, else the first. 0: none, or a folder was given. */
static size_t base_of(const struct keep_bagit *b, char *base, size_t room_for)
{
    const char *first = NULL;
    size_t n;
    for (size_t i = 0; i < b->items && !b->folder; i++) {
        const char *slash = strchr(b->item[i].name, '/');
        if (!first && slash)
            first = b->item[i].name;
        if (slash && strcmp(slash, "/bagit.txt") == 0) {
            first = b->item[i].name;
            break;
        }
    }
    n = first ? (size_t)(strchr(first, '/') - first) + 1 : 0;
    if (n == 0 || n >= room_for)
        return 0;
    memcpy(base, first, n);
    base[n] = '\0';
    return n;
}

static bool flat(const struct keep_bagit *b)
{
    for (size_t i = 0; i < b->items; i++)
        if (strcmp(b->item[i].name, "bagit.txt") == 0)
            return !b->folder;
    return false;
}

/* Two names that a file system may take for one are told. */
static int twins(struct keep_bagit *b, const char *name, uint32_t file, struct keep_err *err)
{
    struct keep_str s = keep_str_of(name), composed = keep_fold_file(s, true, b->arena), folded = keep_fold_file(s, false, b->arena);
    struct keep_member *m = NULL;
    if (!composed.p || !folded.p)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    int one = keep_members_add(b->composed, composed.p, file, &m, err), two = one < 0 ? one : keep_members_add(b->folded, folded.p, file, &m, err);
    if (one > 0)
        keep_bagit_warn(b, "%.250s is there twice, in two Unicode normalizations", name);
    else if (one == 0 && two > 0)
        keep_bagit_warn(b, "%.250s differs from another name in case alone", name);
    return two < 0 ? two : 0;
}

static bool left_over(const char *name)
{
    static const char *const known[] = {"Thumbs.db", ".DS_Store", "desktop.ini", ".Spotlight-V100", ".Trashes"};
    const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(last, known[i]) == 0)
            return true;
    return strncmp(last, "._", 2) == 0;
}

static int add_file(struct keep_bagit *b, struct keep_bagit_item *it, const char *name, struct keep_err *err)
{
    struct keep_member *m = NULL;
    int rc = keep_members_add(b->files, name, it->size, &m, err);
    if (rc > 0)
        keep_examine_fail(b->x, KEEP_CHECK_CONTAINER, "%.300s stands in it twice", name);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    it->file = (uint32_t)keep_members_count(b->files) - 1;
    if (it->text != KEEP_BAGIT_NONE)
        b->text[it->text].in_bag = true;
    if (strncmp(name, KEEP_LAYOUT_DATA, strlen(KEEP_LAYOUT_DATA)) == 0) {
        b->x->files++;
        b->x->octets += it->size;
    }
    b->x->total += it->size;
    b->sealed = b->sealed || strcmp(name, KEEP_LAYOUT_PROOF) == 0 || strcmp(name, KEEP_LAYOUT_SIGNATURE) == 0;
    if (left_over(name))
        keep_bagit_warn(b, "%.250s is a file that systems leave in folders by themselves", name);
    return twins(b, name, it->file, err);
}

static int settle_names(struct keep_bagit *b, struct keep_err *err)
{
    char base[4096] = "";
    bool inside_out = flat(b), data = false;
    size_t n = inside_out ? 0 : base_of(b, base, sizeof base);
    int rc = 0;
    if (inside_out)
        keep_examine_fail(b->x, KEEP_CHECK_CONTAINER, "the bag stands in no folder of its own in the tar");
    for (size_t i = 0; rc == 0 && i < b->items; i++) {
        struct keep_bagit_item *it = &b->item[i];
        const char *name = it->name;
        if (name[0] == '\0' || (n > 0 && strlen(name) == n - 1 && strncmp(name, base, n - 1) == 0 && it->kind == KEEP_UNPACK_FOLDER))
            continue; /* the bag's folder itself */
        if (!keep_bagit_lists_inside(keep_str_of(name)))
            keep_examine_fail(b->x, KEEP_CHECK_CONTAINER, "%.300s leads out of the bag", name);
        else if (n > 0 && strncmp(name, base, n) != 0)
            keep_examine_fail(b->x, KEEP_CHECK_CONTAINER, "%.300s is outside the bag's folder", name);
        else if (it->kind == KEEP_UNPACK_LINK || it->kind == KEEP_UNPACK_OTHER)
            keep_examine_fail(b->x, KEEP_CHECK_CONTAINER, "%.300s is %s", name, it->kind == KEEP_UNPACK_LINK ? "a link" : "neither a file nor a folder");
        else if (it->kind == KEEP_UNPACK_FOLDER)
            data = data || strcmp(name + n, "data") == 0;
        else
            rc = add_file(b, it, name + n, err);
    }
    if (rc == 0 && !data && b->x->files == 0)
        keep_examine_fail(b->x, KEEP_CHECK_BAG, "there is no data/");
    b->file = calloc(keep_members_count(b->files) + 1, sizeof *b->file);
    if (rc == 0 && !b->file)
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; rc == 0 && i < keep_members_count(b->files); i++)
        b->file[i].claim = KEEP_BAGIT_NONE;
    return rc;
}

/* ---- the second walk ---- */

static void compare(struct keep_bagit *b, uint32_t file, uint8_t had[KEEP_DIGESTS][KEEP_DIGEST_MOST])
{
    const char *name = keep_members_at(b->files, file)->name;
    bool data = strncmp(name, KEEP_LAYOUT_DATA, strlen(KEEP_LAYOUT_DATA)) == 0;
    for (uint32_t c = b->file[file].claim; c != KEEP_BAGIT_NONE; c = b->claim[c].next)
        if (memcmp(b->claim[c].want, had[b->claim[c].digest], keep_digest_size(b->claim[c].digest)) != 0)
            keep_examine_fail(b->x, data ? KEEP_CHECK_PAYLOAD : KEEP_CHECK_TAGS, "%.300s is not what its %s says", name, keep_digest_name(b->claim[c].digest));
}

static int hash_file(struct keep_bagit *b, struct keep_shelf *s, struct keep_digest_set *set, uint32_t file, struct keep_err *err)
{
    uint8_t had[KEEP_DIGESTS][KEEP_DIGEST_MOST];
    unsigned mask = 0;
    const void *p;
    size_t n;
    for (uint32_t c = b->file[file].claim; c != KEEP_BAGIT_NONE; c = b->claim[c].next)
        mask |= 1u << b->claim[c].digest;
    if (!mask)
        return 0;
    int rc = keep_digest_start(set, mask, err);
    while (rc == 0 && (rc = keep_shelf_read(s, &p, &n, err)) == 1) {
        rc = keep_digest_add(set, p, n, err);
        if (rc == 0)
            rc = keep_examine_advance(b->x, n, err);
    }
    if (rc == 0)
        rc = keep_digest_end(set, had, err);
    if (rc == 0)
        compare(b, file, had);
    return rc;
}

static int second_walk(struct keep_bagit *b, struct keep_err *err)
{
    struct keep_shelf *s = NULL;
    struct keep_digest_set *set = NULL;
    struct keep_unpack_item it;
    size_t i = 0;
    int rc = keep_digest_new(&set, err);
    if (rc == 0)
        rc = keep_shelf_open(&s, b->x->p->path, err);
    while (rc == 0 && (rc = keep_shelf_next(s, &it, err)) == 1) {
        rc = 0;
        if (i == b->items || it.kind != b->item[i].kind || !keep_str_is(plain(it.name), b->item[i].name))
            rc = keep_err_at(err, KEEP_E_IO, b->x->p->path, 0, 0, "it changed while it was read");
        else if (b->item[i].file != KEEP_BAGIT_NONE)
            rc = hash_file(b, s, set, b->item[i].file, err);
        i++;
    }
    keep_shelf_close(s);
    keep_digest_free(set);
    return rc;
}

/* ---- all of it ---- */

static void check_listed(struct keep_bagit *b)
{
    for (size_t i = 0; i < keep_members_count(b->files); i++) {
        const char *name = keep_members_at(b->files, i)->name;
        if (strncmp(name, KEEP_LAYOUT_DATA, strlen(KEEP_LAYOUT_DATA)) != 0)
            continue;
        uint32_t in = b->file[i].lists & b->payload_lists;
        if (in == 0)
            keep_examine_fail(b->x, KEEP_CHECK_COMPLETE, "%.300s is in no manifest", name);
        else if (in != b->payload_lists && b->version >= KEEP_BAGIT_1_0)
            keep_examine_fail(b->x, KEEP_CHECK_COMPLETE, "%.300s is not in every manifest", name);
    }
    if (b->holes)
        keep_examine_fail(b->x, KEEP_CHECK_COMPLETE, "%u files of fetch.txt are not there, and nothing is fetched here", b->holes);
    keep_examine_note(b->x, KEEP_CHECK_COMPLETE, "%zu files", keep_members_count(b->files));
    keep_examine_note(b->x, KEEP_CHECK_PAYLOAD, "%llu files, %llu octets", (unsigned long long)b->x->files, (unsigned long long)b->x->octets);
    keep_examine_note(b->x, KEEP_CHECK_CONTAINER, b->folder ? "a folder" : "a tar");
}

static struct keep_str text_named(const struct keep_bagit *b, const char *name)
{
    const struct keep_member *m = keep_members_find(b->files, keep_str_of(name));
    for (size_t i = 0; m && i < b->texts; i++)
        if (b->text[i].in_bag && keep_members_at(b->files, b->item[b->text[i].item].file) == m)
            return keep_buf_view(&b->text[i].bytes);
    return (struct keep_str){NULL, 0};
}

static void check_signer(struct keep_bagit *b)
{
    const struct keep_sign_public *key = b->x->p->pubkey;
    struct keep_str tags = text_named(b, KEEP_LAYOUT_TAGS), sig = text_named(b, KEEP_LAYOUT_SIGNATURE), trusted;
    struct keep_err why = {0};
    char id[17];
    b->x->skip[KEEP_CHECK_SIGNER] = !key && !b->sealed;
    if (!key) {
        keep_examine_impossible(b->x, KEEP_CHECK_SIGNER, "no public key was given; take the keep's from anywhere but the package");
    } else if (!tags.p || !sig.p) {
        keep_examine_fail(b->x, KEEP_CHECK_SIGNER, "nobody signed it: there is no %s", KEEP_LAYOUT_SIGNATURE);
    } else if (keep_sign_check(key, tags.p, tags.n, sig, &trusted, &why) < 0) {
        keep_examine_fail(b->x, KEEP_CHECK_SIGNER, "%s", why.text);
    } else {
        keep_sign_id_text(key->id, id);
        keep_examine_note(b->x, KEEP_CHECK_SIGNER, "key %s", id);
    }
}

/* The parts of a sealed package that only its own tar, as it was written, can show. */
static void only_in_its_tar(struct keep_bagit *b)
{
    static const enum keep_examine_check parts[] = {KEEP_CHECK_COMMENT, KEEP_CHECK_LEDGER, KEEP_CHECK_REGISTER, KEEP_CHECK_DECISIONS};
    for (size_t i = 0; b->sealed && i < sizeof parts / sizeof *parts; i++) {
        b->x->skip[parts[i]] = false;
        keep_examine_impossible(b->x, parts[i], "this is checked in the package's own tar alone; here it was unpacked or compressed");
    }
}

static void outcome(struct keep_bagit *b)
{
    static const enum keep_examine_check completeness[] = {KEEP_CHECK_CONTAINER, KEEP_CHECK_BAG, KEEP_CHECK_COMPLETE}, validity[] = {KEEP_CHECK_PAYLOAD, KEEP_CHECK_TAGS, KEEP_CHECK_OXUM, KEEP_CHECK_SIGNER};
    bool complete = true, valid = true, told = true;
    char text[120];
    for (size_t i = 0; i < sizeof completeness / sizeof *completeness; i++)
        complete = complete && !keep_examine_failed(b->x, completeness[i]);
    for (size_t i = 0; i < sizeof validity / sizeof *validity; i++) {
        valid = valid && (b->x->skip[validity[i]] || !keep_examine_failed(b->x, validity[i]));
        told = told && (validity[i] == KEEP_CHECK_SIGNER || b->x->skip[validity[i]] || b->x->check[validity[i]].result != KEEP_INSPECT_IMPOSSIBLE);
    }
    snprintf(text, sizeof text, "%s, %u warnings", !complete ? "not complete" : !valid ? "complete, not valid" : told ? "complete and valid" : "complete; whether it is valid cannot be told here", b->warnings);
    if (!complete || !valid)
        keep_examine_fail(b->x, KEEP_CHECK_VALID, "%s", text);
    else if (!told)
        keep_examine_impossible(b->x, KEEP_CHECK_VALID, text);
    keep_examine_note(b->x, KEEP_CHECK_VALID, "%s", text);
}

static int report(const struct keep_bagit *b, struct keep_err *err)
{
    const struct keep_inspect_params *p = b->x->p;
    int rc = keep_examine_report(b->x, err), one = 0;
    if (rc < 0 && rc != KEEP_E_INTEGRITY)
        return rc;
    for (unsigned i = 0; one == 0 && p->found && i < b->warnings && i < KEEP_BAGIT_WARNINGS; i++)
        one = p->found(p->ctx, "warning", KEEP_INSPECT_WARNING, b->warning[i]);
    return one < 0 ? one : rc;
}

static int open_all(struct keep_bagit *b, const struct keep_inspect_params *p, struct keep_err *err)
{
    struct keep_members **table[] = {&b->files, &b->composed, &b->folded, &b->fetched, &b->wanted};
    int rc = 0;
    b->x = calloc(1, sizeof *b->x);
    b->arena = keep_arena_new(0);
    b->warning = calloc(KEEP_BAGIT_WARNINGS, sizeof *b->warning);
    if (!b->x || !b->arena || !b->warning)
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; rc == 0 && i < sizeof table / sizeof *table; i++)
        rc = keep_members_new(table[i], err);
    if (rc < 0)
        return rc;
    b->x->p = p;
    b->version = KEEP_BAGIT_1_0;
    for (int c = 0; c < KEEP_CHECKS; c++)
        b->x->skip[c] = c != KEEP_CHECK_CONTAINER && c != KEEP_CHECK_BAG && c != KEEP_CHECK_COMPLETE && c != KEEP_CHECK_PAYLOAD && c != KEEP_CHECK_VALID;
    return 0;
}

static void close_all(struct keep_bagit *b)
{
    for (size_t i = 0; i < b->texts; i++)
        keep_buf_free(&b->text[i].bytes);
    keep_members_free(b->files);
    keep_members_free(b->composed);
    keep_members_free(b->folded);
    keep_members_free(b->fetched);
    keep_members_free(b->wanted);
    keep_arena_free(b->arena);
    free(b->item);
    free(b->text);
    free(b->file);
    free(b->claim);
    free(b->warning);
    free(b->x);
}

/* Whether the file is a tar as it stands, neither a folder nor compressed. */
static int plain_tar(const char *path, uint8_t first[FIRST], bool *out, struct keep_err *err)
{
    struct stat st;
    int fd = -1, rc = 0;
    *out = false;
    memset(first, 0, FIRST);
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return 0;
    rc = keep_file_open_read(path, &fd, err);
    if (rc < 0)
        return rc;
    ssize_t n = pread(fd, first, FIRST, 0);
    close(fd);
    *out = n < 4 || (memcmp(first, "\x1f\x8b", 2) != 0 && memcmp(first, "\x28\xb5\x2f\xfd", 4) != 0);
    return 0;
}

int keep_bagit_check(const struct keep_inspect_params *p, struct keep_err *err)
{
    struct keep_bagit b = {0};
    uint8_t first[FIRST];
    bool tar = false;
    int rc = plain_tar(p->path, first, &tar, err);
    if (rc == 0)
        rc = open_all(&b, p, err);
    if (rc == 0)
        rc = first_walk(&b, err);
    if (rc == 0)
        rc = settle_names(&b, err);
    if (rc == 0)
        rc = keep_bagit_lists_read(&b, err);
    if (rc == 0 && b.sealed && tar) {
        rc = 2;
        goto out;
    }
    if (rc == 0)
        rc = second_walk(&b, err);
    if (rc < 0)
        goto out;
    check_listed(&b);
    b.x->skip[KEEP_CHECK_TAGS] = !b.tag_lists;
    check_signer(&b);
    only_in_its_tar(&b);
    outcome(&b);
    rc = report(&b, err);
out:
    close_all(&b);
    return rc;
}

int keep_bagit_any(const struct keep_inspect_params *p, struct keep_err *err)
{
    uint8_t first[FIRST];
    struct keep_err why = {0};
    bool tar = false;
    int rc = plain_tar(p->path, first, &tar, err);
    if (rc < 0)
        return rc;
    if (tar && (p->pubkey || p->identities || p->heads || p->token.text.n || memcmp(first, "ck-", 3) == 0))
        return keep_inspect_package(p, err);
    rc = keep_bagit_check(p, &why);
    if (rc == 2 || (tar && rc == KEEP_E_INPUT))
        return keep_inspect_package(p, err);
    if (rc < 0 && err && err->code == 0)
        *err = why;
    return rc;
}
