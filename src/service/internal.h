/* internal.h -- what the files of this room share: the process.
 *
 *   service.c  the loop, its stages, signals      start.c    what is checked and made first
 *   tasks.c    membership <-> workers             note.c     heartbeat and meta in Redis
 *   health.c   probes                             metrics*.c /metrics, see metrics.h
 *   check.c    validate                           figures.c  sums for summary, log and heartbeat
 *   topics.c   the topics, looked at again        commit.c   offsets for others to look at
 *   inspect.c  inspect --task                     files.c    lexicons and lists
 *   notify.c   the service manager
 *
 *   STARTING ─servers are right─► JOINING ─first assignment─► RUNNING
 *      └──────────────────────────────┴───────────────────────────┴─ signal, end, failure ─┐
 *          ENDED ◄─left the group─ LEAVING ◄─workers stopped or limit─ DRAINING ◄──────────┘
 */
#ifndef GS_SERVICE_INTERNAL_H
#define GS_SERVICE_INTERNAL_H

#include "groundswell/admin.h"
#include "groundswell/service.h"
#include "groundswell/source.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <uv.h>

enum {
    GSI_SERVICE_TIMER_MS = 100,
    GSI_SERVICE_START_MS = 10000, /* for the brokers to answer the checks before the start */
    GSI_SERVICE_REVOKE_MS = 2000, /* of a last flush; the whole group waits for it */
    GSI_SERVICE_PROOF_MS = 3000,  /* far less than the session timeout */
    GSI_SERVICE_LEAVE_MS = 5000,  /* at most, of the drain limit */
    GSI_SERVICE_LEAVE_MIN_MS = 1000,
    GSI_SERVICE_HANG_MS = 2000,  /* after the drain limit no worker is waited for any more */
    GSI_SERVICE_NOTE_MS = 5000,  /* between two heartbeats */
    GSI_SERVICE_LOOK_MS = 30000, /* between two looks at the topics */
    GSI_SERVICE_LOOK_LIMIT_MS = 3000,
    GSI_SERVICE_COMMIT_MS = 5000,  /* between two commits, and the limit of one */
    GSI_SERVICE_REPORT_MS = 60000, /* between two lines in the log */
    GSI_SERVICE_STALL_MS = 10000,  /* a loop that stands still longer is not alive */
    GSI_SERVICE_NOBODY_MS = 30000  /* --until-end ends after so long without a task */
};

enum { GSI_SERVICE_TOPICS_MAX = GS_INPUTS_MAX + 4 };

enum gsi_stage { GSI_STARTING, GSI_JOINING, GSI_RUNNING, GSI_DRAINING, GSI_LEAVING, GSI_ENDED };

/* Events of the workers, on their way to the service's thread. */
struct gsi_mail {
    pthread_mutex_t mutex;
    struct gs_worker_event *events;
    size_t count, capacity;
    uv_async_t async;
};

/* A proof of ownership that is under way. */
struct gsi_proof {
    struct gsi_proof *next;
    struct gs_service *service;
    uint32_t worker, task, id;
    bool stale; /* the task went away meanwhile: the answer is nobody's */
};

/* Who has a task. */
struct gsi_owner {
    int16_t worker; /* -1 = it is not ours */
    int16_t last;   /* who had it before and may still know it; -1 = nobody */
    bool revoking;
};

/* The offsets of the newest checkpoints, on their way to the group's committed offsets. */
struct gsi_commits {
    int64_t (*at)[GS_INPUTS_MAX]; /* [partition_count] */
    bool *news;                   /* [partition_count]: not committed yet */
    bool under_way;
    int64_t sent_ms; /* monotonic */
    _Atomic uint64_t done;
    _Atomic uint64_t failed;
};

/* What the group has told, and how often. */
struct gsi_moves {
    _Atomic uint64_t rebalances;
    _Atomic uint64_t assigned, asked_back, lost; /* tasks */
    int32_t generation;                          /* of the last rebalance */
};

/* The service manager's socket. */
struct gsi_notify {
    int fd; /* -1 = nobody listens */
    struct sockaddr_un address;
    socklen_t address_bytes;
    bool failed; /* to be reached, once; it is in the log */
    int64_t every_ms;
    int64_t beat_ms, said_ms; /* monotonic; 0 = not yet */
    int stage;                /* that was told last; -1 = none */
    char said[560];           /* the last status */
};

/* What a worker has of the tasks. */
struct gsi_share {
    uint32_t tasks;
    uint32_t assigned; /* so far */
    bool done;         /* --until-end */
};

struct gsi_sums {
    struct gs_worker_sums tasks;
    uint64_t records, bytes;
    uint32_t task_count;
    uint64_t lag;     /* records between here and the ends */
    int64_t as_of_ms; /* the oldest of the tasks; GS_NULL_INT if none has one */
    uint32_t dirty, parked;
    uint32_t restoring;                    /* tasks that read their checkpoints: ... */
    uint64_t restore_reads, restore_count; /* so many records of so many */
    int64_t cut_ms; /* monotonic: the oldest of the tasks' last checkpoints; 0 = one has none */
    bool redis_connected; /* all workers */
};

struct gs_service {
    const struct gs_service_config *config;
    const _Atomic bool *stop;
    struct gs_task_config task; /* config->task, completed */
    char instance[128];

