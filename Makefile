# SPDX-License-Identifier: MIT
# gdb-rseq: everything is built under build/.
#
#   make                 the library, csinfo and the examples
#   make demo            the same session under stock GDB and with gdb-rseq
#   make check           all tests; installs what is missing when it may
#   make check-unit      C and Python unit tests
#   make check-gdb       the DejaGnu suite; RUNTESTFLAGS= GDB= JOBS=
#   make check-gdbserver a part of it, with the program in gdbserver; GDBSERVER_TESTS=
#   make check-i386      a part of it, with i386 programs; I386_TESTS=
#   make check-fuzz      libFuzzer over libcsinfo, FUZZ_SECONDS=4 each target; make fuzz builds it
#   make check-librseq   the stepping oracle, and breakpoints, over a librseq build tree; LIBRSEQ=
#   make soak            random commands on a busy program; SEED= COMMANDS=20000 GDB=
#   make bench           gdb-rseq against stock GDB, csinfo against readelf, in ratios; GDB=
#   make coverage        lines of libcsinfo that tests and fuzz corpus reach; needs llvm
#   make check-abi       exported symbols == csinfo.map == csinfo.h
#   make lint            clang-format, flake8, and the man pages
#   make install         PREFIX= LIBDIR= DESTDIR= GDBINITDIR=

.DELETE_ON_ERROR:

CC ?= cc
CFLAGS ?= -O2 -g
PKG_CONFIG ?= pkg-config
PYTHON ?= python3
INSTALL ?= install

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share/gdb-rseq
MANDIR ?= $(PREFIX)/share/man
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
DESTDIR ?=
# Where GDB reads snippets at start-up, such as /etc/gdb/gdbinit.d; empty: none is put there.
GDBINITDIR ?=

COMMA := ,
BUILD := build
VERSION := $(shell awk '/define CSINFO_VERSION_/ { v = v s $$3; s = "." } END { print v }' \
		   libcsinfo/csinfo.h)
SONAME := libcsinfo.so.0

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes
DEP_CFLAGS := $(shell $(PKG_CONFIG) --cflags libelf capstone 2>/dev/null)
DEP_LIBS := $(shell $(PKG_CONFIG) --libs libelf capstone 2>/dev/null)
ALL_CFLAGS = -std=gnu11 $(WARNINGS) $(DEP_CFLAGS) -Ilibcsinfo $(CFLAGS) -MMD -MP

