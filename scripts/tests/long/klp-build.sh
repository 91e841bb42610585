#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Modules that klp-build makes, which the kernel has since 6.19, carried out by kGraft
# with a small kernel. klp-build takes a tree that is built in place, so it gets one of
# its own. For another series than 6.12: SERIES=7.3 scripts/tests/long/klp-build.sh.

set -euo pipefail
. "$(dirname "$0")/../../lib.sh"
. "$TOP/scripts/ktap.sh"
. "$TOP/scripts/guest.sh"

skip()
{
	echo "1..0 # SKIP $1"
	exit 4
}

src=$("$TOP/scripts/source")
[ -x "$src/scripts/livepatch/klp-build" ] || skip "Linux $(kernel_version "$src") has no klp-build"
"$TOP/scripts/deps" libxxhash-dev patchutils gawk
"$TOP/scripts/graft" --quiet "$src"
store=$BUILD/klp-build
tree=$store/linux
boot=$store/boot
mkdir -p "$boot/arch/x86/boot"
dir=$(mktemp -d "$BUILD/klp-build-test.XXXXXX")
trap 'rm -rf "$dir"' EXIT
unset MAKEFLAGS MFLAGS MAKELEVEL

# The kernel that is booted is an ordinary one; klp-build's has other sections.
kernel_builds()
{
	rm -rf "$tree"
	cp -al "$src" "$tree" 2>/dev/null || { rm -rf "$tree"; cp -a "$src" "$tree"; }
	cat "$TOP/configs/base" "$TOP/configs/small" >"$dir/all.config"
	printf 'CONFIG_%s\n' IKCONFIG=m IKCONFIG_PROC=y >>"$dir/all.config"
	cd "$tree"
	make -s KCONFIG_ALLCONFIG="$dir/all.config" allnoconfig
	make -s -j"$(nproc)" bzImage modules
	cp arch/x86/boot/bzImage "$boot/arch/x86/boot/"
	cp kernel/configs.ko "$boot/"
}

# the_fix NAME ERROR: a function of the kernel that uses a static local variable, a
# variable that is not exported, and warns; and one of a module that uses data of its own.
# (klp-build finds no symbol of the kernel that is not exported and new to a module.)
the_fix()
{
	local to=$dir/fix/$1
	local files=(drivers/char/random.c kernel/configs.c)

	mkdir -p "$to"
	(cd "$src" && cp --parents "${files[@]}" "$to")
	sed -i -e "s|^\(\tsnprintf(uuid_string, sizeof(uuid_string), \)\"%pU\", uuid);|\tstatic unsigned int reads;\n\n\tWARN(*lenp == 7, \"as it should\\\\n\");\n\1\"$1 %u %u\", input_pool.init_bits, ++reads);|" \
		"$to/drivers/char/random.c"
	sed -i -e "s|^\treturn simple_read_from_buffer(buf, len, offset,|\tif (system_state)\n\t\treturn -$2;\n&|" \
		"$to/kernel/configs.c"
	for file in "${files[@]}"; do
		diff -u --label "a/$file" --label "b/$file" "$src/$file" "$to/$file" || [ $? -eq 1 ]
	done >"$dir/$1.patch"
	[ "$(grep -c '^+[^+]' "$dir/$1.patch")" -eq 5 ]
}

# makes NAME ERROR [OPTION...]: the module NAME.ko
makes()
{
	local name=$1
	the_fix "$1" "$2"
	shift 2

	cd "$tree"
	scripts/livepatch/klp-build --keep-tmp -o "$dir/$name.ko" "$@" "$dir/$name.patch"
}

cat >"$dir/job" <<'END'
# LIBRARY DIR MODULE
set -euo pipefail
. "$1"
dir=$2 module=$3
uuid=/proc/sys/kernel/random/uuid
uuid_form='^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'

# shows NAME WORDS: what both functions say of which patch they are
shows()
{
	local said

	grep -qE "^$1 [0-9]+ [0-9]+\$" $uuid
	said=$(head -c 1 /proc/config.gz 2>&1) && return 1
	[[ $said == *"$2" ]]
}

shows_none()
{
	grep -qE "$uuid_form" $uuid
	[ "$(head -c 2 /proc/config.gz | od -An -tx1)" = " 1f 8b" ]
}

off()
{
	echo 0 >"$livepatch/$1/enabled"
	within 60 gone "$1"
	shows_none
	within 60 unloaded "$1"
}

load()
{
	local value

	while [ ! -e /tmp/stop ]; do
		read -r value <$uuid
		[[ $value =~ $uuid_form || $value =~ ^fix[12]\ [0-9]+\ [0-9]+$ ]] ||
			echo "uuid: $value" >>/tmp/wrong
	done
}

insmod "$module"
mount -t tmpfs tmpfs /tmp
load &
loader=$!
for i in {1..20}; do
	insmod "$dir/fix1.ko"
	within 60 settled fix1
	by_kgraft fix1 configs
	shows fix1 "Structure needs cleaning"
	# Now and then the module goes and comes meanwhile.
	if [ $((i % 5)) -eq 0 ]; then
		within 60 unloaded configs
		insmod "$module"
		shows fix1 "Structure needs cleaning"
	fi
	off fix1
done
echo works: twenty times
insmod "$dir/fix1.ko"
within 60 settled fix1
insmod "$dir/fix2.ko"
within 60 settled fix2
shows fix2 "Level 2 halted"
within 60 gone fix1
within 60 unloaded fix1
by_kgraft fix2 configs
off fix2
echo works: takes over
touch /tmp/stop
# One that has died has not looked.
wait "$loader"
[ ! -e /tmp/wrong ] || { sort /tmp/wrong | uniq -c; exit 1; }
# Of the bug table of such a module; the log shows it.
insmod "$dir/fix1.ko"
within 60 settled fix1
[ "$(head -c 7 $uuid)" = "fix1 25" ]
off fix1
echo all of it
END

in_guest()
{
	[ -f "$dir/fix2.ko" ]
	guest_livepatch_job 'proc_do_uuid\+' --kernel "$boot" -- "$dir" "$boot/configs.ko"
}

ktap_plan 7
ktap_case "the kernel builds" kernel_builds
ktap_case "klp-build makes a module" makes fix1 EUCLEAN
ktap_case "and another one" makes fix2 EL2HLT --short-circuit=patched
ktap_case "it has relocations of livepatch" livepatch_refers "$dir/fix1.ko" \
	'vmlinux\.bootid_spinlock\.[0-9]*,' 'vmlinux\.input_pool,'
ktap_case "the guest comes to its end" in_guest
ktap_case "twenty times" guest_said "twenty times"
ktap_case "takes over" guest_said "takes over"
ktap_exit
