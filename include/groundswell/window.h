/* window.h -- rolling totals: the entities of all views of one task, their panes, what expires and
 * which cells are to be written.
 *
 * Time is cut into panes, one grid per level. A record is added once per view, to the finest pane
 * that is still in its window; a pane that leaves its window is carried to the next coarser level:
 *
 *   level 0   |-|-|-|-|-|-|-|-|-|-|-|-|        panes of 5 s, window of 1 m
 *   level 1  ...---|-----|-----|-----|-----|   panes of 30 s, window of 5 m
 *   level 2 ...----------|-----------------|   ...
 *
 * With P = floor(as_of / pane) the window of a level is the sum of its panes with an index in
 * (P - n, P], n = window / pane, and of all finer panes inside them, carried or not. So sums are
 * exact at any moment and carrying may be lazy. All sums are integers (modulo 2^64).
 *
 * A cell is one window of one entity. It is dirty if what is written of it is older than it is.
 * Pure: no clock, no I/O. Owned by one worker's thread; no function may be called from inside the
 * callback of another. */
#ifndef GROUNDSWELL_WINDOW_H
#define GROUNDSWELL_WINDOW_H

#include "groundswell/event.h"

#define GS_ENTITY_NONE UINT32_MAX

enum {
    /* Every component of a composite key may be an id with each byte written as %XX. */
    GS_WINDOW_KEY_BYTES_MAX = GS_VIEW_KEYS_MAX * (3 * GS_ID_BYTES_MAX + 1),
    GS_WINDOW_PANES_MAX = 1440, /* panes of one window */
    GS_WINDOW_PANE_MS_MIN = 10
};

struct gs_window_config {
    struct gs_window_size sizes[GS_LEVELS_MAX]; /* shortest first */
    uint8_t level_count;
    struct gs_view_config views[GS_VIEWS_MAX];
    uint8_t view_count;
    int64_t flush_interval_ms;
    uint64_t hash_seed;    /* secret, so that keys cannot be chosen to collide */
    uint32_t entities_max; /* over all views */
    /* The last entity of the influencer was forgotten; may be NULL. Called from inside advance,
     * carry, take_due and written. */
    void (*influencer_released)(void *user, uint32_t influencer);
    void *user;
};

struct gs_window; /* opaque */

/* Copies config. GS_E_CONFIG if a pane does not divide its window or the next coarser pane, or if a
 * window does not reach far enough beyond the shorter one. On GS_OK the caller owns *window;
 * otherwise it is NULL and error says why. */
GS_MUST_CHECK enum gs_status gs_window_create(const struct gs_window_config *config,
                                              struct gs_window **window, struct gs_error *error);
void gs_window_destroy(struct gs_window *window); /* accepts NULL; calls no callback */

/* ------------------------------------------------------------------ entities */

/* The hash that the functions below ask for. */
uint64_t gs_window_hash(const struct gs_window *window, struct gs_str key);

/* Three steps of one look-up, each of which finds what the one before has fetched: the table's
 * line, the entity with its key, the panes that an addition probably meets. Call each for a whole
 * batch before the next; all may be left out. The second returns what probably is the entity, or
 * GS_ENTITY_NONE; gs_window_is() says whether it is, as long as nothing was forgotten meanwhile.
 * spreads: growths up to t are added too. */
void gs_window_prefetch(const struct gs_window *window, uint8_t view, uint64_t hash);
uint32_t gs_window_prefetch_entity(const struct gs_window *window, uint8_t view, uint64_t hash);
void gs_window_prefetch_panes(const struct gs_window *window, uint32_t entity, int64_t t_ms,
                              bool spreads);
bool gs_window_is(const struct gs_window *window, uint32_t entity, uint8_t view, struct gs_str key);

/* Fetches an entity whose index is known already. */
void gs_window_fetch(const struct gs_window *window, uint32_t entity);

/* Finds or creates. key: the encoded composite id, <= GS_WINDOW_KEY_BYTES_MAX bytes, copied.
 * influencer: a small dense number; an entity keeps the one that it was created with. Returns
 * GS_ENTITY_NONE if entities_max is reached (or hundreds of keys have one hash): nothing
 * is created then, and the caller counts it. The index is valid as long as the entity lives; one
 * that got no pane and no mark is forgotten by the next advance or carry. */
uint32_t gs_window_entity(struct gs_window *window, uint8_t view, struct gs_str key, uint64_t hash,
                          uint32_t influencer);
/* The same, but never creates. */
uint32_t gs_window_find(const struct gs_window *window, uint8_t view, struct gs_str key,
                        uint64_t hash);

/* All of these ask for a live entity. The key's bytes are valid as long as the entity is. */
struct gs_str gs_window_key(const struct gs_window *window, uint32_t entity);
uint32_t gs_window_influencer(const struct gs_window *window, uint32_t entity);
uint8_t gs_window_view(const struct gs_window *window, uint32_t entity);
bool gs_window_live(const struct gs_window *window, uint32_t entity); /* has panes */
/* A hidden entity (a deleted post) counts on, but its cells are to be deleted. A change marks all
 * of its cells, written before or not. Forgotten with the entity. */
