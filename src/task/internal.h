/* internal.h -- what the files of this room share: the task's state.
 *
 *   fold.c   records -> dispositions and deltas        posts.c  what is remembered of posts
 *   clock.c  as_of, idleness, the profile gate         guard.c  takeover, hold-back, what is lost
 *   show.c   an entity's window as a cell              flush.c  connection, commands, batches
 *   task.c   life and figures                          comments.c  what is remembered of comments
 *   tone.c   what a comment adds                       counters.c  its likes, replies and shares
 *   verdict.c  which comments count                    weight.c  how much they are seen
 *   keys.c   which entity of each view a record belongs to
 *   entry*.c  entries as bytes                         cut.c, restore.c  checkpoints, out and in */
#ifndef GS_TASK_INTERNAL_H
#define GS_TASK_INTERNAL_H

#include "groundswell/cell.h"
#include "groundswell/clean.h"
#include "groundswell/profile.h"
#include "groundswell/task.h"
#include "groundswell/window.h"

struct gsi_posts;    /* posts.c */
struct gsi_comments; /* comments.c */
struct gsi_cut;      /* cut.c */
struct gsi_names;    /* entry_entity.c */

/* Reading: one per input. */
struct gsi_input {
    int64_t next; /* N: every offset below it is contained */
    int64_t end;  /* of the last end event: no record below it is missing */
    int64_t h_ms; /* H: largest event time; GS_NULL_INT before the first record */
    int64_t r_ms; /* R: record time of the record that last raised H */
    bool at_end;
    bool ended; /* the end event came since the hold-back began */
    bool waiting;
    bool gap; /* something before the next record was never read */
    int64_t waiting_record_ms;
    struct gs_dedupe *dedupe;
    struct gsi_posts *posts;
    struct gsi_comments *comments; /* NULL before the first one */
    struct gs_buf comments_held;   /* while it is restored: the last entry that told this */
    struct gs_copies *copies;      /* with rules; NULL before the first comment, as burst is */
    struct gs_burst *burst;
    struct gs_task_input_stats stats;
};

/* One batch that was sent and not yet answered. */
struct gsi_flight {
    bool used;
    uint32_t id;
    uint32_t seq;
    uint32_t count;
    bool clean;                /* it says that all below at is clean */
    int64_t at[GS_INPUTS_MAX]; /* as of the command */
    struct gs_cell_ref refs[GS_TASK_WRITE_CELLS];
};

enum {
    GSI_KNOWN_MAX = 1024, /* tokens; a failover that loses more batches costs a full rewrite */
    GSI_FORCED_MAX = 3    /* forced takeovers per minute before we give up */
};

/* A token that was sent: where it stands in the guard, all batches up to seq stand beside it. */
struct gsi_known {
    char token[GS_TOKEN_BYTES + 1];
    uint32_t seq;
};

