/* window.c -- configuration, life and figures of the windows. */
#include "internal.h"

enum { SLOW_MS_MAX = 60000 };

/* Keys: ids of some 20 bytes, pairs of them, and what is possible. */
static const uint16_t key_units[] = {1,  2,  3,  4,  5,  6,  8,   10,  12,
                                     16, 24, 32, 48, 64, 96, 152, 301, 0};
_Static_assert(GS_WINDOW_KEY_BYTES_MAX <= 301 * 8, "the largest slot holds the longest key");

/* ------------------------------------------------------------------ configuration */

struct names {
    char window[24];
    char pane[24];
    char other[24];
};

static const char *name(char *buffer, int64_t ms)
{
    return gs_format_duration(ms, buffer, 24);
}

static enum gs_status check_size(const struct gs_window_size *size, struct gs_error *error)
{
    struct names names;
    name(names.window, size->window_ms);
    name(names.pane, size->pane_ms);
    if (size->pane_ms < GS_WINDOW_PANE_MS_MIN)
        return gs_fail(error, GS_E_CONFIG, "window %s: its pane of %s is too short; at least %d ms",
                       names.window, names.pane, (int)GS_WINDOW_PANE_MS_MIN);
    if (size->window_ms < size->pane_ms || size->window_ms % size->pane_ms)
        return gs_fail(error, GS_E_CONFIG,
                       "window %s: its pane of %s does not divide it; choose one that does",
                       names.window, names.pane);
    if (size->window_ms / size->pane_ms > GS_WINDOW_PANES_MAX)
        return gs_fail(error, GS_E_CONFIG,
                       "window %s: more than %d panes of %s; choose longer panes", names.window,
                       (int)GS_WINDOW_PANES_MAX, names.pane);
    if (size->window_ms > GS_TIME_MS_MAX / 2)
        return gs_fail(error, GS_E_CONFIG, "window %s: is too long", names.window);
    return GS_OK;
}

/* Two neighbours: what leaves the shorter window must still be in the longer one. */
static enum gs_status check_pair(const struct gs_window_size *shorter,
                                 const struct gs_window_size *longer, struct gs_error *error)
{
    struct names names;
    name(names.window, longer->window_ms);
    name(names.pane, longer->pane_ms);
    if (longer->pane_ms % shorter->pane_ms)
        return gs_fail(
            error, GS_E_CONFIG,
            "window %s: its pane of %s is not a multiple of the pane of %s of window %s; "
            "panes must divide each other",
            names.window, names.pane, name(names.other, shorter->pane_ms),
            name((char[24]){0}, shorter->window_ms));
    if (longer->window_ms - longer->pane_ms < shorter->window_ms)
        return gs_fail(error, GS_E_CONFIG,
                       "window %s: less its pane of %s it is shorter than window %s; list windows "
                       "from short to long, with room for one pane between them",
                       names.window, names.pane, name(names.other, shorter->window_ms));
    return GS_OK;
}

static enum gs_status check_views(const struct gs_window_config *config, struct gs_error *error)
{
    if (config->view_count < 1 || config->view_count > GS_VIEWS_MAX)
        return gs_fail(error, GS_E_CONFIG, "views: %d of them; 1 to %d are possible",
                       config->view_count, (int)GS_VIEWS_MAX);
    for (uint8_t v = 0; v < config->view_count; v++) {
        const struct gs_view_config *view = &config->views[v];
        if (!view->levels || view->levels >> config->level_count)
            return gs_fail(error, GS_E_CONFIG,
                           "view %.31s: it must have at least one of the %d windows, and no others",
                           view->name, config->level_count);
    }
    return GS_OK;
}

static enum gs_status check(const struct gs_window_config *config, struct gs_error *error)
{
    if (config->level_count < 1 || config->level_count > GS_LEVELS_MAX)
        return gs_fail(error, GS_E_CONFIG, "windows: %d of them; 1 to %d are possible",
                       config->level_count, (int)GS_LEVELS_MAX);
    for (uint8_t i = 0; i < config->level_count; i++) {
        if (check_size(&config->sizes[i], error) != GS_OK ||
            (i > 0 && check_pair(&config->sizes[i - 1], &config->sizes[i], error) != GS_OK))
            return GS_E_CONFIG;
    }
    if (config->flush_interval_ms < 0 || config->flush_interval_ms > INT32_MAX)
        return gs_fail(error, GS_E_CONFIG, "flush interval: out of range");
    if (config->entities_max < 1 || config->entities_max == GS_ENTITY_NONE)
        return gs_fail(error, GS_E_CONFIG, "limit of entities: must be 1 to %u",
                       GS_ENTITY_NONE - 1);
    return check_views(config, error);
}

/* ------------------------------------------------------------------ life */

