/* spread.c -- growth between two readings of a platform's counters, told to the panes in between.
 *
 *   last          s = t - 1 h              t
 *    |--------------|--|-----|-----|-|-|-|-|     panes from coarse to fine, each level where it
 * holds C(x) of it had happened by instant x
 *
 * Counters that were read together share all of this but their change, and entities whose views
 * have the same levels share the panes' bounds, so each share is computed once. */
#include "internal.h"

enum { SPREAD_MS_MAX = 3600000 };

struct spreading {
    struct gs_window *window;
    const struct gs_window_growth *growth;
    int64_t span_ms;
    int64_t s_ms;                       /* nothing had happened up to here */
    bool small;                         /* products fit into 64 bits */
    int64_t had[GS_WINDOW_GROWTHS_MAX]; /* C at the last instant that was dealt with */
    uint32_t count;                     /* of the entities */
    struct gsi_place place[GS_VIEWS_MAX];
};

/* C(x) of growth i, x <= t. */
static int64_t by(const struct spreading *spreading, uint32_t i, int64_t x_ms)
{
    int64_t change = spreading->growth->change[i];
    if (x_ms <= spreading->s_ms)
        return 0;
    int64_t elapsed = x_ms - spreading->growth->last_ms;
    if (GS_LIKELY(spreading->small))
        return change * elapsed / spreading->span_ms;
    return (int64_t)((__int128)change * elapsed / spreading->span_ms);
}

/* How long after the first reading growth i had come to one more than it had. Small ones come to no
 * more than change * span + change + span, which has 64 bits. */
static int64_t until_more(const struct spreading *spreading, uint32_t i)
{
    int64_t change = spreading->growth->change[i];
    if (GS_LIKELY(spreading->small)) {
        uint64_t product = ((uint64_t)spreading->had[i] + 1) * (uint64_t)spreading->span_ms;
        return (int64_t)((product + (uint64_t)change - 1) / (uint64_t)change);
    }
    __int128 product = ((__int128)spreading->had[i] + 1) * spreading->span_ms;
    return (int64_t)((product + change - 1) / change);
}

/* The first instant > s by which more than it had of anything had happened. */
static int64_t next_change(const struct spreading *spreading)
{
    int64_t first = INT64_MAX;
    for (uint32_t i = 0; i < spreading->growth->count; i++)
        first = GS_MIN(first, spreading->growth->last_ms + until_more(spreading, i));
    return GS_MAX(first, spreading->s_ms + 1);
}

/* What happened since, up to and including instant x. */
static void take(struct spreading *spreading, int64_t x_ms, struct gs_delta *delta)
{
    const struct gs_window_growth *growth = spreading->growth;
    uint64_t mask = 0;
    for (uint32_t i = 0; i < growth->count; i++) {
        int64_t has = by(spreading, i, x_ms);
        int64_t more = has - spreading->had[i];
        uint8_t counter = growth->counter[i]; /* each comes once */
        delta->value[counter] = more;
        mask |= (uint64_t)(more != 0) << counter;
        spreading->had[i] = has;
    }
    delta->mask = mask;
}

/* Gives the panes of one level their share of the instants [at, end). Where nothing happened no
 * pane is visited. */
static bool spread_level(struct spreading *spreading, uint8_t level, int64_t at, int64_t end)
{
    int64_t pane_ms = spreading->window->level[level].pane_ms;
    struct gs_delta delta;
    bool any = false;
    for (uint32_t e = 0; e < spreading->count; e++)
        spreading->place[e] = (struct gsi_place){spreading->place[e].entity, level, 0, 0};
    while (at < end) {
        int64_t index = at / pane_ms;
        int64_t pane_end = GS_MIN((index + 1) * pane_ms, end);
        take(spreading, pane_end - 1, &delta);
        at = pane_end;
        if (!delta.mask) {
            at = GS_MAX(pane_end, next_change(spreading));
            continue;
        }
        for (uint32_t e = 0; e < spreading->count; e++) {
            spreading->place[e].index = index;
            gsi_pane_add(spreading->window, &spreading->place[e], &delta, delta.mask);
        }
        any = true;
    }
    return any;
}

/* What lies before every window. */
static void drop(struct spreading *spreading, int64_t before_ms)
{
    struct gs_delta dropped;
    take(spreading, GS_MIN(before_ms - 1, spreading->growth->t_ms), &dropped);
    spreading->window->stats.dropped += (uint64_t)gsi_count_bits(dropped.mask) * spreading->count;
    for (uint32_t e = 0; e < spreading->count; e++)
        gsi_mark_dropped(spreading->window, spreading->place[e].entity);
}

static void mark(struct spreading *spreading, const struct gsi_view *view, uint8_t level)
{
    for (uint32_t e = 0; e < spreading->count; e++) {
        uint32_t index = spreading->place[e].entity;
        gsi_mark_from(spreading->window, index, gsi_entity_at(spreading->window, index), view,
                      level);
    }
}

/* The first instant of the level's window. */
static int64_t start_of(const struct gs_window *window, int level)
{
    return window->level[level].oldest * window->level[level].pane_ms;
}

static void spread_all(struct spreading *spreading, const struct gsi_view *view)
{
    const struct gs_window *window = spreading->window;
    int64_t at = spreading->s_ms + 1;
    bool first = true;
    for (int level = window->level_count - 1; level >= view->finest; level--) {
        if (!(view->levels >> level & 1))
            continue;
        int64_t start = start_of(window, level);
        if (first && at < start) {
            at = start;
            drop(spreading, start);
        }
        first = false;
        int64_t end = spreading->growth->t_ms + 1;
        for (int finer = level - 1; finer >= view->finest; finer--)
            if (view->levels >> finer & 1) {
                end = GS_MIN(end, start_of(window, finer));
                break;
            }
        if (spread_level(spreading, (uint8_t)level, at, end))
            mark(spreading, view, (uint8_t)level);
        at = GS_MAX(at, end);
    }
}

void gs_window_spread(struct gs_window *window, const uint32_t *entities, uint32_t count,
                      const struct gs_window_growth *growth, int64_t now_ms)
{
    const struct gsi_view *view = &window->view[gsi_entity_at(window, entities[0])->view];
    struct spreading spreading = {.window = window,
                                  .growth = growth,
                                  .span_ms = growth->t_ms - growth->last_ms,
                                  .s_ms = GS_MAX(growth->last_ms, growth->t_ms - SPREAD_MS_MAX),
                                  .small = true,
                                  .count = count};
    GS_ASSERT(count > 0 && count <= GS_VIEWS_MAX && growth->count <= GS_WINDOW_GROWTHS_MAX);
    GS_ASSERT(growth->last_ms >= 0 && spreading.span_ms > 0 && growth->t_ms <= window->as_of_ms);
    for (uint32_t i = 0; i < growth->count; i++) {
        GS_ASSERT(growth->change[i] > 0);
        spreading.small &= growth->change[i] <= INT64_MAX / spreading.span_ms;
    }
    for (uint32_t e = 0; e < count; e++) {
        spreading.place[e].entity = entities[e];
        GS_ASSERT(window->view[gsi_entity_at(window, entities[e])->view].levels == view->levels);
    }
    gsi_see_now(window, now_ms);
    spread_all(&spreading, view);
}
