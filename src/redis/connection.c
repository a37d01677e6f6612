/* connection.c -- the life of a connection, see the drawing in redis.h.
 *
 * One rule keeps the order of calls simple: whatever goes wrong, and wherever, only closes the link
 * (FAILING). What follows from it, the outstanding replies, failed(), the next attempt, happens in
 * the link's close callback, alone on the stack. */
#include "internal.h"

#include <signal.h>
#include <stdio.h>

/* A loop that was held up sees its timers before its sockets: what came in time may be waiting
 * there, so a timeout counts only after the loop has looked once more. */
enum { TIMEOUT_DEFAULT_MS = 5000, LAST_CHANCE_MS = 20 };

/* ------------------------------------------------------------------ waiting */

static void on_timer(uv_timer_t *timer);

static void start_timer(struct gs_redis *redis, uint64_t ms)
{
    int code = uv_timer_start(&redis->timer, on_timer, ms, 0);
    GS_ASSERT(code == 0); /* only a closing timer refuses */
    redis->last_chance = false;
}

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Between half and all of the doubled time, so that many clients do not come back at once. */
static uint64_t backoff_ms(struct gs_redis *redis)
{
    uint64_t ms = GS_REDIS_BACKOFF_MIN_MS;
    for (uint32_t i = 0; i < redis->backoff && ms < GS_REDIS_BACKOFF_MAX_MS; i++)
        ms *= 2;
    ms = GS_MIN(ms, (uint64_t)GS_REDIS_BACKOFF_MAX_MS);
    redis->backoff++;
    return ms - next_random(&redis->random) % (ms / 2 + 1);
}

/* ------------------------------------------------------------------ pending commands */

static struct gsi_redis_pending take_pending(struct gs_redis *redis)
{
    struct gsi_redis_pending taken = redis->pending[redis->pending_first];
    redis->pending_first = (redis->pending_first + 1) % GS_REDIS_PENDING_MAX;
    redis->pending_count--;
    return taken;
}

static void fail_pending(struct gs_redis *redis, enum gs_redis_fault fault)
{
    while (redis->pending_count > 0) {
        struct gsi_redis_pending pending = take_pending(redis);
        pending.on_reply(pending.opaque, NULL, fault);
    }
}

void gsi_redis_push(struct gs_redis *redis, struct gs_str resp, gs_redis_reply_fn *on_reply,
                    void *opaque)
{
    uint32_t at = (redis->pending_first + redis->pending_count) % GS_REDIS_PENDING_MAX;
    redis->pending[at] = (struct gsi_redis_pending){on_reply, opaque, uv_now(redis->loop)};
    redis->pending_count++;
    gsi_redis_link_append(redis->link, resp);
}

void gsi_redis_on_reply(struct gs_redis *redis, const struct gs_redis_reply *reply)
{
    if (redis->pending_count == 0) { /* for example: too many clients, the server shuts down */
        char text[120], what[180];
        gsi_redis_printable(reply->str, text, sizeof text);
        snprintf(what, sizeof what, "it sent what nobody asked for (%s)", text);
        gsi_redis_give_up(
            redis, reply->fault == GS_REDIS_CLIENTS ? reply->fault : GS_REDIS_PROTOCOL, what);
        return;
    }
    struct gsi_redis_pending pending = take_pending(redis);
    pending.on_reply(pending.opaque, reply, reply->fault);
}

/* ------------------------------------------------------------------ attempts */

static void set_phase(struct gs_redis *redis, enum gsi_redis_phase phase)
{
    if ((redis->phase == GSI_REDIS_READY) != (phase == GSI_REDIS_READY))
        redis->since_ms = uv_now(redis->loop);
    redis->phase = phase;
}

static void free_addresses(struct gs_redis *redis)
{
    uv_freeaddrinfo(redis->addresses);
    redis->addresses = NULL;
    redis->next_address = NULL;
}

/* Tells about the fault and waits for the next attempt. */
static void attempt_over(struct gs_redis *redis)
{
    free_addresses(redis);
    fail_pending(redis, redis->fault);
    if (redis->phase == GSI_REDIS_STOPPING)
        return;
    redis->attempts++;
    set_phase(redis, GSI_REDIS_WAITING);
    start_timer(redis, backoff_ms(redis));
    if (redis->callbacks.failed)
        redis->callbacks.failed(redis->callbacks.user, redis->fault, &redis->error);
}

