/* copies.c -- who wrote which text before.
 *
 * Of each text a generation keeps one sighting per author, chained:
 *
 *      text ──► last sighting ──► the one before ──► ...      (text, author) ──► sighting
 *
 * A sighting says of itself whether it was COPYPASTA when it came (ITSELF), and whether by then all
 * the earlier ones of its text were, or had been told (ALL). Neither changes afterwards, so the
 * list of sightings is all there is to restore. Before a sighting with ALL there is nothing to
 * tell, and without one there are fewer than authors_min in each generation: chains are never
 * walked far. */
#include "sightings.h"

enum { ITSELF = 1, ALL = 2 };
enum { BY_AUTHOR, BY_TEXT };

struct gs_copies {
    struct gsi_sightings all;
    struct gs_copies_config config;
};

static struct gs_hash128 author_key(struct gs_hash128 text, uint64_t actor)
{
    uint64_t mixed = actor * UINT64_C(0x9E3779B97F4A7C15);
    return (struct gs_hash128){text.low ^ mixed, text.high ^ (mixed >> 32 | mixed << 32)};
}

static struct gs_hash128 key_of(const void *sighting, uint32_t index)
{
    const struct gs_copies_sighting *copy = sighting;
    return index == BY_TEXT ? copy->text : author_key(copy->text, copy->actor);
}

static const struct gsi_sightings_kind kind = {sizeof(struct gs_copies_sighting), 2, key_of};

void gs_copies_config_default(struct gs_copies_config *config)
{
    *config = (struct gs_copies_config){
        .window_ms = 600000, .capacity = 100000, .words_min = 4, .authors_min = 5};
}

struct gs_copies *gs_copies_create(const struct gs_copies_config *config)
{
    GS_ASSERT(config->authors_min >= 2 && config->authors_min <= GS_CLEAN_AUTHORS_MAX);
    struct gs_copies *copies = gs_calloc(1, sizeof *copies);
    copies->config = *config;
    gsi_sightings_init(&copies->all, &kind, config->window_ms, config->capacity);
    return copies;
}

void gs_copies_destroy(struct gs_copies *copies)
{
    if (!copies)
        return;
    gsi_sightings_deinit(&copies->all);
    gs_free(copies);
}

void gs_copies_prefetch(const struct gs_copies *copies, const struct gs_copy *copy)
{
    if (copy->words < copies->config.words_min)
        return;
    gsi_sightings_prefetch(&copies->all, BY_AUTHOR, author_key(copy->text, copy->actor));
    gsi_sightings_prefetch(&copies->all, BY_TEXT, copy->text);
}

/* ------------------------------------------------------------------ authors */

struct authors {
    uint64_t actor[GS_CLEAN_AUTHORS_MAX];
    uint32_t count;
    uint32_t max;
};

static void add_author(struct authors *authors, uint64_t actor)
{
    for (uint32_t i = 0; i < authors->count; i++)
        if (authors->actor[i] == actor)
            return;
    if (authors->count < authors->max)
        authors->actor[authors->count++] = actor;
}

static void add_authors(struct authors *authors, const struct gs_copies *copies,
                        const struct gsi_generation *generation, uint32_t place)
{
    while (place && authors->count < authors->max) {
        const struct gs_copies_sighting *copy = gsi_sighting_at(&copies->all, generation, place);
        add_author(authors, copy->actor);
        place = copy->before;
    }
}

/* ------------------------------------------------------------------ earlier copies */

/* False if there is nothing to tell of what came before. */
static bool tell(struct gs_copies_earlier *earlier, const struct gs_copies *copies,
                 const struct gsi_generation *generation, uint32_t place)
{
    while (place) {
        const struct gs_copies_sighting *copy = gsi_sighting_at(&copies->all, generation, place);
        if (copy->flags & ALL)
            return false;
        if (!(copy->flags & ITSELF) && earlier->count < GS_COUNT_OF(earlier->comment))
            earlier->comment[earlier->count++] = copy->comment;
        place = copy->before;
    }
    return true;
}

/* Where it stands in the newer generation's indexes, or belongs. */
struct entries {
    uint32_t *author;
    uint32_t *text;
};

