/* redis.c -- a Redis that does with guard and cells what the two functions inside the real one do
 * (src/sink/function.c), and keeps every step, so that it can go back as a failover does. */
#include "simulation.h"

struct undone {
    uint32_t cell;
    struct sim_value value;
};

struct sim_undo {
    struct sim_undo *before;
    uint32_t side;
    struct sim_guard guard; /* as it stood before the step */
    uint32_t count;
    struct undone cells[];
};

static struct sim_undo *begin_step(struct sim_world *world, const struct sim_request *request)
{
    uint32_t count = request->command.cell_count;
    struct sim_undo *undo = sim_alloc(world, sizeof *undo + count * sizeof undo->cells[0]);
    undo->before = world->redis.undo;
    undo->side = request->side->number;
    undo->guard = world->redis.guard[undo->side];
    undo->count = 0;
    world->redis.undo = undo;
    return undo;
}

enum gs_take_result redis_take(struct sim_world *world, const struct sim_request *request,
                               struct gs_guard *before)
{
    struct sim_guard *guard = &world->redis.guard[request->side->number];
    bool same = guard->guard.present && strcmp(guard->owner, request->owner) == 0;
    if (guard->guard.present && !same && guard->generation >= request->generation &&
        !request->command.force) {
        sim_count(world, COUNT_STALE);
        return GS_TAKE_STALE;
    }
    begin_step(world, request);
    *before = guard->guard;
    before->age_ms = guard->written_ms ? world->now_ms - guard->written_ms : GS_NULL_INT;
    for (int i = 0; i < GS_LEVELS_MAX; i++) /* times, in the guard that is kept */
        before->refreshed_ms[i] = world->now_ms - guard->guard.refreshed_ms[i];
    before->same_owner = same;
    guard->guard.present = true;
    memcpy(guard->guard.token, request->command.token, sizeof guard->guard.token);
    memcpy(guard->owner, request->owner, sizeof guard->owner);
    guard->generation = request->generation;
    sim_count(world, COUNT_TAKEN);
    return GS_TAKE_OK;
}

static uint32_t set_cell(struct sim_world *world, const struct sim_request *request,
                         const struct gs_write_cell *written, struct sim_undo *undo)
{
    const struct gs_command *command = &request->command;
    struct gs_str key = gs_str_make(command->bytes.data + written->key_at, written->key_len);
    struct gs_str json = gs_str_make(command->bytes.data + written->value_at, written->value_len);
    uint32_t number = rescan_find(&request->side->rescan, key);
    if (number == CELLS_MAX) {
        sim_violate(world, RULE_CELL, "T%u writes %.*s, of which the logs say nothing",
                    request->sender, (int)key.len, key.data);
        return number;
    }
    struct sim_value *cell = &world->redis.cell[request->side->number][number];
    undo->cells[undo->count++] = (struct undone){number, *cell};
    *cell = (struct sim_value){.as_of_ms = command->as_of_ms,
                               .expires_ms = world->now_ms + written->expiry_ms};
    memcpy(cell->at, command->at, sizeof cell->at);
    if (json.len)
        cell->json = sim_copy(world, json);
    world->digest = gs_hash64(key.data, key.len, world->digest);
    world->digest = gs_hash64(json.data, json.len, world->digest);
    return number;
}

static enum gs_write_result refuse(const struct sim_world *world, const struct sim_request *request)
{
    const struct sim_guard *guard = &world->redis.guard[request->side->number];
    if (!guard->guard.present)
        return GS_WRITE_EMPTY;
    if (strcmp(guard->owner, request->owner) != 0 || guard->generation != request->generation)
        return GS_WRITE_FENCED;
    if (strcmp(guard->guard.token, request->command.expect) != 0 && !GS_ABLATED(TOKEN))
        return GS_WRITE_REGRESSED;
    return GS_WRITE_OK;
}

static void tell_clean(const struct sim_world *world, struct gs_guard *guard,
                       const struct gs_command *command)
{
    if (command->clean == GS_GUARD_CLEAN_SET) {
        memcpy(guard->clean_at, command->at, sizeof guard->clean_at);
        guard->clean_count = INPUTS;
        guard->clean_as_of_ms = command->as_of_ms;
        guard->clean_meaning = command->meaning;
        for (int i = 0; i < GS_LEVELS_MAX; i++)
            guard->refreshed_ms[i] = world->now_ms - command->refreshed_ms[i];
    } else if (command->clean == GS_GUARD_CLEAN_DROP) {
        guard->clean_count = 0;
    }
}

enum gs_write_result redis_write(struct sim_world *world, const struct sim_request *request)
{
    static const enum sim_count counts[] = {[GS_WRITE_OK] = COUNT_WRITTEN,
                                            [GS_WRITE_EMPTY] = COUNT_EMPTY,
                                            [GS_WRITE_REGRESSED] = COUNT_REGRESSED,
                                            [GS_WRITE_FENCED] = COUNT_FENCED};
    const struct gs_command *command = &request->command;
    struct gs_guard *guard = &world->redis.guard[request->side->number].guard;
    uint32_t cells[GS_TASK_WRITE_CELLS];
    enum gs_write_result result = refuse(world, request);
    sim_count(world, counts[result]);
    if (result != GS_WRITE_OK)
        return result;
    struct sim_undo *undo = begin_step(world, request);
    for (uint32_t i = 0; i < command->cell_count; i++)
        cells[i] = set_cell(world, request, &command->cells[i], undo);
    memcpy(guard->token, command->token, sizeof guard->token);
    memcpy(guard->at, command->at, sizeof guard->at);
    guard->at_count = INPUTS;
    guard->as_of_ms = command->as_of_ms;
    world->redis.guard[request->side->number].written_ms = world->now_ms;
    tell_clean(world, guard, command);
    check_written(world, request, cells);
    return result;
}

const struct sim_value *redis_get(const struct sim_world *world, const struct sim_side *side,
                                  uint32_t cell)
{
    const struct sim_value *value = &world->redis.cell[side->number][cell];
    return value->json.data && value->expires_ms > world->now_ms ? value : NULL;
}

/* ------------------------------------------------------------------ what befalls it */

uint32_t redis_forget(struct sim_world *world, uint32_t steps)
{
    struct sim_redis *redis = &world->redis;
    uint32_t forgotten = 0;
    for (; forgotten < steps && redis->undo; forgotten++) {
        const struct sim_undo *undo = redis->undo;
        redis->guard[undo->side] = undo->guard;
        world->side[undo->side].unnoticed = true;
        for (uint32_t i = undo->count; i-- > 0;)
            redis->cell[undo->side][undo->cells[i].cell] = undo->cells[i].value;
        redis->undo = undo->before;
    }
    if (!forgotten)
        return 0;
    check_readers_forget(world, NULL);
    return forgotten;
}

void redis_wipe(struct sim_world *world)
{
    world->redis = (struct sim_redis){0};
    for (uint32_t s = 0; s < world->side_count; s++)
        world->side[s].unnoticed = true;
    check_readers_forget(world, NULL);
}
