/* The vector loops of segread.c for vectors of LANES bytes, in functions that
 * begin with LANES_TARGET. Included once for each length; leaves struct lanes
 * lanes_LANES behind. */
#define LANES_JOIN(a, b) a##_##b
#define LANES_PASTE(a, b) LANES_JOIN(a, b)
#define LANES_(name) LANES_PASTE(name, LANES)

typedef uint8_t LANES_(v8) __attribute__((vector_size(LANES)));
typedef uint16_t LANES_(v16) __attribute__((vector_size(LANES)));
typedef uint32_t LANES_(v32) __attribute__((vector_size(LANES)));
typedef uint64_t LANES_(v64) __attribute__((vector_size(LANES)));

/* Little-endian words of 1 << t bytes as the machine has them. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LANES_LE(t, v)                                              \
    if ((t) >= 1)                                                   \
        v = (v >> 8 & 0x00ff00ff00ff00ff) | (v & 0x00ff00ff00ff00ff) << 8;   \
    if ((t) >= 2)                                                   \
        v = (v >> 16 & 0x0000ffff0000ffff) | (v & 0x0000ffff0000ffff) << 16; \
    if ((t) >= 3)                                                   \
        v = v >> 32 | v << 32;
#else
#define LANES_LE(t, v)
#endif

/* One block; whether no distance is above limit. Words of `bits` bits, width below it. */
#define LANES_UNPACK(t, bits)                                                                                                 \
    LANES_TARGET static bool LANES_(unpack##bits)(const uint8_t *p, unsigned w, uint64_t base, uint64_t limit, uint8_t *restrict out) \
    {                                                                                                                         \
        const LANES_(v##bits) bases = (LANES_(v##bits)){0} + (uint##bits##_t)base, limits = (LANES_(v##bits)){0} + (uint##bits##_t)limit; \
        const uint64_t all = ~(~(uint64_t)0 << w), each = UINT64_MAX / (UINT64_MAX >> (64 - (bits))); /* 1 in each word */    \
        LANES_(v##bits) over = {0}, d;                                                                                        \
        LANES_(v64) low, high;                                                                                                \
        uint##bits##_t any = 0;                                                                                               \
                                                                                                                              \
        for (unsigned k = 0, bit = 0; k < (bits); k++, bit += w) {                                                            \
            const uint8_t *in = p + (size_t)(bit / (bits)) * ROW;                                                             \
            const unsigned s = bit % (bits), rest = (bits) - s;                                                               \
            if (rest >= w) {                                                                                                  \
                const uint64_t mask = all * each;                                                                             \
                for (size_t v = 0; v < ROW; v += LANES, out += LANES) {                                                       \
                    memcpy(&low, in + v, LANES);                                                                              \
                    LANES_LE(t, low)                                                                                          \
                    d = (LANES_(v##bits))(low >> s & mask);                                                                   \
                    over |= limits - d;                                                                                       \
                    d += bases;                                                                                               \
                    memcpy(out, &d, LANES);                                                                                   \
                }                                                                                                             \
            } else {                                                                                                          \
                const uint64_t here = ~(~(uint64_t)0 << rest), mask = here * each, there = (all & ~here) * each;              \
                for (size_t v = 0; v < ROW; v += LANES, out += LANES) {                                                       \
                    memcpy(&low, in + v, LANES);                                                                              \
                    memcpy(&high, in + ROW + v, LANES);                                                                       \
                    LANES_LE(t, low)                                                                                          \
                    LANES_LE(t, high)                                                                                         \
                    d = (LANES_(v##bits))((low >> s & mask) | (high << rest & there));                                        \
                    over |= limits - d;                                                                                       \
                    d += bases;                                                                                               \
                    memcpy(out, &d, LANES);                                                                                   \
                }                                                                                                             \
            }                                                                                                                 \
        }                                                                                                                     \
        for (size_t l = 0; l < LANES / sizeof any; l++)                                                                       \
            any |= over[l];                                                                                                   \
        return !(any >> ((bits) - 1));                                                                                        \
    }
LANES_UNPACK(0, 8)
LANES_UNPACK(1, 16)
LANES_UNPACK(2, 32)
LANES_UNPACK(3, 64)

static bool LANES_(block)(enum keep_segment_type t, const uint8_t *p, unsigned w, uint64_t base, uint64_t limit, uint8_t *out)
{
    switch (t) {
    case KEEP_SEGMENT_U8: return LANES_(unpack8)(p, w, base, limit, out);
    case KEEP_SEGMENT_I16: return LANES_(unpack16)(p, w, base, limit, out);
    case KEEP_SEGMENT_U32: return LANES_(unpack32)(p, w, base, limit, out);
    default: return LANES_(unpack64)(p, w, base, limit, out);
    }
}

/* A word over and over; the last vector may reach past the end, as columns of a batch are whole vectors. */
LANES_TARGET static void LANES_(constant)(uint8_t *out, size_t bytes, uint64_t word)
{
    const LANES_(v64) v = (LANES_(v64)){0} + word;

    for (size_t i = 0; i < bytes; i += LANES)
        memcpy(out + i, &v, LANES);
}

/* first, first + 1, … */
LANES_TARGET static void LANES_(counting)(uint64_t *out, uint32_t n, uint64_t first)
{
    const size_t a = LANES / sizeof *out;
    LANES_(v64) v;

    for (size_t l = 0; l < a; l++)
        v[l] = first + l;
    for (size_t i = 0; i < n; i += a, v += a)
        memcpy(out + i, &v, LANES);
}

#if LANES == 32
/* Steps summed up, four at a time: within a vector in two additions, then all behind what came before. Both factors have 32 bits, which
 * is what AVX2 multiplies: others are left to the caller. */
LANES_TARGET static uint32_t LANES_(sum)(uint64_t *t, uint32_t n, const struct keep_segread_column *c, uint64_t *last)
{
    const __m256i scale = _mm256_set1_epi64x((long long)c->scale), base = _mm256_set1_epi64x(c->base), none = _mm256_setzero_si256();
    __m256i before = _mm256_set1_epi64x((long long)*last);
    uint32_t i = 0;

    if (c->width > 32 || c->scale > UINT32_MAX)
        return 0;
    for (; i + 4 <= n; i += 4) {
        __m256i v = _mm256_add_epi64(base, _mm256_mul_epu32(_mm256_loadu_si256((const __m256i *)(const void *)(t + i)), scale));
        v = _mm256_add_epi64(v, _mm256_blend_epi32(_mm256_permute4x64_epi64(v, 0x90), none, 0x03)); /* 0 a b c */
        v = _mm256_add_epi64(v, _mm256_permute2x128_si256(v, v, 0x08));                              /* 0 0 a b */
        _mm256_storeu_si256((__m256i *)(void *)(t + i), _mm256_add_epi64(v, before));
        before = _mm256_add_epi64(before, _mm256_permute4x64_epi64(v, 0xff));
    }
    *last = (uint64_t)_mm256_extract_epi64(before, 0);
    return i;
}
#else
static uint32_t LANES_(sum)(uint64_t *t, uint32_t n, const struct keep_segread_column *c, uint64_t *last)
{
    (void)t, (void)n, (void)c, (void)last;
    return 0;
}
#endif

static const struct lanes LANES_(lanes) = {LANES_(block), LANES_(constant), LANES_(counting), LANES_(sum)};

#undef LANES_UNPACK
#undef LANES_LE
#undef LANES_
#undef LANES_PASTE
#undef LANES_JOIN
#undef LANES_TARGET
#undef LANES
