/* yaml_depth.c -- how deep a file is nested, before its tree is made. */
#include "internal.h"

#include <yaml.h>

/* How much deeper an event leads. */
static int step_of(const yaml_event_t *event)
{
    if (event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT)
        return 1;
    return event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT ? -1 : 0;
}

/* libyaml takes minutes for some 100,000 open brackets. What else is wrong is found when it is
 * read. */
enum gs_status gsi_config_check_depth(struct gs_str yaml, const char *name, struct gs_error *error)
{
    enum { DEPTH_MAX = 16 };
    yaml_parser_t parser;
    yaml_event_t event;
    int depth = 0;
    bool more = true;
    size_t line = 0;
    if (!yaml_parser_initialize(&parser))
        return gs_fail(error, GS_E_MEMORY, "%s: no memory for the parser", name);
    yaml_parser_set_input_string(&parser, (const unsigned char *)yaml.data, yaml.len);
    while (more && depth <= DEPTH_MAX && yaml_parser_parse(&parser, &event)) {
        more = event.type != YAML_STREAM_END_EVENT && event.type != YAML_NO_EVENT;
        depth += step_of(&event);
        line = event.start_mark.line + 1;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    if (depth <= DEPTH_MAX)
        return GS_OK;
    return gs_fail(error, GS_E_CONFIG, "%s:%zu: nested more than %d deep; no key needs that", name,
                   line, (int)DEPTH_MAX);
}
