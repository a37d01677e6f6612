/* texts.h -- comments to score. */
#ifndef GS_BENCH_TEXTS_H
#define GS_BENCH_TEXTS_H

#include "stream.h"

/* The English comments of min to max bytes in a stream, as they come, at most `room` of them; views
 * into the stream. Returns how many. */
struct texts_wanted {
    uint32_t min_bytes;
    uint32_t max_bytes;
    uint32_t room;
};
uint32_t texts_of_stream(const struct stream *stream, struct texts_wanted wanted,
                         struct gs_str *texts);

#endif
