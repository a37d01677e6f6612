/* Goal: what readers are told of a cell is what the encoder writes.
 * Method: the JSON Schema and the matrix of fields are made here from the encoder's table and from
 * cells that show everything, and compared with the files, byte for byte (GS_UPDATE=1 writes them
 * instead); then random cells are encoded, and each of their fields must be one that the files
 * allow in its view, with its type, in the table's order. */
#include "groundswell/cell.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char schema_path[] = GS_SOURCE_DIR "/schemas/redis-v1.schema.json";
static const char page_path[] = GS_SOURCE_DIR "/schemas/REDIS.md";
static const char begin_mark[] = "<!-- matrix: made by tests/unit/cell_contract_test.c -->\n";
static const char end_mark[] = "<!-- end of matrix -->\n";

enum { VIEWS = 3, FIELDS_MAX = 64, REQUIRED = 7 };

static const struct gs_view_config views[VIEWS] = {
    {"influencer", {GS_KEY_INFLUENCER}, 1, 15},
    {"post", {GS_KEY_POST}, 1, 15},
    {"campaign_influencer", {GS_KEY_CAMPAIGN, GS_KEY_INFLUENCER}, 2, 15}};
static const char *const keys[VIEWS] = {"4711", "p1", "ss27/4711"};

/* ------------------------------------------------------------------ cells */

static struct gs_cell cell_of(int view, const int64_t *total, const int64_t *at)
{
    return (struct gs_cell){.view = &views[view],
                            .at = at,
                            .at_count = 4,
                            .task = 3,
                            .to_ms = 60000,
                            .as_of_ms = 59999,
                            .updated_ms = 60500,
                            .total = total,
                            .judged = true,
                            .key = gs_str_of(keys[view]),
                            .influencer_id = gs_str_of("4711"),
                            .handle = gs_str_of("@ana"),
                            .platform = gs_str_of("instagram"),
                            .tier = "micro",
                            .followers = 48210};
}

static json_t *encode(const struct gs_cell *cell)
{
    struct gs_buf text = {0};
    json_error_t error;
    gs_cell_encode(&text, cell);
    json_t *json = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!json)
        fail_msg("%s: %.*s", error.text, (int)text.len, text.data);
    gs_buf_deinit(&text);
    return json;
}

/* A cell of the view in which nothing is left out. */
static json_t *full_cell(int view)
{
    static const int64_t at[GS_INPUTS_MAX] = {1, 2, 3, 4};
    int64_t total[GS_COUNTER_COUNT];
    for (int c = 0; c < GS_COUNTER_COUNT; c++)
        total[c] = 200 - c; /* more comments than clean ones */
    total[GS_C_SENT_SUM] = 1000;
    total[GS_C_SENT_SQ] = 1000000000;
    struct gs_cell cell = cell_of(view, total, at);
    cell.state = "mixed";
    cell.mixed_until_ms = 120000;
    return encode(&cell);
}

/* ------------------------------------------------------------------ what the files should be */

static void add_property(struct gs_buf *out, const struct gs_cell_field *field)
{
    gs_buf_printf(out, "    \"%s\": {\"type\": \"%s\", ", field->name, field->type);
    if (strcmp(field->name, "_v") == 0)
        gs_buf_add_text(out, "\"const\": 1, ");
    if (strcmp(field->name, "tier") == 0)
        gs_buf_add_text(out, "\"enum\": [\"nano\", \"micro\", \"mid\", \"macro\", \"mega\"], ");
    if (strcmp(field->type, "array") == 0)
        gs_buf_printf(out,
                      "\"items\": {\"type\": \"integer\"}, \"minItems\": 1, \"maxItems\": %d, ",
                      GS_INPUTS_MAX);
    if (strcmp(field->type, "object") == 0) {
        gs_buf_add_text(out, "\"properties\": {");
        for (int r = 0; r < GS_REASON_COUNT; r++)
            gs_buf_printf(out, "%s\"%s\": {\"type\": \"integer\"}", r ? ", " : "",
                          gs_reason_name((enum gs_reason)r));
        gs_buf_add_text(out, "}, \"additionalProperties\": {\"type\": \"integer\"}, ");
    }
    gs_buf_printf(out, "\"description\": \"%s\"}", field->meaning);
}

