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

/* The caller owns the result. Memory grows with use, to at most 60 bytes per id of capacity. */
struct gs_dedupe *gs_dedupe_create(const struct gs_dedupe_config *config) GS_MUST_CHECK;
void gs_dedupe_destroy(struct gs_dedupe *dedupe); /* accepts NULL */

/* Fetches the cache lines that gs_dedupe_seen() will look at. */
void gs_dedupe_prefetch(const struct gs_dedupe *dedupe, struct gs_hash128 id);

/* Whether id was seen before; remembers it either way. h_ms is the input's clock after it has
 * taken in this record. Cannot fail. */
bool gs_dedupe_seen(struct gs_dedupe *dedupe, struct gs_hash128 id, int64_t h_ms);

/* Bytes held. */
size_t gs_dedupe_bytes(const struct gs_dedupe *dedupe);

/* How a comment's language decides whether the lexicon may score it: the primary subtag, without
 * regard to case. An absent lang counts as the lexicon's language. */
bool gs_clean_language_is(struct gs_str lang, const char *primary);

#endif
