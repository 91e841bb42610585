# SPDX-License-Identifier: GPL-2.0
# Helpers shared by the shell scripts. Sourced, never run.
#
# shellcheck shell=bash

# The checkout, and the directory for everything that can be rebuilt.
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
BUILD=$TOP/build

# The python3 that has the modules which scripts/deps installs, not another one that
# somebody has. Once: whoever puts something before it means it.
[[ :$PATH: == *":$TOP/scripts/bin:"* ]] || export PATH=$TOP/scripts/bin:$PATH

# The kernel series that is built: 6.12, or that of SERIES=, which has its own part of
# build/. patches/ has a directory for each.
KERNEL_SERIES=${SERIES:-6.12}
[ "$KERNEL_SERIES" = 6.12 ] || BUILD=$TOP/build/$KERNEL_SERIES

# Progress messages go to stderr, so that programs can use stdout.
say()
{
	printf '%s\n' "$*" >&2
}

# die MESSAGE [WHAT TO DO]
die()
{
	printf '%s: %s\n' "${0##*/}" "$1" >&2
	[ $# -lt 2 ] || printf '  -> %s\n' "$2" >&2
	exit 1
}

[ -f "$TOP/patches/$KERNEL_SERIES/series" ] ||
	die "SERIES=$KERNEL_SERIES: patches/$KERNEL_SERIES has no series"

# usage_of FILE: prints the comment block at the top of a script, which is
# its manual.
usage_of()
{
	sed -n '/^# Usage:/,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$1"
}

# seconds_as_clock SECONDS: 75 -> 1:15
seconds_as_clock()
{
	printf '%d:%02d' $(($1 / 60)) $(($1 % 60))
}

# kernel_version TREE: prints e.g. 6.12.117; fails if TREE is no kernel tree.
kernel_version()
{
	[ -f "$1/Kbuild" ] && [ -f "$1/Makefile" ] || return 1
	awk -F' *= *' '
		/^VERSION =/	{ v = $2 }
		/^PATCHLEVEL =/	{ p = $2 }
		/^SUBLEVEL =/	{ print v "." p "." $2; exit }
	' "$1/Makefile"
}

# flavour_settings FLAVOUR: what its fragment wants on make's command line, from
# lines "# make: VAR=VALUE"
flavour_settings()
{
	sed -n 's/^# make: //p' "$TOP/configs/$1"
}

# For those whose time is limited, $KGR_UNTIL is when nothing that may be left out is begun
# any more, in seconds since 1970. is_late SECONDS: will it have come before what takes
# that long is done?
is_late()
{
	[ $((EPOCHSECONDS + $1)) -ge "${KGR_UNTIL:-$((1 << 40))}" ]
}

# guest_settings FLAVOUR: sets what a guest needs in which tests run with this kernel:
# guest_mem, and guest_append for its command line, or guest_selftests for all the
# selftests. guest_slow is not empty if the kernel checks itself: it takes several
# times as long for everything.
#
# A task or CPU that hangs would hang until the timeout: panic instead, and say what
# all tasks and CPUs are doing, since the one that the others wait for may be running.
# shellcheck disable=SC2034 # used by scripts that source this
guest_settings()
{
	guest_mem=2G guest_slow=
	guest_append="hung_task_panic=1 softlockup_panic=1 panic_print=0x41 unwind_debug"
	case $1 in
	debug* | kcsan | rt)
		guest_mem=3G guest_slow=y
		guest_append+=" watchdog_thresh=30 sysctl.kernel.hung_task_timeout_secs=360"
		;;
	esac
	# Newer kernels want to be asked to run what is built in.
	guest_selftests="kunit.enable=1 kunit.autorun=1 $guest_append"
	# The last CPU has no tick while one task runs there alone. RCU callbacks
	# of all CPUs are offloaded: otherwise threads for them would stay parked
	# for ever, and so inside the functions that sleep_path patches.
	# With PREEMPT_RT, 6.12 complains of its own look at what is offloaded.
	[ "$1" = rt ] || guest_selftests+=" nohz_full=3 rcu_nocbs=0-3"
}

# debug_flavour: the one of the two kernels with all checkers that was built last
debug_flavour()
{
	if [ "$BUILD/debug/vmlinux" -nt "$BUILD/debug-small/vmlinux" ]; then
		echo debug
	else
		echo debug-small
	fi
}

# twin_names: all patches that break kGraft, without .patch
twin_names()
{
	(cd "$TOP/tools/testing/selftests/kgraft/broken" && printf '%s\n' *.patch) | sed 's/\.patch$//'
}

# twin_patch NAME: its patch for this series: one of its own where the lines differ
# from those of 6.12
twin_patch()
{
	local twins=$TOP/tools/testing/selftests/kgraft/broken

	if [ -f "$twins/$KERNEL_SERIES/$1.patch" ]; then
		echo "$twins/$KERNEL_SERIES/$1.patch"
	else
		echo "$twins/$1.patch"
	fi
}

# kernel_source: the tree everything is built from; KDIR= on the make command
# line (or in the environment) names the user's own.
kernel_source()
{
	realpath -m -- "${KDIR:-$BUILD/linux}"
}