/* Writing. */
struct gsi_flush {
    enum gs_task_state state;
    bool connected;
    bool need_take;
    bool need_prove;
    bool force;        /* ownership was proved: the next takeover insists */
    bool answer_due;   /* a TAKE or PROVE is under way */
    bool fresh;        /* it was never live since it began, and so wrote nothing yet */
    bool mark_all;     /* once live, everything is to be written */
    bool mark_empty;   /* and cells that are empty too */
    bool mark_later;   /* once live, cells that were written later than mark_seq */
    bool mark_touched; /* once live, what was read since it began has changed */
    bool drop_clean;   /* Redis shows more than was read: what the guard says is void */
    bool voided;       /* it was so at some time, ... */
    uint32_t void_seq; /* ... last when this was the last batch */
    bool quarantine;   /* Redis refused single keys, with quarantine_seq for the first time */
    bool clean_wanted; /* a checkpoint will say where the task stood: the guard is to say it too */
    uint32_t mark_seq;
    uint32_t quarantine_seq;
    int64_t quarantine_ms;           /* monotonic: not tried again before this */
    int64_t begin_at[GS_INPUTS_MAX]; /* where it began: V and as_of */
    int64_t begin_as_of_ms;
    int64_t asked_ms;                    /* monotonic: when the takeover was sent */
    int64_t live_ms;                     /* monotonic: when it was live last */
    int64_t written_ms;                  /* monotonic: of the last write before the takeover */
    int64_t refreshed_ms[GS_LEVELS_MAX]; /* monotonic: before the takeover each cell was written
                                            after this */
    int64_t clean_at[GS_INPUTS_MAX]; /* V of the last write of ours that said that all is clean */
    uint32_t next_id;
    uint32_t answer_id;
    uint32_t seq;
    uint64_t random;
    char token[GS_TOKEN_BYTES + 1]; /* what the guard holds when all in flight is applied */
    char take_token[GS_TOKEN_BYTES + 1];
    struct gsi_known known[GSI_KNOWN_MAX]; /* a ring */
    uint32_t known_count;                  /* ever, modulo its length */
    struct gsi_flight flight[GS_TASK_IN_FLIGHT];
    int64_t retry_ms; /* no proof before this */
    int64_t hold_at[GS_INPUTS_MAX];
    int64_t hold_as_of_ms;
    int64_t hold_progress_ms;          /* monotonic: when V last came nearer to hold_at */
    int64_t hold_missing;              /* records between them then */
    int64_t forced_ms[GSI_FORCED_MAX]; /* monotonic: the last forced takeovers, a ring */
    uint32_t forced;                   /* ever */
    char reason[400];
    enum gs_status reason_status;
};

/* What a comment adds: one of a class, with its compound and quality, or a reply of the post's
 * author, or one that was dropped. */
enum gsi_tone_sort {
    GSI_TONE_POS,
    GSI_TONE_NEG,
    GSI_TONE_NEU,
    GSI_TONE_UNK,
    GSI_TONE_REPLY,
    GSI_TONE_DROPPED
};
enum { GSI_QUALITY_MAX = 256, GSI_QUALITY_NONE = 511 }; /* none: not judged, adds no visibility */
struct gsi_tone {
    int16_t compound_1e4; /* 0 unless scored; dropped: enum gs_reason */
    uint8_t sort;         /* enum gsi_tone_sort */
    uint16_t quality;     /* 0 to MAX, or NONE */
};

/* A remembered comment, in as few bytes as it takes: there are millions. */
enum { GSI_COMMENT_PLACE = (1 << 24) - 1 };
struct gsi_comment_small {
    uint32_t quality : 9; /* of the tone */
    uint32_t counted : 1; /* its counters lie beside its chunk, these here are too narrow */
    uint32_t likes : 10;
    uint32_t replies : 7;
    uint32_t shares : 5;
};
struct gsi_comment {
    struct gs_hash128 id;
    uint32_t t_low;       /* when it was created: all that follows from it stays in this pane */
    uint16_t t_high;      /* above t_low */
    int16_t compound_1e4; /* the tone that was added, set when the creation is applied ... */
    uint32_t next : 24;   /* place in a list, see comments.c */
    uint32_t sort : 3;    /* enum gsi_tone_sort */
    uint32_t found : 1;   /* the index names it: not deleted */
    uint32_t changed : 1; /* it is listed */
    uint32_t unused : 3;
    struct gsi_comment_small small;
    uint32_t entity[]; /* ... and per view to what; GS_ENTITY_NONE: it is not in this view */
} __attribute__((packed, aligned(4)));
_Static_assert(sizeof(struct gsi_comment) == 32, "no gaps");
_Static_assert(GS_TIME_MS_MAX < INT64_C(1) << 48, "a time has 48 bits");
_Static_assert(GS_TASK_COMMENTS_MAX + GS_TASK_BATCH_MAX <= GSI_COMMENT_PLACE, "24 bits of place");
static inline int64_t gsi_comment_t_ms(const struct gsi_comment *comment)
{
    return (int64_t)comment->t_high << 32 | comment->t_low;
}
struct gsi_comment_counters {
    int32_t likes;
    int32_t replies;
    int32_t shares;
};

