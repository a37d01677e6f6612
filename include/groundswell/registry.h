/* registry.h -- schema texts by id, from a local folder or from a Confluent-compatible registry.
 *
 *   worker: NEED_SCHEMA ──► gs_registry_ask(id) ──► own thread: folder, or HTTP with retries
 *                                                       │
 *   worker's mailbox ◄── gs_registry_answer_fn ◄────────┘  once: the text, or "there is none"
 *
 * "There is none" is an answer of the folder or the registry, never the absence of one: while the
 * registry cannot be reached, the question stays open and is tried again with backoff, for ever.
 * Texts are kept for ever (an id never changes its schema); "there is none" for
 * GS_REGISTRY_UNKNOWN_MS, then the next question looks again. */
#ifndef GROUNDSWELL_REGISTRY_H
#define GROUNDSWELL_REGISTRY_H

#include "groundswell/base.h"

enum {
    GS_REGISTRY_SCHEMA_BYTES_MAX = 1 << 20, /* a longer text is a fault of the source */
    GS_REGISTRY_IDS_MAX = 10000,            /* texts kept; beyond it the oldest is fetched again */
    GS_REGISTRY_UNKNOWN_MS = 30000,
    GS_REGISTRY_BACKOFF_MIN_MS = 200,
    GS_REGISTRY_BACKOFF_MAX_MS = 5000
};

/* Strings are borrowed for the call. Exactly one of dir and url is set, the other is NULL or "". */
struct gs_registry_config {
    const char *dir;    /* files are <id>[-name].avsc */
    const char *url;    /* http(s)://[user:password@]host[:port][/path] */
    int64_t timeout_ms; /* of one request; 0 = 5000 */
};

struct gs_registry; /* opaque; any thread may ask */

/* GS_E_CONFIG: neither or both are set, the folder does not exist or holds no schema, two files
 * have one id, the URL cannot be one. Starts a thread. A registry that cannot be reached is no
 * error. On GS_OK the caller owns *registry. */
GS_MUST_CHECK enum gs_status gs_registry_create(const struct gs_registry_config *config,
                                                struct gs_registry **registry,
                                                struct gs_error *error);
/* Open questions are dropped: their functions are not called. Accepts NULL. */
void gs_registry_destroy(struct gs_registry *registry);

/* schema: valid for the call; data == NULL: the source does not know the id. On the registry's own
 * thread; must not block. */
typedef void gs_registry_answer_fn(void *user, uint32_t id, struct gs_str schema);

/* Answered exactly once, from the registry's thread. The same id may be asked for by several users
 * at a time; it is fetched once. Never blocks. */
void gs_registry_ask(struct gs_registry *registry, uint32_t id, gs_registry_answer_fn *on_answer,
                     void *user);

/* One question, answered before it returns; for `validate --connect` and start-up checks. Blocks
 * for at most the timeout. GS_E_UNAVAIL: the source cannot be reached (says where and why);
 * GS_E_DATA: it does not know the id. schema may be NULL; else it is filled, to be released by the
 * caller. */
GS_MUST_CHECK enum gs_status gs_registry_fetch(struct gs_registry *registry, uint32_t id,
                                               struct gs_buf *schema, struct gs_error *error);

struct gs_registry_stats {
    uint32_t known;       /* texts held */
    uint32_t open;        /* questions without an answer yet */
    uint64_t requests;    /* sent to the source */
    uint64_t failures;    /* without an answer: the source could not be reached, or nonsense came */
    char last_error[256]; /* of the newest failure, "" after a success */
};
void gs_registry_stats(struct gs_registry *registry,
                       struct gs_registry_stats *stats); /* any thread */

#endif
