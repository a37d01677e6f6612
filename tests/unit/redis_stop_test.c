/* Goal: limits hold, functions may be called from any callback, and stopping at any moment leaves
 * nothing behind, neither a reply function that was not called nor memory nor a handle. Method: a
 * scripted server on the same loop, and a stop after each number of turns of the loop. */
#include "redis_fake.h"

/* ------------------------------------------------------------------ limits */

static void test_pending_limit(void **state)
{
    struct fake fake = {.info = INFO_GOOD};
    struct answer *answers = calloc(GS_REDIS_PENDING_MAX, sizeof *answers), more = {0};
    struct seen seen;
    (void)state;
    start_fake(&fake, "", "");
    struct gs_redis_config config = config_for(&fake);
    struct gs_redis *redis = start_redis(&config, &seen);
    run_until(&seen.connected, 1, "the connection");
    for (size_t i = 0; i < GS_REDIS_PENDING_MAX; i++)
        assert_int_equal(send_words(redis, "X", &answers[i]), GS_OK);
    assert_int_equal(send_words(redis, "X", &more), GS_E_TEMP);
    run_until(&fake.others, GS_REDIS_PENDING_MAX, "all commands");
    stop_redis(redis, &seen);
    for (size_t i = 0; i < GS_REDIS_PENDING_MAX; i++) {
        assert_int_equal(answers[i].calls, 1);
        assert_int_equal(answers[i].fault, GS_REDIS_STOPPED);
    }
    assert_int_equal(more.calls, 0);
    assert_int_equal(seen.failed, 0);
    free(answers);
    stop_fake(&fake);
}

static void test_bytes_limit(void **state)
{
    struct fake fake = {.info = INFO_GOOD};
    struct answer answers[3] = {0};
    struct gs_buf big = {0};
    struct seen seen;
    (void)state;
    start_fake(&fake, "", "");
    struct gs_redis_config config = config_for(&fake);
    struct gs_redis *redis = start_redis(&config, &seen);
    run_until(&seen.connected, 1, "the connection");
    gs_redis_begin(&big, 1);
    size_t half = GS_REDIS_PENDING_BYTES_MAX / 2 + 1;
    char *zeros = calloc(1, half);
    gs_redis_arg(&big, zeros, half);
    struct gs_str resp = gs_str_make(big.data, big.len);
    assert_int_equal(gs_redis_send(redis, resp, on_answer, &answers[0]), GS_OK);
    assert_int_equal(gs_redis_send(redis, resp, on_answer, &answers[1]), GS_E_TEMP);
    assert_int_equal(send_words(redis, "X", &answers[2]), GS_OK);
    stop_redis(redis, &seen);
    assert_int_equal(answers[0].calls + answers[1].calls + answers[2].calls, 2);
    free(zeros);
    gs_buf_deinit(&big);
    stop_fake(&fake);
}

/* ------------------------------------------------------------------ from callbacks, and stopping
 */

struct actor {
    struct gs_redis *redis;
    struct seen *seen;
    struct answer *next;
    uint32_t calls;
};

static void drop_from_reply(void *opaque, const struct gs_redis_reply *reply,
                            enum gs_redis_fault fault)
{
    struct actor *actor = opaque;
    actor->calls++;
    assert_non_null(reply);
    assert_int_equal(fault, GS_REDIS_REPLICA);
    assert_int_equal(send_words(actor->redis, "Y", &actor->next[0]), GS_OK);
    gs_redis_drop(actor->redis, "it became a replica");
    assert_false(gs_redis_is_connected(actor->redis));
    assert_int_equal(send_words(actor->redis, "Z", &actor->next[1]), GS_E_UNAVAIL);
    assert_int_equal(actor->next[0].calls, 0); /* only from the loop */
}