LIB_SOURCES := $(wildcard libcsinfo/*.c)
LIB_OBJECTS := $(LIB_SOURCES:%.c=$(BUILD)/obj/%.o)
TOOL_SOURCES := $(wildcard libcsinfo/tool/*.c)
TOOL_OBJECTS := $(TOOL_SOURCES:%.c=$(BUILD)/obj/%.o)

.PHONY: all
all: $(BUILD)/$(SONAME) $(BUILD)/csinfo

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -fPIC -fvisibility=hidden -c -o $@ $<

$(BUILD)/$(SONAME): $(LIB_OBJECTS) libcsinfo/csinfo.map
	$(CC) -shared -pthread $(CFLAGS) $(LDFLAGS) -Wl,-soname,$(SONAME) -Wl,-z,defs \
		-Wl,--version-script=libcsinfo/csinfo.map -o $@ $(LIB_OBJECTS) $(DEP_LIBS)
	ln -sf $(SONAME) $(BUILD)/libcsinfo.so

$(BUILD)/csinfo: $(TOOL_OBJECTS) $(BUILD)/$(SONAME)
	$(CC) $(CFLAGS) $(LDFLAGS) -Wl,-rpath,'$$ORIGIN' -pthread -o $@ $(TOOL_OBJECTS) $(BUILD)/$(SONAME)

# What is installed looks for the library where it was installed.
.PHONY: $(BUILD)/install/csinfo
$(BUILD)/install/csinfo: $(TOOL_OBJECTS) $(BUILD)/$(SONAME)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -Wl,-rpath,'$(LIBDIR)' -pthread -o $@ $(TOOL_OBJECTS) $(BUILD)/$(SONAME)

# ---- unit tests ----

ASAN := $(BUILD)/asan
ASAN_CFLAGS := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
	       -fno-omit-frame-pointer
TEST_SOURCES := $(wildcard testsuite/libcsinfo/*.c)
ASAN_OBJECTS := $(patsubst %.c,$(ASAN)/%.o,$(LIB_SOURCES) $(TEST_SOURCES))
FIXTURES := $(ASAN)/flows-pie $(ASAN)/flows-static

$(ASAN)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ASAN_CFLAGS) -c -o $@ $<

# Every basic block of the library is counted: testsuite/libcsinfo/work.h.
$(ASAN)/libcsinfo/%.o: libcsinfo/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ASAN_CFLAGS) -fsanitize-coverage=trace-pc -c -o $@ $<

# Tests let them fail.
WRAP_ALLOCATIONS := $(patsubst %,-Wl$(COMMA)--wrap=%,malloc calloc realloc strndup)

$(ASAN)/unit-tests: $(ASAN_OBJECTS)
	$(CC) $(ASAN_CFLAGS) $(WRAP_ALLOCATIONS) -pthread -o $@ $^ $(DEP_LIBS)

$(ASAN)/flows-pie: testsuite/libcsinfo/flows.S testsuite/libcsinfo/section.inc
	@mkdir -p $(@D)
	$(CC) -pie -nostdlib -o $@ $<

$(ASAN)/flows-static: testsuite/libcsinfo/flows.S testsuite/libcsinfo/section.inc
	@mkdir -p $(@D)
	$(CC) -no-pie -static -nostdlib -o $@ $<

.PHONY: check-unit check-unit-c check-unit-py check-abi
check-unit: check-unit-c check-unit-py check-abi

check-unit-c: $(ASAN)/unit-tests $(FIXTURES)
	$(ASAN)/unit-tests $(FIXTURES)

check-unit-py: all
	$(PYTHON) -m unittest discover -s testsuite/python -t testsuite/python

# The names in csinfo.h, in csinfo.map and in the library must be the same.
API_OF_HEADER = sed -n 's/^CSINFO_API .*[ *]\(csinfo_[a-z0-9_]*\)(.*/\1/p' libcsinfo/csinfo.h
API_OF_MAP = tr -s '{}:;[:space:]' '\n' < libcsinfo/csinfo.map | sed -n '/^csinfo_/p'
API_OF_LIBRARY = nm -D --defined-only $(BUILD)/$(SONAME) | \
		 sed -n 's/.* T \([^@]*\)@@CSINFO_.*/\1/p; / [BDRVW] /p'

check-abi: $(BUILD)/$(SONAME)
	@mkdir -p $(BUILD)/abi
	@$(API_OF_HEADER) | LC_ALL=C sort > $(BUILD)/abi/header
	@$(API_OF_MAP) | LC_ALL=C sort > $(BUILD)/abi/map
	@$(API_OF_LIBRARY) | LC_ALL=C sort > $(BUILD)/abi/library
	@test -s $(BUILD)/abi/header
	diff $(BUILD)/abi/header $(BUILD)/abi/map
	diff $(BUILD)/abi/map $(BUILD)/abi/library

# ---- fuzzing ----

FUZZ := $(BUILD)/fuzz
FUZZ_CC ?= clang
FUZZ_CFLAGS := -O2 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	       -fno-sanitize-recover=all -Itestsuite/libcsinfo
# Of each target.
FUZZ_SECONDS ?= 4
FUZZ_TARGETS := reader archive lint flow
FUZZ_PROGRAMS := $(FUZZ_TARGETS:%=$(FUZZ)/fuzz-%)
FUZZ_HELP := $(addprefix testsuite/libcsinfo/,elfwriter.c scenario.c sane.c peak.c)
FUZZ_SOURCES := $(wildcard testsuite/fuzz/*.c)
FUZZ_OBJECTS := $(patsubst %.c,$(FUZZ)/%.o,$(LIB_SOURCES) $(FUZZ_SOURCES) $(FUZZ_HELP))
# Nothing without the runtime; scripts/check-fuzz says so.
HAVE_FUZZER = $(shell echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' | $(FUZZ_CC) \
		      -fsanitize=fuzzer,address -x c -o /dev/null - 2>/dev/null && echo yes)

.PHONY: fuzz check-fuzz
fuzz:
	$(if $(HAVE_FUZZER),$(MAKE) $(FUZZ_PROGRAMS) $(FUZZ)/seeds)

check-fuzz: fuzz
	scripts/check-fuzz $(BUILD) -max_total_time=$(FUZZ_SECONDS)

# Comparisons are not traced: values come from mutate.c and the dictionary, at twice the speed.
$(FUZZ)/libcsinfo/%.o: libcsinfo/%.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(ALL_CFLAGS) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link \
		-fno-sanitize-coverage=trace-cmp -c -o $@ $<

$(FUZZ)/%.o: %.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(ALL_CFLAGS) $(FUZZ_CFLAGS) -c -o $@ $<

$(FUZZ_PROGRAMS): $(FUZZ)/%: $(FUZZ)/testsuite/fuzz/%.o $(FUZZ)/testsuite/fuzz/harness.o \
		  $(FUZZ)/testsuite/fuzz/mutate.o $(filter $(FUZZ)/libcsinfo/%,$(FUZZ_OBJECTS)) \
		  $(FUZZ_HELP:%.c=$(FUZZ)/%.o)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer -pthread -o $@ $^ $(DEP_LIBS)

$(FUZZ)/make-seeds: $(filter %/seeds.o %/scenario.o %/elfwriter.o,$(FUZZ_OBJECTS)) \
		    $(filter $(FUZZ)/libcsinfo/%,$(FUZZ_OBJECTS))
	$(FUZZ_CC) $(FUZZ_CFLAGS) -o $@ $^ $(DEP_LIBS)

# Code of every architecture: clang needs nothing else to assemble it.
FUZZ_TRIPLES := x86_64-linux-gnu i386-linux-gnu aarch64-linux-gnu armv7-linux-gnueabi \
		powerpc-linux-gnu powerpc64-linux-gnu powerpc64le-linux-gnu s390x-linux-gnu \
		mips-linux-gnu mips64el-linux-gnuabi64 riscv64-linux-gnu
FUZZ_CODE := $(FUZZ_TRIPLES:%=$(FUZZ)/code/%.o)

$(FUZZ)/code/%.o: testsuite/libcsinfo/archflow.S testsuite/libcsinfo/archflow.inc
	@mkdir -p $(@D)
	$(FUZZ_CC) --target=$* -c -o $@ $<

$(FUZZ)/seeds: $(FUZZ)/make-seeds $(FUZZ_CODE)
	rm -rf $@
	mkdir -p $(FUZZ_TARGETS:%=$@/%)
	$< $@ $(FUZZ_CODE)

# ---- coverage ----

COV := $(BUILD)/coverage
LLVM_VERSION = $(shell $(FUZZ_CC) -dumpversion | sed 's/\..*//')
LLVM_PROFDATA ?= llvm-profdata-$(LLVM_VERSION)
LLVM_COV ?= llvm-cov-$(LLVM_VERSION)
COV_CFLAGS := -O1 -g -fsanitize=address -fprofile-instr-generate -fcoverage-mapping
COV_LIB_OBJECTS := $(LIB_SOURCES:%.c=$(COV)/%.o)
COV_TEST_OBJECTS := $(TEST_SOURCES:%.c=$(COV)/%.o)
COV_SO_OBJECTS := $(LIB_SOURCES:%.c=$(COV)/lib/%.o)
COV_FUZZ_OBJECTS := $(FUZZ_SOURCES:%.c=$(COV)/%.o)
COV_OBJECTS := $(COV_LIB_OBJECTS) $(COV_TEST_OBJECTS) $(COV_SO_OBJECTS) $(COV_FUZZ_OBJECTS)
COV_PROGRAMS := $(COV)/unit-tests $(FUZZ_TARGETS:%=$(COV)/fuzz-%) $(COV)/libcsinfo.so
COV_OPTIONS = $(COV_PROGRAMS:%=-object %) -instr-profile=$(COV)/profile
# Tests of the library in Python: what assemblers and linkers make.
COV_PYTHON := test_arch test_archflow test_csinfo test_files test_flow test_lint

$(COV)/%.o: %.c
	@mkdir -p $(@D)
	@$(FUZZ_CC) $(ALL_CFLAGS) $(COV_CFLAGS) -Itestsuite/libcsinfo -c -o $@ $<

# The library alone is counted.
$(COV)/lib/%.o: %.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(ALL_CFLAGS) -O1 -g -fPIC -fprofile-instr-generate -fcoverage-mapping \
		-c -o $@ $<

.PRECIOUS: $(COV)/%.o
$(COV)/unit-tests: $(COV_LIB_OBJECTS) $(COV_TEST_OBJECTS)
	$(FUZZ_CC) $(COV_CFLAGS) $(WRAP_ALLOCATIONS) -pthread -o $@ $^ $(DEP_LIBS)

$(COV)/fuzz-%: $(COV)/testsuite/fuzz/fuzz-%.o $(COV)/testsuite/fuzz/harness.o \
	       $(COV)/testsuite/fuzz/mutate.o $(COV_LIB_OBJECTS) $(FUZZ_HELP:%.c=$(COV)/%.o)
	$(FUZZ_CC) $(COV_CFLAGS) -fsanitize=fuzzer -pthread -o $@ $^ $(DEP_LIBS)

$(COV)/libcsinfo.so: $(COV_SO_OBJECTS)
	$(FUZZ_CC) -shared -fprofile-instr-generate -pthread -o $@ $^ $(DEP_LIBS)

# Lines of libcsinfo that the unit tests and the fuzzer's corpus reach.
.PHONY: coverage
coverage: $(COV_PROGRAMS) $(FIXTURES) $(FUZZ)/seeds all
	rm -f $(COV)/*.profraw
	LLVM_PROFILE_FILE=$(COV)/unit.profraw $(COV)/unit-tests $(FIXTURES)
	$(foreach target,$(FUZZ_TARGETS),LLVM_PROFILE_FILE=$(COV)/$(target).profraw \
		$(COV)/fuzz-$(target) -runs=0 $(wildcard $(FUZZ)/found/$(target)) \
		$(FUZZ)/seeds/$(target) 2>$(COV)/log-$(target) && ) true
	LLVM_PROFILE_FILE=$(CURDIR)/$(COV)/python-%p.profraw \
		CSINFO_LIBRARY=$(CURDIR)/$(COV)/libcsinfo.so \
		sh -c 'cd testsuite/python && $(PYTHON) -m unittest $(COV_PYTHON)'
	$(LLVM_PROFDATA) merge -o $(COV)/profile $(COV)/*.profraw
	@$(LLVM_COV) report $(COV)/unit-tests $(COV_OPTIONS) $(LIB_SOURCES) \
		-show-region-summary=false -show-branch-summary=false
	@$(LLVM_COV) show $(COV)/unit-tests $(COV_OPTIONS) $(LIB_SOURCES) >$(COV)/lines

# ---- the whole ----

JOBS ?= $(shell nproc 2>/dev/null || echo 1)
GDB ?= gdb
export GDB RUNTESTFLAGS

# A make of its own behind install-deps: what is asked of pkg-config above changes.
.PHONY: check check-all check-gdb check-gdbserver check-i386 check-librseq demo
check:
	scripts/install-deps
	$(MAKE) check-all

check-all:
	$(MAKE) check-unit
	$(MAKE) check-fuzz
	$(MAKE) check-gdb
	$(MAKE) check-gdbserver
	$(MAKE) check-i386

check-gdb: all
	testsuite/run-tests -j $(JOBS) --builddir $(BUILD)/testsuite

# A selection with the program in gdbserver; the whole suite runs there, too (CONTRIBUTING.md).
GDBSERVER_TESTS ?= step.exp protect.exp mi-session.exp
check-gdbserver: all
	@command -v gdbserver >/dev/null || echo "UNSUPPORTED: check-gdbserver: no gdbserver"
	! command -v gdbserver >/dev/null || RUNTESTFLAGS=--target_board=native-gdbserver \
		testsuite/run-tests -j $(JOBS) --builddir $(BUILD)/testsuite-gdbserver \
		$(GDBSERVER_TESTS)

# The same for i386 programs; Debian has the kernel's headers where -m32 does not look.
I386_TESTS ?= stepi.exp protect-gates.exp
I386_CC ?= gcc -m32 -idirafter /usr/include/x86_64-linux-gnu
HAVE_I386 = $(shell $(I386_CC) -include linux/rseq.h -shared -x c -o /dev/null /dev/null \
		    2>/dev/null && echo yes)
check-i386: all
	$(if $(HAVE_I386),CC_FOR_TARGET="$(I386_CC)" testsuite/run-tests -j $(JOBS) \
		--builddir $(BUILD)/testsuite-i386 $(I386_TESTS), \
		@echo "UNSUPPORTED: check-i386: $(I386_CC) can't build programs here")

check-librseq: all
	@test -n "$(LIBRSEQ)" || { echo "usage: make check-librseq LIBRSEQ=DIR" >&2; exit 2; }
	scripts/check-librseq $(LIBRSEQ)
	scripts/check-librseq-breakpoints $(LIBRSEQ)

# Another GDB to test with: make check GDB=$(BUILD)/debian13/gdb
.PHONY: debian13
debian13: all
	scripts/debian13-gdb $(BUILD)

# The seed is printed; the same one gives the same commands.
SOAK := $(BUILD)/soak
COMMANDS ?= 20000
.PHONY: soak
soak: all $(SOAK)/soak
	$(PYTHON) testsuite/soak/soak.py --gdb $(GDB) --commands $(COMMANDS) \
		$(if $(SEED),--seed $(SEED)) --log $(SOAK)/log $(SOAK)/soak

# Not PIE: GDB 13 leaves its own value in a register where a signal ends its displaced step of
# an instruction relative to rip; 16.3 does not.
$(SOAK)/soak: testsuite/soak/soak.c testsuite/gdb.rseq/add-one.h examples/rseq-asm.h
	@mkdir -p $(@D)
	$(CC) -O0 -g -fno-pie -no-pie -Iexamples -Itestsuite/gdb.rseq -pthread -o $@ $<

demo:
	@scripts/install-deps
	@$(MAKE) -s all examples $(BUILD)/demo/protect
	@scripts/demo $(BUILD)

$(BUILD)/demo/protect: testsuite/gdb.rseq/protect.c testsuite/gdb.rseq/add-one.h examples/rseq-asm.h
	@mkdir -p $(@D)
	$(CC) -O2 -g -pthread -Iexamples -o $@ $<

BENCH := $(BUILD)/bench
.PHONY: bench bench-gdb bench-csinfo
bench: bench-csinfo bench-gdb

bench-gdb: all $(addprefix $(BENCH)/,bench bench-10000 threads others busy) $(SOAK)/soak
	scripts/bench --gdb $(GDB) $(BUILD)

bench-csinfo: all $(addprefix $(BENCH)/,measure csinfo-bench sections-100000.so sections-1000000.so)
	scripts/bench-csinfo $(BUILD)

$(BENCH)/measure: testsuite/bench/measure.c
	@mkdir -p $(@D)
	$(CC) -O2 -g -o $@ $<

$(BENCH)/csinfo-bench: testsuite/bench/csinfo-bench.c $(BUILD)/$(SONAME)
	@mkdir -p $(@D)
	$(CC) -O2 -g -Ilibcsinfo -Wl,-rpath,'$$ORIGIN/..' -o $@ $^ $(DEP_LIBS)

$(BENCH)/sections.o: testsuite/bench/sections.S
	@mkdir -p $(@D)
	$(CC) -c -DSECTIONS=100000 -o $@ $<

$(BENCH)/sections-100000.so: $(BENCH)/sections.o
	$(CC) -shared -nostdlib -o $@ $<

TEN := 0 1 2 3 4 5 6 7 8 9
$(BENCH)/sections-1000000.so: $(BENCH)/sections.o
	$(CC) -shared -nostdlib -s -o $@ $(foreach n,$(TEN),$<)

$(BENCH)/bench: testsuite/bench/bench.c examples/rseq-asm.h
	@mkdir -p $(@D)
	$(CC) -O2 -g -Iexamples -o $@ $<

$(BENCH)/others: testsuite/bench/others.c testsuite/gdb.rseq/add-one.h examples/rseq-asm.h
	@mkdir -p $(@D)
	$(CC) -O2 -g -pthread -Iexamples -Itestsuite/gdb.rseq -o $@ $<

$(BENCH)/busy: testsuite/gdb.rseq/busy.c testsuite/gdb.rseq/add-one.h examples/rseq-asm.h
	@mkdir -p $(@D)
	$(CC) -O2 -g -pthread -Iexamples -Itestsuite/gdb.rseq -o $@ $<

$(BENCH)/threads: testsuite/bench/threads.c
	@mkdir -p $(@D)
	$(CC) -O2 -g -pthread -o $@ $<

$(BENCH)/many.S: testsuite/bench/many.py
	@mkdir -p $(@D)
	$(PYTHON) $< 10000 > $@

$(BENCH)/bench-10000: testsuite/bench/bench.c $(BENCH)/many.S examples/rseq-asm.h
	$(CC) -O2 -g -Iexamples -o $@ $< $(BENCH)/many.S

.PHONY: lint
# All that the top level may hold.
TOP_LEVEL = libcsinfo|gdb-rseq|testsuite|examples|scripts|\.ci|Makefile|README\.md|LICENSE|NEWS|CONTRIBUTING\.md|\.clang-format|\.flake8|\.gitignore
lint:
	clang-format --dry-run -Werror $(wildcard \
		libcsinfo/*.[ch] libcsinfo/tool/*.[ch] testsuite/libcsinfo/*.[ch] \
		testsuite/fuzz/*.[ch] testsuite/bench/csinfo-bench.c testsuite/bench/measure.c)
	flake8 gdb-rseq testsuite scripts/bench scripts/bench-csinfo scripts/check-librseq \
		scripts/check-librseq-breakpoints testsuite/run-tests
	@! for page in $(MAN_PAGES); do \
		if command -v man; then man --warnings -E UTF-8 -l -Tutf8 -Z $$page; fi; \
		if command -v mandoc; then mandoc -Tlint -Wwarning $$page >&2; fi; \
	done 2>&1 >/dev/null | grep .
	@! git ls-files | cut -d/ -f1 | sort -u | grep -vxE '$(TOP_LEVEL)' || \
		{ echo 'lint: these are not to be at the top level'; false; }

# ---- installation ----

PYTHON_FILES = $(wildcard gdb-rseq/gdbrseq/*.py)
MAN_PAGES := $(wildcard libcsinfo/man/*)
# Where PAGE goes: man1/, ...
MAN_PATH = $(MANDIR)/man$(subst .,,$(suffix $(1)))/$(notdir $(1))
INSTALLED = $(LIBDIR)/$(SONAME) $(LIBDIR)/libcsinfo.so $(LIBDIR)/pkgconfig/csinfo.pc \
	    $(INCLUDEDIR)/csinfo.h $(BINDIR)/csinfo \
	    $(foreach page,$(MAN_PAGES),$(call MAN_PATH,$(page))) $(COMPLETIONDIR)/csinfo \
	    $(DATADIR)/gdb-rseq.py $(DATADIR)/gdbinit \
	    $(if $(GDBINITDIR),$(GDBINITDIR)/gdb-rseq.gdb)

.PHONY: install uninstall
install: all $(BUILD)/install/csinfo
	$(INSTALL) -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR) $(DESTDIR)$(BINDIR) \
		$(DESTDIR)$(DATADIR)/gdbrseq
	$(INSTALL) -m 755 $(BUILD)/$(SONAME) $(DESTDIR)$(LIBDIR)/
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libcsinfo.so
	$(INSTALL) -m 644 libcsinfo/csinfo.h $(DESTDIR)$(INCLUDEDIR)/
	sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@INCLUDEDIR@|$(INCLUDEDIR)|' \
		-e 's|@VERSION@|$(VERSION)|' libcsinfo/csinfo.pc.in > $(BUILD)/csinfo.pc
	$(INSTALL) -m 644 $(BUILD)/csinfo.pc $(DESTDIR)$(LIBDIR)/pkgconfig/
	$(INSTALL) -m 755 $(BUILD)/install/csinfo $(DESTDIR)$(BINDIR)/
	$(foreach page,$(MAN_PAGES),$(INSTALL) -D -m 644 $(page) \
		$(DESTDIR)$(call MAN_PATH,$(page)) && ) true
	$(INSTALL) -D -m 644 libcsinfo/tool/csinfo.bash-completion $(DESTDIR)$(COMPLETIONDIR)/csinfo
	$(INSTALL) -m 644 gdb-rseq/gdb-rseq.py $(DESTDIR)$(DATADIR)/
	$(INSTALL) -m 644 $(PYTHON_FILES) $(DESTDIR)$(DATADIR)/gdbrseq/
	sed 's|^LIBDIR = ""|LIBDIR = "$(LIBDIR)"|' gdb-rseq/gdbrseq/_csinfo.py \
		> $(DESTDIR)$(DATADIR)/gdbrseq/_csinfo.py
	echo 'source $(DATADIR)/gdb-rseq.py' > $(BUILD)/gdbinit
	$(INSTALL) -m 644 $(BUILD)/gdbinit $(DESTDIR)$(DATADIR)/
	$(if $(GDBINITDIR),$(INSTALL) -D -m 644 $(BUILD)/gdbinit \
		$(DESTDIR)$(GDBINITDIR)/gdb-rseq.gdb)

# With the variables that install was given.  Only gdbrseq/ goes as a whole: Python writes
# __pycache__ there, and DATADIR may be a folder of others.
uninstall:
	rm -f $(addprefix $(DESTDIR),$(INSTALLED))
	rm -rf $(DESTDIR)$(DATADIR)/gdbrseq
	rmdir $(DESTDIR)$(DATADIR) $(DESTDIR)$(LIBDIR)/pkgconfig 2>/dev/null || true

.PHONY: clean
clean:
	rm -rf $(BUILD)

-include $(patsubst %.o,%.d,$(LIB_OBJECTS) $(TOOL_OBJECTS) $(ASAN_OBJECTS) \
	$(FUZZ_OBJECTS) $(COV_OBJECTS))
include examples/examples.mk
