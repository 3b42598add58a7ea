/* SPDX-License-Identifier: MIT */
/* What the subcommands of csinfo share: how each is described, options, input files. */
#ifndef CSINFO_TOOL_H
#define CSINFO_TOOL_H

#include <getopt.h>
#include <stdbool.h>

#include "csinfo.h"

/* Exit status. */
enum {
	STATUS_OK = 0,
	STATUS_BAD_FILE = 1, /* something could not be read; the rest was still printed */
	STATUS_USAGE = 2,
	STATUS_GO_ON = -1, /* of tool_option(): nothing to exit for */
};

/* One subcommand.  `run` gets argv[0] = "csinfo NAME" and returns the exit status. */
struct command {
	const char *name;
	const char *arguments; /* behind the name in the usage line */
	const char *summary;   /* its line in `csinfo --help` */
	const char *help;      /* what --help prints below, with the options of its own */
	int (*run)(const struct command *self, int argc, char **argv);
};

extern const struct command list_command;
extern const struct command show_command;
extern const struct command scan_command;
extern const struct command lint_command;
extern const struct command pid_command;

/* Options that every subcommand has; a subcommand's own begin at OPTION_OWN. */
enum {
	OPTION_JSON = 0x100,
	OPTION_COLOR,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_DEBUG_FILES, /* of those that name functions: TOOL_FILE_OPTIONS */
	OPTION_OWN,
};

/* clang-format off */
#define TOOL_OPTIONS                                     \
	{"json", no_argument, NULL, OPTION_JSON},        \
	{"color", optional_argument, NULL, OPTION_COLOR}, \
	{"help", no_argument, NULL, OPTION_HELP},        \
	{"version", no_argument, NULL, OPTION_VERSION}

/* Options of subcommands that name the functions of files. */
#define TOOL_FILE_OPTIONS                                \
	{"debug-file-directory", required_argument, NULL, OPTION_DEBUG_FILES}
/* clang-format on */

/* Their text. */
#define TOOL_FILE_OPTIONS_HELP                                                                     \
	"  --debug-file-directory=DIRS\n"                                                          \
	"                    folders with debug files, which name functions, separated by\n"       \
	"                    colons (/usr/lib/debug); empty: none is looked for\n"

/* The text of TOOL_OPTIONS, the end of every subcommand's help. */
#define TOOL_OPTIONS_HELP                                                                          \
	"  --json            print JSON; csinfo(1) describes it\n"                                 \
	"  --color[=WHEN]    colours: auto (on a terminal, the default), always, never\n"          \
	"  --help            print this\n"                                                         \
	"  --version         print the version\n"

/*
 * Handle OPTION, which getopt_long() returned, if it is one of TOOL_OPTIONS or of
 * TOOL_FILE_OPTIONS; *JSON is set by --json.  Returns STATUS_GO_ON, or the status to exit with (also for every other OPTION).
 */
int tool_option(const struct command *self, int option, bool *json);

/* Print the usage line to stderr.  Returns STATUS_USAGE. */
int tool_usage(const struct command *self);

/* Print "csinfo: PATH: TEXT" to stderr. */
void tool_complain(const char *path, const char *text);

/* Flush stdout.  Returns STATUS, or STATUS_BAD_FILE with a message when output was lost. */
int tool_finish(int status);

/* What to do with files; NAME is what to call one: "PATH", or "PATH(MEMBER)" in an archive. */
struct visitor {
	void (*opened)(const char *name, const struct csinfo *handle, void *data);
	/* The file can't be read.  Nothing was said of it yet: tool_complain(). */
	void (*failed)(const char *name, const struct csinfo_err *err, void *data);
	void *data;
};

/*
 * Visit each of the COUNT PATHS; of an archive, the ELF files that are its members.
 * Returns STATUS_OK, or STATUS_BAD_FILE when one could not be read.
 */
int tool_visit_files(char *const *paths, int count, const struct visitor *visitor);

/* Folders for csinfo_load_debug(); NULL: don't look for debug files. */
void tool_set_debug_folders(const char *folders);

/* Take the functions of HANDLE, of the file PATH, from a debug file if it has none itself. */
void tool_load_debug(struct csinfo *handle, const char *path);

/* Visit the members of the archive PATH.  Returns whether all could be read. */
bool tool_visit_archive(const char *path, const struct visitor *visitor);

#endif /* CSINFO_TOOL_H */
