/* link.c -- one socket on the loop: a non-blocking redisContext under a uv_poll.
 *
 *   poll readable ─► redisBufferRead ─► parser ─► gsi_redis_on_reply() for each reply
 *   append ─► output buffer, poll writable ─► redisBufferWrite
 *
 * An error that the poll itself reports counts like one of the socket. Nothing is freed before the
 * poll's close callback, so whatever is on the stack when a link is closed stays valid. */
#include "internal.h"

#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <sys/socket.h>

enum { KEEPALIVE_S = 15 };

static void on_poll(uv_poll_t *poll, int status, int events);

static void wait_for(struct gsi_redis_link *link, int events)
{
    if (link->closing || events == link->events)
        return;
    link->events = events;
    int code = uv_poll_start(&link->poll, events, on_poll);
    GS_ASSERT(code == 0); /* only wrong arguments are refused */
}

/* With TLS, reading may have to write first, and the other way round. */
static void wait_for_more(struct gsi_redis_link *link)
{
    bool write = gsi_redis_link_unsent(link) > 0;
    if (link->ssl)
        write = SSL_want_write(link->ssl) || (write && !SSL_want_read(link->ssl));
    wait_for(link, write ? UV_READABLE | UV_WRITABLE : UV_READABLE);
}

static void broken(struct gsi_redis_link *link)
{
    enum gs_redis_fault fault = GS_REDIS_DISCONNECTED;
    char what[160];
    /* A server may refuse our side of the handshake after we have finished it. */
    if (link->ssl && link->redis->phase != GSI_REDIS_READY)
        fault = GS_REDIS_TLS;
    if (link->context->err == REDIS_ERR_EOF || !link->ssl)
        snprintf(what, sizeof what, "%s", link->context->errstr);
    else
        gsi_redis_tls_describe(link, what, sizeof what);
    gsi_redis_give_up(link->redis, fault, what);
}

static void deliver(struct gsi_redis_link *link)
{
    const struct gs_redis_reply *reply;
    const char *why;
    int more = 1;
    while (!link->closing && (more = gsi_redis_replies_next(&link->replies, &reply, &why)) > 0)
        gsi_redis_on_reply(link->redis, reply);
    if (more < 0 && !link->closing) {
        char what[160];
        snprintf(what, sizeof what, "its answer cannot be understood: %s", why);
        gsi_redis_give_up(link->redis, GS_REDIS_PROTOCOL, what);
    }
}

static void read_some(struct gsi_redis_link *link)
{
    do {
        if (redisBufferRead(link->context) != REDIS_OK) {
            broken(link);
            return;
        }
        deliver(link);
    } while (!link->closing && link->ssl && SSL_pending(link->ssl) > 0);
}

static void write_some(struct gsi_redis_link *link)
{
    int done;
    if (gsi_redis_link_unsent(link) > 0 && redisBufferWrite(link->context, &done) != REDIS_OK)
        broken(link);
}

