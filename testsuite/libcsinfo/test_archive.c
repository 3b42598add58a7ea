// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
/* archive.c: archives that are wrong, or change. */
#include <ar.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenario.h"
#include "test.h"

#define ROOM 65536u

/* An archive under construction. */
struct writer {
	unsigned char *bytes;
	size_t size;
};

static struct writer begin(const char *magic)
{
	struct writer writer = {calloc(1, ROOM), SARMAG};

	memcpy(writer.bytes, magic, SARMAG);
	return writer;
}

/* Add a member that says it has SAID bytes, and has SIZE. */
static void add(struct writer *writer, const char *name, const char *said, const void *data,
		size_t size)
{
	char header[sizeof(struct ar_hdr) + 1];

	snprintf(header, sizeof(header), "%-16s%-12s%-6s%-6s%-8s%-10s`\n", name, "0", "0", "0",
		 "644", said);
	memcpy(writer->bytes + writer->size, header, sizeof(struct ar_hdr));
	writer->size += sizeof(struct ar_hdr);
	if (size)
		memcpy(writer->bytes + writer->size, data, size);
	writer->size += size + size % 2;
}

/* Add a member with a critical section. */
static void add_file(struct writer *writer, const char *name)
{
	struct scenario scenario = scenario_good();
	char said[24];

	scenario_write(&scenario);
	snprintf(said, sizeof(said), "%zu", scenario.size);
	add(writer, name, said, scenario.bytes, scenario.size);
	scenario_free(&scenario);
}

/*
 * Read the archive to its end, from memory of just its size.  Returns how reading ended, and
 * the number of members that were opened and of those that were not.
 */
static int read_all(struct writer *writer, unsigned int *opened, unsigned int *refused)
{
	struct csinfo_member member = {.size = sizeof(member)};
	struct csinfo_archive *archive = NULL;
	unsigned char *bytes = malloc(writer->size);
	int status;

	*opened = 0;
	*refused = 0;
	memcpy(bytes, writer->bytes, writer->size);
	status = csinfo_archive_open_memory(bytes, writer->size, &archive, NULL);
	while (!status && !(status = csinfo_archive_next(archive, &member, NULL))) {
		CHECK(member.name != NULL);
		CHECK_EQUAL(!member.handle, member.status != 0);
		CHECK(member.status || csinfo_count(member.handle) == 1);
		*(member.status ? refused : opened) += 1;
		csinfo_close(member.handle);
	}
	/* Behind the end, and behind an error, nothing follows. */
	if (archive)
		CHECK_EQUAL(csinfo_archive_next(archive, &member, NULL), CSINFO_E_NOT_FOUND);
	csinfo_archive_close(archive);
	free(bytes);
	free(writer->bytes);
	return status;
}

static void test_names(void)
{
	struct writer writer = begin(ARMAG);
	unsigned int opened;
	unsigned int refused;

	add(&writer, "/", "4", "xxxx", 4);
	add(&writer, "/SYM64/", "4", "xxxx", 4);
	add(&writer, "__.SYMDEF SORTED", "2", "xx", 2);
	add(&writer, "//", "12", "long/\nother/", 12);
	add_file(&writer, "short/");
	add_file(&writer, "/0");
	add_file(&writer, "/6");
	add(&writer, "#1/4", "9", "nameMbyte", 9);
	CHECK_EQUAL(read_all(&writer, &opened, &refused), CSINFO_E_NOT_FOUND);
	CHECK_EQUAL(opened, 3);
	CHECK_EQUAL(refused, 1);
}

/* An archive whose last member has this NAME and size. */
static int status_of(const char *magic, const char *name, const char *said)
{
	struct writer writer = begin(magic);
	unsigned int opened;
	unsigned int refused;
	int status;

	add(&writer, "//", "6", "long/\n", 6);
	if (!strcmp(magic, ARMAG))
		add_file(&writer, "good/");
	add(&writer, name, said, "12345678", 8);
	status = read_all(&writer, &opened, &refused);
	CHECK_EQUAL(opened, !strcmp(magic, ARMAG));
	return status;
}

static void test_bad_headers(void)
{
	static const char *const sizes[] = {"9", "", "x", "-1", "9999999999"};
	static const char *const names[] = {"/7",  "/x",  "/99999999999999", "/0x", "/0:x", "#1/x",
					    "#1/", "#1/9"};

	CHECK_EQUAL(status_of(ARMAG, "good", "8"), CSINFO_E_NOT_FOUND);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		CHECK_EQUAL(status_of(ARMAG, "bad", sizes[i]), CSINFO_E_MALFORMED);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		CHECK_EQUAL(status_of(ARMAG, names[i], "8"), CSINFO_E_MALFORMED);
	/* A thin archive has no contents there: the 8 bytes are no header. */
	CHECK_EQUAL(status_of("!<thin>\n", "/0", "8"), CSINFO_E_MALFORMED);
}

/* A BSD name that is longer than its member, though the archive goes on. */
static void test_long_name(void)
{
	struct writer writer = begin(ARMAG);
	unsigned int opened;
	unsigned int refused;

	add(&writer, "#1/10", "8", "12345678", 8);
	add_file(&writer, "good/");
	CHECK_EQUAL(read_all(&writer, &opened, &refused), CSINFO_E_MALFORMED);
	CHECK_EQUAL(opened + refused, 0);
}

