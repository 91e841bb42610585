# SPDX-License-Identifier: GPL-2.0-or-later
# The build tree, and the source as the fix makes it. Sourced by kgr-build.
#
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # kdir, work, jobs: kgr-build's

# find_source: sets src from the build tree.
find_source()
{
	[ -f "$kdir/vmlinux" ] ||
		die "$WRONG_TREE" "$kdir has no vmlinux" \
			"give the directory that the kernel was built in with -k"
	[[ -f $kdir/vmlinux.a && -f $kdir/Module.symvers ]] ||
		die "$WRONG_TREE" "$kdir is not all of what the kernel was built in" \
			"kgr needs the objects: build the kernel there, and keep it"
	[ -d "$kdir/source" ] ||
		die "$WRONG_TREE" "$kdir was not built with O=" \
			"build the kernel in a directory of its own"
	src=$(cd "$kdir/source" && pwd -P)
	# As the commands have it: `..` if that is the directory above.
	named=$(readlink "$kdir/source") || named=
	[[ -n $named && $(source_of init/main.o) == init/main.c ]] ||
		die "$WRONG_TREE" "$kdir/source is not what the commands of the build name" \
			"build the kernel from $src"
	build_id=$(readelf -n "$kdir/vmlinux" 2>/dev/null |
		sed -n 's/^ *Build ID: //p' | head -n 1)
	[ -n "$build_id" ] || die "$WRONG_TREE" "$kdir/vmlinux has no build id"
}

# check_config: refuses a kernel that kgr does not know how to build for.
check_config()
{
	local release

	# WARN() of later ones refers to its own entry of a table.
	release=$(cat "$kdir/include/config/kernel.release" 2>/dev/null) || :
	[[ -z $release || $release =~ ^6\.12([^0-9]|$) ]] ||
		die "$REFUSED" "$kdir is Linux $release, and kgr build is for 6.12" \
			"write the patch by hand (kgraft.txt, section 6)"
	! grep -qE '^CONFIG_CFI(_CLANG)?=y' "$kdir/.config" ||
		die "$REFUSED" "the kernel checks the types of functions that it calls by pointers (CONFIG_CFI_CLANG), and new functions of kgr build have none" \
			"write the patch by hand (kgraft.txt, section 6): then the compiler makes them"
}

