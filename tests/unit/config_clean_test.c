/* Goal: every rule of cleaning can be set, in each way in which keys are set, and reaches the
 * service as it was meant; what is not set is what the rules' own room says; what is wrong is
 * refused with the key, the place and what is allowed.
 * Method: a file that sets every key to something else than its default, settings and
 * environments, read back from the service's configuration; tables of wrong ones. */
#include "groundswell/config.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#define BROKER "kafka: {bootstrap_servers: \"b:9092\"}\nschemas: {dir: /}\n"

static struct gs_config_loaded parse_good(const char *yaml)
{
    struct gs_config_loaded loaded;
    struct gs_error error;
    if (gs_config_parse(gs_str_of(yaml), "f.yaml", &loaded, &error) != GS_OK)
        fail_msg("%s\n%s", error.message, yaml);
    return loaded;
}

static struct gs_config_loaded load_good(char *const *environment, char *const *settings,
                                         size_t count)
{
    struct gs_config_loaded loaded;
    struct gs_error error;
    const struct gs_config_sources sources = {.environment = environment,
                                              .settings = settings,
                                              .setting_count = count,
                                              .for_reader = true};
    if (gs_config_load(&sources, &loaded, &error) != GS_OK)
        fail_msg("%s", error.message);
    return loaded;
}

static struct gs_service_config service_of(struct gs_config_loaded *loaded)
{
    struct gs_service_config service;
    struct gs_error error;
    if (gs_config_service(loaded, &service, &error) != GS_OK)
        fail_msg("%s", error.message);
    return service;
}

static char *printed(const struct gs_config_loaded *loaded)
{
    struct gs_buf out = {0};
    gs_config_print(loaded, &out);
    gs_buf_add(&out, "", 1);
    return out.data;
}

/* What is printed is a file again, with the same values. */
static void assert_reads_back(const struct gs_config_loaded *loaded)
{
    char *text = printed(loaded);
    struct gs_config_loaded again = parse_good(text);
    assert_memory_equal(&loaded->config, &again.config, sizeof again.config);
    gs_config_unload(&again);
    gs_free(text);
}

/* ------------------------------------------------------------------ defaults */

static void defaults_are_those_of_the_rooms(void **state)
{
    (void)state;
    struct gs_clean_config clean;
    struct gs_copies_config copies;
    struct gs_burst_config burst;
    struct gs_config_loaded loaded = parse_good(BROKER);
    struct gs_service_config service = service_of(&loaded);
    gs_clean_config_default(&clean);
    gs_copies_config_default(&copies);
    gs_burst_config_default(&burst);
    assert_false(service.clean.is_on);
    assert_memory_equal(service.clean.rules.rule, clean.rule, sizeof clean.rule);
    assert_int_equal(service.clean.rules.flood_run, clean.flood_run);
    assert_int_equal(service.clean.rules.flood_run_emoji, clean.flood_run_emoji);
    assert_int_equal(service.clean.rules.flood_words, clean.flood_words);
    assert_int_equal(service.clean.rules.phone_digits, clean.phone_digits);
    assert_int_equal(service.clean.allowed_domain_count, 0);
    for (int i = 0; i < GS_CLEAN_LIST_COUNT; i++)
        assert_string_equal(service.clean.list_paths[i], "");
    assert_memory_equal(&service.task.copies, &copies, sizeof copies);
    assert_memory_equal(&service.task.burst, &burst, sizeof burst);
    assert_reads_back(&loaded); /* so they are within the table's ranges */
    gs_config_unload(&loaded);
}

static void assert_explained(const char *key, const char *words)
{
    struct gs_buf out = {0};
    struct gs_error error = {0};
    if (gs_config_explain(key, &out, &error) != GS_OK)
        fail_msg("%s", error.message);
    gs_buf_add(&out, "", 1);
    if (!strstr(out.data, words))
        fail_msg("'%s' is not in:\n%s", words, out.data);
    gs_buf_deinit(&out);
}

