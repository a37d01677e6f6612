/* set.c -- one value: from text to its unit, within its range, or an error that says what is
 * allowed. */
#include "internal.h"

#include <stdio.h>

static void *field(struct gs_config *config, const struct gsi_key *key)
{
    return (char *)config + key->offset;
}

static enum gs_status set_text(struct gs_config *config, const struct gsi_key *key,
                               struct gs_str text, const char *place, struct gs_error *error)
{
    if (text.len >= key->size)
        return gs_fail(error, GS_E_CONFIG, "%s: %s is longer than %zu bytes", place, key->name,
                       key->size - 1);
    for (uint32_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] < 0x20)
            return gs_fail(error, GS_E_CONFIG, "%s: %s contains a control character", place,
                           key->name);
    if (text.len)
        memcpy(field(config, key), text.data, text.len);
    ((char *)field(config, key))[text.len] = 0;
    return GS_OK;
}

static enum gs_status set_number(struct gs_config *config, const struct gsi_key *key,
                                 struct gs_str text, const char *place, struct gs_error *error)
{
    bool duration = key->type == GSI_DURATION;
    int64_t value;
    char low[24];
    char high[24];
    bool is_one = duration ? gs_parse_duration_ms(text, &value) : gs_parse_int(text, &value);
    if (!is_one)
        return gs_fail(error, GS_E_CONFIG, "%s: %s is '%.*s', which is not %s", place, key->name,
                       (int)GS_MIN(text.len, 60u), text.data,
                       duration ? "a duration such as 500ms, 10s, 5m or 1h" : "a whole number");
    if (value >= key->min && value <= key->max) {
        *(int64_t *)field(config, key) = value;
        return GS_OK;
    }
    snprintf(low, sizeof low, "%lld", (long long)key->min);
    snprintf(high, sizeof high, "%lld", (long long)key->max);
    if (duration) {
        gs_format_duration(key->min, low, sizeof low);
        gs_format_duration(key->max, high, sizeof high);
    }
    return gs_fail(error, GS_E_CONFIG, "%s: %s is %.*s, but must be from %s to %s", place,
                   key->name, (int)GS_MIN(text.len, 60u), text.data, low, high);
}

/* "5%", "0.5 %" or "0.05" in 1/1000; false if it is not one, or finer than 1/1000. */
static bool parse_permille(struct gs_str text, int64_t *permille)
{
    bool percent = text.len && text.data[text.len - 1] == '%';
    uint32_t end = text.len - percent;
    int64_t value = 0;
    int64_t scale = 0; /* 0 before the point, then 10, 100, ... */
    if (percent && end && text.data[end - 1] == ' ')
        end--;
    for (uint32_t i = 0; i < end && end <= 12; i++) {
        char c = text.data[i];
        if (c == '.' && !scale && i > 0 && i + 1 < end) {
            scale = 1;
            continue;
        }
        if (c < '0' || c > '9')
            return false;
        value = value * 10 + (c - '0');
        scale *= 10;
    }
    int64_t unit = percent ? 10 : 1000;
    *permille = value * unit / GS_MAX(scale, 1);
    return end > 0 && end <= 12 && value * unit % GS_MAX(scale, 1) == 0;
}

static enum gs_status set_ratio(struct gs_config *config, const struct gsi_key *key,
                                struct gs_str text, const char *place, struct gs_error *error)
{
    int64_t value;
    if (!parse_permille(text, &value) || value < key->min || value > key->max)
        return gs_fail(
            error, GS_E_CONFIG,
            "%s: %s is '%.*s', but must be from 0%% to 100%% in steps of 0.1%%, or from 0 "
            "to 1",
            place, key->name, (int)GS_MIN(text.len, 60u), text.data);
    *(int64_t *)field(config, key) = value;
    return GS_OK;
}

const char *gsi_config_choice(const char *choices, int64_t index, size_t *length)
{
    while (index-- > 0)
        choices = strchr(choices, '|') + 1;
    *length = strcspn(choices, "|");
    return choices;
}

