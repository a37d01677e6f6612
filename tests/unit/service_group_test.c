/* Goal: several processes share the tasks of a group, whoever has none is well all the same, and
 * what each did adds up. Method: services on threads of their own in one group of the mock cluster,
 * which lets all of them join before it divides the tasks. */
#include "service_rig.h"

/* The group has four tasks for six: who gets none is ready too. */
static void test_without_tasks(void **state)
{
    (void)state;
    enum { RUNS = 6 };
    static struct run runs[RUNS];
    char text[40];
    rd_kafka_mock_group_initial_rebalance_delay_ms(mock, 3000); /* so that all are there */
    for (int i = 0; i < RUNS; i++) {
        runs[i] = new_run();
        runs[i].config.instance = i == 0 ? "a" : "b";
        listen_for_probes(&runs[i]);
        begin_run(&runs[i]);
    }
    int without = 0;
    for (int i = 0; i < RUNS; i++) {
        static char body[PAGE_MAX];
        WAIT_FOR(probe(runs[i].port, "/readyz") == 200);
        WAIT_FOR(get(runs[i].port, "/metrics", "*/*", body) == 200);
        without += strstr(body, "\ngroundswell_tasks 0\n") != NULL;
    }
    assert_true(without >= 2);
    for (int i = 0; i < RUNS; i++)
        runs[i].stop = true;
    for (int i = 0; i < RUNS; i++)
        end_run(&runs[i]);
    ask_redis("EXISTS gs:v1:instance:a", text, sizeof text);
    assert_string_equal(text, "1");
}

/* ------------------------------------------------------------------ until the end, by two */

static void test_until_end(void **state)
{
    (void)state;
    static struct run runs[2];
    struct produced produced = produce_stream(3000);
    uint64_t records = 0, folded = 0;
    rd_kafka_mock_group_initial_rebalance_delay_ms(mock, 3000);
    for (int i = 0; i < 2; i++) {
        runs[i] = new_run();
        runs[i].config.until_end = true;
        runs[i].config.instance = i ? "b" : "a";
        begin_run(&runs[i]);
    }
    for (int i = 0; i < 2; i++) {
        wait_for_end(&runs[i]);
        if (runs[i].status != GS_OK)
            fail_msg("%s", runs[i].error.message);
        assert_true(runs[i].summary.records > 0);
        records += runs[i].summary.records;
        for (int d = 0; d < GS_DISPOSITION_COUNT; d++)
            folded += runs[i].summary.disposition[d];
    }
    assert_true(records >= produced.records); /* what one leaves behind the other reads again */
    assert_int_equal(folded, records);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_world, tear_down_world)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_without_tasks), TEST(test_until_end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
