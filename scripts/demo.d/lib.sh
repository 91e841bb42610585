# SPDX-License-Identifier: GPL-2.0
# For scripts/demo.d/guest: what is shown, how it is checked, and how the
# kernel is asked. Sourced, never run.
#
# shellcheck shell=bash

kgr=/sys/kernel/kgraft
trace=/sys/kernel/tracing/instances/demo

# Colors, and time to read
bold='' dim='' old='' new='' newer='' plain=''
if [ -n "${DEMO_COLOR:-}" ]; then
	bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
	old=$'\e[33m' new=$'\e[32m' newer=$'\e[36m'
fi

# --- what is shown ---

scenes=0
scene()
{
	scenes=$((scenes + 1))
	[ -z "${DEMO_PACE:-}" ] || pause_ms "$DEMO_PACE"
	printf '\n%s%d. %s%s\n' "$bold" "$scenes" "$1" "$plain"
}

say()
{
	printf '   %s\n' "$*"
}

# What the kernel itself said, cut to the width of the screen.
quote()
{
	local line

	for line; do
		[ ${#line} -le 110 ] || line=${line::107}...
		printf '     %s%s%s\n' "$dim" "$line" "$plain"
	done
}

# answer WHO ORIGIN VERSION CMDLINE: one row, of one process
answer()
{
	local color=$plain

	case $2 in
	original) color=$old ;;
	demo_one) color=$new ;;
	demo_two) color=$newer ;;
	esac
	printf '     %-17s %s%-37.37s %.38s%s\n' "$1" "$color" "$3" "$4" "$plain"
}

# --- how it is checked ---

# After any failure the demo does not continue.
fail()
{
	trap - ERR
	printf '\n%sNOT AS EXPECTED:%s %s\n' "$bold" "$plain" "$1"
	shift
	[ $# -eq 0 ] || quote "$@"
	printf '   The kernel at that moment: universe %s, horizon %s, remaining %s\n' \
		"$(<$kgr/universe)" "$(<$kgr/horizon)" "$(<$kgr/remaining)"
	lagging
	quote "have yet to cross: ${laggards:-no task}"
	dmesg | grep 'kgraft: ' | tail -n 3 | sed 's/^/     /' || :
	exit 1
}

# shellcheck disable=SC2034 # used by scripts that source this
nl=$'\n'
checks=0
# expect WHAT SEEN WANTED
expect()
{
	checks=$((checks + 1))
	[ "$2" = "$3" ] || fail "$1" "seen: $2" "expected: $3"
}

# expect_more WHAT SEEN THAN
expect_more()
{
	checks=$((checks + 1))
	[ "$2" -gt "$3" ] || fail "$1" "seen: $2" "expected: more than $3"
}

# pause_ms MS: as sleep(1), which would be one more process.
exec {never}<> <(:)
pause_ms()
{
	read -r -t "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))" -u "$never" || :
}

# wait_for WHAT SECONDS COMMAND...: until it succeeds
wait_for()
{
	local what=$1 end=$((SECONDS + $2 + 1))

	shift 2
	checks=$((checks + 1))
	until "$@"; do
		[ $SECONDS -le $end ] || fail "$what: it did not happen in time"
		pause_ms 20
	done
}

# --- how the kernel is asked ---

# has FILE VALUE: for wait_for
has()
{
	local value

	read -r value <"$1" && [ "$value" = "$2" ]
}

# lagging: sets laggards, to "NAME(PID) ..." of tasks that have yet to cross.
lagging()
{
	local file lags name

	laggards=
	for file in /proc/[0-9]*/kgr_in_progress; do
		# Processes come and go.
		{ read -r lags <"$file"; } 2>/dev/null || continue
		[ "$lags" != 0 ] || continue
		{ read -r name <"${file%/*}/comm"; } 2>/dev/null || continue
		file=${file%/*}
		laggards+="${laggards:+ }$name(${file##*/})"
	done
}

# traced PATTERN: sets events, to what the kernel traced that matches, each
# without its time. (With sed it would take half a second, under emulation.)
traced()
{
	local line lines

	events=()
	mapfile -t lines <"$trace/trace"
	for line in "${lines[@]}"; do
		# shellcheck disable=SC2053 # a pattern
		[[ $line != $1 ]] || events+=("${line#*: *: }")
	done
}

# crossing PID UNIVERSE: sets crossed, to how the kernel traced it
crossing()
{
	traced "* kgr_task_cross: * pid=$1 from=* to=$2 way=*"
	# shellcheck disable=SC2034 # used by scripts that source this
	crossed=${events[*]}
}

# took PATCH apply|revert: sets ms, from the beginning of that change to its end
took()
{
	local revert=0

	[[ $2 == apply ]] || revert=1
	traced "* kgr_change_complete: patch=$1 revert=$revert *"
	ms=${events[0]##*usecs=}
	ms=$(((ms + 500) / 1000))
}

# fall FILE UNIVERSE: what our watch saw, as bars. Time begins when the kernel
# says that the change did. The first number, then the last of every 10 ms.
fall()
{
	awk -v universe="universe=$2" '
		FILENAME == ARGV[1] {
			if (/kgr_change_begin: / && $NF == universe) {
				match($0, /[0-9]+\.[0-9]+: kgr_change_begin/)
				begin = substr($0, RSTART) + 0
			}
			next
		}
		$2 > 0 {
			ms = ($1 - begin) * 1000
			row = int(ms / 10)
			if (rows < 2 || row > last) {
				rows++
				last = row
			}
			time[rows] = ms
			left[rows] = $2
			if ($2 > most)
				most = $2
		}
		END {
			for (i = 1; i <= rows; i++) {
				bar = sprintf("%*s", int(left[i] * 60 / most + 0.9), "")
				gsub(/ /, "#", bar)
				printf "     after %5.1f ms %4d %s\n", time[i], left[i], bar
			}
		}' "$trace/trace" "$1"
}

# One row for each change: how many tasks crossed into its universe by which way, and
# how long it took, as the kernel traced it.
ways()
{
	awk -v ways="exit sleep loop idle stack" '
		# NAME=VALUE in the line: VALUE
		function field(name,	i) {
			for (i = 1; i <= NF; i++)
				if (index($i, name "=") == 1)
					return substr($i, length(name) + 2)
		}
		function row(what, took,	i, cell) {
			printf "     %-22s", what
			for (i = 1; i <= nr; i++) {
				cell = what == "change" ? way[i] : crossed[what, way[i]] + 0
				printf " %7s", cell
			}
			printf " %13s\n", took
		}
		BEGIN {
			nr = split(ways, way)
			row("change", "complete in")
		}
		/kgr_change_begin: / {
			u = field("universe")
			what = field("revert") == 1 ? "revert" : "apply"
			change[u] = u ": " what " " field("patch")
		}
		/kgr_task_cross: / {
			crossed[change[field("to")], field("way")]++
		}
		/kgr_change_complete: / {
			ms = int(field("usecs") / 1000 + 0.5)
			complete[field("universe")] = ms " ms"
		}
		END {
			for (i = 1; i in change; i++)
				row(change[i], complete[i])
		}' "$trace/trace"
}
