/* Goal: records, entries and barriers come back as they were written, whatever else is refused for
 * the right reason; a chain names the cuts that count; the rules of the choice, one by one.
 * Method: tables of what is valid and what is not. cut_property_test.c plays them together. */
#include "cut/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const uint64_t LAYOUT = 77;
static const struct gs_cut_id WHO = {1, 2}, OTHER = {1, 3}, THIRD = {9, 0};

/* ------------------------------------------------------------------ numbers */

static void test_numbers_come_back(void **state)
{
    static const uint64_t numbers[] = {0,     1,          0x7F,      0x80,       0x3FFF,
                                       16384, UINT32_MAX, INT64_MAX, 1ULL << 63, UINT64_MAX};
    struct gs_buf buf = {0};
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(numbers); i++) {
        buf.len = 0;
        gs_cut_put_u64(&buf, numbers[i]);
        gs_cut_put_i64(&buf, (int64_t)numbers[i]);
        for (size_t len = 0; len <= buf.len; len++) {
            struct gs_cut_cursor cursor = gs_cut_cursor(gs_str_make(buf.data, len));
            uint64_t first = gs_cut_get_u64(&cursor);
            int64_t second = gs_cut_get_i64(&cursor);
            assert_int_equal(cursor.failed, len < buf.len);
            assert_ptr_equal(cursor.at, cursor.end);
            assert_true(cursor.failed || first == numbers[i]);
            assert_true(cursor.failed || second == (int64_t)numbers[i]);
        }
    }
    buf.len = 0;
    gs_cut_put_i64(&buf, -1);
    gs_cut_put_i64(&buf, 63);
    gs_cut_put_i64(&buf, -64);
    assert_int_equal(buf.len, 3);
    gs_buf_deinit(&buf);
}

static void test_what_is_no_number_is_refused(void **state)
{
    static const char *const texts[] = {
        "\x80",                                     /* goes on behind the end */
        "\x80\x80",                                 /* the same */
        "\x81\x00",                                 /* not the shortest form */
        "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02", /* 65 bits */
        "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x81\x01",
    };
    static const size_t lengths[] = {1, 2, 2, 10, 11};
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(texts); i++) {
        struct gs_cut_cursor cursor = gs_cut_cursor(gs_str_make(texts[i], lengths[i]));
        assert_int_equal(gs_cut_get_u64(&cursor), 0);
        assert_true(cursor.failed);
        assert_int_equal(gs_cut_get_u64(&cursor), 0);
        assert_true(cursor.failed);
    }
    struct gs_cut_cursor cursor = gs_cut_cursor(gs_str_of("\x04six"));
    assert_true(gs_str_is_null(gs_cut_get_str(&cursor)) && cursor.failed);
    cursor = gs_cut_cursor(gs_str_of("\x03six"));
    assert_true(gs_str_equal(gs_cut_get_str(&cursor), gs_str_of("six")) && !cursor.failed);
}

/* ------------------------------------------------------------------ records */

static struct gs_cut_barrier *plain_barrier(uint64_t cut)
{
    struct gs_cut_barrier *barrier = gs_calloc(1, sizeof *barrier);
    barrier->input_count = 2;
    barrier->inputs[0] = (struct gs_cut_input){100, 4, {5, 6}, 1000, 2000, 90};
    barrier->inputs[1] = (struct gs_cut_input){0, -1, {7, 8}, INT64_MIN, -1, 0};
    barrier->as_of_ms = 12345;
    barrier->meaning = UINT64_MAX;
    barrier->lineage.span_count = 2;
    barrier->lineage.left_out_count = 3;
    barrier->lineage.spans[0] = (struct gs_cut_span){OTHER, 3, 9, 0, 2};
    barrier->lineage.spans[1] = (struct gs_cut_span){WHO, cut - 2, cut, 2, 1};
    barrier->lineage.left_out[0] = 4;
    barrier->lineage.left_out[1] = 8;
    barrier->lineage.left_out[2] = cut - 1;
    return barrier;
}

