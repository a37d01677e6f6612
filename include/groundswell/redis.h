/* redis.h -- one connection to one Redis (or Valkey) on a libuv loop: bytes go out, replies come
 * back in order, and when it breaks everybody is told exactly once.
 *
 *   start ─► resolve ─► connect ─► TLS ─► AUTH, SELECT, INFO ─► connected ─► send ... replies
 *              ▲                                │ any fault         │ any fault, drop
 *              └────────── wait 100 ms .. 5 s, doubled, with jitter ◄┘
 *
 * Nothing here knows what the bytes mean: no guard, no cell. Replies are RESP2.
 *
 * Everything belongs to the thread of the loop that the connection was created on. All callbacks
 * come from the loop, never from inside a function of this header (but the synchronous ones), and
 * they may call any of them. Nothing is logged: what happens is told to the callbacks. Passwords
 * never stand in a message. */
#ifndef GROUNDSWELL_REDIS_H
#define GROUNDSWELL_REDIS_H

#include "groundswell/base.h"

struct uv_loop_s;

/* ------------------------------------------------------------------ configuration */

/* Strings are borrowed for the call that takes them, and copied by it. */
struct gs_redis_config {
    /* redis://[user[:password]@]host[:port][/db], rediss:// the same with TLS, or
     * unix://[user[:password]@]/path[?db=N]. User, password and path may be percent-encoded. */
    const char *url;
    /* PEM file with the authorities that a rediss:// server is verified with (its name or address
     * too), read at each connect; NULL or "" = the system's. */
    const char *ca_file;
    int64_t timeout_ms;         /* of a reply; 0 = 5000 */
    int64_t connect_timeout_ms; /* from the name to the end of INFO, per address; 0 = timeout_ms */
    uint64_t seed;              /* of the jitter: connections should differ */
    bool accept_replica;        /* for readers; otherwise a replica is a fault */
};

enum {
    GS_REDIS_REPLY_BYTES_MAX = 64 << 20,   /* memory of one reply; more is a PROTOCOL fault */
    GS_REDIS_REPLY_DEPTH_MAX = 8,          /* arrays in arrays */
    GS_REDIS_PENDING_MAX = 1024,           /* commands without a reply */
    GS_REDIS_PENDING_BYTES_MAX = 64 << 20, /* not yet taken by the socket, or one command */
    GS_REDIS_BACKOFF_MIN_MS = 100,
    GS_REDIS_BACKOFF_MAX_MS = 5000,
    GS_REDIS_ENDPOINT_MAX = 300
};

/* GS_E_CONFIG says what is wrong with the URL, without repeating it. Connects to nothing. */
GS_MUST_CHECK enum gs_status gs_redis_config_check(const struct gs_redis_config *config,
                                                   struct gs_error *error);

/* ------------------------------------------------------------------ faults */

/* Why there is no reply, or what an error reply means. */
enum gs_redis_fault {
    GS_REDIS_OK = 0,
    /* of the connection: nothing is known about the commands that have no reply */
    GS_REDIS_RESOLVE,      /* the name is not known, or the resolver does not answer */
    GS_REDIS_CONNECT,      /* refused, unreachable, no such socket */
    GS_REDIS_TLS,          /* certificate, host name, protocol, no handshake */
    GS_REDIS_TIMEOUT,      /* no reply in time; the connection was given up */
    GS_REDIS_DISCONNECTED, /* closed by the other side or the network */
    GS_REDIS_PROTOCOL,     /* not RESP2, too large, or not asked for */
    GS_REDIS_DROPPED,      /* by gs_redis_drop() */
    GS_REDIS_STOPPED,      /* by gs_redis_stop() */
    /* of the server as such: found when connecting, or error replies later */
    GS_REDIS_AUTH,        /* NOAUTH, WRONGPASS, protected mode */
    GS_REDIS_PERMISSION,  /* NOPERM: the ACL user may not do this */
    GS_REDIS_DATABASE,    /* the database number does not exist */
    GS_REDIS_UNSUPPORTED, /* too old, a cluster, a Sentinel, not a Redis */
    GS_REDIS_REPLICA,     /* role, READONLY */
    GS_REDIS_LOADING,     /* reads its data set */
    GS_REDIS_CLIENTS,     /* max number of clients reached */
    /* error replies */
    GS_REDIS_OOM,         /* maxmemory is reached and nothing may be evicted */
    GS_REDIS_NO_REPLICAS, /* NOREPLICAS, MASTERDOWN */
    GS_REDIS_MISCONF,     /* writes are off because the disk failed */
    GS_REDIS_BUSY,        /* a script or function runs too long */
    GS_REDIS_NO_FUNCTION, /* "Function not found", NOSCRIPT */
    GS_REDIS_WRONG_TYPE,  /* WRONGTYPE */
    GS_REDIS_ERROR        /* any other */
};
enum { GS_REDIS_FAULT_COUNT = GS_REDIS_ERROR + 1 };

