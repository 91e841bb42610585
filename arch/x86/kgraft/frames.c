// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * frames.c - where on a stack the return addresses are
 *
 * The ORC unwinder finds the place of the next return address by a table, with
 * the present one as the key, and either the stack pointer or the frame pointer,
 * which it has found on the stack before. So two stacks are walked in the same
 * way if they have the same depth, the same return addresses in the same places,
 * and in the places from which a frame pointer is used, pointers to the same
 * place: the first address is the same; and if one is, so are the table's entry,
 * both pointers, and the next address. The last frame is that of the registers
 * of user mode, which all system calls have at the end of the stack. Stacks with
 * frames of other sorts are not compared.
 *
 * An address that a tracer has replaced on the stack is not the one that the
 * walk finds: such a stack is not compared.
 */

#include <linux/kernel.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>

#include <asm/processor.h>
#include <asm/ptrace.h>
#include <asm/switch_to.h>
#include <asm/syscall.h>
#include <asm/unwind.h>

#include "../../../kernel/kgraft/arch.h"

static unsigned long kgr_frames_depth(struct task_struct *task)
{
	return (unsigned long)task_pt_regs(task) - READ_ONCE(task->thread.sp);
}

/**
 * kgr_arch_frames_key - tell stacks apart that are probably different
 * @task: a task that sleeps in a system call
 *
 * Context: the task's stack cannot go away.
 * Return: the same number for stacks that are alike.
 */
unsigned long kgr_arch_frames_key(struct task_struct *task)
{
	return (unsigned long)syscall_get_nr(task, task_pt_regs(task)) << 16 |
	       kgr_frames_depth(task);
}

/**
 * kgr_arch_frames_fit - would a walk of this stack have the same result?
 * @task: a user task that is held off its CPU, asleep in a system call
 * @frames: from kgr_arch_frames_learn(), of another task
 *
 * Context: the task's stack cannot go away.
 * Return: whether it would.
 */
bool kgr_arch_frames_fit(struct task_struct *task,
			 const struct kgr_frames *frames)
{
	const unsigned long *stack = (void *)READ_ONCE(task->thread.sp);
	unsigned int i;

	if (kgr_frames_depth(task) != frames->depth)
		return false;
	for (i = 0; i < frames->nr; i++)
		if (READ_ONCE_NOCHECK(stack[frames->at[i]]) != frames->entries[i])
			return false;
	for (i = 0; i < frames->nr_links; i++)
		if (READ_ONCE_NOCHECK(stack[frames->link_at[i]]) !=
		    (unsigned long)(stack + frames->link_to[i]))
			return false;
	return true;
}

#ifdef CONFIG_UNWINDER_ORC

#include "orc.h"

static unsigned long kgr_orc_ip(const int *ip)
{
	return (unsigned long)ip + *ip;
}

/* What the unwinder finds of a call that returns to @addr. */
static const struct orc_entry *kgr_orc_of_call(unsigned long addr)
{
	size_t low = 0, high = __stop_orc_unwind_ip - __start_orc_unwind_ip;

	if (!core_kernel_text(addr))
		return NULL;
	/* The last entry that does not begin behind the call */
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (kgr_orc_ip(&__start_orc_unwind_ip[mid]) <= addr - 1)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? &__start_orc_unwind[low - 1] : NULL;
}

/**
 * struct kgr_learning - the state of a walk
 * @frames:	what it has found
 * @stack:	the end of the stack that grows
 * @end:	the registers of user mode
 * @bp_at:	where on the stack the frame pointer is
 */
struct kgr_learning {
	struct kgr_frames *frames;
	const unsigned long *stack, *end;
	const unsigned long *bp_at;
};

static bool kgr_learn_entry(struct kgr_learning *l, unsigned long addr,
			    const unsigned long *at)
{
	struct kgr_frames *frames = l->frames;

	if (frames->nr == KGR_FRAMES_MAX || at < l->stack || at >= l->end ||
	    READ_ONCE_NOCHECK(*at) != addr)
		return false;
	frames->at[frames->nr] = at - l->stack;
	frames->entries[frames->nr++] = addr;
	return true;
}

static bool kgr_learn_link(struct kgr_learning *l)
{
	struct kgr_frames *frames = l->frames;
	const unsigned long *to;

	if (frames->nr_links == KGR_FRAMES_MAX || l->bp_at < l->stack ||
	    l->bp_at >= l->end)
		return false;
	to = (const unsigned long *)READ_ONCE_NOCHECK(*l->bp_at);
	if (to < l->stack || to >= l->end || !IS_ALIGNED((long)to, sizeof(long)))
		return false;
	frames->link_at[frames->nr_links] = l->bp_at - l->stack;
	frames->link_to[frames->nr_links++] = to - l->stack;
	return true;
}

/* The walk has left the frame of a call, by @orc, and got to @sp. */
static bool kgr_learn_call(struct kgr_learning *l, const struct orc_entry *orc,
			   unsigned long sp)
{
	if (orc->type != ORC_TYPE_CALL || orc->signal)
		return false;
	if (orc->sp_reg != ORC_REG_SP &&
	    (orc->sp_reg != ORC_REG_BP || !kgr_learn_link(l)))
		return false;
	if (orc->bp_reg == ORC_REG_PREV_SP)
		l->bp_at = (const unsigned long *)(sp + orc->bp_offset);
	else if (orc->bp_reg != ORC_REG_UNDEFINED)
		return false;
	return true;
}

/**
 * kgr_arch_frames_learn - find where the return addresses are
 * @task: a user task that is held off its CPU, asleep in a system call
 * @frames: filled in
 *
 * Context: the task's stack cannot go away.
 * Return: whether other stacks can be compared with this one.
 */
bool kgr_arch_frames_learn(struct task_struct *task, struct kgr_frames *frames)
{
	struct inactive_task_frame *frame = (void *)READ_ONCE(task->thread.sp);
	struct kgr_learning l = {
		.frames = frames,
		.stack = (const unsigned long *)frame,
		.end = (const unsigned long *)task_pt_regs(task),
		.bp_at = &frame->bp,
	};
	const struct orc_entry *orc = NULL;
	struct unwind_state state;
	unsigned long addr;

	frames->nr = 0;
	frames->nr_links = 0;
	frames->depth = kgr_frames_depth(task);
	for (unwind_start(&state, task, NULL, NULL);
	     !unwind_done(&state) && !unwind_error(&state);
	     unwind_next_frame(&state)) {
		struct pt_regs *regs = unwind_get_entry_regs(&state, NULL);

		if (regs)
			return regs == task_pt_regs(task) && user_mode(regs) &&
			       orc && orc->type == ORC_TYPE_REGS &&
			       orc->sp_reg == ORC_REG_SP;
		if (orc && !kgr_learn_call(&l, orc, state.sp))
			return false;
		addr = unwind_get_return_address(&state);
		orc = kgr_orc_of_call(addr);
		if (!orc || !kgr_learn_entry(&l, addr,
					     unwind_get_return_address_ptr(&state)))
			return false;
	}
	return false;
}

#else

bool kgr_arch_frames_learn(struct task_struct *task, struct kgr_frames *frames)
{
	return false;
}

#endif
