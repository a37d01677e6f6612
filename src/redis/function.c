/* function.c -- a library of functions is made to be there. Its name carries a hash of its code, so
 * if it is listed it is the right one, and one that another instance loaded meanwhile is too. */
#include "internal.h"

struct load {
    struct gs_redis *redis;
    char *name;
    struct gs_buf code;
    gs_redis_loaded_fn *on_loaded;
    void *opaque;
};

static void finish(struct load *load, enum gs_redis_fault fault, const struct gs_error *error)
{
    gs_redis_loaded_fn *on_loaded = load->on_loaded;
    void *opaque = load->opaque;
    gs_buf_deinit(&load->code);
    gs_free(load->name);
    gs_free(load);
    on_loaded(opaque, fault, error);
}

static void finish_with(struct load *load, const struct gs_redis_reply *reply,
                        enum gs_redis_fault fault, const char *what)
{
    struct gs_error error;
    gs_redis_describe(load->redis, reply, fault, what, &error);
    finish(load, fault, &error);
}

static void on_load(void *opaque, const struct gs_redis_reply *reply, enum gs_redis_fault fault)
{
    struct load *load = opaque;
    if (fault == GS_REDIS_OK ||
        (reply && memmem(reply->str.data, reply->str.len, "already exists", 14)))
        finish(load, GS_REDIS_OK, NULL);
    else
        finish_with(load, reply, fault, "FUNCTION LOAD");
}

static void on_list(void *opaque, const struct gs_redis_reply *reply, enum gs_redis_fault fault)
{
    struct load *load = opaque;
    struct gs_buf buf = {0};
    if (fault != GS_REDIS_OK) {
        finish_with(load, reply, fault, "FUNCTION LIST");
        return;
    }
    if (reply->type == GS_REDIS_ARRAY && reply->count > 0) {
        finish(load, GS_REDIS_OK, NULL);
        return;
    }
    gs_redis_begin(&buf, 3);
    gs_redis_arg_text(&buf, "FUNCTION");
    gs_redis_arg_text(&buf, "LOAD");
    gs_redis_arg(&buf, load->code.data, load->code.len);
    if (gs_redis_send(load->redis, gs_str_make(buf.data, buf.len), on_load, load) != GS_OK)
        finish_with(load, NULL, GS_REDIS_DROPPED, "FUNCTION LOAD");
    gs_buf_deinit(&buf);
}

enum gs_status gs_redis_load_library(struct gs_redis *redis, const struct gs_redis_library *library,
                                     gs_redis_loaded_fn *on_loaded, void *opaque)
{
    struct gs_buf buf = {0};
    struct load *load = gs_calloc(1, sizeof *load);
    *load = (struct load){redis, gs_strdup(library->name), {0}, on_loaded, opaque};
    gs_buf_add_str(&load->code, library->code);
    gs_redis_begin(&buf, 4);
    gs_redis_arg_text(&buf, "FUNCTION");
    gs_redis_arg_text(&buf, "LIST");
    gs_redis_arg_text(&buf, "LIBRARYNAME");
    gs_redis_arg_text(&buf, load->name);
    enum gs_status status = gs_redis_send(redis, gs_str_make(buf.data, buf.len), on_list, load);
    gs_buf_deinit(&buf);
    if (status) {
        gs_buf_deinit(&load->code);
        gs_free(load->name);
        gs_free(load);
    }
    return status;
}
