/* pane.c -- panes: counters packed into as few bytes as they need.
 *
 *   | head | index, next | comments | clean | pos | sent_sum | sent_sq | spare |
 *     8 B     4 B    4 B      4 B      4 B    4 B      4 B        4 B      4 B    = 40 B
 *
 * A pane starts with room for six values, because a pane of comments soon has that many, or for
 * those of the pane before it. It gets a larger slot when a counter comes that finds no room, and
 * values of 64 bits, all of them, when one leaves the range of 32: that happens to busy panes,
 * which are few. Slots grow in large steps, as the pane before it in the ring has to be looked for
 * to name the new one. */
#include "internal.h"

/* Header and values in units of 8 bytes. */
enum { HEADER_UNITS = 2 };
const uint16_t gsi_pane_units[] = {5, 7, 10, 14, 20, 28, 36, 50, 0};
_Static_assert(HEADER_UNITS + 48 <= 50, "the largest slot holds all counters with 64 bits");

/* Where a pane is, or belongs, in the ring of its level. */
struct spot {
    uint32_t prev; /* the next older one; 0 = not known, or the ring is empty */
    uint32_t at;   /* the pane; 0 = there is none */
};

static uint32_t units_for(uint64_t mask, bool wide)
{
    uint32_t count = gsi_count_bits(mask);
    return HEADER_UNITS + (wide ? count : (count + 1) / 2);
}

static uint32_t units_of(const struct gsi_pane *pane)
{
    return units_for(pane->head & GSI_PANE_MASK, pane->head & GSI_PANE_WIDE);
}

static struct gsi_view *view_of(struct gs_window *window, const struct gsi_place *place)
{
    return &window->view[gsi_entity_at(window, place->entity)->view];
}

/* ------------------------------------------------------------------ the ring */

static struct spot find_older(const struct gs_window *window, uint32_t newest,
                              const struct gsi_place *place)
{
    struct spot spot = {newest, 0};
    uint32_t recent = gsi_pane_recent(gsi_entity_at(window, place->entity), place->level);
    if (place->after && gsi_pane_index(gsi_pane_at(window, place->after)) < place->index) {
        spot.prev = place->after;
    } else if (recent && gsi_pane_index(gsi_pane_at(window, recent)) <= place->index) {
        if (gsi_pane_index(gsi_pane_at(window, recent)) == place->index)
            return (struct spot){0, recent};
        spot.prev = recent;
    }
    for (;;) { /* ends at the newest, whose index is not smaller */
        uint32_t next = gsi_pane_at(window, spot.prev)->next;
        int64_t index = gsi_pane_index(gsi_pane_at(window, next));
        if (index >= place->index) {
            spot.at = index == place->index ? next : 0;
            return spot;
        }
        spot.prev = next;
    }
}

static struct spot find(const struct gs_window *window, const struct gsi_place *place)
{
    uint32_t newest = gsi_entity_at(window, place->entity)->newest[place->level];
    if (!newest)
        return (struct spot){0, 0};
    int64_t index = gsi_pane_index(gsi_pane_at(window, newest));
    if (index < place->index)
        return (struct spot){newest, 0};
    if (index == place->index)
        return (struct spot){0, newest};
    return find_older(window, newest, place);
}

static void link_pane(struct gs_window *window, uint32_t handle, const struct gsi_place *place,
                      uint32_t prev)
{
    struct gsi_entity *entity = gsi_entity_at(window, place->entity);
    uint32_t *newest = &entity->newest[place->level];
    struct gsi_pane *pane = gsi_pane_at(window, handle);
    if (!*newest) {
        pane->next = handle;
        *newest = handle;
        return;
    }
    struct gsi_pane *older = gsi_pane_at(window, prev);
    pane->next = older->next;
    older->next = handle;
    if (gsi_pane_index(gsi_pane_at(window, *newest)) >= place->index)
        return;
    entity->recent = *newest; /* of inputs that are a little behind */
    entity->recent_level = place->level;
    *newest = handle;
}

