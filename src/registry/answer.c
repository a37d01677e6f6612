/* answer.c -- what a registry answers. Only two answers are answers: a schema, and error 40403,
 * "schema not found". A proxy's 404 or a start-up page must not turn records into bad ones. */
#include "internal.h"

#include <jansson.h>

enum { SCHEMA_NOT_FOUND = 40403 };

static enum gsi_found read_schema(uint32_t id, const json_t *json, struct gs_buf *text,
                                  const char **what)
{
    const json_t *schema = json_object_get(json, "schema");
    const char *type = json_string_value(json_object_get(json, "schemaType"));
    size_t len = json_string_length(schema);
    if (!json_is_string(schema)) {
        *what = "its answer is no JSON object with a schema";
        return GSI_FAILED;
    }
    if (len > GS_REGISTRY_SCHEMA_BYTES_MAX) {
        *what = "the schema is longer than 1 MiB";
        return GSI_FAILED;
    }
    /* It is an answer all the same: whoever compiles it refuses it, once and for all. */
    if (type && strcmp(type, "AVRO") != 0)
        gs_log(GS_LOG_WARN, "registry",
               "schema %u is not an Avro schema, so records that name it cannot be read", id);
    text->len = 0;
    gs_buf_add(text, json_string_value(schema), len);
    return GSI_FOUND;
}

static const char *status_words(long status)
{
    if (status == 401 || status == 403)
        return "it refuses us (401 or 403); check user and password in schemas.registry";
    if (status >= 300 && status < 400)
        return "it redirects, which is not followed; let schemas.registry name the target";
    if (status == 404)
        return "it says 404, but not that the schema is unknown; check the path in "
               "schemas.registry";
    if (status == 429)
        return "it is asked too often (429)";
    if (status >= 500)
        return "it has an error of its own (5xx); see its log";
    return "it refuses the question; check schemas.registry";
}

enum gsi_found gsi_answer_read(uint32_t id, long status, struct gs_str body, struct gs_buf *text,
                               const char **what)
{
    json_t *json = body.len ? json_loadb(body.data, body.len, 0, NULL) : NULL;
    enum gsi_found found = GSI_FAILED;
    if (status == 200)
        found = read_schema(id, json, text, what);
    else if (status == 404 &&
             json_integer_value(json_object_get(json, "error_code")) == SCHEMA_NOT_FOUND)
        found = GSI_UNKNOWN;
    else
        *what = status_words(status);
    json_decref(json);
    return found;
}
