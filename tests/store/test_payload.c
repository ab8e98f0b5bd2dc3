/* Payloads in chunks: every size at the borders comes back; no chunk can be dropped, moved, altered or made the last; what is pulled badly leaves nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/crypto/hash.h"
#include "core/crypto/secret.h"
#include "core/store/payload.h"
#include "core/store/txn.h"
#include "tests/store/hospital.h"

enum { CHUNK = KEEP_PAYLOAD_CHUNK, MOST = 5 * CHUNK };
static const uint8_t key[32] = {7};

struct bed {
    struct hospital *h;
    struct keep_payload_press press;
    uint8_t *bytes;
};

static int setup(void **state)
{
    struct bed *b = calloc(1, sizeof *b);

    b->h = hospital_new();
    b->bytes = malloc(MOST);
    keep_secret_random(b->bytes, MOST);
    hospital_must(b->h, keep_payload_press_init(&b->press, &b->h->err));
    hospital_must(b->h, keep_txn_begin(b->h->s, KEEP_LEDGER_IMPORT, &b->h->err));
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bed *b = *state;

    keep_txn_abort(b->h->s);
    keep_payload_press_done(&b->press);
    free(b->bytes);
    hospital_free(b->h);
    free(b);
    return 0;
}

static int64_t number(struct bed *b, const char *sql)
{
    int64_t n;

    hospital_must(b->h, keep_rowio_number(b->h->s, sql, -1, &n, &b->h->err));
    return n;
}

static void change(struct bed *b, const char *sql)
{
    assert_int_equal(sqlite3_exec(keep_store_db(b->h->s), sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_changes(keep_store_db(b->h->s)) > 0, 1);
}

static struct keep_payload written(struct bed *b, size_t n)
{
    struct keep_payload p = {.record = 5, .version = 2};
    const struct keep_payload_from from = {{(const char *)b->bytes, n}, NULL, {NULL, 0}};

    hospital_must(b->h, keep_payload_write(b->h->s, &b->press, &p, &from, key, &b->h->err));
    assert_int_equal(p.size, n);
    return p;
}

/* Piece by piece; what the last call gave. */
static int read_pieces(struct bed *b, const struct keep_payload *p, struct keep_buf *out)
{
    struct keep_payload_reader *r;
    const void *piece;
    size_t n;
    int rc = keep_payload_open(&r, b->h->s, p, key, &b->h->err);

    if (rc < 0)
        return rc;
    while ((rc = keep_payload_next(r, &piece, &n, &b->h->err)) == 1) {
        assert_in_range(n, 1, CHUNK);
        keep_buf_add(out, piece, n);
    }
    if (rc == 0)
        assert_int_equal(keep_payload_next(r, &piece, &n, &b->h->err), 0); /* and stays at its end */
    keep_payload_close(r);
    return rc;
}

static void test_payload_of_every_border(void **state)
{
    struct bed *b = *state;
    static const size_t sizes[] = {1, 2, 100, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1, MOST};

    for (int text = 0; text < 2; text++) {
        if (text)
            memset(b->bytes, 'a', MOST);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            struct keep_payload p = written(b, sizes[i]);
            struct keep_buf whole = KEEP_BUF_INIT, pieces = KEEP_BUF_INIT;
            keep_buf_add(&whole, "before", 6);
            assert_int_equal(keep_payload_whole(b->h->s, &p, key, &whole, &b->h->err), 0);
            assert_int_equal(whole.n, 6 + sizes[i]);
            assert_memory_equal(whole.p + 6, b->bytes, sizes[i]);
            assert_int_equal(read_pieces(b, &p, &pieces), 0);
            assert_int_equal(pieces.n, sizes[i]);
            assert_memory_equal(pieces.p, b->bytes, sizes[i]);
            keep_buf_free(&whole);
            keep_buf_free(&pieces);
        }
    }
}

static void test_payload_is_compressed_only_where_it_pays(void **state)
{
    struct bed *b = *state;
    struct keep_payload p = written(b, MOST); /* random: as they are, with what sealing adds */

    assert_int_equal(number(b, "SELECT sum(length(body)) FROM payload"), MOST + 5 * (1 + 24 + 16));
    assert_int_equal(number(b, "SELECT count(*) FROM payload WHERE substr(body, 1, 1) = x'00'"), 5);
    memset(b->bytes, 'a', MOST);
    p = written(b, MOST);
    assert_true(p.first == 6);
    assert_int_equal(number(b, "SELECT count(*) FROM payload WHERE id > 5 AND substr(body, 1, 1) = x'01'"), 5);
    assert_in_range(number(b, "SELECT sum(length(body)) FROM payload WHERE id > 5"), 5 * 41, 5 * 200);
}

