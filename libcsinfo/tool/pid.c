// SPDX-License-Identifier: MIT
/* csinfo pid: the sections of a running process, and where its threads are. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "color.h"
#include "json.h"
#include "pid.h"
#include "row.h"
#include "text.h"
#include "tool.h"

enum {
	OPTION_NO_STOP = OPTION_OWN,
};

struct pid_options {
	bool json;
	bool no_stop;
};

/* The bytes of struct rseq that the kernel fills; without the entry (before 6.3), 20. */
#ifndef AT_RSEQ_FEATURE_SIZE
#define AT_RSEQ_FEATURE_SIZE 27
#endif

bool rseq_has_field(size_t end)
{
	return getauxval(AT_RSEQ_FEATURE_SIZE) >= end;
}

bool section_at(const struct objects *objects, uint64_t pc, struct csinfo_section *out)
{
	size_t index;
	const struct object *object = objects_find(objects, pc, &index);

	return object && csinfo_get(object->handle, index, out) == 0;
}

const char *thread_problem(const struct thread *thread)
{
	static char text[64];

	switch (thread->sight) {
	case SIGHT_STOPPED:
		return NULL;
	case SIGHT_RUNNING:
		return "not stopped";
	case SIGHT_GONE:
		return "ended";
	case SIGHT_STUCK:
		return "does not stop: it waits in the kernel, uninterruptibly";
	case SIGHT_REFUSED:
		break;
	}
	if (!thread->tracer)
		return strerror(thread->error);
	snprintf(text, sizeof(text), "traced by process %d already", (int)thread->tracer);
	return text;
}

/* ---- text ---- */

static void print_object(const struct object *object)
{
	printf("%s", color(COLOR_BOLD));
	text_print(stdout, object->path);
	printf("%s, load bias 0x%" PRIx64 "\n", color(COLOR_OFF), object->bias);
	row_print_head();
	for (size_t i = 0; i < csinfo_count(object->handle); i++) {
		struct csinfo_section section = {.size = sizeof(section)};

		csinfo_get(object->handle, i, &section);
		row_print(&section, object->bias);
	}
}

/* The function of the section whose code PC is in. */
static void print_function(const struct objects *objects, uint64_t pc)
{
	struct csinfo_section section = {.size = sizeof(section)};

	if (!section_at(objects, pc, &section))
		printf("a section in no table");
	else
		text_print(stdout, section.func_name ? section.func_name : "-");
}

static void print_rseq_cs(const struct objects *objects, const struct thread *thread)
{
	printf("    rseq_cs  0x%" PRIx64, thread->area.rseq_cs);
	if (thread->has_descriptor) {
		printf(" ");
		print_function(objects, thread->descriptor.start_ip);
		if (!thread_is_inside(thread))
			printf(", left; the kernel has not cleared it yet");
	} else if (thread->area.rseq_cs) {
		printf(" which can't be read");
	}
	printf("\n");
}

static void print_area(const struct objects *objects, const struct thread *thread)
{
	const struct area *area = &thread->area;

	printf("    area     0x%" PRIx64 " size %" PRIu32 " signature 0x%08" PRIx32 "\n",
	       thread->address, thread->size, thread->signature);
	if (!thread->has_area) {
		printf("    area can't be read\n");
		return;
	}
	printf("    ids      cpu_id_start %" PRIu32 " cpu_id %" PRId32, area->cpu_id_start,
	       (int32_t)area->cpu_id);
	if (rseq_has_field(RSEQ_NODE_ID_END))
		printf(" node_id %" PRIu32, area->node_id);
	if (rseq_has_field(RSEQ_MM_CID_END))
		printf(" mm_cid %" PRIu32, area->mm_cid);
	printf(" flags 0x%" PRIx32 "\n", area->flags);
	print_rseq_cs(objects, thread);
}

static void print_pc(const struct objects *objects, const struct thread *thread)
{
	struct csinfo_section section = {.size = sizeof(section)};

	printf("    pc       0x%" PRIx64, thread->pc);
	if (thread_is_inside(thread)) {
		printf(" %sinside%s ", color(COLOR_YELLOW), color(COLOR_OFF));
		print_function(objects, thread->descriptor.start_ip);
		printf(", which this stop aborts");
	} else if (section_at(objects, thread->pc, &section)) {
		printf(" in ");
		text_print(stdout, section.func_name ? section.func_name : "-");
		printf("%s", thread->sight == SIGHT_STOPPED ? ", not armed" : "");
	} else {
		printf(" in no section");
	}
	printf("\n");
}

static void print_thread(const struct objects *objects, const struct thread *thread)
{
	printf("thread %d ", (int)thread->tid);
	printf("%s", color(COLOR_BOLD));
	text_print(stdout, thread->name);
	printf("%s\n", color(COLOR_OFF));
	if (thread_problem(thread))
		printf("    state    %s\n", thread_problem(thread));
	if (thread->has_config && !thread->address)
		printf("    area     none is registered\n");
	else if (thread->has_config)
		print_area(objects, thread);
	else if (thread->sight == SIGHT_STOPPED)
		printf("    area     unknown: this kernel does not tell\n");
	if (thread->has_pc)
		print_pc(objects, thread);
}

static void print_sighting(const struct sighting *sighting)
{
	printf("process %d %s", (int)sighting->process.pid, color(COLOR_BOLD));
	text_print(stdout, sighting->process.name);
	printf("%s\n", color(COLOR_OFF));
	for (size_t i = 0; i < sighting->objects.n; i++)
		print_object(&sighting->objects.items[i]);
	if (!sighting->objects.n)
		printf("no critical sections in the files that it has mapped\n");
	for (size_t i = 0; i < sighting->n_threads; i++)
		print_thread(&sighting->objects, &sighting->threads[i]);
}

