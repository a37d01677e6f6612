/* line.c -- lines that never wrap, whatever names people give themselves: widths are those of a
 * terminal (East Asian and emoji take two columns, accents none), and controls are taken out. */
#include "internal.h"

#include <stdio.h>
#include <utf8proc.h>

static const char *const style_codes[] = {
    [GSI_TOP_PLAIN] = "",        [GSI_TOP_BOLD] = "\033[1m", [GSI_TOP_DIM] = "\033[2m",
    [GSI_TOP_GOOD] = "\033[32m", [GSI_TOP_BAD] = "\033[31m", [GSI_TOP_WARN] = "\033[33m",
};

/* One character at text: its bytes and columns. drawable is false for what must not reach a
 * terminal: controls, marks that change the direction of writing, broken bytes. */
struct character {
    size_t bytes;
    uint32_t columns;
    bool drawable;
};

static struct character next_character(const char *text)
{
    utf8proc_int32_t code;
    utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text, -1, &code);
    if (n <= 0)
        return (struct character){1, 0, false};
    struct character c = {(size_t)n, (uint32_t)utf8proc_charwidth(code), true};
    switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        c.drawable = false;
        c.columns = 0;
        break;
    default:
        break;
    }
    return c;
}

uint32_t gsi_top_width(const char *text, uint32_t max, size_t *bytes)
{
    uint32_t columns = 0;
    const char *at = text;
    while (*at) {
        struct character c = next_character(at);
        if (columns + c.columns > max)
            break;
        columns += c.columns;
        at += c.bytes;
    }
    if (bytes)
        *bytes = (size_t)(at - text);
    return columns;
}

void gsi_top_line_begin(struct gsi_top_line *line, struct gs_buf *out,
                        const struct gsi_top_screen *screen)
{
    *line = (struct gsi_top_line){out, screen->width, 0, screen->color};
}

static void add_drawable(struct gsi_top_line *line, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes;) {
        struct character c = next_character(text + i);
        if (c.drawable)
            gs_buf_add(line->out, text + i, c.bytes);
        i += c.bytes;
    }
}

/* Adds text in at most `room` columns; returns how many it took. */
static uint32_t add_fitting(struct gsi_top_line *line, const char *text, uint32_t room)
{
    size_t bytes;
    uint32_t columns = gsi_top_width(text, room, &bytes);
    if (!text[bytes]) {
        add_drawable(line, text, bytes);
        return columns;
    }
    if (room == 0)
        return 0;
    columns = gsi_top_width(text, room - 1, &bytes);
    add_drawable(line, text, bytes);
    gs_buf_add_text(line->out, "…");
    return columns + 1;
}

static void begin_style(struct gsi_top_line *line, enum gsi_top_style style)
{
    if (line->color)
        gs_buf_add_text(line->out, style_codes[style]);
}

static void end_style(struct gsi_top_line *line, enum gsi_top_style style)
{
    if (line->color && style != GSI_TOP_PLAIN)
        gs_buf_add_text(line->out, "\033[0m");
}

void gsi_top_line_add(struct gsi_top_line *line, enum gsi_top_style style, const char *text)
{
    begin_style(line, style);
    line->used += add_fitting(line, text, line->width - line->used);
    end_style(line, style);
}

void gsi_top_line_printf(struct gsi_top_line *line, enum gsi_top_style style, const char *format,
                         ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    gsi_top_line_add(line, style, text);
}

static void add_spaces(struct gsi_top_line *line, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        gs_buf_add(line->out, " ", 1);
    line->used += count;
}

void gsi_top_line_column(struct gsi_top_line *line, enum gsi_top_style style, int columns,
                         const char *text)
{
    uint32_t want = (uint32_t)(columns < 0 ? -columns : columns);
    want = GS_MIN(want, line->width - line->used);
    uint32_t took = gsi_top_width(text, want, NULL);
    if (columns < 0)
        add_spaces(line, want - took);
    begin_style(line, style);
    took = add_fitting(line, text, want - (columns < 0 ? want - took : 0));
    end_style(line, style);
    line->used += took;
    if (columns >= 0)
        add_spaces(line, want - took);
}

/* No blanks at the end: they would wrap where the terminal became narrower. */
void gsi_top_line_end(struct gsi_top_line *line)
{
    while (line->out->len && line->out->data[line->out->len - 1] == ' ')
        line->out->len--;
    gs_buf_add(line->out, "\n", 1);
}

/* Bytes of text that fit into a line: up to a blank, unless the first word is too long itself. */
static size_t bytes_of_line(const char *text, uint32_t width)
{
    size_t fit;
    (void)gsi_top_width(text, width, &fit);
    if (!text[fit] || text[fit] == ' ')
        return fit;
    for (size_t i = fit; i > 0; i--)
        if (text[i - 1] == ' ')
            return i;
    return fit;
}

void gsi_top_add_wrapped(struct gs_buf *out, const struct gsi_top_screen *screen,
                         enum gsi_top_style style, const char *text)
{
    while (*text) {
        struct gsi_top_line line;
        size_t bytes = bytes_of_line(text, screen->width);
        gsi_top_line_begin(&line, out, screen);
        begin_style(&line, style);
        add_drawable(&line, text, bytes);
        end_style(&line, style);
        gsi_top_line_end(&line);
        text += bytes;
        text += strspn(text, " ");
    }
}
