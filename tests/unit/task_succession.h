/* Beside the rig: a log of checkpoints, and owners that go on from what it holds. */
#ifndef GS_TASK_SUCCESSION_H
#define GS_TASK_SUCCESSION_H

#include "task_rig.h"
#include "task_store.h"

static struct store store;

static inline int empty_store(void **state)
{
    (void)state;
    store_clear(&store);
    return 0;
}

static inline void cut(struct rig *rig, bool counts)
{
    struct gs_task_log where[GS_INPUTS_MAX] = {0};
    uint32_t parts = gs_task_cut(rig->task, where, 60000, rig->now_ms);
    for (uint32_t part = 0; part < parts; part++)
        store_append(&store, gs_task_cut_record(rig->task, part));
    if (counts)
        gs_task_cut_acked(rig->task);
}

static inline void rename_owner(struct rig *rig)
{
    rig->config.generation++;
    snprintf(rig->config.incarnation, sizeof rig->config.incarnation, "%032d",
             rig->config.generation);
}

/* The next owner, which goes on from what the log of checkpoints holds. */
static inline void succeed(struct rig *rig)
{
    rename_owner(rig);
    rig->config.random_seed++;
    gs_task_destroy(rig->task);
    rig->task = fixture_create(&rig->config);
    store_restore(&store, &rig->config, rig->task);
    fixture_open_gate(rig->task);
}

static inline void free_all(struct rig *rig)
{
    rig_free(rig);
    store_clear(&store);
}

/* An owner that keeps checkpoints, three influencers of which all is in Redis. */
static inline struct rig *rig_with_checkpoints(void)
{
    struct rig *rig = rig_new();
    gs_task_keep_checkpoints(rig->task, NULL);
    connect(rig);
    for (int i = 0; i < 3; i++)
        comment_on(rig, (const char *const[]){"a", "b", "c"}[i]);
    assert_int_equal(settle(rig), 3 * CELLS);
    return rig;
}

#endif
