/* Goal: of several sources the later wins and every value tells where it comes from; secrets come
 * from files and are shown nowhere; what is printed, described and handed to the service is what
 * was set.
 * Method: files in a fresh folder, environments and flags through gs_config_load; the output is
 * read back as text, or as JSON by jansson. */
#include "groundswell/config.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

struct place {
    char folder[64];
    char file[96];
    char secret[96];
};

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int make_place(void **state)
{
    static struct place place;
    snprintf(place.folder, sizeof place.folder, "/tmp/groundswell-config-XXXXXX");
    assert_non_null(mkdtemp(place.folder));
    snprintf(place.file, sizeof place.file, "%s/c.yaml", place.folder);
    snprintf(place.secret, sizeof place.secret, "%s/secret", place.folder);
    *state = &place;
    return 0;
}

static int remove_place(void **state)
{
    struct place *place = *state;
    unlink(place->file);
    unlink(place->secret);
    return rmdir(place->folder);
}

static char *text_of(const struct gs_config_loaded *loaded)
{
    struct gs_buf out = {0};
    gs_config_print(loaded, &out);
    gs_buf_add(&out, "", 1);
    return out.data;
}

static void assert_line(const struct gs_config_loaded *loaded, const char *line)
{
    char *text = text_of(loaded);
    if (!strstr(text, line))
        fail_msg("'%s' is not in:\n%s", line, text);
    gs_free(text);
}

static struct gs_config_loaded load_good(const struct gs_config_sources *sources)
{
    struct gs_config_loaded loaded;
    struct gs_error error;
    if (gs_config_load(sources, &loaded, &error) != GS_OK)
        fail_msg("%s", error.message);
    return loaded;
}

static void assert_load_fails(const struct gs_config_sources *sources, enum gs_status status,
                              const char *words)
{
    struct gs_config_loaded loaded;
    struct gs_error error = {0};
    assert_int_equal(gs_config_load(sources, &loaded, &error), status);
    if (!strstr(error.message, words))
        fail_msg("'%s' is not in: %s", words, error.message);
}

/* ------------------------------------------------------------------ who needs what */

static void readers_need_no_brokers(void **state)
{
    char *settings[] = {"redis.prefix=p"};
    char *wrong[] = {"redis.url=nowhere"};
    struct gs_config_sources sources = {.settings = settings, .setting_count = 1};
    (void)state;
    assert_load_fails(&sources, GS_E_CONFIG, "kafka.bootstrap_servers is not set");
    sources.for_reader = true;
    struct gs_config_loaded loaded = load_good(&sources);
    assert_string_equal(loaded.config.redis_prefix, "p");
    gs_config_unload(&loaded);
    sources.settings = wrong; /* all else is checked */
    assert_load_fails(&sources, GS_E_CONFIG, "redis.url");
}

/* ------------------------------------------------------------------ precedence */

static void later_sources_win(void **state)
{
    struct place *place = *state;
    char *environment[] = {"PATH=/bin",
                           "GROUNDSWELL_WORKERS=3",
                           "GROUNDSWELL_REDIS__PREFIX=env",
                           "GROUNDSWELL_KAFKA__PROPERTIES__LINGER__MS=5",
                           "GROUNDSWELL_SENTIMENT__LEXICONS__EN=e",
                           NULL};
    char *settings[] = {"redis.prefix=flag", "kafka.properties.linger.ms=6",
                        "sentiment.lexicons.en=s"};
    write_file(place->file, "kafka: {bootstrap_servers: f, properties: {linger.ms: 4}}\n"
                            "workers: 2\nredis: {prefix: file, timeout: 2s}\n");
    struct gs_config_sources sources = {.file = place->file};
    struct gs_config_loaded loaded = load_good(&sources);
    assert_int_equal(loaded.config.workers, 2);
    assert_int_equal(loaded.config.consume_batch, 512);
    gs_config_unload(&loaded);
    sources.environment = environment;
    loaded = load_good(&sources);
    assert_int_equal(loaded.config.workers, 3);
    assert_string_equal(loaded.config.redis_prefix, "env");
    assert_string_equal(loaded.config.kafka_properties[0].value, "5");
    assert_string_equal(loaded.config.sentiment_lexicons[0].path, "e");
    gs_config_unload(&loaded);
    sources.settings = settings;
    sources.setting_count = 3;
    loaded = load_good(&sources);
    assert_int_equal(loaded.config.workers, 3);
    assert_int_equal(loaded.config.sentiment_lexicon_count, 1);
    assert_string_equal(loaded.config.sentiment_lexicons[0].path, "s");
    assert_string_equal(loaded.config.redis_prefix, "flag");
    assert_int_equal(loaded.config.kafka_property_count, 1);
    assert_string_equal(loaded.config.kafka_properties[0].value, "6");
    assert_line(&loaded, "batch: 512  # default\n");
    assert_line(&loaded, "workers: 3  # environment GROUNDSWELL_WORKERS\n");
    assert_line(&loaded, "prefix: \"flag\"  # --set\n");
    assert_line(&loaded, "c.yaml:3\n");
    gs_config_unload(&loaded);
}

