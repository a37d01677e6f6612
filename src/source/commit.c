/* commit.c -- commits through the member. librdkafka's own have no deadline (31 s were seen with
 * the broker down), so each has one here; an answer that comes later is thrown away. */
#include "internal.h"

struct gsi_source_commit {
    struct gsi_source_commit *next;
    rd_kafka_topic_partition_list_t *offsets;
    gs_member_commit_fn *on_done; /* NULL once the deadline has passed */
    void *user;
    int64_t end_ms;
    uint64_t changes; /* of the member when it was sent */
};

static int64_t now_ms(void)
{
    return (int64_t)(uv_hrtime() / 1000000);
}

/* Is every task in it ours, and was it since before the commit was sent? */
static bool still_owned(const struct gs_member *member, const struct gsi_source_commit *commit)
{
    for (int i = 0; i < commit->offsets->cnt; i++) {
        uint32_t task = (uint32_t)commit->offsets->elems[i].partition;
        if (!gs_member_owns(member, task) || member->tasks[task].since > commit->changes)
            return false;
    }
    return true;
}

static enum gs_member_verdict judge(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return GS_MEMBER_OWNER;
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR__FATAL:
        return GS_MEMBER_LOST;
    default:
        return GS_MEMBER_UNDECIDED;
    }
}

/* The request's error, or the worst of its partitions. */
static rd_kafka_resp_err_t worst_of(rd_kafka_event_t *event)
{
    rd_kafka_resp_err_t worst = rd_kafka_event_error(event);
    const rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(event);
    for (int i = 0; list && i < list->cnt; i++)
        if (judge(list->elems[i].err) > judge(worst))
            worst = list->elems[i].err;
    return worst;
}

static void finish(struct gs_member *member, struct gsi_source_commit *commit,
                   rd_kafka_resp_err_t code)
{
    enum gs_member_verdict verdict = judge(code);
    struct gs_error error = {0};
    if (verdict == GS_MEMBER_OWNER && !still_owned(member, commit)) {
        verdict = GS_MEMBER_UNDECIDED;
        gs_fail(&error, GS_E_TEMP, "kafka: the assignment changed during a commit");
    } else if (verdict != GS_MEMBER_OWNER) {
        gs_fail(&error, gs_kafka_status(code), "kafka: a commit failed: %s",
                rd_kafka_err2str(code));
    }
    gs_member_commit_fn *on_done = commit->on_done;
    commit->on_done = NULL;
    if (on_done)
        on_done(commit->user, verdict, verdict == GS_MEMBER_OWNER ? NULL : &error);
}

static void commit_destroy(struct gs_member *member, struct gsi_source_commit *commit)
{
    struct gsi_source_commit **at = &member->commits;
    while (*at != commit)
        at = &(*at)->next;
    *at = commit->next;
    member->commit_count--;
    rd_kafka_topic_partition_list_destroy(commit->offsets);
    gs_free(commit);
}

/* Takes one answer off the queue, for which it waits so long; false if there is none. */
static bool serve_one(struct gs_member *member, int timeout_ms)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(member->commit_queue, timeout_ms);
    if (!event)
        return false;
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_OFFSET_COMMIT) {
        struct gsi_source_commit *commit = rd_kafka_event_opaque(event);
        finish(member, commit, worst_of(event));
        commit_destroy(member, commit);
    }
    rd_kafka_event_destroy(event);
    return true;
}

void gsi_source_commits_serve(struct gs_member *member)
{
    while (serve_one(member, 0))
        continue;
    int64_t now = now_ms();
    for (struct gsi_source_commit *commit = member->commits; commit; commit = commit->next)
        if (commit->on_done && now >= commit->end_ms)
            finish(member, commit, RD_KAFKA_RESP_ERR__TIMED_OUT);
}

void gsi_source_commits_drop(struct gs_member *member)
{
    enum { LIMIT_MS = 1000, POLL_MS = 20 };
    int64_t end_ms = now_ms() + LIMIT_MS;
    for (struct gsi_source_commit *commit = member->commits; commit; commit = commit->next)
        commit->on_done = NULL;
    while (member->commits && member->client && now_ms() < end_ms)
        serve_one(member, POLL_MS);
    while (member->commits)
        commit_destroy(member, member->commits);
}

static struct gsi_source_commit *commit_create(struct gs_member *member,
                                               const struct gs_member_commit *asked)
{
    struct gsi_source_commit *commit = gs_calloc(1, sizeof *commit);
    commit->offsets = rd_kafka_topic_partition_list_new((int)asked->count);
    for (size_t i = 0; i < asked->count; i++)
        rd_kafka_topic_partition_list_add(commit->offsets, asked->offsets[i].topic,
                                          asked->offsets[i].partition)
            ->offset = asked->offsets[i].offset;
    commit->on_done = asked->on_done;
    commit->user = asked->user;
    commit->changes = member->changes;
    commit->end_ms = now_ms() + GS_MIN(asked->timeout_ms, (int64_t)GS_MEMBER_COMMIT_MS_MAX);
    commit->next = member->commits;
    member->commits = commit;
    member->commit_count++;
    return commit;
}

/* A commit waits in librdkafka for the coordinator to come back, as long as a session lasts. If the
 * session is over by then, it goes out without a member id. Where the place is static, it is
 * refused as that of a member which a rival has replaced: librdkafka as deploy/deps builds it knows
 * better, one of a distribution ends for good. For its sake nothing is committed while the
 * connection is known to be cut; that a coordinator answers no longer to be it cannot be seen here.
 */
static bool may_outlive_session(const struct gs_member *member)
{
    return member->is_static && member->severed_ms != INT64_MIN &&
           now_ms() - member->severed_ms < member->session_ms;
}

enum gs_status gs_member_commit(struct gs_member *member, const struct gs_member_commit *asked,
                                struct gs_error *error)
{
    GS_ASSERT(asked->count > 0);
    if (!member->joined || member->closing || member->failed)
        return gs_fail(error, GS_E_TEMP, "kafka: nothing can be committed without an assignment");
    if (may_outlive_session(member))
        return gs_fail(error, GS_E_TEMP, "kafka: the coordinator of the group is away");
    if (member->commit_count >= GS_MEMBER_COMMITS_MAX)
        return gs_fail(error, GS_E_TEMP, "kafka: %u commits are under way", member->commit_count);
    struct gsi_source_commit *commit = commit_create(member, asked);
    rd_kafka_resp_err_t code =
        rd_kafka_commit_queue(member->client, commit->offsets, member->commit_queue, NULL, commit);
    if (!code)
        return GS_OK;
    commit_destroy(member, commit);
    return gs_fail(error, GS_E_TEMP, "kafka: a commit cannot be sent: %s", rd_kafka_err2str(code));
}
