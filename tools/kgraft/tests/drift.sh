# SPDX-License-Identifier: GPL-2.0
# That the command, its man page, its completion and its JSON schema do not drift
# apart. Sourced by scripts/tests/kgr.sh, as recorded.sh is.
#
# shellcheck shell=bash disable=SC2154,SC2034

# "COMMAND" or "COMMAND OPTION" in lines, as kgr lists them; "*" for all commands
listed()
{
	"$kgr" --list | awk -F '\t' '$2 ~ /^--/ { print $1, substr($2, 3); next } { print $1 }' |
		sort -u
}

# The same, as kgr.8 has them: options stand in the list within their command's.
documented()
{
	awk '
		/^\.Sh/ { command = "" }
		/^\.Sh DESCRIPTION/ { command = "*" }
		/^\.It Cm/ {
			n = split(substr($0, 8), words, / , | /)
			command = words[1]
			print command
			# "build , explain"
			if ($4 == ",")
				print $5
		}
		/^\.It Fl/ && command {
			line = $0
			while (match(line, /\\-[a-z][a-z-]*/)) {
				print command, substr(line, RSTART + 2, RLENGTH - 2)
				line = substr(line, RSTART + RLENGTH)
			}
		}' "$here/kgr.8" | sort -u
}

man_page_has_all_commands_and_options()
{
	diff <(listed) <(documented)
}

man_page_is_clean()
{
	# The database of other pages is that of the machine.
	mandoc -Tlint "$here/kgr.8" | grep -v 'outdated mandoc.db' >"$dir/lint" || :
	cat "$dir/lint"
	[ ! -s "$dir/lint" ]
}

man_page_has_all_exit_statuses()
{
	diff <(sed -n 's/^\tKGR_[A-Z_]* *\t*= \([0-9]*\),.*/\1/p' "$here/kgr.h") \
		<(sed -n '/^\.Sh EXIT STATUS/,/^\.El/s/^\.It \([0-9]*\)$/\1/p' "$here/kgr.8")
	[ "$(python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["properties"]["exit_status"]["maximum"])' "$here/kgr.schema.json")" = \
		"$(sed -n 's/^\tKGR_[A-Z_]* *\t*= \([0-9]*\),.*/\1/p' "$here/kgr.h" | tail -n 1)" ]
}

