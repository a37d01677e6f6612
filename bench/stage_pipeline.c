/* stage_pipeline.c -- a whole task with a Redis that says OK to everything:
 *
 *   chunk ─► decode ─► gs_task_fold (gate, duplicates, join, score, windows) ─► commands ─► "OK"
 */
#include "stages.h"

#include "groundswell/task.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The load once as it is, once as if all comments had been scored before, once with verdicts. */
enum variant { PLAIN, UNSCORED, JUDGED };

struct run {
    const struct stream *stream;
    struct gs_task *task;
    struct gs_task_record *records; /* [GS_TASK_BATCH_MAX] */
    struct gs_campaign_pool pool;
    struct gs_command command;
    struct gs_str *log; /* the records of all cuts */
    size_t log_count, log_capacity;
    enum variant variant;
    bool warm; /* measures count from here on */
    struct pipeline_measures *measures;
};

static void fill_config(struct gs_task_config *config, const struct gs_sentiment *sentiment)
{
    static const char *const names[] = {"1m", "5m", "1h", "24h"};
    static const struct gs_window_size sizes[] = {
        {60000, 5000}, {300000, 30000}, {3600000, 300000}, {86400000, 3600000}};
    *config = (struct gs_task_config){
        .inputs = {{"profiles", true}, {"posts", false}, {"comments", false}, {"reactions", false}},
        .input_count = STREAM_INPUTS,
        .window_count = 4,
        .views = {{"influencer", {GS_KEY_INFLUENCER}, 1, 0xF},
                  {"post", {GS_KEY_POST}, 1, 0xC},
                  {"campaign_influencer", {GS_KEY_CAMPAIGN, GS_KEY_INFLUENCER}, 2, 0xF}},
        .view_count = 3,
        .profiles_delay_ms = 5000,
        .dedupe_window_ms = 120000,
        .dedupe_capacity = 1 << 20,
        .comments_horizon_ms = 3600000,
        .comments_max = 2000000,
        .entities_max = 1 << 24,
        .idle_after_ms = 10000,
        .flush_interval_ms = 1000,
        .prefix = "gs",
        .partition_count = 1,
        .random_seed = 1,
        .sentiment = sentiment,
    };
    memcpy(config->windows, sizes, sizeof sizes);
    for (int i = 0; i < 4; i++)
        snprintf(config->window_names[i], sizeof config->window_names[i], "%s", names[i]);
}

static void add_rules(struct gs_task_config *config)
{
    static struct gs_clean_rules *rules;
    struct gs_clean_config clean;
    struct gs_error error;
    gs_clean_config_default(&clean);
    if (!rules && gs_clean_rules_create(&clean, &rules, &error) != GS_OK) {
        fprintf(stderr, "bench_stages: %s\n", error.message);
        exit(1);
    }
    config->rules = rules;
    gs_copies_config_default(&config->copies);
    gs_burst_config_default(&config->burst);
}

static struct gs_task *create_task(const struct gs_sentiment *sentiment, enum variant variant)
{
    static const int64_t start[GS_INPUTS_MAX];
    struct gs_task_config config;
    struct gs_task *task;
    struct gs_error error;
    fill_config(&config, sentiment);
    if (variant == JUDGED)
        add_rules(&config);
    if (gs_task_create(&config, start, &task, &error) != GS_OK) {
        fprintf(stderr, "bench_stages: %s\n", error.message);
        exit(1);
    }
    gs_task_keep_checkpoints(task, NULL);
    gs_task_connected(task, 0);
    return task;
}

/* ------------------------------------------------------------------ reading */

static void decode(struct run *run, const struct gs_generated *const *generated, uint32_t count,
                   int64_t offset)
{
    struct gs_decode_error why;
    run->pool.count = 0;
    if (run->warm)
        measure_begin(&run->measures->decode);
    for (uint32_t i = 0; i < count; i++) {
        struct gs_task_record *record = &run->records[i];
        record->bad = GS_BAD_NONE;
        record->event.kind = generated[i]->kind;
        record->event.offset = offset + i;
        record->event.record_ms = generated[i]->record_ms;
        if (gs_decode_record(run->stream->decode, generated[i]->value, &record->event, &run->pool,
                             &why) != GS_DECODE_OK)
            record->bad = why.code ? why.code : GS_BAD_SCHEMA_UNKNOWN; /* there is no registry */
    }
    if (run->warm)
        measure_end(&run->measures->decode, count);
}

