/* log.c -- librdkafka's log and errors in the process's own log. */
#include "internal.h"

#include <syslog.h>
#include <time.h>

/* One limit per facility ("FAIL", "SESSTMOUT", ...), so that a storm of one does not hide the rest.
 */
enum { SITES = 64 };
static struct gs_log_site sites[SITES];

static struct gs_log_site *site_of(const char *facility)
{
    return &sites[gs_hash64(facility, strlen(facility), 0) % SITES];
}

/* Unreachable brokers are reported as errors by librdkafka, which heals them by itself. */
static enum gs_log_level level_of(int syslog_level)
{
    if (syslog_level <= LOG_CRIT)
        return GS_LOG_ERROR;
    if (syslog_level <= LOG_WARNING)
        return GS_LOG_WARN;
    return syslog_level <= LOG_INFO ? GS_LOG_INFO : GS_LOG_DEBUG;
}

void gsi_kafka_log(const rd_kafka_t *client, int level, const char *facility, const char *line)
{
    enum gs_log_level own = level_of(level);
    struct gs_log_site unlimited = {0};
    if (!gs_log_enabled(own))
        return;
    /* A property of producers is passed to consumers too, and the other way round. */
    if (strcmp(facility, "CONFWARN") == 0 && strstr(line, "property and will be ignored by this"))
        return;
    /* Debug lines come only if the operator has asked for them with the property `debug`. */
    gs_log_write(own == GS_LOG_DEBUG ? &unlimited : site_of(facility), own, "librdkafka",
                 "%s: %s: %s", client ? rd_kafka_name(client) : "-", facility, line);
}

void gsi_kafka_log_error(rd_kafka_resp_err_t code, const char *reason, bool fatal)
{
    const char *name = rd_kafka_err2name(code);
    enum gs_log_level level = fatal ? GS_LOG_ERROR : GS_LOG_WARN;
    switch (code) {
    case RD_KAFKA_RESP_ERR__TRANSPORT: /* the log has these already, as FAIL */
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        level = GS_LOG_DEBUG;
        break;
    default:
        break;
    }
    if (gs_log_enabled(level))
        gs_log_write(site_of(name), level, "librdkafka", "%s: %s", name, reason);
}

int64_t gsi_kafka_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
