/* metrics_table.c -- what there is to see. One row per metric; nothing else names one. */
#include "metrics.h"

#define MEMBER(type, member)                                                                       \
    {                                                                                              \
        offsetof(type, member), sizeof(((type *)0)->member)                                        \
    }
#define OF_WORKERS(member)                                                                         \
    .show = gsi_show_workers, .figure = MEMBER(struct gs_worker_stats, member)
#define OF_WORKER(member)                                                                          \
    .show = gsi_show_each_worker, .figure = MEMBER(struct gs_worker_stats, member)
#define OF_TASKS(member)                                                                           \
    .show = gsi_show_tasks, .figure = MEMBER(struct gs_worker_task_stats, member)
#define OF_EACH_TASK(member)                                                                       \
    .show = gsi_show_each_task, .figure = MEMBER(struct gs_worker_task_stats, member)
#define OF_VIEWS(member)                                                                           \
    .show = gsi_show_views, .figure = MEMBER(struct gs_worker_task_stats, stats.view[0].member)
#define OF_GROUP(member) .show = gsi_show_group, .figure = MEMBER(struct gsi_group_figures, member)
#define OF_TIMES(which)                                                                            \
    .show = gsi_show_times, .figure = MEMBER(struct gs_worker_stats, times[which].count[0])
#define OF_INPUT(member)                                                                           \
    .show = gsi_show_inputs, .figure = MEMBER(struct gs_task_input_stats, member)
#define OF_REGISTRY(member)                                                                        \
    .show = gsi_show_registry, .figure = MEMBER(struct gs_registry_stats, member)
#define PART(value, member)                                                                        \
    {                                                                                              \
        value, MEMBER(struct gs_worker_stats, member)                                              \
    }
#define GROUP_PART(value, member)                                                                  \
    {                                                                                              \
        value, MEMBER(struct gsi_group_figures, member)                                            \
    }
#define PARTS(...)                                                                                 \
    (const struct gsi_part[])                                                                      \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

/* ------------------------------------------------------------------ labels */

static const char *disposition(int number)
{
    return gs_disposition_name((enum gs_disposition)number);
}
static const char *bad_code(int number)
{
    return gs_bad_code_name((enum gs_bad_code)number);
}
static const char *kind(int number)
{
    return gs_kind_name((enum gs_kind)number);
}
static const char *action(int number)
{
    return gs_action_name((enum gs_action)number);
}
static const char *fault(int number)
{
    return gs_redis_fault_name((enum gs_redis_fault)number);
}
static const char *reason(int number)
{
    return gs_reason_name((enum gs_reason)number);
}
static const char *state(int number)
{
    static const char *const names[] = {
        [GS_TASK_WAITING] = "waiting", [GS_TASK_TAKING] = "taking",
        [GS_TASK_HELD] = "held",       [GS_TASK_LIVE] = "live",
        [GS_TASK_REFUSED] = "refused", [GS_TASK_DROPPED] = "dropped"};
    return names[number];
}

static const struct gsi_values dispositions = {disposition, 0, GS_DISPOSITION_COUNT};
static const struct gsi_values bad_codes = {bad_code, GS_BAD_NONE + 1, GS_BAD_CODE_COUNT};
static const struct gsi_values kinds = {kind, 0, GS_KIND_COUNT};
static const struct gsi_values actions = {action, 0, GS_ACTION_COUNT};
static const struct gsi_values faults = {fault, GS_REDIS_OK + 1, GS_REDIS_FAULT_COUNT};
static const struct gsi_values reasons = {reason, 0, GS_REASON_COUNT};
static const struct gsi_values states = {state, 0, GS_TASK_DROPPED + 1};

const struct gsi_label gsi_labels[] = {
    {"topic", "an input topic", NULL},
    {"partition", "of the topic", NULL},
    {"task", "the number of the partitions that it reads", NULL},
    {"worker", "from 0 on", NULL},
    {"view", "of the configuration's", NULL},
    {"move", "what happened to a task", NULL},
    {"version", "of the program", NULL},
    {"disposition", "what became of a record", &dispositions},
    {"code", "why a record cannot be read", &bad_codes},
    {"kind", "of a record", &kinds},
    {"action", "of a post or a comment", &actions},
    {"state", "of a task; of a takeover: what it found", &states},
    {"fault", "what became of a connection", &faults},
    {"outcome", "why a write was refused", NULL},
    {"from", "what a task went on from", NULL},
    {"reason", "of a comment that was dropped; of restoring: why something was of no use",
     &reasons},
    {"result", "of an attempt", NULL},
};
const size_t gsi_label_count = GS_COUNT_OF(gsi_labels);

