/* entity.c -- entities: found by key, listed by influencer, forgotten when nothing is left. */
#include "internal.h"

/* One table serves all views: the same key is another entity in each. */
static uint64_t hash_in_view(uint8_t view, uint64_t hash)
{
    return hash ^ (view * UINT64_C(0x9E3779B97F4A7C15));
}

uint64_t gs_window_hash(const struct gs_window *window, struct gs_str key)
{
    return gs_hash64(key.data, key.len, window->hash_seed);
}

static uint64_t hash_of(const struct gs_window *window, const struct gsi_entity *entity)
{
    struct gs_str key = gs_str_make(gsi_slab_at(&window->keys, entity->key), entity->key_len);
    return hash_in_view(entity->view, gs_window_hash(window, key));
}

static uint32_t key_units(uint32_t bytes)
{
    return (bytes + 7) / 8;
}

/* ------------------------------------------------------------------ looking up */

static const struct gsi_slot *first_slot(const struct gsi_segment *segment, uint64_t hash)
{
    return &segment->slots[hash % GSI_SEGMENT_SLOTS];
}

static const struct gsi_slot *next_slot(const struct gsi_segment *segment,
                                        const struct gsi_slot *slot)
{
    return slot + 1 == segment->slots + GSI_SEGMENT_SLOTS ? segment->slots : slot + 1;
}

/* The first slot with this hash; that it is the same key is only very likely. */
static const struct gsi_slot *probe(const struct gs_window *window, uint64_t hash)
{
    if (!window->table.directory)
        return NULL;
    const struct gsi_segment *segment = gsi_table_segment(&window->table, hash);
    const struct gsi_slot *slot = first_slot(segment, hash);
    for (; slot->key; slot = next_slot(segment, slot))
        if (slot->hash == hash)
            return slot;
    return NULL;
}

void gs_window_prefetch(const struct gs_window *window, uint8_t view, uint64_t hash)
{
    if (!window->table.directory)
        return;
    hash = hash_in_view(view, hash);
    gs_prefetch(first_slot(gsi_table_segment(&window->table, hash), hash));
}

uint32_t gs_window_prefetch_entity(const struct gs_window *window, uint8_t view, uint64_t hash)
{
    const struct gsi_slot *slot = probe(window, hash_in_view(view, hash));
    if (!slot)
        return GS_ENTITY_NONE;
    gs_prefetch(gsi_entity_at(window, slot->entity));
    gs_prefetch(gsi_slab_at(&window->keys, slot->key));
    return slot->entity;
}

void gs_window_fetch(const struct gs_window *window, uint32_t entity)
{
    gs_prefetch(gsi_entity_at(window, entity));
}

/* In the newest pane that there can be no other one is met. */
void gs_window_prefetch_panes(const struct gs_window *window, uint32_t index, int64_t t_ms,
                              bool spreads)
{
    const struct gsi_entity *entity = gsi_entity_at(window, index);
    const struct gsi_view *view = &window->view[entity->view];
    int level = view->finest;
    bool behind = t_ms < window->level[level].start_ms;
    if (behind)
        level = gsi_level_of(window, view, t_ms, view->finest);
    if (level >= 0 && entity->newest[level])
        gsi_pane_fetch(window, entity->newest[level]);
    if ((behind || spreads) && entity->recent)
        gsi_pane_fetch(window, entity->recent);
}

bool gs_window_is(const struct gs_window *window, uint32_t index, uint8_t view, struct gs_str key)
{
    const struct gsi_entity *entity = gsi_entity_at(window, index);
    struct gs_str its = gs_str_make(gsi_slab_at(&window->keys, entity->key), entity->key_len);
    return entity->flags & GSI_LIVE && entity->view == view && gs_str_equal(its, key);
}

static uint32_t find(const struct gs_window *window, struct gs_str key, uint64_t hash, uint8_t view)
{
    if (!window->table.directory)
        return GS_ENTITY_NONE;
    const struct gsi_segment *segment = gsi_table_segment(&window->table, hash);
    const struct gsi_slot *slot = first_slot(segment, hash);
    for (; slot->key; slot = next_slot(segment, slot)) {
        if (slot->hash == hash && gs_window_is(window, slot->entity, view, key))
            return slot->entity;
    }
    return GS_ENTITY_NONE;
}

