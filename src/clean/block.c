/* block.c -- the normal form by blocks of 64 bytes.
 *
 * Letters are made small, and each byte is compared with the one before it, which says what to
 * leave out:
 *
 *      raw     S O O O O   g o o d ! ! !
 *      equal       1 1 1     1       1 1
 *      kept    s o o       g o o d ! !           (no third equal byte, no second space)
 *
 * Points beyond ASCII are gone through one by one; nearly all of them stay what they are, or become
 * another one of as many bytes, or one byte, or nothing. What else there is, and what may be equal
 * to ASCII beside it, is left to normal.c. */
#include "normal.h"

#if defined(GSI_NORMAL_BLOCKS)
#include <smmintrin.h>

enum { PART = 16 };

/* What a block comes to; nothing of it counts if something is too difficult. */
struct block {
    char *to;       /* its folded bytes */
    unsigned count; /* of them */
    uint32_t run_longest;
    uint32_t run_emoji;
    uint32_t capitals;
    uint32_t marks;
    uint32_t emoji;
    uint32_t scripts;
    uint64_t left_out;     /* bytes */
    uint64_t breaks;       /* bytes of points that are in no word */
    uint64_t single_first; /* of points that are words, the first byte, */
    uint64_t single_last;  /* and the last one */
};

static uint64_t bits(__m128i wide)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(wide);
}

static __m128i load(const void *bytes)
{
    return _mm_loadu_si128((const __m128i *)bytes);
}

/* count: 1 to 64. */
static uint64_t first_bits(size_t count)
{
    return UINT64_MAX >> (-count & 63);
}

/* ------------------------------------------------------------------ bytes */

/* Fewer than 16 bytes, of which `before` more can be read in front of them; zeros behind them. */
static __m128i load_few(const char *bytes, size_t count, size_t before)
{
    static const char shift[2 * PART] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                         11, 12, 13, 14, 15, -1, -1, -1, -1, -1, -1,
                                         -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
    if (GS_LIKELY(before + count >= PART))
        return _mm_shuffle_epi8(load(bytes + count - PART), load(shift + PART - count));
    char all[PART] = {0};
    memcpy(all, bytes, count);
    return load(all);
}

struct folded {
    __m128i before;  /* the part before */
    __m128i upper;   /* how many capitals, bytewise */
    __m128i highest; /* of signed bytes */
    __m128i any;
};

/* Returns which of the bytes are as the one before them. */
static inline uint64_t fold_part(struct folded *folded, __m128i part, char *to)
{
    /* A-Z are moved to the highest signed bytes, so that one comparison finds them. */
    __m128i moved = _mm_add_epi8(part, _mm_set1_epi8(0x7F - 'Z'));
    __m128i upper = _mm_cmpgt_epi8(moved, _mm_set1_epi8(0x7F - 26));
    folded->upper = _mm_sub_epi8(folded->upper, upper);
    part = _mm_or_si128(part, _mm_and_si128(upper, _mm_set1_epi8(0x20)));
    part = _mm_max_epu8(part, _mm_set1_epi8(' ')); /* controls */
    folded->highest = _mm_max_epi8(folded->highest, part);
    folded->any = _mm_or_si128(folded->any, part);
    _mm_storeu_si128((__m128i *)(void *)to, part);
    __m128i equal = _mm_cmpeq_epi8(part, _mm_alignr_epi8(part, folded->before, PART - 1));
    folded->before = part;
    return bits(equal);
}

struct source {
    const char *at;
    size_t before; /* bytes of the text in front of it */
    size_t count;
};

/* The part that begins at `i`, a constant. */
static inline uint64_t fold_at(struct folded *folded, struct source source, char *to, size_t i)
{
    if (source.count <= i)
        return 0;
    size_t left = source.count - i;
    __m128i part = GS_LIKELY(left >= PART) ? load(source.at + i)
                                           : load_few(source.at + i, left, source.before + i);
    return fold_part(folded, part, to + i) << i;
}

static inline uint64_t fold_all(struct folded *folded, struct source source, char *to)
{
    uint64_t equal = fold_at(folded, source, to, 0) | fold_at(folded, source, to, 16) |
                     fold_at(folded, source, to, 32) | fold_at(folded, source, to, 48);
    return equal & first_bits(source.count);
}

