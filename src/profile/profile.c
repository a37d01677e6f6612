/* profile.c -- influencers by id, their versions oldest first, and the join.
 *
 *   slots (hash -> record)     records                    versions
 *   [ .. | h,17 | .. ]  ---->  [17] id, followers of  -->  [M=100 ..][M=250 ..][M=900 ..]
 *                                   the last post           oldest               newest
 */
#include "groundswell/profile.h"

#include <stdlib.h>

#define SLOTS_MIN 256u
#define NONE UINT32_MAX

struct slot {
    uint64_t hash;
    uint32_t record; /* NONE = empty */
};

struct record {
    struct gs_str id; /* data NULL = the record is free and `next_free` is set */
    uint64_t hash;
    struct gs_profile **versions;
    uint32_t version_count;
    uint32_t version_capacity;
    int64_t post_ms; /* of the last post that told its followers */
    int64_t post_followers;
    bool held;
    bool changed; /* it is listed */
    uint32_t next_free;
};

struct gs_profiles {
    uint64_t seed;
    struct slot *slots;
    uint32_t mask;
    struct record *records;
    uint32_t record_count;
    uint32_t record_capacity;
    uint32_t first_free;
    uint32_t live;
    uint32_t sweep_at;
    int64_t running_max_ms; /* M of the newest record of the partition */
    bool keeps_changes;
    uint32_t *changed; /* records since the last checkpoint, if these are kept */
    uint32_t changed_count;
    uint32_t changed_capacity;
    struct gs_profiles_stats stats;
};

static void slots_init(struct gs_profiles *profiles, uint32_t count)
{
    profiles->slots = gs_alloc((size_t)count * sizeof(struct slot));
    profiles->mask = count - 1;
    for (uint32_t i = 0; i < count; i++)
        profiles->slots[i].record = NONE;
}

struct gs_profiles *gs_profiles_create(uint64_t hash_seed)
{
    struct gs_profiles *profiles = gs_calloc(1, sizeof *profiles);
    profiles->seed = hash_seed;
    profiles->first_free = NONE;
    profiles->running_max_ms = INT64_MIN;
    slots_init(profiles, SLOTS_MIN);
    return profiles;
}

static void free_versions(struct gs_profiles *profiles, struct record *record, uint32_t from,
                          uint32_t to)
{
    for (uint32_t i = from; i < to; i++)
        gs_free(record->versions[i]);
    profiles->stats.versions -= to - from;
}

void gs_profiles_destroy(struct gs_profiles *profiles)
{
    if (!profiles)
        return;
    for (uint32_t i = 0; i < profiles->record_count; i++) {
        struct record *record = &profiles->records[i];
        free_versions(profiles, record, 0, record->version_count);
        gs_free(record->versions);
        gs_free((void *)record->id.data);
    }
    gs_free(profiles->records);
    gs_free(profiles->slots);
    gs_free(profiles->changed);
    gs_free(profiles);
}

uint64_t gs_profiles_hash(const struct gs_profiles *profiles, struct gs_str influencer_id)
{
    return gs_hash64(influencer_id.data, influencer_id.len, profiles->seed);
}

void gs_profiles_prefetch(const struct gs_profiles *profiles, uint64_t hash)
{
    gs_prefetch(&profiles->slots[(uint32_t)hash & profiles->mask]);
}

/* Probably its record; NULL if there is none in the first slot. */
static const struct record *probable(const struct gs_profiles *profiles, uint64_t hash)
{
    const struct slot *slot = &profiles->slots[(uint32_t)hash & profiles->mask];
    return slot->record == NONE ? NULL : &profiles->records[slot->record];
}

void gs_profiles_prefetch_record(const struct gs_profiles *profiles, uint64_t hash)
{
    const struct record *record = probable(profiles, hash);
    if (record)
        gs_prefetch(record);
}

void gs_profiles_prefetch_versions(const struct gs_profiles *profiles, uint64_t hash)
{
    const struct record *record = probable(profiles, hash);
    if (!record)
        return;
    gs_prefetch(record->id.data);
    if (record->version_count)
        gs_prefetch(record->versions[record->version_count - 1]);
}

