/* resolve.c -- from the host in the URL to addresses. Addresses are taken as they are; names go to
 * the thread pool of libuv, where a slow resolver may hold them for long: such a look-up is left
 * alone, and at most one is under way. */
#include "internal.h"

#include <netdb.h>
#include <stdio.h>

struct gsi_redis_resolve {
    uv_getaddrinfo_t request;
    struct gs_redis *redis; /* NULL = abandoned */
};

static const struct addrinfo hints_name = {
    .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
static const struct addrinfo hints_address = {.ai_family = AF_UNSPEC,
                                              .ai_socktype = SOCK_STREAM,
                                              .ai_flags = AI_NUMERICSERV | AI_NUMERICHOST};

static void on_found(uv_getaddrinfo_t *request, int status, struct addrinfo *addresses)
{
    struct gsi_redis_resolve *resolve = request->data;
    struct gs_redis *redis = resolve->redis;
    gs_free(resolve);
    if (!redis) {
        uv_freeaddrinfo(addresses);
        return;
    }
    redis->resolve = NULL;
    gsi_redis_on_resolved(redis, status ? NULL : addresses, status ? uv_strerror(status) : NULL);
}

void gsi_redis_resolve_start(struct gs_redis *redis)
{
    struct addrinfo *addresses;
    char service[16];
    snprintf(service, sizeof service, "%d", redis->url.port);
    if (getaddrinfo(redis->url.host, service, &hints_address, &addresses) == 0) {
        gsi_redis_on_resolved(redis, addresses, NULL);
        return;
    }
    if (redis->resolve)
        return;
    redis->resolve = gs_calloc(1, sizeof *redis->resolve);
    redis->resolve->redis = redis;
    redis->resolve->request.data = redis->resolve;
    int code = uv_getaddrinfo(redis->loop, &redis->resolve->request, on_found, redis->url.host,
                              service, &hints_name);
    if (code) {
        gs_free(redis->resolve);
        redis->resolve = NULL;
        gsi_redis_on_resolved(redis, NULL, uv_strerror(code));
    }
}

void gsi_redis_resolve_abandon(struct gs_redis *redis)
{
    if (!redis->resolve)
        return;
    redis->resolve->redis = NULL;
    (void)uv_cancel((uv_req_t *)&redis->resolve->request); /* too late: it ends by itself */
    redis->resolve = NULL;
}