uint32_t gs_window_find(const struct gs_window *window, uint8_t view, struct gs_str key,
                        uint64_t hash)
{
    return find(window, key, hash_in_view(view, hash), view);
}

/* ------------------------------------------------------------------ birth */

static void add_chunk(struct gs_window *window)
{
    uint32_t chunk = window->entity_end >> GSI_ENTITY_CHUNK_BITS;
    if (chunk == window->entity_capacity) {
        window->entity_capacity = GS_MAX(8u, window->entity_capacity * 2);
        window->entities =
            gs_realloc(window->entities, window->entity_capacity * sizeof *window->entities);
        window->named =
            gs_realloc(window->named, (size_t)window->entity_capacity << GSI_ENTITY_CHUNK_BITS);
    }
    size_t bytes = sizeof(struct gsi_entity) << GSI_ENTITY_CHUNK_BITS;
    window->entities[chunk] =
        gs_alloc_chunk(chunk, chunk ? window->entities[chunk - 1] : NULL, bytes);
}

static uint32_t take_index(struct gs_window *window)
{
    uint32_t index = window->entity_freed;
    if (index != GS_ENTITY_NONE) {
        window->entity_freed = gsi_entity_at(window, index)->next;
        return index;
    }
    if (!(window->entity_end & ((1u << GSI_ENTITY_CHUNK_BITS) - 1)))
        add_chunk(window);
    return window->entity_end++;
}

static uint32_t *first_of(struct gs_window *window, uint32_t influencer)
{
    if (influencer >= window->influencer_capacity) {
        uint32_t old = window->influencer_capacity;
        uint32_t capacity = GS_MAX(64u, old);
        while (capacity <= influencer)
            capacity = capacity < UINT32_MAX / 2 ? capacity * 2 : UINT32_MAX;
        window->influencers =
            gs_realloc(window->influencers, (size_t)capacity * sizeof *window->influencers);
        memset(window->influencers + old, 0xFF, (size_t)(capacity - old) * sizeof(uint32_t));
        window->influencer_capacity = capacity;
    }
    return &window->influencers[influencer];
}

static void enlist(struct gs_window *window, uint32_t index, struct gsi_entity *entity)
{
    uint32_t *first = first_of(window, entity->influencer);
    entity->prev = GS_ENTITY_NONE;
    entity->next = *first;
    if (*first != GS_ENTITY_NONE)
        gsi_entity_at(window, *first)->prev = index;
    *first = index;
}

static uint32_t store_key(struct gs_window *window, struct gs_str key)
{
    uint32_t handle = gsi_slab_take(&window->keys, key_units(key.len));
    if (key.len)
        memcpy(gsi_slab_at(&window->keys, handle), key.data, key.len);
    return handle;
}

static size_t entity_bytes(const struct gs_window *window, const struct gsi_entity *entity)
{
    return sizeof *entity +
           gsi_slab_units(&window->keys, key_units(entity->key_len)) * sizeof(uint64_t);
}

uint32_t gs_window_entity(struct gs_window *window, uint8_t view_number, struct gs_str key,
                          uint64_t hash, uint32_t influencer)
{
    GS_ASSERT(view_number < window->view_count && key.len <= GS_WINDOW_KEY_BYTES_MAX);
    hash = hash_in_view(view_number, hash);
    uint32_t index = find(window, key, hash, view_number);
    if (index != GS_ENTITY_NONE)
        return index;
    GS_ASSERT(influencer < UINT32_MAX);
    if (window->stats.entities >= window->entities_max ||
        !gsi_table_reserve(&window->table, hash)) {
        window->stats.refused++;
        return GS_ENTITY_NONE;
    }
    index = take_index(window);
    window->named[index] = false;
    struct gsi_entity *entity = gsi_entity_at(window, index);
    *entity = (struct gsi_entity){
        .key = store_key(window, key),
        .key_len = (uint16_t)key.len,
        .view = view_number,
        .flags = GSI_LIVE,
        .influencer = influencer,
    };
    gsi_table_insert(&window->table, (struct gsi_slot){hash, index, entity->key});
    enlist(window, index, entity);
    gsi_chain_push(&window->blocks, &window->newborn, 0, index);
    window->view[view_number].entities++;
    window->view[view_number].bytes += entity_bytes(window, entity);
    window->stats.entities++;
    return index;
}

