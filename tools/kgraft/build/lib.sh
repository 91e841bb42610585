# SPDX-License-Identifier: GPL-2.0-or-later
# Helpers of kgr-build. Sourced, never run.
#
# shellcheck shell=bash

# Exit statuses of kgr-build.
# shellcheck disable=SC2034 # used by scripts that source this
USAGE=1 NO_COMPILE=2 NOTHING=3 REFUSED=4 WRONG_TREE=5 OWN_FAULT=6

say()
{
	printf 'kgr: %s\n' "$*" >&2
}

# die STATUS MESSAGE [REMEDY]
die()
{
	printf 'kgr: %s\n' "$2" >&2
	[ $# -lt 3 ] || printf '   -> %s\n' "$3" >&2
	exit "$1"
}

# Reasons why a fix cannot be built are collected; see refused().
refusals=()

# refuse LETTER WHAT REMEDY
refuse()
{
	refusals+=("$1: $2"$'\n'"   -> $3")
}

refused()
{
	[ ${#refusals[@]} -gt 0 ] || return 0
	printf '%s\n' "${refusals[@]}"
	say "the fix cannot be built as it is"
	exit "$REFUSED"
}
