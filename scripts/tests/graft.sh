#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of scripts/graft on a kernel tree of three files: it does all or
# nothing, and undoes all of it.

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/ktap.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
tree=$dir/tree
overlay=$dir/overlay
cd "$dir"

graft()
{
	"$TOP/scripts/graft" --overlay "$overlay" "$@"
}

# hook FILE LINE NAME: a patch that adds a call behind that line
hook()
{
	sed "$2a hook_$3();" "tree/$1" |
		diff -u --label "a/$1" --label "b/$1" "tree/$1" - >"overlay/patches/6.12/$3.patch" || :
	echo "$3.patch" >>overlay/patches/6.12/series
}

# A pristine tree, and an overlay that fits it.
fresh()
{
	rm -rf tree overlay before
	mkdir -p tree/kernel tree/include/linux overlay/{patches/6.12,kernel/kgraft,include/linux}
	printf '%s\n' 'VERSION = 6' 'PATCHLEVEL = 12' 'SUBLEVEL = 9' >tree/Makefile
	touch tree/Kbuild tree/include/linux/list.h
	seq -f 'fork %g' 1000 >tree/kernel/fork.c
	seq -f 'exit %g' 1000 >tree/kernel/exit.c
	chmod 664 tree/kernel/exit.c
	echo 'core' >overlay/kernel/kgraft/core.c
	echo 'api' >overlay/include/linux/kgraft.h
	echo '# hooks' >overlay/patches/6.12/series
	hook kernel/fork.c 500 fork
	hook kernel/exit.c 700 exit
	state >before
}

# All of the tree: kinds, modes and contents.
state()
{
	(cd "$tree" && find . -printf '%y %m %p\n' | sort && find . -type f -exec sha256sum {} + | sort)
}

unchanged()
{
	state | diff before -
}

# refuses WORDS COMMAND...: it fails, says so, and changes nothing
refuses()
{
	local words=$1
	shift
	state >before
	if "$@" 2>said; then
		echo "did not fail"
		return 1
	fi
	grep -qF -- "$words" said || { cat said; return 1; }
	unchanged
}

# Exactly these files have been written since stamp.
written()
{
	diff <(for f; do echo "$f"; done) <(cd "$tree" && find . -newer ../stamp -type f \
		! -path './.kgraft-grafted/*' -printf '%P\n' | sort)
}

# Time stamps apart, whatever the file system's clock.
stamp()
{
	find tree -exec touch -d '1 hour ago' {} +
	touch -d '1 minute ago' stamp
}

grafts_files_and_hooks()
{
	fresh
	graft tree
	cmp overlay/kernel/kgraft/core.c tree/kernel/kgraft/core.c
	cmp overlay/include/linux/kgraft.h tree/include/linux/kgraft.h
	[ "$(sed -n 501p tree/kernel/fork.c)" = 'hook_fork();' ]
	[ "$(sed -n 701p tree/kernel/exit.c)" = 'hook_exit();' ]
	graft --check tree
}

second_time_writes_nothing()
{
	fresh
	graft tree
	stamp
	graft tree
	written
}

# Every build begins with a graft.
second_time_applies_nothing()
{
	fresh
	graft tree
	mkdir -p nothing
	printf '%s\n' '#!/bin/sh' 'exit 1' >nothing/patch
	chmod +x nothing/patch
	PATH=$dir/nothing:$PATH graft tree
	PATH=$dir/nothing:$PATH graft --check tree
}

# What another checkout, or an older graft, has made of the tree since
notices_another_graft()
{
	fresh
	graft tree
	cp tree/.kgraft-grafted/made-of before
	echo more >>overlay/kernel/kgraft/core.c
	graft tree
	cp before tree/.kgraft-grafted/made-of
	echo core >overlay/kernel/kgraft/core.c
	fails graft --check tree
	graft tree
	cmp overlay/kernel/kgraft/core.c tree/kernel/kgraft/core.c
}

notices_modes()
{
	fresh
	graft tree
	chmod +x overlay/kernel/kgraft/core.c
	fails graft --check tree
	graft tree
	[ -x tree/kernel/kgraft/core.c ]
	chmod -x tree/kernel/kgraft/core.c
	fails graft --check tree
	graft tree
	[ -x tree/kernel/kgraft/core.c ]
}

