/* cmd_demo.c -- `demo`: everything in one process, for a first look. */
#include "internal.h"

#include "groundswell/demo.h"

static const char next_step[] =
    "Next: your own Kafka and Redis, as README.md says under \"On your own Kafka\".";

int gsi_cmd_demo(const struct gsi_command *command, int argc, char **argv)
{
    struct gsi_arguments arguments;
    struct gs_error error;
    int64_t seconds = 0;
    int64_t rate = 2000;
    int64_t influencers = 200;
    if (gsi_cli_parse(command, argc, argv, &arguments) != GS_OK ||
        gsi_cli_int(command, &arguments, "seconds", (struct gsi_range){0, 86400}, &seconds) !=
            GS_OK ||
        gsi_cli_int(command, &arguments, "rate", (struct gsi_range){1, 100000}, &rate) != GS_OK ||
        gsi_cli_int(command, &arguments, "influencers", (struct gsi_range){1, 100000},
                    &influencers) != GS_OK)
        return gs_status_exit_code(GS_E_USAGE);
    struct gs_demo_config config = {.seconds = seconds,
                                    .rate = rate,
                                    .influencers = (uint32_t)influencers,
                                    .listen = gsi_cli_value(command, &arguments, "listen"),
                                    .next_step = next_step};
    if (gs_demo_run(&config, &error) != GS_OK)
        return gsi_cli_fail(&error);
    return 0;
}
