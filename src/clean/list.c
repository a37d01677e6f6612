/* list.c -- see list.h. */
#include "list.h"

bool gsi_list_next(struct gsi_list_reader *reader, struct gs_str *line)
{
    struct gs_str *rest = &reader->rest;
    while (rest->len > 0) {
        const char *end = memchr(rest->data, '\n', rest->len);
        size_t len = end ? (size_t)(end - rest->data) : rest->len;
        const char *comment = memchr(rest->data, '#', len);
        *line =
            gs_text_strip(gs_str_make(rest->data, comment ? (size_t)(comment - rest->data) : len));
        size_t used = len + (end ? 1 : 0);
        *rest = gs_str_make(rest->data + used, rest->len - used);
        reader->line++;
        if (line->len > 0)
            return true;
    }
    return false;
}

size_t gsi_list_lines(struct gs_str file)
{
    size_t count = 1;
    for (uint32_t i = 0; i < file.len; i++)
        count += file.data[i] == '\n';
    return count;
}

enum gs_status gsi_list_refuse(const struct gsi_list_reader *reader, struct gs_str what,
                               const char *why, struct gs_error *error)
{
    const char *file = reader->file ? reader->file : "";
    return gs_fail(error, GS_E_DATA, "line %u of the list of %s%s%.200s%s: '%.*s' %s", reader->line,
                   reader->name, *file ? " (" : "", file, *file ? ")" : "",
                   (int)GS_MIN(what.len, 60U), what.data, why);
}
