/* command.c -- commands as RESP: "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n". Written by hand, because a
 * format string costs more than the rest of sending. */
#include "groundswell/redis.h"

static char *put_end(char *at)
{
    memcpy(at, "\r\n", 2);
    return at + 2;
}

/* "<mark><value>\r\n" */
enum { HEADER_BYTES = 1 + GS_PUT_BYTES + 2 };
static char *put_header(char *at, char mark, int64_t value)
{
    *at = mark;
    return put_end(gs_put_int(at + 1, value));
}

void gs_redis_begin(struct gs_buf *buf, uint32_t argc)
{
    char *at = gs_buf_reserve(buf, HEADER_BYTES);
    buf->len += (size_t)(put_header(at, '*', argc) - at);
}

void gs_redis_arg(struct gs_buf *buf, const void *bytes, size_t len)
{
    char *start = gs_buf_reserve(buf, HEADER_BYTES + len + 2);
    char *at = put_header(start, '$', (int64_t)len);
    if (len > 0)
        memcpy(at, bytes, len);
    buf->len += (size_t)(put_end(at + len) - start);
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
    char text[GS_PUT_BYTES];
    gs_redis_arg(buf, text, (size_t)(gs_put_int(text, value) - text));
}
