# SPDX-License-Identifier: GPL-2.0
#
# What people type. The work is in scripts/, each of which has its own --help.

# KDIR=/path/to/linux-6.12 on the command line: build from that source tree
# instead of from Debian's.
export KDIR

# SERIES=7.3 on the command line: build for that kernel instead of 6.12, in build/7.3.
export SERIES

S := scripts
B := build$(addprefix /,$(filter-out 6.12,$(SERIES)))

.DEFAULT_GOAL := help
.PHONY: help deps source graft kernel kdir vm demo test test-all broken model bench daemons stress torture coverage randconfig authoring-bench release series kgr kgr-build install uninstall deb check clean distclean

help:
	@echo 'kGraft: replace kernel functions while the kernel runs'
	@echo
	@echo '  make demo        watch a running kernel being patched'
	@echo '  make test        run the tests'
	@echo '  make test-all    the same with more kernels and twins; takes hours'
	@echo
	@echo '  make deps        install the Debian packages needed'
	@echo '  make source      unpack the kernel source into build/linux'
	@echo '  make graft       put kGraft onto it'
	@echo '  make kernel      build it, in build/base'
	@echo '  make -s kdir     print that directory, to build patch modules against'
	@echo '  make vm          a shell in a virtual machine that runs it'
	@echo '  make check       checkpatch, sparse, W=1, clang, shellcheck, documents'
	@echo '  make model       verify the models of the protocol, see their mutants fail'
	@echo '  make broken      break kGraft in many ways: the tests must notice'
	@echo '  make kgr         the command for administrators, in build/kgr'
	@echo '  make install     install it, and kgr-build if it was made; DESTDIR=, prefix='
	@echo '  make uninstall   remove it, but no fixes in /etc/kgraft'
	@echo '  make deb         the same as a Debian package, in build/deb'
	@echo '  make bench       measure it beside livepatch; takes half an hour'
	@echo '  make daemons     changes beside servers from Debian, idle and loaded'
	@echo '  make stress      changes beside stress-ng, hackbench and cyclictest'
	@echo '  make torture     random changes for a day; HOURS=, scripts/torture --help'
	@echo '  make coverage    which lines and branches of kGraft the selftests reach'
	@echo '  make randconfig  build kGraft in configurations that were not tried before'
	@echo '  make kgr-build   the tools that make patches of source diffs, in build/kgr-build'
	@echo '  make authoring-bench  for how many fixes of stable releases that works'
	@echo '  make release     list the stable releases that Debian has; VERSION=: unpack one'
	@echo '  make series      kGraft as patches for a mailing list, in build/series'
	@echo '  make clean       remove what was built; distclean: and the source'
	@echo
	@echo '  KDIR=/path/to/linux-6.12 with any of these: use that source tree'
	@echo '  instead. scripts/graft /path/to/linux-6.12 only grafts it.'
	@echo '  SERIES=7.3 with kernel, test, demo, vm: Linux 7.3, in build/7.3; make'
	@echo '  test is short then. Experimental: patches/README says what is missing.'

deps:
	@$S/deps

source: deps
	@$S/source >/dev/null

graft: source
	@$S/graft "$$($S/source)"

kernel: deps
	@$S/kernel base

kdir:
	@[ -f $B/base/vmlinux ] || { echo "No kernel yet: run 'make kernel'" >&2; exit 1; }
	@echo '$(CURDIR)/$B/base'

vm: kernel
	@$S/vm --interactive

demo: kernel kgr
	@$S/demo

test: deps
	@$S/test $(addprefix --series ,$(filter-out 6.12,$(SERIES)))

test-all: deps
	@$S/deps clang-19
	@$S/test --all

broken: deps
	@$S/broken

model: deps
	@$S/model

bench: kernel
	@$S/deps gnuplot-nox
	@$S/bench

daemons: kernel
	@$S/selftests base >/dev/null
	@$S/daemons

stress: kernel
	@$S/selftests base >/dev/null
	@$S/stress

HOURS ?= 24
torture: kernel
	@$S/selftests base >/dev/null
	@$S/torture --hours '$(HOURS)'

coverage: deps
	@$S/coverage

randconfig: deps
	@$S/randconfig --links --random

authoring-bench: kernel
	@$S/authoring-bench

release: deps
	@$S/release $(VERSION)

series: graft
	@$S/deps git
	@rm -rf build/series
	@$S/series build/series

kgr: deps
	@$(MAKE) --no-print-directory -C tools/kgraft O='$(CURDIR)/$B/kgr'

# Nothing is built as root that was not built before.
install:
	@$(MAKE) --no-print-directory -C tools/kgraft O='$(CURDIR)/$B/kgr' install

uninstall:
	@$(MAKE) --no-print-directory -C tools/kgraft O='$(CURDIR)/$B/kgr' uninstall

deb: deps
	@$S/deb

kgr-build: deps
	@$S/kgr-build

check: deps
	@$S/check

clean:
	@for dir in build build/[0-9]*; do [ ! -d $$dir ] || find $$dir -mindepth 1 \
		-maxdepth 1 ! -name linux ! -name '[0-9]*' -exec rm -rf {} +; done

distclean:
	@rm -rf build
