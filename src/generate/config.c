/* config.c -- defaults and limits of the generator's configuration. */
#include "internal.h"

void gs_generate_config_init(struct gs_generate_config *config)
{
    *config = (struct gs_generate_config){
        .seed = 1,
        .events = 1000000,
        .start_ms = INT64_C(1767225600000), /* 2026-01-01 */
        .span_ms = 600000,
        .time_scale = 1,
        .partitions = 12,
        .influencers = 10000,
        .posts_per_influencer = 5,
        .campaigns = 200,
        .brands = 50,
        .zipf = 1,
        .text_bytes = 110,
        .shares = {.comments = 0.60,
                   .snapshots = 0.15,
                   .published = 0.03,
                   .reactions = 0.20,
                   .profiles = 0.005,
                   .comment_changes = 0.012,
                   .post_changes = 0.003},
        .without_profile = 0.05,
        .self_comments = 0.03,
        .null_texts = 0.03,
        .upstream_scores = 0.02,
        .spam = 0.06,
        .waves = 0.02,
        .bursts = 0.01,
        .malformed = 0.001,
        .duplicates = 0.005,
        .duplicate_max_ms = 50000,
        .disorder = 0.05,
        .disorder_max_ms = 180000,
        .late = 0.0005,
        .late_max_ms = INT64_C(26) * 3600000,
        .fast_clock = 0.002,
        .fast_clock_max_ms = 3600000,
    };
}

static enum gs_status check_sizes(const struct gs_generate_config *c, struct gs_error *error)
{
    const struct {
        const char *name;
        int64_t value, min, max;
    } limits[] = {
        {"events", c->events, 0, INT64_C(1) << 50},
        {"rate", c->rate, 0, 100000000},
        {"start_ms", c->start_ms, 60000, GS_TIME_MS_MAX / 2},
        {"span_ms", c->span_ms, 0, GS_TIME_MS_MAX / 4},
        {"partitions", c->partitions, 1, GS_GENERATE_PARTITIONS_MAX},
        {"influencers", c->influencers, 1, GS_GENERATE_INFLUENCERS_MAX},
        {"posts_per_influencer", c->posts_per_influencer, 1, GS_GENERATE_POSTS_MAX},
        {"campaigns", c->campaigns, 0, 1000000},
        {"brands", c->brands, 1, 1000000},
        {"actors", c->actors, 0, 1000000000},
        {"text_bytes", c->text_bytes, 1, GS_GENERATE_TEXT_BYTES_MAX},
        {"duplicate_max_ms", c->duplicate_max_ms, 1, GS_TIME_MS_MAX / 100},
        {"disorder_max_ms", c->disorder_max_ms, 1, GS_TIME_MS_MAX / 4},
        {"late_max_ms", c->late_max_ms, 1, GS_TIME_MS_MAX / 4},
        {"fast_clock_max_ms", c->fast_clock_max_ms, 1, GS_TIME_MS_MAX / 4},
    };
    for (size_t i = 0; i < GS_COUNT_OF(limits); i++)
        if (limits[i].value < limits[i].min || limits[i].value > limits[i].max)
            return gs_fail(error, GS_E_CONFIG, "generate: %s is %lld, not in %lld to %lld",
                           limits[i].name, (long long)limits[i].value, (long long)limits[i].min,
                           (long long)limits[i].max);
    return GS_OK;
}

static enum gs_status check_ratios(const struct gs_generate_config *c, struct gs_error *error)
{
    const struct gs_generate_shares *s = &c->shares;
    const struct {
        const char *name;
        double value, max;
    } limits[] = {
        {"zipf", c->zipf, 4},
        {"shares.comments", s->comments, 1e6},
        {"shares.snapshots", s->snapshots, 1e6},
        {"shares.published", s->published, 1e6},
        {"shares.reactions", s->reactions, 1e6},
        {"shares.profiles", s->profiles, 1e6},
        {"shares.comment_changes", s->comment_changes, 1e6},
        {"shares.post_changes", s->post_changes, 1e6},
        {"without_profile", c->without_profile, 1},
        {"self_comments", c->self_comments, 1},
        {"null_texts", c->null_texts, 1},
        {"upstream_scores", c->upstream_scores, 1},
        {"comment_edits", c->comment_edits, 1},
        {"comment_deletions", c->comment_deletions, 1},
        {"comment_counters", c->comment_counters, 1},
        {"comment_repeats", c->comment_repeats, 1},
        {"comment_orphans", c->comment_orphans, 1},
        {"comment_reactions", c->comment_reactions, 1},
        {"all changes of comments",
         c->comment_edits + c->comment_deletions + c->comment_counters + c->comment_repeats +
             c->comment_orphans,
         1},
        {"spam", c->spam, 1},
        {"waves", c->waves, 1},
        {"bursts", c->bursts, 1},
        {"spam, waves and bursts", c->spam + c->waves + c->bursts, 1},
        {"raid", c->raid, 1},
        {"malformed", c->malformed, 1},
        {"duplicates", c->duplicates, 0.5},
        {"disorder", c->disorder, 1},
        {"late", c->late, 1},
        {"fast_clock", c->fast_clock, 1},
    };
    for (size_t i = 0; i < GS_COUNT_OF(limits); i++)
        if (!(limits[i].value >= 0 && limits[i].value <= limits[i].max))
            return gs_fail(error, GS_E_CONFIG, "generate: %s is %g, not in 0 to %g", limits[i].name,
                           limits[i].value, limits[i].max);
    return GS_OK;
}

enum gs_status gsi_generate_check(const struct gs_generate_config *c, struct gs_error *error)
{
    enum gs_status status = check_sizes(c, error);
    if (status == GS_OK)
        status = check_ratios(c, error);
    if (status != GS_OK)
        return status;
    if (c->events == 0 && c->rate == 0)
        return gs_fail(error, GS_E_CONFIG, "generate: events without end need a rate");
    if (!(c->time_scale > 0 && c->time_scale <= 1e6))
        return gs_fail(error, GS_E_CONFIG, "generate: time_scale is %g, not above 0 and to 1e6",
                       c->time_scale);
    const struct gs_generate_shares *s = &c->shares;
    if (s->comments + s->snapshots + s->published + s->reactions + s->profiles +
            s->comment_changes + s->post_changes <=
        0)
        return gs_fail(error, GS_E_CONFIG, "generate: all shares are 0");
    return GS_OK;
}
