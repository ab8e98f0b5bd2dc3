/* A package made as the keep makes one, with keys, officers, a ledger of our own;
 * and a tar taken apart and put together again, for making mutants. For tests alone. */
#ifndef TESTS_BAG_PACKAGE_H
#define TESTS_BAG_PACKAGE_H

#include "core/bag/inspect.h"
#include "core/bag/seal.h"
#include "core/base/codec.h"
#include "core/crypto/age.h"
#include "core/crypto/hash.h"
#include "core/crypto/merkle.h"
#include "core/crypto/note.h"
#include "core/crypto/secret.h"
#include "core/stream/tar.h"
#include "tests/aid/tool.h"

#define PACKAGE_ID "ck-20261121-0a1b2c3d4e5f"
#define PACKAGE_ORIGIN "keep.example/test"
#define PACKAGE_TIME (1795220000 * KEEP_USEC)
#define PACKAGE_NAME "Zebulon Quartermaine"
#define PACKAGE_MRN "MRN-775533"
#define PACKAGE_STORE "00112233445566778899aabbccddeeff"
#define PACKAGE_LEDGER 11
#define PACKAGE_RECORDS 5 /* the last is an index entry */

static const char package_pack[2][80] = {"pack \"us\" { version \"1\" language 1 }\n", "pack \"ks\" { version \"2\" language 1 }\n"};
static unsigned package_planned[2] = {3, 2}; /* records of each set, as the plan has them */
static const char package_set[2][33] = {"0102030405060708090a0b0c0d0e0f10", "a102030405060708090a0b0c0d0e0f10"};

struct package {
    struct keep_sign_secret *signer, *officer[2];
    struct keep_sign_public key;
    uint8_t identity[32]; /* of the package */
    char path[256];
};

__attribute__((unused)) static bool package_keys(struct package *p)
{
    static const uint8_t seed[3][32] = {{1}, {2}, {3}}, id[8] = {7};
    memset(p, 0, sizeof *p);
    bool ok = keep_secret_start(NULL) == 0 && keep_sign_from_seed(&p->signer, seed[0], id, NULL) == 0 &&
              keep_sign_from_seed(&p->officer[0], seed[1], id, NULL) == 0 && keep_sign_from_seed(&p->officer[1], seed[2], id, NULL) == 0;
    keep_age_generate(p->identity);
    if (ok)
        keep_sign_public_of(p->signer, &p->key);
    return ok;
}

__attribute__((unused)) static void package_free(struct package *p)
{
    keep_sign_free(p->signer);
    keep_sign_free(p->officer[0]);
    keep_sign_free(p->officer[1]);
}

static void package_hex(char out[65], const void *p, size_t n)
{
    uint8_t d[32];
    keep_hash_blake2b(d, p, n);
    keep_codec_hex(d, 32, out);
}

/* Text with its quotes and line feeds escaped. */
static void package_escape(struct keep_buf *out, struct keep_str s)
{
    keep_buf_char(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"' || s.p[i] == '\\')
            keep_buf_char(out, '\\');
        if (s.p[i] == '\n')
            keep_buf_str(out, "\\n");
        else
            keep_buf_char(out, s.p[i]);
    }
    keep_buf_char(out, '"');
}

/* A list of two officers' signatures on body. */
static void package_acts(struct keep_buf *out, struct package *p, const char *body)
{
    static const char *const role[] = {"him", "legal"};
    for (int i = 0; i < 2; i++) {
        struct keep_buf sig = KEEP_BUF_INIT;
        keep_sign_message(&sig, p->officer[i], body, strlen(body), "act", "act", NULL);
        keep_buf_printf(out, "%s{\"role\":\"%s\",\"at\":\"2026-11-20T10:00:00Z\",\"statement\":", i ? "," : "[", role[i]);
        package_escape(out, keep_str_of(body));
        keep_buf_str(out, ",\"signature\":");
        package_escape(out, keep_buf_view(&sig));
        keep_buf_char(out, '}');
        keep_buf_free(&sig);
    }
    keep_buf_char(out, ']');
}

struct package_texts {
    struct keep_buf plan, approvals, adoption, officers;
    uint8_t plan_digest[32];
    char policy_digest[65];
};

