/* views.c -- from a view's lines in the file to struct gs_view_config. */
#include "internal.h"

#include <stdio.h>

static const struct {
    const char *name;
    const char *key;
    int64_t shortest_ms; /* default windows: those of at least this length */
} known_views[] = {
    {"influencer", "influencer_id", 0},
    {"post", "post_id", 3600000},
    {"campaign_influencer", "campaign_id,influencer_id", 0},
};

const char *gs_config_view_name(size_t index)
{
    return index < GS_COUNT_OF(known_views) ? known_views[index].name : NULL;
}

const char *const gsi_config_key_fields[GS_KEY_FIELD_COUNT] = {[GS_KEY_INFLUENCER] =
                                                                   "influencer_id",
                                                               [GS_KEY_POST] = "post_id",
                                                               [GS_KEY_CAMPAIGN] = "campaign_id"};

static enum gs_status read_key(const struct gsi_view_draft *draft, struct gs_view_config *view,
                               struct gs_error *error)
{
    for (const char *at = draft->key; *at;) {
        size_t length = strcspn(at, ",");
        int field = -1;
        for (int f = 0; f < GS_KEY_FIELD_COUNT; f++)
            if (strlen(gsi_config_key_fields[f]) == length &&
                memcmp(at, gsi_config_key_fields[f], length) == 0)
                field = f;
        if (field < 0)
            return gs_fail(error, GS_E_CONFIG,
                           "%s: view %s has the key field '%.*s'; known are influencer_id, post_id "
                           "and campaign_id",
                           draft->place, draft->name, (int)length, at);
        if (view->key_count == GS_VIEW_KEYS_MAX)
            return gs_fail(error, GS_E_CONFIG, "%s: view %s has more than %d key fields",
                           draft->place, draft->name, GS_VIEW_KEYS_MAX);
        view->key[view->key_count++] = (uint8_t)field;
        at += length + (at[length] == ',');
    }
    return GS_OK;
}

static enum gs_status read_windows(const struct gs_config *config,
                                   const struct gsi_view_draft *draft, struct gs_view_config *view,
                                   struct gs_error *error)
{
    for (const char *at = draft->windows; *at;) {
        size_t length = strcspn(at, ",");
        int index = gsi_config_window_index(config, gs_str_make(at, length));
        if (index < 0)
            return gs_fail(error, GS_E_CONFIG,
                           "%s: view %s has the window '%.*s', which `windows` does not list",
                           draft->place, draft->name, (int)length, at);
        view->levels |= (uint8_t)(1 << index);
        at += length + (at[length] == ',');
    }
    return GS_OK;
}

static void default_windows(const struct gs_config *config, struct gs_view_config *view,
                            int64_t shortest_ms)
{
    GS_ASSERT(config->window_count > 0); /* a list of windows is never empty */
    for (uint8_t i = 0; i < config->window_count; i++)
        if (config->windows[i].window_ms >= shortest_ms)
            view->levels |= (uint8_t)(1 << i);
    if (!view->levels)
        view->levels = (uint8_t)(1 << (config->window_count - 1));
}

enum gs_status gsi_config_add_view(struct gs_config *config, const struct gsi_view_draft *draft,
                                   struct gs_error *error)
{
    struct gs_view_config view = {0};
    struct gsi_view_draft filled = *draft;
    int64_t shortest_ms = -1;
    for (size_t i = 0; i < GS_COUNT_OF(known_views); i++) {
        if (strcmp(known_views[i].name, draft->name) != 0)
            continue;
        shortest_ms = known_views[i].shortest_ms;
        if (!filled.key[0])
            snprintf(filled.key, sizeof filled.key, "%s", known_views[i].key);
        if (strcmp(filled.key, known_views[i].key) != 0)
            return gs_fail(error, GS_E_CONFIG, "%s: the key of view %s is %s", draft->place,
                           draft->name, known_views[i].key);
    }
    if (shortest_ms < 0)
        return gs_fail(error, GS_E_CONFIG,
                       "%s: view '%s' is not built; there are influencer, post and "
                       "campaign_influencer",
                       draft->place, draft->name);
    if (draft->scope[0] && strcmp(draft->scope, "partition") != 0)
        return gs_fail(error, GS_E_CONFIG,
                       "%s: view %s: scope '%s' is not built; there is partition", draft->place,
                       draft->name, draft->scope);
    if (config->view_count == GS_VIEWS_MAX)
        return gs_fail(error, GS_E_CONFIG, "%s: more than %d views", draft->place, GS_VIEWS_MAX);
    for (uint8_t i = 0; i < config->view_count; i++)
        if (strcmp(config->views[i].name, draft->name) == 0)
            return gs_fail(error, GS_E_CONFIG, "%s: view %s stands twice", draft->place,
                           draft->name);
    memcpy(view.name, draft->name, sizeof view.name);
    if (read_key(&filled, &view, error) != GS_OK ||
        read_windows(config, draft, &view, error) != GS_OK)
        return error->status;
    if (!view.levels)
        default_windows(config, &view, shortest_ms);
    config->views[config->view_count++] = view;
    return GS_OK;
}
