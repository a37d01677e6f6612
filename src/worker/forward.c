/* forward.c -- dead letters and late records: value and headers unchanged, what happened in headers
 * beside them, topic:partition:offset as the key. A record is copied into the producer's queue
 * before the batch that it came in is freed; while that queue is full nothing more is read.
 *
 * A record that came compressed may be larger than any topic takes. Of it only the beginning goes
 * on: nobody who writes one such record shall be able to stop us for good. */
#include "internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { DLQ, LATE };
/* What goes back with a delivery: the task's tag, its cut's parity, where the record went. */
static void *label_of(struct gsi_slot *slot, size_t which)
{
    return (void *)(uintptr_t)(slot->tag << 2 | (uint64_t)gsi_cuts_letter(slot) << 1 | which);
}
_Static_assert(sizeof(void *) >= sizeof(uint64_t), "a label fits into a pointer");
enum { OWN_HEADERS_MAX = 8, TEXT_MAX = 256, CUT_BYTES = 4096 };

/* ------------------------------------------------------------------ producer */

static void on_delivery(void *user, const struct gs_kafka_delivery *delivery)
{
    struct gs_worker *worker = user;
    uint64_t label = (uint64_t)(uintptr_t)delivery->opaque;
    size_t which = label & 1;
    struct gs_error error;
    if (delivery->status == GS_OK) {
        struct gsi_slot *slot = gsi_worker_slot_or_kept(worker, label >> 2);
        worker->forward.acknowledged[which]++;
        if (slot)
            gsi_cuts_letter_acked(worker, slot, label >> 1 & 1);
        return;
    }
    worker->forward.failures++;
    if (worker->stage == GSI_WORKER_CLOSING)
        return; /* said by the flush */
    gs_fail(&error, delivery->status,
            "topic %s does not take a record: %s; without it nothing goes "
            "on, because the record would be lost; check that the topic exists and its "
            "max.message.bytes",
            which == DLQ ? worker->config.dlq_topic : worker->config.late_topic, delivery->reason);
    gsi_worker_fail(worker, &error);
}

static void on_readable(uv_poll_t *handle, int status, int events)
{
    struct gs_worker *worker = handle->data;
    uint64_t count;
    (void)status, (void)events;
    if (read(gs_kafka_producer_fd(worker->forward.producer), &count, sizeof count) < 0)
        return; /* somebody else has read it */
    gs_kafka_producer_serve(worker->forward.producer);
    if (worker->ready)
        gsi_worker_turn(worker);
}

/* The last one of a name counts: ours is a default if it stands first, and decides if last. */
static void add_properties(struct gs_worker *worker, struct gs_kafka_config *kafka)
{
    /* Nobody waits for these records, and each request costs as much as fifty events. */
    static const struct gs_kafka_property together = {"linger.ms", "100"};
    /* Trying for ever: a record that is given up would be lost. */
    static const struct gs_kafka_property forever = {"message.timeout.ms", "0"};
    size_t count = kafka->property_count;
    worker->properties = gs_calloc(count + 2, sizeof *worker->properties);
    worker->properties[0] = together;
    if (count)
        memcpy(worker->properties + 1, kafka->properties, count * sizeof *worker->properties);
    worker->properties[count + 1] = forever;
    kafka->properties = worker->properties;
    kafka->property_count += 2;
}

enum gs_status gsi_forward_open(struct gs_worker *worker, struct gs_error *error)
{
    struct gsi_forward *forward = &worker->forward;
    struct gs_kafka_config kafka = worker->config.kafka;
    forward->last = &forward->first;
    add_properties(worker, &kafka);
    if (gs_kafka_producer_create(&kafka, on_delivery, worker, &forward->producer, error) != GS_OK)
        return error->status;
    forward->record_max = gs_kafka_producer_record_max(forward->producer);
    int fd = gs_kafka_producer_fd(forward->producer);
    if (fd < 0 || uv_poll_init(&worker->loop, &forward->poll, fd) != 0)
        return gs_fail(error, GS_E_UNAVAIL,
                       "no file descriptor is left: raise the limit (ulimit -n)");
    forward->poll.data = worker;
    uv_poll_start(&forward->poll, UV_READABLE, on_readable);
    return GS_OK;
}

