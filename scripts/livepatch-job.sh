# SPDX-License-Identifier: GPL-2.0
# What jobs in guests share that load livepatches and watch kGraft carry them out.
# Sourced there, never run.
#
# shellcheck shell=bash

kgraft=/sys/kernel/kgraft livepatch=/sys/kernel/livepatch

# within SECONDS COMMAND...
within()
{
	local end=$((SECONDS + $1))
	shift

	until "$@"; do
		[ $SECONDS -lt $end ] || { echo "not in time: $*"; return 1; }
		sleep 0.1
	done
}

settled()
{
	[ "$(cat "$livepatch/$1/transition")" = 0 ]
}

# Its directory goes first, and the last reference to its module with it or after.
gone()
{
	[ ! -e "$livepatch/$1" ] && [ ! -e "$kgraft/$1" ]
}

unloaded()
{
	rmmod "$1" 2>/dev/null
}

# by_kgraft PATCH MODULE: is it applied, and to this module, too?
by_kgraft()
{
	[ "$(cat "$kgraft/$1/status")" = applied ]
	[ "$(cat "$livepatch/$1/enabled")" = 1 ]
	[ "$(cat "$livepatch/$1/$2/patched")" = 1 ]
}
