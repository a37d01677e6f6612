/* Goal: the load is the same everywhere, what it claims about itself is true, and every decoder
 * that follows the schemas agrees with it about every record.
 * Method: a pinned hash of the first records; ratios of many records against those that were asked
 * for, within four standard deviations; every record through our own decoder, with the schemas in
 * schemas/; partitions against the vectors in Kafka's own tests. */
#include "generate/output.h"
#include "generate/zipf.h"
#include "groundswell/decode.h"
#include "groundswell/generate.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* A change of what is generated changes this on purpose, and every figure of a benchmark with it.
 */
#define PINNED UINT64_C(0xce77fb8a67bd643d)

static struct gs_generate *make(const struct gs_generate_config *config)
{
    struct gs_generate *generate;
    struct gs_error error;
    if (gs_generate_create(config, &generate, &error) != GS_OK)
        fail_msg("%s", error.message);
    return generate;
}

/* Small enough for a test, with much of everything that is rare. */
static struct gs_generate_config small_config(void)
{
    struct gs_generate_config config;
    gs_generate_config_init(&config);
    config.events = 20000;
    config.influencers = 300;
    config.malformed = 0.05;
    config.duplicates = 0.03;
    return config;
}

static uint64_t hash_record(const struct gs_generated *record, uint64_t hash)
{
    const int64_t numbers[] = {(int64_t)record->sequence, record->record_ms, record->event_ms,
                               record->partition,         record->topic,     record->bad,
                               record->value.data != NULL};
    hash = gs_hash64(numbers, sizeof numbers, hash);
    hash = gs_hash64(record->key.data, record->key.len, hash);
    hash = gs_hash64(record->event_id.data, record->event_id.len, hash);
    return record->value.data ? gs_hash64(record->value.data, record->value.len, hash) : hash;
}

static uint64_t hash_stream(const struct gs_generate_config *config)
{
    struct gs_generate *generate = make(config);
    struct gs_generated record;
    uint64_t hash = 0;
    while (gs_generate_next(generate, &record))
        hash = hash_record(&record, hash);
    gs_generate_destroy(generate);
    return hash;
}

/* ------------------------------------------------------------------ the same bytes */

static void test_pinned_bytes(void **state)
{
    struct gs_generate_config config = small_config();
    (void)state;
    assert_int_equal(hash_stream(&config), PINNED);
    config.seed = 2;
    assert_int_not_equal(hash_stream(&config), PINNED);
}

static void test_batches_equal_single_records(void **state)
{
    struct gs_generate_config config = small_config();
    struct gs_generate *generate = make(&config);
    struct gs_generate_batch batch = {0};
    uint64_t hash = 0;
    (void)state;
    for (size_t most = 1; gs_generate_fill(generate, &batch, most) > 0; most = most % 977 + 13)
        for (size_t i = 0; i < batch.count; i++)
            hash = hash_record(&batch.items[i], hash);
    assert_int_equal(hash, hash_stream(&config));
    gs_generate_batch_deinit(&batch);
    gs_generate_destroy(generate);
}

static void test_times_and_numbers(void **state)
{
    struct gs_generate_config config = small_config();
    struct gs_generate *generate = make(&config);
    uint64_t firsts = gs_generate_first_profiles(generate);
    struct gs_generated record;
    int64_t last_ms = 0;
    uint64_t made = 0;
    (void)state;
    assert_in_range(firsts, 270, 300);
    for (; gs_generate_next(generate, &record); made++) {
        assert_int_equal(record.sequence, made);
        assert_true(record.record_ms >= last_ms);
        last_ms = record.record_ms;
        if (made < firsts) {
            assert_int_equal(record.kind, GS_KIND_PROFILE);
            assert_in_range(record.record_ms, config.start_ms - 60000, config.start_ms - 10000);
        } else {
            assert_in_range(record.record_ms, config.start_ms, config.start_ms + config.span_ms);
        }
    }
    assert_int_equal(made, firsts + (uint64_t)config.events);
    gs_generate_destroy(generate);
}

/* ------------------------------------------------------------------ what was asked for */

static void check_ratio(const char *what, uint64_t count, uint64_t of, double ratio)
{
    double expected = ratio * (double)of;
    double tolerance = 4 * sqrt((double)of * ratio * (1 - ratio)) + 1;
    if (fabs((double)count - expected) > tolerance)
        fail_msg("%s: %llu of %llu, not %.0f +- %.0f", what, (unsigned long long)count,
                 (unsigned long long)of, expected, tolerance);
}

