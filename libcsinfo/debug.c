// SPDX-License-Identifier: MIT
/* Separate debug files: where GDB looks for them, and their symbols. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "handle.h"
#include "symbols.h"

#define DEFAULT_FOLDERS "/usr/lib/debug"

#define BUILD_ID_SECTION ".note.gnu.build-id"
#define LINK_SECTION ".gnu_debuglink"
/* A note has three words, "GNU" and, here, the identifier. */
#define NOTE_HEADER 16u
#define MAX_BUILD_ID 64u
#define MAX_LINK 4096u

struct build_id {
	unsigned char bytes[MAX_BUILD_ID];
	size_t n; /* 0: there is none */
};

/* What a file says of its debug file. */
struct hint {
	struct build_id id;
	char name[MAX_LINK]; /* "" when there is none */
	uint32_t crc;
};

/* What is at hand while the debug file of a handle is looked for. */
struct hunt {
	struct csinfo *handle;
	const struct hint *hint;
	struct csinfo_err *err;
};

/* The section NAME, when the file has at most SIZE bytes for it, read to BYTES. */
static struct reader read_section(const struct elf_image *image, const char *name,
				  unsigned char *bytes, size_t size)
{
	struct reader reader = {.bytes = bytes, .big_endian = image->big_endian};

	for (size_t i = 0; i < image->n_sections; i++) {
		const struct image_section *section = &image->sections[i];

		if (strcmp(section->name, name) || section->type == SHT_NOBITS ||
		    section->size > size)
			continue;
		if (file_read(&image->file, section->offset, bytes, section->size))
			reader.size = section->size;
		break;
	}
	return reader;
}

static void read_build_id(const struct elf_image *image, struct build_id *out)
{
	unsigned char bytes[NOTE_HEADER + MAX_BUILD_ID];
	struct reader reader = read_section(image, BUILD_ID_SECTION, bytes, sizeof(bytes));
	const unsigned char *id;
	uint32_t name_size = 0;
	uint32_t size = 0;
	uint32_t type = 0;

	out->n = 0;
	reader_u32(&reader, 0, &name_size);
	reader_u32(&reader, 4, &size);
	reader_u32(&reader, 8, &type);
	id = reader_bytes(&reader, NOTE_HEADER, size);
	if (name_size != 4 || type != NT_GNU_BUILD_ID || !id || size < 2 ||
	    memcmp(bytes + 12, "GNU", 4) != 0)
		return;
	memcpy(out->bytes, id, size);
	out->n = size;
}

/* A name, padding to 4 bytes, and the checksum of the file with that name. */
static void read_link(const struct elf_image *image, struct hint *out)
{
	struct reader reader =
		read_section(image, LINK_SECTION, (unsigned char *)out->name, sizeof(out->name));
	size_t length = strnlen(out->name, reader.size);

	/* The name of a file: a path would lead anywhere. */
	if (memchr(out->name, '/', length) ||
	    !reader_u32(&reader, (length + 4) & ~(size_t)3, &out->crc))
		out->name[0] = 0;
}

/* CRC-32 as .gnu_debuglink has it: polynomial 0x04c11db7, bits reversed. */
static bool checksum(const struct file *file, uint32_t *out)
{
	struct window window = {.file = file};
	uint32_t table[256];
	uint32_t crc = UINT32_MAX;

	for (uint32_t i = 0; i < 256; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
	}
	for (uint64_t at = 0; at < file->size;) {
		uint64_t left = file->size - at;
		size_t length = left < WINDOW_SIZE ? left : WINDOW_SIZE;
		const unsigned char *bytes = window_get(&window, at, length);

		for (size_t i = 0; bytes && i < length; i++)
			crc = table[(crc ^ bytes[i]) & 0xff] ^ crc >> 8;
		if (!bytes)
			return false;
		at += length;
	}
	*out = ~crc;
	return true;
}

static bool has_symbols(const struct elf_image *image)
{
	for (size_t i = 0; i < image->n_sections; i++)
		if (image->sections[i].type == SHT_SYMTAB)
			return true;
	return false;
}

/* Whether DEBUG was separated from the file of the hunt. */
static bool belongs(const struct hunt *hunt, const struct elf_image *debug)
{
	const struct elf_image *image = &hunt->handle->image;
	const struct hint *hint = hunt->hint;
	struct build_id id;
	uint32_t crc;

	if (debug->arch != image->arch || debug->byte_order != image->byte_order ||
	    debug->type != image->type || !has_symbols(debug))
		return false;
	read_build_id(debug, &id);
	if (id.n || hint->id.n)
		return id.n == hint->id.n && !memcmp(id.bytes, hint->id.bytes, id.n);
	return checksum(&debug->file, &crc) && crc == hint->crc;
}

/* Give the sections of HANDLE the functions of DEBUG. */
static int take_symbols(struct csinfo *handle, const struct elf_image *debug,
			struct csinfo_err *err)
{
	struct functions *functions;
	/* A debug file has no function descriptors, only symbols for them. */
	int status = functions_open(&functions, &handle->table, &handle->areas, debug, err);

