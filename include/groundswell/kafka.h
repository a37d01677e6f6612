/* kafka.h -- what every use of librdkafka has in common: one place for its configuration, its log
 * and its errors, the checks before a start, a producer, and questions about offsets.
 *
 *   struct gs_kafka_config ──► gs_kafka_client_create ──► member, data consumer (source.h)
 *          │                                         └──► producer, checks, topics (here)
 *          └ properties: passed through, except those that Groundswell sets itself
 *
 * librdkafka's own log goes to gs_log, area "librdkafka". No payload and no secret is ever logged.
 */
#ifndef GROUNDSWELL_KAFKA_H
#define GROUNDSWELL_KAFKA_H

#include "groundswell/base.h"

/* librdkafka's own types, so that only rooms that use them include its header. */
struct rd_kafka_s;
struct rd_kafka_message_s;
struct rd_kafka_queue_s;
struct rd_kafka_topic_partition_list_s;

/* ------------------------------------------------------------------ configuration */

enum { GS_KAFKA_NAME_MAX = 96, GS_KAFKA_VALUE_MAX = 1024 };

/* One librdkafka property, or one configuration of a topic. */
struct gs_kafka_property {
    char name[GS_KAFKA_NAME_MAX];
    char value[GS_KAFKA_VALUE_MAX];
};

/* Borrowed for each call that takes it; nothing keeps a pointer to it. */
struct gs_kafka_config {
    const char *bootstrap_servers; /* "host:port,..." */
    const char *group;             /* the member's group.id; data consumers add "-data" */
    const char *client_id;         /* NULL or "" = "groundswell" */
    const char *static_membership; /* group.instance.id; NULL or "" = off */
    const struct gs_kafka_property *properties;
    uint32_t property_count;
};

enum gs_kafka_role {
    GS_KAFKA_ADMIN,   /* metadata and topics */
    GS_KAFKA_MEMBER,  /* the group member of the tasks topic */
    GS_KAFKA_DATA,    /* exact offsets, no subscription, no commits */
    GS_KAFKA_PRODUCER /* idempotent, acks=all, murmur2_random */
};

/* Says whether every property may be passed through and librdkafka takes its value. Connects to
 * nothing. GS_E_CONFIG names the property and the reason, never the value of a secret. */
GS_MUST_CHECK enum gs_status gs_kafka_config_check(const struct gs_kafka_config *config,
                                                   struct gs_error *error);

/* What happens to a client; all run inside the call that serves it, never on a thread of
 * librdkafka. Members may be NULL. Codes are rd_kafka_resp_err_t; pointers are lent for the call.
 */
struct gs_kafka_callbacks {
    void *user;
    /* An error of the whole client, logged already. fatal: it will never work again. */
    void (*error)(void *user, int code, const char *reason, bool fatal);
    /* Of members. */
    void (*rebalance)(void *user, int code, struct rd_kafka_topic_partition_list_s *partitions);
    /* Of producers. */
    void (*delivered)(void *user, const struct rd_kafka_message_s *message);
};

/* Starts a client of librdkafka (threads included). callbacks are copied; may be NULL. On GS_OK the
 * caller owns *client and must destroy it; otherwise it is NULL. For rooms that use librdkafka. */
GS_MUST_CHECK enum gs_status gs_kafka_client_create(const struct gs_kafka_config *config,
                                                    enum gs_kafka_role role,
                                                    const struct gs_kafka_callbacks *callbacks,
                                                    struct rd_kafka_s **client,
                                                    struct gs_error *error);
/* Takes down the client without the farewells that a consumer would wait for. Waits for its
 * threads: normally milliseconds. Accepts NULL. */
void gs_kafka_client_destroy(struct rd_kafka_s *client);

/* A file descriptor that becomes readable when the queue, empty before, has something; reading the
 * 8 bytes of it arms it again. The caller closes it, after the queue is gone or disconnected with
 * fd -1. -1 if the process has no descriptor left. */
int gs_kafka_queue_fd(struct rd_kafka_queue_s *queue);

/* How librdkafka's error code reads as a status: GS_E_REFUSED (not authorised), GS_E_CONFIG,
 * GS_E_TEMP (fenced, rebalance), GS_E_UNAVAIL (everything that may pass). */
enum gs_status gs_kafka_status(int code);

/* ------------------------------------------------------------------ checks before the start */

