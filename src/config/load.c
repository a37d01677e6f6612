/* load.c -- defaults, then the file, then the environment, then flags; last, what spans keys. */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char environment_prefix[] = "GROUNDSWELL_";

void gsi_config_note(struct gs_config_loaded *loaded, const struct gsi_key *key, const char *origin)
{
    size_t index = (size_t)(key - gsi_config_keys);
    loaded->origin->set[index] = true;
    snprintf(loaded->origin->text[index], GSI_ORIGIN_MAX, "%s", origin);
}

/* ------------------------------------------------------------------ defaults */

static bool is_input_topic(const struct gsi_key *key)
{
    return strcmp(key->name, "topics.profiles") == 0 || strcmp(key->name, "topics.posts") == 0 ||
           strcmp(key->name, "topics.comments") == 0 || strcmp(key->name, "topics.reactions") == 0;
}

/* Whether any of the input topics was named, so that those not named are not read. */
static bool names_inputs(const struct gs_config_loaded *loaded)
{
    for (size_t i = 0; i < gsi_config_key_count; i++)
        if (loaded->origin->set[i] && is_input_topic(&gsi_config_keys[i]))
            return true;
    return false;
}

static enum gs_status set_defaults(struct gs_config_loaded *loaded, struct gs_error *error)
{
    struct gs_config *config = &loaded->config;
    gsi_config_clean_defaults(config);
    for (size_t i = 0; i < gsi_config_key_count; i++) {
        const struct gsi_key *key = &gsi_config_keys[i];
        bool scalar = key->type <= GSI_ENUM;
        if (scalar && key->fallback &&
            gsi_config_set(config, key, gs_str_of(key->fallback), "default", error) != GS_OK)
            return error->status;
    }
    static const char *const windows[] = {"1m", "5m", "1h", "24h"};
    for (size_t i = 0; i < GS_COUNT_OF(windows); i++)
        if (gsi_config_add_window(config, gs_str_of(windows[i]), "default", error) != GS_OK)
            return error->status;
    return GS_OK;
}

/* What depends on the file: views name its windows, and inputs that it leaves out are not read. */
static enum gs_status complete(struct gs_config_loaded *loaded, struct gs_error *error)
{
    struct gs_config *config = &loaded->config;
    bool named = names_inputs(loaded);
    for (size_t i = 0; named && i < gsi_config_key_count; i++)
        if (is_input_topic(&gsi_config_keys[i]) && !loaded->origin->set[i])
            ((char *)config)[gsi_config_keys[i].offset] = 0;
    if (config->view_count)
        return GS_OK; /* the file's own; it may not be empty */
    struct gsi_view_draft influencer = {.name = "influencer", .place = "default"};
    struct gsi_view_draft post = {.name = "post", .place = "default"};
    if (gsi_config_add_view(config, &influencer, error) != GS_OK)
        return error->status;
    return gsi_config_add_view(config, &post, error);
}

/* ------------------------------------------------------------------ file */

static enum gs_status read_file(const char *path, struct gs_buf *bytes, struct gs_error *error)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return gs_fail(error, GS_E_CONFIG, "%s: cannot be opened: %s", path, strerror(errno));
    for (;;) {
        char *at = gs_buf_reserve(bytes, 65536);
        size_t n = fread(at, 1, 65536, file);
        bytes->len += n;
        if (n == 0 || bytes->len > GSI_FILE_BYTES_MAX)
            break;
    }
    int reason = ferror(file) ? errno : 0;
    fclose(file);
    if (reason)
        return gs_fail(error, GS_E_CONFIG, "%s: cannot be read: %s", path, strerror(reason));
    return GS_OK;
}

/* ------------------------------------------------------------------ environment and flags */

