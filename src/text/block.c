/* block.c -- 64 bytes classified at once.
 *
 * A byte's class follows from its two halves: a table says which groups its high half may belong
 * to, another which groups its low half may, and the group that both allow is the class. Every
 * ASCII byte that is white space or punctuation is in exactly one of eight groups:
 *
 *   space        0x09-0x0D (1)   0x1C-0x1F (2)   0x20 (4)
 *   punctuation  0x21-0x2F (8)   0x3A-0x3F (16)  0x40 and 0x60 (32)  0x5B-0x5F (64)  0x7B-0x7E
 * (128)
 */
#include "groundswell/text.h"

const uint64_t gs_text_prefix_masks[GS_TEXT_BLOCK] = {0,
                                                      UINT64_MAX >> 56,
                                                      UINT64_MAX >> 48,
                                                      UINT64_MAX >> 40,
                                                      UINT64_MAX >> 32,
                                                      UINT64_MAX >> 24,
                                                      UINT64_MAX >> 16,
                                                      UINT64_MAX >> 8,
                                                      [8 ... GS_TEXT_BLOCK - 1] = UINT64_MAX};

#if defined(__SSSE3__)
#include <tmmintrin.h>

/* By the low half; a column's groups. */
#define LOW_HALF                                                                                   \
    _mm_setr_epi8(4 + 32, 8, 8, 8, 8, 8, 8, 8, 8, 8 + 1, 8 + 16 + 1,                               \
                  (char)(8 + 16 + 64 + 128 + 1), (char)(8 + 16 + 64 + 128 + 1 + 2),                \
                  (char)(8 + 16 + 64 + 128 + 1 + 2), (char)(8 + 16 + 64 + 128 + 2),                \
                  8 + 16 + 64 + 2)
/* By the high half; bytes from 0x80 find 0 in LOW_HALF already. */
#define HIGH_HALF _mm_setr_epi8(1, 2, 4 + 8, 16, 32, 64, 32, (char)128, 0, 0, 0, 0, 0, 0, 0, 0)
#define PUNCTUATION_GROUPS 8 /* from here on */

static uint64_t bits(__m128i wide)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(wide);
}

static uint64_t bits_of(__m128i bytes, char byte)
{
    return bits(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte)));
}

/* A-Z are moved to the lowest signed bytes, so that one comparison finds them. */
static __m128i fold(__m128i bytes)
{
    __m128i moved = _mm_add_epi8(bytes, _mm_set1_epi8((char)(0x80 - 'A')));
    __m128i upper = _mm_cmplt_epi8(moved, _mm_set1_epi8((char)(0x80 + 26)));
    return _mm_add_epi8(bytes, _mm_and_si128(upper, _mm_set1_epi8(0x20)));
}

void gs_text_read_block(const char *bytes, char *folded, struct gs_text_block *block)
{
    uint64_t punctuation = 0, other = 0, exclamations = 0, questions = 0, apostrophes = 0;
    for (unsigned i = 0; i < GS_TEXT_BLOCK; i += 16) {
        __m128i part = _mm_loadu_si128((const __m128i *)(bytes + i));
        __m128i high = _mm_and_si128(_mm_srli_epi16(part, 4), _mm_set1_epi8(0x0F));
        __m128i group =
            _mm_and_si128(_mm_shuffle_epi8(LOW_HALF, part), _mm_shuffle_epi8(HIGH_HALF, high));
        /* The sums have their highest bit set from some group on. */
        punctuation |= bits(_mm_adds_epu8(group, _mm_set1_epi8(0x80 - PUNCTUATION_GROUPS))) << i;
        other |= bits(_mm_adds_epu8(group, _mm_set1_epi8(0x7F))) << i;
        exclamations |= bits_of(part, '!') << i;
        questions |= bits_of(part, '?') << i;
        apostrophes |= bits_of(part, '\'') << i;
        _mm_storeu_si128((__m128i *)(folded + i), fold(part));
    }
    *block = (struct gs_text_block){.space = punctuation ^ other,
                                    .solid = ~other,
                                    .exclamations = exclamations,
                                    .questions = questions,
                                    .apostrophes = apostrophes};
}

uint64_t gs_text_repeats(const char *bytes)
{
    uint64_t repeats = 0;
    for (unsigned i = 0; i < GS_TEXT_BLOCK; i += 16) {
        __m128i part = _mm_loadu_si128((const __m128i *)(bytes + i));
        __m128i next = _mm_loadu_si128((const __m128i *)(bytes + i + 1));
        repeats |= bits(_mm_cmpeq_epi8(part, next)) << i;
    }
    return repeats;
}

#else

/* UPPER is what makes a capital small. */
enum { SPACE = 1, PUNCTUATION = 2, UPPER = 32 };

static const uint8_t CLASSES[256] = {
    [0x09 ... 0x0D] = SPACE,       [0x1C ... 0x20] = SPACE, [0x21 ... 0x2F] = PUNCTUATION,
    [0x3A ... 0x40] = PUNCTUATION, ['A' ... 'Z'] = UPPER,   [0x5B ... 0x60] = PUNCTUATION,
    [0x7B ... 0x7E] = PUNCTUATION,
};

void gs_text_read_block(const char *bytes, char *folded, struct gs_text_block *block)
{
    struct gs_text_block all = {0};
    for (unsigned i = 0; i < GS_TEXT_BLOCK; i++) {
        uint64_t class = CLASSES[(unsigned char)bytes[i]];
        all.space |= (class & 1) << i;
        all.solid |= (uint64_t)((class & (SPACE | PUNCTUATION)) == 0) << i;
        all.exclamations |= (uint64_t)(bytes[i] == '!') << i;
        all.questions |= (uint64_t)(bytes[i] == '?') << i;
        all.apostrophes |= (uint64_t)(bytes[i] == '\'') << i;
        folded[i] = (char)((unsigned char)bytes[i] | (class & UPPER));
    }
    *block = all;
}

uint64_t gs_text_repeats(const char *bytes)
{
    uint64_t repeats = 0;
    for (unsigned i = 0; i < GS_TEXT_BLOCK; i++)
        repeats |= (uint64_t)(bytes[i] == bytes[i + 1]) << i;
    return repeats;
}

#endif