static void package_decide(struct package *p, struct package_texts *t)
{
    char pack[2][65], plan[65];
    struct keep_buf open = KEEP_BUF_INIT, body = KEEP_BUF_INIT;
    uint8_t digests[2][32];
    memset(t, 0, sizeof *t);
    for (int i = 0; i < 2; i++) {
        keep_hash_blake2b(digests[i], package_pack[i], strlen(package_pack[i]));
        keep_codec_hex(digests[i], 32, pack[i]);
    }
    package_hex(t->policy_digest, digests, sizeof digests);
    keep_buf_printf(&open, "{\"schema_version\":1,\"document\":\"chartkeep plan\",\"store\":\"" PACKAGE_STORE "\",\"as_of\":\"2026-11-21\",\"quorum\":2,\"adoptions\":["
                    "{\"pack\":\"us\",\"version\":\"1\",\"digest\":\"%s\"},{\"pack\":\"ks\",\"version\":\"2\",\"digest\":\"%s\"}],\"sets\":["
                    "{\"set\":\"%s\",\"action\":\"archive\",\"records\":%u},{\"set\":\"%s\",\"action\":\"archive\",\"records\":%u},"
                    "{\"set\":\"ffffffffffffffffffffffffffffffff\",\"action\":\"destroy\",\"records\":9}]", pack[0], pack[1], package_set[0], package_planned[0], package_set[1], package_planned[1]);
    keep_buf_add(&t->plan, open.p, open.n);
    keep_buf_str(&t->plan, ",\"annex\":\"\"}\n");
    keep_buf_str(&open, "}\n");
    keep_hash_blake2b(t->plan_digest, open.p, open.n);
    keep_codec_hex(t->plan_digest, 32, plan);
    keep_buf_printf(&body, "{\"approve\":\"%s\",\"store\":\"" PACKAGE_STORE "\"}%c", plan, 0);
    package_acts(&t->approvals, p, (const char *)body.p);
    keep_buf_clear(&body);
    keep_buf_printf(&body, "{\"store\":\"" PACKAGE_STORE "\",\"packs\":[{\"pack\":\"us\",\"version\":\"1\",\"digest\":\"%s\"},{\"pack\":\"ks\",\"version\":\"2\",\"digest\":\"%s\"}]}%c", pack[0], pack[1], 0);
    package_acts(&t->adoption, p, (const char *)body.p);
    for (int i = 0; i < 2; i++) {
        struct keep_sign_public pub;
        keep_buf_clear(&body);
        keep_sign_public_of(p->officer[i], &pub);
        keep_sign_public_write(&body, &pub, "officer");
        keep_buf_printf(&t->officers, "%s{\"role\":\"%s\",\"public_key\":", i ? "," : "[", i ? "legal" : "him");
        package_escape(&t->officers, keep_buf_view(&body));
        keep_buf_char(&t->officers, '}');
    }
    keep_buf_char(&t->officers, ']');
    keep_buf_free(&open);
    keep_buf_free(&body);
}

static void package_texts_free(struct package_texts *t)
{
    keep_buf_free(&t->plan);
    keep_buf_free(&t->approvals);
    keep_buf_free(&t->adoption);
    keep_buf_free(&t->officers);
}

/* Record i (from 1): JSON, JSON, text, JSON, nothing. */
static struct keep_str package_payload(int i, char out[600])
{
    if (i == 5)
        return (struct keep_str){NULL, 0};
    if (i == 3)
        snprintf(out, 600, "Plain note on " PACKAGE_NAME ", number %d\n", i);
    else
        snprintf(out, 600, "{\"resourceType\":\"Encounter\",\"id\":\"e%d\",\"subject\":{\"display\":\"" PACKAGE_NAME "\"},\"note\":[\"<b>" PACKAGE_MRN "</b>\",%d]}", i, i);
    return keep_str_of(out);
}

