/* Goal: whoever writes, Redis shows what the logs say; and a new owner need not write all of it to
 * make sure of that.
 * Method: random logs that grow. Owners come, go, overlap, come back with their memory, and go on
 * from checkpoints, in front of a simulated Redis that forgets, goes back to a backup, drops
 * requests and answers, refuses keys and disconnects. Whenever an owner has nothing to write and
 * Redis stands where it thinks, each cell there is compared with its memory; in the end with what a
 * task says that has read everything itself. A seed replays all of it. */
#include "task_cells.h"
#include "task_store.h"

enum { SEEDS = 300, STEPS = 1500, OWNERS = 2, LINE = 4, CYCLE_MS = 20000 };

/* Commands on their way: sent, then applied, then answered, in order. */
struct line {
    struct gs_command command;
    bool applied;
    int result;
    uint32_t failed_keys;
    struct gs_guard before;
};

struct owner {
    bool used;
    struct gs_task_config config;
    struct gs_task *task;
    struct reader reader;
    bool connected;
    struct line line[LINE];
    uint32_t head;  /* the oldest that has no answer */
    uint32_t tail;  /* beyond the newest */
    uint32_t parts; /* of the cut under way that are not appended yet */
    uint32_t part;
    bool lost; /* one of them was not appended */
};

struct sim {
    uint64_t seed;
    uint64_t random;
    struct logs logs; /* as far as they are written */
    uint32_t whole[INPUTS];
    struct store store;
    struct redis redis;
    struct redis_state backup;
    struct owner owner[OWNERS];
    int current; /* whom the group has chosen */
    int32_t generation;
    uint32_t incarnations;
    int64_t now_ms;
    int64_t wall_ms;
    int64_t asked_ms;                   /* the broker's clock, as of the farthest reader */
    bool lossy;                         /* something that was acknowledged was lost */
    uint64_t took[GS_TASK_DROPPED + 1]; /* steps in each state */
    struct gs_task_stats seen;          /* sums over all owners */
    uint64_t restores;
    uint64_t back; /* owners that came back */
    uint64_t compared;
};

static uint64_t first_seed(void)
{
    const char *text = getenv("GS_SEED");
    return text ? strtoull(text, NULL, 10) : 1;
}

static uint64_t seed_count(void)
{
    const char *text = getenv("GS_SEEDS");
    return text ? strtoull(text, NULL, 10) : getenv("GS_SEED") ? 1 : SEEDS;
}

static struct line *line_at(struct owner *owner, uint32_t at)
{
    return &owner->line[at % LINE];
}

/* ------------------------------------------------------------------ owners */

static void bury(struct sim *sim, struct owner *owner)
{
    if (!owner->used)
        return;
    struct gs_task_stats stats = fixture_stats(owner->task);
    sim->seen.outcome_empty += stats.outcome_empty;
    sim->seen.outcome_regressed += stats.outcome_regressed;
    sim->seen.outcome_fenced += stats.outcome_fenced;
    sim->seen.takeovers_known += stats.takeovers_known;
    sim->seen.takeovers_clean += stats.takeovers_clean;
    sim->seen.takeovers_all += stats.takeovers_all;
    sim->seen.confirmations += stats.confirmations;
    sim->seen.quarantines += stats.quarantines;
    sim->seen.holds_ended_early += stats.holds_ended_early;
    sim->asked_ms = GS_MAX(sim->asked_ms, owner->reader.asked_ms);
    gs_task_destroy(owner->task);
    owner->used = false;
}

/* Sometimes with the generation of the one before. */
static void name_owner(struct sim *sim, char incarnation[GS_TOKEN_BYTES + 1], int32_t *generation)
{
    sim->generation += log_chance(&sim->random, 60);
    *generation = sim->generation;
    snprintf(incarnation, GS_TOKEN_BYTES + 1, "%032x", ++sim->incarnations);
}