static void explanations_tell_them(void **state)
{
    (void)state;
    struct gs_copies_config copies;
    char words[64];
    gs_copies_config_default(&copies);
    snprintf(words, sizeof words, "default: %u\n", copies.capacity);
    assert_explained("clean.copies.capacity", words);
    assert_explained("clean.copies.window", "default: 10m\n  range: 1s to 1d\n");
    assert_explained("clean.actions.generic",
                     "default: downweight\n  one of: off|keep|downweight|drop\n");
    assert_explained("clean.weights.url", "default: 192\n  range: 0 to 256\n");
    assert_explained("clean.rules", "default: off\n  one of: off|on\n");
    assert_explained("clean.lists.promo", "default: not set\n");
    assert_explained("clean.allowed_domains", "environment: GROUNDSWELL_CLEAN__ALLOWED_DOMAINS\n");
}

/* ------------------------------------------------------------------ every key */

static const char everything[] =
    BROKER "clean:\n"
           "  rules: on\n"
           "  actions: {url: keep, shortener: off, phone: downweight, contact: off, promo: keep,\n"
           "    mention_only: drop, emoji_only: off, generic: drop, char_flood: keep,\n"
           "    lang_other: drop, profanity: downweight, copypasta: downweight, burst: off}\n"
           "  weights: {url: 1, shortener: 2, phone: 3, contact: 4, promo: 5, mention_only: 6,\n"
           "    emoji_only: 7, generic: 8, char_flood: 9, lang_other: 10, profanity: 11,\n"
           "    copypasta: 12, burst: 256}\n"
           "  lists: {contact: a, promo: b, generic: c, profanity: d, unsafe: e, shorteners: f,\n"
           "    suffixes: g}\n"
           "  allowed_domains: [brand.com, \"shop.brand.de\"]\n"
           "  char_flood: {run: 5, emoji: 6, words: 7}\n"
           "  phone: {digits: 11}\n"
           "  copies: {window: 3m, capacity: 2000, words: 6, authors: 3}\n"
           "  burst: {window: 30s, capacity: 3000, comments: 9, on_post: 4}\n";

static void every_key_arrives(void **state)
{
    (void)state;
    enum { OFF = 9, KEEP = GS_VERDICT_KEEP, LESS = GS_VERDICT_DOWNWEIGHT, DROP = GS_VERDICT_DROP };
    static const int actions[GS_REASON_COUNT] = {KEEP, OFF,  LESS, OFF,  KEEP, DROP, OFF,
                                                 DROP, KEEP, DROP, LESS, LESS, OFF};
    struct gs_config_loaded loaded = parse_good(everything);
    struct gs_service_config service = {0};
    gs_config_clean(&loaded.config, &service);
    const struct gs_clean_config *rules = &service.clean.rules;
    assert_true(service.clean.is_on);
    for (int i = 0; i < GS_REASON_COUNT; i++) {
        assert_int_equal(rules->rule[i].is_off, actions[i] == OFF);
        assert_int_equal(rules->rule[i].action, actions[i] == OFF ? KEEP : actions[i]);
        assert_int_equal(rules->rule[i].weight, i == GS_REASON_BURST ? 256 : i + 1);
    }
    for (int i = 0; i < GS_CLEAN_LIST_COUNT; i++)
        assert_string_equal(service.clean.list_paths[i], ((char[]){(char)('a' + i), 0}));
    assert_int_equal(service.clean.allowed_domain_count, 2);
    assert_memory_equal(service.clean.allowed_domains, "brand.com\0shop.brand.de", 24);
    assert_int_equal(rules->flood_run, 5);
    assert_int_equal(rules->flood_run_emoji, 6);
    assert_int_equal(rules->flood_words, 7);
    assert_int_equal(rules->phone_digits, 11);
    assert_int_equal(service.task.copies.window_ms, 180000);
    assert_int_equal(service.task.copies.capacity, 2000);
    assert_int_equal(service.task.copies.words_min, 6);
    assert_int_equal(service.task.copies.authors_min, 3);
    assert_int_equal(service.task.burst.window_ms, 30000);
    assert_int_equal(service.task.burst.capacity, 3000);
    assert_int_equal(service.task.burst.comments_max, 9);
    assert_int_equal(service.task.burst.on_post_burst, 4);
    assert_reads_back(&loaded);
    gs_config_unload(&loaded);
}