/* Both readers refuse it; the pieces up to the bad one were good. */
static void refused(struct bed *b, const struct keep_payload *p)
{
    struct keep_buf out = KEEP_BUF_INIT;

    assert_int_equal(keep_payload_whole(b->h->s, p, key, &out, &b->h->err), KEEP_E_INTEGRITY);
    assert_int_equal(out.n, 0);
    assert_int_equal(read_pieces(b, p, &out), KEEP_E_INTEGRITY);
    assert_memory_equal(out.p ? out.p : b->bytes, b->bytes, out.n);
    keep_buf_free(&out);
}

static void test_payload_chunks_cannot_be_dropped_moved_or_altered(void **state)
{
    struct bed *b = *state;
    static const char *const harm[] = {
        "DELETE FROM payload WHERE id = 3",
        "DELETE FROM payload WHERE id = 1",
        "UPDATE payload SET body = (SELECT body FROM payload WHERE id = 3) WHERE id = 2",
        "UPDATE payload SET body = CASE id WHEN 1 THEN (SELECT body FROM payload WHERE id = 2) ELSE (SELECT body FROM payload WHERE id = 1) END WHERE id < 3",
        "UPDATE payload SET body = (SELECT body FROM payload WHERE id = 10) WHERE id = 3", /* the other's, which is the last there too */
        "UPDATE payload SET body = substr(body, 1, length(body) - 1) WHERE id = 2",
        "UPDATE payload SET body = substr(body, 1, 40) WHERE id = 2",
        "UPDATE payload SET body = x'' WHERE id = 2",
        "UPDATE payload SET body = CAST(body || x'00' AS BLOB) WHERE id = 2",
        "UPDATE payload SET body = CAST(x'01' || substr(body, 2) AS BLOB) WHERE id = 2",
        "UPDATE payload SET body = CAST(x'02' || substr(body, 2) AS BLOB) WHERE id = 2",
    };
    struct keep_payload p = written(b, 3 * CHUNK - 1);
    written(b, 3 * CHUNK - 1); /* the same bytes at the same place in another row */
    written(b, 4 * CHUNK);

    for (size_t i = 0; i < sizeof harm / sizeof *harm; i++) {
        assert_int_equal(sqlite3_exec(keep_store_db(b->h->s), "SAVEPOINT whole", NULL, NULL, NULL), SQLITE_OK);
        change(b, harm[i]);
        refused(b, &p);
        assert_int_equal(sqlite3_exec(keep_store_db(b->h->s), "ROLLBACK TO whole; RELEASE whole", NULL, NULL, NULL), SQLITE_OK);
    }
    struct keep_payload q = p;
    q.size = 2 * CHUNK; /* cut at a chunk's end: what is then the last does not say so */
    refused(b, &q);
    q.size = 3 * CHUNK - 2;
    refused(b, &q);
    q.size = 3 * CHUNK + 1;
    refused(b, &q);
    q = p;
    q.record++;
    refused(b, &q);
    q = p;
    q.version++;
    refused(b, &q);
    q = p;
    q.first = 4; /* the twin's: every seal holds, but they are not the ones of the row */
    refused(b, &q);
    q = p;
    q.tags[31] ^= 1;
    refused(b, &q);
    struct keep_buf out = KEEP_BUF_INIT;
    assert_int_equal(keep_payload_whole(b->h->s, &p, (const uint8_t[32]){8}, &out, &b->h->err), KEEP_E_INTEGRITY);
    assert_int_equal(keep_payload_whole(b->h->s, &p, key, &out, &b->h->err), 0);
    keep_buf_free(&out);
}

