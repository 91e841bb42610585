#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The command kgr in the base kernel, in a guest: loads, waits, wakes, reverts and
# unloads, and says why the kernel refuses something. scripts/tests/kgr.sh has it
# on recorded trees.

set -euo pipefail
. "$(dirname "$0")/../lib.sh"

modules=$BUILD/base/selftests/kgraft/test_modules
if [ ! -e "$modules/kgr_test_bad.ko" ]; then
	echo "1..0 # SKIP the selftests of the base kernel are not built"
	exit 4
fi
unset MAKEFLAGS MFLAGS MAKELEVEL KGR_ROOT
"$TOP/scripts/deps" python3-jsonschema tmux
make -C "$TOP/tools/kgraft" O="$BUILD/kgr" >&2
exec "$TOP/scripts/vm" --smp 2 --mem 1G --timeout 1500 -- \
	"$TOP/tools/kgraft/tests/guest" "$BUILD" "$TOP"