/* A name without a table of names; a header that is cut off or ends otherwise. */
static void test_cut(void)
{
	struct writer writer = begin(ARMAG);
	unsigned int opened;
	unsigned int refused;

	add(&writer, "/0", "0", NULL, 0);
	CHECK_EQUAL(read_all(&writer, &opened, &refused), CSINFO_E_MALFORMED);
	for (size_t cut = 1; cut < sizeof(struct ar_hdr); cut++) {
		writer = begin(ARMAG);
		add(&writer, "one", "0", NULL, 0);
		writer.size -= cut;
		CHECK_EQUAL(read_all(&writer, &opened, &refused), CSINFO_E_MALFORMED);
	}
	writer = begin(ARMAG);
	add(&writer, "one", "0", NULL, 0);
	writer.bytes[writer.size - 1] = ' ';
	CHECK_EQUAL(read_all(&writer, &opened, &refused), CSINFO_E_MALFORMED);
}

/* In memory there are no files that the members of a thin archive could be. */
static void test_thin(void)
{
	struct writer writer = begin("!<thin>\n");
	unsigned int opened;
	unsigned int refused;

	add(&writer, "//", "12", "/bin/sh/\no/\n", 12);
	add(&writer, "/0", "100", NULL, 0);
	add(&writer, "/0:68", "100", NULL, 0);
	CHECK_EQUAL(read_all(&writer, &opened, &refused), CSINFO_E_NOT_FOUND);
	CHECK_EQUAL(opened, 0);
	CHECK_EQUAL(refused, 2);
}

/* Write the archive to a file in memory, and open it: its descriptor in *FD. */
static struct csinfo_archive *open_file(struct writer *writer, int *fd)
{
	struct csinfo_archive *archive = NULL;
	char path[64];

	*fd = memfd_create("test", MFD_CLOEXEC);
	CHECK(write(*fd, writer->bytes, writer->size) == (ssize_t)writer->size);
	free(writer->bytes);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", *fd);
	CHECK_EQUAL(csinfo_archive_open(path, &archive, NULL), 0);
	return archive;
}

/* A member stays what it was, without its archive. */
static void test_lifetime(void)
{
	struct csinfo_section section = {.size = sizeof(section)};
	struct csinfo_member member = {.size = sizeof(member)};
	struct writer writer = begin(ARMAG);
	struct csinfo_archive *archive;
	unsigned char byte;
	int fd;

	add(&writer, "text", "5", "hello", 5);
	add_file(&writer, "good/");
	archive = open_file(&writer, &fd);
	CHECK_EQUAL(csinfo_archive_next(archive, &member, NULL), 0);
	CHECK_EQUAL(member.status, CSINFO_E_NOT_ELF);
	CHECK_EQUAL(csinfo_archive_next(archive, &member, NULL), 0);
	CHECK_EQUAL(member.status, 0);
	CHECK_EQUAL(ftruncate(fd, 0), 0);
	close(fd);
	csinfo_archive_close(archive);
	CHECK_EQUAL(csinfo_get(member.handle, 0, &section), 0);
	CHECK_EQUAL(csinfo_read(member.handle, section.start_ip, &byte, 1), 0);
	csinfo_close(member.handle);
}

/* An archive that is written to is not read as what it was. */
static void test_change(void)
{
	const struct timespec times[2] = {{1, 0}, {1, 0}};
	struct csinfo_member member = {.size = sizeof(member)};
	struct writer writer = begin(ARMAG);
	struct csinfo_archive *archive;
	int fd;

	add_file(&writer, "good/");
	add(&writer, "text", "5", "hello", 5);
	archive = open_file(&writer, &fd);
	CHECK_EQUAL(futimens(fd, times), 0);
	CHECK_EQUAL(csinfo_archive_next(archive, &member, NULL), 0);
	CHECK_EQUAL(member.status, CSINFO_E_IO);
	CHECK_EQUAL(csinfo_archive_next(archive, &member, NULL), 0);
	CHECK_EQUAL(member.status, CSINFO_E_NOT_ELF);
	CHECK_EQUAL(csinfo_archive_next(archive, &member, NULL), CSINFO_E_IO);
	csinfo_archive_close(archive);
	close(fd);
}

static void test_arguments(void)
{
	struct csinfo_member member = {.size = sizeof(member) - 1};
	struct csinfo_archive *archive = NULL;

	CHECK_EQUAL(csinfo_archive_open(NULL, &archive, NULL), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_archive_open("/", &archive, NULL), CSINFO_E_IO);
	CHECK_EQUAL(csinfo_archive_open("/dev/null", &archive, NULL), CSINFO_E_IO);
	CHECK_EQUAL(csinfo_archive_open("/nonexistent", &archive, NULL), CSINFO_E_IO);
	CHECK_EQUAL(csinfo_archive_open_memory(NULL, 8, &archive, NULL), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_archive_open_memory("!<arch>", 7, &archive, NULL), CSINFO_E_NOT_ELF);
	CHECK_EQUAL(csinfo_archive_open_memory("!<arch> ", 8, &archive, NULL), CSINFO_E_NOT_ELF);
	CHECK(!archive);
	csinfo_archive_close(NULL);
	CHECK_EQUAL(csinfo_archive_open_memory(ARMAG, SARMAG, &archive, NULL), 0);
	CHECK_EQUAL(csinfo_archive_next(archive, &member, NULL), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_archive_next(archive, NULL, NULL), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_archive_next(NULL, &member, NULL), CSINFO_E_ARGUMENT);
	csinfo_archive_close(archive);
}

void test_archive(void)
{
	test_names();
	test_bad_headers();
	test_long_name();
	test_cut();
	test_thin();
	test_lifetime();
	test_change();
	test_arguments();
}
