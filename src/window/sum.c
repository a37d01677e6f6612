/* sum.c -- a window's sums: its level's panes and all finer ones inside it. */
#include "internal.h"

/* Returns the counters that the pane has. */
static uint64_t add_pane(struct gsi_pane *pane, int64_t total[GS_COUNTER_COUNT])
{
    const uint64_t has = pane->head & GSI_PANE_MASK;
    uint64_t mask = has;
    const int32_t *narrow = gsi_pane_narrow(pane);
    const int64_t *wide = gsi_pane_wide(pane);
    if (GS_LIKELY(!(pane->head & GSI_PANE_WIDE))) {
        for (; mask; mask &= mask - 1) {
            int64_t *sum = &total[__builtin_ctzll(mask)];
            *sum = gsi_sum64(*sum, *narrow++);
        }
        return has;
    }
    for (; mask; mask &= mask - 1) {
        int64_t *sum = &total[__builtin_ctzll(mask)];
        *sum = gsi_sum64(*sum, *wide++);
    }
    return has;
}

/* The smallest index of a finer level whose pane is inside the window. */
static int64_t oldest_inside(const struct gs_window *window, uint8_t level, uint8_t finer)
{
    const struct gsi_level *of = &window->level[level];
    return of->oldest * of->finer[finer];
}

/* Where it is on the way through the rings that a sum reads. */
struct walk {
    const struct gsi_entity *entity;
    uint32_t at; /* pane; 0 = the next ring begins */
    uint8_t level;
};

/* On to the next pane, which is fetched; false after the last one of the last ring. */
static bool step(const struct gs_window *window, struct walk *walk, uint8_t level)
{
    if (walk->at) {
        walk->at = gsi_pane_at(window, walk->at)->next;
        if (walk->at == walk->entity->newest[walk->level]) {
            walk->at = 0;
            walk->level++;
        }
    }
    while (!walk->at && walk->level <= level) {
        walk->at = walk->entity->newest[walk->level];
        walk->level = (uint8_t)(walk->level + !walk->at);
    }
    if (walk->at)
        gs_prefetch(gsi_pane_at(window, walk->at));
    return walk->at;
}

/* All of them in step, so that while one waits for its next pane the others do so too. */
void gsi_sum_fetch(const struct gs_window *window, const uint32_t *entities, uint32_t count,
                   uint8_t level)
{
    enum { STEPS_MAX = 16 };
    struct walk walks[GS_WINDOW_FETCHED_MAX];
    for (uint32_t i = 0; i < count; i++)
        walks[i] = (struct walk){.entity = gsi_entity_at(window, entities[i])};
    for (uint32_t n = 0; n < STEPS_MAX && count; n++) {
        uint32_t left = 0;
        for (uint32_t i = 0; i < count; i++)
            if (step(window, &walks[i], level))
                walks[left++] = walks[i];
        count = left;
    }
}

uint64_t gs_window_sum(const struct gs_window *window, uint32_t entity_index, uint8_t level,
                       int64_t total[GS_COUNTER_COUNT])
{
    const struct gsi_entity *entity = gsi_entity_at(window, entity_index);
    uint64_t has = 0;
    GS_ASSERT(entity->flags & GSI_LIVE && level < window->level_count);
    memset(total, 0, GS_COUNTER_COUNT * sizeof *total);
    for (uint8_t i = 0; i <= level; i++) {
        uint32_t newest = entity->newest[i];
        int64_t oldest = oldest_inside(window, level, i);
        for (uint32_t at = newest; at;) {
            at = gsi_pane_at(window, at)->next; /* from the oldest on, the newest last */
            struct gsi_pane *pane = gsi_pane_at(window, at);
            if (gsi_pane_index(pane) >= oldest)
                has |= add_pane(pane, total);
            if (at == newest)
                break;
        }
    }
    for (uint64_t mask = has; mask; mask &= mask - 1) /* sums may be 0 again */
        has ^= total[__builtin_ctzll(mask)] ? 0 : mask & -mask;
    return has;
}

bool gsi_has_content(const struct gs_window *window, const struct gsi_entity *entity, uint8_t level)
{
    for (uint8_t i = 0; i <= level; i++)
        if (entity->newest[i] && gsi_pane_index(gsi_pane_at(window, entity->newest[i])) >=
                                     oldest_inside(window, level, i))
            return true;
    return false;
}

void gs_window_bounds(const struct gs_window *window, uint8_t level, int64_t *from_ms,
                      int64_t *to_ms)
{
    const struct gsi_level *of = &window->level[level];
    bool started = window->as_of_ms != GS_NULL_INT;
    GS_ASSERT(level < window->level_count);
    *from_ms = started ? of->oldest * of->pane_ms : 0;
    *to_ms = started ? (of->newest + 1) * of->pane_ms : 0;
}
