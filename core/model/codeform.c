/* Where the dot stands: behind the third place of a diagnosis, of an E code of
 * ICD-9-CM behind the fourth, of a procedure of its volume 3 behind the second
 * (the tabular lists of both editions, CDC and CMS). */
#include "core/model/codeform.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST = 7, LEVEL = 5 }; /* characters of ICD-10-CM, of CPT and HCPCS */

static void dotted(struct keep_codeform *out, size_t *n, struct keep_str code, size_t at)
{
    if (code.n > at)
        snprintf(out->text[(*n)++], sizeof out->text[0], "%.*s.%.*s", (int)at, code.p, (int)(code.n - at), code.p + at);
}

size_t keep_codeform_others(struct keep_codeform *out, struct keep_str system, struct keep_str code)
{
    bool ten = keep_str_is(system, "ICD-10-CM"), nine = keep_str_is(system, "ICD-9-CM");
    size_t n = 0;
    if ((keep_str_is(system, "CPT") || keep_str_is(system, "HCPCS")) && code.n > LEVEL && code.p[LEVEL] == '-') {
        snprintf(out->text[n++], sizeof out->text[0], "%.*s", LEVEL, code.p);
        return n;
    }
    if ((!ten && !nine) || code.n > LONGEST || !code.n || memchr(code.p, '.', code.n))
        return 0;
    bool number = isdigit((unsigned char)code.p[0]) != 0;
    dotted(out, &n, code, nine && code.p[0] == 'E' ? 4 : 3);
    if (nine && number && code.n <= 4)
        dotted(out, &n, code, 2);
    return n;
}
