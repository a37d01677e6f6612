/* metrics_task.c -- what the figures of tasks, of their inputs and views come to. */
#include "metrics.h"

#include <stdio.h>

/* ------------------------------------------------------------------ tasks */

void gsi_show_tasks(const struct gsi_page *page, const struct gsi_metric *metric)
{
    struct gsi_place place = {page->tasks, sizeof *page->tasks, page->task_count, ""};
    gsi_show_place(page, metric, &place);
}

static struct gsi_place place_of_task(const struct gs_worker_task_stats *task)
{
    struct gsi_place place = {.first = task, .count = 1};
    snprintf(place.labels, sizeof place.labels, "task=\"%u\"", task->task);
    return place;
}

void gsi_show_each_task(const struct gsi_page *page, const struct gsi_metric *metric)
{
    for (uint32_t t = 0; t < page->task_count; t++) {
        struct gsi_place place = place_of_task(&page->tasks[t]);
        gsi_show_place(page, metric, &place);
    }
}

void gsi_show_task_count(const struct gsi_page *page, const struct gsi_metric *metric)
{
    gsi_show_number(page, metric, &(struct gsi_place){0}, NULL, page->task_count);
}

void gsi_show_group_tasks(const struct gsi_page *page, const struct gsi_metric *metric)
{
    gsi_show_number(page, metric, &(struct gsi_place){0}, NULL,
                    page->service->task.partition_count);
}

void gsi_show_task_state(const struct gsi_page *page, const struct gsi_metric *metric)
{
    for (uint32_t t = 0; t < page->task_count; t++) {
        struct gsi_place place = place_of_task(&page->tasks[t]);
        gsi_show_number(page, metric, &place, metric->by->name((int)page->tasks[t].state), 1);
    }
}

void gsi_show_checkpoint_age(const struct gsi_page *page, const struct gsi_metric *metric)
{
    for (uint32_t t = 0; t < page->task_count; t++) {
        struct gsi_place place = place_of_task(&page->tasks[t]);
        int64_t cut_ms = page->tasks[t].cut_ms;
        if (cut_ms)
            gsi_show_number(page, metric, &place, NULL, (uint64_t)GS_MAX(page->now_ms - cut_ms, 0));
    }
}

/* Of those tasks alone that read their checkpoints. */
void gsi_show_restoring(const struct gsi_page *page, const struct gsi_metric *metric)
{
    for (uint32_t t = 0; t < page->task_count; t++) {
        struct gsi_place place = place_of_task(&page->tasks[t]);
        if (page->tasks[t].restoring)
            gsi_show_place(page, metric, &place);
    }
}

/* ------------------------------------------------------------------ views */

/* The figure is that of the first view. */
void gsi_show_views(const struct gsi_page *page, const struct gsi_metric *metric)
{
    struct gsi_place place = {page->tasks, sizeof *page->tasks, page->task_count, ""};
    struct gsi_metric of_view = *metric;
    for (uint8_t v = 0; v < page->service->task.view_count; v++) {
        snprintf(place.labels, sizeof place.labels, "view=\"%s\"",
                 page->service->task.views[v].name);
        gsi_show_place(page, &of_view, &place);
        of_view.figure.at += sizeof(struct gs_task_view_stats);
    }
}

/* ------------------------------------------------------------------ inputs */

/* One input of one task; zero is before the first, and again behind the last. */
struct cursor {
    uint32_t next;
    const struct gs_worker_task_stats *task;
    uint8_t input;
    struct gsi_place place;
};

static bool next_input(const struct gsi_page *page, struct cursor *at)
{
    uint32_t inputs = page->service->task.input_count;
    if (at->next >= page->task_count * inputs)
        return false;
    at->task = &page->tasks[at->next / inputs];
    at->input = (uint8_t)(at->next++ % inputs);
    at->place = (struct gsi_place){.first = &at->task->stats.input[at->input], .count = 1};
    snprintf(at->place.labels, sizeof at->place.labels, "topic=\"%s\",partition=\"%u\"",
             page->service->task.inputs[at->input].topic, at->task->task);
    return true;
}

