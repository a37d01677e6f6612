/* Goal: a question is answered once, with the text or with "there is none", and only by a source
 * that really said so; as long as it says anything else, or nothing, the question stays open.
 * Method: folders made for the purpose, and a scripted HTTP server on a thread of its own. */
#include "registry/internal.h"

#include "registry_server.h"

/* ------------------------------------------------------------------ the asking side */

static struct gs_registry *registry;

struct answer {
    pthread_mutex_t mutex;
    uint32_t calls;
    uint32_t id;
    bool known;
    char text[300];
    struct answer *ask_again; /* from within the answer */
};

static void on_answer(void *user, uint32_t id, struct gs_str schema)
{
    struct answer *answer = user;
    if (answer->ask_again)
        gs_registry_ask(registry, id, on_answer, answer->ask_again);
    pthread_mutex_lock(&answer->mutex);
    answer->calls++;
    answer->id = id;
    answer->known = schema.data != NULL;
    snprintf(answer->text, sizeof answer->text, "%.*s", (int)GS_MIN(schema.len, 299U),
             schema.data ? schema.data : "");
    pthread_mutex_unlock(&answer->mutex);
}

static void ask(uint32_t id, struct answer *answer)
{
    memset(answer, 0, sizeof *answer);
    pthread_mutex_init(&answer->mutex, NULL);
    gs_registry_ask(registry, id, on_answer, answer);
}

static uint32_t calls(struct answer *answer)
{
    pthread_mutex_lock(&answer->mutex);
    uint32_t count = answer->calls;
    pthread_mutex_unlock(&answer->mutex);
    return count;
}

static struct gs_registry_stats stats(void)
{
    struct gs_registry_stats now;
    gs_registry_stats(registry, &now);
    return now;
}

static void wait_for(struct answer *answer, const char *what)
{
    int64_t end = now_ms() + DEADLINE_MS;
    while (!calls(answer) && now_ms() < end)
        usleep(1000);
    if (!calls(answer))
        fail_msg("no answer for %s: %s", what, stats().last_error);
}

static void wait_failures(uint64_t count)
{
    int64_t end = now_ms() + DEADLINE_MS;
    while (stats().failures < count && now_ms() < end)
        usleep(1000);
    assert_true(stats().failures >= count);
}

static void assert_text(struct answer *answer, const char *text)
{
    wait_for(answer, text);
    assert_true(answer->known);
    assert_string_equal(answer->text, text);
}

static void assert_unknown(struct answer *answer)
{
    wait_for(answer, "an unknown id");
    assert_false(answer->known);
}

static void assert_says(const char *text, const char *words)
{
    if (!strstr(text, words))
        fail_msg("\"%s\" does not say \"%s\"", text, words);
}

static void create(const char *dir, const char *url, int64_t timeout_ms, int64_t unknown_ms)
{
    struct gs_registry_config config = {dir, url, timeout_ms};
    struct gs_error error;
    if (gsi_registry_create(&config, unknown_ms, &registry, &error) != GS_OK)
        fail_msg("%s", error.message);
}

static void create_http(const char *userinfo, const char *path, int64_t timeout_ms)
{
    char url[200];
    snprintf(url, sizeof url, "http://%s127.0.0.1:%d%s", userinfo, server.port, path);
    create(NULL, url, timeout_ms, GS_REGISTRY_UNKNOWN_MS);
}

static int set_up_server(void **state)
{
    (void)state;
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    unsetenv("all_proxy");
    server.requests = 0;
    listen_on(0);
    return 0;
}

static int tear_down_server(void **state)
{
    (void)state;
    gs_registry_destroy(registry);
    registry = NULL;
    stop_listening();
    return 0;
}

/* ------------------------------------------------------------------ HTTP */

#define GOOD OK_HEADERS "{\"schema\":\"{\\\"type\\\":\\\"string\\\"}\"}"
#define NOT_FOUND                                                                                  \
    "HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n"                                          \
    "{\"error_code\":40403,\"message\":\"Schema 9 not found\"}"

