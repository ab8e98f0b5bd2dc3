/* What opens a keep, as a call gives it: a key file, a passphrase, a recovery
 * identity. Never in an argument; everything into secret memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "core/base/file.h"
#include "core/base/num.h"
#include "core/crypto/age.h"
#include "core/crypto/secret.h"

#define PASSPHRASE_MAX 1024 /* with its NUL; longer ones are refused, not cut */
#define IDENTITY_FILE_MAX 4096
#define HALF_A_SECOND 500000

/* One line without its end. 1: too long. */
static int read_line(int fd, char *text, size_t size)
{
    size_t n = 0;
    char c;
    ssize_t got;

    while ((got = read(fd, &c, 1)) == 1 && c != '\n') {
        if (n + 1 == size)
            return 1;
        text[n++] = c;
    }
    keep_secret_wipe(&c, 1);
    text[n] = 0;
    return got < 0 ? -1 : 0;
}

static int ask(int tty, const char *prompt, char *text)
{
    struct termios old, quiet;
    bool is_tty = tcgetattr(tty, &old) == 0;

    if (is_tty) {
        quiet = old;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(tty, TCSAFLUSH, &quiet);
    }
    dprintf(tty, "%s: ", prompt);
    int rc = read_line(tty, text, PASSPHRASE_MAX);
    if (is_tty)
        tcsetattr(tty, TCSAFLUSH, &old);
    dprintf(tty, "\n");
    return rc;
}

/* From the terminal, twice for a new one. */
static int ask_tty(struct cmd *c, const char *fd_option, const char *whose, bool fresh, char *text)
{
    char prompt[160];
    void *again = NULL;
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);

    if (tty < 0)
        return keep_err_set(&c->err, KEEP_E_KEY, "%s needs a passphrase and there is no terminal: use --%s", whose, fd_option);
    snprintf(prompt, sizeof prompt, "%spassphrase of %s", fresh ? "new " : "", whose);
    int rc = ask(tty, prompt, text);
    if (rc == 0 && fresh) {
        rc = keep_secret_new(&again, PASSPHRASE_MAX, &c->err);
        if (rc == 0)
            rc = ask(tty, "the same again", again);
        if (rc == 0 && strcmp(text, again) != 0)
            rc = keep_err_set(&c->err, KEEP_E_USAGE, "the two passphrases differ");
    }
    keep_secret_free(again);
    close(tty);
    return rc;
}

int cmd_passphrase(struct cmd *c, const char *fd_option, const char *whose, bool fresh, void **out)
{
    const char *fd_text = cmd_value(c, fd_option);
    void *text = NULL;
    int64_t fd = -1;
    int rc = keep_secret_new(&text, PASSPHRASE_MAX, &c->err);

    if (rc < 0)
        return rc;
    if (fd_text && (!keep_num_i64(keep_str_of(fd_text), &fd) || fd < 0 || fd > 1 << 20))
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "--%s %s: the number of an open descriptor", fd_option, fd_text);
    else
        rc = fd_text ? read_line((int)fd, text, PASSPHRASE_MAX) : ask_tty(c, fd_option, whose, fresh, text);
    if (rc == 1)
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "a passphrase has at most %d bytes", PASSPHRASE_MAX - 1);
    else if (rc == -1 && c->err.code == 0 && cmd_stopped())
        rc = keep_err_set(&c->err, KEEP_E_INTERRUPTED, "interrupted");
    else if (rc == -1 && c->err.code == 0)
        rc = keep_err_set(&c->err, KEEP_E_KEY, "no passphrase of %s: %s", whose, strerror(errno));
    else if (rc == 0 && *(char *)text == 0)
        rc = keep_err_set(&c->err, fresh ? KEEP_E_USAGE : KEEP_E_KEY, "an empty passphrase");
    if (rc < 0) {
        keep_secret_free(text);
        return rc;
    }
    *out = text;
    return 0;
}

static uint64_t microseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

int cmd_passphrase_cost(struct cmd *c, struct keep_kdf_cost *out)
{
    return keep_kdf_calibrate(out, HALF_A_SECOND, microseconds, &c->err);
}

/* The first identity of the file. */
static int parse_identity(struct cmd *c, const struct keep_buf *text, const char *path, uint8_t identity[32])
{
    struct keep_str rest = keep_buf_view(text);
    int rc = keep_age_identity_next(identity, &rest, &c->err);

    if (rc == 0)
        return keep_err_set(&c->err, KEEP_E_KEY, "%s: no age identity in it", path);
    return rc < 0 ? rc : 0;
}

int cmd_identity(struct cmd *c, const char *path, uint8_t identity[32])
{
    struct keep_buf text = KEEP_BUF_INIT;
    struct stat st;
    int fd = -1, rc = keep_file_open_nofollow(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, &fd, &c->err);

    if (rc < 0)
        return rc;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        rc = keep_err_set(&c->err, KEEP_E_KEY, "%s: not a file", path);
    } else if ((st.st_mode & 077) != 0) {
        rc = keep_err_set(&c->err, KEEP_E_KEY, "%s: others may read the identity, mode %03o", path, (unsigned)(st.st_mode & 0777));
        keep_err_hint(&c->err, "chmod 400 it");
    } else {
        rc = keep_file_read_fd(fd, path, IDENTITY_FILE_MAX, &text, &c->err);
        if (rc == 0)
            rc = parse_identity(c, &text, path, identity);
    }
    if (text.p)
        keep_secret_wipe(text.p, text.n);
    keep_buf_free(&text);
    close(fd);
    return rc;
}

/* The options say which way; without any, CHARTKEEP_KEY_FILE, then a question at the terminal. */
int cmd_unlock(struct cmd *c, struct keep_store_params *p, void **secret)
{
    const char *key_file = cmd_value(c, "key-file"), *identity = cmd_value(c, "recovery-identity");
    bool pass = cmd_given(c, "passphrase-fd");
    int rc;

    if ((key_file != NULL) + (identity != NULL) + pass > 1)
        return keep_err_set(&c->err, KEEP_E_USAGE, "one of --key-file, --passphrase-fd and --recovery-identity opens a keep");
    if (!key_file && !identity && !pass) {
        key_file = getenv("CHARTKEEP_KEY_FILE");
        if (key_file && !*key_file)
            key_file = NULL;
    }
    if (access(c->operand[0], F_OK) < 0)
        return keep_err_set(&c->err, KEEP_E_MISSING, "%s: there is no keep there", c->operand[0]);
    if (!key_file && !identity) {
        rc = cmd_passphrase(c, "passphrase-fd", c->operand[0], false, secret);
        if (rc == 0)
            p->passphrase = keep_str_of(*secret);
        else if (rc == KEEP_E_KEY)
            keep_err_hint(&c->err, "or give --key-file F, or set CHARTKEEP_KEY_FILE");
        return rc;
    }
    rc = keep_secret_new(secret, KEEP_KEY_SIZE, &c->err);
    if (rc == 0)
        rc = key_file ? keep_store_key_file(key_file, false, *secret, &c->err) : cmd_identity(c, identity, *secret);
    if (rc == KEEP_E_INPUT && key_file)
        keep_err_hint(&c->err, "that is the key file of --key-file, or of CHARTKEEP_KEY_FILE; init made it");
    if (key_file)
        p->key = *secret;
    else
        p->identity = *secret;
    return rc;
}