static enum gs_status set_choice(struct gs_config *config, const struct gsi_key *key,
                                 struct gs_str text, const char *place, struct gs_error *error)
{
    int64_t index = 0;
    for (const char *at = key->choices; at; index++) {
        const char *end = strchr(at, '|');
        size_t length = end ? (size_t)(end - at) : strlen(at);
        if (text.len == length && memcmp(text.data, at, length) == 0) {
            *(int64_t *)field(config, key) = index;
            return GS_OK;
        }
        at = end ? end + 1 : NULL;
    }
    return gs_fail(error, GS_E_CONFIG, "%s: %s is '%.*s', but must be one of %s", place, key->name,
                   (int)GS_MIN(text.len, 60u), text.data, key->choices);
}

enum gs_status gsi_config_set(struct gs_config *config, const struct gsi_key *key,
                              struct gs_str text, const char *place, struct gs_error *error)
{
    switch (key->type) {
    case GSI_TEXT:
    case GSI_SECRET:
    case GSI_URL:
        return set_text(config, key, text, place, error);
    case GSI_INT:
    case GSI_DURATION:
        return set_number(config, key, text, place, error);
    case GSI_RATIO:
        return set_ratio(config, key, text, place, error);
    case GSI_ENUM:
        return set_choice(config, key, text, place, error);
    case GSI_DOMAINS:
        return gsi_config_set_domains(config, text, place, error);
    case GSI_WINDOWS:
    case GSI_VIEWS:
    case GSI_MAP:
    case GSI_LEXICONS:
        break;
    }
    return gs_fail(error, GS_E_CONFIG, "%s: %s is a %s and can be set in the file only", place,
                   key->name, key->type == GSI_MAP || key->type == GSI_LEXICONS ? "map" : "list");
}

static const struct {
    const char *window;
    const char *pane;
} usual_panes[] = {{"1m", "5s"}, {"5m", "30s"}, {"1h", "5m"}, {"24h", "1h"}};

enum gs_status gsi_config_add_window(struct gs_config *config, struct gs_str text,
                                     const char *place, struct gs_error *error)
{
    const char *slash = memchr(text.data, '/', text.len);
    struct gs_str name = gs_str_make(text.data, slash ? (size_t)(slash - text.data) : text.len);
    struct gs_str pane = {0};
    struct gs_window_size *size = &config->windows[config->window_count];
    if (slash)
        pane = gs_str_make(slash + 1, text.len - name.len - 1);
    for (size_t i = 0; !slash && i < GS_COUNT_OF(usual_panes); i++)
        if (gs_str_equal(name, gs_str_of(usual_panes[i].window)))
            pane = gs_str_of(usual_panes[i].pane);
    if (config->window_count == GS_LEVELS_MAX)
        return gs_fail(error, GS_E_CONFIG, "%s: windows lists more than %d", place, GS_LEVELS_MAX);
    if (name.len >= GS_TASK_WINDOW_NAME_MAX || !gs_parse_duration_ms(name, &size->window_ms) ||
        size->window_ms <= 0)
        return gs_fail(error, GS_E_CONFIG,
                       "%s: windows has '%.*s', which is not a duration such as "
                       "5m or 10m/1m",
                       place, (int)GS_MIN(text.len, 60u), text.data);
    if (!pane.data)
        return gs_fail(error, GS_E_CONFIG, "%s: window %.*s needs its pane, for example %.*s/1m",
                       place, (int)name.len, name.data, (int)name.len, name.data);
    if (!gs_parse_duration_ms(pane, &size->pane_ms) || size->pane_ms <= 0)
        return gs_fail(error, GS_E_CONFIG, "%s: the pane of window '%.*s' is not a duration", place,
                       (int)GS_MIN(text.len, 60u), text.data);
    memcpy(config->window_names[config->window_count], name.data, name.len);
    config->window_names[config->window_count++][name.len] = 0;
    return GS_OK;
}

int gsi_config_window_index(const struct gs_config *config, struct gs_str name)
{
    for (uint8_t i = 0; i < config->window_count; i++)
        if (gs_str_equal(gs_str_of(config->window_names[i]), name))
            return i;
    return -1;
}