void gsi_forward_close(struct gs_worker *worker)
{
    struct gsi_forward *forward = &worker->forward;
    while (forward->first) {
        struct gsi_stash *stash = forward->first;
        forward->first = stash->next;
        gs_free(stash);
    }
    gs_kafka_producer_destroy(forward->producer);
    forward->producer = NULL;
    gs_free(worker->properties);
}

uint32_t gsi_forward_pending(const struct gs_worker *worker)
{
    uint32_t stashed = 0;
    for (const struct gsi_stash *stash = worker->forward.first; stash; stash = stash->next)
        stashed++;
    return stashed + gs_kafka_producer_pending(worker->forward.producer);
}

/* ------------------------------------------------------------------ sending, stashing */

/* False: the queue is full. */
static bool produce(struct gs_worker *worker, const struct gs_kafka_record *record)
{
    struct gs_error error;
    enum gs_status status = gs_kafka_produce(worker->forward.producer, record, &error);
    if (status == GS_OK)
        return true;
    if (status == GS_E_TEMP)
        return false;
    worker->forward.failures++;
    struct gs_error told;
    gs_fail(&told, status,
            "%.*s (%u bytes, topic:partition:offset) must go to topic %s: %.200s; without it "
            "nothing goes on; if it is too large, raise message.max.bytes in kafka.properties and "
            "max.message.bytes of the topic",
            (int)record->key.len, record->key.data, record->value.len, record->topic,
            error.message);
    gsi_worker_fail(worker, &told);
    return true;
}

static struct gs_str put(char **at, struct gs_str text)
{
    struct gs_str copy = {text.data ? *at : NULL, text.len};
    if (text.data && text.len)
        memcpy(*at, text.data, text.len);
    *at += text.len;
    return copy;
}

static size_t size_of(const struct gs_kafka_record *record)
{
    size_t size = sizeof(struct gsi_stash) + record->header_count * sizeof *record->headers;
    for (uint32_t h = 0; h < record->header_count; h++)
        size += (size_t)record->headers[h].name.len + record->headers[h].value.len;
    return size + record->key.len + record->value.len;
}

static void stash(struct gsi_forward *forward, const struct gs_kafka_record *record)
{
    struct gsi_stash *made = gs_alloc(size_of(record) + 1);
    struct gs_kafka_header *headers = (struct gs_kafka_header *)(made + 1);
    char *at = (char *)(headers + record->header_count);
    made->next = NULL;
    made->record = *record;
    made->record.headers = headers;
    for (uint32_t h = 0; h < record->header_count; h++) {
        headers[h].name = put(&at, record->headers[h].name);
        headers[h].value = put(&at, record->headers[h].value);
    }
    made->record.key = put(&at, record->key);
    made->record.value = put(&at, record->value);
    *forward->last = made;
    forward->last = &made->next;
}

bool gsi_forward_ready(struct gs_worker *worker)
{
    struct gsi_forward *forward = &worker->forward;
    while (forward->first && produce(worker, &forward->first->record)) {
        struct gsi_stash *sent = forward->first;
        forward->first = sent->next;
        if (!forward->first)
            forward->last = &forward->first;
        gs_free(sent);
    }
    return !forward->first;
}

/* ------------------------------------------------------------------ the record */

struct letter {
    struct gs_kafka_header headers[GS_KAFKA_HEADERS_MAX];
    uint32_t count;
    uint32_t given; /* of these came with the record: the first ones */
    char key[300];
    char partition[16];
    char offset[24];
    char schema[16];
    char bytes[16];
    char text[TEXT_MAX];
};

static void add(struct letter *letter, const char *name, struct gs_str value)
{
    letter->headers[letter->count++] = (struct gs_kafka_header){gs_str_of(name), value};
}

