/* A mock cluster in this process and a loop that runs until something is true. */
#ifndef GROUNDSWELL_TESTS_SOURCE_MOCK_H
#define GROUNDSWELL_TESTS_SOURCE_MOCK_H

#include "groundswell/source.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <uv.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define DEADLINE_MS 60000 /* a hand-over takes two rebalances of the mock, of 9 s each */

static rd_kafka_t *host; /* carries the mock cluster */
static rd_kafka_mock_cluster_t *mock;
static uv_loop_t loop;
static struct gs_kafka_config kafka;

static inline int64_t now_ms(void)
{
    return (int64_t)(uv_hrtime() / 1000000);
}

static inline int set_up(void **state)
{
    char reason[200];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    (void)state;
    gs_log_configure(GS_LOG_ERROR, GS_LOG_LOGFMT);
    rd_kafka_conf_set(conf, "log_level", "0", NULL, 0);
    host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    assert_non_null(host);
    mock = rd_kafka_mock_cluster_new(host, 1);
    assert_non_null(mock);
    rd_kafka_mock_group_initial_rebalance_delay_ms(mock, 0);
    kafka = (struct gs_kafka_config){.bootstrap_servers = rd_kafka_mock_cluster_bootstraps(mock),
                                     .group = "g"};
    uv_loop_init(&loop);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < 100 && uv_run(&loop, UV_RUN_NOWAIT); i++)
        ;
    assert_int_equal(uv_loop_close(&loop), 0); /* nothing was left open */
    rd_kafka_mock_cluster_destroy(mock);
    rd_kafka_destroy(host);
    return 0;
}

static inline void on_tick(uv_timer_t *timer)
{
    (void)timer; /* it only makes the loop turn */
}

static inline void run_until(bool (*condition)(void *), void *user, const char *what)
{
    uv_timer_t tick;
    int64_t end = now_ms() + DEADLINE_MS;
    uv_timer_init(&loop, &tick);
    uv_timer_start(&tick, on_tick, 10, 10);
    while (!condition(user) && now_ms() < end)
        uv_run(&loop, UV_RUN_ONCE);
    bool done = condition(user);
    uv_close((uv_handle_t *)&tick, NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
    if (!done)
        fail_msg("waited %d ms for: %s", DEADLINE_MS, what);
}

#endif
