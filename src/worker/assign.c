/* assign.c -- a task's way in, as far as the question where its logs begin and end; and its way
 * out. */
#include "internal.h"

#include <stdio.h>

enum { SLACK_MS = 300000 };

struct gsi_slot *gsi_worker_slot(struct gs_worker *worker, uint64_t tag)
{
    struct gsi_slot *slot = worker->slots[tag & 0xffff];
    return slot && slot->tag == tag ? slot : NULL;
}

static void stop_reading(struct gs_worker *worker, const struct gsi_slot *slot)
{
    for (uint8_t i = 0; i < worker->config.task.input_count; i++)
        gs_source_stop(worker->source, i, (int32_t)slot->task);
    if (worker->config.checkpoint_topic)
        gs_source_stop(worker->source, gsi_restore_input(worker), (int32_t)slot->task);
}

/* What it did stays in the worker's sums. */
static void keep_sums(struct gs_worker *worker, const struct gsi_slot *slot)
{
    struct gs_task_stats stats;
    if (!slot->machine)
        return;
    gs_task_stats(slot->machine, &stats);
    gsi_worker_add_sums(&worker->gone, &stats, slot->config.input_count);
    gsi_worker_add_cuts(&worker->gone, slot->machine);
}

void gsi_worker_detach(struct gs_worker *worker, struct gsi_slot *slot)
{
    stop_reading(worker, slot);
    worker->slots[slot->task] = NULL;
    worker->slot_count--;
}

void gsi_worker_destroy_slot(struct gs_worker *worker, struct gsi_slot *slot)
{
    keep_sums(worker, slot);
    gs_task_destroy(slot->machine);
    gs_restore_destroy(slot->restore);
    gs_free(slot);
}

void gsi_worker_drop(struct gs_worker *worker, struct gsi_slot *slot)
{
    gsi_worker_detach(worker, slot);
    gsi_worker_destroy_slot(worker, slot);
}

/* ------------------------------------------------------------------ questions */

struct gsi_question *gsi_worker_open_question(struct gs_worker *worker, uint64_t tag, uint32_t kind)
{
    struct gsi_question *question = gs_calloc(1, sizeof *question);
    question->worker = worker;
    question->tag = tag;
    question->kind = kind;
    question->timeout_ms = GSI_QUESTION_MS;
    question->asked_wall_ms = gsi_worker_wall_ms();
    question->next = worker->questions;
    worker->questions = question;
    return question;
}

void gsi_worker_close_question(struct gsi_question *question)
{
    struct gsi_question **at = &question->worker->questions;
    while (*at != question)
        at = &(*at)->next;
    *at = question->next;
    gs_free(question);
}

bool gsi_worker_ask(struct gs_worker *worker, struct gsi_question *question,
                    const struct gs_kafka_position *positions, size_t count,
                    gs_kafka_offsets_fn *answer)
{
    struct gs_error error;
    struct gs_kafka_question asked = {positions, count, question->timeout_ms, answer, question};
    enum gs_status status = gs_source_ask(worker->source, &asked, &error);
    if (status == GS_OK)
        return true;
    if (status != GS_E_TEMP) /* many tasks at once: the rest is asked a second later */
        gs_log(GS_LOG_WARN, "worker", "offsets cannot be asked for: %s", error.message);
    gsi_worker_close_question(question);
    return false;
}

/* ------------------------------------------------------------------ the profiles' ends */

static void on_profiles_ends(void *user, const struct gs_kafka_position *positions, size_t count,
                             const struct gs_error *error)
{
    struct gsi_question *question = user;
    struct gs_worker *worker = question->worker;
    if (error)
        gs_log(GS_LOG_WARN, "worker", "the ends of the profiles are not known: %s", error->message);
    for (size_t i = 0; i < count; i++) {
        struct gsi_slot *slot = worker->slots[positions[i].partition];
        if (positions[i].status != GS_OK || positions[i].offset < 0 || !slot || !slot->machine)
            continue;
        gs_task_profiles_end(slot->machine, question->asked_wall_ms, positions[i].offset);
        slot->wake = true;
    }
    worker->profiles_open = false;
    gsi_worker_close_question(question);
}

