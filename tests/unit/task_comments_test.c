/* Goal: an edit, a deletion or a repetition of a comment changes exactly what the comment added, in
 * every view, while its input remembers it, and nothing else.
 * Method: records by hand into a task that remembers comments for one minute; then what its windows
 * and its memory hold. A naive memory, which keeps every comment for ever, is the judge of a long
 * random stream. */
#include "task_log.h"

enum { HORIZON = 60000 };

static struct gs_event comment_of(const char *id, enum gs_action action, int64_t t_ms)
{
    struct gs_event event = fixture_comment(t_ms);
    event.action = (uint8_t)action;
    event.comment.comment_id = gs_str_of(id);
    return event;
}

static enum gs_disposition fold(struct gs_task *task, const char *id, enum gs_action action,
                                int64_t t_ms)
{
    return fixture_fold(task, COMMENTS, comment_of(id, action, t_ms));
}

static enum gs_disposition say(struct gs_task *task, const char *id, enum gs_action action,
                               int64_t t_ms, double sentiment)
{
    struct gs_event event = comment_of(id, action, t_ms);
    event.comment.sentiment = sentiment;
    return fixture_fold(task, COMMENTS, event);
}

static int64_t sum(struct gs_task *task, uint8_t level, enum gs_counter counter)
{
    int64_t in_post = fixture_sum(task, BY_POST, "p1", level, (int)counter);
    int64_t value = fixture_sum(task, BY_INFLUENCER, "ann", level, (int)counter);
    if (level != SHORT) /* posts have no cells of it */
        assert_int_equal(in_post, value);
    return value;
}

static void expect_sums(struct gs_task *task, int64_t comments, int64_t pos, int64_t neg,
                        int64_t sent)
{
    assert_int_equal(sum(task, LONG, GS_C_COMMENTS), comments);
    assert_int_equal(sum(task, LONG, GS_C_CLEAN), comments);
    assert_int_equal(sum(task, LONG, GS_C_POS), pos);
    assert_int_equal(sum(task, LONG, GS_C_NEG), neg);
    assert_int_equal(sum(task, LONG, GS_C_SENT_SUM), sent);
}

static struct gs_task_input_stats seen(const struct gs_task *task)
{
    return fixture_stats(task).input[COMMENTS];
}

/* ------------------------------------------------------------------ what each action does */

static void test_an_edit_replaces(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    say(task, "c", GS_ACTION_CREATED, T0, 0.5);
    expect_sums(task, 1, 1, 0, 5000);
    assert_int_equal(say(task, "c", GS_ACTION_EDITED, T0 + 1000, -0.25), GS_PROCESSED);
    expect_sums(task, 1, 0, 1, -2500);
    assert_int_equal(sum(task, LONG, GS_C_SENT_SQ), 2500 * 2500);
    say(task, "c", GS_ACTION_EDITED, T0 + 2000, 0.75);
    expect_sums(task, 1, 1, 0, 7500);
    fold(task, "c", GS_ACTION_EDITED, T0 + 3000); /* now it is scored: "I love this" */
    expect_sums(task, 1, 1, 0, 6369);
    struct gs_event silent = comment_of("c", GS_ACTION_EDITED, T0 + 4000);
    silent.comment.text = (struct gs_str){0};
    fixture_fold(task, COMMENTS, silent);
    expect_sums(task, 1, 0, 0, 0);
    assert_int_equal(sum(task, LONG, GS_C_UNK), 1);
    assert_int_equal(fixture_stats(task).scored, 1);
    gs_task_destroy(task);
}

/* In the pane of the comment, not of the edit. */
static void test_an_edit_stays_in_the_comments_pane(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    say(task, "c", GS_ACTION_CREATED, T0, 0.5);
    say(task, "c", GS_ACTION_EDITED, T0 + 9999, -0.5);
    assert_int_equal(sum(task, SHORT, GS_C_NEG), 1);
    say(task, "later", GS_ACTION_CREATED, T0 + 10000, 0.5);
    assert_int_equal(sum(task, SHORT, GS_C_NEG), 0);
    assert_int_equal(sum(task, MIDDLE, GS_C_NEG), 1);
    say(task, "c", GS_ACTION_EDITED, T0 + 10000, 0.5);
    assert_int_equal(sum(task, SHORT, GS_C_POS), 1);
    assert_int_equal(sum(task, MIDDLE, GS_C_POS), 2);
    gs_task_destroy(task);
}

