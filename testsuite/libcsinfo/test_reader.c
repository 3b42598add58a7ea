// SPDX-License-Identifier: MIT
/* reader.c and error.c: bounds and sizes. */
#include <string.h>

#include "error.h"
#include "reader.h"
#include "test.h"

static void test_bounds(void)
{
	CHECK(range_within(0, 0, 0));
	CHECK(range_within(3, 5, 8));
	CHECK(!range_within(4, 5, 8));
	CHECK(!range_within(9, 0, 8));
	/* A sum would overflow and pass. */
	CHECK(!range_within(UINT64_MAX, 2, 8));
	CHECK(!range_within(2, UINT64_MAX, 8));
}

static void test_integers(void)
{
	static const unsigned char bytes[9] = {1, 2, 3, 4, 5, 6, 7, 0x88, 9};
	struct reader reader = {.bytes = bytes, .size = sizeof(bytes)};
	struct reader big = {.bytes = bytes, .size = sizeof(bytes), .big_endian = true};
	uint64_t wide = 0;
	uint32_t narrow = 0;

	CHECK(reader_u64(&reader, 1, &wide));
	CHECK_EQUAL(wide, 0x0988070605040302);
	CHECK(reader_u32(&reader, 5, &narrow));
	CHECK_EQUAL(narrow, 0x09880706);
	CHECK(!reader_u64(&reader, 2, &wide));
	CHECK(!reader_u32(&reader, 6, &narrow));
	CHECK_EQUAL(wide, 0x0988070605040302);
	CHECK(reader_u64(&big, 1, &wide));
	CHECK_EQUAL(wide, 0x0203040506078809);
	CHECK(reader_u32(&big, 5, &narrow));
	CHECK_EQUAL(narrow, 0x06078809);
	CHECK(!reader_u64(&big, 2, &wide));
	CHECK(reader_word(&big, 0, 2, &wide));
	CHECK_EQUAL(wide, 0x0102);
}

static void test_writing(void)
{
	unsigned char bytes[9] = {0};

	write_word(bytes, 0x0102030405060708, 8, false);
	CHECK(!memcmp(bytes, "\x08\x07\x06\x05\x04\x03\x02\x01", 9));
	write_word(bytes, 0x1122334455667788, 4, true);
	CHECK(!memcmp(bytes, "\x55\x66\x77\x88\x04\x03\x02\x01", 9));
}

static void test_strings(void)
{
	struct reader good = {.bytes = (const unsigned char *)"a\0bc", .size = 5};
	struct reader open_ended = {.bytes = good.bytes, .size = 4};
	struct reader empty = {0};

	CHECK(!strcmp(reader_string(&good, 2), "bc"));
	CHECK(!reader_string(&good, 5));
	CHECK(!reader_string(&open_ended, 0));
	CHECK(!reader_string(&empty, 0));
}

void test_reader(void)
{
	test_bounds();
	test_integers();
	test_writing();
	test_strings();
}

/* A caller with an older, smaller struct keeps what is behind it. */
static void test_small_record(void)
{
	struct csinfo_insn insn;

	memset(&insn, 0x55, sizeof(insn));
	insn.size = offsetof(struct csinfo_insn, target);
	CHECK(!csinfo_copy_out(&insn, &(struct csinfo_insn){.length = 7, .target = 1},
			       sizeof(insn)));
	CHECK_EQUAL(insn.length, 7);
	CHECK_EQUAL(insn.target, 0x5555555555555555);
	CHECK_EQUAL(insn.size, offsetof(struct csinfo_insn, target));
}

/* A caller with a newer, larger struct gets zeroes for what is unknown. */
static void test_large_record(void)
{
	struct {
		struct csinfo_gate gate;
		uint64_t later;
	} record;

	memset(&record, 0x55, sizeof(record));
	record.gate.size = sizeof(record);
	CHECK(!csinfo_copy_out(&record, &(struct csinfo_gate){.address = 9}, sizeof(record.gate)));
	CHECK_EQUAL(record.gate.address, 9);
	CHECK_EQUAL(record.later, 0);
	CHECK_EQUAL(record.gate.size, sizeof(record));
}

void test_error(void)
{
	struct csinfo_err err = {.size = sizeof(err)};
	size_t no_room = 1;

	test_small_record();
	test_large_record();
	CHECK_EQUAL(csinfo_copy_out(&no_room, &err, sizeof(err)), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_copy_out(NULL, &err, sizeof(err)), CSINFO_E_ARGUMENT);
	CHECK_EQUAL(csinfo_fail(&err, CSINFO_E_IO, "a\nsection", 0x1f, "bad %d", 3), CSINFO_E_IO);
	CHECK(!strcmp(err.message, "a?section (file offset 0x1f): bad 3"));
	CHECK(!strcmp(err.section, "a?section"));
	CHECK_EQUAL(err.offset, 0x1f);
	CHECK_EQUAL(csinfo_fail(NULL, CSINFO_E_IO, NULL, 0, "nobody listens"), CSINFO_E_IO);
}
