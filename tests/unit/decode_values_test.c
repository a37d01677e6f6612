/* Goal: a value decodes to exactly what its writer meant, or is bad with the right code, place and
 * field. Method: tables of a field, its type and its bytes, after the required fields of a
 * CommentEvent; every prefix of a record. */
#include "decode_fixture.h"

struct good {
    const char *field;
    const char *type;
    const char *bytes;
    int64_t likes; /* of the event afterwards; 0 = not looked at */
    int64_t sentiment_1e4;
};

#define NULL_OR(type) "[\"null\"," type "]"
#define NODE                                                                                       \
    "{\"type\":\"record\",\"name\":\"N\",\"fields\":[{\"name\":\"next\",\"type\":[\"null\","       \
    "\"N\"]}]}"
#define PAIR                                                                                       \
    "{\"type\":\"record\",\"name\":\"P\",\"fields\":[{\"name\":\"a\",\"type\":\"double\"},"        \
    "{\"name\":\"b\",\"type\":{\"type\":\"fixed\",\"name\":\"F\",\"size\":3}}]}"

static const struct good goods[] = {
    {"likes", "\"long\"", "0e", 7, 0},
    {"likes", "\"int\"", "0e", 7, 0},
    {"likes", "[\"null\",\"long\"]", "00", GS_NULL_INT, 0},
    {"likes", "[\"null\",\"long\"]", "02 0e", 7, 0},
    {"likes", "[\"long\",\"null\"]", "00 0e", 7, 0},
    {"likes", "[\"long\",\"null\"]", "02", GS_NULL_INT, 0},
    {"likes", "[\"null\",\"long\"]", "82 00 0e", 7, 0}, /* an overlong branch */
    {"likes", "[\"null\",\"long\"]", "80 00", GS_NULL_INT, 0},
    {"likes", "[\"null\",\"string\",\"long\",\"int\"]", "00", GS_NULL_INT, 0},
    {"likes", "[\"null\",\"string\",\"long\",\"int\"]", "04 0e", 7, 0},
    {"likes", "[\"null\",\"string\",\"long\",\"int\"]", "06 0e", 7, 0},
    {"likes", "[\"long\"]", "00 0e", 7, 0},
    {"likes", "[\"string\",\"int\"]", "02 0e", 7, 0},
    {"likes", "[\"null\"]", "00", GS_NULL_INT, 0},
    {"likes", "\"null\"", "", GS_NULL_INT, 0},
    {"likes", "\"long\"", "d8 04", 300, 0},
    {"likes", "\"long\"", "8e 80 80 80 80 80 80 00", 7, 0}, /* 8 bytes at the very end */
    {"likes", "\"long\"", "8e 80 80 80 80 80 80 80 80 00", 7, 0},
    {"likes", "\"long\"", "80 80 b4 cc d4 df c6 03", INT64_C(1000000000000000), 0},
    {"sentiment", "\"double\"", "00 00 00 00 00 00 e0 3f", 0, 5000},
    {"sentiment", "\"float\"", "00 00 00 bf", 0, -5000},
    {"sentiment", "\"long\"", "01", 0, -10000},
    {"sentiment", "[\"null\",\"float\"]", "02 00 00 80 3f", 0, 10000},
    {"sentiment", "[\"int\",\"null\",\"double\"]", "04 00 00 00 00 00 00 e0 bf", 0, -5000},
    {"text", "\"bytes\"", "04 ff fe", 0, 0}, /* invalid UTF-8 is the text's business */
    {"text", "\"string\"", "00", 0, 0},
    {"brand_ids", "{\"type\":\"array\",\"items\":\"string\"}", "00", 0, 0},
    {"brand_ids", "{\"type\":\"array\",\"items\":\"string\"}", "02 02 61 02 02 62 00", 0, 0},
    {"brand_ids", "{\"type\":\"array\",\"items\":\"string\"}", "03 08 02 61 02 62 00", 0, 0},
    {"brand_ids", NULL_OR("{\"type\":\"array\",\"items\":[\"null\",\"string\"]}"),
     "02 04 02 02 61 02 02 62 00", 0, 0},
    {"actor",
     NULL_OR("{\"type\":\"record\",\"name\":\"A\",\"fields\":[{\"name\":\"followers\","
             "\"type\":\"long\"},{\"name\":\"bot\",\"type\":\"boolean\"}]}"),
     "02 08 01", 0, 0},
    {"actor",
     NULL_OR("{\"type\":\"record\",\"name\":\"A\",\"fields\":[{\"name\":\"followers\","
             "\"type\":\"long\"}]}"),
     "00", 0, 0},
    /* fields that we do not know */
    {"new", "\"null\"", "", 0, 0},
    {"new", "\"boolean\"", "01", 0, 0},
    {"new", "\"int\"", "d8 04", 0, 0},
    {"new", "\"float\"", "00 00 00 00", 0, 0},
    {"new", "\"bytes\"", "04 00 00", 0, 0},
    {"new", "\"Action\"", "02", 0, 0},
    {"new", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":3}", "01 02 03", 0, 0},
    {"new", "{\"type\":\"map\",\"values\":\"long\"}", "02 02 61 0e 00", 0, 0},
    {"new", "{\"type\":\"map\",\"values\":\"long\"}", "01 06 02 61 0e 00", 0, 0},
    {"new", "{\"type\":\"array\",\"items\":\"null\"}", "fe ff ff ff 0f 00", 0, 0},
    {"new", "{\"type\":\"array\",\"items\":\"float\"}", "04 01 02 03 04 05 06 07 08 00", 0, 0},
    {"new", "{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":\"string\"}}",
     "02 02 02 61 00 00", 0, 0},
    {"new", "[\"null\",\"Action\",\"string\"]", "04 02 61", 0, 0},
    {"new", PAIR, "01 02 03 04 05 06 07 08 01 02 03", 0, 0},
    {"new", NODE, "02 02 02 00", 0, 0},
    {"new", "{\"type\":\"array\",\"items\":" PAIR "}", "02 01 02 03 04 05 06 07 08 01 02 03 00", 0,
     0},
};