/* A new owner; the one before may not know yet. */
static void appoint(struct sim *sim, int number)
{
    struct owner *owner = &sim->owner[number];
    bury(sim, owner);
    owner->config = sim->logs.config;
    name_owner(sim, owner->config.incarnation, &owner->config.generation);
    owner->config.random_seed = log_draw(&sim->random);
    owner->task = fixture_create(&owner->config);
    owner->used = true;
    owner->connected = false;
    owner->head = owner->tail = owner->parts = 0;
    reader_start(&owner->reader, &sim->logs, owner->task, log_draw(&sim->random),
                 GS_TASK_BATCH_MAX);
    owner->reader.asked_ms = GS_MAX(owner->reader.asked_ms, sim->asked_ms);
    if (log_chance(&sim->random, 85)) /* else it could not read the checkpoints */
        sim->restores += store_restore(&sim->store, &owner->config, owner->task);
    else
        gs_task_keep_checkpoints(owner->task, NULL);
    store_seek(&owner->reader);
    sim->current = number;
}

/* The one that was thought to be gone is chosen again, its memory still there. */
static void call_back(struct sim *sim, int number)
{
    struct owner *owner = &sim->owner[number];
    char incarnation[GS_TOKEN_BYTES + 1];
    int32_t generation;
    if (!owner->used || gs_task_state(owner->task) == GS_TASK_REFUSED)
        return;
    name_owner(sim, incarnation, &generation);
    gs_task_take_up(owner->task, incarnation, generation, sim->now_ms);
    memcpy(owner->config.incarnation, incarnation, sizeof incarnation);
    owner->config.generation = generation;
    owner->connected = false;
    owner->head = owner->tail = owner->parts = 0;
    sim->current = number;
    sim->back++;
}

/* ------------------------------------------------------------------ commands on their way */

static void send(struct sim *sim, struct owner *owner, bool everything)
{
    if (owner->tail - owner->head == LINE)
        return;
    struct line *line = line_at(owner, owner->tail);
    line->applied = false;
    if (gs_task_next_command(owner->task, sim->wall_ms, sim->now_ms, everything, &line->command))
        owner->tail++;
}

static void apply_one(struct sim *sim, struct owner *owner, struct line *line)
{
    line->applied = true;
    line->failed_keys = 0;
    if (line->command.kind == GS_COMMAND_TAKE) {
        line->result = (int)redis_take(&sim->redis, &owner->config, &line->command, &line->before);
    } else if (line->command.kind == GS_COMMAND_WRITE) {
        line->result = (int)redis_write(&sim->redis, &owner->config, &line->command);
        line->failed_keys = sim->redis.failed_keys;
    } else if (log_chance(&sim->random, 30)) {
        line->result = GS_PROOF_UNDECIDED;
    } else {
        line->result = owner == &sim->owner[sim->current] ? GS_PROOF_OWNER : GS_PROOF_LOST;
    }
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
        gs_task_written(owner->task, id, (enum gs_write_result)line->result, line->failed_keys,
                        sim->now_ms);
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

/* ------------------------------------------------------------------ checkpoints */

static void begin_cut(struct sim *sim, struct owner *owner)
{
    struct gs_task_log where[GS_INPUTS_MAX] = {0};
    owner->parts = gs_task_cut(owner->task, where, CYCLE_MS, sim->now_ms);
    owner->part = 0;
    owner->lost = false;
}

static void work_cut(struct sim *sim, struct owner *owner)
{
    bool lose = log_chance(&sim->random, 4);
    if (!lose || log_chance(&sim->random, 30)) /* appended, but nobody hears of it */
        store_append(&sim->store, gs_task_cut_record(owner->task, owner->part));
    owner->lost |= lose;
    owner->part++;
    if (--owner->parts)
        return;
    if (owner->lost)
        gs_task_cut_failed(owner->task);
    else
        gs_task_cut_acked(owner->task);
}

/* ------------------------------------------------------------------ what must be there */

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
        uint32_t entity = gs_window_find(task->window, v, text, gs_window_hash(task->window, text));
        return entity == GS_ENTITY_NONE || !gs_window_live(task->window, entity);
    }
    return false;
}

/* A window that drained, and whose last, empty write was lost, may stay as it was once the entity
 * was forgotten; by now it may be known again. */
