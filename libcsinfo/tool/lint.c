// SPDX-License-Identifier: MIT
/* csinfo lint: mistakes in critical sections. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "color.h"
#include "json.h"
#include "text.h"
#include "tool.h"

/* Exit status where it differs from that of other subcommands: see csinfo-lint(7). */
enum {
	STATUS_FOUND = 1,
	STATUS_TROUBLE = 2,
};

enum {
	OPTION_ERROR_ON = OPTION_OWN,
	OPTION_ENABLE,
	OPTION_DISABLE,
	OPTION_LIST_CHECKS,
	OPTION_FORMAT,
};

/* Room for "-ID". */
#define WORD_SIZE 64

struct format {
	const char *name;
	void (*finding)(const char *file, const struct csinfo_finding *finding);
};

struct lint {
	const struct format *format;
	int error_on; /* enum csinfo_severity; CSINFO_SEVERITY_ERROR + 1 for none */
	bool list_checks;
	char (*words)[WORD_SIZE]; /* of --enable and --disable */
	size_t n_words;
	const char **checks; /* pointers to them */
	bool found;
	bool failed;
};

static const char *const severity_names[] = {"info", "warning", "error"};

static const char *severity_name(int severity)
{
	return severity >= CSINFO_SEVERITY_INFO && severity <= CSINFO_SEVERITY_ERROR
		       ? severity_names[severity]
		       : "?";
}

/* ---- text ---- */

static const char *severity_color(int severity)
{
	if (severity == CSINFO_SEVERITY_ERROR)
		return color(COLOR_RED);
	return color(severity == CSINFO_SEVERITY_WARNING ? COLOR_YELLOW : COLOR_CYAN);
}

static void print_text(const char *file, const struct csinfo_finding *finding)
{
	printf("%s", color(COLOR_BOLD));
	text_print(stdout, file);
	printf("%s: ", color(COLOR_OFF));
	if (finding->address != CSINFO_NO_ADDRESS)
		printf("0x%" PRIx64, finding->address);
	if (finding->where[0])
		printf(" <%s>", finding->where);
	printf("%s%s%s%s: %s [%s]\n", finding->address == CSINFO_NO_ADDRESS ? "" : ": ",
	       severity_color(finding->severity), severity_name(finding->severity),
	       color(COLOR_OFF), finding->message, finding->id);
}

/* ---- GitHub: workflow commands ---- */

/* Print TEXT with the characters of SPECIAL, and those that end a line, as %XX. */
static void print_escaped(const char *text, const char *special)
{
	for (; *text; text++)
		if (*text == '%' || *text == '\r' || *text == '\n' || strchr(special, *text))
			printf("%%%02X", (unsigned char)*text);
		else
			putchar(*text);
}

static void print_github(const char *file, const struct csinfo_finding *finding)
{
	const char *severity = finding->severity == CSINFO_SEVERITY_INFO
				       ? "notice"
				       : severity_name(finding->severity);

	printf("::%s file=", severity);
	print_escaped(file, ":,");
	printf(",title=csinfo lint%%3A %s::", finding->id);
	if (finding->address != CSINFO_NO_ADDRESS)
		printf("0x%" PRIx64, finding->address);
	if (finding->where[0]) {
		printf(" <");
		print_escaped(finding->where, "");
		printf(">");
	}
	printf("%s", finding->address == CSINFO_NO_ADDRESS ? "" : ": ");
	print_escaped(finding->message, "");
	putchar('\n');
}

/* ---- JSON ---- */

static void print_json(const char *file, const struct csinfo_finding *finding)
{
	(void)file;
	json_object(NULL);
	json_string("check", finding->id);
	json_string("severity", severity_name(finding->severity));
	json_address("address", finding->address);
	json_string("where", finding->where[0] ? finding->where : NULL);
	if (finding->index == SIZE_MAX)
		json_null("section");
	else
		json_number("section", finding->index);
	json_string("message", finding->message);
	json_end();
}

static const struct format formats[] = {
	{"text", print_text},
	{"github", print_github},
	{"json", print_json},
};