static void wrong_sources_are_named(void **state)
{
    struct place *place = *state;
    char *typo[] = {"GROUNDSWELL_KAFKA__BOOTSTRAP_SERVER=b", NULL};
    char *range[] = {"GROUNDSWELL_KAFKA__BOOTSTRAP_SERVERS=b", "GROUNDSWELL_WORKERS=100", NULL};
    char *list[] = {"windows=1m"};
    char *no_value[] = {"workers"};
    assert_load_fails(&(struct gs_config_sources){.environment = typo}, GS_E_CONFIG,
                      "environment GROUNDSWELL_KAFKA__BOOTSTRAP_SERVER: unknown key "
                      "'kafka.bootstrap_server'; did you mean 'kafka.bootstrap_servers'?");
    assert_load_fails(&(struct gs_config_sources){.environment = range}, GS_E_CONFIG,
                      "environment GROUNDSWELL_WORKERS: workers is 100");
    assert_load_fails(&(struct gs_config_sources){.settings = list, .setting_count = 1},
                      GS_E_CONFIG, "windows is a list and can be set in the file only");
    assert_load_fails(&(struct gs_config_sources){.settings = no_value, .setting_count = 1},
                      GS_E_USAGE, "--set KEY=VALUE");
    assert_load_fails(&(struct gs_config_sources){.file = "/nowhere/c.yaml"}, GS_E_CONFIG,
                      "/nowhere/c.yaml: cannot be opened: No such file");
    assert_load_fails(&(struct gs_config_sources){.file = place->folder}, GS_E_CONFIG,
                      "cannot be read: Is a directory");
    assert_load_fails(&(struct gs_config_sources){.file = "/dev/zero"}, GS_E_CONFIG, "larger than");
}

/* Kubernetes tells every pod about a Service called groundswell. */
static void variables_of_services_are_passed_over(void **state)
{
    (void)state;
    char *environment[] = {"GROUNDSWELL_KAFKA__BOOTSTRAP_SERVERS=b",
                           "GROUNDSWELL_SERVICE_HOST=10.0.0.1",
                           "GROUNDSWELL_SERVICE_PORT=9464",
                           "GROUNDSWELL_SERVICE_PORT_HTTP=9464",
                           "GROUNDSWELL_PORT=tcp://10.0.0.1:9464",
                           "GROUNDSWELL_PORT_9464_TCP=tcp://10.0.0.1:9464",
                           "GROUNDSWELL_PORT_9464_TCP_ADDR=10.0.0.1",
                           "GROUNDSWELL_ADMIN_PORT_80_TCP_PROTO=tcp",
                           NULL};
    char *wrong[] = {"GROUNDSWELL_KAFKA__BOOTSTRAP_SERVERS=b", "GROUNDSWELL_PORT=9464", NULL};
    struct gs_config_loaded loaded =
        load_good(&(struct gs_config_sources){.environment = environment});
    gs_config_unload(&loaded);
    assert_load_fails(&(struct gs_config_sources){.environment = wrong}, GS_E_CONFIG,
                      "unknown key 'port'");
}

