// SPDX-License-Identifier: MIT
/* Checks of code: what is decoded, and how much of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "lint_code.h"

/* Code that is decoded at least, in bytes, and as a multiple of the file's size. */
#define MIN_BUDGET (32u << 20)
#define BUDGET_OF_SIZE 4u
/* What is decoded in front of a section and behind it, where no function is known, about. */
#define MIN_AROUND 256u
/* A longer function is not decoded for the sake of one section: see store.c. */
#define MAX_FUNCTION (256u << 10)

static unsigned long long number(uint64_t value)
{
	return value;
}

bool lint_spend(struct lint_code *code, uint64_t size)
{
	if (size > code->budget) {
		code->exhausted = true;
		return false;
	}
	code->budget -= size;
	return true;
}

struct decoder *lint_decoder(struct lint_code *code, size_t index)
{
	return &code->decoders[code->armings[index].thumb && code->has_thumb];
}

static const struct image_segment *code_segment(const struct lint_code *code, uint64_t address)
{
	const struct image_segment *segment =
		elf_image_segment(&code->lint->handle->image, address);

	return segment && segment->executable ? segment : NULL;
}

bool lint_decode(struct lint_code *code, size_t index, uint64_t address, struct insn *out)
{
	const struct image_segment *segment = code_segment(code, address);
	uint64_t offset = segment ? address - segment->address : 0;
	unsigned char copy[INSN_MAX_LENGTH];
	const unsigned char *in_file;
	struct code bytes = {
		.address = address,
		.reader = {.bytes = copy},
		.image = &code->lint->handle->image,
		.patches = code->patches,
	};

	if (!segment || !lint_spend(code, INSN_MAX_LENGTH))
		return false;
	bytes.reader.size = segment->file_size - offset;
	if (bytes.reader.size > INSN_MAX_LENGTH)
		bytes.reader.size = INSN_MAX_LENGTH;
	in_file = window_get(&code->window, segment->offset + offset, bytes.reader.size);
	if (!in_file)
		return false;
	memcpy(copy, in_file, bytes.reader.size);
	code_patch(&bytes);
	return decoder_decode(lint_decoder(code, index), &bytes, address, out);
}

bool lint_load(struct lint_code *code, uint64_t low, uint64_t high, struct code *out)
{
	const struct elf_image *image = &code->lint->handle->image;
	const struct image_segment *segment = code_segment(code, low);
	struct image_section part = {.name = "", .size = high - low};
	uint64_t offset = segment ? low - segment->address : 0;
	int status;

	if (!segment || !range_within(offset, part.size, segment->file_size))
		return false;
	part.offset = segment->offset + offset;
	/* The last instruction may reach beyond HIGH. */
	part.size += segment->file_size - offset - part.size < INSN_MAX_LENGTH
			     ? segment->file_size - offset - part.size
			     : INSN_MAX_LENGTH;
	*out = (struct code){.address = low, .image = image, .patches = code->patches};
	status = elf_image_load(image, &part, &out->reader, NULL);
	if (status)
		code->lint->status = status;
	else
		code_patch(out);
	return !status;
}

bool lint_may_arm(const struct lint_code *code, const struct insn *insn)
{
	const struct expression *expression = &insn->expression;

	if (insn->effect != INSN_STORES || insn->memory == MEMORY_STACK ||
	    insn->width < target_pointer_size(&code->decoders[0].target))
		return false;
	/* A store of 0 disarms. */
	return expression->source != INSN_NO_REG || expression->index != INSN_NO_REG ||
	       expression->number;
}

/* The file as a whole can't be decoded: TEXT says why. */
static void report_file(struct csinfo_lint *lint, const char *text)
{
	lint_add(lint, CHECK_CODE_NOT_CHECKED, LINT_NO_INDEX, CSINFO_NO_ADDRESS,
		 "code was not checked: %s", text);
}

static void report_no_decoder(struct csinfo_lint *lint)
{
	char text[64];

	snprintf(text, sizeof(text), "no decoder for %s",
		 csinfo_machine_name(csinfo_machine(lint->handle)));
	report_file(lint, text);
}

