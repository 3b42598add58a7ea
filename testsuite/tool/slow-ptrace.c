// SPDX-License-Identifier: MIT
/* Preloaded into csinfo: much can happen to a thread between PTRACE_SEIZE and what follows. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

long ptrace(enum __ptrace_request request, ...)
{
	va_list arguments;
	pid_t pid;
	void *address, *data;
	long result;

	va_start(arguments, request);
	pid = va_arg(arguments, pid_t);
	address = va_arg(arguments, void *);
	data = va_arg(arguments, void *);
	va_end(arguments);
	result = syscall(SYS_ptrace, request, pid, address, data);
	if (request == PTRACE_SEIZE)
		usleep(2000);
	return result;
}