writes_only_what_changed_in_the_overlay()
{
	fresh
	graft tree
	stamp
	echo more >>overlay/kernel/kgraft/core.c
	echo new >overlay/kernel/kgraft/new.c
	rm overlay/include/linux/kgraft.h
	fails graft --check tree
	graft tree
	written kernel/kgraft/core.c kernel/kgraft/new.c
	[ ! -e tree/include/linux/kgraft.h ]
	graft --check tree
}

writes_only_what_changed_in_the_series()
{
	fresh
	graft tree
	stamp
	sed -i 's/hook_fork/better_fork/' overlay/patches/6.12/fork.patch
	graft tree
	written kernel/fork.c
	grep -q better_fork tree/kernel/fork.c
}

dropped_patch_is_taken_back()
{
	fresh
	graft tree
	sed -i /exit/d overlay/patches/6.12/series
	graft tree
	fails grep -q hook_exit tree/kernel/exit.c
	graft --undo tree
	unchanged
}

undo_restores_everything()
{
	fresh
	graft tree
	graft --undo tree
	unchanged
}

undo_after_an_update_restores_everything()
{
	fresh
	graft tree
	sed -i 's/hook_fork/better_fork/' overlay/patches/6.12/fork.patch
	echo new >overlay/kernel/kgraft/new.c
	graft tree
	graft --undo tree
	unchanged
}

leaves_build_products_behind()
{
	fresh
	touch overlay/kernel/kgraft/{core.o,.core.o.cmd,kgraft.ko}
	graft tree
	[ ! -e tree/kernel/kgraft/core.o ]
	[ ! -e tree/kernel/kgraft/kgraft.ko ]
	[ ! -e tree/kernel/kgraft/.core.o.cmd ]
}

refuses_another_version()
{
	fresh
	sed -i 's/PATCHLEVEL = 12/PATCHLEVEL = 13/' tree/Makefile
	refuses "is Linux 6.13.9" graft tree
}

# newer: the overlay has a series for 6.13, which takes a patch from that of 6.12,
# and has another one for fork.c
newer()
{
	fresh
	mkdir overlay/patches/6.13
	sed 's/hook_fork/newer_fork/' overlay/patches/6.12/fork.patch >overlay/patches/6.13/fork.patch
	printf '%s\n' fork.patch ../6.12/exit.patch >overlay/patches/6.13/series
	sed -i 's/PATCHLEVEL = 12/PATCHLEVEL = 13/' tree/Makefile
	state >before
}

takes_the_series_of_the_tree()
{
	newer
	graft tree
	[ "$(sed -n 501p tree/kernel/fork.c)" = 'newer_fork();' ]
	[ "$(sed -n 701p tree/kernel/exit.c)" = 'hook_exit();' ]
	graft --check tree
	graft --undo tree
	unchanged
}

refuses_a_patch_that_another_series_lacks()
{
	newer
	rm overlay/patches/6.12/exit.patch
	refuses "../6.12/exit.patch, which is missing" graft tree
}

refuses_what_is_no_kernel_tree()
{
	fresh
	rm tree/Kbuild
	refuses "not a kernel source tree" graft tree
}

refuses_a_missing_series()
{
	fresh
	rm overlay/patches/6.12/series
	refuses "series is missing" graft tree
}

refuses_fuzz()
{
	fresh
	# the outermost line of context, which fuzz would forgive
	sed -i 's/^exit 698$/something else/' tree/kernel/exit.c
	refuses "exit.patch does not apply exactly" graft tree
}

one_bad_patch_means_none()
{
	fresh
	sed -i 's/^exit 700$/something else/' tree/kernel/exit.c
	refuses "exit.patch does not apply exactly" graft tree
	fails grep -q hook tree/kernel/fork.c
}

accepts_a_small_offset_and_says_so()
{
	fresh
	sed -i 1,12d tree/kernel/fork.c
	graft tree 2>said
	grep -q 'fork.patch: up to 12 lines' said
	[ "$(sed -n 489p tree/kernel/fork.c)" = 'hook_fork();' ]
}

