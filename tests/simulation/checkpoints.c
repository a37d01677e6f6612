/* checkpoints.c -- the log of checkpoints, what befalls it, and how a new owner restores from it:
 * as the worker does, it scans what there is, chooses a barrier, and reads the bodies in the order
 * of its lineage. */
#include "simulation.h"

enum { RECORDS_MAX = 65536, BARRIER_BYTES_MAX = 64 << 20 };

void checkpoints_append(struct sim_world *world, struct sim_side *side, struct gs_str record)
{
    struct sim_checkpoints *log = &side->checkpoints;
    if (log->count == log->capacity) {
        log->capacity = GS_MAX(log->capacity * 2, 256u);
        log->appended = gs_realloc(log->appended, log->capacity * sizeof *log->appended);
    }
    struct gs_str copy = sim_copy(world, record);
    log->appended[log->count++] = (struct sim_append){(char *)copy.data, (uint32_t)copy.len};
    world->digest = gs_hash64(record.data, record.len, world->digest);
}

static struct gs_str record_at(const struct sim_side *side, int64_t position)
{
    const struct sim_append *append = &side->checkpoints.appended[position];
    return gs_str_make(append->bytes, append->len);
}

/* ------------------------------------------------------------------ restore */

static void scan(const struct sim_side *side, uint64_t layout, struct gs_cut_choice *choice)
{
    static struct gs_cut_barrier barrier;
    struct gs_cut_header header;
    struct gs_str body;
    for (uint32_t i = side->checkpoints.start; i < side->checkpoints.count; i++) {
        if (gs_cut_parse(record_at(side, i), layout, &header, &body) != GS_CUT_GOOD)
            continue;
        bool last = gs_cut_is_barrier(&header);
        if (last && gs_cut_parse_barrier(body, &header, &barrier) != GS_CUT_GOOD)
            continue;
        gs_cut_choice_add(choice, &(struct gs_cut_seen){i, &header, last ? &barrier : NULL, 0});
    }
}

static void read_bodies(struct sim_world *world, const struct sim_side *side,
                        const struct gs_cut_chosen *chosen, struct gs_task *machine)
{
    uint64_t layout = gs_task_layout(&side->logs.config);
    struct gs_error error;
    for (size_t i = 0; i < chosen->read_count; i++) {
        struct gs_cut_header header;
        struct gs_str body;
        bool good = gs_cut_parse(record_at(side, chosen->reads[i].position), layout, &header,
                                 &body) == GS_CUT_GOOD;
        if (!good || gs_task_restore_body(machine, header.incarnation, body, &error) != GS_OK)
            sim_violate(world, RULE_STATE, "the record at %lld cannot be put back: %s",
                        (long long)chosen->reads[i].position, good ? error.message : "damaged");
    }
}

static void count_passed(struct sim_world *world, const struct gs_cut_choice *choice)
{
    struct gs_cut_choice_stats stats = gs_cut_choice_stats(choice);
    world->counts[COUNT_BARRIER_UNFINISHED] += stats.passed[GS_CUT_PASSED_UNFINISHED];
    world->counts[COUNT_BARRIER_GONE] += stats.passed[GS_CUT_PASSED_GONE];
    world->counts[COUNT_BARRIER_HOLED] += stats.passed[GS_CUT_PASSED_HOLED];
}

static void say_chosen(struct sim_world *world, const struct gs_cut_chosen *chosen)
{
    const struct gs_cut_barrier *barrier = &chosen->barrier;
    sim_count(world, COUNT_RESTORED);
    world->counts[COUNT_RESTORED_OF_SEVERAL] += barrier->lineage.span_count > 1;
    sim_say(world, "  restores the barrier at %lld: V %lld %lld %lld %lld as_of %lld",
            (long long)chosen->position, (long long)barrier->inputs[0].offset,
            (long long)barrier->inputs[1].offset, (long long)barrier->inputs[2].offset,
            (long long)barrier->inputs[3].offset, sim_since(barrier->as_of_ms));
    for (uint32_t i = 0; world->trace && i < barrier->lineage.span_count; i++) {
        const struct gs_cut_span *span = &barrier->lineage.spans[i];
        sim_say(world, "    cuts %llu to %llu of %llx, %u left out",
                (unsigned long long)span->first, (unsigned long long)span->last,
                (unsigned long long)span->incarnation.low, span->left_out_count);
    }
}

bool checkpoints_restore(struct sim_world *world, struct sim_side *side, struct gs_task *machine,
                         struct gs_cut_lineage *lineage)
{
    static struct gs_cut_chosen chosen;
    struct gs_cut_choice_limits limits = {RECORDS_MAX, BARRIER_BYTES_MAX};
    struct gs_cut_choice *choice = gs_cut_choice_create(&limits);
    struct gs_error error;
    scan(side, gs_task_layout(&side->logs.config), choice);
    bool found = gs_cut_choose(choice, &chosen);
    count_passed(world, choice);
    if (found) {
        say_chosen(world, &chosen);
        if (gs_task_restore_begin(machine, &chosen.barrier, &error) != GS_OK)
            sim_violate(world, RULE_STATE, "%s", error.message);
        read_bodies(world, side, &chosen, machine);
        if (gs_task_restore_end(machine, &error) != GS_OK)
            sim_violate(world, RULE_STATE, "%s", error.message);
        *lineage = chosen.barrier.lineage;
    } else {
        sim_count(world, COUNT_STARTED_OVER);
        sim_say(world, "  finds nothing to restore");
    }
    gs_cut_choice_destroy(choice);
    return found;
}

/* ------------------------------------------------------------------ what befalls the log */

static uint32_t held(const struct sim_side *side)
{
    return side->checkpoints.count - side->checkpoints.start;
}

/* A flipped bit, or an end that is missing, in one of the newest records. */
void checkpoints_damage(struct sim_world *world, struct sim_side *side)
{
    if (!held(side))
        return;
    uint32_t back = (uint32_t)sim_below(&world->random, GS_MIN(held(side), 12u));
    struct sim_append *append = &side->checkpoints.appended[side->checkpoints.count - 1 - back];
    if (!append->len)
        return; /* nothing is left of it */
    uint32_t at = (uint32_t)sim_below(&world->random, append->len);
    if (sim_chance(&world->random, 30))
        append->len = at;
    else
        append->bytes[at] ^= (char)(1 << sim_below(&world->random, 8));
    sim_count(world, COUNT_DAMAGED);
    sim_say(world, "CHECKPOINT AT %u IS DAMAGED", side->checkpoints.count - 1 - back);
}

void checkpoints_lose_tail(struct sim_world *world, struct sim_side *side)
{
    uint32_t lost = 1 + (uint32_t)sim_below(&world->random, 8);
    lost = GS_MIN(lost, held(side));
    if (!lost)
        return;
    side->checkpoints.count -= lost;
    sim_count(world, COUNT_TAILS_LOST);
    sim_say(world, "THE LAST %u CHECKPOINTS ARE LOST", lost);
}

void checkpoints_expire(struct sim_world *world, struct sim_side *side)
{
    if (held(side) < 2)
        return;
    uint32_t most = sim_chance(&world->random, 70) ? held(side) / 2 : held(side);
    side->checkpoints.start += 1 + (uint32_t)sim_below(&world->random, GS_MAX(most, 1u));
    side->checkpoints.start = GS_MIN(side->checkpoints.start, side->checkpoints.count);
    sim_count(world, COUNT_RETENTIONS);
    sim_say(world, "CHECKPOINTS BELOW %u ARE DELETED", side->checkpoints.start);
}
