/* replay.c -- a generated load through the decoder and a task, without servers: for a case that
 * compares what cells say with the oracle.
 *
 *   oracle_replay DUMP SEED [events=N] [rate=N] [horizon_ms=N] [reactions=1] [rules=0] [soft=1]
 *                           [small=1]
 *
 * All records go to DUMP, in the form that tests/oracle/source.py reads. What the task writes, to a
 * Redis that agrees to everything, goes to standard output, a line per cell: key, tab, JSON or
 * nothing for one that is to be deleted; and in the end a line per input, with what became of its
 * records. soft: copies are weighed less instead of dropped; small: memories of copies and bursts
 * that are often full. */
#include "groundswell/decode.h"
#include "groundswell/generate.h"
#include "groundswell/task.h"

#include <stdio.h>
#include <stdlib.h>

enum { INPUTS = GS_GENERATE_TOPIC_COUNT, LEVELS = 4, CHUNK_MAX = 300 };

struct options {
    int64_t events, rate, horizon_ms, reactions, rules, soft, small;
};

struct replay {
    struct options options;
    uint64_t random;
    FILE *dump;
    struct gs_decode *decode;
    struct gs_task *task;
    struct gs_command command;
    struct gs_generate_batch batch;
    int64_t next[INPUTS];
    const struct gs_generated *held[INPUTS][CHUNK_MAX]; /* of a chunk, by input */
    uint32_t count[INPUTS];
};

static _Noreturn void die(const char *message)
{
    fprintf(stderr, "oracle_replay: %s\n", message);
    exit(1);
}

static int64_t below(uint64_t *random, int64_t end)
{
    *random = *random * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (int64_t)((*random >> 33) % (uint64_t)end);
}

/* ------------------------------------------------------------------ making */

