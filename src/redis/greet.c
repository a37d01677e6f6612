/* greet.c -- the first words on a new connection, sent in one piece: AUTH, SELECT, INFO. The whole
 * of INFO is asked for: several sections at once would be an error where the version is too old,
 * which is what it is asked for. */
#include "internal.h"

#include <stdio.h>

/* The server's words are left out: one that does not know AUTH repeats the arguments. */
static const char *auth_text(struct gs_str error)
{
    if (memmem(error.data, error.len, "without any password", 20))
        return "it has no password, but redis.url gives one";
    if (memmem(error.data, error.len, "NOAUTH", 6) || memmem(error.data, error.len, "WRONGPASS", 9))
        return "user or password is wrong";
    return "it refuses AUTH";
}

static void on_auth(void *opaque, const struct gs_redis_reply *reply, enum gs_redis_fault fault)
{
    struct gs_redis *redis = opaque;
    if (!reply || fault == GS_REDIS_OK)
        return;
    if (fault == GS_REDIS_CLIENTS || fault == GS_REDIS_LOADING)
        gsi_redis_give_up(redis, fault, "it refuses connections now");
    else
        gsi_redis_give_up(redis, GS_REDIS_AUTH, auth_text(reply->str));
}

static void give_up_with(struct gs_redis *redis, const struct gs_redis_reply *reply,
                         enum gs_redis_fault fault, const char *what)
{
    char text[120], whole[180];
    gsi_redis_printable(reply->str, text, sizeof text);
    snprintf(whole, sizeof whole, "%s (%s)", what, text);
    gsi_redis_give_up(redis, fault, whole);
}

static void on_select(void *opaque, const struct gs_redis_reply *reply, enum gs_redis_fault fault)
{
    if (reply && fault != GS_REDIS_OK)
        give_up_with(opaque, reply, fault == GS_REDIS_ERROR ? GS_REDIS_DATABASE : fault,
                     "it refuses to SELECT the database");
}

static void on_info(void *opaque, const struct gs_redis_reply *reply, enum gs_redis_fault fault)
{
    struct gs_redis *redis = opaque;
    const char *what;
    char whole[120];
    if (!reply)
        return;
    if (fault != GS_REDIS_OK) {
        give_up_with(redis, reply, fault == GS_REDIS_ERROR ? GS_REDIS_UNSUPPORTED : fault,
                     "it refuses INFO");
        return;
    }
    struct gs_str text = reply->type == GS_REDIS_STRING ? reply->str : gs_str_make("", 0);
    fault = gsi_redis_info_read(text, redis->accept_replica, &redis->info, &what);
    if (fault == GS_REDIS_OK) {
        gsi_redis_on_ready(redis);
        return;
    }
    snprintf(whole, sizeof whole, "%s%s%s%s", what, redis->info.version ? " (version " : "",
             redis->info.version_text, redis->info.version ? ")" : "");
    gsi_redis_give_up(redis, fault, whole);
}

void gsi_redis_greet(struct gs_redis *redis)
{
    const struct gsi_redis_url *url = &redis->url;
    struct gs_buf buf = {0};
    if (url->password[0]) {
        gs_redis_begin(&buf, url->user[0] ? 3 : 2);
        gs_redis_arg_text(&buf, "AUTH");
        if (url->user[0])
            gs_redis_arg_text(&buf, url->user);
        gs_redis_arg_text(&buf, url->password);
        gsi_redis_push(redis, gs_str_make(buf.data, buf.len), on_auth, redis);
        explicit_bzero(buf.data, buf.len);
        buf.len = 0;
    }
    if (url->db != 0) {
        gs_redis_begin(&buf, 2);
        gs_redis_arg_text(&buf, "SELECT");
        gs_redis_arg_int(&buf, url->db);
        gsi_redis_push(redis, gs_str_make(buf.data, buf.len), on_select, redis);
        buf.len = 0;
    }
    gs_redis_begin(&buf, 1);
    gs_redis_arg_text(&buf, "INFO");
    gsi_redis_push(redis, gs_str_make(buf.data, buf.len), on_info, redis);
    gs_buf_deinit(&buf);
}