/* A cut of two parts, one entry. */
static struct gs_cut_writer *plain_cut(void)
{
    struct gs_cut_barrier *barrier = plain_barrier(5);
    struct gs_cut_writer *writer = gs_cut_writer_create(512);
    gs_cut_writer_begin(writer);
    assert_true(
        gs_cut_writer_add(writer, &(struct gs_cut_entry){7, gs_str_of("key"), gs_str_of("value")}));
    struct gs_cut_header header = {.layout = LAYOUT, .incarnation = WHO, .cut = 5};
    assert_int_equal(gs_cut_writer_finish(writer, &header, barrier), 2);
    gs_free(barrier);
    return writer;
}

static void test_a_record_comes_back(void **state)
{
    struct gs_cut_header header;
    struct gs_str body;
    struct gs_cut_entry entry;
    struct gs_cut_writer *writer = plain_cut();
    (void)state;
    for (uint32_t part = 0; part < 2; part++) {
        struct gs_str record = gs_cut_writer_record(writer, part);
        assert_int_equal(gs_cut_parse(record, LAYOUT, &header, &body), GS_CUT_GOOD);
        assert_int_equal(header.layout, LAYOUT);
        assert_true(gs_cut_id_equal(header.incarnation, WHO));
        assert_true(header.cut == 5 && header.part == part && header.parts == 2);
        assert_int_equal(gs_cut_is_barrier(&header), part == 1);
    }
    assert_int_equal(gs_cut_parse(gs_cut_writer_record(writer, 0), LAYOUT, &header, &body),
                     GS_CUT_GOOD);
    struct gs_cut_cursor cursor = gs_cut_cursor(body);
    assert_true(gs_cut_next_entry(&cursor, &entry));
    assert_true(entry.kind == 7 && gs_str_equal(entry.key, gs_str_of("key")));
    assert_true(gs_str_equal(entry.value, gs_str_of("value")));
    assert_false(gs_cut_next_entry(&cursor, &entry));
    assert_false(cursor.failed);
    gs_cut_writer_destroy(writer);
    gs_cut_writer_destroy(NULL);
}

static void test_every_flipped_bit_and_every_missing_byte_is_noticed(void **state)
{
    struct gs_cut_header header;
    struct gs_str body;
    struct gs_cut_writer *writer = plain_cut();
    struct gs_str record = gs_cut_writer_record(writer, 0);
    char *copy = gs_alloc(record.len);
    (void)state;
    memcpy(copy, record.data, record.len);
    for (uint32_t bit = 0; bit < record.len * 8; bit++) {
        copy[bit / 8] ^= (char)(1 << bit % 8);
        enum gs_cut_fault fault =
            gs_cut_parse(gs_str_make(copy, record.len), LAYOUT, &header, &body);
        bool body_length = bit / 8 >= 12 && bit / 8 < 16;
        assert_true(fault == (bit < 32 ? GS_CUT_FORMAT : GS_CUT_CHECKSUM) ||
                    (body_length && fault == GS_CUT_SHORT));
        copy[bit / 8] ^= (char)(1 << bit % 8);
    }
    for (uint32_t len = 0; len < record.len; len++)
        assert_int_equal(gs_cut_parse(gs_str_make(copy, len), LAYOUT, &header, &body),
                         GS_CUT_SHORT);
    assert_int_equal(gs_cut_parse((struct gs_str){0}, LAYOUT, &header, &body), GS_CUT_SHORT);
    gs_free(copy);
    gs_cut_writer_destroy(writer);
}

/* Changes one byte of a good record, or adds some, and makes the checksum right again. */
static enum gs_cut_fault parse_forged(uint32_t at, char byte, uint32_t more)
{
    struct gs_cut_header header;
    struct gs_str body;
    struct gs_buf forged = {0};
    struct gs_cut_writer *writer = plain_cut();
    gs_buf_add_str(&forged, gs_cut_writer_record(writer, 0));
    forged.len -= GSI_CUT_CHECKSUM_BYTES;
    forged.data[at] = byte;
    for (uint32_t i = 0; i < more; i++)
        gs_buf_add(&forged, "", 1);
    gsi_cut_put_fixed(&forged, gs_hash64(forged.data, forged.len, 0));
    enum gs_cut_fault fault =
        gs_cut_parse(gs_str_make(forged.data, forged.len), LAYOUT, &header, &body);
    gs_buf_deinit(&forged);
    gs_cut_writer_destroy(writer);
    return fault;
}

