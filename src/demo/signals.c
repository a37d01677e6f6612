/* signals.c -- Ctrl-C, the alarm, and a word about the log if the process crashes. */
#include "internal.h"

#include <signal.h>
#include <unistd.h>

_Atomic bool gsi_demo_stop;

static const int stopping[] = {SIGINT, SIGTERM, SIGHUP, SIGALRM};
static const int crashing[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
static struct sigaction before[GS_COUNT_OF(stopping) + GS_COUNT_OF(crashing)];
static volatile sig_atomic_t asked;
static const struct gsi_demo_folder *taken_for;

/* The end of a terminal may be told twice, by the kernel and by the shell: that is no haste. */
static void on_stop(int number)
{
    bool hurry = (number == SIGINT || number == SIGTERM) && asked++;
    if (hurry) {
        gsi_demo_folder_remove(taken_for);
        _exit(128 + number); /* redis-server dies with us */
    }
    gsi_demo_stop = true;
}

/* What nohup has switched off stays so. */
static void take(int number, const struct sigaction *action, struct sigaction *old)
{
    sigaction(number, NULL, old);
    if (number != SIGHUP || old->sa_handler != SIG_IGN)
        sigaction(number, action, NULL);
}

static void say(const char *text)
{
    int terminal = taken_for->stderr_before ? taken_for->stderr_before : STDERR_FILENO;
    if (write(terminal, text, strlen(text)) < 0)
        return; /* nobody reads it */
}

static void on_crash(int number)
{
    say("\ngroundswell demo: crashed; please report what stands in ");
    say(taken_for->log);
    say("\n");
    raise(number); /* SA_RESETHAND: this time for good */
}

void gsi_demo_signals_take(const struct gsi_demo_folder *folder)
{
    struct sigaction stop = {.sa_handler = on_stop};
    struct sigaction crash = {.sa_handler = on_crash, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&stop.sa_mask);
    sigemptyset(&crash.sa_mask);
    gsi_demo_stop = false;
    asked = 0;
    taken_for = folder;
    for (size_t i = 0; i < GS_COUNT_OF(stopping); i++)
        take(stopping[i], &stop, &before[i]);
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
