/* Random logs of the four inputs, and a reader that folds them into a task in any batches and any
 * order of the inputs: few ids, out of order, late, duplicates, snapshots, deletions, profiles. */
#ifndef GS_TASK_LOG_H
#define GS_TASK_LOG_H

#include "task_redis.h"

enum { LOG_RECORDS = 260, LOG_COMMENTS = 50, LOG_PROFILES = 30, LOG_CAMPAIGNS = 2 };

struct log_record {
    struct gs_event event;
    enum gs_bad_code bad;
    struct gs_campaign campaigns[LOG_CAMPAIGNS];
    char id[24];
};

struct logs {
    uint64_t random;
    struct gs_task_config config;
    struct log_record record[INPUTS][LOG_RECORDS];
    uint32_t count[INPUTS];
};

/* splitmix64 (Steele, Lea, Flood 2014) */
static inline uint64_t log_draw(uint64_t *random)
{
    uint64_t x = *random += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

static inline int64_t log_below(uint64_t *random, int64_t limit)
{
    return (int64_t)(log_draw(random) % (uint64_t)limit);
}

static inline bool log_chance(uint64_t *random, int percent)
{
    return log_below(random, 100) < percent;
}

/* ------------------------------------------------------------------ writing the logs */

static inline struct gs_str log_pick(uint64_t *random, const char *const *from, int64_t count)
{
    return gs_str_of(from[log_below(random, count)]);
}

static const char *const log_authors[] = {"ann", "b/o b", "\xC3\xA9va"};
static const char *const log_campaigns[] = {"c1", "c:2"};
static const char *const log_texts[] = {
    NULL, "", "I love this", "hate it!!", "\xF0\x9F\x98\x8D", "ok", "das ist nicht so gut"};
/* What is judged, where there are rules: copies, spam, and what says little. */
static const char *const log_judged_texts[] = {NULL,
                                               "hate it!!",
                                               "nice pic",
                                               "\xF0\x9F\x98\x8D",
                                               "love this one",
                                               "free watches at https://spam.example/now",
                                               "this watch changed my life",
                                               "this watch changed my life",
                                               "is it not the best of all days",
                                               "is it not the best of all days"};
static const char *const log_actors[] = {"fan", "eve", "bob", "zoe", "kim", "lee", "joe", "sue"};
static const char *const log_langs[] = {NULL, "en", "en-US", "de", "und"};

static inline int64_t log_event_ms(uint64_t *random, int64_t record_ms)
{
    static const int64_t lateness[] = {300, 300, 300, 300, 300, 15000, 15000, 90000, 700000};
    if (log_chance(random, 3))
        return record_ms + 1 + log_below(random, 5000);
    return record_ms - log_below(random, lateness[log_below(random, GS_COUNT_OF(lateness))]);
}

static inline void log_fill_post(uint64_t *random, struct gs_event *event, uint32_t number,
                                 bool judged)
{
    static const enum gs_action actions[] = {
        GS_ACTION_PUBLISHED, GS_ACTION_PUBLISHED, GS_ACTION_METRICS, GS_ACTION_METRICS,
        GS_ACTION_METRICS,   GS_ACTION_METRICS,   GS_ACTION_EDITED,  GS_ACTION_EDITED};
    event->action = (uint8_t)actions[log_below(random, GS_COUNT_OF(actions))];
    if (log_chance(random, 4))
        event->action = log_chance(random, 60) ? GS_ACTION_DELETED : GS_ACTION_UNKNOWN;
    for (int m = 0; m < GS_SNAPSHOT_COUNT; m++)
        event->post.metrics[m] =
            log_chance(random, 50) ? number * 20 + log_below(random, 1000) : GS_NULL_INT;
    event->post.followers = log_chance(random, 20) ? log_below(random, 2000000) : GS_NULL_INT;
    event->post.created_ms =
        log_chance(random, 30) ? event->event_ms - log_below(random, 900000) : GS_NULL_INT;
    event->post.temporality =
        log_chance(random, 10) ? GS_TEMPORALITY_DELTA : GS_TEMPORALITY_CUMULATIVE;
    if (judged)
        event->post.text = gs_str_of(log_chance(random, 30) ? "shitty day" : "nice day");
}

/* Few, so that most come again: repeated, changed, and after their horizon. */
static inline struct gs_str log_comment_id(uint64_t *random)
{
    static char ids[LOG_COMMENTS][8];
    int64_t number = log_below(random, LOG_COMMENTS);
    snprintf(ids[number], sizeof ids[0], "c%d", (int)number);
    return gs_str_of(ids[number]);
}

static inline int64_t log_count(uint64_t *random)
{
    return log_chance(random, 50) ? log_below(random, 1000) : GS_NULL_INT;
}

static inline void log_fill_comment(uint64_t *random, struct gs_event *event, bool judged)
{
    static const double scores[] = {-1, -0.05, 0, 0.04995, 0.7};
    event->action = GS_ACTION_CREATED;
    if (log_chance(random, 40))
        event->action = (uint8_t)log_below(random, GS_ACTION_COUNT);
    event->comment.comment_id = log_comment_id(random);
    event->comment.likes = log_count(random);
    event->comment.replies = log_count(random);
    event->comment.shares = log_count(random);
    event->comment.actor_id = log_chance(random, 10) ? event->influencer_id : gs_str_of("fan");
    event->comment.text = log_pick(random, log_texts, GS_COUNT_OF(log_texts));
    if (judged && !gs_str_equal(event->comment.actor_id, event->influencer_id))
        event->comment.actor_id = log_pick(random, log_actors, GS_COUNT_OF(log_actors));
    if (judged)
        event->comment.text = log_pick(random, log_judged_texts, GS_COUNT_OF(log_judged_texts));
    event->comment.lang = log_pick(random, log_langs, GS_COUNT_OF(log_langs));
    event->comment.sentiment =
        log_chance(random, 30) ? scores[log_below(random, GS_COUNT_OF(scores))] : (double)NAN;
}

static inline void log_fill_reaction(uint64_t *random, struct gs_event *event,
                                     int of_comment_percent)
{
    event->reaction.reaction = (uint8_t)log_below(random, GS_REACTION_COUNT);
    event->reaction.op = log_chance(random, 80) ? GS_OP_ADD : GS_OP_REMOVE;
    event->reaction.count = log_below(random, 50);
    event->reaction.value_micros =
        log_chance(random, 50) ? log_below(random, 1000000) : GS_NULL_INT;
    if (log_chance(random, of_comment_percent))
        event->reaction.comment_id = log_comment_id(random);
}

static inline void log_fill_profile(uint64_t *random, struct log_record *record)
{
    struct gs_event *event = &record->event;
    event->tombstone = log_chance(random, 10);
    event->profile.followers = log_chance(random, 70) ? log_below(random, 2000000) : GS_NULL_INT;
    event->profile.handle = gs_str_of(log_chance(random, 50) ? "@x" : NULL);
    event->profile.campaign_count = (uint32_t)log_below(random, LOG_CAMPAIGNS + 1);
    for (int c = 0; c < LOG_CAMPAIGNS; c++) {
        int64_t from = event->record_ms + log_below(random, 400000) - 300000;
        record->campaigns[c] = (struct gs_campaign){
            .campaign_id = log_pick(random, log_campaigns, GS_COUNT_OF(log_campaigns)),
            .from_ms = log_chance(random, 30) ? GS_NULL_INT : from,
            .to_ms = log_chance(random, 30) ? GS_NULL_INT : from + log_below(random, 500000),
        };
    }
}

static inline void log_fill(struct logs *logs, int input, uint32_t number, int64_t record_ms)
{
    static const char *const posts[] = {"p0", "p1", "p2", "p3", "p 4", "p5"};
    uint64_t *random = &logs->random;
    struct log_record *record = &logs->record[input][number];
    struct gs_event *event = &record->event;
    int64_t post = log_below(random, GS_COUNT_OF(posts));
    snprintf(record->id, sizeof record->id, "%d-%u", input, number);
    *event = (struct gs_event){
        .kind =
            (uint8_t[]){GS_KIND_PROFILE, GS_KIND_POST, GS_KIND_COMMENT, GS_KIND_REACTION}[input],
        .record_ms = record_ms,
        .event_ms = log_event_ms(random, record_ms),
        .event_id = gs_str_of(record->id),
        .post_id = gs_str_of(posts[post]),
        .influencer_id = gs_str_of(log_authors[post % 3]),
    };
    if (log_chance(random, 20))
        event->campaign_id = log_pick(random, log_campaigns, GS_COUNT_OF(log_campaigns));
    if (input == COMMENTS && log_chance(random, 10))
        event->kind = GS_KIND_REACTION;
    record->bad = log_chance(random, 2) ? GS_BAD_UNION : GS_BAD_NONE;
    if (input == PROFILES)
        log_fill_profile(random, record);
    else if (input == POSTS)
        log_fill_post(random, event, number, logs->config.rules != NULL);
    else if (event->kind == GS_KIND_COMMENT)
        log_fill_comment(random, event, logs->config.rules != NULL);
    else
        log_fill_reaction(random, event, input == COMMENTS ? 80 : 10);
}

/* Short memories, so that their generations end often and are full at times. */
static inline void log_judge(struct gs_task_config *config)
{
    config->rules = fixture_rules();
    config->copies = (struct gs_copies_config){
        .window_ms = 60000, .capacity = 10, .words_min = 4, .authors_min = 3};
    config->burst = (struct gs_burst_config){
        .window_ms = 20000, .capacity = 12, .comments_max = 3, .on_post_burst = 2};
}

/* One writes the same event twice, now and then. */
static inline void log_repeat(struct logs *logs, int input, uint32_t number, int64_t record_ms)
{
    uint32_t back = (uint32_t)log_below(&logs->random, GS_MIN(number, 30)) + 1;
    struct log_record *record = &logs->record[input][number];
    struct gs_event copy = logs->record[input][number - back].event;
    record->event = copy;
    record->event.record_ms = record_ms;
}

static inline void log_write(struct logs *logs, uint64_t seed)
{
    *logs = (struct logs){.random = seed, .config = fixture_config()};
    logs->config.dedupe_capacity = 12;
    logs->config.random_seed = seed;
    if (seed % 2)
        log_judge(&logs->config);
    if (log_chance(&logs->random, 50))
        logs->config.view_count = 2; /* without the campaigns, for which profiles are joined */
    if (log_chance(&logs->random, 30))
        logs->config.comments_max = 10;
    if (log_chance(&logs->random, 30))
        logs->config.engagement = GS_ENGAGEMENT_REACTIONS;
    for (int input = 0; input < INPUTS; input++) {
        int64_t record_ms = T0 + log_below(&logs->random, 5000);
        int64_t offset = 0;
        int64_t step = input == PROFILES ? 20000 : 1500;
        uint32_t most = input == PROFILES ? LOG_PROFILES : LOG_RECORDS;
        logs->count[input] = most - (uint32_t)log_below(&logs->random, most);
        for (uint32_t i = 0; i < logs->count[input]; i++) {
            record_ms += log_below(&logs->random, step);
            if (log_chance(&logs->random, 3))
                record_ms +=
                    log_below(&logs->random, log_chance(&logs->random, 30) ? 900000 : 40000);
            if (i && input != PROFILES && log_chance(&logs->random, 8))
                log_repeat(logs, input, i, record_ms);
            else
                log_fill(logs, input, i, record_ms);
            logs->record[input][i].event.offset = offset;
            offset += log_chance(&logs->random, 3) ? 3 : 1;
        }
    }
}

/* ------------------------------------------------------------------ reading them */

struct reader {
    const struct logs *logs;
    struct gs_task *task;
    uint64_t random;
    uint32_t batch_max;
    uint32_t at[INPUTS]; /* the next record of each log */
    int64_t asked_ms;    /* the broker's clock as the profiles are asked for */
    uint32_t waited;
};

static inline void reader_start(struct reader *reader, const struct logs *logs,
                                struct gs_task *task, uint64_t seed, uint32_t batch_max)
{
    *reader = (struct reader){
        .logs = logs, .task = task, .random = seed, .batch_max = batch_max, .asked_ms = T0};
}

static inline bool reader_done(const struct reader *reader)
{
    for (int i = 0; i < INPUTS; i++)
        if (reader->at[i] < reader->logs->count[i])
            return false;
    return true;
}

/* Asks for the end of the profiles as it was when the clock stood at some later time. */
static inline void reader_ask(struct reader *reader)
{
    const struct logs *logs = reader->logs;
    int64_t end = 0;
    reader->asked_ms += log_below(&reader->random, 30000);
    for (uint32_t i = 0; i < logs->count[PROFILES]; i++)
        if (logs->record[PROFILES][i].event.record_ms <= reader->asked_ms)
            end = logs->record[PROFILES][i].event.offset + 1;
    gs_task_profiles_end(reader->task, reader->asked_ms, end);
}

static inline void reader_batch(struct reader *reader, uint8_t input)
{
    static struct gs_task_record records[GS_TASK_BATCH_MAX];
    static struct gs_campaign campaigns[GS_TASK_BATCH_MAX * LOG_CAMPAIGNS];
    struct gs_campaign_pool pool = {campaigns, 0, GS_COUNT_OF(campaigns)};
    const struct logs *logs = reader->logs;
    uint32_t first = reader->at[input];
    if (log_chance(&reader->random, 5)) /* delivered twice */
        first -= (uint32_t)log_below(&reader->random, GS_MIN(first, 10u) + 1);
    uint32_t count = 1 + (uint32_t)log_below(&reader->random, reader->batch_max);
    count = GS_MIN(count, logs->count[input] - first);
    for (uint32_t i = 0; i < count; i++) {
        const struct log_record *record = &logs->record[input][first + i];
        records[i] = (struct gs_task_record){.event = record->event, .bad = record->bad};
        if (input != PROFILES)
            continue;
        records[i].event.profile.campaign_first = pool.count;
        for (uint32_t c = 0; c < record->event.profile.campaign_count; c++)
            campaigns[pool.count++] = record->campaigns[c];
    }
    uint32_t taken = gs_task_fold(reader->task, input, records, count, &pool);
    assert_true(taken == count || gs_task_waiting(reader->task, input));
    reader->waited += taken < count;
    reader->at[input] = GS_MAX(reader->at[input], first + taken);
}

/* Some input's next batch, if none must wait. */
static inline void reader_step(struct reader *reader)
{
    uint8_t input = (uint8_t)log_below(&reader->random, INPUTS);
    if (log_chance(&reader->random, 30))
        reader_ask(reader);
    if (reader->at[input] < reader->logs->count[input] && !gs_task_waiting(reader->task, input))
        reader_batch(reader, input);
}

#endif
