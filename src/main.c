/* main.c -- the only place that exits. */
#include "groundswell/cli.h"

int main(int argc, char **argv)
{
    return gs_cli_main(argc, argv);
}