static bool may_be_left_over(const struct sim *sim, struct gs_task *task,
                             const struct redis_cell *cell)
{
    int64_t drained_ms =
        gsi_show_until_ms(&task->config, LONG, redis_int(cell->value, "_as_of_ms"));
    return sim->lossy && (is_forgotten(task, cell->key) || task->as_of_ms >= drained_ms);
}

/* A deleted post whose tombstone has run out shows again with its next change, or a refresh. */
static bool may_be_hidden(const struct redis *redis, const char *key)
{
    for (uint32_t i = 0; i < keys_of(redis); i++)
        if (strcmp(redis->now.cells[i].key, key) == 0)
            return strstr(key, "{post:") && !redis->now.cells[i].value[0];
    return false;
}

/* Of those that are gone, and of those that are not. */
static uint64_t holds_ended_early(const struct sim *sim)
{
    uint64_t ended = sim->seen.holds_ended_early;
    for (int i = 0; i < OWNERS; i++)
        if (sim->owner[i].used)
            ended += fixture_stats(sim->owner[i].task).holds_ended_early;
    return ended;
}

static void compare_redis(struct sim *sim, struct redis *expected, const char *when)
{
    struct gs_task *task = sim->owner[sim->current].task;
    for (uint32_t i = 0; i < keys_of(expected); i++) {
        const struct redis_cell *cell = &expected->now.cells[i];
        const char *found = redis_get(&sim->redis, cell->key);
        if (strcmp(content_of(found), content_of(cell->value)) != 0 &&
            !may_be_hidden(&sim->redis, cell->key))
            fail_msg("GS_SEED=%llu, %s: %s\nfound    %s\nexpected %s",
                     (unsigned long long)sim->seed, when, cell->key, found, cell->value);
    }
    for (uint32_t i = 0; i < keys_of(&sim->redis); i++) {
        const struct redis_cell *cell = &sim->redis.now.cells[i];
        if (holds_something(cell->value) && !redis_get(expected, cell->key)[0] &&
            !may_be_left_over(sim, task, cell))
            fail_msg("GS_SEED=%llu, %s: %s\nleft over %s\nV %lld %lld %lld as_of %lld",
                     (unsigned long long)sim->seed, when, cell->key, cell->value,
                     (long long)gs_task_next_offset(task, 1),
                     (long long)gs_task_next_offset(task, 2),
                     (long long)gs_task_next_offset(task, 3), (long long)task->as_of_ms);
    }
    if (sim->redis.backwards && !holds_ended_early(sim))
        fail_msg("GS_SEED=%llu, %s: readers saw time go back", (unsigned long long)sim->seed, when);
}

/* The owner has nothing to write, and no loss of Redis is left that it has not noticed. */
static bool is_settled(const struct sim *sim, const struct owner *owner)
{
    return owner->used && owner->head == owner->tail && gs_task_flushed(owner->task) &&
           !owner->task->flush.quarantine &&
           strcmp(sim->redis.now.guard.token, owner->task->flush.token) == 0;
}

static void compare_if_settled(struct sim *sim)
{
    static struct redis memory;
    struct owner *owner = &sim->owner[sim->current];
    if (!is_settled(sim, owner))
        return;
    gs_task_tick(owner->task, sim->wall_ms, sim->now_ms); /* followers may have expired */
    if (!is_settled(sim, owner))
        return;
    dump_cells(owner->task, &memory);
    compare_redis(sim, &memory, "in between");
    sim->compared++;
}

/* ------------------------------------------------------------------ steps */

static void tick(struct sim *sim, struct owner *owner)
{
    for (uint8_t i = 0; i < INPUTS; i++)
        if (owner->reader.at[i] == sim->logs.count[i] && log_chance(&sim->random, 50))
            gs_task_input_end(owner->task, i);
    gs_task_tick(owner->task, sim->wall_ms, sim->now_ms);
}

static void connect_sometimes(struct sim *sim, struct owner *owner)
{
    if (owner->connected || log_chance(&sim->random, 50))
        return;
    owner->connected = true;
    gs_task_connected(owner->task, sim->now_ms);
}

