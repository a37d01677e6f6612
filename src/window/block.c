/* block.c -- queues that grow and shrink by half a kilobyte.
 *
 * A task has some 170 buckets of panes and a dozen queues of cells, most of them short. A bucket
 * that expired is appended to what waits in constant time, however long it is. Blocks come in
 * sheets and go from queue to queue; nothing is given back before the end. */
#include "internal.h"

_Static_assert(sizeof(struct gsi_block) == 512, "half a kilobyte");

struct gsi_sheet {
    struct gsi_sheet *next;
    struct gsi_block block[63]; /* 32 KiB, less a little for the allocator */
};

static void add_sheet(struct gsi_blocks *blocks)
{
    struct gsi_sheet *sheet = gs_alloc(sizeof *sheet);
    sheet->next = blocks->sheets;
    blocks->sheets = sheet;
    blocks->bytes += sizeof *sheet;
    for (size_t i = 0; i < GS_COUNT_OF(sheet->block); i++) {
        sheet->block[i].next = blocks->spare;
        blocks->spare = &sheet->block[i];
    }
}

static struct gsi_block *take_block(struct gsi_blocks *blocks, struct gsi_chain *chain)
{
    if (!blocks->spare)
        add_sheet(blocks);
    struct gsi_block *block = blocks->spare;
    blocks->spare = block->next;
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

void gsi_blocks_deinit(struct gsi_blocks *blocks)
{
    while (blocks->sheets) {
        struct gsi_sheet *next = blocks->sheets->next;
        gs_free(blocks->sheets);
        blocks->sheets = next;
    }
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

void gsi_chain_push_change(struct gsi_blocks *blocks, struct gsi_chain *chain,
                           struct gsi_change change)
{
    struct gsi_block *block = chain->tail;
    if (!block || block->end == GS_COUNT_OF(block->change))
        block = take_block(blocks, chain);
    block->change[block->end++] = change;
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
