/* cmd_generate.c -- `generate`: options to a configuration of the generator, and its run. */
#include "internal.h"

#include "groundswell/generate.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum form { WHOLE, WHOLE_32, NUMBER, DURATION };

/* An option that sets one member; it is left at its default if the option is not given. */
static const struct field {
    const char *option;
    enum form form;
    size_t offset;
    double min, max;
} fields[] = {
#define AT(member) offsetof(struct gs_generate_config, member)
    {"events", WHOLE, AT(events), 0, 1e15},
    {"rate", WHOLE, AT(rate), 0, 1e8},
    {"seed", WHOLE, AT(seed), 0, 1e15},
    {"start", WHOLE, AT(start_ms), 60000, 1e14},
    {"span", DURATION, AT(span_ms), 0, 1e13},
    {"time-scale", NUMBER, AT(time_scale), 1e-6, 1e6},
    {"influencers", WHOLE_32, AT(influencers), 1, GS_GENERATE_INFLUENCERS_MAX},
    {"posts", WHOLE_32, AT(posts_per_influencer), 1, GS_GENERATE_POSTS_MAX},
    {"campaigns", WHOLE_32, AT(campaigns), 0, 1e6},
    {"brands", WHOLE_32, AT(brands), 1, 1e6},
    {"authors", WHOLE_32, AT(actors), 1, 1e9},
    {"zipf", NUMBER, AT(zipf), 0, 4},
    {"text-bytes", WHOLE_32, AT(text_bytes), 1, GS_GENERATE_TEXT_BYTES_MAX},
    {"spam", NUMBER, AT(spam), 0, 1},
    {"waves", NUMBER, AT(waves), 0, 1},
    {"bursts", NUMBER, AT(bursts), 0, 1},
    {"raid", NUMBER, AT(raid), 0, 1},
    {"comment-edits", NUMBER, AT(comment_edits), 0, 1},
    {"comment-deletions", NUMBER, AT(comment_deletions), 0, 1},
    {"comment-counters", NUMBER, AT(comment_counters), 0, 1},
    {"comment-repeats", NUMBER, AT(comment_repeats), 0, 1},
    {"comment-orphans", NUMBER, AT(comment_orphans), 0, 1},
    {"comment-reactions", NUMBER, AT(comment_reactions), 0, 1},
    {"malformed", NUMBER, AT(malformed), 0, 1},
    {"duplicates", NUMBER, AT(duplicates), 0, 0.5},
    {"disorder", NUMBER, AT(disorder), 0, 1},
    {"late", NUMBER, AT(late), 0, 1},
    {"ahead", NUMBER, AT(fast_clock), 0, 1},
#undef AT
};

static const struct share {
    const char *name;
    size_t offset;
} shares[] = {
#define AT(member) offsetof(struct gs_generate_shares, member)
    {"comments", AT(comments)},         {"snapshots", AT(snapshots)},
    {"published", AT(published)},       {"reactions", AT(reactions)},
    {"profiles", AT(profiles)},         {"comment_changes", AT(comment_changes)},
    {"post_changes", AT(post_changes)},
#undef AT
};

static enum gs_status refuse(const char *option, const char *must, const char *text)
{
    fprintf(stderr, "groundswell: --%s must be %s, not '%s'\n", option, must, text);
    return GS_E_USAGE;
}

static enum gs_status read_number(const struct field *field, const char *text, double *value)
{
    char must[80];
    char *end;
    *value = strtod(text, &end);
    if (end != text && !*end && *value >= field->min && *value <= field->max)
        return GS_OK;
    snprintf(must, sizeof must, "a number from %g to %g", field->min, field->max);
    return refuse(field->option, must, text);
}

static enum gs_status read_field(const struct gsi_command *command,
                                 const struct gsi_arguments *arguments, const struct field *field,
                                 struct gs_generate_config *config)
{
    char *member = (char *)config + field->offset;
    const char *text = gsi_cli_value(command, arguments, field->option);
    int64_t whole = 0;
    enum gs_status status = GS_OK;
    if (!text)
        return GS_OK;
    if (field->form == NUMBER)
        return read_number(field, text, (double *)(void *)member);
    if (field->form == DURATION &&
        (!gs_parse_duration_ms(gs_str_of(text), &whole) || (double)whole > field->max))
        return refuse(field->option, "a duration such as 90s, 15m or 24h", text);
    if (field->form != DURATION)
        status = gsi_cli_int(command, arguments, field->option,
                             (struct gsi_range){(int64_t)field->min, (int64_t)field->max}, &whole);
    uint32_t narrow = (uint32_t)whole;
    if (status == GS_OK && field->form == WHOLE_32)
        memcpy(member, &narrow, sizeof narrow);
    else if (status == GS_OK)
        memcpy(member, &whole, sizeof whole);
    return status;
}

static bool read_share(const char *at, size_t length, struct gs_generate_shares *config)
{
    size_t name = strcspn(at, "=");
    char *end;
    if (name + 1 >= length)
        return false;
    double weight = strtod(at + name + 1, &end);
    if (end != at + length || !(weight >= 0 && weight <= 1e6))
        return false;
    for (size_t i = 0; i < GS_COUNT_OF(shares); i++)
        if (strlen(shares[i].name) == name && memcmp(shares[i].name, at, name) == 0) {
            memcpy((char *)config + shares[i].offset, &weight, sizeof weight);
            return true;
        }
    return false;
}