/* A comment of which a later record says that it is a copy. */
struct gsi_late {
    struct gsi_comment *comment;
    uint32_t reach; /* when that record came */
};

/* What a batch needs between its passes, one slot per record. */
struct gsi_row {
    struct gs_hash128 event_hash;
    struct gs_hash128 comment_id; /* of a comment, or of a reaction to one */
    struct gs_hash128 post_id;    /* of a PostEvent */
    struct gsi_comment *comment;  /* that is created or changed; NULL: not remembered */
    struct gsi_tone tone;         /* of one that is created */
    uint64_t influencer_hash;
    int64_t record_ms; /* within 0 .. GS_TIME_MS_MAX */
    int64_t t_ms;
    int64_t h_ms;        /* the input's H after this record */
    bool applied;        /* it has an effect on its entities, as far as is known */
    uint16_t late_count; /* comments that it shows to be copies: late[late_at ...] */
    uint32_t late_at;
    uint32_t reach_before; /* of the comment, see weight.c; before and after this record */
    uint32_t reach;
    uint32_t reasons; /* of a creation by another than the influencer, if there are rules */
    const struct gs_sentiment *scorer; /* of the same: of its language, see gsi_comments_scorer */
    struct gs_copy copy;
    struct gs_clean_verdict verdict;
    struct gs_str campaign_id; /* if the task joins */
    uint64_t key_hash[GS_VIEWS_MAX];
    uint32_t probable[GS_VIEWS_MAX]; /* entity, not yet compared; GS_ENTITY_NONE: a new one */
    struct gs_str key[GS_VIEWS_MAX]; /* null: the record is not in this view */
    uint32_t key_at[GS_VIEWS_MAX];   /* offset in key_bytes + 1, if it was composed */
};

/* What one record adds to each of its entities. */
struct gsi_effect {
    struct gs_delta delta;                             /* at t */
    struct gs_delta late;                              /* at H */
    struct gs_window_growth growth[GS_SNAPSHOT_COUNT]; /* by the time of the reading before */
    uint32_t growths;
    bool hides;   /* a post was deleted: all cells of its own are to be written ... */
    bool nothing; /* ... and that is all */
};

struct gs_task {
    struct gs_task_config config;
    bool joins;                         /* a view is keyed by what only profiles may know */
    uint32_t key_fields;                /* bit i: a view's key has field i ... */
    uint32_t view_fields[GS_VIEWS_MAX]; /* ... and the key of this one, which is ... */
    uint8_t view_whole[GS_VIEWS_MAX];   /* ... this field alone; GS_KEY_FIELD_COUNT: several */
    int64_t longest_ms;                 /* the longest window */
    int64_t never_late_ms;              /* behind H by no more, a record is late for no window */
    int64_t as_of_ms;                   /* GS_NULL_INT before the first record */
    bool moved;                         /* a record was folded since the last tick */
    int64_t carry_ms;                   /* monotonic: when panes were last carried */
    int64_t gate_ms;       /* profiles are read up to an end that was asked for at this wall time */
    int64_t gate_asked_ms; /* the question that is open: its time and its answer */
    int64_t gate_end;
    struct gsi_input input[GS_INPUTS_MAX];
    struct gs_profiles *profiles;
    struct gs_window *window;
    struct gs_sentiment_scratch *scratch;
    struct gs_clean_scratch *reader; /* NULL without rules */
    int64_t now_ms; /* monotonic, of the last tick: the time at which cells become dirty */
    struct gsi_flush flush;
    uint64_t shown; /* hash of what decides what cells say, beside the records */
    int64_t gap_ms; /* what has a time up to this may lack something; GS_NULL_INT: nothing does */
    int64_t
        mixed_ms; /* what has a time up to this was judged by other rules; GS_NULL_INT: nothing */
    bool restored_mixed;
    struct gsi_row rows[GS_TASK_BATCH_MAX];
    struct gsi_late late[GS_TASK_BATCH_MAX * 2 * GS_CLEAN_AUTHORS_MAX]; /* of a batch */
    uint32_t late_count;
    struct gs_buf key_bytes; /* composed keys of a batch */
    struct gs_buf scratch_id;
    struct gs_buf key_head[GS_VIEWS_MAX]; /* of a view's cells; empty: not made yet */
    struct gs_buf key_tail[GS_LEVELS_MAX];
    struct gs_buf beginning[GS_LEVELS_MAX]; /* of the cells of one command; empty: not made yet */
    struct gsi_cut *cut;                    /* NULL: no checkpoints are kept */
    struct gsi_names *names;                /* while it is restored */
    struct gs_task_cut_stats cut_stats;
    struct gs_task_stats stats;
};

