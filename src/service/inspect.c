/* inspect.c -- `inspect --task`: what a start would go on from, and what the task's guard in Redis
 * says. Reads only; restores the task into memory as a worker would, and throws it away. */
#include "internal.h"

#include "groundswell/restore.h"

#include <stdio.h>
#include <time.h>

enum { LIMIT_MS = 60000, TICK_MS = 500, QUESTION_MS = 15000, BATCH = 256 };

/* One after the other, so that no checkpoint lies behind the ends of the inputs. */
enum step { LOG_START, LOG_END, INPUT_STARTS, INPUT_ENDS, STEP_COUNT };

struct look {
    const struct gs_service_config *config;
    struct gs_task_config task;
    struct gs_kafka_topic_id ids[GSI_SERVICE_TOPICS_MAX];
    uv_loop_t loop;
    uv_timer_t timer;
    int64_t end_ms;
    bool ask_again; /* with the next tick: a new topic has no leader at first */
    struct gs_source *source;
    struct gs_source_message messages[BATCH];
    struct gs_kafka_position asked[STEP_COUNT][GS_INPUTS_MAX];
    enum step step;
    struct gs_restore *restore;
    struct gs_task *machine;
    struct gs_error *error;
    enum gs_status status;
};

static void end(struct look *look)
{
    uv_timer_stop(&look->timer);
    uv_stop(&look->loop);
}

static void give_up(struct look *look, enum gs_status status)
{
    look->status = status;
    end(look);
}

/* ------------------------------------------------------------------ the log of checkpoints */

static void follow(struct look *look)
{
    int64_t position;
    uint8_t input = look->task.input_count;
    enum gs_restore_next next = gs_restore_next(look->restore, &position);
    if (next == GS_RESTORE_DONE) {
        look->machine = gs_restore_take(look->restore);
        end(look);
    } else if (next == GS_RESTORE_SEEK) {
        struct gs_source_position begin = {input, (int32_t)look->task.task, position, -1};
        gs_source_stop(look->source, input, begin.partition);
        if (gs_source_start(look->source, &begin, 1, look->error) != GS_OK)
            give_up(look, GS_E_BUG);
    }
}

static void take(struct look *look, const struct gs_source_message *message)
{
    if (message->kind == GS_SOURCE_RECORD)
        gs_restore_record(look->restore, message->offset, message->value);
    else if (message->kind == GS_SOURCE_END)
        gs_restore_end(look->restore, message->offset);
    else if (message->kind == GS_SOURCE_GAP)
        gs_restore_gap(look->restore);
    else
        return;
    follow(look);
}

static void on_ready(void *user)
{
    struct look *look = user;
    uint32_t count = gs_source_poll(look->source, look->messages, BATCH);
    for (uint32_t i = 0; i < count && !look->machine; i++)
        take(look, &look->messages[i]);
    gs_source_release(look->source);
}

static void begin_restore(struct look *look)
{
    struct gs_restore_config restore = {.task = &look->task,
                                        .start = look->asked[LOG_START][0].offset,
                                        .recent = -1,
                                        .end = look->asked[LOG_END][0].offset};
    for (uint8_t i = 0; i < look->task.input_count; i++) {
        restore.inputs[i] =
            (struct gs_cut_id){(uint64_t)look->ids[i].high, (uint64_t)look->ids[i].low};
        restore.input_ends[i] = look->asked[INPUT_ENDS][i].offset;
    }
    look->restore = gs_restore_create(&restore);
    follow(look);
}

/* ------------------------------------------------------------------ offsets */

static void ask(struct look *look);

static void on_offsets(void *user, const struct gs_kafka_position *positions, size_t count,
                       const struct gs_error *error)
{
    struct look *look = user;
    if (error) {
        *look->error = *error;
        look->ask_again = true;
        return;
    }
    memcpy(look->asked[look->step], positions, count * sizeof *positions);
    if (++look->step == STEP_COUNT)
        begin_restore(look);
    else
        ask(look);
}

static void ask(struct look *look)
{
    struct gs_kafka_position positions[GS_INPUTS_MAX] = {0};
    bool log = look->step <= LOG_END;
    bool start = look->step == LOG_START || look->step == INPUT_STARTS;
    size_t count = log ? 1 : look->task.input_count;
    for (size_t i = 0; i < count; i++)
        positions[i] = (struct gs_kafka_position){
            .topic = log ? look->config->checkpoints_topic : look->task.inputs[i].topic,
            .partition = (int32_t)look->task.task,
            .time_ms = start ? GS_KAFKA_EARLIEST : GS_KAFKA_LATEST};
    struct gs_kafka_question question = {positions, count, QUESTION_MS, on_offsets, look};
    if (gs_source_ask(look->source, &question, look->error) != GS_OK)
        give_up(look, look->error->status);
}