/* ------------------------------------------------------------------ secrets */

static void secrets_come_from_files_and_stay_hidden(void **state)
{
    struct place *place = *state;
    char url[128];
    char password[160];
    snprintf(url, sizeof url, "GROUNDSWELL_REDIS__URL_FILE=%s", place->secret);
    snprintf(password, sizeof password, "GROUNDSWELL_KAFKA__PROPERTIES__SASL__PASSWORD_FILE=%s",
             place->secret);
    char *environment[] = {"GROUNDSWELL_KAFKA__BOOTSTRAP_SERVERS=b", url, password,
                           "GROUNDSWELL_SCHEMAS__REGISTRY=http://me:hush@r:8081", NULL};
    write_file(place->secret, "rediss://u:hush@h:6380/1\n");
    struct gs_config_loaded loaded =
        load_good(&(struct gs_config_sources){.environment = environment});
    assert_string_equal(loaded.config.redis_url, "rediss://u:hush@h:6380/1");
    assert_string_equal(loaded.config.kafka_properties[0].name, "sasl.password");
    char *text = text_of(&loaded);
    assert_null(strstr(text, "hush"));
    assert_non_null(strstr(text, "url: \"rediss://***@h:6380/1\"  # environment "
                                 "GROUNDSWELL_REDIS__URL_FILE"));
    assert_non_null(strstr(text, "registry: \"http://***@r:8081\""));
    gs_free(text);
    gs_config_unload(&loaded);
    write_file(place->secret, "nonsense://u:hush@h\n");
    struct gs_error error = {0};
    assert_int_equal(
        gs_config_load(&(struct gs_config_sources){.environment = environment}, &loaded, &error),
        GS_E_CONFIG);
    assert_null(strstr(error.message, "hush"));
    unlink(place->secret);
    assert_load_fails(&(struct gs_config_sources){.environment = environment}, GS_E_CONFIG,
                      "environment GROUNDSWELL_REDIS__URL_FILE: /tmp/");
}

/* ------------------------------------------------------------------ what is handed out */

static enum gs_status service_of(char *const *settings, size_t count,
                                 struct gs_config_loaded *loaded, struct gs_service_config *service,
                                 struct gs_error *error)
{
    *loaded = load_good(&(struct gs_config_sources){.settings = settings, .setting_count = count});
    return gs_config_service(loaded, service, error);
}

static void service_gets_what_was_set(void **state)
{
    (void)state;
    char *settings[] = {"kafka.bootstrap_servers=b",
                        "schemas.dir=/",
                        "topics.profiles=p",
                        "topics.reactions=all",
                        "topics.posts=q",
                        "topics.comments=all",
                        "redis.prefix=x",
                        "dlq.max_ratio=1%"};
    struct gs_config_loaded loaded;
    struct gs_service_config service;
    struct gs_error error;
    assert_int_equal(service_of(settings, GS_COUNT_OF(settings), &loaded, &service, &error), GS_OK);
    assert_int_equal(service.task.input_count, 3);
    assert_string_equal(service.task.inputs[0].topic, "p");
    assert_true(service.task.inputs[0].profiles);
    assert_string_equal(service.task.inputs[1].topic, "q");
    assert_false(service.task.inputs[1].profiles);
    assert_string_equal(service.task.inputs[2].topic, "all");
    assert_string_equal(service.task.prefix, "x");
    assert_string_equal(service.task.group, "groundswell");
    assert_string_equal(service.tasks_topic, "groundswell.tasks");
    assert_string_equal(service.kafka.bootstrap_servers, "b");
    assert_int_equal(service.dlq_max_permille, 10);
    assert_int_equal(service.redis.timeout_ms, 5000);
    assert_false(service.handle_signals || service.until_end || service.discard);
    gs_config_unload(&loaded);
}

static json_t *meta_of(const struct gs_service_config *service, const char *name)
{
    for (uint32_t i = 0; i < service->meta_count; i++)
        if (strcmp(service->meta[i].name, name) == 0)
            return json_loads(service->meta[i].json, 0, NULL);
    fail_msg("meta has no %s", name);
    return NULL;
}

