/* SPDX-License-Identifier: MIT */
/*
 * csinfo.h - where the Linux restartable sequences (rseq) of an ELF file
 * start, commit, abort and leave.
 *
 * Every function may be called from a program that must survive (a debugger):
 * none exits, aborts, prints, changes a global of the process, or trusts the
 * bytes it reads.  Addresses are those of the file (link-time addresses); a
 * loaded object adds its load bias.  In a relocatable file (ET_REL), which has no
 * addresses yet, the address of a byte is its offset in the file.
 *
 * Return values: 0 on success, a negative enum csinfo_error otherwise.  Where a
 * function takes a struct csinfo_err it may be NULL; it is filled on failure
 * only.  On failure no out-parameter is written.
 *
 * Thread safety: a handle is immutable once it is open, but for csinfo_load_debug().  Any
 * number of threads may read one handle; opening and closing it is the caller's to order.
 *
 * Structs that cross this interface start with `size`, which the CALLER sets to
 * sizeof the struct it was compiled with; the library writes no more than that,
 * and zeroes what it does not know.
 */
#ifndef CSINFO_H
#define CSINFO_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define CSINFO_API __attribute__((visibility("default")))
#else
#define CSINFO_API
#endif

#define CSINFO_VERSION_MAJOR 0
#define CSINFO_VERSION_MINOR 1

/* Opaque: one open ELF file. */
struct csinfo;
/* Opaque: what the code of one critical section does. */
struct csinfo_flow;

/* No address: a field that does not apply or could not be found. */
#define CSINFO_NO_ADDRESS UINT64_MAX

enum csinfo_error {
	CSINFO_OK = 0,
	CSINFO_E_IO = -1,	   /* the file can't be read; errno text in message */
	CSINFO_E_NOMEM = -2,	   /* out of memory */
	CSINFO_E_NOT_ELF = -3,	   /* not an ELF file */
	CSINFO_E_UNSUPPORTED = -4, /* an ELF file of a kind or machine not handled */
	CSINFO_E_MALFORMED = -5,   /* contradictory or truncated contents */
	CSINFO_E_NOT_FOUND = -6,   /* no such section, index or address */
	CSINFO_E_ARGUMENT = -7,	   /* the caller's argument is invalid */
	CSINFO_E_ARCHIVE = -8,	   /* an archive: csinfo_archive_open() reads it */
};

/*
 * What went wrong and where.  `message` is one line without a newline, and
 * already contains section and offset; the fields repeat them for programs.
 */
struct csinfo_err {
	size_t size;
	int code;	  /* enum csinfo_error */
	uint64_t offset;  /* byte offset in the file, or CSINFO_NO_ADDRESS */
	char section[32]; /* ELF section name, or "" */
	char message[208];
};

/*
 * What is wrong with an entry (bits of csinfo_section.marks).  An address is not
 * certain when its relocation is not understood or may be preempted, or when it has
 * none in an object that is loaded anywhere.
 */
#define CSINFO_MARK_VERSION 0x0001	/* version is not 0 (kernel: EINVAL) */
#define CSINFO_MARK_FLAGS 0x0002	/* flags not 0: SIGSEGV since Linux 6.0 */
#define CSINFO_MARK_EMPTY 0x0004	/* post_commit_offset is 0 */
#define CSINFO_MARK_WRAPS 0x0008	/* start_ip + post_commit_offset overflows */
#define CSINFO_MARK_ABORT_INSIDE 0x0010 /* abort_ip inside the section */
#define CSINFO_MARK_NOT_CODE 0x0020	/* range not in an executable segment */
#define CSINFO_MARK_NO_SIGNATURE 0x0040 /* no readable 4 bytes before abort_ip */
#define CSINFO_MARK_DUPLICATE 0x0080	/* another entry has the same descriptor */
#define CSINFO_MARK_RELOCATION 0x0100	/* start_ip or abort_ip is not certain (see below) */
#define CSINFO_MARK_MISALIGNED 0x0200	/* descriptor not 32-byte aligned */

/*
 * One critical section: struct rseq_cs of <linux/rseq.h>, relocated, with what
 * the file says around it.
 */