static void test_a_record_that_says_what_cannot_be(void **state)
{
    (void)state;
    assert_int_equal(parse_forged(0, 'G', 0), GS_CUT_GOOD);
    assert_int_equal(parse_forged(3, 2, 0), GS_CUT_FORMAT);
    assert_int_equal(parse_forged(16, 78, 0), GS_CUT_LAYOUT);
    assert_int_equal(parse_forged(4, 1, 0), GS_CUT_GOOD);    /* part 1 of 2 */
    assert_int_equal(parse_forged(4, 2, 0), GS_CUT_NUMBERS); /* part 2 of 2 */
    assert_int_equal(parse_forged(8, 0, 0), GS_CUT_NUMBERS); /* part 0 of 0 */
    assert_int_equal(parse_forged(12, 10, 0), GS_CUT_NUMBERS);
    assert_int_equal(parse_forged(12, 12, 0), GS_CUT_SHORT);
    assert_int_equal(parse_forged(31, 0x07, 0), GS_CUT_GOOD);
    assert_int_equal(parse_forged(31, 0x08, 0), GS_CUT_NUMBERS); /* the cut's highest byte */
    assert_int_equal(parse_forged(0, 'G', 1), GS_CUT_NUMBERS);   /* longer than it says */
}

/* ------------------------------------------------------------------ entries */

/* Writes `count` entries with values of these lengths; returns how many records they took. */
static uint32_t write_entries(struct gs_cut_writer *writer, const uint32_t *lengths, size_t count)
{
    static char bytes[1000];
    struct gs_cut_barrier *barrier = plain_barrier(5);
    gs_cut_writer_begin(writer);
    for (size_t i = 0; i < count; i++) {
        struct gs_cut_entry entry = {(uint8_t)i, gs_str_of("k"), gs_str_make(bytes, lengths[i])};
        assert_int_equal(gs_cut_writer_add(writer, &entry), lengths[i] <= 200 - 56 - 5);
    }
    struct gs_cut_header header = {.layout = LAYOUT, .incarnation = WHO, .cut = 5};
    uint32_t parts = gs_cut_writer_finish(writer, &header, barrier);
    gs_free(barrier);
    return parts - 1;
}

static void check_entries(const struct gs_cut_writer *writer, uint32_t parts,
                          const uint32_t *lengths, size_t count)
{
    struct gs_cut_header header;
    struct gs_str body;
    struct gs_cut_entry entry;
    size_t seen = 0;
    for (uint32_t part = 0; part < parts; part++) {
        struct gs_str record = gs_cut_writer_record(writer, part);
        assert_true(record.len <= 200);
        assert_int_equal(gs_cut_parse(record, LAYOUT, &header, &body), GS_CUT_GOOD);
        assert_true(body.len > 0 && header.part == part && header.parts == parts + 1);
        struct gs_cut_cursor cursor = gs_cut_cursor(body);
        while (gs_cut_next_entry(&cursor, &entry)) {
            while (lengths[seen] > 200 - 56 - 5)
                seen++;
            assert_int_equal(entry.kind, seen);
            assert_int_equal(entry.value.len, lengths[seen++]);
            assert_false(gs_str_is_null(entry.value));
        }
        assert_false(cursor.failed);
    }
    while (seen < count && lengths[seen] > 200 - 56 - 5)
        seen++;
    assert_int_equal(seen, count);
}