void gs_profiles_fetch(const struct gs_profiles *profiles, uint32_t influencer, int step)
{
    const struct record *record = &profiles->records[influencer];
    if (step == 0) {
        gs_prefetch(record);
        return;
    }
    uint32_t last = record->version_count - 1;
    if (record->version_count == 0)
        return;
    if (step == 1)
        gs_prefetch(&record->versions[last]);
    else
        gs_prefetch(record->versions[last]);
}

static struct slot *find_slot(const struct gs_profiles *profiles, struct gs_str id, uint64_t hash)
{
    uint32_t at = (uint32_t)hash & profiles->mask;
    for (;; at = (at + 1) & profiles->mask) {
        struct slot *slot = &profiles->slots[at];
        if (slot->record == NONE ||
            (slot->hash == hash && gs_str_equal(profiles->records[slot->record].id, id)))
            return slot;
    }
}

static void grow_slots(struct gs_profiles *profiles)
{
    struct slot *old = profiles->slots;
    uint32_t count = profiles->mask + 1;
    slots_init(profiles, count * 2);
    for (uint32_t i = 0; i < count; i++) {
        if (old[i].record == NONE)
            continue;
        uint32_t at = (uint32_t)old[i].hash & profiles->mask;
        while (profiles->slots[at].record != NONE)
            at = (at + 1) & profiles->mask;
        profiles->slots[at] = old[i];
    }
    gs_free(old);
}

static uint32_t take_record(struct gs_profiles *profiles)
{
    if (profiles->first_free != NONE) {
        uint32_t index = profiles->first_free;
        profiles->first_free = profiles->records[index].next_free;
        return index;
    }
    if (profiles->record_count == profiles->record_capacity) {
        profiles->record_capacity = GS_MAX(profiles->record_capacity * 2, 64u);
        profiles->records =
            gs_realloc(profiles->records, profiles->record_capacity * sizeof(struct record));
    }
    return profiles->record_count++;
}

uint32_t gs_profiles_find(struct gs_profiles *profiles, struct gs_str influencer_id, uint64_t hash)
{
    struct slot *slot = find_slot(profiles, influencer_id, hash);
    if (GS_LIKELY(slot->record != NONE))
        return slot->record;
    if (profiles->live >= profiles->mask / 2) {
        grow_slots(profiles);
        slot = find_slot(profiles, influencer_id, hash);
    }
    uint32_t index = take_record(profiles);
    char *id = gs_alloc(influencer_id.len);
    memcpy(id, influencer_id.data, influencer_id.len);
    profiles->records[index] = (struct record){
        .id = gs_str_make(id, influencer_id.len), .hash = hash, .post_followers = GS_NULL_INT};
    *slot = (struct slot){hash, index};
    profiles->live++;
    return index;
}

struct gs_str gs_profiles_id(const struct gs_profiles *profiles, uint32_t influencer)
{
    return profiles->records[influencer].id;
}

/* ------------------------------------------------------------------ changes */

void gs_profiles_keep_changes(struct gs_profiles *profiles)
{
    profiles->keeps_changes = true;
}

void gs_profiles_change(struct gs_profiles *profiles, uint32_t influencer)
{
    struct record *record = &profiles->records[influencer];
    if (!profiles->keeps_changes || record->changed || !record->id.data)
        return;
    if (profiles->changed_count == profiles->changed_capacity) {
        profiles->changed_capacity = GS_MAX(256u, profiles->changed_capacity * 2);
        profiles->changed =
            gs_realloc(profiles->changed, profiles->changed_capacity * sizeof *profiles->changed);
    }
    record->changed = true;
    profiles->changed[profiles->changed_count++] = influencer;
}

uint32_t gs_profiles_changes(const struct gs_profiles *profiles)
{
    return profiles->changed_count;
}