    uv_loop_t loop;
    uv_timer_t timer;
    uv_signal_t signals[2];
    struct gsi_mail mail;
    uv_work_t asking; /* the checks that block, beside the loop */
    bool is_asking;
    struct gs_error asked;
    struct gs_kafka_topic_id topic_ids[GSI_SERVICE_TOPICS_MAX]; /* at the start */
    bool is_over;     /* the last look saw a topic with which we cannot go on */
    char looked[480]; /* what else was wrong then; "" = nothing */
    struct gs_registry *registry;
    struct gs_sentiment *sentiment;
    struct gs_clean_rules *rules; /* NULL: off */
    struct gs_admin *admin;
    struct gs_member *member;
    struct gs_worker **workers; /* [config->workers] */
    uint32_t worker_count;      /* that were made */
    uint32_t workers_stopped;
    struct gsi_share *shares; /* [config->workers] */
    struct gsi_owner *owner;  /* [partition_count] */
    struct gsi_proof *proofs;
    struct gsi_commits commits;
    struct gsi_moves moves;
    int64_t started_wall_ms;
    struct gsi_notify notify;

    _Atomic int stage; /* enum gsi_stage */
    enum gs_status status;
    struct gs_error error; /* the first failure */
    bool interrupted;      /* to end at once, with this: no destructor may wait */
    int exit_code;

    _Atomic int64_t tick_ms;       /* monotonic: of this thread's loop */
    int64_t noted_ms, reported_ms; /* 0 = not yet */
    int64_t looked_ms;             /* at the topics */
    int64_t busy_ms;               /* --until-end: when a worker had a task last */
    int64_t drain_deadline_ms;
    uint64_t reported_records;
    int64_t first_assigned_ms; /* monotonic; 0 = not yet */
    int64_t end_ms;
    double cpu_begin, cpu_end;                  /* seconds of the process */
    struct gs_worker_task_stats *scratch;       /* [partition_count]: of this thread */
    struct gs_worker_task_stats *admin_scratch; /* of the admin thread */
};

static inline int64_t gsi_service_now_ms(void)
{
    return (int64_t)(uv_hrtime() / 1000000);
}

/* ---- start.c */
/* Begins with the checks, which block, on another thread; what follows them happens on the loop. A
 * failure ends the service. */
void gsi_service_start(struct gs_service *service);
/* Fills cluster and partition count from what the brokers say; ids may be NULL. */
GS_MUST_CHECK enum gs_status gsi_service_ask_kafka(const struct gs_service_config *config,
                                                   struct gs_task_config *task,
                                                   struct gs_kafka_topic_id *ids,
                                                   struct gs_kafka_check *check,
                                                   struct gs_error *error);
GS_MUST_CHECK enum gs_status gsi_service_ask_redis(const struct gs_service_config *config,
                                                   struct gs_redis_info *info,
                                                   struct gs_error *error);
GS_MUST_CHECK enum gs_status gsi_service_open_registry(const struct gs_service_config *config,
                                                       struct gs_registry **registry,
                                                       struct gs_error *error);

/* ---- service.c */
/* Ends the process in order; the first error is what it ends with. NULL: a clean end. */
void gsi_service_end(struct gs_service *service, const struct gs_error *error);

/* ---- tasks.c */
extern const struct gs_member_callbacks gsi_service_member;             /* less the user */
void gsi_service_mail(void *user, const struct gs_worker_event *event); /* on a worker's thread */
void gsi_service_on_mail(uv_async_t *async);
/* --until-end: ends when no worker has anything left, or when there was no task for long. */
void gsi_service_check_done(struct gs_service *service);

/* ---- commit.c */
/* A task has a new checkpoint. */
void gsi_service_note_cut(struct gs_service *service, const struct gs_worker_event *event);
/* Commits what is new, now and then. */
void gsi_service_commit(struct gs_service *service, int64_t now_ms);

/* ---- topics.c */
/* Checkpoints are kept; a run to the logs' ends begins at their start, and keeps none. */
static inline bool gsi_service_keeps(const struct gs_service_config *config)
{
    return !config->until_end && !config->discard;
}
/* Those that must be there; returns how many. */
uint32_t gsi_service_topics(const struct gs_service_config *config,
                            struct gs_kafka_topic_check topics[GSI_SERVICE_TOPICS_MAX]);
/* GS_E_CONFIG: partitions were added while we run. */
GS_MUST_CHECK enum gs_status gsi_service_grown(const struct gs_service *service, const char *topic,
                                               struct gs_error *error);
/* Looks at the topics now and then. One that has grown, or is another one, ends the service. */
void gsi_service_look(struct gs_service *service, int64_t now_ms);

/* ---- figures.c */
int64_t gsi_service_wall_ms(void);
double gsi_service_cpu_seconds(void);
uint64_t gsi_service_rss_bytes(bool peak);
/* Records that the log of an input holds and that were not read; below 0: not known. */
int64_t gsi_service_lag(const struct gs_worker_task_stats *task, uint8_t input);
void gsi_service_sums(struct gs_service *service, struct gs_worker_task_stats *scratch,
                      struct gsi_sums *sums);
void gsi_service_report(struct gs_service *service, int64_t now_ms);
void gsi_service_summary(struct gs_service *service, struct gs_service_summary *summary);

/* ---- note.c */
/* Now and then, as soon as Redis is there. */
void gsi_service_note(struct gs_service *service, int64_t now_ms);

/* ---- notify.c */
void gsi_service_notify_open(struct gs_service *service);
/* At each turn of the loop, and when a stage ends; most times there is nothing to say. */
void gsi_service_notify(struct gs_service *service, int64_t now_ms);
void gsi_service_notify_close(struct gs_service *service);

/* ---- health.c, metrics.c: on the admin thread */
enum { GSI_SERVICE_WHY_MAX = 320 };
/* Do the loops turn? Else why says which one does not. On any thread. */
bool gsi_service_is_alive(struct gs_service *service, char why[GSI_SERVICE_WHY_MAX]);
void gsi_service_health(struct gs_service *service, const struct gs_admin_request *request,
                        struct gs_admin_response *response);
void gsi_service_metrics(struct gs_service *service, const struct gs_admin_request *request,
                         struct gs_admin_response *response);

#endif
