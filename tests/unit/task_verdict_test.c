/* Goal: what is no part of the discussion does not count in it, whenever that becomes known, and
 * all else counts as before. Method: records by hand into a task with rules; then the sums of its
 * windows. */
#include "task_fixture.h"

static const char WAVE[] = "this watch changed my life";
static const char SPAM[] = "free watches at https://spam.example/now";

static struct gs_clean_rules *rules;
static struct gs_task_config config;
static struct gs_task *task;

static void make_rules(const struct gs_clean_config *of)
{
    struct gs_error error;
    gs_clean_rules_destroy(rules);
    if (gs_clean_rules_create(of, &rules, &error) != GS_OK)
        fail_msg("%s", error.message);
    config.rules = rules;
}

static void make_task(void)
{
    gs_task_destroy(task);
    task = fixture_create(&config);
    fixture_open_gate(task);
}

static int set_up(void **state)
{
    struct gs_clean_config of;
    (void)state;
    config = fixture_config();
    gs_copies_config_default(&config.copies);
    gs_burst_config_default(&config.burst);
    gs_clean_config_default(&of);
    make_rules(&of);
    make_task();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    gs_task_destroy(task);
    gs_clean_rules_destroy(rules);
    task = NULL;
    rules = NULL;
    return 0;
}

/* ------------------------------------------------------------------ records */

static struct gs_event comment(const char *id, const char *actor, const char *text, int64_t t_ms)
{
    struct gs_event event = fixture_comment(t_ms);
    event.comment.comment_id = gs_str_of(id);
    event.comment.actor_id = gs_str_of(actor);
    event.comment.text = gs_str_of(text);
    return event;
}

static enum gs_disposition say(const char *id, const char *actor, const char *text, int64_t t_ms)
{
    return fixture_fold(task, COMMENTS, comment(id, actor, text, t_ms));
}

static enum gs_disposition change(const char *id, enum gs_action action, const char *text,
                                  int64_t t_ms)
{
    struct gs_event event = comment(id, "fan", text, t_ms);
    event.action = (uint8_t)action;
    return fixture_fold(task, COMMENTS, event);
}

static void metrics(const char *id, int64_t likes, int64_t t_ms)
{
    struct gs_event event = comment(id, "fan", NULL, t_ms);
    event.action = GS_ACTION_METRICS;
    event.comment.likes = likes;
    assert_int_equal(fixture_fold(task, COMMENTS, event), GS_PROCESSED);
}

/* From `first` on, each by another one, a second apart. */
static void wave(int first, int count, int64_t t_ms)
{
    static char names[16][16];
    for (int i = first; i < first + count; i++) {
        snprintf(names[i], sizeof names[i], "w%d", i);
        assert_int_equal(say(names[i], names[i], WAVE, t_ms + (i - first) * 1000), GS_PROCESSED);
    }
}

static int64_t sum(uint8_t level, int counter)
{
    int64_t value = fixture_sum(task, BY_INFLUENCER, "ann", level, counter);
    if (level != SHORT) /* posts have no cells of it */
        assert_int_equal(fixture_sum(task, BY_POST, "p1", level, counter), value);
    return value;
}

static void expect(int counter, int64_t value)
{
    assert_int_equal(sum(LONG, counter), value);
}

static void expect_counts(int64_t comments, int64_t clean, int64_t pos, int64_t sent)
{
    expect(GS_C_COMMENTS, comments);
    expect(GS_C_CLEAN, clean);
    expect(GS_C_POS, pos);
    expect(GS_C_SENT_SUM, sent);
    expect(GS_C_SENT_SQ, sent / 6369 * 6369 * 6369); /* of "love this watch" */
}

static struct gs_task_input_stats seen(void)
{
    return fixture_stats(task).input[COMMENTS];
}

/* Verdicts, not what cells show: deletions take nothing back. All others are 0. */
static void expect_dropped(enum gs_reason reason, uint64_t count)
{
    struct gs_task_stats stats = fixture_stats(task);
    for (int r = 0; r < GS_REASON_COUNT; r++)
        assert_int_equal(stats.dropped[r], r == (int)reason ? count : 0);
}

