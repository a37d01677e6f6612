/* Goal: what comes from outside as text or bytes (URLs, replies, INFO) is understood exactly or
 * refused with words, and a password is never among them. Method: tables; replies are fed whole and
 * split at every byte. No server. */
#include "redis/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/* ------------------------------------------------------------------ URLs */

static void test_urls(void **state)
{
    static const struct {
        const char *text, *host, *path;
        int port, db;
        const char *user, *password, *endpoint;
        bool tls;
    } cases[] = {
        {"redis://h", "h", "", 6379, 0, "", "", "h:6379/0", false},
        {"redis://127.0.0.1:7000/15", "127.0.0.1", "", 7000, 15, "", "", "127.0.0.1:7000/15",
         false},
        {"redis://h/", "h", "", 6379, 0, "", "", "h:6379/0", false},
        {"redis://h:/1", "h", "", 6379, 1, "", "", "h:6379/1", false},
        {"rediss://r.example.com:6380", "r.example.com", "", 6380, 0, "", "",
         "r.example.com:6380/0", true},
        {"redis://:pw@h", "h", "", 6379, 0, "", "pw", "h:6379/0", false},
        {"redis://bob:pw@h:1", "h", "", 1, 0, "bob", "pw", "h:1/0", false},
        {"redis://bob:p%40s%2fs%3A%25@h", "h", "", 6379, 0, "bob", "p@s/s:%", "h:6379/0", false},
        {"redis://bob:p@s:s@h", "h", "", 6379, 0, "bob", "p@s:s", "h:6379/0", false},
        {"redis://[::1]:7001/2", "::1", "", 7001, 2, "", "", "[::1]:7001/2", false},
        {"redis://[fe80::1%eth0]", "fe80::1%eth0", "", 6379, 0, "", "", "[fe80::1%eth0]:6379/0",
         false},
        {"unix:///run/redis.sock", "", "/run/redis.sock", 0, 0, "", "", "/run/redis.sock/0", false},
        {"unix://u:p@/a%20b?db=3", "", "/a b", 0, 3, "u", "p", "/a b/3", false},
    };
    struct gsi_redis_url url;
    struct gs_error error;
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        if (gsi_redis_url_parse(gs_str_of(cases[i].text), &url, &error) != GS_OK)
            fail_msg("%s: %s", cases[i].text, error.message);
        assert_string_equal(url.host, cases[i].host);
        assert_string_equal(url.path, cases[i].path);
        assert_int_equal(url.port, cases[i].port);
        assert_int_equal(url.db, cases[i].db);
        assert_string_equal(url.user, cases[i].user);
        assert_string_equal(url.password, cases[i].password);
        assert_string_equal(url.endpoint, cases[i].endpoint);
        assert_int_equal(url.tls, cases[i].tls);
    }
}

static void test_wrong_urls(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "scheme"},
        {"s3cret", "scheme"},
        {"http://s3cret", "scheme"},
        {"redis:s3cret", "scheme"},
        {"redis:/s3cret", "scheme"},
        {"redis://", "host"},
        {"redis://:s3cret@", "host"},
        {"redis://s3cret@h", "without a password"},
        {"redis://s3cret:@h", "without a password"},
        {"redis://:s3%zzcret@h", "percent-encoded"},
        {"redis://:s3cret%@h", "percent-encoded"},
        {"redis://:s3cret%00@h", "percent-encoded"},
        {"redis://u:s3/cret@h", "number"},
        {"redis://u:s3?cret", "port"},
        {"redis://h:0", "port"},
        {"redis://h:65536", "port"},
        {"redis://h:1x", "port"},
        {"redis://h/s3cret", "database"},
        {"redis://h/-1", "database"},
        {"redis://h/99999999999999999999", "database"},
        {"redis://h?db=1", "host"},
        {"redis://h h", "host"},
        {"redis://[::1", "]"},
        {"redis://[::1]s3cret", "port"},
        {"redis://[s3cret]", "host"},
        {"redis://[]", "host"},
        {"unix://", "path"},
        {"unix:///", "path"},
        {"unix://s3cret/path", "slashes"},
        {"unix:///path?s3cret", "?db=N"},
        {"unix:///path?db=s3cret", "?db=N"},
    };
    struct gsi_redis_url url;
    struct gs_error error;
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        memset(&error, 0, sizeof error);
        if (gsi_redis_url_parse(gs_str_of(cases[i].text), &url, &error) != GS_E_CONFIG)
            fail_msg("%s was taken", cases[i].text);
        if (!strstr(error.message, cases[i].says) || strstr(error.message, "s3") ||
            strstr(error.message, "cret"))
            fail_msg("%s: %s", cases[i].text, error.message);
    }
    char long_host[400] = "redis://";
    memset(long_host + 8, 'a', 300);
    assert_int_equal(gsi_redis_url_parse(gs_str_of(long_host), &url, &error), GS_E_CONFIG);
}

