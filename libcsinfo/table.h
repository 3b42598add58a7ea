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

struct entry {
	struct csinfo_section section;
	size_t first_exit; /* index into table.exits */
	bool has_pointer;  /* found through the pointer array */
	uint8_t uncertain; /* which fields CSINFO_MARK_RELOCATION is about */
	uint8_t arm_code;  /* enum arm_code */
};

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

struct table {
	struct entry *entries; /* by start_ip, commit_ip, descriptor */
	size_t n;
	/* What search.c makes of them. */
	uint64_t *starts;	  /* start_ip of each, then of every 16th, and so on */
	uint64_t *ends;		  /* the highest commit_ip of each 16; NULL where none overlap */
	uint64_t *aborts;	  /* every abort_ip, sorted; NULL where the entries' are */
	struct exit_point *exits; /* by start_ip, exit_ip */
	size_t n_exits;
	struct csinfo_err *remarks;
	struct stray *strays; /* one for each remark */
	size_t n_remarks;
	char *names; /* of functions */
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

/* Prepare TABLE, whose entries are in order, to be searched.  Errors: CSINFO_E_NOMEM. */
int table_index(struct table *table, struct csinfo_err *err);

/* Index of the first entry with start_ip >= ADDRESS; table->n when there is none. */
size_t table_lower_bound(const struct table *table, uint64_t address);

/* The entry whose [start_ip, commit_ip) holds PC and starts last.  False: none. */
bool table_find(const struct table *table, uint64_t pc, size_t *index);

/* Whether ADDRESS is one of the bytes in front of an abort_ip of TABLE. */
bool table_on_signature(const struct table *table, uint64_t address);

#endif /* CSINFO_TABLE_H */
