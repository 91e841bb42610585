# SPDX-License-Identifier: GPL-2.0-or-later
# Objects before and after the fix. Sourced by kgr-build.
#
# shellcheck shell=bash
# shellcheck disable=SC2154 # kdir, work, src, tree: kgr-build's

# command_of OBJECT: the command of the kernel's build, without the steps after
# the compiler.
command_of()
{
	local command

	command=$(sed -n 's/^savedcmd_[^:]*:= //p' "$(cmd_file "$1")")
	command=${command%% ; *}
	printf '%s' "${command%"${command##*[![:space:]]}"}"
}

# compile OBJECT OUT [FLAG...]: by that command, in the same directory; in a separate
# tree if in_tree is set. The flags come first, so that directories do, too. With
# flags, KASAN does not guard variables: it would have a constructor in each object
# for that, and one table of all of them. And debugging information is all there, in
# the object: structures are compared by it.
compile()
{
	local object=$1 out=$2 command
	shift 2

	mkdir -p "$(dirname "$out")"
	command=$(command_of "$object")
	command=$(sed -E "s#-Wp,-MM?D,[^ ]*#-Wp,-MMD,$out.d $*#; s# -o [^ ]+# -o $out#" <<<"$command")
	if [ $# -gt 0 ]; then
		command=${command//asan-globals=1/asan-globals=0}
		command=$(sed -E 's# -(femit-struct-debug-|gsplit-dwarf)[^ ]*##g' <<<"$command")
	fi
	[ -z "${in_tree:-}" ] ||
		command=$(sed -E "s#(^|[^./])$(quoted "$named")/#\1$tree/#g" <<<"$command")
	(cd "$kdir" && TMPDIR=$work eval "$command") 2>"$out.err"
}

# What makes both copyable, see override/.
copyable()
{
	printf '%s' "-ffunction-sections -fdata-sections -g -I$work/override"
}

# objtool_of OBJECT: the arguments with which the build ran objtool on it, if it did.
# With IBT or LTO that is done later.
objtool_of()
{
	sed -n 's/^savedcmd_.* ; \.\/tools\/objtool\/objtool \(.*\) [^ ]*\.o *$/\1/p' "$(cmd_file "$1")"
}

# same_object OBJECT A B: that of the build and another, or two others. Where debugging
# information is in a file beside the object, the object has the name of that.
same_object()
{
	local a=$work/a.$BASHPID b=$work/b.$BASHPID

	cmp -s "$2" "$3" && return
	[[ $(command_of "$1") == *' -gsplit-dwarf'* ]] || return
	objcopy --strip-debug "$2" "$a" && objcopy --strip-debug "$3" "$b" && cmp -s "$a" "$b"
}

# One job each, in the background; all are done when compile_all returns.
baseline()
{
	local object=$1 out=$work/baseline/$1 args

	compile "$object" "$out" || return
	args=$(objtool_of "$object")
	if [ -n "$args" ]; then
		# shellcheck disable=SC2086 # several words
		(cd "$kdir" && ./tools/objtool/objtool $args "$out") >>"$out.err" 2>&1 || return
	fi
	same_object "$object" "$out" "$kdir/$object"
}

original()
{
	compile "$1" "$work/orig/$1" "$(copyable)"
}

patched()
{
	in_tree=y compile "$1" "$work/patched/$1" "$(copyable)"
}

# The sizes of entries of special sections, as the kernel's own compiler has them.
probe()
{
	local command out=$work/probe

	command=$(command_of "$1")
	command=${command% *}
	command=$(sed -E "s#-Wp,-MM?D,[^ ]*##; s# -c -o [^ ]+# -S -o $out.s#" <<<"$command")
	(cd "$kdir" && TMPDIR=$work eval "$command \"\$here/probe.c\"") 2>"$out.err" || return
	sed -n -E 's/^.*->(\S+) \$?([0-9]+).*/--size\n\1=\2/p' "$out.s" >"$out.sizes"
}

# run_job KIND OBJECT: leaves a file that says whether it failed.
run_job()
{
	"$1" "$2" || echo "$2" >>"$work/failed.$1"
}

compile_all()
{
	local kind object objects=() running=0

	mapfile -t objects < <(printf '%s\n' "${jobs[@]}" | cut -f 2)
	# Each is a group of processes, so that all of it can be ended.
	set -m
	run_job probe "${objects[0]}" &
	for object in "${objects[@]}"; do
		for kind in patched original baseline; do
			while [ "$(jobs -rp | wc -l)" -ge "$parallel" ]; do
				wait -n || :
			done
			run_job "$kind" "$object" &
		done
		running=$((running + 1))
		[ ! -t 2 ] || printf '\rkgr: %d of %d objects ' "$running" "${#objects[@]}" >&2
	done
	wait
	set +m
	[ ! -t 2 ] || printf '\r\033[K' >&2
}

# compiler_says KIND: its messages about objects that failed, with source paths
compiler_says()
{
	local object tree_quoted named_quoted

	tree_quoted=$(quoted "$work/tree")
	named_quoted=$(quoted "$named")
	while read -r object; do
		sed -E "s#$tree_quoted/##g; s#(^|[^./])$named_quoted/#\1#g" "$work/$1/$object.err"
	done <"$work/failed.$1" >&2
}

check_compiled()
{
	if [ -f "$work/failed.probe" ]; then
		head -n 5 "$work/probe.err" >&2
		die "$OWN_FAULT" "the sizes of special sections cannot be found out"
	fi
	if [ -f "$work/failed.baseline" ] || [ -f "$work/failed.original" ]; then
		[ ! -f "$work/failed.original" ] || compiler_says original
		die "$WRONG_TREE" "$(head -n 1 "$work"/failed.baseline "$work"/failed.original 2>/dev/null |
			grep -m 1 '\.o$') is not what $kdir was built from" \
			"was the source changed, or the compiler, after the kernel was built? Build it again"
	fi
	if [ -f "$work/failed.patched" ]; then
		compiler_says patched
		die "$NO_COMPILE" "the patched source does not compile"
	fi
}

# A header that was included by a relative path, outside the tree, is not patched.
check_dependencies()
{
	local file bad

	for file in "${touched[@]}"; do
		[ -f "$src/$file" ] || continue
		bad=$(find "$work/patched" -name '*.d' -exec cat {} + | tr ' ' '\n' |
			grep '/' | sort -u | while read -r dep; do
				[[ $dep == */"${file##*/}" ]] || continue
				[ "$(cd "$kdir" && realpath "$dep")" != "$src/$file" ] || echo "$dep"
			done)
		[ -z "$bad" ] ||
			die "$OWN_FAULT" "$file was included by way of $bad, unpatched"
	done
}

# Objects that no module can replace must be the same with the patch.
check_unreachable()
{
	local object

	for object in "${others[@]}"; do
		rm -f "$work"/other/[ab].o
		compile "$object" "$work/other/a.o" || :
		in_tree=y compile "$object" "$work/other/b.o" || :
		same_object "$object" "$work/other/a.o" "$work/other/b.o" && continue
		refuse A "$object changes, which is not part of the kernel proper" \
			"leave out what changes it"
	done
}
