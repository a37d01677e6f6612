/* check.c -- what must hold at every step, and what in the end. */
#include "simulation.h"

#include "task/internal.h"

/* ------------------------------------------------------------------ a write */

static void check_cell(struct sim_world *world, const struct sim_request *request, uint32_t number,
                       struct gs_str json)
{
    const struct sim_side *side = request->side;
    const struct gs_command *command = &request->command;
    const char *key = side->rescan.entity[number / LEVELS].cell_key[number % LEVELS];
    struct rescan_cell cell;
    char why[256];
    sim_count(world, COUNT_CELLS);
    rescan_cell(&side->rescan, number, command->at, command->as_of_ms, &cell);
    if (cell.deleted != !json.len) {
        sim_violate(world, RULE_CELL, "T%u %s %s, and the post is%s deleted", request->sender,
                    json.len ? "writes" : "deletes", key, cell.deleted ? "" : " not");
        return;
    }
    struct rescan_expected expected = {&cell, command->at, command->as_of_ms, side->number,
                                       (uint8_t)(number % LEVELS)};
    if (json.len && !rescan_agrees(&expected, json, why))
        sim_violate(world, RULE_CELL, "T%u writes %s at %lld %lld %lld %lld as_of %lld: %s",
                    request->sender, key, (long long)command->at[0], (long long)command->at[1],
                    (long long)command->at[2], (long long)command->at[3],
                    sim_since(command->as_of_ms), why);
}

static void check_readers(struct sim_world *world, const struct sim_request *request,
                          uint32_t number)
{
    struct sim_side *side = request->side;
    const struct gs_command *command = &request->command;
    bool back = side->seen[number].any && command->as_of_ms < side->seen[number].as_of_ms;
    for (uint8_t i = 0; i < INPUTS && side->seen[number].any; i++)
        back |= command->at[i] < side->seen[number].at[i];
    if (back)
        sim_violate(world, RULE_READERS, "T%u: %s goes back", request->sender,
                    side->rescan.entity[number / LEVELS].cell_key[number % LEVELS]);
    side->seen[number].any = true;
    side->seen[number].as_of_ms = command->as_of_ms;
    memcpy(side->seen[number].at, command->at, sizeof side->seen[number].at);
}

static void check_clock(struct sim_world *world, const struct sim_request *request)
{
    const struct sim_side *side = request->side;
    int64_t as_of_ms = request->command.as_of_ms;
    int64_t clock_ms = rescan_clock_ms(&side->rescan, request->command.at);
    if (as_of_ms < clock_ms ||
        (as_of_ms > clock_ms && as_of_ms > side->idle_bound_ms && as_of_ms > side->shown_ms))
        sim_violate(world, RULE_CLOCK, "T%u: as_of is %lld, and the logs' clock is %lld",
                    request->sender, sim_since(as_of_ms), sim_since(clock_ms));
}

void check_written(struct sim_world *world, const struct sim_request *request,
                   const uint32_t *cells)
{
    const struct gs_command *command = &request->command;
    check_clock(world, request);
    request->side->shown_ms = GS_MAX(request->side->shown_ms, command->as_of_ms);
    for (uint32_t i = 0; i < command->cell_count; i++) {
        const struct gs_write_cell *written = &command->cells[i];
        struct gs_str json =
            gs_str_make(command->bytes.data + written->value_at, written->value_len);
        if (cells[i] == CELLS_MAX)
            continue;
        check_cell(world, request, cells[i], json);
        if (json.len)
            check_readers(world, request, cells[i]);
    }
}

void check_readers_forget(struct sim_world *world, struct sim_side *side)
{
    for (uint32_t s = 0; s < world->side_count; s++)
        if (!side || side == &world->side[s])
            memset(world->side[s].seen, 0, sizeof world->side[s].seen);
}

/* ------------------------------------------------------------------ a whole state */

static void check_sum(struct sim_world *world, struct sim_owner *owner, uint32_t number,
                      const int64_t at[GS_INPUTS_MAX])
{
    const struct gs_task *task = owner->machine;
    const struct rescan_entity *entity = &owner->side->rescan.entity[number / LEVELS];
    uint8_t level = (uint8_t)(number % LEVELS);
    struct gs_str key = gs_str_of(entity->key);
    uint32_t found =
        gs_window_find(task->window, entity->view, key, gs_window_hash(task->window, key));
    int64_t total[GS_COUNTER_COUNT] = {0};
    struct rescan_cell cell;
    rescan_cell(&owner->side->rescan, number, at, task->as_of_ms, &cell);
    if (found != GS_ENTITY_NONE)
        gs_window_sum(task->window, found, level, total);
    for (int c = 0; c < GS_COUNTER_COUNT; c++)
        if (total[c] != cell.total[c]) {
            sim_violate(world, RULE_STATE, "T%u: %s of %s is %lld, the logs say %lld",
                        owner->number, gs_counter_info((enum gs_counter)c)->name,
                        entity->cell_key[level], (long long)total[c], (long long)cell.total[c]);
            return;
        }
}