/* in: name, aligned. out: partitions, 0 if the topic does not exist. */
struct gs_kafka_topic_check {
    const char *name;
    bool aligned; /* must have as many partitions as all others that are aligned */
    int32_t partitions;
};

/* Another one if a topic was deleted and made anew; zeroes: the brokers do not say. */
struct gs_kafka_topic_id {
    int64_t high, low;
};

struct gs_kafka_check {
    struct gs_kafka_topic_check *topics; /* in */
    size_t topic_count;                  /* in */
    struct gs_kafka_topic_id *ids;       /* out: [topic_count]; in: NULL = they do not matter */
    uint32_t partition_count;            /* out: of the aligned topics; 0 if there is none */
    uint32_t broker_count;               /* out */
    char cluster_id[64];                 /* out: "" if the brokers do not say */
};

/* Asks the brokers, within timeout_ms (blocks: not for a loop that serves others). Errors:
 * GS_E_UNAVAIL no broker answered (which were tried, the last error, what to do); GS_E_CONFIG
 * topics are missing (named, with the command that makes them), or partition counts differ (all
 * named); GS_E_REFUSED not authorised. What check returns is filled as far as it is known. */
GS_MUST_CHECK enum gs_status gs_kafka_check(const struct gs_kafka_config *config,
                                            struct gs_kafka_check *check, int64_t timeout_ms,
                                            struct gs_error *error);

enum gs_kafka_topic_result {
    GS_KAFKA_TOPIC_FAILED,
    GS_KAFKA_TOPIC_CREATED,
    GS_KAFKA_TOPIC_EXISTED
};

/* in: the first five. out: the rest. */
struct gs_kafka_topic_spec {
    const char *name;
    int32_t partitions;
    int32_t replication; /* -1 = the broker's default */
    const struct gs_kafka_property *configs;
    uint32_t config_count;
    enum gs_kafka_topic_result result;
    int32_t partitions_found; /* of a topic that existed, else = partitions */
};

/* Creates the topics that do not exist; an existing one is left as it is and reported. Blocks up to
 * timeout_ms. GS_OK if every topic now exists, whatever its partition count; else the first
 * topic's error, with the others tried all the same. */
GS_MUST_CHECK enum gs_status gs_kafka_topics_create(const struct gs_kafka_config *config,
                                                    struct gs_kafka_topic_spec *topics,
                                                    size_t topic_count, int64_t timeout_ms,
                                                    struct gs_error *error);

/* The partition that Java's default partitioner (librdkafka: murmur2_random) gives a key. */
int32_t gs_kafka_partition(struct gs_str key, uint32_t partitions);

/* ------------------------------------------------------------------ producer */

struct gs_kafka_header {
    struct gs_str name;
    struct gs_str value; /* data == NULL: a header without a value */
};
enum { GS_KAFKA_HEADERS_MAX = 64 };

struct gs_kafka_record {
    const char *topic;
    int32_t partition;   /* -1 = by the key, as Java's default partitioner does */
    struct gs_str key;   /* data == NULL: none */
    struct gs_str value; /* data == NULL: a Kafka null */
    const struct gs_kafka_header *headers;
    uint32_t header_count; /* <= GS_KAFKA_HEADERS_MAX */
    int64_t timestamp_ms;  /* 0 = now */
    void *opaque;          /* goes back with the delivery */
};

struct gs_kafka_delivery {
    void *opaque;
    enum gs_status status; /* GS_OK = acknowledged by all in-sync replicas */
    const char *reason;    /* if not GS_OK; valid for the call */
    int32_t partition;
    int64_t offset; /* -1 if not delivered */
};
/* Called once for every record that gs_kafka_produce() took, from serve, flush or destroy. It may
 * produce again. */
typedef void gs_kafka_delivery_fn(void *user, const struct gs_kafka_delivery *delivery);

/* A producer belongs to one thread. Its queue holds at most 100,000 records and 64 MiB. */
struct gs_kafka_producer; /* opaque */

GS_MUST_CHECK enum gs_status gs_kafka_producer_create(const struct gs_kafka_config *config,
                                                      gs_kafka_delivery_fn *on_delivery, void *user,
                                                      struct gs_kafka_producer **producer,
                                                      struct gs_error *error);
/* Gives up what is not yet delivered: each such record is reported with GS_E_UNAVAIL first. Flush
 * before, if it matters. Accepts NULL. */