/* The error that the socket reports, once; 0 = none. */
static int socket_error(const struct gsi_redis_link *link)
{
    int code = 0;
    socklen_t size = sizeof code;
    if (getsockopt(link->context->fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0)
        code = errno;
    return uv_translate_sys_error(code);
}

/* The socket is connected, or it is not and will not be. */
static void finish_connecting(struct gsi_redis_link *link)
{
    int code = socket_error(link), on = 1;
    char what[160];
    if (code) {
        gsi_redis_give_up(link->redis, GS_REDIS_CONNECT, uv_strerror(code));
        return;
    }
    if (link->context->connection_type == REDIS_CONN_TCP) {
        /* Either may be impossible; then only delays are longer. */
        (void)setsockopt(link->context->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        (void)redisEnableKeepAliveWithInterval(link->context, KEEPALIVE_S);
        link->context->err = 0;
    }
    link->open = true;
    if (link->redis->url.tls && !gsi_redis_tls_start(link, what, sizeof what)) {
        gsi_redis_give_up(link->redis, GS_REDIS_TLS, what);
        return;
    }
    gsi_redis_on_open(link->redis);
}

/* The poll reports any error as a bad descriptor, and has stopped. What came before the error can
 * still be read, and says more. */
static void poll_failed(struct gsi_redis_link *link, int status)
{
    if (link->open)
        read_some(link);
    if (link->closing)
        return;
    int code = socket_error(link);
    gsi_redis_give_up(link->redis, link->open ? GS_REDIS_DISCONNECTED : GS_REDIS_CONNECT,
                      uv_strerror(code ? code : status));
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct gsi_redis_link *link = poll->data;
    if (link->closing)
        return;
    if (link->ssl)
        ERR_clear_error(); /* else an old one would be taken for the next one */
    if (status < 0) {
        poll_failed(link, status);
        return;
    }
    if (!link->open) {
        finish_connecting(link);
    } else {
        if (link->ssl || events & UV_READABLE)
            read_some(link);
        if (!link->closing && (link->ssl || events & UV_WRITABLE))
            write_some(link);
    }
    if (!link->closing)
        wait_for_more(link);
}

void gsi_redis_link_append(struct gsi_redis_link *link, struct gs_str bytes)
{
    /* Fails only without memory, which gs_alloc would not survive either. */
    GS_ASSERT(redisAppendFormattedCommand(link->context, bytes.data, bytes.len) == REDIS_OK);
    if (link->open)
        wait_for(link, UV_READABLE | UV_WRITABLE);
}

size_t gsi_redis_link_unsent(const struct gsi_redis_link *link)
{
    return sdslen(link->context->obuf);
}

static redisContext *open_context(const struct gs_redis *redis, const struct addrinfo *address)
{
    char ip[INET6_ADDRSTRLEN + IF_NAMESIZE + 2];
    redisOptions options = {.options = REDIS_OPT_NONBLOCK | REDIS_OPT_NO_PUSH_AUTOFREE};
    if (!address) {
        REDIS_OPTIONS_SET_UNIX(&options, redis->url.path);
    } else {
        if (getnameinfo(address->ai_addr, address->ai_addrlen, ip, sizeof ip, NULL, 0,
                        NI_NUMERICHOST) != 0)
            return NULL;
        if (address->ai_family == AF_INET6)
            options.options |= REDIS_OPT_PREFER_IPV6;
        REDIS_OPTIONS_SET_TCP(&options, ip, redis->url.port);
    }
    return redisConnectWithOptions(&options);
}

struct gsi_redis_link *gsi_redis_link_create(struct gs_redis *redis, const struct addrinfo *address,
                                             char *what, size_t capacity)
{
    redisContext *context = open_context(redis, address);
    struct gsi_redis_link *link = gs_calloc(1, sizeof *link);
    int code = UV_EINVAL;
    link->redis = redis;
    link->context = context;
    if (context && context->err == 0) {
        code = uv_poll_init(redis->loop, &link->poll, context->fd);
        link->poll.data = link;
    }
    if (code) {
        snprintf(what, capacity, "%s",
                 context && context->err ? context->errstr : uv_strerror(code));
        if (context)
            redisFree(context);
        gs_free(link);
        return NULL;
    }
    gsi_redis_replies_init(&link->replies, context->reader);
    redis->open_handles++;
    wait_for(link, UV_WRITABLE);
    return link;
}

static void on_closed(uv_handle_t *handle)
{
    struct gsi_redis_link *link = handle->data;
    struct gs_redis *redis = link->redis;
    redisFree(link->context);
    gsi_redis_replies_deinit(&link->replies);
    gs_free(link);
    gsi_redis_on_closed(redis);
}

void gsi_redis_link_close(struct gsi_redis_link *link)
{
    if (link->closing)
        return;
    link->closing = true;
    uv_close((uv_handle_t *)&link->poll, on_closed);
}
