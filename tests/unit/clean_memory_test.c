/* Goal: the memories of copies and of burst follow their rules word for word, and a restored one
 * answers like one that was never interrupted.
 * Method: hand-made sequences; naive models that keep every record, over random ones (GS_SEED
 * replays); out and in again at random moments, from marks, some of it twice. */
#include "groundswell/clean.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct gs_hash128 hash_of(uint64_t n)
{
    return gs_hash128(&n, sizeof n);
}

static unsigned seed_of(unsigned fallback)
{
    const char *given = getenv("GS_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : fallback;
    print_message("seed %u\n", seed);
    return seed;
}

static struct gs_copies *copies_of(int64_t window_ms, uint32_t capacity)
{
    struct gs_copies_config config;
    gs_copies_config_default(&config);
    config.window_ms = window_ms;
    config.capacity = capacity;
    return gs_copies_create(&config);
}

static bool seen(struct gs_copies *copies, uint64_t text, uint64_t actor, uint64_t comment,
                 int64_t h_ms, struct gs_copies_earlier *earlier)
{
    struct gs_copy copy = {
        .text = hash_of(text), .comment = {comment, 0}, .actor = actor, .words = 4};
    gs_copies_prefetch(copies, &copy);
    return gs_copies_seen(copies, &copy, h_ms, earlier);
}

/* ------------------------------------------------------------------ copies by hand */

static void test_same_author(void **state)
{
    (void)state;
    struct gs_copies *copies = copies_of(1000, 100);
    struct gs_copies_earlier earlier;
    assert_false(seen(copies, 1, 7, 70, 100, &earlier));
    assert_true(seen(copies, 1, 7, 71, 200, &earlier));
    assert_int_equal(earlier.count, 0); /* the first one stands */
    assert_false(seen(copies, 2, 7, 72, 300, &earlier));
    assert_true(seen(copies, 1, 7, 73, 1999, &earlier));  /* the generation before */
    assert_true(seen(copies, 1, 7, 74, 2999, &earlier));  /* remembered anew at 1999 */
    assert_false(seen(copies, 1, 7, 75, 5000, &earlier)); /* a jump of two empties both */
    gs_copies_destroy(copies);
}

static void test_short_texts(void **state)
{
    (void)state;
    struct gs_copies *copies = copies_of(1000, 100);
    struct gs_copies_earlier earlier;
    struct gs_copy copy = {.text = hash_of(1), .words = 3};
    for (uint64_t i = 0; i < 20; i++) {
        copy.actor = i / 2;
        assert_false(gs_copies_seen(copies, &copy, 5, &earlier));
        assert_int_equal(earlier.count, 0);
    }
    gs_copies_destroy(copies);
}

static void test_wave(void **state)
{
    (void)state;
    struct gs_copies *copies = copies_of(1000, 100);
    struct gs_copies_earlier earlier;
    for (uint64_t i = 1; i <= 4; i++) {
        assert_false(seen(copies, 1, i, 100 + i, 990 + (int64_t)i * 5, &earlier));
        assert_int_equal(earlier.count, 0);
    }
    assert_true(seen(copies, 1, 3, 200, 1011, &earlier)); /* again: still four authors */
    assert_int_equal(earlier.count, 0);
    assert_true(seen(copies, 1, 5, 105, 1012, &earlier));
    assert_int_equal(earlier.count, 4); /* from both generations, without 200, which was one */
    uint64_t sum = 0;
    for (uint32_t i = 0; i < earlier.count; i++)
        sum += earlier.comment[i].low;
    assert_int_equal(sum, 101 + 102 + 103 + 104);
    assert_true(seen(copies, 1, 6, 106, 1013, &earlier));
    assert_int_equal(earlier.count, 0); /* told once */
    gs_copies_destroy(copies);
}

/* ------------------------------------------------------------------ copies against a model */

enum { RECORDS_MAX = 600 };

struct record {
    uint64_t text, actor, comment;
    int generation; /* counted through */
    bool told;      /* or COPYPASTA itself */
};

struct model {
    struct record records[RECORDS_MAX];
    uint32_t count;
    int newer; /* number of the newer generation */
    uint32_t in_newer;
    int64_t number;
};

static void model_follow(struct model *model, int64_t h_ms, int64_t window_ms)
{
    int64_t number = h_ms / window_ms;
    if (model->number >= 0 && number > model->number) {
        model->newer += number > model->number + 1 ? 2 : 1;
        model->in_newer = 0;
    }
    model->number = number;
}

static bool model_has(const struct model *model, const struct record *record, int generation)
{
    for (uint32_t i = 0; i < model->count; i++)
        if (model->records[i].generation == generation && model->records[i].text == record->text &&
            model->records[i].actor == record->actor)
            return true;
    return false;
}

static uint32_t model_authors(const struct model *model, const struct record *record)
{
    uint64_t actors[RECORDS_MAX];
    uint32_t count = 0;
    actors[count++] = record->actor;
    for (uint32_t i = 0; i < model->count; i++) {
        const struct record *one = &model->records[i];
        bool is_new = one->generation >= model->newer - 1 && one->text == record->text;
        for (uint32_t k = 0; k < count; k++)
            is_new = is_new && actors[k] != one->actor;
        if (is_new)
            actors[count++] = one->actor;
    }
    return count;
}

static bool model_seen(struct model *model, struct record record, uint32_t capacity,
                       struct gs_copies_earlier *earlier)
{
    bool in_newer = model_has(model, &record, model->newer);
    bool is_repeated = in_newer || model_has(model, &record, model->newer - 1);
    bool is_wave = model_authors(model, &record) >= 5;
    earlier->count = 0;
    if (in_newer)
        return true;
    for (uint32_t i = model->count; is_wave && i > 0; i--) {
        struct record *one = &model->records[i - 1];
        if (one->generation < model->newer - 1 || one->text != record.text || one->told)
            continue;
        one->told = true;
        earlier->comment[earlier->count++] = (struct gs_hash128){one->comment, 0};
    }
    if (model->in_newer == capacity) {
        model->newer++;
        model->in_newer = 0;
    }
    record.generation = model->newer;
    record.told = is_repeated || is_wave;
    model->records[model->count++] = record;
    model->in_newer++;
    return is_repeated || is_wave;
}

static void test_copies_against_model(void **state)
{
    (void)state;
    unsigned seed = seed_of(20261127u);
    struct model *model = gs_calloc(1, sizeof *model);
    uint32_t waves = 0, told = 0;
    for (int round = 0; round < 300; round++) {
        uint32_t capacity = round % 3 ? 1000 : 3 + (uint32_t)(rand_r(&seed) % 40);
        int64_t window_ms = 50 + rand_r(&seed) % 100, h = 1000;
        struct gs_copies *copies = copies_of(window_ms, capacity);
        struct gs_copies_earlier earlier, expected;
        *model = (struct model){.number = -1, .newer = 1};
        for (uint64_t i = 0; i < RECORDS_MAX; i++) {
            struct record record = {.text = (uint64_t)(rand_r(&seed) % 12),
                                    .actor = (uint64_t)(rand_r(&seed) % 9),
                                    .comment = i};
            h += rand_r(&seed) % 30 == 0 ? rand_r(&seed) % 250 : rand_r(&seed) % 3;
            model_follow(model, h, window_ms);
            bool wanted = model_seen(model, record, capacity, &expected);
            assert_int_equal(seen(copies, record.text, record.actor, i, h, &earlier), wanted);
            assert_int_equal(earlier.count, expected.count);
            assert_memory_equal(earlier.comment, expected.comment,
                                expected.count * sizeof *expected.comment);
            waves += wanted;
            told += earlier.count;
        }
        gs_copies_destroy(copies);
    }
    assert_true(waves > 1000 && told > 1000); /* the rules were met */
    gs_free(model);
}

/* ------------------------------------------------------------------ burst */

static bool wrote(struct gs_burst *burst, uint64_t actor, uint64_t post, int64_t event_ms,
                  int64_t h_ms)
{
    struct gs_burst_sighting sighting = {.actor = actor, .post = post, .event_ms = event_ms};
    gs_burst_prefetch(burst, actor);
    return gs_burst_seen(burst, &sighting, h_ms);
}

static struct gs_burst *burst_of(uint32_t capacity)
{
    struct gs_burst_config config;
    gs_burst_config_default(&config);
    config.capacity = capacity;
    return gs_burst_create(&config);
}

static void test_burst_lines(void **state)
{
    (void)state;
    struct gs_burst *burst = burst_of(1000);
    for (uint64_t i = 0; i < 6; i++)
        assert_false(wrote(burst, 1, i, 100000 + (int64_t)i * 9000, 160000));
    assert_true(wrote(burst, 1, 6, 159999, 160000));  /* the seventh */
    assert_true(wrote(burst, 1, 7, 159999, 160000));  /* and after it */
    assert_false(wrote(burst, 1, 8, 230000, 230000)); /* a minute later */
    assert_false(wrote(burst, 2, 1, 230000, 230000)); /* somebody else */
    assert_false(wrote(burst, 3, 1, 230000, 230000));
    assert_false(wrote(burst, 3, 1, 240000, 240000));
    assert_false(wrote(burst, 3, 2, 250000, 250000));
    assert_true(wrote(burst, 3, 1, 289999, 290000));  /* three on one post */
    assert_false(wrote(burst, 3, 1, 300000, 300000)); /* 230 s is 70 s ago, 240 s exactly 60 s */
    assert_false(wrote(burst, 3, 1, 200000, 300000)); /* late: what came later in event time does
                                                         not count */
    gs_burst_destroy(burst);
}

static void test_burst_against_model(void **state)
{
    (void)state;
    unsigned seed = seed_of(20261128u);
    struct entry {
        uint64_t actor, post;
        int64_t event_ms;
        int generation;
    } *entries = gs_calloc(RECORDS_MAX, sizeof *entries);
    uint32_t bursts = 0;
    for (int round = 0; round < 200; round++) {
        struct gs_burst *burst = burst_of(RECORDS_MAX);
        int64_t h = 100000;
        int generation = 1;
        for (uint32_t i = 0; i < RECORDS_MAX; i++) {
            int64_t before = h / 60000;
            h += rand_r(&seed) % 40 == 0 ? rand_r(&seed) % 150000 : rand_r(&seed) % 4000;
            if (i > 0)
                generation += (int)GS_MIN(h / 60000 - before, 2);
            entries[i] =
                (struct entry){(uint64_t)(rand_r(&seed) % 9), (uint64_t)(rand_r(&seed) % 3),
                               h - (rand_r(&seed) % 5 ? 0 : rand_r(&seed) % 90000), generation};
            uint32_t comments = 0, on_post = 0;
            for (uint32_t k = 0; k <= i; k++) {
                bool counts = entries[k].actor == entries[i].actor &&
                              entries[k].generation >= generation - 1 &&
                              entries[k].event_ms <= entries[i].event_ms &&
                              entries[k].event_ms > entries[i].event_ms - 60000;
                comments += counts;
                on_post += counts && entries[k].post == entries[i].post;
            }
            bool wanted = comments > 6 || on_post >= 3;
            assert_int_equal(
                wrote(burst, entries[i].actor, entries[i].post, entries[i].event_ms, h), wanted);
            bursts += wanted;
        }
        gs_burst_destroy(burst);
    }
    assert_true(bursts > 1000);
    gs_free(entries);
}

/* One actor a million times: no walk gets long. */
static void test_one_actor_for_ever(void **state)
{
    (void)state;
    struct gs_burst *burst = burst_of(500000);
    struct gs_copies *copies = copies_of(600000, 500000);
    struct gs_copies_earlier earlier;
    for (int64_t i = 0; i < 300000; i++) {
        wrote(burst, 1, (uint64_t)i, 90000000 - i * 61000 / 300, 90000000);
        assert_int_equal(seen(copies, 1, (uint64_t)i, (uint64_t)i, 1, &earlier), i >= 4);
    }
    assert_true(gs_burst_bytes(burst) <= UINT64_C(48000000));
    assert_true(gs_copies_bytes(copies) <= UINT64_C(76000000));
    gs_burst_destroy(burst);
    gs_copies_destroy(copies);
}

/* ------------------------------------------------------------------ out and in */

enum { PIECES_MAX = 200, PIECE_BYTES_MAX = 2048 * sizeof(struct gs_copies_sighting) };

struct pieces {
    uint32_t count;
    struct gs_sightings_piece piece[PIECES_MAX];
    char *data[PIECES_MAX];
};

static void keep_piece(struct pieces *pieces, struct gs_sightings_piece piece, size_t bytes)
{
    assert_true(pieces->count < PIECES_MAX && piece.count * bytes <= PIECE_BYTES_MAX);
    char *data = gs_alloc(piece.count * bytes + 1);
    memcpy(data + 1, piece.data, piece.count * bytes); /* not aligned */
    pieces->data[pieces->count] = data;
    piece.data = data + 1;
    pieces->piece[pieces->count++] = piece;
}

static void forget_pieces(struct pieces *pieces)
{
    for (uint32_t i = 0; i < pieces->count; i++)
        gs_free(pieces->data[i]);
    pieces->count = 0;
}

static void collect(const struct gs_copies *copies, struct gs_sightings_mark *mark,
                    struct pieces *pieces)
{
    struct gs_sightings_piece piece;
    while (gs_copies_next(copies, mark, &piece))
        keep_piece(pieces, piece, sizeof(struct gs_copies_sighting));
}

static void step_both(struct gs_copies *one, struct gs_copies *other, unsigned *seed, int64_t *h)
{
    struct gs_copies_earlier a, b;
    uint64_t text = (uint64_t)(rand_r(seed) % 900), actor = (uint64_t)(rand_r(seed) % 12);
    uint64_t comment = (uint64_t)rand_r(seed);
    *h += rand_r(seed) % 300 == 0 ? rand_r(seed) % 12000 : 0;
    bool is = seen(one, text, actor, comment, *h, &a);
    if (!other)
        return;
    assert_int_equal(seen(other, text, actor, comment, *h, &b), is);
    assert_int_equal(a.count, b.count);
    assert_memory_equal(a.comment, b.comment, a.count * sizeof *a.comment);
}

static void run_copies_out_and_in(unsigned *seed, uint32_t capacity, struct pieces *pieces)
{
    struct gs_copies *one = copies_of(5000, capacity), *other = copies_of(5000, capacity);
    struct gs_sightings_mark mark = {0, 0}, before = {0, 0};
    struct gs_sightings_state wanted, stands;
    int64_t h = 1000;
    for (int i = 0; i < 12000; i++) {
        step_both(one, NULL, seed, &h);
        if (rand_r(seed) % 1000)
            continue;
        if (rand_r(seed) % 3)
            before = mark; /* what was read got through; else it is read again */
        mark = before;
        collect(one, &mark, pieces);
    }
    collect(one, &before, pieces);
    for (uint32_t p = 0; p < pieces->count; p++)
        assert_true(gs_copies_put(other, &pieces->piece[p]));
    gs_copies_state(one, &wanted);
    gs_copies_restore(other, &wanted);
    gs_copies_state(other, &stands);
    assert_memory_equal(&stands, &wanted, sizeof stands);
    for (int i = 0; i < 9000; i++)
        step_both(one, other, seed, &h);
    forget_pieces(pieces);
    gs_copies_destroy(one);
    gs_copies_destroy(other);
}

static void test_copies_out_and_in(void **state)
{
    (void)state;
    unsigned seed = seed_of(20261129u);
    struct pieces *pieces = gs_calloc(1, sizeof *pieces);
    for (uint32_t round = 0; round < 30; round++)
        run_copies_out_and_in(&seed, round % 2 ? 700 : 10000 + 300 * round, pieces);
    gs_free(pieces);
}

static void test_burst_out_and_in(void **state)
{
    (void)state;
    unsigned seed = seed_of(20261130u);
    struct pieces *pieces = gs_calloc(1, sizeof *pieces);
    for (int round = 0; round < 40; round++) {
        struct gs_burst *one = burst_of(round % 2 ? 300 : 9000), *other;
        struct gs_sightings_mark mark = {0, 0};
        struct gs_sightings_piece piece;
        struct gs_sightings_state where;
        int64_t h = 100000;
        for (int i = 0; i < 6000; i++) {
            h += rand_r(&seed) % 90;
            wrote(one, (uint64_t)(rand_r(&seed) % 300), (uint64_t)(rand_r(&seed) % 3), h, h);
            while (rand_r(&seed) % 700 == 0 && gs_burst_next(one, &mark, &piece))
                keep_piece(pieces, piece, sizeof(struct gs_burst_sighting));
        }
        while (gs_burst_next(one, &mark, &piece))
            keep_piece(pieces, piece, sizeof(struct gs_burst_sighting));
        other = burst_of(round % 2 ? 300 : 9000);
        for (uint32_t p = 0; p < pieces->count; p++)
            assert_true(gs_burst_put(other, &pieces->piece[p]));
        gs_burst_state(one, &where);
        gs_burst_restore(other, &where);
        for (int i = 0; i < 6000; i++) {
            h += rand_r(&seed) % 90;
            uint64_t actor = (uint64_t)(rand_r(&seed) % 300), post = (uint64_t)(rand_r(&seed) % 3);
            assert_int_equal(wrote(one, actor, post, h, h), wrote(other, actor, post, h, h));
        }
        forget_pieces(pieces);
        gs_burst_destroy(one);
        gs_burst_destroy(other);
    }
    gs_free(pieces);
}

/* What cannot be: a hole, and more than fits. */
static void test_put_refuses(void **state)
{
    (void)state;
    struct gs_copies_sighting sightings[4] = {{.actor = 1}, {.actor = 2}, {.actor = 3}};
    struct gs_sightings_piece hole = {.serial = 1, .place = 1, .count = 1, .data = sightings};
    struct gs_sightings_piece many = {.serial = 1, .place = 0, .count = 4, .data = sightings};
    struct gs_copies *copies = copies_of(1000, 3);
    struct gs_sightings_state where;
    assert_false(gs_copies_put(copies, &hole));
    assert_false(gs_copies_put(copies, &many));
    gs_copies_state(copies, &where);
    assert_int_equal(where.newer, 3);
    gs_copies_destroy(copies);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_author),
        cmocka_unit_test(test_short_texts),
        cmocka_unit_test(test_wave),
        cmocka_unit_test(test_copies_against_model),
        cmocka_unit_test(test_burst_lines),
        cmocka_unit_test(test_burst_against_model),
        cmocka_unit_test(test_one_actor_for_ever),
        cmocka_unit_test(test_copies_out_and_in),
        cmocka_unit_test(test_burst_out_and_in),
        cmocka_unit_test(test_put_refuses),
    };
    return cmocka_run_group_tests_name("clean_memory", tests, NULL, NULL);
}
