/* address.c -- "127.0.0.1:9464" as a listening socket. Names are not looked up: what a name means
 * may change, and a port that was meant for this machine only would be open to others. */
#include "internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { BACKLOG = 64 };

static enum gs_status wrong(const char *text, struct gs_error *error)
{
    return gs_fail(error, GS_E_CONFIG,
                   "admin.listen '%.100s' is no address and port; expected 127.0.0.1:9464, "
                   "[::1]:9464 or, for all addresses, :9464",
                   text);
}

static void set_everywhere(struct gsi_admin_address *address, in_port_t port)
{
    address->everywhere = true;
    address->socket.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = port};
    address->len = sizeof address->socket.v6;
}

/* The host without its brackets. */
static bool set_host(struct gsi_admin_address *address, struct gs_str host, in_port_t port)
{
    bool v6 = host.len >= 2 && host.data[0] == '[' && host.data[host.len - 1] == ']';
    char name[INET6_ADDRSTRLEN];
    int len = (int)host.len - (v6 ? 2 : 0);
    if (len >= (int)sizeof name)
        return false;
    snprintf(name, sizeof name, "%.*s", len, host.data + v6);
    if (v6) {
        address->socket.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = port};
        address->len = sizeof address->socket.v6;
        return inet_pton(AF_INET6, name, &address->socket.v6.sin6_addr) == 1;
    }
    address->socket.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port};
    address->len = sizeof address->socket.v4;
    return inet_pton(AF_INET, name, &address->socket.v4.sin_addr) == 1;
}

enum gs_status gsi_admin_address_parse(const char *text, struct gsi_admin_address *address,
                                       struct gs_error *error)
{
    const char *colon = strrchr(text, ':');
    int64_t port;
    memset(address, 0, sizeof *address);
    if (!colon || colon[1] == '-' || !gs_parse_int(gs_str_of(colon + 1), &port) ||
        port > UINT16_MAX)
        return wrong(text, error);
    if (colon == text)
        set_everywhere(address, htons((uint16_t)port));
    else if (!set_host(address, gs_str_make(text, (size_t)(colon - text)), htons((uint16_t)port)))
        return wrong(text, error);
    return GS_OK;
}

static const char *advice(int code)
{
    if (code == EADDRINUSE)
        return "stop the process that listens there, or set admin.listen to another port";
    if (code == EADDRNOTAVAIL)
        return "set admin.listen to an address of this machine";
    if (code == EACCES)
        return "set admin.listen to a port from 1024 on";
    return "set admin.listen to another address";
}

/* Returns the socket, or -1 with errno. */
static int open_listener(const struct gsi_admin_address *address)
{
    int on = 1, v6_only = !address->everywhere;
    int family = address->socket.any.sa_family;
    int listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0)
        return -1;
    (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (family == AF_INET6)
        (void)setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only);
    if (bind(listener, &address->socket.any, address->len) == 0 && listen(listener, BACKLOG) == 0)
        return listener;
    int code = errno;
    close(listener);
    errno = code;
    return -1;
}

static uint16_t port_of(int listener)
{
    struct gsi_admin_address address = {.len = sizeof address.socket};
    int code = getsockname(listener, &address.socket.any, &address.len);
    GS_ASSERT(code == 0);
    return ntohs(address.socket.any.sa_family == AF_INET6 ? address.socket.v6.sin6_port
                                                          : address.socket.v4.sin_port);
}

enum gs_status gsi_admin_listen(const char *text, int *listener, uint16_t *port,
                                struct gs_error *error)
{
    struct gsi_admin_address address;
    enum gs_status status = gsi_admin_address_parse(text, &address, error);
    if (status)
        return status;
    *listener = open_listener(&address);
    if (*listener < 0 && address.everywhere && errno == EAFNOSUPPORT) { /* no IPv6 here */
        address.socket.v4 =
            (struct sockaddr_in){.sin_family = AF_INET, .sin_port = address.socket.v6.sin6_port};
        address.len = sizeof address.socket.v4;
        *listener = open_listener(&address);
    }
    if (*listener < 0)
        return gs_fail(error, GS_E_UNAVAIL, "cannot listen on admin.listen '%.100s': %s; %s", text,
                       strerror(errno), advice(errno));
    *port = port_of(*listener);
    return GS_OK;
}

enum gs_status gs_admin_config_check(const char *listen, struct gs_error *error)
{
    struct gsi_admin_address address;
    return gsi_admin_address_parse(listen, &address, error);
}
