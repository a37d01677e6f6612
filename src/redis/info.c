/* info.c -- what a server says of itself: lines "name:value\r\n". */
#include "internal.h"

#include <stdio.h>

enum { REDIS_MIN = 70000, VALKEY_MIN = 70200 };

/* The value of a line; data == NULL if there is no such line. */
static struct gs_str value_of(struct gs_str text, const char *name)
{
    struct gs_str wanted = gs_str_of(name);
    const char *at = text.data, *end = text.data + text.len;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        size_t len = (size_t)(stop - at);
        if (len > wanted.len && at[wanted.len] == ':' && memcmp(at, name, wanted.len) == 0) {
            len -= wanted.len + 1;
            if (len > 0 && stop[-1] == '\r')
                len--;
            return gs_str_make(at + wanted.len + 1, len);
        }
        at = stop + 1;
    }
    return (struct gs_str){0};
}

static bool is_value(struct gs_str text, const char *name, const char *value)
{
    return gs_str_equal(value_of(text, name), gs_str_of(value));
}

static int64_t number_of(struct gs_str text, const char *name)
{
    int64_t number;
    struct gs_str value = value_of(text, name);
    return value.data && gs_parse_int(value, &number) ? number : 0;
}

static void copy(struct gs_str value, char *to, size_t capacity)
{
    if (value.data)
        gsi_redis_printable(value, to, capacity);
    else
        to[0] = 0;
}

/* "7.0.15" -> 70015; 0 if it is none. */
static uint32_t parse_version(const char *text)
{
    unsigned major, minor, patch = 0;
    if (sscanf(text, "%3u.%2u.%2u", &major, &minor, &patch) < 2)
        return 0;
    return major * 10000 + minor * 100 + patch;
}

static void read_version(struct gs_str text, struct gs_redis_info *info)
{
    struct gs_str valkey = value_of(text, "valkey_version");
    bool is_valkey = valkey.data || is_value(text, "server_name", "valkey");
    info->kind = is_valkey ? GS_REDIS_KIND_VALKEY : GS_REDIS_KIND_REDIS;
    copy(valkey.data ? valkey : value_of(text, "redis_version"), info->version_text,
         sizeof info->version_text);
    info->version = parse_version(info->version_text);
}

enum gs_redis_fault gsi_redis_info_read(struct gs_str text, bool accept_replica,
                                        struct gs_redis_info *info, const char **what)
{
    memset(info, 0, sizeof *info);
    read_version(text, info);
    info->replica = is_value(text, "role", "slave");
    info->maxmemory = number_of(text, "maxmemory");
    info->used_memory = number_of(text, "used_memory");
    copy(value_of(text, "maxmemory_policy"), info->maxmemory_policy, sizeof info->maxmemory_policy);
    copy(value_of(text, "run_id"), info->run_id, sizeof info->run_id);
    info->evicts = info->maxmemory > 0 && info->maxmemory_policy[0] &&
                   strcmp(info->maxmemory_policy, "noeviction") != 0;
    *what = "its answer to INFO is none of a Redis";
    if (info->version == 0)
        return GS_REDIS_UNSUPPORTED;
    *what = "its version is too old";
    if (info->version < (info->kind == GS_REDIS_KIND_VALKEY ? VALKEY_MIN : REDIS_MIN))
        return GS_REDIS_UNSUPPORTED;
    *what = "it is a node of a cluster";
    if (is_value(text, "redis_mode", "cluster"))
        return GS_REDIS_UNSUPPORTED;
    *what = "it is a Sentinel";
    if (is_value(text, "redis_mode", "sentinel"))
        return GS_REDIS_UNSUPPORTED;
    *what = "it is loading its data set";
    if (is_value(text, "loading", "1") || is_value(text, "async_loading", "1"))
        return GS_REDIS_LOADING;
    *what = "it is a read-only replica";
    return info->replica && !accept_replica ? GS_REDIS_REPLICA : GS_REDIS_OK;
}