static void test_payload_two_readers_at_once(void **state)
{
    struct bed *b = *state;
    struct keep_payload p = written(b, 2 * CHUNK + 9), q = written(b, CHUNK + 5);
    struct keep_payload_reader *one, *two;
    struct keep_buf out = KEEP_BUF_INIT;
    const void *piece;
    size_t n;

    hospital_must(b->h, keep_payload_open(&one, b->h->s, &p, key, &b->h->err));
    assert_int_equal(keep_payload_next(one, &piece, &n, &b->h->err), 1);
    hospital_must(b->h, keep_payload_open(&two, b->h->s, &q, key, &b->h->err));
    assert_int_equal(keep_payload_next(two, &piece, &n, &b->h->err), 1);
    assert_memory_equal(piece, b->bytes, n);
    assert_int_equal(keep_payload_next(one, &piece, &n, &b->h->err), 1);
    assert_memory_equal(piece, b->bytes + CHUNK, n);
    hospital_must(b->h, keep_payload_whole(b->h->s, &q, key, &out, &b->h->err));
    assert_int_equal(keep_payload_next(one, &piece, &n, &b->h->err), 1);
    assert_int_equal(n, 9);
    assert_memory_equal(piece, b->bytes + 2 * CHUNK, n);
    assert_int_equal(keep_payload_next(two, &piece, &n, &b->h->err), 1);
    assert_int_equal(n, 5);
    assert_int_equal(keep_payload_next(one, &piece, &n, &b->h->err), 0);
    assert_int_equal(keep_payload_next(two, &piece, &n, &b->h->err), 0);
    keep_payload_close(one);
    keep_payload_close(two);
    keep_payload_close(NULL);
    keep_buf_free(&out);
}

/* --- pulled --- */

struct tap {
    const uint8_t *p;
    size_t left, step, fail_at; /* fail_at: bytes after which it fails, 0 never */
    size_t lull;                /* bytes after which it says once that this was the end, 0 never */
    size_t given;
    int rc;
};

static int draw(void *ctx, void *p, size_t room, size_t *n, struct keep_err *err)
{
    struct tap *t = ctx;

    if (t->fail_at && t->given >= t->fail_at)
        return keep_err_set(err, t->rc, "the disk fails");
    *n = t->left < t->step ? t->left : t->step;
    *n = *n < room ? *n : room;
    if (t->lull && t->given >= t->lull)
        *n = t->lull = 0;
    if (*n)
        memcpy(p, t->p, *n);
    t->p += *n;
    t->left -= *n;
    t->given += *n;
    return 0;
}

static struct keep_pull pull_of(struct tap *t)
{
    struct keep_pull p = {.ctx = t, .size = t->left, .read = draw};

    keep_hash_blake2b(p.content, t->p, t->left);
    return p;
}

static void test_payload_pulled(void **state)
{
    struct bed *b = *state;
    static const size_t sizes[] = {1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK - 7};
    static const size_t steps[] = {333, 4096, CHUNK, MOST};

    for (size_t i = 0; i < 5; i++) {
        for (size_t k = 0; k < 4; k++) {
            struct tap t = {.p = b->bytes, .left = sizes[i], .step = steps[k]};
            struct keep_pull pull = pull_of(&t);
            struct keep_payload p = {.record = 1, .version = 1};
            const struct keep_payload_from from = {{NULL, 0}, &pull, {NULL, 0}};
            struct keep_buf out = KEEP_BUF_INIT;
            hospital_must(b->h, keep_payload_write(b->h->s, &b->press, &p, &from, key, &b->h->err));
            hospital_must(b->h, keep_payload_whole(b->h->s, &p, key, &out, &b->h->err));
            assert_int_equal(out.n, sizes[i]);
            assert_memory_equal(out.p, b->bytes, out.n);
            keep_buf_free(&out);
        }
    }
}

/* Fails, or is shorter, longer or other than it said, or goes on behind its end: nothing is left, and the transaction goes on. */
static void test_payload_pulled_badly_leaves_nothing(void **state)
{
    struct bed *b = *state;
    static const int codes[] = {KEEP_E_INPUT, KEEP_E_INTERRUPTED, KEEP_E_IO};

    written(b, 100);
    for (int i = 0; i < 9; i++) {
        struct tap t = {.p = b->bytes, .left = 3 * CHUNK + 5, .step = 10000, .lull = i == 8 ? 2 * CHUNK + 7 : 0};
        struct keep_pull pull = pull_of(&t);
        struct keep_payload p = {.record = 1, .version = 1};
        const struct keep_payload_from from = {{NULL, 0}, &pull, {NULL, 0}};
        int want = i < 3 ? codes[i] : KEEP_E_INPUT;
        if (i < 3) {
            t.rc = want;
            t.fail_at = (size_t)i * 80000 + 1;
        }
        pull.size += i == 3 ? 1 : i == 4 ? CHUNK : i == 5 ? (uint64_t)-1 : i == 6 ? (uint64_t)-CHUNK : 0;
        pull.content[0] ^= i == 7;
        assert_int_equal(keep_payload_write(b->h->s, &b->press, &p, &from, key, &b->h->err), want);
        assert_int_equal(number(b, "SELECT count(*) FROM payload"), 1);
    }
    struct keep_payload p = written(b, CHUNK);
    assert_int_equal(p.first, 2);
}

