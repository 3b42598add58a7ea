// SPDX-License-Identifier: MIT
/* What the dynamic loader, or the linker, would make of the rseq sections. */
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "packed.h"
#include "reloc.h"
#include "symtab.h"

#ifndef SHT_RELR
#define SHT_RELR 19
#endif

/* The word as Android has it since before SHT_RELR had a number. */
#define SHT_ANDROID_RELR 0x6fffff00

/* Bytes of relocations that are read at once: a multiple of every kind's size. */
#define CHUNK_SIZE (1365u * 48u)

/* What is at hand while the relocations of one section are applied. */
struct pass {
	struct areas *areas;
	struct patches *patches; /* NULL: the areas' relocations are applied, else code's noted */
	const struct elf_image *image;
	const struct image_section *section;
	const struct image_section *target; /* in a relocatable file, what SECTION is for */
	struct area *last;		    /* that a relocation was for, or NULL */
	struct reader entry;		    /* the relocation that is looked at */
	struct window *window;		    /* on the relocations */
	struct symtab *symtab;
	uint32_t symtab_index;
	uint64_t mips_gotsym; /* the first symbol with a word in the global GOT */
	uint64_t budget;      /* bytes of relocations that may still be read */
	struct csinfo_err *err;
};

struct relocation {
	uint64_t place;
	struct reloc_rule rule;
	uint32_t symbol;
	uint64_t addend;
	bool addend_in_place;
	uint64_t file_offset;
};

/*
 * The area that the WIDTH bytes at PLACE belong to, NULL in *OUT when to none.  A word
 * half inside an area is an error.
 */
static int area_of_word(struct pass *pass, const struct relocation *relocation, struct area **out)
{
	uint64_t place = relocation->place;
	unsigned int width = relocation->rule.width ? relocation->rule.width : 1;
	struct area *area = pass->last;
	struct area *after;

	*out = area;
	if (area && range_within(place - area->address, width, area->reader.size))
		return 0;
	area = areas_before(pass->areas, place);
	*out = NULL;
	if (area && place - area->address < area->reader.size) {
		pass->last = area;
		*out = area;
		if (range_within(place - area->address, width, area->reader.size))
			return 0;
	} else {
		if (place > UINT64_MAX - (width - 1))
			return 0;
		after = areas_before(pass->areas, place + width - 1);
		if (after == area)
			return 0;
		area = after;
	}
	return csinfo_fail(pass->err, CSINFO_E_MALFORMED, pass->section->name,
			   relocation->file_offset,
			   "relocation at 0x%llx crosses the bounds of section %s",
			   (unsigned long long)place, area->name);
}

/* A RELA relocation outside the areas makes a word point at VALUE: is that a descriptor? */
static int add_slot(const struct pass *pass, uint64_t place, uint64_t value)
{
	struct areas *areas = pass->areas;

	if (!areas_find(areas, AREA_DESCRIPTORS, value))
		return 0;
	if (areas->n_slots == areas->slots_room) {
		size_t room = areas->slots_room ? 2 * areas->slots_room : 64;
		struct slot *slots = realloc(areas->slots, room * sizeof(*slots));

		if (!slots)
			return csinfo_fail(pass->err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS,
					   "out of memory");
		areas->slots = slots;
		areas->slots_room = room;
	}
	areas->slots[areas->n_slots++] = (struct slot){place, value};
	return 0;
}

/* The value of symbol NUMBER, which no other object can preempt. */
static bool symbol_value(const struct pass *pass, uint32_t number, uint64_t *out)
{
	struct symbol symbol;
	bool is_certain;

	if (!number || !symtab_get(pass->symtab, number, &symbol) || !symbol.defined ||
	    symbol.type == STT_GNU_IFUNC || symbol.type == STT_TLS)
		return false;
	/* MIPS: a global symbol without a word in the GOT was bound by the linker. */
	is_certain = pass->image->type != ET_DYN || symbol.binding == STB_LOCAL ||
		     ELF64_ST_VISIBILITY(symbol.other) != STV_DEFAULT || number < pass->mips_gotsym;
	if (is_certain)
		*out = symbol.value;
	return is_certain;
}