/* ------------------------------------------------------------------ what is shown */

/* As `inspect VIEW ID` shows times. */
static void print_time(struct gs_buf *out, int64_t ms)
{
    char text[32] = "-";
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;
    if (ms != GS_NULL_INT && gmtime_r(&seconds, &utc))
        strftime(text, sizeof text, "%m-%d %H:%M:%S UTC", &utc);
    gs_buf_add_text(out, text);
}

static void print_checkpoint(struct look *look, struct gs_buf *out)
{
    const struct gs_cut_barrier *barrier = gs_restore_barrier(look->restore);
    struct gs_restore_stats found;
    struct gs_task_cut_stats cuts;
    struct gs_task_stats stats;
    gs_restore_stats(look->restore, &found);
    if (!look->machine) {
        gs_buf_printf(out, "checkpoint  none that could be gone on from\n");
        return;
    }
    const struct gs_cut_span *last = &barrier->lineage.spans[barrier->lineage.span_count - 1];
    gs_task_cut_stats(look->machine, &cuts);
    gs_task_stats(look->machine, &stats);
    gs_buf_printf(out, "checkpoint  cut %llu of %016llx%016llx\n            as of ",
                  (unsigned long long)last->last, (unsigned long long)last->incarnation.high,
                  (unsigned long long)last->incarnation.low);
    print_time(out, barrier->as_of_ms);
    gs_buf_printf(
        out, "\n            stands on cuts of %u owner%s, %llu entries; %u entities, %u panes\n",
        barrier->lineage.span_count, barrier->lineage.span_count == 1 ? "" : "s",
        (unsigned long long)cuts.restored, stats.entities, stats.panes);
    if (found.mixed)
        gs_buf_add_text(out, "            was counted by other rules than those of this "
                             "configuration\n");
}

static void print_passed(const struct look *look, struct gs_buf *out)
{
    struct gs_restore_stats stats;
    gs_restore_stats(look->restore, &stats);
    uint64_t damaged =
        stats.faults[GS_CUT_SHORT] + stats.faults[GS_CUT_CHECKSUM] + stats.faults[GS_CUT_NUMBERS];
    gs_buf_printf(out, "log         %lld..%lld of %s\n",
                  (long long)look->asked[LOG_START][0].offset,
                  (long long)look->asked[LOG_END][0].offset, look->config->checkpoints_topic);
    gs_buf_printf(out,
                  "            passed over: %llu damaged, %llu of another format,\n"
                  "            %llu of another layout, %llu of former topics,\n"
                  "            %llu behind the ends\n",
                  (unsigned long long)damaged, (unsigned long long)stats.faults[GS_CUT_FORMAT],
                  (unsigned long long)stats.faults[GS_CUT_LAYOUT],
                  (unsigned long long)stats.other_topic, (unsigned long long)stats.beyond);
}

static void print_offsets(const struct look *look, struct gs_buf *out)
{
    const struct gs_cut_barrier *barrier = gs_restore_barrier(look->restore);
    gs_buf_printf(out, "%-28s %12s %12s %12s\n", "TOPIC", "START", "CHECKPOINT", "END");
    for (uint8_t i = 0; i < look->task.input_count; i++) {
        gs_buf_printf(out, "%-28s %12lld ", look->task.inputs[i].topic,
                      (long long)look->asked[INPUT_STARTS][i].offset);
        if (look->machine)
            gs_buf_printf(out, "%12lld", (long long)barrier->inputs[i].offset);
        else
            gs_buf_printf(out, "%12s", "-");
        gs_buf_printf(out, " %12lld\n", (long long)look->asked[INPUT_ENDS][i].offset);
    }
}

static void print_guard_field(struct gs_buf *out, const char *name, struct gs_str value)
{
    int64_t ms;
    gs_buf_printf(out, "            %s ", name);
    if (!value.len)
        gs_buf_add_text(out, "-");
    else if (strcmp(name, "as_of") == 0 && gs_parse_int(value, &ms))
        print_time(out, ms);
    else
        gs_buf_add_str(out, value);
    gs_buf_add_text(out, "\n");
}