static void add_schema(struct gs_decode *decode, uint32_t id, const char *name)
{
    char path[512];
    struct gs_buf text = {0};
    struct gs_error error;
    snprintf(path, sizeof path, "%s/schemas/%u-%s.avsc", GS_SOURCE_DIR, id, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        die(path);
    text.len = fread(gs_buf_reserve(&text, 65536), 1, 65536, file);
    fclose(file);
    if (gs_decode_add_schema(decode, id, gs_str_make(text.data, text.len), &error) != GS_OK)
        die(error.message);
    gs_buf_deinit(&text);
}

static struct gs_decode *make_decode(void)
{
    static const char *const names[] = {"InfluencerProfile", "PostEvent", "CommentEvent",
                                        "ReactionEvent"};
    struct gs_decode *decode = gs_decode_create();
    for (uint32_t id = 1; id <= GS_COUNT_OF(names); id++)
        add_schema(decode, id, names[id - 1]);
    return decode;
}

/* Few influencers and actors, so that people meet; much noise and many changes. */
static void generate(struct replay *replay, uint64_t seed)
{
    struct gs_generate_config config;
    struct gs_generate *generate;
    struct gs_error error;
    gs_generate_config_init(&config);
    config.seed = seed;
    config.events = replay->options.events;
    config.rate = replay->options.rate;
    config.start_ms = INT64_C(1800000000000) + below(&replay->random, 3600000);
    config.partitions = 1;
    config.influencers = 12;
    config.posts_per_influencer = 3;
    config.campaigns = 4;
    config.brands = 3;
    config.actors = 400;
    config.comment_edits = 0.08;
    config.comment_deletions = 0.05;
    config.comment_counters = 0.1;
    config.comment_repeats = 0.03;
    config.comment_orphans = 0.01;
    config.comment_reactions = 0.3;
    config.waves = 0.15;
    config.bursts = 0.05;
    config.raid = 0.2;
    config.malformed = 0.005;
    config.duplicates = 0.02;
    config.disorder = 0.2;
    config.late = 0.005;
    if (gs_generate_create(&config, &generate, &error) != GS_OK)
        die(error.message);
    gs_generate_fill(generate, &replay->batch,
                     gs_generate_first_profiles(generate) + (size_t)config.events);
    gs_generate_destroy(generate);
}

static const struct gs_clean_rules *make_rules(bool soft)
{
    struct gs_clean_config config;
    struct gs_clean_rules *rules;
    struct gs_error error;
    gs_clean_config_default(&config);
    if (soft)
        config.rule[GS_REASON_COPYPASTA] =
            (struct gs_clean_rule){.action = GS_VERDICT_DOWNWEIGHT, .weight = 100};
    if (gs_clean_rules_create(&config, &rules, &error) != GS_OK)
        die(error.message);
    return rules;
}

static const struct gs_sentiment *make_sentiment(void)
{
    struct gs_sentiment_config config = {.scorer = GS_SENTIMENT_REFERENCE};
    struct gs_sentiment *sentiment;
    struct gs_error error;
    if (gs_sentiment_create(&config, &sentiment, &error) != GS_OK)
        die(error.message);
    return sentiment;
}

static void judge(struct gs_task_config *config, const struct options *options)
{
    gs_copies_config_default(&config->copies);
    gs_burst_config_default(&config->burst);
    if (options->rules)
        config->rules = make_rules(options->soft);
    if (options->small)
        config->copies.capacity = config->burst.capacity = 50;
}

static struct gs_task *make_task(const struct options *options)
{
    static const int64_t start[GS_INPUTS_MAX];
    struct gs_task_config config = {
        .inputs = {{"profiles", true}, {"posts", false}, {"comments", false}, {"reactions", false}},
        .input_count = INPUTS,
        .windows = {{60000, 5000}, {300000, 30000}, {3600000, 300000}, {86400000, 3600000}},
        .window_names = {"1m", "5m", "1h", "24h"},
        .window_count = LEVELS,
        .views = {{"influencer", {GS_KEY_INFLUENCER}, 1, 0xF},
                  {"post", {GS_KEY_POST}, 1, 0xC},
                  {"campaign_influencer", {GS_KEY_CAMPAIGN, GS_KEY_INFLUENCER}, 2, 0xF}},
        .view_count = 3,
        .engagement = options->reactions ? GS_ENGAGEMENT_REACTIONS : GS_ENGAGEMENT_SNAPSHOTS,
        .profiles_delay_ms = 5000,
        .dedupe_window_ms = 120000,
        .dedupe_capacity = 1 << 20,
        .comments_horizon_ms = options->horizon_ms,
        .comments_max = 2000000,
        .entities_max = 1 << 20,
        .idle_after_ms = 10000,
        .flush_interval_ms = 1000,
        .prefix = "gs",
        .partition_count = 1,
        .random_seed = 1,
        .sentiment = make_sentiment(),
    };
    struct gs_task *task;
    struct gs_error error;
    judge(&config, options);
    if (gs_task_create(&config, start, &task, &error) != GS_OK)
        die(error.message);
    gs_task_profiles_end(task, GS_TIME_MS_MAX * 2, 0); /* whatever there is was read in time */
    gs_task_connected(task, 0);
    return task;
}

/* ------------------------------------------------------------------ records */

static void put(FILE *file, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        fputc((int)(value >> 8 * i & 0xFF), file);
}

static void dump_record(FILE *file, uint8_t input, int64_t offset,
                        const struct gs_generated *record)
{
    put(file, input, 1);
    put(file, 0, 4); /* the partition */
    put(file, (uint64_t)offset, 8);
    put(file, (uint64_t)record->record_ms, 8);
    put(file, record->key.len, 4);
    put(file, record->value.data ? record->value.len : UINT32_MAX, 4);
    fwrite(record->key.data, 1, record->key.len, file);
    if (record->value.data)
        fwrite(record->value.data, 1, record->value.len, file);
}

/* As the worker does it: a null value of a profile is a tombstone. */
static void read_record(struct replay *replay, const struct gs_generated *record,
                        struct gs_task_record *out, struct gs_campaign_pool *pool)
{
    struct gs_decode_error why = {.code = GS_BAD_NONE};
    *out = (struct gs_task_record){.event = {.kind = GS_KIND_PROFILE}};
    if (!record->value.data && record->topic == GS_GENERATE_PROFILES) {
        out->event.influencer_id = record->key;
        out->event.tombstone = true;
    } else if (gs_decode_record(replay->decode, record->value, &out->event, pool, &why) !=
               GS_DECODE_OK) {
        out->bad = why.code ? why.code : GS_BAD_SCHEMA_UNKNOWN;
    }
    out->event.record_ms = record->record_ms;
}

static void fold_some(struct replay *replay, uint8_t input, uint32_t from, uint32_t count)
{
    static struct gs_task_record records[GS_TASK_BATCH_MAX];
    static struct gs_campaign_pool pool;
    pool.count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct gs_generated *record = replay->held[input][from + i];
        read_record(replay, record, &records[i], &pool);
        records[i].event.offset = replay->next[input]++;
        dump_record(replay->dump, input, records[i].event.offset, record);
    }
    if (gs_task_fold(replay->task, input, records, count, &pool) != count)
        die("a record waits for the profiles");
}

static void fold_chunk(struct replay *replay)
{
    for (int input = 0; input < INPUTS; input++) {
        for (uint32_t at = 0; at < replay->count[input];) {
            uint32_t count = (uint32_t)below(&replay->random, GS_TASK_BATCH_MAX) + 1;
            count = GS_MIN(count, replay->count[input] - at);
            fold_some(replay, (uint8_t)input, at, count);
            at += count;
        }
        replay->count[input] = 0;
    }
}

