/* Goal: whatever Redis does between two commands ends in disconnected() and a fresh connection,
 * never in a wrong answer, and the sink can be stopped at any moment. Method: a redis-server of our
 * own, faults made with its own commands, signals and a stop after each number of turns of the
 * loop. */
#include "sink_record.h"

/* ------------------------------------------------------------------ faults */

static struct gs_sink_stats stats(void)
{
    struct gs_sink_stats now;
    gs_sink_stats(record.sink, &now);
    return now;
}

/* Sends a write that must not be answered but give up the connection. */
static void break_with_write(enum gs_redis_fault fault, const char *says)
{
    uint64_t before = stats().faults[fault];
    uint32_t breaks = record.disconnected, answers = record.taken + record.written;
    begin_write();
    add_cell("gs:v1:{x}:a", "1", 60000);
    assert_int_equal(gs_sink_send(record.sink, &owner, &command), GS_OK);
    run_until(&record.disconnected, breaks + 1, says);
    assert_says(record.error.message, says);
    assert_says(record.error.message, "127.0.0.1:");
    assert_int_equal(record.taken + record.written, answers);
    assert_true(stats().faults[fault] > before);
    assert_int_equal(stats().faults[GS_REDIS_DROPPED], 0);
    assert_int_equal(gs_sink_send(record.sink, &owner, &command), GS_E_UNAVAIL);
}

static void heal(void)
{
    uint32_t connects = record.connected;
    run_until(&record.connected, connects + 1, "a new connection");
    take(false);
    assert_int_equal(record.take, GS_TAKE_OK);
    write_one("healed");
    assert_int_equal(record.write, GS_WRITE_OK);
    assert_int_equal(stats().connects, connects + 1);
}

static void test_function_flush(void **state)
{
    (void)state;
    start_sink(server_url, 0);
    take(false);
    assert_reply("FUNCTION FLUSH", "OK");
    break_with_write(GS_REDIS_NO_FUNCTION, "Function not found");
    heal();
    stop_sink();
}

static void test_replica(void **state)
{
    (void)state;
    start_sink(server_url, 0);
    take(false);
    assert_reply("REPLICAOF 127.0.0.1 1", "OK");
    break_with_write(GS_REDIS_REPLICA, "READONLY");
    run_until(&record.disconnected, 2, "a refused attempt");
    assert_says(record.error.message, "primary");
    assert_reply("REPLICAOF NO ONE", "OK");
    heal();
    stop_sink();
}

static void test_oom(void **state)
{
    (void)state;
    start_sink(server_url, 0);
    take(false);
    assert_reply("CONFIG SET maxmemory 1", "OK");
    break_with_write(GS_REDIS_OOM, "maxmemory");
    assert_reply("CONFIG SET maxmemory 0", "OK");
    heal();
    stop_sink();
}

/* Its guard is not a hash: no takeover is possible, and the message says where to look. */
static void test_wrong_type_guard(void **state)
{
    (void)state;
    start_sink(server_url, 0);
    take(false);
    assert_reply("SET gs:v1:guard:5 x", "OK");
    break_with_write(GS_REDIS_WRONG_TYPE, "WRONGTYPE");
    ask("DEL gs:v1:guard:5");
    heal();
    stop_sink();
}

static void test_no_permission(void **state)
{
    char url[100];
    (void)state;
    ask("ACL SETUSER eve on >s3cret ~* +@all");
    snprintf(url, sizeof url, "redis://eve:s3cret@127.0.0.1:%d", server_port);
    start_sink(url, 0);
    take(false);
    ask("ACL SETUSER eve -fcall");
    break_with_write(GS_REDIS_PERMISSION, "NOPERM");
    ask("ACL SETUSER eve +fcall -function|list");
    run_until(&record.disconnected, 2, "a refusal of FUNCTION LIST");
    assert_says(record.error.message, "FUNCTION LIST");
    assert_null(strstr(record.error.message, "s3cret"));
    ask("ACL SETUSER eve +function|list");
    heal();
    stop_sink();
}

static void test_timeout(void **state)
{
    (void)state;
    start_sink(server_url, 200);
    take(false);
    kill(server_pid, SIGSTOP);
    break_with_write(GS_REDIS_TIMEOUT, "in time");
    kill(server_pid, SIGCONT);
    heal();
    stop_sink();
}

static void test_restart(void **state)
{
    struct gs_redis_config config = {.url = server_url};
    struct gs_error error;
    (void)state;
    start_sink(server_url, 0);
    take(false);
    kill_server();
    run_until(&record.disconnected, 1, "the end of the connection");
    gs_redis_sync_close(other);
    start_server();
    assert_int_equal(gs_redis_sync_connect(&config, &other, &error), GS_OK);
    heal();
    assert_false(record.before.present);
    stop_sink();
}

/* ------------------------------------------------------------------ notes, limits, stopping */

static void note(uint32_t argc, const char *const *words)
{
    struct gs_buf buf = {0};
    gs_redis_begin(&buf, argc);
    for (uint32_t i = 0; i < argc; i++)
        gs_redis_arg_text(&buf, words[i]);
    gs_sink_note(record.sink, gs_str_make(buf.data, buf.len));
    gs_buf_deinit(&buf);
}