static void test_entries_are_split_into_records(void **state)
{
    /* 56 bytes frame a record; an entry of these takes its value and 4 bytes, 5 from 127 on. */
    static const struct {
        uint32_t parts;
        size_t count;
        uint32_t lengths[6];
    } cases[] = {
        {0, 0, {0}},
        {1, 1, {139}},
        {1, 2, {68, 68}},
        {2, 2, {68, 69}},
        {2, 3, {68, 68, 0}},
        {3, 3, {139, 139, 139}},
        {2, 4, {900, 139, 140, 1}},
        {0, 1, {900}},
        {1, 2, {139, 900}},
        {1, 6, {1, 2, 3, 4, 5, 6}},
    };
    struct gs_cut_writer *writer = gs_cut_writer_create(200);
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        uint32_t parts = write_entries(writer, cases[i].lengths, cases[i].count);
        assert_int_equal(parts, cases[i].parts);
        check_entries(writer, parts, cases[i].lengths, cases[i].count);
    }
    uint32_t many[40];
    for (size_t i = 0; i < GS_COUNT_OF(many); i++)
        many[i] = 100;
    assert_int_equal(write_entries(writer, many, GS_COUNT_OF(many)), GS_COUNT_OF(many));
    check_entries(writer, GS_COUNT_OF(many), many, GS_COUNT_OF(many));
    gs_cut_writer_destroy(writer);
}

static void test_what_is_no_entry_is_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        int good; /* entries before the end or the fault */
        bool failed;
    } cases[] = {
        {"", 0, 0, false},
        {"\1\1k\0", 4, 1, false},
        {"\1\0\1", 3, 1, false},
        {"\1", 1, 0, true},
        {"\1\1", 2, 0, true},
        {"\1\1k", 3, 0, true},
        {"\1\1k\2", 4, 0, true},
        {"\1\1k\0\1\1", 6, 1, true},
        {"\1\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\1k\0", 13, 0, true},
        {"\1\1k\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\1", 13, 0, true},
    };
    struct gs_cut_entry entry;
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        struct gs_cut_cursor cursor = gs_cut_cursor(gs_str_make(cases[i].bytes, cases[i].len));
        int good = 0;
        while (gs_cut_next_entry(&cursor, &entry))
            good++;
        assert_int_equal(good, cases[i].good);
        assert_int_equal(cursor.failed, cases[i].failed);
        assert_false(gs_cut_next_entry(&cursor, &entry));
    }
    struct gs_cut_cursor cursor = gs_cut_cursor(gs_str_make("\1\1k\0\2\0\1", 7));
    assert_true(gs_cut_next_entry(&cursor, &entry) && gs_str_is_null(entry.value));
    assert_true(gs_cut_next_entry(&cursor, &entry) && !gs_str_is_null(entry.value));
}

/* ------------------------------------------------------------------ barriers */

static enum gs_cut_fault reread(const struct gs_cut_barrier *barrier, struct gs_cut_barrier *back,
                                size_t *bytes)
{
    struct gs_cut_header header = {.incarnation = WHO, .cut = 5};
    struct gs_buf buf = {0};
    gsi_cut_put_barrier(&buf, barrier);
    enum gs_cut_fault fault = GS_CUT_GOOD;
    for (size_t len = 0; len < buf.len; len++)
        assert_true(gs_cut_parse_barrier(gs_str_make(buf.data, len), &header, back) != GS_CUT_GOOD);
    fault = gs_cut_parse_barrier(gs_str_make(buf.data, buf.len), &header, back);
    *bytes = buf.len;
    gs_buf_add(&buf, "", 1);
    assert_true(gs_cut_parse_barrier(gs_str_make(buf.data, buf.len), &header, back) != GS_CUT_GOOD);
    if (fault == GS_CUT_GOOD)
        assert_int_equal(gs_cut_parse_barrier(gs_str_make(buf.data, *bytes), &header, back),
                         GS_CUT_GOOD);
    gs_buf_deinit(&buf);
    return fault;
}

