/* internal.h -- what the files of this room share.
 *
 *   connection.c   phases, pending commands, timers, public functions
 *     ├─ resolve.c   names to addresses, without blocking the loop
 *     ├─ link.c      one socket: a non-blocking redisContext under a uv_poll, tls.c on top of it
 *     │    └─ reply.c   the parser's objects: replies in an arena, with limits
 *     └─ greet.c     AUTH, SELECT, INFO; info.c reads what INFO says
 *   url.c, command.c, fault.c: texts. function.c, sync.c: built on the public functions.
 *
 * hiredis' own asynchronous part is not used: a reply that nobody asked for runs into its assert,
 * which would let a server end this process, and each command costs it an allocation. */
#ifndef GS_REDIS_INTERNAL_H
#define GS_REDIS_INTERNAL_H

#include "groundswell/redis.h"

#include <hiredis/hiredis.h>
#include <uv.h>

struct addrinfo;
struct ssl_st;

/* ------------------------------------------------------------------ url.c */

struct gsi_redis_url {
    bool tls;
    char host[256]; /* without brackets; "" for a Unix socket */
    char path[108]; /* of a Unix socket, as long as the system allows */
    int32_t port;
    int32_t db;
    char user[256];      /* "" = none */
    char password[1024]; /* "" = none */
    char endpoint[GS_REDIS_ENDPOINT_MAX];
};

GS_MUST_CHECK enum gs_status gsi_redis_url_parse(struct gs_str text, struct gsi_redis_url *url,
                                                 struct gs_error *error);

/* ------------------------------------------------------------------ reply.c */

/* Memory that is given back all at once. */
struct gsi_redis_chunk;
struct gsi_redis_arena {
    struct gsi_redis_chunk *chunks; /* the newest first */
    size_t total;                   /* bytes handed out */
};
/* Returns NULL once GS_REDIS_REPLY_BYTES_MAX would be exceeded. Aligned for any reply. */
void *gsi_redis_arena_take(struct gsi_redis_arena *arena, size_t bytes);
void gsi_redis_arena_reset(struct gsi_redis_arena *arena);
void gsi_redis_arena_deinit(struct gsi_redis_arena *arena);

/* Replies as hiredis' parser finds them. */
struct gsi_redis_replies {
    redisReader *reader; /* borrowed */
    struct gsi_redis_arena arena;
    const char *refused; /* why an object was not created; NULL = none was refused */
};
/* From now on the reader builds replies of ours; replies must stay where it is. */
void gsi_redis_replies_init(struct gsi_redis_replies *replies, redisReader *reader);
void gsi_redis_replies_deinit(struct gsi_redis_replies *replies);
/* 1: *reply is the next one, valid until the next call. 0: more bytes are needed. -1: what came
 * cannot be understood, *why says it; the reader is of no use any more. */
int gsi_redis_replies_next(struct gsi_redis_replies *replies, const struct gs_redis_reply **reply,
                           const char **why);
/* A copy that lives in arena. */
const struct gs_redis_reply *gsi_redis_reply_copy(struct gsi_redis_arena *arena,
                                                  const struct gs_redis_reply *reply);

/* ------------------------------------------------------------------ fault.c */

enum gs_redis_fault gsi_redis_classify(struct gs_str error_text);
/* "Redis at ENDPOINT: what; what to do" */
void gsi_redis_fault_error(const char *endpoint, enum gs_redis_fault fault, const char *what,
                           struct gs_error *error);
/* Copies text as far as it fits, bytes that are not printable as '?'. */
void gsi_redis_printable(struct gs_str text, char *buffer, size_t capacity);

/* ------------------------------------------------------------------ info.c */

/* Reads the answer to INFO. Returns GS_REDIS_OK if this server can be used, else why not (what in
 * words). */
enum gs_redis_fault gsi_redis_info_read(struct gs_str text, bool accept_replica,
                                        struct gs_redis_info *info, const char **what);

/* ------------------------------------------------------------------ link.c, tls.c */

struct gsi_redis_link {
    uv_poll_t poll;
    struct gs_redis *redis;
    redisContext *context;
    struct ssl_st *ssl; /* NULL = plain; belongs to context */
    struct gsi_redis_replies replies;
    int events; /* that poll waits for */
    bool open;  /* connected, as far as the socket is concerned */
    bool closing;
};

/* Starts connecting, to the socket of the URL if address is NULL. Returns NULL, with what in words,
 * if that failed at once. Reports by the gsi_redis_on_* functions, from the loop. */
