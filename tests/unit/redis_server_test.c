/* Goal: with a real Redis, every kind of fault that it can be brought to is recognised, commands
 * come back in order, and no reply is lost or given twice when it is killed, stopped or restarted.
 * Method: a redis-server of our own, faults made with its own commands. */
#include "redis_process.h"

static struct gs_redis_sync *sync_to(const char *url)
{
    struct gs_redis_config config = {.url = url, .accept_replica = true};
    struct gs_redis_sync *sync;
    struct gs_error error;
    if (gs_redis_sync_connect(&config, &sync, &error) != GS_OK)
        fail_msg("%s", error.message);
    return sync;
}

/* Words separated by blanks; the reply is valid until the next command. */
static const struct gs_redis_reply *ask(struct gs_redis_sync *sync, const char *words)
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
    if (gs_redis_sync_command(sync, args, count, &reply, &error) != GS_OK) {
        if (!reply)
            fail_msg("%s: %s", words, error.message);
        assert_int_equal(error.status, gs_redis_fault_status(reply->fault));
    }
    return reply;
}

static void ask_ok(struct gs_redis_sync *sync, const char *words)
{
    const struct gs_redis_reply *reply = ask(sync, words);
    if (!gs_redis_is(reply, "OK"))
        fail_msg("%s: %.*s", words, (int)reply->str.len, reply->str.data);
}

static void assert_refused(const char *url, enum gs_redis_fault fault, const char *says)
{
    struct gs_redis_config config = {.url = url, .timeout_ms = 2000};
    struct gs_redis_sync *sync;
    struct gs_error error;
    assert_int_not_equal(gs_redis_sync_connect(&config, &sync, &error), GS_OK);
    assert_null(sync);
    assert_int_equal(error.status, gs_redis_fault_status(fault));
    assert_says(error.message, says);
    assert_null(strstr(error.message, "s3cret"));
}

/* ------------------------------------------------------------------ synchronous */

static void test_sync(void **state)
{
    struct gs_redis_sync *sync = sync_to(server_url);
    const struct gs_redis_info *info = gs_redis_sync_info(sync);
    (void)state;
    assert_true(info->version >= 70000);
    assert_int_equal(strlen(info->run_id), 40);
    assert_true(info->used_memory > 0);
    assert_false(info->evicts);
    assert_says(gs_redis_sync_endpoint(sync), "127.0.0.1:");
    ask_ok(sync, "SET k v");
    assert_true(gs_redis_is(ask(sync, "GET k"), "v"));
    assert_int_equal(ask(sync, "GET nothing")->type, GS_REDIS_NIL);
    assert_int_equal(ask(sync, "STRLEN k")->integer, 1);
    ask_ok(sync, "MSET a 1 b 2");
    const struct gs_redis_reply *reply = ask(sync, "MGET a x b");
    assert_int_equal(reply->count, 3);
    assert_true(gs_redis_is(&reply->elements[2], "2"));
    assert_int_equal(ask(sync, "LPUSH k x")->fault, GS_REDIS_WRONG_TYPE);
    assert_int_equal(ask(sync, "NONSENSE")->fault, GS_REDIS_ERROR);
    gs_redis_sync_close(sync);
    gs_redis_sync_close(NULL);
}

/* After a rest that is longer than the timeout, the next command has all of it again. */
static void test_sync_rest(void **state)
{
    struct gs_redis_config config = {.url = server_url, .timeout_ms = 100};
    struct gs_redis_sync *sync;
    struct gs_error error;
    (void)state;
    assert_int_equal(gs_redis_sync_connect(&config, &sync, &error), GS_OK);
    for (int64_t end = now_ms() + 150; now_ms() < end;)
        ; /* busy on purpose: the rest of the process does not stand still either */
    assert_true(gs_redis_is(ask(sync, "PING"), "PONG"));
    gs_redis_sync_close(sync);
}

static void test_sync_timeout(void **state)
{
    struct gs_redis_config config = {.url = server_url, .timeout_ms = 100};
    struct gs_str sleep[] = {gs_str_of("DEBUG"), gs_str_of("SLEEP"), gs_str_of("0.5")};
    const struct gs_redis_reply *reply;
    struct gs_redis_sync *sync;
    struct gs_error error;
    (void)state;
    assert_int_equal(gs_redis_sync_connect(&config, &sync, &error), GS_OK);
    assert_int_equal(gs_redis_sync_command(sync, sleep, 3, &reply, &error), GS_E_UNAVAIL);
    assert_null(reply);
    assert_says(error.message, "no reply in time");
    assert_int_equal(gs_redis_sync_command(sync, sleep, 3, &reply, &error), GS_E_UNAVAIL);
    assert_null(reply);
    gs_redis_sync_close(sync);
}