schema_has_all_commands()
{
	diff <("$kgr" --list | awk -F '\t' '$2 !~ /^--/ && $3 == "kgr" { print $1 }' | sort) \
		<(python3 -c 'import json, sys
schema = json.load(open(sys.argv[1]))
for one in schema["oneOf"]:
    name = one["$ref"].split("/")[-1]
    print(schema["$defs"][name]["properties"]["command"]["const"])' "$here/kgr.schema.json" | sort)
}

# What does not fit must be seen.
schema_refuses_what_it_does_not_know()
{
	local text

	for text in '{}' '{"schema": 2, "command": "check", "exit_status": 0, "state": "ready"}' \
		'{"schema": 1, "command": "nothing", "exit_status": 0}' \
		'{"schema": 1, "command": "check", "exit_status": 0}' \
		'{"schema": 1, "command": "check", "exit_status": 0, "state": "ready", "more": 1}' \
		'{"schema": 1, "command": "check", "exit_status": 9, "state": "ready"}'; do
		fails "$here/tests/validate" "$here/kgr.schema.json" <<<"$text"
	done
	"$here/tests/validate" "$here/kgr.schema.json" \
		<<<'{"schema": 1, "command": "check", "exit_status": 0, "state": "ready"}'
}

# complete LINE: what bash offers at its end
complete_line()
{
	bash -c '
		. "$1"
		COMP_LINE=$3
		COMP_POINT=${#COMP_LINE}
		read -ra COMP_WORDS <<<"$COMP_LINE"
		[[ $COMP_LINE != *" " ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		COMP_WORDBREAKS=
		_kgr "$2"
		printf "%s\n" "${COMPREPLY[@]}"' bash "$here/kgr.bash" "$kgr" "$1" | sort -u
}

completion_offers_what_there_is()
{
	diff <(complete_line 'kgr ') <("$kgr" --list | awk -F '\t' '$2 !~ /^--/ { print $1 }' | sort)
	[ "$(complete_line 'kgr lo')" = $'load\nlog' ]
	diff <(complete_line 'kgr load --' | tr -d '=') <(
		{ "$kgr" --list | awk -F '\t' '$2 ~ /^--/ && ($1 == "load" || $1 == "*") { print $2 }'
			echo --help; } | sort -u)
	[ "$(complete_line 'kgr load --on-deadline=rev')" = --on-deadline=revert ]
	[ "$(complete_line 'kgr --json sta')" = status ]
	# names are not carried out, and only names of modules are offered
	mkdir -p "$dir/names/more"
	# shellcheck disable=SC2016 # it must not be expanded, by nobody
	(cd "$dir/names" && touch 'a$(touch pwned).ko' 'b c.ko.xz' d.txt &&
		diff <(complete_line 'kgr load ') \
			<(printf '%s\n' 'a$(touch pwned).ko' 'b c.ko.xz' more | sort) &&
		[ ! -e pwned ])
}

installs_all_of_it()
{
	make -C "$here" O="$BUILD/kgr" DESTDIR="$dir/installed" install >"$dir/log" 2>&1
	for file in usr/sbin/kgr usr/share/man/man8/kgr.8 usr/share/kgraft/kgr.schema.json \
		usr/share/bash-completion/completions/kgr lib/systemd/system/kgraft.service; do
		[ -f "$dir/installed/$file" ] || { echo "no $file"; return 1; }
	done
	grep -q "^ExecStart=/usr/sbin/kgr boot$" "$dir/installed/lib/systemd/system/kgraft.service"
	# And removes it, but no fix
	touch "$dir/installed/etc/kgraft/fix.ko"
	make -C "$here" O="$BUILD/kgr" DESTDIR="$dir/installed" uninstall >"$dir/log" 2>&1
	[ "$(find "$dir/installed" -type f)" = "$dir/installed/etc/kgraft/fix.ko" ]
	rm -r "$dir/installed"
	# Elsewhere, the unit starts what was installed there, which looks there for kgr-build.
	cp -a "$BUILD/kgr" "$dir/kgr"
	make -C "$here" O="$dir/kgr" DESTDIR="$dir/installed" prefix=/usr/local install >"$dir/log" 2>&1
	grep -qF /usr/local/libexec/kgraft "$dir/installed/usr/local/sbin/kgr"
	[ -x "$dir/installed/usr/local/sbin/kgr" ]
	grep -q "^ExecStart=/usr/local/sbin/kgr boot$" "$dir/installed/lib/systemd/system/kgraft.service"
	rm -r "$dir/installed"
}

# But for kgr-build, which only a machine that builds patches needs.
package_has_all_of_it()
{
	local package

	# apt-get may take long where lintian is not installed yet
	package=$("$TOP/scripts/deb")
	dpkg-deb --contents "$package" | awk '$1 !~ /^d/ { sub(/^\.\//, "", $6); print $6 }' |
		sed -n 's/\.gz$//; /share\/doc/!p' | sort >"$dir/packaged"
	make -C "$here" O="$BUILD/kgr" DESTDIR="$dir/installed" install >"$dir/log" 2>&1
	diff "$dir/packaged" <(cd "$dir/installed" && find . -type f ! -path './usr/libexec/*' |
		sed 's/^\.\///' | sort)
	dpkg-deb --contents "$package" | grep '/etc/kgraft/$' >/dev/null
}

# What is only in the manual of the kernel, or only here, would be a surprise.
metrics_are_well_formed()
{
	busy
	patch 'a"b\c' applied 2 2 'foo vmlinux'
	run 0 metrics
	python3 - "$dir/out" <<-'END_OF_PYTHON'
		import re, sys
		help, type, value = set(), set(), set()
		for line in open(sys.argv[1]):
		    if m := re.fullmatch(r"# HELP (\w+) .+\.\n", line):
		        assert m[1] not in help, line
		        help.add(m[1])
		    elif m := re.fullmatch(r"# TYPE (\w+) gauge\n", line):
		        type.add(m[1])
		    else:
		        m = re.fullmatch(r'(\w+)(\{(\w+="([^"\\\n]|\\["\\n])*",?)+\})? [0-9.e+-]+\n', line)
		        assert m, line
		        assert m[1] in type, line
		        assert line.split(" ")[0] not in value, line
		        value.add(line.rsplit(" ", 1)[0])
		assert help == type
		assert 'kgraft_patch_status{patch="a\\"b\\\\c",status="applied"}' in value, value
	END_OF_PYTHON
	said '^kgraft_remaining_tasks 3$' '^kgraft_patch_blocked_seconds\{patch="fix"\} 12$'
	json 0 metrics
	run 0 metrics -o "$dir/metrics.prom"
	cmp "$dir/metrics.prom" <("$kgr" --root="$root" metrics)
	run 6 metrics -o "$dir/nowhere/metrics.prom"
	rm -r "$root/sys/kernel/kgraft"
	run 0 metrics
	[ "$(grep -v '^#' "$dir/out")" = 'kgraft_up 0' ]
}

boot_skips_with_a_line_why()
{
	tree
	put etc/kgraft/readme 'no module'
	put etc/kgraft/broken.ko 'no module either'
	run 0 boot /nowhere
	said 'does not exist'
	run 3 boot
	said 'broken.ko: failed: it is damaged, or no module'
	fails grep readme "$dir/out"
	json 3 boot
	put proc/cmdline 'quiet kgraft.load=0'
	run 0 boot
	said 'kgraft.load=0'
	fails grep broken "$dir/out"
	json 0 boot
	rm -r "$root/sys/kernel/kgraft" "$root/proc/cmdline"
	run 0 boot
	said 'no kGraft'
}

drift_tests=(man_page_has_all_commands_and_options man_page_is_clean
	man_page_has_all_exit_statuses schema_has_all_commands
	schema_refuses_what_it_does_not_know completion_offers_what_there_is
	installs_all_of_it package_has_all_of_it metrics_are_well_formed boot_skips_with_a_line_why)