/* ---- clock.c */
/* Every record that the log holds below this was read. */
static inline int64_t gsi_task_read_to(const struct gsi_input *input)
{
    return GS_MAX(input->next, input->end);
}
void gsi_task_raise(struct gs_task *task, int64_t as_of_ms);
bool gsi_task_gate_open(const struct gs_task *task, int64_t record_ms);
void gsi_task_gate_check(struct gs_task *task);
int64_t gsi_task_settled_ms(const struct gs_task *task);
/* The oldest t that the input still remembers: its H minus the longest window. */
int64_t gsi_task_horizon_ms(const struct gs_task *task, const struct gsi_input *input);
/* The same for the input that carries posts. */
int64_t gsi_task_posts_horizon_ms(const struct gs_task *task);

/* ---- keys.c */
void gsi_keys_init(struct gs_task *task);
/* Fills in the keys of a row, whose campaign_id is known if the task joins; no key where the record
 * lacks a part of it. Rows before it keep theirs. */
void gsi_keys_make(struct gs_task *task, const struct gs_event *event, uint32_t number);

/* ---- posts.c */
struct gsi_posts *gsi_posts_create(uint32_t posts_max);
void gsi_posts_destroy(struct gsi_posts *posts); /* accepts NULL */
struct gs_hash128 gsi_posts_hash(struct gs_str post_id);
/* Two steps of the look-up, as those of the windows: where the post is named, and the post. */
void gsi_posts_prefetch(const struct gsi_posts *posts, struct gs_hash128 id);
void gsi_posts_prefetch_post(const struct gsi_posts *posts, struct gs_hash128 id);
/* Takes in a PostEvent, whose post was hashed; adds what follows from it to effect. */
void gsi_posts_take(struct gs_task *task, struct gsi_input *input, const struct gs_event *event,
                    const struct gsi_row *row, struct gsi_effect *effect);
bool gsi_posts_deleted(const struct gs_task *task, struct gs_str post_id);
/* Frees what expired among the next `count` posts. */
void gsi_posts_sweep(struct gsi_posts *posts, uint32_t count, int64_t horizon_ms);
uint32_t gsi_posts_live(const struct gsi_posts *posts);
uint32_t gsi_posts_deleted_count(const struct gsi_posts *posts);
size_t gsi_posts_bytes(const struct gsi_posts *posts);

