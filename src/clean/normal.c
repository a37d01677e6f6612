/* normal.c -- the normal form, and what only the raw text can tell.
 *
 * ASCII goes through in blocks of 64 bytes: lower case, then each byte is compared with the one and
 * the two before it, which says what to leave out:
 *
 *      raw     S O O O O   g o o d ! ! !
 *      kept    s o o       g o o d ! !           (a third equal byte, a second space)
 *
 * What is beyond ASCII goes point by point. Both leave the same form. */
#include "internal.h"

#if defined(__SSSE3__)
#include <tmmintrin.h>
#endif

struct writer {
    struct gs_clean_scratch *scratch;
    struct gs_clean_features *features;
    char *out;
    uint32_t last; /* folded points before: the last one, and the one before that */
    uint32_t last_but_one;
    uint32_t run; /* how many of the last one, left out ones too */
    uint32_t run_longest;
    uint32_t run_emoji; /* */
    uint32_t from;      /* where in the raw text the point at hand begins */
};

/* ------------------------------------------------------------------ point by point */

static void mark(uint64_t *bits, size_t from, size_t count)
{
    for (size_t i = from; i < from + count; i++)
        bits[i / 64] |= UINT64_C(1) << (i & 63);
}

static size_t written(const struct writer *w)
{
    return (size_t)(w->out - w->scratch->normal);
}

/* False if the point is left out. */
static bool count_run(struct writer *w, uint32_t point, bool is_emoji)
{
    bool is_kept = point != w->last || (point != w->last_but_one && point != ' ');
    w->run = point == w->last && point != ' ' ? w->run + 1 : 1;
    if (point != ' ' && w->run > w->run_longest)
        w->run_longest = w->run;
    if (is_emoji && w->run > w->run_emoji)
        w->run_emoji = w->run;
    if (is_kept) {
        w->last_but_one = w->last;
        w->last = point;
    }
    return is_kept;
}

static void put(struct writer *w, uint32_t point, uint8_t kind)
{
    if (!count_run(w, point, kind == GSI_POINT_EMOJI))
        return;
    size_t at = written(w);
    size_t bytes = gs_text_put(point, w->out);
    w->out += bytes;
    if (w->scratch->is_wide) {
        if (point >= 0x80 && (kind == GSI_POINT_BREAK || kind == GSI_POINT_EMOJI))
            mark(w->scratch->breaks, at, bytes);
        if (kind == GSI_POINT_SINGLE) {
            mark(w->scratch->splits, at, 1);
            mark(w->scratch->splits, at + bytes, 1);
        }
    }
    if (w->scratch->map)
        for (size_t i = 0; i < bytes; i++)
            w->scratch->map[at + i] = w->from;
}

static void put_ascii(struct writer *w, unsigned char c)
{
    if (c >= 'A' && c <= 'Z') {
        c |= 0x20;
        w->features->capitals++;
    }
    if (c >= 'a' && c <= 'z')
        w->features->scripts |= 1u << GS_SCRIPT_LATIN;
    put(w, c <= ' ' || c == 0x7F ? ' ' : c, GSI_POINT_LETTER);
}

static void put_wide(struct writer *w, uint32_t point)
{
    struct gsi_point made = gsi_point_of(point);
    switch ((enum gsi_point_kind)made.kind) {
    case GSI_POINT_INVISIBLE:
        w->features->marks += point != 0x200D && point != 0xFE0F; /* which emoji are made with */
        return;
    case GSI_POINT_SPACE:
        put(w, ' ', GSI_POINT_SPACE);
        return;
    case GSI_POINT_MARK:
        w->features->marks++;
        break;
    case GSI_POINT_EMOJI:
        w->features->emoji++;
        break;
    case GSI_POINT_LETTER:
    case GSI_POINT_SINGLE:
        w->features->scripts |= 1u << made.script;
        w->features->capitals += made.was_capital;
        break;
    case GSI_POINT_BREAK:
        break;
    }
    for (unsigned i = 0; i <= made.repeated; i++)
        put(w, made.folded, made.kind);
}

