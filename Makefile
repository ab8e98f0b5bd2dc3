# chartkeep: make, make check, make demo; see README.md.
# One non-recursive file. Objects stand in build/<flavour>/, dependency files beside them.

MAKEFLAGS += --no-builtin-rules
SHELL := /bin/sh
.DEFAULT_GOAL := all

FLAVOUR ?= release
BUILD ?= build/$(FLAVOUR)
# The floors to build; narrowing it (make FOLDERS="base text") helps while one of them is in pieces.
FOLDERS ?= base text crypto stream model store ingest policy report audit retention review bag demo work

CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
PACKAGES := libsodium sqlite3 libarchive libzstd libcrypto libutf8proc
PKG_CFLAGS = $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
PKG_LIBS = $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)

WARN := -Wall -Wextra -Wformat=2 -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef
HARDEN := -fstack-protector-strong -fstack-clash-protection -fPIE
# clang 14 takes this only together with a flag of its own
ifneq ($(shell $(CC) -ftrivial-auto-var-init=zero -E -x c /dev/null >/dev/null 2>&1 && echo yes),)
HARDEN += -ftrivial-auto-var-init=zero
endif
ifeq ($(FLAVOUR),release)
OPT := -O3 -D_FORTIFY_SOURCE=2
else ifeq ($(FLAVOUR),san)
OPT := -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
else ifeq ($(FLAVOUR),tsan)
OPT := -O1 -fsanitize=thread -fno-omit-frame-pointer
else
OPT := -O0
endif
CFLAGS_ALL = -std=c11 -D_GNU_SOURCE -I. -g $(OPT) $(WARN) $(HARDEN) $(PKG_CFLAGS) $(CFLAGS)
ifdef WERROR
CFLAGS_ALL += -Werror
endif
LDFLAGS_ALL = -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed $(if $(filter san,$(FLAVOUR)),-fsanitize=address$(comma)undefined)$(if $(filter tsan,$(FLAVOUR)),-fsanitize=thread) $(LDFLAGS)
comma := ,
LIBS = $(PKG_LIBS) -lpthread -lm

Q := $(if $(V),,@)
# Compiles run side by side unless the caller says otherwise.
JOBS ?= $(shell nproc 2>/dev/null || echo 1)
SUB = $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))

CORE_SRC := $(foreach f,$(FOLDERS),$(sort $(wildcard core/$(f)/*.c)))
CMD_SRC := $(sort $(wildcard cmd/*.c))
TEST_SRC := $(foreach f,$(FOLDERS),$(sort $(wildcard tests/$(f)/test_*.c)))
TORTURE_SRC := $(if $(filter store,$(FOLDERS)),$(sort $(wildcard tests/store/torture/test_*.c)))
TORTURE_SRC += $(if $(filter bag,$(FOLDERS)),$(sort $(wildcard tests/bag/torture/test_*.c)))
TEST_SRC += $(TORTURE_SRC)
TEST_AID := $(sort $(wildcard tests/aid/*.c))
CORE_OBJ := $(CORE_SRC:%.c=$(BUILD)/%.o)
CMD_OBJ := $(CMD_SRC:%.c=$(BUILD)/%.o)
AID_OBJ := $(TEST_AID:%.c=$(BUILD)/%.o)
TESTS := $(TEST_SRC:%.c=$(BUILD)/%)
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
REPLAYS := $(FUZZ_SRC:%.c=$(BUILD)/%)
LIB := $(BUILD)/libchartkeep.a

.PHONY: all deps test-deps check torture tests replays bench demo lint san fuzz man install clean
.SECONDARY:

all: deps
	$(Q)+$(SUB) build/chartkeep

ifeq ($(FLAVOUR),release)
build/chartkeep: $(BUILD)/chartkeep
	$(Q)ln -sf $(FLAVOUR)/chartkeep $@
endif

$(BUILD)/chartkeep: $(CMD_OBJ) $(LIB)
	@echo "  link  $@"
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(CMD_OBJ) $(LIB) $(LIBS)

# Made anew also when the floors to build change.
$(LIB): $(CORE_OBJ)
	@rm -f $@
	$(Q)ar rcs $@ $(CORE_OBJ)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  cc    $<"
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(AID_OBJ) $(LIB)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $< $(AID_OBJ) $(LIB) $(LIBS) -lcmocka

# What the build and the tests need, found by pkg-config and command -v; what is missing is named and installed with apt-get.
deps:
	@sh tests/lint/deps.sh build
test-deps:
	@sh tests/lint/deps.sh test

tests: $(TESTS)

# Each fuzz target over its corpus, with any compiler.
$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay.o $(LIB)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

# Coverage-guided, SECONDS each (clang; apt-get install clang libclang-rt-14-dev).
SECONDS ?= 60
fuzz: deps
	@sh tests/fuzz/run.sh $(SECONDS)

san:
	$(Q)+$(SUB) FLAVOUR=san build/san/chartkeep tests replays
	@CHARTKEEP=$(CURDIR)/build/san/chartkeep sh tests/run.sh build/san

replays: $(REPLAYS)

check: test-deps
	$(Q)+$(SUB) build/chartkeep tests replays
	@sh tests/run.sh $(BUILD)

# Every fault at every point, where check goes in strides: some hours, with counts. Scripts: every call that writes, of all that writes to a keep.
TORTURE_SH := tests/cli/killed.sh $(foreach t,keys patient cases plans archive disposal records restore orders,tests/cli/$(t)_killed.sh)
torture: test-deps
	$(Q)+$(SUB) build/chartkeep
	$(Q)+$(SUB) $(TORTURE_SRC:%.c=$(BUILD)/%)
	@sh tests/store/torture/run.sh $(TORTURE_SRC:%.c=$(BUILD)/%) $(TORTURE_SH)

# Its own allocations are made to fail there.
$(BUILD)/tests/store/torture/test_memory: LDFLAGS_ALL += -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=sodium_malloc

# Speed and memory, each against a peer in the same run; BENCH_QUICK=1 for a look in passing. Results also in build/bench.json.
BENCHES := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/bench/*_speed.c)))
$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(LIB)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

bench: test-deps
	$(Q)+$(SUB) $(BUILD)/chartkeep $(BENCHES)
	@sh tests/bench/run.sh $(BUILD)

lint:
	@sh tests/lint/floors.sh
	@sh tests/lint/words.sh

# 68 violations of 34 kinds in a million accesses.
demo: all
	@rm -rf build/demo
	@build/chartkeep demo build/demo

PREFIX ?= /usr/local
# The manual's pages, from the tables that the program parses by.
man: all
	$(Q)$(BUILD)/chartkeep manual write build/man

install: man
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/chartkeep/policies $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man5
	install -m 0755 $(BUILD)/chartkeep $(DESTDIR)$(PREFIX)/bin/chartkeep
	install -m 0644 policies/*.policy $(DESTDIR)$(PREFIX)/share/chartkeep/policies/
	install -m 0644 build/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 0644 build/man/*.5 $(DESTDIR)$(PREFIX)/share/man/man5/

clean:
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
