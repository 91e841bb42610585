# SPDX-License-Identifier: GPL-2.0
# Build trees that are not as make leaves them, for scripts/tests/kgr-build.sh. Sourced,
# never run.
#
# shellcheck shell=bash
# shellcheck disable=SC2154 # base, dir, version: that test's

# Each of these trees has links to all files of the one where the kernel was built.
tree_with_plus()
{
	cp -al "$base" "$dir/b+c"
	base=$dir/b+c ends 0 'version_proc_show .*changed' "$version" 's/0;/1;/'
	base=$dir/b+c ends 2 '^fs/proc/version.c:12:.*error' "$version" 's/seq_printf\(m,/seq_printf(nothing,/'
	base=$dir/b+c kgr build -o "$dir/again/plus.ko" "$TOP/tools/kgraft/build/tests/first.patch"
}

# As make O=build makes it: the source is ..
tree_in_source()
{
	local src

	src=$(readlink "$base/source")
	mkdir "$dir/in"
	ln -s "$src"/* "$dir/in"
	cp -al "$base" "$dir/in/build"
	ln -sfn .. "$dir/in/build/source"
	grep -rlZ --include='.*.cmd' -e "$src/" "$dir/in/build" | xargs -0 sed -i "s#$src/#../#g"
	base=$dir/in/build ends 2 '^fs/proc/version.c:12:.*error' "$version" 's/seq_printf\(m,/seq_printf(nothing,/'
	base=$dir/in/build ends 4 '^N: .*cpufeatures.h' arch/x86/include/asm/cpufeatures.h 's/^(#define X86_FEATURE_FPU.*)\( 0/\1( 1/'
	base=$dir/in/build ends 0 '^kgr: kernel/futex/core.c kernel/futex/pi.c' kernel/locking/rtmutex_common.h 's/^(	if \(leftmost)\)/\1 \&\& lock->waiters.rb_root.rb_node)/'
	base=$dir/in/build kgr build -o "$dir/again/in.ko" "$TOP/tools/kgraft/build/tests/first.patch"
}

# The source was moved, and the link tells where.
tree_of_another_source()
{
	cp -al "$base" "$dir/moved"
	ln -s "$(readlink "$base/source")" "$dir/new-source"
	ln -sfn "$dir/new-source" "$dir/moved/source"
	base=$dir/moved ends 5 'source is not what the commands of the build name' "$version" 's/0;/1;/'
}

# A tree where a module exports what namespace.patch uses: to those that import a
# namespace, or only to another module
imports_namespace()
{
	local tree=$dir/exports

	cp -al "$base" "$tree"
	edit samples/kgraft/kgraft_sample.c '/linux.module.h/i #include <linux/memregion.h>
		s/^	seq_puts/	cpu_cache_has_invalidate_memregion();\n&/'
	sed -i -E '/\tcpu_cache_has_inv/s#vmlinux(.*)DEVMEM#samples/owner\1SPACE#' "$tree/Module.symvers"
	base=$tree kgr build -o "$dir/again/import.ko" "$dir/edit.patch" >"$dir/said" 2>&1 ||
		{ cat "$dir/said"; return 1; }
	modinfo "$dir/again/import.ko" >"$dir/said"
	grep -qx 'import_ns: *SPACE' "$dir/said" || { cat "$dir/said"; return 1; }
	sed -i 's/SPACE$/module:other/' "$tree/Module.symvers"
	base=$tree kgr build -o "$dir/again/import.ko" "$dir/edit.patch" >"$dir/said" 2>&1 && return 1
	grep -q '^M: .*cpu_cache_has_invalidate_memregion.*only to module:other' "$dir/said" ||
		{ cat "$dir/said"; return 1; }
}

# compiled_later FILE SED-SCRIPT WORDS: in a tree with a source of its own, an object
# is compiled again after that edit, and nothing is linked again. Then the tree is as it
# was.
compiled_later()
{
	local file=$1 words=$3 object=${1%.c}.o edit=$2 src

	src=$(readlink -f "$base/source")
	sed -E "$edit" "$src/$file" >"$dir/later/source/$file"
	rm "$dir/later/build/$object"
	(cd "$dir/later/build" &&
		eval "$(sed -n 's/^savedcmd_[^:]*:= //p' "${object%/*}/.$(basename "$object").cmd")")
	base=$dir/later/build ends 5 "^kgr: $words. than the object of $file" "$file" \
		'1s,$, /* a comment */,'
	cp "$src/$file" "$dir/later/source/$file"
	ln -f "$base/$object" "$dir/later/build/$object"
}

# Other code, another string, another function that is called
objects_are_newer()
{
	local src entry

	src=$(readlink -f "$base/source")
	mkdir -p "$dir/later/source"/{fs/proc,kernel,samples/kgraft}
	for entry in "$src"/{,fs/,fs/proc/,kernel/,samples/,samples/kgraft/}*; do
		entry=${entry#"$src/"}
		[ -e "$dir/later/source/$entry" ] || ln -s "$src/$entry" "$dir/later/source/$entry"
	done
	rm "$dir/later/source"/{"$version",kernel/reboot.c,samples/kgraft/kgraft_sample.c}
	cp -al "$base" "$dir/later/build"
	ln -sfn "$dir/later/source" "$dir/later/build/source"
	grep -rlZ --include='.*.cmd' -e "$src/" "$dir/later/build" |
		xargs -0 sed -i "s#$src/#$dir/later/source/#g"
	compiled_later "$version" 's/seq_printf\(m,/m->count++; &/' 'vmlinux has another .version_proc_show'
	compiled_later "$version" 's/"version", 0/"revision", 0/' 'vmlinux has another .proc_version_init'
	compiled_later kernel/reboot.c 's/kernel_halt\(\);/kernel_power_off();/' 'vmlinux has another .[a-z_0-9]*'
	compiled_later samples/kgraft/kgraft_sample.c 's/^	seq_puts/	m->count++;\n&/' \
		'kgraft_sample has another .kgr_cmdline_proc_show'
}