/* ------------------------------------------------------------------ faults, made for real */

static void test_credentials(void **state)
{
    struct gs_redis_sync *sync = sync_to(server_url);
    char url[200];
    (void)state;
    ask_ok(sync, "ACL SETUSER bob on >p@s/s:w%rd ~* +@all");
    ask_ok(sync, "ACL SETUSER eve on >s3cret ~gs:* -@all +info +get +ping");
    snprintf(url, sizeof url, "redis://bob:p%%40s%%2Fs%%3Aw%%25rd@127.0.0.1:%d/3", server_port);
    struct gs_redis_sync *bob = sync_to(url);
    assert_true(gs_redis_is(ask(bob, "ACL WHOAMI"), "bob"));
    ask_ok(bob, "SET here 1");
    assert_int_equal(ask(sync, "EXISTS here")->integer, 0); /* it is in database 3 */
    gs_redis_sync_close(bob);
    snprintf(url, sizeof url, "redis://eve:s3cret@127.0.0.1:%d", server_port);
    struct gs_redis_sync *eve = sync_to(url);
    assert_int_equal(ask(eve, "GET gs:1")->fault, GS_REDIS_OK);
    assert_int_equal(ask(eve, "GET other")->fault, GS_REDIS_PERMISSION);
    assert_int_equal(ask(eve, "SET gs:1 x")->fault, GS_REDIS_PERMISSION);
    gs_redis_sync_close(eve);
    strcat(url, "/1"); /* eve may not SELECT */
    assert_refused(url, GS_REDIS_PERMISSION, "SELECT");
    snprintf(url, sizeof url, "redis://bob:s3cret@127.0.0.1:%d", server_port);
    assert_refused(url, GS_REDIS_AUTH, "user or password is wrong");
    snprintf(url, sizeof url, "redis://:s3cret@127.0.0.1:%d", server_port);
    assert_refused(url, GS_REDIS_AUTH, "has no password");
    snprintf(url, sizeof url, "%s/99", server_url);
    assert_refused(url, GS_REDIS_DATABASE, "out of range");
    ask_ok(sync, "CONFIG SET requirepass s3cret");
    assert_refused(server_url, GS_REDIS_AUTH, "NOAUTH");
    ask_ok(sync, "AUTH s3cret");
    struct gs_str set[] = {gs_str_of("CONFIG"), gs_str_of("SET"), gs_str_of("requirepass"),
                           gs_str_of("")};
    const struct gs_redis_reply *reply;
    struct gs_error error;
    assert_int_equal(gs_redis_sync_command(sync, set, 4, &reply, &error), GS_OK);
    ask_ok(sync, "CONFIG SET maxclients 1");
    assert_refused(server_url, GS_REDIS_CLIENTS, "max number of clients");
    ask_ok(sync, "CONFIG SET maxclients 1000");
    gs_redis_sync_close(sync);
}

static void test_unix_socket(void **state)
{
    char url[300];
    (void)state;
    snprintf(url, sizeof url, "unix://%s/sock?db=2", server_folder);
    struct gs_redis_sync *sync = sync_to(url);
    assert_true(gs_redis_is(ask(sync, "PING"), "PONG"));
    gs_redis_sync_close(sync);
}

static void test_write_faults(void **state)
{
    struct gs_redis_sync *sync = sync_to(server_url);
    (void)state;
    ask_ok(sync, "CONFIG SET maxmemory 1");
    assert_int_equal(ask(sync, "SET k v")->fault, GS_REDIS_OOM);
    ask_ok(sync, "CONFIG SET maxmemory 1gb");
    ask_ok(sync, "CONFIG SET maxmemory-policy allkeys-lru");
    struct gs_redis_sync *other = sync_to(server_url);
    assert_true(gs_redis_sync_info(other)->evicts);
    gs_redis_sync_close(other);
    ask_ok(sync, "CONFIG SET maxmemory 0");
    ask_ok(sync, "CONFIG SET min-replicas-to-write 1");
    assert_int_equal(ask(sync, "SET k v")->fault, GS_REDIS_NO_REPLICAS);
    ask_ok(sync, "CONFIG SET min-replicas-to-write 0");
    ask_ok(sync, "REPLICAOF 127.0.0.1 1");
    assert_int_equal(ask(sync, "SET k v")->fault, GS_REDIS_REPLICA);
    ask_ok(sync, "CONFIG SET replica-serve-stale-data no");
    assert_int_equal(ask(sync, "GET k")->fault, GS_REDIS_NO_REPLICAS);
    assert_refused(server_url, GS_REDIS_REPLICA, "primary");
    other = sync_to(server_url);
    assert_true(gs_redis_sync_info(other)->replica);
    gs_redis_sync_close(other);
    ask_ok(sync, "CONFIG SET replica-serve-stale-data yes");
    ask_ok(sync, "REPLICAOF NO ONE");
    assert_int_equal(ask(sync, "EVALSHA 0123456789012345678901234567890123456789 0")->fault,
                     GS_REDIS_NO_FUNCTION);
    assert_int_equal(ask(sync, "FCALL nothing 0")->fault, GS_REDIS_NO_FUNCTION);
    gs_redis_sync_close(sync);
}

