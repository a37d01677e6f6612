/* restore.c -- from one scan to the next, and the cuts of a lineage put back one after the other.
 *
 * A log that is written and cleaned meanwhile, or by somebody who means harm, may send us back, but
 * not for ever: every time a record is left out for good, or the whole log was read once more, and
 * after a few of these the task starts without a checkpoint. */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>

#define NOWHERE INT64_C(-1)

/* ------------------------------------------------------------------ from step to step */

static void finish(struct gs_restore *restore)
{
    restore->phase = GSI_DONE;
    restore->seek = false;
}

static void read_from(struct gs_restore *restore, int64_t position)
{
    restore->wanted = position;
    restore->seek = true;
}

static void choose(struct gs_restore *restore);

/* What was chosen cannot be had. False: for the last time. */
static bool give_up(struct gs_restore *restore, int64_t useless)
{
    gs_task_destroy(restore->task);
    restore->task = NULL;
    restore->useless[restore->stats.failures++] = useless;
    if (restore->stats.failures < GSI_FAILURES_MAX)
        return true;
    finish(restore);
    return false;
}

/* The next best without the record that is to blame. */
static void GS_PRINTF(3, 4)
    fail(struct gs_restore *restore, int64_t position, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(restore->reason, sizeof restore->reason, format, arguments);
    va_end(arguments);
    if (!give_up(restore, position))
        return;
    gs_cut_choice_leave_out(restore->choice, position);
    choose(restore);
}

static void finish_reading(struct gs_restore *restore)
{
    struct gs_error error;
    if (gs_task_restore_end(restore->task, &error) != GS_OK) {
        fail(restore, restore->chosen.position, "%s", error.message);
        return;
    }
    restore->stats.mixed = restore->chosen.barrier.meaning != gs_task_meaning(restore->config.task);
    finish(restore);
}

static void begin_reading(struct gs_restore *restore)
{
    const struct gs_cut_chosen *chosen = &restore->chosen;
    const struct gs_task_config *config = restore->config.task;
    int64_t start[GS_INPUTS_MAX] = {0};
    struct gs_error error;
    for (uint32_t i = 0; i < config->input_count && i < chosen->barrier.input_count; i++)
        start[i] = chosen->barrier.inputs[i].offset;
    restore->phase = GSI_READING;
    restore->stats.reads = 0;
    restore->stats.read_count = chosen->read_count;
    if (gs_task_create(config, start, &restore->task, &error) != GS_OK ||
        gs_task_restore_begin(restore->task, &chosen->barrier, &error) != GS_OK)
        fail(restore, chosen->position, "%s", error.message);
    else if (chosen->read_count)
        read_from(restore, chosen->reads[0].position);
    else
        finish_reading(restore);
}

/* A better barrier that lacks what may lie before the place where the scan began is worth reading
 * all of the log for. */
static void choose(struct gs_restore *restore)
{
    bool found = gs_cut_choose(restore->choice, &restore->chosen);
    struct gs_cut_choice_stats choice = gs_cut_choice_stats(restore->choice);
    restore->stats.pushed_out = choice.pushed_out + choice.refused;
    memcpy(restore->stats.passed, choice.passed, sizeof choice.passed);
    bool is_cut_off = choice.passed[GS_CUT_PASSED_GONE] || choice.passed[GS_CUT_PASSED_HOLED];
    if (!restore->is_all && (!found || is_cut_off))
        gsi_restore_scan(restore, GS_RESTORE_LOG_START);
    else if (found)
        begin_reading(restore);
    else
        finish(restore);
}

/* ------------------------------------------------------------------ reading the lineage */

static bool is_named(const struct gs_cut_header *header, const struct gs_cut_read *read)
{
    return gs_cut_id_equal(header->incarnation, read->incarnation) && header->cut == read->cut &&
           header->part == read->part;
}