/* ------------------------------------------------------------------ process */

static const struct gsi_metric process[] = {
    {"build_info", GSI_GAUGE, "", "version", "1; the version is a label.", .show = gsi_show_build},
    {"start_time_seconds", GSI_GAUGE, "seconds", "", "When the process began, as Unix time.",
     .show = gsi_show_start, .scale = GSI_MS},
    {"cpu_seconds_total", GSI_COUNTER, "seconds", "", "CPU time of the process.",
     .show = gsi_show_cpu, .scale = GSI_NS},
    {"worker_cpu_seconds_total", GSI_COUNTER, "seconds", "worker", "CPU time of a worker's thread.",
     OF_WORKER(cpu_ns), .scale = GSI_NS},
    {"resident_memory_bytes", GSI_GAUGE, "bytes", "", "Resident memory of the process.",
     .show = gsi_show_memory},
    {"schemas", GSI_GAUGE, "", "", "Schemas held.", OF_REGISTRY(known)},
    {"schemas_open", GSI_GAUGE, "", "", "Schemas asked for and not answered yet.",
     OF_REGISTRY(open)},
    {"schema_failures_total", GSI_COUNTER, "", "", "Failed requests for schemas.",
     OF_REGISTRY(failures)},
};

/* ------------------------------------------------------------------ records in */

static const struct gsi_metric records[] = {
    {"read_bytes_total", GSI_COUNTER, "bytes", "", "Bytes of values read from Kafka.",
     OF_WORKERS(bytes)},
    {"records_total", GSI_COUNTER, "", "topic,partition,disposition",
     "Records read, by what became of them.", OF_INPUT(disposition[0]), .by = &dispositions},
    {"bad_records_total", GSI_COUNTER, "", "topic,partition,code",
     "Records that cannot be read, by reason.", OF_INPUT(bad[0]), .by = &bad_codes,
     .not_zeros = true},
    {"ignored_total", GSI_COUNTER, "", "topic,partition,kind,action",
     "Records of kinds and actions that nothing counts.", .show = gsi_show_ignored,
     .not_zeros = true},
    {"repeated_total", GSI_COUNTER, "", "topic,partition",
     "Records that Kafka delivered twice; counted once.", OF_INPUT(repeated)},
    {"offset_holes_total", GSI_COUNTER, "", "topic,partition",
     "Offsets that never came: transaction markers, compaction.", OF_INPUT(offset_holes)},
    {"clamped_total", GSI_COUNTER, "", "topic,partition",
     "Records whose event time lay after their record time.", OF_INPUT(clamped)},
    {"unknown_symbols_total", GSI_COUNTER, "", "topic,partition", "Enum symbols of newer writers.",
     OF_INPUT(unknown_symbols)},
    {"next_offset", GSI_GAUGE, "", "topic,partition", "Next offset to be folded.",
     OF_INPUT(next_offset)},
    {"end_offset", GSI_GAUGE, "", "topic,partition", "End of the log, as last heard of.",
     .show = gsi_show_end_offset},
    {"event_time_seconds", GSI_GAUGE, "seconds", "topic,partition",
     "Largest event time that was read.", OF_INPUT(h_ms), .scale = GSI_MS},
    {"lag_records", GSI_GAUGE, "", "topic,partition",
     "Records that the log holds and that were not read; absent while its end is not known.",
     .show = gsi_show_lag},
    {"lag_seconds", GSI_GAUGE, "seconds", "topic,partition",
     "Now minus the largest event time that was read; 0 if the log was read to its end.",
     .show = gsi_show_lag_seconds, .scale = GSI_MS},
    {"parked_inputs", GSI_GAUGE, "", "", "Inputs that stand still: see /readyz?verbose.",
     OF_WORKERS(parked)},
    {"reads_restarted_total", GSI_COUNTER, "", "",
     "Inputs read anew because nothing of them came, though their logs go on.",
     OF_WORKERS(reads_restarted)},
    {"misplaced_keys_total", GSI_COUNTER, "", "topic",
     "Keys, of one record in 1024, that another partitioner than Java's has placed.",
     .show = gsi_show_misplaced},
    {"dlq_records_total", GSI_COUNTER, "", "", "Records that the DLQ has acknowledged.",
     OF_WORKERS(forwarded_dlq)},
    {"late_records_total", GSI_COUNTER, "", "", "Records that the late topic has acknowledged.",
     OF_WORKERS(forwarded_late)},
    {"forward_pending", GSI_GAUGE, "", "", "Records on their way to the DLQ and the late topic.",
     OF_WORKERS(forward_pending)},
    {"forward_failures_total", GSI_COUNTER, "", "", "Records that these topics did not take.",
     OF_WORKERS(forward_failures)},
    {"forward_headers_cut_total", GSI_COUNTER, "", "",
     "Headers of such records left out because there were too many.",
     OF_WORKERS(forward_headers_cut)},
    {"forward_records_cut_total", GSI_COUNTER, "", "",
     "Such records of which only the beginning went on, because they were too large.",
     OF_WORKERS(forward_records_cut)},
};

