/* Goal: a window always equals what a full rescan of its events would give, and what was written of
 * it equals it too as soon as nothing is dirty.
 * Method: random windows, random additions (out of order, too old, spread), jumps of the clock,
 * lazy carrying, writes that succeed, fail or succeed unseen, a store that loses everything; beside
 * it a model that keeps every event and a shadow of every cell. No clock, no threads: a seed
 * replays. */
#include "groundswell/window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { KEYS = 14, INFLUENCERS = 5, EVENTS_MAX = 6000, FLIGHTS_MAX = 100, STEPS = 2500 };

struct event {
    uint8_t view;
    uint8_t key;
    enum gs_counter counter;
    int64_t value;
    int64_t t_ms;
    int64_t last_ms;  /* spread: the reading before; else -1 */
    int64_t floor_ms; /* spread: where the longest window began when it was added */
};

struct shadow {
    int64_t total[GS_COUNTER_COUNT];
};

struct flight {
    struct gs_cell_ref ref;
    uint8_t key;
    bool hidden;
    struct shadow value;
};

struct world {
    uint64_t random;
    struct gs_window_config config;
    struct gs_window *window;
    int64_t as_of_ms;
    int64_t now_ms;
    uint32_t seq;
    struct event events[EVENTS_MAX];
    uint32_t event_count;
    struct shadow cells[GS_VIEWS_MAX][KEYS][GS_LEVELS_MAX];
    bool hidden[GS_VIEWS_MAX][KEYS];
    bool held[INFLUENCERS];
    struct flight flights[FLIGHTS_MAX];
    uint32_t flight_count;
    uint64_t taken;
    uint64_t compared;
    uint64_t quiet;
};

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t draw(struct world *world)
{
    uint64_t x = world->random += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

static int64_t below(struct world *world, int64_t limit)
{
    return (int64_t)(draw(world) % (uint64_t)limit);
}

/* ------------------------------------------------------------------ set-up */

static void released(void *user, uint32_t influencer)
{
    struct world *world = user;
    assert_true(influencer < INFLUENCERS);
    assert_true(world->held[influencer]);
    world->held[influencer] = false;
}

static void choose_windows(struct world *world)
{
    struct gs_window_config *config = &world->config;
    int64_t pane = (const int64_t[]){10, 70, 1000, 5000}[below(world, 4)];
    int64_t least = pane;
    config->level_count = (uint8_t)(1 + below(world, GS_LEVELS_MAX));
    for (uint8_t i = 0; i < config->level_count; i++) {
        int64_t panes = (least + pane - 1) / pane + below(world, 12);
        config->sizes[i] = (struct gs_window_size){panes * pane, pane};
        int64_t factor = 1 + below(world, 8);
        least = panes * pane + pane * factor;
        pane *= factor;
    }
}

static void create(struct world *world)
{
    struct gs_window_config *config = &world->config;
    struct gs_error error;
    choose_windows(world);
    config->view_count = (uint8_t)(1 + below(world, 3));
    for (uint8_t v = 0; v < config->view_count; v++)
        config->views[v].levels = (uint8_t)(1 + below(world, (1 << config->level_count) - 1));
    config->flush_interval_ms = below(world, 3) * 100;
    config->hash_seed = draw(world);
    config->entities_max = 1000;
    config->influencer_released = released;
    config->user = world;
    if (gs_window_create(config, &world->window, &error) != GS_OK)
        fail_msg("%s", error.message);
    world->as_of_ms = (const int64_t[]){0, 1000, INT64_C(1800000000000)}[below(world, 3)];
    gs_window_advance(world->window, world->as_of_ms);
}

/* ------------------------------------------------------------------ model */

static int64_t panes_of(const struct world *world, uint8_t level)
{
    return world->config.sizes[level].window_ms / world->config.sizes[level].pane_ms;
}

static int64_t window_start(const struct world *world, uint8_t level)
{
    int64_t pane_ms = world->config.sizes[level].pane_ms;
    return (world->as_of_ms / pane_ms - panes_of(world, level) + 1) * pane_ms;
}

static uint8_t longest_level(const struct world *world, uint8_t view)
{
    return (uint8_t)(31 - __builtin_clz(world->config.views[view].levels));
}

static int64_t happened(const struct event *event, int64_t x_ms)
{
    int64_t s = GS_MAX(event->last_ms, event->t_ms - 3600000);
    if (x_ms <= s)
        return 0;
    return (int64_t)((__int128)event->value * (GS_MIN(x_ms, event->t_ms) - event->last_ms) /
                     (event->t_ms - event->last_ms));
}

static int64_t share(const struct event *event, int64_t from_ms)
{
    if (event->last_ms < 0)
        return event->t_ms >= from_ms ? event->value : 0;
    return happened(event, event->t_ms) - happened(event, GS_MAX(from_ms, event->floor_ms) - 1);
}

static void model_sum(const struct world *world, uint8_t view, uint8_t key, uint8_t level,
                      struct shadow *sum)
{
    int64_t from = window_start(world, level);
    memset(sum, 0, sizeof *sum);
    for (uint32_t i = 0; i < world->event_count; i++) {
        const struct event *event = &world->events[i];
        if (event->view == view && event->key == key)
            sum->total[event->counter] += share(event, from);
    }
}

/* ------------------------------------------------------------------ steps */

static struct gs_str key_text(uint8_t key, char *buffer)
{
    int len = snprintf(buffer, 64, "key%0*d", 1 + key * 3, key);
    return gs_str_make(buffer, (size_t)len);
}

static uint8_t key_of(struct gs_str text)
{
    int64_t key = -1;
    assert_true(gs_parse_int(gs_str_make(text.data + 3, text.len - 3), &key));
    return (uint8_t)key;
}

static uint32_t entity_of(struct world *world, uint8_t view, uint8_t key, bool create_it)
{
    char buffer[64];
    struct gs_str text = key_text(key, buffer);
    uint64_t hash = gs_window_hash(world->window, text);
    gs_window_prefetch(world->window, view, hash);
    uint32_t probable = gs_window_prefetch_entity(world->window, view, hash);
    if (probable != GS_ENTITY_NONE)
        gs_window_prefetch_panes(world->window, probable, world->as_of_ms, key % 2);
    if (!create_it)
        return gs_window_find(world->window, view, text, hash);
    uint32_t known = gs_window_find(world->window, view, text, hash);
    assert_int_equal(probable, known); /* no two keys of the test have one hash */
    assert_true(known == GS_ENTITY_NONE || gs_window_is(world->window, known, view, text));
    uint32_t entity = gs_window_entity(world->window, view, text, hash, key % INFLUENCERS);
    assert_true(known == GS_ENTITY_NONE || known == entity);
    if (known == GS_ENTITY_NONE)
        world->hidden[view][key] = false;
    world->held[key % INFLUENCERS] = true;
    assert_true(gs_str_equal(gs_window_key(world->window, entity), text));
    assert_int_equal(gs_window_influencer(world->window, entity), key % INFLUENCERS);
    assert_int_equal(gs_window_view(world->window, entity), view);
    return entity;
}

static int64_t draw_time(struct world *world)
{
    int64_t longest = world->config.sizes[world->config.level_count - 1].window_ms;
    int64_t reach =
        (const int64_t[]){1, world->config.sizes[0].pane_ms, world->config.sizes[0].window_ms * 2,
                          longest, longest + longest / 3 + 1}[below(world, 5)];
    int64_t t = world->as_of_ms - below(world, reach);
    return GS_MAX(0, t);
}

static int64_t draw_value(struct world *world)
{
    switch (below(world, 8)) {
    case 0:
        return below(world, INT64_C(1) << 33) - (INT64_C(1) << 32);
    case 1:
        return -below(world, 5);
    case 2:
        return below(world, INT64_C(1) << 31);
    default:
        return below(world, 4);
    }
}

static void remember(struct world *world, struct event event)
{
    assert_true(world->event_count < EVENTS_MAX);
    world->events[world->event_count++] = event;
}

static void step_add(struct world *world)
{
    uint8_t view = (uint8_t)below(world, world->config.view_count);
    uint8_t key = (uint8_t)below(world, KEYS);
    uint32_t entity = entity_of(world, view, key, true);
    int64_t t = draw_time(world);
    struct gs_delta delta = {.mask = 0};
    for (int64_t i = below(world, 8); i >= 0; i--)
        gs_delta_add(&delta, (enum gs_counter)below(world, below(world, 2) ? 6 : GS_COUNTER_COUNT),
                     draw_value(world));
    bool stored = gs_window_add(world->window, entity, t, &delta, world->now_ms);
    assert_int_equal(stored, t >= window_start(world, longest_level(world, view)));
    for (uint64_t mask = stored ? delta.mask : 0; mask; mask &= mask - 1) {
        enum gs_counter c = (enum gs_counter)__builtin_ctzll(mask);
        remember(world, (struct event){view, key, c, delta.value[c], t, -1, 0});
    }
}

/* One to three counters of one to two entities: the second in another view of the same levels. */
static void step_spread(struct world *world)
{
    uint8_t view = (uint8_t)below(world, world->config.view_count);
    uint8_t other = (uint8_t)below(world, world->config.view_count);
    uint8_t key = (uint8_t)below(world, KEYS);
    int64_t a = draw_time(world), b = draw_time(world);
    struct gs_window_growth growth = {.last_ms = GS_MIN(a, b), .t_ms = GS_MAX(a, b)};
    bool both =
        view != other && world->config.views[view].levels == world->config.views[other].levels;
    if (a == b)
        return;
    for (growth.count = 0; growth.count <= below(world, 3); growth.count++) {
        growth.counter[growth.count] = (uint8_t)(GS_C_LIKES + growth.count);
        growth.change[growth.count] =
            (const int64_t[]){1, 3, 100000, GS_COUNT_MAX}[below(world, 4)];
    }
    uint32_t entities[2] = {entity_of(world, view, key, true),
                            both ? entity_of(world, other, key, true) : 0};
    gs_window_spread(world->window, entities, both ? 2 : 1, &growth, world->now_ms);
    for (uint32_t i = 0; i < growth.count; i++)
        for (int e = 0; e < (both ? 2 : 1); e++) {
            uint8_t v = e ? other : view;
            remember(world, (struct event){v, key, (enum gs_counter)growth.counter[i],
                                           growth.change[i], growth.t_ms, growth.last_ms,
                                           window_start(world, longest_level(world, v))});
        }
}

static void step_advance(struct world *world)
{
    const struct gs_window_size *sizes = world->config.sizes;
    int64_t reach[] = {1, sizes[0].pane_ms, sizes[0].window_ms,
                       sizes[world->config.level_count - 1].pane_ms,
                       sizes[world->config.level_count - 1].window_ms * 2};
    int64_t step = below(world, reach[below(world, below(world, 4) ? 3 : 5)] + 1);
    world->as_of_ms += step;
    gs_window_advance(world->window, world->as_of_ms);
    gs_window_advance(world->window, world->as_of_ms - 5); /* never back */
}

/* ------------------------------------------------------------------ writing */

/* What is fetched is of the entities that exist. */
static void fetch(const struct world *world, bool everything)
{
    uint32_t influencers[GS_WINDOW_FETCHED_MAX];
    uint32_t count = gs_window_fetch_due(world->window, everything, influencers);
    assert_true(count <= GS_WINDOW_FETCHED_MAX);
    for (uint32_t i = 0; i < count; i++)
        assert_true(world->held[influencers[i]]);
}

static void take(struct world *world, bool everything)
{
    struct flight *flight = &world->flights[world->flight_count];
    fetch(world, everything);
    if (world->flight_count == FLIGHTS_MAX ||
        !gs_window_take_due(world->window, world->now_ms, everything, &flight->ref))
        return;
    flight->key = key_of(gs_window_key(world->window, flight->ref.entity));
    flight->hidden = gs_window_hidden(world->window, flight->ref.entity);
    assert_true(world->config.views[flight->ref.view].levels >> flight->ref.level & 1);
    for (uint32_t i = 0; i < world->flight_count; i++)
        assert_memory_not_equal(&world->flights[i].ref, &flight->ref, sizeof flight->ref);
    gs_window_sum(world->window, flight->ref.entity, flight->ref.level, flight->value.total);
    if (flight->hidden)
        memset(&flight->value, 0, sizeof flight->value);
    world->flight_count++;
    world->taken++;
}

static void land(struct world *world, bool always_well)
{
    if (!world->flight_count)
        return;
    uint32_t i = (uint32_t)below(world, world->flight_count);
    struct flight flight = world->flights[i];
    bool applied = always_well || below(world, 3);
    bool known = always_well || (applied && below(world, 3));
    world->flights[i] = world->flights[--world->flight_count];
    if (applied)
        world->cells[flight.ref.view][flight.key][flight.ref.level] = flight.value;
    if (!known) {
        gs_window_failed(world->window, flight.ref, world->now_ms);
        return;
    }
    gs_window_written(world->window, flight.ref, ++world->seq);
}

static void step_hide(struct world *world)
{
    uint8_t view = (uint8_t)below(world, world->config.view_count);
    uint8_t key = (uint8_t)below(world, KEYS);
    uint32_t entity = entity_of(world, view, key, false);
    if (entity == GS_ENTITY_NONE)
        return;
    world->hidden[view][key] = below(world, 2);
    gs_window_set_hidden(world->window, entity, world->hidden[view][key], world->now_ms);
    assert_int_equal(gs_window_hidden(world->window, entity), world->hidden[view][key]);
}

/* The store lost everything, or holds nobody knows what of those that live. */
static void step_lose(struct world *world)
{
    bool empties = below(world, 2);
    if (!empties)
        memset(world->cells, 0, sizeof world->cells);
    for (uint8_t v = 0; v < world->config.view_count && empties; v++)
        for (uint8_t k = 0; k < KEYS; k++)
            if (entity_of(world, v, k, false) != GS_ENTITY_NONE)
                for (uint8_t i = 0; i < world->config.level_count; i++)
                    if (world->config.views[v].levels >> i & 1)
                        world->cells[v][k][i].total[GS_C_VIEWS] = 77;
    gs_window_mark_all(world->window, world->now_ms, empties);
}

/* ------------------------------------------------------------------ checks */

static void check_sums(struct world *world)
{
    for (uint8_t v = 0; v < world->config.view_count; v++)
        for (uint8_t k = 0; k < KEYS; k++) {
            uint32_t entity = entity_of(world, v, k, false);
            for (uint8_t i = 0; i < world->config.level_count; i++) {
                struct shadow model, real = {{0}};
                bool any = false;
                if (!(world->config.views[v].levels >> i & 1))
                    continue;
                model_sum(world, v, k, i, &model);
                if (entity != GS_ENTITY_NONE)
                    any = gs_window_sum(world->window, entity, i, real.total);
                assert_memory_equal(&real, &model, sizeof real);
                assert_int_equal(any, memcmp(&real, &(struct shadow){{0}}, sizeof real) != 0);
                world->compared++;
            }
        }
}

static void check_bounds(const struct world *world)
{
    for (uint8_t i = 0; i < world->config.level_count; i++) {
        int64_t from, to;
        gs_window_bounds(world->window, i, &from, &to);
        assert_int_equal(from, window_start(world, i));
        assert_int_equal(to - from, world->config.sizes[i].window_ms);
        assert_true(from <= world->as_of_ms && world->as_of_ms < to);
    }
}

static void check_cells(struct world *world)
{
    for (uint8_t v = 0; v < world->config.view_count; v++)
        for (uint8_t k = 0; k < KEYS; k++)
            for (uint8_t i = 0; i < world->config.level_count; i++) {
                struct shadow model;
                uint32_t entity = entity_of(world, v, k, false);
                bool hidden = entity != GS_ENTITY_NONE && gs_window_hidden(world->window, entity);
                if (!(world->config.views[v].levels >> i & 1))
                    continue;
                model_sum(world, v, k, i, &model);
                if (hidden)
                    memset(&model, 0, sizeof model);
                assert_memory_equal(&world->cells[v][k][i], &model, sizeof model);
            }
}

static bool is_quiet(const struct world *world)
{
    return !gs_window_dirty_count(world->window) && !gs_window_waiting(world->window) &&
           !world->flight_count;
}

struct listing {
    struct world *world;
    uint32_t count;
    bool held[INFLUENCERS];
};

static void list(void *user, uint32_t entity)
{
    struct listing *listing = user;
    listing->count++;
    listing->held[gs_window_influencer(listing->world->window, entity)] = true;
    assert_true(gs_window_live(listing->world->window, entity));
}

static void settle(struct world *world)
{
    while (!is_quiet(world) || gs_window_next_deadline_ms(world->window) != INT64_MAX) {
        gs_window_carry(world->window, SIZE_MAX, world->now_ms);
        take(world, true);
        if (world->flight_count == FLIGHTS_MAX || below(world, 2))
            land(world, true);
        world->now_ms++;
    }
    gs_window_carry(world->window, 0, world->now_ms); /* the new ones that got nothing go */
    check_cells(world);
    struct listing listing = {.world = world};
    gs_window_for_each(world->window, list, &listing);
    assert_int_equal(listing.count, gs_window_stats(world->window).entities);
    assert_memory_equal(listing.held, world->held, sizeof listing.held);
}

static void drain(struct world *world)
{
    settle(world);
    world->as_of_ms += 2 * world->config.sizes[world->config.level_count - 1].window_ms;
    gs_window_advance(world->window, world->as_of_ms);
    check_sums(world);
    settle(world);
    struct gs_window_stats stats = gs_window_stats(world->window);
    assert_int_equal(stats.entities, 0);
    assert_int_equal(stats.panes, 0);
    for (uint8_t v = 0; v < world->config.view_count; v++)
        assert_int_equal(gs_window_view_stats(world->window, v).bytes, 0);
}

static void step(struct world *world)
{
    int64_t choice = below(world, 100);
    world->now_ms += below(world, 20);
    if (choice < 40)
        step_add(world);
    else if (choice < 46)
        step_spread(world);
    else if (choice < 58)
        step_advance(world);
    else if (choice < 68)
        gs_window_carry(world->window, (size_t)below(world, 20), world->now_ms);
    else if (choice < 80)
        take(world, below(world, 2));
    else if (choice < 90)
        land(world, false);
    else if (choice < 92)
        gs_window_mark_influencer(world->window, (uint32_t)below(world, INFLUENCERS + 70),
                                  world->now_ms);
    else if (choice < 93)
        step_hide(world);
    else if (choice < 94)
        gs_window_set_urgent(world->window, below(world, 2));
    else if (choice == 94 && below(world, 10) == 0)
        step_lose(world);
    else if (choice < 97)
        check_sums(world);
    if (is_quiet(world)) {
        world->quiet++;
        check_cells(world);
    }
}

static void run_world(uint64_t seed, uint64_t *taken, uint64_t *compared, uint64_t *quiet)
{
    struct world *world = calloc(1, sizeof *world);
    world->random = seed;
    create(world);
    for (int i = 0; i < STEPS && world->event_count + 10 < EVENTS_MAX; i++) {
        step(world);
        if (i % 100 == 0)
            check_bounds(world);
        if (below(world, 300) == 0)
            settle(world);
    }
    check_sums(world);
    drain(world);
    *taken += world->taken;
    *compared += world->compared;
    *quiet += world->quiet;
    gs_window_destroy(world->window);
    free(world);
}

static void test_against_rescan(void **state)
{
    (void)state;
    const char *given = getenv("GS_SEED");
    const char *rounds = getenv("GS_ROUNDS");
    uint64_t seed = given ? strtoull(given, NULL, 10) : 20261124;
    int count = given ? 1 : rounds ? atoi(rounds) : 60;
    uint64_t taken = 0, compared = 0, quiet = 0;
    for (int i = 0; i < count; i++) {
        print_message("seed %llu\n", (unsigned long long)(seed + (uint64_t)i));
        run_world(seed + (uint64_t)i, &taken, &compared, &quiet);
    }
    print_message("%llu cells taken, %llu sums compared, quiet %llu times\n",
                  (unsigned long long)taken, (unsigned long long)compared,
                  (unsigned long long)quiet);
    assert_true(taken > 100 && compared > 100 && quiet > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_rescan)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
