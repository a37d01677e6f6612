/* Goal: whatever a server does, each command's reply function is called exactly once and in order,
 * and every fault has its name and its words. Method: a scripted server on the same loop. Waits for
 * conditions, never for time. */
#include "redis_fake.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* ------------------------------------------------------------------ connecting */

static const struct {
    const char *userinfo, *path;
    struct fake fake;
    enum gs_redis_fault fault;
    const char *says;
} greetings[] = {
    {"", "", {.info = INFO_GOOD}, GS_REDIS_OK, ""},
    {":s3cret@",
     "/3",
     {.info = INFO_GOOD, .auth = "+OK\r\n", .select = "+OK\r\n"},
     GS_REDIS_OK,
     ""},
    {"", "", {.info = "redis_version:6.2.6\r\n"}, GS_REDIS_UNSUPPORTED, "6.2.6"},
    {"", "", {.info = "redis_version:7.0.1\r\nrole:slave\r\n"}, GS_REDIS_REPLICA, "primary"},
    {"", "", {.info = "redis_version:7.0.1\r\nloading:1\r\n"}, GS_REDIS_LOADING, "loading"},
    {"", "", {.info = "+hello\r\n"}, GS_REDIS_UNSUPPORTED, "INFO"},
    {"", "", {.info = ":1\r\n"}, GS_REDIS_UNSUPPORTED, "INFO"},
    {"", "", {.info = "-NOAUTH Authentication required.\r\n"}, GS_REDIS_AUTH, "password"},
    {"", "", {.info = "-NOPERM no permissions\r\n"}, GS_REDIS_PERMISSION, "NOPERM"},
    {"", "", {.info = "-ERR unknown\tcommand\r\n"}, GS_REDIS_UNSUPPORTED, "unknown?command"},
    {"bob:s3cret@",
     "",
     {.auth = "-WRONGPASS invalid\r\n", .info = "-NOAUTH x\r\n"},
     GS_REDIS_AUTH,
     "is wrong"},
    {":s3cret@",
     "",
     {.auth = "-ERR AUTH <password> called without any password\r\n"},
     GS_REDIS_AUTH,
     "has no password"},
    {":s3cret@",
     "",
     {.auth = "-ERR unknown command 'AUTH', with args: 's3cret'\r\n"},
     GS_REDIS_AUTH,
     "refuses AUTH"},
    {"", "/99", {.select = "-ERR DB index is out of range\r\n"}, GS_REDIS_DATABASE, "number"},
    {"", "/1", {.select = "-LOADING Redis is loading\r\n"}, GS_REDIS_LOADING, "LOADING"},
    {"",
     "",
     {.greeting = "-ERR max number of clients reached\r\n", .info = ""},
     GS_REDIS_CLIENTS,
     "maxclients"},
    {"",
     "",
     {.greeting = "-DENIED Redis is running in protected mode\r\n", .info = ""},
     GS_REDIS_AUTH,
     "DENIED"},
    {"", "", {.greeting = "HTTP/1.1 400 Bad Request\r\n"}, GS_REDIS_PROTOCOL, "understood"},
    {"", "", {.greeting = ""}, GS_REDIS_DISCONNECTED, "closed"},
    {"", "", {.info = ""}, GS_REDIS_DISCONNECTED, "closed"},
    {"", "", {.info = NULL}, GS_REDIS_TIMEOUT, "does not answer"},
};

static void test_greeting(void **state)
{
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(greetings); i++) {
        struct fake fake = greetings[i].fake;
        struct seen seen;
        start_fake(&fake, greetings[i].userinfo, greetings[i].path);
        struct gs_redis_config config = config_for(&fake);
        config.connect_timeout_ms = greetings[i].fault == GS_REDIS_TIMEOUT ? 50 : 5000;
        struct gs_redis *redis = start_redis(&config, &seen);
        bool good = greetings[i].fault == GS_REDIS_OK;
        run_until(good ? &seen.connected : &seen.failed, 1, greetings[i].says);
        if (!good &&
            (seen.fault != greetings[i].fault || seen.connected ||
             !strstr(seen.error.message, greetings[i].says) ||
             !strstr(seen.error.message, "127.0.0.1:") || strstr(seen.error.message, "s3cret")))
            fail_msg("case %zu: %s: %s", i, gs_redis_fault_name(seen.fault), seen.error.message);
        stop_redis(redis, &seen);
        stop_fake(&fake);
    }
}

static void test_what_is_sent(void **state)
{
    static const struct {
        const char *userinfo, *path, *log;
    } cases[] = {
        {"bob:p%40ss@", "/3", "AUTH bob p@ss|SELECT 3|INFO|"},
        {":p%2fss@", "", "AUTH p/ss|INFO|"},
        {"", "/0", "INFO|"},
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        struct fake fake = {.info = INFO_GOOD, .auth = "+OK\r\n", .select = "+OK\r\n"};
        struct seen seen;
        start_fake(&fake, cases[i].userinfo, cases[i].path);
        struct gs_redis_config config = config_for(&fake);
        struct gs_redis *redis = start_redis(&config, &seen);
        run_until(&seen.connected, 1, cases[i].log);
        assert_string_equal(fake.log, cases[i].log);
        stop_redis(redis, &seen);
        stop_fake(&fake);
    }
}

