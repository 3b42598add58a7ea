// SPDX-License-Identifier: MIT
/* What the dynamic loader would make of the rseq sections: relative relocations. */
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "reloc.h"

#ifndef SHT_RELR
#define SHT_RELR 19
#endif

#define WORD sizeof(uint64_t)

/* What is at hand while the relocations of one section are applied. */
struct pass {
	struct areas *areas;
	const struct elf_image *image;
	const struct image_section *section;
	struct reader reader;
	uint64_t budget; /* bytes of relocations that may still be read */
	struct csinfo_err *err;
};

struct relocation {
	uint64_t place;
	uint32_t type;
	uint32_t symbol;
	uint64_t addend;
	bool addend_in_place;
	uint64_t file_offset;
};

static const struct {
	const char *name;
	enum area_kind kind;
} area_names[] = {
	{"__rseq_cs", AREA_DESCRIPTORS},
	{"__rseq_table", AREA_DESCRIPTORS},
	{"__rseq_cs_ptr_array", AREA_POINTERS},
	{"__rseq_exit_point_array", AREA_EXITS},
};

static int kind_of_name(const char *name)
{
	for (size_t i = 0; i < sizeof(area_names) / sizeof(*area_names); i++)
		if (!strcmp(name, area_names[i].name))
			return (int)area_names[i].kind;
	return -1;
}

bool areas_want(const char *name)
{
	return kind_of_name(name) >= 0;
}

static int kind_of_section(const struct image_section *section)
{
	/* Only sections that are loaded; a separated debug file has no bytes for them. */
	if (!(section->flags & SHF_ALLOC) || section->type == SHT_NOBITS || !section->size)
		return -1;
	return kind_of_name(section->name);
}

