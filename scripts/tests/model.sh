#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of scripts/model: a model that passes for the wrong reason, and a mutant
# that is not caught, must be reported.

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/ktap.sh"

# Without Spin there is nothing to run it with.
command -v spin >/dev/null || exit 4

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

cp "$TOP/models/kgr.h" "$dir/"
cat >"$dir/toy.pml" <<'EOT'
#include "kgr.h"

byte n;
#ifdef M_DOES_NOT_COMPILE
bite m;
#endif

active proctype one()
{
#ifdef M_ASSERTS_OTHERWISE
	CHECK(reported, false);
#endif
#ifdef M_NEVER_THERE
	if
	:: n == 7 -> n++
	:: n != 7
	fi;
#endif
#ifdef M_LARGE
	n = 2;
#endif
#ifndef M_HARMLESS
	skip;
#endif
	n = (n == 2 -> 2 : 1);
	CHECK(never_back, n == 1)
#ifdef V_HARMFUL
	;assert(n == 2)
#endif
}
EOT

# verdict RESULT SAYING, a line of the table on stdin: "ok" or "not ok", and why
verdict()
{
	local status=0

	cat >"$dir/table"
	"$TOP/scripts/model" --models "$dir" --jobs 1 >"$dir/ktap" 2>"$dir/progress" || status=$?
	cat "$dir/ktap"
	grep -q "^$1 1 " "$dir/ktap"
	grep -qF -- "$2" "$dir/ktap"
	case $1 in
	ok) [ "$status" -eq 0 ] ;;
	*) [ "$status" -eq 1 ] ;;
	esac
}

model_that_passes()
{
	verdict ok "model toy" <<<'model | toy | - | - | -'
}

mutant_that_is_caught()
{
	verdict ok "mutant toy M_LARGE" <<<'mutant | toy | M_LARGE | never_back | -'
}

mutant_that_survives()
{
	verdict "not ok" "not caught by never_back" <<<'mutant | toy | M_HARMLESS | never_back | -'
}

mutant_that_breaks_something_else()
{
	verdict "not ok" "not caught by never_back" \
		<<<'mutant | toy | M_ASSERTS_OTHERWISE | never_back | -'
}

mutant_that_does_not_compile()
{
	verdict "not ok" "syntax error" <<<'mutant | toy | M_DOES_NOT_COMPILE | never_back | -'
}

mutant_that_does_not_exist()
{
	verdict "not ok" "toy.pml has no M_SPELT_WRONG" \
		<<<'mutant | toy | M_SPELT_WRONG | never_back | -'
}

property_that_does_not_exist()
{
	verdict "not ok" "never_ever: no such property" <<<'mutant | toy | M_LARGE | never_ever | -'
}

model_that_fails()
{
	verdict "not ok" "assertion violated" <<<'model | toy | M_LARGE | - | -'
}

variant_that_fails()
{
	verdict "not ok" "assertion violated" <<<'variant | toy | V_HARMFUL | - | -'
}

model_with_what_never_happens()
{
	verdict "not ok" "never reached:" <<<'model | toy | M_NEVER_THERE | - | -'
}

cycle_that_is_not_there()
{
	verdict "not ok" "no cycle without progress found" <<<'cycle-mutant | toy | M_HARMLESS | - | -'
}

# The second mutant of a property would fail: it is not caught.
few_of_them()
{
	local status=0

	cat >"$dir/table" <<-'END'
		model | toy | - | - | -
		mutant | toy | M_LARGE | never_back | -
		mutant | toy | M_HARMLESS | never_back | -
		mutant | toy | M_ASSERTS_OTHERWISE | reported | -
		variant | toy | V_HARMFUL | - | -
	END
	"$TOP/scripts/model" --few --models "$dir" --jobs 1 >"$dir/ktap" 2>"$dir/progress" || status=$?
	cat "$dir/ktap"
	[ "$status" -eq 0 ] && grep -qx '1..3' "$dir/ktap" && grep -q '^ok 3 .*M_ASSERTS' "$dir/ktap"
}

model_that_is_not_there()
{
	verdict "not ok" "gone.pml" <<<'model | gone | - | - | -'
}

# litmus RESULT SAYING HERD7: of a test whose result is to be "Never"
litmus()
{
	local status=0

	HERD7=$3 "$TOP/scripts/model" --litmus --models "$dir" >"$dir/ktap" 2>"$dir/progress" || status=$?
	cat "$dir/ktap"
	grep -qx "$1" "$dir/ktap"
	grep -qF -- "$2" "$dir/ktap"
	case $1 in
	ok*) [ "$status" -eq 0 ] ;;
	*) [ "$status" -eq 1 ] ;;
	esac
}

# herd7_says OBSERVATION: a command that says so of any test
herd7_says()
{
	printf '%s\n' '#!/bin/sh' "echo 'Observation toy $1 0 3'" >"$dir/herd7"
	chmod +x "$dir/herd7"
}

make_litmus()
{
	mkdir -p "$dir/litmus"
	cat >"$dir/litmus/toy.litmus" <<-'END'
		C toy

		(*
		 * Result: Never
		 *)

		{}

		P0(int *x)
		{
			int r0;

			r0 = READ_ONCE(*x);
		}

		P1(int *x)
		{
			WRITE_ONCE(*x, 1);
		}

		exists (0:r0=2)
	END
}

litmus_test_that_passes()
{
	make_litmus
	herd7_says Never
	litmus "ok 1 litmus toy" "" "$dir/herd7"
}

litmus_test_that_fails()
{
	make_litmus
	herd7_says Sometimes
	litmus "not ok 1 litmus toy" "expected Never, herd7 says Sometimes" "$dir/herd7"
}

litmus_test_that_is_not_run()
{
	make_litmus
	litmus "ok 1 litmus toy # SKIP" "not run" "$dir/no-herd7"
	"$TOP/scripts/report" --output "$dir/report" "$dir/ktap" >/dev/null || :
	grep -x "0 passed, 0 failed, 1 skipped" "$dir/report"
}

malformed_litmus_test_that_is_not_run()
{
	make_litmus
	sed -i '/^exists/d' "$dir/litmus/toy.litmus"
	litmus "not ok 1 litmus toy" "no exists clause" "$dir/no-herd7"
}

cases=(
	model_that_passes
	mutant_that_is_caught
	mutant_that_survives
	mutant_that_breaks_something_else
	mutant_that_does_not_compile
	mutant_that_does_not_exist
	property_that_does_not_exist
	model_that_fails
	variant_that_fails
	model_with_what_never_happens
	cycle_that_is_not_there
	few_of_them
	model_that_is_not_there
	litmus_test_that_passes
	litmus_test_that_fails
	litmus_test_that_is_not_run
	malformed_litmus_test_that_is_not_run
)
ktap_plan ${#cases[@]}
for case in "${cases[@]}"; do
	ktap_case "${case//_/ }" "$case"
done
ktap_exit
