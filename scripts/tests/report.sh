#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of scripts/report: whatever went wrong in a test run must show.

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/ktap.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# judge STATUS LAST-LINE, KTAP on stdin
judge()
{
	local status=0 last

	"$TOP/scripts/report" --output "$dir/report" >"$dir/out" || status=$?
	last=$(tail -n 1 "$dir/out")
	cat "$dir/out"
	[ "$status" -eq "$1" ] || { echo "exit status $status, not $1"; return 1; }
	[ "$last" = "$2" ] || { echo "wanted: $2"; return 1; }
	cmp "$dir/out" "$dir/report"
}

all_passed()
{
	judge 0 "2 passed, 0 failed, 0 skipped" <<-'END'
		TAP version 13
		1..2
		ok 1 one
		ok 2 two
	END
}

failed_test_with_its_words()
{
	judge 1 "1 passed, 1 failed, 0 skipped" <<-'END'
		TAP version 13
		1..2
		ok 1 one
		# expected 1, got 2
		not ok 2 two
	END
	grep -q '^FAILED: two' "$dir/out"
	grep -q 'expected 1, got 2' "$dir/out"
}

kselftest_subtests_count_not_their_files()
{
	judge 1 "3 passed, 1 failed, 1 skipped" <<-'END'
		TAP version 13
		1..3
		# timeout set to 45
		# selftests: kgraft: a
		# TAP version 13
		# 1..3
		# ok 1 one
		# # why
		# not ok 2 two
		# ok 3 three # SKIP not here
		# # Totals: pass:1 fail:1 skip:1
		not ok 1 selftests: kgraft: a # exit=1
		# selftests: kgraft: b
		# no subtests
		ok 2 selftests: kgraft: b
		# selftests: kgraft: c
		# 1..1
		# ok 1 four
		ok 3 selftests: kgraft: c
	END
	grep -q '^selftests: kgraft: a  *1 passed, 1 failed, 1 skipped' "$dir/out"
}

kunit_subtests_by_indentation()
{
	judge 1 "2 passed, 1 failed, 0 skipped" <<-'END'
		KTAP version 1
		1..1
		    KTAP version 1
		    # Subtest: kgraft
		    1..2
		        KTAP version 1
		        # Subtest: wrap
		        1..2
		        ok 1 low
		        # wrap: EXPECTATION FAILED at foo.c:1
		        not ok 2 high
		    not ok 1 wrap
		    ok 2 order
		# kgraft: pass:1 fail:1 skip:0 total:2
		not ok 1 kgraft
	END
}

file_that_fails_alone()
{
	judge 1 "1 passed, 1 failed, 0 skipped" <<-'END'
		1..1
		# 1..1
		# ok 1 one
		not ok 1 selftests: kgraft: a # exit=139
	END
}

truncated_subtests()
{
	judge 1 "1 passed, 2 failed, 0 skipped" <<-'END'
		1..1
		# 1..3
		# ok 1 one
		not ok 1 selftests: kgraft: a # TIMEOUT 45 seconds
	END
	grep -q 'kgraft: a' "$dir/out"
}

truncated_stream()
{
	judge 1 "1 passed, 3 failed, 0 skipped" <<-'END'
		TAP version 13
		1..2
		# TAP version 13
		# 1..2
		# ok 1 one
	END
}

truncated_before_the_plan()
{
	judge 1 "1 passed, 1 failed, 0 skipped" <<-'END'
		TAP version 13
		ok 1 one
	END
}

more_than_planned()
{
	judge 1 "2 passed, 1 failed, 0 skipped" <<-'END'
		1..1
		ok 1 one
		ok 2 two
	END
}

bail_out()
{
	judge 1 "1 passed, 2 failed, 0 skipped" <<-'END'
		1..2
		ok 1 one
		Bail out! no memory
	END
}

skipped_file()
{
	judge 0 "1 passed, 0 failed, 1 skipped" <<-'END'
		1..2
		ok 1 one
		# 1..0 # SKIP not root
		ok 2 two # SKIP
	END
}

several_streams()
{
	printf '1..1\nok 1 one\n' >"$dir/a"
	printf '1..1\nnot ok 1 two\n' >"$dir/b"
	fails "$TOP/scripts/report" --output "$dir/report" "$dir/a" "$dir/b" >"$dir/out"
	[ "$(tail -n 1 "$dir/out")" = "1 passed, 1 failed, 0 skipped" ]
}

# What scripts/test leaves. $1 becomes of the guest's stage, the selftests come from
# stdin.
test_run()
{
	cat >"$dir/selftests"
	cat >"$dir/stages" <<-END
		# flavour: debug
		KTAP version 1
		1..3
		ok 1 kernel builds
		ok 2 selftests build
		# | vm: the guest said this
		$1 3 guest ran to its end
	END
}

# judge_run STATUS LAST-LINE [WORDS...]
judge_run()
{
	local status=0
	"$TOP/scripts/report" --output "$dir/report" "$dir/stages" "$dir/selftests" >"$dir/out" || status=$?
	cat "$dir/out"
	[ "$status" -eq "$1" ] || { echo "exit status $status, not $1"; return 1; }
	[ "$(tail -n 1 "$dir/out")" = "$2" ]
	shift 2
	for words; do
		grep -qE -- "$words" "$dir/out"
	done
}

