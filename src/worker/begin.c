/* begin.c -- where the inputs of a task begin: where a checkpoint stood, or at a time. And what
 * becomes of an input that does not hold what comes next. */
#include "internal.h"

/* ------------------------------------------------------------------ reading begins */

static void run(struct gs_worker *worker, struct gsi_slot *slot,
                const struct gs_source_position *begin, size_t count)
{
    struct gs_error error;
    int64_t now_ms = gsi_worker_now_ms();
    slot->phase = GSI_RUNNING;
    slot->wake = true;
    worker->profiles_ms = INT64_MIN / 2; /* nothing is folded before their end is known */
    if (slot->machine && worker->connected)
        gs_task_connected(slot->machine, now_ms);
    if (count && gs_source_start(worker->source, begin, count, &error) != GS_OK)
        gsi_worker_fail(worker, &error);
}

/* ------------------------------------------------------------------ without a checkpoint */

/* The mock cluster answers every question about a time with "no such record". */
static bool is_mock(const struct gs_worker *worker)
{
    return strncmp(worker->config.task.cluster_id, "mockCluster", 11) == 0;
}

static struct gs_source_position begin_of(const struct gs_worker *worker,
                                          const struct gsi_slot *slot, uint8_t input)
{
    const struct gs_kafka_position *time = &slot->asked[GSI_ASK_TIME][input];
    const struct gs_kafka_position *earliest = &slot->asked[GSI_ASK_EARLIEST][input];
    const struct gs_kafka_position *latest = &slot->asked[GSI_ASK_LATEST][input];
    const struct gs_kafka_position *chosen = earliest;
    bool from_start = worker->config.until_end || worker->config.discard ||
                      worker->config.task.inputs[input].profiles;
    if (!from_start && time->offset >= 0)
        chosen = time;
    else if (!from_start && !is_mock(worker) && latest->offset > earliest->offset)
        chosen = latest;
    return (struct gs_source_position){.input = input,
                                       .partition = (int32_t)slot->task,
                                       .offset = chosen->offset,
                                       .leader_epoch = chosen->leader_epoch};
}

static void say_begin(const struct gs_worker *worker, const struct gsi_slot *slot,
                      const struct gs_source_position *begin)
{
    const struct gs_task_config *config = &slot->config;
    struct gs_buf text = {0};
    for (uint8_t i = 0; i < config->input_count; i++)
        gs_buf_printf(&text, "%s%s %lld of %lld..%lld", i ? ", " : "", config->inputs[i].topic,
                      (long long)begin[i].offset,
                      (long long)slot->asked[GSI_ASK_EARLIEST][i].offset,
                      (long long)slot->asked[GSI_ASK_LATEST][i].offset);
    const char *name = config->window_names[config->window_count - 1];
    bool all = worker->config.until_end || worker->config.discard;
    if (all)
        gs_log(GS_LOG_INFO, "worker", "task %u: reads the logs from their start, as %s does: %.*s",
               slot->task, worker->config.discard ? "--discard" : "--until-end", (int)text.len,
               text.data);
    else
        gs_log(GS_LOG_INFO, "worker",
               "task %u: nothing to go on from, so it reads from now minus %s on: %.*s", slot->task,
               name, (int)text.len, text.data);
    gs_buf_deinit(&text);
}

static void begin_fresh(struct gs_worker *worker, struct gsi_slot *slot)
{
    struct gs_source_position begin[GS_INPUTS_MAX] = {0};
    int64_t offsets[GS_INPUTS_MAX];
    struct gs_error error;
    uint8_t count = worker->config.task.input_count;
    for (uint8_t i = 0; i < count; i++) {
        begin[i] = begin_of(worker, slot, i);
        offsets[i] = begin[i].offset;
    }
    say_begin(worker, slot, begin);
    worker->begins.fresh++;
    if (!worker->config.discard &&
        gs_task_create(&slot->config, offsets, &slot->machine, &error) != GS_OK) {
        gsi_worker_fail(worker, &error);
        return;
    }
    if (slot->machine)
        gsi_cuts_begin(worker, slot, NULL);
    run(worker, slot, begin, count);
}

void gsi_worker_begin(struct gs_worker *worker, struct gsi_slot *slot)
{
    if (worker->config.checkpoint_topic)
        gsi_restore_start(worker, slot);
    else
        begin_fresh(worker, slot);
}

/* ------------------------------------------------------------------ from a checkpoint */

/* Records that were never read are gone. */
static void say_lost(struct gs_worker *worker, const struct gsi_slot *slot, uint8_t input,
                     int64_t wanted)
{
    worker->begins.gaps++;
    gs_log(GS_LOG_ERROR, "worker",
           "%s [%u]: the checkpoint ends before offset %lld, but the log begins at %lld only, so "
           "records were deleted that nobody has read; %s",
           slot->config.inputs[input].topic, slot->task, (long long)wanted,
           (long long)slot->asked[GSI_ASK_EARLIEST][input].offset,
           worker->config.continue_on_gap
               ? "it goes on without them (checkpoint.on_gap: continue)"
               : "the partition stands still; to go on without them, set checkpoint.on_gap: "
                 "continue and start again");
}

