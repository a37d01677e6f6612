/* Goal: a record has one disposition and exactly the effect that the events' contract gives it,
 * decided by its own input's prefix.
 * Method: records by hand into a task with small windows (10 s, 1 min, 10 min); then what it
 * counted and what its windows hold. */
#include "task_fixture.h"

/* ------------------------------------------------------------------ dispositions */

static void test_dispositions_add_up(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    struct gs_task_record bad = {.event.offset = 0, .event.record_ms = T0, .bad = GS_BAD_UNION};
    assert_int_equal(gs_task_fold(task, COMMENTS, &bad, 1, NULL), 1);
    assert_int_equal(bad.disposition, GS_BAD);
    struct gs_event first = fixture_comment(T0 + 700000);
    assert_int_equal(fixture_fold(task, COMMENTS, first), GS_PROCESSED);
    assert_int_equal(fixture_fold(task, COMMENTS, first), GS_DUPLICATE);
    assert_int_equal(fixture_fold(task, COMMENTS, fixture_comment(T0)), GS_TOO_LATE);
    struct gs_event unknown = fixture_comment(T0 + 700000);
    unknown.action = GS_ACTION_UNKNOWN;
    assert_int_equal(fixture_fold(task, COMMENTS, unknown), GS_IGNORED);
    const struct gs_task_input_stats seen = fixture_stats(task).input[COMMENTS];
    for (int d = 0; d < GS_DISPOSITION_COUNT; d++)
        assert_int_equal(seen.disposition[d], 1);
    assert_int_equal(seen.bad[GS_BAD_UNION], 1);
    assert_int_equal(seen.ignored[GS_KIND_COMMENT][GS_ACTION_UNKNOWN], 1);
    assert_int_equal(seen.next_offset, 5);
    assert_int_equal(fixture_sum(task, BY_INFLUENCER, "ann", LONG, GS_C_COMMENTS), 1);
    gs_task_destroy(task);
}

static void test_what_nothing_counts_is_ignored(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    struct gs_event events[] = {fixture_comment(T0),
                                fixture_comment(T0),
                                fixture_post(T0, GS_ACTION_UNKNOWN),
                                fixture_reaction(T0, GS_REACTION_UNKNOWN, 1),
                                fixture_reaction(T0, GS_REACTION_LIKE, 1),
                                fixture_reaction(T0, GS_REACTION_UNKNOWN, 1),
                                fixture_profile(T0, 5)};
    events[0].action = GS_ACTION_UNKNOWN;
    events[1].action = GS_ACTION_PUBLISHED;
    events[4].reaction.op = GS_OP_UNKNOWN;
    events[5].reaction.comment_id = gs_str_of("c1");
    for (size_t i = 0; i < GS_COUNT_OF(events); i++)
        assert_int_equal(fixture_fold(task, COMMENTS, events[i]), GS_IGNORED);
    struct gs_task_record other = {.event = fixture_comment(T0)};
    other.event.offset = 0;
    assert_int_equal(gs_task_fold(task, PROFILES, &other, 1, NULL), 1);
    assert_int_equal(other.disposition, GS_IGNORED);
    struct gs_task_stats stats = fixture_stats(task);
    assert_int_equal(stats.input[COMMENTS].ignored[GS_KIND_REACTION][GS_ACTION_UNKNOWN], 3);
    assert_int_equal(stats.entities, 0);
    gs_task_destroy(task);
}

/* What was delivered twice, or never, is told by offsets alone. */
static void test_offsets_below_the_next_are_repeated_and_holes_are_counted(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    struct gs_task_record records[4] = {0};
    static const int64_t offsets[] = {0, 1, 1, 5};
    for (int i = 0; i < 4; i++) {
        records[i].event = fixture_comment(T0);
        records[i].event.offset = offsets[i];
    }
    assert_int_equal(gs_task_fold(task, COMMENTS, records, 4, NULL), 4);
    assert_false(records[1].repeated);
    assert_true(records[2].repeated);
    assert_false(records[3].repeated);
    assert_int_equal(gs_task_fold(task, COMMENTS, records, 4, NULL), 4);
    assert_true(records[0].repeated && records[3].repeated);
    const struct gs_task_input_stats seen = fixture_stats(task).input[COMMENTS];
    assert_int_equal(seen.repeated, 5);
    assert_int_equal(seen.offset_holes, 3);
    assert_int_equal(seen.disposition[GS_PROCESSED], 3);
    assert_int_equal(fixture_sum(task, BY_INFLUENCER, "ann", LONG, GS_C_COMMENTS), 3);
    gs_task_destroy(task);
}