static void test_ratios(void **state)
{
    struct gs_generate_config config = small_config();
    config.events = 200000;
    config.late = 0;
    config.disorder_max_ms = INT64_C(1000000000); /* next to none is within the transit */
    struct gs_generate *generate = make(&config);
    struct gs_generated record;
    uint64_t fresh = 0, bad = 0, repeated = 0, ahead = 0, behind = 0, created = 0, snapshots = 0;
    (void)state;
    while (gs_generate_next(generate, &record)) {
        if (record.sequence < gs_generate_first_profiles(generate))
            continue;
        repeated += record.duplicate;
        if (record.duplicate)
            continue;
        fresh++;
        bad += record.bad != GS_BAD_NONE;
        created += record.kind == GS_KIND_COMMENT && record.action == GS_ACTION_CREATED;
        snapshots += record.kind == GS_KIND_POST && record.action == GS_ACTION_METRICS;
        if (record.bad == GS_BAD_NONE) {
            ahead += record.event_ms > record.record_ms;
            behind += record.event_ms < record.record_ms - 10000;
        }
    }
    uint64_t good = fresh - bad;
    check_ratio("malformed", bad, fresh, config.malformed);
    check_ratio("disorder", behind, good, config.disorder);
    check_ratio("fast clock", ahead, good, (1 - config.disorder) * config.fast_clock);
    check_ratio("comments", created, fresh, config.shares.comments);
    check_ratio("snapshots", snapshots, fresh, config.shares.snapshots);
    /* Some are due after the end: most of those of the last 50 s of 600. */
    assert_in_range(repeated, 200000 * 0.03 * 0.75, 200000 * 0.03 * 1.02);
    gs_generate_destroy(generate);
}

static void test_changes_of_comments(void **state)
{
    struct gs_generate_config config = small_config();
    config.events = 200000;
    config.duplicates = config.malformed = 0;
    config.shares = (struct gs_generate_shares){.comments = 0.5, .reactions = 0.5};
    config.comment_edits = 0.04;
    config.comment_deletions = 0.03;
    config.comment_counters = 0.05;
    config.comment_repeats = 0.02;
    config.comment_orphans = 0.06;
    config.comment_reactions = 0.3;
    struct gs_generate *generate = make(&config);
    struct gs_generated record;
    uint64_t actions[GS_ACTION_COUNT] = {0}, about[3] = {0}, comments = 0, reactions = 0, to = 0;
    (void)state;
    while (gs_generate_next(generate, &record)) {
        comments += record.kind == GS_KIND_COMMENT;
        reactions += record.kind == GS_KIND_REACTION;
        to += record.kind == GS_KIND_REACTION && record.topic == GS_GENERATE_COMMENTS;
        about[record.about]++;
        if (record.kind == GS_KIND_COMMENT && record.about != GS_GENERATE_ORPHAN)
            actions[record.action]++;
        if (record.about == GS_GENERATE_AGAIN)
            assert_int_equal(record.action, GS_ACTION_CREATED);
        if (record.about == GS_GENERATE_ORPHAN)
            assert_int_not_equal(record.action, GS_ACTION_CREATED);
    }
    check_ratio("edits", actions[GS_ACTION_EDITED], comments, config.comment_edits);
    check_ratio("deletions", actions[GS_ACTION_DELETED], comments, config.comment_deletions);
    check_ratio("counters", actions[GS_ACTION_METRICS], comments, config.comment_counters);
    check_ratio("repeats", about[GS_GENERATE_AGAIN], comments, config.comment_repeats);
    check_ratio("orphans", about[GS_GENERATE_ORPHAN], comments, config.comment_orphans);
    check_ratio("reactions", to, reactions, 0.05 + 0.95 * config.comment_reactions);
    gs_generate_destroy(generate);
}

static void test_zipf(void **state)
{
    enum { COUNT = 50, DRAWS = 200000 };
    static const double exponents[] = {0, 0.5, 1, 2, 4};
    (void)state;
    for (size_t e = 0; e < GS_COUNT_OF(exponents); e++) {
        struct gsi_generate_random random;
        struct gsi_generate_zipf zipf;
        uint64_t seen[COUNT] = {0};
        double total = 0;
        gsi_generate_random_seed(&random, 7 + e);
        gsi_generate_zipf_init(&zipf, COUNT, exponents[e]);
        for (int i = 0; i < COUNT; i++)
            total += pow(i + 1, -exponents[e]);
        for (int i = 0; i < DRAWS; i++)
            seen[gsi_generate_zipf_pick(&zipf, &random)]++;
        for (int i = 0; i < COUNT; i++)
            check_ratio("an index by Zipf's law", seen[i], DRAWS,
                        pow(i + 1, -exponents[e]) / total);
        gsi_generate_zipf_deinit(&zipf);
    }
}

