/* Goal: a configuration is taken as it was meant, or refused with words that name the key, the
 * place and what is allowed; of several sources the later wins, and every value tells its origin.
 * Method: texts of files, environments and flags through gs_config_load and gs_config_parse; tables
 * of wrong ones with the words that the message must have. */
#include "groundswell/config.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define BROKER "kafka: {bootstrap_servers: \"b:9092\"}\n"

static struct gs_config_loaded parse_good(const char *yaml)
{
    struct gs_config_loaded loaded;
    struct gs_error error;
    if (gs_config_parse(gs_str_of(yaml), "f.yaml", &loaded, &error) != GS_OK)
        fail_msg("%s\n%s", error.message, yaml);
    return loaded;
}

static void assert_refused(struct gs_str yaml, const char *words)
{
    struct gs_config_loaded loaded;
    struct gs_error error = {0};
    if (gs_config_parse(yaml, "f.yaml", &loaded, &error) != GS_E_CONFIG)
        fail_msg("not refused: %.*s", (int)GS_MIN(yaml.len, 200u), yaml.data);
    if (!strstr(error.message, words))
        fail_msg("'%s' is not in: %s", words, error.message);
}

static void assert_printed(const struct gs_config_loaded *loaded, const char *line)
{
    struct gs_buf out = {0};
    gs_config_print(loaded, &out);
    gs_buf_add(&out, "", 1);
    if (!strstr(out.data, line))
        fail_msg("'%s' is not in:\n%s", line, out.data);
    gs_buf_deinit(&out);
}

/* ------------------------------------------------------------------ what is right */

static void defaults_need_only_the_brokers(void **state)
{
    (void)state;
    struct gs_config_loaded loaded = parse_good(BROKER);
    const struct gs_config *config = &loaded.config;
    assert_string_equal(config->kafka_bootstrap_servers, "b:9092");
    assert_string_equal(config->topic_reactions, "social.reactions");
    assert_int_equal(config->window_count, 4);
    assert_string_equal(config->window_names[3], "24h");
    assert_int_equal(config->windows[3].pane_ms, 3600000);
    assert_int_equal(config->view_count, 2);
    assert_int_equal(config->views[0].levels, 15);
    assert_string_equal(config->views[1].name, "post");
    assert_int_equal(config->views[1].levels, 12);
    assert_int_equal(config->dlq_max_permille, 50);
    gs_config_unload(&loaded);
}

static void small_file_of_the_manual(void **state)
{
    (void)state;
    struct gs_config_loaded loaded = parse_good(
        "kafka: {bootstrap_servers: \"127.0.0.1:9092\", group: groundswell, properties: {}}\n"
        "topics: {profiles: social.profiles, posts: social.posts, comments: social.comments, "
        "reactions: social.reactions}\n"
        "schemas: {dir: schemas}                 # or {registry: \"http://127.0.0.1:8081\"}\n"
        "redis: {url: \"redis://127.0.0.1:6379/0\", prefix: gs}\n"
        "workers: 1\n"
        "flush: {interval: 1s}\n"
        "windows: [1m, 5m, 1h, 24h]\n"
        "views: [{name: influencer}, {name: post, windows: [1h, 24h]}]\n"
        "admin: {listen: \"127.0.0.1:9464\"}\n");
    assert_int_equal(loaded.config.flush_interval_ms, 1000);
    assert_printed(&loaded, "interval: 1s  # f.yaml:6");
    gs_config_unload(&loaded);
}

static void views_before_windows(void **state)
{
    (void)state;
    struct gs_config_loaded loaded =
        parse_good(BROKER "views: [{name: campaign_influencer, windows: [2h]}]\n"
                          "windows: [10m/1m, 2h/10m]\n");
    assert_int_equal(loaded.config.window_count, 2);
    assert_int_equal(loaded.config.views[0].levels, 2);
    assert_int_equal(loaded.config.views[0].key_count, 2);
    assert_int_equal(loaded.config.views[0].key[0], GS_KEY_CAMPAIGN);
    gs_config_unload(&loaded);
}

