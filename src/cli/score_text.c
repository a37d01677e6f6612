/* score_text.c -- texts of strangers, in few columns of a terminal. */
#include "score.h"

#include "groundswell/text.h"

#include <utf8proc.h>

enum { VARIATION_SELECTOR_16 = 0xFE0F };

/* Controls, marks that turn the direction of writing, and the like. */
static bool is_drawable(uint32_t point)
{
    switch (utf8proc_category((utf8proc_int32_t)point)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return false;
    default:
        return true;
    }
}

/* A text in the making. Every character counts as one column at least, also an accent, so that a
 * heap of them is cut, too. */
struct cut {
    struct gs_buf *out;
    uint32_t columns; /* used */
    uint32_t most;
    size_t fitting; /* bytes of out that leave room for an ellipsis, */
    uint32_t fitting_columns;
    bool needs_space;
    bool is_narrow; /* the last character takes one column */
};

/* False if it does not fit. */
static bool add(struct cut *cut, uint32_t point)
{
    char bytes[GS_TEXT_POINT_BYTES_MAX];
    int width = utf8proc_charwidth((utf8proc_int32_t)point);
    if (point == VARIATION_SELECTOR_16 && cut->is_narrow)
        width = 1; /* makes a sign of one column an emoji of two */
    uint32_t columns = width > 1 ? (uint32_t)width : 1;
    if (cut->columns + columns > cut->most)
        return false;
    gs_buf_add(cut->out, bytes, gs_text_put(point, bytes));
    cut->columns += columns;
    cut->is_narrow = columns == 1;
    if (cut->columns < cut->most) {
        cut->fitting = cut->out->len;
        cut->fitting_columns = cut->columns;
    }
    return true;
}

static bool add_next(struct cut *cut, uint32_t point)
{
    if (gs_text_is_space(point)) {
        cut->needs_space = cut->columns > 0;
        return true;
    }
    if (!is_drawable(point))
        return true;
    if (cut->needs_space && !add(cut, ' '))
        return false;
    cut->needs_space = false;
    return add(cut, point);
}

uint32_t gsi_text_cut(struct gs_buf *out, struct gs_str text, uint32_t columns)
{
    struct cut cut = {.out = out, .most = columns, .fitting = out->len};
    if (text.len == 0)
        return 0; /* a text that is absent has no address */
    const char *at = text.data, *end = at + text.len;
    while (at < end)
        if (!add_next(&cut, gs_text_next(&at, end))) {
            out->len = cut.fitting;
            gs_buf_add_text(out, "…");
            return cut.fitting_columns + 1;
        }
    return cut.columns;
}

void gsi_list_title(struct gsi_list *list, const char *title)
{
    gs_buf_add_text(list->out, title);
    list->columns += (uint32_t)strlen(title);
}

static void begin_line(struct gsi_list *list)
{
    gs_buf_add_text(list->out, ",\n");
    for (uint32_t i = 0; i < list->indent; i++)
        gs_buf_add_text(list->out, " ");
    list->columns = list->indent;
}

void gsi_list_add(struct gsi_list *list, struct gs_str item)
{
    struct gs_buf cut = {0};
    uint32_t begin = list->any ? list->indent : list->columns;
    uint32_t columns = gsi_text_cut(&cut, item, GSI_SCORE_COLUMNS - begin - 1);
    if (list->any && list->columns + columns + 3 > GSI_SCORE_COLUMNS) { /* ", " and "," behind */
        begin_line(list);
    } else if (list->any) {
        gs_buf_add_text(list->out, ", ");
        list->columns += 2;
    }
    gs_buf_add(list->out, cut.data, cut.len);
    list->columns += columns;
    list->any = true;
    gs_buf_deinit(&cut);
}
