/* flush.c -- writing to Redis, which may lose what it acknowledged, at any moment and silently.
 *
 * Redis is a projection; memory is the truth. A guard per task stands beside the cells and carries
 * a token that changes with every write. A write names the token that it expects to find:
 *
 *   WAITING ─connected─► TAKING ─taken─► HELD ─V >= guard.at─► LIVE ──┐
 *      ▲                  │ ▲ ▲                                       │ writes
 *      │            STALE │ │ └──────EMPTY, REGRESSED─────────────────┤
 *      │                  ▼ │ proved                                  │
 *      └──disconnected── (a proof is asked for) ◄───FENCED────────────┘
 *
 * Found another token: Redis went back behind our back (failover, restart, wipe), so a takeover
 * asks where it stands, and what it may lack is dirty again (guard.c). Found another owner: another
 * process thinks that it owns the task, and only the group can say who does. */
#include "internal.h"

#include <stdio.h>

enum { QUARANTINE_MS = 60000 };

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

/* ------------------------------------------------------------------ connection */

void gs_task_connected(struct gs_task *task, int64_t now_ms)
{
    struct gsi_flush *flush = &task->flush;
    if (flush->connected)
        gs_task_disconnected(task, now_ms);
    flush->connected = true;
    if (!gsi_flush_is_over(flush))
        gsi_guard_ask(flush);
}

/* Nobody knows whether it was applied, so its cells are dirty again. */
static void fail_flight(struct gs_task *task, struct gsi_flight *flight, int64_t now_ms)
{
    for (uint32_t i = 0; i < flight->count; i++)
        gs_window_failed(task->window, flight->refs[i], now_ms);
    task->flush.clean_wanted |= flight->clean;
    flight->used = false;
}

/* A proof of ownership does not outlive the connection: a new one may have been long in coming. */
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
    flush->force = false;
    if (!gsi_flush_is_over(flush))
        flush->state = GS_TASK_WAITING;
}

/* ------------------------------------------------------------------ writes */

static bool nothing_left(const struct gs_task *task)
{
    return gs_window_dirty_count(task->window) == 0 && gs_window_waiting(task->window) == 0;
}

static uint32_t flights(const struct gsi_flush *flush)
{
    uint32_t used = 0;
    for (int f = 0; f < GS_TASK_IN_FLIGHT; f++)
        used += flush->flight[f].used;
    return used;
}

static struct gsi_flight *free_flight(struct gsi_flush *flush)
{
    for (int f = 0; f < GS_TASK_IN_FLIGHT; f++)
        if (!flush->flight[f].used)
            return &flush->flight[f];
    return NULL;
}