static void test_payload_larger_than_any(void **state)
{
    struct bed *b = *state;
    struct keep_pull pull = {.size = KEEP_PULL_MAX + 1};
    struct keep_payload p = {.record = 1, .version = 1};
    const struct keep_payload_from from = {{NULL, 0}, &pull, {NULL, 0}};
    struct keep_payload_reader *r;

    assert_int_equal(keep_payload_write(b->h->s, &b->press, &p, &from, key, &b->h->err), KEEP_E_LIMIT);
    assert_int_equal(keep_payload_open(&r, b->h->s, &p, key, &b->h->err), KEEP_E_INTEGRITY);
}

/* --- as records --- */

static int record_pulled(struct hospital *h, struct keep_pull *pull)
{
    struct keep_key k = hospital_key(KEEP_ENTITY_RECORD, "file", "scan.dcm");
    struct keep_row_record r = {.at = {1, 0, 0}, .key = &k, .keys = 1, .kind = S("film"), .about_no_patient = true, .media_type = S("application/dicom"), .service_first = 19000,
                                .service_last = 19000, .created = KEEP_DATE_NONE, .recorded = KEEP_TIME_NONE, .pull = pull};

    return h->sink.record(h->sink.ctx, &r, &h->err);
}

static void test_payload_pulled_into_a_record(void **state)
{
    struct bed *b = *state;
    struct hospital *h = b->h;
    struct tap t = {.p = b->bytes, .left = 3 * CHUNK, .step = 70000};
    struct keep_pull pull = pull_of(&t);
    struct keep_load_pieces *in;
    struct keep_store_checker c = {.found = hospital_found};
    const void *piece;
    uint64_t size = 0;
    size_t n, had = 0;
    int rc;

    keep_txn_abort(h->s);
    hospital_begin(h, "pacs");
    t.rc = KEEP_E_INPUT;
    t.fail_at = 2 * CHUNK;
    assert_int_equal(record_pulled(h, &pull), KEEP_E_INPUT);
    hospital_must(h, hospital_record(h, "Condition", "c1", "", "", "{}")); /* the session goes on */
    t = (struct tap){.p = b->bytes, .left = 3 * CHUNK, .step = 70000};
    assert_int_equal(record_pulled(h, &pull), 0);
    t = (struct tap){.p = b->bytes, .left = 0, .step = 1, .fail_at = 0};
    assert_int_equal(record_pulled(h, &pull), 1); /* told by its digest; not a byte is asked for */
    assert_int_equal(t.given, 0);
    hospital_finish(h);
    assert_int_equal(h->counts.records, 2);
    assert_int_equal(number(b, "SELECT count(*) FROM payload"), 4);
    uint64_t record = (uint64_t)number(b, "SELECT record FROM version WHERE size > 1000");
    hospital_must(h, keep_load_pieces_open(&in, h->s, record, 0, &size, &h->err));
    assert_int_equal(size, 3 * CHUNK);
    for (; (rc = keep_load_pieces_next(in, &piece, &n, &h->err)) == 1; had += n)
        assert_memory_equal(piece, b->bytes + had, n);
    assert_int_equal(rc, 0);
    assert_int_equal(had, size);
    keep_load_pieces_close(in);
    assert_int_equal(keep_load_pieces_open(&in, h->s, record + 1000, 0, &size, &h->err), 1);
    keep_store_close(h->s);
    h->s = NULL;
    const char *witness = h->d->witness;
    struct keep_store_params p = {.path = h->d->keep, .key = h->d->key, .witness = &witness, .witnesses = 1, .now = T0};
    hospital_must(h, keep_store_check(&p, &c, &h->err));
    h->s = keepdir_open(h->d, true);
}

