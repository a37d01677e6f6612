/* room: decode */
/* The first byte chooses the writer: one of our four schemas, as it is or evolved in one of three
 * ways, and whether the rest is a record of it or a whole value with framing of its own. Whatever
 * the bytes: what is read lies inside the value and within its limits, what is bad is told by code
 * and place and leaves the campaigns of earlier profiles alone, and it is the same the second time.
 */
#include "groundswell/decode.h"

#include <jansson.h>
#include <math.h>

enum { KINDS = GS_KIND_COUNT, WAYS = 4, WHOLE_VALUE = 0x80, EARLIER = 3 };

/* ------------------------------------------------------------------ evolved schemas */

static bool is_optional(const json_t *field)
{
    const json_t *type = json_object_get(field, "type");
    const char *first = json_string_value(json_array_get(type, 0));
    return first && strcmp(first, "null") == 0;
}

static void null_last(json_t *field)
{
    json_t *type = json_object_get(field, "type");
    json_array_append(type, json_array_get(type, 0));
    json_array_remove(type, 0);
    json_object_del(field, "default");
}

/* What a newer writer might add; nested, so that every kind of skipping is in it. */
static json_t *new_field(void)
{
    return json_loads("{\"name\":\"new\",\"type\":[\"null\",{\"type\":\"map\",\"values\":"
                      "{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"New\","
                      "\"fields\":[{\"name\":\"a\",\"type\":[\"double\",\"New\",\"null\"]},"
                      "{\"name\":\"b\",\"type\":\"bytes\"},{\"name\":\"c\",\"type\":"
                      "\"boolean\"}]}}},\"float\"]}",
                      0, NULL);
}

static void evolve_fields(json_t *fields, int way)
{
    json_t *old = json_copy(fields);
    json_array_clear(fields);
    for (size_t i = 0; i < json_array_size(old); i++) {
        json_t *field = json_array_get(old, i);
        if (way == 1 && is_optional(field))
            null_last(field);
        if (way == 2)
            json_array_insert(fields, 0, field); /* in reverse */
        else if (way != 3 || !is_optional(field) || i % 2)
            json_array_append(fields, field);
    }
    json_decref(old);
}

static void evolve(json_t *schema, int way)
{
    json_t *fields = json_object_get(schema, "fields"), *field, *branch;
    size_t i, j;
    if (way == 0)
        return;
    json_array_foreach(fields, i, field)
    {
        json_array_foreach(json_object_get(field, "type"), j, branch)
        {
            json_t *record =
                json_object_get(branch, "fields") ? branch : json_object_get(branch, "items");
            if (json_object_get(record, "fields"))
                evolve_fields(json_object_get(record, "fields"), way);
        }
    }
    evolve_fields(fields, way);
    if (way > 1)
        json_array_insert_new(fields, 1, new_field());
}

static struct gs_decode *load(void)
{
    static const char *const names[KINDS] = {"1-InfluencerProfile", "2-PostEvent", "3-CommentEvent",
                                             "4-ReactionEvent"};
    struct gs_decode *decode = gs_decode_create();
    struct gs_error error;
    char path[512];
    for (int i = 0; i < KINDS * WAYS; i++) {
        snprintf(path, sizeof path, "%s/schemas/%s.avsc", GS_SOURCE_DIR, names[i % KINDS]);
        json_t *schema = json_load_file(path, 0, NULL);
        GS_ASSERT(schema);
        evolve(schema, i / KINDS);
        char *text = json_dumps(schema, 0);
        GS_ASSERT(gs_decode_add_schema(decode, (uint32_t)i, gs_str_of(text), &error) == GS_OK);
        free(text);
        json_decref(schema);
    }
    return decode;
}

/* ------------------------------------------------------------------ what must hold */

static void check_str(struct gs_str value, struct gs_str str)
{
    GS_ASSERT(str.data || str.len == 0);
    if (str.data)
        GS_ASSERT(str.data >= value.data && str.len <= value.len &&
                  str.data + str.len <= value.data + value.len);
}

static void check_id(struct gs_str value, struct gs_str id, bool required)
{
    check_str(value, id);
    GS_ASSERT(id.data ? id.len >= 1 && id.len <= GS_ID_BYTES_MAX : !required);
}

static void check_int(int64_t number, int64_t max)
{
    GS_ASSERT(number == GS_NULL_INT || (number >= 0 && number <= max));
}

static void check_post(struct gs_str value, const struct gs_event *event)
{
    check_str(value, event->post.text);
    check_str(value, event->post.lang);
    check_int(event->post.followers, GS_COUNT_MAX);
    check_int(event->post.created_ms, GS_TIME_MS_MAX);
    for (int i = 0; i < GS_SNAPSHOT_COUNT; i++)
        check_int(event->post.metrics[i], GS_COUNT_MAX);
    GS_ASSERT(event->post.temporality <= GS_TEMPORALITY_DELTA);
}

static void check_comment(struct gs_str value, const struct gs_event *event)
{
    check_id(value, event->comment.comment_id, true);
    check_id(value, event->comment.actor_id, true);
    check_str(value, event->comment.text);
    check_str(value, event->comment.lang);
    check_int(event->comment.likes, GS_COUNT_MAX);
    check_int(event->comment.replies, GS_COUNT_MAX);
    check_int(event->comment.shares, GS_COUNT_MAX);
    GS_ASSERT(isnan(event->comment.sentiment) || fabs(event->comment.sentiment) <= 1);
}