/* A pane got a new slot: whoever names the old one names the new one from here on. */
static void relink(struct gs_window *window, struct spot *spot, uint32_t handle,
                   const struct gsi_place *place)
{
    struct gsi_entity *entity = gsi_entity_at(window, place->entity);
    uint32_t *newest = &entity->newest[place->level];
    struct gsi_pane *pane = gsi_pane_at(window, handle);
    uint32_t recent = gsi_pane_recent(entity, place->level);
    if (recent && recent == spot->at)
        entity->recent = handle;
    if (pane->next == spot->at) { /* it is alone */
        pane->next = handle;
    } else {
        uint32_t prev = spot->prev;
        if (!prev) /* the one before the newest probably is the recent one */
            prev = recent && recent != spot->at ? recent : pane->next;
        while (gsi_pane_at(window, prev)->next != spot->at)
            prev = gsi_pane_at(window, prev)->next;
        gsi_pane_at(window, prev)->next = handle;
    }
    if (*newest == spot->at)
        *newest = handle;
    spot->at = handle;
}

static void enter_bucket(struct gs_window *window, const struct gsi_view *view,
                         const struct gsi_place *place)
{
    const struct gsi_level *level = &window->level[place->level];
    struct gsi_chain *bucket = &view->buckets[place->level][place->index % level->panes];
    GS_ASSERT(place->index >= level->oldest && place->index <= level->newest);
    gsi_chain_push(&window->blocks, bucket, place->index, place->entity);
}

/* ------------------------------------------------------------------ values */

/* flags: GSI_PANE_WIDE, GSI_PANE_CHANGED. */
static void set_head(struct gsi_pane *pane, uint64_t mask, uint64_t flags, int64_t index)
{
    pane->head = mask | flags | (uint64_t)index >> 32 << GSI_PANE_INDEX_SHIFT;
    pane->index_low = (uint32_t)index;
}

void gsi_pane_changed(struct gs_window *window, struct gsi_pane *pane,
                      const struct gsi_place *place)
{
    if (pane->head & GSI_PANE_CHANGED)
        return;
    pane->head |= GSI_PANE_CHANGED;
    if (window->keeps_changes)
        gsi_chain_push_change(&window->blocks, &window->changed,
                              gsi_change_make(place->entity, place->level, place->index));
}

void gsi_pane_unpack(struct gsi_pane *pane, struct gs_delta *delta)
{
    uint64_t mask = pane->head & GSI_PANE_MASK;
    const int32_t *narrow = gsi_pane_narrow(pane);
    const int64_t *wide = gsi_pane_wide(pane);
    bool is_wide = pane->head & GSI_PANE_WIDE;
    delta->mask = mask;
    for (uint32_t i = 0; mask; i++, mask &= mask - 1)
        delta->value[__builtin_ctzll(mask)] = is_wide ? wide[i] : narrow[i];
}

/* Copies the values of a pane that has the counters `has` to one of the same width that has these
 * and more; it may be the same pane, so the last ones go first. */
static void stretch(struct gsi_pane *to, uint64_t mask, struct gsi_pane *from, uint64_t has)
{
    bool is_wide = from->head & GSI_PANE_WIDE;
    uint32_t left = gsi_count_bits(has);
    for (uint32_t i = gsi_count_bits(mask); i-- > 0;) {
        uint64_t bit = UINT64_C(1) << (63 - __builtin_clzll(mask));
        bool is_held = has & bit;
        mask &= ~bit;
        left -= is_held;
        if (is_wide)
            gsi_pane_wide(to)[i] = is_held ? gsi_pane_wide(from)[left] : 0;
        else
            gsi_pane_narrow(to)[i] = is_held ? gsi_pane_narrow(from)[left] : 0;
    }
}

/* Here and below: a value of mask stands behind those that were added to before it, by which value
 * has moved on, and those of the other counters below its own.
 *
 * A sum that leaves 64 bits has wrapped to what is far outside of 32 too. */
uint64_t gsi_pane_add_narrow(struct gsi_pane *pane, const struct gs_delta *delta, uint64_t mask)
{
    uint64_t others = pane->head & GSI_PANE_MASK & ~mask;
    int32_t *value = gsi_pane_narrow(pane);
    for (; mask; mask &= mask - 1, value++) {
        int32_t *at = value + gsi_count_bits(others & (mask - 1));
        int64_t sum = gsi_sum64(*at, delta->value[__builtin_ctzll(mask)]);
        if (GS_UNLIKELY(sum != (int32_t)sum))
            return mask;
        *at = (int32_t)sum;
    }
    return 0;
}