/* The property of this name, or the next free one; NULL if there is none. */
static struct gs_kafka_property *property_of(struct gs_config *config, struct gs_str name)
{
    for (uint32_t i = 0; i < config->kafka_property_count; i++)
        if (gs_str_equal(gs_str_of(config->kafka_properties[i].name), name))
            return &config->kafka_properties[i];
    if (config->kafka_property_count == GS_CONFIG_PROPERTIES_MAX)
        return NULL;
    return &config->kafka_properties[config->kafka_property_count++];
}

enum gs_status gsi_config_add_property(struct gs_config *config, struct gs_str name,
                                       struct gs_str value, const char *place,
                                       struct gs_error *error)
{
    if (name.len == 0 || name.len >= GS_KAFKA_NAME_MAX || value.len >= GS_KAFKA_VALUE_MAX)
        return gs_fail(error, GS_E_CONFIG,
                       "%s: kafka.properties: '%.*s' or its value is empty or too long; the value "
                       "may have %d bytes",
                       place, (int)GS_MIN(name.len, 60u), name.data, GS_KAFKA_VALUE_MAX - 1);
    if (memchr(name.data, 0, name.len) || (value.len && memchr(value.data, 0, value.len)))
        return gs_fail(error, GS_E_CONFIG, "%s: kafka.properties: there is a zero byte", place);
    struct gs_kafka_property *property = property_of(config, name);
    if (!property)
        return gs_fail(error, GS_E_CONFIG, "%s: kafka.properties has more than %d entries", place,
                       GS_CONFIG_PROPERTIES_MAX);
    memcpy(property->name, name.data, name.len);
    property->name[name.len] = 0;
    if (value.len)
        memcpy(property->value, value.data, value.len);
    property->value[value.len] = 0;
    return GS_OK;
}

static struct gs_service_lexicon *lexicon_of(struct gs_config *config, struct gs_str language)
{
    for (uint32_t i = 0; i < config->sentiment_lexicon_count; i++)
        if (gs_str_equal(gs_str_of(config->sentiment_lexicons[i].language), language))
            return &config->sentiment_lexicons[i];
    if (config->sentiment_lexicon_count == GS_SERVICE_LEXICONS_MAX)
        return NULL;
    return &config->sentiment_lexicons[config->sentiment_lexicon_count++];
}

/* "en", as BCP 47 has it. */
static bool is_language(struct gs_str name)
{
    if (name.len < 2 || name.len > GS_SENTIMENT_LANGUAGE_BYTES_MAX)
        return false;
    for (uint32_t i = 0; i < name.len; i++)
        if (name.data[i] < 'a' || name.data[i] > 'z')
            return false;
    return true;
}

enum gs_status gsi_config_add_lexicon(struct gs_config *config, struct gs_str name,
                                      struct gs_str value, const char *place,
                                      struct gs_error *error)
{
    if (!is_language(name))
        return gs_fail(error, GS_E_CONFIG,
                       "%s: sentiment.lexicons: '%.*s' is no language; write its primary subtag in "
                       "small letters, as en or de",
                       place, (int)GS_MIN(name.len, 60u), name.data);
    if (value.len >= GS_SERVICE_PATH_MAX || (value.len && memchr(value.data, 0, value.len)))
        return gs_fail(error, GS_E_CONFIG,
                       "%s: sentiment.lexicons.%.*s is no path of at most %d bytes", place,
                       (int)name.len, name.data, GS_SERVICE_PATH_MAX - 1);
    struct gs_service_lexicon *lexicon = lexicon_of(config, name);
    if (!lexicon)
        return gs_fail(error, GS_E_CONFIG, "%s: sentiment.lexicons has more than %d entries", place,
                       GS_SERVICE_LEXICONS_MAX);
    snprintf(lexicon->language, sizeof lexicon->language, "%.*s", (int)name.len, name.data);
    snprintf(lexicon->path, sizeof lexicon->path, "%.*s", (int)value.len, value.data);
    return GS_OK;
}
