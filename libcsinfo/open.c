// SPDX-License-Identifier: MIT
/* Open and close files. */
#include <stdlib.h>

#include "armcode.h"
#include "error.h"
#include "handle.h"
#include "lto.h"
#include "reloc.h"
#include "symtab.h"

static int read_tables(struct csinfo *handle, struct csinfo_err *err)
{
	struct elf_image *image = &handle->image;
	int status = areas_open(&handle->areas, image, err);

	if (!status && handle->areas.n)
		status = reloc_apply(&handle->areas, image, err);
	if (!status && handle->areas.n)
		status = table_open(&handle->table, &handle->areas, image, err);
	if (!status)
		lto_remark(&handle->table, image);
	if (!status)
		status = armcode_assign(&handle->table, image, err);
	handle->global_pointer = CSINFO_NO_ADDRESS;
	if (!status && image->machine == EM_RISCV && handle->table.n)
		handle->global_pointer = symtab_value(image, "__global_pointer$");
	areas_trim(&handle->areas);
	/* csinfo_archive_next() looks at an archive once for all its members. */
	if (!status && !image->file.is_part && !file_is_unchanged(&image->file))
		status = csinfo_fail(err, CSINFO_E_IO, NULL, CSINFO_NO_ADDRESS,
				     "the file changes while it is read");
	return status;
}

static int read_functions(struct csinfo *handle, struct functions **out, struct csinfo_err *err)
{
	const struct file *file = &handle->image.file;
	struct functions *functions;
	int status =
		functions_open(&functions, &handle->table, &handle->areas, &handle->image, err);

	if (status)
		return status;
	if (!file_is_unchanged(file)) {
		functions_free(functions);
		return csinfo_fail(err, CSINFO_E_IO, NULL, CSINFO_NO_ADDRESS,
				   "the file has changed since it was opened");
	}
	*out = functions;
	return 0;
}

int handle_functions(const struct csinfo *handle, const struct functions **out,
		     struct csinfo_err *err)
{
	/* What the caller sees of the handle does not change. */
	struct csinfo *writable = (struct csinfo *)(uintptr_t)handle;
	struct functions *functions =
		atomic_load_explicit(&writable->functions, memory_order_acquire);
	int status = 0;

	if (!functions) {
		pthread_mutex_lock(&writable->lock);
		functions = atomic_load(&writable->functions);
		if (!functions)
			status = read_functions(writable, &functions, err);
		if (!status)
			atomic_store(&writable->functions, functions);
		pthread_mutex_unlock(&writable->lock);
	}
	*out = functions;
	return status;
}

static int read_patches(struct csinfo *handle, struct patches **out, struct csinfo_err *err)
{
	struct patches *patches = calloc(1, sizeof(*patches));
	int status;

	if (!patches)
		return csinfo_fail(err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS, "out of memory");
	status = reloc_collect(patches, &handle->image, err);
	if (!status && !file_is_unchanged(&handle->image.file))
		status = csinfo_fail(err, CSINFO_E_IO, NULL, CSINFO_NO_ADDRESS,
				     "the file has changed since it was opened");
	if (status) {
		patches_free(patches);
		return status;
	}
	*out = patches;
	return 0;
}

int handle_patches(const struct csinfo *handle, const struct patches **out, struct csinfo_err *err)
{
	struct csinfo *writable = (struct csinfo *)(uintptr_t)handle;
	struct patches *patches;
	int status = 0;

	*out = NULL;
	if (handle->image.type != ET_REL)
		return 0;
	patches = atomic_load_explicit(&writable->patches, memory_order_acquire);
	if (!patches) {
		pthread_mutex_lock(&writable->lock);
		patches = atomic_load(&writable->patches);
		if (!patches)
			status = read_patches(writable, &patches, err);
		if (!status)
			atomic_store(&writable->patches, patches);
		pthread_mutex_unlock(&writable->lock);
	}
	*out = patches;
	return status;
}

int handle_section(const struct csinfo *handle, size_t index, struct csinfo_section *out,
		   struct csinfo_err *err)
{
	const struct functions *functions;
	int status = handle_functions(handle, &functions, err);

	if (status)
		return status;
	table_section(&handle->table, index, out);
	functions_describe(functions, index, out);
	return 0;
}

int handle_open(struct file *file, struct csinfo **out, struct csinfo_err *err)
{
	struct csinfo *handle = calloc(1, sizeof(*handle));
	int status;

	if (!handle) {
		file_close(file);
		return csinfo_fail(err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS, "out of memory");
	}
	pthread_mutex_init(&handle->lock, NULL);
	status = elf_image_open(&handle->image, file, err);
	if (!status)
		status = lto_check(&handle->image, err);
	if (!status)
		status = read_tables(handle, err);
	/* Most of the objects of a process: there is nothing to come back for. */
	if (!handle->table.n)
		file_close(&handle->image.file);
	else if (!status)
		status = file_own(&handle->image.file, err);
	if (status)
		csinfo_close(handle);
	else
		*out = handle;
	return status;
}

int csinfo_open_memory(const void *image, size_t size, struct csinfo **out, struct csinfo_err *err)
{
	struct file file;
	int status;

	if (!image || !out)
		return csinfo_fail(err, CSINFO_E_ARGUMENT, NULL, CSINFO_NO_ADDRESS,
				   "no image, or nowhere to put the handle");
	status = file_open_memory(&file, image, size, err);
	return status ? status : handle_open(&file, out, err);
}

int csinfo_open_fd(int fd, struct csinfo **out, struct csinfo_err *err)
{
	struct file file;
	int status;

	if (!out)
		return csinfo_fail(err, CSINFO_E_ARGUMENT, NULL, CSINFO_NO_ADDRESS,
				   "nowhere to put the handle");
	status = file_open_fd(&file, fd, err);
	return status ? status : handle_open(&file, out, err);
}

int csinfo_open(const char *path, struct csinfo **out, struct csinfo_err *err)
{
	struct file file;
	int status;

	if (!path || !out)
		return csinfo_fail(err, CSINFO_E_ARGUMENT, NULL, CSINFO_NO_ADDRESS,
				   "no path, or nowhere to put the handle");
	status = file_open_path(&file, path, err);
	return status ? status : handle_open(&file, out, err);
}

void csinfo_close(struct csinfo *handle)
{
	if (!handle)
		return;
	functions_free(atomic_load(&handle->functions));
	patches_free(atomic_load(&handle->patches));
	pthread_mutex_destroy(&handle->lock);
	table_close(&handle->table);
	areas_close(&handle->areas);
	elf_image_close(&handle->image);
	free(handle);
}
