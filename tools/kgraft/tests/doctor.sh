# SPDX-License-Identifier: GPL-2.0
# What kgr doctor finds in a kernel and in a file, and what kgr boot makes of such a
# file. Sourced by scripts/tests/kgr.sh, as recorded.sh is.
#
# shellcheck shell=bash disable=SC2154,SC2034

# module FILE INFO...: an object file with these lines of modinfo, and with the symbols
# that stdin, in C, refers to. No kernel would load it.
module()
{
	local file=$1 info
	shift

	{
		cat
		printf 'static const char info[] __attribute__((section(".modinfo"), used)) = ""'
		for info; do
			printf '\n"%s\\0"' "$info"
		done
		echo ';'
	} | gcc -x c -c -o "$file" -
}

# found LEVEL CHECK [PATTERN]: this is a line of doctor, besides which others may be
found()
{
	said "^$1 +$2 +${3:-}"
}

doctor_knows_a_kernel()
{
	busy
	run 0 doctor
	said 'no problem found'
	fails grep -q ' ftrace ' "$dir/out"
	run 0 doctor -v
	found ok kgraft
	found ok ftrace 'it is on'
	found ok debugfs
	found ok patches 2
	found note config 'neither /proc/config.gz nor /boot/config-'
	put proc/sys/kernel/ftrace_enabled 0
	put proc/sys/kernel/tainted 512
	put proc/sys/kernel/modules_disabled 1
	put sys/kernel/security/lockdown 'none [integrity] confidentiality'
	put sys/kernel/kgraft/wake none
	put sys/kernel/kgraft/force_load_module 1
	put sys/kernel/kgraft/cve/forced 1
	sed -i 's/\t12000\t/\t7200000\t/' "$root/sys/kernel/debug/kgraft/blockers"
	printf '%s\t%s\t%s\n' foo 'new_foo [cve]' - bar 'new_bar [fix]' 'direct:bpf_trampoline_1' \
		baz 'new_baz [fix]' 'kprobe:x' qux - 'direct:bpf_trampoline_2' \
		>>"$root/sys/kernel/debug/kgraft/sites"
	run 1 doctor
	found bad ftrace 'it is off'
	found bad modules 'no module can be loaded'
	found note taint 'the kernel has warned'
	found note lockdown 'it is on: only modules that are signed by a key of this kernel can be loaded$'
	found note wake 'no sleeper is woken'
	found note modules 'force_load_module is 1'
	found note patches 'cve: tasks were forced'
	found note patches 'fix: applying for 2 h, blocked by 3 tasks; kgr blocking fix'
	found note functions 'bar has a BPF trampoline'
	fails grep -qE 'qux|baz is shared' "$dir/out"
	said '^2 problems found'
	run 1 doctor -v
	found note functions 'baz is shared with kprobe:x'
	json 1 doctor
	put sys/kernel/security/lockdown 'none integrity [confidentiality]'
	put proc/sys/kernel/tainted 4096
	rm -r "$root/proc/sys/kernel/ftrace_enabled" "$root/sys/kernel/debug"
	run 1 doctor
	found bad ftrace '.*does not exist'
	found note debugfs '.*mount -t debugfs'
	found note lockdown '.*, and kgr trace cannot record'
	fails grep -q ' taint ' "$dir/out"
	rm -r "$root/sys/kernel/kgraft"
	run 1 doctor
	found bad kgraft '.*no kGraft'
}

