/* Goal: from running totals to what happened when, by the five rules of snapshots; publications
 * once; deleted posts leave and stay away. Method: PostEvents by hand; a table of pairs of
 * snapshots, then the windows' sums. */
#include "task_fixture.h"

#define NONE GS_NULL_INT

static struct gs_event likes(int64_t t_ms, enum gs_action action, int64_t value)
{
    struct gs_event event = fixture_post(t_ms, action);
    event.post.metrics[GS_SNAPSHOT_LIKES] = value;
    return event;
}

static int64_t sum(struct gs_task *task, uint8_t level, int counter)
{
    int64_t total = fixture_sum(task, BY_POST, "p1", level, counter);
    if (level > SHORT)
        assert_int_equal(fixture_sum(task, BY_INFLUENCER, "ann", level, counter), total);
    return total;
}

/* ------------------------------------------------------------------ pairs of snapshots */

static const struct pair {
    const char *what;
    int64_t created_ms; /* relative to T0, of the first; NONE = absent */
    enum gs_action first;
    int64_t t1, v1;
    int64_t t2, v2; /* v2 NONE = the metric is absent */
    int64_t in_10m, in_1m, purged;
    uint64_t baseline, ignored;
} pairs[] = {
    {"old post: baseline", NONE, GS_ACTION_METRICS, 0, 100, 30000, 160, 60, 60, 0, 1, 0},
    {"created before the window: baseline", -600000, GS_ACTION_METRICS, 0, 100, 0, 100, 0, 0, 0, 1,
     0},
    {"created in it: from zero", -599999, GS_ACTION_METRICS, 0, 600, 0, 600, 541, 56, 0, 0, 0},
    {"created ahead counts as now", 90000, GS_ACTION_METRICS, 0, 7, 0, 7, 7, 7, 0, 0, 0},
    {"published: from zero, now", NONE, GS_ACTION_PUBLISHED, 0, 7, 30000, 9, 9, 9, 0, 0, 0},
    {"growth is spread", NONE, GS_ACTION_PUBLISHED, 0, 0, 120000, 120, 120, 56, 0, 0, 0},
    {"replayed: nothing", NONE, GS_ACTION_PUBLISHED, 0, 7, 0, 7, 7, 7, 0, 0, 0},
    {"same instant: corrected upwards", NONE, GS_ACTION_PUBLISHED, 0, 7, 0, 9, 9, 9, 0, 0, 0},
    {"same instant: corrected downwards", NONE, GS_ACTION_PUBLISHED, 0, 7, 0, 4, 4, 4, 3, 0, 0},
    {"decrease: where it was seen", NONE, GS_ACTION_METRICS, 0, 100, 30000, 40, -60, -60, 60, 1, 0},
    {"older: ignored", NONE, GS_ACTION_METRICS, 0, 100, -1, 500, 0, 0, 0, 1, 1},
    {"absent: not updated", NONE, GS_ACTION_METRICS, 0, 100, 30000, NONE, 0, 0, 0, 1, 0},
    {"zero is a value", NONE, GS_ACTION_METRICS, 0, 0, 30000, 5, 5, 5, 0, 1, 0},
    {"forgotten: baseline again", NONE, GS_ACTION_METRICS, 0, 100, 600000, 160, 0, 0, 0, 2, 0},
    {"remembered just so", NONE, GS_ACTION_METRICS, 0, 100, 599999, 700, 600, 61, 0, 1, 0},
};

static void test_pairs_of_snapshots(void **state)
{
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(pairs); i++) {
        const struct pair *pair = &pairs[i];
        struct gs_task *task = fixture_task();
        struct gs_event first = likes(T0 + pair->t1, pair->first, pair->v1);
        first.post.created_ms = pair->created_ms == NONE ? NONE : T0 + pair->created_ms;
        fixture_fold(task, POSTS, first);
        fixture_fold(task, POSTS, likes(T0 + pair->t2, GS_ACTION_METRICS, pair->v2));
        struct gs_task_stats stats = fixture_stats(task);
        if (sum(task, LONG, GS_C_LIKES) != pair->in_10m ||
            sum(task, MIDDLE, GS_C_LIKES) != pair->in_1m ||
            sum(task, LONG, GS_C_PURGED) != pair->purged ||
            stats.snapshots_baseline != pair->baseline || stats.snapshots_ignored != pair->ignored)
            fail_msg("%s: 10m %lld, 1m %lld, purged %lld, baseline %llu, ignored %llu", pair->what,
                     (long long)sum(task, LONG, GS_C_LIKES),
                     (long long)sum(task, MIDDLE, GS_C_LIKES),
                     (long long)sum(task, LONG, GS_C_PURGED),
                     (unsigned long long)stats.snapshots_baseline,
                     (unsigned long long)stats.snapshots_ignored);
        gs_task_destroy(task);
    }
}

