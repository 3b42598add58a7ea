// SPDX-License-Identifier: MIT
/* The table of sections in text. */
#include <inttypes.h>
#include <stdio.h>

#include "color.h"
#include "row.h"
#include "text.h"
#include "words.h"

void row_print_head(void)
{
	printf("  %-16s %-16s %-16s %-10s %-16s %s\n", "START", "COMMIT", "ABORT", "SIGNATURE",
	       "DESCRIPTOR", "FUNCTION");
}

void row_print(const struct csinfo_section *section, uint64_t bias)
{
	printf("  0x%-14" PRIx64 " 0x%-14" PRIx64 " 0x%-14" PRIx64, section->start_ip + bias,
	       section->commit_ip + bias, section->abort_ip + bias);
	if (section->marks & CSINFO_MARK_NO_SIGNATURE)
		printf(" %-10s", "-");
	else
		printf(" 0x%08" PRIx32, section->signature);
	printf(" 0x%-14" PRIx64 " %s", section->descriptor + bias, color(COLOR_BOLD));
	text_print(stdout, section->func_name ? section->func_name : "-");
	printf("%s%s", color(COLOR_OFF), color(COLOR_RED));
	print_words(mark_words, section->marks, " !");
	printf("%s\n", color(COLOR_OFF));
}
