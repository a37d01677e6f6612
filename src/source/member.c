/* member.c -- the one group member of the process.
 *
 *            ASSIGN                REVOKE              revoke_done of each
 *   (joining) ────► owned ─────────────────► revoking ────────────────────► (given back)
 *                     │                         │
 *                     └──── LOST ───────────────┴─► (gone)
 *
 * librdkafka waits between its callback and our incremental_unassign(), and keeps up the session
 * meanwhile: that is what lets a task be flushed before others get it. */
#include "internal.h"

#define SERVE_MS 100
#define EVENTS_PER_TURN 1000

static int64_t now_ms(void)
{
    return (int64_t)(uv_hrtime() / 1000000);
}

/* ------------------------------------------------------------------ what is ours */

bool gs_member_owns(const struct gs_member *member, uint32_t task)
{
    return task < member->task_count && member->tasks[task].owned;
}

static void make_room(struct gs_member *member, uint32_t task)
{
    if (task < member->task_count)
        return;
    uint32_t count = GS_MAX(task + 1, member->task_count * 2);
    member->tasks = gs_realloc(member->tasks, count * sizeof *member->tasks);
    member->list = gs_realloc(member->list, count * sizeof *member->list);
    memset(member->tasks + member->task_count, 0,
           (count - member->task_count) * sizeof *member->tasks);
    member->task_count = count;
}

static int32_t read_generation(struct gs_member *member)
{
    rd_kafka_consumer_group_metadata_t *metadata = rd_kafka_consumer_group_metadata(member->client);
    if (!metadata)
        return -1;
    int32_t generation = rd_kafka_consumer_group_metadata_generation_id(metadata);
    rd_kafka_consumer_group_metadata_destroy(metadata);
    return generation;
}

/* Logs and forgets an error of (un)assigning: whatever it is about is told by a callback as well.
 */
static void check(rd_kafka_error_t *error, const char *what)
{
    if (error)
        gs_log(GS_LOG_WARN, "source", "%s failed: %s", what, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
}

/* ------------------------------------------------------------------ assignment */

static void take(struct gs_member *member, rd_kafka_topic_partition_list_t *partitions)
{
    size_t count = 0;
    member->changes++;
    member->joined = true;
    member->severed_ms = INT64_MIN;
    for (int i = 0; i < partitions->cnt; i++) {
        uint32_t task = (uint32_t)partitions->elems[i].partition;
        partitions->elems[i].offset = RD_KAFKA_OFFSET_END; /* the topic is empty, and stays it */
        make_room(member, task);
        member->tasks[task] = (struct gsi_source_owned){.owned = true, .since = member->changes};
        member->list[count++] = task;
    }
    int32_t generation = read_generation(member);
    check(rd_kafka_incremental_assign(member->client, partitions), "taking tasks");
    member->callbacks.assigned(member->callbacks.user, member->list, count, generation);
}

static void finish_revoke(struct gs_member *member)
{
    rd_kafka_topic_partition_list_t *partitions = member->revoking;
    member->revoking = NULL;
    member->revoking_left = 0;
    check(rd_kafka_incremental_unassign(member->client, partitions), "giving tasks back");
    rd_kafka_topic_partition_list_destroy(partitions);
}

static void ask_back(struct gs_member *member, const rd_kafka_topic_partition_list_t *partitions)
{
    size_t count = 0;
    member->revoking = rd_kafka_topic_partition_list_copy(partitions);
    for (int i = 0; i < partitions->cnt; i++) {
        uint32_t task = (uint32_t)partitions->elems[i].partition;
        if (!gs_member_owns(member, task))
            continue;
        member->tasks[task].revoking = true;
        member->list[count++] = task;
    }
    member->revoking_left = (uint32_t)count;
    if (!count)
        finish_revoke(member);
    else
        member->callbacks.revoked(member->callbacks.user, member->list, count);
}

void gs_member_revoke_done(struct gs_member *member, uint32_t task)
{
    if (!gs_member_owns(member, task) || !member->tasks[task].revoking)
        return;
    member->tasks[task] = (struct gsi_source_owned){0};
    GS_ASSERT(member->revoking_left > 0);
    if (--member->revoking_left == 0)
        finish_revoke(member);
}

/* Everything that is ours is so no longer, before anybody is asked. */
static void lose_all(struct gs_member *member)
{
    size_t count = 0;
    member->changes++;
    member->joined = false;
    for (uint32_t task = 0; task < member->task_count; task++) {
        if (member->tasks[task].owned)
            member->list[count++] = task;
        member->tasks[task] = (struct gsi_source_owned){0};
    }
    member->revoking_left = 0;
    if (member->revoking)
        rd_kafka_topic_partition_list_destroy(member->revoking);
    member->revoking = NULL;
    if (count && !member->closing)
        member->callbacks.lost(member->callbacks.user, member->list, count);
}

static void on_rebalance(void *user, int code, struct rd_kafka_topic_partition_list_s *partitions)
{
    struct gs_member *member = user;
    bool lost = rd_kafka_assignment_lost(member->client);
    bool ending = member->closing || member->failed;
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        if (ending) /* librdkafka waits for the call; it takes them back by itself */
            check(rd_kafka_incremental_assign(member->client, partitions), "taking tasks");
        else
            take(member, partitions);
    } else if (code == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS && !lost && !ending) {
        ask_back(member, partitions);
    } else {
        lose_all(member);
        check(rd_kafka_incremental_unassign(member->client, partitions), "dropping tasks");
    }
}

