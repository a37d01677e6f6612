/* internal.h -- what the files of this room share: address.c says where to listen, admin.c is the
 * server. */
#ifndef GS_ADMIN_INTERNAL_H
#define GS_ADMIN_INTERNAL_H

#include "groundswell/admin.h"

#include <netinet/in.h>
#include <sys/socket.h>

struct gsi_admin_address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } socket;
    socklen_t len;
    bool everywhere; /* no address was given: IPv6 and IPv4 */
};

/* GS_E_CONFIG: text is no address and port. */
GS_MUST_CHECK enum gs_status gsi_admin_address_parse(const char *text,
                                                     struct gsi_admin_address *address,
                                                     struct gs_error *error);
/* Opens a listening socket; *port is the real one. GS_E_UNAVAIL says what to do. */
GS_MUST_CHECK enum gs_status gsi_admin_listen(const char *text, int *listener, uint16_t *port,
                                              struct gs_error *error);

/* As gs_admin_create(), with another limit for idle connections. */
GS_MUST_CHECK enum gs_status gsi_admin_create(const struct gs_admin_config *config,
                                              unsigned timeout_s, struct gs_admin **admin,
                                              struct gs_error *error);

#endif
