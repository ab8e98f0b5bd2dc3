/* Strict: no line but those of the format, numbers without leading zeros, canonical
 * base64. The extra line may be absent in the format, but without the entry there
 * is nothing to tie to the package, so it is demanded here. */
#include "core/bag/tlogproof.h"

#include "core/base/codec.h"
#include "core/base/num.h"

#define FIRST "c2sp.org/tlog-proof@v1"

struct parsed {
    struct keep_str extra, note;
    uint64_t index;
    uint8_t hash[64][32];
    size_t hashes;
};

/* Takes one line, which must be ended, off rest. */
static bool line(struct keep_str *rest, struct keep_str *out)
{
    const char *nl = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
    if (!nl)
        return false;
    *out = (struct keep_str){rest->p, (size_t)(nl - rest->p)};
    rest->p += out->n + 1;
    rest->n -= out->n + 1;
    return true;
}

/* What stands behind a line's first word. */
static bool after(struct keep_str s, const char *word, struct keep_str *out)
{
    size_t n = strlen(word);
    if (s.n <= n || memcmp(s.p, word, n) != 0)
        return false;
    *out = (struct keep_str){s.p + n, s.n - n};
    return true;
}

/* Lines of 32 bytes in base64, at most that many, and the empty one behind them. */
static bool hashes(struct keep_str *rest, uint8_t (*out)[32], size_t most, size_t *n)
{
    struct keep_buf raw = KEEP_BUF_INIT;
    struct keep_str s = {NULL, 0};
    bool ok = true, ended = false;
    *n = 0;
    while (ok && !ended && (ok = line(rest, &s)) && !(ended = s.n == 0)) {
        keep_buf_clear(&raw);
        ok = *n < most && keep_codec_unbase64(&raw, s, true) && raw.n == 32;
        if (ok)
            memcpy(out[(*n)++], raw.p, 32);
    }
    keep_buf_free(&raw);
    return ended;
}

static bool number(struct keep_str s, uint64_t *out)
{
    return keep_num_u64(s, out) && (s.n == 1 || s.p[0] != '0');
}

static bool parse(struct parsed *p, struct keep_str rest)
{
    struct keep_str s, v;
    memset(p, 0, sizeof *p);
    if (!line(&rest, &s) || !keep_str_is(s, FIRST) || !line(&rest, &s))
        return false;
    if (after(s, "extra ", &p->extra) && !line(&rest, &s))
        return false;
    if (!after(s, "index ", &v) || !number(v, &p->index) || !hashes(&rest, p->hash, 64, &p->hashes))
        return false;
    p->note = rest;
    return rest.n > 0;
}

bool keep_tlogproof_index(struct keep_str text, uint64_t *out)
{
    struct parsed p;
    if (!parse(&p, text))
        return false;
    *out = p.index;
    return true;
}

int keep_tlogproof_check(struct keep_tlogproof *out, struct keep_str text, const uint8_t key[32], struct keep_err *err)
{
    struct parsed p;
    struct keep_note_head head;
    struct keep_buf entry = KEEP_BUF_INIT;
    uint8_t leaf[32];
    if (!parse(&p, text))
        return keep_err_set(err, KEEP_E_INTEGRITY, "not a proof of the form c2sp.org/tlog-proof@v1");
    if (p.extra.n == 0 || !keep_codec_unbase64(&entry, p.extra, true) || entry.failed) {
        keep_buf_free(&entry);
        return keep_err_set(err, KEEP_E_INTEGRITY, "the proof does not hold the ledger's entry as extra data");
    }
    int rc = keep_note_head_read(&head, p.note, key, err);
    if (rc == 0) {
        keep_merkle_leaf(leaf, entry.p, entry.n);
        if (p.index >= head.size || keep_merkle_check(leaf, p.index, head.size, (const uint8_t (*)[32])p.hash, p.hashes, head.root) != 0)
            rc = keep_err_set(err, KEEP_E_INTEGRITY, "entry %llu does not lead to the signed head of %llu entries", (unsigned long long)p.index, (unsigned long long)head.size);
    }
    if (rc < 0) {
        keep_buf_free(&entry);
        return rc;
    }
    *out = (struct keep_tlogproof){p.index, entry, head};
    return 0;
}

int keep_tlogproof_growth(struct keep_tlogproof_growth *out, struct keep_str text, const uint8_t key[32], struct keep_err *err)
{
    struct keep_tlogproof_growth g = {0};
    struct keep_str rest = text, s, v;
    if (after(text, "old ", &v)) {
        if (!line(&rest, &s) || !after(s, "old ", &v) || !number(v, &g.old) || g.old == 0 || !hashes(&rest, g.hash, KEEP_MERKLE_CONSISTENCY, &g.hashes))
            return keep_err_set(err, KEEP_E_INTEGRITY, "not a proof of the form that ledger prove --from writes");
    }
    int rc = keep_note_head_read(&g.head, rest, key, err);
    if (rc == 0)
        *out = g;
    return rc;
}