static void work(struct sim *sim, struct owner *owner)
{
    int64_t what = log_below(&sim->random, 100);
    connect_sometimes(sim, owner);
    if (what < 20)
        reader_step(&owner->reader);
    else if (what < 30)
        tick(sim, owner);
    else if (what < 55)
        send(sim, owner, log_chance(&sim->random, 60));
    else if (what < 75)
        apply(sim, owner);
    else if (what < 93)
        answer(sim, owner);
    else if (what < 98 && owner->parts)
        work_cut(sim, owner);
    else if (what < 98)
        begin_cut(sim, owner);
    else if (owner->connected && log_chance(&sim->random, 50))
        disconnect(sim, owner);
}

static void suffer(struct sim *sim)
{
    int64_t what = log_below(&sim->random, 1000);
    sim->redis.refuse = log_chance(&sim->random, 2);
    if (what < 6) {
        redis_lose(&sim->redis, 1 + (uint32_t)log_below(&sim->random, REDIS_STATES));
        sim->lossy = true;
    } else if (what < 7) {
        redis_wipe(&sim->redis);
        sim->lossy = true;
    } else if (what < 8) {
        redis_wipe(&sim->redis);
        sim->redis.now = sim->backup;
        sim->lossy = true;
    } else if (what < 12) {
        sim->backup = sim->redis.now;
    } else if (what < 17) {
        appoint(sim, sim->current); /* killed, and started again */
        sim->lossy = true;          /* with it an empty write that was due */
    } else if (what < 20) {
        appoint(sim, 1 - sim->current); /* moved; the one before is a zombie from now on */
        sim->lossy = true;
    } else if (what < 24) {
        call_back(sim, log_chance(&sim->random, 70) ? 1 - sim->current : sim->current);
    }
}

/* What is written of the logs grows; the profiles are all there, as they are asked for by time. */
static void grow(struct sim *sim)
{
    int input = POSTS + (int)log_below(&sim->random, INPUTS - POSTS);
    uint32_t more = (uint32_t)log_below(&sim->random, 3);
    sim->logs.count[input] = GS_MIN(sim->whole[input], sim->logs.count[input] + more);
    if (sim->logs.count[input] && log_chance(&sim->random, 20)) {
        const struct gs_event *last = &sim->logs.record[input][sim->logs.count[input] - 1].event;
        sim->wall_ms = GS_MAX(sim->wall_ms, last->record_ms + log_below(&sim->random, 40000));
    }
}

static void look_after(struct sim *sim, int number)
{
    struct owner *owner = &sim->owner[number];
    enum gs_task_state now = gs_task_state(owner->task);
    sim->took[now]++;
    if (now == GS_TASK_REFUSED && number == sim->current)
        appoint(sim, number); /* too many failovers in a minute: the process starts again */
    else if (now == GS_TASK_REFUSED)
        bury(sim, owner);
    else if (now == GS_TASK_DROPPED)
        assert_int_not_equal(number, sim->current);
}

static void step(struct sim *sim)
{
    grow(sim);
    for (int i = 0; i < OWNERS; i++) {
        if (!sim->owner[i].used)
            continue;
        if (gs_task_state(sim->owner[i].task) != GS_TASK_DROPPED)
            work(sim, &sim->owner[i]);
        look_after(sim, i);
    }
    if (log_chance(&sim->random, 15))
        compare_if_settled(sim);
    suffer(sim);
    sim->now_ms += log_below(&sim->random, log_chance(&sim->random, 1) ? 5000 : 120);
    sim->redis.now_ms = sim->now_ms;
}

/* Faults stop: the owner connects anew (what was lost while it had nothing to write is noticed by
 * then), reads on to the end, and writes until nothing is left to write. */