/* "timeout", "no_function", ...: for metrics and JSON. */
const char *gs_redis_fault_name(enum gs_redis_fault fault);
/* GS_E_UNAVAIL for what may pass by itself, GS_E_REFUSED (AUTH, PERMISSION), GS_E_CONFIG
 * (DATABASE, UNSUPPORTED), GS_E_DATA (WRONG_TYPE), GS_E_TEMP (STOPPED, DROPPED). */
enum gs_status gs_redis_fault_status(enum gs_redis_fault fault);

/* ------------------------------------------------------------------ replies */

enum gs_redis_type {
    GS_REDIS_NIL,
    GS_REDIS_INTEGER,
    GS_REDIS_STRING, /* bulk: any bytes */
    GS_REDIS_SIMPLE, /* "OK" */
    GS_REDIS_ERROR_REPLY,
    GS_REDIS_ARRAY
};

struct gs_redis_reply {
    enum gs_redis_type type;
    enum gs_redis_fault fault;             /* of ERROR_REPLY, else GS_REDIS_OK */
    int64_t integer;                       /* INTEGER */
    struct gs_str str;                     /* STRING, SIMPLE, ERROR_REPLY; also terminated by NUL */
    const struct gs_redis_reply *elements; /* ARRAY */
    size_t count;                          /* ARRAY */
};

/* Called exactly once for every command that gs_redis_send() took, in the order of sending. reply
 * is valid for the call. reply == NULL: there is none, fault says why; whether Redis executed the
 * command is not known. Otherwise fault is the reply's own: GS_REDIS_OK unless it is an error. */
typedef void gs_redis_reply_fn(void *opaque, const struct gs_redis_reply *reply,
                               enum gs_redis_fault fault);

/* The reply is this string, simple or bulk. */
static inline bool gs_redis_is(const struct gs_redis_reply *reply, const char *text)
{
    return (reply->type == GS_REDIS_SIMPLE || reply->type == GS_REDIS_STRING) &&
           gs_str_equal(reply->str, gs_str_of(text));
}

/* ------------------------------------------------------------------ building commands */

/* "*argc\r\n"; exactly argc arguments follow. */
void gs_redis_begin(struct gs_buf *buf, uint32_t argc);
void gs_redis_arg(struct gs_buf *buf, const void *bytes, size_t len);
void gs_redis_arg_str(struct gs_buf *buf, struct gs_str text);
void gs_redis_arg_text(struct gs_buf *buf, const char *text);
void gs_redis_arg_int(struct gs_buf *buf, int64_t value);

/* ------------------------------------------------------------------ the connection */

enum gs_redis_kind { GS_REDIS_KIND_REDIS, GS_REDIS_KIND_VALKEY };

/* What the server says of itself when connecting. */
struct gs_redis_info {
    enum gs_redis_kind kind;
    uint32_t version;          /* 70015 = 7.0.15 */
    char version_text[32];     /* "7.0.15" */
    bool replica;              /* only with accept_replica */
    int64_t maxmemory;         /* bytes; 0 = no limit */
    int64_t used_memory;       /* bytes */
    char maxmemory_policy[32]; /* "noeviction" */
    bool evicts;               /* the policy may remove keys that nobody deleted */
    char run_id[48];           /* changes with each start of the server */
};

struct gs_redis; /* opaque */

struct gs_redis_callbacks {
    void *user;
    /* Commands may be sent from now on. info is valid for the call. */
    void (*connected)(void *user, const struct gs_redis_info *info);
    /* The connection broke (after every outstanding reply function was called), or an attempt to
     * connect failed. Another attempt follows by itself, whatever the fault. error says what, where
     * and what to do; it is valid for the call. Not called for gs_redis_stop(). */
    void (*failed)(void *user, enum gs_redis_fault fault, const struct gs_error *error);
};

struct gs_redis_state {
    bool connected;
    int64_t since_ms;          /* uv_now() of the last change of connected, or of the creation */
    uint32_t attempts;         /* that failed since it was last connected */
    uint64_t connects;         /* that succeeded */
    enum gs_redis_fault fault; /* the last one; GS_REDIS_OK if there was none yet */
    const char *error;    /* its message; "" if there was none. Valid until the loop runs again */
    const char *endpoint; /* "127.0.0.1:6379/0", "/run/redis.sock"; valid until stopped */
    uint32_t pending;     /* commands without a reply */
};

/* Ignores SIGPIPE for the process, if it had its default action. callbacks are copied; functions
 * may be NULL. On GS_OK the caller owns *redis and must stop it; otherwise *redis is NULL and error
 * (GS_E_CONFIG) says why. Nothing happens before the start. */
