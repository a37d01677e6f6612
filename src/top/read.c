/* read.c -- finds cells with SCAN and reads them with MGET, as any reader of the contract can.
 *
 * SCAN walks through the whole keyspace, so it is done again only after ten times as long as it
 * took: a table on a screen must not be a load. */
#include "internal.h"

#include "groundswell/cell.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SCAN_COUNT = 1000, MGET_KEYS = 200, SCAN_PAUSE = 10, SCAN_AGAIN_MS = 1000 };

/* Keys in sorted order; terminated, as offsets into bytes. */
struct keys {
    struct gs_buf bytes;
    size_t *start;
    size_t count;
    size_t capacity;
};

struct gsi_top_reader {
    const struct gs_top_config *config;
    struct gs_redis_sync *sync; /* NULL: connect at the next read */
    char endpoint[GS_REDIS_ENDPOINT_MAX];
    struct gs_buf head; /* of a cell's key: "gs:v1:{influencer:" */
    struct gs_buf tail; /* "}:5m" */
    struct keys cells;
    struct keys instances;
    int64_t scan_at_ms; /* steady; when to look for keys again */
};

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t gsi_top_wall_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

int64_t gsi_top_steady_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

/* ------------------------------------------------------------------ keys */

static void keys_clear(struct keys *keys)
{
    keys->bytes.len = 0;
    keys->count = 0;
}

static void keys_deinit(struct keys *keys)
{
    gs_buf_deinit(&keys->bytes);
    gs_free(keys->start);
}

static void keys_add(struct keys *keys, struct gs_str key)
{
    if (keys->count == keys->capacity) {
        keys->capacity = GS_MAX(256, keys->capacity * 2);
        keys->start = gs_realloc(keys->start, keys->capacity * sizeof keys->start[0]);
    }
    keys->start[keys->count++] = keys->bytes.len;
    gs_buf_add(&keys->bytes, key.data, key.len);
    gs_buf_add(&keys->bytes, "", 1);
}

static const char *keys_at(const struct keys *keys, size_t i)
{
    return keys->bytes.data + keys->start[i];
}

static int compare_keys(const void *left, const void *right, void *keys)
{
    const char *bytes = ((const struct keys *)keys)->bytes.data;
    return strcmp(bytes + *(const size_t *)left, bytes + *(const size_t *)right);
}

/* SCAN may name a key twice. */
static void keys_settle(struct keys *keys)
{
    size_t kept = 0;
    if (!keys->count)
        return;
    qsort_r(keys->start, keys->count, sizeof keys->start[0], compare_keys, keys);
    for (size_t i = 0; i < keys->count; i++)
        if (i == 0 || strcmp(keys_at(keys, i), keys_at(keys, kept - 1)) != 0)
            keys->start[kept++] = keys->start[i];
    keys->count = kept;
}

/* Appends text so that a pattern of SCAN takes it literally. */
static void add_literal(struct gs_buf *pattern, const char *text)
{
    for (; *text; text++) {
        if (strchr("*?[]\\", *text))
            gs_buf_add(pattern, "\\", 1);
        gs_buf_add(pattern, text, 1);
    }
}

/* One step; *cursor is "0" after the last. */
static enum gs_status scan_step(struct gsi_top_reader *reader, const char *pattern, char *cursor,
                                struct keys *keys, struct gs_error *error)
{
    char count[20];
    const struct gs_redis_reply *reply;
    snprintf(count, sizeof count, "%d", SCAN_COUNT);
    struct gs_str args[] = {gs_str_of("SCAN"),  gs_str_of(cursor),  gs_str_of("MATCH"),
                            gs_str_of(pattern), gs_str_of("COUNT"), gs_str_of(count)};
    if (gs_redis_sync_command(reader->sync, args, GS_COUNT_OF(args), &reply, error) != GS_OK)
        return error->status;
    if (reply->type != GS_REDIS_ARRAY || reply->count != 2 || reply->elements[0].str.len >= 24)
        return gs_fail(error, GS_E_UNAVAIL, "redis %s: the reply to SCAN cannot be understood",
                       reader->endpoint);
    memcpy(cursor, reply->elements[0].str.data, reply->elements[0].str.len);
    cursor[reply->elements[0].str.len] = 0;
    for (size_t i = 0; i < reply->elements[1].count; i++)
        keys_add(keys, reply->elements[1].elements[i].str);
    return GS_OK;
}

static enum gs_status scan(struct gsi_top_reader *reader, const char *pattern, struct keys *keys,
                           struct gs_error *error)
{
    char cursor[24] = "0";
    keys_clear(keys);
    do {
        if (scan_step(reader, pattern, cursor, keys, error) != GS_OK)
            return error->status;
    } while (strcmp(cursor, "0") != 0);
    keys_settle(keys);
    return GS_OK;
}