static void test_busy(void **state)
{
    struct gs_redis_config config = {.url = server_url};
    struct answer endless = {0}, ping = {0};
    struct seen seen, other_seen;
    (void)state;
    struct gs_redis *redis = start_redis(&config, &seen);
    struct gs_redis *other = start_redis(&config, &other_seen);
    run_until(&seen.connected, 1, "a connection");
    run_until(&other_seen.connected, 1, "another connection");
    assert_int_equal(send_words(redis, "EVAL while\t1\tdo\tend 0", &endless), GS_OK);
    while (ping.fault != GS_REDIS_BUSY) {
        ping.calls = 0;
        assert_int_equal(send_words(other, "PING", &ping), GS_OK);
        run_until(&ping.calls, 1, "an answer to PING");
    }
    assert_int_equal(send_words(other, "SCRIPT KILL", &ping), GS_OK);
    run_until(&endless.calls, 1, "the end of the script");
    assert_int_equal(endless.type, GS_REDIS_ERROR_REPLY);
    stop_redis(redis, &seen);
    stop_redis(other, &other_seen);
}

/* ------------------------------------------------------------------ asynchronous */

/* Full pipelines, with values of all sizes: each reply belongs to its command. */
static void test_order(void **state)
{
    enum { ROUNDS = 5, COMMANDS = GS_REDIS_PENDING_MAX };
    struct gs_redis_config config = {.url = server_url};
    struct answer *answers = calloc(COMMANDS, sizeof *answers);
    struct gs_buf buf = {0}, value = {0};
    struct seen seen;
    (void)state;
    struct gs_redis *redis = start_redis(&config, &seen);
    run_until(&seen.connected, 1, "the connection");
    for (uint32_t round = 0; round < ROUNDS; round++) {
        memset(answers, 0, COMMANDS * sizeof *answers);
        answers_so_far = 0;
        for (uint32_t i = 0; i < COMMANDS; i++) {
            value.len = buf.len = 0;
            gs_buf_printf(&value, "%u:", round * COMMANDS + i);
            memset(gs_buf_reserve(&value, i * 17), 'x', i * 17);
            value.len += i * 17;
            gs_redis_begin(&buf, 2);
            gs_redis_arg_text(&buf, "ECHO");
            gs_redis_arg(&buf, value.data, value.len);
            assert_int_equal(
                gs_redis_send(redis, gs_str_make(buf.data, buf.len), on_answer, &answers[i]),
                GS_OK);
        }
        run_until(&answers_so_far, COMMANDS, "all replies");
        for (uint32_t i = 0; i < COMMANDS; i++) {
            char expected[20];
            snprintf(expected, sizeof expected, "%u:", round * COMMANDS + i);
            assert_int_equal(answers[i].order, i + 1);
            assert_int_equal(strncmp(answers[i].text, expected, strlen(expected)), 0);
        }
    }
    assert_int_equal(seen.failed, 0);
    gs_buf_deinit(&buf);
    gs_buf_deinit(&value);
    free(answers);
    stop_redis(redis, &seen);
}

enum { IN_FLIGHT = 100 };

static void send_many(struct gs_redis *redis, struct answer *answers, const char *first)
{
    memset(answers, 0, IN_FLIGHT * sizeof *answers);
    answers_so_far = 0;
    for (uint32_t i = 0; i < IN_FLIGHT; i++)
        assert_int_equal(send_words(redis, i ? "INCR counter" : first, &answers[i]), GS_OK);
}

static void assert_told_once(const struct answer *answers, enum gs_redis_fault fault)
{
    for (uint32_t i = 0; i < IN_FLIGHT; i++) {
        assert_int_equal(answers[i].calls, 1);
        assert_int_equal(answers[i].order, i + 1);
        assert_false(answers[i].has_reply);
        assert_int_equal(answers[i].fault, fault);
    }
}