void gsi_pane_add_wide(struct gsi_pane *pane, const struct gs_delta *delta, uint64_t mask)
{
    uint64_t others = pane->head & GSI_PANE_MASK & ~mask;
    int64_t *value = gsi_pane_wide(pane);
    for (; mask; mask &= mask - 1, value++) {
        int64_t *at = value + gsi_count_bits(others & (mask - 1));
        *at = gsi_sum64(*at, delta->value[__builtin_ctzll(mask)]);
    }
}

/* Sets what mask names of values; the rest of what the pane holds is 0. */
static void fill(struct gsi_pane *pane, const struct gs_delta *values, uint64_t mask)
{
    memset(pane + 1, 0, (units_of(pane) - HEADER_UNITS) * sizeof(uint64_t));
    if (GS_UNLIKELY(pane->head & GSI_PANE_WIDE))
        gsi_pane_add_wide(pane, values, mask);
    else
        gsi_pane_add_narrow(pane, values, mask);
}

/* Of mask. wide: whether any of these needs 64 bits. */
static uint64_t without_zeros(const struct gs_delta *delta, uint64_t mask, bool *wide)
{
    uint64_t left = 0;
    int64_t beyond = 0;
    for (; mask; mask &= mask - 1) {
        int c = __builtin_ctzll(mask);
        int64_t value = delta->value[c];
        left |= (uint64_t)(value != 0) << c;
        beyond |= value ^ (int32_t)value;
    }
    *wide = beyond;
    return left;
}

/* ------------------------------------------------------------------ life */

static void count_bytes(struct gs_window *window, struct gsi_view *view, uint32_t units, bool more)
{
    size_t bytes = (size_t)gsi_slab_units(&window->panes, units) * sizeof(uint64_t);
    view->bytes = more ? view->bytes + bytes : view->bytes - bytes;
}

/* The counters in which the pane holds something. */
static uint64_t held_by(struct gsi_pane *pane)
{
    uint64_t left = 0;
    uint64_t mask = pane->head & GSI_PANE_MASK;
    if (GS_UNLIKELY(pane->head & GSI_PANE_WIDE)) {
        for (const int64_t *value = gsi_pane_wide(pane); mask; value++, mask &= mask - 1)
            left |= (uint64_t)(*value != 0) << __builtin_ctzll(mask);
        return left;
    }
    for (const int32_t *value = gsi_pane_narrow(pane); mask; value++, mask &= mask - 1)
        left |= (uint64_t)(*value != 0) << __builtin_ctzll(mask);
    return left;
}

/* A pane begins with the counters in which the one just before it holds something: it will probably
 * get them too, and then need not move to a larger slot. */
static uint64_t expected(const struct gs_window *window, uint32_t prev, int64_t index)
{
    if (!prev || gsi_pane_index(gsi_pane_at(window, prev)) != index - 1)
        return 0;
    return held_by(gsi_pane_at(window, prev));
}

/* With what `with` names of delta, and room for the counters `room`. */
static uint32_t create(struct gs_window *window, const struct gsi_place *place, uint32_t prev,
                       const struct gs_delta *delta, uint64_t with, uint64_t room, bool wide)
{
    struct gsi_view *view = view_of(window, place);
    uint64_t mask = with | room;
    uint32_t units = units_for(mask, wide);
    uint32_t handle = gsi_slab_take(&window->panes, units);
    struct gsi_pane *pane = gsi_pane_at(window, handle);
    set_head(pane, mask, wide ? GSI_PANE_WIDE : 0, place->index);
    fill(pane, delta, with);
    link_pane(window, handle, place, prev);
    enter_bucket(window, view, place);
    count_bytes(window, view, units, true);
    view->panes++;
    window->stats.panes++;
    return handle;
}

void gsi_pane_free(struct gs_window *window, uint32_t handle, struct gsi_view *view)
{
    uint32_t units = units_of(gsi_pane_at(window, handle));
    gsi_slab_give(&window->panes, handle, units);
    count_bytes(window, view, units, false);
    view->panes--;
    window->stats.panes--;
}

/* A slot in which `needed` units fit, for what had one of `units`; where it was has to be given
 * back once it was read. */