/* ------------------------------------------------------------------ time */

static void test_event_time_is_cut_off_at_record_time(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    struct gs_event ahead = fixture_comment(T0);
    ahead.event_ms = T0 + 3600000;
    fixture_fold(task, COMMENTS, ahead);
    struct gs_event ignored = ahead;
    ignored.event_id = fixture_event_id();
    ignored.action = GS_ACTION_UNKNOWN;
    fixture_fold(task, COMMENTS, ignored);
    struct gs_task_stats stats = fixture_stats(task);
    assert_int_equal(stats.as_of_ms, T0);
    assert_int_equal(stats.input[COMMENTS].clamped, 1);
    assert_int_equal(fixture_sum(task, BY_INFLUENCER, "ann", SHORT, GS_C_CLAMPED), 1);
    assert_non_null(strstr(fixture_cell(task, BY_INFLUENCER, "ann", SHORT), "\"_clamped\":1"));
    gs_task_destroy(task);
}

/* Record times are outside data too: they may lack, or lie beyond any calendar. */
static void test_record_times_out_of_range_do_no_harm(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    static const int64_t times[] = {-1, INT64_MIN, INT64_MAX, 0};
    for (size_t i = 0; i < GS_COUNT_OF(times); i++) {
        struct gs_event event = fixture_comment(T0);
        event.record_ms = times[i];
        fixture_fold(task, COMMENTS, event);
        gs_task_tick(task, WALL, (int64_t)i * 100);
    }
    assert_int_equal(fixture_stats(task).as_of_ms, T0);
    assert_int_equal(fixture_stats(task).input[COMMENTS].disposition[GS_TOO_LATE], 1);
    gs_task_destroy(task);
}

/* Every decodable record moves H, whatever becomes of it; a bad one does not, nor do profiles. */
static void test_what_moves_the_clock(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    fixture_fold_profile(task, fixture_profile(T0 + 99000, 1), NULL);
    struct gs_task_record bad = {.event = fixture_comment(T0 + 99000), .bad = GS_BAD_ID};
    bad.event.offset = 0;
    gs_task_fold(task, COMMENTS, &bad, 1, NULL);
    assert_int_equal(fixture_stats(task).input[COMMENTS].h_ms, GS_NULL_INT);
    struct gs_event event = fixture_comment(T0);
    fixture_fold(task, COMMENTS, event);
    event.event_ms = event.record_ms = T0 + 1000;
    assert_int_equal(fixture_fold(task, COMMENTS, event), GS_DUPLICATE);
    assert_int_equal(fixture_stats(task).input[COMMENTS].h_ms, T0 + 1000);
    event = fixture_comment(T0 + 2000);
    event.action = GS_ACTION_DELETED;
    assert_int_equal(fixture_fold(task, COMMENTS, event), GS_PROCESSED);
    assert_int_equal(fixture_fold(task, COMMENTS, fixture_profile(T0 + 3000, 1)), GS_IGNORED);
    assert_int_equal(fixture_stats(task).input[COMMENTS].h_ms, T0 + 3000);
    assert_int_equal(fixture_stats(task).as_of_ms, T0 + 3000);
    gs_task_destroy(task);
}

