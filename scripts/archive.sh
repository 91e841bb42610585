# SPDX-License-Identifier: GPL-2.0
# Debian's archive beyond the suites that this machine has, asked with lists of apt's
# own kind, but in a directory of their own: neither this machine's sources nor its
# packages change. Sourced after lib.sh, never run.
#
# shellcheck shell=bash

# archive_suite SUITE URI: a source as sources.list(5) has it
archive_suite()
{
	printf '%s\n' 'Types: deb' "URIs: $2" "Suites: $1" 'Components: main' \
		'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg' ''
}

# archive_sources SUITE...: from where this machine has Debian's packages come these
# suites, too.
archive_sources()
{
	local uri name suites=("$@")

	apt-get indextargets 'Created-By: Packages' 'Origin: Debian' --format '$(REPO_URI)' |
		sort -u | while read -r uri; do
		for name in "${suites[@]}"; do
			case $uri,$name in
			*-security,*-security | *-security/,*-security) archive_suite "$name" "$uri" ;;
			*-security,* | *-security/,* | *,*-security) ;;
			*) archive_suite "$name" "$uri" ;;
			esac
		done
	done
}

# archive_open DIR SUITE...: from now on apt's tools here use these suites alone,
# with lists in DIR, which are renewed after a day; DIR/log is what apt says. Fails,
# and says why on stdout, if that cannot be.
archive_open()
{
	local dir=$1 tool
	shift

	for tool in apt-get apt-cache dpkg-deb; do
		command -v $tool >/dev/null || { echo "no $tool here"; return 1; }
	done
	mkdir -p "$dir"/{lists/partial,archives/partial}
	archive_sources "$@" >"$dir/debian.sources"
	[ -s "$dir/debian.sources" ] || {
		echo "apt has no lists of Debian's yet: run 'apt-get update'"
		return 1
	}
	: >"$dir/status"
	cat >"$dir/apt.conf" <<-CONF
		Dir::Etc::sourcelist "$dir/debian.sources";
		Dir::Etc::sourceparts "/dev/null";
		Dir::State "$dir";
		Dir::State::status "$dir/status";
		Dir::Cache "$dir";
		Acquire::Languages "none";
		Acquire::Retries "2";
		APT::Sandbox::User "";
	CONF
	export APT_CONFIG=$dir/apt.conf
	if [ -z "$(find "$dir/asked" -mtime -1 2>/dev/null)" ]; then
		# A suite that is no more must not hide the others.
		apt-get update >"$dir/log" 2>&1 || :
		touch "$dir/asked"
	fi
}

# archive_forget DIR: ask again next time
archive_forget()
{
	rm -f "$1/asked"
}
