/* Goal: the ids of schemas are asked for, remembered and forgotten as promised, a schema that
 * cannot be used is refused with a message that says why, and a value without framing is told
 * apart. Method: schemas and values made by hand, hostile ones among them. */
#include "decode_fixture.h"

static void unusable_schemas_are_explained(void **state)
{
    static const struct {
        const char *schema;
        enum gs_bad_code code;
        const char *says;
    } cases[] = {
        {"", GS_BAD_SCHEMA_INVALID, "schema 7: the schema text is not JSON"},
        {"{\"type\":\"nonsense\"}", GS_BAD_SCHEMA_INVALID, "is not an Avro schema"},
        {"\"string\"", GS_BAD_SCHEMA_KIND, "expected a record named InfluencerProfile"},
        {"{\"type\":\"record\",\"name\":\"Payment\",\"fields\":[{\"name\":\"a\",\"type\":"
         "\"int\"}]}",
         GS_BAD_SCHEMA_KIND, "the schema is record Payment"},
        {"{\"type\":\"record\",\"name\":\"a.b.InfluencerProfile\",\"fields\":[{\"name\":"
         "\"influencer_id\",\"type\":\"string\"}]}",
         GS_BAD_SCHEMA_INVALID,
         "schema 7: InfluencerProfile: the required field updated_at is missing"},
        {COMMENT_SCHEMA(FIELD("likes", "\"string\"")), GS_BAD_SCHEMA_INVALID,
         "field likes is string, expected long, or a union of it with null"},
        {COMMENT_SCHEMA(FIELD("likes", "[\"null\",\"string\",\"double\"]")), GS_BAD_SCHEMA_INVALID,
         "field likes is union of null, string, double, expected long"},
        {COMMENT_SCHEMA(FIELD("brand_ids", "\"string\"")), GS_BAD_SCHEMA_INVALID,
         "field brand_ids is string, expected array of string"},
        {COMMENT_SCHEMA(FIELD("brand_ids", "{\"type\":\"array\",\"items\":\"long\"}")),
         GS_BAD_SCHEMA_INVALID, "field brand_ids is long, expected string"},
        {COMMENT_SCHEMA(FIELD("actor", "{\"type\":\"record\",\"name\":\"A\",\"fields\":[{\"name\":"
                                       "\"created_at\",\"type\":{\"type\":\"int\",\"logicalType\":"
                                       "\"date\"}}]}")),
         GS_BAD_SCHEMA_INVALID,
         "field actor.created_at is int (date), expected long (timestamp-millis"},
        {COMMENT_SCHEMA(FIELD("likes", "\"long\"") ",{\"name\":\"l\",\"aliases\":[\"sentiment\"],"
                                                   "\"type\":\"double\"},{\"name\":\"m\","
                                                   "\"aliases\":[\"sentiment\"],\"type\":"
                                                   "\"double\"}"),
         GS_BAD_SCHEMA_INVALID, "field sentiment is there twice"},
    };
    struct fixture *f = fixture_of(state);
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        struct gs_error error = {0};
        enum gs_status status =
            gs_decode_add_schema(f->decode, SCHEMA_ID, gs_str_of(cases[i].schema), &error);
        if (status != GS_E_DATA || !strstr(error.message, cases[i].says))
            fail_msg("case %zu says: %s", i, error.message);
        begin_comment(&f->bytes);
        assert_int_equal(decode_bytes(f), GS_DECODE_BAD);
        assert_int_equal(f->why.code, cases[i].code);
        assert_int_equal(f->why.schema_id, SCHEMA_ID);
        assert_int_equal(gs_decode_add_schema(f->decode, SCHEMA_ID, gs_str_of(""), NULL),
                         GS_E_DATA);
    }
}

static void hostile_schemas_are_refused(void **state)
{
    struct fixture *f = fixture_of(state);
    struct gs_buf text = {0};
    struct gs_error error;
    for (int i = 0; i < 100000; i++)
        gs_buf_add_text(&text, "{\"type\":");
    struct gs_str view = gs_str_make(text.data, text.len);
    assert_int_equal(gs_decode_add_schema(f->decode, 1, view, &error), GS_E_DATA);
    assert_non_null(strstr(error.message, "nested too deeply"));

    while (text.len <= GS_DECODE_SCHEMA_BYTES_MAX)
        gs_buf_add_text(&text, "                                                              ");
    view = gs_str_make(text.data, text.len);
    assert_int_equal(gs_decode_add_schema(f->decode, 1, view, &error), GS_E_DATA);
    assert_non_null(strstr(error.message, "more than 1048576"));

    text.len = 0;
    gs_buf_add_text(&text, "{\"type\":\"record\",\"name\":\"CommentEvent\",\"fields\":[");
    for (int i = 0; i < 5000; i++)
        gs_buf_printf(&text, "%s{\"name\":\"f%d\",\"type\":\"int\"}", i ? "," : "", i);
    gs_buf_add_text(&text, "]}");
    view = gs_str_make(text.data, text.len);
    assert_int_equal(gs_decode_add_schema(f->decode, 1, view, &error), GS_E_DATA);
    assert_non_null(strstr(error.message, "more than 4096"));
    gs_buf_deinit(&text);
}