/* ------------------------------------------------------------------ comments and posts */

static const struct gsi_metric content[] = {
    {"comments_scored_total", GSI_COUNTER, "", "", "Comments given to the scorer.",
     OF_WORKERS(sums.scored)},
    {"comments_dropped_total", GSI_COUNTER, "", "reason",
     "Comments dropped by clean.rules, by the reason that counts; an edited one is judged again.",
     OF_WORKERS(sums.dropped[0]), .by = &reasons},
    {"late_verdicts_total", GSI_COUNTER, "", "topic,partition",
     "Comments that later ones showed to be copies, and that were taken back.",
     OF_INPUT(late_verdicts)},
    {"comments_remembered", GSI_GAUGE, "", "", "Comments in memory, until their horizon.",
     .show = gsi_show_comments},
    {"comments_refused_total", GSI_COUNTER, "", "topic,partition",
     "Comments counted but not remembered: limits.comments is full.", OF_INPUT(comments_refused)},
    {"orphan_retractions_total", GSI_COUNTER, "", "topic,partition",
     "Edits and deletions of comments that are not remembered.", OF_INPUT(orphan_retractions)},
    {"orphan_counters_total", GSI_COUNTER, "", "topic,partition",
     "Counters of, and reactions to, comments not remembered.", OF_INPUT(orphan_counters)},
    {"snapshots_ignored_total", GSI_COUNTER, "", "",
     "Snapshots of counters older than the one before.", OF_WORKERS(sums.snapshots_ignored)},
    {"snapshots_baseline_total", GSI_COUNTER, "", "",
     "First sights of old posts, which add nothing.", OF_WORKERS(sums.snapshots_baseline)},
    {"posts_refused_total", GSI_COUNTER, "", "",
     "Events of posts for which the memory had no room.", OF_WORKERS(sums.posts_refused)},
    {"profile_versions_cut_total", GSI_COUNTER, "", "",
     "Versions of profiles dropped because there were too many.",
     OF_WORKERS(sums.profile_versions_cut)},
};

/* ------------------------------------------------------------------ tasks */

static const struct gsi_metric tasks[] = {
    {"tasks", GSI_GAUGE, "", "", "Tasks that this process owns.", .show = gsi_show_task_count},
    {"group_tasks", GSI_GAUGE, "", "", "Tasks that there are, for all processes of the group.",
     .show = gsi_show_group_tasks},
    {"task_state", GSI_GAUGE, "", "task,state", "1 for the state that a task is in.",
     .show = gsi_show_task_state, .by = &states},
    {"as_of_seconds", GSI_GAUGE, "seconds", "task",
     "Where the task's windows end, its watermark: the largest event time of its inputs, and on "
     "from there by the clock while nothing comes.",
     OF_EACH_TASK(stats.as_of_ms), .scale = GSI_MS},
    {"skew_seconds", GSI_GAUGE, "seconds", "task",
     "Event time between the input that is furthest ahead and the one furthest behind of those "
     "that were not read to their ends.",
     .show = gsi_show_skew, .scale = GSI_MS},
    {"rebalances_total", GSI_COUNTER, "", "", "Generations of the group that gave us our tasks.",
     OF_GROUP(rebalances)},
    {"task_moves_total", GSI_COUNTER, "", "move", "Tasks that the group gave us or took away.",
     .show = gsi_show_group,
     .parts = PARTS(GROUP_PART("assigned", assigned), GROUP_PART("asked_back", asked_back),
                    GROUP_PART("lost", lost))},
    {"entities", GSI_GAUGE, "", "view", "Entities in memory.", OF_VIEWS(entities)},
    {"entities_refused_total", GSI_COUNTER, "", "",
     "Records not counted in a view because limits.entities is full.",
     OF_WORKERS(sums.entities_refused)},
    {"panes", GSI_GAUGE, "", "view", "Panes in memory.", OF_VIEWS(panes)},
    {"view_bytes", GSI_GAUGE, "bytes", "view", "Memory of entities, keys and panes in use.",
     OF_VIEWS(bytes)},
    {"state_bytes", GSI_GAUGE, "bytes", "", "Memory of the tasks, all that they hold.",
     OF_TASKS(stats.bytes)},
};

