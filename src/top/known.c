/* known.c -- which views and windows a deployment has, by what it says of itself in its meta. */
#include "internal.h"

static const char *name_of(const json_t *element)
{
    return json_is_object(element) ? gsi_top_text(element, "name") : json_string_value(element);
}

static const json_t *find(const json_t *array, const char *wanted)
{
    size_t i;
    json_t *element;
    json_array_foreach(array, i, element)
    {
        const char *name = name_of(element);
        if (name && strcmp(name, wanted) == 0)
            return element;
    }
    return NULL;
}

bool gsi_top_has(const json_t *views, const char *view, const char *window)
{
    const json_t *found = find(views, view);
    const json_t *windows = json_object_get(found, "windows");
    if (!json_array_size(views))
        return true;
    return found && (!window || !json_array_size(windows) || find(windows, window));
}

void gsi_top_pick(const json_t *views, const struct gs_top_config *config,
                  char window[GS_TOP_WINDOW_MAX])
{
    const json_t *windows = json_object_get(find(views, config->view), "windows");
    const char *first = name_of(json_array_get(windows, 0));
    bool has = !first || gsi_top_has(views, config->view, config->window);
    snprintf(window, GS_TOP_WINDOW_MAX, "%s", has ? config->window : first);
}

static void add_names(struct gs_buf *out, const char *separator, const json_t *array)
{
    size_t i;
    json_t *element;
    json_array_foreach(array, i, element)
    {
        const char *name = name_of(element);
        const json_t *windows = json_object_get(element, "windows");
        gs_buf_printf(out, "%s%s", i ? separator : "", name ? name : "?");
        if (json_array_size(windows)) {
            gs_buf_add_text(out, " (");
            add_names(out, " ", windows);
            gs_buf_add_text(out, ")");
        }
    }
}

void gsi_top_add_views(struct gs_buf *out, const json_t *views)
{
    add_names(out, ", ", views);
}
