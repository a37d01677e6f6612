/* yaml.c -- the file: mappings of known keys, at most three deep. libyaml parses; nothing is taken
 * that the table does not name. */
#include "internal.h"

#include <stdio.h>
#include <yaml.h>

struct reader {
    struct gs_config_loaded *loaded;
    yaml_document_t document;
    const char *name;
    char place[GSI_ORIGIN_MAX];
    struct gs_error *error;
};

static const char *place_of(struct reader *reader, const yaml_node_t *node)
{
    snprintf(reader->place, sizeof reader->place, "%.70s:%zu", reader->name,
             node->start_mark.line + 1);
    return reader->place;
}

static struct gs_str scalar(const yaml_node_t *node)
{
    return gs_str_make((const char *)node->data.scalar.value, node->data.scalar.length);
}

static yaml_node_t *node_at(struct reader *reader, int index)
{
    return yaml_document_get_node(&reader->document, index);
}

/* `key:` and `key: null` are neither a text nor the default: nobody can tell which was meant. */
static bool is_null(const yaml_node_t *node)
{
    struct gs_str text = scalar(node);
    return node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (text.len == 0 || gs_str_equal(text, gs_str_of("~")) ||
            gs_str_equal(text, gs_str_of("null")));
}

/* A key that stands twice: one of the two would be lost without a word. */
static enum gs_status check_first(struct reader *reader, const yaml_node_t *mapping,
                                  const yaml_node_pair_t *pair)
{
    const yaml_node_t *key = node_at(reader, pair->key);
    for (yaml_node_pair_t *other = mapping->data.mapping.pairs.start; other < pair; other++) {
        const yaml_node_t *before = node_at(reader, other->key);
        if (key->type == YAML_SCALAR_NODE && before->type == YAML_SCALAR_NODE &&
            gs_str_equal(scalar(key), scalar(before)))
            return gs_fail(reader->error, GS_E_CONFIG, "%s: '%.*s' stands twice; first in line %zu",
                           place_of(reader, key), (int)GS_MIN(scalar(key).len, 80u),
                           scalar(key).data, before->start_mark.line + 1);
    }
    return GS_OK;
}

static enum gs_status unknown_key(struct reader *reader, const yaml_node_t *node,
                                  struct gs_str name)
{
    const char *nearest = gsi_config_nearest(name);
    return gs_fail(reader->error, GS_E_CONFIG, "%s: unknown key '%.*s'%s%s%s",
                   place_of(reader, node), (int)GS_MIN(name.len, 80u), name.data,
                   nearest ? "; did you mean '" : "", nearest ? nearest : "",
                   nearest ? "'?" : "; `groundswell config schema` lists all");
}

/* ------------------------------------------------------------------ lists and maps */

static enum gs_status join_list(struct reader *reader, const yaml_node_t *node, char *out,
                                size_t capacity)
{
    size_t used = 0;
    out[0] = 0;
    if (node->type != YAML_SEQUENCE_NODE)
        return gs_fail(reader->error, GS_E_CONFIG, "%s: a list such as [a, b] belongs here",
                       place_of(reader, node));
    for (yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top; item++) {
        const yaml_node_t *value = node_at(reader, *item);
        if (value->type != YAML_SCALAR_NODE || used + value->data.scalar.length + 2 > capacity)
            return gs_fail(reader->error, GS_E_CONFIG,
                           "%s: the list holds something that is no word, "
                           "or too much",
                           place_of(reader, value));
        used += (size_t)snprintf(out + used, capacity - used, "%s%s", used ? "," : "",
                                 (const char *)value->data.scalar.value);
    }
    return GS_OK;
}

typedef enum gs_status add_item_fn(struct gs_config *config, struct gs_str text, const char *place,
                                   struct gs_error *error);

