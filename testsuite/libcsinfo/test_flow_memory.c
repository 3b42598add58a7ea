// SPDX-License-Identifier: MIT
/* flow.c, store.c and insn.c on code in memory. */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "csinfo.h"
#include "test.h"

#define BASE 0x10000u
#define DESCRIPTOR 0x20000u
#define ABORT 0x30000u

/* The code of a test: ROOM bytes of memory of their own, for the sanitizer. */
struct program {
	unsigned char *bytes;
	size_t size;
	struct csinfo_section section;
};

/* A program whose section is [START, COMMIT) of SIZE bytes. */
static struct program program(const void *bytes, size_t size, uint64_t start, uint64_t commit)
{
	struct program made = {.bytes = malloc(size), .size = size};

	memcpy(made.bytes, bytes, size);
	made.section.size = sizeof(made.section);
	made.section.descriptor = DESCRIPTOR;
	made.section.start_ip = BASE + start;
	made.section.post_commit_offset = commit - start;
	made.section.abort_ip = ABORT;
	return made;
}

/* Decode and free PROGRAM. */
static int decode(struct program *made, struct csinfo_flow **flow)
{
	struct csinfo_code code = {BASE, made->bytes, made->size, EM_X86_64};
	int status = csinfo_flow_open_memory(&code, &made->section, NULL, 0, flow, NULL);

	free(made->bytes);
	return status;
}

static struct csinfo_flow_info summary(const struct csinfo_flow *flow)
{
	struct csinfo_flow_info info = {.size = sizeof(info)};

	CHECK_EQUAL(csinfo_flow_get(flow, &info), 0);
	return info;
}

/* mov $DESCRIPTOR, %rax; mov %rax, %fs:8; nop; nop; ret */
static const unsigned char plain[] = {
	0x48, 0xc7, 0xc0, 0x00, 0x00, 0x02, 0x00, 0x64, 0x48, 0x89,
	0x04, 0x25, 0x08, 0x00, 0x00, 0x00, 0x90, 0x90, 0xc3,
};

/* With a function, the gate is decoded; without, proven, its prefix included. */
static void test_plain(void)
{
	for (int with_function = 0; with_function < 2; with_function++) {
		struct program made = program(plain, sizeof(plain), 16, 18);
		struct csinfo_gate gate = {.size = sizeof(gate)};
		struct csinfo_flow *flow = NULL;

		made.section.func_start = with_function ? BASE : 0;
		made.section.func_size = with_function ? sizeof(plain) : 0;
		if (!CHECK(decode(&made, &flow) == 0))
			return;
		CHECK_EQUAL(summary(flow).store, BASE + 7);
		CHECK_EQUAL(summary(flow).store_length, 9);
		CHECK_EQUAL(summary(flow).store_position, CSINFO_STORE_ADJACENT);
		CHECK_EQUAL(summary(flow).n_gates, 1);
		CHECK_EQUAL(csinfo_flow_gate(flow, 0, &gate), 0);
		CHECK_EQUAL(gate.address, BASE);
		CHECK_EQUAL(gate.kind, CSINFO_GATE_FALLTHROUGH);
		CHECK_EQUAL(csinfo_flow_gate(flow, 1, &gate), CSINFO_E_NOT_FOUND);
		csinfo_flow_free(flow);
	}
}

/* A 32-bit load clears the upper half, whatever its sign. */
static void test_upper_half(void)
{
	/* mov $0xfffff000, %eax; mov %rax, %fs:8; nop; nop; ret */
	static const unsigned char bytes[] = {0xb8, 0x00, 0xf0, 0xff, 0xff, 0x64, 0x48, 0x89, 0x04,
					      0x25, 0x08, 0x00, 0x00, 0x00, 0x90, 0x90, 0xc3};
	struct program made = program(bytes, sizeof(bytes), 15, 16);
	struct csinfo_flow *flow = NULL;

	made.section.descriptor = 0xfffff000;
	CHECK_EQUAL(decode(&made, &flow), 0);
	CHECK_EQUAL(summary(flow).store, BASE + 5);
	CHECK_EQUAL(summary(flow).store_position, CSINFO_STORE_EARLIER);
	CHECK_EQUAL(summary(flow).n_gates, 1);
	csinfo_flow_free(flow);
}

