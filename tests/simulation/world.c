/* world.c -- one schedule from one seed: the world, its memory, its ghosts, and how it ends. */
#include "simulation.h"

#include <stdarg.h>

enum { ARENA_BYTES = 1 << 20, SETTLE_ROUNDS = 400 };

const char *const sim_rule_names[RULE_COUNT] = {
    [RULE_CELL] = "cell",     [RULE_READERS] = "readers", [RULE_RECORD] = "record",
    [RULE_STATE] = "state",   [RULE_CLOCK] = "clock",     [RULE_LETTERS] = "letters",
    [RULE_CONVERGE] = "rest", [RULE_END] = "end",
};

/* ------------------------------------------------------------------ memory */

struct sim_arena {
    struct sim_arena *next; /* used before, kept for later */
    size_t used;
    size_t bytes;
    char data[];
};

void *sim_alloc(struct sim_world *world, size_t bytes)
{
    struct sim_arena *arena = world->arena;
    bytes = (bytes + 15) / 16 * 16;
    if (!arena || arena->bytes - arena->used < bytes) {
        size_t size = GS_MAX((size_t)ARENA_BYTES, bytes);
        arena = gs_alloc(sizeof *arena + size);
        *arena = (struct sim_arena){.next = world->arena, .bytes = size};
        world->arena = arena;
    }
    void *made = arena->data + arena->used;
    arena->used += bytes;
    return made;
}

/* All but one piece. */
static void empty_arena(struct sim_world *world)
{
    while (world->arena && world->arena->next) {
        struct sim_arena *next = world->arena->next;
        gs_free(world->arena);
        world->arena = next;
    }
    if (world->arena)
        world->arena->used = 0;
}

struct gs_str sim_copy(struct sim_world *world, struct gs_str bytes)
{
    char *copy = sim_alloc(world, bytes.len + 1);
    if (bytes.len)
        memcpy(copy, bytes.data, bytes.len);
    copy[bytes.len] = 0;
    return gs_str_make(copy, bytes.len);
}

/* ------------------------------------------------------------------ what is said */