/* The largest that can be, in every number. */
static void fill_barrier(struct gs_cut_barrier *barrier)
{
    struct gs_cut_lineage *lineage = &barrier->lineage;
    barrier->input_count = GS_CUT_INPUTS_MAX;
    for (int i = 0; i < GS_CUT_INPUTS_MAX; i++)
        barrier->inputs[i] = (struct gs_cut_input){
            (int64_t)GS_CUT_NUMBER_MAX, INT32_MAX, {1, 2}, INT64_MIN, INT64_MAX, 0};
    lineage->span_count = GS_CUT_SPANS_MAX;
    lineage->left_out_count = GS_CUT_LEFT_OUT_MAX;
    for (uint32_t i = 0; i < GS_CUT_SPANS_MAX; i++)
        lineage->spans[i] = (struct gs_cut_span){{UINT64_MAX, i}, 0, GS_CUT_NUMBER_MAX, 4 * i, 4};
    for (uint32_t i = 0; i < GS_CUT_LEFT_OUT_MAX; i++)
        lineage->left_out[i] = (i % 4 + 1) * (GS_CUT_NUMBER_MAX / 5);
    lineage->spans[GS_CUT_SPANS_MAX - 1] =
        (struct gs_cut_span){WHO, 0, 5, 4 * (GS_CUT_SPANS_MAX - 1), 4};
    for (uint32_t i = 0; i < 4; i++)
        lineage->left_out[GS_CUT_LEFT_OUT_MAX - 4 + i] = i + 1;
}

static void assert_same(const struct gs_cut_barrier *a, const struct gs_cut_barrier *b)
{
    assert_true(a->as_of_ms == b->as_of_ms && a->meaning == b->meaning);
    assert_int_equal(a->input_count, b->input_count);
    for (uint32_t i = 0; i < a->input_count; i++) {
        const struct gs_cut_input *x = &a->inputs[i], *y = &b->inputs[i];
        assert_true(x->offset == y->offset && x->leader_epoch == y->leader_epoch);
        assert_true(x->clock_ms == y->clock_ms && x->record_ms == y->record_ms);
        assert_true(x->short_offset == y->short_offset && gs_cut_id_equal(x->topic, y->topic));
    }
    assert_memory_equal(&a->lineage, &b->lineage, sizeof a->lineage);
}

static void test_a_barrier_comes_back(void **state)
{
    size_t bytes;
    struct gs_cut_barrier *barrier = plain_barrier(5);
    struct gs_cut_barrier *back = gs_calloc(1, sizeof *back);
    (void)state;
    assert_int_equal(reread(barrier, back, &bytes), GS_CUT_GOOD);
    assert_same(barrier, back);
    fill_barrier(barrier);
    assert_int_equal(reread(barrier, back, &bytes), GS_CUT_GOOD);
    assert_same(barrier, back);
    assert_true(bytes < 24 * 1024 - GSI_CUT_HEADER_BYTES - GSI_CUT_CHECKSUM_BYTES);
    gs_free(barrier);
    gs_free(back);
}

static void break_input(struct gs_cut_barrier *barrier, int how)
{
    switch (how) {
    case 0:
        barrier->input_count = 0;
        break;
    case 1:
        barrier->inputs[0].offset = -1;
        break;
    case 2:
        barrier->inputs[0].offset = (int64_t)GS_CUT_NUMBER_MAX + 1;
        break;
    case 3:
        barrier->inputs[0].leader_epoch = -2;
        break;
    case 4:
        barrier->inputs[0].short_offset = 101;
        break;
    default:
        barrier->inputs[0].short_offset = -1;
        break;
    }
}

static void break_lineage(struct gs_cut_lineage *lineage, int how)
{
    struct gs_cut_span *spans = lineage->spans;
    switch (how) {
    case 0:
        lineage->span_count = 0;
        break;
    case 1:
        spans[0].first = 10;
        break;
    case 2:
        spans[0].last = GS_CUT_NUMBER_MAX + 1;
        break;
    case 3:
        spans[0].incarnation = WHO;
        break;
    case 4:
        spans[1].incarnation = THIRD;
        break;
    case 5:
        spans[1].last = 6;
        break;
    case 6:
        lineage->span_count = 1;
        break;
    case 7:
        lineage->left_out[0] = 3;
        break;
    case 8:
        lineage->left_out[1] = 9;
        break;
    case 9:
        lineage->left_out[1] = 10;
        break;
    case 10:
        lineage->left_out[1] = 4;
        break;
    case 11:
        lineage->left_out[0] = 8, lineage->left_out[1] = 4;
        break;
    case 12:
        lineage->left_out_count = 1, spans[0].left_out_count = 0, spans[1].left_out_from = 0;
        spans[0].first = spans[0].last = GS_CUT_NUMBER_MAX + 1;
        lineage->left_out[0] = 4;
        break;
    default:
        lineage->left_out[0] = 2;
        break;
    }
}