static const char *text_at(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static int64_t number_at(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static void meta_says_how_numbers_are_made(void **state)
{
    (void)state;
    char *settings[] = {"kafka.bootstrap_servers=b", "schemas.dir=/"};
    struct gs_config_loaded loaded;
    struct gs_service_config service;
    struct gs_error error;
    assert_int_equal(service_of(settings, 2, &loaded, &service, &error), GS_OK);
    assert_int_equal(gs_config_service(&loaded, &service, &error), GS_OK); /* again, anew */
    json_t *windows = meta_of(&service, "windows");
    json_t *views = meta_of(&service, "views");
    json_t *topics = meta_of(&service, "topics");
    json_t *config = meta_of(&service, "config");
    const json_t *view = json_array_get(views, 1);
    assert_int_equal(json_array_size(windows), 4);
    assert_string_equal(text_at(json_array_get(windows, 1), "name"), "5m");
    assert_int_equal(number_at(json_array_get(windows, 1), "window_ms"), 300000);
    assert_int_equal(number_at(json_array_get(windows, 1), "pane_ms"), 30000);
    assert_string_equal(text_at(view, "name"), "post");
    assert_string_equal(json_string_value(json_array_get(json_object_get(view, "key"), 0)),
                        "post_id");
    assert_int_equal(json_array_size(json_object_get(view, "windows")), 2);
    assert_int_equal(json_array_size(topics), 4);
    assert_string_equal(json_string_value(json_array_get(topics, 3)), "social.reactions");
    assert_string_equal(text_at(config, "scorer"), "reference");
    assert_string_equal(text_at(config, "engagement_source"), "snapshots");
    assert_int_equal(number_at(config, "dedupe_window_ms"), 120000);
    assert_int_equal(number_at(config, "comments_horizon_ms"), 3600000);
    assert_int_equal(number_at(config, "comments_max"), 2000000);
    json_decref(windows);
    json_decref(views);
    json_decref(topics);
    json_decref(config);
    gs_config_unload(&loaded);
}

static void service_needs_what_is_named(void **state)
{
    struct place *place = *state;
    static const struct {
        const char *setting; /* %s is the place's file */
        const char *words;
    } cases[] = {
        {"workers=1", "neither dir nor registry is set"},
        {"schemas.dir=/nowhere", "schemas.dir: /nowhere: No such file or directory"},
        {"schemas.dir=%s", "is no folder"},
        {"sentiment.lexicons.en=/nowhere", "sentiment.lexicons.en: /nowhere: No such file"},
        {"sentiment.emoji=/", "sentiment.emoji: / is no file"},
        {"redis.ca_file=/nowhere", "redis.ca_file: /nowhere: No such file"},
    };
    write_file(place->file, "x");
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        char setting[160];
        char *settings[] = {"kafka.bootstrap_servers=b", setting, "schemas.dir=/"};
        struct gs_config_loaded loaded;
        struct gs_service_config service;
        struct gs_error error = {0};
        const char *at = strstr(cases[i].setting, "%s");
        int length = at ? (int)(at - cases[i].setting) : (int)strlen(cases[i].setting);
        snprintf(setting, sizeof setting, "%.*s%s", length, cases[i].setting,
                 at ? place->file : "");
        assert_int_equal(service_of(settings, i < 3 ? 2 : 3, &loaded, &service, &error),
                         GS_E_CONFIG);
        if (!strstr(error.message, cases[i].words))
            fail_msg("'%s' is not in: %s", cases[i].words, error.message);
        gs_config_unload(&loaded);
    }
}

/* What is printed is a file again, with the same values. */
static void print_can_be_read_back(void **state)
{
    (void)state;
    char *settings[] = {"kafka.bootstrap_servers=b", "kafka.properties.linger.ms=3",
                        "redis.prefix=back", "dlq.max_ratio=0.5%", "log.format=json"};
    struct gs_config_loaded first = load_good(
        &(struct gs_config_sources){.settings = settings, .setting_count = GS_COUNT_OF(settings)});
    struct gs_config_loaded second;
    struct gs_error error;
    char *text = text_of(&first);
    if (gs_config_parse(gs_str_of(text), "printed", &second, &error) != GS_OK)
        fail_msg("%s\n%s", error.message, text);
    assert_memory_equal(&first.config, &second.config, sizeof first.config);
    gs_free(text);
    gs_config_unload(&first);
    gs_config_unload(&second);
}

static void schema_describes_every_key(void **state)
{
    (void)state;
    struct gs_buf out = {0};
    gs_config_schema(&out);
    json_t *schema = json_loadb(out.data, out.len, 0, NULL);
    assert_non_null(schema);
    json_t *top = json_object_get(schema, "properties");
    json_t *redis = json_object_get(top, "redis");
    assert_true(json_is_false(json_object_get(schema, "additionalProperties")));
    assert_true(json_is_false(json_object_get(redis, "additionalProperties")));
    assert_non_null(json_object_get(json_object_get(redis, "properties"), "ca_file"));
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(top, "workers"), "maximum")), 64);
    json_decref(schema);
    gs_buf_deinit(&out);
}

