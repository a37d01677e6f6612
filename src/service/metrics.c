/* metrics.c -- /metrics in Prometheus' text format, or OpenMetrics if asked. Counters of a task
 * begin again when it comes back after it was away. */
#include "internal.h"

#include <inttypes.h>
#include <stdio.h>

struct page {
    struct gs_buf *out;
    struct gs_service *service;
    const struct gs_worker_stats *workers; /* [worker_count] */
    const struct gs_worker_task_stats *tasks;
    uint32_t task_count;
    bool openmetrics;
};

/* name is complete: counters end in _total. */
static void family(const struct page *page, const char *name, const char *type, const char *help)
{
    size_t length = strlen(name);
    if (page->openmetrics && strcmp(type, "counter") == 0)
        length -= sizeof "_total" - 1;
    gs_buf_printf(page->out, "# HELP groundswell_%.*s %s\n# TYPE groundswell_%.*s %s\n",
                  (int)length, name, help, (int)length, name, type);
}

static void number(const struct page *page, const char *name, uint64_t value)
{
    gs_buf_printf(page->out, "groundswell_%s %" PRIu64 "\n", name, value);
}

static void single(const struct page *page, const char *name, const char *type, const char *help,
                   uint64_t value)
{
    family(page, name, type, help);
    number(page, name, value);
}

/* ------------------------------------------------------------------ per partition */

/* One input of one task; zero is before the first, and again after the last. */
struct place {
    uint32_t next;
    const struct gs_worker_task_stats *task;
    const struct gs_task_input_stats *stats;
    uint8_t input;
};

static bool next_input(const struct page *page, struct place *at)
{
    uint32_t inputs = page->service->task.input_count;
    if (at->next >= page->task_count * inputs) {
        *at = (struct place){0};
        return false;
    }
    at->task = &page->tasks[at->next / inputs];
    at->input = (uint8_t)(at->next++ % inputs);
    at->stats = &at->task->stats.input[at->input];
    return true;
}

static void begin_input(const struct page *page, const char *name, const struct place *at)
{
    gs_buf_printf(page->out, "groundswell_%s{topic=\"%s\",partition=\"%u\"", name,
                  page->service->task.inputs[at->input].topic, at->task->task);
}

static void dispositions(const struct page *page)
{
    struct place at = {0};
    family(page, "records_total", "counter", "Records read, by what became of them.");
    while (next_input(page, &at))
        for (int d = 0; d < GS_DISPOSITION_COUNT; d++) {
            begin_input(page, "records_total", &at);
            gs_buf_printf(page->out, ",disposition=\"%s\"} %" PRIu64 "\n",
                          gs_disposition_name((enum gs_disposition)d), at.stats->disposition[d]);
        }
}

static void bad_codes(const struct page *page)
{
    struct place at = {0};
    family(page, "bad_records_total", "counter", "Records that cannot be read, by reason.");
    while (next_input(page, &at))
        for (int c = 1; c < GS_BAD_CODE_COUNT; c++) {
            if (!at.stats->bad[c])
                continue;
            begin_input(page, "bad_records_total", &at);
            gs_buf_printf(page->out, ",code=\"%s\"} %" PRIu64 "\n",
                          gs_bad_code_name((enum gs_bad_code)c), at.stats->bad[c]);
        }
}

static void ignored_of(const struct page *page, const struct place *at, int kind)
{
    for (int a = 0; a < GS_ACTION_COUNT; a++) {
        if (!at->stats->ignored[kind][a])
            continue;
        begin_input(page, "ignored_total", at);
        gs_buf_printf(page->out, ",kind=\"%s\",action=\"%s\"} %" PRIu64 "\n",
                      gs_kind_name((enum gs_kind)kind), gs_action_name((enum gs_action)a),
                      at->stats->ignored[kind][a]);
    }
}

