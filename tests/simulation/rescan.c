/* rescan.c -- a naive reading of the logs of one side, written from what events mean and not from
 * the rooms: it keeps everything, carries nothing, expires nothing but by the definition.
 *
 * What a record does depends on its own input's prefix (and on the profiles, as they were some time
 * before it) and on nothing else. So every input is read once, in order, and what each record adds
 * to which entity is noted with its offset. A cell at any offsets is a sum over these notes. */
#include "rescan.h"

#include <math.h>
#include <stdlib.h>

enum { SLICES = 64, ADDED_MAX = 2 * GS_SNAPSHOT_COUNT + 16 };

/* What a comment counts as: one of a class with its compound and quality, an author's reply, or
 * dropped for a reason. */
struct tone {
    int counter;
    int64_t compound;
    int64_t quality; /* 0: nothing is weighed */
};

/* What others did to it. */
struct reactions {
    int64_t likes;
    int64_t replies;
    int64_t shares;
};

struct comment {
    struct gs_str id;
    int64_t t_ms;
    bool remembered; /* not deleted, not created again */
    struct tone tone;
    struct reactions reactions;
    uint32_t places[VIEWS];
    uint32_t place_count;
};

struct post {
    struct gs_str id;
    int64_t published_ms; /* GS_NULL_INT: it was not */
    int64_t deleted_ms;
    int64_t t_ms[GS_SNAPSHOT_COUNT]; /* GS_NULL_INT: never seen */
    int64_t value[GS_SNAPSHOT_COUNT];
};

/* One input on its way. */
struct reading {
    struct rescan *rescan;
    uint8_t input;
    uint32_t record;
    int64_t h_ms;
    int64_t generation; /* of the memory of event ids */
    struct gs_str newer[LOG_RECORDS], older[LOG_RECORDS];
    uint32_t newer_count, older_count;
    struct rescan_sightings copies, bursts;
    struct comment comment[LOG_RECORDS]; /* ever taken in */
    uint32_t comment_count;
    struct post post[ENTITIES_MAX];
    uint32_t post_count;
    struct rescan_part added[ADDED_MAX]; /* by the record at hand */
    uint32_t added_count;
};

static const struct gs_window_size *longest(const struct rescan *rescan)
{
    return &rescan->logs->config.windows[LONG];
}

static bool is_late(const struct gs_window_size *size, int64_t t_ms, int64_t h_ms)
{
    return t_ms / size->pane_ms <= h_ms / size->pane_ms - size->window_ms / size->pane_ms;
}

static void add(struct reading *reading, int64_t t_ms, int counter, int64_t amount)
{
    GS_ASSERT(reading->added_count < ADDED_MAX);
    reading->added[reading->added_count++] = (struct rescan_part){
        t_ms, GS_NULL_INT, amount, (uint8_t)counter, reading->input, reading->record};
}

static void add_growth(struct reading *reading, int64_t from_ms, int64_t t_ms, int counter,
                       int64_t amount)
{
    add(reading, t_ms, counter, amount);
    reading->added[reading->added_count - 1].from_ms = from_ms;
}

static void give(struct rescan_entity *entity, const struct rescan_part *part)
{
    if (entity->part_count == entity->part_capacity) {
        entity->part_capacity = GS_MAX(entity->part_capacity * 2, 256u);
        entity->parts = gs_realloc(entity->parts, entity->part_capacity * sizeof *entity->parts);
    }
    entity->parts[entity->part_count++] = *part;
}

/* ------------------------------------------------------------------ duplicates */

static bool holds(const struct gs_str *ids, uint32_t count, struct gs_str id)
{
    for (uint32_t i = 0; i < count; i++)
        if (gs_str_equal(ids[i], id))
            return true;
    return false;
}

static void next_generation(struct reading *reading, bool keep)
{
    reading->older_count = keep ? reading->newer_count : 0;
    memcpy(reading->older, reading->newer, reading->older_count * sizeof *reading->older);
    reading->newer_count = 0;
}