accepts_a_large_offset_to_the_only_place()
{
	fresh
	sed -i 1,300d tree/kernel/fork.c
	graft tree
	[ "$(sed -n 201p tree/kernel/fork.c)" = 'hook_fork();' ]
}

refuses_a_place_that_is_there_twice()
{
	fresh
	sed -n 490,510p tree/kernel/fork.c >twice
	cat twice >>tree/kernel/fork.c
	refuses "2 places look like line 498" graft tree
}

# functions LINE...: fork.c becomes what a program looks like, and the hook is made
# anew; its heading names the second function
functions()
{
	fresh
	sed -i -e 's/^/\t/' -e '400s/.*/void first(void)/' -e '450s/.*/void second(int n)/' \
		-e '480s/.*/out:/' "$@" tree/kernel/fork.c
	hook kernel/fork.c 500 fork
	sed -i '$d' overlay/patches/6.12/series
	sed -i '/^@@/s/$/ void second(int n)/' overlay/patches/6.12/fork.patch
}

refuses_another_function()
{
	functions
	graft tree
	graft --undo tree
	sed -i 's/^void second/void third/' tree/kernel/fork.c
	refuses 'not in "void second(int n)"' graft tree
}

# A patch that has a function's beginning among its lines says where it belongs.
accepts_another_function_before_its_own()
{
	functions -e '499s/.*/void third(void)/'
	sed -i 's/^void second/void fourth/' tree/kernel/fork.c
	graft tree
}

# variant: of the hook in exit.c, for trees that have another line behind it
variant()
{
	fresh
	sed 's/^ exit 701$/ something else/' overlay/patches/6.12/exit.patch \
		>overlay/patches/6.12/exit.older.patch
	sed -i 's/^exit.patch$/exit.patch exit.older.patch/' overlay/patches/6.12/series
}

older_tree()
{
	sed -i 's/^exit 701$/something else/' tree/kernel/exit.c
}

first_variant_is_taken_where_it_fits()
{
	variant
	graft tree 2>said
	[ "$(sed -n 701,702p tree/kernel/exit.c)" = $'hook_exit();\nexit 701' ]
	fails grep older said
}

other_variant_is_taken_where_that_fits()
{
	variant
	older_tree
	state >before
	graft tree 2>said
	grep -q 'exit.older.patch: in the place of exit.patch' said
	[ "$(sed -n 701,702p tree/kernel/exit.c)" = $'hook_exit();\nsomething else' ]
	graft --check tree
	graft --undo tree
	unchanged
}

refuses_where_no_variant_fits()
{
	variant
	sed -i 's/^exit 701$/another thing/' tree/kernel/exit.c
	refuses "nor does any of its variants: exit.older.patch" graft tree
}

refuses_where_two_variants_fit()
{
	variant
	cp overlay/patches/6.12/exit{,.older}.patch
	refuses "each of exit.patch exit.older.patch" graft tree
}

half_grafted_variant_without_a_record()
{
	variant
	older_tree
	patch -s -p1 -d tree <overlay/patches/6.12/exit.older.patch
	refuses "half-grafted" graft tree
}

refuses_a_patch_that_adds_a_file()
{
	fresh
	diff -u --label /dev/null --label b/new.c /dev/null <(echo) >overlay/patches/6.12/fork.patch || :
	refuses "only change existing" graft tree
}

half_grafted_files_without_a_record()
{
	fresh
	mkdir tree/kernel/kgraft
	cp overlay/kernel/kgraft/core.c tree/kernel/kgraft/
	refuses "half-grafted" graft tree
}

half_grafted_hook_without_a_record()
{
	fresh
	patch -s -p1 -d tree <overlay/patches/6.12/exit.patch
	refuses "half-grafted" graft tree
}

half_grafted_record_without_hooks()
{
	fresh
	cp tree/kernel/fork.c .
	graft tree
	cp fork.c tree/kernel/fork.c
	refuses "changed since it was grafted" graft tree
	graft --undo tree
}

