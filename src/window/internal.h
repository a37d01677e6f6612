/* internal.h -- the memory of the windows, and what the files of this room share.
 *
 *   table.c   hash -> entity            add.c     additions
 *   entity.c  life of entities          carry.c   the clock, expiry, carrying
 *   slab.c    slots by 32-bit handle    dirty.c   which cells are to be written, and when
 *   block.c   queues of small blocks    sum.c     reading
 *   entry.c   panes out and in again
 *   pane.c    packed counters           window.c  configuration, life, figures
 *
 * One look-up and one addition touch four lines of memory:
 *
 *   segment of the table      entity (one line)          pane
 *   { hash, entity, key } ──► { key, newest[level] } ──► { counters that are in it, index, next }
 *                     └─────► the key's bytes            { value, value, value, ... }
 */
#ifndef GS_WINDOW_INTERNAL_H
#define GS_WINDOW_INTERNAL_H

#include "groundswell/window.h"

/* ------------------------------------------------------------------ slab */

/* Slots in units of 8 bytes from large chunks. A handle is the number of a slot's first unit; 0 is
 * none. Slots never move; freed ones are used again for the same class of size. */
enum {
    GSI_SLAB_CLASSES_MAX = 20,
    GSI_SLAB_UNITS_MAX = 304,
    GSI_SLAB_CHUNK_BITS = 15 /* units per chunk: 256 KiB */
};

struct gsi_slab {
    uint64_t **chunks;
    uint32_t chunk_count;
    uint32_t chunk_capacity;
    uint64_t fresh; /* the first unit that was never handed out */
    uint32_t freed[GSI_SLAB_CLASSES_MAX];
    uint16_t class_units[GSI_SLAB_CLASSES_MAX];
    uint8_t class_of[GSI_SLAB_UNITS_MAX + 1]; /* by units asked for */
};

/* units: ascending, ended by 0; the last is the largest slot. */
void gsi_slab_init(struct gsi_slab *slab, const uint16_t *units);
void gsi_slab_deinit(struct gsi_slab *slab);
uint32_t gsi_slab_take(struct gsi_slab *slab, uint32_t units);
void gsi_slab_give(struct gsi_slab *slab, uint32_t handle, uint32_t units);
size_t gsi_slab_bytes(const struct gsi_slab *slab);

static inline void *gsi_slab_at(const struct gsi_slab *slab, uint32_t handle)
{
    return slab->chunks[handle >> GSI_SLAB_CHUNK_BITS] +
           (handle & ((1u << GSI_SLAB_CHUNK_BITS) - 1));
}
/* The units that a slot really has if `units` were asked for. */
static inline uint32_t gsi_slab_units(const struct gsi_slab *slab, uint32_t units)
{
    return slab->class_units[slab->class_of[units]];
}

/* ------------------------------------------------------------------ blocks */

/* First in, first out: queues of dirty cells, and the entities whose panes expire together. */
struct gsi_due {
    uint32_t entity;
    uint32_t since; /* low 32 bits of the time at which the cell became dirty */
};
/* A pane that was changed: where it was then. It may be gone when that is read. */
struct gsi_change {
    uint32_t entity;
    uint32_t place; /* level, and below it the low bits of the index */
};
enum { GSI_CHANGE_INDEX_BITS = 28 };
static inline struct gsi_change gsi_change_make(uint32_t entity, uint8_t level, int64_t index)
{
    uint32_t low = (uint32_t)index & ((1u << GSI_CHANGE_INDEX_BITS) - 1);
    return (struct gsi_change){entity, (uint32_t)level << GSI_CHANGE_INDEX_BITS | low};
}
struct gsi_block {
    struct gsi_block *next;
    int64_t index; /* of the panes, if these are panes */
    uint32_t first;
    uint32_t end;
    union {
        uint32_t entity[122];
        struct gsi_due due[61];
        struct gsi_change change[61];
    };
};
struct gsi_chain {
    struct gsi_block *head;
    struct gsi_block *tail;
    size_t count;
};
struct gsi_sheet; /* block.c */
struct gsi_blocks {
    struct gsi_block *spare;
    struct gsi_sheet *sheets;
    size_t bytes;
};
void gsi_blocks_deinit(struct gsi_blocks *blocks); /* and with them all chains */
void gsi_chain_push(struct gsi_blocks *blocks, struct gsi_chain *chain, int64_t index,
                    uint32_t entity);