/* Generations are cut from H; a full one makes way early. */
static bool is_duplicate(struct reading *reading, struct gs_str id)
{
    const struct gs_task_config *config = &reading->rescan->logs->config;
    int64_t generation = reading->h_ms / config->dedupe_window_ms;
    if (generation != reading->generation)
        next_generation(reading, generation == reading->generation + 1);
    reading->generation = generation;
    bool in_newer = holds(reading->newer, reading->newer_count, id);
    bool found = in_newer || holds(reading->older, reading->older_count, id);
    if (in_newer)
        return true;
    if (reading->newer_count >= config->dedupe_capacity)
        next_generation(reading, true);
    reading->newer[reading->newer_count++] = id;
    return found;
}

/* ------------------------------------------------------------------ comments */

static struct comment *find_comment(struct reading *reading, struct gs_str id)
{
    int64_t horizon_ms = reading->rescan->logs->config.comments_horizon_ms;
    for (uint32_t i = 0; i < reading->comment_count; i++) {
        struct comment *comment = &reading->comment[i];
        if (comment->remembered && gs_str_equal(comment->id, id))
            return reading->h_ms - comment->t_ms < horizon_ms ? comment : NULL;
    }
    return NULL;
}

/* Of the comments that were taken in: those whose slice of time is not past the horizon as a whole.
 */
static uint32_t comments_held(const struct reading *reading)
{
    int64_t horizon_ms = reading->rescan->logs->config.comments_horizon_ms;
    int64_t slice_ms = (horizon_ms + SLICES - 1) / SLICES;
    int64_t first = GS_MAX(reading->h_ms - horizon_ms + 1, 0) / slice_ms;
    uint32_t held = 0;
    for (uint32_t i = 0; i < reading->comment_count; i++)
        held += reading->comment[i].t_ms / slice_ms >= first;
    return held;
}

static struct comment *remember(struct reading *reading, struct gs_str id, int64_t t_ms)
{
    const struct gs_task_config *config = &reading->rescan->logs->config;
    for (uint32_t i = 0; i < reading->comment_count; i++)
        if (gs_str_equal(reading->comment[i].id, id))
            reading->comment[i].remembered = false;
    if (reading->h_ms - t_ms >= config->comments_horizon_ms)
        return NULL;
    if (comments_held(reading) >= config->comments_max) {
        reading->rescan->refused++;
        return NULL;
    }
    struct comment *comment = &reading->comment[reading->comment_count++];
    *comment = (struct comment){.id = id, .t_ms = t_ms, .remembered = true};
    return comment;
}

static bool is_judged(const struct reading *reading)
{
    return reading->rescan->logs->config.rules != NULL;
}

static struct tone tone_of(const struct reading *reading, const struct gs_event *event,
                           uint32_t reasons)
{
    bool given = !isnan(event->comment.sentiment);
    struct rescan_verdict verdict = rescan_decide(reading->rescan->logs, reasons);
    int64_t quality = is_judged(reading) ? verdict.quality : 0;
    if (is_judged(reading) && verdict.reason >= 0)
        return (struct tone){GS_C_DROP + verdict.reason, 0, 0};
    if (!given && (!event->comment.text.data || rescan_is_other(event)))
        return (struct tone){GS_C_UNK, 0, quality};
    int64_t compound = given ? lround(event->comment.sentiment * 10000)
                             : rescan_text_of(event->comment.text)->compound;
    int counter = compound >= 500 ? GS_C_POS : compound <= -500 ? GS_C_NEG : GS_C_NEU;
    return (struct tone){counter, compound, quality};
}

static int64_t weight_of(struct tone tone, struct reactions reactions)
{
    return rescan_weight(tone.quality, reactions.likes, reactions.replies, reactions.shares);
}

static void add_weight(struct reading *reading, int64_t t_ms, struct tone tone,
                       struct reactions reactions, int64_t sign)
{
    int counter = tone.counter == GS_C_POS   ? GS_C_VIS_POS
                  : tone.counter == GS_C_NEG ? GS_C_VIS_NEG
                  : tone.counter == GS_C_NEU ? GS_C_VIS_NEU
                                             : -1;
    if (counter >= 0)
        add(reading, t_ms, counter, sign * weight_of(tone, reactions));
}