void gsi_worker_ask_profiles(struct gs_worker *worker, int64_t now_ms)
{
    const struct gs_input_config *profiles = &worker->config.task.inputs[0];
    if (!profiles->profiles || worker->profiles_open || now_ms - worker->profiles_ms < 1000)
        return;
    struct gs_kafka_position *positions = gs_calloc(worker->slot_count + 1, sizeof *positions);
    size_t count = 0;
    for (uint32_t t = 0; t < worker->config.task.partition_count; t++)
        if (worker->slots[t] && worker->slots[t]->machine)
            positions[count++] = (struct gs_kafka_position){
                .topic = profiles->topic, .partition = (int32_t)t, .time_ms = GS_KAFKA_LATEST};
    if (count) {
        worker->profiles_ms = now_ms;
        worker->profiles_open = gsi_worker_ask(worker, gsi_worker_open_question(worker, 0, 0),
                                               positions, count, on_profiles_ends);
    }
    gs_free(positions);
}

/* ------------------------------------------------------------------ where its logs begin and end
 */

static void ask_offsets(struct gs_worker *worker, struct gsi_slot *slot, enum gsi_round round);

static void keep_answer(struct gs_worker *worker, struct gsi_slot *slot, uint32_t kind,
                        const struct gs_kafka_position *positions, size_t count)
{
    if (slot->round == GSI_ROUND_LOG) {
        GS_ASSERT(count == 1);
        slot->asked_log[kind] = positions[0];
    } else {
        GS_ASSERT(count == slot->config.input_count);
        memcpy(slot->asked[kind], positions, count * sizeof *positions);
    }
    slot->answers |= 1u << kind;
    if (slot->answers != (1u << GSI_ASK_COUNT) - 1 || slot->retry_ms != INT64_MAX)
        return;
    if (slot->round == GSI_ROUND_LOG)
        ask_offsets(worker, slot, GSI_ROUND_INPUTS);
    else
        gsi_worker_begin(worker, slot);
}

static void on_offsets(void *user, const struct gs_kafka_position *positions, size_t count,
                       const struct gs_error *error)
{
    struct gsi_question *question = user;
    struct gs_worker *worker = question->worker;
    struct gsi_slot *slot = gsi_worker_slot(worker, question->tag);
    uint32_t kind = question->kind;
    enum gsi_round round = question->round;
    gsi_worker_close_question(question);
    if (!slot || slot->phase != GSI_ASKING || slot->round != round)
        return;
    if (!error) {
        keep_answer(worker, slot, kind, positions, count);
        return;
    }
    if (slot->retry_ms == INT64_MAX) /* the first of several questions that failed */
        gs_log(GS_LOG_WARN, "worker",
               "task %u cannot start yet, its offsets are not known: %s; they are asked for again",
               slot->task, error->message);
    slot->answers = 0;
    slot->retry_ms = gsi_worker_now_ms() + GSI_RETRY_MS;
}

/* Of the log of checkpoints two cycles are of interest, and what the last one took. */
static int64_t time_of(const struct gs_worker *worker, uint32_t kind, enum gsi_round round)
{
    const struct gs_task_config *task = &worker->config.task;
    int64_t back_ms = round == GSI_ROUND_LOG ? 2 * worker->config.checkpoint_cycle_ms + SLACK_MS
                                             : task->windows[task->window_count - 1].window_ms;
    if (kind == GSI_ASK_EARLIEST)
        return GS_KAFKA_EARLIEST;
    if (kind == GSI_ASK_LATEST)
        return GS_KAFKA_LATEST;
    return GS_MAX(gsi_worker_wall_ms() - back_ms, 0);
}