static void test_wrong_configurations(void **state)
{
    struct gs_generate_config config;
    struct gs_generate *generate;
    struct gs_error error;
    (void)state;
    gs_generate_config_init(&config);
    config.influencers = 0;
    assert_int_equal(gs_generate_create(&config, &generate, &error), GS_E_CONFIG);
    assert_non_null(strstr(error.message, "influencers is 0"));
    gs_generate_config_init(&config);
    config.spam = (double)NAN;
    assert_int_equal(gs_generate_create(&config, &generate, &error), GS_E_CONFIG);
    assert_non_null(strstr(error.message, "spam"));
    gs_generate_config_init(&config);
    config.comment_edits = config.comment_repeats = 0.6;
    assert_int_equal(gs_generate_create(&config, &generate, &error), GS_E_CONFIG);
    assert_non_null(strstr(error.message, "changes of comments is 1.2"));
    gs_generate_config_init(&config);
    config.events = 0;
    assert_int_equal(gs_generate_create(&config, &generate, &error), GS_E_CONFIG);
    assert_non_null(strstr(error.message, "need a rate"));
    gs_generate_config_init(&config);
    config.shares = (struct gs_generate_shares){0};
    assert_int_equal(gs_generate_create(&config, &generate, &error), GS_E_CONFIG);
    assert_null(generate);
}

/* ------------------------------------------------------------------ as a decoder sees it */

static void add_schema(struct gs_decode *decode, uint32_t id, const char *name)
{
    char path[400];
    char text[1 << 14];
    struct gs_error error;
    snprintf(path, sizeof path, "%s/schemas/%u-%s.avsc", GS_SOURCE_DIR, id, name);
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s cannot be read", path);
    size_t length = fread(text, 1, sizeof text, file);
    assert_in_range(length, 1, sizeof text - 1);
    fclose(file);
    if (gs_decode_add_schema(decode, id, gs_str_make(text, length), &error) != GS_OK)
        fail_msg("%s", error.message);
}

static struct gs_decode *make_decode(void)
{
    struct gs_decode *decode = gs_decode_create();
    add_schema(decode, 1, "InfluencerProfile");
    add_schema(decode, 2, "PostEvent");
    add_schema(decode, 3, "CommentEvent");
    add_schema(decode, 4, "ReactionEvent");
    return decode;
}

static void check_event(const struct gs_generated *record, const struct gs_event *event)
{
    assert_int_equal(event->kind, record->kind);
    assert_int_equal(event->event_ms, record->event_ms);
    assert_int_equal(event->unknown_symbols, 0);
    assert_true(gs_str_equal(event->influencer_id, record->key));
    if (event->kind != GS_KIND_PROFILE)
        assert_true(gs_str_equal(event->event_id, record->event_id));
    if (event->kind == GS_KIND_POST || event->kind == GS_KIND_COMMENT)
        assert_int_equal(event->action, record->action);
    else if (event->kind == GS_KIND_REACTION)
        assert_int_not_equal(event->reaction.op, GS_OP_UNKNOWN);
}

static void check_decoded(struct gs_decode *decode, struct gs_campaign_pool *pool,
                          const struct gs_generated *record)
{
    struct gs_event event;
    struct gs_decode_error why = {0};
    char text[200];
    pool->count = 0;
    enum gs_decode_result result = gs_decode_record(decode, record->value, &event, pool, &why);
    if (result == GS_DECODE_NEED_SCHEMA) {
        gs_decode_mark_unknown(decode, why.schema_id);
        result = gs_decode_record(decode, record->value, &event, pool, &why);
    }
    enum gs_bad_code code = result == GS_DECODE_OK ? GS_BAD_NONE : why.code;
    if (code != (enum gs_bad_code)record->bad)
        fail_msg("record %llu: %s, not %s", (unsigned long long)record->sequence,
                 code ? gs_decode_error_text(&why, text, sizeof text) : "well-formed",
                 gs_bad_code_name((enum gs_bad_code)record->bad));
    if (result == GS_DECODE_OK)
        check_event(record, &event);
}

