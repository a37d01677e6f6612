/* offsets.c -- questions about offsets that nobody waits for: each is one request of librdkafka,
 * its answer an event in a queue that the owner serves. */
#include "internal.h"

#include <unistd.h>

enum { LOOKS_MAX = 32, LOOKS_WINDOW_MS = 1000 }; /* for leaders: many tasks may ask at once */

struct question {
    struct question *next, *previous; /* of the open ones; NULL at the ends */
    gs_kafka_offsets_fn *on_answer;
    void *user;
    size_t count;
    struct gs_kafka_position positions[];
};

struct gs_kafka_offsets {
    rd_kafka_t *client;
    rd_kafka_queue_t *queue;
    struct question *open;
    uint32_t pending;
    int fd;
    int64_t looked_ms; /* when the window began in which `looks` were sent */
    uint32_t looks;
};

struct gs_kafka_offsets *gs_kafka_offsets_create(struct rd_kafka_s *client)
{
    struct gs_kafka_offsets *offsets = gs_calloc(1, sizeof *offsets);
    offsets->client = client;
    offsets->queue = rd_kafka_queue_new(client);
    offsets->fd = gs_kafka_queue_fd(offsets->queue);
    return offsets;
}

static void question_destroy(struct gs_kafka_offsets *offsets, struct question *question)
{
    if (question->next)
        question->next->previous = question->previous;
    if (question->previous)
        question->previous->next = question->next;
    else
        offsets->open = question->next;
    offsets->pending--;
    for (size_t i = 0; i < question->count; i++)
        gs_free((void *)(uintptr_t)question->positions[i].topic);
    gs_free(question);
}

void gs_kafka_offsets_destroy(struct gs_kafka_offsets *offsets)
{
    if (!offsets)
        return;
    rd_kafka_queue_io_event_enable(offsets->queue, -1, NULL, 0);
    rd_kafka_queue_destroy(offsets->queue);
    while (offsets->open)
        question_destroy(offsets, offsets->open);
    if (offsets->fd >= 0)
        close(offsets->fd);
    gs_free(offsets);
}

static struct question *question_create(struct gs_kafka_offsets *offsets,
                                        const struct gs_kafka_question *asked)
{
    struct question *question =
        gs_calloc(1, sizeof *question + asked->count * sizeof *question->positions);
    question->on_answer = asked->on_answer;
    question->user = asked->user;
    question->count = asked->count;
    for (size_t i = 0; i < asked->count; i++) {
        question->positions[i] = asked->positions[i];
        question->positions[i].topic = gs_strdup(asked->positions[i].topic);
        question->positions[i].offset = -1;
        question->positions[i].leader_epoch = -1;
        question->positions[i].status = GS_E_UNAVAIL;
    }
    question->next = offsets->open;
    if (question->next)
        question->next->previous = question;
    offsets->open = question;
    offsets->pending++;
    return question;
}

enum gs_status gs_kafka_offsets_ask(struct gs_kafka_offsets *offsets,
                                    const struct gs_kafka_question *asked, struct gs_error *error)
{
    char reason[200] = "";
    GS_ASSERT(asked->count > 0);
    if (offsets->pending >= GS_KAFKA_QUESTIONS_MAX)
        return gs_fail(error, GS_E_TEMP, "kafka: %u questions about offsets are still open",
                       offsets->pending);
    struct question *question = question_create(offsets, asked);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)question->count);
    for (size_t i = 0; i < question->count; i++)
        rd_kafka_topic_partition_list_add(list, question->positions[i].topic,
                                          question->positions[i].partition)
            ->offset = question->positions[i].time_ms;
    rd_kafka_AdminOptions_t *options =
        rd_kafka_AdminOptions_new(offsets->client, RD_KAFKA_ADMIN_OP_LISTOFFSETS);
    rd_kafka_AdminOptions_set_request_timeout(options, (int)asked->timeout_ms, reason,
                                              sizeof reason);
    rd_kafka_error_destroy(rd_kafka_AdminOptions_set_isolation_level(
        options, RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED));
    rd_kafka_AdminOptions_set_opaque(options, question);
    rd_kafka_ListOffsets(offsets->client, list, options, offsets->queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_topic_partition_list_destroy(list);
    return GS_OK;
}

