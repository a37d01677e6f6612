/* compile.h -- lists of phrases on their way to a vocabulary: phrases.c reads them, vocabulary.c
 * places their elements in states and makes the table of words, hints.c that of hints. */
#ifndef CLEAN_COMPILE_H
#define CLEAN_COMPILE_H

#include "list.h"

enum {
    ELEMENTS_MAX = 24, /* of a phrase */
    GAP_MAX = 6,
    CLASSES_MAX = 64,
    CLASS_NAME_MAX = 24,
    WORDS_MAX = 20000,
    OPTIONS_MAX = 4000, /* words of one class, and of one line */
    PIECES_MAX = 16     /* words that one element may be cut into */
};

struct gsi_ids {
    uint32_t *items;
    uint32_t count;
    uint32_t capacity;
};

struct gsi_class {
    char name[CLASS_NAME_MAX];
    struct gsi_ids words;
};

struct gsi_element {
    uint32_t first; /* options[first, first + count): words that it may be; none: any word */
    uint32_t count;
    bool is_optional;
};

/* The word is the element of this number. */
struct gsi_element_place {
    uint32_t word;
    uint32_t element;
};

/* The word is one of those that the phrase needs first or second. */
struct gsi_anchor {
    uint32_t word;
    uint32_t phrase; /* place in `needy` */
    bool is_second;  /* of struct gsi_needs */
};

/* A phrase, no exception; or several that share a bucket. */
struct gsi_needy {
    uint32_t states;    /* bits */
    uint32_t words_max; /* of its text */
    uint32_t cost[2];   /* how common the words are of which one is needed, of both kinds */
    uint32_t phrase;    /* the first one */
};

enum gsi_phrase_kind { ANYWHERE, AT_START, EXCEPTION, KINDS };

struct gsi_compiler {
    struct gs_clean_rules *rules;
    struct gs_clean_scratch *scratch;
    struct gs_error *error;
    struct gsi_list_reader reader;
    enum gs_clean_list list;
    struct gs_buf text; /* of the words */
    struct {
        uint32_t at;
        uint32_t commonness;
        struct gsi_word_key key;
    } * words;
    uint32_t word_count; /* the symbols first */
    uint32_t *slots;     /* word + 1 by hash */
    struct gsi_class classes[CLASSES_MAX];
    uint32_t class_count;
    struct gsi_ids options;
    struct gsi_element elements[ELEMENTS_MAX];
    uint32_t element_count;
    struct gsi_element_place *places;
    uint32_t place_count;
    uint32_t place_capacity;
    struct gsi_anchor *anchors;
    uint32_t anchor_count;
    uint32_t anchor_capacity;
    struct gsi_needy *needy;
    uint32_t needy_count;
    uint32_t needy_capacity;
    uint32_t open[KINDS]; /* state + 1 that takes in phrases of a kind */
    uint32_t used[KINDS]; /* bits of it */
};

/* An error that names the list, the line and what is wrong there. */
enum gs_status gsi_refuse(struct gsi_compiler *c, const char *why, struct gs_str what);
/* Puts the elements at hand into a state; fails if there is none left. */
enum gs_status gsi_place_phrase(struct gsi_compiler *c, struct gsi_phrase phrase, bool at_start,
                                struct gs_str line);
/* The table of words, of all phrases placed, and that of hints. */
void gsi_vocabulary_build(struct gsi_compiler *c);
/* The elements at hand are a phrase of that state, which is perhaps the whole text. */
void gsi_hints_add_phrase(struct gsi_compiler *c, uint32_t state, bool is_whole);
void gsi_hints_build(struct gsi_compiler *c);

#endif