static void test_a_deletion_takes_back_and_forgets(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    say(task, "c", GS_ACTION_CREATED, T0, 0.5);
    say(task, "d", GS_ACTION_CREATED, T0, -0.5);
    assert_int_equal(fold(task, "c", GS_ACTION_DELETED, T0 + 1000), GS_PROCESSED);
    expect_sums(task, 1, 0, 1, -5000);
    assert_int_equal(fold(task, "c", GS_ACTION_DELETED, T0 + 1000), GS_PROCESSED);
    assert_int_equal(fold(task, "c", GS_ACTION_EDITED, T0 + 1000), GS_PROCESSED);
    expect_sums(task, 1, 0, 1, -5000);
    assert_int_equal(seen(task).orphan_retractions, 2);
    assert_int_equal(say(task, "c", GS_ACTION_CREATED, T0 + 2000, 0.25), GS_PROCESSED);
    expect_sums(task, 2, 1, 1, -2500);
    gs_task_destroy(task);
}

static void test_a_repeated_creation_is_a_duplicate(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    say(task, "c", GS_ACTION_CREATED, T0, 0.5);
    assert_int_equal(say(task, "c", GS_ACTION_CREATED, T0 + 1000, -0.5), GS_DUPLICATE);
    expect_sums(task, 1, 1, 0, 5000);
    say(task, "c", GS_ACTION_EDITED, T0 + 2000, -0.5);
    assert_int_equal(say(task, "c", GS_ACTION_CREATED, T0 + 3000, 0.5), GS_DUPLICATE);
    expect_sums(task, 1, 0, 1, -5000);
    assert_int_equal(seen(task).disposition[GS_DUPLICATE], 2);
    assert_int_equal(fixture_stats(task).as_of_ms, T0 + 3000);
    gs_task_destroy(task);
}

static void test_an_authors_reply_stays_one(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    struct gs_event reply = comment_of("c", GS_ACTION_CREATED, T0);
    reply.comment.actor_id = reply.influencer_id;
    fixture_fold(task, COMMENTS, reply);
    say(task, "c", GS_ACTION_EDITED, T0, 0.5);
    expect_sums(task, 0, 0, 0, 0);
    assert_int_equal(sum(task, LONG, GS_C_AUTHOR_REPLIES), 1);
    fold(task, "c", GS_ACTION_DELETED, T0);
    assert_int_equal(sum(task, LONG, GS_C_AUTHOR_REPLIES), 0);
    gs_task_destroy(task);
}

/* To what it was added, whatever the later record says of it. */
static void test_attribution_is_that_of_the_creation(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    struct gs_event event = comment_of("c", GS_ACTION_CREATED, T0);
    event.campaign_id = gs_str_of("x");
    fixture_fold(task, COMMENTS, event);
    struct gs_event other = comment_of("c", GS_ACTION_DELETED, T0);
    other.influencer_id = gs_str_of("bob");
    other.post_id = gs_str_of("p2");
    other.campaign_id = gs_str_of("y");
    fixture_fold(task, COMMENTS, other);
    expect_sums(task, 0, 0, 0, 0);
    assert_int_equal(fixture_sum(task, BY_CAMPAIGN, "x/ann", LONG, GS_C_COMMENTS), 0);
    assert_int_equal(fixture_stats(task).entities, 3);
    gs_task_destroy(task);
}

/* What a refused entity did not get is not taken from anybody. */
static void test_refused_entities(void **state)
{
    (void)state;
    struct gs_task_config config = fixture_config();
    config.entities_max = 1;
    struct gs_task *task = fixture_create(&config);
    fixture_open_gate(task);
    fold(task, "c", GS_ACTION_CREATED, T0);
    assert_int_equal(fixture_stats(task).entities_refused, 1);
    fold(task, "c", GS_ACTION_DELETED, T0);
    assert_int_equal(fixture_sum(task, BY_INFLUENCER, "ann", LONG, GS_C_COMMENTS), 0);
    assert_int_equal(fixture_sum(task, BY_POST, "p1", LONG, GS_C_COMMENTS), 0);
    gs_task_destroy(task);
}

