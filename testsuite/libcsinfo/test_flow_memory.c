// SPDX-License-Identifier: MIT
/* flow.c and store.c on code in memory. */
#include <elf.h>
#include <stdio.h>
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

static struct csinfo_code code_at(const void *bytes, size_t size)
{
	return (struct csinfo_code){.size = sizeof(struct csinfo_code),
				    .address = BASE,
				    .bytes = bytes,
				    .n_bytes = size,
				    .machine = EM_X86_64,
				    .elf_class = ELFCLASS64,
				    .byte_order = ELFDATA2LSB};
}

/* Decode and free PROGRAM. */
static int decode(struct program *made, struct csinfo_flow **flow)
{
	struct csinfo_code code = code_at(made->bytes, made->size);
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

/*
 * A word that holds the descriptor's address, loaded from 0x10000, proves STORE; from
 * %fs:0x10000 it is some other word, and nothing is known.
 */
static void test_segment(void)
{
	/* .quad DESCRIPTOR; mov %fs:0x10000, %rax; mov %rax, %fs:8; nop; nop; ret */
	static const unsigned char bytes[] = {0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00,
					      0x64, 0x48, 0x8b, 0x04, 0x25, 0x00, 0x00, 0x01,
					      0x00, 0x64, 0x48, 0x89, 0x04, 0x25, 0x08, 0x00,
					      0x00, 0x00, 0x90, 0x90, 0xc3};

	for (unsigned char prefix = 0x64; prefix <= 0x66; prefix++) { /* fs, gs, none */
		struct program made = program(bytes, sizeof(bytes), 27, 28);
		struct csinfo_flow *flow = NULL;

		made.bytes[8] = prefix == 0x66 ? 0x90 : prefix;
		made.section.func_start = BASE + 8;
		made.section.func_size = sizeof(bytes) - 8;
		CHECK_EQUAL(decode(&made, &flow), 0);
		CHECK_EQUAL(summary(flow).store, prefix == 0x66 ? BASE + 17 : CSINFO_NO_ADDRESS);
		csinfo_flow_free(flow);
	}
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

/* A pointer of 4 bytes: an immediate, and an address made from that of the code. */
static void test_i386(void)
{
	/* pop %ebx behind a call of it; lea DESCRIPTOR - here(%ebx), %eax; mov %eax, 8(%edi) */
	static const unsigned char pic[] = {0xe8, 0,	0, 0, 0,    0x5b, 0x8d, 0x83,
					    0xfb, 0xff, 0, 0, 0x89, 0x47, 0x08, 0x90};
	/* nop; movl $DESCRIPTOR, %gs:8; nop */
	static const unsigned char plain_store[] = {0x90, 0x65, 0xc7, 0x05, 8, 0,   0,
						    0,	  0,	0,    2,    0, 0x90};
	struct program made = program(pic, sizeof(pic), 15, 16);
	struct csinfo_code code = code_at(made.bytes, made.size);
	struct csinfo_flow *flow = NULL;

	code.machine = EM_386;
	code.elf_class = ELFCLASS32;
	CHECK_EQUAL(csinfo_flow_open_memory(&code, &made.section, NULL, 0, &flow, NULL), 0);
	CHECK_EQUAL(summary(flow).store, BASE + 12);
	CHECK_EQUAL(summary(flow).n_gates, 1);
	csinfo_flow_free(flow);
	free(made.bytes);
	made = program(plain_store, sizeof(plain_store), 12, 13);
	code.bytes = made.bytes;
	code.n_bytes = made.size;
	CHECK_EQUAL(csinfo_flow_open_memory(&code, &made.section, NULL, 0, &flow, NULL), 0);
	CHECK_EQUAL(summary(flow).store, BASE + 1);
	CHECK_EQUAL(summary(flow).store_length, 11);
	csinfo_flow_free(flow);
	free(made.bytes);
}

/* The flow of [START, COMMIT) of SIZE BYTES, code for MACHINE; NULL when it can't be had. */
static struct csinfo_flow *flow_of(const struct csinfo_code *machine, const void *bytes,
				   size_t size, uint64_t start, uint64_t commit)
{
	struct program made = program(bytes, size, start, commit);
	struct csinfo_code code = code_at(made.bytes, size);
	struct csinfo_flow *flow = NULL;

	code.machine = machine->machine;
	code.elf_class = machine->elf_class;
	code.byte_order = machine->byte_order;
	code.address += machine->address;
	CHECK_EQUAL(csinfo_flow_open_memory(&code, &made.section, NULL, 0, &flow, NULL), 0);
	free(made.bytes);
	return flow;
}

/* DESCRIPTOR goes from one register to the next before it is stored. */
static void test_values(void)
{
	static const struct {
		struct csinfo_code machine;
		unsigned int store; /* offset */
		unsigned int size;
		unsigned char bytes[40];
	} examples[] = {
		/* lis 4, 2; mr 5, 4; li 6, 0; add 5, 5, 6; std 5, 8(3); nop; nop */
		{{.machine = EM_PPC64, .elf_class = ELFCLASS64, .byte_order = ELFDATA2MSB},
		 16,
		 28,
		 {0x3c, 0x80, 0,    2,	  0x7c, 0x85, 0x23, 0x78, 0x38, 0xc0, 0,    0, 0x7c, 0xa5,
		  0x32, 0x14, 0xf8, 0xa3, 0,	8,    0x60, 0,	  0,	0,    0x60, 0, 0,    0}},
		/* .quad DESCRIPTOR; lis 4, 1; li 6, 0; ldx 5, 4, 6; std 5, 8(3); nop; nop */
		{{.machine = EM_PPC64, .elf_class = ELFCLASS64, .byte_order = ELFDATA2MSB},
		 20,
		 32,
		 {0,	0,    0,    0,	  0,	2,    0, 0, 0x3c, 0x80, 0, 1, 0x38, 0xc0, 0, 0,
		  0x7c, 0xa4, 0x30, 0x2a, 0xf8, 0xa3, 0, 8, 0x60, 0,	0, 0, 0x60, 0,	  0, 0}},
		/* llilf 1, DESCRIPTOR; lgr 2, 1; lghi 5, 0; agr 2, 5; stg 2, 8(4); nopr; nopr */
		{{.machine = EM_S390, .elf_class = ELFCLASS64, .byte_order = ELFDATA2MSB},
		 18,
		 28,
		 {0xc0, 0x1f, 0, 2,    0,    0,	   0xb9, 0x04, 0, 0x21, 0xa7, 0x59, 0, 0,
		  0xb9, 0x08, 0, 0x25, 0xe3, 0x20, 0x40, 8,    0, 0x24, 7,    0,    7, 0}},
		/* call thunk; lea DESCRIPTOR - here(%ebx), %eax; mov %eax, 8(%edi); nop; nop;
		 * ret; thunk: mov (%esp), %ebx; ret */
		{{.machine = EM_386, .elf_class = ELFCLASS32, .byte_order = ELFDATA2LSB},
		 11,
		 21,
		 {0xe8, 12,   0, 0,    0,    0x8d, 0x83, 0xfb, 0xff, 0,	  0,
		  0x89, 0x47, 8, 0x90, 0x90, 0xc3, 0x8b, 0x1c, 0x24, 0xc3}},
	};

	for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
		bool is_x86 = examples[i].machine.machine == EM_386;
		unsigned int unit = is_x86 ? 1 : examples[i].machine.machine == EM_S390 ? 2 : 4;
		uint64_t start = is_x86 ? 15 : examples[i].size - unit;
		struct csinfo_flow *flow = flow_of(&examples[i].machine, examples[i].bytes,
						   examples[i].size, start, start + unit);

		if (!CHECK_EQUAL(summary(flow).store, BASE + examples[i].store))
			printf("\texample %zu\n", i);
		CHECK_EQUAL(summary(flow).store_position, CSINFO_STORE_EARLIER);
		csinfo_flow_free(flow);
	}
}

/* STORE in a delay slot runs with the branch in front, and cannot be told from it. */
static void test_delay_slot(void)
{
	/* lui $4, 2; bnez $7, .+8; sw $4, 12($5); nop; bnez $7, .+12; nop */
	static const unsigned char bytes[] = {0x3c, 0x04, 0x00, 0x02, 0x14, 0xe0, 0x00, 0x01,
					      0xac, 0xa4, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x00,
					      0x14, 0xe0, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00};
	static const struct csinfo_code mips = {
		.machine = EM_MIPS, .elf_class = ELFCLASS32, .byte_order = ELFDATA2MSB};
	struct csinfo_flow *flow = flow_of(&mips, bytes, sizeof(bytes), 12, 24);
	struct csinfo_exit way = {.size = sizeof(way)};

	CHECK_EQUAL(summary(flow).store, BASE + 4);
	CHECK_EQUAL(summary(flow).store_length, 8);
	CHECK_EQUAL(summary(flow).store_position, CSINFO_STORE_ADJACENT);
	CHECK_EQUAL(summary(flow).n_gates, 1);
	CHECK_EQUAL(summary(flow).flags, 0);
	CHECK_EQUAL(summary(flow).n_exits, 3);
	CHECK_EQUAL(csinfo_flow_exit(flow, 0, &way), 0);
	CHECK_EQUAL(way.address, BASE + 24);
	CHECK_EQUAL(way.kind, CSINFO_EXIT_COMMIT);
	CHECK_EQUAL(way.from, BASE + 16);
	csinfo_flow_free(flow);
}

/* A return on a condition also goes on: by its own bits, or by an `it' in front of it. */
static void test_conditional_return(void)
{
	/* bxne lr; nop */
	static const unsigned char a32[] = {0x1e, 0xff, 0x2f, 0x11, 0x00, 0xf0, 0x20, 0xe3};
	/* it ne; bxne lr; nop; nop */
	static const unsigned char t32[] = {0x18, 0xbf, 0x70, 0x47, 0x00, 0xbf, 0x00, 0xbf};
	static const struct csinfo_code arm = {
		.machine = EM_ARM, .elf_class = ELFCLASS32, .byte_order = ELFDATA2LSB};
	static const struct csinfo_code thumb = {.machine = EM_ARM,
						 .elf_class = ELFCLASS32,
						 .byte_order = ELFDATA2LSB,
						 .address = 1};

	for (int is_thumb = 0; is_thumb < 2; is_thumb++) {
		struct csinfo_flow *flow = flow_of(is_thumb ? &thumb : &arm, is_thumb ? t32 : a32,
						   sizeof(a32), 0, sizeof(a32));
		struct csinfo_exit way = {.size = sizeof(way)};

		CHECK_EQUAL(summary(flow).flags,
			    CSINFO_FLOW_RETURN | (is_thumb ? CSINFO_FLOW_THUMB : 0));
		CHECK_EQUAL(summary(flow).n_exits, 3);
		CHECK_EQUAL(csinfo_flow_exit(flow, 0, &way), 0);
		CHECK_EQUAL(way.kind, CSINFO_EXIT_COMMIT);
		CHECK_EQUAL(csinfo_flow_exit(flow, 2, &way), 0);
		CHECK_EQUAL(way.kind, CSINFO_EXIT_RETURN);
		csinfo_flow_free(flow);
	}
}

/* A descriptor among the code with the same contents serves as well (librseq on arm). */
static void test_copy_of_descriptor(void)
{
	unsigned char bytes[64] = {
		0x18, 0x00, 0x8f, 0xe2, /* add r0, pc, #24: the copy at 32 */
		0x08, 0x00, 0x81, 0xe5, /* str r0, [r1, #8] */
		0x00, 0xf0, 0x20, 0xe3, /* nop */
		0x00, 0xf0, 0x20, 0xe3, /* nop: the section */
	};
	static const struct csinfo_code arm = {
		.machine = EM_ARM, .elf_class = ELFCLASS32, .byte_order = ELFDATA2LSB};
	const uint64_t copy[4] = {0, BASE + 12, 4, ABORT};
	struct csinfo_flow *flow;

	flow = flow_of(&arm, bytes, sizeof(bytes), 12, 16);
	CHECK_EQUAL(summary(flow).store, CSINFO_NO_ADDRESS);
	csinfo_flow_free(flow);
	memcpy(bytes + 32, copy, sizeof(copy));
	flow = flow_of(&arm, bytes, sizeof(bytes), 12, 16);
	CHECK_EQUAL(summary(flow).store, BASE + 4);
	CHECK_EQUAL(summary(flow).store_position, CSINFO_STORE_EARLIER);
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
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo_code code = code_at(plain, sizeof(plain));
	struct csinfo_code wraps = code_at(plain, sizeof(plain));
	struct csinfo_flow *flow = NULL;

	wraps.address = UINT64_MAX;
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
	code.machine = 258; /* loongarch */
	CHECK_EQUAL(csinfo_flow_open_memory(&code, &section, NULL, 0, &flow, &err),
		    CSINFO_E_UNSUPPORTED);
	CHECK(!strcmp(err.message, "flow: not available for loongarch"));
	code.size = sizeof(code.size);
	CHECK_EQUAL(csinfo_flow_open_memory(&code, &section, NULL, 0, &flow, NULL),
		    CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_flow_get(NULL, NULL), CSINFO_E_ARGUMENT);
	CHECK(!flow);
}

void test_flow_memory(void)
{
	test_plain();
	test_upper_half();
	test_segment();
	test_immediate();
	test_i386();
	test_values();
	test_delay_slot();
	test_conditional_return();
	test_copy_of_descriptor();
	test_abort_at_commit();
	test_merge();
	test_ranges();
	test_absurd_functions();
	test_too_long();
	test_arguments();
}