/* 0 stands for "never written". */
static uint32_t next_seq(struct gsi_flush *flush)
{
    flush->seq += flush->seq == UINT32_MAX ? 2 : 1;
    return flush->seq;
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

/* What the next cells will show. */
static void fetch_due(const struct gs_task *task, bool everything)
{
    uint32_t influencers[GS_WINDOW_FETCHED_MAX];
    uint32_t count = gs_window_fetch_due(task->window, everything, influencers);
    for (int step = 0; step < GS_PROFILES_FETCH_STEPS; step++)
        for (uint32_t i = 0; i < count; i++)
            gs_profiles_fetch(task->profiles, influencers[i], step);
}

/* Takes cells while they fit. One that does not goes back and is the first of the next batch. */
static void add_cells(struct gs_task *task, struct gsi_flight *flight, int64_t wall_ms,
                      bool everything, struct gs_command *command)
{
    struct gs_cell_ref ref;
    int64_t now_ms = task->now_ms;
    flight->count = 0;
    gsi_task_show_begin(task);
    while (command->cell_count < GS_TASK_WRITE_CELLS && command->bytes.len < GS_TASK_WRITE_BYTES &&
           gs_window_take_due(task->window, now_ms, everything, &ref)) {
        if (command->cell_count % GS_WINDOW_FETCHED_MAX == 0)
            fetch_due(task, everything);
        size_t before = command->bytes.len;
        gsi_task_show(task, ref, wall_ms, command);
        if (flight->count && command->bytes.len > GS_TASK_WRITE_BYTES) {
            gs_window_failed(task->window, ref, now_ms);
            command->bytes.len = before;
            command->cell_count--;
            return;
        }
        flight->refs[flight->count++] = ref;
    }
}

/* What this batch, the only one without an answer, leaves clean: one before it may still turn out
 * to have refused keys. */
static bool leaves_all_clean(const struct gs_task *task)
{
    return nothing_left(task) && !task->flush.quarantine && !flights(&task->flush);
}

static bool is_behind(const struct gs_task *task)
{
    for (uint8_t i = 0; i < task->config.input_count; i++)
        if (task->flush.clean_at[i] != task->input[i].next)
            return true;
    return false;
}

/* The next owner begins where a checkpoint stands or where reading ended. If the guard says that
 * all of that is in Redis, it does not write it again; where the last batch could not say so, or
 * there was nothing to write since, a batch without cells says it. One for every checkpoint. */
static bool owes_clean(const struct gs_task *task, bool everything)
{
    bool wanted = task->flush.clean_wanted || (everything && is_behind(task));
    return wanted && leaves_all_clean(task);
}

static enum gs_guard_clean next_clean(struct gs_task *task, struct gsi_flight *flight)
{
    struct gsi_flush *flush = &task->flush;
    flight->clean = leaves_all_clean(task) || GS_ABLATED(CLEAN_TRUSTED);
    if (!flight->clean)
        return flush->drop_clean ? GS_GUARD_CLEAN_DROP : GS_GUARD_CLEAN_KEEP;
    flush->clean_wanted = flush->drop_clean = false;
    return GS_GUARD_CLEAN_SET;
}

static bool build_write(struct gs_task *task, int64_t wall_ms, bool everything,
                        struct gs_command *command)
{
    struct gsi_flush *flush = &task->flush;
    struct gsi_flight *flight = free_flight(flush);
    if (!flight)
        return false;
    start_command(flush, command, GS_COMMAND_WRITE);
    add_cells(task, flight, wall_ms, everything, command);
    if (!flight->count && !owes_clean(task, everything)) {
        command->kind = GS_COMMAND_NONE;
        return false;
    }
    stamp(task, command);
    memcpy(flight->at, command->at, sizeof flight->at);
    command->seq = flight->seq = next_seq(flush);
    memcpy(command->expect, flush->token, sizeof flush->token);
    if (!GS_ABLATED(TOKEN_REUSED))
        make_token(flush, command->token);
    else
        memcpy(command->token, flush->token, sizeof command->token);
    memcpy(flush->token, command->token, sizeof flush->token);
    gsi_guard_know(flush, command->token, command->seq);
    command->clean = next_clean(task, flight);
    command->meaning = task->shown;
    for (uint8_t i = 0; i < task->config.window_count; i++)
        command->refreshed_ms[i] = task->now_ms - gs_window_refreshed_ms(task->window, i);
    flight->used = true;
    flight->id = command->id;
    return true;
}

bool gs_task_next_command(struct gs_task *task, int64_t wall_ms, int64_t now_ms, bool everything,
                          struct gs_command *command)
{
    struct gsi_flush *flush = &task->flush;
    command->kind = GS_COMMAND_NONE;
    task->now_ms = GS_MAX(task->now_ms, now_ms);
    if (!flush->connected || gsi_flush_is_over(flush) || flush->answer_due)
        return false;
    if (flush->state == GS_TASK_LIVE) {
        gsi_guard_wake(task, now_ms);
        return build_write(task, wall_ms, everything, command);
    }
    if (flights(flush) || flush->state == GS_TASK_HELD)
        return false;
    if (flush->need_prove) {
        if (now_ms < flush->retry_ms)
            return false;
        flush->answer_id = start_command(flush, command, GS_COMMAND_PROVE);
        flush->need_prove = false;
    } else if (flush->need_take) {
        flush->answer_id = start_command(flush, command, GS_COMMAND_TAKE);
        make_token(flush, flush->take_token);
        flush->asked_ms = now_ms;
        memcpy(command->token, flush->take_token, sizeof command->token);
        if (GS_ABLATED(TAKE_KNOWN))
            gsi_guard_know(flush, flush->take_token, flush->seq);
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
    gsi_guard_ask(flush);
    if (result == GS_WRITE_FENCED) {
        flush->need_take = false;
        flush->need_prove = true;
        flush->retry_ms = 0;
    }
}

/* Nobody knows which keys it was. */
static void quarantine(struct gsi_flush *flush, const struct gsi_flight *flight, int64_t now_ms)
{
    flush->clean_wanted |= flight->clean;
    if (flush->quarantine)
        return;
    flush->quarantine = true;
    flush->quarantine_seq = flight->seq;
    flush->quarantine_ms = now_ms + QUARANTINE_MS;
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
    if (failed_keys)
        quarantine(flush, flight, now_ms);
    else if (flight->clean)
        memcpy(flush->clean_at, flight->at, sizeof flush->clean_at);
    task->stats.confirmations += !flight->count;
    task->stats.cells_written += flight->count;
    task->stats.failed_keys += failed_keys;
    task->stats.batches++;
}

/* ------------------------------------------------------------------ where it stands */

int64_t gs_task_next_due_ms(const struct gs_task *task)
{
    const struct gsi_flush *flush = &task->flush;
    if (!flush->connected || gsi_flush_is_over(flush) || flush->answer_due ||
        flush->state == GS_TASK_HELD)
        return INT64_MAX;
    if (flush->state == GS_TASK_TAKING)
        return flights(flush) ? INT64_MAX : flush->need_prove ? flush->retry_ms : 0;
    if (flights(flush) == GS_TASK_IN_FLIGHT)
        return INT64_MAX; /* an answer comes first */
    if (flush->state == GS_TASK_LIVE && owes_clean(task, false))
        return 0;
    return gs_window_next_deadline_ms(task->window);
}

bool gs_task_flushed(const struct gs_task *task)
{
    const struct gsi_flush *flush = &task->flush;
    bool told = flush->quarantine || !(flush->clean_wanted || is_behind(task));
    return flush->state == GS_TASK_LIVE && !flights(flush) && nothing_left(task) && told;
}

/* What was refused may be taken now; if it is not, it is quarantined again. It was written with the
 * batch that was refused or with a later one. */
static void end_quarantine(struct gs_task *task)
{
    task->flush.quarantine = false;
    task->stats.quarantines++;
    gsi_guard_mark_later(task, task->flush.quarantine_seq - 1);
}

/* Every live cell is written again within a third of its expiry, so that what was deleted behind
 * our back comes again and nothing expires that is still shown. */
void gsi_flush_tick(struct gs_task *task, int64_t now_ms)
{
    enum { PERIODS_PER_EXPIRY = 6 }; /* a pass may take two periods while entities multiply */
    if (task->flush.state != GS_TASK_LIVE)
        return;
    gsi_guard_wake(task, now_ms);
    if (task->flush.quarantine && now_ms >= task->flush.quarantine_ms)
        end_quarantine(task);
    for (uint8_t i = 0; i < task->config.window_count; i++) {
        int64_t expiry_ms = gs_cell_expiry_ms(task->config.windows[i].window_ms);
        gs_window_refresh(task->window, i, expiry_ms / PERIODS_PER_EXPIRY, now_ms);
    }
}
