/* stall.c -- inputs of which nothing comes, although their logs go on. Where a log ends is known
 * from what is fetched, so of an input that is not fetched it must be asked. Nothing is done per
 * record: an input that has been quiet for stall_ms is asked about, as often as that; only one
 * that turns out to be behind is asked about at every look.
 *
 *   quiet for stall_ms ─► the log goes on ─► still so a look later: started anew ─► stall_ms
 *   later still nothing: the process must end, a new one has new clients
 *
 * Whether it is the brokers that are away is told by the same question. It goes to the partition's
 * leader, through the client and the connection that fetch. If the leader answers it, he could be
 * fetched from. If he does not, librdkafka connects again by itself and says so, and a restart of
 * the process would change nothing: then counting begins again from the start. That is surer than
 * "all brokers are down", which librdkafka tells of the whole client, once, and never takes back.
 *
 * What waits for us is not quiet: a parked input is not started, a task that is restored (restore.c
 * watches that) or asked back is not looked at, and what has been fetched and not yet taken shows
 * in emptied_ms. */
#include "internal.h"

enum { LOOKS = 3 /* per stall_ms */ };

static int64_t loop_ms(const struct gs_worker *worker)
{
    return (int64_t)uv_now(&worker->loop);
}

static int64_t look_ms(const struct gs_worker *worker)
{
    return worker->config.stall_ms / LOOKS;
}

static bool is_watched(const struct gs_worker *worker, const struct gsi_slot *slot, uint8_t input)
{
    return slot->phase == GSI_RUNNING && slot->machine &&
           gs_source_is_started(worker->source, input, (int32_t)slot->task);
}

/* Whatever is suspected of it: it begins again now. */
static void begin_quiet(struct gsi_stall *stall, int64_t now_ms)
{
    stall->quiet_ms = now_ms;
    stall->stage = GSI_STALL_NONE;
    stall->asked = false;
}

static bool moves_to(struct gsi_stall *stall, int64_t offset)
{
    bool is_further = offset > stall->reached;
    stall->reached = GS_MAX(stall->reached, offset);
    return is_further;
}

static bool has_read(const struct gsi_slot *slot, uint8_t input, struct gsi_stall *stall)
{
    return moves_to(stall, gs_task_next_offset(slot->machine, input)) || !stall->quiet_ms;
}

/* Also behind the ends of transactions, of which there are no messages. Not at every look: just
 * after a start the source may still tell where it stood before. */
static bool has_moved(const struct gs_worker *worker, const struct gsi_slot *slot, uint8_t input,
                      struct gsi_stall *stall)
{
    return has_read(slot, input, stall) ||
           moves_to(stall, gs_source_position(worker->source, input, (int32_t)slot->task));
}

/* ------------------------------------------------------------------ what is done */

static void restart(struct gs_worker *worker, struct gsi_slot *slot, uint8_t input, int64_t end)
{
    struct gsi_stall *stall = &slot->reading[input].stall;
    int64_t now_ms = loop_ms(worker);
    gs_log(GS_LOG_WARN, "worker",
           "%s [%u]: nothing has come for %lld s, though the log goes on to offset %lld and its "
           "leader answers; reading begins anew at offset %lld",
           slot->config.inputs[input].topic, slot->task,
           (long long)(now_ms - stall->quiet_ms) / 1000, (long long)end,
           (long long)gs_task_next_offset(slot->machine, input));
    worker->stalls.restarts++;
    stall->stage = GSI_STALL_RESTARTED;
    stall->stage_ms = now_ms;
    gs_source_stop(worker->source, input, (int32_t)slot->task);
    gsi_worker_unpark(worker, slot, input);
}

static void give_up(struct gs_worker *worker, const struct gsi_slot *slot, uint8_t input,
                    int64_t end)
{
    struct gs_error error;
    gs_fail(&error, GS_E_UNAVAIL,
            "%s [%u]: nothing has come for %lld s, though the log goes on to offset %lld and its "
            "leader answers; to begin anew at offset %lld did not help, so the process ends: start "
            "it again",
            slot->config.inputs[input].topic, slot->task,
            (long long)(loop_ms(worker) - slot->reading[input].stall.quiet_ms) / 1000,
            (long long)end, (long long)gs_task_next_offset(slot->machine, input));
    gsi_worker_fail(worker, &error);
}

