/* checkpoints.c -- the log of checkpoints, what befalls it, also while it is read, and how a new
 * owner restores from it. */
#include "simulation.h"

#include "groundswell/restore.h"

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

static void count_passed(struct sim_world *world, const struct gs_restore_stats *stats)
{
    world->counts[COUNT_BARRIER_UNFINISHED] += stats->passed[GS_CUT_PASSED_UNFINISHED];
    world->counts[COUNT_BARRIER_GONE] += stats->passed[GS_CUT_PASSED_GONE];
    world->counts[COUNT_BARRIER_HOLED] += stats->passed[GS_CUT_PASSED_HOLED];
    world->counts[COUNT_SCANS_AGAIN] += stats->scans > 1;
    world->counts[COUNT_CHOSEN_AGAIN] += stats->failures > 0;
}

static void say_chosen(struct sim_world *world, const struct gs_cut_barrier *barrier)
{
    sim_count(world, COUNT_RESTORED);
    world->counts[COUNT_RESTORED_OF_SEVERAL] += barrier->lineage.span_count > 1;
    sim_say(world, "  restores V %lld %lld %lld %lld as_of %lld",
            (long long)barrier->inputs[0].offset, (long long)barrier->inputs[1].offset,
            (long long)barrier->inputs[2].offset, (long long)barrier->inputs[3].offset,
            sim_since(barrier->as_of_ms));
    for (uint32_t i = 0; world->trace && i < barrier->lineage.span_count; i++) {
        const struct gs_cut_span *span = &barrier->lineage.spans[i];
        sim_say(world, "    cuts %llu to %llu of %llx, %u left out",
                (unsigned long long)span->first, (unsigned long long)span->last,
                (unsigned long long)span->incarnation.low, span->left_out_count);
    }
}

/* Where to begin is a guess from times: it may be too late, or before the log begins. */
static struct gs_restore_config restore_config(struct sim_world *world, const struct sim_side *side,
                                               const struct gs_task_config *task)
{
    const struct sim_checkpoints *log = &side->checkpoints;
    struct gs_restore_config config = {
        .task = task, .start = log->start, .recent = -1, .end = log->count};
    for (uint8_t i = 0; i < INPUTS; i++)
        config.input_ends[i] = sim_log_end(&side->logs.input[i], side->logs.input[i].count);
    if (sim_chance(&world->random, 60))
        config.recent = (int64_t)sim_below(&world->random, log->count + 1);
    return config;
}

/* True if something was done to the log while it was being read. */
static bool disturb(struct sim_world *world, struct sim_side *side)
{
    if (world->calm || !sim_chance(&world->random, 4))
        return false;
    if (sim_chance(&world->random, 50))
        checkpoints_damage(world, side);
    else
        checkpoints_expire(world, side);
    return true;
}

static bool read_log(struct sim_world *world, struct sim_side *side, struct gs_restore *restore)
{
    const struct sim_checkpoints *log = &side->checkpoints;
    bool disturbed = false;
    int64_t position = 0;
    for (;;) {
        switch (gs_restore_next(restore, &position)) {
        case GS_RESTORE_DONE:
            return disturbed;
        case GS_RESTORE_SEEK:
            disturbed |= disturb(world, side);
            if (position == GS_RESTORE_LOG_START)
                position = log->start;
            if (position < log->start)
                gs_restore_gap(restore);
            break;
        case GS_RESTORE_MORE:
            if (position >= log->count)
                gs_restore_end(restore, position);
            else
                gs_restore_record(restore, position, record_at(side, position));
            position++;
            break;
        }
    }
}

struct gs_task *checkpoints_restore(struct sim_world *world, struct sim_side *side,
                                    const struct gs_task_config *task,
                                    struct gs_cut_lineage *lineage)
{
    struct gs_restore_config config = restore_config(world, side, task);
    struct gs_restore *restore = gs_restore_create(&config);
    struct gs_restore_stats stats;
    bool disturbed = read_log(world, side, restore);
    struct gs_task *machine = gs_restore_take(restore);
    gs_restore_stats(restore, &stats);
    count_passed(world, &stats);
    if (stats.failures && !disturbed)
        sim_violate(world, RULE_STATE, "what was chosen cannot be put back: %s",
                    gs_restore_reason(restore));
    if (machine) {
        say_chosen(world, gs_restore_barrier(restore));
        *lineage = gs_restore_barrier(restore)->lineage;
    } else {
        sim_count(world, COUNT_STARTED_OVER);
        sim_say(world, "  finds nothing to restore");
    }
    gs_restore_destroy(restore);
    return machine;
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
