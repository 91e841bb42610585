// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * frames.c - where on a stack the return addresses are
 *
 * The ORC unwinder finds the place of the next return address by a table, with
 * the present one as the key, and either the stack pointer or the frame pointer,
 * which it has found on the stack before. So two stacks are walked in the same
 * way if they have the same return addresses in the same places, where places
 * are counted from the end of the stack that grows, or from where a frame
 * pointer points that the walk uses: the first address is the same; and if one
 * is, so are the table's entry, the places of both pointers, and that of the
 * next address. The last frame is that of the registers of user mode, which are
 * at the other end of the stack. Stacks with frames of other sorts are not
 * compared.
 *
 * How deep a stack is does not matter. It depends on the random offset that each
 * system call may have, which do_syscall_64() undoes by its frame pointer.
 *
 * An address that a tracer has replaced on the stack is not the one that the
 * walk finds: such a stack is not compared.
 */

#include <linux/align.h>
#include <linux/kernel.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>

#include <asm/ptrace.h>
#include <asm/switch_to.h>
#include <asm/syscall.h>
#include <asm/unwind.h>

#include "../../../kernel/kgraft/arch.h"

/**
 * struct kgr_bases - what places on the stack of a task are counted from
 * @end:	the registers of user mode, where the stack begins
 * @base:	where the stack ends, and where the frame pointers point
 * @nr:		how many of these there are
 */
struct kgr_bases {
	const unsigned long *end;
	const unsigned long *base[1 + KGR_FRAMES_LINKS];
	unsigned int nr;
};

static void kgr_bases_init(struct kgr_bases *bases, struct task_struct *task)
{
	bases->end = (const unsigned long *)task_pt_regs(task);
	bases->base[0] = (const unsigned long *)READ_ONCE(task->thread.sp);
	bases->nr = 1;
}

static bool kgr_on_stack(const struct kgr_bases *bases, const unsigned long *at)
{
	return at >= bases->base[0] && at < bases->end &&
	       IS_ALIGNED((unsigned long)at, sizeof(*at));
}

/* Follow the frame pointer at a place. Returns whether there is one. */
static bool kgr_bases_follow(struct kgr_bases *bases, const unsigned long *at)
{
	const unsigned long *to;

	if (!kgr_on_stack(bases, at))
		return false;
	to = (const unsigned long *)READ_ONCE_NOCHECK(*at);
	if (!kgr_on_stack(bases, to))
		return false;
	bases->base[bases->nr++] = to;
	return true;
}

static const unsigned long *kgr_at(const struct kgr_bases *bases,
				   const struct kgr_frame_place *place)
{
	return bases->base[place->base] + place->at;
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
	return syscall_get_nr(task, task_pt_regs(task));
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
	const unsigned long *at;
	struct kgr_bases bases;
	unsigned int i;

	kgr_bases_init(&bases, task);
	for (i = 0; i < frames->nr_links; i++)
		if (!kgr_bases_follow(&bases, kgr_at(&bases, &frames->link[i])))
			return false;
	for (i = 0; i < frames->nr; i++) {
		at = kgr_at(&bases, &frames->at[i]);
		if (!kgr_on_stack(&bases, at) ||
		    READ_ONCE_NOCHECK(*at) != frames->entries[i])
			return false;
	}
	return kgr_at(&bases, &frames->end) == bases.end;
}

#ifdef CONFIG_UNWINDER_ORC

#include "frames.h"

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
 * @bases:	what places are counted from, as far as it has come
 * @bp:		where on the stack the frame pointer is
 */
struct kgr_learning {
	struct kgr_frames *frames;
	struct kgr_bases bases;
	struct kgr_frame_place bp;
};

/* @at, counted from the frame pointer that was used last. */
static struct kgr_frame_place kgr_place_of(const struct kgr_learning *l,
					   const unsigned long *at)
{
	unsigned int base = l->bases.nr - 1;

	return (struct kgr_frame_place){
		.base = base,
		.at = at - l->bases.base[base],
	};
}

static bool kgr_learn_entry(struct kgr_learning *l, unsigned long addr,
			    const unsigned long *at)
{
	struct kgr_frames *frames = l->frames;

	if (frames->nr == KGR_FRAMES_MAX || !kgr_on_stack(&l->bases, at) ||
	    READ_ONCE_NOCHECK(*at) != addr)
		return false;
	frames->at[frames->nr] = kgr_place_of(l, at);
	frames->entries[frames->nr++] = addr;
	return true;
}

static bool kgr_learn_link(struct kgr_learning *l)
{
	struct kgr_frames *frames = l->frames;

	if (frames->nr_links == KGR_FRAMES_LINKS ||
	    !kgr_bases_follow(&l->bases, kgr_at(&l->bases, &l->bp)))
		return false;
	frames->link[frames->nr_links++] = l->bp;
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
		l->bp = kgr_place_of(l, (const unsigned long *)
					(sp + orc->bp_offset));
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
	struct kgr_learning l = { .frames = frames };
	const struct orc_entry *orc = NULL;
	struct inactive_task_frame *frame;
	struct unwind_state state;
	unsigned long addr;

	frames->nr = 0;
	frames->nr_links = 0;
	kgr_bases_init(&l.bases, task);
	frame = (struct inactive_task_frame *)l.bases.base[0];
	l.bp = kgr_place_of(&l, &frame->bp);
	for (unwind_start(&state, task, NULL, NULL);
	     !unwind_done(&state) && !unwind_error(&state);
	     unwind_next_frame(&state)) {
		struct pt_regs *regs = unwind_get_entry_regs(&state, NULL);

		if (regs) {
			frames->end = kgr_place_of(&l, l.bases.end);
			return regs == task_pt_regs(task) && user_mode(regs) &&
			       orc && orc->type == ORC_TYPE_REGS &&
			       orc->sp_reg == ORC_REG_SP;
		}
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