/* What was seen before counts from the moment on when nothing fetched was left to take. */
static void judge_behind(struct gs_worker *worker, struct gsi_slot *slot, uint8_t input,
                         int64_t end)
{
    struct gsi_stall *stall = &slot->reading[input].stall;
    int64_t empty_ms = worker->stalls.emptied_ms - stall->stage_ms;
    if (stall->stage == GSI_STALL_NONE) {
        stall->stage = GSI_STALL_BEHIND;
        stall->stage_ms = loop_ms(worker);
    } else if (stall->stage == GSI_STALL_BEHIND && empty_ms >= look_ms(worker)) {
        restart(worker, slot, input, end);
    } else if (stall->stage == GSI_STALL_RESTARTED && empty_ms >= worker->config.stall_ms) {
        give_up(worker, slot, input, end);
    }
}

static void judge(struct gs_worker *worker, struct gsi_slot *slot, uint8_t input,
                  const struct gs_kafka_position *end)
{
    struct gsi_stall *stall = &slot->reading[input].stall;
    if (!stall->asked || !is_watched(worker, slot, input))
        return;
    stall->asked = false;
    if (has_moved(worker, slot, input, stall) || end->status != GS_OK || end->offset < 0)
        begin_quiet(stall, loop_ms(worker));
    else if (end->offset <= stall->reached)
        stall->stage = GSI_STALL_NONE;
    else
        judge_behind(worker, slot, input, end->offset);
}

/* ------------------------------------------------------------------ question and answer */

static void on_ends(void *user, const struct gs_kafka_position *positions, size_t count,
                    const struct gs_error *error)
{
    struct gsi_question *question = user;
    struct gs_worker *worker = question->worker;
    (void)error; /* each position has its own */
    gsi_worker_close_question(question);
    worker->stalls.open = false;
    worker->stalls.looked_ms = loop_ms(worker);
    worker->ready = true;
    gsi_worker_turn(worker); /* what has come is taken before it is missed */
    for (size_t p = 0; p < count; p++) {
        struct gsi_slot *slot = worker->slots[positions[p].partition];
        for (uint8_t i = 0; slot && i < slot->config.input_count; i++)
            if (strcmp(slot->config.inputs[i].topic, positions[p].topic) == 0)
                judge(worker, slot, i, &positions[p]);
    }
}

static bool is_due(const struct gs_worker *worker, const struct gsi_stall *stall, int64_t now_ms)
{
    int64_t stall_ms = worker->config.stall_ms;
    return stall->stage != GSI_STALL_NONE ||
           (now_ms - stall->quiet_ms >= stall_ms && now_ms - stall->asked_ms >= stall_ms);
}

static struct gs_kafka_position ask_about(struct gsi_slot *slot, uint8_t input, int64_t now_ms)
{
    struct gsi_stall *stall = &slot->reading[input].stall;
    stall->asked = true;
    stall->asked_ms = now_ms;
    return (struct gs_kafka_position){.topic = slot->config.inputs[input].topic,
                                      .partition = (int32_t)slot->task,
                                      .time_ms = GS_KAFKA_LATEST};
}

static bool is_silent(const struct gs_worker *worker, const struct gsi_slot *slot, uint8_t input,
                      struct gsi_stall *stall)
{
    return is_watched(worker, slot, input) && !has_read(slot, input, stall);
}

/* Adds those of the slot's inputs that are to be asked about; returns how many. */
static size_t look_at(struct gs_worker *worker, struct gsi_slot *slot, int64_t now_ms,
                      struct gs_kafka_position *positions)
{
    size_t count = 0;
    for (uint8_t i = 0; i < slot->config.input_count; i++) {
        struct gsi_stall *stall = &slot->reading[i].stall;
        if (!is_silent(worker, slot, i, stall))
            begin_quiet(stall, now_ms);
        else if (!is_due(worker, stall, now_ms))
            continue;
        else if (has_moved(worker, slot, i, stall))
            begin_quiet(stall, now_ms);
        else
            positions[count++] = ask_about(slot, i, now_ms);
    }
    return count;
}

void gsi_stall_look(struct gs_worker *worker, int64_t now_ms)
{
    if (worker->stalls.open || worker->failed ||
        now_ms - worker->stalls.looked_ms < look_ms(worker))
        return;
    size_t most = (size_t)worker->slot_count * worker->config.task.input_count;
    struct gs_kafka_position *positions = gs_calloc(most + 1, sizeof *positions);
    size_t count = 0;
    worker->stalls.looked_ms = now_ms;
    for (uint32_t t = 0; t < worker->config.task.partition_count; t++)
        if (worker->slots[t])
            count += look_at(worker, worker->slots[t], now_ms, positions + count);
    if (count) {
        struct gsi_question *question = gsi_worker_open_question(worker, 0, 0);
        question->timeout_ms = GS_MIN(worker->config.stall_ms, (int64_t)GSI_QUESTION_MS);
        worker->stalls.open = gsi_worker_ask(worker, question, positions, count, on_ends);
    }
    gs_free(positions);
}
