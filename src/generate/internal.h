/* internal.h -- the generator's state.
 *
 *   draw a sort of record ─► build a gsi_generate_record ─► spoil it? ─► encode ─► spoil the bytes?
 *   (stream.c)               (audience.c, crowd.c,          (faults.c)   (encode.c)  (faults.c)
 *                             posts.c, profiles.c)
 *                                                                      └► keep to repeat
 * (repeats.c)
 *
 * What an entity is (platform, language, followers, ratios of its counters) is a hash of its
 * number, so that millions of them cost no memory; stored is only what the stream changes. */
#ifndef GSI_GENERATE_INTERNAL_H
#define GSI_GENERATE_INTERNAL_H

#include "random.h"
#include "record.h"
#include "text.h"
#include "zipf.h"
#include "groundswell/generate.h"

struct gsi_generate_influencer {
    uint32_t posts;    /* published so far; starts at posts_per_influencer older ones */
    uint16_t revision; /* of the profile */
    bool gone;         /* the last profile record was a tombstone */
};

struct gsi_generate_post {
    int64_t created_ms;
    int64_t views;
    int64_t purged; /* likes that the platform took away */
    uint32_t number;
    bool deleted;
};

/* A comment that may still be changed or reacted to. */
struct gsi_generate_comment {
    uint64_t number; /* its id */
    uint32_t influencer;
    uint32_t post;
    uint32_t likes;
    uint32_t actor;
};
enum { GSI_GENERATE_COMMENTS = 4096 };

/* Copies or a burst that has begun. */
struct gsi_generate_wave {
    int64_t due_ms; /* of its next comment */
    int64_t step_ms;
    uint64_t seed; /* of its text and its accounts */
    uint32_t influencer;
    uint32_t post;
    uint32_t left; /* comments after the next one */
    bool burst;
};
enum { GSI_GENERATE_WAVES = 1024 };

/* A comment of a wave, burst or raid. */
struct gsi_generate_part {
    uint64_t seed;
    uint32_t influencer;
    uint32_t post;
    uint32_t actor;
    enum gs_generate_noise noise;
};

/* Ways to spoil a record. */
enum gsi_generate_fault {
    GSI_FAULT_NONE,
    GSI_FAULT_SHORT,
    GSI_FAULT_MAGIC,
    GSI_FAULT_SCHEMA,
    GSI_FAULT_NULL,
    GSI_FAULT_TRUNCATED,
    GSI_FAULT_TRAILING,
    GSI_FAULT_VARINT,
    GSI_FAULT_LENGTH,
    GSI_FAULT_EMPTY_ID,
    GSI_FAULT_LONG_ID,
    GSI_FAULT_NEGATIVE,
    GSI_FAULT_RANGE,
    GSI_FAULT_COUNT
};

/* A record kept to be sent again. */
struct gsi_generate_repeat {
    int64_t due_ms;
    struct gs_generated record; /* its views are remade from bytes */
    struct gs_buf bytes;        /* key, event id, value */
};
enum { GSI_GENERATE_REPEATS = 8192 };

/* The thresholds of the configuration's ratios. */
struct gsi_generate_odds {
    uint64_t self_comments, null_texts, upstream_scores, spam;
    uint64_t waves, bursts, raid; /* that one begins; of the comments during a raid */
    uint64_t malformed, duplicates, disorder, late, fast_clock;
    uint64_t comment_reactions;
    /* By the action of the change, cumulative; CREATED: repeats, UNKNOWN: orphans. All 0: none. */
    uint64_t comment_changes[GS_ACTION_COUNT];
};

enum gsi_generate_sort {
    GSI_SORT_COMMENT,
    GSI_SORT_SNAPSHOT,
    GSI_SORT_PUBLISHED,
    GSI_SORT_REACTION,
    GSI_SORT_PROFILE,
    GSI_SORT_COMMENT_CHANGE,
    GSI_SORT_POST_CHANGE,
    GSI_SORT_COUNT
};

enum gsi_generate_id {
    GSI_ID_EVENT,
    GSI_ID_INFLUENCER,
    GSI_ID_POST,
    GSI_ID_COMMENT,
    GSI_ID_PARENT,
    GSI_ID_ACTOR,
    GSI_ID_HANDLE,
    GSI_ID_CAMPAIGN,
    GSI_ID_BRAND = GSI_ID_CAMPAIGN + GSI_GENERATE_CAMPAIGNS,
    GSI_ID_COUNT = GSI_ID_BRAND + GS_BRANDS_MAX + 1
};
enum { GSI_GENERATE_ID_BYTES = 40 };

struct gs_generate {
    struct gs_generate_config config;
    struct gsi_generate_random random;
    struct gsi_generate_random text_random;
    struct gsi_generate_odds odds;
    uint64_t sorts[GSI_SORT_COUNT]; /* cumulative thresholds */
    double step_ms;                 /* record time per event */
    struct gsi_generate_zipf zipf;
    struct gsi_generate_influencer *influencers;
    struct gsi_generate_post *posts; /* posts_per_influencer slots each */
    struct gsi_generate_comment comments[GSI_GENERATE_COMMENTS]; /* a ring */
    uint64_t comment_count;
    struct gsi_generate_wave waves[GSI_GENERATE_WAVES]; /* a heap by due_ms */
    uint32_t wave_count;
    uint32_t raided; /* the influencer who is raided */
    uint64_t waves_begun;
    struct gsi_generate_repeat *repeats; /* a heap by due_ms */
    uint32_t repeat_count;

