/* admin.c -- libmicrohttpd with one thread: it reads, calls the handler and writes.
 *
 * A client that sends a byte now and then is never idle, so a time limit alone would let 64 of them
 * shut out the probes. Therefore the connection whose last request is longest ago makes room as
 * soon as few places are left. */
#include "internal.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
    PLACES_KEPT = 8, /* free, for those who come */
    DRAIN_S = 1      /* for the answers that are under way at the end */
};

struct place {
    struct gs_admin *admin;
    int socket;
    bool used;
    bool shut;       /* MHD has yet to notice */
    bool in_request; /* counted in under_way */
    uint64_t stamp;  /* order of the last request */
    size_t body;     /* bytes that came with this one */
};

struct gs_admin {
    struct MHD_Daemon *daemon;
    gs_admin_handler_fn *handle;
    void *user;
    uint16_t port;

    /* The server thread's own. */
    struct place places[GS_ADMIN_CONNECTIONS_MAX];
    uint64_t stamp;

    pthread_mutex_t mutex;
    pthread_cond_t done;
    uint32_t under_way;
};

/* ------------------------------------------------------------------ places */

static void make_room(struct gs_admin *admin)
{
    struct place *oldest = NULL;
    uint32_t used = 0;
    for (size_t i = 0; i < GS_COUNT_OF(admin->places); i++) {
        struct place *place = &admin->places[i];
        if (!place->used || place->shut)
            continue;
        used++;
        if (!oldest || place->stamp < oldest->stamp)
            oldest = place;
    }
    if (used <= GS_ADMIN_CONNECTIONS_MAX - PLACES_KEPT)
        return;
    shutdown(oldest->socket, SHUT_RDWR);
    oldest->shut = true;
}

static struct place *free_place(struct gs_admin *admin)
{
    for (size_t i = 0; i < GS_COUNT_OF(admin->places); i++)
        if (!admin->places[i].used)
            return &admin->places[i];
    return NULL;
}

static void on_connection(void *user, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct gs_admin *admin = user;
    struct place *place = *context;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (place)
            place->used = false;
        return;
    }
    place = free_place(admin);
    GS_ASSERT(place); /* MHD has the same limit */
    *place = (struct place){
        .admin = admin,
        .socket =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd,
        .used = true,
        .stamp = ++admin->stamp,
    };
    *context = place;
    make_room(admin);
}

/* ------------------------------------------------------------------ requests */

static void begin_request(struct place *place)
{
    struct gs_admin *admin = place->admin;
    place->stamp = ++admin->stamp;
    place->body = 0;
    place->in_request = true;
    pthread_mutex_lock(&admin->mutex);
    admin->under_way++;
    pthread_mutex_unlock(&admin->mutex);
}

static void on_completed(void *user, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
    struct gs_admin *admin = user;
    struct place *place = *context;
    (void)connection, (void)code;
    if (!place || !place->in_request)
        return;
    place->in_request = false;
    pthread_mutex_lock(&admin->mutex);
    if (--admin->under_way == 0)
        pthread_cond_signal(&admin->done);
    pthread_mutex_unlock(&admin->mutex);
}

static bool has_query(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value_n(connection, MHD_GET_ARGUMENT_KIND, name, strlen(name),
                                         NULL, NULL) == MHD_YES;
}

static void free_body(void *body)
{
    gs_free(body);
}