static void test_a_barrier_that_says_what_cannot_be(void **state)
{
    enum { INPUT_WAYS = 6, WAYS = INPUT_WAYS + 14 };
    struct gs_cut_barrier *back = gs_calloc(1, sizeof *back);
    (void)state;
    for (int how = 0; how < WAYS; how++) {
        size_t bytes;
        struct gs_cut_barrier *barrier = plain_barrier(5);
        if (how < INPUT_WAYS)
            break_input(barrier, how);
        else
            break_lineage(&barrier->lineage, how - INPUT_WAYS);
        if (reread(barrier, back, &bytes) != GS_CUT_NUMBERS)
            fail_msg("way %d", how);
        gs_free(barrier);
    }
    gs_free(back);
}

/* Counts beyond the limits, which no struct can hold. All but the count would be good. */
static enum gs_cut_fault parse_counts(uint64_t inputs, uint64_t spans, uint64_t left_out)
{
    struct gs_cut_header header = {.incarnation = WHO, .cut = 10000};
    struct gs_cut_barrier *back = gs_calloc(1, sizeof *back);
    struct gs_buf buf = {0};
    gsi_cut_put_fixed(&buf, 0);
    gs_cut_put_i64(&buf, 0);
    gs_cut_put_u64(&buf, inputs);
    for (uint64_t i = 0; i < inputs * 21; i++)
        gs_cut_put_u64(&buf, 0);
    gs_cut_put_u64(&buf, spans);
    for (uint64_t i = 0; i < spans; i++) {
        gsi_cut_put_fixed(&buf, i + 1 < spans ? i + 5 : WHO.high);
        gsi_cut_put_fixed(&buf, WHO.low);
        gs_cut_put_u64(&buf, 0);
        gs_cut_put_u64(&buf, 10000);
        gs_cut_put_u64(&buf, i ? 0 : left_out);
        for (uint64_t j = 0; j < left_out && !i; j++)
            gs_cut_put_u64(&buf, 1);
    }
    enum gs_cut_fault fault = gs_cut_parse_barrier(gs_str_make(buf.data, buf.len), &header, back);
    gs_buf_deinit(&buf);
    gs_free(back);
    return fault;
}

static void test_a_barrier_over_the_limits(void **state)
{
    (void)state;
    assert_int_equal(parse_counts(GS_CUT_INPUTS_MAX, GS_CUT_SPANS_MAX, GS_CUT_LEFT_OUT_MAX),
                     GS_CUT_GOOD);
    assert_int_equal(parse_counts(GS_CUT_INPUTS_MAX + 1, 1, 0), GS_CUT_NUMBERS);
    assert_int_equal(parse_counts(1, GS_CUT_SPANS_MAX + 1, 0), GS_CUT_NUMBERS);
    assert_int_equal(parse_counts(1, 1, GS_CUT_LEFT_OUT_MAX + 1), GS_CUT_NUMBERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_come_back),
        cmocka_unit_test(test_what_is_no_number_is_refused),
        cmocka_unit_test(test_a_record_comes_back),
        cmocka_unit_test(test_every_flipped_bit_and_every_missing_byte_is_noticed),
        cmocka_unit_test(test_a_record_that_says_what_cannot_be),
        cmocka_unit_test(test_entries_are_split_into_records),
        cmocka_unit_test(test_what_is_no_entry_is_refused),
        cmocka_unit_test(test_a_barrier_comes_back),
        cmocka_unit_test(test_a_barrier_that_says_what_cannot_be),
        cmocka_unit_test(test_a_barrier_over_the_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