static void ignored(const struct page *page)
{
    struct place at = {0};
    family(page, "ignored_total", "counter", "Records of kinds and actions that nothing counts.");
    while (next_input(page, &at))
        for (int k = 0; k < GS_KIND_COUNT; k++)
            ignored_of(page, &at, k);
}

static void input_counters(const struct page *page)
{
    static const struct {
        const char *name, *help;
        size_t at;
    } counters[] = {
        {"repeated_total", "Records that Kafka delivered twice; counted once.",
         offsetof(struct gs_task_input_stats, repeated)},
        {"offset_holes_total", "Offsets that never came: transaction markers, compaction.",
         offsetof(struct gs_task_input_stats, offset_holes)},
        {"clamped_total", "Records whose event time lay after their record time.",
         offsetof(struct gs_task_input_stats, clamped)},
        {"unknown_symbols_total", "Enum symbols of newer writers.",
         offsetof(struct gs_task_input_stats, unknown_symbols)},
        {"comments_refused_total", "Comments counted but not remembered: limits.comments is full.",
         offsetof(struct gs_task_input_stats, comments_refused)},
        {"orphan_retractions_total", "Edits and deletions of comments that are not remembered.",
         offsetof(struct gs_task_input_stats, orphan_retractions)},
        {"late_verdicts_total",
         "Comments that later ones showed to be copies, and that were taken back.",
         offsetof(struct gs_task_input_stats, late_verdicts)},
        {"orphan_counters_total", "Counters of, and reactions to, comments not remembered.",
         offsetof(struct gs_task_input_stats, orphan_counters)},
    };
    for (size_t c = 0; c < GS_COUNT_OF(counters); c++) {
        struct place at = {0};
        family(page, counters[c].name, "counter", counters[c].help);
        while (next_input(page, &at)) {
            uint64_t value;
            memcpy(&value, (const char *)at.stats + counters[c].at, sizeof value);
            begin_input(page, counters[c].name, &at);
            gs_buf_printf(page->out, "} %" PRIu64 "\n", value);
        }
    }
}

static void offsets(const struct page *page)
{
    struct place at = {0};
    family(page, "next_offset", "gauge", "Next offset to be folded.");
    while (next_input(page, &at)) {
        begin_input(page, "next_offset", &at);
        gs_buf_printf(page->out, "} %" PRId64 "\n", at.stats->next_offset);
    }
    family(page, "end_offset", "gauge", "End of the log, as last heard of.");
    while (next_input(page, &at)) {
        if (at.task->end_offset[at.input] < 0)
            continue;
        begin_input(page, "end_offset", &at);
        gs_buf_printf(page->out, "} %" PRId64 "\n", at.task->end_offset[at.input]);
    }
    family(page, "event_time_seconds", "gauge", "Largest event time that was read.");
    while (next_input(page, &at)) {
        if (at.stats->h_ms == GS_NULL_INT)
            continue;
        begin_input(page, "event_time_seconds", &at);
        gs_buf_printf(page->out, "} %.3f\n", (double)at.stats->h_ms / 1000);
    }
}

/* ------------------------------------------------------------------ per task */

static void task_states(const struct page *page)
{
    static const char *const names[] = {
        [GS_TASK_WAITING] = "waiting", [GS_TASK_TAKING] = "taking",
        [GS_TASK_HELD] = "held",       [GS_TASK_LIVE] = "live",
        [GS_TASK_REFUSED] = "refused", [GS_TASK_DROPPED] = "dropped"};
    single(page, "tasks", "gauge", "Tasks that this process owns.", page->task_count);
    family(page, "task_state", "gauge", "1 for the state that a task is in.");
    for (uint32_t t = 0; t < page->task_count; t++)
        gs_buf_printf(page->out, "groundswell_task_state{task=\"%u\",state=\"%s\"} 1\n",
                      page->tasks[t].task, names[page->tasks[t].state]);
}

