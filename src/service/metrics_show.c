/* metrics_show.c -- from a row of the table to samples: what the workers have copied out is added
 * up, or shown per worker, task or input. */
#include "metrics.h"

#include <inttypes.h>
#include <stdio.h>

enum { LABELS_MAX = 320 };

/* Figures that make one number, and the labels that stand for them. */
struct place {
    const void *first; /* a struct of figures, */
    size_t stride;     /* and behind it, so far from one to the next, */
    uint32_t count;    /* the others of so many */
    char labels[LABELS_MAX];
};

/* ------------------------------------------------------------------ one sample */

static const char *last_label(const struct gsi_metric *metric)
{
    const char *comma = strrchr(metric->labels, ',');
    return comma ? comma + 1 : metric->labels;
}

static void begin(const struct gsi_page *page, const struct gsi_metric *metric, const char *labels,
                  const char *value)
{
    gs_buf_printf(page->out, "groundswell_%s", metric->name);
    if (*labels || value)
        gs_buf_printf(page->out, "{%s", labels);
    if (value)
        gs_buf_printf(page->out, "%s%s=\"%s\"", *labels ? "," : "", last_label(metric), value);
    gs_buf_add_text(page->out, *labels || value ? "} " : " ");
}

static void sample(const struct gsi_page *page, const struct gsi_metric *metric, const char *labels,
                   uint64_t number)
{
    begin(page, metric, labels, NULL);
    gs_buf_printf(page->out, "%" PRIu64 "\n", number);
}

static void sample_seconds(const struct gsi_page *page, const struct gsi_metric *metric,
                           const char *labels, double seconds)
{
    begin(page, metric, labels, NULL);
    gs_buf_printf(page->out, "%.3f\n", seconds);
}

/* ------------------------------------------------------------------ figures */

static uint64_t read_figure(const void *from, struct gsi_figure figure)
{
    const char *at = (const char *)from + figure.at;
    uint64_t eight = 0;
    uint32_t four = 0;
    if (figure.size == sizeof eight) {
        memcpy(&eight, at, sizeof eight);
        return eight;
    }
    if (figure.size == sizeof four) {
        memcpy(&four, at, sizeof four);
        return four;
    }
    return *(const bool *)at;
}

static uint64_t add_up(const struct place *place, const struct gsi_metric *metric,
                       struct gsi_figure figure)
{
    uint64_t result = 0;
    for (uint32_t i = 0; i < place->count; i++) {
        uint64_t one = read_figure((const char *)place->first + i * place->stride, figure);
        result = metric->largest ? GS_MAX(result, one) : result + one;
    }
    return result;
}

static void show_value(const struct gsi_page *page, const struct gsi_metric *metric,
                       const struct place *place, const char *value, uint64_t number)
{
    if ((int64_t)number < 0 || (metric->not_zeros && !number))
        return;
    begin(page, metric, place->labels, value);
    if (metric->scale == GSI_WHOLE)
        gs_buf_printf(page->out, "%" PRIu64 "\n", number);
    else if (metric->scale == GSI_MS)
        gs_buf_printf(page->out, "%.3f\n", (double)number / 1000);
    else
        gs_buf_printf(page->out, "%.6f\n", (double)number * 1e-9);
}

/* Everything that the row says of one place. */
static void show_place(const struct gsi_page *page, const struct gsi_metric *metric,
                       const struct place *place)
{
    const struct gsi_values *by = metric->by;
    struct gsi_figure figure = metric->figure;
    if (!by && !metric->parts)
        show_value(page, metric, place, NULL, add_up(place, metric, figure));
    for (const struct gsi_part *part = metric->parts; part && part->value; part++)
        show_value(page, metric, place, part->value, add_up(place, metric, part->figure));
    for (int i = 0; by && i < by->count; i++, figure.at += figure.size)
        if (i >= by->first)
            show_value(page, metric, place, by->name(i), add_up(place, metric, figure));
}