half_grafted_record_without_a_file()
{
	fresh
	graft tree
	rm tree/kernel/kgraft/core.c
	refuses "changed since it was grafted" graft tree
	graft --undo tree
}

edits_are_not_overwritten()
{
	fresh
	graft tree
	echo edit >>tree/kernel/kgraft/core.c
	echo newer >>overlay/kernel/kgraft/core.c
	refuses "kernel/kgraft/core.c" graft tree
	refuses "kernel/kgraft/core.c" graft --undo tree
}

edits_in_a_hooked_file_are_not_overwritten()
{
	fresh
	graft tree
	sed -i '1i edit' tree/kernel/fork.c
	refuses "kernel/fork.c" graft tree
	refuses "kernel/fork.c" graft --undo tree
}

undo_without_a_graft_is_an_error()
{
	fresh
	refuses "nothing to undo" graft --undo tree
}

# interrupted N COMMAND...: killed before the Nth file is in its place
interrupted()
{
	local n=$1 status=0
	shift
	mkdir -p bin
	echo 0 >count
	cat >bin/mv <<-END
		#!/bin/bash
		read -r count <$dir/count
		echo \$((count + 1)) >$dir/count
		[ \$count -lt $n ] || { kill -KILL \$PPID; exit 1; }
		exec $(command -v mv) "\$@"
	END
	chmod +x bin/mv
	PATH=$dir/bin:$PATH "$@" 2>/dev/null || status=$?
	[ "$status" -eq 137 ]
}

# At every place there is, from the first file to the last.
interrupted_graft_is_noticed_and_undone()
{
	local n

	for n in 1 2 3 4; do
		fresh
		cp before pristine
		interrupted "$n" graft tree
		refuses "half-grafted" graft tree
		graft --undo tree
		cp pristine before
		unchanged
	done
}

interrupted_update_is_noticed_and_undone()
{
	local n

	for n in 1 2 3; do
		fresh
		cp before pristine
		graft tree
		echo more >>overlay/kernel/kgraft/core.c
		echo new >overlay/kernel/kgraft/new.c
		sed -i 's/hook_fork/better_fork/' overlay/patches/6.12/fork.patch
		interrupted "$n" graft tree
		refuses "half-grafted" graft tree
		graft --undo tree
		cp pristine before
		unchanged
	done
}

interrupted_undo_can_be_finished()
{
	fresh
	cp before pristine
	graft tree
	interrupted 2 graft --undo tree
	refuses "half-grafted" graft tree
	graft --undo tree
	cp pristine before
	unchanged
}

tests=(grafts_files_and_hooks second_time_writes_nothing second_time_applies_nothing
	notices_another_graft notices_modes
	writes_only_what_changed_in_the_overlay
	writes_only_what_changed_in_the_series dropped_patch_is_taken_back
	undo_restores_everything undo_after_an_update_restores_everything
	leaves_build_products_behind refuses_another_version
	takes_the_series_of_the_tree refuses_a_patch_that_another_series_lacks
	refuses_what_is_no_kernel_tree refuses_a_missing_series refuses_fuzz
	one_bad_patch_means_none accepts_a_small_offset_and_says_so
	accepts_a_large_offset_to_the_only_place
	refuses_a_place_that_is_there_twice refuses_another_function
	accepts_another_function_before_its_own
	first_variant_is_taken_where_it_fits
	other_variant_is_taken_where_that_fits refuses_where_no_variant_fits
	refuses_where_two_variants_fit half_grafted_variant_without_a_record
	refuses_a_patch_that_adds_a_file
	half_grafted_files_without_a_record half_grafted_hook_without_a_record
	half_grafted_record_without_hooks half_grafted_record_without_a_file
	edits_are_not_overwritten edits_in_a_hooked_file_are_not_overwritten
	undo_without_a_graft_is_an_error interrupted_graft_is_noticed_and_undone
	interrupted_update_is_noticed_and_undone interrupted_undo_can_be_finished)
ktap_plan ${#tests[@]}
for test in "${tests[@]}"; do
	ktap_case "${test//_/ }" "$test"
done
ktap_exit
