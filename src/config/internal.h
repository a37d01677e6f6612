/* internal.h -- the table of keys and what its readers share. */
#ifndef GS_CONFIG_INTERNAL_H
#define GS_CONFIG_INTERNAL_H

#include "groundswell/config.h"

enum gsi_type {
    GSI_TEXT,
    GSI_SECRET, /* text that is never printed */
    GSI_URL,    /* text whose user info is never printed */
    GSI_INT,
    GSI_DURATION, /* ms */
    GSI_RATIO,    /* per mille, written "5%" or "0.05" */
    GSI_ENUM,
    GSI_DOMAINS, /* list of domains; as one text, with commas between them */
    GSI_WINDOWS, /* list of "5m" or "5m/30s" */
    GSI_VIEWS,   /* list of {name, key, windows} */
    GSI_MAP,     /* kafka.properties */
    GSI_LEXICONS /* map of languages to files */
};

struct gsi_key {
    const char *name; /* dotted */
    enum gsi_type type;
    size_t offset;        /* in struct gs_config */
    size_t size;          /* of a text */
    int64_t min, max;     /* numbers, durations in ms */
    const char *fallback; /* the default as it would be written; NULL = not set, or of a number or
                             a choice: what gsi_config_clean_defaults() sets */
    const char *choices;  /* GSI_ENUM: "a|b|c", the value is the index */
    const char *doc;
};

extern const struct gsi_key gsi_config_keys[];
extern const size_t gsi_config_key_count;

/* KEYS_MAX: at least as many as the table has, which is checked there. */
enum { GSI_KEYS_MAX = 96, GSI_ORIGIN_MAX = 96, GSI_FILE_BYTES_MAX = 256 << 10 };

/* One per key of the table, in its order. */
struct gs_config_origin {
    bool set[GSI_KEYS_MAX];
    char text[GSI_KEYS_MAX][GSI_ORIGIN_MAX];
};

/* NULL if there is none of that name. */
const struct gsi_key *gsi_config_find(struct gs_str name);
/* The most similar key, or NULL if none is near. */
const char *gsi_config_nearest(struct gs_str name);
/* True if some key starts with name and a dot. */
bool gsi_config_is_section(struct gs_str name);

/* Sets a scalar key from its text. place, here and below, is where it was found, for the message:
 * "groundswell.yaml:12", "environment GROUNDSWELL_WORKERS". */
GS_MUST_CHECK enum gs_status gsi_config_set(struct gs_config *config, const struct gsi_key *key,
                                            struct gs_str text, const char *place,
                                            struct gs_error *error);
GS_MUST_CHECK enum gs_status gsi_config_add_window(struct gs_config *config, struct gs_str text,
                                                   const char *place, struct gs_error *error);
/* Sets a property; one of the same name is replaced. */
GS_MUST_CHECK enum gs_status gsi_config_add_property(struct gs_config *config, struct gs_str name,
                                                     struct gs_str value, const char *place,
                                                     struct gs_error *error);
/* Sets the file of a language; one that is there already is replaced. */
GS_MUST_CHECK enum gs_status gsi_config_add_lexicon(struct gs_config *config, struct gs_str name,
                                                    struct gs_str value, const char *place,
                                                    struct gs_error *error);
/* The bit of a window that the configuration has, or -1. */
int gsi_config_window_index(const struct gs_config *config, struct gs_str name);
/* The text of an enum's value within its list of choices; not terminated. */
const char *gsi_config_choice(const char *choices, int64_t index, size_t *length);
/* The names of enum gs_key_field. */
extern const char *const gsi_config_key_fields[GS_KEY_FIELD_COUNT];
/* The parts of two rooms; strings stay with config. */
void gsi_config_kafka(const struct gs_config *config, struct gs_kafka_config *kafka);
/* gs_config_check() without what Kafka's client needs. */
GS_MUST_CHECK enum gs_status gsi_config_check_rest(const struct gs_config *config,
                                                   struct gs_error *error);
void gsi_config_redis(const struct gs_config *config, struct gs_redis_config *redis);
void gsi_config_note(struct gs_config_loaded *loaded, const struct gsi_key *key,
                     const char *origin);

/* clean.c */
void gsi_config_clean_defaults(struct gs_config *config);
/* Behind those that are there. */
GS_MUST_CHECK enum gs_status gsi_config_add_domain(struct gs_config *config, struct gs_str text,
                                                   const char *place, struct gs_error *error);
void gsi_config_clear_domains(struct gs_config *config);
/* "a.com, b.com", instead of those that are there. */
GS_MUST_CHECK enum gs_status gsi_config_set_domains(struct gs_config *config, struct gs_str text,
                                                    const char *place, struct gs_error *error);
/* As a list of YAML, and of JSON. */
void gsi_config_write_domains(struct gs_buf *out, const struct gs_config *config);
/* What decides verdicts, as an object of JSON: only that they are off if they are. */
void gsi_config_write_clean(struct gs_buf *out, const struct gs_config *config);

/* yaml.c */
GS_MUST_CHECK enum gs_status gsi_config_read_yaml(struct gs_config_loaded *loaded,
                                                  struct gs_str yaml, const char *name,
                                                  struct gs_error *error);
/* yaml_depth.c: GS_E_CONFIG if brackets are nested deeper than any key needs */
GS_MUST_CHECK enum gs_status gsi_config_check_depth(struct gs_str yaml, const char *name,
                                                    struct gs_error *error);
/* views.c: one `{name, key, windows, scope}` being read */
struct gsi_view_draft {
    char name[32];
    char key[128];     /* fields joined with ',' */
    char windows[128]; /* names joined with ',' */
    char scope[16];
    char place[GSI_ORIGIN_MAX];
};
GS_MUST_CHECK enum gs_status gsi_config_add_view(struct gs_config *config,
                                                 const struct gsi_view_draft *draft,
                                                 struct gs_error *error);

#endif
