/* room: cli */
/* The first byte says in what pieces the rest comes. Whatever the bytes: the lines of `score` are
 * theirs, none is lost or added, and each is a comment or refused with words. */
#include "cli/score.h"

static void check_text(struct gs_str text)
{
    struct gs_buf out = {0};
    GS_ASSERT(gsi_text_cut(&out, text, 20) <= 20);
    for (size_t i = 0; i < out.len; i++)
        GS_ASSERT((unsigned char)out.data[i] >= 0x20 && out.data[i] != 0x7f);
    gs_buf_deinit(&out);
}

static void check_line(struct gsi_comment_reader *reader, struct gs_str line)
{
    struct gsi_score_comment comment;
    struct gs_error error = {0};
    if (gsi_comment_read(reader, line, false, &comment, &error) != GS_OK) {
        GS_ASSERT(error.status == GS_E_DATA && error.message[0] && line.data[0] == '{');
        for (const char *at = error.message; *at; at++)
            GS_ASSERT((unsigned char)*at >= 0x20);
        return;
    }
    GS_ASSERT(comment.event_ms == GS_NULL_INT ||
              (comment.event_ms >= 0 && comment.event_ms <= GS_TIME_MS_MAX));
    GS_ASSERT(comment.actor_id.len <= GS_ID_BYTES_MAX && comment.post_id.len <= GS_ID_BYTES_MAX);
    check_text(comment.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gsi_lines lines = {.number = 0};
    struct gsi_comment_reader reader = {.object = NULL};
    enum gsi_lines_found found = GSI_LINES_MORE;
    struct gs_str line;
    uint64_t expected = 0;
    if (size == 0)
        return 0;
    size_t piece = data[0] + (size_t)1, at = 1;
    for (size_t i = 1; i < size; i++)
        expected += data[i] == '\n';
    expected += size > 1 && data[size - 1] != '\n';
    while (found != GSI_LINES_END) {
        size_t count = GS_MIN(piece, size - at);
        memcpy(gsi_lines_room(&lines, piece), data + at, count);
        gsi_lines_took(&lines, count);
        at += count;
        while ((found = gsi_lines_next(&lines, &line)) == GSI_LINES_ONE) {
            GS_ASSERT(!memchr(line.data, '\n', line.len));
            check_line(&reader, line);
        }
        GS_ASSERT(found != GSI_LINES_TOO_LONG || size > GSI_LINE_BYTES_MAX);
    }
    GS_ASSERT(lines.number == expected);
    gsi_comment_reader_deinit(&reader);
    gs_buf_deinit(&lines.bytes);
    return 0;
}
