/* Goal: the duplicate memory follows its rule word for word.
 * Method: hand-made sequences, and a naive model with two sets over random ones. */
#include "groundswell/clean.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct gs_hash128 id_of(uint64_t n)
{
    return gs_hash128(&n, sizeof n);
}

static void test_generations(void **state)
{
    (void)state;
    struct gs_dedupe_config config = {.window_ms = 1000, .capacity = 100};
    struct gs_dedupe *dedupe = gs_dedupe_create(&config);
    assert_false(gs_dedupe_seen(dedupe, id_of(1), 500));
    assert_true(gs_dedupe_seen(dedupe, id_of(1), 999));
    assert_true(
        gs_dedupe_seen(dedupe, id_of(1), 1500)); /* the generation before; remembered anew */
    assert_true(gs_dedupe_seen(dedupe, id_of(1), 2500));  /* because it was inserted at 1500 */
    assert_false(gs_dedupe_seen(dedupe, id_of(1), 4500)); /* a jump of two empties both */
    gs_dedupe_destroy(dedupe);
}

static void test_full_generation_makes_way(void **state)
{
    (void)state;
    struct gs_dedupe_config config = {.window_ms = 1000000, .capacity = 3};
    struct gs_dedupe *dedupe = gs_dedupe_create(&config);
    for (uint64_t i = 0; i < 6; i++)
        assert_false(gs_dedupe_seen(dedupe, id_of(i), 1));
    assert_true(gs_dedupe_seen(dedupe, id_of(5), 1));
    assert_true(gs_dedupe_seen(dedupe, id_of(0), 1)); /* still in the older one; swaps, inserts */
    assert_false(gs_dedupe_seen(dedupe, id_of(1), 1));
    gs_dedupe_destroy(dedupe);
}

/* Ids that look alike to the index: in few lines, so that these run over, and with one tag. */
static void test_ids_that_look_alike(void **state)
{
    (void)state;
    struct gs_dedupe_config config = {.window_ms = 1000, .capacity = 20000};
    struct gs_dedupe *dedupe = gs_dedupe_create(&config);
    for (int64_t round = 0; round < 3; round++)
        for (uint64_t i = 0; i < 20000; i++) {
            struct gs_hash128 id = {i % 700, i};
            assert_int_equal(gs_dedupe_seen(dedupe, id, 500 + round * 1000), round > 0);
        }
    assert_true(gs_dedupe_bytes(dedupe) <= 60 * 20000 + 2 * 65536);
    gs_dedupe_destroy(dedupe);
}

/* The rule as it is written: two plain sets. */
struct model {
    uint64_t ids[2][64];
    uint32_t count[2]; /* [0] newer, [1] older */
    int64_t number;
};

static bool model_has(const struct model *model, int g, uint64_t id)
{
    for (uint32_t i = 0; i < model->count[g]; i++)
        if (model->ids[g][i] == id)
            return true;
    return false;
}

static void model_swap(struct model *model)
{
    memcpy(model->ids[1], model->ids[0], sizeof model->ids[0]);
    model->count[1] = model->count[0];
    model->count[0] = 0;
}

static bool model_seen(struct model *model, uint64_t id, int64_t h,
                       const struct gs_dedupe_config *config)
{
    int64_t number = h / config->window_ms;
    if (model->number >= 0 && number == model->number + 1)
        model_swap(model);
    if (model->number >= 0 && number > model->number + 1)
        model->count[0] = model->count[1] = 0;
    model->number = number;
    bool seen = model_has(model, 0, id) || model_has(model, 1, id);
    if (!model_has(model, 0, id)) {
        if (model->count[0] == config->capacity)
            model_swap(model);
        model->ids[0][model->count[0]++] = id;
    }
    return seen;
}

