// SPDX-License-Identifier: MIT
/* What csinfo pid found, as JSON. */
#include "json.h"
#include "pid.h"
#include "section_json.h"
#include "words.h"

/* A section with addresses of the process. */
static void json_loaded_section(const struct csinfo_section *section, uint64_t bias)
{
	json_object(NULL);
	json_number("descriptor", section->descriptor + bias);
	json_number("start_ip", section->start_ip + bias);
	json_number("commit_ip", section->commit_ip + bias);
	json_number("abort_ip", section->abort_ip + bias);
	if (section->marks & CSINFO_MARK_NO_SIGNATURE)
		json_null("signature");
	else
		json_number("signature", section->signature);
	json_string("function", section->func_name);
	json_words("marks", mark_words, section->marks);
	json_end();
}

void json_objects(const struct objects *objects)
{
	for (size_t i = 0; i < objects->n; i++) {
		const struct object *object = &objects->items[i];

		json_object(NULL);
		json_string("file", object->path);
		json_header(object->handle);
		json_number("bias", object->bias);
		json_array("sections");
		for (size_t k = 0; k < csinfo_count(object->handle); k++) {
			struct csinfo_section section = {.size = sizeof(section)};

			csinfo_get(object->handle, k, &section);
			json_loaded_section(&section, object->bias);
		}
		json_end();
		json_end();
	}
}

/* What rseq_cs points to. */
static void json_descriptor(const struct objects *objects, const struct thread *thread)
{
	const struct descriptor *cs = &thread->descriptor;
	struct csinfo_section section = {.size = sizeof(section)};

	if (!thread->has_descriptor) {
		json_null("section");
		return;
	}
	json_object("section");
	json_number("start_ip", cs->start_ip);
	json_number("post_commit_offset", cs->post_commit_offset);
	json_number("abort_ip", cs->abort_ip);
	json_number("version", cs->version);
	json_number("flags", cs->flags);
	json_string("function",
		    section_at(objects, cs->start_ip, &section) ? section.func_name : NULL);
	json_end();
}

static void json_area(const struct objects *objects, const struct thread *thread)
{
	const struct area *area = &thread->area;

	json_number("cpu_id_start", area->cpu_id_start);
	json_signed("cpu_id", (int32_t)area->cpu_id);
	if (rseq_has_field(RSEQ_NODE_ID_END))
		json_number("node_id", area->node_id);
	if (rseq_has_field(RSEQ_MM_CID_END))
		json_number("mm_cid", area->mm_cid);
	json_number("flags", area->flags);
	json_number("rseq_cs", area->rseq_cs);
	json_descriptor(objects, thread);
	json_bool("inside", thread_is_inside(thread));
}

static void json_thread(const struct objects *objects, const struct thread *thread)
{
	json_object(NULL);
	json_number("tid", (uint64_t)thread->tid);
	json_string("name", thread->name);
	if (thread_problem(thread))
		json_string("problem", thread_problem(thread));
	if (thread->has_pc)
		json_number("pc", thread->pc);
	if (thread->has_config) {
		json_bool("registered", thread->address != 0);
		json_number("area", thread->address);
		json_number("size", thread->size);
		json_number("signature", thread->signature);
	}
	if (thread->has_area)
		json_area(objects, thread);
	json_end();
}

void json_threads(const struct sighting *sighting)
{
	json_array("threads");
	for (size_t i = 0; i < sighting->n_threads; i++)
		json_thread(&sighting->objects, &sighting->threads[i]);
	json_end();
}
