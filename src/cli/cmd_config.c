/* cmd_config.c -- `config print|schema|explain KEY`. */
#include "internal.h"

#include <stdio.h>

static int print_effective(const struct gsi_command *command, const struct gsi_arguments *arguments)
{
    struct gs_config_loaded loaded;
    struct gs_error error;
    struct gs_buf out = {0};
    if (gsi_cli_config(command, arguments, &loaded, &error) != GS_OK)
        return gsi_cli_fail(&error);
    gs_config_print(&loaded, &out);
    gs_config_unload(&loaded);
    return gsi_cli_output(&out);
}

static int explain(const char *key)
{
    struct gs_error error;
    struct gs_buf out = {0};
    if (gs_config_explain(key, &out, &error) != GS_OK)
        return gsi_cli_fail(&error);
    return gsi_cli_output(&out);
}

int gsi_cmd_config(const struct gsi_command *command, int argc, char **argv)
{
    struct gsi_arguments arguments;
    struct gs_buf out = {0};
    if (gsi_cli_parse(command, argc, argv, &arguments) != GS_OK)
        return gs_status_exit_code(GS_E_USAGE);
    const char *what = arguments.positional_count ? arguments.positional[0] : "";
    if (strcmp(what, "print") == 0 && arguments.positional_count == 1)
        return print_effective(command, &arguments);
    if (strcmp(what, "explain") == 0 && arguments.positional_count == 2)
        return explain(arguments.positional[1]);
    if (strcmp(what, "schema") == 0 && arguments.positional_count == 1) {
        gs_config_schema(&out);
        return gsi_cli_output(&out);
    }
    fprintf(stderr, "groundswell: write `groundswell config print`, `config schema` or "
                    "`config explain KEY`\n");
    return gs_status_exit_code(GS_E_USAGE);
}
