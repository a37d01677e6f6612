/* clean.h -- which records count, and how much.
 *
 *   record --> duplicate? --> text read once --> rules --> copies, burst --> verdict
 *               gs_dedupe      gs_clean_read     gs_clean_judge              gs_clean_decide
 *                                                      gs_copies, gs_burst
 *
 * The three memories (duplicates, copies, burst) belong to one input partition each. Each has two
 * generations that are cut from the input's own clock H (event time), so what they answer is a
 * function of the partition's log and of nothing else: not of verdicts, batches or the wall clock.
 * Pure: no clock, no I/O. A memory and a scratch are owned by one worker's thread; rules never
 * change after create and may be shared by threads. What the rules mean: src/clean/README.md. */
#ifndef GROUNDSWELL_CLEAN_H
#define GROUNDSWELL_CLEAN_H

#include "groundswell/event.h"

/* ------------------------------------------------------------------ duplicates (rule 0) */

/* The same event_id in the same input partition, in the current or the previous generation. */
enum { GS_DEDUPE_CAPACITY_MAX = 16000000 };

struct gs_dedupe_config {
    int64_t window_ms; /* length of a generation, > 0; an id is remembered for one to two of them */
    uint32_t capacity; /* ids per generation, 1 to MAX; a full one makes way early */
};

struct gs_dedupe; /* opaque; one per input partition */

/* The caller owns the result. Memory grows with use, to at most 60 bytes per id of capacity, and at
 * least 136 KiB. */
struct gs_dedupe *gs_dedupe_create(const struct gs_dedupe_config *config) GS_MUST_CHECK;
void gs_dedupe_destroy(struct gs_dedupe *dedupe); /* accepts NULL */

/* Fetches the cache lines that gs_dedupe_seen() will look at. */
void gs_dedupe_prefetch(const struct gs_dedupe *dedupe, struct gs_hash128 id);

/* Whether id was seen before; remembers it either way. h_ms is the input's clock after it has
 * taken in this record. Cannot fail. */
bool gs_dedupe_seen(struct gs_dedupe *dedupe, struct gs_hash128 id, int64_t h_ms);

/* Checkpoints of it: where the generations stand. */
struct gs_dedupe_state {
    int64_t number;  /* H / window_ms; INT64_MIN before the first record */
    uint64_t serial; /* of the newer generation; the older one's is 1 less */
    uint32_t newer;  /* ids in them */
    uint32_t older;
};
/* Up to where ids were read; zero-initialise to begin with all that are remembered. A copy leads
 * back to where it was made. */
struct gs_dedupe_mark {
    uint64_t serial;
    uint32_t place;
};
/* Ids that came one after the other. */
struct gs_dedupe_piece {
    uint64_t serial;
    uint32_t place;               /* of the first one in its generation */
    uint32_t count;               /* at most 4096 */
    const struct gs_hash128 *ids; /* lent: until the next gs_dedupe_seen */
};

void gs_dedupe_state(const struct gs_dedupe *dedupe, struct gs_dedupe_state *state);
/* The next piece after the mark, which is moved; false if there is none. */
bool gs_dedupe_next(const struct gs_dedupe *dedupe, struct gs_dedupe_mark *mark,
                    struct gs_dedupe_piece *piece);

/* Into a new memory: pieces in the order in which they were written, ids that were put already
 * among them if need be, and after them the state. put: false if a generation is full, as one of a
 * larger capacity may be; ids without room are left out. serial < 2^60; number: no later than the
 * clock's, in windows of this configuration. */
bool gs_dedupe_put(struct gs_dedupe *dedupe, const struct gs_dedupe_piece *piece);
void gs_dedupe_restore(struct gs_dedupe *dedupe, const struct gs_dedupe_state *state);

/* Bytes held. */
size_t gs_dedupe_bytes(const struct gs_dedupe *dedupe);

/* ------------------------------------------------------------------ one pass over a text */

/* Of a longer text only this beginning is read; no platform allows as much. */
enum { GS_CLEAN_TEXT_BYTES_MAX = 64 << 10 };

enum gs_script {
    GS_SCRIPT_LATIN,
    GS_SCRIPT_CYRILLIC,
    GS_SCRIPT_GREEK,
    GS_SCRIPT_ARABIC,
    GS_SCRIPT_HEBREW,
    GS_SCRIPT_INDIC, /* Devanagari to Sinhala */
    GS_SCRIPT_THAI,
    GS_SCRIPT_HAN,
    GS_SCRIPT_KANA,
    GS_SCRIPT_HANGUL,
    GS_SCRIPT_OTHER
};

/* Counts. A link, a mention or a hashtag is not also a word; in scripts without spaces every
 * character is one. */
