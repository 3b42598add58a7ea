// SPDX-License-Identifier: MIT
/* csinfo: print the rseq critical sections of ELF files. */
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "csinfo.h"

/* Exit status. */
enum {
	STATUS_OK = 0,
	STATUS_BAD_FILE = 1,
	STATUS_USAGE = 2,
};

/* A bit and its name in the output. */
struct word {
	uint32_t bit;
	const char *name;
};

static const struct word mark_words[] = {
	{CSINFO_MARK_VERSION, "version"},
	{CSINFO_MARK_FLAGS, "flags"},
	{CSINFO_MARK_EMPTY, "empty"},
	{CSINFO_MARK_WRAPS, "wraps"},
	{CSINFO_MARK_ABORT_INSIDE, "abort-inside"},
	{CSINFO_MARK_NOT_CODE, "not-code"},
	{CSINFO_MARK_NO_SIGNATURE, "no-signature"},
	{CSINFO_MARK_DUPLICATE, "duplicate"},
	{CSINFO_MARK_RELOCATION, "relocation"},
	{CSINFO_MARK_MISALIGNED, "misaligned"},
	{0, NULL},
};

static const struct word flow_words[] = {
	{CSINFO_FLOW_CALL, "call"},
	{CSINFO_FLOW_SYSCALL, "syscall"},
	{CSINFO_FLOW_INDIRECT, "indirect"},
	{CSINFO_FLOW_UNDECODED, "undecoded"},
	{CSINFO_FLOW_BRANCH_TO_COMMIT, "branch-to-commit"},
	{CSINFO_FLOW_BRANCH_TO_START, "branch-to-start"},
	{CSINFO_FLOW_RETURN, "return"},
	{0, NULL},
};

static const struct word gate_words[] = {
	{CSINFO_GATE_IN_SECTION, "in-section"},
	{0, NULL},
};

static const struct word exit_words[] = {
	{CSINFO_EXIT_ON_SIGNATURE, "on-signature"},
	{CSINFO_EXIT_TO_COMMIT, "to-commit"},
	{CSINFO_EXIT_BY_CODE, "by-code"},
	{0, NULL},
};

static const char *const position_names[] = {"unknown", "adjacent", "earlier", "inside"};
static const char *const gate_names[] = {"fallthrough", "branch"};
static const char *const exit_names[] = {"commit", "abort",  "declared",
					 "branch", "return", "indirect"};

static const char usage[] = "Usage: csinfo [--json] FILE...\n";

static const char help[] =
	"Print the restartable sequences (rseq critical sections) of ELF programs and shared\n"
	"objects: where each starts, commits and aborts, and under it STORE (the instruction\n"
	"that arms it), the gates (instructions that lead to STORE) and the exits.\n"
	"\n"
	"  --json     one JSON document: an array with one object for each file.  Addresses\n"
	"             are integers, null where there is none; a file that can't be read has\n"
	"             \"error\" instead of \"sections\".\n"
	"  --help     print this\n"
	"  --version  print the version\n"
	"\n"
	"Addresses are those of the file.  Exit status: 0; 1 when a file can't be read or is\n"
	"malformed (the others are still printed); 2 for wrong usage.\n";

/* Print the names of the bits of VALUE, each after BEFORE. */
static void print_words(const struct word *words, uint32_t value, const char *before)
{
	for (; words->name; words++)
		if (value & words->bit)
			printf("%s%s", before, words->name);
}

/* ---- text ---- */

static void print_gate_text(const struct csinfo_flow *flow, uint32_t number)
{
	struct csinfo_gate gate = {.size = sizeof(gate)};

	csinfo_flow_gate(flow, number, &gate);
	printf("    gate     0x%" PRIx64 " %s", gate.address, gate_names[gate.kind]);
	print_words(gate_words, gate.flags, " ");
	printf("\n");
}

static void print_exit_text(const struct csinfo_flow *flow, uint32_t number)
{
	struct csinfo_exit way = {.size = sizeof(way)};

	csinfo_flow_exit(flow, number, &way);
	if (way.address == CSINFO_NO_ADDRESS)
		printf("    exit     - %s", exit_names[way.kind]);
	else
		printf("    exit     0x%" PRIx64 " %s", way.address, exit_names[way.kind]);
	if (way.from != CSINFO_NO_ADDRESS)
		printf(" from 0x%" PRIx64, way.from);
	print_words(exit_words, way.flags, " ");
	printf("\n");
}