/* ------------------------------------------------------------------ death */

static void delist(struct gs_window *window, const struct gsi_entity *entity)
{
    if (entity->next != GS_ENTITY_NONE)
        gsi_entity_at(window, entity->next)->prev = entity->prev;
    if (entity->prev != GS_ENTITY_NONE)
        gsi_entity_at(window, entity->prev)->next = entity->next;
    else
        window->influencers[entity->influencer] = entity->next;
}

static void forget(struct gs_window *window, uint32_t index, struct gsi_entity *entity)
{
    uint32_t influencer = entity->influencer;
    struct gsi_view *view = &window->view[entity->view];
    gsi_table_remove(&window->table, hash_of(window, entity), index);
    delist(window, entity);
    view->bytes -= entity_bytes(window, entity);
    view->entities--;
    gsi_slab_give(&window->keys, entity->key, key_units(entity->key_len));
    entity->flags = 0;
    entity->next = window->entity_freed;
    window->entity_freed = index;
    window->stats.entities--;
    window->stats.forgotten++;
    if (window->influencers[influencer] == GS_ENTITY_NONE && window->influencer_released)
        window->influencer_released(window->user, influencer);
}

void gsi_entity_settle(struct gs_window *window, uint32_t index)
{
    enum { BUSY = GSI_DIRTY | GSI_FLIGHT | GSI_QUEUED | GSI_RETRY };
    struct gsi_entity *entity = gsi_entity_at(window, index);
    if (gsi_entity_has_panes(entity) ||
        (entity->cell[0] | entity->cell[1] | entity->cell[2] | entity->cell[3]) & BUSY ||
        gsi_sweep_expects(window, index))
        return;
    forget(window, index, entity);
}

void gsi_entity_settle_newborn(struct gs_window *window)
{
    while (window->newborn.count) {
        const struct gsi_block *block = window->newborn.head;
        uint32_t index = block->entity[block->first];
        gsi_chain_pop(&window->blocks, &window->newborn);
        if (gsi_entity_at(window, index)->flags & GSI_LIVE)
            gsi_entity_settle(window, index);
    }
}

/* ------------------------------------------------------------------ what it is */

static const struct gsi_entity *live(const struct gs_window *window, uint32_t index)
{
    GS_ASSERT(index < window->entity_end);
    const struct gsi_entity *entity = gsi_entity_at(window, index);
    GS_ASSERT(entity->flags & GSI_LIVE);
    return entity;
}

struct gs_str gs_window_key(const struct gs_window *window, uint32_t entity)
{
    const struct gsi_entity *self = live(window, entity);
    return gs_str_make(gsi_slab_at(&window->keys, self->key), self->key_len);
}

uint32_t gs_window_influencer(const struct gs_window *window, uint32_t entity)
{
    return live(window, entity)->influencer;
}

uint8_t gs_window_view(const struct gs_window *window, uint32_t entity)
{
    return live(window, entity)->view;
}

bool gs_window_live(const struct gs_window *window, uint32_t entity)
{
    return gsi_entity_has_panes(live(window, entity));
}

bool gs_window_hidden(const struct gs_window *window, uint32_t entity)
{
    return live(window, entity)->flags & GSI_HIDDEN;
}

uint32_t gs_window_seq(const struct gs_window *window, uint32_t entity, uint8_t level)
{
    return live(window, entity)->seq[level];
}

void gs_window_for_each(const struct gs_window *window, void (*visit)(void *user, uint32_t entity),
                        void *user)
{
    for (uint32_t i = 0; i < window->entity_end; i++)
        if (gsi_entity_at(window, i)->flags & GSI_LIVE)
            visit(user, i);
}