static struct entries find_entries(const struct gsi_sightings *all,
                                   const struct gsi_generation *generation, struct gs_hash128 text,
                                   struct gs_hash128 author)
{
    return (struct entries){gsi_sightings_entry(all, generation, BY_AUTHOR, author),
                            gsi_sightings_entry(all, generation, BY_TEXT, text)};
}

static void add(struct gsi_sightings *all, struct gsi_generation *generation,
                struct entries entries, const struct gs_copies_sighting *sighting)
{
    struct gs_copies_sighting *copy = gsi_sightings_add(all, generation);
    struct gs_hash128 author = author_key(sighting->text, sighting->actor);
    *copy = *sighting;
    copy->before = *entries.text & GS_LINE_PLACE_MASK;
    gsi_sightings_point(all, generation, BY_AUTHOR, entries.author, author);
    gsi_sightings_point(all, generation, BY_TEXT, entries.text, copy->text);
}

static void append(struct gsi_sightings *all, struct gsi_generation *generation,
                   const void *sighting)
{
    struct gs_copies_sighting copy;
    memcpy(&copy, sighting, sizeof copy);
    struct gs_hash128 author = author_key(copy.text, copy.actor);
    add(all, generation, find_entries(all, generation, copy.text, author), &copy);
}

/* Of a text that was there before: is this the one with which it comes to enough authors? */
static bool is_wave(const struct gs_copies *copies, const struct gs_copy *copy, uint32_t newer,
                    uint32_t older, struct gs_copies_earlier *earlier)
{
    const struct gsi_sightings *all = &copies->all;
    struct authors authors;
    authors.actor[0] = copy->actor;
    authors.count = 1;
    authors.max = copies->config.authors_min;
    add_authors(&authors, copies, &all->newer, newer);
    add_authors(&authors, copies, &all->older, older);
    if (authors.count < authors.max)
        return false;
    if (tell(earlier, copies, &all->newer, newer))
        tell(earlier, copies, &all->older, older);
    return true;
}

bool gs_copies_seen(struct gs_copies *copies, const struct gs_copy *copy, int64_t h_ms,
                    struct gs_copies_earlier *earlier)
{
    struct gsi_sightings *all = &copies->all;
    earlier->count = 0;
    gsi_sightings_follow(all, h_ms);
    if (copy->words < copies->config.words_min)
        return false;
    struct gs_hash128 author = author_key(copy->text, copy->actor);
    struct entries entries = {.author = gsi_sightings_entry(all, &all->newer, BY_AUTHOR, author)};
    if (*entries.author)
        return true;
    entries.text = gsi_sightings_entry(all, &all->newer, BY_TEXT, copy->text);
    bool is_repeated = gsi_sightings_find(all, &all->older, BY_AUTHOR, author) != 0;
    uint32_t newer = *entries.text & GS_LINE_PLACE_MASK;
    uint32_t older = gsi_sightings_find(all, &all->older, BY_TEXT, copy->text);
    bool is_one_of_many =
        GS_UNLIKELY(newer || older) && is_wave(copies, copy, newer, older, earlier);
    struct gs_copies_sighting made = {
        .text = copy->text,
        .comment = copy->comment,
        .actor = copy->actor,
        .flags = (is_repeated || is_one_of_many ? ITSELF : 0) | (is_one_of_many ? ALL : 0),
    };
    if (GS_UNLIKELY(gsi_sightings_make_room(all)))
        entries = find_entries(all, &all->newer, copy->text, author);
    add(all, &all->newer, entries, &made);
    return is_repeated || is_one_of_many;
}

/* ------------------------------------------------------------------ out and in */

void gs_copies_state(const struct gs_copies *copies, struct gs_sightings_state *state)
{
    gsi_sightings_state(&copies->all, state);
}

bool gs_copies_next(const struct gs_copies *copies, struct gs_sightings_mark *mark,
                    struct gs_sightings_piece *piece)
{
    return gsi_sightings_next(&copies->all, mark, piece);
}

bool gs_copies_put(struct gs_copies *copies, const struct gs_sightings_piece *piece)
{
    return gsi_sightings_put(&copies->all, piece, append);
}

void gs_copies_restore(struct gs_copies *copies, const struct gs_sightings_state *state)
{
    gsi_sightings_restore(&copies->all, state);
}

size_t gs_copies_bytes(const struct gs_copies *copies)
{
    return sizeof *copies + gsi_sightings_bytes(&copies->all);
}
