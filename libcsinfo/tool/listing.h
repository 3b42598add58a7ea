/* SPDX-License-Identifier: MIT */
/* The code of one critical section, instruction by instruction. */
#ifndef CSINFO_TOOL_LISTING_H
#define CSINFO_TOOL_LISTING_H

#include <stdbool.h>

#include "csinfo.h"
#include "words.h"

/* What an address is to the section. */
enum role {
	ROLE_GATE = 0x01,
	ROLE_STORE = 0x02,
	ROLE_START = 0x04,
	ROLE_COMMIT = 0x08,
	ROLE_EXIT = 0x10,
	ROLE_SIGNATURE = 0x20, /* data: the bytes that the kernel compares */
	ROLE_ABORT = 0x40,
};

extern const struct word role_words[];

/* One instruction, or some bytes that are none. */
struct line {
	uint64_t address;
	unsigned char bytes[16];
	size_t n_bytes;
	uint32_t roles;
	bool is_code;
	bool is_inside;	  /* in [start_ip, commit_ip) */
	bool is_apart;	  /* does not follow the line before it */
	bool is_way_out;  /* of the section, for the thread that is inside */
	const char *note; /* what it does to the section, "" for nothing */
	char text[160];
};

struct listing {
	struct line *lines;
	size_t n;
	char problem[208]; /* why STORE, gates and exits are not known, or "" */
};

/* Where the signatures of a file are: data amid code. */
struct signatures {
	uint64_t *ends; /* abort_ip of all its sections, in order */
	size_t n;
};

void signatures_open(struct signatures *signatures, const struct csinfo *handle);
void signatures_close(struct signatures *signatures);

/*
 * The code around section INDEX of HANDLE: its gates, STORE, the section itself, where it
 * leaves to, and its abort handler.  Long code is cut short.
 */
void listing_open(struct listing *listing, const struct csinfo *handle, size_t index,
		  const struct signatures *signatures);
void listing_close(struct listing *listing);

#endif /* CSINFO_TOOL_LISTING_H */
