/* cli.c -- finds the command, or helps to find it. */
#include "internal.h"

#include "groundswell/cli.h"

#include <signal.h>
#include <stdio.h>

static int print_version(const struct gsi_command *command, int argc, char **argv)
{
    (void)command, (void)argc, (void)argv;
    printf("groundswell %s\n", GS_VERSION);
    return 0;
}

static int print_help(const struct gsi_command *command, int argc, char **argv);

static const struct gsi_option no_options[] = {{0}};
static const struct gsi_option run_options[] = {
    GSI_CONFIG_OPTIONS,
    {"until-end", 0, NULL, "read the topics to their ends, write the final cells, exit"},
    {"discard", 0, NULL, "read and throw away: the floor that benchmarks compare with"},
    {"takeover", 0, NULL, "take the Redis prefix over from another deployment"},
    {"json", 0, NULL, "with --until-end or --discard: a summary as JSON on stdout"},
    {0}};
static const struct gsi_option demo_options[] = {
    {"seconds", 0, "N", "stop after N seconds (default 0: until Ctrl-C)"},
    {"rate", 0, "N", "events per second (default 2000)"},
    {"influencers", 0, "N", "how many influencers the stream has (default 200)"},
    {"listen", 0, "ADDRESS", "serve probes and metrics there, such as 127.0.0.1:9464"},
    {0}};
static const struct gsi_option validate_options[] = {
    GSI_CONFIG_OPTIONS,
    {"connect", 0, NULL, "also ask Kafka, the schemas and Redis"},
    {"json", 0, NULL, "findings as JSON"},
    {0}};
static const struct gsi_option config_options[] = {GSI_CONFIG_OPTIONS, {0}};
static const struct gsi_option topics_options[] = {
    GSI_CONFIG_OPTIONS,
    {"apply", 0, NULL, "create what is missing; existing topics are left as they are"},
    {"partitions", 0, "N", "partitions of each (default: as those that exist, else 8)"},
    {"replication", 0, "N", "replication factor (default: the broker's)"},
    {0}};
static const struct gsi_option generate_options[] = {
    GSI_CONFIG_OPTIONS,
    {"events", 0, "N",
     "how many records (default 100000; with --rate: until stopped); the first profiles, one for "
     "nearly every influencer, come before them and are not counted"},
    {"rate", 0, "N", "records per second (default 0: as fast as possible)"},
    {"seed", 0, "N", "same seed, options and start: same stream (default 1)"},
    {"start", 0, "MS", "record time of the first event (default: now, without --rate now - span)"},
    {"span", 0, "DURATION", "without --rate: record times cover this much (default 1h)"},
    {"time-scale", 0, "FACTOR", "with --rate: record time runs that much faster (default 1)"},
    {"influencers", 0, "N", "how many influencers (default 1000)"},
    {"posts", 0, "N", "live posts of each (default 5)"},
    {"campaigns", 0, "N", "how many campaigns (default 200)"},
    {"brands", 0, "N", "how many brands (default 50)"},
    {"authors", 0, "N",
     "how many authors of comments (default 200000, and more if else one would write more than a "
     "comment in two minutes)"},
    {"zipf", 0, "EXPONENT", "of the influencers' activity; 0: all alike (default 1)"},
    {"mix", 0, "NAME=WEIGHT,..",
     "only these sorts: comments, snapshots, published, reactions, "
     "profiles, comment_changes, post_changes"},
    {"text-bytes", 0, "N", "mean length of a text (default 110)"},
    {"spam", 0, "RATIO",
     "comments with links, phone numbers, promotion, 0 to 1 like all ratios (default 0.06)"},
    {"waves", 0, "RATIO",
     "comments that are copies: one text by 8 to 40 accounts within two minutes (default 0.02)"},
    {"bursts", 0, "RATIO",
     "comments that are one of 7 to 14 by one account within a minute (default 0.01)"},
    {"raid", 0, "RATIO",
     "of the comments of 15 s in every minute: spam and copies for one influencer (default 0)"},
    {"comment-edits", 0, "RATIO", "comments that are edits of recent ones (default 0)"},
    {"comment-deletions", 0, "RATIO", "the same, deletions of them (default 0)"},
    {"comment-counters", 0, "RATIO", "the same, readings of their counters (default 0)"},
    {"comment-repeats", 0, "RATIO", "the same, created again with another event_id (default 0)"},
    {"comment-orphans", 0, "RATIO", "changes of comments that never were (default 0)"},
    {"comment-reactions", 0, "RATIO", "reactions that are to comments, and 5 % more (default 0)"},
    {"malformed", 0, "RATIO", "records that cannot be read (default 0.001)"},
    {"duplicates", 0, "RATIO", "records that come twice, up to 0.5 (default 0.005)"},
    {"disorder", 0, "RATIO", "event times up to 3m before the record's (default 0.05)"},
    {"late", 0, "RATIO", "event times up to 26h before the record's (default 0.0005)"},
    {"ahead", 0, "RATIO", "event times up to 1h after the record's (default 0.002)"},
    {"ledger", 0, "FILE", "write down every record before it is produced"},
    {"summary", 0, "FILE", "write a summary as JSON"},
    {"json", 0, NULL, "the same on stdout"},
    {0}};
