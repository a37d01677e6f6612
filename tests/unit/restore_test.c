/* Goal: what a task goes on from is what its log of checkpoints holds, whatever stands there beside
 * it and whatever becomes of the log while it is read; and it always comes to an end. Method: a log
 * of records that real tasks have cut, served as a source would, with faults: another order,
 * records that change or go after they were scanned, whole records that make no sense. */
#include "task_fixture.h"

#include "groundswell/restore.h"

enum { LOG_MAX = 400, TURNS_MAX = 10000 };

/* The log, and what happens to it while it is read. */
static struct {
    char *bytes[LOG_MAX];
    uint32_t len[LOG_MAX];
    int64_t start; /* earlier ones were deleted */
    int64_t end;
    int64_t spoil;   /* this one is another once the lineage is read */
    int64_t cut_to;  /* or the log ends here then; -1 = nothing happens */
    bool always_gap; /* whatever is wanted is not there */
    uint32_t seeks;
} store;

static struct gs_task_config config;

static int set_up(void **state)
{
    (void)state;
    memset(&store, 0, sizeof store);
    store.spoil = store.cut_to = -1;
    config = fixture_config();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < LOG_MAX; i++)
        gs_free(store.bytes[i]);
    return 0;
}

static void append(struct gs_str record)
{
    assert_true(store.end < LOG_MAX);
    store.bytes[store.end] = gs_alloc(record.len + 1);
    memcpy(store.bytes[store.end], record.data, record.len);
    store.len[store.end++] = record.len;
}

/* ------------------------------------------------------------------ writers */

static struct gs_task *owner(void)
{
    struct gs_task *task = fixture_create(&config);
    fixture_open_gate(task);
    gs_task_keep_checkpoints(task, NULL);
    return task;
}

static void cut_of_topic(struct gs_task *task, uint64_t topic)
{
    struct gs_task_log logs[GS_INPUTS_MAX] = {0};
    for (int i = 0; i < INPUTS; i++)
        logs[i] = (struct gs_task_log){0, {topic, topic}};
    uint32_t parts = gs_task_cut(task, logs, 1000000, 1000);
    for (uint32_t i = 0; i < parts; i++)
        append(gs_task_cut_record(task, i));
    gs_task_cut_acked(task);
}

/* One more comment, one more cut. */
static void comment_and_cut(struct gs_task *task)
{
    assert_int_equal(fixture_fold(task, COMMENTS, fixture_comment(T0)), GS_PROCESSED);
    cut_of_topic(task, 0);
}

static struct gs_task *owner_of_cuts(int count)
{
    struct gs_task *task = owner();
    for (int i = 0; i < count; i++)
        comment_and_cut(task);
    return task;
}

/* A cut that is whole and sound, far ahead of all others, and holds an entry of no kind. */
static void append_senseless(uint64_t number)
{
    static struct gs_cut_barrier barrier;
    struct gs_cut_writer *writer = gs_cut_writer_create(10000);
    struct gs_cut_id incarnation = {99, number};
    struct gs_cut_chain *chain = gs_cut_chain_create(NULL, incarnation);
    struct gs_cut_header header = {.layout = gs_task_layout(&config),
                                   .incarnation = incarnation,
                                   .cut = gs_cut_chain_begin(chain, true)};
    barrier = (struct gs_cut_barrier){.input_count = INPUTS, .as_of_ms = T0};
    for (int i = 0; i < INPUTS; i++)
        barrier.inputs[i] = (struct gs_cut_input){.offset = 50, .short_offset = 50};
    gs_cut_chain_lineage(chain, &barrier.lineage);
    gs_cut_writer_begin(writer);
    assert_true(gs_cut_writer_add(
        writer, &(struct gs_cut_entry){200, gs_str_of("key"), gs_str_of("value")}));
    uint32_t parts = gs_cut_writer_finish(writer, &header, &barrier);
    for (uint32_t i = 0; i < parts; i++)
        append(gs_cut_writer_record(writer, i));
    gs_cut_chain_destroy(chain);
    gs_cut_writer_destroy(writer);
}

/* ------------------------------------------------------------------ the reader */

static struct gs_restore *begin_at(int64_t recent)
{
    struct gs_restore_config restore = {
        .task = &config, .start = store.start, .recent = recent, .end = store.end};
    for (int i = 0; i < INPUTS; i++)
        restore.input_ends[i] = 100;
    return gs_restore_create(&restore);
}

static bool is_reading(const struct gs_restore *restore)
{
    struct gs_restore_stats stats;
    gs_restore_stats(restore, &stats);
    return stats.read_count > 0;
}

