// SPDX-License-Identifier: MIT
/* The headers of an ELF file of either class and byte order. */
#include <string.h>

#include "elf_header.h"

/* Translate the SIZE bytes of headers of TYPE at OFFSET to *OUT. */
static bool translate(struct window *window, const unsigned char *ident, Elf_Type type,
		      uint64_t offset, size_t size, void *out)
{
	const unsigned char *bytes = window_get(window, offset, size);
	Elf_Data from = {
		.d_buf = (void *)(uintptr_t)bytes,
		.d_type = type,
		.d_version = EV_CURRENT,
		.d_size = size,
	};
	Elf_Data to = {.d_buf = out, .d_type = type, .d_version = EV_CURRENT, .d_size = size};

	if (!bytes)
		return false;
	return (ident[EI_CLASS] == ELFCLASS64 ? elf64_xlatetom
					      : elf32_xlatetom)(&to, &from, ident[EI_DATA]) != NULL;
}

static bool is_64(const GElf_Ehdr *file)
{
	return file->e_ident[EI_CLASS] == ELFCLASS64;
}

static GElf_Ehdr widen_file(const Elf32_Ehdr *from)
{
	GElf_Ehdr to = {
		.e_type = from->e_type,
		.e_machine = from->e_machine,
		.e_version = from->e_version,
		.e_entry = from->e_entry,
		.e_phoff = from->e_phoff,
		.e_shoff = from->e_shoff,
		.e_flags = from->e_flags,
		.e_ehsize = from->e_ehsize,
		.e_phentsize = from->e_phentsize,
		.e_phnum = from->e_phnum,
		.e_shentsize = from->e_shentsize,
		.e_shnum = from->e_shnum,
		.e_shstrndx = from->e_shstrndx,
	};

	memcpy(to.e_ident, from->e_ident, sizeof(to.e_ident));
	return to;
}

static GElf_Shdr widen_section(const Elf32_Shdr *from)
{
	return (GElf_Shdr){
		.sh_name = from->sh_name,
		.sh_type = from->sh_type,
		.sh_flags = from->sh_flags,
		.sh_addr = from->sh_addr,
		.sh_offset = from->sh_offset,
		.sh_size = from->sh_size,
		.sh_link = from->sh_link,
		.sh_info = from->sh_info,
		.sh_addralign = from->sh_addralign,
		.sh_entsize = from->sh_entsize,
	};
}

static GElf_Phdr widen_segment(const Elf32_Phdr *from)
{
	return (GElf_Phdr){
		.p_type = from->p_type,
		.p_flags = from->p_flags,
		.p_offset = from->p_offset,
		.p_vaddr = from->p_vaddr,
		.p_paddr = from->p_paddr,
		.p_filesz = from->p_filesz,
		.p_memsz = from->p_memsz,
		.p_align = from->p_align,
	};
}

bool elf_header_read(struct window *window, GElf_Ehdr *out)
{
	const unsigned char *bytes = window_get(window, 0, EI_NIDENT);
	unsigned char ident[EI_NIDENT];
	Elf32_Ehdr narrow;

	if (!bytes || bytes[EI_VERSION] != EV_CURRENT)
		return false;
	memcpy(ident, bytes, sizeof(ident));
	if (ident[EI_DATA] != ELFDATA2LSB && ident[EI_DATA] != ELFDATA2MSB)
		return false;
	if (ident[EI_CLASS] == ELFCLASS64)
		return translate(window, ident, ELF_T_EHDR, 0, sizeof(*out), out);
	if (ident[EI_CLASS] != ELFCLASS32 ||
	    !translate(window, ident, ELF_T_EHDR, 0, sizeof(narrow), &narrow))
		return false;
	*out = widen_file(&narrow);
	return true;
}

bool elf_header_sections(struct window *window, const GElf_Ehdr *file, uint64_t offset,
			 size_t count, GElf_Shdr *out)
{
	size_t size = count * elf_header_section_size(file);
	Elf32_Shdr narrow[ELF_HEADER_BATCH];

	if (is_64(file))
		return translate(window, file->e_ident, ELF_T_SHDR, offset, size, out);
	if (!translate(window, file->e_ident, ELF_T_SHDR, offset, size, narrow))
		return false;
	for (size_t i = 0; i < count; i++)
		out[i] = widen_section(&narrow[i]);
	return true;
}

bool elf_header_segment(struct window *window, const GElf_Ehdr *file, uint64_t offset,
			GElf_Phdr *out)
{
	size_t size = elf_header_segment_size(file);
	Elf32_Phdr narrow;

	if (is_64(file))
		return translate(window, file->e_ident, ELF_T_PHDR, offset, size, out);
	if (!translate(window, file->e_ident, ELF_T_PHDR, offset, size, &narrow))
		return false;
	*out = widen_segment(&narrow);
	return true;
}

size_t elf_header_section_size(const GElf_Ehdr *file)
{
	return is_64(file) ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
}

size_t elf_header_segment_size(const GElf_Ehdr *file)
{
	return is_64(file) ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
}
