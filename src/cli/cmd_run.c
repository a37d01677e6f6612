/* cmd_run.c -- `run`: the service in the foreground, and what it did as one line of JSON. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void add_dispositions(struct gs_buf *out, const struct gs_service_summary *summary)
{
    gs_buf_add_text(out, ",\"dispositions\":{");
    for (int i = 0; i < GS_DISPOSITION_COUNT; i++)
        gs_buf_printf(out, "%s\"%s\":%llu", i ? "," : "",
                      gs_disposition_name((enum gs_disposition)i),
                      (unsigned long long)summary->disposition[i]);
    gs_buf_add_text(out, "}");
}

static double ratio(double value, double by)
{
    return by > 0 ? value / by : 0;
}

static void add_summary(struct gs_buf *out, const struct gs_service_config *service,
                        const struct gs_service_summary *summary)
{
    double records = (double)summary->records;
    gs_buf_printf(out, "{\"version\":\"%s\",\"workers\":%u,\"batch\":%u,\"discard\":%s", GS_VERSION,
                  service->workers, service->batch, service->discard ? "true" : "false");
    gs_buf_printf(out, ",\"records\":%llu,\"bytes\":%llu", (unsigned long long)summary->records,
                  (unsigned long long)summary->bytes);
    add_dispositions(out, summary);
    gs_buf_printf(out, ",\"cells_written\":%llu,\"scored\":%llu",
                  (unsigned long long)summary->cells_written, (unsigned long long)summary->scored);
    gs_buf_printf(out, ",\"seconds\":%.6f,\"cpu_seconds\":%.6f", summary->seconds,
                  summary->cpu_seconds);
    gs_buf_printf(out, ",\"events_per_second\":%.1f,\"cpu_ns_per_event\":%.1f",
                  ratio(records, summary->seconds), ratio(summary->cpu_seconds * 1e9, records));
    gs_buf_printf(out, ",\"peak_rss_bytes\":%llu}\n", (unsigned long long)summary->peak_rss_bytes);
}

/* What systemd says to a service of Type=notify. The watchdog may be meant for another process of
 * the service. */
static void follow_manager(struct gs_service_config *service)
{
    const char *watchdog = getenv("WATCHDOG_USEC");
    const char *pid = getenv("WATCHDOG_PID");
    int64_t number;
    service->notify_socket = getenv("NOTIFY_SOCKET");
    if (pid && gs_parse_int(gs_str_of(pid), &number) && number != getpid())
        return;
    if (watchdog && gs_parse_int(gs_str_of(watchdog), &number) && number > 0)
        service->watchdog_ms = GS_MAX(number / 1000, (int64_t)1);
}

int gsi_cmd_run(const struct gsi_command *command, int argc, char **argv)
{
    struct gsi_arguments arguments;
    struct gs_config_loaded loaded;
    struct gs_service_config service;
    struct gs_service_summary summary = {0};
    struct gs_buf out = {0};
    struct gs_error error;
    if (gsi_cli_parse(command, argc, argv, &arguments) != GS_OK)
        return gs_status_exit_code(GS_E_USAGE);
    if (gsi_cli_config(command, &arguments, &loaded, &error) != GS_OK)
        return gsi_cli_fail(&error);
    enum gs_status status = gs_config_service(&loaded, &service, &error);
    if (status == GS_OK) {
        service.until_end = gsi_cli_value(command, &arguments, "until-end") != NULL;
        service.discard = gsi_cli_value(command, &arguments, "discard") != NULL;
        service.takeover = gsi_cli_value(command, &arguments, "takeover") != NULL;
        service.handle_signals = true;
        follow_manager(&service);
        status = gs_service_run(&service, NULL, &summary, &error);
    }
    if (status == GS_OK && gsi_cli_value(command, &arguments, "json"))
        add_summary(&out, &service, &summary);
    gs_config_unload(&loaded);
    return status == GS_OK ? gsi_cli_output(&out) : gsi_cli_fail(&error);
}
