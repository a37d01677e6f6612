/* metrics.h -- one table of metrics, from which /metrics and its reference are made.
 *
 *   metrics_table.c   what there is: name, type, unit, labels, meaning, where the value is had
 *   metrics_show.c    from a row of the table and copied figures to samples
 *   metrics_task.c    what the figures of tasks and their inputs come to
 *   metrics.c         the page
 *   metrics_text.c    the reference
 */
#ifndef GS_SERVICE_METRICS_H
#define GS_SERVICE_METRICS_H

#include "internal.h"

/* What the service's thread has counted. */
struct gsi_group_figures {
    uint64_t commits_done, commits_failed;
    uint64_t rebalances;
    uint64_t assigned, asked_back, lost;
};

/* What one page is made of. */
struct gsi_page {
    struct gs_buf *out;
    struct gs_service *service;
    const struct gs_worker_stats *workers; /* [service->worker_count] */
    const struct gs_worker_task_stats *tasks;
    uint32_t task_count;
    struct gs_registry_stats registry;
    struct gsi_group_figures group;
    int64_t now_ms; /* monotonic */
    int64_t wall_ms;
    bool openmetrics;
};

enum gsi_metric_type { GSI_COUNTER, GSI_GAUGE, GSI_HISTOGRAM };

/* A whole number somewhere in a struct of figures. One below 0 is not known, and not shown. */
struct gsi_figure {
    size_t at;
    size_t size; /* bytes: 1, 4 or 8 */
};

/* What it is divided by to be in the metric's unit. */
enum gsi_scale { GSI_WHOLE, GSI_MS, GSI_NS };

/* One value of a metric's last label, and its figure. */
struct gsi_part {
    const char *value; /* NULL behind the last one */
    struct gsi_figure figure;
};

/* All values of a label, by number. */
struct gsi_values {
    const char *(*name)(int number);
    int first, count;
};

/* Exactly one of parts, by and neither. */
struct gsi_metric {
    const char *name; /* behind "groundswell_", complete: counters end in _total */
    enum gsi_metric_type type;
    const char *unit;   /* the name says it too; "" = a number */
    const char *labels; /* with commas between them, or "" */
    const char *help;
    void (*show)(const struct gsi_page *page, const struct gsi_metric *metric);
    struct gsi_figure figure;     /* by: of the number 0 */
    const struct gsi_part *parts; /* the last label's values, each with its own figure */
    const struct gsi_values *by;  /* the same, figures in an array; those at 0 ... */
    bool not_zeros;               /* ... are left out */
    bool largest;                 /* of several figures, else their sum */
    enum gsi_scale scale;
};

struct gsi_metric_section {
    const char *name;
    const struct gsi_metric *metrics;
    size_t count;
    bool with_checkpoints; /* only shown if checkpoints are kept */
};
extern const struct gsi_metric_section gsi_metric_sections[];
extern const size_t gsi_metric_section_count;

/* What a label says. */
struct gsi_label {
    const char *name;
    const char *meaning;
    const struct gsi_values *values; /* NULL: they are not known beforehand, or parts */
};
extern const struct gsi_label gsi_labels[];
extern const size_t gsi_label_count;

/* Figures that make one number, and the labels that stand for them. */
enum { GSI_LABELS_MAX = 320 };
struct gsi_place {
    const void *first; /* a struct of figures, */
    size_t stride;     /* and behind it, so far from one to the next, */
    uint32_t count;    /* the others of so many */
    char labels[GSI_LABELS_MAX];
};

/* ---- metrics_show.c */
/* Everything that the row says of one place. */
void gsi_show_place(const struct gsi_page *page, const struct gsi_metric *metric,
                    const struct gsi_place *place);
/* One sample; value: of the last label, or NULL. */
void gsi_show_number(const struct gsi_page *page, const struct gsi_metric *metric,
                     const struct gsi_place *place, const char *value, uint64_t number);
void gsi_show_workers(const struct gsi_page *page, const struct gsi_metric *metric);
void gsi_show_each_worker(const struct gsi_page *page, const struct gsi_metric *metric);
void gsi_show_registry(const struct gsi_page *page, const struct gsi_metric *metric);
void gsi_show_group(const struct gsi_page *page, const struct gsi_metric *metric);
void gsi_show_build(const struct gsi_page *page, const struct gsi_metric *metric);
void gsi_show_start(const struct gsi_page *page, const struct gsi_metric *metric);
void gsi_show_cpu(const struct gsi_page *page, const struct gsi_metric *metric);
void gsi_show_memory(const struct gsi_page *page, const struct gsi_metric *metric);
void gsi_show_misplaced(const struct gsi_page *page, const struct gsi_metric *metric);
void gsi_show_times(const struct gsi_page *page, const struct gsi_metric *metric);

/* ---- metrics_task.c */
void gsi_show_tasks(const struct gsi_page *page, const struct gsi_metric *metric);
void gsi_show_each_task(const struct gsi_page *page, const struct gsi_metric *metric);
void gsi_show_views(const struct gsi_page *page, const struct gsi_metric *metric);
void gsi_show_inputs(const struct gsi_page *page, const struct gsi_metric *metric);
void gsi_show_ignored(const struct gsi_page *page, const struct gsi_metric *metric);
void gsi_show_end_offset(const struct gsi_page *page, const struct gsi_metric *metric);
void gsi_show_lag(const struct gsi_page *page, const struct gsi_metric *metric);
void gsi_show_lag_seconds(const struct gsi_page *page, const struct gsi_metric *metric);
void gsi_show_skew(const struct gsi_page *page, const struct gsi_metric *metric);
void gsi_show_task_count(const struct gsi_page *page, const struct gsi_metric *metric);
void gsi_show_group_tasks(const struct gsi_page *page, const struct gsi_metric *metric);
void gsi_show_task_state(const struct gsi_page *page, const struct gsi_metric *metric);
void gsi_show_comments(const struct gsi_page *page, const struct gsi_metric *metric);
void gsi_show_checkpoint_age(const struct gsi_page *page, const struct gsi_metric *metric);
void gsi_show_restoring(const struct gsi_page *page, const struct gsi_metric *metric);

#endif