/* floor(t/g) <= floor(H/g) - n: late for a window, counted per level in the pane of H. */
static void test_late_and_too_late(void **state)
{
    (void)state;
    static const struct {
        int64_t behind_ms;
        int late[LEVELS];
        enum gs_disposition is;
    } cases[] = {
        {0, {0, 0, 0}, GS_PROCESSED},     {9000, {0, 0, 0}, GS_PROCESSED},
        {9001, {1, 0, 0}, GS_PROCESSED},  {55000, {1, 0, 0}, GS_PROCESSED},
        {55001, {1, 1, 0}, GS_PROCESSED}, {540000, {1, 1, 0}, GS_PROCESSED},
        {540001, {0, 0, 0}, GS_TOO_LATE},
    };
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        struct gs_task *task = fixture_task();
        fixture_fold(task, COMMENTS, fixture_comment(T0 + 600000));
        struct gs_event event = fixture_comment(T0 + 600000 - cases[i].behind_ms);
        assert_int_equal(fixture_fold(task, COMMENTS, event), cases[i].is);
        for (uint8_t level = 0; level < LEVELS; level++)
            assert_int_equal(fixture_sum(task, BY_INFLUENCER, "ann", SHORT, GS_C_LATE_0 + level),
                             cases[i].late[level]);
        assert_int_equal(fixture_sum(task, BY_INFLUENCER, "ann", LONG, GS_C_COMMENTS),
                         cases[i].is == GS_PROCESSED ? 2 : 1);
        gs_task_destroy(task);
    }
}

/* Late is decided by the input's own clock, however far another input runs ahead. */
static void test_another_input_makes_nothing_late(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    fixture_fold(task, REACTIONS, fixture_reaction(T0 + 9000000, GS_REACTION_LIKE, 1));
    assert_int_equal(fixture_fold(task, COMMENTS, fixture_comment(T0)), GS_PROCESSED);
    assert_int_equal(fixture_fold(task, POSTS, fixture_post(T0, GS_ACTION_PUBLISHED)),
                     GS_PROCESSED);
    assert_int_equal(fixture_sum(task, BY_INFLUENCER, "ann", LONG, GS_C_COMMENTS), 0);
    assert_int_equal(fixture_stats(task).as_of_ms, T0 + 9000000);
    gs_task_destroy(task);
}

/* At the end of all inputs the wall clock carries as_of on, from the record time of the last H. */
static void test_idle_clock(void **state)
{
    (void)state;
    struct gs_task_config config = fixture_config();
    config.idle_advance = true;
    struct gs_task *task = fixture_create(&config);
    fixture_open_gate(task);
    struct gs_event event = fixture_comment(T0);
    event.record_ms = T0 + 2000;
    fixture_fold(task, COMMENTS, event);
    for (uint8_t i = 0; i < INPUTS; i++) {
        gs_task_tick(task, T0 + 60000, 100);
        assert_int_equal(fixture_stats(task).as_of_ms, T0);
        gs_task_input_end(task, i);
    }
    assert_true(gs_task_at_end(task));
    gs_task_tick(task, T0 + 12000, 200);
    assert_int_equal(fixture_stats(task).as_of_ms, T0);
    gs_task_tick(task, T0 + 15000, 300);
    assert_int_equal(fixture_stats(task).as_of_ms, T0 + 3000);
    gs_task_tick(task, T0 + 14000, 400);
    assert_int_equal(fixture_stats(task).as_of_ms, T0 + 3000);
    fixture_fold(task, COMMENTS, fixture_comment(T0 + 1000));
    assert_false(gs_task_at_end(task));
    gs_task_tick(task, T0 + 99000, 500);
    assert_int_equal(fixture_stats(task).as_of_ms, T0 + 3000);
    gs_task_destroy(task);
}

/* ------------------------------------------------------------------ comments and reactions */

#define GERMAN "das ist nicht so gut"