static enum gs_status find_keys(struct gsi_top_reader *reader, struct gs_error *error)
{
    int64_t begin_ms = gsi_top_steady_ms();
    struct gs_buf pattern = {0};
    if (begin_ms < reader->scan_at_ms)
        return GS_OK;
    add_literal(&pattern, reader->head.data);
    gs_buf_add_text(&pattern, "*");
    add_literal(&pattern, reader->tail.data);
    gs_buf_add(&pattern, "", 1);
    enum gs_status status = scan(reader, pattern.data, &reader->cells, error);
    pattern.len = 0;
    add_literal(&pattern, reader->config->prefix);
    gs_buf_add(&pattern, ":v1:instance:*", sizeof ":v1:instance:*");
    if (status == GS_OK)
        status = scan(reader, pattern.data, &reader->instances, error);
    gs_buf_deinit(&pattern);
    int64_t end_ms = gsi_top_steady_ms();
    reader->scan_at_ms =
        GS_MAX(begin_ms + SCAN_AGAIN_MS, end_ms + SCAN_PAUSE * (end_ms - begin_ms));
    return status;
}

/* ------------------------------------------------------------------ values */

static void add_cell(struct gsi_top_reader *reader, const char *key, struct gs_str json,
                     struct gsi_top_picture *picture)
{
    size_t head = reader->head.len - 1;
    size_t len = strlen(key) - head - (reader->tail.len - 1);
    struct gs_buf id = {0};
    gs_cell_add_decoded_id(&id, gs_str_make(key + head, len));
    gsi_top_picture_add(picture, gs_str_make(id.data ? id.data : "", id.len), json);
    gs_buf_deinit(&id);
}

static enum gs_status read_some(struct gsi_top_reader *reader, size_t from, size_t count,
                                struct gsi_top_picture *picture, struct gs_error *error)
{
    struct gs_str args[1 + MGET_KEYS] = {gs_str_of("MGET")};
    const struct gs_redis_reply *reply;
    for (size_t i = 0; i < count; i++)
        args[1 + i] = gs_str_of(keys_at(&reader->cells, from + i));
    if (gs_redis_sync_command(reader->sync, args, (uint32_t)count + 1, &reply, error) != GS_OK)
        return error->status;
    for (size_t i = 0; i < GS_MIN(reply->count, count); i++)
        if (reply->elements[i].type == GS_REDIS_STRING) /* else expired since the scan */
            add_cell(reader, keys_at(&reader->cells, from + i), reply->elements[i].str, picture);
    return GS_OK;
}

static enum gs_status read_cells(struct gsi_top_reader *reader, struct gsi_top_picture *picture,
                                 struct gs_error *error)
{
    size_t count = GS_MIN(reader->cells.count, (size_t)GSI_TOP_ENTITIES_MAX);
    picture->left_out = reader->cells.count - count;
    for (size_t from = 0; from < count; from += MGET_KEYS)
        if (read_some(reader, from, GS_MIN(count - from, (size_t)MGET_KEYS), picture, error) !=
            GS_OK)
            return error->status;
    return GS_OK;
}

/* The fields of a hash, as strings; no such key is an empty object. */
static enum gs_status read_hash(struct gsi_top_reader *reader, const char *key, json_t **fields,
                                struct gs_error *error)
{
    struct gs_str args[] = {gs_str_of("HGETALL"), gs_str_of(key)};
    const struct gs_redis_reply *reply;
    *fields = json_object();
    if (gs_redis_sync_command(reader->sync, args, GS_COUNT_OF(args), &reply, error) != GS_OK)
        return error->status;
    for (size_t i = 0; i + 1 < reply->count; i += 2) {
        const struct gs_str value = reply->elements[i + 1].str;
        json_object_set_new(*fields, reply->elements[i].str.data,
                            json_stringn(value.data, value.len));
    }
    return GS_OK;
}

static enum gs_status read_instances(struct gsi_top_reader *reader, struct gsi_top_picture *picture,
                                     struct gs_error *error)
{
    size_t count = GS_MIN(reader->instances.count, (size_t)GSI_TOP_INSTANCES_MAX);
    size_t skip = strlen(reader->config->prefix) + strlen(":v1:instance:");
    for (size_t i = 0; i < count; i++) {
        const char *key = keys_at(&reader->instances, i);
        json_t *fields;
        enum gs_status status = read_hash(reader, key, &fields, error);
        if (status != GS_OK || json_object_size(fields) == 0) {
            json_decref(fields);
            if (status != GS_OK)
                return status;
            continue; /* expired since the scan */
        }
        picture->instances[picture->instance_count++] =
            (struct gsi_top_instance){gs_strdup(key + skip), fields};
    }
    return GS_OK;
}