/* A post as a checkpoint has it. */
struct gsi_post_entry {
    struct gs_hash128 id;
    bool gone; /* it expired with changes: nothing but id is set */
    int64_t published_ms;
    int64_t deleted_ms;
    int64_t t_ms[GS_SNAPSHOT_COUNT];
    int64_t value[GS_SNAPSHOT_COUNT];
};
/* From now on posts that change are listed; call it before there are any. */
void gsi_posts_keep_changes(struct gsi_posts *posts);
uint32_t gsi_posts_changes(const struct gsi_posts *posts);
/* Takes the next one from the list; false if it is empty. */
bool gsi_posts_next_change(struct gsi_posts *posts, struct gsi_post_entry *entry);
/* Lists it again, gone or not: what was taken did not get through. */
void gsi_posts_change(struct gsi_posts *posts, struct gs_hash128 id);
/* The first post from place *at on, which is moved behind it; false if there is none. */
bool gsi_posts_at(const struct gsi_posts *posts, uint32_t *at, struct gsi_post_entry *entry);
/* Puts one back that is not gone, false if the memory is full; or takes one that is out. */
bool gsi_posts_put(struct gsi_posts *posts, const struct gsi_post_entry *entry);
void gsi_posts_remove(struct gsi_posts *posts, struct gs_hash128 id);

/* ---- entry.c */
enum {
    GSI_ENTRY_PANE = 1,
    GSI_ENTRY_POST = 2,
    GSI_ENTRY_IDS = 3,       /* a piece of a memory of event ids */
    GSI_ENTRY_IDS_STATE = 4, /* where its generations stand */
    GSI_ENTRY_INFLUENCER = 5,
    GSI_ENTRY_PROFILES = 6, /* what all influencers share */
    GSI_ENTRY_COMMENT = 7,
    GSI_ENTRY_COMMENTS = 8,  /* how many are held, for how long */
    GSI_ENTRY_FLAWS = 9,     /* up to when something is missing, or was judged otherwise */
    GSI_ENTRY_NAME = 10,     /* of an entity, which other entries name by its number */
    GSI_ENTRY_VERSIONS = 11, /* of an influencer, for which its entry has no room */
    GSI_ENTRY_COPIES = 12,   /* a piece of a memory of copies */
    GSI_ENTRY_COPIES_STATE = 13,
    GSI_ENTRY_BURSTS = 14,
    GSI_ENTRY_BURSTS_STATE = 15
};
/* Each fills key and value, which are emptied before. */
struct gsi_entry_bytes {
    struct gs_buf key;
    struct gs_buf value;
};
void gsi_entry_name(const struct gs_task *task, uint32_t entity, struct gsi_entry_bytes *out);
void gsi_entry_pane(const struct gs_window_entry *entry, struct gsi_entry_bytes *out);
void gsi_entry_post(uint8_t input, const struct gsi_post_entry *entry, struct gsi_entry_bytes *out);
void gsi_entry_ids(uint8_t input, const struct gs_dedupe_piece *piece, struct gsi_entry_bytes *out);
void gsi_entry_ids_state(uint8_t input, const struct gs_dedupe_state *state,
                         struct gsi_entry_bytes *out);
void gsi_entry_copies(uint8_t input, const struct gs_sightings_piece *piece,
                      struct gsi_entry_bytes *out);
void gsi_entry_bursts(uint8_t input, const struct gs_sightings_piece *piece,
                      struct gsi_entry_bytes *out);
void gsi_entry_sightings_state(uint8_t input, const struct gs_sightings_state *state,
                               struct gsi_entry_bytes *out);
/* Up to a version for which another entry is to be made, and then maybe another. */
uint32_t gsi_entry_influencer(const struct gs_profiles_entry *entry, struct gsi_entry_bytes *out);
uint32_t gsi_entry_versions(const struct gs_profiles_entry *entry, uint32_t from,
                            struct gsi_entry_bytes *out);
void gsi_entry_profiles(const struct gs_task *task, struct gsi_entry_bytes *out);
void gsi_entry_flaws(const struct gs_task *task, struct gsi_entry_bytes *out);
/* place: of the comment; 0 if it is gone. */
void gsi_entry_comment(const struct gs_task *task, uint8_t input, struct gs_hash128 id,
                       uint32_t place, struct gsi_entry_bytes *out);
