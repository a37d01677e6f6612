/* stream.h -- a generated load in memory, as a worker would read it: one task, chunks of records in
 * the order of their arrival, each chunk split by input. */
#ifndef GS_BENCH_STREAM_H
#define GS_BENCH_STREAM_H

#include "groundswell/decode.h"
#include "groundswell/generate.h"

enum { STREAM_CHUNK = 1024, STREAM_INPUTS = GS_GENERATE_TOPIC_COUNT };

struct stream {
    struct gs_generate_batch batch; /* first profiles, then events */
    uint64_t first_profiles;
    uint64_t events;
    struct gs_decode *decode; /* knows the four schemas */
};

/* events at `rate` per second of record time, of 10,000 influencers with 5 posts each. Ends the
 * process with a message if it cannot. */
void stream_create(struct stream *stream, uint64_t events, int64_t rate);
void stream_destroy(struct stream *stream);

/* Records of a chunk by input; offsets go on from chunk to chunk. Zero-initialise. */
struct stream_chunk {
    const struct gs_generated *record[STREAM_INPUTS][STREAM_CHUNK];
    uint32_t count[STREAM_INPUTS];
    int64_t first_offset[STREAM_INPUTS];
    int64_t record_ms; /* of its last record */
    uint64_t at;       /* where the next chunk begins in the batch */
};
/* False after the last one. */
bool stream_next(const struct stream *stream, struct stream_chunk *chunk);

#endif
