#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The newest kernel that has a series in patches/: all selftests, the demo, the checks
# that depend on the kernel, and the graft of each release that Debian has of it; its own
# way of making livepatches, carried out by kGraft. And what maintainers would be sent for
# it: each step of that builds.

set -euo pipefail
SERIES=$(cd "$(dirname "$0")/../../../patches" && printf '%s\n' [0-9]*/ | sort -V | tail -n 1)
export SERIES=${SERIES%/}
. "$(dirname "$0")/../../lib.sh"
. "$TOP/scripts/ktap.sh"

cd "$TOP"

demo()
{
	make --no-print-directory kgr
	scripts/demo
}

releases()
{
	local versions

	versions=$(scripts/release --series "$SERIES") || return
	# shellcheck disable=SC2086 # several
	scripts/tests/releases.sh --all $versions
}

ktap_plan 6
ktap_case "$SERIES: selftests" scripts/test --guest --flavour base
ktap_case "$SERIES: demo" demo
ktap_case "$SERIES: checks" scripts/check
ktap_case "$SERIES: releases" releases
ktap_case "$SERIES: modules of klp-build" scripts/tests/long/klp-build.sh
ktap_case "$SERIES: each step of what maintainers would be sent" scripts/tests/series.sh --all
ktap_exit