void gsi_entry_comments(const struct gs_task *task, uint8_t input, struct gsi_entry_bytes *out);
/* What the entry of a comment names for a view; GS_ENTITY_NONE: nothing. */
uint32_t gsi_entry_comment_entity(const struct gs_task *task, uint8_t view,
                                  const struct gsi_comment *comment);
/* Fetches what putting it back will touch, as far as that is known before. */
void gsi_entry_fetch(const struct gs_task *task, const struct gs_cut_entry *entry);
/* Puts one back, of the incarnation that gsi_names_begin() was called for. False if it cannot be
 * read. */
bool gsi_entry_put(struct gs_task *task, const struct gs_cut_entry *entry);
void gsi_names_begin(struct gs_task *task, struct gs_cut_id incarnation);
/* After the last entry. False if a comment was added to an entity of which too little was put back:
 * it would be forgotten before the comment is. */
bool gsi_names_end(struct gs_task *task);
void gsi_names_destroy(struct gsi_names *names); /* accepts NULL */
/* After the last entry. */
void gsi_entry_put_comments_end(struct gs_task *task);

/* ---- cut.c */
void gsi_cut_destroy(struct gsi_cut *cut); /* accepts NULL */
/* The cut under way has failed; what follows are cuts of another incarnation, that of the
 * configuration. */
void gsi_cut_take_up(struct gs_task *task);
/* The memory of an input's posts was just made. */
void gsi_cut_watch_posts(const struct gs_task *task, struct gsi_posts *posts);
struct gsi_entry_bytes *gsi_cut_bytes(struct gsi_cut *cut);
/* Adds what stands there as an entry to the cut. */
void gsi_cut_add(struct gs_task *task, uint8_t kind);

/* ---- cut_sightings.c: copies and bursts of an input */
/* Up to where they were written; zero-initialise. */
struct gsi_sightings_marks {
    struct gs_sightings_mark copies;
    struct gs_sightings_mark bursts;
};
/* What stands there now is written already. */
void gsi_cut_pass_sightings(const struct gsi_input *input, struct gsi_sightings_marks *to);
uint64_t gsi_cut_sightings_count(const struct gsi_input *input);
/* The next ones, while the budget, which becomes smaller, is not 0. False if there are others. */
bool gsi_cut_sightings(struct gs_task *task, uint8_t input, struct gsi_sightings_marks *from,
                       uint64_t *budget);
void gsi_cut_sightings_state(struct gs_task *task, uint8_t input);

/* ---- comments.c */
struct gsi_comments *gsi_comments_create(const struct gs_task_config *config);
void gsi_comments_destroy(struct gsi_comments *comments); /* accepts NULL, as do all but take */
void gsi_comments_prefetch(const struct gsi_comments *comments, struct gs_hash128 id);
/* Before a batch: gives back places of comments that have expired. */
void gsi_comments_reclaim(struct gsi_comments *comments, uint32_t records);
/* Takes in a comment or a reaction to one, in the order of the records. Leaves in row->comment what
 * is created, edited or deleted: valid until the batch ends. */
enum gs_disposition gsi_comments_take(struct gs_task *task, struct gsi_input *input,
                                      const struct gs_event *event, struct gsi_row *row);
/* The place of the comment that is remembered by that id; 0 if none is. */
uint32_t gsi_comments_find(const struct gsi_comments *comments, struct gs_hash128 id, int64_t h_ms);
/* Of the language of a comment; NULL: it has no text, or there is no lexicon for it. */
const struct gs_sentiment *gsi_comments_scorer(const struct gs_task *task,
                                               const struct gs_event *event);
/* What a creation adds: the text is scored, unless it is dropped. */
struct gsi_tone gsi_comments_tone(struct gs_task *task, const struct gs_event *event,
                                  const struct gsi_row *row);
