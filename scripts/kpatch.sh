# SPDX-License-Identifier: GPL-2.0
# kpatch as Debian has it, unpacked and not installed; and objects as kpatch-build
# compiles them. Sourced after lib.sh and archive.sh, never run.
#
# kpatch-build itself would build the kernel twice, and accepts neither IBT nor a kernel
# without debug information. So objects are compiled one by one, in the way of
# kpatch-build and as for a kernel without IBT.
#
# shellcheck shell=bash disable=SC2154 # $base is the caller's: where the kernel was built

kpatch_root=$BUILD/kpatch/root

# kpatch_have DIR: unpacks that of the oldest suite that has it and whose programs run
# here; DIR is for what it needs meanwhile. Says why if there is none.
kpatch_have()
{
	local suite debs store=$BUILD/kpatch

	[ ! -f "$kpatch_root/version" ] || return 0
	for suite in bookworm trixie sid; do
		archive_open "$store/apt-$suite" "$suite" || return
		debs=$(mktemp -d "$1/debs.XXXXXX")
		(cd "$debs" && apt-get download kpatch kpatch-build) >>"$store/apt-$suite/log" 2>&1 ||
			continue
		rm -rf "$kpatch_root"
		find "$debs" -name '*.deb' -exec dpkg-deb -x {} "$kpatch_root" \;
		"$kpatch_root/usr/lib/kpatch/create-diff-object" --help >/dev/null 2>&1 || continue
		(cd "$debs" && echo *.deb) >"$kpatch_root/version"
		return 0
	done
	echo "the archive has no kpatch-build that runs here"
	return 1
}

# kpatch_no_ibt DIR: writes DIR/no-ibt.h, which the objects below are compiled with
kpatch_no_ibt()
{
	echo '#undef CONFIG_X86_KERNEL_IBT' >"$1/no-ibt.h"
}

# kpatch_compile SOURCE OUT CMD FROM NO_IBT: as the kernel's build has compiled it, which
# has left CMD, in the directory FROM
kpatch_compile()
{
	local command

	command=$(sed -n 's/^savedcmd_[^:]*:= //p' "$3" | sed -E '
		s# ; .*##
		s# -Wp,-MM?D,[^ ]*##
		s#-fcf-protection=branch#-fcf-protection=none#
		s# -c -o [^ ]+ [^ ]+ *$##')
	(cd "$base" && eval "$command -include $5 -iquote $4 \
		-ffunction-sections -fdata-sections -c -o $2 $1")
}

# kpatch_object SOURCE OUT CMD FROM NO_IBT [OPTION]: the same, and has objtool check it
kpatch_object()
{
	local args option

	kpatch_compile "${@:1:5}"
	args=$(sed -n 's/^savedcmd.* ; \.\/tools\/objtool\/objtool \(.*\) [^ ]*\.o *$/\1/p' "$base/.vmlinux.o.cmd")
	for option in --ibt --link --noinstr; do
		args=${args/ $option/}
	done
	# shellcheck disable=SC2086 # several words
	(cd "$base" && ./tools/objtool/objtool $args ${6:-} "$2")
}

# kpatch_sizes DIR: what create-diff-object wants to be told in its environment, how large
# entries of special sections are. DIR has no-ibt.h.
kpatch_sizes()
{
	local size name sizes

	cat >"$1/sizes.c" <<-C
		#include <linux/bug.h>
		#include <linux/jump_label.h>
		#include <linux/static_call.h>
		#include <asm/alternative.h>
		#include <asm/extable.h>
		#include <asm/orc_types.h>
		char ALT[sizeof(struct alt_instr)];
		char BUG[sizeof(struct bug_entry)];
		char EX[sizeof(struct exception_table_entry)];
		char JUMP[sizeof(struct jump_entry)];
		char ORC[sizeof(struct orc_entry)];
		char STATIC_CALL[sizeof(struct static_call_site)];
	C
	kpatch_compile "$1/sizes.c" "$1/sizes.o" "$base/drivers/char/.random.o.cmd" "$1" "$1/no-ibt.h"
	sizes=$(nm -S "$1/sizes.o")
	[ "$(wc -l <<<"$sizes")" -eq 6 ]
	while read -r _ size _ name; do
		export "${name}_STRUCT_SIZE=$((16#$size))"
	done <<<"$sizes"
}

# kpatch_diff ORIGINAL CHANGED OBJECT SYMTAB PATCH OUT: what changed, for a livepatch
# named PATCH of the kernel or module OBJECT, whose symbols "readelf -s --wide" has listed.
# Needs kpatch_sizes. Exit status 3 if nothing changed.
kpatch_diff()
{
	"$kpatch_root/usr/lib/kpatch/create-diff-object" --klp-arch "$1" "$2" "$3" "$4" \
		"$base/Module.symvers" "$5" "$6"
}
