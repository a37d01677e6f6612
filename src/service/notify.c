/* notify.c -- tells the service manager how we are: a datagram of lines to its socket, as
 * sd_notify(3) describes it.
 *
 *   STARTING, JOINING   EXTEND_TIMEOUT_USEC: brokers that are away are waited for, however long
 *   RUNNING             READY=1 once, then WATCHDOG=1
 *   DRAINING            STOPPING=1 once
 *
 * Beats come while the loops turn, which is what /livez says: a worker that stands still lets the
 * manager end the process, and so does this thread's own loop. */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum {
    BEAT_MS = 5000,    /* unless the watchdog wants them sooner */
    EXTEND_MS = 30000, /* a few beats may be lost */
    STATUS_MS = 2000
};

static bool read_path(struct gsi_notify *notify, const char *path)
{
    size_t length = strlen(path);
    if ((*path != '/' && *path != '@') || length >= sizeof notify->address.sun_path)
        return false;
    notify->address.sun_family = AF_UNIX;
    memcpy(notify->address.sun_path, path, length);
    if (*path == '@') /* in a namespace of its own, without a file */
        notify->address.sun_path[0] = 0;
    notify->address_bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    return true;
}

void gsi_service_notify_open(struct gs_service *service)
{
    struct gsi_notify *notify = &service->notify;
    const char *path = service->config->notify_socket;
    int64_t watchdog_ms = service->config->watchdog_ms;
    notify->every_ms = watchdog_ms ? GS_MIN(watchdog_ms / 3, (int64_t)BEAT_MS) : BEAT_MS;
    if (!path || !*path)
        return;
    if (!read_path(notify, path))
        gs_log(GS_LOG_WARN, "service", "NOTIFY_SOCKET: %.120s is no socket's path", path);
    else if ((notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
        gs_log(GS_LOG_WARN, "service", "NOTIFY_SOCKET: no socket can be made: %s", strerror(errno));
}

void gsi_service_notify_close(struct gs_service *service)
{
    if (service->notify.fd >= 0)
        close(service->notify.fd);
    service->notify.fd = -1;
}

static void say_tasks(struct gs_service *service, char *text, size_t size)
{
    struct gsi_sums sums;
    gsi_service_sums(service, service->scratch, &sums);
    int used = snprintf(text, size, "%u of %u tasks, %llu records behind", sums.task_count,
                        service->task.partition_count, (unsigned long long)sums.lag);
    if (sums.restoring)
        used += snprintf(text + used, size - (size_t)used, ", %u read their checkpoints",
                         sums.restoring);
    if (sums.parked)
        used += snprintf(text + used, size - (size_t)used, ", %u inputs wait", sums.parked);
    if (!sums.redis_connected)
        snprintf(text + used, size - (size_t)used, ", Redis is away");
}

static void say(struct gs_service *service, const char *why_not, char *text, size_t size)
{
    int stage = atomic_load(&service->stage);
    if (service->status != GS_OK)
        snprintf(text, size, "Ending: %s", service->error.message);
    else if (stage >= GSI_DRAINING)
        snprintf(text, size, "Writing what is pending, then leaving");
    else if (*why_not)
        snprintf(text, size, "Not alive: %s", why_not);
    else if (stage == GSI_RUNNING)
        say_tasks(service, text, size);
    else
        snprintf(text, size, "%s",
                 stage == GSI_STARTING ? "Asking Kafka, schemas and Redis" : "Joining the group");
    for (char *at = text;
         (at = strchr(at, '\n')) != NULL;) /* what servers say is no line of ours */
        *at = ' ';
}

/* Never waits: a manager that is busy hears of us later. */
static bool hand_over(struct gsi_notify *notify, const struct gs_buf *lines)
{
    const struct sockaddr *address = (const struct sockaddr *)&notify->address;
    if (sendto(notify->fd, lines->data, lines->len, MSG_NOSIGNAL, address, notify->address_bytes) >=
        0)
        return true;
    if (errno != EAGAIN && !notify->failed)
        gs_log(GS_LOG_WARN, "service", "NOTIFY_SOCKET: the service manager cannot be told: %s",
               strerror(errno));
    notify->failed |= errno != EAGAIN;
    return false;
}

void gsi_service_notify(struct gs_service *service, int64_t now_ms)
{
    struct gsi_notify *notify = &service->notify;
    int stage = atomic_load(&service->stage);
    bool turns = stage != notify->stage;
    bool beats = stage < GSI_DRAINING && (turns || now_ms - notify->beat_ms >= notify->every_ms);
    char status[sizeof notify->said] = "";
    char why_not[GSI_SERVICE_WHY_MAX];
    struct gs_buf lines = {0};
    if (notify->fd < 0 || !(turns || beats || now_ms - notify->said_ms >= STATUS_MS))
        return;
    bool alive = gsi_service_is_alive(service, why_not);
    say(service, why_not, status, sizeof status);
    if (stage == GSI_RUNNING && notify->stage < GSI_RUNNING)
        gs_buf_add_text(&lines, "READY=1\n");
    if (stage >= GSI_DRAINING && notify->stage < GSI_DRAINING)
        gs_buf_add_text(&lines, "STOPPING=1\n");
    if (beats && alive && stage == GSI_RUNNING)
        gs_buf_add_text(&lines, "WATCHDOG=1\n");
    if (beats && alive && stage < GSI_RUNNING)
        gs_buf_printf(&lines, "EXTEND_TIMEOUT_USEC=%d000\n", EXTEND_MS);
    if (strcmp(status, notify->said) != 0)
        gs_buf_printf(&lines, "STATUS=%s\n", status);
    if (!lines.len || hand_over(notify, &lines)) { /* else the next turn says it again */
        notify->stage = stage;
        notify->said_ms = now_ms;
        notify->beat_ms = beats ? now_ms : notify->beat_ms;
        memcpy(notify->said, status, sizeof status);
    }
    gs_buf_deinit(&lines);
}