/* Takes over the body. */
static enum MHD_Result send_response(struct MHD_Connection *connection,
                                     struct gs_admin_response *response)
{
    const char *type = response->content_type;
    struct gs_buf *body = &response->body;
    if (!body->data)
        gs_buf_reserve(body, 1);
    struct MHD_Response *sent =
        MHD_create_response_from_buffer_with_free_callback(body->len, body->data, free_body);
    if (!sent) {
        gs_buf_deinit(body);
        return MHD_NO; /* no memory: the connection is closed */
    }
    MHD_add_response_header(sent, MHD_HTTP_HEADER_CONTENT_TYPE,
                            type ? type : "text/plain; charset=utf-8");
    MHD_add_response_header(sent, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(sent, "X-Content-Type-Options", "nosniff");
    if (response->status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(sent, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    enum MHD_Result result = MHD_queue_response(connection, response->status, sent);
    MHD_destroy_response(sent);
    return result;
}

static enum MHD_Result refuse_method(struct MHD_Connection *connection)
{
    struct gs_admin_response response = {.status = MHD_HTTP_METHOD_NOT_ALLOWED};
    gs_buf_add_text(&response.body, "only GET and HEAD\n");
    return send_response(connection, &response);
}

static enum MHD_Result respond(struct gs_admin *admin, struct MHD_Connection *connection,
                               const char *path)
{
    const char *accept =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
    struct gs_admin_request request = {
        .path = path,
        .verbose = has_query(connection, "verbose"),
        .openmetrics = accept && strcasestr(accept, "application/openmetrics-text"),
    };
    struct gs_admin_response response = {.status = MHD_HTTP_OK};
    admin->handle(admin->user, &request, &response);
    if (response.status == MHD_HTTP_NOT_FOUND && response.body.len == 0)
        gs_buf_add_text(&response.body, "not found\n");
    return send_response(connection, &response);
}

/* MHD calls this when the headers are there, then for each part of a body, then at its end. */
static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *body,
                                  size_t *body_len, void **context)
{
    struct gs_admin *admin = user;
    struct place *place = *context;
    (void)version, (void)body;
    if (!place) {
        place =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
        begin_request(place);
        *context = place;
        bool allowed = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
        return allowed ? MHD_YES : refuse_method(connection);
    }
    if (*body_len > 0) { /* nobody wants it */
        place->body += *body_len;
        *body_len = 0;
        return place->body <= GS_ADMIN_REQUEST_BYTES_MAX ? MHD_YES : MHD_NO;
    }
    return respond(admin, connection, path);
}

/* ------------------------------------------------------------------ the server */

static void init_lock(struct gs_admin *admin)
{
    pthread_condattr_t attributes;
    pthread_mutex_init(&admin->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&admin->done, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void free_admin(struct gs_admin *admin)
{
    pthread_cond_destroy(&admin->done);
    pthread_mutex_destroy(&admin->mutex);
    gs_free(admin);
}

static struct MHD_Daemon *start_daemon(struct gs_admin *admin, int listener, unsigned timeout_s)
{
    return MHD_start_daemon(MHD_USE_AUTO_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL, on_request,
                            admin, MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_CONNECTION_LIMIT,
                            (unsigned)GS_ADMIN_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
                            timeout_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            (size_t)GS_ADMIN_REQUEST_BYTES_MAX, MHD_OPTION_NOTIFY_CONNECTION,
                            on_connection, admin, MHD_OPTION_NOTIFY_COMPLETED, on_completed, admin,
                            MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

enum gs_status gsi_admin_create(const struct gs_admin_config *config, unsigned timeout_s,
                                struct gs_admin **admin, struct gs_error *error)
{
    int listener = -1;
    uint16_t port = 0;
    *admin = NULL;
    enum gs_status status = gsi_admin_listen(config->listen, &listener, &port, error);
    if (status)
        return status;
    struct gs_admin *made = gs_calloc(1, sizeof *made);
    init_lock(made);
    made->handle = config->handle;
    made->user = config->user;
    made->port = port;
    made->daemon = start_daemon(made, listener, timeout_s);
    if (!made->daemon) {
        close(listener);
        free_admin(made);
        return gs_fail(error, GS_E_UNAVAIL,
                       "the server for admin.listen cannot be started: no thread, memory or file "
                       "descriptor is left; raise the limits of this process");
    }
    *admin = made;
    return GS_OK;
}

enum gs_status gs_admin_create(const struct gs_admin_config *config, struct gs_admin **admin,
                               struct gs_error *error)
{
    return gsi_admin_create(config, GS_ADMIN_TIMEOUT_S, admin, error);
}

/* Waits for the answers under way; a client that does not read its own must not hold us up. */
static void drain(struct gs_admin *admin)
{
    struct timespec until;
    int code = 0;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += DRAIN_S;
    pthread_mutex_lock(&admin->mutex);
    while (admin->under_way > 0 && code == 0)
        code = pthread_cond_timedwait(&admin->done, &admin->mutex, &until);
    pthread_mutex_unlock(&admin->mutex);
}

void gs_admin_destroy(struct gs_admin *admin)
{
    if (!admin)
        return;
    int listener = MHD_quiesce_daemon(admin->daemon);
    drain(admin);
    MHD_stop_daemon(admin->daemon);
    if (listener >= 0)
        close(listener);
    free_admin(admin);
}

uint16_t gs_admin_port(const struct gs_admin *admin)
{
    return admin->port;
}
