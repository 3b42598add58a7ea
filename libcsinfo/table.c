// SPDX-License-Identifier: MIT
/* The critical sections of a file, in order, and what they declare. */
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "large.h"
#include "sort.h"
#include "table.h"

/* Offsets of the fields of a descriptor. */
#define DESCRIPTOR_VERSION 0u
#define DESCRIPTOR_FLAGS 4u
#define DESCRIPTOR_START_IP 8u
#define DESCRIPTOR_POST_COMMIT_OFFSET 16u
#define DESCRIPTOR_ABORT_IP 24u

#define POINTER_SIZE 8u
#define EXIT_SIZE 16u

/* Enough to see what is wrong; a hostile file must not fill the memory. */
#define MAX_REMARKS 100

struct builder {
	struct table *table;
	struct areas *areas;
	const struct elf_image *image;
	struct window *window;		     /* on signatures */
	const struct image_segment *segment; /* that code was found in last, or NULL */
	struct csinfo_err *err;
};

void table_remark(struct table *table, const char *section, uint64_t offset, struct stray stray,
		  const char *format, ...)
{
	struct csinfo_err *remark = &table->remarks[table->n_remarks];
	va_list arguments;

	if (table->n_remarks == MAX_REMARKS)
		return;
	table->strays[table->n_remarks] = stray;
	remark->size = sizeof(*remark);
	va_start(arguments, format);
	csinfo_vfail(remark, CSINFO_E_MALFORMED, section, offset, format, arguments);
	va_end(arguments);
	table->n_remarks++;
}

/* In an object that is loaded anywhere, an address without a relocation is wrong. */
static bool is_certain(const struct builder *builder, const struct area *area, uint64_t at)
{
	enum area_field field = area_field(area, at);

	return field == FIELD_ADDRESS || (field == FIELD_PLAIN && builder->image->type == ET_EXEC);
}

/* Whether the SIZE bytes at AT are what a linker puts between tables. */
static bool is_padding(const struct area *area, uint64_t at, unsigned int size)
{
	for (unsigned int i = 0; i < size; i++)
		if (area->bytes[at + i])
			return false;
	return !area_marks(area, at, size);
}

static bool is_aligned(const struct area *area, uint64_t address)
{
	return area->alignment >= DESCRIPTOR_SIZE &&
	       (address - area->anchor) % DESCRIPTOR_SIZE == 0;
}

/* The segment whose file bytes hold ADDRESS, or NULL: most often the same as before. */
static const struct image_segment *segment_at(struct builder *builder, uint64_t address)
{
	if (!builder->segment || !elf_image_is_in(builder->image, builder->segment, address))
		builder->segment = elf_image_segment(builder->image, address);
	return builder->segment;
}

static uint16_t range_marks(struct builder *builder, const struct entry *section)
{
	const struct image_segment *segment = segment_at(builder, section->start_ip);
	uint16_t marks = 0;

	if (!section->post_commit_offset)
		marks |= CSINFO_MARK_EMPTY;
	if (section->start_ip > UINT64_MAX - section->post_commit_offset)
		marks |= CSINFO_MARK_WRAPS;
	if (section->abort_ip - section->start_ip < section->post_commit_offset)
		marks |= CSINFO_MARK_ABORT_INSIDE;
	if (!segment || !segment->executable ||
	    !range_within(section->start_ip - segment->address, section->post_commit_offset,
			  segment->file_size))
		marks |= CSINFO_MARK_NOT_CODE;
	return marks;
}

static void read_signature(struct builder *builder, struct entry *section)
{
	uint64_t address = section->abort_ip - SIGNATURE_SIZE;
	const struct image_segment *segment = segment_at(builder, address);
	struct reader reader = {.big_endian = builder->image->big_endian};
	uint64_t offset;

	if (segment) {
		offset = address - segment->address;
		if (range_within(offset, SIGNATURE_SIZE, segment->file_size))
			reader.bytes = window_get(builder->window, segment->offset + offset,
						  SIGNATURE_SIZE);
	}
	reader.size = reader.bytes ? SIGNATURE_SIZE : 0;
	if (!reader_u32(&reader, 0, &section->signature))
		section->marks |= CSINFO_MARK_NO_SIGNATURE;
}