void gsi_show_workers(const struct gsi_page *page, const struct gsi_metric *metric)
{
    struct place place = {page->workers, sizeof *page->workers, page->service->worker_count, ""};
    show_place(page, metric, &place);
}

void gsi_show_each_worker(const struct gsi_page *page, const struct gsi_metric *metric)
{
    for (uint32_t i = 0; i < page->service->worker_count; i++) {
        struct place place = {.first = &page->workers[i], .count = 1};
        snprintf(place.labels, sizeof place.labels, "worker=\"%u\"", i);
        show_place(page, metric, &place);
    }
}

void gsi_show_tasks(const struct gsi_page *page, const struct gsi_metric *metric)
{
    struct place place = {page->tasks, sizeof *page->tasks, page->task_count, ""};
    show_place(page, metric, &place);
}

void gsi_show_registry(const struct gsi_page *page, const struct gsi_metric *metric)
{
    struct place place = {.first = &page->registry, .count = 1};
    show_place(page, metric, &place);
}

void gsi_show_group(const struct gsi_page *page, const struct gsi_metric *metric)
{
    struct place place = {.first = &page->group, .count = 1};
    show_place(page, metric, &place);
}

/* ------------------------------------------------------------------ inputs */

static void name_input(const struct gsi_page *page, const struct gs_worker_task_stats *task,
                       uint8_t input, struct place *place)
{
    *place = (struct place){.first = &task->stats.input[input], .count = 1};
    snprintf(place->labels, sizeof place->labels, "topic=\"%s\",partition=\"%u\"",
             page->service->task.inputs[input].topic, task->task);
}

void gsi_show_inputs(const struct gsi_page *page, const struct gsi_metric *metric)
{
    for (uint32_t t = 0; t < page->task_count; t++)
        for (uint8_t i = 0; i < page->service->task.input_count; i++) {
            struct place place;
            name_input(page, &page->tasks[t], i, &place);
            show_place(page, metric, &place);
        }
}

void gsi_show_end_offset(const struct gsi_page *page, const struct gsi_metric *metric)
{
    for (uint32_t t = 0; t < page->task_count; t++)
        for (uint8_t i = 0; i < page->service->task.input_count; i++) {
            struct place place;
            name_input(page, &page->tasks[t], i, &place);
            show_value(page, metric, &place, NULL, (uint64_t)page->tasks[t].end_offset[i]);
        }
}

static void show_ignored(const struct gsi_page *page, const struct gsi_metric *metric,
                         const struct gs_task_input_stats *stats, const char *labels)
{
    for (int kind = 0; kind < GS_KIND_COUNT; kind++)
        for (int action = 0; action < GS_ACTION_COUNT; action++) {
            char all[LABELS_MAX + 20];
            if (!stats->ignored[kind][action])
                continue;
            snprintf(all, sizeof all, "%s,kind=\"%s\"", labels, gs_kind_name((enum gs_kind)kind));
            begin(page, metric, all, gs_action_name((enum gs_action)action));
            gs_buf_printf(page->out, "%" PRIu64 "\n", stats->ignored[kind][action]);
        }
}

void gsi_show_ignored(const struct gsi_page *page, const struct gsi_metric *metric)
{
    for (uint32_t t = 0; t < page->task_count; t++)
        for (uint8_t i = 0; i < page->service->task.input_count; i++) {
            struct place place;
            name_input(page, &page->tasks[t], i, &place);
            show_ignored(page, metric, place.first, place.labels);
        }
}

void gsi_show_misplaced(const struct gsi_page *page, const struct gsi_metric *metric)
{
    for (uint8_t i = 0; i < page->service->task.input_count; i++) {
        uint64_t sum = 0;
        for (uint32_t w = 0; w < page->service->worker_count; w++)
            sum += page->workers[w].misplaced[i];
        begin(page, metric, "", page->service->task.inputs[i].topic);
        gs_buf_printf(page->out, "%" PRIu64 "\n", sum);
    }
}