/* The bytes of a block that are spaces; that are beyond ASCII. */
static uint64_t spaces_of(const char *block)
{
    uint64_t spaces = 0;
    for (unsigned i = 0; i < GS_TEXT_BLOCK; i += PART)
        spaces |= bits(_mm_cmpeq_epi8(load(block + i), _mm_set1_epi8(' '))) << i;
    return spaces;
}

static uint64_t wide_of(const char *block)
{
    uint64_t wide = 0;
    for (unsigned i = 0; i < GS_TEXT_BLOCK; i += PART)
        wide |= bits(load(block + i)) << i;
    return wide;
}

/* equal: of `count` bytes those of ASCII that are as the one before them, but no spaces. run: up to
 * them; afterwards at their end. */
static void count_runs(uint64_t equal, unsigned count, uint32_t *run, uint32_t *longest)
{
    uint64_t ends = ~equal;
    uint32_t inner = 1, lead = ends ? (uint32_t)__builtin_ctzll(ends) : GS_TEXT_BLOCK;
    for (uint64_t left = equal; left; left &= left << 1)
        inner++;
    inner = GS_MAX(inner, *run + lead);
    *longest = GS_MAX(*longest, inner);
    if (lead >= count)
        *run += count;
    else
        *run = (uint32_t)__builtin_clzll(ends << (GS_TEXT_BLOCK - count)) + 1;
}

/* Returns what is left out: third ones of equal bytes, second spaces. */
static uint64_t read_equal(const char *block, uint64_t equal, unsigned count, uint32_t *run,
                           uint32_t *longest)
{
    if (!equal) {
        *run = 1;
        return 0;
    }
    uint64_t spaces = spaces_of(block), left_out = equal & (spaces | equal << 1 | (*run > 1));
    count_runs(equal & ~spaces, count, run, longest);
    return left_out;
}

/* ------------------------------------------------------------------ points beyond ASCII */

/* What stands before the point at hand. */
struct place {
    uint32_t last; /* bytes of that as folded, or of ASCII, */
    uint32_t run;  /* and how often it came; not of ASCII */
};

/* A point of as many bytes as before. */
static inline void put_same(struct block *block, struct place *place, unsigned at, size_t len,
                            uint32_t bytes)
{
    if (GS_LIKELY(bytes != place->last)) {
        place->run = 1;
        place->last = bytes;
        return;
    }
    place->run++;
    block->run_longest = GS_MAX(block->run_longest, place->run);
    if (place->run > 2)
        block->left_out |= first_bits(len) << at;
}

static bool put_invisible(struct block *block, const struct place *place, unsigned at, size_t len)
{
    unsigned next = at + (unsigned)len;
    block->left_out |= first_bits(len) << at;
    if (place->last >= 0x80)
        return true;
    return next < block->count && (unsigned char)block->to[next] != place->last;
}

static bool put_as_ascii(struct block *block, struct place *place, unsigned at, size_t len,
                         uint32_t c)
{
    unsigned next = at + (unsigned)len;
    if (c == place->last || (next < block->count && (unsigned char)block->to[next] == c))
        return false;
    block->to[at] = (char)c;
    block->left_out |= first_bits(len - 1) << (at + 1);
    place->last = c;
    place->run = 1;
    return true;
}

/* What becomes another point, or nothing. False if that is too difficult. */
static bool put_folded(struct block *block, struct place *place, unsigned at, size_t len,
                       struct gsi_shape shape)
{
    block->capitals += (shape.flags & GSI_CAPITAL) != 0;
    if ((shape.flags & GSI_KIND) == GSI_POINT_INVISIBLE)
        return put_invisible(block, place, at, len);
    if (shape.flags & GSI_REPEATED)
        return false;
    if (shape.len == 1)
        return put_as_ascii(block, place, at, len, shape.bytes);
    if (shape.len != len)
        return false;
    put_same(block, place, at, len, shape.bytes);
    for (unsigned i = 0; i < len; i++)
        block->to[at + i] = (char)(shape.bytes >> 8 * i);
    return true;
}