/* The fields of the descriptor at AT that are not certain: UNCERTAIN_*. */
static uint8_t uncertain_fields(const struct builder *builder, const struct area *area, uint64_t at)
{
	uint8_t fields = 0;

	if (!is_certain(builder, area, at + DESCRIPTOR_START_IP))
		fields |= UNCERTAIN_START_IP;
	if (area_field(area, at + DESCRIPTOR_POST_COMMIT_OFFSET) != FIELD_PLAIN)
		fields |= UNCERTAIN_OFFSET;
	if (!is_certain(builder, area, at + DESCRIPTOR_ABORT_IP))
		fields |= UNCERTAIN_ABORT_IP;
	return fields;
}

/* Add the descriptor at AT of AREA, all of it in bounds. */
static void add_entry(struct builder *builder, const struct area *area, uint64_t at,
		      bool has_pointer)
{
	struct table *table = builder->table;
	struct entry *entry = &table->entries[table->n++];
	const struct reader *reader = &area->reader;

	*entry = (struct entry){.descriptor = area->address + at, .has_pointer = has_pointer};
	reader_u32(reader, at + DESCRIPTOR_VERSION, &entry->version);
	reader_u32(reader, at + DESCRIPTOR_FLAGS, &entry->flags);
	reader_u64(reader, at + DESCRIPTOR_START_IP, &entry->start_ip);
	reader_u64(reader, at + DESCRIPTOR_POST_COMMIT_OFFSET, &entry->post_commit_offset);
	reader_u64(reader, at + DESCRIPTOR_ABORT_IP, &entry->abort_ip);
	entry->marks = range_marks(builder, entry);
	if (entry->version)
		entry->marks |= CSINFO_MARK_VERSION;
	if (entry->flags)
		entry->marks |= CSINFO_MARK_FLAGS;
	if (!is_aligned(area, entry->descriptor))
		entry->marks |= CSINFO_MARK_MISALIGNED;
	entry->uncertain = uncertain_fields(builder, area, at);
	if (entry->uncertain)
		entry->marks |= CSINFO_MARK_RELOCATION;
	read_signature(builder, entry);
}

/* Follow the pointer at AT of POINTERS, an area whose size is a multiple of 8. */
static void follow_pointer(struct builder *builder, const struct area *pointers, uint64_t at)
{
	struct area *area;
	uint64_t value = 0;
	uint64_t offset;

	if (is_padding(pointers, at, POINTER_SIZE))
		return;
	reader_u64(&pointers->reader, at, &value);
	if (!is_certain(builder, pointers, at)) {
		table_remark(builder->table, pointers->name, pointers->offset + at,
			     (struct stray){STRAY_POINTER_UNCERTAIN, pointers->address + at, value},
			     "pointer 0x%llx has no relocation that is understood",
			     (unsigned long long)value);
		return;
	}
	area = areas_find(builder->areas, AREA_DESCRIPTORS, value);
	offset = area ? value - area->address : 0;
	if (!area || !range_within(offset, DESCRIPTOR_SIZE, area->reader.size)) {
		table_remark(builder->table, pointers->name, pointers->offset + at,
			     (struct stray){STRAY_POINTER, pointers->address + at, value},
			     "pointer 0x%llx leads to no descriptor", (unsigned long long)value);
		return;
	}
	area_mark(area, offset, DESCRIPTOR_SIZE, AREA_USED);
	add_entry(builder, area, offset, true);
}

/* Whether a pointer has led to any byte of the descriptor at AT. */
static bool is_used(const struct area *area, uint64_t at)
{
	return area_marks(area, at, DESCRIPTOR_SIZE) & AREA_USED;
}

/*
 * Add the descriptors that no pointer leads to: code older than the pointer
 * array, which may be linked with newer code.
 */
static int scan_descriptors(struct builder *builder, const struct area *area)
{
	uint64_t size = area->reader.size;
	uint64_t at = -(area->address - area->anchor) % DESCRIPTOR_SIZE;

	if (at > size)
		at = size;
	for (; range_within(at, DESCRIPTOR_SIZE, size); at += DESCRIPTOR_SIZE)
		if (!is_used(area, at) && !is_padding(area, at, DESCRIPTOR_SIZE))
			add_entry(builder, area, at, false);
	for (; at < size; at++)
		if (area->bytes[at] && !(area_marks(area, at, 1) & AREA_USED))
			return csinfo_fail(builder->err, CSINFO_E_MALFORMED, area->name,
					   area->offset + at, "truncated descriptor");
	return 0;
}

