/* record.h -- a record before it is encoded, and the encoder. */
#ifndef GSI_GENERATE_RECORD_H
#define GSI_GENERATE_RECORD_H

#include "groundswell/event.h"

/* The ids that the schemas have in schemas/<id>-<name>.avsc. */
enum { GSI_GENERATE_SCHEMA_FIRST = 1, GSI_GENERATE_SCHEMA_UNKNOWN = 999999 };

struct gsi_generate_campaign {
    struct gs_str campaign_id;
    struct gs_str brand_id;
    int64_t cost_micros;
    int64_t from_ms;
    int64_t to_ms;
    enum gs_goal goal;
};
enum { GSI_GENERATE_CAMPAIGNS = 3 };

/* Absent strings have data == NULL, absent integers are GS_NULL_INT. One more brand than is allowed
 * fits, so that a record with too many can be made. */
struct gsi_generate_record {
    uint8_t kind;   /* enum gs_kind */
    uint8_t action; /* enum gs_action; posts and comments */
    uint8_t about;  /* enum gs_generate_about */
    uint8_t noise;  /* enum gs_generate_noise */
    uint32_t brand_count;
    int64_t event_ms;
    struct gs_str event_id;
    struct gs_str platform;
    struct gs_str influencer_id;
    struct gs_str post_id;
    struct gs_str text;
    struct gs_str lang;
    struct gs_str campaign_id;
    const char *items; /* set by the encoder: the first item of its array, NULL if there is none */
    struct gs_str brands[GS_BRANDS_MAX + 1];
    union {
        struct {
            int64_t metrics[GS_SNAPSHOT_COUNT];
            bool has_metrics;
            int64_t cost_micros;
            int64_t followers;
            int64_t created_ms;
            enum gs_temporality temporality; /* UNKNOWN: null */
        } post;
        struct {
            struct gs_str comment_id;
            struct gs_str actor_id;
            struct gs_str parent_id;
            int64_t likes;
            int64_t replies;
            int64_t shares;
            double sentiment; /* NaN: null */
            bool has_actor;
            int64_t actor_followers;
            int64_t actor_following;
            int64_t actor_posts;
            int64_t actor_created_ms;
            bool actor_verified;
        } comment;
        struct {
            struct gs_str comment_id;
            struct gs_str actor_id;
            int64_t count;
            int64_t value_micros;
            enum gs_reaction reaction;
            enum gs_op op;
        } reaction;
        struct {
            struct gs_str handle;
            int64_t followers;
            int64_t following;
            struct gsi_generate_campaign campaigns[GSI_GENERATE_CAMPAIGNS];
            uint32_t campaign_count;
        } profile;
    };
};

/* Replaces what out holds by the record in Confluent framing: 0x00, the schema id of its kind in
 * four bytes big-endian, Avro binary. */
void gsi_generate_encode(struct gsi_generate_record *record, struct gs_buf *out);

#endif
