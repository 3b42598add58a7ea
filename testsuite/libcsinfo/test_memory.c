// SPDX-License-Identifier: MIT
/* memory.c: which instructions write memory, on each architecture. */
#include <stdio.h>

#include "memory.h"
#include "test.h"

struct machine {
	cs_arch arch;
	cs_mode mode;
};

static const struct machine x86 = {CS_ARCH_X86, CS_MODE_64};
static const struct machine arm64 = {CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN};
static const struct machine arm = {CS_ARCH_ARM, CS_MODE_ARM};
static const struct machine ppc = {CS_ARCH_PPC, CS_MODE_64};
static const struct machine mips = {CS_ARCH_MIPS, CS_MODE_MIPS64};
static const struct machine s390 = {CS_ARCH_SYSZ, CS_MODE_BIG_ENDIAN};

static const struct {
	const struct machine *machine;
	enum memory_write expected;
	size_t size;
	unsigned char bytes[9];
	const char *text;
} cases[] = {
	/* clang-format off */
	{&x86, MEMORY_NONE, 3, {0x48, 0x8b, 0x0a}, "mov (%rdx), %rcx"},
	{&x86, MEMORY_DATA, 3, {0x48, 0x89, 0x0a}, "mov %rcx, (%rdx)"},
	{&x86, MEMORY_STACK, 5, {0x48, 0x89, 0x4c, 0x24, 0x08}, "mov %rcx, 8(%rsp)"},
	{&x86, MEMORY_DATA, 9, {0x64, 0x48, 0x89, 0x0c, 0x25, 0x08, 0x00, 0x00, 0x00}, "mov %rcx, %fs:8"},
	{&x86, MEMORY_DATA, 4, {0xf0, 0x48, 0xff, 0x02}, "lock incq (%rdx)"},
	{&x86, MEMORY_DATA, 5, {0xf0, 0x48, 0x0f, 0xb1, 0x0a}, "lock cmpxchg %rcx, (%rdx)"},
	{&x86, MEMORY_DATA, 4, {0x48, 0x0f, 0xc7, 0x0a}, "cmpxchg16b (%rdx)"},
	{&x86, MEMORY_DATA, 2, {0xf3, 0xa4}, "rep movsb"},
	{&x86, MEMORY_DATA, 3, {0x0f, 0x11, 0x00}, "movups %xmm0, (%rax)"},
	{&x86, MEMORY_NONE, 3, {0x0f, 0x10, 0x00}, "movups (%rax), %xmm0"},
	{&x86, MEMORY_NONE, 4, {0x48, 0x83, 0x3b, 0x00}, "cmpq $0, (%rbx)"},
	{&x86, MEMORY_NONE, 6, {0xf7, 0x03, 0x01, 0x00, 0x00, 0x00}, "testl $1, (%rbx)"},
	{&x86, MEMORY_NONE, 4, {0x48, 0x0f, 0xa3, 0x02}, "bt %rax, (%rdx)"},
	{&x86, MEMORY_NONE, 1, {0xa6}, "cmpsb"},
	{&x86, MEMORY_NONE, 3, {0x0f, 0x1f, 0x00}, "nopl (%rax)"},
	{&x86, MEMORY_NONE, 4, {0x48, 0x8d, 0x58, 0x08}, "lea 8(%rax), %rbx"},
	{&x86, MEMORY_DATA, 2, {0xdd, 0x18}, "fstpl (%rax)"},
	{&x86, MEMORY_NONE, 2, {0xdd, 0x00}, "fldl (%rax)"},
	{&x86, MEMORY_DATA, 4, {0x66, 0x0f, 0xf7, 0xc8}, "maskmovdqu %xmm0, %xmm1"},
	{&x86, MEMORY_NONE, 3, {0x0f, 0x0d, 0x08}, "prefetchw (%rax)"},
	{&x86, MEMORY_DATA, 3, {0x0f, 0x94, 0x00}, "sete (%rax)"},
	{&x86, MEMORY_NONE, 1, {0x50}, "push %rax"},
	{&arm64, MEMORY_DATA, 4, {0x20, 0x00, 0x00, 0xf9}, "str x0, [x1]"},
	{&arm64, MEMORY_STACK, 4, {0xe0, 0x07, 0x01, 0xa9}, "stp x0, x1, [sp, #16]"},
	{&arm64, MEMORY_DATA, 4, {0x20, 0xfc, 0x9f, 0xc8}, "stlr x0, [x1]"},
	{&arm64, MEMORY_NONE, 4, {0x20, 0x00, 0x40, 0xf9}, "ldr x0, [x1]"},
	{&arm64, MEMORY_NONE, 4, {0x20, 0x00, 0x02, 0xcb}, "sub x0, x1, x2"},
	{&arm, MEMORY_DATA, 4, {0x00, 0x00, 0x81, 0x15}, "strne r0, [r1]"},
	{&arm, MEMORY_STACK, 4, {0x00, 0x00, 0x8d, 0xe5}, "str r0, [sp]"},
	{&arm, MEMORY_DATA, 4, {0x06, 0x00, 0x80, 0xe8}, "stm r0, {r1, r2}"},
	{&arm, MEMORY_NONE, 4, {0x00, 0x00, 0x91, 0xe5}, "ldr r0, [r1]"},
	{&arm, MEMORY_NONE, 4, {0x02, 0x00, 0x41, 0xe0}, "sub r0, r1, r2"},
	{&ppc, MEMORY_DATA, 4, {0x00, 0x00, 0x64, 0xf8}, "std 3, 0(4)"},
	{&ppc, MEMORY_DATA, 4, {0x2d, 0x29, 0x64, 0x7c}, "stwcx. 3, 4, 5"},
	{&ppc, MEMORY_STACK, 4, {0x08, 0x00, 0x61, 0xf8}, "std 3, 8(1)"},
	{&ppc, MEMORY_NONE, 4, {0x00, 0x00, 0x64, 0xe8}, "ld 3, 0(4)"},
	{&mips, MEMORY_DATA, 4, {0x00, 0x00, 0x62, 0xfc}, "sd $2, 0($3)"},
	{&mips, MEMORY_STACK, 4, {0x00, 0x00, 0xa2, 0xaf}, "sw $2, 0($sp)"},
	{&mips, MEMORY_NONE, 4, {0x00, 0x00, 0x62, 0x8c}, "lw $2, 0($3)"},
	{&mips, MEMORY_NONE, 4, {0x22, 0x10, 0x64, 0x00}, "sub $2, $3, $4"},
	{&s390, MEMORY_DATA, 6, {0xe3, 0x00, 0x10, 0x00, 0x00, 0x24}, "stg %r0, 0(%r1)"},
	{&s390, MEMORY_STACK, 4, {0x92, 0x03, 0xf0, 0x00}, "mvi 0(%r15), 3"},
	{&s390, MEMORY_DATA, 6, {0xeb, 0x01, 0x20, 0x00, 0x00, 0x30}, "csg %r0, %r1, 0(%r2)"},
	{&s390, MEMORY_NONE, 6, {0xe3, 0x10, 0x20, 0x00, 0x00, 0x04}, "lg %r1, 0(%r2)"},
	{&s390, MEMORY_NONE, 6, {0xc0, 0x1b, 0x00, 0x00, 0x00, 0x03}, "nilf %r1, 3"},
	/* clang-format on */
};

/* What the first instruction of BYTES writes; -1 when there is none. */
static int written(const struct machine *machine, const unsigned char *bytes, size_t size)
{
	cs_insn *insn;
	int result = -1;
	csh capstone;

	if (cs_open(machine->arch, machine->mode, &capstone) != CS_ERR_OK)
		return -1;
	cs_option(capstone, CS_OPT_DETAIL, CS_OPT_ON);
	if (cs_disasm(capstone, bytes, size, 0, 1, &insn) == 1) {
		result = (int)memory_written(machine->arch, insn);
		cs_free(insn, 1);
	}
	cs_close(&capstone);
	return result;
}

void test_memory(void)
{
	CHECK_EQUAL(memory_written(CS_ARCH_X86, &(cs_insn){0}), MEMORY_UNKNOWN);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (!CHECK_EQUAL(written(cases[i].machine, cases[i].bytes, cases[i].size),
				 cases[i].expected))
			printf("\t%s\n", cases[i].text);
}
