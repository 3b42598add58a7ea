// SPDX-License-Identifier: MIT
/* A set of inodes: a hash table with open addressing. */
#include <stdint.h>
#include <stdlib.h>

#include "inodes.h"
#include "text.h"

struct inode_key {
	uint64_t device;
	uint64_t inode;
	bool used;
};

/* The slot that holds KEY, or the free one where it goes. */
static struct inode_key *find(const struct inodes *set, struct inode_key key)
{
	/* Fibonacci hashing: inode numbers are dense. */
	uint64_t hash = (key.inode ^ key.device << 48) * UINT64_C(0x9e3779b97f4a7c15);
	size_t at = (size_t)(hash >> 32) & (set->capacity - 1);

	while (set->slots[at].used &&
	       (set->slots[at].inode != key.inode || set->slots[at].device != key.device))
		at = (at + 1) & (set->capacity - 1);
	return &set->slots[at];
}

static void grow(struct inodes *set)
{
	struct inodes larger = {.capacity = set->capacity ? set->capacity * 2 : 1024, .n = set->n};

	larger.slots = memory_resize(NULL, larger.capacity, sizeof(*larger.slots));
	for (size_t i = 0; i < larger.capacity; i++)
		larger.slots[i].used = false;
	for (size_t i = 0; i < set->capacity; i++)
		if (set->slots[i].used)
			*find(&larger, set->slots[i]) = set->slots[i];
	free(set->slots);
	*set = larger;
}

bool inodes_add(struct inodes *set, const struct stat *info)
{
	struct inode_key key = {.device = info->st_dev, .inode = info->st_ino, .used = true};
	struct inode_key *slot;

	if (set->n >= set->capacity / 2)
		grow(set);
	slot = find(set, key);
	if (slot->used)
		return false;
	*slot = key;
	set->n++;
	return true;
}

void inodes_free(struct inodes *set)
{
	free(set->slots);
	*set = (struct inodes){0};
}