/* what: "windows is a list of ..." */
static enum gs_status read_list(struct reader *reader, const yaml_node_t *node, add_item_fn *add,
                                const char *what)
{
    if (node->type != YAML_SEQUENCE_NODE)
        return gs_fail(reader->error, GS_E_CONFIG, "%s: %s", place_of(reader, node), what);
    for (yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top; item++) {
        const yaml_node_t *value = node_at(reader, *item);
        if (value->type != YAML_SCALAR_NODE)
            return gs_fail(reader->error, GS_E_CONFIG, "%s: %s", place_of(reader, value), what);
        if (add(&reader->loaded->config, scalar(value), place_of(reader, value), reader->error) !=
            GS_OK)
            return reader->error->status;
    }
    return GS_OK;
}

static enum gs_status read_windows(struct reader *reader, const yaml_node_t *node)
{
    reader->loaded->config.window_count = 0;
    if (node->type == YAML_SEQUENCE_NODE &&
        node->data.sequence.items.start == node->data.sequence.items.top)
        return gs_fail(reader->error, GS_E_CONFIG,
                       "%s: windows lists nothing; leave it out for the "
                       "default",
                       place_of(reader, node));
    return read_list(reader, node, gsi_config_add_window,
                     "windows is a list of durations, for example [1m, 5m]");
}

static enum gs_status read_domains(struct reader *reader, const yaml_node_t *node)
{
    gsi_config_clear_domains(&reader->loaded->config);
    return read_list(reader, node, gsi_config_add_domain,
                     "clean.allowed_domains is a list of domains, for example [brand.com]");
}

static enum gs_status read_view_field(struct reader *reader, struct gsi_view_draft *draft,
                                      const yaml_node_t *key, const yaml_node_t *value)
{
    struct gs_str name = key->type == YAML_SCALAR_NODE ? scalar(key) : gs_str_of("");
    bool is_name = gs_str_equal(name, gs_str_of("name"));
    bool is_scope = gs_str_equal(name, gs_str_of("scope"));
    if (gs_str_equal(name, gs_str_of("key")))
        return join_list(reader, value, draft->key, sizeof draft->key);
    if (gs_str_equal(name, gs_str_of("windows")))
        return join_list(reader, value, draft->windows, sizeof draft->windows);
    if (!is_name && !is_scope)
        return gs_fail(reader->error, GS_E_CONFIG,
                       "%s: '%.*s' of a view is not built; there are name, key, windows and scope",
                       place_of(reader, key), (int)GS_MIN(name.len, 40u), name.data);
    size_t capacity = is_name ? sizeof draft->name : sizeof draft->scope;
    if (value->type != YAML_SCALAR_NODE || value->data.scalar.length >= capacity)
        return gs_fail(reader->error, GS_E_CONFIG, "%s: a short word belongs here",
                       place_of(reader, value));
    snprintf(is_name ? draft->name : draft->scope, capacity, "%s",
             (const char *)value->data.scalar.value);
    return GS_OK;
}

static enum gs_status read_view(struct reader *reader, const yaml_node_t *node)
{
    struct gsi_view_draft draft = {0};
    if (node->type != YAML_MAPPING_NODE)
        return gs_fail(reader->error, GS_E_CONFIG, "%s: a view is written {name: influencer}",
                       place_of(reader, node));
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++)
        if (check_first(reader, node, pair) != GS_OK ||
            read_view_field(reader, &draft, node_at(reader, pair->key),
                            node_at(reader, pair->value)) != GS_OK)
            return reader->error->status;
    snprintf(draft.place, sizeof draft.place, "%s", place_of(reader, node));
    return gsi_config_add_view(&reader->loaded->config, &draft, reader->error);
}

static enum gs_status read_views(struct reader *reader, const yaml_node_t *node)
{
    if (node->type != YAML_SEQUENCE_NODE)
        return gs_fail(reader->error, GS_E_CONFIG,
                       "%s: views is a list, for example "
                       "[{name: influencer}]",
                       place_of(reader, node));
    reader->loaded->config.view_count = 0;
    if (node->data.sequence.items.start == node->data.sequence.items.top)
        return gs_fail(reader->error, GS_E_CONFIG,
                       "%s: views lists nothing; leave it out for the "
                       "default",
                       place_of(reader, node));
    for (yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top; item++)
        if (read_view(reader, node_at(reader, *item)) != GS_OK)
            return reader->error->status;
    return GS_OK;
}

