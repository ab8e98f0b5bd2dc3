/* Reading witnesses' logs against a backup.
 *
 * First every ID.head, each of which must be signed by the keep: they are marks
 * that the tree has to pass. Then each log from its first line. The largest head
 * anywhere is how far the keep surely came; a log that reaches it is the whole
 * truth that witnesses have, and whatever falls short of it is a gap: then it is
 * not known what was decided, and nobody may act as if nothing had been. */
#include "core/store/lost.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/codec.h"
#include "core/base/file.h"
#include "core/crypto/age.h"
#include "core/crypto/note.h"
#include "core/store/state.h"
#include "core/text/json.h"

#define HEAD_LIMIT 4096
#define LINE_LIMIT (2 * KEEP_ANNEX_LIMIT) /* an annex in base64 */
#define MARKS 64                          /* heads beside logs: one a witness */

struct lost_entry {
    struct lost_entry *next;
    struct keep_str entry, sealed; /* sealed: the annex as it lies there, empty: none */
};

struct reading {
    struct keep_store *s;
    struct keep_arena *a;
    struct keep_lost *out;
    char origin[KEEP_STORE_ORIGIN];
    const uint8_t *log; /* its number, NULL: the first */
    struct { uint64_t size; uint8_t root[32]; const char *dir; } mark[MARKS];
    size_t marks;
};

