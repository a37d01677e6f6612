/* cmd_inspect.c -- `inspect VIEW ID`: everything that Redis holds of one entity, one column per
 * window, or as JSON. `inspect --task P`: where a task stands.
 *
 * Which windows there are is not asked of a configuration: the entity's keys are looked for. */
#include "internal.h"

#include "groundswell/cell.h"
#include "groundswell/redis.h"
#include "groundswell/top.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { WINDOWS_MAX = 8, LABEL_COLUMNS = 17, VALUE_COLUMNS = 14 };

struct window {
    char name[24];
    int64_t length_ms; /* sorts them; the longest for a name that is no duration ("life") */
    json_t *cell;
};

struct entity {
    const char *view;
    const char *id;
    struct gs_buf head; /* of the keys: "gs:v1:{influencer:4711}:" */
    struct window windows[WINDOWS_MAX];
    size_t count;
};

static void entity_deinit(struct entity *entity)
{
    for (size_t i = 0; i < entity->count; i++)
        json_decref(entity->windows[i].cell);
    gs_buf_deinit(&entity->head);
}

/* ------------------------------------------------------------------ keys */

/* An id with a '%' is taken as it stands in keys. Views with several key fields join the encoded
 * components with '/', and so do people. */
static void add_key_of(struct gs_buf *key, const char *view, const char *id)
{
    const char *slash = strcmp(view, "campaign_influencer") == 0 ? strchr(id, '/') : NULL;
    if (strchr(id, '%')) {
        gs_buf_add_text(key, id);
        return;
    }
    if (slash) {
        gs_cell_add_id(key, gs_str_make(id, (size_t)(slash - id)));
        gs_buf_add_text(key, "/");
        id = slash + 1;
    }
    gs_cell_add_id(key, gs_str_of(id));
}

/* SCAN takes some characters of a prefix for a pattern. */
static void add_pattern(struct gs_buf *pattern, struct gs_str head)
{
    for (uint32_t i = 0; i < head.len; i++) {
        if (strchr("*?[]\\", head.data[i]))
            gs_buf_add_text(pattern, "\\");
        gs_buf_add(pattern, head.data + i, 1);
    }
    gs_buf_add_text(pattern, "*");
}

/* ------------------------------------------------------------------ reading */

/* "gs:v1:{influencer:4711}:5m" is a cell; what has more parts ("...:5m:commenters") is not. */
static void note_key(struct entity *entity, struct gs_str key)
{
    struct window *window = &entity->windows[entity->count];
    size_t len = key.len - entity->head.len;
    const char *name = key.data + entity->head.len;
    if (key.len <= entity->head.len || len >= sizeof window->name || memchr(name, ':', len) ||
        entity->count == WINDOWS_MAX)
        return;
    memcpy(window->name, name, len);
    window->name[len] = 0;
    for (size_t i = 0; i < entity->count; i++)
        if (strcmp(entity->windows[i].name, window->name) == 0)
            return; /* SCAN may name a key twice */
    if (!gs_parse_duration_ms(gs_str_of(window->name), &window->length_ms))
        window->length_ms = INT64_MAX;
    entity->count++;
}

static int compare_windows(const void *left, const void *right)
{
    int64_t a = ((const struct window *)left)->length_ms;
    int64_t b = ((const struct window *)right)->length_ms;
    return (a > b) - (a < b);
}

static enum gs_status find_windows(struct gs_redis_sync *redis, struct entity *entity,
                                   struct gs_error *error)
{
    char cursor[24] = "0";
    const struct gs_redis_reply *reply;
    struct gs_buf pattern = {0};
    enum gs_status status;
    add_pattern(&pattern, gs_str_make(entity->head.data, entity->head.len));
    do {
        struct gs_str args[] = {gs_str_of("SCAN"),  gs_str_of(cursor),
                                gs_str_of("MATCH"), gs_str_make(pattern.data, pattern.len),
                                gs_str_of("COUNT"), gs_str_of("5000")};
        status = gs_redis_sync_command(redis, args, GS_COUNT_OF(args), &reply, error);
        if (status != GS_OK)
            break;
        snprintf(cursor, sizeof cursor, "%s", reply->count ? reply->elements[0].str.data : "0");
        for (size_t i = 0; reply->count == 2 && i < reply->elements[1].count; i++)
            note_key(entity, reply->elements[1].elements[i].str);
    } while (strcmp(cursor, "0") != 0);
    gs_buf_deinit(&pattern);
    qsort(entity->windows, entity->count, sizeof entity->windows[0], compare_windows);
    return status;
}

static enum gs_status read_cell(struct gs_redis_sync *redis, const struct entity *entity,
                                struct window *window, struct gs_error *error)
{
    const struct gs_redis_reply *reply;
    struct gs_buf key = {0};
    gs_buf_add(&key, entity->head.data, entity->head.len);
    gs_buf_add_text(&key, window->name);
    struct gs_str args[] = {gs_str_of("GET"), gs_str_make(key.data, key.len)};
    enum gs_status status = gs_redis_sync_command(redis, args, 2, &reply, error);
    if (status == GS_OK && reply->type == GS_REDIS_STRING) {
        window->cell = json_loadb(reply->str.data, reply->str.len, JSON_ALLOW_NUL, NULL);
        if (!json_is_object(window->cell))
            status =
                gs_fail(error, GS_E_DATA, "%.*s holds no cell: is something else writing here?",
                        (int)GS_MIN(key.len, (size_t)200), key.data);
    }
    gs_buf_deinit(&key);
    return status;
}

