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

static bool is_punctuation(unsigned char byte)
{
    return (byte >= 0x21 && byte <= 0x2F) || (byte >= 0x3A && byte <= 0x40) ||
           (byte >= 0x5B && byte <= 0x60) || (byte >= 0x7B && byte <= 0x7E);
}

void gs_text_read_block(const char *bytes, char *folded, struct gs_text_block *block)
{
    struct gs_text_block all = {0};
    for (unsigned i = 0; i < GS_TEXT_BLOCK; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        uint64_t bit = UINT64_C(1) << i;
        all.space |= byte < 0x80 && gs_text_is_space(byte) ? bit : 0;
        all.punctuation |= is_punctuation(byte) ? bit : 0;
        all.apostrophe |= byte == '\'' ? bit : 0;
        all.continuation |= (byte & 0xC0) == 0x80 ? bit : 0;
        all.exclamations += byte == '!';
        all.questions += byte == '?';
        folded[i] = (char)(byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte);
    }
    *block = all;
}

#endif