static void explain_knows_keys_and_sections(void **state)
{
    (void)state;
    struct gs_buf out = {0};
    struct gs_error error = {0};
    assert_int_equal(gs_config_explain("flush.interval", &out, &error), GS_OK);
    gs_buf_add(&out, "", 1);
    assert_non_null(strstr(out.data, "default: 1s\n  range: 10ms to 1m\n"));
    assert_non_null(strstr(out.data, "environment: GROUNDSWELL_FLUSH__INTERVAL\n"));
    out.len = 0;
    assert_int_equal(gs_config_explain("kafka", &out, &error), GS_OK);
    gs_buf_add(&out, "", 1);
    assert_non_null(strstr(out.data, "kafka.group\n"));
    assert_null(strstr(out.data, "redis.url\n"));
    assert_int_equal(gs_config_explain("flush.intervall", &out, &error), GS_E_USAGE);
    assert_non_null(strstr(error.message, "did you mean 'flush.interval'?"));
    gs_buf_deinit(&out);
}

/* What is told of a key can be said to it: its default as it is written, by its variable. */
static void every_key_is_described(void **state)
{
    (void)state;
    struct gs_config_key key;
    size_t count = 0;
    size_t by_variable = 0;
    for (; gs_config_describe(count, &key); count++) {
        char variable[256];
        char *environment[] = {"GROUNDSWELL_KAFKA__BOOTSTRAP_SERVERS=b:1",
                               "GROUNDSWELL_TOPICS__POSTS=p", variable, NULL};
        struct gs_config_sources sources = {.environment = environment};
        struct gs_config_loaded loaded;
        struct gs_error error = {0};
        assert_true(key.doc[0] && !(key.choices && key.range[0]));
        snprintf(variable, sizeof variable, "%s=%s", key.variable, key.fallback);
        if (!key.variable[0] || !key.fallback[0])
            continue;
        by_variable++;
        if (gs_config_load(&sources, &loaded, &error) != GS_OK)
            fail_msg("%s: %s", variable, error.message);
        assert_true(gs_config_is_given(&loaded, key.name));
        gs_config_unload(&loaded);
    }
    assert_true(count > 60 && by_variable > 50);
    assert_string_equal(gs_config_view_name(0), "influencer");
    assert_null(gs_config_view_name(3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_need_no_brokers),
        cmocka_unit_test(later_sources_win),
        cmocka_unit_test(wrong_sources_are_named),
        cmocka_unit_test(variables_of_services_are_passed_over),
        cmocka_unit_test(secrets_come_from_files_and_stay_hidden),
        cmocka_unit_test(service_gets_what_was_set),
        cmocka_unit_test(meta_says_how_numbers_are_made),
        cmocka_unit_test(service_needs_what_is_named),
        cmocka_unit_test(print_can_be_read_back),
        cmocka_unit_test(schema_describes_every_key),
        cmocka_unit_test(explain_knows_keys_and_sections),
        cmocka_unit_test(every_key_is_described),
    };
    return cmocka_run_group_tests(tests, make_place, remove_place);
}
