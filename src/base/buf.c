/* buf.c -- byte views and the growing buffer that everything textual is built in. */
#include "groundswell/base.h"

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

char *gs_buf_reserve(struct gs_buf *buf, size_t more)
{
    if (buf->capacity - buf->len < more) {
        size_t wanted = GS_MAX(buf->len + more, buf->capacity * 2);
        buf->capacity = GS_MAX(wanted, (size_t)64);
        buf->data = gs_realloc(buf->data, buf->capacity);
    }
    return buf->data + buf->len;
}

void gs_buf_add_str(struct gs_buf *buf, struct gs_str s)
{
    gs_buf_add(buf, s.data, s.len);
}

void gs_buf_add_text(struct gs_buf *buf, const char *text)
{
    gs_buf_add(buf, text, strlen(text));
}

static const char pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
    "8081828384858687888990919293949596979899";

static uint32_t digits_of(uint64_t value)
{
    uint32_t digits = 1;
    for (; value >= 10000; value /= 10000)
        digits += 4;
    return digits + (value >= 10) + (value >= 100) + (value >= 1000);
}

void gs_buf_add_int(struct gs_buf *buf, int64_t value)
{
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    char *at = gs_buf_reserve(buf, 24);
    if (value < 0) {
        *at++ = '-';
        buf->len++;
    }
    uint32_t digits = digits_of(rest);
    buf->len += digits;
    for (at += digits; rest >= 10; rest /= 100) {
        const char *pair = &pairs[rest % 100 * 2];
        *--at = pair[1];
        *--at = pair[0];
    }
    if (digits % 2)
        *--at = (char)('0' + rest);
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

/* How many bytes stand for themselves. */
static size_t plain_length(const unsigned char *p, size_t left)
{
    size_t length = 0;
    while (length < left && p[length] >= 0x20 && p[length] < 0x7F && p[length] != '"' &&
           p[length] != '\\')
        length++;
    return length;
}

void gs_buf_add_json(struct gs_buf *buf, struct gs_str text)
{
    const unsigned char *p = (const unsigned char *)text.data;
    size_t left = text.len;
    while (left) {
        size_t length = plain_length(p, left);
        if (length) {
            gs_buf_add(buf, p, length);
            p += length;
            left -= length;
            continue;
        }
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