static void ask_offsets(struct gs_worker *worker, struct gsi_slot *slot, enum gsi_round round)
{
    struct gs_kafka_position positions[GS_INPUTS_MAX];
    uint8_t count = round == GSI_ROUND_LOG ? 1 : worker->config.task.input_count;
    slot->round = round;
    slot->answers = 0;
    slot->retry_ms = INT64_MAX;
    for (uint32_t kind = 0; kind < GSI_ASK_COUNT; kind++) {
        for (uint8_t i = 0; i < count; i++)
            positions[i] = (struct gs_kafka_position){
                .topic = round == GSI_ROUND_LOG ? worker->config.checkpoint_topic
                                                : worker->config.task.inputs[i].topic,
                .partition = (int32_t)slot->task,
                .time_ms = time_of(worker, kind, round)};
        struct gsi_question *question = gsi_worker_open_question(worker, slot->tag, kind);
        question->round = round;
        if (!gsi_worker_ask(worker, question, positions, count, on_offsets)) {
            slot->retry_ms = gsi_worker_now_ms() + GSI_RETRY_MS;
            return;
        }
    }
}

static void ask_first(struct gs_worker *worker, struct gsi_slot *slot)
{
    ask_offsets(worker, slot, worker->config.checkpoint_topic ? GSI_ROUND_LOG : GSI_ROUND_INPUTS);
}

/* ------------------------------------------------------------------ in and out */

static void random_bytes(void *bytes, size_t count)
{
    int code = uv_random(NULL, NULL, bytes, count, 0, NULL);
    GS_ASSERT(code == 0);
}

