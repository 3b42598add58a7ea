// SPDX-License-Identifier: MIT
/*
 * Archives of ar(1), as GNU and BSD write them, and GNU's thin ones, whose members are files
 * of their own.
 */
#include <ar.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "handle.h"

#define THIN_MAGIC "!<thin>\n"

struct csinfo_archive {
	struct file file;
	struct window window; /* of the file */
	uint64_t next;	      /* offset of the next header */
	bool is_thin;
	char *folder;	   /* of the archive, with a '/' or empty; NULL in memory */
	struct file names; /* the table of long names, in memory */
	char *name;	   /* of the last member */
};

/* What a header says. */
struct header {
	uint64_t offset; /* of the header */
	char name[sizeof(((struct ar_hdr *)0)->ar_name) + 1];
	uint64_t contents; /* offset */
	uint64_t size;	   /* bytes of contents */
	uint64_t nested;   /* in a thin archive: offset of the header in another one, or 0 */
};

static int fail(struct csinfo_err *err, uint64_t offset, const char *what)
{
	return csinfo_fail(err, CSINFO_E_MALFORMED, NULL, offset, "archive member: %s", what);
}

static int fail_memory(struct csinfo_err *err)
{
	return csinfo_fail(err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS, "out of memory");
}

/*
 * A decimal number, which ends at END at the latest.  Returns where it ended; NULL when there
 * is none.  No field of a header has digits enough for one that is too large.
 */
static const char *parse_number(const char *text, const char *end, uint64_t *out)
{
	const char *at = text;
	uint64_t value = 0;

	for (; at < end && *at >= '0' && *at <= '9'; at++)
		value = 10 * value + (uint64_t)(*at - '0');
	*out = value;
	return at == text ? NULL : at;
}

/* Read the header at OFFSET of FILE, and have what follows at hand in its window. */
static int read_header(const struct file *file, uint64_t offset, struct header *out,
		       struct csinfo_err *err)
{
	const unsigned char *bytes;
	struct ar_hdr raw;
	size_t length = sizeof(raw.ar_name);

	file->window->file = file;
	bytes = window_get(file->window, offset, sizeof(raw));
	if (!bytes)
		return fail(err, offset, "its header is past the end of the archive");
	memcpy(&raw, bytes, sizeof(raw));
	if (memcmp(raw.ar_fmag, ARFMAG, sizeof(raw.ar_fmag)) != 0)
		return fail(err, offset, "its header does not end as it must");
	if (!parse_number(raw.ar_size, raw.ar_size + sizeof(raw.ar_size), &out->size))
		return fail(err, offset, "its size is no number");
	while (length && raw.ar_name[length - 1] == ' ')
		length--;
	memcpy(out->name, raw.ar_name, length);
	out->name[length] = 0;
	out->offset = offset;
	out->nested = 0;
	out->contents = offset + sizeof(raw);
	return 0;
}

/* The index of symbols, of whatever kind. */
static bool is_index(const char *name)
{
	return !strcmp(name, "/") || !strcmp(name, "/SYM64/") || !strncmp(name, "__.SYMDEF", 9);
}

/* Whether the contents of HEADER are in the archive itself. */
static bool has_contents(const struct csinfo_archive *archive, const struct header *header)
{
	return !archive->is_thin || is_index(header->name) || !strcmp(header->name, "//");
}

/* Go on behind HEADER, whose contents must be there. */
static int pass_by(struct csinfo_archive *archive, const struct header *header,
		   struct csinfo_err *err)
{
	archive->next = header->contents;
	if (!has_contents(archive, header))
		return 0;
	if (!range_within(header->contents, header->size, archive->file.size))
		return fail(err, header->offset, "it is past the end of the archive");
	archive->next += header->size + header->size % 2;
	return 0;
}

/* The SIZE bytes at OFFSET of the archive in *OUT, which file_close() frees after success. */
static int copy_part(struct file *out, const struct csinfo_archive *archive, uint64_t offset,
		     uint64_t size, struct csinfo_err *err)
{
	struct file part;
	int status = file_part(&part, &archive->file, offset, size, err);

	if (!status)
		status = file_own(&part, err);
	if (!status)
		*out = part;
	return status;
}

/* Keep the table of long names in HEADER; a second one replaces the first. */
static int take_names(struct csinfo_archive *archive, const struct header *header,
		      struct csinfo_err *err)
{
	file_close(&archive->names);
	return copy_part(&archive->names, archive, header->contents, header->size, err);
}