static void check_store(struct lint_code *code, size_t index, const struct csinfo_flow *flow)
{
	const struct csinfo_section *section = lint_section(code->lint, index);
	uint64_t between = section->start_ip - flow->store.address - flow->store.length;

	if (flow->store.position == CSINFO_STORE_EARLIER)
		lint_add(code->lint, CHECK_STORE_NOT_ADJACENT, index, flow->store.address,
			 "STORE ends %llu byte%s before start_ip 0x%llx: a preemption in between "
			 "disarms the section",
			 number(between), between == 1 ? "" : "s", number(section->start_ip));
	else if (flow->store.foreign != CSINFO_NO_ADDRESS)
		lint_add(code->lint, CHECK_STORE_OF_OTHER, index, flow->store.foreign,
			 "stores descriptor 0x%llx in front of section 0x%llx, whose own is 0x%llx",
			 number(flow->store.foreign_descriptor), number(section->start_ip),
			 number(section->descriptor));
	else if (flow->store.position == CSINFO_STORE_UNKNOWN)
		lint_add(code->lint, CHECK_STORE_NOT_FOUND, index, section->start_ip,
			 "no store of descriptor 0x%llx was found in front of the section",
			 number(section->descriptor));
}

/* About what handle_flow() looks at: bytes, and entries of the table. */
static uint64_t cost(const struct lint_code *code, size_t index)
{
	const struct csinfo_section *section = lint_section(code->lint, index);
	const struct table *table = &code->lint->handle->table;
	uint64_t around = MIN_AROUND;

	if (section->func_size && section->func_size <= MAX_FUNCTION)
		around += section->func_size +
			  table_lower_bound(table, section->func_start + section->func_size) -
			  table_lower_bound(table, section->func_start);
	return 2 * section->post_commit_offset + around;
}

static void check_section(struct lint_code *code, size_t index)
{
	struct csinfo_lint *lint = code->lint;
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo_flow *flow;
	/* No check asks for the exits; without end as many sections as start there have them. */
	int status = handle_flow(lint->handle, index, NULL, 0, &flow, &err);

	if (status == CSINFO_E_NOMEM || status == CSINFO_E_IO)
		lint->status = status;
	else if (status)
		lint_add(lint, CHECK_CODE_NOT_CHECKED, index, lint_section(lint, index)->start_ip,
			 "code was not checked: %s", err.message);
	if (status)
		return;
	code->armings[index] = (struct arming){
		.store = flow->info.store,
		.checked = true,
		.thumb = flow->info.flags & CSINFO_FLOW_THUMB,
	};
	check_store(code, index, flow);
	lint_check_body(code, index, flow);
	csinfo_flow_free(flow);
}

static void check_sections(struct lint_code *code)
{
	struct csinfo_lint *lint = code->lint;

	for (size_t i = 0; i < lint->handle->table.n && !lint->status; i++)
		if (lint_has_code(lint, i) && lint_spend(code, cost(code, i)))
			check_section(code, i);
	lint_check_branches(code);
	lint_check_abort_handlers(code);
	if (code->exhausted)
		report_file(lint, "there is too much of it; some sections were left out");
}

static void check_with_decoder(struct lint_code *code)
{
	struct csinfo_lint *lint = code->lint;

	code->armings = calloc(lint->handle->table.n, sizeof(*code->armings));
	if (code->armings)
		check_sections(code);
	else
		lint->status = CSINFO_E_NOMEM;
	free(code->armings);
	free(code->entries);
}

static int open_decoders(struct lint_code *code)
{
	struct target target = handle_target(code->lint->handle);
	int status = decoder_open(&code->decoders[0], &target);

	if (status || target.machine != EM_ARM)
		return status;
	target.thumb = true;
	code->has_thumb = decoder_open(&code->decoders[1], &target) == 0;
	return 0;
}

/* Whether any check is on that looks at code, which takes most of the time. */
static bool is_wanted(const struct csinfo_lint *lint)
{
	for (unsigned int check = CHECK_EXIT_ON_SIGNATURE; check < N_CHECKS; check++)
		if (lint->enabled[check])
			return true;
	return false;
}

void lint_check_code(struct csinfo_lint *lint)
{
	struct lint_code code = {.lint = lint, .window = {.file = &lint->handle->image.file}};
	struct csinfo_err err = {.size = sizeof(err)};
	int status;

	if (!lint->handle->table.n || lint->status || !is_wanted(lint))
		return;
	code.budget = MIN_BUDGET + BUDGET_OF_SIZE * lint->handle->image.file.size;
	status = handle_patches(lint->handle, &code.patches, &err);
	if (!status)
		status = open_decoders(&code);
	if (status == CSINFO_E_UNSUPPORTED)
		report_no_decoder(lint);
	else if (status == CSINFO_E_MALFORMED)
		report_file(lint, err.message);
	else if (status)
		lint->status = status;
	if (status)
		return;
	check_with_decoder(&code);
	decoder_close(&code.decoders[0]);
	if (code.has_thumb)
		decoder_close(&code.decoders[1]);
}
