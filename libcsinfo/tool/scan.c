// SPDX-License-Identifier: MIT
/* csinfo scan: which files of a tree have critical sections. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "color.h"
#include "json.h"
#include "progress.h"
#include "section_json.h"
#include "text.h"
#include "tool.h"
#include "walk.h"

enum {
	OPTION_CROSS = OPTION_OWN,
};

struct scan {
	bool json;
	int status;
	struct inodes seen;
	size_t n_files; /* of any kind */
	size_t n_elf;
	size_t n_unsupported; /* ELF files of a kind that libcsinfo does not read */
	size_t n_with_sections;
	size_t n_sections;
};

static void report_error(struct scan *scan, const char *path, const char *text)
{
	progress_clear();
	tool_complain(path, text);
	scan->status = STATUS_BAD_FILE;
	if (!scan->json)
		return;
	json_object(NULL);
	json_string("file", path);
	json_string("error", text);
	json_end();
}

static void walk_error(const char *path, int error, void *data)
{
	report_error(data, path, strerror(error));
}

static void report_json(const char *path, const struct csinfo *handle)
{
	json_object(NULL);
	json_string("file", path);
	json_header(handle);
	json_number("count", csinfo_count(handle));
	json_number("remarks", csinfo_remark_count(handle));
	json_end();
}

static void report_text(const char *path, const struct csinfo *handle)
{
	size_t n = csinfo_count(handle);
	size_t n_remarks = csinfo_remark_count(handle);

	printf("%s", color(COLOR_BOLD));
	text_print(stdout, path);
	printf("%s: %zu critical section%s", color(COLOR_OFF), n, n == 1 ? "" : "s");
	if (n_remarks)
		printf(", %s%zu remark%s%s", color(COLOR_YELLOW), n_remarks,
		       n_remarks == 1 ? "" : "s", color(COLOR_OFF));
	printf("\n");
}

static void report_file(const char *path, const struct csinfo *handle, void *data)
{
	struct scan *scan = data;

	scan->n_elf++;
	if (!csinfo_count(handle) && !csinfo_remark_count(handle))
		return;
	scan->n_with_sections += csinfo_count(handle) > 0;
	scan->n_sections += csinfo_count(handle);
	progress_clear();
	(scan->json ? report_json : report_text)(path, handle);
}

static void report_failure(const char *path, const struct csinfo_err *err, void *data)
{
	struct scan *scan = data;

	if (err->code == CSINFO_E_UNSUPPORTED)
		scan->n_unsupported++;
	else
		report_error(scan, path, err->message);
}

static void scan_elf(struct scan *scan, int fd, const char *path)
{
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo *handle;

	if (csinfo_open_fd(fd, &handle, &err)) {
		report_failure(path, &err, scan);
		return;
	}
	report_file(path, handle, scan);
	csinfo_close(handle);
}

/* Whether FD is a regular file that was not scanned yet. */
static bool is_new(struct scan *scan, int fd)
{
	struct stat info;

	return fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && inodes_add(&scan->seen, &info);
}

static void walk_file(int fd, const char *path, void *data)
{
	const struct visitor visitor = {report_file, report_failure, data};
	struct scan *scan = data;
	char magic[8] = "";
	ssize_t n;

	progress_show(scan->n_files++, path);
	/* Most files of a tree are something else: don't have them read. */
	n = pread(fd, magic, sizeof(magic), 0);
	if (n < 0)
		report_error(scan, path, strerror(errno));
	else if (!memcmp(magic, "\177ELF", 4) && is_new(scan, fd))
		scan_elf(scan, fd, path);
	else if ((!memcmp(magic, "!<arch>\n", 8) || !memcmp(magic, "!<thin>\n", 8)) &&
		 is_new(scan, fd))
		tool_visit_archive(path, &visitor);
}

static void print_totals(const struct scan *scan)
{
	if (scan->json) {
		json_end();
		json_number("elf_files", scan->n_elf);
		json_number("with_sections", scan->n_with_sections);
		json_number("unsupported", scan->n_unsupported);
		json_number("count", scan->n_sections);
		json_end();
		return;
	}
	printf("%zu ELF files, %zu of them with critical sections: %zu sections\n", scan->n_elf,
	       scan->n_with_sections, scan->n_sections);
	if (scan->n_unsupported)
		printf("%zu more of a kind that is not handled\n", scan->n_unsupported);
}

static int scan_trees(char *const *roots, int count, bool json, bool cross)
{
	struct scan scan = {.json = json};
	struct walk walk = {
		.cross = cross,
		.seen = &scan.seen,
		.file = walk_file,
		.error = walk_error,
		.data = &scan,
	};

	if (json) {
		json_object(NULL);
		json_array("files");
	}
	for (int i = 0; i < count; i++)
		walk_tree(&walk, roots[i]);
	progress_clear();
	print_totals(&scan);
	inodes_free(&scan.seen);
	return tool_finish(scan.status);
}

static int run_scan(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {
		TOOL_OPTIONS,
		{"cross-file-systems", no_argument, NULL, OPTION_CROSS},
		{0},
	};
	bool json = false, cross = false;
	int option, status;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == OPTION_CROSS) {
			cross = true;
			continue;
		}
		status = tool_option(self, option, &json);
		if (status != STATUS_GO_ON)
			return status;
	}
	if (optind >= argc)
		return tool_usage(self);
	return scan_trees(argv + optind, argc - optind, json, cross);
}

const struct command scan_command = {
	.name = "scan",
	.arguments = "[OPTION]... DIR...",
	.summary = "find the ELF files with sections in a tree",
	.help = "Look at every ELF file and archive in the tree below each DIR, and name those\n"
		"that have critical sections.  Symbolic links are not followed, but for a DIR\n"
		"itself; devices, FIFOs and sockets are not opened; a file with several names is\n"
		"looked at once.  ELF files of a kind that is not handled are counted, no more.\n"
		"\n"
		"  --cross-file-systems\n"
		"                    go into other file systems that are mounted below DIR\n",
	.run = run_scan,
};