static struct gsi_pane *move_slot(struct gs_window *window, struct spot *spot,
                                  const struct gsi_place *place, uint32_t units, uint32_t needed)
{
    struct gsi_view *view = view_of(window, place);
    uint32_t handle = gsi_slab_take(&window->panes, needed);
    struct gsi_pane *larger = gsi_pane_at(window, handle);
    *larger = *gsi_pane_at(window, spot->at);
    relink(window, spot, handle, place);
    count_bytes(window, view, units, false);
    count_bytes(window, view, needed, true);
    return larger;
}

bool gsi_pane_extend(struct gs_window *window, struct gsi_pane *pane, const struct gs_delta *delta,
                     uint64_t *mask)
{
    uint64_t has = pane->head & GSI_PANE_MASK;
    bool wide; /* that shows when they are added */
    uint64_t fresh = without_zeros(delta, *mask & ~has, &wide);
    uint32_t needed = units_for(has | fresh, pane->head & GSI_PANE_WIDE);
    *mask = (*mask & has) | fresh;
    if (needed > gsi_slab_units(&window->panes, units_of(pane)))
        return false;
    stretch(pane, has | fresh, pane, has);
    pane->head |= fresh;
    return true;
}

/* Gives the pane these counters, those that it has among them, in a larger slot. */
static void grow(struct gs_window *window, struct spot *spot, const struct gsi_place *place,
                 uint64_t mask)
{
    uint32_t old = spot->at;
    struct gsi_pane *pane = gsi_pane_at(window, old);
    uint64_t has = pane->head & GSI_PANE_MASK;
    uint32_t units = units_of(pane);
    uint32_t needed = units_for(mask, pane->head & GSI_PANE_WIDE);
    struct gsi_pane *to = move_slot(window, spot, place, units, needed);
    stretch(to, mask, pane, has);
    to->head |= mask;
    gsi_slab_give(&window->panes, old, units);
}

/* Gives the pane values of 64 bits. */
static void widen(struct gs_window *window, struct spot *spot, const struct gsi_place *place)
{
    uint32_t old = spot->at;
    struct gsi_pane *pane = gsi_pane_at(window, old);
    struct gs_delta held;
    uint32_t units = units_of(pane);
    uint32_t needed = units_for(pane->head & GSI_PANE_MASK, true);
    gsi_pane_unpack(pane, &held);
    if (gsi_slab_units(&window->panes, needed) != gsi_slab_units(&window->panes, units)) {
        pane = move_slot(window, spot, place, units, needed);
        gsi_slab_give(&window->panes, old, units);
    }
    pane->head |= GSI_PANE_WIDE;
    fill(pane, &held, held.mask);
}

/* The next addition to this entity probably goes to the same pane. */
static void remember(struct gs_window *window, const struct gsi_place *place)
{
    struct gsi_entity *entity = gsi_entity_at(window, place->entity);
    if (entity->newest[place->level] == place->after)
        return;
    entity->recent = place->after;
    entity->recent_level = place->level;
}

/* Makes the pane with what mask names of delta, if any of that is not 0. */
static void begin(struct gs_window *window, struct gsi_place *place, uint32_t prev,
                  const struct gs_delta *delta, uint64_t mask)
{
    bool wide;
    mask = without_zeros(delta, mask, &wide);
    if (!mask)
        return;
    uint64_t room = expected(window, prev, place->index);
    place->after = create(window, place, prev, delta, mask, room, wide);
    gsi_pane_changed(window, gsi_pane_at(window, place->after), place);
    remember(window, place);
}

void gsi_pane_add(struct gs_window *window, struct gsi_place *place, const struct gs_delta *delta,
                  uint64_t mask)
{
    struct spot spot = find(window, place);
    if (!spot.at) {
        begin(window, place, spot.prev, delta, mask);
        return;
    }
    struct gsi_pane *pane = gsi_pane_at(window, spot.at);
    uint64_t has = pane->head & GSI_PANE_MASK;
    if (mask & ~has && !gsi_pane_extend(window, pane, delta, &mask)) {
        grow(window, &spot, place, has | mask);
        pane = gsi_pane_at(window, spot.at);
    }
    if (!(pane->head & GSI_PANE_WIDE)) {
        mask = gsi_pane_add_narrow(pane, delta, mask);
        if (GS_UNLIKELY(mask)) {
            widen(window, &spot, place);
            pane = gsi_pane_at(window, spot.at);
        }
    }
    gsi_pane_add_wide(pane, delta, mask);
    gsi_pane_changed(window, pane, place);
    place->after = spot.at;
    remember(window, place);
}

