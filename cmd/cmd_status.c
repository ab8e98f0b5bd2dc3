/* status: what is in the keep, in numbers. */
#include "cmd/verbs.h"
#include "core/base/codec.h"
#include "core/store/load.h"
#include "core/text/jsonw.h"

/* member of the JSON, sentence of the table, field */
#define ROWS(X) \
    X(patients, "patients") X(practitioners, "practitioners") X(workers, "workforce members") X(accounts, "accounts") X(facilities, "facilities") \
    X(locations, "locations") X(encounters, "encounters") X(relations, "relations of users to patients") X(records, "records") X(documents, "documents") \
    X(records_destroyed, "records destroyed") X(events, "access events") X(events_in_segments, "of them in column segments") X(segments, "column segments") \
    X(segment_bytes, "bytes of column segments") X(quarantined, "items in quarantine") X(sources, "sources") X(ledger_entries, "ledger entries")

struct kinds {
    struct keep_jsonw *w; /* NULL: table */
};

static int each_kind(void *ctx, struct keep_str kind, uint64_t n, struct keep_err *err)
{
    struct kinds *k = ctx;
    (void)err;
    if (k->w) {
        char name[256];
        size_t len = kind.n < sizeof name - 1 ? kind.n : sizeof name - 1;
        memcpy(name, kind.p, len);
        name[len] = 0;
        keep_jsonw_key(k->w, name);
        keep_jsonw_u64(k->w, n);
    } else {
        cmd_out("    %10llu  %.*s\n", (unsigned long long)n, (int)kind.n, kind.p);
    }
    return 0;
}

static int as_json(struct cmd *c, const struct keep_load_status *st)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_jsonw w;
    struct kinds k = {&w};
    char hex[33];
    keep_jsonw_init(&w, &b);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "schema_version");
    keep_jsonw_i64(&w, KEEP_REPORT_SCHEMA);
    keep_jsonw_key(&w, "store");
    keep_codec_hex(keep_store_id(c->store), 16, hex);
    keep_jsonw_z(&w, hex);
    keep_jsonw_key(&w, "time_zone");
    keep_jsonw_z(&w, keep_store_zone(c->store));
    keep_jsonw_key(&w, "quorum");
    keep_jsonw_u64(&w, keep_store_quorum(c->store));
#define X(field, text) keep_jsonw_key(&w, #field); keep_jsonw_u64(&w, st->field);
    ROWS(X)
#undef X
    keep_jsonw_key(&w, "kinds");
    keep_jsonw_object(&w);
    int rc = keep_load_kinds(c->store, each_kind, &k, &c->err);
    keep_jsonw_end_object(&w);
    keep_jsonw_end_object(&w);
    keep_jsonw_newline(&w);
    if (rc == 0)
        cmd_out_bytes(b.p, b.n);
    keep_buf_free(&b);
    return rc;
}

static int status(struct cmd *c)
{
    struct keep_load_status st;
    struct kinds k = {NULL};
    int rc = cmd_open(c, false);
    if (rc == 0)
        rc = keep_load_status(c->store, &st, &c->err);
    if (rc < 0)
        return rc;
    if (cmd_format(c) == KEEP_REPORT_JSON || cmd_format(c) == KEEP_REPORT_NDJSON)
        return as_json(c, &st);
#define X(field, text) cmd_out("%12llu  %s\n", (unsigned long long)st.field, text);
    ROWS(X)
#undef X
    cmd_out("records by kind:\n");
    return keep_load_kinds(c->store, each_kind, &k, &c->err);
}

static const struct cmd_option options[] = {CMD_KEEP_OPTIONS, CMD_ROW_OPTIONS, {NULL, NULL, NULL}};
const struct cmd_verb cmd_status = {"status", NULL, "KEEP", 1, 1, "count what is in the keep", options, status, NULL};
