/* Goal: good requests get what the handler says; bad, slow, large and too many clients get refused,
 * and never keep others from being served or the server from ending.
 * Method: raw sockets against a server on a free port; its idle limit is short or
 * long where that matters. */
#include "admin/internal.h"

#include <netinet/in.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

enum { DEADLINE_MS = 20000, LARGE = 24 << 20 /* more than sockets buffer */ };

static struct gs_admin *admin;
static sem_t entered, leave; /* of "/wait" */

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Says what it was asked. */
static void handle(void *user, const struct gs_admin_request *request,
                   struct gs_admin_response *response)
{
    assert_ptr_equal(user, &admin);
    assert_int_equal(response->status, 200);
    if (strcmp(request->path, "/nowhere") == 0) {
        response->status = 404;
        return;
    }
    if (strcmp(request->path, "/empty") == 0)
        return;
    if (strcmp(request->path, "/wait") == 0) {
        sem_post(&entered);
        sem_wait(&leave);
    }
    if (strcmp(request->path, "/wait") == 0 || strcmp(request->path, "/large") == 0) {
        memset(gs_buf_reserve(&response->body, LARGE), 'x', LARGE);
        response->body.len = LARGE;
        return;
    }
    if (request->openmetrics)
        response->content_type = "application/openmetrics-text";
    gs_buf_printf(&response->body, "path=%s verbose=%d", request->path, request->verbose);
    if (strcmp(request->path, "/sick") == 0)
        response->status = 503;
}

/* ------------------------------------------------------------------ a client */

static int dial(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval limit = {DEADLINE_MS / 1000, 0};
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_port = htons(gs_admin_port(admin));
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    assert_int_equal(connect(connection, (struct sockaddr *)&address, sizeof address), 0);
    return connection;
}

static void put(int connection, const char *text)
{
    (void)send(connection, text, strlen(text), MSG_NOSIGNAL); /* it may be closed already */
}

/* Everything up to the end of the connection; static, valid until the next call. */
static const char *read_all(int connection)
{
    static char text[70000];
    size_t len = 0;
    ssize_t got;
    while ((got = recv(connection, text + len, sizeof text - 1 - len, 0)) > 0)
        len += (size_t)got;
    text[len] = 0;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        fail_msg("the connection was not closed, after '%.200s'", text);
    close(connection);
    return text;
}

static const char *ask(const char *request)
{
    int connection = dial();
    put(connection, request);
    return read_all(connection);
}

#define REST " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

static void assert_says(const char *text, const char *words)
{
    if (!strstr(text, words))
        fail_msg("'%.500s' does not say '%s'", text, words);
}

static void assert_served(void)
{
    assert_says(ask("GET /served" REST), "path=/served verbose=0");
}

static int set_up_with(unsigned timeout_s)
{
    struct gs_admin_config config = {"127.0.0.1:0", handle, &admin};
    struct gs_error error;
    sem_init(&entered, 0, 0);
    sem_init(&leave, 0, 0);
    if (gsi_admin_create(&config, timeout_s, &admin, &error) != GS_OK)
        fail_msg("%s", error.message);
    assert_true(gs_admin_port(admin) > 0);
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    return set_up_with(GS_ADMIN_TIMEOUT_S);
}

static int set_up_quick(void **state)
{
    (void)state;
    return set_up_with(1);
}

static int set_up_patient(void **state)
{
    (void)state;
    return set_up_with(10 * DEADLINE_MS / 1000);
}

static int tear_down(void **state)
{
    (void)state;
    gs_admin_destroy(admin);
    admin = NULL;
    return 0;
}

/* ------------------------------------------------------------------ good requests */