/* Late and clamped are told of every record, where the record itself belongs. */
static void test_late_changes_are_counted_as_late(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    fold(task, "c", GS_ACTION_CREATED, T0 + 30000);
    struct gs_event event = comment_of("c", GS_ACTION_EDITED, T0);
    event.record_ms = T0 + 30000;
    event.comment.sentiment = -0.5;
    fixture_fold(task, COMMENTS, event);
    event = comment_of("none", GS_ACTION_METRICS, T0 + 90000);
    event.record_ms = T0 + 30000;
    fixture_fold(task, COMMENTS, event);
    expect_sums(task, 1, 0, 1, -5000);
    assert_int_equal(sum(task, MIDDLE, GS_C_LATE_0), 1);
    assert_int_equal(sum(task, MIDDLE, GS_C_CLAMPED), 1);
    event = comment_of("c", GS_ACTION_DELETED, T0 - 600000);
    event.record_ms = T0 + 30000;
    assert_int_equal(fixture_fold(task, COMMENTS, event), GS_TOO_LATE);
    expect_sums(task, 1, 0, 1, -5000);
    gs_task_destroy(task);
}

/* ------------------------------------------------------------------ its counters */

static void copy_counters(void *user, const struct gsi_comment *comment,
                          const struct gsi_comment_counters *counters)
{
    (void)comment;
    *(struct gsi_comment_counters *)user = *counters;
}

static struct gs_event reaction_to(const char *id, enum gs_reaction reaction, int64_t count)
{
    struct gs_event event = fixture_reaction(T0, reaction, count);
    event.reaction.comment_id = gs_str_of(id);
    return event;
}

static void expect_counters(const struct gs_task *task, int64_t likes, int64_t replies,
                            int64_t shares)
{
    struct gsi_comment_counters counters = {.likes = -1};
    const struct gsi_input *input = &task->input[COMMENTS];
    gsi_comments_for_each(input->comments, input->h_ms, copy_counters, &counters);
    assert_int_equal(counters.likes, likes);
    assert_int_equal(counters.replies, replies);
    assert_int_equal(counters.shares, shares);
}

static void test_counters_come_from_snapshots(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    struct gs_event event = comment_of("c", GS_ACTION_CREATED, T0);
    event.comment.likes = 3;
    fixture_fold(task, COMMENTS, event);
    expect_counters(task, 3, 0, 0);
    event = comment_of("c", GS_ACTION_METRICS, T0);
    event.comment.replies = 7;
    event.comment.shares = INT64_C(1) << 40;
    fixture_fold(task, COMMENTS, event);
    expect_counters(task, 3, 7, INT32_MAX);
    event = comment_of("c", GS_ACTION_EDITED, T0);
    event.comment.likes = 2;
    fixture_fold(task, COMMENTS, event);
    fixture_fold(task, COMMENTS, reaction_to("c", GS_REACTION_LIKE, 9));
    expect_counters(task, 2, 7, INT32_MAX);
    expect_sums(task, 1, 1, 0, 6369);
    assert_int_equal(sum(task, LONG, GS_C_LIKES), 0);
    fold(task, "none", GS_ACTION_METRICS, T0);
    assert_int_equal(seen(task).orphan_counters, 1);
    gs_task_destroy(task);
}

static void test_counters_come_from_reactions(void **state)
{
    (void)state;
    struct gs_task_config config = fixture_config();
    config.engagement = GS_ENGAGEMENT_REACTIONS;
    struct gs_task *task = fixture_create(&config);
    fixture_open_gate(task);
    struct gs_event event = comment_of("c", GS_ACTION_CREATED, T0);
    event.comment.likes = 30;
    event.comment.replies = 5;
    fixture_fold(task, COMMENTS, event);
    fixture_fold(task, COMMENTS, reaction_to("c", GS_REACTION_LIKE, 3));
    fixture_fold(task, COMMENTS, reaction_to("c", GS_REACTION_QUOTE, 2));
    fixture_fold(task, COMMENTS, reaction_to("c", GS_REACTION_CONVERSION, 2));
    event = reaction_to("c", GS_REACTION_LIKE, 1);
    event.reaction.op = GS_OP_REMOVE;
    fixture_fold(task, COMMENTS, event);
    expect_counters(task, 2, 5, 2);
    assert_int_equal(sum(task, LONG, GS_C_LIKES), 0);
    assert_int_equal(sum(task, LONG, GS_C_CONVERSIONS), 0);
    gs_task_destroy(task);
}