static void task_gauges(const struct page *page)
{
    uint64_t entities = 0, panes = 0, dirty = 0, bytes = 0, comments = 0;
    for (uint32_t t = 0; t < page->task_count; t++) {
        entities += page->tasks[t].stats.entities;
        panes += page->tasks[t].stats.panes;
        dirty += page->tasks[t].stats.dirty;
        bytes += page->tasks[t].stats.bytes;
        for (uint8_t i = 0; i < page->service->task.input_count; i++)
            comments += page->tasks[t].stats.input[i].comments;
    }
    single(page, "entities", "gauge", "Entities in memory, over all views.", entities);
    single(page, "panes", "gauge", "Panes in memory.", panes);
    single(page, "dirty_cells", "gauge", "Cells that are to be written.", dirty);
    single(page, "comments_remembered", "gauge", "Comments in memory, until their horizon.",
           comments);
    single(page, "state_bytes", "gauge", "Memory of the tasks.", bytes);
}

static void task_counters(const struct page *page)
{
    static const struct {
        const char *name, *help;
        size_t at;
    } counters[] = {
        {"snapshots_ignored_total", "Snapshots of counters older than the one before.",
         offsetof(struct gs_task_stats, snapshots_ignored)},
        {"snapshots_baseline_total", "First sights of old posts, which add nothing.",
         offsetof(struct gs_task_stats, snapshots_baseline)},
        {"posts_refused_total", "Events of posts for which the memory had no room.",
         offsetof(struct gs_task_stats, posts_refused)},
        {"entities_refused_total", "Records not counted in a view because limits.entities is full.",
         offsetof(struct gs_task_stats, entities_refused)},
        {"profile_versions_cut_total", "Versions of profiles dropped because there were too many.",
         offsetof(struct gs_task_stats, profile_versions_cut)},
    };
    for (size_t c = 0; c < GS_COUNT_OF(counters); c++) {
        uint64_t sum = 0;
        for (uint32_t t = 0; t < page->task_count; t++) {
            uint64_t value;
            memcpy(&value, (const char *)&page->tasks[t].stats + counters[c].at, sizeof value);
            sum += value;
        }
        single(page, counters[c].name, "counter", counters[c].help, sum);
    }
}

/* ------------------------------------------------------------------ checkpoints */

static void cut_pauses(const struct page *page, const struct gs_worker_stats *sum)
{
    uint64_t count = 0;
    family(page, "checkpoint_pause_seconds", "histogram",
           "How long a worker's loop stood still for one checkpoint.");
    for (int i = 0; i < GS_WORKER_PAUSES; i++) {
        int64_t limit_us = gs_worker_pause_limits_us[i];
        count += sum->cut_pauses[i];
        gs_buf_add_text(page->out, "groundswell_checkpoint_pause_seconds_bucket{le=\"");
        if (limit_us == INT64_MAX)
            gs_buf_add_text(page->out, "+Inf");
        else
            gs_buf_printf(page->out, "%g", (double)limit_us * 1e-6);
        gs_buf_printf(page->out, "\"} %" PRIu64 "\n", count);
    }
    gs_buf_printf(page->out,
                  "groundswell_checkpoint_pause_seconds_sum %.6f\n"
                  "groundswell_checkpoint_pause_seconds_count %" PRIu64 "\n",
                  (double)sum->cut_pause_ns * 1e-9, count);
    family(page, "checkpoint_pause_seconds_max", "gauge", "The longest of the last second.");
    gs_buf_printf(page->out, "groundswell_checkpoint_pause_seconds_max %.6f\n",
                  (double)sum->cut_pause_max_ns * 1e-9);
}

