/* cmd_score.c -- `score`: options to a judge, and a file or standard input through it. */
#include "internal.h"
#include "score.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { READ_BYTES = 65536 };

struct options {
    const char *path; /* NULL: standard input */
    enum gs_sentiment_scorer scorer;
    bool has_scorer; /* else the configuration's, or vader+ */
    bool is_json;
    bool is_plain; /* lines are texts, also those that begin with { */
    bool is_explaining;
    bool has_rules; /* unless --rules says it: as the configuration does, or on */
    bool is_rules_given;
};

struct run {
    const struct options *options;
    struct gsi_judge *judge;
    struct gsi_lines lines;
    struct gsi_comment_reader reader;
    struct gsi_queue queue;
    struct gs_buf kept; /* of the line at hand */
    struct gs_buf out;
    struct gsi_tally tally;
};

/* ------------------------------------------------------------------ lines */

static void print(void *user, const struct gsi_scored *scored, struct gs_str text)
{
    struct run *run = user;
    struct gs_clean_verdict verdict;
    gsi_judge_decide(run->judge, scored, &verdict);
    gsi_tally_add(&run->tally, scored, &verdict);
    if (run->options->is_json) {
        gsi_score_json(&run->out, scored, &verdict);
        return;
    }
    if (run->tally.lines == 1)
        gsi_table_head(&run->out);
    gsi_table_line(&run->out, scored, &verdict, text);
    if (run->options->is_explaining)
        gsi_judge_explain_verdict(run->judge, scored, &run->out);
}

static void keep(struct run *run, const struct gsi_score_comment *comment,
                 struct gsi_scored *scored)
{
    run->kept.len = 0;
    if (!run->options->is_json)
        gsi_table_keep(&run->kept, comment->text);
    if (run->options->is_explaining)
        gsi_judge_explain(run->judge, comment, &run->kept);
    scored->text_bytes = (uint32_t)run->kept.len;
}

static enum gs_status take_line(struct run *run, struct gs_str line, struct gs_error *error)
{
    struct gsi_score_comment comment;
    struct gsi_scored scored;
    struct gs_copies_earlier earlier;
    if (gsi_comment_read(&run->reader, line, run->options->is_plain, &comment, error) != GS_OK)
        return error->status;
    gsi_judge_comment(run->judge, &comment, run->lines.number, &scored, &earlier);
    keep(run, &comment, &scored);
    for (uint32_t i = 0; i < earlier.count; i++)
        gsi_queue_take_back(&run->queue, earlier.comment[i].low);
    gsi_queue_add(&run->queue, &scored, run->kept.data);
    gsi_queue_release(&run->queue, gsi_judge_settled(run->judge));
    return GS_OK;
}

/* All lines that are there. */
static enum gs_status take_lines(struct run *run, enum gsi_lines_found *found,
                                 struct gs_error *error)
{
    struct gs_str line;
    while ((*found = gsi_lines_next(&run->lines, &line)) == GSI_LINES_ONE)
        if (take_line(run, line, error) != GS_OK)
            return gs_fail_prefix(error, "line %" PRIu64, run->lines.number);
    if (*found == GSI_LINES_TOO_LONG)
        return gs_fail(error, GS_E_DATA, "line %" PRIu64 ": longer than %d MiB",
                       run->lines.number + 1, GSI_LINE_BYTES_MAX >> 20);
    return GS_OK;
}

/* ------------------------------------------------------------------ the input */

static enum gs_status read_more(struct run *run, int file, struct gs_error *error)
{
    ssize_t got;
    char *room = gsi_lines_room(&run->lines, READ_BYTES);
    do
        got = read(file, room, READ_BYTES);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return gs_fail(error, GS_E_DATA, "cannot be read: %s", strerror(errno));
    gsi_lines_took(&run->lines, (size_t)got);
    return GS_OK;
}

/* What was found out is written before more is waited for. */
static enum gs_status take_input(struct run *run, int file, int *written, struct gs_error *error)
{
    enum gsi_lines_found found = GSI_LINES_MORE;
    enum gs_status status = GS_OK;
    while (status == GS_OK && found != GSI_LINES_END && *written == 0) {
        status = read_more(run, file, error);
        if (status == GS_OK)
            status = take_lines(run, &found, error);
        *written = gsi_cli_output(&run->out);
    }
    return status;
}

static void warn_of_early_lines(const struct gsi_queue *queue)
{
    if (queue->early)
        fprintf(stderr,
                "groundswell: %" PRIu64 " lines were printed before it was certain that no copies "
                "would follow, because more than %zu lines, or %zu MiB of them, were waiting; "
                "%" PRIu64 " of them are copies\n",
                queue->early, queue->lines_max, queue->bytes_max >> 20, queue->missed);
}

/* Lines before one that cannot be understood are printed, too: as if the input ended there. */
static int finish(struct run *run, enum gs_status status, struct gs_error *error)
{
    gsi_queue_release(&run->queue, INT64_MAX);
    if (!run->options->is_json && status == GS_OK)
        gsi_table_end(&run->out, &run->tally);
    int written = gsi_cli_output(&run->out);
    warn_of_early_lines(&run->queue);
    if (status == GS_OK)
        return written;
    gs_fail_prefix(error, "%s", run->options->path ? run->options->path : "standard input");
    return gsi_cli_fail(error);
}

