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
static const struct target aarch64 = {EM_AARCH64, ELFCLASS64, ELFDATA2MSB, 0};
static const struct target arm = {EM_ARM, ELFCLASS32, ELFDATA2LSB, 0};
static const struct target thumb = {EM_ARM, ELFCLASS32, ELFDATA2MSB, EF_ARM_BE8};
static const struct target ppc64 = {EM_PPC64, ELFCLASS64, ELFDATA2MSB, 2};
static const struct target s390x = {EM_S390, ELFCLASS64, ELFDATA2MSB, 0};
static const struct target mips64 = {EM_MIPS, ELFCLASS64, ELFDATA2MSB, EF_MIPS_ARCH_64R2};
static const struct target riscv64 = {EM_RISCV, ELFCLASS64, ELFDATA2LSB, 0};

struct decoding {
	const struct target *target;
	unsigned char bytes[10];
	size_t size;
	int kind;
	uint64_t goes_to;
	bool conditional;
	const char *text;
};

static const struct decoding decodings[] = {
	/* clang-format off */
	{&x86_64, {0x90}, 1, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "nop"},
	{&x86_64, {0xf3, 0x0f, 0x1e, 0xfa}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "endbr64"},
	{&x86_64, {0xeb, 0x02}, 2, CSINFO_INSN_JUMP, BASE + 4, false, "jmp 0x10004"},
	{&x86_64, {0xe9, 0x00, 0x01, 0x00, 0x00}, 5, CSINFO_INSN_JUMP, BASE + 5 + 256, false, "jmp 0x10105"},
	{&x86_64, {0xf2, 0xe9, 0x00, 0x00, 0x00, 0x00}, 6, CSINFO_INSN_JUMP, BASE + 6, false, "bnd jmp 0x10006"},
	{&x86_64, {0x74, 0xfe}, 2, CSINFO_INSN_BRANCH, BASE, false, "je 0x10000"},
	{&x86_64, {0x0f, 0x84, 0xff, 0xff, 0xff, 0xff}, 6, CSINFO_INSN_BRANCH, BASE + 5, false, "je 0x10005"},
	{&x86_64, {0xe2, 0xfe}, 2, CSINFO_INSN_BRANCH, BASE, false, "loop 0x10000"},
	{&x86_64, {0xe3, 0x10}, 2, CSINFO_INSN_BRANCH, BASE + 0x12, false, "jrcxz 0x10012"},
	{&x86_64, {0xc7, 0xf8, 0x01, 0x00, 0x00, 0x00}, 6, CSINFO_INSN_BRANCH, BASE + 7, false, "xbegin 0x10007"},
	{&x86_64, {0xe8, 0x00, 0x00, 0x00, 0x00}, 5, CSINFO_INSN_CALL, BASE + 5, false, "call 0x10005"},
	{&x86_64, {0xff, 0xd0}, 2, CSINFO_INSN_CALL, CSINFO_NO_ADDRESS, false, "call rax"},
	{&x86_64, {0xc3}, 1, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "ret"},
	{&x86_64, {0xf3, 0xc3}, 2, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "ret"},
	{&x86_64, {0xc2, 0x08, 0x00}, 3, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "ret 8"},
	{&x86_64, {0xcb}, 1, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "retf"},
	{&x86_64, {0x48, 0xcf}, 2, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "iretq"},
	{&x86_64, {0xff, 0xe0}, 2, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, "jmp rax"},
	{&x86_64, {0x3e, 0xff, 0xe0}, 3, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, "jmp rax"},
	{&x86_64, {0xff, 0x25, 0x00, 0x00, 0x00, 0x00}, 6, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, "jmp qword ptr [rip]"},
	{&x86_64, {0xff, 0x2d, 0x00, 0x00, 0x00, 0x00}, 6, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, "ljmp [rip]"},
	{&x86_64, {0x0f, 0x05}, 2, CSINFO_INSN_SYSCALL, CSINFO_NO_ADDRESS, false, "syscall"},
	{&x86_64, {0x0f, 0x34}, 2, CSINFO_INSN_SYSCALL, CSINFO_NO_ADDRESS, false, "sysenter"},
	{&x86_64, {0xcd, 0x80}, 2, CSINFO_INSN_SYSCALL, CSINFO_NO_ADDRESS, false, "int 0x80"},
	{&x86_64, {0x0f, 0x0b}, 2, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS, false, "ud2"},
	{&x86_64, {0x0f, 0xb9}, 2, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS, false, "ud2b"},
	{&x86_64, {0xcc}, 1, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS, false, "int3"},
	{&x86_64, {0xf4}, 1, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS, false, "hlt"},
	{&x32, {0x67, 0x48, 0x89, 0x08}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "mov qword ptr [eax], rcx"},
	{&x32, {0xff, 0xe0}, 2, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, "jmp rax"},
	{&i386, {0x40}, 1, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "inc eax"},
	{&i386, {0xeb, 0x02}, 2, CSINFO_INSN_JUMP, BASE + 4, false, "jmp 0x10004"},
	{&i386, {0xe9, 0x00, 0x00, 0xfe, 0xff}, 5, CSINFO_INSN_JUMP, 0xffff0005, false, "jmp 0xffff0005"},
	{&i386, {0x0f, 0x84, 0xff, 0xff, 0xff, 0xff}, 6, CSINFO_INSN_BRANCH, BASE + 5, false, "je 0x10005"},
	{&i386, {0xe3, 0x10}, 2, CSINFO_INSN_BRANCH, BASE + 0x12, false, "jecxz 0x10012"},
	{&i386, {0xe8, 0x00, 0x00, 0x00, 0x00}, 5, CSINFO_INSN_CALL, BASE + 5, false, "call 0x10005"},
	{&i386, {0x65, 0xff, 0x15, 0x10, 0x00, 0x00, 0x00}, 7, CSINFO_INSN_CALL, CSINFO_NO_ADDRESS, false, "call dword ptr gs:[0x10]"},
	{&i386, {0xff, 0xe0}, 2, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, "jmp eax"},
	{&i386, {0xea, 0x00, 0x00, 0x00, 0x00, 0x33, 0x00}, 7, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, "ljmp 0x33:0"},
	{&i386, {0xc3}, 1, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "ret"},
	{&i386, {0xcf}, 1, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "iretd"},
	{&i386, {0xcd, 0x80}, 2, CSINFO_INSN_SYSCALL, CSINFO_NO_ADDRESS, false, "int 0x80"},
	{&i386, {0x0f, 0x34}, 2, CSINFO_INSN_SYSCALL, CSINFO_NO_ADDRESS, false, "sysenter"},
	{&i386, {0x0f, 0x0b}, 2, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS, false, "ud2"},
	{&aarch64, {0x1f, 0x20, 0x03, 0xd5}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "nop"},
	{&aarch64, {0x10, 0x00, 0x00, 0x14}, 4, CSINFO_INSN_JUMP, BASE + 0x40, false, "b T"},
	{&aarch64, {0x10, 0x00, 0x00, 0x94}, 4, CSINFO_INSN_CALL, BASE + 0x40, false, "bl T"},
	{&aarch64, {0x01, 0x02, 0x00, 0x54}, 4, CSINFO_INSN_BRANCH, BASE + 0x40, false, "b.ne T"},
	{&aarch64, {0x0e, 0x02, 0x00, 0x54}, 4, CSINFO_INSN_JUMP, BASE + 0x40, false, "b.al T"},
	{&aarch64, {0x03, 0x02, 0x00, 0xb4}, 4, CSINFO_INSN_BRANCH, BASE + 0x40, false, "cbz x3, T"},
	{&aarch64, {0x03, 0x02, 0x00, 0x35}, 4, CSINFO_INSN_BRANCH, BASE + 0x40, false, "cbnz w3, T"},
	{&aarch64, {0x03, 0x02, 0x40, 0xb6}, 4, CSINFO_INSN_BRANCH, BASE + 0x40, false, "tbz x3, #40, T"},
	{&aarch64, {0x03, 0x02, 0x18, 0x37}, 4, CSINFO_INSN_BRANCH, BASE + 0x40, false, "tbnz w3, #3, T"},
	{&aarch64, {0x60, 0x00, 0x1f, 0xd6}, 4, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, "br x3"},
	{&aarch64, {0x60, 0x00, 0x3f, 0xd6}, 4, CSINFO_INSN_CALL, CSINFO_NO_ADDRESS, false, "blr x3"},
	{&aarch64, {0xc0, 0x03, 0x5f, 0xd6}, 4, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "ret"},
	{&aarch64, {0x60, 0x00, 0x5f, 0xd6}, 4, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "ret x3"},
	{&aarch64, {0xe0, 0x03, 0x9f, 0xd6}, 4, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "eret"},
	{&aarch64, {0x01, 0x00, 0x00, 0xd4}, 4, CSINFO_INSN_SYSCALL, CSINFO_NO_ADDRESS, false, "svc #0"},
	{&aarch64, {0x20, 0x00, 0x20, 0xd4}, 4, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS, false, "brk #1"},
	{&aarch64, {0x20, 0x00, 0x40, 0xd4}, 4, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS, false, "hlt #1"},
	{&aarch64, {0x02, 0x00, 0x00, 0xd4}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "hvc #0"},
	{&aarch64, {0xbf, 0x3b, 0x03, 0xd5}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "dmb ish"},
	{&aarch64, {0x00, 0x00, 0x00, 0x90}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "adrp x0, T"},
	{&aarch64, {0x00, 0x02, 0x00, 0x58}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "ldr x0, T"},
	{&arm, {0x00, 0xf0, 0x20, 0xe3}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "nop"},
	{&arm, {0x0e, 0x00, 0x00, 0xea}, 4, CSINFO_INSN_JUMP, BASE + 0x40, false, "b T"},
	{&arm, {0x0e, 0x00, 0x00, 0x1a}, 4, CSINFO_INSN_BRANCH, BASE + 0x40, false, "bne T"},
	{&arm, {0x0e, 0x00, 0x00, 0xeb}, 4, CSINFO_INSN_CALL, BASE + 0x40, false, "bl T"},
	{&arm, {0x0e, 0x00, 0x00, 0x1b}, 4, CSINFO_INSN_CALL, BASE + 0x40, false, "blne T"},
	{&arm, {0x33, 0xff, 0x2f, 0xe1}, 4, CSINFO_INSN_CALL, CSINFO_NO_ADDRESS, false, "blx r3"},
	{&arm, {0x1e, 0xff, 0x2f, 0xe1}, 4, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "bx lr"},
	{&arm, {0x1e, 0xff, 0x2f, 0x01}, 4, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, true, "bxeq lr"},
	{&arm, {0x13, 0xff, 0x2f, 0xe1}, 4, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, "bx r3"},
	{&arm, {0x13, 0xff, 0x2f, 0x11}, 4, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, true, "bxne r3"},
	{&arm, {0x10, 0x80, 0xbd, 0xe8}, 4, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "pop {r4, pc}"},
	{&arm, {0x10, 0x80, 0xbd, 0x18}, 4, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, true, "popne {r4, pc}"},
	{&arm, {0x10, 0xa0, 0x9d, 0xe8}, 4, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "ldm sp, {r4, sp, pc}"},
	{&arm, {0x10, 0xa8, 0x1b, 0xe9}, 4, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "ldmdb r11, {r4, r11, sp, pc}"},
	{&arm, {0x02, 0x80, 0x90, 0xe8}, 4, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, "ldm r0, {r1, pc}"},
	{&arm, {0x0e, 0xf0, 0xa0, 0xe1}, 4, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "mov pc, lr"},
	{&arm, {0x03, 0xf0, 0xa0, 0xe1}, 4, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, "mov pc, r3"},
	{&arm, {0x00, 0xf0, 0x93, 0xe5}, 4, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, "ldr pc, [r3]"},
	{&arm, {0x04, 0xf0, 0x9d, 0xe4}, 4, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "ldr pc, [sp], #4"},
	{&arm, {0x00, 0xf1, 0x8f, 0x90}, 4, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, true, "addls pc, pc, r0, lsl #2"},
	{&arm, {0x04, 0xf0, 0x5e, 0xe2}, 4, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "subs pc, lr, #4"},
	{&arm, {0x00, 0x00, 0x00, 0xef}, 4, CSINFO_INSN_SYSCALL, CSINFO_NO_ADDRESS, false, "svc #0"},
	{&arm, {0xf3, 0x00, 0xf0, 0xe7}, 4, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS, false, "udf #3"},
	{&arm, {0x71, 0x00, 0x20, 0xe1}, 4, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS, false, "bkpt #1"},
	{&arm, {0x00, 0x00, 0x91, 0xe5}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "ldr r0, [r1]"},
	{&thumb, {0x00, 0xbf}, 2, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "nop"},
	{&thumb, {0xaf, 0xf3, 0x00, 0x80}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "nop.w"},
	{&thumb, {0x1e, 0xe0}, 2, CSINFO_INSN_JUMP, BASE + 0x40, false, "b T"},
	{&thumb, {0x00, 0xf0, 0x1e, 0xb8}, 4, CSINFO_INSN_JUMP, BASE + 0x40, false, "b.w T"},
	{&thumb, {0x1e, 0xd1}, 2, CSINFO_INSN_BRANCH, BASE + 0x40, false, "bne T"},
	{&thumb, {0x40, 0xf0, 0x1e, 0x80}, 4, CSINFO_INSN_BRANCH, BASE + 0x40, false, "bne.w T"},
	{&thumb, {0xf0, 0xb1}, 2, CSINFO_INSN_BRANCH, BASE + 0x40, false, "cbz r0, T"},
	{&thumb, {0xf0, 0xb9}, 2, CSINFO_INSN_BRANCH, BASE + 0x40, false, "cbnz r0, T"},
	{&thumb, {0x98, 0x47}, 2, CSINFO_INSN_CALL, CSINFO_NO_ADDRESS, false, "blx r3"},
	{&thumb, {0x70, 0x47}, 2, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "bx lr"},
	{&thumb, {0x18, 0x47}, 2, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, "bx r3"},
	{&thumb, {0x10, 0xbd}, 2, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "pop {r4, pc}"},
	{&thumb, {0xbd, 0xe8, 0x10, 0x81}, 4, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "pop.w {r4, r8, pc}"},
	{&thumb, {0xf7, 0x46}, 2, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "mov pc, lr"},
	{&thumb, {0x9f, 0x46}, 2, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, "mov pc, r3"},
	{&thumb, {0xd1, 0xf8, 0x00, 0xf0}, 4, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, "ldr.w pc, [r1]"},
	{&thumb, {0xdf, 0xe8, 0x00, 0xf0}, 4, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, "tbb [pc, r0]"},
	{&thumb, {0xdf, 0xe8, 0x10, 0xf0}, 4, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, "tbh [pc, r0, lsl #1]"},
	{&thumb, {0x00, 0xdf}, 2, CSINFO_INSN_SYSCALL, CSINFO_NO_ADDRESS, false, "svc #0"},
	{&thumb, {0x03, 0xde}, 2, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS, false, "udf #3"},
	{&thumb, {0x01, 0xbe}, 2, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS, false, "bkpt #1"},
	{&ppc64, {0x60, 0x00, 0x00, 0x00}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "nop"},
	{&ppc64, {0x48, 0x00, 0x00, 0x40}, 4, CSINFO_INSN_JUMP, BASE + 0x40, false, "b T"},
	{&ppc64, {0x48, 0x00, 0x00, 0x41}, 4, CSINFO_INSN_CALL, BASE + 0x40, false, "bl T"},
	{&ppc64, {0x41, 0x82, 0x00, 0x40}, 4, CSINFO_INSN_BRANCH, BASE + 0x40, false, "beq T"},
	{&ppc64, {0x42, 0x00, 0x00, 0x40}, 4, CSINFO_INSN_BRANCH, BASE + 0x40, false, "bdnz T"},
	{&ppc64, {0x42, 0x80, 0x00, 0x40}, 4, CSINFO_INSN_JUMP, BASE + 0x40, false, "bc 20, 0, T"},
	{&ppc64, {0x42, 0x9f, 0x00, 0x05}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "bcl 20, 31, .+4"},
	{&ppc64, {0x42, 0x9f, 0x00, 0x09}, 4, CSINFO_INSN_CALL, BASE + 8, false, "bcl 20, 31, .+8"},
	{&ppc64, {0x48, 0x00, 0x10, 0x02}, 4, CSINFO_INSN_JUMP, 0x1000, false, "ba 0x1000"},
	{&ppc64, {0x4e, 0x80, 0x00, 0x20}, 4, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "blr"},
	{&ppc64, {0x4d, 0x82, 0x00, 0x20}, 4, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, true, "beqlr"},
	{&ppc64, {0x4e, 0x00, 0x00, 0x20}, 4, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, true, "bdnzlr"},
	{&ppc64, {0x4e, 0x80, 0x00, 0x21}, 4, CSINFO_INSN_CALL, CSINFO_NO_ADDRESS, false, "blrl"},
	{&ppc64, {0x4e, 0x80, 0x04, 0x20}, 4, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, "bctr"},
	{&ppc64, {0x4c, 0x82, 0x04, 0x20}, 4, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, true, "bnectr"},
	{&ppc64, {0x4e, 0x80, 0x04, 0x21}, 4, CSINFO_INSN_CALL, CSINFO_NO_ADDRESS, false, "bctrl"},
	{&ppc64, {0x4c, 0x00, 0x00, 0x24}, 4, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "rfid"},
	{&ppc64, {0x4c, 0x00, 0x01, 0x2c}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "isync"},
	{&ppc64, {0x44, 0x00, 0x00, 0x02}, 4, CSINFO_INSN_SYSCALL, CSINFO_NO_ADDRESS, false, "sc"},
	{&ppc64, {0x44, 0x00, 0x00, 0x01}, 4, CSINFO_INSN_SYSCALL, CSINFO_NO_ADDRESS, false, ".long 0x44000001"},
	{&ppc64, {0x7f, 0xe0, 0x00, 0x08}, 4, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS, false, "trap"},
	{&ppc64, {0x7c, 0x83, 0x20, 0x08}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "tweq 3, 4"},
	{&ppc64, {0x0b, 0xe3, 0x00, 0x04}, 4, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS, false, "tdi 31, 3, 4"},
	{&ppc64, {0x10, 0x05, 0x0a, 0x0c}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, ".long 0x10050a0c"},
	{&ppc64, {0xf8, 0x64, 0x00, 0x00}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "std 3, 0(4)"},
	{&ppc64, {0x4c, 0x00, 0x00, 0x64}, 4, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "rfi"},
	{&s390x, {0xe3, 0x80, 0x10, 0x00, 0x00, 0x47}, 6, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, true, "bie 0(%r1)"},
	{&s390x, {0x07, 0x00}, 2, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "nopr"},
	{&s390x, {0x07, 0xf0}, 2, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "bcr 15, %r0"},
	{&s390x, {0x07, 0xfe}, 2, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "br %r14"},
	{&s390x, {0x07, 0x8e}, 2, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, true, "ber %r14"},
	{&s390x, {0x07, 0xf1}, 2, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, "br %r1"},
	{&s390x, {0x07, 0x71}, 2, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, true, "bner %r1"},
	{&s390x, {0xa7, 0xf4, 0x00, 0x20}, 4, CSINFO_INSN_JUMP, BASE + 0x40, false, "j T"},
	{&s390x, {0xa7, 0x74, 0x00, 0x20}, 4, CSINFO_INSN_BRANCH, BASE + 0x40, false, "jne T"},
	{&s390x, {0xc0, 0xf4, 0x00, 0x00, 0x00, 0x20}, 6, CSINFO_INSN_JUMP, BASE + 0x40, false, "jg T"},
	{&s390x, {0xc0, 0x74, 0x00, 0x00, 0x00, 0x20}, 6, CSINFO_INSN_BRANCH, BASE + 0x40, false, "jgne T"},
	{&s390x, {0xa7, 0xe4, 0x00, 0x00}, 4, CSINFO_INSN_BRANCH, BASE, false, "jno .+0"},
	{&s390x, {0xa7, 0x04, 0x00, 0x10}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, ".short 0xa704, 0x10"},
	{&s390x, {0xa7, 0xf4, 0x00, 0x01}, 4, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS, false, "j .+2"},
	{&s390x, {0xa7, 0x16, 0x00, 0x20}, 4, CSINFO_INSN_BRANCH, BASE + 0x40, false, "brct %r1, T"},
	{&s390x, {0xa7, 0x17, 0x00, 0x20}, 4, CSINFO_INSN_BRANCH, BASE + 0x40, false, "brctg %r1, T"},
	{&s390x, {0x84, 0x12, 0x00, 0x20}, 4, CSINFO_INSN_BRANCH, BASE + 0x40, false, ".long 0x84120020"},
	{&s390x, {0xec, 0x12, 0x00, 0x20, 0x00, 0x44}, 6, CSINFO_INSN_BRANCH, BASE + 0x40, false, ".short 0xec12, 0x20, 0x44"},
	{&s390x, {0xcc, 0x16, 0x00, 0x00, 0x00, 0x20}, 6, CSINFO_INSN_BRANCH, BASE + 0x40, false, "brcth %r1, T"},
	{&s390x, {0xec, 0x12, 0x00, 0x20, 0x80, 0x64}, 6, CSINFO_INSN_BRANCH, BASE + 0x40, false, "cgrje %r1, %r2, T"},
	{&s390x, {0xec, 0x16, 0x00, 0x20, 0x05, 0x7d}, 6, CSINFO_INSN_BRANCH, BASE + 0x40, false, "clgijne %r1, 5, T"},
	{&s390x, {0xec, 0x12, 0x00, 0x20, 0x80, 0x76}, 6, CSINFO_INSN_BRANCH, BASE + 0x40, false, "crj %r1, %r2, 8, T"},
	{&s390x, {0xec, 0x12, 0xe0, 0x00, 0x80, 0xe4}, 6, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, true, ".short 0xec12, 0xe000, 0x80e4"},
	{&s390x, {0xec, 0x12, 0x30, 0x00, 0x80, 0xe4}, 6, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, true, ".short 0xec12, 0x3000, 0x80e4"},
	{&s390x, {0xc0, 0xe5, 0x00, 0x00, 0x00, 0x20}, 6, CSINFO_INSN_CALL, BASE + 0x40, false, "brasl %r14, T"},
	{&s390x, {0xa7, 0xe5, 0x00, 0x20}, 4, CSINFO_INSN_CALL, BASE + 0x40, false, "bras %r14, T"},
	{&s390x, {0xa7, 0x55, 0x00, 0x20}, 4, CSINFO_INSN_JUMP, BASE + 0x40, false, "bras %r5, T"},
	{&s390x, {0x0d, 0xe1}, 2, CSINFO_INSN_CALL, CSINFO_NO_ADDRESS, false, "basr %r14, %r1"},
	{&s390x, {0x0d, 0x50}, 2, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "basr %r5, 0"},
	{&s390x, {0x47, 0xf2, 0x10, 0x00}, 4, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, ".short 0x47f2, 0x1000"},
	{&s390x, {0x47, 0x82, 0x10, 0x00}, 4, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, true, ".short 0x4782, 0x1000"},
	{&s390x, {0x47, 0x00, 0x00, 0x00}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, ".short 0x4700, 0x0000"},
	{&s390x, {0x46, 0x12, 0x10, 0x00}, 4, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, true, ".short 0x4612, 0x1000"},
	{&s390x, {0x06, 0x12}, 2, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, true, ".short 0x0612"},
	{&s390x, {0x06, 0x10}, 2, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, ".short 0x0610"},
	{&s390x, {0x4d, 0xe0, 0x10, 0x00}, 4, CSINFO_INSN_CALL, CSINFO_NO_ADDRESS, false, ".short 0x4de0, 0x1000"},
	{&s390x, {0xe3, 0x12, 0x10, 0x00, 0x00, 0x46}, 6, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, true, ".short 0xe312, 0x1000, 0x0046"},
	{&s390x, {0x0a, 0x01}, 2, CSINFO_INSN_SYSCALL, CSINFO_NO_ADDRESS, false, "svc 1"},
	{&s390x, {0xb2, 0xff, 0x0f, 0xff}, 4, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS, false, ".short 0xb2ff, 0x0fff"},
	{&s390x, {0x01, 0xff}, 2, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS, false, ".short 0x01ff"},
	{&s390x, {0xb2, 0xb2, 0x10, 0x00}, 4, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, ".short 0xb2b2, 0x1000"},
	{&s390x, {0xe7, 0x00, 0x10, 0x00, 0x00, 0x06}, 6, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, ".short 0xe700, 0x1000, 0x0006"},
	{&s390x, {0xe3, 0x00, 0x10, 0x08, 0x00, 0x24}, 6, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "stg %r0, 8(%r1)"},
	{&mips64, {0x00, 0x00, 0x00, 0x00}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "nop"},
	{&mips64, {0x08, 0x00, 0x40, 0x10, 0x00, 0x00, 0x00, 0x00}, 8, CSINFO_INSN_JUMP, BASE + 0x40, false, ".long 0x08004010"},
	{&mips64, {0x0c, 0x00, 0x40, 0x10, 0x00, 0x00, 0x00, 0x00}, 8, CSINFO_INSN_CALL, BASE + 0x40, false, ".long 0x0c004010"},
	{&mips64, {0x10, 0x00, 0x00, 0x0f, 0x00, 0x00, 0x00, 0x00}, 8, CSINFO_INSN_JUMP, BASE + 0x40, false, "b T"},
	{&mips64, {0x14, 0x85, 0x00, 0x0f, 0x00, 0x00, 0x00, 0x00}, 8, CSINFO_INSN_BRANCH, BASE + 0x40, false, "bne $4, $5, T"},
	{&mips64, {0x50, 0x85, 0x00, 0x0f, 0x00, 0x00, 0x00, 0x00}, 8, CSINFO_INSN_BRANCH, BASE + 0x40, false, "beql $4, $5, T"},
	{&mips64, {0x04, 0x80, 0x00, 0x0f, 0x00, 0x00, 0x00, 0x00}, 8, CSINFO_INSN_BRANCH, BASE + 0x40, false, "bltz $4, T"},
	{&mips64, {0x04, 0x01, 0x00, 0x0f, 0x00, 0x00, 0x00, 0x00}, 8, CSINFO_INSN_JUMP, BASE + 0x40, false, "bgez $0, T"},
	{&mips64, {0x04, 0x11, 0x00, 0x0f, 0x00, 0x00, 0x00, 0x00}, 8, CSINFO_INSN_CALL, BASE + 0x40, false, "bal T"},
	{&mips64, {0x04, 0x90, 0x00, 0x0f, 0x00, 0x00, 0x00, 0x00}, 8, CSINFO_INSN_CALL, BASE + 0x40, false, "bltzal $4, T"},
	{&mips64, {0x18, 0x80, 0x00, 0x0f, 0x00, 0x00, 0x00, 0x00}, 8, CSINFO_INSN_BRANCH, BASE + 0x40, false, "blez $4, T"},
	{&mips64, {0x5c, 0x80, 0x00, 0x0f, 0x00, 0x00, 0x00, 0x00}, 8, CSINFO_INSN_BRANCH, BASE + 0x40, false, "bgtzl $4, T"},
	{&mips64, {0x45, 0x01, 0x00, 0x0f, 0x00, 0x00, 0x00, 0x00}, 8, CSINFO_INSN_BRANCH, BASE + 0x40, false, "bc1t T"},
	{&mips64, {0x03, 0xe0, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00}, 8, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "jr $31"},
	{&mips64, {0x00, 0xa0, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00}, 8, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, "jr $5"},
	{&mips64, {0x00, 0xa0, 0xf8, 0x09, 0x00, 0x00, 0x00, 0x00}, 8, CSINFO_INSN_CALL, CSINFO_NO_ADDRESS, false, "jalr $5"},
	{&mips64, {0x00, 0x00, 0x00, 0x0c}, 4, CSINFO_INSN_SYSCALL, CSINFO_NO_ADDRESS, false, "syscall"},
	{&mips64, {0x00, 0x00, 0x00, 0x0d}, 4, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS, false, "break"},
	{&mips64, {0x00, 0x85, 0x00, 0x34}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "teq $4, $5"},
	{&mips64, {0x04, 0x88, 0x00, 0x05}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "tgei $4, 5"},
	{&mips64, {0x42, 0x00, 0x00, 0x18}, 4, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, ".long 0x42000018"},
	{&mips64, {0x46, 0x22, 0x01, 0x32}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "c.eq.d $fcc1, $f0, $f2"},
	{&mips64, {0xfc, 0xa4, 0x00, 0x08}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "sd $4, 8($5)"},
	{&riscv64, {0x13, 0x00, 0x00, 0x00}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "nop"},
	{&riscv64, {0x6f, 0x00, 0x00, 0x04}, 4, CSINFO_INSN_JUMP, BASE + 0x40, false, "j T"},
	{&riscv64, {0xef, 0x00, 0x00, 0x04}, 4, CSINFO_INSN_CALL, BASE + 0x40, false, "jal T"},
	{&riscv64, {0xef, 0x02, 0x00, 0x04}, 4, CSINFO_INSN_CALL, BASE + 0x40, false, "jal t0, T"},
	{&riscv64, {0x63, 0x10, 0xb5, 0x04}, 4, CSINFO_INSN_BRANCH, BASE + 0x40, false, "bne a0, a1, T"},
	{&riscv64, {0x63, 0x70, 0xb5, 0x04}, 4, CSINFO_INSN_BRANCH, BASE + 0x40, false, "bgeu a0, a1, T"},
	{&riscv64, {0x67, 0x80, 0x00, 0x00}, 4, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "ret"},
	{&riscv64, {0x67, 0x80, 0x02, 0x00}, 4, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "jr t0"},
	{&riscv64, {0x67, 0x00, 0x05, 0x00}, 4, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, "jr a0"},
	{&riscv64, {0xe7, 0x00, 0x05, 0x00}, 4, CSINFO_INSN_CALL, CSINFO_NO_ADDRESS, false, "jalr a0"},
	{&riscv64, {0x73, 0x00, 0x00, 0x00}, 4, CSINFO_INSN_SYSCALL, CSINFO_NO_ADDRESS, false, "ecall"},
	{&riscv64, {0x73, 0x00, 0x10, 0x00}, 4, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS, false, "ebreak"},
	{&riscv64, {0x23, 0xb0, 0xa5, 0x00}, 4, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "sd a0, 0(a1)"},
	{&riscv64, {0x81, 0xa0}, 2, CSINFO_INSN_JUMP, BASE + 0x40, false, "c.j T"},
	{&riscv64, {0x21, 0xc1}, 2, CSINFO_INSN_BRANCH, BASE + 0x40, false, "c.beqz a0, T"},
	{&riscv64, {0x21, 0xe1}, 2, CSINFO_INSN_BRANCH, BASE + 0x40, false, "c.bnez a0, T"},
	{&riscv64, {0x82, 0x80}, 2, CSINFO_INSN_RETURN, CSINFO_NO_ADDRESS, false, "c.jr ra"},
	{&riscv64, {0x02, 0x85}, 2, CSINFO_INSN_INDIRECT_JUMP, CSINFO_NO_ADDRESS, false, "c.jr a0"},
	{&riscv64, {0x02, 0x95}, 2, CSINFO_INSN_CALL, CSINFO_NO_ADDRESS, false, "c.jalr a0"},
	{&riscv64, {0x02, 0x90}, 2, CSINFO_INSN_TRAP, CSINFO_NO_ADDRESS, false, "c.ebreak"},
	{&riscv64, {0x2e, 0x85}, 2, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "c.mv a0, a1"},
	{&riscv64, {0x05, 0x05}, 2, CSINFO_INSN_PLAIN, CSINFO_NO_ADDRESS, false, "c.addi a0, 1"},
	/* clang-format on */
};

