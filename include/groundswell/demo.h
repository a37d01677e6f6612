/* demo.h -- everything in one process, for a first look: librdkafka's in-process mock cluster plays
 * Kafka, a private redis-server is a child process, the generator produces, the service runs, and
 * the live table shows what stands in Redis. Nothing is left behind. */
#ifndef GROUNDSWELL_DEMO_H
#define GROUNDSWELL_DEMO_H

#include "groundswell/base.h"

/* Strings are borrowed for the call. */
struct gs_demo_config {
    int64_t seconds; /* 0: until SIGINT, SIGTERM or SIGHUP */
    int64_t rate;    /* records per second */
    uint32_t influencers;
    const char *listen;      /* address and port of probes and metrics; NULL: none */
    const char *schemas_dir; /* NULL: the schemas are built in */
    const char *next_step;   /* last line printed after a clean end; NULL: none */
};

/* Blocks, and handles SIGINT, SIGTERM and SIGHUP meanwhile. GS_E_UNAVAIL: redis-server is not there
 * or does not start (with what to install). */
GS_MUST_CHECK enum gs_status gs_demo_run(const struct gs_demo_config *config,
                                         struct gs_error *error);

#endif
