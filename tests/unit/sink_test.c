/* Goal: a guard lets exactly its owner write, and each answer reaches the task that asked.
 * Method: the sink against a redis-server of our own; guards are made, damaged and looked at with a
 * second connection. */
#include "sink_record.h"

/* ------------------------------------------------------------------ takeovers */

static void test_take_empty(void **state)
{
    (void)state;
    start_sink(server_url, 0);
    take(false);
    assert_int_equal(record.take, GS_TAKE_OK);
    assert_false(record.before.present);
    assert_int_equal(record.before.at_count, 0);
    assert_int_equal(record.before.clean_count, 0);
    assert_true(record.before.as_of_ms == GS_NULL_INT && record.before.age_ms == GS_NULL_INT);
    assert_reply("HGET gs:v1:guard:5 owner", task.incarnation);
    assert_reply("HGET gs:v1:guard:5 cluster", "cluster-1");
    assert_reply("HGET gs:v1:guard:5 group", "my group");
    assert_reply("HGET gs:v1:guard:5 partitions", "12");
    assert_reply("HGET gs:v1:guard:5 generation", "3");
    assert_reply("HGET gs:v1:guard:5 token", command.token);
    stop_sink();
}

static void test_take_again(void **state)
{
    char token[GS_TOKEN_BYTES + 1];
    (void)state;
    start_sink(server_url, 0);
    take(false);
    write_one("x");
    memcpy(token, command.token, sizeof token);
    take(false); /* the same owner, of the same generation */
    assert_int_equal(record.take, GS_TAKE_OK);
    assert_true(record.before.present && record.before.same_owner);
    assert_string_equal(record.before.token, token);
    assert_int_equal(record.before.at_count, 3);
    assert_int_equal(record.before.at[0], 812);
    assert_int_equal(record.before.at[1], 90311);
    assert_int_equal(record.before.at[2], 0);
    assert_int_equal(record.before.as_of_ms, INT64_C(1764000291042));
    strcpy(task.incarnation, "another");
    task.generation++;
    take(false);
    assert_int_equal(record.take, GS_TAKE_OK);
    assert_true(record.before.present && !record.before.same_owner);
    assert_int_equal(record.before.at_count, 3);
    stop_sink();
}

static void test_stale(void **state)
{
    (void)state;
    start_sink(server_url, 0);
    take(false);
    strcpy(task.incarnation, "another");
    task.generation = 3; /* not smaller than what is stored, and not larger */
    take(false);
    assert_int_equal(record.take, GS_TAKE_STALE);
    task.generation = 2;
    take(false);
    assert_int_equal(record.take, GS_TAKE_STALE);
    assert_reply("HGET gs:v1:guard:5 owner", "0123456789abcdef0123456789abcdef");
    take(true);
    assert_int_equal(record.take, GS_TAKE_OK);
    assert_false(record.before.same_owner);
    assert_reply("HGET gs:v1:guard:5 owner", "another");
    assert_reply("HGET gs:v1:guard:5 generation", "2");
    stop_sink();
}

static void test_foreign(void **state)
{
    (void)state;
    start_sink(server_url, 0);
    take(false);
    write_one("x");
    strcpy(task.cluster_id, "cluster\n2");
    take(true); /* ownership in the other cluster is no reason */
    assert_int_equal(record.take, GS_TAKE_FOREIGN);
    assert_string_equal(record.detail, "its cluster is 'cluster-1', ours is 'cluster?2'");
    strcpy(task.cluster_id, "cluster-1");
    strcpy(task.group, "other");
    task.partition_count = 24;
    take(false);
    assert_int_equal(record.take, GS_TAKE_FOREIGN);
    assert_string_equal(record.detail, "its group is 'my group', ours is 'other', its number of "
                                       "partitions is '12', ours is '24'");
    assert_reply("HGET gs:v1:guard:5 partitions", "12");
    task.takeover = true;
    task.generation = 1;
    ask("HSET gs:v1:guard:5 clean_at 1,2,3 clean_as_of 7 clean_meaning 0000000000000000");
    take(false);
    assert_int_equal(record.take, GS_TAKE_OK);
    assert_true(record.before.present);
    assert_int_equal(record.before.at_count, 0); /* offsets of another cluster mean nothing */
    assert_int_equal(record.before.clean_count, 0);
    assert_true(record.before.age_ms == GS_NULL_INT);
    assert_true(record.before.as_of_ms == GS_NULL_INT);
    assert_reply("HGET gs:v1:guard:5 partitions", "24");
    assert_int_equal(ask("HEXISTS gs:v1:guard:5 at")->integer, 0);
    stop_sink();
}