static void cuts(const struct page *page, const struct gs_worker_stats *sum)
{
    const struct gs_task_cut_stats *stats = &sum->sums.cuts;
    int64_t now_ms = gsi_service_now_ms();
    single(page, "checkpoints_total", "counter", "Checkpoints that count.", stats->cuts);
    single(page, "checkpoint_failures_total", "counter", "Checkpoints that did not get through.",
           stats->failed);
    single(page, "checkpoint_entries_total", "counter", "Entries of checkpoints.", stats->entries);
    single(page, "checkpoint_bytes_total", "counter", "Bytes of these, before compression.",
           stats->bytes);
    single(page, "checkpoint_cycles_total", "counter",
           "Times that all of a task was written once more.", stats->cycles);
    single(page, "checkpoint_entries_too_long_total", "counter",
           "Entries that fit into no record: a bug.", stats->too_long);
    single(page, "checkpoint_pending", "gauge", "Records on their way to the log of checkpoints.",
           sum->cut_pending);
    family(page, "checkpoint_age_seconds", "gauge", "Since a task's last checkpoint.");
    for (uint32_t t = 0; t < page->task_count; t++)
        if (page->tasks[t].cut_ms)
            gs_buf_printf(page->out, "groundswell_checkpoint_age_seconds{task=\"%u\"} %.3f\n",
                          page->tasks[t].task, (double)(now_ms - page->tasks[t].cut_ms) / 1000);
    cut_pauses(page, sum);
}

static void begins(const struct page *page, const struct gs_worker_begins *begins)
{
    const struct {
        const char *reason;
        uint64_t count;
    } passed[] = {
        {"damaged", begins->damaged},           {"other_format", begins->other_format},
        {"other_layout", begins->other_layout}, {"other_topic", begins->other_topic},
        {"beyond_end", begins->beyond},         {"incomplete", begins->incomplete},
    };
    family(page, "tasks_begun_total", "counter",
           "Tasks that began: from a checkpoint, from memory that was kept, or without either.");
    gs_buf_printf(page->out,
                  "groundswell_tasks_begun_total{from=\"checkpoint\"} %" PRIu64
                  "\ngroundswell_tasks_begun_total{from=\"memory\"} %" PRIu64
                  "\ngroundswell_tasks_begun_total{from=\"nothing\"} %" PRIu64 "\n",
                  begins->restored, begins->kept, begins->fresh);
    single(page, "tasks_mixed_total", "counter",
           "Of these: the checkpoint was made by other rules.", begins->mixed);
    single(page, "tasks_started_over_total", "counter",
           "Of these: an input had lost what the checkpoint has counted.", begins->started_over);
    single(page, "input_gaps_total", "counter", "Inputs that lost records which nobody has read.",
           begins->gaps);
    single(page, "restore_failures_total", "counter",
           "Checkpoints that could not be gone on from, so that another one was tried.",
           begins->failures);
    single(page, "restore_entries_total", "counter", "Entries put back.", begins->entries);
    single(page, "restore_bytes_total", "counter", "Bytes of checkpoints read.", begins->bytes);
    family(page, "restore_passed_over_total", "counter",
           "Records and checkpoints in the log that were of no use.");
    for (size_t i = 0; i < GS_COUNT_OF(passed); i++)
        gs_buf_printf(page->out,
                      "groundswell_restore_passed_over_total{reason=\"%s\"} %" PRIu64 "\n",
                      passed[i].reason, passed[i].count);
}

static void restoring(const struct page *page, const struct gs_worker_stats *sum)
{
    uint64_t count = 0;
    for (uint32_t t = 0; t < page->task_count; t++)
        count += page->tasks[t].restoring;
    single(page, "restoring_tasks", "gauge", "Tasks that read their checkpoints.", count);
    single(page, "kept_tasks", "gauge", "Tasks that were taken away, their memory still here.",
           sum->kept_count);
    single(page, "kept_bytes", "gauge", "Bytes of it.", sum->kept_bytes);
    family(page, "restore_records", "gauge", "Records of the checkpoint that a task reads.");
    for (uint32_t t = 0; t < page->task_count; t++)
        if (page->tasks[t].restoring)
            gs_buf_printf(page->out,
                          "groundswell_restore_records{task=\"%u\",what=\"read\"} %" PRIu64
                          "\ngroundswell_restore_records{task=\"%u\",what=\"all\"} %" PRIu64 "\n",
                          page->tasks[t].task, page->tasks[t].restore_reads, page->tasks[t].task,
                          page->tasks[t].restore_count);
}