/* What is no letter. */
static inline void put_kind(struct block *block, const struct place *place, unsigned at, size_t len,
                            uint32_t kind)
{
    if (kind == GSI_POINT_EMOJI) {
        block->emoji++;
        block->run_emoji = GS_MAX(block->run_emoji, place->run);
    }
    if (kind == GSI_POINT_SINGLE) {
        block->single_first |= UINT64_C(1) << at;
        block->single_last |= UINT64_C(1) << (at + len - 1);
    } else if (kind != GSI_POINT_MARK) {
        block->breaks |= first_bits(len) << at;
    }
}

/* Letters of two bytes that stay what they are, no two of them the same: nearly all that European
 * and Arabic texts have beyond ASCII. Returns where there is something else. */
static inline unsigned put_letters(const struct gs_clean_scratch *scratch, struct block *block,
                                   struct place *place, unsigned at)
{
    enum { PLAIN = 2 }; /* bytes long, no flags */
    const char *next = block->to + at;
    uint32_t last = place->last, scripts = 0;
    for (;; next += 2) {
        uint32_t raw;
        memcpy(&raw, next, sizeof raw);
        raw = le32toh(raw);
        if ((raw & 0xC0E0) != 0x80C0)
            break;
        const struct gsi_shape *shape = &scratch->shapes[(raw & 0x1F) << 6 | (raw >> 8 & 0x3F)];
        if ((shape->len | shape->flags << 8) != PLAIN || shape->bytes == last)
            break;
        last = shape->bytes;
        scripts |= shape->scripts;
    }
    if (next > block->to + at)
        *place = (struct place){.last = last, .run = 1};
    block->scripts |= scripts;
    return (unsigned)(next - block->to);
}

/* Any point; the length of it, or 0 if that is too difficult. */
static inline size_t put_point(struct gs_clean_scratch *scratch, struct block *block,
                               struct place *place, unsigned at)
{
    size_t len;
    uint32_t point = gs_text_read_wide(block->to + at, &len);
    if (GS_UNLIKELY(!point))
        return 0;
    struct gsi_shape shape = gsi_shape_of(scratch, point);
    uint32_t kind = shape.flags & GSI_KIND;
    block->scripts |= shape.scripts;
    block->marks += (shape.flags & GSI_COUNTED) != 0;
    if (GS_LIKELY(!(shape.flags & GSI_FOLDED) && kind != GSI_POINT_INVISIBLE))
        put_same(block, place, at, len, shape.bytes);
    else if (!put_folded(block, place, at, len, shape))
        return 0;
    if (kind != GSI_POINT_LETTER && shape.len > 1 && kind != GSI_POINT_INVISIBLE)
        put_kind(block, place, at, len, kind);
    return len;
}

/* wide: bytes beyond ASCII. False if that is too difficult. */
static bool put_points(struct gs_clean_scratch *scratch, struct block *block, struct place *place,
                       uint64_t wide)
{
    const uint32_t spaces = UINT32_C(0x20202020);
    unsigned at = 0;
    memcpy(block->to + block->count, &spaces, sizeof spaces); /* ends what is not complete */
    while (at < block->count && wide >> at) {
        unsigned from = at + (unsigned)__builtin_ctzll(wide >> at);
        if (from > at)
            *place = (struct place){.last = (unsigned char)block->to[from - 1]};
        at = put_letters(scratch, block, place, from);
        if (at == block->count || !(wide >> at & 1))
            continue;
        size_t len = put_point(scratch, block, place, at);
        if (GS_UNLIKELY(len == 0))
            return false;
        at += (unsigned)len;
    }
    return true;
}

/* A block ends with a point. */
static unsigned complete(const char *block)
{
    const unsigned char *last = (const unsigned char *)block + GS_TEXT_BLOCK - 3;
    if (last[2] >= 0xC0)
        return GS_TEXT_BLOCK - 1;
    if (last[1] >= 0xE0 && last[2] >= 0x80)
        return GS_TEXT_BLOCK - 2;
    if (last[0] >= 0xF0 && last[1] >= 0x80 && last[2] >= 0x80)
        return GS_TEXT_BLOCK - 3;
    return GS_TEXT_BLOCK;
}

/* ------------------------------------------------------------------ blocks */

static void or_bits(uint64_t *all, size_t at, uint64_t more)
{
    unsigned shift = at & 63;
    all[at / 64] |= more << shift;
    all[at / 64 + 1] |= more >> 1 >> (63 - shift);
}