/* ------------------------------------------------------------------ verdicts */

static void test_spam_is_dropped(void **state)
{
    (void)state;
    say("a", "bob", "love this watch", T0);
    say("b", "eve", SPAM, T0);
    expect_counts(2, 1, 1, 6369);
    expect(GS_C_DROP + GS_REASON_URL, 1);
    expect_dropped(GS_REASON_URL, 1);
    expect(GS_C_VIS_POS, 1024);
    expect(GS_C_VIS_NEU, 0);
    assert_int_equal(fixture_stats(task).scored, 1);
}

static void test_an_upstream_score_does_not_save_it(void **state)
{
    struct gs_event event = comment("b", "eve", SPAM, T0);
    (void)state;
    event.comment.sentiment = 0.5;
    fixture_fold(task, COMMENTS, event);
    expect_counts(1, 0, 0, 0);
    expect(GS_C_DROP + GS_REASON_URL, 1);
}

/* GENERIC takes 96 of 256. */
static void test_what_says_little_counts_fully_but_weighs_less(void **state)
{
    (void)state;
    say("a", "bob", "nice pic", T0);
    expect(GS_C_CLEAN, 1);
    expect(GS_C_POS, 1);
    expect(GS_C_DOWNWEIGHTED, 1);
    expect(GS_C_VIS_POS, 160 * 1024 / 256);
    change("a", GS_ACTION_DELETED, NULL, T0);
    expect(GS_C_DOWNWEIGHTED, 0);
    expect(GS_C_VIS_POS, 0);
}

static void test_a_language_without_a_lexicon(void **state)
{
    static const char german[] = "das ist nicht so gut";
    struct gs_event event = comment("a", "bob", german, T0);
    struct gs_clean_config of;
    (void)state;
    fixture_fold(task, COMMENTS, event);
    expect(GS_C_UNK, 1);
    expect(GS_C_VIS_NEU, 0);
    gs_clean_config_default(&of);
    of.rule[GS_REASON_LANG_OTHER] = (struct gs_clean_rule){.action = GS_VERDICT_DROP};
    make_rules(&of);
    make_task();
    event.offset = 0;
    fixture_fold(task, COMMENTS, event);
    change("a", GS_ACTION_EDITED, "love this watch", T0);
    expect(GS_C_POS, 1);
    change("a", GS_ACTION_EDITED, german, T0);
    expect(GS_C_DROP + GS_REASON_LANG_OTHER, 1);
    change("a", GS_ACTION_EDITED, NULL, T0); /* of no language */
    expect(GS_C_UNK, 1);
    event = comment("b", "eve", german, T0);
    event.comment.lang = gs_str_of("en");
    fixture_fold(task, COMMENTS, event);
    expect(GS_C_NEU, 1);
    event = comment("c", "eve", german, T0);
    event.comment.lang = gs_str_of("de-AT");
    event.comment.sentiment = 0.5; /* a score does not make it another language */
    fixture_fold(task, COMMENTS, event);
    expect(GS_C_DROP + GS_REASON_LANG_OTHER, 1);
    expect_dropped(GS_REASON_LANG_OTHER, 3); /* new, edited, new */
    expect(GS_C_CLEAN, 2);
}

static void test_a_reply_of_the_author_is_only_that(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++)
        say((char[]){(char)('a' + i), 0}, "ann", i % 2 ? SPAM : WAVE, T0);
    wave(0, 4, T0);
    expect(GS_C_AUTHOR_REPLIES, 8);
    expect_counts(4, 4, 0, 0);
    assert_null(strstr(fixture_cell(task, BY_INFLUENCER, "ann", LONG), "drop"));
}

static void test_no_rules_no_verdicts(void **state)
{
    (void)state;
    config.rules = NULL;
    make_task();
    say("a", "bob", SPAM, T0);
    say("b", "bob", "nice pic", T0);
    metrics("b", 100, T0);
    wave(0, 6, T0);
    expect(GS_C_CLEAN, 8);
    for (int c = 0; c < GS_COUNTER_COUNT; c++)
        if (c >= GS_C_DROP || c == GS_C_DOWNWEIGHTED || (c >= GS_C_VIS_POS && c <= GS_C_VIS_NEU))
            expect(c, 0);
    assert_null(strstr(fixture_cell(task, BY_INFLUENCER, "ann", LONG), "reply_rate"));
}

