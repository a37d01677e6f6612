/* but.c -- what stands before the first "but" counts half, what stands behind it one and a half
 * times.
 *
 * The original goes through the values in order and, for each, changes the first one in the whole
 * list that is equal to it:
 *
 *     for value in values:
 *         first = values.index(value)
 *         values[first] = value * (0.5 if first < but else 1.5 if first > but else 1)
 *
 * So of two equal values one may be changed twice and the other never, and scores depend on it.
 * Here the values are those of the hits only: all others are 0, and a change leaves 0 as it is.
 *
 * A search per value is quick for an ordinary text. For a long one the values seen so far are kept
 * in groups of equal ones, each a pairing heap of positions, so that the first is its root: every
 * step takes one position out of one group and puts it into another. */
#include "internal.h"

enum { SEARCH_MAX = 64, GROUPS_AT_START = 256, NONE = UINT32_MAX };

/* A position in its heap; the heap is a tree whose children follow their parents. */
struct node {
    uint32_t child;
    uint32_t sibling;
};

struct group {
    double value; /* 0: the slot is empty */
    uint32_t root;
};

/* A hash table by value; capacity is a power of two. */
struct groups {
    struct gsi_array *array;
    struct group *slots;
    size_t capacity;
    size_t count;
};

static uint32_t first_but(const struct gsi_text *text)
{
    uint32_t token = 0;
    while (!(text->flags[token] & GSI_BUT))
        token++;
    return token;
}

static double changed(const struct gsi_text *text, uint32_t hit, uint32_t but)
{
    uint32_t token = text->hits[hit].token;
    double value = text->values[hit];
    return token < but ? value * 0.5 : token > but ? value * 1.5 : value;
}

static void change_by_search(struct gsi_text *text, uint32_t but)
{
    for (uint32_t i = 0; i < text->hit_count; i++) {
        uint32_t first = 0;
        if (text->values[i] == 0)
            continue;
        while (text->values[first] != text->values[i])
            first++;
        text->values[first] = changed(text, first, but);
    }
}

/* ------------------------------------------------------------------ heaps */

/* Either may be NONE; their siblings are lost. */
static uint32_t meld(struct node *nodes, uint32_t a, uint32_t b)
{
    if (a == NONE || b == NONE)
        return a == NONE ? b : a;
    uint32_t parent = GS_MIN(a, b), child = GS_MAX(a, b);
    nodes[child].sibling = nodes[parent].child;
    nodes[parent].child = child;
    return parent;
}

/* What is left of a heap without its root: its children in pairs, then the pairs into one. */
static uint32_t without_root(struct node *nodes, uint32_t root)
{
    uint32_t next = nodes[root].child, pairs = NONE, heap = NONE;
    while (next != NONE) {
        uint32_t a = next, b = nodes[a].sibling;
        next = b == NONE ? NONE : nodes[b].sibling;
        uint32_t pair = meld(nodes, a, b);
        nodes[pair].sibling = pairs;
        pairs = pair;
    }
    while (pairs != NONE) {
        uint32_t rest = nodes[pairs].sibling;
        heap = meld(nodes, heap, pairs);
        pairs = rest;
    }
    return heap;
}

/* ------------------------------------------------------------------ groups */

static struct group *slot_of(const struct groups *groups, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    size_t slot = (size_t)(bits * UINT64_C(0x9E3779B97F4A7C15) >> 32);
    for (;; slot++) {
        struct group *group = &groups->slots[slot & (groups->capacity - 1)];
        if (group->value == value || group->value == 0)
            return group;
    }
}

static void set_capacity(struct groups *groups, size_t capacity)
{
    struct gsi_array old = *groups->array;
    size_t old_capacity = groups->capacity;

    *groups->array = (struct gsi_array){0};
    groups->slots = gsi_array_reserve(groups->array, capacity * sizeof(*groups->slots), 0);
    groups->capacity = capacity;
    memset(groups->slots, 0, capacity * sizeof(*groups->slots));
    for (size_t i = 0; i < old_capacity; i++) {
        const struct group *group = (const struct group *)old.data + i;
        if (group->value != 0)
            *slot_of(groups, group->value) = *group;
    }
    gs_free(old.data);
}

/* The group of a value that is not 0. Valid until the next call. */
static struct group *group_of(struct groups *groups, double value)
{
    struct group *group = slot_of(groups, value);
    if (group->value == value)
        return group;
    if (2 * (groups->count + 1) > groups->capacity) {
        set_capacity(groups, 2 * groups->capacity);
        group = slot_of(groups, value);
    }
    groups->count++;
    *group = (struct group){value, NONE};
    return group;
}

static void change_by_groups(struct gsi_text *text, struct gs_sentiment_scratch *scratch,
                             uint32_t but)
{
    size_t node_bytes = text->hit_count * sizeof(struct node);
    struct node *nodes = gsi_array_reserve(&scratch->but_nodes, node_bytes, 0);
    struct groups groups = {.array = &scratch->but_groups};

    set_capacity(&groups, GROUPS_AT_START);
    for (uint32_t i = 0; i < text->hit_count; i++) {
        double value = text->values[i];
        if (value == 0)
            continue;
        struct group *group = group_of(&groups, value);
        nodes[i] = (struct node){NONE, NONE};
        group->root = meld(nodes, group->root, i);
        uint32_t first = group->root;
        if (text->hits[first].token == but)
            continue;
        group->root = without_root(nodes, first);
        text->values[first] = changed(text, first, but);
        if (text->values[first] == 0) /* halved too often */
            continue;
        group = group_of(&groups, text->values[first]);
        nodes[first] = (struct node){NONE, NONE};
        group->root = meld(nodes, group->root, first);
    }
}

/* ------------------------------------------------------------------ vader+ */

/* Is the "but" there none? "Anything but good" is a negation, "nothing but good" praise. */
static bool is_other_but(struct gsi_text *text, uint32_t token)
{
    if (token == 0)
        return false;
    bool is_anything = gsi_token_is(text, token - 1, "anything");
    bool is_nothing = gsi_token_is(text, token - 1, "nothing");
    if (is_anything)
        text->flags[token] |= GSI_NEGATION;
    if (is_nothing)
        text->flags[token - 1] &= (uint16_t)~GSI_NEGATION;
    return is_anything || is_nothing;
}

void gsi_but_prepare(struct gsi_text *text)
{
    bool is_left = false;
    for (uint32_t token = 0; token < text->token_count; token++) {
        if (text->flags[token] & GSI_BUT && is_other_but(text, token))
            text->flags[token] &= (uint16_t)~GSI_BUT;
        is_left = is_left || text->flags[token] & GSI_BUT;
    }
    if (!is_left)
        text->any_flags &= (uint16_t)~GSI_BUT;
}

void gsi_but(struct gsi_text *text, struct gs_sentiment_scratch *scratch)
{
    uint32_t but = first_but(text);
    if (text->mends & GS_MEND_BUT) {
        for (uint32_t i = 0; i < text->hit_count; i++)
            text->values[i] = changed(text, i, but);
        return;
    }
    if (text->hit_count <= SEARCH_MAX)
        change_by_search(text, but);
    else
        change_by_groups(text, scratch, but);
}
