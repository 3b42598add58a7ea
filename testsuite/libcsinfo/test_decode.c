// SPDX-License-Identifier: MIT
/* insn.c: one instruction of each kind, on each architecture. */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csinfo.h"
#include "test.h"

#define BASE 0x10000u

struct target {
	int machine;
	int elf_class;
	int byte_order;
	uint32_t elf_flags;
};

static const struct target x86_64 = {EM_X86_64, ELFCLASS64, ELFDATA2LSB, 0};
static const struct target x32 = {EM_X86_64, ELFCLASS32, ELFDATA2LSB, 0};
static const struct target i386 = {EM_386, ELFCLASS32, ELFDATA2LSB, 0};

struct decoding {
	const struct target *target;
	unsigned char bytes[10];
	size_t size;
	int kind;
	uint64_t goes_to;
};

static const struct decoding decodings[] = {
	{&x86_64, {0x90}, 1, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS},
	{&x86_64, {0xf3, 0x0f, 0x1e, 0xfa}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS},
	{&x86_64, {0xeb, 0x02}, 2, CSINFO_INSN_JUMP, BASE + 4},
	{&x86_64, {0xe9, 0, 1, 0, 0}, 5, CSINFO_INSN_JUMP, BASE + 5 + 256},
	{&x86_64, {0xf2, 0xe9, 0, 0, 0, 0}, 6, CSINFO_INSN_JUMP, BASE + 6},
	{&x86_64, {0x74, 0xfe}, 2, CSINFO_INSN_BRANCH, BASE},
	{&x86_64, {0x0f, 0x84, 0xff, 0xff, 0xff, 0xff}, 6, CSINFO_INSN_BRANCH, BASE + 5},
	{&x86_64, {0xe2, 0xfe}, 2, CSINFO_INSN_BRANCH, BASE},
	{&x86_64, {0xe3, 0x10}, 2, CSINFO_INSN_BRANCH, BASE + 0x12},
	{&x86_64, {0xc7, 0xf8, 1, 0, 0, 0}, 6, CSINFO_INSN_BRANCH, BASE + 7},
	{&x86_64, {0xe8, 0, 0, 0, 0}, 5, CSINFO_INSN_CALL, BASE + 5},
	{&x86_64, {0xff, 0xd0}, 2, CSINFO_INSN_CALL, CSINFO_NO_ADDRESS},
	{&x86_64, {0xc3}, 1, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS},
	{&x86_64, {0xf3, 0xc3}, 2, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS},
	{&x86_64, {0xc2, 8, 0}, 3, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS},
	{&x86_64, {0xcb}, 1, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS},
	{&x86_64, {0x48, 0xcf}, 2, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS},
	{&x86_64, {0xff, 0xe0}, 2, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS},
	{&x86_64, {0x3e, 0xff, 0xe0}, 3, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS},
	{&x86_64, {0xff, 0x25, 0, 0, 0, 0}, 6, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS},
	{&x86_64, {0xff, 0x2d, 0, 0, 0, 0}, 6, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS},
	{&x86_64, {0x0f, 0x05}, 2, CSINFO_INSN_SYSCALL, CSINFO_NO_ADDRESS},
	{&x86_64, {0x0f, 0x34}, 2, CSINFO_INSN_SYSCALL, CSINFO_NO_ADDRESS},
	{&x86_64, {0xcd, 0x80}, 2, CSINFO_INSN_SYSCALL, CSINFO_NO_ADDRESS},
	{&x86_64, {0x0f, 0x0b}, 2, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS},
	/* Capstone leaves out the operand of ud1, which nothing follows anyway. */
	{&x86_64, {0x0f, 0xb9}, 2, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS},
	{&x86_64, {0xcc}, 1, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS},
	{&x86_64, {0xf4}, 1, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS},
	{&x32, {0x67, 0x48, 0x89, 0x08}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS},
	{&x32, {0xff, 0xe0}, 2, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS},
	{&i386, {0x40}, 1, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS},
	{&i386, {0xeb, 0x02}, 2, CSINFO_INSN_JUMP, BASE + 4},
	{&i386, {0xe9, 0, 0, 0xfe, 0xff}, 5, CSINFO_INSN_JUMP, 0xffff0005},
	{&i386, {0x0f, 0x84, 0xff, 0xff, 0xff, 0xff}, 6, CSINFO_INSN_BRANCH, BASE + 5},
	{&i386, {0xe3, 0x10}, 2, CSINFO_INSN_BRANCH, BASE + 0x12},
	{&i386, {0xe8, 0, 0, 0, 0}, 5, CSINFO_INSN_CALL, BASE + 5},
	{&i386, {0x65, 0xff, 0x15, 0x10, 0, 0, 0}, 7, CSINFO_INSN_CALL, CSINFO_NO_ADDRESS},
	{&i386, {0xff, 0xe0}, 2, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS},
	{&i386, {0xea, 0, 0, 0, 0, 0x33, 0}, 7, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS},
	{&i386, {0xc3}, 1, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS},
	{&i386, {0xcf}, 1, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS},
	{&i386, {0xcd, 0x80}, 2, CSINFO_INSN_SYSCALL, CSINFO_NO_ADDRESS},
	{&i386, {0x0f, 0x34}, 2, CSINFO_INSN_SYSCALL, CSINFO_NO_ADDRESS},
	{&i386, {0x0f, 0x0b}, 2, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS},
};