static void copy_out(const struct gs_profiles *profiles, uint32_t influencer,
                     struct gs_profiles_entry *entry)
{
    const struct record *record = &profiles->records[influencer];
    *entry = (struct gs_profiles_entry){
        .influencer = influencer,
        .id = record->id,
        .post_ms = record->post_ms,
        .post_followers = record->post_followers,
        .version_count = record->version_count,
        .versions = (const struct gs_profile *const *)record->versions,
    };
}

bool gs_profiles_next_change(struct gs_profiles *profiles, struct gs_profiles_entry *entry)
{
    while (profiles->changed_count) {
        uint32_t influencer = profiles->changed[--profiles->changed_count];
        struct record *record = &profiles->records[influencer];
        if (!record->changed)
            continue; /* it was forgotten, with nothing in it */
        record->changed = false;
        copy_out(profiles, influencer, entry);
        return true;
    }
    return false;
}

bool gs_profiles_entry_at(const struct gs_profiles *profiles, uint32_t *at,
                          struct gs_profiles_entry *entry)
{
    for (; *at < profiles->record_count; ++*at) {
        const struct record *record = &profiles->records[*at];
        if (!record->id.data || (!record->version_count && record->post_followers == GS_NULL_INT))
            continue;
        copy_out(profiles, (*at)++, entry);
        return true;
    }
    return false;
}

/* ------------------------------------------------------------------ versions */

static size_t pack_str(char *bytes, size_t at, struct gs_str from, struct gs_str *to)
{
    *to = (struct gs_str){0};
    if (!from.data)
        return at;
    *to = gs_str_make(bytes + at, from.len);
    memcpy(bytes + at, from.data, from.len);
    return at + from.len;
}

/* The rule's order, so that the first campaign that fits is the right one. */
static int compare_campaigns(const void *a, const void *b)
{
    const struct gs_campaign *x = a;
    const struct gs_campaign *y = b;
    if (x->from_ms != y->from_ms)
        return x->from_ms > y->from_ms ? -1 : 1; /* GS_NULL_INT is the smallest number */
    return gs_str_compare(x->campaign_id, y->campaign_id);
}

/* Copies what the version keeps into one block. */
static struct gs_profile *make_version(const struct gs_event *event, const struct gs_campaign *from)
{
    uint32_t count = event->tombstone ? 0 : event->profile.campaign_count;
    GS_ASSERT(from || count == 0);
    size_t head = sizeof(struct gs_profile) + count * sizeof(struct gs_campaign);
    size_t bytes = head + (event->tombstone ? 0 : event->profile.handle.len + event->platform.len);
    for (uint32_t i = 0; i < count; i++)
        bytes += from[i].campaign_id.len + from[i].brand_id.len;
    struct gs_profile *version = gs_calloc(1, bytes);
    char *block = (char *)version;
    version->gone = event->tombstone;
    version->followers = GS_NULL_INT;
    if (event->tombstone)
        return version;
    version->followers = event->profile.followers;
    version->campaign_count = count;
    size_t at = pack_str(block, head, event->profile.handle, &version->handle);
    at = pack_str(block, at, event->platform, &version->platform);
    for (uint32_t i = 0; i < count; i++) {
        version->campaigns[i] = from[i];
        at = pack_str(block, at, from[i].campaign_id, &version->campaigns[i].campaign_id);
        at = pack_str(block, at, from[i].brand_id, &version->campaigns[i].brand_id);
    }
    if (count)
        qsort(version->campaigns, count, sizeof(struct gs_campaign), compare_campaigns);
    return version;
}

static void drop_oldest(struct gs_profiles *profiles, struct record *record, uint32_t count)
{
    free_versions(profiles, record, 0, count);
    record->version_count -= count;
    memmove(record->versions, record->versions + count,
            record->version_count * sizeof *record->versions);
}