/* "comments=1,reactions=2": the sorts that are not named do not come at all. */
static enum gs_status read_mix(const char *text, struct gs_generate_shares *config)
{
    if (!text)
        return GS_OK;
    *config = (struct gs_generate_shares){0};
    for (const char *at = text; at;) {
        size_t length = strcspn(at, ",");
        if (!read_share(at, length, config))
            return refuse("mix",
                          "NAME=WEIGHT,... of comments, snapshots, published, reactions, "
                          "profiles, comment_changes, post_changes",
                          text);
        at = at[length] ? at + length + 1 : NULL;
    }
    return GS_OK;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum gs_status read_options(const struct gsi_command *command,
                                   const struct gsi_arguments *arguments,
                                   struct gs_generate_config *config)
{
    gs_generate_config_init(config);
    config->events = -1;
    config->start_ms = 0;
    config->span_ms = 3600000;
    config->partitions = 0; /* what the topics have */
    config->influencers = 1000;
    enum gs_status status = read_mix(gsi_cli_value(command, arguments, "mix"), &config->shares);
    for (size_t i = 0; i < GS_COUNT_OF(fields) && status == GS_OK; i++)
        status = read_field(command, arguments, &fields[i], config);
    if (status != GS_OK)
        return status;
    if (config->events < 0)
        config->events = config->rate ? 0 : 100000;
    if (config->events == 0 && config->rate == 0)
        return refuse("events", "above 0 unless there is a --rate", "0");
    if (config->rate == 0 && config->start_ms == 0)
        config->start_ms = now_ms() - config->span_ms;
    return GS_OK;
}

/* ------------------------------------------------------------------ the run */

static _Atomic bool stop;

static void on_signal(int number)
{
    (void)number;
    stop = true;
}

/* The second signal ends the process as if nobody had asked for the first. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static uint64_t events_of(const struct gs_generate_progress *progress)
{
    return progress->delivered - progress->first_profiles;
}

static double per_second(const struct gs_generate_progress *progress)
{
    double events = (double)events_of(progress);
    return progress->elapsed_ms ? events * 1000 / (double)progress->elapsed_ms : 0;
}

static void show_progress(const struct gs_generate_progress *progress, void *opaque)
{
    (void)opaque;
    fprintf(stderr, "\r%" PRIu64 " produced, %" PRIu64 " delivered, %.0f/s, %" PRIu64 " MB \033[K",
            progress->records, progress->delivered, per_second(progress),
            progress->bytes / 1000000);
}

static int print_result(const struct gs_generate_progress *progress, bool json,
                        struct gs_buf *summary)
{
    if (!json)
        gs_buf_printf(summary,
                      "%" PRIu64 " first profiles and %" PRIu64
                      " events delivered in %.1f s, %.0f/s: %" PRIu64 " malformed, %" PRIu64
                      " twice, %" PRIu64 " bytes\n",
                      progress->first_profiles, events_of(progress),
                      (double)progress->elapsed_ms / 1000, per_second(progress),
                      progress->malformed, progress->duplicates, progress->bytes);
    return gsi_cli_output(summary);
}

static const char *name_or_null(const char *name)
{
    return *name ? name : NULL;
}

static int generate(const struct gsi_command *command, const struct gsi_arguments *arguments,
                    const struct gs_generate_config *config, const struct gs_config *file)
{
    const struct gs_kafka_config kafka = {.bootstrap_servers = file->kafka_bootstrap_servers,
                                          .client_id = file->kafka_client_id,
                                          .properties = file->kafka_properties,
                                          .property_count = file->kafka_property_count};
    bool json = gsi_cli_value(command, arguments, "json") != NULL;
    bool terminal = isatty(STDERR_FILENO) == 1;
    struct gs_buf summary = {0};
    struct gs_generate_progress progress;
    struct gs_error error;
    const struct gs_generate_run run = {
        .kafka = &kafka,
        .topics = {[GS_GENERATE_PROFILES] = name_or_null(file->topic_profiles),
                   [GS_GENERATE_POSTS] = name_or_null(file->topic_posts),
                   [GS_GENERATE_COMMENTS] = name_or_null(file->topic_comments),
                   [GS_GENERATE_REACTIONS] = name_or_null(file->topic_reactions)},
        .ledger_path = gsi_cli_value(command, arguments, "ledger"),
        .summary_path = gsi_cli_value(command, arguments, "summary"),
        .summary = json ? &summary : NULL,
        .stop = &stop,
        .progress = terminal ? show_progress : NULL,
    };
    catch_signals();
    enum gs_status status = gs_generate_run(config, &run, &progress, &error);
    if (terminal && progress.records)
        fputc('\n', stderr);
    int code = status == GS_OK || summary.len ? print_result(&progress, json, &summary) : 0;
    return status == GS_OK ? code : gsi_cli_fail(&error);
}

int gsi_cmd_generate(const struct gsi_command *command, int argc, char **argv)
{
    struct gsi_arguments arguments;
    struct gs_generate_config config;
    struct gs_config_loaded loaded;
    struct gs_error error;
    if (gsi_cli_parse(command, argc, argv, &arguments) != GS_OK ||
        read_options(command, &arguments, &config) != GS_OK)
        return gs_status_exit_code(GS_E_USAGE);
    if (gsi_cli_config(command, &arguments, &loaded, &error) != GS_OK)
        return gsi_cli_fail(&error);
    int code = generate(command, &arguments, &config, &loaded.config);
    gs_config_unload(&loaded);
    return code;
}