struct csinfo_section {
	size_t size;
	uint64_t descriptor; /* address of the struct rseq_cs */
	uint64_t start_ip;
	uint64_t post_commit_offset; /* bytes */
	uint64_t commit_ip;	     /* start_ip + post_commit_offset */
	uint64_t abort_ip;
	uint32_t version;
	uint32_t flags;
	uint32_t signature;    /* the 4 bytes before abort_ip, in the file's byte order */
	uint32_t marks;	       /* CSINFO_MARK_*; an entry with marks is listed, not hidden */
	uint64_t n_exits;      /* declared exit points (csinfo_exit_point) */
	uint64_t func_start;   /* function symbol around start_ip: address ... */
	uint64_t func_size;    /* ... and bytes; 0/0 when the file has none */
	const char *func_name; /* NULL when unknown; lives as long as the handle */
};

/* "0.1": what the library is, as opposed to what the header said. */
CSINFO_API const char *csinfo_version(void);

/* A short English name of ERROR, never NULL; static storage. */
CSINFO_API const char *csinfo_strerror(int error);

/*
 * Open PATH, an ELF program, shared object or relocatable file, and read its rseq tables.
 * Returns 0 and a handle in *OUT that csinfo_close() frees.  A file without any
 * rseq section is a success with csinfo_count() == 0.  Of one with sections the handle
 * holds a file descriptor (close-on-exec): code is read when it is asked for, and not
 * when the file has been written to since.
 * Errors: CSINFO_E_IO, _NOMEM, _NOT_ELF, _ARCHIVE, _UNSUPPORTED (machine, ET_CORE, objects
 * for link-time optimization that have no machine code yet), _MALFORMED, _ARGUMENT.
 */
CSINFO_API int csinfo_open(const char *path, struct csinfo **out, struct csinfo_err *err);

/*
 * As csinfo_open(), from an open file descriptor, which stays the caller's to close.
 */
CSINFO_API int csinfo_open_fd(int fd, struct csinfo **out, struct csinfo_err *err);

/*
 * As csinfo_open(), from SIZE bytes at IMAGE (a whole ELF file).  The bytes are
 * copied: the caller may free them after the call.
 */
CSINFO_API int csinfo_open_memory(const void *image, size_t size, struct csinfo **out,
				  struct csinfo_err *err);

/*
 * Take the functions of HANDLE, opened from the file PATH, from its separate debug file when
 * it has no symbol table of its own (.symtab) but says where that went (build-id,
 * .gnu_debuglink).  It is looked for where GDB does so: beside PATH, in .debug there, and in
 * each of FOLDERS, separated by ':' (NULL: "/usr/lib/debug"), as .build-id/AB/CDEF.debug and
 * by the folder of PATH.  One with another build-id, or, without one, another checksum, is
 * not taken.
 * Returns 0 when HANDLE has what there is to have; then the strings of earlier records are
 * gone.  HANDLE must not be in use by another thread meanwhile.
 * Errors: CSINFO_E_NOT_FOUND, _NOMEM, _IO, _ARGUMENT.
 */
CSINFO_API int csinfo_load_debug(struct csinfo *handle, const char *path, const char *folders,
				 struct csinfo_err *err);

/* Free HANDLE and all strings it gave out.  NULL is allowed. */
CSINFO_API void csinfo_close(struct csinfo *handle);

/* ELF e_machine (EM_X86_64 = 62) of the file. */
CSINFO_API int csinfo_machine(const struct csinfo *handle);

/* ELF e_type (ET_REL = 1, ET_EXEC = 2, ET_DYN = 3) of the file. */
CSINFO_API int csinfo_elf_type(const struct csinfo *handle);

/* ELFCLASS32 = 1 or ELFCLASS64 = 2. */
CSINFO_API int csinfo_elf_class(const struct csinfo *handle);

/* ELFDATA2LSB = 1 (little endian) or ELFDATA2MSB = 2 (big endian). */
CSINFO_API int csinfo_byte_order(const struct csinfo *handle);