/* ------------------------------------------------------------------ Redis */

static const struct gsi_metric redis[] = {
    {"dirty_cells", GSI_GAUGE, "", "", "Cells that are to be written.", OF_TASKS(stats.dirty)},
    {"cells_written_total", GSI_COUNTER, "", "", "Cells written to Redis.",
     OF_WORKERS(sums.cells_written)},
    {"batches_total", GSI_COUNTER, "", "", "Atomic steps in Redis.", OF_WORKERS(sums.batches)},
    {"write_seconds", GSI_HISTOGRAM, "seconds", "",
     "From sending a batch of cells to the answer that they stand in Redis.",
     OF_TIMES(GS_WORKER_TIME_WRITE)},
    {"event_to_redis_seconds", GSI_HISTOGRAM, "seconds", "",
     "From the largest event time that a batch of cells shows to the answer that they stand in "
     "Redis.",
     OF_TIMES(GS_WORKER_TIME_FRESH)},
    {"confirmations_total", GSI_COUNTER, "", "",
     "Writes without cells, which say that nothing is left to write.",
     OF_WORKERS(sums.confirmations)},
    {"refused_keys_total", GSI_COUNTER, "", "", "Keys that Redis refused one by one.",
     OF_WORKERS(sums.failed_keys)},
    {"quarantines_total", GSI_COUNTER, "", "", "Times that refused keys were written again.",
     OF_WORKERS(sums.quarantines)},
    {"guard_outcomes_total", GSI_COUNTER, "", "outcome", "Writes that the guard in Redis refused.",
     .show = gsi_show_workers,
     .parts = PARTS(PART("empty", sums.outcome_empty), PART("regressed", sums.outcome_regressed),
                    PART("fenced", sums.outcome_fenced))},
    {"takeovers_total", GSI_COUNTER, "", "", "Takeovers of a task's guard.",
     OF_WORKERS(sums.takeovers)},
    {"takeovers_found_total", GSI_COUNTER, "", "state",
     "What stood in the guard: a state that we wrote, one to go on from, or neither (all is "
     "written again).",
     .show = gsi_show_workers,
     .parts = PARTS(PART("ours", sums.takeovers_known), PART("clean", sums.takeovers_clean),
                    PART("unknown", sums.takeovers_all))},
    {"holds_ended_early_total", GSI_COUNTER, "", "",
     "Times when freshness went before order in Redis.", OF_WORKERS(sums.holds_ended_early)},
    {"redis_connected", GSI_GAUGE, "", "", "Workers that are connected to Redis.",
     OF_WORKERS(redis_connected)},
    {"redis_connects_total", GSI_COUNTER, "", "", "Connections made to Redis.",
     OF_WORKERS(redis_connects)},
    {"redis_faults_total", GSI_COUNTER, "", "fault",
     "Connections to Redis that were lost, by reason.", OF_WORKERS(redis_faults[0]), .by = &faults,
     .not_zeros = true},
    {"redis_commands_total", GSI_COUNTER, "", "", "Commands sent to Redis.",
     OF_WORKERS(redis_commands)},
    {"redis_bytes_total", GSI_COUNTER, "bytes", "", "Bytes sent to Redis.",
     OF_WORKERS(redis_bytes)},
    {"redis_notes_failed_total", GSI_COUNTER, "", "",
     "Heartbeats and descriptions that Redis did not get.", OF_WORKERS(redis_notes_failed)},
    {"redis_reply_seconds_max", GSI_GAUGE, "", "", "Slowest reply of Redis in the last second.",
     OF_WORKERS(redis_reply_ms_max), .largest = true, .scale = GSI_MS},
};

/* ------------------------------------------------------------------ checkpoints */