#define N_FORMATS (sizeof(formats) / sizeof(formats[0]))

static bool is_json(const struct lint *lint)
{
	return lint->format->finding == print_json;
}

/* ---- the list of checks ---- */

static void list_check(const struct csinfo_check *check, bool json)
{
	if (!json) {
		printf("%-26s %s%-7s%s %-3s  %s\n", check->id, severity_color(check->severity),
		       severity_name(check->severity), color(COLOR_OFF), check->on ? "" : "off",
		       check->summary);
		return;
	}
	json_object(NULL);
	json_string("check", check->id);
	json_string("severity", severity_name(check->severity));
	json_bool("on", check->on);
	json_string("summary", check->summary);
	json_end();
}

static int list_checks(bool json)
{
	struct csinfo_check check = {.size = sizeof(check)};

	if (json)
		json_array(NULL);
	for (size_t i = 0; csinfo_lint_check(i, &check) == 0; i++)
		list_check(&check, json);
	if (json)
		json_end();
	return tool_finish(STATUS_OK) == STATUS_OK ? STATUS_OK : STATUS_TROUBLE;
}

/* Whether there is a check ID, or it stands for all of them. */
static bool is_check(const char *id)
{
	struct csinfo_check check = {.size = sizeof(check)};

	for (size_t i = 0; csinfo_lint_check(i, &check) == 0; i++)
		if (!strcmp(id, check.id))
			return true;
	return !strcmp(id, "all");
}

/* ---- files ---- */

static void print_findings(struct lint *lint, const char *name, const struct csinfo_lint *findings)
{
	for (size_t i = 0; i < csinfo_lint_count(findings); i++) {
		struct csinfo_finding finding = {.size = sizeof(finding)};

		csinfo_lint_get(findings, i, &finding);
		lint->format->finding(name, &finding);
		lint->found |= finding.severity >= lint->error_on;
	}
}

static void visit_failed(const char *name, const struct csinfo_err *err, void *data)
{
	struct lint *lint = data;

	tool_complain(name, err->message);
	lint->failed = true;
	if (!is_json(lint))
		return;
	json_object(NULL);
	json_string("file", name);
	json_string("error", err->message);
	json_end();
}

static void visit_opened(const char *name, const struct csinfo *handle, void *data)
{
	struct lint *lint = data;
	const struct csinfo_lint_options options = {
		.size = sizeof(options),
		.checks = lint->checks,
		.n_checks = lint->n_words,
	};
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo_lint *findings = NULL;

	if (csinfo_lint_open(handle, &options, &findings, &err)) {
		visit_failed(name, &err, data);
		return;
	}
	if (is_json(lint)) {
		json_object(NULL);
		json_string("file", name);
		json_array("findings");
	}
	print_findings(lint, name, findings);
	if (is_json(lint)) {
		json_end();
		json_end();
	}
	csinfo_lint_free(findings);
}

static int lint_files(struct lint *lint, char *const *paths, int count)
{
	const struct visitor visitor = {visit_opened, visit_failed, lint};
	int status;

	if (is_json(lint))
		json_array(NULL);
	status = tool_visit_files(paths, count, &visitor);
	if (is_json(lint))
		json_end();
	if (tool_finish(status) != STATUS_OK || lint->failed)
		return STATUS_TROUBLE;
	return lint->found ? STATUS_FOUND : STATUS_OK;
}

/* ---- options ---- */

static int usage_error(const struct command *self, const char *option, const char *problem,
		       const char *value)
{
	fprintf(stderr, "csinfo lint: %s: %s: %s\n", option, problem, value);
	return tool_usage(self);
}

static int set_error_on(const struct command *self, struct lint *lint, const char *value)
{
	for (int i = CSINFO_SEVERITY_INFO; i <= CSINFO_SEVERITY_ERROR; i++) {
		if (strcmp(value, severity_names[i]))
			continue;
		lint->error_on = i;
		return STATUS_GO_ON;
	}
	return usage_error(self, "--error-on", "not info, warning or error", value);
}

