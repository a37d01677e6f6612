/* internal.h -- the parts of the demo, each with its own start and stop.
 *
 *   folder (logs, schemas) ─ redis-server ─ mock cluster ─ service thread ─ generator thread ─
 * table started from left to right, stopped from right to left */
#ifndef GS_DEMO_INTERNAL_H
#define GS_DEMO_INTERNAL_H

#include "groundswell/demo.h"

#include <sys/types.h>

struct gs_config;

/* ------------------------------------------------------------------ the folder */

struct gsi_demo_schema {
    const char *name; /* "1-InfluencerProfile.avsc"; NULL after the last */
    const char *text;
};
extern const struct gsi_demo_schema gsi_demo_schemas[];

enum { GSI_DEMO_PATH_MAX = 400 };

/* A fresh folder under TMPDIR. While it is there, stderr goes to log, so that nothing is written
 * into the table. Zero-initialise. */
struct gsi_demo_folder {
    char path[GSI_DEMO_PATH_MAX - 40];
    char schemas[GSI_DEMO_PATH_MAX];
    char log[GSI_DEMO_PATH_MAX];
    char redis_log[GSI_DEMO_PATH_MAX];
    int stderr_before; /* 0 = stderr is what it was */
};
/* Errors: GS_E_UNAVAIL; what was made is left for close. */
GS_MUST_CHECK enum gs_status gsi_demo_folder_open(struct gsi_demo_folder *folder,
                                                  struct gs_error *error);
/* Gives stderr back, and removes the folder unless keep. */
void gsi_demo_folder_close(struct gsi_demo_folder *folder, bool keep);
/* Removes the folder with what is written into it. A signal handler may call this. */
void gsi_demo_folder_remove(const struct gsi_demo_folder *folder);

/* ------------------------------------------------------------------ redis-server */

/* A child on a free port of 127.0.0.1 that keeps nothing and does not outlive this process. It has
 * a process group of its own: Ctrl-C must not reach it before the service has written its last
 * cells. */
struct gsi_demo_redis {
    pid_t pid; /* 0 = there is none */
    int port;
    char url[64];
};
/* Waits until it answers. GS_E_UNAVAIL says what to install, or shows its log's last line. */
GS_MUST_CHECK enum gs_status gsi_demo_redis_start(struct gsi_demo_redis *redis,
                                                  const struct gsi_demo_folder *folder,
                                                  struct gs_error *error);
void gsi_demo_redis_stop(struct gsi_demo_redis *redis);

/* ------------------------------------------------------------------ Kafka */

struct gsi_demo_kafka; /* opaque */

/* A mock cluster in this process. On GS_OK the caller stops it. */
GS_MUST_CHECK enum gs_status gsi_demo_kafka_start(struct gsi_demo_kafka **kafka,
                                                  struct gs_error *error);
const char *gsi_demo_kafka_servers(const struct gsi_demo_kafka *kafka);
/* The topics that config names. */
GS_MUST_CHECK enum gs_status gsi_demo_kafka_topics(struct gsi_demo_kafka *kafka,
                                                   const struct gs_config *config, int partitions,
                                                   struct gs_error *error);
void gsi_demo_kafka_stop(struct gsi_demo_kafka *kafka); /* accepts NULL */

/* ------------------------------------------------------------------ signals */

/* Raised by SIGINT, SIGTERM, SIGHUP and the alarm; a second SIGINT or SIGTERM removes the folder
 * and ends the process at once. */
extern _Atomic bool gsi_demo_stop;
/* Also says on the folder's stderr_before where the log is if the process crashes. The folder must
 * stay until signals are given back. */
void gsi_demo_signals_take(const struct gsi_demo_folder *folder);
void gsi_demo_signals_give_back(void);
/* Blocks what gsi_demo_signals_take() handles, also in threads that are made before the unblock. */
void gsi_demo_signals_block(bool block);

#endif
