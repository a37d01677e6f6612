/* cuts.c -- checkpoints on their way out: a cut is made in one go, its records follow one another
 * into the producer, and it counts when all are acknowledged.
 *
 * The barrier, its last record, is what makes a cut valid for others. It waits until every record
 * that was sent to the DLQ or the late topic before the cut is acknowledged: whoever goes on from
 * there does not read these again.
 *
 * A cut that fails ends nothing: without checkpoints a restart takes longer, that is all. */
#include "internal.h"

enum {
    SPACING_MS = 5, /* between two cuts, whoever's: what came meanwhile is read and written */
    CARRY_MS = 1000 /* so long a due cut waits for panes to be carried bit by bit */
};

/* ------------------------------------------------------------------ the end of a cut */

static void tell(struct gs_worker *worker, const struct gsi_slot *slot)
{
    struct gs_worker_event event = {.kind = GS_WORKER_CUT,
                                    .worker = worker->config.index,
                                    .task = slot->task,
                                    .at_count = slot->config.input_count};
    memcpy(event.at, slot->cuts.at, sizeof event.at);
    worker->on_event(worker->user, &event);
}

static void succeed(struct gs_worker *worker, struct gsi_slot *slot)
{
    struct gsi_cuts *cuts = &slot->cuts;
    cuts->under_way = false;
    cuts->last_over = cuts->last_begun;
    cuts->acked_ms = gsi_worker_now_ms();
    gsi_worker_add_time(worker, GS_WORKER_TIME_CUT, gsi_worker_now_us() - cuts->made_us);
    slot->wake = true;
    worker->cut_log.said = false;
    gs_task_cut_acked(slot->machine);
    tell(worker, slot);
}

static void fail(struct gs_worker *worker, struct gsi_slot *slot, const char *reason)
{
    struct gsi_cuts *cuts = &slot->cuts;
    if (!cuts->under_way)
        return;
    cuts->under_way = false;
    cuts->last_over = cuts->last_begun;
    cuts->not_before_ms = gsi_worker_now_ms() + worker->config.checkpoint_interval_ms;
    slot->wake = true;
    gs_task_cut_failed(slot->machine);
    if (!worker->cut_log.said)
        gs_log(
            GS_LOG_ERROR, "worker",
            "topic %s does not take a checkpoint of task %u: %s; it is tried again with the next "
            "one, and a restart reads again what came since the last",
            worker->config.checkpoint_topic, slot->task, reason);
    worker->cut_log.said = true;
}

/* A broker that has a batch already when it is sent once more may not say where it lies: then
 * librdkafka counts its records from -1 on. */
static bool is_made_up(struct gsi_cuts *cuts, int64_t position)
{
    if (position >= 0 && (position != cuts->made_up || position > cuts->position))
        return false;
    cuts->made_up = position + 1;
    return true;
}

/* Positions go back where the log lost its tail, or was deleted and made anew: cuts that later ones
 * build upon may be gone. */
static void note_position(struct gsi_slot *slot, int64_t position)
{
    struct gsi_cuts *cuts = &slot->cuts;
    if (is_made_up(cuts, position))
        return;
    if (position <= cuts->position) {
        gs_log(GS_LOG_WARN, "worker",
               "task %u: its log of checkpoints went back from %lld to %lld, so some are lost; the "
               "next one holds everything",
               slot->task, (long long)cuts->position, (long long)position);
        gs_task_cut_whole(slot->machine);
    }
    cuts->position = position;
}

static void on_delivery(void *user, const struct gs_kafka_delivery *delivery)
{
    struct gs_worker *worker = user;
    struct gsi_slot *slot = gsi_worker_slot_or_kept(worker, (uint64_t)(uintptr_t)delivery->opaque);
    if (!slot || !slot->machine)
        return; /* its task has left */
    struct gsi_cuts *cuts = &slot->cuts;
    cuts->pending--;
    if (delivery->status != GS_OK) {
        fail(worker, slot, delivery->reason);
        return;
    }
    note_position(slot, delivery->offset);
    if (cuts->under_way && ++cuts->acked == cuts->parts)
        succeed(worker, slot);
}

/* ------------------------------------------------------------------ on their way */

static bool barrier_must_wait(const struct gsi_cuts *cuts)
{
    return cuts->produced == cuts->parts - 1 && cuts->letters[!cuts->parity];
}

