/* restore.c -- the log of checkpoints, read for one task: through the same source as the inputs, so
 * that tasks that are at work already keep their share of the loop. */
#include "internal.h"

#include <stdio.h>

_Static_assert(GS_RESTORE_LOG_START == GS_SOURCE_START, "both mean the log's start");

static void seek(struct gs_worker *worker, struct gsi_slot *slot, int64_t position)
{
    struct gs_error error;
    struct gs_source_position begin = {.input = gsi_restore_input(worker),
                                       .partition = (int32_t)slot->task,
                                       .offset = position,
                                       .leader_epoch = -1};
    slot->restore_at = position;
    slot->restore_heard_ms = gsi_worker_now_ms();
    gs_source_stop(worker->source, begin.input, begin.partition);
    if (gs_source_start(worker->source, &begin, 1, &error) != GS_OK)
        gsi_worker_fail(worker, &error);
}

/* ------------------------------------------------------------------ what is said */

static void say_failure(struct gsi_slot *slot)
{
    const char *reason = gs_restore_reason(slot->restore);
    if (strcmp(reason, slot->restore_said) == 0)
        return;
    snprintf(slot->restore_said, sizeof slot->restore_said, "%s", reason);
    gs_log(GS_LOG_ERROR, "worker",
           "task %u: a checkpoint cannot be gone on from, another one is tried: %s", slot->task,
           reason);
}

enum { PROGRESS_MS = 5000 };

/* Where the log ends something comes too. If nothing does it is read anew; as for the inputs that
 * may help, and does no harm where the brokers are away. */
static void watch(struct gs_worker *worker, struct gsi_slot *slot, int64_t now_ms)
{
    if (now_ms - slot->restore_heard_ms < worker->config.stall_ms)
        return;
    gs_log(GS_LOG_WARN, "worker",
           "%s [%u]: nothing has come of it for %lld s; reading begins anew at position %lld",
           worker->config.checkpoint_topic, slot->task,
           (long long)(now_ms - slot->restore_heard_ms) / 1000, (long long)slot->restore_at);
    worker->stalls.restarts++;
    seek(worker, slot, slot->restore_at);
}

void gsi_restore_progress(struct gs_worker *worker, struct gsi_slot *slot, int64_t now_ms)
{
    struct gs_restore_stats stats;
    if (slot->phase != GSI_RESTORING)
        return;
    watch(worker, slot, now_ms);
    if (now_ms - slot->restore_told_ms < PROGRESS_MS)
        return;
    slot->restore_told_ms = now_ms;
    gs_restore_stats(slot->restore, &stats);
    gs_log(GS_LOG_INFO, "worker",
           "task %u reads its checkpoint: %llu of %llu records, %.1f MB, for %.0f s", slot->task,
           (unsigned long long)stats.reads, (unsigned long long)stats.read_count,
           (double)stats.bytes / 1e6, (double)(now_ms - slot->restore_ms) / 1000);
}

static void say_passed(const struct gsi_slot *slot, uint64_t count, const char *what)
{
    if (count)
        gs_log(GS_LOG_WARN, "worker", "task %u: passed over in the log of checkpoints: %llu %s",
               slot->task, (unsigned long long)count, what);
}