/* The record before the checkpoint is the last one that it has counted. It is read once more, where
 * it is still there: librdkafka does not look whether an offset that it begins with is from a log
 * that was cut off and has grown again. */
static void begin_before(struct gsi_slot *slot, const struct gs_cut_input *stood,
                         struct gs_source_position *begin)
{
    struct gsi_reading *reading = &slot->reading[begin->input];
    reading->restored_at = stood->offset;
    reading->leader_epoch = stood->leader_epoch;
    reading->to_check = stood->leader_epoch >= 0 &&
                        stood->offset > slot->asked[GSI_ASK_EARLIEST][begin->input].offset;
    begin->offset -= reading->to_check;
}

/* False: it is not read at all. */
static bool place(struct gs_worker *worker, struct gsi_slot *slot, uint8_t input,
                  const struct gs_cut_input *stood, struct gs_source_position *begin)
{
    const struct gs_kafka_position *earliest = &slot->asked[GSI_ASK_EARLIEST][input];
    *begin = (struct gs_source_position){.input = input,
                                         .partition = (int32_t)slot->task,
                                         .offset = stood->offset,
                                         .leader_epoch = stood->leader_epoch};
    if (stood->offset >= earliest->offset) {
        begin_before(slot, stood, begin);
        return true;
    }
    say_lost(worker, slot, input, stood->offset);
    if (!worker->config.continue_on_gap) {
        slot->reading[input].park = GSI_PARK_GAP;
        return false;
    }
    slot->reading[input].gap_at = stood->offset;
    slot->reading[input].gap_to = begin->offset = earliest->offset;
    gs_task_mark_gap(slot->machine, input, gsi_worker_now_ms());
    begin->leader_epoch = -1;
    return true;
}

static void say_restored(struct gs_worker *worker, const struct gsi_slot *slot,
                         const struct gs_cut_barrier *barrier)
{
    const struct gs_cut_span *last = &barrier->lineage.spans[barrier->lineage.span_count - 1];
    struct gs_task_cut_stats cuts;
    int64_t behind = 0;
    gs_task_cut_stats(slot->machine, &cuts);
    for (uint8_t i = 0; i < slot->config.input_count; i++)
        behind += GS_MAX(slot->asked[GSI_ASK_LATEST][i].offset - barrier->inputs[i].offset, 0);
    worker->begins.restored++;
    worker->begins.entries += cuts.restored;
    gs_log(GS_LOG_INFO, "worker",
           "task %u: goes on from cut %llu of %016llx%016llx: %llu entries in %.1f s, %lld records "
           "behind the end",
           slot->task, (unsigned long long)last->last, (unsigned long long)last->incarnation.high,
           (unsigned long long)last->incarnation.low, (unsigned long long)cuts.restored,
           (double)(gsi_worker_now_ms() - slot->restore_ms) / 1000, (long long)behind);
}

static bool has_gap(const struct gsi_slot *slot, const struct gs_cut_barrier *barrier)
{
    for (uint8_t i = 0; i < slot->config.input_count; i++)
        if (barrier->inputs[i].offset < slot->asked[GSI_ASK_EARLIEST][i].offset)
            return true;
    return false;
}

static void begin_from(struct gs_worker *worker, struct gsi_slot *slot,
                       const struct gs_cut_barrier *barrier)
{
    struct gs_source_position begin[GS_INPUTS_MAX];
    size_t count = 0;
    say_restored(worker, slot, barrier);
    for (uint8_t i = 0; i < slot->config.input_count; i++)
        count += place(worker, slot, i, &barrier->inputs[i], &begin[count]);
    gsi_cuts_begin(worker, slot, &barrier->lineage);
    run(worker, slot, begin, count);
}

/* An input that does not hold the offset of a checkpoint, though it begins before and ends behind
 * it, has lost its tail and grown again: what the checkpoint counted is not there any more. */
void gsi_worker_begin_restored(struct gs_worker *worker, struct gsi_slot *slot)
{
    struct gs_restore *restore = slot->restore;
    const struct gs_cut_barrier *barrier = gs_restore_barrier(restore);
    slot->restore = NULL;
    slot->machine = gs_restore_take(restore);
    if (slot->machine && slot->suspect && !has_gap(slot, barrier)) {
        gs_log(GS_LOG_ERROR, "worker",
               "task %u starts over: records that its checkpoint has counted are not in the "
               "topics any more",
               slot->task);
        worker->begins.started_over++;
        gs_task_destroy(slot->machine);
        slot->machine = NULL;
    }
    if (slot->machine)
        begin_from(worker, slot, barrier);
    else
        begin_fresh(worker, slot);
    gs_restore_destroy(restore);
}

/* ------------------------------------------------------------------ from memory */