void gsi_show_comments(const struct gsi_page *page, const struct gsi_metric *metric)
{
    uint64_t comments = 0;
    for (uint32_t t = 0; t < page->task_count; t++)
        for (uint8_t i = 0; i < page->service->task.input_count; i++)
            comments += page->tasks[t].stats.input[i].comments;
    sample(page, metric, "", comments);
}

/* ------------------------------------------------------------------ tasks */

static void name_task(const struct gs_worker_task_stats *task, char labels[LABELS_MAX])
{
    snprintf(labels, LABELS_MAX, "task=\"%u\"", task->task);
}

void gsi_show_task_count(const struct gsi_page *page, const struct gsi_metric *metric)
{
    sample(page, metric, "", page->task_count);
}

void gsi_show_task_state(const struct gsi_page *page, const struct gsi_metric *metric)
{
    for (uint32_t t = 0; t < page->task_count; t++) {
        char labels[LABELS_MAX];
        name_task(&page->tasks[t], labels);
        begin(page, metric, labels, metric->by->name((int)page->tasks[t].state));
        gs_buf_add_text(page->out, "1\n");
    }
}

void gsi_show_checkpoint_age(const struct gsi_page *page, const struct gsi_metric *metric)
{
    for (uint32_t t = 0; t < page->task_count; t++) {
        char labels[LABELS_MAX];
        name_task(&page->tasks[t], labels);
        if (page->tasks[t].cut_ms)
            sample_seconds(page, metric, labels,
                           (double)(page->now_ms - page->tasks[t].cut_ms) / 1000);
    }
}

/* Of those tasks alone that read their checkpoints. */
void gsi_show_restoring(const struct gsi_page *page, const struct gsi_metric *metric)
{
    for (uint32_t t = 0; t < page->task_count; t++) {
        struct place place = {.first = &page->tasks[t], .count = 1};
        name_task(&page->tasks[t], place.labels);
        if (page->tasks[t].restoring)
            show_place(page, metric, &place);
    }
}

/* ------------------------------------------------------------------ process */

void gsi_show_build(const struct gsi_page *page, const struct gsi_metric *metric)
{
    begin(page, metric, "", GS_VERSION);
    gs_buf_add_text(page->out, "1\n");
}

void gsi_show_cpu(const struct gsi_page *page, const struct gsi_metric *metric)
{
    sample_seconds(page, metric, "", gsi_service_cpu_seconds());
}

void gsi_show_memory(const struct gsi_page *page, const struct gsi_metric *metric)
{
    sample(page, metric, "", gsi_service_rss_bytes(false));
}

/* ------------------------------------------------------------------ histograms */

void gsi_show_pauses(const struct gsi_page *page, const struct gsi_metric *metric)
{
    struct place place = {page->workers, sizeof *page->workers, page->service->worker_count, ""};
    struct gsi_figure figure = metric->figure; /* of the first bucket */
    uint64_t count = 0;
    for (int i = 0; i < GS_WORKER_PAUSES; i++, figure.at += figure.size) {
        int64_t limit_us = gs_worker_pause_limits_us[i];
        count += add_up(&place, metric, figure);
        gs_buf_printf(page->out, "groundswell_%s_bucket{le=\"", metric->name);
        if (limit_us == INT64_MAX)
            gs_buf_add_text(page->out, "+Inf");
        else
            gs_buf_printf(page->out, "%g", (double)limit_us * 1e-6);
        gs_buf_printf(page->out, "\"} %" PRIu64 "\n", count);
    }
    figure.at = offsetof(struct gs_worker_stats, cut_pause_ns);
    gs_buf_printf(page->out,
                  "groundswell_%s_sum %.6f\n"
                  "groundswell_%s_count %" PRIu64 "\n",
                  metric->name, (double)add_up(&place, metric, figure) * 1e-9, metric->name, count);
}
