/* entry.c -- panes out and in again, with what a checkpoint says of them.
 *
 * A pane that changes is listed once, by its place. When the list is read, each gives its counters
 * and is unchanged from then on. A pane that was carried or expired meanwhile is no longer where it
 * was listed; where it went it was listed anew. */
#include "internal.h"

void gs_window_keep_changes(struct gs_window *window)
{
    window->keeps_changes = true;
}

size_t gs_window_changes(const struct gs_window *window)
{
    return window->changed.count;
}

/* The window holds few indices, so the low bits say which one is meant. */
static int64_t whole_index(const struct gsi_level *level, uint32_t low)
{
    int64_t mask = (INT64_C(1) << GSI_CHANGE_INDEX_BITS) - 1;
    int64_t index = (level->newest & ~mask) | low;
    return index > level->newest ? index - mask - 1 : index;
}

/* A pane may have counters in which it holds nothing yet. */
static void drop_zeros(struct gs_delta *values)
{
    for (uint64_t mask = values->mask; mask; mask &= mask - 1)
        if (!values->value[__builtin_ctzll(mask)])
            values->mask &= ~(mask & -mask);
}

static void fill(const struct gs_window *window, const struct gsi_place *place,
                 struct gsi_pane *pane, struct gs_window_entry *entry)
{
    entry->entity = place->entity;
    entry->view = gsi_entity_at(window, place->entity)->view;
    entry->level = place->level;
    entry->index = place->index;
    gsi_pane_unpack(pane, &entry->values);
    drop_zeros(&entry->values);
}

static struct gsi_place place_of(const struct gs_window *window, struct gsi_change change)
{
    uint8_t level = (uint8_t)(change.place >> GSI_CHANGE_INDEX_BITS);
    uint32_t low = change.place & ((1u << GSI_CHANGE_INDEX_BITS) - 1);
    return (struct gsi_place){change.entity, level, whole_index(&window->level[level], low), 0};
}

/* Some of the oldest block's, of which no one may be gone before it was read. */
static uint32_t take_some(struct gs_window *window,
                          void (*visit)(void *user, const struct gs_window_entry *entry),
                          void *user)
{
    const struct gsi_block *block = window->changed.head;
    struct gsi_place places[GSI_SEARCHES_MAX];
    uint32_t panes[GSI_SEARCHES_MAX];
    struct gs_window_entry entry;
    uint32_t count = GS_MIN(block->end - block->first, (uint32_t)GSI_SEARCHES_MAX);
    GS_ASSERT(count > 0);
    for (uint32_t i = 0; i < count; i++) {
        places[i] = place_of(window, block->change[block->first + i]);
        gs_prefetch(gsi_entity_at(window, places[i].entity));
    }
    gsi_pane_find_all(window, places, count, panes);
    for (uint32_t i = 0; i < count; i++) {
        struct gsi_pane *pane = panes[i] ? gsi_pane_at(window, panes[i]) : NULL;
        if (!pane || !(pane->head & GSI_PANE_CHANGED))
            continue; /* it left, or is of another entity, which got the number since */
        pane->head &= ~GSI_PANE_CHANGED;
        fill(window, &places[i], pane, &entry);
        visit(user, &entry);
    }
    return count;
}

void gs_window_take_changes(struct gs_window *window,
                            void (*visit)(void *user, const struct gs_window_entry *entry),
                            void *user)
{
    while (window->changed.count)
        for (uint32_t n = take_some(window, visit, user); n > 0; n--)
            gsi_chain_pop(&window->blocks, &window->changed);
}

void gs_window_change(struct gs_window *window, uint32_t entity, uint8_t level, int64_t index)
{
    struct gsi_place place = {entity, level, index, 0};
    if (!(gsi_entity_at(window, entity)->flags & GSI_LIVE))
        return;
    uint32_t handle = gsi_pane_find(window, &place);
    if (handle)
        gsi_pane_changed(window, gsi_pane_at(window, handle), &place);
}