/* ------------------------------------------------------------------ commands */

static void test_commands(void **state)
{
    static const struct {
        int64_t value;
        const char *resp;
    } cases[] = {
        {0, "$1\r\n0\r\n"},
        {-7, "$2\r\n-7\r\n"},
        {INT64_MAX, "$19\r\n9223372036854775807\r\n"},
        {INT64_MIN, "$20\r\n-9223372036854775808\r\n"},
    };
    struct gs_buf buf = {0};
    (void)state;
    gs_redis_begin(&buf, 4);
    gs_redis_arg_text(&buf, "SET");
    gs_redis_arg(&buf, "k\0\r\n", 4);
    gs_redis_arg_str(&buf, gs_str_make("", 0));
    gs_redis_arg(&buf, NULL, 0);
    static const char resp[] = "*4\r\n$3\r\nSET\r\n$4\r\nk\0\r\n\r\n$0\r\n\r\n$0\r\n\r\n";
    assert_int_equal(buf.len, sizeof resp - 1);
    assert_memory_equal(buf.data, resp, buf.len);
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        buf.len = 0;
        gs_redis_arg_int(&buf, cases[i].value);
        assert_int_equal(buf.len, strlen(cases[i].resp));
        assert_memory_equal(buf.data, cases[i].resp, buf.len);
    }
    buf.len = 0;
    gs_redis_begin(&buf, UINT32_MAX);
    assert_memory_equal(buf.data, "*4294967295\r\n", buf.len);
    gs_buf_deinit(&buf);
}

/* ------------------------------------------------------------------ replies */

/* A reply as text, so that it can be compared: [1,"a",nil,+OK,!oom:OOM x,[]] */
static void show(const struct gs_redis_reply *reply, struct gs_buf *out)
{
    switch (reply->type) {
    case GS_REDIS_NIL:
        gs_buf_add_text(out, "nil");
        break;
    case GS_REDIS_INTEGER:
        gs_buf_add_int(out, reply->integer);
        break;
    case GS_REDIS_STRING:
        gs_buf_printf(out, "\"%.*s\"", (int)reply->str.len, reply->str.data);
        assert_int_equal(reply->str.data[reply->str.len], 0);
        break;
    case GS_REDIS_SIMPLE:
        gs_buf_printf(out, "+%s", reply->str.data);
        break;
    case GS_REDIS_ERROR_REPLY:
        gs_buf_printf(out, "!%s:%s", gs_redis_fault_name(reply->fault), reply->str.data);
        break;
    case GS_REDIS_ARRAY:
        gs_buf_add_text(out, "[");
        for (size_t i = 0; i < reply->count; i++) {
            if (i > 0)
                gs_buf_add_text(out, ",");
            show(&reply->elements[i], out);
        }
        gs_buf_add_text(out, "]");
        break;
    }
    assert_true(reply->type == GS_REDIS_ERROR_REPLY || reply->fault == GS_REDIS_OK);
}

