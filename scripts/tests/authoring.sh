#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# kgr build, over a sample of the fixes that the next stable release has for files of
# the base kernel: most of those that change code become modules, the others are
# refused with a reason, and each module is applied, reverted and unloaded under load.
# scripts/authoring-bench does it with all fixes of several releases.

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/ktap.sh"

if [ ! -f "$BUILD/base/vmlinux" ]; then
	echo "1..0 # SKIP the base kernel is not built"
	exit 4
fi
version=$(kernel_version "$(readlink "$BUILD/base/source")")
next=$("$TOP/scripts/release" | sort -V | grep -A 1 -x -F "$version" | tail -n +2) || :
if [ -z "$next" ]; then
	echo "1..0 # SKIP no later release than $version can be had"
	exit 4
fi

status=0
said=$("$TOP/scripts/authoring-bench" --release "$next" --sample 20 --guest 2>&1) || status=$?
if [ $status -eq 4 ]; then
	echo "1..0 # SKIP $next cannot be had"
	exit 4
fi

# What authoring-bench says, and why it is not as it should be
because()
{
	printf '%s\n' "$said" "$1"
	return 1
}

has_no_fault()
{
	[ "$status" -eq 0 ] || because "exit status $status"
}

# number LABEL: the number behind it
number()
{
	sed -n -E "s/^$1 +([0-9]+).*/\1/p" <<<"$said"
}

most_become_modules()
{
	local changed built

	changed=$(number 'of these, change functions')
	built=$(number 'of these, became modules')
	[ "$changed" -ge 10 ] || because "$changed of the sample change code"
	[ $((100 * built)) -ge $((75 * changed)) ] || because "$built of $changed"
}

all_go_through()
{
	grep -qE 'unloaded: ([0-9]+) of \1$' <<<"$said" || because "not all"
}

ktap_plan 3
ktap_case "kgr build has no fault of its own" has_no_fault
ktap_case "most fixes that change code become modules" most_become_modules
ktap_case "all modules are applied, reverted and unloaded under load" all_go_through
ktap_exit
