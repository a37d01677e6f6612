/* guard.c -- who may write, and what Redis may lack.
 *
 * A guard per task stands in Redis beside the cells and carries a token that changes with every
 * batch. What stands there before a takeover says how far Redis can be trusted:
 *
 *   token        what may be missing               written again once live
 *   one of ours  batches sent after that token     cells whose last write was one of them
 *   unknown      anything                          all cells, the empty ones too
 *     and clean  what was read since we began      what was touched by it
 *   no guard     everything                        all cells that hold something
 *
 * A cell whose last write is older than a known token is in Redis as it was written: batches apply
 * one upon the other or not at all. One that is dirty is written again anyway.
 * Clean: a new owner finds that all was in Redis at offsets and a clock that are not before its
 * own. Why that is enough stands in README.md. */
#include "internal.h"

#include <stdio.h>

enum {
    FORCED_WINDOW_MS = 60000,
    HOLD_MS = 30000, /* without coming nearer: then freshness goes before order */
    PROOF_RETRY_MS = 1000,
    AGES_PER_EXPIRY = 4 /* a guard that nobody has written for longer is not believed */
};

void gsi_guard_init(struct gs_task *task)
{
    struct gsi_flush *flush = &task->flush;
    flush->state = GS_TASK_WAITING;
    flush->random = task->config.random_seed;
    flush->live_ms = INT64_MAX / 2; /* never */
    for (int i = 0; i < GSI_FORCED_MAX; i++)
        flush->forced_ms[i] = INT64_MIN / 2;
    for (int i = 0; i < GS_INPUTS_MAX; i++)
        flush->clean_at[i] = -1;
    gsi_guard_begin(task);
}

void gsi_guard_begin(struct gs_task *task)
{
    struct gsi_flush *flush = &task->flush;
    flush->fresh = true;
    for (uint8_t i = 0; i < task->config.input_count; i++)
        flush->begin_at[i] = task->input[i].next;
    flush->begin_as_of_ms = task->as_of_ms;
    gs_window_replay(task->window);
}

/* ------------------------------------------------------------------ known tokens */

void gsi_guard_know(struct gsi_flush *flush, const char *token, uint32_t seq)
{
    struct gsi_known *known = &flush->known[flush->known_count++ % GSI_KNOWN_MAX];
    memcpy(known->token, token, sizeof known->token);
    known->seq = seq;
}

static const struct gsi_known *find_known(const struct gsi_flush *flush, const char *token)
{
    for (int i = 0; i < GSI_KNOWN_MAX; i++)
        if (flush->known[i].token[0] && strcmp(flush->known[i].token, token) == 0)
            return &flush->known[i];
    return NULL;
}

/* Whether batch a was sent after batch b; the numbers may wrap around. */
static bool is_later(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) > 0;
}

static void mark_if_later(void *user, uint32_t entity)
{
    struct gs_task *task = user;
    for (uint8_t level = 0; level < task->config.window_count; level++) {
        uint32_t seq = gs_window_seq(task->window, entity, level);
        if (seq && is_later(seq, task->flush.mark_seq))
            gs_window_mark(task->window, entity, level, task->now_ms);
    }
}

void gsi_guard_mark_later(struct gs_task *task, uint32_t seq)
{
    task->flush.mark_seq = seq;
    gs_window_for_each(task->window, mark_if_later, task);
}

/* ------------------------------------------------------------------ what a new owner may lack */

static int64_t age_limit_ms(const struct gs_task *task)
{
    /* The shortest window is the first one. */
    return gs_cell_expiry_ms(task->config.windows[0].window_ms) / AGES_PER_EXPIRY;
}

/* All that was in this task when it began, Redis showed at some time. In every component: of two
 * owners that read at different speeds, a sum would say nothing. */
static bool covers_begin(const struct gs_task *task, const struct gs_guard *before)
{
    const struct gsi_flush *flush = &task->flush;
    int64_t ahead = 0;
    if (before->clean_count != task->config.input_count)
        return false;
    for (uint8_t i = 0; i < task->config.input_count; i++) {
        ahead += before->clean_at[i] - flush->begin_at[i];
        if (before->clean_at[i] < flush->begin_at[i] && !GS_ABLATED(CLEAN_SUM))
            return false;
    }
    if (ahead < 0 || GS_ABLATED(CLEAN_AS_OF))
        return ahead >= 0;
    return before->clean_as_of_ms >= flush->begin_as_of_ms;
}

static bool is_comparable(const struct gs_task *task, const struct gs_guard *before)
{
    return before->present && before->at_count == task->config.input_count;
}

/* By two clocks of servers, if there was a failover. */
static bool is_recent(const struct gs_task *task, int64_t age_ms)
{
    return (age_ms <= age_limit_ms(task) && age_ms >= -age_limit_ms(task)) || GS_ABLATED(CLEAN_AGE);
}