void gs_kafka_producer_destroy(struct gs_kafka_producer *producer);

/* Copies the record (at most 8 MiB, property message.max.bytes) into the queue; never blocks.
 * GS_E_TEMP: the queue is full, nothing was taken; serve and try again. Other errors: nothing was
 * taken, and trying again will not help (too large: GS_E_DATA; unknown topic or partition:
 * GS_E_CONFIG; fatal: GS_E_UNAVAIL, make a new producer). error may be NULL. */
GS_MUST_CHECK enum gs_status gs_kafka_produce(struct gs_kafka_producer *producer,
                                              const struct gs_kafka_record *record,
                                              struct gs_error *error);
/* Bytes of key, value and headers that a record may have: less than message.max.bytes, as the
 * topic's own limit counts more than these, and than the queue has room for. */
size_t gs_kafka_producer_record_max(const struct gs_kafka_producer *producer);
/* Hands out the deliveries that have come, without waiting; returns how many. */
uint32_t gs_kafka_producer_serve(struct gs_kafka_producer *producer);
/* Becomes readable when there is something to serve; for a loop. Read 8 bytes from it, then serve.
 * Belongs to the producer. Or call serve at least every 100 ms instead. */
int gs_kafka_producer_fd(const struct gs_kafka_producer *producer);
/* Records taken whose delivery was not reported yet. */
uint32_t gs_kafka_producer_pending(const struct gs_kafka_producer *producer);
/* Sends without delay and serves until nothing is pending, for at most timeout_ms (blocks).
 * GS_E_UNAVAIL says how many are still pending. */
GS_MUST_CHECK enum gs_status gs_kafka_producer_flush(struct gs_kafka_producer *producer,
                                                     int64_t timeout_ms, struct gs_error *error);

/* ------------------------------------------------------------------ offsets */

/* Instead of a time in a question. */
#define GS_KAFKA_LATEST INT64_C(-1)   /* the last stable offset: where read_committed ends */
#define GS_KAFKA_EARLIEST INT64_C(-2) /* the log's start */

/* in: the first three. out: offset and epoch, or failed. */
struct gs_kafka_position {
    const char *topic;
    int32_t partition;
    int64_t time_ms; /* the first record at or after it; or GS_KAFKA_LATEST, GS_KAFKA_EARLIEST */
    int64_t offset;  /* -1 = no such record (the mock cluster says so for every time) */
    int32_t leader_epoch; /* -1 = unknown */
    enum gs_status status;
};
/* Called once per question. error is NULL if every position was answered; else some may be: each
 * has its own status. positions is valid for the call, in the order of the question. */
typedef void gs_kafka_offsets_fn(void *user, const struct gs_kafka_position *positions,
                                 size_t count, const struct gs_error *error);

/* A partition may stand in it once. Everything is copied. */
struct gs_kafka_question {
    const struct gs_kafka_position *positions;
    size_t count; /* > 0 */
    int64_t timeout_ms;
    gs_kafka_offsets_fn *on_answer;
    void *user;
};

/* Asks through a client that somebody else owns and that must outlive it. Belongs to one thread. */
struct gs_kafka_offsets; /* opaque */

struct gs_kafka_offsets *gs_kafka_offsets_create(struct rd_kafka_s *client) GS_MUST_CHECK;
/* Questions without an answer are dropped: their functions are not called. Accepts NULL. */
void gs_kafka_offsets_destroy(struct gs_kafka_offsets *offsets);
/* Asks; never blocks. The answer, or its absence after timeout_ms, comes from
 * gs_kafka_offsets_serve(). At most GS_KAFKA_QUESTIONS_MAX at a time, else GS_E_TEMP. */
enum { GS_KAFKA_QUESTIONS_MAX = 1024 };
GS_MUST_CHECK enum gs_status gs_kafka_offsets_ask(struct gs_kafka_offsets *offsets,
                                                  const struct gs_kafka_question *question,
                                                  struct gs_error *error);
/* Hands out the answers that have come, without waiting; returns how many. */
uint32_t gs_kafka_offsets_serve(struct gs_kafka_offsets *offsets);
uint32_t gs_kafka_offsets_pending(const struct gs_kafka_offsets *offsets);
/* As gs_kafka_producer_fd(). */
int gs_kafka_offsets_fd(const struct gs_kafka_offsets *offsets);

#endif
