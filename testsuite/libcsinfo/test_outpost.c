// SPDX-License-Identifier: MIT
/* outpost.c: what comes before a gate that addresses memory relative to rip. */
#include <elf.h>
#include <string.h>

#include "csinfo.h"
#include "test.h"

#define BASE 0x10000u
#define NOWHERE 0x80000000u

/* Offsets in the code below. */
enum {
	BEFORE = 3,
	LOAD = 6,
	GATE = 13,
	START = 29,
	END = 32,
	HANDLER = 36,
};

static const unsigned char code_bytes[] = {
	0x48, 0x85, 0xff,			     /* test %rdi, %rdi */
	0x48, 0x89, 0xf1,			     /* mov %rsi, %rcx */
	0x48, 0x8b, 0x15, 0,	0,    0,    0,	     /* mov 0(%rip), %rdx */
	0x48, 0x8d, 0x05, 0xec, 0xff, 0,    0,	     /* lea DESCRIPTOR(%rip), %rax */
	0x64, 0x48, 0x89, 0x04, 0x25, 8,    0, 0, 0, /* mov %rax, %fs:8 */
	0x90, 0xc3,				     /* nop; ret: the section */
	0xc3,					     /* ret */
	0x53, 0x30, 0x05, 0x53,			     /* the signature */
	0xc3, 0x90, 0x90, 0x90, 0x90, 0x90,	     /* ret */
};

/* The code with the N bytes at OFFSET changed to BYTES, and what is known of its section. */
struct variant {
	const char *what;
	size_t offset;
	size_t n;
	unsigned char bytes[6];
	uint64_t func_start;
	uint64_t func_size;
	uint64_t abort;
};

#define WHOLE 0, sizeof(code_bytes), HANDLER

static struct csinfo_flow *flow_of(const struct variant *variant)
{
	unsigned char bytes[sizeof(code_bytes)];
	const struct csinfo_code code = {sizeof(code), BASE,	   bytes,	sizeof(bytes),
					 EM_X86_64,    ELFCLASS64, ELFDATA2LSB, 0};
	const struct csinfo_section section = {
		.size = sizeof(section),
		.descriptor = 0x20000,
		.start_ip = BASE + START,
		.post_commit_offset = 2,
		.abort_ip = BASE + variant->abort,
		.func_start = variant->func_size ? BASE + variant->func_start : 0,
		.func_size = variant->func_size,
	};
	struct csinfo_flow *flow = NULL;

	memcpy(bytes, code_bytes, sizeof(bytes));
	memcpy(bytes + variant->offset, variant->bytes, variant->n);
	CHECK_EQUAL(csinfo_flow_open_memory(&code, &section, NULL, 0, &flow, NULL), 0);
	return flow;
}

static uint32_t count(const struct csinfo_flow *flow)
{
	struct csinfo_flow_info info = {.size = sizeof(info)};

	CHECK_EQUAL(csinfo_flow_get(flow, &info), 0);
	return info.n_outposts;
}

/* Outpost NUMBER of FLOW is at ADDRESS, and goes on to NEXT. */
static void check_outpost(const struct csinfo_flow *flow, size_t number, uint64_t address,
			  uint64_t next)
{
	struct csinfo_outpost outpost = {.size = sizeof(outpost)};

	if (!CHECK(!csinfo_flow_outpost(flow, number, &outpost)))
		return;
	CHECK_EQUAL(outpost.address, address == NOWHERE ? CSINFO_NO_ADDRESS : BASE + address);
	CHECK_EQUAL(outpost.gate, BASE + GATE);
	CHECK_EQUAL(outpost.next, next == NOWHERE ? CSINFO_NO_ADDRESS : BASE + next);
}

/* What the only way to the gate comes by. */
static void test_one(void)
{
	static const struct variant variants[] = {
		{"plain", 0, 0, {0}, WHOLE},
		{"jump away, perhaps", BEFORE, 3, {0x90, 0x74, 0x19}, WHOLE},
		{"call by a pointer behind a section", HANDLER, 6, {0xff, 0x25, 0}, WHOLE},
		{"handler outside", 0, 0, {0}, 0, END, HANDLER},
	};

	for (size_t i = 0; i < sizeof(variants) / sizeof(*variants); i++) {
		struct csinfo_flow *flow = flow_of(&variants[i]);
		struct csinfo_outpost past = {.size = sizeof(past)};

		test_check(count(flow) == 1, variants[i].what, __FILE__, __LINE__);
		check_outpost(flow, 0, i == 1 ? BEFORE + 1 : BEFORE, LOAD);
		CHECK_EQUAL(csinfo_flow_outpost(flow, 1, &past), CSINFO_E_NOT_FOUND);
		csinfo_flow_free(flow);
	}
	CHECK_EQUAL(csinfo_flow_outpost(NULL, 0, NULL), CSINFO_E_ARGUMENT);
}

/* The abort handler jumps to the gate, from inside the function and from outside. */
static void test_handler(void)
{
	static const struct variant variants[] = {
		{"inside", HANDLER, 2, {0xeb, 0xe7}, WHOLE},
		{"outside", HANDLER, 2, {0xeb, 0xe7}, 0, END, HANDLER},
	};

	for (size_t i = 0; i < sizeof(variants) / sizeof(*variants); i++) {
		struct csinfo_flow *flow = flow_of(&variants[i]);

		test_check(count(flow) == 2, variants[i].what, __FILE__, __LINE__);
		check_outpost(flow, 0, HANDLER, GATE);
		check_outpost(flow, 1, BEFORE, LOAD);
		csinfo_flow_free(flow);
	}
}

/* Nothing is certain, or nothing may stand there. */
static void test_none(void)
{
	static const struct variant variants[] = {
		{"no function", 0, 0, {0}, 0, 0, HANDLER},
		{"begins with the gate", 0, 0, {0}, GATE, sizeof(code_bytes) - GATE, HANDLER},
		{"begins with the load", 0, 0, {0}, LOAD, sizeof(code_bytes) - LOAD, HANDLER},
		{"a call", 1, 5, {0xe8, 0, 0, 0, 0}, WHOLE},
		{"a system call", BEFORE, 3, {0x90, 0x0f, 0x05}, WHOLE},
		{"an indirect jump", HANDLER, 2, {0xff, 0xe0}, WHOLE},
		{"nothing goes on to it", BEFORE, 3, {0x90, 0x90, 0xc3}, WHOLE},
		{"the kernel comes there",
		 BEFORE,
		 3,
		 {0x90, 0x90, 0xc3},
		 0,
		 sizeof(code_bytes),
		 LOAD},
		{"its own section does", START, 2, {0x75, 0xee}, WHOLE},
		{"a handler that can't be read", 0, 0, {0}, 0, END, 0x100000},
	};

	for (size_t i = 0; i < sizeof(variants) / sizeof(*variants); i++) {
		struct csinfo_flow *flow = flow_of(&variants[i]);

		test_check(count(flow) == 1, variants[i].what, __FILE__, __LINE__);
		check_outpost(flow, 0, NOWHERE, NOWHERE);
		csinfo_flow_free(flow);
	}
}

/* A gate that has no need for any. */
static void test_no_need(void)
{
	/* mov $number, %rax */
	static const struct variant variant = {"", GATE, 3, {0x48, 0xc7, 0xc0}, WHOLE};
	struct csinfo_flow *flow = flow_of(&variant);

	CHECK_EQUAL(count(flow), 0);
	csinfo_flow_free(flow);
}

void test_outpost(void)
{
	test_one();
	test_handler();
	test_none();
	test_no_need();
}
