/* The vocabularies' words and both lookups, generated from the one table each
 * in vocab.h. A word is looked up exactly as it is written there: a column map
 * or a policy that misspells one must hear of it, so nothing is folded. */
#include "core/model/vocab.h"

#define X(name, word) word,
#define V(name, prefix, table) static const char *const words_of_##name[] = {table(X)};
KEEP_VOCABS(V)
#undef V
#undef X

static const char *word_at(const char *const *words, size_t n, int v)
{
    return v >= 0 && (size_t)v < n ? words[v] : "unknown";
}

static int number_of(const char *const *words, size_t n, struct keep_str word)
{
    for (size_t i = 0; i < n; i++)
        if (keep_str_is(word, words[i]))
            return (int)i;
    return -1;
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define V(name, prefix, table)                                                                              \
    const char *keep_vocab_##name##_word(int v) { return word_at(words_of_##name, COUNT(words_of_##name), v); } \
    int keep_vocab_##name(struct keep_str word) { return number_of(words_of_##name, COUNT(words_of_##name), word); }
KEEP_VOCABS(V)
#undef V

bool keep_vocab_retracted(struct keep_str status)
{
    static const char *const words[] = {"cancelled", "canceled", "entered-in-error", "retracted", "not-done", "void"};
    return number_of(words, COUNT(words), status) >= 0;
}
