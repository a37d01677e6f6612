/* run.c -- generates, writes down, produces: in batches, so that one synchronisation of the ledger
 * serves many records.
 *
 *   wait until due ─► fill the batch ─► ledger, fdatasync ─► send each when it is due ─► again
 *   stop ends here                                           full queue, progress: serve() */
#include "internal.h"
#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)
enum {
    BATCH_MAX = 8192,
    BATCHES_PER_S = 20, /* of a run with a rate: what stop and the ledger's disk may delay */
    EARLY_US = 50000,   /* before its first record is due, a batch is made */
    WAIT_US = 100000,   /* at most, so that stop is seen */
    SERVE_EVERY = 256,  /* records, when nothing waits */
    PROGRESS_MS = 1000
};

struct state {
    const struct gs_generate_run *run;
    struct gs_generate_config config;
    bool starts_now; /* event 0 has the time when it is due */
    struct gs_generate *generate;
    struct gs_generate_batch batch;
    struct gsi_generate_ledger ledger;
    struct gsi_generate_tally tally;
    struct gsi_generate_producer *producer;
    struct gs_generate_progress progress;
    enum gs_generate_topic counted_as[GS_GENERATE_TOPIC_COUNT];
    uint64_t first_profiles;
    uint64_t next_event;   /* the first of the next batch */
    int64_t zero_ns;       /* when event 0 was due; 0 during the first profiles */
    int64_t reported_ns;   /* when progress was last called */
    uint32_t since_served; /* records */
};

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static bool is_stopped(const struct state *s)
{
    return s->run->stop && *s->run->stop;
}

static void report(struct state *s, int64_t now_ns)
{
    s->reported_ns = now_ns;
    s->progress.elapsed_ms = s->zero_ns ? (now_ns - s->zero_ns) / 1000000 : 0;
    gsi_generate_producer_count(s->producer, &s->progress);
    if (s->run->progress)
        s->run->progress(&s->progress, s->run->opaque);
}

/* Everything that waits does it here: reports are served, progress is told. */
static enum gs_status serve(struct state *s, int64_t wait_us, struct gs_error *error)
{
    s->since_served = 0;
    enum gs_status status =
        gsi_generate_producer_poll(s->producer, GS_MIN(wait_us, WAIT_US), error);
    int64_t now_ns = read_clock(CLOCK_MONOTONIC);
    if (now_ns - s->reported_ns >= PROGRESS_MS * INT64_C(1000000))
        report(s, now_ns);
    return status;
}

static int64_t until_due_us(const struct state *s, uint64_t event)
{
    if (s->config.rate == 0)
        return 0;
    __int128 after_ns = (__int128)event * NS_PER_S / s->config.rate;
    return (int64_t)((s->zero_ns + after_ns - read_clock(CLOCK_MONOTONIC)) / 1000);
}

/* ------------------------------------------------------------------ one batch */

static void count(struct state *s, const struct gs_generated *record)
{
    s->progress.records++;
    s->progress.malformed += record->bad != GS_BAD_NONE;
    s->progress.duplicates += record->duplicate;
    s->progress.bytes += record->value.len;
    s->progress.record_ms = record->record_ms;
    gsi_generate_tally_add(&s->tally, record, s->counted_as[record->topic]);
}

static enum gs_status send(struct state *s, const struct gs_generated *record,
                           struct gs_error *error)
{
    enum gs_status status = GS_OK;
    bool is_event = record->sequence >= s->first_profiles;
    while (is_event && status == GS_OK && !is_stopped(s)) {
        int64_t wait_us = until_due_us(s, record->sequence - s->first_profiles);
        if (wait_us <= 0)
            break;
        status = serve(s, wait_us, error);
    }
    if (status == GS_OK && ++s->since_served >= SERVE_EVERY)
        status = serve(s, 0, error);
    while (status == GS_OK) {
        status = gsi_generate_producer_send(s->producer, record, error);
        if (status != GS_E_TEMP)
            break;
        status = serve(s, WAIT_US, error);
    }
    if (status == GS_OK)
        count(s, record);
    return status;
}

/* Makes the next batch, of at most `most` records, and brings it to its topics. */
static enum gs_status produce_batch(struct state *s, size_t most, struct gs_error *error)
{
    size_t made = gs_generate_fill(s->generate, &s->batch, most);
    for (size_t i = 0; i < made; i++) {
        const struct gs_generated *record = &s->batch.items[i];
        if (s->run->topics[record->topic])
            gsi_generate_ledger_add(&s->ledger, record, s->run->topics[record->topic]);
    }
    enum gs_status status = gsi_generate_ledger_sync(&s->ledger, error);
    for (size_t i = 0; i < made && status == GS_OK; i++)
        if (s->run->topics[s->batch.items[i].topic])
            status = send(s, &s->batch.items[i], error);
    return status;
}

static enum gs_status drain(struct state *s, struct gs_error *error)
{
    enum gs_status status = serve(s, 0, error);
    while (status == GS_OK && gsi_generate_producer_pending(s->producer) > 0)
        status = serve(s, WAIT_US, error);
    return status;
}

