/* score_comment.c -- a line as a comment: a text as it stands, or a JSON object. */
#include "score.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

void gsi_comment_reader_deinit(struct gsi_comment_reader *reader)
{
    json_decref(reader->object);
    reader->object = NULL;
}

/* The member, NULL if it is not there or null. */
static const json_t *member(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_null(value) ? NULL : value;
}

static enum gs_status wrong_type(const char *key, const char *what, struct gs_error *error)
{
    return gs_fail(error, GS_E_DATA, "%s must be %s or null", key, what);
}

static enum gs_status read_text(const json_t *object, const char *key, struct gs_str *text,
                                struct gs_error *error)
{
    const json_t *value = member(object, key);
    if (!value)
        return GS_OK;
    if (!json_is_string(value))
        return wrong_type(key, "a string", error);
    *text = gs_str_make(json_string_value(value), json_string_length(value));
    return GS_OK;
}

/* An empty one is as none: where tables are made to JSON it stands for a missing value. */
static enum gs_status read_id(const json_t *object, const char *key, char number[24],
                              struct gs_str *id, struct gs_error *error)
{
    const json_t *value = member(object, key);
    if (json_is_integer(value)) {
        snprintf(number, 24, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        *id = gs_str_of(number);
        return GS_OK;
    }
    if (value && !json_is_string(value))
        return wrong_type(key, "a string, a whole number", error);
    if (!value || json_string_length(value) == 0)
        return GS_OK;
    *id = gs_str_make(json_string_value(value), json_string_length(value));
    if (id->len > GS_ID_BYTES_MAX)
        return gs_fail(error, GS_E_DATA, "%s has %u bytes, more than %d", key, id->len,
                       GS_ID_BYTES_MAX);
    return GS_OK;
}

static enum gs_status read_time(const json_t *object, int64_t *ms, struct gs_error *error)
{
    const json_t *value = member(object, "event_time");
    bool is_good = false;
    if (!value)
        return GS_OK;
    if (json_is_string(value)) {
        *ms = 0;
        is_good =
            gsi_time_parse(gs_str_make(json_string_value(value), json_string_length(value)), ms);
    } else if (json_is_number(value)) {
        double given = json_number_value(value);
        is_good = given >= 0 && given <= (double)GS_TIME_MS_MAX;
        *ms = is_good ? (int64_t)given : 0;
    }
    if (!is_good)
        return gs_fail(error, GS_E_DATA,
                       "event_time must be milliseconds since 1970, a text such as "
                       "2026-11-27T08:30:00Z, or null; from 1970 to 9999");
    return GS_OK;
}

static enum gs_status read_members(struct gsi_comment_reader *reader,
                                   struct gsi_score_comment *comment, struct gs_error *error)
{
    const json_t *object = reader->object;
    if (!json_object_get(object, "text"))
        return gs_fail(error, GS_E_DATA, "there is no text in the object");
    if (read_text(object, "text", &comment->text, error) != GS_OK ||
        read_text(object, "lang", &comment->lang, error) != GS_OK ||
        read_id(object, "actor_id", reader->numbers[0], &comment->actor_id, error) != GS_OK ||
        read_id(object, "influencer_id", reader->numbers[1], &comment->influencer_id, error) !=
            GS_OK ||
        read_id(object, "post_id", reader->numbers[2], &comment->post_id, error) != GS_OK)
        return error->status;
    return read_time(object, &comment->event_ms, error);
}

static enum gs_status read_object(struct gsi_comment_reader *reader, struct gs_str line,
                                  struct gsi_score_comment *comment, struct gs_error *error)
{
    json_error_t why;
    struct gs_buf said = {0};
    reader->object = json_loadb(line.data, line.len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &why);
    if (reader->object)
        return read_members(reader, comment, error);
    gsi_text_cut(&said, gs_str_of(why.text), 200); /* it quotes the line */
    gs_buf_add(&said, "", 1);
    gs_fail(error, GS_E_DATA, "no JSON object: %s, at byte %d; --plain takes lines as they are",
            said.data, why.position);
    gs_buf_deinit(&said);
    return error->status;
}

enum gs_status gsi_comment_read(struct gsi_comment_reader *reader, struct gs_str line,
                                bool is_plain, struct gsi_score_comment *comment,
                                struct gs_error *error)
{
    *comment = (struct gsi_score_comment){.event_ms = GS_NULL_INT};
    gsi_comment_reader_deinit(reader);
    if (!is_plain && line.len && line.data[0] == '{')
        return read_object(reader, line, comment, error);
    comment->text = line;
    return GS_OK;
}

bool gsi_comment_is_self(const struct gsi_score_comment *comment)
{
    return !gs_str_is_null(comment->actor_id) && !gs_str_is_null(comment->influencer_id) &&
           gs_str_equal(comment->actor_id, comment->influencer_id);
}