/* The last area that starts at or before ADDRESS, or NULL. */
static struct area *area_before(const struct areas *areas, uint64_t address)
{
	size_t low = 0;
	size_t high = areas->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (areas->list[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &areas->list[low - 1] : NULL;
}

struct area *areas_find(const struct areas *areas, enum area_kind kind, uint64_t address)
{
	struct area *area = area_before(areas, address);

	if (!area || area->kind != kind || address - area->address >= area->reader.size)
		return NULL;
	return area;
}

bool areas_slot(const struct areas *areas, uint64_t address, uint64_t *value)
{
	size_t low = 0;
	size_t high = areas->n_slots;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (areas->slots[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == areas->n_slots || areas->slots[low].address != address)
		return false;
	*value = areas->slots[low].value;
	return true;
}

/*
 * The area that the word at PLACE belongs to, NULL in *OUT when to none.  A word
 * half inside an area is an error.
 */
static int area_of_word(const struct pass *pass, uint64_t place, uint64_t file_offset,
			struct area **out)
{
	struct area *area = area_before(pass->areas, place);
	struct area *after;

	*out = NULL;
	if (area && place - area->address < area->reader.size) {
		*out = area;
		if (range_within(place - area->address, WORD, area->reader.size))
			return 0;
	} else {
		if (place > UINT64_MAX - (WORD - 1))
			return 0;
		after = area_before(pass->areas, place + WORD - 1);
		if (after == area)
			return 0;
		area = after;
	}
	return csinfo_fail(pass->err, CSINFO_E_MALFORMED, pass->section->name, file_offset,
			   "relocation at 0x%llx crosses the bounds of section %s",
			   (unsigned long long)place, area->name);
}

/* A RELA relocation outside the areas that makes a word point at a descriptor. */
static void add_slot(struct areas *areas, uint64_t place, uint64_t value)
{
	if (areas_find(areas, AREA_DESCRIPTORS, value))
		areas->slots[areas->n_slots++] = (struct slot){place, value};
}

/* The value of a symbol that no other object can preempt. */
static bool symbol_value(const struct pass *pass, uint32_t number, uint64_t *out)
{
	Elf_Scn *scn = elf_getscn(pass->image->elf, pass->section->link);
	Elf_Data *data = scn ? elf_getdata(scn, NULL) : NULL;
	GElf_Sym symbol;
	bool is_local;

	if (!data || data->d_type != ELF_T_SYM || number > INT32_MAX ||
	    !gelf_getsym(data, (int)number, &symbol) || symbol.st_shndx == SHN_UNDEF)
		return false;
	is_local = GELF_ST_BIND(symbol.st_info) == STB_LOCAL ||
		   GELF_ST_VISIBILITY(symbol.st_other) != STV_DEFAULT ||
		   pass->image->type == ET_EXEC;
	if (is_local)
		*out = symbol.st_value;
	return is_local;
}

/* Apply RELOCATION to AREA, or note that its word can't be known. */
static void apply_to_area(const struct pass *pass, const struct relocation *relocation,
			  struct area *area)
{
	uint64_t at = relocation->place - area->address;
	uint64_t addend = relocation->addend;
	uint64_t base = 0;
	bool known =
		relocation->type == R_X86_64_RELATIVE || relocation->type == R_X86_64_RELATIVE64;

	if (relocation->type == R_X86_64_64)
		known = symbol_value(pass, relocation->symbol, &base);
	if (!known) {
		area->state[at] |= AREA_UNKNOWN;
		return;
	}
	if (relocation->addend_in_place)
		reader_u64(&area->reader, at, &addend);
	write_u64(area->bytes + at, base + addend);
	area->state[at] |= AREA_RELOCATED;
}

static int apply(const struct pass *pass, const struct relocation *relocation)
{
	struct area *area;
	int status;

	if (relocation->type == R_X86_64_NONE)
		return 0;
	status = area_of_word(pass, relocation->place, relocation->file_offset, &area);
	if (status)
		return status;
	if (area)
		apply_to_area(pass, relocation, area);
	else if (relocation->type == R_X86_64_RELATIVE && !relocation->addend_in_place)
		add_slot(pass->areas, relocation->place, relocation->addend);
	return 0;
}

/* Room for the slots that COUNT more relocations may add. */
static int reserve_slots(const struct pass *pass, uint64_t count)
{
	struct areas *areas = pass->areas;
	struct slot *slots;

	if (!count)
		return 0;
	slots = realloc(areas->slots, (areas->n_slots + count) * sizeof(*slots));
	if (!slots)
		return csinfo_fail(pass->err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS,
				   "out of memory");
	areas->slots = slots;
	return 0;
}

/* The relocation at OFFSET of a SHT_RELA or SHT_REL section, all of it in bounds. */
static struct relocation read_relocation(const struct pass *pass, uint64_t offset, bool is_rela)
{
	struct relocation relocation = {
		.addend_in_place = !is_rela,
		.file_offset = pass->section->offset + offset,
	};
	uint64_t info = 0;

	reader_u64(&pass->reader, offset, &relocation.place);
	reader_u64(&pass->reader, offset + WORD, &info);
	if (is_rela)
		reader_u64(&pass->reader, offset + 2 * WORD, &relocation.addend);
	relocation.type = (uint32_t)info;
	relocation.symbol = (uint32_t)(info >> 32);
	return relocation;
}

static int apply_rel_section(const struct pass *pass, bool is_rela)
{
	uint64_t entry = is_rela ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel);
	int status;

	if (pass->section->size % entry)
		return csinfo_fail(pass->err, CSINFO_E_MALFORMED, pass->section->name,
				   pass->section->offset, "size %llu is not a multiple of %llu",
				   (unsigned long long)pass->section->size,
				   (unsigned long long)entry);
	status = is_rela ? reserve_slots(pass, pass->section->size / entry) : 0;
	for (uint64_t at = 0; !status && at < pass->section->size; at += entry) {
		struct relocation relocation = read_relocation(pass, at, is_rela);

		status = apply(pass, &relocation);
	}
	return status;
}

/* One word that RELR names: its addend is in place. */
static int apply_relr_word(const struct pass *pass, uint64_t place, uint64_t file_offset)
{
	struct relocation relocation = {
		.place = place,
		.type = R_X86_64_RELATIVE,
		.addend_in_place = true,
		.file_offset = file_offset,
	};

	if (!elf_image_is_mapped(pass->image, place, WORD))
		return csinfo_fail(pass->err, CSINFO_E_MALFORMED, pass->section->name, file_offset,
				   "relocation of 0x%llx, which is in no segment",
				   (unsigned long long)place);
	return apply(pass, &relocation);
}

/* A bitmap: bit N (from 1) stands for the word N - 1 after *NEXT. */
static int apply_relr_bitmap(const struct pass *pass, uint64_t bitmap, uint64_t *next,
			     uint64_t file_offset)
{
	const uint64_t step = 63 * WORD;
	uint64_t place = *next;
	int status = 0;

	if (*next > UINT64_MAX - step)
		return csinfo_fail(pass->err, CSINFO_E_MALFORMED, pass->section->name, file_offset,
				   "bitmap that follows no address");
	for (bitmap >>= 1; bitmap && !status; bitmap >>= 1, place += WORD)
		if (bitmap & 1)
			status = apply_relr_word(pass, place, file_offset);
	*next += step;
	return status;
}

static int apply_relr_section(const struct pass *pass)
{
	uint64_t next = UINT64_MAX; /* no address yet */
	int status = 0;

	if (pass->section->size % WORD)
		return csinfo_fail(pass->err, CSINFO_E_MALFORMED, pass->section->name,
				   pass->section->offset, "size %llu is not a multiple of 8",
				   (unsigned long long)pass->section->size);
	for (uint64_t at = 0; !status && at < pass->section->size; at += WORD) {
		uint64_t file_offset = pass->section->offset + at;
		uint64_t word = 0;

		reader_u64(&pass->reader, at, &word);
		if (word & 1) {
			status = apply_relr_bitmap(pass, word, &next, file_offset);
		} else {
			status = apply_relr_word(pass, word, file_offset);
			next = word + WORD;
		}
	}
	return status;
}

static int apply_section(struct pass *pass)
{
	uint32_t type = pass->section->type;
	int status;

	/* What --emit-relocs leaves behind is not loaded, and has been applied. */
	if (!(pass->section->flags & SHF_ALLOC) ||
	    (type != SHT_RELA && type != SHT_REL && type != SHT_RELR))
		return 0;
	status = elf_image_section_reader(pass->image, pass->section, &pass->reader, pass->err);
	if (status)
		return status;
	/* Sections that share bytes of the file could ask for any amount of work. */
	if (pass->section->size > pass->budget)
		return csinfo_fail(pass->err, CSINFO_E_MALFORMED, pass->section->name,
				   pass->section->offset,
				   "relocation sections are larger than the file");
	pass->budget -= pass->section->size;
	return type == SHT_RELR ? apply_relr_section(pass)
				: apply_rel_section(pass, type == SHT_RELA);
}

static int compare_slots(const void *left, const void *right)
{
	const struct slot *a = left;
	const struct slot *b = right;

	return (a->address > b->address) - (a->address < b->address);
}

/* Sort, and give back the room that no slot needed. */
static void sort_slots(struct areas *areas)
{
	struct slot *slots;

	if (!areas->n_slots) {
		free(areas->slots);
		areas->slots = NULL;
		return;
	}
	qsort(areas->slots, areas->n_slots, sizeof(*areas->slots), compare_slots);
	slots = realloc(areas->slots, areas->n_slots * sizeof(*slots));
	if (slots)
		areas->slots = slots;
}

static int apply_all(struct areas *areas, const struct elf_image *image, struct csinfo_err *err)
{
	struct pass pass = {.areas = areas, .image = image, .budget = image->file.size, .err = err};
	int status = 0;

	for (size_t i = 0; areas->n && !status && i < image->n_sections; i++) {
		pass.section = &image->sections[i];
		status = apply_section(&pass);
	}
	if (!status)
		sort_slots(areas);
	return status;
}

static int add_area(struct areas *areas, const struct elf_image *image,
		    const struct image_section *section, enum area_kind kind,
		    struct csinfo_err *err)
{
	struct area *area = &areas->list[areas->n];
	struct reader reader;
	int status = elf_image_section_reader(image, section, &reader, err);

	if (status)
		return status;
	if (section->address > UINT64_MAX - section->size)
		return csinfo_fail(err, CSINFO_E_MALFORMED, section->name, section->offset,
				   "address 0x%llx wraps around",
				   (unsigned long long)section->address);
	*area = (struct area){
		.kind = kind,
		.name = section->name,
		.address = section->address,
		.offset = section->offset,
		.bytes = malloc(reader.size),
		.state = calloc(1, reader.size),
	};
	areas->n++;
	if (!area->bytes || !area->state)
		return csinfo_fail(err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS, "out of memory");
	memcpy(area->bytes, reader.bytes, reader.size);
	area->reader = (struct reader){area->bytes, reader.size};
	return 0;
}

static int compare_areas(const void *left, const void *right)
{
	const struct area *a = left;
	const struct area *b = right;

	return (a->address > b->address) - (a->address < b->address);
}

/* Binary search needs disjoint areas; no linker makes others. */
static int check_disjoint(const struct areas *areas, struct csinfo_err *err)
{
	for (size_t i = 1; i < areas->n; i++) {
		const struct area *area = &areas->list[i - 1];

		if (areas->list[i].address - area->address < area->reader.size)
			return csinfo_fail(err, CSINFO_E_MALFORMED, areas->list[i].name,
					   areas->list[i].offset, "overlaps section %s",
					   area->name);
	}
	return 0;
}

static int copy_sections(struct areas *areas, const struct elf_image *image, struct csinfo_err *err)
{
	size_t count = 0;
	uint64_t total = 0;

	for (size_t i = 0; i < image->n_sections; i++) {
		if (kind_of_section(&image->sections[i]) < 0)
			continue;
		count++;
		/* Sections that share bytes of the file could ask for any amount. */
		if (image->sections[i].size > image->file.size - total)
			return csinfo_fail(err, CSINFO_E_MALFORMED, image->sections[i].name,
					   image->sections[i].offset,
					   "rseq sections are larger than the file");
		total += image->sections[i].size;
	}
	areas->list = count ? calloc(count, sizeof(*areas->list)) : NULL;
	if (count && !areas->list)
		return csinfo_fail(err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS, "out of memory");
	for (size_t i = 0; i < image->n_sections; i++) {
		int kind = kind_of_section(&image->sections[i]);
		int status = 0;

		if (kind >= 0)
			status = add_area(areas, image, &image->sections[i], (enum area_kind)kind,
					  err);
		if (status)
			return status;
	}
	return 0;
}

int areas_open(struct areas *areas, const struct elf_image *image, struct csinfo_err *err)
{
	int status;

	*areas = (struct areas){0};
	status = copy_sections(areas, image, err);
	if (!status && areas->n) {
		qsort(areas->list, areas->n, sizeof(*areas->list), compare_areas);
		status = check_disjoint(areas, err);
	}
	if (!status)
		status = apply_all(areas, image, err);
	return status;
}

void areas_close_list(struct areas *areas)
{
	for (size_t i = 0; i < areas->n; i++) {
		free(areas->list[i].bytes);
		free(areas->list[i].state);
	}
	free(areas->list);
	areas->list = NULL;
	areas->n = 0;
}

void areas_close(struct areas *areas)
{
	areas_close_list(areas);
	free(areas->slots);
	*areas = (struct areas){0};
}