static void test_get(void **state)
{
    const char *answer = ask("GET /metrics" REST);
    (void)state;
    assert_says(answer, "HTTP/1.1 200 OK\r\n");
    assert_says(answer, "Content-Type: text/plain; charset=utf-8\r\n");
    assert_says(answer, "Cache-Control: no-store\r\n");
    assert_says(answer, "X-Content-Type-Options: nosniff\r\n");
    assert_says(answer, "\r\n\r\npath=/metrics verbose=0");
    assert_says(ask("GET /readyz?verbose" REST), "path=/readyz verbose=1");
    assert_says(ask("GET /readyz?a=b&verbose=1" REST), "path=/readyz verbose=1");
    assert_says(ask("GET /readyz?verbosely" REST), "path=/readyz verbose=0");
    assert_says(ask("GET /a%2Fb%20c" REST), "path=/a/b c verbose=0");
    answer = ask("GET /sick" REST);
    assert_says(answer, "HTTP/1.1 503 ");
    assert_says(answer, "path=/sick");
    answer = ask("GET /empty" REST);
    assert_says(answer, "HTTP/1.1 200 ");
    assert_says(answer, "Content-Length: 0\r\n");
    answer = ask("GET /nowhere" REST);
    assert_says(answer, "HTTP/1.1 404 ");
    assert_says(answer, "\r\n\r\nnot found\n");
}

static void test_openmetrics(void **state)
{
    const char *answer;
    (void)state;
    answer = ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: "
                 "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.2\r\n\r\n");
    assert_says(answer, "Content-Type: application/openmetrics-text\r\n");
    answer = ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: text/plain\r\n\r\n");
    assert_says(answer, "Content-Type: text/plain");
}

static void test_head(void **state)
{
    const char *answer = ask("HEAD /x" REST);
    (void)state;
    assert_says(answer, "HTTP/1.1 200 OK\r\n");
    assert_says(answer, "Content-Length: 17\r\n");
    assert_null(strstr(answer, "path="));
}

static void test_pipeline(void **state)
{
    int connection = dial();
    (void)state;
    put(connection, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n"
                    "GET /3" REST);
    const char *answer = read_all(connection);
    assert_says(answer, "path=/1 ");
    assert_says(answer, "path=/2 ");
    assert_says(answer, "path=/3 ");
}

/* ------------------------------------------------------------------ bad ones */

static void test_methods(void **state)
{
    static const char *const methods[] = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", "X"};
    char request[200];
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(methods); i++) {
        snprintf(request, sizeof request, "%s /x" REST, methods[i]);
        const char *answer = ask(request);
        assert_says(answer, "HTTP/1.1 405 ");
        assert_says(answer, "Allow: GET, HEAD\r\n");
        assert_null(strstr(answer, "path="));
    }
    /* Its body is not waited for. */
    const char *answer = ask("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nabc");
    assert_says(answer, "HTTP/1.1 405 ");
    assert_served();
}

static void test_get_with_body(void **state)
{
    struct gs_buf request = {0};
    (void)state;
    assert_says(ask("GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\n"
                    "abc"),
                "path=/x");
    gs_buf_add_text(&request, "GET /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
    memset(gs_buf_reserve(&request, 100001), 'x', 100000);
    request.len += 100000;
    request.data[request.len] = 0;
    assert_null(strstr(ask(request.data), "path=/x"));
    gs_buf_deinit(&request);
    assert_served();
}

static void test_garbage(void **state)
{
    static const char *const requests[] = {
        "\r\n\r\n\r\n",
        "\x16\x03\x01\x02",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n", /* no host */
        "GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"};
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(requests); i++) {
        int connection = dial();
        put(connection, requests[i]);
        shutdown(connection, SHUT_WR);
        const char *answer = read_all(connection);
        assert_null(strstr(answer, "HTTP/1.1 2"));
    }
    assert_served();
}

static void test_too_large(void **state)
{
    static const char *const starts[] = {"GET /", "GET / HTTP/1.1\r\nHost: x\r\nA: "};
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(starts); i++) {
        static char filler[GS_ADMIN_REQUEST_BYTES_MAX + 1];
        int connection = dial();
        memset(filler, 'x', sizeof filler - 1);
        put(connection, starts[i]);
        put(connection, filler);
        put(connection, "\r\n\r\n");
        const char *answer = read_all(connection);
        if (answer[0] && !strstr(answer, "HTTP/1.1 4"))
            fail_msg("'%.100s'", answer);
    }
    assert_served();
    /* Many small headers of a normal size are fine. */
    assert_says(ask("GET /x HTTP/1.1\r\nHost: x\r\nA: b\r\nC: d\r\nE: f\r\nG: h\r\nConnection: "
                    "close\r\n\r\n"),
                "path=/x");
}

