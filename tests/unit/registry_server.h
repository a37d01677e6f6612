/* A scripted HTTP server on a thread of its own: it gives every request the same answer. */
#ifndef GROUNDSWELL_TESTS_REGISTRY_SERVER_H
#define GROUNDSWELL_TESTS_REGISTRY_SERVER_H

#include "groundswell/base.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

enum { DEADLINE_MS = 20000 };

static inline int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ------------------------------------------------------------------ the server */

#define SCHEMA "{\"type\":\"string\"}"
#define OK_HEADERS "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"

static struct {
    pthread_t thread;
    int listener;
    int port;
    pthread_mutex_t mutex;
    const char *answer; /* NULL: none, until this is changed or the other side leaves */
    int filler;         /* bytes after it */
    bool stopping;
    char request[2000]; /* the last one */
    uint32_t requests;
} server = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static inline const char *script(int *filler)
{
    pthread_mutex_lock(&server.mutex);
    const char *answer = server.stopping ? "" : server.answer;
    *filler = server.filler;
    pthread_mutex_unlock(&server.mutex);
    return answer;
}

static inline bool left(int connection)
{
    char byte;
    return recv(connection, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
}

static inline void serve_one(int connection)
{
    static const char x[4096] = "xxxxxxxx";
    char request[2000] = "";
    size_t len = 0;
    ssize_t got;
    int filler;
    const char *answer;
    while (!strstr(request, "\r\n\r\n") && len < sizeof request - 1 &&
           (got = recv(connection, request + len, sizeof request - 1 - len, 0)) > 0)
        request[len += (size_t)got] = 0;
    pthread_mutex_lock(&server.mutex);
    server.requests++;
    memcpy(server.request, request, sizeof request);
    pthread_mutex_unlock(&server.mutex);
    while (!(answer = script(&filler)) && !left(connection))
        usleep(1000); /* a server that hangs: there is nothing to wait for */
    if (answer && send(connection, answer, strlen(answer), MSG_NOSIGNAL) < 0)
        return;
    for (; filler > 0 && send(connection, x, sizeof x, MSG_NOSIGNAL) > 0;)
        filler -= (int)sizeof x;
}

static inline void *serve(void *user)
{
    int connection;
    (void)user;
    while ((connection = accept(server.listener, NULL, NULL)) >= 0) {
        serve_one(connection);
        shutdown(connection, SHUT_WR);
        close(connection);
    }
    return NULL;
}

static inline void say(const char *answer, int filler)
{
    pthread_mutex_lock(&server.mutex);
    server.answer = answer;
    server.filler = filler;
    pthread_mutex_unlock(&server.mutex);
}

static inline uint32_t requests(void)
{
    pthread_mutex_lock(&server.mutex);
    uint32_t count = server.requests;
    pthread_mutex_unlock(&server.mutex);
    return count;
}

static inline void assert_requested(const char *words)
{
    pthread_mutex_lock(&server.mutex);
    bool there = strstr(server.request, words) != NULL;
    pthread_mutex_unlock(&server.mutex);
    if (!there)
        fail_msg("the request '%s' has no '%s'", server.request, words);
}

static inline void listen_on(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int on = 1;
    address.sin_port = htons((uint16_t)port);
    server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(server.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    assert_int_equal(bind(server.listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(server.listener, 16), 0);
    assert_int_equal(getsockname(server.listener, (struct sockaddr *)&address, &size), 0);
    server.port = ntohs(address.sin_port);
    server.stopping = false;
    assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
}

static inline void stop_listening(void)
{
    pthread_mutex_lock(&server.mutex);
    server.stopping = true;
    pthread_mutex_unlock(&server.mutex);
    shutdown(server.listener, SHUT_RDWR); /* ends accept() */
    pthread_join(server.thread, NULL);
    close(server.listener);
}

#endif
