/* A ledger head as a C2SP checkpoint: a signed note of exactly three lines.
 *
 *   origin "\n" size "\n" base64(root) "\n"        <- what is signed
 *   "\n"
 *   1*( U+2014 " " name " " base64(key id[4] || signature[64]) "\n" )
 *   key id = the first four bytes of SHA-256(name || 0x0A || 0x01 || public key)
 *
 * Lines of other signers (witnesses) are passed over, as the note format asks; one
 * that claims our name and key id must hold. Extension lines are refused: nothing
 * here writes them, and a reader that skips them would vouch for what it cannot read. */
#include "core/crypto/note.h"

#include <sodium.h>
#include <string.h>

#include "core/base/num.h"
#include "core/crypto/raw64.h"

#define DASH "\xe2\x80\x94 "

enum { ED25519 = 0x01 }; /* signature type of signed-note.md */

/* Printable ASCII without space and plus: what every reader of notes takes for a name. */
static bool name_ok(struct keep_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= 0x20 || s.p[i] > 0x7e || s.p[i] == '+')
            return false;
    return s.n > 0;
}

static void key_id(uint8_t out[4], struct keep_str name, const uint8_t key[32])
{
    static const uint8_t between[2] = {'\n', ED25519};
    crypto_hash_sha256_state st;
    uint8_t digest[32];

    crypto_hash_sha256_init(&st);
    crypto_hash_sha256_update(&st, (const uint8_t *)name.p, name.n);
    crypto_hash_sha256_update(&st, between, sizeof between);
    crypto_hash_sha256_update(&st, key, 32);
    crypto_hash_sha256_final(&st, digest);
    memcpy(out, digest, 4);
}

void keep_note_head_write(struct keep_buf *out, const struct keep_note_head *h, const struct keep_sign_secret *s)
{
    struct keep_sign_public pub;
    uint8_t raw[4 + 64];
    char b64[KEEP_RAW64_ROOM(sizeof raw)];
    size_t from = out->n;

    if (!name_ok(h->origin)) {
        out->failed = true;
        return;
    }
    sodium_bin2base64(b64, sizeof b64, h->root, sizeof h->root, KEEP_RAW64_PADDED);
    keep_buf_add(out, h->origin.p, h->origin.n);
    keep_buf_printf(out, "\n%llu\n%s\n", (unsigned long long)h->size, b64);
    if (out->failed)
        return;
    keep_sign_public_of(s, &pub);
    key_id(raw, h->origin, pub.key);
    keep_sign_raw(s, out->p + from, out->n - from, raw + 4);
    sodium_bin2base64(b64, sizeof b64, raw, sizeof raw, KEEP_RAW64_PADDED);
    keep_buf_str(out, "\n" DASH);
    keep_buf_add(out, h->origin.p, h->origin.n);
    keep_buf_printf(out, " %s\n", b64);
}

/* Takes one line, which must be ended, off rest. */
static bool next_line(struct keep_str *rest, struct keep_str *line)
{
    const char *nl = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;

    if (!nl)
        return false;
    *line = (struct keep_str){rest->p, (size_t)(nl - rest->p)};
    rest->p += line->n + 1;
    rest->n -= line->n + 1;
    return true;
}

/* "name base64" behind the dash. */
static bool signature_parse(struct keep_str line, struct keep_str *name, struct keep_str *b64)
{
    size_t dash = strlen(DASH);

    if (line.n < dash || memcmp(line.p, DASH, dash) != 0)
        return false;
    line.p += dash;
    line.n -= dash;
    const char *sp = line.n ? memchr(line.p, ' ', line.n) : NULL;
    if (!sp || sp == line.p)
        return false;
    *name = (struct keep_str){line.p, (size_t)(sp - line.p)};
    *b64 = (struct keep_str){sp + 1, line.n - name->n - 1};
    return b64->n > 0;
}

static bool head_parse(struct keep_note_head *h, struct keep_str *rest)
{
    struct keep_str size, root, blank;

    return next_line(rest, &h->origin) && name_ok(h->origin)
        && next_line(rest, &size) && keep_num_u64(size, &h->size) && (size.n == 1 || size.p[0] != '0')
        && next_line(rest, &root) && keep_raw64_read(h->root, sizeof h->root, root, KEEP_RAW64_PADDED)
        && next_line(rest, &blank) && blank.n == 0;
}

int keep_note_head_read(struct keep_note_head *out, struct keep_str text, const uint8_t key[32], struct keep_err *err)
{
    struct keep_note_head h;
    struct keep_str rest = text, line, name, b64;
    uint8_t id[4], raw[4 + 64];
    bool held = false;

    if (!head_parse(&h, &rest))
        return keep_err_set(err, KEEP_E_INTEGRITY, "malformed head: not a checkpoint of three lines");
    size_t body = (size_t)(rest.p - text.p) - 1; /* without the empty line */
    key_id(id, h.origin, key);
    while (rest.n > 0) {
        if (!next_line(&rest, &line) || !signature_parse(line, &name, &b64))
            return keep_err_set(err, KEEP_E_INTEGRITY, "malformed signature line of a head");
        if (!keep_str_eq(name, h.origin) || !keep_raw64_read(raw, sizeof raw, b64, KEEP_RAW64_PADDED) || memcmp(raw, id, 4) != 0)
            continue;
        if (keep_sign_raw_check(key, text.p, body, raw + 4) != 0)
            return keep_err_set(err, KEEP_E_INTEGRITY, "the signature of the head does not hold");
        held = true;
    }
    if (!held)
        return keep_err_set(err, KEEP_E_INTEGRITY, "the head is not signed by this key");
    *out = h;
    return 0;
}