void gs_window_set_hidden(struct gs_window *window, uint32_t entity, bool hidden, int64_t now_ms);
bool gs_window_hidden(const struct gs_window *window, uint32_t entity);

/* Every entity, in no order that means anything. */
void gs_window_for_each(const struct gs_window *window, void (*visit)(void *user, uint32_t entity),
                        void *user);

/* ------------------------------------------------------------------ adding */

/* now_ms, here and below: the caller's monotonic clock in ms, >= 0. Event times are Unix ms, >= 0
 * and not after as_of. */

/* Adds to the finest pane of t_ms that is still in a window of the entity's view, and marks the
 * cells that contain it. False if there is none: nothing is stored, counted as dropped. */
bool gs_window_add(struct gs_window *window, uint32_t entity, int64_t t_ms,
                   const struct gs_delta *delta, int64_t now_ms);

/* What counters grew by between two readings, which were made of all of them at the same times. */
enum { GS_WINDOW_GROWTHS_MAX = 16 };
struct gs_window_growth {
    int64_t last_ms; /* of the reading before */
    int64_t t_ms;    /* > last_ms */
    uint32_t count;
    uint8_t counter[GS_WINDOW_GROWTHS_MAX]; /* enum gs_counter; each once */
    int64_t change[GS_WINDOW_GROWTHS_MAX];  /* > 0 */
};

/* Adds growths to each of the entities, whose views have the same levels, as if they had happened
 * evenly, at most the last hour of them: with s = max(last_ms, t_ms - 1 h), C(x) = 0 for x <= s,
 * else floor(change * (x - last_ms) / (t_ms - last_ms)); the instants [a, b) get
 * C(b - 1) - C(a - 1). What lies before every window is dropped. A result of instants only: the
 * grid does not show. count <= GS_VIEWS_MAX. */
void gs_window_spread(struct gs_window *window, const uint32_t *entities, uint32_t count,
                      const struct gs_window_growth *growth, int64_t now_ms);

/* ------------------------------------------------------------------ clock */

/* Moves as_of (>= 0) on; an older one changes nothing. Expired panes then wait to be carried. */
void gs_window_advance(struct gs_window *window, int64_t as_of_ms);

/* Carries at most `budget` waiting panes, the longest expired of each level first; the cells that
 * they left become dirty. Returns how many still wait. */
size_t gs_window_carry(struct gs_window *window, size_t budget, int64_t now_ms);
size_t gs_window_waiting(const struct gs_window *window);

/* ------------------------------------------------------------------ reading */

/* Sums the entity's window of a level at the current as_of; returns the counters that are not 0, as
 * bits. Linear in the entity's panes. */
uint64_t gs_window_sum(const struct gs_window *window, uint32_t entity, uint8_t level,
                       int64_t total[GS_COUNTER_COUNT]);
/* The window's bounds at the current as_of, [from, to); 0, 0 before the first advance. */
void gs_window_bounds(const struct gs_window *window, uint8_t level, int64_t *from_ms,
                      int64_t *to_ms);

/* ------------------------------------------------------------------ dirty cells */

struct gs_cell_ref {
    uint32_t entity;
    uint8_t view;
    uint8_t level;
};

/* A dirty cell is due at the time it became dirty plus flush_interval_ms if it was never taken,
 * else plus 1 % of its window, within [flush_interval_ms, 60 s]. Urgent (nothing comes just now):
 * always plus flush_interval_ms, but after all that are due in their turn. */
void gs_window_set_urgent(struct gs_window *window, bool urgent);

/* Makes a cell dirty, empty or not; a level that is not the view's is ignored. */
void gs_window_mark(struct gs_window *window, uint32_t entity, uint8_t level, int64_t now_ms);
/* All cells with content of the influencer's entities; unknown influencers have none. */
void gs_window_mark_influencer(struct gs_window *window, uint32_t influencer, int64_t now_ms);
/* Everything is to be written (again), empty cells of live entities too if asked. What is dirty now
 * is due at once and comes first; then a sweep takes turns with cells that become due. Constant
 * time. */
void gs_window_mark_all(struct gs_window *window, int64_t now_ms, bool empties_too);

/* From now on somebody else may have written what the same additions make of the cells, with other
 * clocks: one that comes too late for every window marks the cells of its entity too. */
void gs_window_replay(struct gs_window *window);
/* It is over. mark: an entity that has a dirty cell is to be written in all its cells, empty ones
 * too. Linear in the entities. */
void gs_window_replayed(struct gs_window *window, bool mark, int64_t now_ms);

/* A paced pass over a level, round after round: marks the cells with content, changed or not, so
 * that each is marked at least once per period_ms (> 0; twice that while the entities multiply).
 * The first call only starts it. What was missed meanwhile is made up for, some thousand entities a
 * call. */
void gs_window_refresh(struct gs_window *window, uint8_t level, int64_t period_ms, int64_t now_ms);
/* When the last pass that came round began: once nothing is dirty, every cell of the level was
 * written after that. Until one has, what was set last; 0 at first. Setting it begins a pass anew,
 * since what one under way has marked may be gone. */
