/* Goal: a chain names exactly the cuts that count, within its limits; each rule of the choice of a
 * barrier decides where it should, and what is passed over is counted with the right reason.
 * Method: small logs and lives, told in a few words. cut_property_test.c plays them at random. */
#include "cut/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct gs_cut_id A = {1, 0}, B = {0, 2};

/* ------------------------------------------------------------------ chain */

/* "A0-4 w/o 1 2, B0-0" */
static const char *lineage_text(const struct gs_cut_chain *chain)
{
    static char text[256];
    static struct gs_cut_lineage lineage;
    int len = 0;
    text[0] = 0;
    gs_cut_chain_lineage(chain, &lineage);
    uint32_t left_out = 0;
    for (uint32_t i = 0; i < lineage.span_count; i++) {
        const struct gs_cut_span *span = &lineage.spans[i];
        const char *name = gs_cut_id_equal(span->incarnation, A)   ? "A"
                           : gs_cut_id_equal(span->incarnation, B) ? "B"
                                                                   : "C";
        len += snprintf(text + len, sizeof text - (size_t)len, "%s%s%d-%d", i ? ", " : "", name,
                        (int)span->first, (int)span->last);
        assert_int_equal(span->left_out_from, left_out);
        for (uint32_t j = 0; j < span->left_out_count; j++)
            len += snprintf(text + len, sizeof text - (size_t)len, "%s %d", j ? "" : " w/o",
                            (int)lineage.left_out[left_out++]);
    }
    assert_int_equal(left_out, lineage.left_out_count);
    return text;
}

/* a: a cut is acknowledged, f: it fails, w: a whole one is acknowledged, x: it fails,
 * c: the cycle is done, b: a cut begins (a, f then end it). */
static void live(struct gs_cut_chain *chain, const char *life)
{
    for (bool begun = false; *life; life++) {
        if (strchr("bwx", *life) || (strchr("af", *life) && !begun))
            gs_cut_chain_begin(chain, *life == 'w' || *life == 'x');
        begun = *life == 'b';
        if (*life == 'a' || *life == 'w')
            gs_cut_chain_acked(chain);
        else if (*life == 'f' || *life == 'x')
            gs_cut_chain_failed(chain);
        else if (*life == 'c')
            gs_cut_chain_cycle_done(chain);
    }
}

static void test_a_chain_names_the_cuts_that_count(void **state)
{
    static const struct {
        const char *ancestor; /* NULL = the state was empty */
        const char *life;
        const char *lineage;
    } cases[] = {
        {NULL, "", ""},
        {NULL, "b", "B0-0"},
        {NULL, "a", "B0-0"},
        {NULL, "aaab", "B0-3"},
        {NULL, "ffb", "B2-2"},
        {NULL, "ffabab", "B2-4"},
        {NULL, "affab", "B0-4 w/o 1 2"},
        {NULL, "aff", "B0-0"},
        {NULL, "affb", "B0-3 w/o 1 2"},
        {NULL, "affba", "B0-3 w/o 1 2"},
        {NULL, "ac", "B0-0"},
        {NULL, "aca", "B0-1"},
        {NULL, "acac", "B1-1"},
        {NULL, "acafaac", "B1-4 w/o 2"},
        {NULL, "acfafac", "B2-4 w/o 3"},
        {NULL, "acffffac", "B5-5"},
        {NULL, "afacaac", "B3-4"},
        {NULL, "cc", ""},
        {NULL, "acfc", ""},
        {NULL, "acfca", "B2-2"},
        {"aa", "", "A0-1"},
        {"aa", "b", "A0-1, B0-0"},
        {"aa", "fff", "A0-1"},
        {"aa", "fffb", "A0-1, B3-3"},
        {"afaf", "afafb", "A0-2 w/o 1, B0-4 w/o 1 3"},
        {"afaf", "afafaca", "B0-5 w/o 1 3"},
        {"afaf", "afafacac", "B5-5"},
        {"aa", "x", "A0-1"},
        {"aa", "axb", "A0-1, B0-2 w/o 1"},
        {"aa", "aw", "B1-1"},
        {"aa", "w", "B0-0"},
        {"aa", "faawaf", "B3-4"},
        {"aa", "aawaac", "B2-4"},
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        struct gs_cut_lineage restored;
        if (cases[i].ancestor) {
            struct gs_cut_chain *ancestor = gs_cut_chain_create(NULL, A);
            live(ancestor, cases[i].ancestor);
            gs_cut_chain_lineage(ancestor, &restored);
            gs_cut_chain_destroy(ancestor);
        }
        struct gs_cut_chain *chain = gs_cut_chain_create(cases[i].ancestor ? &restored : NULL, B);
        live(chain, cases[i].life);
        assert_string_equal(lineage_text(chain), cases[i].lineage);
        gs_cut_chain_destroy(chain);
    }
    gs_cut_chain_destroy(NULL);
}