static void test_killed(void **state)
{
    struct gs_redis_config config = {.url = server_url};
    struct answer answers[IN_FLIGHT];
    struct answer ping = {0};
    struct gs_redis_state now;
    struct seen seen;
    char run_id[48];
    (void)state;
    struct gs_redis *redis = start_redis(&config, &seen);
    run_until(&seen.connected, 1, "the connection");
    memcpy(run_id, seen.info.run_id, sizeof run_id);
    send_many(redis, answers, "DEBUG SLEEP 30"); /* it gets them, and will not answer */
    for (int i = 0; i < 3; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
    kill_server();
    run_until(&seen.failed, 1, "the end of the connection");
    assert_int_equal(seen.fault, GS_REDIS_DISCONNECTED);
    assert_told_once(answers, GS_REDIS_DISCONNECTED);
    run_until(&seen.failed, 2, "an attempt that fails");
    assert_int_equal(seen.fault, GS_REDIS_CONNECT);
    start_server();
    run_until(&seen.connected, 2, "the connection to the new one");
    assert_string_not_equal(run_id, seen.info.run_id);
    gs_redis_state(redis, &now);
    assert_true(now.connected);
    assert_int_equal(now.connects, 2);
    assert_int_equal(send_words(redis, "GET counter", &ping), GS_OK);
    run_until(&ping.calls, 1, "a reply of the new one");
    assert_int_equal(ping.type, GS_REDIS_NIL);
    assert_told_once(answers, GS_REDIS_DISCONNECTED); /* and not once more */
    stop_redis(redis, &seen);
}

/* A server that stands still without closing anything, as behind a broken network. */
static void test_stalled(void **state)
{
    struct gs_redis_config config = {.url = server_url, .timeout_ms = 100};
    struct answer answers[IN_FLIGHT];
    struct seen seen;
    (void)state;
    struct gs_redis *redis = start_redis(&config, &seen);
    run_until(&seen.connected, 1, "the connection");
    kill(server_pid, SIGSTOP);
    send_many(redis, answers, "PING");
    run_until(&seen.failed, 1, "the timeout");
    assert_int_equal(seen.fault, GS_REDIS_TIMEOUT);
    assert_told_once(answers, GS_REDIS_TIMEOUT);
    run_until(&seen.failed, 2, "an attempt to connect without an answer");
    assert_says(seen.error.message, "does not answer");
    kill(server_pid, SIGCONT);
    run_until(&seen.connected, 2, "the next connection");
    stop_redis(redis, &seen);
}

struct loaded {
    uint32_t calls;
    enum gs_redis_fault fault;
    char message[480];
};

static void on_loaded(void *opaque, enum gs_redis_fault fault, const struct gs_error *error)
{
    struct loaded *loaded = opaque;
    loaded->calls++;
    loaded->fault = fault;
    snprintf(loaded->message, sizeof loaded->message, "%s", error ? error->message : "");
}

static void test_library(void **state)
{
    static const char code[] = "#!lua name=gs_test_1\n"
                               "redis.register_function('gs_test_1_add', function(keys, args)\n"
                               "  return redis.call('INCRBY', keys[1], args[1])\n"
                               "end)\n";
    static const char wrong[] = "#!lua name=gs_test_2\nthis is no Lua";
    struct gs_redis_library library = {"gs_test_1", gs_str_of(code)};
    struct gs_redis_library broken = {"gs_test_2", gs_str_of(wrong)};
    struct gs_redis_config config = {.url = server_url};
    struct loaded loaded[3] = {0};
    struct answer answer = {0};
    struct seen seen;
    (void)state;
    struct gs_redis *redis = start_redis(&config, &seen);
    run_until(&seen.connected, 1, "the connection");
    /* Two at once: both see that it is missing, and one of them is late. */
    assert_int_equal(gs_redis_load_library(redis, &library, on_loaded, &loaded[0]), GS_OK);
    assert_int_equal(gs_redis_load_library(redis, &library, on_loaded, &loaded[1]), GS_OK);
    assert_int_equal(gs_redis_load_library(redis, &broken, on_loaded, &loaded[2]), GS_OK);
    run_until(&loaded[2].calls, 1, "the libraries");
    assert_int_equal(loaded[0].fault + loaded[1].fault, 0);
    assert_int_equal(loaded[0].calls + loaded[1].calls, 2);
    assert_int_equal(loaded[2].fault, GS_REDIS_ERROR);
    assert_says(loaded[2].message, "FUNCTION LOAD was refused");
    assert_int_equal(send_words(redis, "FCALL gs_test_1_add 1 sum 41", &answer), GS_OK);
    run_until(&answer.calls, 1, "the function");
    assert_int_equal(answer.integer, 41);
    stop_redis(redis, &seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sync),
        cmocka_unit_test(test_sync_rest),
        cmocka_unit_test(test_sync_timeout),
        cmocka_unit_test(test_credentials),
        cmocka_unit_test(test_unix_socket),
        cmocka_unit_test(test_write_faults),
        cmocka_unit_test_setup_teardown(test_busy, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_order, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_killed, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_stalled, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_library, open_loop, close_loop),
    };
    return cmocka_run_group_tests(tests, set_up_server, tear_down_server);
}
