/* Held whole while a session writes: open addressing by text. Numbers have no gap,
 * so that readers index an array with them. */
#include "core/store/words.h"

#include <stdlib.h>

#include "core/base/arena.h"
#include "core/model/events.h"

#define TERMS_MAX (1u << 24) /* a dictionary larger than this is not one: some free text was mapped to a place */

struct word {
    struct keep_str text; /* p NULL: free */
    uint32_t id;
};

struct keep_words {
    struct keep_store *s;
    const struct keep_seal_keys *keys;
    struct keep_arena *arena;
    struct word *word;
    size_t cap, n;
    struct keep_rowio row;
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static struct word *word_at(struct word *table, size_t cap, struct keep_str text)
{
    uint64_t h = keep_str_hash(text);
    size_t i = (size_t)(h ^ h >> 32) & (cap - 1);

    while (table[i].text.p && !keep_str_eq(table[i].text, text))
        i = (i + 1) & (cap - 1);
    return &table[i];
}

static int add(struct keep_words *w, struct keep_str text, uint32_t id, struct keep_err *err)
{
    struct word *at;
    bool ok = true;

    if (w->n * 4 >= w->cap * 3) {
        size_t cap = w->cap * 2;
        struct word *table = calloc(cap, sizeof *table);
        if (!table)
            return no_memory(err);
        for (size_t i = 0; i < w->cap; i++)
            if (w->word[i].text.p)
                *word_at(table, cap, w->word[i].text) = w->word[i];
        free(w->word);
        w->word = table;
        w->cap = cap;
    }
    at = word_at(w->word, w->cap, text);
    at->text = keep_arena_str(w->arena, text, &ok);
    at->id = id;
    w->n++;
    return ok ? 0 : no_memory(err);
}

static int load(struct keep_words *w, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(w->s, keep_store_db(w->s), "SELECT id, text FROM term ORDER BY id", &st, err);

    if (rc < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "reading the dictionary", err)) > 0) {
        if (sqlite3_column_int64(st, 0) != (int64_t)w->n)
            rc = keep_err_set(err, KEEP_E_INTEGRITY, "the dictionary has a gap");
        else
            rc = add(w, keep_rowio_text_at(st, 1), (uint32_t)w->n, err);
        if (rc < 0) {
            sqlite3_reset(st);
            return rc;
        }
    }
    return rc;
}

int keep_words_id(struct keep_words *w, struct keep_str word, uint32_t *id, struct keep_err *err)
{
    const struct word *at;
    sqlite3_stmt *st;
    uint32_t next = (uint32_t)w->n;
    int rc;

    if (word.n == 0) {
        *id = KEEP_ID_NONE;
        return 0;
    }
    at = word_at(w->word, w->cap, word);
    if (at->text.p) {
        *id = at->id;
        return 0;
    }
    if (w->n >= TERMS_MAX)
        return keep_err_set(err, KEEP_E_LIMIT, "more than 16,777,216 different departments, units, places and kinds");
    if ((rc = keep_store_prepare(w->s, keep_store_db(w->s), "INSERT INTO term(id, text, leaf) VALUES(?1, ?2, ?3)", &st, err)) < 0)
        return rc;
    keep_rowio_start(&w->row, w->s, st, "term");
    keep_rowio_int(&w->row, next);
    keep_rowio_text(&w->row, word);
    if ((rc = keep_rowio_insert(&w->row, w->keys->leaf, err)) < 0 || (rc = add(w, word, next, err)) < 0)
        return rc;
    *id = next;
    return 0;
}

int keep_words_open(struct keep_words **out, struct keep_store *s, const struct keep_seal_keys *keys, struct keep_err *err)
{
    struct keep_words *w = calloc(1, sizeof *w);
    int rc = KEEP_E_NOMEM;

    if (!w)
        return no_memory(err);
    *w = (struct keep_words){.s = s, .keys = keys, .arena = keep_arena_new(0), .cap = 256};
    w->word = calloc(w->cap, sizeof *w->word);
    if (!w->word || !w->arena)
        no_memory(err);
    else
        rc = load(w, err);
    if (rc < 0) {
        keep_words_close(w);
        return rc;
    }
    *out = w;
    return 0;
}

void keep_words_close(struct keep_words *w)
{
    if (!w)
        return;
    free(w->word);
    keep_arena_free(w->arena);
    keep_buf_free(&w->row.canon);
    free(w);
}