static struct csinfo_code code_for(const struct target *target, const void *bytes, size_t size)
{
	return (struct csinfo_code){.size = sizeof(struct csinfo_code),
				    .address = target == &thumb ? BASE + 1 : BASE,
				    .bytes = bytes,
				    .n_bytes = size,
				    .machine = target->machine,
				    .elf_class = target->elf_class,
				    .byte_order = target->byte_order,
				    .elf_flags = target->elf_flags};
}

static bool is_available(const struct target *target)
{
	static const unsigned char zeroes[8];
	struct csinfo_code code = code_for(target, zeroes, sizeof(zeroes));
	struct csinfo_insn insn = {.size = sizeof(insn)};

	return csinfo_decode(&code, &insn) != CSINFO_E_UNSUPPORTED;
}

/* Whether INSN is what was EXPECTED: the length, with the delay slot, and all else. */
static bool check_insn(const struct csinfo_insn *insn, const struct decoding *expected)
{
	unsigned int delay = expected->target == &mips64 && expected->size == 8 ? 4 : 0;

	return CHECK_EQUAL(insn->length, expected->size - delay) &&
	       CHECK_EQUAL(insn->delay, delay) && CHECK_EQUAL(insn->kind, expected->kind) &&
	       CHECK_EQUAL(insn->target, expected->goes_to) &&
	       CHECK_EQUAL(insn->flags, expected->conditional ? CSINFO_INSN_CONDITIONAL : 0);
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
	if (!check_insn(&insn, expected))
		printf("\t%s: %s\n", expected->text, text);
	CHECK(*text);
	code.n_bytes--;
	if (!CHECK(csinfo_decode(&code, &insn) != 0))
		printf("\t%s\n", expected->text);
	free(bytes);
}

