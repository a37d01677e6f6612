/* draw.c -- the picture as a table: what matters first, and as much as the width allows.
 *
 *   groundswell top · 127.0.0.1:6379/0                                    10:21:07 UTC
 *   198 influencers · 5m up to 10:21:06 · 14,203 comments · 86% clean
 *   pos 8,120 · neu 1,990 · neg 2,100 · unscored 340 · bhi .79 · nss +.49
 *   49 comments/s over 5m · 2,004 records/s read
 *   service demo 0.1.0 · 4 tasks · 12 records behind · heartbeat 3s ago
 *
 *   entity          tier  comments clean pos…neg  bhi 95%       nss engag.    er age */
#include "internal.h"

#include <math.h>
#include <stdio.h>

enum { SILENT_MS = 15000 }; /* a heartbeat that is older than this is worth a look */

/* ------------------------------------------------------------------ one row's columns */

struct row {
    const struct gsi_top_row *data;
    int64_t at_ms;
};

typedef void draw_fn(struct gsi_top_line *line, int columns, const struct row *row);

static double ratio(int64_t part, int64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : NAN;
}

static const char *campaign_of(const struct row *row)
{
    return gsi_top_text(row->data->cell, "campaign_id");
}

static void draw_entity(struct gsi_top_line *line, int columns, const struct row *row)
{
    char text[300];
    const char *handle = gsi_top_text(row->data->cell, "handle");
    const char *campaign = campaign_of(row);
    if (handle && campaign)
        snprintf(text, sizeof text, "%s/%s", campaign, handle);
    else
        snprintf(text, sizeof text, "%s", handle ? handle : row->data->id);
    gsi_top_line_column(line, GSI_TOP_BOLD, columns, text);
}

static void draw_tier(struct gsi_top_line *line, int columns, const struct row *row)
{
    const char *tier = gsi_top_text(row->data->cell, "tier");
    gsi_top_line_column(line, GSI_TOP_DIM, columns, tier ? tier : "-");
}

static void draw_count(struct gsi_top_line *line, int columns, int64_t value)
{
    char text[GSI_TOP_TEXT];
    gsi_top_line_column(line, GSI_TOP_PLAIN, columns,
                        gsi_top_format_count(text, value, (uint32_t)-columns));
}

static void draw_comments(struct gsi_top_line *line, int columns, const struct row *row)
{
    draw_count(line, columns, row->data->count[GSI_TOP_COMMENTS]);
}

static void draw_engagement(struct gsi_top_line *line, int columns, const struct row *row)
{
    draw_count(line, columns, row->data->count[GSI_TOP_ENGAGEMENT]);
}

static void draw_clean(struct gsi_top_line *line, int columns, const struct row *row)
{
    char text[GSI_TOP_TEXT] = "-";
    double share = ratio(row->data->count[GSI_TOP_CLEAN], row->data->count[GSI_TOP_COMMENTS]);
    if (!isnan(share))
        snprintf(text, sizeof text, "%.0f%%", share * 100);
    gsi_top_line_column(line, share < 0.5 ? GSI_TOP_WARN : GSI_TOP_PLAIN, columns, text);
}

static void repeat(struct gsi_top_line *line, enum gsi_top_style style, const char *text, int times)
{
    char all[4 * GSI_TOP_WIDTH_MAX] = "";
    size_t bytes = strlen(text);
    for (int i = 0; i < times && (size_t)(i + 1) * bytes < sizeof all; i++)
        memcpy(all + (size_t)i * bytes, text, bytes + 1);
    gsi_top_line_add(line, style, all);
}

/* Positive from the left, negative from the right, neutral between them. */
static void draw_bar(struct gsi_top_line *line, int columns, const struct row *row)
{
    const int64_t *count = row->data->count;
    int64_t scored = count[GSI_TOP_POS] + count[GSI_TOP_NEU] + count[GSI_TOP_NEG];
    if (scored <= 0) {
        gsi_top_line_column(line, GSI_TOP_DIM, columns, "-");
        return;
    }
    int pos = (int)lrint(ratio(count[GSI_TOP_POS], scored) * columns);
    int neg = (int)lrint(ratio(count[GSI_TOP_NEG], scored) * columns);
    if (pos + neg > columns) /* two halves, both rounded up */
        neg = columns - pos;
    repeat(line, GSI_TOP_GOOD, "█", pos);
    repeat(line, GSI_TOP_DIM, "─", columns - pos - neg);
    repeat(line, GSI_TOP_BAD, "▒", neg);
}

static void draw_bhi(struct gsi_top_line *line, int columns, const struct row *row)
{
    char text[GSI_TOP_TEXT];
    double bhi = gsi_top_number(row->data->cell, "bhi");
    gsi_top_line_column(line, GSI_TOP_PLAIN, columns, gsi_top_format_share(text, bhi));
}