void gsi_show_inputs(const struct gsi_page *page, const struct gsi_metric *metric)
{
    struct cursor at = {0};
    while (next_input(page, &at))
        gsi_show_place(page, metric, &at.place);
}

void gsi_show_end_offset(const struct gsi_page *page, const struct gsi_metric *metric)
{
    struct cursor at = {0};
    while (next_input(page, &at))
        gsi_show_number(page, metric, &at.place, NULL, (uint64_t)at.task->end_offset[at.input]);
}

static void show_ignored(const struct gsi_page *page, const struct gsi_metric *metric,
                         const struct cursor *at)
{
    struct gsi_place place = at->place;
    const struct gs_task_input_stats *stats = at->place.first;
    for (int kind = 0; kind < GS_KIND_COUNT; kind++) {
        snprintf(place.labels, sizeof place.labels, "%.290s,kind=\"%s\"", at->place.labels,
                 gs_kind_name((enum gs_kind)kind));
        for (int action = 0; action < GS_ACTION_COUNT; action++)
            gsi_show_number(page, metric, &place, gs_action_name((enum gs_action)action),
                            stats->ignored[kind][action]);
    }
}

void gsi_show_ignored(const struct gsi_page *page, const struct gsi_metric *metric)
{
    struct cursor at = {0};
    while (next_input(page, &at))
        show_ignored(page, metric, &at);
}

void gsi_show_comments(const struct gsi_page *page, const struct gsi_metric *metric)
{
    struct cursor at = {0};
    uint64_t comments = 0;
    while (next_input(page, &at))
        comments += at.task->stats.input[at.input].comments;
    gsi_show_number(page, metric, &(struct gsi_place){0}, NULL, comments);
}

/* ------------------------------------------------------------------ how far behind */

void gsi_show_lag(const struct gsi_page *page, const struct gsi_metric *metric)
{
    struct cursor at = {0};
    while (next_input(page, &at))
        gsi_show_number(page, metric, &at.place, NULL,
                        (uint64_t)gsi_service_lag(at.task, at.input));
}

void gsi_show_lag_seconds(const struct gsi_page *page, const struct gsi_metric *metric)
{
    struct cursor at = {0};
    while (next_input(page, &at)) {
        int64_t lag = gsi_service_lag(at.task, at.input);
        int64_t h_ms = at.task->stats.input[at.input].h_ms;
        if (lag == 0)
            gsi_show_number(page, metric, &at.place, NULL, 0);
        else if (lag > 0 && h_ms != GS_NULL_INT)
            gsi_show_number(page, metric, &at.place, NULL,
                            (uint64_t)GS_MAX(page->wall_ms - h_ms, 0));
    }
}

/* An input that was read to its end holds nobody up, however old its last record is. */
static int64_t skew_of(const struct gs_worker_task_stats *task, uint8_t inputs)
{
    int64_t newest = GS_NULL_INT, oldest = INT64_MAX;
    for (uint8_t i = 0; i < inputs; i++) {
        int64_t h_ms = task->stats.input[i].h_ms;
        newest = GS_MAX(newest, h_ms);
        if (h_ms != GS_NULL_INT && gsi_service_lag(task, i) > 0)
            oldest = GS_MIN(oldest, h_ms);
    }
    return oldest == INT64_MAX ? 0 : newest - oldest;
}

void gsi_show_skew(const struct gsi_page *page, const struct gsi_metric *metric)
{
    for (uint32_t t = 0; t < page->task_count; t++) {
        struct gsi_place place = place_of_task(&page->tasks[t]);
        gsi_show_number(page, metric, &place, NULL,
                        (uint64_t)skew_of(&page->tasks[t], page->service->task.input_count));
    }
}