doctor_reads_a_configuration()
{
	local options=(KGRAFT KALLSYMS_ALL UNWINDER_ORC DEBUG_FS MODULE_UNLOAD PRINTK_CALLER)

	tree
	printf 'CONFIG_%s=y\n' "${options[@]}" >"$dir/config"
	gzip -c "$dir/config" >"$root/proc/config.gz"
	run 0 doctor -v
	found ok config 'CONFIG_KGRAFT is set'
	found ok config 'CONFIG_TRIM_UNUSED_KSYMS is off'
	found ok config 'CONFIG_STACKTRACE_BUILD_ID is off: patches cannot name'
	run 0 doctor
	fails grep -q ' config ' "$dir/out"
	# not compressed; CONFIG_KGRAFT_X is another option, and a module is none
	{
		sed 's/KGRAFT=y/KGRAFT_X=y/; s/UNWINDER_ORC=y/UNWINDER_ORC=m/' "$dir/config"
		echo CONFIG_TRIM_UNUSED_KSYMS=y
	} >"$root/proc/config.gz"
	run 1 doctor
	found bad config 'CONFIG_KGRAFT is off: patches cannot be applied'
	found bad config 'CONFIG_TRIM_UNUSED_KSYMS is set'
	found note config 'CONFIG_UNWINDER_ORC is off'
	# damaged: then that of /boot
	gzip -c "$dir/config" | head -c 60 >"$root/proc/config.gz"
	run 0 doctor
	found note config 'neither'
	mkdir "$root/boot"
	cp "$dir/config" "$root/boot/config-$(uname -r)"
	run 0 doctor
	fails grep -q ' config ' "$dir/out"
	# too long to be one
	head -c 9000000 /dev/zero | tr '\0' '\n' >"$root/boot/config-$(uname -r)"
	run 0 doctor
	found note config 'neither'
}

# notes ID: in the recorded tree, among others
notes()
{
	python3 - "$1" >"$root/sys/kernel/notes" <<-'END_OF_PYTHON'
		import struct, sys
		def note(name, type, desc):
		    pad = lambda b: b + bytes(-len(b) % 4)
		    return struct.pack("III", len(name), len(desc), type) + pad(name) + pad(desc)
		sys.stdout.buffer.write(note(b"Xen\0", 6, b"\1\2\3") + note(b"Linux\0", 3, b"") +
		    note(b"GNU\0", 1, b"abcd") + note(b"GNU\0", 3, b"") +
		    note(b"GNU\0", 3, bytes.fromhex(sys.argv[1])))
	END_OF_PYTHON
}

doctor_knows_a_file()
{
	local file=$dir/a-file.ko

	tree
	run 1 doctor "$dir/nowhere.ko"
	found bad file '.*No such file'
	run 1 doctor no_module_of_this_name
	found bad file '.*No such file'
	module "$file" license=Proprietary vermagic=9.99-other </dev/null
	run 1 doctor "$file"
	found bad release 'it is for 9.99-other, this kernel is'
	found bad license 'it is Proprietary'
	module "$file" name=a_file </dev/null
	run 1 doctor "$file"
	found bad release 'it does not say'
	found bad license 'it has no license'
	notes 0123abcd
	printf '%s\n' 'ffffffff81000000 T kgr_patch_kernel' 'ffffffff81000000 t kgr_patch_kernel_not' \
		'ffffffff81000010 T other	[some]' >"$root/proc/kallsyms"
	put sys/module/module/parameters/sig_enforce Y
	module "$file" name=a_file license='GPL v2' "vermagic=$(uname -r) SMP" kgr_build=0123abcd \
		signer=somebody sig_hashalgo=sha256 depends=not_there,,nor_that <<-'C'
		extern void kgr_patch_kernel(void), other(void), kgr_patch_ker(void);
		void f(void) { kgr_patch_kernel(); other(); kgr_patch_ker(); }
	C
	run 1 doctor "$file"
	found ok release 'it is for this kernel'
	found ok build 'it is for this build, 0123abcd'
	found ok license 'GPL v2'
	found ok signature "by 'somebody', with sha256"
	found note needs 'module not_there is not installed'
	found note needs 'module nor_that is not installed'
	found bad symbols 'this kernel has no kgr_patch_ker$'
	fails grep -qE 'symbols.*(other|kernel$)|dry run' "$dir/out"
	said '^1 problems found'
	# that has no signer; is of another build, by a file beside it; is no patch
	module "$file" name=a_file license='Dual BSD/GPL' "vermagic=$(uname -r) SMP" \
		sig_hashalgo=sha256 <<<'extern void other(void); void f(void) { other(); }'
	echo fedc >"$file.build-id"
	run 1 doctor "$file"
	found bad build 'it is for the build fedc, this kernel is 0123abcd'
	found ok license 'Dual BSD/GPL'
	found ok signature "by '', with"
	found bad patch 'it calls neither kgr_patch_kernel'
	module "$file" name=a_file license=GPL "vermagic=$(uname -r) SMP" \
		<<<'extern void klp_enable_patch(void); void f(void) { klp_enable_patch(); }'
	run 1 doctor "$file"
	fails grep -q ' patch ' "$dir/out"
	rm "$root/sys/kernel/notes"
	module "$file" name=a_file license='Dual MIT/GPL' "vermagic=$(uname -r)" </dev/null
	run 1 doctor "$file"
	found ok license 'Dual MIT/GPL'
	fails grep -q ' build ' "$dir/out"
	rm "$file.build-id"
}

