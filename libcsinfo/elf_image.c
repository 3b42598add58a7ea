// SPDX-License-Identifier: MIT
/* One ELF file: its sections and loadable segments, and bytes of them. */
#include <stdlib.h>
#include <string.h>

#include "elf_image.h"
#include "error.h"
#include "sort.h"

/* What is at hand while an image is opened. */
struct headers {
	struct window *window;
	GElf_Ehdr file;
	GElf_Shdr first; /* section 0: numbers that FILE has no room for; zero without sections */
};

static int lose_headers(uint64_t offset, struct csinfo_err *err)
{
	return csinfo_fail(err, CSINFO_E_IO, NULL, offset,
			   "the file has changed, or can't be read");
}

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

/* Section headers stand behind the table of their names, which is rarely larger. */
#define NAMES_SIZE 512u

/* A header table must lie in the file before there is memory for its entries. */
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

/* Read the headers of COUNT sections from INDEX on, at most ELF_HEADER_BATCH. */
static int read_batch(struct headers *headers, uint64_t index, size_t count, GElf_Shdr *out,
		      struct csinfo_err *err)
{
	const GElf_Ehdr *header = &headers->file;
	uint64_t offset = header->e_shoff + index * elf_header_section_size(header);

	if (elf_header_sections(headers->window, header, offset, count, out))
		return 0;
	return lose_headers(offset, err);
}

/* Read headers->first of a file that has sections. */
static int read_first(const struct elf_image *image, struct headers *headers,
		      struct csinfo_err *err)
{
	const GElf_Ehdr *header = &headers->file;
	size_t size = elf_header_section_size(header);
	uint64_t before = header->e_shoff < NAMES_SIZE ? header->e_shoff : NAMES_SIZE;
	int status =
		check_table(image, "section", header->e_shoff, 1, size, header->e_shentsize, err);

	if (status)
		return status;
	/* With the names in front of it. */
	window_get(headers->window, header->e_shoff - before, before + size);
	return read_batch(headers, 0, 1, &headers->first, err);
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

static int read_segments(struct elf_image *image, struct headers *headers, struct csinfo_err *err)
{
	const GElf_Ehdr *header = &headers->file;
	size_t size = elf_header_segment_size(header);
	uint64_t count = header->e_phnum;
	int status = 0;

	if (count == PN_XNUM && header->e_shoff) {
		status = read_first(image, headers, err);
		count = headers->first.sh_info;
	}
	if (!status)
		status = check_table(image, "program", header->e_phoff, count, size,
				     header->e_phentsize, err);
	if (status || !count)
		return status;
	image->segments = calloc(count, sizeof(*image->segments));
	if (!image->segments)
		return csinfo_fail(err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS, "out of memory");
	for (uint64_t i = 0; i < count; i++) {
		uint64_t offset = header->e_phoff + i * size;
		GElf_Phdr segment;

		if (!elf_header_segment(headers->window, header, offset, &segment))
			return lose_headers(offset, err);
		add_segment(image, &segment);
	}
	sort_records(image->segments, image->n_segments, sizeof(*image->segments),
		     compare_segments);
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
	sort_records(image->segments, image->n_segments, sizeof(*image->segments),
		     compare_segments);
	return 0;
}

static void add_section(struct elf_image *image, const GElf_Shdr *header)
{
	struct image_section *section = &image->sections[image->n_sections];

	image->n_sections++;
	*section = (struct image_section){
		.name_offset = header->sh_name,
		.index = image->n_sections,
		.type = header->sh_type,
		.link = header->sh_link,
		.info = header->sh_info,
		.flags = header->sh_flags,
		.alignment = header->sh_addralign,
		.address = image->type == ET_REL && header->sh_flags & SHF_ALLOC ? header->sh_offset
										 : header->sh_addr,
		.offset = header->sh_offset,
		.size = header->sh_size,
	};
}

/* Read the table of the sections' names, all "" when the file has none. */
static int read_names(struct elf_image *image, const struct headers *headers,
		      struct csinfo_err *err)
{
	size_t index = headers->file.e_shstrndx;
	const struct image_section *table;
	int status = 0;

	if (index == SHN_XINDEX)
		index = headers->first.sh_link;
	table = elf_image_section(image, index);
	if (table && table->type == SHT_STRTAB &&
	    range_within(table->offset, table->size, image->file.size))
		status = elf_image_load(image, table, &image->names, err);
	for (size_t i = 0; i < image->n_sections; i++) {
		struct image_section *section = &image->sections[i];

		section->name = reader_string(&image->names, section->name_offset);
		if (!section->name)
			section->name = "";
	}
	return status;
}

/* How many section headers there are, in *COUNT, all in the file; reads headers->first. */
static int count_sections(const struct elf_image *image, struct headers *headers, uint64_t *count,
			  struct csinfo_err *err)
{
	const GElf_Ehdr *header = &headers->file;
	int status;

