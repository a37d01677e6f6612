/* cli.h -- the command line: one program, its commands, their exit codes.
 *
 * 0 done, 1 findings, 64 usage, 65 data, 69 a server cannot be used, 70 bug, 75 fenced or
 * temporary, 77 refused, 78 configuration. Results go to stdout, everything else to stderr. */
#ifndef GROUNDSWELL_CLI_H
#define GROUNDSWELL_CLI_H

/* Runs the command that argv names and returns the process's exit code. */
int gs_cli_main(int argc, char **argv);

#endif
