// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trampoline.c - what a tracer has put around the function that a task is in
 *
 * A trampoline is called from the entry of a function. One that calls the
 * function itself, as fexit and fmod_ret programs of BPF need it, stays on the
 * stack of the task for as long as that sleeps in there. So does a program that
 * sleeps. The unwinder may not find its way past code of this kind.
 */

#include <linux/filter.h>
#include <linux/ftrace.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "trampoline.h"

/* What BPF calls its trampolines; a program is named otherwise. */
#define KGR_BPF_TRAMPOLINE	"bpf_trampoline_"

/* Does a call at the entry of a function, where ftrace puts it, return here? */
static bool kgr_returns_to_entry(unsigned long addr)
{
	unsigned long ip = addr - MCOUNT_INSN_SIZE;

	return ftrace_location_range(ip, ip) == ip;
}

/**
 * kgr_trampoline_find - look for a trampoline on a stack
 * @entries: return addresses, innermost first
 * @nr: how many; or an error, and nothing is found
 * @found: filled in with the innermost. Programs and trampolines that call each
 *	   other count as one, the outermost of these
 *
 * Context: any.
 */
void kgr_trampoline_find(const unsigned long *entries, int nr,
			 struct kgr_trampoline *found)
{
	bool bpf;
	int i;

	found->addr = 0;
	for (i = 0; i + 1 < nr; i++) {
		/* Of those that are part of the kernel, none calls a function. */
		if (core_kernel_text(entries[i] - 1))
			continue;
		bpf = is_bpf_text_address(entries[i] - 1);
		if (bpf ? is_bpf_text_address(entries[i + 1] - 1) :
			  !kgr_returns_to_entry(entries[i + 1]))
			continue;
		found->addr = entries[i];
		found->func = entries[i + 1];
		found->bpf = bpf;
		return;
	}
}

/**
 * kgr_trampoline_print - say which it is, and of which function
 * @buf: where to
 * @size: its size
 * @trampoline: what kgr_trampoline_find() has found
 *
 * Context: any.
 */
void kgr_trampoline_print(char *buf, size_t size,
			  const struct kgr_trampoline *trampoline)
{
	char name[KSYM_NAME_LEN];
	const char *what = "a trampoline of";

	scnprintf(name, sizeof(name), "%ps", (void *)trampoline->addr);
	if (trampoline->bpf && strstarts(name, KGR_BPF_TRAMPOLINE))
		what = "a BPF trampoline of";
	else if (trampoline->bpf)
		what = "a BPF program below";
	else if (is_ftrace_trampoline(trampoline->addr))
		what = "an ftrace trampoline of";
	scnprintf(buf, size, "in %s %ps: %s", what, (void *)trampoline->func,
		  name);
}