uint32_t gs_window_next_entity(const struct gs_window *window, uint32_t from)
{
    for (; from < window->entity_end; from++)
        if (gsi_entity_at(window, from)->flags & GSI_LIVE)
            return from;
    return GS_ENTITY_NONE;
}

void gs_window_for_each_pane(const struct gs_window *window, uint32_t index,
                             void (*visit)(void *user, const struct gs_window_entry *entry),
                             void *user)
{
    const struct gsi_entity *entity = gsi_entity_at(window, index);
    struct gs_window_entry entry;
    for (uint8_t level = 0; level < window->level_count; level++) {
        uint32_t newest = entity->newest[level];
        for (uint32_t at = newest; at;) {
            at = gsi_pane_at(window, at)->next;
            struct gsi_pane *pane = gsi_pane_at(window, at);
            fill(window, &(struct gsi_place){index, level, gsi_pane_index(pane), 0}, pane, &entry);
            visit(user, &entry);
            if (at == newest)
                break;
        }
    }
}

bool gs_window_name(struct gs_window *window, uint32_t entity)
{
    bool is_new = !window->named[entity];
    window->named[entity] = true;
    return is_new;
}

void gs_window_forget_names(struct gs_window *window)
{
    if (window->entity_end)
        memset(window->named, 0, window->entity_end * sizeof *window->named);
}

/* What must be added so that `values` is what the pane holds. */
static void subtract(struct gsi_pane *pane, const struct gs_delta *values, struct gs_delta *delta)
{
    struct gs_delta held;
    gsi_pane_unpack(pane, &held);
    delta->mask = held.mask | values->mask;
    for (uint64_t mask = delta->mask; mask; mask &= mask - 1) {
        int c = __builtin_ctzll(mask);
        uint64_t is = held.mask >> c & 1 ? (uint64_t)held.value[c] : 0;
        uint64_t wanted = values->mask >> c & 1 ? (uint64_t)values->value[c] : 0;
        delta->value[c] = (int64_t)(wanted - is);
    }
}

static void replace(struct gs_window *window, struct gsi_place *place, uint32_t handle,
                    const struct gs_delta *values)
{
    struct gs_delta delta;
    subtract(gsi_pane_at(window, handle), values, &delta);
    gsi_pane_add(window, place, &delta, delta.mask);
    gsi_pane_at(window, gsi_pane_find(window, place))->head &= ~GSI_PANE_CHANGED;
}

bool gs_window_reaches(const struct gs_window *window, uint32_t index, int64_t t_ms)
{
    const struct gsi_entity *entity = gsi_entity_at(window, index);
    for (uint8_t level = 0; level < window->level_count; level++)
        if (entity->newest[level] && gsi_pane_index(gsi_pane_at(window, entity->newest[level])) >=
                                         t_ms / window->level[level].pane_ms)
            return true;
    return false;
}

bool gs_window_holds(const struct gs_window *window, uint8_t view, uint8_t level, int64_t index)
{
    const struct gsi_level *of = &window->level[level];
    GS_ASSERT(view < window->view_count && level < window->level_count);
    return window->view[view].levels >> level & 1 && index >= GS_MAX(of->oldest, 0) &&
           index <= of->newest;
}

bool gs_window_put(struct gs_window *window, const struct gs_window_entry *entry)
{
    struct gsi_place place = {entry->entity, entry->level, entry->index, 0};
    struct gsi_entity *entity = gsi_entity_at(window, entry->entity);
    GS_ASSERT(entity->flags & GSI_LIVE && entry->level < window->level_count);
    GS_ASSERT(!window->keeps_changes);
    const struct gsi_view *view = &window->view[entity->view];
    if (!gs_window_holds(window, entity->view, entry->level, entry->index))
        return false;
    uint32_t handle = gsi_pane_find(window, &place);
    if (handle)
        replace(window, &place, handle, &entry->values);
    else
        gsi_pane_put(window, &place, &entry->values);
    for (uint8_t i = entry->level; i < window->level_count; i++)
        if (view->levels >> i & 1)
            entity->cell[i] |= GSI_TAKEN; /* its last owner may have written it */
    return true;
}
