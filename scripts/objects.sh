# SPDX-License-Identifier: GPL-2.0
# What files of the kernel are compiled to, and in which configurations. Sourced after
# lib.sh, never run.
#
# shellcheck shell=bash

# objects_of TREE: what the .c files that stdin names are compiled to. The scheduler's
# files include each other.
objects_of()
{
	local path whole

	while read -r path; do
		whole=$(cd "$1" && grep -l "^#include \"${path##*/}\"" "${path%/*}"/*.c) ||
			whole=$path
		echo "${whole%.c}.o"
	done | sort -u
}

# hooked_objects TREE: those of the files that a graft has put hooks into; headers show
# in what includes them. What is in scripts/ runs on the machine that builds.
hooked_objects()
{
	awk '$1 == "hook" && $4 ~ /\.c$/ && $4 !~ /^scripts\// { print $4 }' "$1/.kgraft-grafted/manifest" |
		objects_of "$1"
}

# makefile_has FILE VARIABLE WHAT: what the parentheses of the first assignment to
# VARIABLE in this Makefile match that has WHAT
makefile_has()
{
	[ -f "$1" ] || return 0
	sed -e ':a' -e '/\\$/{N;s/\\\n//;ba}' "$1" |
		sed -n -E "s,^$2[[:space:]]*[+:]?=(.*[[:space:]])?$3([[:space:]].*)?\$,\1,p" |
		head -n 1
}

# is_enabled FILE CONFIG WHAT: unless this Makefile makes it depend on a symbol that
# is not set in CONFIG
is_enabled()
{
	local symbol

	symbol=$(makefile_has "$1" "[a-z0-9_]+-\\$\(CONFIG_([A-Z0-9_]+)\)" "$3")
	[ -z "$symbol" ] || grep -q "^CONFIG_$symbol=[ym]" "$2"
}

# is_built TREE CONFIG OBJECT: whether the configuration has it. What the Makefile of its
# directory, or that of a directory around it, makes depend on a symbol that is not
# set, is not built; nor is the part of another object for which that is true.
is_built()
{
	local dir=${3%/*} what=${3##*/} whole

	while :; do
		is_enabled "$1/$dir/Makefile" "$2" "$what" || return 1
		whole=$(makefile_has "$1/$dir/Makefile" "([a-z0-9_]+)-(objs|y)" "$what")
		[ -z "$whole" ] || is_enabled "$1/$dir/Makefile" "$2" "$whole.o" || return 1
		[[ $dir == */* ]] || return 0
		what=${dir##*/}/
		dir=${dir%/*}
	done
}

# built_objects TREE CONFIG: those that stdin names which the configuration has
built_objects()
{
	local object

	while read -r object; do
		! is_built "$1" "$2" "$object" || echo "$object"
	done
}
