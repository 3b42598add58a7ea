// SPDX-License-Identifier: MIT
/* One ELF file: its sections and loadable segments, and bytes of them. */
#include <stdlib.h>
#include <string.h>

#include "elf_image.h"
#include "error.h"
#include "sort.h"

static int check_kind(struct elf_image *image, const GElf_Ehdr *header, struct csinfo_err *err)
{
	image->elf_class = header->e_ident[EI_CLASS];
	image->byte_order = header->e_ident[EI_DATA];
	image->arch = machine_find(header->e_machine, image->elf_class, image->byte_order);
	if (!image->arch)
		return csinfo_fail(err, CSINFO_E_UNSUPPORTED, NULL, CSINFO_NO_ADDRESS,
				   "machine %u (class %d, data encoding %d) is not handled",
				   header->e_machine, image->elf_class, image->byte_order);
	if (header->e_type != ET_REL && header->e_type != ET_EXEC && header->e_type != ET_DYN)
		return csinfo_fail(err, CSINFO_E_UNSUPPORTED, NULL, CSINFO_NO_ADDRESS,
				   "ELF type %u is no program, shared object or relocatable file",
				   header->e_type);
	image->machine = header->e_machine;
	image->type = header->e_type;
	image->flags = header->e_flags;
	image->word = image->elf_class == ELFCLASS64 ? 8 : 4;
	image->big_endian = image->byte_order == ELFDATA2MSB;
	return 0;
}

/* A header table must lie in the file before libelf is asked for its entries. */
static int check_table(const struct elf_image *image, const char *what, uint64_t offset,
		       uint64_t count, uint64_t entry_size, uint64_t said, struct csinfo_err *err)
{
	if (count && said != entry_size)
		return csinfo_fail(err, CSINFO_E_MALFORMED, NULL, offset,
				   "%s header table has entries of %llu bytes", what,
				   (unsigned long long)said);
	if (offset > image->file.size || count > (image->file.size - offset) / entry_size)
		return csinfo_fail(err, CSINFO_E_MALFORMED, NULL, offset,
				   "%s header table of %llu entries is past the end of the file",
				   what, (unsigned long long)count);
	return 0;
}

static int compare_segments(const void *left, const void *right)
{
	const struct image_segment *a = left;
	const struct image_segment *b = right;

	return (a->address > b->address) - (a->address < b->address);
}

/* Keep of a segment what the file holds: separated debug files lack most of it. */
static void add_segment(struct elf_image *image, const GElf_Phdr *header)
{
	struct image_segment *segment = &image->segments[image->n_segments];

	if (header->p_type != PT_LOAD || header->p_offset > image->file.size ||
	    header->p_memsz > UINT64_MAX - header->p_vaddr)
		return;
	segment->address = header->p_vaddr;
	segment->offset = header->p_offset;
	segment->memory_size = header->p_memsz;
	segment->file_size = header->p_filesz;
	if (segment->file_size > image->file.size - segment->offset)
		segment->file_size = image->file.size - segment->offset;
	if (segment->file_size > segment->memory_size)
		segment->file_size = segment->memory_size;
	segment->executable = header->p_flags & PF_X;
	image->n_segments++;
}

static int read_segments(struct elf_image *image, const GElf_Ehdr *header, struct csinfo_err *err)
{
	size_t count = 0;
	int status;

	if (elf_getphdrnum(image->elf, &count) != 0)
		return csinfo_fail(err, CSINFO_E_MALFORMED, NULL, header->e_phoff,
				   "program header table can't be read");
	/* libelf quietly cuts the number down to what the file has room for. */
	if (header->e_phnum != PN_XNUM)
		count = header->e_phnum;
	status = check_table(image, "program", header->e_phoff, count,
			     image->word == 8 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr),
			     header->e_phentsize, err);
	if (status || !count)
		return status;
	image->segments = calloc(count, sizeof(*image->segments));
	if (!image->segments)
		return csinfo_fail(err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS, "out of memory");
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr segment;

		if (gelf_getphdr(image->elf, (int)i, &segment))
			add_segment(image, &segment);
	}
	qsort(image->segments, image->n_segments, sizeof(*image->segments), compare_segments);
	return 0;
}

/* The loaded sections of a relocatable file as segments. */
static int make_segments(struct elf_image *image, struct csinfo_err *err)
{
	image->segments = calloc(image->n_sections + 1, sizeof(*image->segments));
	if (!image->segments)
		return csinfo_fail(err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS, "out of memory");
	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *section = &image->sections[i];

		if (!(section->flags & SHF_ALLOC) || section->type == SHT_NOBITS ||
		    !section->size ||
		    !range_within(section->offset, section->size, image->file.size))
			continue;
		image->segments[image->n_segments++] = (struct image_segment){
			.address = section->offset,
			.offset = section->offset,
			.file_size = section->size,
			.memory_size = section->size,
			.executable = section->flags & SHF_EXECINSTR,
		};
	}
	qsort(image->segments, image->n_segments, sizeof(*image->segments), compare_segments);
	return 0;
}

