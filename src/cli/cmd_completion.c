/* cmd_completion.c -- `completion SHELL`: the script for a shell; `completion next`: what it asks.
 */
#include "internal.h"

#include <stdio.h>

const char *gsi_cli_text(const char *name)
{
    for (const struct gsi_text *text = gsi_cli_texts; text->name; text++)
        if (strcmp(text->name, name) == 0)
            return text->text;
    return NULL;
}

int gsi_cmd_completion(const struct gsi_command *command, int argc, char **argv)
{
    struct gsi_arguments arguments;
    struct gs_buf out = {0};
    char name[32] = "";
    if (argc >= 2 && strcmp(argv[0], "next") == 0 && strcmp(argv[1], "--") == 0) {
        gsi_cli_complete(argc - 2, argv + 2, &out);
        return gsi_cli_output(&out);
    }
    if (gsi_cli_parse(command, argc, argv, &arguments) != GS_OK)
        return gs_status_exit_code(GS_E_USAGE);
    if (arguments.positional_count == 1)
        snprintf(name, sizeof name, "completion.%s", arguments.positional[0]);
    const char *script = gsi_cli_text(name);
    if (!script) {
        fprintf(stderr, "groundswell: write `groundswell completion bash`, `completion zsh` or "
                        "`completion fish`\n");
        return gs_status_exit_code(GS_E_USAGE);
    }
    gs_buf_add_text(&out, script);
    return gsi_cli_output(&out);
}