/* ELF e_flags, whose meaning is the machine's. */
CSINFO_API uint32_t csinfo_elf_flags(const struct csinfo *handle);

/*
 * The usual name of ELF machine MACHINE ("x86-64", "i386", "aarch64"), "unknown" for one
 * that is not handled; static storage.
 */
CSINFO_API const char *csinfo_machine_name(int machine);

/*
 * Copy the SIZE bytes at ADDRESS of HANDLE, as the file has them (no relocation is
 * applied), to BUFFER.
 * Errors: CSINFO_E_NOT_FOUND when one segment of the file does not hold them all, and for
 * any address of a file without rseq sections, which is not kept open; _IO; _ARGUMENT.
 */
CSINFO_API int csinfo_read(const struct csinfo *handle, uint64_t address, void *buffer,
			   size_t size);

/*
 * The same, but for code of a relocatable file, which is what its relocations make of it: as
 * the flow has it.  Of any other file the bytes are those of csinfo_read().
 * Errors: those of csinfo_read(), _MALFORMED, _NOMEM; CSINFO_E_UNSUPPORTED when some of the
 * bytes are known to nobody but the linker.
 */
CSINFO_API int csinfo_read_linked(const struct csinfo *handle, uint64_t address, void *buffer,
				  size_t size);

/* Where an address is in the file. */
struct csinfo_place {
	size_t size;
	const char *section; /* ELF section name; lives as long as the handle */
	uint64_t index;	     /* of the ELF section in the section header table */
	uint64_t offset;     /* of the address in the section, bytes */
	uint64_t section_size;
	uint64_t section_flags; /* SHF_* */
	uint64_t file_offset;	/* CSINFO_NO_ADDRESS in a section without bytes (.bss) */
};

/*
 * The loaded ELF section of HANDLE that holds ADDRESS.
 * Errors: CSINFO_E_NOT_FOUND, CSINFO_E_ARGUMENT.
 */
CSINFO_API int csinfo_place(const struct csinfo *handle, uint64_t address,
			    struct csinfo_place *out);

/*
 * Link-time address of the first allocated ELF section NAME, in *OUT: with the address that
 * a debugger knows at run time, the load bias.
 * Errors: CSINFO_E_NOT_FOUND, CSINFO_E_ARGUMENT.
 */
CSINFO_API int csinfo_elf_section(const struct csinfo *handle, const char *name, uint64_t *out);

/* Number of critical sections, in order of start_ip. */
CSINFO_API size_t csinfo_count(const struct csinfo *handle);

/*
 * Copy section INDEX to *OUT (out->size set by the caller).  The first call for a handle
 * reads the symbols.
 * Errors: CSINFO_E_NOT_FOUND past the end, CSINFO_E_ARGUMENT; of the first call _IO, _NOMEM.
 */
CSINFO_API int csinfo_get(const struct csinfo *handle, size_t index, struct csinfo_section *out);

/*
 * Copy sections FIRST .. FIRST + COUNT - 1 to OUT, an array of records of STRIDE
 * bytes each: STRIDE stands for the size field of struct csinfo_section, and is
 * written to it.  One call for what a loop over csinfo_get() does.
 * Errors: CSINFO_E_NOT_FOUND past the end, CSINFO_E_ARGUMENT; _IO, _NOMEM as csinfo_get().
 */
CSINFO_API int csinfo_get_many(const struct csinfo *handle, size_t first, size_t count, void *out,
			       size_t stride);

/*
 * Address of declared exit point NUMBER (0 .. n_exits - 1) of section INDEX.
 * Errors: CSINFO_E_NOT_FOUND, CSINFO_E_ARGUMENT.
 */
CSINFO_API int csinfo_exit_point(const struct csinfo *handle, size_t index, size_t number,
				 uint64_t *out);

/*
 * The section whose [start_ip, commit_ip) holds PC, by binary search; of several
 * that overlap, the one that starts last.
 * Returns 0 and its index in *INDEX; CSINFO_E_NOT_FOUND.
 */
CSINFO_API int csinfo_find(const struct csinfo *handle, uint64_t pc, size_t *index);

