/* metrics.c -- /metrics in Prometheus' text format, or OpenMetrics if asked. Counters of a task
 * begin again when it comes back after it was away. */
#include "metrics.h"

/* OpenMetrics names a counter without _total, and tells units. */
static void family(const struct gsi_page *page, const struct gsi_metric *metric)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};
    int length = (int)strlen(metric->name);
    if (page->openmetrics && metric->type == GSI_COUNTER)
        length -= (int)sizeof "_total" - 1;
    gs_buf_printf(page->out, "# HELP groundswell_%.*s %s\n# TYPE groundswell_%.*s %s\n", length,
                  metric->name, metric->help, length, metric->name, types[metric->type]);
    if (page->openmetrics && *metric->unit)
        gs_buf_printf(page->out, "# UNIT groundswell_%.*s %s\n", length, metric->name,
                      metric->unit);
}

static void render(const struct gsi_page *page)
{
    bool keeps = gsi_service_keeps(page->service->config);
    for (size_t s = 0; s < gsi_metric_section_count; s++) {
        const struct gsi_metric_section *section = &gsi_metric_sections[s];
        for (size_t m = 0; m < section->count && (keeps || !section->with_checkpoints); m++) {
            family(page, &section->metrics[m]);
            section->metrics[m].show(page, &section->metrics[m]);
        }
    }
    if (page->openmetrics)
        gs_buf_add_text(page->out, "# EOF\n");
}

/* A task that moves between two workers stands in the copies of both for up to a second; twice the
 * same series would cost the whole page. */
static uint32_t drop_twins(struct gs_worker_task_stats *tasks, uint32_t count)
{
    uint16_t place[GS_WORKER_TASKS_MAX] = {0}; /* + 1 */
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint16_t *at = &place[tasks[i].task];
        if (!*at) {
            *at = (uint16_t)(kept + 1);
            tasks[kept++] = tasks[i];
        } else if (tasks[i].generation > tasks[*at - 1].generation) {
            tasks[*at - 1] = tasks[i];
        }
    }
    return kept;
}

void gsi_service_metrics(struct gs_service *service, const struct gs_admin_request *request,
                         struct gs_admin_response *response)
{
    struct gs_worker_stats *workers = gs_calloc(service->worker_count, sizeof *workers);
    struct gsi_page page = {.out = &response->body,
                            .service = service,
                            .workers = workers,
                            .tasks = service->admin_scratch,
                            .group = {.commits_done = atomic_load(&service->commits.done),
                                      .commits_failed = atomic_load(&service->commits.failed),
                                      .rebalances = atomic_load(&service->moves.rebalances),
                                      .assigned = atomic_load(&service->moves.assigned),
                                      .asked_back = atomic_load(&service->moves.asked_back),
                                      .lost = atomic_load(&service->moves.lost)},
                            .now_ms = gsi_service_now_ms(),
                            .wall_ms = gsi_service_wall_ms(),
                            .openmetrics = request->openmetrics};
    for (uint32_t i = 0; i < service->worker_count; i++)
        page.task_count += gs_worker_read_stats(service->workers[i], &workers[i],
                                                &service->admin_scratch[page.task_count],
                                                GS_WORKER_TASKS_MAX - page.task_count);
    page.task_count = drop_twins(service->admin_scratch, page.task_count);
    if (service->registry)
        gs_registry_stats(service->registry, &page.registry);
    response->content_type = request->openmetrics
                                 ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                 : "text/plain; version=0.0.4; charset=utf-8";
    render(&page);
    gs_free(workers);
}
