/* scan.c -- which records of the log may be chosen from. */
#include "internal.h"

void gsi_restore_scan(struct gs_restore *restore, int64_t from)
{
    static const struct gs_cut_choice_limits limits = {GSI_RECORDS_MAX, GSI_BARRIER_BYTES_MAX};
    struct gs_restore_stats *stats = &restore->stats;
    *stats = (struct gs_restore_stats){
        .bytes = stats->bytes, .scans = stats->scans + 1, .failures = stats->failures};
    gs_cut_choice_destroy(restore->choice);
    restore->choice = gs_cut_choice_create(&limits);
    restore->phase = GSI_SCANNING;
    restore->is_all = from == GS_RESTORE_LOG_START || from <= restore->config.start;
    restore->wanted = from;
    restore->seek = true;
}

static bool is_known(struct gs_cut_id id)
{
    return id.high || id.low;
}

/* An offset of a topic that was deleted since says nothing, nor does one that the log has lost. */
static bool is_acceptable(struct gs_restore *restore, const struct gs_cut_barrier *barrier)
{
    const struct gs_restore_config *config = &restore->config;
    uint32_t count = GS_MIN(barrier->input_count, (uint32_t)config->task->input_count);
    for (uint32_t i = 0; i < count; i++) {
        struct gs_cut_id then = barrier->inputs[i].topic, now = config->inputs[i];
        if (is_known(then) && is_known(now) && !gs_cut_id_equal(then, now)) {
            restore->stats.other_topic++;
            return false;
        }
        if (barrier->inputs[i].offset > config->input_ends[i]) {
            restore->stats.beyond++;
            return false;
        }
    }
    return true;
}

/* Leader epochs only grow along a log, so this agrees with the offsets, but for logs that were cut
 * off and have grown again: there what counts in the new records comes first. */
static uint32_t epoch_of(const struct gs_cut_barrier *barrier)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < barrier->input_count; i++)
        sum += (uint64_t)GS_MAX(barrier->inputs[i].leader_epoch, 0);
    return (uint32_t)GS_MIN(sum, (uint64_t)UINT32_MAX);
}

static bool is_useless(const struct gs_restore *restore, int64_t position)
{
    for (uint32_t i = 0; i < restore->stats.failures; i++)
        if (restore->useless[i] == position)
            return true;
    return false;
}

void gsi_restore_see(struct gs_restore *restore, int64_t position, struct gs_str bytes)
{
    struct gs_cut_header header;
    struct gs_str body;
    struct gs_cut_seen seen = {.position = position, .header = &header};
    restore->stats.records++;
    if (is_useless(restore, position))
        return;
    enum gs_cut_fault fault = gs_cut_parse(bytes, restore->layout, &header, &body);
    if (fault == GS_CUT_GOOD && gs_cut_is_barrier(&header)) {
        fault = gs_cut_parse_barrier(body, &header, &restore->seen);
        if (fault == GS_CUT_GOOD && !is_acceptable(restore, &restore->seen))
            return;
        seen.barrier = &restore->seen;
        seen.log_epoch = fault == GS_CUT_GOOD ? epoch_of(&restore->seen) : 0;
    }
    restore->stats.faults[fault]++;
    if (fault == GS_CUT_GOOD)
        gs_cut_choice_add(restore->choice, &seen);
}
