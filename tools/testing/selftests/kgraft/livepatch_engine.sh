#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's own selftests of livepatch, unmodified, with livepatch's own engine:
# it is still there, and works as without kGraft.

. "$(dirname "$0")/livepatch_lib.sh"

run_cases 0 "${all_scripts[@]}"