static void test_every_record_decodes_as_it_says(void **state)
{
    static const enum gs_bad_code codes[] = {
        GS_BAD_SHORT,     GS_BAD_MAGIC,    GS_BAD_SCHEMA_UNKNOWN, GS_BAD_NULL,
        GS_BAD_TRUNCATED, GS_BAD_TRAILING, GS_BAD_VARINT,         GS_BAD_LENGTH,
        GS_BAD_ID,        GS_BAD_NEGATIVE, GS_BAD_RANGE};
    struct gs_generate_config config = small_config();
    config.events = 60000;
    struct gs_generate *generate = make(&config);
    struct gs_decode *decode = make_decode();
    struct gs_campaign_pool pool = {0};
    struct gs_generated record;
    uint64_t seen[GS_BAD_CODE_COUNT] = {0}, kinds[GS_KIND_COUNT] = {0}, tombstones = 0;
    (void)state;
    while (gs_generate_next(generate, &record)) {
        bool tombstone = record.kind == GS_KIND_PROFILE && !record.value.data;
        tombstones += tombstone;
        kinds[record.kind]++;
        seen[record.bad]++;
        if (!tombstone)
            check_decoded(decode, &pool, &record);
    }
    for (size_t i = 0; i < GS_COUNT_OF(codes); i++)
        assert_in_range(seen[codes[i]], 20, 2000);
    for (int kind = 0; kind < GS_KIND_COUNT; kind++)
        assert_in_range(kinds[kind], 300, 60000);
    assert_in_range(tombstones, 1, 100);
    gs_free(pool.items);
    gs_decode_destroy(decode);
    gs_generate_destroy(generate);
}

/* One in a few hundred was cut between an array's count and its items, and is no truncated record
 * then. */
static void test_every_broken_record_is_broken_as_it_says(void **state)
{
    struct gs_generate_config config = small_config();
    config.malformed = 1;
    config.duplicates = 0;
    struct gs_generate *generate = make(&config);
    struct gs_decode *decode = make_decode();
    struct gs_campaign_pool pool = {0};
    struct gs_generated record;
    (void)state;
    while (gs_generate_next(generate, &record))
        if (record.kind != GS_KIND_PROFILE || record.value.data) {
            assert_int_not_equal(record.bad, GS_BAD_NONE);
            check_decoded(decode, &pool, &record);
        }
    gs_free(pool.items);
    gs_decode_destroy(decode);
    gs_generate_destroy(generate);
}

static void test_duplicates_are_the_same_bytes(void **state)
{
    struct gs_generate_config config = small_config();
    struct gs_generate *generate = make(&config);
    uint64_t *hashes = gs_calloc((size_t)config.events + config.influencers, sizeof *hashes);
    struct gs_generated record;
    uint64_t repeated = 0;
    (void)state;
    while (gs_generate_next(generate, &record)) {
        uint64_t hash = gs_hash64(record.value.data ? record.value.data : "", record.value.len, 0);
        hashes[record.sequence] = hash;
        if (!record.duplicate)
            continue;
        repeated++;
        assert_true(record.duplicate_of < record.sequence);
        assert_int_equal(hashes[record.duplicate_of], hash);
    }
    assert_in_range(repeated, 400, 650);
    gs_free(hashes);
    gs_generate_destroy(generate);
}

/* ------------------------------------------------------------------ ledger and summary */

static void test_ledger_lines(void **state)
{
    char path[] = "/tmp/gs-ledger-XXXXXX";
    char text[1000];
    struct gsi_generate_ledger ledger;
    struct gs_error error;
    struct gs_generated record = {.sequence = 7,
                                  .record_ms = 1234,
                                  .partition = 3,
                                  .kind = GS_KIND_PROFILE,
                                  .value = gs_str_of("x"),
                                  .event_id = gs_str_of("")};
    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(gsi_generate_ledger_open(&ledger, path, &error), GS_OK);
    gsi_generate_ledger_add(&ledger, &record, "t1");
    record.value = gs_str_make(NULL, 0);
    gsi_generate_ledger_add(&ledger, &record, "t1");
    record.kind = GS_KIND_COMMENT;
    record.event_id = gs_str_of("e9");
    record.bad = GS_BAD_NULL;
    gsi_generate_ledger_add(&ledger, &record, "t2");
    assert_int_equal(read(fd, text, sizeof text), 0); /* nothing before it is synchronised */
    assert_int_equal(gsi_generate_ledger_sync(&ledger, &error), GS_OK);
    record.bad = GS_BAD_NONE;
    record.duplicate = true;
    record.duplicate_of = 5;
    record.value = gs_str_of("x");
    gsi_generate_ledger_add(&ledger, &record, "t2");
    assert_int_equal(gsi_generate_ledger_sync(&ledger, &error), GS_OK);
    gsi_generate_ledger_close(&ledger);
    ssize_t length = read(fd, text, sizeof text - 1);
    assert_true(length > 0);
    text[length] = 0;
    assert_string_equal(text, "# sequence topic partition kind record_ms event_id fate\n"
                              "7 t1 3 profile 1234 - -\n"
                              "7 t1 3 profile 1234 - tombstone\n"
                              "7 t2 3 comment 1234 e9 bad:null\n"
                              "7 t2 3 comment 1234 e9 dup:5\n");
    close(fd);
    unlink(path);
}

