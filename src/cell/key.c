/* key.c -- ids and keys as they stand in Redis. */
#include "groundswell/cell.h"

#include <stdio.h>

static bool is_plain(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '~' || c == '@' || c == '+' || c == '-';
}

bool gs_cell_id_is_plain(struct gs_str id)
{
    for (uint32_t i = 0; i < id.len; i++)
        if (!is_plain((unsigned char)id.data[i]))
            return false;
    return true;
}

void gs_cell_add_id(struct gs_buf *buf, struct gs_str id)
{
    static const char digits[] = "0123456789ABCDEF";
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

void gs_cell_add_key(struct gs_buf *buf, const char *prefix, const char *view, struct gs_str key,
                     const char *window)
{
    gs_buf_add_text(buf, prefix);
    gs_buf_add_text(buf, ":v1:{");
    gs_buf_add_text(buf, view);
    gs_buf_add_text(buf, ":");
    gs_buf_add_str(buf, key);
    gs_buf_add_text(buf, "}:");
    gs_buf_add_text(buf, window);
}

int64_t gs_cell_expiry_ms(int64_t window_ms)
{
    return GS_MAX(window_ms * 3, INT64_C(600000));
}