static void add_tone(struct reading *reading, int64_t t_ms, struct tone tone,
                     struct reactions reactions, int64_t sign)
{
    add(reading, t_ms, tone.counter, sign);
    if (tone.counter == GS_C_AUTHOR_REPLIES)
        return;
    add(reading, t_ms, GS_C_COMMENTS, sign);
    if (tone.counter >= GS_C_DROP)
        return;
    add(reading, t_ms, GS_C_CLEAN, sign);
    add(reading, t_ms, GS_C_SENT_SUM, sign * tone.compound);
    add(reading, t_ms, GS_C_SENT_SQ, sign * tone.compound * tone.compound);
    if (tone.quality && tone.quality < 256)
        add(reading, t_ms, GS_C_DOWNWEIGHTED, sign);
    add_weight(reading, t_ms, tone, reactions, sign);
}

/* What follows of a comment goes where the comment went, at its time; nothing of it is the
 * record's own. */
static void give_to(struct reading *reading, const struct comment *comment)
{
    for (uint32_t p = 0; p < comment->place_count; p++)
        for (uint32_t i = 0; i < reading->added_count; i++)
            give(&reading->rescan->entity[comment->places[p]], &reading->added[i]);
    reading->added_count = 0;
}

static void replace(struct reading *reading, struct comment *comment, struct tone tone,
                    struct reactions reactions)
{
    add_tone(reading, comment->t_ms, comment->tone, comment->reactions, -1);
    add_tone(reading, comment->t_ms, tone, reactions, 1);
    give_to(reading, comment);
    comment->tone = tone;
    comment->reactions = reactions;
}

static void set_count(int64_t *count, int64_t value)
{
    if (value != GS_NULL_INT)
        *count = value;
}

static struct reactions reactions_of(const struct reading *reading, const struct gs_event *event,
                                     struct reactions reactions)
{
    set_count(&reactions.replies, event->comment.replies);
    if (reading->rescan->logs->config.engagement == GS_ENGAGEMENT_REACTIONS)
        return reactions;
    set_count(&reactions.likes, event->comment.likes);
    set_count(&reactions.shares, event->comment.shares);
    return reactions;
}

/* A repeated or copied one stays out, whatever it says now. */
static void edit(struct reading *reading, struct comment *comment, const struct gs_event *event)
{
    struct tone tone = comment->tone;
    if (tone.counter != GS_C_AUTHOR_REPLIES && tone.counter != GS_C_DROP + GS_REASON_COPYPASTA &&
        tone.counter != GS_C_DROP + GS_REASON_BURST)
        tone = tone_of(reading, event, rescan_reasons_of(event));
    replace(reading, comment, tone, reactions_of(reading, event, comment->reactions));
}

static void change(struct reading *reading, struct comment *comment, const struct gs_event *event)
{
    if (event->action == GS_ACTION_EDITED) {
        edit(reading, comment, event);
    } else if (event->action == GS_ACTION_METRICS) {
        replace(reading, comment, comment->tone, reactions_of(reading, event, comment->reactions));
    } else {
        add_tone(reading, comment->t_ms, comment->tone, comment->reactions, -1);
        give_to(reading, comment);
        comment->remembered = false;
    }
}

/* Those that turn out to be copies. */
static void take_back(struct reading *reading, const struct rescan_told *told)
{
    for (uint32_t i = 0; i < told->count; i++) {
        struct comment *comment = find_comment(reading, told->comment[i]);
        if (!comment || comment->tone.counter == GS_C_AUTHOR_REPLIES ||
            comment->tone.counter >= GS_C_DROP)
            continue;
        struct tone tone = {GS_C_DROP + GS_REASON_COPYPASTA, 0, 0};
        if (reading->rescan->logs->soft_copies) {
            tone = comment->tone;
            tone.quality = tone.quality * 128 / 256;
        }
        replace(reading, comment, tone, comment->reactions);
        reading->rescan->taken_back++;
    }
}

/* The memories see it whatever becomes of it. */
static uint32_t judge(struct reading *reading, const struct gs_event *event, int64_t t_ms)
{
    static struct rescan_told told;
    const struct gs_task_config *config = &reading->rescan->logs->config;
    uint32_t reasons = rescan_reasons_of(event);
    if (rescan_is_copy(&reading->copies, config, event, reading->h_ms, &told))
        reasons |= 1u << GS_REASON_COPYPASTA;
    if (rescan_is_burst(&reading->bursts, config, event, t_ms, reading->h_ms))
        reasons |= 1u << GS_REASON_BURST;
    take_back(reading, &told);
    return reasons;
}