/* What the table takes, the rooms take: the ends of all ranges. */
static void rooms_take_the_ends_of_ranges(void **state)
{
    (void)state;
    static const char *const ends[] = {
        "clean: {char_flood: {run: 3, emoji: 3, words: 3}, phone: {digits: 6},\n"
        "  weights: {url: 0}, copies: {window: 1s, capacity: 1024, words: 1, authors: 2},\n"
        "  burst: {window: 1s, capacity: 1024, comments: 1, on_post: 2}}\n",
        "clean: {char_flood: {run: 65536, emoji: 65536, words: 65536}, phone: {digits: 15},\n"
        "  weights: {url: 256}, copies: {window: 24h, capacity: 16000000, words: 1000,\n"
        "  authors: 32}, burst: {window: 1h, capacity: 16000000, comments: 31, on_post: 31}}\n",
    };
    for (size_t i = 0; i < GS_COUNT_OF(ends); i++) {
        char yaml[600];
        struct gs_clean_rules *rules;
        struct gs_error error;
        snprintf(yaml, sizeof yaml, BROKER "%s", ends[i]);
        struct gs_config_loaded loaded = parse_good(yaml);
        struct gs_service_config service = service_of(&loaded);
        if (gs_clean_rules_create(&service.clean.rules, &rules, &error) != GS_OK)
            fail_msg("%s", error.message);
        gs_copies_destroy(gs_copies_create(&service.task.copies));
        gs_burst_destroy(gs_burst_create(&service.task.burst));
        gs_clean_rules_destroy(rules);
        gs_config_unload(&loaded);
    }
}

static void settings_and_environment(void **state)
{
    (void)state;
    char *environment[] = {"GROUNDSWELL_CLEAN__RULES=on",
                           "GROUNDSWELL_CLEAN__ACTIONS__CHAR_FLOOD=off",
                           "GROUNDSWELL_CLEAN__WEIGHTS__URL=7",
                           "GROUNDSWELL_CLEAN__LISTS__PROMO=/lists/promo",
                           "GROUNDSWELL_CLEAN__COPIES__WINDOW=1m",
                           "GROUNDSWELL_CLEAN__ALLOWED_DOMAINS=a.com",
                           NULL};
    char *settings[] = {"clean.weights.url=8", "clean.allowed_domains=b.com, c.com,d.com"};
    char *none[] = {"clean.allowed_domains="};
    struct gs_config_loaded loaded = load_good(environment, settings, 2);
    assert_int_equal(loaded.config.clean_rules, 1);
    assert_int_equal(loaded.config.clean_actions[GS_REASON_CHAR_FLOOD], 0);
    assert_int_equal(loaded.config.clean_weights[GS_REASON_URL], 8);
    assert_string_equal(loaded.config.clean_lists[GS_CLEAN_LIST_PROMO], "/lists/promo");
    assert_int_equal(loaded.config.clean_copies_window_ms, 60000);
    assert_int_equal(loaded.config.clean_domain_count, 3); /* those of the environment are gone */
    assert_memory_equal(loaded.config.clean_domains, "b.com\0c.com\0d.com", 18);
    char *text = printed(&loaded);
    assert_non_null(strstr(text, "allowed_domains: [\"b.com\", \"c.com\", \"d.com\"]  # --set\n"));
    assert_non_null(strstr(text, "url: 8  # --set\n"));
    gs_free(text);
    gs_config_unload(&loaded);
    loaded = load_good(environment, none, 1);
    assert_int_equal(loaded.config.clean_domain_count, 0);
    gs_config_unload(&loaded);
}

/* ------------------------------------------------------------------ what is wrong */

