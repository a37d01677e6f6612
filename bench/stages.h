/* stages.h -- the groups of stages that bench_stages measures. */
#ifndef GS_BENCH_STAGES_H
#define GS_BENCH_STAGES_H

#include "groundswell/sentiment.h"
#include "measure.h"
#include "stream.h"

/* The way of a record through one task, after a warm-up with the first half of the stream. */
struct pipeline_measures {
    struct measure decode;
    struct measure fold[STREAM_INPUTS];
    struct measure fold_unscored; /* comments again, but each brings its score */
    struct measure fold_judged;   /* and again, by a task with rules */
    struct measure flush;         /* ticks, cells summed, encoded and put into commands */
    uint64_t cells;               /* taken while flush was measured */
    struct measure cut;           /* checkpoints, per entry */
    uint64_t cuts;
    struct measure restore; /* of all that was cut, per entry */
};
void stage_pipeline(const struct stream *stream, const struct gs_sentiment *sentiment,
                    struct pipeline_measures *measures);

/* Single operations, over and over. */
struct single_measures {
    struct measure sentiment; /* per English comment */
    double sentiment_bytes;   /* mean length of these */
    struct measure window_add;
    struct measure cell_encode;
};
void stage_single(const struct stream *stream, const struct gs_sentiment *sentiment,
                  struct single_measures *measures);

#endif