static void add_reason(struct letter *letter, const struct gs_task_record *record,
                       const struct gs_decode_error *why)
{
    if (record->disposition == GS_TOO_LATE) {
        add(letter, "groundswell.errors.code", gs_str_of("too_late"));
        add(letter, "__connect.errors.exception.message",
            gs_str_of("older than the longest window"));
        return;
    }
    snprintf(letter->schema, sizeof letter->schema, "%" PRIu32, why->schema_id);
    add(letter, "groundswell.errors.code", gs_str_of(gs_bad_code_name(record->bad)));
    add(letter, "groundswell.errors.schema_id", gs_str_of(letter->schema));
    add(letter, "__connect.errors.exception.message",
        gs_str_of(gs_decode_error_text(why, letter->text, sizeof letter->text)));
}

static void write_letter(struct gs_worker *worker, struct letter *letter,
                         const struct gs_source_message *message)
{
    const char *topic = worker->config.task.inputs[message->input].topic;
    uint32_t found =
        gs_source_headers(message, letter->headers, GS_KAFKA_HEADERS_MAX - OWN_HEADERS_MAX);
    letter->count = GS_MIN(found, (uint32_t)(GS_KAFKA_HEADERS_MAX - OWN_HEADERS_MAX));
    letter->given = letter->count;
    worker->forward.headers_cut += found - letter->count;
    snprintf(letter->key, sizeof letter->key, "%s:%" PRId32 ":%" PRId64, topic, message->partition,
             message->offset);
    snprintf(letter->partition, sizeof letter->partition, "%" PRId32, message->partition);
    snprintf(letter->offset, sizeof letter->offset, "%" PRId64, message->offset);
    add(letter, "__connect.errors.topic", gs_str_of(topic));
    add(letter, "__connect.errors.partition", gs_str_of(letter->partition));
    add(letter, "__connect.errors.offset", gs_str_of(letter->offset));
    add(letter, "groundswell.errors.key", message->key);
}

/* What is left names the whole record by its place, in its own topic. */
static void cut(struct gs_worker *worker, struct letter *letter, struct gs_kafka_record *record)
{
    uint32_t own = letter->count - letter->given;
    gs_log(GS_LOG_ERROR, "worker",
           "%.*s (topic:partition:offset) is too large for topic %s: only the beginning of its "
           "%u bytes goes there, without its headers; to keep such records whole, raise "
           "message.max.bytes in kafka.properties and max.message.bytes of that topic",
           (int)record->key.len, record->key.data, record->topic, record->value.len);
    memmove(letter->headers, letter->headers + letter->given, own * sizeof *letter->headers);
    worker->forward.headers_cut += letter->given;
    worker->forward.records_cut++;
    letter->count = own;
    for (uint32_t h = 0; h < own; h++)
        letter->headers[h].value.len = GS_MIN(letter->headers[h].value.len, (uint32_t)CUT_BYTES);
    snprintf(letter->bytes, sizeof letter->bytes, "%" PRIu32, record->value.len);
    add(letter, "groundswell.errors.value_bytes", gs_str_of(letter->bytes));
    record->header_count = letter->count;
    record->value.len = GS_MIN(record->value.len, (uint32_t)CUT_BYTES);
}

void gsi_forward_record(struct gs_worker *worker, struct gsi_slot *slot,
                        const struct gs_source_message *message,
                        const struct gs_task_record *record)
{
    struct letter letter;
    bool late = record->disposition == GS_TOO_LATE;
    write_letter(worker, &letter, message);
    add_reason(&letter, record, &worker->whys[record - worker->records]);
    struct gs_kafka_record sent = {
        .topic = late ? worker->config.late_topic : worker->config.dlq_topic,
        .partition = -1,
        .key = gs_str_of(letter.key),
        .value = message->value,
        .headers = letter.headers,
        .header_count = letter.count,
        .timestamp_ms = GS_MAX(message->record_ms, 0),
        .opaque = label_of(slot, late ? LATE : DLQ),
    };
    if (GS_UNLIKELY(size_of(&sent) > worker->forward.record_max))
        cut(worker, &letter, &sent);
    if (worker->forward.first || !produce(worker, &sent))
        stash(&worker->forward, &sent);
}
