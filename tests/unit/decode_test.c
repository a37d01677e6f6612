/* Goal: a record decodes to exactly what its writer meant, or is bad with the right code, place and
 * field; a schema that cannot be used is refused with a message that says why.
 * Method: writer schemas and bytes are made by hand: the required fields of a CommentEvent, then
 * what a case adds to both. */
#include "groundswell/decode.h"

#include "avro_bytes.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ACTIONS                                                                                    \
    "{\"type\":\"enum\",\"name\":\"Action\",\"symbols\":[\"CREATED\",\"EDITED\",\"METRICS\","      \
    "\"DELETED\",\"PINNED\"]}"
#define REQUIRED_FIELDS                                                                            \
    "{\"name\":\"event_id\",\"type\":\"string\"},"                                                 \
    "{\"name\":\"event_time\",\"type\":{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}}," \
    "{\"name\":\"platform\",\"type\":\"string\"},"                                                 \
    "{\"name\":\"comment_id\",\"type\":\"string\"},"                                               \
    "{\"name\":\"post_id\",\"type\":\"string\"},"                                                  \
    "{\"name\":\"influencer_id\",\"type\":\"string\"},"                                            \
    "{\"name\":\"actor_id\",\"type\":\"string\"},"                                                 \
    "{\"name\":\"action\",\"type\":" ACTIONS "}"
#define COMMENT_SCHEMA(more)                                                                       \
    "{\"type\":\"record\",\"name\":\"CommentEvent\",\"namespace\":\"io.groundswell.v1\","          \
    "\"fields\":[" REQUIRED_FIELDS more "]}"
#define FIELD(name, type) ",{\"name\":\"" name "\",\"type\":" type "}"

enum { SCHEMA_ID = 7 };
static const int64_t event_ms = INT64_C(1700000000123);

struct fixture {
    struct gs_decode *decode;
    struct gs_campaign_pool pool;
    struct gs_event event;
    struct gs_decode_error why;
    struct bytes bytes;
};

static struct fixture *fixture_of(void **state)
{
    return *state;
}

static int setup(void **state)
{
    struct fixture *f = gs_calloc(1, sizeof *f);
    f->decode = gs_decode_create();
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    gs_decode_destroy(f->decode);
    gs_free(f->pool.items);
    gs_free(f);
    return 0;
}

/* A decoder that knows one schema under SCHEMA_ID. */
static void use_schema(struct fixture *f, const char *schema)
{
    struct gs_error error = {0};
    gs_decode_destroy(f->decode);
    f->decode = gs_decode_create();
    if (gs_decode_add_schema(f->decode, SCHEMA_ID, gs_str_of(schema), &error) != GS_OK)
        fail_msg("%s", error.message);
}

static enum gs_decode_result decode_bytes(struct fixture *f)
{
    /* An exact copy, so that a sanitizer sees any read beyond the end. */
    char *exact = gs_alloc(f->bytes.len);
    memcpy(exact, f->bytes.data, f->bytes.len);
    f->event.offset = 41;
    f->event.record_ms = 42;
    enum gs_decode_result result =
        gs_decode_record(f->decode, gs_str_make(exact, f->bytes.len), &f->event, &f->pool, &f->why);
    assert_int_equal(f->event.offset, 41);
    assert_int_equal(f->event.record_ms, 42);
    gs_free(exact);
    return result;
}

static void begin_comment(struct bytes *b)
{
    b->len = 0;
    put_framing(b, SCHEMA_ID);
    put_string(b, "e1");
    put_long(b, event_ms);
    put_string(b, "x");
    put_string(b, "c1");
    put_string(b, "p1");
    put_string(b, "i1");
    put_string(b, "a1");
    put_long(b, 0);
}

