/* unsent.c -- dead letters and late records that nobody acknowledges, although the brokers answer.
 *
 * They are sent for as long as it takes, because one that is given up would be lost, and until then
 * no checkpoint counts. But a client may come to a stand: librdkafka was seen to send nothing more
 * after a broker had been restarted, while all other clients went on (deploy/deps mends the cause
 * that was found; a distribution's own copy has it still).
 *
 *   none acknowledged for stall_ms ─► the leaders answer ─► and still do after another stall_ms:
 *   the process must end; a new one reads the records again, and has new clients
 *
 * If a leader does not answer, the brokers are away and a new process would change nothing: then
 * counting begins again. What fails in the log of checkpoints is not waited for, see cuts.c. */
#include "internal.h"

enum { LOOKS = 3 /* per stall_ms */ };

static uint64_t acknowledged(const struct gs_worker *worker)
{
    return worker->forward.acknowledged[0] + worker->forward.acknowledged[1];
}

static void begin(struct gs_worker *worker, int64_t now_ms)
{
    worker->unsent.acknowledged = acknowledged(worker);
    worker->unsent.since_ms = now_ms;
    worker->unsent.answered_ms = 0;
}

static bool is_waiting(const struct gs_worker *worker)
{
    return worker->unsent.since_ms && gs_kafka_producer_pending(worker->forward.producer) > 0 &&
           worker->unsent.acknowledged == acknowledged(worker);
}

static void give_up(struct gs_worker *worker, int64_t now_ms)
{
    struct gs_error error;
    gs_fail(&error, GS_E_UNAVAIL,
            "%u records for %s and %s have been waiting for %lld s to be acknowledged, though the "
            "leaders answer, so the process ends: start it again; it reads these records once more",
            gs_kafka_producer_pending(worker->forward.producer), worker->config.dlq_topic,
            worker->config.late_topic, (long long)(now_ms - worker->unsent.since_ms) / 1000);
    gsi_worker_fail(worker, &error);
}

static void on_ends(void *user, const struct gs_kafka_position *positions, size_t count,
                    const struct gs_error *error)
{
    struct gsi_question *question = user;
    struct gs_worker *worker = question->worker;
    struct gsi_unsent *unsent = &worker->unsent;
    int64_t now_ms = gsi_worker_now_ms();
    bool all_answer = !error;
    for (size_t p = 0; p < count; p++)
        all_answer &= positions[p].status == GS_OK;
    gsi_worker_close_question(question);
    unsent->open = false;
    if (!is_waiting(worker) || !all_answer)
        begin(worker, now_ms);
    else if (!unsent->answered_ms)
        unsent->answered_ms = now_ms;
    else if (now_ms - unsent->answered_ms >= worker->config.stall_ms)
        give_up(worker, now_ms);
}

static size_t add_topic(const struct gs_worker *worker, const char *topic,
                        struct gs_kafka_position *positions)
{
    uint32_t count = worker->config.task.partition_count;
    for (uint32_t p = 0; p < count; p++)
        positions[p] = (struct gs_kafka_position){
            .topic = topic, .partition = (int32_t)p, .time_ms = GS_KAFKA_LATEST};
    return count;
}

/* Which partition they wait for is not known, so all must answer. */
static void ask(struct gs_worker *worker)
{
    size_t most = 2 * (size_t)worker->config.task.partition_count;
    struct gs_kafka_position *positions = gs_calloc(most, sizeof *positions);
    size_t count = add_topic(worker, worker->config.dlq_topic, positions);
    count += add_topic(worker, worker->config.late_topic, positions + count);
    struct gsi_question *question = gsi_worker_open_question(worker, 0, 0);
    question->timeout_ms = GS_MIN(worker->config.stall_ms, (int64_t)GSI_QUESTION_MS);
    worker->unsent.open = gsi_worker_ask(worker, question, positions, count, on_ends);
    gs_free(positions);
}

void gsi_unsent_look(struct gs_worker *worker, int64_t now_ms)
{
    struct gsi_unsent *unsent = &worker->unsent;
    if (!is_waiting(worker))
        begin(worker, now_ms);
    if (unsent->open || worker->failed || now_ms - unsent->since_ms < worker->config.stall_ms ||
        now_ms - unsent->asked_ms < worker->config.stall_ms / LOOKS)
        return;
    unsent->asked_ms = now_ms;
    ask(worker);
}
