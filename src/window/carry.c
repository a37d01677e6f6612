/* carry.c -- the clock, and what it makes old.
 *
 *   buckets of a view's level, by pane index        expired            carried
 *   [P-n+1] ... [P-1] [P]  ──as_of passes a border──► list, ascending ──► pane of the next level
 *
 * Advancing only moves lists. A pane that waits counts where it belongs already, because a window
 * is its own panes and all finer ones inside it. */
#include "internal.h"

static void move_level(struct gs_window *window, uint8_t number)
{
    struct gsi_level *level = &window->level[number];
    int64_t newest = window->as_of_ms / level->pane_ms;
    int64_t first = GS_MAX(level->oldest, 0);
    int64_t last = GS_MIN(level->newest, newest - level->panes);
    for (uint8_t v = 0; v < window->view_count; v++) {
        struct gsi_view *view = &window->view[v];
        for (int64_t i = first; i <= last && view->buckets[number]; i++) {
            struct gsi_chain *bucket = &view->buckets[number][i % level->panes];
            window->waiting += bucket->count;
            gsi_chain_splice(&view->expired[number], bucket);
        }
    }
    level->newest = newest;
    level->oldest = newest - level->panes + 1;
    level->start_ms = newest * level->pane_ms;
    window->border_ms = GS_MIN(window->border_ms, level->start_ms + level->pane_ms);
}

void gs_window_advance(struct gs_window *window, int64_t as_of_ms)
{
    gsi_entity_settle_newborn(window);
    if (as_of_ms <= window->as_of_ms)
        return;
    GS_ASSERT(as_of_ms >= 0 && as_of_ms <= 2 * GS_TIME_MS_MAX);
    window->as_of_ms = as_of_ms;
    if (GS_LIKELY(as_of_ms < window->border_ms))
        return;
    window->border_ms = INT64_MAX;
    for (uint8_t i = 0; i < window->level_count; i++)
        move_level(window, i);
}

/* ------------------------------------------------------------------ carrying */

/* Where the panes of one index go: the same for all of them. */
struct route {
    uint8_t view;
    uint8_t from;
    int to; /* level; -1 = nowhere */
    int64_t index;
    int64_t to_index;
    uint32_t left; /* levels that lose them, as bits */
};

static struct route find_route(const struct gs_window *window, uint8_t view, uint8_t from,
                               int64_t index)
{
    struct route route = {view, from, -1, index, 0, 0};
    int64_t t_ms = index * window->level[from].pane_ms;
    route.to = gsi_level_of(window, &window->view[view], t_ms, (uint8_t)(from + 1));
    route.left = UINT32_MAX << from;
    if (route.to >= 0) {
        route.to_index = t_ms / window->level[route.to].pane_ms;
        route.left &= (1u << route.to) - 1;
    }
    return route;
}

static void carry_one(struct gs_window *window, const struct route *route, uint32_t entity)
{
    uint32_t pane = gsi_pane_detach_oldest(window, entity, route->from, route->index);
    if (route->to >= 0) {
        struct gsi_place place = {entity, (uint8_t)route->to, route->to_index, 0};
        gsi_pane_move(window, pane, &place);
        window->stats.carried++;
    } else {
        gsi_pane_free(window, pane, &window->view[route->view]);
        window->stats.expired++;
    }
    /* What was never taken is not written anywhere: if it is dirty it stays so, and if it is not
     * it never held anything. */
    const struct gsi_entity *self = gsi_entity_at(window, entity);
    uint32_t left = 0;
    for (uint8_t level = route->from; level < window->level_count; level++)
        if (self->cell[level] & GSI_TAKEN)
            left |= 1u << level;
    gsi_mark_levels(window, entity, left & route->left, 0);
    if (route->to < 0)
        gsi_entity_settle(window, entity);
}

/* The lines that carry_one() will need, each as soon as what names it is there. */
static void fetch_ahead(const struct gs_window *window, const struct gsi_block *block,
                        const struct route *route)
{
    enum { ENTITY = 12, NEWEST = 8, OLDEST = 4 };
    uint32_t at = block->first;
    if (at + ENTITY < block->end)
        gs_prefetch(gsi_entity_at(window, block->entity[at + ENTITY]));
    if (at + NEWEST < block->end) {
        const struct gsi_entity *entity = gsi_entity_at(window, block->entity[at + NEWEST]);
        gs_prefetch(gsi_pane_at(window, entity->newest[route->from]));
        if (route->to >= 0 && entity->newest[route->to])
            gs_prefetch(gsi_pane_at(window, entity->newest[route->to]));
    }
    if (at + OLDEST < block->end) {
        const struct gsi_entity *entity = gsi_entity_at(window, block->entity[at + OLDEST]);
        uint32_t oldest = gsi_pane_at(window, entity->newest[route->from])->next;
        gs_prefetch(gsi_pane_at(window, oldest));
    }
}

static size_t carry_level(struct gs_window *window, uint8_t view, uint8_t level, size_t budget)
{
    struct gsi_chain *expired = &window->view[view].expired[level];
    struct route route = {.index = -1};
    while (budget && expired->count) {
        const struct gsi_block *block = expired->head;
        uint32_t entity = block->entity[block->first];
        if (block->index != route.index)
            route = find_route(window, view, level, block->index);
        fetch_ahead(window, block, &route);
        gsi_chain_pop(&window->blocks, expired);
        window->waiting--;
        budget--;
        carry_one(window, &route, entity);
    }
    return budget;
}

size_t gs_window_carry(struct gs_window *window, size_t budget, int64_t now_ms)
{
    gsi_see_now(window, now_ms);
    gsi_entity_settle_newborn(window);
    for (uint8_t level = 0; level < window->level_count && window->waiting; level++)
        for (uint8_t v = 0; v < window->view_count; v++)
            budget = carry_level(window, v, level, budget);
    return window->waiting;
}

size_t gs_window_waiting(const struct gs_window *window)
{
    return window->waiting;
}