/* What the addend of RELOCATION is added to.  False when that can't be known. */
static bool base_of(const struct pass *pass, const struct relocation *relocation, uint64_t *out)
{
	bool is_linked = pass->image->type != ET_REL;

	*out = 0;
	switch (relocation->rule.kind) {
	case RELOC_RELATIVE:
		return is_linked;
	case RELOC_MIPS_REL32:
		return is_linked &&
		       (!relocation->symbol || symbol_value(pass, relocation->symbol, out));
	case RELOC_ABSOLUTE:
		return symbol_value(pass, relocation->symbol, out);
	case RELOC_ADD:
	case RELOC_SUB:
		return !is_linked && symbol_value(pass, relocation->symbol, out);
	default:
		return false;
	}
}

/* What RELOCATION leaves behind in the state of the word that it changes. */
static unsigned int state_after(const struct relocation *relocation)
{
	switch (relocation->rule.kind) {
	case RELOC_ADD:
		return AREA_ADDED;
	case RELOC_SUB:
		return AREA_SUBTRACTED;
	default:
		return AREA_RELOCATED;
	}
}

/* Apply RELOCATION to AREA, or note that its word can't be known. */
static void apply_to_area(const struct pass *pass, const struct relocation *relocation,
			  struct area *area)
{
	uint64_t at = relocation->place - area->address;
	unsigned int width = relocation->rule.width;
	unsigned int state = state_after(relocation);
	uint64_t before = 0;
	uint64_t value;

	/* Nor is it known what two relocations of one word make together. */
	if (!base_of(pass, relocation, &value) || area_marks(area, at, 1) & state) {
		area_mark_relocation(area, at, width ? width : 1, AREA_UNKNOWN);
		return;
	}
	reader_word(&area->reader, at, width, &before);
	value += relocation->addend_in_place ? before : relocation->addend;
	if (relocation->rule.kind == RELOC_ADD)
		value = before + value;
	else if (relocation->rule.kind == RELOC_SUB)
		value = before - value;
	write_word(area->bytes + at, value, width, area->reader.big_endian);
	area_mark_relocation(area, at, width, state);
}

/*
 * Whether a relocation of TYPE may be of a symbol at VALUE.  In version 1 of the ABI of 64-bit
 * PowerPC a function's symbol is its descriptor's, and a branch does not go there.
 */
static bool may_be_target(const struct elf_image *image, uint32_t type, uint64_t value)
{
	const struct image_segment *segment;

	if (image->machine != EM_PPC64 || (type != R_PPC64_REL24 && type != R_PPC64_REL14))
		return true;
	segment = elf_image_segment(image, value);
	return segment && segment->executable;
}

/* Note a relocation of code. */
static int add_patch(const struct pass *pass, const struct relocation *relocation)
{
	struct patch patch = {
		.place = relocation->place,
		.value = relocation->addend,
		.addend_in_place = relocation->addend_in_place,
	};
	uint64_t value = 0;
	bool is_known = symbol_value(pass, relocation->symbol, &value) &&
			may_be_target(pass->image, relocation->rule.type, value);

	patch.value += value;
	if (!patches_add(pass->patches, pass->image->arch, relocation->rule.type, patch, is_known))
		return 0;
	return csinfo_fail(pass->err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS, "out of memory");
}

static int apply(struct pass *pass, const struct relocation *relocation)
{
	struct area *area;
	int status;

	if (relocation->rule.kind == RELOC_NONE)
		return 0;
	if (pass->patches)
		return add_patch(pass, relocation);
	status = area_of_word(pass, relocation, &area);
	if (status)
		return status;
	if (area)
		apply_to_area(pass, relocation, area);
	else if (relocation->rule.kind == RELOC_RELATIVE && !relocation->addend_in_place)
		status = add_slot(pass, relocation->place,
				  relocation->rule.width == 4 ? (uint32_t)relocation->addend
							      : relocation->addend);
	return status;
}

/*
 * Type and symbol in an r_info, all of INFO.  64-bit MIPS has a 32-bit symbol, in the byte
 * order of the file, and then single bytes: a second symbol and up to three types that are
 * applied one after the other.
 */
static struct reloc_rule read_info(const struct elf_image *image, const struct reader *info,
				   uint32_t *symbol)
{
	unsigned int word = image->word;
	uint64_t value = 0;
	uint8_t types[4] = {0}; /* the second symbol, and the types, the last one first */
	const struct reloc_rule several = {UINT32_MAX, RELOC_UNKNOWN, 0};
	struct reloc_rule rule;

	reader_word(info, 0, word, &value);
	*symbol = (uint32_t)(value >> (word == 8 ? 32 : 8));
	if (word == 4)
		return machine_rule(image->arch, value & 0xff);
	if (image->machine != EM_MIPS)
		return machine_rule(image->arch, (uint32_t)value);
	reader_u32(info, 0, symbol);
	for (unsigned int i = 0; i < sizeof(types); i++)
		reader_u8(info, 4 + i, &types[i]);
	rule = machine_rule(image->arch, types[3]);
	if (rule.kind == RELOC_MIPS_REL32 && types[2] == R_MIPS_64)
		rule.width = sizeof(uint64_t);
	else if (types[2])
		rule = several;
	if (types[0] || types[1])
		rule = several;
	return rule;
}

