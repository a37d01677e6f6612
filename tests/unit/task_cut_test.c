/* Goal: a task that was restored from checkpoints is the task that had read everything itself.
 * Method: random logs. A chain of owners reads them; each makes cuts, some of which fail, lose a
 * part or stay without an answer, and dies at some moment, or comes back to its own memory. The
 * next one restores what the log of checkpoints allows and reads on from there. At times that log
 * loses all. In the end all cells and clocks equal those of a task that was never interrupted. A
 * seed replays. */
#include "task_cells.h"
#include "task_store.h"

enum { SEEDS = 400, CYCLE_MS = 3000 };

struct world {
    uint64_t random;
    struct logs logs;
    struct store store;
    struct gs_task *task;
    struct reader reader;
    int64_t now_ms;
    uint32_t owners;
    uint32_t pending; /* parts of the cut under way that are not appended yet */
    uint32_t next;
    bool lost; /* one of them was not appended */
    uint64_t restores;
    uint64_t returns;
    uint64_t losses;
    uint64_t cycles;
    uint64_t left;
    uint64_t late;
};

/* ------------------------------------------------------------------ owners */

static void appoint(struct world *world)
{
    struct gs_task_config config = world->logs.config;
    snprintf(config.incarnation, sizeof config.incarnation, "%032x", ++world->owners);
    world->task = fixture_create(&config);
    world->restores += store_restore(&world->store, &config, world->task);
    uint32_t batch = (uint32_t[]){1, 7, GS_TASK_BATCH_MAX}[log_below(&world->random, 3)];
    int64_t asked_ms = world->reader.asked_ms; /* the broker's clock goes on */
    reader_start(&world->reader, &world->logs, world->task, world->random, batch);
    world->reader.asked_ms = GS_MAX(world->reader.asked_ms, asked_ms);
    store_seek(&world->reader);
    world->pending = 0;
}

static void bury(struct world *world)
{
    struct gs_task_cut_stats stats;
    gs_task_cut_stats(world->task, &stats);
    world->cycles += stats.cycles;
    world->left += stats.left_back;
    assert_int_equal(stats.too_long, 0);
    gs_task_destroy(world->task);
}

static void begin_cut(struct world *world)
{
    struct gs_task_log where[GS_INPUTS_MAX] = {0};
    world->pending = gs_task_cut(world->task, where, CYCLE_MS, world->now_ms);
    world->next = 0;
    world->lost = false;
}

/* The next part of the cut under way is appended, or is not; after the last one its fate is known.
 */
static void work_cut(struct world *world)
{
    bool lose = log_chance(&world->random, 4);
    if (!lose || log_chance(&world->random, 30)) /* appended, but nobody hears of it */
        store_append(&world->store, gs_task_cut_record(world->task, world->next));
    world->lost |= lose;
    world->next++;
    if (--world->pending)
        return;
    if (world->lost)
        gs_task_cut_failed(world->task);
    else
        gs_task_cut_acked(world->task);
}

/* What is under way is never answered. */
static void take_up(struct world *world)
{
    char incarnation[GS_TOKEN_BYTES + 1];
    snprintf(incarnation, sizeof incarnation, "%032x", ++world->owners);
    gs_task_take_up(world->task, incarnation, 1, world->now_ms);
    world->pending = 0;
    world->returns++;
}

static void lose_log(struct world *world)
{
    store_clear(&world->store);
    gs_task_cut_whole(world->task);
    world->losses++;
}

static void step(struct world *world)
{
    world->now_ms += log_below(&world->random, 300);
    reader_step(&world->reader);
    if (log_chance(&world->random, 40))
        gs_task_tick(world->task, WALL, world->now_ms);
    if (world->pending && log_chance(&world->random, 60))
        work_cut(world);
    else if (!world->pending && log_chance(&world->random, 8))
        begin_cut(world);
    if (log_chance(&world->random, 1)) {
        bury(world);
        appoint(world);
    } else if (log_chance(&world->random, 1)) {
        take_up(world);
    } else if (log_below(&world->random, 1000) < 3) {
        lose_log(world);
    }
}

/* ------------------------------------------------------------------ comparison */

static struct gs_task *read_through(struct world *world)
{
    struct reader reader;
    struct gs_task *task = fixture_create(&world->logs.config);
    reader_start(&reader, &world->logs, task, 7, GS_TASK_BATCH_MAX);
    for (int64_t now_ms = 0; !reader_done(&reader); now_ms += 100) {
        reader_step(&reader);
        gs_task_tick(task, WALL, now_ms);
    }
    return task;
}