/* Only the listed inputs are read if any is listed. */
static void listed_inputs_only(void **state)
{
    (void)state;
    struct gs_config_loaded loaded = parse_good(BROKER "topics: {comments: all, posts: all}\n");
    assert_string_equal(loaded.config.topic_comments, "all");
    assert_string_equal(loaded.config.topic_profiles, "");
    assert_string_equal(loaded.config.topic_reactions, "");
    assert_string_equal(loaded.config.topic_tasks, "groundswell.tasks");
    gs_config_unload(&loaded);
}

static void ratios(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t permille;
    } cases[] = {{"5%", 50},     {"5 %", 50}, {"0.5%", 5}, {"0.05", 50},  {"1", 1000},
                 {"100%", 1000}, {"0", 0},    {"0%", 0},   {"0.050", 50}, {"12.5%", 125}};
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        char yaml[128];
        snprintf(yaml, sizeof yaml, BROKER "dlq: {max_ratio: %s}\n", cases[i].text);
        struct gs_config_loaded loaded = parse_good(yaml);
        assert_int_equal(loaded.config.dlq_max_permille, cases[i].permille);
        gs_config_unload(&loaded);
    }
}

static void empty_sections_and_files(void **state)
{
    (void)state;
    struct gs_config_loaded loaded = parse_good(BROKER "redis:\nlog: {}\n");
    gs_config_unload(&loaded);
    assert_refused(gs_str_of(""), "kafka.bootstrap_servers is not set");
    assert_refused(gs_str_of("# nothing\n"), "GROUNDSWELL_KAFKA__BOOTSTRAP_SERVERS=");
    assert_refused(gs_str_of("workers: 1\n"), "--set kafka.bootstrap_servers=");
}

/* ------------------------------------------------------------------ what is wrong */

