// SPDX-License-Identifier: MIT
/* Open and close files. */
#include <stdlib.h>

#include "armcode.h"
#include "error.h"
#include "handle.h"
#include "lto.h"
#include "reloc.h"
#include "symbols.h"
#include "symtab.h"

static int read_tables(struct csinfo *handle, struct csinfo_err *err)
{
	struct elf_image *image = &handle->image;
	int status = areas_open(&handle->areas, image, err);

	if (!status)
		status = reloc_apply(&handle->areas, image, err);
	if (!status)
		status = table_open(&handle->table, &handle->areas, image, err);
	if (!status)
		lto_remark(&handle->table, image);
	if (!status)
		status = symbols_assign(&handle->table, &handle->areas, image, err);
	if (!status)
		status = armcode_assign(&handle->table, image, err);
	handle->global_pointer = CSINFO_NO_ADDRESS;
	if (!status && image->machine == EM_RISCV && handle->table.n)
		handle->global_pointer = symtab_value(image, "__global_pointer$");
	areas_close_list(&handle->areas);
	if (!status && !file_is_unchanged(&image->file))
		status = csinfo_fail(err, CSINFO_E_IO, NULL, CSINFO_NO_ADDRESS,
				     "the file changes while it is read");
	return status;
}

int handle_open(struct file *file, struct csinfo **out, struct csinfo_err *err)
{
	struct csinfo *handle = calloc(1, sizeof(*handle));
	int status;

	if (!handle) {
		file_close(file);
		return csinfo_fail(err, CSINFO_E_NOMEM, NULL, CSINFO_NO_ADDRESS, "out of memory");
	}
	status = elf_image_open(&handle->image, file, err);
	if (!status)
		status = lto_check(&handle->image, err);
	if (!status)
		status = read_tables(handle, err);
	elf_image_end_headers(&handle->image);
	/* Most of the objects of a process: there is nothing to come back for. */
	if (!handle->table.n)
		file_close(&handle->image.file);
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
	table_close(&handle->table);
	areas_close(&handle->areas);
	elf_image_close(&handle->image);
	free(handle);
}