static void write_clean(enum gs_guard_clean clean)
{
    command.clean = clean;
    write_one("x");
    assert_int_equal(record.write, GS_WRITE_OK);
}

/* What was said of all being in Redis stays until it is said again, taken back, or not so. */
static void test_take_clean(void **state)
{
    (void)state;
    start_sink(server_url, 0);
    take(false);
    write_clean(GS_GUARD_CLEAN_KEEP);
    take(false);
    assert_int_equal(record.before.clean_count, 0);
    assert_in_range(record.before.age_ms, 0, 60000);
    command.meaning = UINT64_C(0xfedcba9876543210);
    write_clean(GS_GUARD_CLEAN_SET);
    command.meaning = 1;
    write_clean(GS_GUARD_CLEAN_KEEP);
    ask("HSET gs:v1:guard:5 at 1000,90311,5 as_of 1764000291043");
    for (int i = 0; i < 2; i++) { /* a takeover changes nothing of it */
        take(false);
        assert_int_equal(record.before.clean_count, 3);
        assert_int_equal(record.before.clean_at[0], 812);
        assert_int_equal(record.before.clean_at[1], 90311);
        assert_int_equal(record.before.clean_at[2], 0);
        assert_int_equal(record.before.clean_as_of_ms, INT64_C(1764000291042));
        assert_true(record.before.clean_meaning == UINT64_C(0xfedcba9876543210));
        assert_int_equal(record.before.at[0], 1000);
    }
    write_clean(GS_GUARD_CLEAN_DROP);
    take(false);
    assert_int_equal(record.before.clean_count, 0);
    assert_int_equal(record.before.at_count, 3);
    stop_sink();
}

static void test_take_age(void **state)
{
    static const char *const written[] = {"x", "nan", "inf", "1e300", ""};
    (void)state;
    start_sink(server_url, 0);
    take(false);
    write_one("x");
    struct gs_str set[] = {gs_str_of("HINCRBY"), gs_str_of("gs:v1:guard:5"), gs_str_of("written"),
                           gs_str_of("-3600000")};
    const struct gs_redis_reply *reply;
    struct gs_error error;
    assert_int_equal(gs_redis_sync_command(other, set, 4, &reply, &error), GS_OK);
    take(false);
    assert_in_range(record.before.age_ms, 3600000, 3660000);
    set[3] = gs_str_of("7200000"); /* another server's clock */
    assert_int_equal(gs_redis_sync_command(other, set, 4, &reply, &error), GS_OK);
    take(false);
    assert_in_range(-record.before.age_ms, 3540000, 3600000);
    set[0] = gs_str_of("HSET");
    for (size_t i = 0; i < GS_COUNT_OF(written); i++) {
        set[3] = gs_str_of(written[i]);
        assert_int_equal(gs_redis_sync_command(other, set, 4, &reply, &error), GS_OK);
        take(false);
        assert_int_equal(record.take, GS_TAKE_OK);
        assert_true(record.before.age_ms == GS_NULL_INT);
    }
    stop_sink();
}

/* How long ago cells were written at most, per window, as the write that said so and as the clock
 * of the server have it. */
