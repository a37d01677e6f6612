/* registry.c -- questions from any thread, one thread that answers them.
 *
 *   ask ─► inbox ─┐ (mutex, condition)
 *                 ▼
 *   thread:   open questions ─► table of ids ── asked: look it up when it is due, again with
 * backoff ▲                          ├─ known, unknown: answer └──────────────────────────┘
 *
 * Only the inbox and the figures are shared; everything else belongs to the thread, so answers are
 * given without any lock. */
#include "internal.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

struct question {
    struct question *next;
    gs_registry_answer_fn *on_answer;
    void *user;
    uint32_t id;
};

struct entry {
    enum { ASKED, KNOWN, UNKNOWN } state;
    uint32_t id;
    int64_t at_ms; /* ASKED: when to look next; KNOWN, UNKNOWN: since when */
    int64_t backoff_ms;
    struct gs_buf text;
};

struct gs_registry {
    char *dir; /* NULL = http */
    struct gsi_http http;
    struct gsi_http_client *client;
    int64_t unknown_ms;
    atomic_bool stopping;
    pthread_t thread;

    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct question *inbox; /* newest first */
    struct gs_registry_stats stats;

    /* The thread's own. */
    struct question *open;
    struct gs_buf text; /* of one look-up; what is kept needs less room */
    struct entry *entries;
    uint32_t count;
    uint32_t capacity;
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void add_known(struct gs_registry *registry, bool more)
{
    pthread_mutex_lock(&registry->mutex);
    if (more)
        registry->stats.known++;
    else
        registry->stats.known--;
    pthread_mutex_unlock(&registry->mutex);
}

/* ------------------------------------------------------------------ looking up */

static void count_result(struct gs_registry *registry, enum gsi_found found,
                         const struct gs_error *error)
{
    pthread_mutex_lock(&registry->mutex);
    registry->stats.requests++;
    if (found == GSI_FAILED)
        registry->stats.failures++;
    snprintf(registry->stats.last_error, sizeof registry->stats.last_error, "%.255s",
             found == GSI_FAILED ? error->message : "");
    pthread_mutex_unlock(&registry->mutex);
}

static enum gsi_found look_up(struct gs_registry *registry, struct gsi_http_client *client,
                              uint32_t id, struct gs_buf *text, struct gs_error *error)
{
    enum gsi_found found = registry->dir ? gsi_folder_read(registry->dir, id, text, error)
                                         : gsi_http_read(client, id, text, error);
    if (found != GSI_FAILED || !atomic_load(&registry->stopping))
        count_result(registry, found, error);
    return found;
}

static void look_again_later(struct entry *entry, const struct gs_error *error)
{
    entry->backoff_ms = entry->backoff_ms
                            ? GS_MIN(entry->backoff_ms * 2, (int64_t)GS_REGISTRY_BACKOFF_MAX_MS)
                            : GS_REGISTRY_BACKOFF_MIN_MS;
    entry->at_ms = now_ms() + entry->backoff_ms;
    gs_log(GS_LOG_WARN, "registry", "%s; it is tried again, records that need it wait",
           error->message);
}

static void look_up_entry(struct gs_registry *registry, struct entry *entry)
{
    struct gs_buf *text = &registry->text;
    struct gs_error error;
    enum gsi_found found = look_up(registry, registry->client, entry->id, text, &error);
    if (atomic_load(&registry->stopping))
        return;
    if (found == GSI_FAILED) {
        look_again_later(entry, &error);
        return;
    }
    entry->state = found == GSI_FOUND ? KNOWN : UNKNOWN;
    entry->at_ms = now_ms();
    entry->backoff_ms = 0;
    if (found == GSI_FOUND) {
        gs_buf_add(&entry->text, text->data, text->len);
        add_known(registry, true);
    }
}

/* ------------------------------------------------------------------ the table */

static struct entry *find(struct gs_registry *registry, uint32_t id)
{
    for (uint32_t i = 0; i < registry->count; i++)
        if (registry->entries[i].id == id)
            return &registry->entries[i];
    return NULL;
}

/* The oldest answer makes room for a new question. NULL: all are still to be answered; there are no
 * more of those than partitions that wait. */
static struct entry *oldest(struct gs_registry *registry)
{
    struct entry *found = NULL;
    for (uint32_t i = 0; i < registry->count; i++) {
        struct entry *entry = &registry->entries[i];
        if (entry->state != ASKED && (!found || entry->at_ms < found->at_ms))
            found = entry;
    }
    return found;
}

static struct entry *add(struct gs_registry *registry)
{
    struct entry *entry = registry->count >= GS_REGISTRY_IDS_MAX ? oldest(registry) : NULL;
    if (entry) {
        if (entry->state == KNOWN)
            add_known(registry, false);
        gs_buf_deinit(&entry->text);
        return entry;
    }
    if (registry->count == registry->capacity) {
        registry->capacity = GS_MAX(16U, registry->capacity * 2);
        registry->entries =
            gs_realloc(registry->entries, registry->capacity * sizeof *registry->entries);
    }
    return &registry->entries[registry->count++];
}

/* The entry of a question; what is not known, or was unknown long ago, becomes ASKED. */
static struct entry *entry_of(struct gs_registry *registry, uint32_t id)
{
    struct entry *entry = find(registry, id);
    if (!entry) {
        entry = add(registry);
        *entry = (struct entry){.state = ASKED, .id = id, .at_ms = now_ms()};
    } else if (entry->state == UNKNOWN && now_ms() - entry->at_ms >= registry->unknown_ms) {
        entry->state = ASKED;
        entry->at_ms = now_ms();
    }
    return entry;
}

/* ------------------------------------------------------------------ the thread */

static void take_inbox(struct gs_registry *registry)
{
    while (registry->inbox) {
        struct question *question = registry->inbox;
        registry->inbox = question->next;
        question->next = registry->open;
        registry->open = question;
    }
}

static void answer(struct gs_registry *registry, const struct question *question,
                   const struct entry *entry)
{
    struct gs_str schema = {0};
    if (entry->state == KNOWN)
        schema = gs_str_make(entry->text.data ? entry->text.data : "", entry->text.len);
    pthread_mutex_lock(&registry->mutex);
    registry->stats.open--;
    pthread_mutex_unlock(&registry->mutex);
    question->on_answer(question->user, question->id, schema);
}

static void answer_open(struct gs_registry *registry)
{
    struct question **at = &registry->open;
    while (*at && !atomic_load(&registry->stopping)) {
        struct question *question = *at;
        const struct entry *entry = entry_of(registry, question->id);
        if (entry->state == ASKED) {
            at = &question->next;
            continue;
        }
        *at = question->next;
        answer(registry, question, entry);
        gs_free(question);
    }
}

/* The question that has been due for the longest time, or will be due next; NULL: none is open. */
static struct entry *next_due(struct gs_registry *registry)
{
    struct entry *found = NULL;
    for (uint32_t i = 0; i < registry->count; i++) {
        struct entry *entry = &registry->entries[i];
        if (entry->state == ASKED && (!found || entry->at_ms < found->at_ms))
            found = entry;
    }
    return found;
}

/* Waits for a question, the end, or the time when one is due. */
static void wait_until(struct gs_registry *registry, const struct entry *due)
{
    if (!due) {
        pthread_cond_wait(&registry->changed, &registry->mutex);
        return;
    }
    struct timespec until = {due->at_ms / 1000, due->at_ms % 1000 * 1000000};
    pthread_cond_timedwait(&registry->changed, &registry->mutex, &until);
}

/* Takes what was asked meanwhile; if there is nothing to do, waits for that, or for the end. */
static void take_questions(struct gs_registry *registry, bool idle, const struct entry *due)
{
    pthread_mutex_lock(&registry->mutex);
    if (idle && !registry->inbox && !atomic_load(&registry->stopping))
        wait_until(registry, due);
    take_inbox(registry);
    pthread_mutex_unlock(&registry->mutex);
}

static void *run(void *user)
{
    struct gs_registry *registry = user;
    pthread_setname_np(pthread_self(), "gs-registry");
    while (!atomic_load(&registry->stopping)) {
        answer_open(registry);
        struct entry *due = next_due(registry);
        bool idle = !due || due->at_ms > now_ms();
        if (!idle)
            look_up_entry(registry, due);
        take_questions(registry, idle, due);
    }
    return NULL;
}

/* ------------------------------------------------------------------ the public functions */

static bool is_set(const char *text)
{
    return text && text[0];
}

static enum gs_status init_source(struct gs_registry *registry,
                                  const struct gs_registry_config *config, struct gs_error *error)
{
    if (is_set(config->dir) == is_set(config->url))
        return gs_fail(error, GS_E_CONFIG,
                       "exactly one of schemas.dir and schemas.registry must be set");
    if (is_set(config->url)) {
        enum gs_status status =
            gsi_http_init(&registry->http, config->url, config->timeout_ms, error);
        if (status == GS_OK)
            registry->client = gsi_http_client_create(&registry->http, &registry->stopping);
        return status;
    }
    registry->dir = gs_strdup(config->dir);
    return gsi_folder_check(config->dir, error);
}

static void init_lock(struct gs_registry *registry)
{
    pthread_condattr_t attributes;
    pthread_mutex_init(&registry->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&registry->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void free_questions(struct question *question)
{
    while (question) {
        struct question *next = question->next;
        gs_free(question);
        question = next;
    }
}

static void free_all(struct gs_registry *registry)
{
    free_questions(registry->inbox);
    free_questions(registry->open);
    for (uint32_t i = 0; i < registry->count; i++)
        gs_buf_deinit(&registry->entries[i].text);
    gs_free(registry->entries);
    gs_buf_deinit(&registry->text);
    gsi_http_client_destroy(registry->client);
    gsi_http_deinit(&registry->http);
    gs_free(registry->dir);
    pthread_cond_destroy(&registry->changed);
    pthread_mutex_destroy(&registry->mutex);
    gs_free(registry);
}

enum gs_status gsi_registry_create(const struct gs_registry_config *config, int64_t unknown_ms,
                                   struct gs_registry **registry, struct gs_error *error)
{
    struct gs_registry *made = gs_calloc(1, sizeof *made);
    *registry = NULL;
    init_lock(made);
    made->unknown_ms = unknown_ms;
    enum gs_status status = init_source(made, config, error);
    int code = status ? 0 : pthread_create(&made->thread, NULL, run, made);
    if (code)
        status = gs_fail(error, GS_E_MEMORY, "no thread for the schemas: %s", strerror(code));
    if (status)
        free_all(made);
    else
        *registry = made;
    return status;
}

enum gs_status gs_registry_create(const struct gs_registry_config *config,
                                  struct gs_registry **registry, struct gs_error *error)
{
    return gsi_registry_create(config, GS_REGISTRY_UNKNOWN_MS, registry, error);
}

void gs_registry_destroy(struct gs_registry *registry)
{
    if (!registry)
        return;
    pthread_mutex_lock(&registry->mutex);
    atomic_store(&registry->stopping, true);
    pthread_cond_signal(&registry->changed);
    pthread_mutex_unlock(&registry->mutex);
    if (registry->client)
        gsi_http_client_wake(registry->client);
    pthread_join(registry->thread, NULL);
    free_all(registry);
}

void gs_registry_ask(struct gs_registry *registry, uint32_t id, gs_registry_answer_fn *on_answer,
                     void *user)
{
    struct question *question = gs_alloc(sizeof *question);
    pthread_mutex_lock(&registry->mutex);
    *question = (struct question){registry->inbox, on_answer, user, id};
    registry->inbox = question;
    registry->stats.open++;
    pthread_cond_signal(&registry->changed);
    pthread_mutex_unlock(&registry->mutex);
}

enum gs_status gs_registry_fetch(struct gs_registry *registry, uint32_t id, struct gs_buf *schema,
                                 struct gs_error *error)
{
    struct gsi_http_client *client =
        registry->dir ? NULL : gsi_http_client_create(&registry->http, &registry->stopping);
    struct gs_buf text = {0};
    struct gs_error failure;
    enum gsi_found found = look_up(registry, client, id, &text, &failure);
    gsi_http_client_destroy(client);
    if (found == GSI_FOUND && schema) {
        schema->len = 0;
        gs_buf_add(schema, text.data, text.len);
    }
    gs_buf_deinit(&text);
    if (found == GSI_FAILED)
        return gs_fail(error, GS_E_UNAVAIL, "%s", failure.message);
    if (found == GSI_UNKNOWN)
        return gs_fail(error, GS_E_DATA,
                       "%s does not know schema %u; register it there, or correct the id",
                       registry->dir ? registry->dir : registry->http.where, id);
    return GS_OK;
}

void gs_registry_stats(struct gs_registry *registry, struct gs_registry_stats *stats)
{
    pthread_mutex_lock(&registry->mutex);
    *stats = registry->stats;
    pthread_mutex_unlock(&registry->mutex);
}
