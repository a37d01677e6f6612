/* stage_single.c -- single operations, over and over: a text scored, an addition to a window, a
 * cell encoded. */
#include "stages.h"
#include "texts.h"

#include "groundswell/cell.h"
#include "groundswell/window.h"

#include <stdio.h>
#include <stdlib.h>

/* ------------------------------------------------------------------ sentiment */

enum { TEXTS_MAX = 20000, TEXT_ROUNDS = 5 };

static void bench_sentiment(const struct stream *stream, const struct gs_sentiment *sentiment,
                            struct single_measures *measures)
{
    struct gs_str *texts = gs_alloc(TEXTS_MAX * sizeof *texts);
    struct gs_sentiment_scratch *scratch = gs_sentiment_scratch_create();
    struct gs_sentiment_score score;
    struct texts_wanted wanted = {90, 130, measure_rounds(TEXTS_MAX)};
    uint32_t count = texts_of_stream(stream, wanted, texts);
    double bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        gs_sentiment_score(sentiment, scratch, texts[i], &score);
        bytes += texts[i].len;
    }
    measure_begin(&measures->sentiment);
    for (int round = 0; round < TEXT_ROUNDS; round++)
        for (uint32_t i = 0; i < count; i++)
            gs_sentiment_score(sentiment, scratch, texts[i], &score);
    measure_end(&measures->sentiment, (uint64_t)count * TEXT_ROUNDS);
    measures->sentiment_bytes = count ? bytes / count : 0;
    gs_sentiment_scratch_destroy(scratch);
    gs_free(texts);
}

/* ------------------------------------------------------------------ window */

enum { ENTITIES = 10000, ADDS = 2000000, ADD_BATCH = 1000 };

static struct gs_window *create_window(void)
{
    struct gs_window_config config = {
        .sizes = {{60000, 5000}, {300000, 30000}, {3600000, 300000}, {86400000, 3600000}},
        .level_count = 4,
        .views = {{.levels = 0xF}},
        .view_count = 1,
        .flush_interval_ms = 1000,
        .hash_seed = 1,
        .entities_max = 2 * ENTITIES,
    };
    struct gs_window *window;
    struct gs_error error;
    if (gs_window_create(&config, &window, &error) != GS_OK) {
        fprintf(stderr, "bench_stages: %s\n", error.message);
        exit(1);
    }
    return window;
}

static uint32_t *create_entities(struct gs_window *window)
{
    uint32_t *entities = gs_alloc(ENTITIES * sizeof *entities);
    for (uint32_t i = 0; i < ENTITIES; i++) {
        char key[16];
        snprintf(key, sizeof key, "entity%u", i);
        struct gs_str id = gs_str_of(key);
        entities[i] = gs_window_entity(window, 0, id, gs_window_hash(window, id), i);
    }
    return entities;
}

/* Comments of 10,000 entities drawn evenly, five counters each, into the newest pane. */
static void bench_window_add(struct single_measures *measures)
{
    struct gs_window *window = create_window();
    const int64_t t_ms = INT64_C(1800000000000);
    struct gs_delta delta = {0};
    gs_window_advance(window, t_ms);
    uint32_t *entities = create_entities(window);
    gs_delta_add(&delta, GS_C_COMMENTS, 1);
    gs_delta_add(&delta, GS_C_CLEAN, 1);
    gs_delta_add(&delta, GS_C_POS, 1);
    gs_delta_add(&delta, GS_C_SENT_SUM, 4404);
    gs_delta_add(&delta, GS_C_SENT_SQ, 4404 * 4404);
    uint32_t draw = 1;
    for (uint32_t i = 0; i < measure_rounds(ADDS); i += ADD_BATCH) {
        bool warm = i >= measure_rounds(ADDS) / 4;
        if (warm)
            measure_begin(&measures->window_add);
        for (uint32_t k = 0; k < ADD_BATCH; k++) {
            draw = draw * 1664525u + 1013904223u; /* Numerical Recipes' generator */
            gs_window_add(window, entities[(draw >> 8) % ENTITIES], t_ms, &delta, 0);
        }
        if (warm)
            measure_end(&measures->window_add, ADD_BATCH);
    }
    gs_window_destroy(window);
    gs_free(entities);
}

/* ------------------------------------------------------------------ cell */

enum { CELLS = 200000 };

static void bench_cell_encode(struct single_measures *measures)
{
    static const struct gs_view_config view = {"influencer", {GS_KEY_INFLUENCER}, 1, 0xF};
    static const int64_t total[GS_COUNTER_COUNT] = {[GS_C_POSTS] = 2,
                                                    [GS_C_COMMENTS] = 212,
                                                    [GS_C_CLEAN] = 212,
                                                    [GS_C_POS] = 120,
                                                    [GS_C_NEG] = 22,
                                                    [GS_C_NEU] = 31,
                                                    [GS_C_UNK] = 39,
                                                    [GS_C_SENT_SUM] = 480321,
                                                    [GS_C_SENT_SQ] = INT64_C(4012345678),
                                                    [GS_C_LIKES] = 5210,
                                                    [GS_C_SHARES] = 89,
                                                    [GS_C_SAVES] = 41,
                                                    [GS_C_VIEWS] = 120345,
                                                    [GS_C_IMPRESSIONS] = 98765,
                                                    [GS_C_PLATFORM_COMMENTS] = 230};
    static const int64_t at[] = {812, 90311, 1234567, 7654321};
    struct gs_cell cell = {.view = &view,
                           .at = at,
                           .at_count = 4,
                           .task = 7,
                           .from_ms = INT64_C(1764000000000),
                           .to_ms = INT64_C(1764000300000),
                           .as_of_ms = INT64_C(1764000291042),
                           .updated_ms = INT64_C(1764000291560),
                           .total = total,
                           .key = gs_str_of("4711"),
                           .influencer_id = gs_str_of("4711"),
                           .handle = gs_str_of("@ana"),
                           .platform = gs_str_of("instagram"),
                           .followers = 48210,
                           .tier = "micro"};
    struct gs_buf json = {0};
    uint32_t cells = measure_rounds(CELLS);
    gs_cell_encode(&json, &cell);
    measure_begin(&measures->cell_encode);
    for (uint32_t i = 0; i < cells; i++) {
        json.len = 0;
        gs_cell_encode(&json, &cell);
    }
    measure_end(&measures->cell_encode, cells);
    gs_buf_deinit(&json);
}

void stage_single(const struct stream *stream, const struct gs_sentiment *sentiment,
                  struct single_measures *measures)
{
    *measures = (struct single_measures){
        .sentiment = {.name = "sentiment", .unit = "comment"},
        .window_add = {.name = "window_add", .unit = "addition"},
        .cell_encode = {.name = "cell_encode", .unit = "cell"},
    };
    bench_sentiment(stream, sentiment, measures);
    bench_window_add(measures);
    bench_cell_encode(measures);
}