static void check_required(const struct fixture *f)
{
    const struct gs_event *event = &f->event;
    assert_int_equal(event->kind, GS_KIND_COMMENT);
    assert_int_equal(event->event_ms, event_ms);
    assert_int_equal(event->event_id.len, 2);
    assert_int_equal(event->platform.len, 1);
    assert_int_equal(event->post_id.len, 2);
    assert_int_equal(event->influencer_id.len, 2);
    assert_int_equal(event->comment.comment_id.len, 2);
    assert_int_equal(event->comment.actor_id.len, 2);
    assert_int_equal(event->action, GS_ACTION_CREATED);
}

static void absent_fields_are_null(void **state)
{
    struct fixture *f = fixture_of(state);
    use_schema(f, COMMENT_SCHEMA(""));
    begin_comment(&f->bytes);
    memset(&f->event, 0x5a, sizeof f->event);
    assert_int_equal(decode_bytes(f), GS_DECODE_OK);
    check_required(f);
    assert_null(f->event.comment.text.data);
    assert_null(f->event.campaign_id.data);
    assert_int_equal(f->event.comment.likes, GS_NULL_INT);
    assert_true(isnan(f->event.comment.sentiment));
    assert_int_equal(f->event.unknown_symbols, 0);
    assert_false(f->event.tombstone);
}

/* ------------------------------------------------------------------ values that are read */

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

/* ------------------------------------------------------------------ times, symbols, names */

static void times_are_milliseconds_in_range(void **state)
{
    static const struct {
        const char *type;
        int64_t written;
        int64_t read; /* -1 = GS_BAD_RANGE */
    } cases[] = {
        {"{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}", 5, 5},
        {"\"long\"", GS_TIME_MS_MAX, GS_TIME_MS_MAX},
        {"\"long\"", GS_TIME_MS_MAX + 1, -1},
        {"\"long\"", -1, -1},
        {"\"long\"", INT64_MIN, -1},
        {"\"int\"", 77, 77},
        {"{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}", 1999, 1},
        {"{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}", 0, 0},
        {"{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}", -1, -1},
        {"{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}", GS_TIME_MS_MAX * 1000 + 999,
         GS_TIME_MS_MAX},
        {"{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}", GS_TIME_MS_MAX * 1000 + 1000,
         -1},
        {"{\"type\":\"long\",\"logicalType\":\"something-else\"}", 5, 5},
    };
    struct fixture *f = fixture_of(state);
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        char schema[2048];
        snprintf(schema, sizeof schema,
                 "{\"type\":\"record\",\"name\":\"InfluencerProfile\",\"fields\":["
                 "{\"name\":\"influencer_id\",\"type\":\"string\"},"
                 "{\"name\":\"updated_at\",\"type\":%s}]}",
                 cases[i].type);
        use_schema(f, schema);
        f->bytes.len = 0;
        put_framing(&f->bytes, SCHEMA_ID);
        put_string(&f->bytes, "i1");
        put_long(&f->bytes, cases[i].written);
        enum gs_decode_result result = decode_bytes(f);
        if (cases[i].read >= 0) {
            assert_int_equal(result, GS_DECODE_OK);
            assert_int_equal(f->event.event_ms, cases[i].read);
        } else {
            assert_int_equal(result, GS_DECODE_BAD);
            assert_int_equal(f->why.code, GS_BAD_RANGE);
            assert_string_equal(f->why.field, "updated_at");
        }
    }
}

static void unknown_symbols_are_counted(void **state)
{
    struct fixture *f = fixture_of(state);
    use_schema(f, COMMENT_SCHEMA(""));
    static const uint8_t expected[] = {GS_ACTION_CREATED, GS_ACTION_EDITED, GS_ACTION_METRICS,
                                       GS_ACTION_DELETED, GS_ACTION_UNKNOWN};
    for (unsigned i = 0; i < 6; i++) {
        begin_comment(&f->bytes);
        f->bytes.data[f->bytes.len - 1] = (uint8_t)(2 * i);
        enum gs_decode_result result = decode_bytes(f);
        if (i == 5) {
            assert_int_equal(result, GS_DECODE_BAD);
            assert_int_equal(f->why.code, GS_BAD_UNION);
            assert_string_equal(f->why.field, "action");
            continue;
        }
        assert_int_equal(result, GS_DECODE_OK);
        assert_int_equal(f->event.action, expected[i]);
        assert_int_equal(f->event.unknown_symbols, i == 4);
    }
}

