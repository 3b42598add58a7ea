// SPDX-License-Identifier: MIT
/* The public interface: copy records out. */
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "flow.h"
#include "handle.h"

#define STRING(x) #x
#define VERSION(x, y) STRING(x) "." STRING(y)

const char *csinfo_version(void)
{
	return VERSION(CSINFO_VERSION_MAJOR, CSINFO_VERSION_MINOR);
}

const char *csinfo_strerror(int error)
{
	switch (error) {
	case CSINFO_OK:
		return "success";
	case CSINFO_E_IO:
		return "file can't be read";
	case CSINFO_E_NOMEM:
		return "out of memory";
	case CSINFO_E_NOT_ELF:
		return "not an ELF file";
	case CSINFO_E_UNSUPPORTED:
		return "not supported";
	case CSINFO_E_MALFORMED:
		return "malformed contents";
	case CSINFO_E_NOT_FOUND:
		return "not found";
	case CSINFO_E_ARGUMENT:
		return "invalid argument";
	case CSINFO_E_ARCHIVE:
		return "an archive";
	default:
		return "unknown error";
	}
}

int csinfo_machine(const struct csinfo *handle)
{
	return handle ? handle->image.machine : 0;
}

int csinfo_elf_type(const struct csinfo *handle)
{
	return handle ? handle->image.type : ET_NONE;
}

int csinfo_elf_class(const struct csinfo *handle)
{
	return handle ? handle->image.elf_class : ELFCLASSNONE;
}

int csinfo_byte_order(const struct csinfo *handle)
{
	return handle ? handle->image.byte_order : ELFDATANONE;
}

uint32_t csinfo_elf_flags(const struct csinfo *handle)
{
	return handle ? handle->image.flags : 0;
}

int csinfo_read(const struct csinfo *handle, uint64_t address, void *buffer, size_t size)
{
	const struct image_segment *segment;

	if (!handle || (!buffer && size))
		return CSINFO_E_ARGUMENT;
	segment = elf_image_segment(&handle->image, address);
	if (!segment || !handle->table.n ||
	    !range_within(address - segment->address, size, segment->file_size))
		return CSINFO_E_NOT_FOUND;
	if (!file_is_unchanged(&handle->image.file) ||
	    !elf_image_read(&handle->image, address, buffer, size))
		return CSINFO_E_IO;
	return 0;
}

int csinfo_read_linked(const struct csinfo *handle, uint64_t address, void *buffer, size_t size)
{
	const struct patches *patches;
	int status = csinfo_read(handle, address, buffer, size);

	if (!status)
		status = handle_patches(handle, &patches, NULL);
	if (status)
		return status;
	patches_apply(patches, address, buffer, size);
	return patches_know(patches, address, size) ? 0 : CSINFO_E_UNSUPPORTED;
}

int csinfo_place(const struct csinfo *handle, uint64_t address, struct csinfo_place *out)
{
	const struct image_section *section;
	struct csinfo_place place = {.size = sizeof(place)};

	if (!handle || !out)
		return CSINFO_E_ARGUMENT;
	section = elf_image_section_at(&handle->image, address);
	if (!section)
		return CSINFO_E_NOT_FOUND;
	place.section = section->name;
	place.index = section->index;
	place.offset = address - section->address;
	place.section_size = section->size;
	place.section_flags = section->flags;
	place.file_offset =
		section->type == SHT_NOBITS ? CSINFO_NO_ADDRESS : section->offset + place.offset;
	return csinfo_copy_out(out, &place, sizeof(place));
}

int csinfo_elf_section(const struct csinfo *handle, const char *name, uint64_t *out)
{
	const struct elf_image *image;

	if (!handle || !name || !out)
		return CSINFO_E_ARGUMENT;
	image = &handle->image;
	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *section = &image->sections[i];

		if (!(section->flags & SHF_ALLOC) || strcmp(section->name, name))
			continue;
		*out = section->address;
		return CSINFO_OK;
	}
	return CSINFO_E_NOT_FOUND;
}

size_t csinfo_count(const struct csinfo *handle)
{
	return handle ? handle->table.n : 0;
}

int csinfo_get(const struct csinfo *handle, size_t index, struct csinfo_section *out)
{
	struct csinfo_section section;
	int status;

	if (!handle)
		return CSINFO_E_ARGUMENT;
	if (index >= handle->table.n)
		return CSINFO_E_NOT_FOUND;
	status = handle_section(handle, index, &section, NULL);
	return status ? status : csinfo_copy_out(out, &section, sizeof(section));
}

int csinfo_get_many(const struct csinfo *handle, size_t first, size_t count, void *out,
		    size_t stride)
{
	char *record = out;

	if (!handle || (!out && count) || stride < sizeof(stride))
		return CSINFO_E_ARGUMENT;
	if (!range_within(first, count, handle->table.n))
		return CSINFO_E_NOT_FOUND;
	for (size_t i = first; i < first + count; i++, record += stride) {
		struct csinfo_section section;
		int status = handle_section(handle, i, &section, NULL);

		if (status)
			return status;
		memcpy(record, &stride, sizeof(stride));
		csinfo_copy_out(record, &section, sizeof(section));
	}
	return 0;
}