/* An immediate proves STORE, and nothing about the bytes in front of it. */
static void test_immediate(void)
{
	/* nop; movq $DESCRIPTOR, %fs:8; nop */
	static const unsigned char bytes[] = {0x90, 0x64, 0x48, 0xc7, 0x04, 0x25, 0x08, 0x00,
					      0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x90};
	struct program made = program(bytes, sizeof(bytes), 14, 15);
	struct csinfo_flow *flow = NULL;

	CHECK_EQUAL(decode(&made, &flow), 0);
	CHECK_EQUAL(summary(flow).store, BASE + 1);
	CHECK_EQUAL(summary(flow).n_gates, 0);
	csinfo_flow_free(flow);
	made = program(bytes, sizeof(bytes), 1, 15);
	CHECK_EQUAL(decode(&made, &flow), 0);
	CHECK_EQUAL(summary(flow).store_position, CSINFO_STORE_INSIDE);
	CHECK_EQUAL(summary(flow).n_gates, 0);
	csinfo_flow_free(flow);
}

/* The abort handler at the commit address: arriving there is no commit. */
static void test_abort_at_commit(void)
{
	struct program made = program(plain, sizeof(plain), 16, 18);
	struct csinfo_exit way = {.size = sizeof(way)};
	struct csinfo_flow *flow = NULL;

	made.section.abort_ip = BASE + 18;
	CHECK_EQUAL(decode(&made, &flow), 0);
	CHECK_EQUAL(summary(flow).n_exits, 1);
	CHECK_EQUAL(csinfo_flow_exit(flow, 0, &way), 0);
	CHECK_EQUAL(way.kind, CSINFO_EXIT_COMMIT);
	CHECK_EQUAL(way.flags, CSINFO_EXIT_TO_COMMIT | CSINFO_EXIT_BY_CODE);
	CHECK_EQUAL(way.from, BASE + 17);
	csinfo_flow_free(flow);
}

/* The commit address reached by falling through and by a branch: one exit. */
static void test_merge(void)
{
	/* je +1; nop */
	static const unsigned char bytes[] = {0x74, 0x01, 0x90, 0xc3};
	struct program made = program(bytes, sizeof(bytes), 0, 3);
	struct csinfo_exit way = {.size = sizeof(way)};
	struct csinfo_flow *flow = NULL;

	CHECK_EQUAL(decode(&made, &flow), 0);
	CHECK_EQUAL(summary(flow).n_exits, 2);
	CHECK_EQUAL(summary(flow).flags, CSINFO_FLOW_BRANCH_TO_COMMIT);
	CHECK_EQUAL(csinfo_flow_exit(flow, 0, &way), 0);
	CHECK_EQUAL(way.address, BASE + 3);
	CHECK_EQUAL(way.kind, CSINFO_EXIT_COMMIT);
	CHECK_EQUAL(way.from, BASE + 2);
	CHECK_EQUAL(way.flags, CSINFO_EXIT_TO_COMMIT | CSINFO_EXIT_BY_CODE);
	csinfo_flow_free(flow);
}

/* The status for a range of plain[]. */
static int status_of(uint64_t start, uint64_t commit)
{
	struct program made = program(plain, sizeof(plain), start, commit);
	struct csinfo_flow *flow = NULL;
	int status = decode(&made, &flow);

	csinfo_flow_free(flow);
	return status;
}

