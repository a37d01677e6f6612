/* metrics_show.c -- from a row of the table to samples: what the workers have copied out is added
 * up, or shown one by one. */
#include "metrics.h"

#include <inttypes.h>
#include <stdio.h>

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

void gsi_show_number(const struct gsi_page *page, const struct gsi_metric *metric,
                     const struct gsi_place *place, const char *value, uint64_t number)
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

static uint64_t add_up(const struct gsi_place *place, const struct gsi_metric *metric,
                       struct gsi_figure figure)
{
    uint64_t result = 0;
    for (uint32_t i = 0; i < place->count; i++) {
        uint64_t one = read_figure((const char *)place->first + i * place->stride, figure);
        result = metric->largest ? GS_MAX(result, one) : result + one;
    }
    return result;
}

void gsi_show_place(const struct gsi_page *page, const struct gsi_metric *metric,
                    const struct gsi_place *place)
{
    const struct gsi_values *by = metric->by;
    struct gsi_figure figure = metric->figure;
    if (!by && !metric->parts)
        gsi_show_number(page, metric, place, NULL, add_up(place, metric, figure));
    for (const struct gsi_part *part = metric->parts; part && part->value; part++)
        gsi_show_number(page, metric, place, part->value, add_up(place, metric, part->figure));
    for (int i = 0; by && i < by->count; i++, figure.at += figure.size)
        if (i >= by->first)
            gsi_show_number(page, metric, place, by->name(i), add_up(place, metric, figure));
}

static struct gsi_place all_workers(const struct gsi_page *page)
{
    return (struct gsi_place){page->workers, sizeof *page->workers, page->service->worker_count,
                              ""};
}

void gsi_show_workers(const struct gsi_page *page, const struct gsi_metric *metric)
{
    struct gsi_place place = all_workers(page);
    gsi_show_place(page, metric, &place);
}

void gsi_show_each_worker(const struct gsi_page *page, const struct gsi_metric *metric)
{
    for (uint32_t i = 0; i < page->service->worker_count; i++) {
        struct gsi_place place = {.first = &page->workers[i], .count = 1};
        snprintf(place.labels, sizeof place.labels, "worker=\"%u\"", i);
        gsi_show_place(page, metric, &place);
    }
}

void gsi_show_registry(const struct gsi_page *page, const struct gsi_metric *metric)
{
    struct gsi_place place = {.first = &page->registry, .count = 1};
    gsi_show_place(page, metric, &place);
}

void gsi_show_group(const struct gsi_page *page, const struct gsi_metric *metric)
{
    struct gsi_place place = {.first = &page->group, .count = 1};
    gsi_show_place(page, metric, &place);
}

/* ------------------------------------------------------------------ histograms */

/* OpenMetrics has one way to write a limit: whole ones as 5.0. */
static void show_bucket(const struct gsi_page *page, const char *name, int64_t limit_us,
                        uint64_t count)
{
    gs_buf_printf(page->out, "groundswell_%s_bucket{le=\"", name);
    if (limit_us == INT64_MAX)
        gs_buf_add_text(page->out, "+Inf");
    else if (page->openmetrics && limit_us % 1000000 == 0)
        gs_buf_printf(page->out, "%.1f", (double)limit_us * 1e-6);
    else
        gs_buf_printf(page->out, "%g", (double)limit_us * 1e-6);
    gs_buf_printf(page->out, "\"} %" PRIu64 "\n", count);
}

/* The figure is that of the first bucket. */
void gsi_show_times(const struct gsi_page *page, const struct gsi_metric *metric)
{
    struct gsi_place place = all_workers(page);
    struct gsi_figure figure = metric->figure;
    size_t which =
        (figure.at - offsetof(struct gs_worker_stats, times)) / sizeof(struct gs_worker_times);
    const int64_t *limit_us = gs_worker_time_limits_us[which];
    uint64_t count = 0;
    for (int64_t last_us = 0; last_us != INT64_MAX; figure.at += figure.size) {
        last_us = *limit_us++;
        count += add_up(&place, metric, figure);
        show_bucket(page, metric->name, last_us, count);
    }
    figure.at = metric->figure.at + offsetof(struct gs_worker_times, sum_us);
    gs_buf_printf(page->out,
                  "groundswell_%s_sum %.6f\n"
                  "groundswell_%s_count %" PRIu64 "\n",
                  metric->name, (double)add_up(&place, metric, figure) * 1e-6, metric->name, count);
}

/* ------------------------------------------------------------------ process */

void gsi_show_build(const struct gsi_page *page, const struct gsi_metric *metric)
{
    gsi_show_number(page, metric, &(struct gsi_place){0}, GS_VERSION, 1);
}

void gsi_show_start(const struct gsi_page *page, const struct gsi_metric *metric)
{
    gsi_show_number(page, metric, &(struct gsi_place){0}, NULL,
                    (uint64_t)page->service->started_wall_ms);
}

void gsi_show_cpu(const struct gsi_page *page, const struct gsi_metric *metric)
{
    gsi_show_number(page, metric, &(struct gsi_place){0}, NULL,
                    (uint64_t)(gsi_service_cpu_seconds() * 1e9));
}

void gsi_show_memory(const struct gsi_page *page, const struct gsi_metric *metric)
{
    gsi_show_number(page, metric, &(struct gsi_place){0}, NULL, gsi_service_rss_bytes(false));
}

void gsi_show_misplaced(const struct gsi_page *page, const struct gsi_metric *metric)
{
    for (uint8_t i = 0; i < page->service->task.input_count; i++) {
        uint64_t sum = 0;
        for (uint32_t w = 0; w < page->service->worker_count; w++)
            sum += page->workers[w].misplaced[i];
        gsi_show_number(page, metric, &(struct gsi_place){0}, page->service->task.inputs[i].topic,
                        sum);
    }
}
