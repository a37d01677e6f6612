/* cmd_metrics.c -- `metrics`: the reference of /metrics. */
#include "internal.h"

#include "groundswell/service.h"

int gsi_cmd_metrics(const struct gsi_command *command, int argc, char **argv)
{
    struct gsi_arguments arguments;
    struct gs_buf out = {0};
    if (gsi_cli_parse(command, argc, argv, &arguments) != GS_OK)
        return gs_status_exit_code(GS_E_USAGE);
    gs_service_metrics_reference(&out);
    return gsi_cli_output(&out);
}