static int package_record(struct keep_seal *s, int i, struct keep_err *err)
{
    char text[600], key[32];
    uint8_t digest[32];
    struct keep_str payload = package_payload(i, text);
    keep_hash_blake2b(digest, payload.p, payload.n);
    snprintf(key, sizeof key, "Encounter/e%d", i);
    struct keep_seal_record r = {
        .set = i <= 3 ? 1 : 2, .set_id = keep_str_of(package_set[i <= 3 ? 0 : 1]), .kind = KEEP_STR("Encounter"), .rule = KEEP_STR("us.test"), .source_key = keep_str_of(key),
        .patient = KEEP_STR(PACKAGE_MRN), .facility = KEEP_STR("General"), .keep_until = keep_civil_from_ymd(2020, 1, 1), .first = keep_civil_from_ymd(2001, 3, 4),
        .last = keep_civil_from_ymd(2003, 5, 6), .media_type = i == 3 ? KEEP_STR("text/plain") : KEEP_STR("application/fhir+json"), .payload = payload, .digest = digest,
        .custodian = i == 5 ? KEEP_STR("film library") : (struct keep_str){NULL, 0}, .locator = i == 5 ? KEEP_STR("box 12") : (struct keep_str){NULL, 0}};
    return keep_seal_record(s, &r, err);
}

struct package_leaves {
    uint8_t leaf[PACKAGE_LEDGER][32];
};

static int package_leaf(void *ctx, uint64_t i, uint8_t out[32], struct keep_err *err)
{
    (void)err;
    memcpy(out, ((struct package_leaves *)ctx)->leaf[i], 32);
    return 0;
}

/* The ledger's entry for that tag manifest, and its proof among ten others: a tree that is not full. */
static void package_proof(struct keep_buf *out, struct package *p, const uint8_t tags[64], const uint8_t plan[32], uint64_t index, unsigned records, bool extra)
{
    struct keep_buf entry = KEEP_BUF_INIT;
    struct package_leaves leaves;
    struct keep_merkle m;
    struct keep_note_head head = {.origin = KEEP_STR(PACKAGE_ORIGIN), .size = PACKAGE_LEDGER};
    uint8_t proof[64][32];
    size_t n;
    char hex[65], hex2[65];
    keep_codec_hex(tags, 32, hex);
    keep_codec_hex(plan, 32, hex2);
    keep_buf_printf(&entry, "{\"index\":%llu,\"kind\":\"sealed\",\"counts\":{\"records\":%u},\"digests\":{\"tagmanifest\":\"%s\",\"plan\":\"%s\"}}", (unsigned long long)index, records, hex, hex2);
    keep_merkle_init(&m);
    for (uint8_t i = 0; i < PACKAGE_LEDGER; i++) {
        if (i == index)
            keep_merkle_leaf(leaves.leaf[i], entry.p, entry.n);
        else
            keep_merkle_leaf(leaves.leaf[i], &i, 1);
        keep_merkle_add(&m, leaves.leaf[i]);
    }
    keep_merkle_root(&m, head.root);
    keep_merkle_prove(package_leaf, &leaves, index, PACKAGE_LEDGER, proof, &n, NULL);
    keep_buf_str(out, "c2sp.org/tlog-proof@v1\n");
    if (extra) {
        keep_buf_str(out, "extra ");
        keep_codec_base64(out, entry.p, entry.n, true);
        keep_buf_char(out, '\n');
    }
    keep_buf_printf(out, "index %llu\n", (unsigned long long)index);
    for (size_t i = 0; i < n; i++) {
        keep_codec_base64(out, proof[i], 32, true);
        keep_buf_char(out, '\n');
    }
    keep_buf_char(out, '\n');
    keep_note_head_write(out, &head, p->signer);
    keep_buf_free(&entry);
}

static const char package_counts[] = "{\"sets\":2,\"records_in_keep\":5,\"records_in_package\":5,\"index_entries_without_payload\":1}";