/* A text sealed with its bytes comes back beside them, at every border; what has none says so. */
static void test_payload_with_a_text(void **state)
{
    static const size_t sizes[] = {1, 2, 700, 8192, CHUNK - 1, CHUNK}, texts[] = {1, 90, KEEP_PAYLOAD_TEXT};
    struct bed *b = *state;
    char text[KEEP_PAYLOAD_TEXT];

    memset(text, 't', sizeof text);
    for (size_t i = 0; i < 2 * (sizeof sizes / sizeof *sizes); i++)
        for (size_t k = 0; k <= sizeof texts / sizeof *texts; k++) {
            size_t n = sizes[i / 2], m = k ? texts[k - 1] : 0;
            struct keep_payload p = {.record = 9, .version = 1};
            if (i % 2)
                memset(b->bytes, 'b', n);
            else
                keep_secret_random(b->bytes, n);
            const struct keep_payload_from from = {{(const char *)b->bytes, n}, NULL, {text, m}};
            struct keep_buf out = KEEP_BUF_INIT;
            assert_true(keep_payload_takes(&from));
            hospital_must(b->h, keep_payload_write(b->h->s, &b->press, &p, &from, key, &b->h->err));
            hospital_must(b->h, keep_payload_whole(b->h->s, &p, key, &out, &b->h->err));
            assert_int_equal(out.n, n);
            assert_memory_equal(out.p, b->bytes, n);
            keep_buf_clear(&out);
            assert_int_equal(keep_payload_text(b->h->s, &p, key, &out, &b->h->err), m ? 0 : KEEP_E_INTEGRITY);
            assert_int_equal(out.n, m);
            assert_memory_equal(out.p ? out.p : (const uint8_t *)"", text, m);
            p.size--; /* and is no part of them */
            keep_buf_clear(&out);
            assert_int_equal(n == 1 && m == 0 ? KEEP_E_INTEGRITY : keep_payload_whole(b->h->s, &p, key, &out, &b->h->err), KEEP_E_INTEGRITY);
            keep_buf_free(&out);
        }
    assert_false(keep_payload_takes(&(struct keep_payload_from){{"", 0}, NULL, {text, 1}}));
    assert_false(keep_payload_takes(&(struct keep_payload_from){{(const char *)b->bytes, CHUNK + 1}, NULL, {text, 1}}));
    assert_false(keep_payload_takes(&(struct keep_payload_from){{(const char *)b->bytes, 1}, NULL, {text, KEEP_PAYLOAD_TEXT + 1}}));
}

static void test_payload_erased(void **state)
{
    struct bed *b = *state;

    keep_txn_abort(b->h->s);
    for (int i = 0; i < 3; i++) {
        struct tap t = {.p = b->bytes + i, .left = (size_t)(i + 1) * CHUNK, .step = MOST};
        struct keep_pull pull = pull_of(&t);
        hospital_begin(b->h, "pacs");
        hospital_must(b->h, record_pulled(b->h, &pull));
        hospital_must(b->h, hospital_record(b->h, "Condition", i ? "c1" : "c0", "", "", i == 1 ? "{\"a\":1}" : "{}"));
        hospital_finish(b->h);
    }
    assert_int_equal(number(b, "SELECT count(*) FROM payload"), 1 + 2 + 3 + 3);
    hospital_must(b->h, keep_txn_begin(b->h->s, KEEP_LEDGER_IMPORT, &b->h->err));
    hospital_must(b->h, keep_payload_erase(b->h->s, (uint64_t)number(b, "SELECT record FROM version WHERE size > 1000"), &b->h->err));
    assert_int_equal(number(b, "SELECT count(*) FROM payload"), 3);
    assert_int_equal(number(b, "SELECT count(*) FROM payload p WHERE NOT EXISTS (SELECT 1 FROM version v WHERE v.payload = p.id AND v.size < 1000)"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_payload_of_every_border, setup, teardown),
        cmocka_unit_test_setup_teardown(test_payload_is_compressed_only_where_it_pays, setup, teardown),
        cmocka_unit_test_setup_teardown(test_payload_chunks_cannot_be_dropped_moved_or_altered, setup, teardown),
        cmocka_unit_test_setup_teardown(test_payload_two_readers_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_payload_pulled, setup, teardown),
        cmocka_unit_test_setup_teardown(test_payload_pulled_badly_leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_payload_larger_than_any, setup, teardown),
        cmocka_unit_test_setup_teardown(test_payload_pulled_into_a_record, setup, teardown),
        cmocka_unit_test_setup_teardown(test_payload_with_a_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_payload_erased, setup, teardown),
    };

    return keep_secret_start(NULL) != 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
