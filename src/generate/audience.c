/* audience.c -- CommentEvents and ReactionEvents: who says what about which post. */
#include "internal.h"

#include <math.h>

/* The number of the actor who is the influencer. */
#define SELF UINT32_MAX

/* Every post has a mood of its own, so that there are hits, failures and storms to be seen. */
static enum gsi_generate_mood draw_mood(struct gs_generate *g, uint32_t influencer, uint32_t post)
{
    uint64_t hash = gsi_generate_hash(g, 'M', ((uint64_t)influencer << 32) | post);
    uint32_t positive = hash % 16 == 0 ? 20 : 35 + (uint32_t)((hash >> 8) % 35);
    uint32_t negative = hash % 16 == 0 ? 60 : 5 + (uint32_t)((hash >> 16) % 15);
    uint32_t draw = gsi_generate_below(&g->text_random, 100);
    if (draw < positive)
        return GSI_MOOD_POSITIVE;
    return draw < positive + negative ? GSI_MOOD_NEGATIVE : GSI_MOOD_NEUTRAL;
}

/* A new text for the many accounts every 4096 comments. */
static void set_wave_text(struct gs_generate *g)
{
    if (g->comment_count % 4096 == 0 || g->wave.len == 0)
        gsi_generate_sentences(&g->text_random, 0, GSI_MOOD_POSITIVE, 90, &g->wave);
    g->text.len = 0;
    gs_buf_add(&g->text, g->wave.data, g->wave.len);
}

static void set_text(struct gs_generate *g, struct gsi_generate_record *record, uint32_t influencer,
                     uint32_t post)
{
    struct gsi_generate_random *random = &g->text_random;
    uint32_t language = gsi_generate_language_of(g, influencer);
    if (language != 0 && gsi_generate_one_in(random, 8))
        language = 0;
    uint32_t draw = gsi_generate_below(random, 100);
    if (draw < 8) {
        gsi_generate_phrase(random, &gsi_generate_thin, &g->text);
    } else {
        uint32_t mean = g->config.text_bytes;
        uint32_t bytes = mean / 2 + gsi_generate_below(random, mean + 1);
        gsi_generate_sentences(random, language, draw_mood(g, influencer, post), bytes, &g->text);
    }
    record->text = gs_str_make(g->text.data, g->text.len);
    if (!gsi_generate_one_in(random, 3))
        record->lang = gs_str_of(gsi_generate_languages[language].code);
}

/* Most spam is of an account of its own; copies are of many, a burst is of one. */
static uint32_t set_spam(struct gs_generate *g, struct gsi_generate_record *record)
{
    uint32_t actor = gsi_generate_below(&g->random, g->config.actors);
    uint32_t draw = gsi_generate_below(&g->random, 8);
    if (draw < 5) {
        gsi_generate_phrase(&g->text_random, &gsi_generate_spam, &g->text);
    } else if (draw < 7) {
        set_wave_text(g);
    } else {
        gsi_generate_phrase(&g->text_random, &gsi_generate_thin, &g->text);
        actor = g->config.actors + (uint32_t)(g->comment_count >> 11);
    }
    record->text = gs_str_make(g->text.data, g->text.len);
    return actor;
}

static void set_actor(struct gs_generate *g, struct gsi_generate_record *record, uint32_t actor)
{
    if (actor == SELF) {
        record->comment.actor_id = record->influencer_id;
        return;
    }
    record->comment.actor_id = gsi_generate_number_id(g, GSI_ID_ACTOR, "u", actor, 7);
    if (!gsi_generate_one_in(&g->random, 4))
        return;
    uint64_t hash = gsi_generate_hash(g, 'a', actor);
    record->comment.has_actor = true;
    record->comment.actor_followers = (int64_t)(hash % 3000);
    record->comment.actor_following = (int64_t)((hash >> 16) % 1500);
    record->comment.actor_posts = (hash >> 32) % 4 ? (int64_t)((hash >> 34) % 900) : GS_NULL_INT;
    record->comment.actor_created_ms = INT64_C(1300000000000) + (int64_t)(hash >> 25);
    record->comment.actor_verified = hash % 50 == 0;
}

