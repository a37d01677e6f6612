/* print.c -- the table as people and machines read it: effective values, JSON Schema. */
#include "internal.h"

#include <stdio.h>

static const void *field(const struct gs_config *config, const struct gsi_key *key)
{
    return (const char *)config + key->offset;
}

/* A URL with its user info hidden: "redis://user:secret@host/0" -> "redis://" "***@host/0" */
static void add_url(struct gs_buf *out, const char *url)
{
    const char *scheme = strstr(url, "://");
    const char *rest = scheme ? scheme + 3 : url;
    const char *at = strrchr(rest, '@');
    gs_buf_add(out, url, (size_t)(rest - url));
    gs_buf_add_text(out, at ? "***" : "");
    gs_buf_add_text(out, at ? at : rest);
}

static void add_choice(struct gs_buf *out, const char *choices, int64_t index)
{
    size_t length;
    const char *choice = gsi_config_choice(choices, index, &length);
    gs_buf_add(out, choice, length);
}

/* 5 -> "0.5%" */
static void add_ratio(struct gs_buf *out, int64_t permille)
{
    gs_buf_printf(out, "%lld", (long long)(permille / 10));
    if (permille % 10)
        gs_buf_printf(out, ".%lld", (long long)(permille % 10));
    gs_buf_add_text(out, "%");
}

static void add_windows(struct gs_buf *out, const struct gs_config *config)
{
    char pane[24];
    gs_buf_add_text(out, "[");
    for (uint8_t i = 0; i < config->window_count; i++)
        gs_buf_printf(out, "%s%s/%s", i ? ", " : "", config->window_names[i],
                      gs_format_duration(config->windows[i].pane_ms, pane, sizeof pane));
    gs_buf_add_text(out, "]");
}

static void add_views(struct gs_buf *out, const struct gs_config *config)
{
    gs_buf_add_text(out, "[");
    for (uint8_t v = 0; v < config->view_count; v++) {
        const char *separator = "";
        gs_buf_printf(out, "%s{name: %s, windows: [", v ? ", " : "", config->views[v].name);
        for (uint8_t i = 0; i < config->window_count; i++) {
            if (!(config->views[v].levels >> i & 1))
                continue;
            gs_buf_printf(out, "%s%s", separator, config->window_names[i]);
            separator = ", ";
        }
        gs_buf_add_text(out, "]}");
    }
    gs_buf_add_text(out, "]");
}

/* Values of properties may be passwords, and librdkafka knows which: only harmless names are shown
 * in clear. */
static bool is_secret_property(const char *name)
{
    return strstr(name, "password") || strstr(name, "secret") || strstr(name, "jaas") ||
           strstr(name, "pem") || strstr(name, "oauthbearer.config") || strstr(name, "assertion");
}

static void add_properties(struct gs_buf *out, const struct gs_config *config)
{
    gs_buf_add_text(out, "{");
    for (uint32_t i = 0; i < config->kafka_property_count; i++) {
        const struct gs_kafka_property *property = &config->kafka_properties[i];
        gs_buf_printf(out, "%s%s: \"", i ? ", " : "", property->name);
        gs_buf_add_json(out,
                        gs_str_of(is_secret_property(property->name) ? "***" : property->value));
        gs_buf_add_text(out, "\"");
    }
    gs_buf_add_text(out, "}");
}

static void add_lexicons(struct gs_buf *out, const struct gs_config *config)
{
    gs_buf_add_text(out, "{");
    for (uint32_t i = 0; i < config->sentiment_lexicon_count; i++) {
        gs_buf_printf(out, "%s%s: \"", i ? ", " : "", config->sentiment_lexicons[i].language);
        gs_buf_add_json(out, gs_str_of(config->sentiment_lexicons[i].path));
        gs_buf_add_text(out, "\"");
    }
    gs_buf_add_text(out, "}");
}

static void add_value(struct gs_buf *out, const struct gs_config *config, const struct gsi_key *key)
{
    char text[24];
    switch (key->type) {
    case GSI_TEXT:
        gs_buf_add_text(out, "\"");
        gs_buf_add_json(out, gs_str_of(field(config, key)));
        gs_buf_add_text(out, "\"");
        break;
    case GSI_SECRET:
        gs_buf_add_text(out, *(const char *)field(config, key) ? "\"***\"" : "\"\"");
        break;
    case GSI_URL:
        gs_buf_add_text(out, "\"");
        add_url(out, field(config, key));
        gs_buf_add_text(out, "\"");
        break;
    case GSI_INT:
        gs_buf_add_int(out, *(const int64_t *)field(config, key));
        break;
    case GSI_DURATION:
        gs_buf_add_text(
            out, gs_format_duration(*(const int64_t *)field(config, key), text, sizeof text));
        break;
    case GSI_RATIO:
        add_ratio(out, *(const int64_t *)field(config, key));
        break;
    case GSI_ENUM:
        add_choice(out, key->choices, *(const int64_t *)field(config, key));
        break;
    case GSI_DOMAINS:
        gsi_config_write_domains(out, config);
        break;
    case GSI_WINDOWS:
        add_windows(out, config);
        break;
    case GSI_VIEWS:
        add_views(out, config);
        break;
    case GSI_MAP:
        add_properties(out, config);
        break;
    case GSI_LEXICONS:
        add_lexicons(out, config);
        break;
    }
}

/* The lines of sections that `name` opens after `previous`; returns the indent of its last word. */
static int open_sections(struct gs_buf *out, const char *previous, const char *name)
{
    int depth = 0;
    for (const char *dot = strchr(name, '.'); dot; dot = strchr(dot + 1, '.'), depth++) {
        size_t length = (size_t)(dot - name) + 1;
        if (strncmp(previous, name, length) == 0)
            continue;
        const char *word = dot;
        while (word > name && word[-1] != '.')
            word--;
        gs_buf_printf(out, "%*s%.*s:\n", depth * 2, "", (int)(dot - word), word);
    }
    return depth * 2;
}