/* Feeds the bytes in two pieces; appends what comes out, and the reason if they are refused. */
static void parse(const char *bytes, size_t len, size_t split, struct gs_buf *out)
{
    struct gsi_redis_replies replies;
    struct gsi_redis_arena copies = {0};
    redisReader *reader = redisReaderCreateWithFunctions(NULL);
    const struct gs_redis_reply *reply;
    const char *why;
    size_t from = 0, to = split;
    int more = 0;
    gsi_redis_replies_init(&replies, reader);
    out->len = 0;
    for (int piece = 0; piece < 2 && more >= 0; piece++, from = to, to = len) {
        assert_int_equal(redisReaderFeed(reader, bytes + from, to - from), REDIS_OK);
        while ((more = gsi_redis_replies_next(&replies, &reply, &why)) > 0) {
            show(gsi_redis_reply_copy(&copies, reply), out);
            gs_buf_add_text(out, ";");
        }
    }
    if (more < 0)
        gs_buf_printf(out, "refused: %s", why);
    gs_buf_add(out, "", 1);
    gsi_redis_arena_deinit(&copies);
    gsi_redis_replies_deinit(&replies);
    redisReaderFree(reader);
}

static void test_replies(void **state)
{
    static const struct {
        const char *bytes, *expected;
    } cases[] = {
        {"+OK\r\n", "+OK;"},
        {":-12\r\n:0\r\n", "-12;0;"},
        {"$3\r\na\rb\r\n$0\r\n\r\n$-1\r\n", "\"a\rb\";\"\";nil;"},
        {"*-1\r\n*0\r\n", "nil;[];"},
        {"*3\r\n:1\r\n*2\r\n$1\r\na\r\n*0\r\n+x\r\n:7\r\n", "[1,[\"a\",[]],+x];7;"},
        {"*2\r\n-OOM no\r\n$-1\r\n", "[!oom:OOM no,nil];"},
        {"*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", "[[[[[[[[1]]]]]]]];"},
        {"*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
         "refused: the reply is nested too deeply"},
        {"+a\r\n*1000000000\r\n", "+a;refused: the reply is too large"},
        {"*4294967295\r\n", "refused: the reply is too large"},
        {"%1\r\n+a\r\n:1\r\n", "refused: a reply of a newer protocol came"},
        {">1\r\n+a\r\n", "refused: a reply of a newer protocol came"},
        {"#t\r\n", "refused: a reply of a newer protocol came"},
        {",1.5\r\n", "refused: a reply of a newer protocol came"},
        {"=5\r\ntxt:a\r\n", "refused: a reply of a newer protocol came"},
        {"HTTP/1.1 400\r\n", "refused: Protocol error, got \"H\" as reply type byte"},
        {":x\r\n", "refused: Bad integer value"},
        {"$-2\r\n", "refused: Bulk string length out of range"},
        {"*x\r\n", "refused: Bad multi-bulk length"},
    };
    struct gs_buf out = {0};
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        size_t len = strlen(cases[i].bytes);
        for (size_t split = 0; split <= len; split++) {
            parse(cases[i].bytes, len, split, &out);
            assert_string_equal(out.data, cases[i].expected);
        }
    }
    gs_buf_deinit(&out);
}

/* Limits of memory: of one long string, of many nodes, of a line without an end. */
static void test_reply_limits(void **state)
{
    static const struct {
        const char *first;
        const char *again; /* fed until it is refused, but no more than bytes */
        size_t bytes;
        const char *expected;
    } cases[] = {
        {"$70000000\r\n", "0123456789abcdef", 70000000, "refused: the reply is too large"},
        {"*1000000\r\n", "$20\r\n0123456789abcdefghij\r\n", 70000000,
         "refused: the reply is too large"},
        {"+", "0123456789abcdef", 100000, "refused: a line does not end"},
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        struct gs_buf bytes = {0}, out = {0};
        gs_buf_add_text(&bytes, cases[i].first);
        while (bytes.len < cases[i].bytes)
            gs_buf_add_text(&bytes, cases[i].again);
        parse(bytes.data, bytes.len, bytes.len, &out);
        assert_string_equal(out.data, cases[i].expected);
        gs_buf_deinit(&bytes);
        gs_buf_deinit(&out);
    }
}