static enum gs_status print_guard(const struct look *look, struct gs_buf *out,
                                  struct gs_error *error)
{
    static const char *const fields[] = {"owner", "generation", "at", "as_of", "clean_at"};
    enum { FIELDS = GS_COUNT_OF(fields) };
    const struct gs_redis_reply *reply;
    struct gs_redis_sync *redis;
    char key[120];
    struct gs_str args[2 + FIELDS] = {gs_str_of("HMGET"), gs_str_of(key)};
    snprintf(key, sizeof key, "%s:v1:guard:%u", look->task.prefix, look->task.task);
    args[1] = gs_str_of(key);
    for (size_t i = 0; i < FIELDS; i++)
        args[2 + i] = gs_str_of(fields[i]);
    if (gs_redis_sync_connect(&look->config->redis, &redis, error) != GS_OK)
        return error->status;
    enum gs_status status = gs_redis_sync_command(redis, args, 2 + FIELDS, &reply, error);
    gs_buf_printf(out, "guard       %s\n", key);
    for (size_t i = 0; status == GS_OK && i < FIELDS && i < reply->count; i++)
        print_guard_field(out, fields[i], reply->elements[i].str);
    gs_redis_sync_close(redis);
    return status;
}

/* ------------------------------------------------------------------ the look */

static void on_tick(uv_timer_t *timer)
{
    struct look *look = timer->data;
    bool ask_again = look->ask_again;
    if (gsi_service_now_ms() >= look->end_ms) {
        if (!ask_again)
            gs_fail(look->error, GS_E_UNAVAIL, "%s could not be read within %d s",
                    look->config->checkpoints_topic, LIMIT_MS / 1000);
        give_up(look, look->error->status);
        return;
    }
    look->ask_again = false;
    if (ask_again)
        ask(look);
}

static enum gs_status read_log(struct look *look)
{
    struct gs_source_config source = {.kafka = look->config->kafka, .batch_max = BATCH};
    struct gs_source_listener listener = {on_ready, look};
    for (uint8_t i = 0; i < look->task.input_count; i++)
        source.inputs[source.input_count++] = look->task.inputs[i].topic;
    source.inputs[source.input_count++] = look->config->checkpoints_topic;
    if (uv_loop_init(&look->loop) != 0)
        return gs_fail(look->error, GS_E_UNAVAIL,
                       "no file descriptor is left: raise the limit (ulimit -n)");
    uv_timer_init(&look->loop, &look->timer);
    look->timer.data = look;
    look->end_ms = gsi_service_now_ms() + LIMIT_MS;
    uv_timer_start(&look->timer, on_tick, TICK_MS, TICK_MS);
    look->status = gs_source_create(&source, &look->loop, &listener, &look->source, look->error);
    if (look->status == GS_OK) {
        ask(look);
        uv_run(&look->loop, UV_RUN_DEFAULT);
    }
    gs_source_destroy(look->source);
    uv_close((uv_handle_t *)&look->timer, NULL);
    uv_run(&look->loop, UV_RUN_DEFAULT);
    GS_ASSERT(uv_loop_close(&look->loop) == 0);
    return look->status;
}

enum gs_status gs_service_inspect(const struct gs_service_config *config, uint32_t task,
                                  struct gs_buf *out, struct gs_error *error)
{
    struct look *look = gs_calloc(1, sizeof *look);
    struct gs_kafka_check check;
    *look = (struct look){.config = config, .task = config->task, .error = error};
    look->task.task = task;
    struct gs_sentiment *sentiment = NULL;
    struct gs_clean_rules *rules = NULL;
    enum gs_status status = gsi_service_ask_kafka(config, &look->task, look->ids, &check, error);
    if (status == GS_OK) /* what a checkpoint means hangs on its lexicon and rules */
        status = gs_service_open_sentiment(config, &sentiment, error);
    if (status == GS_OK)
        status = gs_service_open_rules(config, &rules, error);
    look->task.sentiment = sentiment;
    look->task.rules = rules;
    if (status == GS_OK && task >= look->task.partition_count)
        status =
            gs_fail(error, GS_E_USAGE, "there are tasks 0 to %u", look->task.partition_count - 1);
    if (status == GS_OK)
        status = read_log(look);
    if (status == GS_OK) {
        gs_buf_printf(out, "task        %u of %u\n", task, look->task.partition_count);
        print_checkpoint(look, out);
        print_passed(look, out);
        status = print_guard(look, out, error);
        gs_buf_add_text(out, "\n");
        print_offsets(look, out);
    }
    gs_task_destroy(look->machine);
    gs_restore_destroy(look->restore);
    gs_sentiment_destroy(sentiment);
    gs_clean_rules_destroy(rules);
    gs_free(look);
    return status;
}
