/* Goal: whatever happens to a log that several writers share, the barrier chosen from it is the one
 * that the rules name, and reading what it says gives the state that stood at that barrier.
 * Method: random lives of up to three owners at once, each with its own state, chain and cuts, over
 * one log. Parts are lost, late, repeated, reordered, damaged; the log loses its beginning; memory
 * is taken up again. Beside it the model of cut_world.h. All goes through real bytes. A seed
 * replays. */
#include "cut_world.h"

enum { WORLDS = 20000, STEPS = 250 };

/* ------------------------------------------------------------------ owners */

static void new_incarnation(struct world *world, struct owner *owner,
                            const struct gs_cut_lineage *lineage)
{
    owner->incarnation = (struct gs_cut_id){world->ids % 3, draw(world)};
    world->ids++;
    struct gs_cut_chain *before = owner->chain;
    owner->chain = gs_cut_chain_create(lineage, owner->incarnation);
    gs_cut_chain_destroy(before);
    owner->next = owner->cycle_first = 0;
    for (int key = 0; key < KEYS; key++)
        owner->todo[key] = owner->values[key] != 0;
}

/* What it had not sent yet may reach the log long after. */
static void give_up_cut(struct world *world, struct owner *owner)
{
    for (; owner->queued; owner->queued--) {
        struct record record = owner->queue[owner->queued - 1];
        if (below(world, 3))
            gs_free(record.bytes);
        else
            haunt(world, record);
    }
    for (int key = 0; key < KEYS && owner->under_way; key++)
        owner->changed[key] |= owner->cut_changed[key];
    owner->under_way = false;
}

static void step_appear(struct world *world, struct owner *owner)
{
    struct gs_cut_lineage lineage;
    int64_t values[KEYS];
    give_up_cut(world, owner);
    const struct cut *cut = restore(world, &lineage, values);
    if (cut && cut->epoch < world->epoch)
        cut = NULL; /* the inputs are others: it starts over */
    gs_cut_chain_destroy(owner->chain);
    memset(owner, 0, sizeof *owner);
    owner->alive = true;
    owner->epoch = world->epoch;
    if (cut) {
        memcpy(owner->values, values, sizeof values);
        memcpy(owner->v, cut->v, sizeof owner->v);
        owner->as_of_ms = cut->as_of_ms;
        memcpy(owner->base, cut->needs, sizeof owner->base);
        owner->base_count = cut->need_count;
    }
    new_incarnation(world, owner, cut ? &lineage : NULL);
}

/* Its memory was kept, and is taken up again. */
static void step_reappear(struct world *world, struct owner *owner)
{
    struct gs_cut_lineage lineage;
    if (!owner->alive)
        return;
    if (owner->under_way)
        gs_cut_chain_failed(owner->chain);
    give_up_cut(world, owner);
    gs_cut_chain_lineage(owner->chain, &lineage);
    new_incarnation(world, owner, &lineage);
}

static void step_change(struct world *world, struct owner *owner)
{
    uint32_t key = below(world, KEYS);
    if (!owner->alive)
        return;
    owner->values[key] = below(world, 4) ? ++world->last_value : 0;
    owner->changed[key] = true;
    owner->v[below(world, 2)] += below(world, 3);
    owner->as_of_ms += below(world, 2);
}

static void add_entry(struct world *world, struct owner *owner, struct gs_cut_writer *writer,
                      uint32_t key)
{
    static const char padding[30];
    struct gs_buf value = {0};
    gs_cut_put_i64(&value, owner->values[key]);
    gs_buf_add(&value, padding, below(world, sizeof padding));
    struct gs_cut_entry entry = {(uint8_t)key, gs_str_make("abcdef", 1 + below(world, 6)),
                                 gs_str_make(value.data, value.len)};
    if (!owner->values[key])
        entry.value = (struct gs_str){0};
    CHECK(world, gs_cut_writer_add(writer, &entry));
    owner->cut_written[key] = true;
    gs_buf_deinit(&value);
}