static void draw_interval(struct gsi_top_line *line, int columns, const struct row *row)
{
    char text[2 * GSI_TOP_TEXT] = "";
    char low[GSI_TOP_TEXT];
    char high[GSI_TOP_TEXT];
    double lo = gsi_top_number(row->data->cell, "bhi_lo");
    double hi = gsi_top_number(row->data->cell, "bhi_hi");
    if (!isnan(lo) && !isnan(hi))
        snprintf(text, sizeof text, "%s-%.3s", gsi_top_format_share(low, lo),
                 gsi_top_format_share(high, hi));
    gsi_top_line_column(line, GSI_TOP_DIM, columns, text);
}

static void draw_nss(struct gsi_top_line *line, int columns, const struct row *row)
{
    char text[GSI_TOP_TEXT];
    double nss = gsi_top_number(row->data->cell, "nss");
    gsi_top_line_column(line, nss < 0 ? GSI_TOP_BAD : GSI_TOP_PLAIN, columns,
                        gsi_top_format_signed(text, nss));
}

static void draw_er(struct gsi_top_line *line, int columns, const struct row *row)
{
    char text[GSI_TOP_TEXT];
    double er = gsi_top_number(row->data->cell, "er_followers");
    gsi_top_line_column(line, GSI_TOP_PLAIN, columns, gsi_top_format_percent(text, er));
}

static void draw_age(struct gsi_top_line *line, int columns, const struct row *row)
{
    char text[GSI_TOP_TEXT] = "-";
    int64_t updated_ms = gsi_top_integer(row->data->cell, "_updated_ms");
    if (updated_ms > 0)
        gsi_top_format_age(text, row->at_ms - updated_ms);
    gsi_top_line_column(line, GSI_TOP_DIM, columns, text);
}

/* Columns at 80; what is not `always` goes when there is less room, and what is left over at the
 * end goes to those that stretch. Negative: to the right. */
static const struct column {
    const char *title;
    draw_fn *draw;
    int columns;
    int stretch; /* most columns */
    bool always;
} columns[] = {
    {"entity", draw_entity, 15, 32, true},    {"tier", draw_tier, 5, 0, false},
    {"comments", draw_comments, -8, 0, true}, {"clean", draw_clean, -5, 0, true},
    {"pos…neg", draw_bar, 7, 24, true},       {"bhi", draw_bhi, -4, 0, true},
    {"95%", draw_interval, 7, 0, false},      {"nss", draw_nss, -5, 0, true},
    {"engag.", draw_engagement, -6, 0, true}, {"er", draw_er, -5, 0, false},
    {"age", draw_age, -3, 0, true},
};

struct layout {
    int columns[GS_COUNT_OF(columns)]; /* 0 = left out */
};

static void lay_out(struct layout *layout, const struct gsi_top_screen *screen)
{
    int rest = (int)screen->width;
    bool all = screen->width >= 80;
    for (size_t i = 0; i < GS_COUNT_OF(columns); i++) {
        int width = columns[i].columns;
        layout->columns[i] = all || columns[i].always ? width : 0;
        if (layout->columns[i])
            rest -= (width < 0 ? -width : width) + (i > 0);
    }
    for (size_t i = 0; i < GS_COUNT_OF(columns); i++) {
        int more = GS_MIN(rest, columns[i].stretch - columns[i].columns);
        if (!columns[i].stretch || more <= 0)
            continue;
        layout->columns[i] += more;
        rest -= more;
    }
}

static void draw_titles(struct gsi_top_line *line, const struct layout *layout)
{
    for (size_t i = 0; i < GS_COUNT_OF(columns); i++) {
        if (!layout->columns[i])
            continue;
        if (i > 0)
            gsi_top_line_add(line, GSI_TOP_PLAIN, " ");
        gsi_top_line_column(line, GSI_TOP_DIM, layout->columns[i], columns[i].title);
    }
    gsi_top_line_end(line);
}

static void draw_row(struct gsi_top_line *line, const struct layout *layout, const struct row *row)
{
    for (size_t i = 0; i < GS_COUNT_OF(columns); i++) {
        if (!layout->columns[i])
            continue;
        if (i > 0)
            gsi_top_line_add(line, GSI_TOP_PLAIN, " ");
        columns[i].draw(line, layout->columns[i], row);
    }
    gsi_top_line_end(line);
}

/* ------------------------------------------------------------------ the lines above */

static const char *count_text(char *buffer, int64_t value)
{
    return gsi_top_format_count(buffer, value, 7);
}