/* Owners that follow one another quickly never come round with a pass of their own: then what they
 * do not write would expire. Half of the expiry is left for the first pass. */
static bool is_refreshed(const struct gs_task *task, const int64_t ages_ms[GS_LEVELS_MAX])
{
    for (uint8_t i = 0; i < task->config.window_count; i++) {
        int64_t limit_ms = gs_cell_expiry_ms(task->config.windows[i].window_ms) / 2;
        if (ages_ms[i] == GS_NULL_INT || ages_ms[i] > limit_ms || ages_ms[i] < -limit_ms)
            return GS_ABLATED(CLEAN_AGE) || GS_ABLATED(CLEAN_REFRESHED);
    }
    return true;
}

/* So what a new owner must write is what was touched by what it reads. */
static bool is_clean(const struct gs_task *task, const struct gs_guard *before)
{
    if (GS_ABLATED(CLEAN_IGNORED))
        return task->flush.fresh && before->present;
    return task->flush.fresh && is_comparable(task, before) &&
           before->clean_meaning == task->shown && is_recent(task, before->age_ms) &&
           is_refreshed(task, before->refreshed_ms) && covers_begin(task, before);
}

/* What the guard says is kept until the task is live, however often it is taken over before. */
static void note_loss(struct gs_task *task, const struct gs_guard *before)
{
    struct gsi_flush *flush = &task->flush;
    const struct gsi_known *known = before->present ? find_known(flush, before->token) : NULL;
    if (known && flush->voided && !is_later(known->seq, flush->void_seq))
        flush->drop_clean = true; /* none of the batches that removed it is there */
    if (known && flush->mark_touched && strcmp(before->token, flush->token) != 0)
        flush->mark_all = flush->mark_empty = true; /* what was found clean is there no more */
    if (known && known->seq != flush->seq) {
        bool earlier = !flush->mark_later || is_later(flush->mark_seq, known->seq);
        flush->mark_seq = earlier ? known->seq : flush->mark_seq;
        flush->mark_later = true;
    } else if (!known && is_clean(task, before)) {
        flush->mark_touched = true;
        flush->written_ms = flush->asked_ms - before->age_ms; /* not later, however late this is */
        for (uint8_t i = 0; i < task->config.window_count; i++)
            flush->refreshed_ms[i] = flush->asked_ms - before->refreshed_ms[i];
    } else if (!known && !(GS_ABLATED(UNKNOWN_TOKEN) && before->present && !flush->fresh)) {
        flush->mark_all = true;
        flush->mark_empty |= before->present;
    }
}

/* What it says of this V need not be said again. */
static void note_clean(struct gs_task *task, const struct gs_guard *before)
{
    bool counts =
        before->clean_count == task->config.input_count && before->clean_meaning == task->shown;
    for (uint8_t i = 0; i < task->config.input_count; i++)
        task->flush.clean_at[i] = counts ? before->clean_at[i] : -1;
}

/* What the guard says is clean is so no more: batches remove it until one says it anew, and begin
 * again if Redis goes back to before them. */
static void void_clean(struct gsi_flush *flush)
{
    flush->drop_clean = flush->voided = true;
    flush->void_seq = flush->seq;
}

void gsi_guard_mark_all(struct gs_task *task, int64_t now_ms)
{
    struct gsi_flush *flush = &task->flush;
    if (flush->state != GS_TASK_LIVE) {
        flush->mark_all = flush->mark_empty = true;
        return;
    }
    gs_window_mark_all(task->window, now_ms, true);
    for (uint8_t i = 0; i < task->config.window_count; i++)
        gs_window_set_refreshed(task->window, i, now_ms);
}

/* Who was not live for so long, asleep or without a connection, has not refreshed what expires.
 * What it wrote before is not clean any more: a new owner would not write it either. */
void gsi_guard_wake(struct gs_task *task, int64_t now_ms)
{
    struct gsi_flush *flush = &task->flush;
    if (now_ms - flush->live_ms > age_limit_ms(task)) {
        gsi_guard_mark_all(task, now_ms);
        void_clean(flush);
    }
    flush->live_ms = now_ms;
}

/* All of that holds for a takeover; writing may begin much later. */
static bool is_still_recent(const struct gs_task *task, int64_t now_ms)
{
    int64_t ages_ms[GS_LEVELS_MAX];
    for (uint8_t i = 0; i < task->config.window_count; i++)
        ages_ms[i] = now_ms - task->flush.refreshed_ms[i];
    return is_recent(task, now_ms - task->flush.written_ms) && is_refreshed(task, ages_ms);
}

