#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# kgr build, with kernels whose objects look different: those with the checks of
# KASAN, lockdep and KCSAN, and those built by clang, also with kCFI. The diffs are those of
# scripts/tests/kgr-build.sh; a kernel that is not built is left out.

set -euo pipefail
. "$(dirname "$0")/../../lib.sh"
. "$TOP/scripts/ktap.sh"

flavours=(debug kcsan clang cfi)

with_kernel()
{
	[ -f "$BUILD/$1/vmlinux" ] || return 4
	"$TOP/scripts/tests/kgr-build.sh" --kernel "$1"
}

ktap_plan ${#flavours[@]}
for flavour in "${flavours[@]}"; do
	ktap_case "the diffs, with the $flavour kernel" with_kernel "$flavour"
done
ktap_exit
