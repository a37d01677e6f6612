/* Goal: neither the size of batches, nor the order in which the inputs are read, nor when the clock
 * ticks can be seen in any cell.
 * Method: random logs. They are read by several tasks in different ways, then all cells of all of
 * them are compared. A seed replays all of it. */
#include "task_cells.h"

enum { SEEDS = 300, WAYS = 5 };

static uint64_t first_seed(void)
{
    const char *text = getenv("GS_SEED");
    return text ? strtoull(text, NULL, 10) : 1;
}

static uint64_t seed_count(void)
{
    return getenv("GS_SEED") ? 1 : SEEDS;
}

/* ------------------------------------------------------------------ ways of reading */

static struct gs_task *read_all(const struct logs *logs, uint64_t seed, uint32_t batch_max,
                                uint32_t *waited)
{
    struct reader reader;
    struct gs_task *task = fixture_create(&logs->config);
    reader_start(&reader, logs, task, seed, batch_max);
    for (int64_t now_ms = 0; !reader_done(&reader); now_ms += log_below(&reader.random, 300)) {
        reader_step(&reader);
        if (log_chance(&reader.random, 40))
            gs_task_tick(task, WALL, now_ms);
    }
    *waited += reader.waited;
    return task;
}

static void compare_inputs(uint64_t seed, const struct gs_task *a, const struct gs_task *b)
{
    struct gs_task_stats x = fixture_stats(a);
    struct gs_task_stats y = fixture_stats(b);
    assert_int_equal(x.as_of_ms, y.as_of_ms);
    for (int i = 0; i < INPUTS; i++) {
        x.input[i].repeated = y.input[i].repeated = 0;
        if (memcmp(&x.input[i], &y.input[i], sizeof x.input[i]) != 0)
            fail_msg("GS_SEED=%llu: input %d is counted in two ways", (unsigned long long)seed, i);
    }
}

static void test_the_way_of_reading_cannot_be_seen(void **state)
{
    (void)state;
    static const uint32_t batches[WAYS] = {GS_TASK_BATCH_MAX, 1, 3, 40, GS_TASK_BATCH_MAX};
    static struct logs logs;
    struct redis *first = calloc(1, sizeof *first);
    struct redis *other = calloc(1, sizeof *other);
    uint64_t seen[GS_DISPOSITION_COUNT] = {0};
    uint64_t cells = 0, refused = 0, orphans = 0;
    uint32_t waited = 0;
    for (uint64_t seed = first_seed(); seed < first_seed() + seed_count(); seed++) {
        log_write(&logs, seed);
        struct gs_task *task = read_all(&logs, seed, batches[0], &waited);
        dump_cells(task, first);
        cells += keys_of(first);
        for (uint32_t way = 1; way < WAYS; way++) {
            struct gs_task *again = read_all(&logs, seed * 100 + way, batches[way], &waited);
            compare_inputs(seed, task, again);
            if (digest_comments(task) != digest_comments(again))
                fail_msg("GS_SEED=%llu: comments differ", (unsigned long long)seed);
            dump_cells(again, other);
            compare_cells(seed, first, other);
            gs_task_destroy(again);
        }
        const struct gs_task_input_stats stats = fixture_stats(task).input[COMMENTS];
        refused += stats.comments_refused;
        orphans += stats.orphan_retractions * (stats.orphan_counters > 0);
        for (int i = 0; i < INPUTS; i++)
            for (int d = 0; d < GS_DISPOSITION_COUNT; d++)
                seen[d] += fixture_stats(task).input[i].disposition[d];
        gs_task_destroy(task);
    }
    for (int d = 0; d < GS_DISPOSITION_COUNT && seed_count() > 1; d++)
        assert_true(seen[d] > 0);
    if (seed_count() > 1) /* else a seed is replayed */
        assert_true(cells > seed_count() * 10 && waited > 0 && refused > 0 && orphans > 0);
    free(first);
    free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_way_of_reading_cannot_be_seen),
    };
    printf("seeds %llu to %llu\n", (unsigned long long)first_seed(),
           (unsigned long long)(first_seed() + seed_count() - 1));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
