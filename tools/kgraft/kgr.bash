# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of kgr for bash. Commands and options are those that kgr itself
# lists, patches and threads those that there are now.
#
# shellcheck shell=bash

# The program that is being completed, which need not be in the path.
_kgr_list()
{
	"$1" --list 2>/dev/null
}

# Options of a command, and those of all
_kgr_options()
{
	_kgr_list "$1" | awk -F '\t' -v command="$2" '
		$2 ~ /^--/ && ($1 == command || $1 == "*") {
			print $2 ($3 == "-" ? "" : "=")
		}
		END { print "--help" }'
}

# commands, or what the arguments of a command are
_kgr_commands()
{
	_kgr_list "$1" | awk -F '\t' '$2 !~ /^--/ { print $1 }'
}

_kgr_takes()
{
	_kgr_list "$1" | awk -F '\t' -v command="$2" \
		'$1 == command && $2 !~ /^--/ { print $2 }'
}

_kgr_patches()
{
	local file

	for file in /sys/kernel/kgraft/*/status; do
		file=${file%/status}
		[ "$file" = '/sys/kernel/kgraft/*' ] || printf '%s\n' "${file##*/}"
	done
}

_kgr_threads()
{
	"$1" --color=never blocking 2>/dev/null | awk '$1 + 0 > 0 { print $1 }'
}

_kgr_words()
{
	local kgr=$1 command=$2 current=$3

	case $current in
	--color=*) printf '%s\n' --color={auto,always,never} ;;
	--on-deadline=*) printf '%s\n' --on-deadline={report,revert} ;;
	-*) _kgr_options "$kgr" "${command:-*}" ;;
	*)
		if [ -z "$command" ]; then
			_kgr_commands "$kgr"
			return
		fi
		case $(_kgr_takes "$kgr" "$command") in
		patches) _kgr_patches ;;
		threads) _kgr_threads "$kgr" ;;
		modules) compgen -f -X '!*.ko*' -- "$current"; compgen -d -- "$current" ;;
		esac
		;;
	esac
}

_kgr()
{
	local current command='' line i word words

	# "=" breaks words; they are put together again.
	line=${COMP_LINE:0:COMP_POINT}
	current=${line##*[[:space:]]}
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-* | = | auto | always | never) ;;
		*)
			command=${COMP_WORDS[i]}
			break
			;;
		esac
	done
	mapfile -t words < <(_kgr_words "$1" "$command" "$current")
	COMPREPLY=()
	for word in "${words[@]}"; do
		# Not by compgen -W, which would carry out what a name contains.
		[[ $word != "$current"* ]] || COMPREPLY+=("$word")
	done
	# Such names are quoted, and directories get their slash.
	if [ -n "$command" ] && [[ $current != -* ]] &&
		[ "$(_kgr_takes "$1" "$command")" = modules ]; then
		compopt -o filenames 2>/dev/null
	fi
	# What is before the last "=" stands there already.
	if [[ $current == *=* && $COMP_WORDBREAKS == *=* ]]; then
		COMPREPLY=("${COMPREPLY[@]#"${current%%=*}="}")
	fi
	if [[ ${COMPREPLY[0]-} == *= && ${#COMPREPLY[@]} -eq 1 ]]; then
		compopt -o nospace 2>/dev/null
	fi
}

complete -F _kgr kgr