void sim_say(struct sim_world *world, const char *format, ...)
{
    va_list arguments;
    if (!world->trace)
        return;
    printf("%9.3f  ", (double)(world->now_ms - T0) / 1000);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

void sim_violate(struct sim_world *world, enum sim_rule rule, const char *format, ...)
{
    va_list arguments;
    char text[512];
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    sim_say(world, "VIOLATION of %s: %s", sim_rule_names[rule], text);
    if (!world->any_broken)
        snprintf(world->why, sizeof world->why, "%s: %s", sim_rule_names[rule], text);
    world->broken[rule] = true;
    world->any_broken = true;
}

/* ------------------------------------------------------------------ ghosts */

void sim_haunt(struct sim_world *world, const struct sim_ghost *ghost)
{
    struct sim_ghost *kept = sim_alloc(world, sizeof *kept);
    *kept = *ghost;
    kept->next = NULL;
    *world->ghosts_end = kept;
    world->ghosts_end = &kept->next;
}

void sim_arrive(struct sim_world *world, uint32_t count, int lost_percent)
{
    while (count-- > 0 && world->ghosts) {
        const struct sim_ghost *ghost = world->ghosts;
        world->ghosts = ghost->next;
        if (!world->ghosts)
            world->ghosts_end = &world->ghosts;
        if (sim_chance(&world->random, lost_percent))
            continue;
        if (ghost->request) {
            sim_late_request(world, ghost->request);
            continue;
        }
        checkpoints_append(world, ghost->side, ghost->record);
        sim_count(world, COUNT_PARTS_LATE);
        sim_say(world, "LATE: checkpoint %u is of T%u", ghost->side->checkpoints.count - 1,
                ghost->writer);
    }
}

/* ------------------------------------------------------------------ owners */

struct sim_owner *sim_current(struct sim_side *side)
{
    return &side->owner[side->current];
}

/* A place for a new owner; if there is none, the oldest zombie dies. */
static int free_place(struct sim_world *world, struct sim_side *side)
{
    int oldest = -1;
    for (int i = 0; i < OWNERS_MAX; i++) {
        const struct sim_owner *owner = &side->owner[i];
        if (!owner->used)
            return i;
        if (i != side->current && (oldest < 0 || owner->number < side->owner[oldest].number))
            oldest = i;
    }
    owner_kill(world, &side->owner[oldest]);
    return oldest;
}

void sim_appoint(struct sim_world *world, struct sim_side *side, bool keep)
{
    struct sim_owner *before = sim_current(side);
    if (before->used && !keep) {
        owner_kill(world, before);
        if (sim_chance(&world->random, 50))
            sim_arrive(world, 2, 40);
    }
    int place = free_place(world, side);
    side->current = place;
    owner_start(world, &side->owner[place], side);
}

bool sim_heed(struct sim_world *world, struct sim_owner *owner)
{
    enum gs_task_state state = gs_task_state(owner->machine);
    struct sim_side *side = owner->side;
    bool current = owner == sim_current(side);
    if (state != GS_TASK_DROPPED && state != GS_TASK_REFUSED)
        return true;
    world->counts[COUNT_DROPPED] += state == GS_TASK_DROPPED;
    sim_say(world, "T%u: %s", owner->number, gs_task_reason(owner->machine));
    if (current && state == GS_TASK_DROPPED)
        sim_violate(world, RULE_CONVERGE, "T%u gives up a task that is its own", owner->number);
    if (current)
        sim_appoint(world, side, false);
    else if (state == GS_TASK_DROPPED && sim_chance(&world->random, 60))
        owner->rests = true;
    else
        owner_kill(world, owner);
    return false;
}

/* ------------------------------------------------------------------ time */

void sim_pass(struct sim_world *world, int64_t step_ms)
{
    enum { LONG_MS = 10000 };
    for (uint32_t s = 0; s < world->side_count && step_ms > LONG_MS; s++)
        for (int i = 0; i < OWNERS_MAX; i++)
            for (int l = 0; l < LINE_MAX && owner_acts(&world->side[s].owner[i]); l++)
                owner_apply(world, &world->side[s].owner[i]);
    world->now_ms += step_ms;
}

/* ------------------------------------------------------------------ settling */

static bool is_settled(const struct sim_world *world, const struct sim_owner *owner)
{
    return gs_task_flushed(owner->machine) && owner->head == owner->tail && !owner->parts &&
           owner->letters_acked == owner->letters && owner_has_read_all(world, owner);
}

static void settle_once(struct sim_world *world, struct sim_side *side)
{
    struct sim_owner *owner = sim_current(side);
    owner_read_all(world, owner);
    owner_tick(world, owner);
    while (owner_broker(world, owner, FATE_OK))
        continue;
    for (int i = 0; i < LINE_MAX; i++)
        owner_send(world, owner, true);
    while (owner->head != owner->tail) {
        owner_apply(world, owner);
        owner_answer(world, owner);
    }
    sim_heed(world, owner);
}

void sim_settle(struct sim_world *world)
{
    for (int round = 0; round < SETTLE_ROUNDS; round++) {
        bool settled = true;
        for (uint32_t s = 0; s < world->side_count; s++) {
            settle_once(world, &world->side[s]);
            settled &= is_settled(world, sim_current(&world->side[s]));
        }
        if (settled)
            return;
        world->now_ms += 250;
    }
    sim_violate(world, RULE_CONVERGE, "T%u does not come to rest",
                sim_current(&world->side[0])->number);
}

/* What Redis lost after the last write is noticed by the next one, or by a takeover. */
void sim_settle_knowing(struct sim_world *world)
{
    sim_settle(world);
    for (uint32_t s = 0; s < world->side_count; s++) {
        if (!world->side[s].unnoticed)
            continue;
        sim_count(world, COUNT_UNNOTICED);
        owner_disconnect(world, sim_current(&world->side[s]));
    }
    sim_settle(world);
}

/* Everybody writes what he still has; then only the chosen ones go on. */
static void last_words(struct sim_world *world)
{
    for (uint32_t s = 0; s < world->side_count; s++)
        for (int i = 0; i < OWNERS_MAX; i++) {
            struct sim_owner *owner = &world->side[s].owner[i];
            if (!owner_acts(owner) || i == world->side[s].current)
                continue;
            owner_send(world, owner, true);
            owner_apply(world, owner);
            owner_answer(world, owner);
            if (sim_heed(world, owner) && sim_chance(&world->random, 50))
                owner_kill(world, owner);
        }
    sim_arrive(world, UINT32_MAX, 0);
}

/* Time goes on, in steps in which a quiet task may refresh what it shows. */
static void pass_time(struct sim_world *world, int64_t duration_ms, int64_t step_ms)
{
    for (int64_t end_ms = world->now_ms + duration_ms; world->now_ms < end_ms;) {
        sim_pass(world, step_ms);
        for (uint32_t s = 0; s < world->side_count; s++)
            settle_once(world, &world->side[s]);
    }
    sim_settle(world);
}

static void reappoint(struct sim_world *world, int percent)
{
    for (uint32_t s = 0; s < world->side_count; s++) {
        struct sim_side *side = &world->side[s];
        if (!sim_chance(&world->random, percent))
            continue;
        side->generation += sim_chance(&world->random, 70);
        sim_appoint(world, side, false);
    }
}

static void finish(struct sim_world *world)
{
    enum { LONGER_THAN_ANY_EXPIRY_MS = 1900000, STEP_MS = 20000 };
    sim_say(world, "--- faults stop ---");
    world->calm = true;
    for (uint32_t s = 0; s < world->side_count; s++)
        sim_pass(world, GS_MAX(world->side[s].logs.last_ms - world->now_ms, 0));
    reappoint(world, 40);
    for (int i = 0; i < 2; i++) {
        last_words(world);
        sim_settle(world);
    }
    sim_settle_knowing(world);
    check_end(world, false);
    for (uint32_t s = 0; s < world->side_count; s++)
        owner_cut(world, sim_current(&world->side[s]));
    sim_settle(world);
    reappoint(world, 70);
    sim_settle(world);
    check_end(world, false);
    sim_say(world, "--- time goes on ---");
    pass_time(world, LONGER_THAN_ANY_EXPIRY_MS, STEP_MS);
    check_end(world, true);
}

/* ------------------------------------------------------------------ a schedule */

static void begin_side(struct sim_world *world, struct sim_side *side, uint32_t number)
{
    side->number = number;
    side->generation = 1;
    side->checkpoints.start = side->checkpoints.count = 0;
    side->idle_bound_ms = side->shown_ms = GS_NULL_INT;
    side->unnoticed = false;
    memset(side->in_dlq, 0, sizeof side->in_dlq);
    memset(side->seen, 0, sizeof side->seen);
    sim_logs_write(&side->logs, &world->random, number);
    rescan_logs(&side->rescan, &side->logs);
    world->counts[COUNT_JUDGED_OUT] += side->rescan.dropped;
    world->counts[COUNT_TAKEN_BACK] += side->rescan.taken_back;
    side->current = 0;
}

void sim_begin(struct sim_world *world, uint64_t seed, bool trace, uint32_t sides)
{
    empty_arena(world);
    world->seed = seed;
    world->calm = false;
    world->random = seed * UINT64_C(0x2545F4914F6CDD1D);
    world->trace = trace;
    world->now_ms = T0;
    world->redis = (struct sim_redis){0};
    world->ghosts = NULL;
    world->ghosts_end = &world->ghosts;
    world->owners = world->incarnations = 0;
    world->any_broken = false;
    world->digest = 0;
    memset(world->broken, 0, sizeof world->broken);
    world->side_count = sides;
    for (uint32_t s = 0; s < world->side_count; s++)
        begin_side(world, &world->side[s], s);
}

void sim_bury_all(struct sim_world *world)
{
    for (uint32_t s = 0; s < world->side_count; s++)
        for (int i = 0; i < OWNERS_MAX; i++)
            if (world->side[s].owner[i].used)
                owner_bury(world, &world->side[s].owner[i]);
}

void sim_run(struct sim_world *world, uint64_t seed, bool trace)
{
    enum { TICKS_PER_100_ACTIONS = 11 };
    if (!seed) {
        sim_scenarios(world, trace);
        return;
    }
    sim_begin(world, seed, trace, seed % 5 ? 1 : SIDES_MAX);
    int64_t actions = (int64_t[]){120, 250, 450}[sim_below(&world->random, 3)];
    int64_t span_ms = world->side[0].logs.last_ms - T0;
    world->tick_ms = GS_MAX(span_ms * 100 / (actions * TICKS_PER_100_ACTIONS), 100);
    world->cycle_ms = world->tick_ms * (2 + sim_below(&world->random, 30));
    for (uint32_t s = 0; s < world->side_count; s++)
        owner_start(world, &world->side[s].owner[0], &world->side[s]);
    for (int64_t i = 0; i < actions && !(world->any_broken && !trace); i++)
        sim_act(world);
    if (!world->any_broken || trace)
        finish(world);
    sim_bury_all(world);
}

void sim_deinit(struct sim_world *world)
{
    for (uint32_t s = 0; s < SIDES_MAX; s++) {
        struct sim_side *side = &world->side[s];
        rescan_deinit(&side->rescan);
        gs_free(side->checkpoints.appended);
        for (int i = 0; i < OWNERS_MAX; i++)
            for (int l = 0; l < LINE_MAX; l++)
                gs_buf_deinit(&side->owner[i].line[l].request.command.bytes);
    }
    while (world->arena) {
        struct sim_arena *next = world->arena->next;
        gs_free(world->arena);
        world->arena = next;
    }
}