struct gs_clean_features {
    uint32_t bytes;        /* of the whole text */
    uint32_t words;        /* numbers among them */
    uint32_t emoji;        /* code points */
    uint32_t mentions;     /* @name */
    uint32_t hashtags;     /* #name */
    uint32_t urls;         /* with and without http:// */
    uint32_t emails;       /* */
    uint32_t digits;       /* ASCII digits of the normal form */
    uint32_t digit_runs;   /* */
    uint32_t capitals;     /* A-Z and what folds to a-z from a capital */
    uint32_t marks;        /* combining marks of U+0300..036F, and invisible characters */
    uint32_t run_longest;  /* of one folded character, spaces left out */
    bool run_is_emoji;     /* that character is one */
    uint32_t word_repeats; /* how often at most a word followed on itself */
    uint32_t scripts;      /* bit = enum gs_script, of letters */
};

/* A text as the rules see it. The normal form is what copies are recognised by: full-width and
 * mathematical letters, circled ones and the like as plain ones, no variation selectors, joiners or
 * other invisible characters, U+2019 as ', lower case, runs of a character cut to 2, white space as
 * one space and none at the ends; bytes that are not UTF-8 as U+FFFD. */
struct gs_clean_text {
    struct gs_str raw;
    struct gs_str normal;   /* lent by the scratch until its next text */
    struct gs_hash128 hash; /* XXH3 of the normal form; the same in every process */
    struct gs_clean_features features;
    uint32_t found; /* for gs_clean_judge */
};

/* Room for one text, some 1.8 MiB of addresses of which only what texts need takes memory. Never
 * grows. */
struct gs_clean_scratch; /* opaque */
struct gs_clean_scratch *gs_clean_scratch_create(void) GS_MUST_CHECK;
void gs_clean_scratch_destroy(struct gs_clean_scratch *scratch); /* accepts NULL */

struct gs_clean_rules; /* opaque, see below */

/* Reads raw (any bytes; null reads as empty). Linear, allocates nothing, cannot fail. The hash and
 * the words, by which copies are known, do not depend on the phrase lists of the rules. */
void gs_clean_read(const struct gs_clean_rules *rules, struct gs_clean_scratch *scratch,
                   struct gs_str raw, struct gs_clean_text *text);

/* ------------------------------------------------------------------ rules */

/* What a reason does to a comment for which it is given. */
enum gs_verdict {
    GS_VERDICT_KEEP,       /* nothing: the reason is only told */
    GS_VERDICT_DOWNWEIGHT, /* its weight lowers the quality */
    GS_VERDICT_DROP        /* the comment is taken out; its weight lowers the quality, too */
};

/* The lists that a user may replace, as the bytes of their files; their grammar and meaning stand
 * in src/clean/README.md and at the top of each built-in file. */
enum gs_clean_list {
    GS_CLEAN_LIST_CONTACT,    /* phrases -> CONTACT */
    GS_CLEAN_LIST_PROMO,      /* phrases -> PROMO */
    GS_CLEAN_LIST_GENERIC,    /* phrases -> GENERIC */
    GS_CLEAN_LIST_PROFANITY,  /* phrases -> PROFANITY */
    GS_CLEAN_LIST_UNSAFE,     /* phrases: what a brand does not want to stand in a post */
    GS_CLEAN_LIST_SHORTENERS, /* domains -> SHORTENER */
    GS_CLEAN_LIST_SUFFIXES,   /* last labels by which a domain without http:// is known */
    GS_CLEAN_LIST_COUNT
};
const char *gs_clean_list_name(enum gs_clean_list list);

enum { GS_CLEAN_WEIGHT_MAX = 256, GS_CLEAN_DOMAINS_MAX = 1000, GS_CLEAN_AUTHORS_MAX = 32 };

struct gs_clean_rule {
    bool is_off;     /* the reason is never given */
    uint8_t action;  /* enum gs_verdict */
    uint16_t weight; /* 0 to 256: the quality is multiplied by (256 - weight) / 256 */
};

struct gs_clean_config {
    struct gs_clean_rule rule[GS_REASON_COUNT];
    struct gs_str lists[GS_CLEAN_LIST_COUNT]; /* null: the built-in one; read during create only */
    const char *list_files[GS_CLEAN_LIST_COUNT]; /* where they come from, for messages only; NULL:
                                                    not told */
    const char *const *allowed_domains; /* links to these and to their subdomains are no spam; read
                                           during create only */
    uint32_t allowed_domain_count;
    uint32_t flood_run;       /* CHAR_FLOOD from so many equal characters in a row, >= 3, */
    uint32_t flood_run_emoji; /* or so many equal emoji, >= 3, */
    uint32_t flood_words;     /* or a word so many times in a row, >= 3 */
    uint32_t phone_digits;    /* PHONE from so many digits, >= 6 */
};
void gs_clean_config_default(struct gs_clean_config *config);
/* Whether text may be one of allowed_domains: labels and dots, at most 253 bytes. */
bool gs_clean_is_domain(struct gs_str text);