static const struct {
    const char *yaml; /* behind the line with the broker */
    const char *words;
} wrong[] = {
    /* keys */
    {"redis: {urll: x}\n", "f.yaml:2: unknown key 'redis.urll'; did you mean 'redis.url'?"},
    {"\n\nworkerz: 1\n", "f.yaml:4: unknown key 'workerz'; did you mean 'workers'?"},
    {"prefix: a\n", "did you mean 'redis.prefix'?"},
    {"quite_another_thing: 1\n", "`groundswell config schema` lists all"},
    {"redis: {url: {host: a}}\n", "redis.url takes one value"},
    {"redis: 5\n", "redis is a section"},
    {"redis: [a]\n", "redis is a section"},
    {"log: {level: info}\nlog: {format: json}\n", "f.yaml:3: 'log' stands twice; first in line 2"},
    {"workers: 1\nworkers: 2\n", "f.yaml:3: 'workers' stands twice"},
    {"log: {level: info, level: warn}\n", "'level' stands twice"},
    {"kafka: {group: a}\n", "'kafka' stands twice"},
    {"[a]: 1\n", "a key is a short word"},
    {"<<: {workers: 2}\n", "unknown key '<<'"},
    /* values */
    {"workers: 0\n", "f.yaml:2: workers is 0, but must be from 1 to 64"},
    {"workers: 65\n", "workers is 65, but must be from 1 to 64"},
    {"workers: many\n", "workers is 'many', which is not a whole number"},
    {"workers: 1.5\n", "not a whole number"},
    {"workers: 99999999999999999999999\n", "not a whole number"},
    {"workers: [1]\n", "workers takes one value"},
    {"workers:\n", "workers has no value"},
    {"admin: {listen: ~}\n", "admin.listen has no value"},
    {"flush: {interval: 10}\n", "flush.interval is '10', which is not a duration such as"},
    {"flush: {interval: 1 s}\n", "not a duration"},
    {"flush: {interval: 5ms}\n", "flush.interval is 5ms, but must be from 10ms to 1m"},
    {"log: {level: loud}\n", "log.level is 'loud', but must be one of error|warn|info|debug"},
    {"engagement: {source: both}\n", "must be one of snapshots|reactions"},
    {"sentiment: {scorer: tuned}\n", "must be one of reference"},
    {"dlq: {max_ratio: 101%}\n", "must be from 0% to 100%"},
    {"dlq: {max_ratio: 5}\n", "must be from 0% to 100%"},
    {"dlq: {max_ratio: 0.0001}\n", "in steps of 0.1%"},
    {"dlq: {max_ratio: -1%}\n", "dlq.max_ratio is '-1%'"},
    {"dlq: {max_ratio: '%'}\n", "dlq.max_ratio is '%'"},
    {"dlq: {max_ratio: 0.00000000000000000000005}\n", "dlq.max_ratio is"},
    {"redis: {prefix: \"a\\tb\"}\n", "redis.prefix contains a control character"},
    {"redis: {prefix: \"a\\0b\"}\n", "zero byte"},
    /* what other rooms know */
    {"redis: {prefix: \"a{b\"}\n", "redis.prefix is 'a{b': letters, digits"},
    {"redis: {prefix: \"\"}\n", "redis.prefix is ''"},
    {"redis: {url: \"http://secret@h\"}\n", "redis.url"},
    {"admin: {listen: nowhere}\n", "admin.listen"},
    {"schemas: {dir: a, registry: \"http://b\"}\n", "both set"},
    {"schemas: {registry: \"b:8081\"}\n", "http:// or https://"},
    /* topics */
    {"topics: {profiles: p}\n", "none of posts, comments and reactions"},
    {"topics: {posts: a b}\n", "topics.posts is 'a b', which is no name of a topic"},
    {"topics: {posts: ..}\n", "no name of a topic"},
    {"topics: {profiles: a, posts: a}\n", "topics.profiles needs a topic of its own"},
    {"topics: {posts: a, dlq: a}\n", "topics.dlq needs a topic of its own"},
    {"topics: {tasks: \"\"}\n", "topics.tasks is ''"},
    {"topics: {tasks: x, late: x}\n", "topics.late needs a topic of its own"},
    /* windows */
    {"windows: []\n", "windows lists nothing"},
    {"windows: 5m\n", "windows is a list"},
    {"windows: [{a: b}]\n", "windows is a list of durations"},
    {"windows: [life]\n", "windows has 'life', which is not a duration"},
    {"windows: [7m]\n", "window 7m needs its pane, for example 7m/1m"},
    {"windows: [7m/x]\n", "the pane of window '7m/x' is not a duration"},
    {"windows: [10m/3m]\n", "its pane of 3m does not divide it"},
    {"windows: [5m, 1m]\n", "windows: 1m stands after 5m; list them from short to long"},
    {"windows: [1m, 1m]\n", "from short to long"},
    {"windows: [1h, 70m/35m]\n", "with room for one pane between them"},
    {"windows: [1m, 7m/7s]\n", "panes must divide each other"},
    {"windows: [1m, 5m, 1h, 24h, 48h/2h]\n", "windows lists more than 4"},
    /* views */
    {"views: []\n", "views lists nothing"},
    {"views: {name: post}\n", "views is a list"},
    {"views: [post]\n", "a view is written {name: influencer}"},
    {"views: [{name: brand}]\n", "view 'brand' is not built"},
    {"views: [{windows: [1m]}]\n", "view '' is not built"},
    {"views: [{name: post}, {name: post}]\n", "view post stands twice"},
    {"views: [{name: post, name: post}]\n", "'name' stands twice"},
    {"views: [{name: post, history: true}]\n", "'history' of a view is not built"},
    {"views: [{name: post, scope: global}]\n", "scope 'global' is not built"},
    {"views: [{name: post, key: [influencer_id]}]\n", "the key of view post is post_id"},
    {"views: [{name: post, windows: [2h]}]\n", "'2h', which `windows` does not list"},
    {"views: [{name: post, windows: 1h}]\n", "a list such as [a, b]"},
    /* the file as such */
    {"  bad\n indent: [\n", "not valid YAML"},
    {"a: \"\n", "f.yaml:"},
    {"---\nworkers: 1\n", "a second document begins"},
    {"x: &x [*x]\n", "unknown key 'x'"},
    {"windows: *missing\n", "not valid YAML"},
};