static const struct gsi_option top_options[] = {
    GSI_CONFIG_OPTIONS,
    GSI_PLACE_OPTIONS,
    {"view", 0, "VIEW", "influencer, post or campaign_influencer (default influencer)"},
    {"window", 0, "WINDOW", "which window (default 5m, of posts 1h, or the first that there is)"},
    {"lines", 0, "N", "how many entities (default 15)"},
    {"once", 0, NULL, "print once and exit"},
    {"json", 0, NULL, "one JSON object per line and second"},
    {0}};
static const struct gsi_option inspect_options[] = {
    GSI_CONFIG_OPTIONS,
    {"task", 0, "P", "instead: what task P would go on from, its guard, its offsets"},
    GSI_PLACE_OPTIONS,
    {"json", 0, NULL, "the cells as one JSON object; not with --task"},
    {0}};
static const char score_details[] =
    "A line is a text, or a JSON object with text and, if known, actor_id, influencer_id, post_id, "
    "event_time (milliseconds, or 2026-11-27T08:30:00Z) and lang. Lines are judged in order, as "
    "one stream, as the service judges an input, so copies of a text and bursts of an author are "
    "found. A line without a time is of the latest time so far, one without an author is by "
    "somebody of its own. One by the influencer (actor_id = influencer_id) is a reply and no "
    "comment: verdict keep, reason self.\n\n"
    "What others say later can make a line a copy, so it waits, and those behind it: until the "
    "times are two of clean.copies.window (20m, unless configured) further, or the input ends. If "
    "more than 1000000 lines or 256 MiB wait, the oldest are printed as they are, and a warning "
    "counts them.\n\n"
    "A configuration is not needed. Its keys clean.* and sentiment.* are followed: what a list, a "
    "threshold or a lexicon makes of comments can be seen before the service has it.\n\n"
    "Dropped comments are scored here, too; the service does not do that. Class unknown: there is "
    "no text, or no lexicon of its language; the numbers are then those of the English lexicon, "
    "which the service does not count. A line that cannot be understood ends it with exit code 65; "
    "those before it are printed.";
static const struct gsi_option score_options[] = {
    GSI_CONFIG_OPTIONS,
    {"json", 0, NULL, "a JSON object per line, printed when its verdict can no longer change"},
    {"explain", 0, NULL, "what each token adds to the score, and which bytes gave which reason"},
    {"scorer", 0, "vader+|reference",
     "which one (default: as the configuration says, else vader+)"},
    {"rules", 0, "on|off",
     "off: scores only, every verdict is keep (default: as the configuration says, else on)"},
    {"plain", 0, NULL, "a line that begins with { is a text, too"},
    {0}};

const struct gsi_command gsi_commands[] = {
    {"run", NULL, "the service",
     "Runs until SIGTERM or SIGINT, which write what is pending and leave; a second one ends at "
     "once. `groundswell config explain KEY` tells about one key, `config schema` about all.",
     run_options, gsi_cmd_run},
    {"demo", NULL, "everything in one process, for a first look",
     "Embedded Kafka, a private redis-server, the generator, the service and a live table.",
     demo_options, gsi_cmd_demo},
    {"validate", NULL, "check the configuration, and with --connect the servers",
     "Lexicons and lists that the configuration names are read, as a start would.\n\nExit codes: 0 "
     "all is well, 64 usage, 65 a lexicon or a list cannot be understood, 69 a server cannot be "
     "reached, 77 not allowed, 78 the configuration, or what it names, is wrong.",
     validate_options, gsi_cmd_validate},
    {"config", "print|schema|explain KEY", "the effective configuration, its schema, one key",
     "print: every value and where it comes from, without secrets. schema: the JSON Schema of the "
     "file. explain: one key, or a section such as kafka. Flags win over the environment "
     "(GROUNDSWELL_KAFKA__GROUP is kafka.group; ..._FILE names a file that holds the value), that "
     "over the file, that over defaults.",
     config_options, gsi_cmd_config},
    {"topics", NULL, "print the topics with their settings, or create them",
     "Inputs and the tasks topic have one number of partitions, and inputs carry the broker's time "
     "(LogAppendTime).",
     topics_options, gsi_cmd_topics},
    {"generate", NULL, "produce a deterministic stream of events", NULL, generate_options,
     gsi_cmd_generate},
    {"top", NULL, "live table of the most active entities", NULL, top_options, gsi_cmd_top},
    {"inspect", "VIEW ID", "the cells of one entity, or with --task a task's checkpoints",
     "--task goes by the configuration alone; it reads the task's checkpoints as a start would, "
     "which takes as much memory.",
     inspect_options, gsi_cmd_inspect},
    {"score", "[FILE|-]", "scores and verdicts of comments, one per line", score_details,
     score_options, gsi_cmd_score},
    {"metrics", NULL, "what /metrics tells: a reference, as Markdown", NULL, no_options,
     gsi_cmd_metrics},
    {"completion", "bash|zsh|fish", "the script that completes command lines in a shell",
     "bash: `source <(groundswell completion bash)` in ~/.bashrc. zsh: the same with zsh, in "
     "~/.zshrc behind compinit. fish: `groundswell completion fish | source` in config.fish. The "
     "Debian package brings all three.\n\n"
     "The scripts ask `groundswell completion next -- WORD...`, which prints what may stand in the "
     "place of the last word.",
     no_options, gsi_cmd_completion},
    {"manual", "groundswell.1|groundswell.yaml.5", "a manual page, for man",
     "The first is about commands, the second about the configuration. To read one: `groundswell "
     "manual groundswell.yaml.5 | man -l -`.",
     no_options, gsi_cmd_manual},
    {"version", NULL, "print the version", NULL, no_options, print_version},
    {"help", "[COMMAND]", "this text, or a command's options", NULL, no_options, print_help},
};
const size_t gsi_command_count = GS_COUNT_OF(gsi_commands);