/* As if all comments had been scored before. */
static void give_scores(struct run *run, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (run->records[i].event.kind == GS_KIND_COMMENT && !run->records[i].bad)
            run->records[i].event.comment.sentiment = 0.25;
}

static void fold(struct run *run, uint8_t input, uint32_t count)
{
    struct measure *measure = &run->measures->fold[input];
    if (run->variant == UNSCORED)
        give_scores(run, count);
    if (run->warm)
        measure_begin(measure);
    uint32_t taken = gs_task_fold(run->task, input, run->records, count, &run->pool);
    if (run->warm)
        measure_end(measure, count);
    GS_ASSERT(taken == count);
}

static void read_chunk(struct run *run, const struct stream_chunk *chunk)
{
    for (uint8_t input = 0; input < STREAM_INPUTS; input++)
        for (uint32_t at = 0; at < chunk->count[input]; at += GS_TASK_BATCH_MAX) {
            uint32_t count = GS_MIN(chunk->count[input] - at, (uint32_t)GS_TASK_BATCH_MAX);
            decode(run, chunk->record[input] + at, count, chunk->first_offset[input] + at);
            fold(run, input, count);
        }
}

/* ------------------------------------------------------------------ writing */

static void answer(struct run *run, int64_t now_ms)
{
    static const struct gs_guard nothing;
    const struct gs_command *command = &run->command;
    if (command->kind == GS_COMMAND_TAKE)
        gs_task_taken(run->task, command->id, GS_TAKE_OK, &nothing, now_ms);
    else
        gs_task_written(run->task, command->id, GS_WRITE_OK, 0, now_ms);
    run->measures->cells += command->cell_count;
}

static void flush(struct run *run, int64_t wall_ms, int64_t now_ms, uint64_t events)
{
    if (run->warm)
        measure_begin(&run->measures->flush);
    gs_task_tick(run->task, wall_ms, now_ms);
    while (gs_task_next_command(run->task, wall_ms, now_ms, false, &run->command))
        answer(run, now_ms);
    if (run->warm)
        measure_end(&run->measures->flush, events);
}

/* ------------------------------------------------------------------ checkpoints */

static uint64_t entries_of(const struct gs_task *task)
{
    struct gs_task_cut_stats stats;
    gs_task_cut_stats(task, &stats);
    return stats.entries;
}

static void append(struct run *run, struct gs_str record)
{
    if (run->log_count == run->log_capacity) {
        run->log_capacity = GS_MAX(run->log_capacity * 2, (size_t)64);
        run->log = gs_realloc(run->log, run->log_capacity * sizeof *run->log);
    }
    char *copy = gs_alloc(record.len);
    memcpy(copy, record.data, record.len);
    run->log[run->log_count++] = gs_str_make(copy, record.len);
}

static void cut(struct run *run, int64_t now_ms)
{
    enum { INTERVAL_MS = 10000, CYCLE_MS = 1800000 };
    static const struct gs_task_log logs[GS_INPUTS_MAX];
    if (!gs_task_cut_is_due(run->task, INTERVAL_MS, now_ms))
        return;
    uint64_t before = entries_of(run->task);
    if (run->warm)
        measure_begin(&run->measures->cut);
    uint32_t parts = gs_task_cut(run->task, logs, CYCLE_MS, now_ms);
    if (run->warm)
        measure_end(&run->measures->cut, entries_of(run->task) - before);
    for (uint32_t part = 0; part < parts; part++)
        append(run, gs_task_cut_record(run->task, part));
    gs_task_cut_acked(run->task);
    run->measures->cuts += run->warm;
}

static void take_back(struct gs_task *task, uint64_t layout, struct gs_str record)
{
    struct gs_cut_header header;
    struct gs_error error;
    struct gs_str body;
    GS_ASSERT(gs_cut_parse(record, layout, &header, &body) == GS_CUT_GOOD);
    if (!gs_cut_is_barrier(&header))
        GS_ASSERT(gs_task_restore_body(task, header.incarnation, body, &error) == GS_OK);
}