static void quiesce(struct sim *sim)
{
    struct owner *owner = &sim->owner[sim->current];
    bury(sim, &sim->owner[1 - sim->current]);
    memcpy(sim->logs.count, sim->whole, sizeof sim->whole);
    sim->redis.refuse = false;
    sim->now_ms += 60000; /* so that no takeover by force is one too many */
    while (!reader_done(&owner->reader))
        reader_step(&owner->reader);
    for (uint8_t i = 0; i < INPUTS; i++)
        gs_task_input_end(owner->task, i);
    disconnect(sim, owner);
    gs_task_connected(owner->task, sim->now_ms);
    owner->connected = true;
    for (int turn = 0; turn < 5000; turn++) {
        sim->now_ms += 100;
        gs_task_tick(owner->task, sim->wall_ms, sim->now_ms);
        send(sim, owner, true);
        apply(sim, owner);
        answer(sim, owner);
        if (is_settled(sim, owner))
            return;
    }
    fail_msg("GS_SEED=%llu: does not come to rest", (unsigned long long)sim->seed);
}

/* A task that reads everything itself, its clock where the owner's stands. */
static void read_through(struct sim *sim, struct redis *cells)
{
    struct reader reader;
    struct gs_task *task = fixture_create(&sim->logs.config);
    reader_start(&reader, &sim->logs, task, 7, GS_TASK_BATCH_MAX);
    while (!reader_done(&reader))
        reader_step(&reader);
    gsi_task_raise(task, sim->owner[sim->current].task->as_of_ms);
    dump_cells(task, cells);
    gs_task_destroy(task);
}

static void run(struct sim *sim, uint64_t seed, struct redis *expected)
{
    sim->seed = seed;
    sim->random = seed * 77;
    sim->redis = (struct redis){0};
    sim->backup = (struct redis_state){0};
    sim->lossy = false;
    sim->generation = 0;
    sim->wall_ms = sim->asked_ms = T0;
    log_write(&sim->logs, seed);
    memcpy(sim->whole, sim->logs.count, sizeof sim->whole);
    for (int i = POSTS; i < INPUTS; i++)
        sim->logs.count[i] = 0;
    appoint(sim, 0);
    for (int i = 0; i < STEPS; i++)
        step(sim);
    quiesce(sim);
    read_through(sim, expected);
    compare_redis(sim, expected, "in the end");
    bury(sim, &sim->owner[sim->current]);
    store_clear(&sim->store);
}

static void test_redis_shows_what_the_logs_say(void **state)
{
    (void)state;
    struct sim *sim = calloc(1, sizeof *sim);
    struct redis *expected = calloc(1, sizeof *expected);
    for (uint64_t seed = first_seed(); seed < first_seed() + seed_count(); seed++)
        run(sim, seed, expected);
    const struct gs_task_stats *seen = &sim->seen;
    print_message("%llu restores, %llu came back, %llu comparisons; takeovers: %llu known, %llu "
                  "clean, %llu all; %llu confirmations, %llu quarantines\n",
                  (unsigned long long)sim->restores, (unsigned long long)sim->back,
                  (unsigned long long)sim->compared, (unsigned long long)seen->takeovers_known,
                  (unsigned long long)seen->takeovers_clean,
                  (unsigned long long)seen->takeovers_all, (unsigned long long)seen->confirmations,
                  (unsigned long long)seen->quarantines);
    if (seed_count() > 1) { /* else a seed is replayed */
        assert_true(seen->outcome_empty && seen->outcome_regressed && seen->outcome_fenced);
        assert_true(seen->takeovers_known && seen->takeovers_all);
        assert_true(seen->takeovers_clean > seed_count() && seen->confirmations);
        assert_true(seen->quarantines && sim->restores > seed_count() && sim->back > seed_count());
        assert_true(sim->took[GS_TASK_HELD] && sim->took[GS_TASK_LIVE]);
        assert_true(sim->took[GS_TASK_DROPPED] && sim->took[GS_TASK_REFUSED] < seed_count() / 10);
        assert_true(sim->compared > seed_count() * 10);
        assert_true(seen->holds_ended_early <= seed_count() / 1000); /* of an owner that rests */
    }
    for (int i = 0; i < OWNERS * LINE; i++)
        gs_buf_deinit(&sim->owner[i / LINE].line[i % LINE].command.bytes);
    free(sim);
    free(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_redis_shows_what_the_logs_say),
    };
    printf("seeds %llu to %llu\n", (unsigned long long)first_seed(),
           (unsigned long long)(first_seed() + seed_count() - 1));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
