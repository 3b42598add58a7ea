# SPDX-License-Identifier: MIT
# The examples, under build/examples/.  The Makefile above includes this file;
# `make -f examples/examples.mk examples` works as well.

EXAMPLES_CFLAGS ?= -g -O0 -Wall -Wextra
EXAMPLES_DIR := build/examples
EXAMPLES := $(addprefix $(EXAMPLES_DIR)/,percpu-counter percpu-freelist asm-function)

.PHONY: examples clean-examples
examples: $(EXAMPLES)

$(EXAMPLES_DIR):
	mkdir -p $@

$(EXAMPLES_DIR)/percpu-counter: examples/percpu-counter/percpu-counter.c
$(EXAMPLES_DIR)/percpu-freelist: examples/percpu-freelist/percpu-freelist.c
$(EXAMPLES_DIR)/asm-function: examples/asm-function/asm-function.c \
			      examples/asm-function/percpu-add.S

$(EXAMPLES): examples/rseq-asm.h | $(EXAMPLES_DIR)
	$(CC) $(EXAMPLES_CFLAGS) -pthread -o $@ $(filter %.c %.S,$^)

clean-examples:
	rm -rf $(EXAMPLES_DIR)
