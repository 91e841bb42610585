// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trampoline.c - what a tracer has put around the function that a task is in
 *
 * A trampoline is called from the entry of a function. A trampoline that calls
 * the function itself, as fexit and fmod_ret programs of BPF need it, stays on
 * the stack of a task for as long as the task sleeps in the function. So does a
 * program that sleeps. The unwinder may be unable to unwind past such code.
 */

#include <linux/filter.h>
#include <linux/ftrace.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "trampoline.h"

/* Prefix of the names of BPF trampolines; programs have other names. */
#define KGR_BPF_TRAMPOLINE	"bpf_trampoline_"

/* Does the call that ftrace puts at the entry of a function return here? */
static bool kgr_returns_to_entry(unsigned long addr)
{
	unsigned long ip = addr - MCOUNT_INSN_SIZE;

	return ftrace_location_range(ip, ip) == ip;
}

/**
 * kgr_trampoline_find - look for a trampoline on a stack
 * @entries: return addresses, innermost first
 * @nr: their number; if it is an error, nothing is found
 * @found: set to the innermost trampoline. Programs and trampolines that call
 *	   each other count as one, the outermost of them
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
		/* No trampoline in the text of the kernel calls the function. */
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
 * kgr_trampoline_print - print the kind of a trampoline, its name and function
 * @buf: the buffer
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