static void test_a_whole_cut_stands_alone_while_it_is_under_way(void **state)
{
    struct gs_cut_chain *chain = gs_cut_chain_create(NULL, A);
    (void)state;
    live(chain, "aafa");
    assert_int_equal(gs_cut_chain_begin(chain, true), 4);
    assert_string_equal(lineage_text(chain), "A4-4");
    gs_cut_chain_failed(chain);
    assert_string_equal(lineage_text(chain), "A0-3 w/o 2");
    gs_cut_chain_destroy(chain);
}

static void test_a_chain_that_left_out_too_many(void **state)
{
    struct gs_cut_chain *chain = gs_cut_chain_create(NULL, A);
    struct gs_cut_lineage lineage;
    (void)state;
    live(chain, "a");
    for (int i = 0; i < GS_CUT_LEFT_OUT_MAX; i++)
        live(chain, "f");
    assert_false(gs_cut_chain_is_full(chain));
    live(chain, "b");
    gs_cut_chain_lineage(chain, &lineage);
    assert_int_equal(lineage.left_out_count, GS_CUT_LEFT_OUT_MAX);
    live(chain, "");
    gs_cut_chain_failed(chain);
    assert_true(gs_cut_chain_is_full(chain));
    assert_string_equal(lineage_text(chain), "A0-0"); /* another incarnation could go on here */
    live(chain, "x");
    assert_true(gs_cut_chain_is_full(chain));
    live(chain, "w");
    assert_false(gs_cut_chain_is_full(chain));
    assert_string_equal(lineage_text(chain), "A1027-1027");
    live(chain, "fa");
    assert_string_equal(lineage_text(chain), "A1027-1029 w/o 1028");
    gs_cut_chain_destroy(chain);
}

static void test_a_chain_of_too_many_incarnations(void **state)
{
    struct gs_cut_lineage lineage = {0};
    struct gs_cut_chain *chain;
    (void)state;
    for (uint64_t i = 0; i < GS_CUT_SPANS_MAX; i++) {
        chain = gs_cut_chain_create(&lineage, (struct gs_cut_id){7, i});
        assert_false(gs_cut_chain_is_full(chain));
        live(chain, "fa");
        assert_false(gs_cut_chain_is_full(chain));
        gs_cut_chain_lineage(chain, &lineage);
        gs_cut_chain_destroy(chain);
        assert_int_equal(lineage.span_count, i + 1);
    }
    chain = gs_cut_chain_create(&lineage, A);
    assert_true(gs_cut_chain_is_full(chain));
    live(chain, "xw");
    assert_false(gs_cut_chain_is_full(chain));
    assert_string_equal(lineage_text(chain), "A1-1");
    gs_cut_chain_destroy(chain);
}

/* ------------------------------------------------------------------ choice */

/* A record of a cut of two parts, fed at the next position. */
struct log {
    struct gs_cut_choice *choice;
    int64_t end;
    uint32_t log_epoch;
    int64_t as_of_ms;
    struct gs_cut_chosen chosen;
};

static void begin(struct log *log, uint32_t records_max, size_t bytes_max)
{
    struct gs_cut_choice_limits limits = {records_max, bytes_max};
    memset(log, 0, sizeof *log);
    log->choice = gs_cut_choice_create(&limits);
}

static void add_part(struct log *log, struct gs_cut_id who, uint64_t cut, uint64_t checksum)
{
    struct gs_cut_header header = {0, who, cut, 0, 2, checksum};
    struct gs_cut_seen seen = {log->end++, &header, NULL, 0};
    gs_cut_choice_add(log->choice, &seen);
}

