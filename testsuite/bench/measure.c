/* SPDX-License-Identifier: MIT */
/*
 * Run a command, its output thrown away, and print what it took: `ms N' of processor time and
 * `KiB N', the most memory it held at once.  A small program has to start it: the kernel counts
 * the memory of who starts a command as the command's own.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double milliseconds(const struct timeval *time)
{
	return (double)time->tv_sec * 1e3 + (double)time->tv_usec / 1e3;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	int status;
	pid_t pid;

	if (argc < 2) {
		fputs("Usage: measure COMMAND [ARGUMENT...]\n", stderr);
		return 2;
	}
	pid = fork();
	if (pid < 0)
		return 1;
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (wait4(pid, &status, 0, &usage) != pid)
		return 1;
	printf("ms %.3f\nKiB %ld\n", milliseconds(&usage.ru_utime) + milliseconds(&usage.ru_stime),
	       usage.ru_maxrss);
	/* What it thinks of its arguments does not matter, if it could run. */
	return !WIFEXITED(status) || WEXITSTATUS(status) == 127;
}
