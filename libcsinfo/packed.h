/* SPDX-License-Identifier: MIT */
/* Relocations as Android packs them (lld --pack-dyn-relocs=android). */
#ifndef CSINFO_PACKED_H
#define CSINFO_PACKED_H

#include "elf_image.h"

#define SHT_ANDROID_REL 0x60000001
#define SHT_ANDROID_RELA 0x60000002

/* One section of them, while it is read; the last relocation that was. */
struct packed {
	struct window *window;
	uint64_t at; /* file offset of what comes next */
	uint64_t end;
	uint64_t left;	   /* relocations that are still to come, but for ... */
	uint64_t in_group; /* ... those of the group that has begun */
	uint64_t flags;	   /* of that group */
	uint64_t delta;	   /* between its places, when they have one in common */
	uint64_t place;
	uint64_t info; /* r_info */
	uint64_t addend;
};

/* Begin to read SECTION, all of it in the file.  False when it is not in the known form. */
bool packed_open(struct packed *packed, struct window *window, const struct image_section *section);

/* Read the next relocation.  False when the section ends too early. */
bool packed_next(struct packed *packed);

#endif /* CSINFO_PACKED_H */