static void test_a_comment_is_scored_once_in_every_view(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *lang;
        double sentiment;
        enum gs_counter class;
        int64_t compound;
        bool scored;
    } cases[] = {
        {"I love this", NULL, NAN, GS_C_POS, 6369, true},
        {"I love this", "en-GB", NAN, GS_C_POS, 6369, true},
        {"I love this", "EN-us", NAN, GS_C_POS, 6369, true},
        {"I love this", "de", NAN, GS_C_UNK, 0, false},
        {"I love this", "eng", NAN, GS_C_UNK, 0, false},
        /* nobody says of which language: the text is asked, and if in doubt is English */
        {"I love this", "", NAN, GS_C_POS, 6369, true},
        {"I love this", "und", NAN, GS_C_POS, 6369, true},
        {"I love this", "zxx", NAN, GS_C_POS, 6369, true},
        {"I love this", "mul", NAN, GS_C_POS, 6369, true},
        {"I love this", "mis", NAN, GS_C_POS, 6369, true},
        {GERMAN, NULL, NAN, GS_C_UNK, 0, false},
        {GERMAN, "", NAN, GS_C_UNK, 0, false},
        {GERMAN, "und", NAN, GS_C_UNK, 0, false},
        {GERMAN, "en", NAN, GS_C_NEU, 0, true},
        {GERMAN, NULL, 0.7, GS_C_POS, 7000, false},
        {NULL, "en", NAN, GS_C_UNK, 0, false},
        {"", "en", NAN, GS_C_NEU, 0, true},
        {NULL, "de", 0.05, GS_C_POS, 500, false},
        {"I love this", "en", -0.05, GS_C_NEG, -500, false},
        {"I love this", "en", 0.04995, GS_C_POS, 500, false},
        {"I love this", "en", -0.04994, GS_C_NEU, -499, false},
    };
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        struct gs_task *task = fixture_task();
        struct gs_event event = fixture_comment(T0);
        event.campaign_id = gs_str_of("summer/27");
        event.comment.text = gs_str_of(cases[i].text);
        event.comment.lang = gs_str_of(cases[i].lang);
        event.comment.sentiment = cases[i].sentiment;
        fixture_fold(task, COMMENTS, event);
        static const char *const keys[] = {"ann", "p1", "summer%2F27/ann"};
        for (uint8_t view = 0; view < VIEWS; view++) {
            assert_int_equal(fixture_sum(task, view, keys[view], LONG, GS_C_COMMENTS), 1);
            assert_int_equal(fixture_sum(task, view, keys[view], LONG, GS_C_CLEAN), 1);
            assert_int_equal(fixture_sum(task, view, keys[view], LONG, (int)cases[i].class), 1);
            assert_int_equal(fixture_sum(task, view, keys[view], LONG, GS_C_SENT_SUM),
                             cases[i].compound);
            assert_int_equal(fixture_sum(task, view, keys[view], LONG, GS_C_SENT_SQ),
                             cases[i].compound * cases[i].compound);
        }
        assert_int_equal(fixture_stats(task).scored, cases[i].scored);
        gs_task_destroy(task);
    }
}

/* With a lexicon of its own a language is scored as English is. */
static void test_a_lexicon_per_language(void **state)
{
    static const struct {
        const char *text;
        const char *lang;
        enum gs_counter class;
    } cases[] = {
        {GERMAN, "de", GS_C_NEG},        {GERMAN, "DE_at", GS_C_NEG},     {GERMAN, NULL, GS_C_NEG},
        {GERMAN, "mis", GS_C_NEG},       {GERMAN, "en", GS_C_NEU},        {GERMAN, "fr", GS_C_UNK},
        {"I love this", "de", GS_C_NEU}, {"I love this", NULL, GS_C_POS},
    };
    struct gs_sentiment_lexicon german = {gs_str_of("de"), gs_str_of("gut\t2\nnicht\tnegation\n")};
    struct gs_sentiment_config of = {
        .scorer = GS_SENTIMENT_REFERENCE, .others = &german, .other_count = 1};
    struct gs_task_config config = fixture_config();
    uint64_t meaning = gs_task_meaning(&config);
    struct gs_sentiment *sentiment;
    struct gs_error error;
    (void)state;
    assert_int_equal(gs_sentiment_create(&of, &sentiment, &error), GS_OK);
    config.sentiment = sentiment;
    assert_int_not_equal(gs_task_meaning(&config), meaning);
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        struct gs_task *task = fixture_create(&config);
        struct gs_event event = fixture_comment(T0);
        fixture_open_gate(task);
        event.comment.text = gs_str_of(cases[i].text);
        event.comment.lang = gs_str_of(cases[i].lang);
        fixture_fold(task, COMMENTS, event);
        if (!fixture_sum(task, BY_INFLUENCER, "ann", LONG, (int)cases[i].class))
            fail_msg("case %zu", i);
        gs_task_destroy(task);
    }
    gs_sentiment_destroy(sentiment);
}

