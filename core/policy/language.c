/* What the parsers take, in the words of their own tables; where a parser has
 * a grammar and no table (blocks and clauses) it is written here, and a test
 * holds that it and the example agree with what is parsed. */
#include "core/policy/language.h"

#include "core/model/map.h"
#include "core/model/vocab.h"
#include "core/policy/field.h"

const char *const keep_language_grammar[] = {
    "file        = pack { define | series | label | retention | explanation | access | evidence | map | test }",
    "pack        = 'pack' STRING '{' 'version' STRING 'language' 1 ['title' STRING] '}'",
    "define      = 'define' STRING '{' ['title' STRING] 'is' EXPR '}'",
    "series      = 'series' STRING '{' 'title' STRING 'order' NUMBER",
    "                'per' ('patient' [',' 'facility'] | 'source') ['separable']",
    "                'when' EXPR 'authority' STRING checked '}'",
    "label       = 'label' STRING '{' 'title' STRING 'when' EXPR 'authority' STRING checked",
    "                ['historic' ['none'] STRING] '}'",
    "retention   = 'retention' STRING '{' 'title' STRING 'jurisdiction' NAME {'-' NAME} 'status' STATUS",
    "                checked ['effective' 'from' DATE ['to' DATE]] 'when' EXPR",
    "                { keep | destroy | early | suspended | gate | residue | instead }",
    "                'cite' STRING 'explain' TEXT '}'",
    "keep        = 'keep' ( period { 'at' 'most' period | 'if' EXPR | 'rounded' 'up' 'to' end }",
    "                | 'permanent' ['if' EXPR] )",
    "destroy     = 'destroy' 'by' period ['if' EXPR]",
    "early       = 'early' period 'with' STRING",
    "suspended   = 'suspended' ( 'while' EXPR | 'from' EXPR 'to' EXPR ['if' EXPR] )",
    "gate        = 'gate' STRING [NUMBER ('days'|'months'|'years') 'before'] ['if' EXPR]",
    "residue     = 'residue' ( NUMBER 'years' | 'permanent' ) STRING",
    "instead     = 'instead' 'of' STRING",
    "period      = NUMBER ('days'|'months'|'years') 'after' [end 'of'] EXPR",
    "end         = 'end' 'of' ('month' | 'quarter' | 'year' | 'fiscal' 'year' 'starting' 'month' NUMBER)",
    "explanation = 'explanation' STRING '{' 'title' STRING 'when' EXPR 'missing' STRING",
    "                'authority' STRING [checked] '}'",
    "access      = 'access' STRING '{' 'title' STRING 'severity' SEVERITY 'weight' NUMBER 'when' EXPR",
    "                ['unless' (EXPR | 'expected')] [count]",
    "                'authority' STRING 'threshold' STRING 'state' STATE checked 'explain' TEXT '}'",
    "count       = 'per' KEY [',' KEY] 'within' NUMBER ('minutes'|'hours'|'days')",
    "                'count' ['distinct' (KEY | 'event.day')] '>=' NUMBER",
    "KEY         = 'user.id' | 'user.login' | 'event.patient_id' | 'event.place' | 'event.unit'",
    "evidence    = 'evidence' STRING '{' 'title' STRING 'weight' NUMBER 'when' EXPR 'explain' TEXT '}'",
    "map         = 'map' STRING '{' 'into' KIND ['separator' STRING] ['zone' STRING] column {column} '}'",
    "column      = 'column' FIELD 'from' STRING { 'system' STRING | 'format' STRING",
    "                | 'values' '{' [STRING ':' STRING {',' STRING ':' STRING} [',']] '}' }",
    "test        = 'test' STRING ['for' STRING] '{' { given | events | 'as_of' DATE | expect } '}'",
    "given       = 'given' WORD MAP",
    "events      = 'events' NUMBER 'every' DURATION 'from' TIMESTAMP 'event' MAP",
    "expect      = 'expect' ( 'keep' ('until' DATE | 'permanent') ['by' STRING]",
    "                | ('undetermined' | 'suspended') ['because' (STRING | EXPR)] | 'conflict' ['by' STRING]",
    "                | 'destroy' 'by' DATE | 'gate' STRING | NUMBER ('finding'|'findings') ['by' STRING]",
    "                | 'expected' ['by' STRING] | 'unexplained' | 'flagged' ['by' STRING]",
    "                | 'not' ('assessed'|'applicable') | ['no'] 'label' STRING | 'series' STRING )",
    "checked     = 'checked' ('\"unverified\"' | DATE 'source' STRING ['by' STRING] ['digest' STRING])",
    "STATUS      = 'law' | 'recommendation' | 'contract' | 'house_policy'",
    "STATE       = 'in_force' | 'house_policy' | 'proposed' | 'vacated'",
    NULL};

