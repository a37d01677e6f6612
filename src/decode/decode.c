/* decode.c -- schema ids and what is known of them, framing, and the way to the plan.
 *
 *   chains (by id) -> entry {id, state, plan} -> entry ...     short: ids are few and dense */
#include "groundswell/decode.h"

#include "plan.h"
#include "schema.h"

#include <endian.h>
#include <stdio.h>

enum { CHAINS = 1024, FRAMING_BYTES = 5 };

struct entry {
    struct entry *next;
    uint32_t id;
    enum gs_bad_code code;        /* of all its records, if there is no plan */
    struct gsi_decode_plan *plan; /* or NULL */
};

struct gs_decode {
    uint32_t entry_count;
    uint32_t plan_count;
    uint32_t evict_chain; /* where to look next for an entry to evict */
    struct entry *chains[CHAINS];
};

struct gs_decode *gs_decode_create(void)
{
    return gs_calloc(1, sizeof(struct gs_decode));
}

static void free_entry(struct entry *entry)
{
    gsi_decode_plan_free(entry->plan);
    gs_free(entry);
}

void gs_decode_destroy(struct gs_decode *decode)
{
    if (!decode)
        return;
    for (int i = 0; i < CHAINS; i++) {
        for (struct entry *entry = decode->chains[i]; entry;) {
            struct entry *next = entry->next;
            free_entry(entry);
            entry = next;
        }
    }
    gs_free(decode);
}

static inline struct entry *find(const struct gs_decode *decode, uint32_t id)
{
    struct entry *entry = decode->chains[id % CHAINS];
    while (entry && entry->id != id)
        entry = entry->next;
    return entry;
}

/* Removes the first entry of the chain that has no plan, and this id if it is given. */
static bool remove_from(struct gs_decode *decode, uint32_t chain, const uint32_t *id)
{
    for (struct entry **at = &decode->chains[chain]; *at; at = &(*at)->next) {
        struct entry *entry = *at;
        if (entry->plan || (id && entry->id != *id))
            continue;
        *at = entry->next;
        free_entry(entry);
        decode->entry_count--;
        return true;
    }
    return false;
}

/* The entry of an id that has no plan yet; an other id without a plan makes room if need be. */
static struct entry *obtain(struct gs_decode *decode, uint32_t id)
{
    struct entry *entry = find(decode, id);
    if (entry)
        return entry;
    for (int i = 0; i < CHAINS && decode->entry_count >= GS_DECODE_SCHEMAS_MAX; i++)
        remove_from(decode, decode->evict_chain++ % CHAINS, NULL);
    if (decode->entry_count >= GS_DECODE_SCHEMAS_MAX)
        return NULL;
    entry = gs_calloc(1, sizeof *entry);
    entry->id = id;
    entry->next = decode->chains[id % CHAINS];
    decode->chains[id % CHAINS] = entry;
    decode->entry_count++;
    return entry;
}

enum gs_status gs_decode_add_schema(struct gs_decode *decode, uint32_t id,
                                    struct gs_str schema_json, struct gs_error *error)
{
    struct gs_error unwanted;
    error = error ? error : &unwanted;
    struct entry *entry = obtain(decode, id);
    if (!entry)
        return gs_fail(error, GS_E_REFUSED, "schema %u: %d schemas are in use, no more are taken",
                       id, GS_DECODE_SCHEMAS_MAX);
    if (entry->plan)
        return GS_OK;
    struct gsi_decode_schema *schema;
    entry->code = GS_BAD_SCHEMA_INVALID;
    enum gs_status status = gsi_decode_schema_parse(schema_json, &schema, error);
    if (status == GS_OK)
        status = gsi_decode_compile(schema, &entry->plan, &entry->code, error);
    gsi_decode_schema_free(schema);
    return status == GS_OK ? GS_OK : gs_fail_prefix(error, "schema %u", id);
}

void gs_decode_mark_unknown(struct gs_decode *decode, uint32_t id)
{
    struct entry *entry = obtain(decode, id);
    if (entry && !entry->plan)
        entry->code = GS_BAD_SCHEMA_UNKNOWN;
}

void gs_decode_forget(struct gs_decode *decode, uint32_t id)
{
    remove_from(decode, id % CHAINS, &id);
}

bool gs_decode_has_plan(const struct gs_decode *decode, uint32_t id, enum gs_kind *kind)
{
    const struct entry *entry = find(decode, id);
    if (!entry || !entry->plan)
        return false;
    if (kind)
        *kind = entry->plan->kind;
    return true;
}

static enum gs_bad_code check_framing(struct gs_str value)
{
    if (gs_str_is_null(value))
        return GS_BAD_NULL;
    if (value.len > GS_RECORD_BYTES_MAX)
        return GS_BAD_TOO_LARGE;
    if (value.len < FRAMING_BYTES)
        return GS_BAD_SHORT;
    return value.data[0] == 0 ? GS_BAD_NONE : GS_BAD_MAGIC;
}

static enum gs_decode_result bad(struct gs_decode_error *why, enum gs_bad_code code, uint32_t id)
{
    *why = (struct gs_decode_error){.code = code, .schema_id = id};
    return GS_DECODE_BAD;
}

enum gs_decode_result gs_decode_record(struct gs_decode *decode, struct gs_str value,
                                       struct gs_event *event, struct gs_campaign_pool *pool,
                                       struct gs_decode_error *why)
{
    enum gs_bad_code code = check_framing(value);
    if (GS_UNLIKELY(code != GS_BAD_NONE))
        return bad(why, code, 0);
    uint32_t id;
    memcpy(&id, value.data + 1, sizeof id);
    id = be32toh(id);
    const struct entry *entry = find(decode, id);
    if (GS_UNLIKELY(!entry)) {
        *why = (struct gs_decode_error){.schema_id = id};
        return GS_DECODE_NEED_SCHEMA;
    }
    if (GS_UNLIKELY(!entry->plan))
        return bad(why, entry->code, id);
    struct gs_str body = gs_str_make(value.data + FRAMING_BYTES, value.len - FRAMING_BYTES);
    struct gsi_decode_stop stop;
    code = gsi_decode_run(entry->plan, body, event, pool, &stop);
    if (GS_LIKELY(code == GS_BAD_NONE))
        return GS_DECODE_OK;
    const char *field = entry->plan->names.data + entry->plan->op_names[stop.op];
    *why = (struct gs_decode_error){.code = code,
                                    .schema_id = id,
                                    .offset = (uint32_t)((const char *)stop.at - value.data),
                                    .field = *field ? field : NULL};
    return GS_DECODE_BAD;
}

const char *gs_decode_error_text(const struct gs_decode_error *why, char *buffer, size_t capacity)
{
    int len = snprintf(buffer, capacity, "%s", gs_bad_code_name(why->code));
    if (why->offset > 0 && len >= 0 && (size_t)len < capacity)
        len += snprintf(buffer + len, capacity - (size_t)len, " at byte %u", why->offset);
    if (why->field && len >= 0 && (size_t)len < capacity)
        len += snprintf(buffer + len, capacity - (size_t)len, ", field %s", why->field);
    if (why->code > GS_BAD_MAGIC && why->code != GS_BAD_NULL && why->code != GS_BAD_TOO_LARGE &&
        len >= 0 && (size_t)len < capacity)
        snprintf(buffer + len, capacity - (size_t)len, ", schema %u", why->schema_id);
    return buffer;
}
