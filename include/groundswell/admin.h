/* admin.h -- the HTTP server for probes and metrics: bytes in, bytes out. What an answer says is
 * the caller's business.
 *
 * GET and HEAD only; one thread of its own; limited connections, request sizes and times, so that
 * nobody who reaches the port can hold up or fill up the process. */
#ifndef GROUNDSWELL_ADMIN_H
#define GROUNDSWELL_ADMIN_H

#include "groundswell/base.h"

enum {
    GS_ADMIN_CONNECTIONS_MAX = 64,
    GS_ADMIN_REQUEST_BYTES_MAX =
        16384,              /* line and headers; more: 431 or the connection is closed */
    GS_ADMIN_TIMEOUT_S = 10 /* an idle or stalled connection is closed */
};

struct gs_admin_request {
    const char *path; /* "/metrics"; decoded, without the query */
    bool verbose;     /* the query has `verbose` */
    bool openmetrics; /* Accept asks for application/openmetrics-text */
};

/* Zeroed by the server but for status = 200; body is released by it. */
struct gs_admin_response {
    unsigned status;          /* 404: the server makes a short body itself if there is none */
    const char *content_type; /* static; NULL = "text/plain; charset=utf-8" */
    struct gs_buf body;
};

/* On the server's thread. Must be quick: read copied figures, no locks that are held for long. */
typedef void gs_admin_handler_fn(void *user, const struct gs_admin_request *request,
                                 struct gs_admin_response *response);

struct gs_admin_config {
    const char
        *listen; /* "127.0.0.1:9464", "[::1]:9464", ":9464" or "0.0.0.0:9464"; port 0 = any */
    gs_admin_handler_fn *handle;
    void *user;
};

struct gs_admin; /* opaque */

/* GS_E_CONFIG: listen is no address and port; GS_E_UNAVAIL: the address cannot be bound (in use,
 * not this machine's, not allowed), with what to do. On GS_OK the caller owns *admin. */
GS_MUST_CHECK enum gs_status gs_admin_create(const struct gs_admin_config *config,
                                             struct gs_admin **admin, struct gs_error *error);
/* Answers what is under way, then closes. Accepts NULL. */
void gs_admin_destroy(struct gs_admin *admin);
/* The port that is listened on. */
uint16_t gs_admin_port(const struct gs_admin *admin);
/* GS_E_CONFIG as above, without binding anything. */
GS_MUST_CHECK enum gs_status gs_admin_config_check(const char *listen, struct gs_error *error);

#endif
