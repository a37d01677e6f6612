/* add.c -- additions: one pane per view and event, however many windows the view has. */
#include "internal.h"

#define SLOW __attribute__((noinline)) /* keeps what is rare out of what is not */

int gsi_level_of(const struct gs_window *window, const struct gsi_view *view, int64_t t_ms,
                 uint8_t level)
{
    for (; level < window->level_count; level++)
        if (view->levels >> level & 1 &&
            t_ms >= window->level[level].oldest * window->level[level].pane_ms)
            return level;
    return -1;
}

/* A pane, if it is of this index. */
static inline struct gsi_pane *of_index(const struct gs_window *window, uint32_t handle,
                                        int64_t index)
{
    struct gsi_pane *pane = handle ? gsi_pane_at(window, handle) : NULL;
    return pane && gsi_pane_index(pane) == index ? pane : NULL;
}

/* The newest pane, or of an input that is behind the others the one that was added to last. */
static inline struct gsi_pane *ready_pane(const struct gs_window *window,
                                          const struct gsi_entity *entity, uint8_t level,
                                          int64_t index)
{
    struct gsi_pane *pane = of_index(window, entity->newest[level], index);
    return pane ? pane : of_index(window, gsi_pane_recent(entity, level), index);
}

/* Returns what would overflow. */
static inline uint64_t add_ready(struct gsi_pane *pane, const struct gs_delta *delta, uint64_t mask)
{
    if (!(pane->head & GSI_PANE_WIDE))
        return gsi_pane_add_narrow(pane, delta, mask);
    gsi_pane_add_wide(pane, delta, mask);
    return 0;
}

static SLOW void list(struct gs_window *window, uint32_t entity, uint8_t level, int64_t index,
                      struct gsi_pane *pane)
{
    struct gsi_place place = {entity, level, index, 0};
    gsi_pane_changed(window, pane, &place);
}

/* What no pane was ready for. */
static SLOW void add_slowly(struct gs_window *window, uint32_t entity, uint8_t level, int64_t index,
                            const struct gs_delta *delta, uint64_t mask)
{
    struct gsi_place place = {entity, level, index, 0};
    gsi_pane_add(window, &place, delta, mask);
}

/* It lies before every window. */
static SLOW bool drop(struct gs_window *window, uint32_t entity)
{
    window->stats.dropped++;
    gsi_mark_dropped(window, entity);
    return false;
}

bool gs_window_add(struct gs_window *window, uint32_t entity_index, int64_t t_ms,
                   const struct gs_delta *delta, int64_t now_ms)
{
    struct gsi_entity *entity = gsi_entity_at(window, entity_index);
    const struct gsi_view *view = &window->view[entity->view];
    uint8_t level = view->finest;
    int64_t index = window->level[level].newest;
    uint64_t mask = delta->mask;
    GS_ASSERT(t_ms >= 0 && t_ms <= window->as_of_ms);
    gsi_see_now(window, now_ms);
    if (t_ms < window->level[level].start_ms) {
        int found = gsi_level_of(window, view, t_ms, level);
        if (GS_UNLIKELY(found < 0))
            return drop(window, entity_index);
        level = (uint8_t)found;
        index = t_ms / window->level[level].pane_ms;
    }
    struct gsi_pane *pane = ready_pane(window, entity, level, index);
    if (pane && (!(mask & ~pane->head) || gsi_pane_extend(window, pane, delta, &mask))) {
        mask = add_ready(pane, delta, mask);
        if (GS_UNLIKELY(!(pane->head & GSI_PANE_CHANGED)))
            list(window, entity_index, level, index, pane);
    }
    if (GS_UNLIKELY(mask))
        add_slowly(window, entity_index, level, index, delta, mask);
    if (GS_LIKELY(entity->newest[level])) /* it is not if all that was added is 0 */
        gsi_mark_from(window, entity_index, entity, view, level);
    return true;
}
