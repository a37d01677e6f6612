/* utf8.c -- bytes to code points and back. */
#include "groundswell/text.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* The bytes that may follow a first byte: how many, and the range of the first of them. Overlong
 * forms, surrogates and what lies above U+10FFFF are shut out by that range alone (Unicode,
 * table 3-7), so that the rest is an ordinary continuation. */
struct lead {
    uint8_t more;
    uint8_t low;
    uint8_t high;
};

static struct lead lead_of(unsigned char first)
{
    if (first >= 0xC2 && first <= 0xDF)
        return (struct lead){1, 0x80, 0xBF};
    if (first >= 0xE0 && first <= 0xEF)
        return (struct lead){2, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF};
    if (first >= 0xF0 && first <= 0xF4)
        return (struct lead){3, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF};
    return (struct lead){0, 0, 0};
}

uint32_t gs_text_next_wide(const char **at, const char *end)
{
    const unsigned char *byte = (const unsigned char *)*at;
    size_t rest = (size_t)(end - *at) - 1;
    struct lead lead = lead_of(byte[0]);
    uint32_t point = byte[0] & (0x3Fu >> lead.more);
    uint8_t low = lead.low, high = lead.high;

    for (uint8_t i = 1; i <= lead.more; i++) {
        if (i > rest || byte[i] < low || byte[i] > high) {
            *at += i;
            return GS_TEXT_REPLACEMENT;
        }
        point = point << 6 | (byte[i] & 0x3F);
        low = 0x80;
        high = 0xBF;
    }
    *at += 1 + lead.more;
    return lead.more ? point : GS_TEXT_REPLACEMENT;
}

size_t gs_text_put(uint32_t point, char *out)
{
    if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
        point = GS_TEXT_REPLACEMENT;
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xC0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3F));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (char)(0xE0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 0x3F));
    out[2] = (char)(0x80 | (point >> 6 & 0x3F));
    out[3] = (char)(0x80 | (point & 0x3F));
    return 4;
}

bool gs_text_is_valid(struct gs_str text)
{
    const char *at = text.data, *end = text.data + text.len;
    while (at < end) {
        const char *from = at;
        if (gs_text_next(&at, end) == GS_TEXT_REPLACEMENT &&
            (at - from != 3 || memcmp(from, "\xEF\xBF\xBD", 3) != 0))
            return false;
    }
    return true;
}

size_t gs_text_ascii_run(struct gs_str text)
{
    size_t i = 0;
#if defined(__SSE2__)
    for (; i + 16 <= text.len; i += 16) {
        int wide = _mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(text.data + i)));
        if (wide)
            return i + (size_t)__builtin_ctz((unsigned)wide);
    }
#endif
    for (; i + 8 <= text.len; i += 8) {
        uint64_t word;
        memcpy(&word, text.data + i, 8);
        if (word & UINT64_C(0x8080808080808080))
            break;
    }
    while (i < text.len && (unsigned char)text.data[i] < 0x80)
        i++;
    return i;
}

bool gs_text_is_space(uint32_t point)
{
    if (point < 0x80)
        return point == 0x20 || (point >= 0x09 && point <= 0x0D) ||
               (point >= 0x1C && point <= 0x1F);
    return point == 0x85 || point == 0xA0 || point == 0x1680 ||
           (point >= 0x2000 && point <= 0x200A) || point == 0x2028 || point == 0x2029 ||
           point == 0x202F || point == 0x205F || point == 0x3000;
}

/* Where the last character of [start, end) begins. A step back over at most three continuation
 * bytes; where they do not make one whole character, the last byte stands alone, and that is not
 * white space in any case. */
static const char *last_start(const char *start, const char *end)
{
    const char *at = end - 1;
    while (at > start && end - at < GS_TEXT_POINT_BYTES_MAX && ((unsigned char)*at & 0xC0) == 0x80)
        at--;
    const char *behind = at;
    gs_text_next(&behind, end);
    return behind == end ? at : end - 1;
}

struct gs_str gs_text_strip(struct gs_str text)
{
    const char *start = text.data, *end = text.data + text.len;
    while (start < end) {
        const char *behind = start;
        if (!gs_text_is_space(gs_text_next(&behind, end)))
            break;
        start = behind;
    }
    while (start < end) {
        const char *last = last_start(start, end), *at = last;
        if (!gs_text_is_space(gs_text_next(&at, end)))
            break;
        end = last;
    }
    return gs_str_make(start, (size_t)(end - start));
}
