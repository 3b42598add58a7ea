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

struct file {
	unsigned char *bytes; /* owned; NULL when they are read from fd */
	int fd;		      /* owned; -1 without */
	uint64_t size;
	struct timespec modified;
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
 * Copy SIZE bytes at OFFSET of FILE, as a file of their own, to *OUT, which file_close()
 * frees after success.  Errors: CSINFO_E_MALFORMED, _NOMEM, _IO.
 */
int file_open_part(struct file *out, const struct file *file, uint64_t offset, uint64_t size,
		   struct csinfo_err *err);

void file_close(struct file *file);

/* Read the LENGTH bytes at OFFSET to BUFFER.  False when they are not all there. */
bool file_read(const struct file *file, uint64_t offset, void *buffer, size_t length);

/* Whether nobody has written to the file since it was opened, as far as its time tells. */
bool file_is_unchanged(const struct file *file);

#define WINDOW_SIZE 4096u

/* The part of a file that is looked at now.  Zero but for FILE to begin with. */
struct window {
	const struct file *file;
	const unsigned char *at; /* the LENGTH bytes at OFFSET */
	uint64_t offset;
	uint64_t length;
	unsigned char bytes[WINDOW_SIZE];
};

/* Move WINDOW to what window_get() asks for. */
const unsigned char *window_move(struct window *window, uint64_t offset, size_t length);

/*
 * The LENGTH bytes at OFFSET, at most WINDOW_SIZE of them, until the next call; NULL when they
 * are not all there.  What follows them is at hand then, too.
 */
static inline const unsigned char *window_get(struct window *window, uint64_t offset, size_t length)
{
	uint64_t in_window = offset - window->offset;

	if (offset >= window->offset && range_within(in_window, length, window->length))
		return window->at + in_window;
	return window_move(window, offset, length);
}

#endif /* CSINFO_FILE_H */