/*
 * Remarks about the tables that stopped nothing (an exit point for an unknown
 * start_ip, a pointer to no descriptor, ...).  Same text form as struct
 * csinfo_err.  Errors: CSINFO_E_NOT_FOUND past the end.
 */
CSINFO_API size_t csinfo_remark_count(const struct csinfo *handle);
CSINFO_API int csinfo_remark(const struct csinfo *handle, size_t index, struct csinfo_err *out);

/* ---- archives: lib*.a, also thin ones ---- */

/* Opaque: an archive that is being read. */
struct csinfo_archive;

/* One member of an archive. */
struct csinfo_member {
	size_t size;
	const char *name;      /* until the next call for the archive */
	uint64_t offset;       /* of its header in the archive */
	int status;	       /* of opening it, as csinfo_open() returns it */
	struct csinfo *handle; /* the caller's to csinfo_close(); NULL unless status is 0 */
};

/*
 * Open the archive PATH.  The members of a thin archive are files of their own, named
 * relative to the archive's folder; they are opened when their turn comes.
 * Returns 0 and *OUT, which csinfo_archive_close() frees.
 * Errors: CSINFO_E_IO, _NOMEM, _NOT_ELF (not an archive either), _MALFORMED, _ARGUMENT.
 */
CSINFO_API int csinfo_archive_open(const char *path, struct csinfo_archive **out,
				   struct csinfo_err *err);

/*
 * As csinfo_archive_open(), from SIZE bytes at IMAGE, which are copied.  The members of a
 * thin archive can't be opened then.
 */
CSINFO_API int csinfo_archive_open_memory(const void *image, size_t size,
					  struct csinfo_archive **out, struct csinfo_err *err);

/*
 * Copy the next member to *OUT, without the archive's own index.  A member that can't be
 * opened is no failure: *OUT and *ERR say so (offsets there count from the member's first
 * byte), and the next call goes on behind it.
 * The handle needs the archive no longer.
 * Returns 0; behind the last member CSINFO_E_NOT_FOUND, or _IO when the archive has changed.
 * Errors, after which there is no going on: CSINFO_E_IO, _NOMEM, _MALFORMED, _ARGUMENT.
 */
CSINFO_API int csinfo_archive_next(struct csinfo_archive *archive, struct csinfo_member *out,
				   struct csinfo_err *err);

/* Free ARCHIVE; handles that it gave out stay.  NULL is allowed. */
CSINFO_API void csinfo_archive_close(struct csinfo_archive *archive);

/* ---- flow: what enters and what leaves a critical section ---- */

enum csinfo_store_position {
	CSINFO_STORE_UNKNOWN = 0, /* STORE was not found */
	CSINFO_STORE_ADJACENT,	  /* STORE ends at start_ip */
	CSINFO_STORE_EARLIER,	  /* instructions between STORE and start_ip */
	CSINFO_STORE_INSIDE,	  /* STORE is the first instruction of the range */
};

enum csinfo_gate_kind {
	CSINFO_GATE_FALLTHROUGH = 0, /* the instruction in front of STORE */
	CSINFO_GATE_BRANCH,	     /* a direct branch to STORE in the same function; only
				      * where the function is known */
};

enum csinfo_exit_kind {
	CSINFO_EXIT_COMMIT = 0, /* falls through to commit_ip */
	CSINFO_EXIT_ABORT,	/* abort_ip: by the kernel, or by a compare of the code */
	CSINFO_EXIT_DECLARED,	/* declared in __rseq_exit_point_array */
	CSINFO_EXIT_BRANCH,	/* a direct branch out that nothing declares */
	CSINFO_EXIT_RETURN,	/* a return instruction; address is CSINFO_NO_ADDRESS */
	CSINFO_EXIT_INDIRECT,	/* an indirect jump, or one whose target only the linker knows;
				 * address is CSINFO_NO_ADDRESS */
};

/* Bits of csinfo_exit.flags. */
#define CSINFO_EXIT_ON_SIGNATURE                                                                   \
	0x1 /* address in [abort_ip - 4, abort_ip) of a section:
				      * never write a breakpoint there */