/* A comment has bits for small ones; none may take others' when it grows out of them, or back. */
static void test_counters_of_all_sizes(void **state)
{
    (void)state;
    static const int64_t sizes[] = {0, 1, 31, 32, 127, 128, 1023, 1024, INT32_MAX};
    enum { SIZES = GS_COUNT_OF(sizes) };
    struct gs_task *task = fixture_task();
    fold(task, "c", GS_ACTION_CREATED, T0);
    for (size_t i = 0; i < SIZES * SIZES * SIZES; i++) {
        struct gs_event event = comment_of("c", GS_ACTION_METRICS, T0);
        event.comment.likes = sizes[i % SIZES];
        event.comment.replies = sizes[i / SIZES % SIZES];
        event.comment.shares = sizes[(i / SIZES / SIZES + i) % SIZES];
        fixture_fold(task, COMMENTS, event);
        expect_counters(task, event.comment.likes, event.comment.replies, event.comment.shares);
    }
    gs_task_destroy(task);
}

static void test_counters_below_0(void **state)
{
    (void)state;
    struct gs_task_config config = fixture_config();
    config.engagement = GS_ENGAGEMENT_REACTIONS;
    struct gs_task *task = fixture_create(&config);
    fixture_open_gate(task);
    fold(task, "c", GS_ACTION_CREATED, T0);
    struct gs_event event = reaction_to("c", GS_REACTION_LIKE, 1);
    event.reaction.op = GS_OP_REMOVE;
    fixture_fold(task, COMMENTS, event);
    expect_counters(task, -1, 0, 0);
    fixture_fold(task, COMMENTS, reaction_to("c", GS_REACTION_LIKE, 3));
    expect_counters(task, 2, 0, 0);
    gs_task_destroy(task);
}

/* Two inputs are never mixed: their order is not known. */
static void test_another_input_finds_nothing(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    fold(task, "c", GS_ACTION_CREATED, T0);
    assert_int_equal(fixture_fold(task, REACTIONS, reaction_to("c", GS_REACTION_LIKE, 9)),
                     GS_PROCESSED);
    assert_int_equal(fixture_stats(task).input[REACTIONS].orphan_counters, 1);
    fixture_fold(task, REACTIONS, comment_of("c", GS_ACTION_DELETED, T0));
    assert_int_equal(fixture_stats(task).input[REACTIONS].orphan_retractions, 1);
    expect_sums(task, 1, 1, 0, 6369);
    assert_int_equal(fixture_fold(task, REACTIONS, comment_of("c", GS_ACTION_CREATED, T0)),
                     GS_PROCESSED);
    expect_sums(task, 2, 2, 0, 2 * 6369);
    gs_task_destroy(task);
}

/* ------------------------------------------------------------------ how long, how many */

static void test_horizon(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    say(task, "c", GS_ACTION_CREATED, T0, 0.5);
    say(task, "d", GS_ACTION_CREATED, T0, 0.5);
    assert_int_equal(fold(task, "c", GS_ACTION_CREATED, T0 + HORIZON - 1), GS_DUPLICATE);
    fold(task, "c", GS_ACTION_DELETED, T0 + HORIZON - 1);
    expect_sums(task, 1, 1, 0, 5000);
    fold(task, "d", GS_ACTION_DELETED, T0 + HORIZON);
    expect_sums(task, 1, 1, 0, 5000);
    assert_int_equal(seen(task).orphan_retractions, 1);
    assert_int_equal(say(task, "d", GS_ACTION_CREATED, T0 + HORIZON, 0.5), GS_PROCESSED);
    expect_sums(task, 2, 2, 0, 10000);
    /* Born past the horizon: counted, never remembered. */
    struct gs_event old = comment_of("old", GS_ACTION_CREATED, T0);
    old.record_ms = T0 + HORIZON;
    fixture_fold(task, COMMENTS, old);
    old = comment_of("old", GS_ACTION_CREATED, T0 + 1);
    assert_int_equal(fixture_fold(task, COMMENTS, old), GS_PROCESSED);
    assert_int_equal(seen(task).comments_refused, 0);
    gs_task_destroy(task);
}

