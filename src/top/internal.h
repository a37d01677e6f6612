/* internal.h -- from cells in Redis to a picture, from a picture to lines.
 *
 *   reader (read.c, known.c) ──► picture (picture.c, rates.c) ──► table (draw.c, line.c) or JSON
 * (json.c) top.c: when, and where to */
#ifndef GS_TOP_INTERNAL_H
#define GS_TOP_INTERNAL_H

#include "groundswell/top.h"

#include <jansson.h>

enum {
    GSI_TOP_ENTITIES_MAX =
        20000, /* read per picture; the others are counted, and said to be left out */
    GSI_TOP_INSTANCES_MAX = 64,
    GSI_TOP_TASKS_MAX = 4096, /* whose offsets are followed */
    GSI_TOP_WIDTH_MIN = 60,
    GSI_TOP_WIDTH_MAX = 160
};

/* What is summed over the entities, in the order of the JSON output. */
enum gsi_top_count {
    GSI_TOP_COMMENTS,
    GSI_TOP_CLEAN,
    GSI_TOP_POS,
    GSI_TOP_NEG,
    GSI_TOP_NEU,
    GSI_TOP_UNK,
    GSI_TOP_ENGAGEMENT,
    GSI_TOP_COUNTS
};
const char *gsi_top_count_name(enum gsi_top_count count); /* also the field's name in a cell */

struct gsi_top_row {
    char *id;     /* as people write it; owned */
    json_t *cell; /* owned */
    int64_t count[GSI_TOP_COUNTS];
};

/* A service's heartbeat: whatever it says of itself. */
struct gsi_top_instance {
    char *name;     /* owned */
    json_t *fields; /* strings by name; owned */
};

/* One look at Redis. Zero-initialise, release with gsi_top_picture_deinit(). */
struct gsi_top_picture {
    int64_t at_ms;            /* wall time */
    int64_t steady_ms;        /* monotonic time */
    struct gsi_top_row *rows; /* the most active first */
    size_t row_count;
    size_t row_capacity;
    size_t left_out; /* entities beyond GSI_TOP_ENTITIES_MAX */
    size_t broken;   /* values that are no cells */
    int64_t total[GSI_TOP_COUNTS];
    int64_t as_of_ms;      /* the newest clock of all cells; 0 = none */
    int64_t from_ms;       /* where the window of that cell begins */
    double comments_per_s; /* over the window as far as it is covered; NaN: not known */
    double records_per_s;  /* read by the tasks, from the cells' offsets; NaN: not known yet */
    struct gsi_top_instance instances[GSI_TOP_INSTANCES_MAX];
    size_t instance_count;
    struct gs_buf known; /* if there are no cells: the views that there are, as text */
};
void gsi_top_picture_deinit(struct gsi_top_picture *picture);

/* Copies; a value that is no cell is counted as broken. */
void gsi_top_picture_add(struct gsi_top_picture *picture, struct gs_str id, struct gs_str json);
/* Sorts and sums. */
void gsi_top_picture_finish(struct gsi_top_picture *picture);
/* A number or an integer of a cell; NaN, or 0, if it is not there. */
double gsi_top_number(const json_t *cell, const char *field);
int64_t gsi_top_integer(const json_t *cell, const char *field);
/* A string of an object, NULL if it is not there. */
const char *gsi_top_text(const json_t *object, const char *field);

/* ------------------------------------------------------------------ rates */

enum { GSI_TOP_SAMPLES = 16 };

/* How far each task has read, now and in the last seconds. Zero-initialise. */
struct gsi_top_rates {
    int64_t read[GSI_TOP_TASKS_MAX];   /* sum of a task's offsets; 0 = not seen yet */
    int64_t newest[GSI_TOP_TASKS_MAX]; /* the same in the newest picture */
    int64_t records;                   /* since the first picture */
    struct gsi_top_sample {
        int64_t steady_ms;
        int64_t records;
    } samples[GSI_TOP_SAMPLES];
    uint32_t sample_count;
};
/* Fills the picture's rates: comments by its own window, records by the last pictures, over about
 * five seconds. */
void gsi_top_rates_update(struct gsi_top_rates *rates, struct gsi_top_picture *picture);

/* ------------------------------------------------------------------ reading */

struct gsi_top_reader; /* opaque: connection and known keys */

