/* clean.c -- the keys `clean.*`: between the table's values and the configurations of the rules and
 * of their memories. What those say is the default of each key, so that it stands in one place. */
#include "internal.h"

#include <stdio.h>

/* ------------------------------------------------------------------ defaults */

void gsi_config_clean_defaults(struct gs_config *config)
{
    struct gs_clean_config clean;
    struct gs_copies_config copies;
    struct gs_burst_config burst;
    gs_clean_config_default(&clean);
    gs_copies_config_default(&copies);
    gs_burst_config_default(&burst);
    for (int i = 0; i < GS_REASON_COUNT; i++) {
        config->clean_actions[i] = clean.rule[i].is_off ? 0 : 1 + clean.rule[i].action;
        config->clean_weights[i] = clean.rule[i].weight;
    }
    config->clean_flood_run = clean.flood_run;
    config->clean_flood_emoji = clean.flood_run_emoji;
    config->clean_flood_words = clean.flood_words;
    config->clean_phone_digits = clean.phone_digits;
    config->clean_copies_window_ms = copies.window_ms;
    config->clean_copies_capacity = copies.capacity;
    config->clean_copies_words = copies.words_min;
    config->clean_copies_authors = copies.authors_min;
    config->clean_burst_window_ms = burst.window_ms;
    config->clean_burst_capacity = burst.capacity;
    config->clean_burst_comments = burst.comments_max;
    config->clean_burst_on_post = burst.on_post_burst;
}

/* ------------------------------------------------------------------ to the rooms */

static void fill_rules(const struct gs_config *config, struct gs_clean_config *clean)
{
    gs_clean_config_default(clean);
    for (int i = 0; i < GS_REASON_COUNT; i++) {
        int64_t action = config->clean_actions[i];
        clean->rule[i] =
            (struct gs_clean_rule){.is_off = action == 0,
                                   .action = (uint8_t)(action ? action - 1 : GS_VERDICT_KEEP),
                                   .weight = (uint16_t)config->clean_weights[i]};
    }
    clean->flood_run = (uint32_t)config->clean_flood_run;
    clean->flood_run_emoji = (uint32_t)config->clean_flood_emoji;
    clean->flood_words = (uint32_t)config->clean_flood_words;
    clean->phone_digits = (uint32_t)config->clean_phone_digits;
}

void gs_config_clean(const struct gs_config *config, struct gs_service_config *service)
{
    struct gs_service_clean *clean = &service->clean;
    *clean = (struct gs_service_clean){.is_on = config->clean_rules == 1,
                                       .allowed_domains = config->clean_domains,
                                       .allowed_domain_count = config->clean_domain_count};
    fill_rules(config, &clean->rules);
    for (int i = 0; i < GS_CLEAN_LIST_COUNT; i++)
        clean->list_paths[i] = config->clean_lists[i];
    service->task.copies =
        (struct gs_copies_config){.window_ms = config->clean_copies_window_ms,
                                  .capacity = (uint32_t)config->clean_copies_capacity,
                                  .words_min = (uint32_t)config->clean_copies_words,
                                  .authors_min = (uint32_t)config->clean_copies_authors};
    service->task.burst =
        (struct gs_burst_config){.window_ms = config->clean_burst_window_ms,
                                 .capacity = (uint32_t)config->clean_burst_capacity,
                                 .comments_max = (uint32_t)config->clean_burst_comments,
                                 .on_post_burst = (uint32_t)config->clean_burst_on_post};
}

/* ------------------------------------------------------------------ domains */