static void print_flow_text(const struct csinfo_flow *flow)
{
	struct csinfo_flow_info info = {.size = sizeof(info)};

	csinfo_flow_get(flow, &info);
	if (info.store == CSINFO_NO_ADDRESS)
		printf("    STORE    not found");
	else
		printf("    STORE    0x%" PRIx64 " %s", info.store,
		       position_names[info.store_position]);
	print_words(flow_words, info.flags, " ");
	printf("\n");
	for (uint32_t i = 0; i < info.n_gates; i++)
		print_gate_text(flow, i);
	for (uint32_t i = 0; i < info.n_exits; i++)
		print_exit_text(flow, i);
}

static void print_section_text(const struct csinfo *handle, size_t index)
{
	struct csinfo_section section = {.size = sizeof(section)};
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo_flow *flow;

	csinfo_get(handle, index, &section);
	printf("  0x%-14" PRIx64 " 0x%-14" PRIx64 " 0x%-14" PRIx64, section.start_ip,
	       section.commit_ip, section.abort_ip);
	if (section.marks & CSINFO_MARK_NO_SIGNATURE)
		printf(" %-10s", "-");
	else
		printf(" 0x%08" PRIx32, section.signature);
	printf(" 0x%-14" PRIx64 " %s", section.descriptor,
	       section.func_name ? section.func_name : "-");
	print_words(mark_words, section.marks, " !");
	printf("\n");
	if (csinfo_flow_open(handle, index, &flow, &err)) {
		printf("    code     %s\n", err.message);
		return;
	}
	print_flow_text(flow);
	csinfo_flow_free(flow);
}

static void print_file_text(const char *path, const struct csinfo *handle)
{
	size_t count = csinfo_count(handle);

	printf("%s: %zu critical section%s\n", path, count, count == 1 ? "" : "s");
	for (size_t i = 0; i < csinfo_remark_count(handle); i++) {
		struct csinfo_err remark = {.size = sizeof(remark)};

		csinfo_remark(handle, i, &remark);
		printf("  remark: %s\n", remark.message);
	}
	if (count)
		printf("  %-16s %-16s %-16s %-10s %-16s %s\n", "START", "COMMIT", "ABORT",
		       "SIGNATURE", "DESCRIPTOR", "FUNCTION");
	for (size_t i = 0; i < count; i++)
		print_section_text(handle, i);
}

/* ---- JSON ---- */

