/* A log of checkpoints in memory, and a task that is made of what it holds. */
#ifndef GS_TASK_STORE_H
#define GS_TASK_STORE_H

#include "task_log.h"

enum { STORE_RECORDS = 20000 };

struct store {
    char *bytes[STORE_RECORDS];
    uint32_t len[STORE_RECORDS];
    uint32_t count;
};

static inline void store_append(struct store *store, struct gs_str record)
{
    assert_true(store->count < STORE_RECORDS);
    store->bytes[store->count] = gs_alloc(record.len);
    memcpy(store->bytes[store->count], record.data, record.len);
    store->len[store->count++] = record.len;
}

static inline void store_clear(struct store *store)
{
    for (uint32_t i = 0; i < store->count; i++)
        gs_free(store->bytes[i]);
    store->count = 0;
}

static inline struct gs_str store_at(const struct store *store, int64_t position)
{
    return gs_str_make(store->bytes[position], store->len[position]);
}

/* ------------------------------------------------------------------ restore */

static inline void store_feed(const struct store *store, uint64_t layout,
                              struct gs_cut_choice *choice)
{
    static struct gs_cut_barrier barrier;
    struct gs_cut_header header;
    struct gs_str body;
    for (uint32_t i = 0; i < store->count; i++) {
        assert_int_equal(gs_cut_parse(store_at(store, i), layout, &header, &body), GS_CUT_GOOD);
        bool last = gs_cut_is_barrier(&header);
        if (last)
            assert_int_equal(gs_cut_parse_barrier(body, &header, &barrier), GS_CUT_GOOD);
        gs_cut_choice_add(choice, &(struct gs_cut_seen){i, &header, last ? &barrier : NULL, 0});
    }
}

static inline void store_put(const struct store *store, const struct gs_cut_chosen *chosen,
                             uint64_t layout, struct gs_task *task)
{
    struct gs_error error;
    if (gs_task_restore_begin(task, &chosen->barrier, &error) != GS_OK)
        fail_msg("%s", error.message);
    for (size_t i = 0; i < chosen->read_count; i++) {
        struct gs_cut_header header;
        struct gs_str body;
        assert_int_equal(
            gs_cut_parse(store_at(store, chosen->reads[i].position), layout, &header, &body),
            GS_CUT_GOOD);
        if (gs_task_restore_body(task, header.incarnation, body, &error) != GS_OK)
            fail_msg("%s", error.message);
    }
    if (gs_task_restore_end(task, &error) != GS_OK)
        fail_msg("%s", error.message);
}

/* The new task goes on from the best that the log holds, if anything, and keeps checkpoints. */
static inline bool store_restore(const struct store *store, const struct gs_task_config *config,
                                 struct gs_task *task)
{
    static struct gs_cut_chosen chosen;
    struct gs_cut_choice_limits limits = {STORE_RECORDS, 64 << 20};
    struct gs_cut_choice *choice = gs_cut_choice_create(&limits);
    uint64_t layout = gs_task_layout(config);
    store_feed(store, layout, choice);
    bool found = gs_cut_choose(choice, &chosen);
    if (found)
        store_put(store, &chosen, layout, task);
    gs_task_keep_checkpoints(task, found ? &chosen.barrier.lineage : NULL);
    gs_cut_choice_destroy(choice);
    return found;
}

/* The reader goes on where the task does. */
static inline void store_seek(struct reader *reader)
{
    for (uint8_t i = 0; i < INPUTS; i++) {
        const struct logs *logs = reader->logs;
        uint32_t *at = &reader->at[i];
        for (*at = 0; *at < logs->count[i] &&
                      logs->record[i][*at].event.offset < gs_task_next_offset(reader->task, i);)
            ++*at;
    }
}

#endif
