/* SPDX-License-Identifier: MIT */
/* How much memory is allocated at once, as AddressSanitizer tells. */
#ifndef PEAK_H
#define PEAK_H

#include <stddef.h>

/* Count from now on. */
void peak_start(void);

/* The most bytes that were allocated at once since, beyond those that were before. */
size_t peak_bytes(void);

#endif /* PEAK_H */
