/* pump.c -- an owner's commands on their way to Redis and to the group, and the answers. */
#include "simulation.h"

static struct sim_line *line_at(struct sim_owner *owner, uint32_t at)
{
    return &owner->line[at % LINE_MAX];
}

void owner_send(struct sim_world *world, struct sim_owner *owner, bool everything)
{
    if (!owner->connected) {
        owner->connected = true;
        gs_task_connected(owner->machine, owner_now_ms(world));
    }
    if (owner->tail - owner->head == LINE_MAX)
        return;
    struct sim_line *line = line_at(owner, owner->tail);
    struct sim_request *request = &line->request;
    line->applied = false;
    request->side = owner->side;
    request->sender = owner->number;
    memcpy(request->owner, owner->config.incarnation, sizeof request->owner);
    request->generation = owner->config.generation;
    request->sent_ms = world->now_ms;
    if (gs_task_next_command(owner->machine, owner_wall_ms(world, owner), owner_now_ms(world),
                             everything, &request->command))
        owner->tail++;
}

static int apply(struct sim_world *world, const struct sim_request *request,
                 struct gs_guard *before)
{
    static const char *const takes[] = {"taken over", "stale", "foreign"};
    static const char *const writes[] = {"written", "EMPTY", "REGRESSED", "FENCED"};
    const struct gs_command *command = &request->command;
    int result;
    if (command->kind == GS_COMMAND_TAKE) {
        result = (int)redis_take(world, request, before);
        sim_say(world, "T%u: the guard is %s%s", request->sender, takes[result],
                command->force ? ", by force" : "");
    } else {
        result = (int)redis_write(world, request);
        sim_say(world, "T%u: batch %u of %u cells at %lld %lld %lld %lld as_of %lld%s is %s",
                request->sender, command->seq, command->cell_count, (long long)command->at[0],
                (long long)command->at[1], (long long)command->at[2], (long long)command->at[3],
                sim_since(command->as_of_ms), command->clean == GS_GUARD_CLEAN_SET ? ", clean" : "",
                writes[result]);
    }
    return result;
}

static int prove(struct sim_world *world, struct sim_owner *owner)
{
    bool current = owner == sim_current(owner->side);
    int proof = sim_chance(&world->random, 20) ? GS_PROOF_UNDECIDED
                : current                      ? GS_PROOF_OWNER
                                               : GS_PROOF_LOST;
    sim_say(world, "T%u: its ownership is %s", owner->number,
            proof == GS_PROOF_UNDECIDED ? "undecided"
            : current                   ? "proved"
                                        : "lost");
    return proof;
}

void owner_apply(struct sim_world *world, struct sim_owner *owner)
{
    for (uint32_t at = owner->head; at != owner->tail; at++) {
        struct sim_line *line = line_at(owner, at);
        if (line->applied)
            continue;
        line->applied = true;
        if (owner == sim_current(owner->side)) /* it will hear of it, or be disconnected */
            owner->side->unnoticed = false;
        line->result = line->request.command.kind == GS_COMMAND_PROVE
                           ? prove(world, owner)
                           : apply(world, &line->request, &line->before);
        return;
    }
}

/* When a hold-back ends early, which the task says and counts, readers may see time go back. */
void owner_note_hold(struct sim_world *world, struct sim_owner *owner)
{
    struct gs_task_stats stats;
    if (!gs_task_reason(owner->machine)[0])
        return;
    gs_task_stats(owner->machine, &stats);
    if (stats.holds_ended_early == owner->holds_ended)
        return;
    owner->holds_ended = stats.holds_ended_early;
    sim_count(world, COUNT_HOLDS_ENDED);
    check_readers_forget(world, owner->side);
}

void owner_answer(struct sim_world *world, struct sim_owner *owner)
{
    if (owner->head == owner->tail || !line_at(owner, owner->head)->applied)
        return;
    const struct sim_line *line = line_at(owner, owner->head++);
    uint32_t id = line->request.command.id;
    int64_t now_ms = owner_now_ms(world);
    if (line->request.command.kind == GS_COMMAND_TAKE)
        gs_task_taken(owner->machine, id, (enum gs_take_result)line->result, &line->before, now_ms);
    else if (line->request.command.kind == GS_COMMAND_WRITE)
        gs_task_written(owner->machine, id, (enum gs_write_result)line->result, 0, now_ms);
    else
        gs_task_proved(owner->machine, id, (enum gs_proof)line->result, now_ms);
    owner_note_hold(world, owner);
}

/* ------------------------------------------------------------------ disconnect */

static void haunt(struct sim_world *world, const struct sim_line *line)
{
    const struct gs_command *command = &line->request.command;
    if (command->kind == GS_COMMAND_PROVE)
        return;
    struct sim_request *copy = sim_alloc(world, sizeof *copy);
    *copy = line->request;
    struct gs_str bytes = sim_copy(world, gs_str_make(command->bytes.data, command->bytes.len));
    copy->command.bytes.data = (char *)bytes.data;
    sim_haunt(world, &(struct sim_ghost){.side = copy->side, .request = copy});
}

/* What is on its way gets no answer any more. Redis may get some of it all the same, now or when
 * nobody thinks of it any more. */
void owner_disconnect(struct sim_world *world, struct sim_owner *owner)
{
    if (!owner->connected)
        return;
    sim_say(world, "T%u is disconnected, %u on their way", owner->number,
            owner->tail - owner->head);
    sim_count(world, COUNT_DISCONNECTS);
    for (uint32_t more = (uint32_t)sim_below(&world->random, LINE_MAX); more > 0; more--)
        owner_apply(world, owner);
    for (; owner->head != owner->tail; owner->head++)
        if (!line_at(owner, owner->head)->applied)
            haunt(world, line_at(owner, owner->head));
    owner->connected = false;
    gs_task_disconnected(owner->machine, owner_now_ms(world));
}

/* A request of somebody who does not wait for it. */
void sim_late_request(struct sim_world *world, const struct sim_request *request)
{
    enum { CONNECTION_GIVES_UP_MS = 60000 };
    struct gs_guard before;
    if (world->now_ms - request->sent_ms > CONNECTION_GIVES_UP_MS)
        return;
    sim_say(world, "LATE REQUEST:");
    sim_count(world, COUNT_LATE_REQUESTS);
    int result = apply(world, request, &before);
    world->counts[COUNT_LATE_WRITES] +=
        request->command.kind == GS_COMMAND_WRITE && result == (int)GS_WRITE_OK;
}
