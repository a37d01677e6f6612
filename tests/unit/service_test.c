/* Goal: a process says what it does and how it is, adds up, refuses to start for a reason, and ends
 * when it should. Method: gs_service_run() on a thread against librdkafka's mock cluster and a
 * redis-server of our own, generated records, its probes and metrics over a socket. */
#include "service_rig.h"

/* ------------------------------------------------------------------ until the end */

static uint64_t sum_of(const struct gs_service_summary *summary)
{
    uint64_t sum = 0;
    for (int d = 0; d < GS_DISPOSITION_COUNT; d++)
        sum += summary->disposition[d];
    return sum;
}

static void test_until_end(void **state)
{
    (void)state;
    struct produced produced = produce_stream(3000);
    struct run run = new_run();
    char text[100];
    run.config.until_end = true;
    run.config.workers = 2;
    begin_run(&run);
    wait_for_end(&run);
    if (run.status != GS_OK)
        fail_msg("%s", run.error.message);
    assert_true(produced.bad > 10);
    assert_int_equal(run.summary.records, produced.records);
    assert_int_equal(run.summary.bytes, produced.bytes);
    assert_int_equal(sum_of(&run.summary), produced.records);
    assert_int_equal(run.summary.disposition[GS_BAD], produced.bad);
    assert_true(run.summary.disposition[GS_DUPLICATE] > 0);
    assert_true(run.summary.cells_written >= 20 && run.summary.scored > 500);
    assert_true(run.summary.seconds > 0 && run.summary.seconds < 20);
    assert_true(run.summary.cpu_seconds > 0 && run.summary.peak_rss_bytes > 1 << 20);
    ask_redis("HGET gs:v1:meta topics", text, sizeof text); /* although it was short */
    assert_string_equal(text, "[\"profiles\"]");
    ask_redis("HGET gs:v1:instance:test tasks", text, sizeof text);
    assert_string_not_equal(text, "");
}

static void test_discard(void **state)
{
    (void)state;
    struct produced produced = produce_stream(1000);
    struct run run = new_run();
    char text[100];
    run.config.discard = true;
    begin_run(&run);
    wait_for_end(&run);
    assert_int_equal(run.status, GS_OK);
    assert_int_equal(run.summary.records, produced.records);
    assert_int_equal(run.summary.bytes, produced.bytes);
    assert_int_equal(sum_of(&run.summary), 0);
    ask_redis("DBSIZE", text, sizeof text);
    assert_string_equal(text, "0");
}

/* ------------------------------------------------------------------ probes, heartbeat */

static void test_probes(void **state)
{
    (void)state;
    static char body[PAGE_MAX];
    struct run run = new_run();
    produce_stream(500);
    listen_for_probes(&run);
    begin_run(&run);
    WAIT_FOR(probe(run.port, "/readyz") == 200);
    assert_int_equal(probe(run.port, "/livez"), 200);
    assert_int_equal(probe(run.port, "/startupz"), 200);
    assert_int_equal(probe(run.port, "/"), 404);
    assert_int_equal(get(run.port, "/readyz?verbose", "*/*", body), 200);
    assert_non_null(strstr(body, "{\"ok\":true,\"checks\":[{\"name\":\"loops\",\"ok\":true"));
    wait_for_answer("HGET gs:v1:meta version", "\"" GS_VERSION "\"");
    wait_for_answer("HGET gs:v1:instance:test version", GS_VERSION);
    wait_for_answer("HGET gs:v1:instance:test updated_ms", "1");
    ask_redis("PTTL gs:v1:instance:test", body, PAGE_MAX);
    assert_in_range(atoi(body), 1, 30000);
    assert_true(end_run(&run) < 4000);
    assert_int_equal(probe(run.port, "/livez"), 0);
}

