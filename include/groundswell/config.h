/* config.h -- the configuration: one table of keys, filled from defaults, a YAML file, the
 * environment and flags, in that order of precedence (later wins).
 *
 * Every key has its type, range, default and documentation in src/config/table.c; the parser,
 * `config schema`, `config explain` and `config print` all read that table. Unknown keys, values
 * out of range and options that are not built are errors that name the key, where it stands and
 * what is allowed. Not thread-safe; loaded once at start. */
#ifndef GROUNDSWELL_CONFIG_H
#define GROUNDSWELL_CONFIG_H

#include "groundswell/clean.h"
#include "groundswell/event.h"
#include "groundswell/service.h"

enum {
    GS_CONFIG_TEXT_MAX = 512,
    GS_CONFIG_PROPERTIES_MAX = 64,
    GS_CONFIG_DOMAINS_BYTES = 32 << 10
};

/* Plain values, in the units of the table. Strings are terminated; "" = not set. */
struct gs_config {
    char kafka_bootstrap_servers[GS_CONFIG_TEXT_MAX];
    char kafka_group[128];
    char kafka_client_id[128];
    char kafka_static_membership[128];
    struct gs_kafka_property kafka_properties[GS_CONFIG_PROPERTIES_MAX];
    uint32_t kafka_property_count;
    char topic_profiles[250];
    char topic_posts[250];
    char topic_comments[250];
    char topic_reactions[250];
    char topic_tasks[250];
    char topic_dlq[250];
    char topic_late[250];
    char topic_checkpoints[250];
    char schemas_dir[GS_CONFIG_TEXT_MAX];
    char schemas_registry[GS_CONFIG_TEXT_MAX];
    char redis_url[GS_CONFIG_TEXT_MAX];
    char redis_prefix[64];
    char redis_ca_file[GS_CONFIG_TEXT_MAX];
    int64_t redis_timeout_ms;
    int64_t workers;
    int64_t consume_batch;
    int64_t flush_interval_ms;
    struct gs_window_size windows[GS_LEVELS_MAX];
    char window_names[GS_LEVELS_MAX][GS_TASK_WINDOW_NAME_MAX];
    uint8_t window_count;
    struct gs_view_config views[GS_VIEWS_MAX];
    uint8_t view_count;
    int64_t engagement_source; /* enum gs_engagement_source */
    int64_t profiles_delay_ms;
    int64_t dedupe_window_ms;
    int64_t dedupe_capacity;
    int64_t clean_rules;                    /* 1 = on */
    int64_t clean_actions[GS_REASON_COUNT]; /* 0 = off, else 1 + enum gs_verdict */
    int64_t clean_weights[GS_REASON_COUNT];
    char clean_lists[GS_CLEAN_LIST_COUNT][GS_SERVICE_PATH_MAX];
    char clean_domains[GS_CONFIG_DOMAINS_BYTES]; /* one terminated text behind the other */
    uint32_t clean_domain_bytes;
    uint32_t clean_domain_count;
    int64_t clean_flood_run;
    int64_t clean_flood_emoji;
    int64_t clean_flood_words;
    int64_t clean_phone_digits;
    int64_t clean_copies_window_ms;
    int64_t clean_copies_capacity;
    int64_t clean_copies_words;
    int64_t clean_copies_authors;
    int64_t clean_burst_window_ms;
    int64_t clean_burst_capacity;
    int64_t clean_burst_comments;
    int64_t clean_burst_on_post;
    int64_t comments_horizon_ms;
    int64_t sentiment_scorer;
    struct gs_service_lexicon sentiment_lexicons[GS_SERVICE_LEXICONS_MAX];
    uint32_t sentiment_lexicon_count;
    char sentiment_emoji[GS_CONFIG_TEXT_MAX];
    int64_t limits_entities;
    int64_t limits_comments;
    int64_t idle_after_ms;
    int64_t checkpoint_interval_ms;
    int64_t checkpoint_cycle_ms;
    int64_t checkpoint_on_gap; /* 0 = stop, 1 = continue */
    int64_t drain_limit_ms;
    char admin_listen[128];
    int64_t admin_grace_ms;
    int64_t dlq_max_permille; /* 1000 = off */
    int64_t log_level;        /* enum gs_log_level */
    int64_t log_format;       /* enum gs_log_format */
};

