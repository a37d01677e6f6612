/* Goal: rediss:// talks only to a server that proves to be the one of the URL, and carries what a
 * plain connection carries. Method: a redis-server with TLS, certificates made by openssl(1). */
#include "redis_process.h"

static char ca_file[300], other_ca_file[300];

static void run(const char *format, ...) GS_PRINTF(1, 2);
static void run(const char *format, ...)
{
    char command[1200];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    if (system(command) != 0)
        fail_msg("failed: %s", command);
}

static void sign(const char *name, const char *names)
{
    run("cd '%s' && echo subjectAltName=%s >names && openssl x509 -req -in server.csr -CA ca.crt "
        "-CAkey ca.key -CAcreateserial -days 2 -extfile names -out %s.crt 2>log.crt",
        server_folder, names, name);
}

/* Two authorities; the first one signs the server, as localhost and 127.0.0.1 and as another one.
 */
static int set_up(void **state)
{
    static const char new_key[] = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    (void)state;
    make_folder();
    server_tls_port = free_port();
    snprintf(ca_file, sizeof ca_file, "%s/ca.crt", server_folder);
    snprintf(other_ca_file, sizeof other_ca_file, "%s/other.crt", server_folder);
    run("cd '%s' && for ca in ca other; do openssl req -x509 %s -keyout $ca.key -out $ca.crt "
        "-days 2 -subj /CN=test-$ca 2>log.$ca || exit 1; done",
        server_folder, new_key);
    run("cd '%s' && openssl req -new %s -keyout server.key -out server.csr -subj /CN=x 2>log.csr",
        server_folder, new_key);
    sign("server", "DNS:localhost,IP:127.0.0.1");
    sign("stranger", "DNS:redis.example,IP:127.0.0.9");
    start_server();
    return 0;
}

static void test_verification(void **state)
{
    static const struct {
        const char *scheme, *host;
        const char *ca; /* NULL = the system's */
        bool plain_port;
        enum gs_redis_fault fault;
        const char *says;
    } cases[] = {
        {"rediss", "localhost", ca_file, false, GS_REDIS_OK, ""},
        {"rediss", "127.0.0.1", ca_file, false, GS_REDIS_OK, ""},
        {"rediss", "127.0.0.2", ca_file, false, GS_REDIS_CONNECT, "refused"},
        {"rediss", "localhost", other_ca_file, false, GS_REDIS_TLS, "not accepted"},
        {"rediss", "localhost", NULL, false, GS_REDIS_TLS, "not accepted"},
        {"rediss", "localhost", "/nowhere/ca.crt", false, GS_REDIS_TLS, "/nowhere/ca.crt"},
        {"rediss", "localhost", ca_file, true, GS_REDIS_TLS, "speaks TLS"},
        {"redis", "127.0.0.1", NULL, false, GS_REDIS_DISCONNECTED, "its log"},
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        char url[100];
        struct seen seen;
        snprintf(url, sizeof url, "%s://%s:%d", cases[i].scheme, cases[i].host,
                 cases[i].plain_port ? server_port : server_tls_port);
        struct gs_redis_config config = {.url = url, .ca_file = cases[i].ca};
        if (cases[i].plain_port) /* a Redis waits for the end of what it takes for a command */
            config.connect_timeout_ms = 100;
        struct gs_redis *redis = start_redis(&config, &seen);
        while (!seen.connected && !seen.failed)
            uv_run(&loop, UV_RUN_ONCE);
        if ((cases[i].fault == GS_REDIS_OK) != (seen.connected == 1) ||
            seen.fault != cases[i].fault || !strstr(seen.error.message, cases[i].says))
            fail_msg("case %zu: %s: %s", i, gs_redis_fault_name(seen.fault), seen.error.message);
        stop_redis(redis, &seen);
    }
}

