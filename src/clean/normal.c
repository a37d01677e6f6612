/* normal.c -- the normal form, and what only the raw text can tell.
 *
 * ASCII goes through in blocks of 64 bytes: lower case, then each byte is compared with the one and
 * the two before it, which says what to leave out:
 *
 *      raw     S O O O O   g o o d ! ! !
 *      kept    s o o       g o o d ! !           (a third equal byte, a second space)
 *
 * What is beyond ASCII goes point by point, by a table that fills as points are met. Both leave the
 * same form. */
#include "internal.h"

#if defined(__SSSE3__)
#include <tmmintrin.h>
#endif

struct writer {
    struct gs_clean_scratch *scratch;
    struct gs_clean_features *features;
    char *out;
    uint32_t last; /* bytes of the folded points before: of the last one, and the one before that */
    uint32_t last_but_one;
    uint32_t run; /* how many of the last one, left out ones too */
    uint32_t run_longest;
    uint32_t run_emoji; /* */
    uint32_t from;      /* where in the raw text the point at hand begins */
};

/* ------------------------------------------------------------------ point by point */

enum { KIND = 7, CAPITAL = 8, REPEATED = 16, COUNTED = 32 }; /* of gsi_shape.flags */

static struct gsi_shape make_shape(uint32_t point)
{
    struct gsi_point made = gsi_point_of(point);
    char bytes[GS_TEXT_POINT_BYTES_MAX] = {0};
    bool is_letter = made.kind == GSI_POINT_LETTER || made.kind == GSI_POINT_SINGLE;
    /* Emoji are made with these two. */
    bool is_counted = made.kind == GSI_POINT_MARK ||
                      (made.kind == GSI_POINT_INVISIBLE && point != 0x200D && point != 0xFE0F);
    if (made.kind == GSI_POINT_SPACE)
        made.folded = ' ';
    struct gsi_shape shape = {
        .len = (uint8_t)gs_text_put(made.folded, bytes),
        .scripts = (uint16_t)(is_letter ? 1u << made.script : 0),
        .flags = (uint8_t)(made.kind | (is_letter && made.was_capital ? CAPITAL : 0) |
                           (made.repeated ? REPEATED : 0) | (is_counted ? COUNTED : 0)),
    };
    memcpy(&shape.bytes, bytes, sizeof shape.bytes);
    shape.bytes = le32toh(shape.bytes);
    return shape;
}

/* Points that texts are made of are looked up once. */
static struct gsi_shape shape_of(struct gs_clean_scratch *scratch, uint32_t point)
{
    enum { EMOJI = 0x1F000, EMOJI_END = 0x20000, PLANE = 0x10000 };
    _Static_assert((int)GSI_SHAPES == PLANE + EMOJI_END - EMOJI, "all of both");
    if (point >= PLANE) {
        if (point < EMOJI || point >= EMOJI_END)
            return make_shape(point);
        point -= EMOJI - PLANE;
    }
    struct gsi_shape *shape = &scratch->shapes[point];
    if (GS_UNLIKELY(shape->len == 0))
        *shape = make_shape(point < PLANE ? point : point + (EMOJI - PLANE));
    return *shape;
}

static void mark(uint64_t *bits, size_t at, size_t count)
{
    uint64_t ones = (UINT64_C(1) << count) - 1;
    unsigned shift = at & 63;
    bits[at / 64] |= ones << shift;
    if (GS_UNLIKELY(shift + count > 64))
        bits[at / 64 + 1] |= ones >> (64 - shift);
}

static size_t written(const struct writer *w)
{
    return (size_t)(w->out - w->scratch->normal);
}

/* The last point once more. False if it is left out. */
static bool repeat(struct writer *w)
{
    bool is_kept = w->last != w->last_but_one && w->last != ' ';
    w->run = w->last != ' ' ? w->run + 1 : 1;
    w->run_longest = GS_MAX(w->run_longest, w->run);
    w->last_but_one = w->last;
    return is_kept;
}

/* False if the point is left out. */
static inline bool put(struct writer *w, uint32_t bytes, size_t len)
{
    if (GS_UNLIKELY(bytes == w->last)) {
        if (!repeat(w))
            return false;
    } else {
        w->run = 1;
        w->last_but_one = w->last;
        w->last = bytes;
    }
    if (GS_UNLIKELY(w->scratch->map))
        for (size_t i = 0; i < len; i++)
            w->scratch->map[written(w) + i] = w->from;
    bytes = htole32(bytes);
    memcpy(w->out, &bytes, sizeof bytes);
    w->out += len;
    return true;
}

