/* generate.h -- a deterministic load: profiles, posts, comments and reactions as Kafka records.
 *
 *   config ──► gs_generate_next ──► gs_generated ──► ledger (fsync) ──► producer
 *              pure: no clock, no I/O                gs_generate_run
 *
 * The same configuration gives the same bytes on every machine: own random numbers, no libm, time
 * is a function of the record's number. What comes out is a believable stream: influencers by
 * Zipf's law, counters that grow and are sometimes purged, texts in several languages with spam,
 * copies and bursts between them, records out of order, too late, ahead of their time, twice, and
 * broken. */
#ifndef GROUNDSWELL_GENERATE_H
#define GROUNDSWELL_GENERATE_H

#include "groundswell/base.h"
#include "groundswell/event.h"
#include "groundswell/kafka.h"

/* ------------------------------------------------------------------ what is generated */

enum gs_generate_topic {
    GS_GENERATE_PROFILES,
    GS_GENERATE_POSTS,
    GS_GENERATE_COMMENTS, /* also reactions to comments */
    GS_GENERATE_REACTIONS,
    GS_GENERATE_TOPIC_COUNT
};

/* How often each sort of record comes. Weights: what counts is their ratio. */
struct gs_generate_shares {
    double comments;        /* CREATED */
    double snapshots;       /* posts, METRICS */
    double published;       /* posts, PUBLISHED */
    double reactions;       /* one in 20 is to a comment, unless comment_reactions says more */
    double profiles;        /* changed followers or campaigns, one in 20 a tombstone */
    double comment_changes; /* comments, EDITED, METRICS, DELETED */
    double post_changes;    /* posts, EDITED, DELETED */
};

/* Plain data; gs_generate_config_init gives the defaults. Ratios are in [0, 1], of all records
 * unless they say otherwise. */
struct gs_generate_config {
    uint64_t seed;
    uint64_t text_seed; /* 0: seed. Texts have random numbers of their own */
    int64_t events;     /* records after the first profiles; 0: without end, needs a rate */
    int64_t rate;       /* records per second; 0: as fast as possible */
    int64_t start_ms;   /* record time of event 0; 0 in gs_generate_run: now */
    int64_t
        span_ms; /* rate = 0: record time that all events cover: k is at start + k*span/events */
    double time_scale;             /* rate > 0: record time runs that much faster than the clock */
    uint32_t partitions;           /* of every topic */
    uint32_t influencers;          /* the first is the most active one */
    uint32_t posts_per_influencer; /* live at one time; some are older than the stream */
    uint32_t campaigns;
    uint32_t brands;     /* a campaign belongs to one */
    uint32_t actors;     /* authors of comments; 0: 200,000, and more where time is dense, so that
                            one writes a comment in two minutes on average */
    double zipf;         /* exponent of the influencers' activity, 0 (all alike) to 4 */
    uint32_t text_bytes; /* mean length of a text */
    struct gs_generate_shares shares;
    double without_profile; /* of the influencers: never get one */
    double self_comments;   /* of the comments: by the influencer */
    double null_texts;      /* of the comments */
    double upstream_scores; /* of the comments: carry a sentiment already */
    /* Of the comments: in place of a new one, something about one of the 4096 before. 0 by default,
     * so that the stream is the same as without them; together 1 at most. */
    double comment_edits;     /* EDITED */
    double comment_deletions; /* DELETED; it may be changed again, when nobody knows it any more */
    double comment_counters;  /* METRICS */
    double comment_repeats;   /* CREATED once more, under another event_id */
    double comment_orphans;   /* the first three of a comment that was never created */
    double comment_reactions; /* of the reactions: to a comment, beside the one in 20 */
    /* Of the comments by others than the influencer; together 1 at most. */
    double spam;   /* links, phones, promotion, floods, each by an account of its own */
    double waves;  /* one text by 8 to 40 accounts within two minutes, on one influencer's posts */
    double bursts; /* 7 to 14 ordinary texts by one account on one post within a minute */
    double raid;   /* of the comments of 15 s in every minute, beside all else: spam and copies on
                      the posts of the most active influencer with sports as topic */
    double malformed;         /* no decoder may accept them */
    double duplicates;        /* the same bytes again; half are within 25 s of record time */
    int64_t duplicate_max_ms; /* most within this; one in 10 up to ten times as late */
    double disorder;          /* event time before record time by up to disorder_max_ms */
    int64_t disorder_max_ms;
    double late; /* the same by up to late_max_ms: some are later than every window */
    int64_t late_max_ms;
    double fast_clock; /* event time after record time by up to fast_clock_max_ms */
    int64_t fast_clock_max_ms;
};
void gs_generate_config_init(struct gs_generate_config *config);

/* The smallest and largest numbers that gs_generate_create accepts. */
enum {
    GS_GENERATE_PARTITIONS_MAX = 4096,
    GS_GENERATE_INFLUENCERS_MAX = 10000000,
    GS_GENERATE_POSTS_MAX = 100, /* per influencer */
    GS_GENERATE_TEXT_BYTES_MAX = 4096
};

/* What a comment's record is about, where that is not what it usually is. */
enum gs_generate_about {
    GS_GENERATE_USUAL,
    GS_GENERATE_AGAIN, /* CREATED of a comment that was created before */
    GS_GENERATE_ORPHAN /* a change of a comment that never was */
};

/* Why a comment is no opinion of an audience. */
enum gs_generate_noise {
    GS_GENERATE_NO_NOISE,
    GS_GENERATE_SPAM,
    GS_GENERATE_COPY, /* of a wave or raid */
    GS_GENERATE_BURST
};

