/* clean.h -- which records count.
 *
 * Rule 0, the duplicate memory: the same event_id in the same input partition, in the current or
 * the previous generation. Generations are cut from the input's own clock H (event time), so a
 * verdict is a function of the partition's log and of nothing else.
 * Pure: no clock, no I/O. Owned by one worker's thread. */
#ifndef GROUNDSWELL_CLEAN_H
#define GROUNDSWELL_CLEAN_H

#include "groundswell/event.h"

enum { GS_DEDUPE_CAPACITY_MAX = 16000000 };

struct gs_dedupe_config {
    int64_t window_ms; /* length of a generation, > 0; an id is remembered for one to two of them */
    uint32_t capacity; /* ids per generation, 1 to MAX; a full one makes way early */
};

struct gs_dedupe; /* opaque; one per input partition */

/* The caller owns the result. Memory grows with use, to at most 60 bytes per id of capacity, and at
 * least 136 KiB. */
struct gs_dedupe *gs_dedupe_create(const struct gs_dedupe_config *config) GS_MUST_CHECK;
void gs_dedupe_destroy(struct gs_dedupe *dedupe); /* accepts NULL */

/* Fetches the cache lines that gs_dedupe_seen() will look at. */
void gs_dedupe_prefetch(const struct gs_dedupe *dedupe, struct gs_hash128 id);

/* Whether id was seen before; remembers it either way. h_ms is the input's clock after it has
 * taken in this record. Cannot fail. */
bool gs_dedupe_seen(struct gs_dedupe *dedupe, struct gs_hash128 id, int64_t h_ms);

/* ------------------------------------------------------------------ checkpoints */

/* Where the generations stand. */
struct gs_dedupe_state {
    int64_t number;  /* H / window_ms; INT64_MIN before the first record */
    uint64_t serial; /* of the newer generation; the older one's is 1 less */
    uint32_t newer;  /* ids in them */
    uint32_t older;
};
/* Up to where ids were read; zero-initialise to begin with all that are remembered. A copy leads
 * back to where it was made. */
struct gs_dedupe_mark {
    uint64_t serial;
    uint32_t place;
};
/* Ids that came one after the other. */
struct gs_dedupe_piece {
    uint64_t serial;
    uint32_t place;               /* of the first one in its generation */
    uint32_t count;               /* at most 4096 */
    const struct gs_hash128 *ids; /* lent: until the next gs_dedupe_seen */
};

void gs_dedupe_state(const struct gs_dedupe *dedupe, struct gs_dedupe_state *state);
/* The next piece after the mark, which is moved; false if there is none. */
bool gs_dedupe_next(const struct gs_dedupe *dedupe, struct gs_dedupe_mark *mark,
                    struct gs_dedupe_piece *piece);

/* Into a new memory: pieces in the order in which they were written, ids that were put already
 * among them if need be, and after them the state. put: false if a generation is full, as one of a
 * larger capacity may be; ids without room are left out. serial < 2^60; number: no later than the
 * clock's, in windows of this configuration. */
bool gs_dedupe_put(struct gs_dedupe *dedupe, const struct gs_dedupe_piece *piece);
void gs_dedupe_restore(struct gs_dedupe *dedupe, const struct gs_dedupe_state *state);

/* Bytes held. */
size_t gs_dedupe_bytes(const struct gs_dedupe *dedupe);

/* How a comment's language decides whether the lexicon may score it: the primary subtag, without
 * regard to case. An absent lang counts as the lexicon's language. */
bool gs_clean_language_is(struct gs_str lang, const char *primary);

#endif