static void test_a_self_comment_is_a_reply_and_nothing_else(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    struct gs_event event = fixture_comment(T0);
    event.comment.actor_id = event.influencer_id;
    assert_int_equal(fixture_fold(task, COMMENTS, event), GS_PROCESSED);
    assert_int_equal(fixture_sum(task, BY_POST, "p1", LONG, GS_C_AUTHOR_REPLIES), 1);
    assert_int_equal(fixture_sum(task, BY_POST, "p1", LONG, GS_C_COMMENTS), 0);
    assert_int_equal(fixture_sum(task, BY_POST, "p1", LONG, GS_C_UNK), 0);
    assert_int_equal(fixture_stats(task).scored, 0);
    gs_task_destroy(task);
}

/* One authority for what a snapshot carries; conversions always count. */
static void test_reactions(void **state)
{
    (void)state;
    static const struct {
        enum gs_reaction reaction;
        enum gs_counter counter;
    } cases[] = {
        {GS_REACTION_LIKE, GS_C_LIKES},   {GS_REACTION_DISLIKE, GS_C_DISLIKES},
        {GS_REACTION_SHARE, GS_C_SHARES}, {GS_REACTION_QUOTE, GS_C_SHARES},
        {GS_REACTION_SAVE, GS_C_SAVES},   {GS_REACTION_CLICK, GS_C_CLICKS},
        {GS_REACTION_VIEW, GS_C_VIEWS},   {GS_REACTION_CONVERSION, GS_C_CONVERSIONS},
    };
    for (size_t i = 0; i < GS_COUNT_OF(cases) * 2; i++) {
        struct gs_task_config config = fixture_config();
        config.engagement = i % 2 ? GS_ENGAGEMENT_REACTIONS : GS_ENGAGEMENT_SNAPSHOTS;
        struct gs_task *task = fixture_create(&config);
        fixture_open_gate(task);
        bool conversion = cases[i / 2].reaction == GS_REACTION_CONVERSION;
        bool counts = i % 2 || conversion;
        struct gs_event event = fixture_reaction(T0, cases[i / 2].reaction, 5);
        event.reaction.value_micros = 700;
        assert_int_equal(fixture_fold(task, REACTIONS, event), GS_PROCESSED);
        event = fixture_reaction(T0, cases[i / 2].reaction, 2);
        event.reaction.op = GS_OP_REMOVE;
        event.reaction.value_micros = 300;
        fixture_fold(task, REACTIONS, event);
        assert_int_equal(fixture_sum(task, BY_POST, "p1", LONG, (int)cases[i / 2].counter),
                         counts ? 3 : 0);
        assert_int_equal(fixture_sum(task, BY_POST, "p1", LONG, GS_C_VALUE_MICROS),
                         conversion ? 400 : 0);
        gs_task_destroy(task);
    }
}

/* ------------------------------------------------------------------ profiles */

static const struct gs_campaign ever = {{"c1", 2}, {0}, 0, GS_NULL_INT, GS_NULL_INT, GS_GOAL_SALES};

/* A record waits until the profiles are read up to an end asked for after its record time - delay.
 */
static void test_gate(void **state)
{
    (void)state;
    struct gs_task_config config = fixture_config();
    struct gs_task *task = fixture_create(&config);
    struct gs_task_record records[3];
    for (int i = 0; i < 3; i++) {
        records[i] = (struct gs_task_record){.event = fixture_comment(T0 + 1000 * i)};
        records[i].event.offset = i;
    }
    assert_int_equal(gs_task_fold(task, COMMENTS, records, 3, NULL), 0);
    assert_true(gs_task_waiting(task, COMMENTS));
    gs_task_input_end(task, COMMENTS); /* what waits was not folded */
    assert_false(fixture_stats(task).input[COMMENTS].at_end);
    gs_task_profiles_end(task, T0 - 500, 0); /* asked at the very instant: too early */
    assert_true(gs_task_waiting(task, COMMENTS));
    gs_task_profiles_end(task, T0 + 501, 0);
    assert_false(gs_task_waiting(task, COMMENTS));
    assert_int_equal(gs_task_fold(task, COMMENTS, records, 3, NULL), 2);
    assert_int_equal(gs_task_next_offset(task, COMMENTS), 2);
    gs_task_profiles_end(task, T0 + 2000, 2); /* two profiles are still to be read */
    gs_task_profiles_end(task, T0 + 9000, 9); /* a later question does not replace it */
    fixture_fold_profile(task, fixture_profile(T0, 1), NULL);
    assert_true(gs_task_waiting(task, COMMENTS));
    fixture_fold_profile(task, fixture_profile(T0, 1), NULL);
    assert_false(gs_task_waiting(task, COMMENTS));
    assert_int_equal(gs_task_fold(task, COMMENTS, records + 2, 1, NULL), 1);
    gs_task_destroy(task);
}