/* Thumb code stands at an odd address; what stands between two words is not A32. */
static void test_odd_addresses(void)
{
	static const unsigned char bytes[] = {0x70, 0x47, 0x70, 0x47}; /* bx lr, twice */
	struct csinfo_insn insn = {.size = sizeof(insn)};
	struct csinfo_code code = code_for(&thumb, bytes, sizeof(bytes));

	code.address = BASE + 3;
	CHECK_EQUAL(csinfo_decode(&code, &insn), 0);
	CHECK_EQUAL(insn.kind, CSINFO_INSN_RETURN);
	code.address = BASE + 2;
	CHECK_EQUAL(csinfo_decode(&code, &insn), CSINFO_E_MALFORMED);
}

/* The registers that an instruction changes, implicit ones too, and memory. */
static void test_written(void)
{
	static const struct {
		unsigned char bytes[8];
		const char *written;
	} known[] = {
		{{0x48, 0x8b, 0x0e}, "rcx "},		    /* mov (%rsi), %rcx */
		{{0x48, 0x89, 0x0e}, "memory "},	    /* mov %rcx, (%rsi) */
		{{0x83, 0xc0, 0x01}, "rflags eax "},	    /* add $1, %eax */
		{{0x50}, "rsp "},			    /* push %rax */
		{{0x0f, 0xb0, 0x0a}, "rax rflags memory "}, /* cmpxchg %cl, (%rdx) */
		{{0x0f, 0x05, 0x90}, "rax rcx r11 "},	    /* syscall */
	};
	char text[32];

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		struct csinfo_code code = code_for(&x86_64, known[i].bytes, sizeof(known[i].bytes));

		CHECK_EQUAL(csinfo_written(&code, text, sizeof(text)), 0);
		if (!CHECK(!strcmp(text, known[i].written)))
			printf("\twritten %zu: %s\n", i, text);
		CHECK_EQUAL(csinfo_written(&code, text, 3), CSINFO_E_ARGUMENT);
		CHECK_EQUAL(csinfo_written(&code, NULL, 3), CSINFO_E_ARGUMENT);
	}
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
		if (is_available(decodings[i].target))
			check_decoding(&decodings[i]);
	test_odd_addresses();
	test_written();
	test_no_instruction();
	test_targets();
	test_arguments();
}