static void test_fetch_once(void **state)
{
    struct answer answers[3], again;
    (void)state;
    say(NULL, 0); /* so that the second question comes while the first is under way */
    create_http("", "/api/", 0);
    ask(7, &answers[0]);
    for (int64_t end = now_ms() + DEADLINE_MS; !requests() && now_ms() < end;)
        usleep(1000);
    ask(7, &answers[1]);
    assert_int_equal(stats().open, 2);
    say(GOOD, 0);
    assert_text(&answers[0], SCHEMA);
    assert_text(&answers[1], SCHEMA);
    assert_requested("GET /api/schemas/ids/7 HTTP/1.1\r\n");
    assert_requested("Accept: application/vnd.schemaregistry.v1+json");
    stop_listening(); /* it is not needed any more */
    memset(&again, 0, sizeof again);
    ask(7, &answers[2]);
    assert_text(&answers[2], SCHEMA);
    listen_on(server.port);
    assert_int_equal(stats().requests, 1);
    assert_int_equal(requests(), 1);
    assert_int_equal(stats().known, 1);
    assert_int_equal(stats().open, 0);
    assert_int_equal(calls(&answers[0]) + calls(&answers[1]), 2);
}

static void test_unknown(void **state)
{
    struct answer first, second;
    struct gs_error error;
    (void)state;
    say(NOT_FOUND, 0);
    create_http("", "", 0);
    ask(UINT32_MAX, &first);
    assert_unknown(&first);
    assert_int_equal(first.id, UINT32_MAX);
    assert_requested("GET /schemas/ids/4294967295 ");
    say(GOOD, 0);
    ask(UINT32_MAX, &second);
    assert_unknown(&second); /* "there is none" is kept for a while */
    assert_int_equal(requests(), 1);
    say(NOT_FOUND, 0);
    assert_int_equal(gs_registry_fetch(registry, 9, NULL, &error), GS_E_DATA);
    assert_says(error.message, "does not know schema 9");
}

/* A question is open until the source answers, whatever it does until then. */
static void test_failures(void **state)
{
    static const struct {
        const char *answer;
        int filler;
        const char *says;
    } cases[] = {
        {"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n<html>no such page</html>", 0, "404"},
        {"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n{\"error_code\":40401}", 0, "404"},
        {"HTTP/1.1 500 Oops\r\nConnection: close\r\n\r\n{\"error_code\":40403}", 0, "5xx"},
        {"HTTP/1.1 401 No\r\nConnection: close\r\n\r\n", 0, "password"},
        {"HTTP/1.1 302 Found\r\nLocation: /other\r\nConnection: close\r\n\r\n", 0, "redirect"},
        {"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", 0, "refuses the question"},
        {OK_HEADERS, 0, "no JSON object"},
        {OK_HEADERS "{\"schema\":7}", 0, "no JSON object"},
        {OK_HEADERS "[\"schema\"]", 0, "no JSON object"},
        {OK_HEADERS "{\"schema\":\"{\\\"type\\\":", 0, "no JSON object"},
        {OK_HEADERS, 3 << 20, "longer than"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nConnection: close\r\n\r\n{}", 0, "schema 5"},
        {"SSH-2.0-OpenSSH_9.2\r\n", 0, "schema 5"},
        {"", 0, "schema 5"},
    };
    struct answer answer;
    struct gs_error error;
    (void)state;
    create_http("", "", 0);
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        say(cases[i].answer, cases[i].filler);
        assert_int_equal(gs_registry_fetch(registry, 5, NULL, &error), GS_E_UNAVAIL);
        assert_says(error.message, cases[i].says);
        assert_says(error.message, "127.0.0.1");
        assert_string_equal(stats().last_error, error.message);
    }
    assert_int_equal(stats().failures, GS_COUNT_OF(cases));
    ask(5, &answer);
    wait_failures(GS_COUNT_OF(cases) + 2); /* it is tried again by itself */
    assert_int_equal(calls(&answer), 0);
    say(GOOD, 0);
    assert_text(&answer, SCHEMA);
    assert_string_equal(stats().last_error, "");
}

static void test_down_then_up(void **state)
{
    struct answer down, other;
    (void)state;
    say(GOOD, 0);
    create_http("", "", 0);
    stop_listening();
    ask(5, &down);
    ask(6, &other);
    wait_failures(3);
    assert_says(stats().last_error, "127.0.0.1");
    assert_int_equal(stats().open, 2);
    assert_int_equal(calls(&down) + calls(&other), 0);
    listen_on(server.port);
    assert_text(&down, SCHEMA);
    assert_text(&other, SCHEMA);
    assert_int_equal(stats().known, 2);
}

