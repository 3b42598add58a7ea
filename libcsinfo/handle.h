/* SPDX-License-Identifier: MIT */
/* What an open file is. */
#ifndef CSINFO_HANDLE_H
#define CSINFO_HANDLE_H

#include "insn.h"
#include "table.h"

struct csinfo {
	struct elf_image image;
	struct areas areas; /* the slots only */
	struct table table;
	uint64_t global_pointer; /* of riscv, where a symbol tells; else CSINFO_NO_ADDRESS */
};

/*
 * Open the ELF file FILE, which is the handle's from here on, also on failure.
 * Returns and errors: see csinfo_open().
 */
int handle_open(struct file *file, struct csinfo **out, struct csinfo_err *err);

/* What the file's code is for. */
struct target handle_target(const struct csinfo *handle);

#endif /* CSINFO_HANDLE_H */
