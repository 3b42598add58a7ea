// SPDX-License-Identifier: MIT
/* Sections and their flow as JSON. */
#include <elf.h>

#include "json.h"
#include "section_json.h"
#include "words.h"

static void json_gate(const struct csinfo_flow *flow, uint32_t number)
{
	struct csinfo_gate gate = {.size = sizeof(gate)};

	csinfo_flow_gate(flow, number, &gate);
	json_object(NULL);
	json_address("address", gate.address);
	json_string("kind", gate_name(gate.kind));
	json_words("flags", gate_words, gate.flags);
	json_end();
}

static void json_exit(const struct csinfo_flow *flow, uint32_t number)
{
	struct csinfo_exit way = {.size = sizeof(way)};

	csinfo_flow_exit(flow, number, &way);
	json_object(NULL);
	json_address("address", way.address);
	json_address("from", way.from);
	json_string("kind", exit_name(way.kind));
	json_words("flags", exit_words, way.flags);
	json_end();
}

static void json_flow(const struct csinfo *handle, size_t index)
{
	struct csinfo_flow_info info = {.size = sizeof(info)};
	struct csinfo_err err = {.size = sizeof(err)};
	struct csinfo_flow *flow;

	if (csinfo_flow_open(handle, index, &flow, &err)) {
		json_null("flow");
		json_string("flow_error", err.message);
		return;
	}
	csinfo_flow_get(flow, &info);
	json_object("flow");
	json_address("store", info.store);
	json_number("store_length", info.store_length);
	json_string("store_position", position_name(info.store_position));
	json_words("flags", flow_words, info.flags);
	json_array("gates");
	for (uint32_t i = 0; i < info.n_gates; i++)
		json_gate(flow, i);
	json_end();
	json_array("exits");
	for (uint32_t i = 0; i < info.n_exits; i++)
		json_exit(flow, i);
	json_end();
	json_end();
	csinfo_flow_free(flow);
}

static void json_exit_points(const struct csinfo *handle, size_t index, uint64_t count)
{
	json_array("exit_points");
	for (uint64_t i = 0; i < count; i++) {
		uint64_t address = 0;

		csinfo_exit_point(handle, index, i, &address);
		json_number(NULL, address);
	}
	json_end();
}

static void json_place(const struct csinfo *handle, uint64_t address)
{
	struct csinfo_place place = {.size = sizeof(place)};
	bool is_known = csinfo_place(handle, address, &place) == 0;

	json_string("elf_section", is_known ? place.section : NULL);
	json_address("elf_offset", is_known ? place.offset : CSINFO_NO_ADDRESS);
}

void json_section(const struct csinfo *handle, size_t index)
{
	struct csinfo_section section = {.size = sizeof(section)};

	csinfo_get(handle, index, &section);
	json_number("descriptor", section.descriptor);
	json_number("version", section.version);
	json_number("flags", section.flags);
	json_number("start_ip", section.start_ip);
	json_number("post_commit_offset", section.post_commit_offset);
	json_number("commit_ip", section.commit_ip);
	json_number("abort_ip", section.abort_ip);
	if (section.marks & CSINFO_MARK_NO_SIGNATURE)
		json_null("signature");
	else
		json_number("signature", section.signature);
	json_string("function", section.func_name);
	json_number("func_start", section.func_start);
	json_number("func_size", section.func_size);
	json_place(handle, section.start_ip);
	json_words("marks", mark_words, section.marks);
	json_exit_points(handle, index, section.n_exits);
	json_flow(handle, index);
}

void json_header(const struct csinfo *handle)
{
	static const char *const types[] = {"none", "rel", "exec", "dyn"};
	int type = csinfo_elf_type(handle);

	json_string("type", type >= 0 && type <= ET_DYN ? types[type] : NULL);
	json_number("class", csinfo_elf_class(handle) == ELFCLASS32 ? 32 : 64);
	json_string("byte_order", csinfo_byte_order(handle) == ELFDATA2MSB ? "big" : "little");
	json_number("machine", (uint64_t)csinfo_machine(handle));
	json_string("machine_name", csinfo_machine_name(csinfo_machine(handle)));
}

void json_file(const struct csinfo *handle)
{
	json_header(handle);
	json_array("remarks");
	for (size_t i = 0; i < csinfo_remark_count(handle); i++) {
		struct csinfo_err remark = {.size = sizeof(remark)};

		csinfo_remark(handle, i, &remark);
		json_string(NULL, remark.message);
	}
	json_end();
	json_array("sections");
	for (size_t i = 0; i < csinfo_count(handle); i++) {
		json_object(NULL);
		json_section(handle, i);
		json_end();
	}
	json_end();
}