#define CSINFO_EXIT_TO_COMMIT                                                                      \
	0x2 /* a branch, not the end of the code, also or only
				      * leads to commit_ip: arriving is not a commit */
#define CSINFO_EXIT_BY_CODE                                                                        \
	0x4 /* an instruction of the section goes there.  Without it,
				      * an abort exit is reached by the kernel only, and a
				      * declared one not from the section itself */

/* Bits of csinfo_flow_info.flags. */
#define CSINFO_FLOW_CALL 0x01		  /* a call inside */
#define CSINFO_FLOW_SYSCALL 0x02	  /* a system call inside */
#define CSINFO_FLOW_INDIRECT 0x04	  /* a jump to where is not known: exits not all known */
#define CSINFO_FLOW_UNDECODED 0x08	  /* bytes that do not decode are reached: ditto */
#define CSINFO_FLOW_BRANCH_TO_COMMIT 0x10 /* a branch inside targets commit_ip */
#define CSINFO_FLOW_BRANCH_TO_START 0x20  /* a branch inside targets start_ip (loop) */
#define CSINFO_FLOW_RETURN 0x40		  /* a return inside */
#define CSINFO_FLOW_THUMB 0x80		  /* of arm: the code is Thumb */

/*
 * Bits of csinfo_gate.flags.  A breakpoint on a gate that is part of a section breaks
 * that section's atomicity.  (On signature bytes there are no gates.)
 */
#define CSINFO_GATE_IN_SECTION 0x1 /* in [STORE, commit_ip) of a section of the handle */

struct csinfo_gate {
	size_t size;
	uint64_t address; /* of the instruction */
	int kind;	  /* enum csinfo_gate_kind */
	uint32_t flags;	  /* CSINFO_GATE_* */
};

/*
 * Of a gate that addresses memory relative to rip: the nearest instruction in front of it, on
 * one of the ways to it, that does not.  A debugger that steps a copy of an instruction has to
 * change a register for one that does.
 */
struct csinfo_outpost {
	size_t size;
	uint64_t address; /* of the instruction, or CSINFO_NO_ADDRESS */
	uint64_t gate;
	uint64_t next; /* where it goes on to the gate: all that lies between does */
};

struct csinfo_exit {
	size_t size;
	uint64_t address; /* where control arrives */
	uint64_t from;	  /* the instruction that leaves; CSINFO_NO_ADDRESS for the kernel */
	int kind;	  /* enum csinfo_exit_kind */
	uint32_t flags;	  /* CSINFO_EXIT_* */
};

struct csinfo_flow_info {
	size_t size;
	uint64_t store;	       /* address of STORE, or CSINFO_NO_ADDRESS */
	uint32_t store_length; /* bytes */
	int store_position;    /* enum csinfo_store_position */
	uint32_t flags;	       /* CSINFO_FLOW_* */
	uint32_t n_gates;
	uint32_t n_exits;
	uint32_t n_outposts;
};

/*
 * Code in memory: N_BYTES bytes that stand at ADDRESS, for the processor that the fields
 * of an ELF header tell.  As for a pointer to a function of arm, an odd ADDRESS means
 * Thumb code, which stands at ADDRESS - 1.
 */
struct csinfo_code {
	size_t size;
	uint64_t address;
	const void *bytes;
	size_t n_bytes;
	int machine;	    /* e_machine */
	int elf_class;	    /* ELFCLASS32 or ELFCLASS64 */
	int byte_order;	    /* ELFDATA2LSB or ELFDATA2MSB: of data */
	uint32_t elf_flags; /* e_flags */
};

/*
 * Decode section INDEX of HANDLE: its own bytes, and the function around it for
 * STORE and gates.  Not more than 64 KiB of section are decoded, and not more than
 * 256 KiB of function; of a longer one, and without a symbol, only the bytes in front
 * of the section.  The code of a relocatable file is taken as its relocations have it: jumps
 * to what another file defines are indirect.  Returns 0 and *OUT, which csinfo_flow_free()
 * frees.
 * Errors: CSINFO_E_UNSUPPORTED (machine without decoder, section too long, code of arm
 * that may be Thumb or not), _MALFORMED (code not in the file), _IO, _NOT_FOUND, _NOMEM, _ARGUMENT.
 */