static void framing_has_its_own_codes(void **state)
{
    struct fixture *f = fixture_of(state);
    static char large[GS_RECORD_BYTES_MAX + 1];
    const struct {
        struct gs_str value;
        enum gs_bad_code code;
    } cases[] = {
        {{NULL, 0}, GS_BAD_NULL},
        {gs_str_make("", 0), GS_BAD_SHORT},
        {gs_str_make("\0\0\0\0", 4), GS_BAD_SHORT},
        {gs_str_make("\1\0\0\0\7x", 6), GS_BAD_MAGIC},
        {gs_str_make("{\"a\":1}", 7), GS_BAD_MAGIC},
        {gs_str_make(large, sizeof large), GS_BAD_TOO_LARGE},
    };
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        assert_int_equal(gs_decode_record(f->decode, cases[i].value, &f->event, &f->pool, &f->why),
                         GS_DECODE_BAD);
        assert_int_equal(f->why.code, cases[i].code);
        assert_int_equal(f->why.schema_id, 0);
    }
}

static void ids_are_asked_for_marked_and_forgotten(void **state)
{
    struct fixture *f = fixture_of(state);
    begin_comment(&f->bytes);
    assert_int_equal(decode_bytes(f), GS_DECODE_NEED_SCHEMA);
    assert_int_equal(f->why.schema_id, SCHEMA_ID);
    gs_decode_mark_unknown(f->decode, SCHEMA_ID);
    assert_int_equal(decode_bytes(f), GS_DECODE_BAD);
    assert_int_equal(f->why.code, GS_BAD_SCHEMA_UNKNOWN);
    assert_false(gs_decode_has_plan(f->decode, SCHEMA_ID, NULL));
    gs_decode_forget(f->decode, SCHEMA_ID);
    assert_int_equal(decode_bytes(f), GS_DECODE_NEED_SCHEMA);

    struct gs_str schema = gs_str_of(COMMENT_SCHEMA(""));
    assert_int_equal(gs_decode_add_schema(f->decode, SCHEMA_ID, schema, NULL), GS_OK);
    enum gs_kind kind;
    assert_true(gs_decode_has_plan(f->decode, SCHEMA_ID, &kind));
    assert_int_equal(kind, GS_KIND_COMMENT);
    gs_decode_mark_unknown(f->decode, SCHEMA_ID); /* a plan stays */
    gs_decode_forget(f->decode, SCHEMA_ID);
    assert_int_equal(gs_decode_add_schema(f->decode, SCHEMA_ID, gs_str_of(""), NULL), GS_OK);
    assert_int_equal(decode_bytes(f), GS_DECODE_OK);
}

static void the_table_of_ids_is_bounded(void **state)
{
    struct fixture *f = fixture_of(state);
    struct gs_str schema = gs_str_of(COMMENT_SCHEMA(""));
    assert_int_equal(gs_decode_add_schema(f->decode, SCHEMA_ID, schema, NULL), GS_OK);
    for (uint32_t id = 100; id < 100 + 3 * GS_DECODE_SCHEMAS_MAX; id++)
        gs_decode_mark_unknown(f->decode, id);
    begin_comment(&f->bytes);
    assert_int_equal(decode_bytes(f), GS_DECODE_OK);
    int remembered = 0;
    for (uint32_t id = 100; id < 100 + 3 * GS_DECODE_SCHEMAS_MAX; id++) {
        struct bytes b = {.len = 0};
        put_framing(&b, id);
        remembered += gs_decode_record(f->decode, bytes_view(&b), &f->event, &f->pool, &f->why) ==
                      GS_DECODE_BAD;
    }
    assert_int_equal(remembered, GS_DECODE_SCHEMAS_MAX - 1);
}

static void errors_read_well(void **state)
{
    (void)state;
    char text[128];
    struct gs_decode_error why = {GS_BAD_NEGATIVE, 3, 117, "metrics.likes"};
    gs_decode_error_text(&why, text, sizeof text);
    assert_non_null(strstr(text, " at byte 117, field metrics.likes, schema 3"));
    why = (struct gs_decode_error){.code = GS_BAD_SHORT};
    assert_string_equal(gs_decode_error_text(&why, text, sizeof text),
                        gs_bad_code_name(GS_BAD_SHORT));
    char tiny[8];
    why = (struct gs_decode_error){GS_BAD_NEGATIVE, 3, 117, "metrics.likes"};
    assert_true(strlen(gs_decode_error_text(&why, tiny, sizeof tiny)) < sizeof tiny);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(unusable_schemas_are_explained), TEST(hostile_schemas_are_refused),
        TEST(framing_has_its_own_codes),      TEST(ids_are_asked_for_marked_and_forgotten),
        TEST(the_table_of_ids_is_bounded),    TEST(errors_read_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