/* A log of profiles may end in offsets that hold no record. */
static void test_gate_opens_at_an_end_without_a_record(void **state)
{
    (void)state;
    struct gs_task_config config = fixture_config();
    struct gs_task *task = fixture_create(&config);
    struct gs_task_record record = {.event = fixture_comment(T0)};
    record.event.offset = 0;
    assert_int_equal(gs_task_fold(task, COMMENTS, &record, 1, NULL), 0);
    gs_task_profiles_end(task, T0 + 1000, 4);
    gs_task_input_end(task, PROFILES); /* an end that nobody can place proves nothing */
    assert_true(gs_task_waiting(task, COMMENTS));
    gs_task_input_end_at(task, PROFILES, 3);
    assert_true(gs_task_waiting(task, COMMENTS));
    gs_task_input_end_at(task, PROFILES, 4);
    assert_false(gs_task_waiting(task, COMMENTS));
    assert_int_equal(gs_task_next_offset(task, PROFILES), 0);
    assert_int_equal(fixture_stats(task).input[PROFILES].read_to, 4);
    assert_int_equal(fixture_stats(task).input[COMMENTS].read_to, 0);
    gs_task_destroy(task);
}

/* The join is by record time less the delay; an event's own campaign goes first. */
static void test_join(void **state)
{
    (void)state;
    static const struct {
        int64_t record_ms;
        const char *own;
        const char *key;
    } cases[] = {
        {T0 + 499, NULL, NULL},      {T0 + 500, NULL, "c1/ann"}, {T0 + 500, "mine", "mine/ann"},
        {T0 + 2499, NULL, "c1/ann"}, {T0 + 2500, NULL, NULL}, /* the profile is gone */
    };
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        struct gs_task *task = fixture_task();
        fixture_fold_profile(task, fixture_profile(T0, 100), &ever);
        struct gs_event gone = fixture_profile(T0 + 2000, GS_NULL_INT);
        gone.tombstone = true;
        fixture_fold_profile(task, gone, NULL);
        struct gs_event event = fixture_comment(cases[i].record_ms);
        event.campaign_id = gs_str_of(cases[i].own);
        fixture_fold(task, COMMENTS, event);
        const char *const keys[] = {"c1/ann", "mine/ann"};
        for (size_t k = 0; k < GS_COUNT_OF(keys); k++)
            assert_int_equal(fixture_sum(task, BY_CAMPAIGN, keys[k], LONG, GS_C_COMMENTS),
                             cases[i].key && strcmp(cases[i].key, keys[k]) == 0);
        gs_task_destroy(task);
    }
}

/* Followers: of the newest profile, else of the last post that tells them while it is remembered.
 */
static void test_followers_in_cells(void **state)
{
    (void)state;
    struct gs_task *task = fixture_task();
    fixture_fold(task, COMMENTS, fixture_comment(T0));
    assert_null(strstr(fixture_cell(task, BY_INFLUENCER, "ann", LONG), "followers"));
    struct gs_event post = fixture_post(T0, GS_ACTION_METRICS);
    post.post.followers = 20000;
    fixture_fold(task, POSTS, post);
    assert_non_null(strstr(fixture_cell(task, BY_INFLUENCER, "ann", LONG),
                           "\"tier\":\"micro\",\"followers\":20000"));
    fixture_fold(task, POSTS, fixture_post(T0 + 600000, GS_ACTION_METRICS));
    assert_null(strstr(fixture_cell(task, BY_INFLUENCER, "ann", LONG), "followers"));
    struct gs_event profile = fixture_profile(T0, 5);
    profile.profile.handle = gs_str_of("@ann");
    fixture_fold_profile(task, profile, NULL);
    assert_non_null(strstr(fixture_cell(task, BY_INFLUENCER, "ann", LONG), "\"handle\":\"@ann\""));
    assert_non_null(strstr(fixture_cell(task, BY_INFLUENCER, "ann", LONG), "\"followers\":5"));
    gs_task_destroy(task);
}

