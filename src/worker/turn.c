/* turn.c -- one turn of reading: a batch of the source, cut into runs of one input of one task,
 * each decoded in place and folded. Nothing is allocated, locked or formatted per record. */
#include "internal.h"

enum { BAD_SAMPLE_MIN = 1000, KEYS_WATCHED = 1024, BAD_MINUTE_MS = 60000 };

/* ------------------------------------------------------------------ decode */

static bool take_tombstone(const struct gs_source_message *message, struct gs_task_record *record)
{
    struct gs_event *event = &record->event;
    if (message->value.data || !message->key.data)
        return false;
    if (message->key.len == 0 || message->key.len > GS_ID_BYTES_MAX) {
        record->bad = GS_BAD_ID;
        return true;
    }
    *event = (struct gs_event){.kind = GS_KIND_PROFILE,
                               .tombstone = true,
                               .influencer_id = message->key,
                               .event_ms = GS_MAX(message->record_ms, 0)};
    return true;
}

/* A record's time as the broker has it; messages of old formats have none, then its own counts. */
static void stamp(const struct gs_source_message *message, struct gs_task_record *record)
{
    struct gs_event *event = &record->event;
    event->offset = message->offset;
    event->record_ms = message->record_ms;
    if (event->record_ms < 0)
        event->record_ms = record->bad ? 0 : event->event_ms;
    event->record_ms = GS_MIN(event->record_ms, GS_TIME_MS_MAX);
}

/* The records lie in answers of megabytes that another processor has received. */
static void fetch_ahead(const struct gs_source_message *messages, uint32_t at, uint32_t count)
{
    enum { AHEAD = 4, LINE = 64, BYTES_MAX = 384 };
    if (at + AHEAD >= count)
        return;
    struct gs_str value = messages[at + AHEAD].value;
    for (uint32_t i = 0; i < value.len && i < BYTES_MAX; i += LINE)
        gs_prefetch(value.data + i);
}

/* Returns how many of the run could be decoded, bad ones included; fewer than count: the next one
 * needs *schema. */
static uint32_t decode_run(struct gs_worker *worker, const struct gs_source_message *messages,
                           uint32_t count, bool profiles, uint32_t *schema)
{
    worker->pool.count = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct gs_task_record *record = &worker->records[i];
        struct gs_decode_error *why = &worker->whys[i];
        fetch_ahead(messages, i, count);
        record->bad = GS_BAD_NONE;
        if (GS_LIKELY(!profiles || !take_tombstone(&messages[i], record))) {
            enum gs_decode_result result = gs_decode_record(worker->decode, messages[i].value,
                                                            &record->event, &worker->pool, why);
            if (GS_UNLIKELY(result == GS_DECODE_NEED_SCHEMA)) {
                *schema = why->schema_id;
                return i;
            }
            if (result == GS_DECODE_BAD)
                record->bad = why->code;
        } else if (record->bad) {
            *why = (struct gs_decode_error){.code = record->bad, .field = "key"};
        }
        if (record->bad)
            record->event.kind = GS_KIND_COUNT;
        stamp(&messages[i], record);
    }
    return count;
}

/* ------------------------------------------------------------------ fold */

/* More than so many bad records in a minute are no accident: the partition stops, instead of a
 * whole topic going to the DLQ. */
static bool too_many_bad(struct gs_worker *worker, struct gsi_slot *slot, uint8_t input,
                         uint32_t records, uint32_t bad)
{
    struct gsi_reading *reading = &slot->reading[input];
    int64_t now_ms = (int64_t)uv_now(&worker->loop);
    if (now_ms - reading->minute_ms > BAD_MINUTE_MS) {
        reading->minute_ms = now_ms;
        reading->minute_records = reading->minute_bad = 0;
    }
    reading->minute_records += records;
    reading->minute_bad += bad;
    int64_t allowed = (int64_t)reading->minute_records * worker->config.dlq_max_permille / 1000;
    if (!bad || reading->minute_records < BAD_SAMPLE_MIN || reading->minute_bad <= allowed)
        return false;
    gs_log(GS_LOG_ERROR, "worker",
           "%s [%u]: %u of %u records within a minute cannot be read (the first one is in the DLQ "
           "with the reason), so the partition is stopped at offset %lld; mend the producer or the "
           "schemas, or raise dlq.max_ratio, and start again",
           slot->config.inputs[input].topic, slot->task, reading->minute_bad,
           reading->minute_records, (long long)gs_task_next_offset(slot->machine, input));
    return true;
}

/* What was not taken is read again, and counted then. */
static void count_read(struct gs_worker *worker, const struct gs_source_message *messages,
                       uint32_t count)
{
    worker->records_read += count;
    for (uint32_t i = 0; i < count; i++)
        worker->bytes_read += messages[i].value.len;
}

/* One record in 1024. Keys that another partitioner has placed would split an influencer among
 * tasks. */
static void watch_keys(struct gs_worker *worker, const struct gs_source_message *messages,
                       uint32_t count)
{
    uint64_t skipped = (uint64_t)-messages[0].offset % KEYS_WATCHED;
    if (GS_LIKELY(skipped >= count))
        return;
    const struct gs_source_message *message = &messages[skipped];
    uint32_t partitions = worker->config.task.partition_count;
    if (message->key.data && gs_kafka_partition(message->key, partitions) == message->partition)
        return;
    worker->misplaced[message->input]++;
    gs_log(
        GS_LOG_WARN, "worker",
        "%s [%d]: the key at offset %lld does not belong into this partition, so what is said of "
        "one influencer may be spread over several: let the producer key by influencer_id and use "
        "Java's partitioner (librdkafka: partitioner=murmur2_random)",
        worker->config.task.inputs[message->input].topic, (int)message->partition,
        (long long)message->offset);
}