static void test_notes(void **state)
{
    (void)state;
    start_sink(server_url, 0);
    note(3, (const char *const[]){"SET", "noted", "1"});
    note(3, (const char *const[]){"LPUSH", "noted", "1"}); /* refused */
    take(false);                                           /* comes after their answers */
    assert_reply("GET noted", "1");
    assert_int_equal(stats().notes_failed, 1);
    assert_int_equal(record.disconnected, 0);
    kill_server();
    run_until(&record.disconnected, 1, "the end of the connection");
    note(3, (const char *const[]){"SET", "noted", "2"});
    assert_int_equal(stats().notes_failed, 2);
    stop_sink();
    start_server(); /* for the end of the test */
}

static void test_stats(void **state)
{
    struct gs_redis_state connection;
    (void)state;
    start_sink(server_url, 0);
    take(false);
    write_one("x");
    struct gs_sink_stats now = stats();
    assert_int_equal(now.commands, 2);
    assert_true(now.bytes > 200 && now.bytes < 2000);
    assert_int_equal(now.connects, 1);
    gs_sink_state(record.sink, &connection);
    assert_true(connection.connected);
    kill(server_pid, SIGSTOP);
    begin_write();
    assert_int_equal(gs_sink_send(record.sink, &owner, &command), GS_OK);
    for (int64_t end = now_ms() + 60; now_ms() < end;)
        uv_run(&loop, UV_RUN_NOWAIT);
    kill(server_pid, SIGCONT);
    run_until(&record.written, 2, "the slow write");
    assert_in_range(stats().reply_ms_max, 50, DEADLINE_MS);
    assert_int_equal(stats().reply_ms_max, 0);
    stop_sink();
}

/* More than the connection takes: it is given up, and nothing is answered twice or late. */
static void test_too_much(void **state)
{
    enum gs_status status = GS_OK;
    uint32_t sent = 0;
    (void)state;
    start_sink(server_url, 0);
    take(false);
    begin_write();
    for (; status == GS_OK; sent++)
        status = gs_sink_send(record.sink, &owner, &command);
    assert_int_equal(status, GS_E_TEMP);
    assert_int_equal(sent, GS_REDIS_PENDING_MAX + 1);
    assert_int_equal(gs_sink_send(record.sink, &owner, &command), GS_E_UNAVAIL);
    assert_int_equal(record.disconnected, 0); /* only from the loop */
    run_until(&record.disconnected, 1, "the fault");
    assert_says(record.error.message, "too much is under way");
    assert_int_equal(record.written, 0);
    heal();
    stop_sink();
}

static void test_stop_anywhere(void **state)
{
    (void)state;
    bool sent = false;
    for (int turns = 0; turns < 1000 && !sent; turns++) {
        struct gs_redis_config config = {.url = server_url};
        struct gs_sink_callbacks callbacks = {&record, seen_connected, seen_disconnected,
                                              seen_taken, seen_written};
        struct gs_error error;
        memset(&record, 0, sizeof record);
        assert_int_equal(gs_sink_create(&loop, &config, &callbacks, &record.sink, &error), GS_OK);
        if (turns)
            gs_sink_start(record.sink);
        for (int i = 1; i < turns && !record.connected; i++)
            uv_run(&loop, UV_RUN_ONCE);
        sent = gs_sink_send(record.sink, &owner, &command) == GS_OK;
        note(1, (const char *const[]){"PING"});
        assert_int_equal(sent, record.connected);
        stop_sink();
        assert_int_equal(record.taken + record.disconnected, 0);
    }
    assert_true(sent); /* else no command was ever under way */
}

static void test_stop_from_answer(void **state)
{
    (void)state;
    start_sink(server_url, 0);
    record.stop_when_taken = true;
    assert_int_equal(gs_sink_send(record.sink, &owner, &command), GS_OK);
    assert_int_equal(gs_sink_send(record.sink, &owner, &command), GS_OK);
    run_until(&record.stopped, 1, "the end of the sink");
    assert_int_equal(record.taken, 1);
    assert_int_equal(record.disconnected, 0);
}

static void test_bad_url(void **state)
{
    struct gs_redis_config config = {.url = "http://nowhere"};
    struct gs_sink_callbacks callbacks = {&record, seen_connected, seen_disconnected, seen_taken,
                                          seen_written};
    struct gs_error error;
    (void)state;
    assert_int_equal(gs_sink_create(&loop, &config, &callbacks, &record.sink, &error), GS_E_CONFIG);
    assert_null(record.sink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_function_flush),
        WITH_SERVER(test_replica),
        WITH_SERVER(test_oom),
        WITH_SERVER(test_wrong_type_guard),
        WITH_SERVER(test_no_permission),
        WITH_SERVER(test_timeout),
        WITH_SERVER(test_restart),
        WITH_SERVER(test_notes),
        WITH_SERVER(test_stats),
        WITH_SERVER(test_too_much),
        WITH_SERVER(test_stop_anywhere),
        WITH_SERVER(test_stop_from_answer),
        WITH_SERVER(test_bad_url),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