static void stop_from_reply(void *opaque, const struct gs_redis_reply *reply,
                            enum gs_redis_fault fault)
{
    struct actor *actor = opaque;
    (void)reply;
    (void)fault;
    actor->calls++;
    gs_redis_stop(actor->redis, on_stopped, actor->seen);
}

static const struct gs_str command_x = {"*1\r\n$1\r\nX\r\n", 11};

static void test_drop(void **state)
{
    struct fake fake = {.info = INFO_GOOD, .replies = {"-READONLY x\r\n+OK\r\n"}};
    struct answer answers[2] = {0};
    struct seen seen;
    (void)state;
    start_fake(&fake, "", "");
    struct gs_redis_config config = config_for(&fake);
    struct actor actor = {start_redis(&config, &seen), &seen, answers, 0};
    run_until(&seen.connected, 1, "the connection");
    assert_int_equal(gs_redis_send(actor.redis, command_x, drop_from_reply, &actor), GS_OK);
    run_until(&seen.failed, 1, "the drop");
    assert_int_equal(seen.fault, GS_REDIS_DROPPED);
    assert_says(seen.error.message, "it became a replica");
    assert_int_equal(actor.calls, 1);
    assert_int_equal(answers[0].calls, 1); /* +OK came too late to be believed */
    assert_int_equal(answers[0].fault, GS_REDIS_DROPPED);
    assert_int_equal(answers[1].calls, 0);
    run_until(&seen.connected, 2, "the next connection");
    stop_redis(actor.redis, &seen);
    stop_fake(&fake);
}

/* From the reply itself, and from the notice that there is none. */
static void test_stop_from_reply(void **state)
{
    static const char *const first[] = {"+OK\r\n+OK\r\n", ""};
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(first); i++) {
        struct fake fake = {.info = INFO_GOOD, .replies = {first[i]}};
        struct answer answer = {0};
        struct seen seen;
        start_fake(&fake, "", "");
        struct gs_redis_config config = config_for(&fake);
        struct actor actor = {start_redis(&config, &seen), &seen, NULL, 0};
        run_until(&seen.connected, 1, "the connection");
        assert_int_equal(gs_redis_send(actor.redis, command_x, stop_from_reply, &actor), GS_OK);
        assert_int_equal(send_words(actor.redis, "Y", &answer), GS_OK);
        run_until(&seen.stopped, 1, "the end");
        assert_int_equal(actor.calls, 1);
        assert_int_equal(answer.calls, 1);
        assert_false(answer.has_reply);
        assert_int_equal(seen.failed, 0);
        stop_fake(&fake);
    }
}

static void stop_when_connected(void *user, const struct gs_redis_info *info)
{
    struct actor *actor = user;
    (void)info;
    actor->calls++;
    gs_redis_stop(actor->redis, on_stopped, actor->seen);
}

static void stop_when_failed(void *user, enum gs_redis_fault fault, const struct gs_error *error)
{
    struct actor *actor = user;
    (void)fault;
    (void)error;
    actor->calls++;
    gs_redis_stop(actor->redis, on_stopped, actor->seen);
}

static void test_stop_from_callbacks(void **state)
{
    static const char *const info[] = {INFO_GOOD, "-ERR no\r\n", ""};
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(info); i++) {
        struct fake fake = {.info = info[i]};
        struct seen seen = {0};
        struct actor actor = {NULL, &seen, NULL, 0};
        struct gs_redis_callbacks callbacks = {&actor, stop_when_connected, stop_when_failed};
        struct gs_error error;
        start_fake(&fake, "", "");
        struct gs_redis_config config = config_for(&fake);
        assert_int_equal(gs_redis_create(&loop, &config, &callbacks, &actor.redis, &error), GS_OK);
        gs_redis_start(actor.redis);
        run_until(&seen.stopped, 1, "the end");
        assert_int_equal(actor.calls, 1);
        stop_fake(&fake);
    }
}