/* ------------------------------------------------------------------ blocks of ASCII */

#if defined(__SSSE3__)

enum { PART = 16, PARTS = GS_TEXT_BLOCK / PART };

struct block {
    __m128i folded[PARTS];
    uint64_t left_out;
    uint64_t equal; /* to the byte before; no spaces */
    uint64_t upper;
    uint64_t letters;
};

static uint64_t bits(__m128i wide)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(wide);
}

/* Bytes in [first, first + 26) by one signed comparison. */
static __m128i are_letters(__m128i bytes, char first)
{
    __m128i moved = _mm_add_epi8(bytes, _mm_set1_epi8((char)(0x80 - first)));
    return _mm_cmplt_epi8(moved, _mm_set1_epi8((char)(0x80 + 26)));
}

/* before: the 16 folded bytes before the block, and afterwards those at its end. */
static void read_block(const char *raw, __m128i *before, struct block *block)
{
    const __m128i spaces = _mm_set1_epi8(' ');
    block->left_out = block->equal = block->upper = block->letters = 0;
    for (unsigned i = 0; i < PARTS; i++) {
        __m128i part = _mm_loadu_si128((const __m128i *)(const void *)(raw + (size_t)PART * i));
        __m128i upper = are_letters(part, 'A');
        __m128i folded = _mm_or_si128(part, _mm_and_si128(upper, spaces)); /* 0x20 */
        folded = _mm_max_epu8(folded, spaces);                             /* controls */
        __m128i rubout = _mm_cmpeq_epi8(folded, _mm_set1_epi8(0x7F));
        folded = _mm_andnot_si128(_mm_and_si128(rubout, _mm_set1_epi8(0x5F)), folded);
        __m128i equal = _mm_cmpeq_epi8(folded, _mm_alignr_epi8(folded, *before, 15));
        __m128i equal2 = _mm_cmpeq_epi8(folded, _mm_alignr_epi8(folded, *before, 14));
        __m128i space = _mm_cmpeq_epi8(folded, spaces);
        block->left_out |= bits(_mm_and_si128(equal, _mm_or_si128(equal2, space))) << PART * i;
        block->equal |= bits(_mm_andnot_si128(space, equal)) << PART * i;
        block->upper |= bits(upper) << PART * i;
        block->letters |= bits(are_letters(folded, 'a')) << PART * i;
        block->folded[i] = folded;
        *before = folded;
    }
}

static void store(char *to, const struct block *block)
{
    for (unsigned i = 0; i < PARTS; i++)
        _mm_storeu_si128((__m128i *)(void *)(to + (size_t)PART * i), block->folded[i]);
}

/* Stretches between what is left out, each with whatever follows, which the next one covers. */
static void store_kept(struct writer *w, const struct block *block, uint64_t kept)
{
    char bytes[2 * GS_TEXT_BLOCK];
    store(bytes, block);
    while (kept) {
        unsigned from = (unsigned)__builtin_ctzll(kept);
        uint64_t rest = ~(kept >> from);
        unsigned count = rest ? (unsigned)__builtin_ctzll(rest) : GS_TEXT_BLOCK;
        count = GS_MIN(count, GS_TEXT_BLOCK - from);
        for (unsigned i = 0; i < count; i += PART)
            memcpy(w->out + i, bytes + from + i, PART);
        w->out += count;
        if (from + count == GS_TEXT_BLOCK)
            return;
        kept &= UINT64_MAX << (from + count);
    }
}

/* equal: bit i is set if byte i is as the one before it; count bytes. */
static void count_block_run(struct writer *w, uint64_t equal, unsigned count)
{
    uint64_t ends = ~equal;
    unsigned lead = GS_MIN(ends ? (unsigned)__builtin_ctzll(ends) : GS_TEXT_BLOCK, count);
    uint32_t longest = w->run + lead;
    if (lead == count) {
        w->run = longest;
    } else {
        uint64_t top = ends << (GS_TEXT_BLOCK - count); /* the last byte on top */
        w->run = (uint32_t)__builtin_clzll(top) + 1;
    }
    uint32_t inner = 1;
    for (uint64_t left = equal; left; left &= left << 1)
        inner++;
    longest = GS_MAX(longest, inner);
    w->run_longest = GS_MAX(w->run_longest, longest);
}

