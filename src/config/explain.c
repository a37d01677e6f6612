/* explain.c -- the table in words: one key, for people, completion and the manual. */
#include "internal.h"

#include <stdio.h>

/* What a fallback of NULL stands for. */
static void own_default(const struct gsi_key *key, char *text, size_t size)
{
    struct gs_config *config = gs_calloc(1, sizeof *config);
    gsi_config_clean_defaults(config);
    int64_t value = *(const int64_t *)((const char *)config + key->offset);
    gs_free(config);
    if (key->type == GSI_ENUM) {
        size_t length;
        const char *choice = gsi_config_choice(key->choices, value, &length);
        snprintf(text, size, "%.*s", (int)length, choice);
    } else if (key->type == GSI_DURATION) {
        gs_format_duration(value, text, size);
    } else {
        snprintf(text, size, "%lld", (long long)value);
    }
}

static void describe_range(const struct gsi_key *key, char *text, size_t size)
{
    char low[24];
    char high[24];
    if (key->type == GSI_INT)
        snprintf(text, size, "%lld to %lld", (long long)key->min, (long long)key->max);
    if (key->type == GSI_DURATION)
        snprintf(text, size, "%s to %s", gs_format_duration(key->min, low, sizeof low),
                 gs_format_duration(key->max, high, sizeof high));
    if (key->type == GSI_RATIO)
        snprintf(text, size, "0%% to 100%%, or 0 to 1");
}

/* kafka.group -> GROUNDSWELL_KAFKA__GROUP */
static void name_variable(const char *name, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "GROUNDSWELL_");
    for (; *name && used + 2 < size; name++) {
        if (*name == '.')
            text[used++] = '_';
        text[used++] =
            *name == '.' ? '_' : (char)(*name >= 'a' && *name <= 'z' ? *name - 32 : *name);
    }
    text[used] = 0;
}

static void describe(const struct gsi_key *key, struct gs_config_key *described)
{
    bool has_default = key->type == GSI_INT || key->type == GSI_DURATION || key->type == GSI_ENUM;
    *described =
        (struct gs_config_key){.name = key->name,
                               .doc = key->doc,
                               .choices = key->choices,
                               .is_map = key->type == GSI_MAP || key->type == GSI_LEXICONS};
    if (key->fallback)
        snprintf(described->fallback, sizeof described->fallback, "%s", key->fallback);
    else if (has_default)
        own_default(key, described->fallback, sizeof described->fallback);
    describe_range(key, described->range, sizeof described->range);
    if (key->type <= GSI_DOMAINS)
        name_variable(key->name, described->variable, sizeof described->variable);
}

bool gs_config_describe(size_t index, struct gs_config_key *key)
{
    if (index >= gsi_config_key_count)
        return false;
    describe(&gsi_config_keys[index], key);
    return true;
}

/* text, broken at spaces before column 80. */
static void add_paragraph(struct gs_buf *out, const char *text)
{
    enum { INDENT = 2, WIDTH = 80 };
    while (*text) {
        size_t length = GS_MIN(strlen(text), (size_t)(WIDTH - INDENT));
        while (text[length] && length > 0 && text[length] != ' ')
            length--;
        if (length == 0)
            length = strlen(text);
        gs_buf_printf(out, "%*s%.*s\n", INDENT, "", (int)length, text);
        text += length + (text[length] == ' ');
    }
}

static void explain_one(const struct gsi_key *key, struct gs_buf *out)
{
    struct gs_config_key described;
    describe(key, &described);
    gs_buf_printf(out, "%s\n", key->name);
    add_paragraph(out, key->doc);
    gs_buf_printf(out, "  default: %s\n", described.fallback[0] ? described.fallback : "not set");
    if (described.range[0])
        gs_buf_printf(out, "  range: %s\n", described.range);
    if (described.choices)
        gs_buf_printf(out, "  one of: %s\n", described.choices);
    if (described.variable[0])
        gs_buf_printf(out, "  environment: %s\n", described.variable);
}

enum gs_status gs_config_explain(const char *name, struct gs_buf *out, struct gs_error *error)
{
    const struct gsi_key *key = gsi_config_find(gs_str_of(name));
    bool section = !key && gsi_config_is_section(gs_str_of(name));
    if (key)
        explain_one(key, out);
    for (size_t i = 0; section && i < gsi_config_key_count; i++)
        if (strncmp(gsi_config_keys[i].name, name, strlen(name)) == 0 &&
            gsi_config_keys[i].name[strlen(name)] == '.')
            explain_one(&gsi_config_keys[i], out);
    if (key || section)
        return GS_OK;
    const char *nearest = gsi_config_nearest(gs_str_of(name));
    return gs_fail(error, GS_E_USAGE, "there is no key '%s'%s%s%s", name,
                   nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}