static void test_ledger_that_cannot_be_written(void **state)
{
    struct gsi_generate_ledger ledger;
    struct gs_error error;
    (void)state;
    assert_int_equal(gsi_generate_ledger_open(&ledger, "/nowhere/ledger", &error), GS_E_DATA);
    assert_non_null(strstr(error.message, "/nowhere/ledger"));
    assert_int_equal(gsi_generate_ledger_open(&ledger, "/dev/full", &error), GS_OK);
    assert_int_equal(gsi_generate_ledger_sync(&ledger, &error), GS_E_DATA);
    gsi_generate_ledger_close(&ledger);
    assert_int_equal(gsi_generate_ledger_open(&ledger, NULL, &error), GS_OK);
    gsi_generate_ledger_add(&ledger, NULL, NULL); /* none: nothing is looked at */
    assert_int_equal(gsi_generate_ledger_sync(&ledger, &error), GS_OK);
    gsi_generate_ledger_close(&ledger);
}

static json_int_t number_at(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_integer(value))
        fail_msg("the summary has no number '%s'", name);
    return json_integer_value(value);
}

static void test_summary(void **state)
{
    struct gs_generate_config config = small_config();
    const struct gs_generate_run run = {.topics = {"profiles", "all", "all", NULL}};
    struct gs_generate_progress progress = {.records = 4, .delivered = 3, .failed = 1};
    struct gs_generated record = {.partition = 1,
                                  .kind = GS_KIND_COMMENT,
                                  .action = GS_ACTION_CREATED,
                                  .topic = GS_GENERATE_COMMENTS,
                                  .value = gs_str_of("four")};
    struct gsi_generate_tally tally;
    struct gs_buf text = {0};
    (void)state;
    assert_int_equal(gsi_generate_first_topic(&run, GS_GENERATE_COMMENTS), GS_GENERATE_POSTS);
    gsi_generate_tally_init(&tally, 2);
    gsi_generate_tally_add(&tally, &record, GS_GENERATE_POSTS);
    record.bad = GS_BAD_MAGIC;
    gsi_generate_tally_add(&tally, &record, GS_GENERATE_POSTS);
    gsi_generate_tally_json(&tally, &config, &run, &progress, &text);
    json_error_t where;
    json_t *json = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &where);
    if (!json)
        fail_msg("%s at %d", where.text, where.position);
    assert_int_equal(number_at(json, "delivered"), 3);
    assert_int_equal(number_at(json, "failed"), 1);
    assert_int_equal(number_at(json_object_get(json, "kinds"), "comment.created"), 2);
    assert_int_equal(number_at(json_object_get(json, "bad"), "magic"), 1);
    const json_t *topics = json_object_get(json, "topics");
    assert_int_equal(json_object_size(topics), 2);
    assert_int_equal(json_array_size(json_object_get(topics, "profiles")), 2);
    const json_t *partition = json_array_get(json_object_get(topics, "all"), 1);
    assert_int_equal(number_at(partition, "records"), 2);
    assert_int_equal(number_at(partition, "malformed"), 1);
    assert_int_equal(number_at(partition, "bytes"), 8);
    json_decref(json);
    gs_buf_deinit(&text);
    gsi_generate_tally_deinit(&tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pinned_bytes),
        cmocka_unit_test(test_batches_equal_single_records),
        cmocka_unit_test(test_times_and_numbers),
        cmocka_unit_test(test_ratios),
        cmocka_unit_test(test_changes_of_comments),
        cmocka_unit_test(test_zipf),
        cmocka_unit_test(test_wrong_configurations),
        cmocka_unit_test(test_every_record_decodes_as_it_says),
        cmocka_unit_test(test_every_broken_record_is_broken_as_it_says),
        cmocka_unit_test(test_duplicates_are_the_same_bytes),
        cmocka_unit_test(test_ledger_lines),
        cmocka_unit_test(test_ledger_that_cannot_be_written),
        cmocka_unit_test(test_summary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