/* Its lineage: cuts from `first` on; V = {first input, 50}. */
static void add_barrier(struct log *log, struct gs_cut_id who, uint64_t first, uint64_t cut,
                        int64_t offset)
{
    static struct gs_cut_barrier barrier;
    struct gs_cut_header header = {0, who, cut, 1, 2, (uint64_t)offset};
    barrier.input_count = 2;
    barrier.inputs[0].offset = offset;
    barrier.inputs[1].offset = 50;
    barrier.as_of_ms = log->as_of_ms;
    barrier.lineage.span_count = 1;
    barrier.lineage.spans[0] = (struct gs_cut_span){who, first, cut, 0, 0};
    struct gs_cut_seen seen = {log->end++, &header, &barrier, log->log_epoch};
    gs_cut_choice_add(log->choice, &seen);
}

static void add_cut(struct log *log, struct gs_cut_id who, uint64_t first, uint64_t cut,
                    int64_t offset)
{
    add_part(log, who, cut, 1);
    add_barrier(log, who, first, cut, offset);
}

/* The position of the chosen barrier, -1 = none. */
static int64_t choose(struct log *log)
{
    return gs_cut_choose(log->choice, &log->chosen) ? log->chosen.position : -1;
}

static void expect_passed(const struct log *log, uint64_t unfinished, uint64_t gone, uint64_t holed,
                          uint64_t disputed)
{
    struct gs_cut_choice_stats stats = gs_cut_choice_stats(log->choice);
    assert_int_equal(stats.passed[GS_CUT_PASSED_UNFINISHED], unfinished);
    assert_int_equal(stats.passed[GS_CUT_PASSED_GONE], gone);
    assert_int_equal(stats.passed[GS_CUT_PASSED_HOLED], holed);
    assert_int_equal(stats.passed[GS_CUT_PASSED_DISPUTED], disputed);
}

static void test_the_order_of_barriers(void **state)
{
    struct log log;
    (void)state;
    begin(&log, 100, 100000);
    assert_int_equal(choose(&log), -1);
    add_cut(&log, A, 0, 0, 500);
    assert_int_equal(choose(&log), 1);
    add_cut(&log, B, 0, 0, 499); /* later, but less read */
    assert_int_equal(choose(&log), 1);
    add_cut(&log, A, 1, 1, 500); /* all the same: the later one */
    assert_int_equal(choose(&log), 5);
    log.as_of_ms = 1;
    add_cut(&log, A, 2, 2, 500); /* its clock is further */
    log.as_of_ms = 0;
    add_cut(&log, A, 3, 3, 500);
    assert_int_equal(choose(&log), 7);
    add_cut(&log, A, 4, 4, 501);
    log.as_of_ms = 9;
    add_cut(&log, A, 5, 5, 500);
    assert_int_equal(choose(&log), 11);
    log.log_epoch = 1;
    add_cut(&log, A, 6, 6, 3); /* the inputs began anew */
    log.log_epoch = 0;
    add_cut(&log, A, 7, 7, 10000);
    assert_int_equal(choose(&log), 15);
    assert_int_equal(log.chosen.barrier.inputs[0].offset, 3);
    assert_int_equal(log.chosen.read_count, 1);
    assert_int_equal(log.chosen.reads[0].position, 14);
    expect_passed(&log, 0, 0, 0, 0);
    gs_cut_choice_destroy(log.choice);
    gs_cut_choice_destroy(NULL);
}

static void test_why_a_barrier_is_passed_over(void **state)
{
    struct log log;
    (void)state;
    begin(&log, 100, 100000);
    add_cut(&log, B, 0, 0, 1);
    add_part(&log, A, 0, 1);
    add_cut(&log, A, 0, 1, 10); /* the barrier of cut 0 is missing */
    assert_int_equal(choose(&log), 1);
    expect_passed(&log, 0, 0, 1, 0);
    add_barrier(&log, A, 2, 2, 11); /* its own entries are missing */
    assert_int_equal(choose(&log), 1);
    expect_passed(&log, 1, 0, 1, 0);
    add_cut(&log, A, 3, 4, 12); /* of cut 3 there is nothing */
    assert_int_equal(choose(&log), 1);
    expect_passed(&log, 1, 1, 1, 0);
    add_cut(&log, A, 5, 5, 13);
    add_part(&log, A, 5, 2); /* another one of the same number */
    add_cut(&log, A, 5, 6, 14);
    assert_int_equal(choose(&log), 1);
    expect_passed(&log, 1, 1, 1, 2);
    add_barrier(&log, A, 0, 0, 9); /* comes late */
    assert_int_equal(choose(&log), 4);
    expect_passed(&log, 1, 1, 0, 2);
    assert_int_equal(log.chosen.read_count, 2);
    assert_int_equal(log.chosen.reads[0].position, 2);
    assert_int_equal(log.chosen.reads[1].position, 3);
    gs_cut_choice_destroy(log.choice);
}