int csinfo_exit_point(const struct csinfo *handle, size_t index, size_t number, uint64_t *out)
{
	const struct table *table;
	size_t first;
	size_t n;

	if (!handle || !out)
		return CSINFO_E_ARGUMENT;
	table = &handle->table;
	if (index >= table->n)
		return CSINFO_E_NOT_FOUND;
	first = table_exits(table, table->entries[index].start_ip, &n);
	if (number >= n)
		return CSINFO_E_NOT_FOUND;
	*out = table->exits[first + number].exit_ip;
	return 0;
}

int csinfo_find(const struct csinfo *handle, uint64_t pc, size_t *index)
{
	if (!handle || !index)
		return CSINFO_E_ARGUMENT;
	return table_find(&handle->table, pc, index) ? 0 : CSINFO_E_NOT_FOUND;
}

size_t csinfo_remark_count(const struct csinfo *handle)
{
	return handle ? handle->table.n_remarks : 0;
}

int csinfo_remark(const struct csinfo *handle, size_t index, struct csinfo_err *out)
{
	if (!handle)
		return CSINFO_E_ARGUMENT;
	if (index >= handle->table.n_remarks)
		return CSINFO_E_NOT_FOUND;
	return csinfo_copy_out(out, &handle->table.remarks[index], sizeof(*out));
}

/* The *N declared exits of a section as plain addresses, to be freed; NULL for none. */
static uint64_t *copy_exits(const struct table *table, uint64_t start_ip, size_t *n)
{
	size_t first = table_exits(table, start_ip, n);
	uint64_t *exits = *n ? calloc(*n, sizeof(*exits)) : NULL;

	for (size_t i = 0; exits && i < *n; i++)
		exits[i] = table->exits[first + i].exit_ip;
	return exits;
}

/* What the code of IMAGE is for. */
struct target handle_target(const struct csinfo *handle)
{
	const struct elf_image *image = &handle->image;

	return (struct target){
		.machine = image->machine,
		.elf_class = image->elf_class,
		.byte_order = image->byte_order,
		.elf_flags = image->flags,
	};
}

/*
 * Read what is looked at of the code around the section; reader_free() frees it.  None
 * where no code is.
 */
static int load_code(struct subject *subject, struct csinfo_err *err)
{
	const struct elf_image *image = subject->image;
	const struct csinfo_section *section = subject->section;
	const struct image_segment *segment = elf_image_segment(image, section->start_ip);
	struct image_section part = {.name = ""};
	uint64_t low;
	uint64_t high;
	int status;

	if (!segment || !segment->executable)
		return 0;
	low = segment->address;
	high = segment->address + segment->file_size;
	store_narrow(section, &low, &high);
	subject->code.address = low;
	subject->code.image = image;
	subject->room = segment->file_size - (section->start_ip - segment->address);
	part.offset = segment->offset + (low - segment->address);
	part.size = high - low;
	status = elf_image_load(image, &part, &subject->code.reader, err);
	if (!status)
		code_patch(&subject->code);
	return status;
}

int handle_flow(const struct csinfo *handle, size_t index, const uint64_t *exits, size_t n_exits,
		struct csinfo_flow **out, struct csinfo_err *err)
{
	const struct entry *entry = &handle->table.entries[index];
	struct window window = {.file = &handle->image.file};
	struct csinfo_section section;
	struct subject subject = {
		.target = handle_target(handle),
		.section = &section,
		.exits = exits,
		.n_exits = n_exits,
		.table = &handle->table,
		.areas = &handle->areas,
		.image = &handle->image,
		.window = &window,
		.global_pointer = handle->global_pointer,
	};
	int status = handle_section(handle, index, &section, err);

	subject.target.thumb = entry->arm_code == ARM_CODE_THUMB;
	subject.may_be_thumb = handle->image.machine == EM_ARM && entry->arm_code != ARM_CODE_A32 &&
			       !subject.target.thumb;
	if (!status)
		status = handle_patches(handle, &subject.code.patches, err);
	if (!status)
		status = load_code(&subject, err);
	if (!status)
		status = flow_open(&subject, out, err);
	reader_free(&subject.code.reader);
	return status;
}

int csinfo_flow_open(const struct csinfo *handle, size_t index, struct csinfo_flow **out,
		     struct csinfo_err *err)
{
	uint64_t *exits;
	size_t n;
	int status;

	if (!handle || !out)
		return csinfo_fail(err, CSINFO_E_ARGUMENT, NULL, CSINFO_NO_ADDRESS,
				   "no handle, or nowhere to put the flow");
	if (index >= handle->table.n)
		return csinfo_fail(err, CSINFO_E_NOT_FOUND, NULL, CSINFO_NO_ADDRESS,
				   "no critical section %zu", index);
	if (!file_is_unchanged(&handle->image.file))
		return csinfo_fail(err, CSINFO_E_IO, NULL, CSINFO_NO_ADDRESS,
				   "the file has changed since it was opened");
	exits = copy_exits(&handle->table, handle->table.entries[index].start_ip, &n);
	if (n && !exits)
		return csinfo_fail(err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS, "out of memory");
	status = handle_flow(handle, index, exits, n, out, err);
	free(exits);
	return status;
}

