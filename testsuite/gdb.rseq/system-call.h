/* SPDX-License-Identifier: MIT */
/* A system call inside of a section: SYSTEM_CALL(SYS_pause), with CALL_CLOBBERS. */
#ifndef SYSTEM_CALL_H
#define SYSTEM_CALL_H

#include <sys/syscall.h>
#include "rseq-asm.h"

#define STRING_OF(number) #number
#define STRING(number) STRING_OF(number)
#ifdef __x86_64__
#define SYSTEM_CALL(number) "mov $" STRING(number) ", %%eax\n\tsyscall\n\t"
#define CALL_CLOBBERS RSEQ_CLOBBERS, "rcx", "r11"
#else
#define SYSTEM_CALL(number) "mov $" STRING(number) ", %%eax\n\tint $0x80\n\t"
#define CALL_CLOBBERS RSEQ_CLOBBERS, "eax"
#endif

#endif