/* A name that ends before the '/' or line end that ends it, at most SIZE bytes. */
static char *copy_name(const char *text, size_t size)
{
	size_t length = 0;

	while (length < size && text[length] && text[length] != '\n')
		length++;
	if (length && text[length - 1] == '/')
		length--;
	return strndup(text, length);
}

/*
 * GNU's "/N", a name at N of the table; in a thin archive "/N:M" is the member whose header
 * is at M of the archive with that name.
 */
static int take_gnu_name(struct csinfo_archive *archive, struct header *header,
			 struct csinfo_err *err)
{
	const char *end = header->name + strlen(header->name);
	const char *rest;
	uint64_t offset;

	rest = parse_number(header->name + 1, end, &offset);
	if (rest && *rest == ':')
		rest = parse_number(rest + 1, end, &header->nested);
	if (!rest || *rest || offset >= archive->names.size)
		return fail(err, header->offset, "its name is not in the table of names");
	archive->name = copy_name((const char *)archive->names.bytes + offset,
				  archive->names.size - offset);
	return archive->name ? 0 : fail_memory(err);
}

/* BSD's "#1/N": the name is the first N bytes of the contents. */
static int take_bsd_name(struct csinfo_archive *archive, struct header *header,
			 struct csinfo_err *err)
{
	const char *end = header->name + strlen(header->name);
	struct file name;
	uint64_t length;
	int status;

	if (!parse_number(header->name + 3, end, &length) || length > header->size)
		return fail(err, header->offset, "its name is longer than the member");
	status = copy_part(&name, archive, header->contents, length, err);
	if (status)
		return status;
	archive->name = copy_name((const char *)name.bytes, length);
	file_close(&name);
	header->contents += length;
	header->size -= length;
	return archive->name ? 0 : fail_memory(err);
}

static int take_name(struct csinfo_archive *archive, struct header *header, struct csinfo_err *err)
{
	if (header->name[0] == '/')
		return take_gnu_name(archive, header, err);
	if (!strncmp(header->name, "#1/", 3) && !archive->is_thin)
		return take_bsd_name(archive, header, err);
	archive->name = copy_name(header->name, strlen(header->name));
	return archive->name ? 0 : fail_memory(err);
}

/* Read the SIZE bytes at OFFSET of FILE as an ELF file. */
static int open_part(const struct file *file, uint64_t offset, uint64_t size, struct csinfo **out,
		     struct csinfo_err *err)
{
	struct file part;
	int status = file_part(&part, file, offset, size, err);

	return status ? status : handle_open(&part, out, err);
}

/* The member whose header is at OFFSET of the archive PATH, which is not thin. */
static int open_nested(const char *path, uint64_t offset, struct csinfo **out,
		       struct csinfo_err *err)
{
	struct window window = {.length = 0};
	struct header header;
	struct file file;
	int status = file_open_path(&file, path, err);

	if (status)
		return status;
	file.window = &window;
	status = read_header(&file, offset, &header, err);
	if (!status)
		status = open_part(&file, header.contents, header.size, out, err);
	file_close(&file);
	return status;
}

/* The member of a thin archive that archive->name leads to. */
static int open_outside(const struct csinfo_archive *archive, uint64_t nested, struct csinfo **out,
			struct csinfo_err *err)
{
	const char *folder = archive->name[0] == '/' ? "" : archive->folder;
	size_t room;
	char *path;
	int status;

	if (!archive->folder)
		return csinfo_fail(err, CSINFO_E_IO, NULL, CSINFO_NO_ADDRESS,
				   "a member of a thin archive, which is not a file here");
	room = strlen(folder) + strlen(archive->name) + 1;
	path = malloc(room);
	if (!path)
		return fail_memory(err);
	strcpy(path, folder);
	strcat(path, archive->name);
	status = nested ? open_nested(path, nested, out, err) : csinfo_open(path, out, err);
	free(path);
	return status;
}

static int open_member(const struct csinfo_archive *archive, const struct header *header,
		       struct csinfo **out, struct csinfo_err *err)
{
	if (!has_contents(archive, header))
		return open_outside(archive, header->nested, out, err);
	return open_part(&archive->file, header->contents, header->size, out, err);
}

