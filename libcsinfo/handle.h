/* SPDX-License-Identifier: MIT */
/* What an open file is. */
#ifndef CSINFO_HANDLE_H
#define CSINFO_HANDLE_H

#include <pthread.h>
#include <stdatomic.h>

#include "insn.h"
#include "patch.h"
#include "symbols.h"

struct csinfo {
	struct elf_image image;
	struct areas areas; /* the slots, and function descriptors */
	struct table table;
	uint64_t global_pointer; /* of riscv, where a symbol tells; else CSINFO_NO_ADDRESS */
	/* Read when somebody asks: a program counter is looked up without them. */
	pthread_mutex_t lock;
	_Atomic(struct functions *) functions;
	_Atomic(struct patches *) patches;
};

/*
 * Open the ELF file FILE, which is the handle's from here on, also on failure.
 * Returns and errors: see csinfo_open().
 */
int handle_open(struct file *file, struct csinfo **out, struct csinfo_err *err);

/*
 * The functions of HANDLE's sections, in *OUT, which is the handle's.  Any number of
 * threads may ask.  Errors: CSINFO_E_NOMEM, _IO.
 */
int handle_functions(const struct csinfo *handle, const struct functions **out,
		     struct csinfo_err *err);

/*
 * The relocations of HANDLE's code, in *OUT, which is the handle's; NULL when it is linked.  Any
 * number of threads may ask.  Errors: CSINFO_E_NOMEM, _IO, _MALFORMED.
 */
int handle_patches(const struct csinfo *handle, const struct patches **out, struct csinfo_err *err);

/* All that is known of section INDEX, with its function.  Errors: CSINFO_E_NOMEM, _IO. */
int handle_section(const struct csinfo *handle, size_t index, struct csinfo_section *out,
		   struct csinfo_err *err);

/*
 * As csinfo_flow_open(), with other declared exit points than the file has; INDEX is one of
 * its sections.  Whether the file has been changed is not looked at.
 */
int handle_flow(const struct csinfo *handle, size_t index, const uint64_t *exits, size_t n_exits,
		struct csinfo_flow **out, struct csinfo_err *err);

/* What the file's code is for. */
struct target handle_target(const struct csinfo *handle);

#endif /* CSINFO_HANDLE_H */