struct gsi_redis_link *gsi_redis_link_create(struct gs_redis *redis, const struct addrinfo *address,
                                             char *what, size_t capacity);
void gsi_redis_link_append(struct gsi_redis_link *link, struct gs_str bytes);
/* Bytes that the socket did not take yet. */
size_t gsi_redis_link_unsent(const struct gsi_redis_link *link);
/* gsi_redis_on_closed() follows, from the loop; then the link is gone. */
void gsi_redis_link_close(struct gsi_redis_link *link);

/* Puts TLS on the socket. Returns false with what in words. */
bool gsi_redis_tls_start(struct gsi_redis_link *link, char *what, size_t capacity);
/* Whether the handshake is over. Says nothing once a read or write has failed. */
bool gsi_redis_tls_is_established(const struct gsi_redis_link *link);
/* Why reading or writing failed. */
void gsi_redis_tls_describe(const struct gsi_redis_link *link, char *what, size_t capacity);

/* ------------------------------------------------------------------ connection.c */

enum gsi_redis_phase {
    GSI_REDIS_IDLE,       /* created */
    GSI_REDIS_WAITING,    /* for the next attempt */
    GSI_REDIS_RESOLVING,  /* for addresses */
    GSI_REDIS_CONNECTING, /* for the socket */
    GSI_REDIS_GREETING,   /* for AUTH, SELECT, INFO */
    GSI_REDIS_READY,
    GSI_REDIS_FAILING, /* the link is closing */
    GSI_REDIS_STOPPING
};

struct gsi_redis_pending {
    gs_redis_reply_fn *on_reply;
    void *opaque;
    uint64_t sent_ms;
};

/* A look-up of a name; outlives its connection if the system cannot cancel it. */
struct gsi_redis_resolve;

struct gs_redis {
    uv_loop_t *loop;
    uv_timer_t timer; /* of the phase: next attempt, connecting, oldest reply */
    enum gsi_redis_phase phase;
    struct gsi_redis_url url;
    char *ca_file; /* NULL = the system's */
    uint64_t timeout_ms;
    uint64_t connect_timeout_ms;
    uint64_t random;
    bool accept_replica;
    struct gs_redis_callbacks callbacks;

    struct gsi_redis_resolve *resolve; /* under way, or NULL */
    struct addrinfo *addresses;
    const struct addrinfo *next_address;
    struct gsi_redis_link *link;
    bool was_connecting; /* FAILING: another address may do */
    bool last_chance;    /* the timer has fired once already */
    uint32_t open_handles;

    struct gsi_redis_pending pending[GS_REDIS_PENDING_MAX]; /* a ring */
    uint32_t pending_first;
    uint32_t pending_count;

    struct gs_redis_info info;
    uint64_t since_ms;
    uint32_t attempts;
    uint32_t backoff; /* doublings; forgotten after a connection that lasted */
    uint64_t connects;
    enum gs_redis_fault fault;
    struct gs_error error;

    void (*on_stopped)(void *user);
    void *stopped_user;
};

/* Gives up the attempt or the connection; the first fault counts. */
void gsi_redis_give_up(struct gs_redis *redis, enum gs_redis_fault fault, const char *what);
/* Without the checks of gs_redis_send(). */
void gsi_redis_push(struct gs_redis *redis, struct gs_str resp, gs_redis_reply_fn *on_reply,
                    void *opaque);
/* From resolve.c: addresses is taken over; NULL = failed, what in words. */
void gsi_redis_on_resolved(struct gs_redis *redis, struct addrinfo *addresses, const char *what);
/* From link.c. */
void gsi_redis_on_open(struct gs_redis *redis);
void gsi_redis_on_reply(struct gs_redis *redis, const struct gs_redis_reply *reply);
void gsi_redis_on_closed(struct gs_redis *redis);
/* From greet.c. */
void gsi_redis_on_ready(struct gs_redis *redis);

/* ------------------------------------------------------------------ resolve.c, greet.c */

/* Answers by gsi_redis_on_resolved(), perhaps at once. One look-up at a time: if an older one is
 * still under way, its answer will do. */
void gsi_redis_resolve_start(struct gs_redis *redis);
/* No answer is wanted any more. */
void gsi_redis_resolve_abandon(struct gs_redis *redis);

/* Sends AUTH, SELECT and INFO; ends with gsi_redis_on_ready() or gsi_redis_give_up(). */
void gsi_redis_greet(struct gs_redis *redis);

#endif
