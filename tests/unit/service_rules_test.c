/* Goal: the rules of a configuration, with the files that it names, are those by which a process
 * judges, and by which its checkpoints are looked at; a file that cannot be used is named, with its
 * line, before anything begins.
 * Method: gs_service_run() against librdkafka's mock cluster and a redis-server of our own, on
 * generated records: comments that are dropped are not scored. */
#include "service_rig.h"

static char list_path[64];

static void write_list(const char *text)
{
    snprintf(list_path, sizeof list_path, "/tmp/groundswell-list-XXXXXX");
    int file = mkstemp(list_path);
    assert_true(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
    assert_int_equal(close(file), 0);
}

/* A run of all records, under a prefix of its own. */
static uint64_t scored_by(struct run *run, const char *prefix)
{
    run->config.until_end = true;
    snprintf(run->config.task.prefix, sizeof run->config.task.prefix, "%s", prefix);
    begin_run(run);
    wait_for_end(run);
    if (run->status != GS_OK)
        fail_msg("%s", run->error.message);
    return run->summary.scored;
}

/* Some influencer's cell of this deployment. */
static void read_cell(const char *prefix, char *text, size_t capacity)
{
    char command[120];
    for (int i = 0; i < 20; i++) {
        snprintf(command, sizeof command, "GET %s:v1:{influencer:inf%07d}:1h", prefix, i);
        ask_redis(command, text, capacity);
        if (*text)
            return;
    }
    fail_msg("no cell of %s", prefix);
}

static void test_rules_judge(void **state)
{
    (void)state;
    char cell[4000];
    produce_stream(3000);
    struct run off = new_run();
    struct run on = judging_run();
    struct run told = judging_run();
    write_list("# whatever it is\na|the|i|is|this|you|my|it\n");
    on.config.clean.list_paths[GS_CLEAN_LIST_PROMO] = list_path;
    for (int i = 0; i < GS_REASON_COUNT; i++)
        told.config.clean.rules.rule[i].action = GS_VERDICT_KEEP;
    uint64_t all = scored_by(&off, "off");
    uint64_t clean = scored_by(&on, "on");
    assert_true(clean > 100 && clean < all - all / 5);
    assert_int_equal(scored_by(&told, "told"), all);
    read_cell("off", cell, sizeof cell);
    assert_null(strstr(cell, "\"pvr\""));
    read_cell("on", cell, sizeof cell);
    assert_non_null(strstr(cell, "\"pvr\""));
    unlink(list_path);
}

/* ------------------------------------------------------------------ files that cannot be used */

static void assert_refused(enum gs_clean_list list, const char *path, enum gs_status status,
                           const char *words)
{
    struct run run = judging_run();
    struct gs_error error = {0};
    run.config.clean.list_paths[list] = path;
    begin_run(&run);
    wait_for_end(&run);
    assert_int_equal(run.status, status);
    if (!strstr(run.error.message, words))
        fail_msg("'%s' has no '%s'", run.error.message, words);
    run.config.clean.is_on = false; /* validate looks at them all the same */
    assert_int_equal(gs_service_check_files(&run.config, &error), status);
    if (!strstr(error.message, words))
        fail_msg("'%s' has no '%s'", error.message, words);
}

static void test_refused(void **state)
{
    (void)state;
    char words[160];
    write_list("# mine\nfree phones\n[free] [phones]\n");
    snprintf(words, sizeof words, "line 3 of the list of promo (%s): '[free] [phones]' has no word",
             list_path);
    assert_refused(GS_CLEAN_LIST_PROMO, list_path, GS_E_DATA, words);
    snprintf(words, sizeof words, "line 2 of the list of suffixes (%s): 'free phones' is no domain",
             list_path);
    assert_refused(GS_CLEAN_LIST_SUFFIXES, list_path, GS_E_DATA, words);
    unlink(list_path);
    snprintf(words, sizeof words, "clean.lists.unsafe: %s cannot be opened: No such", list_path);
    assert_refused(GS_CLEAN_LIST_UNSAFE, list_path, GS_E_CONFIG, words);
    assert_refused(GS_CLEAN_LIST_UNSAFE, "/", GS_E_DATA, "clean.lists.unsafe: / cannot be read");
}

/* An empty file is an empty list, not the built-in one. */
static void test_empty_list(void **state)
{
    (void)state;
    struct gs_clean_text text;
    struct gs_clean_rules *rules;
    struct gs_error error;
    struct run run = judging_run();
    struct gs_clean_scratch *scratch = gs_clean_scratch_create();
    static const char domains[] = "brand.com\0other.com";
    write_list("");
    run.config.clean.list_paths[GS_CLEAN_LIST_PROMO] = list_path;
    run.config.clean.list_paths[GS_CLEAN_LIST_GENERIC] = "";
    run.config.clean.allowed_domains = domains;
    run.config.clean.allowed_domain_count = 2;
    if (gs_service_open_rules(&run.config, &rules, &error) != GS_OK)
        fail_msg("%s", error.message);
    gs_clean_read(rules, scratch, gs_str_of("check out my channel"), &text);
    assert_int_equal(gs_clean_judge(rules, &text, false), 0);
    gs_clean_read(rules, scratch, gs_str_of("nice pic"), &text);
    assert_int_equal(gs_clean_judge(rules, &text, false), 1u << GS_REASON_GENERIC);
    gs_clean_read(rules, scratch, gs_str_of("https://shop.other.com/x is new"), &text);
    assert_int_equal(gs_clean_judge(rules, &text, false), 0);
    gs_clean_read(rules, scratch, gs_str_of("https://third.com/x is new"), &text);
    assert_int_equal(gs_clean_judge(rules, &text, false), 1u << GS_REASON_URL);
    gs_clean_rules_destroy(rules);
    run.config.clean.is_on = false;
    assert_int_equal(gs_service_open_rules(&run.config, &rules, &error), GS_OK);
    assert_null(rules);
    gs_clean_scratch_destroy(scratch);
    unlink(list_path);
}

/* ------------------------------------------------------------------ checkpoints */

static bool is_mixed(const struct gs_service_config *config, uint32_t task)
{
    struct gs_buf out = {0};
    struct gs_error error;
    if (gs_service_inspect(config, task, &out, &error) != GS_OK)
        fail_msg("%s", error.message);
    gs_buf_add(&out, "", 1);
    if (!strstr(out.data, "checkpoint  cut "))
        fail_msg("%s", out.data);
    bool mixed = strstr(out.data, "was counted by other rules") != NULL;
    gs_buf_deinit(&out);
    return mixed;
}

static void test_inspect_knows_the_rules(void **state)
{
    (void)state;
    static char body[PAGE_MAX];
    struct run run = judging_run();
    produce_stream(2000);
    write_list("free phones\n");
    run.config.clean.list_paths[GS_CLEAN_LIST_PROMO] = list_path;
    listen_for_probes(&run);
    begin_run(&run);
    WAIT_FOR(get(run.port, "/metrics", "*/*", body) == 200 &&
             strstr(body, "groundswell_checkpoints_total") &&
             strtoull(strstr(body, "\ngroundswell_checkpoints_total ") + 31, NULL, 10) >=
                 PARTITIONS);
    end_run(&run);
    assert_false(is_mixed(&run.config, 1));
    run.config.clean.list_paths[GS_CLEAN_LIST_PROMO] = "";
    assert_true(is_mixed(&run.config, 1));
    run.config.clean.is_on = false;
    assert_true(is_mixed(&run.config, 1));
    unlink(list_path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_world, tear_down_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rules_judge),
        TEST(test_refused),
        TEST(test_empty_list),
        TEST(test_inspect_knows_the_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