static void set_up_level(struct gs_window *window, uint8_t i, const struct gs_window_config *config)
{
    const struct gs_window_size *size = &config->sizes[i];
    int64_t flush = config->flush_interval_ms;
    window->level[i] = (struct gsi_level){
        .window_ms = size->window_ms,
        .pane_ms = size->pane_ms,
        .panes = size->window_ms / size->pane_ms,
        .newest = -1, /* nothing is in a window before the first advance */
        .oldest = 0,
    };
    for (uint8_t k = 0; k <= i; k++)
        window->level[i].finer[k] = size->pane_ms / config->sizes[k].pane_ms;
    window->delay_ms[GSI_CLASS_FIRST][i] = flush;
    window->delay_ms[GSI_CLASS_SLOW][i] = GS_MAX(flush, GS_MIN(size->window_ms / 100, SLOW_MS_MAX));
}

static void set_up_view(struct gs_window *window, uint8_t v, uint8_t levels)
{
    struct gsi_view *view = &window->view[v];
    view->levels = levels;
    view->finest = (uint8_t)__builtin_ctz(levels);
    for (uint8_t i = 0; i < window->level_count; i++) {
        struct gsi_entity pattern = {0};
        for (uint32_t k = i; k < GS_LEVELS_MAX; k++)
            pattern.cell[k] = levels >> k & 1 ? GSI_DIRTY : 0;
        view->dirty_from[i] = pattern.cells;
        if (levels >> i & 1)
            view->buckets[i] = gs_calloc((size_t)window->level[i].panes, sizeof *view->buckets[i]);
    }
}

enum gs_status gs_window_create(const struct gs_window_config *config, struct gs_window **window,
                                struct gs_error *error)
{
    *window = NULL;
    if (check(config, error) != GS_OK)
        return GS_E_CONFIG;
    struct gs_window *self = gs_calloc(1, sizeof *self);
    self->level_count = config->level_count;
    self->view_count = config->view_count;
    self->as_of_ms = GS_NULL_INT;
    self->entity_freed = GS_ENTITY_NONE;
    self->hash_seed = config->hash_seed;
    self->entities_max = config->entities_max;
    self->influencer_released = config->influencer_released;
    self->user = config->user;
    gsi_slab_init(&self->panes, gsi_pane_units);
    gsi_slab_init(&self->keys, key_units);
    gsi_table_init(&self->table, config->entities_max);
    for (uint8_t i = 0; i < config->level_count; i++)
        set_up_level(self, i, config);
    for (uint8_t v = 0; v < config->view_count; v++)
        set_up_view(self, v, config->views[v].levels);
    *window = self;
    return GS_OK;
}

static uint32_t entity_chunks(const struct gs_window *window)
{
    return (window->entity_end + (1u << GSI_ENTITY_CHUNK_BITS) - 1) >> GSI_ENTITY_CHUNK_BITS;
}

void gs_window_destroy(struct gs_window *window)
{
    if (!window)
        return;
    for (uint8_t v = 0; v < window->view_count; v++)
        for (uint8_t i = 0; i < window->level_count; i++)
            gs_free(window->view[v].buckets[i]);
    gsi_blocks_deinit(&window->blocks);
    for (uint32_t c = 0; c < entity_chunks(window); c++)
        gs_free_chunk(c, window->entities[c], sizeof(struct gsi_entity) << GSI_ENTITY_CHUNK_BITS);
    gs_free(window->entities);
    gs_free(window->named);
    gs_free(window->influencers);
    gsi_table_deinit(&window->table);
    gsi_slab_deinit(&window->panes);
    gsi_slab_deinit(&window->keys);
    gs_free(window);
}

/* ------------------------------------------------------------------ figures */

struct gs_window_stats gs_window_stats(const struct gs_window *window)
{
    struct gs_window_stats stats = window->stats;
    stats.bytes =
        sizeof *window + gsi_slab_bytes(&window->panes) + gsi_slab_bytes(&window->keys) +
        gsi_table_bytes(&window->table) + window->blocks.bytes +
        window->entity_capacity * (sizeof *window->entities + (1u << GSI_ENTITY_CHUNK_BITS)) +
        ((size_t)entity_chunks(window) << GSI_ENTITY_CHUNK_BITS) * sizeof(struct gsi_entity) +
        window->influencer_capacity * sizeof *window->influencers;
    for (uint8_t v = 0; v < window->view_count; v++)
        for (uint8_t i = 0; i < window->level_count; i++)
            if (window->view[v].buckets[i])
                stats.bytes += (size_t)window->level[i].panes * sizeof(struct gsi_chain);
    return stats;
}

struct gs_window_view_stats gs_window_view_stats(const struct gs_window *window, uint8_t view)
{
    const struct gsi_view *self = &window->view[view];
    GS_ASSERT(view < window->view_count);
    return (struct gs_window_view_stats){self->entities, self->panes, self->bytes};
}
