/* Bags made from a script, as a folder or a tar, for the tests of foreign bags. Each line of a script is a step, its fields parted by '|':
 *
 *   v 0.97                 bagit.txt of that version, UTF-8
 *   f NAME|CONTENT         a file; a|… appends to it
 *   m sha256               a manifest of all that stands below data/ by then, names encoded as version 1.0 demands
 *   t sha256               a tag manifest of all the rest but tag manifests
 *   s NAME|OLD|NEW         the first OLD in a file
 *   d NAME                 no such file any more
 *   l NAME|TARGET          a link;  k NAME  a folder
 *
 * In names and contents \n \r \t \\ and \xHH stand for what they do in C (write them doubled there). For tests alone. */
#ifndef TESTS_BAG_BAGLAB_H
#define TESTS_BAG_BAGLAB_H

#include "core/base/codec.h"
#include "core/crypto/digest.h"
#include "tests/aid/tool.h"

struct lab_file {
    struct keep_buf name, bytes; /* name ends in NUL */
    char type;                   /* as in a tar: '0', '2', '5' */
};
struct lab {
    struct lab_file f[64];
    size_t n;
};

static struct lab_file *lab_find(struct lab *l, struct keep_str name)
{
    for (size_t i = 0; i < l->n; i++)
        if (keep_str_is(name, (const char *)l->f[i].name.p))
            return &l->f[i];
    return NULL;
}

static void lab_text(struct keep_buf *out, struct keep_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = (uint8_t)s.p[i];
        if (c == '\\' && i + 1 < s.n) {
            char e = s.p[++i];
            c = e == 'n' ? '\n' : e == 'r' ? '\r' : e == 't' ? '\t' : (uint8_t)e;
            if (e == 'x') {
                keep_codec_unhex((struct keep_str){s.p + i + 1, 2}, &c, 1);
                i += 2;
            }
        }
        keep_buf_add(out, &c, 1);
    }
}

static struct lab_file *lab_add(struct lab *l, struct keep_str name, char type)
{
    struct lab_file *f = &l->f[l->n++];
    memset(f, 0, sizeof *f);
    f->type = type;
    lab_text(&f->name, name);
    keep_buf_char(&f->name, '\0');
    return f;
}

static struct lab_file *lab_plain(struct lab *l, const char *name)
{
    struct lab_file *f = lab_find(l, keep_str_of(name));
    return f ? f : lab_add(l, keep_str_of(name), '0');
}

static bool lab_data(const struct lab_file *f)
{
    return strncmp((const char *)f->name.p, "data/", 5) == 0;
}

static void lab_manifest(struct lab *l, const char *alg, bool tags)
{
    char list[96], hex[2 * KEEP_DIGEST_MOST + 1];
    uint8_t out[KEEP_DIGESTS][KEEP_DIGEST_MOST];
    struct keep_digest_set *set = NULL;
    enum keep_digest d = keep_digest_named(keep_str_of(alg));
    snprintf(list, sizeof list, "%smanifest-%s.txt", tags ? "tag" : "", alg);
    struct lab_file *to = lab_plain(l, list);
    keep_buf_clear(&to->bytes);
    keep_digest_new(&set, NULL);
    for (size_t i = 0; i < l->n; i++) {
        struct lab_file *f = &l->f[i];
        if (f->type != '0' || lab_data(f) == tags || (tags && strncmp((const char *)f->name.p, "tagmanifest-", 12) == 0))
            continue;
        keep_digest_start(set, 1u << d, NULL);
        keep_digest_add(set, f->bytes.p, f->bytes.n, NULL);
        keep_digest_end(set, out, NULL);
        keep_codec_hex(out[d], keep_digest_size(d), hex);
        keep_buf_printf(&to->bytes, "%s  ", hex);
        for (const char *z = (const char *)f->name.p; *z; z++)
            keep_buf_str(&to->bytes, *z == '\n' ? "%0A" : *z == '\r' ? "%0D" : *z == '%' ? "%25" : (char[]){*z, '\0'});
        keep_buf_char(&to->bytes, '\n');
    }
    keep_digest_free(set);
}

static void lab_replace(struct lab_file *f, struct keep_str old, struct keep_str by)
{
    struct keep_buf a = KEEP_BUF_INIT, b = KEEP_BUF_INIT, out = KEEP_BUF_INIT;
    lab_text(&a, old);
    lab_text(&b, by);
    uint8_t *at = memmem(f->bytes.p, f->bytes.n, a.p, a.n);
    if (at) {
        keep_buf_add(&out, f->bytes.p, (size_t)(at - f->bytes.p));
        keep_buf_add(&out, b.p, b.n);
        keep_buf_add(&out, at + a.n, f->bytes.n - (size_t)(at - f->bytes.p) - a.n);
        keep_buf_free(&f->bytes);
        f->bytes = out;
    }
    keep_buf_free(&a);
    keep_buf_free(&b);
}

