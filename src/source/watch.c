/* watch.c -- wakes a loop when a queue of librdkafka gets something. */
#include "internal.h"

#include <unistd.h>

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct gsi_source_watch *watch = (struct gsi_source_watch *)(void *)poll;
    uint64_t count;
    (void)status; /* an eventfd knows no errors */
    (void)events;
    if (read(watch->fd, &count, sizeof count) == sizeof count)
        watch->wake(watch->user);
}

enum gs_status gsi_source_watch_start(struct gsi_source_watch *watch, uv_loop_t *loop, int fd,
                                      struct gs_error *error)
{
    watch->fd = fd;
    if (fd < 0)
        return gs_fail(error, GS_E_UNAVAIL, "source: no file descriptor left");
    int code = uv_poll_init(loop, &watch->poll, fd);
    if (!code)
        code = uv_poll_start(&watch->poll, UV_READABLE, on_readable);
    if (!code)
        return GS_OK;
    close(fd);
    watch->fd = -1;
    return gs_fail(error, GS_E_UNAVAIL, "source: a descriptor cannot be watched: %s",
                   uv_strerror(code));
}

void gsi_source_watch_close(struct gsi_source_watch *watch, uv_close_cb on_closed)
{
    uv_poll_stop(&watch->poll);
    close(watch->fd);
    watch->fd = -1;
    uv_close((uv_handle_t *)&watch->poll, on_closed);
}