/* ------------------------------------------------------------------ the run */

static enum gs_status produce_profiles(struct state *s, struct gs_error *error)
{
    enum gs_status status = GS_OK;
    for (uint64_t left = s->first_profiles; left && status == GS_OK && !is_stopped(s);) {
        size_t most = (size_t)GS_MIN(left, (uint64_t)BATCH_MAX);
        status = produce_batch(s, most, error);
        left -= most;
    }
    s->progress.first_profiles = s->progress.records;
    return status == GS_OK ? drain(s, error) : status;
}

/* The first profiles took their time; event 0 is due now. */
static void start_clock(struct state *s)
{
    s->zero_ns = read_clock(CLOCK_MONOTONIC);
    if (!s->starts_now)
        return;
    s->config.start_ms = read_clock(CLOCK_REALTIME) / 1000000;
    s->progress.start_ms = s->config.start_ms;
    gsi_generate_set_start(s->generate, s->config.start_ms);
}

static enum gs_status produce_events(struct state *s, struct gs_error *error)
{
    size_t most = BATCH_MAX;
    if (s->config.rate)
        most = (size_t)GS_MIN(GS_MAX(s->config.rate / BATCHES_PER_S, 1), (int64_t)BATCH_MAX);
    enum gs_status status = GS_OK;
    do {
        int64_t wait_us = until_due_us(s, s->next_event) - EARLY_US;
        if (wait_us > 0) {
            status = serve(s, wait_us, error);
            continue;
        }
        status = produce_batch(s, most, error);
        s->next_event += s->batch.count;
        if (s->batch.count < most)
            break;
    } while (status == GS_OK && !is_stopped(s));
    return status;
}

static enum gs_status produce_all(struct state *s, struct gs_error *error)
{
    s->reported_ns = read_clock(CLOCK_MONOTONIC);
    enum gs_status status = produce_profiles(s, error);
    if (status == GS_OK && !is_stopped(s)) {
        start_clock(s);
        status = produce_events(s, error);
    }
    if (status == GS_OK)
        status = drain(s, error);
    report(s, read_clock(CLOCK_MONOTONIC));
    return status;
}

static enum gs_status write_summary(struct state *s, struct gs_error *error)
{
    struct gs_buf json = {0};
    bool failed = false;
    gsi_generate_tally_json(&s->tally, &s->config, s->run, &s->progress, &json);
    if (s->run->summary)
        gs_buf_add(s->run->summary, json.data, json.len);
    if (s->run->summary_path) {
        FILE *file = fopen(s->run->summary_path, "w");
        failed = !file || fwrite(json.data, 1, json.len, file) != json.len;
        if (file)
            failed |= fclose(file) != 0;
    }
    gs_buf_deinit(&json);
    return failed ? gs_fail(error, GS_E_DATA, "summary %s cannot be written: %s",
                            s->run->summary_path, strerror(errno))
                  : GS_OK;
}

static enum gs_status set_up(struct state *s, struct gs_error *error)
{
    uint32_t partitions;
    s->starts_now = s->config.start_ms == 0;
    if (s->starts_now)
        s->config.start_ms = read_clock(CLOCK_REALTIME) / 1000000;
    enum gs_status status = gsi_generate_producer_open(s->run, &s->producer, &partitions, error);
    if (status != GS_OK)
        return status;
    if (s->config.partitions && s->config.partitions != partitions)
        return gs_fail(error, GS_E_CONFIG, "generate: the topics have %u partitions, not %u",
                       partitions, s->config.partitions);
    s->config.partitions = partitions;
    status = gs_generate_create(&s->config, &s->generate, error);
    if (status != GS_OK)
        return status;
    s->first_profiles = gs_generate_first_profiles(s->generate);
    s->progress.start_ms = s->config.start_ms;
    gsi_generate_tally_init(&s->tally, partitions);
    for (int i = 0; i < GS_GENERATE_TOPIC_COUNT; i++)
        if (s->run->topics[i])
            s->counted_as[i] = gsi_generate_first_topic(s->run, (enum gs_generate_topic)i);
    return gsi_generate_ledger_open(&s->ledger, s->run->ledger_path, error);
}

enum gs_status gs_generate_run(const struct gs_generate_config *config,
                               const struct gs_generate_run *run, struct gs_generate_progress *last,
                               struct gs_error *error)
{
    struct state s = {.run = run, .config = *config, .ledger = {.fd = -1}};
    enum gs_status status = set_up(&s, error);
    if (status == GS_OK) {
        status = produce_all(&s, error);
        enum gs_status written = write_summary(&s, status == GS_OK ? error : NULL);
        if (status == GS_OK)
            status = written;
    }
    gsi_generate_producer_close(s.producer);
    gsi_generate_ledger_close(&s.ledger);
    gsi_generate_tally_deinit(&s.tally);
    gs_generate_batch_deinit(&s.batch);
    gs_generate_destroy(s.generate);
    if (last)
        *last = s.progress;
    return status;
}