static struct gs_event by_author(const char *author, const char *post, struct gs_event event)
{
    event.influencer_id = gs_str_of(author);
    event.post_id = gs_str_of(post);
    return event;
}

/* Writes all there is, so that what has drained is forgotten. */
static void settle(struct gs_task *task)
{
    struct gs_cell_ref ref;
    for (int i = 1; i < 20; i++)
        gs_task_tick(task, WALL, i * 1000);
    while (gs_window_take_due(task->window, 1000000, true, &ref))
        gs_window_written(task->window, ref, 1);
}

/* Another input's clock forgets no comment. But where t has left the view nothing is touched: the
 * influencers here are forgotten, and a post, which is shown for longer, has the index of one. */
static void test_an_index_that_is_another_entitys_is_not_touched(void **state)
{
    (void)state;
    struct gs_task_config config = fixture_config();
    config.views[BY_INFLUENCER].levels = 1 << SHORT;
    struct gs_task *task = fixture_create(&config);
    fixture_open_gate(task);
    fixture_fold(task, COMMENTS, by_author("ann", "p1", comment_of("c", GS_ACTION_CREATED, T0)));
    fixture_fold(task, COMMENTS, by_author("eve", "p2", comment_of("d", GS_ACTION_CREATED, T0)));
    fixture_fold(task, POSTS, fixture_post(T0 + 20000, GS_ACTION_METRICS)); /* adds nothing */
    assert_int_equal(fixture_stats(task).entities, 4);
    settle(task);
    assert_int_equal(fixture_stats(task).entities, 2);
    struct gs_event post = fixture_post(T0 + 20000, GS_ACTION_PUBLISHED);
    fixture_fold(task, POSTS, by_author("bob", "p9", post));
    assert_int_equal(fixture_stats(task).entities, 4);
    fold(task, "c", GS_ACTION_DELETED, T0);
    fold(task, "d", GS_ACTION_DELETED, T0);
    assert_int_equal(seen(task).orphan_retractions, 0);
    static const char *const posts[] = {"p1", "p2", "p9"};
    for (size_t i = 0; i < GS_COUNT_OF(posts); i++)
        assert_int_equal(fixture_sum(task, BY_POST, posts[i], LONG, GS_C_COMMENTS), 0);
    assert_int_equal(fixture_sum(task, BY_INFLUENCER, "bob", SHORT, GS_C_COMMENTS), 0);
    assert_int_equal(fixture_sum(task, BY_POST, "p9", LONG, GS_C_POSTS), 1);
    gs_task_destroy(task);
}

/* In one batch each record sees what those before it did. */
static void test_one_batch(void **state)
{
    (void)state;
    static const enum gs_action actions[] = {GS_ACTION_CREATED, GS_ACTION_EDITED, GS_ACTION_CREATED,
                                             GS_ACTION_DELETED, GS_ACTION_EDITED, GS_ACTION_CREATED,
                                             GS_ACTION_METRICS, GS_ACTION_EDITED};
    static const double scores[] = {0.5, -0.5, 0.1, 0, 0.2, 0.3, 0, -0.4};
    struct gs_task *task = fixture_task();
    struct gs_task_record records[GS_COUNT_OF(actions) + 2] = {0};
    for (size_t i = 0; i < GS_COUNT_OF(actions); i++) {
        records[i].event = comment_of("c", actions[i], T0);
        records[i].event.comment.sentiment = scores[i];
    }
    /* Then the clock forgets it, and it is created once more. */
    records[8].event = comment_of("d", GS_ACTION_CREATED, T0 + HORIZON);
    records[9].event = comment_of("c", GS_ACTION_CREATED, T0 + HORIZON);
    for (size_t i = 0; i < GS_COUNT_OF(records); i++)
        records[i].event.offset = (int64_t)i;
    assert_int_equal(gs_task_fold(task, COMMENTS, records, GS_COUNT_OF(records), NULL), 10);
    for (size_t i = 0; i < GS_COUNT_OF(records); i++)
        assert_int_equal(records[i].disposition, i == 2 ? GS_DUPLICATE : GS_PROCESSED);
    expect_sums(task, 3, 2, 1, -4000 + 2 * 6369);
    assert_int_equal(seen(task).orphan_retractions, 1);
    gs_task_destroy(task);
}

