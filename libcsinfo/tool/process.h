/* SPDX-License-Identifier: MIT */
/* A running process, as /proc tells. */
#ifndef CSINFO_TOOL_PROCESS_H
#define CSINFO_TOOL_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct process {
	pid_t pid; /* of the process, also when it was named by one of its threads */
	/*
	 * /proc/PID, which says so when the process is gone, even if its number is reused; of
	 * another thread when the first one has ended, which has no memory then.
	 */
	int fd;
	char name[64];
	pid_t *threads; /* as process_list_threads() found them */
	size_t n_threads;
};

/*
 * Look at process PID.  Returns NULL, or the reason why there is nothing to look at, in
 * static storage.  Call process_close() in both cases.
 */
const char *process_open(struct process *process, pid_t pid);
void process_close(struct process *process);

/* Read the threads anew.  Returns whether the process still has any. */
bool process_list_threads(struct process *process);

/* Whether TID is a thread of the process: a number may have gone to another one. */
bool process_has_thread(const struct process *process, pid_t tid);

/* Open the file NAME of /proc/PID.  Returns a file descriptor, or -1 with errno. */
int process_open_file(const struct process *process, const char *name);

/* Read the file NAME of /proc/PID, with a NUL.  Returns its length, or -1 with errno. */
ssize_t process_read_file(const struct process *process, const char *name, char *buffer,
			  size_t size);

#endif /* CSINFO_TOOL_PROCESS_H */