/* ------------------------------------------------------------------ slow and many */

static void test_stalled(void **state)
{
    int connection = dial();
    (void)state;
    put(connection, "GET / HTTP/1.1\r\nHost:");
    assert_served();
    int64_t start = now_ms();
    const char *answer = read_all(connection); /* fails if it is not closed */
    assert_null(strstr(answer, "path="));
    assert_in_range(now_ms() - start, 0, DEADLINE_MS / 2);
    connection = dial(); /* without a byte */
    assert_string_equal(read_all(connection), "");
}

/* Clients that send a byte now and then are never idle. */
static void test_dripping(void **state)
{
    int connections[GS_ADMIN_CONNECTIONS_MAX * 2];
    size_t closed = 0;
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(connections); i++) {
        connections[i] = dial();
        put(connections[i], "GET / HT");
    }
    for (int round = 0; round < 5; round++) {
        for (size_t i = 0; i < GS_COUNT_OF(connections); i++)
            put(connections[i], "T");
        assert_served();
    }
    for (size_t i = 0; i < GS_COUNT_OF(connections); i++) {
        struct pollfd gone = {connections[i], POLLIN, 0};
        closed += poll(&gone, 1, 0) == 1;
        close(connections[i]);
    }
    assert_true(closed >= GS_ADMIN_CONNECTIONS_MAX);
}

/* Who has just been served is not the one that makes room. */
static void test_newest_stays(void **state)
{
    int stays = dial(), drips[GS_ADMIN_CONNECTIONS_MAX - 8];
    char byte;
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(drips); i++) {
        drips[i] = dial();
        put(drips[i], "GET");
        if (i + 2 == GS_COUNT_OF(drips)) { /* as the last but one: it was the oldest */
            put(stays, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
            assert_int_equal(recv(stays, &byte, 1, MSG_PEEK), 1);
        }
    }
    assert_served();
    assert_int_equal(recv(drips[0], &byte, 1, 0), 0); /* the oldest is closed */
    put(stays, "GET /2" REST);
    const char *answer = read_all(stays);
    assert_says(answer, "path=/1 ");
    assert_says(answer, "path=/2 ");
    for (size_t i = 0; i < GS_COUNT_OF(drips); i++)
        close(drips[i]);
}

/* ------------------------------------------------------------------ the end */

static void *destroy(void *user)
{
    gs_admin_destroy(user);
    return NULL;
}

