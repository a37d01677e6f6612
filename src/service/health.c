/* health.c -- the probes. /livez: the loops turn. /readyz: the group has told us our tasks (none is
 * an answer too), and Redis is there, or away for less than the grace period. /startupz: the group
 * was joined once. With ?verbose, JSON with every reason. */
#include "internal.h"

#include <stdio.h>

struct probe {
    const char *name;
    bool ok;
    char why[GSI_SERVICE_WHY_MAX];
};

/* Figures are copied once a second by the loop that they are about, so they show that it turns. */
bool gsi_service_is_alive(struct gs_service *service, char why[GSI_SERVICE_WHY_MAX])
{
    int64_t now_ms = gsi_service_now_ms();
    int64_t stall_ms = now_ms - atomic_load(&service->tick_ms);
    *why = 0;
    if (stall_ms >= GSI_SERVICE_STALL_MS)
        snprintf(why, GSI_SERVICE_WHY_MAX, "the service's loop stands still for %lld ms",
                 (long long)stall_ms);
    for (uint32_t i = 0; !*why && i < service->worker_count; i++) {
        struct gs_worker_stats stats;
        gs_worker_read_stats(service->workers[i], &stats, NULL, 0);
        if (atomic_load(&service->stage) < GSI_DRAINING &&
            now_ms - stats.tick_ms >= GSI_SERVICE_STALL_MS)
            snprintf(why, GSI_SERVICE_WHY_MAX, "the loop of worker %u stands still for %lld ms", i,
                     (long long)(now_ms - stats.tick_ms));
    }
    return !*why;
}

static void check_loops(struct gs_service *service, struct probe *probe)
{
    probe->name = "loops";
    probe->ok = gsi_service_is_alive(service, probe->why);
}

static void check_group(struct gs_service *service, struct probe *probe)
{
    int stage = atomic_load(&service->stage);
    probe->name = "group";
    probe->ok = stage == GSI_RUNNING;
    snprintf(probe->why, sizeof probe->why, "%s",
             stage == GSI_JOINING   ? "no assignment yet"
             : stage == GSI_RUNNING ? ""
                                    : "leaving");
}

static void check_redis(struct gs_service *service, struct probe *probe)
{
    int64_t now_ms = gsi_service_now_ms();
    probe->name = "redis";
    probe->ok = true;
    for (uint32_t i = 0; i < service->worker_count; i++) {
        struct gs_worker_stats stats;
        gs_worker_read_stats(service->workers[i], &stats, NULL, 0);
        int64_t away_ms = now_ms - stats.redis_since_ms;
        if (!stats.redis_connected) {
            probe->ok &= away_ms <= service->config->admin_grace_ms;
            snprintf(probe->why, sizeof probe->why, "away for %lld s: %.250s",
                     (long long)away_ms / 1000, stats.redis_error);
        } else if (stats.redis_evicts && !probe->why[0]) {
            snprintf(probe->why, sizeof probe->why,
                     "maxmemory-policy %s may remove cells; set noeviction", stats.redis_policy);
        }
    }
}

/* Not a matter of readiness: the other inputs go on. But somebody should know. */
static void check_inputs(struct gs_service *service, struct probe *probe)
{
    struct gs_registry_stats registry = {0};
    probe->name = "inputs";
    probe->ok = true;
    if (service->registry)
        gs_registry_stats(service->registry, &registry);
    for (uint32_t i = 0; i < service->worker_count; i++) {
        struct gs_worker_stats stats;
        gs_worker_read_stats(service->workers[i], &stats, NULL, 0);
        if (stats.parked_why[0])
            snprintf(probe->why, sizeof probe->why, "%.200s%s%.100s", stats.parked_why,
                     registry.last_error[0] ? "; registry: " : "", registry.last_error);
    }
}

static void show(const struct probe *probes, size_t count, bool ok,
                 const struct gs_admin_request *request, struct gs_admin_response *response)
{
    struct gs_buf *body = &response->body;
    response->status = ok ? 200 : 503;
    if (request->verbose) {
        response->content_type = "application/json";
        gs_buf_printf(body, "{\"ok\":%s,\"checks\":[", ok ? "true" : "false");
        for (size_t i = 0; i < count; i++) {
            gs_buf_printf(body, "%s{\"name\":\"%s\",\"ok\":%s,\"why\":\"", i ? "," : "",
                          probes[i].name, probes[i].ok ? "true" : "false");
            gs_buf_add_json(body, gs_str_of(probes[i].why));
            gs_buf_add_text(body, "\"}");
        }
        gs_buf_add_text(body, "]}\n");
        return;
    }
    gs_buf_add_text(body, ok ? "ok\n" : "");
    for (size_t i = 0; i < count; i++)
        if (!probes[i].ok)
            gs_buf_printf(body, "%s: %s\n", probes[i].name, probes[i].why);
}

static bool all_ok(const struct probe *probes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!probes[i].ok)
            return false;
    return true;
}

void gsi_service_health(struct gs_service *service, const struct gs_admin_request *request,
                        struct gs_admin_response *response)
{
    struct probe probes[4] = {0};
    if (strcmp(request->path, "/livez") == 0) {
        check_loops(service, &probes[0]);
        show(probes, 1, probes[0].ok, request, response);
    } else if (strcmp(request->path, "/startupz") == 0) {
        probes[0].name = "started";
        probes[0].ok = atomic_load(&service->stage) != GSI_JOINING;
        snprintf(probes[0].why, GSI_SERVICE_WHY_MAX, "%s", probes[0].ok ? "" : "joining the group");
        show(probes, 1, probes[0].ok, request, response);
    } else if (strcmp(request->path, "/readyz") == 0) {
        check_loops(service, &probes[0]);
        check_group(service, &probes[1]);
        check_redis(service, &probes[2]);
        check_inputs(service, &probes[3]);
        show(probes, 4, all_ok(probes, 4), request, response);
    } else {
        response->status = 404;
        gs_buf_add_text(&response->body,
                        "there are /livez, /readyz, /startupz (each with ?verbose) and /metrics\n");
    }
}