/* The three ways to the same totals end at the same totals: integers are conserved. */
static void test_growth_is_conserved_over_any_number_of_snapshots(void **state)
{
    (void)state;
    for (int64_t step = 1; step <= 50000; step = step * 3 + 1) {
        struct gs_task *task = fixture_task();
        fixture_fold(task, POSTS, likes(T0, GS_ACTION_PUBLISHED, 0));
        for (int64_t at = step; at < 50000; at += step)
            fixture_fold(task, POSTS, likes(T0 + at, GS_ACTION_METRICS, at * 7 / 5));
        fixture_fold(task, POSTS, likes(T0 + 50000, GS_ACTION_METRICS, 70000));
        assert_int_equal(sum(task, MIDDLE, GS_C_LIKES), 70000);
        assert_int_equal(sum(task, LONG, GS_C_LIKES), 70000);
        gs_task_destroy(task);
    }
}

static void test_delta_adds_without_memory(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    struct gs_event event = likes(T0, GS_ACTION_METRICS, 5);
    event.post.temporality = GS_TEMPORALITY_DELTA;
    fixture_fold(task, POSTS, event);
    event.event_id = fixture_event_id();
    fixture_fold(task, POSTS, event);
    assert_int_equal(sum(task, LONG, GS_C_LIKES), 10);
    fixture_fold(task, POSTS,
                 likes(T0 + 1, GS_ACTION_METRICS, 100)); /* the first total: baseline */
    assert_int_equal(sum(task, LONG, GS_C_LIKES), 10);
    event = likes(T0 + 2, GS_ACTION_METRICS, 103);
    event.post.temporality = GS_TEMPORALITY_UNKNOWN; /* a newer writer's word: as the default */
    fixture_fold(task, POSTS, event);
    assert_int_equal(sum(task, LONG, GS_C_LIKES), 13);
    gs_task_destroy(task);
}

/* With reactions as the source, snapshots tell only what no reaction carries. */
static void test_one_authority(void **state)
{
    (void)state;
    static const struct {
        enum gs_counter counter;
        bool always;
    } metrics[GS_SNAPSHOT_COUNT] = {
        [GS_SNAPSHOT_LIKES] = {GS_C_LIKES, false},
        [GS_SNAPSHOT_DISLIKES] = {GS_C_DISLIKES, false},
        [GS_SNAPSHOT_COMMENTS] = {GS_C_PLATFORM_COMMENTS, true},
        [GS_SNAPSHOT_SHARES] = {GS_C_SHARES, false},
        [GS_SNAPSHOT_SAVES] = {GS_C_SAVES, false},
        [GS_SNAPSHOT_VIEWS] = {GS_C_VIEWS, false},
        [GS_SNAPSHOT_REACH] = {GS_C_REACH, true},
        [GS_SNAPSHOT_IMPRESSIONS] = {GS_C_IMPRESSIONS, true},
        [GS_SNAPSHOT_CLICKS] = {GS_C_CLICKS, false},
    };
    for (int source = 0; source < 2; source++) {
        struct gs_task_config config = fixture_config();
        config.engagement = source ? GS_ENGAGEMENT_REACTIONS : GS_ENGAGEMENT_SNAPSHOTS;
        struct gs_task *task = fixture_create(&config);
        fixture_open_gate(task);
        struct gs_event event = fixture_post(T0, GS_ACTION_PUBLISHED);
        for (int m = 0; m < GS_SNAPSHOT_COUNT; m++)
            event.post.metrics[m] = m + 1;
        fixture_fold(task, POSTS, event);
        for (int m = 0; m < GS_SNAPSHOT_COUNT; m++)
            assert_int_equal(sum(task, LONG, (int)metrics[m].counter),
                             !source || metrics[m].always ? m + 1 : 0);
        gs_task_destroy(task);
    }
}

/* ------------------------------------------------------------------ publication and deletion */

static void test_a_post_is_published_once_while_it_is_remembered(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    fixture_fold(task, POSTS, fixture_post(T0, GS_ACTION_METRICS)); /* does not publish */
    assert_int_equal(sum(task, LONG, GS_C_POSTS), 0);
    fixture_fold(task, POSTS, fixture_post(T0, GS_ACTION_PUBLISHED));
    fixture_fold(task, POSTS, fixture_post(T0 + 300000, GS_ACTION_PUBLISHED));
    assert_int_equal(sum(task, LONG, GS_C_POSTS), 1);
    fixture_fold(task, POSTS, fixture_post(T0 + 800000, GS_ACTION_METRICS)); /* renews the memory */
    fixture_fold(task, POSTS, fixture_post(T0 + 1300000, GS_ACTION_PUBLISHED));
    assert_int_equal(sum(task, LONG, GS_C_POSTS), 0);
    fixture_fold(task, POSTS, fixture_post(T0 + 1900000, GS_ACTION_PUBLISHED)); /* forgotten */
    assert_int_equal(sum(task, LONG, GS_C_POSTS), 1);
    gs_task_destroy(task);
}

