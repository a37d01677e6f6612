/* Goal: a Prometheus server takes every page, in both formats, and the numbers on it are those of
 * the records. Method: a running service whose pages are read strictly: each sample stands under
 * its family's HELP and TYPE, each family and each series stands once, each value is a number. The
 * table they come from keeps Prometheus' conventions, and its reference is the one in schemas/. */
#include "service/metrics.h"
#include "service_rig.h"

enum { SERIES_MAX = 5000, NAME_MAX_BYTES = 200 };

struct page {
    char family[NAME_MAX_BYTES];
    char type[20];
    bool has_type;
    char *series[SERIES_MAX];
    size_t series_count;
    char *families[SERIES_MAX];
    size_t family_count;
    size_t samples; /* of this family */
    bool openmetrics;
};

static void take_help(struct page *page, const char *line)
{
    char help[200];
    assert_true(page->has_type || !page->family_count); /* the family before is complete */
    assert_int_equal(sscanf(line, "# HELP %199s %199[^\n]", page->family, help), 2);
    assert_true(help[strlen(help) - 1] == '.');
    assert_int_equal(strncmp(page->family, "groundswell_", 12), 0);
    page->families[page->family_count++] = strdup(page->family);
    page->has_type = false;
}

static void take_type(struct page *page, const char *line)
{
    char name[NAME_MAX_BYTES];
    assert_int_equal(sscanf(line, "# TYPE %199s %19s", name, page->type), 2);
    assert_string_equal(name, page->family);
    assert_false(page->has_type);
    assert_true(!strcmp(page->type, "counter") || !strcmp(page->type, "gauge") ||
                !strcmp(page->type, "histogram"));
    page->has_type = true;
}

static void take_unit(struct page *page, const char *line)
{
    char name[NAME_MAX_BYTES], unit[20];
    assert_int_equal(sscanf(line, "# UNIT %199s %19s", name, unit), 2);
    assert_true(page->openmetrics && page->has_type);
    assert_string_equal(name, page->family);
    assert_string_equal(name + strlen(name) - strlen(unit), unit);
}

/* name="value", between braces; returns what follows them. */
static const char *skip_labels(const char *at)
{
    do {
        at++;
        size_t name = strspn(at, "abcdefghijklmnopqrstuvwxyz_");
        assert_true(name > 0);
        at += name;
        assert_int_equal(strncmp(at, "=\"", 2), 0);
        at += 2;
        at += strcspn(at, "\"\\\n{}");
        assert_int_equal(*at, '"');
        at++;
    } while (*at == ',');
    assert_int_equal(*at, '}');
    return at + 1;
}

/* What stands behind the family's name in its samples. */
static const char *suffix_of(const struct page *page, const char *name)
{
    static const char *const parts[] = {"_bucket", "_sum", "_count"};
    if (strcmp(page->type, "counter") == 0)
        return page->openmetrics ? "_total" : "";
    for (size_t i = 0; strcmp(page->type, "histogram") == 0 && i < GS_COUNT_OF(parts); i++)
        if (strcmp(name + strlen(name) - strlen(parts[i]), parts[i]) == 0)
            return parts[i];
    return "";
}