static void commits(const struct page *page)
{
    struct gs_service *service = page->service;
    family(page, "offset_commits_total", "counter",
           "Commits of the checkpoints' offsets, which others may look at.");
    gs_buf_printf(page->out,
                  "groundswell_offset_commits_total{result=\"done\"} %" PRIu64
                  "\ngroundswell_offset_commits_total{result=\"failed\"} %" PRIu64 "\n",
                  atomic_load(&service->commits.done), atomic_load(&service->commits.failed));
}

static void checkpoints(const struct page *page, const struct gs_worker_stats *sum)
{
    cuts(page, sum);
    begins(page, &sum->begins);
    restoring(page, sum);
    commits(page);
}

/* ------------------------------------------------------------------ per process */

static void guard(const struct page *page, const struct gs_worker_sums *sums)
{
    single(page, "cells_written_total", "counter", "Cells written to Redis.", sums->cells_written);
    single(page, "batches_total", "counter", "Atomic steps in Redis.", sums->batches);
    single(page, "refused_keys_total", "counter", "Keys that Redis refused one by one.",
           sums->failed_keys);
    single(page, "takeovers_total", "counter", "Takeovers of a task's guard.", sums->takeovers);
    family(page, "takeovers_found_total", "counter",
           "What stood in the guard: a state that we wrote, one to go on from, or neither (all is "
           "written again).");
    gs_buf_printf(page->out,
                  "groundswell_takeovers_found_total{state=\"ours\"} %" PRIu64
                  "\ngroundswell_takeovers_found_total{state=\"clean\"} %" PRIu64
                  "\ngroundswell_takeovers_found_total{state=\"unknown\"} %" PRIu64 "\n",
                  sums->takeovers_known, sums->takeovers_clean, sums->takeovers_all);
    single(page, "confirmations_total", "counter",
           "Writes without cells, which say that nothing is left to write.", sums->confirmations);
    single(page, "quarantines_total", "counter", "Times that refused keys were written again.",
           sums->quarantines);
    single(page, "holds_ended_early_total", "counter",
           "Times when freshness went before order in Redis.", sums->holds_ended_early);
    family(page, "guard_outcomes_total", "counter", "Writes that the guard in Redis refused.");
    gs_buf_printf(page->out,
                  "groundswell_guard_outcomes_total{outcome=\"empty\"} %" PRIu64
                  "\ngroundswell_guard_outcomes_total{outcome=\"regressed\"} %" PRIu64
                  "\ngroundswell_guard_outcomes_total{outcome=\"fenced\"} %" PRIu64 "\n",
                  sums->outcome_empty, sums->outcome_regressed, sums->outcome_fenced);
    single(page, "comments_scored_total", "counter", "Comments given to the scorer.", sums->scored);
}

static void redis(const struct page *page, const struct gs_worker_stats *sum)
{
    uint32_t connected = 0;
    for (uint32_t i = 0; i < page->service->worker_count; i++)
        connected += page->workers[i].redis_connected;
    single(page, "redis_connected", "gauge", "Workers that are connected to Redis.", connected);
    single(page, "redis_connects_total", "counter", "Connections made to Redis.",
           sum->redis_connects);
    single(page, "redis_commands_total", "counter", "Commands sent to Redis.", sum->redis_commands);
    single(page, "redis_bytes_total", "counter", "Bytes sent to Redis.", sum->redis_bytes);
    single(page, "redis_notes_failed_total", "counter",
           "Heartbeats and descriptions that Redis did not get.", sum->redis_notes_failed);
    family(page, "redis_reply_seconds_max", "gauge", "Slowest reply of Redis in the last second.");
    gs_buf_printf(page->out, "groundswell_redis_reply_seconds_max %.3f\n",
                  (double)sum->redis_reply_ms_max / 1000);
    family(page, "redis_faults_total", "counter",
           "Connections to Redis that were lost, by reason.");
    for (int f = 1; f < GS_REDIS_FAULT_COUNT; f++)
        if (sum->redis_faults[f])
            gs_buf_printf(page->out, "groundswell_redis_faults_total{fault=\"%s\"} %" PRIu64 "\n",
                          gs_redis_fault_name((enum gs_redis_fault)f), sum->redis_faults[f]);
}

