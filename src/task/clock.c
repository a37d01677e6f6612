/* clock.c -- as_of, and what may be read when.
 *
 * as_of is the largest H of the event inputs, so it is a function of the logs; only when all inputs
 * stand at their end does the wall clock carry it on, so that windows drain on a quiet stream. */
#include "internal.h"

void gsi_task_raise(struct gs_task *task, int64_t as_of_ms)
{
    if (as_of_ms <= task->as_of_ms)
        return;
    task->as_of_ms = as_of_ms;
    gs_window_advance(task->window, as_of_ms);
}

/* ------------------------------------------------------------------ profile gate */

bool gsi_task_gate_open(const struct gs_task *task, int64_t record_ms)
{
    return task->gate_ms > record_ms - task->config.profiles_delay_ms;
}

void gsi_task_gate_check(struct gs_task *task)
{
    if (task->gate_asked_ms == GS_NULL_INT || gsi_task_read_to(&task->input[0]) < task->gate_end)
        return;
    task->gate_ms = GS_MAX(task->gate_ms, task->gate_asked_ms);
    task->gate_asked_ms = GS_NULL_INT;
    for (uint8_t i = 1; i < task->config.input_count; i++)
        if (task->input[i].waiting && gsi_task_gate_open(task, task->input[i].waiting_record_ms))
            task->input[i].waiting = false;
}

/* An answer is kept until it is reached: always taking the newest would never open the gate while
 * the partition grows. */
void gs_task_profiles_end(struct gs_task *task, int64_t asked_wall_ms, int64_t end)
{
    if (task->gate_asked_ms == GS_NULL_INT) {
        task->gate_asked_ms = asked_wall_ms;
        task->gate_end = end;
    }
    gsi_task_gate_check(task);
}

/* No event that still counts has a record time below the smallest H minus the longest window, so
 * older versions of a profile cannot be asked for. */
int64_t gsi_task_settled_ms(const struct gs_task *task)
{
    int64_t oldest = INT64_MAX;
    for (uint8_t i = 0; i < task->config.input_count; i++)
        if (!task->config.inputs[i].profiles)
            oldest = GS_MIN(oldest, task->input[i].h_ms);
    if (oldest == GS_NULL_INT || oldest == INT64_MAX)
        return INT64_MIN;
    return oldest - 2 * task->longest_ms - task->config.profiles_delay_ms;
}

int64_t gsi_task_horizon_ms(const struct gs_task *task, const struct gsi_input *input)
{
    return input->h_ms == GS_NULL_INT ? GS_NULL_INT : input->h_ms - task->longest_ms;
}

int64_t gsi_task_posts_horizon_ms(const struct gs_task *task)
{
    for (uint8_t i = 0; i < task->config.input_count; i++)
        if (task->input[i].posts)
            return gsi_task_horizon_ms(task, &task->input[i]);
    return GS_NULL_INT;
}

/* ------------------------------------------------------------------ ends and idleness */

/* A record that waits was not folded, so its input is read again and ends once more. */
void gs_task_input_end(struct gs_task *task, uint8_t input)
{
    GS_ASSERT(input < task->config.input_count);
    task->input[input].at_end = !task->input[input].waiting;
    task->input[input].ended = task->input[input].at_end;
}

void gs_task_input_end_at(struct gs_task *task, uint8_t input, int64_t offset)
{
    gs_task_input_end(task, input);
    if (task->input[input].at_end)
        task->input[input].end = offset;
    if (task->config.inputs[input].profiles)
        gsi_task_gate_check(task);
}

bool gs_task_at_end(const struct gs_task *task)
{
    for (uint8_t i = 0; i < task->config.input_count; i++)
        if (!task->input[i].at_end)
            return false;
    return true;
}

static int64_t idle_as_of(const struct gs_task *task, int64_t wall_ms)
{
    int64_t as_of = GS_NULL_INT;
    for (uint8_t i = 0; i < task->config.input_count; i++) {
        const struct gsi_input *input = &task->input[i];
        if (task->config.inputs[i].profiles || input->h_ms == GS_NULL_INT)
            continue;
        int64_t idle = wall_ms - input->r_ms - task->config.idle_after_ms;
        as_of = GS_MAX(as_of, input->h_ms + GS_MAX(idle, 0));
    }
    return as_of;
}

/* Expired panes wait in lists; a geometric share of them per tick spreads a border's work, and the
 * drains that come of it, over about two seconds. When it is quiet nothing is put off. */
static void carry(struct gs_task *task, int64_t now_ms, bool quiet)
{
    size_t waiting = gs_window_waiting(task->window);
    int64_t elapsed = GS_MIN(GS_MAX(now_ms - task->carry_ms, 0), 2000);
    size_t budget = quiet ? SIZE_MAX : waiting * (size_t)elapsed / 2000 + 64;
    task->carry_ms = now_ms;
    if (waiting)
        gs_window_carry(task->window, budget, now_ms);
}

static void mark_influencer(void *user, uint32_t influencer)
{
    struct gs_task *task = user;
    gs_window_mark_influencer(task->window, influencer, task->now_ms);
}

/* At its end a log that flows is time and again, between two batches. So no record may have come
 * since the last tick. */
static bool is_quiet(struct gs_task *task, bool at_end)
{
    bool moved = task->moved;
    task->moved = false;
    return at_end && !moved;
}

void gs_task_tick(struct gs_task *task, int64_t wall_ms, int64_t now_ms)
{
    bool at_end = gs_task_at_end(task);
    bool quiet = is_quiet(task, at_end);
    task->now_ms = now_ms;
    if (at_end && task->config.idle_advance)
        gsi_task_raise(task, idle_as_of(task, wall_ms));
    gs_window_set_urgent(task->window, quiet);
    carry(task, now_ms, quiet);
    for (uint8_t i = 0; i < task->config.input_count; i++)
        if (task->input[i].posts)
            gsi_posts_sweep(task->input[i].posts, 256, gsi_task_horizon_ms(task, &task->input[i]));
    gs_profiles_sweep(task->profiles, 256, gsi_task_posts_horizon_ms(task), mark_influencer, task);
    gsi_guard_tick(task, now_ms);
    gsi_flush_tick(task, now_ms);
}
