/* fault.c -- what goes wrong with a Redis, as values and in words. */
#include "internal.h"

#include <stdio.h>

static const struct {
    const char *name;
    enum gs_status status;
    const char *advice;
} fault_table[GS_REDIS_FAULT_COUNT] = {
    [GS_REDIS_OK] = {"ok", GS_OK, ""},
    [GS_REDIS_RESOLVE] = {"resolve", GS_E_UNAVAIL, "check the host in redis.url"},
    [GS_REDIS_CONNECT] = {"connect", GS_E_UNAVAIL, "check that it runs and listens there"},
    [GS_REDIS_TLS] = {"tls", GS_E_UNAVAIL,
                      "check that it speaks TLS there, its certificate and redis.ca_file"},
    [GS_REDIS_TIMEOUT] = {"timeout", GS_E_UNAVAIL,
                          "check its load and the network, or raise redis.timeout"},
    [GS_REDIS_DISCONNECTED] = {"disconnected", GS_E_UNAVAIL, "check that it runs, and its log"},
    [GS_REDIS_PROTOCOL] = {"protocol", GS_E_UNAVAIL, "check that a Redis listens there"},
    [GS_REDIS_DROPPED] = {"dropped", GS_E_TEMP, "a new connection is tried"},
    [GS_REDIS_STOPPED] = {"stopped", GS_E_TEMP, "start again if that was not wanted"},
    [GS_REDIS_AUTH] = {"auth", GS_E_REFUSED, "check user and password in redis.url"},
    [GS_REDIS_PERMISSION] = {"permission", GS_E_REFUSED,
                             "grant the command and the keys to the user of redis.url"},
    [GS_REDIS_DATABASE] = {"database", GS_E_CONFIG, "check the number at the end of redis.url"},
    [GS_REDIS_UNSUPPORTED] = {"unsupported", GS_E_CONFIG,
                              "use Redis >= 7.0 or Valkey >= 7.2, not as a cluster"},
    [GS_REDIS_REPLICA] = {"replica", GS_E_UNAVAIL, "let redis.url name the primary"},
    [GS_REDIS_LOADING] = {"loading", GS_E_UNAVAIL, "wait until it has read its data"},
    [GS_REDIS_CLIENTS] = {"clients", GS_E_UNAVAIL, "raise maxclients"},
    [GS_REDIS_OOM] = {"oom", GS_E_UNAVAIL, "raise maxmemory, or write fewer cells"},
    [GS_REDIS_NO_REPLICAS] = {"no_replicas", GS_E_UNAVAIL, "check its replication"},
    [GS_REDIS_MISCONF] = {"misconf", GS_E_UNAVAIL, "check its disk and its log"},
    [GS_REDIS_BUSY] = {"busy", GS_E_UNAVAIL, "find the script that runs too long there"},
    [GS_REDIS_NO_FUNCTION] = {"no_function", GS_E_UNAVAIL, "the library has to be loaded again"},
    [GS_REDIS_WRONG_TYPE] = {"wrong_type", GS_E_DATA,
                             "find who else writes this key, or change redis.prefix"},
    [GS_REDIS_ERROR] = {"error", GS_E_UNAVAIL, "see its log"},
};

const char *gs_redis_fault_name(enum gs_redis_fault fault)
{
    return fault_table[fault].name;
}

enum gs_status gs_redis_fault_status(enum gs_redis_fault fault)
{
    return fault_table[fault].status;
}

/* Error replies begin with a code, or with "ERR " and a text. */
static const struct {
    const char *start;
    enum gs_redis_fault fault;
} reply_table[] = {
    {"NOAUTH", GS_REDIS_AUTH},
    {"WRONGPASS", GS_REDIS_AUTH},
    {"DENIED", GS_REDIS_AUTH},
    {"NOPERM", GS_REDIS_PERMISSION},
    {"READONLY", GS_REDIS_REPLICA},
    {"LOADING", GS_REDIS_LOADING},
    {"OOM", GS_REDIS_OOM},
    {"NOREPLICAS", GS_REDIS_NO_REPLICAS},
    {"MASTERDOWN", GS_REDIS_NO_REPLICAS},
    {"MISCONF", GS_REDIS_MISCONF},
    {"BUSY", GS_REDIS_BUSY},
    {"NOSCRIPT", GS_REDIS_NO_FUNCTION},
    {"WRONGTYPE", GS_REDIS_WRONG_TYPE},
    {"MOVED", GS_REDIS_UNSUPPORTED},
    {"ASK", GS_REDIS_UNSUPPORTED},
    {"CROSSSLOT", GS_REDIS_UNSUPPORTED},
    {"ERR Function not found", GS_REDIS_NO_FUNCTION},
    {"ERR max number of clients", GS_REDIS_CLIENTS},
    {"ERR DB index is out of range", GS_REDIS_DATABASE},
};

enum gs_redis_fault gsi_redis_classify(struct gs_str error_text)
{
    for (size_t i = 0; i < GS_COUNT_OF(reply_table); i++) {
        size_t len = strlen(reply_table[i].start);
        if (error_text.len >= len && memcmp(error_text.data, reply_table[i].start, len) == 0 &&
            (error_text.len == len || error_text.data[len] == ' '))
            return reply_table[i].fault;
    }
    return GS_REDIS_ERROR;
}

void gsi_redis_printable(struct gs_str text, char *buffer, size_t capacity)
{
    size_t len = GS_MIN(text.len, capacity - 1);
    for (size_t i = 0; i < len; i++)
        buffer[i] = text.data[i] >= 0x20 && text.data[i] < 0x7f ? text.data[i] : '?';
    buffer[len] = 0;
}

void gsi_redis_fault_error(const char *endpoint, enum gs_redis_fault fault, const char *what,
                           struct gs_error *error)
{
    gs_fail(error, fault_table[fault].status, "Redis at %.200s: %.180s; %s", endpoint, what,
            fault_table[fault].advice);
}

void gs_redis_describe(const struct gs_redis *redis, const struct gs_redis_reply *reply,
                       enum gs_redis_fault fault, const char *what, struct gs_error *error)
{
    char text[120], whole[200];
    if (reply) {
        gsi_redis_printable(reply->str, text, sizeof text);
        snprintf(whole, sizeof whole, "%.50s was refused (%s)", what, text);
    } else {
        snprintf(whole, sizeof whole, "%.50s got no reply (%s)", what, gs_redis_fault_name(fault));
    }
    gsi_redis_fault_error(redis->url.endpoint, fault, whole, error);
}