static void forwards(const struct page *page, const struct gs_worker_stats *sum)
{
    single(page, "dlq_records_total", "counter", "Records that the DLQ has acknowledged.",
           sum->forwarded_dlq);
    single(page, "late_records_total", "counter", "Records that the late topic has acknowledged.",
           sum->forwarded_late);
    single(page, "forward_pending", "gauge", "Records on their way to the DLQ and the late topic.",
           sum->forward_pending);
    single(page, "forward_failures_total", "counter", "Records that these topics did not take.",
           sum->forward_failures);
    single(page, "forward_headers_cut_total", "counter",
           "Headers of such records left out because there were too many.",
           sum->forward_headers_cut);
    single(page, "forward_records_cut_total", "counter",
           "Such records of which only the beginning went on, because they were too large.",
           sum->forward_records_cut);
    family(page, "misplaced_keys_total", "counter",
           "Keys, of one record in 1024, that another partitioner than Java's has placed.");
    for (uint8_t i = 0; i < page->service->task.input_count; i++)
        gs_buf_printf(page->out, "groundswell_misplaced_keys_total{topic=\"%s\"} %" PRIu64 "\n",
                      page->service->task.inputs[i].topic, sum->misplaced[i]);
    single(page, "parked_inputs", "gauge", "Inputs that stand still: see /readyz?verbose.",
           sum->parked);
    single(page, "reads_restarted_total", "counter",
           "Inputs read anew because nothing of them came, though their logs go on.",
           sum->reads_restarted);
}

static void registry(const struct page *page)
{
    struct gs_registry_stats stats = {0};
    if (page->service->registry)
        gs_registry_stats(page->service->registry, &stats);
    single(page, "schemas", "gauge", "Schemas held.", stats.known);
    single(page, "schemas_open", "gauge", "Schemas asked for and not answered yet.", stats.open);
    single(page, "schema_failures_total", "counter", "Failed requests for schemas.",
           stats.failures);
}

static void process(const struct page *page, const struct gs_worker_stats *sum)
{
    family(page, "build_info", "gauge", "1; the version is a label.");
    gs_buf_printf(page->out, "groundswell_build_info{version=\"%s\"} 1\n", GS_VERSION);
    single(page, "read_bytes_total", "counter", "Bytes of values read from Kafka.", sum->bytes);
    family(page, "cpu_seconds_total", "counter", "CPU time of the process.");
    gs_buf_printf(page->out, "groundswell_cpu_seconds_total %.3f\n", gsi_service_cpu_seconds());
    family(page, "worker_cpu_seconds_total", "counter", "CPU time of a worker's thread.");
    for (uint32_t i = 0; i < page->service->worker_count; i++)
        gs_buf_printf(page->out, "groundswell_worker_cpu_seconds_total{worker=\"%u\"} %.3f\n", i,
                      (double)page->workers[i].cpu_ns * 1e-9);
    single(page, "resident_memory_bytes", "gauge", "Resident memory of the process.",
           gsi_service_rss_bytes(false));
}

/* ------------------------------------------------------------------ the page */

