/* What the parsers take, in the words of their own tables; where a parser has
 * a grammar and no table (blocks and clauses) it is written here, and a test
 * holds that it and the example agree with what is parsed. */
#include "core/policy/language.h"

#include "core/model/map.h"
#include "core/model/vocab.h"

const char *const keep_language_grammar[] = {
    "file        = pack { define | series | label | retention | explanation | access | evidence | exception | review | map | test }",
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
    "                ['unless' (EXPR | 'expected')] [form]",
    "                'authority' STRING 'threshold' STRING 'state' STATE checked 'explain' TEXT '}'",
    "form        = 'per' KEY [',' KEY] 'within' NUMBER ('minutes'|'hours'|'days')",
    "                ( 'count' ['distinct' (KEY | 'event.day')] '>=' NUMBER",
    "                | 'first' step {'then' step} ['then' 'no' EXPR]",
    "                | 'overlap' KEY )",
    "step        = EXPR ['count' '>=' NUMBER]",
    "KEY         = 'user.id' | 'user.login' | 'event.patient_id' | 'event.place' | 'event.unit'",
    "review      = 'review' STRING '{' 'title' STRING 'over' ('patient'|'encounter'|'record'|'claim') 'queue' STRING",
    "                'severity' SEVERITY 'when' EXPR 'authority' STRING 'threshold' STRING 'state' STATE checked 'explain' TEXT '}'",
    "evidence    = 'evidence' STRING '{' 'title' STRING 'weight' NUMBER 'when' EXPR 'explain' TEXT '}'",
    "exception   = 'exception' STRING 'for' STRING '{' 'when' EXPR 'until' DATE 'owner' STRING",
    "                'reason' STRING '}'",
    "map         = 'map' STRING '{' 'into' KIND ['separator' STRING] ['zone' STRING] column {column} '}'",
    "column      = 'column' FIELD 'from' STRING { 'system' STRING | 'format' STRING",
    "                | 'values' '{' [STRING ':' STRING {',' STRING ':' STRING} [',']] '}' }",
    "test        = 'test' STRING ['for' STRING] '{' { given | events | 'as_of' DATE | expect } '}'",
    "given       = 'given' WORD MAP",
    "events      = 'events' NUMBER 'every' DURATION 'from' TIMESTAMP 'event' MAP",
    "expect      = 'expect' ( 'keep' ('until' DATE | 'permanent') ['by' STRING]",
    "                | ('undetermined' | 'suspended') ['because' (STRING | EXPR)] | 'conflict' ['by' STRING]",
    "                | 'destroy' 'by' DATE | 'gate' STRING | 'sentence' STRING | NUMBER ('finding'|'findings') ['by' STRING]",
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
    "define \"same_address\" {\n"
    "  is user.address_key == patient.address_key\n"
    "}\n"
    "access \"household\" {\n"
    "  title \"Opened the chart of somebody at the same address\"\n"
    "  severity high\n"
    "  weight 60\n"
    "  when same_address\n"
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

const struct keep_language_row keep_language_forms[] = {
    {"per KEY, KEY", "", "Events alike in these fields are looked at together. An event in which one of them is not recorded takes no part."},
    {"within D", "", "The first and the last event of a window or chain lie at most D apart, and may lie exactly D apart. A day is 24 hours."},
    {"when, unless", "", "Conditions of every event that is counted or stands in a chain. With `unless expected` that is only an event without a reason on file; where nobody knows who is behind the account, that cannot be told, and the rule does not fire. "
     "Only opened events are looked at, unless a condition reads event.exposure."},
    {"count >= N", "", "A window holds N events. Every event of every such window is found; windows that share an event are one case."},
    {"count distinct F >= N", "", "The same with N values of F; an event in which F is not recorded is not counted."},
    {"overlap F", "", "Two values of F in one window, as count distinct F >= 2: the same person at two places."},
    {"first A count >= N then B", "", "A chain is N events that satisfy A, and after all of them one that satisfies B, and so on for further steps, of which each can have its count. "
     "After means later, or at the same time with a higher id (source, then number). An event stands for one step of a chain, though it may satisfy several. Every event of every "
     "chain is found; chains whose times touch are one case."},
    {"then no C", "", "The last step only. The chain counts when no event that satisfies C comes after its last event and no later than D behind it, of the same keys; when, unless and "
     "exposure do not matter to C. Until D has passed, by the as-of time, nothing is found. Chains of which one begins before D has passed behind the other are one case."},
    {"exception", "", "Keeps its rule from firing for an event of which its condition is known to hold and whose day, in the keep's zone, lies before `until`; of a rule over several "
     "events it keeps the event from being counted or from standing in a chain. It does not matter to C of `then no`. What happened before `until` stays excepted when that day has come."},
    {"unknown", "", "An event of which a condition cannot be told is not counted and no step of a chain; it is counted as unable. If C cannot be told, nothing is found for what it follows."},
    {"the case", "", "Its events are all that were found together, in their order; it names the user or the patient when the rule is per user or per patient. {count} is what its fullest "
     "window counted, of a chain its events; {limit} what the rule asks for; {first.time}, {last.time}, {first.place}, {last.place}, {first.unit} and {last.unit} are of its first and "
     "last event, and all else is of the first."},
    {0}};

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
#define X(entity, field, type, spelling, text) {spelling, type##_T, text ": in the explain text of a rule over several events"},
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

const char *keep_language_unit(enum keep_field f)
{
    static const char *const unit[KEEP_FIELD_COUNT] = {
#define X(entity, field, text) [KEEP_FIELD_##entity##_##field] = text,
        KEEP_POLICY_UNITS(X)
#undef X
    };
    return f < KEEP_FIELD_COUNT && unit[f] ? unit[f] : "";
}

const char *keep_language_reckoned(enum keep_field f)
{
    static const char *const from[KEEP_FIELD_COUNT] = {
#define X(entity, field, text) [KEEP_FIELD_##entity##_##field] = text,
        KEEP_POLICY_RECKONED(X)
#undef X
    };
    return f < KEEP_FIELD_COUNT ? from[f] : NULL;
}

const char *keep_language_origin(enum keep_field f)
{
    static const char *const of[KEEP_GRAIN_COUNT] = {
#define X(entity, text) [KEEP_GRAIN_##entity] = text,
        KEEP_POLICY_ORIGINS(X)
#undef X
    };
    enum keep_grain g = keep_field_grain(f);
    return g < KEEP_GRAIN_COUNT ? of[g] : "what the rule found";
}
