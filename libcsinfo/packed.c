// SPDX-License-Identifier: MIT
/*
 * Relocations as Android packs them (lld --pack-dyn-relocs=android): "APS2", and then numbers
 * as SLEB128.  First how many relocations there are and a place; then groups, whose members
 * have in common what the group's flags say.
 */
#include <string.h>

#include "packed.h"

#define GROUPED_BY_INFO 0x1
#define GROUPED_BY_DELTA 0x2
#define GROUPED_BY_ADDEND 0x4
#define HAS_ADDEND 0x8

/* Add a number in SLEB128 to *OUT.  False when it does not end. */
static bool add_number(struct packed *packed, uint64_t *out)
{
	uint64_t value = 0;
	unsigned int shift = 0;
	const unsigned char *byte;

	do {
		byte = packed->at < packed->end ? window_get(packed->window, packed->at, 1) : NULL;
		if (!byte)
			return false;
		packed->at++;
		if (shift < 64)
			value |= (uint64_t)(*byte & 0x7f) << shift;
		shift += 7;
	} while (*byte & 0x80);
	if (shift < 64 && *byte & 0x40)
		value |= UINT64_MAX << shift;
	*out += value;
	return true;
}

static bool take_number(struct packed *packed, uint64_t *out)
{
	*out = 0;
	return add_number(packed, out);
}

bool packed_open(struct packed *packed, struct window *window, const struct image_section *section)
{
	const unsigned char *magic =
		section->size < 4 ? NULL : window_get(window, section->offset, 4);

	*packed = (struct packed){
		.window = window,
		.at = section->offset + 4,
		.end = section->offset + section->size,
	};
	return magic && !memcmp(magic, "APS2", 4) && take_number(packed, &packed->left) &&
	       take_number(packed, &packed->place);
}

/* Read what the next group has in common. */
static bool begin_group(struct packed *packed)
{
	uint64_t flags;

	if (!take_number(packed, &packed->in_group) || !take_number(packed, &flags) ||
	    !packed->in_group || packed->in_group > packed->left)
		return false;
	packed->left -= packed->in_group;
	packed->flags = flags;
	if (flags & GROUPED_BY_DELTA && !take_number(packed, &packed->delta))
		return false;
	if (flags & GROUPED_BY_INFO && !take_number(packed, &packed->info))
		return false;
	if (!(flags & HAS_ADDEND))
		packed->addend = 0;
	else if (flags & GROUPED_BY_ADDEND)
		return add_number(packed, &packed->addend);
	return true;
}

bool packed_next(struct packed *packed)
{
	if (!packed->in_group && !begin_group(packed))
		return false;
	packed->in_group--;
	if (packed->flags & GROUPED_BY_DELTA)
		packed->place += packed->delta;
	else if (!add_number(packed, &packed->place))
		return false;
	if (!(packed->flags & GROUPED_BY_INFO) && !take_number(packed, &packed->info))
		return false;
	return !(packed->flags & HAS_ADDEND) || packed->flags & GROUPED_BY_ADDEND ||
	       add_number(packed, &packed->addend);
}
