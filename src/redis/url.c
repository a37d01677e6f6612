/* url.c -- redis.url taken apart.
 *
 *   rediss://user:pass@host:6380/2        unix://user:pass@/run/redis.sock?db=2
 *   scheme   userinfo  host port db            userinfo  path              db
 *
 * No message repeats any part of the text: with a '/' or '@' that should have been
 * percent-encoded, a password can look like a host, a port or a path. */
#include "internal.h"

#include <stdio.h>

enum { PORT_DEFAULT = 6379, PORT_MAX = 65535, DB_MAX = 1000000 };

static enum gs_status wrong(struct gs_error *error, const char *what)
{
    return gs_fail(error, GS_E_CONFIG,
                   "redis.url: %s; expected redis://[user[:password]@]host[:port][/db], rediss:// "
                   "or unix:///path",
                   what);
}

/* Takes the text's beginning, up to the mark, off it; false if the mark is not in it. */
static bool take_until(struct gs_str *text, char mark, struct gs_str *part)
{
    const char *at = text->len ? memchr(text->data, mark, text->len) : NULL;
    if (!at)
        return false;
    *part = gs_str_make(text->data, (size_t)(at - text->data));
    *text = gs_str_make(at + 1, text->len - part->len - 1);
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decodes into a terminated string; false if it does not fit, or holds a NUL. */
static bool decode(struct gs_str text, char *out, size_t capacity)
{
    size_t len = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        int byte = (unsigned char)text.data[i];
        if (byte == '%') {
            if (i + 2 >= text.len)
                return false;
            int high = hex_digit(text.data[i + 1]), low = hex_digit(text.data[i + 2]);
            if (high < 0 || low < 0)
                return false;
            byte = high * 16 + low;
            i += 2;
        }
        if (byte == 0 || len + 1 >= capacity)
            return false;
        out[len++] = (char)byte;
    }
    out[len] = 0;
    return true;
}

static bool parse_number(struct gs_str text, int64_t max, int32_t *number)
{
    int64_t value;
    if (!gs_parse_int(text, &value) || value < 0 || value > max)
        return false;
    *number = (int32_t)value;
    return true;
}

static enum gs_status parse_scheme(struct gs_str *text, struct gsi_redis_url *url, bool *is_unix,
                                   struct gs_error *error)
{
    struct gs_str scheme;
    *is_unix = false;
    if (take_until(text, ':', &scheme) && text->len >= 2 && memcmp(text->data, "//", 2) == 0) {
        *text = gs_str_make(text->data + 2, text->len - 2);
        *is_unix = gs_str_equal(scheme, gs_str_of("unix"));
        url->tls = gs_str_equal(scheme, gs_str_of("rediss"));
        if (*is_unix || url->tls || gs_str_equal(scheme, gs_str_of("redis")))
            return GS_OK;
    }
    return wrong(error, "the scheme is missing or unknown");
}

/* "user:password@", ":password@" or nothing, off the authority. The last '@' counts. */
static enum gs_status parse_userinfo(struct gs_str *authority, struct gsi_redis_url *url,
                                     struct gs_error *error)
{
    const char *at = authority->len ? memrchr(authority->data, '@', authority->len) : NULL;
    if (!at)
        return GS_OK;
    struct gs_str user, password = gs_str_make(authority->data, (size_t)(at - authority->data));
    *authority = gs_str_make(at + 1, authority->len - password.len - 1);
    if (!take_until(&password, ':', &user) || password.len == 0)
        return wrong(error, "there is a user without a password");
    if (!decode(user, url->user, sizeof url->user) ||
        !decode(password, url->password, sizeof url->password))
        return wrong(error, "the user or the password is too long or not percent-encoded");
    return GS_OK;
}

static bool is_host(struct gs_str host, bool brackets)
{
    static const char name[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    static const char address[] = "ABCDEFabcdef0123456789:.";
    uint32_t i = 0;
    while (i < host.len && host.data[i] && strchr(brackets ? address : name, host.data[i]))
        i++;
    /* Behind an address may stand the interface: fe80::1%eth0. */
    if (brackets && i > 0 && i < host.len && host.data[i] == '%')
        for (i++; i < host.len && host.data[i] && strchr(name, host.data[i]);)
            i++;
    return i > 0 && i == host.len;
}

static enum gs_status parse_host(struct gs_str authority, struct gsi_redis_url *url,
                                 struct gs_error *error)
{
    struct gs_str host = authority, port = {0};
    bool brackets = authority.len > 0 && authority.data[0] == '[';
    if (brackets) {
        authority = gs_str_make(authority.data + 1, authority.len - 1);
        if (!take_until(&authority, ']', &host))
            return wrong(error, "the ']' after the address is missing");
        port = authority;
        if (port.len > 0 && port.data[0] != ':')
            return wrong(error, "behind the ']' there is something else than a port");
        if (port.len > 0)
            port = gs_str_make(port.data + 1, port.len - 1);
    } else if (take_until(&authority, ':', &host)) {
        port = authority;
    }
    if (!is_host(host, brackets) || host.len >= sizeof url->host)
        return wrong(error, "the host is missing or is no name or address");
    memcpy(url->host, host.data, host.len);
    url->port = PORT_DEFAULT;
    if (port.data && (!parse_number(port, PORT_MAX, &url->port) || url->port == 0) && port.len > 0)
        return wrong(error, "the port is no number from 1 to 65535");
    snprintf(url->endpoint, sizeof url->endpoint, brackets ? "[%s]:%d/%d" : "%s:%d/%d", url->host,
             url->port, url->db);
    return GS_OK;
}

/* "[userinfo@]/path[?db=N]" */
static enum gs_status parse_unix(struct gs_str text, struct gsi_redis_url *url,
                                 struct gs_error *error)
{
    struct gs_str authority, path;
    if (!take_until(&text, '/', &authority))
        return wrong(error, "the path of the socket is missing");
    enum gs_status status = parse_userinfo(&authority, url, error);
    if (status)
        return status;
    if (authority.len > 0)
        return wrong(error, "a Unix socket has no host: three slashes come before its path");
    text = gs_str_make(text.data - 1, text.len + 1);
    if (!take_until(&text, '?', &path))
        path = text;
    else if (text.len < 4 || memcmp(text.data, "db=", 3) != 0 ||
             !parse_number(gs_str_make(text.data + 3, text.len - 3), DB_MAX, &url->db))
        return wrong(error, "behind the path only ?db=N may stand");
    if (!decode(path, url->path, sizeof url->path) || path.len < 2)
        return wrong(error, "the path of the socket is missing, too long or not percent-encoded");
    char shown[sizeof url->path];
    gsi_redis_printable(gs_str_of(url->path), shown, sizeof shown);
    snprintf(url->endpoint, sizeof url->endpoint, "%s/%d", shown, url->db);
    return GS_OK;
}

enum gs_status gsi_redis_url_parse(struct gs_str text, struct gsi_redis_url *url,
                                   struct gs_error *error)
{
    struct gs_str authority;
    bool is_unix;
    memset(url, 0, sizeof *url);
    enum gs_status status = parse_scheme(&text, url, &is_unix, error);
    if (status)
        return status;
    if (is_unix)
        return parse_unix(text, url, error);
    if (!take_until(&text, '/', &authority)) {
        authority = text;
        text = gs_str_make("", 0);
    }
    status = parse_userinfo(&authority, url, error);
    if (status)
        return status;
    if (text.len > 0 && !parse_number(text, DB_MAX, &url->db))
        return wrong(error, "behind the last slash there is no database number");
    return parse_host(authority, url, error);
}