/* On GS_OK the caller owns *rules; otherwise it is NULL and error names the list and the line that
 * cannot be understood (GS_E_DATA), or the value that is out of range (GS_E_CONFIG). */
GS_MUST_CHECK enum gs_status gs_clean_rules_create(const struct gs_clean_config *config,
                                                   struct gs_clean_rules **rules,
                                                   struct gs_error *error);
void gs_clean_rules_destroy(struct gs_clean_rules *rules); /* accepts NULL */

/* A hash of all that the configuration says: equal versions judge alike. Never 0. */
uint64_t gs_clean_version(const struct gs_clean_rules *rules);

/* The reasons that text itself gives, as bits 1 << enum gs_reason. text was read last with these
 * rules; is_other_language: that is known of it (LANG_OTHER). Cannot fail. */
uint32_t gs_clean_judge(const struct gs_clean_rules *rules, const struct gs_clean_text *text,
                        bool is_other_language);

struct gs_clean_verdict {
    uint8_t action;   /* enum gs_verdict: the strongest among the reasons */
    uint8_t reason;   /* if dropped: the first reason that drops, in the order of GS_REASONS; else
                         GS_REASON_COUNT */
    uint16_t quality; /* in 1/256: 256 multiplied by (256 - weight) / 256 for each reason, in the
                         order of GS_REASONS, rounded down each time */
    uint32_t reasons; /* all of them, except those that are off */
};
/* reasons: those of gs_clean_judge and of the memories together. */
void gs_clean_decide(const struct gs_clean_rules *rules, uint32_t reasons,
                     struct gs_clean_verdict *verdict);

/* Whether the text of an influencer's own post holds profanity or what the list of unsafe phrases
 * names. text was read last with these rules. PROFANITY being off does not matter. */
bool gs_clean_is_risky(const struct gs_clean_rules *rules, const struct gs_clean_text *text);

/* Which bytes of the raw text gave a reason. */
struct gs_clean_span {
    uint8_t reason; /* enum gs_reason; GS_REASON_COUNT: a phrase of the unsafe list */
    uint32_t at;    /* first byte in the raw text */
    uint32_t len;
    uint32_t line; /* of the list whose phrase it is, counted from 1; 0: no phrase */
};
/* Writes at most capacity spans of text, which was read last with these rules, and returns how many
 * there were. For people: slower than gs_clean_judge, but linear too; allocates. Rules about the
 * whole text give its whole length. LANG_OTHER and the memories' reasons have no spans. */
size_t gs_clean_explain(const struct gs_clean_rules *rules, const struct gs_clean_text *text,
                        struct gs_clean_span *spans, size_t capacity);

/* ------------------------------------------------------------------ copies */

/* Generations hold sightings, in the order in which they came, and are cut like those of gs_dedupe:
 * number = H / window, swapped when H crosses a multiple, before a sighting is looked for; a jump
 * of two or more empties both; swapped when the newer one is full, before one is put into it. What
 * a generation takes in depends on the records alone: of bursts all, of copies those of words_min
 * and more, and of each text one per author. */
enum { GS_SIGHTINGS_MAX = 16000000 };

struct gs_copies_config {
    int64_t window_ms;    /* length of a generation, > 0: 10 minutes */
    uint32_t capacity;    /* sightings per generation, 1 to MAX */
    uint32_t words_min;   /* shorter texts are no copies: "love this" is legitimate. 4 */
    uint32_t authors_min; /* COPYPASTA from so many authors, 2 to GS_CLEAN_AUTHORS_MAX. 5 */
};
void gs_copies_config_default(struct gs_copies_config *config);

struct gs_copies; /* opaque; one per input partition */

/* The caller owns the result. Grows with use, to at most 76 bytes per sighting of capacity and
 * generation, and at least 264 KiB. */
struct gs_copies *gs_copies_create(const struct gs_copies_config *config) GS_MUST_CHECK;
void gs_copies_destroy(struct gs_copies *copies); /* accepts NULL */

/* One comment as this memory knows it. */
struct gs_copy {
    struct gs_hash128 text;    /* gs_clean_text.hash */
    struct gs_hash128 comment; /* of its id: told when it is to be taken back */
    uint64_t actor;            /* hash of who wrote it */
    uint32_t words;            /* gs_clean_features.words */
};

/* Comments that were no copies when they came and are now: none is told twice. */
struct gs_copies_earlier {
    struct gs_hash128 comment[2 * GS_CLEAN_AUTHORS_MAX];
    uint32_t count;
};