static void choose_incarnation(struct gsi_slot *slot, int32_t generation)
{
    uint8_t random[GS_TOKEN_BYTES / 2];
    slot->config.generation = generation;
    random_bytes(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(slot->config.incarnation + 2 * i, 3, "%02x", random[i]);
}

static void fill_config(struct gs_worker *worker, struct gsi_slot *slot)
{
    slot->config = worker->config.task;
    slot->config.task = slot->task;
    slot->config.takeover = worker->config.takeover;
    slot->config.idle_advance = !worker->config.until_end;
    random_bytes(&slot->config.random_seed, sizeof slot->config.random_seed);
}

static struct gsi_slot *make_slot(struct gs_worker *worker, uint32_t task)
{
    struct gsi_slot *slot = gs_calloc(1, sizeof *slot);
    slot->task = task;
    slot->tag = ++worker->tags << 16 | task;
    fill_config(worker, slot);
    slot->cuts.position = -1;
    for (uint8_t i = 0; i < slot->config.input_count; i++)
        slot->reading[i] =
            (struct gsi_reading){.leader_epoch = -1, .restored_at = -1, .gap_at = -1};
    return slot;
}

void gsi_worker_assign(struct gs_worker *worker, uint32_t task, int32_t generation)
{
    GS_ASSERT(task < worker->config.task.partition_count);
    if (worker->slots[task])
        gsi_worker_drop(worker, worker->slots[task]);
    struct gsi_slot *slot = gsi_worker_take_kept(worker, task);
    if (!slot)
        slot = make_slot(worker, task);
    choose_incarnation(slot, generation);
    worker->slots[task] = slot;
    worker->slot_count++;
    worker->done_sent = false;
    if (slot->machine)
        gsi_worker_begin_kept(worker, slot);
    else
        ask_first(worker, slot);
}

/* Reading stops: what is folded now is what the last flush writes. */
void gsi_worker_revoke(struct gs_worker *worker, struct gsi_slot *slot, int64_t limit_ms)
{
    if (slot->phase == GSI_REVOKING)
        return;
    stop_reading(worker, slot);
    slot->phase = GSI_REVOKING;
    slot->deadline_ms = gsi_worker_now_ms() + limit_ms;
    slot->wake = true;
    gsi_cuts_last(worker, slot);
}

/* Also if nothing can be written any more: reading has stopped, so a task that is held stays so. */
static bool writing_is_over(const struct gs_worker *worker, const struct gsi_slot *slot)
{
    enum gs_task_state state = gs_task_state(slot->machine);
    return !worker->connected || gs_task_flushed(slot->machine) || state == GS_TASK_HELD ||
           state == GS_TASK_REFUSED || state == GS_TASK_DROPPED;
}

static bool revocation_is_over(const struct gs_worker *worker, const struct gsi_slot *slot,
                               int64_t now_ms)
{
    return !slot->machine || now_ms >= slot->deadline_ms ||
           (writing_is_over(worker, slot) && gsi_cuts_last_is_over(worker, slot));
}

/* A task that is refused has no next owner here: another deployment has the prefix. */
static void say_unwritten(const struct gs_worker *worker, const struct gsi_slot *slot)
{
    enum gs_task_state state = gs_task_state(slot->machine);
    const char *why = "the time was up";
    if (!worker->connected)
        why = worker->redis_error;
    else if (state == GS_TASK_REFUSED)
        why = "it was refused in Redis";
    else if (state == GS_TASK_HELD)
        why = "what Redis holds comes from further on than it has read";
    gs_log(GS_LOG_WARN, "worker", "task %u leaves with changes that are not written (%s)%s",
           slot->task, why, state == GS_TASK_REFUSED ? "" : "; its next owner writes them");
}

void gsi_worker_tend(struct gs_worker *worker, struct gsi_slot *slot, int64_t now_ms)
{
    if (slot->phase == GSI_ASKING && now_ms >= slot->retry_ms) {
        ask_first(worker, slot);
    } else if (slot->phase == GSI_REVOKING && revocation_is_over(worker, slot, now_ms)) {
        uint32_t task = slot->task;
        if (slot->machine && !gs_task_flushed(slot->machine))
            say_unwritten(worker, slot);
        if (slot->machine && !gsi_cuts_last_is_over(worker, slot))
            gs_log(GS_LOG_WARN, "worker",
                   "task %u leaves without a last checkpoint, which %s did not acknowledge in "
                   "time; its next owner reads again from the one before",
                   task, worker->config.checkpoint_topic);
        gsi_worker_lay_by(worker, slot);
        gsi_worker_emit(worker, GS_WORKER_REVOKED, task);
    }
}

/* ------------------------------------------------------------------ parking */

void gsi_worker_park(struct gs_worker *worker, struct gsi_slot *slot, uint8_t input,
                     enum gsi_park park)
{
    gs_source_stop(worker->source, input, (int32_t)slot->task);
    slot->reading[input].park = park;
    slot->reading[input].stall = (struct gsi_stall){0};
}

void gsi_worker_unpark(struct gs_worker *worker, struct gsi_slot *slot, uint8_t input)
{
    struct gs_error error;
    struct gs_source_position position = {.input = input,
                                          .partition = (int32_t)slot->task,
                                          .offset = gs_task_next_offset(slot->machine, input),
                                          .leader_epoch = -1};
    if (position.offset == slot->reading[input].gap_at)
        position.offset = slot->reading[input].gap_to;
    else if (slot->reading[input].to_check)
        position.offset--; /* nothing has come yet since it was put where a checkpoint stood */
    slot->reading[input].park = GSI_PARK_NONE;
    if (slot->phase != GSI_RUNNING)
        return;
    if (gs_source_start(worker->source, &position, 1, &error) != GS_OK)
        gsi_worker_fail(worker, &error);
}

void gsi_worker_stop_input(struct gs_worker *worker, struct gsi_slot *slot, uint8_t input,
                           enum gsi_park park)
{
    struct gs_error error;
    char text[300];
    gsi_worker_park(worker, slot, input, park);
    if (!worker->config.until_end && !worker->config.discard)
        return;
    gs_fail(&error, GS_E_DATA, "the end of the logs cannot be reached: %s; the log says more",
            gsi_park_text(worker, slot, input, text, sizeof text));
    gsi_worker_fail(worker, &error);
}