/* librdkafka asks the leader that it remembers, in the epoch that it remembers, and takes it for
 * final that there was none when it looked, as it may be just after a broker has started. Unless
 * somebody consumes the topic it looks again only minutes later, and every question fails until
 * then. This only sends the request; whoever asks again finds what it has brought. */
static void look_for_leader(struct gs_kafka_offsets *offsets, const char *topic)
{
    const struct rd_kafka_metadata *answer;
    int64_t now_ms = gsi_kafka_now_ms();
    if (now_ms - offsets->looked_ms >= LOOKS_WINDOW_MS) {
        offsets->looked_ms = now_ms;
        offsets->looks = 0;
    }
    if (offsets->looks++ >= LOOKS_MAX)
        return; /* the next answer of this kind will do */
    rd_kafka_topic_t *handle = rd_kafka_topic_new(offsets->client, topic, NULL);
    if (!handle)
        return;
    if (rd_kafka_metadata(offsets->client, 0, handle, &answer, 0) == RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_metadata_destroy(answer);
    rd_kafka_topic_destroy(handle);
}

static bool is_leader_unknown(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR__NOENT || code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
           code == RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH ||
           code == RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH;
}

/* The positions of one topic follow one another. */
static void look_for_leaders(struct gs_kafka_offsets *offsets, const struct question *question)
{
    const char *last = "";
    for (size_t i = 0; i < question->count; i++) {
        const char *topic = question->positions[i].topic;
        if (strcmp(topic, last) != 0)
            look_for_leader(offsets, topic);
        last = topic;
    }
}

static void take_position(struct gs_kafka_offsets *offsets, struct question *question,
                          const rd_kafka_topic_partition_t *found)
{
    for (size_t i = 0; i < question->count; i++) {
        struct gs_kafka_position *position = &question->positions[i];
        if (position->partition != found->partition || strcmp(position->topic, found->topic) != 0)
            continue;
        /* librdkafka drops the error of a request to one of several leaders: what is left of it is
         * an offset that was never set. */
        if (!found->err && found->offset == RD_KAFKA_OFFSET_INVALID)
            return;
        if (is_leader_unknown(found->err))
            look_for_leader(offsets, position->topic);
        position->status = gs_kafka_status(found->err);
        position->offset = found->err ? -1 : found->offset;
        position->leader_epoch = rd_kafka_topic_partition_get_leader_epoch(found);
        return;
    }
}

static void take_positions(struct gs_kafka_offsets *offsets, struct question *question,
                           rd_kafka_event_t *event, struct gs_error *error)
{
    size_t count;
    const rd_kafka_ListOffsetsResultInfo_t **infos =
        rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event), &count);
    for (size_t i = 0; i < count; i++)
        take_position(offsets, question, rd_kafka_ListOffsetsResultInfo_topic_partition(infos[i]));
    for (size_t i = 0; i < question->count && !error->status; i++)
        if (question->positions[i].status)
            gs_fail(error, question->positions[i].status, "kafka: no offset for %s [%d]",
                    question->positions[i].topic, question->positions[i].partition);
}

static void answer(struct gs_kafka_offsets *offsets, rd_kafka_event_t *event)
{
    struct question *question = rd_kafka_event_opaque(event);
    struct gs_error error = {0};
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    if (is_leader_unknown(code))
        look_for_leaders(offsets, question);
    if (code)
        gs_fail(&error, gs_kafka_status(code), "kafka: offsets cannot be asked for: %s",
                rd_kafka_event_error_string(event));
    else
        take_positions(offsets, question, event, &error);
    if (error.status == GS_E_UNAVAIL)
        error.retry = GS_RETRY_LATER;
    question->on_answer(question->user, question->positions, question->count,
                        error.status ? &error : NULL);
    question_destroy(offsets, question);
}

uint32_t gs_kafka_offsets_serve(struct gs_kafka_offsets *offsets)
{
    uint32_t answered = 0;
    rd_kafka_event_t *event;
    while ((event = rd_kafka_queue_poll(offsets->queue, 0))) {
        if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_LISTOFFSETS_RESULT) {
            answer(offsets, event);
            answered++;
        }
        rd_kafka_event_destroy(event);
    }
    return answered;
}

uint32_t gs_kafka_offsets_pending(const struct gs_kafka_offsets *offsets)
{
    return offsets->pending;
}

int gs_kafka_offsets_fd(const struct gs_kafka_offsets *offsets)
{
    return offsets->fd;
}