/* From when on every cell was written, once all that is marked is. */
static void note_refreshed(struct gs_task *task, int64_t now_ms)
{
    const struct gsi_flush *flush = &task->flush;
    for (uint8_t i = 0; i < task->config.window_count; i++) {
        if (flush->mark_all)
            gs_window_set_refreshed(task->window, i, now_ms);
        else if (flush->mark_touched)
            gs_window_set_refreshed(task->window, i, flush->refreshed_ms[i]);
    }
}

static void go_live(struct gs_task *task, int64_t now_ms)
{
    struct gsi_flush *flush = &task->flush;
    gsi_guard_wake(task, now_ms);
    if (flush->mark_touched && !is_still_recent(task, now_ms))
        flush->mark_all = flush->mark_empty = true;
    note_refreshed(task, now_ms);
    gs_window_replayed(task->window, flush->mark_touched && !flush->mark_all, now_ms);
    if (flush->mark_all) {
        gs_window_mark_all(task->window, now_ms, flush->mark_empty);
        void_clean(flush); /* killed half-way, the next owner must write all too */
        flush->quarantine = false;
    } else if (flush->mark_later) {
        gsi_guard_mark_later(task, flush->mark_seq);
    }
    task->stats.takeovers_all += flush->mark_all;
    task->stats.takeovers_clean += !flush->mark_all && flush->mark_touched;
    task->stats.takeovers_known += !flush->mark_all && !flush->mark_touched;
    flush->mark_all = flush->mark_empty = flush->mark_later = flush->mark_touched = false;
    flush->fresh = false;
    flush->state = GS_TASK_LIVE;
}

/* ------------------------------------------------------------------ hold back */

/* Records between V and what the guard says is shown; 0 = reached. */
static int64_t missing(const struct gs_task *task)
{
    uint64_t sum = 0;
    for (uint8_t i = 0; i < task->config.input_count; i++) {
        int64_t read = gsi_task_read_to(&task->input[i]);
        if (read < task->flush.hold_at[i] || GS_ABLATED(HOLD_SUM))
            sum += (uint64_t)task->flush.hold_at[i] - (uint64_t)read;
    }
    if (GS_ABLATED(HOLD_SUM))
        return GS_MAX((int64_t)sum, 0);
    return (int64_t)GS_MIN(sum, (uint64_t)INT64_MAX);
}

/* An end that was seen before the takeover proves nothing: the log may have grown since, and
 * another owner have read it. */
static bool lies_beyond_an_end(const struct gs_task *task)
{
    for (uint8_t i = 0; i < task->config.input_count; i++) {
        const struct gsi_input *input = &task->input[i];
        if (input->at_end && input->ended && task->flush.hold_at[i] > gsi_task_read_to(input))
            return true;
    }
    return false;
}

/* Even where it was not reached, the clock goes on from the guard's. What Redis shows of the
 * records in between is not what was touched here, nor can the next owner rely on what the guard
 * says. */
static void end_hold(struct gs_task *task, const char *early, int64_t now_ms)
{
    struct gsi_flush *flush = &task->flush;
    if (early) {
        snprintf(flush->reason, sizeof flush->reason,
                 "Redis shows task %u at offsets that %s; it is written again from what the logs "
                 "hold, so its readers may see time go back once",
                 task->config.task, early);
        task->stats.holds_ended_early++;
        flush->mark_all |= flush->fresh;
        flush->mark_empty |= flush->fresh;
        void_clean(flush);
    }
    gsi_task_raise(task, flush->hold_as_of_ms);
    go_live(task, now_ms);
}

void gsi_guard_tick(struct gs_task *task, int64_t now_ms)
{
    struct gsi_flush *flush = &task->flush;
    if (flush->state != GS_TASK_HELD)
        return;
    int64_t left = missing(task);
    if (left < flush->hold_missing) {
        flush->hold_missing = left;
        flush->hold_progress_ms = now_ms;
    }
    if (!left)
        end_hold(task, NULL, now_ms);
    else if (lies_beyond_an_end(task))
        end_hold(task, "lie beyond the ends of the logs", now_ms);
    else if (now_ms - flush->hold_progress_ms > HOLD_MS)
        end_hold(task, "came no nearer for 30 s", now_ms);
}

/* Readers must not see time go back: nothing is written before everything that the guard says is
 * shown has been read again, and as_of goes on from the guard's. */
static void start_hold(struct gs_task *task, const struct gs_guard *before, int64_t now_ms)
{
    struct gsi_flush *flush = &task->flush;
    bool comparable = is_comparable(task, before);
    bool has_clock = before->present && before->at_count && before->as_of_ms >= 0 &&
                     before->as_of_ms <= GS_TIME_MS_MAX * 2;
    for (uint8_t i = 0; i < task->config.input_count; i++) {
        flush->hold_at[i] = comparable && !GS_ABLATED(HOLD) ? before->at[i] : 0;
        task->input[i].ended = false;
    }
    if (!comparable && (before->at_count || before->clean_count))
        void_clean(flush);
    flush->hold_as_of_ms = has_clock && !GS_ABLATED(GUARD_AS_OF) ? before->as_of_ms : GS_NULL_INT;
    flush->hold_progress_ms = now_ms;
    flush->hold_missing = INT64_MAX;
    flush->state = GS_TASK_HELD;
    gsi_guard_tick(task, now_ms);
}