static void serve(struct gs_restore *restore, int64_t at)
{
    int64_t end = is_reading(restore) && store.cut_to >= 0 ? store.cut_to : store.end;
    if (at < store.start || store.always_gap)
        gs_restore_gap(restore);
    else if (at >= end)
        gs_restore_end(restore, end);
    else if (at == store.spoil && is_reading(restore))
        gs_restore_record(restore, at, gs_str_make(store.bytes[0], store.len[0])); /* sound */
    else
        gs_restore_record(restore, at, gs_str_make(store.bytes[at], store.len[at]));
}

/* To the end; returns the task. */
static struct gs_task *follow(struct gs_restore *restore)
{
    int64_t at = 0;
    for (int turn = 0; turn < TURNS_MAX; turn++) {
        int64_t position;
        enum gs_restore_next next = gs_restore_next(restore, &position);
        if (next == GS_RESTORE_DONE)
            return gs_restore_take(restore);
        if (next == GS_RESTORE_SEEK) {
            at = position == GS_RESTORE_LOG_START ? store.start : position;
            store.seeks++;
        }
        serve(restore, at++);
    }
    fail_msg("it does not end");
    return NULL;
}

/* It goes on behind so many comments, and knows of them; returns what happened. */
static struct gs_restore_stats expect_comments(struct gs_restore *restore, int64_t comments)
{
    struct gs_restore_stats stats;
    struct gs_task *task = follow(restore);
    gs_restore_stats(restore, &stats);
    if (comments < 0) {
        assert_null(task);
    } else {
        assert_non_null(task);
        assert_int_equal(gs_task_next_offset(task, COMMENTS), comments);
        assert_int_equal(gs_restore_barrier(restore)->inputs[COMMENTS].offset, comments);
        assert_int_equal(fixture_sum(task, BY_INFLUENCER, "ann", LONG, GS_C_COMMENTS), comments);
        assert_int_equal(stats.reads, stats.read_count);
    }
    gs_task_destroy(task);
    gs_restore_destroy(restore);
    return stats;
}

/* ------------------------------------------------------------------ going on */

static void test_empty(void **state)
{
    (void)state;
    struct gs_restore_stats stats = expect_comments(begin_at(-1), -1);
    assert_int_equal(store.seeks, 0);
    assert_int_equal(stats.records, 0);
}

static void test_newest(void **state)
{
    (void)state;
    gs_task_destroy(owner_of_cuts(5));
    struct gs_restore_stats stats = expect_comments(begin_at(-1), 5);
    assert_int_equal(stats.scans, 1);
    assert_int_equal(stats.records, store.end);
    assert_int_equal(stats.failures, 0);
    assert_false(stats.mixed);
    assert_int_equal(store.seeks, 2); /* to scan, and to read */
}

static void test_newer_records_are_not_waited_for(void **state)
{
    (void)state;
    struct gs_task *task = owner_of_cuts(2);
    struct gs_restore *restore = begin_at(-1);
    comment_and_cut(task);
    struct gs_restore_stats stats = expect_comments(restore, 2);
    assert_true(stats.records < (uint64_t)store.end);
    gs_task_destroy(task);
}

/* Where the scan begins in the middle of the lineage, all of the log is read. */
static void test_begins_too_late(void **state)
{
    (void)state;
    gs_task_destroy(owner_of_cuts(5));
    struct gs_restore_stats stats = expect_comments(begin_at(store.end - 3), 5);
    assert_int_equal(stats.scans, 2);
}

/* Also if there is another barrier that is whole, but behind. */
static void test_begins_too_late_for_the_best(void **state)
{
    (void)state;
    gs_task_destroy(owner_of_cuts(5));
    int64_t tail = store.end - 2;
    config.incarnation[0] = '1';
    gs_task_destroy(owner_of_cuts(1));
    struct gs_restore_stats stats = expect_comments(begin_at(tail), 5);
    assert_int_equal(stats.scans, 2);
}

static void test_recent_is_enough(void **state)
{
    (void)state;
    append(gs_str_of("old"));
    append(gs_str_of("old"));
    gs_task_destroy(owner_of_cuts(3));
    struct gs_restore_stats stats = expect_comments(begin_at(2), 3);
    assert_int_equal(stats.scans, 1);
    assert_int_equal(stats.faults[GS_CUT_GOOD], store.end - 2);
}

/* The lineage's order is not always that of the log. */
static void test_another_order(void **state)
{
    (void)state;
    gs_task_destroy(owner_of_cuts(4));
    for (int64_t i = 0, j = store.end - 1; i < j; i++, j--) {
        char *bytes = store.bytes[i];
        uint32_t len = store.len[i];
        store.bytes[i] = store.bytes[j], store.len[i] = store.len[j];
        store.bytes[j] = bytes, store.len[j] = len;
    }
    expect_comments(begin_at(-1), 4);
    assert_int_equal(store.seeks, 5); /* back for each cut */
}

