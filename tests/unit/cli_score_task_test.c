/* Goal: what `score` says of a stream of comments is what a task counts of it.
 * Method: random streams (GS_SEED) in which authors repeat themselves and others, burst, advertise,
 * reply, write in other languages and come out of order, into both; then the sums of the task's
 * windows against those of the lines, as they were when they were printed. */
#include "task_fixture.h"

#include "cli/score.h"

enum { LINES = 600, STEP_MS_MAX = 1500, DISORDER_MS = 20000, SEEDS = 20 };

static const char *const TEXTS[] = {
    "this watch has changed my life",
    "they pay for every one of these reviews",
    "I love how it looks on you, so happy!",
    "where did you get the green lamp from",
    "this is the worst thing I have ever bought",
    "the red one broke after a week, so sad",
    "my sister has one in that colour, great",
    "what is the name of the song please",
    "love this",
    "nice pic",
    "where is it",
    "😍😍😍",
    "@ana @bob",
    "check out my channel, I give away phones",
    "free watches at https://spam.example/now",
    "",
};
static const char *const INFLUENCERS[] = {"ann", "ben", "cat"};
static const char *const POSTS_OF[] = {"p1", "p2", "p3"};
static const char *const LANGS[] = {NULL, "en", "en-GB", "de"};

static const int COUNTERS[] = {GS_C_COMMENTS, GS_C_CLEAN,    GS_C_DOWNWEIGHTED,
                               GS_C_POS,      GS_C_NEG,      GS_C_NEU,
                               GS_C_UNK,      GS_C_SENT_SUM, GS_C_AUTHOR_REPLIES};
/* What the memories said, which a text alone does not. */
static const uint32_t BY_MEMORIES = 1u << GS_REASON_COPYPASTA | 1u << GS_REASON_BURST;

struct both {
    struct gs_task *task;
    struct gsi_judge *judge;
    struct gsi_queue queue;
    uint64_t seed;
    uint64_t number;
    int64_t now_ms;
    int64_t total[GS_COUNTER_COUNT]; /* by the lines */
    int64_t dropped;
    uint64_t taken_back;
    uint64_t by_memories;
};

static uint32_t below(struct both *both, uint32_t limit)
{
    both->seed = both->seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(both->seed >> 33) % limit;
}

/* ------------------------------------------------------------------ a line as it is printed */

static void print(void *user, const struct gsi_scored *scored, struct gs_str text)
{
    static const int classes[] = {[GS_CLASS_POSITIVE] = GS_C_POS,
                                  [GS_CLASS_NEGATIVE] = GS_C_NEG,
                                  [GS_CLASS_NEUTRAL] = GS_C_NEU,
                                  [GS_CLASS_UNKNOWN] = GS_C_UNK};
    struct both *both = user;
    struct gs_clean_verdict verdict;
    (void)text;
    if (scored->is_self) {
        both->total[GS_C_AUTHOR_REPLIES]++;
        return;
    }
    gsi_judge_decide(both->judge, scored, &verdict);
    both->by_memories += (verdict.reasons & BY_MEMORIES) != 0;
    both->total[GS_C_COMMENTS]++;
    if (verdict.action == GS_VERDICT_DROP) {
        both->dropped++;
        return;
    }
    both->total[GS_C_CLEAN]++;
    both->total[GS_C_DOWNWEIGHTED] += verdict.quality < GS_CLEAN_WEIGHT_MAX;
    both->total[classes[scored->class]]++;
    if (scored->class != GS_CLASS_UNKNOWN)
        both->total[GS_C_SENT_SUM] += scored->compound_1e4;
}

/* ------------------------------------------------------------------ into both */

static void score(struct both *both, const struct gs_event *event)
{
    struct gsi_scored scored;
    struct gs_copies_earlier earlier;
    const struct gsi_score_comment comment = {.text = event->comment.text,
                                              .actor_id = event->comment.actor_id,
                                              .influencer_id = event->influencer_id,
                                              .post_id = event->post_id,
                                              .lang = event->comment.lang,
                                              .event_ms = event->event_ms};
    gsi_judge_comment(both->judge, &comment, ++both->number, &scored, &earlier);
    for (uint32_t i = 0; i < earlier.count; i++)
        gsi_queue_take_back(&both->queue, earlier.comment[i].low);
    both->taken_back += earlier.count;
    gsi_queue_add(&both->queue, &scored, "");
    gsi_queue_release(&both->queue, gsi_judge_settled(both->judge));
}