struct gs_config_origin; /* where each value comes from; opaque */

struct gs_config_loaded {
    struct gs_config config;
    struct gs_config_origin *origin;
    struct gs_buf settings; /* the texts of service.meta */
};

/* Where a configuration comes from. */
struct gs_config_sources {
    const char *file;         /* NULL: none */
    char *const *environment; /* as environ; NULL: none */
    char *const *settings;    /* flags: "key=value" */
    size_t setting_count;
    bool for_reader; /* who only reads Redis needs no kafka.bootstrap_servers */
};

/* Loads defaults, then the file, then GROUNDSWELL_* of the environment, then the settings.
 * GROUNDSWELL_KAFKA__GROUP is kafka.group; with _FILE behind it, the value is what stands in that
 * file. Variables that Kubernetes makes for a Service of our name (GROUNDSWELL_SERVICE_HOST,
 * GROUNDSWELL_PORT_9464_TCP, ...) are passed over. On GS_OK the caller releases it with
 * gs_config_unload(); otherwise nothing is left to release. */
GS_MUST_CHECK enum gs_status gs_config_load(const struct gs_config_sources *sources,
                                            struct gs_config_loaded *loaded,
                                            struct gs_error *error);
/* The same from bytes instead of a file; for tests and the fuzzer. name stands for the file. */
GS_MUST_CHECK enum gs_status gs_config_parse(struct gs_str yaml, const char *name,
                                             struct gs_config_loaded *loaded,
                                             struct gs_error *error);
void gs_config_unload(struct gs_config_loaded *loaded);
/* Whether this key of the table was given, in whatever way, rather than left at its default. */
bool gs_config_is_given(const struct gs_config_loaded *loaded, const char *key);

/* What spans several keys, and what other rooms say of their parts: brokers, topics, windows and
 * views, Kafka's properties, Redis's URL, the prefix, where to listen. Looks at no file and
 * connects to nothing. Called by load and parse. GS_E_CONFIG. */
GS_MUST_CHECK enum gs_status gs_config_check(const struct gs_config *config,
                                             struct gs_error *error);

/* Effective configuration as YAML, each line with its origin; secrets redacted. */
void gs_config_print(const struct gs_config_loaded *loaded, struct gs_buf *out);
/* The JSON Schema of the file. */
void gs_config_schema(struct gs_buf *out);
/* One key in words. */
struct gs_config_key {
    const char *name;
    const char *doc;
    const char *choices; /* "off|on"; NULL: any text, number or list */
    char fallback[80];   /* as it would be written; "" = not set */
    char range[64];      /* "1 to 64"; "" = none */
    char variable[96];   /* of the environment; "" = it is set in the file only, or: */
    bool is_map;         /* --set NAME.ENTRY=VALUE, one by one */
};
/* Of the key at this place of the table, counted from 0; false: there are not so many. */
bool gs_config_describe(size_t index, struct gs_config_key *key);
/* The views that there are; NULL: not so many. */
const char *gs_config_view_name(size_t index);
/* The documentation of one key (or a section); GS_E_USAGE names the nearest key. */
GS_MUST_CHECK enum gs_status gs_config_explain(const char *key, struct gs_buf *out,
                                               struct gs_error *error);

/* Fills service->clean, and copies and burst of service->task. Paths and domains belong to config.
 */
void gs_config_clean(const struct gs_config *config, struct gs_service_config *service);

/* Fills what the service needs; the flags of a run (until_end, discard, takeover, handle_signals),
 * what the service manager wants and instance stay zero. Strings, and meta, belong to loaded and
 * are valid until it is unloaded or this is called again. meta: the fields `windows`, `views`,
 * `topics` and `config`. GS_E_CONFIG: what only a service needs is missing: schemas.dir or
 * schemas.registry, a folder or a file that is named does not exist. */
GS_MUST_CHECK enum gs_status gs_config_service(struct gs_config_loaded *loaded,
                                               struct gs_service_config *service,
                                               struct gs_error *error);

#endif