static void add_entries(struct world *world, struct owner *owner, struct gs_cut_writer *writer)
{
    bool more = below(world, 5);
    memset(owner->cut_written, 0, sizeof owner->cut_written);
    for (uint32_t i = 0, key = below(world, KEYS); i < KEYS; i++, key = (key + 1) % KEYS) {
        bool again = owner->todo[key] && more && below(world, 2);
        if (owner->changed[key] || (owner->values[key] && (owner->whole || again)))
            add_entry(world, owner, writer, key);
    }
    memcpy(owner->cut_changed, owner->changed, sizeof owner->changed);
    memset(owner->changed, 0, sizeof owner->changed);
}

static struct cut *note_cut(struct world *world, const struct owner *owner)
{
    struct cut *cut = &world->cuts[world->cut_count++];
    memset(cut, 0, sizeof *cut);
    cut->incarnation = owner->incarnation;
    cut->number = owner->next;
    memcpy(cut->v, owner->v, sizeof cut->v);
    cut->as_of_ms = owner->as_of_ms;
    cut->epoch = owner->epoch;
    memcpy(cut->values, owner->values, sizeof cut->values);
    if (!owner->whole) {
        memcpy(cut->needs, owner->base, sizeof cut->needs);
        cut->need_count = owner->base_count;
    }
    cut->needs[cut->need_count++] = owner->cut;
    return cut;
}

static void step_begin(struct world *world, struct owner *owner)
{
    static struct gs_cut_barrier barrier;
    if (!owner->alive || owner->under_way || world->cut_count == CUTS_MAX)
        return;
    owner->whole = below(world, 15) == 0;
    owner->under_way = true;
    owner->failed = false;
    owner->cut = world->cut_count;
    CHECK(world, gs_cut_chain_begin(owner->chain, owner->whole) == owner->next);
    struct cut *cut = note_cut(world, owner);
    struct gs_cut_writer *writer = gs_cut_writer_create(world->record_bytes);
    gs_cut_writer_begin(writer);
    add_entries(world, owner, writer);
    barrier.input_count = 2;
    for (int i = 0; i < 2; i++)
        barrier.inputs[i] =
            (struct gs_cut_input){.offset = owner->v[i], .leader_epoch = owner->epoch};
    barrier.as_of_ms = owner->as_of_ms;
    gs_cut_chain_lineage(owner->chain, &barrier.lineage);
    struct gs_cut_header header = {1, owner->incarnation, cut->number, 0, 0, 0};
    cut->parts = gs_cut_writer_finish(writer, &header, &barrier);
    GS_ASSERT(cut->parts < PARTS_MAX);
    for (uint32_t part = 0; part < cut->parts; part++) {
        struct gs_str bytes = gs_cut_writer_record(writer, part);
        struct record record = {(char *)bytes.data, bytes.len, owner->cut, part, cut->parts, false};
        owner->queue[owner->queued++] = copy_of(&record);
    }
    gs_cut_writer_destroy(writer);
}

static void end_cycle(struct owner *owner, const struct world *world)
{
    uint32_t kept = 0;
    for (int key = 0; key < KEYS; key++)
        if (owner->todo[key])
            return;
    for (uint32_t i = 0; i < owner->base_count; i++) {
        const struct cut *cut = &world->cuts[owner->base[i]];
        if (gs_cut_id_equal(cut->incarnation, owner->incarnation) &&
            cut->number >= owner->cycle_first)
            owner->base[kept++] = owner->base[i];
    }
    owner->base_count = kept;
    owner->cycle_first = owner->next;
    for (int key = 0; key < KEYS; key++)
        owner->todo[key] = owner->values[key] != 0;
    gs_cut_chain_cycle_done(owner->chain);
    seen.cycles++;
}

static void end_cut(struct world *world, struct owner *owner)
{
    owner->under_way = false;
    owner->next++;
    if (owner->failed) {
        for (int key = 0; key < KEYS; key++)
            owner->changed[key] |= owner->cut_changed[key];
        gs_cut_chain_failed(owner->chain);
        return;
    }
    gs_cut_chain_acked(owner->chain);
    if (owner->whole)
        owner->base_count = 0;
    owner->base[owner->base_count++] = owner->cut;
    for (int key = 0; key < KEYS; key++)
        owner->todo[key] &= !owner->cut_written[key] && owner->values[key];
    end_cycle(owner, world);
}