static void hand_over(struct gs_worker *worker, struct gsi_slot *slot)
{
    struct gsi_cuts *cuts = &slot->cuts;
    struct gs_error error;
    while (cuts->under_way && cuts->produced < cuts->parts && !barrier_must_wait(cuts)) {
        struct gs_kafka_record record = {.topic = worker->config.checkpoint_topic,
                                         .partition = (int32_t)slot->task,
                                         .value = gs_task_cut_record(slot->machine, cuts->produced),
                                         .opaque = (void *)(uintptr_t)slot->tag};
        enum gs_status status = gs_kafka_produce(worker->cut_log.producer, &record, &error);
        if (status == GS_E_TEMP)
            return; /* the next tick tries again */
        if (status != GS_OK) {
            worker->cut_log.broken = status == GS_E_UNAVAIL;
            fail(worker, slot, error.message);
            return;
        }
        cuts->produced++;
        cuts->pending++;
    }
}

uint8_t gsi_cuts_letter(struct gsi_slot *slot)
{
    slot->cuts.letters[slot->cuts.parity]++;
    return slot->cuts.parity;
}

void gsi_cuts_letter_acked(struct gs_worker *worker, struct gsi_slot *slot, uint8_t parity)
{
    slot->cuts.letters[parity]--;
    if (slot->machine)
        hand_over(worker, slot);
}

/* ------------------------------------------------------------------ the cut */

static void note_pause(struct gs_worker *worker, int64_t ns)
{
    worker->cut_log.pause_max_ns = GS_MAX(worker->cut_log.pause_max_ns, ns);
    gsi_worker_add_time(worker, GS_WORKER_TIME_PAUSE, ns / 1000);
}

static void make(struct gs_worker *worker, struct gsi_slot *slot, int64_t now_ms)
{
    struct gsi_cuts *cuts = &slot->cuts;
    struct gs_task_log logs[GS_INPUTS_MAX];
    uint64_t begin_ns = uv_hrtime();
    cuts->made_us = gsi_worker_now_us();
    for (uint8_t i = 0; i < slot->config.input_count; i++) {
        logs[i] = (struct gs_task_log){slot->reading[i].leader_epoch, worker->config.input_ids[i]};
        cuts->at[i] = gs_task_next_offset(slot->machine, i);
    }
    cuts->parts = gs_task_cut(slot->machine, logs, worker->config.checkpoint_cycle_ms, now_ms);
    cuts->under_way = true;
    cuts->produced = cuts->acked = 0;
    cuts->made_up = -1;
    cuts->parity = !cuts->parity;
    cuts->first_ms = 0;
    hand_over(worker, slot);
    note_pause(worker, (int64_t)(uv_hrtime() - begin_ns));
}

/* letters: also those before the cut before, if that failed without having waited for them. */
static bool is_free(const struct gsi_slot *slot)
{
    const struct gsi_cuts *cuts = &slot->cuts;
    return !cuts->under_way && !cuts->pending && !cuts->letters[!cuts->parity];
}

static bool is_due(const struct gs_worker *worker, const struct gsi_slot *slot, int64_t now_ms)
{
    const struct gsi_cuts *cuts = &slot->cuts;
    if (slot->phase == GSI_REVOKING)
        return !cuts->last_begun;
    if (now_ms < cuts->not_before_ms)
        return false;
    int64_t interval_ms = worker->config.checkpoint_interval_ms;
    if (cuts->first_ms)
        interval_ms = cuts->first_ms;
    return gs_task_cut_is_due(slot->machine, interval_ms, now_ms);
}

/* Panes that left their window at a border are many at once; to carry them all would take longer
 * than the cut. */
static bool may_wait(struct gsi_slot *slot, int64_t now_ms)
{
    struct gsi_cuts *cuts = &slot->cuts;
    if (!cuts->due_ms)
        cuts->due_ms = now_ms;
    return slot->phase != GSI_REVOKING && now_ms - cuts->due_ms < CARRY_MS;
}

static bool cut_if_due(struct gs_worker *worker, struct gsi_slot *slot, int64_t now_ms)
{
    hand_over(worker, slot);
    if (!is_free(slot) || !is_due(worker, slot, now_ms))
        return false;
    if (may_wait(slot, now_ms) && !gs_task_cut_carry(slot->machine, now_ms))
        return false;
    slot->cuts.due_ms = 0;
    slot->cuts.last_begun = slot->phase == GSI_REVOKING;
    make(worker, slot, now_ms);
    return true;
}

