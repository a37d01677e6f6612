/* Goal: whatever is away, hangs, or belongs to somebody else, a worker neither loses what it read
 * nor writes what it must not, and ends when it is told to. Method: as in worker_test.c; the
 * schemas come from a registry that is slow, Redis is killed and halted, the DLQ has no leader, and
 * a second worker wants the same task. */
#include "worker_rig.h"

#include <netinet/in.h>
#include <sys/resource.h>

enum { API_LIST_OFFSETS = 2 };

#define CELL "GET gs:v1:{influencer:i1}:5m"

static void start_and_read(const struct gs_worker_config *config, struct told *told, int comments)
{
    start_worker(config, told);
    gs_worker_assign(told->worker, 0, 1);
    comment("i1", comments, 0);
    WAIT_FOR(worker_stats(told).records == (uint64_t)comments && task_state(told) == GS_TASK_LIVE);
}

/* ------------------------------------------------------------------ what is logged */

/* What is logged from now on goes into a file, until log_lines(). No worker may be running at
 * either: its thread writes where this writes. */
static struct {
    FILE *file;
    int stderr_fd;
} logged;

static void keep_log(void)
{
    logged.file = tmpfile();
    assert_non_null(logged.file);
    logged.stderr_fd = dup(STDERR_FILENO);
    assert_true(dup2(fileno(logged.file), STDERR_FILENO) >= 0);
    gs_log_configure(GS_LOG_INFO, GS_LOG_LOGFMT);
}

/* How many lines hold each of the texts. */
static void log_lines(const char *const *texts, size_t count, unsigned *lines)
{
    char line[1000];
    gs_log_configure(GS_LOG_ERROR, GS_LOG_LOGFMT);
    assert_true(dup2(logged.stderr_fd, STDERR_FILENO) >= 0);
    close(logged.stderr_fd);
    rewind(logged.file);
    memset(lines, 0, count * sizeof *lines);
    while (fgets(line, sizeof line, logged.file))
        for (size_t i = 0; i < count; i++)
            lines[i] += strstr(line, texts[i]) != NULL;
    fclose(logged.file);
}

/* ------------------------------------------------------------------ schemas */

/* A registry that listens, and answers once it is told to. */
static struct {
    int listener;
    pthread_t thread;
    _Atomic bool answers;
} slow;

static void *serve_slowly(void *user)
{
    static const char schema[] = "{\"schema\": \"{\\\"type\\\":\\\"string\\\"}\"}";
    char request[2000], answer[300];
    int connection;
    (void)user;
    snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n%s", schema);
    while ((connection = accept(slow.listener, NULL, NULL)) >= 0) {
        if (recv(connection, request, sizeof request, 0) > 0) {
            WAIT_FOR(slow.answers);
            (void)!send(connection, answer, strlen(answer), MSG_NOSIGNAL);
        }
        shutdown(connection, SHUT_WR);
        close(connection);
    }
    return NULL;
}