static void step_send(struct world *world, struct owner *owner)
{
    if (!owner->alive || !owner->under_way)
        return;
    uint32_t which = below(world, 4) ? 0 : below(world, owner->queued);
    uint32_t fate = below(world, 40);
    struct record record = owner->queue[which];
    owner->queued--;
    memmove(owner->queue + which, owner->queue + which + 1,
            (owner->queued - which) * sizeof record);
    if (fate == 0)
        gs_free(record.bytes); /* lost */
    else if (fate == 1)
        haunt(world, record); /* late */
    else
        append(world, record);
    if (fate == 2)
        append(world, copy_of(&record));
    else if (fate == 3)
        haunt(world, copy_of(&record));
    owner->failed |= fate < 2 || fate == 4; /* 4: it is there, but the answer was lost */
    if (!owner->queued)
        end_cut(world, owner);
}

/* ------------------------------------------------------------------ worlds */

static void step(struct world *world)
{
    struct owner *owner = &world->owners[below(world, 3) ? 0 : below(world, OWNERS)];
    uint32_t choice = below(world, 200);
    if (choice < 60)
        step_change(world, owner);
    else if (choice < 100)
        step_begin(world, owner);
    else if (choice < 182)
        for (uint32_t i = 1 + below(world, 4); i > 0; i--)
            step_send(world, owner);
    else if (choice < 187)
        step_ghost(world);
    else if (choice < 192)
        step_appear(world, owner);
    else if (choice < 195)
        step_reappear(world, owner);
    else if (choice < 197)
        step_damage(world);
    else if (choice < 198)
        world->start += below(world, 1 + (world->end - world->start) / 4);
    else if (below(world, 4) == 0)
        step_forge(world);
    else if (below(world, 8) == 0)
        world->epoch++;
}

static void begin_world(struct world *world, uint64_t seed)
{
    world->seed = world->random = seed;
    world->record_bytes = 120 + below(world, 150);
    world->epoch = 0;
    world->last_value = 0;
    world->start = world->end = world->cut_count = world->ghost_count = 0;
    memset(world->owners, 0, sizeof world->owners);
    step_appear(world, &world->owners[0]);
}

static void end_world(struct world *world)
{
    struct gs_cut_lineage lineage;
    int64_t values[KEYS];
    for (uint32_t i = below(world, 4); i > 0; i--)
        step_damage(world);
    restore(world, &lineage, values);
    for (int i = 0; i < OWNERS; i++) {
        give_up_cut(world, &world->owners[i]);
        gs_cut_chain_destroy(world->owners[i].chain);
    }
    for (uint32_t i = 0; i < world->end; i++)
        gs_free(world->log[i].bytes);
    for (uint32_t i = 0; i < world->ghost_count; i++)
        gs_free(world->ghosts[i].bytes);
}

static void test_the_barrier_that_the_rules_name(void **state)
{
    struct world *world = gs_calloc(1, sizeof *world);
    const char *given = getenv("GS_SEED");
    uint64_t first = given ? strtoull(given, NULL, 10) : 1;
    uint64_t count = given ? 1 : WORLDS;
    (void)state;
    print_message("seeds %llu to %llu\n", (unsigned long long)first,
                  (unsigned long long)(first + count - 1));
    for (uint64_t seed = first; seed < first + count; seed++) {
        begin_world(world, seed);
        for (int i = 0; i < STEPS; i++)
            step(world);
        end_world(world);
    }
    gs_free(world);
    print_message("%llu choices, %llu without a barrier, %llu over ancestors, %llu with left-out "
                  "cuts, %llu records read\n",
                  (unsigned long long)seen.choices, (unsigned long long)seen.none,
                  (unsigned long long)seen.ancestors, (unsigned long long)seen.left_out,
                  (unsigned long long)seen.reads);
    print_message("passed over: %llu unfinished, %llu gone, %llu holed, %llu disputed\n",
                  (unsigned long long)seen.passed[0], (unsigned long long)seen.passed[1],
                  (unsigned long long)seen.passed[2], (unsigned long long)seen.passed[3]);
    if (given)
        return;
    for (int i = 0; i < GS_CUT_PASSED_COUNT; i++)
        assert_true(seen.passed[i] > 500);
    assert_true(seen.none < seen.choices / 2 && seen.ancestors > 5000 && seen.left_out > 2000);
    assert_true(seen.duplicates > 5000 && seen.pushed_out > 5000 && seen.cycles > 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_barrier_that_the_rules_name)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
