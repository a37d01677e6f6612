/* All cells of a task, as it would write them, to compare tasks that should be the same. */
#ifndef GS_TASK_CELLS_H
#define GS_TASK_CELLS_H

#include "task_log.h"

struct dump {
    struct gs_task *task;
    struct redis *into;
};

static inline void dump_entity(void *user, uint32_t entity)
{
    static struct gs_command command;
    const struct dump *dump = user;
    uint8_t view = gs_window_view(dump->task->window, entity);
    for (uint8_t level = 0; level < LEVELS; level++) {
        int64_t total[GS_COUNTER_COUNT];
        if (!(dump->task->config.views[view].levels >> level & 1) ||
            !gs_window_sum(dump->task->window, entity, level, total))
            continue;
        command.bytes.len = 0;
        command.cell_count = 0;
        gsi_task_show(dump->task, (struct gs_cell_ref){entity, view, level}, 0, &command);
        redis_set(dump->into, &command, &command.cells[0]);
    }
}

/* Of the cells that hold something; those of deleted posts are there, without a value. */
static inline void dump_cells(struct gs_task *task, struct redis *into)
{
    struct dump dump = {task, into};
    redis_wipe(into);
    gs_window_for_each(task->window, dump_entity, &dump);
}

static inline uint32_t keys_of(const struct redis *redis)
{
    uint32_t count = 0;
    while (count < REDIS_KEYS && redis->now.cells[count].key[0])
        count++;
    return count;
}

/* What is remembered of the comments, in any order; where it was added, as far as that can still be
 * changed. */
struct digest {
    const struct gs_task *task;
    uint64_t sum;
};

static inline void digest_comment(void *user, const struct gsi_comment *comment,
                                  const struct gsi_comment_counters *counters)
{
    struct digest *digest = user;
    struct gsi_comment copy = *comment;
    copy.next = 0;
    copy.changed = false;
    digest->sum += gs_hash64(&copy, offsetof(struct gsi_comment, entity), 1) +
                   gs_hash64(counters, sizeof *counters, comment->id.low);
    for (uint8_t v = 0; v < digest->task->config.view_count; v++) {
        int64_t from_ms;
        int64_t to_ms;
        gs_window_bounds(digest->task->window, LONG, &from_ms, &to_ms);
        if (comment->entity[v] == GS_ENTITY_NONE || gsi_comment_t_ms(comment) < from_ms)
            continue;
        struct gs_str key = gs_window_key(digest->task->window, comment->entity[v]);
        digest->sum += gs_hash64(key.data, key.len, comment->id.low + v);
    }
}

static inline uint64_t digest_comments(const struct gs_task *task)
{
    struct digest digest = {task, 0};
    for (int i = 0; i < INPUTS; i++)
        gsi_comments_for_each(task->input[i].comments, task->input[i].h_ms, digest_comment,
                              &digest);
    return digest.sum;
}

/* What the memories of copies and bursts hold, as checkpoints have it. */
static inline uint64_t digest_sightings(const struct gs_task *task)
{
    struct gsi_entry_bytes bytes = {0};
    uint64_t digest = 0;
    for (uint8_t i = 0; i < INPUTS; i++) {
        struct gs_sightings_mark copies = {0}, bursts = {0};
        struct gs_sightings_piece piece;
        const struct gsi_input *input = &task->input[i];
        while (input->copies && gs_copies_next(input->copies, &copies, &piece)) {
            gsi_entry_copies(i, &piece, &bytes);
            digest = gs_hash64(bytes.value.data, bytes.value.len, digest + piece.serial);
        }
        while (input->burst && gs_burst_next(input->burst, &bursts, &piece)) {
            gsi_entry_bursts(i, &piece, &bytes);
            digest = gs_hash64(bytes.value.data, bytes.value.len, digest + piece.serial);
        }
    }
    gs_buf_deinit(&bytes.key);
    gs_buf_deinit(&bytes.value);
    return digest;
}

static inline void compare_cells(uint64_t seed, struct redis *wanted, struct redis *found)
{
    for (uint32_t i = 0; i < keys_of(wanted); i++) {
        const struct redis_cell *cell = &wanted->now.cells[i];
        const char *value = redis_get(found, cell->key);
        if (!value || strcmp(cell->value, value) != 0)
            fail_msg("GS_SEED=%llu: %s\n%s\n%s", (unsigned long long)seed, cell->key, cell->value,
                     value ? value : "is not there");
    }
    if (keys_of(wanted) != keys_of(found))
        fail_msg("GS_SEED=%llu: %u cells and not %u", (unsigned long long)seed, keys_of(found),
                 keys_of(wanted));
}

#endif
