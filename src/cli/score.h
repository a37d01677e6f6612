/* score.h -- `score`: lines of text to scores and verdicts.
 *
 *   bytes ──► lines ──► comment ──► judge ────────────────► queue ──► printer
 *   read()    score_    score_      score_judge.c: rules,   score_    score_json.c, score_table.c:
 *             lines.c   comment.c   copies, burst, score    queue.c   for programs, for people
 *
 * In the queue a line waits while a later copy can still change its verdict. */
#ifndef GS_CLI_SCORE_H
#define GS_CLI_SCORE_H

#include "groundswell/clean.h"
#include "groundswell/sentiment.h"

/* ------------------------------------------------------------------ lines */

enum { GSI_LINE_BYTES_MAX = 4 << 20 };

/* Zero-initialise, release bytes with gs_buf_deinit. Holds at most one line and what was read
 * together with its end. */
struct gsi_lines {
    struct gs_buf bytes;
    size_t at;       /* of the line that comes next */
    size_t searched; /* up to where there is no end of it */
    uint64_t number; /* of the line that was handed out last, counted from 1 */
    bool is_ended;
};

enum gsi_lines_found {
    GSI_LINES_ONE,
    GSI_LINES_MORE,    /* bytes are needed first */
    GSI_LINES_END,     /* there are no more */
    GSI_LINES_TOO_LONG /* the next one has more than GSI_LINE_BYTES_MAX */
};

/* Where the next `bytes` bytes of the input may be written; what was handed out before is gone. */
char *gsi_lines_room(struct gsi_lines *lines, size_t bytes);
/* So many of them were written; 0: the input has ended. */
void gsi_lines_took(struct gsi_lines *lines, size_t count);
/* The next line, lent until the next room: without \n or \r\n, and the first one without a byte
 * order mark. What follows the last \n is a line unless it is empty. */
enum gsi_lines_found gsi_lines_next(struct gsi_lines *lines, struct gs_str *line);

/* ------------------------------------------------------------------ a comment */

/* Views into the line or into the reader; null: not given. */
struct gsi_score_comment {
    struct gs_str text;
    struct gs_str actor_id;
    struct gs_str influencer_id;
    struct gs_str post_id;
    struct gs_str lang;
    int64_t event_ms; /* GS_NULL_INT: not given */
};

/* Zero-initialise. Keeps what the last comment points into. */
struct gsi_comment_reader {
    struct json_t *object;
    char numbers[3][24]; /* ids that were numbers, as texts */
};
void gsi_comment_reader_deinit(struct gsi_comment_reader *reader);

/* A line that begins with { is a JSON object, unless is_plain; any other is a text as it stands.
 * GS_E_DATA: it is no such object. comment is lent until the next call. */
GS_MUST_CHECK enum gs_status gsi_comment_read(struct gsi_comment_reader *reader, struct gs_str line,
                                              bool is_plain, struct gsi_score_comment *comment,
                                              struct gs_error *error);

/* Is it by the influencer, under a post of whom it stands? */
bool gsi_comment_is_self(const struct gsi_score_comment *comment);

/* "2026-11-27T08:30:00.250+01:00", or less of it: seconds, and the time of a day, may be missing;
 * a space may stand for T; without a zone it is UTC. Or milliseconds since 1970 as digits. False if
 * it is none of these, or not from 1970 to 9999. */
bool gsi_time_parse(struct gs_str text, int64_t *ms);

/* ------------------------------------------------------------------ the judge */

struct gsi_judge_config {
    struct gs_clean_rules *rules; /* NULL: no verdicts */
    struct gs_copies_config copies;
    struct gs_burst_config burst;
    struct gs_sentiment *sentiment;
};

/* What is kept of a line. */
struct gsi_scored {
    int64_t generation; /* of copies, in which it may yet be taken back; GSI_SETTLED: it will not */
    uint32_t reasons;   /* bits 1 << enum gs_reason */
    uint32_t text_bytes; /* of what the printer keeps of it */
    int32_t compound_1e4;
    uint16_t neg_1e3;
    uint16_t neu_1e3;
    uint16_t pos_1e3;
    uint8_t class; /* enum gs_class */
    bool is_self;  /* by the influencer: no comment, so no reasons */
    bool is_read;  /* by the rules: what follows is known */
    uint32_t words;
    struct gs_hash128 hash; /* of the normal form */
};
#define GSI_SETTLED INT64_MIN

struct gsi_judge; /* opaque: the rooms that judge a stream of comments, and its clock */

/* Takes over rules and sentiment; the caller owns the result. */
struct gsi_judge *gsi_judge_create(const struct gsi_judge_config *config) GS_MUST_CHECK;
void gsi_judge_destroy(struct gsi_judge *judge); /* accepts NULL */

