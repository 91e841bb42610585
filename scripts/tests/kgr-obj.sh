#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# kgr-obj: small files, each compiled twice, by gcc and by clang, with PATCHED
# defined and without. What kgr-obj must say of the two is in their lines
# "expect:".

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/ktap.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$TOP/scripts/kgr-build"
flags=(
	-c -O2 -w -pg -mfentry -fno-pic -mcmodel=kernel -mno-red-zone -fno-asynchronous-unwind-tables
	-fcf-protection=branch -fno-stack-protector -ffunction-sections -fdata-sections
)
# As in Linux 6.12. The tests bring the entries that they have.
sizes=(--size __bug_table=12 --size bug_line=8)

# says COMPILER FILE
says()
{
	local words status=0

	"$1" "${flags[@]}" -o "$dir/a.o" "$2"
	"$1" "${flags[@]}" -DPATCHED -o "$dir/b.o" "$2"
	"$BUILD/kgr-build/kgr-obj" "${sizes[@]}" diff "$dir/a.o" "$dir/b.o" >"$dir/said" 2>&1 || status=$?
	if [ "$status" -ne 0 ] && [ "$status" -ne 4 ]; then
		cat "$dir/said"
		return 1
	fi
	sed -n 's,^// expect: ,,p' "$2" >"$dir/expected"
	[ -s "$dir/expected" ]
	while read -r words; do
		grep -qE -- "^$words([: ]|\$)" "$dir/said" && continue
		cat "$dir/said"
		echo "nothing of: $words"
		return 1
	done <"$dir/expected"
}

# An object that is cut off or changed anywhere is refused or understood; it must
# not bring kgr-obj down, nor have it read or write where it must not.
broken_objects()
{
	local i size status seed=1

	"$TOP/scripts/kgr-build" --sanitize
	gcc "${flags[@]}" -o "$dir/a.o" "$TOP/tools/kgraft/build/tests/objects/statics.c"
	size=$(stat -c %s "$dir/a.o")
	for i in {1..150}; do
		cp "$dir/a.o" "$dir/b.o"
		seed=$(((seed * 1103515245 + 12345) % 2147483648))
		if [ $((i % 5)) -eq 0 ]; then
			truncate -s $((seed % size)) "$dir/b.o"
		else
			printf '%b' "\\x$(printf %02x $((seed / 65536 % 256)))" |
				dd of="$dir/b.o" bs=1 seek=$((seed % size)) conv=notrunc 2>/dev/null
		fi
		status=0
		ASAN_OPTIONS=exitcode=125:detect_leaks=0 UBSAN_OPTIONS=exitcode=125 \
			timeout 10 "$BUILD/kgr-build-sanitize/kgr-obj" "${sizes[@]}" diff "$dir/a.o" "$dir/b.o" \
			>"$dir/said" 2>&1 || status=$?
		[ "$status" -lt 124 ] || { cat "$dir/said"; echo "number $i: exit status $status"; return 1; }
	done
}

tests=("$TOP"/tools/kgraft/build/tests/objects/*.c)
compilers=(gcc clang)
ktap_plan $((${#tests[@]} * ${#compilers[@]} + 1))
for compiler in "${compilers[@]}"; do
	for file in "${tests[@]}"; do
		ktap_case "$compiler: $(basename "$file" .c)" says "$compiler" "$file"
	done
done
ktap_case "objects that are broken" broken_objects
ktap_exit