/* config is borrowed until the close. Connects; on GS_OK the caller closes the reader. */
GS_MUST_CHECK enum gs_status gsi_top_reader_open(const struct gs_top_config *config,
                                                 struct gsi_top_reader **reader,
                                                 struct gs_error *error);
/* Fills a zeroed picture. After an error the reader connects again at the next call. */
GS_MUST_CHECK enum gs_status gsi_top_reader_read(struct gsi_top_reader *reader,
                                                 struct gsi_top_picture *picture,
                                                 struct gs_error *error);
/* Whether the deployment has this view, and this window of it unless that is NULL; true if it says
 * nothing of its views. */
bool gsi_top_has(const json_t *views, const char *view, const char *window);
/* The configuration's window if the view has it, or does not say which it has, else its first. */
void gsi_top_pick(const json_t *views, const struct gs_top_config *config,
                  char window[GS_TOP_WINDOW_MAX]);
/* Appends "influencer (1m 5m), post (1h)". */
void gsi_top_add_views(struct gs_buf *out, const json_t *views);
const char *gsi_top_reader_endpoint(const struct gsi_top_reader *reader);
void gsi_top_reader_close(struct gsi_top_reader *reader); /* accepts NULL */

int64_t gsi_top_wall_ms(void);
int64_t gsi_top_steady_ms(void);

/* ------------------------------------------------------------------ lines */

enum gsi_top_style {
    GSI_TOP_PLAIN,
    GSI_TOP_BOLD,
    GSI_TOP_DIM,
    GSI_TOP_GOOD,
    GSI_TOP_BAD,
    GSI_TOP_WARN
};

/* How to draw. */
struct gsi_top_screen {
    uint32_t width;  /* columns; no line is longer */
    uint32_t height; /* lines; 0 = any */
    bool color;
};

/* A line in the making: it knows how wide it is, so that nothing wraps. Text from outside loses its
 * control characters here. */
struct gsi_top_line {
    struct gs_buf *out;
    uint32_t width;
    uint32_t used;
    bool color;
};
void gsi_top_line_begin(struct gsi_top_line *line, struct gs_buf *out,
                        const struct gsi_top_screen *screen);
/* Appends what fits; a text that is cut ends with an ellipsis. */
void gsi_top_line_add(struct gsi_top_line *line, enum gsi_top_style style, const char *text);
void gsi_top_line_printf(struct gsi_top_line *line, enum gsi_top_style style, const char *format,
                         ...) GS_PRINTF(3, 4);
/* Exactly `columns` wide; negative: to the right. */
void gsi_top_line_column(struct gsi_top_line *line, enum gsi_top_style style, int columns,
                         const char *text);
void gsi_top_line_end(struct gsi_top_line *line);
/* Appends text as whole lines, broken at blanks. */
void gsi_top_add_wrapped(struct gs_buf *out, const struct gsi_top_screen *screen,
                         enum gsi_top_style style, const char *text);
/* Columns that text takes on a terminal, up to max; *bytes, which may be NULL, is how many bytes
 * of it fit. */
uint32_t gsi_top_width(const char *text, uint32_t max, size_t *bytes);

/* Numbers as people read them; buffer has GSI_TOP_TEXT bytes, and is returned. */
enum { GSI_TOP_TEXT = 32 };
const char *gsi_top_format_count(char *buffer, int64_t value, uint32_t columns); /* 1,234  1.23M */
const char *gsi_top_format_share(char *buffer, double value);                    /* .84 */
const char *gsi_top_format_signed(char *buffer, double value);                   /* +.57 */
const char *gsi_top_format_percent(char *buffer, double value);                  /* 12.3%, 17x */
const char *gsi_top_format_age(char *buffer, int64_t ms);   /* at most 4 columns */
const char *gsi_top_format_clock(char *buffer, int64_t ms); /* 10:21:07, UTC */

/* The picture as a table. */
void gsi_top_draw(struct gs_buf *out, const struct gs_top_config *config, const char *endpoint,
                  const struct gsi_top_picture *picture, const struct gsi_top_screen *screen);
/* The picture as one line of JSON. */
void gsi_top_json(struct gs_buf *out, const struct gs_top_config *config, const char *endpoint,
                  const struct gsi_top_picture *picture);

#endif