good_run()
{
	test_run ok <<-'END'
		# flavour: debug
		TAP version 13
		1..1
		# 1..2
		# ok 1 one
		# ok 2 two
		ok 1 selftests: kgraft: a
	END
	judge_run 0 "5 passed, 0 failed, 0 skipped" '^debug: kernel builds  *1 passed' \
		'^debug: selftests: kgraft: a  *2 passed'
}

splat_after_the_last_test()
{
	test_run 'not ok' <<-'END'
		# flavour: debug
		TAP version 13
		1..1
		# 1..1
		# ok 1 one
		ok 1 selftests: kgraft: a
	END
	judge_run 1 "3 passed, 1 failed, 0 skipped" '^FAILED: debug: guest ran to its end' 'vm: the guest said this'
}

guest_that_dies_in_the_middle()
{
	test_run 'not ok' <<-'END'
		# flavour: debug
		TAP version 13
		1..3
		# 1..2
		# ok 1 one
		# ok 2 two
		ok 1 selftests: kgraft: a
		# 1..2
		# ok 1 three
	END
	judge_run 1 "5 passed, 4 failed, 0 skipped" '^FAILED: debug: guest ran to its end' \
		'^FAILED: debug: selftests \(2 of 3 planned'
}

guest_that_never_began()
{
	test_run 'not ok' <<-'END'
		# flavour: debug
	END
	judge_run 1 "2 passed, 2 failed, 0 skipped" '^FAILED: debug: guest ran to its end' \
		'^FAILED: debug: selftests \(no results'
}

# Its stage knows of nothing: it ran, and ended well.
guest_without_results()
{
	test_run ok <<-'END'
		# flavour: debug
		bash: run_kselftest.sh: not found
	END
	judge_run 1 "3 passed, 1 failed, 0 skipped" '^FAILED: debug: selftests \(no results'
}

kernel_that_does_not_build()
{
	printf '%s\n' '# flavour: debug' 'KTAP version 1' 1..3 'not ok 1 kernel builds' |
		judge 1 "0 passed, 3 failed, 0 skipped"
	grep -q '^FAILED: debug: stdin (2 of 3 planned' "$dir/out"
}

# The same test with two kernels is two tests.
flavours_are_told_apart()
{
	local f

	for f in base debug; do
		printf '%s\n' "# flavour: $f" 1..1 'ok 1 one' >"$dir/$f"
	done
	sed -i 's/^ok/not ok/' "$dir/debug"
	fails "$TOP/scripts/report" --output "$dir/report" "$dir/base" "$dir/debug" >"$dir/out"
	grep -q '^FAILED: debug: one' "$dir/out"
	grep -q '^base: one  *1 passed' "$dir/out"
	grep -q '^debug: one  *0 passed, 1 failed' "$dir/out"
}

# A test can't rename the kernel it runs on, nor one of its own.
flavour_is_said_at_the_top_only()
{
	judge 0 "2 passed, 0 failed, 0 skipped" <<-'END'
		1..2
		# flavour: debug
		ok 1 one
		# # flavour: debug
		ok 2 two
	END
	fails grep debug "$dir/out"
}

flood_is_cut()
{
	{ echo 1..1; seq -f '# line %g' 100000; echo 'not ok 1 one'; } |
		judge 1 "0 passed, 1 failed, 0 skipped" >/dev/null
	[ "$(wc -l <"$dir/out")" -lt 50 ]
	grep -q 'line 100000' "$dir/out"
}

# Whoever sees only the end must know what failed.
failures_are_named_at_the_end()
{
	{ echo 1..21; seq 21 | sed 's/.*/not ok & test-&/'; } |
		judge 1 "0 passed, 21 failed, 0 skipped" >/dev/null
	tail -n 22 "$dir/out" >"$dir/end"
	[ "$(head -n 1 "$dir/end")" = "failed: test-1" ]
	[ "$(sed -n 20p "$dir/end")" = "failed: test-20" ]
	[ "$(sed -n 21p "$dir/end")" = "failed: and 1 more, all above" ]
	{ echo 1..2; echo "ok 1 one"; } |
		judge 1 "1 passed, 1 failed, 0 skipped" >/dev/null
	grep -qx 'failed: stdin (1 of 2 planned tests did not run)' "$dir/out"
}

missing_file()
{
	fails "$TOP/scripts/report" --output "$dir/report" "$dir/none" >"$dir/out"
	[ "$(tail -n 1 "$dir/out")" = "0 passed, 1 failed, 0 skipped" ]
}

nothing()
{
	judge 1 "0 passed, 1 failed, 0 skipped" </dev/null
}

only_skipped()
{
	judge 1 "0 passed, 0 failed, 1 skipped" <<-'END'
		1..1
		ok 1 one # SKIP
	END
}

only_noise()
{
	printf 'bash: run_kselftest.sh: not found\n\377\n' |
		judge 1 "0 passed, 1 failed, 0 skipped"
}

tests=(all_passed failed_test_with_its_words kselftest_subtests_count_not_their_files
	kunit_subtests_by_indentation file_that_fails_alone truncated_subtests
	truncated_stream truncated_before_the_plan more_than_planned bail_out
	skipped_file several_streams good_run splat_after_the_last_test
	guest_that_dies_in_the_middle guest_that_never_began guest_without_results
	kernel_that_does_not_build flavours_are_told_apart
	flavour_is_said_at_the_top_only flood_is_cut
	failures_are_named_at_the_end missing_file nothing
	only_skipped only_noise)
ktap_plan ${#tests[@]}
for test in "${tests[@]}"; do
	ktap_case "${test//_/ }" "$test"
done
ktap_exit