static void place_kept(struct gsi_slot *slot, uint8_t input, struct gs_source_position *begin)
{
    struct gsi_reading *reading = &slot->reading[input];
    struct gs_cut_input stood = {.offset = gs_task_next_offset(slot->machine, input),
                                 .leader_epoch = reading->leader_epoch};
    *begin = (struct gs_source_position){.input = input,
                                         .partition = (int32_t)slot->task,
                                         .offset = stood.offset,
                                         .leader_epoch = stood.leader_epoch};
    reading->park = GSI_PARK_NONE;
    reading->stall = (struct gsi_stall){0};
    if (stood.offset == reading->gap_at)
        begin->offset = reading->gap_to;
    else
        begin_before(slot, &stood, begin);
}

void gsi_worker_begin_kept(struct gs_worker *worker, struct gsi_slot *slot)
{
    struct gs_source_position begin[GS_INPUTS_MAX];
    size_t count = 0;
    slot->suspect = false;
    slot->said[0] = '\0';
    worker->begins.kept++;
    gs_log(GS_LOG_INFO, "worker", "task %u: goes on from memory", slot->task);
    gs_task_take_up(slot->machine, slot->config.incarnation, slot->config.generation,
                    gsi_worker_now_ms());
    for (uint8_t i = 0; i < slot->config.input_count; i++)
        if (slot->reading[i].park != GSI_PARK_BAD && slot->reading[i].park != GSI_PARK_GAP)
            place_kept(slot, i, &begin[count++]);
    run(worker, slot, begin, count);
}

/* ------------------------------------------------------------------ gaps */

/* From the beginning: where are the logs now, and what is there to go on from? */
static void begin_again(struct gs_worker *worker, const struct gsi_slot *slot)
{
    uint32_t task = slot->task;
    int32_t generation = slot->config.generation;
    gsi_worker_assign(worker, task, generation);
    worker->slots[task]->suspect = true;
}

uint32_t gsi_worker_check_before(struct gs_worker *worker, struct gsi_slot *slot,
                                 const struct gs_source_message *messages, uint32_t count)
{
    struct gsi_reading *reading = &slot->reading[messages->input];
    int32_t epoch = gs_source_leader_epoch(messages);
    uint32_t before = 0;
    reading->to_check = false;
    while (before < count && messages[before].offset < reading->restored_at)
        before++;
    if (before && epoch >= 0 && epoch != reading->leader_epoch) {
        gs_log(GS_LOG_WARN, "worker",
               "%s [%u]: offset %lld holds another record than the one that a checkpoint has "
               "counted (leader epoch %d instead of %d); task %u looks again",
               slot->config.inputs[messages->input].topic, slot->task, (long long)messages->offset,
               epoch, reading->leader_epoch, slot->task);
        begin_again(worker, slot);
        return count;
    }
    return before;
}

static void go_on_behind(struct gs_worker *worker, struct gsi_slot *slot, uint8_t input)
{
    struct gs_error error;
    struct gs_source_position begin = {.input = input,
                                       .partition = (int32_t)slot->task,
                                       .offset = GS_SOURCE_START,
                                       .leader_epoch = -1};
    if (slot->machine)
        gs_task_mark_gap(slot->machine, input, gsi_worker_now_ms());
    slot->reading[input].gap_at = slot->machine ? gs_task_next_offset(slot->machine, input) : -1;
    slot->reading[input].gap_to = begin.offset;
    slot->reading[input].stall = (struct gsi_stall){0};
    gs_source_stop(worker->source, input, (int32_t)slot->task);
    if (gs_source_start(worker->source, &begin, 1, &error) != GS_OK)
        gsi_worker_fail(worker, &error);
}

void gsi_worker_take_gap(struct gs_worker *worker, struct gsi_slot *slot,
                         const struct gs_source_message *message)
{
    uint8_t input = message->input;
    bool go_on = worker->config.continue_on_gap;
    if (slot->machine && slot->phase == GSI_RUNNING && !slot->suspect &&
        gs_task_next_offset(slot->machine, input) == slot->reading[input].restored_at) {
        gs_log(GS_LOG_WARN, "worker",
               "%s [%u]: the log does not hold offset %lld, where a checkpoint stood (%.*s); task "
               "%u looks again",
               slot->config.inputs[input].topic, slot->task, (long long)message->offset,
               (int)message->value.len, message->value.data, slot->task);
        begin_again(worker, slot);
        return;
    }
    worker->begins.gaps++;
    gs_log(
        GS_LOG_ERROR, "worker",
        "%s [%u]: the log does not hold offset %lld any more (%.*s): records were deleted or the "
        "log was truncated; %s",
        slot->config.inputs[input].topic, slot->task, (long long)message->offset,
        (int)message->value.len, message->value.data,
        go_on ? "it goes on with what there is (checkpoint.on_gap: continue)"
              : "the partition is stopped; to go on with what there is, set checkpoint.on_gap: "
                "continue and start the process again");
    if (go_on)
        go_on_behind(worker, slot, input);
    else
        gsi_worker_stop_input(worker, slot, input, GSI_PARK_GAP);
}