static struct csinfo_code code_for(const struct target *target, const void *bytes, size_t size)
{
	return (struct csinfo_code){.size = sizeof(struct csinfo_code),
				    .address = BASE,
				    .bytes = bytes,
				    .n_bytes = size,
				    .machine = target->machine,
				    .elf_class = target->elf_class,
				    .byte_order = target->byte_order,
				    .elf_flags = target->elf_flags};
}

/* The decoding must need exactly its bytes, and give its kind and target. */
static void check_decoding(const struct decoding *expected)
{
	struct csinfo_insn insn = {.size = sizeof(insn)};
	unsigned char *bytes = malloc(expected->size);
	struct csinfo_code code = code_for(expected->target, bytes, expected->size);
	char text[64] = "";

	memcpy(bytes, expected->bytes, expected->size);
	CHECK_EQUAL(csinfo_disassemble(&code, &insn, text, sizeof(text)), 0);
	if (!CHECK_EQUAL(insn.length, expected->size) || !CHECK_EQUAL(insn.kind, expected->kind) ||
	    !CHECK_EQUAL(insn.target, expected->goes_to))
		printf("\tdecoding %td: %s\n", expected - decodings, text);
	code.n_bytes--;
	CHECK(csinfo_decode(&code, &insn) != 0);
	free(bytes);
}

/* Nothing; a displacement of 16 or 32 bits, as the processor likes. */
static void test_no_instruction(void)
{
	static const unsigned char bad[][6] = {{0x06}, {0x66, 0xe9, 0, 0, 0, 0}};
	struct csinfo_insn insn = {.size = sizeof(insn)};
	char text[8];

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct csinfo_code code = code_for(&x86_64, bad[i], sizeof(bad[i]));

		CHECK_EQUAL(csinfo_decode(&code, &insn), CSINFO_E_MALFORMED);
		CHECK_EQUAL(csinfo_disassemble(&code, &insn, text, sizeof(text)),
			    CSINFO_E_MALFORMED);
	}
}

static void test_targets(void)
{
	/* What no decoder is for; a class or byte order that the machine does not have. */
	static const struct target bad[] = {{EM_SPARCV9, ELFCLASS64, ELFDATA2MSB, 0},
					    {EM_386, ELFCLASS64, ELFDATA2LSB, 0},
					    {EM_X86_64, ELFCLASS64, ELFDATA2MSB, 0}};
	static const unsigned char nop[4] = {0x90, 0x90, 0x90, 0x90};
	struct csinfo_insn insn = {.size = sizeof(insn)};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct csinfo_code code = code_for(&bad[i], nop, sizeof(nop));

		CHECK_EQUAL(csinfo_decode(&code, &insn), CSINFO_E_UNSUPPORTED);
	}
}

static void test_arguments(void)
{
	static const unsigned char nop[] = {0x90};
	struct csinfo_code code = code_for(&x86_64, nop, sizeof(nop));
	struct csinfo_insn insn = {.size = sizeof(insn)};
	char text[3] = "";

	CHECK_EQUAL(csinfo_decode(&code, NULL), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_decode(NULL, &insn), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_disassemble(&code, &insn, NULL, 8), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_disassemble(&code, &insn, text, 0), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_disassemble(&code, NULL, text, sizeof(text)), 0);
	CHECK(!strcmp(text, "no"));
	code.size--;
	CHECK_EQUAL(csinfo_decode(&code, &insn), CSINFO_E_ARGUMENT);
}

void test_decode(void)
{
	for (size_t i = 0; i < sizeof(decodings) / sizeof(*decodings); i++)
		check_decoding(&decodings[i]);
	test_no_instruction();
	test_targets();
	test_arguments();
}