static void put_ascii(struct writer *w, unsigned char c)
{
    if (c >= 'A' && c <= 'Z') {
        c |= 0x20;
        w->features->capitals++;
    }
    if (c >= 'a' && c <= 'z')
        w->features->scripts |= 1u << GS_SCRIPT_LATIN;
    put(w, c <= ' ' || c == 0x7F ? ' ' : c, 1);
}

/* What is no letter of a word. */
static void put_other(struct writer *w, struct gsi_shape shape)
{
    struct gs_clean_scratch *scratch = w->scratch;
    uint32_t kind = shape.flags & KIND;
    w->features->marks += (shape.flags & COUNTED) != 0;
    w->features->emoji += kind == GSI_POINT_EMOJI;
    if (kind == GSI_POINT_INVISIBLE)
        return;
    for (int i = 0; i <= (shape.flags & REPEATED ? 2 : 0); i++) {
        size_t at = written(w);
        bool is_kept = put(w, shape.bytes, shape.len);
        if (kind == GSI_POINT_EMOJI)
            w->run_emoji = GS_MAX(w->run_emoji, w->run);
        if (!is_kept)
            continue;
        if (shape.len > 1 && (kind == GSI_POINT_BREAK || kind == GSI_POINT_EMOJI))
            mark(scratch->breaks, at, shape.len);
        if (kind == GSI_POINT_SINGLE) {
            mark(scratch->splits, at, 1);
            mark(scratch->splits, at + shape.len, 1);
        }
    }
}

static inline void put_wide(struct writer *w, struct gsi_shape shape)
{
    w->features->scripts |= shape.scripts;
    w->features->capitals += (shape.flags & CAPITAL) != 0;
    if (GS_LIKELY((shape.flags & ~CAPITAL) == GSI_POINT_LETTER))
        put(w, shape.bytes, shape.len);
    else
        put_other(w, shape);
}

/* A space between two words that go on beyond ASCII is no stretch of its own. */
static inline bool is_lone_space(const char *at)
{
    return at[0] == ' ' && (unsigned char)at[1] >= 0x80;
}

/* Returns where ASCII begins, or the end. */
static const char *put_wide_part(struct writer *w, const char *at, const char *end)
{
    const char *begin = at;
    while (end - at >= (ptrdiff_t)sizeof(uint32_t)) {
        size_t len = 1;
        if ((unsigned char)*at >= 0x80) {
            uint32_t point = gs_text_read_wide(at, &len);
            if (GS_UNLIKELY(!point))
                break;
            put_wide(w, shape_of(w->scratch, point));
        } else {
            if (!is_lone_space(at))
                break;
            put(w, ' ', 1);
        }
        at += len;
        w->from += (uint32_t)len;
    }
    for (; at < end && (unsigned char)*at >= 0x80; w->from += (uint32_t)(at - begin)) {
        begin = at;
        put_wide(w, shape_of(w->scratch, gs_text_next_wide(&at, end)));
    }
    return at;
}

/* ------------------------------------------------------------------ blocks of ASCII */

#if defined(__SSSE3__)

enum { PART = 16 };