/* A certificate that is good, but for somebody else. */
static void test_stranger(void **state)
{
    static const char *const hosts[] = {"localhost", "127.0.0.1"};
    struct gs_redis_config config = {.url = server_url, .ca_file = ca_file};
    struct gs_str set[] = {gs_str_of("CONFIG"), gs_str_of("SET"), gs_str_of("tls-cert-file"),
                           gs_str_of("stranger.crt")};
    const struct gs_redis_reply *reply;
    struct gs_redis_sync *sync, *refused;
    struct gs_error error;
    (void)state;
    assert_int_equal(gs_redis_sync_connect(&config, &sync, &error), GS_OK);
    assert_int_equal(gs_redis_sync_command(sync, set, 4, &reply, &error), GS_OK);
    for (size_t i = 0; i < GS_COUNT_OF(hosts); i++) {
        char url[100];
        snprintf(url, sizeof url, "rediss://%s:%d", hosts[i], server_tls_port);
        config.url = url;
        assert_int_equal(gs_redis_sync_connect(&config, &refused, &error), GS_E_UNAVAIL);
        assert_says(error.message, "mismatch");
    }
    set[3] = gs_str_of("server.crt");
    assert_int_equal(gs_redis_sync_command(sync, set, 4, &reply, &error), GS_OK);
    gs_redis_sync_close(sync);
}

/* Much in both directions at once, so that neither fits into a socket. */
static void test_traffic(void **state)
{
    enum { COMMANDS = 200, BYTES = 100000 };
    struct answer answers[COMMANDS] = {0};
    struct gs_buf buf = {0};
    struct seen seen;
    char url[100];
    (void)state;
    snprintf(url, sizeof url, "rediss://localhost:%d", server_tls_port);
    struct gs_redis_config config = {.url = url, .ca_file = ca_file};
    struct gs_redis *redis = start_redis(&config, &seen);
    run_until(&seen.connected, 1, "the connection");
    char *value = malloc(BYTES);
    memset(value, 'x', BYTES);
    answers_so_far = 0;
    for (int i = 0; i < COMMANDS; i++) {
        buf.len = 0;
        value[0] = (char)('a' + i % 26);
        gs_redis_begin(&buf, 2);
        gs_redis_arg_text(&buf, "ECHO");
        gs_redis_arg(&buf, value, BYTES);
        assert_int_equal(
            gs_redis_send(redis, gs_str_make(buf.data, buf.len), on_answer, &answers[i]), GS_OK);
    }
    run_until(&answers_so_far, COMMANDS, "all replies");
    for (int i = 0; i < COMMANDS; i++) {
        assert_int_equal(answers[i].calls, 1);
        assert_int_equal(answers[i].text[0], 'a' + i % 26);
    }
    assert_int_equal(seen.failed, 0);
    stop_redis(redis, &seen);
    gs_buf_deinit(&buf);
    free(value);
}

static void test_killed(void **state)
{
    struct answer answer = {0};
    struct seen seen;
    char url[100];
    (void)state;
    snprintf(url, sizeof url, "rediss://localhost:%d", server_tls_port);
    struct gs_redis_config config = {.url = url, .ca_file = ca_file};
    struct gs_redis *redis = start_redis(&config, &seen);
    run_until(&seen.connected, 1, "the connection");
    assert_int_equal(send_words(redis, "DEBUG SLEEP 30", &answer), GS_OK);
    uv_run(&loop, UV_RUN_NOWAIT);
    kill_server();
    run_until(&seen.failed, 1, "the end");
    assert_int_equal(seen.fault, GS_REDIS_DISCONNECTED);
    assert_int_equal(answer.calls, 1);
    start_server();
    run_until(&seen.connected, 2, "the next connection");
    stop_redis(redis, &seen);
}

/* A handshake that does not get on is given up, without turning the loop all the time. */
static void test_silent_server(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct seen seen;
    char url[100];
    uint32_t turns = 0;
    (void)state;
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(listen(listener, 4), 0);
    snprintf(url, sizeof url, "rediss://127.0.0.1:%d", ntohs(address.sin_port));
    struct gs_redis_config config = {.url = url, .ca_file = ca_file, .connect_timeout_ms = 100};
    struct gs_redis *redis = start_redis(&config, &seen);
    for (; !seen.failed; turns++)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(seen.fault, GS_REDIS_TLS);
    assert_says(seen.error.message, "does not answer the TLS handshake");
    assert_true(turns < 20);
    stop_redis(redis, &seen);
    close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_verification, open_loop, close_loop),
        cmocka_unit_test(test_stranger),
        cmocka_unit_test_setup_teardown(test_traffic, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_killed, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(test_silent_server, open_loop, close_loop),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down_server);
}
