/* SPDX-License-Identifier: MIT */
/* What an open file is. */
#ifndef CSINFO_HANDLE_H
#define CSINFO_HANDLE_H

#include "table.h"

struct csinfo {
	struct elf_image image;
	struct areas areas; /* the slots only */
	struct table table;
};

#endif /* CSINFO_HANDLE_H */