/* Comments in order. number: of the line; earlier: the lines before it that are copies now, their
 * numbers as low halves. */
void gsi_judge_comment(struct gsi_judge *judge, const struct gsi_score_comment *comment,
                       uint64_t number, struct gsi_scored *scored,
                       struct gs_copies_earlier *earlier);
/* Lines whose generation is at most this one are not taken back any more. */
int64_t gsi_judge_settled(const struct gsi_judge *judge);
/* What the reasons make of a line. */
void gsi_judge_decide(const struct gsi_judge *judge, const struct gsi_scored *scored,
                      struct gs_clean_verdict *verdict);
/* Appends, as lines of at most 80 columns, where the score and the reasons of this comment come
 * from. It must be the one that was judged last. */
void gsi_judge_explain(struct gsi_judge *judge, const struct gsi_score_comment *comment,
                       struct gs_buf *out);
/* The same of what may change until the line is printed. */
void gsi_judge_explain_verdict(const struct gsi_judge *judge, const struct gsi_scored *scored,
                               struct gs_buf *out);

/* ------------------------------------------------------------------ lines that wait */

enum { GSI_QUEUE_LINES_MAX = 1000000, GSI_QUEUE_BYTES_MAX = 256 << 20 };

/* text: what was kept of the line, for the call only. */
typedef void gsi_queue_print_fn(void *user, const struct gsi_scored *scored, struct gs_str text);

/* Lines in order, with what is kept of their texts. Zero-initialise but for what is said. */
struct gsi_queue {
    gsi_queue_print_fn *print; /* set by the user */
    void *user;
    size_t lines_max; /* more than so many lines, or bytes of texts, do not wait: the oldest ones */
    size_t bytes_max; /* are printed as they are */
    struct gsi_scored *lines; /* a ring of `capacity`, a power of two */
    size_t first;
    size_t count;
    size_t capacity;
    struct gs_buf texts; /* of the lines, one after the other, from text_at on */
    size_t text_at;
    uint64_t printed; /* lines, ever; the oldest that waits is the next one, counted from 1 */
    uint64_t early;   /* lines that were printed although they might have been taken back */
    uint64_t missed;  /* of those, the ones that were */
};
void gsi_queue_deinit(struct gsi_queue *queue);
/* text has scored->text_bytes bytes. */
void gsi_queue_add(struct gsi_queue *queue, const struct gsi_scored *scored, const char *text);
/* A line that was added, counted from 1, is a copy. */
void gsi_queue_take_back(struct gsi_queue *queue, uint64_t number);
/* Prints what does not wait any more; settled: gsi_judge_settled(), INT64_MAX at the end. */
void gsi_queue_release(struct gsi_queue *queue, int64_t settled);

/* ------------------------------------------------------------------ printing */

enum { GSI_SCORE_COLUMNS = 80 };

/* Appends at most so many columns of text, on one line and without what a terminal should not see;
 * what is cut ends with an ellipsis. Returns the columns used, which are at least as many as the
 * characters. */
uint32_t gsi_text_cut(struct gs_buf *out, struct gs_str text, uint32_t columns);
/* A list with commas, which is broken before column 80. */
struct gsi_list {
    struct gs_buf *out;
    uint32_t columns; /* of the line so far */
    uint32_t indent;  /* of its further lines */
    bool any;
};
void gsi_list_title(struct gsi_list *list, const char *title);
void gsi_list_add(struct gsi_list *list, struct gs_str item);
/* Appends value / 10^decimals. */
void gsi_add_decimal(struct gs_buf *out, int64_t value, int decimals);
const char *gsi_class_name(uint8_t class);
const char *gsi_verdict_name(uint8_t action);

void gsi_score_json(struct gs_buf *out, const struct gsi_scored *scored,
                    const struct gs_clean_verdict *verdict);

/* A table for people. */
struct gsi_tally {
    uint64_t lines;
    uint64_t selves;
    uint64_t verdicts[GS_VERDICT_DROP + 1];
    uint64_t reasons[GS_REASON_COUNT];
    uint64_t classes[GS_CLASS_UNKNOWN + 1]; /* of what is not dropped */
    int64_t compound_1e4;                   /* the sum of those that have one */
};
void gsi_tally_add(struct gsi_tally *tally, const struct gsi_scored *scored,
                   const struct gs_clean_verdict *verdict);
void gsi_table_head(struct gs_buf *out);
/* What a line of the table needs of a comment's text. */
void gsi_table_keep(struct gs_buf *out, struct gs_str text);
/* text: what was kept; behind its first line stands what explains it. */
void gsi_table_line(struct gs_buf *out, const struct gsi_scored *scored,
                    const struct gs_clean_verdict *verdict, struct gs_str text);
void gsi_table_end(struct gs_buf *out, const struct gsi_tally *tally);

#endif
