# SPDX-License-Identifier: GPL-2.0-or-later
# From the bodies to the module. Sourced by kgr-build.
#
# shellcheck shell=bash
# shellcheck disable=SC2154 # kdir, work, name: kgr-build's

# module_dir: makes an ordinary external module of the output of kgr-obj. Its parts
# have a directory: the module may have the name of one of them.
module_dir()
{
	local body parts=(parts/main.o)

	dir=$work/module
	mkdir -p "$dir/parts"
	for body in "$work"/body-*.o; do
		mv "$body" "$dir/parts/$(basename "$body")_shipped"
		parts+=("parts/$(basename "$body")")
	done
	mv "$work/main.c" "$dir/parts"
	mv "$work/plan.txt" "$work/links" "$dir"
	cat "${patches[@]}" >"$dir/fix.patch"
	if [ -n "$author" ]; then
		cp "$author" "$dir/parts/author.c"
		cp "$here/objects.h" "$dir/parts"
	fi
	{
		echo "# Made by kgr build."
		echo "obj-m := $name.o"
		echo "$name-y := ${parts[*]}"
		echo "ccflags-y := -g0"
	} >"$dir/Kbuild"
}

# Only ftrace jumps to replacements, and needs no ENDBR there.
said_by_objtool()
{
	grep -E 'objtool: |: warning: ' "$work/make.out" |
		grep -v -E -e 'objtool: patch\+0x[0-9a-f]+: data relocation to !ENDBR: ' \
			-e 'the compiler differs from the one used' || :
}

# kbuild runs objtool on shipped bodies if it runs it on the linked module.
# Otherwise objtool is run here.
check_bodies()
{
	local body args

	grep -qE '^CONFIG_(X86_KERNEL_IBT|LTO_CLANG|NOINSTR_VALIDATION_DELAYED)=y' "$kdir/.config" && return
	[ -x "$kdir/tools/objtool/objtool" ] || return 0
	args=$(objtool_of "$(cut -f 2 <<<"${jobs[0]}")")
	[ -n "$args" ] || die "$OWN_FAULT" "kgr does not know how this kernel calls objtool"
	for body in "$dir"/parts/body-*.o_shipped; do
		# shellcheck disable=SC2086 # several words
		(cd "$kdir" && ./tools/objtool/objtool $args --module "$body") \
			>>"$work/make.out" 2>&1 ||
			die "$OWN_FAULT" "objtool fails: $(tail -n 1 "$work/make.out")"
	done
}

# What the kernel exports only to certain modules (EXPORT_SYMBOL_GPL_FOR_MODULES), or
# to those that import a namespace, must have its name at once: modpost refuses it to
# every other module.
name_restricted()
{
	local body

	awk 'NR == FNR { if ($5 != "") restricted[$2]; next } $1 in restricted' \
		FS='\t' "$kdir/Module.symvers" FS=' ' "$dir/links" >"$work/restricted"
	[ -s "$work/restricted" ] || return 0
	for body in "$dir"/parts/body-*.o_shipped; do
		objcopy --redefine-syms "$work/restricted" "$body" ||
			die "$OWN_FAULT" "the names of restricted symbols cannot be changed"
	done
}

# Says to kbuild which compiler it was; the configuration does not.
compiler_of_kernel()
{
	local cc

	grep -qx 'CONFIG_CC_IS_CLANG=y' "$kdir/.config" || return 0
	cc=$(command_of "$(cut -f 2 <<<"${jobs[0]}")")
	cc=${cc%% *}
	[[ ${cc##*/} != clang* ]] || echo "CC=$cc"
	! grep -qx 'CONFIG_LD_IS_LLD=y' "$kdir/.config" || echo LLVM=1
}

# make_module: sets ko. modpost only warns of undefined symbols: those that are not
# exported get their names afterwards. A make in that directory without this step
# fails, as it should: its module would not be linked to anything.
make_module()
{
	local compiler

	mapfile -t compiler < <(compiler_of_kernel)
	: >"$work/make.out"
	name_restricted
	check_bodies
	if ! env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$kdir" M="$dir" \
		ARCH=x86_64 "${compiler[@]}" KBUILD_MODPOST_WARN=1 modules >>"$work/make.out" 2>&1; then
		cat "$work/make.out" >&2
		die "$OWN_FAULT" "the module cannot be linked"
	fi
	if [ -n "$(said_by_objtool)" ]; then
		said_by_objtool >&2
		die "$OWN_FAULT" "objtool complains of the module"
	fi
	ko=$dir/$name.ko
}

# finish: gives the symbols the names by which kGraft finds them, and stores the plan
# where kgr explain finds it.
finish()
{
	local strip=()

	strip=(--remove-section .BTF --remove-section .rela.debug_info)
	objcopy --redefine-syms "$dir/links" "${strip[@]}" \
		--add-section .kgr.plan="$dir/plan.txt" \
		--add-section .kgr.patch="$dir/fix.patch" \
		"$ko" "$work/finished.ko" ||
		die "$OWN_FAULT" "the module cannot be finished"
	check_finished "$work/finished.ko"
	sign "$work/finished.ko"
}

# Undefined symbols must be exported, or kGraft must find them.
check_finished()
{
	local left

	left=$(readelf -sW "$1" | awk '$7 == "UND" && $8 != "" && $8 !~ /^\.kgr\./ { print $8 }' |
		sort -u | comm -23 - <(cut -f 2 "$kdir/Module.symvers" | sort -u))
	[ -z "$left" ] || die "$OWN_FAULT" "nothing says where these are: $left"
	left=$(readelf -sW "$1" | awk '$5 == "GLOBAL" && $7 != "UND" && $8 ~ /^\.kgr\./ { print $8 }')
	[ -z "$left" ] || die "$OWN_FAULT" "the module has symbols of its own by names of the kernel's: $left"
	if readelf -SW "$1" | grep -q ' runtime_'; then
		die "$OWN_FAULT" "the module has runtime constants"
	fi
}

sign()
{
	local key=$kdir/certs/signing_key.pem hash

	grep -qx 'CONFIG_MODULE_SIG=y' "$kdir/.config" || return 0
	if [ ! -f "$key" ] || [ ! -x "$kdir/scripts/sign-file" ]; then
		say "the kernel checks signatures, and $key is not there: sign the module yourself"
		return 0
	fi
	hash=$(sed -n 's/^CONFIG_MODULE_SIG_HASH="\(.*\)"/\1/p' "$kdir/.config")
	"$kdir/scripts/sign-file" "$hash" "$key" "$kdir/certs/signing_key.x509" "$1" ||
		die "$OWN_FAULT" "the module cannot be signed"
}
