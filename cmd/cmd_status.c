/* status: what is in the keep, in numbers. */
#include "cmd/verbs.h"
#include "core/base/codec.h"
#include "core/store/load.h"
#include "core/text/csv.h"
#include "core/text/jsonw.h"

/* member of the JSON, sentence of the table, field */
#define ROWS(X) \
    X(patients, "patients") X(practitioners, "practitioners") X(workers, "workforce members") X(accounts, "accounts") X(facilities, "facilities") \
    X(locations, "locations") X(encounters, "encounters") X(relations, "relations of users to patients") X(records, "records") X(documents, "documents") \
    X(records_destroyed, "records destroyed") X(events, "access events") X(events_in_segments, "of them packed") X(segments, "blocks of packed access events") \
    X(segment_bytes, "bytes of these blocks") X(quarantined, "items in quarantine") X(sources, "sources") X(ledger_entries, "ledger entries")

struct kinds {
    struct keep_jsonw *w;  /* NULL: rows */
    struct keep_buf *rows;
    bool csv;
};

static void row(const struct kinds *k, const char *indent, struct keep_str name, struct keep_str text, uint64_t n)
{
    if (k->csv) {
        keep_buf_printf(k->rows, "%d", KEEP_REPORT_SCHEMA);
        keep_csv_write_field(k->rows, name, false);
        keep_buf_printf(k->rows, ",%llu\r\n", (unsigned long long)n);
    } else {
        keep_buf_printf(k->rows, "%s%12llu  %.*s\n", indent, (unsigned long long)n, (int)text.n, text.p);
    }
}

static int each_kind(void *ctx, struct keep_str kind, uint64_t n, struct keep_err *err)
{
    const struct kinds *k = ctx;
    char name[256];
    size_t len = kind.n < sizeof name - 1 ? kind.n : sizeof name - 1;
    (void)err;
    if (!k->w) {
        row(k, "    ", kind, kind, n);
        return 0;
    }
    memcpy(name, kind.p, len);
    name[len] = 0;
    keep_jsonw_key(k->w, name);
    keep_jsonw_u64(k->w, n);
    return 0;
}

static int as_json(struct cmd *c, const struct keep_load_status *st, struct keep_buf *b)
{
    struct keep_jsonw w;
    struct kinds k = {.w = &w};
    char hex[33];
    keep_jsonw_init(&w, b);
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
    return rc;
}

/* Counts as rows of two columns, the table without a frame. */
static int as_rows(struct cmd *c, const struct keep_load_status *st, struct keep_buf *b)
{
    struct kinds k = {.rows = b, .csv = cmd_format(c) == KEEP_REPORT_CSV};
    if (k.csv)
        keep_buf_str(b, "schema_version,what,count\r\n");
#define X(field, text) row(&k, "", KEEP_STR(#field), KEEP_STR(text), st->field);
    ROWS(X)
#undef X
    if (!k.csv)
        keep_buf_str(b, "records by kind:\n");
    return keep_load_kinds(c->store, each_kind, &k, &c->err);
}

static int status(struct cmd *c)
{
    struct keep_load_status st;
    struct keep_buf b = KEEP_BUF_INIT;
    bool json = cmd_format(c) == KEEP_REPORT_JSON || cmd_format(c) == KEEP_REPORT_NDJSON;
    int rc = cmd_open(c, false);
    if (rc == 0 && !keep_store_recovery(c->store))
        cmd_note("no recovery recipient: witnesses get no annex, and a backup put back stays read only when anything was held or destroyed since\n");
    if (rc == 0)
        rc = keep_load_status(c->store, &st, &c->err);
    if (rc == 0)
        rc = json ? as_json(c, &st, &b) : as_rows(c, &st, &b);
    if (rc == 0 && b.failed)
        rc = keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = cmd_put(c, &b);
    keep_buf_free(&b);
    return rc;
}

const struct cmd_verb cmd_status = {
    .name = "status", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_KEEP, .uses = CMD_OPENS | CMD_PRINTS,
    .summary = "count what is in the keep",
    .example = CMD_EXAMPLES({"chartkeep status hospital.keep --format json", "for a script"}),
    .run = status};
