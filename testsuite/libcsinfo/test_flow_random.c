// SPDX-License-Identifier: MIT
/* Bytes that nobody wrote as code, on every architecture: no crash, and the promises are kept. */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "csinfo.h"
#include "sane.h"
#include "test.h"

#define ROUNDS 250u
#define MAX_SIZE 512u
#define BASE UINT64_C(0x7fff0000)
#define LONGEST 15u

static const struct csinfo_code targets[] = {
	{.machine = EM_X86_64, .elf_class = ELFCLASS64, .byte_order = ELFDATA2LSB},
	{.machine = EM_X86_64, .elf_class = ELFCLASS32, .byte_order = ELFDATA2LSB},
	{.machine = EM_386, .elf_class = ELFCLASS32, .byte_order = ELFDATA2LSB},
	{.machine = EM_AARCH64, .elf_class = ELFCLASS64, .byte_order = ELFDATA2LSB},
	{.machine = EM_AARCH64, .elf_class = ELFCLASS32, .byte_order = ELFDATA2MSB},
	{.machine = EM_ARM, .elf_class = ELFCLASS32, .byte_order = ELFDATA2LSB},
	{.machine = EM_ARM, .elf_class = ELFCLASS32, .byte_order = ELFDATA2MSB},
	/* Thumb */
	{.machine = EM_ARM, .elf_class = ELFCLASS32, .byte_order = ELFDATA2LSB, .address = 1},
	{.machine = EM_PPC, .elf_class = ELFCLASS32, .byte_order = ELFDATA2MSB},
	{.machine = EM_PPC64, .elf_class = ELFCLASS64, .byte_order = ELFDATA2MSB},
	{.machine = EM_PPC64, .elf_class = ELFCLASS64, .byte_order = ELFDATA2LSB},
	{.machine = EM_S390, .elf_class = ELFCLASS64, .byte_order = ELFDATA2MSB},
	{.machine = EM_S390, .elf_class = ELFCLASS32, .byte_order = ELFDATA2MSB},
	{.machine = EM_MIPS, .elf_class = ELFCLASS32, .byte_order = ELFDATA2MSB},
	{.machine = EM_MIPS, .elf_class = ELFCLASS64, .byte_order = ELFDATA2LSB},
	{.machine = EM_RISCV, .elf_class = ELFCLASS64, .byte_order = ELFDATA2LSB},
	{.machine = EM_RISCV, .elf_class = ELFCLASS32, .byte_order = ELFDATA2LSB},
	{.machine = EM_SPARCV9, .elf_class = ELFCLASS64, .byte_order = ELFDATA2MSB},
};

/* xorshift64: the same numbers in every run. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* A number below LIMIT, 0 when that is 0. */
static uint64_t below(uint64_t *random, uint64_t limit)
{
	return limit ? next_random(random) % limit : 0;
}

/* Bytes of which some are copies of those a few words before, as in real code. */
static void fill(unsigned char *bytes, size_t size, uint64_t *random)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = i >= 16 && next_random(random) % 3 == 0
				   ? bytes[i - 4 * (1 + below(random, 4))]
				   : (unsigned char)next_random(random);
}

/* The instruction at OFFSET of CODE: if there is one, it lies within, and has a text. */
static void check_insn(const struct csinfo_code *code, size_t offset)
{
	struct csinfo_insn insn = {.size = sizeof(insn)};
	struct csinfo_code rest = *code;
	char text[128] = "";

	rest.address += offset;
	rest.bytes = (const unsigned char *)code->bytes + offset;
	rest.n_bytes -= offset;
	if (csinfo_disassemble(&rest, &insn, text, sizeof(text)))
		return;
	CHECK(insn.length && insn.length + insn.delay <= LONGEST &&
	      insn.length + insn.delay <= rest.n_bytes);
	CHECK(insn.kind >= CSINFO_INSN_PLAIN && insn.kind <= CSINFO_INSN_TRAP);
	CHECK(*text);
}

static struct csinfo_section random_section(uint64_t size, uint64_t *random)
{
	struct csinfo_section section = {.size = sizeof(section)};
	uint64_t start = below(random, size) & ~UINT64_C(3);

	section.start_ip = BASE + start;
	section.post_commit_offset = 1 + below(random, size - start);
	section.descriptor = BASE + below(random, 2 * size);
	section.abort_ip = BASE + below(random, size);
	if (next_random(random) & 1) {
		section.func_start = BASE + below(random, start + 1);
		section.func_size = below(random, 2 * size);
	}
	return section;
}

static void check_flow(const struct csinfo_code *code, uint64_t *random)
{
	struct csinfo_section section = random_section(code->n_bytes, random);
	uint64_t exits[2] = {BASE + below(random, code->n_bytes), next_random(random)};
	struct csinfo_flow *flow = NULL;
	int status = csinfo_flow_open_memory(code, &section, exits, 2, &flow, NULL);

	if (status)
		CHECK(!flow);
	else
		CHECK(flow_is_sane(flow));
	csinfo_flow_free(flow);
}

static void test_target(const struct csinfo_code *target, uint64_t *random)
{
	for (unsigned int i = 0; i < ROUNDS; i++) {
		size_t size = 4 + below(random, MAX_SIZE);
		unsigned char *bytes = malloc(size);
		struct csinfo_code code = *target;

		code.size = sizeof(code);
		code.address += BASE;
		code.bytes = bytes;
		code.n_bytes = size;
		fill(bytes, size, random);
		check_insn(&code, below(random, size));
		check_flow(&code, random);
		free(bytes);
	}
}

void test_flow_random(void)
{
	uint64_t random = 0x9e3779b97f4a7c15;

	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++)
		test_target(&targets[i], &random);
}
