/* Goal: what Avro C writes, by our schemas or by any evolution of them, reads back as the same
 * values.
 * Method: a seed makes a writer schema (fields in another order, optional ones left out, unknown
 * ones of random types put in, null in another place) and random values of it; Avro C encodes them,
 * our plan decodes them, and each member of the event is compared with the value of its name. */
#include "groundswell/decode.h"

#include <avro.h>
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SCHEMAS_PER_KIND = 60, RECORDS_PER_SCHEMA = 40, SCHEMA_ID = 9, VALUE_BYTES_MAX = 1 << 18 };

static uint64_t seed_state;
static unsigned unknown_seen; /* in the record at hand: symbols that no reader knows */

static uint64_t next_random(void)
{
    uint64_t z = (seed_state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static size_t below(size_t limit)
{
    return (size_t)(next_random() % limit);
}

/* ------------------------------------------------------------------ evolved schemas */

static json_t *random_type(int depth, int *names)
{
    static const char *const simple[] = {"null",  "boolean", "int",   "long",
                                         "float", "double",  "bytes", "string"};
    char name[24];
    snprintf(name, sizeof name, "Unknown%d", ++*names);
    switch (depth > 0 ? below(14) : below(8)) {
    case 8:
        return json_pack("{s:s,s:o}", "type", "array", "items", random_type(depth - 1, names));
    case 9:
        return json_pack("{s:s,s:o}", "type", "map", "values", random_type(depth - 1, names));
    case 10: /* Avro C cannot write a fixed of 0 bytes */
        return json_pack("{s:s,s:s,s:i}", "type", "fixed", "name", name, "size", (int)below(8) + 1);
    case 11:
        return json_pack("{s:s,s:s,s:[s,s,s]}", "type", "enum", "name", name, "symbols", "A", "B",
                         "C");
    case 12:
        return json_pack("[s,{s:s,s:o}]", "null", "type", "array", "items",
                         random_type(depth - 1, names));
    case 13:
        return json_pack("{s:s,s:s,s:[{s:s,s:o},{s:s,s:o}]}", "type", "record", "name", name,
                         "fields", "name", "likes", "type", random_type(depth - 1, names), "name",
                         "y", "type", random_type(depth - 1, names));
    default:
        return json_string(simple[below(8)]);
    }
}

static bool is_optional(const json_t *field)
{
    const json_t *type = json_object_get(field, "type");
    for (size_t i = 0; i < json_array_size(type); i++)
        if (json_equal(json_array_get(type, i), json_array_get(type, 0)) && json_is_array(type))
            return true;
    return false;
}

static void move_null(json_t *field)
{
    json_t *type = json_object_get(field, "type");
    if (!json_is_array(type) || below(2))
        return;
    json_t *first = json_incref(json_array_get(type, 0));
    json_array_remove(type, 0);
    json_array_append_new(type, first);
    if (below(3) == 0)
        json_array_insert_new(type, below(3), json_string("boolean"));
    json_object_del(field, "default");
}

static void evolve_fields(json_t *fields, int *names)
{
    for (size_t i = json_array_size(fields); i-- > 0;)
        if (is_optional(json_array_get(fields, i)) && below(4) == 0)
            json_array_remove(fields, i);
    for (size_t i = 0; i < json_array_size(fields); i++)
        move_null(json_array_get(fields, i));
    for (size_t i = 0; i < json_array_size(fields); i++) {
        json_t *moved = json_incref(json_array_get(fields, i));
        json_array_remove(fields, i);
        json_array_insert_new(fields, below(json_array_size(fields) + 1), moved);
    }
    for (size_t i = below(4); i > 0; i--) {
        char name[24];
        snprintf(name, sizeof name, "unknown%d", ++*names);
        json_array_insert_new(fields, below(json_array_size(fields) + 1),
                              json_pack("{s:s,s:o}", "name", name, "type", random_type(3, names)));
    }
}

/* ------------------------------------------------------------------ random values */

static void fill(avro_value_t *value, const char *name);

static void fill_string(avro_value_t *value, const char *name)
{
    char text[400];
    bool is_id = strlen(name) > 2 && strstr(name, "_id") != NULL;
    size_t len = is_id ? 1 + below(below(4) ? 20 : GS_ID_BYTES_MAX) : below(below(4) ? 60 : 390);
    for (size_t i = 0; i < len; i++)
        text[i] = (char)(1 + below(255));
    text[len] = '\0';
    if (avro_value_get_type(value) == AVRO_BYTES)
        avro_value_set_bytes(value, text, len);
    else
        avro_value_set_string_len(value, text, len + 1);
}

static bool is_time_name(const char *name)
{
    static const char *const names[] = {"event_time", "updated_at", "created_at", "from", "to"};
    for (size_t i = 0; i < GS_COUNT_OF(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static int64_t random_long(const char *name)
{
    uint64_t bits = next_random() >> below(64);
    if (is_time_name(name))
        return (int64_t)(bits % (uint64_t)(GS_TIME_MS_MAX + 1));
    if (strncmp(name, "unknown", 7) == 0)
        return (int64_t)bits;
    return (int64_t)(bits % (uint64_t)(GS_COUNT_MAX + 1));
}

static void fill_items(avro_value_t *value, const char *name, bool map)
{
    size_t count = below(GS_BRANDS_MAX + 1);
    for (size_t i = 0; i < count; i++) {
        avro_value_t item;
        char key[24];
        snprintf(key, sizeof key, "k%zu", i);
        if (map)
            avro_value_add(value, key, &item, NULL, NULL);
        else
            avro_value_append(value, &item, NULL);
        fill(&item, name);
    }
}

static void fill_record(avro_value_t *value)
{
    size_t count = 0;
    avro_value_get_size(value, &count);
    for (size_t i = 0; i < count; i++) {
        avro_value_t field;
        const char *name = NULL;
        avro_value_get_by_index(value, i, &field, &name);
        fill(&field, name);
    }
}

/* Of a union that move_null has widened, the boolean is never written. */
static void fill_union(avro_value_t *value, const char *name)
{
    avro_schema_t schema = avro_value_get_schema(value);
    avro_value_t branch;
    for (;;) {
        int chosen = (int)below(avro_schema_union_size(schema));
        if (is_avro_boolean(avro_schema_union_branch(schema, chosen)))
            continue;
        avro_value_set_branch(value, chosen, &branch);
        fill(&branch, name);
        return;
    }
}

static void fill_fixed(avro_value_t *value)
{
    uint8_t zeros[16] = {0};
    avro_value_set_fixed(value, zeros,
                         (size_t)avro_schema_fixed_size(avro_value_get_schema(value)));
}

static void fill(avro_value_t *value, const char *name)
{
    switch (avro_value_get_type(value)) {
    case AVRO_STRING:
    case AVRO_BYTES:
        fill_string(value, name);
        break;
    case AVRO_INT32:
        avro_value_set_int(value, (int32_t)(next_random() >> (33 + below(30))));
        break;
    case AVRO_INT64:
        avro_value_set_long(value, random_long(name));
        break;
    case AVRO_FLOAT:
        avro_value_set_float(value, (float)below(1000) / 1000);
        break;
    case AVRO_DOUBLE:
        avro_value_set_double(value, (double)below(2001) / 1000 - 1);
        break;
    case AVRO_BOOLEAN:
        avro_value_set_boolean(value, (int)below(2));
        break;
    case AVRO_NULL:
        avro_value_set_null(value);
        break;
    case AVRO_ENUM:
        avro_value_set_enum(value, (int)below((size_t)avro_schema_enum_number_of_symbols(
                                       avro_value_get_schema(value))));
        break;
    case AVRO_FIXED:
        fill_fixed(value);
        break;
    case AVRO_ARRAY:
    case AVRO_MAP:
        fill_items(value, name, avro_value_get_type(value) == AVRO_MAP);
        break;
    case AVRO_RECORD:
        fill_record(value);
        break;
    default:
        fill_union(value, name);
        break;
    }
}

/* ------------------------------------------------------------------ comparison */

/* The value of a field, through its union; false if the writer has no such field or it is null. */
static bool get(const avro_value_t *record, const char *name, avro_value_t *value)
{
    avro_value_t field;
    if (avro_value_get_by_name(record, name, &field, NULL))
        return false;
    if (avro_value_get_type(&field) == AVRO_UNION)
        avro_value_get_current_branch(&field, value);
    else
        *value = field;
    return avro_value_get_type(value) != AVRO_NULL;
}

static void same_string(const avro_value_t *record, const char *name, struct gs_str ours)
{
    avro_value_t value;
    const char *text = NULL;
    size_t size = 1;
    if (!get(record, name, &value)) {
        assert_null(ours.data);
        return;
    }
    assert_int_equal(avro_value_get_string(&value, &text, &size), 0);
    assert_non_null(ours.data);
    assert_int_equal(ours.len, size - 1);
    assert_memory_equal(ours.data, text, ours.len);
}

static void same_long(const avro_value_t *record, const char *name, int64_t ours, int64_t absent)
{
    avro_value_t value;
    int64_t theirs = absent;
    if (get(record, name, &value))
        assert_int_equal(avro_value_get_long(&value, &theirs), 0);
    if (ours != theirs)
        fail_msg("%s: %lld, expected %lld", name, (long long)ours, (long long)theirs);
}

/* symbols[i] is the name of our value i. The schemas keep 0 for what a reader does not know. */
static void same_enum(const avro_value_t *record, const char *name, unsigned ours,
                      const char *const *symbols, unsigned absent)
{
    avro_value_t value;
    int index = 0;
    if (!get(record, name, &value)) {
        assert_int_equal(ours, absent);
        return;
    }
    assert_int_equal(avro_value_get_enum(&value, &index), 0);
    assert_string_equal(symbols[ours], avro_schema_enum_get(avro_value_get_schema(&value), index));
    unknown_seen += ours == 0;
}

static const char *const action_names[] = {"UNKNOWN", "PUBLISHED", "CREATED",
                                           "EDITED",  "METRICS",   "DELETED"};
static const char *const reaction_names[] = {"UNKNOWN", "LIKE",  "DISLIKE", "SHARE",     "QUOTE",
                                             "SAVE",    "CLICK", "VIEW",    "CONVERSION"};
static const char *const op_names[] = {"UNKNOWN", "ADD", "REMOVE"};
static const char *const temporality_names[] = {"UNKNOWN", "CUMULATIVE", "DELTA"};
static const char *const goal_names[] = {"UNKNOWN", "AWARENESS", "ENGAGEMENT", "SALES", "IMAGE"};

static void same_common(const avro_value_t *record, const struct gs_event *event)
{
    same_string(record, "event_id", event->event_id);
    same_long(record, "event_time", event->event_ms, 0);
    same_string(record, "platform", event->platform);
    same_string(record, "post_id", event->post_id);
    same_string(record, "influencer_id", event->influencer_id);
    same_string(record, "campaign_id", event->campaign_id);
    assert_false(event->tombstone);
}

static void same_post(const avro_value_t *record, const struct gs_event *event)
{
    static const char *const metric_names[] = {"likes",  "dislikes",    "comments",
                                               "shares", "saves",       "views",
                                               "reach",  "impressions", "clicks"};
    avro_value_t metrics;
    same_common(record, event);
    same_enum(record, "action", event->action, action_names, 0);
    same_string(record, "text", event->post.text);
    same_string(record, "lang", event->post.lang);
    same_long(record, "followers", event->post.followers, GS_NULL_INT);
    same_long(record, "created_at", event->post.created_ms, GS_NULL_INT);
    same_enum(record, "temporality", event->post.temporality, temporality_names,
              GS_TEMPORALITY_CUMULATIVE);
    bool present = get(record, "metrics", &metrics);
    for (int i = 0; i < GS_SNAPSHOT_COUNT; i++) {
        if (present)
            same_long(&metrics, metric_names[i], event->post.metrics[i], GS_NULL_INT);
        else
            assert_int_equal(event->post.metrics[i], GS_NULL_INT);
    }
}

static void same_comment(const avro_value_t *record, const struct gs_event *event)
{
    avro_value_t sentiment;
    same_common(record, event);
    same_enum(record, "action", event->action, action_names, 0);
    same_string(record, "comment_id", event->comment.comment_id);
    same_string(record, "actor_id", event->comment.actor_id);
    same_string(record, "text", event->comment.text);
    same_string(record, "lang", event->comment.lang);
    same_long(record, "likes", event->comment.likes, GS_NULL_INT);
    same_long(record, "replies", event->comment.replies, GS_NULL_INT);
    same_long(record, "shares", event->comment.shares, GS_NULL_INT);
    if (get(record, "sentiment", &sentiment)) {
        double theirs = 0;
        avro_value_get_double(&sentiment, &theirs);
        assert_true(theirs == event->comment.sentiment);
    } else {
        assert_true(isnan(event->comment.sentiment));
    }
}

static void same_reaction(const avro_value_t *record, const struct gs_event *event)
{
    same_common(record, event);
    same_enum(record, "kind", event->reaction.reaction, reaction_names, 0);
    same_enum(record, "op", event->reaction.op, op_names, 0);
    same_string(record, "comment_id", event->reaction.comment_id);
    same_string(record, "actor_id", event->reaction.actor_id);
    same_long(record, "count", event->reaction.count, 1);
    same_long(record, "value_micros", event->reaction.value_micros, GS_NULL_INT);
}

static void same_profile(const avro_value_t *record, const struct gs_event *event,
                         const struct gs_campaign_pool *pool)
{
    avro_value_t campaigns;
    size_t count = 0;
    same_string(record, "influencer_id", event->influencer_id);
    same_long(record, "updated_at", event->event_ms, 0);
    same_string(record, "handle", event->profile.handle);
    same_string(record, "platform", event->platform);
    same_long(record, "followers", event->profile.followers, GS_NULL_INT);
    same_long(record, "following", event->profile.following, GS_NULL_INT);
    if (get(record, "campaigns", &campaigns))
        avro_value_get_size(&campaigns, &count);
    assert_int_equal(event->profile.campaign_count, count);
    for (size_t i = 0; i < count; i++) {
        const struct gs_campaign *ours = &pool->items[event->profile.campaign_first + i];
        avro_value_t theirs;
        avro_value_get_by_index(&campaigns, i, &theirs, NULL);
        same_string(&theirs, "campaign_id", ours->campaign_id);
        same_string(&theirs, "brand_id", ours->brand_id);
        same_long(&theirs, "cost_micros", ours->cost_micros, GS_NULL_INT);
        same_long(&theirs, "from", ours->from_ms, GS_NULL_INT);
        same_long(&theirs, "to", ours->to_ms, GS_NULL_INT);
        same_enum(&theirs, "goal", ours->goal, goal_names, 0);
    }
}

static void compare(const avro_value_t *record, const struct gs_event *event,
                    const struct gs_campaign_pool *pool)
{
    unknown_seen = 0;
    switch (event->kind) {
    case GS_KIND_POST:
        same_post(record, event);
        break;
    case GS_KIND_COMMENT:
        same_comment(record, event);
        break;
    case GS_KIND_REACTION:
        same_reaction(record, event);
        break;
    default:
        same_profile(record, event, pool);
        break;
    }
    assert_int_equal(event->unknown_symbols, GS_MIN(unknown_seen, UINT8_MAX));
}

/* ------------------------------------------------------------------ the loop */

static void round_trip(struct gs_decode *decode, avro_value_t *record,
                       struct gs_campaign_pool *pool)
{
    static char buffer[VALUE_BYTES_MAX];
    memcpy(buffer, "\0\0\0\0\x09", 5);
    avro_writer_t writer = avro_writer_memory(buffer + 5, sizeof buffer - 5);
    fill(record, "");
    assert_int_equal(avro_value_write(writer, record), 0);
    size_t len = 5 + (size_t)avro_writer_tell(writer);
    avro_writer_free(writer);
    char *exact = gs_alloc(len);
    memcpy(exact, buffer, len);
    struct gs_event event;
    struct gs_decode_error why = {0};
    if (gs_decode_record(decode, gs_str_make(exact, len), &event, pool, &why) != GS_DECODE_OK) {
        char text[200];
        fail_msg("%s", gs_decode_error_text(&why, text, sizeof text));
    }
    compare(record, &event, pool);
    gs_free(exact);
    avro_value_reset(record);
}

static void test_schema(const char *text)
{
    struct gs_error error = {0};
    struct gs_campaign_pool pool = {0};
    struct gs_decode *decode = gs_decode_create();
    avro_schema_t schema;
    avro_value_t record;
    if (gs_decode_add_schema(decode, SCHEMA_ID, gs_str_of(text), &error) != GS_OK)
        fail_msg("%s\n%s", error.message, text);
    assert_int_equal(avro_schema_from_json_length(text, strlen(text), &schema), 0);
    avro_value_iface_t *class = avro_generic_class_from_schema(schema);
    assert_int_equal(avro_generic_value_new(class, &record), 0);
    for (int i = 0; i < RECORDS_PER_SCHEMA; i++) {
        if (i % 8 == 0)
            pool.count = 0;
        round_trip(decode, &record, &pool);
    }
    avro_value_decref(&record);
    avro_value_iface_decref(class);
    avro_schema_decref(schema);
    gs_free(pool.items);
    gs_decode_destroy(decode);
}

static void evolve(json_t *schema, int *names)
{
    json_t *fields = json_object_get(schema, "fields");
    size_t i;
    json_t *field;
    json_array_foreach(fields, i, field)
    {
        size_t branch;
        json_t *type;
        json_array_foreach(json_object_get(field, "type"), branch, type)
        {
            json_t *inner = json_object_get(type, "fields");
            if (!inner)
                inner = json_object_get(json_object_get(type, "items"), "fields");
            if (inner)
                evolve_fields(inner, names);
        }
    }
    evolve_fields(fields, names);
}

static void evolutions_of(const char *name)
{
    char path[512];
    json_error_t error;
    snprintf(path, sizeof path, "%s/schemas/%s.avsc", GS_SOURCE_DIR, name);
    for (int i = 0; i < SCHEMAS_PER_KIND; i++) {
        json_t *schema = json_load_file(path, 0, &error);
        if (!schema)
            fail_msg("%s: %s", path, error.text);
        int names = 0;
        if (i > 0) /* the first is the schema itself */
            evolve(schema, &names);
        char *text = json_dumps(schema, 0);
        test_schema(text);
        free(text);
        json_decref(schema);
    }
}

static void profiles(void **state)
{
    (void)state;
    evolutions_of("1-InfluencerProfile");
}

static void posts(void **state)
{
    (void)state;
    evolutions_of("2-PostEvent");
}

static void comments(void **state)
{
    (void)state;
    evolutions_of("3-CommentEvent");
}

static void reactions(void **state)
{
    (void)state;
    evolutions_of("4-ReactionEvent");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(profiles),
        cmocka_unit_test(posts),
        cmocka_unit_test(comments),
        cmocka_unit_test(reactions),
    };
    const char *seed = getenv("GS_SEED");
    seed_state = seed ? strtoull(seed, NULL, 10) : 20260;
    printf("GS_SEED=%llu\n", (unsigned long long)seed_state);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
