/* buf.c -- byte views and the growing buffer that everything textual is built in. */
#include "groundswell/base.h"

#include <endian.h>
#include <stdio.h>

int gs_str_compare(struct gs_str a, struct gs_str b)
{
    uint32_t shared = GS_MIN(a.len, b.len);
    int order = shared ? memcmp(a.data, b.data, shared) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

void gs_buf_deinit(struct gs_buf *buf)
{
    gs_free(buf->data);
    *buf = (struct gs_buf){0};
}

char *gs_buf_grow(struct gs_buf *buf, size_t more)
{
    size_t wanted = GS_MAX(buf->len + more, buf->capacity * 2);
    buf->capacity = GS_MAX(wanted, (size_t)64);
    buf->data = gs_realloc(buf->data, buf->capacity);
    return buf->data + buf->len;
}

void gs_buf_add_text(struct gs_buf *buf, const char *text)
{
    gs_buf_add(buf, text, strlen(text));
}

void gs_buf_printf(struct gs_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char small[256];
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    GS_ASSERT(length >= 0);
    if ((size_t)length < sizeof small) {
        gs_buf_add(buf, small, (size_t)length);
    } else {
        char *at = gs_buf_reserve(buf, (size_t)length + 1);
        vsnprintf(at, (size_t)length + 1, format, again);
        buf->len += (size_t)length;
    }
    va_end(again);
}

/* Length of the valid UTF-8 sequence at p, or 0. Overlong forms, surrogates and values above
 * U+10FFFF are not valid (RFC 3629, section 4). */
static size_t utf8_length(const unsigned char *p, size_t left)
{
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    size_t length;
    if (p[0] >= 0xC2 && p[0] <= 0xDF) {
        length = 2;
    } else if ((p[0] & 0xF0) == 0xE0) {
        length = 3;
        low = p[0] == 0xE0 ? 0xA0 : 0x80;
        high = p[0] == 0xED ? 0x9F : 0xBF;
    } else if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        length = 4;
        low = p[0] == 0xF0 ? 0x90 : 0x80;
        high = p[0] == 0xF4 ? 0x8F : 0xBF;
    } else {
        return 0;
    }
    if (left < length || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

static void add_json_ascii(struct gs_buf *buf, unsigned char c)
{
    if (c == '"' || c == '\\') {
        char escaped[2] = {'\\', (char)c};
        gs_buf_add(buf, escaped, 2);
    } else if (c < 0x20 || c == 0x7F) {
        gs_buf_printf(buf, "\\u%04x", c);
    } else {
        gs_buf_add(buf, &c, 1);
    }
}

/* The top bit of each of eight bytes that does not stand for itself; exact up to the first, which
 * is what a borrow or a carry can come from. */
static inline uint64_t not_plain(uint64_t x)
{
    const uint64_t each = UINT64_C(0x0101010101010101);
    uint64_t quote = x ^ each * '"';
    uint64_t backslash = x ^ each * '\\';
    uint64_t low = (x - each * 0x20) | (quote - each) | (backslash - each);
    return ((low & ~x) | x | (x + each)) & each * 0x80;
}

/* Copies the bytes that stand for themselves, up to the first that does not, and says how many they
 * are. In steps of eight: as much more may be written to. */
enum { STEP = 8 };
static size_t copy_plain(char *to, const char *from, size_t count)
{
    for (size_t at = 0; at < count; at += STEP) {
        /* Behind the end are zeros, which do not. */
        uint64_t bytes = gs_load_short(from + at, GS_MIN(count - at, (size_t)STEP));
        uint64_t bad = not_plain(bytes);
        bytes = htole64(bytes);
        memcpy(to + at, &bytes, sizeof bytes);
        if (bad)
            return at + (size_t)__builtin_ctzll(bad) / 8;
    }
    return count;
}

void gs_buf_add_json(struct gs_buf *buf, struct gs_str text)
{
    const unsigned char *p = (const unsigned char *)text.data;
    size_t left = text.len;
    while (left) {
        size_t length = copy_plain(gs_buf_reserve(buf, left + STEP), (const char *)p, left);
        buf->len += length;
        p += length;
        left -= length;
        if (!left)
            return;
        length = 1;
        if (*p < 0x80) {
            add_json_ascii(buf, *p);
        } else if ((length = utf8_length(p, left)) != 0) {
            gs_buf_add(buf, p, length);
        } else {
            gs_buf_add(buf, "\xEF\xBF\xBD", 3);
            length = 1;
        }
        p += length;
        left -= length;
    }
}
