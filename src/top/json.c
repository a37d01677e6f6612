/* json.c -- the picture as one line of JSON, for programs: cells as they stand in Redis, with their
 * ids. */
#include "internal.h"

#include <math.h>

static void set_rate(json_t *object, const char *name, double value)
{
    json_object_set_new(object, name, isnan(value) ? json_null() : json_real(value));
}

static json_t *totals_of(const struct gsi_top_picture *picture)
{
    json_t *totals = json_object();
    for (int i = 0; i < GSI_TOP_COUNTS; i++)
        json_object_set_new(totals, gsi_top_count_name((enum gsi_top_count)i),
                            json_integer(picture->total[i]));
    return totals;
}

static json_t *instances_of(const struct gsi_top_picture *picture)
{
    json_t *instances = json_object();
    for (size_t i = 0; i < picture->instance_count; i++)
        json_object_set(instances, picture->instances[i].name, picture->instances[i].fields);
    return instances;
}

static json_t *cells_of(const struct gsi_top_picture *picture, size_t count)
{
    json_t *cells = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *id = json_string(picture->rows[i].id);
        json_t *cell = json_object();
        json_object_set_new(cell, "id", id ? id : json_null()); /* NULL: it is not UTF-8 */
        json_object_update(cell, picture->rows[i].cell);
        json_array_append_new(cells, cell);
    }
    return cells;
}

void gsi_top_json(struct gs_buf *out, const struct gs_top_config *config, const char *endpoint,
                  const struct gsi_top_picture *picture)
{
    json_t *root = json_object();
    size_t shown = GS_MIN(picture->row_count, (size_t)config->lines);
    json_object_set_new(root, "at_ms", json_integer(picture->at_ms));
    json_object_set_new(root, "redis", json_string(endpoint));
    json_object_set_new(root, "prefix", json_string(config->prefix));
    json_object_set_new(root, "view", json_string(config->view));
    json_object_set_new(root, "window", json_string(config->window));
    json_object_set_new(root, "from_ms", json_integer(picture->from_ms));
    json_object_set_new(root, "as_of_ms", json_integer(picture->as_of_ms));
    json_object_set_new(root, "entities", json_integer((json_int_t)picture->row_count));
    json_object_set_new(root, "entities_left_out", json_integer((json_int_t)picture->left_out));
    json_object_set_new(root, "broken", json_integer((json_int_t)picture->broken));
    json_object_set_new(root, "totals", totals_of(picture));
    set_rate(root, "comments_per_s", picture->comments_per_s);
    set_rate(root, "records_per_s", picture->records_per_s);
    json_object_set_new(root, "instances", instances_of(picture));
    json_object_set_new(root, "top", cells_of(picture, shown));
    char *text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(9));
    GS_ASSERT(text);
    gs_buf_add_text(out, text);
    gs_buf_add_text(out, "\n");
    gs_free(text);
    json_decref(root);
}