static void test_ranges(void)
{
	CHECK_EQUAL(status_of(16, 19), 0);
	CHECK_EQUAL(status_of(16, 20), CSINFO_E_MALFORMED);
	CHECK_EQUAL(status_of(16, 16), CSINFO_E_MALFORMED);
	CHECK_EQUAL(status_of(UINT64_MAX, 18), CSINFO_E_MALFORMED);
	CHECK_EQUAL(status_of(16, UINT64_MAX - BASE - 1), CSINFO_E_MALFORMED);
	CHECK_EQUAL(status_of(16, 8), CSINFO_E_MALFORMED);
}

/* A function that is said to be larger or elsewhere than the code. */
static void test_absurd_functions(void)
{
	static const uint64_t functions[][2] = {
		{0, UINT64_MAX},	  {BASE, UINT64_MAX},	  {BASE, UINT64_MAX - BASE},
		{UINT64_MAX, UINT64_MAX}, {BASE - 100, 50},	  {BASE + 16, 1},
		{BASE + 17, 1},		  {BASE - 100, 1u << 20},
	};

	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
		struct program made = program(plain, sizeof(plain), 16, 18);
		struct csinfo_flow *flow = NULL;

		made.section.func_start = functions[i][0];
		made.section.func_size = functions[i][1];
		CHECK_EQUAL(decode(&made, &flow), 0);
		csinfo_flow_free(flow);
	}
}

static void test_too_long(void)
{
	size_t size = (64u << 10) + 1;
	unsigned char *nops = malloc(size);
	struct program made;
	struct csinfo_flow *flow = NULL;

	memset(nops, 0x90, size);
	made = program(nops, size, 0, size);
	CHECK_EQUAL(decode(&made, &flow), CSINFO_E_UNSUPPORTED);
	made = program(nops, size, 0, size - 1);
	CHECK_EQUAL(decode(&made, &flow), 0);
	csinfo_flow_free(flow);
	free(nops);
}

static void test_arguments(void)
{
	struct csinfo_section section = {.size = sizeof(section)};
	struct csinfo_code code = {BASE, plain, sizeof(plain), EM_X86_64};
	struct csinfo_code wraps = {UINT64_MAX, plain, sizeof(plain), EM_X86_64};
	struct csinfo_flow *flow = NULL;

	CHECK_EQUAL(csinfo_flow_open_memory(NULL, &section, NULL, 0, &flow, NULL),
		    CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_flow_open_memory(&code, NULL, NULL, 0, &flow, NULL), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_flow_open_memory(&code, &section, NULL, 1, &flow, NULL),
		    CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_flow_open_memory(&code, &section, NULL, 0, NULL, NULL),
		    CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_flow_open_memory(&wraps, &section, NULL, 0, &flow, NULL),
		    CSINFO_E_ARGUMENT);
	section.start_ip = BASE;
	section.post_commit_offset = 7;
	code.machine = EM_RISCV;
	CHECK_EQUAL(csinfo_flow_open_memory(&code, &section, NULL, 0, &flow, NULL),
		    CSINFO_E_UNSUPPORTED);
	CHECK_EQUAL(csinfo_flow_get(NULL, NULL), CSINFO_E_ARGUMENT);
	CHECK(!flow);
}

void test_flow_memory(void)
{
	test_plain();
	test_upper_half();
	test_immediate();
	test_abort_at_commit();
	test_merge();
	test_ranges();
	test_absurd_functions();
	test_too_long();
	test_arguments();
}

struct decoding {
	unsigned char bytes[10];
	size_t size;
	int kind;
	uint64_t target;
};