/* KAFKA__BOOTSTRAP_SERVERS -> kafka.bootstrap_servers */
static struct gs_str name_of_variable(struct gs_str variable, char *name, size_t capacity)
{
    size_t used = 0;
    for (uint32_t i = 0; i < variable.len && used + 1 < capacity; i++) {
        char c = variable.data[i];
        if (c == '_' && i + 1 < variable.len && variable.data[i + 1] == '_') {
            name[used++] = '.';
            i++;
        } else {
            name[used++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
        }
    }
    name[used] = 0;
    return gs_str_make(name, used);
}

/* Is it an entry of this map? Leaves its own name. */
static bool starts_with(struct gs_str *name, const char *map)
{
    size_t skip = strlen(map);
    if (name->len <= skip || strncmp(name->data, map, skip) != 0)
        return false;
    *name = gs_str_make(name->data + skip, name->len - skip);
    return true;
}

static enum gs_status set_by_name(struct gs_config_loaded *loaded, struct gs_str name,
                                  struct gs_str value, const char *origin, struct gs_error *error)
{
    const struct gsi_key *key = gsi_config_find(name);
    if (!key && starts_with(&name, "kafka.properties."))
        return gsi_config_add_property(&loaded->config, name, value, origin, error);
    if (!key && starts_with(&name, "sentiment.lexicons."))
        return gsi_config_add_lexicon(&loaded->config, name, value, origin, error);
    if (!key) {
        const char *nearest = gsi_config_nearest(name);
        return gs_fail(error, GS_E_CONFIG, "%s: unknown key '%.*s'%s%s%s", origin,
                       (int)GS_MIN(name.len, 80u), name.data, nearest ? "; did you mean '" : "",
                       nearest ? nearest : "", nearest ? "'?" : "");
    }
    if (gsi_config_set(&loaded->config, key, value, origin, error) != GS_OK)
        return error->status;
    gsi_config_note(loaded, key, origin);
    return GS_OK;
}

/* NAME_FILE holds the path of a file with the value: for secrets. */
static enum gs_status set_from_file(struct gs_config_loaded *loaded, struct gs_str name,
                                    const char *path, const char *origin, struct gs_error *error)
{
    struct gs_buf bytes = {0};
    enum gs_status status = read_file(path, &bytes, error);
    while (bytes.len && (bytes.data[bytes.len - 1] == '\n' || bytes.data[bytes.len - 1] == '\r'))
        bytes.len--;
    if (status == GS_OK)
        status = set_by_name(loaded, name, gs_str_make(bytes.data, bytes.len), origin, error);
    else
        status = gs_fail_prefix(error, "%s", origin);
    gs_buf_deinit(&bytes);
    return status;
}

/* Kubernetes gives every pod variables about every Service of its namespace; one that is called
 * groundswell or groundswell-something makes names that look like ours. No key ends like these. */
static bool is_service_link(struct gs_str name, const char *value)
{
    static const char *const schemes[] = {"tcp://", "udp://", "sctp://"};
    char text[160];
    snprintf(text, sizeof text, "_%.*s", (int)GS_MIN(name.len, 150u), name.data);
    if (strstr(text, "_SERVICE_HOST") || strstr(text, "_SERVICE_PORT"))
        return true;
    const char *port = strstr(text, "_PORT");
    const char *protocol = port ? port + strlen("_PORT") : "";
    for (size_t i = 0; port && i < GS_COUNT_OF(schemes); i++)
        if (*protocol == 0 && strncmp(value, schemes[i], strlen(schemes[i])) == 0)
            return true;
    return protocol[0] == '_' && protocol[1] >= '0' && protocol[1] <= '9' &&
           (strstr(protocol, "_TCP") || strstr(protocol, "_UDP") || strstr(protocol, "_SCTP"));
}

static enum gs_status read_variable(struct gs_config_loaded *loaded, const char *variable,
                                    struct gs_error *error)
{
    size_t skip = sizeof environment_prefix - 1;
    const char *equals = strchr(variable, '=');
    char name[160];
    char origin[GSI_ORIGIN_MAX];
    if (strncmp(variable, environment_prefix, skip) != 0 || !equals)
        return GS_OK;
    struct gs_str left = gs_str_make(variable + skip, (size_t)(equals - variable) - skip);
    if (is_service_link(left, equals + 1))
        return GS_OK;
    snprintf(origin, sizeof origin, "environment %.*s", (int)(equals - variable), variable);
    struct gs_str key = name_of_variable(left, name, sizeof name);
    if (key.len > 5 && !gsi_config_find(key) && strcmp(name + key.len - 5, "_file") == 0) {
        key.len -= 5;
        return set_from_file(loaded, key, equals + 1, origin, error);
    }
    return set_by_name(loaded, key, gs_str_of(equals + 1), origin, error);
}

static enum gs_status read_setting(struct gs_config_loaded *loaded, const char *setting,
                                   struct gs_error *error)
{
    const char *equals = strchr(setting, '=');
    if (!equals)
        return gs_fail(error, GS_E_USAGE, "--set %s: write it as --set KEY=VALUE", setting);
    return set_by_name(loaded, gs_str_make(setting, (size_t)(equals - setting)),
                       gs_str_of(equals + 1), "--set", error);
}

/* ------------------------------------------------------------------ all of it */

static void begin(struct gs_config_loaded *loaded)
{
    memset(loaded, 0, sizeof *loaded);
    loaded->origin = gs_calloc(1, sizeof *loaded->origin);
}

static enum gs_status end(struct gs_config_loaded *loaded, enum gs_status status, bool for_reader,
                          struct gs_error *error)
{
    bool no_kafka = for_reader && !loaded->config.kafka_bootstrap_servers[0];
    if (status == GS_OK)
        status = complete(loaded, error);
    if (status == GS_OK)
        status = no_kafka ? gsi_config_check_rest(&loaded->config, error)
                          : gs_config_check(&loaded->config, error);
    if (status != GS_OK)
        gs_config_unload(loaded);
    return status;
}

enum gs_status gs_config_load(const struct gs_config_sources *sources,
                              struct gs_config_loaded *loaded, struct gs_error *error)
{
    const char *file = sources->file;
    char *const *variable = sources->environment;
    struct gs_buf bytes = {0};
    begin(loaded);
    enum gs_status status = set_defaults(loaded, error);
    if (status == GS_OK && file)
        status = read_file(file, &bytes, error);
    if (status == GS_OK && file)
        status = gsi_config_read_yaml(loaded, gs_str_make(bytes.data, bytes.len), file, error);
    gs_buf_deinit(&bytes);
    for (; status == GS_OK && variable && *variable; variable++)
        status = read_variable(loaded, *variable, error);
    for (size_t i = 0; status == GS_OK && i < sources->setting_count; i++)
        status = read_setting(loaded, sources->settings[i], error);
    return end(loaded, status, sources->for_reader, error);
}

enum gs_status gs_config_parse(struct gs_str yaml, const char *name,
                               struct gs_config_loaded *loaded, struct gs_error *error)
{
    begin(loaded);
    enum gs_status status = set_defaults(loaded, error);
    if (status == GS_OK)
        status = gsi_config_read_yaml(loaded, yaml, name, error);
    return end(loaded, status, false, error);
}

bool gs_config_is_given(const struct gs_config_loaded *loaded, const char *key)
{
    const struct gsi_key *found = gsi_config_find(gs_str_of(key));
    GS_ASSERT(found);
    return loaded->origin->set[found - gsi_config_keys];
}

void gs_config_unload(struct gs_config_loaded *loaded)
{
    gs_free(loaded->origin);
    gs_buf_deinit(&loaded->settings);
    loaded->origin = NULL;
}