static enum gs_status read_entity(const struct gs_redis_config *config, struct entity *entity,
                                  struct gs_error *error)
{
    struct gs_redis_sync *redis;
    size_t kept = 0;
    if (gs_redis_sync_connect(config, &redis, error) != GS_OK)
        return error->status;
    enum gs_status status = find_windows(redis, entity, error);
    for (size_t i = 0; status == GS_OK && i < entity->count; i++)
        status = read_cell(redis, entity, &entity->windows[i], error);
    gs_redis_sync_close(redis);
    for (size_t i = 0; i < entity->count; i++)
        if (entity->windows[i].cell) /* else it expired since the scan */
            entity->windows[kept++] = entity->windows[i];
    entity->count = kept;
    return status;
}

/* ------------------------------------------------------------------ as a table */

static void print_label(struct gs_buf *out, const char *name, const char *part)
{
    char label[64];
    snprintf(label, sizeof label, "%s%s%s", name, part ? "." : "", part ? part : "");
    gs_buf_printf(out, "%-*s", LABEL_COLUMNS, label);
}

static void print_time(struct gs_buf *out, int64_t ms)
{
    char text[32] = "";
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;
    if (gmtime_r(&seconds, &utc))
        strftime(text, sizeof text, "%m-%d %H:%M:%S", &utc);
    gs_buf_printf(out, " %*s", VALUE_COLUMNS, text);
}

static void print_value(struct gs_buf *out, const char *name, const json_t *value)
{
    size_t length = strlen(name);
    if (json_is_integer(value) && length > 3 && strcmp(name + length - 3, "_ms") == 0)
        print_time(out, json_integer_value(value));
    else if (json_is_integer(value))
        gs_buf_printf(out, " %*lld", VALUE_COLUMNS, (long long)json_integer_value(value));
    else if (json_is_number(value))
        gs_buf_printf(out, " %*.6g", VALUE_COLUMNS, json_number_value(value));
    else
        gs_buf_printf(out, " %*s", VALUE_COLUMNS, "-");
}

static void print_offsets(struct gs_buf *out, const struct entity *entity)
{
    char part[24];
    size_t most = 0;
    for (size_t w = 0; w < entity->count; w++)
        most = GS_MAX(most, json_array_size(json_object_get(entity->windows[w].cell, "_at")));
    for (size_t i = 0; i < most; i++) {
        snprintf(part, sizeof part, "%zu", i);
        print_label(out, "_at", part);
        for (size_t w = 0; w < entity->count; w++)
            print_value(out, "",
                        json_array_get(json_object_get(entity->windows[w].cell, "_at"), i));
        gs_buf_add_text(out, "\n");
    }
}

static void print_drops(struct gs_buf *out, const struct entity *entity)
{
    json_t *reasons = json_object();
    const char *reason;
    json_t *unused;
    for (size_t w = 0; w < entity->count; w++)
        json_object_update(reasons, json_object_get(entity->windows[w].cell, "drop"));
    json_object_foreach(reasons, reason, unused)
    {
        print_label(out, "drop", reason);
        for (size_t w = 0; w < entity->count; w++)
            print_value(out, "",
                        json_object_get(json_object_get(entity->windows[w].cell, "drop"), reason));
        gs_buf_add_text(out, "\n");
    }
    json_decref(reasons);
}

static void print_field(struct gs_buf *out, const struct entity *entity,
                        const struct gs_cell_field *field)
{
    bool any = false;
    if (strcmp(field->name, "_at") == 0) {
        print_offsets(out, entity);
        return;
    }
    if (strcmp(field->name, "drop") == 0) {
        print_drops(out, entity);
        return;
    }
    for (size_t w = 0; w < entity->count; w++)
        any |= json_is_number(json_object_get(entity->windows[w].cell, field->name));
    if (!any || strcmp(field->name, "_v") == 0)
        return;
    print_label(out, field->name, NULL);
    for (size_t w = 0; w < entity->count; w++)
        print_value(out, field->name, json_object_get(entity->windows[w].cell, field->name));
    gs_buf_add_text(out, "\n");
}

/* Who it is: the strings of its newest cell. */
static void print_head(struct gs_buf *out, const struct entity *entity)
{
    size_t count;
    const struct gs_cell_field *fields = gs_cell_fields(&count);
    gs_buf_printf(out, "%s %s", entity->view, entity->id);
    for (size_t i = 0; i < count; i++) {
        const char *text =
            json_string_value(json_object_get(entity->windows[0].cell, fields[i].name));
        if (text)
            gs_buf_printf(out, ", %s %s", fields[i].name, text);
    }
    gs_buf_printf(out, "\ncells %.*s<window>; times are UTC\n\n%-*s", (int)entity->head.len,
                  entity->head.data, LABEL_COLUMNS, "");
    for (size_t w = 0; w < entity->count; w++)
        gs_buf_printf(out, " %*s", VALUE_COLUMNS, entity->windows[w].name);
    gs_buf_add_text(out, "\n");
}