static void a_renamed_field_is_found_by_its_alias(void **state)
{
    struct fixture *f = fixture_of(state);
    use_schema(
        f, COMMENT_SCHEMA(",{\"name\":\"like_count\",\"aliases\":[\"hearts\",\"likes\"],\"type\":"
                          "\"long\"}"));
    begin_comment(&f->bytes);
    put_long(&f->bytes, 9);
    assert_int_equal(decode_bytes(f), GS_DECODE_OK);
    assert_int_equal(f->event.comment.likes, 9);

    /* A field of the name itself wins, in whatever order they stand. */
    use_schema(f, COMMENT_SCHEMA(
                      ",{\"name\":\"like_count\",\"aliases\":[\"likes\"],\"type\":\"long\"}" FIELD(
                          "likes", "\"long\"")));
    begin_comment(&f->bytes);
    put_long(&f->bytes, 9);
    put_long(&f->bytes, 10);
    assert_int_equal(decode_bytes(f), GS_DECODE_OK);
    assert_int_equal(f->event.comment.likes, 10);
}

static void required_null_is_bad(void **state)
{
    struct fixture *f = fixture_of(state);
    const char *schema = "{\"type\":\"record\",\"name\":\"InfluencerProfile\",\"fields\":["
                         "{\"name\":\"updated_at\",\"type\":[\"long\",\"null\"]},"
                         "{\"name\":\"influencer_id\",\"type\":[\"null\",\"string\",\"int\"]}]}";
    use_schema(f, schema);
    f->bytes.len = 0;
    put_framing(&f->bytes, SCHEMA_ID);
    put_hex(&f->bytes, "00 02 02 02 69");
    assert_int_equal(decode_bytes(f), GS_DECODE_OK);
    f->bytes.len = 5;
    put_hex(&f->bytes, "02 02 02 69");
    assert_int_equal(decode_bytes(f), GS_DECODE_BAD);
    assert_int_equal(f->why.code, GS_BAD_NULL);
    assert_string_equal(f->why.field, "updated_at");
    f->bytes.len = 5;
    put_hex(&f->bytes, "00 02 00");
    assert_int_equal(decode_bytes(f), GS_DECODE_BAD);
    assert_int_equal(f->why.code, GS_BAD_NULL);
    assert_string_equal(f->why.field, "influencer_id");
}

/* ------------------------------------------------------------------ the other kinds */