/* Length of the UTF-8 sequence at TEXT, 0 when it is not one. */
static unsigned int utf8_length(const unsigned char *text)
{
	unsigned int n = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;

	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	for (unsigned int i = 1; i < n; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates and what is beyond U+10FFFF. */
	if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
	    (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
		return 0;
	return n;
}

/* A JSON string; bytes that are not UTF-8 become U+00XX, so that output always parses. */
static void print_json_string(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	putchar('"');
	while (*at) {
		unsigned int n = *at < 0x80 ? 1 : utf8_length(at);

		if (*at == '"' || *at == '\\')
			printf("\\%c", *at);
		else if (!n || *at < 0x20)
			printf("\\u%04x", *at);
		else
			fwrite(at, 1, n, stdout);
		at += n ? n : 1;
	}
	putchar('"');
}

static void print_json_address(const char *key, uint64_t address)
{
	if (address == CSINFO_NO_ADDRESS)
		printf("\"%s\": null", key);
	else
		printf("\"%s\": %" PRIu64, key, address);
}

static void print_json_words(const char *key, const struct word *words, uint32_t value)
{
	const char *separator = "";

	printf("\"%s\": [", key);
	for (; words->name; words++) {
		if (!(value & words->bit))
			continue;
		printf("%s\"%s\"", separator, words->name);
		separator = ", ";
	}
	printf("]");
}

static void print_gates_json(const struct csinfo_flow *flow, uint32_t count)
{
	printf(", \"gates\": [");
	for (uint32_t i = 0; i < count; i++) {
		struct csinfo_gate gate = {.size = sizeof(gate)};

		csinfo_flow_gate(flow, i, &gate);
		printf("%s{", i ? ", " : "");
		print_json_address("address", gate.address);
		printf(", \"kind\": \"%s\", ", gate_names[gate.kind]);
		print_json_words("flags", gate_words, gate.flags);
		printf("}");
	}
	printf("]");
}

static void print_exits_json(const struct csinfo_flow *flow, uint32_t count)
{
	printf(", \"exits\": [");
	for (uint32_t i = 0; i < count; i++) {
		struct csinfo_exit way = {.size = sizeof(way)};

		csinfo_flow_exit(flow, i, &way);
		printf("%s{", i ? ", " : "");
		print_json_address("address", way.address);
		printf(", ");
		print_json_address("from", way.from);
		printf(", \"kind\": \"%s\", ", exit_names[way.kind]);
		print_json_words("flags", exit_words, way.flags);
		printf("}");
	}
	printf("]");
}

static void print_flow_json(const struct csinfo *handle, size_t index)
{
	struct csinfo_flow_info info = {.size = sizeof(info)};
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo_flow *flow;

	if (csinfo_flow_open(handle, index, &flow, &err)) {
		printf("\"flow\": null, \"flow_error\": ");
		print_json_string(err.message);
		return;
	}
	csinfo_flow_get(flow, &info);
	printf("\"flow\": {");
	print_json_address("store", info.store);
	printf(", \"store_length\": %" PRIu32 ", \"store_position\": \"%s\", ", info.store_length,
	       position_names[info.store_position]);
	print_json_words("flags", flow_words, info.flags);
	print_gates_json(flow, info.n_gates);
	print_exits_json(flow, info.n_exits);
	printf("}");
	csinfo_flow_free(flow);
}

static void print_exit_points_json(const struct csinfo *handle, size_t index, uint64_t count)
{
	printf("\"exit_points\": [");
	for (uint64_t i = 0; i < count; i++) {
		uint64_t address = 0;

		csinfo_exit_point(handle, index, i, &address);
		printf("%s%" PRIu64, i ? ", " : "", address);
	}
	printf("], ");
}

static void print_section_json(const struct csinfo *handle, size_t index)
{
	struct csinfo_section section = {.size = sizeof(section)};

	csinfo_get(handle, index, &section);
	printf("{\"descriptor\": %" PRIu64 ", \"version\": %" PRIu32 ", \"flags\": %" PRIu32
	       ", \"start_ip\": %" PRIu64 ", \"post_commit_offset\": %" PRIu64
	       ", \"commit_ip\": %" PRIu64 ", \"abort_ip\": %" PRIu64 ", ",
	       section.descriptor, section.version, section.flags, section.start_ip,
	       section.post_commit_offset, section.commit_ip, section.abort_ip);
	if (section.marks & CSINFO_MARK_NO_SIGNATURE)
		printf("\"signature\": null, ");
	else
		printf("\"signature\": %" PRIu32 ", ", section.signature);
	printf("\"function\": ");
	if (section.func_name)
		print_json_string(section.func_name);
	else
		printf("null");
	printf(", \"func_start\": %" PRIu64 ", \"func_size\": %" PRIu64 ", ", section.func_start,
	       section.func_size);
	print_json_words("marks", mark_words, section.marks);
	printf(", ");
	print_exit_points_json(handle, index, section.n_exits);
	print_flow_json(handle, index);
	printf("}");
}

static void print_file_json(const struct csinfo *handle)
{
	printf(", \"machine\": %d, \"remarks\": [", csinfo_machine(handle));
	for (size_t i = 0; i < csinfo_remark_count(handle); i++) {
		struct csinfo_err remark = {.size = sizeof(remark)};

		csinfo_remark(handle, i, &remark);
		printf("%s", i ? ", " : "");
		print_json_string(remark.message);
	}
	printf("], \"sections\": [");
	for (size_t i = 0; i < csinfo_count(handle); i++) {
		printf(i ? ",\n  " : "\n  ");
		print_section_json(handle, i);
	}
	printf("]");
}

/* ---- files and arguments ---- */

/* Print PATH, the NUMBERth file.  Returns whether it could be read. */
static bool print_file(const char *path, int number, bool json)
{
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo *handle = NULL;
	bool opened = csinfo_open(path, &handle, &err) == 0;

	if (!opened)
		fprintf(stderr, "csinfo: %s: %s\n", path, err.message);
	if (json) {
		printf("%s{\"file\": ", number ? ",\n " : "");
		print_json_string(path);
		if (opened) {
			print_file_json(handle);
		} else {
			printf(", \"error\": ");
			print_json_string(err.message);
		}
		printf("}");
	} else if (opened) {
		print_file_text(path, handle);
	}
	csinfo_close(handle);
	return opened;
}

static int print_files(char *const *paths, int count, bool json)
{
	int status = STATUS_OK;

	if (json)
		printf("[");
	for (int i = 0; i < count; i++)
		if (!print_file(paths[i], i, json))
			status = STATUS_BAD_FILE;
	if (json)
		printf("]\n");
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("csinfo: standard output");
		status = STATUS_BAD_FILE;
	}
	return status;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'v'},
		{NULL, 0, NULL, 0},
	};
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'h') {
			printf("%s%s", usage, help);
			return STATUS_OK;
		}
		if (option == 'v') {
			printf("csinfo %s\n", csinfo_version());
			return STATUS_OK;
		}
		if (option != 'j') {
			fputs(usage, stderr);
			return STATUS_USAGE;
		}
		json = true;
	}
	if (optind == argc) {
		fputs(usage, stderr);
		return STATUS_USAGE;
	}
	return print_files(argv + optind, argc - optind, json);
}
