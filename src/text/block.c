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
#define SPACE_GROUPS_END 8

static uint64_t bits(__m128i wide)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(wide);
}

static uint32_t count(__m128i bytes, char what)
{
    return (uint32_t)__builtin_popcountll(bits(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(what))));
}

static __m128i fold(__m128i bytes)
{
    __m128i upper = _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8('A' - 1)),
                                  _mm_cmplt_epi8(bytes, _mm_set1_epi8('Z' + 1)));
    return _mm_or_si128(bytes, _mm_and_si128(upper, _mm_set1_epi8(0x20)));
}

void gs_text_read_block(const char *bytes, char *folded, struct gs_text_block *block)
{
    struct gs_text_block all = {0};
    for (unsigned i = 0; i < GS_TEXT_BLOCK; i += 16) {
        __m128i part = _mm_loadu_si128((const __m128i *)(bytes + i));
        __m128i high = _mm_and_si128(_mm_srli_epi16(part, 4), _mm_set1_epi8(0x0F));
        __m128i group =
            _mm_and_si128(_mm_shuffle_epi8(LOW_HALF, part), _mm_shuffle_epi8(HIGH_HALF, high));
        __m128i first = _mm_set1_epi8(SPACE_GROUPS_END);
        uint64_t punctuation = bits(_mm_cmpeq_epi8(_mm_max_epu8(group, first), group));
        uint64_t neither = bits(_mm_cmpeq_epi8(group, _mm_setzero_si128()));
        all.punctuation |= punctuation << i;
        all.space |= (~(neither | punctuation) & 0xFFFF) << i;
        all.apostrophe |= bits(_mm_cmpeq_epi8(part, _mm_set1_epi8('\''))) << i;
        all.continuation |= bits(_mm_cmplt_epi8(part, _mm_set1_epi8((char)0xC0))) << i;
        all.exclamations += count(part, '!');
        all.questions += count(part, '?');
        _mm_storeu_si128((__m128i *)(folded + i), fold(part));
    }
    *block = all;
}

#else

/* UPPER is what makes a capital small. */
enum {
    SPACE = 1,
    PUNCTUATION = 2,
    APOSTROPHE = 4,
    CONTINUATION = 8,
    EXCLAMATION = 16,
    UPPER = 32,
    QUESTION = 64
};

static const uint8_t CLASSES[256] = {
    [0x09 ... 0x0D] = SPACE,
    [0x1C ... 0x20] = SPACE,
    ['!'] = PUNCTUATION | EXCLAMATION,
    [0x22 ... 0x26] = PUNCTUATION,
    ['\''] = PUNCTUATION | APOSTROPHE,
    [0x28 ... 0x2F] = PUNCTUATION,
    [0x3A ... 0x3E] = PUNCTUATION,
    ['?'] = PUNCTUATION | QUESTION,
    ['@'] = PUNCTUATION,
    ['A' ... 'Z'] = UPPER,
    [0x5B ... 0x60] = PUNCTUATION,
    [0x7B ... 0x7E] = PUNCTUATION,
    [0x80 ... 0xBF] = CONTINUATION,
};

void gs_text_read_block(const char *bytes, char *folded, struct gs_text_block *block)
{
    struct gs_text_block all = {0};
    for (unsigned i = 0; i < GS_TEXT_BLOCK; i++) {
        uint64_t class = CLASSES[(unsigned char)bytes[i]];
        all.space |= (class & 1) << i;
        all.punctuation |= (class >> 1 & 1) << i;
        all.apostrophe |= (class >> 2 & 1) << i;
        all.continuation |= (class >> 3 & 1) << i;
        all.exclamations += (uint32_t)(class >> 4 & 1);
        all.questions += (uint32_t)(class >> 6 & 1);
        folded[i] = (char)((unsigned char)bytes[i] | (class & UPPER));
    }
    *block = all;
}

#endif
