/* A line on standard error, on a terminal only, five times a second at most and
 * not before a run has taken half a second: what, how many of how many, the
 * share, and after two seconds how long the rest will take at this rate. */
#include "cmd/progress.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"

enum { EVERY = 200, SILENT = 500, GUESS_AFTER = 2000 }; /* milliseconds */

static volatile sig_atomic_t stop_wanted;

static void on_stop(int sig)
{
    (void)sig;
    stop_wanted = 1;
}

void cmd_progress_begin(void)
{
    struct sigaction sa = {.sa_handler = on_stop, .sa_flags = (int)SA_RESETHAND}; /* without SA_RESTART: a prompt ends too */
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
}

bool cmd_stopped(void)
{
    return stop_wanted != 0;
}

/* The line on the terminal, and the run that it tells of. */
static struct {
    bool known, terminal, plain, shown;
    int64_t begun, last; /* milliseconds */
    int64_t step_begun;
    uint64_t step_from;
    char what[64];
} line;

static int64_t milliseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void look_at_terminal(void)
{
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
    line.known = true;
    line.terminal = isatty(2) && term && *term && strcmp(term, "dumb") != 0;
    line.plain = no_color && *no_color;
    line.begun = milliseconds();
}

static size_t columns(void)
{
    struct winsize w;
    return ioctl(2, TIOCGWINSZ, &w) == 0 && w.ws_col > 10 ? w.ws_col : 80;
}

/* "1,234,567" */
static const char *grouped(uint64_t n, char out[32])
{
    char digits[24];
    size_t len = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)n), at = 0;
    for (size_t i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = 0;
    return out;
}

/* ", about 2 min left" once that can be told. */
static void rest(char *out, size_t size, int64_t now, uint64_t done, uint64_t total)
{
    int64_t spent = now - line.step_begun;
    out[0] = 0;
    if (spent < GUESS_AFTER || done <= line.step_from || done >= total)
        return;
    double left = (double)spent / 1000 * (double)(total - done) / (double)(done - line.step_from);
    if (left < 90)
        snprintf(out, size, ", about %d s left", (int)left + 1);
    else if (left < 5400)
        snprintf(out, size, ", about %d min left", (int)(left / 60) + 1);
    else
        snprintf(out, size, ", about %.1f h left", left / 3600);
}

static void draw(int64_t now, uint64_t done, uint64_t total)
{
    char tail[160] = "", a[32], b[32], left[48];
    size_t width = columns() - 1, name = strlen(line.what);
    if (total) {
        rest(left, sizeof left, now, done, total);
        snprintf(tail, sizeof tail, ": %s of %s, %d %%%s", grouped(done, a), grouped(total, b), (int)(100.0 * (double)(done < total ? done : total) / (double)total), left);
    } else if (done) {
        snprintf(tail, sizeof tail, ": %s", grouped(done, a));
    }
    if (name > width)
        name = width;
    fprintf(stderr, "\r\033[K%s%.*s%s%.*s", line.plain ? "" : "\033[1m", (int)name, line.what, line.plain ? "" : "\033[0m", (int)(width - name), tail);
    line.shown = true;
}

int cmd_progress_named(void *ctx, const char *what, uint64_t done, uint64_t total)
{
    (void)ctx;
    if (!line.known)
        look_at_terminal();
    if (!line.terminal || !what)
        return stop_wanted;
    int64_t now = milliseconds();
    if (strncmp(line.what, what, sizeof line.what - 1) != 0 || done < line.step_from) {
        snprintf(line.what, sizeof line.what, "%s", what);
        line.step_begun = now;
        line.step_from = done;
    }
    if (now - line.begun < SILENT || now - line.last < EVERY)
        return stop_wanted;
    line.last = now;
    draw(now, done, total);
    return stop_wanted;
}

int cmd_progress(void *label, uint64_t done, uint64_t total)
{
    return cmd_progress_named(NULL, label ? label : "working", done, total);
}

void cmd_progress_end(void)
{
    if (line.shown)
        fputs("\r\033[K", stderr);
    line.shown = false;
}