void gsi_chain_push_due(struct gsi_blocks *blocks, struct gsi_chain *chain, struct gsi_due due);
void gsi_chain_push_change(struct gsi_blocks *blocks, struct gsi_chain *chain,
                           struct gsi_change change);
/* Removes the oldest entry, which the caller has read. */
void gsi_chain_pop(struct gsi_blocks *blocks, struct gsi_chain *chain);
/* Appends all of `from`, which is empty then. */
void gsi_chain_splice(struct gsi_chain *chain, struct gsi_chain *from);

/* ------------------------------------------------------------------ table */

/* Extendible hashing (Fagin and others, 1979): the leading bits of a hash choose a segment, and a
 * full segment is split. So growing never stalls, which rehashing a million keys would. */
enum { GSI_SEGMENT_SLOTS = 1024, GSI_SEGMENT_USED_MAX = 820 };

struct gsi_slot {
    uint64_t hash;
    uint32_t entity;
    uint32_t key; /* handle of the key's bytes; 0 = the slot is free */
};
struct gsi_segment {
    struct gsi_slot slots[GSI_SEGMENT_SLOTS];
    uint32_t used;
    uint32_t depth;
};
struct gsi_table {
    struct gsi_segment **directory; /* 1 << depth; NULL before the first entity */
    uint32_t depth;
    uint32_t depth_max;
    uint32_t segments;
};
void gsi_table_init(struct gsi_table *table, uint32_t entities_max);
void gsi_table_deinit(struct gsi_table *table);
/* Makes sure that one more of this hash fits; false if too many keys have the same one. */
bool gsi_table_reserve(struct gsi_table *table, uint64_t hash);
void gsi_table_insert(struct gsi_table *table, struct gsi_slot slot);
void gsi_table_remove(struct gsi_table *table, uint64_t hash, uint32_t entity);
size_t gsi_table_bytes(const struct gsi_table *table);

static inline struct gsi_segment *gsi_table_segment(const struct gsi_table *table, uint64_t hash)
{
    return table->directory[(hash >> 1) >> (63 - table->depth)];
}

/* ------------------------------------------------------------------ panes */

/* head: bits 0..47 which counters it holds, bit 48 whether their values have 64 bits (else 32,
 * which most never outgrow), bit 49 whether it is listed as changed, bits 50..63 the upper bits of
 * its index. The values follow, packed in the order of the bits. The panes of an entity's level
 * form a ring from the newest to the oldest and on in ascending order, so that both ends are near.
 */
struct gsi_pane {
    uint64_t head;
    uint32_t index_low;
    uint32_t next;
};
#define GSI_PANE_MASK ((UINT64_C(1) << 48) - 1)
#define GSI_PANE_WIDE (UINT64_C(1) << 48)
#define GSI_PANE_CHANGED (UINT64_C(1) << 49)
enum { GSI_PANE_INDEX_SHIFT = 50 };
_Static_assert(GS_COUNTER_COUNT <= 48, "a pane's head has 48 bits for counters");
_Static_assert((GS_TIME_MS_MAX * 2) / GS_WINDOW_PANE_MS_MIN < INT64_C(1) << 46, "an index has 46");

