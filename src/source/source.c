/* source.c -- the data consumer of a worker: which partitions it reads, from where.
 *
 * Starting and stopping happen on the thread that polls, between two calls of librdkafka's batch
 * function: from another thread, or if the rest of a batch were used after a stop, there are holes.
 */
#include "internal.h"

#include <unistd.h>

/* ------------------------------------------------------------------ partitions */

static struct gsi_source_input *input_of(struct gs_source *source, uint8_t input)
{
    GS_ASSERT(input < source->input_count);
    return &source->inputs[input];
}

bool gs_source_is_started(const struct gs_source *source, uint8_t input, int32_t partition)
{
    GS_ASSERT(input < source->input_count);
    return gsi_source_is_started(&source->inputs[input], partition);
}

static void mark(struct gsi_source_input *input, int32_t partition, bool started)
{
    uint32_t count = (uint32_t)partition + 1;
    if (count > input->partition_count) {
        input->started = gs_realloc(input->started, count * sizeof *input->started);
        memset(input->started + input->partition_count, 0,
               (count - input->partition_count) * sizeof *input->started);
        input->partition_count = count;
    }
    input->started[partition] = started;
}

static enum gs_status take_error(rd_kafka_error_t *failure, const char *what,
                                 struct gs_error *error)
{
    if (!failure)
        return GS_OK;
    gs_fail(error, GS_E_BUG, "kafka: %s failed: %s", what, rd_kafka_error_string(failure));
    rd_kafka_error_destroy(failure);
    return GS_E_BUG;
}

enum gs_status gs_source_start(struct gs_source *source, const struct gs_source_position *positions,
                               size_t count, struct gs_error *error)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++) {
        const struct gsi_source_input *input = input_of(source, positions[i].input);
        GS_ASSERT(positions[i].partition >= 0);
        GS_ASSERT(!gsi_source_is_started(input, positions[i].partition));
        rd_kafka_topic_partition_t *entry = rd_kafka_topic_partition_list_add(
            list, rd_kafka_topic_name(input->topic), positions[i].partition);
        entry->offset = positions[i].offset;
        rd_kafka_topic_partition_set_leader_epoch(entry, positions[i].leader_epoch);
    }
    enum gs_status status =
        take_error(rd_kafka_incremental_assign(source->client, list), "starting partitions", error);
    rd_kafka_topic_partition_list_destroy(list);
    for (size_t i = 0; !status && i < count; i++)
        mark(input_of(source, positions[i].input), positions[i].partition, true);
    return status;
}

static void drop_rest(struct gs_source *source, uint8_t input, int32_t partition)
{
    for (uint32_t i = 0; i < source->out_count; i++)
        if (source->out[i].input == input && source->out[i].partition == partition)
            source->out[i].kind = GS_SOURCE_DROPPED;
}

void gs_source_stop(struct gs_source *source, uint8_t input_index, int32_t partition)
{
    struct gsi_source_input *input = input_of(source, input_index);
    struct gs_error error;
    if (!gsi_source_is_started(input, partition))
        return;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, rd_kafka_topic_name(input->topic), partition);
    /* Not even librdkafka's refusal could make it read on: it is not marked as started. */
    if (take_error(rd_kafka_incremental_unassign(source->client, list), "stopping a partition",
                   &error))
        gs_log(GS_LOG_ERROR, "source", "%s", error.message);
    rd_kafka_topic_partition_list_destroy(list);
    mark(input, partition, false);
    drop_rest(source, input_index, partition);
}

int64_t gs_source_end_offset(const struct gs_source *source, uint8_t input, int32_t partition)
{
    int64_t low, high;
    GS_ASSERT(input < source->input_count);
    if (rd_kafka_get_watermark_offsets(source->client,
                                       rd_kafka_topic_name(source->inputs[input].topic), partition,
                                       &low, &high))
        return -1;
    return high < 0 ? -1 : high;
}

int64_t gs_source_position(const struct gs_source *source, uint8_t input, int32_t partition)
{
    GS_ASSERT(input < source->input_count);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *entry = rd_kafka_topic_partition_list_add(
        list, rd_kafka_topic_name(source->inputs[input].topic), partition);
    bool is_known = !rd_kafka_position(source->client, list) && !entry->err && entry->offset >= 0;
    int64_t position = is_known ? entry->offset : -1;
    rd_kafka_topic_partition_list_destroy(list);
    return position;
}