/* ---- the whole ---- */

/* A file that is mapped and can't be read. */
struct unreadable {
	bool json;
	int status;
};

static void report_unreadable(const char *path, const char *text, void *data)
{
	struct unreadable *unreadable = data;

	tool_complain(path, text);
	unreadable->status = STATUS_BAD_FILE;
	if (!unreadable->json)
		return;
	json_object(NULL);
	json_string("file", path);
	json_string("error", text);
	json_end();
}

/* Find the objects and look at the threads.  Returns 0 or an errno. */
static int look_at(struct sighting *sighting, bool stop, struct unreadable *unreadable)
{
	int error =
		objects_open(&sighting->objects, &sighting->process, report_unreadable, unreadable);

	if (!error)
		sighting->threads = threads_look(&sighting->process, stop, &sighting->n_threads);
	return error;
}

/* One line for all threads that can't be traced.  Returns whether there is none. */
static bool complain_refused(const char *name, const struct sighting *sighting)
{
	const struct thread *refused = NULL;
	char text[128];
	size_t n = 0;

	for (size_t i = 0; i < sighting->n_threads; i++)
		if (sighting->threads[i].sight == SIGHT_REFUSED) {
			refused = &sighting->threads[i];
			n++;
		}
	if (!refused)
		return true;
	snprintf(text, sizeof(text), "%zu of %zu threads can't be stopped: %s", n,
		 sighting->n_threads, thread_problem(refused));
	tool_complain(name, text);
	return false;
}

static int show_json(const char *name, struct sighting *sighting, bool stop)
{
	struct unreadable unreadable = {.json = true};
	int error;

	json_number("pid", (uint64_t)sighting->process.pid);
	json_string("name", sighting->process.name);
	json_array("objects");
	error = look_at(sighting, stop, &unreadable);
	json_objects(&sighting->objects);
	json_end();
	json_threads(sighting);
	if (error) {
		tool_complain(name, strerror(error));
		json_string("error", strerror(error));
		return STATUS_BAD_FILE;
	}
	return complain_refused(name, sighting) ? unreadable.status : STATUS_BAD_FILE;
}

static int show_text(const char *name, struct sighting *sighting, bool stop)
{
	struct unreadable unreadable = {.json = false};
	int error = look_at(sighting, stop, &unreadable);

	if (error) {
		tool_complain(name, strerror(error));
		return STATUS_BAD_FILE;
	}
	print_sighting(sighting);
	return complain_refused(name, sighting) ? unreadable.status : STATUS_BAD_FILE;
}

static int run_on(const char *name, pid_t pid, const struct pid_options *options)
{
	struct sighting sighting = {0};
	const char *problem = process_open(&sighting.process, pid);
	int status = STATUS_BAD_FILE;

	if (options->json)
		json_object(NULL);
	if (problem)
		tool_complain(name, problem);
	if (problem && options->json) {
		json_number("pid", (uint64_t)pid);
		json_string("error", problem);
	}
	if (!problem)
		status =
			(options->json ? show_json : show_text)(name, &sighting, !options->no_stop);
	if (options->json)
		json_end();
	free(sighting.threads);
	objects_close(&sighting.objects);
	process_close(&sighting.process);
	return status;
}

/* The number TEXT, or 0 when it is none. */
static pid_t parse_pid(const char *text)
{
	char *end;
	long value;

	if (!isdigit((unsigned char)text[0]))
		return 0;
	errno = 0;
	value = strtol(text, &end, 10);
	return errno || *end || value > INT_MAX ? 0 : (pid_t)value;
}

static int run_on_all(char *const *names, int count, const struct pid_options *options)
{
	int status = STATUS_OK;

	if (options->json)
		json_array(NULL);
	for (int i = 0; i < count; i++)
		if (run_on(names[i], parse_pid(names[i]), options) != STATUS_OK)
			status = STATUS_BAD_FILE;
	if (options->json)
		json_end();
	return tool_finish(status);
}

static int run_pid(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {
		TOOL_OPTIONS,
		TOOL_FILE_OPTIONS,
		{"no-stop", no_argument, NULL, OPTION_NO_STOP},
		{0},
	};
	struct pid_options chosen = {0};
	int option, status;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == OPTION_NO_STOP) {
			chosen.no_stop = true;
			continue;
		}
		status = tool_option(self, option, &chosen.json);
		if (status != STATUS_GO_ON)
			return status;
	}
	if (optind >= argc)
		return tool_usage(self);
	for (int i = optind; i < argc; i++) {
		if (parse_pid(argv[i]))
			continue;
		tool_complain(argv[i], "not a process number");
		return tool_usage(self);
	}
	return run_on_all(argv + optind, argc - optind, &chosen);
}

const struct command pid_command = {
	.name = "pid",
	.arguments = "[OPTION]... PID...",
	.summary = "the sections of a running process, and where its threads are",
	.help = "Print the critical sections of the files that each process PID has mapped, with\n"
		"addresses of the process; and of each thread the struct rseq that it has\n"
		"registered, the section that rseq_cs points to, and whether the thread is in it.\n"
		"\n"
		"Each thread is stopped for that, one at a time, for less than a millisecond\n"
		"usually.  A stop aborts a critical section that the thread is in, which then\n"
		"begins anew; and as with every stop, a few system calls that wait, such as\n"
		"epoll_wait(2), return EINTR (signal(7) lists them).  No thread is left stopped\n"
		"or traced.\n"
		"\n"
		"  --no-stop         stop no thread: what only a stop can tell is left "
		"out\n" TOOL_FILE_OPTIONS_HELP,
	.run = run_pid,
};