static enum gs_disposition create(struct reading *reading, const struct gs_event *event,
                                  int64_t t_ms, struct comment **created)
{
    bool reply = gs_str_equal(event->comment.actor_id, event->influencer_id);
    uint32_t reasons = is_judged(reading) && !reply ? judge(reading, event, t_ms) : 0;
    if (find_comment(reading, event->comment.comment_id))
        return GS_DUPLICATE;
    struct tone tone =
        reply ? (struct tone){GS_C_AUTHOR_REPLIES, 0, 0} : tone_of(reading, event, reasons);
    struct reactions reactions = reactions_of(reading, event, (struct reactions){0, 0, 0});
    add_tone(reading, t_ms, tone, reactions, 1);
    reading->rescan->dropped += tone.counter >= GS_C_DROP;
    *created = remember(reading, event->comment.comment_id, t_ms);
    if (*created) {
        (*created)->tone = tone;
        (*created)->reactions = reactions;
    }
    return GS_PROCESSED;
}

static enum gs_disposition take_comment(struct reading *reading, const struct gs_event *event,
                                        int64_t t_ms, struct comment **created)
{
    if (event->action == GS_ACTION_UNKNOWN || event->action == GS_ACTION_PUBLISHED)
        return GS_IGNORED;
    if (event->action == GS_ACTION_CREATED)
        return create(reading, event, t_ms, created);
    struct comment *known = find_comment(reading, event->comment.comment_id);
    if (known)
        change(reading, known, event);
    return GS_PROCESSED;
}

/* ------------------------------------------------------------------ reactions */

static void react(struct reading *reading, const struct gs_event *event, int64_t count)
{
    struct comment *comment = find_comment(reading, event->reaction.comment_id);
    if (!comment)
        return;
    struct reactions reactions = comment->reactions;
    if (event->reaction.reaction == GS_REACTION_LIKE)
        reactions.likes += count;
    else if (event->reaction.reaction == GS_REACTION_SHARE ||
             event->reaction.reaction == GS_REACTION_QUOTE)
        reactions.shares += count;
    replace(reading, comment, comment->tone, reactions);
}

static enum gs_disposition take_reaction(struct reading *reading, const struct gs_event *event,
                                         int64_t t_ms)
{
    static const int counters[GS_REACTION_COUNT] = {
        [GS_REACTION_LIKE] = GS_C_LIKES,   [GS_REACTION_DISLIKE] = GS_C_DISLIKES,
        [GS_REACTION_SHARE] = GS_C_SHARES, [GS_REACTION_QUOTE] = GS_C_SHARES,
        [GS_REACTION_SAVE] = GS_C_SAVES,   [GS_REACTION_CLICK] = GS_C_CLICKS,
        [GS_REACTION_VIEW] = GS_C_VIEWS,   [GS_REACTION_CONVERSION] = GS_C_CONVERSIONS};
    bool from_reactions = reading->rescan->logs->config.engagement == GS_ENGAGEMENT_REACTIONS;
    bool conversion = event->reaction.reaction == GS_REACTION_CONVERSION;
    int64_t sign = event->reaction.op == GS_OP_REMOVE ? -1 : 1;
    if (event->reaction.op == GS_OP_UNKNOWN || event->reaction.reaction == GS_REACTION_UNKNOWN)
        return GS_IGNORED;
    if (event->reaction.comment_id.data) {
        if (from_reactions)
            react(reading, event, sign * event->reaction.count);
        return GS_PROCESSED;
    }
    if (conversion || from_reactions)
        add(reading, t_ms, counters[event->reaction.reaction], sign * event->reaction.count);
    if (conversion && event->reaction.value_micros != GS_NULL_INT)
        add(reading, t_ms, GS_C_VALUE_MICROS, sign * event->reaction.value_micros);
    return GS_PROCESSED;
}

/* ------------------------------------------------------------------ posts */