/* After n turns of the loop, for every n until it is connected: in every phase. */
static void test_stop_at_any_time(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "localhost", "name.invalid"};
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(hosts); i++) {
        bool over = false;
        for (uint32_t turns = 0; !over && turns < 40; turns++) {
            struct fake fake = {.info = INFO_GOOD, .bytewise = true};
            struct seen seen = {0};
            char url[200];
            start_fake(&fake, "", "");
            snprintf(url, sizeof url, "redis://%s%s", hosts[i], strrchr(fake.url, ':'));
            struct gs_redis_config config = {.url = url};
            struct gs_redis *redis = start_redis(&config, &seen);
            for (uint32_t turn = 0; turn < turns; turn++)
                uv_run(&loop, UV_RUN_NOWAIT);
            over = seen.connected || seen.failed;
            stop_redis(redis, &seen);
            stop_fake(&fake);
        }
    }
    /* Created, never started. */
    struct gs_redis_config config = {.url = "redis://127.0.0.1:1"};
    struct gs_redis_callbacks callbacks = {0};
    struct gs_redis *redis;
    struct gs_error error;
    struct seen seen = {0};
    assert_int_equal(gs_redis_create(&loop, &config, &callbacks, &redis, &error), GS_OK);
    stop_redis(redis, &seen);
    config.url = "redis://:s3cret@/";
    assert_int_equal(gs_redis_create(&loop, &config, &callbacks, &redis, &error), GS_E_CONFIG);
    assert_null(redis);
}

/* ------------------------------------------------------------------ functions */

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
    assert_int_equal(error == NULL, fault == GS_REDIS_OK);
    snprintf(loaded->message, sizeof loaded->message, "%s", error ? error->message : "");
}

static void test_load_library(void **state)
{
    static const struct {
        const char *list, *load;
        enum gs_redis_fault fault;
        const char *log;
    } cases[] = {
        {"*1\r\n*0\r\n", NULL, GS_REDIS_OK, "FUNCTION LIST LIBRARYNAME lib_1"},
        {"*0\r\n", "$5\r\nlib_1\r\n", GS_REDIS_OK, "FUNCTION LOAD #!lua name=lib_1"},
        {"*0\r\n", "-ERR Library 'lib_1' already exists\r\n", GS_REDIS_OK, "FUNCTION LOAD"},
        {"*0\r\n", "-ERR Error compiling function\r\n", GS_REDIS_ERROR, "FUNCTION LOAD"},
        {"-NOPERM no\r\n", NULL, GS_REDIS_PERMISSION, "FUNCTION LIST"},
        {"", NULL, GS_REDIS_DISCONNECTED, "FUNCTION LIST"},
        {"*0\r\n", "", GS_REDIS_DISCONNECTED, "FUNCTION LOAD"},
    };
    struct gs_redis_library library = {"lib_1", gs_str_of("#!lua name=lib_1")};
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        struct fake fake = {.info = INFO_GOOD, .replies = {cases[i].list, cases[i].load}};
        struct loaded loaded = {0};
        struct seen seen;
        start_fake(&fake, "", "");
        struct gs_redis_config config = config_for(&fake);
        struct gs_redis *redis = start_redis(&config, &seen);
        assert_int_equal(gs_redis_load_library(redis, &library, on_loaded, &loaded), GS_E_UNAVAIL);
        run_until(&seen.connected, 1, "the connection");
        assert_int_equal(gs_redis_load_library(redis, &library, on_loaded, &loaded), GS_OK);
        run_until(&loaded.calls, 1, "the library");
        assert_int_equal(loaded.fault, cases[i].fault);
        assert_says(fake.log, cases[i].log);
        if (loaded.fault)
            assert_says(loaded.message, "FUNCTION");
        stop_redis(redis, &seen);
        assert_int_equal(loaded.calls, 1);
        stop_fake(&fake);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pending_limit, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_bytes_limit, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_drop, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_stop_from_reply, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_stop_from_callbacks, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_stop_at_any_time, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_load_library, open_loop, close_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