    uint64_t sequence;   /* of the next record */
    uint32_t next_first; /* influencer whose first profile may come next */
    uint64_t first_profiles;
    int64_t events_made;
    int64_t now_ms; /* record time of the record that is being made */

    char ids[GSI_ID_COUNT][GSI_GENERATE_ID_BYTES];
    struct gsi_generate_texts texts;
    struct gs_buf text;
    struct gs_buf value;
};

/* --- config.c: GS_E_CONFIG with the name of the member that is wrong */
enum gs_status gsi_generate_check(const struct gs_generate_config *config, struct gs_error *error);

/* --- stream.c: moves event 0 to another record time, while only first profiles were made */
void gsi_generate_set_start(struct gs_generate *g, int64_t start_ms);

/* --- entities.c: what an entity is, by its number alone */
struct gs_str gsi_generate_platform(const struct gs_generate *g, uint32_t influencer);
uint32_t gsi_generate_language_of(const struct gs_generate *g, uint32_t influencer);
enum gsi_generate_topic gsi_generate_topic_of(const struct gs_generate *g, uint32_t influencer);
/* Of its audience, in its language; of no mood. */
struct gsi_generate_voice gsi_generate_voice_of(struct gs_generate *g, uint32_t influencer);
bool gsi_generate_has_profile(const struct gs_generate *g, uint32_t influencer);
int64_t gsi_generate_followers(const struct gs_generate *g, uint32_t influencer);
/* Its n-th campaign, or false if it has fewer. */
bool gsi_generate_campaign_of(const struct gs_generate *g, uint32_t influencer, uint32_t n,
                              uint32_t *campaign);
uint64_t gsi_generate_hash(const struct gs_generate *g, uint64_t what, uint64_t number);
/* Writes "<prefix><number>" with at least `digits` digits into the slot; valid until it is used
 * again. */
struct gs_str gsi_generate_number_id(struct gs_generate *g, unsigned slot, const char *prefix,
                                     uint64_t number, uint32_t digits);
/* "<prefix><16 hexadecimal digits>": other for every number, and very likely for every seed. */
struct gs_str gsi_generate_hash_id(struct gs_generate *g, unsigned slot, char prefix,
                                   uint64_t number);

/* --- posts.c, audience.c, profiles.c: fill in a zeroed record */
void gsi_generate_head(struct gs_generate *g, struct gsi_generate_record *record,
                       uint32_t influencer);
struct gsi_generate_post *gsi_generate_pick_post(struct gs_generate *g, uint32_t influencer);
void gsi_generate_set_post(struct gs_generate *g, struct gsi_generate_record *record,
                           uint32_t influencer, uint32_t number);
void gsi_generate_attribute(struct gs_generate *g, struct gsi_generate_record *record,
                            uint32_t influencer);
void gsi_generate_posts_init(struct gs_generate *g);
void gsi_generate_published(struct gs_generate *g, struct gsi_generate_record *record,
                            uint32_t influencer);
void gsi_generate_snapshot(struct gs_generate *g, struct gsi_generate_record *record,
                           uint32_t influencer);
void gsi_generate_post_change(struct gs_generate *g, struct gsi_generate_record *record,
                              uint32_t influencer);
/* What these are about if it is an older comment has an influencer of its own. */
void gsi_generate_comment(struct gs_generate *g, struct gsi_generate_record *record,
                          uint32_t influencer);
void gsi_generate_comment_change(struct gs_generate *g, struct gsi_generate_record *record,
                                 uint32_t influencer);
void gsi_generate_reaction(struct gs_generate *g, struct gsi_generate_record *record,
                           uint32_t influencer);
/* False: a tombstone. */
bool gsi_generate_profile(struct gs_generate *g, struct gsi_generate_record *record,
                          uint32_t influencer, bool first);

/* --- crowd.c: sets the odds of waves, bursts, raids and spam */
void gsi_generate_crowd_init(struct gs_generate *g);
/* True if the comment that is made now belongs to one of them; it may begin with this influencer.
 */
bool gsi_generate_crowd(struct gs_generate *g, uint32_t influencer, struct gsi_generate_part *part);
/* Both set g->text. The language is static; not for a burst, whose texts are ordinary ones. */
const struct gsi_generate_language *gsi_generate_crowd_text(struct gs_generate *g,
                                                            const struct gsi_generate_part *part);
void gsi_generate_spam_text(struct gs_generate *g);

/* --- faults.c */
enum gsi_generate_fault gsi_generate_choose_fault(struct gs_generate *g, uint8_t kind);
void gsi_generate_spoil_record(enum gsi_generate_fault fault, struct gsi_generate_record *record);
/* After encoding; gives the code that the record should get. */
enum gs_bad_code gsi_generate_spoil_value(struct gs_generate *g, enum gsi_generate_fault fault,
                                          const struct gsi_generate_record *record,
                                          struct gs_generated *out);

/* --- repeats.c */
void gsi_generate_keep(struct gs_generate *g, const struct gs_generated *record);
/* True if one is due: *out is it, with new sequence and record time. */
bool gsi_generate_repeat(struct gs_generate *g, struct gs_generated *out);
void gsi_generate_repeats_deinit(struct gs_generate *g);

#endif