static void a_profile_fills_the_pool(void **state)
{
    struct fixture *f = fixture_of(state);
    use_schema(f, "{\"type\":\"record\",\"name\":\"InfluencerProfile\",\"fields\":["
                  "{\"name\":\"campaigns\",\"type\":[\"null\",{\"type\":\"array\",\"items\":"
                  "{\"type\":\"record\",\"name\":\"Campaign\",\"fields\":["
                  "{\"name\":\"to\",\"type\":[\"null\",\"long\"]},"
                  "{\"name\":\"note\",\"type\":\"string\"},"
                  "{\"name\":\"campaign_id\",\"type\":\"string\"},"
                  "{\"name\":\"goal\",\"type\":[\"null\",{\"type\":\"enum\",\"name\":\"Goal\","
                  "\"symbols\":[\"VIRALITY\",\"SALES\"]}]}]}}]},"
                  "{\"name\":\"influencer_id\",\"type\":\"string\"},"
                  "{\"name\":\"updated_at\",\"type\":\"long\"}]}");
    struct bytes *b = &f->bytes;
    for (int count = 0; count <= GS_CAMPAIGNS_MAX + 1; count += count < 3 ? 1 : 127) {
        uint32_t first = f->pool.count;
        b->len = 0;
        put_framing(b, SCHEMA_ID);
        put_long(b, 1);
        for (int i = 0; i < count; i++) {
            put_long(b, 1); /* blocks of one */
            put_hex(b, i % 2 ? "00" : "02 0a");
            put_string(b, "note");
            put_string(b, i % 2 ? "odd" : "even");
            put_hex(b, i % 3 ? "00" : i % 2 ? "02 00" : "02 02");
        }
        put_long(b, 0);
        put_string(b, "i1");
        put_long(b, event_ms);
        if (count > GS_CAMPAIGNS_MAX) {
            assert_int_equal(decode_bytes(f), GS_DECODE_BAD);
            assert_int_equal(f->why.code, GS_BAD_RANGE);
            assert_int_equal(f->pool.count, first);
            continue;
        }
        assert_int_equal(decode_bytes(f), GS_DECODE_OK);
        assert_int_equal(f->event.kind, GS_KIND_PROFILE);
        assert_int_equal(f->event.profile.campaign_first, first);
        assert_int_equal(f->event.profile.campaign_count, count);
        assert_int_equal(f->event.profile.followers, GS_NULL_INT);
        int unknown = 0;
        for (int i = 0; i < count; i++) {
            const struct gs_campaign *campaign = &f->pool.items[first + (uint32_t)i];
            assert_int_equal(campaign->campaign_id.len, i % 2 ? 3 : 4);
            assert_null(campaign->brand_id.data);
            assert_int_equal(campaign->to_ms, i % 2 ? GS_NULL_INT : 5);
            assert_int_equal(campaign->from_ms, GS_NULL_INT);
            assert_int_equal(campaign->cost_micros, GS_NULL_INT);
            assert_int_equal(campaign->goal, i % 3 || i % 2 ? GS_GOAL_UNKNOWN : GS_GOAL_SALES);
            unknown += i % 3 == 0 && i % 2 == 1;
        }
        assert_int_equal(f->event.unknown_symbols, unknown);
    }
}

static void a_failed_profile_leaves_the_pool(void **state)
{
    struct fixture *f = fixture_of(state);
    use_schema(f, "{\"type\":\"record\",\"name\":\"InfluencerProfile\",\"fields\":["
                  "{\"name\":\"campaigns\",\"type\":{\"type\":\"array\",\"items\":"
                  "{\"type\":\"record\",\"name\":\"Campaign\",\"fields\":["
                  "{\"name\":\"campaign_id\",\"type\":\"string\"}]}}},"
                  "{\"name\":\"influencer_id\",\"type\":\"string\"},"
                  "{\"name\":\"updated_at\",\"type\":\"long\"}]}");
    f->bytes.len = 0;
    put_framing(&f->bytes, SCHEMA_ID);
    put_hex(&f->bytes, "04 02 61 00");
    assert_int_equal(decode_bytes(f), GS_DECODE_BAD);
    assert_int_equal(f->why.code, GS_BAD_ID);
    assert_string_equal(f->why.field, "campaigns.campaign_id");
    assert_int_equal(f->pool.count, 0);
}

