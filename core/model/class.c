/* A declaration is matched by words, for a steward writes one before anything came in. */
#include "core/model/class.h"

static bool same_word(struct keep_str a, struct keep_str b)
{
    for (size_t i = 0; i < a.n && a.n == b.n; i++)
        if ((a.p[i] | 0x20) != (b.p[i] | 0x20))
            return false;
    return a.n == b.n;
}

bool keep_class_same(struct keep_str name, struct keep_str written)
{
    static const char *const also[][2] = {{KEEP_CLASS_LOG, "AuditEvent"}, {KEEP_CLASS_WORKER, "Practitioner"}, {KEEP_CLASS_WORKER, "PractitionerRole"}, {"account", "Practitioner"}, {"facility", "Organization"}};
    if (same_word(name, written))
        return true;
    for (size_t i = 0; i < sizeof also / sizeof *also; i++)
        if (same_word(name, keep_str_of(also[i][0])) && same_word(written, keep_str_of(also[i][1])))
            return true;
    return false;
}

struct keep_str keep_class_written(const struct keep_source *s, struct keep_str name)
{
    for (size_t i = 0; i < s->classes; i++)
        if (keep_class_same(name, s->klass[i]))
            return s->klass[i];
    return (struct keep_str){NULL, 0};
}

bool keep_class_vouched(const struct keep_source *source, size_t n, struct keep_str name, keep_date first, keep_date last)
{
    for (size_t i = 0; i < n; i++) {
        struct keep_str written = keep_class_written(&source[i], name);
        if (written.n && !source[i].all_classes && keep_source_covers(&source[i], written, (struct keep_str){NULL, 0}, first, last))
            return true;
    }
    return false;
}