/* ------------------------------------------------------------------ errors */

static void fail(struct gs_member *member, rd_kafka_resp_err_t code, const char *reason)
{
    struct gs_error error = {0};
    if (member->failed)
        return;
    member->failed = true;
    lose_all(member);
    if (code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID || code == RD_KAFKA_RESP_ERR__FENCED)
        gs_fail(&error, GS_E_TEMP,
                "kafka: another process has taken this member's place; kafka.static_membership "
                "must be different in each: %s",
                reason);
    else
        gs_fail(&error, gs_kafka_status(code), "kafka: the group member cannot go on: %s", reason);
    if (!member->closing)
        member->callbacks.failed(member->callbacks.user, &error);
}

/* librdkafka calls its connection to the coordinator so, in what it says of it. */
static void on_error(void *user, int code, const char *reason, bool fatal)
{
    struct gs_member *member = user;
    if (fatal)
        fail(member, (rd_kafka_resp_err_t)code, reason);
    else if (code == RD_KAFKA_RESP_ERR__TRANSPORT && strstr(reason, "GroupCoordinator"))
        member->severed_ms = now_ms();
}

/* Errors that concern the group come in the place of records, fatal ones too. */
static void on_message(struct gs_member *member, const rd_kafka_message_t *message)
{
    char text[300];
    if (!message->err)
        return; /* a stray record */
    if (message->err == RD_KAFKA_RESP_ERR__FATAL) {
        rd_kafka_resp_err_t code = rd_kafka_fatal_error(member->client, text, sizeof text);
        fail(member, code, text);
    } else if (gs_kafka_status(message->err) == GS_E_REFUSED) {
        fail(member, message->err, rd_kafka_message_errstr(message));
    } else {
        gs_log(GS_LOG_WARN, "source", "group member: %s", rd_kafka_message_errstr(message));
    }
}

/* ------------------------------------------------------------------ leaving */

static bool has_member_id(struct gs_member *member)
{
    rd_kafka_consumer_group_metadata_t *metadata = rd_kafka_consumer_group_metadata(member->client);
    if (!metadata)
        return false;
    bool has = *rd_kafka_consumer_group_metadata_member_id(metadata) != 0;
    rd_kafka_consumer_group_metadata_destroy(metadata);
    return has;
}

static void close_consumer(struct gs_member *member)
{
    member->leaving = false;
    rd_kafka_error_t *error = rd_kafka_consumer_close_queue(member->client, member->queue);
    if (error) /* there is nothing to wait for */
        member->close_end_ms = 0;
    check(error, "leaving the group");
}

/* With the cooperative protocol librdkafka (2.14.2) forgets to leave the group when it is closed
 * with tasks assigned: others would wait for the session timeout. Unsubscribing leaves; the member
 * id is gone once the request is on its way. Who has a static place must not leave. */
void gs_member_close(struct gs_member *member, int64_t timeout_ms)
{
    if (member->closing)
        return;
    member->closing = true;
    member->close_end_ms = now_ms() + timeout_ms;
    for (uint32_t task = 0; task < member->task_count; task++)
        member->tasks[task] = (struct gsi_source_owned){0};
    if (member->revoking)
        finish_revoke(member);
    if (member->is_static || member->failed) {
        close_consumer(member);
    } else {
        member->leaving = true;
        rd_kafka_unsubscribe(member->client);
    }
}

static void finish_close(struct gs_member *member, bool left)
{
    member->closed = true;
    uv_timer_stop(&member->timer);
    member->callbacks.closed(member->callbacks.user, left);
}

static void go_on_closing(struct gs_member *member)
{
    if (member->leaving && !has_member_id(member))
        close_consumer(member);
    if (!member->leaving && rd_kafka_consumer_closed(member->client))
        finish_close(member, !member->failed);
    else if (now_ms() >= member->close_end_ms)
        finish_close(member, false);
}

/* ------------------------------------------------------------------ serving */