struct block {
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

/* Writes the folded bytes to `to`. before: the 16 of them before the block, and afterwards those at
 * its end. */
static inline void read_block(const char *raw, char *to, unsigned parts, __m128i *before,
                              struct block *block)
{
    const __m128i spaces = _mm_set1_epi8(' ');
    block->left_out = block->equal = block->upper = block->letters = 0;
    for (unsigned i = 0; i < parts; i++) {
        __m128i part = _mm_loadu_si128((const __m128i *)(const void *)(raw + (size_t)PART * i));
        __m128i upper = are_letters(part, 'A');
        __m128i folded = _mm_or_si128(part, _mm_and_si128(upper, spaces)); /* 0x20 */
        folded = _mm_max_epu8(folded, spaces);                             /* controls */
        __m128i rubout = _mm_cmpeq_epi8(folded, _mm_set1_epi8(0x7F));
        folded = _mm_andnot_si128(_mm_and_si128(rubout, _mm_set1_epi8(0x5F)), folded);
        __m128i equal = _mm_cmpeq_epi8(folded, _mm_alignr_epi8(folded, *before, 15));
        block->equal |= bits(equal) << PART * i;
        block->upper |= bits(upper) << PART * i;
        block->letters |= bits(are_letters(folded, 'a')) << PART * i;
        _mm_storeu_si128((__m128i *)(void *)(to + (size_t)PART * i), folded);
        if (GS_UNLIKELY(bits(equal))) {
            __m128i equal2 = _mm_cmpeq_epi8(folded, _mm_alignr_epi8(folded, *before, 14));
            __m128i space = _mm_cmpeq_epi8(folded, spaces);
            block->left_out |= bits(_mm_and_si128(equal, _mm_or_si128(equal2, space))) << PART * i;
            block->equal &= ~(bits(space) << PART * i);
        }
        *before = folded;
    }
}

/* The block at the end of the form keeps these bytes: stretches between what is left out, each with
 * whatever follows, which the next one covers. */
static void move_kept(struct writer *w, uint64_t kept)
{
    char bytes[2 * GS_TEXT_BLOCK];
    memcpy(bytes, w->out, GS_TEXT_BLOCK);
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

/* Bytes of ASCII, of which so many may be read, more than there are perhaps. */
static void put_blocks(struct writer *w, const char *raw, size_t len, size_t readable)
{
    char tail[GS_TEXT_BLOCK];
    __m128i before = _mm_cvtsi32_si128((int)((w->last < 0x80 ? w->last : 0) << 8 |
                                             (w->last_but_one < 0x80 ? w->last_but_one : 0)));
    before = _mm_slli_si128(before, PART - 2);
    for (size_t at = 0; at < len; at += GS_TEXT_BLOCK) {
        struct block block;
        unsigned count = (unsigned)GS_MIN(len - at, (size_t)GS_TEXT_BLOCK);
        unsigned parts = (count + PART - 1) / PART;
        uint64_t valid = UINT64_MAX >> (GS_TEXT_BLOCK - count);
        const char *from = raw + at;
        if (GS_UNLIKELY(at + (size_t)parts * PART > readable))
            from = memcpy(tail, from, count);
        read_block(from, w->out, parts, &before, &block);
        w->features->capitals += (uint32_t)__builtin_popcountll(block.upper & valid);
        w->features->scripts |= (block.letters & valid) != 0; /* bit 0 is Latin */
        if (GS_LIKELY(!(block.equal & valid)))
            w->run = 1;
        else
            count_block_run(w, block.equal & valid, count);
        if (GS_LIKELY(!(block.left_out & valid)))
            w->out += count;
        else
            move_kept(w, valid & ~block.left_out);
    }
}

/* What follows must know what was before. */
static void put_ascii_run(struct writer *w, const char *raw, size_t len, size_t readable)
{
    size_t at = written(w);
    put_blocks(w, raw, len, readable);
    size_t end = written(w);
    if (end > at) {
        w->last_but_one = end - at > 1 ? (unsigned char)w->out[-2] : w->last;
        w->last = (unsigned char)w->out[-1];
    }
}
_Static_assert(GS_SCRIPT_LATIN == 0, "put_blocks");

#endif

/* ------------------------------------------------------------------ both */

/* readable: how many bytes may be read from raw on. */
static void put_ascii_part(struct writer *w, const char *raw, size_t len, size_t readable)
{
#if defined(__SSSE3__)
    enum { FEW = 2 };
    if (len > FEW && !w->scratch->map) {
        put_ascii_run(w, raw, len, readable);
        return;
    }
#else
    (void)readable;
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
        put_ascii_part(&w, at, ascii, (size_t)(end - at));
        at += ascii;
        at = put_wide_part(&w, at, end);
        ascii = at < end ? gs_text_ascii_run(gs_str_make(at, (size_t)(end - at))) : 0;
    }
    if (w.out > scratch->normal && w.out[-1] == ' ')
        w.out--;
    scratch->normal_len = (uint32_t)written(&w);
    memset(w.out, 0, GSI_PAD_BYTES);
    features->run_longest = w.run_longest;
    features->run_is_emoji = w.run_emoji > 0 && w.run_emoji == w.run_longest;
}
