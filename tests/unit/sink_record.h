/* A sink, what its callbacks said, commands for it, and a second connection to the same server. */
#ifndef GROUNDSWELL_TESTS_SINK_RECORD_H
#define GROUNDSWELL_TESTS_SINK_RECORD_H

#include "sink/internal.h"

#include "redis_process.h"

struct record {
    struct gs_sink *sink;
    uint32_t connected, disconnected, taken, written, stopped;
    uint64_t tag;
    uint32_t id, failed_keys;
    enum gs_take_result take;
    enum gs_write_result write;
    struct gs_guard before;
    char detail[400], why[400];
    struct gs_error error;
    bool stop_when_taken;
};

static struct record record;
static struct gs_task_config task;
static struct gs_sink_owner owner = {77, &task};
static struct gs_command command;
static uint32_t tokens;

static inline void on_sink_stopped(void *user)
{
    ((struct record *)user)->stopped++;
}

static inline void seen_connected(void *user, const struct gs_redis_info *info)
{
    assert_true(info->version >= 70000);
    ((struct record *)user)->connected++;
}

static inline void seen_disconnected(void *user, const struct gs_error *error)
{
    struct record *seen = user;
    seen->disconnected++;
    seen->error = *error;
}

static inline void seen_taken(void *user, uint64_t tag, uint32_t id, enum gs_take_result result,
                              const struct gs_guard *before)
{
    struct record *seen = user;
    seen->taken++;
    seen->tag = tag;
    seen->id = id;
    seen->take = result;
    seen->before = *before;
    snprintf(seen->detail, sizeof seen->detail, "%s", before->foreign ? before->foreign : "");
    assert_int_equal(before->foreign != NULL, result == GS_TAKE_FOREIGN);
    if (seen->stop_when_taken)
        gs_sink_stop(seen->sink, on_sink_stopped, seen);
}

static inline void seen_written(void *user, uint64_t tag, uint32_t id, enum gs_write_result result,
                                uint32_t failed_keys, const char *why)
{
    struct record *seen = user;
    seen->written++;
    seen->tag = tag;
    seen->id = id;
    seen->write = result;
    seen->failed_keys = failed_keys;
    assert_int_equal(why != NULL, failed_keys > 0);
    snprintf(seen->why, sizeof seen->why, "%s", why ? why : "");
}

/* ------------------------------------------------------------------ a second connection */

static struct gs_redis_sync *other;

static inline const struct gs_redis_reply *ask(const char *words)
{
    struct gs_str args[20];
    const struct gs_redis_reply *reply;
    struct gs_error error;
    uint32_t count = 0;
    for (const char *at = words; at; count++) {
        const char *end = strchrnul(at, ' ');
        args[count] = gs_str_make(at, (size_t)(end - at));
        at = *end ? end + 1 : NULL;
    }
    if (gs_redis_sync_command(other, args, count, &reply, &error) != GS_OK)
        fail_msg("%s: %s", words, error.message);
    return reply;
}

static inline void assert_reply(const char *words, const char *expected)
{
    const struct gs_redis_reply *reply = ask(words);
    if (!gs_redis_is(reply, expected))
        fail_msg("%s: '%.*s', expected '%s'", words, (int)reply->str.len,
                 reply->str.data ? reply->str.data : "", expected);
}

/* ------------------------------------------------------------------ set-up */

static inline void start_sink(const char *url, int64_t timeout_ms)
{
    struct gs_redis_config config = {.url = url, .timeout_ms = timeout_ms};
    struct gs_sink_callbacks callbacks = {&record, seen_connected, seen_disconnected, seen_taken,
                                          seen_written};
    struct gs_error error;
    memset(&record, 0, sizeof record);
    if (gs_sink_create(&loop, &config, &callbacks, &record.sink, &error) != GS_OK)
        fail_msg("%s", error.message);
    assert_int_equal(gs_sink_send(record.sink, &owner, &command), GS_E_UNAVAIL);
    gs_sink_start(record.sink);
    run_until(&record.connected, 1, "the connection");
}

static inline void stop_sink(void)
{
    gs_sink_stop(record.sink, on_sink_stopped, &record);
    run_until(&record.stopped, 1, "the end of the sink");
}

static inline void new_token(char token[GS_TOKEN_BYTES + 1])
{
    snprintf(token, GS_TOKEN_BYTES + 1, "%032x", ++tokens);
}

static inline int set_up(void **state)
{
    struct gs_redis_config config = {.url = server_url};
    struct gs_error error;
    set_up_server(state);
    open_loop(state);
    if (gs_redis_sync_connect(&config, &other, &error) != GS_OK)
        fail_msg("%s", error.message);
    task = (struct gs_task_config){.task = 5, .input_count = 3, .window_count = 2, .generation = 3};
    task.partition_count = 12;
    strcpy(task.prefix, "gs");
    strcpy(task.incarnation, "0123456789abcdef0123456789abcdef");
    strcpy(task.cluster_id, "cluster-1");
    strcpy(task.group, "my group");
    memset(&command, 0, sizeof command);
    command.kind = GS_COMMAND_TAKE;
    return 0;
}

static inline int tear_down(void **state)
{
    gs_buf_deinit(&command.bytes);
    gs_redis_sync_close(other);
    tear_down_server(state);
    return close_loop(state);
}

/* ------------------------------------------------------------------ commands */

static inline void take(bool force)
{
    uint32_t before = record.taken;
    command.kind = GS_COMMAND_TAKE;
    command.id++;
    command.force = force;
    command.bytes.len = 0;
    command.cell_count = 0;
    new_token(command.token);
    assert_int_equal(gs_sink_send(record.sink, &owner, &command), GS_OK);
    run_until(&record.taken, before + 1, "a takeover");
    assert_int_equal(record.id, command.id);
    assert_int_equal(record.tag, owner.tag);
}

static inline void add_cell(const char *key, const char *value, int64_t expiry_ms)
{
    struct gs_write_cell *cell = &command.cells[command.cell_count++];
    cell->key_at = (uint32_t)command.bytes.len;
    cell->key_len = (uint32_t)strlen(key);
    gs_buf_add_text(&command.bytes, key);
    cell->value_at = (uint32_t)command.bytes.len;
    cell->value_len = (uint32_t)strlen(value);
    gs_buf_add_text(&command.bytes, value);
    cell->expiry_ms = expiry_ms;
}

/* A write that expects the token of the command before it. */
static inline void begin_write(void)
{
    command.kind = GS_COMMAND_WRITE;
    command.id++;
    command.seq++;
    command.bytes.len = 0;
    command.cell_count = 0;
    memcpy(command.expect, command.token, sizeof command.token);
    new_token(command.token);
    command.at[0] = 812;
    command.at[1] = 90311;
    command.as_of_ms = INT64_C(1764000291042);
}

static inline void send_write(void)
{
    uint32_t before = record.written;
    assert_int_equal(gs_sink_send(record.sink, &owner, &command), GS_OK);
    run_until(&record.written, before + 1, "a write");
    assert_int_equal(record.id, command.id);
    assert_int_equal(record.tag, owner.tag);
}

static inline void write_one(const char *value)
{
    begin_write();
    add_cell("gs:v1:{influencer:1}:5m", value, 60000);
    send_write();
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
