/* audience.c -- CommentEvents and ReactionEvents: who says what about which post. */
#include "internal.h"

#include <math.h>

/* The number of the actor who is the influencer. */
#define SELF UINT32_MAX

/* Texts of sentences have from SHORTEST to SHORTEST + SPREAD in 256ths of a mean, which is in
 * 256ths STEEPER than the one that is asked for, less FIXED bytes: texts of a word or three, spam
 * and the emoji at the end do not grow with it. Found by measuring; a test holds the outcome. */
enum { SHORT_PERCENT = 10, SHORTEST = 90, SPREAD = 560, STEEPER = 302, FIXED = 19 };

/* Every post has a mood of its own, so that there are hits, failures and storms to be seen. In all,
 * 55 % are positive and 20 % negative. */
static enum gsi_generate_mood draw_mood(struct gs_generate *g, uint32_t influencer, uint32_t post)
{
    uint64_t hash = gsi_generate_hash(g, 'M', ((uint64_t)influencer << 32) | post);
    uint32_t positive = hash % 16 == 0 ? 20 : 42 + (uint32_t)((hash >> 8) % 32);
    uint32_t negative = hash % 16 == 0 ? 60 : 10 + (uint32_t)((hash >> 16) % 15);
    uint32_t draw = gsi_generate_below(&g->text_random, 100);
    if (draw < positive)
        return GSI_MOOD_POSITIVE;
    return draw < positive + negative ? GSI_MOOD_NEGATIVE : GSI_MOOD_NEUTRAL;
}

/* The lengths of texts: many are short and a few are long. */
static uint32_t draw_bytes(struct gs_generate *g)
{
    uint32_t draw = gsi_generate_below(&g->text_random, 256);
    uint32_t mean = g->config.text_bytes * STEEPER / 256;
    mean -= GS_MIN(mean, (uint32_t)FIXED);
    return mean * (SHORTEST + draw * draw * SPREAD / 65536) / 256;
}

/* What the audience speaks, with guests from elsewhere. */
static const struct gsi_generate_language *draw_language(struct gs_generate *g,
                                                         const struct gsi_generate_language *usual)
{
    const struct gsi_generate_language *english = &g->texts.languages[GSI_LANGUAGE_ENGLISH];
    if (usual != english)
        return gsi_generate_one_in(&g->text_random, 8) ? english : usual;
    if (!gsi_generate_one_in(&g->text_random, 24))
        return english;
    return &g->texts.languages[gsi_generate_below(&g->text_random, GSI_LANGUAGE_SPAMMER)];
}

static void set_lang(struct gs_generate *g, struct gsi_generate_record *record,
                     const struct gsi_generate_language *language)
{
    record->text = gs_str_make(g->text.data, g->text.len);
    if (!gsi_generate_one_in(&g->text_random, 3))
        record->lang = gs_str_of(language->code);
}

static void set_text(struct gs_generate *g, struct gsi_generate_record *record, uint32_t influencer,
                     uint32_t post)
{
    struct gsi_generate_voice voice = gsi_generate_voice_of(g, influencer);
    voice.by[GSI_BY_MOOD] = draw_mood(g, influencer, post);
    voice.language = draw_language(g, voice.language);
    if (gsi_generate_below(&g->text_random, 100) < SHORT_PERCENT)
        gsi_generate_phrase(&voice, &voice.language->lists.shorts[voice.by[GSI_BY_MOOD]], &g->text);
    else
        gsi_generate_sentences(&voice, draw_bytes(g), &g->text);
    set_lang(g, record, voice.language);
}

/* The influencer answers. */
static void set_reply(struct gs_generate *g, struct gsi_generate_record *record,
                      uint32_t influencer)
{
    struct gsi_generate_voice voice = gsi_generate_voice_of(g, influencer);
    if (!voice.language->lists.replies.count)
        voice.language = &g->texts.languages[GSI_LANGUAGE_ENGLISH];
    gsi_generate_phrase(&voice, &voice.language->lists.replies, &g->text);
    set_lang(g, record, voice.language);
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

/* One of the last comments on the same post, if there is one. */
static void set_parent(struct gs_generate *g, struct gsi_generate_record *record,
                       const struct gsi_generate_comment *comment)
{
    for (uint64_t back = 1; back < GS_MIN(g->comment_count, UINT64_C(8)); back++) {
        const struct gsi_generate_comment *other =
            &g->comments[(comment->number - back) % GSI_GENERATE_COMMENTS];
        if (other->influencer == comment->influencer && other->post == comment->post) {
            record->comment.parent_id = gsi_generate_hash_id(g, GSI_ID_PARENT, 'c', other->number);
            return;
        }
    }
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
    if (draw == 7)
        set_parent(g, record, comment);
}

/* Text and author of one that belongs to no wave. */
static void speak(struct gs_generate *g, struct gsi_generate_record *record,
                  struct gsi_generate_comment *comment)
{
    struct gsi_generate_random *random = &g->random;
    if (gsi_generate_chance(random, g->odds.self_comments)) {
        comment->actor = SELF;
        set_reply(g, record, comment->influencer);
        set_parent(g, record, comment);
        return;
    }
    comment->actor = gsi_generate_below(random, g->config.actors);
    if (gsi_generate_chance(random, g->odds.spam)) {
        record->noise = GS_GENERATE_SPAM;
        gsi_generate_spam_text(g);
        set_lang(g, record, &g->texts.languages[GSI_LANGUAGE_SPAMMER]);
    } else if (!gsi_generate_chance(random, g->odds.null_texts)) {
        set_text(g, record, comment->influencer, comment->post);
    }
}

static void make_new(struct gs_generate *g, struct gsi_generate_record *record, uint32_t influencer)
{
    struct gsi_generate_part part = {.influencer = influencer};
    bool crowd = gsi_generate_crowd(g, influencer, &part);
    if (!crowd)
        part.post = gsi_generate_pick_post(g, influencer)->number;
    start_comment(g, record, part.influencer, GS_ACTION_CREATED);
    gsi_generate_set_post(g, record, part.influencer, part.post);
    uint64_t number = g->comment_count;
    struct gsi_generate_comment *comment = &g->comments[number % GSI_GENERATE_COMMENTS];
    *comment = (struct gsi_generate_comment){
        .number = number, .influencer = part.influencer, .post = part.post, .actor = part.actor};
    record->comment.comment_id = gsi_generate_hash_id(g, GSI_ID_COMMENT, 'c', number);
    record->noise = (uint8_t)part.noise;
    set_first_counters(g, record, comment);
    if (!crowd)
        speak(g, record, comment);
    else if (part.noise == GS_GENERATE_BURST)
        set_text(g, record, part.influencer, part.post);
    else
        set_lang(g, record, gsi_generate_crowd_text(g, &part));
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
