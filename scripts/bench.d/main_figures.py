# SPDX-License-Identifier: GPL-2.0-or-later
"""The main figures of the bench, which README.md and the cover letter have, by name;
and what the cover letter calls them."""

MAIN_FIGURES = {
    "apply.idle": "insmod to complete, idle machine",
    "apply.1000": "insmod to complete, 1,000 sleepers",
    "apply.10000": "insmod to complete, 10,000 sleepers",
    "apply.place.10000": "the same, consistency per function",
    "apply.inside": "insmod to complete, a sleeper inside the function",
    "call.settled": "call of a patched function, settled",
    "call.transition.new": "call in transition, by a task that has crossed",
    "call.transition.old": "call in transition, by a task that has not",
    "call.second.100": "call, 100 functions patched and traced",
    "syscall.read": "read(), while another function is patched",
    "without.read": "read(), CONFIG_KGRAFT against none",
    "memory.1000": "memory per function, of 1,000",
    "memory.task": "memory per task, besides flags",
}