static void test_other_rules(void **state)
{
    (void)state;
    gs_task_destroy(owner_of_cuts(1));
    config.profiles_delay_ms++;
    assert_true(expect_comments(begin_at(-1), 1).mixed);
}

/* ------------------------------------------------------------------ what is passed over */

static void test_unfinished(void **state)
{
    (void)state;
    gs_task_destroy(owner_of_cuts(3));
    store.end--; /* its owner died before the barrier */
    gs_free(store.bytes[store.end]);
    store.bytes[store.end] = NULL;
    expect_comments(begin_at(-1), 2);
}

static void test_rubbish(void **state)
{
    (void)state;
    append(gs_str_of("GSC"));
    gs_task_destroy(owner_of_cuts(2));
    append(gs_str_of(""));
    append(gs_str_make(store.bytes[store.end - 2], store.len[store.end - 2]));
    store.bytes[store.end - 1][store.len[store.end - 1] - 1] ^= 1;
    struct gs_restore_stats stats = expect_comments(begin_at(-1), 2);
    assert_int_equal(stats.faults[GS_CUT_SHORT] + stats.faults[GS_CUT_FORMAT], 2);
    assert_int_equal(stats.faults[GS_CUT_CHECKSUM], 1);
}

static void test_other_topic(void **state)
{
    (void)state;
    struct gs_task *task = owner_of_cuts(2);
    cut_of_topic(task, 7);
    gs_task_destroy(task);
    struct gs_restore_config restore = {.task = &config, .end = store.end};
    for (int i = 0; i < INPUTS; i++) {
        restore.input_ends[i] = 100;
        restore.inputs[i] = (struct gs_cut_id){8, 8};
    }
    assert_int_equal(expect_comments(gs_restore_create(&restore), 2).other_topic, 1);
}

static void test_beyond_the_end(void **state)
{
    (void)state;
    gs_task_destroy(owner_of_cuts(4));
    struct gs_restore_config restore = {.task = &config, .end = store.end};
    restore.input_ends[COMMENTS] = 2;
    assert_int_equal(expect_comments(gs_restore_create(&restore), 2).beyond, 2);
}

/* ------------------------------------------------------------------ failures */

static void test_record_changes(void **state)
{
    (void)state;
    gs_task_destroy(owner_of_cuts(3));
    store.spoil = store.end - 2; /* the last cut's entries */
    struct gs_restore *restore = begin_at(-1);
    assert_int_equal(expect_comments(restore, 2).failures, 1);
}

static void test_log_is_cut_off(void **state)
{
    (void)state;
    gs_task_destroy(owner_of_cuts(3));
    store.cut_to = store.end - 2;
    assert_int_equal(expect_comments(begin_at(-1), 2).failures, 1);
}

static void test_makes_no_sense(void **state)
{
    (void)state;
    gs_task_destroy(owner_of_cuts(3));
    append_senseless(1);
    append_senseless(2);
    struct gs_restore *restore = begin_at(-1);
    struct gs_task *task = follow(restore);
    assert_non_null(task);
    assert_non_null(strstr(gs_restore_reason(restore), "kind 200"));
    assert_int_equal(gs_task_next_offset(task, COMMENTS), 3);
    gs_task_destroy(task);
    assert_int_equal(expect_comments(begin_at(-1), 3).failures, 2);
    gs_restore_destroy(restore);
}

static void test_gives_up(void **state)
{
    (void)state;
    gs_task_destroy(owner_of_cuts(3));
    for (uint64_t i = 0; i < 20; i++)
        append_senseless(i);
    assert_int_equal(expect_comments(begin_at(-1), -1).failures, 8);
}

/* Retention takes what is being read. */
static void test_front_goes(void **state)
{
    (void)state;
    gs_task_destroy(owner_of_cuts(3));
    struct gs_restore *restore = begin_at(-1);
    store.start = 1;
    assert_int_equal(expect_comments(restore, -1).failures, 1);
}

static void test_all_goes(void **state)
{
    (void)state;
    gs_task_destroy(owner_of_cuts(3));
    store.always_gap = true;
    assert_int_equal(expect_comments(begin_at(-1), -1).failures, 8);
}

/* ------------------------------------------------------------------ main */

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_empty),
        TEST(test_newest),
        TEST(test_newer_records_are_not_waited_for),
        TEST(test_begins_too_late),
        TEST(test_begins_too_late_for_the_best),
        TEST(test_recent_is_enough),
        TEST(test_another_order),
        TEST(test_other_rules),
        TEST(test_unfinished),
        TEST(test_rubbish),
        TEST(test_other_topic),
        TEST(test_beyond_the_end),
        TEST(test_record_changes),
        TEST(test_log_is_cut_off),
        TEST(test_makes_no_sense),
        TEST(test_gives_up),
        TEST(test_front_goes),
        TEST(test_all_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