static void say(struct both *both)
{
    char actor[16], text[128];
    uint32_t influencer = below(both, GS_COUNT_OF(INFLUENCERS));
    both->now_ms += below(both, STEP_MS_MAX);
    struct gs_event event = fixture_comment(both->now_ms);
    if (below(both, 5) == 0)
        event.event_ms = GS_MAX(T0, both->now_ms - below(both, DISORDER_MS));
    snprintf(actor, sizeof actor, "a%u", below(both, below(both, 4) ? 60 : 3));
    event.influencer_id = gs_str_of(INFLUENCERS[influencer]);
    event.post_id = gs_str_of(POSTS_OF[influencer]);
    event.comment.actor_id =
        below(both, 20) ? gs_str_of(actor) : gs_str_of(INFLUENCERS[influencer]);
    snprintf(text, sizeof text, "%s", TEXTS[below(both, GS_COUNT_OF(TEXTS))]);
    if (below(both, 3)) /* what hardly anybody else says */
        snprintf(text + strlen(text), 16, " no %u", below(both, 300));
    event.comment.text = gs_str_of(text);
    event.comment.lang = gs_str_of(LANGS[below(both, GS_COUNT_OF(LANGS))]);
    assert_int_equal(fixture_fold(both->task, COMMENTS, event), GS_PROCESSED);
    score(both, &event);
}

static int64_t sum(const struct both *both, int counter)
{
    int64_t all = 0;
    for (size_t i = 0; i < GS_COUNT_OF(INFLUENCERS); i++)
        all += fixture_sum(both->task, BY_INFLUENCER, INFLUENCERS[i], LONG, counter);
    return all;
}

static void compare(const struct both *both)
{
    int64_t dropped = 0;
    for (size_t i = 0; i < GS_COUNT_OF(COUNTERS); i++)
        if (sum(both, COUNTERS[i]) != both->total[COUNTERS[i]])
            fail_msg("%s: the task has %lld, the lines %lld",
                     gs_counter_info((enum gs_counter)COUNTERS[i])->name,
                     (long long)sum(both, COUNTERS[i]), (long long)both->total[COUNTERS[i]]);
    for (int reason = 0; reason < GS_REASON_COUNT; reason++)
        dropped += sum(both, GS_C_DROP + reason);
    assert_int_equal(dropped, both->dropped);
    assert_int_equal(fixture_stats(both->task).input[COMMENTS].late_verdicts, both->taken_back);
}

/* ------------------------------------------------------------------ streams */

static void create(struct both *both)
{
    struct gs_clean_config clean;
    struct gs_error error;
    struct gs_task_config config = fixture_config();
    const struct gs_sentiment_config same = {.scorer = GS_SENTIMENT_REFERENCE};
    gs_copies_config_default(&config.copies);
    gs_burst_config_default(&config.burst);
    config.copies.window_ms = 60000; /* so that texts are forgotten within a stream */
    config.rules = fixture_rules();
    config.comments_horizon_ms = 1200000;
    struct gsi_judge_config of = {.copies = config.copies, .burst = config.burst};
    gs_clean_config_default(&clean);
    if (gs_sentiment_create(&same, &of.sentiment, &error) != GS_OK ||
        gs_clean_rules_create(&clean, &of.rules, &error) != GS_OK)
        fail_msg("%s", error.message);
    both->judge = gsi_judge_create(&of);
    both->task = fixture_create(&config);
    fixture_open_gate(both->task);
    both->queue = (struct gsi_queue){
        .print = print, .user = both, .lines_max = SIZE_MAX, .bytes_max = SIZE_MAX};
}

static void run_stream(uint64_t seed)
{
    struct both both = {.seed = seed, .now_ms = T0};
    create(&both);
    for (int i = 0; i < LINES; i++)
        say(&both);
    gsi_queue_release(&both.queue, INT64_MAX);
    compare(&both);
    assert_true(both.taken_back > 0 && both.by_memories > both.taken_back);
    for (size_t i = 0; i < GS_COUNT_OF(COUNTERS); i++)
        assert_int_not_equal(both.total[COUNTERS[i]], 0);
    gsi_queue_deinit(&both.queue);
    gsi_judge_destroy(both.judge);
    gs_task_destroy(both.task);
}

static void lines_are_what_a_task_counts(void **state)
{
    const char *given = getenv("GS_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : 1;
    (void)state;
    for (uint64_t last = seed + SEEDS; seed < last; seed++) {
        print_message("GS_SEED=%llu\n", (unsigned long long)seed);
        run_stream(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lines_are_what_a_task_counts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
