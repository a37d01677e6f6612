/* profile.h -- the influencers of one task: who they are, in versions, and the temporal join.
 *
 * A profile partition is a log of versions. Which of them an event sees is a function of the two
 * logs: with M = the running maximum of the partition's record times, an event with record time r
 * sees the last version (by offset) whose M <= r - delay. An event may be folded once the caller
 * knows that all such versions have been read (task.h).
 * Every influencer that an event names has a record here too, with or without a profile: entities
 * of the windows refer to it by its index.
 * Pure: no clock, no I/O. Owned by one worker's thread. */
#ifndef GROUNDSWELL_PROFILE_H
#define GROUNDSWELL_PROFILE_H

#include "groundswell/event.h"

enum { GS_PROFILE_VERSIONS_MAX = 1000 };

/* One version. Owned by the room, valid until the next gs_profiles_add() or _sweep(). */
struct gs_profile {
    int64_t visible_ms; /* M of its record */
    int64_t followers;  /* GS_NULL_INT = unknown */
    bool gone;          /* the record had no value: there is no profile from here on */
    uint32_t campaign_count;
    struct gs_str handle;           /* may be null */
    struct gs_str platform;         /* may be null */
    struct gs_campaign campaigns[]; /* in the order of the rule: latest `from` first, then id */
};

struct gs_profiles; /* opaque */

struct gs_profiles *gs_profiles_create(uint64_t hash_seed) GS_MUST_CHECK;
void gs_profiles_destroy(struct gs_profiles *profiles); /* accepts NULL */

uint64_t gs_profiles_hash(const struct gs_profiles *profiles, struct gs_str influencer_id);
/* Three steps of one look-up, each of which finds what the one before has fetched: the slot, the
 * record, its id and its versions. Call each for a whole batch before the next; all may be left
 * out.
 */
void gs_profiles_prefetch(const struct gs_profiles *profiles, uint64_t hash);
void gs_profiles_prefetch_record(const struct gs_profiles *profiles, uint64_t hash);
void gs_profiles_prefetch_versions(const struct gs_profiles *profiles, uint64_t hash);
/* The same for what gs_profiles_newest() reads of an influencer whose index is known, in steps from
 * 0 on. */
enum { GS_PROFILES_FETCH_STEPS = 3 };
void gs_profiles_fetch(const struct gs_profiles *profiles, uint32_t influencer, int step);
/* The influencer's index: small, dense, stable until _sweep() finds it unused. Creates it. */
uint32_t gs_profiles_find(struct gs_profiles *profiles, struct gs_str influencer_id, uint64_t hash);
struct gs_str gs_profiles_id(const struct gs_profiles *profiles, uint32_t influencer);

/* Takes in the next record of the profile partition (event->tombstone: no value). Versions that no
 * event with record time > settled_ms + delay can see any more are dropped; pass INT64_MIN if that
 * is not known. Beyond GS_PROFILE_VERSIONS_MAX the oldest goes, and is counted. Returns the index
 * of the influencer, whose cells may now show other values. */
uint32_t gs_profiles_add(struct gs_profiles *profiles, const struct gs_event *event,
                         const struct gs_campaign_pool *pool, int64_t settled_ms);
/* The next record of the partition is no profile (bad, or of another kind): its time counts too. */
void gs_profiles_pass(struct gs_profiles *profiles, int64_t record_ms);

/* The version that an event sees whose record time minus the delay is at_ms; NULL if none. */
const struct gs_profile *gs_profiles_at(const struct gs_profiles *profiles, uint32_t influencer,
                                        int64_t at_ms);
/* The newest version that has been read; NULL if there is none or it is gone. */
const struct gs_profile *gs_profiles_newest(const struct gs_profiles *profiles,
                                            uint32_t influencer);

/* The campaign that a profile attributes an event at time t to: from <= t < to, the latest `from`
 * (an open one is the earliest), then the smallest id. Null if there is none. */
struct gs_str gs_profile_campaign(const struct gs_profile *profile, int64_t t_ms);

/* What the influencer's last post said of its followers, for those without a profile. It counts
 * while t_ms > horizon_ms, the posts input's H minus the longest window. */
void gs_profiles_set_post_followers(struct gs_profiles *profiles, uint32_t influencer, int64_t t_ms,
                                    int64_t followers);
/* The newest profile's followers, else the last post's; GS_NULL_INT if neither is known. */
int64_t gs_profiles_followers(const struct gs_profiles *profiles, uint32_t influencer,
                              int64_t horizon_ms);

/* Entities hold an influencer while they live: its index is then not given to another one. */
void gs_profiles_hold(struct gs_profiles *profiles, uint32_t influencer);
void gs_profiles_release(struct gs_profiles *profiles, uint32_t influencer);
/* Looks at the next `count` records and frees those that nothing refers to. expired, which may be
 * NULL, is called for those whose followers were told by a post and no longer count. */
void gs_profiles_sweep(struct gs_profiles *profiles, uint32_t count, int64_t horizon_ms,
                       void (*expired)(void *user, uint32_t influencer), void *user);

/* ------------------------------------------------------------------ checkpoints */

/* What is kept of an influencer. Lent: until the next call that is not const. */
struct gs_profiles_entry {
    uint32_t influencer;
    struct gs_str id;
    int64_t post_ms;        /* of the last post that told its followers, */
    int64_t post_followers; /* GS_NULL_INT: none did */
    uint32_t version_count;
    const struct gs_profile *const *versions; /* oldest first */
};

/* From now on influencers of whom something new is kept are listed; call it before there are any.
 */
void gs_profiles_keep_changes(struct gs_profiles *profiles);
uint32_t gs_profiles_changes(const struct gs_profiles *profiles);
/* Takes the next one from the list; false if it is empty. */
bool gs_profiles_next_change(struct gs_profiles *profiles, struct gs_profiles_entry *entry);
/* Lists it again: what was taken did not get through. */
void gs_profiles_change(struct gs_profiles *profiles, uint32_t influencer);
/* The first one from index *at on of whom something is kept, changed or not; *at is moved behind
 * it. False if there is none. */
bool gs_profiles_entry_at(const struct gs_profiles *profiles, uint32_t *at,
                          struct gs_profiles_entry *entry);
/* Forgets the versions, and what posts told. */
void gs_profiles_clear(struct gs_profiles *profiles, uint32_t influencer);
/* Appends a version that was kept: event as in _add(), but its record time is visible_ms. False if
 * that is before the last one's, or there are too many. The rest of an entry is put back with
 * _set_post_followers(), the running maximum with _pass(). */
GS_MUST_CHECK bool gs_profiles_put(struct gs_profiles *profiles, uint32_t influencer,
                                   const struct gs_event *event,
                                   const struct gs_campaign *campaigns);
int64_t gs_profiles_running_max_ms(const struct gs_profiles *profiles);

struct gs_profiles_stats {
    uint32_t influencers;
    uint32_t versions;
    uint64_t versions_cut; /* dropped because of GS_PROFILE_VERSIONS_MAX */
    size_t bytes;
};
struct gs_profiles_stats gs_profiles_stats(const struct gs_profiles *profiles);

/* nano < 10k <= micro < 100k <= mid < 500k <= macro < 1M <= mega; NULL for GS_NULL_INT. */
const char *gs_profile_tier(int64_t followers);

#endif