static inline int64_t gsi_pane_index(const struct gsi_pane *pane)
{
    return (int64_t)(pane->head >> GSI_PANE_INDEX_SHIFT << 32 | pane->index_low);
}
static inline int32_t *gsi_pane_narrow(struct gsi_pane *pane)
{
    return (int32_t *)(void *)(pane + 1);
}
static inline int64_t *gsi_pane_wide(struct gsi_pane *pane)
{
    return (int64_t *)(void *)(pane + 1);
}
static inline uint32_t gsi_count_bits(uint64_t bits)
{
    return (uint32_t)__builtin_popcountll(bits);
}
/* Sums are defined modulo 2^64: an overflow is no undefined behaviour. */
static inline int64_t gsi_sum64(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* ------------------------------------------------------------------ entities */

enum { GSI_LIVE = 1, GSI_HIDDEN = 2 };

/* State of a cell, one byte per level. */
enum {
    GSI_DIRTY = 1,
    GSI_FLIGHT = 2,
    GSI_TAKEN = 4,   /* was taken once: what is written of it may hold something */
    GSI_FORCED = 8,  /* to be written although it is empty */
    GSI_QUEUED = 16, /* has an entry in a queue of its class ... */
    GSI_RETRY = 32   /* ... and in the queue of the failed; either may be left over */
};

struct gsi_entity {
    uint32_t recent; /* pane, not the newest, that was it or was added to last; 0 = none */
    uint8_t recent_level;
    uint32_t key;
    uint16_t key_len;
    uint8_t view;
    uint8_t flags;
    uint32_t newest[GS_LEVELS_MAX]; /* pane; 0 = none */
    uint32_t influencer;
    uint32_t prev; /* of the influencer's entities */
    uint32_t next; /* the same; of the free ones, if it is free */
    uint32_t seq[GS_LEVELS_MAX];
    union {
        uint8_t cell[GS_LEVELS_MAX];
        uint32_t cells; /* all of them in one comparison */
    };
};
_Static_assert(sizeof(struct gsi_entity) == 64, "an entity is one cache line");

enum { GSI_ENTITY_CHUNK_BITS = 10 };

/* ------------------------------------------------------------------ the whole */

struct gsi_level {
    int64_t window_ms;
    int64_t pane_ms;
    int64_t panes;                /* n */
    int64_t newest;               /* P; the window holds the indices in [oldest, newest] */
    int64_t oldest;               /* P - n + 1 */
    int64_t start_ms;             /* of the newest pane */
    int64_t finer[GS_LEVELS_MAX]; /* how many panes of each finer level one of these spans */
};

struct gsi_view {
    uint8_t levels; /* bit i = level i */
    uint8_t finest;
    uint32_t
        dirty_from[GS_LEVELS_MAX]; /* GSI_DIRTY in gsi_entity.cells, of this level and coarser */
    struct gsi_chain *buckets[GS_LEVELS_MAX]; /* [index % n]: entities with a pane of that index */
    struct gsi_chain expired[GS_LEVELS_MAX];  /* the buckets that left, ascending */
    uint32_t entities;
    uint32_t panes;
    size_t bytes;
};

/* One queue per class and level: the delay is the same for all in it, so the oldest is due first.
 */
enum { GSI_CLASS_FIRST, GSI_CLASS_SLOW, GSI_CLASS_RETRY, GSI_CLASSES };

struct gsi_sweep {
    bool active;
    bool empties;
    bool turn; /* it is the sweep's */
    uint8_t level;
    uint32_t entity; /* where it stands */
    uint32_t end;
    int64_t since_ms;
};

/* The entry of all queues that is due first. */
struct gsi_head {
    int class;
    uint8_t level;
    bool found;
    bool before_sweep; /* dirty since before the sweep began */
    int64_t deadline_ms;
};
/* It was this one, at that time: as long as nothing is queued, the next one of its queue is as
 * early if it is of the same moment. Cells come in hundreds of one moment. */
struct gsi_turn {
    bool known;
    uint32_t since;
    int64_t now_ms;
    struct gsi_head head;
};

struct gsi_refresh {
    bool started;
    uint32_t entity;  /* where it stands */
    int64_t since_ms; /* up to when its share was done */
    int64_t begun_ms; /* when this round began */
    int64_t whole_ms; /* and the last one that came round */
};

struct gs_window {
    struct gsi_level level[GS_LEVELS_MAX];
    struct gsi_view view[GS_VIEWS_MAX];
    struct gsi_slab panes;
    struct gsi_slab keys;
    struct gsi_table table;
    struct gsi_entity **entities; /* chunks */
    bool *named;                  /* entity -> a checkpoint has given its key */
    uint32_t entity_capacity;     /* of these arrays, in chunks */
    uint32_t entity_end;          /* the first index that was never used */
    uint32_t entity_freed;        /* GS_ENTITY_NONE = none */
    uint32_t *influencers;        /* influencer -> its first entity */
    uint32_t influencer_capacity;
    struct gsi_chain newborn; /* entities to look at once more: did they get a pane? */
    struct gsi_chain changed; /* panes since the last checkpoint, if these are kept */
    bool keeps_changes;
    struct gsi_blocks blocks;
    int64_t as_of_ms;  /* GS_NULL_INT before the first advance */
    int64_t border_ms; /* the next end of a pane */
    int64_t now_ms;    /* the latest that was handed in */
    size_t waiting;
    size_t dirty;
    bool urgent;
    bool replaying; /* what stands in Redis may be another's, see gs_window_replay */
    uint8_t level_count;
    uint8_t view_count;
    struct gsi_chain queue[GSI_CLASSES][GS_LEVELS_MAX];
    int64_t delay_ms[GSI_CLASSES][GS_LEVELS_MAX];
    struct gsi_turn turn;
    struct gsi_sweep sweep;
    struct gsi_refresh refresh[GS_LEVELS_MAX];
    struct gs_window_stats stats;
    uint64_t hash_seed;
    uint32_t entities_max;
    void (*influencer_released)(void *user, uint32_t influencer);
    void *user;
};

static inline struct gsi_entity *gsi_entity_at(const struct gs_window *window, uint32_t entity)
{
    return &window->entities[entity >> GSI_ENTITY_CHUNK_BITS]
                            [entity & ((1u << GSI_ENTITY_CHUNK_BITS) - 1)];
}
/* 0 = there is none of this level. */
static inline uint32_t gsi_pane_recent(const struct gsi_entity *entity, uint8_t level)
{
    return entity->recent_level == level ? entity->recent : 0;
}
static inline struct gsi_pane *gsi_pane_at(const struct gs_window *window, uint32_t handle)
{
    return gsi_slab_at(&window->panes, handle);
}
static inline void gsi_pane_fetch(const struct gs_window *window, uint32_t handle)
{
    const char *at = (const char *)gsi_pane_at(window, handle);
    gs_prefetch(at);
    gs_prefetch(at + 39); /* it may lie in two lines */
}
static inline void gsi_see_now(struct gs_window *window, int64_t now_ms)
{
    window->now_ms = GS_MAX(window->now_ms, now_ms);
}

/* ---- sum.c */
/* Fetches what gs_window_sum() will read of these, which are live. */
void gsi_sum_fetch(const struct gs_window *window, const uint32_t *entities, uint32_t count,
                   uint8_t level);

/* ---- pane.c */
extern const uint16_t gsi_pane_units[];

/* Which pane is meant. The fields above the line are given, after is set by gsi_pane_add. */
struct gsi_place {
    uint32_t entity;
    uint8_t level;
    int64_t index;
    uint32_t after; /* an older pane of the same level to search from; 0 = from the oldest */
};
/* Adds what mask names of delta to the pane, which is created or grows as needed. Leaves its handle
 * in place->after. */
void gsi_pane_add(struct gs_window *window, struct gsi_place *place, const struct gs_delta *delta,
                  uint64_t mask);
/* Makes room in the pane's slot for the counters that it lacks; false if they do not fit. Takes out
 * of mask those that it lacks and to which delta adds 0. */
bool gsi_pane_extend(struct gs_window *window, struct gsi_pane *pane, const struct gs_delta *delta,
                     uint64_t *mask);
/* Adds to 32-bit values in place; mask must be part of the pane's. Returns what would overflow. */
uint64_t gsi_pane_add_narrow(struct gsi_pane *pane, const struct gs_delta *delta, uint64_t mask);
/* The same for values of 64 bits, of which there is always enough. */
void gsi_pane_add_wide(struct gsi_pane *pane, const struct gs_delta *delta, uint64_t mask);
/* Takes the oldest pane of the level, whose index must be `index`, out of its ring. */
uint32_t gsi_pane_detach_oldest(struct gs_window *window, uint32_t entity, uint8_t level,
                                int64_t index);
/* Moves a detached pane into another level: adds it to the pane of that index, or becomes it. */
void gsi_pane_move(struct gs_window *window, uint32_t handle, struct gsi_place *place);
void gsi_pane_free(struct gs_window *window, uint32_t handle, struct gsi_view *view);
/* The pane of exactly this place; 0 = there is none. Leave after 0. */
uint32_t gsi_pane_find(const struct gs_window *window, const struct gsi_place *place);
/* The same for several, all of them step by step, so that while one waits for the memory of its
 * next pane the others do so too. What is found is fetched whole. */
enum { GSI_SEARCHES_MAX = 32 };
void gsi_pane_find_all(const struct gs_window *window, const struct gsi_place *places,
                       uint32_t count, uint32_t panes[GSI_SEARCHES_MAX]);
/* Makes the pane, of which there is none, with these counters; unchanged as yet. */
uint32_t gsi_pane_put(struct gs_window *window, const struct gsi_place *place,
                      const struct gs_delta *values);
void gsi_pane_unpack(struct gsi_pane *pane, struct gs_delta *values);
/* Lists it, unless it is listed. */
void gsi_pane_changed(struct gs_window *window, struct gsi_pane *pane,
                      const struct gsi_place *place);

/* ---- add.c */
/* The finest level of the view from `level` on whose window holds t, and the pane; -1 if none. */
int gsi_level_of(const struct gs_window *window, const struct gsi_view *view, int64_t t_ms,
                 uint8_t level);

/* ---- entity.c */
/* Forgets it if nothing is left that could be shown or written. */
void gsi_entity_settle(struct gs_window *window, uint32_t entity);
/* Forgets the new ones that got nothing. */
void gsi_entity_settle_newborn(struct gs_window *window);

static inline bool gsi_entity_has_panes(const struct gsi_entity *entity)
{
    return (entity->newest[0] | entity->newest[1] | entity->newest[2] | entity->newest[3]) != 0;
}

/* ---- sum.c */
/* A pane, whatever it holds, is inside the window. */
bool gsi_has_content(const struct gs_window *window, const struct gsi_entity *entity,
                     uint8_t level);

/* ---- dirty.c */
/* Levels as bits; those that are not the view's are ignored. */
void gsi_mark_levels(struct gs_window *window, uint32_t entity, uint32_t levels, uint8_t also);

/* The common case is one comparison: the cells that contain the pane are dirty already. */
static inline void gsi_mark_from(struct gs_window *window, uint32_t index,
                                 const struct gsi_entity *entity, const struct gsi_view *view,
                                 uint8_t level)
{
    uint32_t dirty = view->dirty_from[level];
    if ((entity->cells & dirty) != dirty)
        gsi_mark_levels(window, index, UINT32_MAX << level, 0);
}
/* Of an addition that no window holds any more nothing is left but that it was there. */
static inline void gsi_mark_dropped(struct gs_window *window, uint32_t entity)
{
    if (window->replaying && !GS_ABLATED(REPLAY_PASSES))
        gsi_mark_levels(window, entity, UINT32_MAX, 0);
}
/* The sweep will still come to this entity, whether it has panes or not. */
bool gsi_sweep_expects(const struct gs_window *window, uint32_t entity);

#endif