int64_t gs_window_refreshed_ms(const struct gs_window *window, uint8_t level);
void gs_window_set_refreshed(struct gs_window *window, uint8_t level, int64_t at_ms);

/* Takes the dirty cell with the earliest deadline, if it is due or `everything` is set: it is clean
 * and in flight then, until written or failed is called for it. A cell that was never taken and
 * is empty is passed over, unless it was marked. A cell in flight that changes is dirty again, but
 * is not taken before its first write ended. */
bool gs_window_take_due(struct gs_window *window, int64_t now_ms, bool everything,
                        struct gs_cell_ref *out);
/* Fetches what the sums of the next cells that take_due would give from its queues will read, and
 * says of which influencers they are; returns how many. Call it once per so many takes, or leave
 * it out. */
enum { GS_WINDOW_FETCHED_MAX = 32 };
uint32_t gs_window_fetch_due(const struct gs_window *window, bool everything,
                             uint32_t influencers[GS_WINDOW_FETCHED_MAX]);
/* The write that took the cell ended well. The entity may be forgotten by it: without panes, and
 * with all cells clean and landed, nothing is left of it. */
void gs_window_written(struct gs_window *window, struct gs_cell_ref ref, uint32_t seq);
/* It did not, or nobody knows: dirty again and due at once. */
void gs_window_failed(struct gs_window *window, struct gs_cell_ref ref, int64_t now_ms);
/* seq of the cell's last good write; 0 if there was none. */
uint32_t gs_window_seq(const struct gs_window *window, uint32_t entity, uint8_t level);

/* Dirty cells, plus the entities that a sweep still has before it; 0 = all is taken. */
size_t gs_window_dirty_count(const struct gs_window *window);
/* When to call take_due again, in the clock of now_ms; INT64_MAX: not before something changes. It
 * may be early: then take_due finds nothing and only tidies up. */
int64_t gs_window_next_deadline_ms(const struct gs_window *window);

/* ------------------------------------------------------------------ checkpoints */

/* One pane, absolute. The values are those that are not 0; none may be left, and the pane is still
 * one. */
struct gs_window_entry {
    uint32_t entity;
    uint8_t view;
    uint8_t level;
    int64_t index; /* from index * pane_ms on */
    struct gs_delta values;
};

/* From now on panes that change are listed. Call it before anything is added, after what is put. */
void gs_window_keep_changes(struct gs_window *window);
/* How many are listed; some of them may be gone. */
size_t gs_window_changes(const struct gs_window *window);
/* Takes all from the list; visit may not change the window. Carry everything before
 * (gs_window_carry): what waits counts in a pane that a restore would take for expired. */
void gs_window_take_changes(struct gs_window *window,
                            void (*visit)(void *user, const struct gs_window_entry *entry),
                            void *user);
/* Lists the pane again, if it is still there: what was taken did not get through. */
void gs_window_change(struct gs_window *window, uint32_t entity, uint8_t level, int64_t index);

/* The live entity of the smallest number >= from; GS_ENTITY_NONE if there is none. */
uint32_t gs_window_next_entity(const struct gs_window *window, uint32_t from);
/* All panes of a live entity, changed or not, which stay as they are. */
void gs_window_for_each_pane(const struct gs_window *window, uint32_t entity,
                             void (*visit)(void *user, const struct gs_window_entry *entry),
                             void *user);

/* Checkpoints give an entity's key once and its number from then on. True for the first call since
 * the entity was made, or since all names were forgotten. */
bool gs_window_name(struct gs_window *window, uint32_t entity);
void gs_window_forget_names(struct gs_window *window);

/* Whether it has a pane of that time or a later one, and so lives while a window holds that time.
 */
bool gs_window_reaches(const struct gs_window *window, uint32_t entity, int64_t t_ms);
/* Whether a pane of that index lies in the view's window, so that it can be put back. */
bool gs_window_holds(const struct gs_window *window, uint8_t view, uint8_t level, int64_t index);
/* Puts a pane back, after advance() to the as_of of its checkpoint and gs_window_entity(); one that
 * is there is replaced. False, and nothing happens, if its window has left it behind or the view
 * has no such window. No cell becomes dirty, but each that contains it is one that may stand in
 * Redis. */
bool gs_window_put(struct gs_window *window, const struct gs_window_entry *entry);

/* ------------------------------------------------------------------ figures */

struct gs_window_stats {
    uint32_t entities;
    uint32_t panes;
    size_t bytes;     /* held: tables, slabs and queues, free slots included */
    uint64_t carried; /* panes that went to a coarser level */
    uint64_t expired; /* panes that left the longest window of their view */
    uint64_t dropped; /* additions older than every window of their view */
    uint64_t refused; /* entities that were not created */
    uint64_t forgotten;
};
struct gs_window_stats gs_window_stats(const struct gs_window *window);

struct gs_window_view_stats {
    uint32_t entities;
    uint32_t panes;
    size_t bytes; /* of entities, keys and panes in use */
};
struct gs_window_view_stats gs_window_view_stats(const struct gs_window *window, uint8_t view);

#endif
