/* names.c -- the spellings of event.h's enums, as they stand in cells, headers and metrics. */
#include "groundswell/event.h"

static const struct gs_counter_info counters[GS_COUNTER_COUNT] = {
#define X(NAME, field, meaning) [GS_C_##NAME] = {#NAME, field, meaning},
    GS_COUNTERS(X)
#undef X
#define X(NAME, text)                                                                              \
    [GS_C_DROP + GS_REASON_##NAME] = {"DROP_" #NAME, text, "comments dropped for this reason"},
        GS_REASONS(X)
#undef X
};

const struct gs_counter_info *gs_counter_info(enum gs_counter counter)
{
    GS_ASSERT((unsigned)counter < GS_COUNTER_COUNT);
    return &counters[counter];
}

const char *gs_reason_name(enum gs_reason reason)
{
    GS_ASSERT((unsigned)reason < GS_REASON_COUNT);
    return counters[GS_C_DROP + (int)reason].field;
}

const char *gs_disposition_name(enum gs_disposition disposition)
{
    static const char *const names[] = {
        [GS_PROCESSED] = "processed", [GS_DUPLICATE] = "duplicate", [GS_BAD] = "dlq",
        [GS_TOO_LATE] = "too_late",   [GS_IGNORED] = "ignored",
    };
    GS_ASSERT((unsigned)disposition < GS_DISPOSITION_COUNT);
    return names[disposition];
}

const char *gs_bad_code_name(enum gs_bad_code code)
{
    static const char *const names[] = {
        [GS_BAD_NONE] = "none",
        [GS_BAD_SHORT] = "short",
        [GS_BAD_MAGIC] = "magic",
        [GS_BAD_SCHEMA_UNKNOWN] = "schema_unknown",
        [GS_BAD_SCHEMA_INVALID] = "schema_invalid",
        [GS_BAD_SCHEMA_KIND] = "schema_kind",
        [GS_BAD_NULL] = "null",
        [GS_BAD_TOO_LARGE] = "too_large",
        [GS_BAD_TRUNCATED] = "truncated",
        [GS_BAD_TRAILING] = "trailing",
        [GS_BAD_VARINT] = "varint",
        [GS_BAD_LENGTH] = "length",
        [GS_BAD_UNION] = "union",
        [GS_BAD_DEPTH] = "depth",
        [GS_BAD_ID] = "id",
        [GS_BAD_NEGATIVE] = "negative",
        [GS_BAD_RANGE] = "range",
    };
    GS_ASSERT((unsigned)code < GS_BAD_CODE_COUNT);
    return names[code];
}

const char *gs_kind_name(enum gs_kind kind)
{
    static const char *const names[] = {"profile", "post", "comment", "reaction"};
    GS_ASSERT((unsigned)kind < GS_KIND_COUNT);
    return names[kind];
}

const char *gs_action_name(enum gs_action action)
{
    static const char *const names[] = {
        [GS_ACTION_UNKNOWN] = "unknown", [GS_ACTION_PUBLISHED] = "published",
        [GS_ACTION_CREATED] = "created", [GS_ACTION_EDITED] = "edited",
        [GS_ACTION_METRICS] = "metrics", [GS_ACTION_DELETED] = "deleted",
    };
    GS_ASSERT((unsigned)action < GS_ACTION_COUNT);
    return names[action];
}