/* At least PART bytes of ASCII. */
static void put_blocks(struct writer *w, const char *raw, size_t len)
{
    char tail[GS_TEXT_BLOCK] = {0};
    __m128i before = _mm_setzero_si128();
    before = _mm_insert_epi16(
        before,
        (int)((w->last < 0x80 ? w->last : 0) << 8 | (w->last_but_one < 0x80 ? w->last_but_one : 0)),
        7);
    for (size_t at = 0; at < len; at += GS_TEXT_BLOCK) {
        struct block block;
        unsigned count = (unsigned)GS_MIN(len - at, (size_t)GS_TEXT_BLOCK);
        uint64_t valid = UINT64_MAX >> (GS_TEXT_BLOCK - count);
        if (count < GS_TEXT_BLOCK)
            memcpy(tail, raw + at, count);
        read_block(count < GS_TEXT_BLOCK ? tail : raw + at, &before, &block);
        w->features->capitals += (uint32_t)__builtin_popcountll(block.upper & valid);
        w->features->scripts |= (block.letters & valid) != 0; /* bit 0 is Latin */
        count_block_run(w, block.equal & valid, count);
        if (GS_LIKELY(!(block.left_out & valid))) {
            store(w->out, &block);
            w->out += count;
        } else {
            store_kept(w, &block, valid & ~block.left_out);
        }
    }
}

/* What follows must know what was before. */
static void put_ascii_run(struct writer *w, const char *raw, size_t len)
{
    size_t at = written(w);
    put_blocks(w, raw, len);
    size_t end = written(w);
    if (end > at) {
        w->last_but_one = end - at > 1 ? (unsigned char)w->out[-2] : w->last;
        w->last = (unsigned char)w->out[-1];
    }
}
_Static_assert(GS_SCRIPT_LATIN == 0, "put_blocks");

#endif

/* ------------------------------------------------------------------ both */

static void put_ascii_part(struct writer *w, const char *raw, size_t len)
{
#if defined(__SSSE3__)
    if (len >= PART && !w->scratch->map) {
        put_ascii_run(w, raw, len);
        w->from += (uint32_t)len;
        return;
    }
#endif
    for (size_t i = 0; i < len; i++, w->from++)
        put_ascii(w, (unsigned char)raw[i]);
}

void gsi_normal_make(struct gs_clean_scratch *scratch, struct gs_str raw,
                     struct gs_clean_features *features)
{
    struct writer w = {.scratch = scratch,
                       .features = features,
                       .out = scratch->normal,
                       .last = ' ', /* so that no space begins the form */
                       .run_longest = raw.len > 0};
    const char *at = raw.data, *end = raw.data + raw.len;
    size_t ascii = raw.len ? gs_text_ascii_run(raw) : 0;
    scratch->is_wide = ascii < raw.len;
    if (scratch->is_wide) {
        size_t bytes = (3 * (size_t)raw.len / 64 + 2) * sizeof(uint64_t);
        memset(scratch->breaks, 0, bytes);
        memset(scratch->splits, 0, bytes);
    }
    while (at < end) {
        put_ascii_part(&w, at, ascii);
        at += ascii;
        while (at < end && (unsigned char)*at >= 0x80) {
            const char *begin = at;
            put_wide(&w, gs_text_next_wide(&at, end));
            w.from += (uint32_t)(at - begin);
        }
        ascii = at < end ? gs_text_ascii_run(gs_str_make(at, (size_t)(end - at))) : 0;
    }
    if (w.out > scratch->normal && w.out[-1] == ' ')
        w.out--;
    scratch->normal_len = (uint32_t)written(&w);
    memset(w.out, 0, GSI_PAD_BYTES);
    features->run_longest = w.run_longest;
    features->run_is_emoji = w.run_emoji > 0 && w.run_emoji == w.run_longest;
}
