// SPDX-License-Identifier: MIT
/* csinfo show: the code of a section. */
#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "color.h"
#include "json.h"
#include "listing.h"
#include "section_json.h"
#include "text.h"
#include "tool.h"

/* What is asked for: addresses and symbols, and whether each was found. */
struct request {
	char *const *names;
	bool *found;
	int n;
	bool json;
	bool is_first;
};

/* The address that TEXT is.  Returns false for a symbol: those don't begin with a digit. */
static bool parse_address(const char *text, uint64_t *address)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	*address = strtoull(text, &end, 0);
	return *end == '\0';
}

/* Whether ADDRESS is of the section itself, or of its descriptor. */
static bool is_of_section(const struct csinfo_section *section, uint64_t address)
{
	return address - section->start_ip < section->post_commit_offset ||
	       address == section->start_ip || address == section->abort_ip ||
	       address == section->descriptor;
}

static bool is_in_function(const struct csinfo_section *section, uint64_t address)
{
	return address - section->func_start < section->func_size;
}

/* Add to WANTED, a flag for each section of HANDLE, those for which IS says so. */
static bool want_by_address(const struct csinfo *handle, bool *wanted, uint64_t address,
			    bool (*is)(const struct csinfo_section *, uint64_t))
{
	bool found = false;

	for (size_t i = 0; i < csinfo_count(handle); i++) {
		struct csinfo_section section = {.size = sizeof(section)};

		csinfo_get(handle, i, &section);
		if (is(&section, address))
			found = wanted[i] = true;
	}
	return found;
}

static bool want_by_symbol(const struct csinfo *handle, bool *wanted, const char *symbol)
{
	bool found = false;

	for (size_t i = 0; i < csinfo_count(handle); i++) {
		struct csinfo_section section = {.size = sizeof(section)};

		csinfo_get(handle, i, &section);
		if (section.func_name && strcmp(section.func_name, symbol) == 0)
			found = wanted[i] = true;
	}
	return found;
}

static bool want(const struct csinfo *handle, bool *wanted, const char *name)
{
	uint64_t address;

	if (!parse_address(name, &address))
		return want_by_symbol(handle, wanted, name);
	return want_by_address(handle, wanted, address, is_of_section) ||
	       want_by_address(handle, wanted, address, is_in_function);
}

/* ---- text ---- */

static void print_head(const struct csinfo *handle, const struct csinfo_section *section)
{
	struct csinfo_place place = {.size = sizeof(place)};

	printf("%s", color(COLOR_BOLD));
	text_print(stdout, section->func_name ? section->func_name : "-");
	printf("%s: start 0x%" PRIx64, color(COLOR_OFF), section->start_ip);
	if (csinfo_elf_type(handle) == ET_REL &&
	    csinfo_place(handle, section->start_ip, &place) == 0) {
		printf(" (");
		text_print(stdout, place.section);
		printf("+0x%" PRIx64 ")", place.offset);
	}
	printf(", commit 0x%" PRIx64 ", abort 0x%" PRIx64 ", descriptor 0x%" PRIx64 "%s",
	       section->commit_ip, section->abort_ip, section->descriptor, color(COLOR_RED));
	print_words(mark_words, section->marks, " !");
	printf("%s\n", color(COLOR_OFF));
}

/* The drawing left of a line: the section, and where a thread may leave it. */
static const char *margin(const struct line *line, bool ends)
{
	if (!line->is_inside)
		return "    ";
	if (line->roles & ROLE_START)
		return line->is_way_out ? " ,=>" : " ,- ";
	if (ends)
		return line->is_way_out ? " '=>" : " '- ";
	return line->is_way_out ? " |=>" : " |  ";
}

static enum color color_of(const struct line *line)
{
	if (line->roles & ROLE_SIGNATURE)
		return COLOR_DIM;
	if (line->roles & ROLE_ABORT)
		return COLOR_RED;
	if (line->roles & (ROLE_STORE | ROLE_GATE))
		return COLOR_YELLOW;
	if (line->roles & ROLE_EXIT)
		return COLOR_CYAN;
	return line->is_inside ? COLOR_GREEN : COLOR_OFF;
}

/* The roles, separated by commas, and spaces up to column WIDTH. */
static void print_roles(uint32_t roles, size_t width)
{
	size_t n = 0;

	for (const struct word *word = role_words; word->name; word++)
		if (roles & word->bit)
			n += (size_t)printf("%s%s", n ? "," : "", word->name);
	printf("%*s", (int)(n < width ? width - n : 0), "");
}

static void print_line(const struct line *line, bool ends, size_t n_bytes)
{
	if (line->is_apart)
		printf("\n");
	printf("%s%s 0x%-10" PRIx64, color(color_of(line)), margin(line, ends), line->address);
	for (size_t i = 0; i < n_bytes; i++)
		if (i < line->n_bytes)
			printf(" %02x", line->bytes[i]);
		else
			printf("   ");
	printf("  ");
	print_roles(line->roles, 9);
	printf(" %s%s", line->text, color(COLOR_OFF));
	if (line->note[0])
		printf("  %s; %s%s", color(COLOR_DIM), line->note, color(COLOR_OFF));
	printf("\n");
}