static void test_redis_away(void **state)
{
    (void)state;
    static char body[PAGE_MAX];
    struct run run = new_run();
    listen_for_probes(&run);
    begin_run(&run);
    WAIT_FOR(probe(run.port, "/readyz") == 200);
    kill_server();
    WAIT_FOR(probe(run.port, "/readyz") == 503); /* after the grace period */
    assert_int_equal(get(run.port, "/readyz", "*/*", body), 503);
    assert_non_null(strstr(body, "redis: away for "));
    assert_int_equal(probe(run.port, "/livez"), 200);
    start_server();
    WAIT_FOR(probe(run.port, "/readyz") == 200);
    wait_for_answer("HGET gs:v1:meta version", GS_VERSION); /* an emptied Redis has it back */
    end_run(&run);
}

/* ------------------------------------------------------------------ starts that are refused */

static void assert_refused(struct run *run, enum gs_status status, const char *words)
{
    begin_run(run);
    wait_for_end(run);
    assert_int_equal(run->status, status);
    assert_int_equal(run->error.status, status);
    if (!strstr(run->error.message, words))
        fail_msg("'%s' has no '%s'", run->error.message, words);
}

static void test_refused(void **state)
{
    (void)state;
    char text[100], listen[40];
    struct run topic = new_run();
    topic.config.tasks_topic = "nowhere";
    assert_refused(&topic, GS_E_CONFIG, "nowhere");
    struct run schemas = new_run();
    schemas.config.schemas_dir = "/nowhere";
    assert_refused(&schemas, GS_E_CONFIG, "/nowhere");
    struct run lexicon = new_run();
    const struct gs_service_lexicon nowhere = {.language = "en", .path = "/nowhere"};
    lexicon.config.lexicons = &nowhere;
    lexicon.config.lexicon_count = 1;
    assert_refused(&lexicon, GS_E_CONFIG, "/nowhere");
    struct run port = new_run(); /* after the workers were started */
    snprintf(listen, sizeof listen, "127.0.0.1:%d", server_port);
    port.config.admin_listen = listen;
    port.config.workers = 3;
    assert_refused(&port, GS_E_UNAVAIL, listen);
    struct run away = new_run();
    away.config.redis.url = "redis://127.0.0.1:1";
    assert_refused(&away, GS_E_UNAVAIL, "127.0.0.1:1");
    struct run guard = new_run(); /* after the group was joined */
    ask_redis("HSET gs:v1:guard:2 owner 1 cluster another group g partitions 4 generation 1", text,
              sizeof text);
    assert_refused(&guard, GS_E_REFUSED, "another");
}

/* Also while a check blocks, which cannot be cut short. */
static void test_stop_at_once(void **state)
{
    (void)state;
    struct run run = new_run();
    run.stop = true;
    begin_run(&run);
    wait_for_end(&run);
    assert_int_equal(run.status, GS_OK);
    assert_int_equal(run.summary.records, 0);
}

/* ------------------------------------------------------------------ validate --connect */

static void test_check(void **state)
{
    (void)state;
    struct run run = new_run();
    struct gs_buf out = {0};
    struct gs_error error;
    assert_int_equal(gs_service_check(&run.config, &out, &error), GS_OK);
    gs_buf_add(&out, "", 1);
    assert_non_null(strstr(out.data, "4 partitions"));
    assert_non_null(strstr(out.data, "maxmemory-policy"));
    out.len = 0;
    run.config.schemas_dir = "";
    run.config.schemas_registry = "http://joe:secret@127.0.0.1:1/path";
    run.config.redis.url = "redis://joe:secret@127.0.0.1:1";
    assert_int_equal(gs_service_check(&run.config, &out, &error), GS_E_UNAVAIL);
    gs_buf_add(&out, "", 1);
    assert_null(strstr(out.data, "secret"));
    assert_non_null(strstr(out.data, "Kafka    ok")); /* one failure does not hide the rest */
    assert_non_null(strstr(out.data, "Schemas  FAIL"));
    assert_non_null(strstr(out.data, "Redis    FAIL"));
    gs_buf_deinit(&out);
}

/* ------------------------------------------------------------------ main */

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_world, tear_down_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_until_end), TEST(test_discard),      TEST(test_probes), TEST(test_redis_away),
        TEST(test_refused),   TEST(test_stop_at_once), TEST(test_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