static void run(struct world *world, uint64_t seed, struct redis *mine, struct redis *wanted)
{
    log_write(&world->logs, seed);
    world->random = seed;
    appoint(world);
    while (!reader_done(&world->reader))
        step(world);
    struct gs_task *through = read_through(world);
    dump_cells(world->task, mine);
    dump_cells(through, wanted);
    compare_cells(seed, wanted, mine);
    assert_int_equal(fixture_stats(world->task).as_of_ms, fixture_stats(through).as_of_ms);
    if (digest_comments(world->task) != digest_comments(through))
        fail_msg("GS_SEED=%llu: comments differ", (unsigned long long)seed);
    if (digest_sightings(world->task) != digest_sightings(through))
        fail_msg("GS_SEED=%llu: copies or bursts differ", (unsigned long long)seed);
    world->late = fixture_stats(through).input[COMMENTS].late_verdicts;
    for (int i = 0; i < INPUTS; i++)
        assert_int_equal(fixture_stats(world->task).input[i].h_ms,
                         fixture_stats(through).input[i].h_ms);
    gs_task_destroy(through);
    bury(world);
    store_clear(&world->store);
}

static void test_restored_is_as_if_nothing_had_happened(void **state)
{
    (void)state;
    const char *given = getenv("GS_SEED");
    uint64_t first = given ? strtoull(given, NULL, 10) : 1, count = given ? 1 : SEEDS;
    struct redis *mine = gs_calloc(1, sizeof *mine), *wanted = gs_calloc(1, sizeof *wanted);
    struct world *world = gs_calloc(1, sizeof *world);
    uint64_t restores = 0, returns = 0, losses = 0, cycles = 0, left = 0, late = 0;
    for (uint64_t seed = first; seed < first + count; seed++) {
        memset(world, 0, sizeof *world);
        run(world, seed, mine, wanted);
        restores += world->restores;
        returns += world->returns;
        losses += world->losses;
        cycles += world->cycles;
        left += world->left;
        late += world->late;
    }
    print_message("%llu restores, %llu returns, %llu losses, %llu cycles, %llu entries left back, "
                  "%llu late verdicts\n",
                  (unsigned long long)restores, (unsigned long long)returns,
                  (unsigned long long)losses, (unsigned long long)cycles, (unsigned long long)left,
                  (unsigned long long)late);
    if (count > 1)
        assert_true(restores > count && returns > count && losses > count / 2 && cycles > count &&
                    left > 0 && late > count);
    gs_free(mine);
    gs_free(wanted);
    gs_free(world);
}

/* ------------------------------------------------------------------ what a post told */

/* Nothing is put back of an input whose posts are all forgotten; but its clock still says how long
 * what they told of the author's followers counts. */
static void test_followers_are_forgotten_by_a_restored_task_too(void **state)
{
    (void)state;
    static struct world world;
    struct gs_event post = fixture_post(T0, GS_ACTION_METRICS);
    world.logs.config = fixture_config();
    appoint(&world);
    fixture_open_gate(world.task);
    post.post.followers = 5000;
    fixture_fold(world.task, POSTS, post);
    fixture_fold(world.task, POSTS, fixture_post(T0 + 700000, GS_ACTION_METRICS));
    fixture_fold(world.task, COMMENTS, fixture_comment(T0 + 700000));
    gs_task_tick(world.task, WALL, 100);
    assert_null(strstr(fixture_cell(world.task, BY_INFLUENCER, "ann", SHORT), "followers"));
    for (int cut = 0; cut < 3; cut++) { /* the last one does not need the one that took the post */
        world.now_ms += CYCLE_MS;
        for (begin_cut(&world); world.pending; world.pending--, world.next++)
            store_append(&world.store, gs_task_cut_record(world.task, world.next));
        gs_task_cut_acked(world.task);
    }
    bury(&world);
    appoint(&world);
    assert_null(strstr(fixture_cell(world.task, BY_INFLUENCER, "ann", SHORT), "followers"));
    bury(&world);
    store_clear(&world.store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_followers_are_forgotten_by_a_restored_task_too),
        cmocka_unit_test(test_restored_is_as_if_nothing_had_happened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
