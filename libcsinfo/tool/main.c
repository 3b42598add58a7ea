// SPDX-License-Identifier: MIT
/* csinfo: dispatch to the subcommands. */
#include <stdio.h>
#include <string.h>

#include "color.h"
#include "tool.h"

static const struct command *const commands[] = {
	&list_command, &show_command, &lint_command, &scan_command, &pid_command,
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const char help_head[] = "The restartable sequences (rseq critical sections) of ELF files.\n"
				"\n"
				"Commands (`csinfo COMMAND --help' for more on each):\n";

static const char help_tail[] =
	"\n"
	"`csinfo FILE...' is `csinfo list FILE...'; a file that is named like a command is\n"
	"given as ./NAME.\n"
	"\n" TOOL_OPTIONS_HELP "\n"
	"Exit status: 0; 1 when a file can't be read or is malformed (the others are still\n"
	"printed); 2 for wrong usage.\n";

static int run_default(const struct command *self, int argc, char **argv);

/* csinfo without the name of a command. */
static const struct command no_command = {
	.name = NULL,
	.arguments = "[COMMAND] [OPTION]... FILE...",
	.run = run_default,
};

static int run_default(const struct command *self, int argc, char **argv)
{
	return list_command.run(self, argc, argv);
}

static void print_usage(const struct command *self, FILE *to)
{
	fprintf(to, "Usage: csinfo %s%s%s\n", self->name ? self->name : "", self->name ? " " : "",
		self->arguments);
}

static void print_help(const struct command *self)
{
	print_usage(self, stdout);
	if (self->name) {
		printf("%s" TOOL_OPTIONS_HELP, self->help);
		return;
	}
	fputs(help_head, stdout);
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf("  %-17s %s\n", commands[i]->name, commands[i]->summary);
	fputs(help_tail, stdout);
}

int tool_usage(const struct command *self)
{
	print_usage(self, stderr);
	fprintf(stderr, "Try `csinfo %s%s--help'.\n", self->name ? self->name : "",
		self->name ? " " : "");
	return STATUS_USAGE;
}

int tool_option(const struct command *self, int option, bool *json)
{
	switch (option) {
	case OPTION_JSON:
		*json = true;
		return STATUS_GO_ON;
	case OPTION_COLOR:
		if (color_when(optarg ? optarg : "always"))
			return STATUS_GO_ON;
		fprintf(stderr, "csinfo: --color: not auto, always or never: %s\n", optarg);
		return tool_usage(self);
	case OPTION_DEBUG_FILES:
		tool_set_debug_folders(optarg[0] ? optarg : NULL);
		return STATUS_GO_ON;
	case OPTION_HELP:
		print_help(self);
		return tool_finish(STATUS_OK);
	case OPTION_VERSION:
		printf("csinfo %s\n", csinfo_version());
		return tool_finish(STATUS_OK);
	default:
		return tool_usage(self);
	}
}

int tool_finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	perror("csinfo: standard output");
	return STATUS_BAD_FILE;
}

int main(int argc, char **argv)
{
	static char name[32];

	color_when("auto");
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
	for (size_t i = 0; argc > 1 && i < N_COMMANDS; i++) {
		if (strcmp(argv[1], commands[i]->name) != 0)
			continue;
		/* getopt_long() puts argv[0] in front of its messages. */
		snprintf(name, sizeof(name), "csinfo %s", commands[i]->name);
		argv[1] = name;
		return commands[i]->run(commands[i], argc - 1, argv + 1);
	}
	if (argc > 0) {
		snprintf(name, sizeof(name), "csinfo");
		argv[0] = name;
	}
	return no_command.run(&no_command, argc, argv);
}
