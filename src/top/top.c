/* top.c -- one picture after the other, drawn in place on a terminal.
 *
 * In place means: the cursor goes up by as many lines as the last picture had. The screen is not
 * switched and the terminal's settings are not touched, so there is nothing to restore, whatever
 * ends the program, and the last picture stays to be read. */
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { SLICE_MS = 50 };

struct view {
    const struct gs_top_config *config;
    struct gsi_top_reader *reader;
    struct gsi_top_rates rates;
    struct gsi_top_screen screen;
    bool in_place;
    size_t lines_above; /* of the last picture, if it is still above the cursor */
};

static bool wants_color(void)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    return !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0);
}

/* Lines that were wrapped or cut by a change of size cannot be found again: begin on a clean screen
 * then. */
static void look_at_screen(struct view *view, struct gs_buf *out)
{
    struct winsize size = {0};
    struct gsi_top_screen before = view->screen;
    bool terminal = !view->config->json && isatty(STDOUT_FILENO) &&
                    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    uint32_t width = size.ws_col ? size.ws_col : 80;
    view->screen = (struct gsi_top_screen){
        .width = GS_MIN(GS_MAX(width, (uint32_t)GSI_TOP_WIDTH_MIN), (uint32_t)GSI_TOP_WIDTH_MAX),
        .height = size.ws_row,
        .color = terminal && wants_color()};
    view->in_place =
        terminal && width >= GSI_TOP_WIDTH_MIN && (!view->config->once || view->config->above);
    bool changed = before.width &&
                   (before.width != view->screen.width || before.height != view->screen.height);
    if (view->in_place && view->lines_above && changed) {
        gs_buf_add_text(out, "\033[2J\033[H");
        view->lines_above = 0;
    }
}

static void add_unavailable(struct view *view, const struct gs_error *error, struct gs_buf *out)
{
    struct gsi_top_line line;
    if (view->config->json) {
        gs_buf_printf(out, "{\"at_ms\":%lld,\"error\":\"", (long long)gsi_top_wall_ms());
        gs_buf_add_json(out, gs_str_of(error->message));
        gs_buf_add_text(out, "\"}\n");
        return;
    }
    gsi_top_line_begin(&line, out, &view->screen);
    gsi_top_line_printf(&line, GSI_TOP_WARN, "Redis is away, trying again: %s", error->message);
    gsi_top_line_end(&line);
}

static enum gs_status add_picture(struct view *view, struct gs_buf *out, struct gs_error *error)
{
    struct gsi_top_picture picture = {0};
    enum gs_status status = gsi_top_reader_read(view->reader, &picture, error);
    const char *endpoint = gsi_top_reader_endpoint(view->reader);
    if (status == GS_OK) {
        gsi_top_rates_update(&view->rates, &picture);
        if (view->config->json)
            gsi_top_json(out, view->config, endpoint, &picture);
        else
            gsi_top_draw(out, view->config, endpoint, &picture, &view->screen);
    } else if (!view->config->once && status != GS_E_USAGE) {
        add_unavailable(view, error, out);
        status = GS_OK;
    }
    gsi_top_picture_deinit(&picture);
    return status;
}

/* Replaces what was drawn before: up, each line cleared behind its text, and all below. */
static void place(struct view *view, struct gs_str text, struct gs_buf *out)
{
    size_t lines = 0;
    if (view->lines_above)
        gs_buf_printf(out, "\033[%zuA\r", view->lines_above);
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\n') {
            gs_buf_add_text(out, "\033[K");
            lines++;
        }
        gs_buf_add(out, text.data + i, 1);
    }
    gs_buf_add_text(out, "\033[J");
    view->lines_above = lines;
}

static enum gs_status show(struct view *view, struct gs_error *error)
{
    struct gs_buf text = {0};
    struct gs_buf out = {0};
    look_at_screen(view, &out);
    enum gs_status status = add_picture(view, &text, error);
    if (status == GS_OK) {
        if (view->in_place)
            place(view, gs_str_make(text.data, text.len), &out);
        else
            gs_buf_add(&out, text.data, text.len);
        if (!view->in_place && !view->config->json && !view->config->once)
            gs_buf_add_text(&out, "\n");
        if (fwrite(out.data, 1, out.len, stdout) != out.len || fflush(stdout) != 0)
            status = gs_fail(error, GS_E_UNAVAIL, "stdout cannot be written");
    }
    gs_buf_deinit(&text);
    gs_buf_deinit(&out);
    return status;
}

static bool stopped(const struct gs_top_config *config)
{
    return config->stop && *config->stop;
}

static void wait_until(const struct gs_top_config *config, int64_t due_ms)
{
    struct timespec slice = {0, SLICE_MS * 1000000L};
    while (!stopped(config) && gsi_top_steady_ms() < due_ms)
        (void)nanosleep(&slice, NULL);
}

enum gs_status gs_top_run(const struct gs_top_config *config, struct gs_error *error)
{
    struct view *view = gs_calloc(1, sizeof *view); /* too large for a stack */
    view->config = config;
    view->lines_above = config->above ? *config->above : 0;
    enum gs_status status = gsi_top_reader_open(config, &view->reader, error);
    while (status == GS_OK && !stopped(config)) {
        int64_t due_ms = gsi_top_steady_ms() + config->interval_ms;
        status = show(view, error);
        if (config->once)
            break;
        if (status == GS_OK)
            wait_until(config, due_ms);
    }
    if (config->above)
        *config->above = view->lines_above;
    gsi_top_reader_close(view->reader);
    gs_free(view);
    return status;
}

enum gs_status gs_top_sum(const struct gs_top_config *config, struct gs_top_sums *sums,
                          struct gs_error *error)
{
    struct gsi_top_picture picture = {0};
    struct gsi_top_reader *reader;
    memset(sums, 0, sizeof *sums);
    enum gs_status status = gsi_top_reader_open(config, &reader, error);
    if (status == GS_OK)
        status = gsi_top_reader_read(reader, &picture, error);
    if (status == GS_OK)
        *sums = (struct gs_top_sums){.entities = picture.row_count,
                                     .comments = picture.total[GSI_TOP_COMMENTS],
                                     .clean = picture.total[GSI_TOP_CLEAN],
                                     .pos = picture.total[GSI_TOP_POS],
                                     .neg = picture.total[GSI_TOP_NEG],
                                     .neu = picture.total[GSI_TOP_NEU],
                                     .unk = picture.total[GSI_TOP_UNK],
                                     .engagement = picture.total[GSI_TOP_ENGAGEMENT]};
    gsi_top_picture_deinit(&picture);
    gsi_top_reader_close(reader);
    return status;
}
