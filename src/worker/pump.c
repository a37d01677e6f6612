/* pump.c -- the tasks' commands to Redis and to the group, and the answers to them. Once per turn
 * of the loop every task that something happened to is asked what is next. A connection takes
 * GS_REDIS_PENDING_MAX commands; a worker with many tasks sends fewer, and begins with another
 * task each time, so that each has its turn. */
#include "internal.h"

#include <stdio.h>

/* The rest of the connection's places is for notes and for loading the functions. */
enum { IN_FLIGHT_MAX = GS_REDIS_PENDING_MAX - 128 };

/* ------------------------------------------------------------------ commands */

static void prove(struct gs_worker *worker, const struct gsi_slot *slot)
{
    struct gs_worker_event event = {.kind = GS_WORKER_PROVE,
                                    .worker = worker->config.index,
                                    .task = slot->task,
                                    .id = worker->command.id,
                                    .at_count = slot->config.input_count};
    memcpy(event.at, worker->command.at, sizeof event.at);
    worker->on_event(worker->user, &event);
}

/* Of a batch that has an answer a later one takes the place. */
static void note_sent(struct gsi_slot *slot, const struct gs_command *command)
{
    slot->sent[slot->sent_next++ % GS_TASK_IN_FLIGHT] =
        (struct gsi_sent){command->id, gsi_worker_now_us(), command->as_of_ms};
}

/* False: the connection is gone, and disconnected() says so to every task. */
static bool execute(struct gs_worker *worker, struct gsi_slot *slot)
{
    struct gs_sink_owner owner = {slot->tag, &slot->config};
    if (worker->command.kind == GS_COMMAND_PROVE) {
        prove(worker, slot);
        return true;
    }
    if (gs_sink_send(worker->sink, &owner, &worker->command) != GS_OK)
        return false;
    if (worker->command.cell_count)
        note_sent(slot, &worker->command);
    worker->in_flight++;
    return true;
}

static void pump_slot(struct gs_worker *worker, struct gsi_slot *slot, int64_t wall_ms,
                      int64_t now_ms)
{
    bool everything = slot->phase == GSI_REVOKING ||
                      (worker->config.until_end && gsi_worker_at_end(worker, slot));
    if (worker->in_flight >= IN_FLIGHT_MAX) {
        slot->wake = true; /* the next answer is followed by a turn */
        return;
    }
    while (worker->connected &&
           gs_task_next_command(slot->machine, wall_ms, now_ms, everything, &worker->command))
        if (!execute(worker, slot))
            break;
}

/* What the task says of itself is logged once, and may be the end of it or of the process. */
static void heed(struct gs_worker *worker, struct gsi_slot *slot)
{
    const char *reason = gs_task_reason(slot->machine);
    enum gs_task_state state = gs_task_state(slot->machine);
    struct gs_error error;
    if (state == GS_TASK_REFUSED) {
        gs_fail(&error, gs_task_reason_status(slot->machine), "%s", reason);
        gsi_worker_fail(worker, &error);
        return;
    }
    if (strcmp(reason, slot->said) != 0) {
        snprintf(slot->said, sizeof slot->said, "%s", reason);
        if (*reason)
            gs_log(GS_LOG_WARN, "worker", "%s", reason);
    }
    if (state == GS_TASK_DROPPED) {
        uint32_t task = slot->task;
        bool asked_back = slot->phase == GSI_REVOKING;
        gsi_worker_lay_by(worker, slot);
        if (asked_back)
            gsi_worker_emit(worker, GS_WORKER_REVOKED, task);
    }
}

static void on_due(uv_timer_t *timer)
{
    struct gs_worker *worker = timer->data;
    for (uint32_t t = 0; t < worker->config.task.partition_count; t++)
        if (worker->slots[t])
            worker->slots[t]->wake = true;
}

static void set_due(struct gs_worker *worker, int64_t due_ms, int64_t now_ms)
{
    if (due_ms == INT64_MAX) {
        uv_timer_stop(&worker->due);
        return;
    }
    uv_update_time(&worker->loop);
    uv_timer_start(&worker->due, on_due, (uint64_t)GS_MAX(due_ms - now_ms, 1), 0);
}

static void pump_task(struct gs_worker *worker, uint32_t task, int64_t wall_ms, int64_t now_ms)
{
    struct gsi_slot *slot = worker->slots[task];
    slot->wake = false;
    if (slot->machine) {
        pump_slot(worker, slot, wall_ms, now_ms);
        heed(worker, slot);
    }
    if (worker->slots[task])
        gsi_worker_tend(worker, slot, now_ms);
}

void gsi_worker_pump(struct gs_worker *worker)
{
    uint32_t partitions = worker->config.task.partition_count;
    int64_t now_ms = gsi_worker_now_ms();
    int64_t wall_ms = gsi_worker_wall_ms();
    int64_t due_ms = INT64_MAX;
    bool any = false;
    for (uint32_t i = 0; i < partitions; i++) {
        uint32_t t = (worker->pump_first + i) % partitions;
        if (!worker->slots[t] || !worker->slots[t]->wake)
            continue;
        any = true;
        pump_task(worker, t, wall_ms, now_ms);
    }
    if (!any || !worker->connected)
        return;
    worker->pump_first = (worker->pump_first + 1) % partitions;
    for (uint32_t t = 0; t < partitions; t++)
        if (worker->slots[t] && worker->slots[t]->machine)
            due_ms = GS_MIN(due_ms, gs_task_next_due_ms(worker->slots[t]->machine));
    set_due(worker, due_ms, now_ms);
}

/* ------------------------------------------------------------------ answers */