/* All cuts into another task, as its next owner does. */
static void restore(struct run *run, const struct gs_sentiment *sentiment)
{
    static struct gs_cut_barrier barrier;
    static const int64_t start[GS_INPUTS_MAX];
    struct gs_task_config config;
    struct gs_cut_header header;
    struct gs_task_cut_stats stats;
    struct gs_error error;
    struct gs_task *task;
    struct gs_str body;
    fill_config(&config, sentiment);
    if (run->variant == JUDGED)
        add_rules(&config);
    uint64_t layout = gs_task_layout(&config);
    GS_ASSERT(gs_cut_parse(run->log[run->log_count - 1], layout, &header, &body) == GS_CUT_GOOD &&
              gs_cut_parse_barrier(body, &header, &barrier) == GS_CUT_GOOD &&
              gs_task_create(&config, start, &task, &error) == GS_OK);
    measure_begin(&run->measures->restore);
    GS_ASSERT(gs_task_restore_begin(task, &barrier, &error) == GS_OK);
    for (size_t i = 0; i < run->log_count; i++)
        take_back(task, layout, run->log[i]);
    GS_ASSERT(gs_task_restore_end(task, &error) == GS_OK);
    gs_task_cut_stats(task, &stats);
    measure_end(&run->measures->restore, stats.restored + stats.left_back);
    gs_task_destroy(task);
}

/* ------------------------------------------------------------------ the whole stream */

static void run_stream(struct run *run)
{
    struct stream_chunk *chunk = gs_calloc(1, sizeof *chunk);
    uint64_t first = run->stream->first_profiles;
    int64_t start_ms = run->stream->batch.items[first].record_ms;
    while (stream_next(run->stream, chunk)) {
        uint64_t done = chunk->at - GS_MIN(first, chunk->at);
        if (done > run->stream->events / 2 && !run->warm) {
            run->warm = true;
            run->measures->cells = 0;
        }
        read_chunk(run, chunk);
        if (chunk->at == first) /* all that there were before the first event */
            gs_task_profiles_end(run->task, INT64_C(1) << 62, (int64_t)first);
        flush(run, chunk->record_ms, GS_MAX(chunk->record_ms - start_ms, 0),
              GS_MIN(done, (uint64_t)STREAM_CHUNK));
        cut(run, GS_MAX(chunk->record_ms - start_ms, 0));
    }
    gs_free(chunk);
}

static void run_pass(const struct stream *stream, const struct gs_sentiment *sentiment,
                     enum variant variant, struct pipeline_measures *measures)
{
    static struct gs_task_record records[GS_TASK_BATCH_MAX];
    struct run run = {.stream = stream,
                      .task = create_task(sentiment, variant),
                      .records = records,
                      .variant = variant,
                      .measures = measures};
    *measures = (struct pipeline_measures){
        .decode = {.name = "decode", .unit = "event"},
        .fold = {{.name = "fold_profiles", .unit = "profile"},
                 {.name = "fold_posts", .unit = "post event"},
                 {.name = "fold_comments", .unit = "comment"},
                 {.name = "fold_reactions", .unit = "reaction"}},
        .flush = {.name = "flush", .unit = "event"},
        .cut = {.name = "cut", .unit = "entry"},
        .restore = {.name = "restore", .unit = "entry"},
    };
    if (variant != PLAIN)
        measures->fold[GS_GENERATE_COMMENTS].name =
            variant == JUDGED ? "fold_judged" : "fold_unscored";
    run_stream(&run);
    gs_task_destroy(run.task);
    restore(&run, sentiment);
    for (size_t i = 0; i < run.log_count; i++)
        gs_free((char *)run.log[i].data);
    gs_free(run.log);
    gs_buf_deinit(&run.command.bytes);
    gs_free(run.pool.items);
}

/* Of the comments only. */
static struct measure fold_of(const struct stream *stream, const struct gs_sentiment *sentiment,
                              enum variant variant, const char *name)
{
    struct pipeline_measures measures;
    memset(&measures, 0, sizeof measures);
    if (measure_is_selected(name))
        run_pass(stream, sentiment, variant, &measures);
    struct measure measure = measures.fold[GS_GENERATE_COMMENTS];
    measure.name = name;
    measure.unit = "comment";
    return measure;
}

void stage_pipeline(const struct stream *stream, const struct gs_sentiment *sentiment,
                    struct pipeline_measures *measures)
{
    run_pass(stream, sentiment, PLAIN, measures);
    measures->fold_unscored = fold_of(stream, sentiment, UNSCORED, "fold_unscored");
    measures->fold_judged = fold_of(stream, sentiment, JUDGED, "fold_judged");
}