static void add_section(struct elf_image *image, Elf_Scn *scn)
{
	struct image_section *section = &image->sections[image->n_sections];
	GElf_Shdr header = {0};
	const char *name = NULL;

	if (gelf_getshdr(scn, &header))
		name = reader_string(&image->names, header.sh_name);
	section->name = name ? name : "";
	section->index = elf_ndxscn(scn);
	section->type = header.sh_type;
	section->link = header.sh_link;
	section->info = header.sh_info;
	section->flags = header.sh_flags;
	section->alignment = header.sh_addralign;
	section->address = image->type == ET_REL && header.sh_flags & SHF_ALLOC ? header.sh_offset
										: header.sh_addr;
	section->offset = header.sh_offset;
	section->size = header.sh_size;
	image->n_sections++;
}

/* Read the table of the sections' names; none when the file has none. */
static int read_names(struct elf_image *image, struct csinfo_err *err)
{
	struct image_section table = {.name = ""};
	GElf_Shdr header;
	size_t index;

	if (elf_getshdrstrndx(image->elf, &index) != 0 ||
	    !gelf_getshdr(elf_getscn(image->elf, index), &header) || header.sh_type != SHT_STRTAB ||
	    !range_within(header.sh_offset, header.sh_size, image->file.size))
		return 0;
	table.offset = header.sh_offset;
	table.size = header.sh_size;
	return elf_image_load(image, &table, &image->names, err);
}

/*
 * libelf takes e_shoff past the end for "no sections"; that is a broken file, not
 * a program without critical sections.
 */
static int read_sections(struct elf_image *image, const GElf_Ehdr *header, struct csinfo_err *err)
{
	uint64_t entry = image->word == 8 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
	Elf_Scn *scn = NULL;
	size_t count = 0;
	int status;

	status = check_table(image, "section", header->e_shoff, header->e_shoff ? 1 : 0, entry,
			     header->e_shentsize, err);
	if (status || !header->e_shoff)
		return status;
	if (elf_getshdrnum(image->elf, &count) != 0)
		return csinfo_fail(err, CSINFO_E_MALFORMED, NULL, header->e_shoff,
				   "section header table can't be read");
	if (header->e_shnum)
		count = header->e_shnum;
	status = check_table(image, "section", header->e_shoff, count, entry, header->e_shentsize,
			     err);
	if (status || !count)
		return status;
	image->sections = calloc(count, sizeof(*image->sections));
	if (!image->sections)
		return csinfo_fail(err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS, "out of memory");
	status = read_names(image, err);
	while (!status && image->n_sections < count && (scn = elf_nextscn(image->elf, scn)))
		add_section(image, scn);
	return status;
}

/* Thread-local .tbss has addresses that are those of what follows it. */
static bool is_loaded(const struct elf_image *image, const struct image_section *section)
{
	bool has_bytes = section->type != SHT_NOBITS;

	return section->flags & SHF_ALLOC && section->size &&
	       (has_bytes || (image->type != ET_REL && !(section->flags & SHF_TLS)));
}

static int compare_sections(const void *left, const void *right)
{
	const struct image_section *a = *(const struct image_section *const *)left;
	const struct image_section *b = *(const struct image_section *const *)right;

	return (a->address > b->address) - (a->address < b->address);
}

/* Put what elf_image_section_at() searches in order. */
static int sort_sections(struct elf_image *image, struct csinfo_err *err)
{
	image->loaded = calloc(image->n_sections + 1, sizeof(*image->loaded));
	if (!image->loaded)
		return csinfo_fail(err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS, "out of memory");
	for (size_t i = 0; i < image->n_sections; i++)
		if (is_loaded(image, &image->sections[i]))
			image->loaded[image->n_loaded++] = &image->sections[i];
	sort_records(image->loaded, image->n_loaded, sizeof(*image->loaded), compare_sections);
	return 0;
}

static bool begins_with(const struct file *file, const char *magic, size_t size)
{
	char bytes[8];

	return size <= sizeof(bytes) && file_read(file, 0, bytes, size) &&
	       !memcmp(bytes, magic, size);
}

/* Whether FILE begins as an ELF file does. */
static int check_magic(const struct file *file, struct csinfo_err *err)
{
	if (begins_with(file, ELFMAG, SELFMAG))
		return 0;
	if (begins_with(file, "!<arch>\n", 8) || begins_with(file, "!<thin>\n", 8))
		return csinfo_fail(err, CSINFO_E_ARCHIVE, NULL, CSINFO_NO_ADDRESS,
				   "an archive: its members are files of their own");
	if (begins_with(file, "BC\xc0\xde", 4) || begins_with(file, "\xde\xc0\x17\x0b", 4))
		return csinfo_fail(err, CSINFO_E_UNSUPPORTED, NULL, CSINFO_NO_ADDRESS,
				   "LLVM bitcode for link-time optimization: it has no machine "
				   "code before it is linked");
	return csinfo_fail(err, CSINFO_E_NOT_ELF, NULL, CSINFO_NO_ADDRESS, "not an ELF file");
}

