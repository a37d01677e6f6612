/* export.c -- the logs of a seed, and what cells must hold by our naive reading at some offsets and
 * clocks, as lines of JSON: for a test that compares it with the oracle in tests/oracle. */
#include "simulation.h"

#include <math.h>

enum { MOMENTS = 40 };

static void put_text(FILE *file, const char *name, struct gs_str text)
{
    if (text.data)
        fprintf(file, ", \"%s\": \"%.*s\"", name, (int)text.len, text.data);
}

static void put_number(FILE *file, const char *name, int64_t number)
{
    if (number != GS_NULL_INT)
        fprintf(file, ", \"%s\": %lld", name, (long long)number);
}

/* ------------------------------------------------------------------ settings */

/* With rules, what differs from the built-in ones. */
static void put_rules(FILE *file, const struct sim_logs *logs)
{
    const struct gs_task_config *config = &logs->config;
    if (!config->rules)
        return;
    fprintf(file, ", \"soft_copies\": %s, \"rules\": {\"none\": 0",
            logs->soft_copies ? "true" : "false");
    put_number(file, "copies_window_ms", config->copies.window_ms);
    put_number(file, "copies_capacity", config->copies.capacity);
    put_number(file, "copies_words_min", config->copies.words_min);
    put_number(file, "copies_authors_min", config->copies.authors_min);
    put_number(file, "burst_window_ms", config->burst.window_ms);
    put_number(file, "burst_capacity", config->burst.capacity);
    put_number(file, "burst_comments_max", config->burst.comments_max);
    put_number(file, "burst_on_post", config->burst.on_post_burst);
    fprintf(file, "}");
}

static void put_settings(FILE *file, const struct sim_logs *logs)
{
    const struct gs_task_config *config = &logs->config;
    fprintf(file, "{\"what\": \"settings\", \"source\": \"%s\", \"views\": %u",
            config->engagement == GS_ENGAGEMENT_REACTIONS ? "reactions" : "snapshots",
            config->view_count);
    put_number(file, "profiles_delay_ms", config->profiles_delay_ms);
    put_number(file, "dedupe_window_ms", config->dedupe_window_ms);
    put_number(file, "dedupe_capacity", config->dedupe_capacity);
    put_number(file, "comments_horizon_ms", config->comments_horizon_ms);
    put_number(file, "comments_max", config->comments_max);
    put_rules(file, logs);
    fprintf(file, "}\n");
}

/* ------------------------------------------------------------------ records */

static void put_post(FILE *file, const struct gs_event *event)
{
    static const char *const metrics[GS_SNAPSHOT_COUNT] = {"likes",  "dislikes",    "comments",
                                                           "shares", "saves",       "views",
                                                           "reach",  "impressions", "clicks"};
    put_text(file, "text", event->post.text);
    put_number(file, "followers", event->post.followers);
    put_number(file, "created_at", event->post.created_ms);
    put_text(file, "temporality",
             gs_str_of(event->post.temporality == GS_TEMPORALITY_DELTA ? "DELTA" : "CUMULATIVE"));
    fprintf(file, ", \"metrics\": {\"none\": 0");
    for (int m = 0; m < GS_SNAPSHOT_COUNT; m++)
        put_number(file, metrics[m], event->post.metrics[m]);
    fprintf(file, "}");
}

static void put_comment(FILE *file, const struct gs_event *event)
{
    put_text(file, "comment_id", event->comment.comment_id);
    put_text(file, "actor_id", event->comment.actor_id);
    put_text(file, "text", event->comment.text);
    put_text(file, "lang", event->comment.lang);
    put_number(file, "likes", event->comment.likes);
    put_number(file, "replies", event->comment.replies);
    put_number(file, "shares", event->comment.shares);
    if (!isnan(event->comment.sentiment))
        fprintf(file, ", \"sentiment\": %.17g", event->comment.sentiment);
}

static void put_reaction(FILE *file, const struct gs_event *event)
{
    static const char *const kinds[GS_REACTION_COUNT] = {
        "UNKNOWN", "LIKE", "DISLIKE", "SHARE", "QUOTE", "SAVE", "CLICK", "VIEW", "CONVERSION"};
    put_text(file, "reaction", gs_str_of(kinds[event->reaction.reaction]));
    put_text(file, "op", gs_str_of(event->reaction.op == GS_OP_REMOVE ? "REMOVE" : "ADD"));
    put_text(file, "comment_id", event->reaction.comment_id);
    put_number(file, "count", event->reaction.count);
    put_number(file, "value_micros", event->reaction.value_micros);
}