enum gs_status gsi_config_add_domain(struct gs_config *config, struct gs_str text,
                                     const char *place, struct gs_error *error)
{
    if (!gs_clean_is_domain(text))
        return gs_fail(error, GS_E_CONFIG,
                       "%s: clean.allowed_domains has '%.*s', which is no domain; write the host "
                       "alone, such as brand.com",
                       place, (int)GS_MIN(text.len, 60u), text.data);
    if (config->clean_domain_count == GS_CLEAN_DOMAINS_MAX ||
        text.len >= GS_CONFIG_DOMAINS_BYTES - config->clean_domain_bytes)
        return gs_fail(error, GS_E_CONFIG,
                       "%s: clean.allowed_domains has more than %d domains, or than %d bytes of "
                       "them",
                       place, GS_CLEAN_DOMAINS_MAX, GS_CONFIG_DOMAINS_BYTES);
    memcpy(config->clean_domains + config->clean_domain_bytes, text.data, text.len);
    config->clean_domain_bytes += text.len;
    config->clean_domains[config->clean_domain_bytes++] = 0;
    config->clean_domain_count++;
    return GS_OK;
}

void gsi_config_clear_domains(struct gs_config *config)
{
    memset(config->clean_domains, 0, config->clean_domain_bytes);
    config->clean_domain_bytes = config->clean_domain_count = 0;
}

enum gs_status gsi_config_set_domains(struct gs_config *config, struct gs_str text,
                                      const char *place, struct gs_error *error)
{
    gsi_config_clear_domains(config);
    for (uint32_t at = 0; at < text.len;) {
        const char *begin = text.data + at;
        const char *comma = memchr(begin, ',', text.len - at);
        uint32_t length = comma ? (uint32_t)(comma - begin) : text.len - at;
        uint32_t skip = length && *begin == ' '; /* as people write behind a comma */
        if (gsi_config_add_domain(config, gs_str_make(begin + skip, length - skip), place, error) !=
            GS_OK)
            return error->status;
        at += length + 1;
    }
    return GS_OK;
}

void gsi_config_write_domains(struct gs_buf *out, const struct gs_config *config)
{
    const char *at = config->clean_domains;
    gs_buf_add_text(out, "[");
    for (uint32_t i = 0; i < config->clean_domain_count; i++, at += strlen(at) + 1) {
        gs_buf_add_text(out, i ? ", \"" : "\"");
        gs_buf_add_json(out, gs_str_of(at));
        gs_buf_add_text(out, "\"");
    }
    gs_buf_add_text(out, "]");
}

/* ------------------------------------------------------------------ what is published */

static void write_value(struct gs_buf *out, const struct gs_config *config,
                        const struct gsi_key *key)
{
    const char *at = (const char *)config + key->offset;
    if (key->type == GSI_ENUM) {
        size_t length;
        const char *choice = gsi_config_choice(key->choices, *(const int64_t *)at, &length);
        gs_buf_printf(out, "\"%.*s\"", (int)length, choice);
    } else if (key->type == GSI_DOMAINS) {
        gsi_config_write_domains(out, config);
    } else if (key->type == GSI_TEXT) {
        gs_buf_add_text(out, "\"");
        gs_buf_add_json(out, gs_str_of(at));
        gs_buf_add_text(out, "\"");
    } else {
        gs_buf_add_int(out, *(const int64_t *)at);
    }
}

void gsi_config_write_clean(struct gs_buf *out, const struct gs_config *config)
{
    static const char section[] = "clean.";
    const char *separator = "";
    gs_buf_add_text(out, "{");
    for (size_t i = 0; i < gsi_config_key_count; i++) {
        const struct gsi_key *key = &gsi_config_keys[i];
        const char *name = key->name + sizeof section - 1;
        bool is_master = key->offset == offsetof(struct gs_config, clean_rules);
        if (strncmp(key->name, section, sizeof section - 1) != 0 ||
            strncmp(name, "dedupe_", 7) == 0 || (!is_master && !config->clean_rules))
            continue;
        gs_buf_printf(out, "%s\"%s%s\":", separator, name, key->type == GSI_DURATION ? "_ms" : "");
        write_value(out, config, key);
        separator = ",";
    }
    gs_buf_add_text(out, "}");
}