/* One witness's log. */
struct log {
    const char *dir;
    struct keep_merkle tree;
    uint64_t covered; /* by its last head */
    uint8_t root[32];
    bool gap;
    struct keep_str sealed; /* an annex whose entry comes next */
    struct lost_entry *first, **end;
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static int forked(struct keep_err *err, const char *dir, const char *what)
{
    return keep_err_at(err, KEEP_E_INTEGRITY, dir, 0, 0, "witness: %s", what);
}

/* --- heads --- */

static int add_mark(struct reading *r, const char *dir, uint64_t size, const uint8_t root[32], struct keep_err *err)
{
    for (size_t i = 0; i < r->marks; i++)
        if (r->mark[i].size == size)
            return memcmp(r->mark[i].root, root, 32) == 0 ? 0 : forked(err, dir, "its head and another witness's exclude each other");
    if (r->marks == MARKS)
        return keep_err_set(err, KEEP_E_LIMIT, "more than %d witnesses", MARKS);
    r->mark[r->marks].size = size;
    r->mark[r->marks].dir = dir;
    memcpy(r->mark[r->marks++].root, root, 32);
    if (!r->out->seen || r->out->size < size) {
        r->out->seen = true;
        r->out->size = size;
        memcpy(r->out->root, root, 32);
    }
    return 0;
}

static int read_head(struct reading *r, const char *dir, int fd, struct keep_err *err)
{
    struct keep_buf text = KEEP_BUF_INIT;
    struct keep_err why = {0};
    struct keep_note_head h;
    char name[KEEP_WITNESS_NAME];
    int rc;

    keep_witness_name(r->s->json.store, r->log, ".head", name);
    if (faccessat(fd, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
        return 0;
    rc = keep_file_read_all(fd, name, HEAD_LIMIT, &text, &why);
    if (rc == 0 && (keep_note_head_read(&h, keep_buf_view(&text), r->s->json.signer.key, NULL) != 0 || !keep_str_is(h.origin, r->origin) || h.size == 0))
        rc = forked(err, dir, "not a head that this keep signed");
    else if (rc != 0)
        rc = keep_err_at(err, rc, dir, 0, 0, "witness: %s", why.text);
    else
        rc = add_mark(r, dir, h.size, h.root, err);
    keep_buf_free(&text);
    return rc;
}

/* The tree has grown to a size: is it where heads say it is, and where the backup is? */
static int pass_marks(struct reading *r, const struct log *l, struct keep_err *err)
{
    uint8_t root[32];

    keep_merkle_root(&l->tree, root);
    if (l->tree.n == r->out->from && memcmp(root, r->out->from_root, 32) != 0)
        return forked(err, l->dir, "its log is not the history that this backup is of");
    for (size_t i = 0; i < r->marks; i++)
        if (r->mark[i].size == l->tree.n && memcmp(root, r->mark[i].root, 32) != 0)
            return forked(err, r->mark[i].dir, "its head does not sign the entries that a log holds");
    return 0;
}

/* --- lines --- */

static int line_annex(struct reading *r, struct log *l, struct keep_str text, struct keep_err *err)
{
    struct keep_buf raw = KEEP_BUF_INIT;
    bool ok = true;
    int rc = 0;

    if (l->tree.n < r->out->from)
        return 0; /* what the backup knows */
    if (keep_codec_unbase64(&raw, text, true))
        l->sealed = keep_arena_str(r->a, keep_buf_view(&raw), &ok);
    else
        rc = raw.failed ? no_memory(err) : forked(err, l->dir, "an annex in its log is malformed");
    keep_buf_free(&raw);
    return ok ? rc : no_memory(err);
}

/* The number that an entry has by its own word; -1: it is no entry. */
static int64_t index_of(struct keep_str entry)
{
    const struct keep_json *v = NULL;
    struct keep_arena *a = keep_arena_new(0);
    int64_t index = -1;

    if (a && keep_json_parse(&v, entry, NULL, a, NULL) == 0 && !keep_json_i64(keep_json_get(v, "index"), &index))
        index = -1;
    keep_arena_free(a);
    return index;
}

static int line_entry(struct reading *r, struct log *l, struct keep_str entry, struct keep_err *err)
{
    int64_t index = index_of(entry);
    uint8_t hash[32];
    int needed = 0;
    bool ok = true;

    if (index > (int64_t)l->tree.n) {
        l->gap = true;
        return 0;
    }
    if (index != (int64_t)l->tree.n)
        return forked(err, l->dir, "a line in its log is not the entry that it should be");
    if (l->tree.n >= r->out->from && (needed = keep_annex_needed(entry, err)) < 0)
        return needed;
    if (needed == 1) {
        struct lost_entry *e = keep_arena_alloc(r->a, sizeof *e);
        if (!e)
            return no_memory(err);
        e->entry = keep_arena_str(r->a, entry, &ok);
        e->sealed = l->sealed;
        *l->end = e;
        l->end = &e->next;
    }
    l->sealed = (struct keep_str){NULL, 0};
    keep_merkle_leaf(hash, entry.p, entry.n);
    keep_merkle_add(&l->tree, hash);
    return ok ? pass_marks(r, l, err) : no_memory(err);
}

static int line_head(struct reading *r, struct log *l, struct keep_str text, struct keep_err *err)
{
    struct keep_buf raw = KEEP_BUF_INIT;
    struct keep_note_head h;
    uint8_t root[32];
    int rc = 0;

    keep_merkle_root(&l->tree, root);
    if (!keep_codec_unbase64(&raw, text, true) || keep_note_head_read(&h, keep_buf_view(&raw), r->s->json.signer.key, NULL) != 0 || !keep_str_is(h.origin, r->origin))
        rc = raw.failed ? no_memory(err) : forked(err, l->dir, "a head in its log is not one that this keep signed");
    else if (h.size > l->tree.n)
        l->gap = true; /* entries before it are not there */
    else if (h.size != l->tree.n || memcmp(h.root, root, sizeof root) != 0)
        rc = forked(err, l->dir, "a head in its log does not sign the entries before it");
    else {
        l->covered = h.size;
        memcpy(l->root, root, sizeof root);
    }
    keep_buf_free(&raw);
    return rc;
}

static int line(struct reading *r, struct log *l, struct keep_str text, struct keep_err *err)
{
    if (text.n > 6 && memcmp(text.p, "annex ", 6) == 0)
        return line_annex(r, l, (struct keep_str){text.p + 6, text.n - 6}, err);
    if (text.n > 5 && memcmp(text.p, "head ", 5) == 0)
        return line_head(r, l, (struct keep_str){text.p + 5, text.n - 5}, err);
    return line_entry(r, l, text, err);
}

/* One line without its end into out. 1, 0 at the end (a line without an end is none), <0. */
static int next_line(FILE *f, struct keep_buf *out, const char *dir, struct keep_err *err)
{
    int c;

    keep_buf_clear(out);
    while ((c = getc_unlocked(f)) != EOF && c != '\n') {
        keep_buf_char(out, (char)c);
        if (out->failed || out->n > LINE_LIMIT)
            return out->failed ? no_memory(err) : keep_err_at(err, KEEP_E_LIMIT, dir, 0, 0, "witness: a line of its log is too long");
    }
    if (ferror(f))
        return keep_err_at(err, KEEP_E_IO, dir, 0, 0, "witness: its log: %s", strerror(errno));
    return c == '\n';
}

static int read_log(struct reading *r, struct log *l, int dir, struct keep_err *err)
{
    struct keep_buf text = KEEP_BUF_INIT;
    char name[KEEP_WITNESS_NAME];
    int fd, rc = 1;
    FILE *f;

    keep_witness_name(r->s->json.store, r->log, ".log", name);
    if (faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
        return 0;
    rc = keep_file_open_nofollow(dir, name, O_RDONLY | O_NONBLOCK, &fd, err);
    if (rc != 0)
        return rc;
    f = fdopen(fd, "r");
    if (!f) {
        close(fd);
        return no_memory(err);
    }
    while (!l->gap && (rc = next_line(f, &text, l->dir, err)) == 1)
        if ((rc = line(r, l, keep_buf_view(&text), err)) < 0)
            break;
    fclose(f);
    keep_buf_free(&text);
    if (rc >= 0 && l->covered > 0)
        rc = add_mark(r, l->dir, l->covered, l->root, err);
    return rc < 0 ? rc : 0;
}

/* --- what it comes to --- */

static int open_annexes(struct reading *r, const struct log *l, const uint8_t *identity, struct keep_err *err)
{
    struct keep_buf text = KEEP_BUF_INIT;
    struct keep_annex *annex;
    size_t n = 0;
    int rc = 0;

    for (const struct lost_entry *e = l->first; e; e = e->next)
        n++;
    annex = keep_arena_array(r->a, n + 1, sizeof *annex);
    if (!annex)
        return no_memory(err);
    n = 0;
    for (const struct lost_entry *e = l->first; rc == 0 && e; e = e->next) {
        bool ok = true;
        if (e->sealed.n == 0) {
            snprintf(r->out->gap, sizeof r->out->gap, "witness %s has no annex of a ledger entry that needs one%s", l->dir,
                     r->s->json.has_recovery ? "" : ": the keep has no recovery recipient to seal it to");
            break;
        }
        keep_buf_clear(&text);
        rc = keep_annex_open(e->sealed, identity, &text, NULL);
        if (rc != 0) /* the identity is the recipient's own */
            rc = rc == KEEP_E_NOMEM ? no_memory(err) : forked(err, l->dir, "an annex in its log is damaged, or was not sealed for this keep");
        struct keep_str plain = rc == 0 ? keep_arena_str(r->a, keep_buf_view(&text), &ok) : (struct keep_str){NULL, 0};
        if (rc == 0)
            rc = ok ? keep_annex_read(&annex[n++], plain, e->entry, r->a, err) : no_memory(err);
    }
    keep_buf_free(&text);
    if (rc == 0 && !r->out->gap[0]) {
        r->out->annex = annex;
        r->out->annexes = n;
    }
    return rc;
}

static int settle(struct reading *r, const struct log *log, const struct keep_lost_ask *ask, struct keep_err *err)
{
    struct keep_lost *out = r->out;
    const struct log *best = NULL;

    for (size_t i = 0; i < ask->witnesses; i++)
        if (out->seen && log[i].covered == out->size)
            best = &log[i];
    if (ask->witnesses == 0)
        snprintf(out->gap, sizeof out->gap, "no witness was given");
    else if (!out->seen)
        snprintf(out->gap, sizeof out->gap, "no witness has a head of this keep");
    else if (out->size < out->from)
        snprintf(out->gap, sizeof out->gap, "the newest head at a witness is older than the backup: it was not told of what came then");
    else if (!best)
        snprintf(out->gap, sizeof out->gap, "a witness has a head over %llu entries, none has all of them", (unsigned long long)out->size);
    else if (!ask->identity && (best->first || r->s->json.has_recovery))
        snprintf(out->gap, sizeof out->gap, "the recovery identity is needed to read what was held and destroyed since");
    return out->gap[0] ? 0 : open_annexes(r, best, ask->identity, err);
}

/* The backup's own place in the log that it is of. */
static int where_from(struct reading *r, struct keep_err *err)
{
    const struct keep_keyjson *j = &r->s->json;
    bool again = j->standing == KEEP_STANDING_RESTORED && j->log.has; /* the log in question is the one before its own */
    int rc;

    r->log = !again ? (j->log.has ? j->log.id : NULL) : j->log.follows_first ? NULL : j->log.after;
    r->out->from = again ? j->log.entries : r->s->tree.n;
    keep_store_origin_of(j->store, r->log, r->origin);
    rc = keep_ledger_root(r->s, r->out->from, r->out->from_root, err);
    return rc == 1 ? keep_err_set(err, KEEP_E_INTEGRITY, "the ledger is shorter than the log it goes on from") : rc;
}

/* Heads that lie before the backup must be of its own past. */
static int check_past(struct reading *r, struct keep_err *err)
{
    uint8_t root[32];
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < r->marks; i++) {
        if (r->mark[i].size > r->out->from)
            continue;
        rc = keep_ledger_root(r->s, r->mark[i].size, root, err);
        if (rc == 0 && memcmp(root, r->mark[i].root, 32) != 0)
            rc = forked(err, r->mark[i].dir, "its head is of another history than this backup");
    }
    return rc;
}

int keep_lost_read(struct keep_lost *out, struct keep_store *s, const struct keep_lost_ask *ask, struct keep_arena *a, struct keep_err *err)
{
    struct reading r = {.s = s, .a = a, .out = out};
    struct log *log = keep_arena_array(a, ask->witnesses + 1, sizeof *log);
    uint8_t recipient[32];
    int rc = log ? 0 : no_memory(err);

    memset(out, 0, sizeof *out);
    if (rc == 0)
        rc = where_from(&r, err);
    if (rc == 0 && ask->identity && s->json.has_recovery) {
        keep_age_recipient(recipient, ask->identity);
        if (memcmp(recipient, s->json.recovery, 32) != 0)
            rc = keep_err_set(err, KEEP_E_KEY, "the recovery identity is not the one of this keep's recovery recipient");
    }
    /* All heads, then all logs; with several once more, since a log's heads are marks for the others too. */
    for (int pass = 0; pass < (ask->witnesses > 1 ? 3 : 2); pass++)
        for (size_t i = 0; rc == 0 && i < ask->witnesses; i++) {
            int dir = open(ask->witness[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            if (dir < 0)
                rc = keep_err_at(err, KEEP_E_IO, ask->witness[i], 0, 0, "witness: %s", strerror(errno));
            if (rc == 0 && pass == 0) {
                rc = read_head(&r, ask->witness[i], dir, err);
            } else if (rc == 0) {
                log[i] = (struct log){.dir = ask->witness[i]};
                log[i].end = &log[i].first;
                keep_merkle_init(&log[i].tree);
                rc = read_log(&r, &log[i], dir, err);
            }
            if (dir >= 0)
                close(dir);
        }
    if (rc == 0)
        rc = check_past(&r, err);
    return rc == 0 ? settle(&r, log, ask, err) : rc;
}
