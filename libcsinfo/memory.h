/* SPDX-License-Identifier: MIT */
/* Whether an instruction writes memory, of any width. */
#ifndef CSINFO_MEMORY_H
#define CSINFO_MEMORY_H

#include <capstone/capstone.h>

enum memory_write {
	MEMORY_NONE = 0,
	MEMORY_STACK, /* relative to the stack or frame pointer: the thread's own */
	MEMORY_DATA,
	MEMORY_UNKNOWN, /* an instruction that Capstone does not know */
};

/*
 * What RAW, decoded with details for ARCH, writes.  Capstone's own access flags are
 * wrong for many instructions or missing, so this goes by operands and names.  A push
 * counts as none.
 */
enum memory_write memory_written(cs_arch arch, const cs_insn *raw);

#endif /* CSINFO_MEMORY_H */
