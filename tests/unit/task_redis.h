/* A simulated Redis: the guard and the cells as the two functions inside the real one treat them,
 * and the last states, so that it can go back as a failover does. */
#ifndef GS_TASK_REDIS_H
#define GS_TASK_REDIS_H

#include "task_fixture.h"

enum { REDIS_KEYS = 96, REDIS_KEY_BYTES = 64, REDIS_VALUE_BYTES = 1100, REDIS_STATES = 6 };

struct redis_cell {
    char key[REDIS_KEY_BYTES];     /* "" = free */
    char value[REDIS_VALUE_BYTES]; /* "" = deleted */
};

struct redis_state {
    struct gs_guard guard; /* same_owner is not used */
    char owner[GS_TOKEN_BYTES + 1];
    char cluster[64];
    char group[128];
    uint32_t partition_count;
    int32_t generation;
    int64_t written_ms;
    struct redis_cell cells[REDIS_KEYS];
};

struct redis {
    struct redis_state now;
    struct redis_state before[REDIS_STATES]; /* a ring */
    uint32_t writes;                         /* applied, ever */
    uint32_t held;                           /* states in the ring that can be gone back to */
    uint32_t sets;                           /* cells, ever */
    uint32_t cleans;                         /* writes with GS_GUARD_CLEAN_SET, ever */
    int64_t now_ms;                          /* its clock; a test may leave it */
    bool refuse;                             /* the first key of each write from now on */
    uint32_t failed_keys;                    /* of the last write */
    uint32_t backwards; /* cells that were replaced by an older one: what holding back prevents */
};

/* ------------------------------------------------------------------ cells */

static inline struct redis_cell *redis_cell(struct redis_state *state, const char *key)
{
    int at = 0;
    while (at < REDIS_KEYS && state->cells[at].key[0] && strcmp(state->cells[at].key, key) != 0)
        at++;
    assert_true(at < REDIS_KEYS);
    return &state->cells[at];
}

/* "" if it is not there. */
static inline const char *redis_get(struct redis *redis, const char *key)
{
    return redis_cell(&redis->now, key)->value;
}

/* An integer of a cell's JSON; -1 if it has no such field. */
static inline int64_t redis_int(const char *json, const char *field)
{
    char name[40];
    snprintf(name, sizeof name, "\"%s\":", field);
    const char *at = strstr(json, name);
    return at ? strtoll(at + strlen(name), NULL, 10) : -1;
}

static inline bool redis_is_older(const char *json, const char *than)
{
    const char *a = strstr(json, "\"_at\":[");
    const char *b = strstr(than, "\"_at\":[");
    if (!a || !b)
        return false;
    if (redis_int(json, "_as_of_ms") < redis_int(than, "_as_of_ms"))
        return true;
    a += 6;
    b += 6;
    for (int i = 0; i < INPUTS; i++) {
        char *a_end;
        char *b_end;
        if (strtoll(a + 1, &a_end, 10) < strtoll(b + 1, &b_end, 10))
            return true;
        a = a_end;
        b = b_end;
    }
    return false;
}

static inline void redis_set(struct redis *redis, const struct gs_command *command,
                             const struct gs_write_cell *write)
{
    char key[REDIS_KEY_BYTES];
    assert_true(write->key_len < sizeof key && write->value_len < REDIS_VALUE_BYTES);
    assert_true(write->expiry_ms >= 600000);
    memcpy(key, command->bytes.data + write->key_at, write->key_len);
    key[write->key_len] = '\0';
    struct redis_cell *cell = redis_cell(&redis->now, key);
    struct redis_cell fresh = {0};
    memcpy(fresh.key, key, sizeof key);
    memcpy(fresh.value, command->bytes.data + write->value_at, write->value_len);
    redis->backwards += redis_is_older(fresh.value, cell->value);
    redis->sets++;
    *cell = fresh;
}

/* ------------------------------------------------------------------ the two functions */