/* The views that meta names; NULL if it is not there. */
static enum gs_status read_views(struct gsi_top_reader *reader, json_t **views,
                                 struct gs_error *error)
{
    struct gs_buf key = {0};
    json_t *meta;
    gs_buf_printf(&key, "%s:v1:meta%c", reader->config->prefix, 0);
    enum gs_status status = read_hash(reader, key.data, &meta, error);
    const char *text = gsi_top_text(meta, "views");
    *views = text ? json_loads(text, 0, NULL) : NULL;
    json_decref(meta);
    gs_buf_deinit(&key);
    return status;
}

/* As text, for one who asked for another: that will not come with waiting. */
static enum gs_status read_known(struct gsi_top_reader *reader, struct gs_buf *known,
                                 struct gs_error *error)
{
    const struct gs_top_config *config = reader->config;
    json_t *views;
    enum gs_status status = read_views(reader, &views, error);
    gsi_top_add_views(known, views);
    gs_buf_add(known, "", 1);
    if (status == GS_OK && !gsi_top_has(views, config->view, NULL))
        status = gs_fail(error, GS_E_USAGE, "there is no view '%s'; this deployment has %s",
                         config->view, known->data);
    else if (status == GS_OK && !gsi_top_has(views, config->view, config->window))
        status = gs_fail(error, GS_E_USAGE, "view '%s' has no window '%s'; this deployment has %s",
                         config->view, config->window, known->data);
    json_decref(views);
    return status;
}

/* ------------------------------------------------------------------ the reader */

static enum gs_status connect_again(struct gsi_top_reader *reader, struct gs_error *error)
{
    struct gs_redis_config redis = reader->config->redis;
    redis.accept_replica = true;
    if (gs_redis_sync_connect(&redis, &reader->sync, error) != GS_OK)
        return error->status;
    snprintf(reader->endpoint, sizeof reader->endpoint, "%s", gs_redis_sync_endpoint(reader->sync));
    reader->scan_at_ms = 0;
    return GS_OK;
}

enum gs_status gsi_top_reader_open(const struct gs_top_config *config,
                                   struct gsi_top_reader **reader, struct gs_error *error)
{
    struct gsi_top_reader *made = gs_calloc(1, sizeof *made);
    made->config = config;
    gs_buf_printf(&made->head, "%s:v1:{%s:", config->prefix, config->view);
    gs_buf_printf(&made->tail, "}:%s", config->window);
    gs_buf_add(&made->head, "", 1);
    gs_buf_add(&made->tail, "", 1);
    *reader = NULL;
    if (connect_again(made, error) != GS_OK) {
        gsi_top_reader_close(made);
        return error->status;
    }
    *reader = made;
    return GS_OK;
}

enum gs_status gsi_top_reader_read(struct gsi_top_reader *reader, struct gsi_top_picture *picture,
                                   struct gs_error *error)
{
    enum gs_status status = reader->sync ? GS_OK : connect_again(reader, error);
    picture->at_ms = gsi_top_wall_ms();
    picture->steady_ms = gsi_top_steady_ms();
    if (status == GS_OK)
        status = find_keys(reader, error);
    if (status == GS_OK)
        status = read_cells(reader, picture, error);
    if (status == GS_OK)
        status = read_instances(reader, picture, error);
    if (status == GS_OK && picture->row_count == 0)
        status = read_known(reader, &picture->known, error);
    if (status != GS_OK) {
        gs_redis_sync_close(reader->sync);
        reader->sync = NULL;
        return status;
    }
    gsi_top_picture_finish(picture);
    if (picture->from_ms)
        picture->from_ms = GS_MAX(picture->from_ms, reader->config->since_ms);
    return GS_OK;
}

enum gs_status gs_top_check_view(const struct gs_top_config *config, struct gs_error *error)
{
    struct gsi_top_reader *reader;
    struct gs_buf known = {0};
    enum gs_status status = gsi_top_reader_open(config, &reader, error);
    if (status == GS_OK)
        status = read_known(reader, &known, error);
    gsi_top_reader_close(reader);
    gs_buf_deinit(&known);
    return status;
}

enum gs_status gs_top_pick_window(const struct gs_top_config *config,
                                  char window[GS_TOP_WINDOW_MAX], struct gs_error *error)
{
    struct gsi_top_reader *reader;
    json_t *views = NULL;
    enum gs_status status = gsi_top_reader_open(config, &reader, error);
    if (status == GS_OK)
        status = read_views(reader, &views, error);
    if (status == GS_OK)
        gsi_top_pick(views, config, window);
    json_decref(views);
    gsi_top_reader_close(reader);
    return status;
}

const char *gsi_top_reader_endpoint(const struct gsi_top_reader *reader)
{
    return reader->endpoint;
}

void gsi_top_reader_close(struct gsi_top_reader *reader)
{
    if (!reader)
        return;
    gs_redis_sync_close(reader->sync);
    gs_buf_deinit(&reader->head);
    gs_buf_deinit(&reader->tail);
    keys_deinit(&reader->cells);
    keys_deinit(&reader->instances);
    gs_free(reader);
}
