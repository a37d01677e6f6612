/* scenario.c -- seed 0: fixed sequences for what random schedules hardly ever hit. Each needs two
 * owners that read their inputs at different speeds. */
#include "simulation.h"

#define SECOND INT64_C(1000)

/* ------------------------------------------------------------------ logs by hand */

static struct gs_event *append(struct sim_logs *logs, int input, const char *influencer,
                               int64_t t_ms)
{
    struct sim_log *log = &logs->input[input];
    struct sim_record *record = &log->record[log->count];
    snprintf(record->id, sizeof record->id, "%d-%u", input, log->count);
    record->bad = GS_BAD_NONE;
    record->event = (struct gs_event){
        .kind = (uint8_t)(input == COMMENTS ? GS_KIND_COMMENT : GS_KIND_REACTION),
        .offset = log->count++,
        .record_ms = T0 + t_ms,
        .event_ms = T0 + t_ms,
        .event_id = gs_str_of(record->id),
        .influencer_id = gs_str_of(influencer),
        .post_id = gs_str_of(influencer),
    };
    return &record->event;
}

static void comment_on(struct sim_logs *logs, const char *influencer, int64_t t_ms)
{
    struct gs_event *event = append(logs, COMMENTS, influencer, t_ms);
    event->action = GS_ACTION_CREATED;
    event->comment.comment_id = event->event_id;
    event->comment.actor_id = gs_str_of("fan");
    event->comment.likes = event->comment.replies = event->comment.shares = GS_NULL_INT;
    event->comment.sentiment = 0.7;
}

static void convert(struct sim_logs *logs, const char *influencer, int64_t t_ms)
{
    struct gs_event *event = append(logs, REACTIONS, influencer, t_ms);
    event->reaction.reaction = GS_REACTION_CONVERSION;
    event->reaction.op = GS_OP_ADD;
    event->reaction.count = 1;
    event->reaction.value_micros = GS_NULL_INT;
}

static struct sim_side *begin(struct sim_world *world, bool trace)
{
    sim_begin(world, 0, trace, 1);
    struct sim_side *side = &world->side[0];
    for (int input = 0; input < INPUTS; input++)
        side->logs.input[input].count = 0;
    side->logs.config.idle_advance = false;
    side->logs.config.rules = NULL;
    world->now_ms = T0 + 3600 * SECOND;
    world->cycle_ms = 3600 * SECOND;
    return side;
}

/* ------------------------------------------------------------------ steps */

static void read(struct sim_world *world, struct sim_owner *owner, uint8_t input, uint32_t count)
{
    for (uint32_t end = owner->at[input] + count; owner->at[input] < end;)
        owner_read(world, owner, input, end - owner->at[input]);
    owner_tick(world, owner);
}

static void write_all(struct sim_world *world, struct sim_owner *owner)
{
    do {
        owner_tick(world, owner);
        owner_send(world, owner, true);
        owner_apply(world, owner);
        owner_answer(world, owner);
    } while (owner->head != owner->tail || !gs_task_flushed(owner->machine));
}

static void cut(struct sim_world *world, struct sim_owner *owner)
{
    owner_cut(world, owner);
    while (owner_broker(world, owner, FATE_OK))
        continue;
}

static struct sim_owner *succeed(struct sim_world *world, struct sim_side *side, bool keep)
{
    side->generation++;
    sim_appoint(world, side, keep);
    return sim_current(side);
}

static void judge(struct sim_world *world)
{
    sim_settle(world);
    check_end(world, false);
    sim_bury_all(world);
}

/* ------------------------------------------------------------------ sequences */

/* All was in Redis at (0, 8) of comments and reactions, and the next owner begins at (5, 0): 8 is
 * more than 5, but what the comments brought is not there. */
static void clean_at_other_offsets(struct sim_world *world, bool trace)
{
    struct sim_side *side = begin(world, trace);
    for (int i = 0; i < 5; i++)
        comment_on(&side->logs, "ann", i);
    for (int i = 0; i < 8; i++)
        convert(&side->logs, "bob", 10 + i);
    rescan_logs(&side->rescan, &side->logs);
    owner_start(world, &side->owner[0], side);
    struct sim_owner *first = sim_current(side);
    struct sim_owner *second = succeed(world, side, true);
    read(world, first, COMMENTS, 5);
    read(world, second, REACTIONS, 8);
    write_all(world, second);
    cut(world, first);
    struct sim_owner *third = succeed(world, side, false);
    read(world, third, REACTIONS, 8);
    judge(world);
}

/* The one before had shown a late record in the longest window; the next owner reads it when that
 * is past, and finds nothing to add it to. */
static void shown_by_the_one_before(struct sim_world *world, bool trace)
{
    struct sim_side *side = begin(world, trace);
    comment_on(&side->logs, "ann", 300 * SECOND);
    comment_on(&side->logs, "bob", 400 * SECOND);
    comment_on(&side->logs, "bob", 660 * SECOND);
    convert(&side->logs, "ann", 10 * SECOND);
    rescan_logs(&side->rescan, &side->logs);
    owner_start(world, &side->owner[0], side);
    struct sim_owner *first = sim_current(side);
    read(world, first, COMMENTS, 2);
    write_all(world, first);
    cut(world, first);
    read(world, first, REACTIONS, 1);
    write_all(world, first);
    struct sim_owner *second = succeed(world, side, false);
    read(world, second, COMMENTS, 1);
    read(world, second, REACTIONS, 1);
    judge(world);
}

/* Owners that follow one another too quickly to come round with a pass over what they show, each
 * of whom finds that all is clean, while the clock of the logs stands still. */
static void refreshed_by_nobody(struct sim_world *world, bool trace)
{
    struct sim_side *side = begin(world, trace);
    comment_on(&side->logs, "ann", 0);
    rescan_logs(&side->rescan, &side->logs);
    owner_start(world, &side->owner[0], side);
    struct sim_owner *owner = sim_current(side);
    world->calm = true; /* no faults: each of them finds the checkpoint */
    read(world, owner, COMMENTS, 1);
    for (int64_t lived_ms = 0; lived_ms < 1800 * SECOND; lived_ms += 60 * SECOND) {
        write_all(world, owner);
        cut(world, owner);
        write_all(world, owner);
        world->now_ms += 60 * SECOND;
        owner = succeed(world, side, false);
    }
    write_all(world, owner);
    check_end(world, false);
    judge(world);
}

void sim_scenarios(struct sim_world *world, bool trace)
{
    static void (*const scenarios[])(struct sim_world *, bool) = {
        clean_at_other_offsets, shown_by_the_one_before, refreshed_by_nobody};
    for (size_t i = 0; i < GS_COUNT_OF(scenarios) && !world->any_broken; i++)
        scenarios[i](world, trace);
}