/* One record. The views are valid until the next call that makes one. */
struct gs_generated {
    uint64_t sequence;     /* 0 is the first profile */
    uint64_t duplicate_of; /* sequence of the original, if duplicate */
    int64_t record_ms;     /* never goes back */
    int64_t event_ms;      /* as it stands in the value */
    int32_t partition;     /* murmur2 of the key, as Java's default partitioner has it */
    uint8_t topic;         /* enum gs_generate_topic */
    uint8_t kind;          /* enum gs_kind */
    uint8_t action;        /* enum gs_action; posts and comments, else GS_ACTION_UNKNOWN */
    uint8_t bad;           /* enum gs_bad_code that it is meant to get; GS_BAD_NONE = well-formed */
    uint8_t about;         /* enum gs_generate_about */
    uint8_t noise;         /* enum gs_generate_noise; of created comments */
    bool duplicate;
    struct gs_str key;      /* influencer_id */
    struct gs_str value;    /* data == NULL: a Kafka null */
    struct gs_str event_id; /* empty in profiles */
};

struct gs_generate; /* opaque; belongs to one thread */

/* Copies config. Memory: about 32 B per post, 24 B per influencer. Errors: GS_E_CONFIG, whose
 * message names the member; then *generate is NULL. */
GS_MUST_CHECK enum gs_status gs_generate_create(const struct gs_generate_config *config,
                                                struct gs_generate **generate,
                                                struct gs_error *error);
void gs_generate_destroy(struct gs_generate *generate); /* accepts NULL */

/* Makes the next record; false after the last. First come the profiles, with record times from
 * start - 60 s to start - 10 s, so that every event finds them; they are not part of `events`. */
bool gs_generate_next(struct gs_generate *generate, struct gs_generated *out);
/* How many first profiles there are. */
uint64_t gs_generate_first_profiles(const struct gs_generate *generate);

/* Records with their bytes, for batches in memory. Zero-initialise, release with deinit. */
struct gs_generate_batch {
    struct gs_generated *items; /* views into bytes */
    size_t count;
    size_t capacity;
    struct gs_buf bytes;
};
/* Replaces what the batch holds by the next `count` records, fewer at the end; returns how many. */
size_t gs_generate_fill(struct gs_generate *generate, struct gs_generate_batch *batch,
                        size_t count);
void gs_generate_batch_deinit(struct gs_generate_batch *batch);

const char *gs_generate_topic_name(enum gs_generate_topic topic); /* "profiles", "posts", ... */

/* ------------------------------------------------------------------ producing it */

/* What a run has done so far. */
struct gs_generate_progress {
    uint64_t records;        /* handed to the producer, first profiles included */
    uint64_t first_profiles; /* of them; all delivered before event 0 is due */
    uint64_t delivered;
    uint64_t failed;
    uint64_t malformed;
    uint64_t duplicates;
    uint64_t bytes;     /* of values */
    int64_t start_ms;   /* record time of event 0 */
    int64_t record_ms;  /* of the newest record */
    int64_t elapsed_ms; /* since event 0 was due; 0 during the first profiles */
};

/* Everything is borrowed for the call. */
struct gs_generate_run {
    const struct gs_kafka_config *kafka;         /* group and static_membership are not used */
    const char *topics[GS_GENERATE_TOPIC_COUNT]; /* one name may stand several times. NULL: records
                                                    of this topic are left out of everything */
    const char *ledger_path;                     /* NULL: none */
    const char *summary_path; /* NULL: none; JSON, also of a run that fails after it began */
    struct gs_buf *summary;   /* NULL: none; the same JSON is appended */
    const _Atomic bool *stop; /* NULL: never. True ends the run: records that are in the ledger
                                 already are still produced, at once */
    void (*progress)(const struct gs_generate_progress *progress, void *opaque); /* NULL: none;
                                 about once a second, and at the end, on the caller's thread */
    void *opaque;
};

/* Generates and produces until the last event, stop or a failure, and waits until everything is
 * delivered. Blocks; librdkafka's threads end with it. config->start_ms = 0 means now and
 * config->partitions = 0 what the topics have; they must exist and have the same number.
 *
 * rate > 0 is an open loop: event k is due k / rate seconds after event 0, whatever the broker
 * does. The first profiles are delivered before event 0 is due; with start_ms = 0 and
 * time_scale = 1 an event's record time is the time when it is due. The record time is sent as
 * CreateTime. A topic with LogAppendTime replaces it: then events of the first seconds come too
 * soon after the profiles to find them.
 *
 * Ledger: text, a line that begins with '#' names the columns, then one line per record:
 *   sequence topic partition kind record_ms event_id fate
 * event_id is "-" for profiles; fate is "-", "tombstone", "again" or "orphan" (of a comment, see
 * enum gs_generate_about), "dup:<sequence of the original>" or "bad:<code>". Lines are on disk
 * (fdatasync) before any of their records is produced, so every record in the topics is in the
 * ledger; the reverse holds if the run ended with GS_OK.
 *
 * A record that is not delivered within a minute (property message.timeout.ms) ends the run.
 * Errors: GS_E_CONFIG, GS_E_REFUSED (not authorised), GS_E_UNAVAIL (broker, or a record was not
 * delivered), GS_E_DATA (a file cannot be written, a topic takes no record that large). last may be
 * NULL; it is what progress last said. */
GS_MUST_CHECK enum gs_status gs_generate_run(const struct gs_generate_config *config,
                                             const struct gs_generate_run *run,
                                             struct gs_generate_progress *last,
                                             struct gs_error *error);

#endif