static void say_back(const struct gs_worker *worker, int64_t now_ms)
{
    struct gs_sink_stats stats;
    gs_sink_stats(worker->sink, &stats);
    if (stats.connects > 1)
        gs_log(
            GS_LOG_INFO, "worker",
            "Redis is back after %.1f s: what has changed since, and what it has lost, is written",
            (double)(now_ms - worker->connected_ms) / 1000);
}

static void on_connected(void *user, const struct gs_redis_info *info)
{
    struct gs_worker *worker = user;
    int64_t now_ms = gsi_worker_now_ms();
    say_back(worker, now_ms);
    worker->connected = true;
    worker->connected_ms = now_ms;
    worker->redis_error[0] = 0;
    worker->redis_evicts = info->evicts;
    snprintf(worker->redis_policy, sizeof worker->redis_policy, "%s", info->maxmemory_policy);
    if (info->evicts)
        gs_log(
            GS_LOG_WARN, "worker",
            "Redis may remove keys when it is full (maxmemory-policy %s): cells would vanish; set "
            "maxmemory-policy noeviction",
            info->maxmemory_policy);
    for (uint32_t t = 0; t < worker->config.task.partition_count; t++) {
        struct gsi_slot *slot = worker->slots[t];
        if (!slot || !slot->machine)
            continue;
        gs_task_connected(slot->machine, now_ms);
        slot->wake = true;
    }
}

/* Each further attempt to connect fails in the same way: one line per outage and reason. */
static void say_away(const struct gs_worker *worker, const struct gs_error *error)
{
    if (strncmp(worker->redis_error, error->message, sizeof worker->redis_error - 1) != 0)
        gs_log(GS_LOG_WARN, "worker",
               "%s; consumption goes on, the newest values are written when Redis is back",
               error->message);
}

static void on_disconnected(void *user, const struct gs_error *error)
{
    struct gs_worker *worker = user;
    int64_t now_ms = gsi_worker_now_ms();
    say_away(worker, error);
    if (worker->connected)
        worker->connected_ms = now_ms;
    worker->connected = false;
    worker->in_flight = 0;
    snprintf(worker->redis_error, sizeof worker->redis_error, "%.255s", error->message);
    for (uint32_t t = 0; t < worker->config.task.partition_count; t++) {
        struct gsi_slot *slot = worker->slots[t];
        if (!slot || !slot->machine)
            continue;
        gs_task_disconnected(slot->machine, now_ms);
        slot->wake = true;
    }
}

static void on_taken(void *user, uint64_t tag, uint32_t id, enum gs_take_result result,
                     const struct gs_guard *before)
{
    struct gs_worker *worker = user;
    struct gsi_slot *slot = gsi_worker_slot(worker, tag);
    worker->in_flight--;
    if (!slot || !slot->machine)
        return;
    gs_task_taken(slot->machine, id, result, before, gsi_worker_now_ms());
    slot->wake = true;
}

/* Of two writes in flight both are refused; the first answer says it. */
static void say_guard(const struct gsi_slot *slot, enum gs_write_result result)
{
    if (gs_task_state(slot->machine) == GS_TASK_LIVE)
        gs_log(GS_LOG_WARN, "worker",
               "the guard of task %u %s; it is taken over again and what may be missing is written",
               slot->task,
               result == GS_WRITE_EMPTY       ? "is gone (Redis was emptied, or lost its data)"
               : result == GS_WRITE_REGRESSED ? "went back (a restart or failover of Redis)"
                                              : "has another owner");
}

/* Writes without cells show nothing, so they are not among these. */
static void note_times(struct gs_worker *worker, const struct gsi_slot *slot, uint32_t id)
{
    for (int i = 0; i < GS_TASK_IN_FLIGHT; i++) {
        const struct gsi_sent *sent = &slot->sent[i];
        if (sent->id != id)
            continue;
        GS_ASSERT(sent->as_of_ms != GS_NULL_INT); /* there are no cells before the first record */
        int64_t fresh_ms = GS_MAX(gsi_worker_wall_ms() - sent->as_of_ms, 0);
        gsi_worker_add_time(worker, GS_WORKER_TIME_WRITE, gsi_worker_now_us() - sent->at_us);
        gsi_worker_add_time(worker, GS_WORKER_TIME_FRESH, fresh_ms * 1000);
    }
}

static void on_written(void *user, uint64_t tag, uint32_t id, enum gs_write_result result,
                       uint32_t failed_keys, const char *why)
{
    struct gs_worker *worker = user;
    struct gsi_slot *slot = gsi_worker_slot(worker, tag);
    worker->in_flight--;
    if (!slot || !slot->machine)
        return;
    if (failed_keys)
        gs_log(GS_LOG_ERROR, "worker", "Redis refused %u keys of task %u, the first one: %s",
               failed_keys, slot->task, why ? why : "?");
    if (result == GS_WRITE_OK)
        note_times(worker, slot, id);
    else
        say_guard(slot, result);
    gs_task_written(slot->machine, id, result, failed_keys, gsi_worker_now_ms());
    slot->wake = true;
}

const struct gs_sink_callbacks gsi_sink_callbacks = {.connected = on_connected,
                                                     .disconnected = on_disconnected,
                                                     .taken = on_taken,
                                                     .written = on_written};

bool gsi_worker_proved(struct gs_worker *worker, uint32_t task, uint32_t id, enum gs_proof proof)
{
    struct gsi_slot *slot = worker->slots[task];
    if (!slot || !slot->machine)
        return false;
    gs_task_proved(slot->machine, id, proof, gsi_worker_now_ms());
    slot->wake = true;
    return true;
}