static struct post *find_post(struct reading *reading, struct gs_str id)
{
    for (uint32_t i = 0; i < reading->post_count; i++)
        if (gs_str_equal(reading->post[i].id, id))
            return &reading->post[i];
    struct post *post = &reading->post[reading->post_count++];
    *post = (struct post){.id = id, .published_ms = GS_NULL_INT, .deleted_ms = GS_NULL_INT};
    for (int m = 0; m < GS_SNAPSHOT_COUNT; m++)
        post->t_ms[m] = GS_NULL_INT;
    return post;
}

static void take_snapshot(struct reading *reading, struct post *post, const struct gs_event *event,
                          int64_t t_ms, int metric)
{
    static const int counters[GS_SNAPSHOT_COUNT] = {[GS_SNAPSHOT_LIKES] = GS_C_LIKES,
                                                    [GS_SNAPSHOT_DISLIKES] = GS_C_DISLIKES,
                                                    [GS_SNAPSHOT_COMMENTS] = GS_C_PLATFORM_COMMENTS,
                                                    [GS_SNAPSHOT_SHARES] = GS_C_SHARES,
                                                    [GS_SNAPSHOT_SAVES] = GS_C_SAVES,
                                                    [GS_SNAPSHOT_VIEWS] = GS_C_VIEWS,
                                                    [GS_SNAPSHOT_REACH] = GS_C_REACH,
                                                    [GS_SNAPSHOT_IMPRESSIONS] = GS_C_IMPRESSIONS,
                                                    [GS_SNAPSHOT_CLICKS] = GS_C_CLICKS};
    int64_t expired_ms = reading->h_ms - longest(reading->rescan)->window_ms;
    int64_t value = event->post.metrics[metric];
    if (event->post.temporality == GS_TEMPORALITY_DELTA) {
        add(reading, t_ms, counters[metric], value);
        return;
    }
    int64_t last_ms = post->t_ms[metric];
    int64_t last = post->value[metric];
    if (last_ms == GS_NULL_INT || last_ms <= expired_ms) { /* never seen, or forgotten */
        last_ms = event->post.created_ms;
        if (last_ms == GS_NULL_INT && event->action == GS_ACTION_PUBLISHED)
            last_ms = t_ms;
        last_ms = GS_MIN(last_ms, t_ms);
        last = 0;
    }
    if (t_ms < last_ms)
        return; /* an older reading */
    post->t_ms[metric] = t_ms;
    post->value[metric] = value;
    if (last_ms == GS_NULL_INT || last_ms <= expired_ms)
        return; /* a baseline */
    if (value > last && last_ms < t_ms)
        add_growth(reading, last_ms, t_ms, counters[metric], value - last);
    else
        add(reading, t_ms, counters[metric], value - last);
    if (value < last)
        add(reading, t_ms, GS_C_PURGED, last - value);
}

static bool counts(const struct rescan *rescan, int metric)
{
    return rescan->logs->config.engagement == GS_ENGAGEMENT_SNAPSHOTS ||
           metric == GS_SNAPSHOT_COMMENTS || metric == GS_SNAPSHOT_REACH ||
           metric == GS_SNAPSHOT_IMPRESSIONS;
}

static enum gs_disposition take_post(struct reading *reading, const struct gs_event *event,
                                     int64_t t_ms)
{
    int64_t expired_ms = reading->h_ms - longest(reading->rescan)->window_ms;
    if (event->action == GS_ACTION_UNKNOWN)
        return GS_IGNORED;
    struct post *post = find_post(reading, event->post_id);
    if (event->action == GS_ACTION_DELETED) {
        post->deleted_ms = GS_MAX(post->deleted_ms, t_ms);
        return GS_PROCESSED;
    }
    if (post->deleted_ms != GS_NULL_INT && post->deleted_ms > expired_ms)
        return GS_PROCESSED;
    bool published = post->published_ms != GS_NULL_INT && post->published_ms > expired_ms;
    if (published) {
        post->published_ms = GS_MAX(post->published_ms, t_ms);
    } else if (event->action == GS_ACTION_PUBLISHED) {
        post->published_ms = t_ms;
        add(reading, t_ms, GS_C_POSTS, 1);
        if (is_judged(reading) && gs_str_equal(event->post.text, gs_str_of("shitty day")))
            add(reading, t_ms, GS_C_RISKY_POSTS, 1);
    }
    for (int m = 0; m < GS_SNAPSHOT_COUNT; m++)
        if (event->post.metrics[m] != GS_NULL_INT && counts(reading->rescan, m))
            take_snapshot(reading, post, event, t_ms, m);
    return GS_PROCESSED;
}