CSINFO_API int csinfo_flow_open(const struct csinfo *handle, size_t index, struct csinfo_flow **out,
				struct csinfo_err *err);

/*
 * The same for code that is in no file.  SECTION gives the range (descriptor,
 * start_ip, post_commit_offset, abort_ip; func_start/func_size bound the search
 * for STORE and gates where they are known), EXITS its N_EXITS declared exit
 * points (may be NULL).  CODE must hold the section; what it holds around it is
 * searched for STORE.  Nothing is kept of the arguments.
 */
CSINFO_API int csinfo_flow_open_memory(const struct csinfo_code *code,
				       const struct csinfo_section *section, const uint64_t *exits,
				       size_t n_exits, struct csinfo_flow **out,
				       struct csinfo_err *err);

/* Free FLOW.  NULL is allowed. */
CSINFO_API void csinfo_flow_free(struct csinfo_flow *flow);

/* Copy the summary to *OUT.  Errors: CSINFO_E_ARGUMENT. */
CSINFO_API int csinfo_flow_get(const struct csinfo_flow *flow, struct csinfo_flow_info *out);

/*
 * Copy gate or exit NUMBER to *OUT, in order of address; each address once, but
 * for CSINFO_NO_ADDRESS, which comes last and once for each instruction.
 * abort_ip and the declared exit points are among the exits whether or not an
 * instruction goes there.
 * Errors: CSINFO_E_NOT_FOUND past the end, CSINFO_E_ARGUMENT.
 */
CSINFO_API int csinfo_flow_gate(const struct csinfo_flow *flow, size_t number,
				struct csinfo_gate *out);
CSINFO_API int csinfo_flow_exit(const struct csinfo_flow *flow, size_t number,
				struct csinfo_exit *out);

/*
 * Copy outpost NUMBER to *OUT; those of one gate follow each other.  Each gate of x86-64 that
 * addresses memory relative to rip and is not CSINFO_GATE_IN_SECTION has one or more, and each
 * pass by the gate comes by one of them; or it has one that is CSINFO_NO_ADDRESS: where the
 * function is not known, has an indirect jump, begins there or is entered there by the kernel,
 * and where a call or a section comes before it.
 * Errors: CSINFO_E_NOT_FOUND past the end, CSINFO_E_ARGUMENT.
 */
CSINFO_API int csinfo_flow_outpost(const struct csinfo_flow *flow, size_t number,
				   struct csinfo_outpost *out);

enum csinfo_insn_kind {
	CSINFO_INSN_PLAIN = 0,
	CSINFO_INSN_JUMP,   /* direct, always taken */
	CSINFO_INSN_BRANCH, /* direct, conditional */
	CSINFO_INSN_CALL,   /* direct or not */
	CSINFO_INSN_RETURN,
	CSINFO_INSN_INDIRECT_JUMP,
	CSINFO_INSN_SYSCALL,
	CSINFO_INSN_TRAP, /* does not go on: ud2, hlt, int3 */
};

/* Bits of csinfo_insn.flags. */
#define CSINFO_INSN_CONDITIONAL 0x1 /* a return or indirect jump that may also go on */

struct csinfo_insn {
	size_t size;
	uint32_t length; /* bytes */
	int kind;	 /* enum csinfo_insn_kind */
	uint64_t target; /* of a direct jump, branch or call; else CSINFO_NO_ADDRESS */
	uint32_t flags;	 /* CSINFO_INSN_* */
	uint32_t delay;	 /* bytes of the delay slot behind it (mips), which runs with it: a
			  * branch that is not taken goes on behind the slot */
};

/*
 * Decode the one instruction at code->address.
 * Errors: CSINFO_E_UNSUPPORTED, CSINFO_E_MALFORMED (does not decode), _ARGUMENT.
 */
CSINFO_API int csinfo_decode(const struct csinfo_code *code, struct csinfo_insn *out);

