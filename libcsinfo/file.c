// SPDX-License-Identifier: MIT
/* The bytes of a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "file.h"

int file_open_memory(struct file *file, const void *bytes, size_t size, struct csinfo_err *err)
{
	*file = (struct file){.fd = -1, .size = size, .whole = size};
	file->bytes = malloc(size ? size : 1);
	if (!file->bytes)
		return csinfo_fail(err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS, "out of memory");
	memcpy(file->bytes, bytes, size);
	return 0;
}

/* Take over OPENED, a file descriptor, or -1 with errno. */
static int take_fd(struct file *file, int opened, struct csinfo_err *err)
{
	const char *reason = NULL;
	struct stat info;

	*file = (struct file){.fd = opened};
	if (opened < 0 || fstat(opened, &info) != 0)
		reason = strerror(errno);
	else if (!S_ISREG(info.st_mode))
		reason = "not a regular file";
	if (reason) {
		file_close(file);
		return csinfo_fail(err, CSINFO_E_IO, NULL, CSINFO_NO_ADDRESS, "%s", reason);
	}
	file->size = (uint64_t)info.st_size;
	file->whole = file->size;
	file->modified = info.st_mtim;
	return 0;
}

int file_open_fd(struct file *file, int fd, struct csinfo_err *err)
{
	return take_fd(file, fcntl(fd, F_DUPFD_CLOEXEC, 0), err);
}

int file_open_path(struct file *file, const char *path, struct csinfo_err *err)
{
	/* O_NONBLOCK: a FIFO must not stop the caller before it is refused. */
	return take_fd(file, open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), err);
}

int file_part(struct file *out, const struct file *file, uint64_t offset, uint64_t size,
	      struct csinfo_err *err)
{
	if (!range_within(offset, size, file->size))
		return csinfo_fail(err, CSINFO_E_MALFORMED, NULL, offset,
				   "the file ends before %llu bytes that should be here",
				   (unsigned long long)size);
	*out = *file;
	out->is_part = true;
	out->start += offset;
	out->size = size;
	return 0;
}

int file_own(struct file *file, struct csinfo_err *err)
{
	unsigned char *bytes;

	if (!file->is_part)
		return 0;
	bytes = malloc(file->size ? file->size : 1);
	if (!bytes)
		return csinfo_fail(err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS, "out of memory");
	if (!file_read(file, 0, bytes, file->size) || !file_is_unchanged(file)) {
		free(bytes);
		return csinfo_fail(err, CSINFO_E_IO, NULL, CSINFO_NO_ADDRESS,
				   "the file has changed, or can't be read");
	}
	*file = (struct file){.bytes = bytes, .fd = -1, .size = file->size, .whole = file->size};
	return 0;
}

void file_close(struct file *file)
{
	if (!file->is_part) {
		if (file->fd >= 0)
			close(file->fd);
		free(file->bytes);
	}
	*file = (struct file){.fd = -1};
}

/* As pread(), but all LENGTH bytes or failure. */
static bool read_all(int fd, uint64_t offset, unsigned char *buffer, size_t length)
{
	while (length) {
		ssize_t n = pread(fd, buffer, length, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		buffer += n;
		offset += (uint64_t)n;
		length -= (size_t)n;
	}
	return true;
}

bool file_read(const struct file *file, uint64_t offset, void *buffer, size_t length)
{
	const unsigned char *bytes = NULL;

	if (!range_within(offset, length, file->size))
		return false;
	if (!length)
		return true;
	if (file->bytes)
		bytes = file->bytes + file->start + offset;
	else if (file->window)
		bytes = window_peek(file->window, file->start + offset, length);
	if (!bytes)
		return file->fd >= 0 && read_all(file->fd, file->start + offset, buffer, length);
	memcpy(buffer, bytes, length);
	return true;
}

bool file_is_unchanged(const struct file *file)
{
	struct stat info;

	return file->fd < 0 ||
	       (fstat(file->fd, &info) == 0 && (uint64_t)info.st_size == file->whole &&
		info.st_mtim.tv_sec == file->modified.tv_sec &&
		info.st_mtim.tv_nsec == file->modified.tv_nsec);
}

const unsigned char *window_move(struct window *window, uint64_t offset, size_t length)
{
	const struct file *file = window->file;
	uint64_t start = file->start + offset;
	uint64_t after;

	window->length = 0;
	if (!range_within(offset, length, file->size) || length > WINDOW_SIZE)
		return NULL;
	after = file->whole - start;
	if (after > WINDOW_SIZE)
		after = WINDOW_SIZE;
	if (!file->bytes && (file->fd < 0 || !read_all(file->fd, start, window->bytes, after)))
		return NULL;
	window->at = file->bytes ? file->bytes + start : window->bytes;
	window->offset = start;
	window->length = after;
	return window->at;
}