/* params for a package of that id in dirfd; the texts' owner is t. */
static void package_params(struct package *p, struct package_texts *t, const char *id, int dirfd, struct keep_seal_params *out, struct keep_seal_text text[6], uint8_t recipient[1][32])
{
    keep_age_recipient(recipient[0], p->identity);
    text[0] = (struct keep_seal_text){"decision/plan.json", keep_buf_view(&t->plan)};
    text[1] = (struct keep_seal_text){"decision/approvals.json", keep_buf_view(&t->approvals)};
    text[2] = (struct keep_seal_text){"decision/adoption.json", keep_buf_view(&t->adoption)};
    text[3] = (struct keep_seal_text){"decision/officers.json", keep_buf_view(&t->officers)};
    text[4] = (struct keep_seal_text){"policy/us.policy", keep_str_of(package_pack[0])};
    text[5] = (struct keep_seal_text){"policy/ks.policy", keep_str_of(package_pack[1])};
    *out = (struct keep_seal_params){.dirfd = dirfd, .id = id, .sealed_at = PACKAGE_TIME + 123456, .signer = p->signer, .recipient = (const uint8_t (*)[32])recipient, .recipients = 1, .text = text,
                                     .texts = 6, .organization = "Test Hospital", .origin = PACKAGE_ORIGIN, .policy_digest = t->policy_digest, .retain_through = keep_civil_from_ymd(2040, 12, 31)};
}

/* Seals, signs and publishes in tool_dir; p->path is the tar. */
__attribute__((unused)) static int package_make(struct package *p, const char *id, uint64_t index, bool extra, struct keep_err *err)
{
    struct package_texts t;
    struct keep_seal_params sp;
    struct keep_seal_text text[6];
    struct keep_seal *s = NULL;
    struct keep_buf proof = KEEP_BUF_INIT;
    uint8_t recipient[1][32], tags[64];
    int dirfd = open(tool_dir, O_RDONLY | O_DIRECTORY);
    package_decide(p, &t);
    package_params(p, &t, id, dirfd, &sp, text, recipient);
    int rc = keep_seal_begin(&s, &sp, err);
    for (int i = 1; rc == 0 && i <= PACKAGE_RECORDS; i++)
        rc = package_record(s, i, err);
    if (rc == 0)
        rc = keep_seal_close(s, keep_str_of(package_counts), tags, err);
    if (rc == 0) {
        package_proof(&proof, p, tags, t.plan_digest, index, PACKAGE_RECORDS, extra);
        rc = keep_seal_sign(s, keep_buf_view(&proof), index, err);
    }
    if (rc == 0)
        rc = keep_seal_publish(s, err);
    snprintf(p->path, sizeof p->path, "%s/%s.tar", tool_dir, id);
    keep_seal_free(s);
    keep_buf_free(&proof);
    package_texts_free(&t);
    close(dirfd);
    return rc;
}

/* ---- a tar in pieces ---- */

struct package_file {
    char name[256];
    struct keep_buf bytes;
};

struct package_files {
    struct package_file f[64];
    size_t n;
};

__attribute__((unused)) static bool package_load(struct package_files *fs, const char *path)
{
    struct keep_tar_in *in = NULL;
    struct keep_tar_member m;
    const void *p;
    size_t n;
    int rc = keep_tar_in_open(&in, path, NULL);
    memset(fs, 0, sizeof *fs);
    while (rc == 0 && fs->n < 64 && keep_tar_in_next(in, &m, NULL) == 1) {
        struct package_file *f = &fs->f[fs->n++];
        snprintf(f->name, sizeof f->name, "%s", m.name);
        while (keep_tar_in_read(in, &p, &n, NULL) == 1)
            keep_buf_add(&f->bytes, p, n);
    }
    keep_tar_in_close(in);
    return rc == 0;
}

__attribute__((unused)) static bool package_store(const struct package_files *fs, const char *path)
{
    struct keep_tar_out *out = NULL;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600), rc = keep_tar_out_new(&out, fd, PACKAGE_TIME, NULL);
    for (size_t i = 0; rc == 0 && i < fs->n; i++) {
        rc = keep_tar_out_begin(out, fs->f[i].name, fs->f[i].bytes.n, NULL);
        if (rc == 0)
            rc = keep_tar_out_add(out, fs->f[i].bytes.p, fs->f[i].bytes.n, NULL);
        if (rc == 0)
            rc = keep_tar_out_end(out, NULL);
    }
    if (rc == 0)
        rc = keep_tar_out_finish(out, NULL);
    keep_tar_out_free(out);
    close(fd);
    return rc == 0;
}

