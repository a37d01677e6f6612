/* owner.c -- one process's view of one task: its life, and how it reads. It does what the worker
 * does (src/worker) and decides nothing itself. A zombie runs the same code. */
#include "simulation.h"

static const struct gs_sentiment *scorer(void)
{
    static struct gs_sentiment *sentiment;
    struct gs_sentiment_config config = {.scorer = GS_SENTIMENT_REFERENCE};
    struct gs_error error;
    if (!sentiment && gs_sentiment_create(&config, &sentiment, &error) != GS_OK)
        GS_ASSERT(!"no scorer");
    return sentiment;
}

int64_t owner_now_ms(const struct sim_world *world)
{
    return world->now_ms - T0;
}

int64_t owner_wall_ms(const struct sim_world *world, const struct sim_owner *owner)
{
    return world->now_ms + owner->skew_ms;
}

void owner_offsets(const struct sim_owner *owner, int64_t at[GS_INPUTS_MAX])
{
    for (uint8_t i = 0; i < INPUTS; i++)
        at[i] = gs_task_next_offset(owner->machine, i);
}

/* ------------------------------------------------------------------ life */

/* Who owns the task from now on, as the group and Redis know it. */
static void name_owner(struct sim_world *world, struct sim_owner *owner)
{
    struct gs_task_config *config = &owner->config;
    config->generation = owner->side->generation;
    snprintf(config->incarnation, sizeof config->incarnation, "%032x", ++world->incarnations);
}

static void configure(struct sim_world *world, struct sim_owner *owner)
{
    owner->config = owner->side->logs.config;
    owner->config.random_seed = sim_draw(&world->random);
    owner->config.sentiment = scorer();
    name_owner(world, owner);
}

static struct gs_task *make_machine(const struct gs_task_config *config)
{
    static const int64_t start[GS_INPUTS_MAX];
    struct gs_task *machine;
    struct gs_error error;
    if (gs_task_create(config, start, &machine, &error) != GS_OK)
        GS_ASSERT(!"no machine");
    return machine;
}

/* Where reading begins. */
static void seek(struct sim_owner *owner)
{
    for (uint8_t i = 0; i < INPUTS; i++)
        owner->at[i] =
            sim_log_below(&owner->side->logs.input[i], gs_task_next_offset(owner->machine, i));
}

void owner_start(struct sim_world *world, struct sim_owner *owner, struct sim_side *side)
{
    static struct gs_cut_lineage lineage;
    owner->used = true;
    owner->rests = false;
    owner->number = ++world->owners;
    owner->side = side;
    owner->bias = (int[]){5, 33, 90}[sim_below(&world->random, 3)];
    owner->skew_ms = (int64_t[]){0, 0, 2000, -2000}[sim_below(&world->random, 4)];
    owner->asked_ms = owner->asked_end = 0;
    owner->connected = false;
    owner->head = owner->tail = 0;
    owner->letters = owner->letters_acked = 0;
    owner->parts = 0;
    owner->holds_ended = 0;
    configure(world, owner);
    sim_say(world, "T%u/%u starts, generation %d", owner->number, side->number, side->generation);
    owner->machine = checkpoints_restore(world, side, &owner->config, &lineage);
    bool restored = owner->machine != NULL;
    if (!restored)
        owner->machine = make_machine(&owner->config);
    gs_task_keep_checkpoints(owner->machine, restored ? &lineage : NULL);
    gs_task_tick(owner->machine, owner_wall_ms(world, owner), owner_now_ms(world));
    seek(owner);
    if (restored)
        check_state(world, owner);
}

void owner_take_up(struct sim_world *world, struct sim_owner *owner)
{
    owner_disconnect(world, owner);
    owner_abandon_cut(world, owner);
    name_owner(world, owner);
    owner->rests = false;
    sim_count(world, COUNT_TAKEN_UP);
    sim_say(world, "T%u TAKES THE TASK UP AGAIN, generation %d", owner->number,
            owner->config.generation);
    gs_task_take_up(owner->machine, owner->config.incarnation, owner->config.generation,
                    owner_now_ms(world));
    seek(owner);
}

void owner_bury(struct sim_world *world, struct sim_owner *owner)
{
    struct gs_task_cut_stats stats;
    gs_task_cut_stats(owner->machine, &stats);
    world->counts[COUNT_CYCLES] += stats.cycles;
    world->counts[COUNT_CUTS] += stats.cuts;
    world->counts[COUNT_CUTS_FAILED] += stats.failed;
    gs_task_destroy(owner->machine);
    owner->used = false;
}

void owner_kill(struct sim_world *world, struct sim_owner *owner)
{
    sim_say(world, "T%u dies", owner->number);
    owner_disconnect(world, owner);
    owner_abandon_letters(world, owner);
    owner_abandon_cut(world, owner);
    owner_bury(world, owner);
}

/* ------------------------------------------------------------------ reading */

/* Asks for the end of the profiles; the answer comes with the next question. */
static void ask(struct sim_world *world, struct sim_owner *owner)
{
    const struct sim_log *profiles = &owner->side->logs.input[PROFILES];
    if (owner->asked_ms)
        gs_task_profiles_end(owner->machine, owner->asked_ms, owner->asked_end);
    owner->asked_ms = world->now_ms;
    owner->asked_end = sim_log_end(profiles, sim_log_count(profiles, world->now_ms));
}