static const struct {
    const char *yaml; /* below `clean:`, in line 4 */
    const char *words;
} wrong[] = {
    {"rules: true", "f.yaml:4: clean.rules is 'true', but must be one of off|on"},
    {"rule: on", "unknown key 'clean.rule'; did you mean 'clean.rules'?"},
    {"actions: {urll: drop}", "f.yaml:4: unknown key 'clean.actions.urll'; did you mean "
                              "'clean.actions.url'?"},
    {"weights: {coppypasta: 1}", "did you mean 'clean.weights.copypasta'?"},
    {"actions: {url: remove}", "clean.actions.url is 'remove', but must be one of "
                               "off|keep|downweight|drop"},
    {"actions: {url: }", "clean.actions.url has no value"},
    {"actions: {url: {action: drop}}", "clean.actions.url takes one value"},
    {"actions: {url: drop, url: keep}", "'url' stands twice"},
    {"actions: drop", "clean.actions is a section: its keys belong below it"},
    {"weights: {url: 257}", "f.yaml:4: clean.weights.url is 257, but must be from 0 to 256"},
    {"weights: {url: -1}", "clean.weights.url is -1, but must be from 0 to 256"},
    {"weights: {url: 0.5}", "clean.weights.url is '0.5', which is not a whole number"},
    {"lists: {promos: a}", "did you mean 'clean.lists.promo'?"},
    {"lists: {promo: [a]}", "clean.lists.promo takes one value"},
    {"allowed_domains: brand.com", "clean.allowed_domains is a list of domains"},
    {"allowed_domains: [[a]]", "clean.allowed_domains is a list of domains"},
    {"allowed_domains: [a.com, \"http://b.com\"]",
     "f.yaml:4: clean.allowed_domains has 'http://b.com', which is no domain; write the host"},
    {"allowed_domains: [\"\"]", "clean.allowed_domains has '', which is no domain"},
    {"allowed_domain: [a]", "did you mean 'clean.allowed_domains'?"},
    {"char_flood: {run: 2}", "clean.char_flood.run is 2, but must be from 3 to 65536"},
    {"char_flood: {emoji: 2}", "clean.char_flood.emoji is 2"},
    {"char_flood: {words: 2}", "clean.char_flood.words is 2"},
    {"phone: {digits: 5}", "clean.phone.digits is 5, but must be from 6 to 15"},
    {"phone: {digits: 16}", "clean.phone.digits is 16"},
    {"copies: {window: 10}", "clean.copies.window is '10', which is not a duration"},
    {"copies: {window: 25h}", "clean.copies.window is 25h, but must be from 1s to 1d"},
    {"copies: {capacity: 16000001}", "clean.copies.capacity is 16000001"},
    {"copies: {words: 0}", "clean.copies.words is 0"},
    {"copies: {authors: 1}", "clean.copies.authors is 1, but must be from 2 to 32"},
    {"copies: {authors: 33}", "clean.copies.authors is 33"},
    {"burst: {window: 2h}", "clean.burst.window is 2h, but must be from 1s to 1h"},
    {"burst: {capacity: 1}", "clean.burst.capacity is 1, but must be from 1024"},
    {"burst: {comments: 32}", "clean.burst.comments is 32, but must be from 1 to 31"},
    {"burst: {on_post: 1}", "clean.burst.on_post is 1, but must be from 2 to 31"},
};

static void assert_refused(struct gs_str yaml, const char *words)
{
    struct gs_config_loaded loaded;
    struct gs_error error = {0};
    if (gs_config_parse(yaml, "f.yaml", &loaded, &error) != GS_E_CONFIG)
        fail_msg("not refused: %.*s", (int)GS_MIN(yaml.len, 200u), yaml.data);
    if (!strstr(error.message, words))
        fail_msg("'%s' is not in: %s", words, error.message);
}

static void wrong_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(wrong); i++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml, BROKER "clean:\n  %s\n", wrong[i].yaml);
        assert_refused(gs_str_of(yaml), wrong[i].words);
    }
}

static void too_many_domains(void **state)
{
    (void)state;
    struct gs_buf yaml = {0};
    gs_buf_add_text(&yaml, "clean:\n  allowed_domains:\n");
    for (int i = 0; i <= GS_CLEAN_DOMAINS_MAX; i++)
        gs_buf_printf(&yaml, "    - d%d.com\n", i);
    assert_refused(gs_str_make(yaml.data, yaml.len),
                   "f.yaml:1003: clean.allowed_domains has more than 1000 domains");
    yaml.len = 0;
    gs_buf_add_text(&yaml, "clean:\n  allowed_domains:\n");
    for (int i = 0; i < 200; i++)
        gs_buf_printf(&yaml, "    - %0200d.com\n", i);
    assert_refused(gs_str_make(yaml.data, yaml.len), "or than 32768 bytes of them");
    gs_buf_deinit(&yaml);
}

