/* picture.c -- cells as rows: parsed, sorted, summed. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>

static const char *const count_names[GSI_TOP_COUNTS] = {
    [GSI_TOP_COMMENTS] = "comments",
    [GSI_TOP_CLEAN] = "clean",
    [GSI_TOP_POS] = "pos",
    [GSI_TOP_NEG] = "neg",
    [GSI_TOP_NEU] = "neu",
    [GSI_TOP_UNK] = "unk",
    [GSI_TOP_ENGAGEMENT] = "engagement",
};

const char *gsi_top_count_name(enum gsi_top_count count)
{
    return count_names[count];
}

double gsi_top_number(const json_t *cell, const char *field)
{
    const json_t *value = json_object_get(cell, field);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

int64_t gsi_top_integer(const json_t *cell, const char *field)
{
    return json_integer_value(json_object_get(cell, field));
}

const char *gsi_top_text(const json_t *object, const char *field)
{
    const char *text = json_string_value(json_object_get(object, field));
    return text && *text ? text : NULL;
}

void gsi_top_picture_add(struct gsi_top_picture *picture, struct gs_str id, struct gs_str json)
{
    json_t *cell = json_loadb(json.data, json.len, JSON_ALLOW_NUL, NULL);
    if (!json_is_object(cell)) {
        json_decref(cell);
        picture->broken++;
        return;
    }
    if (picture->row_count == picture->row_capacity) {
        picture->row_capacity = GS_MAX(64, picture->row_capacity * 2);
        picture->rows = gs_realloc(picture->rows, picture->row_capacity * sizeof picture->rows[0]);
    }
    struct gsi_top_row *row = &picture->rows[picture->row_count++];
    row->id = gs_alloc((size_t)id.len + 1);
    memcpy(row->id, id.data, id.len);
    row->id[id.len] = 0;
    row->cell = cell;
    for (int i = 0; i < GSI_TOP_COUNTS; i++)
        row->count[i] = gsi_top_integer(cell, count_names[i]);
}

static int compare_rows(const void *left, const void *right)
{
    static const enum gsi_top_count by[] = {GSI_TOP_ENGAGEMENT, GSI_TOP_COMMENTS};
    const struct gsi_top_row *a = left;
    const struct gsi_top_row *b = right;
    for (size_t i = 0; i < GS_COUNT_OF(by); i++)
        if (a->count[by[i]] != b->count[by[i]])
            return a->count[by[i]] < b->count[by[i]] ? 1 : -1;
    return strcmp(a->id, b->id);
}

void gsi_top_picture_finish(struct gsi_top_picture *picture)
{
    memset(picture->total, 0, sizeof picture->total);
    for (size_t r = 0; r < picture->row_count; r++) {
        int64_t as_of_ms = gsi_top_integer(picture->rows[r].cell, "_as_of_ms");
        if (as_of_ms > picture->as_of_ms) {
            picture->as_of_ms = as_of_ms;
            picture->from_ms = gsi_top_integer(picture->rows[r].cell, "_from_ms");
        }
        for (int i = 0; i < GSI_TOP_COUNTS; i++)
            picture->total[i] += picture->rows[r].count[i];
    }
    if (picture->row_count)
        qsort(picture->rows, picture->row_count, sizeof picture->rows[0], compare_rows);
}

void gsi_top_picture_deinit(struct gsi_top_picture *picture)
{
    for (size_t i = 0; i < picture->row_count; i++) {
        gs_free(picture->rows[i].id);
        json_decref(picture->rows[i].cell);
    }
    for (size_t i = 0; i < picture->instance_count; i++) {
        gs_free(picture->instances[i].name);
        json_decref(picture->instances[i].fields);
    }
    gs_free(picture->rows);
    gs_buf_deinit(&picture->known);
    memset(picture, 0, sizeof *picture);
}
