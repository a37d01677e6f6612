/* Goal: a process ends when it is told to: at once while it starts, in order and within the limit
 * while it runs, at once when it is told twice. Method: this program starts itself again with
 * signals handled, and sends them; Redis is halted so that a last flush cannot end. */
#include "service_rig.h"

#include <sys/wait.h>

enum { AT_ONCE_MS = 2000 };

static char *self;
static FILE *told; /* what the next one logs, from info on; NULL: its errors, to stderr */

/* ------------------------------------------------------------------ the other process */

/* servers redis port limit level */
static int be_the_service(char **args)
{
    struct gs_error error;
    kafka = (struct gs_kafka_config){.bootstrap_servers = args[0], .group = "g"};
    snprintf(server_url, sizeof server_url, "%s", args[1]);
    gs_log_configure((enum gs_log_level)atoi(args[4]), GS_LOG_LOGFMT);
    struct run run = new_run();
    snprintf(run.listen, sizeof run.listen, "127.0.0.1:%s", args[2]);
    run.config.admin_listen = run.listen;
    run.config.drain_limit_ms = atoi(args[3]);
    run.config.task.flush_interval_ms = 3600000; /* the last flush has something to do */
    run.config.handle_signals = true;
    enum gs_status status = gs_service_run(&run.config, NULL, NULL, &error);
    return gs_status_exit_code(status);
}

static pid_t start_process(const char *servers, int listen_port, int64_t limit_ms)
{
    char port_text[20], limit[20], level[20];
    snprintf(port_text, sizeof port_text, "%d", listen_port);
    snprintf(limit, sizeof limit, "%d", (int)limit_ms);
    snprintf(level, sizeof level, "%d", (int)(told ? GS_LOG_INFO : GS_LOG_ERROR));
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (told)
            dup2(fileno(told), STDERR_FILENO);
        execl("/proc/self/exe", self, "service", servers, server_url, port_text, limit, level,
              NULL);
        _exit(127);
    }
    return pid;
}

/* Its exit code; fails if it takes longer than limit_ms. */
static int exit_code_within(pid_t pid, int64_t limit_ms)
{
    int64_t begin_ms = now_ms();
    int status = 0;
    WAIT_FOR(waitpid(pid, &status, WNOHANG) == pid);
    assert_true(WIFEXITED(status));
    assert_in_range(now_ms() - begin_ms, 0, limit_ms);
    return WEXITSTATUS(status);
}

/* ------------------------------------------------------------------ tests */

/* The brokers accept the connection and say nothing. */
static void test_signal_during_start(void **state)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    char servers[40];
    (void)state;
    int mute = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(mute, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(mute, 16), 0);
    assert_int_equal(getsockname(mute, (struct sockaddr *)&address, &size), 0);
    snprintf(servers, sizeof servers, "127.0.0.1:%d", ntohs(address.sin_port));
    for (size_t i = 0; i < GS_COUNT_OF(numbers); i++) {
        pid_t pid = start_process(servers, free_port(), 5000);
        int connection = accept(mute, NULL, NULL); /* it asks */
        assert_true(connection >= 0);
        kill(pid, numbers[i]);
        assert_int_equal(exit_code_within(pid, AT_ONCE_MS), 0);
        close(connection);
    }
    close(mute);
}

static int port; /* of the probes */

static pid_t start_and_read(int64_t limit_ms)
{
    static char body[PAGE_MAX];
    port = free_port();
    produce_stream(300);
    pid_t pid = start_process(kafka.bootstrap_servers, port, limit_ms);
    WAIT_FOR(probe(port, "/readyz") == 200);
    WAIT_FOR(get(port, "/metrics", "*/*", body) == 200 && /* something is to be written */
             strstr(body, "\ngroundswell_dirty_cells ") &&
             !strstr(body, "\ngroundswell_dirty_cells 0\n"));
    return pid;
}

static void test_signal(void **state)
{
    char text[40], line[1000] = "";
    (void)state;
    told = tmpfile();
    assert_non_null(told);
    pid_t pid = start_and_read(10000);
    ask_redis("DBSIZE", text, sizeof text);
    int before = atoi(text);
    kill(pid, SIGTERM);
    assert_int_equal(exit_code_within(pid, 5000), 0);
    ask_redis("DBSIZE", text, sizeof text);
    assert_true(atoi(text) > before); /* the last flush */
    rewind(told);
    while (fgets(line, sizeof line, told))
        ;
    fclose(told);
    told = NULL;
    assert_non_null(strstr(line, "ended: ")); /* the last word */
}

static void test_limit(void **state)
{
    (void)state;
    pid_t pid = start_and_read(2000);
    kill(server_pid, SIGSTOP);
    kill(pid, SIGTERM);
    assert_int_equal(exit_code_within(pid, 4000), 0);
    kill(server_pid, SIGCONT);
}

static void test_second_signal(void **state)
{
    (void)state;
    pid_t pid = start_and_read(60000);
    kill(server_pid, SIGSTOP);
    kill(pid, SIGTERM);
    WAIT_FOR(probe(port, "/readyz") == 503); /* two signals that come at once are one */
    kill(pid, SIGTERM);
    assert_int_equal(exit_code_within(pid, AT_ONCE_MS), gs_status_exit_code(GS_E_TEMP));
    kill(server_pid, SIGCONT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_world, tear_down_world)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(test_signal_during_start),
        TEST(test_signal),
        TEST(test_limit),
        TEST(test_second_signal),
    };
    self = argv[0];
    if (argc == 7 && strcmp(argv[1], "service") == 0)
        return be_the_service(argv + 2);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
