/* command.c -- commands as RESP: "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n". Written by hand, because a
 * format string costs more than the rest of sending. */
#include "groundswell/redis.h"

/* "<mark><value>\r\n" */
static void add_header(struct gs_buf *buf, char mark, uint64_t value)
{
    char text[24];
    size_t at = sizeof text;
    text[--at] = '\n';
    text[--at] = '\r';
    do {
        text[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    text[--at] = mark;
    gs_buf_add(buf, text + at, sizeof text - at);
}

void gs_redis_begin(struct gs_buf *buf, uint32_t argc)
{
    add_header(buf, '*', argc);
}

void gs_redis_arg(struct gs_buf *buf, const void *bytes, size_t len)
{
    add_header(buf, '$', len);
    char *to = gs_buf_reserve(buf, len + 2);
    if (len > 0)
        memcpy(to, bytes, len);
    to[len] = '\r';
    to[len + 1] = '\n';
    buf->len += len + 2;
}

void gs_redis_arg_str(struct gs_buf *buf, struct gs_str text)
{
    gs_redis_arg(buf, text.data, text.len);
}

void gs_redis_arg_text(struct gs_buf *buf, const char *text)
{
    gs_redis_arg(buf, text, strlen(text));
}

void gs_redis_arg_int(struct gs_buf *buf, int64_t value)
{
    char text[24];
    size_t at = sizeof text;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        text[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        text[--at] = '-';
    gs_redis_arg(buf, text + at, sizeof text - at);
}
