/* score_table.c -- lines for people, and what they come to.
 *
 *   verdict    class    compound reasons          text
 *   drop       positive   0.8020 promo,copypasta  Subscribe to my channel, you will l… */
#include "score.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum {
    VERDICT_COLUMNS = 11,
    CLASS_COLUMNS = 9,
    COMPOUND_COLUMNS = 8,
    REASON_COLUMNS = 16,
    TEXT_COLUMNS = GSI_SCORE_COLUMNS - VERDICT_COLUMNS - CLASS_COLUMNS - COMPOUND_COLUMNS - 1 -
                   REASON_COLUMNS - 1
};

/* Blanks up to a column that is counted from where the line began. */
static void fill(struct gs_buf *out, size_t begin, size_t column)
{
    while (out->len - begin < column)
        gs_buf_add(out, " ", 1);
}

void gsi_table_head(struct gs_buf *out)
{
    gs_buf_add_text(out, "verdict    class    compound reasons          text\n");
}

void gsi_table_keep(struct gs_buf *out, struct gs_str text)
{
    gsi_text_cut(out, text, TEXT_COLUMNS);
    gs_buf_add_text(out, "\n");
}

/* "url,promo,+2": as many names as fit. */
static void add_reasons(struct gs_buf *out, uint32_t reasons)
{
    enum { MORE = 4 }; /* columns of ",+10" */
    size_t begin = out->len;
    const char *comma = "";
    for (; reasons; reasons &= reasons - 1) {
        const char *name = gs_reason_name((enum gs_reason)__builtin_ctz(reasons));
        size_t room = REASON_COLUMNS - (out->len - begin) - (reasons & (reasons - 1) ? MORE : 0U);
        if (strlen(comma) + strlen(name) > room) {
            gs_buf_printf(out, "%s+%d", comma, __builtin_popcount(reasons));
            return;
        }
        gs_buf_add_text(out, comma);
        gs_buf_add_text(out, name);
        comma = ",";
    }
}

void gsi_table_line(struct gs_buf *out, const struct gsi_scored *scored,
                    const struct gs_clean_verdict *verdict, struct gs_str text)
{
    size_t begin = out->len, column = VERDICT_COLUMNS;
    gs_buf_add_text(out, gsi_verdict_name(verdict->action));
    fill(out, begin, column);
    gs_buf_add_text(out, gsi_class_name(scored->class));
    column += CLASS_COLUMNS;
    fill(out, begin, column + (scored->compound_1e4 >= 0 ? 2 : 1));
    if (scored->class == GS_CLASS_UNKNOWN)
        gs_buf_add_text(out, "     -");
    else
        gsi_add_decimal(out, scored->compound_1e4, 4);
    column += COMPOUND_COLUMNS + 1;
    fill(out, begin, column);
    if (scored->is_self)
        gs_buf_add_text(out, "self");
    add_reasons(out, verdict->reasons);
    if (text.data[0] != '\n')
        fill(out, begin, column + REASON_COLUMNS + 1);
    while (out->data[out->len - 1] == ' ' && text.data[0] == '\n')
        out->len--;
    gs_buf_add_str(out, text);
}

/* ------------------------------------------------------------------ what they come to */

void gsi_tally_add(struct gsi_tally *tally, const struct gsi_scored *scored,
                   const struct gs_clean_verdict *verdict)
{
    tally->lines++;
    if (scored->is_self) {
        tally->selves++;
        return;
    }
    tally->verdicts[verdict->action]++;
    for (uint32_t reasons = verdict->reasons; reasons; reasons &= reasons - 1)
        tally->reasons[__builtin_ctz(reasons)]++;
    if (verdict->action == GS_VERDICT_DROP)
        return;
    tally->classes[scored->class]++;
    if (scored->class != GS_CLASS_UNKNOWN)
        tally->compound_1e4 += scored->compound_1e4;
}

static void begin_list(struct gsi_list *list, struct gs_buf *out, const char *title)
{
    *list = (struct gsi_list){.out = out, .indent = 2};
    gsi_list_title(list, title);
}

static void add_count(struct gsi_list *list, uint64_t count, const char *name)
{
    char item[64];
    snprintf(item, sizeof item, "%" PRIu64 " %s", count, name);
    gsi_list_add(list, gs_str_of(item));
}

static void add_verdicts(struct gs_buf *out, const struct gsi_tally *tally)
{
    struct gsi_list list;
    char title[48];
    snprintf(title, sizeof title, "%" PRIu64 " line%s: ", tally->lines,
             tally->lines == 1 ? "" : "s");
    begin_list(&list, out, title);
    for (unsigned i = 0; i < GS_COUNT_OF(tally->verdicts); i++)
        add_count(&list, tally->verdicts[i], gsi_verdict_name((uint8_t)i));
    if (tally->selves)
        add_count(&list, tally->selves, "by the influencer");
    gs_buf_add_text(out, "\n");
}

static void add_all_reasons(struct gs_buf *out, const struct gsi_tally *tally)
{
    struct gsi_list list = {.out = NULL};
    for (size_t i = 0; i < GS_REASON_COUNT; i++) {
        if (!tally->reasons[i])
            continue;
        if (!list.out)
            begin_list(&list, out, "reasons: ");
        add_count(&list, tally->reasons[i], gs_reason_name((enum gs_reason)i));
    }
    if (list.out)
        gs_buf_add_text(out, "\n");
}

static void add_classes(struct gs_buf *out, const struct gsi_tally *tally)
{
    uint64_t scored = 0;
    struct gsi_list list;
    begin_list(&list, out, "of those not dropped: ");
    for (unsigned i = 0; i < GS_COUNT_OF(tally->classes); i++) {
        add_count(&list, tally->classes[i], gsi_class_name((uint8_t)i));
        scored += i == GS_CLASS_UNKNOWN ? 0 : tally->classes[i];
    }
    gs_buf_add_text(out, "\n");
    if (!scored)
        return;
    gs_buf_add_text(out, "mean compound of the scored ones: ");
    gsi_add_decimal(out, lround((double)tally->compound_1e4 / (double)scored), 4);
    gs_buf_add_text(out, "\n");
}

void gsi_table_end(struct gs_buf *out, const struct gsi_tally *tally)
{
    gs_buf_add_text(out, "\n");
    add_verdicts(out, tally);
    add_all_reasons(out, tally);
    add_classes(out, tally);
}