static void make_schema(struct gs_buf *out)
{
    size_t count;
    const struct gs_cell_field *fields = gs_cell_fields(&count);
    gs_buf_add_text(out, "{\n"
                         "  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
                         "  \"$id\": \"urn:groundswell:redis:v1:cell\",\n"
                         "  \"title\": \"A cell of Groundswell's Redis contract, version 1\",\n"
                         "  \"type\": \"object\",\n"
                         "  \"required\": [");
    for (size_t f = 0; f < REQUIRED; f++)
        gs_buf_printf(out, "%s\"%s\"", f ? ", " : "", fields[f].name);
    gs_buf_add_text(out, "],\n  \"properties\": {\n");
    for (size_t f = 0; f < count; f++) {
        add_property(out, &fields[f]);
        gs_buf_add_text(out, f + 1 < count ? ",\n" : "\n");
    }
    gs_buf_add_text(out, "  }\n}\n");
}

static void make_matrix(struct gs_buf *out)
{
    size_t count;
    const struct gs_cell_field *fields = gs_cell_fields(&count);
    json_t *full[VIEWS];
    gs_buf_add_text(out, "| field | type |");
    for (int v = 0; v < VIEWS; v++) {
        full[v] = full_cell(v);
        gs_buf_printf(out, " %s |", views[v].name);
    }
    gs_buf_add_text(out, " meaning |\n|---|---|:-:|:-:|:-:|---|\n");
    for (size_t f = 0; f < count; f++) {
        gs_buf_printf(out, "| `%s` | %s |", fields[f].name, fields[f].type);
        for (int v = 0; v < VIEWS; v++)
            gs_buf_add_text(out, json_object_get(full[v], fields[f].name) ? " x |" : " |");
        gs_buf_printf(out, " %s |\n", fields[f].meaning);
    }
    for (int v = 0; v < VIEWS; v++)
        json_decref(full[v]);
}

/* ------------------------------------------------------------------ files */

static void read_all(const char *path, struct gs_buf *bytes)
{
    FILE *file = fopen(path, "rb");
    size_t n = 1;
    if (!file)
        fail_msg("%s cannot be opened", path);
    while (n) {
        char *to = gs_buf_reserve(bytes, 65536);
        n = fread(to, 1, 65536, file);
        bytes->len += n;
    }
    fclose(file);
    gs_buf_add(bytes, "", 1);
    bytes->len--;
}

static void write_all(const char *path, const struct gs_buf *bytes)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes->data, 1, bytes->len, file), bytes->len);
    assert_int_equal(fclose(file), 0);
}

/* [*from, *to) of bytes is to be `made`; tells the first line that is not. */
static void assert_part(const char *path, struct gs_str part, const struct gs_buf *made)
{
    size_t at = 0, line = 0;
    while (at < part.len && at < made->len && part.data[at] == made->data[at])
        line = part.data[at++] == '\n' ? at : line;
    if (at != part.len || at != made->len)
        fail_msg("%s is not what the encoder's table says; GS_UPDATE=1 writes it. Wanted: %.*s",
                 path, (int)GS_MIN(made->len - line, 160u), made->data + line);
}

static void check_schema_file(void **state)
{
    (void)state;
    struct gs_buf made = {0}, file = {0};
    make_schema(&made);
    if (getenv("GS_UPDATE"))
        write_all(schema_path, &made);
    read_all(schema_path, &file);
    assert_part(schema_path, gs_str_make(file.data, file.len), &made);
    gs_buf_deinit(&made);
    gs_buf_deinit(&file);
}

/* The page with another matrix between the marks, which are at begin and end of its bytes. */
static void replace_matrix(const char *file, const char *begin, const char *end,
                           const struct gs_buf *made)
{
    struct gs_buf page = {0};
    gs_buf_add(&page, file, (size_t)(begin - file));
    gs_buf_add(&page, made->data, made->len);
    gs_buf_add_text(&page, end);
    write_all(page_path, &page);
    gs_buf_deinit(&page);
}

static void check_matrix(void **state)
{
    (void)state;
    struct gs_buf made = {0}, file = {0};
    make_matrix(&made);
    read_all(page_path, &file);
    const char *begin = strstr(file.data, begin_mark);
    assert_non_null(begin);
    begin += strlen(begin_mark);
    const char *end = strstr(begin, end_mark);
    assert_non_null(end);
    if (getenv("GS_UPDATE"))
        replace_matrix(file.data, begin, end, &made);
    else
        assert_part(page_path, gs_str_make(begin, (size_t)(end - begin)), &made);
    gs_buf_deinit(&made);
    gs_buf_deinit(&file);
}

/* ------------------------------------------------------------------ random cells */