static void draw_title(struct gsi_top_line *line, const struct gs_top_config *config,
                       const char *endpoint, const struct gsi_top_picture *picture)
{
    char clock[GSI_TOP_TEXT];
    char title[400];
    if (config->title)
        snprintf(title, sizeof title, "%s", config->title);
    else
        snprintf(title, sizeof title, "groundswell top · %s", endpoint);
    gsi_top_line_column(line, GSI_TOP_BOLD, (int)line->width - 13, title);
    gsi_top_line_printf(line, GSI_TOP_DIM, " %s UTC", gsi_top_format_clock(clock, picture->at_ms));
    gsi_top_line_end(line);
}

static void draw_totals(struct gsi_top_line *line, const struct gs_top_config *config,
                        const struct gsi_top_picture *picture)
{
    char text[GSI_TOP_TEXT];
    const int64_t *total = picture->total;
    gsi_top_line_printf(line, GSI_TOP_PLAIN, "%s %s%s · %s",
                        count_text(text, (int64_t)picture->row_count), config->view,
                        picture->row_count == 1 ? "" : "s", config->window);
    if (picture->as_of_ms)
        gsi_top_line_printf(line, GSI_TOP_PLAIN, " up to %s",
                            gsi_top_format_clock(text, picture->as_of_ms));
    gsi_top_line_printf(line, GSI_TOP_BOLD, " · %s comments",
                        count_text(text, total[GSI_TOP_COMMENTS]));
    if (total[GSI_TOP_COMMENTS])
        gsi_top_line_printf(line, GSI_TOP_PLAIN, " · %.0f%% clean",
                            100 * ratio(total[GSI_TOP_CLEAN], total[GSI_TOP_COMMENTS]));
    gsi_top_line_end(line);
}

static void draw_sentiment(struct gsi_top_line *line, const struct gsi_top_picture *picture)
{
    char text[GSI_TOP_TEXT];
    const int64_t *total = picture->total;
    int64_t pos = total[GSI_TOP_POS];
    int64_t neg = total[GSI_TOP_NEG];
    gsi_top_line_printf(line, GSI_TOP_GOOD, "pos %s", count_text(text, pos));
    gsi_top_line_printf(line, GSI_TOP_DIM, " · neu %s · ", count_text(text, total[GSI_TOP_NEU]));
    gsi_top_line_printf(line, GSI_TOP_BAD, "neg %s", count_text(text, neg));
    if (total[GSI_TOP_UNK])
        gsi_top_line_printf(line, GSI_TOP_DIM, " · unscored %s",
                            count_text(text, total[GSI_TOP_UNK]));
    gsi_top_line_printf(line, GSI_TOP_PLAIN, " · bhi %s",
                        gsi_top_format_share(text, ratio(pos, pos + neg)));
    gsi_top_line_printf(
        line, GSI_TOP_PLAIN, " · nss %s",
        gsi_top_format_signed(text, ratio(pos - neg, pos + neg + total[GSI_TOP_NEU])));
    gsi_top_line_end(line);
}

static int64_t field_of(const struct gsi_top_instance *instance, const char *name)
{
    const char *text = gsi_top_text(instance->fields, name);
    int64_t value;
    return text && gs_parse_int(gs_str_of(text), &value) ? value : -1;
}

/* Whatever the heartbeat holds of this; other versions may say more or less. */
static void add_instance(struct gsi_top_line *line, const struct gsi_top_instance *instance,
                         int64_t at_ms)
{
    char text[GSI_TOP_TEXT];
    const char *version = gsi_top_text(instance->fields, "version");
    int64_t tasks = field_of(instance, "tasks");
    int64_t lag = field_of(instance, "lag");
    int64_t restoring = field_of(instance, "restoring");
    int64_t updated_ms = field_of(instance, "updated_ms");
    gsi_top_line_printf(line, GSI_TOP_DIM, "service %s", instance->name);
    if (version)
        gsi_top_line_printf(line, GSI_TOP_DIM, " %s", version);
    if (tasks >= 0)
        gsi_top_line_printf(line, GSI_TOP_DIM, " · %lld task%s", (long long)tasks,
                            tasks == 1 ? "" : "s");
    if (restoring > 0)
        gsi_top_line_printf(line, GSI_TOP_WARN, " · %lld restoring", (long long)restoring);
    if (lag >= 0)
        gsi_top_line_printf(line, GSI_TOP_DIM, " · %s record%s behind", count_text(text, lag),
                            lag == 1 ? "" : "s");
    if (updated_ms > 0)
        gsi_top_line_printf(line, at_ms - updated_ms < SILENT_MS ? GSI_TOP_DIM : GSI_TOP_WARN,
                            " · heartbeat %s ago", gsi_top_format_age(text, at_ms - updated_ms));
}

