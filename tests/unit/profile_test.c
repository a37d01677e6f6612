/* Goal: an event sees the profile version that the two logs say it sees, whatever was read since.
 * Method: hand-made logs; one table of campaigns against the rule's wording. */
#include "groundswell/profile.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct gs_event profile_event(const char *id, int64_t record_ms, int64_t followers)
{
    return (struct gs_event){.kind = GS_KIND_PROFILE,
                             .record_ms = record_ms,
                             .influencer_id = gs_str_of(id),
                             .profile = {.followers = followers}};
}

static uint32_t find(struct gs_profiles *profiles, const char *id)
{
    return gs_profiles_find(profiles, gs_str_of(id), gs_profiles_hash(profiles, gs_str_of(id)));
}

static void test_join_sees_versions_by_running_maximum(void **state)
{
    (void)state;
    struct gs_campaign_pool pool = {0};
    struct gs_profiles *profiles = gs_profiles_create(1);
    struct gs_event a1 = profile_event("a", 100, 10);
    struct gs_event b = profile_event("b", 300, 1);
    struct gs_event a2 = profile_event("a", 200, 20); /* its clock was behind: M is 300 */
    gs_profiles_add(profiles, &a1, &pool, INT64_MIN);
    gs_profiles_add(profiles, &b, &pool, INT64_MIN);
    gs_profiles_add(profiles, &a2, &pool, INT64_MIN);
    uint32_t a = find(profiles, "a");
    assert_null(gs_profiles_at(profiles, a, 99));
    assert_int_equal(gs_profiles_at(profiles, a, 100)->followers, 10);
    assert_int_equal(gs_profiles_at(profiles, a, 299)->followers, 10);
    assert_int_equal(gs_profiles_at(profiles, a, 300)->followers, 20);
    gs_profiles_pass(profiles, 500); /* a record that is no profile has a time as well */
    gs_profiles_pass(profiles, 350);
    struct gs_event a3 = profile_event("a", 400, 30);
    gs_profiles_add(profiles, &a3, &pool, INT64_MIN);
    assert_int_equal(gs_profiles_at(profiles, a, 499)->followers, 20);
    assert_int_equal(gs_profiles_at(profiles, a, 500)->followers, 30);
    gs_profiles_destroy(profiles);
}

static void test_tombstone_and_post_followers(void **state)
{
    (void)state;
    struct gs_campaign_pool pool = {0};
    struct gs_profiles *profiles = gs_profiles_create(1);
    struct gs_event event = profile_event("a", 100, GS_NULL_INT);
    uint32_t a = gs_profiles_add(profiles, &event, &pool, INT64_MIN);
    assert_int_equal(gs_profiles_followers(profiles, a, 0), GS_NULL_INT);
    gs_profiles_set_post_followers(profiles, a, 50, 777);
    assert_int_equal(gs_profiles_followers(profiles, a, 49), 777);
    assert_int_equal(gs_profiles_followers(profiles, a, 50), GS_NULL_INT);
    event.tombstone = true;
    event.record_ms = 200;
    gs_profiles_add(profiles, &event, &pool, INT64_MIN);
    assert_null(gs_profiles_newest(profiles, a));
    assert_null(gs_profiles_at(profiles, a, 200));
    assert_non_null(gs_profiles_at(profiles, a, 199));
    gs_profiles_destroy(profiles);
}

static void test_campaign_rule(void **state)
{
    (void)state;
    struct gs_campaign items[] = {
        {.campaign_id = gs_str_of("open"), .from_ms = GS_NULL_INT, .to_ms = GS_NULL_INT},
        {.campaign_id = gs_str_of("z"), .from_ms = 100, .to_ms = 200},
        {.campaign_id = gs_str_of("b"), .from_ms = 150, .to_ms = 300},
        {.campaign_id = gs_str_of("a"), .from_ms = 150, .to_ms = 160},
    };
    struct gs_campaign_pool pool = {items, 4, 4};
    struct gs_profiles *profiles = gs_profiles_create(1);
    struct gs_event event = profile_event("i", 1, 5);
    event.profile.campaign_count = 4;
    uint32_t i = gs_profiles_add(profiles, &event, &pool, INT64_MIN);
    const struct gs_profile *profile = gs_profiles_at(profiles, i, 1);
    static const struct {
        int64_t t;
        const char *campaign;
    } cases[] = {{0, "open"}, {100, "z"}, {149, "z"}, {150, "a"},
                 {159, "a"},  {160, "b"}, {299, "b"}, {300, "open"}};
    for (size_t c = 0; c < GS_COUNT_OF(cases); c++)
        assert_true(
            gs_str_equal(gs_profile_campaign(profile, cases[c].t), gs_str_of(cases[c].campaign)));
    gs_profiles_destroy(profiles);
}

