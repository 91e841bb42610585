#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# kgraft.service where it is meant to run: systemd is the first process, in a system
# that debootstrap has made, in which the package kgraft-tools was installed. The guest
# boots twice, the second time with kgraft.load=0. What "kgr boot" does with each kind
# of file is shown by scripts/tests/kgr-guest.sh.

set -euo pipefail
. "$(dirname "$0")/../../lib.sh"
. "$TOP/scripts/ktap.sh"
. "$TOP/scripts/archive.sh"

skip()
{
	echo "1..0 # SKIP $1"
	exit 4
}

base=$BUILD/base
modules=$base/selftests/kgraft/test_modules
sample=$base/samples/kgraft/kgraft_sample.ko
[ -f "$modules/kgr_test_bad.ko" ] || skip "the selftests of the base kernel are not built"
[ "$(id -u)" -eq 0 ] || skip "only root can make the root of another system"
"$TOP/scripts/deps" debootstrap
unset MAKEFLAGS MFLAGS MAKELEVEL

suite=bookworm
store=$BUILD/systemd
root=$store/root
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$store"

# Once: it takes minutes. What the package depends on is in it.
have_system()
{
	local include=systemd,systemd-sysv,kmod,libkmod2,libjson-c5,zlib1g uri

	[ ! -f "$root/.complete" ] || return 0
	rm -rf "$root"
	uri=$(archive_sources $suite | sed -n 's/^URIs: //p' | head -n 1)
	[ -n "$uri" ] || { echo "apt has no lists of Debian's yet: run 'apt-get update'"; return 1; }
	if ! debootstrap --variant=minbase --include=$include $suite "$root" "$uri" >"$store/log" 2>&1; then
		echo "debootstrap failed: $store/log says why"
		return 1
	fi
	touch "$root/.complete"
}

is_wanted()
{
	[ -L "$root/etc/systemd/system/sysinit.target.wants/kgraft.service" ]
}

# Purged first: of an earlier run nothing may stay.
package_installs()
{
	local deb

	deb=$("$TOP/scripts/deb")
	chroot "$root" dpkg --purge kgraft-tools
	rm -rf "$root/etc/kgraft"
	fails is_wanted
	cp "$deb" "$root/tmp/kgraft-tools.deb"
	chroot "$root" dpkg --install /tmp/kgraft-tools.deb
	rm "$root/tmp/kgraft-tools.deb"
	is_wanted
	[ -d "$root/etc/kgraft" ]
}

# Two fixes that are for this kernel, two that are for another one, and one that the
# kernel refuses.
put_fixes()
{
	local release fixes=$root/etc/kgraft

	cp "$sample" "$fixes/10-fix.ko"
	cp "$modules/kgr_test_life1.ko" "$fixes/20-other-build.ko"
	echo 0123456789abcdef >"$fixes/20-other-build.ko.build-id"
	cp "$modules/kgr_test_life2.ko" "$fixes/30-other-release.ko"
	release=$(modinfo -F vermagic "$sample")
	release=${release%% *}
	sed -i "s/vermagic=$release/vermagic=9.99.${release#*.*.}/" "$fixes/30-other-release.ko"
	cp "$modules/kgr_test_bad.ko" "$fixes/40-refused.ko"
	echo options kgr_test_bad fault=unknown >"$root/etc/modprobe.d/kgr_test_bad.conf"
	cp "$modules/kgr_test_life3.ko" "$fixes/50-fix.ko"
}

