/* SPDX-License-Identifier: MIT */
/* The critical sections of a file, in order, and what they declare. */
#ifndef CSINFO_TABLE_H
#define CSINFO_TABLE_H

#include "area.h"

#define SIGNATURE_SIZE 4u
/* struct rseq_cs of <linux/rseq.h> */
#define DESCRIPTOR_SIZE 32u

/* Bits of entry.uncertain. */
#define UNCERTAIN_START_IP 0x1u
#define UNCERTAIN_OFFSET 0x2u
#define UNCERTAIN_ABORT_IP 0x4u

/* The instruction set of arm code. */
enum arm_code {
	ARM_CODE_UNKNOWN = 0, /* always, on other machines */
	ARM_CODE_A32,
	ARM_CODE_THUMB,
	ARM_CODE_DATA, /* the symbols say that it is no code */
};

/* A critical section as short as it can be: there may be a million of them in a debugger. */
struct entry {
	uint64_t descriptor;
	uint64_t start_ip;
	uint64_t post_commit_offset;
	uint64_t abort_ip;
	uint32_t version;
	uint32_t flags;
	uint32_t signature;
	uint16_t marks;	      /* CSINFO_MARK_* */
	uint8_t uncertain;    /* which fields CSINFO_MARK_RELOCATION is about */
	uint8_t arm_code : 2; /* enum arm_code */
	bool has_pointer : 1; /* found through the pointer array */
};

_Static_assert(CSINFO_MARK_MISALIGNED <= UINT16_MAX, "entry.marks has room for every mark");

struct exit_point {
	uint64_t start_ip;
	uint64_t exit_ip;
};

/* What a remark is about, for those who don't read English. */
enum stray_kind {
	STRAY_POINTER,		 /* leads to no descriptor */
	STRAY_POINTER_UNCERTAIN, /* has no relocation that is understood */
	STRAY_EXIT,		 /* of a section that does not exist */
	STRAY_EXIT_UNCERTAIN,	 /* has no relocation that is understood */
	STRAY_NOTE,		 /* the remark is about the file: no address, no value */
};

struct stray {
	enum stray_kind kind;
	uint64_t address; /* of the entry in its array */
	uint64_t value;	  /* the pointer, or the exit's start_ip */
};

/* Keys of one step of a search. */
#define TABLE_BLOCK 16
/* TABLE_BLOCK ^ TABLE_LEVELS entries are more than there can be. */
#define TABLE_LEVELS 16

/*
 * What a search has to know of some entries, in two cache lines.  BLOCK_FAR stands for what is
 * not smaller, which the entries themselves tell.
 */
#define BLOCK_FAR UINT32_MAX
struct block {
	uint32_t starts[TABLE_BLOCK]; /* start_ip less that of the first one; FAR behind the last */
	uint32_t lengths[TABLE_BLOCK]; /* post_commit_offset; 0 where the range wraps around */
};

/* One level of keys: key I stands for keys I * TABLE_BLOCK and on of the one below. */
struct level {
	size_t offset; /* in table.starts and table.ends; the lowest level is of the entries */
	size_t n;
};

struct table {
	struct entry *entries; /* by start_ip, commit_ip, descriptor */
	size_t n;
	/* What search.c makes of them. */
	struct block *blocks; /* of the entries, TABLE_BLOCK in each */
	struct level levels[TABLE_LEVELS];
	unsigned int n_levels;
	uint64_t *starts;	  /* of every 16th entry, of every 16th of these, and so on */
	uint64_t *ends;		  /* the highest end of each block; NULL where none overlap */
	uint64_t *aborts;	  /* every abort_ip, sorted; NULL where the entries' are */
	struct exit_point *exits; /* by start_ip, exit_ip */
	size_t n_exits;
	struct csinfo_err *remarks;
	struct stray *strays; /* one for each remark */
	size_t n_remarks;
};

/*
 * Read the descriptors, pointers and exit points in AREAS.  table_close() frees
 * TABLE after success and failure alike.  Errors: CSINFO_E_MALFORMED, _NOMEM.
 */
int table_open(struct table *table, struct areas *areas, const struct elf_image *image,
	       struct csinfo_err *err);
void table_close(struct table *table);

/*
 * Note a STRAY, with a remark in words on the place OFFSET of the file, in the ELF section
 * SECTION.  Of too many the last are left out.
 */
__attribute__((format(printf, 5, 6))) void table_remark(struct table *table, const char *section,
							uint64_t offset, struct stray stray,
							const char *format, ...);

/* Make a TABLE of ENTRY alone; BLOCK is for its use, and nothing need be freed. */
void table_make_single(struct table *table, struct entry *entry, struct block *block);

/* Prepare TABLE, whose entries are in order, to be searched.  Errors: CSINFO_E_NOMEM. */
int table_index(struct table *table, struct csinfo_err *err);

/*
 * All that is known of entry INDEX, but for the function: that is left 0/0 and NULL.  See
 * handle_section().
 */
void table_section(const struct table *table, size_t index, struct csinfo_section *out);

/* Index in table.exits of the first exit point of START_IP; *N how many there are. */
size_t table_exits(const struct table *table, uint64_t start_ip, size_t *n);

/* Index of the first entry with start_ip >= ADDRESS; table->n when there is none. */
size_t table_lower_bound(const struct table *table, uint64_t address);

/* The entry whose [start_ip, commit_ip) holds PC and starts last.  False: none. */
bool table_find(const struct table *table, uint64_t pc, size_t *index);

/* Whether ADDRESS is one of the bytes in front of an abort_ip of TABLE. */
bool table_on_signature(const struct table *table, uint64_t address);

#endif /* CSINFO_TABLE_H */