static void test_slow(void **state)
{
    struct answer answer;
    struct gs_error error;
    (void)state;
    say(NULL, 0);
    create_http("", "", 100);
    int64_t start = now_ms();
    assert_int_equal(gs_registry_fetch(registry, 5, NULL, &error), GS_E_UNAVAIL);
    assert_in_range(now_ms() - start, 90, 5000);
    assert_says(error.message, "timed out");
    ask(5, &answer);
    wait_failures(2);
    assert_int_equal(calls(&answer), 0);
    say(GOOD, 0);
    assert_text(&answer, SCHEMA);
}

/* Ends at once although the server hangs and the timeout is long, and drops the question. */
static void test_destroy_while_hanging(void **state)
{
    struct answer answer;
    (void)state;
    say(NULL, 0);
    create_http("", "", 60000);
    ask(5, &answer);
    for (int64_t end = now_ms() + DEADLINE_MS; !requests() && now_ms() < end;)
        usleep(1000);
    assert_int_equal(requests(), 1);
    int64_t start = now_ms();
    gs_registry_destroy(registry);
    registry = NULL;
    assert_in_range(now_ms() - start, 0, 5000);
    assert_int_equal(answer.calls, 0);
    gs_registry_destroy(NULL);
}

static void test_password(void **state)
{
    struct gs_error error;
    struct gs_buf text = {0};
    (void)state;
    say(GOOD, 0);
    create_http("me:s3%40cret@", "", 0);
    assert_int_equal(gs_registry_fetch(registry, 5, &text, &error), GS_OK);
    assert_int_equal(text.len, strlen(SCHEMA));
    assert_memory_equal(text.data, SCHEMA, text.len);
    gs_buf_deinit(&text);
    assert_requested("Authorization: Basic bWU6czNAY3JldA==\r\n");
    say("HTTP/1.1 401 No\r\nConnection: close\r\n\r\n", 0);
    assert_int_equal(gs_registry_fetch(registry, 5, NULL, &error), GS_E_UNAVAIL);
    assert_null(strstr(error.message, "cret"));
    assert_null(strstr(stats().last_error, "cret"));
}

/* Whoever compiles the text finds that it is no Avro schema; asking again would not help. */
static void test_not_avro(void **state)
{
    struct answer answer;
    (void)state;
    say(OK_HEADERS "{\"schemaType\":\"PROTOBUF\",\"schema\":\"syntax\"}", 0);
    create_http("", "", 0);
    ask(5, &answer);
    assert_text(&answer, "syntax");
}

static void test_ask_from_answer(void **state)
{
    struct answer first, second = {.mutex = PTHREAD_MUTEX_INITIALIZER};
    (void)state;
    say(GOOD, 0);
    create_http("", "", 0);
    memset(&first, 0, sizeof first);
    pthread_mutex_init(&first.mutex, NULL);
    first.ask_again = &second;
    gs_registry_ask(registry, 5, on_answer, &first);
    assert_text(&first, SCHEMA);
    assert_text(&second, SCHEMA);
    assert_int_equal(requests(), 1);
}

/* ------------------------------------------------------------------ folders */

static char folder[200];

static void put(const char *name, const char *text)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int set_up_folder(void **state)
{
    const char *parent = getenv("GS_TEST_TMP") ? getenv("GS_TEST_TMP") : "/tmp";
    (void)state;
    snprintf(folder, sizeof folder, "%s/registry-test-XXXXXX", parent);
    assert_non_null(mkdtemp(folder));
    return 0;
}