void gsi_redis_give_up(struct gs_redis *redis, enum gs_redis_fault fault, const char *what)
{
    if (redis->phase < GSI_REDIS_RESOLVING || redis->phase > GSI_REDIS_READY)
        return;
    if (redis->phase == GSI_REDIS_READY &&
        uv_now(redis->loop) - redis->since_ms >= GS_REDIS_BACKOFF_MAX_MS)
        redis->backoff = 0;
    redis->was_connecting = redis->phase == GSI_REDIS_CONNECTING;
    redis->fault = fault;
    gsi_redis_fault_error(redis->url.endpoint, fault, what, &redis->error);
    if (redis->link) {
        set_phase(redis, GSI_REDIS_FAILING);
        gsi_redis_link_close(redis->link);
    } else if (!redis->next_address) {
        attempt_over(redis);
    }
}

static void connect_next(struct gs_redis *redis)
{
    char what[160];
    set_phase(redis, GSI_REDIS_CONNECTING);
    do {
        const struct addrinfo *address = redis->next_address;
        redis->next_address = address ? address->ai_next : NULL;
        start_timer(redis, redis->connect_timeout_ms);
        redis->link = gsi_redis_link_create(redis, address, what, sizeof what);
        if (!redis->link)
            gsi_redis_give_up(redis, GS_REDIS_CONNECT, what);
    } while (redis->phase == GSI_REDIS_CONNECTING && !redis->link);
}

static void start_attempt(struct gs_redis *redis)
{
    if (redis->url.path[0]) {
        connect_next(redis);
        return;
    }
    set_phase(redis, GSI_REDIS_RESOLVING);
    start_timer(redis, redis->connect_timeout_ms);
    gsi_redis_resolve_start(redis);
}

void gsi_redis_on_resolved(struct gs_redis *redis, struct addrinfo *addresses, const char *what)
{
    if (redis->phase != GSI_REDIS_RESOLVING) { /* came after its timeout */
        uv_freeaddrinfo(addresses);
        return;
    }
    if (!addresses) {
        gsi_redis_give_up(redis, GS_REDIS_RESOLVE, what);
        return;
    }
    redis->addresses = addresses;
    redis->next_address = addresses;
    connect_next(redis);
}

void gsi_redis_on_open(struct gs_redis *redis)
{
    set_phase(redis, GSI_REDIS_GREETING);
    gsi_redis_greet(redis);
}

void gsi_redis_on_ready(struct gs_redis *redis)
{
    set_phase(redis, GSI_REDIS_READY);
    uv_timer_stop(&redis->timer);
    free_addresses(redis);
    redis->attempts = 0;
    redis->connects++;
    if (redis->callbacks.connected)
        redis->callbacks.connected(redis->callbacks.user, &redis->info);
}

/* ------------------------------------------------------------------ timeouts */

/* How long the oldest command may still wait; 0 = too long, or there is none. */
static uint64_t oldest_left_ms(const struct gs_redis *redis)
{
    uint64_t age = uv_now(redis->loop) - redis->pending[redis->pending_first].sent_ms;
    return age < redis->timeout_ms ? redis->timeout_ms - age : 0;
}

static void give_up_waiting(struct gs_redis *redis)
{
    if (redis->phase == GSI_REDIS_RESOLVING)
        gsi_redis_give_up(redis, GS_REDIS_RESOLVE, "its name was not resolved in time");
    else if (redis->phase == GSI_REDIS_CONNECTING)
        gsi_redis_give_up(redis, GS_REDIS_TIMEOUT, "no connection in time");
    else if (redis->phase == GSI_REDIS_GREETING && redis->link->ssl &&
             !gsi_redis_tls_is_established(redis->link))
        gsi_redis_give_up(redis, GS_REDIS_TLS, "it does not answer the TLS handshake");
    else if (redis->phase == GSI_REDIS_GREETING)
        gsi_redis_give_up(redis, GS_REDIS_TIMEOUT, "it takes connections, but does not answer");
    else
        gsi_redis_give_up(redis, GS_REDIS_TIMEOUT, "no reply in time");
}

static void on_timer(uv_timer_t *timer)
{
    struct gs_redis *redis = timer->data;
    if (redis->phase == GSI_REDIS_WAITING) {
        start_attempt(redis);
        return;
    }
    if (redis->phase == GSI_REDIS_READY) {
        if (redis->pending_count == 0)
            return;
        uint64_t left = oldest_left_ms(redis);
        if (left > 0) {
            start_timer(redis, left);
            return;
        }
    }
    if (redis->last_chance) {
        give_up_waiting(redis);
        return;
    }
    start_timer(redis, LAST_CHANCE_MS);
    redis->last_chance = true;
}

/* ------------------------------------------------------------------ the end */

static void handle_gone(struct gs_redis *redis)
{
    if (--redis->open_handles > 0)
        return;
    fail_pending(redis, GS_REDIS_STOPPED);
    if (redis->on_stopped)
        redis->on_stopped(redis->stopped_user);
    free_addresses(redis);
    gs_free(redis->ca_file);
    explicit_bzero(&redis->url, sizeof redis->url);
    gs_free(redis);
}

