/* service.h -- the process: threads, signals, membership, health.
 *
 * The calling thread runs the loop of the group member, the signals and the timers; workers run on
 * their own threads; the admin server answers on its own from copied figures. */
#ifndef GROUNDSWELL_SERVICE_H
#define GROUNDSWELL_SERVICE_H

#include "groundswell/worker.h"

/* One field of `<prefix>:v1:meta` in Redis: how the numbers are made, for readers. */
enum { GS_SERVICE_META_MAX = 8 };
struct gs_service_meta {
    const char *name;
    const char *json;
};

/* The lexicon file of a language. */
enum { GS_SERVICE_LEXICONS_MAX = 16, GS_SERVICE_PATH_MAX = 512 };
struct gs_service_lexicon {
    char language[GS_SENTIMENT_LANGUAGE_BYTES_MAX + 1]; /* "en" */
    char path[GS_SERVICE_PATH_MAX];                     /* "" = built in, of "en" */
};

/* How comments and posts are judged. */
struct gs_service_clean {
    bool is_on;                   /* false: every comment counts, and nothing weighs */
    struct gs_clean_config rules; /* without lists and allowed domains, which are: */
    const char *list_paths[GS_CLEAN_LIST_COUNT]; /* files; NULL or "" = built in */
    const char *allowed_domains; /* one terminated text behind the other, so many: */
    uint32_t allowed_domain_count;
};

struct gs_service_config {
    struct gs_kafka_config kafka;
    struct gs_redis_config redis;
    struct gs_task_config
        task; /* what all tasks have in common; cluster, counts, sentiment and rules are filled in
               */
    struct gs_service_clean clean;
    const char *tasks_topic;
    const char *dlq_topic;
    const char *late_topic;
    const char *checkpoints_topic; /* not used with until_end and discard */
    int64_t checkpoint_interval_ms;
    int64_t checkpoint_cycle_ms;
    bool continue_on_gap;         /* as of the worker */
    const char *schemas_dir;      /* "" if a registry is used */
    const char *schemas_registry; /* "" if a folder is used */
    enum gs_sentiment_scorer scorer;
    const struct gs_service_lexicon *lexicons; /* of English and of further languages */
    uint32_t lexicon_count;
    const char *emoji_path;   /* "" = built in */
    const char *admin_listen; /* "" = no admin server */
    int64_t admin_grace_ms;
    uint32_t workers;
    uint32_t batch;
    int64_t dlq_max_permille; /* as of the worker */
    int64_t drain_limit_ms;
    bool until_end;
    bool discard;
    bool takeover;
    const char *notify_socket; /* of the service manager, as sd_notify(3) has it; NULL = none */
    int64_t watchdog_ms;       /* so often it wants to hear of us at least; 0 = never */
    bool handle_signals;       /* SIGTERM and SIGINT drain; a second one ends at once */
    struct gs_service_meta meta[GS_SERVICE_META_MAX];
    uint32_t meta_count;
    const char *instance; /* name of this process in the heartbeat; "" = host name and pid */
};

struct gs_service_summary {
    uint64_t records;
    uint64_t bytes;
    uint64_t disposition[GS_DISPOSITION_COUNT];
    uint64_t cells_written;
    uint64_t scored;
    double seconds;     /* from the first assignment to the last write */
    double cpu_seconds; /* of the whole process over that time */
    uint64_t peak_rss_bytes;
};

/* Runs until SIGTERM, SIGINT (if handle_signals), `*stop` becomes true (may be NULL) or, with
 * until_end or discard, until the topics' ends. Returns GS_OK after a clean end. summary may be
 * NULL. */
GS_MUST_CHECK enum gs_status gs_service_run(const struct gs_service_config *config,
                                            const _Atomic bool *stop,
                                            struct gs_service_summary *summary,
                                            struct gs_error *error);

/* The scorer of a configuration, of which only scorer, lexicons and emoji_path are read. On GS_OK
 * the caller owns *sentiment. GS_E_CONFIG: a file cannot be opened; GS_E_DATA: it cannot be
 * understood.
 */
GS_MUST_CHECK enum gs_status gs_service_open_sentiment(const struct gs_service_config *config,
                                                       struct gs_sentiment **sentiment,
                                                       struct gs_error *error);

/* The rules of a configuration, of which only clean is read; NULL if they are off. On GS_OK the
 * caller owns *rules. GS_E_CONFIG: a file cannot be opened; GS_E_DATA: it cannot be understood. */
GS_MUST_CHECK enum gs_status gs_service_open_rules(const struct gs_service_config *config,
                                                   struct gs_clean_rules **rules,
                                                   struct gs_error *error);

/* `validate`: whether the lexicons, and the lists of the rules, can be understood; the lists also
 * if the rules are off. As these two. */
GS_MUST_CHECK enum gs_status gs_service_check_files(const struct gs_service_config *config,
                                                    struct gs_error *error);

/* `validate --connect`: asks Kafka, schemas and Redis; appends one line per finding to out. GS_OK
 * if all is well; the first error otherwise. */
GS_MUST_CHECK enum gs_status gs_service_check(const struct gs_service_config *config,
                                              struct gs_buf *out, struct gs_error *error);

/* `inspect --task`: what a start of this task would go on from, its guard, its inputs' offsets, as
 * text. Restores the task into memory. GS_E_USAGE: there is no such task; else what a server says.
 */
GS_MUST_CHECK enum gs_status gs_service_inspect(const struct gs_service_config *config,
                                                uint32_t task, struct gs_buf *out,
                                                struct gs_error *error);

/* `metrics`: appends what /metrics tells, as Markdown. */
void gs_service_metrics_reference(struct gs_buf *out);

#endif
