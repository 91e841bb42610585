#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What scripts/daemons says of what the guest has measured; and a short round of it.

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/ktap.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# record FIELD...: as the guest says it
record()
{
	local IFS=$'\t'

	printf '%s\n' "$*"
}

reports()
{
	cat >"$dir/said"
	"$TOP/scripts/daemons.d/report" "$@" "$dir"
}

tables_are_made()
{
	{
		record change servers hot entry apply 30 redis-server exit
		record change servers hot entry apply 90.5 nginx exit
		record load redis none 100 0 0
		record load redis modules 80 0 0
		record load redis hot 95 0 12
		record load redis none 200 0 0
		record load redis modules 180 0 0
		record load redis hot 180 0 4
		record eintr redis hot nginx:232 3
	} | reports >"$dir/table"
	grep -qE '^apply +hot +entry +servers +30 +60 +90 +nginx, exit$' "$dir/table"
	grep -qE '^redis +hot +16 +137\.5 +95 +180 +92% +109% +0 +3$' "$dir/table"
	grep -qE '^redis +none +0 +150 +100 +200 +- +118% +0 +0$' "$dir/table"
	python3 -m json.tool "$dir/daemons.json" >/dev/null
}

what_is_bad_fails()
{
	fails reports </dev/null
	fails reports < <(record change servers hot entry apply 151 nginx exit)
	reports --short < <(record change servers hot entry apply 2000 nginx exit)
	fails reports --short < <(record change servers hot entry apply 2001 nginx exit)
	fails reports < <(
		record change nothing hot entry apply 20 insmod exit
		record change servers hot entry apply 81 nginx exit
	)
	reports < <(
		record change nothing hot entry apply 20 insmod exit
		record change servers hot entry apply 80 nginx exit
	)
	fails reports < <(record load redis hot 95 1 12)
	fails reports < <(
		record load redis hot 95 0 12
		record said redis:died
	)
	reports < <(record load redis hot 95 0 12)
}

# Skipped where the kernel is not built, or the archive cannot be reached.
servers_notice_nothing()
{
	[ -f "$BUILD/base/selftests/kgraft/test_modules/kgr_test_patch1.ko" ] || return 4
	"$TOP/scripts/daemons" --short
}

tests=(tables_are_made what_is_bad_fails servers_notice_nothing)
ktap_plan ${#tests[@]}
for test in "${tests[@]}"; do
	ktap_case "${test//_/ }" "$test"
done
ktap_exit