static void test_answers_at_the_end(void **state)
{
    static char bytes[65536];
    pthread_t destroyer;
    int connection = dial();
    int size = 65536;
    (void)state;
    setsockopt(connection, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    put(connection, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
    sem_wait(&entered);
    assert_int_equal(pthread_create(&destroyer, NULL, destroy, admin), 0);
    admin = NULL;
    usleep(100000); /* time to get it wrong; if it is too short, the test finds less */
    sem_post(&leave);
    size_t len = 0;
    ssize_t got;
    while ((got = recv(connection, bytes, sizeof bytes, 0)) > 0)
        len += (size_t)got;
    pthread_join(destroyer, NULL);
    assert_int_equal(got, 0);
    assert_in_range(len, LARGE, LARGE + 1000); /* and the headers */
    close(connection);
    gs_admin_destroy(NULL);
}

static void test_ends_quickly(void **state)
{
    int idle = dial(), half = dial(), kept = dial(), deaf = dial(), size = 4096;
    char byte;
    (void)state;
    put(half, "GET / HT");
    put(kept, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(recv(kept, &byte, 1, MSG_PEEK), 1);
    setsockopt(deaf, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    put(deaf, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(recv(deaf, &byte, 1, MSG_PEEK), 1); /* and it reads nothing */
    assert_served();
    int64_t start = now_ms();
    gs_admin_destroy(admin);
    admin = NULL;
    assert_in_range(now_ms() - start, 0, 5000);
    assert_string_equal(read_all(idle), "");
    read_all(half);
    read_all(kept);
    close(deaf);
}

/* ------------------------------------------------------------------ addresses */

static void test_addresses(void **state)
{
    static const char *const good[] = {"127.0.0.1:9464", "[::1]:9464", ":9464", "0.0.0.0:0",
                                       "[::]:65535"};
    static const char *const bad[] = {"",
                                      "127.0.0.1",
                                      "9464",
                                      ":",
                                      ":65536",
                                      ":-1",
                                      "127.0.0.1:x",
                                      "::1:9464",
                                      "[::1]",
                                      "[::1]9464",
                                      "[127.0.0.1]:1",
                                      "localhost:1",
                                      "256.0.0.1:1",
                                      "[::1:1",
                                      ":1 ",
                                      "[]:1",
                                      "[::1%lo]:1",
                                      "127.0.0.1:99999999999999999999"};
    struct gs_admin_config config = {NULL, handle, &admin};
    struct gs_admin *none;
    struct gs_error error;
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(good); i++)
        assert_int_equal(gs_admin_config_check(good[i], &error), GS_OK);
    for (size_t i = 0; i < GS_COUNT_OF(bad); i++) {
        if (gs_admin_config_check(bad[i], &error) != GS_E_CONFIG)
            fail_msg("'%s' is accepted", bad[i]);
        config.listen = bad[i];
        assert_int_equal(gs_admin_create(&config, &none, &error), GS_E_CONFIG);
        assert_null(none);
        assert_says(error.message, "admin.listen");
    }
}

static void test_port_in_use(void **state)
{
    struct gs_admin_config config = {NULL, handle, &admin};
    struct gs_admin *second;
    struct gs_error error;
    char listen_on[40];
    (void)state;
    snprintf(listen_on, sizeof listen_on, "127.0.0.1:%u", gs_admin_port(admin));
    config.listen = listen_on;
    assert_int_equal(gs_admin_create(&config, &second, &error), GS_E_UNAVAIL);
    assert_null(second);
    assert_says(error.message, listen_on);
    assert_says(error.message, "in use");
    assert_says(error.message, "another port");
    config.listen = "192.0.2.1:9464";
    assert_int_equal(gs_admin_create(&config, &second, &error), GS_E_UNAVAIL);
    assert_says(error.message, "of this machine");
    assert_served();
}

/* Without an address it is reached by IPv4 too, and the port is free again at once afterwards. */
static void test_everywhere(void **state)
{
    struct gs_admin_config config = {":0", handle, &admin};
    struct gs_error error;
    char listen_on[40];
    (void)state;
    for (int i = 0; i < 3; i++) {
        if (gs_admin_create(&config, &admin, &error) != GS_OK)
            fail_msg("%s", error.message);
        assert_served();
        snprintf(listen_on, sizeof listen_on, ":%u", gs_admin_port(admin));
        gs_admin_destroy(admin);
        config.listen = listen_on;
    }
    admin = NULL;
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_get),
        WITH_SERVER(test_openmetrics),
        WITH_SERVER(test_head),
        WITH_SERVER(test_pipeline),
        WITH_SERVER(test_methods),
        WITH_SERVER(test_get_with_body),
        WITH_SERVER(test_garbage),
        WITH_SERVER(test_too_large),
        cmocka_unit_test_setup_teardown(test_stalled, set_up_quick, tear_down),
        cmocka_unit_test_setup_teardown(test_dripping, set_up_patient, tear_down),
        cmocka_unit_test_setup_teardown(test_newest_stays, set_up_patient, tear_down),
        WITH_SERVER(test_answers_at_the_end),
        WITH_SERVER(test_ends_quickly),
        cmocka_unit_test(test_addresses),
        WITH_SERVER(test_port_in_use),
        cmocka_unit_test(test_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
