// SPDX-License-Identifier: MIT
/* What the library promises of every handle, whatever the file was. */
#include <string.h>

#include "sane.h"

/* A file may declare any number; each is checked alike. */
#define MAX_EXIT_POINTS 64u

static bool exits_are_sane(const struct csinfo_flow *flow, uint32_t n)
{
	struct csinfo_exit way = {.size = sizeof(way)};
	uint64_t last = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (csinfo_flow_exit(flow, i, &way) || way.address < last)
			return false;
		if (i && way.address == last && last != CSINFO_NO_ADDRESS)
			return false;
		last = way.address;
	}
	return csinfo_flow_exit(flow, n, &way) == CSINFO_E_NOT_FOUND;
}

static bool gates_are_sane(const struct csinfo_flow *flow, const struct csinfo_flow_info *info)
{
	struct csinfo_gate gate = {.size = sizeof(gate)};

	for (uint32_t i = 0; i < info->n_gates; i++)
		if (csinfo_flow_gate(flow, i, &gate) || gate.address == info->store)
			return false;
	return csinfo_flow_gate(flow, info->n_gates, &gate) == CSINFO_E_NOT_FOUND;
}

static bool outposts_are_sane(const struct csinfo_flow *flow, const struct csinfo_flow_info *info)
{
	struct csinfo_outpost outpost = {.size = sizeof(outpost)};

	for (uint32_t i = 0; i < info->n_outposts; i++)
		if (csinfo_flow_outpost(flow, i, &outpost) || outpost.address == info->store ||
		    outpost.address == outpost.gate ||
		    (outpost.address == CSINFO_NO_ADDRESS) != (outpost.next == CSINFO_NO_ADDRESS))
			return false;
	return csinfo_flow_outpost(flow, info->n_outposts, &outpost) == CSINFO_E_NOT_FOUND;
}

bool flow_is_sane(const struct csinfo_flow *flow)
{
	struct csinfo_flow_info info = {.size = sizeof(info)};

	return !csinfo_flow_get(flow, &info) && exits_are_sane(flow, info.n_exits) &&
	       gates_are_sane(flow, &info) && outposts_are_sane(flow, &info) &&
	       (info.store == CSINFO_NO_ADDRESS) == (info.store_position == CSINFO_STORE_UNKNOWN);
}

static bool section_flow_is_sane(const struct csinfo *handle, size_t index)
{
	struct csinfo_flow *flow = NULL;
	bool sane;

	if (csinfo_flow_open(handle, index, &flow, NULL))
		return !flow;
	sane = flow_is_sane(flow);
	csinfo_flow_free(flow);
	return sane;
}

static bool exit_points_are_sane(const struct csinfo *handle, size_t index, uint64_t n)
{
	uint64_t address;

	for (uint64_t i = 0; i < n && i < MAX_EXIT_POINTS; i++)
		if (csinfo_exit_point(handle, index, i, &address))
			return false;
	return csinfo_exit_point(handle, index, n, &address) == CSINFO_E_NOT_FOUND;
}

/* Found by its start, unless a later section covers that. */
static bool is_found(const struct csinfo *handle, size_t index,
		     const struct csinfo_section *section)
{
	size_t found;

	if (section->marks & (CSINFO_MARK_EMPTY | CSINFO_MARK_WRAPS))
		return true;
	return !csinfo_find(handle, section->start_ip, &found) && found >= index;
}

/*
 * An address is where csinfo_place() says, and csinfo_read() reads the same there again.
 * (Of segments that overlap, the next byte may be another one's.)
 */
static bool place_is_sane(const struct csinfo *handle, uint64_t address)
{
	struct csinfo_place place = {.size = sizeof(place)};
	unsigned char bytes[2][8] = {{0}};
	int status = csinfo_read_linked(handle, address, bytes[1], 8);

	if (csinfo_elf_type(handle) != 1 && csinfo_read(handle, address, bytes[0], 8) != status)
		return false;
	if (!csinfo_place(handle, address, &place) &&
	    (place.offset >= place.section_size || strlen(place.section) > SIZE_MAX / 2))
		return false;
	return csinfo_read(handle, address, bytes[0], 8) ||
	       (!csinfo_read(handle, address, bytes[1], 1) && bytes[0][0] == bytes[1][0]);
}

static bool section_is_sane(const struct csinfo *handle, size_t index, uint64_t *last)
{
	struct csinfo_section section = {.size = sizeof(section)};

	if (csinfo_get(handle, index, &section) || section.start_ip < *last)
		return false;
	*last = section.start_ip;
	if (section.commit_ip != section.start_ip + section.post_commit_offset)
		return false;
	/* The sanitizer sees a name that does not end. */
	if (section.func_name && strlen(section.func_name) > SIZE_MAX / 2)
		return false;
	return is_found(handle, index, &section) && place_is_sane(handle, section.start_ip) &&
	       place_is_sane(handle, section.descriptor) &&
	       exit_points_are_sane(handle, index, section.n_exits);
}

static bool remarks_are_sane(const struct csinfo *handle)
{
	struct csinfo_err remark = {.size = sizeof(remark)};
	size_t n = csinfo_remark_count(handle);

	for (size_t i = 0; i < n; i++)
		if (csinfo_remark(handle, i, &remark) || remark.code != CSINFO_E_MALFORMED ||
		    !remark.message[0] || strchr(remark.message, '\n'))
			return false;
	return csinfo_remark(handle, n, &remark) == CSINFO_E_NOT_FOUND;
}

bool handle_is_sane(const struct csinfo *handle, size_t max_flows)
{
	struct csinfo_section section = {.size = sizeof(section)};
	size_t n = csinfo_count(handle);
	uint64_t last = 0;

	for (size_t i = 0; i < n; i++)
		if (!section_is_sane(handle, i, &last) ||
		    (i < max_flows && !section_flow_is_sane(handle, i)))
			return false;
	return csinfo_get(handle, n, &section) == CSINFO_E_NOT_FOUND && remarks_are_sane(handle);
}

static bool finding_is_sane(const struct csinfo_lint *lint, size_t number, size_t n_sections,
			    uint64_t *last)
{
	struct csinfo_finding finding = {.size = sizeof(finding)};

	if (csinfo_lint_get(lint, number, &finding) || finding.address < *last || !finding.id)
		return false;
	*last = finding.address;
	return finding.message[0] && !strchr(finding.message, '\n') &&
	       !strchr(finding.where, '\n') &&
	       (finding.index == SIZE_MAX || finding.index < n_sections);
}

bool lint_is_sane(const struct csinfo *handle)
{
	const char *const all[] = {"all"};
	const struct csinfo_lint_options options = {sizeof(options), all, 1};
	struct csinfo_lint *lint = NULL;
	uint64_t last = 0;
	bool sane = true;

	if (csinfo_lint_open(handle, &options, &lint, NULL))
		return !lint;
	for (size_t i = 0; i < csinfo_lint_count(lint); i++)
		sane = sane && finding_is_sane(lint, i, csinfo_count(handle), &last);
	csinfo_lint_free(lint);
	return sane;
}
