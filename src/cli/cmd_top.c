/* cmd_top.c -- `top`: the live table, until Ctrl-C. */
#include "internal.h"

#include "groundswell/top.h"

#include <signal.h>
#include <stdio.h>

static _Atomic bool stop;

static void on_signal(int number)
{
    (void)number;
    stop = true;
}

static void stop_on_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static const char *value_or(const struct gsi_command *command,
                            const struct gsi_arguments *arguments, const char *option,
                            const char *fallback)
{
    const char *value = gsi_cli_value(command, arguments, option);
    return value ? value : fallback;
}

int gsi_cmd_top(const struct gsi_command *command, int argc, char **argv)
{
    struct gsi_arguments arguments;
    struct gsi_place place;
    struct gs_error error;
    int64_t lines = 15;
    if (gsi_cli_parse(command, argc, argv, &arguments) != GS_OK ||
        gsi_cli_int(command, &arguments, "lines", (struct gsi_range){1, 10000}, &lines) != GS_OK)
        return gs_status_exit_code(GS_E_USAGE);
    if (gsi_cli_place(command, &arguments, &place, &error) != GS_OK)
        return gsi_cli_fail(&error);
    const char *view = value_or(command, &arguments, "view", "influencer");
    const char *usual = strcmp(view, "post") == 0 ? "1h" : "5m"; /* what they have by default */
    const char *wanted = gsi_cli_value(command, &arguments, "window");
    char window[GS_TOP_WINDOW_MAX];
    struct gs_top_config config = {
        .redis = place.redis,
        .prefix = place.prefix,
        .view = view,
        .window = wanted ? wanted : usual,
        .lines = (uint32_t)lines,
        .interval_ms = 1000,
        .once = gsi_cli_value(command, &arguments, "once") != NULL,
        .json = gsi_cli_value(command, &arguments, "json") != NULL,
        .stop = &stop,
    };
    stop_on_signals();
    enum gs_status status = wanted ? GS_OK : gs_top_pick_window(&config, window, &error);
    if (!wanted)
        config.window = window;
    if (status == GS_OK)
        status = gs_top_run(&config, &error);
    int code = status == GS_OK ? 0 : gsi_cli_fail(&error);
    gs_config_unload(&place.loaded);
    return code;
}