static void test_a_deleted_post_is_gone_for_one_longest_window(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    fixture_fold(task, POSTS, likes(T0, GS_ACTION_PUBLISHED, 10));
    fixture_fold(task, COMMENTS, fixture_comment(T0));
    assert_string_not_equal(fixture_cell(task, BY_POST, "p1", LONG), "");
    struct gs_event deleted = likes(T0 + 1000, GS_ACTION_DELETED, 500);
    fixture_fold(task, POSTS, deleted); /* carries no metrics */
    assert_string_equal(fixture_cell(task, BY_POST, "p1", MIDDLE), "");
    assert_string_equal(fixture_cell(task, BY_POST, "p1", LONG), "");
    fixture_fold(task, POSTS, likes(T0 + 2000, GS_ACTION_PUBLISHED, 90)); /* does not revive it */
    fixture_fold(task, COMMENTS, fixture_comment(T0 + 2000)); /* stays in the influencer's sums */
    assert_string_equal(fixture_cell(task, BY_POST, "p1", LONG), "");
    assert_int_equal(fixture_sum(task, BY_INFLUENCER, "ann", LONG, GS_C_LIKES), 10);
    assert_int_equal(fixture_sum(task, BY_INFLUENCER, "ann", LONG, GS_C_COMMENTS), 2);
    struct gs_event other = fixture_post(T0 + 601000, GS_ACTION_METRICS);
    other.post_id = gs_str_of("p2");
    fixture_fold(task, POSTS, other); /* the posts' clock decides, not that of the comments */
    assert_string_not_equal(fixture_cell(task, BY_POST, "p1", LONG), "");
    fixture_fold(task, POSTS, likes(T0 + 601000, GS_ACTION_PUBLISHED, 95));
    assert_int_equal(sum(task, MIDDLE, GS_C_POSTS), 1);
    gs_task_destroy(task);
}

/* The deletion of a post that was never seen: an earlier owner may have written it. */
static void test_a_deletion_marks_cells_that_were_never_seen(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    fixture_fold(task, POSTS, fixture_post(T0, GS_ACTION_DELETED));
    assert_string_equal(fixture_cell(task, BY_POST, "p1", MIDDLE), "");
    assert_string_equal(fixture_cell(task, BY_POST, "p1", LONG), "");
    assert_int_equal(fixture_stats(task).dirty, 2);
    assert_null(fixture_cell(task, BY_INFLUENCER, "ann", LONG));
    gs_task_destroy(task);
}

/* ------------------------------------------------------------------ the memory itself */

static struct gs_event post_number(int number, int64_t t_ms)
{
    static char ids[5000][16];
    struct gs_event event = likes(t_ms, GS_ACTION_METRICS, 1);
    snprintf(ids[number], sizeof ids[number], "%d", number);
    event.post_id = gs_str_of(ids[number]);
    return event;
}

/* It grows, forgets, and gives its room to others; nothing is lost on the way. */
static void test_memory_is_used_again(void **state)
{
    (void)state;
    enum { POSTS_SEEN = 5000 };
    struct gs_task *task = fixture_task();
    for (int round = 0; round < 3; round++) {
        int64_t t_ms = T0 + round * 700000;
        for (int i = 0; i < POSTS_SEEN; i++)
            fixture_fold(task, POSTS, post_number(i, t_ms));
        size_t bytes = gsi_posts_bytes(task->input[POSTS].posts);
        for (int i = 0; i < POSTS_SEEN; i++)
            fixture_fold(task, POSTS, post_number(i, t_ms + 1)); /* all are remembered */
        assert_int_equal(fixture_stats(task).snapshots_baseline, POSTS_SEEN * (round + 1));
        fixture_fold(task, POSTS, fixture_post(t_ms + 650000, GS_ACTION_METRICS)); /* moves H */
        for (int i = 0; i < POSTS_SEEN / 256 + 1; i++)
            gs_task_tick(task, WALL, i);
        assert_int_equal(gsi_posts_bytes(task->input[POSTS].posts), bytes);
    }
    gs_task_destroy(task);
}

static void test_a_full_memory_says_so(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    task->input[POSTS].posts = gsi_posts_create(2);
    for (int i = 0; i < 3; i++)
        fixture_fold(task, POSTS, post_number(i, T0));
    assert_int_equal(fixture_stats(task).posts_refused, 1);
    assert_int_equal(fixture_stats(task).snapshots_baseline, 3);
    fixture_fold(task, POSTS, post_number(2, T0 + 1));
    assert_int_equal(fixture_stats(task).posts_refused, 2);
    assert_int_equal(fixture_stats(task).snapshots_baseline, 4);
    gs_task_destroy(task);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs_of_snapshots),
        cmocka_unit_test(test_growth_is_conserved_over_any_number_of_snapshots),
        cmocka_unit_test(test_delta_adds_without_memory),
        cmocka_unit_test(test_one_authority),
        cmocka_unit_test(test_a_post_is_published_once_while_it_is_remembered),
        cmocka_unit_test(test_a_deleted_post_is_gone_for_one_longest_window),
        cmocka_unit_test(test_a_deletion_marks_cells_that_were_never_seen),
        cmocka_unit_test(test_memory_is_used_again),
        cmocka_unit_test(test_a_full_memory_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