void gsi_comments_set_tone(struct gsi_comment *comment, struct gsi_tone tone);
/* Applies it: to each of the comment's entities. The caller fills these in. */
void gsi_comments_add(const struct gsi_row *row, struct gs_delta *delta);
/* Applies what changes row->comment: an edit, a deletion, or others' reactions to it. */
void gsi_comments_change(struct gs_task *task, const struct gs_event *event,
                         const struct gsi_row *row);
/* Applies the verdict of a copy to one that has counted otherwise. */
void gsi_comments_judge_late(struct gs_task *task, const struct gsi_late *late,
                             const struct gs_clean_verdict *copy);
/* All that are remembered when the input's clock stands at h_ms. */
void gsi_comments_for_each(const struct gsi_comments *comments, int64_t h_ms,
                           void (*visit)(void *user, const struct gsi_comment *comment,
                                         const struct gsi_comment_counters *counters),
                           void *user);
/* A place is counted from 1, 0 is none. Pointers are valid until the next creation. */
struct gsi_comment *gsi_comments_get(const struct gsi_comments *comments, uint32_t place);
struct gsi_comment_counters gsi_comments_counters(const struct gsi_comments *comments,
                                                  uint32_t place);
uint32_t gsi_comments_reach(const struct gsi_comments *comments, uint32_t place);
void gsi_comments_set_counters(struct gsi_comments *comments, uint32_t place,
                               const struct gsi_comment_counters *counters);
uint32_t gsi_comments_count(const struct gsi_comments *comments); /* towards the capacity */
/* From now on comments that change are listed; call it before there are any. */
void gsi_comments_keep_changes(struct gsi_comments *comments);
uint32_t gsi_comments_changes(const struct gsi_comments *comments); /* accepts NULL */
/* Takes the next one from the list; false if it is empty. *place is 0 if it is gone. */
bool gsi_comments_next_change(struct gsi_comments *comments, int64_t h_ms, struct gs_hash128 *id,
                              uint32_t *place);
/* Lists it again, gone or not: what was taken did not get through. */
void gsi_comments_list(struct gsi_comments *comments, struct gs_hash128 id);
/* Moves *place on to the next one that is remembered; false if there is none. */
bool gsi_comments_next(const struct gsi_comments *comments, uint32_t *place, int64_t h_ms);
/* Makes place for one that was remembered, or finds it, for the caller to fill in; 0 if it is past
 * the horizon, or there is no room: where the limit is lower than it was. */
uint32_t gsi_comments_put(struct gsi_comments *comments, struct gs_hash128 id, int64_t t_ms,
                          int64_t h_ms);
void gsi_comments_remove(struct gsi_comments *comments, struct gs_hash128 id);
/* How many a slice of time holds, those that were deleted among them: the next one that holds any,
 * 0 = there is none; at_slice begins with 0. And makes it hold so many, as far as there is room. */
uint32_t gsi_comments_held(const struct gsi_comments *comments, uint32_t *at_slice, int64_t *slice);
void gsi_comments_hold(struct gsi_comments *comments, int64_t h_ms, int64_t slice, uint32_t count);

/* ---- counters.c */
void gsi_comments_take_counters(const struct gs_task *task, const struct gs_event *event,
                                struct gsi_comments *comments, uint32_t place);
void gsi_comments_take_reaction(const struct gs_task *task, const struct gs_event *event,
                                struct gsi_comments *comments, uint32_t place);
/* Of a comment that is created; it has none yet. */
void gsi_comments_first_counters(const struct gs_task *task, const struct gs_event *event,
                                 struct gsi_comments *comments, uint32_t place);
uint32_t gsi_comments_first_reach(const struct gs_task *task, const struct gs_event *event);

/* ---- verdict.c; all but is_reply, is_risky and retract only if there are rules */
static inline bool gsi_is_creation(const struct gs_event *event)
{
    return event->kind == GS_KIND_COMMENT && event->action == GS_ACTION_CREATED;
}
bool gsi_is_reply(const struct gs_event *event);
/* Reads what is created in a batch, and fetches what taking it will touch. */
void gsi_verdicts_read(struct gs_task *task, const struct gsi_input *input,
                       const struct gs_task_record *records, uint32_t count);