/*
 * As csinfo_decode(), and write the instruction to TEXT in Capstone's syntax (as ".insn"
 * and its bytes where Capstone does not know it, but its kind and length), with a NUL,
 * cut off where TEXT_SIZE bytes are too few.  OUT may be NULL.
 */
CSINFO_API int csinfo_disassemble(const struct csinfo_code *code, struct csinfo_insn *out,
				  char *text, size_t text_size);

/*
 * Write to TEXT the names of all registers that the instruction itself changes, flags and
 * vectors too, as Capstone calls them, with a blank behind each; and "memory " when it
 * writes memory other than the stack.  What a called function changes is not
 * among them.
 * Errors: those of csinfo_decode(); CSINFO_E_ARGUMENT also when TEXT_SIZE bytes are too few.
 */
CSINFO_API int csinfo_written(const struct csinfo_code *code, char *text, size_t text_size);

/* ---- lint: mistakes in critical sections; csinfo-lint(7) explains each check ---- */

/* Opaque: what the checks found in one file. */
struct csinfo_lint;

enum csinfo_severity {
	CSINFO_SEVERITY_INFO = 0, /* worth knowing; nothing need be wrong */
	CSINFO_SEVERITY_WARNING,  /* can fail, or hides the section from tools */
	CSINFO_SEVERITY_ERROR,	  /* the kernel kills the process, or nothing is protected */
};

/* One of the checks.  The strings are static. */
struct csinfo_check {
	size_t size;
	const char *id;	     /* "signature-missing"; never changes its meaning */
	const char *summary; /* one line */
	int severity;	     /* enum csinfo_severity */
	int on;		     /* 0: off unless it is asked for */
};

/* Which checks run.  CHECKS are applied in order to what is on by default. */
struct csinfo_lint_options {
	size_t size;
	const char *const *checks; /* "ID" switches on, "-ID" off; "all", "-all" */
	size_t n_checks;
};

struct csinfo_finding {
	size_t size;
	const char *id;	   /* of the check; static */
	int severity;	   /* enum csinfo_severity */
	uint64_t address;  /* of what is wrong, or CSINFO_NO_ADDRESS: the whole file */
	size_t index;	   /* critical section concerned; SIZE_MAX: none in particular */
	char where[96];	   /* ADDRESS as "FUNCTION+0x1f" or "ELF-SECTION+0x1f", or "" */
	char message[208]; /* one line without a newline; names are cut to fit */
};

/*
 * Copy check NUMBER to *OUT: 0, 1, ... until CSINFO_E_NOT_FOUND.
 * Errors: CSINFO_E_NOT_FOUND, CSINFO_E_ARGUMENT.
 */
CSINFO_API int csinfo_lint_check(size_t number, struct csinfo_check *out);

/*
 * Check HANDLE's sections.  OPTIONS may be NULL.  Returns 0 and the findings in *OUT (also
 * when there are none), which csinfo_lint_free() frees; they do not depend on HANDLE any
 * more.  Time and memory are bounded by the file's size: of one check, 1000 findings are
 * kept and a last one says how many more there were; code beyond 32 MiB and four times the
 * file's size is not decoded, and a finding says so.
 * Errors: CSINFO_E_ARGUMENT (an unknown check; message names it), CSINFO_E_IO (the file has
 * changed), CSINFO_E_NOMEM.
 */
CSINFO_API int csinfo_lint_open(const struct csinfo *handle,
				const struct csinfo_lint_options *options, struct csinfo_lint **out,
				struct csinfo_err *err);

/* Number of findings, in order of address; those of the whole file come last. */
CSINFO_API size_t csinfo_lint_count(const struct csinfo_lint *lint);

/*
 * Copy finding NUMBER to *OUT.
 * Errors: CSINFO_E_NOT_FOUND past the end, CSINFO_E_ARGUMENT.
 */
CSINFO_API int csinfo_lint_get(const struct csinfo_lint *lint, size_t number,
			       struct csinfo_finding *out);

/* Free LINT.  NULL is allowed. */
CSINFO_API void csinfo_lint_free(struct csinfo_lint *lint);

#ifdef __cplusplus
}
#endif

#endif /* CSINFO_H */