void gs_member_serve(struct gs_member *member)
{
    if (member->closed)
        return;
    for (int i = 0; i < EVENTS_PER_TURN; i++) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(member->client, 0);
        if (!message)
            break;
        on_message(member, message);
        rd_kafka_message_destroy(message);
    }
    gsi_source_commits_serve(member);
    if (member->closing && !member->closed)
        go_on_closing(member);
}

static void on_timer(uv_timer_t *timer)
{
    gs_member_serve(timer->data);
}

static void on_wake(void *user)
{
    gs_member_serve(user);
}

/* ------------------------------------------------------------------ life */

static enum gs_status subscribe(struct gs_member *member, struct gs_error *error)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, member->topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(member->client, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (!code)
        return GS_OK;
    return gs_fail(error, GS_E_CONFIG, "kafka: cannot subscribe to %s: %s", member->topic,
                   rd_kafka_err2str(code));
}

static enum gs_status start_handles(struct gs_member *member, uv_loop_t *loop,
                                    struct gs_error *error)
{
    member->watch.user = member->commit_watch.user = member;
    member->watch.wake = member->commit_watch.wake = on_wake;
    uv_timer_init(loop, &member->timer);
    member->timer.data = member;
    member->handles++;
    uv_timer_start(&member->timer, on_timer, SERVE_MS, SERVE_MS);
    enum gs_status status =
        gsi_source_watch_start(&member->watch, loop, gs_kafka_queue_fd(member->queue), error);
    if (status)
        return status;
    member->watch.poll.data = member;
    member->handles++;
    status = gsi_source_watch_start(&member->commit_watch, loop,
                                    gs_kafka_queue_fd(member->commit_queue), error);
    if (status)
        return status;
    member->commit_watch.poll.data = member;
    member->handles++;
    return GS_OK;
}

static int64_t read_session_ms(rd_kafka_t *client)
{
    char text[24] = "";
    size_t size = sizeof text;
    int64_t ms = 0;
    rd_kafka_conf_get(rd_kafka_conf(client), "session.timeout.ms", text, &size);
    gs_parse_int(gs_str_of(text), &ms);
    return ms;
}

enum gs_status gs_member_create(const struct gs_member_config *config, struct uv_loop_s *loop,
                                const struct gs_member_callbacks *callbacks,
                                struct gs_member **member, struct gs_error *error)
{
    struct gs_member *new = gs_calloc(1, sizeof *new);
    struct gs_kafka_callbacks events = {.user = new, .error = on_error, .rebalance = on_rebalance};
    *member = NULL;
    new->callbacks = *callbacks;
    new->topic = gs_strdup(config->tasks_topic);
    new->is_static = config->kafka.static_membership && * config->kafka.static_membership;
    new->watch.fd = new->commit_watch.fd = -1;
    enum gs_status status =
        gs_kafka_client_create(&config->kafka, GS_KAFKA_MEMBER, &events, &new->client, error);
    if (!status) {
        rd_kafka_poll_set_consumer(new->client); /* one queue for everything */
        new->session_ms = read_session_ms(new->client);
        new->severed_ms = INT64_MIN;
        new->queue = rd_kafka_queue_get_consumer(new->client);
        new->commit_queue = rd_kafka_queue_new(new->client);
        status = start_handles(new, loop, error);
    }
    if (!status)
        status = subscribe(new, error);
    if (status)
        gs_member_destroy(new);
    else
        *member = new;
    return status;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct gs_member *member = handle->data;
    if (--member->handles == 0)
        gs_free(member);
}

static void destroy_client(struct gs_member *member)
{
    rd_kafka_queue_io_event_enable(member->queue, -1, NULL, 0);
    rd_kafka_queue_io_event_enable(member->commit_queue, -1, NULL, 0);
    rd_kafka_queue_destroy(member->commit_queue);
    rd_kafka_queue_destroy(member->queue);
    gs_kafka_client_destroy(member->client);
}

void gs_member_destroy(struct gs_member *member)
{
    if (!member)
        return;
    gsi_source_commits_drop(member);
    if (member->client)
        destroy_client(member);
    if (member->revoking)
        rd_kafka_topic_partition_list_destroy(member->revoking);
    gs_free(member->tasks);
    gs_free(member->list);
    gs_free(member->topic);
    member->closed = true;
    if (!member->handles) {
        gs_free(member);
        return;
    }
    uv_close((uv_handle_t *)&member->timer, on_handle_closed);
    if (member->watch.fd >= 0)
        gsi_source_watch_close(&member->watch, on_handle_closed);
    if (member->commit_watch.fd >= 0)
        gsi_source_watch_close(&member->commit_watch, on_handle_closed);
}