/* ------------------------------------------------------------------ a task's way */

/* Tasks that begin together do not cut together: their first cuts are spread over an interval. */
void gsi_cuts_begin(struct gs_worker *worker, struct gsi_slot *slot,
                    const struct gs_cut_lineage *lineage)
{
    if (!worker->cut_log.producer)
        return;
    gs_task_tick(slot->machine, gsi_worker_wall_ms(), gsi_worker_now_ms());
    gs_task_keep_checkpoints(slot->machine, lineage);
    uint32_t golden = slot->task * UINT32_C(2654435769);
    if (lineage)
        slot->cuts.position = slot->asked_log[GSI_ASK_LATEST].offset - 1;
    slot->cuts.first_ms = 1 + worker->config.checkpoint_interval_ms * (golden >> 16) / 65536;
}

void gsi_cuts_give_up(struct gsi_slot *slot)
{
    struct gsi_cuts *cuts = &slot->cuts;
    if (cuts->under_way)
        gs_task_cut_failed(slot->machine);
    cuts->under_way = cuts->last_begun = cuts->last_over = false;
}

void gsi_cuts_last(struct gs_worker *worker, struct gsi_slot *slot)
{
    if (worker->cut_log.producer && slot->machine)
        cut_if_due(worker, slot, gsi_worker_now_ms());
}

bool gsi_cuts_last_is_over(const struct gs_worker *worker, const struct gsi_slot *slot)
{
    return !worker->cut_log.producer || worker->failed || slot->cuts.last_over;
}

/* ------------------------------------------------------------------ the producer */

/* The last one of a name counts: ours stand first, they are defaults. */
static const struct gs_kafka_property defaults[] = {
    {"linger.ms", "5"}, {"message.timeout.ms", "60000"}, {"compression.type", "lz4"}};

static enum gs_status open_producer(struct gs_worker *worker, struct gs_error *error)
{
    struct gs_kafka_config kafka = worker->config.kafka;
    kafka.properties = worker->cut_log.properties;
    kafka.property_count = worker->cut_log.property_count;
    return gs_kafka_producer_create(&kafka, on_delivery, worker, &worker->cut_log.producer, error);
}

enum gs_status gsi_cuts_open(struct gs_worker *worker, struct gs_error *error)
{
    const struct gs_kafka_config *kafka = &worker->config.kafka;
    struct gsi_cut_log *log = &worker->cut_log;
    size_t own = GS_COUNT_OF(defaults);
    if (!worker->config.checkpoint_topic)
        return GS_OK;
    log->property_count = (uint32_t)own + kafka->property_count;
    log->properties = gs_calloc(log->property_count, sizeof *log->properties);
    memcpy(log->properties, defaults, sizeof defaults);
    if (kafka->property_count)
        memcpy(log->properties + own, kafka->properties,
               kafka->property_count * sizeof *kafka->properties);
    return open_producer(worker, error);
}

void gsi_cuts_close(struct gs_worker *worker)
{
    gs_kafka_producer_destroy(worker->cut_log.producer);
    worker->cut_log.producer = NULL;
    gs_free(worker->cut_log.properties);
}

/* What was in the old one has failed by then. */
static void renew_producer(struct gs_worker *worker)
{
    struct gs_kafka_producer *old = worker->cut_log.producer;
    struct gs_error error;
    gs_kafka_producer_destroy(old);
    worker->cut_log.broken = false;
    if (open_producer(worker, &error) != GS_OK)
        gsi_worker_fail(worker, &error);
}

void gsi_cuts_turn(struct gs_worker *worker, int64_t now_ms)
{
    struct gsi_cut_log *log = &worker->cut_log;
    uint32_t partitions = worker->config.task.partition_count;
    if (!log->producer || now_ms - log->looked_ms < SPACING_MS)
        return;
    log->looked_ms = now_ms;
    gs_kafka_producer_serve(log->producer);
    if (log->broken)
        renew_producer(worker);
    for (uint32_t i = 0; log->producer && i < partitions; i++) {
        uint32_t task = (log->first + i) % partitions;
        struct gsi_slot *slot = worker->slots[task];
        if (slot && slot->machine && cut_if_due(worker, slot, now_ms)) {
            log->first = task + 1;
            break;
        }
    }
}