const struct gsi_command *gsi_cli_find_command(const char *name)
{
    for (size_t i = 0; i < gsi_command_count; i++)
        if (strcmp(gsi_commands[i].name, name) == 0)
            return &gsi_commands[i];
    return NULL;
}

static void print_overview(FILE *out)
{
    fputs("Groundswell: what the audience's reaction to influencer campaigns is, live.\n"
          "Reads social events from Kafka, scores sentiment, keeps rolling windows, writes\n"
          "them to Redis.\n\nUsage: groundswell COMMAND [options]\n\n",
          out);
    for (size_t i = 0; i < gsi_command_count; i++)
        fprintf(out, "  %-10s %s\n", gsi_commands[i].name, gsi_commands[i].summary);
    fputs("\n`groundswell help COMMAND` lists its options. For a first look: groundswell demo\n",
          out);
}

enum { WIDTH = 80, OPTION_WIDTH = 26 };

/* text, broken at its line ends and at spaces before column 80; the first line goes on at column
 * `indent`. */
static void print_wrapped(const char *text, int indent)
{
    for (;;) {
        size_t line = strcspn(text, "\n");
        size_t length = GS_MIN(line, (size_t)(WIDTH - indent));
        while (length < line && length > 0 && text[length] != ' ')
            length--;
        if (length == 0)
            length = line;
        printf("%.*s\n", (int)length, text);
        text += length;
        if (!*text)
            return;
        text++;
        printf("%*s", indent, "");
    }
}

static void print_option(const struct gsi_option *option)
{
    char left[64];
    int length =
        snprintf(left, sizeof left, "  %s%.1s%s--%s%s%s", option->letter ? "-" : "    ",
                 option->letter ? &option->letter : "", option->letter ? ", " : "", option->name,
                 option->argument ? " " : "", option->argument ? option->argument : "");
    if (length >= OPTION_WIDTH)
        printf("%s\n%*s", left, OPTION_WIDTH, "");
    else
        printf("%-*s", OPTION_WIDTH, left);
    print_wrapped(option->doc, OPTION_WIDTH);
}

static void print_command(const struct gsi_command *command)
{
    printf("Usage: groundswell %s%s%s%s\n\n", command->name,
           command->options[0].name ? " [options]" : "", command->arguments ? " " : "",
           command->arguments ? command->arguments : "");
    printf("  %s\n", command->summary);
    if (command->details)
        printf("\n");
    if (command->details)
        print_wrapped(command->details, 0);
    if (command->options[0].name)
        printf("\n");
    for (const struct gsi_option *option = command->options; option->name; option++)
        print_option(option);
}

static int print_help(const struct gsi_command *command, int argc, char **argv)
{
    struct gsi_arguments arguments;
    if (gsi_cli_parse(command, argc, argv, &arguments) != GS_OK)
        return gs_status_exit_code(GS_E_USAGE);
    if (arguments.positional_count == 0) {
        print_overview(stdout);
        return 0;
    }
    const struct gsi_command *about = gsi_cli_find_command(arguments.positional[0]);
    if (!about) {
        fprintf(stderr, "groundswell: there is no command '%s'; see `groundswell help`\n",
                arguments.positional[0]);
        return gs_status_exit_code(GS_E_USAGE);
    }
    print_command(about);
    return 0;
}

/* Help is what is wanted, whatever else stands on the line. */
static bool asks_for_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

int gs_cli_main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a closed connection is an error of a write, not the end of us */
    if (argc < 2) {
        print_overview(stderr);
        return gs_status_exit_code(GS_E_USAGE);
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    if (strcmp(name, "--version") == 0)
        name = "version";
    const struct gsi_command *command = gsi_cli_find_command(name);
    if (!command) {
        fprintf(stderr, "groundswell: there is no command '%s'; see `groundswell help`\n", name);
        return gs_status_exit_code(GS_E_USAGE);
    }
    if (asks_for_help(argc - 2, argv + 2)) {
        print_command(command);
        return 0;
    }
    return command->run(command, argc - 2, argv + 2);
}