static void good_values_are_read(void **state)
{
    struct fixture *f = fixture_of(state);
    for (size_t i = 0; i < GS_COUNT_OF(goods); i++) {
        char schema[4096];
        snprintf(schema, sizeof schema, COMMENT_SCHEMA(FIELD("%s", "%s") FIELD("parent_id", "%s")),
                 goods[i].field, goods[i].type, "\"string\"");
        use_schema(f, schema);
        begin_comment(&f->bytes);
        put_hex(&f->bytes, goods[i].bytes);
        put_string(&f->bytes, "parent"); /* what follows must still be in step */
        if (decode_bytes(f) != GS_DECODE_OK) {
            char text[256];
            fail_msg("case %zu (%s, %s): %s", i, goods[i].field, goods[i].type,
                     gs_decode_error_text(&f->why, text, sizeof text));
        }
        check_required(f);
        if (goods[i].likes)
            assert_int_equal(f->event.comment.likes, goods[i].likes);
        if (goods[i].sentiment_1e4)
            assert_int_equal(f->event.comment.sentiment * 1e4, goods[i].sentiment_1e4);
    }
}

/* ------------------------------------------------------------------ values that are bad */

struct bad {
    const char *field;
    const char *type;
    const char *bytes;
    enum gs_bad_code code;
    const char *where;
};

#define DEEP "{\"type\":\"record\",\"name\":\"D\",\"fields\":[{\"name\":\"next\",\"type\":\"D\"}]}"
#define IDS "{\"type\":\"array\",\"items\":\"string\"}"

