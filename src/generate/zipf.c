/* zipf.c -- the alias table. pow() differs between C libraries in the last bit, which would change
 * the stream; +, *, / and sqrt are exact by IEEE 754, so the power is made of these. */
#include "zipf.h"

#include "groundswell/base.h"

#include <math.h>

/* base^exponent for base >= 1: whole powers by multiplication, the fraction bit by bit from
 * repeated square roots, 20 bits of it. */
static double power(double base, double exponent)
{
    double result = 1;
    while (exponent >= 1) {
        result *= base;
        exponent -= 1;
    }
    double root = base;
    for (int bit = 0; bit < 20 && exponent > 0; bit++) {
        root = sqrt(root);
        exponent *= 2;
        if (exponent >= 1) {
            result *= root;
            exponent -= 1;
        }
    }
    return result;
}

static void pair_up(struct gsi_generate_zipf *zipf, double *weights, uint32_t *stack)
{
    uint32_t small = 0;
    uint32_t large = zipf->count;
    for (uint32_t i = 0; i < zipf->count; i++) {
        zipf->slots[i] = (struct gsi_generate_zipf_slot){UINT32_MAX, i};
        if (weights[i] < 1)
            stack[small++] = i;
        else
            stack[--large] = i;
    }
    while (small > 0 && large < zipf->count) {
        uint32_t poor = stack[--small];
        uint32_t rich = stack[large];
        zipf->slots[poor].threshold = (uint32_t)(weights[poor] * 4294967295.0);
        zipf->slots[poor].alias = rich;
        weights[rich] -= 1 - weights[poor];
        if (weights[rich] < 1) {
            large++;
            stack[small++] = rich;
        }
    }
}

void gsi_generate_zipf_init(struct gsi_generate_zipf *zipf, uint32_t count, double exponent)
{
    zipf->count = count;
    zipf->slots = gs_calloc(count, sizeof *zipf->slots);
    double *weights = gs_calloc(count, sizeof *weights);
    uint32_t *stack = gs_calloc(count, sizeof *stack);
    double total = 0;
    for (uint32_t i = count; i-- > 0;) {
        weights[i] = 1 / power(i + 1.0, exponent);
        total += weights[i];
    }
    for (uint32_t i = 0; i < count; i++)
        weights[i] *= count / total;
    pair_up(zipf, weights, stack);
    gs_free(stack);
    gs_free(weights);
}

void gsi_generate_zipf_deinit(struct gsi_generate_zipf *zipf)
{
    gs_free(zipf->slots);
    *zipf = (struct gsi_generate_zipf){0};
}