static const struct gsi_metric checkpoints[] = {
    {"checkpoints_total", GSI_COUNTER, "", "", "Checkpoints that count.",
     OF_WORKERS(sums.cuts.cuts)},
    {"checkpoint_failures_total", GSI_COUNTER, "", "", "Checkpoints that did not get through.",
     OF_WORKERS(sums.cuts.failed)},
    {"checkpoint_entries_total", GSI_COUNTER, "", "", "Entries of checkpoints.",
     OF_WORKERS(sums.cuts.entries)},
    {"checkpoint_bytes_total", GSI_COUNTER, "bytes", "", "Bytes of these, before compression.",
     OF_WORKERS(sums.cuts.bytes)},
    {"checkpoint_cycles_total", GSI_COUNTER, "", "",
     "Times that all of a task was written once more.", OF_WORKERS(sums.cuts.cycles)},
    {"checkpoint_entries_too_long_total", GSI_COUNTER, "", "",
     "Entries that fit into no record: a bug.", OF_WORKERS(sums.cuts.too_long)},
    {"checkpoint_pending", GSI_GAUGE, "", "", "Records on their way to the log of checkpoints.",
     OF_WORKERS(cut_pending)},
    {"checkpoint_age_seconds", GSI_GAUGE, "seconds", "task", "Since a task's last checkpoint.",
     .show = gsi_show_checkpoint_age, .scale = GSI_MS},
    {"checkpoint_seconds", GSI_HISTOGRAM, "seconds", "",
     "How long a checkpoint took, until all of it was acknowledged.", OF_TIMES(GS_WORKER_TIME_CUT)},
    {"checkpoint_pause_seconds", GSI_HISTOGRAM, "seconds", "",
     "How long a worker's loop stood still for one checkpoint.", OF_TIMES(GS_WORKER_TIME_PAUSE)},
    {"checkpoint_pause_seconds_max", GSI_GAUGE, "", "", "The longest of the last second.",
     OF_WORKERS(cut_pause_max_ns), .largest = true, .scale = GSI_NS},
    {"tasks_begun_total", GSI_COUNTER, "", "from",
     "Tasks that began: from a checkpoint, from memory that was kept, or without either.",
     .show = gsi_show_workers,
     .parts = PARTS(PART("checkpoint", begins.restored), PART("memory", begins.kept),
                    PART("nothing", begins.fresh))},
    {"tasks_mixed_total", GSI_COUNTER, "", "", "Of these: the checkpoint was made by other rules.",
     OF_WORKERS(begins.mixed)},
    {"tasks_started_over_total", GSI_COUNTER, "", "",
     "Of these: an input had lost what the checkpoint has counted.",
     OF_WORKERS(begins.started_over)},
    {"input_gaps_total", GSI_COUNTER, "", "", "Inputs that lost records which nobody has read.",
     OF_WORKERS(begins.gaps)},
    {"restoring_tasks", GSI_GAUGE, "", "", "Tasks that read their checkpoints.",
     OF_TASKS(restoring)},
    {"restore_records", GSI_GAUGE, "", "task",
     "Records of the checkpoint that a task reads; 0: it still looks for one.",
     .show = gsi_show_restoring, .figure = MEMBER(struct gs_worker_task_stats, restore_count)},
    {"restore_records_read", GSI_GAUGE, "", "task", "Of these, those that it has read.",
     .show = gsi_show_restoring, .figure = MEMBER(struct gs_worker_task_stats, restore_reads)},
    {"restore_entries_total", GSI_COUNTER, "", "", "Entries put back.", OF_WORKERS(begins.entries)},
    {"restore_bytes_total", GSI_COUNTER, "bytes", "", "Bytes of checkpoints read.",
     OF_WORKERS(begins.bytes)},
    {"restore_failures_total", GSI_COUNTER, "", "",
     "Checkpoints that could not be gone on from, so that another one was tried.",
     OF_WORKERS(begins.failures)},
    {"restore_passed_over_total", GSI_COUNTER, "", "reason",
     "Records and checkpoints in the log that were of no use.", .show = gsi_show_workers,
     .parts =
         PARTS(PART("damaged", begins.damaged), PART("other_format", begins.other_format),
               PART("other_layout", begins.other_layout), PART("other_topic", begins.other_topic),
               PART("beyond_end", begins.beyond), PART("incomplete", begins.incomplete))},
    {"kept_tasks", GSI_GAUGE, "", "", "Tasks that were taken away, their memory still here.",
     OF_WORKERS(kept_count)},
    {"kept_bytes", GSI_GAUGE, "bytes", "", "Bytes of it.", OF_WORKERS(kept_bytes)},
    {"offset_commits_total", GSI_COUNTER, "", "result",
     "Commits of the checkpoints' offsets, which others may look at.", .show = gsi_show_group,
     .parts = PARTS(GROUP_PART("done", commits_done), GROUP_PART("failed", commits_failed))},
};

const struct gsi_metric_section gsi_metric_sections[] = {
    {"Process", process, GS_COUNT_OF(process), false},
    {"Records", records, GS_COUNT_OF(records), false},
    {"Comments and posts", content, GS_COUNT_OF(content), false},
    {"Tasks", tasks, GS_COUNT_OF(tasks), false},
    {"Redis", redis, GS_COUNT_OF(redis), false},
    {"Checkpoints", checkpoints, GS_COUNT_OF(checkpoints), true},
};
const size_t gsi_metric_section_count = GS_COUNT_OF(gsi_metric_sections);
