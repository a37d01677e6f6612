/* Goal: a cell reads as the contract says.
 * Method: cells with known totals against their JSON, keys against their escapes. */
#include "groundswell/cell.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdlib.h>

static const struct gs_view_config influencer = {"influencer", {GS_KEY_INFLUENCER}, 1, 15};
static const struct gs_view_config campaign = {
    "campaign_influencer", {GS_KEY_CAMPAIGN, GS_KEY_INFLUENCER}, 2, 15};

static void assert_buf(struct gs_buf *buf, const char *expected)
{
    gs_buf_add(buf, "", 1);
    assert_string_equal(buf->data, expected);
    gs_buf_deinit(buf);
}

static struct gs_cell cell_of(const struct gs_view_config *view, const int64_t *total,
                              const int64_t *at)
{
    return (struct gs_cell){.view = view,
                            .at = at,
                            .at_count = 2,
                            .task = 3,
                            .from_ms = 1000,
                            .to_ms = 2000,
                            .as_of_ms = 1999,
                            .updated_ms = 2500,
                            .total = total,
                            .key = gs_str_of("4711"),
                            .influencer_id = gs_str_of("4711"),
                            .followers = GS_NULL_INT};
}

static void test_empty_cell(void **state)
{
    (void)state;
    int64_t total[GS_COUNTER_COUNT] = {0};
    int64_t at[] = {8, 9};
    struct gs_cell cell = cell_of(&influencer, total, at);
    struct gs_buf json = {0};
    gs_cell_encode(&json, &cell);
    assert_buf(&json, "{\"_v\":1,\"_from_ms\":1000,\"_to_ms\":2000,\"_as_of_ms\":1999,"
                      "\"_updated_ms\":2500,\"_at\":[8,9],\"_task\":3}");
}

static void test_full_cell(void **state)
{
    (void)state;
    int64_t total[GS_COUNTER_COUNT] = {[GS_C_COMMENTS] = 212,
                                       [GS_C_CLEAN] = 181,
                                       [GS_C_POS] = 120,
                                       [GS_C_NEG] = 22,
                                       [GS_C_NEU] = 31,
                                       [GS_C_UNK] = 8,
                                       [GS_C_LIKES] = 5210,
                                       [GS_C_SHARES] = 89,
                                       [GS_C_SENT_SUM] = 1730,
                                       [GS_C_SENT_SQ] = 1000000,
                                       [GS_C_LATE_0] = 7,
                                       [GS_C_LATE_1] = 5,
                                       [GS_C_CLAMPED] = 2,
                                       [GS_C_DROP + GS_REASON_PROMO] = 19,
                                       [GS_C_DROP + GS_REASON_COPYPASTA] = 12};
    int64_t at[] = {8, 9};
    struct gs_cell cell = cell_of(&influencer, total, at);
    struct gs_buf json = {0};
    cell.level = 1;
    cell.handle = gs_str_of("@a\"na");
    cell.followers = 48210;
    cell.tier = "micro";
    gs_cell_encode(&json, &cell);
    assert_buf(
        &json,
        "{\"_v\":1,\"_from_ms\":1000,\"_to_ms\":2000,\"_as_of_ms\":1999,\"_updated_ms\":2500,"
        "\"_at\":[8,9],\"_task\":3,\"handle\":\"@a\\\"na\",\"tier\":\"micro\",\"followers\":48210,"
        "\"comments\":212,\"clean\":181,\"pos\":120,\"neg\":22,\"neu\":31,\"unk\":8,\"likes\":5210,"
        "\"shares\":89,\"drop\":{\"promo\":19,\"copypasta\":12},\"_late\":5,\"_clamped\":2,"
        "\"engagement\":5511,\"er_followers\":0.114312,\"er_clean\":0.113669,\"nss\":0.566474,"
        "\"polarity\":0.690141,\"bhi\":0.84507,\"bhi_lo\":0.776557,\"bhi_hi\":0.895405,"
        "\"noise_ratio\":0.146226,\"mean_sentiment\":0.001,\"sd_sentiment\":0.00753681}");
}

