/* A real redis-server as a child process, on a free port of 127.0.0.1, in a folder of its own. */
#ifndef GROUNDSWELL_TESTS_REDIS_PROCESS_H
#define GROUNDSWELL_TESTS_REDIS_PROCESS_H

#include "redis_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t server_pid;
static int server_port;
static int server_tls_port;
static char server_folder[200];
static char server_url[100];

static inline int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int probe = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(probe, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(probe, (struct sockaddr *)&address, &size), 0);
    close(probe);
    return ntohs(address.sin_port);
}

static inline void make_folder(void)
{
    const char *parent = getenv("GS_TEST_TMP") ? getenv("GS_TEST_TMP") : "/tmp";
    snprintf(server_folder, sizeof server_folder, "%s/redis-test-XXXXXX", parent);
    assert_non_null(mkdtemp(server_folder));
    server_port = free_port();
    snprintf(server_url, sizeof server_url, "redis://127.0.0.1:%d", server_port);
}

static inline void remove_folder(void)
{
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", server_folder);
    assert_int_equal(system(command), 0);
}

/* Never returns. Dies with the test. */
static inline void run_server(void)
{
    char port[20], tls_port[20], log[300];
    snprintf(port, sizeof port, "%d", server_port);
    snprintf(tls_port, sizeof tls_port, "%d", server_tls_port);
    snprintf(log, sizeof log, "%s/log", server_folder);
    const char *args[40] = {"redis-server",
                            "--port",
                            port,
                            "--bind",
                            "127.0.0.1",
                            "--dir",
                            server_folder,
                            "--save",
                            "",
                            "--appendonly",
                            "no",
                            "--logfile",
                            log,
                            "--unixsocket",
                            "sock",
                            "--enable-debug-command",
                            "yes",
                            "--busy-reply-threshold",
                            "20"};
    size_t count = 19;
    if (server_tls_port) {
        static const char *const tls[] = {"--tls-cert-file", "server.crt",         "--tls-key-file",
                                          "server.key",      "--tls-auth-clients", "no",
                                          "--tls-port"};
        memcpy(args + count, tls, sizeof tls);
        count += GS_COUNT_OF(tls);
        args[count] = tls_port;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (chdir(server_folder) == 0)
        execvp(args[0], (char *const *)args);
    _exit(127);
}

/* Starts it and waits until it answers. */
static inline void start_server(void)
{
    struct gs_redis_config config = {.url = server_url};
    struct gs_redis_sync *sync;
    struct gs_error error = {0};
    int64_t end = now_ms() + DEADLINE_MS;
    int status;
    server_pid = fork();
    if (server_pid == 0)
        run_server();
    assert_true(server_pid > 0);
    while (gs_redis_sync_connect(&config, &sync, &error) != GS_OK) {
        if (waitpid(server_pid, &status, WNOHANG) == server_pid || now_ms() > end)
            fail_msg("redis-server does not start (see %s/log; is it installed?): %s",
                     server_folder, error.message);
    }
    gs_redis_sync_close(sync);
}

static inline void kill_server(void)
{
    int status;
    kill(server_pid, SIGKILL);
    assert_int_equal(waitpid(server_pid, &status, 0), server_pid);
}

static inline int set_up_server(void **state)
{
    (void)state;
    make_folder();
    start_server();
    return 0;
}

static inline int tear_down_server(void **state)
{
    (void)state;
    kill_server();
    remove_folder();
    return 0;
}

#endif
