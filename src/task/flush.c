/* flush.c -- writing to Redis, which may lose what it acknowledged, at any moment and silently.
 *
 * Redis is a projection; memory is the truth. A guard per task stands beside the cells and carries a
 * token that changes with every write. A write names the token that it expects to find:
 *
 *   WAITING ─connected─► TAKING ─taken─► HELD ─V >= guard.at─► LIVE ──┐
 *      ▲                   ▲  ▲            └──────────────────►       │ writes
 *      │                   │  └─proved─ PROVE ◄──FENCED───────────────┤
 *      └──disconnected──── │ ◄────────EMPTY, REGRESSED────────────────┘
 *
 * Found another token: Redis went back behind our back (failover, restart, wipe), so a takeover asks
 * where it stands, and what it may lack is dirty again. Found another owner: another process thinks
 * that it owns the task, and only the group can say who does. */
#include "internal.h"

#include <stdio.h>

enum {
    FORCED_MAX = 3,           /* forced takeovers per FORCED_WINDOW_MS before we give up */
    FORCED_WINDOW_MS = 60000,
    HOLD_MS = 30000,          /* without progress: then freshness goes before order */
    PROOF_RETRY_MS = 1000
};

/* splitmix64 (Steele, Lea, Flood 2014); two draws make a token that was never used before. */
static uint64_t next_random(struct gsi_flush *flush)
{
    uint64_t x = flush->random += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

static void make_token(struct gsi_flush *flush, char token[GS_TOKEN_BYTES + 1])
{
    uint64_t high = next_random(flush);
    snprintf(token, GS_TOKEN_BYTES + 1, "%016llx%016llx", (unsigned long long)high,
             (unsigned long long)next_random(flush));
}

void gsi_flush_init(struct gs_task *task)
{
    task->flush.state = GS_TASK_WAITING;
    task->flush.random = task->config.random_seed;
}

/* ------------------------------------------------------------------ connection */

static void give_up(struct gsi_flush *flush, enum gs_task_state state, enum gs_status status)
{
    flush->state = state;
    flush->reason_status = status;
}

static bool is_over(const struct gsi_flush *flush)
{
    return flush->state == GS_TASK_REFUSED || flush->state == GS_TASK_DROPPED;
}

static void ask_takeover(struct gsi_flush *flush)
{
    flush->need_take = true;
    flush->state = GS_TASK_TAKING;
}

void gs_task_connected(struct gs_task *task, int64_t now_ms)
{
    struct gsi_flush *flush = &task->flush;
    (void)now_ms;
    flush->connected = true;
    if (!is_over(flush))
        ask_takeover(flush);
}

static void know(struct gsi_flush *flush, const char *token)
{
    if (flush->known_count < GSI_KNOWN_MAX)
        memcpy(flush->known[flush->known_count++], token, GS_TOKEN_BYTES + 1);
}

/* The cells of a failed batch are dirty again, so its token is one after which nothing is lost,
 * should it turn out that the batch was applied. */
static void fail_flight(struct gs_task *task, struct gsi_flight *flight, int64_t now_ms)
{
    for (uint32_t i = 0; i < flight->count; i++)
        gs_window_failed(task->window, flight->refs[i], now_ms);
    know(&task->flush, flight->token);
    flight->used = false;
}

void gs_task_disconnected(struct gs_task *task, int64_t now_ms)
{
    struct gsi_flush *flush = &task->flush;
    for (int f = 0; f < GS_TASK_IN_FLIGHT; f++)
        if (flush->flight[f].used)
            fail_flight(task, &flush->flight[f], now_ms);
    flush->connected = false;
    flush->answer_due = false;
    flush->need_take = false;
    flush->need_prove = false;
    if (!is_over(flush))
        flush->state = GS_TASK_WAITING;
}

/* ------------------------------------------------------------------ takeover and proof */

static bool is_known(const struct gsi_flush *flush, const char *token)
{
    for (uint32_t i = 0; i < flush->known_count; i++)
        if (strcmp(flush->known[i], token) == 0)
            return true;
    return false;
}

static bool behind(const struct gs_task *task)
{
    for (uint8_t i = 0; i < task->config.input_count; i++)
        if (task->input[i].next < task->flush.hold_at[i])
            return true;
    return false;
}

static void go_live(struct gs_task *task, int64_t now_ms)
{
    struct gsi_flush *flush = &task->flush;
    flush->state = GS_TASK_LIVE;
    if (flush->mark_all)
        gs_window_mark_all(task->window, now_ms, flush->mark_empty);
    flush->mark_all = false;
    flush->mark_empty = false;
}

/* Readers must not see time go back: nothing is written before everything that the guard says is
 * shown has been read again, and as_of goes on from the guard's. */
static void start_hold(struct gs_task *task, const struct gs_guard *before, int64_t now_ms)
{
    struct gsi_flush *flush = &task->flush;
    bool comparable = before->present && before->at_count == task->config.input_count;
    for (uint8_t i = 0; i < task->config.input_count; i++)
        flush->hold_at[i] = comparable ? before->at[i] : 0;
    flush->hold_as_of_ms = comparable ? before->as_of_ms : GS_NULL_INT;
    flush->hold_progress_ms = now_ms;
    flush->hold_progress = -1;
    flush->state = GS_TASK_HELD;
    gsi_flush_tick(task, now_ms);
}

static void end_hold_early(struct gs_task *task, const char *why, int64_t now_ms)
{
    struct gsi_flush *flush = &task->flush;
    snprintf(flush->reason, sizeof flush->reason,
             "Redis shows task %u at offsets that %s; it is written again from what the logs "
             "hold, so its readers may see time go back once",
             task->config.task, why);
    task->stats.holds_ended_early++;
    go_live(task, now_ms);
}

void gsi_flush_tick(struct gs_task *task, int64_t now_ms)
{
    struct gsi_flush *flush = &task->flush;
    int64_t progress = 0;
    if (flush->state != GS_TASK_HELD)
        return;
    if (!behind(task)) {
        if (flush->hold_as_of_ms != GS_NULL_INT)
            gsi_task_raise(task, flush->hold_as_of_ms);
        go_live(task, now_ms);
        return;
    }
    for (uint8_t i = 0; i < task->config.input_count; i++)
        progress += task->input[i].next;
    if (progress != flush->hold_progress) {
        flush->hold_progress = progress;
        flush->hold_progress_ms = now_ms;
    }
    if (gs_task_at_end(task))
        end_hold_early(task, "lie beyond the ends of the logs", now_ms);
    else if (now_ms - flush->hold_progress_ms > HOLD_MS)
        end_hold_early(task, "were not reached for 30 s", now_ms);
}

static void count_forced(struct gs_task *task, int64_t now_ms)
{
    struct gsi_flush *flush = &task->flush;
    if (now_ms - flush->forced_since_ms > FORCED_WINDOW_MS) {
        flush->forced_since_ms = now_ms;
        flush->forced = 0;
    }
    if (++flush->forced <= FORCED_MAX)
        return;
    snprintf(flush->reason, sizeof flush->reason,
             "task %u was taken away in Redis more than %d times in a minute although the group says "
             "that it is ours: two deployments write under the prefix '%s'; give each its own "
             "redis.prefix",
             task->config.task, FORCED_MAX, task->config.prefix);
    give_up(flush, GS_TASK_REFUSED, GS_E_TEMP);
}

void gs_task_taken(struct gs_task *task, uint32_t id, enum gs_take_result result,
                   const struct gs_guard *before, const char *detail, int64_t now_ms)
{
    struct gsi_flush *flush = &task->flush;
    if (!flush->answer_due || id != flush->answer_id || is_over(flush))
        return; /* an answer from before a disconnect */
    flush->answer_due = false;
    if (result == GS_TAKE_FOREIGN) {
        snprintf(flush->reason, sizeof flush->reason,
                 "prefix '%s' belongs to another deployment: %s; choose another redis.prefix, or "
                 "start once with --takeover if the other one is gone",
                 task->config.prefix, detail);
        give_up(flush, GS_TASK_REFUSED, GS_E_REFUSED);
        return;
    }
    if (result == GS_TAKE_STALE) {
        flush->need_prove = true;
        return;
    }
    task->stats.takeovers++;
    bool lost = !before->present || !is_known(flush, before->token);
    flush->mark_all |= lost;
    flush->mark_empty |= before->present;
    flush->force = false;
    flush->known_count = 0;
    know(flush, flush->take_token);
    memcpy(flush->token, flush->take_token, sizeof flush->token);
    start_hold(task, before, now_ms);
}

void gs_task_proved(struct gs_task *task, uint32_t id, enum gs_proof proof, int64_t now_ms)
{
    struct gsi_flush *flush = &task->flush;
    if (!flush->answer_due || id != flush->answer_id || is_over(flush))
        return;
    flush->answer_due = false;
    if (proof == GS_PROOF_OWNER) {
        flush->force = true;
        ask_takeover(flush);
        count_forced(task, now_ms);
    } else if (proof == GS_PROOF_UNDECIDED) {
        flush->need_prove = true;
        flush->retry_ms = now_ms + PROOF_RETRY_MS;
    } else {
        snprintf(flush->reason, sizeof flush->reason, "task %u belongs to another member now",
                 task->config.task);
        give_up(flush, GS_TASK_DROPPED, GS_E_TEMP);
    }
}

/* ------------------------------------------------------------------ writes */

static bool nothing_left(const struct gs_task *task)
{
    return gs_window_dirty_count(task->window) == 0 && gs_window_waiting(task->window) == 0;
}

static struct gsi_flight *free_flight(struct gsi_flush *flush)
{
    for (int f = 0; f < GS_TASK_IN_FLIGHT; f++)
        if (!flush->flight[f].used)
            return &flush->flight[f];
    return NULL;
}

static bool in_flight(const struct gsi_flush *flush)
{
    for (int f = 0; f < GS_TASK_IN_FLIGHT; f++)
        if (flush->flight[f].used)
            return true;
    return false;
}

static uint32_t start_command(struct gsi_flush *flush, struct gs_command *command,
                              enum gs_command_kind kind)
{
    command->kind = kind;
    command->id = ++flush->next_id;
    command->force = flush->force;
    command->bytes.len = 0;
    command->cell_count = 0;
    return command->id;
}

/* What the command says of where the task stands. */
static void stamp(const struct gs_task *task, struct gs_command *command)
{
    for (uint8_t i = 0; i < task->config.input_count; i++)
        command->at[i] = task->input[i].next;
    command->as_of_ms = task->as_of_ms;
}

static bool build_write(struct gs_task *task, int64_t wall_ms, int64_t now_ms, bool everything,
                        struct gs_command *command)
{
    struct gsi_flush *flush = &task->flush;
    struct gsi_flight *flight = free_flight(flush);
    struct gs_cell_ref ref;
    if (!flight)
        return false;
    start_command(flush, command, GS_COMMAND_WRITE);
    flight->count = 0;
    while (command->cell_count < GS_TASK_WRITE_CELLS && command->bytes.len < GS_TASK_WRITE_BYTES &&
           gs_window_take_due(task->window, now_ms, everything, &ref)) {
        flight->refs[flight->count++] = ref;
        gsi_task_show(task, ref, wall_ms, command);
    }
    if (!flight->count)
        return false;
    stamp(task, command);
    command->seq = flight->seq = ++flush->seq;
    memcpy(command->expect, flush->token, sizeof flush->token);
    make_token(flush, command->token);
    memcpy(flush->token, command->token, sizeof flush->token);
    memcpy(flight->token, command->token, sizeof flight->token);
    flight->used = true;
    flight->id = command->id;
    command->clean = nothing_left(task);
    return true;
}

bool gs_task_next_command(struct gs_task *task, int64_t wall_ms, int64_t now_ms, bool everything,
                          struct gs_command *command)
{
    struct gsi_flush *flush = &task->flush;
    command->kind = GS_COMMAND_NONE;
    if (!flush->connected || is_over(flush) || flush->answer_due)
        return false;
    if (flush->state == GS_TASK_LIVE)
        return build_write(task, wall_ms, now_ms, everything, command);
    if (in_flight(flush) || flush->state == GS_TASK_HELD)
        return false;
    if (flush->need_prove) {
        if (now_ms < flush->retry_ms)
            return false;
        flush->answer_id = start_command(flush, command, GS_COMMAND_PROVE);
        flush->need_prove = false;
    } else if (flush->need_take) {
        flush->answer_id = start_command(flush, command, GS_COMMAND_TAKE);
        make_token(flush, flush->take_token);
        memcpy(command->token, flush->take_token, sizeof command->token);
        flush->need_take = false;
    } else {
        return false;
    }
    stamp(task, command);
    flush->answer_due = true;
    return true;
}

static void write_refused(struct gs_task *task, enum gs_write_result result)
{
    struct gsi_flush *flush = &task->flush;
    task->stats.outcome_empty += result == GS_WRITE_EMPTY;
    task->stats.outcome_regressed += result == GS_WRITE_REGRESSED;
    task->stats.outcome_fenced += result == GS_WRITE_FENCED;
    if (flush->state != GS_TASK_LIVE)
        return; /* the second batch in flight says the same as the first */
    ask_takeover(flush);
    if (result == GS_WRITE_FENCED) {
        flush->need_take = false;
        flush->need_prove = true;
        flush->retry_ms = 0;
    }
}

void gs_task_written(struct gs_task *task, uint32_t id, enum gs_write_result result,
                     uint32_t failed_keys, int64_t now_ms)
{
    struct gsi_flush *flush = &task->flush;
    struct gsi_flight *flight = NULL;
    for (int f = 0; f < GS_TASK_IN_FLIGHT; f++)
        if (flush->flight[f].used && flush->flight[f].id == id)
            flight = &flush->flight[f];
    if (!flight)
        return;
    if (result != GS_WRITE_OK) {
        fail_flight(task, flight, now_ms);
        write_refused(task, result);
        return;
    }
    for (uint32_t i = 0; i < flight->count; i++)
        gs_window_written(task->window, flight->refs[i], flight->seq);
    flight->used = false;
    flush->known_count = 0;
    know(flush, flight->token);
    task->stats.cells_written += flight->count;
    task->stats.failed_keys += failed_keys;
    task->stats.batches++;
}

/* ------------------------------------------------------------------ where it stands */

int64_t gs_task_next_due_ms(const struct gs_task *task)
{
    const struct gsi_flush *flush = &task->flush;
    if (!flush->connected || is_over(flush) || flush->answer_due || flush->state == GS_TASK_HELD)
        return INT64_MAX;
    if (flush->state == GS_TASK_TAKING)
        return in_flight(flush) ? INT64_MAX : flush->need_prove ? flush->retry_ms : 0;
    return gs_window_next_deadline_ms(task->window);
}

enum gs_task_state gs_task_state(const struct gs_task *task)
{
    return task->flush.state;
}

const char *gs_task_reason(const struct gs_task *task)
{
    return task->flush.reason;
}

enum gs_status gs_task_reason_status(const struct gs_task *task)
{
    return task->flush.reason_status;
}

bool gs_task_flushed(const struct gs_task *task)
{
    return task->flush.state == GS_TASK_LIVE && !in_flight(&task->flush) &&
           nothing_left(task);
}
