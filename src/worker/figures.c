/* figures.c -- copies of the figures, once a second, for the threads that show them. */
#include "internal.h"

#include <stdio.h>
#include <time.h>

const char *gsi_park_text(const struct gs_worker *worker, const struct gsi_slot *slot,
                          uint8_t input, char *buffer, size_t capacity)
{
    static const char *const texts[] = {
        [GSI_PARK_NONE] = "",
        [GSI_PARK_PROFILES] = "waits for the profiles to be read further",
        [GSI_PARK_SCHEMA] = "waits for schema",
        [GSI_PARK_BAD] = "stopped: more bad records than dlq.max_ratio",
        [GSI_PARK_GAP] = "stopped: the log lost what comes next",
    };
    const struct gsi_reading *reading = &slot->reading[input];
    int length = snprintf(buffer, capacity, "%s [%u] %s", worker->config.task.inputs[input].topic,
                          slot->task, texts[reading->park]);
    if (reading->park == GSI_PARK_SCHEMA && length > 0 && (size_t)length < capacity)
        snprintf(buffer + length, capacity - (size_t)length, " %u", reading->schema_id);
    return buffer;
}

/* Waiting for profiles is ordinary; what else stands still is worth a word. */
static void copy_parked(const struct gs_worker *worker, const struct gsi_slot *slot,
                        struct gs_worker_stats *stats)
{
    for (uint8_t i = 0; i < slot->config.input_count; i++) {
        enum gsi_park park = slot->reading[i].park;
        stats->parked += park != GSI_PARK_NONE;
        if (park > GSI_PARK_PROFILES && !stats->parked_why[0])
            gsi_park_text(worker, slot, i, stats->parked_why, sizeof stats->parked_why);
    }
}

const int64_t gs_worker_time_limits_us[GS_WORKER_TIME_COUNT][GS_WORKER_BUCKETS] = {
    [GS_WORKER_TIME_PAUSE] = {1000, 2000, 5000, 10000, 20000, 50000, 200000, INT64_MAX},
    [GS_WORKER_TIME_CUT] = {10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000,
                            15000000, 60000000, INT64_MAX},
    [GS_WORKER_TIME_WRITE] = {1000, 2000, 5000, 10000, 25000, 50000, 100000, 250000, 1000000,
                              5000000, 30000000, INT64_MAX},
    [GS_WORKER_TIME_FRESH] = {100000, 250000, 500000, 1000000, 2000000, 5000000, 10000000, 30000000,
                              60000000, 300000000, 3600000000, INT64_MAX},
};

void gsi_worker_add_time(struct gs_worker *worker, enum gs_worker_time which, int64_t us)
{
    struct gs_worker_times *times = &worker->times[which];
    size_t at = 0;
    while (us > gs_worker_time_limits_us[which][at])
        at++;
    times->count[at]++;
    times->sum_us += (uint64_t)us;
}

void gsi_worker_add_sums(struct gs_worker_sums *sums, const struct gs_task_stats *stats,
                         uint8_t inputs)
{
    for (uint8_t i = 0; i < inputs; i++)
        for (int d = 0; d < GS_DISPOSITION_COUNT; d++)
            sums->disposition[d] += stats->input[i].disposition[d];
    for (int r = 0; r < GS_REASON_COUNT; r++)
        sums->dropped[r] += stats->dropped[r];
    sums->scored += stats->scored;
    sums->snapshots_ignored += stats->snapshots_ignored;
    sums->snapshots_baseline += stats->snapshots_baseline;
    sums->posts_refused += stats->posts_refused;
    sums->entities_refused += stats->entities_refused;
    sums->profile_versions_cut += stats->profile_versions_cut;
    sums->cells_written += stats->cells_written;
    sums->batches += stats->batches;
    sums->failed_keys += stats->failed_keys;
    sums->takeovers += stats->takeovers;
    sums->takeovers_known += stats->takeovers_known;
    sums->takeovers_clean += stats->takeovers_clean;
    sums->takeovers_all += stats->takeovers_all;
    sums->confirmations += stats->confirmations;
    sums->quarantines += stats->quarantines;
    sums->outcome_empty += stats->outcome_empty;
    sums->outcome_regressed += stats->outcome_regressed;
    sums->outcome_fenced += stats->outcome_fenced;
    sums->holds_ended_early += stats->holds_ended_early;
}

/* Structs of nothing but counters. */
static void add_counters(uint64_t *sums, const void *more, size_t bytes)
{
    uint64_t counter;
    for (size_t at = 0; at < bytes; at += sizeof counter) {
        memcpy(&counter, (const char *)more + at, sizeof counter);
        sums[at / sizeof counter] += counter;
    }
}

void gsi_worker_add_cuts(struct gs_worker_sums *sums, const struct gs_task *task)
{
    struct gs_task_cut_stats stats;
    gs_task_cut_stats(task, &stats);
    add_counters((uint64_t *)&sums->cuts, &stats, sizeof stats);
}

void gs_worker_sums_add(struct gs_worker_sums *sums, const struct gs_worker_sums *more)
{
    add_counters((uint64_t *)sums, more, sizeof *sums);
}

