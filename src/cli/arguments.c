/* arguments.c -- words of a command line, against the command's own table of options. */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

extern char **environ;

static enum gs_status usage_error(const struct gsi_command *command, const char *what,
                                  const char *word)
{
    fprintf(stderr, "groundswell: %s %s; see `groundswell help %s`\n", what, word, command->name);
    return GS_E_USAGE;
}

int gsi_cli_find_option(const struct gsi_command *command, const char *word,
                        const char **inline_value)
{
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    *inline_value = equals ? equals + 1 : NULL;
    for (int i = 0; command->options[i].name; i++) {
        const struct gsi_option *option = &command->options[i];
        GS_ASSERT(i < GSI_OPTIONS_MAX);
        if (strncmp(word, "--", 2) == 0 && strlen(option->name) == length - 2 &&
            strncmp(word + 2, option->name, length - 2) == 0)
            return i;
        if (word[1] == option->letter && option->letter && word[2] == 0)
            return i;
    }
    return -1;
}

static enum gs_status store(const struct gsi_command *command, struct gsi_arguments *arguments,
                            int option, const char *value)
{
    if (strcmp(command->options[option].name, "set") != 0) {
        arguments->value[option] = value;
        return GS_OK;
    }
    if (!strchr(value, '=')) { /* said here, before the word that was meant as its value */
        fprintf(stderr, "groundswell: --set %s: write it as --set KEY=VALUE\n", value);
        return GS_E_USAGE;
    }
    if (arguments->setting_count == GSI_SETTINGS_MAX)
        return usage_error(command, "too many", "--set");
    arguments->setting[arguments->setting_count++] = (char *)value;
    return GS_OK;
}

static enum gs_status take_option(const struct gsi_command *command, int *at, int argc, char **argv,
                                  struct gsi_arguments *arguments)
{
    const char *value;
    const char *word = argv[*at];
    int option = gsi_cli_find_option(command, word, &value);
    if (option < 0)
        return usage_error(command, "unknown option", word);
    if (!command->options[option].argument)
        return value ? usage_error(command, "no value belongs to", word)
                     : store(command, arguments, option, "");
    if (!value && ++*at >= argc)
        return usage_error(command, "a value is missing after", word);
    return store(command, arguments, option, value ? value : argv[*at]);
}

enum gs_status gsi_cli_parse(const struct gsi_command *command, int argc, char **argv,
                             struct gsi_arguments *arguments)
{
    bool options_over = false;
    memset(arguments, 0, sizeof *arguments);
    for (int i = 0; i < argc; i++) {
        if (!options_over && strcmp(argv[i], "--") == 0) {
            options_over = true;
        } else if (!options_over && argv[i][0] == '-' && argv[i][1]) {
            if (take_option(command, &i, argc, argv, arguments) != GS_OK)
                return GS_E_USAGE;
        } else if (arguments->positional_count == GSI_POSITIONAL_MAX || !command->arguments) {
            return usage_error(command, "nothing more belongs after", argv[i]);
        } else {
            arguments->positional[arguments->positional_count++] = argv[i];
        }
    }
    return GS_OK;
}

const char *gsi_cli_value(const struct gsi_command *command, const struct gsi_arguments *arguments,
                          const char *option)
{
    int i = 0;
    while (command->options[i].name && strcmp(command->options[i].name, option) != 0)
        i++;
    GS_ASSERT(command->options[i].name); /* the command has this option */
    return arguments->value[i];
}

enum gs_status gsi_cli_int(const struct gsi_command *command, const struct gsi_arguments *arguments,
                           const char *option, struct gsi_range range, int64_t *value)
{
    const char *text = gsi_cli_value(command, arguments, option);
    int64_t given;
    if (!text)
        return GS_OK;
    if (gs_parse_int(gs_str_of(text), &given) && given >= range.min && given <= range.max) {
        *value = given;
        return GS_OK;
    }
    fprintf(stderr, "groundswell: --%s must be a whole number from %lld to %lld, not '%s'\n",
            option, (long long)range.min, (long long)range.max, text);
    return GS_E_USAGE;
}

static enum gs_status load_config(const struct gsi_command *command,
                                  const struct gsi_arguments *arguments, bool for_reader,
                                  struct gs_config_loaded *loaded, struct gs_error *error)
{
    const struct gs_config_sources sources = {
        .file = gsi_cli_value(command, arguments, "config"),
        .environment = environ,
        .settings = arguments->setting,
        .setting_count = arguments->setting_count,
        .for_reader = for_reader,
    };
    if (gs_config_load(&sources, loaded, error) != GS_OK)
        return error->status;
    gs_log_configure((enum gs_log_level)loaded->config.log_level,
                     (enum gs_log_format)loaded->config.log_format);
    return GS_OK;
}

enum gs_status gsi_cli_config(const struct gsi_command *command,
                              const struct gsi_arguments *arguments,
                              struct gs_config_loaded *loaded, struct gs_error *error)
{
    return load_config(command, arguments, false, loaded, error);
}

enum gs_status gsi_cli_config_alone(const struct gsi_command *command,
                                    const struct gsi_arguments *arguments,
                                    struct gs_config_loaded *loaded, struct gs_error *error)
{
    return load_config(command, arguments, true, loaded, error);
}

enum gs_status gsi_cli_place(const struct gsi_command *command,
                             const struct gsi_arguments *arguments, struct gsi_place *place,
                             struct gs_error *error)
{
    const struct gs_config *config = &place->loaded.config;
    const char *url = gsi_cli_value(command, arguments, "redis");
    const char *ca_file = gsi_cli_value(command, arguments, "ca-file");
    const char *prefix = gsi_cli_value(command, arguments, "prefix");
    if (gsi_cli_config_alone(command, arguments, &place->loaded, error) != GS_OK)
        return error->status;
    place->redis = (struct gs_redis_config){.url = url ? url : config->redis_url,
                                            .ca_file = ca_file ? ca_file : config->redis_ca_file,
                                            .timeout_ms = config->redis_timeout_ms,
                                            .accept_replica = true};
    place->prefix = prefix ? prefix : config->redis_prefix;
    return GS_OK;
}

int gsi_cli_fail(const struct gs_error *error)
{
    fprintf(stderr, "groundswell: %s\n", error->message);
    return gs_status_exit_code(error->status);
}

int gsi_cli_output(struct gs_buf *out)
{
    size_t written = out->len ? fwrite(out->data, 1, out->len, stdout) : 0;
    bool failed = written != out->len || fflush(stdout) != 0;
    int reason = errno;
    gs_buf_deinit(out);
    if (!failed)
        return 0;
    if (reason != EPIPE) /* else the reader, such as `head`, has what it wanted */
        fprintf(stderr, "groundswell: stdout cannot be written: %s\n", strerror(reason));
    return gs_status_exit_code(GS_E_UNAVAIL);
}
