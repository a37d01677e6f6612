/* redis.c -- a redis-server of the demo's own: nothing that runs already is touched. */
#include "internal.h"

#include "groundswell/redis.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PORTS_TRIED = 5, START_MS = 10000, STEP_MS = 10, NOT_FOUND = 127 };

/* Another process may take the port before the server does: then another one is tried. */
static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool found = probe >= 0 && bind(probe, (struct sockaddr *)&address, size) == 0 &&
                 getsockname(probe, (struct sockaddr *)&address, &size) == 0;
    if (probe >= 0)
        close(probe);
    return found ? ntohs(address.sin_port) : -1;
}

/* In the child; never returns. parent: it may have died before the child asked to die with it. */
static _Noreturn void become_server(int port, const struct gsi_demo_folder *folder, pid_t parent)
{
    char port_text[16];
    snprintf(port_text, sizeof port_text, "%d", port);
    const char *args[] = {"redis-server",    "--port",       port_text, "--bind", "127.0.0.1",
                          "--dir",           folder->path,   "--save",  "",       "--logfile",
                          folder->redis_log, "--appendonly", "no",      NULL};
    if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(1);
    execvp("redis-server", (char *const *)args);
    execvp("valkey-server", (char *const *)args);
    _exit(NOT_FOUND);
}

static enum gs_status why_it_ended(int status, const struct gsi_demo_folder *folder,
                                   struct gs_error *error)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
        return gs_fail(error, GS_E_UNAVAIL,
                       "neither redis-server nor valkey-server is on PATH: install it, for example "
                       "with apt-get install redis-server");
    return gs_fail(error, GS_E_UNAVAIL, "redis-server does not start; its log: %s",
                   folder->redis_log);
}

/* GS_E_TEMP: it ended at once, perhaps because of the port. */
static enum gs_status wait_until_ready(struct gsi_demo_redis *redis,
                                       const struct gsi_demo_folder *folder, struct gs_error *error)
{
    struct gs_redis_config config = {.url = redis->url, .timeout_ms = 1000};
    struct timespec step = {0, STEP_MS * 1000000L};
    for (int waited = 0; waited < START_MS; waited += STEP_MS) {
        struct gs_redis_sync *sync;
        int status;
        if (gs_redis_sync_connect(&config, &sync, error) == GS_OK) {
            gs_redis_sync_close(sync);
            return GS_OK;
        }
        if (waitpid(redis->pid, &status, WNOHANG) == redis->pid) {
            redis->pid = 0;
            (void)why_it_ended(status, folder, error);
            bool found = !WIFEXITED(status) || WEXITSTATUS(status) != NOT_FOUND;
            return found ? GS_E_TEMP : error->status;
        }
        (void)nanosleep(&step, NULL);
    }
    return gs_fail_prefix(error, "redis-server does not answer");
}

enum gs_status gsi_demo_redis_start(struct gsi_demo_redis *redis,
                                    const struct gsi_demo_folder *folder, struct gs_error *error)
{
    pid_t parent = getpid();
    for (int i = 0; i < PORTS_TRIED; i++) {
        redis->port = free_port();
        if (redis->port < 0)
            return gs_fail(error, GS_E_UNAVAIL, "no port of 127.0.0.1 is free: %s",
                           strerror(errno));
        snprintf(redis->url, sizeof redis->url, "redis://127.0.0.1:%d/0", redis->port);
        pid_t child = fork();
        if (child == 0)
            become_server(redis->port, folder, parent);
        if (child < 0)
            return gs_fail(error, GS_E_UNAVAIL, "no process can be started: %s", strerror(errno));
        redis->pid = child;
        enum gs_status status = wait_until_ready(redis, folder, error);
        if (status != GS_E_TEMP)
            return status;
    }
    return error->status;
}

void gsi_demo_redis_stop(struct gsi_demo_redis *redis)
{
    if (!redis->pid)
        return;
    kill(redis->pid, SIGKILL); /* it has nothing to keep */
    (void)waitpid(redis->pid, NULL, 0);
    redis->pid = 0;
}