static void fold_run(struct gs_worker *worker, struct gsi_slot *slot,
                     const struct gs_source_message *messages, uint32_t count)
{
    uint8_t input = messages[0].input;
    uint32_t schema = 0, bad = 0;
    uint32_t decoded =
        decode_run(worker, messages, count, slot->config.inputs[input].profiles, &schema);
    uint32_t taken =
        decoded ? gs_task_fold(slot->machine, input, worker->records, decoded, &worker->pool) : 0;
    if (taken)
        slot->reading[input].leader_epoch = gs_source_leader_epoch(&messages[taken - 1]);
    count_read(worker, messages, taken);
    watch_keys(worker, messages, taken);
    for (uint32_t i = 0; i < taken; i++) {
        const struct gs_task_record *record = &worker->records[i];
        if (GS_LIKELY(record->repeated ||
                      (record->disposition != GS_BAD && record->disposition != GS_TOO_LATE)))
            continue;
        bad += record->disposition == GS_BAD;
        gsi_forward_record(worker, slot, &messages[i], record);
    }
    slot->wake = true;
    if (too_many_bad(worker, slot, input, taken, bad)) {
        gsi_worker_stop_input(worker, slot, input, GSI_PARK_BAD);
    } else if (taken < decoded) {
        gsi_worker_park(worker, slot, input, GSI_PARK_PROFILES);
    } else if (decoded < count) {
        slot->reading[input].schema_id = schema;
        gsi_worker_park(worker, slot, input, GSI_PARK_SCHEMA);
        gsi_worker_need_schema(worker, schema);
    }
}

static void fold_rest(struct gs_worker *worker, struct gsi_slot *slot,
                      const struct gs_source_message *messages, uint32_t count)
{
    uint32_t before = gsi_worker_check_before(worker, slot, messages, count);
    if (before < count)
        fold_run(worker, slot, messages + before, count - before);
}

/* ------------------------------------------------------------------ other messages */

static void take_notice(struct gs_worker *worker, struct gsi_slot *slot,
                        const struct gs_source_message *message)
{
    switch ((enum gs_source_kind)message->kind) {
    case GS_SOURCE_END:
        slot->reading[message->input].ended = true;
        slot->reading[message->input].stall = (struct gsi_stall){.reached = message->offset};
        if (slot->machine)
            gs_task_input_end_at(slot->machine, message->input, message->offset);
        slot->wake = true;
        break;
    case GS_SOURCE_GAP:
        gsi_worker_take_gap(worker, slot, message);
        break;
    case GS_SOURCE_FAILED:
        gs_log(GS_LOG_WARN, "worker", "%s [%u]: %.*s", slot->config.inputs[message->input].topic,
               slot->task, (int)message->value.len, message->value.data);
        break;
    case GS_SOURCE_RECORD:
    case GS_SOURCE_DROPPED:
        break;
    }
}

/* ------------------------------------------------------------------ turn */

static uint32_t run_length(const struct gs_source_message *messages, uint32_t count)
{
    uint32_t length = 1;
    if (messages->kind != GS_SOURCE_RECORD)
        return 1;
    while (length < count && length < GS_TASK_BATCH_MAX &&
           messages[length].kind == messages->kind && messages[length].input == messages->input &&
           messages[length].partition == messages->partition)
        length++;
    return length;
}

/* The floor of every benchmark: what it costs to move the bytes alone. */
static void discard(struct gs_worker *worker, const struct gs_source_message *messages,
                    uint32_t count)
{
    uint32_t touched = 0;
    count_read(worker, messages, count);
    for (uint32_t i = 0; i < count; i++)
        if (messages[i].value.len)
            touched += (uint8_t)messages[i].value.data[0];
    worker->pool.count = touched; /* so that the touch is not optimised away */
}

static void take_run(struct gs_worker *worker, const struct gs_source_message *messages,
                     uint32_t count)
{
    struct gsi_slot *slot = worker->slots[messages->partition];
    if (!slot)
        return;
    if (GS_UNLIKELY(messages->input == gsi_restore_input(worker)))
        gsi_restore_take(worker, slot, messages, count);
    else if (messages->kind != GS_SOURCE_RECORD)
        take_notice(worker, slot, messages);
    else if (worker->config.discard)
        discard(worker, messages, count);
    else if (GS_UNLIKELY(slot->reading[messages->input].to_check))
        fold_rest(worker, slot, messages, count);
    else
        fold_run(worker, slot, messages, count);
}

void gsi_worker_turn(struct gs_worker *worker)
{
    if (worker->stage == GSI_WORKER_CLOSING)
        return;
    if (!gsi_forward_ready(worker)) {
        gs_source_rest(worker->source); /* the producer or the next tick tries again */
        return;
    }
    uint32_t count = gs_source_poll(worker->source, worker->messages, worker->config.batch);
    worker->ready = false;
    if (count < worker->config.batch)
        worker->stalls.emptied_ms = (int64_t)uv_now(&worker->loop);
    for (uint32_t at = 0; at < count;) {
        uint32_t length = run_length(&worker->messages[at], count - at);
        take_run(worker, &worker->messages[at], length);
        at += length;
    }
    gs_source_release(worker->source);
}

bool gsi_worker_at_end(const struct gs_worker *worker, const struct gsi_slot *slot)
{
    if (slot->phase != GSI_RUNNING)
        return false;
    if (!worker->config.discard)
        return gs_task_at_end(slot->machine);
    for (uint8_t i = 0; i < slot->config.input_count; i++)
        if (!slot->reading[i].ended)
            return false;
    return true;
}