static uint64_t random_state;

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t draw(void)
{
    uint64_t x = random_state += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

/* Zero, small, large, sometimes negative. */
static int64_t draw_count(void)
{
    int64_t value = (int64_t)(draw() >> (14 + draw() % 50));
    return draw() % 3 == 0 ? 0 : draw() % 8 == 0 ? -value : value;
}

static struct gs_str draw_text(char *bytes, uint32_t capacity)
{
    uint32_t length = (uint32_t)(draw() % capacity);
    for (uint32_t i = 0; i < length; i++)
        bytes[i] = (char)(draw() % 4 ? ' ' + (int)(draw() % 95) : (int)(draw() % 256));
    return draw() % 4 ? gs_str_make(bytes, length) : (struct gs_str){0};
}

static bool has_type(const json_t *value, const char *type)
{
    return strcmp(type, "integer") == 0  ? json_is_integer(value)
           : strcmp(type, "number") == 0 ? json_is_number(value)
           : strcmp(type, "string") == 0 ? json_is_string(value)
           : strcmp(type, "array") == 0  ? json_is_array(value)
                                         : json_is_object(value);
}

struct files {
    json_t *properties;
    json_t *full[VIEWS];
    bool seen[FIELDS_MAX];
};

/* Every field: of the schema, of the view, of its type, in the table's order. */
static void check_cell(struct files *files, int view, json_t *json)
{
    size_t count, next = 0;
    const struct gs_cell_field *fields = gs_cell_fields(&count);
    const char *name;
    json_t *value;
    json_object_foreach(json, name, value)
    {
        const json_t *property = json_object_get(files->properties, name);
        assert_non_null(property);
        assert_non_null(json_object_get(files->full[view], name));
        assert_true(has_type(value, json_string_value(json_object_get(property, "type"))));
        while (next < count && strcmp(fields[next].name, name) != 0)
            next++;
        assert_true(next < count);
        files->seen[next] = true;
    }
    for (size_t f = 0; f < REQUIRED; f++)
        assert_non_null(json_object_get(json, fields[f].name));
}

static void check_random_cell(struct files *files)
{
    static const char *const tiers[] = {NULL, "nano", "micro", "mid", "macro", "mega"};
    static const char *const states[] = {NULL, "gap", "mixed"};
    int64_t total[GS_COUNTER_COUNT], at[GS_INPUTS_MAX];
    char handle[40], platform[20], influencer[GS_ID_BYTES_MAX];
    int view = (int)(draw() % VIEWS);
    for (int c = 0; c < GS_COUNTER_COUNT; c++)
        total[c] = draw_count();
    for (int i = 0; i < GS_INPUTS_MAX; i++)
        at[i] = (int64_t)(draw() >> 1);
    struct gs_cell cell = cell_of(view, total, at);
    cell.at_count = (uint8_t)(1 + draw() % GS_INPUTS_MAX);
    cell.level = (uint8_t)(draw() % GS_LEVELS_MAX);
    cell.handle = draw_text(handle, sizeof handle);
    cell.platform = draw_text(platform, sizeof platform);
    cell.influencer_id = draw_text(influencer, sizeof influencer);
    cell.tier = tiers[draw() % GS_COUNT_OF(tiers)];
    cell.state = states[draw() % GS_COUNT_OF(states)];
    cell.mixed_until_ms = draw() % 2 ? (int64_t)(draw() >> 20) : 0;
    cell.followers = draw() % 4 ? draw_count() : GS_NULL_INT;
    json_t *json = encode(&cell);
    check_cell(files, view, json);
    json_decref(json);
}

static void check_random_cells(void **state)
{
    (void)state;
    enum { CELLS = 20000 };
    const char *seed = getenv("GS_SEED");
    struct files files = {0};
    size_t count;
    const struct gs_cell_field *fields = gs_cell_fields(&count);
    random_state = seed ? strtoull(seed, NULL, 10) : 1;
    print_message("GS_SEED=%llu\n", (unsigned long long)random_state);
    assert_true(count <= FIELDS_MAX);
    json_t *schema = json_load_file(schema_path, 0, NULL);
    assert_non_null(schema);
    files.properties = json_object_get(schema, "properties");
    for (int v = 0; v < VIEWS; v++)
        files.full[v] = full_cell(v);
    for (int i = 0; i < CELLS; i++)
        check_random_cell(&files);
    for (size_t f = 0; f < count; f++)
        if (!files.seen[f])
            fail_msg("no cell ever had the field %s", fields[f].name);
    for (int v = 0; v < VIEWS; v++)
        json_decref(files.full[v]);
    json_decref(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_schema_file),
        cmocka_unit_test(check_matrix),
        cmocka_unit_test(check_random_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
