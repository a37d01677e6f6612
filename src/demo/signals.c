/* signals.c -- Ctrl-C, the alarm, and a word about the log if the process crashes. */
#include "internal.h"

#include <signal.h>
#include <unistd.h>

_Atomic bool gsi_demo_stop;

static const int stopping[] = {SIGINT, SIGTERM, SIGALRM};
static const int crashing[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
static struct sigaction before[GS_COUNT_OF(stopping) + GS_COUNT_OF(crashing)];
static volatile sig_atomic_t asked;
static const char *log_path;
static int terminal;

static void on_stop(int number)
{
    if (number != SIGALRM && asked++)
        _exit(128 + number); /* redis-server dies with us */
    gsi_demo_stop = true;
}

static void say(const char *text)
{
    if (write(terminal, text, strlen(text)) < 0)
        return; /* nobody reads it */
}

static void on_crash(int number)
{
    say("\ngroundswell demo: crashed; please report what stands in ");
    say(log_path);
    say("\n");
    raise(number); /* SA_RESETHAND: this time for good */
}

void gsi_demo_signals_take(const char *log, int stderr_before)
{
    struct sigaction stop = {.sa_handler = on_stop};
    struct sigaction crash = {.sa_handler = on_crash, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&stop.sa_mask);
    sigemptyset(&crash.sa_mask);
    gsi_demo_stop = false;
    asked = 0;
    log_path = log;
    terminal = stderr_before;
    for (size_t i = 0; i < GS_COUNT_OF(stopping); i++)
        sigaction(stopping[i], &stop, &before[i]);
    for (size_t i = 0; i < GS_COUNT_OF(crashing); i++)
        sigaction(crashing[i], &crash, &before[GS_COUNT_OF(stopping) + i]);
}

void gsi_demo_signals_give_back(void)
{
    alarm(0);
    for (size_t i = 0; i < GS_COUNT_OF(stopping); i++)
        sigaction(stopping[i], &before[i], NULL);
    for (size_t i = 0; i < GS_COUNT_OF(crashing); i++)
        sigaction(crashing[i], &before[GS_COUNT_OF(stopping) + i], NULL);
}

void gsi_demo_signals_block(bool block)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < GS_COUNT_OF(stopping); i++)
        sigaddset(&set, stopping[i]);
    pthread_sigmask(block ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}