/* One step; false: it makes no sense. */
static bool lab_step(struct lab *l, struct keep_str line)
{
    struct keep_str field[3] = {{NULL, 0}};
    size_t n = 0, from = 2;
    char word[64];
    if (line.n < 2)
        return line.n == 0;
    for (size_t i = 2; i <= line.n && n < 3; i++)
        if (i == line.n || (line.p[i] == '|' && n < 2)) {
            field[n++] = (struct keep_str){line.p + from, i - from};
            from = i + 1;
        }
    snprintf(word, sizeof word, "%.*s", (int)field[0].n, field[0].p);
    struct keep_buf name = KEEP_BUF_INIT;
    lab_text(&name, field[0]);
    struct lab_file *f = lab_find(l, keep_buf_view(&name));
    keep_buf_free(&name);
    switch (line.p[0]) {
    case 'v':
        f = lab_plain(l, "bagit.txt");
        keep_buf_clear(&f->bytes);
        keep_buf_printf(&f->bytes, "BagIt-Version: %s\nTag-File-Character-Encoding: UTF-8\n", word);
        return true;
    case 'f':
        f = f ? f : lab_add(l, field[0], '0');
        keep_buf_clear(&f->bytes);
        lab_text(&f->bytes, field[1]);
        return true;
    case 'a':
        if (f)
            lab_text(&f->bytes, field[1]);
        return f != NULL;
    case 'm':
    case 't':
        lab_manifest(l, word, line.p[0] == 't');
        return true;
    case 's':
        if (f)
            lab_replace(f, field[1], field[2]);
        return f != NULL;
    case 'd':
        if (f) {
            keep_buf_free(&f->name);
            keep_buf_free(&f->bytes);
            memmove(f, f + 1, (size_t)(l->f + l->n-- - f - 1) * sizeof *f);
        }
        return f != NULL;
    case 'l':
        lab_text(&lab_add(l, field[0], '2')->bytes, field[1]);
        return true;
    case 'k':
        lab_add(l, field[0], '5');
        return true;
    default:
        return false;
    }
}

static bool lab_run(struct lab *l, const char *script)
{
    memset(l, 0, sizeof *l);
    while (*script) {
        size_t n = strcspn(script, "\n");
        if (!lab_step(l, (struct keep_str){script, n}))
            return false;
        script += n + (script[n] == '\n');
    }
    return true;
}

static void lab_free(struct lab *l)
{
    for (size_t i = 0; i < l->n; i++) {
        keep_buf_free(&l->f[i].name);
        keep_buf_free(&l->f[i].bytes);
    }
    l->n = 0;
}

/* Below base, which must not be there yet. */
static bool lab_folder(const struct lab *l, const char *base)
{
    bool ok = mkdir(base, 0700) == 0;
    for (size_t i = 0; ok && i < l->n; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", base, (const char *)l->f[i].name.p);
        for (char *slash = path + strlen(base) + 1; (slash = strchr(slash, '/')); slash++) {
            *slash = '\0';
            mkdir(path, 0700);
            *slash = '/';
        }
        if (l->f[i].type == '5')
            ok = mkdir(path, 0700) == 0;
        else if (l->f[i].type == '2')
            ok = symlink((const char *)l->f[i].bytes.p ? tool_path("nowhere") : "", path) == 0;
        else
            ok = tool_put(path, l->f[i].bytes.p ? l->f[i].bytes.p : (const void *)"", l->f[i].bytes.n);
    }
    return ok;
}

/* A plain old tar: each file below base ("" for none). */
static bool lab_tar(const struct lab *l, const char *base, struct keep_buf *out)
{
    for (size_t i = 0; i < l->n; i++) {
        char h[512] = {0};
        const struct lab_file *f = &l->f[i];
        size_t size = f->type == '0' ? f->bytes.n : 0;
        unsigned sum = 0;
        if (snprintf(h, 100, "%s%s", base, (const char *)f->name.p) >= 100)
            return false;
        strcpy(h + 100, "0000644");
        strcpy(h + 108, "0000000");
        strcpy(h + 116, "0000000");
        snprintf(h + 124, 12, "%011zo", size);
        strcpy(h + 136, "00000000000");
        h[156] = f->type;
        if (f->type == '2')
            snprintf(h + 157, 100, "%.*s", (int)f->bytes.n, (const char *)f->bytes.p);
        memcpy(h + 257, "ustar\00000", 8);
        memset(h + 148, ' ', 8);
        for (int k = 0; k < 512; k++)
            sum += (unsigned char)h[k];
        snprintf(h + 148, 8, "%06o", sum);
        keep_buf_add(out, h, 512);
        keep_buf_add(out, f->bytes.p, size);
        memset(h, 0, 512);
        keep_buf_add(out, h, (512 - size % 512) % 512);
    }
    char end[1024] = {0};
    keep_buf_add(out, end, sizeof end);
    return !out->failed;
}

#endif
