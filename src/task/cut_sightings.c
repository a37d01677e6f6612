/* cut_sightings.c -- the memories of copies and bursts of an input, as a cut takes them: what came
 * since the last one, and a share of all. */
#include "internal.h"

void gsi_cut_pass_sightings(const struct gsi_input *input, struct gsi_sightings_marks *to)
{
    struct gs_sightings_piece piece;
    if (!input->copies)
        return;
    while (gs_copies_next(input->copies, &to->copies, &piece) ||
           gs_burst_next(input->burst, &to->bursts, &piece))
        continue;
}

uint64_t gsi_cut_sightings_count(const struct gsi_input *input)
{
    struct gs_sightings_state copies, bursts;
    if (!input->copies)
        return 0;
    gs_copies_state(input->copies, &copies);
    gs_burst_state(input->burst, &bursts);
    return (uint64_t)copies.newer + copies.older + bursts.newer + bursts.older;
}

bool gsi_cut_sightings(struct gs_task *task, uint8_t i, struct gsi_sightings_marks *from,
                       uint64_t *budget)
{
    const struct gsi_input *input = &task->input[i];
    struct gs_sightings_piece piece;
    while (*budget && gs_copies_next(input->copies, &from->copies, &piece)) {
        gsi_entry_copies(i, &piece, gsi_cut_bytes(task->cut));
        gsi_cut_add(task, GSI_ENTRY_COPIES);
        *budget -= GS_MIN(*budget, piece.count);
    }
    while (*budget && gs_burst_next(input->burst, &from->bursts, &piece)) {
        gsi_entry_bursts(i, &piece, gsi_cut_bytes(task->cut));
        gsi_cut_add(task, GSI_ENTRY_BURSTS);
        *budget -= GS_MIN(*budget, piece.count);
    }
    return *budget > 0;
}

void gsi_cut_sightings_state(struct gs_task *task, uint8_t i)
{
    const struct gsi_input *input = &task->input[i];
    struct gs_sightings_state state;
    gs_copies_state(input->copies, &state);
    gsi_entry_sightings_state(i, &state, gsi_cut_bytes(task->cut));
    gsi_cut_add(task, GSI_ENTRY_COPIES_STATE);
    gs_burst_state(input->burst, &state);
    gsi_entry_sightings_state(i, &state, gsi_cut_bytes(task->cut));
    gsi_cut_add(task, GSI_ENTRY_BURSTS_STATE);
}