/* Read ENTRY, the relocation at FILE_OFFSET of the file.  Into place: there are many. */
static void read_relocation(const struct pass *pass, const struct reader *entry,
			    uint64_t file_offset, bool is_rela, struct relocation *out)
{
	unsigned int word = pass->image->word;
	struct reader info = {entry->bytes + word, word, entry->big_endian};

	reader_word(entry, 0, word, &out->place);
	out->rule = read_info(pass->image, &info, &out->symbol);
	out->addend = 0;
	if (is_rela)
		reader_word(entry, 2 * word, word, &out->addend);
	if (is_rela && word == 4) /* signed: it may be added to 64 bits */
		out->addend = (uint64_t)(int32_t)out->addend;
	out->addend_in_place = !is_rela;
	out->file_offset = file_offset;
}

static bool is_packed(uint32_t type)
{
	return type == SHT_ANDROID_REL || type == SHT_ANDROID_RELA;
}

/* In a relocatable file a place is an offset in the section. */
static int take_target(const struct pass *pass, struct relocation *relocation)
{
	const struct image_section *target = pass->target;

	if (!target)
		return 0;
	if (relocation->place >= target->size)
		return csinfo_fail(pass->err, CSINFO_E_MALFORMED, pass->section->name,
				   relocation->file_offset,
				   "relocation at 0x%llx is past the end of section %s",
				   (unsigned long long)relocation->place, target->name);
	relocation->place += target->address;
	return 0;
}

static int check_multiple(const struct pass *pass, uint64_t entry)
{
	if (pass->section->size % entry == 0)
		return 0;
	return csinfo_fail(pass->err, CSINFO_E_MALFORMED, pass->section->name,
			   pass->section->offset, "size %llu is not a multiple of %llu",
			   (unsigned long long)pass->section->size, (unsigned long long)entry);
}

/* Look at the SIZE bytes at AT of the section as pass->entry. */
static int take_entry(struct pass *pass, uint64_t at, size_t size)
{
	const unsigned char *bytes = window_get(pass->window, pass->section->offset + at, size);

	if (!bytes)
		return elf_image_lost(pass->section, pass->err);
	pass->entry = (struct reader){bytes, size, pass->image->big_endian};
	return 0;
}

/*
 * Nearly all relocations are like this: a word becomes the addend, in the area of the one
 * before.  False, and nothing done, for others.
 */
static inline bool apply_simply(const struct pass *pass, const struct relocation *relocation)
{
	struct area *area = pass->last;
	unsigned int width = relocation->rule.width;
	uint64_t at;

	if (!area || relocation->rule.kind != RELOC_RELATIVE || relocation->addend_in_place ||
	    pass->image->type == ET_REL)
		return false;
	at = relocation->place - area->address;
	if (!range_within(at, width, area->reader.size) || area_marks(area, at, 1))
		return false;
	write_word(area->bytes + at, relocation->addend, width, area->reader.big_endian);
	area_mark_relocation(area, at, width, AREA_RELOCATED);
	return true;
}

/* Apply the relocations of a SHT_RELA or SHT_REL section in CHUNK, all of ENTRY_SIZE bytes. */
static int apply_chunk(struct pass *pass, const struct reader *chunk, uint64_t file_offset,
		       unsigned int entry_size, bool is_rela)
{
	int status = 0;

	for (uint64_t at = 0; !status && at < chunk->size; at += entry_size) {
		struct reader entry = {chunk->bytes + at, entry_size, chunk->big_endian};
		struct relocation relocation;

		read_relocation(pass, &entry, file_offset + at, is_rela, &relocation);
		if (apply_simply(pass, &relocation))
			continue;
		status = take_target(pass, &relocation);
		if (!status)
			status = apply(pass, &relocation);
	}
	return status;
}