/* The header of the next member that is a file.  CSINFO_E_NOT_FOUND: there is none. */
static int next_header(struct csinfo_archive *archive, struct header *out, struct csinfo_err *err)
{
	free(archive->name);
	archive->name = NULL;
	while (archive->next < archive->file.size) {
		int status = read_header(&archive->file, archive->next, out, err);

		if (!status)
			status = pass_by(archive, out, err);
		if (status)
			return status;
		if (is_index(out->name))
			continue;
		if (strcmp(out->name, "//") != 0)
			status = take_name(archive, out, err);
		else
			status = take_names(archive, out, err);
		if (status)
			return status;
		/* BSD writes the name of its index as that of a long-named member. */
		if (archive->name && !is_index(archive->name))
			return 0;
		free(archive->name);
		archive->name = NULL;
	}
	if (!file_is_unchanged(&archive->file))
		return csinfo_fail(err, CSINFO_E_IO, NULL, CSINFO_NO_ADDRESS,
				   "the archive changes while it is read");
	return csinfo_fail(err, CSINFO_E_NOT_FOUND, NULL, CSINFO_NO_ADDRESS, "no more members");
}

int csinfo_archive_next(struct csinfo_archive *archive, struct csinfo_member *out,
			struct csinfo_err *err)
{
	struct csinfo_member member = {.size = sizeof(member)};
	struct header header;
	int status;

	/* A handle that does not fit would be lost. */
	if (!archive || !out || out->size < sizeof(member))
		return csinfo_fail(err, CSINFO_E_ARGUMENT, NULL, CSINFO_NO_ADDRESS,
				   "no archive, or nowhere to put the member");
	status = next_header(archive, &header, err);
	if (status) {
		archive->next = archive->file.size;
		return status;
	}
	member.name = archive->name;
	member.offset = header.offset;
	member.status = open_member(archive, &header, &member.handle, err);
	return csinfo_copy_out(out, &member, sizeof(member));
}

/* A new archive of FILE, which is the archive's from here on, in the folder FOLDER. */
static int start(struct file *file, char *folder, struct csinfo_archive **out,
		 struct csinfo_err *err)
{
	struct csinfo_archive *archive = calloc(1, sizeof(*archive));
	char magic[SARMAG];

	if (!archive) {
		file_close(file);
		free(folder);
		return fail_memory(err);
	}
	archive->file = *file;
	archive->file.window = &archive->window;
	archive->names.fd = -1;
	archive->folder = folder;
	if (!file_read(file, 0, magic, SARMAG) ||
	    (memcmp(magic, ARMAG, SARMAG) && memcmp(magic, THIN_MAGIC, SARMAG))) {
		csinfo_archive_close(archive);
		return csinfo_fail(err, CSINFO_E_NOT_ELF, NULL, CSINFO_NO_ADDRESS,
				   "not an archive");
	}
	archive->is_thin = !memcmp(magic, THIN_MAGIC, SARMAG);
	archive->next = SARMAG;
	*out = archive;
	return 0;
}

int csinfo_archive_open_memory(const void *image, size_t size, struct csinfo_archive **out,
			       struct csinfo_err *err)
{
	struct file file;
	int status;

	if (!image || !out)
		return csinfo_fail(err, CSINFO_E_ARGUMENT, NULL, CSINFO_NO_ADDRESS,
				   "no image, or nowhere to put the archive");
	status = file_open_memory(&file, image, size, err);
	return status ? status : start(&file, NULL, out, err);
}

/* The part of PATH up to and including its last '/'. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strndup(path, slash ? (size_t)(slash + 1 - path) : 0);
}

int csinfo_archive_open(const char *path, struct csinfo_archive **out, struct csinfo_err *err)
{
	struct file file;
	char *folder;
	int status;

	if (!path || !out)
		return csinfo_fail(err, CSINFO_E_ARGUMENT, NULL, CSINFO_NO_ADDRESS,
				   "no path, or nowhere to put the archive");
	status = file_open_path(&file, path, err);
	if (status)
		return status;
	folder = folder_of(path);
	if (!folder) {
		file_close(&file);
		return fail_memory(err);
	}
	return start(&file, folder, out, err);
}

void csinfo_archive_close(struct csinfo_archive *archive)
{
	if (!archive)
		return;
	file_close(&archive->file);
	file_close(&archive->names);
	free(archive->folder);
	free(archive->name);
	free(archive);
}