/* The order of a lineage is mostly, but not always, that of the log. */
static void expect_next(struct gs_restore *restore, int64_t position)
{
    if (++restore->stats.reads == restore->chosen.read_count) {
        finish_reading(restore);
        return;
    }
    int64_t next = restore->chosen.reads[restore->stats.reads].position;
    if (next > position)
        restore->wanted = next;
    else
        read_from(restore, next);
}

static void read_record(struct gs_restore *restore, int64_t position, struct gs_str bytes)
{
    const struct gs_cut_read *read = &restore->chosen.reads[restore->stats.reads];
    struct gs_cut_header header;
    struct gs_str body;
    struct gs_error error;
    if (position < read->position)
        return; /* somebody else's */
    if (position > read->position ||
        gs_cut_parse(bytes, restore->layout, &header, &body) != GS_CUT_GOOD ||
        !is_named(&header, read))
        fail(restore, read->position,
             "the log of checkpoints does not hold any more what it held at position %lld",
             (long long)read->position);
    else if (gs_task_restore_body(restore->task, header.incarnation, body, &error) != GS_OK)
        fail(restore, read->position, "%s", error.message);
    else
        expect_next(restore, position);
}

/* ------------------------------------------------------------------ the log */

void gs_restore_record(struct gs_restore *restore, int64_t position, struct gs_str bytes)
{
    if (restore->phase == GSI_DONE || restore->seek)
        return;
    restore->stats.bytes += bytes.len;
    if (restore->phase == GSI_READING) {
        read_record(restore, position, bytes);
        return;
    }
    gsi_restore_see(restore, position, bytes);
    if (position + 1 >= restore->config.end)
        choose(restore);
}

void gs_restore_end(struct gs_restore *restore, int64_t position)
{
    if (restore->phase == GSI_DONE || restore->seek)
        return;
    if (restore->phase == GSI_SCANNING)
        choose(restore);
    else
        fail(restore, restore->wanted,
             "the log of checkpoints ends at position %lld, before %lld, which is needed",
             (long long)position, (long long)restore->wanted);
}

void gs_restore_gap(struct gs_restore *restore)
{
    if (restore->phase == GSI_DONE || restore->seek)
        return;
    snprintf(restore->reason, sizeof restore->reason,
             "the log of checkpoints does not hold position %lld any more",
             (long long)restore->wanted);
    if (give_up(restore, NOWHERE))
        gsi_restore_scan(restore, GS_RESTORE_LOG_START);
}

/* ------------------------------------------------------------------ life */

struct gs_restore *gs_restore_create(const struct gs_restore_config *config)
{
    struct gs_restore *restore = gs_calloc(1, sizeof *restore);
    restore->config = *config;
    restore->layout = gs_task_layout(config->task);
    if (config->start >= config->end)
        finish(restore);
    else if (config->recent < config->start || config->recent >= config->end)
        gsi_restore_scan(restore, config->start);
    else
        gsi_restore_scan(restore, config->recent);
    return restore;
}

void gs_restore_destroy(struct gs_restore *restore)
{
    if (!restore)
        return;
    gs_cut_choice_destroy(restore->choice);
    gs_task_destroy(restore->task);
    gs_free(restore);
}

enum gs_restore_next gs_restore_next(struct gs_restore *restore, int64_t *position)
{
    if (restore->phase == GSI_DONE)
        return GS_RESTORE_DONE;
    if (!restore->seek)
        return GS_RESTORE_MORE;
    restore->seek = false;
    *position = restore->wanted;
    return GS_RESTORE_SEEK;
}

struct gs_task *gs_restore_take(struct gs_restore *restore)
{
    struct gs_task *task = restore->task;
    GS_ASSERT(restore->phase == GSI_DONE);
    restore->task = NULL;
    return task;
}

const struct gs_cut_barrier *gs_restore_barrier(const struct gs_restore *restore)
{
    return &restore->chosen.barrier;
}

void gs_restore_stats(const struct gs_restore *restore, struct gs_restore_stats *stats)
{
    *stats = restore->stats;
}

const char *gs_restore_reason(const struct gs_restore *restore)
{
    return restore->reason;
}
