/* decode_fixture.h -- a decoder with one schema of a test's own, and bytes for it: the required
 * fields of a CommentEvent, then what a case adds to both. */
#ifndef GS_TESTS_DECODE_FIXTURE_H
#define GS_TESTS_DECODE_FIXTURE_H

#include "groundswell/decode.h"

#include "avro_bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ACTIONS                                                                                    \
    "{\"type\":\"enum\",\"name\":\"Action\",\"symbols\":[\"CREATED\",\"EDITED\",\"METRICS\","      \
    "\"DELETED\",\"PINNED\"]}"
#define REQUIRED_FIELDS                                                                            \
    "{\"name\":\"event_id\",\"type\":\"string\"},"                                                 \
    "{\"name\":\"event_time\",\"type\":{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}}," \
    "{\"name\":\"platform\",\"type\":\"string\"},"                                                 \
    "{\"name\":\"comment_id\",\"type\":\"string\"},"                                               \
    "{\"name\":\"post_id\",\"type\":\"string\"},"                                                  \
    "{\"name\":\"influencer_id\",\"type\":\"string\"},"                                            \
    "{\"name\":\"actor_id\",\"type\":\"string\"},"                                                 \
    "{\"name\":\"action\",\"type\":" ACTIONS "}"
#define COMMENT_SCHEMA(more)                                                                       \
    "{\"type\":\"record\",\"name\":\"CommentEvent\",\"namespace\":\"io.groundswell.v1\","          \
    "\"fields\":[" REQUIRED_FIELDS more "]}"
#define FIELD(name, type) ",{\"name\":\"" name "\",\"type\":" type "}"

enum { SCHEMA_ID = 7 };
static const int64_t event_ms = INT64_C(1700000000123);

struct fixture {
    struct gs_decode *decode;
    struct gs_campaign_pool pool;
    struct gs_event event;
    struct gs_decode_error why;
    struct bytes bytes;
};

static inline struct fixture *fixture_of(void **state)
{
    return *state;
}

static inline int setup(void **state)
{
    struct fixture *f = gs_calloc(1, sizeof *f);
    f->decode = gs_decode_create();
    *state = f;
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *f = *state;
    gs_decode_destroy(f->decode);
    gs_free(f->pool.items);
    gs_free(f);
    return 0;
}

/* A decoder that knows one schema under SCHEMA_ID. */
static inline void use_schema(struct fixture *f, const char *schema)
{
    struct gs_error error = {0};
    gs_decode_destroy(f->decode);
    f->decode = gs_decode_create();
    if (gs_decode_add_schema(f->decode, SCHEMA_ID, gs_str_of(schema), &error) != GS_OK)
        fail_msg("%s", error.message);
}

static inline enum gs_decode_result decode_bytes(struct fixture *f)
{
    /* An exact copy, so that a sanitizer sees any read beyond the end. */
    char *exact = gs_alloc(f->bytes.len);
    memcpy(exact, f->bytes.data, f->bytes.len);
    f->event.offset = 41;
    f->event.record_ms = 42;
    enum gs_decode_result result =
        gs_decode_record(f->decode, gs_str_make(exact, f->bytes.len), &f->event, &f->pool, &f->why);
    assert_int_equal(f->event.offset, 41);
    assert_int_equal(f->event.record_ms, 42);
    gs_free(exact);
    return result;
}

static inline void begin_comment(struct bytes *b)
{
    b->len = 0;
    put_framing(b, SCHEMA_ID);
    put_string(b, "e1");
    put_long(b, event_ms);
    put_string(b, "x");
    put_string(b, "c1");
    put_string(b, "p1");
    put_string(b, "i1");
    put_string(b, "a1");
    put_long(b, 0);
}

static inline void check_required(const struct fixture *f)
{
    const struct gs_event *event = &f->event;
    assert_int_equal(event->kind, GS_KIND_COMMENT);
    assert_int_equal(event->event_ms, event_ms);
    assert_int_equal(event->event_id.len, 2);
    assert_int_equal(event->platform.len, 1);
    assert_int_equal(event->post_id.len, 2);
    assert_int_equal(event->influencer_id.len, 2);
    assert_int_equal(event->comment.comment_id.len, 2);
    assert_int_equal(event->comment.actor_id.len, 2);
    assert_int_equal(event->action, GS_ACTION_CREATED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