static void test_random_against_model(void **state)
{
    (void)state;
    const char *given = getenv("GS_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : 20261124u;
    print_message("seed %u\n", seed);
    for (int round = 0; round < 200; round++) {
        struct gs_dedupe_config config = {.window_ms = 50 + rand_r(&seed) % 100,
                                          .capacity = 4 + (uint32_t)(rand_r(&seed) % 60)};
        struct gs_dedupe *dedupe = gs_dedupe_create(&config);
        struct model model = {.number = -1};
        int64_t h = 1000;
        for (int i = 0; i < 400; i++) {
            uint64_t id = (uint64_t)(rand_r(&seed) % 90);
            h += rand_r(&seed) % 20 == 0 ? rand_r(&seed) % 250 : rand_r(&seed) % 3;
            assert_int_equal(gs_dedupe_seen(dedupe, id_of(id), h),
                             model_seen(&model, id, h, &config));
        }
        gs_dedupe_destroy(dedupe);
    }
}

enum { PIECES_MAX = 100, PIECE_IDS_MAX = 4096 };

struct pieces {
    uint32_t count;
    struct gs_dedupe_piece piece[PIECES_MAX];
    struct gs_hash128 ids[PIECES_MAX][PIECE_IDS_MAX];
};

static void collect(const struct gs_dedupe *dedupe, struct gs_dedupe_mark *mark,
                    struct pieces *pieces)
{
    struct gs_dedupe_piece piece;
    while (gs_dedupe_next(dedupe, mark, &piece)) {
        assert_true(pieces->count < PIECES_MAX && piece.count <= PIECE_IDS_MAX);
        memcpy(pieces->ids[pieces->count], piece.ids, piece.count * sizeof *piece.ids);
        piece.ids = pieces->ids[pieces->count];
        pieces->piece[pieces->count++] = piece;
    }
}

static struct gs_dedupe *make_again(const struct gs_dedupe *one,
                                    const struct gs_dedupe_config *config,
                                    const struct pieces *pieces)
{
    struct gs_dedupe_state wanted, stands;
    struct gs_dedupe *other = gs_dedupe_create(config);
    gs_dedupe_state(one, &wanted);
    for (uint32_t p = 0; p < pieces->count; p++)
        assert_true(gs_dedupe_put(other, &pieces->piece[p]));
    gs_dedupe_restore(other, &wanted);
    gs_dedupe_state(other, &stands);
    assert_memory_equal(&stands, &wanted, sizeof stands);
    return other;
}

/* What was read from marks, some of it twice, makes a memory that answers in the same way. */
static void run_out_and_in(unsigned *seed, uint32_t capacity, struct pieces *pieces)
{
    struct gs_dedupe_config config = {.window_ms = 5000, .capacity = capacity};
    struct gs_dedupe *one = gs_dedupe_create(&config);
    struct gs_dedupe_mark mark = {0, 0}, before = {0, 0};
    int64_t h = 1000;
    pieces->count = 0;
    for (int i = 0; i < 12000; i++) {
        h += rand_r(seed) % 300 == 0 ? rand_r(seed) % 12000 : 0;
        gs_dedupe_seen(one, id_of((uint64_t)(rand_r(seed) % 9000)), h);
        if (rand_r(seed) % 1000)
            continue;
        if (rand_r(seed) % 3)
            before = mark; /* what was read got through; else it is read again */
        mark = before;
        collect(one, &mark, pieces);
    }
    collect(one, &before, pieces);
    struct gs_dedupe *other = make_again(one, &config, pieces);
    for (int i = 0; i < 9000; i++) {
        h += rand_r(seed) % 300 == 0 ? rand_r(seed) % 4000 : 0;
        struct gs_hash128 id = id_of((uint64_t)(rand_r(seed) % 9000));
        assert_int_equal(gs_dedupe_seen(one, id, h), gs_dedupe_seen(other, id, h));
    }
    gs_dedupe_destroy(one);
    gs_dedupe_destroy(other);
}

static void test_out_and_in(void **state)
{
    (void)state;
    const char *given = getenv("GS_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : 20261126u;
    struct pieces *pieces = gs_calloc(1, sizeof *pieces);
    print_message("seed %u\n", seed);
    for (uint32_t round = 0; round < 60; round++)
        run_out_and_in(&seed, round % 2 ? 700 : 10000 + 300 * round, pieces);
    gs_free(pieces);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_generations),
        cmocka_unit_test(test_full_generation_makes_way),
        cmocka_unit_test(test_ids_that_look_alike),
        cmocka_unit_test(test_random_against_model),
        cmocka_unit_test(test_out_and_in),
    };
    return cmocka_run_group_tests_name("clean", tests, NULL, NULL);
}
