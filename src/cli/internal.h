/* internal.h -- what the commands share. */
#ifndef GS_CLI_INTERNAL_H
#define GS_CLI_INTERNAL_H

#include "groundswell/config.h"
#include "groundswell/redis.h"

struct gsi_option {
    const char *name;     /* without the dashes */
    char letter;          /* 0 = none */
    const char *argument; /* NULL = a flag */
    const char *doc;
};

struct gsi_command {
    const char *name;
    const char *arguments; /* after the options, for the usage line */
    const char *summary;
    const char *details;              /* paragraphs for `help NAME`; may be NULL */
    const struct gsi_option *options; /* ends with a NULL name */
    int (*run)(const struct gsi_command *command, int argc, char **argv);
};

enum { GSI_OPTIONS_MAX = 48, GSI_SETTINGS_MAX = 64, GSI_POSITIONAL_MAX = 8 };

/* The parsed words of one command. Values are views into argv. */
struct gsi_arguments {
    /* Per option: its argument, "" for a flag that is there, NULL if not. */
    const char *value[GSI_OPTIONS_MAX];
    char *setting[GSI_SETTINGS_MAX]; /* --set, repeated */
    size_t setting_count;
    const char *positional[GSI_POSITIONAL_MAX];
    int positional_count;
};

/* Fills arguments or prints what is wrong to stderr. Returns GS_OK or GS_E_USAGE. */
GS_MUST_CHECK enum gs_status gsi_cli_parse(const struct gsi_command *command, int argc, char **argv,
                                           struct gsi_arguments *arguments);
/* The index of the option that word names, as --name, --name=VALUE or its letter, or -1.
 * *inline_value: what stands behind its =, NULL if there is none. */
int gsi_cli_find_option(const struct gsi_command *command, const char *word,
                        const char **inline_value);
/* The argument of an option, NULL if it was not given. */
const char *gsi_cli_value(const struct gsi_command *command, const struct gsi_arguments *arguments,
                          const char *option);
struct gsi_range {
    int64_t min, max;
};
/* Sets *value to an integer option within range, or leaves it if the option was not given. Prints
 * what is wrong. */
GS_MUST_CHECK enum gs_status gsi_cli_int(const struct gsi_command *command,
                                         const struct gsi_arguments *arguments, const char *option,
                                         struct gsi_range range, int64_t *value);
/* Loads the configuration named by -c and --set, and sets up the log. */
GS_MUST_CHECK enum gs_status gsi_cli_config(const struct gsi_command *command,
                                            const struct gsi_arguments *arguments,
                                            struct gs_config_loaded *loaded,
                                            struct gs_error *error);
/* The same for commands that need no brokers. */
GS_MUST_CHECK enum gs_status gsi_cli_config_alone(const struct gsi_command *command,
                                                  const struct gsi_arguments *arguments,
                                                  struct gs_config_loaded *loaded,
                                                  struct gs_error *error);
/* Where `top` and `inspect` read: what the configuration says of Redis, unless --redis, --ca-file
 * or --prefix say otherwise. Points into loaded. */
struct gsi_place {
    struct gs_config_loaded loaded;
    struct gs_redis_config redis;
    const char *prefix;
};
/* As gsi_cli_config(), but needs no brokers; on GS_OK the caller unloads place->loaded. place is
 * not copied after that. */
GS_MUST_CHECK enum gs_status gsi_cli_place(const struct gsi_command *command,
                                           const struct gsi_arguments *arguments,
                                           struct gsi_place *place, struct gs_error *error);
/* Prints "groundswell: message" and returns the exit code. */
int gsi_cli_fail(const struct gs_error *error);
/* Writes a buffer to stdout and releases it; returns 0, or the exit code of a failed write. */
int gsi_cli_output(struct gs_buf *out);

extern const struct gsi_command gsi_commands[];
extern const size_t gsi_command_count;
/* NULL: there is none of that name. */
const struct gsi_command *gsi_cli_find_command(const char *name);

/* complete.c: appends what may stand in the place of the last of the words behind the program's
 * name, one in a line, with a tab and what it is; ":file" for the names of files. One that ends in
 * = or . is not yet whole. */
enum { GSI_WORD_MAX = 128 };
void gsi_cli_complete(int count, char **words, struct gs_buf *out);

/* The files of texts/, ended by a NULL name. */
struct gsi_text {
    const char *name;
    const char *text;
};
extern const struct gsi_text gsi_cli_texts[];
/* NULL: there is none of that name. */
const char *gsi_cli_text(const char *name);

#define GSI_CONFIG_OPTIONS                                                                         \
    {"config", 'c', "FILE", "configuration file (default: none, environment and defaults only)"},  \
    {                                                                                              \
        "set", 's', "KEY=VALUE", "set one key; may be repeated, wins over the file"                \
    }

#define GSI_PLACE_OPTIONS                                                                          \
    {"redis", 0, "URL", "where to read (default: redis.url of the configuration)"},                \
        {"ca-file", 0, "FILE", "authorities that a rediss:// server is verified with"},            \
    {                                                                                              \
        "prefix", 0, "PREFIX", "of the deployment (default: redis.prefix of the configuration)"    \
    }

int gsi_cmd_run(const struct gsi_command *command, int argc, char **argv);
int gsi_cmd_demo(const struct gsi_command *command, int argc, char **argv);
int gsi_cmd_validate(const struct gsi_command *command, int argc, char **argv);
int gsi_cmd_config(const struct gsi_command *command, int argc, char **argv);
int gsi_cmd_topics(const struct gsi_command *command, int argc, char **argv);
int gsi_cmd_generate(const struct gsi_command *command, int argc, char **argv);
int gsi_cmd_top(const struct gsi_command *command, int argc, char **argv);
int gsi_cmd_inspect(const struct gsi_command *command, int argc, char **argv);
int gsi_cmd_metrics(const struct gsi_command *command, int argc, char **argv);
int gsi_cmd_score(const struct gsi_command *command, int argc, char **argv);
int gsi_cmd_completion(const struct gsi_command *command, int argc, char **argv);
int gsi_cmd_manual(const struct gsi_command *command, int argc, char **argv);

#endif
