// SPDX-License-Identifier: MIT
/* Copies of the rseq sections, and what relocations have made of their fields. */
#include <stdlib.h>
#include <string.h>

#include "area.h"
#include "error.h"
#include "large.h"
#include "sort.h"

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
	/* Nearly all others begin with a dot. */
	if (name[0] != '_')
		return -1;
	for (size_t i = 0; i < sizeof(area_names) / sizeof(*area_names); i++)
		if (!strcmp(name, area_names[i].name))
			return (int)area_names[i].kind;
	return -1;
}

bool areas_want(const char *name)
{
	return kind_of_name(name) >= 0;
}

/* 64-bit PowerPC before ELF ABI version 2: a function's symbol is its entry in .opd. */
static bool has_descriptors(const struct elf_image *image)
{
	return image->machine == EM_PPC64 && (image->flags & EF_PPC64_ABI) != 2;
}

int area_kind_of(const struct elf_image *image, const struct image_section *section)
{
	/* Only sections that are loaded; a separated debug file has no bytes for them. */
	if (!(section->flags & SHF_ALLOC) || section->type == SHT_NOBITS || !section->size)
		return -1;
	if (has_descriptors(image) && !strcmp(section->name, ".opd"))
		return AREA_FUNCTIONS;
	return kind_of_name(section->name);
}

struct area *areas_before(const struct areas *areas, uint64_t address)
{
	size_t n = RECORDS_UP_TO(areas->list, areas->n, address, address);

	return n ? &areas->list[n - 1] : NULL;
}

struct area *areas_find(const struct areas *areas, enum area_kind kind, uint64_t address)
{
	struct area *area = areas_before(areas, address);

	if (!area || area->kind != kind || address - area->address >= area->reader.size)
		return NULL;
	return area;
}

bool areas_slot(const struct areas *areas, uint64_t address, uint64_t *value)
{
	size_t i = RECORDS_BELOW(areas->slots, areas->n_slots, address, address);

	if (i == areas->n_slots || areas->slots[i].address != address)
		return false;
	*value = areas->slots[i].value;
	return true;
}

static int add_area(struct areas *areas, const struct elf_image *image,
		    const struct image_section *section, enum area_kind kind,
		    struct csinfo_err *err)
{
	struct area *area = &areas->list[areas->n];
	int status = elf_image_check(image, section, err);
	uint64_t n_cells;

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
		.anchor = image->type == ET_REL ? section->address : 0,
		.alignment = image->type == ET_REL ? section->alignment : UINT64_MAX,
		.low_word = image->word == 4 && image->big_endian ? 4 : 0,
	};
	if (kind == AREA_DESCRIPTORS)
		area->phase = (section->address - area->anchor) % AREA_CELL;
	n_cells = area_cell(area, section->size) + 1;
	area->bytes = large_alloc(section->size + n_cells);
	areas->n++;
	if (!area->bytes)
		return csinfo_fail(err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS, "out of memory");
	if (!file_read(&image->file, section->offset, area->bytes, section->size))
		return elf_image_lost(section, err);
	area->cells = area->bytes + section->size;
	memset(area->cells, 0, n_cells);
	area->reader = (struct reader){area->bytes, section->size, image->big_endian};
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
		if (area_kind_of(image, &image->sections[i]) < 0)
			continue;
		count++;
		/* Sections that share bytes of the file could ask for any amount. */
		if (image->sections[i].size > image->file.size - total)
			return csinfo_fail(err, CSINFO_E_MALFORMED, image->sections[i].name,
					   image->sections[i].offset,
					   "rseq sections are larger than the file");
		total += image->sections[i].size;
	}
	if (!count)
		return 0;
	areas->list = calloc(count, sizeof(*areas->list));
	if (!areas->list)
		return csinfo_fail(err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS, "out of memory");
	for (size_t i = 0; i < image->n_sections; i++) {
		int kind = area_kind_of(image, &image->sections[i]);
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
	if (status || !areas->n)
		return status;
	sort_records(areas->list, areas->n, sizeof(*areas->list), compare_areas);
	return check_disjoint(areas, err);
}

void areas_trim(struct areas *areas)
{
	size_t n = 0;

	for (size_t i = 0; i < areas->n; i++) {
		if (areas->list[i].kind == AREA_FUNCTIONS)
			areas->list[n++] = areas->list[i];
		else
			free(areas->list[i].bytes);
	}
	areas->n = n;
}

void areas_close(struct areas *areas)
{
	for (size_t i = 0; i < areas->n; i++)
		free(areas->list[i].bytes);
	free(areas->list);
	free(areas->slots);
	*areas = (struct areas){0};
}
