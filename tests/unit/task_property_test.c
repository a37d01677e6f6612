/* Goal: neither the size of batches, nor the order in which the inputs are read, nor when the clock
 * ticks can be seen in any cell; and once faults stop, Redis holds what a fresh task would write.
 * Method: random logs. They are read by several tasks in different ways, then all cells of all of
 * them are compared. Then owners come, go, and overlap, in front of a simulated Redis that forgets,
 * drops requests and answers, and disconnects. A seed replays all of it. */
#include "task_cells.h"

enum { SEEDS = 300, WAYS = 5, FAULT_STEPS = 1500, OWNERS = 2, LINE = 4 };

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
    static const uint32_t batches[WAYS] = {GS_TASK_BATCH_MAX, 1, 3, 20, GS_TASK_BATCH_MAX};
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

/* ------------------------------------------------------------------ owners */

/* Commands on their way: sent, then applied, then answered, in order. */
struct line {
    struct gs_command command;
    bool applied;
    int result;
    struct gs_guard before;
};

struct owner {
    bool used;
    struct gs_task_config config;
    struct gs_task *task;
    struct reader reader;
    bool connected;
    struct line line[LINE];
    uint32_t head; /* the oldest that has no answer */
    uint32_t tail; /* beyond the newest */
};

struct sim {
    uint64_t seed;
    uint64_t random;
    struct logs logs;
    struct redis redis;
    struct owner owner[OWNERS];
    int current; /* whom the group has chosen */
    int32_t generation;
    uint32_t incarnations;
    int64_t now_ms;
    bool lossy;                         /* something that was acknowledged was lost */
    uint64_t took[GS_TASK_DROPPED + 1]; /* steps in each state */
    struct gs_task_stats seen;          /* sums over all owners */
};

static struct line *line_at(struct owner *owner, uint32_t at)
{
    return &owner->line[at % LINE];
}

static void bury(struct sim *sim, struct owner *owner)
{
    if (!owner->used)
        return;
    struct gs_task_stats stats = fixture_stats(owner->task);
    sim->seen.outcome_empty += stats.outcome_empty;
    sim->seen.outcome_regressed += stats.outcome_regressed;
    sim->seen.outcome_fenced += stats.outcome_fenced;
    sim->seen.takeovers += stats.takeovers;
    sim->seen.batches += stats.batches;
    sim->seen.holds_ended_early += stats.holds_ended_early;
    gs_task_destroy(owner->task);
    owner->used = false;
}

/* A new owner; the one before may not know yet. Sometimes with the generation of the one before. */
static void appoint(struct sim *sim, int number)
{
    struct owner *owner = &sim->owner[number];
    bury(sim, owner);
    sim->generation += log_chance(&sim->random, 60);
    owner->config = sim->logs.config;
    owner->config.generation = sim->generation;
    owner->config.random_seed = log_draw(&sim->random);
    snprintf(owner->config.incarnation, sizeof owner->config.incarnation, "owner-%u",
             ++sim->incarnations);
    owner->task = fixture_create(&owner->config);
    owner->used = true;
    owner->connected = false;
    owner->head = owner->tail = 0;
    reader_start(&owner->reader, &sim->logs, owner->task, log_draw(&sim->random),
                 GS_TASK_BATCH_MAX);
    sim->current = number;
}

/* ------------------------------------------------------------------ commands on their way */

static void send(struct sim *sim, struct owner *owner, bool everything)
{
    if (owner->tail - owner->head == LINE)
        return;
    struct line *line = line_at(owner, owner->tail);
    line->applied = false;
    if (gs_task_next_command(owner->task, WALL, sim->now_ms, everything, &line->command))
        owner->tail++;
}

static void apply_one(struct sim *sim, struct owner *owner, struct line *line)
{
    line->applied = true;
    if (line->command.kind == GS_COMMAND_TAKE)
        line->result = (int)redis_take(&sim->redis, &owner->config, &line->command, &line->before);
    else if (line->command.kind == GS_COMMAND_WRITE)
        line->result = (int)redis_write(&sim->redis, &owner->config, &line->command);
    else if (log_chance(&sim->random, 30))
        line->result = GS_PROOF_UNDECIDED;
    else
        line->result = owner == &sim->owner[sim->current] ? GS_PROOF_OWNER : GS_PROOF_LOST;
}

