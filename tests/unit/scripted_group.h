/* A scripted broker that follows Kafka's rules for a group of one static member: who joins without
 * a member id gets a new one, and whatever carries another than the newest is refused with
 * FENCED_INSTANCE_ID. The test may have requests refused, or put a rival in the member's place. */
#ifndef GROUNDSWELL_TESTS_SCRIPTED_GROUP_H
#define GROUNDSWELL_TESTS_SCRIPTED_GROUP_H

#include "scripted_broker.h"

enum {
    OFFSET_COMMIT = 8,
    OFFSET_FETCH = 9,
    FIND_COORDINATOR = 10,
    JOIN_GROUP = 11,
    HEARTBEAT = 12,
    LEAVE_GROUP = 13,
    SYNC_GROUP = 14,
    APIS = 15
};
enum {
    REQUEST_TIMED_OUT = 7,
    LOADING = 14,
    COORDINATOR_AWAY = 15,
    NOT_COORDINATOR = 16,
    FENCED_INSTANCE_ID = 82
};

#define MEMBER_MAX 24
#define RIVAL "rival"

/* What broker and test share. */
static struct group {
    char member[MEMBER_MAX];  /* the newest that holds the place */
    int refusal[APIS];        /* the error that a request gets until the next join; 0 = none */
    int refused[APIS];        /* so often */
    int fenced_without[APIS]; /* refused for having no member id, */
    int fenced_old[APIS];     /* or an older one */
    int good[APIS];           /* answered without error since the last join */
    int joins;                /* without a member id */
    bool no_partitions;       /* for the member */
    int assigned;             /* assignments that the client has taken */
    int expired;              /* sessions, as the client's log tells */
} group;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* of group */

/* OffsetFetch and LeaveGroup are never sent, but looked for by a client that is to join. */
static const int group_versions[][2] = {
    {METADATA, 1},   {OFFSET_COMMIT, 7}, {OFFSET_FETCH, 1}, {FIND_COORDINATOR, 0},
    {JOIN_GROUP, 5}, {HEARTBEAT, 3},     {LEAVE_GROUP, 1},  {SYNC_GROUP, 3}};

static inline int look(const int *counter)
{
    pthread_mutex_lock(&mutex);
    int value = *counter;
    pthread_mutex_unlock(&mutex);
    return value;
}

static inline void refuse(int api, int error)
{
    pthread_mutex_lock(&mutex);
    group.refusal[api] = error;
    pthread_mutex_unlock(&mutex);
}

static inline void send_rival(void)
{
    pthread_mutex_lock(&mutex);
    snprintf(group.member, sizeof group.member, RIVAL);
    pthread_mutex_unlock(&mutex);
}

/* ------------------------------------------------------------------ the broker's answers */

static inline void answer_metadata(const struct broker *broker, struct gs_buf *to)
{
    enum { LEADER_NOT_AVAILABLE = 5 }; /* so nothing is fetched */
    put32(to, 1);
    put32(to, NODE);
    put_text(to, HOST);
    put32(to, broker->port);
    put16(to, -1);   /* no rack */
    put32(to, NODE); /* controller */
    put32(to, 1);    /* topics */
    put16(to, NONE);
    put_text(to, "letters");
    put8(to, false); /* not internal */
    put32(to, 1);    /* partitions */
    put16(to, LEADER_NOT_AVAILABLE);
    put32(to, 0);
    put32(to, -1);
    put32(to, 0); /* replicas */
    put32(to, 0); /* those in sync */
}

static inline void answer_coordinator(const struct broker *broker, int error, struct gs_buf *to)
{
    put16(to, error);
    put32(to, error ? -1 : NODE);
    put_text(to, error ? "" : HOST);
    put32(to, error ? -1 : broker->port);
}

/* As another one leads the group, the client leaves the assignment to the broker. */
static inline void answer_join(int error, struct gs_buf *to)
{
    put32(to, 0); /* throttle */
    put16(to, error);
    put32(to, error ? -1 : group.joins); /* generation */
    put_text(to, "cooperative-sticky");
    put_text(to, "leader");
    put_text(to, error ? "" : group.member);
    put32(to, 0); /* members */
}

/* The only partition. */
static inline void put_letters(struct gs_buf *to)
{
    put32(to, 1);
    put_text(to, "letters");
    put32(to, 1);
    put32(to, 0);
}

static inline void answer_sync(int error, struct gs_buf *to)
{
    bool none = error || group.no_partitions;
    put32(to, 0); /* throttle */
    put16(to, error);
    put32(to, none ? 0 : 2 + 4 + (2 + 7) + 4 + 4 + 4); /* bytes of the assignment */
    if (none)
        return;
    put16(to, 0); /* version */
    put_letters(to);
    put32(to, -1); /* no data of the user */
}

static inline void answer_commit(int error, struct gs_buf *to)
{
    put32(to, 0); /* throttle */
    put_letters(to);
    put16(to, error);
}

static inline void answer_heartbeat(int error, struct gs_buf *to)
{
    put32(to, 0); /* throttle */
    put16(to, error);
}

static inline void take_member(const struct request *request, char member[MEMBER_MAX])
{
    const char *at = request->body;
    at += 2 + take16(at);                         /* the group's name */
    at += request->api == JOIN_GROUP ? 4 + 4 : 4; /* timeouts, or the generation */
    size_t len = take16(at);
    assert_in_range(len, 0, MEMBER_MAX - 1);
    memcpy(member, at + 2, len);
    member[len] = 0;
}

/* Kafka's rule for a static member. */
static inline int check_member(int api, const char *member)
{
    if (!strcmp(member, group.member))
        return NONE;
    if (*member)
        group.fenced_old[api]++;
    else
        group.fenced_without[api]++;
    return FENCED_INSTANCE_ID;
}

static inline void admit(void)
{
    group.joins++;
    snprintf(group.member, sizeof group.member, "member-%d", group.joins);
    memset(group.refusal, 0, sizeof group.refusal);
    memset(group.good, 0, sizeof group.good);
}

/* The error that a request gets. */
static inline int judge(const struct request *request)
{
    char member[MEMBER_MAX] = "";
    int error = group.refusal[request->api];
    if (error) {
        group.refused[request->api]++;
    } else if (request->api != FIND_COORDINATOR) {
        take_member(request, member);
        if (request->api == JOIN_GROUP && !*member)
            admit();
        else
            error = check_member(request->api, member);
    }
    group.good[request->api] += !error;
    return error;
}

static inline void answer_group(struct broker *broker, const struct request *request,
                                struct gs_buf *to)
{
    if (request->api == METADATA) {
        answer_metadata(broker, to);
        return;
    }
    assert_true(request->api != OFFSET_FETCH && request->api != LEAVE_GROUP);
    pthread_mutex_lock(&mutex);
    int error = judge(request);
    if (request->api == FIND_COORDINATOR)
        answer_coordinator(broker, error, to);
    else if (request->api == JOIN_GROUP)
        answer_join(error, to);
    else if (request->api == SYNC_GROUP)
        answer_sync(error, to);
    else if (request->api == OFFSET_COMMIT)
        answer_commit(error, to);
    else
        answer_heartbeat(error, to);
    pthread_mutex_unlock(&mutex);
}

#endif