void gsi_redis_on_closed(struct gs_redis *redis)
{
    redis->link = NULL;
    if (redis->phase == GSI_REDIS_STOPPING) {
        handle_gone(redis);
        return;
    }
    redis->open_handles--;
    if (redis->was_connecting && redis->next_address)
        connect_next(redis);
    else
        attempt_over(redis);
}

static void on_timer_closed(uv_handle_t *handle)
{
    handle_gone(handle->data);
}

void gs_redis_stop(struct gs_redis *redis, void (*on_stopped)(void *user), void *user)
{
    GS_ASSERT(redis->phase != GSI_REDIS_STOPPING);
    set_phase(redis, GSI_REDIS_STOPPING);
    redis->on_stopped = on_stopped;
    redis->stopped_user = user;
    gsi_redis_resolve_abandon(redis);
    if (redis->link)
        gsi_redis_link_close(redis->link);
    uv_close((uv_handle_t *)&redis->timer, on_timer_closed);
}

/* ------------------------------------------------------------------ the public functions */

enum gs_status gs_redis_config_check(const struct gs_redis_config *config, struct gs_error *error)
{
    struct gsi_redis_url url;
    enum gs_status status = gsi_redis_url_parse(gs_str_of(config->url), &url, error);
    explicit_bzero(&url, sizeof url);
    return status;
}

/* A connection that the other side closed must be an error of the write, not the end of us. */
static void ignore_sigpipe(void)
{
    struct sigaction action;
    if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL) {
        action.sa_handler = SIG_IGN;
        GS_ASSERT(sigaction(SIGPIPE, &action, NULL) == 0);
    }
}

enum gs_status gs_redis_create(struct uv_loop_s *loop, const struct gs_redis_config *config,
                               const struct gs_redis_callbacks *callbacks, struct gs_redis **redis,
                               struct gs_error *error)
{
    struct gs_redis *made = gs_calloc(1, sizeof *made);
    *redis = NULL;
    enum gs_status status = gsi_redis_url_parse(gs_str_of(config->url), &made->url, error);
    if (status) {
        explicit_bzero(&made->url, sizeof made->url);
        gs_free(made);
        return status;
    }
    ignore_sigpipe();
    made->loop = loop;
    int code = uv_timer_init(loop, &made->timer);
    GS_ASSERT(code == 0); /* cannot fail */
    made->timer.data = made;
    made->open_handles = 1;
    if (config->ca_file && config->ca_file[0])
        made->ca_file = gs_strdup(config->ca_file);
    made->timeout_ms = (uint64_t)(config->timeout_ms > 0 ? config->timeout_ms : TIMEOUT_DEFAULT_MS);
    made->connect_timeout_ms =
        config->connect_timeout_ms > 0 ? (uint64_t)config->connect_timeout_ms : made->timeout_ms;
    made->random = config->seed;
    made->accept_replica = config->accept_replica;
    made->callbacks = *callbacks;
    made->since_ms = uv_now(loop);
    *redis = made;
    return GS_OK;
}

void gs_redis_start(struct gs_redis *redis)
{
    GS_ASSERT(redis->phase == GSI_REDIS_IDLE);
    set_phase(redis, GSI_REDIS_WAITING);
    start_timer(redis, 0);
}

enum gs_status gs_redis_send(struct gs_redis *redis, struct gs_str resp,
                             gs_redis_reply_fn *on_reply, void *opaque)
{
    if (redis->phase != GSI_REDIS_READY)
        return GS_E_UNAVAIL;
    size_t unsent = gsi_redis_link_unsent(redis->link);
    if (redis->pending_count == GS_REDIS_PENDING_MAX ||
        (unsent > 0 && unsent + resp.len > GS_REDIS_PENDING_BYTES_MAX))
        return GS_E_TEMP;
    uv_update_time(redis->loop); /* the turn may have been long, or the loop may have rested */
    if (redis->pending_count == 0)
        start_timer(redis, redis->timeout_ms);
    gsi_redis_push(redis, resp, on_reply, opaque);
    return GS_OK;
}

void gs_redis_drop(struct gs_redis *redis, const char *why)
{
    if (redis->phase == GSI_REDIS_READY)
        gsi_redis_give_up(redis, GS_REDIS_DROPPED, why);
}

bool gs_redis_is_connected(const struct gs_redis *redis)
{
    return redis->phase == GSI_REDIS_READY;
}

void gs_redis_state(const struct gs_redis *redis, struct gs_redis_state *state)
{
    *state = (struct gs_redis_state){
        .connected = redis->phase == GSI_REDIS_READY,
        .since_ms = (int64_t)redis->since_ms,
        .attempts = redis->attempts,
        .connects = redis->connects,
        .fault = redis->fault,
        .error = redis->error.message,
        .endpoint = redis->url.endpoint,
        .pending = redis->pending_count,
    };
}
