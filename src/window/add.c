/* add.c -- additions: one pane per view and event, however many windows the view has. */
#include "internal.h"

enum { SPREAD_MS_MAX = 3600000 };

int gsi_level_of(const struct gs_window *window, const struct gsi_view *view, int64_t t_ms,
                 uint8_t level)
{
    for (; level < window->level_count; level++)
        if (view->levels >> level & 1 &&
            t_ms / window->level[level].pane_ms >= window->level[level].oldest)
            return level;
    return -1;
}

/* The common case is one comparison: the cells that contain the pane are dirty already. */
static inline void mark_from(struct gs_window *window, uint32_t index,
                             const struct gsi_entity *entity, const struct gsi_view *view,
                             uint8_t level)
{
    uint32_t dirty = view->dirty_from[level];
    if ((entity->cells & dirty) != dirty)
        gsi_mark_levels(window, index, UINT32_MAX << level, 0);
}

/* The newest pane of the view's finest level, if it is of this index and holds these counters. */
static inline struct gsi_pane *ready_pane(const struct gs_window *window,
                                          const struct gsi_entity *entity, uint8_t level,
                                          int64_t index, uint64_t mask)
{
    uint32_t handle = entity->newest[level];
    if (GS_UNLIKELY(!handle))
        return NULL;
    struct gsi_pane *pane = gsi_pane_at(window, handle);
    return gsi_pane_index(pane) == index && !(mask & ~(pane->head & GSI_PANE_MASK)) &&
                   !(pane->head & GSI_PANE_WIDE)
               ? pane
               : NULL;
}

bool gs_window_add(struct gs_window *window, uint32_t entity_index, int64_t t_ms,
                   const struct gs_delta *delta, int64_t now_ms)
{
    struct gsi_entity *entity = gsi_entity_at(window, entity_index);
    const struct gsi_view *view = &window->view[entity->view];
    struct gsi_place place = {entity_index, view->finest, 0, 0};
    uint64_t mask = delta->mask;
    GS_ASSERT(t_ms >= 0 && t_ms <= window->as_of_ms);
    gsi_see_now(window, now_ms);
    if (GS_LIKELY(t_ms >= window->level[view->finest].start_ms)) {
        place.index = window->level[view->finest].newest;
    } else {
        int level = gsi_level_of(window, view, t_ms, view->finest);
        if (level < 0) {
            window->stats.dropped++;
            return false;
        }
        place.level = (uint8_t)level;
        place.index = t_ms / window->level[level].pane_ms;
    }
    struct gsi_pane *pane = ready_pane(window, entity, place.level, place.index, mask);
    if (GS_LIKELY(pane != NULL))
        mask = gsi_pane_add_narrow(pane, delta, mask);
    if (GS_UNLIKELY(mask))
        gsi_pane_add(window, &place, delta, mask);
    if (GS_LIKELY(entity->newest[place.level])) /* it is not if all that was added is 0 */
        mark_from(window, entity_index, entity, view, place.level);
    return true;
}

/* ------------------------------------------------------------------ spread */

/* change happened evenly in (last, last + span], seen from s on. */
struct growth {
    enum gs_counter counter;
    int64_t change;
    int64_t last_ms;
    int64_t span_ms;
    int64_t s_ms;
    bool small; /* products fit into 64 bits */
};

/* C(x): how much of it had happened by instant x <= t. */
static int64_t by(const struct growth *growth, int64_t x_ms)
{
    if (x_ms <= growth->s_ms)
        return 0;
    int64_t elapsed = x_ms - growth->last_ms;
    if (GS_LIKELY(growth->small))
        return growth->change * elapsed / growth->span_ms;
    return (int64_t)((__int128)growth->change * elapsed / growth->span_ms);
}

/* The first instant > s by which more than `amount` had happened. */
static int64_t first_beyond(const struct growth *growth, int64_t amount)
{
    __int128 product = ((__int128)amount + 1) * growth->span_ms;
    int64_t elapsed = (int64_t)((product + growth->change - 1) / growth->change);
    return GS_MAX(growth->last_ms + elapsed, growth->s_ms + 1);
}

/* Gives the panes of one level their share of the instants [from, end); *had is C(from - 1), and
 * C(end - 1) afterwards. Where nothing happened no pane is visited. */
static bool spread_level(struct gs_window *window, struct gsi_place *place,
                         const struct growth *growth, int64_t bounds_ms[2], int64_t *had)
{
    int64_t pane_ms = window->level[place->level].pane_ms;
    struct gs_delta delta = {.mask = UINT64_C(1) << growth->counter};
    int64_t at = bounds_ms[0];
    bool any = false;
    while (at < bounds_ms[1]) {
        place->index = at / pane_ms;
        int64_t pane_end = GS_MIN((place->index + 1) * pane_ms, bounds_ms[1]);
        int64_t has = by(growth, pane_end - 1);
        if (has == *had) {
            at = GS_MAX(pane_end, first_beyond(growth, *had));
            continue;
        }
        delta.value[growth->counter] = has - *had;
        gsi_pane_add(window, place, &delta, delta.mask);
        *had = has;
        at = pane_end;
        any = true;
    }
    return any;
}

void gs_window_spread(struct gs_window *window, uint32_t entity_index,
                      const struct gs_window_growth *what, int64_t now_ms)
{
    struct gsi_entity *entity = gsi_entity_at(window, entity_index);
    const struct gsi_view *view = &window->view[entity->view];
    int64_t t_ms = what->t_ms;
    struct growth growth = {.counter = what->counter,
                            .change = what->change,
                            .last_ms = what->last_ms,
                            .span_ms = t_ms - what->last_ms,
                            .s_ms = GS_MAX(what->last_ms, t_ms - SPREAD_MS_MAX)};
    GS_ASSERT(what->change > 0 && what->last_ms >= 0 && growth.span_ms > 0);
    GS_ASSERT(t_ms <= window->as_of_ms);
    growth.small = what->change <= INT64_MAX / growth.span_ms;
    gsi_see_now(window, now_ms);
    int64_t at = growth.s_ms + 1;
    int64_t had = 0;
    bool first = true;
    for (int level = window->level_count - 1; level >= view->finest; level--) {
        if (!(view->levels >> level & 1))
            continue;
        int64_t start = window->level[level].oldest * window->level[level].pane_ms;
        if (first && at < start) { /* what lies before every window */
            at = start;
            had = by(&growth, GS_MIN(at - 1, t_ms));
            window->stats.dropped += had > 0;
        }
        first = false;
        int64_t end = t_ms + 1;
        for (int finer = level - 1; finer >= view->finest; finer--)
            if (view->levels >> finer & 1) {
                end = GS_MIN(end, window->level[finer].oldest * window->level[finer].pane_ms);
                break;
            }
        struct gsi_place place = {entity_index, (uint8_t)level, 0, 0};
        if (spread_level(window, &place, &growth, (int64_t[2]){at, end}, &had))
            mark_from(window, entity_index, entity, view, (uint8_t)level);
        at = GS_MAX(at, end);
    }
}
