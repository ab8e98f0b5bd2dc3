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
    "}\n"
    "retention \"ten-years\" {\n"
    "  title \"Ten years after the last care, no more than twelve after it was written down, to the end of the year\"\n"
    "  jurisdiction US-KS\n"
    "  status house_policy\n"
    "  checked date(\"2026-01-05\") source \"minutes of the records committee\"\n"
    "  when set.series == \"medical record\"\n"
    "  keep 10 years after set.last(\"service_date\") at most 12 years after set.first(\"service_date\") rounded up to end of year\n"
    "  early 1 year after set.last(\"service_date\") with \"the written consent of the patient\"\n"
    "  suspended from date(\"2020-03-01\") to date(\"2020-03-31\") if facility.type == \"clinic\"\n"
    "  suspended while patient.deceased\n"
    "  residue 25 years \"name, birth date, diagnoses\"\n"
    "  cite \"house policy 7\"\n"
    "  explain \"Ten years after {set.last(\\\"service_date\\\")}.\"\n"
    "}\n"
    "retention \"study\" {\n"
    "  title \"A year after the later of two days, for the study\"\n"
    "  jurisdiction US-KS\n"
    "  status house_policy\n"
    "  checked date(\"2026-01-05\") source \"minutes of the records committee\"\n"
    "  when set.series == \"medical record\" && facility.name == \"Study\"\n"
    "  instead of \"ten-years\"\n"
    "  keep 1 year after later(set.last(\"service_date\"), date(\"2021-07-01\"))\n"
    "  cite \"house policy 8\"\n"
    "  explain \"Kept for the study.\"\n"
    "}\n"
    "test \"twelve years are fewer, to the end of the year\" for \"ten-years\" {\n"
    "  given facility {state: \"KS\", name: \"East\", type: \"hospital\"}\n"
    "  given patient {id: \"p\", deceased: false}\n"
    "  given source {complete: true, codes_complete: true, closed_on: date(\"2025-12-31\"), custody: \"official\"}\n"
    "  given record {kind: \"DocumentReference\", service_date: date(\"2010-05-09\")}\n"
    "  given record {kind: \"DocumentReference\", service_date: date(\"2016-02-29\")}\n"
    "  as_of date(\"2026-01-05\")\n"
    "  expect keep until date(\"2022-12-31\") by \"ten-years\"\n"
    "}\n"
    "test \"the clock of a clinic stood still for thirty days\" for \"ten-years\" {\n"
    "  given facility {state: \"KS\", name: \"East\", type: \"clinic\"}\n"
    "  given patient {id: \"p\", deceased: false}\n"
    "  given source {complete: true, codes_complete: true, closed_on: date(\"2025-12-31\"), custody: \"official\"}\n"
    "  given record {kind: \"DocumentReference\", service_date: date(\"2015-12-15\")}\n"
    "  as_of date(\"2026-01-05\")\n"
    "  expect keep until date(\"2026-12-31\") by \"ten-years\"\n"
    "}\n"
    "test \"and stands while they are deceased\" for \"ten-years\" {\n"
    "  given facility {state: \"KS\", name: \"East\", type: \"clinic\"}\n"
    "  given patient {id: \"p\", deceased: true}\n"
    "  given source {complete: true, codes_complete: true, closed_on: date(\"2025-12-31\"), custody: \"official\"}\n"
    "  given record {kind: \"DocumentReference\", service_date: date(\"2015-12-15\")}\n"
    "  as_of date(\"2026-01-05\")\n"
    "  expect suspended\n"
    "}\n"
    "test \"the study's rule stands for the other\" for \"study\" {\n"
    "  given facility {state: \"KS\", name: \"Study\", type: \"hospital\"}\n"
    "  given patient {id: \"p\", deceased: false}\n"
    "  given source {complete: true, codes_complete: true, closed_on: date(\"2025-12-31\"), custody: \"official\"}\n"
    "  given record {kind: \"DocumentReference\", service_date: date(\"2015-12-15\")}\n"
    "  as_of date(\"2026-01-05\")\n"
    "  expect keep until date(\"2022-07-01\") by \"study\"\n"
    "}\n";

const struct keep_language_row keep_language_periods[] = {
    {"earlier(date, date), later(date, date)", "", "The one or the other of two days; unknown when one of them is. Example: keep 3 years after later(set.last(\"discharge_date\"), patient.birthday(18))"},
    {"after end of X of DAY", "", "The period begins with the last day of the month, quarter, year or fiscal year in which the day lies. Example: keep 5 years after end of year of set.last(\"closed_date\")"},
    {"if", "", "The period counts unless it is known that the condition does not hold. Example: keep 1 year after patient.birthday(18) if facility.type == \"clinic\""},
    {"at most", "", "A cap: the period ends with the day that comes first, its own or that of a cap. A cap whose day is unknown leaves the rule without a day. "
     "Example: keep 7 years after patient.birthday(18) at most 28 years after set.last(\"discharge_date\")"},
    {"rounded up", "", "To the last day of the month, quarter, year or fiscal year in which the day lies. This comes last, behind caps and suspensions, and so may lead beyond a cap. "
     "Example: keep 6 years after set.last(\"service_date\") rounded up to end of fiscal year starting month 7"},
    {"suspended from … to …", "", "A keep whose clock ran when it was stopped, or began while it stood, ends later by the days that it stood still. Where one of the two days is unknown the rule has no day, "
     "unless the condition is known not to hold. A destroy by does not move. Example: suspended from set.first(\"filed_date\") to set.last(\"settled_date\") if patient.any(\"Claim\")"},
    {"suspended while", "", "As long as the condition holds the rule has no day, and so while it is unknown; what is permanent stays so. Example: suspended while patient.any(\"Claim\")"},
    {"early", "", "Said and no more: with what is named, disposal may come as early as that. It makes no day earlier, and nothing due. "
     "Example: early 1 year after set.last(\"discharge_date\") with \"the written consent of the patient\""},
    {"residue", "", "What must outlive the record, for so many years behind its disposal, or behind the day it had to be kept until where that is later. Such a set is archived, and destroyed only "
     "behind that; where somebody else holds it, the order names the residue. Of several rules the longest counts. Example: residue 25 years \"name, birth date, diagnoses\""},
    {"instead of", "", "This rule stands for that one of the same jurisdiction, whose day, gates and residue then do not count: but only where this one is known to apply, gives a day, and has been checked or confirmed. "
     "Elsewhere both count, and the later day does. Example: instead of \"other\""},
    {0}};

const struct keep_language_row keep_language_forms[] = {
    {"per KEY, KEY", "", "Events alike in these fields are looked at together. An event in which one of them is not recorded takes no part."},
    {"within D", "", "The first and the last event of a window or chain lie at most D apart, and may lie exactly D apart. A day is 24 hours."},
    {"when, unless", "", "Conditions of every event that is counted or stands in a chain. With `unless expected` that is only an event without a reason on file; where nobody knows who is behind the account, or whose chart it was, that cannot be told, and the rule does not fire. "
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