static bool has_cell(const struct sim_side *side, uint32_t number)
{
    uint8_t view = side->rescan.entity[number / LEVELS].view;
    return side->logs.config.views[view].levels >> (number % LEVELS) & 1;
}

void check_state(struct sim_world *world, struct sim_owner *owner)
{
    int64_t at[GS_INPUTS_MAX];
    if (owner->machine->as_of_ms == GS_NULL_INT)
        return;
    sim_count(world, COUNT_STATES);
    owner_offsets(owner, at);
    for (uint32_t n = 0; n < owner->side->rescan.entity_count * LEVELS; n++)
        if (has_cell(owner->side, n))
            check_sum(world, owner, n, at);
}

/* ------------------------------------------------------------------ the end */

/* Of a post that was deleted at some time. */
static bool was_deleted(const struct sim_side *side, uint32_t number)
{
    const char *post = side->rescan.entity[number / LEVELS].post;
    const struct sim_log *log = &side->logs.input[POSTS];
    for (uint32_t i = 0; i < log->count && post; i++)
        if (log->record[i].event.action == GS_ACTION_DELETED &&
            strcmp(log->record[i].event.post_id.data, post) == 0)
            return true;
    return false;
}

/* What Redis shows of a cell, and what it should. Something that left its window may stand there
 * as it was until it expires, if the write of the empty cell was lost. And what changes only
 * because time goes on, a tombstone or a number of followers that runs out, is shown by the next
 * refresh. */
static void check_shown(struct sim_world *world, const struct sim_side *side, uint32_t number,
                        const struct rescan_cell *now, bool strict)
{
    const struct sim_value *value = redis_get(world, side, number);
    const char *key = side->rescan.entity[number / LEVELS].cell_key[number % LEVELS];
    struct rescan_cell then;
    if (now->deleted || now->empty) {
        if (!value)
            return;
        rescan_cell(&side->rescan, number, value->at, value->as_of_ms, &then);
        if (!then.empty && (strict || !now->empty))
            sim_violate(world, RULE_END, "%s shows what is %s", key,
                        now->deleted ? "deleted" : "over");
        return;
    }
    if (!value) {
        if (strict || !was_deleted(side, number))
            sim_violate(world, RULE_END, "%s is not there", key);
        return;
    }
    rescan_cell(&side->rescan, number, value->at, value->as_of_ms, &then);
    if (strict ? !rescan_same(&then, now) : memcmp(then.total, now->total, sizeof then.total) != 0)
        sim_violate(world, RULE_END, "%s shows what was at %lld %lld %lld %lld as_of %lld", key,
                    (long long)value->at[0], (long long)value->at[1], (long long)value->at[2],
                    (long long)value->at[3], sim_since(value->as_of_ms));
}

static void check_letters(struct sim_world *world, const struct sim_side *side,
                          const int64_t at[GS_INPUTS_MAX])
{
    for (uint8_t input = 0; input < INPUTS; input++)
        for (uint32_t i = 0; i < sim_log_below(&side->logs.input[input], at[input]); i++)
            if (side->logs.input[input].record[i].bad && !side->in_dlq[input][i])
                sim_violate(world, RULE_LETTERS, "the bad record %u of input %d is lost", i, input);
}

void check_end(struct sim_world *world, bool strict)
{
    for (uint32_t s = 0; s < world->side_count; s++) {
        struct sim_side *side = &world->side[s];
        struct sim_owner *owner = sim_current(side);
        int64_t at[GS_INPUTS_MAX];
        int64_t as_of_ms = owner->machine->as_of_ms;
        owner_offsets(owner, at);
        check_letters(world, side, at);
        for (uint32_t n = 0; n < side->rescan.entity_count * LEVELS && as_of_ms != GS_NULL_INT;
             n++) {
            struct rescan_cell now;
            if (!has_cell(side, n))
                continue;
            rescan_cell(&side->rescan, n, at, as_of_ms, &now);
            check_shown(world, side, n, &now, strict);
        }
    }
}