static void apply(struct sim *sim, struct owner *owner)
{
    for (uint32_t at = owner->head; at != owner->tail; at++)
        if (!line_at(owner, at)->applied) {
            apply_one(sim, owner, line_at(owner, at));
            return;
        }
}

static void answer(struct sim *sim, struct owner *owner)
{
    if (owner->head == owner->tail || !line_at(owner, owner->head)->applied)
        return;
    const struct line *line = line_at(owner, owner->head++);
    uint32_t id = line->command.id;
    if (line->command.kind == GS_COMMAND_TAKE)
        gs_task_taken(owner->task, id, (enum gs_take_result)line->result, &line->before,
                      sim->now_ms);
    else if (line->command.kind == GS_COMMAND_WRITE)
        gs_task_written(owner->task, id, (enum gs_write_result)line->result, 0, sim->now_ms);
    else
        gs_task_proved(owner->task, id, (enum gs_proof)line->result, sim->now_ms);
}

/* What is on its way is lost; Redis may get some of it all the same, but says nothing. */
static void disconnect(struct sim *sim, struct owner *owner)
{
    for (uint32_t more = (uint32_t)log_below(&sim->random, LINE); more > 0; more--)
        apply(sim, owner);
    owner->head = owner->tail;
    owner->connected = false;
    gs_task_disconnected(owner->task, sim->now_ms);
}

/* ------------------------------------------------------------------ steps */

static void work(struct sim *sim, struct owner *owner)
{
    int64_t what = log_below(&sim->random, 100);
    if (!owner->connected) {
        owner->connected = log_chance(&sim->random, 50);
        if (owner->connected)
            gs_task_connected(owner->task, sim->now_ms);
    }
    if (what < 25)
        reader_step(&owner->reader);
    else if (what < 35)
        gs_task_tick(owner->task, WALL, sim->now_ms);
    else if (what < 60)
        send(sim, owner, log_chance(&sim->random, 50));
    else if (what < 80)
        apply(sim, owner);
    else if (what < 98)
        answer(sim, owner);
    else if (owner->connected)
        disconnect(sim, owner);
}

static void suffer(struct sim *sim)
{
    int64_t what = log_below(&sim->random, 1000);
    if (what < 8) {
        redis_lose(&sim->redis, 1 + (uint32_t)log_below(&sim->random, REDIS_STATES));
        sim->lossy = true;
    } else if (what < 10) {
        redis_wipe(&sim->redis);
        sim->lossy = true;
    } else if (what < 13) {
        appoint(sim, sim->current); /* killed, and started again */
    } else if (what < 16) {
        appoint(sim, 1 - sim->current); /* moved; the one before is a zombie from now on */
    }
}

static void step(struct sim *sim)
{
    for (int i = 0; i < OWNERS; i++) {
        struct owner *owner = &sim->owner[i];
        if (!owner->used)
            continue;
        work(sim, owner);
        enum gs_task_state now = gs_task_state(owner->task);
        sim->took[now]++;
        if (now == GS_TASK_REFUSED && i == sim->current)
            appoint(sim, i); /* too many failovers in a minute: the process starts again */
        else if (now == GS_TASK_REFUSED)
            bury(sim, owner);
        if (now == GS_TASK_DROPPED) {
            assert_int_not_equal(i, sim->current);
            bury(sim, owner);
        }
    }
    suffer(sim);
    sim->now_ms += log_below(&sim->random, 120);
}

/* Faults stop: the owner connects anew (what was lost while it had nothing to write is noticed by
 * then), reads on to the end, and writes until nothing is left to write. */
static void quiesce(struct sim *sim)
{
    struct owner *owner = &sim->owner[sim->current];
    bury(sim, &sim->owner[1 - sim->current]);
    while (!reader_done(&owner->reader))
        reader_step(&owner->reader);
    for (uint8_t i = 0; i < INPUTS; i++)
        gs_task_input_end(owner->task, i);
    disconnect(sim, owner);
    gs_task_connected(owner->task, sim->now_ms);
    owner->connected = true;
    for (int turn = 0; turn < 5000; turn++) {
        sim->now_ms += 100;
        gs_task_tick(owner->task, WALL, sim->now_ms);
        send(sim, owner, true);
        apply(sim, owner);
        answer(sim, owner);
        if (gs_task_flushed(owner->task) && owner->head == owner->tail)
            return;
    }
    fail_msg("GS_SEED=%llu: does not come to rest", (unsigned long long)sim->seed);
}

/* ------------------------------------------------------------------ what must be there then */

