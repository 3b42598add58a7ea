// SPDX-License-Identifier: MIT
/*
 * What differs from one processor architecture to the next in an ELF file.  The numbers of
 * the relocation types are from each architecture's psABI, as in <elf.h>.
 */
#include <elf.h>
#include <stddef.h>

#include "csinfo.h"
#include "machine.h"

/* In the LoongArch ELF psABI, but not in every <elf.h>. */
#ifndef R_LARCH_RELATIVE
#define R_LARCH_32 1
#define R_LARCH_64 2
#define R_LARCH_RELATIVE 3
#endif
#ifndef R_LARCH_ADD32
#define R_LARCH_ADD32 50
#define R_LARCH_ADD64 51
#define R_LARCH_SUB32 55
#define R_LARCH_SUB64 56
#endif
#ifndef R_AARCH64_P32_ABS32
#define R_AARCH64_P32_ABS32 1
#endif
#ifndef R_AARCH64_P32_RELATIVE
#define R_AARCH64_P32_RELATIVE 183
#endif

/*
 * riscv and loongarch make a difference of two labels of two relocations, because the
 * linker may shorten the code between them.
 */
static const struct machine machines[] = {
	{EM_X86_64,
	 ELFCLASS64,
	 true,
	 false,
	 {{R_X86_64_RELATIVE, RELOC_RELATIVE, 8},
	  {R_X86_64_RELATIVE64, RELOC_RELATIVE, 8},
	  {R_X86_64_64, RELOC_ABSOLUTE, 8},
	  {R_X86_64_32, RELOC_ABSOLUTE, 4}}},
	/* x32 */
	{EM_X86_64,
	 ELFCLASS32,
	 true,
	 false,
	 {{R_X86_64_RELATIVE, RELOC_RELATIVE, 4},
	  {R_X86_64_RELATIVE64, RELOC_RELATIVE, 8},
	  {R_X86_64_64, RELOC_ABSOLUTE, 8},
	  {R_X86_64_32, RELOC_ABSOLUTE, 4}}},
	{EM_386,
	 ELFCLASS32,
	 true,
	 false,
	 {{R_386_RELATIVE, RELOC_RELATIVE, 4}, {R_386_32, RELOC_ABSOLUTE, 4}}},
	{EM_ARM,
	 ELFCLASS32,
	 true,
	 true,
	 {{R_ARM_RELATIVE, RELOC_RELATIVE, 4}, {R_ARM_ABS32, RELOC_ABSOLUTE, 4}}},
	{EM_AARCH64,
	 ELFCLASS64,
	 true,
	 true,
	 {{R_AARCH64_RELATIVE, RELOC_RELATIVE, 8},
	  {R_AARCH64_ABS64, RELOC_ABSOLUTE, 8},
	  {R_AARCH64_ABS32, RELOC_ABSOLUTE, 4}}},
	{EM_AARCH64,
	 ELFCLASS32,
	 true,
	 true,
	 {{R_AARCH64_P32_RELATIVE, RELOC_RELATIVE, 4}, {R_AARCH64_P32_ABS32, RELOC_ABSOLUTE, 4}}},
	{EM_PPC,
	 ELFCLASS32,
	 true,
	 true,
	 {{R_PPC_RELATIVE, RELOC_RELATIVE, 4},
	  {R_PPC_ADDR32, RELOC_ABSOLUTE, 4},
	  {R_PPC_UADDR32, RELOC_ABSOLUTE, 4}}},
	{EM_PPC64,
	 ELFCLASS64,
	 true,
	 true,
	 {{R_PPC64_RELATIVE, RELOC_RELATIVE, 8},
	  {R_PPC64_ADDR64, RELOC_ABSOLUTE, 8},
	  {R_PPC64_UADDR64, RELOC_ABSOLUTE, 8},
	  {R_PPC64_ADDR32, RELOC_ABSOLUTE, 4},
	  {R_PPC64_UADDR32, RELOC_ABSOLUTE, 4}}},
	{EM_S390,
	 ELFCLASS64,
	 false,
	 true,
	 {{R_390_RELATIVE, RELOC_RELATIVE, 8},
	  {R_390_64, RELOC_ABSOLUTE, 8},
	  {R_390_32, RELOC_ABSOLUTE, 4}}},
	{EM_S390,
	 ELFCLASS32,
	 false,
	 true,
	 {{R_390_RELATIVE, RELOC_RELATIVE, 4}, {R_390_32, RELOC_ABSOLUTE, 4}}},
	{EM_MIPS,
	 ELFCLASS32,
	 true,
	 true,
	 {{R_MIPS_REL32, RELOC_MIPS_REL32, 4},
	  {R_MIPS_32, RELOC_ABSOLUTE, 4},
	  {R_MIPS_64, RELOC_ABSOLUTE, 8}}},
	/* REL32 is of 8 bytes where R_MIPS_64 follows it: see reloc.c. */
	{EM_MIPS,
	 ELFCLASS64,
	 true,
	 true,
	 {{R_MIPS_REL32, RELOC_MIPS_REL32, 4},
	  {R_MIPS_32, RELOC_ABSOLUTE, 4},
	  {R_MIPS_64, RELOC_ABSOLUTE, 8}}},
	{EM_RISCV,
	 ELFCLASS64,
	 true,
	 true,
	 {{R_RISCV_RELATIVE, RELOC_RELATIVE, 8},
	  {R_RISCV_64, RELOC_ABSOLUTE, 8},
	  {R_RISCV_32, RELOC_ABSOLUTE, 4},
	  {R_RISCV_ADD64, RELOC_ADD, 8},
	  {R_RISCV_SUB64, RELOC_SUB, 8},
	  {R_RISCV_ADD32, RELOC_ADD, 4},
	  {R_RISCV_SUB32, RELOC_SUB, 4}}},
	{EM_RISCV,
	 ELFCLASS32,
	 true,
	 true,
	 {{R_RISCV_RELATIVE, RELOC_RELATIVE, 4},
	  {R_RISCV_32, RELOC_ABSOLUTE, 4},
	  {R_RISCV_ADD64, RELOC_ADD, 8},
	  {R_RISCV_SUB64, RELOC_SUB, 8},
	  {R_RISCV_ADD32, RELOC_ADD, 4},
	  {R_RISCV_SUB32, RELOC_SUB, 4}}},
	{EM_LOONGARCH,
	 ELFCLASS64,
	 true,
	 false,
	 {{R_LARCH_RELATIVE, RELOC_RELATIVE, 8},
	  {R_LARCH_64, RELOC_ABSOLUTE, 8},
	  {R_LARCH_32, RELOC_ABSOLUTE, 4},
	  {R_LARCH_ADD64, RELOC_ADD, 8},
	  {R_LARCH_SUB64, RELOC_SUB, 8},
	  {R_LARCH_ADD32, RELOC_ADD, 4},
	  {R_LARCH_SUB32, RELOC_SUB, 4}}},
};