void gs_config_print(const struct gs_config_loaded *loaded, struct gs_buf *out)
{
    const char *previous = "";
    for (size_t i = 0; i < gsi_config_key_count; i++) {
        const struct gsi_key *key = &gsi_config_keys[i];
        const char *word = strrchr(key->name, '.');
        int indent = open_sections(out, previous, key->name);
        gs_buf_printf(out, "%*s%s: ", indent, "", word ? word + 1 : key->name);
        add_value(out, &loaded->config, key);
        gs_buf_printf(out, "  # %s\n",
                      loaded->origin->set[i] ? loaded->origin->text[i] : "default");
        previous = key->name;
    }
}

/* ------------------------------------------------------------------ JSON Schema */

static void add_number_range(struct gs_buf *out, const struct gsi_key *key)
{
    gs_buf_printf(out, "\"type\":\"integer\",\"minimum\":%lld,\"maximum\":%lld",
                  (long long)key->min, (long long)key->max);
}

static void add_choices(struct gs_buf *out, const char *choices)
{
    gs_buf_add_text(out, "\"enum\":[");
    for (const char *at = choices; *at;) {
        size_t length = strcspn(at, "|");
        gs_buf_printf(out, "%s\"%.*s\"", at == choices ? "" : ",", (int)length, at);
        at += length + (at[length] == '|');
    }
    gs_buf_add_text(out, "]");
}

static void add_type(struct gs_buf *out, const struct gsi_key *key)
{
    static const char *const fixed[] = {
        [GSI_TEXT] = "\"type\":\"string\"",
        [GSI_SECRET] = "\"type\":\"string\"",
        [GSI_URL] = "\"type\":\"string\"",
        [GSI_DURATION] = "\"type\":[\"string\",\"integer\"],"
                         "\"pattern\":\"^([0-9]+(ms|s|m|h|d)|0)$\",\"maximum\":0",
        [GSI_RATIO] = "\"type\":[\"string\",\"number\"],"
                      "\"pattern\":\"^[0-9]+([.][0-9]+)?( ?%)?$\",\"minimum\":0,\"maximum\":1",
        [GSI_DOMAINS] = "\"type\":[\"array\",\"string\"],\"maxItems\":1000,"
                        "\"items\":{\"type\":\"string\"}",
        [GSI_WINDOWS] = "\"type\":\"array\",\"minItems\":1,\"maxItems\":4,\"items\":{"
                        "\"type\":\"string\","
                        "\"pattern\":\"^[0-9]+(ms|s|m|h|d)(/[0-9]+(ms|s|m|h|d))?$\"}",
        [GSI_VIEWS] = "\"type\":\"array\",\"minItems\":1,\"maxItems\":8,\"items\":{"
                      "\"type\":\"object\",\"required\":[\"name\"],"
                      "\"additionalProperties\":false,\"properties\":{"
                      "\"name\":{\"enum\":[\"influencer\",\"post\",\"campaign_influencer\"]},"
                      "\"key\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
                      "\"windows\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
                      "\"scope\":{\"const\":\"partition\"}}}",
        [GSI_MAP] = "\"type\":\"object\","
                    "\"additionalProperties\":{\"type\":[\"string\",\"number\",\"boolean\"]}",
        [GSI_LEXICONS] = "\"type\":\"object\",\"propertyNames\":{\"pattern\":\"^[a-z]{2,8}$\"},"
                         "\"additionalProperties\":{\"type\":\"string\"}",
    };
    if (key->type == GSI_INT)
        add_number_range(out, key);
    else if (key->type == GSI_ENUM)
        add_choices(out, key->choices);
    else
        gs_buf_add_text(out, fixed[key->type]);
}

/* Writes the properties of a section (prefix ends in a dot, or is empty) and those below it. */
static void add_section(struct gs_buf *out, const char *prefix, int depth)
{
    size_t skip = strlen(prefix);
    const char *separator = "";
    char seen[64] = "";
    gs_buf_add_text(out, "\"type\":\"object\",\"additionalProperties\":false,\"properties\":{");
    for (size_t i = 0; i < gsi_config_key_count; i++) {
        const struct gsi_key *key = &gsi_config_keys[i];
        const char *rest = key->name + skip;
        size_t length = strncmp(key->name, prefix, skip) == 0 ? strcspn(rest, ".") : 0;
        if (length == 0 || (strlen(seen) == length && strncmp(seen, rest, length) == 0))
            continue;
        snprintf(seen, sizeof seen, "%.*s", (int)length, rest);
        gs_buf_printf(out, "%s\n%*s\"%s\":{", separator, depth * 2 + 2, "", seen);
        separator = ",";
        if (rest[length] == '.') {
            char inner[160];
            snprintf(inner, sizeof inner, "%s%s.", prefix, seen);
            add_section(out, inner, depth + 1);
        } else {
            add_type(out, key);
            gs_buf_add_text(out, ",\"description\":\"");
            gs_buf_add_json(out, gs_str_of(key->doc));
            gs_buf_add_text(out, "\"");
        }
        gs_buf_add_text(out, "}");
    }
    gs_buf_add_text(out, "}");
}

void gs_config_schema(struct gs_buf *out)
{
    gs_buf_add_text(out, "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\n"
                         " \"title\":\"Groundswell configuration\",\n ");
    add_section(out, "", 0);
    gs_buf_add_text(out, "}\n");
}