static int apply_rel_section(struct pass *pass, bool is_rela)
{
	const struct image_section *section = pass->section;
	unsigned int entry_size = (is_rela ? 3 : 2) * pass->image->word;
	int status = check_multiple(pass, entry_size);

	for (uint64_t at = 0; !status && at < section->size; at += CHUNK_SIZE) {
		struct image_section part = *section;
		struct reader chunk = {0};

		part.offset += at;
		part.size -= at;
		if (part.size > CHUNK_SIZE)
			part.size = CHUNK_SIZE;
		status = elf_image_load(pass->image, &part, &chunk, pass->err);
		if (!status)
			status = apply_chunk(pass, &chunk, part.offset, entry_size, is_rela);
		reader_free(&chunk);
	}
	return status;
}

/* One word that RELR names: its addend is in place. */
static int apply_relr_word(struct pass *pass, uint64_t place, uint64_t file_offset)
{
	struct relocation relocation = {
		.place = place,
		.rule = {0, RELOC_RELATIVE, (uint8_t)pass->image->word},
		.addend_in_place = true,
		.file_offset = file_offset,
	};

	if (!elf_image_is_mapped(pass->image, place, pass->image->word))
		return csinfo_fail(pass->err, CSINFO_E_MALFORMED, pass->section->name, file_offset,
				   "relocation of 0x%llx, which is in no segment",
				   (unsigned long long)place);
	return apply(pass, &relocation);
}

/* A bitmap: bit N (from 1) stands for the word N - 1 after *NEXT. */
static int apply_relr_bitmap(struct pass *pass, uint64_t bitmap, uint64_t *next,
			     uint64_t file_offset)
{
	const unsigned int word = pass->image->word;
	const uint64_t step = (uint64_t)(8 * word - 1) * word;
	uint64_t place = *next;
	int status = 0;

	if (*next > UINT64_MAX - step)
		return csinfo_fail(pass->err, CSINFO_E_MALFORMED, pass->section->name, file_offset,
				   "bitmap that follows no address");
	for (bitmap >>= 1; bitmap && !status; bitmap >>= 1, place += word)
		if (bitmap & 1)
			status = apply_relr_word(pass, place, file_offset);
	*next += step;
	return status;
}

static int apply_relr_section(struct pass *pass)
{
	const unsigned int word = pass->image->word;
	uint64_t next = UINT64_MAX; /* no address yet */
	int status = check_multiple(pass, word);

	for (uint64_t at = 0; !status && at < pass->section->size; at += word) {
		uint64_t file_offset = pass->section->offset + at;
		uint64_t entry = 0;

		status = take_entry(pass, at, word);
		if (status)
			break;
		reader_word(&pass->entry, 0, word, &entry);
		if (entry & 1) {
			status = apply_relr_bitmap(pass, entry, &next, file_offset);
		} else {
			status = apply_relr_word(pass, entry, file_offset);
			next = entry + word;
		}
	}
	return status;
}

static int too_many(const struct pass *pass)
{
	return csinfo_fail(pass->err, CSINFO_E_MALFORMED, pass->section->name,
			   pass->section->offset, "relocation sections are larger than the file");
}

/* Sections that share bytes of the file could ask for any amount of work. */
static int spend(struct pass *pass, uint64_t bytes)
{
	if (bytes > pass->budget)
		return too_many(pass);
	pass->budget -= bytes;
	return 0;
}

static int apply_packed_section(struct pass *pass)
{
	const struct image_section *section = pass->section;
	unsigned int word = pass->image->word;
	unsigned char bytes[sizeof(uint64_t)];
	struct reader info = {bytes, word, true};
	struct packed packed;
	int status;

	if (!packed_open(&packed, pass->window, section))
		return csinfo_fail(pass->err, CSINFO_E_MALFORMED, section->name, section->offset,
				   "relocations are not packed in a known way");
	/* A few bytes can stand for any number: no more than the file has words. */
	status = packed.left > pass->budget / word ? too_many(pass)
						   : spend(pass, packed.left * word);
	while (!status && (packed.left || packed.in_group)) {
		struct relocation relocation = {
			.file_offset = packed.at,
			.addend_in_place = section->type == SHT_ANDROID_REL,
		};

		if (!packed_next(&packed))
			return csinfo_fail(pass->err, CSINFO_E_MALFORMED, section->name, packed.at,
					   "packed relocations end too early");
		relocation.place = packed.place;
		relocation.addend = packed.addend;
		/* Numbers have no byte order: a symbol and types, the most significant first. */
		write_word(bytes, packed.info, word, info.big_endian);
		relocation.rule = read_info(pass->image, &info, &relocation.symbol);
		status = apply(pass, &relocation);
	}
	return status;
}

