/* restore.c -- a new task becomes what a barrier says: its entries are put back, in the order in
 * which they were written, and it goes on at the barrier's offsets. */
#include "internal.h"

enum { FETCH_AHEAD = 8 }; /* entries, of which one takes as long as memory for the next */

static bool is_clock(int64_t ms, int64_t most_ms)
{
    return ms == GS_NULL_INT || (ms >= 0 && ms <= most_ms);
}

/* as_of is the largest clock, carried on. */
static bool is_sound(const struct gs_task *task, const struct gs_cut_barrier *barrier)
{
    if (barrier->input_count != task->config.input_count ||
        !is_clock(barrier->as_of_ms, 2 * GS_TIME_MS_MAX))
        return false;
    for (uint8_t i = 0; i < task->config.input_count; i++) {
        const struct gs_cut_input *input = &barrier->inputs[i];
        if (!is_clock(input->clock_ms, GS_MIN(GS_TIME_MS_MAX, barrier->as_of_ms)) ||
            input->record_ms < 0 || input->record_ms > GS_TIME_MS_MAX)
            return false;
    }
    return true;
}

static int64_t newest_h_ms(const struct gs_task *task)
{
    int64_t newest_ms = GS_NULL_INT;
    for (uint8_t i = 0; i < task->config.input_count; i++)
        newest_ms = GS_MAX(newest_ms, task->input[i].h_ms);
    return newest_ms;
}

enum gs_status gs_task_restore_begin(struct gs_task *task, const struct gs_cut_barrier *barrier,
                                     struct gs_error *error)
{
    GS_ASSERT(!task->cut);
    if (!is_sound(task, barrier))
        return gs_fail(error, GS_E_DATA,
                       "task %u: a checkpoint's barrier says what cannot be, although its checksum "
                       "is right",
                       task->config.task);
    for (uint8_t i = 0; i < task->config.input_count; i++) {
        struct gsi_input *input = &task->input[i];
        input->next = input->stats.start_offset = barrier->inputs[i].offset;
        input->h_ms = GS_ABLATED(BARRIER_H) ? barrier->as_of_ms : barrier->inputs[i].clock_ms;
        input->r_ms = GS_ABLATED(BARRIER_R) ? 0 : barrier->inputs[i].record_ms;
    }
    task->restored_mixed = barrier->meaning != gs_task_meaning(&task->config);
    /* Panes that expired by then are not taken in. */
    gsi_task_raise(task, GS_ABLATED(EXPIRY_BY_H) ? newest_h_ms(task) : barrier->as_of_ms);
    return GS_OK;
}

enum gs_status gs_task_restore_body(struct gs_task *task, struct gs_cut_id incarnation,
                                    struct gs_str body, struct gs_error *error)
{
    gsi_names_begin(task, incarnation);
    struct gs_cut_cursor cursor = gs_cut_cursor(body), ahead = cursor;
    struct gs_cut_entry entry, coming;
    for (int i = 0; i < FETCH_AHEAD && gs_cut_next_entry(&ahead, &coming); i++)
        gsi_entry_fetch(task, &coming);
    while (gs_cut_next_entry(&cursor, &entry)) {
        if (gs_cut_next_entry(&ahead, &coming))
            gsi_entry_fetch(task, &coming);
        task->cut_stats.restored++;
        if (!gsi_entry_put(task, &entry))
            return gs_fail(error, GS_E_DATA,
                           "task %u: an entry of kind %d of a checkpoint cannot be read, although "
                           "its checksum is right",
                           task->config.task, entry.kind);
    }
    if (cursor.failed)
        return gs_fail(error, GS_E_DATA,
                       "task %u: a checkpoint's record cannot be read to its end, although its "
                       "checksum is right",
                       task->config.task);
    return GS_OK;
}

enum gs_status gs_task_restore_end(struct gs_task *task, struct gs_error *error)
{
    gsi_entry_put_comments_end(task);
    if (!gsi_names_end(task))
        return gs_fail(error, GS_E_DATA,
                       "task %u: a checkpoint lacks panes of comments that it remembers",
                       task->config.task);
    if (task->restored_mixed)
        task->mixed_ms = task->as_of_ms;
    gsi_guard_begin(task);
    return GS_OK;
}

/* What is missing has times up to about that of the first record behind the gap, which is not known
 * yet. Profiles have no times: what follows from them is missing up to now. */
void gs_task_mark_gap(struct gs_task *task, uint8_t input, int64_t now_ms)
{
    GS_ASSERT(input < task->config.input_count);
    task->input[input].gap = !task->config.inputs[input].profiles;
    task->gap_ms = GS_MAX(task->gap_ms, task->as_of_ms);
    gsi_guard_mark_all(task, now_ms);
}