static void start_comment(struct gs_generate *g, struct gsi_generate_record *record,
                          uint32_t influencer, enum gs_action action)
{
    gsi_generate_head(g, record, influencer);
    record->kind = GS_KIND_COMMENT;
    record->action = (uint8_t)action;
    record->comment.likes = GS_NULL_INT;
    record->comment.replies = GS_NULL_INT;
    record->comment.shares = GS_NULL_INT;
    record->comment.sentiment = NAN;
    gsi_generate_attribute(g, record, influencer);
}

static void set_first_counters(struct gs_generate *g, struct gsi_generate_record *record,
                               struct gsi_generate_comment *comment)
{
    struct gsi_generate_random *random = &g->random;
    uint32_t draw = gsi_generate_below(random, 8);
    if (draw < 4) {
        comment->likes = draw ? 0 : gsi_generate_below(random, 50);
        record->comment.likes = comment->likes;
        record->comment.replies = draw == 1 ? gsi_generate_below(random, 5) : 0;
    }
    if (draw == 2)
        record->comment.shares = gsi_generate_below(random, 3);
    if (gsi_generate_chance(random, g->odds.upstream_scores))
        record->comment.sentiment = ((double)gsi_generate_below(random, 2001) - 1000) / 1000;
    for (uint64_t back = 1; draw == 7 && back < GS_MIN(g->comment_count, UINT64_C(8)); back++) {
        const struct gsi_generate_comment *other =
            &g->comments[(comment->number - back) % GSI_GENERATE_COMMENTS];
        if (other->influencer == comment->influencer && other->post == comment->post) {
            record->comment.parent_id = gsi_generate_hash_id(g, GSI_ID_PARENT, 'c', other->number);
            break;
        }
    }
}

static void make_new(struct gs_generate *g, struct gsi_generate_record *record, uint32_t influencer)
{
    struct gsi_generate_random *random = &g->random;
    start_comment(g, record, influencer, GS_ACTION_CREATED);
    struct gsi_generate_post *post = gsi_generate_pick_post(g, influencer);
    gsi_generate_set_post(g, record, influencer, post->number);
    uint64_t number = g->comment_count;
    struct gsi_generate_comment *comment = &g->comments[number % GSI_GENERATE_COMMENTS];
    *comment = (struct gsi_generate_comment){
        .number = number, .influencer = influencer, .post = post->number};
    record->comment.comment_id = gsi_generate_hash_id(g, GSI_ID_COMMENT, 'c', number);
    set_first_counters(g, record, comment);

    bool self = gsi_generate_chance(random, g->odds.self_comments);
    if (!self && gsi_generate_chance(random, g->odds.spam)) {
        comment->actor = set_spam(g, record);
    } else {
        comment->actor = self ? SELF : gsi_generate_below(random, g->config.actors);
        if (!gsi_generate_chance(random, g->odds.null_texts))
            set_text(g, record, influencer, post->number);
    }
    set_actor(g, record, comment->actor);
    g->comment_count++;
}

static void change(struct gs_generate *g, struct gsi_generate_record *record,
                   struct gsi_generate_comment *comment, enum gs_action action)
{
    start_comment(g, record, comment->influencer, action);
    gsi_generate_set_post(g, record, comment->influencer, comment->post);
    record->comment.comment_id = gsi_generate_hash_id(g, GSI_ID_COMMENT, 'c', comment->number);
    set_actor(g, record, comment->actor);
    if (action == GS_ACTION_EDITED || action == GS_ACTION_CREATED)
        set_text(g, record, comment->influencer, comment->post);
    if (action == GS_ACTION_METRICS) {
        comment->likes += gsi_generate_below(&g->random, 20);
        record->comment.likes = comment->likes;
        record->comment.replies = comment->likes / 8;
    }
}

static struct gsi_generate_comment *pick_comment(struct gs_generate *g)
{
    uint64_t known = GS_MIN(g->comment_count, (uint64_t)GSI_GENERATE_COMMENTS);
    return &g->comments[gsi_generate_below(&g->random, (uint32_t)known)];
}

/* Of a comment that nobody ever created: its number is beyond all of theirs. */
static void change_orphan(struct gs_generate *g, struct gsi_generate_record *record,
                          uint32_t influencer)
{
    static const uint8_t actions[] = {GS_ACTION_METRICS, GS_ACTION_EDITED, GS_ACTION_DELETED};
    struct gsi_generate_comment comment = {
        .number = (UINT64_C(1) << 63) + g->sequence,
        .influencer = influencer,
        .post = gsi_generate_pick_post(g, influencer)->number,
        .actor = gsi_generate_below(&g->random, g->config.actors),
    };
    record->about = GS_GENERATE_ORPHAN;
    change(g, record, &comment, actions[gsi_generate_below(&g->random, GS_COUNT_OF(actions))]);
}