/* A version is settled when its successor is visible to every event that may still come. */
static void drop_settled(struct gs_profiles *profiles, struct record *record, int64_t settled_ms)
{
    uint32_t settled = 0;
    while (settled + 1 < record->version_count &&
           record->versions[settled + 1]->visible_ms <= settled_ms)
        settled++;
    if (settled)
        drop_oldest(profiles, record, settled);
    if (record->version_count == GS_PROFILE_VERSIONS_MAX) {
        drop_oldest(profiles, record, 1);
        profiles->stats.versions_cut++;
    }
}

static void append(struct gs_profiles *profiles, struct record *record, struct gs_profile *version)
{
    if (record->version_count == record->version_capacity) {
        record->version_capacity = GS_MAX(record->version_capacity * 2, 1u);
        record->versions =
            gs_realloc(record->versions, record->version_capacity * sizeof *record->versions);
    }
    record->versions[record->version_count++] = version;
    profiles->stats.versions++;
}

uint32_t gs_profiles_add(struct gs_profiles *profiles, const struct gs_event *event,
                         const struct gs_campaign_pool *pool, int64_t settled_ms)
{
    uint64_t hash = gs_profiles_hash(profiles, event->influencer_id);
    uint32_t index = gs_profiles_find(profiles, event->influencer_id, hash);
    struct record *record = &profiles->records[index];
    const struct gs_campaign *campaigns =
        event->tombstone || !pool->items ? NULL : pool->items + event->profile.campaign_first;
    struct gs_profile *version = make_version(event, campaigns);
    gs_profiles_pass(profiles, event->record_ms);
    version->visible_ms = profiles->running_max_ms;
    drop_settled(profiles, record, settled_ms);
    append(profiles, record, version);
    gs_profiles_change(profiles, index);
    return index;
}

void gs_profiles_clear(struct gs_profiles *profiles, uint32_t influencer)
{
    struct record *record = &profiles->records[influencer];
    free_versions(profiles, record, 0, record->version_count);
    record->version_count = 0;
    record->post_followers = GS_NULL_INT;
}

bool gs_profiles_put(struct gs_profiles *profiles, uint32_t influencer,
                     const struct gs_event *event, const struct gs_campaign *campaigns)
{
    struct record *record = &profiles->records[influencer];
    uint32_t count = record->version_count;
    if (count == GS_PROFILE_VERSIONS_MAX ||
        (count && record->versions[count - 1]->visible_ms > event->record_ms))
        return false;
    struct gs_profile *version = make_version(event, campaigns);
    version->visible_ms = event->record_ms;
    append(profiles, record, version);
    return true;
}

int64_t gs_profiles_running_max_ms(const struct gs_profiles *profiles)
{
    return profiles->running_max_ms;
}

void gs_profiles_pass(struct gs_profiles *profiles, int64_t record_ms)
{
    profiles->running_max_ms = GS_MAX(profiles->running_max_ms, record_ms);
}