/* ------------------------------------------------------------------ carrying */

uint32_t gsi_pane_detach_oldest(struct gs_window *window, uint32_t entity, uint8_t level,
                                int64_t index)
{
    struct gsi_entity *self = gsi_entity_at(window, entity);
    uint32_t *newest = &self->newest[level];
    struct gsi_pane *last = gsi_pane_at(window, *newest);
    uint32_t handle = last->next;
    const struct gsi_pane *pane = gsi_pane_at(window, handle);
    GS_ASSERT(*newest && gsi_pane_index(pane) == index);
    if (handle == *newest)
        *newest = 0;
    else
        last->next = pane->next;
    if (handle == self->recent)
        self->recent = 0;
    return handle;
}

void gsi_pane_move(struct gs_window *window, uint32_t handle, struct gsi_place *place)
{
    struct spot spot = find(window, place);
    struct gsi_pane *pane = gsi_pane_at(window, handle);
    if (spot.at) {
        struct gs_delta held;
        gsi_pane_unpack(pane, &held);
        gsi_pane_free(window, handle, view_of(window, place));
        gsi_pane_add(window, place, &held, held.mask);
        return;
    }
    set_head(pane, pane->head & GSI_PANE_MASK, pane->head & GSI_PANE_WIDE, place->index);
    link_pane(window, handle, place, spot.prev);
    enter_bucket(window, view_of(window, place), place);
    gsi_pane_changed(window, pane, place);
}

/* ------------------------------------------------------------------ out and in */

uint32_t gsi_pane_find(const struct gs_window *window, const struct gsi_place *place)
{
    return find(window, place).at;
}

/* Looks at the newest, and leaves in *pane what is to be looked at next; false: it is over, and
 * that is what was found. */
static bool begin_search(const struct gs_window *window, const struct gsi_place *place,
                         uint32_t *pane)
{
    uint32_t newest = *pane;
    if (!newest)
        return false;
    int64_t index = gsi_pane_index(gsi_pane_at(window, newest));
    uint32_t recent = gsi_pane_recent(gsi_entity_at(window, place->entity), place->level);
    if (index <= place->index) {
        *pane = index == place->index ? newest : 0;
        return false;
    }
    if (recent && gsi_pane_index(gsi_pane_at(window, recent)) <= place->index)
        *pane = recent;
    else
        *pane = gsi_pane_at(window, newest)->next;
    gs_prefetch(gsi_pane_at(window, *pane));
    return true;
}

void gsi_pane_find_all(const struct gs_window *window, const struct gsi_place *places,
                       uint32_t count, uint32_t panes[GSI_SEARCHES_MAX])
{
    uint32_t left[GSI_SEARCHES_MAX]; /* the searches that are not over */
    uint32_t left_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct gsi_entity *entity = gsi_entity_at(window, places[i].entity);
        uint32_t recent = gsi_pane_recent(entity, places[i].level);
        panes[i] = entity->newest[places[i].level];
        if (panes[i])
            gsi_pane_fetch(window, panes[i]);
        if (recent)
            gsi_pane_fetch(window, recent);
    }
    for (uint32_t i = 0; i < count; i++)
        if (begin_search(window, &places[i], &panes[i]))
            left[left_count++] = i;
    while (left_count) {
        count = left_count;
        left_count = 0;
        for (uint32_t k = 0; k < count; k++) {
            uint32_t i = left[k];
            const struct gsi_pane *pane = gsi_pane_at(window, panes[i]);
            int64_t index = gsi_pane_index(pane);
            if (index >= places[i].index) { /* at the newest it is, if not before */
                panes[i] = index == places[i].index ? panes[i] : 0;
                gsi_pane_fetch(window, panes[i]);
                continue;
            }
            panes[i] = pane->next;
            gs_prefetch(gsi_pane_at(window, panes[i]));
            left[left_count++] = i;
        }
    }
}

uint32_t gsi_pane_put(struct gs_window *window, const struct gsi_place *place,
                      const struct gs_delta *values)
{
    bool wide;
    uint64_t mask = without_zeros(values, values->mask, &wide);
    return create(window, place, find(window, place).prev, values, mask, 0, wide);
}