static void test_faults(void **state)
{
    static const struct {
        const char *text;
        enum gs_redis_fault fault;
    } cases[] = {
        {"NOAUTH Authentication required.", GS_REDIS_AUTH},
        {"WRONGPASS invalid username-password pair or user is disabled.", GS_REDIS_AUTH},
        {"NOPERM User x has no permissions to run the 'set' command", GS_REDIS_PERMISSION},
        {"READONLY You can't write against a read only replica.", GS_REDIS_REPLICA},
        {"LOADING Redis is loading the dataset in memory", GS_REDIS_LOADING},
        {"OOM command not allowed when used memory > 'maxmemory'.", GS_REDIS_OOM},
        {"NOREPLICAS Not enough good replicas to write.", GS_REDIS_NO_REPLICAS},
        {"MASTERDOWN Link with MASTER is down", GS_REDIS_NO_REPLICAS},
        {"MISCONF Redis is configured to save RDB snapshots", GS_REDIS_MISCONF},
        {"BUSY Redis is busy running a script.", GS_REDIS_BUSY},
        {"BUSYGROUP Consumer Group name already exists", GS_REDIS_ERROR},
        {"NOSCRIPT No matching script.", GS_REDIS_NO_FUNCTION},
        {"ERR Function not found", GS_REDIS_NO_FUNCTION},
        {"WRONGTYPE Operation against a key", GS_REDIS_WRONG_TYPE},
        {"ERR max number of clients reached", GS_REDIS_CLIENTS},
        {"ERR DB index is out of range", GS_REDIS_DATABASE},
        {"MOVED 866 127.0.0.1:7001", GS_REDIS_UNSUPPORTED},
        {"ERR syntax error", GS_REDIS_ERROR},
        {"OOM", GS_REDIS_OOM},
        {"OO", GS_REDIS_ERROR},
        {"", GS_REDIS_ERROR},
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++)
        assert_int_equal(gsi_redis_classify(gs_str_of(cases[i].text)), cases[i].fault);
    for (int fault = 1; fault < GS_REDIS_FAULT_COUNT; fault++) {
        struct gs_error error;
        assert_non_null(gs_redis_fault_name((enum gs_redis_fault)fault));
        gsi_redis_fault_error("h:1/0", (enum gs_redis_fault)fault, "what", &error);
        assert_int_equal(error.status, gs_redis_fault_status((enum gs_redis_fault)fault));
        assert_true(strlen(error.message) > strlen("Redis at h:1/0: what; "));
    }
}

/* ------------------------------------------------------------------ INFO */