const struct gs_profile *gs_profiles_at(const struct gs_profiles *profiles, uint32_t influencer,
                                        int64_t at_ms)
{
    const struct record *record = &profiles->records[influencer];
    uint32_t low = 0, high = record->version_count; /* the first that is not visible yet */
    if (high && record->versions[high - 1]->visible_ms <= at_ms)
        low = high; /* as it mostly is; the newest was fetched, those before it were not */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (record->versions[middle]->visible_ms <= at_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low && !record->versions[low - 1]->gone ? record->versions[low - 1] : NULL;
}

const struct gs_profile *gs_profiles_newest(const struct gs_profiles *profiles, uint32_t influencer)
{
    const struct record *record = &profiles->records[influencer];
    if (record->version_count == 0 || record->versions[record->version_count - 1]->gone)
        return NULL;
    return record->versions[record->version_count - 1];
}

struct gs_str gs_profile_campaign(const struct gs_profile *profile, int64_t t_ms)
{
    for (uint32_t i = 0; i < profile->campaign_count; i++) {
        const struct gs_campaign *campaign = &profile->campaigns[i];
        if (campaign->from_ms <= t_ms && (campaign->to_ms == GS_NULL_INT || t_ms < campaign->to_ms))
            return campaign->campaign_id;
    }
    return (struct gs_str){0};
}

/* ------------------------------------------------------------------ followers, lifetime */

void gs_profiles_set_post_followers(struct gs_profiles *profiles, uint32_t influencer, int64_t t_ms,
                                    int64_t followers)
{
    profiles->records[influencer].post_ms = t_ms;
    profiles->records[influencer].post_followers = followers;
    gs_profiles_change(profiles, influencer);
}

int64_t gs_profiles_followers(const struct gs_profiles *profiles, uint32_t influencer,
                              int64_t horizon_ms)
{
    const struct gs_profile *profile = gs_profiles_newest(profiles, influencer);
    const struct record *record = &profiles->records[influencer];
    if (profile && profile->followers != GS_NULL_INT)
        return profile->followers;
    return record->post_ms > horizon_ms ? record->post_followers : GS_NULL_INT;
}

void gs_profiles_hold(struct gs_profiles *profiles, uint32_t influencer)
{
    profiles->records[influencer].held = true;
}

void gs_profiles_release(struct gs_profiles *profiles, uint32_t influencer)
{
    profiles->records[influencer].held = false;
}

/* Closes the gap behind an emptied slot: what follows moves up if its home allows it. */
static void remove_slot(struct gs_profiles *profiles, uint32_t hole)
{
    uint32_t at = hole;
    for (;;) {
        at = (at + 1) & profiles->mask;
        if (profiles->slots[at].record == NONE)
            break;
        uint32_t home = (uint32_t)profiles->slots[at].hash & profiles->mask;
        if (((at - home) & profiles->mask) >= ((at - hole) & profiles->mask)) {
            profiles->slots[hole] = profiles->slots[at];
            hole = at;
        }
    }
    profiles->slots[hole].record = NONE;
}

static void free_record(struct gs_profiles *profiles, uint32_t index)
{
    struct record *record = &profiles->records[index];
    struct slot *slot = find_slot(profiles, record->id, record->hash);
    remove_slot(profiles, (uint32_t)(slot - profiles->slots));
    gs_free(record->versions);
    gs_free((void *)record->id.data);
    *record = (struct record){.next_free = profiles->first_free};
    profiles->first_free = index;
    profiles->live--;
}

void gs_profiles_sweep(struct gs_profiles *profiles, uint32_t count, int64_t horizon_ms,
                       void (*expired)(void *user, uint32_t influencer), void *user)
{
    count = GS_MIN(count, profiles->record_count);
    while (count-- > 0) {
        profiles->sweep_at =
            profiles->sweep_at + 1 < profiles->record_count ? profiles->sweep_at + 1 : 0;
        struct record *record = &profiles->records[profiles->sweep_at];
        if (!record->id.data)
            continue;
        bool told = record->post_followers != GS_NULL_INT;
        if (told && record->post_ms <= horizon_ms) {
            told = false;
            record->post_followers = GS_NULL_INT;
            if (expired)
                expired(user, profiles->sweep_at);
        }
        if (!record->held && record->version_count == 0 && !told)
            free_record(profiles, profiles->sweep_at);
    }
}

struct gs_profiles_stats gs_profiles_stats(const struct gs_profiles *profiles)
{
    struct gs_profiles_stats stats = profiles->stats;
    stats.influencers = profiles->live;
    stats.bytes = profiles->record_capacity * sizeof(struct record) +
                  ((size_t)profiles->mask + 1) * sizeof(struct slot) +
                  stats.versions * sizeof(struct gs_profile);
    return stats;
}

const char *gs_profile_tier(int64_t followers)
{
    static const struct {
        int64_t below;
        const char *name;
    } tiers[] = {{10000, "nano"}, {100000, "micro"}, {500000, "mid"}, {1000000, "macro"}};
    if (followers == GS_NULL_INT)
        return NULL;
    for (size_t i = 0; i < GS_COUNT_OF(tiers); i++)
        if (followers < tiers[i].below)
            return tiers[i].name;
    return "mega";
}