/* What libelf makes of the file. */
static int read_header(struct elf_image *image, GElf_Ehdr *header, struct csinfo_err *err)
{
	const struct file *file = &image->file;
	int status = check_magic(file, err);

	if (status)
		return status;
	elf_version(EV_CURRENT);
	image->elf = file->bytes ? elf_memory((char *)file->bytes, file->size)
				 : elf_begin(file->fd, ELF_C_READ, NULL);
	if (!image->elf || elf_kind(image->elf) != ELF_K_ELF || !gelf_getehdr(image->elf, header))
		return csinfo_fail(err, CSINFO_E_MALFORMED, NULL, 0, "ELF header can't be read");
	return 0;
}

int elf_image_open(struct elf_image *image, const struct file *file, struct csinfo_err *err)
{
	GElf_Ehdr header;
	int status;

	*image = (struct elf_image){.file = *file};
	status = read_header(image, &header, err);
	if (!status)
		status = check_kind(image, &header, err);
	if (!status)
		status = read_sections(image, &header, err);
	if (!status)
		status = sort_sections(image, err);
	if (status)
		return status;
	return image->type == ET_REL ? make_segments(image, err)
				     : read_segments(image, &header, err);
}

void elf_image_end_headers(struct elf_image *image)
{
	elf_end(image->elf);
	image->elf = NULL;
}

void elf_image_close(struct elf_image *image)
{
	elf_image_end_headers(image);
	free(image->loaded);
	free(image->sections);
	free(image->segments);
	reader_free(&image->names);
	file_close(&image->file);
	*image = (struct elf_image){.file = {.fd = -1}};
}

/* The last segment that starts at or before ADDRESS, or NULL. */
static const struct image_segment *segment_before(const struct elf_image *image, uint64_t address)
{
	size_t low = 0;
	size_t high = image->n_segments;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (image->segments[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &image->segments[low - 1] : NULL;
}

const struct image_segment *elf_image_segment(const struct elf_image *image, uint64_t address)
{
	const struct image_segment *segment = segment_before(image, address);

	if (!segment || address - segment->address >= segment->file_size)
		return NULL;
	return segment;
}

const struct image_section *elf_image_section(const struct elf_image *image, size_t index)
{
	/* Section 0, which is none, is not in the list. */
	if (!index || index > image->n_sections)
		return NULL;
	return &image->sections[index - 1];
}

const struct image_section *elf_image_section_at(const struct elf_image *image, uint64_t address)
{
	size_t low = 0;
	size_t high = image->n_loaded;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (image->loaded[middle]->address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || address - image->loaded[low - 1]->address >= image->loaded[low - 1]->size)
		return NULL;
	return image->loaded[low - 1];
}

bool elf_image_is_mapped(const struct elf_image *image, uint64_t address, uint64_t length)
{
	const struct image_segment *segment = segment_before(image, address);

	return segment && range_within(address - segment->address, length, segment->memory_size);
}

bool elf_image_read(const struct elf_image *image, uint64_t address, void *buffer, size_t size)
{
	const struct image_segment *segment = elf_image_segment(image, address);
	uint64_t offset = segment ? address - segment->address : 0;

	return segment && range_within(offset, size, segment->file_size) &&
	       file_read(&image->file, segment->offset + offset, buffer, size);
}

int elf_image_check(const struct elf_image *image, const struct image_section *section,
		    struct csinfo_err *err)
{
	if (range_within(section->offset, section->size, image->file.size))
		return 0;
	return csinfo_fail(err, CSINFO_E_MALFORMED, section->name, section->offset,
			   "section of %llu bytes is past the end of the file",
			   (unsigned long long)section->size);
}

int elf_image_load(const struct elf_image *image, const struct image_section *section,
		   struct reader *out, struct csinfo_err *err)
{
	int status = elf_image_check(image, section, err);
	unsigned char *bytes;

	if (status)
		return status;
	bytes = malloc(section->size ? section->size : 1);
	if (!bytes)
		return csinfo_fail(err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS, "out of memory");
	if (!file_read(&image->file, section->offset, bytes, section->size)) {
		free(bytes);
		return elf_image_lost(section, err);
	}
	*out = (struct reader){bytes, section->size, image->big_endian};
	return 0;
}

int elf_image_lost(const struct image_section *section, struct csinfo_err *err)
{
	return csinfo_fail(err, CSINFO_E_IO, section->name, section->offset,
			   "the file has changed, or can't be read");
}
