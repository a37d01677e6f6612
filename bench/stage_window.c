/* stage_window.c -- what the windows cost per event, and per pane in memory.
 *
 * Comments of influencers drawn by Zipf 1.0, folded into three views in batches as a task does it:
 * hash all keys, fetch ahead, add; the clock follows, panes are carried, cells are written.
 *
 *   bench_window [influencers] [events] [events per second of event time] */
#include "groundswell/window.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BATCH = 64, VIEWS = 3, KEY_BYTES = 32 };

static uint64_t random_state = 20261124;

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t draw(void)
{
    uint64_t x = random_state += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

/* Drawn in advance, so that drawing drives nothing out of the caches. */
static uint32_t *draw_zipf(uint32_t count, int64_t events)
{
    uint32_t *ids = gs_alloc((size_t)events * sizeof *ids);
    double *sum = gs_alloc(count * sizeof *sum);
    double total = 0;
    for (uint32_t i = 0; i < count; i++)
        sum[i] = total += 1.0 / (i + 1);
    for (int64_t e = 0; e < events; e++) {
        double at = (double)(draw() >> 11) * 0x1p-53 * total;
        uint32_t low = 0, high = count - 1;
        while (low < high) {
            uint32_t middle = (low + high) / 2;
            low = sum[middle] < at ? middle + 1 : low;
            high = sum[middle] < at ? high : middle;
        }
        ids[e] = low;
    }
    gs_free(sum);
    return ids;
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

struct row {
    char key[VIEWS][KEY_BYTES];
    uint32_t len[VIEWS];
    uint64_t hash[VIEWS];
    uint32_t influencer;
    int64_t t_ms;
    struct gs_delta delta;
};

/* Sixteen digits of the influencer, then what makes the key of the view. */
static uint32_t make_key(char *key, uint32_t id, const char *rest, unsigned number)
{
    uint64_t mixed = (id + 1) * UINT64_C(0xD1342543DE82EF95);
    size_t len = strlen(rest);
    for (int i = 0; i < 16; i++)
        key[i] = "0123456789abcdef"[mixed >> (4 * i) & 15];
    memcpy(key + 16, rest, len);
    key[16 + len] = (char)('0' + number);
    return (uint32_t)(17 + len);
}

static void make_row(struct row *row, uint32_t id, int64_t t_ms)
{
    row->len[0] = make_key(row->key[0], id, "", 0);
    row->len[1] = make_key(row->key[1], id, ".post-", (unsigned)(draw() % 5));
    row->len[2] = make_key(row->key[2], id, "/campaign-", id % 5);
    row->influencer = id;
    row->t_ms = draw() % 20 ? t_ms : t_ms - (int64_t)(draw() % 8000);
    row->delta.mask = 0;
    gs_delta_add(&row->delta, GS_C_COMMENTS, 1);
    gs_delta_add(&row->delta, GS_C_CLEAN, 1);
    uint64_t mood = draw() % 10;
    int64_t compound = mood < 4 ? 0 : (int64_t)(500 + draw() % 9500) * (mood < 8 ? 1 : -1);
    gs_delta_add(&row->delta, mood < 4 ? GS_C_NEU : mood < 8 ? GS_C_POS : GS_C_NEG, 1);
    gs_delta_add(&row->delta, GS_C_SENT_SUM, compound);
    gs_delta_add(&row->delta, GS_C_SENT_SQ, compound * compound);
}

static struct gs_window *create(uint32_t influencers)
{
    static const struct gs_window_size sizes[] = {
        {60000, 5000}, {300000, 30000}, {3600000, 300000}, {86400000, 3600000}};
    struct gs_window_config config = {
        .level_count = 4,
        .view_count = VIEWS,
        .views = {{.levels = 0xF}, {.levels = 0xC}, {.levels = 0xC}},
        .flush_interval_ms = 1000,
        .hash_seed = 1,
        .entities_max = influencers * 10,
    };
    struct gs_window *window;
    struct gs_error error;
    memcpy(config.sizes, sizes, sizeof sizes);
    if (gs_window_create(&config, &window, &error) != GS_OK) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
    return window;
}

/* The case that most events are, with everything in the first cache. */
static void bench_hot(void)
{
    enum { ADDS = 20000000 };
    static struct row rows[64];
    struct gs_window *window = create(1000);
    int64_t t_ms = INT64_C(1800000000000);
    gs_window_advance(window, t_ms);
    for (int i = 0; i < 64; i++)
        make_row(&rows[i], 0, t_ms);
    struct gs_str key = gs_str_make(rows[0].key[0], rows[0].len[0]);
    uint32_t entity = gs_window_entity(window, 0, key, gs_window_hash(window, key), 0);
    int64_t start = now_ns();
    for (int i = 0; i < ADDS; i++) {
        if (i % 8 == 0) { /* else its squares leave 32 bits, which takes 21 comments at once */
            t_ms += 5000;
            gs_window_advance(window, t_ms);
            gs_window_carry(window, 100, t_ms);
        }
        gs_window_add(window, entity, t_ms, &rows[i % 64].delta, 0);
    }
    printf("hot: %.1f ns per addition of 5 counters, a new pane and its carrying every 8\n",
           (double)(now_ns() - start) / ADDS);
    start = now_ns();
    for (int i = 0; i < ADDS; i++)
        gs_window_add(window, entity, t_ms, &rows[i % 64].delta, 0);
    printf("hot: %.1f ns per addition to one pane\n", (double)(now_ns() - start) / ADDS);
    gs_window_destroy(window);
}

struct cost {
    int64_t hash_ns;
    int64_t fetch_ns;
    int64_t find_ns;
    int64_t add_ns;
    int64_t carry_ns;
    int64_t write_ns;
    uint64_t events;
    uint64_t cells;
};

static void fold(struct gs_window *window, struct row *rows, int64_t now_ms, struct cost *cost)
{
    static uint32_t entity[BATCH][VIEWS];
    int64_t t0 = now_ns();
    for (int i = 0; i < BATCH; i++)
        for (uint8_t v = 0; v < VIEWS; v++) {
            struct row *row = &rows[i];
            row->hash[v] = gs_window_hash(window, gs_str_make(row->key[v], row->len[v]));
            gs_window_prefetch(window, v, row->hash[v]);
        }
    int64_t t1 = now_ns();
    for (int i = 0; i < BATCH; i++)
        for (uint8_t v = 0; v < VIEWS; v++)
            entity[i][v] = gs_window_prefetch_entity(window, v, rows[i].hash[v]);
    for (int i = 0; i < BATCH; i++)
        for (uint8_t v = 0; v < VIEWS; v++)
            if (entity[i][v] != GS_ENTITY_NONE)
                gs_window_prefetch_panes(window, entity[i][v], rows[i].t_ms, false);
    int64_t t2 = now_ns();
    for (int i = 0; i < BATCH; i++)
        for (uint8_t v = 0; v < VIEWS; v++) {
            struct gs_str key = gs_str_make(rows[i].key[v], rows[i].len[v]);
            if (entity[i][v] == GS_ENTITY_NONE || !gs_window_is(window, entity[i][v], v, key))
                entity[i][v] =
                    gs_window_entity(window, v, key, rows[i].hash[v], rows[i].influencer);
        }
    int64_t t3 = now_ns();
    for (int i = 0; i < BATCH; i++)
        for (uint8_t v = 0; v < VIEWS; v++)
            gs_window_add(window, entity[i][v], rows[i].t_ms, &rows[i].delta, now_ms);
    int64_t t4 = now_ns();
    cost->hash_ns += t1 - t0;
    cost->fetch_ns += t2 - t1;
    cost->find_ns += t3 - t2;
    cost->add_ns += t4 - t3;
    cost->events += BATCH;
}

static void flush(struct gs_window *window, int64_t now_ms, struct cost *cost)
{
    struct gs_cell_ref ref;
    int64_t total[GS_COUNTER_COUNT];
    int64_t start = now_ns();
    gs_window_carry(window, gs_window_waiting(window) / 20 + 64, now_ms);
    int64_t middle = now_ns();
    while (gs_window_take_due(window, now_ms, false, &ref)) {
        gs_window_sum(window, ref.entity, ref.level, total);
        gs_window_written(window, ref, 1);
        cost->cells++;
    }
    cost->carry_ns += middle - start;
    cost->write_ns += now_ns() - middle;
}

static void report(const struct gs_window *window, const struct cost *cost)
{
    struct gs_window_stats stats = gs_window_stats(window);
    double events = (double)cost->events;
    double moved = (double)(stats.carried + stats.expired);
    size_t used = 0;
    for (uint8_t v = 0; v < VIEWS; v++)
        used += gs_window_view_stats(window, v).bytes;
    printf(
        "ns per event (%d views): hash %.0f, fetch %.0f, find %.0f, add %.0f, carry %.0f; "
        "all %.0f\n",
        VIEWS, (double)cost->hash_ns / events, (double)cost->fetch_ns / events,
        (double)cost->find_ns / events, (double)cost->add_ns / events,
        (double)cost->carry_ns / events,
        (double)(cost->hash_ns + cost->fetch_ns + cost->find_ns + cost->add_ns + cost->carry_ns) /
            events);
    printf("  %.0f ns per carried pane (%.2f per event), %.0f ns per cell taken and summed\n",
           (double)cost->carry_ns / GS_MAX(moved, 1), moved / events,
           (double)cost->write_ns / GS_MAX((double)cost->cells, 1));
    printf("  %u entities, %u panes, %zu MB held, %.1f B per pane with all overhead, in use %.1f\n",
           stats.entities, stats.panes, stats.bytes >> 20,
           (double)stats.bytes / GS_MAX(stats.panes, 1u),
           ((double)used - 64.0 * stats.entities) / GS_MAX(stats.panes, 1u));
}

/* The last line: of the last quarter of the events, when the tables are as full as they get. */
static void report_json(const struct gs_window *window, const struct cost *cost)
{
    struct gs_window_stats stats = gs_window_stats(window);
    double events = (double)cost->events;
    printf(
        "{\"bench\":\"window\",\"views\":%d,\"entities\":%u,\"panes\":%u,\"bytes\":%zu,"
        "\"ns_per_event\":%.1f,\"ns_per_cell\":%.1f}\n",
        VIEWS, stats.entities, stats.panes, stats.bytes,
        (double)(cost->hash_ns + cost->fetch_ns + cost->find_ns + cost->add_ns + cost->carry_ns) /
            events,
        (double)cost->write_ns / GS_MAX((double)cost->cells, 1));
}

int main(int argc, char **argv)
{
    uint32_t influencers = argc > 1 ? (uint32_t)atoi(argv[1]) : 1000000;
    int64_t events = argc > 2 ? atoll(argv[2]) : 10000000;
    int64_t rate = argc > 3 ? atoll(argv[3]) : 50000;
    static struct row rows[BATCH];
    uint32_t *ids = draw_zipf(influencers, events);
    struct gs_window *window = create(influencers);
    struct cost cost = {0};
    int64_t start_ms = INT64_C(1800000000000);
    bench_hot();
    for (int64_t done = 0; done + BATCH <= events; done += BATCH) {
        int64_t as_of = start_ms + done * 1000 / rate;
        int64_t now = done * 1000 / rate;
        for (int i = 0; i < BATCH; i++)
            make_row(&rows[i], ids[done + i], as_of);
        gs_window_advance(window, as_of);
        fold(window, rows, now, &cost);
        flush(window, now, &cost);
        if (events / 4 / BATCH > 0 && done / BATCH % (events / 4 / BATCH) == 0 && done) {
            report(window, &cost);
            cost = (struct cost){0};
        }
    }
    report(window, &cost);
    report_json(window, &cost);
    gs_window_destroy(window);
    gs_free(ids);
    return 0;
}
