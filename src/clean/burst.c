/* burst.c -- how much one actor writes within a minute. Sightings of an actor are chained from the
 * last one backwards. */
#include "sightings.h"

enum { LOOK_BACK_MAX = 64 };

struct gs_burst {
    struct gsi_sightings all;
    struct gs_burst_config config;
};

static struct gs_hash128 actor_key(uint64_t actor)
{
    return (struct gs_hash128){actor, actor * UINT64_C(0x9E3779B97F4A7C15)};
}

static struct gs_hash128 key_of(const void *sighting, uint32_t index)
{
    (void)index;
    return actor_key(((const struct gs_burst_sighting *)sighting)->actor);
}

static const struct gsi_sightings_kind kind = {sizeof(struct gs_burst_sighting), 1, key_of};

void gs_burst_config_default(struct gs_burst_config *config)
{
    *config = (struct gs_burst_config){
        .window_ms = 60000, .capacity = 50000, .comments_max = 6, .on_post_burst = 3};
}

struct gs_burst *gs_burst_create(const struct gs_burst_config *config)
{
    GS_ASSERT(config->comments_max >= 1 && config->comments_max <= GS_CLEAN_BURST_MAX &&
              config->on_post_burst >= 2 && config->on_post_burst <= GS_CLEAN_BURST_MAX);
    struct gs_burst *burst = gs_calloc(1, sizeof *burst);
    burst->config = *config;
    gsi_sightings_init(&burst->all, &kind, config->window_ms, config->capacity);
    return burst;
}

void gs_burst_destroy(struct gs_burst *burst)
{
    if (!burst)
        return;
    gsi_sightings_deinit(&burst->all);
    gs_free(burst);
}

void gs_burst_prefetch(const struct gs_burst *burst, uint64_t actor)
{
    gsi_sightings_prefetch(&burst->all, 0, actor_key(actor));
}

struct counts {
    uint32_t comments; /* this one among them */
    uint32_t on_post;
};

static bool is_burst(const struct gs_burst *burst, const struct counts *counts)
{
    return counts->comments > burst->config.comments_max ||
           counts->on_post >= burst->config.on_post_burst;
}

/* place: the actor's last sighting in that generation, or 0. */
static void count(const struct gs_burst *burst, const struct gsi_generation *generation,
                  uint32_t place, const struct gs_burst_sighting *sighting, struct counts *counts)
{
    for (uint32_t i = 0; place && i < LOOK_BACK_MAX && !is_burst(burst, counts); i++) {
        const struct gs_burst_sighting *one = gsi_sighting_at(&burst->all, generation, place);
        if (one->event_ms <= sighting->event_ms &&
            sighting->event_ms - one->event_ms < burst->config.window_ms) {
            counts->comments++;
            counts->on_post += one->post == sighting->post;
        }
        place = one->before;
    }
}

static void add(struct gsi_sightings *all, struct gsi_generation *generation, uint32_t *entry,
                const struct gs_burst_sighting *sighting)
{
    struct gs_burst_sighting *one = gsi_sightings_add(all, generation);
    *one = *sighting;
    one->before = *entry & GS_LINE_PLACE_MASK;
    one->unused = 0;
    gsi_sightings_point(all, generation, 0, entry, actor_key(one->actor));
}

static void append(struct gsi_sightings *all, struct gsi_generation *generation,
                   const void *sighting)
{
    struct gs_burst_sighting one;
    memcpy(&one, sighting, sizeof one);
    add(all, generation, gsi_sightings_entry(all, generation, 0, actor_key(one.actor)), &one);
}

bool gs_burst_seen(struct gs_burst *burst, const struct gs_burst_sighting *sighting, int64_t h_ms)
{
    struct gsi_sightings *all = &burst->all;
    struct gs_hash128 key = actor_key(sighting->actor);
    struct counts counts = {1, 1};
    gsi_sightings_follow(all, h_ms);
    uint32_t *entry = gsi_sightings_entry(all, &all->newer, 0, key);
    count(burst, &all->newer, *entry & GS_LINE_PLACE_MASK, sighting, &counts);
    count(burst, &all->older, gsi_sightings_find(all, &all->older, 0, key), sighting, &counts);
    if (GS_UNLIKELY(gsi_sightings_make_room(all)))
        entry = gsi_sightings_entry(all, &all->newer, 0, key);
    add(all, &all->newer, entry, sighting);
    return is_burst(burst, &counts);
}

/* ------------------------------------------------------------------ out and in */

void gs_burst_state(const struct gs_burst *burst, struct gs_sightings_state *state)
{
    gsi_sightings_state(&burst->all, state);
}

bool gs_burst_next(const struct gs_burst *burst, struct gs_sightings_mark *mark,
                   struct gs_sightings_piece *piece)
{
    return gsi_sightings_next(&burst->all, mark, piece);
}

bool gs_burst_put(struct gs_burst *burst, const struct gs_sightings_piece *piece)
{
    return gsi_sightings_put(&burst->all, piece, append);
}

void gs_burst_restore(struct gs_burst *burst, const struct gs_sightings_state *state)
{
    gsi_sightings_restore(&burst->all, state);
}

size_t gs_burst_bytes(const struct gs_burst *burst)
{
    return sizeof *burst + gsi_sightings_bytes(&burst->all);
}
