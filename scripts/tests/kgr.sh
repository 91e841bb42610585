#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The command kgr, on recorded trees instead of a kernel: built with ASan and
# UBSan, all its JSON against its schema. scripts/tests/kgr-guest.sh has it in a
# real kernel. KGR_BINARY in the environment is run instead of what is built here.

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/ktap.sh"

"$TOP/scripts/deps" python3-jsonschema bsdutils mandoc

here=$TOP/tools/kgraft
dir=$(mktemp -d)
mkdir "$dir/json"
trap 'rm -rf "$dir"' EXIT
# $plain can be copied to where another user may run it.
# shellcheck disable=SC2034 # in those that are sourced
kgr=${KGR_BINARY:-$BUILD/kgr-sanitize/kgr} fast=$BUILD/kgr/kgr plain=${KGR_BINARY:-$BUILD/kgr/kgr}
# What make told our caller is nothing to tell another make.
unset MAKEFLAGS MFLAGS MAKELEVEL KGR_ROOT NO_COLOR
export LC_ALL=C.UTF-8 ASAN_OPTIONS=detect_leaks=1

. "$here/tests/tree.sh"
. "$here/tests/recorded.sh"
. "$here/tests/drift.sh"
. "$here/tests/trace.sh"
. "$here/tests/terminals.sh"
. "$here/tests/odd.sh"
. "$here/tests/errors.sh"
. "$here/tests/doctor.sh"

builds()
{
	make -j"$(nproc)" -C "$here" O="$BUILD/kgr"
	make -j"$(nproc)" -C "$here" O="$BUILD/kgr-sanitize" SANITIZE=y CFLAGS='-O1 -g'
}

builds_by_clang()
{
	make -j"$(nproc)" -C "$here" O="$BUILD/kgr-clang" CC=clang
}

# Bounded; KGR_FUZZ_SECONDS and KGR_FUZZ_SEED for more, or other texts.
parsers_take_any_text()
{
	make -C "$here" O="$BUILD/kgr-sanitize" SANITIZE=y CFLAGS='-O1 -g' fuzz
	cd "$dir"
	"$BUILD/kgr-sanitize/fuzz" "${KGR_FUZZ_SECONDS:-15}" "${KGR_FUZZ_SEED:-1}" && return
	od -c fuzz.last | tail -n 40
	return 1
}

nothing_is_left_in_the_source()
{
	[ -z "$(cd "$TOP" && git status --porcelain --ignored tools/kgraft | grep '^!!' | grep -v __pycache__)" ]
}

tests=(builds builds_by_clang nothing_is_left_in_the_source "${recorded_tests[@]}"
	"${drift_tests[@]}" "${trace_tests[@]}" "${terminal_tests[@]}" "${odd_tests[@]}"
	"${error_tests[@]}" "${doctor_tests[@]}" the_schema_allows_all_that_was_printed
	parsers_take_any_text)
ktap_plan ${#tests[@]}
for test in "${tests[@]}"; do
	ktap_case "${test//_/ }" "$test"
done
ktap_exit
