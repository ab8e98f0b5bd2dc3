/* Code tables are records about no patient; they are opened first, then all others
 * pass by twice: once for what is on file at all, once to be looked at. */
#include "core/work/reviewrun.h"

#include <string.h>

#include "core/model/codetable.h"
#include "core/work/importrun.h"

/* Every piece of a code table, in the order they came. */
static int read_tables(struct keep_reviewrun *r, struct keep_err *err)
{
    struct keep_load_records *rec = NULL;
    struct keep_record_scan scan;
    struct keep_record row;
    struct keep_buf text = KEEP_BUF_INIT;
    int rc = keep_load_records_brief(&rec, r->store, &r->world, &scan, err);
    if (rc == 0)
        rc = keep_codebook_new(&r->book, err);
    while (rc == 0 && (rc = scan.next(scan.ctx, &row, err)) == 1) {
        rc = 0;
        if (row.destroyed || row.patient != KEEP_ID_NONE || row.kind >= r->world.terms || !keep_str_is(r->world.term[row.kind], KEEP_CODETABLE_RECORD))
            continue;
        keep_buf_clear(&text);
        rc = keep_load_payload(r->store, row.id, 0, &text, err);
        if (rc == 0)
            rc = keep_codebook_read(r->book, keep_buf_view(&text), err);
        else if (rc > 0)
            rc = 0; /* destroyed: it says nothing any more */
        r->tables++;
    }
    keep_buf_free(&text);
    keep_load_records_close(rec);
    if (rc == 0)
        keep_codebook_seal(r->book);
    return rc;
}

static struct keep_str mask(void *ctx, const uint8_t finding[16], enum keep_field f, uint64_t entity, struct keep_str clear)
{
    (void)f; /* reviews name nobody but patients */
    return keep_mask_text(ctx, finding, 16, "patient", entity, clear);
}

int keep_reviewrun_open(struct keep_reviewrun *r, struct keep_store *s, const struct keep_packs *packs, const struct keep_reviewrun_params *p, struct keep_err *err)
{
    struct keep_load_records *notes = NULL, *records = NULL;
    struct keep_record_scan scan[2];
    memset(r, 0, sizeof *r);
    r->store = s;
    r->arena = keep_arena_new(0);
    if (!r->arena)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    keep_mask_init(&r->mask, s, r->arena);
    r->mask.revealed = p->revealed;
    int rc = keep_load_world(s, r->arena, &r->world, err);
    if (rc == 0)
        rc = keep_import_weigh(s, r->world.source, r->world.sources, err);
    if (rc == 0)
        rc = read_tables(r, err);
    if (rc == 0)
        rc = keep_load_records_brief(&notes, s, &r->world, &scan[0], err);
    if (rc == 0)
        rc = keep_load_records_open(&records, s, &r->world, &scan[1], err);
    r->in = (struct keep_review_input){.policy = packs->policy, .world = &r->world, .notes = &scan[0], .records = &scan[1], .book = r->book, .as_of = p->as_of,
                                       .mask = mask, .mask_ctx = &r->mask, .progress = p->progress, .progress_ctx = p->progress_ctx};
    if (rc == 0)
        rc = keep_review_run(&r->in, r->arena, &r->result, err);
    keep_load_records_close(notes);
    keep_load_records_close(records);
    return rc;
}

void keep_reviewrun_free(struct keep_reviewrun *r)
{
    keep_codebook_free(r->book);
    keep_arena_free(r->arena);
    memset(r, 0, sizeof *r);
}

struct keep_str keep_reviewrun_patient(struct keep_reviewrun *r, const struct keep_review_finding *f)
{
    if (f->patient >= r->world.patients)
        return (struct keep_str){NULL, 0};
    const struct keep_patient *p = &r->world.patient[f->patient];
    return keep_mask_text(&r->mask, f->id, 16, "patient", p->entity, p->name.n ? p->name : p->mrn);
}
