// SPDX-License-Identifier: MIT
/* csinfo list: the sections of each file, and what enters and leaves them. */
#include <elf.h>
#include <inttypes.h>
#include <stdio.h>

#include "color.h"
#include "json.h"
#include "row.h"
#include "section_json.h"
#include "text.h"
#include "tool.h"
#include "words.h"

static void print_gate(const struct csinfo_flow *flow, uint32_t number)
{
	struct csinfo_gate gate = {.size = sizeof(gate)};

	csinfo_flow_gate(flow, number, &gate);
	printf("    gate     0x%" PRIx64 " %s", gate.address, gate_name(gate.kind));
	print_words(gate_words, gate.flags, " ");
	printf("\n");
}

static void print_exit(const struct csinfo_flow *flow, uint32_t number)
{
	struct csinfo_exit way = {.size = sizeof(way)};

	csinfo_flow_exit(flow, number, &way);
	if (way.address == CSINFO_NO_ADDRESS)
		printf("    exit     - %s", exit_name(way.kind));
	else
		printf("    exit     0x%" PRIx64 " %s", way.address, exit_name(way.kind));
	if (way.from != CSINFO_NO_ADDRESS)
		printf(" from 0x%" PRIx64, way.from);
	print_words(exit_words, way.flags, " ");
	printf("\n");
}

static void print_flow(const struct csinfo_flow *flow)
{
	struct csinfo_flow_info info = {.size = sizeof(info)};

	csinfo_flow_get(flow, &info);
	if (info.store == CSINFO_NO_ADDRESS)
		printf("    STORE    not found");
	else
		printf("    STORE    0x%" PRIx64 " %s", info.store,
		       position_name(info.store_position));
	print_words(flow_words, info.flags, " ");
	printf("\n");
	for (uint32_t i = 0; i < info.n_gates; i++)
		print_gate(flow, i);
	for (uint32_t i = 0; i < info.n_exits; i++)
		print_exit(flow, i);
}

/* In a relocatable file, addresses are offsets in the file, which nobody knows. */
static void print_place(const struct csinfo *handle, uint64_t address)
{
	struct csinfo_place place = {.size = sizeof(place)};

	if (csinfo_place(handle, address, &place))
		return;
	printf("    place    ");
	text_print(stdout, place.section);
	printf("+0x%" PRIx64 "\n", place.offset);
}

static void print_section(const struct csinfo *handle, size_t index)
{
	struct csinfo_section section = {.size = sizeof(section)};
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo_flow *flow;

	csinfo_get(handle, index, &section);
	row_print(&section, 0);
	if (csinfo_elf_type(handle) == ET_REL)
		print_place(handle, section.start_ip);
	if (csinfo_flow_open(handle, index, &flow, &err)) {
		printf("    code     ");
		text_print(stdout, err.message);
		printf("\n");
		return;
	}
	print_flow(flow);
	csinfo_flow_free(flow);
}

static void print_remarks(const struct csinfo *handle)
{
	for (size_t i = 0; i < csinfo_remark_count(handle); i++) {
		struct csinfo_err remark = {.size = sizeof(remark)};

		csinfo_remark(handle, i, &remark);
		printf("  %sremark%s: ", color(COLOR_YELLOW), color(COLOR_OFF));
		text_print(stdout, remark.message);
		printf("\n");
	}
}

static void print_file(const char *name, const struct csinfo *handle, void *data)
{
	size_t count = csinfo_count(handle);

	(void)data;
	printf("%s", color(COLOR_BOLD));
	text_print(stdout, name);
	printf("%s: %zu critical section%s\n", color(COLOR_OFF), count, count == 1 ? "" : "s");
	print_remarks(handle);
	if (count)
		row_print_head();
	for (size_t i = 0; i < count; i++)
		print_section(handle, i);
}

static void complain(const char *name, const struct csinfo_err *err, void *data)
{
	(void)data;
	tool_complain(name, err->message);
}

static void print_file_json(const char *name, const struct csinfo *handle, void *data)
{
	(void)data;
	json_object(NULL);
	json_string("file", name);
	json_file(handle);
	json_end();
}

static void complain_json(const char *name, const struct csinfo_err *err, void *data)
{
	(void)data;
	tool_complain(name, err->message);
	json_object(NULL);
	json_string("file", name);
	json_string("error", err->message);
	json_end();
}

static int list_files(char *const *paths, int count, bool json)
{
	static const struct visitor text_visitor = {print_file, complain, NULL};
	static const struct visitor json_visitor = {print_file_json, complain_json, NULL};
	int status;

	if (json)
		json_array(NULL);
	status = tool_visit_files(paths, count, json ? &json_visitor : &text_visitor);
	if (json)
		json_end();
	return tool_finish(status);
}

static int run_list(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {TOOL_OPTIONS, TOOL_FILE_OPTIONS, {0}};
	bool json = false;
	int option, status;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		status = tool_option(self, option, &json);
		if (status != STATUS_GO_ON)
			return status;
	}
	if (optind >= argc)
		return tool_usage(self);
	return list_files(argv + optind, argc - optind, json);
}

const struct command list_command = {
	.name = "list",
	.arguments = "[OPTION]... FILE...",
	.summary = "each section's start, commit and abort; what enters and leaves it",
	.help = "Print the restartable sequences of each FILE: where each starts, commits and\n"
		"aborts, and under it STORE (the instruction that arms it), the gates\n"
		"(instructions that lead to STORE) and the exits.  Addresses are those of the\n"
		"file; in a relocatable file, offsets in it.  Of an archive, each member that is\n"
		"an ELF file is listed.\n"
		"\n" TOOL_FILE_OPTIONS_HELP,
	.run = run_list,
};