static void test_take_refreshed(void **state)
{
    static const char *const nonsense[] = {"x", "1,", "1,nan", "1e300", "99999999999999999999", ""};
    char words[200];
    (void)state;
    start_sink(server_url, 0);
    take(false);
    assert_true(record.before.refreshed_ms[0] == GS_NULL_INT);
    command.refreshed_ms[0] = 150000;
    command.refreshed_ms[1] = -5000; /* of a server whose clock was ahead */
    write_clean(GS_GUARD_CLEAN_SET);
    command.refreshed_ms[0] = 0;
    write_clean(GS_GUARD_CLEAN_KEEP);
    take(false);
    assert_in_range(record.before.refreshed_ms[0], 150000, 210000);
    assert_in_range(record.before.refreshed_ms[1] + 5000, 0, 60000);
    assert_true(record.before.refreshed_ms[2] == GS_NULL_INT);
    for (size_t i = 0; i < GS_COUNT_OF(nonsense); i++) {
        snprintf(words, sizeof words, "HSET gs:v1:guard:5 clean_refreshed '%s'", nonsense[i]);
        ask(words);
        take(false);
        assert_int_equal(record.take, GS_TAKE_OK);
        assert_true(record.before.refreshed_ms[1] == GS_NULL_INT);
    }
    stop_sink();
}

/* Of what is clean, all can be read or nothing is believed. */
static void test_damaged_clean(void **state)
{
    static const char *const damaged[] = {"clean_at 1,2,x",
                                          "clean_at ,",
                                          "clean_as_of x",
                                          "clean_as_of -1",
                                          "clean_meaning abc",
                                          "clean_meaning 0123456789abcdeg",
                                          "clean_meaning 0123456789abcdef0"};
    char words[200];
    (void)state;
    start_sink(server_url, 0);
    take(false);
    for (size_t i = 0; i < GS_COUNT_OF(damaged); i++) {
        write_clean(GS_GUARD_CLEAN_SET);
        snprintf(words, sizeof words, "HSET gs:v1:guard:5 %s", damaged[i]);
        ask(words);
        take(false);
        assert_int_equal(record.take, GS_TAKE_OK);
        assert_int_equal(record.before.clean_count, 0);
        assert_int_equal(record.before.at_count, 3);
    }
    stop_sink();
}

/* Whatever somebody wrote into a guard must neither be believed nor keep us out. */
static void test_damaged_guard(void **state)
{
    static const char *const at[] = {"1,2,",   ",",     "1,2,3,4,5",           "x",
                                     "-1,2,3", "1 2 3", "99999999999999999999"};
    char words[200];
    (void)state;
    start_sink(server_url, 0);
    take(false);
    for (size_t i = 0; i < GS_COUNT_OF(at); i++) {
        struct gs_str set[] = {gs_str_of("HSET"), gs_str_of("gs:v1:guard:5"), gs_str_of("at"),
                               gs_str_of(at[i])};
        const struct gs_redis_reply *reply;
        struct gs_error error;
        assert_int_equal(gs_redis_sync_command(other, set, 4, &reply, &error), GS_OK);
        take(false);
        assert_int_equal(record.take, GS_TAKE_OK);
        assert_int_equal(record.before.at_count, 0);
    }
    snprintf(words, sizeof words, "HSET gs:v1:guard:5 as_of 1e300 generation x token %0100d", 7);
    ask(words);
    strcpy(task.incarnation, "another");
    take(false);
    assert_int_equal(record.take, GS_TAKE_OK);
    assert_true(record.before.as_of_ms == GS_NULL_INT);
    assert_string_equal(record.before.token, "");
    stop_sink();
}

/* ------------------------------------------------------------------ writes */