/* ------------------------------------------------------------------ cells */

/* Redis agrees to everything. */
static void answer(struct replay *replay, int64_t now_ms)
{
    static const struct gs_guard nothing;
    const struct gs_command *command = &replay->command;
    if (command->kind == GS_COMMAND_TAKE) {
        gs_task_taken(replay->task, command->id, GS_TAKE_OK, &nothing, now_ms);
        return;
    }
    for (uint32_t i = 0; i < command->cell_count; i++) {
        const struct gs_write_cell *cell = &command->cells[i];
        printf("%.*s\t%.*s\n", (int)cell->key_len, command->bytes.data + cell->key_at,
               (int)cell->value_len, command->bytes.data + cell->value_at);
    }
    gs_task_written(replay->task, command->id, GS_WRITE_OK, 0, now_ms);
}

static void write_cells(struct replay *replay, int64_t now_ms, bool everything)
{
    gs_task_tick(replay->task, now_ms, now_ms);
    while (gs_task_next_command(replay->task, now_ms, now_ms, everything, &replay->command))
        answer(replay, now_ms);
}

static void fold_all(struct replay *replay)
{
    const struct gs_generate_batch *batch = &replay->batch;
    for (size_t at = 0; at < batch->count;) {
        size_t count = (size_t)below(&replay->random, CHUNK_MAX) + 1;
        count = GS_MIN(count, batch->count - at);
        for (size_t end = at + count; at < end; at++) {
            const struct gs_generated *record = &batch->items[at];
            replay->held[record->topic][replay->count[record->topic]++] = record;
        }
        fold_chunk(replay);
        write_cells(replay, batch->items[at - 1].record_ms, at == batch->count);
    }
}

/* What became of the records of an input, in the words of the service's metrics. */
static void show_input(const struct gs_task_input_stats *stats)
{
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {{"processed", stats->disposition[GS_PROCESSED]},
                  {"duplicate", stats->disposition[GS_DUPLICATE]},
                  {"dlq", stats->disposition[GS_BAD]},
                  {"too_late", stats->disposition[GS_TOO_LATE]},
                  {"ignored", stats->disposition[GS_IGNORED]},
                  {"orphan_retractions", stats->orphan_retractions},
                  {"orphan_counters", stats->orphan_counters},
                  {"late_verdicts", stats->late_verdicts}};
    printf("input\t{\"none\": 0");
    for (size_t i = 0; i < GS_COUNT_OF(counts); i++)
        printf(", \"%s\": %llu", counts[i].name, (unsigned long long)counts[i].value);
    printf("}\n");
}

/* ------------------------------------------------------------------ */

static void read_options(int argc, char **argv, struct options *options)
{
    const struct {
        const char *name;
        int64_t *value;
    } all[] = {{"events=", &options->events},
               {"rate=", &options->rate},
               {"horizon_ms=", &options->horizon_ms},
               {"reactions=", &options->reactions},
               {"rules=", &options->rules},
               {"soft=", &options->soft},
               {"small=", &options->small}};
    for (int i = 3; i < argc; i++) {
        size_t n = 0;
        while (n < GS_COUNT_OF(all) && strncmp(argv[i], all[n].name, strlen(all[n].name)) != 0)
            n++;
        if (n == GS_COUNT_OF(all))
            die(argv[i]);
        *all[n].value = strtoll(argv[i] + strlen(all[n].name), NULL, 10);
    }
}

int main(int argc, char **argv)
{
    static struct replay replay = {
        .options = {.events = 20000, .rate = 10, .horizon_ms = 3600000, .rules = 1}};
    static struct gs_task_stats stats;
    if (argc < 3)
        die("usage: oracle_replay DUMP SEED [option=number ...]");
    uint64_t seed = strtoull(argv[2], NULL, 10);
    replay.random = seed;
    read_options(argc, argv, &replay.options);
    replay.dump = fopen(argv[1], "wb");
    if (!replay.dump)
        die(argv[1]);
    fprintf(replay.dump, "{\"topics\": [\"social.profiles\", \"social.posts\", "
                         "\"social.comments\", \"social.reactions\"]}\n");
    replay.decode = make_decode();
    replay.task = make_task(&replay.options);
    generate(&replay, seed);
    fold_all(&replay);
    gs_task_stats(replay.task, &stats);
    for (int input = 0; input < INPUTS; input++)
        show_input(&stats.input[input]);
    return fclose(replay.dump) == 0 && fflush(stdout) == 0 ? 0 : 1;
}