static void test_a_full_memory(void **state)
{
    (void)state;
    struct gs_task_config config = fixture_config();
    config.comments_max = 2;
    struct gs_task *task = fixture_create(&config);
    fixture_open_gate(task);
    fold(task, "a", GS_ACTION_CREATED, T0);
    fold(task, "b", GS_ACTION_CREATED, T0 + 5000);
    fold(task, "b", GS_ACTION_DELETED, T0 + 5000); /* it keeps its place */
    assert_int_equal(fold(task, "c", GS_ACTION_CREATED, T0 + 5000), GS_PROCESSED);
    assert_int_equal(seen(task).comments_refused, 1);
    assert_int_equal(seen(task).comments, 2);
    assert_int_equal(fold(task, "c", GS_ACTION_CREATED, T0 + 5000), GS_PROCESSED);
    assert_int_equal(seen(task).comments_refused, 2);
    expect_sums(task, 3, 3, 0, 3 * 6369);
    fold(task, "c", GS_ACTION_DELETED, T0 + 5000);
    assert_int_equal(seen(task).orphan_retractions, 1);
    /* a has expired, but its slice of a 64th of the horizon, which ends at T0 + 147, has not. */
    assert_int_equal((T0 + 148) % 938, 0);
    fold(task, "d", GS_ACTION_CREATED, T0 + 147 + HORIZON - 1);
    assert_int_equal(seen(task).comments_refused, 3);
    fold(task, "e", GS_ACTION_CREATED, T0 + 147 + HORIZON);
    assert_int_equal(seen(task).comments_refused, 3);
    assert_int_equal(fold(task, "e", GS_ACTION_CREATED, T0 + 147 + HORIZON), GS_DUPLICATE);
    gs_task_destroy(task);
}

/* ------------------------------------------------------------------ many */

enum { IDS = 3000, STEPS = 60000 };

/* A memory that keeps everything. */
struct naive {
    int64_t t_ms[IDS]; /* GS_NULL_INT: not there */
    uint32_t live;
};

static void count_one(void *user, const struct gsi_comment *comment,
                      const struct gsi_comment_counters *counters)
{
    (void)comment, (void)counters;
    ++*(uint32_t *)user;
}

static void compare_memory(const struct gs_task *task, const struct naive *naive, int64_t h_ms)
{
    uint32_t expected = 0, found = 0;
    for (int i = 0; i < IDS; i++)
        expected += naive->t_ms[i] != GS_NULL_INT && h_ms - naive->t_ms[i] < HORIZON;
    gsi_comments_for_each(task->input[COMMENTS].comments, h_ms, count_one, &found);
    assert_int_equal(found, expected);
}

static enum gs_disposition expect_step(struct naive *naive, int id, enum gs_action action,
                                       int64_t t_ms, int64_t h_ms, uint64_t *orphans)
{
    int64_t *its = &naive->t_ms[id];
    bool live = *its != GS_NULL_INT && h_ms - *its < HORIZON;
    *orphans += action != GS_ACTION_CREATED && !live;
    if (action == GS_ACTION_CREATED && live)
        return GS_DUPLICATE;
    if (action == GS_ACTION_CREATED)
        *its = h_ms - t_ms < HORIZON ? t_ms : GS_NULL_INT;
    else if (action == GS_ACTION_DELETED)
        *its = GS_NULL_INT;
    return GS_PROCESSED;
}

