/* cuts.c -- what an owner appends to Kafka: letters to the DLQ, and the parts of its cuts. A cut's
 * barrier is held back until all letters that were written before it are acknowledged. */
#include "simulation.h"

/* ------------------------------------------------------------------ letters */

void owner_write_letter(struct sim_owner *owner, uint8_t input, uint32_t record)
{
    GS_ASSERT(owner->letters - owner->letters_acked < LETTERS_MAX);
    owner->letter[owner->letters++ % LETTERS_MAX] = (struct sim_letter){input, record};
}

static void append_letter(struct sim_world *world, struct sim_owner *owner)
{
    const struct sim_letter *letter = &owner->letter[owner->letters_acked++ % LETTERS_MAX];
    owner->side->in_dlq[letter->input][letter->record] = true;
    sim_count(world, COUNT_LETTERS);
}

/* ------------------------------------------------------------------ parts */

void owner_cut(struct sim_world *world, struct sim_owner *owner)
{
    struct gs_task_log logs[GS_INPUTS_MAX] = {0};
    int64_t at[GS_INPUTS_MAX];
    if (owner->parts)
        return;
    owner->parts = gs_task_cut(owner->machine, logs, world->cycle_ms, owner_now_ms(world));
    owner->part = 0;
    owner->part_lost = false;
    owner->letters_before = owner->letters;
    owner_offsets(owner, at);
    sim_say(world, "T%u cuts at V %lld %lld %lld %lld, %u parts", owner->number, (long long)at[0],
            (long long)at[1], (long long)at[2], (long long)at[3], owner->parts);
}

static void append(struct sim_world *world, struct sim_side *side, struct gs_str record,
                   uint32_t writer)
{
    checkpoints_append(world, side, record);
    sim_say(world, "  checkpoint %u is of T%u", side->checkpoints.count - 1, writer);
}

static void haunt(struct sim_world *world, struct sim_owner *owner, struct gs_str record)
{
    sim_haunt(world, &(struct sim_ghost){.side = owner->side,
                                         .record = sim_copy(world, record),
                                         .writer = owner->number});
}

static void end_cut(struct sim_world *world, struct sim_owner *owner)
{
    owner->parts = 0;
    sim_say(world, "T%u: the cut %s", owner->number, owner->part_lost ? "failed" : "counts");
    if (owner->part_lost)
        gs_task_cut_failed(owner->machine);
    else
        gs_task_cut_acked(owner->machine);
}

static void deal_with_part(struct sim_world *world, struct sim_owner *owner, enum sim_fate fate)
{
    struct gs_str record = gs_task_cut_record(owner->machine, owner->part++);
    world->counts[COUNT_PARTS_TWICE] += fate == FATE_TWICE;
    if (fate <= FATE_ACK_LOST)
        append(world, owner->side, record, owner->number);
    if (fate == FATE_TWICE || fate == FATE_LATE)
        haunt(world, owner, record);
    owner->part_lost |= fate >= FATE_ACK_LOST;
    if (owner->part == owner->parts)
        end_cut(world, owner);
}

bool owner_broker(struct sim_world *world, struct sim_owner *owner, enum sim_fate fate)
{
    bool letter = owner->letters_acked < owner->letters;
    bool barrier = owner->part + 1 == owner->parts;
    bool held = barrier && owner->letters_acked < owner->letters_before && !GS_ABLATED(LETTERS);
    if (owner->parts && !held && !(letter && sim_chance(&world->random, 15))) {
        deal_with_part(world, owner, fate);
        return true;
    }
    world->counts[COUNT_BARRIERS_HELD] += held;
    if (letter)
        append_letter(world, owner);
    return letter;
}

void owner_abandon_letters(struct sim_world *world, struct sim_owner *owner)
{
    while (owner->letters_acked < owner->letters && sim_chance(&world->random, 30))
        append_letter(world, owner);
}

void owner_abandon_cut(struct sim_world *world, struct sim_owner *owner)
{
    while (owner->parts && owner->part < owner->parts) {
        bool held = owner->part + 1 == owner->parts && owner->letters_acked < owner->letters_before;
        struct gs_str record = gs_task_cut_record(owner->machine, owner->part++);
        if (!held && sim_chance(&world->random, 50))
            haunt(world, owner, record);
    }
    owner->parts = 0;
}