const struct machine *machine_find(int number, int elf_class, int byte_order)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		const struct machine *machine = &machines[i];

		if (machine->number == number && machine->elf_class == elf_class &&
		    ((byte_order == ELFDATA2LSB && machine->may_be_little) ||
		     (byte_order == ELFDATA2MSB && machine->may_be_big)))
			return machine;
	}
	return NULL;
}

struct reloc_rule machine_rule(const struct machine *machine, uint32_t type)
{
	if (!type) /* R_*_NONE everywhere */
		return (struct reloc_rule){0, RELOC_NONE, 0};
	for (size_t i = 0; i < MACHINE_RULES && machine->rules[i].width; i++)
		if (machine->rules[i].type == type)
			return machine->rules[i];
	return (struct reloc_rule){type, RELOC_UNKNOWN, 0};
}

const char *csinfo_machine_name(int machine)
{
	switch (machine) {
	case EM_X86_64:
		return "x86-64";
	case EM_386:
		return "i386";
	case EM_ARM:
		return "arm";
	case EM_AARCH64:
		return "aarch64";
	case EM_PPC:
		return "ppc";
	case EM_PPC64:
		return "ppc64";
	case EM_S390:
		return "s390";
	case EM_MIPS:
		return "mips";
	case EM_RISCV:
		return "riscv";
	case EM_LOONGARCH:
		return "loongarch";
	default:
		return "unknown";
	}
}