static void test_many_against_a_naive_memory(void **state)
{
    (void)state;
    static struct naive naive;
    static char ids[IDS][16];
    struct gs_task_config config = fixture_config();
    config.comments_max = 1 << 20;
    config.dedupe_capacity = 1 << 20;
    uint64_t random = getenv("GS_SEED") ? strtoull(getenv("GS_SEED"), NULL, 10) : 1;
    print_message("GS_SEED=%llu\n", (unsigned long long)random);
    struct gs_task *task = fixture_create(&config);
    fixture_open_gate(task);
    int64_t h_ms = T0;
    uint64_t orphans = 0;
    for (int i = 0; i < IDS; i++) {
        naive.t_ms[i] = GS_NULL_INT;
        snprintf(ids[i], sizeof ids[i], "c%d", i);
    }
    for (int step = 0; step < STEPS; step++) {
        static const enum gs_action actions[] = {GS_ACTION_CREATED, GS_ACTION_CREATED,
                                                 GS_ACTION_CREATED, GS_ACTION_EDITED,
                                                 GS_ACTION_DELETED};
        enum gs_action action = actions[log_below(&random, GS_COUNT_OF(actions))];
        int id = (int)log_below(&random, IDS);
        h_ms += log_below(&random, log_chance(&random, 1) ? 3000 : 50);
        h_ms += step % 9000 == 8999 ? 2 * HORIZON : 0; /* all expire at once */
        int64_t t_ms = h_ms - (log_chance(&random, 20) ? log_below(&random, 2 * HORIZON) : 0);
        struct gs_event event = comment_of(ids[id], action, h_ms);
        event.event_ms = t_ms;
        fixture_fold(task, COMMENTS, fixture_post(h_ms, GS_ACTION_METRICS)); /* H */
        enum gs_disposition expected = expect_step(&naive, id, action, t_ms, h_ms, &orphans);
        assert_int_equal(fixture_fold(task, COMMENTS, event), expected);
        if (step % 1000 == 0)
            compare_memory(task, &naive, h_ms);
    }
    assert_int_equal(seen(task).orphan_retractions, orphans);
    assert_true(seen(task).disposition[GS_DUPLICATE] > 1000 && orphans > 1000);
    gs_task_destroy(task);
}

/* Places and the index are used again: what expired takes up no room for long. */
static void test_memory_is_bounded(void **state)
{
    (void)state;
    static char ids[256][24];
    struct gs_task_config config = fixture_config();
    config.comments_max = 4000;
    config.dedupe_capacity = 100;
    struct gs_task *task = fixture_create(&config);
    fixture_open_gate(task);
    size_t bytes = 0;
    for (int step = 0; step < 100000; step++) {
        char *id = ids[step % 256];
        snprintf(id, sizeof ids[0], "c%d", step);
        fold(task, id, GS_ACTION_CREATED, T0 + step * 20); /* 3,000 in the horizon */
        if (step == 10000)
            bytes = gsi_comments_bytes(task->input[COMMENTS].comments);
    }
    assert_int_equal(gsi_comments_bytes(task->input[COMMENTS].comments), bytes);
    assert_true(bytes < 80 * 5000);
    assert_int_equal(seen(task).comments_refused, 0);
    assert_in_range(seen(task).comments, 3000, 3100);
    gs_task_destroy(task);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_edit_replaces),
        cmocka_unit_test(test_an_edit_stays_in_the_comments_pane),
        cmocka_unit_test(test_a_deletion_takes_back_and_forgets),
        cmocka_unit_test(test_a_repeated_creation_is_a_duplicate),
        cmocka_unit_test(test_an_authors_reply_stays_one),
        cmocka_unit_test(test_attribution_is_that_of_the_creation),
        cmocka_unit_test(test_refused_entities),
        cmocka_unit_test(test_late_changes_are_counted_as_late),
        cmocka_unit_test(test_counters_come_from_snapshots),
        cmocka_unit_test(test_counters_come_from_reactions),
        cmocka_unit_test(test_counters_of_all_sizes),
        cmocka_unit_test(test_counters_below_0),
        cmocka_unit_test(test_another_input_finds_nothing),
        cmocka_unit_test(test_horizon),
        cmocka_unit_test(test_an_index_that_is_another_entitys_is_not_touched),
        cmocka_unit_test(test_one_batch),
        cmocka_unit_test(test_a_full_memory),
        cmocka_unit_test(test_many_against_a_naive_memory),
        cmocka_unit_test(test_memory_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