/* ------------------------------------------------------------------ visibility */

static void test_reactions_change_what_is_seen(void **state)
{
    struct gs_event event = comment("a", "bob", "love this watch", T0);
    (void)state;
    event.comment.likes = 7;
    fixture_fold(task, COMMENTS, event);
    expect(GS_C_VIS_POS, 1024 + 3 * 1024);
    metrics("a", 15, T0 + 9000);
    expect(GS_C_VIS_POS, 1024 + 4 * 1024);
    say("z", "zoe", SPAM, T0 + 10000); /* what is seen of it stays in its own pane */
    assert_int_equal(sum(SHORT, GS_C_VIS_POS), 0);
    metrics("a", 0, T0 + 10000);
    assert_int_equal(sum(MIDDLE, GS_C_VIS_POS), 1024);
    metrics("z", 100, T0 + 10000);
    expect(GS_C_VIS_POS, 1024);
    expect(GS_C_VIS_NEU, 0);
}

static void test_reactions_of_their_own(void **state)
{
    struct gs_event like = fixture_reaction(T0, GS_REACTION_LIKE, 3);
    (void)state;
    config.engagement = GS_ENGAGEMENT_REACTIONS;
    make_task();
    say("a", "bob", "hate this watch", T0);
    like.reaction.comment_id = gs_str_of("a");
    fixture_fold(task, COMMENTS, like);
    expect(GS_C_VIS_NEG, 1024 + 2 * 1024);
    expect(GS_C_LIKES, 0);
}

/* All in one batch, so that the counters have their last values before the first is applied. */
static void test_changes_within_a_batch(void **state)
{
    static const struct gs_campaign_pool none;
    struct gs_task_record records[4] = {{.event = comment("a", "bob", "love this watch", T0)},
                                        {.event = comment("a", "bob", NULL, T0)},
                                        {.event = comment("a", "bob", "hate this watch", T0)},
                                        {.event = comment("b", "bob", "love this watch", T0)}};
    (void)state;
    records[1].event.action = GS_ACTION_METRICS;
    records[1].event.comment.likes = 31;
    records[2].event.action = GS_ACTION_EDITED;
    records[2].event.comment.likes = 1;
    for (int i = 0; i < 4; i++)
        records[i].event.offset = i;
    gs_task_fold(task, COMMENTS, records, 2, &none);
    expect(GS_C_VIS_POS, 1024 * 6);
    make_task();
    gs_task_fold(task, COMMENTS, records, 4, &none);
    expect(GS_C_VIS_POS, 1024);
    expect(GS_C_VIS_NEG, 2048);
}

/* ------------------------------------------------------------------ late verdicts */

static void test_copies_are_taken_back(void **state)
{
    (void)state;
    say("a", "bob", "love this watch", T0);
    wave(0, 4, T0 + 5000);
    metrics("w1", 3, T0 + 9000);
    expect_counts(5, 5, 1, 6369);
    expect(GS_C_VIS_NEU, 3 * 1024 + 3 * 1024);
    wave(4, 1, T0 + 14000);
    expect_counts(6, 1, 1, 6369);
    expect(GS_C_DROP + GS_REASON_COPYPASTA, 5);
    expect(GS_C_NEU, 0);
    expect(GS_C_VIS_NEU, 0);
    assert_int_equal(sum(SHORT, GS_C_COMMENTS), 5); /* since T0 + 5 s, each where it was */
    assert_int_equal(sum(SHORT, GS_C_DROP + GS_REASON_COPYPASTA), 5);
    assert_int_equal(seen().late_verdicts, 4);
    wave(5, 2, T0 + 14000);
    expect(GS_C_DROP + GS_REASON_COPYPASTA, 7);
    assert_int_equal(seen().late_verdicts, 4);
    change("w0", GS_ACTION_DELETED, NULL, T0 + 14000);
    expect(GS_C_DROP + GS_REASON_COPYPASTA, 6);
    expect_dropped(GS_REASON_COPYPASTA, 7);
    expect(GS_C_COMMENTS, 7);
}