enum gs_status gs_source_ask(struct gs_source *source, const struct gs_kafka_question *question,
                             struct gs_error *error)
{
    return gs_kafka_offsets_ask(source->offsets, question, error);
}

/* ------------------------------------------------------------------ waking up */

static void be_ready(void *user)
{
    struct gs_source *source = user;
    source->listener.on_ready(source->listener.user);
}

static void on_idle(uv_idle_t *idle)
{
    be_ready(idle->data);
}

void gsi_source_expect_more(struct gs_source *source, bool more)
{
    if (more == source->more)
        return;
    source->more = more;
    if (more)
        uv_idle_start(&source->idle, on_idle);
    else
        uv_idle_stop(&source->idle);
}

static void on_answers(void *user)
{
    struct gs_source *source = user;
    gs_kafka_offsets_serve(source->offsets);
}

static enum gs_status start_handles(struct gs_source *source, uv_loop_t *loop,
                                    struct gs_error *error)
{
    uv_idle_init(loop, &source->idle);
    source->idle.data = source;
    source->handles++;
    source->watch.wake = be_ready;
    source->answers.wake = on_answers;
    source->watch.user = source->answers.user = source;
    enum gs_status status =
        gsi_source_watch_start(&source->watch, loop, gs_kafka_queue_fd(source->queue), error);
    if (status)
        return status;
    source->watch.poll.data = source;
    source->handles++;
    /* A descriptor of its own, because watching takes it over. */
    int fd = gs_kafka_offsets_fd(source->offsets);
    status = gsi_source_watch_start(&source->answers, loop, fd < 0 ? fd : dup(fd), error);
    if (status)
        return status;
    source->answers.poll.data = source;
    source->handles++;
    return GS_OK;
}

/* ------------------------------------------------------------------ life */

static enum gs_status create_client(struct gs_source *source, const struct gs_source_config *config,
                                    struct gs_error *error)
{
    enum gs_status status =
        gs_kafka_client_create(&config->kafka, GS_KAFKA_DATA, NULL, &source->client, error);
    if (status)
        return status;
    rd_kafka_poll_set_consumer(source->client);
    source->queue = rd_kafka_queue_get_consumer(source->client);
    source->offsets = gs_kafka_offsets_create(source->client);
    for (uint8_t i = 0; i < config->input_count; i++) {
        struct gsi_source_input *input = &source->inputs[source->input_count];
        input->topic = rd_kafka_topic_new(source->client, config->inputs[i], NULL);
        if (!input->topic)
            return gs_fail(error, GS_E_CONFIG, "kafka: '%s' is not a topic's name",
                           config->inputs[i]);
        source->input_count++;
    }
    return GS_OK;
}

enum gs_status gs_source_create(const struct gs_source_config *config, struct uv_loop_s *loop,
                                const struct gs_source_listener *listener,
                                struct gs_source **source, struct gs_error *error)
{
    GS_ASSERT(config->input_count <= GS_SOURCE_INPUTS_MAX && config->batch_max > 0);
    struct gs_source *new = gs_calloc(1, sizeof *new);
    *source = NULL;
    new->listener = *listener;
    new->batch_max = config->batch_max;
    new->held = gs_calloc(config->batch_max, sizeof *new->held);
    new->watch.fd = new->answers.fd = -1;
    enum gs_status status = create_client(new, config, error);
    if (!status)
        status = start_handles(new, loop, error);
    if (status)
        gs_source_destroy(new);
    else
        *source = new;
    return status;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct gs_source *source = handle->data;
    if (--source->handles == 0)
        gs_free(source);
}

void gs_source_destroy(struct gs_source *source)
{
    if (!source)
        return;
    gs_source_release(source);
    gs_kafka_offsets_destroy(source->offsets);
    if (source->queue) {
        rd_kafka_queue_io_event_enable(source->queue, -1, NULL, 0);
        rd_kafka_queue_destroy(source->queue);
    }
    for (uint8_t i = 0; i < source->input_count; i++) {
        rd_kafka_topic_destroy(source->inputs[i].topic);
        gs_free(source->inputs[i].started);
    }
    gs_kafka_client_destroy(source->client);
    gs_free(source->held);
    if (!source->handles) {
        gs_free(source);
        return;
    }
    uv_close((uv_handle_t *)&source->idle, on_handle_closed);
    if (source->watch.fd >= 0)
        gsi_source_watch_close(&source->watch, on_handle_closed);
    if (source->answers.fd >= 0)
        gsi_source_watch_close(&source->answers, on_handle_closed);
}