static inline enum gs_take_result redis_take(struct redis *redis,
                                             const struct gs_task_config *config,
                                             const struct gs_command *command,
                                             struct gs_guard *before)
{
    struct redis_state *now = &redis->now;
    bool present = now->guard.present;
    bool foreign = present && (strcmp(now->cluster, config->cluster_id) != 0 ||
                               strcmp(now->group, config->group) != 0 ||
                               now->partition_count != config->partition_count);
    if (foreign && !config->takeover)
        return GS_TAKE_FOREIGN;
    bool same = present && strcmp(now->owner, config->incarnation) == 0;
    if (present && !same && !foreign && now->generation >= config->generation && !command->force)
        return GS_TAKE_STALE;
    if (foreign)
        now->guard.at_count = now->guard.clean_count = 0;
    *before = now->guard;
    before->age_ms = now->guard.at_count ? redis->now_ms - now->written_ms : GS_NULL_INT;
    for (int i = 0; i < GS_LEVELS_MAX; i++) /* times, in the guard that is kept */
        before->refreshed_ms[i] = redis->now_ms - now->guard.refreshed_ms[i];
    before->same_owner = same;
    now->guard.present = true;
    memcpy(now->guard.token, command->token, sizeof command->token);
    snprintf(now->owner, sizeof now->owner, "%s", config->incarnation);
    snprintf(now->cluster, sizeof now->cluster, "%s", config->cluster_id);
    snprintf(now->group, sizeof now->group, "%s", config->group);
    now->partition_count = config->partition_count;
    now->generation = config->generation;
    return GS_TAKE_OK;
}

static inline void redis_note_clean(struct redis *redis, const struct gs_task_config *config,
                                    const struct gs_command *command)
{
    struct gs_guard *guard = &redis->now.guard;
    if (command->clean == GS_GUARD_CLEAN_KEEP)
        return;
    bool sets = command->clean == GS_GUARD_CLEAN_SET && !redis->failed_keys;
    guard->clean_count = sets ? config->input_count : 0;
    memcpy(guard->clean_at, command->at, sizeof command->at);
    guard->clean_as_of_ms = command->as_of_ms;
    guard->clean_meaning = command->meaning;
    for (int i = 0; i < GS_LEVELS_MAX; i++)
        guard->refreshed_ms[i] = redis->now_ms - command->refreshed_ms[i];
    redis->cleans += sets;
}

static inline enum gs_write_result redis_write(struct redis *redis,
                                               const struct gs_task_config *config,
                                               const struct gs_command *command)
{
    struct redis_state *now = &redis->now;
    if (!now->guard.present)
        return GS_WRITE_EMPTY;
    if (strcmp(now->owner, config->incarnation) != 0 || now->generation != config->generation)
        return GS_WRITE_FENCED;
    if (strcmp(now->guard.token, command->expect) != 0)
        return GS_WRITE_REGRESSED;
    redis->before[redis->writes++ % REDIS_STATES] = *now;
    redis->held = GS_MIN(redis->held + 1, REDIS_STATES);
    redis->failed_keys = redis->refuse && command->cell_count > 0;
    for (uint32_t i = redis->failed_keys; i < command->cell_count; i++)
        redis_set(redis, command, &command->cells[i]);
    memcpy(now->guard.token, command->token, sizeof command->token);
    memcpy(now->guard.at, command->at, sizeof command->at);
    now->guard.at_count = config->input_count;
    now->guard.as_of_ms = command->as_of_ms;
    now->written_ms = redis->now_ms;
    redis_note_clean(redis, config, command);
    return GS_WRITE_OK;
}

/* ------------------------------------------------------------------ what befalls it */

/* A failover: the last `count` writes, all takeovers among them, were never there. */
static inline void redis_lose(struct redis *redis, uint32_t count)
{
    for (count = GS_MIN(count, redis->held); count > 0; count--, redis->held--)
        redis->now = redis->before[--redis->writes % REDIS_STATES];
}

static inline void redis_wipe(struct redis *redis)
{
    redis->now = (struct redis_state){0};
    redis->held = 0;
}

#endif
