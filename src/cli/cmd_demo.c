/* cmd_demo.c -- `demo`: everything in one process, for a first look. */
#include "internal.h"

#include "groundswell/demo.h"

#include <stdio.h>
#include <unistd.h>

enum { PATH_LENGTH = 1000 };

/* How this program was found, as short as it can be written down here. */
static const char *own_path(char path[PATH_LENGTH])
{
    char here[PATH_LENGTH];
    ssize_t length = readlink("/proc/self/exe", path, PATH_LENGTH - 1);
    if (length <= 0 || !getcwd(here, sizeof here))
        return "groundswell";
    path[length] = 0;
    size_t start = strlen(here);
    if (strncmp(path, here, start) == 0 && path[start] == '/')
        return path[start + 1 + strcspn(path + start + 1, "/")] ? path + start + 1 : path;
    return path;
}

int gsi_cmd_demo(const struct gsi_command *command, int argc, char **argv)
{
    struct gsi_arguments arguments;
    struct gs_error error;
    char path[PATH_LENGTH];
    char next[PATH_LENGTH + 200];
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
    snprintf(next, sizeof next,
             "Next, with your own Kafka and Redis: %s validate --connect --set "
             "kafka.bootstrap_servers=HOST:9092 --set schemas.dir=schemas",
             own_path(path));
    struct gs_demo_config config = {
        .seconds = seconds, .rate = rate, .influencers = (uint32_t)influencers, .next_step = next};
    if (gs_demo_run(&config, &error) != GS_OK)
        return gsi_cli_fail(&error);
    return 0;
}