static void wrong_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(wrong); i++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml, BROKER "%s", wrong[i].yaml);
        assert_refused(gs_str_of(yaml), wrong[i].words);
    }
    assert_refused(gs_str_of("- a\n"), "the file must be a mapping");
    assert_refused(gs_str_of("just words\n"), "the file must be a mapping");
    assert_refused(gs_str_make("a: \xff\xfe", 5), "not valid YAML: byte 3");
}

static void scorer_and_lexicons(void **state)
{
    (void)state;
    struct gs_config_loaded loaded = parse_good("kafka: {bootstrap_servers: b}\n"
                                                "sentiment: {scorer: vader+, lexicons: "
                                                "{en: a.txt, no: \"b c.txt\"}}\n");
    assert_int_equal(loaded.config.sentiment_scorer, GS_SENTIMENT_VADER_PLUS);
    assert_int_equal(loaded.config.sentiment_lexicon_count, 2);
    assert_string_equal(loaded.config.sentiment_lexicons[0].language, "en");
    assert_string_equal(loaded.config.sentiment_lexicons[0].path, "a.txt");
    assert_printed(&loaded, "lexicons: {en: \"a.txt\", no: \"b c.txt\"}");
    assert_printed(&loaded, "scorer: vader+");
    gs_config_unload(&loaded);
    loaded = parse_good("kafka: {bootstrap_servers: b}\n");
    assert_int_equal(loaded.config.sentiment_scorer, GS_SENTIMENT_REFERENCE);
    assert_int_equal(loaded.config.sentiment_lexicon_count, 0);
    assert_printed(&loaded, "lexicons: {}");
    gs_config_unload(&loaded);
    assert_refused(gs_str_of("sentiment: {lexicons: {EN: a}}\n"),
                   "f.yaml:1: sentiment.lexicons: 'EN' is no language");
    assert_refused(gs_str_of("sentiment: {lexicons: {en-US: a}}\n"), "'en-US' is no language");
    assert_refused(gs_str_of("sentiment: {lexicons: {en: a, en: b}}\n"), "'en' stands twice");
    assert_refused(gs_str_of("sentiment: {lexicons: a}\n"), "is a map of languages to files");
    assert_refused(gs_str_of("sentiment: {lexicons: {en: [a]}}\n"),
                   "a lexicon is a name and a value");
    assert_refused(gs_str_of("sentiment: {lexicons: {en: \"a\\0b\"}}\n"), "zero byte");
}

static void too_many_lexicons(void **state)
{
    struct gs_buf yaml = {0};
    (void)state;
    gs_buf_add_text(&yaml, "sentiment:\n  lexicons:\n");
    for (int i = 0; i <= GS_SERVICE_LEXICONS_MAX; i++)
        gs_buf_printf(&yaml, "    x%c: a\n", 'a' + i);
    assert_refused(gs_str_make(yaml.data, yaml.len), "sentiment.lexicons has more than 16 entries");
    gs_buf_deinit(&yaml);
}

