/* A server on the test's own loop that answers as a script says. */
#ifndef GROUNDSWELL_TESTS_REDIS_FAKE_H
#define GROUNDSWELL_TESTS_REDIS_FAKE_H

#include "redis_loop.h"

#include <hiredis/hiredis.h>

#define INFO_GOOD "redis_version:7.0.15\r\nrole:master\r\nloading:0\r\n"

/* Answers are RESP; NULL = none, "" = close the connection instead. */
struct fake {
    const char *info; /* the text, or RESP if it begins with one of "+-:" */
    const char *auth;
    const char *select;
    const char *greeting;   /* said before anything was asked */
    const char *replies[8]; /* to the other commands, in order; then no answer */
    bool bytewise;          /* one byte per turn of the loop */
    uint32_t accepted;
    uint32_t commands; /* all that came */
    uint32_t others;   /* without AUTH, SELECT, INFO */
    char log[400];     /* the first commands: "SELECT 3|INFO|" */
    uv_tcp_t listener;
    struct fake_client *clients;
    char url[100];
};

struct fake_client {
    uv_tcp_t tcp;
    uv_idle_t writer;
    struct fake *fake;
    struct fake_client *next;
    redisReader *reader;
    struct gs_buf out;
    size_t sent;
    bool close_after;
    int open_handles;
    char input[4096];
};

static inline void on_fake_closed(uv_handle_t *handle)
{
    struct fake_client *client = handle->data;
    if (--client->open_handles > 0)
        return;
    for (struct fake_client **at = &client->fake->clients; *at; at = &(*at)->next)
        if (*at == client) {
            *at = client->next;
            break;
        }
    redisReaderFree(client->reader);
    gs_buf_deinit(&client->out);
    gs_free(client);
}

static inline void close_fake_client(struct fake_client *client)
{
    if (uv_is_closing((uv_handle_t *)&client->tcp))
        return;
    uv_close((uv_handle_t *)&client->tcp, on_fake_closed);
    uv_close((uv_handle_t *)&client->writer, on_fake_closed);
}

static inline void fake_write(uv_idle_t *writer)
{
    struct fake_client *client = writer->data;
    size_t left = client->out.len - client->sent;
    uv_buf_t buf = uv_buf_init(client->out.data + client->sent,
                               (unsigned)(client->fake->bytewise ? GS_MIN(left, (size_t)1) : left));
    int wrote = left ? uv_try_write((uv_stream_t *)&client->tcp, &buf, 1) : 0;
    if (wrote > 0)
        client->sent += (size_t)wrote;
    if (client->sent < client->out.len && (wrote >= 0 || wrote == UV_EAGAIN))
        return;
    uv_idle_stop(writer);
    if (client->close_after || wrote < 0)
        close_fake_client(client);
}

static inline void fake_say(struct fake_client *client, const char *resp)
{
    if (!resp)
        return;
    client->close_after |= resp[0] == 0;
    gs_buf_add_text(&client->out, resp);
    uv_idle_start(&client->writer, fake_write);
}

static inline void fake_answer(struct fake_client *client, const redisReply *command)
{
    struct fake *fake = client->fake;
    const char *name = command->element[0]->str;
    size_t at = strlen(fake->log);
    fake->commands++;
    for (size_t i = 0; i < command->elements && at < sizeof fake->log; i++)
        at += (size_t)snprintf(fake->log + at, sizeof fake->log - at, "%s%s",
                               command->element[i]->str, i + 1 < command->elements ? " " : "|");
    if (strcmp(name, "AUTH") == 0) {
        fake_say(client, fake->auth);
    } else if (strcmp(name, "SELECT") == 0) {
        fake_say(client, fake->select);
    } else if (strcmp(name, "INFO") == 0) {
        if (!fake->info || strchr("+-:", fake->info[0])) { /* "" too */
            fake_say(client, fake->info);
        } else {
            struct gs_buf resp = {0};
            gs_redis_arg_text(&resp, fake->info);
            gs_buf_add(&resp, "", 1);
            fake_say(client, resp.data);
            gs_buf_deinit(&resp);
        }
    } else {
        uint32_t index = fake->others++;
        fake_say(client, index < GS_COUNT_OF(fake->replies) ? fake->replies[index] : NULL);
    }
}

static inline void on_fake_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    struct fake_client *client = handle->data;
    (void)size;
    *buf = uv_buf_init(client->input, sizeof client->input);
}

static inline void on_fake_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
    struct fake_client *client = stream->data;
    void *command;
    if (got < 0) {
        close_fake_client(client);
        return;
    }
    redisReaderFeed(client->reader, buf->base, (size_t)got);
    while (redisReaderGetReply(client->reader, &command) == REDIS_OK && command) {
        fake_answer(client, command);
        freeReplyObject(command);
    }
}

static inline void on_fake_connection(uv_stream_t *listener, int status)
{
    struct fake *fake = listener->data;
    struct fake_client *client = gs_calloc(1, sizeof *client);
    assert_int_equal(status, 0);
    fake->accepted++;
    *client = (struct fake_client){.fake = fake, .next = fake->clients, .open_handles = 2};
    fake->clients = client;
    client->reader = redisReaderCreate();
    uv_tcp_init(&loop, &client->tcp);
    uv_idle_init(&loop, &client->writer);
    client->tcp.data = client;
    client->writer.data = client;
    assert_int_equal(uv_accept(listener, (uv_stream_t *)&client->tcp), 0);
    uv_tcp_nodelay(&client->tcp, 1);
    uv_read_start((uv_stream_t *)&client->tcp, on_fake_alloc, on_fake_read);
    fake_say(client, fake->greeting);
}

/* Listens on a free port of 127.0.0.1; fake->url names it, with userinfo and path. */
static inline void start_fake(struct fake *fake, const char *userinfo, const char *path)
{
    struct sockaddr_in address;
    int size = sizeof address;
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(&loop, &fake->listener);
    fake->listener.data = fake;
    assert_int_equal(uv_tcp_bind(&fake->listener, (struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&fake->listener, 16, on_fake_connection), 0);
    uv_tcp_getsockname(&fake->listener, (struct sockaddr *)&address, &size);
    snprintf(fake->url, sizeof fake->url, "redis://%s127.0.0.1:%d%s", userinfo,
             ntohs(address.sin_port), path);
}

static inline struct gs_redis_config config_for(const struct fake *fake)
{
    return (struct gs_redis_config){.url = fake->url, .timeout_ms = 5000, .seed = 7};
}

static inline void stop_fake(struct fake *fake)
{
    for (struct fake_client *client = fake->clients; client; client = client->next)
        close_fake_client(client);
    uv_close((uv_handle_t *)&fake->listener, NULL);
    while (fake->clients || uv_is_active((uv_handle_t *)&fake->listener))
        uv_run(&loop, UV_RUN_NOWAIT);
    uv_run(&loop, UV_RUN_NOWAIT);
}

#endif