/* Takes a creation in, in the order of the records, before the memory of comments does: leaves
 * row->verdict, unless it is a reply, and which earlier ones are copies. */
void gsi_verdict_take(struct gs_task *task, struct gsi_input *input, const struct gs_event *event,
                      struct gsi_row *row);
/* By the new text alone. */
void gsi_verdict_of_edit(struct gs_task *task, const struct gs_event *event,
                         const struct gs_sentiment *scorer, struct gs_clean_verdict *verdict);
/* Applies what the record says of earlier comments. */
void gsi_verdict_retract(struct gs_task *task, const struct gsi_row *row);
bool gsi_verdict_is_risky(struct gs_task *task, struct gs_str post);
/* Hash of what verdicts depend on. */
uint64_t gsi_verdict_meaning(const struct gs_task_config *config, uint64_t seed);
void gsi_verdict_make_memories(const struct gs_task *task, struct gsi_input *input);

/* ---- weight.c */
/* floor(1024 * log2(x)), x > 0. */
uint32_t gsi_ilog2_1024(uint32_t x);
uint32_t gsi_reach(const struct gsi_comment_counters *counters);
/* In 1/1024; quality at most GSI_QUALITY_MAX. */
int64_t gsi_weight(uint32_t quality, uint32_t reach);

/* ---- tone.c */
/* Whether t lies in the longest window of the view, as the clock of the task stands. */
bool gsi_comments_is_shown(const struct gs_task *task, uint8_t view, int64_t t_ms);
size_t gsi_comments_bytes(const struct gsi_comments *comments);

/* ---- show.c */
/* To be called when a command begins, before the first of its cells. */
void gsi_task_show_begin(struct gs_task *task);
/* Appends key and JSON of the cell to the command. The value is empty (the key is to be deleted) if
 * it belongs to a deleted post. */
void gsi_task_show(struct gs_task *task, struct gs_cell_ref ref, int64_t wall_ms,
                   struct gs_command *command);

/* Hash of what decides what cells say, beside the records: see gs_command.meaning. */
uint64_t gsi_show_version(const struct gs_task_config *config);
/* Up to which as_of a window of the level holds something of the time up to t, exclusive. */
int64_t gsi_show_until_ms(const struct gs_task_config *config, uint8_t level, int64_t t_ms);

bool gsi_task_view_has(const struct gs_task *task, uint8_t view, enum gs_key_field field);

/* ---- guard.c */
void gsi_guard_init(struct gs_task *task);
/* From here on it reads as a new owner; what it knows of tokens stays. */
void gsi_guard_begin(struct gs_task *task);
/* Marks cells whose last good write is later than that batch. */
void gsi_guard_mark_later(struct gs_task *task, uint32_t seq);
/* While it is live: marks all cells if it was not for long. */
void gsi_guard_wake(struct gs_task *task, int64_t now_ms);
/* Marks all cells, empty ones too; at once if it is live, else when it is. */
void gsi_guard_mark_all(struct gs_task *task, int64_t now_ms);
/* Remembers a token that was sent. */
void gsi_guard_know(struct gsi_flush *flush, const char *token, uint32_t seq);
void gsi_guard_ask(struct gsi_flush *flush); /* for a takeover */
/* Ends the hold-back when it is time. */
void gsi_guard_tick(struct gs_task *task, int64_t now_ms);

/* ---- flush.c */
void gsi_flush_tick(struct gs_task *task, int64_t now_ms);
static inline bool gsi_flush_is_over(const struct gsi_flush *flush)
{
    return flush->state == GS_TASK_REFUSED || flush->state == GS_TASK_DROPPED;
}

#endif
