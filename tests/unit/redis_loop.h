/* A loop that runs until something is true, and a record of what a connection told. */
#ifndef GROUNDSWELL_TESTS_REDIS_LOOP_H
#define GROUNDSWELL_TESTS_REDIS_LOOP_H

#include "groundswell/redis.h"

#include <uv.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define DEADLINE_MS 20000

static uv_loop_t loop;

/* Everything that the callbacks of one connection said. */
struct seen {
    uint32_t connected;
    uint32_t failed;
    uint32_t stopped;
    enum gs_redis_fault fault;
    struct gs_error error;
    struct gs_redis_info info;
};

/* One command: how often its reply function was called, and with what. */
struct answer {
    uint32_t calls;
    uint32_t order; /* among all answers, from 1 */
    bool has_reply;
    enum gs_redis_fault fault;
    enum gs_redis_type type;
    int64_t integer;
    char text[200];
};
static uint32_t answers_so_far;

static inline void on_answer(void *opaque, const struct gs_redis_reply *reply,
                             enum gs_redis_fault fault)
{
    struct answer *answer = opaque;
    answer->calls++;
    answer->order = ++answers_so_far;
    answer->has_reply = reply != NULL;
    answer->fault = fault;
    if (!reply)
        return;
    assert_int_equal(reply->fault, fault);
    answer->type = reply->type;
    answer->integer = reply->integer;
    if (reply->str.data)
        snprintf(answer->text, sizeof answer->text, "%s", reply->str.data);
}

static inline void on_connected(void *user, const struct gs_redis_info *info)
{
    struct seen *seen = user;
    seen->connected++;
    seen->info = *info;
}

static inline void on_failed(void *user, enum gs_redis_fault fault, const struct gs_error *error)
{
    struct seen *seen = user;
    seen->failed++;
    seen->fault = fault;
    seen->error = *error;
}

static inline void on_stopped(void *user)
{
    ((struct seen *)user)->stopped++;
}

static inline int64_t now_ms(void)
{
    return (int64_t)(uv_hrtime() / 1000000);
}

static inline void on_tick(uv_timer_t *timer)
{
    (void)timer; /* it only makes the loop turn */
}

/* Runs the loop until *count >= at_least; a test that waits longer than the deadline fails. */
static inline void run_until(const uint32_t *count, uint32_t at_least, const char *what)
{
    uv_timer_t tick;
    int64_t end = now_ms() + DEADLINE_MS;
    uv_timer_init(&loop, &tick);
    uv_timer_start(&tick, on_tick, 10, 10);
    while (*count < at_least && now_ms() < end)
        uv_run(&loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&tick, NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
    if (*count < at_least)
        fail_msg("waited %d ms for: %s", DEADLINE_MS, what);
}

static inline struct gs_redis *start_redis(const struct gs_redis_config *config, struct seen *seen)
{
    struct gs_redis_callbacks callbacks = {seen, on_connected, on_failed};
    struct gs_redis *redis;
    struct gs_error error;
    memset(seen, 0, sizeof *seen);
    if (gs_redis_create(&loop, config, &callbacks, &redis, &error) != GS_OK)
        fail_msg("%s", error.message);
    gs_redis_start(redis);
    return redis;
}

static inline void stop_redis(struct gs_redis *redis, struct seen *seen)
{
    gs_redis_stop(redis, on_stopped, seen);
    run_until(&seen->stopped, 1, "the end of the connection");
    assert_int_equal(seen->stopped, 1);
}

/* Sends words separated by blanks. */
static inline enum gs_status send_words(struct gs_redis *redis, const char *words,
                                        struct answer *answer)
{
    struct gs_buf buf = {0};
    char copy[400], *rest = copy, *word;
    uint32_t count = 0;
    snprintf(copy, sizeof copy, "%s", words);
    for (const char *at = words; at; at = strchr(at + 1, ' '))
        count++;
    gs_redis_begin(&buf, count);
    while ((word = strsep(&rest, " ")))
        gs_redis_arg_text(&buf, word);
    enum gs_status status = gs_redis_send(redis, gs_str_make(buf.data, buf.len), on_answer, answer);
    gs_buf_deinit(&buf);
    return status;
}

static inline void assert_says(const char *message, const char *words)
{
    if (!strstr(message, words))
        fail_msg("\"%s\" does not say \"%s\"", message, words);
}

static inline int open_loop(void **state)
{
    (void)state;
    return uv_loop_init(&loop);
}

/* Nothing may have been left open but look-ups of names, which end by themselves. */
static inline int close_loop(void **state)
{
    uv_timer_t tick;
    int64_t end = now_ms() + DEADLINE_MS;
    (void)state;
    uv_timer_init(&loop, &tick);
    uv_timer_start(&tick, on_tick, 10, 10);
    uv_unref((uv_handle_t *)&tick);
    while (uv_loop_alive(&loop) && now_ms() < end)
        uv_run(&loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&tick, NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
    return uv_loop_close(&loop);
}

#endif