# What tells the host, after the boot, how it was.
put_report()
{
	cat >"$root/etc/systemd/system/report.service" <<-'UNIT'
		[Unit]
		After=multi-user.target
		[Service]
		Type=oneshot
		ExecStart=/usr/local/sbin/report
	UNIT
	mkdir -p "$root/etc/systemd/system/graphical.target.wants"
	ln -sf ../report.service "$root/etc/systemd/system/graphical.target.wants/"
	cat >"$root/usr/local/sbin/report" <<-'REPORT'
		#!/bin/bash
		port()
		{
			local dir name

			for dir in /sys/class/virtio-ports/*; do
				name=$(cat "$dir/name")
				[ "$name" != "$1" ] || echo "/dev/${dir##*/}"
			done
		}
		exec >"$(port job)" 2>&1
		echo "first process: $(readlink /proc/1/exe)"
		# of each, when it began or was reached: microseconds since boot
		for unit in local-fs kgraft sysinit basic multi-user; do
			type=target
			[ $unit != kgraft ] || type=service
			systemctl show $unit.$type --property=ActiveState,Result,ConditionResult \
				--property=ActiveEnterTimestampMonotonic \
				--property=ExecMainStartTimestampMonotonic \
				--property=ExecMainExitTimestampMonotonic | sed "s/^/$unit: /"
		done
		journalctl --boot --unit kgraft.service --output cat | sed 's/^/journal: /'
		for dir in /sys/kernel/kgraft/*/; do
			[ ! -e "$dir/status" ] || echo "patch: $(basename "$dir"): $(cat "$dir/status")"
		done
		sed 's/^/module: /' /proc/modules
		sed 's/^/cmdline: /' /proc/cmdline
		echo 0 >"$(port status)"
		systemctl start --no-block poweroff.target
	REPORT
	chmod 755 "$root/usr/local/sbin/report"
}

# boot NAME [WORD...]: WORD is for the kernel's command line. A login on the console
# would wait for a device that only udev would show.
boot()
{
	put_fixes
	put_report
	"$TOP/scripts/vm" --kernel "$base" --smp 2 --mem 1G --timeout 600 --root "$root" \
		--log "$store/$1.console" --append "kunit.enable=0 systemd.getty_auto=no ${*:2}" >"$dir/$1"
	grep -qx 'first process: .*/systemd' "$dir/$1"
	grep -qx 'multi-user: ActiveState=active' "$dir/$1"
}

# says NAME LINE...: LINE is an extended regular expression
says()
{
	local boot=$1 line
	shift

	for line; do
		grep -qxE "$line" "$dir/$boot" || { cat "$dir/$boot"; echo "no line: $line"; return 1; }
	done
}

when()
{
	sed -n "s/^$1: $2TimestampMonotonic=//p" "$dir/fixes"
}

before_the_rest()
{
	local file_systems began ended sysinit basic

	file_systems=$(when local-fs ActiveEnter)
	began=$(when kgraft ExecMainStart)
	ended=$(when kgraft ExecMainExit)
	sysinit=$(when sysinit ActiveEnter)
	basic=$(when basic ActiveEnter)
	echo "us: local-fs $file_systems, kgr boot $began to $ended, sysinit $sysinit, basic $basic"
	[ "$file_systems" -gt 0 ]
	[ "$file_systems" -le "$began" ]
	[ "$began" -lt "$ended" ]
	[ "$ended" -le "$sysinit" ]
	[ "$sysinit" -le "$basic" ]
}

those_that_fit_are_applied()
{
	says fixes 'journal: 10-fix\.ko: loaded' 'journal: 50-fix\.ko: loaded' \
		'patch: sample: applied' 'cmdline: .*kgrafted.*' 'module: kgr_test_life3 .*'
}

others_are_skipped_and_why()
{
	says fixes \
		'journal: 20-other-build\.ko: skipped: it is for the build 0123456789abcdef, this kernel is [0-9a-f]{40}' \
		'journal: 30-other-release\.ko: skipped: it is for 9\.99.*, this kernel is 6\..*'
	fails grep -E '^module: kgr_test_life[12] ' "$dir/fixes"
}

one_that_fails_does_not_stop_the_boot()
{
	says fixes 'journal: 40-refused\.ko: failed: .*' 'journal:   kernel: kgraft: .*kgr_test_nowhere.*' \
		'kgraft: Result=exit-code' 'multi-user: ActiveState=active'
}

the_command_line_opts_out()
{
	boot opt-out kgraft.load=0
	says opt-out 'kgraft: ConditionResult=no' 'kgraft: ActiveState=inactive' \
		'cmdline: .*kgraft\.load=0.*'
	fails grep -E '^(module: kgr|patch: |journal: .*loaded)' "$dir/opt-out"
}

have_system >"$dir/why" || skip "$(<"$dir/why")"
ktap_plan 7
ktap_case "the package installs, and enables its service" package_installs
ktap_case "systemd boots with fixes" boot fixes
ktap_case "they are loaded after the file systems and before the rest" before_the_rest
ktap_case "those that are for this kernel are applied" those_that_fit_are_applied
ktap_case "the others are skipped, and a line says why" others_are_skipped_and_why
ktap_case "one that fails does not stop the boot" one_that_fails_does_not_stop_the_boot
ktap_case "kgraft.load=0 loads none" the_command_line_opts_out
ktap_exit