static int set_format(const struct command *self, struct lint *lint, const char *value)
{
	for (size_t i = 0; i < N_FORMATS; i++) {
		if (strcmp(value, formats[i].name))
			continue;
		lint->format = &formats[i];
		return STATUS_GO_ON;
	}
	return usage_error(self, "--format", "not text, github or json", value);
}

static int add_word(const struct command *self, struct lint *lint, const char *option,
		    const char *sign, const char *id)
{
	if (!is_check(id))
		return usage_error(self, option, "no such check (try --list-checks)", id);
	snprintf(lint->words[lint->n_words], WORD_SIZE, "%s%s", sign, id);
	lint->checks[lint->n_words] = lint->words[lint->n_words];
	lint->n_words++;
	return STATUS_GO_ON;
}

static int take_option(const struct command *self, struct lint *lint, int option)
{
	bool json = false;
	int status;

	switch (option) {
	case OPTION_ERROR_ON:
		return set_error_on(self, lint, optarg);
	case OPTION_ENABLE:
		return add_word(self, lint, "--enable", "", optarg);
	case OPTION_DISABLE:
		return add_word(self, lint, "--disable", "-", optarg);
	case OPTION_FORMAT:
		return set_format(self, lint, optarg);
	case OPTION_LIST_CHECKS:
		lint->list_checks = true;
		return STATUS_GO_ON;
	default:
		status = tool_option(self, option, &json);
		return json ? set_format(self, lint, "json") : status;
	}
}

static int run_options(const struct command *self, struct lint *lint, int argc, char **argv)
{
	static const struct option options[] = {
		{"error-on", required_argument, NULL, OPTION_ERROR_ON},
		{"enable", required_argument, NULL, OPTION_ENABLE},
		{"disable", required_argument, NULL, OPTION_DISABLE},
		{"list-checks", no_argument, NULL, OPTION_LIST_CHECKS},
		{"format", required_argument, NULL, OPTION_FORMAT},
		TOOL_OPTIONS,
		{NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		int status = take_option(self, lint, option);

		if (status != STATUS_GO_ON)
			return status;
	}
	if (lint->list_checks)
		return list_checks(is_json(lint));
	if (optind == argc)
		return tool_usage(self);
	return lint_files(lint, argv + optind, argc - optind);
}

static int run(const struct command *self, int argc, char **argv)
{
	struct lint lint = {
		.format = &formats[0],
		.error_on = CSINFO_SEVERITY_ERROR + 1,
		/* Each word takes an argument. */
		.words = calloc((size_t)argc + 1, WORD_SIZE),
		.checks = calloc((size_t)argc + 1, sizeof(*lint.checks)),
	};
	int status = STATUS_TROUBLE;

	if (lint.words && lint.checks)
		status = run_options(self, &lint, argc, argv);
	else
		fputs("csinfo lint: out of memory\n", stderr);
	free(lint.words);
	free(lint.checks);
	return status;
}

const struct command lint_command = {
	.name = "lint",
	.arguments = "[OPTION]... FILE...",
	.summary = "mistakes in critical sections",
	.help = "Check the critical sections of ELF files for mistakes.  Each finding is one line\n"
		"with the address, what is wrong, and the name of the check in brackets;\n"
		"csinfo-lint(7) explains each.\n"
		"\n"
		"  --error-on=SEVERITY\n"
		"                    exit with 1 for a finding of at least this severity: info,\n"
		"                    warning, error\n"
		"  --enable=CHECK    also run CHECK, which may be off; `all' for every one\n"
		"  --disable=CHECK   don't run CHECK; `all' for every one\n"
		"  --list-checks     print the checks: name, severity, whether it is off, meaning\n"
		"  --format=FORMAT   text; github (workflow commands, shown as annotations); json\n"
		"\n"
		"Exit status: 0; 1 for --error-on; 2 for wrong usage or a file that can't be read\n"
		"or is malformed (the others are still checked).\n",
	.run = run,
};
