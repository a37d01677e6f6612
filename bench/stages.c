/* stages.c -- what an event costs in each stage, without Kafka and Redis: one thread, generated
 * records in memory, the rooms' real code.
 *
 *   bench_stages [--events N] [--rate N] [--only STAGE]
 *
 * --rate is the event time's: how many events lie in a second of it. --only: under valgrind
 * --tool=callgrind --collect-atstart=no, only that stage's instructions are counted. The last line
 * is one JSON object. Exit 1 if a stage allocates more than it
 * needs to let its tables grow. */
#include "stages.h"

#include <stdio.h>
#include <stdlib.h>

/* What is held grows by blocks, of dozens of panes or cells each, so some events allocate one; an
 * allocation per event, per cell or per batch (at most 256 events, seldom full) is a fault. */
static const double allocations_max = 0.02;

struct options {
    uint64_t events;
    int64_t rate;
    const char *only;
};

static bool read_options(int argc, char **argv, struct options *options)
{
    *options = (struct options){.events = 1000000, .rate = 20000};
    for (int i = 1; i < argc; i += 2) {
        const char *value = argv[i + 1];
        if (!value)
            return false;
        if (strcmp(argv[i], "--events") == 0)
            options->events = (uint64_t)atoll(value);
        else if (strcmp(argv[i], "--rate") == 0)
            options->rate = atoll(value);
        else if (strcmp(argv[i], "--only") == 0)
            options->only = value;
        else
            return false;
    }
    return options->events >= 10000 && options->rate > 0;
}

enum { STAGES = STREAM_INPUTS + 9 };

static void list_stages(const struct pipeline_measures *pipeline,
                        const struct single_measures *single, const struct measure *all[STAGES])
{
    size_t count = 0;
    all[count++] = &pipeline->decode;
    for (int input = 0; input < STREAM_INPUTS; input++)
        all[count++] = &pipeline->fold[input];
    all[count++] = &pipeline->fold_unscored;
    all[count++] = &pipeline->fold_judged;
    all[count++] = &pipeline->flush;
    all[count++] = &pipeline->cut;
    all[count++] = &pipeline->restore;
    all[count++] = &single->sentiment;
    all[count++] = &single->window_add;
    all[count++] = &single->cell_encode;
    GS_ASSERT(count == STAGES);
}

/* Of the whole way, per event, profiles included. */
static double pipeline_ns(const struct pipeline_measures *pipeline)
{
    int64_t ns = pipeline->decode.cpu_ns + pipeline->flush.cpu_ns + pipeline->cut.cpu_ns;
    for (int input = 0; input < STREAM_INPUTS; input++)
        ns += pipeline->fold[input].cpu_ns;
    return (double)ns / (double)GS_MAX(pipeline->decode.items, 1u);
}

/* A new version of a profile is memory that is kept, so these may allocate, and so may a restore.
 */
static int check_allocations(const struct pipeline_measures *pipeline,
                             const struct measure *measure)
{
    if (measure == &pipeline->fold[GS_GENERATE_PROFILES] || measure == &pipeline->restore ||
        measure_allocations(measure) <= allocations_max)
        return 0;
    fprintf(stderr, "bench_stages: %s allocates %.4f times per %s\n", measure->name,
            measure_allocations(measure), measure->unit);
    return 1;
}

static int report(const struct pipeline_measures *pipeline, const struct single_measures *single,
                  const struct options *options)
{
    const struct measure *all[STAGES];
    struct gs_buf json = {0};
    int status = 0;
    list_stages(pipeline, single, all);
    measure_print_head();
    gs_buf_printf(&json, "{\"bench\":\"stages\",\"events\":%llu,\"rate\":%lld,\"stages\":{",
                  (unsigned long long)options->events, (long long)options->rate);
    for (size_t i = 0; i < STAGES; i++) {
        measure_print(all[i]);
        gs_buf_add_text(&json, i ? "," : "");
        measure_add_json(&json, all[i]);
        status |= check_allocations(pipeline, all[i]);
    }
    printf("the whole way: %.0f ns per event with %.3f cells; the scored texts have %.0f bytes\n"
           "%llu checkpoints of one task, %.1f ms each\n",
           pipeline_ns(pipeline),
           (double)pipeline->cells / (double)GS_MAX(pipeline->decode.items, 1u),
           single->sentiment_bytes, (unsigned long long)pipeline->cuts,
           (double)pipeline->cut.cpu_ns / 1e6 / (double)GS_MAX(pipeline->cuts, 1u));
    gs_buf_printf(&json, "},\"pipeline_ns\":%.2f,\"cells\":%llu,\"sentiment_bytes\":%.1f}",
                  pipeline_ns(pipeline), (unsigned long long)pipeline->cells,
                  single->sentiment_bytes);
    printf("%.*s\n", (int)json.len, json.data);
    gs_buf_deinit(&json);
    return status;
}

int main(int argc, char **argv)
{
    struct options options;
    struct stream stream;
    struct pipeline_measures pipeline;
    struct single_measures single;
    struct gs_sentiment *sentiment;
    struct gs_error error;
    if (!read_options(argc, argv, &options)) {
        fprintf(stderr, "usage: bench_stages [--events N (10000 or more)] [--rate N] "
                        "[--only STAGE]\n");
        return 64;
    }
    if (gs_sentiment_create(&(struct gs_sentiment_config){0}, &sentiment, &error) != GS_OK) {
        fprintf(stderr, "bench_stages: %s\n", error.message);
        return 1;
    }
    measure_select(options.only);
    stream_create(&stream, options.events, options.rate);
    stage_pipeline(&stream, sentiment, &pipeline);
    stage_single(&stream, sentiment, &single);
    stream_destroy(&stream);
    gs_sentiment_destroy(sentiment);
    int status = report(&pipeline, &single, &options);
    return options.only ? 0 : status; /* such runs are too short for tables to have grown */
}