/* Whether the relocations of SECTION are those that this pass is for. */
static bool is_target(const struct pass *pass, const struct image_section *section)
{
	if (!pass->patches)
		return area_kind_of(pass->image, section) >= 0;
	return section->flags & SHF_ALLOC && section->flags & SHF_EXECINSTR &&
	       range_within(section->offset, section->size, pass->image->file.size);
}

/* Whether the relocations of pass->section are to be looked at; sets pass->target. */
static bool is_wanted(struct pass *pass)
{
	const struct image_section *section = pass->section;
	bool is_rel = section->type == SHT_RELA || section->type == SHT_REL;

	pass->target = NULL;
	if (pass->image->type == ET_REL) {
		pass->target = elf_image_section(pass->image, section->info);
		return is_rel && pass->target && is_target(pass, pass->target);
	}
	/* What --emit-relocs leaves behind is not loaded, and has been applied. */
	return section->flags & SHF_ALLOC &&
	       (is_rel || is_packed(section->type) || section->type == SHT_RELR ||
		section->type == SHT_ANDROID_RELR);
}

/* The symbols that the section's relocations refer to. */
static int open_symbols(struct pass *pass)
{
	const struct image_section *symbols;
	int status = 0;

	if (pass->section->link == pass->symtab_index)
		return 0;
	/* Opening them looks at all sections. */
	status = spend(pass, pass->image->n_sections);
	if (status)
		return status;
	pass->symtab_index = pass->section->link;
	pass->symtab->n = 0;
	symbols = elf_image_section(pass->image, pass->symtab_index);
	if (symbols)
		symtab_open(pass->symtab, pass->image, symbols);
	return 0;
}

static int apply_section(struct pass *pass)
{
	uint32_t type = pass->section->type;
	int status;

	if (!is_wanted(pass))
		return 0;
	status = elf_image_check(pass->image, pass->section, pass->err);
	if (!status)
		status = spend(pass, pass->section->size);
	if (!status)
		status = open_symbols(pass);
	if (status)
		return status;
	if (is_packed(type))
		return apply_packed_section(pass);
	return type == SHT_RELA || type == SHT_REL ? apply_rel_section(pass, type == SHT_RELA)
						   : apply_relr_section(pass);
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

/* DT_MIPS_GOTSYM of the dynamic section; 0, also for other machines, when there is none. */
static uint64_t mips_gotsym(const struct elf_image *image)
{
	const unsigned int word = image->word;
	const struct image_section *dynamic = NULL;
	struct reader reader = {0};
	uint64_t gotsym = 0;
	uint64_t tag = DT_NULL;

	for (size_t i = 0; image->machine == EM_MIPS && i < image->n_sections; i++)
		if (image->sections[i].type == SHT_DYNAMIC)
			dynamic = &image->sections[i];
	if (dynamic)
		elf_image_load(image, dynamic, &reader, NULL);
	for (uint64_t at = 0; range_within(at, 2 * word, reader.size) && !gotsym; at += 2 * word) {
		reader_word(&reader, at, word, &tag);
		if (tag == DT_MIPS_GOTSYM)
			reader_word(&reader, at + word, word, &gotsym);
	}
	reader_free(&reader);
	return gotsym;
}

int reloc_apply(struct areas *areas, const struct elf_image *image, struct csinfo_err *err)
{
	struct window window = {.file = &image->file};
	struct symtab symtab = {.n = 0};
	struct pass pass = {
		.areas = areas,
		.image = image,
		.window = &window,
		.symtab = &symtab,
		.budget = image->file.size,
		.mips_gotsym = mips_gotsym(image),
		.err = err,
	};
	int status = 0;

	for (size_t i = 0; !status && i < image->n_sections; i++) {
		pass.section = &image->sections[i];
		status = apply_section(&pass);
	}
	if (!status)
		sort_slots(areas);
	return status;
}

int reloc_collect(struct patches *patches, const struct elf_image *image, struct csinfo_err *err)
{
	struct window window = {.file = &image->file};
	struct symtab symtab = {.n = 0};
	struct pass pass = {
		.patches = patches,
		.image = image,
		.window = &window,
		.symtab = &symtab,
		.budget = image->file.size,
		.err = err,
	};
	int status = 0;

	*patches = (struct patches){.big_endian = image->big_endian};
	for (size_t i = 0; image->type == ET_REL && !status && i < image->n_sections; i++) {
		pass.section = &image->sections[i];
		status = apply_section(&pass);
	}
	patches_sort(patches);
	return status;
}