static const char *content_of(const char *json)
{
    const char *at = strstr(json, "\"_task\"");
    return at ? at : "";
}

static bool holds_something(const char *json)
{
    for (int c = 0; c < GS_COUNTER_COUNT; c++) {
        char name[48];
        snprintf(name, sizeof name, "\"%s\":", gs_counter_info((enum gs_counter)c)->field);
        if (strstr(content_of(json), name))
            return true;
    }
    return false;
}

static bool is_forgotten(struct gs_task *task, const char *redis_key)
{
    for (uint8_t v = 0; v < VIEWS; v++) {
        const char *name = strchr(redis_key, '{') + 1;
        size_t len = strlen(task->config.views[v].name);
        if (strncmp(name, task->config.views[v].name, len) != 0 || name[len] != ':')
            continue;
        const char *key = name + len + 1;
        struct gs_str text = gs_str_make(key, (size_t)(strchr(key, '}') - key));
        return gs_window_find(task->window, v, text, gs_window_hash(task->window, text)) ==
               GS_ENTITY_NONE;
    }
    return false;
}

/* A window that drained, and whose last, empty write was lost, may stay as it was. */
static void compare_redis(struct sim *sim, struct redis *expected)
{
    struct gs_task *task = sim->owner[sim->current].task;
    for (uint32_t i = 0; i < keys_of(expected); i++) {
        const struct redis_cell *cell = &expected->now.cells[i];
        const char *found = redis_get(&sim->redis, cell->key);
        if (strcmp(content_of(found), content_of(cell->value)) != 0)
            fail_msg("GS_SEED=%llu: %s\nfound    %s\nexpected %s", (unsigned long long)sim->seed,
                     cell->key, found, cell->value);
    }
    for (uint32_t i = 0; i < keys_of(&sim->redis); i++) {
        const struct redis_cell *cell = &sim->redis.now.cells[i];
        if (holds_something(cell->value) && !redis_get(expected, cell->key)[0] &&
            !(sim->lossy && is_forgotten(task, cell->key)))
            fail_msg("GS_SEED=%llu: %s\nleft over %s", (unsigned long long)sim->seed, cell->key,
                     cell->value);
    }
    if (sim->redis.backwards && !sim->seen.holds_ended_early)
        fail_msg("GS_SEED=%llu: readers saw time go back", (unsigned long long)sim->seed);
}

static void run(struct sim *sim, uint64_t seed, struct redis *expected)
{
    uint32_t waited = 0;
    sim->seed = seed;
    sim->random = seed * 77;
    sim->redis = (struct redis){0};
    sim->lossy = false;
    sim->generation = 0;
    log_write(&sim->logs, seed);
    struct gs_task *fresh = read_all(&sim->logs, seed, GS_TASK_BATCH_MAX, &waited);
    dump_cells(fresh, expected);
    gs_task_destroy(fresh);
    appoint(sim, 0);
    for (int i = 0; i < FAULT_STEPS; i++)
        step(sim);
    quiesce(sim);
    compare_redis(sim, expected);
    bury(sim, &sim->owner[sim->current]);
}

static void test_redis_converges_once_faults_stop(void **state)
{
    (void)state;
    struct sim *sim = calloc(1, sizeof *sim);
    struct redis *expected = calloc(1, sizeof *expected);
    for (uint64_t seed = first_seed(); seed < first_seed() + seed_count(); seed++)
        run(sim, seed, expected);
    if (seed_count() > 1) { /* else a seed is replayed */
        assert_true(sim->seen.outcome_empty && sim->seen.outcome_regressed);
        assert_true(sim->seen.outcome_fenced && sim->took[GS_TASK_DROPPED]);
        assert_true(sim->took[GS_TASK_HELD] && sim->took[GS_TASK_LIVE]);
        assert_true(sim->took[GS_TASK_REFUSED] < SEEDS / 10);
        assert_int_equal(sim->seen.holds_ended_early, 0);
    }
    for (int i = 0; i < OWNERS * LINE; i++)
        gs_buf_deinit(&sim->owner[i / LINE].line[i % LINE].command.bytes);
    free(sim);
    free(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_way_of_reading_cannot_be_seen),
        cmocka_unit_test(test_redis_converges_once_faults_stop),
    };
    printf("seeds %llu to %llu\n", (unsigned long long)first_seed(),
           (unsigned long long)(first_seed() + seed_count() - 1));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