static void test_a_wave_within_a_batch(void **state)
{
    static const struct gs_campaign_pool none;
    static const char *const names[] = {"a", "b", "c", "d", "e", "b"};
    struct gs_task_record records[6];
    (void)state;
    for (int i = 0; i < 6; i++) {
        records[i] = (struct gs_task_record){.event = comment(names[i], names[i], WAVE, T0)};
        records[i].event.offset = i;
    }
    records[5].event.action = GS_ACTION_DELETED; /* forgotten before the wave is applied */
    gs_task_fold(task, COMMENTS, records, 6, &none);
    expect_counts(4, 0, 0, 0);
    expect(GS_C_DROP + GS_REASON_COPYPASTA, 4);
    expect(GS_C_VIS_NEU, 0);
}

static void test_a_copy_that_is_forgotten(void **state)
{
    (void)state;
    wave(0, 4, T0);
    change("w0", GS_ACTION_DELETED, NULL, T0 + 4000);
    say("later", "bob", "love this watch", T0 + 61500); /* w1 too is past the horizon of a minute */
    wave(4, 1, T0 + 61500);
    assert_int_equal(seen().orphan_retractions, 2);
    assert_int_equal(seen().late_verdicts, 2);
    expect(GS_C_DROP + GS_REASON_COPYPASTA, 3);
    expect(GS_C_COMMENTS, 5);
    expect(GS_C_CLEAN, 2);
}

static void test_the_first_reason_stays(void **state)
{
    (void)state;
    say("x", "w0", "so much fun", T0);
    say("y", "w0", "so much joy", T0);
    wave(0, 1, T0 + 1000); /* the third on one post: BURST */
    expect(GS_C_DROP + GS_REASON_BURST, 1);
    wave(1, 4, T0 + 1000);
    expect(GS_C_DROP + GS_REASON_BURST, 1);
    expect(GS_C_DROP + GS_REASON_COPYPASTA, 4);
    expect(GS_C_COMMENTS, 7);
    expect(GS_C_CLEAN, 2);
}

/* The record says it, not whether it was counted. */
static void test_memories_take_in_what_is_not_counted(void **state)
{
    (void)state;
    say("x", "bob", "love this watch", T0);
    assert_int_equal(say("x", "bob", "love this watch", T0), GS_DUPLICATE);
    say("y", "bob", "love that one", T0);
    expect(GS_C_DROP + GS_REASON_BURST, 1);
    struct gs_event again = comment("z", "bob", WAVE, T0);
    fixture_fold(task, COMMENTS, again);
    again.comment.actor_id = gs_str_of("eve");
    again.comment.comment_id = gs_str_of("v");
    assert_int_equal(fixture_fold(task, COMMENTS, again), GS_DUPLICATE); /* the same event */
    wave(0, 3, T0);
    expect(GS_C_DROP + GS_REASON_COPYPASTA, 0);
    wave(3, 1, T0);
    expect(GS_C_DROP + GS_REASON_COPYPASTA, 4); /* z is BURST */
}

static void test_a_copy_may_weigh_less_instead(void **state)
{
    struct gs_clean_config of;
    (void)state;
    gs_clean_config_default(&of);
    of.rule[GS_REASON_COPYPASTA] =
        (struct gs_clean_rule){.action = GS_VERDICT_DOWNWEIGHT, .weight = 128};
    make_rules(&of);
    make_task();
    wave(0, 5, T0);
    expect(GS_C_CLEAN, 5);
    expect(GS_C_DOWNWEIGHTED, 5);
    expect(GS_C_VIS_NEU, 5 * 512);
    of.rule[GS_REASON_COPYPASTA].is_off = true;
    make_rules(&of);
    make_task();
    wave(0, 5, T0);
    expect(GS_C_CLEAN, 5);
    expect(GS_C_DOWNWEIGHTED, 0);
}

/* ------------------------------------------------------------------ edits */

