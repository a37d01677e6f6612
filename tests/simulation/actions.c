/* actions.c -- what may happen next. Which of it does, and how often, is drawn from the seed. */
#include "simulation.h"

/* An owner of the side: sometimes one that is not the chosen one any more. */
static struct sim_owner *some_owner(struct sim_world *world, struct sim_side *side)
{
    struct sim_owner *owner = sim_current(side);
    if (!sim_chance(&world->random, 30))
        return owner;
    struct sim_owner *other = &side->owner[sim_below(&world->random, OWNERS_MAX)];
    if (!owner_acts(other) || other == owner)
        return owner;
    sim_count(world, COUNT_ZOMBIE_STEPS);
    return other;
}

static void act_read(struct sim_world *world, struct sim_side *side)
{
    struct sim_owner *owner = some_owner(world, side);
    uint8_t input = POSTS;
    if (sim_chance(&world->random, 20))
        input = PROFILES;
    else if (!sim_chance(&world->random, owner->bias))
        input = (uint8_t)(COMMENTS + sim_below(&world->random, 2));
    uint32_t most = sim_chance(&world->random, 10) ? GS_TASK_BATCH_MAX : 10;
    owner_read(world, owner, input, 1 + (uint32_t)sim_below(&world->random, most));
}

static void act_send(struct sim_world *world, struct sim_side *side)
{
    struct sim_owner *owner = some_owner(world, side);
    owner_send(world, owner, sim_chance(&world->random, 50));
}

static void act_deliver(struct sim_world *world, struct sim_side *side)
{
    struct sim_owner *owner = some_owner(world, side);
    for (int64_t steps = 1 + sim_below(&world->random, 3); steps > 0; steps--) {
        owner_apply(world, owner);
        if (sim_chance(&world->random, 80))
            owner_answer(world, owner);
    }
    if (sim_chance(&world->random, 4)) /* a request or a reply is lost */
        owner_disconnect(world, owner);
    sim_heed(world, owner);
}

static void act_cut(struct sim_world *world, struct sim_side *side)
{
    owner_cut(world, some_owner(world, side));
}

static void act_broker(struct sim_world *world, struct sim_side *side)
{
    struct sim_owner *owner = some_owner(world, side);
    for (int64_t steps = 1 + sim_below(&world->random, 3); steps > 0; steps--) {
        enum sim_fate fate = FATE_OK;
        if (sim_chance(&world->random, 5))
            fate = FATE_TWICE;
        else if (sim_chance(&world->random, 6))
            fate = (enum sim_fate)(FATE_ACK_LOST + sim_below(&world->random, 3));
        owner_broker(world, owner, fate);
    }
}

static bool any_is_held(const struct sim_world *world)
{
    for (uint32_t s = 0; s < world->side_count; s++)
        for (int i = 0; i < OWNERS_MAX; i++) {
            const struct sim_owner *owner = &world->side[s].owner[i];
            if (owner_acts(owner) && gs_task_state(owner->machine) == GS_TASK_HELD)
                return true;
        }
    return false;
}

static void act_tick(struct sim_world *world, struct sim_side *side)
{
    const struct sim_owner *chosen = some_owner(world, side);
    int64_t step_ms = sim_below(&world->random, world->tick_ms * 2);
    if (sim_chance(&world->random, 5))
        step_ms = (int64_t[]){20000, 100000, 700000}[sim_below(&world->random, 3)];
    if (any_is_held(world) && !sim_chance(&world->random, 5)) /* or the hold-back ends early */
        step_ms = GS_MIN(step_ms, 2000);
    sim_pass(world, step_ms);
    for (uint32_t s = 0; s < world->side_count; s++)
        for (int i = 0; i < OWNERS_MAX; i++) {
            struct sim_owner *owner = &world->side[s].owner[i];
            if (owner_acts(owner) && (owner == chosen || sim_chance(&world->random, 50)))
                owner_tick(world, owner);
        }
}

static void act_disconnect(struct sim_world *world, struct sim_side *side)
{
    owner_disconnect(world, some_owner(world, side));
}

static void act_crash(struct sim_world *world, struct sim_side *side)
{
    sim_count(world, COUNT_CRASHES);
    side->generation++;
    sim_appoint(world, side, false);
}