	*count = 0;
	if (!header->e_shoff)
		return 0;
	status = read_first(image, headers, err);
	if (status)
		return status;
	*count = header->e_shnum ? header->e_shnum : headers->first.sh_size;
	return check_table(image, "section", header->e_shoff, *count,
			   elf_header_section_size(header), header->e_shentsize, err);
}

static int read_sections(struct elf_image *image, struct headers *headers, struct csinfo_err *err)
{
	uint64_t count;
	int status = count_sections(image, headers, &count, err);

	if (status || !count)
		return status;
	image->sections = calloc(count, sizeof(*image->sections));
	if (!image->sections)
		return csinfo_fail(err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS, "out of memory");
	for (uint64_t i = 1, n; !status && i < count; i += n) {
		GElf_Shdr batch[ELF_HEADER_BATCH];

		n = count - i < ELF_HEADER_BATCH ? count - i : ELF_HEADER_BATCH;
		status = read_batch(headers, i, n, batch, err);
		for (uint64_t j = 0; !status && j < n; j++)
			add_section(image, &batch[j]);
	}
	return status ? status : read_names(image, headers, err);
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
	const struct loaded_section *a = left;
	const struct loaded_section *b = right;

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
			image->loaded[image->n_loaded++] = (struct loaded_section){
				image->sections[i].address, &image->sections[i]};
	sort_records(image->loaded, image->n_loaded, sizeof(*image->loaded), compare_sections);
	return 0;
}

/* Whether the first SIZE bytes of the file are MAGIC. */
static bool begins_with(struct window *window, const char *magic, size_t size)
{
	const unsigned char *bytes = window_get(window, 0, size);

	return bytes && !memcmp(bytes, magic, size);
}

/* Whether the file of WINDOW begins as an ELF file does. */
static int check_magic(struct window *window, struct csinfo_err *err)
{
	if (begins_with(window, ELFMAG, SELFMAG))
		return 0;
	if (begins_with(window, "!<arch>\n", 8) || begins_with(window, "!<thin>\n", 8))
		return csinfo_fail(err, CSINFO_E_ARCHIVE, NULL, CSINFO_NO_ADDRESS,
				   "an archive: its members are files of their own");
	if (begins_with(window, "BC\xc0\xde", 4) || begins_with(window, "\xde\xc0\x17\x0b", 4))
		return csinfo_fail(err, CSINFO_E_UNSUPPORTED, NULL, CSINFO_NO_ADDRESS,
				   "LLVM bitcode for link-time optimization: it has no machine "
				   "code before it is linked");
	return csinfo_fail(err, CSINFO_E_NOT_ELF, NULL, CSINFO_NO_ADDRESS, "not an ELF file");
}

static int read_headers(struct elf_image *image, struct window *window, struct csinfo_err *err)
{
	struct headers headers = {.window = window};
	int status = check_magic(window, err);

	if (status)
		return status;
	if (!elf_header_read(window, &headers.file))
		return csinfo_fail(err, CSINFO_E_MALFORMED, NULL, 0, "ELF header can't be read");
	status = check_kind(image, &headers.file, err);
	/* They follow the file's header, and are at hand with it. */
	if (!status && image->type != ET_REL)
		status = read_segments(image, &headers, err);
	if (!status)
		status = read_sections(image, &headers, err);
	if (!status)
		status = sort_sections(image, err);
	if (!status && image->type == ET_REL)
		status = make_segments(image, err);
	return status;
}

int elf_image_open(struct elf_image *image, const struct file *file, struct csinfo_err *err)
{
	struct window window;
	int status;

	*image = (struct elf_image){.file = *file};
	if (!image->file.window) {
		window.length = 0;
		image->file.window = &window;
	}
	image->file.window->file = &image->file;
	status = read_headers(image, image->file.window, err);
	image->file.window = NULL;
	return status;
}

void elf_image_close(struct elf_image *image)
{
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
	size_t n = RECORDS_UP_TO(image->segments, image->n_segments, address, address);

	return n ? &image->segments[n - 1] : NULL;
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
	size_t n = RECORDS_UP_TO(image->loaded, image->n_loaded, address, address);
	const struct loaded_section *last = n ? &image->loaded[n - 1] : NULL;

	return last && address - last->address < last->section->size ? last->section : NULL;
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