static const struct decoding decodings[] = {
	{{0x90}, 1, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS},
	{{0xf3, 0x0f, 0x1e, 0xfa}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS},
	{{0xeb, 0x02}, 2, CSINFO_INSN_JUMP, BASE + 4},
	{{0xe9, 0, 1, 0, 0}, 5, CSINFO_INSN_JUMP, BASE + 5 + 256},
	{{0xf2, 0xe9, 0, 0, 0, 0}, 6, CSINFO_INSN_JUMP, BASE + 6},
	{{0x74, 0xfe}, 2, CSINFO_INSN_BRANCH, BASE},
	{{0x0f, 0x84, 0xff, 0xff, 0xff, 0xff}, 6, CSINFO_INSN_BRANCH, BASE + 5},
	{{0xe2, 0xfe}, 2, CSINFO_INSN_BRANCH, BASE},
	{{0xe3, 0x10}, 2, CSINFO_INSN_BRANCH, BASE + 0x12},
	{{0xc7, 0xf8, 1, 0, 0, 0}, 6, CSINFO_INSN_BRANCH, BASE + 7},
	{{0xe8, 0, 0, 0, 0}, 5, CSINFO_INSN_CALL, BASE + 5},
	{{0xff, 0xd0}, 2, CSINFO_INSN_CALL, CSINFO_NO_ADDRESS},
	{{0xc3}, 1, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS},
	{{0xf3, 0xc3}, 2, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS},
	{{0xc2, 8, 0}, 3, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS},
	{{0xcb}, 1, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS},
	{{0x48, 0xcf}, 2, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS},
	{{0xff, 0xe0}, 2, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS},
	{{0x3e, 0xff, 0xe0}, 3, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS},
	{{0xff, 0x25, 0, 0, 0, 0}, 6, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS},
	{{0xff, 0x2d, 0, 0, 0, 0}, 6, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS},
	{{0x0f, 0x05}, 2, CSINFO_INSN_SYSCALL, CSINFO_NO_ADDRESS},
	{{0x0f, 0x34}, 2, CSINFO_INSN_SYSCALL, CSINFO_NO_ADDRESS},
	{{0xcd, 0x80}, 2, CSINFO_INSN_SYSCALL, CSINFO_NO_ADDRESS},
	{{0x0f, 0x0b}, 2, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS},
	/* Capstone leaves out the operand of ud1, which nothing follows anyway. */
	{{0x0f, 0xb9}, 2, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS},
	{{0xcc}, 1, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS},
	{{0xf4}, 1, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS},
};

/* The decoding must need exactly its bytes, and give its kind and target. */
static void check_decoding(const struct decoding *expected)
{
	struct csinfo_insn insn = {.size = sizeof(insn)};
	unsigned char *bytes = malloc(expected->size);
	struct csinfo_code code = {BASE, bytes, expected->size, EM_X86_64};

	memcpy(bytes, expected->bytes, expected->size);
	CHECK_EQUAL(csinfo_decode(&code, &insn), 0);
	if (!CHECK_EQUAL(insn.length, expected->size) || !CHECK_EQUAL(insn.kind, expected->kind) ||
	    !CHECK_EQUAL(insn.target, expected->target))
		CHECK_EQUAL(expected - decodings, -1);
	code.size--;
	CHECK(csinfo_decode(&code, &insn) != 0);
	free(bytes);
}

void test_decode(void)
{
	/* Nothing; a displacement of 16 or 32 bits, as the processor likes. */
	static const unsigned char bad[][6] = {{0x06}, {0x66, 0xe9, 0, 0, 0, 0}};
	struct csinfo_insn insn = {.size = sizeof(insn)};

	for (size_t i = 0; i < sizeof(decodings) / sizeof(*decodings); i++)
		check_decoding(&decodings[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct csinfo_code code = {BASE, bad[i], sizeof(bad[i]), EM_X86_64};

		CHECK_EQUAL(csinfo_decode(&code, &insn), CSINFO_E_MALFORMED);
		code.machine = EM_386;
		CHECK_EQUAL(csinfo_decode(&code, &insn), CSINFO_E_UNSUPPORTED);
		CHECK_EQUAL(csinfo_decode(&code, NULL), CSINFO_E_ARGUMENT);
	}
	CHECK_EQUAL(csinfo_decode(NULL, &insn), CSINFO_E_ARGUMENT);
}
