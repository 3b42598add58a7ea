/* SPDX-License-Identifier: MIT */
/* The names of csinfo.h's bits and kinds, the same in text and in JSON. */
#ifndef CSINFO_TOOL_WORDS_H
#define CSINFO_TOOL_WORDS_H

#include <stdint.h>

/* A bit and its name; an array of them ends with a NULL name. */
struct word {
	uint32_t bit;
	const char *name;
};

extern const struct word mark_words[]; /* CSINFO_MARK_* */
extern const struct word flow_words[]; /* CSINFO_FLOW_* */
extern const struct word gate_words[]; /* CSINFO_GATE_* */
extern const struct word exit_words[]; /* CSINFO_EXIT_* */

/* Names of enum csinfo_store_position, csinfo_gate_kind, csinfo_exit_kind; "?" for others. */
const char *position_name(int position);
const char *gate_name(int kind);
const char *exit_name(int kind);

/* Print the names of the bits of VALUE, each after BEFORE. */
void print_words(const struct word *words, uint32_t value, const char *before);

#endif /* CSINFO_TOOL_WORDS_H */