typedef enum gs_status add_entry_fn(struct gs_config *config, struct gs_str name,
                                    struct gs_str value, const char *place, struct gs_error *error);

/* what: "kafka.properties is a map of ..."; entry: "a property". */
static enum gs_status read_map(struct reader *reader, const yaml_node_t *node, add_entry_fn *add,
                               const char *what, const char *entry)
{
    if (node->type != YAML_MAPPING_NODE)
        return gs_fail(reader->error, GS_E_CONFIG, "%s: %s", place_of(reader, node), what);
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = node_at(reader, pair->key);
        const yaml_node_t *value = node_at(reader, pair->value);
        if (key->type != YAML_SCALAR_NODE || value->type != YAML_SCALAR_NODE)
            return gs_fail(reader->error, GS_E_CONFIG, "%s: %s is a name and a value",
                           place_of(reader, key), entry);
        if (check_first(reader, node, pair) != GS_OK)
            return reader->error->status;
        if (add(&reader->loaded->config, scalar(key), scalar(value), place_of(reader, key),
                reader->error) != GS_OK)
            return reader->error->status;
    }
    return GS_OK;
}

/* ------------------------------------------------------------------ keys */

static enum gs_status read_value(struct reader *reader, const struct gsi_key *key,
                                 const yaml_node_t *node)
{
    char place[GSI_ORIGIN_MAX];
    enum gs_status status;
    snprintf(place, sizeof place, "%s", place_of(reader, node));
    if (key->type == GSI_WINDOWS)
        status = read_windows(reader, node);
    else if (key->type == GSI_DOMAINS)
        status = read_domains(reader, node);
    else if (key->type == GSI_VIEWS)
        status = read_views(reader, node);
    else if (key->type == GSI_MAP)
        status = read_map(reader, node, gsi_config_add_property,
                          "kafka.properties is a map of librdkafka's properties", "a property");
    else if (key->type == GSI_LEXICONS)
        status = read_map(reader, node, gsi_config_add_lexicon,
                          "sentiment.lexicons is a map of languages to files", "a lexicon");
    else if (node->type != YAML_SCALAR_NODE)
        status = gs_fail(reader->error, GS_E_CONFIG, "%s: %s takes one value", place, key->name);
    else if (is_null(node))
        status = gs_fail(reader->error, GS_E_CONFIG,
                         "%s: %s has no value; leave the line out for the default, or write \"\" "
                         "for an empty text",
                         place, key->name);
    else
        status = gsi_config_set(&reader->loaded->config, key, scalar(node), place, reader->error);
    if (status == GS_OK)
        gsi_config_note(reader->loaded, key, place);
    return status;
}

/* Views name windows, so windows are read first whatever their order in the file. */
static bool is_due(struct gs_str name, bool views)
{
    return gs_str_equal(name, gs_str_of("views")) == views;
}

static enum gs_status read_mapping(struct reader *reader, const yaml_node_t *node,
                                   const char *section, int depth, bool views);

static enum gs_status read_pair(struct reader *reader, const yaml_node_pair_t *pair,
                                const char *section, int depth, bool views)
{
    char full[160];
    const yaml_node_t *key = node_at(reader, pair->key);
    const yaml_node_t *value = node_at(reader, pair->value);
    if (key->type != YAML_SCALAR_NODE || key->data.scalar.length > 64)
        return gs_fail(reader->error, GS_E_CONFIG, "%s: a key is a short word",
                       place_of(reader, key));
    snprintf(full, sizeof full, "%s%s%s", section, section[0] ? "." : "",
             (const char *)key->data.scalar.value);
    struct gs_str name = gs_str_of(full);
    const struct gsi_key *known = gsi_config_find(name);
    if (depth == 0 && !is_due(name, views))
        return GS_OK;
    if (known)
        return read_value(reader, known, value);
    if (!gsi_config_is_section(name) || depth >= 2)
        return unknown_key(reader, key, name);
    if (value->type == YAML_SCALAR_NODE && value->data.scalar.length == 0)
        return GS_OK; /* an empty section */
    if (value->type != YAML_MAPPING_NODE)
        return gs_fail(reader->error, GS_E_CONFIG, "%s: %s is a section: its keys belong below it",
                       place_of(reader, value), full);
    return read_mapping(reader, value, full, depth + 1, views);
}