static bool is_certain_exit(const struct builder *builder, const struct area *area, uint64_t at)
{
	return is_certain(builder, area, at) && is_certain(builder, area, at + POINTER_SIZE);
}

static void add_exit(struct builder *builder, const struct area *area, uint64_t at)
{
	struct exit_point *exit_point = &builder->table->exits[builder->table->n_exits];

	if (is_padding(area, at, EXIT_SIZE))
		return;
	reader_u64(&area->reader, at, &exit_point->start_ip);
	reader_u64(&area->reader, at + POINTER_SIZE, &exit_point->exit_ip);
	if (is_certain_exit(builder, area, at))
		builder->table->n_exits++;
	else
		table_remark(builder->table, area->name, area->offset + at,
			     (struct stray){STRAY_EXIT_UNCERTAIN, area->address + at,
					    exit_point->start_ip},
			     "exit point 0x%llx of 0x%llx has no relocation that is understood",
			     (unsigned long long)exit_point->exit_ip,
			     (unsigned long long)exit_point->start_ip);
}

static int check_multiple(const struct builder *builder, const struct area *area, uint64_t unit)
{
	if (area->reader.size % unit == 0)
		return 0;
	return csinfo_fail(builder->err, CSINFO_E_MALFORMED, area->name, area->offset,
			   "size %llu is not a multiple of %llu: the table is truncated",
			   (unsigned long long)area->reader.size, (unsigned long long)unit);
}

/* Read AREA; descriptors come last, when all pointers have been followed. */
static int read_area(struct builder *builder, const struct area *area)
{
	uint64_t size = area->reader.size;
	int status;

	if (area->kind == AREA_FUNCTIONS)
		return 0;
	if (area->kind == AREA_DESCRIPTORS)
		return scan_descriptors(builder, area);
	status = check_multiple(builder, area, area->kind == AREA_EXITS ? EXIT_SIZE : POINTER_SIZE);
	if (status)
		return status;
	for (uint64_t at = 0; area->kind == AREA_EXITS && at < size; at += EXIT_SIZE)
		add_exit(builder, area, at);
	for (uint64_t at = 0; area->kind == AREA_POINTERS && at < size; at += POINTER_SIZE)
		follow_pointer(builder, area, at);
	return 0;
}

static int read_areas(struct builder *builder, bool descriptors)
{
	int status = 0;

	for (size_t i = 0; !status && i < builder->areas->n; i++) {
		const struct area *area = &builder->areas->list[i];

		if ((area->kind == AREA_DESCRIPTORS) == descriptors)
			status = read_area(builder, area);
	}
	return status;
}

/* Room for as many entries and exits as the areas could hold. */
static int allocate(struct builder *builder)
{
	struct table *table = builder->table;
	size_t n_entries = 1;
	size_t n_exits = 1;

	for (size_t i = 0; i < builder->areas->n; i++) {
		const struct area *area = &builder->areas->list[i];

		if (area->kind == AREA_EXITS)
			n_exits += area->reader.size / EXIT_SIZE;
		else if (area->kind == AREA_POINTERS)
			n_entries += area->reader.size / POINTER_SIZE;
		else if (area->kind == AREA_DESCRIPTORS)
			n_entries += area->reader.size / DESCRIPTOR_SIZE;
	}
	table->entries = large_alloc(n_entries * sizeof(*table->entries));
	table->exits = large_alloc(n_exits * sizeof(*table->exits));
	table->remarks = calloc(MAX_REMARKS, sizeof(*table->remarks));
	table->strays = calloc(MAX_REMARKS, sizeof(*table->strays));
	if (!table->entries || !table->exits || !table->remarks || !table->strays)
		return csinfo_fail(builder->err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS,
				   "out of memory");
	return 0;
}

static int compare_entries(const void *left, const void *right)
{
	const struct entry *a = left;
	const struct entry *b = right;
	uint64_t commit_a = a->start_ip + a->post_commit_offset;
	uint64_t commit_b = b->start_ip + b->post_commit_offset;

	if (a->start_ip != b->start_ip)
		return a->start_ip > b->start_ip ? 1 : -1;
	if (commit_a != commit_b)
		return commit_a > commit_b ? 1 : -1;
	return (a->descriptor > b->descriptor) - (a->descriptor < b->descriptor);
}

