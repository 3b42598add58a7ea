/* SPDX-License-Identifier: MIT */
/* What registers hold, as far as the instructions in front tell. */
#ifndef CSINFO_VALUE_H
#define CSINFO_VALUE_H

#include "subject.h"
#include "walk.h"

/* How far a number is known. */
enum certainty {
	UNKNOWN,
	LIKELY, /* by convention, or read from memory that may have been written since */
	CERTAIN,
};

struct value {
	uint64_t number; /* of as many bits as a pointer has */
	enum certainty certainty;
};

/*
 * What INSN's expression amounts to when INSN, one of WALK, runs.  A bounded number of
 * the instructions in front of it are looked at.
 */
struct value value_of(const struct subject *subject, const struct walk *walk,
		      const struct insn *insn);

/* The low bits of NUMBER, as many as a pointer of SUBJECT's machine has. */
uint64_t value_as_pointer(const struct subject *subject, uint64_t number);

/* The WIDTH bytes at ADDRESS as the file (or memory) has them. */
bool value_read(const struct subject *subject, uint64_t address, unsigned int width, uint64_t *out);

#endif /* CSINFO_VALUE_H */
