/* Tables from outside: the first byte picks the kind of map, the rest is the file. */
#include "tests/fuzz/reader.h"

#include "core/ingest/table.h"

#define C(field, column, format) {{field, sizeof field - 1}, {column, sizeof column - 1}, {NULL, 0}, {format, sizeof format - 1}, NULL, 0}

static const struct keep_map_column events[] = {C("time", "a", "iso"), C("account", "b", ""), C("patient_id", "c", ""), C("action", "d", ""), C("reason", "e", "")};
static const struct keep_map_column workforce[] = {C("worker_id", "a", ""), C("login", "b", ""), C("birth_date", "c", "%m/%d/%y"), C("from", "d", ""), C("to", "e", "")};
static const struct keep_map_column encounters[] = {C("encounter_id", "a", ""), C("patient_id", "b", ""), C("start", "c", "%Y%m%d%H%M%S.%f"), C("facility", "d", ""),
                                                    C("unit", "e", "")};
static const struct keep_map_column records[] = {C("record_id", "a", ""), C("class", "b", ""), C("last", "c", "%d %I %p"), C("facility", "d", ""), C("code", "e", "")};
static const struct keep_map_column patients[] = {C("patient_id", "a", ""), C("family", "b", ""), C("birth_date", "c", ""), C("death_date", "d", ""), C("primary_care_id", "e", "")};
static const struct keep_map_column orders[] = {C("patient_id", "a", ""), C("worker_id", "b", ""), C("start", "c", ""), C("kind", "d", ""), C("department", "e", "")};
static const struct keep_map_column teams[] = {C("patient_id", "a", ""), C("worker_id", "b", ""), C("start", "c", ""), C("end", "d", ""), C("kind", "e", "")};
static const struct keep_map_column claims[] = {C("claim_id", "a", ""), C("patient_id", "b", ""), C("first", "c", ""), C("diagnosis", "d", ""), C("worker_id", "e", "")};
static const struct keep_map_column files[] = {C("path", "a", ""), C("class", "b", ""), C("first", "c", ""), C("facility", "d", ""), C("title", "e", "")};
static const struct keep_map_column disclosures[] = {C("disclosure_id", "a", ""), C("patient_id", "b", ""), C("created", "c", ""), C("until", "d", ""), C("basis", "e", "")};
static const struct keep_map maps[] = {
    {{"e", 1}, KEEP_MAP_EVENTS, ',', {NULL, 0}, events, 5},
    {{"w", 1}, KEEP_MAP_WORKFORCE, ';', {NULL, 0}, workforce, 5},
    {{"n", 1}, KEEP_MAP_ENCOUNTERS, '|', {NULL, 0}, encounters, 5},
    {{"r", 1}, KEEP_MAP_RECORDS, '\t', {NULL, 0}, records, 5},
    {{"p", 1}, KEEP_MAP_PATIENTS, ',', {NULL, 0}, patients, 5},
    {{"o", 1}, KEEP_MAP_ORDERS, ',', {NULL, 0}, orders, 5},
    {{"t", 1}, KEEP_MAP_TEAMS, ',', {NULL, 0}, teams, 5},
    {{"c", 1}, KEEP_MAP_CLAIMS, ',', {NULL, 0}, claims, 5},
    {{"f", 1}, KEEP_MAP_FILES, ',', {NULL, 0}, files, 5},
    {{"d", 1}, KEEP_MAP_DISCLOSURES, ',', {NULL, 0}, disclosures, 5},
};

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static const char header[] = "a,b,c,d,e\n";
    struct reader_input file;
    if (n < 2)
        return 0;
    const struct keep_map *map = &maps[p[0] < 0x80 ? p[0] % 4 : p[0] < 0xf0 ? 4 + p[0] % 5 : 9];
    uint8_t *text = malloc(sizeof header + n);
    if (!text)
        return 0;
    memcpy(text, header, sizeof header - 1); /* so that rows are reached */
    for (size_t i = 0; i < sizeof header - 1; i++)
        if (text[i] == ',')
            text[i] = (uint8_t)map->separator;
    size_t skip = p[0] & 4 ? sizeof header - 1 : 0; /* sometimes the header is the input's */
    memcpy(text + sizeof header - 1, p + 1, n - 1);
    struct keep_ingest in = {.map = &map, .maps = 1};
    if (reader_open(&file, &in, text + skip, sizeof header - 1 - skip + n - 1)) {
        struct keep_feed feed;
        struct keep_ingest_counts counts = {0};
        keep_feed_init(&feed, &in);
        if (keep_feed_ahead(&feed, NULL) == 1)
            keep_table_read(&in, &feed, &counts, NULL);
        keep_feed_done(&feed);
        reader_close(&file, &in);
    }
    free(text);
    return 0;
}