static const struct bad bads[] = {
    {"likes", "\"long\"", "", GS_BAD_TRUNCATED, "likes"},
    {"likes", "\"long\"", "80", GS_BAD_TRUNCATED, "likes"},
    {"likes", "\"long\"", "01", GS_BAD_NEGATIVE, "likes"},
    {"likes", "\"long\"", "ff ff ff ff ff ff ff ff ff 01", GS_BAD_NEGATIVE, "likes"},
    {"likes", "\"long\"", "82 80 b4 cc d4 df c6 03", GS_BAD_RANGE, "likes"},
    {"likes", "\"long\"", "ff ff ff ff ff ff ff ff ff 02", GS_BAD_VARINT, "likes"},
    {"likes", "\"long\"", "80 80 80 80 80 80 80 80 80 80 00", GS_BAD_VARINT, "likes"},
    {"likes", "[\"null\",\"long\"]", "", GS_BAD_TRUNCATED, "likes"},
    {"likes", "[\"null\",\"long\"]", "04", GS_BAD_UNION, "likes"},
    {"likes", "[\"null\",\"long\"]", "01", GS_BAD_UNION, "likes"},
    {"likes", "[\"null\",\"string\",\"long\"]", "02 02 61", GS_BAD_UNION, "likes"},
    {"likes", "[\"null\",\"string\",\"long\"]", "06", GS_BAD_UNION, "likes"},
    {"likes", "[\"null\",\"string\",\"long\"]", "04 01", GS_BAD_NEGATIVE, "likes"},
    {"likes", "\"long\"", "00 00", GS_BAD_TRAILING, NULL},
    {"campaign_id", "\"string\"", "00", GS_BAD_ID, "campaign_id"},
    {"campaign_id", "\"string\"", "01", GS_BAD_LENGTH, "campaign_id"},
    {"campaign_id", "\"string\"", "04 61", GS_BAD_TRUNCATED, "campaign_id"},
    {"text", "\"string\"", "fe ff ff ff ff ff ff ff ff 01", GS_BAD_TRUNCATED, "text"},
    {"text", "\"string\"", "ff ff ff ff ff ff ff ff ff 01", GS_BAD_LENGTH, "text"},
    {"sentiment", "\"double\"", "00 00 00 00 00 00 f8 7f", GS_BAD_RANGE, "sentiment"},
    {"sentiment", "\"double\"", "01 00 00 00 00 00 f0 3f", GS_BAD_RANGE, "sentiment"},
    {"sentiment", "\"double\"", "00 00 00 00 00 00 f0", GS_BAD_TRUNCATED, "sentiment"},
    {"sentiment", "\"float\"", "00 00 c0 ff", GS_BAD_RANGE, "sentiment"},
    {"sentiment", "\"long\"", "04", GS_BAD_RANGE, "sentiment"},
    {"brand_ids", IDS, "02 00 00", GS_BAD_ID, "brand_ids"},
    {"brand_ids", IDS, "12 02 61 02 61 02 61 02 61 02 61 02 61 02 61 02 61 02 61 00", GS_BAD_RANGE,
     "brand_ids"},
    {"brand_ids", IDS, "fe ff ff ff ff ff ff ff ff 01", GS_BAD_LENGTH, "brand_ids"},
    {"brand_ids", IDS, "01 ff 01 02 61 00", GS_BAD_LENGTH, "brand_ids"},
    {"brand_ids", IDS, "01 7e 02 61 00", GS_BAD_TRUNCATED, "brand_ids"},
    {"brand_ids", "{\"type\":\"array\",\"items\":[\"null\",\"string\"]}", "02 00 00", GS_BAD_NULL,
     "brand_ids"},
    {"actor",
     "{\"type\":\"record\",\"name\":\"A\",\"fields\":[{\"name\":\"followers\",\"type\":"
     "\"long\"}]}",
     "01", GS_BAD_NEGATIVE, "actor.followers"},
    {"new", "\"double\"", "00", GS_BAD_TRUNCATED, "new"},
    {"new", "\"string\"", "04 61", GS_BAD_TRUNCATED, "new"},
    {"new", "[\"null\",\"string\"]", "04", GS_BAD_UNION, "new"},
    {"new", DEEP, "", GS_BAD_DEPTH, "new"},
    {"new", NODE, "02 02 02 02 02 02 02 02 02 02 02 02 02 02 02 02 02 02", GS_BAD_DEPTH, "new"},
    {"new", "{\"type\":\"array\",\"items\":\"double\"}", "7e 00", GS_BAD_LENGTH, "new"},
    {"new", "{\"type\":\"array\",\"items\":\"string\"}", "fe ff ff ff 0f", GS_BAD_LENGTH, "new"},
    {"new", "{\"type\":\"map\",\"values\":\"null\"}", "fe ff ff ff 0f 00", GS_BAD_LENGTH, "new"},
    {"new", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":9999999999}", "00", GS_BAD_TRUNCATED,
     "new"},
};