__attribute__((unused)) static void package_unload(struct package_files *fs)
{
    for (size_t i = 0; i < fs->n; i++)
        keep_buf_free(&fs->f[i].bytes);
}

/* The file whose name below the package's folder that is; NULL none. */
__attribute__((unused)) static struct package_file *package_find(struct package_files *fs, const char *name)
{
    for (size_t i = 0; i < fs->n; i++)
        if (strcmp(strchr(fs->f[i].name, '/') + 1, name) == 0)
            return &fs->f[i];
    return NULL;
}

__attribute__((unused)) static void package_drop(struct package_files *fs, const char *name)
{
    struct package_file *f = package_find(fs, name);
    keep_buf_free(&f->bytes);
    memmove(f, f + 1, (size_t)(fs->f + fs->n - f - 1) * sizeof *f);
    fs->n--;
}

static void package_list(struct package_files *fs, const char *list, bool data, bool sha256)
{
    struct package_file *to = package_find(fs, list);
    static const char *const never[] = {"tagmanifest-sha512.txt", "package.tlog-proof", "tagmanifest-sha512.txt.minisig"};
    keep_buf_clear(&to->bytes);
    for (size_t i = 0; i < fs->n; i++) {
        const char *name = strchr(fs->f[i].name, '/') + 1;
        uint8_t d[64];
        char hex[129];
        if ((strncmp(name, "data/", 5) == 0) != data || strcmp(name, never[0]) == 0 || strcmp(name, never[1]) == 0 || strcmp(name, never[2]) == 0)
            continue;
        if (sha256)
            keep_sha256(d, fs->f[i].bytes.p, fs->f[i].bytes.n);
        else
            keep_sha512(d, fs->f[i].bytes.p, fs->f[i].bytes.n);
        keep_codec_hex(d, sha256 ? 32 : 64, hex);
        keep_buf_printf(&to->bytes, "%s  %s\n", hex, name);
    }
}

/* All three manifests again, over what is there now: what somebody without the key can do. */
__attribute__((unused)) static void package_remanifest(struct package_files *fs)
{
    package_list(fs, "manifest-sha512.txt", true, false);
    package_list(fs, "manifest-sha256.txt", true, true);
    package_list(fs, "tagmanifest-sha512.txt", false, false);
}

/* And signed: what somebody with a key can do. The trusted comment stays as it was. */
__attribute__((unused)) static void package_resign(struct package_files *fs, const struct keep_sign_secret *key)
{
    struct package_file *tags = package_find(fs, "tagmanifest-sha512.txt"), *sig = package_find(fs, "tagmanifest-sha512.txt.minisig");
    char trusted[1025];
    keep_buf_char(&sig->bytes, '\0');
    const char *from = strstr((const char *)sig->bytes.p, "trusted comment: chartkeep ");
    snprintf(trusted, sizeof trusted, "%.*s", (int)strcspn(from + 17, "\n"), from + 17);
    keep_buf_clear(&sig->bytes);
    keep_sign_message(&sig->bytes, key, tags->bytes.p, tags->bytes.n, "chartkeep package", trusted, NULL);
}

/* ---- what a verifier said ---- */

struct package_found {
    int result[16];
    char check[16][16], detail[16][512];
    size_t n;
};

static int package_note(void *ctx, const char *check, enum keep_inspect_result r, const char *detail)
{
    struct package_found *f = ctx;
    snprintf(f->check[f->n], sizeof f->check[0], "%s", check);
    snprintf(f->detail[f->n], sizeof f->detail[0], "%s", detail);
    f->result[f->n++] = (int)r;
    return 0;
}

/* Result of a check, -1 when it was not reported. */
__attribute__((unused)) static int package_said(const struct package_found *f, const char *check)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->check[i], check) == 0)
            return f->result[i];
    return -1;
}

__attribute__((unused)) static int package_inspect(const char *path, const struct keep_sign_public *key, const uint8_t (*identity)[32], size_t n, struct package_found *f, struct keep_err *err)
{
    memset(f, 0, sizeof *f);
    struct keep_inspect_params ip = {.path = path, .pubkey = key, .identity = identity, .identities = n, .found = package_note, .ctx = f};
    return keep_inspect_package(&ip, err);
}

#endif