static void test_an_edited_text_is_judged_again(void **state)
{
    (void)state;
    say("a", "bob", "love this watch", T0);
    change("a", GS_ACTION_EDITED, SPAM, T0);
    expect_counts(1, 0, 0, 0);
    expect(GS_C_DROP + GS_REASON_URL, 1);
    expect(GS_C_VIS_POS, 0);
    change("a", GS_ACTION_EDITED, "nice pic", T0);
    expect(GS_C_DROP + GS_REASON_URL, 0);
    expect(GS_C_DOWNWEIGHTED, 1);
    change("a", GS_ACTION_EDITED, "love this watch", T0);
    expect_counts(1, 1, 1, 6369);
    expect(GS_C_DOWNWEIGHTED, 0);
    expect(GS_C_VIS_POS, 1024);
}

static void test_an_edit_does_not_save_a_copy(void **state)
{
    (void)state;
    wave(0, 5, T0);
    change("w0", GS_ACTION_EDITED, "love this watch", T0);
    expect_counts(5, 0, 0, 0);
    expect(GS_C_DROP + GS_REASON_COPYPASTA, 5);
}

/* ------------------------------------------------------------------ posts, cells */

static void publish(const char *post, const char *text)
{
    struct gs_event event = fixture_post(T0, GS_ACTION_PUBLISHED);
    event.post_id = gs_str_of(post);
    event.post.text = gs_str_of(text);
    fixture_fold(task, POSTS, event);
}

static void test_posts_that_a_brand_does_not_want(void **state)
{
    (void)state;
    publish("p2", "a nice day");
    publish("p3", "this fucking watch");
    publish("p3", "this fucking watch"); /* published already */
    publish("p4", NULL);
    assert_int_equal(fixture_sum(task, BY_INFLUENCER, "ann", LONG, GS_C_POSTS), 3);
    assert_int_equal(fixture_sum(task, BY_INFLUENCER, "ann", LONG, GS_C_RISKY_POSTS), 1);
    assert_int_equal(fixture_sum(task, BY_POST, "p3", LONG, GS_C_RISKY_POSTS), 1);
    assert_non_null(strstr(fixture_cell(task, BY_INFLUENCER, "ann", LONG), "\"risk_share\":0.333"));
}

static void test_what_a_cell_says(void **state)
{
    (void)state;
    say("a", "bob", "love this watch", T0);
    say("b", "ben", "hate this watch", T0);
    say("c", "eve", SPAM, T0);
    say("d", "ann", "thank you", T0);
    metrics("b", 7, T0);
    const char *cell = fixture_cell(task, BY_INFLUENCER, "ann", LONG);
    assert_non_null(strstr(cell, "\"comments\":3,\"clean\":2,\"author_replies\":1,"));
    assert_non_null(strstr(cell, "\"vis_pos\":1024,\"vis_neg\":4096,\"drop\":{\"url\":1}"));
    assert_non_null(strstr(cell, "\"pvr\":0.2,\"vg\":-0.3,\"vns\":-0.6,\"reply_rate\":0.5}"));
    assert_non_null(strstr(cell, "\"noise_ratio\":0.333333"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_spam_is_dropped),
        TEST(test_an_upstream_score_does_not_save_it),
        TEST(test_what_says_little_counts_fully_but_weighs_less),
        TEST(test_a_language_without_a_lexicon),
        TEST(test_a_reply_of_the_author_is_only_that),
        TEST(test_no_rules_no_verdicts),
        TEST(test_reactions_change_what_is_seen),
        TEST(test_reactions_of_their_own),
        TEST(test_changes_within_a_batch),
        TEST(test_copies_are_taken_back),
        TEST(test_a_wave_within_a_batch),
        TEST(test_a_copy_that_is_forgotten),
        TEST(test_the_first_reason_stays),
        TEST(test_memories_take_in_what_is_not_counted),
        TEST(test_a_copy_may_weigh_less_instead),
        TEST(test_an_edited_text_is_judged_again),
        TEST(test_an_edit_does_not_save_a_copy),
        TEST(test_posts_that_a_brand_does_not_want),
        TEST(test_what_a_cell_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