static void add_checkpoints(struct gs_worker_stats *sum, const struct gs_worker_stats *worker)
{
    sum->begins.restored += worker->begins.restored;
    sum->begins.mixed += worker->begins.mixed;
    sum->begins.fresh += worker->begins.fresh;
    sum->begins.kept += worker->begins.kept;
    sum->kept_count += worker->kept_count;
    sum->kept_bytes += worker->kept_bytes;
    sum->begins.started_over += worker->begins.started_over;
    sum->begins.gaps += worker->begins.gaps;
    sum->begins.failures += worker->begins.failures;
    sum->begins.entries += worker->begins.entries;
    sum->begins.bytes += worker->begins.bytes;
    sum->begins.damaged += worker->begins.damaged;
    sum->begins.other_format += worker->begins.other_format;
    sum->begins.other_layout += worker->begins.other_layout;
    sum->begins.other_topic += worker->begins.other_topic;
    sum->begins.beyond += worker->begins.beyond;
    sum->begins.incomplete += worker->begins.incomplete;
    for (int i = 0; i < GS_WORKER_PAUSES; i++)
        sum->cut_pauses[i] += worker->cut_pauses[i];
    sum->cut_pause_ns += worker->cut_pause_ns;
    sum->cut_pause_max_ns = GS_MAX(sum->cut_pause_max_ns, worker->cut_pause_max_ns);
    sum->cut_pending += worker->cut_pending;
}

static void add_worker(struct gs_worker_stats *sum, const struct gs_worker_stats *worker)
{
    gs_worker_sums_add(&sum->sums, &worker->sums);
    add_checkpoints(sum, worker);
    sum->bytes += worker->bytes;
    sum->forwarded_dlq += worker->forwarded_dlq;
    sum->forwarded_late += worker->forwarded_late;
    sum->forward_failures += worker->forward_failures;
    sum->forward_headers_cut += worker->forward_headers_cut;
    sum->forward_records_cut += worker->forward_records_cut;
    for (int i = 0; i < GS_INPUTS_MAX; i++)
        sum->misplaced[i] += worker->misplaced[i];
    sum->forward_pending += worker->forward_pending;
    sum->parked += worker->parked;
    sum->reads_restarted += worker->reads_restarted;
    sum->redis_bytes += worker->redis_bytes;
    sum->redis_commands += worker->redis_commands;
    sum->redis_connects += worker->redis_connects;
    sum->redis_notes_failed += worker->redis_notes_failed;
    sum->redis_reply_ms_max = GS_MAX(sum->redis_reply_ms_max, worker->redis_reply_ms_max);
    for (int f = 0; f < GS_REDIS_FAULT_COUNT; f++)
        sum->redis_faults[f] += worker->redis_faults[f];
}

static void render(const struct page *page)
{
    struct gs_worker_stats sum = {0};
    for (uint32_t i = 0; i < page->service->worker_count; i++)
        add_worker(&sum, &page->workers[i]);
    process(page, &sum);
    dispositions(page);
    bad_codes(page);
    ignored(page);
    input_counters(page);
    offsets(page);
    task_states(page);
    task_gauges(page);
    task_counters(page);
    guard(page, &sum.sums);
    redis(page, &sum);
    forwards(page, &sum);
    if (gsi_service_keeps(page->service->config))
        checkpoints(page, &sum);
    registry(page);
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
    struct page page = {.out = &response->body,
                        .service = service,
                        .workers = workers,
                        .tasks = service->admin_scratch,
                        .openmetrics = request->openmetrics};
    for (uint32_t i = 0; i < service->worker_count; i++)
        page.task_count += gs_worker_read_stats(service->workers[i], &workers[i],
                                                &service->admin_scratch[page.task_count],
                                                GS_WORKER_TASKS_MAX - page.task_count);
    page.task_count = drop_twins(service->admin_scratch, page.task_count);
    response->content_type = request->openmetrics
                                 ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                 : "text/plain; version=0.0.4; charset=utf-8";
    render(&page);
    gs_free(workers);
}