	if (!status)
		functions_free(atomic_exchange(&handle->functions, functions));
	return status;
}

/* Try the file PATH.  CSINFO_E_NOT_FOUND: it is not the one. */
static int try_path(const struct hunt *hunt, const char *path)
{
	struct elf_image debug;
	struct file file;
	int status;

	if (file_open_path(&file, path, NULL))
		return CSINFO_E_NOT_FOUND;
	status = elf_image_open(&debug, &file, NULL);
	if (status || !belongs(hunt, &debug))
		status = CSINFO_E_NOT_FOUND;
	else
		status = take_symbols(hunt->handle, &debug, hunt->err);
	elf_image_close(&debug);
	return status;
}

/* Try FOLDER, LENGTH bytes of it, with what follows. */
__attribute__((format(printf, 4, 5))) static int try_in(const struct hunt *hunt, const char *folder,
							size_t length, const char *format, ...)
{
	char path[PATH_MAX];
	va_list arguments;
	int n;

	if (length >= sizeof(path))
		return CSINFO_E_NOT_FOUND;
	memcpy(path, folder, length);
	va_start(arguments, format);
	n = vsnprintf(path + length, sizeof(path) - length, format, arguments);
	va_end(arguments);
	if (n < 0 || (size_t)n >= sizeof(path) - length)
		return CSINFO_E_NOT_FOUND;
	return try_path(hunt, path);
}

/* FOLDER/.build-id/ab/cdef.debug */
static int try_build_id(const struct hunt *hunt, const char *folder, size_t length)
{
	const struct build_id *id = &hunt->hint->id;
	char rest[2 * MAX_BUILD_ID + 1] = "";

	if (!id->n)
		return CSINFO_E_NOT_FOUND;
	for (size_t i = 1; i < id->n; i++)
		snprintf(rest + 2 * (i - 1), 3, "%02x", id->bytes[i]);
	return try_in(hunt, folder, length, "/.build-id/%02x/%s.debug", id->bytes[0], rest);
}

/* The folder of PATH, with the '/' that ends it. */
static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash + 1 - path) : 0;
}

/* The named file beside PATH, and in .debug there. */
static int try_beside(const struct hunt *hunt, const char *path)
{
	size_t length = folder_length(path);
	int status;

	if (!hunt->hint->name[0])
		return CSINFO_E_NOT_FOUND;
	status = try_in(hunt, path, length, "%s", hunt->hint->name);
	if (status == CSINFO_E_NOT_FOUND)
		status = try_in(hunt, path, length, ".debug/%s", hunt->hint->name);
	return status;
}

/* In each of the folders with all debug files: by build-id, and by the place of PATH. */
static int try_folders(const struct hunt *hunt, const char *folders, const char *path)
{
	int status = CSINFO_E_NOT_FOUND;

	for (size_t length; *folders && status == CSINFO_E_NOT_FOUND; folders += length) {
		folders += *folders == ':';
		length = strcspn(folders, ":");
		if (!length)
			continue;
		status = try_build_id(hunt, folders, length);
		if (status == CSINFO_E_NOT_FOUND && hunt->hint->name[0] && path)
			status = try_in(hunt, folders, length, "%.*s%s", (int)folder_length(path),
					path, hunt->hint->name);
	}
	return status;
}

static int search(const struct hunt *hunt, const char *path, const char *folders)
{
	char *real = realpath(path, NULL);
	int status = try_beside(hunt, path);

	if (status == CSINFO_E_NOT_FOUND && real)
		status = try_beside(hunt, real);
	if (status == CSINFO_E_NOT_FOUND)
		status = try_folders(hunt, folders ? folders : DEFAULT_FOLDERS, real);
	free(real);
	if (status == CSINFO_E_NOT_FOUND)
		csinfo_fail(hunt->err, status, NULL, CSINFO_NO_ADDRESS,
			    "no separate debug file %s%sfound", hunt->hint->name,
			    hunt->hint->name[0] ? " " : "");
	return status;
}

int csinfo_load_debug(struct csinfo *handle, const char *path, const char *folders,
		      struct csinfo_err *err)
{
	struct hint hint = {.crc = 0};
	struct hunt hunt = {handle, &hint, err};

	if (!handle || !path)
		return csinfo_fail(err, CSINFO_E_ARGUMENT, NULL, CSINFO_NO_ADDRESS,
				   "no handle or no path");
	if (!handle->table.n || has_symbols(&handle->image))
		return 0;
	read_build_id(&handle->image, &hint.id);
	read_link(&handle->image, &hint);
	if (!hint.id.n && !hint.name[0])
		return csinfo_fail(err, CSINFO_E_NOT_FOUND, NULL, CSINFO_NO_ADDRESS,
				   "the file names no separate debug file");
	return search(&hunt, path, folders);
}
