/* output.h -- what a run writes to: the ledger, the tally behind the summary, the producer. */
#ifndef GSI_GENERATE_OUTPUT_H
#define GSI_GENERATE_OUTPUT_H

#include "groundswell/generate.h"

/* ------------------------------------------------------------------ ledger.c */

struct gsi_generate_ledger {
    int fd; /* -1: there is none, and everything else does nothing */
    const char *path;
    struct gs_buf lines;
};
GS_MUST_CHECK enum gs_status gsi_generate_ledger_open(struct gsi_generate_ledger *ledger,
                                                      const char *path, struct gs_error *error);
void gsi_generate_ledger_add(struct gsi_generate_ledger *ledger, const struct gs_generated *record,
                             const char *topic);
/* Brings what was added to the disk. */
GS_MUST_CHECK enum gs_status gsi_generate_ledger_sync(struct gsi_generate_ledger *ledger,
                                                      struct gs_error *error);
void gsi_generate_ledger_close(struct gsi_generate_ledger *ledger);

/* ------------------------------------------------------------------ tally.c */

struct gsi_generate_tally_cell {
    uint64_t records, malformed, duplicates, tombstones, bytes;
};
struct gsi_generate_tally {
    uint32_t partitions;
    struct gsi_generate_tally_cell *cells; /* per topic and partition */
    uint64_t kinds[GS_KIND_COUNT][GS_ACTION_COUNT];
    uint64_t bad[GS_BAD_CODE_COUNT];
};
void gsi_generate_tally_init(struct gsi_generate_tally *tally, uint32_t partitions);
void gsi_generate_tally_deinit(struct gsi_generate_tally *tally);
/* topic is where it is counted: the first that has the topic's name. */
void gsi_generate_tally_add(struct gsi_generate_tally *tally, const struct gs_generated *record,
                            enum gs_generate_topic topic);
/* Appends the summary as JSON. */
void gsi_generate_tally_json(const struct gsi_generate_tally *tally,
                             const struct gs_generate_config *config,
                             const struct gs_generate_run *run,
                             const struct gs_generate_progress *progress, struct gs_buf *json);
/* The first topic of the run that has the same name. */
enum gs_generate_topic gsi_generate_first_topic(const struct gs_generate_run *run,
                                                enum gs_generate_topic topic);

/* ------------------------------------------------------------------ produce.c */

struct gsi_generate_producer; /* opaque; one thread */

/* Asks the brokers for the topics of the run; *partitions is what all of them have. On GS_OK the
 * caller owns *producer, otherwise it is NULL. */
GS_MUST_CHECK enum gs_status gsi_generate_producer_open(const struct gs_generate_run *run,
                                                        struct gsi_generate_producer **producer,
                                                        uint32_t *partitions,
                                                        struct gs_error *error);
/* Without waiting for what is in flight; accepts NULL. */
void gsi_generate_producer_close(struct gsi_generate_producer *producer);
/* Copies the record into the queue. GS_E_TEMP: it is full, poll and try again. */
GS_MUST_CHECK enum gs_status gsi_generate_producer_send(struct gsi_generate_producer *producer,
                                                        const struct gs_generated *record,
                                                        struct gs_error *error);
/* Serves delivery reports, after waiting for the first at most wait_us; the first failure ever is
 * an error. Returns early when there are reports. */
GS_MUST_CHECK enum gs_status gsi_generate_producer_poll(struct gsi_generate_producer *producer,
                                                        int64_t wait_us, struct gs_error *error);
/* Taken, and neither delivered nor failed yet. */
uint32_t gsi_generate_producer_pending(const struct gsi_generate_producer *producer);
void gsi_generate_producer_count(const struct gsi_generate_producer *producer,
                                 struct gs_generate_progress *progress);

#endif