/* A cut that its owner could not finish is ordinary: it died. */
static void sum_up(struct gs_worker *worker, struct gsi_slot *slot)
{
    struct gs_worker_begins *begins = &worker->begins;
    struct gs_restore_stats stats;
    gs_restore_stats(slot->restore, &stats);
    uint64_t damaged =
        stats.faults[GS_CUT_SHORT] + stats.faults[GS_CUT_CHECKSUM] + stats.faults[GS_CUT_NUMBERS];
    uint64_t incomplete = stats.passed[GS_CUT_PASSED_GONE] + stats.passed[GS_CUT_PASSED_HOLED] +
                          stats.passed[GS_CUT_PASSED_DISPUTED];
    begins->bytes += stats.bytes;
    begins->failures += stats.failures;
    begins->damaged += damaged;
    begins->other_format += stats.faults[GS_CUT_FORMAT];
    begins->other_layout += stats.faults[GS_CUT_LAYOUT];
    begins->other_topic += stats.other_topic;
    begins->beyond += stats.beyond;
    begins->incomplete += incomplete;
    begins->mixed += stats.mixed;
    say_passed(slot, damaged, "records that are damaged");
    say_passed(slot, stats.faults[GS_CUT_FORMAT],
               "records that another version of Groundswell, or somebody else, has written");
    say_passed(slot, stats.faults[GS_CUT_LAYOUT],
               "records of another configuration (windows, views or topics)");
    say_passed(slot, stats.other_topic, "checkpoints of topics that were deleted since");
    say_passed(slot, stats.beyond, "checkpoints that lie behind the end of a topic");
    say_passed(slot, incomplete, "checkpoints that lack records");
    say_passed(slot, stats.pushed_out, "records for which there was no room");
    if (stats.mixed)
        gs_log(GS_LOG_WARN, "worker",
               "task %u goes on from a checkpoint that was counted by other rules (engagement, "
               "profiles.delay, clean.*, comments.*): windows are mixed until they have passed",
               slot->task);
}

/* ------------------------------------------------------------------ step by step */

static void follow(struct gs_worker *worker, struct gsi_slot *slot)
{
    int64_t position;
    enum gs_restore_next next = gs_restore_next(slot->restore, &position);
    say_failure(slot);
    if (next == GS_RESTORE_MORE)
        return;
    if (next == GS_RESTORE_SEEK) {
        seek(worker, slot, position);
        return;
    }
    gs_source_stop(worker->source, gsi_restore_input(worker), (int32_t)slot->task);
    sum_up(worker, slot);
    gsi_worker_begin_restored(worker, slot);
}

void gsi_restore_start(struct gs_worker *worker, struct gsi_slot *slot)
{
    struct gs_restore_config config = {.task = &slot->config,
                                       .start = slot->asked_log[GSI_ASK_EARLIEST].offset,
                                       .recent = slot->asked_log[GSI_ASK_TIME].offset,
                                       .end = slot->asked_log[GSI_ASK_LATEST].offset};
    memcpy(config.inputs, worker->config.input_ids, sizeof config.inputs);
    for (uint8_t i = 0; i < slot->config.input_count; i++)
        config.input_ends[i] = slot->asked[GSI_ASK_LATEST][i].offset;
    slot->phase = GSI_RESTORING;
    slot->restore_ms = slot->restore_told_ms = gsi_worker_now_ms();
    slot->restore = gs_restore_create(&config);
    follow(worker, slot);
}

static void take(struct gs_worker *worker, struct gsi_slot *slot,
                 const struct gs_source_message *message)
{
    switch ((enum gs_source_kind)message->kind) {
    case GS_SOURCE_RECORD:
        slot->restore_at = message->offset + 1;
        gs_restore_record(slot->restore, message->offset, message->value);
        break;
    case GS_SOURCE_END:
        gs_restore_end(slot->restore, message->offset);
        break;
    case GS_SOURCE_GAP:
        gs_restore_gap(slot->restore);
        break;
    case GS_SOURCE_FAILED:
        gs_log(GS_LOG_WARN, "worker", "%s [%u]: %.*s", worker->config.checkpoint_topic, slot->task,
               (int)message->value.len, message->value.data);
        return;
    case GS_SOURCE_DROPPED:
        return;
    }
    follow(worker, slot);
}

/* A seek makes the rest of the batch GS_SOURCE_DROPPED. */
void gsi_restore_take(struct gs_worker *worker, struct gsi_slot *slot,
                      const struct gs_source_message *messages, uint32_t count)
{
    slot->restore_heard_ms = gsi_worker_now_ms();
    for (uint32_t i = 0; i < count && slot->phase == GSI_RESTORING; i++)
        take(worker, slot, &messages[i]);
}
