// SPDX-License-Identifier: MIT
/* Any bytes as code of any processor: one instruction, and the flow of one section. */
#include <string.h>

#include "code.h"
#include "csinfo.h"
#include "harness.h"
#include "sane.h"

#define ADDRESS 0x10000u

/* What HEAD says of the SIZE bytes at BYTES. */
static struct csinfo_code code_of(const struct code_head *head, const uint8_t *bytes, size_t size)
{
	return (struct csinfo_code){
		.size = sizeof(struct csinfo_code),
		.address = ADDRESS + (head->bits & CODE_THUMB ? 1 : 0),
		.bytes = bytes,
		.n_bytes = size,
		.machine = code_machines[head->machine % N_CODE_MACHINES],
		.elf_class = head->bits & CODE_32_BIT ? ELFCLASS32 : ELFCLASS64,
		.byte_order = head->bits & CODE_BIG_ENDIAN ? ELFDATA2MSB : ELFDATA2LSB,
		.elf_flags = head->elf_flags,
	};
}

static struct csinfo_section section_of(const struct code_head *head, size_t size)
{
	bool in_function = head->bits & CODE_IN_FUNCTION;

	return (struct csinfo_section){
		.size = sizeof(struct csinfo_section),
		.descriptor = ADDRESS + (uint64_t)(int64_t)head->descriptor,
		.start_ip = ADDRESS + head->start,
		.post_commit_offset = head->length,
		.abort_ip = ADDRESS + head->abort,
		.func_start = in_function ? ADDRESS : 0,
		.func_size = in_function ? size : 0,
	};
}

static void look_at_insn(const struct csinfo_code *code)
{
	struct csinfo_insn insn = {.size = sizeof(insn)};
	struct csinfo_insn same = {.size = sizeof(same)};
	char text[64];
	char names[256];

	if (csinfo_decode(code, &insn))
		return;
	require(insn.length && insn.length + insn.delay <= code->n_bytes,
		"an instruction is in the code");
	require(!csinfo_disassemble(code, &same, text, sizeof(text)) && text[0] &&
			same.length == insn.length && same.kind == insn.kind,
		"what is decoded can be printed");
	csinfo_written(code, names, sizeof(names));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct csinfo_flow *flow = NULL;
	struct csinfo_section section;
	struct csinfo_code code;
	struct code_head head;
	uint64_t exits[2];
	size_t n_exits = 0;

	if (size <= sizeof(head))
		return 0;
	memcpy(&head, data, sizeof(head));
	code = code_of(&head, data + sizeof(head), size - sizeof(head));
	section = section_of(&head, code.n_bytes);
	for (unsigned int i = 0; i < 2; i++)
		if (head.exits[i])
			exits[n_exits++] = ADDRESS + head.exits[i];
	look_at_insn(&code);
	if (csinfo_flow_open_memory(&code, &section, exits, n_exits, &flow, NULL) == 0)
		require(flow_is_sane(flow), "a flow keeps what csinfo.h promises");
	csinfo_flow_free(flow);
	return 0;
}