GS_MUST_CHECK enum gs_status gs_redis_create(struct uv_loop_s *loop,
                                             const struct gs_redis_config *config,
                                             const struct gs_redis_callbacks *callbacks,
                                             struct gs_redis **redis, struct gs_error *error);
/* Connects, and connects again after each fault, until it is stopped. Once. */
void gs_redis_start(struct gs_redis *redis);

/* Sends one command: resp holds exactly one, complete, as built above; it is copied. Its reply goes
 * to on_reply with opaque. All commands sent in one turn of the loop leave in one piece.
 * GS_E_UNAVAIL: not connected. GS_E_TEMP: GS_REDIS_PENDING_MAX or _BYTES_MAX is reached, wait for a
 * reply. In both cases on_reply is not called. A reply that takes longer than timeout_ms is a
 * TIMEOUT: the connection is closed, as nothing that came after it could be trusted. */
GS_MUST_CHECK enum gs_status gs_redis_send(struct gs_redis *redis, struct gs_str resp,
                                           gs_redis_reply_fn *on_reply, void *opaque);

/* Gives up the connection because of what a reply said (READONLY, LOADING, OOM ...) and connects
 * again after the usual wait. why stands in the error, in words: "the server became a replica".
 * Nothing can be sent from now on; outstanding replies become NULL with GS_REDIS_DROPPED, then
 * failed() is called with GS_REDIS_DROPPED. Ignored if not connected. */
void gs_redis_drop(struct gs_redis *redis, const char *why);

/* Fills error for an error reply, or for reply == NULL and the fault that came instead of it: what
 * happened to `what` ("FCALL"), where, what to do. Texts of the server are shortened and made
 * printable. For AUTH do not use it: a server may repeat the arguments. */
void gs_redis_describe(const struct gs_redis *redis, const struct gs_redis_reply *reply,
                       enum gs_redis_fault fault, const char *what, struct gs_error *error);

void gs_redis_state(const struct gs_redis *redis, struct gs_redis_state *state);
bool gs_redis_is_connected(const struct gs_redis *redis);

/* Ends it, in any state, also from a callback. Outstanding replies become NULL with
 * GS_REDIS_STOPPED, then on_stopped(user) is called (it may be NULL), then the memory is gone:
 * after this call only these callbacks may still use redis. connected() and failed() are not called
 * any more. A look-up of the name that the system cannot cancel keeps the loop alive until it ends,
 * but does not hold up on_stopped. */
void gs_redis_stop(struct gs_redis *redis, void (*on_stopped)(void *user), void *user);

/* ------------------------------------------------------------------ functions */

/* A library of functions whose name carries a hash of its code: what is there under this name is
 * right, so it is never replaced. Borrowed for the call. */
struct gs_redis_library {
    const char *name;   /* letters, digits, '_'; at most 100 */
    struct gs_str code; /* "#!lua name=<name>\n..." */
};
/* error is NULL if the library is there now. Called once, as a reply. */
typedef void gs_redis_loaded_fn(void *opaque, enum gs_redis_fault fault,
                                const struct gs_error *error);
/* FUNCTION LIST, and FUNCTION LOAD if it is not there; another instance may do the same at the same
 * time. Errors as of gs_redis_send(). */
GS_MUST_CHECK enum gs_status gs_redis_load_library(struct gs_redis *redis,
                                                   const struct gs_redis_library *library,
                                                   gs_redis_loaded_fn *on_loaded, void *opaque);

/* ------------------------------------------------------------------ synchronous */

/* For commands of the command line: the same connection on a loop of its own. Each call blocks for
 * at most the timeouts of its config. One thread at a time. */
struct gs_redis_sync; /* opaque */

/* One attempt. On GS_OK the caller owns *sync and must close it; otherwise it is NULL. */
GS_MUST_CHECK enum gs_status gs_redis_sync_connect(const struct gs_redis_config *config,
                                                   struct gs_redis_sync **sync,
                                                   struct gs_error *error);
/* Sends and waits. GS_OK: *reply is no error reply. Otherwise error says what and where, and *reply
 * is the error reply or, if there was none, NULL: then the connection is of no use any more.
 * *reply is valid until the next command or the close. */
GS_MUST_CHECK enum gs_status gs_redis_sync_command(struct gs_redis_sync *sync,
                                                   const struct gs_str *args, uint32_t count,
                                                   const struct gs_redis_reply **reply,
                                                   struct gs_error *error);
const struct gs_redis_info *gs_redis_sync_info(const struct gs_redis_sync *sync);
/* "127.0.0.1:6379/0" */
const char *gs_redis_sync_endpoint(const struct gs_redis_sync *sync);
/* Accepts NULL. */
void gs_redis_sync_close(struct gs_redis_sync *sync);

#endif