static int tear_down_folder(void **state)
{
    char command[300];
    (void)state;
    gs_registry_destroy(registry);
    registry = NULL;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static void test_folder(void **state)
{
    struct answer answer;
    struct gs_error error;
    (void)state;
    put("1.avsc", "\"int\"");
    put("3-PostEvent.avsc", SCHEMA);
    put("03.avsc.bak", "no");
    put("x3.avsc", "no");
    put("99999999999.avsc", "no");
    create(folder, "", 0, 200);
    ask(1, &answer);
    assert_text(&answer, "\"int\"");
    ask(3, &answer);
    assert_text(&answer, SCHEMA);
    assert_int_equal(gs_registry_fetch(registry, 2, NULL, &error), GS_E_DATA);
    assert_says(error.message, folder);
    ask(2, &answer);
    assert_unknown(&answer);
    put("2.avsc", SCHEMA); /* found once "there is none" has grown old */
    for (int64_t end = now_ms() + DEADLINE_MS; !answer.known && now_ms() < end;) {
        ask(2, &answer);
        wait_for(&answer, "schema 2");
    }
    assert_text(&answer, SCHEMA);
    assert_int_equal(stats().known, 3);
}

/* A file that cannot be used now is no answer: it may be mended, or still be written. */
static void test_broken_files(void **state)
{
    char path[300];
    struct answer answer;
    struct gs_error error;
    (void)state;
    put("1.avsc", "{\"type\":\"rec");
    put("2.avsc", "");
    put("3.avsc", "\"int\"");
    create(folder, NULL, 0, 200);
    assert_int_equal(gs_registry_fetch(registry, 2, NULL, &error), GS_E_UNAVAIL);
    ask(1, &answer);
    wait_failures(3);
    assert_says(stats().last_error, "no JSON");
    assert_int_equal(calls(&answer), 0);
    put("1.avsc", SCHEMA);
    assert_text(&answer, SCHEMA);
    put("3-again.avsc", "\"long\"");
    assert_int_equal(gs_registry_fetch(registry, 3, NULL, &error), GS_E_UNAVAIL);
    assert_says(error.message, "two files");
    snprintf(path, sizeof path, "%s/4.avsc", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(gs_registry_fetch(registry, 4, NULL, &error), GS_E_UNAVAIL);
    assert_says(error.message, "no file");
    snprintf(path, sizeof path, "%s/5.avsc", folder);
    int file = open(path, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(ftruncate(file, GS_REGISTRY_SCHEMA_BYTES_MAX + 1), 0);
    close(file);
    assert_int_equal(gs_registry_fetch(registry, 5, NULL, &error), GS_E_UNAVAIL);
    assert_says(error.message, "longer than");
    snprintf(path, sizeof path, "rm -rf '%s'", folder);
    assert_int_equal(system(path), 0);
    assert_int_equal(gs_registry_fetch(registry, 3, NULL, &error), GS_E_UNAVAIL);
    assert_says(error.message, "cannot be read");
}

/* ------------------------------------------------------------------ configurations */

static void assert_refused(const char *dir, const char *url, const char *says)
{
    struct gs_registry_config config = {dir, url, 0};
    struct gs_registry *none;
    struct gs_error error;
    assert_int_equal(gs_registry_create(&config, &none, &error), GS_E_CONFIG);
    assert_null(none);
    assert_says(error.message, says);
    assert_null(strstr(error.message, "s3cret"));
}

static void test_configurations(void **state)
{
    static const char *const urls[] = {"registry:8081",
                                       "ftp://me:s3cret@registry",
                                       "http://",
                                       "http://me:s3cret@h:99999",
                                       "http://h?x=1",
                                       "http://h#x",
                                       "http://me:s3cret@[::1",
                                       "file:///etc/passwd"};
    (void)state;
    assert_refused(NULL, NULL, "exactly one");
    assert_refused("", "", "exactly one");
    assert_refused(folder, "http://h", "exactly one");
    assert_refused("/nowhere/at/all", NULL, "cannot be read");
    assert_refused(folder, NULL, "holds no schema");
    put("7.avsc", SCHEMA);
    put("007-other.avsc", SCHEMA);
    assert_refused(folder, NULL, "schema 7");
    for (size_t i = 0; i < GS_COUNT_OF(urls); i++)
        assert_refused(NULL, urls[i], "no URL of a registry");
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up_server, tear_down_server)
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up_folder, tear_down_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_fetch_once),
        WITH_SERVER(test_unknown),
        WITH_SERVER(test_failures),
        WITH_SERVER(test_down_then_up),
        WITH_SERVER(test_slow),
        WITH_SERVER(test_destroy_while_hanging),
        WITH_SERVER(test_password),
        WITH_SERVER(test_not_avro),
        WITH_SERVER(test_ask_from_answer),
        WITH_FOLDER(test_folder),
        WITH_FOLDER(test_broken_files),
        WITH_FOLDER(test_configurations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
