// SPDX-License-Identifier: MIT
/* A running process, as /proc tells. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "process.h"
#include "text.h"

/* A bit of the field `flags' of /proc/PID/stat (linux/sched.h). */
#define PF_KTHREAD 0x00200000

int process_open_file(const struct process *process, const char *name)
{
	return openat(process->fd, name, O_RDONLY | O_CLOEXEC);
}

ssize_t process_read_file(const struct process *process, const char *name, char *buffer,
			  size_t size)
{
	int fd = process_open_file(process, name);
	size_t done = 0;
	ssize_t n = -1;

	if (fd < 0)
		return -1;
	while (done < size - 1 && (n = read(fd, buffer + done, size - 1 - done)) > 0)
		done += (size_t)n;
	buffer[done] = '\0';
	close(fd);
	return n < 0 ? -1 : (ssize_t)done;
}

/* The number behind "\nKEY:" in the text of /proc/PID/status; 0 when it is not there. */
static long status_number(const char *status, const char *key)
{
	const char *at = strstr(status, key);

	return at ? strtol(at + strlen(key), NULL, 10) : 0;
}

/* Fill name and pid.  Returns NULL or what is wrong. */
static const char *read_status(struct process *process)
{
	char status[4096];
	char *newline;

	if (process_read_file(process, "status", status, sizeof(status)) < 0)
		return strerror(errno);
	process->pid = (pid_t)status_number(status, "\nTgid:");
	newline = strchr(status, '\n');
	if (!newline || strncmp(status, "Name:\t", 6) != 0)
		return "/proc/PID/status is not as expected";
	*newline = '\0';
	snprintf(process->name, sizeof(process->name), "%.*s", (int)sizeof(process->name) - 1,
		 status + 6);
	return NULL;
}

static int open_directory(pid_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Read state (a letter) and flags of the thread that /proc/PID is of.  Returns whether it could. */
static bool read_stat(const struct process *process, char *state, unsigned int *flags)
{
	char stat[1024];
	const char *at;

	if (process_read_file(process, "stat", stat, sizeof(stat)) < 0)
		return false;
	/* The name is in brackets, and may have brackets. */
	at = strrchr(stat, ')');
	return at && sscanf(at + 1, " %c %*d %*d %*d %*d %*d %u", state, flags) == 2;
}

static void change_directory(struct process *process, pid_t tid)
{
	if (process->fd >= 0)
		close(process->fd);
	process->fd = open_directory(tid);
}

/* Go over to a thread that has memory.  Returns NULL, or why there is none. */
static const char *find_memory(struct process *process)
{
	unsigned int flags;
	char state;

	if (!process_list_threads(process) || !read_stat(process, &state, &flags))
		return "No such process";
	if (flags & PF_KTHREAD)
		return "a kernel thread, which has no critical sections";
	for (size_t i = 0; (state == 'Z' || state == 'X') && i < process->n_threads; i++) {
		change_directory(process, process->threads[i]);
		if (!read_stat(process, &state, &flags))
			state = 'X';
	}
	return state == 'Z' || state == 'X' ? "a zombie: the process has ended" : NULL;
}

const char *process_open(struct process *process, pid_t pid)
{
	const char *problem;

	*process = (struct process){.pid = pid, .fd = open_directory(pid)};
	if (process->fd < 0)
		return errno == ENOENT ? "No such process" : strerror(errno);
	problem = read_status(process);
	if (!problem && process->pid != pid)
		change_directory(process, process->pid);
	return problem ? problem : find_memory(process);
}

void process_close(struct process *process)
{
	if (process->fd >= 0)
		close(process->fd);
	free(process->threads);
	*process = (struct process){.fd = -1};
}

bool process_list_threads(struct process *process)
{
	int fd = openat(process->fd, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *found;

	process->n_threads = 0;
	while (dir && (found = readdir(dir))) {
		pid_t tid = (pid_t)strtol(found->d_name, NULL, 10);

		if (tid <= 0)
			continue;
		process->threads = memory_resize(process->threads, process->n_threads + 1,
						 sizeof(*process->threads));
		process->threads[process->n_threads++] = tid;
	}
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
	return process->n_threads > 0;
}

bool process_has_thread(const struct process *process, pid_t tid)
{
	char path[32];

	snprintf(path, sizeof(path), "task/%d", (int)tid);
	return faccessat(process->fd, path, F_OK, 0) == 0;
}