static void test_campaign_cell_links(void **state)
{
    (void)state;
    int64_t total[GS_COUNTER_COUNT] = {0};
    int64_t at[] = {8, 9};
    struct gs_cell cell = cell_of(&campaign, total, at);
    struct gs_buf json = {0};
    cell.key = gs_str_of("ss%2F27/4711");
    gs_cell_encode(&json, &cell);
    assert_buf(&json, "{\"_v\":1,\"_from_ms\":1000,\"_to_ms\":2000,\"_as_of_ms\":1999,"
                      "\"_updated_ms\":2500,\"_at\":[8,9],\"_task\":3,\"campaign_id\":\"ss/27\","
                      "\"influencer_id\":\"4711\"}");
}

static void test_ratios_are_absent_without_a_denominator(void **state)
{
    (void)state;
    int64_t total[GS_COUNTER_COUNT] = {
        [GS_C_LIKES] = -5, [GS_C_COMMENTS] = 1, [GS_C_CLEAN] = 1, [GS_C_UNK] = 1};
    double value[GS_METRIC_COUNT];
    gs_cell_metrics(total, 100, value);
    assert_true(value[GS_M_ENGAGEMENT] == -4);
    assert_true(value[GS_M_ER_FOLLOWERS] !=
                value[GS_M_ER_FOLLOWERS]); /* a window may be negative */
    assert_true(value[GS_M_NSS] != value[GS_M_NSS]);
    assert_true(value[GS_M_BHI] != value[GS_M_BHI]);
    assert_true(value[GS_M_NOISE_RATIO] == 0);
}

static void test_ids(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        const char *encoded;
    } cases[] = {
        {"abc.~@+-09", "abc.~@+-09"}, {"a/b", "a%2Fb"},   {"_x", "%5Fx"}, {"{a}:b", "%7Ba%7D%3Ab"},
        {"\xC3\xA9", "%C3%A9"},       {"100%", "100%25"}, {"", ""}};
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        struct gs_buf buf = {0};
        struct gs_buf back = {0};
        gs_cell_add_id(&buf, gs_str_of(cases[i].id));
        gs_cell_add_decoded_id(&back, gs_str_make(buf.data ? buf.data : "", buf.len));
        assert_int_equal(gs_cell_id_is_plain(gs_str_of(cases[i].id)),
                         strcmp(cases[i].id, cases[i].encoded) == 0);
        assert_buf(&buf, cases[i].encoded);
        assert_buf(&back, cases[i].id);
    }
    struct gs_buf key = {0};
    gs_cell_add_key_head(&key, "gs", "influencer");
    gs_buf_add_text(&key, "4711");
    gs_cell_add_key_tail(&key, "5m");
    assert_buf(&key, "gs:v1:{influencer:4711}:5m");
    assert_int_equal(gs_cell_expiry_ms(60000), 600000);
    assert_int_equal(gs_cell_expiry_ms(3600000), 10800000);
}

/* Every byte at every place of ids of every length up to where blocks repeat; each id ends where
 * its memory ends, so that a read behind it is found. */
static void test_plain_bytes(void **state)
{
    static const char plain[] = "0123456789abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ.~@+-";
    (void)state;
    assert_true(gs_cell_id_is_plain(gs_str_of("")));
    for (size_t length = 1; length <= 50; length++) {
        char *id = malloc(length);
        assert_non_null(id);
        memset(id, 'x', length);
        for (size_t at = 0; at < length; at++) {
            for (int c = 0; c < 256; c++) {
                id[at] = (char)c;
                assert_int_equal(gs_cell_id_is_plain(gs_str_make(id, length)),
                                 memchr(plain, c, sizeof plain - 1) != NULL);
            }
            id[at] = 'x';
        }
        free(id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_cell),
        cmocka_unit_test(test_full_cell),
        cmocka_unit_test(test_campaign_cell_links),
        cmocka_unit_test(test_ratios_are_absent_without_a_denominator),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_plain_bytes),
    };
    return cmocka_run_group_tests_name("cell", tests, NULL, NULL);
}