static void copy_slot(const struct gs_worker *worker, const struct gsi_slot *slot,
                      struct gs_worker_task_stats *stats)
{
    memset(stats, 0, sizeof *stats);
    stats->task = slot->task;
    stats->generation = slot->config.generation;
    stats->state = GS_TASK_WAITING;
    stats->stats.as_of_ms = GS_NULL_INT;
    for (int i = 0; i < GS_INPUTS_MAX; i++)
        stats->stats.input[i].h_ms = stats->stats.input[i].read_to = GS_NULL_INT;
    if (slot->machine) {
        stats->state = gs_task_state(slot->machine);
        gs_task_stats(slot->machine, &stats->stats);
    }
    stats->cut_ms = slot->cuts.acked_ms;
    stats->restoring = slot->restore != NULL;
    if (slot->restore) {
        struct gs_restore_stats restore;
        gs_restore_stats(slot->restore, &restore);
        stats->restore_reads = restore.reads;
        stats->restore_count = restore.read_count;
    }
    for (uint8_t i = 0; i < slot->config.input_count; i++)
        stats->end_offset[i] = gs_source_end_offset(worker->source, i, (int32_t)slot->task);
}

static void copy_redis(struct gs_worker *worker, struct gs_worker_stats *stats)
{
    struct gs_sink_stats sink;
    gs_sink_stats(worker->sink, &sink);
    stats->redis_connected = worker->connected;
    stats->redis_since_ms = worker->connected_ms;
    stats->redis_bytes = sink.bytes;
    stats->redis_commands = sink.commands;
    stats->redis_connects = sink.connects;
    stats->redis_notes_failed = sink.notes_failed;
    memcpy(stats->redis_faults, sink.faults, sizeof stats->redis_faults);
    stats->redis_reply_ms_max = sink.reply_ms_max;
    stats->redis_evicts = worker->redis_evicts;
    memcpy(stats->redis_error, worker->redis_error, sizeof stats->redis_error);
    memcpy(stats->redis_policy, worker->redis_policy, sizeof stats->redis_policy);
}

static void copy_cuts(struct gs_worker *worker, struct gs_worker_stats *stats)
{
    struct gsi_cut_log *log = &worker->cut_log;
    stats->begins = worker->begins;
    memcpy(stats->times, worker->times, sizeof stats->times);
    stats->cut_pause_max_ns = log->pause_max_ns;
    log->pause_max_ns = 0;
    stats->cut_pending = log->producer ? gs_kafka_producer_pending(log->producer) : 0;
}

/* What they did counts as that of others; they are not among the worker's tasks. */
static void copy_kept(const struct gs_worker *worker, struct gs_worker_stats *stats)
{
    stats->kept_count = worker->kept_count;
    for (uint32_t t = 0; worker->kept_count && t < worker->config.task.partition_count; t++) {
        struct gs_task_stats task;
        if (!worker->kept[t])
            continue;
        gs_task_stats(worker->kept[t]->machine, &task);
        gsi_worker_add_sums(&stats->sums, &task, worker->config.task.input_count);
        gsi_worker_add_cuts(&stats->sums, worker->kept[t]->machine);
        stats->kept_bytes += task.bytes;
    }
}

static uint64_t thread_cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void gsi_worker_copy_figures(struct gs_worker *worker, int64_t now_ms)
{
    struct gs_worker_stats stats = {.task_count = worker->slot_count,
                                    .sums = worker->gone,
                                    .records = worker->records_read,
                                    .bytes = worker->bytes_read,
                                    .forwarded_dlq = worker->forward.acknowledged[0],
                                    .forwarded_late = worker->forward.acknowledged[1],
                                    .forward_failures = worker->forward.failures,
                                    .forward_headers_cut = worker->forward.headers_cut,
                                    .forward_records_cut = worker->forward.records_cut,
                                    .forward_pending = gsi_forward_pending(worker),
                                    .reads_restarted = worker->stalls.restarts,
                                    .tick_ms = now_ms,
                                    .cpu_ns = thread_cpu_ns()};
    uint32_t count = 0;
    memcpy(stats.misplaced, worker->misplaced, sizeof stats.misplaced);
    if (worker->sink)
        copy_redis(worker, &stats);
    copy_cuts(worker, &stats);
    pthread_mutex_lock(&worker->figures_mutex);
    for (uint32_t t = 0; t < worker->config.task.partition_count; t++) {
        struct gsi_slot *slot = worker->slots[t];
        if (!slot)
            continue;
        copy_parked(worker, slot, &stats);
        copy_slot(worker, slot, &worker->task_figures[count]);
        if (slot->machine)
            gsi_worker_add_cuts(&stats.sums, slot->machine);
        gsi_worker_add_sums(&stats.sums, &worker->task_figures[count++].stats,
                            slot->config.input_count);
    }
    copy_kept(worker, &stats);
    worker->task_figure_count = count;
    worker->figures = stats;
    worker->figures_ms = now_ms;
    pthread_mutex_unlock(&worker->figures_mutex);
}

uint32_t gs_worker_read_stats(struct gs_worker *worker, struct gs_worker_stats *stats,
                              struct gs_worker_task_stats *tasks, uint32_t capacity)
{
    pthread_mutex_lock(&worker->figures_mutex);
    uint32_t count = GS_MIN(worker->task_figure_count, capacity);
    *stats = worker->figures;
    if (count)
        memcpy(tasks, worker->task_figures, count * sizeof *tasks);
    pthread_mutex_unlock(&worker->figures_mutex);
    return count;
}