/* Though the rules may be off: as of every file that is named. */
static void lists_must_be_there(void **state)
{
    (void)state;
    char *settings[] = {"kafka.bootstrap_servers=b", "schemas.dir=/",
                        "clean.lists.suffixes=/nowhere"};
    struct gs_config_loaded loaded = load_good(NULL, settings, 3);
    struct gs_service_config service;
    struct gs_error error = {0};
    assert_int_equal(gs_config_service(&loaded, &service, &error), GS_E_CONFIG);
    assert_non_null(strstr(error.message, "clean.lists.suffixes: /nowhere: No such file"));
    gs_config_unload(&loaded);
}

/* ------------------------------------------------------------------ what is told of them */

static json_t *published(const char *yaml)
{
    struct gs_config_loaded loaded = parse_good(yaml);
    struct gs_service_config service = service_of(&loaded);
    json_t *config = json_loads(service.meta[3].json, 0, NULL);
    json_t *clean = json_incref(json_object_get(config, "clean"));
    assert_string_equal(service.meta[3].name, "config");
    assert_non_null(clean);
    json_decref(config);
    gs_config_unload(&loaded);
    return clean;
}

static void readers_are_told(void **state)
{
    (void)state;
    json_t *off = published(BROKER "clean: {rules: off, weights: {url: 1}}\n");
    json_t *on = published(BROKER "clean: {rules: on, allowed_domains: [a.com, b.com]}\n");
    assert_int_equal(json_object_size(off), 1);
    assert_string_equal(json_string_value(json_object_get(off, "rules")), "off");
    assert_string_equal(json_string_value(json_object_get(on, "rules")), "on");
    assert_string_equal(json_string_value(json_object_get(on, "actions.url")), "drop");
    assert_int_equal(json_integer_value(json_object_get(on, "weights.url")), 192);
    assert_int_equal(json_integer_value(json_object_get(on, "copies.window_ms")), 600000);
    assert_string_equal(json_string_value(json_object_get(on, "lists.promo")), "");
    assert_int_equal(json_array_size(json_object_get(on, "allowed_domains")), 2);
    assert_null(json_object_get(on, "dedupe_window_ms"));
    json_decref(off);
    json_decref(on);
}

static const json_t *property(const json_t *section, const char *name)
{
    const json_t *found = json_object_get(json_object_get(section, "properties"), name);
    if (!found)
        fail_msg("the schema has no %s", name);
    return found;
}

static void schema_has_them(void **state)
{
    (void)state;
    struct gs_buf out = {0};
    gs_config_schema(&out);
    json_t *schema = json_loadb(out.data, out.len, 0, NULL);
    assert_non_null(schema);
    const json_t *clean = property(schema, "clean");
    for (int i = 0; i < GS_REASON_COUNT; i++) {
        const char *reason = gs_reason_name((enum gs_reason)i);
        assert_int_equal(
            json_array_size(json_object_get(property(property(clean, "actions"), reason), "enum")),
            4);
        assert_int_equal(json_integer_value(json_object_get(
                             property(property(clean, "weights"), reason), "maximum")),
                         256);
    }
    for (int i = 0; i < GS_CLEAN_LIST_COUNT; i++)
        property(property(clean, "lists"), gs_clean_list_name((enum gs_clean_list)i));
    property(clean, "rules");
    property(clean, "allowed_domains");
    property(property(clean, "char_flood"), "emoji");
    property(property(clean, "phone"), "digits");
    property(property(clean, "copies"), "authors");
    property(property(clean, "burst"), "on_post");
    json_decref(schema);
    gs_buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_rooms),
        cmocka_unit_test(explanations_tell_them),
        cmocka_unit_test(every_key_arrives),
        cmocka_unit_test(rooms_take_the_ends_of_ranges),
        cmocka_unit_test(settings_and_environment),
        cmocka_unit_test(wrong_values),
        cmocka_unit_test(too_many_domains),
        cmocka_unit_test(lists_must_be_there),
        cmocka_unit_test(readers_are_told),
        cmocka_unit_test(schema_has_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