/* Make CODE usable inside; false when it wraps around or has no bytes. */
static bool take_code(const struct csinfo_code *code, struct code *out, struct target *target)
{
	if (!code || code->size < sizeof(*code) || !code->bytes || !code->n_bytes ||
	    code->n_bytes > UINT64_MAX - code->address)
		return false;
	*out = (struct code){
		.address = code->address,
		.reader = {.bytes = code->bytes,
			   .size = code->n_bytes,
			   .big_endian = code->byte_order == ELFDATA2MSB},
	};
	*target = (struct target){
		.machine = code->machine,
		.elf_class = code->elf_class,
		.byte_order = code->byte_order,
		.elf_flags = code->elf_flags,
	};
	if (code->machine == EM_ARM && code->address & 1) {
		out->address--;
		target->thumb = true;
	}
	return true;
}

int csinfo_flow_open_memory(const struct csinfo_code *code, const struct csinfo_section *section,
			    const uint64_t *exits, size_t n_exits, struct csinfo_flow **out,
			    struct csinfo_err *err)
{
	struct csinfo_section known = {.size = sizeof(known)};
	struct entry entry;
	struct block block;
	struct table table;
	struct subject subject = {
		.section = &known,
		.exits = exits,
		.n_exits = n_exits,
		.table = &table,
		.global_pointer = CSINFO_NO_ADDRESS,
	};

	if (!out || !section || section->size < sizeof(section->size) || (n_exits && !exits) ||
	    !take_code(code, &subject.code, &subject.target))
		return csinfo_fail(err, CSINFO_E_ARGUMENT, NULL, CSINFO_NO_ADDRESS,
				   "code, section or exits are missing");
	memcpy(&known, section, section->size < sizeof(known) ? section->size : sizeof(known));
	known.commit_ip = known.start_ip + known.post_commit_offset;
	entry = (struct entry){
		.descriptor = known.descriptor,
		.start_ip = known.start_ip,
		.post_commit_offset = known.post_commit_offset,
		.abort_ip = known.abort_ip,
	};
	table_make_single(&table, &entry, &block);
	if (known.start_ip - subject.code.address < code->n_bytes)
		subject.room = code->n_bytes - (known.start_ip - subject.code.address);
	return flow_open(&subject, out, err);
}

/* What decode() is asked for besides csinfo_insn. */
enum wanted {
	NO_TEXT,
	DISASSEMBLY,
	WRITTEN,
};

/* Decode the instruction at BYTES, and write to TEXT what is WANTED of it. */
static int decode_one(struct decoder *decoder, const struct code *bytes, struct csinfo_insn *out,
		      enum wanted wanted, char *text, size_t text_size)
{
	struct csinfo_insn result = {.size = sizeof(result)};
	struct insn insn;

	if (!decoder_decode(decoder, bytes, bytes->address, &insn))
		return CSINFO_E_MALFORMED;
	if (wanted == DISASSEMBLY)
		decoder_print(decoder, bytes, bytes->address, text, text_size);
	if (wanted == WRITTEN && !decoder_changes(decoder, bytes, bytes->address, text, text_size))
		return CSINFO_E_ARGUMENT;
	result.length = insn.length - insn.delay;
	result.delay = insn.delay;
	result.kind = insn.kind;
	if (insn.conditional)
		result.flags |= CSINFO_INSN_CONDITIONAL;
	result.target = insn.target;
	return out ? csinfo_copy_out(out, &result, sizeof(result)) : 0;
}

static int decode(const struct csinfo_code *code, struct csinfo_insn *out, enum wanted wanted,
		  char *text, size_t text_size)
{
	struct decoder decoder;
	struct target target;
	struct code bytes;
	int status;

	if (!take_code(code, &bytes, &target))
		return CSINFO_E_ARGUMENT;
	status = decoder_open(&decoder, &target);
	if (status)
		return status;
	status = decode_one(&decoder, &bytes, out, wanted, text, text_size);
	decoder_close(&decoder);
	return status;
}

int csinfo_decode(const struct csinfo_code *code, struct csinfo_insn *out)
{
	return out ? decode(code, out, NO_TEXT, NULL, 0) : CSINFO_E_ARGUMENT;
}

int csinfo_disassemble(const struct csinfo_code *code, struct csinfo_insn *out, char *text,
		       size_t text_size)
{
	if (!text || !text_size)
		return CSINFO_E_ARGUMENT;
	return decode(code, out, DISASSEMBLY, text, text_size);
}

int csinfo_written(const struct csinfo_code *code, char *text, size_t text_size)
{
	return text && text_size ? decode(code, NULL, WRITTEN, text, text_size) : CSINFO_E_ARGUMENT;
}