static void test_write(void **state)
{
    (void)state;
    start_sink(server_url, 0);
    take(false);
    assert_reply("SET gs:v1:{x}:gone 1", "OK");
    ask("RPUSH gs:v1:{x}:b 1"); /* a cell replaces what has another type */
    begin_write();
    add_cell("gs:v1:{x}:a", "{\"_v\":1}", 60000);
    add_cell("gs:v1:{x}:gone", "", 60000);
    add_cell("gs:v1:{x}:b", "b", 900000);
    send_write();
    assert_int_equal(record.write, GS_WRITE_OK);
    assert_int_equal(record.failed_keys, 0);
    assert_reply("GET gs:v1:{x}:a", "{\"_v\":1}");
    assert_reply("GET gs:v1:{x}:b", "b");
    assert_int_equal(ask("EXISTS gs:v1:{x}:gone")->integer, 0);
    assert_in_range(ask("PTTL gs:v1:{x}:a")->integer, 30000, 60000);
    assert_in_range(ask("PTTL gs:v1:{x}:b")->integer, 870000, 900000);
    assert_reply("HGET gs:v1:guard:5 token", command.token);
    assert_reply("HGET gs:v1:guard:5 seq", "1");
    assert_reply("HGET gs:v1:guard:5 at", "812,90311,0");
    assert_reply("HGET gs:v1:guard:5 as_of", "1764000291042");
    assert_int_equal(ask("HGET gs:v1:guard:5 written")->str.len, 13);
    assert_int_equal(ask("HEXISTS gs:v1:guard:5 clean_at")->integer, 0);
    command.clean = GS_GUARD_CLEAN_SET;
    write_one("y");
    assert_reply("HGET gs:v1:guard:5 clean_at", "812,90311,0");
    assert_reply("HGET gs:v1:guard:5 clean_as_of", "1764000291042");
    stop_sink();
}

/* One without cells moves the guard. */
static void test_write_nothing(void **state)
{
    (void)state;
    start_sink(server_url, 0);
    take(false);
    begin_write();
    command.clean = GS_GUARD_CLEAN_SET;
    send_write();
    assert_int_equal(record.write, GS_WRITE_OK);
    assert_reply("HGET gs:v1:guard:5 token", command.token);
    assert_reply("HGET gs:v1:guard:5 clean_at", "812,90311,0");
    assert_int_equal(ask("DBSIZE")->integer, 1);
    stop_sink();
}

static void test_write_full(void **state)
{
    char key[60];
    (void)state;
    start_sink(server_url, 0);
    take(false);
    begin_write();
    for (int i = 0; i < GS_TASK_WRITE_CELLS; i++) {
        snprintf(key, sizeof key, "gs:v1:{x}:%d", i);
        add_cell(key, key, 60000);
    }
    send_write();
    assert_int_equal(record.write, GS_WRITE_OK);
    assert_int_equal(ask("DBSIZE")->integer, 1 + GS_TASK_WRITE_CELLS);
    assert_reply("GET gs:v1:{x}:63", "gs:v1:{x}:63");
    stop_sink();
}

static void test_refused_writes(void **state)
{
    struct gs_command kept;
    (void)state;
    start_sink(server_url, 0);
    take(false);
    kept = command; /* the token that stands in the guard */
    assert_reply("FLUSHALL", "OK");
    write_one("x");
    assert_int_equal(record.write, GS_WRITE_EMPTY);
    assert_int_equal(ask("DBSIZE")->integer, 0);
    take(false);
    ask("HSET gs:v1:guard:5 token 00000000000000000000000000000bad");
    write_one("x");
    assert_int_equal(record.write, GS_WRITE_REGRESSED);
    memcpy(command.token, kept.token, sizeof kept.token);
    write_one("x"); /* nothing of the refused one was applied */
    assert_int_equal(record.write, GS_WRITE_REGRESSED);
    take(false);
    task.generation++;
    write_one("x");
    assert_int_equal(record.write, GS_WRITE_FENCED);
    ask("HSET gs:v1:guard:5 owner somebody generation 4");
    write_one("x");
    assert_int_equal(record.write, GS_WRITE_FENCED);
    assert_int_equal(ask("DBSIZE")->integer, 1);
    assert_int_equal(record.disconnected, 0);
    stop_sink();
}

/* Two writes in flight, as a task has them: the second expects the token of the first. */
static void test_two_in_flight(void **state)
{
    (void)state;
    start_sink(server_url, 0);
    take(false);
    begin_write();
    add_cell("gs:v1:{x}:a", "1", 60000);
    assert_int_equal(gs_sink_send(record.sink, &owner, &command), GS_OK);
    begin_write();
    add_cell("gs:v1:{x}:a", "2", 60000);
    struct gs_sink_owner second = {78, &task};
    assert_int_equal(gs_sink_send(record.sink, &second, &command), GS_OK);
    run_until(&record.written, 2, "both writes");
    assert_int_equal(record.write, GS_WRITE_OK);
    assert_int_equal(record.tag, 78);
    assert_reply("GET gs:v1:{x}:a", "2");
    stop_sink();
}