static void kafka_properties(void **state)
{
    (void)state;
    struct gs_config_loaded loaded =
        parse_good("kafka: {bootstrap_servers: b, properties: {linger.ms: 7, "
                   "security.protocol: sasl_plaintext, sasl.mechanism: PLAIN, sasl.username: u, "
                   "sasl.password: hush}}\n");
    assert_int_equal(loaded.config.kafka_property_count, 5);
    assert_string_equal(loaded.config.kafka_properties[0].value, "7");
    assert_printed(&loaded, "sasl.password: \"***\"");
    gs_config_unload(&loaded);
    assert_refused(gs_str_of("kafka: {bootstrap_servers: b, properties: {linger.mss: 7}}\n"),
                   "'linger.mss' is not a property of librdkafka");
    assert_refused(gs_str_of("kafka: {bootstrap_servers: b, properties: {group.id: x}}\n"),
                   "set kafka.group");
    assert_refused(gs_str_of("kafka: {bootstrap_servers: b, properties: {a: 1, a: 2}}\n"),
                   "'a' stands twice");
    assert_refused(gs_str_of("kafka: {bootstrap_servers: b, properties: [a]}\n"), "is a map");
    assert_refused(gs_str_of("kafka: {bootstrap_servers: b, properties: {a: [1]}}\n"),
                   "a name and a value");
}

/* ------------------------------------------------------------------ bombs */

/* Aliases of aliases stay what they are in the file: nothing is expanded. */
static void aliases_are_not_expanded(void **state)
{
    (void)state;
    struct gs_buf yaml = {0};
    gs_buf_add_text(&yaml, BROKER "bomb:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 60; i++)
        gs_buf_printf(&yaml, "  a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i, i - 1, i - 1,
                      i - 1, i - 1, i - 1);
    assert_refused(gs_str_make(yaml.data, yaml.len), "unknown key 'bomb'");
    gs_buf_deinit(&yaml);
    assert_refused(gs_str_of(BROKER "windows: &w [1m, *w]\n"), "f.yaml:2");
    assert_refused(gs_str_of("&k kafka: {bootstrap_servers: b}\nredis: &r {url: *r}\n"),
                   "redis.url");
    struct gs_config_loaded loaded =
        parse_good(BROKER "windows: &w [1m, 5m]\nviews: [{name: post, windows: *w}]\n");
    assert_int_equal(loaded.config.views[0].levels, 3);
    gs_config_unload(&loaded);
}

static void deep_and_large_files(void **state)
{
    (void)state;
    struct gs_buf yaml = {0};
    gs_buf_add_text(&yaml, BROKER "views: ");
    for (int i = 0; i < 100000; i++)
        gs_buf_add(&yaml, "[", 1);
    /* libyaml would take most of a minute to find that nothing is closed */
    assert_refused(gs_str_make(yaml.data, yaml.len), "nested more than 16 deep");
    yaml.len = 0;
    for (int i = 0; i < 300 * 1024; i++)
        gs_buf_add(&yaml, "#", 1);
    assert_refused(gs_str_make(yaml.data, yaml.len), "larger than 262144 bytes");
    gs_buf_deinit(&yaml);
}

static void too_many_properties(void **state)
{
    (void)state;
    struct gs_buf yaml = {0};
    gs_buf_add_text(&yaml, "kafka:\n  bootstrap_servers: b\n  properties:\n");
    for (int i = 0; i < 70; i++)
        gs_buf_printf(&yaml, "    p%d: x\n", i);
    assert_refused(gs_str_make(yaml.data, yaml.len),
                   "f.yaml:68: kafka.properties has more than 64");
    gs_buf_deinit(&yaml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_need_only_the_brokers),
        cmocka_unit_test(small_file_of_the_manual),
        cmocka_unit_test(views_before_windows),
        cmocka_unit_test(listed_inputs_only),
        cmocka_unit_test(ratios),
        cmocka_unit_test(empty_sections_and_files),
        cmocka_unit_test(wrong_files),
        cmocka_unit_test(scorer_and_lexicons),
        cmocka_unit_test(too_many_lexicons),
        cmocka_unit_test(kafka_properties),
        cmocka_unit_test(aliases_are_not_expanded),
        cmocka_unit_test(deep_and_large_files),
        cmocka_unit_test(too_many_properties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