/* What reaches a limit is refused and counted. */
static void test_entities_beyond_the_limit_are_counted(void **state)
{
    (void)state;
    struct gs_task_config config = fixture_config();
    config.entities_max = 3;
    struct gs_task *task = fixture_create(&config);
    fixture_open_gate(task);
    for (int i = 0; i < 4; i++) {
        struct gs_event event = fixture_comment(T0);
        event.post_id = gs_str_of((const char *const[]){"a", "b", "c", "d"}[i]);
        assert_int_equal(fixture_fold(task, COMMENTS, event), GS_PROCESSED);
    }
    assert_int_equal(fixture_stats(task).entities, 3);
    assert_int_equal(fixture_stats(task).entities_refused, 2);
    assert_int_equal(fixture_stats(task).view[BY_INFLUENCER].entities, 1);
    assert_int_equal(fixture_stats(task).view[BY_POST].entities, 2);
    assert_true(fixture_stats(task).view[BY_POST].panes >= 2);
    assert_true(fixture_stats(task).view[BY_POST].bytes > 0);
    assert_int_equal(fixture_sum(task, BY_INFLUENCER, "ann", LONG, GS_C_COMMENTS), 4);
    gs_task_destroy(task);
}

/* A post that two influencers claim must not keep the second one in memory for ever. */
/* In one batch neither comment finds the post's entity ahead, so both ask who the influencer is. */
static void test_an_influencer_without_entities_is_forgotten(void **state)
{
    (void)state;
    static const struct gs_campaign_pool none;
    struct gs_task_config config = fixture_config();
    config.views[0] = config.views[BY_POST];
    config.view_count = 1;
    struct gs_task *task = fixture_create(&config);
    struct gs_task_record records[2] = {{.event = fixture_comment(T0)},
                                        {.event = fixture_comment(T0)}};
    fixture_open_gate(task);
    records[0].event.offset = gs_task_next_offset(task, COMMENTS);
    records[1].event.offset = records[0].event.offset + 1;
    records[1].event.influencer_id = gs_str_of("bob");
    assert_int_equal(gs_task_fold(task, COMMENTS, records, 2, &none), 2);
    assert_int_equal(gs_profiles_stats(task->profiles).influencers, 2);
    gs_task_tick(task, WALL, 100);
    assert_int_equal(gs_profiles_stats(task->profiles).influencers, 1);
    gs_task_destroy(task);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dispositions_add_up),
        cmocka_unit_test(test_what_nothing_counts_is_ignored),
        cmocka_unit_test(test_offsets_below_the_next_are_repeated_and_holes_are_counted),
        cmocka_unit_test(test_event_time_is_cut_off_at_record_time),
        cmocka_unit_test(test_record_times_out_of_range_do_no_harm),
        cmocka_unit_test(test_what_moves_the_clock),
        cmocka_unit_test(test_late_and_too_late),
        cmocka_unit_test(test_another_input_makes_nothing_late),
        cmocka_unit_test(test_idle_clock),
        cmocka_unit_test(test_a_comment_is_scored_once_in_every_view),
        cmocka_unit_test(test_a_lexicon_per_language),
        cmocka_unit_test(test_a_self_comment_is_a_reply_and_nothing_else),
        cmocka_unit_test(test_reactions),
        cmocka_unit_test(test_gate),
        cmocka_unit_test(test_gate_opens_at_an_end_without_a_record),
        cmocka_unit_test(test_join),
        cmocka_unit_test(test_followers_in_cells),
        cmocka_unit_test(test_entities_beyond_the_limit_are_counted),
        cmocka_unit_test(test_an_influencer_without_entities_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