static int listen_slowly(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    slow.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    slow.answers = false;
    assert_int_equal(bind(slow.listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(slow.listener, 16), 0);
    assert_int_equal(getsockname(slow.listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(pthread_create(&slow.thread, NULL, serve_slowly, NULL), 0);
    return ntohs(address.sin_port);
}

static void check_kind(const rd_kafka_message_t *message)
{
    assert_true(message->len > 20);
}

/* What needs the schema waits, and is read when the answer has come: it cannot be a comment. */
static void test_schema_parks(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct gs_registry *slow_registry;
    struct gs_error error;
    struct told told;
    char url[60];
    snprintf(url, sizeof url, "http://127.0.0.1:%d", listen_slowly());
    struct gs_registry_config registry_config = {.url = url};
    assert_int_equal(gs_registry_create(&registry_config, &slow_registry, &error), GS_OK);
    config.registry = slow_registry;
    start_worker(&config, &told);
    gs_worker_assign(told.worker, 0, 1);
    comment("i1", 3, 0);
    WAIT_FOR(worker_stats(&told).parked == 1);
    assert_non_null(strstr(worker_stats(&told).parked_why, "waits for schema 7"));
    assert_int_equal(worker_stats(&told).records, 0);
    slow.answers = true;
    WAIT_FOR(worker_stats(&told).forwarded_dlq == 3);
    WAIT_FOR(worker_stats(&told).parked == 0 && worker_stats(&told).records == 3);
    with_first_record("dlq", check_kind);
    gs_registry_destroy(slow_registry); /* before the worker, as the service does */
    stop_worker(&told, 2000);
    shutdown(slow.listener, SHUT_RDWR);
    pthread_join(slow.thread, NULL);
    close(slow.listener);
}

static void check_unknown(const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers;
    const void *code, *id;
    size_t size;
    assert_int_equal(rd_kafka_message_headers(message, &headers), RD_KAFKA_RESP_ERR_NO_ERROR);
    assert_int_equal(rd_kafka_header_get_last(headers, "groundswell.errors.code", &code, &size), 0);
    assert_string_equal(code, "schema_unknown");
    assert_int_equal(rd_kafka_header_get_last(headers, "groundswell.errors.schema_id", &id, &size),
                     0);
    assert_string_equal(id, "99");
}

/* The folder says that there is none: nobody waits for that. */
static void test_schema_unknown(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct told told;
    struct bytes bytes = {.len = 0};
    put_framing(&bytes, 99);
    put_string(&bytes, "?");
    struct gs_kafka_record record = {.topic = "comments", .value = bytes_view(&bytes)};
    produce(&record);
    flush_records();
    start_worker(&config, &told);
    gs_worker_assign(told.worker, 0, 1);
    comment("i1", 1, 0);
    wait_for_answer(CELL, "\"comments\":1");
    WAIT_FOR(worker_stats(&told).forwarded_dlq == 1);
    with_first_record("dlq", check_unknown);
    stop_worker(&told, 2000);
}

/* ------------------------------------------------------------------ Redis */

/* An outage is told once, however often it is tried to connect, and so is its end. */
static void test_outage_is_told_once(void **state)
{
    static const char *const texts[] = {"connection refused", "Redis is back after "};
    struct gs_worker_config config = worker_config();
    struct told told;
    unsigned lines[GS_COUNT_OF(texts)];
    (void)state;
    keep_log();
    start_and_read(&config, &told, 1);
    wait_for_answer(CELL, "\"comments\":1");
    kill_server();
    WAIT_FOR(worker_stats(&told).redis_faults[GS_REDIS_CONNECT] >= 3);
    start_server();
    wait_for_answer(CELL, "\"comments\":1");
    stop_worker(&told, 2000);
    log_lines(texts, GS_COUNT_OF(texts), lines);
    assert_int_equal(lines[0], 1);
    assert_int_equal(lines[1], 1);
}

/* Several questions about a task fail at once, as with a topic that was just made. */
static void test_offsets_not_known_is_told_once(void **state)
{
    static const rd_kafka_resp_err_t errors[] = {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
                                                 RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
                                                 RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED};
    static const char *const texts[] = {"cannot start yet"};
    struct gs_worker_config config = worker_config();
    struct told told;
    unsigned lines;
    (void)state;
    keep_log();
    start_worker(&config, &told);
    rd_kafka_mock_push_request_errors_array(mock, API_LIST_OFFSETS, GS_COUNT_OF(errors), errors);
    gs_worker_assign(told.worker, 0, 1);
    WAIT_FOR(task_state(&told) == GS_TASK_LIVE);
    stop_worker(&told, 2000);
    log_lines(texts, GS_COUNT_OF(texts), &lines);
    assert_int_equal(lines, 1);
}

static void test_redis_killed(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct told told;
    start_and_read(&config, &told, 2);
    wait_for_answer(CELL, "\"comments\":2");
    kill_server();
    WAIT_FOR(!worker_stats(&told).redis_connected);
    assert_true(worker_stats(&told).redis_error[0]);
    comment("i1", 3, 0);
    WAIT_FOR(worker_stats(&told).records == 5); /* it reads on */
    start_server();                             /* an empty one */
    wait_for_answer(CELL, "\"comments\":5");
    WAIT_FOR(worker_stats(&told).redis_connects == 2);
    stop_worker(&told, 2000);
    assert_int_equal(told_count(&told, GS_WORKER_FAILED), 0);
}

static void test_redis_emptied(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct told told;
    char text[100];
    start_and_read(&config, &told, 2);
    wait_for_answer(CELL, "\"comments\":2");
    ask_redis("FLUSHALL", text, sizeof text);
    comment("i2", 1, 0); /* a write that finds out */
    wait_for_answer(CELL, "\"comments\":2");
    WAIT_FOR(worker_stats(&told).sums.outcome_empty >= 1);
    stop_worker(&told, 2000);
}

static void test_foreign_guard(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct told told;
    char text[100];
    ask_redis("HSET gs:v1:guard:0 owner 1 cluster another group g partitions 4 generation 1", text,
              sizeof text);
    start_worker(&config, &told);
    gs_worker_assign(told.worker, 0, 1);
    WAIT_FOR(told_count(&told, GS_WORKER_FAILED) == 1);
    struct gs_worker_event event = told_last(&told, GS_WORKER_FAILED);
    assert_int_equal(event.error.status, GS_E_REFUSED);
    assert_non_null(strstr(event.error.message, "another"));
    assert_true(stop_worker(&told, 5000) < 3000);
    assert_int_equal(told_count(&told, GS_WORKER_FAILED), 1); /* once */
}

/* ------------------------------------------------------------------ two owners */

/* A worker that has the task already, and a second one that proves that it is the owner. */
static void start_rivals(struct told *first, struct told *second)
{
    struct gs_worker_config config = worker_config();
    start_and_read(&config, first, 2);
    wait_for_answer(CELL, "\"comments\":2");
    start_worker(&config, second);
    second->answer = true;
    second->proof = GS_PROOF_OWNER;
    gs_worker_assign(second->worker, 0, 1); /* no newer generation: that alone proves nothing */
    WAIT_FOR(told_count(second, GS_WORKER_PROVE) >= 1);
    struct gs_worker_event event = told_last(second, GS_WORKER_PROVE);
    assert_int_equal(event.at_count, 1);
    WAIT_FOR(task_state(second) == GS_TASK_LIVE);
    comment("i1", 1, 0); /* the first one's next write is fenced */
    WAIT_FOR(told_count(first, GS_WORKER_PROVE) >= 1);
    wait_for_answer(CELL, "\"comments\":3");
}

static void test_proof_lost(void **state)
{
    (void)state;
    struct told first, second;
    start_rivals(&first, &second);
    gs_worker_proved(first.worker, 0, told_last(&first, GS_WORKER_PROVE).id, GS_PROOF_LOST);
    WAIT_FOR(worker_stats(&first).task_count == 0);
    assert_int_equal(worker_stats(&first).sums.outcome_fenced, 1);
    gs_worker_proved(first.worker, 0, 12345, GS_PROOF_OWNER); /* of nobody */
    stop_worker(&first, 2000);
    stop_worker(&second, 2000);
    assert_int_equal(told_count(&first, GS_WORKER_REVOKED), 0);
}

/* Also then the group hears that the task is closed. */
static void test_lost_while_revoked(void **state)
{
    (void)state;
    struct told first, second;
    start_rivals(&first, &second);
    gs_worker_revoke(first.worker, 0, 3600000);
    gs_worker_proved(first.worker, 0, told_last(&first, GS_WORKER_PROVE).id, GS_PROOF_LOST);
    WAIT_FOR(told_count(&first, GS_WORKER_REVOKED) == 1);
    stop_worker(&first, 2000);
    stop_worker(&second, 2000);
}

/* ------------------------------------------------------------------ the limit of a stop */

static void test_stop_redis_hangs(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct told told;
    config.task.flush_interval_ms = 3600000;
    start_and_read(&config, &told, 2);
    kill(server_pid, SIGSTOP);
    int64_t took_ms = stop_worker(&told, 700);
    kill(server_pid, SIGCONT);
    assert_in_range(took_ms, 600, 2500);
}

static void test_stop_dlq_hangs(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct told told;
    struct gs_kafka_record record = {.topic = "comments", .value = gs_str_of("nonsense")};
    start_and_read(&config, &told, 1);
    for (int32_t i = 0; i < PARTITIONS; i++)
        rd_kafka_mock_partition_set_leader(mock, "dlq", i, -1);
    produce(&record);
    flush_records();
    WAIT_FOR(worker_stats(&told).forward_pending == 1);
    int64_t took_ms = stop_worker(&told, 700);
    assert_in_range(took_ms, 600, 2500);
    assert_int_equal(told_count(&told, GS_WORKER_FAILED), 0);
}

/* Wherever the descriptors end, a worker comes up or says so, and leaves nothing behind. */
static void test_no_descriptors(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct rlimit before, limit;
    struct gs_worker *worker;
    struct gs_error error;
    int refused = 0;
    int next = dup(0);
    close(next);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    for (int spare = 0; spare < 12; spare++) {
        struct told told = {.mutex = PTHREAD_MUTEX_INITIALIZER};
        limit = before;
        limit.rlim_cur = (rlim_t)(next + spare);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
        enum gs_status status = gs_worker_create(&config, on_told, &told, &worker, &error);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        refused += status == GS_E_UNAVAIL;
        if (status != GS_OK)
            assert_null(worker);
        if (status != GS_OK)
            continue;
        told.worker = worker;
        stop_worker(&told, 100);
    }
    assert_true(refused > 0);
}

/* Before anything is connected, and with orders that come too late. */
static void test_stop_at_once(void **state)
{
    (void)state;
    struct gs_worker_config config = worker_config();
    struct told told;
    struct gs_buf note = {0};
    kill_server();
    start_worker(&config, &told);
    gs_worker_assign(told.worker, 0, 1);
    gs_worker_stop(told.worker, 10000);
    WAIT_FOR(told_count(&told, GS_WORKER_STOPPED) == 1);
    gs_worker_assign(told.worker, 1, 1);
    gs_worker_revoke(told.worker, 1, 100);
    gs_buf_add_text(&note, "*1\r\n$4\r\nPING\r\n");
    gs_worker_note(told.worker, &note);
    assert_int_equal(note.len, 0);
    gs_worker_stop(told.worker, 100);
    gs_worker_destroy(told.worker);
    start_server();
}

/* ------------------------------------------------------------------ main */

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_worker, tear_down_worker)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_schema_parks),
        TEST(test_schema_unknown),
        TEST(test_redis_killed),
        TEST(test_redis_emptied),
        TEST(test_foreign_guard),
        TEST(test_proof_lost),
        TEST(test_lost_while_revoked),
        TEST(test_stop_redis_hangs),
        TEST(test_stop_dlq_hangs),
        TEST(test_stop_at_once),
        TEST(test_no_descriptors),
        TEST(test_outage_is_told_once),
        TEST(test_offsets_not_known_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