static void test_replica_for_readers(void **state)
{
    struct fake fake = {.info = "redis_version:7.0.1\r\nrole:slave\r\n"};
    struct seen seen;
    (void)state;
    start_fake(&fake, "", "");
    struct gs_redis_config config = config_for(&fake);
    config.accept_replica = true;
    struct gs_redis *redis = start_redis(&config, &seen);
    run_until(&seen.connected, 1, "a connection to a replica");
    assert_true(seen.info.replica);
    stop_redis(redis, &seen);
    stop_fake(&fake);
}

/* Attempts go on with growing pauses; the state says so. */
static void test_refused(void **state)
{
    struct fake fake = {.info = INFO_GOOD};
    struct gs_redis_state now;
    struct seen seen;
    (void)state;
    start_fake(&fake, "", "");
    struct gs_redis_config config = config_for(&fake);
    stop_fake(&fake);
    int64_t begin = now_ms();
    struct gs_redis *redis = start_redis(&config, &seen);
    struct answer answer = {0};
    assert_int_equal(send_words(redis, "PING", &answer), GS_E_UNAVAIL);
    run_until(&seen.failed, 4, "four attempts");
    assert_true(now_ms() - begin >= 50 + 100 + 200); /* half of each pause at least */
    assert_int_equal(seen.fault, GS_REDIS_CONNECT);
    assert_says(seen.error.message, "connection refused");
    assert_int_equal(seen.error.status, GS_E_UNAVAIL);
    gs_redis_state(redis, &now);
    assert_false(now.connected);
    assert_int_equal(now.attempts, seen.failed);
    assert_int_equal(now.fault, GS_REDIS_CONNECT);
    assert_says(now.error, now.endpoint);
    stop_redis(redis, &seen);
    assert_int_equal(answer.calls, 0);
}

static void test_other_addresses(void **state)
{
    static const struct {
        const char *url;
        enum gs_redis_fault fault;
        const char *says;
    } cases[] = {
        {"unix:///nowhere/redis.sock", GS_REDIS_CONNECT, "No such file"},
        {"redis://name.invalid", GS_REDIS_RESOLVE, "name.invalid:6379/0"},
        {"redis://[::1]:1", GS_REDIS_CONNECT, "[::1]:1/0"},
    };
    struct seen seen;
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        struct gs_redis_config config = {.url = cases[i].url};
        struct gs_redis *redis = start_redis(&config, &seen);
        run_until(&seen.failed, 1, cases[i].url);
        assert_int_equal(seen.fault, cases[i].fault);
        assert_says(seen.error.message, cases[i].says);
        stop_redis(redis, &seen);
    }
    /* localhost may be ::1 first, where nobody listens. */
    struct fake fake = {.info = INFO_GOOD};
    char url[100];
    start_fake(&fake, "", "");
    snprintf(url, sizeof url, "redis://localhost%s", strrchr(fake.url, ':'));
    struct gs_redis_config config = {.url = url};
    struct gs_redis *redis = start_redis(&config, &seen);
    run_until(&seen.connected, 1, "localhost");
    assert_int_equal(seen.failed, 0);
    stop_redis(redis, &seen);
    stop_fake(&fake);
}

/* A host that never answers: a listener whose queue is full drops what comes. */
static void test_no_connection_in_time(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), waiting[4];
    char url[100];
    struct seen seen;
    (void)state;
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(listen(listener, 0), 0);
    for (size_t i = 0; i < GS_COUNT_OF(waiting); i++) {
        waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(waiting[i], (struct sockaddr *)&address, size);
    }
    snprintf(url, sizeof url, "redis://127.0.0.1:%d", ntohs(address.sin_port));
    struct gs_redis_config config = {.url = url, .connect_timeout_ms = 50};
    struct gs_redis *redis = start_redis(&config, &seen);
    run_until(&seen.failed, 1, "the timeout");
    assert_int_equal(seen.fault, GS_REDIS_TIMEOUT);
    assert_says(seen.error.message, "no connection in time");
    stop_redis(redis, &seen);
    for (size_t i = 0; i < GS_COUNT_OF(waiting); i++)
        close(waiting[i]);
    close(listener);
}

/* ------------------------------------------------------------------ replies */