/* Bytes of the block that stand at the end of the form now. */
static inline void take(struct gsi_writer *w, const struct block *block, unsigned from,
                        unsigned count)
{
    size_t at = (size_t)(w->out - w->scratch->normal);
    w->out += count;
    if (block->breaks)
        or_bits(w->scratch->breaks, at, block->breaks >> from & first_bits(count));
    if (block->single_first) {
        or_bits(w->scratch->splits, at, block->single_first >> from & first_bits(count));
        or_bits(w->scratch->splits, at + 1, block->single_last >> from & first_bits(count));
    }
}

/* Stretches between what is left out, each with whatever follows, which the next one covers. */
static void take_kept(struct gsi_writer *w, const struct block *block)
{
    char bytes[2 * GS_TEXT_BLOCK];
    uint64_t kept = first_bits(block->count) & ~block->left_out;
    memcpy(bytes, block->to, GS_TEXT_BLOCK);
    while (kept) {
        unsigned from = (unsigned)__builtin_ctzll(kept);
        uint64_t rest = ~(kept >> from);
        unsigned count = rest ? (unsigned)__builtin_ctzll(rest) : GS_TEXT_BLOCK;
        for (unsigned i = 0; i < count; i += PART)
            memcpy(w->out + i, bytes + from + i, PART);
        take(w, block, from, count);
        if (from + count == GS_TEXT_BLOCK)
            return;
        kept &= UINT64_MAX << (from + count);
    }
}

static uint32_t sum_of(__m128i counts)
{
    __m128i sums = _mm_sad_epu8(counts, _mm_setzero_si128());
    return (uint32_t)_mm_cvtsi128_si32(sums) + (uint32_t)_mm_extract_epi16(sums, 4);
}

static unsigned put_ascii(struct gsi_writer *w, uint64_t equal, unsigned count)
{
    struct block block = {.to = w->out, .count = count};
    w->last = (unsigned char)w->out[count - 1];
    block.left_out = read_equal(w->out, equal, count, &w->run, &w->run_longest);
    if (GS_UNLIKELY(block.left_out))
        take_kept(w, &block);
    else
        w->out += count;
    return count;
}

/* Something in it is beyond ASCII. */
static unsigned put_wide(struct gsi_writer *w, uint64_t equal, unsigned count)
{
    struct block block = {.to = w->out,
                          .count = count == GS_TEXT_BLOCK ? complete(w->out) : count,
                          .run_longest = w->run_longest,
                          .run_emoji = w->run_emoji};
    struct place place = {.last = w->last, .run = w->run};
    uint32_t run = w->run;
    uint64_t wide = wide_of(w->out) & first_bits(block.count);
    equal &= first_bits(block.count) & ~wide;
    block.left_out = read_equal(w->out, equal, block.count, &run, &block.run_longest);
    gsi_normal_widen(w);
    if (!put_points(w->scratch, &block, &place, wide))
        return 0;
    if (!(wide >> (block.count - 1) & 1))
        place = (struct place){.last = (unsigned char)block.to[block.count - 1], .run = run};
    w->last = place.last;
    w->run = place.run;
    w->run_longest = block.run_longest;
    w->run_emoji = block.run_emoji;
    w->features->capitals += block.capitals;
    w->features->marks += block.marks;
    w->features->emoji += block.emoji;
    w->features->scripts |= block.scripts;
    if (block.left_out)
        take_kept(w, &block);
    else
        take(w, &block, 0, block.count);
    return block.count;
}

size_t gsi_normal_put_block(struct gsi_writer *w, const char *at, const char *begin,
                            const char *end)
{
    struct source source = {at, (size_t)(at - begin), (size_t)GS_MIN(end - at, GS_TEXT_BLOCK)};
    struct folded folded = {.before = _mm_cvtsi32_si128(w->last < 0x80 ? (int)w->last : 0)};
    folded.before = _mm_slli_si128(folded.before, PART - 1);
    uint64_t equal = fold_all(&folded, source, w->out);
    unsigned count = (unsigned)source.count;
    if (GS_UNLIKELY(bits(_mm_cmpeq_epi8(folded.highest, _mm_set1_epi8(0x7F)))))
        return 0;
    count = bits(folded.any) ? put_wide(w, equal, count) : put_ascii(w, equal, count);
    if (count)
        w->features->capitals += sum_of(folded.upper);
    return count;
}

#endif