/* ------------------------------------------------------------------ takeover and proof */

void gsi_guard_ask(struct gsi_flush *flush)
{
    flush->need_take = true;
    flush->state = GS_TASK_TAKING;
}

static void give_up(struct gsi_flush *flush, enum gs_task_state state, enum gs_status status)
{
    flush->state = state;
    flush->reason_status = status;
}

/* Another forced takeover would be one too many within a minute. */
static bool is_contested(const struct gsi_flush *flush, int64_t now_ms)
{
    return now_ms - flush->forced_ms[flush->forced % GSI_FORCED_MAX] < FORCED_WINDOW_MS;
}

static void refuse_contested(struct gs_task *task)
{
    struct gsi_flush *flush = &task->flush;
    snprintf(
        flush->reason, sizeof flush->reason,
        "task %u was taken away in Redis more than %d times in a minute although the group says "
        "that it is ours: two deployments write under the prefix '%s'; give each its own "
        "redis.prefix",
        task->config.task, (int)GSI_FORCED_MAX, task->config.prefix);
    give_up(flush, GS_TASK_REFUSED, GS_E_TEMP);
}

/* Whether this is the answer that is waited for, and not one from before a disconnect. */
static bool expects(struct gsi_flush *flush, uint32_t id)
{
    if (!flush->answer_due || id != flush->answer_id || gsi_flush_is_over(flush))
        return false;
    flush->answer_due = false;
    return true;
}

void gs_task_taken(struct gs_task *task, uint32_t id, enum gs_take_result result,
                   const struct gs_guard *before, int64_t now_ms)
{
    struct gsi_flush *flush = &task->flush;
    if (!expects(flush, id))
        return;
    if (result == GS_TAKE_FOREIGN) {
        snprintf(flush->reason, sizeof flush->reason,
                 "prefix '%s' belongs to another deployment: %s; choose another redis.prefix, or "
                 "start once with --takeover if the other one is gone",
                 task->config.prefix, before->foreign ? before->foreign : "its guard differs");
        give_up(flush, GS_TASK_REFUSED, GS_E_REFUSED);
        return;
    }
    if (result == GS_TAKE_STALE) {
        flush->need_prove = true;
        flush->retry_ms = now_ms;
        return;
    }
    task->stats.takeovers++;
    if (flush->force)
        flush->forced_ms[flush->forced++ % GSI_FORCED_MAX] = now_ms;
    flush->force = false;
    note_loss(task, before);
    note_clean(task, before);
    gsi_guard_know(flush, flush->take_token, flush->seq);
    memcpy(flush->token, flush->take_token, sizeof flush->token);
    start_hold(task, before, now_ms);
}

void gs_task_proved(struct gs_task *task, uint32_t id, enum gs_proof proof, int64_t now_ms)
{
    struct gsi_flush *flush = &task->flush;
    if (!expects(flush, id))
        return;
    if (proof == GS_PROOF_OWNER && is_contested(flush, now_ms)) {
        refuse_contested(task);
    } else if (proof == GS_PROOF_OWNER) {
        flush->force = true;
        gsi_guard_ask(flush);
    } else if (proof == GS_PROOF_UNDECIDED) {
        flush->need_prove = true;
        flush->retry_ms = now_ms + PROOF_RETRY_MS;
    } else {
        snprintf(flush->reason, sizeof flush->reason, "task %u belongs to another member now",
                 task->config.task);
        give_up(flush, GS_TASK_DROPPED, GS_E_TEMP);
    }
}

/* ------------------------------------------------------------------ back again */

void gs_task_take_up(struct gs_task *task, const char *incarnation, int32_t generation,
                     int64_t now_ms)
{
    struct gsi_flush *flush = &task->flush;
    GS_ASSERT(flush->state != GS_TASK_REFUSED);
    gs_task_disconnected(task, now_ms);
    snprintf(task->config.incarnation, sizeof task->config.incarnation, "%s", incarnation);
    task->config.generation = generation;
    flush->state = GS_TASK_WAITING;
    flush->reason[0] = '\0';
    flush->reason_status = GS_OK;
    for (uint8_t i = 0; i < task->config.input_count; i++)
        task->input[i].at_end = false; /* the logs went on */
    gsi_cut_take_up(task);
    gsi_guard_begin(task);
}

/* ------------------------------------------------------------------ where it stands */

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
