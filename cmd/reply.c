/* Answers to a patient: whom they are about, and how they are signed and handed
 * out. An answer is made whole, entered in the ledger, then shown. */
#include "cmd/reply.h"

#include <fcntl.h>

#include "cmd/signed.h"
#include "core/base/file.h"
#include "core/store/person.h"

struct match {
    uint32_t first;
    size_t n;
};

static int add_match(void *ctx, uint32_t patient)
{
    struct match *m = ctx;
    if (m->n++ == 0)
        m->first = patient;
    return 0;
}

uint32_t cmd_reply_patient(void *ctx, const struct keep_world *w, struct keep_err *err)
{
    struct cmd *c = ctx;
    struct keep_str line[2];
    struct match m = {KEEP_ID_NONE, 0};
    int n = 0, rc = cmd_lines(c, "patient-file", "patient's MRN, or Family, Given, or a source's id", line, 2, &n);
    if (rc == 0 && n > 1)
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "one patient at a time: an answer is one patient's");
    if (rc == 0)
        rc = keep_person_find(c->store, w, line[0], add_match, &m, &c->err);
    if (rc == 0 && m.n == 0)
        rc = cmd_names_nobody(c, 1);
    if (rc == 0 && m.n > 1) {
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "that names %zu patients", m.n);
        keep_err_hint(&c->err, "give the MRN, or merge them first: chartkeep patient alike");
    }
    if (rc < 0 && err != &c->err)
        *err = c->err;
    return rc < 0 ? KEEP_ID_NONE : m.first;
}

int cmd_reply_officer(struct cmd *c, struct keep_answered *a, struct keep_sign_secret **officer)
{
    int rc = 0;
    *officer = NULL;
    if (cmd_given(c, "officer-key") || a->names.n || cmd_given(c, "show-phi"))
        rc = cmd_officer(c, officer);
    if (rc == 0) {
        a->officer = *officer;
        a->request = keep_str_of(cmd_value(c, "show-phi"));
    }
    return rc;
}

static int hand_out(struct cmd *c, const struct keep_buf *text, const struct keep_buf *signature)
{
    const char *path = cmd_value(c, "output");
    bool beside = path && signature->n;
    int rc = beside ? cmd_signed_write(c, path, text, signature) : cmd_put(c, text);
    if (rc == 0 && !beside && signature->n)
        cmd_note("signed and entered in the ledger; with --output F its signature is written beside it\n");
    if (rc == 0 && beside)
        cmd_note("%s, signed: minisign -Vm %s -p %s\n", path, path, cmd_given(c, "officer-key") ? "ROLE.pub" : "KEEP.pub (chartkeep key show)");
    return rc;
}

int cmd_reply_give(struct cmd *c, const struct keep_letter *l, struct keep_answered *a, bool keep_signs)
{
    struct keep_buf text = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    bool given = keep_signs || a->officer || a->request.n;
    int rc = keep_letter_write(&text, cmd_format(c), l, &c->err);
    a->document = keep_buf_view(&text);
    if (rc == 0 && given && cmd_given(c, "output")) /* before it is recorded as given */
        rc = keep_file_place(AT_FDCWD, cmd_value(c, "output"), text.n, &c->err);
    if (rc == 0 && given)
        rc = keep_answered_record(c->store, a, &sig, &c->err);
    if (rc == 0)
        rc = hand_out(c, &text, &sig);
    if (rc == 0 && !given)
        cmd_note("a look, not an answer: neither signed nor in the ledger; identifiers are masked without --show-phi REQUEST --officer-key F\n");
    keep_buf_free(&text);
    keep_buf_free(&sig);
    return rc;
}