static int score_file(const struct options *options, struct gsi_judge *judge, int file)
{
    struct run run = {.options = options, .judge = judge};
    struct gs_error error;
    int written = 0;
    run.queue = (struct gsi_queue){.print = print,
                                   .user = &run,
                                   .lines_max = GSI_QUEUE_LINES_MAX,
                                   .bytes_max = GSI_QUEUE_BYTES_MAX};
    enum gs_status status = take_input(&run, file, &written, &error);
    int code = written ? written : finish(&run, status, &error);
    gsi_queue_deinit(&run.queue);
    gsi_comment_reader_deinit(&run.reader);
    gs_buf_deinit(&run.lines.bytes);
    gs_buf_deinit(&run.kept);
    gs_buf_deinit(&run.out);
    return code;
}

static int score_input(const struct options *options, struct gsi_judge *judge)
{
    struct gs_error error;
    if (!options->path) {
        if (isatty(STDIN_FILENO))
            fprintf(stderr, "groundswell: one comment per line; Ctrl-D ends, and shows the rest\n");
        return score_file(options, judge, STDIN_FILENO);
    }
    int file = open(options->path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        gs_fail(&error, GS_E_DATA, "%s cannot be opened: %s", options->path, strerror(errno));
        return gsi_cli_fail(&error);
    }
    int code = score_file(options, judge, file);
    close(file);
    return code;
}

/* ------------------------------------------------------------------ the judge */

static enum gs_status create_judge(const struct options *options, const struct gs_config *config,
                                   struct gsi_judge **judge, struct gs_error *error)
{
    struct gsi_judge_config made = {0};
    struct gs_service_config service = {.scorer = options->scorer,
                                        .lexicons = config->sentiment_lexicons,
                                        .lexicon_count = config->sentiment_lexicon_count,
                                        .emoji_path = config->sentiment_emoji};
    gs_config_clean(config, &service);
    service.clean.is_on = options->has_rules;
    made.copies = service.task.copies;
    made.burst = service.task.burst;
    if (gs_service_open_sentiment(&service, &made.sentiment, error) != GS_OK)
        return error->status;
    if (gs_service_open_rules(&service, &made.rules, error) != GS_OK) {
        gs_sentiment_destroy(made.sentiment);
        return error->status;
    }
    *judge = gsi_judge_create(&made);
    return GS_OK;
}

/* ------------------------------------------------------------------ the command */

/* Sets *index to the place of an option's value among two; the first if it is not given. */
static enum gs_status choose(const struct gsi_command *command,
                             const struct gsi_arguments *arguments, const char *option,
                             const char *const names[2], int *index)
{
    const char *given = gsi_cli_value(command, arguments, option);
    for (*index = 0; *index < 2; ++*index)
        if (!given || strcmp(given, names[*index]) == 0)
            return GS_OK;
    fprintf(stderr, "groundswell: --%s must be %s or %s, not '%s'\n", option, names[0], names[1],
            given);
    return GS_E_USAGE;
}

static enum gs_status read_options(const struct gsi_command *command,
                                   const struct gsi_arguments *arguments, struct options *options)
{
    static const char *const scorers[] = {"vader+", "reference"}, *const switches[] = {"on", "off"};
    int scorer, rules;
    const char *path = arguments->positional_count ? arguments->positional[0] : "-";
    if (arguments->positional_count > 1) {
        fprintf(stderr, "groundswell: one file at a time; nothing more belongs after %s\n", path);
        return GS_E_USAGE;
    }
    if (choose(command, arguments, "scorer", scorers, &scorer) != GS_OK ||
        choose(command, arguments, "rules", switches, &rules) != GS_OK)
        return GS_E_USAGE;
    *options = (struct options){
        .path = strcmp(path, "-") == 0 ? NULL : path,
        .scorer = scorer == 0 ? GS_SENTIMENT_VADER_PLUS : GS_SENTIMENT_REFERENCE,
        .has_scorer = gsi_cli_value(command, arguments, "scorer") != NULL,
        .is_json = gsi_cli_value(command, arguments, "json") != NULL,
        .is_plain = gsi_cli_value(command, arguments, "plain") != NULL,
        .is_explaining = gsi_cli_value(command, arguments, "explain") != NULL,
        .has_rules = rules == 0,
        .is_rules_given = gsi_cli_value(command, arguments, "rules") != NULL,
    };
    if (!options->is_json || !options->is_explaining)
        return GS_OK;
    fprintf(stderr, "groundswell: --explain is for people, it does not go with --json\n");
    return GS_E_USAGE;
}

int gsi_cmd_score(const struct gsi_command *command, int argc, char **argv)
{
    struct gsi_arguments arguments;
    struct options options;
    struct gs_config_loaded loaded;
    struct gsi_judge *judge = NULL;
    struct gs_error error;
    if (gsi_cli_parse(command, argc, argv, &arguments) != GS_OK ||
        read_options(command, &arguments, &options) != GS_OK)
        return gs_status_exit_code(GS_E_USAGE);
    if (gsi_cli_config_alone(command, &arguments, &loaded, &error) != GS_OK)
        return gsi_cli_fail(&error);
    if (!options.has_scorer && gs_config_is_given(&loaded, "sentiment.scorer"))
        options.scorer = (enum gs_sentiment_scorer)loaded.config.sentiment_scorer;
    if (!options.is_rules_given && gs_config_is_given(&loaded, "clean.rules"))
        options.has_rules = loaded.config.clean_rules == 1;
    enum gs_status status = create_judge(&options, &loaded.config, &judge, &error);
    gs_config_unload(&loaded);
    int code = status == GS_OK ? score_input(&options, judge) : gsi_cli_fail(&error);
    gsi_judge_destroy(judge);
    return code;
}
