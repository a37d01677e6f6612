/* Goal: a record of an older, newer or merely different writer reads as our schemas would have it.
 * Method: writer schemas made by hand that lack fields, rename them, put them in another order,
 * have times in another unit or symbols of their own. */
#include "decode_fixture.h"

#include <math.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(absent_fields_are_null),
        TEST(times_are_milliseconds_in_range),
        TEST(unknown_symbols_are_counted),
        TEST(a_renamed_field_is_found_by_its_alias),
        TEST(required_null_is_bad),
        TEST(a_profile_fills_the_pool),
        TEST(a_failed_profile_leaves_the_pool),
        TEST(reactions_and_posts_have_their_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