static uint32_t fold(struct sim_owner *owner, uint8_t input, uint32_t first, uint32_t count,
                     struct gs_task_record *records)
{
    static struct gs_campaign campaigns[GS_TASK_BATCH_MAX * LOG_CAMPAIGNS];
    struct gs_campaign_pool pool = {campaigns, 0, GS_COUNT_OF(campaigns)};
    for (uint32_t i = 0; i < count; i++) {
        const struct sim_record *record = &owner->side->logs.input[input].record[first + i];
        records[i].event = record->event;
        records[i].bad = record->bad;
        if (input != PROFILES || record->bad)
            continue;
        records[i].event.profile.campaign_first = pool.count;
        for (uint32_t c = 0; c < record->event.profile.campaign_count; c++)
            campaigns[pool.count++] = record->campaigns[c];
    }
    return gs_task_fold(owner->machine, input, records, count, &pool);
}

/* What became of each record must be what the logs say. */
static void judge(struct sim_world *world, struct sim_owner *owner, uint8_t input, uint32_t number,
                  const struct gs_task_record *record)
{
    enum gs_disposition expected =
        (enum gs_disposition)owner->side->rescan.disposition[input][number];
    if (record->repeated) {
        sim_count(world, COUNT_REPEATED);
        return;
    }
    if (record->disposition != expected)
        sim_violate(world, RULE_RECORD, "T%u: record %lld of %s is %s, the logs say %s",
                    owner->number, (long long)record->event.offset,
                    owner->config.inputs[input].topic, gs_disposition_name(record->disposition),
                    gs_disposition_name(expected));
    if (record->disposition == GS_BAD)
        owner_write_letter(owner, input, number);
}

void owner_read(struct sim_world *world, struct sim_owner *owner, uint8_t input, uint32_t count)
{
    static struct gs_task_record records[GS_TASK_BATCH_MAX];
    const struct sim_log *log = &owner->side->logs.input[input];
    uint32_t visible = sim_log_count(log, world->now_ms);
    ask(world, owner);
    if (gs_task_waiting(owner->machine, input))
        return;
    uint32_t first = owner->at[input];
    if (sim_chance(&world->random, 5)) /* delivered twice */
        first -= (uint32_t)sim_below(&world->random, GS_MIN(first, 10u) + 1);
    count = GS_MIN(GS_MIN(count, (uint32_t)GS_TASK_BATCH_MAX), visible - first);
    uint32_t taken = count ? fold(owner, input, first, count, records) : 0;
    for (uint32_t i = 0; i < taken; i++)
        judge(world, owner, input, first + i, &records[i]);
    world->counts[COUNT_WAITED] += taken < count;
    owner->at[input] = GS_MAX(owner->at[input], first + taken);
    if (owner->at[input] == visible && sim_chance(&world->random, 70))
        gs_task_input_end_at(owner->machine, input, sim_log_end(log, visible));
}

bool owner_has_read_all(const struct sim_world *world, const struct sim_owner *owner)
{
    for (uint8_t i = 0; i < INPUTS; i++)
        if (owner->at[i] < sim_log_count(&owner->side->logs.input[i], world->now_ms))
            return false;
    return gs_task_at_end(owner->machine);
}

void owner_read_all(struct sim_world *world, struct sim_owner *owner)
{
    for (int round = 0; round < 50 && !owner_has_read_all(world, owner); round++)
        for (uint8_t i = 0; i < INPUTS; i++)
            owner_read(world, owner, i, GS_TASK_BATCH_MAX);
}

/* ------------------------------------------------------------------ time */

/* How far a quiet stream may carry as_of on. */
static void note_idle(struct sim_world *world, struct sim_owner *owner)
{
    const struct rescan *rescan = &owner->side->rescan;
    if (!gs_task_at_end(owner->machine) || !owner->config.idle_advance)
        return;
    for (uint8_t i = POSTS; i < INPUTS; i++) {
        int64_t next = gs_task_next_offset(owner->machine, i);
        uint32_t below = sim_log_below(&owner->side->logs.input[i], next);
        if (rescan->h_ms[i][below] == GS_NULL_INT)
            continue;
        int64_t idle_ms =
            owner_wall_ms(world, owner) - rescan->r_ms[i][below] - owner->config.idle_after_ms;
        int64_t as_of_ms = rescan->h_ms[i][below] + GS_MAX(idle_ms, 0);
        world->counts[COUNT_IDLE] += idle_ms > 0;
        owner->side->idle_bound_ms = GS_MAX(owner->side->idle_bound_ms, as_of_ms);
    }
}

void owner_tick(struct sim_world *world, struct sim_owner *owner)
{
    note_idle(world, owner);
    world->counts[COUNT_HELD] += gs_task_state(owner->machine) == GS_TASK_HELD;
    gs_task_tick(owner->machine, owner_wall_ms(world, owner), owner_now_ms(world));
    owner_note_hold(world, owner);
}