static void print_section(const struct csinfo *handle, size_t index,
			  const struct signatures *signatures)
{
	struct csinfo_section section = {.size = sizeof(section)};
	struct listing listing;
	size_t n_bytes = 0;

	csinfo_get(handle, index, &section);
	listing_open(&listing, handle, index, signatures);
	print_head(handle, &section);
	if (listing.problem[0])
		printf("  %s\n", listing.problem);
	for (size_t i = 0; i < listing.n; i++)
		if (listing.lines[i].n_bytes > n_bytes)
			n_bytes = listing.lines[i].n_bytes;
	for (size_t i = 0; i < listing.n; i++)
		print_line(&listing.lines[i], i + 1 == listing.n || !listing.lines[i + 1].is_inside,
			   n_bytes);
	listing_close(&listing);
}

/* ---- JSON ---- */

static void json_line(const struct line *line)
{
	char hex[2 * sizeof(line->bytes) + 1] = "";

	for (size_t i = 0; i < line->n_bytes; i++)
		snprintf(hex + 2 * i, 3, "%02x", line->bytes[i]);
	json_object(NULL);
	json_number("address", line->address);
	json_string("bytes", hex);
	json_words("roles", role_words, line->roles);
	json_bool("inside", line->is_inside);
	json_bool("leaves", line->is_way_out);
	json_bool("code", line->is_code);
	json_string("text", line->text);
	json_string("note", line->note[0] ? line->note : NULL);
	json_end();
}

static void json_listing(const struct csinfo *handle, size_t index,
			 const struct signatures *signatures)
{
	struct listing listing;

	listing_open(&listing, handle, index, signatures);
	json_object(NULL);
	json_section(handle, index);
	json_array("code");
	for (size_t i = 0; i < listing.n; i++)
		json_line(&listing.lines[i]);
	json_end();
	json_end();
	listing_close(&listing);
}

/* ---- files ---- */

static void show_wanted(const char *name, const struct csinfo *handle, const bool *wanted,
			struct request *request)
{
	struct signatures signatures;

	signatures_open(&signatures, handle);
	if (request->json) {
		json_object(NULL);
		json_string("file", name);
		json_header(handle);
		json_array("sections");
	}
	for (size_t i = 0; i < csinfo_count(handle); i++) {
		if (!wanted[i])
			continue;
		if (!request->json && !request->is_first)
			printf("\n");
		request->is_first = false;
		(request->json ? json_listing : print_section)(handle, i, &signatures);
	}
	if (request->json) {
		json_end();
		json_end();
	}
	signatures_close(&signatures);
}

static void show_file(const char *name, const struct csinfo *handle, void *data)
{
	struct request *request = data;
	size_t count = csinfo_count(handle);
	bool *wanted = memory_resize(NULL, count, sizeof(*wanted));
	bool any = !request->n && count;

	for (size_t i = 0; i < count; i++)
		wanted[i] = !request->n;
	for (int i = 0; i < request->n; i++)
		if (want(handle, wanted, request->names[i]))
			any = request->found[i] = true;
	if (any)
		show_wanted(name, handle, wanted, request);
	free(wanted);
}

static void show_failure(const char *name, const struct csinfo_err *err, void *data)
{
	const struct request *request = data;

	tool_complain(name, err->message);
	if (!request->json)
		return;
	json_object(NULL);
	json_string("file", name);
	json_string("error", err->message);
	json_end();
}

/* Complain of what was not found in PATH.  Returns whether all was. */
static bool check_found(const struct request *request, const char *path)
{
	bool all = true;

	if (!request->n && request->is_first) {
		tool_complain(path, "no critical sections");
		return false;
	}
	for (int i = 0; i < request->n; i++) {
		char text[256];

		if (request->found[i])
			continue;
		snprintf(text, sizeof(text), "no critical section at or in %s", request->names[i]);
		tool_complain(path, text);
		all = false;
	}
	return all;
}

static int show(char *path, struct request *request)
{
	const struct visitor visitor = {show_file, show_failure, request};
	int status;

	request->found = memory_resize(NULL, (size_t)request->n, sizeof(*request->found));
	for (int i = 0; i < request->n; i++)
		request->found[i] = false;
	if (request->json)
		json_array(NULL);
	status = tool_visit_files(&path, 1, &visitor);
	if (request->json)
		json_end();
	if (status == STATUS_OK && !check_found(request, path))
		status = STATUS_BAD_FILE;
	free(request->found);
	return tool_finish(status);
}

static int run_show(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {TOOL_OPTIONS, TOOL_FILE_OPTIONS, {0}};
	struct request request = {.is_first = true};
	int option, status;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		status = tool_option(self, option, &request.json);
		if (status != STATUS_GO_ON)
			return status;
	}
	if (optind >= argc)
		return tool_usage(self);
	request.names = argv + optind + 1;
	request.n = argc - optind - 1;
	return show(argv[optind], &request);
}

const struct command show_command = {
	.name = "show",
	.arguments = "[OPTION]... FILE [ADDRESS|SYMBOL]...",
	.summary = "the code of a section, with what it is to the kernel",
	.help = "Disassemble the sections of FILE that hold ADDRESS (also their abort handlers,\n"
		"descriptors, and the functions they are in) or belong to the function SYMBOL;\n"
		"without either, all.  Beside the instructions stand gates, STORE, start, commit,\n"
		"exits and abort; in the margin the section, with => where a thread may leave it.\n"
		"The signature is shown as the data that it is.\n"
		"\n" TOOL_FILE_OPTIONS_HELP,
	.run = run_show,
};