static void test_parts_come_twice_and_in_any_order(void **state)
{
    struct log log;
    (void)state;
    begin(&log, 100, 100000);
    add_barrier(&log, A, 0, 1, 20);
    add_part(&log, A, 1, 1);
    add_barrier(&log, A, 0, 0, 10);
    add_barrier(&log, A, 0, 1, 20);
    add_part(&log, A, 0, 1);
    add_part(&log, A, 1, 1);
    assert_int_equal(choose(&log), 0);
    assert_int_equal(log.chosen.read_count, 2);
    assert_int_equal(log.chosen.reads[0].position, 4);
    assert_int_equal(log.chosen.reads[1].position, 1);
    assert_int_equal(gs_cut_choice_stats(log.choice).duplicates, 2);
    gs_cut_choice_destroy(log.choice);
}

static void test_a_cut_whose_parts_count_differently(void **state)
{
    struct log log;
    (void)state;
    begin(&log, 100, 100000);
    add_cut(&log, A, 0, 0, 1);
    struct gs_cut_header header = {0, A, 0, 2, 4, 1};
    gs_cut_choice_add(log.choice, &(struct gs_cut_seen){log.end++, &header, NULL, 0});
    assert_int_equal(choose(&log), -1);
    expect_passed(&log, 0, 0, 0, 1);
    gs_cut_choice_destroy(log.choice);
}

static void test_the_oldest_records_are_pushed_out(void **state)
{
    struct log log;
    (void)state;
    begin(&log, 4, 100000);
    add_cut(&log, A, 0, 0, 10);
    add_cut(&log, A, 0, 1, 11);
    assert_int_equal(choose(&log), 3);
    add_cut(&log, B, 0, 0, 5);
    assert_int_equal(choose(&log), 5);
    expect_passed(&log, 0, 1, 0, 0);
    for (uint64_t cut = 1; cut < 1000; cut++)
        add_cut(&log, B, cut, cut, 5);
    assert_int_equal(choose(&log), log.end - 1);
    struct gs_cut_choice_stats stats = gs_cut_choice_stats(log.choice);
    assert_int_equal(stats.records, log.end);
    assert_int_equal(stats.pushed_out, log.end - 4);
    gs_cut_choice_destroy(log.choice);
}

static void test_the_bytes_of_barriers_are_limited(void **state)
{
    enum { BARRIER = 83 }; /* bytes of one here */
    struct log log;
    (void)state;
    begin(&log, 1000, 3 * BARRIER + BARRIER / 2);
    for (uint64_t cut = 0; cut < 600; cut++)
        add_cut(&log, A, cut, cut, 700 - (int64_t)cut);
    assert_int_equal(choose(&log), 2 * 597 + 1);
    struct gs_cut_choice_stats stats = gs_cut_choice_stats(log.choice);
    assert_int_equal(stats.pushed_out, 2 * 597);
    assert_int_equal(stats.refused, 0);
    for (uint64_t cut = 0; cut < 600; cut++)
        add_part(&log, B, cut, 1);
    assert_int_equal(choose(&log), 2 * 597 + 1);
    assert_int_equal(log.chosen.reads[0].position, 2 * 597);
    gs_cut_choice_destroy(log.choice);
    begin(&log, 1000, BARRIER / 2);
    add_cut(&log, A, 0, 0, 700);
    assert_int_equal(choose(&log), -1);
    assert_int_equal(gs_cut_choice_stats(log.choice).refused, 1);
    gs_cut_choice_destroy(log.choice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_chain_names_the_cuts_that_count),
        cmocka_unit_test(test_a_whole_cut_stands_alone_while_it_is_under_way),
        cmocka_unit_test(test_a_chain_that_left_out_too_many),
        cmocka_unit_test(test_a_chain_of_too_many_incarnations),
        cmocka_unit_test(test_the_order_of_barriers),
        cmocka_unit_test(test_why_a_barrier_is_passed_over),
        cmocka_unit_test(test_parts_come_twice_and_in_any_order),
        cmocka_unit_test(test_a_cut_whose_parts_count_differently),
        cmocka_unit_test(test_the_oldest_records_are_pushed_out),
        cmocka_unit_test(test_the_bytes_of_barriers_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
