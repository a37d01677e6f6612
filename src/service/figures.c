/* figures.c -- sums over the workers: for the summary, the log and the heartbeat. */
#include "internal.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

int64_t gsi_service_wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

double gsi_service_cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

uint64_t gsi_service_rss_bytes(bool peak)
{
    struct rusage usage;
    unsigned long long size, resident = 0;
    if (peak) {
        getrusage(RUSAGE_SELF, &usage);
        return (uint64_t)usage.ru_maxrss * 1024;
    }
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file)
        return 0;
    if (fscanf(file, "%llu %llu", &size, &resident) != 2)
        resident = 0;
    fclose(file);
    return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

int64_t gsi_service_lag(const struct gs_worker_task_stats *task, uint8_t input)
{
    int64_t end = task->end_offset[input];
    int64_t read_to = task->stats.input[input].read_to;
    return end < 0 || read_to < 0 ? -1 : GS_MAX(end - read_to, 0);
}

static void add_task(const struct gs_service *service, const struct gs_worker_task_stats *task,
                     struct gsi_sums *sums)
{
    sums->dirty += task->stats.dirty;
    sums->restoring += task->restoring;
    sums->restore_reads += task->restore_reads;
    sums->restore_count += task->restore_count;
    sums->cut_ms = GS_MIN(sums->cut_ms, task->cut_ms);
    if (task->stats.as_of_ms > 0 &&
        (sums->as_of_ms == GS_NULL_INT || task->stats.as_of_ms < sums->as_of_ms))
        sums->as_of_ms = task->stats.as_of_ms;
    for (uint8_t i = 0; i < service->task.input_count; i++)
        sums->lag += (uint64_t)GS_MAX(gsi_service_lag(task, i), 0);
}

void gsi_service_sums(struct gs_service *service, struct gs_worker_task_stats *scratch,
                      struct gsi_sums *sums)
{
    *sums =
        (struct gsi_sums){.as_of_ms = GS_NULL_INT, .cut_ms = INT64_MAX, .redis_connected = true};
    for (uint32_t i = 0; i < service->worker_count; i++) {
        struct gs_worker_stats stats;
        uint32_t count =
            gs_worker_read_stats(service->workers[i], &stats, scratch, GS_WORKER_TASKS_MAX);
        gs_worker_sums_add(&sums->tasks, &stats.sums);
        sums->records += stats.records;
        sums->bytes += stats.bytes;
        sums->task_count += stats.task_count;
        sums->parked += stats.parked;
        sums->redis_connected &= stats.redis_connected;
        for (uint32_t t = 0; t < count; t++)
            add_task(service, &scratch[t], sums);
    }
}

/* What is unusual, or only there with checkpoints. */
static const char *say_more(const struct gsi_sums *sums, int64_t now_ms, char text[96])
{
    *text = 0;
    if (sums->restoring)
        snprintf(text, 96, ", %u tasks read their checkpoints (%llu of %llu records)",
                 sums->restoring, (unsigned long long)sums->restore_reads,
                 (unsigned long long)sums->restore_count);
    else if (sums->cut_ms > 0 && sums->cut_ms != INT64_MAX)
        snprintf(text, 96, ", checkpoints at most %.0f s old",
                 (double)(now_ms - sums->cut_ms) / 1000);
    return text;
}

void gsi_service_report(struct gs_service *service, int64_t now_ms)
{
    struct gsi_sums sums;
    char more[96];
    gsi_service_sums(service, service->scratch, &sums);
    double seconds = (double)(now_ms - service->reported_ms) / 1000.0;
    gs_log(GS_LOG_INFO, "service",
           "%u tasks, %.0f records/s, lag %llu, %llu cells written, %u dirty, %llu in the DLQ, "
           "Redis %s%s",
           sums.task_count, (double)(sums.records - service->reported_records) / seconds,
           (unsigned long long)sums.lag, (unsigned long long)sums.tasks.cells_written, sums.dirty,
           (unsigned long long)sums.tasks.disposition[GS_BAD],
           sums.redis_connected ? "connected" : "away", say_more(&sums, now_ms, more));
    service->reported_ms = now_ms;
    service->reported_records = sums.records;
}

void gsi_service_summary(struct gs_service *service, struct gs_service_summary *summary)
{
    struct gsi_sums sums;
    gsi_service_sums(service, service->scratch, &sums);
    *summary = (struct gs_service_summary){.records = sums.records,
                                           .bytes = sums.bytes,
                                           .cells_written = sums.tasks.cells_written,
                                           .scored = sums.tasks.scored,
                                           .peak_rss_bytes = gsi_service_rss_bytes(true)};
    memcpy(summary->disposition, sums.tasks.disposition, sizeof summary->disposition);
    if (!service->first_assigned_ms)
        return;
    summary->seconds = (double)(service->end_ms - service->first_assigned_ms) / 1000.0;
    summary->cpu_seconds = service->cpu_end - service->cpu_begin;
}