void gsi_generate_comment(struct gs_generate *g, struct gsi_generate_record *record,
                          uint32_t influencer)
{
    const uint64_t *changes = g->odds.comment_changes;
    if (!changes[GS_ACTION_COUNT - 1] || g->comment_count == 0) {
        make_new(g, record, influencer);
        return;
    }
    uint32_t draw = gsi_generate_u32(&g->random);
    int action = 0;
    while (action < GS_ACTION_COUNT && draw >= changes[action])
        action++;
    if (action == GS_ACTION_COUNT) {
        make_new(g, record, influencer);
    } else if (action == GS_ACTION_UNKNOWN) {
        change_orphan(g, record, influencer);
    } else {
        record->about = action == GS_ACTION_CREATED ? GS_GENERATE_AGAIN : GS_GENERATE_USUAL;
        change(g, record, pick_comment(g), (enum gs_action)action);
    }
}

void gsi_generate_comment_change(struct gs_generate *g, struct gsi_generate_record *record,
                                 uint32_t influencer)
{
    static const uint8_t actions[] = {GS_ACTION_METRICS, GS_ACTION_METRICS, GS_ACTION_EDITED,
                                      GS_ACTION_DELETED};
    if (g->comment_count == 0) {
        make_new(g, record, influencer);
        return;
    }
    struct gsi_generate_comment *comment = pick_comment(g);
    change(g, record, comment, actions[gsi_generate_below(&g->random, GS_COUNT_OF(actions))]);
}

static void draw_reaction(struct gs_generate *g, struct gsi_generate_record *record)
{
    static const uint8_t kinds[32] = {
        GS_REACTION_DISLIKE, GS_REACTION_QUOTE, GS_REACTION_CONVERSION, GS_REACTION_SHARE,
        GS_REACTION_SHARE,   GS_REACTION_SHARE, GS_REACTION_SAVE,       GS_REACTION_SAVE,
        GS_REACTION_VIEW,    GS_REACTION_VIEW,  GS_REACTION_CLICK,      GS_REACTION_CLICK};
    struct gsi_generate_random *random = &g->random;
    uint8_t kind = kinds[gsi_generate_below(random, GS_COUNT_OF(kinds))];
    record->reaction.reaction = kind ? (enum gs_reaction)kind : GS_REACTION_LIKE;
    record->reaction.op = gsi_generate_one_in(random, 25) ? GS_OP_REMOVE : GS_OP_ADD;
    record->reaction.count = GS_NULL_INT;
    record->reaction.value_micros = GS_NULL_INT;
    if (kind == GS_REACTION_CONVERSION)
        record->reaction.value_micros = (int64_t)(1 + gsi_generate_below(random, 20000)) * 10000;
    /* One in eight is a sum without a name, as platforms export them. */
    if (gsi_generate_one_in(random, 8)) {
        record->reaction.count = 1 + gsi_generate_below(random, 20);
    } else {
        uint32_t actor = gsi_generate_below(random, g->config.actors);
        record->reaction.actor_id = gsi_generate_number_id(g, GSI_ID_ACTOR, "u", actor, 7);
    }
}

static bool is_to_comment(struct gs_generate *g)
{
    if (g->comment_count == 0)
        return false;
    return gsi_generate_one_in(&g->random, 20) ||
           (g->odds.comment_reactions &&
            gsi_generate_chance(&g->random, g->odds.comment_reactions));
}

void gsi_generate_reaction(struct gs_generate *g, struct gsi_generate_record *record,
                           uint32_t influencer)
{
    record->kind = GS_KIND_REACTION;
    uint32_t post;
    if (is_to_comment(g)) {
        struct gsi_generate_comment *comment = pick_comment(g);
        influencer = comment->influencer;
        post = comment->post;
        record->reaction.comment_id = gsi_generate_hash_id(g, GSI_ID_COMMENT, 'c', comment->number);
    } else {
        post = gsi_generate_pick_post(g, influencer)->number;
    }
    gsi_generate_head(g, record, influencer);
    gsi_generate_set_post(g, record, influencer, post);
    gsi_generate_attribute(g, record, influencer);
    draw_reaction(g, record);
}
