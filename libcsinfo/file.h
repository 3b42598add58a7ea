/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a file.  They are read where they are needed, never mapped: a file that is cut
 * short under a mapping kills the program that has it, and few bytes of a large file matter.
 */
#ifndef CSINFO_FILE_H
#define CSINFO_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "csinfo.h"
#include "reader.h"

struct window;

/* A file, or a part of one: a member of an archive. */
struct file {
	unsigned char *bytes; /* owned; NULL when they are read from fd */
	int fd;		      /* owned; -1 without */
	bool is_part;	      /* bytes or fd are another file's */
	uint64_t start;	      /* where the file begins in bytes or fd ... */
	uint64_t size;
	uint64_t whole; /* ... which are so many bytes */
	struct timespec modified;
	struct window *window; /* where its bytes may be at hand, or NULL */
};

/* Copy SIZE bytes at BYTES.  file_close() frees FILE after success.  Errors: CSINFO_E_NOMEM. */
int file_open_memory(struct file *file, const void *bytes, size_t size, struct csinfo_err *err);

/*
 * A duplicate of FD, a regular file.  file_close() closes it after success.
 * Errors: CSINFO_E_IO.
 */
int file_open_fd(struct file *file, int fd, struct csinfo_err *err);

/* The regular file PATH.  file_close() closes it after success.  Errors: CSINFO_E_IO. */
int file_open_path(struct file *file, const char *path, struct csinfo_err *err);

/*
 * The SIZE bytes at OFFSET of FILE, as a file of their own in *OUT that is good as long as FILE
 * and its window are; file_own() makes it last longer.  Errors: CSINFO_E_MALFORMED.
 */
int file_part(struct file *out, const struct file *file, uint64_t offset, uint64_t size,
	      struct csinfo_err *err);

/* Copy the bytes of a part to memory that is FILE's.  Errors: CSINFO_E_NOMEM, _IO. */
int file_own(struct file *file, struct csinfo_err *err);

void file_close(struct file *file);

/* Read the LENGTH bytes at OFFSET to BUFFER.  False when they are not all there. */
bool file_read(const struct file *file, uint64_t offset, void *buffer, size_t length);

/* Whether nobody has written to the file since it was opened, as far as its time tells. */
bool file_is_unchanged(const struct file *file);

#define WINDOW_SIZE 4096u

/*
 * The part of a file that is looked at now.  Zero but for FILE to begin with.  FILE may be
 * replaced by another part of the same file.
 */
struct window {
	const struct file *file;
	const unsigned char *at; /* the LENGTH bytes at OFFSET of the whole file */
	uint64_t offset;
	uint64_t length;
	unsigned char bytes[WINDOW_SIZE];
};

/* The LENGTH bytes at OFFSET of the whole file, when WINDOW is on all of them; else NULL. */
static inline const unsigned char *window_peek(const struct window *window, uint64_t offset,
					       uint64_t length)
{
	/* Huge for what is in front of the window. */
	uint64_t in_window = offset - window->offset;

	return range_within(in_window, length, window->length) ? window->at + in_window : NULL;
}

/* Move WINDOW to what window_get() asks for. */
const unsigned char *window_move(struct window *window, uint64_t offset, size_t length);

/*
 * The LENGTH bytes at OFFSET, at most WINDOW_SIZE of them, until the next call; NULL when they
 * are not all there.  What follows them is at hand then, too.
 */
static inline const unsigned char *window_get(struct window *window, uint64_t offset, size_t length)
{
	const struct file *file = window->file;
	const unsigned char *bytes;

	if (!range_within(offset, length, file->size))
		return NULL;
	bytes = window_peek(window, file->start + offset, length);
	return bytes ? bytes : window_move(window, offset, length);
}

#endif /* CSINFO_FILE_H */