/* One is an average over what the window covers, the other is measured: each says which it is. */
static void add_rates(struct gsi_top_line *line, const struct gsi_top_picture *picture)
{
    char rate[GSI_TOP_TEXT];
    char age[GSI_TOP_TEXT];
    double comments = picture->comments_per_s;
    if (comments < 10) /* with a decimal where whole numbers would say little */
        snprintf(rate, sizeof rate, "%.1f", comments);
    else if (!isnan(comments))
        count_text(rate, llrint(comments));
    if (!isnan(comments))
        gsi_top_line_printf(line, GSI_TOP_DIM, "%s comments/s over %s", rate,
                            gsi_top_format_age(age, picture->as_of_ms - picture->from_ms));
    if (!isnan(picture->records_per_s))
        gsi_top_line_printf(line, GSI_TOP_DIM, "%s%s records/s read", line->used ? " · " : "",
                            count_text(rate, llrint(picture->records_per_s)));
}

/* One line for each service, and one before them. */
static void draw_services(struct gs_buf *out, const struct gsi_top_picture *picture,
                          const struct gsi_top_screen *screen)
{
    struct gsi_top_line line;
    gsi_top_line_begin(&line, out, screen);
    add_rates(&line, picture);
    for (size_t i = 0; i < picture->instance_count; i++) {
        if (line.used) {
            gsi_top_line_end(&line);
            gsi_top_line_begin(&line, out, screen);
        }
        add_instance(&line, &picture->instances[i], picture->at_ms);
    }
    if (line.used)
        gsi_top_line_end(&line);
}

/* ------------------------------------------------------------------ the whole */

/* Why the table is empty, and what to do about it. */
static void draw_empty(struct gs_buf *out, const struct gs_top_config *config,
                       const struct gsi_top_picture *picture, const struct gsi_top_screen *screen)
{
    struct gs_buf text = {0};
    gs_buf_printf(&text, "no cells of %s in %s under prefix %s yet%s%c", config->view,
                  config->window, config->prefix,
                  picture->instance_count ? "; the service is up" : ": is `groundswell run` up?",
                  0);
    gsi_top_add_wrapped(out, screen, GSI_TOP_WARN, text.data);
    text.len = 0;
    if (picture->known.len > 1) {
        gs_buf_printf(&text, "this deployment has %s%c", picture->known.data, 0);
        gsi_top_add_wrapped(out, screen, GSI_TOP_DIM, text.data);
    }
    gs_buf_deinit(&text);
}

static void draw_rest(struct gs_buf *out, const struct gsi_top_picture *picture, size_t shown,
                      const struct gsi_top_screen *screen)
{
    struct gsi_top_line line;
    char text[GSI_TOP_TEXT];
    if (shown == picture->row_count && !picture->left_out && !picture->broken)
        return;
    gsi_top_line_begin(&line, out, screen);
    if (shown < picture->row_count)
        gsi_top_line_printf(&line, GSI_TOP_DIM, "and %s more",
                            count_text(text, (int64_t)(picture->row_count - shown)));
    if (picture->left_out)
        gsi_top_line_printf(&line, GSI_TOP_WARN, "%stoo many to read: %s", line.used ? " · " : "",
                            count_text(text, (int64_t)picture->left_out));
    if (picture->broken)
        gsi_top_line_printf(&line, GSI_TOP_WARN, "%svalues that are no cells: %s",
                            line.used ? " · " : "", count_text(text, (int64_t)picture->broken));
    gsi_top_line_end(&line);
}

static size_t rows_that_fit(const struct gs_top_config *config,
                            const struct gsi_top_picture *picture,
                            const struct gsi_top_screen *screen)
{
    size_t around = 8 + picture->instance_count; /* the lines above, one below, and the cursor's */
    size_t room = screen->height > around ? screen->height - around : 1;
    size_t rows = GS_MIN(picture->row_count, (size_t)config->lines);
    return screen->height ? GS_MIN(rows, room) : rows;
}

void gsi_top_draw(struct gs_buf *out, const struct gs_top_config *config, const char *endpoint,
                  const struct gsi_top_picture *picture, const struct gsi_top_screen *screen)
{
    struct gsi_top_line line;
    struct layout layout;
    gsi_top_line_begin(&line, out, screen);
    draw_title(&line, config, endpoint, picture);
    gsi_top_line_begin(&line, out, screen);
    draw_totals(&line, config, picture);
    gsi_top_line_begin(&line, out, screen);
    if (picture->row_count)
        draw_sentiment(&line, picture);
    draw_services(out, picture, screen);
    gs_buf_add_text(out, "\n");
    if (picture->row_count == 0) {
        draw_empty(out, config, picture, screen);
        return;
    }
    lay_out(&layout, screen);
    gsi_top_line_begin(&line, out, screen);
    draw_titles(&line, &layout);
    size_t shown = rows_that_fit(config, picture, screen);
    for (size_t i = 0; i < shown; i++) {
        struct row row = {&picture->rows[i], picture->at_ms};
        gsi_top_line_begin(&line, out, screen);
        draw_row(&line, &layout, &row);
    }
    draw_rest(out, picture, shown, screen);
}