static void bad_values_say_what_and_where(void **state)
{
    struct fixture *f = fixture_of(state);
    for (size_t i = 0; i < GS_COUNT_OF(bads); i++) {
        char schema[4096];
        snprintf(schema, sizeof schema, COMMENT_SCHEMA(FIELD("%s", "%s")), bads[i].field,
                 bads[i].type);
        use_schema(f, schema);
        begin_comment(&f->bytes);
        size_t before = f->bytes.len;
        put_hex(&f->bytes, bads[i].bytes);
        enum gs_decode_result result = decode_bytes(f);
        if (result != GS_DECODE_BAD || f->why.code != bads[i].code)
            fail_msg("case %zu (%s, %s, %s): result %d, %s", i, bads[i].field, bads[i].type,
                     bads[i].bytes, result, gs_bad_code_name(f->why.code));
        assert_int_equal(f->why.schema_id, SCHEMA_ID);
        assert_in_range(f->why.offset, before, f->bytes.len);
        if (bads[i].where)
            assert_string_equal(f->why.field, bads[i].where);
        else
            assert_null(f->why.field);
    }
}

static void every_prefix_is_truncated(void **state)
{
    struct fixture *f = fixture_of(state);
    use_schema(f, COMMENT_SCHEMA(FIELD("likes", "\"long\"") FIELD("new", PAIR)
                                     FIELD("brand_ids", "[\"null\"," IDS "]")));
    begin_comment(&f->bytes);
    put_hex(&f->bytes, "d8 04 01 02 03 04 05 06 07 08 01 02 03 02 02 02 61 00");
    size_t whole = f->bytes.len;
    assert_int_equal(decode_bytes(f), GS_DECODE_OK);
    for (f->bytes.len = 0; f->bytes.len < whole; f->bytes.len++) {
        assert_int_equal(decode_bytes(f), GS_DECODE_BAD);
        if (f->bytes.len < 5)
            assert_int_equal(f->why.code, GS_BAD_SHORT);
        else if (f->why.code != GS_BAD_LENGTH) /* a block of 1 item in 0 bytes */
            assert_int_equal(f->why.code, GS_BAD_TRUNCATED);
    }
}

static void ids_have_1_to_200_bytes(void **state)
{
    struct fixture *f = fixture_of(state);
    char id[GS_ID_BYTES_MAX + 2];
    use_schema(f, COMMENT_SCHEMA(FIELD("campaign_id", "[\"null\",\"string\"]")));
    for (size_t len = 0; len <= GS_ID_BYTES_MAX + 1; len++) {
        memset(id, 'i', len);
        id[len] = '\0';
        begin_comment(&f->bytes);
        put_long(&f->bytes, 1);
        put_string(&f->bytes, id);
        bool right = len >= 1 && len <= GS_ID_BYTES_MAX;
        assert_int_equal(decode_bytes(f), right ? GS_DECODE_OK : GS_DECODE_BAD);
        if (right)
            assert_int_equal(f->event.campaign_id.len, len);
        else
            assert_int_equal(f->why.code, GS_BAD_ID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(good_values_are_read),
        TEST(bad_values_say_what_and_where),
        TEST(every_prefix_is_truncated),
        TEST(ids_have_1_to_200_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
