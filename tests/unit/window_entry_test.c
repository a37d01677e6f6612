/* Goal: what was taken out of a window as changed entries, the last one of each place, makes the
 * same window again.
 * Method: random windows, additions, jumps of the clock and lazy carrying; at random moments a
 * checkpoint takes all changes into a list, or fails and lists them again; after each that
 * succeeded a second window is made from the list alone and compared in every sum. */
#include "groundswell/window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { KEYS = 6, STEPS = 1500, STORED_MAX = 60000, TAKEN_MAX = 20000 };

struct stored {
    uint8_t key;
    struct gs_window_entry entry;
};

struct world {
    uint64_t random;
    struct gs_window_config config;
    struct gs_window *window;
    int64_t as_of_ms;
    struct stored stored[STORED_MAX];
    uint32_t stored_count;
    struct gs_window_entry taken[TAKEN_MAX];
    uint32_t taken_count;
    uint32_t restores;
    uint32_t failures;
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

static struct gs_window *make(const struct gs_window_config *config)
{
    struct gs_window *window;
    struct gs_error error;
    if (gs_window_create(config, &window, &error) != GS_OK)
        fail_msg("%s", error.message);
    return window;
}

static void create(struct world *world)
{
    world->config = (struct gs_window_config){
        .sizes = {{10000, 1000}, {60000, 5000}, {600000, 60000}},
        .level_count = 3,
        .views = {{.levels = 7}, {.levels = 6}, {.levels = 5}},
        .view_count = 3,
        .hash_seed = 7,
        .entities_max = 1000,
    };
    world->window = make(&world->config);
    gs_window_keep_changes(world->window);
    world->as_of_ms = INT64_C(1800000000000);
    gs_window_advance(world->window, world->as_of_ms);
}

static uint32_t entity_of(struct gs_window *window, uint8_t view, uint8_t key)
{
    char text[8];
    struct gs_str name = gs_str_make(text, (size_t)snprintf(text, sizeof text, "k%u", key));
    return gs_window_entity(window, view, name, gs_window_hash(window, name), key);
}

static void step_add(struct world *world)
{
    uint8_t view = (uint8_t)below(world, 3);
    uint32_t entity = entity_of(world->window, view, (uint8_t)below(world, KEYS));
    int64_t back = below(world, 3) ? below(world, 3000) : below(world, 700000);
    struct gs_delta delta = {0};
    for (int64_t n = 1 + below(world, 4); n > 0; n--) {
        enum gs_counter counter = (enum gs_counter)below(world, GS_COUNTER_COUNT);
        if (!(delta.mask >> counter & 1))
            gs_delta_add(&delta, counter,
                         below(world, 20) ? below(world, 9) - 3
                                          : below(world, 1) + (INT64_C(1) << 40));
    }
    gs_window_add(world->window, entity, world->as_of_ms - back, &delta, 0);
}

static void step_advance(struct world *world)
{
    world->as_of_ms += below(world, 40) ? below(world, 2000) : below(world, 400000);
    gs_window_advance(world->window, world->as_of_ms);
    gs_window_carry(world->window, (size_t)below(world, 4), 0);
}

static void compare(struct world *world, struct gs_window *other)
{
    for (uint8_t v = 0; v < 3; v++)
        for (uint8_t k = 0; k < KEYS; k++)
            for (uint8_t l = 0; l < 3; l++) {
                int64_t a[GS_COUNTER_COUNT], b[GS_COUNTER_COUNT];
                if (!(world->config.views[v].levels >> l & 1))
                    continue;
                gs_window_sum(world->window, entity_of(world->window, v, k), l, a);
                gs_window_sum(other, entity_of(other, v, k), l, b);
                assert_memory_equal(a, b, sizeof a);
            }
}

static void restore(struct world *world)
{
    struct gs_window *other = make(&world->config);
    gs_window_advance(other, world->as_of_ms);
    for (uint32_t i = 0; i < world->stored_count; i++) {
        const struct stored *stored = &world->stored[i];
        struct gs_window_entry entry = stored->entry;
        entry.entity = entity_of(other, entry.view, stored->key);
        gs_window_put(other, &entry);
    }
    compare(world, other);
    gs_window_destroy(other);
    world->restores++;
}

static void keep(struct world *world, const struct gs_window_entry *entry)
{
    struct gs_str key = gs_window_key(world->window, entry->entity);
    assert_true(world->stored_count < STORED_MAX);
    world->stored[world->stored_count++] = (struct stored){(uint8_t)(key.data[1] - '0'), *entry};
}

static void take(void *user, const struct gs_window_entry *entry)
{
    struct world *world = user;
    assert_true(world->taken_count < TAKEN_MAX);
    world->taken[world->taken_count++] = *entry;
}

static void step_checkpoint(struct world *world)
{
    world->taken_count = 0;
    gs_window_carry(world->window, SIZE_MAX, 0);
    gs_window_take_changes(world->window, take, world);
    assert_int_equal(gs_window_changes(world->window), 0);
    if (below(world, 3) == 0) {
        for (uint32_t i = 0; i < world->taken_count; i++)
            gs_window_change(world->window, world->taken[i].entity, world->taken[i].level,
                             world->taken[i].index);
        world->failures++;
        return;
    }
    for (uint32_t i = 0; i < world->taken_count; i++)
        keep(world, &world->taken[i]);
    restore(world);
}

static void visit(void *user, const struct gs_window_entry *entry)
{
    keep(user, entry);
}

/* A whole cycle: everything that lives, changed or not, makes the window on its own. */
static void check_cycle(struct world *world)
{
    gs_window_carry(world->window, SIZE_MAX, 0);
    world->stored_count = 0;
    uint32_t entity = gs_window_next_entity(world->window, 0);
    for (; entity != GS_ENTITY_NONE; entity = gs_window_next_entity(world->window, entity + 1))
        gs_window_for_each_pane(world->window, entity, visit, world);
    restore(world);
}

static void run_world(struct world *world)
{
    create(world);
    for (int i = 0; i < STEPS; i++) {
        int64_t kind = below(world, 100);
        if (kind < 80)
            step_add(world);
        else if (kind < 97)
            step_advance(world);
        else
            step_checkpoint(world);
    }
    check_cycle(world);
    gs_window_destroy(world->window);
}

static void test_out_and_in(void **state)
{
    (void)state;
    const char *given = getenv("GS_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : 20261126;
    struct world *world = gs_calloc(1, sizeof *world);
    uint32_t restores = 0, failures = 0;
    for (int round = 0; round < 40; round++) {
        print_message(given || round == 0 ? "seed %llu\n" : "", (unsigned long long)seed);
        *world = (struct world){.random = seed++};
        run_world(world);
        restores += world->restores;
        failures += world->failures;
    }
    assert_true(restores > 500 && failures > 200);
    gs_free(world);
}

/* More than 2 MiB of panes, and of keys: from there on memory comes in larger pieces. */
static void test_many_panes(void **state)
{
    (void)state;
    enum { MANY = 120000 };
    struct world *world = gs_calloc(1, sizeof *world);
    create(world);
    gs_window_destroy(world->window);
    world->config.entities_max = MANY;
    world->window = make(&world->config);
    gs_window_advance(world->window, world->as_of_ms);
    for (uint32_t i = 0; i < MANY; i++) {
        char text[40];
        struct gs_str key =
            gs_str_make(text, (size_t)snprintf(text, sizeof text, "a key of some length %u", i));
        uint32_t entity =
            gs_window_entity(world->window, 0, key, gs_window_hash(world->window, key), 0);
        struct gs_delta delta = {0};
        gs_delta_add(&delta, GS_C_COMMENTS, i + 1);
        assert_int_equal(entity, i);
        assert_true(gs_window_add(world->window, entity, world->as_of_ms, &delta, 0));
    }
    assert_true(gs_window_stats(world->window).bytes > 9000000);
    for (uint32_t i = 0; i < MANY; i++) {
        int64_t total[GS_COUNTER_COUNT];
        gs_window_sum(world->window, i, 0, total);
        assert_int_equal(total[GS_C_COMMENTS], i + 1);
    }
    gs_window_destroy(world->window);
    gs_free(world);
}

/* Where the clock stands early, a window reaches back to before time 0, where no pane can be. */
static void test_before_all_time(void **state)
{
    (void)state;
    struct world *world = gs_calloc(1, sizeof *world);
    create(world);
    gs_window_destroy(world->window);
    world->window = make(&world->config);
    gs_window_advance(world->window, 3000);
    struct gs_window_entry entry = {.entity = entity_of(world->window, 0, 1)};
    gs_delta_add(&entry.values, GS_C_COMMENTS, 1);
    for (entry.index = -9; entry.index < 0; entry.index++)
        assert_false(gs_window_put(world->window, &entry));
    assert_true(gs_window_put(world->window, &entry));
    assert_int_equal(gs_window_stats(world->window).panes, 1);
    gs_window_destroy(world->window);
    gs_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_out_and_in),
                                       cmocka_unit_test(test_many_panes),
                                       cmocka_unit_test(test_before_all_time)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
