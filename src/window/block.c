/* block.c -- queues that grow and shrink by half a kilobyte.
 *
 * A task has some 170 buckets of panes and a dozen queues of cells, most of them short. A bucket
 * that expired is appended to what waits in constant time, however long it is. */
#include "internal.h"

_Static_assert(sizeof(struct gsi_block) == 512, "half a kilobyte");

static struct gsi_block *take_block(struct gsi_blocks *blocks, struct gsi_chain *chain)
{
    struct gsi_block *block = blocks->spare;
    if (block) {
        blocks->spare = block->next;
    } else {
        block = gs_alloc(sizeof *block);
        blocks->allocated++;
    }
    block->next = NULL;
    block->first = 0;
    block->end = 0;
    if (chain->tail)
        chain->tail->next = block;
    else
        chain->head = block;
    chain->tail = block;
    return block;
}

static void free_list(struct gsi_block *block)
{
    while (block) {
        struct gsi_block *next = block->next;
        gs_free(block);
        block = next;
    }
}

void gsi_blocks_deinit(struct gsi_blocks *blocks)
{
    free_list(blocks->spare);
}

void gsi_chain_deinit(struct gsi_chain *chain)
{
    free_list(chain->head);
}

void gsi_chain_push(struct gsi_blocks *blocks, struct gsi_chain *chain, int64_t index,
                    uint32_t entity)
{
    struct gsi_block *block = chain->tail;
    if (!block || block->end == GS_COUNT_OF(block->entity)) {
        block = take_block(blocks, chain);
        block->index = index;
    }
    block->entity[block->end++] = entity;
    chain->count++;
}

void gsi_chain_push_due(struct gsi_blocks *blocks, struct gsi_chain *chain, struct gsi_due due)
{
    struct gsi_block *block = chain->tail;
    if (!block || block->end == GS_COUNT_OF(block->due))
        block = take_block(blocks, chain);
    block->due[block->end++] = due;
    chain->count++;
}

void gsi_chain_pop(struct gsi_blocks *blocks, struct gsi_chain *chain)
{
    struct gsi_block *block = chain->head;
    chain->count--;
    if (++block->first < block->end)
        return;
    chain->head = block->next;
    if (!chain->head)
        chain->tail = NULL;
    block->next = blocks->spare;
    blocks->spare = block;
}

void gsi_chain_splice(struct gsi_chain *chain, struct gsi_chain *from)
{
    if (!from->head)
        return;
    if (chain->tail)
        chain->tail->next = from->head;
    else
        chain->head = from->head;
    chain->tail = from->tail;
    chain->count += from->count;
    *from = (struct gsi_chain){0};
}
