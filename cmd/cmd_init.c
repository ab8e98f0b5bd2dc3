/* init: an empty keep with its officers. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/verbs.h"
#include "core/base/file.h"
#include "core/crypto/age.h"
#include "core/crypto/secret.h"

#define MAX_OFFICERS 16

/* ROLE:PUB, where PUB is a file of three lines made by `officer new`. */
static int read_officer(struct cmd *c, const char *spec, struct keep_officer *out)
{
    struct keep_buf text = KEEP_BUF_INIT;
    const char *colon = strchr(spec, ':');
    if (!colon || colon == spec || !colon[1])
        return keep_err_set(&c->err, KEEP_E_USAGE, "--officer %s: ROLE:FILE, such as him:him.pub", spec);
    int rc = keep_file_read_operand(colon + 1, 64u << 10, &text, &c->err);
    struct keep_str view = keep_buf_view(&text);
    if (rc == 0)
        rc = keep_sign_public_read(&out->key, view, colon + 1, &c->err);
    if (rc == 0) {
        size_t at = 0;
        for (int line = 0; line < 2 && at < view.n; at++)
            line += view.p[at] == '\n';
        struct keep_str third = {view.p + at, view.n - at};
        while (third.n && (third.p[third.n - 1] == '\n' || third.p[third.n - 1] == '\r'))
            third.n--;
        rc = keep_age_recipient_read(out->recipient, third, &c->err);
        if (rc < 0)
            keep_err_hint(&c->err, "the third line of %s must be the officer's age recipient; chartkeep officer new writes it", colon + 1);
    }
    out->role = keep_arena_str(c->arena, (struct keep_str){spec, (size_t)(colon - spec)}, NULL);
    keep_buf_free(&text);
    return rc;
}

static int recipient(struct cmd *c, const char *option, uint8_t key[32], const uint8_t **out)
{
    const char *v = cmd_value(c, option);
    *out = NULL;
    if (!v)
        return 0;
    int rc = keep_age_recipient_read(key, keep_str_of(v), &c->err);
    *out = rc == 0 ? key : NULL;
    return rc;
}

static int init(struct cmd *c)
{
    struct keep_officer officer[MAX_OFFICERS];
    const char *spec[MAX_OFFICERS + 1], *key_file = cmd_value(c, "key-file");
    uint8_t rec[32], arc[32];
    void *key = NULL;
    long long quorum = 1;
    int n = cmd_values(c, "officer", spec, MAX_OFFICERS + 1), rc = 0;
    struct keep_store_init in = {.path = c->operand[0], .officer = officer, .now = c->now};
    if (n > MAX_OFFICERS)
        return keep_err_set(&c->err, KEEP_E_USAGE, "at most %d officers", MAX_OFFICERS);
    for (int i = 0; rc == 0 && i < n; i++)
        rc = read_officer(c, spec[i], &officer[i]);
    if (rc == 0)
        rc = cmd_number(c, "quorum", 1, n ? n : 1, &quorum);
    if (rc == 1)
        rc = 0;
    if (rc == 0)
        rc = recipient(c, "recovery", rec, &in.recovery);
    if (rc == 0)
        rc = recipient(c, "archive-officer", arc, &in.archive_officer);
    if (!key_file)
        key_file = getenv("CHARTKEEP_KEY_FILE");
    if (rc == 0 && (!key_file || !*key_file)) {
        rc = keep_err_set(&c->err, KEEP_E_KEY, "no key: nothing says where the key file is or shall be");
        keep_err_hint(&c->err, "give --key-file F or set CHARTKEEP_KEY_FILE; init makes it when absent");
    }
    if (rc == 0)
        rc = keep_secret_new(&key, KEEP_KEY_SIZE, &c->err);
    if (rc == 0)
        rc = keep_store_key_file(key_file, true, key, &c->err);
    in.key = key;
    in.officers = (size_t)n;
    in.quorum = n ? (uint32_t)quorum : 0;
    in.time_zone = cmd_value(c, "time-zone");
    if (!in.time_zone)
        in.time_zone = "America/Chicago";
    if (rc == 0)
        rc = keep_store_init(&in, &c->err);
    keep_secret_free(key);
    if (rc < 0)
        return rc;
    cmd_out("keep made at %s; its key is in %s: without that file nobody can ever open it\n", c->operand[0], key_file);
    if (n == 0)
        cmd_out("it has no officers: nothing can be adopted, approved or destroyed in it\n");
    else
        cmd_out("%d officer%s, %lld must sign\n", n, n == 1 ? "" : "s", quorum);
    cmd_out("time zone %s (set with --time-zone)\n", in.time_zone);
    return 0;
}

static const struct cmd_option options[] = {
    {"key-file", "F", "the key file; made (mode 0400) when absent (default: the file CHARTKEEP_KEY_FILE names)"},
    {"officer", "ROLE:PUB", "an officer and the public key file; may be given several times"},
    {"quorum", "M", "how many officers of distinct roles must sign (default: 1)"},
    {"recovery", "AGE", "age recipient, kept offline, that can open packages when this keep is lost"},
    {"archive-officer", "AGE", "age recipient that opens the index of packages (default: the officers)"},
    {"time-zone", "ZONE", "IANA zone of this hospital's days (default: America/Chicago)"},
    {NULL, NULL, NULL}};
const struct cmd_verb cmd_init = {"init", NULL, "KEEP", 1, 1, "make an empty keep", options, init, NULL};
