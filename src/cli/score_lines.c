/* score_lines.c -- an input, as it comes in pieces, as lines of bounded length. */
#include "score.h"

char *gsi_lines_room(struct gsi_lines *lines, size_t bytes)
{
    struct gs_buf *buf = &lines->bytes;
    if (lines->at) {
        memmove(buf->data, buf->data + lines->at, buf->len - lines->at);
        buf->len -= lines->at;
        lines->searched -= lines->at;
        lines->at = 0;
    }
    return gs_buf_reserve(buf, bytes);
}

void gsi_lines_took(struct gsi_lines *lines, size_t count)
{
    lines->bytes.len += count;
    lines->is_ended = count == 0;
}

static void trim(struct gs_str *line, bool is_first)
{
    static const char mark[] = "\xEF\xBB\xBF";
    if (line->len && line->data[line->len - 1] == '\r')
        line->len--;
    if (is_first && line->len >= 3 && memcmp(line->data, mark, 3) == 0)
        *line = gs_str_make(line->data + 3, line->len - 3);
}

enum gsi_lines_found gsi_lines_next(struct gsi_lines *lines, struct gs_str *line)
{
    const struct gs_buf *buf = &lines->bytes;
    const char *end = NULL;
    if (buf->len > lines->searched)
        end = memchr(buf->data + lines->searched, '\n', buf->len - lines->searched);
    size_t stop = end ? (size_t)(end - buf->data) : buf->len;
    lines->searched = stop;
    if (stop - lines->at > GSI_LINE_BYTES_MAX)
        return GSI_LINES_TOO_LONG;
    if (!end && !lines->is_ended)
        return GSI_LINES_MORE;
    if (!end && stop == lines->at)
        return GSI_LINES_END;
    *line = gs_str_make(buf->data + lines->at, stop - lines->at);
    lines->searched = lines->at = stop + (end ? 1 : 0);
    trim(line, ++lines->number == 1);
    return GSI_LINES_ONE;
}