static void take_sample(struct page *page, const char *line)
{
    char name[NAME_MAX_BYTES], expected[NAME_MAX_BYTES + 10], *end;
    bool counter = strcmp(page->type, "counter") == 0;
    const char *at = line + strcspn(line, "{ ");
    assert_true(page->has_type);
    snprintf(name, sizeof name, "%.*s", (int)(at - line), line);
    snprintf(expected, sizeof expected, "%s%s", page->family, suffix_of(page, name));
    assert_string_equal(name, expected);
    if (counter)
        assert_string_equal(name + strlen(name) - 6, "_total");
    if (*at == '{')
        at = skip_labels(at);
    assert_int_equal(*at, ' ');
    assert_true(page->series_count < SERIES_MAX);
    page->series[page->series_count++] = strndup(line, (size_t)(at - line));
    double value = strtod(at + 1, &end);
    assert_true(end > at + 1 && *end == 0 && value >= 0);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void assert_distinct(char **texts, size_t count)
{
    qsort(texts, count, sizeof *texts, compare);
    for (size_t i = 1; i < count; i++)
        assert_string_not_equal(texts[i - 1], texts[i]);
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
}

static void read_page(const char *body, bool openmetrics)
{
    static struct page page;
    char line[500];
    bool ended = false;
    page = (struct page){.openmetrics = openmetrics};
    for (const char *at = body; *at; at = strchr(at, '\n') + 1) {
        const char *end = strchr(at, '\n');
        assert_non_null(end);
        snprintf(line, sizeof line, "%.*s", (int)(end - at), at);
        assert_false(ended);
        if (strcmp(line, "# EOF") == 0)
            ended = true;
        else if (strncmp(line, "# HELP ", 7) == 0)
            take_help(&page, line);
        else if (strncmp(line, "# TYPE ", 7) == 0)
            take_type(&page, line);
        else if (strncmp(line, "# UNIT ", 7) == 0)
            take_unit(&page, line);
        else
            take_sample(&page, line);
    }
    assert_true(ended == openmetrics);
    assert_true(page.family_count > 35 && page.series_count > 100);
    assert_distinct(page.families, page.family_count);
    assert_distinct(page.series, page.series_count);
}

/* Of all series of a family. */
static uint64_t sum_of(const char *body, const char *name)
{
    uint64_t sum = 0;
    char begin[100];
    snprintf(begin, sizeof begin, "\ngroundswell_%s", name);
    for (const char *at = body; (at = strstr(at, begin)); at++) {
        const char *value = strchr(at + 1, ' ');
        assert_non_null(value);
        if (at[strlen(begin)] == '{' || at[strlen(begin)] == ' ')
            sum += strtoull(value + 1, NULL, 10);
    }
    return sum;
}

static bool has_read(int port, char *body, uint64_t records)
{
    return get(port, "/metrics", "*/*", body) == 200 &&
           sum_of(body, "records_total") + sum_of(body, "repeated_total") == records &&
           sum_of(body, "dirty_cells") == 0 && sum_of(body, "dlq_records_total") > 0;
}

/* Every write that Redis took is in them, but those without cells; every checkpoint that counts. */
static void assert_times(const char *body)
{
    uint64_t writes = sum_of(body, "batches_total") - sum_of(body, "confirmations_total");
    assert_true(writes > 0);
    assert_int_equal(sum_of(body, "write_seconds_count"), writes);
    assert_int_equal(sum_of(body, "event_to_redis_seconds_count"), writes);
    assert_true(sum_of(body, "event_to_redis_seconds_sum") > 0);
    assert_int_equal(sum_of(body, "checkpoint_seconds_count"), sum_of(body, "checkpoints_total"));
    assert_true(sum_of(body, "checkpoint_pause_seconds_count") >=
                sum_of(body, "checkpoint_seconds_count"));
}

static void test_pages(void **state)
{
    (void)state;
    static char body[PAGE_MAX];
    struct produced produced = produce_stream(2000);
    struct run run = judging_run();
    run.config.workers = 2;
    listen_for_probes(&run);
    begin_run(&run);
    WAIT_FOR(has_read(run.port, body, produced.records));
    read_page(body, false);
    assert_int_equal(sum_of(body, "bad_records_total"), produced.bad);
    assert_int_equal(sum_of(body, "dlq_records_total"), produced.bad);
    assert_int_equal(sum_of(body, "tasks"), PARTITIONS);
    assert_int_equal(sum_of(body, "group_tasks"), PARTITIONS);
    assert_int_equal(sum_of(body, "task_state"), PARTITIONS);
    assert_int_equal(sum_of(body, "redis_connected"), 2);
    assert_int_equal(sum_of(body, "next_offset"), produced.records);
    assert_int_equal(sum_of(body, "end_offset"), produced.records);
    assert_true(sum_of(body, "cells_written_total") >= 20);
    assert_true(sum_of(body, "resident_memory_bytes") > 1 << 20);
    assert_int_equal(sum_of(body, "forward_failures_total"), 0);
    assert_int_equal(sum_of(body, "lag_records"), 0);
    assert_int_equal(sum_of(body, "lag_seconds"), 0);
    assert_int_equal(sum_of(body, "skew_seconds"), 0);
    assert_int_equal(sum_of(body, "rebalances_total"), 1);
    assert_int_equal(sum_of(body, "task_moves_total"), PARTITIONS);
    assert_times(body);
    assert_true(sum_of(body, "late_verdicts_total") > 0);
    assert_true(sum_of(body, "comments_dropped_total") > sum_of(body, "late_verdicts_total"));
    assert_int_equal(get(run.port, "/metrics", "application/openmetrics-text", body), 200);
    read_page(body, true);
    assert_non_null(strstr(body, "write_seconds_bucket{le=\"0.25\"}"));
    assert_non_null(strstr(body, "write_seconds_bucket{le=\"1.0\"}"));
    assert_non_null(strstr(body, "write_seconds_bucket{le=\"+Inf\"}"));
    end_run(&run);
}

/* ------------------------------------------------------------------ the table */

static void assert_label(const char *name, size_t length)
{
    for (size_t i = 0; i < gsi_label_count; i++)
        if (strlen(gsi_labels[i].name) == length && !strncmp(gsi_labels[i].name, name, length))
            return;
    fail_msg("label %.*s is not explained", (int)length, name);
}

static void assert_metric(const struct gsi_metric *metric)
{
    size_t length = strlen(metric->name);
    bool total = length > 6 && strcmp(metric->name + length - 6, "_total") == 0;
    size_t bare = length - (total ? 6 : 0);
    size_t unit = strlen(metric->unit);
    assert_int_equal(strspn(metric->name, "abcdefghijklmnopqrstuvwxyz_"), length);
    assert_int_equal(total, metric->type == GSI_COUNTER);
    assert_int_equal(strncmp(metric->name + bare - unit, metric->unit, unit), 0);
    assert_int_equal(metric->help[strlen(metric->help) - 1], '.');
    assert_non_null(metric->show);
    assert_false(metric->by && metric->parts);
    for (const char *at = metric->labels; *at; at += strcspn(at, ","), at += *at == ',')
        assert_label(at, strcspn(at, ","));
}

static void test_table(void **state)
{
    (void)state;
    for (size_t s = 0; s < gsi_metric_section_count; s++)
        for (size_t m = 0; m < gsi_metric_sections[s].count; m++)
            assert_metric(&gsi_metric_sections[s].metrics[m]);
}

static void test_reference(void **state)
{
    (void)state;
    static char page[PAGE_MAX];
    struct gs_buf made = {0};
    FILE *file = fopen(GS_SOURCE_DIR "/schemas/METRICS.md", "r");
    assert_non_null(file);
    page[fread(page, 1, sizeof page - 1, file)] = 0;
    fclose(file);
    gs_service_metrics_reference(&made);
    gs_buf_add(&made, "", 1);
    assert_string_equal(made.data, page); /* groundswell metrics >schemas/METRICS.md */
    gs_buf_deinit(&made);
}

/* ------------------------------------------------------------------ how far behind */

static void expect_shown(const struct gsi_page *page, const char *name, const char *samples)
{
    page->out->len = 0;
    for (size_t s = 0; s < gsi_metric_section_count; s++)
        for (size_t m = 0; m < gsi_metric_sections[s].count; m++) {
            const struct gsi_metric *metric = &gsi_metric_sections[s].metrics[m];
            if (strcmp(metric->name, name) == 0)
                metric->show(page, metric);
        }
    gs_buf_add(page->out, "", 1);
    assert_string_equal(page->out->data, samples);
}

/* Of three inputs one was read to its end, where its log holds a transaction marker, and one has
 * not told yet where it ends. The second task does not know where it begins. */
static void test_how_far_behind(void **state)
{
    static struct gs_service service = {.task = {.input_count = 3}};
    static struct gs_worker_task_stats tasks[2] = {
        {.task = 7, .end_offset = {11, 50, -1}, .stats.as_of_ms = 60000}, {.task = 8}};
    struct gs_buf out = {0};
    struct gsi_page page = {
        .out = &out, .service = &service, .tasks = tasks, .task_count = 2, .wall_ms = 90000};
    (void)state;
    for (int i = 0; i < 3; i++) {
        snprintf(service.task.inputs[i].topic, 2, "%c", 'a' + i);
        tasks[1].stats.input[i].h_ms = tasks[1].stats.input[i].read_to = GS_NULL_INT;
    }
    tasks[1].stats.as_of_ms = GS_NULL_INT;
    tasks[0].stats.input[0] =
        (struct gs_task_input_stats){.next_offset = 10, .read_to = 11, .h_ms = 1000};
    tasks[0].stats.input[1] =
        (struct gs_task_input_stats){.next_offset = 20, .read_to = 20, .h_ms = 40500};
    tasks[0].stats.input[2] =
        (struct gs_task_input_stats){.next_offset = 5, .read_to = 5, .h_ms = 60000};
    expect_shown(&page, "lag_records",
                 "groundswell_lag_records{topic=\"a\",partition=\"7\"} 0\n"
                 "groundswell_lag_records{topic=\"b\",partition=\"7\"} 30\n");
    expect_shown(&page, "lag_seconds",
                 "groundswell_lag_seconds{topic=\"a\",partition=\"7\"} 0.000\n"
                 "groundswell_lag_seconds{topic=\"b\",partition=\"7\"} 49.500\n");
    expect_shown(&page, "skew_seconds",
                 "groundswell_skew_seconds{task=\"7\"} 19.500\n"
                 "groundswell_skew_seconds{task=\"8\"} 0.000\n");
    expect_shown(&page, "as_of_seconds", "groundswell_as_of_seconds{task=\"7\"} 60.000\n");
    gs_buf_deinit(&out);
}

/* ------------------------------------------------------------------ the first page */

/* Before there is anything to tell. */
static void test_first_page(void **state)
{
    (void)state;
    static char body[PAGE_MAX];
    struct run run = new_run();
    listen_for_probes(&run);
    begin_run(&run);
    WAIT_FOR(get(run.port, "/metrics", "*/*", body) == 200);
    assert_int_equal(sum_of(body, "records_total"), 0);
    end_run(&run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_world, tear_down_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_pages), TEST(test_first_page), cmocka_unit_test(test_table),
        cmocka_unit_test(test_reference), cmocka_unit_test(test_how_far_behind)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