static void test_failed_keys(void **state)
{
    (void)state;
    start_sink(server_url, 0);
    take(false);
    begin_write();
    add_cell("gs:v1:{x}:a", "a", 60000);
    add_cell("gs:v1:{x}:b", "b", 0); /* no expiry that Redis takes */
    add_cell("gs:v1:{x}:c", "c", 60000);
    add_cell("gs:v1:{x}:d", "d", -5);
    ask("HSET gs:v1:guard:5 clean_at 1,2,3 clean_as_of 7 clean_meaning 0000000000000000");
    command.clean = GS_GUARD_CLEAN_SET;
    send_write();
    assert_int_equal(record.write, GS_WRITE_OK);
    assert_int_equal(record.failed_keys, 2);
    assert_says(record.why, "invalid expire time");
    assert_reply("GET gs:v1:{x}:c", "c");
    assert_int_equal(ask("EXISTS gs:v1:{x}:b gs:v1:{x}:d")->integer, 0);
    assert_int_equal(ask("HEXISTS gs:v1:guard:5 clean_at")->integer, 0); /* it is not */
    stop_sink();
}

/* A user that may do everything but the one command inside the function. */
static void test_failed_by_acl(void **state)
{
    char url[100];
    (void)state;
    ask("ACL SETUSER eve on >pw ~* +@all -set");
    snprintf(url, sizeof url, "redis://eve:pw@127.0.0.1:%d", server_port);
    start_sink(url, 0);
    take(false);
    write_one("x");
    assert_int_equal(record.write, GS_WRITE_OK);
    assert_int_equal(record.failed_keys, 1);
    assert_says(record.why, "run");
    stop_sink();
}

/* ------------------------------------------------------------------ answers that are none */

static void test_nonsense(void **state)
{
    struct gs_redis_reply parts[12] = {{.type = GS_REDIS_STRING, .str = gs_str_of("OK")}};
    struct gs_redis_reply reply = {.type = GS_REDIS_ARRAY, .elements = parts};
    struct gsi_written written;
    struct gsi_taken taken;
    (void)state;
    for (reply.count = 0; reply.count < 12; reply.count++) {
        assert_false(gsi_sink_read_taken(&reply, &taken)); /* NILs */
        assert_false(gsi_sink_read_written(&reply, &written));
    }
    for (int i = 1; i < 12; i++)
        parts[i] = (struct gs_redis_reply){.type = GS_REDIS_INTEGER, .integer = 65};
    for (reply.count = 0; reply.count < 12; reply.count++) {
        assert_int_equal(gsi_sink_read_taken(&reply, &taken), reply.count == 10);
        assert_false(gsi_sink_read_written(&reply, &written)); /* 65 keys are too many */
    }
    reply.count = 3;
    parts[1].integer = -1;
    assert_false(gsi_sink_read_written(&reply, &written));
    parts[1].integer = 64;
    assert_true(gsi_sink_read_written(&reply, &written));
    reply = (struct gs_redis_reply){.type = GS_REDIS_STRING, .str = gs_str_of("OK")};
    assert_false(gsi_sink_read_taken(&reply, &taken));
    assert_false(gsi_sink_read_written(&reply, &written));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_take_clean),     WITH_SERVER(test_take_age),
        WITH_SERVER(test_damaged_clean),  WITH_SERVER(test_write_nothing),
        WITH_SERVER(test_take_refreshed), WITH_SERVER(test_take_empty),
        WITH_SERVER(test_take_again),     WITH_SERVER(test_stale),
        WITH_SERVER(test_foreign),        WITH_SERVER(test_damaged_guard),
        WITH_SERVER(test_write),          WITH_SERVER(test_write_full),
        WITH_SERVER(test_refused_writes), WITH_SERVER(test_two_in_flight),
        WITH_SERVER(test_failed_keys),    WITH_SERVER(test_failed_by_acl),
        cmocka_unit_test(test_nonsense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