static void test_info(void **state)
{
    static const struct {
        const char *text;
        bool accept_replica;
        enum gs_redis_fault fault;
        const char *says;
        uint32_t version;
        enum gs_redis_kind kind;
    } cases[] = {
        {"# Server\r\nredis_version:7.0.15\r\nrole:master\r\n", false, GS_REDIS_OK, "", 70015,
         GS_REDIS_KIND_REDIS},
        {"redis_version:8.2.1", false, GS_REDIS_OK, "", 80201, GS_REDIS_KIND_REDIS},
        {"redis_version:6.2.6\r\n", false, GS_REDIS_UNSUPPORTED, "too old", 60206,
         GS_REDIS_KIND_REDIS},
        {"redis_version:255.255.255\r\n", false, GS_REDIS_OK, "", 2552500, GS_REDIS_KIND_REDIS},
        {"redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.0\r\n", false,
         GS_REDIS_OK, "", 80100, GS_REDIS_KIND_VALKEY},
        {"redis_version:7.2.4\nserver_name:valkey\n", false, GS_REDIS_OK, "", 70204,
         GS_REDIS_KIND_VALKEY},
        {"redis_version:7.0.1\r\nserver_name:valkey\r\n", false, GS_REDIS_UNSUPPORTED, "too old",
         70001, GS_REDIS_KIND_VALKEY},
        {"redis_version:x\r\n", false, GS_REDIS_UNSUPPORTED, "INFO", 0, GS_REDIS_KIND_REDIS},
        {"xredis_version:7.0.1\r\n", false, GS_REDIS_UNSUPPORTED, "INFO", 0, GS_REDIS_KIND_REDIS},
        {"", false, GS_REDIS_UNSUPPORTED, "INFO", 0, GS_REDIS_KIND_REDIS},
        {"redis_version:7.0.1\r\nredis_mode:cluster\r\n", false, GS_REDIS_UNSUPPORTED, "cluster",
         70001, GS_REDIS_KIND_REDIS},
        {"redis_version:7.0.1\r\nredis_mode:sentinel\r\n", false, GS_REDIS_UNSUPPORTED, "Sentinel",
         70001, GS_REDIS_KIND_REDIS},
        {"redis_version:7.0.1\r\nloading:1\r\n", false, GS_REDIS_LOADING, "loading", 70001,
         GS_REDIS_KIND_REDIS},
        {"redis_version:7.0.1\r\nrole:slave\r\n", false, GS_REDIS_REPLICA, "replica", 70001,
         GS_REDIS_KIND_REDIS},
        {"redis_version:7.0.1\r\nrole:slave\r\n", true, GS_REDIS_OK, "", 70001,
         GS_REDIS_KIND_REDIS},
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        struct gs_redis_info info;
        const char *what;
        enum gs_redis_fault fault =
            gsi_redis_info_read(gs_str_of(cases[i].text), cases[i].accept_replica, &info, &what);
        if (fault != cases[i].fault || info.version != cases[i].version ||
            info.kind != cases[i].kind || (fault && !strstr(what, cases[i].says)))
            fail_msg("case %zu: fault %s, version %u, %s", i, gs_redis_fault_name(fault),
                     info.version, what);
    }
}

static void test_info_memory(void **state)
{
    static const struct {
        const char *policy;
        int64_t maxmemory;
        bool evicts;
    } cases[] = {
        {"noeviction", 1000, false}, {"allkeys-lru", 1000, true}, {"volatile-ttl", 1000, true},
        {"allkeys-lru", 0, false},   {"", 1000, false},
    };
    (void)state;
    for (size_t i = 0; i < GS_COUNT_OF(cases); i++) {
        struct gs_redis_info info;
        const char *what;
        char text[200];
        snprintf(text, sizeof text,
                 "redis_version:7.0.1\r\nused_memory:77\r\nmaxmemory:%lld\r\n"
                 "maxmemory_policy:%s\r\nrun_id:abc\x1b\r\n",
                 (long long)cases[i].maxmemory, cases[i].policy);
        assert_int_equal(gsi_redis_info_read(gs_str_of(text), false, &info, &what), GS_REDIS_OK);
        assert_int_equal(info.evicts, cases[i].evicts);
        assert_int_equal(info.maxmemory, cases[i].maxmemory);
        assert_int_equal(info.used_memory, 77);
        assert_string_equal(info.maxmemory_policy, cases[i].policy);
        assert_string_equal(info.run_id, "abc?");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),         cmocka_unit_test(test_wrong_urls),
        cmocka_unit_test(test_commands),     cmocka_unit_test(test_replies),
        cmocka_unit_test(test_reply_limits), cmocka_unit_test(test_faults),
        cmocka_unit_test(test_info),         cmocka_unit_test(test_info_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