static void reactions_and_posts_have_their_defaults(void **state)
{
    struct fixture *f = fixture_of(state);
    use_schema(f, "{\"type\":\"record\",\"name\":\"ReactionEvent\",\"fields\":["
                  "{\"name\":\"op\",\"type\":{\"type\":\"enum\",\"name\":\"O\",\"symbols\":"
                  "[\"REMOVE\",\"ADD\"]}},"
                  "{\"name\":\"kind\",\"type\":{\"type\":\"enum\",\"name\":\"K\",\"symbols\":"
                  "[\"CLAP\",\"QUOTE\",\"LIKE\"]}},"
                  "{\"name\":\"count\",\"type\":[\"null\",\"int\"]},"
                  "{\"name\":\"event_id\",\"type\":\"string\"},"
                  "{\"name\":\"event_time\",\"type\":\"long\"},"
                  "{\"name\":\"platform\",\"type\":\"string\"},"
                  "{\"name\":\"post_id\",\"type\":\"string\"},"
                  "{\"name\":\"influencer_id\",\"type\":\"string\"}]}");
    f->bytes.len = 0;
    put_framing(&f->bytes, SCHEMA_ID);
    put_hex(&f->bytes, "02 02 00 02 65 0a 02 78 02 70 02 69");
    assert_int_equal(decode_bytes(f), GS_DECODE_OK);
    assert_int_equal(f->event.kind, GS_KIND_REACTION);
    assert_int_equal(f->event.reaction.op, GS_OP_ADD);
    assert_int_equal(f->event.reaction.reaction, GS_REACTION_QUOTE);
    assert_int_equal(f->event.reaction.count, 1);
    assert_int_equal(f->event.reaction.value_micros, GS_NULL_INT);
    assert_null(f->event.reaction.comment_id.data);

    use_schema(f, "{\"type\":\"record\",\"name\":\"PostEvent\",\"fields\":["
                  "{\"name\":\"action\",\"type\":{\"type\":\"enum\",\"name\":\"A\",\"symbols\":"
                  "[\"PUBLISHED\",\"CREATED\"]}},"
                  "{\"name\":\"event_id\",\"type\":\"string\"},"
                  "{\"name\":\"event_time\",\"type\":\"long\"},"
                  "{\"name\":\"platform\",\"type\":\"string\"},"
                  "{\"name\":\"metrics\",\"type\":[\"null\",{\"type\":\"record\",\"name\":\"M\","
                  "\"fields\":[{\"name\":\"clicks\",\"type\":\"int\"},{\"name\":\"likes\",\"type\":"
                  "[\"null\",\"long\"]}]}]},"
                  "{\"name\":\"post_id\",\"type\":\"string\"},"
                  "{\"name\":\"influencer_id\",\"type\":\"string\"}]}");
    f->bytes.len = 0;
    put_framing(&f->bytes, SCHEMA_ID);
    put_hex(&f->bytes, "02 02 65 0a 02 78 02 06 02 08 02 70 02 69");
    assert_int_equal(decode_bytes(f), GS_DECODE_OK);
    assert_int_equal(f->event.kind, GS_KIND_POST);
    assert_int_equal(f->event.action, GS_ACTION_UNKNOWN); /* CREATED is for comments */
    assert_int_equal(f->event.post.metrics[GS_SNAPSHOT_CLICKS], 3);
    assert_int_equal(f->event.post.metrics[GS_SNAPSHOT_LIKES], 4);
    assert_int_equal(f->event.post.metrics[GS_SNAPSHOT_VIEWS], GS_NULL_INT);
    assert_int_equal(f->event.post.temporality, GS_TEMPORALITY_CUMULATIVE);
    f->bytes.len = 5;
    put_hex(&f->bytes, "00 02 65 0a 02 78 00 02 70 02 69");
    assert_int_equal(decode_bytes(f), GS_DECODE_OK);
    assert_int_equal(f->event.post.metrics[GS_SNAPSHOT_CLICKS], GS_NULL_INT);
    assert_int_equal(f->event.post.followers, GS_NULL_INT);
}

/* ------------------------------------------------------------------ schemas and framing */

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(absent_fields_are_null),
        TEST(good_values_are_read),
        TEST(bad_values_say_what_and_where),
        TEST(every_prefix_is_truncated),
        TEST(ids_have_1_to_200_bytes),
        TEST(times_are_milliseconds_in_range),
        TEST(unknown_symbols_are_counted),
        TEST(a_renamed_field_is_found_by_its_alias),
        TEST(required_null_is_bad),
        TEST(a_profile_fills_the_pool),
        TEST(a_failed_profile_leaves_the_pool),
        TEST(reactions_and_posts_have_their_defaults),
        TEST(unusable_schemas_are_explained),
        TEST(hostile_schemas_are_refused),
        TEST(framing_has_its_own_codes),
        TEST(ids_are_asked_for_marked_and_forgotten),
        TEST(the_table_of_ids_is_bounded),
        TEST(errors_read_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