static void check_reaction(struct gs_str value, const struct gs_event *event)
{
    check_id(value, event->reaction.comment_id, false);
    check_id(value, event->reaction.actor_id, false);
    GS_ASSERT(event->reaction.count >= 0 && event->reaction.count <= GS_COUNT_MAX);
    check_int(event->reaction.value_micros, GS_MICROS_MAX);
    GS_ASSERT(event->reaction.reaction < GS_REACTION_COUNT && event->reaction.op <= GS_OP_REMOVE);
}

static void check_profile(struct gs_str value, const struct gs_event *event,
                          const struct gs_campaign_pool *pool)
{
    check_str(value, event->profile.handle);
    check_int(event->profile.followers, GS_COUNT_MAX);
    check_int(event->profile.following, GS_COUNT_MAX);
    GS_ASSERT(event->profile.campaign_first == EARLIER);
    GS_ASSERT(event->profile.campaign_count <= GS_CAMPAIGNS_MAX);
    GS_ASSERT(pool->count == EARLIER + event->profile.campaign_count);
    for (uint32_t i = EARLIER; i < pool->count; i++) {
        const struct gs_campaign *campaign = &pool->items[i];
        check_id(value, campaign->campaign_id, true);
        check_id(value, campaign->brand_id, false);
        check_int(campaign->cost_micros, GS_MICROS_MAX);
        check_int(campaign->from_ms, GS_TIME_MS_MAX);
        check_int(campaign->to_ms, GS_TIME_MS_MAX);
        GS_ASSERT(campaign->goal <= GS_GOAL_IMAGE);
    }
}

static void check_event(struct gs_str value, const struct gs_event *event,
                        const struct gs_campaign_pool *pool)
{
    bool is_event = event->kind != GS_KIND_PROFILE;
    GS_ASSERT(event->event_ms >= 0 && event->event_ms <= GS_TIME_MS_MAX);
    GS_ASSERT(event->action < GS_ACTION_COUNT && !event->tombstone);
    check_id(value, event->event_id, is_event);
    check_id(value, event->post_id, is_event);
    check_id(value, event->influencer_id, true);
    check_id(value, event->campaign_id, false);
    check_str(value, event->platform);
    GS_ASSERT(event->kind < KINDS && (pool->count == EARLIER || !is_event));
    switch (event->kind) {
    case GS_KIND_POST:
        check_post(value, event);
        break;
    case GS_KIND_COMMENT:
        check_comment(value, event);
        break;
    case GS_KIND_REACTION:
        check_reaction(value, event);
        break;
    default:
        check_profile(value, event, pool);
        break;
    }
}

static void check_error(struct gs_str value, const struct gs_decode_error *why)
{
    char text[120];
    GS_ASSERT(why->code > GS_BAD_NONE && why->code < GS_BAD_CODE_COUNT);
    GS_ASSERT(why->offset <= value.len);
    GS_ASSERT(strlen(gs_decode_error_text(why, text, sizeof text)) > 0);
}

static enum gs_decode_result read_value(struct gs_decode *decode, struct gs_str value)
{
    static struct gs_campaign_pool pool;
    static const struct gs_campaign earlier[EARLIER] = {{.cost_micros = 1}, {.cost_micros = 2}};
    if (!pool.items)
        pool = (struct gs_campaign_pool){gs_alloc(sizeof earlier), EARLIER, EARLIER};
    memcpy(pool.items, earlier, sizeof earlier);
    pool.count = EARLIER;
    struct gs_event event;
    memset(&event, 0x5a, sizeof event);
    event.offset = 41;
    event.record_ms = 42;
    struct gs_decode_error why = {0};
    enum gs_decode_result result = gs_decode_record(decode, value, &event, &pool, &why);
    GS_ASSERT(event.offset == 41 && event.record_ms == 42);
    GS_ASSERT(memcmp(pool.items, earlier, sizeof earlier) == 0);
    GS_ASSERT(result == GS_DECODE_OK || pool.count == EARLIER);
    if (result == GS_DECODE_OK)
        check_event(value, &event, &pool);
    else if (result == GS_DECODE_BAD)
        check_error(value, &why);
    else
        GS_ASSERT(why.schema_id >= KINDS * WAYS);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct gs_decode *decode;
    if (!decode)
        decode = load();
    if (size == 0)
        return 0;
    bool whole = data[0] & WHOLE_VALUE;
    size_t framing = whole ? 0 : 5;
    /* An exact copy, so that any read beyond it is seen. */
    size_t len = framing + size - 1;
    char *exact = gs_alloc(len);
    if (!whole)
        memcpy(exact, (char[5]){0, 0, 0, 0, (char)(data[0] % (KINDS * WAYS))}, 5);
    memcpy(exact + framing, data + 1, size - 1);
    struct gs_str value = gs_str_make(exact, len);
    GS_ASSERT(read_value(decode, value) == read_value(decode, value));
    gs_free(exact);
    return 0;
}