static void act_zombie(struct sim_world *world, struct sim_side *side)
{
    sim_count(world, COUNT_ZOMBIES);
    side->generation++;
    sim_appoint(world, side, true);
}

/* A static member that starts again keeps its generation. */
static void act_static(struct sim_world *world, struct sim_side *side)
{
    sim_count(world, COUNT_STATIC);
    sim_appoint(world, side, sim_chance(&world->random, 40));
}

/* The group gives the task back to a process that had it before. */
static void act_give_back(struct sim_world *world, struct sim_side *side)
{
    int place = (int)sim_below(&world->random, OWNERS_MAX);
    struct sim_owner *owner = &side->owner[place];
    struct sim_owner *before = sim_current(side);
    if (!owner->used || owner == before)
        return;
    side->generation += sim_chance(&world->random, 80);
    side->current = place;
    if (sim_chance(&world->random, 50))
        owner_kill(world, before);
    owner_take_up(world, owner);
}

static void act_failover(struct sim_world *world, struct sim_side *side)
{
    (void)side;
    uint32_t steps = redis_forget(world, 1 + (uint32_t)sim_below(&world->random, 6));
    world->counts[COUNT_FAILOVERS] += steps > 0;
    sim_say(world, "FAILOVER: Redis forgets %u steps", steps);
}

static void act_backup(struct sim_world *world, struct sim_side *side)
{
    (void)side;
    uint32_t steps = redis_forget(world, 10 + (uint32_t)sim_below(&world->random, 50));
    world->counts[COUNT_BACKUPS] += steps > 0;
    sim_say(world, "OLD BACKUP: Redis forgets %u steps", steps);
}

static void act_wipe(struct sim_world *world, struct sim_side *side)
{
    (void)side;
    redis_wipe(world);
    sim_count(world, COUNT_WIPES);
    sim_say(world, "WIPE");
}

static void act_ghost(struct sim_world *world, struct sim_side *side)
{
    (void)side;
    sim_arrive(world, 1 + (uint32_t)sim_below(&world->random, 3), 40);
}

static void act_jump(struct sim_world *world, struct sim_side *side)
{
    struct sim_owner *owner = some_owner(world, side);
    owner->skew_ms = (sim_below(&world->random, 3) - 1) * 30000;
    sim_count(world, COUNT_CLOCK_JUMPS);
    sim_say(world, "THE CLOCK OF T%u JUMPS to %+lld ms", owner->number, (long long)owner->skew_ms);
}

/* The faults stop for a moment, and all must be right. */
static void act_calm(struct sim_world *world, struct sim_side *side)
{
    (void)side;
    sim_settle_knowing(world);
    sim_count(world, COUNT_CALMS);
    check_end(world, false);
}

static const struct {
    void (*act)(struct sim_world *world, struct sim_side *side);
    int weight;
    bool fault;
} actions[] = {
    {act_read, 230, false},        {act_send, 110, false},
    {act_deliver, 150, false},     {act_cut, 70, false},
    {act_broker, 170, false},      {act_tick, 110, false},
    {act_disconnect, 10, true},    {act_crash, 10, true},
    {act_zombie, 10, true},        {act_static, 6, true},
    {act_give_back, 14, true},     {act_failover, 10, true},
    {act_backup, 2, true},         {act_wipe, 4, true},
    {checkpoints_damage, 3, true}, {checkpoints_lose_tail, 2, true},
    {checkpoints_expire, 4, true}, {act_ghost, 20, false},
    {act_jump, 4, true},           {act_calm, 8, false},
};

void sim_act(struct sim_world *world)
{
    int64_t all = 0;
    for (size_t i = 0; i < GS_COUNT_OF(actions); i++)
        all += actions[i].weight;
    struct sim_side *side = &world->side[sim_below(&world->random, world->side_count)];
    int64_t drawn = sim_below(&world->random, all);
    size_t which = 0;
    while (drawn >= actions[which].weight)
        drawn -= actions[which++].weight;
    actions[which].act(world, side);
    if (actions[which].fault && sim_chance(&world->random, 20))
        act_calm(world, side);
}