static enum gs_status read_mapping(struct reader *reader, const yaml_node_t *node,
                                   const char *section, int depth, bool views)
{
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++)
        if (check_first(reader, node, pair) != GS_OK ||
            read_pair(reader, pair, section, depth, views) != GS_OK)
            return reader->error->status;
    return GS_OK;
}

/* Texts are handed on as C strings from here on. */
static enum gs_status check_scalars(struct reader *reader)
{
    for (const yaml_node_t *node = reader->document.nodes.start; node < reader->document.nodes.top;
         node++)
        if (node->type == YAML_SCALAR_NODE &&
            memchr(node->data.scalar.value, 0, node->data.scalar.length))
            return gs_fail(reader->error, GS_E_CONFIG, "%s: there is a zero byte in a text",
                           place_of(reader, node));
    return GS_OK;
}

static enum gs_status read_document(struct reader *reader)
{
    const yaml_node_t *root = yaml_document_get_root_node(&reader->document);
    if (!root)
        return GS_OK; /* an empty file */
    if (root->type != YAML_MAPPING_NODE)
        return gs_fail(reader->error, GS_E_CONFIG,
                       "%s: the file must be a mapping, such as "
                       "`workers: 2`",
                       place_of(reader, root));
    if (check_scalars(reader) != GS_OK || read_mapping(reader, root, "", 0, false) != GS_OK)
        return reader->error->status;
    return read_mapping(reader, root, "", 0, true);
}

static enum gs_status syntax_error(const yaml_parser_t *parser, const char *name,
                                   struct gs_error *error)
{
    const char *problem = parser->problem ? parser->problem : "unknown";
    if (parser->error == YAML_READER_ERROR)
        return gs_fail(error, GS_E_CONFIG, "%s: not valid YAML: byte %zu: %s", name,
                       parser->problem_offset, problem);
    return gs_fail(error, GS_E_CONFIG, "%s:%zu: not valid YAML: %s", name,
                   parser->problem_mark.line + 1, problem);
}

static enum gs_status read_documents(struct reader *reader, yaml_parser_t *parser)
{
    bool more;
    if (!yaml_parser_load(parser, &reader->document))
        return syntax_error(parser, reader->name, reader->error);
    enum gs_status status = read_document(reader);
    yaml_document_delete(&reader->document);
    if (status != GS_OK)
        return status;
    if (!yaml_parser_load(parser, &reader->document))
        return syntax_error(parser, reader->name, reader->error);
    more = yaml_document_get_root_node(&reader->document) != NULL;
    yaml_document_delete(&reader->document);
    if (more)
        return gs_fail(reader->error, GS_E_CONFIG,
                       "%s: a second document begins after `---`; one file is one configuration",
                       reader->name);
    return GS_OK;
}

enum gs_status gsi_config_read_yaml(struct gs_config_loaded *loaded, struct gs_str yaml,
                                    const char *name, struct gs_error *error)
{
    struct reader reader = {.loaded = loaded, .name = name, .error = error};
    yaml_parser_t parser;
    if (yaml.len > GSI_FILE_BYTES_MAX)
        return gs_fail(error, GS_E_CONFIG, "%s: larger than %d bytes; is it a configuration?", name,
                       GSI_FILE_BYTES_MAX);
    if (gsi_config_check_depth(yaml, name, error) != GS_OK)
        return error->status;
    if (!yaml_parser_initialize(&parser))
        return gs_fail(error, GS_E_MEMORY, "%s: no memory for the parser", name);
    yaml_parser_set_input_string(&parser, (const unsigned char *)yaml.data, yaml.len);
    enum gs_status status = read_documents(&reader, &parser);
    yaml_parser_delete(&parser);
    return status;
}