static void print_table(struct gs_buf *out, const struct entity *entity)
{
    size_t count;
    const struct gs_cell_field *fields = gs_cell_fields(&count);
    print_head(out, entity);
    for (size_t i = 0; i < count; i++)
        print_field(out, entity, &fields[i]);
}

static void print_json(struct gs_buf *out, const struct entity *entity)
{
    json_t *root = json_object();
    for (size_t w = 0; w < entity->count; w++)
        json_object_set(root, entity->windows[w].name, entity->windows[w].cell);
    char *text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(9));
    GS_ASSERT(text);
    gs_buf_add_text(out, text);
    gs_buf_add_text(out, "\n");
    gs_free(text);
    json_decref(root);
}

/* ------------------------------------------------------------------ a task */

/* Options that say how to show cells, or where they are, would be passed over silently. */
static enum gs_status refuse_options_of_cells(const struct gsi_command *command,
                                              const struct gsi_arguments *arguments)
{
    static const char *const options[] = {"json", "redis", "ca-file", "prefix"};
    for (size_t i = 0; i < GS_COUNT_OF(options); i++)
        if (gsi_cli_value(command, arguments, options[i])) {
            fprintf(stderr,
                    "groundswell: --%s does not go with --task, which prints text and goes by the "
                    "configuration alone\n",
                    options[i]);
            return GS_E_USAGE;
        }
    return GS_OK;
}

static int inspect_task(const struct gsi_command *command, const struct gsi_arguments *arguments)
{
    struct gs_config_loaded loaded;
    struct gs_service_config service;
    struct gs_buf out = {0};
    struct gs_error error;
    int64_t task = 0;
    if (refuse_options_of_cells(command, arguments) != GS_OK ||
        gsi_cli_int(command, arguments, "task", (struct gsi_range){0, GS_WORKER_TASKS_MAX - 1},
                    &task) != GS_OK)
        return gs_status_exit_code(GS_E_USAGE);
    if (gsi_cli_config(command, arguments, &loaded, &error) != GS_OK)
        return gsi_cli_fail(&error);
    enum gs_status status = gs_config_service(&loaded, &service, &error);
    if (status == GS_OK)
        status = gs_service_inspect(&service, (uint32_t)task, &out, &error);
    int written = gsi_cli_output(&out);
    gs_config_unload(&loaded);
    return status == GS_OK ? written : gsi_cli_fail(&error);
}

/* ------------------------------------------------------------------ the command */

static int print_entity(const struct entity *entity, bool json)
{
    struct gs_buf out = {0};
    if (entity->count == 0) {
        fprintf(stderr,
                "groundswell: there are no cells %.*s*: never seen, or expired, or no id but a "
                "handle; `groundswell top --view %s --once --json --lines 1000` lists the ids of "
                "those that are there\n",
                (int)entity->head.len, entity->head.data, entity->view);
        return 1;
    }
    if (json)
        print_json(&out, entity);
    else
        print_table(&out, entity);
    return gsi_cli_output(&out);
}

static int inspect_entity(const struct gsi_command *command, const struct gsi_arguments *arguments)
{
    struct gsi_place place;
    struct gs_error error;
    if (gsi_cli_place(command, arguments, &place, &error) != GS_OK)
        return gsi_cli_fail(&error);
    struct entity entity = {.view = arguments->positional[0], .id = arguments->positional[1]};
    gs_buf_printf(&entity.head, "%s:v1:{%s:", place.prefix, entity.view);
    add_key_of(&entity.head, entity.view, entity.id);
    gs_buf_add_text(&entity.head, "}:");
    int code = 0;
    struct gs_top_config where = {
        .redis = place.redis, .prefix = place.prefix, .view = entity.view};
    if (read_entity(&place.redis, &entity, &error) != GS_OK ||
        (entity.count == 0 && gs_top_check_view(&where, &error) != GS_OK))
        code = gsi_cli_fail(&error);
    else
        code = print_entity(&entity, gsi_cli_value(command, arguments, "json") != NULL);
    entity_deinit(&entity);
    gs_config_unload(&place.loaded);
    return code;
}

int gsi_cmd_inspect(const struct gsi_command *command, int argc, char **argv)
{
    struct gsi_arguments arguments;
    if (gsi_cli_parse(command, argc, argv, &arguments) != GS_OK)
        return gs_status_exit_code(GS_E_USAGE);
    bool task = gsi_cli_value(command, &arguments, "task") != NULL;
    if (task && arguments.positional_count == 0)
        return inspect_task(command, &arguments);
    if (!task && arguments.positional_count == 2)
        return inspect_entity(command, &arguments);
    fprintf(stderr, "groundswell: write `groundswell inspect VIEW ID`, for example `inspect "
                    "influencer 4711`, or `inspect --task P`\n");
    return gs_status_exit_code(GS_E_USAGE);
}