/* ------------------------------------------------------------------ any record */

static void attribute(struct reading *reading, const struct gs_event *event, int64_t t_ms,
                      struct comment *created)
{
    struct rescan *rescan = reading->rescan;
    for (uint8_t v = 0; v < rescan->logs->config.view_count; v++) {
        uint32_t entity = rescan_entity_of(rescan, v, event, t_ms);
        if (entity == ENTITIES_MAX)
            continue;
        for (uint32_t i = 0; i < reading->added_count; i++)
            give(&rescan->entity[entity], &reading->added[i]);
        if (created)
            created->places[created->place_count++] = entity;
    }
}

static enum gs_disposition take(struct reading *reading, const struct gs_event *event)
{
    struct rescan *rescan = reading->rescan;
    const struct gs_task_config *config = &rescan->logs->config;
    int64_t t_ms = GS_MIN(event->event_ms, event->record_ms);
    int64_t *r_ms = &rescan->r_ms[reading->input][reading->record + 1];
    struct comment *created = NULL;
    if (t_ms > reading->h_ms) {
        reading->h_ms = t_ms;
        *r_ms = event->record_ms;
    }
    if (is_duplicate(reading, event->event_id))
        return GS_DUPLICATE;
    if (is_late(longest(rescan), t_ms, reading->h_ms))
        return GS_TOO_LATE;
    enum gs_disposition disposition =
        event->kind == GS_KIND_COMMENT    ? take_comment(reading, event, t_ms, &created)
        : event->kind == GS_KIND_REACTION ? take_reaction(reading, event, t_ms)
                                          : take_post(reading, event, t_ms);
    if (disposition != GS_PROCESSED)
        return disposition;
    if (event->event_ms > event->record_ms)
        add(reading, t_ms, GS_C_CLAMPED, 1);
    for (int level = 0; level < LEVELS; level++)
        if (is_late(&config->windows[level], t_ms, reading->h_ms))
            add(reading, reading->h_ms, GS_C_LATE_0 + level, 1);
    attribute(reading, event, t_ms, created);
    return GS_PROCESSED;
}

static void read_input(struct rescan *rescan, struct reading *reading, uint8_t input)
{
    const struct sim_log *log = &rescan->logs->input[input];
    *reading = (struct reading){.rescan = rescan, .input = input, .h_ms = GS_NULL_INT};
    reading->generation = INT64_MIN / 2;
    rescan->h_ms[input][0] = rescan->r_ms[input][0] = GS_NULL_INT;
    for (uint32_t i = 0; i < log->count; i++) {
        const struct sim_record *record = &log->record[i];
        reading->record = i;
        reading->added_count = 0;
        rescan->r_ms[input][i + 1] = rescan->r_ms[input][i];
        enum gs_disposition disposition = GS_PROCESSED;
        if (record->bad)
            disposition = GS_BAD;
        else if (input != PROFILES)
            disposition = take(reading, &record->event);
        rescan->h_ms[input][i + 1] = reading->h_ms;
        rescan->disposition[input][i] = (uint8_t)disposition;
        rescan->seen[disposition]++;
    }
}

void rescan_logs(struct rescan *rescan, const struct sim_logs *logs)
{
    static struct reading reading;
    int64_t newest_ms = INT64_MIN;
    rescan->logs = logs;
    rescan->dropped = rescan->taken_back = 0;
    for (uint32_t i = 0; i < rescan->entity_count; i++)
        rescan->entity[i].part_count = 0;
    rescan->entity_count = 0;
    for (uint32_t i = 0; i < logs->input[PROFILES].count; i++) {
        newest_ms = GS_MAX(newest_ms, logs->input[PROFILES].record[i].event.record_ms);
        rescan->visible_ms[i] = newest_ms;
    }
    for (uint8_t input = 0; input < INPUTS; input++)
        read_input(rescan, &reading, input);
}

void rescan_deinit(struct rescan *rescan)
{
    for (uint32_t i = 0; i < ENTITIES_MAX; i++)
        gs_free(rescan->entity[i].parts);
}
