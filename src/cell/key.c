/* key.c -- ids and keys as they stand in Redis. */
#include "groundswell/cell.h"

#include <stdio.h>

static bool is_plain(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '~' || c == '@' || c == '+' || c == '-';
}

#if defined(__SSSE3__)
#include <tmmintrin.h>

/* A byte is plain if the tables of its halves agree on one of these groups:
 * + - . (1)   0-9 (2)   @ A-O (4)   P-Z (8)   a-o (16)   p-z ~ (32) */
#define LOW_HALF                                                                                   \
    _mm_setr_epi8(2 + 4 + 8 + 32, 62, 62, 62, 62, 62, 62, 62, 62, 62, 4 + 8 + 16 + 32, 1 + 4 + 16, \
                  4 + 16, 1 + 4 + 16, 1 + 4 + 16 + 32, 4 + 16)
/* Bytes from 0x80 find 0 in LOW_HALF already. */
#define HIGH_HALF _mm_setr_epi8(0, 0, 1, 2, 4, 8, 16, 32, 0, 0, 0, 0, 0, 0, 0, 0)

static inline bool are_plain(__m128i bytes)
{
    __m128i high = _mm_and_si128(_mm_srli_epi16(bytes, 4), _mm_set1_epi8(0x0F));
    __m128i group =
        _mm_and_si128(_mm_shuffle_epi8(LOW_HALF, bytes), _mm_shuffle_epi8(HIGH_HALF, high));
    return !_mm_movemask_epi8(_mm_cmpeq_epi8(group, _mm_setzero_si128()));
}

/* The two halves may overlap: a byte may be looked at twice. */
static inline bool are_plain_halves(const char *first, const char *second)
{
    return are_plain(_mm_unpacklo_epi64(_mm_loadl_epi64((const __m128i *)first),
                                        _mm_loadl_epi64((const __m128i *)second)));
}

bool gs_cell_id_is_plain(struct gs_str id)
{
    const char *last = id.data + id.len;
    if (id.len >= 8 && id.len <= 16)
        return are_plain_halves(id.data, last - 8);
    if (id.len > 16) {
        for (const char *at = id.data; last - at > 16; at += 16)
            if (!are_plain(_mm_loadu_si128((const __m128i *)at)))
                return false;
        return are_plain(_mm_loadu_si128((const __m128i *)(last - 16)));
    }
    if (id.len == 0)
        return true;
    uint64_t filled = gs_load_short(id.data, id.len) | UINT64_C(0x3030303030303030) << 8 * id.len;
    return are_plain(_mm_set1_epi64x((long long)filled));
}

#else

bool gs_cell_id_is_plain(struct gs_str id)
{
    for (uint32_t i = 0; i < id.len; i++)
        if (!is_plain((unsigned char)id.data[i]))
            return false;
    return true;
}

#endif

void gs_cell_add_id(struct gs_buf *buf, struct gs_str id)
{
    static const char digits[] = "0123456789ABCDEF";
    if (GS_LIKELY(gs_cell_id_is_plain(id))) {
        gs_buf_add(buf, id.data, id.len);
        return;
    }
    char *at = gs_buf_reserve(buf, (size_t)id.len * 3);
    for (uint32_t i = 0; i < id.len; i++) {
        unsigned char c = (unsigned char)id.data[i];
        if (is_plain(c)) {
            *at++ = (char)c;
        } else {
            *at++ = '%';
            *at++ = digits[c >> 4];
            *at++ = digits[c & 15];
        }
    }
    buf->len = (size_t)(at - buf->data);
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void gs_cell_add_decoded_id(struct gs_buf *buf, struct gs_str encoded)
{
    if (!encoded.len || !memchr(encoded.data, '%', encoded.len)) {
        gs_buf_add_str(buf, encoded);
        return;
    }
    char *at = gs_buf_reserve(buf, encoded.len);
    for (uint32_t i = 0; i < encoded.len; i++) {
        int high = i + 2 < encoded.len ? hex_value(encoded.data[i + 1]) : -1;
        int low = high >= 0 ? hex_value(encoded.data[i + 2]) : -1;
        if (encoded.data[i] == '%' && low >= 0) {
            *at++ = (char)(high << 4 | low);
            i += 2;
        } else {
            *at++ = encoded.data[i];
        }
    }
    buf->len = (size_t)(at - buf->data);
}

/* What one byte of an id became; 0 if it is none. */
static uint32_t code_bytes(const char *at, const char *end)
{
    if (is_plain((unsigned char)*at))
        return 1;
    return *at == '%' && end - at > 2 && hex_value(at[1]) >= 0 && hex_value(at[2]) >= 0 ? 3 : 0;
}

bool gs_cell_key_is_sound(struct gs_str key, uint8_t ids)
{
    const char *at = key.data, *end = key.data + key.len;
    for (; ids > 0; ids--) {
        uint32_t bytes = 0, step;
        for (; at < end && (step = code_bytes(at, end)) > 0; at += step)
            bytes++;
        if (!bytes || bytes > GS_ID_BYTES_MAX || (ids > 1 && (at == end || *at++ != '/')))
            return false;
    }
    return at == end;
}

void gs_cell_add_key_head(struct gs_buf *buf, const char *prefix, const char *view)
{
    gs_buf_printf(buf, "%s:v1:{%s:", prefix, view);
}

void gs_cell_add_key_tail(struct gs_buf *buf, const char *window)
{
    gs_buf_printf(buf, "}:%s", window);
}

int64_t gs_cell_expiry_ms(int64_t window_ms)
{
    return GS_MAX(window_ms * 3, INT64_C(600000));
}