# kgr load would load the other one first.
doctor_counts_on_modules_that_are_needed()
{
	tree
	echo 'ffffffff81000000 T kgr_patch_kernel' >"$root/proc/kallsyms"
	mkdir "$dir/needed"
	module "$dir/needed/a_patch.ko" name=a_patch license=GPL "vermagic=$(uname -r) " \
		depends=a_needed <<-'C'
		extern void kgr_patch_kernel(void), from_needed(void), from_nowhere(void);
		void f(void) { kgr_patch_kernel(); from_needed(); from_nowhere(); }
	C
	run 1 doctor "$dir/needed/a_patch.ko"
	found note needs 'module a_needed is not installed'
	found bad symbols 'this kernel has no from_needed$'
	module "$dir/needed/a_needed.ko" name=a_needed license=GPL "vermagic=$(uname -r) " <<-'C'
		static const char strings[] __attribute__((section("__ksymtab_strings"), used)) =
			"from_needed";
	C
	# Whatever the umask is: others could write it otherwise.
	chmod go-w "$dir/needed" "$dir/needed/a_needed.ko"
	run 1 doctor "$dir/needed/a_patch.ko"
	found ok needs 'module a_needed'
	fails grep -q from_needed "$dir/out"
	found bad symbols 'this kernel has no from_nowhere$'
	# one that exports nothing
	: >"$dir/needed/a_needed.ko"
	run 1 doctor "$dir/needed/a_patch.ko"
	found bad symbols 'this kernel has no from_needed$'
}

boot_takes_no_file_of_another_build()
{
	tree
	mkdir -p "$root/etc/kgraft"
	notes 0123abcd
	module "$root/etc/kgraft/10.ko" "vermagic=$(uname -r) SMP" kgr_build=fedc </dev/null
	module "$root/etc/kgraft/20.ko.xz" "vermagic=$(uname -r) SMP" </dev/null
	echo 'cafe beside it' >"$root/etc/kgraft/20.ko.xz.build-id"
	: >"$root/etc/kgraft/30.ko"
	ln -s /nowhere "$root/etc/kgraft/40.ko"
	# put aside, which is what such names mean elsewhere
	module "$root/etc/kgraft/50.ko.disabled" "vermagic=$(uname -r) SMP" </dev/null
	run 3 boot
	said '^10.ko: skipped: it is for the build fedc, this kernel is 0123abcd$' \
		'^20.ko.xz: skipped: it is for the build cafe, this kernel is 0123abcd$' \
		'^30.ko: failed: it is damaged, or no module$' '^40.ko: failed: No such file' \
		'^50.ko.disabled: skipped: its name does not end'
	json 3 boot
	# a kernel without a build ID, or with one that cannot be read
	rm "$root/sys/kernel/notes" "$root"/etc/kgraft/[34]0.ko
	run 0 boot
	said '^10.ko: .* this kernel is one that does not say$'
	printf '\4\0\0\0\377\377\377\377\3\0\0\0GNU\0' >"$root/sys/kernel/notes"
	run 0 boot
	said '^10.ko: .* this kernel is one that does not say$'
	printf '\377\377\377\0\1\0\0\0\3\0\0\0GNU\0' >"$root/sys/kernel/notes"
	run 0 boot
	said '^10.ko: .* this kernel is one that does not say$'
	run 3 boot /etc/kgraft/10.ko
	said 'cannot read .*Not a directory'
	run 2 boot --nothing
}

doctor_tests=(doctor_knows_a_kernel doctor_reads_a_configuration doctor_knows_a_file
	doctor_counts_on_modules_that_are_needed
	boot_takes_no_file_of_another_build)