const char keep_language_example[] =
    "pack \"our-house\" {\n"
    "  version \"2026.1\"\n"
    "  language 1\n"
    "}\n"
    "access \"household\" {\n"
    "  title \"Opened the chart of somebody at the same address\"\n"
    "  severity high\n"
    "  weight 60\n"
    "  when user.address_key == patient.address_key\n"
    "  unless expected\n"
    "  authority \"45 CFR 164.308(a)(1)(ii)(D)\"\n"
    "  threshold \"any access; house policy to be adopted by the hospital\"\n"
    "  state house_policy\n"
    "  checked \"unverified\"\n"
    "  explain \"{user.name} and {patient.name} have the same address on file; no reason for the access is.\"\n"
    "}\n"
    "test \"the neighbours\" for \"household\" {\n"
    "  given user {id: \"u\", address_key: \"1 Elm Street\"}\n"
    "  given patient {id: \"p\", address_key: \"1 Elm Street\"}\n"
    "  given event {time: timestamp(\"2026-03-10T09:00:00Z\")}\n"
    "  expect flagged by \"household\"\n"
    "}\n";

#define STRING_T "string"
#define INT_T "int"
#define BOOL_T "bool"
#define DATE_T "date"
#define TIMESTAMP_T "timestamp"
#define LIST_T "list"
#define KEY_T "key"
const struct keep_language_row keep_language_fields[] = {
#define X(entity, field, type, text) {#entity "." #field, type##_T, text},
    KEEP_POLICY_FIELDS(X)
#undef X
#define X(entity, field, type, spelling, text) {spelling, type##_T, text ": in the explain text of a counting rule"},
    KEEP_POLICY_FINDING_FIELDS(X)
#undef X
    {0}};

const struct keep_language_row keep_language_calls[] = {
#define X(name, spelling, args, result, text) {spelling "(" args ")", result##_T, text},
    KEEP_POLICY_CALLS(X)
#undef X
    {0}};

const struct keep_language_row keep_language_givens[] = {
#define X(entity, field, type, text) {#entity "." #field, type##_T, text},
    KEEP_POLICY_GIVENS(X)
#undef X
    {0}};

#define KIND(name, word) static const char kind_##name[] = word;
KEEP_MAP_KINDS(KIND)
#undef KIND
const struct keep_language_row keep_language_columns[] = {
#define X(kind, field, required, text) {#field, kind_##kind, text},
    KEEP_MAP_FIELDS(X)
#undef X
    {0}};

#define W(name, word) word ", "
const struct keep_language_row keep_language_words[] = {
    {"event.action", "", KEEP_ACTIONS(W)},     {"event.exposure", "", KEEP_EXPOSURES(W)}, {"event.outcome", "", KEEP_OUTCOMES(W)},
    {"event.purpose", "", KEEP_PURPOSES(W)},   {"user.kind", "", KEEP_ACCOUNT_KINDS(W)},  {"record.custody, set.custody", "", KEEP_CUSTODIES(W)},
    {"kinds of relations", "", KEEP_RELATIONS(W)}, {"severity", "", KEEP_SEVERITIES(W)},  {0}};
