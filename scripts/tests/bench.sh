#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The bench: judges what it is told to, and runs. The latter needs a kernel.

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/ktap.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

report=$TOP/scripts/bench.d/report

# sample NAME UNIT WHO VALUE...: as measured, a line for each value
sample()
{
	local value

	for value in "${@:4}"; do
		printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$value"
	done
}

# figure NAME FIELD: of bench.json
figure()
{
	python3 -c '
import json, sys
for f in json.load(open(sys.argv[1] + "/bench.json")):
    if f["name"] == sys.argv[2]:
        print(json.dumps(f[sys.argv[3]]))
' "$dir" "$@"
}

# is NAME FIELD VALUE
is()
{
	local got

	got=$(figure "$1" "$2")
	[ "$got" = "$3" ] || { echo "$1: $2 is $got, not $3"; return 1; }
}

# judge: what stdin says was measured
judge()
{
	rm -f "$dir"/*.*
	cat >"$dir/x.tsv"
	"$report" "$dir" >"$dir/said"
}

medians_and_ratio()
{
	{
		sample apply.idle ms kgraft 10 50 20
		sample apply.idle ms livepatch 1000 900 1100
	} | judge
	is apply.idle kgraft 20.0
	is apply.idle livepatch 1000.0
	is apply.idle livepatch_max 1100.0
	# Of times, livepatch's fastest counts; of all else, the median.
	is apply.idle against '"fastest"'
	is apply.idle ratio 0.022222
	grep -q '| 20 | 900 / 1,000 / 1,100 | 1/45.0 |' "$dir/bench.md"
	{
		sample work.apply.0 instructions kgraft 1000
		sample work.apply.0 instructions livepatch 1000 2000 3000
	} | judge
	is work.apply.0 ratio 0.5
	is work.apply.0 against '"median"'
	# The inverse of a small ratio is as precise as the ratio of others.
	{
		sample apply.inside ms kgraft 21.9
		sample apply.inside ms livepatch 16308
		sample late.apply.50000 us kgraft 22.9
		sample late.apply.50000 us livepatch 154147
	} | judge
	grep -q '| 21.9 | 16,308 / 16,308 / 16,308 | 1/745 |' "$dir/bench.md"
	grep -q '| 22.9 | 154,147 | 1/6,731 |' "$dir/bench.md"
	{
		sample apply.idle ms kgraft 10 50 20
		sample apply.idle ms livepatch 1000 900 1100
	} | judge
	is apply.idle min 10.0
	is apply.idle max 50.0
	is apply.idle runs 3
}

goals_are_judged()
{
	{
		sample apply.idle ms kgraft 50
		sample apply.idle ms livepatch 1000
		sample apply.1000 ms kgraft 251
		sample apply.1000 ms livepatch 2000 1000
		sample memory.task bytes kgraft 5
		sample memory.task bytes livepatch 4
		sample apply.functions.1 ms kgraft 5
	} | judge
	is apply.idle met true
	is apply.1000 met false
	is memory.task met false
	is apply.functions.1 met null
	grep -q '^met .*idle machine' "$dir/said"
	grep -q '^NOT MET .*1,000 sleepers' "$dir/said"
}

# What a call costs is more than it costs otherwise. Each has its limit.
calls_are_compared()
{
	{
		sample call.unpatched instructions none 7.005
		sample call.settled instructions kgraft 9.005
		sample call.settled instructions livepatch 87.005
		sample call.after instructions kgraft 59.005
		sample call.handler instructions kgraft 59.005
		sample call.handler instructions livepatch 87.005
		sample call.transition.new instructions kgraft 69.005
		sample call.transition.old instructions kgraft 69.105
		sample syscall.read instructions none 293.001
		sample syscall.read instructions kgraft 293.004
		sample syscall.read instructions livepatch 294
		sample without.read instructions none 292
		sample syscall.signal instructions none 3002
		sample without.signal instructions none 3000
	} | judge
	is call.settled kgraft 2.0
	is call.settled ratio 0.025
	is call.settled met true
	is call.after met false
	is call.handler kgraft 52.0
	is call.handler ratio 0.65
	is call.handler met true
	is call.transition.new met true
	is call.transition.old met false
	is syscall.read met true
	is syscall.read livepatch 1.0
	is without.read kgraft 1.0
	is without.read met false
	is without.signal kgraft 2.0
	is without.signal met null
}

a_line_is_found()
{
	{
		sample work.apply.0 instructions kgraft 1000
		sample work.apply.100 instructions kgraft 6000
		sample work.apply.1000 instructions kgraft 51000
	} | judge
	is each.wake kgraft 50.0
}

noise_is_said()
{
	{
		sample apply.idle ms kgraft 10 10 10 10 99
		sample apply.1000 ms kgraft 10 20 30 40 50
		sample call.unpatched instructions none 7
		sample call.settled instructions kgraft 107 107 107
		sample call.bare instructions none 106 107 110
	} | judge
	is apply.idle noisy false
	is apply.1000 noisy true
	is call.settled noisy false
	is call.bare noisy true
	{
		sample apply.idle ms kgraft 10 10 10
		sample call.unpatched instructions none 7
		sample call.settled instructions kgraft 107 107 107
		sample calibration ms none 10 10 15
	} | judge
	is apply.idle noisy true
	is call.settled noisy false
	grep -q 'too busy' "$dir/said"
	{
		sample apply.idle ms kgraft 10
		sample calibration ms none 10 10 11
	} | judge
	fails grep -q 'too busy' "$dir/said"
}

# With jumps and without: one line each, with the number of functions
jumps_are_shown()
{
	{
		sample settle.apply.1000 ms kgraft 700 600 800
		sample settle.apply.without.1000 ms kgraft 710
		sample settle.jump.1000 ms kgraft 250
		sample settle.begin.1000 ms kgraft 160
	} | judge
	is settle.apply.1000 kgraft 700.0
	is settle.apply.without.1000 kgraft 710.0
	is settle.begin.1000 livepatch null
	grep -q '^| 1,000 functions, with jumps: from there until all of them jump | 250 |' \
		"$dir/bench.md"
	grep -q '^| 1,000 functions, without: apply, until it is complete | 710 |' "$dir/bench.md"
}

# Without the measurements
tables_are_made_again()
{
	{
		sample apply.idle ms kgraft 10 50 20
		sample apply.idle ms livepatch 1000 900 1100
		sample call.unpatched instructions none 7
		sample call.settled instructions kgraft 9
		sample call.settled instructions livepatch 87
	} | judge
	mkdir -p "$dir/again"
	cp "$dir/bench.json" "$dir/again/"
	"$report" --tables "$dir/again"
	cmp "$dir/bench.md" "$dir/again/bench.md"
	cmp "$dir/main.md" "$dir/again/main.md"
	rm -r "$dir/again"
}

nonsense_is_refused()
{
	fails judge </dev/null
	fails judge < <(sample apply.idle miles kgraft 1)
	fails judge < <(echo "not a sample")
}

plots_are_made()
{
	command -v gnuplot >/dev/null || return 4
	{
		for nr in 100 1000 10000; do
			sample "work.apply.$nr" instructions kgraft $((nr * 100))
			sample "work.apply.$nr" instructions livepatch $((nr * 50))
		done
	} | judge
	grep -q '<svg' "$dir/tasks.svg"
	[ ! -e "$dir/times.svg" ]
}

it_runs()
{
	[ -f "$BUILD/base/vmlinux" ] || return 4
	"$TOP/scripts/bench" --quick
	python3 -c '
import json, sys
figures = {f["name"]: f for f in json.load(open(sys.argv[1]))}
for name in ("apply.idle", "revert.idle", "apply.100", "call.settled", "call.second.1",
             "work.apply.0", "memory.task"):
    f = figures[name]
    assert f["kgraft"] > 0 and f["livepatch"] > 0 and f["ratio"] > 0, f
# These are counted, and so hardly depend on the host: less than an instruction for each
# call.
for name in ("getppid", "read", "poll", "futex", "signal"):
    assert abs(figures["syscall." + name]["kgraft"]) < 0.5, figures["syscall." + name]
assert figures["settle.jump.1"]["kgraft"] > 0, figures["settle.jump.1"]
assert figures["call.settled"]["kgraft"] <= 2, figures["call.settled"]
assert figures["call.after"]["kgraft"] <= 2, figures["call.after"]
' "$BUILD/bench-quick/bench.json"
}

ktap_plan 10
ktap_case 'medians and their ratio' medians_and_ratio
ktap_case 'goals are judged' goals_are_judged
ktap_case 'calls are compared with those of nothing' calls_are_compared
ktap_case 'work for each task is found' a_line_is_found
ktap_case 'functions that jump are shown' jumps_are_shown
ktap_case 'noise is said' noise_is_said
ktap_case 'tables are made again' tables_are_made_again
ktap_case 'nonsense is refused' nonsense_is_refused
ktap_case 'plots are made' plots_are_made
ktap_case 'it runs' it_runs
ktap_exit