# members: prints the objects of the kernel and its modules, a line for each:
# OBJECT FILE NAME, where FILE is "-" for the kernel itself.
members()
{
	local module object name

	cd "$kdir" || return
	{
		ar t vmlinux.a
		ar t lib/lib.a
		ar t arch/x86/lib/lib.a
	} 2>/dev/null | sort -u | sed $'s/$/\t-\tvmlinux/'
	while read -r module; do
		module=${module%.o}
		name=${module##*/}
		name=${name//-/_}
		[ -f "$module.mod" ] || continue
		tr ' ' '\n' <"$module.mod" | while read -r object; do
			[ -z "$object" ] || printf '%s\t%s\t%s\n' "$object" "$module.ko" "$name"
		done
	done <modules.order
}

# real_dir DIR: makes DIR of the tree, and all directories above it, real directories
# with links to their contents. Those above come first: by way of a link, DIR would
# be the source's own, and look real.
real_dir()
{
	local dir=$1 entry entries=()

	[ "$dir" = . ] || real_dir "$(dirname "$dir")"
	[ ! -d "$tree/$dir" ] || [ -L "$tree/$dir" ] || return 0
	[ ! -L "$tree/$dir" ] || rm "$tree/$dir"
	mkdir -p "$tree/$dir"
	[ -d "$src/$dir" ] || return 0
	for entry in "$src/$dir"/* "$src/$dir"/.[!.]*; do
		[ ! -e "$entry" ] || entries+=("$entry")
	done
	[ ${#entries[@]} -eq 0 ] || ln -s -t "$tree/$dir" -- "${entries[@]}"
}

# touched_files: sets touched, the files that the patches name.
touched_files()
{
	local patch

	mapfile -t touched < <(for patch in "${patches[@]}"; do
		sed -n -E 's#^(---|\+\+\+) [^/[:space:]]+/([^[:space:]]+).*#\2#p' "$patch"
	done | grep -v '^dev/null$' | sort -u)
	[ ${#touched[@]} -gt 0 ] ||
		die "$NO_COMPILE" "${patches[0]} has no files in it" "it must be a unified diff with a/ and b/ (-p1)"
	for patch in "${touched[@]}"; do
		[[ /$patch/ != */../* && $patch != /* ]] ||
			die "$NO_COMPILE" "$patch is outside of the source"
	done
}

# Files below it that are included by a relative path must also be patched: a directory
# with a patched header must not contain links to directories.
whole_dir()
{
	local dir=$1 sub

	real_dir "$dir"
	[ -d "$src/$dir" ] || return 0
	while read -r sub; do
		real_dir "${dir}/${sub#"$src/$dir/"}"
	done < <(find "$src/$dir" -mindepth 1 -type d)
}

# quoted TEXT: as it is in a regular expression
quoted()
{
	sed 's/[^A-Za-z0-9_/-]/\\&/g' <<<"$1"
}

# straight: paths as they are without `..`, for filters
straight()
{
	sed -E ':again; s#/[^/[:space:]]+/\.\./#/#; t again; s#/(\.?/)+#/#g'
}

# find_detours: the compiler records an included file as it found it, such as
# kernel/futex/../locking/rtmutex_common.h. Leaves a line for each that is not
# straight: RECORD PATH FILE.
find_detours()
{
	(cd "$kdir" && grep -roE --include='.*.o.cmd' -e " $(quoted "$named")/[^ ]*/\.{0,2}/[^ ]*" .) |
		sed 's/: / /' >"$work/seen" || :
	paste -d ' ' "$work/seen" <(cut -d ' ' -f 2 "$work/seen" | straight) >"$work/detours"
}

# detours_to FILE: RECORD PATH of each
detours_to()
{
	file=$named/$1 awk '$3 == ENVIRON["file"] { print $1, $2 }' "$work/detours"
}

# real_detours FILE: what is before a `..` must not be a link, since that leads back to
# the source.
real_detours()
{
	local path dir

	while read -r path; do
		path=${path#"$named/"}
		while [[ $path == */../* ]]; do
			dir=${path%%/../*}
			real_dir "$dir"
			path=$(dirname "$dir")/${path#*/../}
		done
	done < <(detours_to "$1" | cut -d ' ' -f 2 | sort -u)
}

# say_offsets: names hunks that apply in another place than the patch says.
say_offsets()
{
	local line file=''

	while read -r line; do
		case $line in
		"patching file "*) file=${line#patching file } ;;
		*" succeeded at "*offset*) say "note: $file: $line" ;;
		esac
	done <"$work/patch.out"
}

# apply: makes the tree of the patched source.
apply()
{
	local file patch

	tree=$work/tree
	touched_files
	find_detours
	for file in "${touched[@]}"; do
		real_detours "$file"
		if [[ $file == *.h ]]; then
			whole_dir "$(dirname "$file")"
		else
			real_dir "$(dirname "$file")"
		fi
		[ -f "$src/$file" ] || continue
		[[ $(realpath "$tree/$(dirname "$file")") == "$(realpath "$tree")"* ]] ||
			die "$OWN_FAULT" "the copy of $file would be in the source"
		rm -f "$tree/$file"
		cp "$src/$file" "$tree/$file"
		chmod u+w "$tree/$file"
	done
	for patch in "${patches[@]}"; do
		if patch -p1 -F0 -t -N --no-backup-if-mismatch -r - -d "$tree" \
			<"$patch" >"$work/patch.out" 2>&1; then
			say_offsets
			continue
		fi
		cat "$work/patch.out" >&2
		die "$NO_COMPILE" "$patch does not apply to $src"
	done
}

# check_files: refuses parts of the patch that no module can contain.
check_files()
{
	local file

	for file in "${touched[@]}"; do
		case $file in
		*Kconfig*)
			refuse K "$file: a configuration cannot be patched" \
				"leave that hunk out" ;;
		Makefile | */Makefile | */Kbuild | *.lds | *.lds.S)
			refuse K "$file: how the kernel is built cannot be patched" \
				"leave that hunk out" ;;
		Documentation/* | tools/* | scripts/*) ;;
		*.S)
			[ -z "$(users_of "$file")" ] ||
				refuse A "$file is assembly" \
					"no tool can replace it; fix its callers in C" ;;
		*.c)
			if [ ! -f "$src/$file" ] && [ -f "$tree/$file" ]; then
				refuse N "$file is new" \
					"put what is in it into a file that is there"
			elif [ -f "$src/$file" ] && [ ! -f "$tree/$file" ]; then
				refuse N "$file is removed" "leave that hunk out"
			fi ;;
		esac
	done
}

# keep_lines: see keep-lines.awk
keep_lines()
{
	local file

	for file in "${touched[@]}"; do
		[[ $file == *.[ch] && -f $src/$file && -f $tree/$file ]] || continue
		diff --old-line-format=$'-\n' --new-line-format='+%L' --unchanged-line-format='=%L' \
			"$src/$file" "$tree/$file" >"$work/lines" || :
		awk -f "$here/keep-lines.awk" "$work/lines" >"$tree/$file"
	done
}

# users_of FILE: the objects that depend on it, as recorded by the build.
users_of()
{
	{
		(cd "$kdir" && grep -rl --include='.*.o.cmd' -E -e " $(quoted "$named/$1")( |\$)" .) || :
		detours_to "$1" | cut -d ' ' -f 1
	} | sed -E 's#^\./##; s#(^|/)\.([^/]*)\.cmd$#\1\2#' | sort -u
}

# check_users: refuses files of which the build makes sources, and names those of which
# it makes nothing. Headers that the command includes in each file are ordinary ones.
check_users()
{
	local file made pattern

	grep -rh --include='.*.cmd' --exclude='.*.o.cmd' --exclude-dir={scripts,tools,usr,samples} \
		'^savedcmd_' "$kdir" |
		sed 's/-include [^ ]*//g' | straight >"$work/makes" || :
	for file in "${touched[@]}"; do
		[[ -f $src/$file && ! $file =~ (Kconfig|Makefile|Kbuild|\.lds|\.lds\.S)$ ]] || continue
		pattern="(^|[^./])$(quoted "$named/$file")"
		made=$(sed -n -E "\\#$pattern([ ;)']|\$)#{s/^savedcmd_([^ ]*) :=.*/\1/p;q}" "$work/makes")
		if [ -n "$made" ]; then
			refuse N "$file: the build makes $made of it" \
				"leave that hunk out, and change what uses the result"
		elif [[ $file != Documentation/* && $file != tools/* ]] && [ -z "$(users_of "$file")" ]; then
			say "note: $file is part of no object of this kernel, and left out"
		fi
	done
}

# affected: sets jobs, a line for each object that may differ: SOURCE OBJECT FILE
# NAME
affected()
{
	local file

	members | sort >"$work/members"
	for file in "${touched[@]}"; do
		[ ! -f "$src/$file" ] || users_of "$file"
	done | sort -u >"$work/users"
	mapfile -t jobs < <(join -t $'\t' "$work/users" "$work/members" |
		while IFS= read -r line; do
			printf '%s\t%s\n' "$(source_of "${line%%$'\t'*}")" "$line"
		done | grep -v $'^[^\t]*\.S\t' || :)
	find_others
}

# Objects that belong to neither, such as boot code and the vdso, and assembly.
find_others()
{
	local object

	while read -r object; do
		case $object in
		scripts/* | tools/* | usr/* | *.mod.o | samples/* | kselftest* | selftests*) continue ;;
		esac
		others+=("$object")
	done < <(
		join -v 1 -t $'\t' "$work/users" "$work/members"
		join -t $'\t' -o 1.1 "$work/users" "$work/members" | while read -r object; do
			[[ $(source_of "$object") != *.S ]] || echo "$object"
		done
	)
}

# build_of FILE: what tells the build of a module from others, as FIELD=VALUE of struct
# kgr_patch_obj. The kernel keeps the build ID of a module only for its traces.
build_of()
{
	local id

	if grep -qx 'CONFIG_STACKTRACE_BUILD_ID=y' "$kdir/.config"; then
		id=$(readelf -n "$kdir/$1" 2>/dev/null | sed -n 's/^ *Build ID: //p' | head -n 1)
		[ -z "$id" ] || { echo "build_id=$id"; return 0; }
	fi
	readelf -p .modinfo "$kdir/$1" 2>/dev/null | sed -n 's/^.*] *\(srcversion=\)/\1/p'
}

# find_builds: sets identities, for kgr-obj
find_builds()
{
	local file name id

	while IFS=$'\t' read -r file name; do
		[ "$file" != - ] || continue
		id=$(build_of "$file")
		[ -z "$id" ] || identities+=(--identity "$name.$id")
	done < <(printf '%s\n' "${jobs[@]}" | cut -f 3,4 | sort -u)
}

# source_of OBJECT: its source, relative to the tree
source_of()
{
	local file

	file=$(sed -n 's/^source_[^:]*:= //p' "$(cmd_file "$1")")
	printf '%s' "${file#"$named/"}"
}

cmd_file()
{
	printf '%s/%s/.%s.cmd' "$kdir" "$(dirname "$1")" "$(basename "$1")"
}