static void test_settled_versions_are_dropped(void **state)
{
    (void)state;
    struct gs_campaign_pool pool = {0};
    struct gs_profiles *profiles = gs_profiles_create(1);
    for (int64_t t = 1; t <= 10; t++) {
        struct gs_event event = profile_event("a", t * 100, t);
        gs_profiles_add(profiles, &event, &pool, t <= 9 ? INT64_MIN : 550);
    }
    uint32_t a = find(profiles, "a");
    assert_int_equal(gs_profiles_at(profiles, a, 550)->followers, 5);
    assert_int_equal(gs_profiles_stats(profiles).versions, 6);
    gs_profiles_destroy(profiles);
}

static void count_expired(void *user, uint32_t influencer)
{
    uint32_t *expired = user;
    expired[influencer]++;
}

/* Once each, held or not; those of whom a profile tells are no exception. */
static void test_sweep_tells_whose_followers_expired(void **state)
{
    (void)state;
    struct gs_profiles *profiles = gs_profiles_create(1);
    struct gs_event event = profile_event("c", 100, 7);
    struct gs_campaign_pool pool = {0};
    uint32_t a = find(profiles, "a"), b = find(profiles, "b");
    gs_profiles_add(profiles, &event, &pool, INT64_MIN);
    uint32_t c = find(profiles, "c");
    uint32_t expired[8] = {0};
    gs_profiles_hold(profiles, a);
    gs_profiles_set_post_followers(profiles, a, 500, 5);
    gs_profiles_set_post_followers(profiles, b, 501, 5);
    gs_profiles_set_post_followers(profiles, c, 500, 5);
    for (int64_t horizon_ms = 499; horizon_ms <= 500; horizon_ms++)
        for (int i = 0; i < 3; i++)
            gs_profiles_sweep(profiles, 10, horizon_ms, count_expired, expired);
    assert_int_equal(expired[a], 1);
    assert_int_equal(expired[b], 0);
    assert_int_equal(expired[c], 1);
    assert_true(gs_profiles_followers(profiles, a, 499) == GS_NULL_INT);
    gs_profiles_clear(profiles, b);
    assert_true(gs_profiles_followers(profiles, b, 0) == GS_NULL_INT);
    gs_profiles_destroy(profiles);
}

static void test_sweep_frees_what_nothing_holds(void **state)
{
    (void)state;
    struct gs_profiles *profiles = gs_profiles_create(1);
    char id[8] = "x000";
    for (int i = 0; i < 1000; i++) {
        id[1] = (char)('0' + i / 100);
        id[2] = (char)('0' + i / 10 % 10);
        id[3] = (char)('0' + i % 10);
        uint32_t index = find(profiles, id);
        if (i % 3 == 0)
            gs_profiles_hold(profiles, index);
        if (i % 3 == 1)
            gs_profiles_set_post_followers(profiles, index, i, 5);
    }
    gs_profiles_sweep(profiles, 5000, 499, NULL, NULL);
    gs_profiles_sweep(profiles, 5000, 499, NULL, NULL);
    /* held: 334; told after 499: 502, 505 .. 997 */
    assert_int_equal(gs_profiles_stats(profiles).influencers, 334 + 166);
    assert_true(gs_str_equal(gs_profiles_id(profiles, find(profiles, "x999")), gs_str_of("x999")));
    gs_profiles_destroy(profiles);
}

static void test_tiers(void **state)
{
    (void)state;
    assert_null(gs_profile_tier(GS_NULL_INT));
    assert_string_equal(gs_profile_tier(9999), "nano");
    assert_string_equal(gs_profile_tier(10000), "micro");
    assert_string_equal(gs_profile_tier(499999), "mid");
    assert_string_equal(gs_profile_tier(999999), "macro");
    assert_string_equal(gs_profile_tier(1000000), "mega");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_join_sees_versions_by_running_maximum),
        cmocka_unit_test(test_tombstone_and_post_followers),
        cmocka_unit_test(test_campaign_rule),
        cmocka_unit_test(test_settled_versions_are_dropped),
        cmocka_unit_test(test_sweep_tells_whose_followers_expired),
        cmocka_unit_test(test_sweep_frees_what_nothing_holds),
        cmocka_unit_test(test_tiers),
    };
    return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
