/* A task beside a simulated Redis; the test carries the commands and answers by hand. */
#ifndef GS_TASK_RIG_H
#define GS_TASK_RIG_H

#include "task_redis.h"

struct rig {
    struct gs_task_config config;
    struct gs_task *task;
    struct redis redis;
    int64_t now_ms;
    struct gs_command command;
    struct gs_command second;
};

static inline struct rig *rig_new(void)
{
    struct rig *rig = calloc(1, sizeof *rig);
    rig->config = fixture_config();
    rig->task = fixture_create(&rig->config);
    fixture_open_gate(rig->task);
    return rig;
}

static inline void rig_free(struct rig *rig)
{
    gs_task_destroy(rig->task);
    gs_buf_deinit(&rig->command.bytes);
    gs_buf_deinit(&rig->second.bytes);
    free(rig);
}

/* The next command must be of this kind. */
static inline void expect(struct rig *rig, enum gs_command_kind kind)
{
    bool any = gs_task_next_command(rig->task, WALL, rig->now_ms, true, &rig->command);
    assert_int_equal(rig->command.kind, kind);
    assert_int_equal(any, kind != GS_COMMAND_NONE);
}

static inline void expect_state(struct rig *rig, enum gs_task_state state)
{
    assert_int_equal(gs_task_state(rig->task), state);
}

/* Applies the command, and answers it. */
static inline void carry_out(struct rig *rig, const struct gs_command *command)
{
    struct gs_guard before = {0};
    if (command->kind == GS_COMMAND_TAKE) {
        enum gs_take_result result = redis_take(&rig->redis, &rig->config, command, &before);
        before.foreign = "kafka cluster x";
        gs_task_taken(rig->task, command->id, result, &before, rig->now_ms);
    } else if (command->kind == GS_COMMAND_WRITE) {
        gs_task_written(rig->task, command->id, redis_write(&rig->redis, &rig->config, command), 0,
                        rig->now_ms);
    } else {
        gs_task_proved(rig->task, command->id, GS_PROOF_OWNER, rig->now_ms);
    }
}

/* Carries out all there is; returns how many cells were written. */
static inline uint32_t settle(struct rig *rig)
{
    uint32_t before = rig->redis.sets;
    for (int turn = 0; turn < 1000; turn++) {
        gs_task_tick(rig->task, WALL, rig->now_ms);
        if (!gs_task_next_command(rig->task, WALL, rig->now_ms, true, &rig->command))
            return rig->redis.sets - before;
        carry_out(rig, &rig->command);
    }
    fail_msg("never ends");
    return 0;
}

static inline void connect(struct rig *rig)
{
    gs_task_connected(rig->task, rig->now_ms);
    expect(rig, GS_COMMAND_TAKE);
    carry_out(rig, &rig->command);
}

static inline void reconnect(struct rig *rig)
{
    gs_task_disconnected(rig->task, rig->now_ms);
    connect(rig);
}

/* One comment under the post, whose author has its name. */
static inline void comment_on(struct rig *rig, const char *post)
{
    struct gs_event event = fixture_comment(T0);
    event.post_id = gs_str_of(post);
    event.influencer_id = gs_str_of(post);
    assert_int_equal(fixture_fold(rig->task, COMMENTS, event), GS_PROCESSED);
}

enum { CELLS = 5 }; /* that one comment_on() makes dirty */

/* Three influencers, written one after the other: their cells have seq 1, 2 and 3. */
static inline struct rig *rig_with_three(void)
{
    struct rig *rig = rig_new();
    connect(rig);
    for (int i = 0; i < 3; i++) {
        comment_on(rig, (const char *const[]){"a", "b", "c"}[i]);
        assert_int_equal(settle(rig), CELLS);
    }
    return rig;
}

static inline void expect_in_redis(struct rig *rig, const char *key, int64_t comments)
{
    assert_int_equal(redis_int(redis_get(&rig->redis, key), "comments"), comments);
}

static inline void steal(struct rig *rig, int32_t generation)
{
    snprintf(rig->redis.now.owner, sizeof rig->redis.now.owner, "somebody else");
    snprintf(rig->redis.now.guard.token, sizeof rig->redis.now.guard.token, "theirs");
    rig->redis.now.generation = generation;
}

#endif