static void put_profile(FILE *file, const struct sim_record *record)
{
    const struct gs_event *event = &record->event;
    put_text(file, "handle", event->profile.handle);
    put_text(file, "profile_platform", event->platform);
    put_number(file, "followers", event->profile.followers);
    fprintf(file, ", \"campaigns\": [");
    for (uint32_t i = 0; i < event->profile.campaign_count; i++) {
        const struct gs_campaign *campaign = &record->campaigns[i];
        fprintf(file, "%s{\"campaign_id\": \"%s\"", i ? ", " : "", campaign->campaign_id.data);
        put_number(file, "from", campaign->from_ms);
        put_number(file, "to", campaign->to_ms);
        fprintf(file, "}");
    }
    fprintf(file, "]");
}

static void put_record(FILE *file, uint8_t input, const struct sim_record *record)
{
    const struct gs_event *event = &record->event;
    fprintf(file, "{\"what\": \"record\", \"input\": %u, \"kind\": \"%s\", \"bad\": %s", input,
            gs_kind_name((enum gs_kind)event->kind), record->bad ? "true" : "false");
    fprintf(file, ", \"tombstone\": %s", event->tombstone ? "true" : "false");
    put_number(file, "offset", event->offset);
    put_number(file, "record_ms", event->record_ms);
    put_number(file, "event_time", event->event_ms);
    put_text(file, "event_id", event->event_id);
    put_text(file, "influencer_id", event->influencer_id);
    put_text(file, "post_id", event->post_id);
    put_text(file, "campaign_id", event->campaign_id);
    put_text(file, "action", gs_str_of(gs_action_name((enum gs_action)event->action)));
    if (event->kind == GS_KIND_POST)
        put_post(file, event);
    else if (event->kind == GS_KIND_COMMENT)
        put_comment(file, event);
    else if (event->kind == GS_KIND_REACTION)
        put_reaction(file, event);
    else
        put_profile(file, record);
    fprintf(file, "}\n");
}

/* ------------------------------------------------------------------ cells */

static void put_cell(FILE *file, const struct sim_side *side, uint32_t number,
                     const int64_t at[GS_INPUTS_MAX], int64_t as_of_ms)
{
    const struct rescan_entity *entity = &side->rescan.entity[number / LEVELS];
    const struct gs_task_config *config = &side->logs.config;
    struct rescan_cell cell;
    rescan_cell(&side->rescan, number, at, as_of_ms, &cell);
    fprintf(file, "{\"what\": \"cell\", \"view\": \"%s\", \"key\": \"%s\", \"window\": \"%s\"",
            config->views[entity->view].name, entity->key, config->window_names[number % LEVELS]);
    fprintf(file, ", \"at\": [%lld, %lld, %lld, %lld], \"as_of_ms\": %lld, \"deleted\": %s",
            (long long)at[0], (long long)at[1], (long long)at[2], (long long)at[3],
            (long long)as_of_ms, cell.deleted ? "true" : "false");
    put_number(file, "from_ms", cell.from_ms);
    put_number(file, "to_ms", cell.to_ms);
    put_number(file, "followers", cell.followers);
    put_text(file, "influencer_id", gs_str_of(cell.influencer));
    put_text(file, "handle", cell.handle);
    put_text(file, "platform", cell.platform);
    fprintf(file, ", \"total\": {\"none\": 0");
    for (int c = 0; c < GS_COUNTER_COUNT; c++)
        if (cell.total[c])
            put_number(file, gs_counter_info((enum gs_counter)c)->name, cell.total[c]);
    fprintf(file, "}}\n");
}

static void put_moment(FILE *file, const struct sim_side *side, uint64_t *random)
{
    int64_t at[GS_INPUTS_MAX] = {0};
    for (uint8_t i = 0; i < INPUTS; i++) {
        const struct sim_log *log = &side->logs.input[i];
        at[i] = sim_below(random, sim_log_end(log, log->count) + 1);
    }
    int64_t as_of_ms = rescan_clock_ms(&side->rescan, at);
    if (as_of_ms == GS_NULL_INT)
        return;
    if (sim_chance(random, 30))
        as_of_ms += sim_below(random, 600000);
    for (uint32_t n = 0; n < side->rescan.entity_count * LEVELS; n++)
        if (side->logs.config.views[side->rescan.entity[n / LEVELS].view].levels >> n % LEVELS & 1)
            put_cell(file, side, n, at, as_of_ms);
}

void sim_export(uint64_t seed, FILE *file)
{
    static struct sim_side side;
    uint64_t random = seed;
    sim_logs_write(&side.logs, &random, 0);
    rescan_logs(&side.rescan, &side.logs);
    put_settings(file, &side.logs);
    for (uint8_t i = 0; i < INPUTS; i++)
        for (uint32_t n = 0; n < side.logs.input[i].count; n++)
            put_record(file, i, &side.logs.input[i].record[n]);
    for (int moment = 0; moment < MOMENTS; moment++)
        put_moment(file, &side, &random);
    rescan_deinit(&side.rescan);
}