static void test_replies(void **state)
{
    struct fake fake = {.info = INFO_GOOD,
                        .bytewise = true,
                        .replies = {"+OK\r\n", ":-5\r\n", "$5\r\nab\r\nc\r\n", "$-1\r\n",
                                    "-OOM command not allowed\r\n", "*2\r\n:1\r\n$1\r\nx\r\n"}};
    struct answer answers[6] = {0};
    struct gs_redis_state now;
    struct seen seen;
    (void)state;
    start_fake(&fake, "", "");
    struct gs_redis_config config = config_for(&fake);
    struct gs_redis *redis = start_redis(&config, &seen);
    run_until(&seen.connected, 1, "the connection");
    answers_so_far = 0;
    for (size_t i = 0; i < GS_COUNT_OF(answers); i++)
        assert_int_equal(send_words(redis, "X y", &answers[i]), GS_OK);
    gs_redis_state(redis, &now);
    assert_int_equal(now.pending, GS_COUNT_OF(answers));
    run_until(&answers[5].calls, 1, "all replies, byte by byte");
    static const enum gs_redis_type types[] = {GS_REDIS_SIMPLE,      GS_REDIS_INTEGER,
                                               GS_REDIS_STRING,      GS_REDIS_NIL,
                                               GS_REDIS_ERROR_REPLY, GS_REDIS_ARRAY};
    for (uint32_t i = 0; i < GS_COUNT_OF(answers); i++) {
        assert_int_equal(answers[i].calls, 1);
        assert_int_equal(answers[i].order, i + 1);
        assert_int_equal(answers[i].type, types[i]);
        assert_int_equal(answers[i].fault, i == 4 ? GS_REDIS_OOM : GS_REDIS_OK);
    }
    assert_int_equal(answers[1].integer, -5);
    assert_string_equal(answers[2].text, "ab\r\nc");
    assert_says(fake.log, "|X y|X y|");
    assert_int_equal(seen.failed, 0);
    stop_redis(redis, &seen);
    stop_fake(&fake);
}

/* The connection ends in the middle: what was answered is answered, the rest is told once. */
static void test_broken(void **state)
{
    static const struct {
        const char *second; /* what comes instead of the second reply */
        enum gs_redis_fault fault;
        const char *says;
    } cases[] = {
        {"", GS_REDIS_DISCONNECTED, "closed"},
        {"$5\r\nab", GS_REDIS_TIMEOUT, "no reply in time"},
        {NULL, GS_REDIS_TIMEOUT, "no reply in time"},
        {"garbage\r\n", GS_REDIS_PROTOCOL, "understood"},
        {"*1000000000\r\n", GS_REDIS_PROTOCOL, "too large"},
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        struct fake fake = {.info = INFO_GOOD, .replies = {"+OK\r\n", cases[i].second}};
        struct answer answers[5] = {0};
        struct seen seen;
        start_fake(&fake, "", "");
        struct gs_redis_config config = config_for(&fake);
        config.timeout_ms = cases[i].fault == GS_REDIS_TIMEOUT ? 50 : 5000;
        config.connect_timeout_ms = 5000;
        struct gs_redis *redis = start_redis(&config, &seen);
        run_until(&seen.connected, 1, "the connection");
        answers_so_far = 0;
        for (size_t j = 0; j < GS_COUNT_OF(answers); j++)
            assert_int_equal(send_words(redis, "X", &answers[j]), GS_OK);
        run_until(&seen.failed, 1, cases[i].says);
        assert_int_equal(seen.fault, cases[i].fault);
        assert_says(seen.error.message, cases[i].says);
        for (uint32_t j = 0; j < GS_COUNT_OF(answers); j++) {
            assert_int_equal(answers[j].calls, 1);
            assert_int_equal(answers[j].order, j + 1);
            assert_int_equal(answers[j].has_reply, j == 0);
            assert_int_equal(answers[j].fault, j == 0 ? GS_REDIS_OK : cases[i].fault);
        }
        run_until(&seen.connected, 2, "the next connection");
        struct gs_redis_state now;
        gs_redis_state(redis, &now);
        assert_true(now.connected);
        assert_int_equal(now.attempts, 0);
        assert_int_equal(now.connects, 2);
        assert_int_equal(now.fault, cases[i].fault);
        stop_redis(redis, &seen);
        stop_fake(&fake);
    }
}

/* A reply that nobody asked for: nothing after it can be trusted. */
static void test_unasked(void **state)
{
    struct fake fake = {.info = INFO_GOOD, .replies = {"+OK\r\n+again\r\n"}};
    struct answer answer = {0};
    struct seen seen;
    (void)state;
    start_fake(&fake, "", "");
    struct gs_redis_config config = config_for(&fake);
    struct gs_redis *redis = start_redis(&config, &seen);
    run_until(&seen.connected, 1, "the connection");
    assert_int_equal(send_words(redis, "X", &answer), GS_OK);
    run_until(&seen.failed, 1, "the fault");
    assert_int_equal(seen.fault, GS_REDIS_PROTOCOL);
    assert_says(seen.error.message, "nobody asked");
    assert_int_equal(answer.calls, 1);
    assert_true(answer.has_reply);
    stop_redis(redis, &seen);
    stop_fake(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_greeting, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_what_is_sent, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_replica_for_readers, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_refused, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_other_addresses, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_no_connection_in_time, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_replies, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_broken, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_unasked, open_loop, close_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