static int compare_exits(const void *left, const void *right)
{
	const struct exit_point *a = left;
	const struct exit_point *b = right;

	if (a->start_ip != b->start_ip)
		return a->start_ip > b->start_ip ? 1 : -1;
	return (a->exit_ip > b->exit_ip) - (a->exit_ip < b->exit_ip);
}

/* Entries of one descriptor are neighbours: all their keys are equal. */
static void mark_duplicates(struct table *table)
{
	for (size_t i = 1; i < table->n; i++) {
		struct entry *a = &table->entries[i - 1];
		struct entry *b = &table->entries[i];

		if (a->descriptor != b->descriptor)
			continue;
		a->marks |= CSINFO_MARK_DUPLICATE;
		b->marks |= CSINFO_MARK_DUPLICATE;
	}
}

/* Exit points for no section are told in the order of the file, but for uncertain ones. */
static void remark_stray_exits(struct builder *builder, const struct area *area)
{
	for (uint64_t at = 0; at < area->reader.size; at += EXIT_SIZE) {
		const struct table *table = builder->table;
		uint64_t start_ip = 0;
		size_t i;

		reader_u64(&area->reader, at, &start_ip);
		i = table_lower_bound(table, start_ip);
		if (i < table->n && table->entries[i].start_ip == start_ip)
			continue;
		if (is_certain_exit(builder, area, at) && !is_padding(area, at, EXIT_SIZE))
			table_remark(builder->table, area->name, area->offset + at,
				     (struct stray){STRAY_EXIT, area->address + at, start_ip},
				     "exit point for 0x%llx, where no section starts",
				     (unsigned long long)start_ip);
	}
}

/* Whether a section starts where each exit point says: both are in order. */
static bool all_belong(const struct table *table)
{
	size_t entry = 0;

	for (size_t i = 0; i < table->n_exits; i++) {
		uint64_t start_ip = table->exits[i].start_ip;

		while (entry < table->n && table->entries[entry].start_ip < start_ip)
			entry++;
		if (entry == table->n || table->entries[entry].start_ip != start_ip)
			return false;
	}
	return true;
}

static void finish_exits(struct builder *builder)
{
	struct table *table = builder->table;

	sort_records(table->exits, table->n_exits, sizeof(*table->exits), compare_exits);
	if (all_belong(table))
		return;
	for (size_t i = 0; i < builder->areas->n; i++)
		if (builder->areas->list[i].kind == AREA_EXITS)
			remark_stray_exits(builder, &builder->areas->list[i]);
}

int table_open(struct table *table, struct areas *areas, const struct elf_image *image,
	       struct csinfo_err *err)
{
	struct window window = {.file = &image->file};
	struct builder builder = {
		.table = table,
		.areas = areas,
		.image = image,
		.window = &window,
		.err = err,
	};
	int status;

	*table = (struct table){0};
	status = allocate(&builder);
	if (!status)
		status = read_areas(&builder, false);
	if (!status)
		status = read_areas(&builder, true);
	if (status)
		return status;
	sort_records(table->entries, table->n, sizeof(*table->entries), compare_entries);
	mark_duplicates(table);
	status = table_index(table, err);
	if (status)
		return status;
	finish_exits(&builder);
	return 0;
}

void table_section(const struct table *table, size_t index, struct csinfo_section *out)
{
	const struct entry *entry = &table->entries[index];
	size_t n_exits;

	table_exits(table, entry->start_ip, &n_exits);
	*out = (struct csinfo_section){
		.size = sizeof(*out),
		.descriptor = entry->descriptor,
		.start_ip = entry->start_ip,
		.post_commit_offset = entry->post_commit_offset,
		.commit_ip = entry->start_ip + entry->post_commit_offset,
		.abort_ip = entry->abort_ip,
		.version = entry->version,
		.flags = entry->flags,
		.signature = entry->signature,
		.marks = entry->marks,
		.n_exits = n_exits,
	};
}

void table_close(struct table *table)
{
	free(table->entries);
	free(table->blocks);
	free(table->starts);
	free(table->ends);
	free(table->aborts);
	free(table->exits);
	free(table->remarks);
	free(table->strays);
	*table = (struct table){0};
}