/* Fetches the lines of memory that gs_copies_seen() will look at. */
void gs_copies_prefetch(const struct gs_copies *copies, const struct gs_copy *copy);

/* Whether this comment is COPYPASTA: the same author wrote the same text before, or with it
 * authors_min have; in the current or the previous generation. When a text comes to so many
 * authors, its earlier sightings that were no COPYPASTA themselves are put into earlier (which is
 * set in any case). h_ms: the input's clock after it has taken in this record. Cannot fail. */
bool gs_copies_seen(struct gs_copies *copies, const struct gs_copy *copy, int64_t h_ms,
                    struct gs_copies_earlier *earlier);

/* Checkpoints, as those of gs_dedupe: pieces hold sightings, whose bytes are of this machine and
 * version; see gs_sightings_piece. */
struct gs_copies_sighting {
    struct gs_hash128 text;
    struct gs_hash128 comment;
    uint64_t actor;
    uint32_t flags;  /* of this room */
    uint32_t before; /* of this room; put does not read it */
};

/* ------------------------------------------------------------------ burst */

enum { GS_CLEAN_BURST_MAX = 31 };

struct gs_burst_config {
    int64_t window_ms;      /* length of a generation and of the time that is looked at: 60 s */
    uint32_t capacity;      /* sightings per generation, 1 to MAX */
    uint32_t comments_max;  /* of an actor within window_ms: one more is BURST, 1 to MAX. 6 */
    uint32_t on_post_burst; /* so many on one post within it are BURST, 2 to MAX. 3 */
};
void gs_burst_config_default(struct gs_burst_config *config);

struct gs_burst; /* opaque; one per input partition */

/* As gs_copies; 48 bytes. */
struct gs_burst *gs_burst_create(const struct gs_burst_config *config) GS_MUST_CHECK;
void gs_burst_destroy(struct gs_burst *burst); /* accepts NULL */

struct gs_burst_sighting {
    uint64_t actor;   /* hash of who wrote */
    uint64_t post;    /* hash of where */
    int64_t event_ms; /* when, >= 0 */
    uint32_t before;  /* of this room; put does not read it */
    uint32_t unused;  /* 0 */
};

void gs_burst_prefetch(const struct gs_burst *burst, uint64_t actor);

/* Whether this comment is BURST: with it the actor has more than comments_max, or on_post_burst on
 * this post, whose event times lie in (event_ms - window_ms, event_ms]. So the one that crosses the
 * line is BURST and those after it are; the ones before were not, and stay. Of an actor at most the
 * last 64 sightings of each generation are looked at. Only what actor, post and event_ms say is
 * read. Cannot fail. */
bool gs_burst_seen(struct gs_burst *burst, const struct gs_burst_sighting *sighting, int64_t h_ms);

/* ------------------------------------------------------------------ checkpoints of both */

/* As gs_dedupe_state, _mark and _piece. */
struct gs_sightings_state {
    int64_t number;  /* H / window_ms; INT64_MIN before the first record */
    uint64_t serial; /* of the newer generation; the older one's is 1 less */
    uint32_t newer;  /* sightings in them */
    uint32_t older;
};
struct gs_sightings_mark {
    uint64_t serial;
    uint32_t place;
};
struct gs_sightings_piece {
    uint64_t serial;
    uint32_t place;   /* of the first one in its generation */
    uint32_t count;   /* at most 2048 */
    const void *data; /* struct gs_copies_sighting or gs_burst_sighting [count]; lent until the next
                         seen; need not be aligned for put */
};

/* The contracts are those of gs_dedupe_state, _next, _put, _restore and _bytes. Sightings that were
 * put already may be among a piece: its place says which. A piece that begins behind what was put,
 * or that would overfill a generation, is refused with false, and what fits is put. */
void gs_copies_state(const struct gs_copies *copies, struct gs_sightings_state *state);
bool gs_copies_next(const struct gs_copies *copies, struct gs_sightings_mark *mark,
                    struct gs_sightings_piece *piece);
bool gs_copies_put(struct gs_copies *copies, const struct gs_sightings_piece *piece);
void gs_copies_restore(struct gs_copies *copies, const struct gs_sightings_state *state);
size_t gs_copies_bytes(const struct gs_copies *copies);

void gs_burst_state(const struct gs_burst *burst, struct gs_sightings_state *state);
bool gs_burst_next(const struct gs_burst *burst, struct gs_sightings_mark *mark,
                   struct gs_sightings_piece *piece);
bool gs_burst_put(struct gs_burst *burst, const struct gs_sightings_piece *piece);
void gs_burst_restore(struct gs_burst *burst, const struct gs_sightings_state *state);
size_t gs_burst_bytes(const struct gs_burst *burst);

#endif
